"""Amounts of payments: batches add up, charges are told apart, no cent is lost or made."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partners.settlement import camt
from tests.partners.settlement.camt_samples import (
    DRINKS,
    Version,
    details,
    entry,
    facts_of,
    notification,
    statement,
)

VERSIONS = pytest.mark.parametrize("version", ["02", "04", "08"])


@VERSIONS
def test_it_refuses_a_batch_that_does_not_add_up(version: Version) -> None:
    parts = [details(-12_345, "A", version=version), details(-8, "B", version=version)]
    code, facts = facts_of(statement(entry(-12_352, *parts, version=version), moved=-12_352, version=version))
    assert code == "bank_file_sum"
    assert (facts["entry_cents"], facts["details_cents"]) == (-12_352, -12_353)
    assert facts["entry"].endswith("/2026120300001")


def test_it_refuses_a_batch_whose_amounts_are_left_out() -> None:
    code, _ = facts_of(statement(entry(-12_352, details(None, "A"), details(None, "B")), moved=-12_352))
    assert code == "bank_file_incomplete"


def test_it_takes_the_entrys_amount_when_its_only_detail_has_none() -> None:
    content = statement(entry(-12_345, details(None, "EMMA-12-A")), moved=-12_345)
    assert [one.cents for one in camt.read(content).entries] == [-12_345]


@VERSIONS
@pytest.mark.parametrize("reason", ["AC04", "MD06", "AM04"])
def test_it_knows_a_direct_debit_that_came_back_with_charges(version: Version, reason: str) -> None:
    back = details(
        -10_350, "EMMA-12-B", ("RETOURE SEPA-LASTSCHRIFT",), debtor=DRINKS, reason=reason, original_cents=10_000,
        charges_cents=350, version=version,
    )  # fmt: skip
    content = statement(
        entry(-10_350, back, code="NRTI+109+00992", reversal=True, version=version),
        moved=-10_350,
        version=version,
    )
    [one] = camt.read(content).entries
    assert (one.reversal, one.return_reason, one.end_to_end_id) == (True, reason, "EMMA-12-B")
    assert (one.cents, one.charges_cents, one.principal_cents) == (-10_350, 350, -10_000)
    assert (one.name, one.iban) == (DRINKS.name, DRINKS.iban)  # the payer of the payment that came back


def test_it_takes_the_banks_own_sum_of_charges() -> None:
    back = details(-10_350, "EMMA-12-B", reason="AC04", charges_cents=300)
    whole = back.replace("<Chrgs>", '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">3.50</TtlChrgsAndTaxAmt>')
    [one] = camt.read(statement(entry(-10_350, whole), moved=-10_350)).entries
    assert (one.charges_cents, one.principal_cents) == (350, -10_000)


def test_it_finds_charges_that_only_the_original_amount_betrays() -> None:
    back = details(-10_350, "EMMA-12-B", reason="AC04", original_cents=10_000)
    [one] = camt.read(statement(entry(-10_350, back), moved=-10_350)).entries
    assert (one.charges_cents, one.principal_cents) == (350, -10_000)


def test_it_adds_charges_that_the_bank_took_on_top_of_the_details() -> None:
    back = details(-10_000, "EMMA-12-B", reason="AC04", charges_cents=350)
    [one] = camt.read(statement(entry(-10_350, back), moved=-10_350)).entries
    assert (one.cents, one.charges_cents, one.principal_cents) == (-10_350, 350, -10_000)


def test_it_reads_what_came_from_abroad_in_euros() -> None:
    part = details(None, "NOTPROVIDED").replace("<RltdPties>", '<Amt Ccy="USD">11.00</Amt><RltdPties>')
    assert [one.cents for one in camt.read(notification(entry(1_000, part))).entries] == [1_000]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=6), max_size=8),
    st.sampled_from(["04", "08"]),
)
def test_it_neither_loses_nor_makes_a_cent(batches: list[list[int]], version: Version) -> None:
    lines = [
        entry(
            sum(batch),
            *[details(cents, "E", version=version) for cents in batch],
            reference=f"R{n}",
            version=version,
        )
        for n, batch in enumerate(batches)
    ]
    entries = camt.read(statement(*lines, moved=sum(map(sum, batches)), version=version)).entries
    assert [one.cents for one in entries] == [cents for batch in batches for cents in batch]
    assert len({one.reference for one in entries}) == len(entries)
