"""docs/tills.md says what is: its catalogue of problems, its test vectors, its example."""

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest

from loyalty.rules import cardnumber
from loyalty.rules.fingerprint import fingerprint
from partners import keys
from partners.api.idempotency import STICKY
from partners.api.problem_table import TABLE
from tests.partners.api.conftest import receipt

PAPER = (Path(__file__).parents[3] / "docs" / "tills.md").read_text()


def table(heading: str) -> list[list[str]]:
    """The cells of the rows of the first table after `heading`, without header and backticks."""
    lines = PAPER[PAPER.index(heading) :].splitlines()
    first = next(place for place, line in enumerate(lines) if line.startswith("|---"))
    rows = []
    for line in lines[first + 1 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


def test_every_code_is_in_the_catalogue_and_no_other():
    listed = {code: (int(status), sticks == "yes") for code, status, _words, sticks in table("## Problems")}
    assert listed == {code: (kind.status, code in STICKY) for code, kind in TABLE.items()}


def test_the_scopes_are_listed():
    assert {row[0] for row in table("## Keys")} == set(keys.SCOPES)


def test_vectors_of_the_check_digit():
    for digits, check in table("**Check digit**"):
        assert cardnumber.luhn(digits) == check
        assert cardnumber.parse(digits + check).number == digits + check


def test_vectors_of_the_rotating_code():
    for secret, window, code in table("**Rotating code**"):
        assert cardnumber.code_at(bytes.fromhex(secret), int(window)) == code


def test_vectors_of_the_fingerprint():
    for canonical, digest in table("**Fingerprint**"):
        assert sha256(canonical.encode()).hexdigest() == digest
        asked = json.loads(canonical)
        body = asked["body"] | {"pin": "4711"}
        assert fingerprint(asked["method"], asked["route"], asked["path"], body).hex() == digest


def test_the_first_purchase_works_as_written(till, anna):
    example = re.search(r"-d '(\{.*?\})'", PAPER, re.DOTALL)
    assert example
    fresh = receipt(anna.card)
    body = json.loads(example[1]) | {name: fresh[name] for name in ("card", "purchased_at")}
    assert till.post("/purchases", body, key="till-1-A-10023").json["points"]["earned"] == 4


@pytest.mark.parametrize("path", sorted(set(re.findall(r"(?:GET|POST) (/[a-z/{}]+)", PAPER))))
def test_every_call_it_names_exists(application, path):
    found = {re.sub(r"<(?:\w+:)?\w+>", "{}", rule.rule) for rule in application.url_map.iter_rules()}
    assert "/api/v1" + re.sub(r"\{\w+\}", "{}", path) in found
