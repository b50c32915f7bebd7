"""The coalition's liability: equal to a raw sum of the lots, split as HGB and IFRS 15 want it, estimates named."""

from decimal import Decimal
from fractions import Fraction

from sqlalchemy import func, select

from config.sequence import in_order
from loyalty.models.points import Lot, Wallet
from loyalty.points import adjustments
from partners import contracts
from partners.contracts import Offer
from partners.settlement import closing, liability
from partners.settlement.liability import Deferred
from tests.coalition import day, open_coalition, worked

MARCH = day(3, 1)


def test_it_is_the_sum_of_the_lots(session) -> None:
    coalition = open_coalition(session, expiry_months=1, offers={"books": Offer(funding="at_redemption")})
    worked(session, coalition)
    closing.catch_up(session, MARCH)
    session.commit()
    found = liability.report(session, MARCH)
    points, worth = session.execute(
        select(func.sum(Lot.remaining), func.sum(Lot.remaining * Lot.point_value_ct))
    ).one()
    assert (found.stock.points, found.stock.value_ct) == (points, worth) == (1090, 1090)
    assert sum(one.worth_cents for one in found.issuers) == 1090
    assert [one.code for one in found.issuers] == ["baker", "books", "drinks"]
    assert found.equality.difference == 0 and found.equality.lots == 690


def test_it_says_what_each_books_carry(session) -> None:
    coalition = open_coalition(
        session, expiry_months=1,
        offers={"books": Offer(funding="at_redemption"), "drinks": Offer(reimbursement_ct=Decimal("0.900"))},
    )  # fmt: skip
    worked(session, coalition)
    closing.catch_up(session, MARCH)
    session.commit()
    books, baker = (
        next(one for one in liability.report(session, MARCH).issuers if one.code == code)
        for code in ("books", "baker")
    )
    # The baker has paid: the pool keeps it. Books will have to pay, at the highest reimbursement there is.
    assert (baker.pooled_cents, baker.provision_cents, baker.breakage) == (350, 0, Fraction(1, 4))
    assert (books.pooled_cents, books.provision_cents, books.probable_cents) == (0, 400, 400)
    assert books.breakage is None
    # 900 of its points were left to redeem when 550 had been: a quarter of the 350 still out is expected to expire.
    assert baker.deferred == Deferred(1_000, 550, 813, 1_000, 677)
    assert baker.deferred.liability_cents == 323
    assert books.deferred == Deferred(400, 0, 400, 400, 0)


def test_it_keeps_versions_apart_and_forgets_those_without_points(session) -> None:
    coalition = open_coalition(session)
    baker = coalition.partner("baker")
    coalition.buy(session, "anna", "baker", 10_000, day(1, 3))
    contracts.add_version(session, baker, day(2, 1), Offer(point_value_ct=Decimal(2)), in_order(day(2, 1)))
    coalition.buy(session, "ben", "baker", 10_000, day(2, 3))
    coalition.redeem(session, "anna", "drinks", 100, day(2, 4))
    coalition.redeem(session, "ben", "drinks", 50, day(2, 4))
    session.commit()
    closing.catch_up(session, MARCH)
    session.commit()
    (only,) = liability.report(session, MARCH).issuers
    assert only.deferred == Deferred(100, 50, 100, 200, 100)
    assert only.worth_cents == 100


def test_the_coalition_stands_for_what_it_ordered(session) -> None:
    coalition = open_coalition(session)
    wallet = session.scalars(select(Wallet.id).limit(1)).one()
    adjustments.ask(
        session, wallet, 300, "goodwill", coalition.admins[0], 500, contracts.programme(session), day(1, 3),
        in_order(day(1, 3)),
    )  # fmt: skip
    session.commit()
    found = liability.report(session, MARCH)
    (own,) = found.issuers
    assert (own.id, own.out.stock.points, own.pooled_cents) == (None, 300, 300)
    assert found.equality.difference == 0 and found.equality.waiting == 300
    assert own.deferred == Deferred()  # nothing is summed up yet


def test_it_writes_nothing_and_is_empty_in_the_beginning(session) -> None:
    found = liability.report(session, MARCH)
    assert (found.issuers, found.stock.points, found.breakage) == ((), 0, None)
    assert session.execute(select(func.current_setting("transaction_read_only"))).scalar() == "on"
