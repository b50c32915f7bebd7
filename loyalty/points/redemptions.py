"""Redemptions: points spent at a till, for a reward or as money off, and undone by giving the very lots back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.purchases import Reward
from loyalty.points import ledger, replays, rewards
from loyalty.points.holders import holders, usable
from loyalty.points.ledger import Account, Journal, NewId
from loyalty.points.open_lots import after, open_lots
from loyalty.points.operations import Ask, Place
from loyalty.rules import lots as lot_rules
from loyalty.rules.lots import Lot, Use
from loyalty.rules.money import value_cents

KEPT_STEPS = 4  # rotating codes are good for three windows; older ones need not be remembered
Vat = tuple[tuple[int, int], ...]  # (rate in basis points, cents of the value)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """Points that were spent, what they were worth, and what is left."""

    id: UUID
    points: int
    value_cents: int
    available: int
    reward: Reward | None


@dataclass(frozen=True, slots=True)
class Reversed:
    """A redemption undone: its points are back in their lots."""

    id: UUID
    redemption_id: UUID
    points: int
    available: int


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be redeemed: a reward, or so many points as money off (`vat`: of which rates, None: not said)."""

    reward_id: UUID | None = None
    points: int | None = None
    receipt: str | None = None
    vat: Vat | None = None


def redeem(
    session: Session,
    place: Place,
    ask: Ask,
    card: str,
    step: int | None,
    wish: Wish,
    default_vat_bp: int,
    point_value_ct: Decimal,
    contract_id: UUID,
    at: datetime,
    new_id: NewId,
    render: Callable[[Redeemed], str] | None = None,
) -> Redeemed:
    """Spend points of the card's wallet; the shop is paid for them by `contract_id`. `step`: the window of the
    rotating code shown, which this consumes; None when the member's PIN was checked instead.

    Raises Missing `card_unknown`, `reward_unknown`; Conflict `card_blocked`, `code_already_used`,
    `insufficient_points` (available), `reward_sold_out`; Invalid `vat_mismatch`.
    """
    holder = usable(holders(session, [card]), card)
    account = holder.account
    if step is not None:
        _consume_step(session, card, step)
    reward = rewards.take(session, wish.reward_id, place.partner_id, at) if wish.reward_id else None
    points, cents = (reward.points, reward.value_cents) if reward else _money_off(wish, point_value_ct)
    vat, estimated = _vat(wish, reward, cents, default_vat_bp)

    lots = open_lots(session, [account.id])[account.id]
    uses = lot_rules.spend(lots, points, at)
    journal = Journal(at, new_id)
    redemption_id = new_id()
    transfer_id = journal.move(
        account, "redeem", "wallet", "redeemed", points, redemption_id, place.partner_id, contract_id=contract_id,
    )  # fmt: skip
    journal.consume(account, transfer_id, uses)
    journal.settle(account, after(lots, uses))
    redeemed = Redeemed(redemption_id, points, cents, account.available, reward)
    journal.note("redemption", {
        "wallet_id": account.id, "id": redemption_id, "member_id": holder.member_id, "partner_id": place.partner_id,
        "till_id": place.till_id, "key": ask.key, "fingerprint": replays.hex_bytes(ask.fingerprint),
        "receipt": wish.receipt, "reward_id": wish.reward_id, "points": points, "value_cents": cents,
        "vat": [{"vat_bp": rate, "cents": part} for rate, part in vat], "vat_estimated": estimated,
        "available": account.available, "redeemed_at": at,
    })  # fmt: skip
    if render is not None:
        journal.note("slip", replays.slip(place.till_id, ask, render(redeemed), at))
    ledger.post(session, journal)
    return redeemed


def _consume_step(session: Session, card: str, step: int) -> None:
    """Remember that the code of this window was spent. Under the wallet's lock, so two at once cannot both pass."""
    consumed = (
        driver(session)
        .execute(
            """UPDATE card SET used_steps = array_append(
               ARRAY(SELECT used FROM unnest(used_steps) AS used WHERE used > %(oldest)s), %(step)s)
           WHERE number = %(card)s AND NOT used_steps @> ARRAY[%(step)s]::bigint[] RETURNING 1""",
            {"card": card, "step": step, "oldest": step - KEPT_STEPS},
        )
        .fetchone()
    )
    if consumed is None:
        raise Conflict("code_already_used", "card")


def _money_off(wish: Wish, point_value_ct: Decimal) -> tuple[int, int]:
    if wish.points is None:
        raise Invalid("reward_or_points", "points")
    return wish.points, value_cents(wish.points, point_value_ct)


def _vat(wish: Wish, reward: Reward | None, cents: int, default_vat_bp: int) -> tuple[Vat, bool]:
    """Cents of the value by rate, and whether that is only estimated."""
    if reward is not None:
        return ((reward.vat_bp, cents),), False
    if wish.vat is None:
        return ((default_vat_bp, cents),), True
    if sum(part for _, part in wish.vat) != cents:
        raise Invalid("vat_mismatch", "vat", value_cents=cents)
    return wish.vat, False


def reverse(
    session: Session,
    place: Place,
    ask: Ask,
    redemption_id: UUID,
    grace_days: int,
    at: datetime,
    new_id: NewId,
    render: Callable[[Reversed], str] | None = None,
) -> Reversed:
    """Undo a redemption of this partner: the same lots get their points back, the reward its piece.

    A lot that expired meanwhile lives for `grace_days`. Raises Missing `redemption_unknown`, Conflict
    `redemption_reversed`.
    """
    row = driver(session).execute(
        "SELECT wallet_id, points, reward_id FROM redemption WHERE id = %s AND partner_id = %s",
        [redemption_id, place.partner_id],
    ).fetchone()  # fmt: skip
    if row is None:
        raise Missing("redemption_unknown", "redemption_id")
    home, points, reward_id = row
    wallet_id = ledger.final_wallet(session, home)
    account = ledger.lock(session, [wallet_id])[wallet_id]
    _refuse_second(session, redemption_id)
    if reward_id is not None:
        rewards.put_back(session, reward_id)

    journal = Journal(at, new_id)
    reversal_id = new_id()
    drawn, contract_id = _drawn(session, home, redemption_id)
    back = Back(reversal_id, place.partner_id, contract_id, grace_days)
    if wallet_id == home:
        _restore(session, journal, account, drawn, back)
    else:
        _grant_anew(session, journal, account, drawn, back)
    undone = Reversed(reversal_id, redemption_id, points, account.available)
    journal.note("redemption_reversal", {
        "wallet_id": account.id, "id": reversal_id, "redemption_id": redemption_id, "partner_id": place.partner_id,
        "till_id": place.till_id, "key": ask.key, "fingerprint": replays.hex_bytes(ask.fingerprint),
        "points": points, "available": account.available, "reversed_at": at,
    })  # fmt: skip
    if render is not None:
        journal.note("slip", replays.slip(place.till_id, ask, render(undone), at))
    ledger.post(session, journal)
    return undone


def _refuse_second(session: Session, redemption_id: UUID) -> None:
    found = driver(session).execute(
        "SELECT 1 FROM redemption_reversal WHERE redemption_id = %s", [redemption_id]
    ).fetchone()  # fmt: skip
    if found:
        raise Conflict("redemption_reversed", "redemption_id")


Drawn = list[
    tuple[Lot, int, UUID | None, Decimal]
]  # a lot as it is now, points drawn, its contract and price


@dataclass(frozen=True, slots=True)
class Back:
    """What a reversal is: its id, whose credit it takes back and at which price, days of grace for expired lots."""

    id: UUID
    partner_id: UUID
    contract_id: UUID | None
    grace_days: int


def _drawn(session: Session, wallet_id: UUID, redemption_id: UUID) -> tuple[Drawn, UUID | None]:
    """Which lots the redemption drew on, and how much; and the version the shop was paid by."""
    rows = (
        driver(session)
        .execute(
            """SELECT l.id, l.issuer_id, l.points, l.remaining, l.available_from, l.expires_at, l.created_at, l.cause,
                  u.points, l.contract_id, l.point_value_ct, t.contract_id
           FROM transfer t
           JOIN lot_use u ON u.wallet_id = t.wallet_id AND u.transfer_id = t.id
           JOIN lot l ON l.wallet_id = u.wallet_id AND l.id = u.lot_id
           WHERE t.wallet_id = %s AND t.cause = %s AND t.kind = 'redeem' ORDER BY l.expires_at, l.created_at, l.id""",
            [wallet_id, redemption_id],
        )
        .fetchall()
    )
    return [(Lot(*row[:8]), *row[8:11]) for row in rows], rows[0][11]


def _restore(
    session: Session,
    journal: Journal,
    account: Account,
    drawn: Drawn,
    back: Back,
) -> None:
    """The very lots get their points back; one that expired meanwhile gets its days of grace."""
    uses = [Use(lot.id, lot.issuer, points) for lot, points, _, _ in drawn]
    restored = lot_rules.restore(uses, [lot for lot, *_ in drawn], journal.at, back.grace_days)
    transfer_id = _give_back(journal, account, sum(use.points for use in uses), back)
    journal.consume(account, transfer_id, [Use(use.lot_id, use.issuer, -use.points) for use in uses])
    for lot in restored:
        journal.note("lot_change", {
            "wallet_id": account.id, "id": lot.id, "points": 0, "expires_at": lot.expires_at,
        })  # fmt: skip
    others = [
        lot for lot in open_lots(session, [account.id])[account.id] if lot.id not in {r.id for r in restored}
    ]
    journal.settle(account, [*others, *restored])


def _grant_anew(
    session: Session,
    journal: Journal,
    account: Account,
    drawn: Drawn,
    back: Back,
) -> None:
    """The wallet was merged into another since: its lots are closed, so their like is granted there."""
    ledger.refresh(session, journal.at, [account])
    for lot, points, contract_id, point_value_ct in drawn:
        transfer_id = _give_back(journal, account, points, back)
        ends = lot.expires_at if lot.expires_at > journal.at else journal.at + timedelta(days=back.grace_days)
        journal.grant(
            account, transfer_id, points, lot.issuer, contract_id, point_value_ct, lot.available_from, ends, lot.cause
        )  # fmt: skip


def _give_back(journal: Journal, account: Account, points: int, back: Back) -> UUID:
    return journal.move(
        account, "redemption_reversal", "redeemed", "wallet", points, back.id, back.partner_id,
        contract_id=back.contract_id,
    )  # fmt: skip
