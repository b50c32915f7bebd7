"""A coalition for tests of money: any shops with any contracts, opened through the use-cases, and a worked month."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from config.sequence import in_order
from loyalty.errors import Conflict
from loyalty.models.coalition import Coalition as CoalitionRow
from loyalty.people import members
from loyalty.people.newcomers import Newcomer
from loyalty.points import expiry, purchases, redemptions, returns
from loyalty.points.operations import Place
from loyalty.points.purchases import Sale
from loyalty.points.redemptions import Wish
from loyalty.rules.basket import Basket, Line
from partners import contracts, shops, staff
from partners.contracts import Offer
from partners.settlement import legs, papers, runs
from tests.street import ask

OPENED = datetime(2026, 1, 1, 7, 0, tzinfo=UTC)
CARD_KEY = b"a card key for tests, long enough for all"


def day(month: int, number: int, hour: int = 10, year: int = 2026) -> datetime:
    """An hour of a day, UTC."""
    return datetime(year, month, number, hour, tzinfo=UTC)


@dataclass
class Coalition:
    """Shops by code, cards by name, two admins. Every call is one use-case inside the given session."""

    places: dict[str, Place] = field(default_factory=dict)
    cards: dict[str, str] = field(default_factory=dict)
    admins: list[UUID] = field(default_factory=list)
    owners: dict[str, UUID] = field(default_factory=dict)

    def partner(self, code: str) -> UUID:
        """The partner's id."""
        return self.places[code].partner_id

    def join(self, session: Session, who: str, at: datetime = OPENED) -> str:
        """A member; the card."""
        signed = members.sign_up(session, Newcomer(who.title()), "1", at, in_order(at), os.urandom, CARD_KEY)
        self.cards[who] = signed.card
        return signed.card

    def buy(self, session: Session, who: str, code: str, cents: int, at: datetime, **more: Any) -> Any:
        """A purchase of one line."""
        lines = [Line(gross_cents=cents, **more)]
        return self.book(session, who, code, lines, at)

    def book(
        self, session: Session, who: str, code: str, lines: list[Line], at: datetime, receipt: str = ""
    ) -> Any:
        """A purchase of several lines."""
        basket = Basket(receipt or uuid4().hex, at, tuple(lines), sum(line.gross_cents for line in lines))
        terms = contracts.terms_for(session, self.partner(code), at)
        (result,) = purchases.record(
            session,
            self.places[code],
            [Sale(ask(), self.cards[who], basket)],
            terms,
            at,
            in_order(at),
            careful=True,
        )
        if isinstance(result, Exception):
            raise result
        return result

    def redeem(
        self, session: Session, who: str, code: str, points: int, at: datetime, vat: Any = None
    ) -> Any:
        """Points as money off."""
        terms = contracts.terms_for(session, self.partner(code), at)
        return redemptions.redeem(
            session, self.places[code], ask(), self.cards[who], None, Wish(points=points, vat=vat), 1900,
            terms.programme.point_value_ct, terms.contract_at(at).id, at, in_order(at),
        )  # fmt: skip

    def undo(self, session: Session, code: str, redemption_id: UUID, at: datetime) -> Any:
        """A redemption reversed."""
        return redemptions.reverse(session, self.places[code], ask(), redemption_id, 30, at, in_order(at))

    def bring_back(
        self,
        session: Session,
        code: str,
        purchase_id: UUID,
        at: datetime,
        pieces: dict[int, int] | None = None,
    ) -> Any:
        """A return."""
        terms = contracts.terms_for(session, self.partner(code), at)
        return returns.record(
            session, self.places[code], ask(), purchase_id, pieces, None, at, terms, at, in_order(at)
        )

    def night(self, session: Session, at: datetime) -> None:
        """What has expired is booked out."""
        while expiry.run(session, at, in_order(at)):
            pass

    def settle(
        self, session: Session, label: str, at: datetime, pay: bool = True, issue: bool = False
    ) -> UUID:
        """A run prepared by one admin and released by the other; its papers issued, paid at once."""
        run_id = self._prepared(session, label, at)
        runs.release(session, run_id, self.admins[1], at, in_order(at + timedelta(seconds=1)))
        if issue:
            papers.issue(session, run_id, self.admins[1], at, in_order(at + timedelta(seconds=2)))
        if pay:
            legs.pay_all(session, run_id, self.admins[1], at, in_order(at + timedelta(seconds=3)))
        session.commit()
        return run_id

    def _prepared(self, session: Session, label: str, at: datetime) -> UUID:
        """Other tests' transactions on the same server hold the sealer back."""
        for _ in range(20):
            try:
                run_id = runs.prepare(session, label, self.admins[0], at, in_order(at))
                session.commit()
                return run_id
            except Conflict as refusal:
                session.rollback()
                if refusal.code != "sealing_behind":
                    raise
        raise AssertionError("the server never came to rest")

    def positions(self, session: Session, run_id: UUID) -> dict[str, int]:
        """Cents by short name."""
        found = runs.positions(session, run_id)
        return {code: found.get(place.partner_id, 0) for code, place in self.places.items()}


def open_coalition(
    session: Session, codes: tuple[str, ...] = ("baker", "drinks", "books"), offers: dict[str, Offer] | None = None,
    **settings: Any,
) -> Coalition:  # fmt: skip
    """Shops with one till each, Anna, Ben and Clara, two admins and an owner per shop. Commits.

    `settings` are columns of the coalition; `offers` first contract versions by code, others have the default.
    """
    if settings:
        session.execute(update(CoalitionRow).values(**settings))
    coalition, new_id = Coalition(), in_order(OPENED)
    for code in codes:
        partner_id = shops.add_partner(session, code, code.title(), OPENED, new_id)
        contracts.add_version(session, partner_id, OPENED, (offers or {}).get(code, Offer()), new_id)
        shop_id = shops.add_shop(session, partner_id, code.title(), new_id)
        till_id = shops.add_till(session, shop_id, "1", new_id)
        coalition.places[code] = Place(till_id, shop_id, partner_id, "Europe/Berlin")
        coalition.owners[code] = staff.create(
            session, f"owner@{code}.example", code.title(), "owner", partner_id, "-", new_id
        )
    shops.rulebook.ensure_base(session, OPENED, new_id)
    for name in ("first", "second"):
        coalition.admins.append(
            staff.create(session, f"{name}@street.example", name.title(), "admin", None, "-", new_id)
        )
    for who in ("anna", "ben", "clara"):
        coalition.join(session, who)
    session.commit()
    return coalition


def worked(session: Session, coalition: Coalition) -> None:
    """Baker issues 1,000 points, drinks 600, books 400; 750 are redeemed, 160 expire in February. Commits each."""
    january, february = day(1, 10), day(2, 3)
    for who, code, euros, at in (
        ("anna", "baker", 400, january), ("ben", "drinks", 260, january), ("clara", "baker", 600, february),
    ):  # fmt: skip
        coalition.buy(session, who, code, euros * 100, at)
        session.commit()
    coalition.redeem(session, "anna", "drinks", 300, day(1, 20))
    coalition.redeem(session, "ben", "drinks", 200, day(1, 20))
    coalition.redeem(session, "clara", "books", 250, day(2, 5))
    coalition.buy(session, "clara", "drinks", 34_000, day(2, 6))
    coalition.buy(session, "clara", "books", 40_000, day(2, 6))
    session.commit()
    coalition.night(session, day(2, 11))
    session.commit()
