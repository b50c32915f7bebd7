"""Signing in: the same answer for known and unknown addresses, slowed after wrong tries, ended by a new password."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from loyalty.models.people import Member, Profile, WrongTry
from loyalty.people import passwords
from partners.models import Staff
from tests.street import open_street

PASSWORD = "emma-demo-street"


@pytest.fixture(autouse=True)
def street(session):
    """Anna with a password, the baker's owner and an admin."""
    opened = open_street(session)
    digest = passwords.hashed(PASSWORD)
    change = update(Profile).where(Profile.member_id == opened.members["anna"])
    session.execute(change.values(email="anna@street.example", password=digest))
    baker = opened.places["baker"].partner_id
    session.add(
        Staff(
            id=uuid4(),
            partner_id=baker,
            email="owner@baker.example",
            name="Olga",
            role="owner",
            password=digest,
        )
    )
    session.add(Staff(id=uuid4(), email="admin@street.example", name="Adam", role="admin", password=digest))
    session.commit()
    return opened


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: str):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    assert token is not None
    return client.post("/login", data={"csrf_token": token[1], "email": email, "password": password, **more})


@pytest.mark.parametrize(
    ("email", "home"),
    [("anna@street.example", "/"), ("owner@baker.example", "/office"), ("admin@street.example", "/admin")],
)
def test_everybody_starts_in_their_own_house(client, email, home):
    answer = sign_in(client, email)
    assert (answer.status_code, answer.location) == (303, home)
    assert client.get(home).status_code == 200
    assert client.get("/login").location == home


def test_capitals_and_spaces_in_the_address_do_no_harm(client):
    assert sign_in(client, " Anna@Street.example ").status_code == 303


def test_without_the_form_s_token_nothing_happens(client):
    answer = client.post("/login", data={"email": "anna@street.example", "password": PASSWORD})
    assert answer.status_code == 400
    assert client.get("/").status_code == 302


def test_known_and_unknown_addresses_get_the_same_answer(app):
    pages = []
    for email in ("anna@street.example", "nobody@street.example"):
        answer = sign_in(app.test_client(), email, "a wrong password")
        pages.append(re.sub(r'value="[^"]*"', "", answer.text))
        assert answer.status_code == 401
    assert pages[0] == pages[1]


@pytest.mark.parametrize("email", ["anna@street.example", "nobody@street.example"])
def test_after_five_wrong_tries_the_right_one_must_wait(client, email):
    for _ in range(5):
        assert sign_in(client, email, "a wrong password").status_code == 401
    answer = sign_in(client, email)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_of_many_guesses_at_once_only_five_are_looked_at(app):
    clients = [app.test_client() for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda one: sign_in(one, "anna@street.example", "wrong again"), clients))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


def test_the_right_password_forgives_earlier_slips(client, session):
    for _ in range(4):
        sign_in(client, "anna@street.example", "a wrong password")
    assert sign_in(client, "anna@street.example").status_code == 303
    assert not session.scalars(select(WrongTry.bucket).where(WrongTry.bucket.startswith("login:"))).all()


def test_the_table_of_tries_knows_no_address(client, session):
    sign_in(client, "anna@street.example", "a wrong password")
    assert all("anna" not in bucket for bucket in session.scalars(select(WrongTry.bucket)))


def test_a_new_password_ends_all_other_sessions(client, session, street):
    sign_in(client, "anna@street.example")
    assert client.get("/").status_code == 200
    change = update(Profile).where(Profile.member_id == street.members["anna"])
    session.execute(change.values(password=passwords.hashed("another-password")))
    session.commit()
    assert client.get("/").status_code == 302


def test_who_was_erased_or_left_is_out(client, app, session, street):
    owner = app.test_client()
    sign_in(client, "anna@street.example")
    sign_in(owner, "owner@baker.example")
    at = datetime.now(UTC)
    session.execute(update(Member).where(Member.id == street.members["anna"]).values(erased_at=at))
    session.execute(update(Staff).where(Staff.email == "owner@baker.example").values(left_at=at))
    session.commit()
    assert client.get("/").status_code == 302 and owner.get("/office").status_code == 302
    assert sign_in(app.test_client(), "anna@street.example").status_code == 401
    assert sign_in(app.test_client(), "owner@baker.example").status_code == 401


def test_a_language_kept_with_the_person_comes_along(app, session, street):
    english = {"Accept-Language": "en"}
    guest, anna = app.test_client(), app.test_client()
    sign_in(guest, "anna@street.example")
    assert "Deine Punkte" in guest.get("/").text and "Your points" in guest.get("/", headers=english).text
    change = update(Profile).where(Profile.member_id == street.members["anna"])
    session.execute(change.values(language="en"))
    session.commit()
    sign_in(anna, "anna@street.example")
    assert "Your points" in anna.get("/").text


def test_signing_out_ends_it(client):
    sign_in(client, "anna@street.example")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    assert token is not None
    assert client.post("/logout", data={"csrf_token": token[1]}).location == "/login"
    assert client.get("/").status_code == 302


def test_one_comes_back_to_where_one_wanted_to_go(client):
    asked = client.get("/history?before=01a201e6-ca93-7187-b8c6-eff26b503177").location
    assert asked == "/login?next=/history?before%3D01a201e6-ca93-7187-b8c6-eff26b503177"
    assert sign_in(client, "anna@street.example", next="/history").location == "/history"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\tevil"]
)
def test_nobody_is_sent_to_another_house(client, target):
    assert sign_in(client, "anna@street.example", next=target).location == "/"


@pytest.mark.parametrize("odd", ["\0", "a" * 300, "'; DROP TABLE member; --", "anna@street.example\0"])
def test_odd_input_is_just_wrong(client, odd):
    assert sign_in(client, odd, odd).status_code in (401, 303)
    assert sign_in(client, "anna@street.example", "x" * 5000).status_code == 401


def test_each_house_has_its_own_door(app):
    houses = {"anna@street.example": "/", "owner@baker.example": "/office", "admin@street.example": "/admin"}
    for email in houses:
        client = app.test_client()
        sign_in(client, email)
        for other in ("/office", "/admin", "/history", "/card.svg", "/card/code.svg"):
            mine = other == houses[email] or (email.startswith("anna") and other not in ("/office", "/admin"))
            assert client.get(other).status_code == (200 if mine else 403), (email, other)
