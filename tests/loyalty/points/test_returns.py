"""Goods come back: points go back to who gave them, whatever the order, and become debt once they are spent."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from loyalty.errors import Invalid, Missing
from loyalty.models.points import Lot, Transfer, Wallet
from loyalty.models.purchases import Purchase
from loyalty.rules.basket import Line
from loyalty.rules.terms import Programme, Rule
from tests.street import NOON, Street, open_street, with_rules

RULES = (
    Rule("base", 1, "base", "Punkte", {"points_per_euro": "1"}),
    Rule(
        "wine", 1, "category_bonus", "Wein", {"category": "wine", "points_per_euro": "2"}, funder="coalition"
    ),
)
LINES = [
    Line(gross_cents=999, quantity=3, category="bread"),
    Line(gross_cents=1450, quantity=2, category="wine"),
    Line(gross_cents=-100, kind="discount"),
]


def balance(session: Session, street: Street, who: str = "anna") -> tuple[int, int, int]:
    session.expire_all()
    wallet = session.get(Wallet, street.wallets[who])
    assert wallet is not None
    return wallet.balance, wallet.available, wallet.debt


def test_it_takes_back_what_a_line_earned(session: Session) -> None:
    street = open_street(session, RULES)
    bought = street.book(session, "anna", "baker", LINES)
    assert bought.points == 23 + 28
    back = street.bring_back(session, "baker", bought.id, {1: 1})
    session.commit()
    # left: 9.99 + 7.25 - 1.00 = 16.24 -> 16, wine 7.25 -> 14
    assert (back.taken_back, back.debt, back.available) == (51 - 30, 0, 30)
    issuers = {transfer.partner_id for transfer in session.query(Transfer).filter_by(kind="return")}
    assert issuers == {street.places["baker"].partner_id, None}


def test_promise_08_order_and_partition_of_returns_do_not_matter(session: Session) -> None:
    street = open_street(session, RULES)
    steps = [{0: 1}, {0: 2}, {1: 1}, {1: 1}, {2: 1}]
    ends = set()
    for number, order in enumerate(list(permutations(steps))[::17]):
        bought = street.book(session, "anna", "baker", LINES, receipt=f"r{number}")
        takings = [street.bring_back(session, "baker", bought.id, step).taken_back for step in order]
        assert all(points >= 0 for points in takings)
        ends.add((sum(takings), *balance(session, street)))
    assert ends == {(51, 0, 0, 0)}


def test_all_takes_everything_that_is_left(session: Session) -> None:
    street = open_street(session, RULES)
    bought = street.book(session, "anna", "baker", LINES)
    street.bring_back(session, "baker", bought.id, {0: 2})
    street.bring_back(session, "baker", bought.id)
    session.commit()
    assert balance(session, street) == (0, 0, 0)
    with pytest.raises(Invalid, match="return_exceeds_purchase"):
        street.bring_back(session, "baker", bought.id)


@pytest.mark.parametrize("pieces", [{0: 4}, {7: 1}, {0: 0}])
def test_more_than_was_bought_is_refused(session: Session, pieces: dict[int, int]) -> None:
    street = open_street(session, RULES)
    bought = street.book(session, "anna", "baker", LINES)
    session.commit()
    with pytest.raises(Invalid, match="return_exceeds_purchase"):
        street.bring_back(session, "baker", bought.id, pieces)
    session.rollback()
    assert balance(session, street) == (51, 51, 0)


def test_another_partners_purchase_is_unknown(session: Session) -> None:
    street = open_street(session, RULES)
    bought = street.book(session, "anna", "baker", LINES)
    with pytest.raises(Missing, match="purchase_unknown"):
        street.bring_back(session, "drinks", bought.id)
    with pytest.raises(Missing, match="purchase_unknown"):
        street.bring_back(session, "drinks", uuid4())


def test_promise_03_points_already_spent_become_debt_and_later_earnings_repay_it(session: Session) -> None:
    street = open_street(session)
    bought = street.buy(session, "anna", "baker", 3000)
    street.redeem(session, "anna", "drinks", 25)
    back = street.bring_back(session, "baker", bought.id)
    assert (back.taken_back, back.debt, back.available) == (30, 25, 0)
    assert balance(session, street) == (0, 0, 25)
    assert street.buy(session, "anna", "drinks", 2000).available == 0
    assert balance(session, street) == (0, 0, 5)
    assert street.buy(session, "anna", "drinks", 2000).available == 15
    session.commit()
    assert balance(session, street) == (15, 15, 0)


def test_own_lots_go_first_even_while_pending(session: Session) -> None:
    street = open_street(session, programme=Programme(pending_days=14))
    first = street.buy(session, "anna", "baker", 1000, NOON - timedelta(days=20))
    second = street.buy(session, "anna", "baker", 1000)
    back = street.bring_back(session, "baker", second.id)
    session.commit()
    assert (back.debt, back.available) == (0, 10)
    rest = {lot.cause: lot.remaining for lot in session.query(Lot)}
    assert rest == {first.id: 10, second.id: 0}


def test_a_bonus_belongs_to_the_purchase_that_triggered_it(session: Session) -> None:
    street = open_street(session)
    combo: dict[str, Any] = {
        "first": {"partner": str(street.places["baker"].partner_id), "category": "bread"},
        "then": {"partner": str(street.places["drinks"].partner_id), "category": "wine"},
        "days": 3,
        "points": 20,
    }
    street = with_rules(
        session, street, [RULES[0], Rule("duo", 1, "combo", "Brot & Wein", combo, funder="coalition")]
    )
    bread = street.buy(session, "anna", "baker", 500, NOON - timedelta(days=1), category="bread")
    wine = street.buy(session, "anna", "drinks", 1000, category="wine")
    assert [award.points for award in wine.awards] == [10, 20]
    assert street.bring_back(session, "baker", bread.id).taken_back == 5
    assert street.bring_back(session, "drinks", wine.id).taken_back == 30
    assert balance(session, street) == (0, 0, 0)


def test_a_stamp_that_comes_back_counts_no_more(session: Session) -> None:
    stamp = Rule("coffee", 1, "stamp", "Zehnter Kaffee", {"category": "coffee", "every": 10, "points": 30})
    street = open_street(session, (RULES[0], stamp))
    nine = street.book(session, "anna", "baker", [Line(gross_cents=900, quantity=9, category="coffee")])
    street.bring_back(session, "baker", nine.id)
    one = street.book(session, "anna", "baker", [Line(gross_cents=100, category="coffee")])
    assert [award.rule for award in one.awards] == ["base"]


def test_it_takes_the_margin_back_too(session: Session) -> None:
    street = open_street(session)
    bought = street.buy(session, "anna", "baker", 1190, vat_bp=1900, cost_cents=600)
    street.bring_back(session, "baker", bought.id)
    session.commit()
    purchase = session.query(Purchase).one()
    change = session.connection().exec_driver_sql("SELECT margin_cents FROM purchase_return").scalar_one()
    # 10.00 net - 6.00 - 11 points at 1.15 ct - 1.50 to serve; what it cost to serve stays lost
    assert (purchase.margin_cents, change) == (237, -387)
