"""Earning rules in the database: added, changed by a next version, retired; and snapshots named by their content."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from sqlalchemy import String, cast, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.coalition import Coalition, Rulebook
from loyalty.rules.rulebook import check_rule, rule_to_data
from loyalty.rules.terms import Rule
from partners.models import EarnRule, Partner

BASE = "base"
MOST_PER_EURO = 1000


def add_rule(session: Session, rule: Rule, at: datetime, new_id: Callable[[], UUID]) -> Rule:
    """Put a rule in force, from the next purchase booked on; the rule with its version number.

    A partner's rule may have the code of the coalition's, which it then replaces there. Raises Invalid
    `rule_invalid`, Conflict `rule_exists`.
    """
    check_rule(replace(rule, version=1))
    _one_at_a_time(session)
    if _live(session, rule.code, rule.partner_id) is not None:
        raise Conflict("rule_exists", "code")
    return _write(session, rule, at, new_id)


def change_rule(session: Session, rule: Rule, at: datetime, new_id: Callable[[], UUID]) -> Rule:
    """Retire the live version of this code (and partner) and add `rule` as the next; it, with its number.

    What was booked keeps the version it was booked with. Raises Invalid `rule_invalid`, Missing `rule_unknown`.
    """
    check_rule(replace(rule, version=1))
    _one_at_a_time(session)
    _retire(session, rule.code, rule.partner_id, at)
    return _write(session, rule, at, new_id)


def retire_rule(session: Session, code: str, partner_id: str | None, at: datetime) -> None:
    """End a rule: no purchase booked from now on earns by it. Raises Missing `rule_unknown`."""
    _one_at_a_time(session)
    _retire(session, code, partner_id, at)


def ensure_base(session: Session, at: datetime, new_id: Callable[[], UUID]) -> None:
    """Give a coalition that never had one its base rule: points_per_euro for every full euro, everywhere."""
    _one_at_a_time(session)
    known = select(EarnRule.id).where(EarnRule.code == BASE, EarnRule.partner_id.is_(None))
    if session.scalar(known.limit(1)) is None:
        rate = session.scalars(select(Coalition.points_per_euro)).one()
        _write(session, _base(rate), at, new_id)


def set_points_per_euro(session: Session, rate: int, at: datetime, new_id: Callable[[], UUID]) -> None:
    """What a euro earns everywhere, 0 to 1,000 points, from the next purchase booked on. Raises Invalid."""
    if not 0 <= rate <= MOST_PER_EURO:
        raise Invalid("rate_invalid", "points_per_euro")
    _one_at_a_time(session)
    session.execute(update(Coalition).values(points_per_euro=rate))
    if _live(session, BASE, None) is not None:
        _retire(session, BASE, None, at)
    _write(session, _base(rate), at, new_id)


def rules_for(session: Session, partner_id: UUID) -> tuple[Rule, ...]:
    """The rules that are not retired, the partner's and everybody's; by code, the coalition's first.

    None whose funder has left: nobody stands for new points of a partner that is gone.
    """
    left = select(cast(Partner.id, String)).where(Partner.left_at.is_not(None))
    rows = session.scalars(
        select(EarnRule)
        .where(
            EarnRule.retired_at.is_(None),
            EarnRule.funder.not_in(left),
            or_(EarnRule.partner_id.is_(None), EarnRule.partner_id == partner_id),
        )
        .order_by(EarnRule.code, EarnRule.version)
    )
    return tuple(_rule(row) for row in rows)


def keep(session: Session, rules: Sequence[Rule]) -> UUID:
    """Keep these rules as a snapshot, unless it is there already. Its id is made of its content."""
    content = [rule_to_data(rule) for rule in rules]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    rulebook_id = UUID(bytes=sha256(text.encode()).digest()[:16])
    session.execute(upsert(Rulebook).values(id=rulebook_id, content=content).on_conflict_do_nothing())
    return rulebook_id


def _one_at_a_time(session: Session) -> None:
    """Of two who change rules at once the second waits, and then sees what the first one did."""
    session.execute(select(Coalition.id).with_for_update(key_share=True))


def _live(session: Session, code: str, partner_id: str | None) -> UUID | None:
    return session.scalar(
        select(EarnRule.id).where(
            EarnRule.code == code, _of(partner_id), EarnRule.retired_at.is_(None)
        )
    )  # fmt: skip


def _retire(session: Session, code: str, partner_id: str | None, at: datetime) -> None:
    live = _live(session, code, partner_id)
    if live is None:
        raise Missing("rule_unknown", "code")
    session.execute(update(EarnRule).where(EarnRule.id == live).values(retired_at=at))


def _of(partner_id: str | None):
    return EarnRule.partner_id.is_(None) if partner_id is None else EarnRule.partner_id == UUID(partner_id)


def _write(session: Session, rule: Rule, at: datetime, new_id: Callable[[], UUID]) -> Rule:
    # Versions are counted per code, whoever's it is: (code, version) names one rule for ever.
    last = session.scalar(select(func.max(EarnRule.version)).where(EarnRule.code == rule.code)) or 0
    numbered = replace(rule, version=last + 1)
    row = rule_to_data(numbered) | {
        "id": new_id(),
        "partner_id": UUID(rule.partner_id) if rule.partner_id else None,
        "valid_from": rule.valid_from,
        "valid_until": rule.valid_until,
        "created_at": at,
    }
    session.execute(insert(EarnRule).values(**row))
    return numbered


def _rule(row: EarnRule) -> Rule:
    return Rule(
        code=row.code,
        version=row.version,
        kind=row.kind,
        name=row.name,
        params=row.params,
        partner_id=str(row.partner_id) if row.partner_id else None,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        priority=row.priority,
        stacks=row.stacks,
        funder=row.funder,
    )


def _base(points_per_euro: int) -> Rule:
    amount = Decimal(points_per_euro)
    name = "1 Punkt je Euro" if amount == 1 else f"{amount} Punkte je Euro"
    return Rule(BASE, 1, "base", name, {"points_per_euro": points_per_euro})
