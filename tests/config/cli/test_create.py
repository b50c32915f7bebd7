"""First steps of a real coalition, as somebody types them: the command in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

from partners import keys, staff

PASSWORD = "emma-demo-street\n"


@pytest.fixture
def emma(database, settings, tmp_path):
    """`emma("partner", "create", ...)`: what the process answered."""
    given = {
        "EMMA_DATABASE_URL": database,
        "EMMA_SECRET_KEY": settings.secret_key,
        "EMMA_CARD_KEY": settings.card_key.decode(),
    }

    def run(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "config.cli", *words],
            input=typed, capture_output=True, text=True, timeout=60, env={**os.environ, **given},
        )  # fmt: skip

    return run


def test_from_nothing_to_a_key_that_opens(emma, session):
    partner = emma("partner", "create", "--code", "baker", "--name", "Bäckerei Kern", "--shop", "Marktplatz",
                   "--owner-email", "owner@bakery.example", "--password-stdin", "--json", typed=PASSWORD)  # fmt: skip
    assert partner.returncode == 0, partner.stderr
    facts = json.loads(partner.stdout)
    made = emma("key", "create", "--till", "baker", "--scope", "post", "--json")
    assert made.returncode == 0, made.stderr
    key_id, secret = keys.parse(json.loads(made.stdout)["key"])
    ring = keys.look_up(session, key_id)
    assert ring.opens(secret) and ring.scopes == {"post"}
    assert (str(ring.till_id), ring.shop_name) == (facts["till"], "Marktplatz")
    assert staff.verify(session, "owner@bakery.example", PASSWORD.strip()).role == "owner"
    emma("key", "create", "--till", facts["till"])
    third = emma("key", "create", "--till", "baker")
    assert (third.returncode, third.stderr) == (2, "emma: refused: too_many_keys (till)\n")


def test_an_admin_signs_in_with_the_password_that_was_typed(emma, session):
    words = (
        "admin",
        "create",
        "--email",
        "Admin@street.example",
        "--name",
        "Anna Kaiser",
        "--password-stdin",
    )
    done = emma(*words, "--json", typed=PASSWORD)
    admin = staff.verify(session, "admin@street.example", PASSWORD.strip())
    assert str(admin.id) == json.loads(done.stdout)["id"] and admin.role == "admin"


@pytest.mark.parametrize(
    "words",
    [
        ("key", "create", "--till", "baker", "--scope", "everything"),
        ("partner", "create", "--code", "No Code", "--name", "Baker"),
    ],
)
def test_a_bad_call_ends_with_2_and_one_sentence(emma, words):
    refused = emma(*words, typed=PASSWORD)
    assert refused.returncode == 2
    assert refused.stdout == "" and "Traceback" not in refused.stderr and refused.stderr
