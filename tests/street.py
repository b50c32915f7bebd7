"""A small street for tests, straight into the tables: two shops, three people, terms as the test wants them."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from loyalty.models.coalition import Rulebook
from loyalty.models.people import Card, Member, Profile
from loyalty.models.points import Wallet
from loyalty.points import purchases, redemptions, returns
from loyalty.points.operations import Ask, Place
from loyalty.points.redemptions import Wish
from loyalty.rules import cardnumber
from loyalty.rules.basket import Basket, Line
from loyalty.rules.ids import uuid7
from loyalty.rules.rulebook import DEFAULT_RULES, rule_to_data
from loyalty.rules.terms import Contract, Programme, Rule, Terms
from partners.models import ContractVersion, Partner, Shop, Till

NOON = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)


def ids(at: datetime = NOON) -> Callable[[], UUID]:
    """New ids of one moment."""
    return lambda: uuid7(at, os.urandom(10))


@dataclass(frozen=True)
class Street:
    """Shops by code, cards by name. Every call below is one use-case inside the given session."""

    places: dict[str, Place]
    terms: dict[str, Terms]
    cards: dict[str, str]
    wallets: dict[str, UUID]
    members: dict[str, UUID]

    def buy(
        self,
        session: Session,
        who: str,
        shop: str,
        cents: int,
        at: datetime = NOON,
        receipt: str = "",
        **more: Any,
    ) -> Any:
        """One purchase of one line; the purchase or, raised, its refusal."""
        line = Line(gross_cents=cents, **more)
        return self.book(session, who, shop, [line], at, receipt)

    def book(
        self,
        session: Session,
        who: str,
        shop: str,
        lines: Sequence[Line],
        at: datetime = NOON,
        receipt: str = "",
    ) -> Any:
        """One purchase of several lines."""
        sale = self.sale(who, lines, at, receipt)
        result = purchases.record(
            session, self.places[shop], [sale], self.terms[shop], at, ids(at), render=str, careful=True
        )[0]
        if isinstance(result, Exception):
            raise result
        return result

    def sale(
        self, who: str, lines: Sequence[Line], at: datetime = NOON, receipt: str = "", key: str = ""
    ) -> purchases.Sale:
        """A basket for `record`."""
        receipt = receipt or uuid4().hex
        basket = Basket(receipt, at, tuple(lines), sum(line.gross_cents for line in lines))
        return purchases.Sale(ask(key or receipt), self.cards[who], basket)

    def bring_back(
        self, session: Session, shop: str, purchase_id: UUID, pieces: dict[int, int] | None = None,
        at: datetime = NOON,
    ) -> returns.Returned:  # fmt: skip
        """A return of some pieces, or of all."""
        return returns.record(
            session,
            self.places[shop],
            ask(),
            purchase_id,
            pieces,
            None,
            at,
            self.terms[shop],
            at,
            ids(at),
            str,
        )

    def redeem(
        self, session: Session, who: str, shop: str, points: int | None = None, reward_id: UUID | None = None,
        at: datetime = NOON, step: int | None = None,
    ) -> redemptions.Redeemed:  # fmt: skip
        """Points spent as money off or for a reward."""
        wish = Wish(reward_id=reward_id, points=points)
        terms = self.terms[shop]
        return redemptions.redeem(
            session, self.places[shop], ask(), self.cards[who], step, wish, 1900, terms.programme.point_value_ct,
            terms.contract_at(at).id, at, ids(at), str,
        )  # fmt: skip

    def undo(
        self, session: Session, shop: str, redemption_id: UUID, at: datetime = NOON
    ) -> redemptions.Reversed:
        """A redemption reversed."""
        return redemptions.reverse(session, self.places[shop], ask(), redemption_id, 30, at, ids(at), str)


def ask(key: str = "") -> Ask:
    """A key (a new one if none is given) with the fingerprint of itself."""
    key = key or uuid4().hex
    return Ask(key, sha256(key.encode()).digest())


def open_street(
    session: Session, rules: Sequence[Rule] = DEFAULT_RULES, programme: Programme | None = None
) -> Street:
    """Baker and drinks with one till each; Anna, Ben and Clara with a card each. Commits."""
    programme = programme or Programme()
    rulebook_id = uuid4()
    session.add(Rulebook(id=rulebook_id, content=[rule_to_data(rule) for rule in rules]))
    places, terms = {}, {}
    for code in ("baker", "drinks"):
        places[code], terms[code] = _open_shop(session, code, rules, rulebook_id, programme)
    cards, wallets, members = {}, {}, {}
    for number, who in enumerate(("anna", "ben", "clara")):
        wallets[who], members[who], cards[who] = _join(session, who, number)
    session.commit()
    return Street(places, terms, cards, wallets, members)


def with_rules(session: Session, street: Street, rules: Sequence[Rule]) -> Street:
    """The same street under other earning rules. Commits."""
    number = uuid4()
    content = [rule_to_data(rule) for rule in rules]
    session.execute(insert(Rulebook).values(id=number, content=content))
    session.commit()
    changed = {
        code: replace(one, rules=tuple(rules), rulebook_id=number) for code, one in street.terms.items()
    }
    return replace(street, terms=changed)


def _open_shop(
    session: Session, code: str, rules: Sequence[Rule], rulebook_id: UUID, programme: Programme
) -> tuple[Place, Terms]:
    partner_id, shop_id, till_id = uuid4(), uuid4(), uuid4()
    since = NOON - timedelta(days=3000)
    contract = Contract(uuid4(), since)
    session.add(Partner(id=partner_id, code=code, name=code.title(), joined_at=since))
    session.flush()
    session.add(Shop(id=shop_id, partner_id=partner_id, name=code.title()))
    session.add(ContractVersion(
        id=contract.id, partner_id=partner_id, valid_from=since, point_value_ct=contract.point_value_ct,
        service_fee_ct=contract.service_fee_ct, reimbursement_ct=contract.reimbursement_ct,
    ))  # fmt: skip
    session.flush()
    session.add(Till(id=till_id, shop_id=shop_id, name="1"))
    session.flush()
    place = Place(till_id, shop_id, partner_id, "Europe/Berlin")
    return place, Terms(partner_id, programme, (contract,), tuple(rules), rulebook_id)


def _join(session: Session, who: str, number: int) -> tuple[UUID, UUID, str]:
    wallet_id, member_id, card = uuid4(), uuid4(), cardnumber.make(f"{number + 1:013}")
    session.add(Wallet(id=wallet_id, opened_at=NOON))
    session.flush()
    session.add(Member(id=member_id, wallet_id=wallet_id, joined_at=NOON))
    session.flush()
    session.add(Profile(member_id=member_id, first_name=who.title(), last_name="Kaiser"))
    session.add(Card(number=card, member_id=member_id, issued_at=NOON))
    session.flush()
    return wallet_id, member_id, card
