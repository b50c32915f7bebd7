"""Where imported receipts are booked: a partner, shop and import till for each shop of the file, and its catalogue."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.models.coalition import Coalition
from loyalty.points.operations import Place
from partners import shops
from partners.models import Category, Partner, Product, Shop, Till

TILL = "Import"
LONGEST_CODE = 40
SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What a shop of the file sold: categories, and products (SKU, name, category)."""

    categories: Iterable[str]
    products: Iterable[tuple[str, str, str | None]]


def zones(session: Session) -> tuple[dict[str, str], str]:
    """Time zones by the name a file may give a shop, and the coalition's for one that is not known yet."""
    default = session.scalars(select(Coalition.time_zone)).one()
    rows = session.execute(
        select(Partner.code, Partner.name, Shop.time_zone)
        .join(Shop, Shop.partner_id == Partner.id)
        .order_by(Partner.id.desc(), Shop.id.desc())
    ).all()  # the oldest last: it is the one that counts
    return {row.name: row.time_zone for row in rows} | {row.code: row.time_zone for row in rows}, default


def import_till(session: Session, name: str) -> UUID | None:
    """The import till of the shop called `name`, if it was ever made."""
    shop = _shop(session, name)
    return _till(session, shop.id) if shop else None


def prepare(session: Session, name: str, sold: Catalogue, at: datetime, new_id: Callable[[], UUID]) -> Place:
    """The place for the shop called `name`; partner, shop and till are made if missing, with default rates.

    What it sold is added to its catalogue; what the catalogue says already stays.
    """
    shop = _shop(session, name)
    if shop is None:
        shops.open_partner(session, _free_code(session, name), name, name, at, new_id)
        shop = _shop(session, name)
    assert shop is not None
    till_id = _till(session, shop.id) or shops.add_till(session, shop.id, TILL, new_id)
    _stock(session, shop.partner_id, sold)
    return Place(till_id, shop.id, shop.partner_id, shop.time_zone)


def _shop(session: Session, name: str) -> Any:
    """The oldest shop of the partner with this short name or, if there is none, of this name."""
    return session.execute(
        select(Shop.id, Shop.partner_id, Shop.time_zone)
        .join(Partner, Partner.id == Shop.partner_id)
        .where((Partner.code == name) | (Partner.name == name))
        .order_by((Partner.code == name).desc(), Partner.id, Shop.id)
        .limit(1)
    ).first()


def _till(session: Session, shop_id: UUID) -> UUID | None:
    query = select(Till.id).where(Till.shop_id == shop_id, Till.name == TILL)
    return session.scalar(query.order_by(Till.id).limit(1))


def _free_code(session: Session, name: str) -> str:
    """A short name like the shop's: `Bäckerei Müller` is baeckerei-mueller, another one baeckerei-mueller-2."""
    spelt = unicodedata.normalize("NFKD", name.lower().translate(SPELT)).encode("ascii", "ignore").decode()
    code = re.sub("[^a-z0-9]+", "-", spelt).strip("-")[: LONGEST_CODE - 5].strip("-") or "shop"
    taken = set(session.scalars(select(Partner.code).where(func.starts_with(Partner.code, code))))
    number = 1
    while (free := code if number == 1 else f"{code}-{number}") in taken:
        number += 1
    return free


def _stock(session: Session, partner_id: UUID, sold: Catalogue) -> None:
    categories = [{"partner_id": partner_id, "code": code, "name": code} for code in sold.categories]
    products = [
        {"partner_id": partner_id, "sku": sku, "name": name, "category": category}
        for sku, name, category in sold.products
    ]
    if categories:
        session.execute(upsert(Category).on_conflict_do_nothing(), categories)
    if products:
        session.execute(upsert(Product).on_conflict_do_nothing(), products)
