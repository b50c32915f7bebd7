"""Files for the bank: valid, exact to the cent, the same for the same input."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from sepaxml.validation import ValidationError, try_valid_xml

from loyalty.errors import Invalid
from partners.settlement import sepa
from partners.settlement.sepa import Account, Collection, Payout

OPERATOR = Account("Punkteverein Südstadt", "DE89370400440532013000", "COBADEFFXXX", "DE98ZZZ09999999999")
BAKER = Payout(
    "EMMA-12-0A1B2C3D4E5F",
    "Bäckerei Müßig",
    "DE02120300000000202051",
    "BYLADEM1001",
    123_45,
    "Punkte November",
)
DRINKS = Payout(
    "EMMA-12-00000000000B", "Getränke Groß & Söhne", "DE02500105170137075030", None, 7, "Punkte November"
)
BOOKS = Collection(
    "EMMA-12-00000000000C", "Bücher Lang", "DE02100500000054540402", None, 99_00, "Abrechnung November", "M-2026-7",
    date(2026, 1, 31), "CORE", "FRST",
)  # fmt: skip
DAY = date(2026, 12, 7)
AT = datetime(2026, 12, 3, 9, 30, 15, 250_000, tzinfo=UTC)


def payouts(*payments: Payout, account: Account = OPERATOR, **more: Any) -> bytes:
    return sepa.payout_file(account, payments or (BAKER, DRINKS), DAY, "EMMA-P12", AT, **more)


def collections(*payments: Collection, account: Account = OPERATOR) -> bytes:
    return sepa.collection_file(account, payments or (BOOKS,), DAY, "EMMA-C12", AT)


def texts(content: bytes, path: str) -> list[str]:
    """What stands at an XPath of local names: "PmtInf/CtrlSum"."""
    steps = "/".join(f"*[local-name()='{name}']" for name in path.split("/"))
    return [node.text or "" for node in etree.fromstring(content).xpath(f"//{steps}")]


def test_it_writes_payouts_that_keep_the_schema() -> None:
    content = payouts()
    try_valid_xml(content, "pain.001.001.09")
    assert texts(content, "GrpHdr/MsgId") == ["EMMA-P12"]
    assert texts(content, "GrpHdr/CreDtTm") == ["2026-12-03T09:30:15Z"]
    assert texts(content, "GrpHdr/NbOfTxs") == ["2"] and texts(content, "GrpHdr/CtrlSum") == ["123.52"]
    assert texts(content, "PmtInf/PmtInfId") == ["EMMA-P12-1"]
    assert texts(content, "PmtInf/ReqdExctnDt/Dt") == ["2026-12-07"]
    assert texts(content, "PmtId/EndToEndId") == [BAKER.end_to_end_id, DRINKS.end_to_end_id]
    assert texts(content, "Amt/InstdAmt") == ["123.45", "0.07"]
    assert texts(content, "Cdtr/Nm") == ["Baeckerei Muessig", "Getraenke Gross + Soehne"]
    assert texts(content, "CdtrAcct/Id/IBAN") == [BAKER.iban, DRINKS.iban]
    assert texts(content, "CdtrAgt/FinInstnId/BICFI") == ["BYLADEM1001"]
    assert texts(content, "Dbtr/Nm") == ["Punkteverein Suedstadt"]
    assert texts(content, "RmtInf/Ustrd") == ["Punkte November"] * 2


def test_it_asks_for_single_bookings_unless_told_otherwise() -> None:
    assert texts(payouts(), "PmtInf/BtchBookg") == ["false"]
    assert texts(payouts(batch=True), "PmtInf/BtchBookg") == ["true"]


def test_it_writes_collections_that_keep_the_schema() -> None:
    content = collections()
    try_valid_xml(content, "pain.008.001.08")
    assert texts(content, "PmtTpInf/LclInstrm/Cd") == ["CORE"] and texts(content, "PmtTpInf/SeqTp") == [
        "FRST"
    ]
    assert texts(content, "PmtInf/ReqdColltnDt") == ["2026-12-07"]
    assert texts(content, "CdtrSchmeId/Id/PrvtId/Othr/Id") == ["DE98ZZZ09999999999"]
    assert texts(content, "MndtRltdInf/MndtId") == ["M-2026-7"]
    assert texts(content, "MndtRltdInf/DtOfSgntr") == ["2026-01-31"]
    assert texts(content, "DrctDbtTxInf/InstdAmt") == ["99.00"] and texts(content, "GrpHdr/CtrlSum") == [
        "99.00"
    ]
    assert texts(content, "Dbtr/Nm") == ["Buecher Lang"]


def test_it_puts_first_and_later_collections_into_blocks_of_their_own() -> None:
    later = replace(BOOKS, end_to_end_id="E-2", sequence="RCUR", cents=1)
    content = collections(BOOKS, later, replace(later, end_to_end_id="E-3"))
    try_valid_xml(content, "pain.008.001.08")
    assert texts(content, "PmtInf/PmtInfId") == ["EMMA-C12-1", "EMMA-C12-2"]
    assert texts(content, "PmtTpInf/SeqTp") == ["FRST", "RCUR"]
    assert texts(content, "PmtInf/CtrlSum") == ["99.00", "0.02"]
    assert texts(content, "GrpHdr/CtrlSum") == ["99.02"] and texts(content, "GrpHdr/NbOfTxs") == ["3"]


def test_it_keeps_core_and_b2b_apart() -> None:
    firm = replace(BOOKS, end_to_end_id="E-2", scheme="B2B")
    with pytest.raises(Invalid, match="schemes_mixed"):
        collections(BOOKS, firm)
    apart = sepa.by_scheme([BOOKS, firm])
    assert apart == {"B2B": (firm,), "CORE": (BOOKS,)}
    for scheme, some in apart.items():
        content = collections(*some)
        try_valid_xml(content, "pain.008.001.08")
        assert texts(content, "PmtTpInf/LclInstrm/Cd") == [scheme]


def test_it_writes_the_same_bytes_for_the_same_input() -> None:
    assert payouts() == payouts()
    assert collections() == collections()
    berlin = AT.astimezone(ZoneInfo("Europe/Berlin"))
    assert sepa.payout_file(OPERATOR, [BAKER, DRINKS], DAY, "EMMA-P12", berlin) == payouts()
    assert sepa.payout_file(OPERATOR, [BAKER, DRINKS], DAY, "EMMA-P13", AT) != payouts()


def test_it_says_that_a_bic_is_not_provided() -> None:
    without = replace(OPERATOR, bic=None)
    assert texts(payouts(account=without), "DbtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]
    assert texts(collections(account=without), "CdtrAgt/FinInstnId/Othr/Id") == ["NOTPROVIDED"]


def test_it_cuts_long_words_to_what_the_fields_hold() -> None:
    content = payouts(replace(BAKER, name="ü" * 60, text="ß" * 100))
    assert texts(content, "Cdtr/Nm") == [("ue" * 60)[:70]] and texts(content, "RmtInf/Ustrd") == [
        ("ss" * 100)[:140]
    ]


@pytest.mark.parametrize(
    "change, code",
    [
        ({"cents": 0}, "amount_invalid"),
        ({"cents": -1}, "amount_invalid"),
        ({"cents": 100_000_000_000}, "amount_invalid"),
        ({"iban": "DE02120300000000202052"}, "iban_invalid"),
        ({"bic": "COBA"}, "bic_invalid"),
        ({"name": " "}, "text_empty"),
        ({"text": "💶"}, "text_empty"),
        ({"end_to_end_id": "A" * 36}, "reference_invalid"),
        ({"end_to_end_id": DRINKS.end_to_end_id}, "end_to_end_id_twice"),
    ],
)
def test_it_refuses_payments_a_bank_would_refuse(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        payouts(replace(BAKER, **change), DRINKS)


@pytest.mark.parametrize(
    "change, code",
    [
        ({"mandate_reference": "Ä"}, "reference_invalid"),
        ({"mandate_signed_on": date(2026, 12, 8)}, "mandate_signed_later"),
        ({"cents": 0}, "amount_invalid"),
    ],
)
def test_it_refuses_collections_without_a_good_mandate(change: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid, match=code):
        collections(replace(BOOKS, **change))


def test_it_refuses_to_collect_for_nobody() -> None:
    with pytest.raises(Invalid, match="creditor_id_invalid"):
        collections(account=replace(OPERATOR, creditor_id=None))


def test_it_refuses_an_empty_file_and_a_long_message_id() -> None:
    with pytest.raises(Invalid, match="payments_missing"):
        sepa.payout_file(OPERATOR, [], DAY, "EMMA-P12", AT)
    with pytest.raises(Invalid) as refusal:
        sepa.payout_file(OPERATOR, [BAKER], DAY, "A" * 33, AT)
    assert (refusal.value.code, refusal.value.field) == ("reference_invalid", "message_id")


@pytest.mark.parametrize(
    "right, wrong",
    [
        (b'Ccy="EUR">123.45<', b'Ccy="EUR">123.456789<'),
        (b"<EndToEndId>EMMA-12-0A1B2C3D4E5F<", b"<EndToEndId>" + b"A" * 36 + b"<"),
        (b"<PmtMtd>TRF</PmtMtd>", b""),
        (b"<Dt>2026-12-07</Dt>", b"<Dt>07.12.2026</Dt>"),
    ],
)
def test_it_tells_a_broken_file(right: bytes, wrong: bytes) -> None:
    broken = payouts().replace(right, wrong, 1)
    assert broken != payouts()
    with pytest.raises(ValidationError):
        try_valid_xml(broken, sepa.PAYOUTS)
    with pytest.raises(Invalid, match="bank_file_schema"):
        sepa.check_schema(broken, sepa.PAYOUTS)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, sepa.MOST_CENTS), min_size=1, max_size=20))
def test_it_neither_loses_nor_makes_a_cent(amounts: list[int]) -> None:
    some = [replace(BAKER, end_to_end_id=f"E-{number}", cents=cents) for number, cents in enumerate(amounts)]
    content = payouts(*some)
    assert [Decimal(text) * 100 for text in texts(content, "Amt/InstdAmt")] == amounts
    for total in texts(content, "GrpHdr/CtrlSum") + texts(content, "PmtInf/CtrlSum"):
        assert Decimal(total) * 100 == sum(amounts)
