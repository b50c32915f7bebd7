"""emma audit: the books recomputed from the transfers. Exit 1 when a promise is broken, with the culprits' ids."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy.orm import Session

from config.cli.door import local_app, show
from loyalty.db import transact
from loyalty.errors import Malformed
from loyalty.points import audit
from loyalty.rules import published
from loyalty.rules.published import Published
from partners.settlement import audit as settlement_audit

UNREADABLE = {
    "heads_unreadable": "expected a sequence number and 64 hexadecimal digits, or a line of an export",
    "export_broken": "this export does not hold in itself, so it proves nothing about the books",
}

CHECKS = (*audit.CHECKS, *settlement_audit.CHECKS)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
@click.option(
    "--heads", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Heads kept outside the database: lines of `sequence hash`, or a partner's export.",
)  # fmt: skip
def command(as_json: bool, path: Path | None) -> None:
    """Recompute every promise of the books. It only reads, and tills may go on meanwhile."""
    begun = time.monotonic()
    kept = _kept(path) if path else None
    with local_app().app_context():
        findings = transact(lambda session: list(_findings(session, path, kept)))
    facts = {
        "checks": len(CHECKS),
        "heads": len(kept.heads) if kept else 0,
        "seconds": round(time.monotonic() - begun, 1),
        "findings": [asdict(finding) for finding in findings],
    }
    show(facts, as_json, "\n".join(_lines(findings, kept, facts["seconds"])))
    sys.exit(1 if findings else 0)


def _kept(path: Path) -> Published:
    """What the file holds; exit 2 with the line that cannot be read."""
    try:
        with path.open(encoding="utf-8") as lines:
            return published.read(lines)
    except Malformed as error:
        place = f"line {error.facts['line']}: {UNREADABLE[error.code]}"
    except (OSError, UnicodeDecodeError) as error:
        place = f"cannot be read: {error}"
    click.echo(f"emma: {path}, {place}.", err=True)
    sys.exit(2)


def _findings(session: Session, path: Path | None, kept: Published | None) -> Iterator[audit.Finding]:
    yield from audit.run(session, datetime.now(UTC), CHECKS)
    if path is None or kept is None:
        return
    yield from audit.heads.against(session, kept.heads)
    if kept.first is not None:
        with path.open(encoding="utf-8") as lines:
            yield from audit.heads.against_links(session, kept.first, published.links(lines))


def _lines(findings: Sequence[audit.Finding], kept: Published | None, seconds: object) -> list[str]:
    lines = [f"{one.table} {one.id}: {one.message} [{one.check}]" for one in findings]
    verdict = f"{len(findings)} findings" if findings else "everything holds"
    beside = f" and {len(kept.heads)} heads" if kept else ""
    return [*lines, f"{len(CHECKS)} checks{beside} in {seconds} s: {verdict}."]
