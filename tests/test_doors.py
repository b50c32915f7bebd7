"""Promise 21: every route, every role, somebody else's things: nothing is shown, nothing is changed."""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from loyalty.models.people import Profile
from loyalty.people import members, passwords, pins
from loyalty.people.newcomers import Newcomer
from loyalty.points import rewards
from loyalty.rules.ids import uuid7
from partners import keys, shops, staff
from partners.api import auth

PASSWORD = "emma-demo-street"
ROLES = ("nobody", "member", "staff", "admin", "till")

# Whom a route lets in; everybody else is turned away by one of the statuses beside it.
PUBLIC = {
    "/healthz", "/readyz", "/metrics", "/login", "/static/{filename}", "/api/docs", "/api/openapi.json",
    "/accent/{colour}.css", "/language", "/logout",
}  # fmt: skip
PORTAL = {"/", "/history", "/card.svg", "/card.png", "/card/code.svg", "/card/print"}
ROOMS = {"/office": "staff", "/admin": "admin"}
TURNED_AWAY = {302, 303, 401, 403, 404}


@dataclass
class People:
    """One client per role, and Anna's things at the baker that none of them may touch."""

    clients: dict[str, FlaskClient]
    headers: dict[str, dict[str, str]]
    card: str
    purchase_id: str
    redemption_id: str
    reward_id: str


def new_id() -> UUID:
    return uuid7(datetime.now(UTC), os.urandom(10))


@pytest.fixture
def people(app: Flask, act: Any) -> People:
    app.extensions["till_keys"] = auth.Memory()
    made = act(lambda session: _found(session, app.config["CARD_KEY"]))
    clients = {role: app.test_client() for role in ROLES}
    for role, email in (
        ("member", "ben@a.example"),
        ("staff", "owner@a.example"),
        ("admin", "admin@a.example"),
    ):
        assert sign_in(clients[role], email).status_code in (302, 303)
    baker, drinks = made["keys"]
    headers: dict[str, dict[str, str]] = {role: {} for role in ROLES}
    headers["till"] = {"Authorization": f"Bearer {drinks}"}
    own = {"Authorization": f"Bearer {baker}"}
    bought = app.test_client().post("/api/v1/purchases", headers=own | key(), json={
        "card": made["card"], "receipt": "A-1", "purchased_at": datetime.now(UTC).isoformat(),
        "lines": [{"gross_cents": 5000}], "total_cents": 5000,
    })  # fmt: skip
    spent = app.test_client().post(
        "/api/v1/redemptions", headers=own | key(), json={"card": made["card"], "pin": "4711", "points": 5}
    )
    return People(
        clients, headers, made["card"], bought.get_json()["id"], spent.get_json()["id"], made["reward_id"]
    )


def _found(session: Any, card_key: bytes) -> dict[str, Any]:
    at = datetime.now(UTC)
    baker, drinks = (
        shops.open_partner(session, code, code.title(), code.title(), at, new_id)
        for code in ("baker", "drinks")
    )
    anna, ben = (
        members.sign_up(
            session, Newcomer(name, email=f"{name.lower()}@a.example"), "1", at, new_id, os.urandom, card_key
        )
        for name in ("Anna", "Ben")
    )
    pins.choose(session, anna.member_id, "4711", card_key)
    secret = passwords.hashed(PASSWORD)
    session.execute(update(Profile).where(Profile.member_id == ben.member_id).values(password=secret))
    staff.create(session, "owner@a.example", "Owner", "owner", drinks.partner_id, secret, new_id)
    staff.create(session, "admin@a.example", "Admin", "admin", None, secret, new_id)
    reward = rewards.create(session, new_id(), baker.partner_id, "Torte", 5, 500)
    return {
        "keys": [keys.issue(session, place.till_id, keys.SCOPES, at, os.urandom) for place in (baker, drinks)],
        "card": anna.card, "reward_id": str(reward.id),
    }  # fmt: skip


def sign_in(client: FlaskClient, email: str) -> Any:
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    assert token is not None
    return client.post("/login", data={"csrf_token": token[1], "email": email, "password": PASSWORD})


def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule)


def admitted(path: str) -> set[str]:
    """The roles a route lets in. A new route must be told here whom it is for."""
    if path in PUBLIC:
        return set(ROLES)
    if path in PORTAL:
        return {"member"}
    if path in ROOMS:
        return {ROOMS[path]}
    for room, role in ROOMS.items():
        if path.startswith(f"{room}/"):
            return {role}
    if path.startswith("/api/v1/"):
        return {"till"}
    raise AssertionError(f"{path}: whom does it let in?")


def test_promise_21_every_route_turns_away_every_other_role(
    app: Flask, people: People, owner: psycopg.Connection[Any]
) -> None:
    before = books(owner)
    for method, path in routes(app):
        for role in set(ROLES) - admitted(path):
            answer = call(people, role, method, path, signed=True)
            assert answer.status_code in TURNED_AWAY, f"{method} {path} as {role}: {answer.status_code}"
            assert people.card not in answer.text
    assert books(owner) == before


def test_promise_21_forms_without_their_token_change_nothing(
    app: Flask, people: People, owner: psycopg.Connection[Any]
) -> None:
    before = books(owner)
    for method, path in routes(app):
        if method != "GET" and not path.startswith("/api/v1/"):
            for role in ROLES:
                assert call(people, role, method, path).status_code == 400
    assert books(owner) == before


def test_promise_21_another_partners_till_finds_nothing_of_it(
    people: People, owner: psycopg.Connection[Any]
) -> None:
    def post(path: str, body: dict[str, Any]) -> int:
        headers = people.headers["till"] | key()
        return people.clients["till"].post(f"/api/v1{path}", headers=headers, json=body).status_code

    def get(path: str) -> Any:
        return people.clients["till"].get(f"/api/v1{path}", headers=people.headers["till"])

    before = books(owner)
    assert get(f"/purchases/{people.purchase_id}").status_code == 404
    assert get("/purchases?receipt=A-1").get_json()["items"] == []
    assert post(f"/purchases/{people.purchase_id}/returns", {"all": True}) == 404
    assert post(f"/redemptions/{people.redemption_id}/reversal", {}) == 404
    assert post("/redemptions", {"card": people.card, "pin": "4711", "reward_id": people.reward_id}) == 404
    assert books(owner) == before


def test_promise_21_a_member_sees_only_themselves(people: People) -> None:
    for page in ("/", "/history", "/card.svg", "/card/print"):
        text = people.clients["member"].get(page).text
        assert people.card not in text and "Anna" not in text


HOMES = {"member": "/", "staff": "/office", "admin": "/admin"}


def token(client: FlaskClient, role: str) -> str:
    """What a form of this role's own pages carries."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(HOMES.get(role, "/login")).text)
    assert found is not None
    return found[1]


def call(people: People, role: str, method: str, path: str, signed: bool = False) -> Any:
    """`signed`: a form comes with its token, so that nothing but the role can turn it away."""
    values: dict[str, Callable[[], str]] = {
        "card": lambda: people.card, "purchase_id": lambda: people.purchase_id,
        "redemption_id": lambda: people.redemption_id, "filename": lambda: "look.css", "colour": lambda: "a03c2b",
        "verdict": lambda: "agree", "form": lambda: "pdf",
    }  # fmt: skip
    url = re.sub(r"{(\w+)}", lambda match: values.get(match[1], lambda: str(uuid4()))(), path)
    client = people.clients[role]
    body: dict[str, Any] = {"json": {}} if method != "GET" else {}
    if signed and method != "GET" and not path.startswith("/api/"):
        body = {"data": {"csrf_token": token(client, role)}}
    return client.open(url, method=method, headers=people.headers[role] | key(), **body)


def books(owner: psycopg.Connection[Any]) -> dict[str, Any]:
    """A fingerprint of every table; wrong tries are counted on purpose."""
    tables = owner.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate%%'"
    ).fetchall()
    return {
        name: owner.execute(
            f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{name}\" t"
        ).fetchone()
        for (name,) in tables
        if name != "wrong_try"
    }
