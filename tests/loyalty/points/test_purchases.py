"""Booking baskets: one or many, once each, with the points the rules give."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from psycopg.errors import SerializationFailure, UniqueViolation
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, LoyaltyError, Missing
from loyalty.models.points import Lot, Slip, Transfer, Wallet
from loyalty.models.purchases import Purchase
from loyalty.points import holders, ledger, purchases
from loyalty.points.replays import Replay
from loyalty.rules.basket import Line
from loyalty.rules.terms import Programme, Rule
from tests.street import NOON, Street, ids, open_street

BREAD = [Line(gross_cents=450, category="bread", name="Roggenbrot")]


def book(session: Session, street: Street, sales: list[purchases.Sale], careful: bool = False) -> list[Any]:
    return purchases.record(
        session, street.places["baker"], sales, street.terms["baker"], NOON, ids(), str, careful=careful
    )


def test_it_books_a_basket_with_its_transfer_lot_and_slip(session: Session) -> None:
    street = open_street(session)
    bought = street.buy(session, "anna", "baker", 1250, name="Torte")
    session.commit()

    assert (bought.points, bought.available, bought.outcome) == (12, 12, "earned")
    transfer = session.query(Transfer).one()
    assert (transfer.kind, transfer.source, transfer.destination) == ("earn", "issued", "wallet")
    assert (transfer.points, transfer.version, transfer.cause) == (12, 1, bought.id)
    lot = session.query(Lot).one()
    assert (lot.id, lot.points, lot.remaining, lot.cause) == (transfer.id, 12, 12, bought.id)
    assert lot.issuer_id == street.places["baker"].partner_id
    assert session.query(Slip).one().words == [["Torte", None]]


def test_it_keeps_no_words_in_the_books(session: Session) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", 1250, name="Torte für Frau Kaiser", measure="2 kg")
    session.commit()
    assert "Kaiser" not in str(session.query(Purchase).one().lines)


def test_it_books_a_basket_that_earns_nothing(session: Session) -> None:
    street = open_street(session)
    bought = street.buy(session, "anna", "baker", 99)
    session.commit()
    assert (bought.points, bought.outcome) == (0, "no_points")
    assert session.query(Transfer).count() == 0
    assert session.query(Purchase).one().points == 0


def test_one_bad_basket_hurts_no_other(session: Session) -> None:
    street = open_street(session)
    good, late = street.sale("anna", BREAD), street.sale("ben", BREAD, NOON - timedelta(days=46))
    nobody = purchases.Sale(good.ask, "2700000000000000", good.basket)
    stranger, first, second = book(session, street, [nobody, late, street.sale("clara", BREAD)])
    session.commit()
    assert isinstance(stranger, Missing) and stranger.code == "card_unknown"
    assert isinstance(first, Invalid) and first.code == "purchased_at_too_old"
    assert second.points == 4


def test_baskets_of_one_member_are_booked_in_time_order(session: Session) -> None:
    cap = Rule("cap", 1, "cap_per_day", "Höchstens", {"points": 10}, priority=-1)
    base = Rule("base", 1, "base", "Punkte", {"points_per_euro": "1"})
    street = open_street(session, (base, cap))
    late = street.sale("anna", [Line(gross_cents=900)], NOON, "late")
    early = street.sale("anna", [Line(gross_cents=800)], NOON - timedelta(hours=1), "early")
    afterwards, before = book(session, street, [late, early])
    assert (before.points, afterwards.points) == (8, 2)


@pytest.mark.parametrize("minutes, code", [(6, "purchased_at_future"), (-46 * 1440, "purchased_at_too_old")])
def test_it_refuses_times_out_of_range(session: Session, minutes: int, code: str) -> None:
    street = open_street(session)
    result = book(session, street, [street.sale("anna", BREAD, NOON + timedelta(minutes=minutes))])[0]
    assert isinstance(result, LoyaltyError) and (result.code, result.field) == (code, "purchased_at")


def test_pending_points_come_later(session: Session) -> None:
    street = open_street(session, programme=Programme(pending_days=14))
    bought = street.buy(session, "anna", "baker", 2000)
    session.commit()
    assert (bought.points, bought.pending, bought.available) == (20, 20, 0)
    with pytest.raises(Conflict, match="insufficient_points"):
        street.redeem(session, "anna", "drinks", 1)
    session.rollback()
    later = street.redeem(session, "anna", "drinks", 20, at=NOON + timedelta(days=14))
    assert later.available == 0


def test_nothing_is_earned_on_the_part_paid_with_points(session: Session) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", 1000)
    spent = street.redeem(session, "anna", "baker", 10)
    sale = street.sale("anna", [Line(gross_cents=500)])
    basket = purchases.Basket("paid", NOON, sale.basket.lines, 500, redemptions=(str(spent.id),))
    bought = book(session, street, [purchases.Sale(sale.ask, sale.card, basket)])[0]
    assert bought.points == 4  # 5.00 less 10 points of a cent each is 4.90


def test_points_somebody_else_spent_pay_nothing(session: Session) -> None:
    street = open_street(session)
    street.buy(session, "ben", "baker", 1000)
    spent = street.redeem(session, "ben", "baker", 10)
    sale = street.sale("anna", BREAD)
    basket = purchases.Basket("theirs", NOON, sale.basket.lines, 450, redemptions=(str(spent.id),))
    result = book(session, street, [purchases.Sale(sale.ask, sale.card, basket)])[0]
    assert isinstance(result, Invalid) and result.code == "redemption_unknown"


def test_promise_09_a_key_that_stands_answers_itself(session: Session) -> None:
    street = open_street(session)
    sale = street.sale("anna", BREAD, key="once")
    bought = book(session, street, [sale])[0]
    session.commit()
    with pytest.raises(UniqueViolation):
        book(session, street, [sale])
    session.rollback()
    replay = book(session, street, [sale], careful=True)[0]
    assert isinstance(replay, Replay)
    assert (replay.body, replay.operation_id, replay.status) == (str(bought), bought.id, 201)


def test_promise_11_a_receipt_that_stands_names_the_first_purchase(session: Session) -> None:
    street = open_street(session)
    bought = book(session, street, [street.sale("anna", BREAD, receipt="A-1")])[0]
    session.commit()
    second = street.sale("anna", BREAD, receipt="A-1", key="another")
    refused = book(session, street, [second], careful=True)[0]
    assert isinstance(refused, Conflict)
    assert (refused.code, refused.facts["purchase_id"]) == ("receipt_duplicate", str(bought.id))
    tomorrow = street.sale("anna", BREAD, NOON - timedelta(days=1), "A-1", "third")
    assert book(session, street, [tomorrow], careful=True)[0].points == 4


def test_promise_11_the_business_day_is_the_shops(session: Session) -> None:
    street = open_street(session)
    street.book(session, "anna", "baker", BREAD, NOON - timedelta(hours=12, minutes=30), "A-1")  # 23:30 there
    session.commit()
    days = [purchase.business_day.isoformat() for purchase in session.query(Purchase)]
    assert days == ["2026-11-19"]


def test_one_key_twice_in_one_call_is_one_purchase(session: Session) -> None:
    street = open_street(session)
    sale = street.sale("anna", BREAD, key="once")
    first, again = book(session, street, [sale, sale])
    session.commit()
    assert first == again
    assert session.query(Purchase).count() == 1


def test_promise_10_parallel_identical_purchases_are_one(session: Session, act: Any) -> None:
    street = open_street(session)
    sale = street.sale("anna", BREAD, key="once")

    def post(_: int) -> object:
        try:
            return act(lambda session: book(session, street, [sale]))[0]
        except UniqueViolation:
            return act(lambda session: book(session, street, [sale], careful=True))[0]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(post, range(8)))
    booked = [result for result in results if isinstance(result, purchases.Purchased)]
    replayed = [result.operation_id for result in results if isinstance(result, Replay)]
    assert len(booked) == 1
    assert replayed == [booked[0].id] * 7
    session.rollback()
    wallet = session.get(Wallet, street.wallets["anna"])
    assert wallet is not None and (wallet.balance, wallet.version) == (4, 1)


def test_bonuses_of_the_coalition_are_issued_by_the_coalition(session: Session) -> None:
    rules = (
        Rule("base", 1, "base", "Punkte", {"points_per_euro": "1"}),
        Rule("welcome", 1, "welcome", "Willkommen", {"points": 50}, funder="coalition"),
    )
    street = open_street(session, rules)
    bought = street.buy(session, "anna", "baker", 1000)
    session.commit()
    assert [(award.rule, award.points) for award in bought.awards] == [("base", 10), ("welcome", 50)]
    issued = {transfer.kind: transfer.partner_id for transfer in session.query(Transfer)}
    assert issued == {"earn": street.places["baker"].partner_id, "welcome": None}
    assert street.buy(session, "anna", "baker", 1000).points == 10


def test_promise_01_the_books_refuse_changes(session: Session, owner: Any) -> None:
    street = open_street(session)
    street.buy(session, "anna", "baker", 1000)
    session.commit()
    for table in ("transfer", "purchase", "rulebook"):
        for verb in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(Exception, match=r"append-only|permission denied"):
                session.connection().exec_driver_sql(verb)
            session.rollback()
            with pytest.raises(Exception, match="append-only"):
                owner.execute(verb)


def test_a_wallet_that_moved_since_it_was_read_refuses_the_write(session: Session, act: Any) -> None:
    street = open_street(session)
    found = holders.holders(session, [street.cards["anna"]], lock=False)
    journal = ledger.Journal(NOON, ids())
    account = found[street.cards["anna"]].account
    baker = street.places["baker"].partner_id
    journal.move(account, "earn", "issued", "wallet", 5, baker, baker)
    act(lambda other: street.buy(other, "anna", "baker", 700))
    with pytest.raises((SerializationFailure, UniqueViolation)):
        ledger.post(session, journal)
