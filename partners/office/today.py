"""The owner's first page: what today brought, beside the same weekday a week ago. Only the own partner's tills."""

from datetime import timedelta

from flask import render_template
from flask_login import current_user
from sqlalchemy import select

from partners import figures
from partners.models import Partner, Shop, Till
from partners.office import office
from partners.signed_in import session, staff_only, today

DAYS = 28


@office.get("", strict_slashes=False)
@staff_only("owner", "staff", "accountant")
def overview() -> str:
    """Today's customers, turnover, margin (not for cashiers), points given and taken."""
    partner = session().get_one(Partner, current_user.partner_id)
    tills = session().scalars(
        select(Till.id).join(Shop, Shop.id == Till.shop_id).where(Shop.partner_id == partner.id)
    )
    mine = list(tills)
    day, zone = today()
    return render_template(
        "office/today.html",
        partner=partner.name,
        day=day,
        now=figures.on(session(), mine, day, zone),
        then=figures.on(session(), mine, day - timedelta(days=7), zone),
        turnover=figures.turnover(session(), mine, day, DAYS),
        sees_margin=current_user.role != "staff",
    )
