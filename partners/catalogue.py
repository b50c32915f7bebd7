"""A partner's categories and products: rates, what earns nothing, from what age. Rates are basis points."""

from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Invalid
from partners.models import Category, Product

LONGEST_CODE = 64
LONGEST_NAME = 120
HIGHEST_RATE_BP = 10_000

# Discounts on these are forbidden or make no sense: tobacco (price on the stamp), prescription drugs
# (price ordinance), books (price-binding law), lottery, and money that only changes its shape.
EARN_NOTHING = (
    ("deposit", "Pfand"),
    ("gift-card", "Gutscheinkarten"),
    ("tobacco", "Tabakwaren"),
    ("lottery", "Lotto"),
    ("prescription", "Verschreibungspflichtige Arzneimittel"),
    ("books-fixed-price", "Preisgebundene Bücher"),
)


def add_defaults(session: Session, partner_id: UUID) -> None:
    """The categories that earn no points and take no perk, for a partner that has none yet."""
    rows = [
        {"partner_id": partner_id, "code": code, "name": name, "earns": False, "perks": False}
        for code, name in EARN_NOTHING
    ]
    session.execute(insert(Category), rows)


def put_category(
    session: Session,
    partner_id: UUID,
    code: str,
    name: str,
    margin_bp: int | None = None,
    vat_bp: int | None = None,
    earns: bool = True,
    perks: bool = True,
) -> None:
    """Add the category or replace what was said of it, for purchases from now on. Raises Invalid."""
    check_rate(margin_bp, "margin_bp")
    check_rate(vat_bp, "vat_bp")
    values = {
        "name": _text(name, "name"),
        "margin_bp": margin_bp,
        "vat_bp": vat_bp,
        "earns": earns,
        "perks": perks,
    }
    row = upsert(Category).values(partner_id=partner_id, code=_text(code, "code"), **values)
    session.execute(row.on_conflict_do_update(index_elements=["partner_id", "code"], set_=values))


def put_product(
    session: Session,
    partner_id: UUID,
    sku: str,
    name: str,
    category: str | None = None,
    margin_bp: int | None = None,
    vat_bp: int | None = None,
    earns: bool | None = None,
    min_age: int = 0,
) -> None:
    """Add the product or replace what was said of it, for purchases from now on.

    Raises Invalid; `category_unknown` when the partner has no such category.
    """
    check_rate(margin_bp, "margin_bp")
    check_rate(vat_bp, "vat_bp")
    if not 0 <= min_age <= 99:
        raise Invalid("age_invalid", "min_age")
    if category is not None and session.get(Category, (partner_id, category)) is None:
        raise Invalid("category_unknown", "category")
    values = {
        "name": _text(name, "name"), "category": category, "margin_bp": margin_bp, "vat_bp": vat_bp,
        "earns": earns, "min_age": min_age,
    }  # fmt: skip
    row = upsert(Product).values(partner_id=partner_id, sku=_text(sku, "sku"), **values)
    session.execute(row.on_conflict_do_update(index_elements=["partner_id", "sku"], set_=values))


def categories(session: Session, partner_id: UUID) -> list[Category]:
    """The partner's categories by code."""
    return list(
        session.scalars(select(Category).where(Category.partner_id == partner_id).order_by(Category.code))
    )


def products(session: Session, partner_id: UUID) -> list[Product]:
    """The partner's products by SKU."""
    return list(
        session.scalars(select(Product).where(Product.partner_id == partner_id).order_by(Product.sku))
    )


def check_rate(rate_bp: int | None, field: str) -> None:
    """None, or 0 to 100 %. Raises Invalid `rate_invalid`."""
    if rate_bp is not None and not 0 <= rate_bp <= HIGHEST_RATE_BP:
        raise Invalid("rate_invalid", field)


def _text(text: str, field: str) -> str:
    clean = text.strip()
    longest = LONGEST_NAME if field == "name" else LONGEST_CODE
    if not 0 < len(clean) <= longest or not clean.isprintable():
        raise Invalid(f"{field}_invalid", field)
    return clean
