"""A year of the street, settled month after month: it adds up, papers hold, and whoever tampers with it is named."""

import subprocess
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import facturx
import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from config.cli.audit import CHECKS
from config.street import open_street
from loyalty.points import audit
from partners.models import Partner
from partners.settlement import einvoice, exports, papers, runs, verify
from partners.settlement.content import Invoice, Statement
from partners.settlement.models import Paper, SettlementRun
from tests.partners.settlement.schematron import rules

# Outstanding points at a number of the sequence, from the transfers alone.
OUT = text("""
SELECT coalesce(sum(CASE WHEN t.destination = 'wallet' AND t.source <> 'wallet' THEN t.points
                         WHEN t.source = 'wallet' AND t.destination <> 'wallet' THEN -t.points ELSE 0 END), 0)
FROM seal s JOIN transfer t ON t.wallet_id = s.wallet_id AND t.id = s.transfer_id WHERE s.sequence <= :last""")

# One purchase of the baker in the middle of the year, and what somebody with the owner's password might do about it.
TAMPERINGS = {
    "a changed amount": [
        "UPDATE lot SET points = points + 1 WHERE id = %(transfer)s",
        "UPDATE transfer SET points = points + 1 WHERE id = %(transfer)s",
    ],
    "a removed transfer": [
        "DELETE FROM seal WHERE transfer_id = %(transfer)s",
        "DELETE FROM transfer WHERE id = %(transfer)s",
    ],
    "a swapped order": [
        "CREATE TEMP TABLE two AS SELECT sequence, wallet_id, transfer_id FROM seal"
        " WHERE sequence IN (%(sequence)s, %(sequence)s + 1)",
        "DELETE FROM seal WHERE sequence = %(sequence)s + 1",
        "UPDATE seal SET (wallet_id, transfer_id) = (SELECT wallet_id, transfer_id FROM two"
        " WHERE two.sequence = %(sequence)s + 1) WHERE sequence = %(sequence)s",
        "INSERT INTO seal SELECT s.sequence + 1, f.wallet_id, f.transfer_id, s.sealed_at, s.day, s.leaf, s.hash"
        " FROM seal s, two f WHERE s.sequence = %(sequence)s AND f.sequence = %(sequence)s",
    ],
    "an invented receipt": [
        "INSERT INTO purchase SELECT (jsonb_populate_record(p, jsonb_build_object('id', %(new)s::text, 'key', 'new',"
        " 'receipt', 'BA-99999'))).* FROM purchase p WHERE id = %(cause)s",
        "INSERT INTO transfer SELECT (jsonb_populate_record(t, jsonb_build_object('id', %(new)s::text, 'cause',"
        " %(new)s::text, 'version', 99999))).* FROM transfer t WHERE id = %(transfer)s",
        "UPDATE seal SET sequence = -sequence WHERE sequence > %(sequence)s",
        "UPDATE seal SET sequence = 1 - sequence WHERE sequence < 0",
        "INSERT INTO seal SELECT sequence + 1, wallet_id, %(new)s::uuid, sealed_at, day, leaf, hash FROM seal"
        " WHERE sequence = %(sequence)s",
    ],
}
NEW = "00000000-0000-7000-8000-00000000abcd"


@pytest.fixture
def street(app, settings):
    open_street(settings)


def test_twelve_months_settled_in_sequence(street, app, session, owner, database, tmp_path) -> None:
    settled = [run for run in reversed(runs.listed(session)) if run.state == "released"]
    assert len(settled) >= 12
    _adds_up(session, settled)
    _papers_hold(session)
    session.rollback()
    assert list(audit.run(session, datetime.now(UTC), CHECKS)) == []
    session.rollback()
    heads = _heads(session, settled)
    code, said = _verify(session, settled, heads, tmp_path)
    assert (code, said.count("\n")) == (0, 1), said
    _tampering_shows(database, owner, session, settled, heads, tmp_path)


def _adds_up(session: Session, settled: list[SettlementRun]) -> None:
    expected = 1
    for run in settled:
        assert sum(runs.positions(session, run.id).values()) + sum(run.figures.values()) == 0
        out = int(session.scalar(OUT, {"last": run.last_sequence}))
        assert (run.points_out, Fraction(run.pool_ct)) == (out, Fraction(out)), run.period
        assert run.first_sequence == expected
        expected = run.last_sequence + 1
    assert sum(run.figures["pool"] for run in settled) == settled[-1].pool_ct


def _papers_hold(session: Session) -> None:
    """Invoices against schema and schematron, series without a gap, statements that say what their run says."""
    numbers: dict[str, list[int]] = {}
    with rules() as complaints:
        for paper in session.query(Paper).order_by(Paper.series, Paper.number):
            numbers.setdefault(paper.series, []).append(paper.number)
            content = papers.content_of(paper)
            if isinstance(content, Invoice):
                xml = einvoice.xml(content)
                assert facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
                assert complaints(xml) == [], paper.name
            elif isinstance(content, Statement):
                assert sum(line.cents for line in content.lines) == content.position_cents
                assert content.position_cents == runs.positions(session, paper.run_id)[paper.partner_id]
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    assert len(numbers) >= 4


def _heads(session: Session, settled: list[SettlementRun]) -> list[str]:
    """As they stand on the baker's statements."""
    baker = session.query(Partner).filter_by(code="baker").one().id
    statements = session.query(Paper).filter_by(kind="statement", partner_id=baker).all()
    heads = [papers.content_of(paper).head for paper in statements]
    assert {head.sequence for head in heads} <= {run.last_sequence for run in settled}
    return [f"{head.sequence}:{head.hash}" for head in heads]


def _verify(
    session: Session, settled: list[SettlementRun], heads: list[str], folder: Path
) -> tuple[int, str]:
    baker = session.query(Partner).filter_by(code="baker").one().id
    export = folder / "export.jsonl"
    with export.open("w", encoding="utf-8") as file:
        file.writelines(exports.export(session, baker, 1, settled[-1].last_sequence))
    line = [sys.executable, "-I", str(Path(verify.__file__)), str(export)]
    line += [word for head in heads for word in ("--head", head)]
    done = subprocess.run(line, env={"LANG": "en"}, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def _tampering_shows(
    database: str, owner: psycopg.Connection, session: Session, settled: list[SettlementRun], heads: list[str],
    folder: Path,
) -> None:  # fmt: skip
    found = owner.execute(
        """SELECT s.sequence, t.id, t.cause FROM seal s JOIN transfer t ON t.id = s.transfer_id
           JOIN partner p ON p.id = t.partner_id WHERE p.code = 'baker' AND t.kind = 'earn' AND s.sequence > %s
           ORDER BY s.sequence LIMIT 1""",
        [settled[5].first_sequence],
    ).fetchone()
    assert found is not None
    values = {"sequence": found[0], "transfer": found[1], "cause": found[2], "new": NEW}
    engine = create_engine(database)
    for name, statements in TAMPERINGS.items():
        with engine.connect() as connection, Session(connection) as as_owner:
            raw = connection.connection.driver_connection
            raw.execute("SET session_replication_role = replica")
            for statement in statements:
                raw.execute(statement, values)
            code, said = _verify(as_owner, settled, heads, folder)
            as_owner.rollback()
        assert code == 1, f"{name}: {said}"
        named = NEW if name == "an invented receipt" else str(found[0])
        assert named in said, f"{name}: {said}"
    engine.dispose()
