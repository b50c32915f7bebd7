"""The rates of a line and the contribution margin of a purchase: exact to the last line, never shown to
members."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from loyalty.rules.basket import Item, Line
from loyalty.rules.money import quotient
from loyalty.rules.terms import CategoryTerms, ProductTerms, Terms

NO_PRODUCT, NO_CATEGORY = ProductTerms(), CategoryTerms()
ALL = 10_000  # basis points
MICRO = 1_000_000  # millionths of a cent in a cent


@dataclass(frozen=True, slots=True)
class Contribution:
    """The margin of one purchase and its parts. `margin_ct` is exact to a millionth of a cent: sums over
    purchases add that up and round once, for fifty roundings of `margin_cents` would miss it by a lunch."""

    net_cents: int
    cost_cents: int
    points_ct: Decimal
    perks_cents: int
    cost_to_serve_cents: int
    margin_cents: int
    margin_ct: Decimal
    estimated: bool
    trace: str


def resolve(line: Line, terms: Terms) -> Item:
    """The line with its rates: its own, else its product's, category's, partner's, the coalition's.

    A margin rate is a share of the net price paid. A discount line lowers the price, never the cost; gift
    cards and deposits earn nothing and cost what they sell for.
    """
    product = terms.products.get(line.sku, NO_PRODUCT) if line.sku else NO_PRODUCT
    category = line.category or product.category
    rates = terms.categories.get(category, NO_CATEGORY) if category else NO_CATEGORY
    programme = terms.programme
    vat_bp = _first(line.vat_bp, product.vat_bp, rates.vat_bp, terms.vat_bp, programme.vat_bp)
    earns = rates.earns if product.earns is None else product.earns
    cost_cents, margin_bp, estimated = line.cost_cents or 0, None, False
    if line.kind in ("gift_card", "deposit"):
        earns, margin_bp = False, 0
    elif line.cost_cents is None and line.kind != "discount":
        margin_bp = _first(product.margin_bp, rates.margin_bp, terms.margin_bp, programme.margin_bp)
        estimated = True
    if margin_bp is not None:
        cost_cents = quotient(line.gross_cents * (ALL - margin_bp), ALL + vat_bp)
    return Item(
        line.gross_cents, line.quantity, line.kind, line.sku, category, line.discount_cents,
        vat_bp, cost_cents, estimated, earns, margin_bp,
    )  # fmt: skip


def _first(*rates: int | None) -> int:
    for rate in rates:
        if rate is not None:
            return rate
    raise AssertionError("the last rate is the coalition's, which is never absent")


def items(lines: Iterable[Line], terms: Terms) -> tuple[Item, ...]:
    """All lines with their rates found."""
    return tuple(resolve(line, terms) for line in lines)


def contribution(
    items: Sequence[Item], points_cost_ct: Decimal | Fraction, perks_cents: int, cost_to_serve_cents: int
) -> Contribution:
    """Net price less cost of goods, points, perks and cost to serve. `points_cost_ct` is what this
    partner pays for the points it funds: points × (v + s)."""
    numerator, denominator = points_cost_ct.as_integer_ratio()
    points = quotient(numerator * MICRO, denominator)
    net, cost = _net_and_cost(items)
    margin = net - cost - points - (perks_cents + cost_to_serve_cents) * MICRO
    estimated = any(item.estimated for item in items)
    trace = (
        f"net {_ct(net)} − cost {_ct(cost)}{' (estimated)' if estimated else ''} − points {_ct(points)}"
        f" − perks {perks_cents} − serving {cost_to_serve_cents} = {_ct(margin)} ct"
    )
    return Contribution(
        quotient(net, MICRO), quotient(cost, MICRO), Decimal(points).scaleb(-6), perks_cents,
        cost_to_serve_cents, quotient(margin, MICRO), Decimal(margin).scaleb(-6), estimated, trace,
    )  # fmt: skip


def _net_and_cost(items: Sequence[Item]) -> tuple[int, int]:
    """Millionths of a cent, divided once per VAT rate: a fraction for each line would be the slowest part."""
    gross: dict[int, int] = {}
    by_rate: dict[int, int] = {}
    known = 0
    for item in items:
        vat_bp = item.vat_bp
        gross[vat_bp] = gross.get(vat_bp, 0) + item.gross_cents
        if item.margin_bp is None:
            known += item.cost_cents
        else:
            by_rate[vat_bp] = by_rate.get(vat_bp, 0) + item.gross_cents * (ALL - item.margin_bp)
    net = sum(quotient(cents * ALL * MICRO, ALL + vat_bp) for vat_bp, cents in gross.items())
    cost = sum(quotient(share * MICRO, ALL + vat_bp) for vat_bp, share in by_rate.items())
    return net, cost + known * MICRO


def _ct(micro: int) -> Decimal:
    return Decimal(quotient(micro, MICRO // 100)).scaleb(-2)
