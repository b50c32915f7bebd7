"""Refusals: a till gets problem+json, a person a page, the log the place and no values."""

import json
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from config import logging
from config.app import create_app
from partners import keys

CARD = "2700417003829152"


def test_a_till_gets_problem_json_also_where_no_call_is(client):
    answer = client.get("/api/v1/nothing", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["code"] == "not_found"


def test_a_wrong_method_says_which_are_right(client):
    answer = client.put("/api/v1/purchases")
    assert (answer.status_code, answer.json["code"]) == (405, "method_not_allowed")
    assert "POST" in answer.headers["Allow"]


def test_a_person_gets_a_page_in_their_language(client):
    german = client.get("/nowhere")
    english = client.get("/nowhere", headers={"Accept-Language": "en"})
    assert (german.status_code, german.mimetype) == (404, "text/html")
    assert "There is nothing here." in english.text and "There is nothing here." not in german.text


def test_a_body_that_is_too_large_is_refused_unread(client):
    answer = client.post(
        "/login", data=b"x" * (7 * 1024 * 1024), content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 413


@pytest.fixture
def broken(settings, database):
    """A till of an application in which one call breaks over a value that nobody may read."""

    def breaks() -> str:
        raise ValueError(f"cannot read {CARD}")

    app = create_app(replace(settings, log_level="info"))
    app.add_url_rule("/api/v1/broken", view_func=breaks)
    yield app.test_client()
    logging.configure(settings.log_level)


def test_what_nobody_expected_is_logged_with_its_place_and_without_its_values(broken, capsys):
    answer = broken.get("/api/v1/broken", headers={"X-Request-Id": "order-0001"})
    assert (answer.status_code, answer.json["code"]) == (500, "internal_error")
    said = capsys.readouterr().err
    assert CARD not in answer.text + said and "Traceback" not in answer.text
    lines = [json.loads(line) for line in said.splitlines()]
    note = next(line for line in lines if line["event"] == "request_failed")
    assert (note["event"], note["error"], note["request_id"]) == (
        "request_failed",
        "ValueError",
        "order-0001",
    )
    assert note["frames"][-1].endswith(" breaks")


def test_without_a_database_a_till_is_told_to_come_again(client, owner):
    name = owner.info.dbname
    with psycopg.connect(owner.info.dsn, dbname="postgres", autocommit=True) as other:
        other.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        key = keys.written("aaaaaaaa", "bbbbbbbb")
        answer = client.get("/api/v1/me", headers={"Authorization": f"Bearer {key}"})
    assert answer.status_code == 503 and answer.headers["Retry-After"]
