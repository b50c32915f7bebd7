"""The `emma` command: one file per verb, imported when it is called. 0 done, 1 failed or found wrong, 2 bad call."""

import importlib
import sys

import click

VERBS = {
    "demo": "a street with a year of history, on your own machine",
    "serve": "the web server",
    "worker": "what runs by the clock",
    "migrate": "bring the database to this version",
    "nightly": "what a night does: points expire",
    "settle": "what shops owe each other for a month or week",
    "scenario": "a coalition on paper, before anybody signs",
    "audit": "recompute the books from the transfers",
    "import": "history from elsewhere",
    "admin": "people who run the coalition",
    "partner": "companies of the coalition",
    "key": "keys for tills",
}
FILES = {"import": "imports"}


class Verbs(click.Group):
    """Knows all verbs and loads only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(
            f"config.cli.{FILES.get(cmd_name, cmd_name)}"
        ).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="emma-loyalty", prog_name="emma")
def emma() -> None:
    """Emma: one card, many shops."""


def main() -> None:
    """Run the command; what stops it is one clear sentence, not a traceback."""
    from config.embedded import EmbeddedError
    from config.settings import SettingsError
    from loyalty.errors import LoyaltyError

    try:
        emma(prog_name="emma")
    except SettingsError as error:
        _stop(str(error), 2)
    except LoyaltyError as error:
        _stop(f"refused: {error}", 2)
    except EmbeddedError as error:
        _stop(str(error), 1)


def _stop(sentence: str, code: int) -> None:
    click.echo(f"emma: {sentence}", err=True)
    sys.exit(code)
