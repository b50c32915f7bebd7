"""Statements and notifications: every payment once, exact, and nothing out of a file that contradicts itself."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.errors import Invalid
from partners.settlement import camt
from tests.partners.settlement.camt_samples import (
    BAKER,
    Version,
    balance,
    details,
    entry,
    facts_of,
    file,
    notification,
    report,
    statement,
)

VERSIONS = pytest.mark.parametrize("version", ["02", "04", "08"])
PAID = details(-12_345, "EMMA-12-A", creditor=BAKER)


@VERSIONS
def test_it_reads_a_notification(version: Version) -> None:
    paid = details(-12_345, "EMMA-12-A", creditor=BAKER, version=version)
    read = camt.read(notification(entry(-12_345, paid, version=version), version=version))
    assert read.kind == "camt.054" and [one.cents for one in read.entries] == [-12_345]


def test_it_keeps_the_moment_of_a_bank_that_names_its_zone() -> None:
    content = file(report(kind="054"), kind="054", created="2026-12-03T20:15:00.000+01:00")
    assert camt.read(content).created_at == datetime(2026, 12, 3, 19, 15, tzinfo=UTC)


@VERSIONS
def test_it_leaves_what_is_only_noted_out_of_the_balance(version: Version) -> None:
    content = statement(
        entry(100, reference="R1", version=version), entry(250, reference="R2", status="PDNG", version=version),
        moved=100, version=version,
    )  # fmt: skip
    assert [(one.cents, one.status) for one in camt.read(content).entries] == [(100, "BOOK"), (250, "PDNG")]


@pytest.mark.parametrize("moved", [-12_344, -12_346, 12_345])
def test_it_refuses_a_statement_whose_balances_say_otherwise(moved: int) -> None:
    code, facts = facts_of(statement(entry(-12_345, PAID), moved=moved))
    assert code == "bank_file_sum"
    assert facts == {"opening_cents": 100_000, "booked_cents": -12_345, "closing_cents": 100_000 + moved}


def test_it_reads_a_statement_that_goes_into_the_red() -> None:
    assert len(camt.read(statement(entry(-12_345, PAID), moved=-12_345, opened=10_000)).entries) == 1


def test_it_refuses_a_statement_without_balances() -> None:
    assert facts_of(file(report(entry(-12_345, PAID)))) == ("bank_file_incomplete", {"element": "Bal"})
    one = file(report(balances=(balance("ITBD", 100),)))
    assert facts_of(one) == ("bank_file_incomplete", {"element": "Bal"})


def test_it_reads_a_statement_page_by_page() -> None:
    pages = [
        report(
            entry(100, reference="R1"), balances=(balance("OPBD", 0), balance("ITBD", 100)), statement_id="1"
        ),
        report(
            entry(50, reference="R2"), balances=(balance("ITBD", 100), balance("ITBD", 150)), statement_id="2"
        ),
        report(
            entry(-30, reference="R3"),
            balances=(balance("ITBD", 150), balance("CLBD", 120)),
            statement_id="3",
        ),
    ]
    assert [one.cents for one in camt.read(file(*pages)).entries] == [100, 50, -30]


def test_it_refuses_statements_of_several_accounts() -> None:
    balances = (balance("PRCD", 0), balance("CLBD", 0))
    other = report(balances=balances, account=BAKER.iban)
    assert facts_of(file(report(balances=balances), other)) == ("bank_file_accounts", {"count": 2})


TOTALS = (
    "<TtlNtries><NbOfNtries>{all}</NbOfNtries><Sum>222.45</Sum>{net}</TtlNtries>"
    "<TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>{credit}</Sum></TtlCdtNtries>"
    "<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>123.45</Sum></TtlDbtNtries>"
)
NET_02 = "<TtlNetNtryAmt>24.45</TtlNetNtryAmt><CdtDbtInd>DBIT</CdtDbtInd>"
NET_08 = "<TtlNetNtry><Amt>24.45</Amt><CdtDbtInd>DBIT</CdtDbtInd></TtlNetNtry>"
RIGHT = {"all": 2, "net": NET_02, "credit": "99.00"}


def with_totals(**totals: Any) -> bytes:
    lines = (entry(-12_345, PAID, reference="R1"), entry(9_900, reference="R2"))
    return notification(*lines, summary=TOTALS.format(**totals))


@pytest.mark.parametrize("net", ["", NET_02, NET_08])
def test_it_agrees_with_the_banks_totals(net: str) -> None:
    assert len(camt.read(with_totals(**RIGHT | {"net": net})).entries) == 2


@pytest.mark.parametrize(
    "wrong",
    [{"all": 3}, {"credit": "99.01"}, {"net": NET_02.replace("DBIT", "CRDT")}, {"net": NET_08.replace("24", "25")}]
)  # fmt: skip
def test_it_refuses_totals_that_say_otherwise(wrong: dict[str, Any]) -> None:
    assert facts_of(with_totals(**RIGHT | wrong)) == ("bank_file_sum", {"element": "TxsSummry"})


def test_it_refuses_other_currencies_and_no_currency() -> None:
    assert facts_of(notification(entry(100, currency="USD"))) == ("bank_file_currency", {"currency": "USD"})
    bare = notification(entry(100)).replace(b'<Amt Ccy="EUR">', b"<Amt>")
    assert facts_of(bare) == ("bank_file_currency", {"currency": None})
    account = notification(entry(100)).replace(b"<Ccy>EUR", b"<Ccy>CHF")
    assert facts_of(account) == ("bank_file_currency", {"currency": "CHF"})


@pytest.mark.parametrize(
    "figure", ["1.005", "1.000", "1,00", "-1.00", "1e3", "", "NaN", "٣", "1" * 16, "0x10"]
)
def test_it_refuses_figures_that_are_not_exact_cents(figure: str) -> None:
    content = notification(entry(100)).replace(b">1.00</Amt>", f">{figure}</Amt>".encode())
    assert facts_of(content)[0] == "bank_file_amount"


@pytest.mark.parametrize(
    "figure, cents",
    [("1", 100), ("1.5", 150), ("0.01", 1), (" 2.00 ", 200), ("0", 0), ("999999999999999.99", 10**17 - 1)]
)  # fmt: skip
def test_it_reads_figures_exactly(figure: str, cents: int) -> None:
    content = notification(entry(100)).replace(b">1.00</Amt>", f">{figure}</Amt>".encode())
    assert [one.cents for one in camt.read(content).entries] == [cents]


def test_it_reads_no_half_of_a_figure() -> None:
    content = notification(entry(100)).replace(b">1.00</Amt>", b">1<!-- x -->2.00<?y z?></Amt>")
    assert [one.cents for one in camt.read(content).entries] == [1_200]


@pytest.mark.parametrize(
    "right, wrong, element",
    [
        (b"<MsgId>camt054_ONL_0001</MsgId>", b"", "BkToCstmrDbtCdtNtfctn/GrpHdr/MsgId"),
        (b"2026-12-03T20:15:00<", b"yesterday<", "BkToCstmrDbtCdtNtfctn/GrpHdr/CreDtTm"),
        (b"<IBAN>DE89370400440532013000</IBAN>", b"", "Acct/Id/IBAN"),
        (b"<CdtDbtInd>CRDT</CdtDbtInd>", b"", "CdtDbtInd"),
        (b'<Amt Ccy="EUR">1.00</Amt>', b"", "Amt"),
        (b"<Dt>2026-12-03</Dt>", b"<Dt>2026-13-03</Dt>", "BookgDt/Dt"),
        (b"<Id>0352C5320261203</Id>", b"", "Id"),
    ],
)
def test_it_refuses_a_file_with_gaps(right: bytes, wrong: bytes, element: str) -> None:
    whole = notification(entry(100))
    assert right in whole
    assert facts_of(whole.replace(right, wrong)) == ("bank_file_incomplete", {"element": element})


def test_it_refuses_a_file_without_a_report() -> None:
    assert facts_of(file()) == ("bank_file_incomplete", {"element": "BkToCstmrStmt/Stmt"})


@pytest.mark.parametrize(
    "content",
    [
        b"<Document/>",
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.052.001.08"/>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.01"/>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.13"/>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>',
        b'<Other xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>',
    ],
)
def test_it_refuses_other_files(content: bytes) -> None:
    assert facts_of(content)[0] == "bank_file_kind"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=4))
def test_it_reads_a_damaged_file_or_refuses_it(place: int, noise: bytes) -> None:
    whole = statement(entry(-12_345, PAID), moved=-12_345)
    damaged = whole[: place % len(whole)] + noise + whole[place % len(whole) + len(noise) :]
    try:
        assert sum(one.cents for one in camt.read(damaged).entries) == -12_345
    except Invalid as refusal:
        assert refusal.field == "file"
