"""Events through the real use-cases by their own clock: contracts that change, limits, margins, and what is refused."""

import pytest

from config.scenario.outcome import Points, Refused, Worth
from tests.config.scenario.papers import at, paper, purchase, read

BOUGHT = purchase("01-05", receipt="r1")
BACK = {"at": at("01-06"), "do": "return", "partner": "baker", "receipt": "r1"}


def _redeem(day: str, points: int, **more: object) -> dict[str, object]:
    return {"at": at(day), "do": "redeem", "member": "anna", "partner": "drinks", "points": points, **more}


def _settle(day: str, period: str) -> dict[str, object]:
    return {"at": at(day), "do": "settle", "period": period}


def test_a_scenario_of_nothing_comes_to_nothing(play):
    outcome = play(read({"partners": [], "members": [], "events": []}))
    assert outcome.as_data() == {"settlements": [], "wallets": {}, "members": {}, "refused": []}


def test_points_given_back_after_a_return_leave_debt_until_they_are_earned(play):
    """Of 45 points 30 were spent when the bread came back: 15 are taken, 30 owed, also when the 30 are given back."""
    contract = [{"from": "2026-01-01", "service_fee_ct": "0.100"}]
    events = [
        BOUGHT,
        _redeem("01-06", 30, id="x1"),
        dict(BACK, at=at("01-07"), lines=[{"line": 0, "quantity": 1}]),
        {"at": at("01-08"), "do": "reverse", "redemption": "x1"},
        {"at": at("01-31", "23:00"), "do": "nightly"},
        _settle("02-01", "2026-01"),
    ]
    partners = [{"id": "baker", "contract": contract, "credit_limit_cents": 50000}, {"id": "drinks"}]
    outcome = play(read(paper(*events, partners=partners)))
    (january,) = outcome.settlements
    assert january.positions_cents == {"baker": -45 + 15 - 3 - 1, "drinks": 0}
    assert (january.pool_cents, january.points_out, january.matrix_cents) == (30, 30, {})
    assert (outcome.wallets["anna"], outcome.refused) == (Points(30, 0, 30), ())


def test_what_the_rules_refuse_is_told_and_hurts_nothing_else(play):
    outcome = play(
        read(
            paper(
                _redeem("01-04", 30, id="x0"),
                BOUGHT,
                BOUGHT,
                dict(BACK, lines=[{"line": 0, "quantity": 2}]),
                dict(BACK, lines=[{"line": 7}]),
                {"at": at("01-06"), "do": "reverse", "redemption": "x0"},
                _redeem("01-07", 30, id="x1"),
                _redeem("01-07", 16),
                {"at": at("01-08"), "do": "reverse", "redemption": "x1"},
                {"at": at("01-08"), "do": "reverse", "redemption": "x1"},
                dict(BACK, at=at("01-09"), all=True),
                dict(BACK, at=at("01-09"), all=True),
                _settle("01-09", "2026-01"),
                purchase("02-01", cents=1050),
            )
        )
    )  # fmt: skip
    assert outcome.refused == (
        Refused(0, "insufficient_points"),
        Refused(2, "receipt_duplicate"),
        Refused(3, "return_exceeds_purchase"),
        Refused(4, "return_exceeds_purchase"),
        Refused(5, "redemption_unknown"),
        Refused(7, "insufficient_points"),
        Refused(9, "redemption_reversed"),
        Refused(11, "return_exceeds_purchase"),
        Refused(12, "period_open"),
    )
    assert outcome.wallets == {"anna": Points(10, 0, 0), "ben": Points(0, 0, 0)}
    assert outcome.members["anna"].turnover_cents == 1050


def test_what_a_refused_event_looked_up_is_there_for_the_next(play):
    first = {"at": at("01-04"), "do": "redeem", "member": "anna", "partner": "baker", "points": 1}
    outcome = play(read(paper(first, BOUGHT, dict(BACK, all=True))))
    assert outcome.refused == (Refused(0, "insufficient_points"),)
    assert outcome.members["anna"].turnover_cents == 0


def test_a_month_without_events_is_settled_like_any_other(play):
    events = [_settle("01-01", "2025-11"), _settle("01-02", "2025-12"), BOUGHT, _settle("02-01", "2026-01")]
    outcome = play(read(paper(*events)))
    assert [one.pool_cents for one in outcome.settlements] == [0, 0, 45]
    assert outcome.refused == ()


def test_what_refers_to_a_refused_purchase_is_refused_too(play):
    events = [
        purchase("01-05", "ben", receipt="r1", cents=100_000_000),
        purchase("01-05", "ben", receipt="r2", cents=100_000_000),
        purchase("01-05", "ben", receipt="r3", cents=100_000_000),
        dict(BACK, receipt="r3", all=True),
    ]
    refused = play(read(paper(*events, coalition={"points_per_euro": 1000}))).refused
    assert refused == (Refused(2, "points_out_of_range"), Refused(3, "purchase_unknown"))


def test_a_contract_changes_at_its_local_midnight(play):
    contract = [
        {"from": "2026-01-05", "points_per_euro": 2, "service_fee_ct": "0.100"},
        {"from": "2026-01-10", "points_per_euro": 5, "service_fee_ct": "1.000"},
        {"from": "2026-01-20", "funding": "at_redemption"},
    ]
    events = [
        purchase("01-02", cents=10000),  # before the first version the first one holds
        dict(purchase("01-09", cents=10000), at="2026-01-09T23:59:59+01:00"),
        dict(purchase("01-09", "ben", cents=10000), at="2026-01-10T00:00:00+01:00"),
        purchase("01-20", "ben", cents=10000),
        purchase("01-20", "ben", "drinks", cents=10000),
        _settle("02-01", "2026-01"),
    ]
    outcome = play(read(paper(*events, partners=[{"id": "baker", "contract": contract}, {"id": "drinks"}])))
    assert outcome.wallets == {"anna": Points(400, 0, 0), "ben": Points(700, 0, 0)}
    (january,) = outcome.settlements
    # 400 points at 1.1 ct, 500 at 2 ct, 100 at 0.15 ct only; 555 ct fee with 105 ct VAT
    assert january.positions_cents == {"baker": -400 - 500 - 555 - 105, "drinks": -100 - 15 - 3}
    assert (january.pool_cents, january.points_out, january.sum_cents) == (1000, 1100, 0)


def test_rates_of_a_contract_make_the_margin(play):
    """100 € with 19 % VAT are 84.0336 € net: 30 % less 1.15 € for points and 1.50 € to serve, then 50 % less 0.50 €."""
    contract = [
        {"from": "2026-01-01"},
        {"from": "2026-01-10", "margin_rate": 50, "cost_to_serve_cents": 50},
        {"from": "2026-01-20"},
    ]
    events = [purchase(f"01-{day}", cents=10000) for day in ("09", "10", "20")]
    outcome = play(read(paper(*events, partners=[{"id": "baker", "contract": contract}])))
    assert outcome.members["anna"] == Worth(30000, round(2 * (2521.008 - 265) + 4201.681 - 165))


def test_a_return_gives_back_what_the_points_had_cost(play):
    """The contract is dearer when the goods come back; what they had cost is what is saved."""
    contract = [{"from": "2026-01-01"}, {"from": "2026-01-10", "service_fee_ct": "100"}]
    events = [BOUGHT, dict(BACK, at=at("01-12"), all=True)]
    outcome = play(read(paper(*events, partners=[{"id": "baker", "contract": contract}])))
    assert outcome.members["anna"] == Worth(0, -150)  # nothing but the cost to serve


def test_turnover_says_who_buys_and_margin_who_pays(play):
    dora = [purchase(f"01-{1 + day // 2:02}", "dora", cents=1200) for day in range(50)]
    emil = [purchase("02-01", "emil", cents=15000) for _ in range(3)]
    members = [{"id": "dora"}, {"id": "emil"}]
    outcome = play(read(paper(*dora, *emil, members=members)))
    assert outcome.members == {"dora": Worth(60000, 6936), "emil": Worth(45000, 10377)}


@pytest.mark.parametrize(
    ("last", "points"),
    [
        (dict(purchase("02-05", cents=800), at="2026-02-05T14:59:00Z"), Points(45, 8, 0)),
        ({"at": "2026-02-05T15:00:00Z", "do": "nightly"}, Points(0, 0, 0)),
        (dict(purchase("02-05", cents=800), at="2026-02-05T15:00:00Z"), Points(0, 8, 0)),
    ],
)
def test_points_wait_and_end_by_the_coalition_s_own_clock(play, last, points):
    """Tokyo is ahead: a purchase there on 5 January is good until the 5th of February is over there."""
    coalition = {"time_zone": "Asia/Tokyo", "expiry_months": 1, "pending_days": 3}
    early = dict(purchase("01-05"), at="2026-01-04T16:00:00Z")
    assert play(read(paper(early, last, coalition=coalition))).wallets["anna"] == points


@pytest.mark.parametrize(("settled", "points"), [(False, Points(95, 95, 0)), (True, Points(190, 0, 0))])
def test_who_owes_too_much_gives_pending_points_until_it_has_paid(play, settled, points):
    partners = [{"id": "baker", "credit_limit_cents": 100}, {"id": "drinks"}]
    events = [purchase("01-05", cents=9500), purchase("01-06", cents=9500), _redeem("01-06", 96)]
    if settled:
        events.append(_settle("02-01", "2026-01"))
    outcome = play(read(paper(*events, partners=partners)))
    assert outcome.wallets["anna"] == points
    assert outcome.refused == (Refused(2, "insufficient_points"),)


def test_a_shop_may_be_paid_less_than_a_point_is_worth(play):
    partners = [
        {"id": "baker"},
        {"id": "drinks", "contract": [{"from": "2026-01-01", "reimbursement_ct": "0.950"}]},
    ]
    events = [purchase("01-05", cents=10000), _redeem("01-06", 100), _settle("02-01", "2026-01")]
    (january,) = play(
        read(paper(*events, partners=partners, coalition={"reimbursement_ct": "0.980"}))
    ).settlements
    assert january.positions_cents == {"baker": -100 - 15 - 3, "drinks": 95}
    assert (january.pool_cents, january.breakage_cents, january.matrix_cents) == (
        0,
        5,
        {"baker": {"drinks": 95}},
    )


def test_a_period_settled_twice_is_one_settlement(play):
    events = [_settle("02-01", "2026-01"), _settle("02-02", "2026-01"), _settle("02-02", "2026-W04")]
    outcome = play(read(paper(BOUGHT, *events)))
    assert [one.period for one in outcome.settlements] == ["2026-01"]
    assert outcome.refused == (Refused(3, "period_settled"),)


def test_events_of_one_moment_happen_in_their_order(play):
    """Five purchases at once: the points of the first are spent first, whoever's they are."""
    partners = [{"id": name} for name in ("a", "b", "c", "d", "e", "drinks")]
    events = [purchase("01-05", partner=one["id"], cents=1000) for one in partners[:5]]
    outcome = play(read(paper(*events, _redeem("01-05", 25), _settle("02-01", "2026-01"), partners=partners)))
    assert outcome.settlements[0].matrix_cents == {
        "a": {"drinks": 10},
        "b": {"drinks": 10},
        "c": {"drinks": 5},
    }
