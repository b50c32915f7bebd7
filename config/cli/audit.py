"""emma audit: the books recomputed from the transfers. Exit 1 when a promise is broken, with the culprits' ids."""

import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click

from config.cli.door import local_app, show
from loyalty.db import transact
from loyalty.points import audit


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def command(as_json: bool) -> None:
    """Recompute every promise of the books. It only reads, and tills may go on meanwhile."""
    begun = time.monotonic()
    with local_app().app_context():
        findings = transact(lambda session: list(audit.run(session, datetime.now(UTC))))
    facts = {
        "checks": len(audit.CHECKS),
        "seconds": round(time.monotonic() - begun, 1),
        "findings": [asdict(finding) for finding in findings],
    }
    show(facts, as_json, "\n".join(_lines(findings, facts["seconds"])))
    sys.exit(1 if findings else 0)


def _lines(findings: Sequence[audit.Finding], seconds: object) -> list[str]:
    lines = [f"{one.table} {one.id}: {one.message} [{one.check}]" for one in findings]
    verdict = f"{len(findings)} findings" if findings else "everything holds"
    return [*lines, f"{len(audit.CHECKS)} checks in {seconds} s: {verdict}."]
