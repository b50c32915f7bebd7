"""From a statement down to the receipt: a partner's movements with the own receipts behind them, page by page.

What others sold is theirs: of their receipts not even the number leaves the database.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby, islice
from typing import Any
from uuid import UUID

from psycopg.rows import namedtuple_row
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.rules.netting import Prices
from partners.settlement import closing, flows, movements, reasons
from partners.settlement.models import SettlementRun
from partners.settlement.reasons import Effect

WINDOW = (
    5_000  # sealed numbers looked through at first; four times as many each time the page is not full yet
)

TRACED = f"""
SELECT m.*, sold.business_day AS sold_on, sold.total_cents AS sold_cents, place.name AS sold_in,
       spent.value_cents AS spent_cents, reward.name AS reward
FROM ({movements.TOUCHED}) m
LEFT JOIN purchase sold ON sold.id = m.origin AND sold.partner_id = %(partner)s
LEFT JOIN shop place ON place.id = sold.shop_id
LEFT JOIN redemption_reversal v ON v.id = m.cause
LEFT JOIN redemption spent ON spent.id = coalesce(v.redemption_id, m.cause) AND spent.partner_id = %(partner)s
LEFT JOIN reward ON reward.id = spent.reward_id
ORDER BY m.sequence, m.origin, m.issuer_id"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One of the partner's own receipts, and in which of its shops it was printed."""

    number: str
    day: date
    cents: int
    shop: str


@dataclass(frozen=True, slots=True)
class Part:
    """The points of one lot: who issued them, the own receipt that earned them, and what that means in money."""

    points: int
    issuer_id: UUID | None
    earned: Receipt | None
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Traced:
    """One movement. `receipt`, `spent_cents` and `reward` tell of the own till, None when it happened elsewhere.

    `points` carry the sign of what happened to the wallet; `exact_ct` is the effect on the account, fees apart.
    """

    sequence: int
    at: datetime
    kind: str
    at_partner: str
    receipt: str | None
    spent_cents: int | None
    reward: str | None
    parts: tuple[Part, ...]

    @property
    def points(self) -> int:
        return sum(part.points for part in self.parts)

    @property
    def exact_ct(self) -> Decimal:
        amounts = (one.exact_ct for part in self.parts for one in part.effects if one.line[0] != "fee")
        return sum(amounts, Decimal(0))


def page(
    session: Session, run: SettlementRun, partner_id: UUID, after: int = 0, size: int = 50
) -> tuple[list[Traced], int | None]:
    """Up to `size` movements of a partner behind the sealed number `after`, and where the next page goes on."""
    prices, prefunded = closing.prices(session), closing.coalition_prefunded(session)
    rows = _rows(session, run, partner_id, after)
    grouped = (
        _traced(list(group), partner_id, prices, prefunded)
        for _, group in groupby(rows, lambda row: row.sequence)
    )
    found = list(islice(grouped, size + 1))
    return found[:size], found[size - 1].sequence if len(found) > size else None


def _rows(session: Session, run: SettlementRun, partner_id: UUID, after: int) -> Iterator[Any]:
    """Lots touched, in the order of the sequence. Read in windows: a page must not cost what a whole run costs."""
    first, window = max(after + 1, run.first_sequence), WINDOW
    while first <= run.last_sequence:
        last = min(first + window - 1, run.last_sequence)
        values = {"first": first, "last": last, "partner": partner_id, "after": after, "limit": movements.ALL}
        with driver(session).cursor(row_factory=namedtuple_row) as cursor:
            yield from cursor.execute(TRACED.encode(), values).fetchall()
        first, window = last + 1, window * 4


def _traced(rows: list[Any], partner_id: UUID, prices: dict[UUID, Prices], prefunded: bool) -> Traced:
    top = rows[0]
    here = top.happened_at == partner_id
    return Traced(
        top.sequence, top.at, top.kind, top.at_partner or "", top.receipt if here else None, top.spent_cents,
        top.reward, tuple(_parts(rows, partner_id, prices, prefunded)),
    )  # fmt: skip


def _parts(
    rows: Iterable[Any], partner_id: UUID, prices: dict[UUID, Prices], prefunded: bool
) -> Iterator[Part]:
    for row in rows:
        flow = (row.flow, row.issuer_id, row.lot_contract_id, row.value_ct, row.partner_id, row.contract_id, None,
                False, row.points)  # fmt: skip
        (priced,) = flows.priced([flow], prices, prefunded)
        yield Part(
            row.points if row.flow == "issue" else -row.points,
            row.issuer_id,
            Receipt(row.sold_receipt, row.sold_on, row.sold_cents, row.sold_in) if row.sold_in else None,
            tuple(reasons.effects(priced, partner_id)),
        )
