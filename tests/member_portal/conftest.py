"""Anna and Ben with passwords, signed in through the form as anybody would."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from loyalty.models.people import Profile
from loyalty.people import passwords
from tests.street import Street, open_street

PASSWORD = "emma-demo-street"


@pytest.fixture
def street(session) -> Street:
    """Two shops and three people; all but Clara have a password."""
    opened = open_street(session)
    for who in ("anna", "ben"):
        change = update(Profile).where(Profile.member_id == opened.members[who])
        session.execute(change.values(email=f"{who}@street.example", password=passwords.hashed(PASSWORD)))
    session.commit()
    return opened


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: str):
    """What the form sends; the answer."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    assert token is not None
    return client.post("/login", data={"csrf_token": token[1], "email": email, "password": password, **more})


@pytest.fixture
def phone(app, street) -> Callable[..., FlaskClient]:
    """`phone("anna")`: a browser in which this member is signed in; German, unless told otherwise."""

    def open_phone(who: str, language: str = "de") -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        assert sign_in(client, f"{who}@street.example").status_code == 303
        with client.session_transaction() as kept:
            kept["language"] = language
        return client

    return open_phone
