"""`emma audit`, run as a person runs it: 0 when everything holds, 1 and the row's id when something was broken."""

import json
import os
import subprocess
import sys

import pytest

from config import settings as config_settings
from tests.loyalty.points.audit.year import live_through

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
