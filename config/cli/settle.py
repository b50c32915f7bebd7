"""emma settle: a period's settlement, prepared by one admin and released by another."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from config import settling
from config.cli.door import local_app, show
from loyalty.db import transact
from loyalty.errors import LoyaltyError


@click.command()
@click.option("--period", required=True, help="A month (2026-10) or a week (2026-W41) that is over.")
@click.option("--as", "email", required=True, metavar="EMAIL", help="The admin who does it.")
@click.option(
    "--release", is_flag=True, help="Release the run somebody else prepared; then papers, files, cash."
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def command(period: str, email: str, release: bool, as_json: bool) -> None:
    """Close the period and prepare its run or, with --release, release it and make its papers and bank files.

    Run it as often as you like: what is done already is left alone. Exit 1 when papers or files have to wait for
    something that is named.
    """
    at = datetime.now(UTC)
    waiting: list[LoyaltyError] = []
    with local_app().app_context():
        with _progress() as progress:
            if release:
                run_id, waiting = settling.release(period, email, at, progress)
            else:
                run_id = settling.prepare(period, email, at, progress)
        facts = transact(lambda session: settling.told(session, run_id))
    show(facts, as_json, "\n".join(_lines(facts)))
    for refusal in waiting:
        more = "".join(f", {name}: {fact}" for name, fact in refusal.facts.items())
        click.echo(f"emma: waiting: {refusal}{more}", err=True)
    sys.exit(1 if waiting else 0)


@contextmanager
def _progress() -> Iterator[settling.Progress]:
    """Bars on a terminal, nothing in a pipe; stdout stays free for the answer."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, whole: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=whole)
            bars.update(tasks[what], completed=done, total=whole)

        yield tell


def _lines(facts: dict[str, Any]) -> Iterator[str]:
    yield f"Run {facts['number']} of {facts['period']}: {facts['state']}."
    for code, cents in facts["positions_cents"].items():
        yield f"  {code:<20} {cents / 100:>12,.2f} €"
    for name, cents in facts["operator_cents"].items():
        if cents:
            yield f"  operator: {name:<10} {cents / 100:>12,.2f} €"
    total = sum(facts["positions_cents"].values()) + sum(facts["operator_cents"].values())
    yield f"  {'sum':<20} {total / 100:>12,.2f} €"
    if facts["state"] == "prepared":
        yield "Now another admin releases it: emma settle --release"
    elif facts["papers"]:
        yield f"Papers: {len(facts['papers'])}; bank files: {', '.join(facts['files']) or 'none'}."
