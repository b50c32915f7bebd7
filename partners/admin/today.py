"""The coalition's first page: today over all partners and each by itself, and what stands in the wallets."""

from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from flask import render_template
from sqlalchemy import func, select

from loyalty.models.coalition import Coalition
from loyalty.models.people import Member
from loyalty.models.points import Wallet
from loyalty.rules.money import value_cents
from partners import figures
from partners.admin import admin
from partners.models import Partner, Shop, Till
from partners.signed_in import session, staff_only, today

DAYS = 28


def _tills() -> dict[tuple[str, UUID], list[UUID]]:
    """Tills by partner, partners in order of their names; one without a till has none."""
    found = session().execute(
        select(Partner.name, Partner.id, Till.id)
        .outerjoin(Shop, Shop.partner_id == Partner.id)
        .outerjoin(Till, Till.shop_id == Shop.id)
        .where(Partner.left_at.is_(None))
        .order_by(Partner.name)
    )
    tills: dict[tuple[str, UUID], list[UUID]] = defaultdict(list)
    for name, partner, till in found:
        tills[name, partner] += [till] if till else []
    return tills


@admin.get("", strict_slashes=False)
@staff_only("admin")
def overview() -> str:
    """Today's figures of the coalition and of every partner."""
    tills = _tills()
    everywhere = [till for mine in tills.values() for till in mine]
    day, zone = today()
    outstanding = int(
        session().scalar(select(func.coalesce(func.sum(Wallet.balance + Wallet.reserved), 0))) or 0
    )
    price = session().scalar(select(Coalition.point_value_ct))
    return render_template(
        "admin/today.html",
        day=day,
        now=figures.on(session(), everywhere, day, zone),
        then=figures.on(session(), everywhere, day - timedelta(days=7), zone),
        turnover=figures.turnover(session(), everywhere, day, DAYS),
        partners=[(name, figures.on(session(), mine, day, zone)) for (name, _id), mine in tills.items()],
        members=session().scalar(select(func.count()).select_from(Member).where(Member.erased_at.is_(None))),
        outstanding=outstanding,
        outstanding_cents=value_cents(outstanding, price) if price is not None else 0,
    )
