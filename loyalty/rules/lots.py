"""Lots: points made by one event, with issuer and dates, spent oldest expiry first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from loyalty.errors import Conflict
from loyalty.rules.terms import ExpiryRule

NEVER = datetime.max.replace(tzinfo=UTC)
NO_TURN = datetime(9999, 1, 1, tzinfo=UTC)  # of a wallet in which nothing will become available or expire
HELD = datetime(9998, 1, 1, tzinfo=UTC)  # available once their issuer has paid: nobody knows when


@dataclass(frozen=True, slots=True)
class Lot:
    """Points of one award. Usable while available_from <= at < expires_at. `issuer` None: the coalition.

    `cause` is the id of the operation that made it (purchase, gift, ...); all times are aware.
    """

    id: UUID
    issuer: UUID | None
    points: int
    remaining: int
    available_from: datetime
    expires_at: datetime
    created_at: datetime
    cause: UUID


@dataclass(frozen=True, slots=True)
class Use:
    """So many points of one lot."""

    lot_id: UUID
    issuer: UUID | None
    points: int


def order(lot: Lot) -> tuple[datetime, datetime, UUID]:
    """Key in which lots are spent: what expires first goes first, then what came first."""
    return lot.expires_at, lot.created_at, lot.id


def available(lots: Iterable[Lot], at: datetime) -> int:
    """Points that can be spent at `at`."""
    return sum(lot.remaining for lot in lots if lot.available_from <= at < lot.expires_at)


def pending(lots: Iterable[Lot], at: datetime) -> int:
    """Points that cannot be spent yet at `at`."""
    return sum(lot.remaining for lot in lots if at < lot.available_from)


def next_turn(lots: Iterable[Lot], at: datetime) -> datetime:
    """The first moment after `at` at which `available` changes by time alone; NEVER if there is none."""
    turn = NEVER
    for lot in lots:
        if lot.remaining:
            moment = lot.available_from if at < lot.available_from else lot.expires_at
            if at < moment < turn:
                turn = moment
    return turn


def turn(lots: Iterable[Lot], at: datetime) -> datetime:
    """When the split of a balance changes next: a pending lot becomes available, a live one expires.

    A lot past its date that nobody booked out keeps this in the past, so that the nightly run finds the wallet.
    """
    turns = (
        lot.available_from if lot.available_from > at else lot.expires_at for lot in lots if lot.remaining
    )
    return min(turns, default=NO_TURN)


def spend(lots: Iterable[Lot], points: int, at: datetime) -> tuple[Use, ...]:
    """Take `points` from the lots usable at `at`, in `order`.

    Raises Conflict `insufficient_points` with `available`.
    """
    usable = sorted((lot for lot in lots if lot.available_from <= at < lot.expires_at), key=order)
    uses, missing = _drain(usable, points)
    if missing:
        raise Conflict("insufficient_points", available=points - missing)
    return uses


def take_back(lots: Sequence[Lot], cause: UUID, points: int, at: datetime) -> tuple[tuple[Use, ...], int]:
    """Take `points` for a return of the purchase `cause`: the uses, and the rest, which becomes debt.

    The purchase's own lots go first, also pending ones and those past their date that were not booked out
    yet; then the other usable lots in `order`.
    """
    own = sorted((lot for lot in lots if lot.cause == cause), key=order)
    others = sorted(
        (lot for lot in lots if lot.cause != cause and lot.available_from <= at < lot.expires_at), key=order
    )
    return _drain(own + others, points)


def restore(uses: Iterable[Use], lots: Iterable[Lot], at: datetime, grace_days: int) -> tuple[Lot, ...]:
    """The lots of `uses` with their points back. One that expired meanwhile lives `grace_days` from `at`.

    Raises Conflict `restore_exceeds_lot` when a lot would hold more than it ever had, or is not among `lots`.
    """
    back: dict[UUID, int] = {}
    for use in uses:
        back[use.lot_id] = back.get(use.lot_id, 0) + use.points
    restored = []
    for lot in lots:
        if points := back.pop(lot.id, 0):
            if lot.remaining + points > lot.points:
                raise Conflict("restore_exceeds_lot", lot=str(lot.id))
            expires = lot.expires_at if at < lot.expires_at else at + timedelta(days=grace_days)
            restored.append(replace(lot, remaining=lot.remaining + points, expires_at=expires))
    if back:
        raise Conflict("restore_exceeds_lot", lot=str(next(iter(back))))
    return tuple(restored)


def expired(lots: Iterable[Lot], at: datetime) -> tuple[Use, ...]:
    """What is left of lots whose date has come by `at`, in `order`: to be booked out."""
    past = sorted((lot for lot in lots if lot.remaining and lot.expires_at <= at), key=order)
    return tuple(Use(lot.id, lot.issuer, lot.remaining) for lot in past)


def expiring(lots: Iterable[Lot], at: datetime) -> tuple[int, datetime] | None:
    """The points that expire next after `at` (all with the same end of day), and when; None if none will."""
    points, moment = 0, NEVER
    for lot in lots:
        if lot.remaining and at < lot.expires_at <= moment:
            points = lot.remaining + (points if lot.expires_at == moment else 0)
            moment = lot.expires_at
    return (points, moment) if points else None


def expires_at(earned_at: datetime, rule: ExpiryRule, months: int, zone: str) -> datetime:
    """When points earned at `earned_at` end (UTC): the end of the local day `months` later in time zone
    `zone`, or of the quarter or year in which that day lies. 31 January plus one month is the last day of
    February.
    """
    return _end_after(earned_at.astimezone(ZoneInfo(zone)).date(), rule, months, zone)


def last_day(moment: datetime, zone: str) -> date:
    """The last local day on which a lot that expires at `moment` can be spent."""
    return (moment - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=1024)
def _end_after(day: date, rule: ExpiryRule, months: int, zone: str) -> datetime:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    if rule == "year":
        following = date(year + 1, 1, 1)
    elif rule == "quarter":
        following = _first_of_month(year, (month - 1) // 3 * 3 + 4)
    else:
        last = _first_of_month(year, month + 1) - timedelta(days=1)
        following = last.replace(day=min(day.day, last.day)) + timedelta(days=1)
    # Where the clock skips midnight, fold 0 names the moment of the jump, which is the day's first; where
    # midnight comes twice, it names the first of both.
    return datetime.combine(following, time(), ZoneInfo(zone)).astimezone(UTC)


def _first_of_month(year: int, month: int) -> date:
    return date(year + 1, month - 12, 1) if month > 12 else date(year, month, 1)


def _drain(lots: Iterable[Lot], points: int) -> tuple[tuple[Use, ...], int]:
    """Uses of `lots` in the given order up to `points`, and what they could not give."""
    uses = []
    for lot in lots:
        if not points:
            break
        if part := min(lot.remaining, points):
            uses.append(Use(lot.id, lot.issuer, part))
            points -= part
    return tuple(uses), points
