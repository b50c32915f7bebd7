"""A row is a line of a receipt, or one sentence says which column is wrong."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.importing.checking import Bad, checked, moment, readable

BERLIN = ZoneInfo("Europe/Berlin")
LATEST = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = ["7", "baker", "A-1", "2026-01-05T09:00:00", "4001", "bread", "Roggenbrot", "1", "450", "0"]


def check(**changes):
    names = (
        "household",
        "shop",
        "receipt",
        "at",
        "sku",
        "category",
        "product",
        "quantity",
        "gross",
        "discount",
    )
    fields = [changes.get(name, value) for name, value in zip(names, GOOD, strict=True)]
    return checked(fields, lambda shop: BERLIN, LATEST)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-05T09:00:00", "2026-01-05T08:00:00"),
        ("2026-07-05 09:00", "2026-07-05T07:00:00"),
        ("2026-01-05T09:00:00+05:30", "2026-01-05T03:30:00"),
        ("2026-01-05T09:00:00Z", "2026-01-05T09:00:00"),
        ("2017-03-26T02:34:43", "2017-03-26T01:34:43"),  # skipped: 03:34:43 by the shop's clock
        ("2017-10-29T02:30:00", "2017-10-29T00:30:00"),  # doubled: the first
    ],
)
def test_a_time_without_zone_is_the_shops(text, utc):
    assert moment(text, BERLIN, LATEST) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"household": ""}, "household: empty"),
        ({"shop": ""}, "shop: empty"),
        ({"receipt": ""}, "receipt: empty"),
        ({"receipt": "x" * 65}, "receipt: longer than 64 characters"),
        ({"receipt": "A\0"}, "receipt: control characters"),
        ({"product": "Brot\udcff"}, "product: not UTF-8"),
        ({"sku": "4" * 65}, "sku: longer than 64 characters"),
        ({"at": ""}, "purchased_at: not a time"),
        ({"at": "2026-01-05"}, "purchased_at: the time of day is missing"),
        ({"at": "2026-02-30T09:00:00"}, "purchased_at: not a time"),
        ({"at": "0001-01-01T00:00:00"}, "purchased_at: not a year that can be"),
        ({"at": "9999-12-31T23:59:59-12:00"}, "purchased_at: not a year that can be"),
        ({"at": "2026-11-23T09:00:00"}, "purchased_at: in the future"),
        ({"quantity": "0"}, "quantity: not from 1 to"),
        ({"quantity": "1.5"}, "quantity: not a whole number"),
        ({"quantity": "²"}, "quantity: not a whole number"),
        ({"gross": "-1"}, "gross_cents: not from 0 to"),
        ({"gross": "4" * 400}, "gross_cents: not a whole number"),
        ({"gross": "999999999999"}, "gross_cents: not from 0 to"),
        ({"gross": "4,50"}, "gross_cents: not a whole number"),
        ({"gross": "=1+1"}, "gross_cents: not a whole number"),
        ({"discount": "nan"}, "discount_cents: not a whole number"),
    ],
)
def test_it_names_the_column_that_is_wrong(changes, reason):
    with pytest.raises(Bad) as refused:
        check(**changes)
    assert str(refused.value).startswith(reason)


def test_words_may_be_absent_or_cut():
    line = check(sku="", category="c" * 70, product=" =HYPERLINK(1) \n x")
    assert (line.sku, line.category, line.product) == (None, "c" * 64, "=HYPERLINK(1) x")


@given(st.lists(st.text(max_size=20), min_size=10, max_size=10))
def test_it_never_stumbles(fields):
    try:
        checked(fields, lambda shop: BERLIN, LATEST)
    except Bad:
        readable(fields)
