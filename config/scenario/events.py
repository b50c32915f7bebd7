"""The events of a scenario, read in their order: who and what they name must stand before them in the file."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from config.scenario.content import Event, Nightly, Purchase, Redeem, Return, Reverse, Settle
from config.scenario.nodes import FIRST_YEAR, LAST_YEAR, Node
from loyalty.errors import Invalid
from loyalty.rules import periods
from loyalty.rules.basket import KINDS, Line
from partners.api.bodies import MOST_CENTS, MOST_LINES, MOST_PIECES, MOST_TOTAL_CENTS

MOST_POINTS = 2_000_000_000  # what a column of the books holds
LINE = ("quantity", "kind", "sku", "category", "discount_cents", "vat_rate", "cost_cents", "name", "measure")


@dataclass(slots=True)
class Known:
    """What an event may refer to: names of the file, and what the events before it made.

    `receipts`: by partner and receipt, where each business day's purchase stands.
    """

    partners: Collection[str]
    members: Collection[str]
    zone: ZoneInfo
    receipts: dict[tuple[str, str], dict[date, str]] = field(default_factory=dict)
    redemptions: dict[str, str] = field(default_factory=dict)

    def partner(self, node: Node) -> str:
        """The name of a partner. Raises Unreadable."""
        return _named(node, self.partners, "partner")

    def member(self, node: Node) -> str:
        """The name of a member. Raises Unreadable."""
        return _named(node, self.members, "member")


@dataclass(frozen=True, slots=True)
class Told:
    """An event as the file tells it: its members by name, with the two that all have read already."""

    node: Node
    given: Mapping[str, Node]
    number: int
    at: datetime


def read_events(
    node: Node, partners: Collection[str], members: Collection[str], zone: ZoneInfo
) -> tuple[Event, ...]:
    """All events. Raises Unreadable, also for one that is earlier than the one before it."""
    known, read = Known(partners, members, zone), []
    for number, item in enumerate(node.items()):
        event = _event(item, number, known)
        if read and event.at < read[-1].at:
            raise Node(None, f"{item.place}.at").wrong("is earlier than the event before it")
        read.append(event)
    return tuple(read)


def _event(node: Node, number: int, known: Known) -> Event:
    word = node.member("do").one_of(tuple(DOINGS))
    required, optional, read = DOINGS[word]
    given = node.members(("at", "do", *required), optional)
    return read(Told(node, given, number, given["at"].moment()), known)


def _purchase(told: Told, known: Known) -> Purchase:
    given = told.given
    receipt = given["receipt"].words() if "receipt" in given else None
    member, partner = known.member(given["member"]), known.partner(given["partner"])
    if receipt is not None:
        days = known.receipts.setdefault((partner, receipt), {})
        days.setdefault(told.at.astimezone(known.zone).date(), told.node.place)
    return Purchase(told.number, told.at, member, partner, receipt, _lines(told))


def _lines(told: Told) -> tuple[Line, ...]:
    lines, alone = told.given.get("lines"), told.given.get("gross_cents")
    if lines is None and alone is not None:
        return (Line(alone.whole(0, MOST_CENTS)),)
    if lines is None or alone is not None:
        raise told.node.wrong("needs either lines or gross_cents")
    read = tuple(_line(node) for node in lines.items(1, MOST_LINES))
    total_cents = sum(line.gross_cents for line in read)
    if not 0 <= total_cents <= MOST_TOTAL_CENTS:
        raise lines.wrong(f"add up to {total_cents} cents, must be from 0 to {MOST_TOTAL_CENTS}")
    return read


def _line(node: Node) -> Line:
    given = node.members(("gross_cents",), LINE)

    def words(name: str, longest: int = 64) -> str | None:
        return given[name].words(longest) if name in given else None

    return Line(
        gross_cents=given["gross_cents"].whole(-MOST_CENTS, MOST_CENTS),
        quantity=given["quantity"].whole(1, MOST_PIECES) if "quantity" in given else 1,
        kind=given["kind"].one_of(KINDS) if "kind" in given else "goods",
        sku=words("sku"),
        category=words("category"),
        discount_cents=given["discount_cents"].whole(0, MOST_CENTS) if "discount_cents" in given else 0,
        vat_bp=given["vat_rate"].percent() if "vat_rate" in given else None,
        cost_cents=given["cost_cents"].whole(-MOST_CENTS, MOST_CENTS) if "cost_cents" in given else None,
        name=words("name", 200),
        measure=words("measure"),
    )


def _redeem(told: Told, known: Known) -> Redeem:
    given = told.given
    name = given["id"].words() if "id" in given else None
    if name is not None:
        if name in known.redemptions:
            raise given["id"].wrong(f"{name} stands at {known.redemptions[name]} already")
        known.redemptions[name] = given["id"].place
    member, partner = known.member(given["member"]), known.partner(given["partner"])
    return Redeem(told.number, told.at, name, member, partner, given["points"].whole(1, MOST_POINTS))


def _return(told: Told, known: Known) -> Return:
    given = told.given
    partner, receipt = known.partner(given["partner"]), given["receipt"].words()
    days = known.receipts.get((partner, receipt), {})
    if not days:
        raise given["receipt"].wrong(f"no purchase before with receipt {receipt} of {partner}")
    if len(days) > 1:
        raise given["receipt"].wrong(f"{receipt} could be {' or '.join(days.values())}")
    return Return(told.number, told.at, partner, receipt, _pieces(told))


def _pieces(told: Told) -> Mapping[int, int] | None:
    """Quantity by line, None for all. A line named twice counts twice."""
    every, lines = told.given.get("all"), told.given.get("lines")
    if every is not None and every.value is not True:
        raise every.wrong("must be true or absent")
    if every is not None and lines is None:
        return None
    if every is not None or lines is None:
        raise told.node.wrong("needs either lines or all")
    pieces: dict[int, int] = {}
    for node in lines.items(1, MOST_LINES):
        part = node.members(("line",), ("quantity",))
        line = part["line"].whole(0, MOST_LINES - 1)
        quantity = part["quantity"].whole(1, MOST_PIECES) if "quantity" in part else 1
        pieces[line] = pieces.get(line, 0) + quantity
    return pieces


def _reverse(told: Told, known: Known) -> Reverse:
    return Reverse(
        told.number, told.at, _named(told.given["redemption"], known.redemptions, "redemption before")
    )


def _nightly(told: Told, _known: Known) -> Nightly:
    return Nightly(told.number, told.at)


def _settle(told: Told, _known: Known) -> Settle:
    node = told.given["period"]
    label = node.words()
    try:
        period = periods.period(label)
    except Invalid:
        period = None
    if period is None or not label.isascii() or not FIRST_YEAR <= period.begins.year <= LAST_YEAR:
        raise node.wrong(f"must be a month like 2026-01 or a week like 2026-W02, not {label}")
    return Settle(told.number, told.at, label)


def _named(node: Node, names: Collection[str], what: str) -> str:
    name = node.words()
    if name not in names:
        raise node.wrong(f"no {what} named {name}")
    return name


Read = Callable[[Told, Known], Event]

# By the word of `do`: members needed beside `at` and `do`, members that may be there, and how they are read.
DOINGS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], Read]] = {
    "purchase": (("member", "partner"), ("receipt", "lines", "gross_cents"), _purchase),
    "redeem": (("member", "partner", "points"), ("id",), _redeem),
    "return": (("partner", "receipt"), ("lines", "all"), _return),
    "reverse": (("redemption",), (), _reverse),
    "nightly": ((), (), _nightly),
    "settle": (("period",), (), _settle),
}
