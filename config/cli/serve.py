"""emma serve: becomes gunicorn."""

import os
import sys

import click

from config import settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--workers", type=click.IntRange(1, 64), help="Processes; two per core and one more by default."
)
def command(host: str, port: int, workers: int | None) -> None:
    """Serve till API, member portal and health addresses. Needs EMMA_DATABASE_URL and the secrets."""
    settings.load()
    os.execv(sys.executable, arguments(host, port, workers))


def arguments(host: str, port: int, workers: int | None) -> list[str]:
    """The command line of the web server."""
    line = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", "--bind", f"{host}:{port}"]
    return line + (["--workers", str(workers)] if workers else [])
