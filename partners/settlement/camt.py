"""Statements (camt.053) and notifications (camt.054) of a bank, read and checked: every payment on the account,
exact to the cent, or the whole file is refused. Nothing is booked here.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from lxml import etree

from loyalty.errors import Invalid
from partners.settlement.bank_xml import (
    all_at,
    cents,
    moment_at,
    needed_euros,
    needed_text,
    open_document,
    sign_at,
    text_at,
)
from partners.settlement.camt_entries import Entry, Line, entries_of, line_of

Kind = Literal["camt.053", "camt.054"]
REPORTS: dict[str, tuple[Kind, str]] = {
    "camt.053": ("camt.053", "BkToCstmrStmt/Stmt"), "camt.054": ("camt.054", "BkToCstmrDbtCdtNtfctn/Ntfctn"),
}  # fmt: skip
OPENING, CLOSING, BETWEEN_PAGES = ("OPBD", "PRCD"), "CLBD", "ITBD"
SIDES = {"TtlNtries": (True, False), "TtlCdtNtries": (True,), "TtlDbtNtries": (False,)}
_NAME = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:(camt\.05[34])\.001\.0[2-8]\}Document")


@dataclass(frozen=True, slots=True)
class BankFile:
    """What a bank reports of one account."""

    kind: Kind
    message_id: str
    created_at: datetime
    account_iban: str
    entries: tuple[Entry, ...]


def read(content: bytes, zone: str = "Europe/Berlin") -> BankFile:
    """The payments in a camt file, versions .02 to .08; `zone` where the bank's clock names none.

    Raises Invalid on field `file`: `bank_file_size`, `bank_file_entities`, `bank_file_unreadable`, `bank_file_kind`,
    `bank_file_incomplete` (element), `bank_file_amount` (figure), `bank_file_currency` (currency),
    `bank_file_accounts` (more than one), `bank_file_sum` when details, balances or totals contradict the entries.
    """
    root = open_document(content)
    kind, path = _kind(root)
    reports = all_at(root, path)
    if not reports:
        raise Invalid("bank_file_incomplete", "file", element=path)
    ibans = {_iban(report) for report in reports}
    if len(ibans) > 1:
        raise Invalid("bank_file_accounts", "file", count=len(ibans))
    iban = ibans.pop()
    header = f"{path.split('/')[0]}/GrpHdr"
    entries = [entry for report in reports for entry in _entries(report, kind, iban)]
    return BankFile(
        kind, needed_text(root, f"{header}/MsgId"), moment_at(root, f"{header}/CreDtTm", zone), iban,
        _told_apart(entries),
    )  # fmt: skip


def _kind(root: etree._Element) -> tuple[Kind, str]:
    named = _NAME.fullmatch(root.tag)
    if not named:
        raise Invalid("bank_file_kind", "file", root=root.tag[:120])
    return REPORTS[named[1]]


def _iban(report: etree._Element) -> str:
    if (currency := text_at(report, "Acct/Ccy")) not in (None, "EUR"):
        raise Invalid("bank_file_currency", "file", currency=currency)
    return "".join(needed_text(report, "Acct/Id/IBAN").split()).upper()


def _entries(report: etree._Element, kind: Kind, iban: str) -> Iterable[Entry]:
    lines = [line_of(node) for node in all_at(report, "Ntry")]
    if kind == "camt.053":
        _check_balances(report, sum(line.cents for line in lines if line.booked))
    _check_totals(report, lines)
    statement_id = needed_text(report, "Id")
    return [entry for line in lines for entry in entries_of(line, iban, statement_id)]


def _told_apart(entries: list[Entry]) -> tuple[Entry, ...]:
    """References used twice within the file get a number, so that no entry hides another."""
    seen: Counter[str] = Counter()
    apart = []
    for entry in entries:
        seen[entry.reference] += 1
        number = seen[entry.reference]
        apart.append(entry if number == 1 else replace(entry, reference=f"{entry.reference}~{number}"))
    return tuple(apart)


def _check_balances(report: etree._Element, booked_cents: int) -> None:
    """Opening balance and booked entries make the closing one; pages of a long statement hand on an interim balance."""
    balances = [(text_at(node, "Tp/CdOrPrtry/Cd"), node) for node in all_at(report, "Bal")]
    opening = _first(balances, *OPENING, BETWEEN_PAGES)
    closing = _first(balances[::-1], CLOSING, BETWEEN_PAGES)
    if opening is None or closing is None or opening is closing:
        raise Invalid("bank_file_incomplete", "file", element="Bal")
    opened, closed = (sign_at(node) * needed_euros(node, "Amt") for node in (opening, closing))
    if opened + booked_cents != closed:
        raise Invalid(
            "bank_file_sum", "file", opening_cents=opened, booked_cents=booked_cents, closing_cents=closed
        )


def _first(balances: list[tuple[str | None, etree._Element]], *codes: str) -> etree._Element | None:
    return next((node for wanted in codes for code, node in balances if code == wanted), None)


def _check_totals(report: etree._Element, lines: list[Line]) -> None:
    """The bank's own totals hold, of all lines or, as some banks count, of the booked ones."""
    for summary in all_at(report, "TxsSummry"):
        told = _told(summary)
        booked = [line for line in lines if line.booked]
        if not any(told.items() <= _counted(some).items() for some in (lines, booked)):
            raise Invalid("bank_file_sum", "file", element="TxsSummry")


def _told(summary: etree._Element) -> dict[str, int]:
    """Counts and sums in cents, as far as the bank tells them."""
    told = {}
    for side in SIDES:
        if (count := text_at(summary, f"{side}/NbOfNtries")) is not None:
            told[f"{side}/NbOfNtries"] = cents(count) // 100
        if (figure := text_at(summary, f"{side}/Sum")) is not None:
            told[f"{side}/Sum"] = cents(figure)
    for net, sign in (("TtlNetNtryAmt", "CdtDbtInd"), ("TtlNetNtry/Amt", "TtlNetNtry/CdtDbtInd")):
        figure = text_at(summary, f"TtlNtries/{net}")
        if figure is not None and text_at(summary, f"TtlNtries/{sign}"):
            told["net"] = sign_at(summary, f"TtlNtries/{sign}") * cents(figure)
    return told


def _counted(lines: list[Line]) -> dict[str, int]:
    counted = {"net": sum(line.cents for line in lines)}
    for side, kinds in SIDES.items():
        some = [line for line in lines if line.credit in kinds]
        counted[f"{side}/NbOfNtries"] = len(some)
        counted[f"{side}/Sum"] = sum(abs(line.cents) for line in some)
    return counted
