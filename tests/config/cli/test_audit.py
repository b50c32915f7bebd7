"""`emma audit`, run as a person runs it: 0 when everything holds, 1 and the row's id when something was broken."""

import json
import os
import subprocess
import sys

import pytest

from config import settings as config_settings
from loyalty.points import sealing
from partners.settlement import exports
from tests.loyalty.points.audit.year import live_through
from tests.street import NOON

PURCHASE = "(SELECT id FROM purchase WHERE points > 0 ORDER BY id LIMIT 1)"
EARN = "(SELECT id FROM transfer WHERE kind = 'earn' ORDER BY wallet_id, version LIMIT 1)"
REDEEM = "(SELECT id FROM transfer WHERE kind = 'redeem' ORDER BY wallet_id, version LIMIT 1)"
BROKEN = {
    "amount": f"UPDATE transfer SET points = points + 1 WHERE id = {REDEEM} RETURNING id",
    "award": f"UPDATE purchase SET awards = jsonb_set(awards, '{{0,points}}', '99') WHERE id = {PURCHASE} RETURNING id",
    "lot rest": "UPDATE lot SET remaining = remaining - 1 WHERE remaining > 1 RETURNING id",
    "wallet version": "UPDATE wallet SET version = version + 1 WHERE balance > 1 RETURNING id",
    "doubled receipt": """
        INSERT INTO purchase SELECT (jsonb_populate_record(p,
            '{"id": "00000000-0000-7000-8000-000000000001", "key": "another"}')).* FROM purchase p
        WHERE id = (SELECT id FROM purchase ORDER BY id DESC LIMIT 1) RETURNING id""",
    "missing transfer": f"DELETE FROM transfer WHERE id = {EARN} RETURNING id",
}


@pytest.fixture
def emma(settings, tmp_path):
    """`emma("audit", …)` on the test's database."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EMMA_")}
    environment |= config_settings.environment(settings)

    def run(*words):
        line = [sys.executable, "-m", "config.cli", *words]
        return subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


def test_it_exits_0_when_everything_holds(emma, act, session):
    live_through(act, session)
    audited = emma("audit", "--json")
    assert audited.returncode == 0, audited.stderr
    assert json.loads(audited.stdout)["findings"] == []


def test_it_exits_1_and_names_every_row_that_was_broken(emma, act, session, owner):
    live_through(act, session)
    owner.execute("SET session_replication_role = replica")
    owner.execute("ALTER TABLE purchase DROP CONSTRAINT purchase_till_id_business_day_receipt_key")
    culprits = {what: str(owner.execute(statement).fetchone()[0]) for what, statement in BROKEN.items()}
    audited = emma("audit", "--json")
    assert audited.returncode == 1, audited.stderr
    named = {finding["id"] for finding in json.loads(audited.stdout)["findings"]}
    assert {what: culprit in named for what, culprit in culprits.items()} == dict.fromkeys(BROKEN, True)
    assert culprits["amount"] in emma("audit").stdout


def heads_file(tmp_path, owner):
    """All heads of the chain, as somebody has kept them."""
    lines = [
        f"{sequence} {head.hex()}"
        for sequence, head in owner.execute("SELECT sequence, hash FROM seal ORDER BY 1")
    ]
    path = tmp_path / "heads.txt"
    path.write_text("\n".join(["# kept outside", *lines]), encoding="utf-8")
    return str(path), len(lines)


def rewritten(act, owner, statement):
    """The books tampered with by their owner, who then computes the whole chain anew. The id of the row."""
    owner.execute("SET session_replication_role = replica")
    culprit = str(owner.execute(statement).fetchone()[0])
    owner.execute("TRUNCATE seal, sealed_day")
    left = "SELECT (SELECT count(*) FROM transfer) - (SELECT count(*) FROM seal)"
    while owner.execute(left).fetchone() != (0,):
        act(lambda session: sealing.seal(session, NOON))
    return culprit


PRICE = f"UPDATE lot SET point_value_ct = 0.5 WHERE id = {EARN} RETURNING id"  # no other sum shows it


def test_promise_18_kept_heads_show_a_rewritten_chain(emma, act, session, owner, tmp_path):
    live_through(act, session)
    path, count = heads_file(tmp_path, owner)
    good = emma("audit", "--heads", path)
    assert (good.returncode, f"and {count} heads" in good.stdout) == (0, True), good.stdout
    rewritten(act, owner, PRICE)
    assert emma("audit").returncode == 0  # nothing inside the database shows it any more
    audited = emma("audit", "--heads", path)
    assert audited.returncode == 1
    assert "changed, left out or invented was something from " in audited.stdout


def test_promise_18_a_kept_export_names_the_transfer(emma, act, session, owner, tmp_path):
    street, _ = live_through(act, session)
    last, path = act(sealing.head).sequence, tmp_path / "baker.jsonl"
    lines = act(lambda s: list(exports.export(s, street.places["baker"].partner_id, 1, last)))
    path.write_text("".join(lines), encoding="utf-8")
    assert emma("audit", "--heads", str(path)).returncode == 0
    culprit = rewritten(act, owner, PRICE)
    audited = emma("audit", "--heads", str(path), "--json")
    assert audited.returncode == 1
    findings = json.loads(audited.stdout)["findings"]
    assert culprit in {one["id"] for one in findings if one["check"] == "heads.against_links"}
    assert "is not the one that went out" in findings[-1]["message"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "line 0: expected a sequence number"),
        ("12 abc\n", "line 1: expected a sequence number"),
        ("# fine\n{}\n", "line 2: expected a sequence number"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
def test_it_exits_2_for_heads_that_are_none(emma, tmp_path, content, sentence):
    path = tmp_path / "odd.txt"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    audited = emma("audit", "--heads", str(path))
    assert audited.returncode == 2
    assert sentence in audited.stderr
    assert "Traceback" not in audited.stderr
    assert emma("audit", "--heads", str(tmp_path / "missing.txt")).returncode == 2
