"""The coalition's settings of money: what new contracts start from, when runs are paid, what needs two people."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid
from loyalty.models.coalition import Coalition
from loyalty.models.points import Transfer
from loyalty.people import deeds
from loyalty.rules.netting import BREAKAGES, FUNDINGS
from partners import catalogue, contracts

NewId = Callable[[], UUID]
WORDS = {"funding": FUNDINGS, "breakage": BREAKAGES}
RANGES = {
    "objection_days": range(366), "due_days": range(91), "four_eyes_points": range(1_000_001),
    "pending_days": range(366),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """Fee in ct per point, net; its VAT in basis points; periods in days. Above `four_eyes_points` two must agree."""

    funding: str
    breakage: str
    service_fee_ct: Decimal
    fee_vat_bp: int
    objection_days: int
    due_days: int
    four_eyes_points: int
    pending_days: int


def settings(session: Session) -> Settings:
    """As they are now."""
    return _of(session.scalars(select(Coalition).execution_options(populate_existing=True)).one())


def change(session: Session, wanted: Settings, staff_id: UUID, at: datetime, new_id: NewId) -> None:
    """Set them, for contracts, runs and points to come; those that are keep what they say. The same again: nothing.

    Raises Invalid naming the field; Conflict `funding_fixed` once points have moved: the coalition's own follow it.
    """
    _check(wanted)
    locked = select(Coalition).with_for_update().execution_options(populate_existing=True)
    before, after = asdict(_of(session.scalars(locked).one())), asdict(wanted)
    changed = [name for name in after if after[name] != before[name]]
    if "funding" in changed and is_funding_fixed(session):
        raise Conflict("funding_fixed", "funding")
    if not changed:
        return
    session.execute(update(Coalition).values({name: after[name] for name in changed}))
    facts = {name: [_plain(before[name]), _plain(after[name])] for name in changed}
    deeds.note(session, "coalition_changed", staff_id, at, new_id, facts=facts)


def is_funding_fixed(session: Session) -> bool:
    """Whether points have moved already: then the coalition's own funding stays."""
    return bool(session.scalar(select(exists().where(Transfer.id.is_not(None)))))


def _check(wanted: Settings) -> None:
    for name, words in WORDS.items():
        if getattr(wanted, name) not in words:
            raise Invalid("word_unknown", name)
    contracts.check_price(wanted.service_fee_ct, "service_fee_ct")
    catalogue.check_rate(wanted.fee_vat_bp, "fee_vat_bp")
    for name, allowed in RANGES.items():
        if getattr(wanted, name) not in allowed:
            raise Invalid("whole_out_of_range", name, lowest=allowed[0], highest=allowed[-1])


def _of(row: Coalition) -> Settings:
    return Settings(
        row.funding, row.breakage, row.service_fee_ct, row.fee_vat_bp, row.objection_days, row.due_days,
        row.four_eyes_points, row.pending_days,
    )  # fmt: skip


def _plain(value: object) -> object:
    """A price as text, so that no digit is lost."""
    return str(value) if isinstance(value, Decimal) else value
