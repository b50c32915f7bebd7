"""Spending points: never more than there are, never a code twice, and undone to the very lot."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, LoyaltyError, Missing
from loyalty.models.points import Lot, Wallet
from loyalty.models.purchases import Redemption
from loyalty.points import redemptions, rewards
from loyalty.points.redemptions import Wish
from loyalty.rules.terms import Programme
from tests.street import NOON, Street, ask, ids, open_street


def in_parallel(count: int, work: Any) -> list[Any]:
    def tried(number: int) -> Any:
        try:
            return work(number)
        except LoyaltyError as refusal:
            return refusal.code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(tried, range(count)))


@pytest.mark.parametrize("balance, points, fits", [(100, 30, 3), (100, 100, 1), (20, 21, 0), (90, 10, 9)])
def test_promise_04_exactly_as_many_redemptions_as_fit(
    session: Session, act: Any, balance: int, points: int, fits: int
) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", balance * 100)
    session.commit()
    results = in_parallel(10, lambda _: act(lambda session: street.redeem(session, "anna", "drinks", points)))
    refused = [result for result in results if result == "insufficient_points"]
    assert len(refused) == 10 - fits and len(results) == 10
    wallet = session.get(Wallet, street.wallets["anna"], populate_existing=True)
    assert wallet is not None and wallet.available == balance - fits * points


def test_promise_05_spends_the_oldest_expiry_first(session: Session) -> None:
    street = open_street(session)
    late = street.buy(session, "anna", "baker", 1000)
    early = street.buy(session, "anna", "baker", 1000, NOON - timedelta(days=30))
    street.redeem(session, "anna", "drinks", 12)
    session.commit()
    assert {lot.cause: lot.remaining for lot in session.query(Lot)} == {early.id: 0, late.id: 8}


def test_promise_05_never_spends_an_expired_lot(session: Session) -> None:
    street = open_street(session, programme=Programme(expiry_months=1))
    street.buy(session, "anna", "baker", 1000, NOON - timedelta(days=40))
    session.commit()
    with pytest.raises(Conflict) as refusal:
        street.redeem(session, "anna", "drinks", 1)
    assert (refusal.value.code, refusal.value.facts) == ("insufficient_points", {"available": 0})


def test_promise_06_reversal_restores_exactly_the_lots_used(session: Session) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", 1000, NOON - timedelta(days=30))
    street.buy(session, "anna", "drinks", 1000)
    session.commit()
    before = {lot.id: (lot.remaining, lot.expires_at) for lot in session.query(Lot)}
    spent = street.redeem(session, "anna", "drinks", 15)
    undone = street.undo(session, "drinks", spent.id)
    session.commit()
    session.expire_all()
    assert undone.available == 20
    assert {lot.id: (lot.remaining, lot.expires_at) for lot in session.query(Lot)} == before


def test_promise_06_of_two_reversals_one_wins(session: Session, act: Any) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", 1000)
    spent = street.redeem(session, "anna", "drinks", 7)
    session.commit()
    results = in_parallel(6, lambda _: act(lambda session: street.undo(session, "drinks", spent.id)))
    assert results.count("redemption_reversed") == 5
    wallet = session.get(Wallet, street.wallets["anna"], populate_existing=True)
    assert wallet is not None and wallet.balance == 10


def test_a_lot_that_expired_meanwhile_gets_days_of_grace(session: Session) -> None:
    street = open_street(session, programme=Programme(expiry_months=1))
    street.buy(session, "anna", "baker", 1000)
    spent = street.redeem(session, "anna", "drinks", 7)
    later = NOON + timedelta(days=60)
    undone = street.undo(session, "drinks", spent.id, later)
    session.commit()
    lot = session.query(Lot).one()
    assert (lot.remaining, lot.expires_at) == (10, later + timedelta(days=30))
    assert undone.available == 10


def test_a_reward_has_its_price_and_stock(session: Session, act: Any) -> None:
    street = open_street(session)
    partner_id = street.places["drinks"].partner_id
    wine = rewards.create(session, uuid4(), partner_id, "Rotwein", 400, 899, stock=1)
    for who in ("anna", "ben"):
        street.buy(session, who, "baker", 50000)
    session.commit()
    results = in_parallel(
        2, lambda n: act(lambda s: street.redeem(s, ("anna", "ben")[n], "drinks", reward_id=wine.id))
    )
    assert sum(result == "reward_sold_out" for result in results) == 1
    won = next(result for result in results if result != "reward_sold_out")
    assert (won.points, won.value_cents) == (400, 899)
    row = session.query(Redemption).filter_by(id=won.id).one()
    assert (row.vat, row.vat_estimated) == ([{"vat_bp": 1900, "cents": 899}], False)
    act(lambda s: street.undo(s, "drinks", won.id))
    session.expire_all()
    assert wine.stock == 1


def test_another_shops_reward_is_unknown(session: Session) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", 50000)
    wine = rewards.create(session, uuid4(), street.places["drinks"].partner_id, "Rotwein", 400, 899)
    with pytest.raises(Missing, match="reward_unknown"):
        street.redeem(session, "anna", "baker", reward_id=wine.id)


def test_a_rotating_code_is_consumed_once(session: Session, act: Any) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", 5000)
    session.commit()
    results = in_parallel(5, lambda _: act(lambda s: street.redeem(s, "anna", "drinks", 5, step=58_000_000)))
    assert results.count("code_already_used") == 4
    assert act(lambda s: street.redeem(s, "anna", "drinks", 5, step=58_000_001)).available == 40


def test_a_refused_redemption_leaves_the_code_unused(session: Session) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", 500)
    session.commit()
    with pytest.raises(Conflict, match="insufficient_points"):
        street.redeem(session, "anna", "drinks", 6, step=58_000_000)
    session.rollback()
    assert street.redeem(session, "anna", "drinks", 5, step=58_000_000).available == 0


def test_vat_must_add_up_to_the_value(session: Session) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", 5000)

    def redeem(vat: Any) -> Any:
        place, terms = street.places["drinks"], street.terms["drinks"]
        return redemptions.redeem(
            session, place, ask(), street.cards["anna"], None, Wish(points=20, vat=vat), 1900,
            terms.programme.point_value_ct, terms.contract_at(NOON).id, NOON, ids(), str,
        )  # fmt: skip

    with pytest.raises(Invalid, match="vat_mismatch"):
        redeem(((1900, 5), (700, 14)))
    assert redeem(((1900, 5), (700, 15))).value_cents == 20


def test_a_household_spends_from_one_wallet(session: Session, street_of_two: Street) -> None:
    street_of_two.buy(session, "anna", "baker", 1000)
    assert street_of_two.redeem(session, "ben", "drinks", 10).available == 0


@pytest.fixture
def street_of_two(session: Session) -> Street:
    """Anna and Ben live together: one wallet for both."""
    street = open_street(session)
    session.connection().exec_driver_sql(
        "UPDATE member SET wallet_id = %(wallet)s WHERE id = %(member)s",
        {"wallet": street.wallets["anna"], "member": street.members["ben"]},
    )
    session.commit()
    return street
