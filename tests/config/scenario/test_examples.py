"""The examples that are shipped come out as they were reckoned by hand, to the cent, and their books hold."""

import pytest

from tests.config.scenario.papers import example

ISSUED = {"baker": {"drinks": 300, "books": 250}, "drinks": {"drinks": 200}}


@pytest.mark.parametrize(
    ("name", "positions", "pool", "breakage"),
    [
        ("worked-prefunded", {"baker": -1079, "drinks": -147, "books": -221}, 1090, 0),
        ("worked-at-redemption", {"baker": -729, "drinks": 193, "books": 179}, 0, 0),
        ("worked-breakage-operator", {"baker": -1179, "drinks": -207, "books": -221}, 1090, 160),
    ],
)
def test_the_worked_example(play, name, positions, pool, breakage):
    outcome = play(example(name)).as_data()
    assert outcome["settlements"] == [
        {
            "period": "2026-02",
            "positions_cents": positions,
            "operator_cents": {"fee_net": 300, "fee_vat": 57, "pool": pool, "breakage": breakage},
            "matrix_cents": ISSUED,
            "points_out": 1090,
        }
    ]
    assert {name: points["available"] for name, points in outcome["wallets"].items()} == {
        "anna": 0, "ben": 0, "clara": 0, "dora": 690, "emil": 400,
    }  # fmt: skip
    assert outcome["refused"] == []


def test_a_late_return_and_a_reversal_fall_into_the_next_period(play):
    """January: baker issues 60 and redeems 50 of drinks', drinks 80 and 30 of baker's. February: those 30 are undone;
    baker takes 20 back, drinks 30 and, once its 70 new points repay the debt, 50 more."""
    outcome = play(example("late-return")).as_data()
    january, february = outcome["settlements"]
    assert january == {
        "period": "2026-01",
        "positions_cents": {"baker": -21, "drinks": -64},
        "operator_cents": {"fee_net": 21, "fee_vat": 4, "pool": 60, "breakage": 0},
        "matrix_cents": {"baker": {"drinks": 30}, "drinks": {"baker": 50}},
        "points_out": 60,
    }
    assert february == {
        "period": "2026-02",
        "positions_cents": {"baker": 24, "drinks": -18},
        "operator_cents": {"fee_net": -5, "fee_vat": -1, "pool": 0, "breakage": 0},
        "matrix_cents": {"baker": {"drinks": -30}},
        "points_out": 60,
    }
    assert outcome["wallets"] == {
        "anna": {"available": 40, "pending": 0, "debt": 0}, "ben": {"available": 20, "pending": 0, "debt": 0},
    }  # fmt: skip
    assert outcome["refused"] == [{"event": 10, "code": "return_exceeds_purchase"}]
