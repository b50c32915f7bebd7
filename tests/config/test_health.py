"""The three addresses for machines."""

import re


def test_it_answers_healthz_with_an_id(client):
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert re.fullmatch("[0-9a-f]{24}", answer.headers["X-Request-Id"])


def test_it_keeps_a_sane_request_id_and_replaces_any_other(client):
    assert (
        client.get("/healthz", headers={"X-Request-Id": "till-7.order-99"}).headers["X-Request-Id"]
        == "till-7.order-99"
    )
    assert (
        client.get("/healthz", headers={"X-Request-Id": 'x"}<script>'}).headers["X-Request-Id"]
        != 'x"}<script>'
    )


def test_it_is_ready_when_the_database_is_migrated(client):
    assert client.get("/readyz").json == {"status": "ok"}


def test_it_is_not_ready_behind_the_newest_migration(client, owner):
    owner.execute("UPDATE alembic_version SET version_num = '0000'")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "not_migrated"})


def test_it_counts_requests_by_route_never_by_path(client):
    client.get("/cards/2700417003829152")
    client.get("/healthz")
    page = client.get("/metrics").text
    assert 'emma_request_seconds_count{method="GET",route="/healthz",status="200"}' in page
    assert 'route="unknown"' in page
    assert "2700417003829152" not in page
