"""A February that has everything a statement can show: two contract versions, rates, returns, a correction, papers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from config.sequence import in_order
from loyalty.people import passwords
from loyalty.points import redemptions, rewards
from loyalty.points.redemptions import Redeemed, Wish
from loyalty.rules.basket import Line
from partners import contracts, staff
from partners.contracts import Offer
from partners.settlement import closing, corrections
from tests.coalition import Coalition, day, open_coalition
from tests.partners.settlement.registered import register_all
from tests.street import ask

PASSWORD = "emma-demo-street"
MARCH = day(3, 1)


@dataclass
class Settled:
    """The coalition, February's run, and what happened today."""

    coalition: Coalition
    run_id: UUID


def settled(
    session: Session, at: datetime = MARCH, issue: bool = True, pay: bool = False, more: int = 0
) -> Settled:
    """February settled at `at`, and a purchase of today sealed. `more`: further purchases at the drinks shop.

    Staff can sign in with PASSWORD. Commits.
    """
    coalition = open_coalition(
        session, offers={"books": Offer(reimbursement_ct=Decimal("0.9"))}, expiry_months=1
    )
    register_all(session, coalition)
    contracts.add_version(
        session, coalition.partner("baker"), day(2, 10),
        Offer(point_value_ct=Decimal("0.875"), service_fee_ct=Decimal("0.125")), in_order(day(2, 1)),
    )  # fmt: skip
    session.commit()
    _february(session, coalition)
    for number in range(more):
        coalition.buy(session, "ben", "drinks", 1_000 + number, day(2, 20))
        session.commit()
    _correct(session, coalition, "baker", 250)
    run_id = coalition.settle(session, "2026-02", at, pay=pay, issue=issue)
    _today(session, coalition)
    for code, owner in coalition.owners.items():
        staff.set_password(session, owner, passwords.hashed(PASSWORD))
        for role in ("accountant", "staff"):
            digest, partner = passwords.hashed(PASSWORD), coalition.partner(code)
            staff.create(
                session, f"{role}@{code}.example", role.title(), role, partner, digest, in_order(MARCH)
            )
    session.commit()
    return Settled(coalition, run_id)


def _february(session: Session, coalition: Coalition) -> None:
    """Points issued under two versions, spent, brought back, expired; some of them of January."""
    wine = rewards.create(session, uuid4(), coalition.partner("drinks"), "Flasche Rotwein", 120, 899)
    rates = [Line(gross_cents=20_000, vat_bp=700), Line(gross_cents=10_100, vat_bp=1900)]
    coalition.book(session, "ben", "baker", [Line(gross_cents=8_000)], day(1, 10), "B-0001")
    session.commit()
    coalition.book(session, "anna", "baker", rates, day(2, 3), "B-0815")
    coalition.book(session, "ben", "drinks", [Line(gross_cents=26_000)], day(2, 3), "D-0007")
    session.commit()
    coalition.night(session, day(2, 11))
    session.commit()
    second = coalition.book(session, "clara", "baker", [Line(gross_cents=33_300)], day(2, 12), "B-4711")
    coalition.book(session, "clara", "books", [Line(gross_cents=40_000)], day(2, 13), "K-0001")
    session.commit()
    _spend(session, coalition, "anna", "drinks", Wish(reward_id=wine.id, receipt="D-0100"), day(2, 14))
    _spend(
        session, coalition, "ben", "baker", Wish(points=77, receipt="B-5000", vat=((700, 77),)), day(2, 14)
    )
    _spend(session, coalition, "clara", "books", Wish(points=201), day(2, 15))
    undone = _spend(session, coalition, "clara", "drinks", Wish(points=33), day(2, 16))
    session.commit()
    coalition.undo(session, "drinks", undone.id, day(2, 17))
    session.commit()
    coalition.bring_back(session, "baker", second.id, day(2, 18))
    session.commit()


def _spend(session: Session, coalition: Coalition, who: str, code: str, wish: Wish, at: datetime) -> Redeemed:
    place = coalition.places[code]
    terms = contracts.terms_for(session, place.partner_id, at)
    return redemptions.redeem(
        session, place, ask(), coalition.cards[who], None, wish, 1900, terms.programme.point_value_ct,
        terms.contract_at(at).id, at, in_order(at),
    )  # fmt: skip


def _correct(session: Session, coalition: Coalition, code: str, cents: int) -> None:
    first, second = coalition.admins
    number = corrections.make(
        session, coalition.partner(code), cents, "wrong_points", first, MARCH, in_order(MARCH)
    )
    corrections.approve(session, number, second, MARCH, in_order(MARCH))
    session.commit()


def _today(session: Session, coalition: Coalition) -> None:
    """What no run has settled yet."""
    now = datetime.now(UTC)
    coalition.book(session, "anna", "baker", [Line(gross_cents=5_000)], now, "B-9000")
    session.commit()
    closing.catch_up(session, now)
    session.commit()
