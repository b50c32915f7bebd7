"""The readable report of a scenario, drawn on a rich console: who gets and who pays, who brought what."""

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from config.scenario.content import Event, Nightly, Purchase, Redeem, Return, Reverse, Scenario, Settle
from config.scenario.outcome import Outcome, Settlement

TAKES, GIVES, QUIET, HEAD = "green", "red", "dim", "bold"


def draw(console: Console, scenario: Scenario, outcome: Outcome) -> None:
    """Print all of it."""
    console.print()
    console.print(Text("A coalition on paper", HEAD))
    console.print(Text(_told(scenario), QUIET))
    for settlement in outcome.settlements:
        _draw_settlement(console, settlement)
    if outcome.members:
        _draw(console, "Members after the last event", _members(outcome))
    if outcome.refused:
        _draw(console, "Refused by the rules", _refused(scenario, outcome))
    elif scenario.events:
        console.print(Text("No event was refused.", QUIET))
    console.print()


def _told(scenario: Scenario) -> str:
    plan = scenario.coalition
    counts = (
        _counted(len(scenario.partners), "partner"),
        _counted(len(scenario.members), "member"),
        _counted(len(scenario.events), "event"),
    )
    value = f"a point is worth {plan.point_value_ct} ct and costs a fee of {plan.service_fee_ct} ct"
    funding = plan.funding.replace("_", " ")
    return f"{', '.join(counts)}; {funding}, breakage {plan.breakage}; {value}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def _draw(console: Console, title: str, table: Table) -> None:
    console.print()
    console.print(Text(title, HEAD))
    console.print(Padding(table, (0, 0, 0, 2)))


def _draw_settlement(console: Console, one: Settlement) -> None:
    _draw(console, f"Settlement {one.period}", _positions(one))
    if one.matrix_cents:
        _draw(console, "Whose points were spent where (left: who issued them)", _matrix(one))
    console.print(Padding(Text(f"Points out after the period: {one.points_out:,}", QUIET), (1, 0, 0, 2)))


def _positions(one: Settlement) -> Table:
    """Everybody's figure, and the line that proves that nothing is left over."""
    table = _table("", "gets or pays", "")
    for partner, cents in one.positions_cents.items():
        table.add_row(Text(partner), _money(cents), "is paid out" if cents > 0 else "pays" if cents else "")
    table.add_section()
    for name, cents, words in (
        ("operator: fee", one.fee_net_cents, "net"),
        ("operator: VAT on the fee", one.fee_vat_cents, "owed to the tax office"),
        ("operator: pool", one.pool_cents, "movement in the period"),
        ("operator: breakage", one.breakage_cents, "expired points and spread, gross"),
    ):
        table.add_row(name, _money(cents), Text(words, QUIET))
    table.add_section()
    verdict = "does not add to zero" if one.sum_cents else "adds to zero"
    table.add_row(Text("sum", HEAD), _money(one.sum_cents, HEAD), Text(verdict, QUIET))
    return table


def _matrix(one: Settlement) -> Table:
    redeemers = [
        name for name in one.positions_cents if any(name in row for row in one.matrix_cents.values())
    ]
    table = _table("", *redeemers, "given")
    for issuer, row in one.matrix_cents.items():
        cells = [_money(row[name]) if name in row else Text("·", QUIET) for name in redeemers]
        table.add_row(Text(issuer), *cells, _money(sum(row.values()), HEAD))
    table.add_section()
    sums = [sum(row.get(name, 0) for row in one.matrix_cents.values()) for name in redeemers]
    table.add_row(Text("taken", HEAD), *(_money(cents, HEAD) for cents in sums), _money(sum(sums), HEAD))
    return table


def _members(outcome: Outcome) -> Table:
    table = _table("", "points", "pending", "debt", "turnover", "margin")
    for name, worth in outcome.members.items():
        points = outcome.wallets[name]
        table.add_row(
            Text(name), f"{points.available:,}", f"{points.pending:,}", f"{points.debt:,}",
            _money(worth.turnover_cents, ""), _money(worth.margin_cents),
        )  # fmt: skip
    return table


def _refused(scenario: Scenario, outcome: Outcome) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("event", "what", "code"):
        table.add_column(name, justify="right" if name == "event" else "left", overflow="fold")
    for one in outcome.refused:
        event = scenario.events[one.event]
        table.add_row(str(one.event), Text(_what(event)), Text(one.code, GIVES))
    return table


def _what(event: Event) -> str:
    """The event in a few words."""
    match event:
        case Purchase(member=member, partner=partner):
            cents = sum(line.gross_cents for line in event.lines)
            return f"{member} buys for {_amount(cents)} at {partner}"
        case Redeem(member=member, partner=partner, points=points):
            return f"{member} redeems {points:,} points at {partner}"
        case Return(partner=partner, receipt=receipt):
            return f"goods of receipt {receipt} come back to {partner}"
        case Reverse(redemption=redemption):
            return f"redemption {redemption} is undone"
        case Settle(period=period):
            return f"{period} is settled"
        case Nightly():
            return "what a night does"
    raise AssertionError(event)


def _table(*columns: str) -> Table:
    """Names on the left, figures on the right."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for number, name in enumerate(columns):
        table.add_column(Text(name), justify="right" if number and name else "left")
    return table


def _money(cents: int, style: str | None = None) -> Text:
    """Euros with their sign, in the colour of who gets and who gives."""
    usual = TAKES if cents > 0 else GIVES if cents < 0 else QUIET
    return Text(_amount(cents, "" if style == "" else "+"), usual if style is None else style)


def _amount(cents: int, plus: str = "") -> str:
    sign = "−" if cents < 0 else plus if cents else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02} €"
