"""The pool against the lots: equal at every moment, whatever is sealed, settled, moved or taken back."""

from decimal import Decimal
from fractions import Fraction

from sqlalchemy import func, select

from config.sequence import in_order
from loyalty.models.people import Member, Profile
from loyalty.models.points import Lot
from loyalty.points import households
from partners.contracts import Offer
from partners.settlement import closing, pool
from tests.coalition import day, open_coalition

UNEVEN = {"baker": Offer(point_value_ct=Decimal("0.873")), "books": Offer(funding="at_redemption")}


def compared(session, coalition) -> pool.Equality:
    """Against prefunded lots, one by one."""
    late = coalition.partner("books")
    worth = select(func.sum(Lot.remaining * Lot.point_value_ct)).where(Lot.issuer_id != late)
    return pool.compared(session, session.scalar(worth) or Decimal())


def test_it_holds_at_every_moment(session) -> None:
    coalition = open_coalition(session, offers=UNEVEN, expiry_months=2)
    people = select(Profile.first_name, Member).join(Member, Member.id == Profile.member_id)
    members = dict(session.execute(people).all())
    assert compared(session, coalition) == pool.Equality(Fraction(), Decimal(), Decimal())

    def check(at, seals: bool) -> pool.Equality:
        session.commit()
        if seals:
            closing.catch_up(session, at)
            session.commit()
        found = compared(session, coalition)
        assert found.difference == 0
        assert bool(found.waiting) != seals
        return found

    bought = coalition.buy(session, "anna", "baker", 12_345, day(1, 3))
    coalition.buy(session, "ben", "books", 70_000, day(1, 3))
    assert check(day(1, 3), seals=False).waiting == Decimal("0.873") * 123
    spent = coalition.redeem(session, "anna", "drinks", 41, day(1, 4))
    assert check(day(1, 4), seals=True).pool == Fraction("0.873") * 82
    coalition.settle(session, "2026-01", day(2, 1))
    households.join(session, members["Anna"].id, members["Ben"].wallet_id, day(2, 2), in_order(day(2, 2)))
    coalition.redeem(session, "ben", "books", 60, day(2, 3))
    coalition.undo(session, "drinks", spent.id, day(2, 4))
    check(day(2, 4), seals=False)
    coalition.bring_back(session, "baker", bought.id, day(2, 5))
    check(day(2, 5), seals=False)
    check(day(2, 6), seals=True)
    coalition.buy(session, "anna", "drinks", 5_000, day(2, 7))
    session.commit()
    coalition.settle(session, "2026-02", day(3, 1))
    coalition.night(session, day(4, 30))
    check(day(4, 30), seals=False)


def test_it_tells_when_a_lot_was_tampered_with(session, owner) -> None:
    coalition = open_coalition(session)
    coalition.buy(session, "anna", "drinks", 10_000, day(1, 3))
    session.commit()
    owner.execute("UPDATE lot SET remaining = 99")
    assert compared(session, coalition).difference == 1
