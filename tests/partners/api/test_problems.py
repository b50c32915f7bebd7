"""Refusals: problem+json in the reader's language, with what the protocol asks for, and never a stack trace."""

import re
from pathlib import Path

from flask_babel import force_locale, gettext

import partners.api
from partners.api import problems
from partners.api.problem_table import TABLE
from tests.partners.api.conftest import receipt

WHERE = Path(partners.api.__file__).parent


def test_words_follow_accept_language(till, anna):
    body = receipt(anna.card, total_cents=1)
    english = till.post("/purchases", body).json
    till.language = "de-DE,de;q=0.9,en;q=0.5"
    german = till.post("/purchases", body).json
    assert english["code"] == german["code"] == "total_mismatch"
    assert english["detail"] == "The lines add up to 450 cents, not to the total."
    assert german["detail"] == "Die Zeilen ergeben 450 Cent, nicht die Summe."
    till.language = "fr"
    assert till.post("/purchases", body).json["detail"] == german["detail"]


def test_every_code_has_german_words(application):
    words = {words for kind in TABLE.values() for words in (kind.title, kind.detail)}
    with application.test_request_context(), force_locale("de"):
        assert [one for one in sorted(words) if gettext(one) == one] == []


def test_every_message_of_a_field_has_german_words(application):
    text = "".join(path.read_text() for path in WHERE.glob("*.py") if path.name != "problem_table.py")
    messages = re.findall(r'(?<![\w])_\(\s*"([^"]+)"', text)
    assert len(messages) > 15
    with application.test_request_context(), force_locale("de"):
        missing = [
            message for message in messages if gettext(message, **_some(message)) == message % _some(message)
        ]
    assert missing == []


def _some(message: str) -> dict[str, str]:
    return dict.fromkeys(re.findall(r"%\((\w+)\)s", message), "x")


def test_unknown_addresses_are_problems_too(till):
    answer = till.get("/nothing")
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert till.get("/purchases/no-id").json["code"] == "not_found"


def test_a_wrong_method_names_the_right_ones(till):
    answer = till.get("/redemptions")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_what_nobody_expected_says_nothing_of_itself(till, anna, owner):
    owner.execute("ALTER TABLE slip RENAME TO slap")
    answer = till.post("/purchases", receipt(anna.card))
    owner.execute("ALTER TABLE slap RENAME TO slip")
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    assert "slip" not in answer.text and "Traceback" not in answer.text


def test_a_5xx_is_never_kept(till, anna, owner):
    body = receipt(anna.card)
    owner.execute("ALTER TABLE slip RENAME TO slap")
    assert till.post("/purchases", body, key="k").status_code == 500
    owner.execute("ALTER TABLE slap RENAME TO slip")
    assert till.post("/purchases", body, key="k").status_code == 201


def test_a_code_nobody_listed_has_the_status_of_its_class(application):
    from loyalty.errors import Conflict, Invalid

    with application.test_request_context():
        assert problems.of(Conflict("brand_new"))["status"] == 409
        assert problems.of(Invalid("brand_new", "field"))["errors"][0]["field"] == "field"
