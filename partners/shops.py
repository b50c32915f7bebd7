"""Partners join with their shops and tills. What a partner grants is a contract, made in `partners.contracts`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.coalition import Coalition
from partners import catalogue, contracts, rulebook
from partners.models import Partner, Shop, Till

CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Rates:
    """A partner's own rates; None: the coalition's hold."""

    margin_bp: int | None = None
    vat_bp: int | None = None
    cost_to_serve_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A partner with its first shop and till, ready to post purchases."""

    partner_id: UUID
    shop_id: UUID
    till_id: UUID


def open_partner(
    session: Session,
    code: str,
    name: str,
    shop_name: str,
    at: datetime,
    new_id: Callable[[], UUID],
    time_zone: str | None = None,
    rates: Rates | None = None,
) -> Opened:
    """A partner with default contract from `at` on, default categories, one shop and one till ("1").

    The first partner of all brings the coalition's base rule along. Raises as the functions it calls.
    """
    partner_id = add_partner(session, code, name, at, new_id, rates)
    contracts.add_version(session, partner_id, at, contracts.Offer(), new_id)
    rulebook.ensure_base(session, at, new_id)
    shop_id = add_shop(session, partner_id, shop_name, new_id, time_zone)
    return Opened(partner_id, shop_id, add_till(session, shop_id, "1", new_id))


def add_partner(
    session: Session,
    code: str,
    name: str,
    at: datetime,
    new_id: Callable[[], UUID],
    rates: Rates | None = None,
) -> UUID:
    """A partner, with the categories that earn nothing by default. Its id.

    Raises Invalid naming the field, Conflict `partner_code_taken`.
    """
    if not CODE.fullmatch(code):
        raise Invalid("code_invalid", "code")
    rates = rates or Rates()
    check_rates(rates)
    row = upsert(Partner).values(
        id=new_id(),
        code=code,
        name=_name(name),
        margin_bp=rates.margin_bp,
        vat_bp=rates.vat_bp,
        cost_to_serve_cents=rates.cost_to_serve_cents,
        joined_at=at,
    )
    partner_id = session.scalar(row.on_conflict_do_nothing().returning(Partner.id))
    if partner_id is None:
        raise Conflict("partner_code_taken", "code")
    catalogue.add_defaults(session, partner_id)
    return partner_id


def change_rates(session: Session, partner_id: UUID, rates: Rates) -> None:
    """Set the partner's own rates, for purchases from now on. Raises Invalid, Missing `partner_unknown`."""
    check_rates(rates)
    change = update(Partner).where(Partner.id == partner_id).values(
        margin_bp=rates.margin_bp, vat_bp=rates.vat_bp, cost_to_serve_cents=rates.cost_to_serve_cents
    )  # fmt: skip
    if session.scalar(change.returning(Partner.id)) is None:
        raise Missing("partner_unknown", "partner")


def check_rates(rates: Rates) -> None:
    """Rates are 0 to 100 %, costs to serve 0 to 1,000 €. Raises Invalid naming the field."""
    catalogue.check_rate(rates.margin_bp, "margin_bp")
    catalogue.check_rate(rates.vat_bp, "vat_bp")
    if not 0 <= (rates.cost_to_serve_cents or 0) <= 100_000:
        raise Invalid("amount_invalid", "cost_to_serve_cents")


def add_shop(
    session: Session,
    partner_id: UUID,
    name: str,
    new_id: Callable[[], UUID],
    time_zone: str | None = None,
) -> UUID:
    """A shop of the partner; its id. Without a time zone it keeps the coalition's. Raises Invalid."""
    zone = time_zone or session.scalars(select(Coalition.time_zone)).one()
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Invalid("time_zone_unknown", "time_zone") from None
    row = insert(Shop).values(id=new_id(), partner_id=partner_id, name=_name(name), time_zone=zone)
    return session.scalars(row.returning(Shop.id)).one()


def add_till(session: Session, shop_id: UUID, name: str, new_id: Callable[[], UUID]) -> UUID:
    """A till of the shop; its id. It needs a key (`partners.keys`) to post anything. Raises Invalid."""
    row = insert(Till).values(id=new_id(), shop_id=shop_id, name=_name(name))
    return session.scalars(row.returning(Till.id)).one()


def tills_of(session: Session, partner_code: str) -> list[UUID]:
    """All tills of a partner, oldest first. Raises Missing `partner_unknown`."""
    partner_id = session.scalar(select(Partner.id).where(Partner.code == partner_code))
    if partner_id is None:
        raise Missing("partner_unknown", "partner")
    tills = select(Till.id).join(Shop, Shop.id == Till.shop_id).where(Shop.partner_id == partner_id)
    return list(session.scalars(tills.order_by(Till.id)))


def _name(name: str) -> str:
    clean = name.strip()
    if not 0 < len(clean) <= LONGEST_NAME or not clean.isprintable():
        raise Invalid("name_invalid", "name")
    return clean
