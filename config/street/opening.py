"""The street before its first customer: partners with their goods, rules, tills and owners, and the admins."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from config.street import earning
from config.street.shops import ADMINS, SHOPS, ShopPlan
from loyalty.models.coalition import Coalition
from loyalty.points import rewards
from loyalty.points.operations import Place
from partners import catalogue, keys, rulebook, shops, staff

NewId = Callable[[], UUID]
MONTHS = 12  # points live for a year, so that the street shows some that expired


@dataclass(frozen=True, slots=True)
class Opened:
    """A shop that may sell: its till, the till's key, the rewards it offers by name."""

    place: Place
    key: str
    rewards: dict[str, UUID]


def open_shops(
    session: Session, at: datetime, password_hash: str, new_id: NewId, entropy: Callable[[int], bytes]
) -> dict[str, Opened]:
    """All shops by short name, open from `at` on. Secrets come from `entropy(n)`."""
    session.execute(update(Coalition).values(expiry_months=MONTHS))
    opened = {plan.code: _open(session, plan, at, password_hash, new_id, entropy) for plan in SHOPS}
    for rule in earning.rules({code: shop.place.partner_id for code, shop in opened.items()}):
        rulebook.add_rule(session, rule, at, new_id)
    for email, name in ADMINS:
        staff.create(session, email, name, "admin", None, password_hash, new_id)
    return opened


def _open(
    session: Session,
    plan: ShopPlan,
    at: datetime,
    password_hash: str,
    new_id: NewId,
    entropy: Callable[[int], bytes],
) -> Opened:
    rates = shops.Rates(plan.margin_bp, plan.vat_bp)
    made = shops.open_partner(session, plan.code, plan.name, plan.name, at, new_id, rates=rates)
    for kind in plan.kinds:
        catalogue.put_category(
            session,
            made.partner_id,
            kind.code,
            kind.name,
            kind.margin_bp,
            kind.vat_bp,
            kind.earns,
            kind.earns,
        )
    for article in plan.articles:
        catalogue.put_product(
            session, made.partner_id, article.sku, article.name, article.category, min_age=article.min_age
        )
    prizes = {
        prize.name: rewards.create(
            session, new_id(), made.partner_id, prize.name, prize.points, prize.value_cents, prize.vat_bp,
            prize.min_age, prize.stock, description=prize.description,
        ).id
        for prize in plan.prizes
    }  # fmt: skip
    staff.create(session, plan.owner_email, plan.owner, "owner", made.partner_id, password_hash, new_id)
    key = keys.issue(session, made.till_id, keys.SCOPES, at, entropy)
    place = Place(made.till_id, made.shop_id, made.partner_id, "Europe/Berlin")
    return Opened(place, key, prizes)
