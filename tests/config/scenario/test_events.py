"""Events: each kind as it is told, and every way to tell one wrongly, refused with its place."""

from datetime import UTC, datetime

import pytest

from config.scenario.content import Nightly, Purchase, Redeem, Return, Reverse, Settle
from config.scenario.nodes import Unreadable
from loyalty.rules.basket import Line
from tests.config.scenario.papers import at, paper, purchase, read

EIGHT = datetime(2026, 1, 5, 8, tzinfo=UTC)
REDEEM = {"at": at("01-06"), "do": "redeem", "id": "x1", "member": "anna", "partner": "drinks", "points": 30}
BOUGHT = purchase("01-05", receipt="r1")
BACK = {"at": at("01-07"), "do": "return", "partner": "baker", "receipt": "r1"}


def test_each_kind_is_read():
    lines = [{"gross_cents": 4500, "vat_rate": 7, "cost_cents": 1500, "category": "bread", "quantity": 3}]
    told = dict(purchase("01-05", receipt="r2"), lines=lines)
    del told["gross_cents"]
    events = read(
        paper(
            BOUGHT,
            told,
            dict(REDEEM, at=at("01-05")),
            dict(BACK, at=at("01-05"), lines=[{"line": 0}, {"line": 0, "quantity": 2}]),
            dict(BACK, at=at("01-05"), all=True),
            {"at": at("01-05"), "do": "reverse", "redemption": "x1"},
        )
    ).events
    assert events == (
        Purchase(0, EIGHT, "anna", "baker", "r1", (Line(4500),)),
        Purchase(
            1, EIGHT, "anna", "baker", "r2", (Line(4500, 3, category="bread", vat_bp=700, cost_cents=1500),)
        ),
        Redeem(2, EIGHT, "x1", "anna", "drinks", 30),
        Return(3, EIGHT, "baker", "r1", {0: 3}),
        Return(4, EIGHT, "baker", "r1", None),
        Reverse(5, EIGHT, "x1"),
    )


def test_nights_and_settlements_are_read():
    night = {"at": at("01-31", "23:00"), "do": "nightly"}
    month = {"at": at("02-01", "02:00"), "do": "settle", "period": "2026-01"}
    week = {"at": at("02-02", "02:00"), "do": "settle", "period": "2026-W05"}
    first, second, third = read(paper(night, month, week)).events
    assert first == Nightly(0, datetime(2026, 1, 31, 22, tzinfo=UTC))
    assert second == Settle(1, datetime(2026, 2, 1, 1, tzinfo=UTC), "2026-01")
    assert third == Settle(2, datetime(2026, 2, 2, 1, tzinfo=UTC), "2026-W05")


@pytest.mark.parametrize(
    ("events", "place"),
    [
        ([{}], "events[0].do: missing"),
        ([7], "events[0]: must be an object"),
        ([{"do": "buy", "at": at("01-05")}], "events[0].do: must be one of purchase, redeem"),
        ([{"do": ["purchase"]}], "events[0].do: "),
        ([{"do": "nightly"}], "events[0].at: missing"),
        ([{"do": "nightly", "at": "2026-01-05T09:00:00"}], "events[0].at: must be a time with offset"),
        ([{"do": "nightly", "at": at("01-05"), "on": 1}], "events[0].on: unknown"),
        ([BOUGHT, purchase("01-04")], "events[1].at: is earlier than the event before it"),
        ([purchase("01-05", "clara")], "events[0].member: no member named clara"),
        ([purchase("01-05", partner="books")], "events[0].partner: no partner named books"),
        ([purchase("01-05", member=None)], "events[0].member: must be a string"),
        ([purchase("01-05", cents=-1)], "events[0].gross_cents: must be from 0"),
        ([purchase("01-05", cents=45.0)], "events[0].gross_cents: must be a whole number"),
        ([purchase("01-05", cents=True)], "events[0].gross_cents: must be a whole number"),
        ([purchase("01-05", cents=10**12)], "events[0].gross_cents: must be from 0"),
        ([purchase("01-05", lines=[{"gross_cents": 1}])], "events[0]: needs either lines or gross_cents"),
        ([purchase("01-05", receipt=7)], "events[0].receipt: must be a string"),
        ([purchase("01-05", id="r1")], "events[0].id: unknown"),
        ([REDEEM, dict(REDEEM, at=at("01-07"))], "events[1].id: x1 stands at events[0].id already"),
        ([dict(REDEEM, points=0)], "events[0].points: must be from 1"),
        ([dict(REDEEM, points="30")], "events[0].points: must be a whole number"),
        ([dict(BACK, all=True)], "events[0].receipt: no purchase before with receipt r1 of baker"),
        ([BOUGHT, dict(BACK, partner="drinks", all=True)], "events[1].receipt: no purchase before"),
        ([BOUGHT, BACK], "events[1]: needs either lines or all"),
        ([BOUGHT, dict(BACK, all=True, lines=[{"line": 0}])], "events[1]: needs either lines or all"),
        ([BOUGHT, dict(BACK, all=False)], "events[1].all: must be true or absent"),
        ([BOUGHT, dict(BACK, all=1)], "events[1].all: must be true or absent"),
        ([BOUGHT, dict(BACK, lines=[])], "events[1].lines: must have 1 to"),
        ([BOUGHT, dict(BACK, lines=[{"line": -1}])], "events[1].lines[0].line: must be from 0"),
        ([BOUGHT, dict(BACK, lines=[{"line": 0, "quantity": 0}])], "events[1].lines[0].quantity: must be from 1"),
        ([BOUGHT, dict(BACK, lines=[{"quantity": 1}])], "events[1].lines[0].line: missing"),
        ([BOUGHT, purchase("01-06", receipt="r1"), dict(BACK, all=True)],
         "events[2].receipt: r1 could be events[0] or events[1]"),
        ([{"do": "reverse", "at": at("01-05"), "redemption": "x1"}],
         "events[0].redemption: no redemption before named x1"),
        ([{"do": "settle", "at": at("02-05"), "period": "2026-13"}], "events[0].period: must be a month like"),
        ([{"do": "settle", "at": at("02-05"), "period": "2025-W53"}], "events[0].period: must be a month like"),
        ([{"do": "settle", "at": at("02-05"), "period": "Januar"}], "events[0].period: must be a month like"),
        ([{"do": "settle", "at": at("02-05"), "period": "٢٠٢٦-01"}], "events[0].period: must be a month like"),
        ([{"do": "settle", "at": at("02-05"), "period": "0001-01"}], "events[0].period: must be a month like"),
        ([{"do": "settle", "at": at("02-05"), "period": 202601}], "events[0].period: must be a string"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(events, place):
    with pytest.raises(Unreadable) as refused:
        read(paper(*events))
    assert str(refused.value).startswith(place)


@pytest.mark.parametrize(
    ("lines", "place"),
    [
        ([], "lines: must have 1 to 500 items"),
        ([{}], "lines[0].gross_cents: missing"),
        ([{"gross_cents": 1, "vat_rate": 190}], "lines[0].vat_rate: must be from 0 to 100"),
        ([{"gross_cents": 1, "vat_rate": "7"}], "lines[0].vat_rate: must be a number of percent"),
        ([{"gross_cents": 1}, {"gross_cents": "1"}], "lines[1].gross_cents: must be a whole number"),
        ([{"gross_cents": 1, "quantity": 0}], "lines[0].quantity: must be from 1"),
        ([{"gross_cents": 1, "kind": "voucher"}], "lines[0].kind: must be one of goods"),
        ([{"gross_cents": 1, "category": ""}], "lines[0].category: must have"),
        ([{"gross_cents": 1, "cost": 1}], "lines[0].cost: unknown"),
        ([{"gross_cents": 100}, {"gross_cents": -101, "kind": "deposit"}], "lines: add up to -1 cents"),
    ],
)  # fmt: skip
def test_lines_are_those_of_a_receipt(lines, place):
    told = purchase("01-05", lines=lines)
    del told["gross_cents"]
    with pytest.raises(Unreadable) as refused:
        read(paper(told))
    assert str(refused.value).startswith(f"events[0].{place}")


def test_a_receipt_may_come_again_when_nothing_refers_to_it_or_the_day_is_the_same():
    again = purchase("01-06", receipt="r1")
    assert len(read(paper(BOUGHT, again)).events) == 2
    assert read(paper(BOUGHT, BOUGHT, dict(BACK, all=True))).events[2].receipt == "r1"
    assert read(paper(BOUGHT, dict(BACK, all=True, at=at("01-05")), again)).events[1].receipt == "r1"
