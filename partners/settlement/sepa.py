"""Files for the bank: payouts as pain.001.001.09, collections as pain.008.001.08. The same input gives the same bytes:
message id and moment are arguments. Reads and keeps nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal

from lxml import etree
from sepaxml import SepaDD, SepaTransfer
from sepaxml.validation import ValidationError, try_valid_xml

from loyalty.errors import Invalid
from partners.settlement.iban import check_bic, check_creditor_id, check_iban
from partners.settlement.sepa_words import (
    NAME_LENGTH,
    REFERENCE_LENGTH,
    TEXT_LENGTH,
    check_reference,
    check_words,
)

PAYOUTS = "pain.001.001.09"
COLLECTIONS = "pain.008.001.08"
MOST_CENTS = 99_999_999_999  # SEPA's ceiling for one payment: 999,999,999.99 EUR
MESSAGE_ID_LENGTH = REFERENCE_LENGTH - 3  # blocks are named by it and "-1", "-2", ...
Scheme = Literal["CORE", "B2B"]
SequenceType = Literal["FRST", "RCUR"]


@dataclass(frozen=True, slots=True)
class Account:
    """The operator's account; `creditor_id` is needed to collect."""

    name: str
    iban: str
    bic: str | None = None
    creditor_id: str | None = None


@dataclass(frozen=True, slots=True)
class Payout:
    """Cents to be paid to an account."""

    end_to_end_id: str
    name: str
    iban: str
    bic: str | None
    cents: int
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """Cents (above zero) to be collected under a mandate. `sequence`: FRST the first time, then RCUR."""

    end_to_end_id: str
    name: str
    iban: str
    bic: str | None
    cents: int
    text: str
    mandate_reference: str
    mandate_signed_on: date
    scheme: Scheme = "CORE"
    sequence: SequenceType = "RCUR"


def payout_file(
    account: Account,
    payouts: Sequence[Payout],
    execute_on: date,
    message_id: str,
    at: datetime,
    batch: bool = False,
) -> bytes:
    """The pain.001 file. Its payment block is called `message_id` and "-1"; `batch`: booked as one sum.

    Raises Invalid `payments_missing`, `end_to_end_id_twice`, `amount_invalid` (entry), `reference_invalid`,
    `text_empty`, `iban_invalid`, `iban_outside_sepa`, `bic_invalid`, `bank_file_schema`.
    """
    _check_set(payouts)
    file = SepaTransfer(_account(account), schema=PAYOUTS, clean=False)
    for payout in payouts:
        file.add_payment(_payment(payout) | {"execution_date": execute_on})
    return _finished(file.export(validate=False), PAYOUTS, message_id, at, batch)


def collection_file(
    account: Account,
    collections: Sequence[Collection],
    collect_on: date,
    message_id: str,
    at: datetime,
    batch: bool = False,
) -> bytes:
    """The pain.008 file of collections of one scheme, a block (`message_id`-1, -2) for each sequence.

    Raises what `payout_file` raises, and Invalid `creditor_id_invalid`, `schemes_mixed`, `mandate_signed_later`.
    """
    _check_set(collections)
    schemes = {collection.scheme for collection in collections}
    if len(schemes) > 1:
        raise Invalid("schemes_mixed", "scheme")
    config = _account(account) | {
        "creditor_id": check_creditor_id(account.creditor_id or ""), "instrument": schemes.pop(),
    }  # fmt: skip
    file = SepaDD(config, schema=COLLECTIONS, clean=False)
    for collection in collections:
        file.add_payment(_payment(collection) | _mandate(collection, collect_on))
    return _finished(file.export(validate=False), COLLECTIONS, message_id, at, batch)


def by_scheme(collections: Sequence[Collection]) -> dict[Scheme, tuple[Collection, ...]]:
    """Collections apart by scheme, for one file each: banks refuse CORE and B2B in one."""
    schemes = sorted({collection.scheme for collection in collections})
    return {scheme: tuple(one for one in collections if one.scheme == scheme) for scheme in schemes}


def check_schema(content: bytes, schema: str) -> None:
    """Nothing when `content` keeps the ISO 20022 schema. Raises Invalid `bank_file_schema` (why)."""
    try:
        try_valid_xml(content, schema)
    except ValidationError as broken:
        raise Invalid("bank_file_schema", "file", why=getattr(broken.__cause__, "reason", None)) from broken


def _check_set(payments: Sequence[Payout] | Sequence[Collection]) -> None:
    if not payments:
        raise Invalid("payments_missing", "payments")
    [(most_used, count)] = Counter(payment.end_to_end_id for payment in payments).most_common(1)
    if count > 1:
        raise Invalid("end_to_end_id_twice", "end_to_end_id", entry=most_used)


def _account(account: Account) -> dict[str, Any]:
    return {
        "name": check_words(account.name, NAME_LENGTH, "name"), "IBAN": check_iban(account.iban),
        "currency": "EUR", "batch": True, **_bic(account.bic),
    }  # fmt: skip


def _payment(payment: Payout | Collection) -> dict[str, Any]:
    reference = check_reference(payment.end_to_end_id, "end_to_end_id")
    if not 0 < payment.cents <= MOST_CENTS:
        raise Invalid("amount_invalid", "cents", entry=reference)
    return {
        "name": check_words(payment.name, NAME_LENGTH, "name"), "IBAN": check_iban(payment.iban),
        "amount": payment.cents, "description": check_words(payment.text, TEXT_LENGTH, "text"),
        "endtoend_id": reference, **_bic(payment.bic),
    }  # fmt: skip


def _bic(bic: str | None) -> dict[str, str]:
    return {"BIC": check_bic(bic)} if bic else {}


def _mandate(collection: Collection, collect_on: date) -> dict[str, Any]:
    if collection.mandate_signed_on > collect_on:
        raise Invalid("mandate_signed_later", "mandate_signed_on", entry=collection.end_to_end_id)
    return {
        "type": collection.sequence, "collection_date": collect_on, "mandate_date": collection.mandate_signed_on,
        "mandate_id": check_reference(collection.mandate_reference, "mandate_reference"),
    }  # fmt: skip


def _finished(draft: bytes, schema: str, message_id: str, at: datetime, batch: bool) -> bytes:
    """The library's file with our ids and moment where it puts random ones and the clock's."""
    check_reference(message_id, "message_id", MESSAGE_ID_LENGTH)
    document = etree.fromstring(draft)
    space = {"p": etree.QName(document).namespace}
    _set(document, space, "GrpHdr/p:MsgId", message_id)
    _set(document, space, "GrpHdr/p:CreDtTm", at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    for number, block in enumerate(document.findall("*/p:PmtInf", space), 1):
        block.find("p:PmtInfId", space).text = f"{message_id}-{number}"
        block.find("p:BtchBookg", space).text = "true" if batch else "false"
    for bank in document.findall("*/p:PmtInf/p:DbtrAgt/p:FinInstnId", space):
        if not len(bank):  # valid without a BIC, but German banks want it said
            other = etree.SubElement(bank, f"{{{space['p']}}}Othr")
            etree.SubElement(other, f"{{{space['p']}}}Id").text = "NOTPROVIDED"
    content = etree.tostring(document, xml_declaration=True, encoding="UTF-8")
    check_schema(content, schema)
    return content


def _set(document: etree._Element, space: dict[str, str], path: str, text: str) -> None:
    document.find(f"*/p:{path}", space).text = text
