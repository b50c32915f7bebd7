"""Who stands at the till: card, member, standing and wallet, read together under the wallet's lock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import Conflict, Missing
from loyalty.points.ledger import WALLET, Account, opened
from loyalty.rules.terms import Standing

CARDHOLDERS = f"""
    SELECT {WALLET}, c.number, c.blocked_at IS NOT NULL, c.replaced_by IS NOT NULL, m.id, p.born_on,
           s.tier, s.factor, s.club
    FROM card c JOIN member m ON m.id = c.member_id JOIN wallet w ON w.id = m.wallet_id
    LEFT JOIN profile p ON p.member_id = m.id LEFT JOIN standing s ON s.member_id = m.id
    WHERE c.number = ANY(%s)"""
LOCKED = f"{CARDHOLDERS} ORDER BY w.id FOR UPDATE OF w"


@dataclass(frozen=True, slots=True)
class Holder:
    """The member a card stands for, with the wallet. Several holders may share one account (a household)."""

    card: str
    blocked: bool
    replaced: bool
    member_id: UUID
    born_on: date | None
    standing: Standing
    account: Account

    def has_birthday(self, day: date) -> bool:
        """Whether `day` is the birthday; one born on 29 February celebrates on the 28th in other years."""
        born = self.born_on
        if born is None:
            return False
        if (born.month, born.day) == (2, 29) and not _is_leap(day.year):
            return (day.month, day.day) == (2, 28)
        return (born.month, born.day) == (day.month, day.day)


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def holders(session: Session, cards: Sequence[str], lock: bool = True) -> dict[str, Holder]:
    """Holders by card number; cards nobody has are not in it. With `lock`, their wallets are locked in id order."""
    rows = driver(session).execute(LOCKED if lock else CARDHOLDERS, [list(cards)], prepare=True)
    accounts: dict[UUID, Account] = {}
    found = {}
    for row in rows:
        account = accounts.setdefault(row[0], opened(row))
        number, blocked, replaced, member_id, born_on, tier, factor, club = row[9:]
        standing = Standing(tier, Fraction(factor), club) if factor is not None else Standing()
        found[number] = Holder(number, blocked, replaced, member_id, born_on, standing, account)
    return found


def usable(found: dict[str, Holder], card: str) -> Holder:
    """The holder of a card that may be used. Raises Missing `card_unknown`, Conflict `card_blocked`."""
    holder = found.get(card)
    if holder is None:
        raise Missing("card_unknown", "card")
    if holder.blocked:
        raise Conflict("card_blocked", "card", replaced=holder.replaced)
    return holder
