"""A booked purchase as the books keep it: each function gives some columns of its row. Ids, codes and amounts only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from loyalty.points.operations import Ask, Place
from loyalty.points.replays import hex_bytes
from loyalty.rules import margin
from loyalty.rules.basket import Basket, Item, item_to_data
from loyalty.rules.earning import Earned, State
from loyalty.rules.terms import Terms

Row = dict[str, Any]


def place(where: Place, local: datetime) -> Row:
    """Where it happened, and on which business day of the shop."""
    return {
        "partner_id": where.partner_id, "shop_id": where.shop_id, "till_id": where.till_id,
        "business_day": local.date(),
    }  # fmt: skip


def receipt(ask: Ask, basket: Basket, items: Sequence[Item]) -> Row:
    """What the till said, without its words."""
    return {
        "key": ask.key, "fingerprint": hex_bytes(ask.fingerprint), "receipt": basket.receipt,
        "purchased_at": basket.purchased_at, "channel": basket.channel, "staff": basket.staff,
        "total_cents": basket.total_cents, "redemptions": basket.redemptions,
        "lines": [item_to_data(item) for item in items],
    }  # fmt: skip


def earned(
    purchase_id: UUID, state: State, local: datetime, result: Earned, pending: int, available: int
) -> Row:
    """What it earned, and what earning looked at, so that it can be computed again without any profile."""
    seen: Row = {"local": local.isoformat(), "factor": str(state.tier_factor), "birthday": state.birthday}
    if state.memory:
        seen["memory"] = state.memory
    if result.memory:
        seen["after"] = result.memory
    return {
        "id": purchase_id, "state": seen, "awards": result.awards, "points": result.points, "pending": pending,
        "available": available,
    }  # fmt: skip


def value(items: Sequence[Item], result: Earned, purchased_at: datetime, terms: Terms) -> Row:
    """Its contribution margin, with the parts it was made of."""
    contract = terms.contract_at(purchased_at)
    own_points = sum(award.points for award in result.awards if award.funder == "partner")
    serve = terms.cost_to_serve_cents
    worth = margin.contribution(
        items, own_points * (contract.point_value_ct + contract.service_fee_ct), 0,
        terms.programme.cost_to_serve_cents if serve is None else serve,
    )  # fmt: skip
    return {
        "rulebook_id": terms.rulebook_id, "contract_id": contract.id, "margin_cents": worth.margin_cents,
        "margin": {
            "net_cents": worth.net_cents, "cost_cents": worth.cost_cents, "points_ct": str(worth.points_ct),
            "serve_cents": worth.cost_to_serve_cents, "ct": str(worth.margin_ct), "estimated": worth.estimated,
        },
    }  # fmt: skip


def words(basket: Basket) -> list[list[str | None]] | None:
    """Name and measure of each line, if the till sent any: words, so they stay out of the books."""
    said = [[line.name, line.measure] for line in basket.lines]
    return said if any(name or measure for name, measure in said) else None
