"""Purchases: from baskets to booked receipts with their points. One code path for one basket or five hundred."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import Conflict, Invalid, LoyaltyError
from loyalty.points import ledger, purchase_row, replays
from loyalty.points.debts import Debt, open_debts, repay
from loyalty.points.holders import Holder, holders, usable
from loyalty.points.ledger import Account, Journal, NewId
from loyalty.points.operations import Ask, Place
from loyalty.rules import earning, margin
from loyalty.rules.basket import Basket
from loyalty.rules.earning import Award, Earned, State
from loyalty.rules.lots import HELD, Lot, Use, expires_at
from loyalty.rules.rulebook import memory_for
from loyalty.rules.terms import RewardOffer, Terms

AHEAD = timedelta(minutes=5)
BACK = timedelta(days=45)
MOST_POINTS = 2_000_000_000  # what a wallet's columns hold


@dataclass(frozen=True, slots=True)
class Sale:
    """One basket to be booked for the holder of `card` (16 digits)."""

    ask: Ask
    card: str
    basket: Basket


@dataclass(frozen=True, slots=True)
class Purchased:
    """What a basket brought. `available` are the wallet's spendable points afterwards, `next_reward` what is not yet
    within reach."""

    id: UUID
    receipt: str
    card: str
    points: int
    pending: int
    available: int
    awards: tuple[Award, ...]
    next_reward: RewardOffer | None

    @property
    def outcome(self) -> str:
        return "earned" if self.points else "no_points"


Result = Purchased | LoyaltyError | replays.Replay
Render = Callable[[Purchased], str]
Spent = Mapping[UUID, tuple[UUID, int]]  # redemptions at this partner that stand: wallet and value in cents


@dataclass(slots=True)
class Earlier:
    """What stands in the books already and touches these sales: keys, receipts of the day, points spent on them."""

    replays: Mapping[str, replays.Replay]
    receipts: dict[tuple[date, str], UUID]
    spent: Spent


@dataclass(slots=True)
class Desk:
    """What one transaction knows while it books sales one after the other."""

    journal: Journal
    place: Place
    terms: Terms
    holders: dict[str, Holder]
    earlier: Earlier
    debts: dict[UUID, list[Debt]]
    render: Render | None
    history: bool
    booked: dict[str, tuple[bytes, Purchased]]


def record(
    session: Session,
    place: Place,
    sales: Sequence[Sale],
    terms: Terms,
    at: datetime,
    new_id: NewId,
    render: Render | None = None,
    history: bool = False,
    careful: bool = False,
) -> list[Result]:
    """Book baskets of one till; results stand in the same order, a refused basket hurts no other.

    Two statements: read, write. What stands already is not looked for: a doubled key or receipt makes the write raise
    UniqueViolation, a wallet that moved in between SerializationFailure. Run again in a new transaction with `careful`,
    which locks the wallets first and answers keys and receipts that stand as Replay or `receipt_duplicate`.
    `render` writes the answer that is kept with the purchase. `history`: no limit on how old a purchase is.
    """
    found = holders(session, [sale.card for sale in sales], lock=careful)
    earlier = _earlier(session, place, sales, careful)
    ledger.refresh(session, at, {holder.account.id: holder.account for holder in found.values()}.values())
    owing = [holder.account.id for holder in found.values() if holder.account.debt]
    journal = Journal(at, new_id)
    desk = Desk(journal, place, terms, found, earlier, open_debts(session, owing), render, history, {})
    results: dict[int, Result] = {}
    for index in sorted(range(len(sales)), key=lambda number: sales[number].basket.purchased_at):
        try:
            results[index] = _book(desk, sales[index])
        except LoyaltyError as refusal:
            results[index] = refusal
    ledger.post(session, journal)
    return [results[index] for index in range(len(sales))]


def _book(desk: Desk, sale: Sale) -> Result:
    """Value one basket and note its rows in the journal."""
    if (known := _known(desk, sale)) is not None:
        return known
    journal, terms, basket = desk.journal, desk.terms, sale.basket
    local = basket.purchased_at.astimezone(ZoneInfo(desk.place.time_zone))
    _check(desk, basket, local.date())
    holder = usable(desk.holders, sale.card)
    account = holder.account
    items = margin.items(basket.lines, terms)
    paid = paid_cents(desk.earlier.spent, basket, account)
    memory = memory_for(terms.rules, str(terms.partner_id), local, account.progress)
    state = State(holder.standing.factor, holder.has_birthday(local.date()), memory)
    earned = earning.earn(terms.rules, str(terms.partner_id), items, local, paid, state)
    if account.balance + earned.points > MOST_POINTS:
        raise Invalid("points_out_of_range", "total_cents")

    purchase_id = journal.new_id()
    pending = _issue(desk, account, earned, basket.purchased_at, purchase_id)
    if earned.memory:
        account.progress = {**account.progress, **earned.memory}
    purchased = Purchased(
        purchase_id, basket.receipt, sale.card, earned.points, pending, account.available, earned.awards,
        next_reward(terms, account.available),
    )  # fmt: skip
    if account.moved:
        journal.accounts[account.id] = account
    journal.note("purchase", {
        "wallet_id": account.id, "member_id": holder.member_id, "booked_at": journal.at, "paid_cents": paid,
        **purchase_row.place(desk.place, local), **purchase_row.receipt(sale.ask, basket, items),
        **purchase_row.earned(purchase_id, state, local, earned, pending, account.available),
        **purchase_row.value(items, earned, basket.purchased_at, terms),
    })  # fmt: skip
    if desk.render is not None:
        words = purchase_row.words(basket)
        journal.note(
            "slip", replays.slip(desk.place.till_id, sale.ask, desk.render(purchased), journal.at, words)
        )
    desk.earlier.receipts[local.date(), basket.receipt] = purchase_id
    desk.booked[sale.ask.key] = sale.ask.fingerprint, purchased
    return purchased


def _known(desk: Desk, sale: Sale) -> Result | None:
    """What this key brought before, in the books or earlier among the same sales."""
    if (replay := desk.earlier.replays.get(sale.ask.key)) is not None:
        return replay
    if (twin := desk.booked.get(sale.ask.key)) is None:
        return None
    if twin[0] != sale.ask.fingerprint:
        raise Invalid("idempotency_key_reused", "idempotency_key")
    return twin[1]


def _check(desk: Desk, basket: Basket, business_day: date) -> None:
    """Refuse what cannot be booked whoever holds the card."""
    at = desk.journal.at
    if basket.purchased_at > at + AHEAD:
        raise Invalid("purchased_at_future", "purchased_at")
    if not desk.history and basket.purchased_at < at - BACK:
        raise Invalid("purchased_at_too_old", "purchased_at")
    if basket.vouchers:
        raise Invalid("voucher_unknown", "vouchers")
    if (first := desk.earlier.receipts.get((business_day, basket.receipt))) is not None:
        raise Conflict("receipt_duplicate", "receipt", purchase_id=str(first))


def paid_cents(spent: Spent, basket: Basket, account: Account) -> int:
    """What points paid of this receipt. Raises Invalid `redemption_unknown` for anybody else's."""
    cents = 0
    for number in basket.redemptions:
        wallet_id, value_cents = spent.get(UUID(number), (None, 0))
        if wallet_id != account.id:
            raise Invalid("redemption_unknown", "redemptions")
        cents += value_cents
    return cents


def _issue(desk: Desk, account: Account, earned: Earned, purchased_at: datetime, purchase_id: UUID) -> int:
    """Points of the awards into the wallet, one transfer and lot per kind and issuer; older debt is repaid from them.

    Returns how many of them are pending.
    """
    if not earned.points:
        return 0
    journal, terms, programme = desk.journal, desk.terms, desk.terms.programme
    available_from = min(purchased_at, journal.at) + timedelta(days=programme.pending_days)
    ends = expires_at(purchased_at, programme.expiry_rule, programme.expiry_months, programme.time_zone)
    sums: dict[tuple[str, UUID | None], int] = {}
    for award in earned.awards:
        key = award.kind, issuer_id(award, terms.partner_id)
        sums[key] = sums.get(key, 0) + award.points
    lots = []
    for (kind, issuer), points in sums.items():
        contract = terms.contract_of(issuer, purchased_at)
        transfer_id = journal.move(account, kind, "issued", "wallet", points, purchase_id, issuer)
        price = contract.point_value_ct if contract else programme.point_value_ct
        starts = HELD if terms.held and issuer == terms.partner_id else available_from
        lots.append(journal.grant(
            account, transfer_id, points, issuer, contract.id if contract else None, price, starts, ends, purchase_id
        ))  # fmt: skip
    if account.debt:
        _repay(desk, account, lots, purchase_id)
    return sum(lot.points for lot in lots if lot.available_from > journal.at)


def issuer_id(award: Award, partner_id: UUID) -> UUID | None:
    """Whose account an award's points come from; None: the coalition's."""
    if award.funder == "partner":
        return partner_id
    return None if award.funder == "coalition" else UUID(award.funder)


def _repay(desk: Desk, account: Account, lots: Sequence[Lot], purchase_id: UUID) -> None:
    """New points go to what the wallet owes first, oldest debt first, in one transfer for each of them."""
    left = [[lot, lot.points] for lot in lots]
    repaid, desk.debts[account.id] = repay(desk.debts[account.id], sum(lot.points for lot in lots))
    for debt in repaid:
        transfer_id = desk.journal.move(
            account, "debt_repaid", "wallet", "debt", debt.points, purchase_id, debt.issuer_id,
            contract_id=debt.contract_id,
        )  # fmt: skip
        desk.journal.consume_new(account, transfer_id, _draw(left, debt.points))


def _draw(left: list[list[Any]], points: int) -> list[Use]:
    """Uses of `points` out of lots with so many points left, which they have less of afterwards."""
    uses = []
    for entry in left:
        if part := min(entry[1], points):
            uses.append(Use(entry[0].id, entry[0].issuer, part))
            entry[1] -= part
            points -= part
    return uses


def next_reward(terms: Terms, available: int) -> RewardOffer | None:
    """The cheapest reward that `available` points do not reach yet."""
    return min(
        (offer for offer in terms.rewards if offer.points > available), key=lambda o: o.points, default=None
    )


def _earlier(session: Session, place: Place, sales: Sequence[Sale], careful: bool) -> Earlier:
    paid = spent(session, place, [number for sale in sales for number in sale.basket.redemptions])
    if not careful:
        return Earlier({}, {}, paid)
    receipts = driver(session).execute(
        """SELECT business_day, receipt, id FROM purchase
           WHERE till_id = %s AND business_day = ANY(%s) AND receipt = ANY(%s)""",
        [place.till_id, _days(place, sales), [sale.basket.receipt for sale in sales]],
    )
    known = replays.find_many(session, place.till_id, [sale.ask.key for sale in sales])
    return Earlier(known, {(day, receipt): number for day, receipt, number in receipts}, paid)


def _days(place: Place, sales: Sequence[Sale]) -> list[date]:
    zone = ZoneInfo(place.time_zone)
    return sorted({sale.basket.purchased_at.astimezone(zone).date() for sale in sales})


def spent(session: Session, place: Place, redemptions: Sequence[str]) -> Spent:
    """Wallet and value in cents of redemptions at this partner that stand."""
    if not redemptions:
        return {}
    rows = driver(session).execute(
        """SELECT r.id, r.wallet_id, r.value_cents FROM redemption r
           LEFT JOIN redemption_reversal v ON v.wallet_id = r.wallet_id AND v.redemption_id = r.id
           WHERE r.id = ANY(%s) AND r.partner_id = %s AND v.id IS NULL""",
        [[UUID(number) for number in redemptions], place.partner_id],
    )
    return {row[0]: (row[1], row[2]) for row in rows}
