"""Receipts of a file into the books, through the same `purchases.record` as any till's. It never commits."""

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.errors import LoyaltyError
from loyalty.points import purchases, replays
from loyalty.points.operations import Ask, Place
from loyalty.points.purchases import Purchased, Sale
from loyalty.points.replays import Replay
from loyalty.rules.basket import Basket, Line
from loyalty.rules.terms import Terms
from partners.importing import households, places
from partners.importing.staging import Receipt

AT_ONCE = 500  # receipts of one `record`
CHANGED = "receipt: stands in the books with other content"
ERASED = "household: its member has been erased"


class Bought(Protocol):
    """Something a household bought at a shop."""

    @property
    def shop(self) -> str: ...
    @property
    def household(self) -> Hashable: ...


B = TypeVar("B", bound=Bought)


def turns(receipts: Sequence[B]) -> Iterator[tuple[str, list[B]]]:
    """Receipts, given in order of time, as few (shop, receipts), so that each household's stay in order.

    Rules that remember (a combo, a stamp) must see a member's purchases as they happened, also between shops.
    """
    waiting = list(receipts)
    while waiting:
        # The first receipt of all is always free, so there is always a turn.
        shops = {name for name, _ in Counter(receipt.shop for receipt in waiting).most_common(5)}
        candidates = sorted(shops | {waiting[0].shop})
        shop, chosen = max(
            ((name, _first(waiting, name)) for name in candidates), key=lambda turn: len(turn[1])
        )
        yield shop, chosen
        taken = {id(receipt) for receipt in chosen}
        waiting = [receipt for receipt in waiting if id(receipt) not in taken]


def _first(waiting: Sequence[B], shop: str) -> list[B]:
    """The shop's receipts before which their households have none elsewhere."""
    elsewhere: set[Hashable] = set()
    chosen = []
    for receipt in waiting:
        if receipt.shop != shop:
            elsewhere.add(receipt.household)
        elif receipt.household not in elsewhere and len(chosen) < AT_ONCE:
            chosen.append(receipt)
        else:
            elsewhere.add(receipt.household)
    return chosen


def book(
    session: Session,
    place: Place,
    receipts: Sequence[Receipt],
    terms: Terms,
    at: datetime,
    new_id: Callable[[], UUID],
    entropy: Callable[[int], bytes],
) -> list[bool | str]:
    """Book receipts of one place, in order; True: added, False: stood there already, or the reason it was refused.

    Households seen for the first time become members.
    """
    bought: dict[str, datetime] = {}
    for receipt in receipts:
        bought.setdefault(receipt.household, receipt.at)
    known = households.cards(session, list(bought))
    if missing := {household: moment for household, moment in bought.items() if household not in known}:
        households.join(session, missing, new_id, entropy)
        known |= households.cards(session, list(missing))
    return _recorded(session, place, receipts, known, terms, at, new_id)


def _recorded(
    session: Session,
    place: Place,
    receipts: Sequence[Receipt],
    cards: Mapping[str, str | None],
    terms: Terms,
    at: datetime,
    new_id: Callable[[], UUID],
) -> list[bool | str]:
    results: list[bool | str] = [ERASED] * len(receipts)
    living = [number for number, receipt in enumerate(receipts) if cards[receipt.household]]
    sales = [sale(receipts[number], str(cards[receipts[number].household])) for number in living]
    done = (
        purchases.record(session, place, sales, terms, at, new_id, history=True, careful=True)
        if sales
        else []
    )
    for number, asked, result in zip(living, sales, done, strict=True):
        results[number] = _outcome(asked, result)
    return results


def rehearse(session: Session, shop: str, receipts: Sequence[Receipt]) -> list[bool | str]:
    """What `book` would answer, as far as the books can tell without writing."""
    till_id = places.import_till(session, shop)
    known = replays.find_many(session, till_id, [key(receipt) for receipt in receipts]) if till_id else {}
    cards = households.cards(session, [receipt.household for receipt in receipts])
    results: list[bool | str] = []
    for receipt in receipts:
        asked = sale(receipt, "")
        if (replay := known.get(asked.ask.key)) is not None:
            results.append(_outcome(asked, replay))
        else:
            results.append(ERASED if cards.get(receipt.household, "") is None else True)
    return results


def _outcome(asked: Sale, result: Purchased | LoyaltyError | Replay) -> bool | str:
    if isinstance(result, LoyaltyError):
        return f"{result.field or 'receipt'}: {result.code}"
    if isinstance(result, Replay):
        return False if result.fingerprint == asked.ask.fingerprint else CHANGED
    return True


def key(receipt: Receipt) -> str:
    """Under which key the import till has booked this receipt, in whatever file it comes again."""
    return "import-" + sha256(f"{receipt.day}\0{receipt.number}".encode()).hexdigest()[:40]


def sale(receipt: Receipt, card: str) -> Sale:
    """The receipt as a till would have sent it. The fingerprint is that of its content in the file."""
    lines = tuple(
        Line(gross_cents, quantity, sku=sku, category=category, discount_cents=discount_cents)
        for sku, category, quantity, gross_cents, discount_cents in receipt.lines
    )
    total_cents = sum(line.gross_cents for line in lines)
    content = json.dumps([receipt.household, receipt.at.astimezone(UTC).isoformat(), receipt.lines])
    return Sale(
        Ask(key(receipt), sha256(content.encode()).digest()),
        card,
        Basket(receipt.number, receipt.at, lines, total_cents, channel="import"),
    )
