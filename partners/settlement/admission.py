"""Partners taken in, and new versions of their contracts: each a deed of somebody in the coalition's office."""

from collections.abc import Callable
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.errors import Invalid
from loyalty.models.coalition import Coalition
from loyalty.people import deeds
from partners import contracts, shops
from partners.contracts import Offer
from partners.models import ContractVersion
from partners.settlement import closing
from partners.shops import Opened

NewId = Callable[[], UUID]
TERMS = (
    "point_value_ct", "service_fee_ct", "reimbursement_ct", "funding", "breakage", "fee_vat_bp",
    "credit_limit_cents", "deposit_cents", "redeemer_supplies",
)  # fmt: skip


def open_partner(
    session: Session, code: str, name: str, shop_name: str, staff_id: UUID, at: datetime, new_id: NewId
) -> Opened:
    """A partner with the coalition's own terms from now on, a shop and a till. Raises as `shops.open_partner`."""
    opened = shops.open_partner(session, code, name, shop_name, at, new_id)
    partner_id = opened.partner_id
    deeds.note(session, "partner_opened", staff_id, at, new_id, partner_id, partner_id, {"code": code})
    return opened


def agree(
    session: Session,
    partner_id: UUID,
    starts_on: date,
    offer: Offer,
    staff_id: UUID,
    at: datetime,
    new_id: NewId,
) -> UUID:
    """A contract version from the beginning of a local day on, tomorrow at the earliest; its id.

    Points booked today keep the terms they were given under. Raises Invalid `valid_from_past` and what
    `contracts.add_version` raises.
    """
    if starts_on <= closing.today(session, at):
        raise Invalid("valid_from_past", "valid_from")
    zone = ZoneInfo(session.scalars(select(Coalition.time_zone)).one())
    begins = datetime.combine(starts_on, time(), zone)
    version_id = contracts.add_version(session, partner_id, begins, offer, new_id)
    facts = {"valid_from": starts_on.isoformat()} | _terms(session, version_id)
    deeds.note(session, "contract_added", staff_id, at, new_id, version_id, partner_id, facts)
    return version_id


def _terms(session: Session, version_id: UUID) -> dict[str, object]:
    """What was agreed, prices as text so that no digit is lost."""
    version = session.get_one(ContractVersion, version_id)
    return {
        name: str(value) if name.endswith("_ct") else value
        for name in TERMS if (value := getattr(version, name)) is not None
    }  # fmt: skip
