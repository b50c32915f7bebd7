"""What stands in the books after the last event, member by member. It only reads."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy.orm import Session

from config.scenario.outcome import Points, Worth
from loyalty.db import driver
from loyalty.people.members import SignedUp
from loyalty.points import returns
from loyalty.points.open_lots import open_lots
from loyalty.rules import lots as lot_rules
from loyalty.rules.money import half_up
from loyalty.rules.returns import remaining

BOUGHT = """
SELECT member_id, sum(total_cents)::bigint, sum((margin ->> 'ct')::numeric) FROM purchase GROUP BY member_id"""
BACK = """
SELECT p.member_id, sum(r.margin_cents)::bigint, array_agg(DISTINCT p.id)
FROM purchase_return r JOIN purchase p ON p.id = r.purchase_id GROUP BY p.member_id"""


def members(
    session: Session, joined: Mapping[str, SignedUp], at: datetime
) -> tuple[dict[str, Points], dict[str, Worth]]:
    """Wallets and figures of all members by name. Points count as they may be spent at `at`."""
    wallets = _wallets(session, [one.wallet_id for one in joined.values()], at)
    worth = _worth(session)
    return (
        {name: wallets[one.wallet_id] for name, one in joined.items()},
        {name: worth.get(one.member_id, Worth(0, 0)) for name, one in joined.items()},
    )


def _wallets(session: Session, wallet_ids: list[UUID], at: datetime) -> dict[UUID, Points]:
    debts = driver(session).execute("SELECT id, debt FROM wallet WHERE id = ANY(%s)", [wallet_ids])
    lots = open_lots(session, wallet_ids)
    return {
        wallet_id: Points(
            lot_rules.available(lots[wallet_id], at), lot_rules.pending(lots[wallet_id], at), debt
        )
        for wallet_id, debt in debts.fetchall()
    }


def _worth(session: Session) -> dict[UUID, Worth]:
    """Margins are summed up as exactly as each purchase was noted, and rounded once."""
    lost = {
        member_id: (cents, sum(_came_back_cents(session, purchase_id) for purchase_id in purchase_ids))
        for member_id, cents, purchase_ids in driver(session).execute(BACK).fetchall()
    }
    found = {}
    for member_id, turnover_cents, margin_ct in driver(session).execute(BOUGHT).fetchall():
        margin_cents, back_cents = lost.get(member_id, (0, 0))
        exact_ct = Decimal(margin_ct) + margin_cents
        found[member_id] = Worth(int(turnover_cents) - back_cents, half_up(Fraction(exact_ct)))
    return found


def _came_back_cents(session: Session, purchase_id: UUID) -> int:
    """What the goods that came back had cost."""
    bought = returns.load(session, purchase_id)
    left = remaining(bought.items, bought.came_back)
    return sum(item.gross_cents for item in bought.items) - sum(item.gross_cents for item in left)
