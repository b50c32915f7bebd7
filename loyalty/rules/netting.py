"""Netting: what every partner gets or owes after a period, exact to the last line, and nothing left over.

Facts come as flows of points with the prices of the contract versions behind them; each flow moves money between
accounts and sums to zero. Only whole accounts are rounded, once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import Literal
from uuid import UUID

from loyalty.rules.money import apportion, half_up

Funding = Literal["prefunded", "at_redemption"]
Breakage = Literal["mutual", "operator", "rewards"]
Kind = Literal["issue", "redeem", "take_back", "expire", "adjust"]
FUNDINGS: tuple[Funding, ...] = ("prefunded", "at_redemption")
BREAKAGES: tuple[Breakage, ...] = ("mutual", "operator", "rewards")

# The lines of a partner's account, and the operator's figures; both in the order they are shown.
LINES = ("funded", "owed", "reimbursed", "returned", "breakage", "correction")
FIGURES = ("pool", "breakage", "rewards", "spread", "correction", "programme")
FEES = ("fee_net", "fee_vat")

NOTHING = 0, Fraction()
Account = UUID | str  # a partner's id, or one of FIGURES


@dataclass(frozen=True, slots=True)
class Prices:
    """What one contract version says of money: ct per point (net), funding model, rule for expired points."""

    point_value_ct: Decimal
    service_fee_ct: Decimal
    reimbursement_ct: Decimal
    funding: Funding = "prefunded"
    breakage: Breakage = "mutual"
    fee_vat_bp: int = 1900


@dataclass(frozen=True, slots=True)
class Flow:
    """Points of lots of `issuer` (None: the coalition) that came into being, or went.

    `value_ct` is the lots' value per point, `lot` the version they were issued under, `funded` whether the pool holds
    their value. `partner` is who redeemed them, or whose returned award took them, `terms` that one's version. Points
    below zero undo.
    """

    kind: Kind
    points: int
    issuer: UUID | None
    value_ct: Decimal
    funded: bool
    lot: Prices | None = None
    partner: UUID | None = None
    terms: Prices | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a partner's account; `exact_ct` is what was rounded to `cents`."""

    kind: str
    points: int
    exact_ct: Fraction
    cents: int


@dataclass(frozen=True, slots=True)
class Fee:
    """The operator's fee at one rate of VAT. Net is rounded, VAT is taken from the rounded net."""

    vat_bp: int
    points: int
    exact_ct: Fraction
    net_cents: int
    vat_cents: int


@dataclass(frozen=True, slots=True)
class Position:
    """A partner's account: lines and fees add up to `cents`. Above zero it is paid out, below it is collected."""

    partner: UUID
    lines: tuple[Line, ...]
    fees: tuple[Fee, ...]
    cents: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What of `issuer`'s points was redeemed at `redeemer`, and what the redeemer got for it."""

    issuer: UUID | None
    redeemer: UUID
    points: int
    cents: int


@dataclass(frozen=True, slots=True)
class Netting:
    """All positions, the operator's figures and the matrix. Positions and figures sum to zero.

    `pool_ct` is what the pool holds afterwards, exact; `points_out` the points of all wallets afterwards.
    """

    positions: tuple[Position, ...]
    figures: Mapping[str, int]
    matrix: tuple[Cell, ...]
    pool_ct: Fraction
    points_out: int


@dataclass
class _Books:
    """Exact sums while flows are posted."""

    sums: dict[tuple[Account, str], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    points: dict[tuple[Account, str], int] = field(default_factory=lambda: defaultdict(int))
    fees: dict[tuple[UUID, int], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    fee_points: dict[tuple[UUID, int], int] = field(default_factory=lambda: defaultdict(int))
    matrix: dict[tuple[UUID | None, UUID], tuple[int, Fraction]] = field(default_factory=dict)
    points_out: int = 0

    def post(self, account: Account | None, line: str, amount_ct: Fraction, points: int = 0) -> None:
        """Into a partner's line, or a figure of the operator's. None: what the coalition itself ordered."""
        key = ("programme", "programme") if account is None else (account, line)
        self.sums[key] += amount_ct
        self.points[key] += points

    def figure(self, name: str, amount_ct: Fraction) -> None:
        self.post(name, name, amount_ct)

    def charge(self, partner: UUID, prices: Prices, points: int) -> None:
        """The operator's fee for points issued (below zero: taken back)."""
        key = partner, prices.fee_vat_bp
        self.fees[key] += points * _exact(prices.service_fee_ct)
        self.fee_points[key] += points


def net(
    flows: Iterable[Flow],
    partners: Sequence[UUID],
    corrections: Iterable[tuple[UUID, int]] = (),
    pool_before_ct: Fraction = Fraction(),
    points_before: int = 0,
) -> Netting:
    """The settlement of `flows`. `partners` in the order in which odd cents go; `corrections` are cents in a partner's
    favour. What the pool and the wallets held before comes from the run before.
    """
    books = _Books(points_out=points_before)
    for flow in flows:
        POSTINGS[flow.kind](books, flow)
        books.points_out += flow.points if flow.kind == "issue" else -flow.points
    for partner, amount in corrections:
        books.post(partner, "correction", Fraction(amount))
        books.figure("correction", Fraction(-amount))
    pool_ct = pool_before_ct + books.sums.get(("pool", "pool"), Fraction())
    # The pool is rounded as a whole, not by period: otherwise odd parts of cents would gather there over the years.
    pool = half_up(pool_ct) - half_up(pool_before_ct)
    accounts: list[Account] = [*partners, *FIGURES[1:]]
    exact = dict.fromkeys(accounts, Fraction())
    for (account, _), sum_ct in books.sums.items():
        if account != "pool":
            exact[account] += sum_ct
    cents = apportion(exact, -pool)
    positions = tuple(_position(books, partner, cents[partner]) for partner in partners)
    figures = {"pool": pool} | {name: cents[name] for name in FIGURES[1:]}
    fees = [fee for position in positions for fee in position.fees]
    figures |= {"fee_net": sum(fee.net_cents for fee in fees), "fee_vat": sum(fee.vat_cents for fee in fees)}
    return Netting(positions, figures, _matrix(books, positions), pool_ct, books.points_out)


def _issue(books: _Books, flow: Flow) -> None:
    funded = _funded(flow)
    books.post(flow.issuer, "funded", -funded, flow.points)
    books.figure("pool", funded)
    if flow.issuer is not None and flow.lot is not None:
        books.charge(flow.issuer, flow.lot, flow.points)


def _redeem(books: _Books, flow: Flow) -> None:
    assert flow.partner is not None and flow.terms is not None
    paid = flow.points * _exact(flow.terms.reimbursement_ct)
    books.post(flow.partner, "reimbursed", paid, flow.points)
    if flow.funded:
        funded = _funded(flow)
        books.figure("pool", -funded)
        books.figure("spread", funded - paid)
    else:
        books.post(flow.issuer, "owed", -paid, flow.points)
    points, cents = books.matrix.get((flow.issuer, flow.partner), NOTHING)
    books.matrix[flow.issuer, flow.partner] = points + flow.points, cents + paid


def _take_back(books: _Books, flow: Flow) -> None:
    """The pool follows the lots that were really taken; credited is the price the award was issued under."""
    freed = _funded(flow)
    books.figure("pool", -freed)
    if flow.partner is None or flow.terms is None:
        books.post(None, "programme", freed)
        return
    prefunded = flow.terms.funding == "prefunded"
    credit = flow.points * _exact(flow.terms.point_value_ct) if prefunded else Fraction()
    books.post(flow.partner, "returned", credit, flow.points)
    books.figure("correction", freed - credit)
    books.charge(flow.partner, flow.terms, -flow.points)


def _expire(books: _Books, flow: Flow) -> None:
    freed = _funded(flow)
    books.figure("pool", -freed)
    rule = flow.lot.breakage if flow.lot else "mutual"
    if rule == "mutual" or flow.issuer is None:
        books.post(flow.issuer, "breakage", freed, flow.points)
    else:
        books.figure("breakage" if rule == "operator" else "rewards", freed)


def _adjust(books: _Books, flow: Flow) -> None:
    """The coalition takes points by hand: what they were funded with is its own again."""
    books.figure("pool", -_funded(flow))
    books.post(None, "programme", _funded(flow))


POSTINGS: Mapping[Kind, Callable[[_Books, Flow], None]] = {
    "issue": _issue, "redeem": _redeem, "take_back": _take_back, "expire": _expire, "adjust": _adjust,
}  # fmt: skip


def _funded(flow: Flow) -> Fraction:
    """What the pool holds for the flow's points."""
    return flow.points * _exact(flow.value_ct) if flow.funded else Fraction()


@cache
def _exact(price_ct: Decimal) -> Fraction:
    """A price as a fraction. Prices are few, flows are many."""
    return Fraction(price_ct)


def _position(books: _Books, partner: UUID, cents: int) -> Position:
    exact = {line: books.sums[partner, line] for line in LINES if (partner, line) in books.sums}
    rounded = apportion(exact, cents)
    lines = tuple(
        Line(line, books.points[partner, line], amount, rounded[line]) for line, amount in exact.items()
    )
    fees = tuple(
        _fee(vat_bp, books.fee_points[partner, vat_bp], amount)
        for (payer, vat_bp), amount in sorted(books.fees.items(), key=lambda item: item[0][1])
        if payer == partner
    )
    return Position(partner, lines, fees, cents - sum(fee.net_cents + fee.vat_cents for fee in fees))


def _fee(vat_bp: int, points: int, exact_ct: Fraction) -> Fee:
    net_cents = half_up(exact_ct)
    return Fee(vat_bp, points, exact_ct, net_cents, half_up(Fraction(net_cents * vat_bp, 10_000)))


def _matrix(books: _Books, positions: Sequence[Position]) -> tuple[Cell, ...]:
    """Cells add up to each redeemer's line, so columns are apportioned one by one. Odd cents go by the order of
    partners, the coalition first, never by that of the flows.
    """
    places: dict[UUID | None, int] = {position.partner: place for place, position in enumerate(positions)}
    reimbursed = {
        position.partner: line.cents
        for position in positions
        for line in position.lines
        if line.kind == "reimbursed"
    }
    columns: dict[UUID, dict[UUID | None, Fraction]] = {}
    for issuer, redeemer in sorted(books.matrix, key=lambda pair: (places[pair[1]], places.get(pair[0], -1))):
        columns.setdefault(redeemer, {})[issuer] = books.matrix[issuer, redeemer][1]
    return tuple(
        Cell(issuer, redeemer, books.matrix[issuer, redeemer][0], cents)
        for redeemer, column in columns.items()
        for issuer, cents in apportion(column, reimbursed[redeemer]).items()
    )


def effect_ct(flow: Flow, partner: UUID) -> Fraction:
    """What one flow alone does to a partner's lines, fees apart: above zero in its favour."""
    books = _Books()
    POSTINGS[flow.kind](books, flow)
    return sum((amount for (account, _), amount in books.sums.items() if account == partner), Fraction())
