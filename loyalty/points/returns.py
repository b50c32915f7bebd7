"""Returns: goods come back, and what they earned goes back to who gave it. What is spent already becomes debt."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.errors import Missing
from loyalty.points import ledger, replays
from loyalty.points.ledger import Account, Journal, NewId
from loyalty.points.open_lots import after, open_lots
from loyalty.points.operations import Ask, Place
from loyalty.points.purchases import issuer_id
from loyalty.rules import lots as lot_rules
from loyalty.rules import returns as return_rules
from loyalty.rules.basket import Item, item_from_data
from loyalty.rules.earning import Award, State, merge_memory
from loyalty.rules.lots import Use
from loyalty.rules.margin import contribution
from loyalty.rules.money import half_up
from loyalty.rules.rulebook import rule_from_data
from loyalty.rules.terms import Rule, Terms


@dataclass(frozen=True, slots=True)
class Returned:
    """What a return did. `taken_back` of the points awarded, of which `debt` were spent already."""

    id: UUID
    purchase_id: UUID
    taken_back: int
    debt: int
    available: int


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase as the books keep it, with what of it has come back: line index -> pieces."""

    id: UUID
    wallet_id: UUID
    member_id: UUID
    partner_id: UUID
    purchased_at: datetime
    local: datetime
    items: tuple[Item, ...]
    paid_cents: int
    state: State
    after: Mapping[str, Any]
    awards: tuple[Award, ...]
    rules: tuple[Rule, ...]
    contract_id: UUID
    came_back: Mapping[int, int]


Render = Callable[[Returned], str]


def record(
    session: Session,
    place: Place,
    ask: Ask,
    purchase_id: UUID,
    pieces: Mapping[int, int] | None,
    receipt: str | None,
    returned_at: datetime,
    terms: Terms,
    at: datetime,
    new_id: NewId,
    render: Render | None = None,
) -> Returned:
    """Take back `pieces` (line index -> quantity; None: all that is left) of a purchase of this partner.

    `terms` are the partner's. Raises Missing `purchase_unknown`, Invalid `return_exceeds_purchase`.
    """
    account = _lock(session, place, purchase_id)
    bought = load(session, purchase_id)
    now = return_rules.everything_left(bought.items, bought.came_back) if pieces is None else pieces
    verdict = return_rules.taken_back(
        bought.rules, str(bought.partner_id), bought.items, bought.local, bought.paid_cents, bought.state,
        bought.awards, bought.came_back, now,
    )  # fmt: skip
    journal = Journal(at, new_id)
    return_id = new_id()
    debt = _take_back(session, journal, account, bought, verdict.points_by_award, return_id)
    account.progress = merge_memory(account.progress, verdict.memory_old, verdict.memory_new)
    returned = Returned(return_id, purchase_id, verdict.points, debt, account.available)
    journal.accounts[account.id] = account
    journal.note("purchase_return", {
        "wallet_id": account.id, "id": return_id, "purchase_id": purchase_id, "partner_id": place.partner_id,
        "till_id": place.till_id, "key": ask.key, "fingerprint": replays.hex_bytes(ask.fingerprint),
        "receipt": receipt, "returned_at": returned_at, "booked_at": at,
        "lines": [{"line": line, "quantity": quantity} for line, quantity in sorted(now.items())],
        "awards": [{"rule": award.rule, "version": award.version, "name": award.name, "kind": award.kind,
                    "funder": award.funder, "points": points} for award, points in verdict.points_by_award],
        "points": verdict.points, "debt": debt, "available": account.available,
        "margin_cents": _margin_cents(bought, now, verdict.points_by_award, terms),
    })  # fmt: skip
    if render is not None:
        journal.note("slip", replays.slip(place.till_id, ask, render(returned), at))
    ledger.post(session, journal)
    return returned


def _lock(session: Session, place: Place, purchase_id: UUID) -> Account:
    row = driver(session).execute(
        "SELECT wallet_id FROM purchase WHERE id = %s AND partner_id = %s", [purchase_id, place.partner_id]
    ).fetchone()  # fmt: skip
    if row is None:
        raise Missing("purchase_unknown", "purchase_id")
    wallet_id = ledger.final_wallet(session, row[0])
    return ledger.lock(session, [wallet_id])[wallet_id]


def load(session: Session, purchase_id: UUID) -> Bought:
    """The purchase as booked. Call it under the wallet's lock, or for reading only."""
    cursor = driver(session).cursor(row_factory=dict_row)
    row = cursor.execute(
        """SELECT p.id, p.wallet_id, p.member_id, p.partner_id, p.purchased_at, p.lines, p.paid_cents, p.state,
                  p.awards, p.contract_id, b.content AS rules,
                  coalesce((SELECT jsonb_agg(r.lines) FROM purchase_return r WHERE r.purchase_id = p.id), '[]') AS back
           FROM purchase p JOIN rulebook b ON b.id = p.rulebook_id WHERE p.id = %s""",
        [purchase_id],
    ).fetchone()
    assert row is not None
    return bought_from(row, tuple(rule_from_data(data) for data in row["rules"]))


def bought_from(row: Mapping[str, Any], rules: tuple[Rule, ...]) -> Bought:
    """A purchase from its row (with `back`: the lines of each of its returns) and the rules it was valued by."""
    state = row["state"]
    came_back: dict[int, int] = {}
    for lines in row["back"]:
        for line in lines:
            came_back[line["line"]] = came_back.get(line["line"], 0) + line["quantity"]
    return Bought(
        row["id"], row["wallet_id"], row["member_id"], row["partner_id"], row["purchased_at"],
        datetime.fromisoformat(state["local"]), tuple(map(item_from_data, row["lines"])), row["paid_cents"],
        State(Fraction(state["factor"]), state["birthday"], state.get("memory", {})), state.get("after", {}),
        tuple(Award(**award) for award in row["awards"]), rules, row["contract_id"], came_back,
    )  # fmt: skip


def _take_back(
    session: Session,
    journal: Journal,
    account: Account,
    bought: Bought,
    points_by_award: tuple[tuple[Award, int], ...],
    return_id: UUID,
) -> int:
    """Book the points out to each issuer: first from this purchase's lots of that issuer, then as they come.

    Returns the debt that is left.
    """
    sums: dict[UUID | None, int] = {}
    for award, points in points_by_award:
        issuer = issuer_id(award, bought.partner_id)
        sums[issuer] = sums.get(issuer, 0) + points
    lots = open_lots(session, [account.id])[account.id]
    contracts = _contracts(session, bought)
    total_debt = 0
    for issuer, points in sums.items():
        own = [lot for lot in lots if lot.cause != bought.id or lot.issuer == issuer]
        uses, debt = lot_rules.take_back(own, bought.id, points, journal.at)
        contract_id = contracts.get(issuer)
        if uses:
            lots = _transfer(journal, account, issuer, contract_id, uses, lots, return_id)
        if debt:
            journal.move(account, "debt", "debt", "issued", debt, return_id, issuer, contract_id=contract_id)
        total_debt += debt
    journal.settle(account, lots)
    return total_debt


def _contracts(session: Session, bought: Bought) -> dict[UUID | None, UUID | None]:
    """The version each issuer gave this purchase's points under: the price at which it is credited."""
    rows = driver(session).execute(
        "SELECT DISTINCT issuer_id, contract_id FROM lot WHERE wallet_id = %s AND cause = %s",
        [bought.wallet_id, bought.id],
    )
    return dict(rows.fetchall())


def _transfer(
    journal: Journal,
    account: Account,
    issuer: UUID | None,
    contract_id: UUID | None,
    uses: tuple[Use, ...],
    lots: list[lot_rules.Lot],
    return_id: UUID,
) -> list[lot_rules.Lot]:
    """Book `uses` back to their issuer; the lots as they are afterwards."""
    points = sum(use.points for use in uses)
    transfer_id = journal.move(
        account, "return", "wallet", "issued", points, return_id, issuer, contract_id=contract_id
    )
    journal.consume(account, transfer_id, uses)
    return after(lots, uses)


def _margin_cents(
    bought: Bought, now: Mapping[int, int], taken: tuple[tuple[Award, int], ...], terms: Terms
) -> int:
    """What the return takes from the purchase's margin: goods' margin lost, points' cost saved. Mostly below zero."""
    own = sum(points for award, points in taken if award.funder == "partner")
    together = {line: bought.came_back.get(line, 0) + now.get(line, 0) for line in {*bought.came_back, *now}}
    lost = _goods_margin_ct(bought.items, bought.came_back) - _goods_margin_ct(bought.items, together)
    contract = terms.contract(bought.contract_id)  # what the points had cost, not what they would cost now
    return half_up(Fraction(own * (contract.point_value_ct + contract.service_fee_ct) - lost))


def _goods_margin_ct(items: tuple[Item, ...], came_back: Mapping[int, int]) -> Decimal:
    """Net price less cost of what is left, exact."""
    return contribution(return_rules.remaining(items, came_back), Decimal(0), 0, 0).margin_ct
