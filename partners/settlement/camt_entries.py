"""Entries of a bank's statement or notification, one for each payment, also out of batches. Nothing is booked here."""

import hashlib
import re
from dataclasses import dataclass, replace
from datetime import date

from lxml import etree

from partners.settlement.bank_xml import all_at, day_at, needed_euros, sign_at, text_at, texts_at
from partners.settlement.camt_amounts import shares

NO_REFERENCES = frozenset({"NONREF", "NOTPROVIDED", "NOTAVAILABLE"})
RETURN_CODES = frozenset(
    {"108", "109", "111", "159"}
)  # GVC: direct debits charged back, a transfer that came back
RETURN_FAMILIES = frozenset({"UPDD", "RRTN"})  # the same in ISO's sub-families
CUT_LENGTHS = frozenset({27, 35, 140})  # where banks cut a remittance text, within words too
_CODE = re.compile(r"(?:^|\+)([0-9]{3})(?=\+|$)")  # NTRF+166+00931
_END_TO_END = re.compile(r"EREF\+\s?(\S+?)(?=\s|[A-Z]{4}\+|$)")
_REASON = re.compile(r"\b((?:AC|AG|AM|MD|MS)[01][0-9])\b")


@dataclass(frozen=True, slots=True)
class Entry:
    """One payment on the account. `cents`: what moved, credit above zero; only `status` BOOK has moved.

    `reference` is the bank's own and the place in its batch: the same payment has the same one in a statement, in a
    notification and in a file sent again. `charges_cents`: what a bank took for itself out of a return, contained in
    `cents`. `payment_id`: the payment block (or message) of ours that it came from; where the bank books a batch as
    one sum without details, only this tells which. `return_reason` is ISO's, such as AC04 or MD06.
    """

    reference: str
    booked_on: date
    cents: int
    end_to_end_id: str | None
    reversal: bool
    return_reason: str | None
    name: str | None
    iban: str | None
    text: str
    status: str
    charges_cents: int = 0
    payment_id: str | None = None

    @property
    def principal_cents(self) -> int:
        """What moved, without the bank's charges: the payment that was returned."""
        return self.cents + self.charges_cents


@dataclass(frozen=True, slots=True)
class Line:
    """An `Ntry` before it is taken apart: what totals count, and what holds for each of its payments."""

    node: etree._Element
    cents: int
    credit: bool
    status: str
    booked_on: date
    came_back: bool
    notes: tuple[str, ...]
    batch_id: str | None

    @property
    def booked(self) -> bool:
        """Whether it has moved money."""
        return self.status == "BOOK"


def line_of(node: etree._Element) -> Line:
    """Reads an `Ntry`. Raises Invalid `bank_file_currency`, `bank_file_amount`, `bank_file_incomplete`."""
    sign = sign_at(node)
    return Line(
        node, sign * needed_euros(node, "Amt"), sign > 0,
        text_at(node, "Sts", "Sts/Cd", "Sts/Prtry") or "",  # as text until version .07, as a choice since
        day_at(node, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt", "ValDt/DtTm"),
        text_at(node, "RvslInd") in ("true", "1") or _is_return(node), tuple(texts_at(node, "AddtlNtryInf")),
        text_at(node, "NtryDtls/Btch/PmtInfId", "NtryDtls/Btch/MsgId"),
    )  # fmt: skip


def entries_of(line: Line, account_iban: str, statement_id: str) -> list[Entry]:
    """The payments of a line. Raises Invalid `bank_file_sum` when details do not add up to it (entry)."""
    opened = all_at(line.node, "NtryDtls/TxDtls")
    details = opened or [line.node]
    entries = [_entry(line, detail, account_iban) for detail in details]
    reference = _reference(line, entries[0], account_iban, statement_id)
    parts = shares(details, [entry.reversal for entry in entries], line.cents, reference)
    # A batch that is not opened must not be taken for its first payment.
    first = 1 if opened or not all_at(line.node, "NtryDtls/Btch") else 0
    return [
        replace(entry, reference=f"{reference}/{place}", cents=moved, charges_cents=charges)
        for place, (entry, (moved, charges)) in enumerate(zip(entries, parts, strict=True), first)
    ]


def _entry(line: Line, detail: etree._Element, account_iban: str) -> Entry:
    """Everything but amounts and reference."""
    pieces = list(texts_at(detail, "RmtInf/Ustrd"))
    notes = [*texts_at(detail, "AddtlTxInf"), *line.notes]
    text = _joined(pieces) or " ".join(note.strip() for note in notes)
    everything = " ".join([text, *notes])
    came_back = line.came_back or _is_return(detail)
    name, iban = _other_side(detail, account_iban, line.credit != came_back)
    payment_id = text_at(detail, "Refs/PmtInfId", "Refs/MsgId") or line.batch_id
    return Entry(
        reference="", booked_on=line.booked_on, cents=0, end_to_end_id=_end_to_end_id(detail, everything),
        reversal=came_back, return_reason=_return_reason(detail, everything) if came_back else None,
        name=name, iban=iban, text=text, status=line.status, payment_id=_known(payment_id),
    )  # fmt: skip


def _known(reference: str | None) -> str | None:
    """None for the words by which banks say that they have no reference."""
    return None if reference is None or reference.upper() in NO_REFERENCES else reference


def _joined(pieces: list[str]) -> str:
    """One text of what the bank cut: without a blank where it cut at its line's end."""
    return "".join(piece if len(piece) in CUT_LENGTHS else f"{piece} " for piece in pieces).strip()


def _end_to_end_id(detail: etree._Element, text: str) -> str | None:
    found = _END_TO_END.search(text)
    return _known(text_at(detail, "Refs/EndToEndId")) or _known(found[1] if found else None)


def _is_return(node: etree._Element) -> bool:
    """By what stands at a line or detail itself."""
    codes = set(_CODE.findall(text_at(node, "BkTxCd/Prtry/Cd") or ""))
    family = text_at(node, "BkTxCd/Domn/Fmly/SubFmlyCd")
    return bool(all_at(node, "RtrInf") or codes & RETURN_CODES or family in RETURN_FAMILIES)


def _return_reason(detail: etree._Element, text: str) -> str | None:
    told = text_at(detail, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry")
    found = _REASON.search(text)
    return told or (found[1] if found else None)


def _other_side(
    detail: etree._Element, account_iban: str, from_debtor: bool
) -> tuple[str | None, str | None]:
    """Name and IBAN of whom the money came from or went to. In a return the sides stand as in the payment returned."""
    for role in ("Dbtr", "Cdtr") if from_debtor else ("Cdtr", "Dbtr"):
        name = text_at(detail, f"RltdPties/{role}/Nm", f"RltdPties/{role}/Pty/Nm")
        iban = text_at(detail, f"RltdPties/{role}Acct/Id/IBAN")
        if (name or iban) and iban != account_iban:
            return name, iban
    return None, None


def _reference(line: Line, first: Entry, account_iban: str, statement_id: str) -> str:
    """The bank's reference with account and day, as it may come again; else a digest of what the entry says."""
    told = _known(text_at(line.node, "AcctSvcrRef")) or _known(
        text_at(line.node, "NtryDtls/TxDtls/Refs/AcctSvcrRef")
    )
    if told is None and (counted := _known(text_at(line.node, "NtryRef"))):
        told = f"{statement_id}:{counted}"  # often just counted through the statement
    if told is None:
        whole = (line.cents, first.end_to_end_id, first.name, first.iban, first.text)
        told = hashlib.sha256(repr(whole).encode()).hexdigest()[:32]
    return f"{account_iban}/{line.booked_on:%Y%m%d}/{told}"
