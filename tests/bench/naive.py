"""The same purchase as one would first write it: ORM objects loaded, changed, added, committed. Only to compare with.

Same reading, same rules, same rows in the same tables; neither crippled nor clever.
"""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy import select

from loyalty.db import db
from loyalty.errors import Conflict, Missing
from loyalty.models.club import MemberStanding
from loyalty.models.people import Card, Member, Profile
from loyalty.models.points import Lot, Slip, Transfer, Wallet
from loyalty.models.purchases import Purchase
from loyalty.points import purchase_row
from loyalty.points.operations import Ask
from loyalty.points.purchases import Purchased, issuer_id, next_reward
from loyalty.rules import earning, margin
from loyalty.rules.basket import Basket, Item
from loyalty.rules.earning import Earned, State
from loyalty.rules.lots import expires_at
from loyalty.rules.rulebook import memory_for
from partners.api import idempotency, rendering, requests, selling
from partners.api.answers import PurchaseOut
from partners.api.auth import Authority
from partners.api.bodies import PurchaseIn
from partners.api.calls import call
from partners.api.idempotency import Answer
from partners.api.purchases import PURCHASE

blueprint = Blueprint("bench_naive", __name__)


@call(blueprint, "POST", "/naive", PurchaseOut, 201, scope="post", body=PurchaseIn, keyed=True)
def naive(caller: Authority) -> Response:
    """Post a receipt, the straight way."""
    data = requests.body()
    card, basket = PURCHASE.read(data)
    selling.check(basket)
    ask = idempotency.ask("/purchases", {}, data)
    slip = db.session.get(Slip, (caller.place.till_id, ask.key))
    if slip is not None:
        return idempotency.told(Answer(slip.status, slip.body, replayed=True))
    body = _book(caller, ask, card.number, basket)
    db.session.commit()
    return idempotency.told(Answer(201, body))


def _book(caller: Authority, ask: Ask, number: str, basket: Basket) -> str:
    place, terms, at = caller.place, caller.terms, datetime.now(UTC)
    new_id = selling.id_maker(at)
    local = basket.purchased_at.astimezone(ZoneInfo(place.time_zone))
    member, wallet = _holder(number)
    first = select(Purchase.id).where(
        Purchase.till_id == place.till_id,
        Purchase.business_day == local.date(),
        Purchase.receipt == basket.receipt,
    )
    if db.session.scalar(first) is not None:
        raise Conflict("receipt_duplicate", "receipt")
    profile = db.session.get(Profile, member.id)
    standing = db.session.get(MemberStanding, member.id)
    born_on = profile.born_on if profile else None
    birthday = born_on is not None and (born_on.month, born_on.day) == (local.month, local.day)
    items = margin.items(basket.lines, terms)
    memory = memory_for(terms.rules, str(terms.partner_id), local, wallet.progress)
    state = State(standing.factor if standing else 1, birthday, memory)
    earned = earning.earn(terms.rules, str(terms.partner_id), items, local, 0, state)

    purchase_id = new_id()
    _issue(caller, wallet, earned, basket.purchased_at, at, purchase_id)
    if earned.memory:
        wallet.progress = {**wallet.progress, **earned.memory}
    purchased = Purchased(
        purchase_id, basket.receipt, number, earned.points, 0, wallet.available, earned.awards,
        next_reward(terms, wallet.available),
    )  # fmt: skip
    db.session.add(Purchase(
        wallet_id=wallet.id, member_id=member.id, booked_at=at, paid_cents=0,
        **purchase_row.place(place, local), **_receipt(ask, basket, items),
        **_earned(purchase_row.earned(purchase_id, state, local, earned, 0, wallet.available)),
        **purchase_row.value(items, earned, basket.purchased_at, terms),
    ))  # fmt: skip
    body = rendering.text(rendering.purchase(purchased, terms.programme.point_value_ct))
    db.session.add(Slip(
        till_id=place.till_id, key=ask.key, fingerprint=ask.fingerprint, status=201, body=body,
        words=purchase_row.words(basket), written_at=at,
    ))  # fmt: skip
    return body


def _holder(number: str) -> tuple[Member, Wallet]:
    """The member and, locked, the wallet behind a card."""
    card = db.session.get(Card, number)
    if card is None:
        raise Missing("card_unknown", "card")
    if card.blocked_at is not None:
        raise Conflict("card_blocked", "card", replaced=card.replaced_by is not None)
    member = db.session.get_one(Member, card.member_id)
    return member, db.session.get_one(Wallet, member.wallet_id, with_for_update=True)


def _issue(
    caller: Authority, wallet: Wallet, earned: Earned, bought_at: datetime, at: datetime, cause: UUID
) -> None:
    """A transfer and a lot per kind and issuer; the wallet's numbers with them."""
    programme, contract = caller.terms.programme, caller.terms.contract_at(bought_at)
    ends = expires_at(bought_at, programme.expiry_rule, programme.expiry_months, programme.time_zone)
    sums: dict[tuple[str, UUID | None], int] = {}
    for award in earned.awards:
        key = award.kind, issuer_id(award, caller.place.partner_id)
        sums[key] = sums.get(key, 0) + award.points
    for (kind, issuer), points in sums.items():
        transfer_id = selling.id_maker(at)()
        wallet.version += 1
        wallet.balance += points
        wallet.available += points
        wallet.turns_at = min(wallet.turns_at, ends)
        db.session.add(Transfer(
            wallet_id=wallet.id, id=transfer_id, version=wallet.version, kind=kind, source="issued",
            destination="wallet", partner_id=issuer, points=points, at=at, cause=cause,
        ))  # fmt: skip
        db.session.add(Lot(
            wallet_id=wallet.id, id=transfer_id, issuer_id=issuer, contract_id=contract.id,
            point_value_ct=contract.point_value_ct, points=points, remaining=points,
            available_from=min(bought_at, at) + timedelta(days=programme.pending_days), expires_at=ends,
            created_at=at, cause=cause,
        ))  # fmt: skip


def _receipt(ask: Ask, basket: Basket, items: tuple[Item, ...]) -> purchase_row.Row:
    row = purchase_row.receipt(ask, basket, items)
    return {**row, "fingerprint": ask.fingerprint, "lines": [asdict(item) for item in items]}


def _earned(row: purchase_row.Row) -> purchase_row.Row:
    return {**row, "awards": [asdict(award) for award in row["awards"]]}
