"""Where the hammer strikes: two shops with two tills each, a few members that everybody wants, one scarce reward."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.people import members, pins
from loyalty.people.newcomers import Newcomer
from loyalty.points import rewards
from loyalty.rules.ids import uuid7
from partners import keys, shops


@dataclass(frozen=True)
class Arena:
    """Keys of all tills, (card, PIN) of the members, and a reward at the second shop with few pieces."""

    keys: tuple[str, ...]
    members: tuple[tuple[str, str], ...]
    reward_id: str


def build(session: Session, card_key: bytes) -> Arena:
    """A fresh coalition in the given session; the caller commits."""
    at = datetime.now(UTC)
    till_keys, partner_ids = [], []
    for code in ("baker", "drinks"):
        opened = shops.open_partner(session, code, code.title(), code.title(), at, _new_id)
        second = shops.add_till(session, opened.shop_id, "2", _new_id)
        partner_ids.append(opened.partner_id)
        till_keys += [
            keys.issue(session, till, keys.SCOPES, at, os.urandom) for till in (opened.till_id, second)
        ]
    people = []
    for number in range(6):
        joined = members.sign_up(session, Newcomer(f"Anna{number}"), "1", at, _new_id, os.urandom, card_key)
        pins.choose(session, joined.member_id, f"73{number}9", card_key)
        people.append((joined.card, f"73{number}9"))
    reward = rewards.create(session, _new_id(), partner_ids[1], "Rotwein", 20, 899, stock=40)
    return Arena(tuple(till_keys), tuple(people), str(reward.id))


def _new_id() -> UUID:
    return uuid7(datetime.now(UTC), os.urandom(10))
