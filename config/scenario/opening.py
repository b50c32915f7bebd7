"""The coalition of a scenario before its first event: partners with one till each, members with a card, two admins."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from config.scenario.content import CoalitionPlan, PartnerPlan, Scenario, Version
from loyalty.models.coalition import Coalition
from loyalty.people import members
from loyalty.people.newcomers import Newcomer
from loyalty.points.operations import Place
from loyalty.rules.terms import Rule
from partners import contracts, rulebook, shops, staff

NewId = Callable[[], UUID]
ADMINS = ("first@scenario.example", "second@scenario.example")  # one prepares, the other releases
NO_PASSWORD = "!"  # nobody signs in here, and no hash looks like this
TERMS_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Opened:
    """What the books call the partners and members of the file, and the two who settle."""

    places: dict[str, Place]
    members: dict[str, members.SignedUp]
    admins: tuple[UUID, UUID]


def open_coalition(session: Session, scenario: Scenario, at: datetime, new_id: NewId) -> Opened:
    """Everybody in, from `at` on. All versions of all contracts are written; what changes later is `change`."""
    plan = scenario.coalition
    session.execute(update(Coalition).values(
        time_zone=plan.time_zone, funding=plan.funding, breakage=plan.breakage, point_value_ct=plan.point_value_ct,
        service_fee_ct=plan.service_fee_ct, fee_vat_bp=plan.fee_vat_bp, points_per_euro=plan.points_per_euro,
        expiry_months=plan.expiry_months, pending_days=plan.pending_days, margin_bp=plan.margin_bp, vat_bp=plan.vat_bp,
        cost_to_serve_cents=plan.cost_to_serve_cents,
    ))  # fmt: skip
    rulebook.ensure_base(session, at, new_id)
    places = {one.id: _open_partner(session, one, plan, at, new_id) for one in scenario.partners}
    joined = {
        name: members.sign_up(
            session, Newcomer(name), TERMS_VERSION, at, new_id, os.urandom, os.urandom(32)
        )
        for name in scenario.members
    }  # fmt: skip
    first, second = (
        staff.create(session, email, "Admin", "admin", None, NO_PASSWORD, new_id) for email in ADMINS
    )
    return Opened(places, joined, (first, second))


def _open_partner(
    session: Session, plan: PartnerPlan, coalition: CoalitionPlan, at: datetime, new_id: NewId
) -> Place:
    # Codes are narrower than names may be here; one made of an id sorts where the partner stands in the file.
    code = plan.id if shops.CODE.fullmatch(plan.id) else new_id().hex
    partner_id = shops.add_partner(session, code, plan.id, at, new_id, _rates(plan.versions[0]))
    for version in plan.versions:
        contracts.add_version(
            session, partner_id, version.since or at, _offer(plan, version, coalition), new_id
        )
    shop_id = shops.add_shop(session, partner_id, plan.id, new_id)
    place = Place(shops.add_till(session, shop_id, "1", new_id), shop_id, partner_id, coalition.time_zone)
    _set_points_per_euro(session, place, None, plan.versions[0].points_per_euro, at, new_id)
    return place


def _offer(plan: PartnerPlan, version: Version, coalition: CoalitionPlan) -> contracts.Offer:
    paid_ct = coalition.reimbursement_ct if version.reimbursement_ct is None else version.reimbursement_ct
    return contracts.Offer(
        point_value_ct=version.point_value_ct, service_fee_ct=version.service_fee_ct, reimbursement_ct=paid_ct,
        funding=version.funding, credit_limit_cents=plan.credit_limit_cents,
    )  # fmt: skip


def _rates(version: Version) -> shops.Rates:
    return shops.Rates(margin_bp=version.margin_bp, cost_to_serve_cents=version.cost_to_serve_cents)


def change(session: Session, place: Place, old: Version, new: Version, at: datetime, new_id: NewId) -> None:
    """What of a new version no contract holds: the partner's rates and its own points per euro."""
    shops.change_rates(session, place.partner_id, _rates(new))
    _set_points_per_euro(session, place, old.points_per_euro, new.points_per_euro, at, new_id)


def _set_points_per_euro(
    session: Session, place: Place, old: int | None, new: int | None, at: datetime, new_id: NewId
) -> None:
    """A rule of the partner's own in place of the coalition's. None: the coalition's holds."""
    partner = str(place.partner_id)
    if old == new:
        return
    if new is None:
        rulebook.retire_rule(session, rulebook.BASE, partner, at)
        return
    rule = Rule(rulebook.BASE, 1, "base", f"Punkte je Euro: {new}", {"points_per_euro": new}, partner)
    write = rulebook.add_rule if old is None else rulebook.change_rule
    write(session, rule, at, new_id)
