"""What every answer carries, and what a log line never holds."""

import json

import pytest

from config import logging

CARD = "2700417003829152"


def test_pages_are_closed_to_foreign_content(client):
    headers = client.get("/login").headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"


def test_machines_get_no_cookie(client):
    answer = client.get("/healthz")
    assert "Set-Cookie" not in answer.headers and "Vary" not in answer.headers


def test_a_form_without_its_token_is_refused(client):
    assert client.post("/login", data={"email": "anna@street.example", "password": "x"}).status_code == 400


@pytest.fixture
def aloud():
    logging.configure("info")
    yield
    logging.configure("error")


def test_a_log_line_names_the_route_and_no_card(client, aloud, capsys):
    client.get(f"/cards/{CARD}?q={CARD}", headers={"X-Request-Id": "order-0001"})
    client.open("/healthz", method='G"ET')
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert lines[0] | {"at": 0, "ms": 0} == {
        "event": "request",
        "at": 0,
        "request_id": "order-0001",
        "method": "GET",
        "route": "unknown",
        "status": 404,
        "ms": 0,
    }
    assert CARD not in json.dumps(lines)


def test_a_connection_the_server_closed_is_replaced_unseen(client, owner):
    assert client.get("/readyz").status_code == 200
    owner.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    assert client.get("/readyz").status_code == 200
