"""A scenario out of a file's text: coalition, partners and members here, events in `events`. It touches no database."""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config.scenario.content import CoalitionPlan, PartnerPlan, Scenario, Tier, Version
from config.scenario.events import read_events
from config.scenario.nodes import Node, parse
from loyalty.rules.netting import BREAKAGES, FUNDINGS
from partners.contracts import HIGHEST_CENTS, HIGHEST_CT
from partners.rulebook import MOST_PER_EURO

NOTHING, SMALLEST = Decimal(0), Decimal("0.001")
LONGEST_LIFE, LONGEST_WAIT = 120, 365  # months until points expire, days until they may be spent
MOST_TO_SERVE = 100_000  # cents
MOST_CREDITS = 1_000_000
OVERRIDES = (
    "funding", "point_value_ct", "service_fee_ct", "reimbursement_ct", "points_per_euro", "margin_rate",
    "cost_to_serve_cents",
)  # fmt: skip
OF_COALITION = (
    *OVERRIDES, "time_zone", "breakage", "fee_vat", "expiry_months", "pending_days", "sales_vat", "tiers",
)  # fmt: skip


def read(text: str) -> Scenario:
    """The scenario. Raises Unreadable with the place of the first thing that cannot be."""
    whole = parse(text).members(("partners", "members", "events"), ("coalition",))
    coalition = _coalition(whole.get("coalition", Node({}, "coalition")))
    zone = ZoneInfo(coalition.time_zone)
    partners = tuple(_partner(node, coalition, zone) for node in whole["partners"].items())
    members = tuple(node.members(("id",))["id"].words() for node in whole["members"].items())
    for name in ("partners", "members"):
        _check_unique([node.member("id") for node in whole[name].items()])
    events = read_events(whole["events"], {one.id for one in partners}, set(members), zone)
    return Scenario(coalition, partners, members, events)


def _coalition(node: Node) -> CoalitionPlan:
    given = node.members((), OF_COALITION)

    def said(name: str, default: object) -> Node:
        return given.get(name, Node(default, f"coalition.{name}"))

    value_ct = said("point_value_ct", "1.000").decimal(SMALLEST, HIGHEST_CT)
    paid = given.get("reimbursement_ct")
    return CoalitionPlan(
        time_zone=_time_zone(said("time_zone", "Europe/Berlin")),
        funding=said("funding", "prefunded").one_of(FUNDINGS),
        breakage=said("breakage", "mutual").one_of(BREAKAGES),
        point_value_ct=value_ct,
        service_fee_ct=said("service_fee_ct", "0.150").decimal(NOTHING, HIGHEST_CT),
        reimbursement_ct=paid.decimal(NOTHING, value_ct) if paid else None,
        fee_vat_bp=said("fee_vat", 19).percent(),
        points_per_euro=said("points_per_euro", 1).whole(0, MOST_PER_EURO),
        expiry_months=said("expiry_months", 36).whole(1, LONGEST_LIFE),
        pending_days=said("pending_days", 0).whole(0, LONGEST_WAIT),
        margin_bp=said("margin_rate", 30).percent(),
        cost_to_serve_cents=said("cost_to_serve_cents", 150).whole(0, MOST_TO_SERVE),
        vat_bp=said("sales_vat", 19).percent(),
        tiers=_tiers(said("tiers", [])),
    )


def _time_zone(node: Node) -> str:
    name = node.words()
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise node.wrong(f"no time zone {name}") from None
    return name


def _tiers(node: Node) -> tuple[Tier, ...]:
    """From the lowest to the highest."""
    read, names = [], []
    for item in node.items():
        given = item.members(("name", "credits", "factor"))
        reached_at = given["credits"].whole(0, MOST_CREDITS)
        if read and reached_at <= read[-1].credits:
            raise given["credits"].wrong("must be more than the tier before asks for")
        names.append(given["name"])
        read.append(Tier(given["name"].words(), reached_at, given["factor"].decimal(Decimal(1), Decimal(10))))
    _check_unique(names)
    return tuple(read)


def _partner(node: Node, coalition: CoalitionPlan, zone: ZoneInfo) -> PartnerPlan:
    given = node.members(("id",), ("contract", "credit_limit_cents"))
    limit = given.get("credit_limit_cents")
    versions = _versions(given["contract"], coalition, zone) if "contract" in given else ()
    return PartnerPlan(
        given["id"].words(), versions or (Version(),), limit.whole(0, HIGHEST_CENTS) if limit else None
    )


def _versions(node: Node, coalition: CoalitionPlan, zone: ZoneInfo) -> tuple[Version, ...]:
    read: list[Version] = []
    for item in node.items():
        given = item.members(("from",), OVERRIDES)
        since = datetime.combine(given["from"].day(), time(), zone)
        before = read[-1].since if read else None
        if before is not None and since <= before:
            raise given["from"].wrong("must be after the version before it")
        version = _version(given, since)
        _check_reimbursement(item, version, coalition)
        read.append(version)
    return tuple(read)


def _version(given: dict[str, Node], since: datetime) -> Version:
    def price(name: str, low: Decimal = NOTHING) -> Decimal | None:
        return given[name].decimal(low, HIGHEST_CT) if name in given else None

    def number(name: str, high: int) -> int | None:
        return given[name].whole(0, high) if name in given else None

    return Version(
        since=since,
        funding=given["funding"].one_of(FUNDINGS) if "funding" in given else None,
        point_value_ct=price("point_value_ct", SMALLEST),
        service_fee_ct=price("service_fee_ct"),
        reimbursement_ct=price("reimbursement_ct"),
        points_per_euro=number("points_per_euro", MOST_PER_EURO),
        margin_bp=given["margin_rate"].percent() if "margin_rate" in given else None,
        cost_to_serve_cents=number("cost_to_serve_cents", MOST_TO_SERVE),
    )


def _check_reimbursement(node: Node, version: Version, coalition: CoalitionPlan) -> None:
    """No partner gets more for a point than it is worth by its own contract."""
    value_ct = coalition.point_value_ct if version.point_value_ct is None else version.point_value_ct
    paid_ct = coalition.reimbursement_ct if version.reimbursement_ct is None else version.reimbursement_ct
    if paid_ct is not None and paid_ct > value_ct:
        field = "point_value_ct" if version.reimbursement_ct is None else "reimbursement_ct"
        raise Node(None, f"{node.place}.{field}").wrong(
            f"{paid_ct} ct are paid for a point worth {value_ct} ct"
        )


def _check_unique(nodes: Sequence[Node]) -> None:
    seen: dict[str, Node] = {}
    for node in nodes:
        if node.value in seen:
            raise node.wrong(f"{node.value} stands at {seen[node.value].place} already")
        seen[node.value] = node
