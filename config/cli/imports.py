"""emma import: history from elsewhere."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.cli.door import local_app
from config.importing import Summary, run
from partners.importing.rows import Unreadable

SHOWN = 10  # reasons told at a terminal; the reject file has them all


@click.group()
def command() -> None:
    """History from elsewhere."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--rejects", type=click.Path(dir_okay=False, path_type=Path), help="Where rows go that cannot be booked."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def purchases(file: Path, rejects: Path | None, dry_run: bool, as_json: bool) -> None:
    """Book the purchases of FILE (.csv or .csv.gz), one row per receipt line, with the columns household, shop,
    receipt, purchased_at, sku, category, product, quantity, gross_cents, discount_cents.

    Run it as often as you like: what is in the books already is left alone.
    """
    told = rejects or (None if dry_run else Path(f"{stem(file)}.rejects.csv"))
    try:
        with local_app().app_context(), _progress() as progress:
            summary = run(file, told, dry_run, progress)
    except Unreadable as error:
        click.echo(f"emma: {file}: {error}. Nothing was imported.", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"emma: {error}", err=True)
        sys.exit(2)
    if as_json:
        click.echo(json.dumps(summary.counts()))
    else:
        click.echo(_told(summary, told, dry_run))


def stem(file: Path) -> str:
    """The file's name without .csv, .csv.gz."""
    name = file.name
    for ending in (".gz", ".csv"):
        name = name.removesuffix(ending)
    return name or "purchases"


@contextmanager
def _progress() -> Iterator[Progress]:
    """Bars on a terminal, nothing in a pipe; stdout stays free for the answer."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield progress


def _told(summary: Summary, rejects: Path | None, dry_run: bool) -> str:
    would = "would be" if dry_run else "are"
    lines = [
        f"{summary.purchases} purchases of this file {would} in the books, {summary.added} of them new.",
        f"{summary.members} members, {summary.partners} partners.",
    ]
    if summary.rejected:
        where = f", see {rejects}" if rejects else ""
        lines.append(f"{summary.rejected} rows rejected{where}:")
        lines += [f"  {number:>7} × {reason}" for reason, number in summary.reasons[:SHOWN]]
    return "\n".join(lines)
