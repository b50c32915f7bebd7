"""emma scenario: a coalition on paper, played before anybody signs."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config import processes
from config.scenario import playing, reading, report, stage
from config.scenario.content import Scenario
from config.scenario.nodes import Unreadable
from config.scenario.outcome import Outcome


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def command(file: Path, as_json: bool) -> None:
    """Play the coalition that FILE (JSON) describes and say what it costs and brings each shop.

    It goes through the same rules as a real one, in books of its own that are thrown away afterwards. What the rules
    refuse is told and hurts nothing else; a file that cannot be is refused with the place.
    """
    scenario = _read(file)
    try:
        outcome = _play(scenario)
    except processes.Stopped:
        click.echo("emma: stopped; nothing was kept.", err=True)
        sys.exit(1)
    if as_json:
        click.echo(json.dumps(outcome.as_data()))
    else:
        report.draw(Console(highlight=False), scenario, outcome)


def _read(file: Path) -> Scenario:
    try:
        return reading.read(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        click.echo(f"emma: {file}: no UTF-8.", err=True)
    except (Unreadable, OSError) as error:
        click.echo(f"emma: {file}: {error}", err=True)
    sys.exit(2)


def _play(scenario: Scenario) -> Outcome:
    with _progress(len(scenario.events)) as advance, stage.books() as stop_if_asked:

        def after_event() -> None:
            advance()
            stop_if_asked()

        return playing.play(scenario, after_event)


@contextmanager
def _progress(events: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, nothing in a pipe; to open the books alone takes a second. stdout stays free."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Playing", total=events)
        yield lambda: progress.advance(task)
