"""Payments in a bank's file: whose they are, what came back and why, and that each has one reference for good."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from partners.settlement import camt
from tests.partners.settlement.camt_samples import (
    ACCOUNT,
    BAKER,
    DRINKS,
    Version,
    balance,
    details,
    entry,
    file,
    notification,
    report,
    statement,
)

VERSIONS = pytest.mark.parametrize("version", ["02", "04", "08"])
PAID = details(-12_345, "EMMA-12-A", creditor=BAKER)


@VERSIONS
def test_it_reads_a_statement(version: Version) -> None:
    came = details(9_900, "EMMA-12-B", ("Abrechnung November",), debtor=DRINKS, version=version)
    went = details(-12_345, "EMMA-12-A", ("Punkte", "November"), creditor=BAKER, version=version)
    read = camt.read(
        statement(
            entry(9_900, came, reference="R1", version=version), entry(-12_345, went, reference="R2", version=version),
            moved=-2_445, version=version,
        )
    )  # fmt: skip
    assert (read.kind, read.message_id, read.account_iban) == ("camt.053", "camt053_ONL_0001", ACCOUNT)
    assert read.created_at == datetime(
        2026, 12, 3, 19, 15, tzinfo=UTC
    )  # Berlin's clock, where the bank names none
    first, second = read.entries
    assert (first.cents, first.end_to_end_id, first.name, first.iban) == (
        9_900,
        "EMMA-12-B",
        DRINKS.name,
        DRINKS.iban,
    )
    assert (first.booked_on, first.status, first.text) == (date(2026, 12, 3), "BOOK", "Abrechnung November")
    assert (first.reversal, first.return_reason, first.charges_cents) == (False, None, 0)
    assert (second.cents, second.name, second.iban) == (-12_345, BAKER.name, BAKER.iban)
    assert second.text == "Punkte November"


@VERSIONS
def test_it_opens_a_batch(version: Version) -> None:
    parts = [
        details(-12_345, "EMMA-12-A", creditor=BAKER, payment_id="EMMA-P12-1", version=version),
        details(-7, "EMMA-12-B", creditor=DRINKS, payment_id="EMMA-P12-1", version=version),
    ]
    batch = entry(-12_352, *parts, reference="R1", code="NTRF+191+00931", batch="EMMA-P12-1", version=version)
    read = camt.read(statement(batch, moved=-12_352, version=version))
    assert [(one.cents, one.end_to_end_id) for one in read.entries] == [
        (-12_345, "EMMA-12-A"),
        (-7, "EMMA-12-B"),
    ]
    assert [one.reference for one in read.entries] == [f"{ACCOUNT}/20261203/R1/1", f"{ACCOUNT}/20261203/R1/2"]
    assert {one.payment_id for one in read.entries} == {"EMMA-P12-1"}


def test_it_tells_which_batch_a_sum_without_details_is() -> None:
    [one] = camt.read(statement(entry(-12_352, batch="EMMA-P12-1"), moved=-12_352)).entries
    assert (one.cents, one.end_to_end_id, one.payment_id) == (-12_352, None, "EMMA-P12-1")
    assert one.reference.endswith("/0")  # so that it never stands for the batch's first payment


@pytest.mark.parametrize(
    "facts",
    [
        {"code": "NRTI+109+00992"}, {"code": "108"}, {"code": None, "family": "UPDD"}, {"reversal": True},
    ],
)  # fmt: skip
def test_it_knows_a_return_by_the_banks_codes_and_reads_the_reason_in_the_text(facts: dict[str, Any]) -> None:
    back = details(-10_000, "EMMA-12-B", ("RUECKLASTSCHRIFT AC04 KONTO AUFGELOEST",), debtor=DRINKS)
    [one] = camt.read(statement(entry(-10_000, back, **facts), moved=-10_000)).entries
    assert (one.reversal, one.return_reason, one.name) == (True, "AC04", DRINKS.name)


def test_it_knows_a_payout_that_came_back() -> None:
    back = details(12_345, "EMMA-12-A", creditor=BAKER, reason="AC01")
    [one] = camt.read(statement(entry(12_345, back, code="NTRF+159+00901"), moved=12_345)).entries
    assert (one.cents, one.reversal, one.return_reason, one.name) == (12_345, True, "AC01", BAKER.name)


def test_it_gives_no_reason_for_what_did_not_come_back() -> None:
    [one] = camt.read(statement(entry(9_900, details(9_900, "E", ("Artikel AC04",))), moved=9_900)).entries
    assert (one.reversal, one.return_reason) == (False, None)


@pytest.mark.parametrize(
    "texts",
    [
        ("EREF+EMMA-12-0A1B2C3D4E5F SVWZ+Abrechnung November",),
        ("SVWZ+Abrechnung EREF+EMMA-12-0A1B2C3D4E5F",),
        ("EREF+EMMA-12-0A1B2C3D4E5FSVWZ+Abrechnung",),
        ("KREF+1 EREF+EMMA-12-0A1B2C3", "D4E5F SVWZ+Abrechnung"),  # cut after 27 letters
    ],
)
def test_it_reads_the_reference_in_the_text_when_the_bank_puts_none(texts: tuple[str, ...]) -> None:
    part = details(5_000, "NOTPROVIDED", texts, debtor=DRINKS)
    [one] = camt.read(statement(entry(5_000, part), moved=5_000)).entries
    assert one.end_to_end_id == "EMMA-12-0A1B2C3D4E5F"


def test_it_reads_the_reference_in_the_note_of_an_entry_without_details() -> None:
    note = "SEPA-UEBERWEISUNG EREF+EMMA-12-A SVWZ+Punkte"
    [one] = camt.read(statement(entry(-5_000, note=note), moved=-5_000)).entries
    assert (one.end_to_end_id, one.text, one.name, one.iban) == ("EMMA-12-A", note, None, None)


@pytest.mark.parametrize("texts", [(), ("EREF+NOTPROVIDED SVWZ+Miete",), ("Miete Dezember",)])
def test_it_invents_no_reference(texts: tuple[str, ...]) -> None:
    [one] = camt.read(statement(entry(5_000, details(5_000, "NOTPROVIDED", texts)), moved=5_000)).entries
    assert one.end_to_end_id is None


def test_it_reads_a_part_payment_as_what_it_is() -> None:
    content = statement(
        entry(4_000, details(4_000, "EMMA-12-B", debtor=DRINKS), reference="R1"),
        entry(5_900, details(5_900, "EMMA-12-B", debtor=DRINKS), reference="R2"), moved=9_900,
    )  # fmt: skip
    assert [(one.cents, one.end_to_end_id) for one in camt.read(content).entries] == [
        (4_000, "EMMA-12-B"), (5_900, "EMMA-12-B"),
    ]  # fmt: skip


def test_it_gives_a_payment_the_same_reference_wherever_it_is_told() -> None:
    line = entry(-12_345, PAID)
    in_statement = camt.read(statement(line, moved=-12_345)).entries[0].reference
    assert camt.read(notification(line, version="08")).entries[0].reference == in_statement
    assert camt.read(notification(entry(-12_345))).entries[0].reference == in_statement


@pytest.mark.parametrize("facts", [{"counted": "1"}, {"counted": None}, {"reference": "NONREF"}])
def test_it_tells_payments_apart_without_the_banks_reference(facts: dict[str, Any]) -> None:
    lines = [
        entry(-12_345, PAID, **{"reference": None} | facts),
        entry(-12_345, PAID, **{"reference": None} | facts),
    ]
    content = statement(*lines, moved=-24_690)
    first, second = (one.reference for one in camt.read(content).entries)
    assert second == f"{first}~2"
    assert [one.reference for one in camt.read(content).entries] == [first, second]


def test_it_tells_apart_what_a_bank_counts_anew_in_each_statement() -> None:
    def reference(statement_id: str) -> str:
        line = entry(100, reference=None, counted="1")
        balances = (balance("PRCD", 0), balance("CLBD", 100))
        return (
            camt.read(file(report(line, balances=balances, statement_id=statement_id))).entries[0].reference
        )

    assert reference("235") != reference("236")


@pytest.mark.parametrize(
    "day", ["<BookgDt><DtTm>2026-12-03T23:59:00+01:00</DtTm></BookgDt>", "<ValDt><Dt>2026-12-03</Dt></ValDt>"]
)
def test_it_takes_the_day_as_the_bank_wrote_it(day: str) -> None:
    assert camt.read(notification(entry(100, day=day))).entries[0].booked_on == date(2026, 12, 3)
