"""emma demo: a street of four shops with a year of history on your own machine, until Ctrl-C."""

import contextlib
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from config import database, embedded, processes, settings
from config.app import create_app
from config.cli import serve


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--fresh", is_flag=True, help="Throw the street away and build it anew.")
@click.option("--json", "as_json", is_flag=True, help="One line of JSON on stdout once the server answers.")
def command(port: int, fresh: bool, as_json: bool) -> None:
    """A street you can try: its own database under instance/, web server and worker. Ctrl-C stops all of it."""
    processes.stop_on_signals()
    with contextlib.suppress(processes.Stopped):
        _run(port, fresh, as_json)


def _run(port: int, fresh: bool, as_json: bool) -> None:
    if not processes.port_is_free(port):
        click.echo(f"emma: port {port} is in use; try --port {port + 1}.", err=True)
        sys.exit(2)
    given = settings.local(lent_database=True)  # never the books of a real coalition
    street = _street(given, fresh)
    environment = {**os.environ, **settings.environment(given)}
    web = processes.Child(serve.arguments("127.0.0.1", port, None), environment)
    worker = processes.Child([sys.executable, "-m", "config.cli", "worker"], environment, restarts=True)
    base_url = f"http://127.0.0.1:{port}"
    with processes.running(web, worker):
        processes.await_answer(f"{base_url}/readyz", web)
        facts = {"base_url": base_url, **street}
        click.echo(json.dumps(facts, ensure_ascii=False) if as_json else _told(facts))
        sys.stdout.flush()
        failed = processes.watch(web, worker)
    if given.server:
        given.server.stop()
    sys.exit(1 if failed else 0)


def _street(given: settings.Settings, fresh: bool) -> dict[str, Any]:
    """Cards, PINs and keys of the street in this folder: kept ones, or those of a new street."""
    kept, begun = given.instance / "street.json", given.instance / "street.begun"
    if fresh or begun.exists():  # begun: an earlier start was killed while it built
        kept.unlink(missing_ok=True)
        embedded.drop_database(given.database_url)
        embedded.ensure_database(given.database_url)
    app = create_app(given)
    database.upgrade(app)
    if kept.exists():
        known: dict[str, Any] = json.loads(kept.read_text())
        return known
    if database.holds_partners(given.migration_url):
        click.echo(
            "emma: the database under instance/ holds other books; --fresh would throw them away.", err=True
        )
        sys.exit(2)
    begun.touch()
    from config.street import open_street

    street = asdict(open_street(given))
    _keep(kept, street)
    begun.unlink()
    return street


def _keep(path: Path, street: dict[str, Any]) -> None:
    """For the next start, readable by nobody else."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(street, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def _told(facts: dict[str, Any]) -> str:
    """What somebody at a terminal wants to know."""
    url = facts["base_url"]
    lines = [
        "",
        f"  Emma is open: {url}   (sign in: {url}/login, password: emma-demo-street)",
        "",
        *(f"  member  {one['email']:<24} card {one['card']}  PIN {one['pin']}" for one in facts["members"]),
        *(f"  {one['role']:<7} {one['email']}" for one in facts["staff"]),
        "",
        *(f"  till {one['partner']:<8} {one['key']}" for one in facts["tills"]),
        "",
        f"  For tills: {url}/api/docs. Bread for Anna:",
        "",
        _curl(facts),
        "",
        "  Ctrl-C closes the street; the next `emma demo` opens the same one.",
    ]
    return "\n".join(lines)


def _curl(facts: dict[str, Any]) -> str:
    key = next(one["key"] for one in facts["tills"] if one["partner"] == "baker")
    body = {
        "card": facts["members"][0]["card"],
        "receipt": "$(date +%s)",
        "purchased_at": "$(date +%Y-%m-%dT%H:%M:%S%:z)",
        "lines": [{"name": "Roggenbrot", "category": "bread", "gross_cents": 450}],
        "total_cents": 450,
    }
    quoted = json.dumps(body).replace('"', '\\"')
    return (
        f"  curl -s {facts['base_url']}/api/v1/purchases -H 'Authorization: Bearer {key}' \\\n"
        f'    -H "Idempotency-Key: $(date +%s%N)" -H \'Content-Type: application/json\' \\\n    -d "{quoted}"'
    )
