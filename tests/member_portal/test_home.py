"""The first room shows the caller's card, points in euros, what is owed, what ends and what is next."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from loyalty.models.club import MemberStanding
from loyalty.people import cards
from loyalty.points import rewards
from loyalty.rules import cardnumber
from loyalty.rules.terms import Programme


def digits(page: str) -> str:
    found = re.search(r'data-digits="(\d+)"', page)
    assert found is not None
    return found[1]


def test_who_is_not_signed_in_is_asked_to(client, street):
    for path in ("/", "/history", "/card.svg", "/card.png", "/card/print", "/card/code.svg"):
        answer = client.get(path)
        assert answer.status_code == 302, path
        assert answer.location.startswith("/login"), path


def test_the_code_is_the_card_with_the_six_digits_of_now(phone, street, app):
    page = phone("anna").get("/").text
    shown = digits(page)
    assert shown[:16] == street.cards["anna"]
    secret = cardnumber.key_of(app.config["CARD_KEY"], shown[:16])
    assert cardnumber.matching_step(secret, shown[16:], datetime.now(UTC)) is not None


def test_the_code_comes_alone_too_and_is_kept_by_nobody(phone, street):
    answer = phone("anna").get("/card/code.svg")
    assert answer.mimetype == "image/svg+xml"
    assert answer.headers["Cache-Control"] == "no-store"
    assert 0 < int(answer.headers["Emma-Code-Left-Ms"]) <= 30_000
    assert digits(answer.text).startswith(street.cards["anna"])


def test_points_are_shown_in_euros_too(phone, street, session):
    street.buy(session, "anna", "baker", 123_400, datetime.now(UTC))
    session.commit()
    page = phone("anna").get("/").text
    assert re.search(r"data-available>1\.234<", page)
    assert "12,34\N{NO-BREAK SPACE}€ wert" in page
    english = phone("anna", "en").get("/").text
    assert re.search(r"data-available>1,234<", english)
    assert "worth €12.34 at every shop" in english


def test_points_on_their_way_are_told_apart(phone, session, street):
    waiting = under(street, Programme(pending_days=14))
    waiting.buy(session, "anna", "baker", 2_000, datetime.now(UTC))
    session.commit()
    page = phone("anna").get("/").text
    assert "data-available>0<" in page
    assert "20 weitere Punkte sind unterwegs" in page


def under(street, programme):
    changed = {code: replace(terms, programme=programme) for code, terms in street.terms.items()}
    return replace(street, terms=changed)


def test_points_that_end_are_announced_in_words(phone, session, street):
    bought_at = datetime.now(UTC) - timedelta(days=10)
    ending = under(street, Programme(expiry_months=1))
    ending.buy(session, "anna", "baker", 10_000, bought_at)
    session.commit()
    assert re.search(r"100 Punkte verfallen nach dem \d+\. \w+ \d{4}\.", phone("anna").get("/").text)


def test_a_debt_is_explained(phone, session, street):
    at = datetime.now(UTC)
    bread = street.buy(session, "anna", "baker", 5_000, at)
    street.redeem(session, "anna", "drinks", points=40, at=at)
    street.bring_back(session, "baker", bread.id, at=at)
    session.commit()
    page = phone("anna").get("/").text
    assert "40 Punkte sind offen." in page
    assert "zahlen musst du nichts" in page


def test_the_next_reward_says_how_far_it_is(phone, session, street):
    rewards.create(session, uuid4(), street.places["drinks"].partner_id, "Flasche Rotwein", 100, 899)
    street.buy(session, "anna", "baker", 4_800, datetime.now(UTC))
    session.commit()
    page = phone("anna").get("/").text
    assert "Deine nächste Prämie" in page and "Flasche Rotwein" in page
    assert "Noch 52 Punkte." in page


def test_a_tier_is_on_the_card(phone, session, street):
    session.add(
        MemberStanding(member_id=street.members["anna"], tier="silver", factor=1, since=datetime.now(UTC))
    )
    session.commit()
    assert ">Silver<" in phone("anna").get("/").text
    assert ">Silver<" not in phone("ben").get("/").text


def test_nothing_of_anybody_else_is_on_the_page(phone, session, street):
    street.buy(session, "anna", "baker", 77_700, datetime.now(UTC), "ANNAS-BON")
    session.commit()
    ben = phone("ben")
    for path in ("/", "/history", "/card/print", "/card.svg", "/card/code.svg"):
        page = ben.get(path).text
        assert "777" not in page, path
        assert "Anna" not in page and "ANNAS-BON" not in page, path
        assert street.cards["anna"] not in page, path


def test_a_blocked_card_shows_no_code(phone, session, street):
    anna = phone("anna")
    cards.block(session, street.cards["anna"], datetime.now(UTC))
    session.commit()
    page = anna.get("/")
    assert page.status_code == 200 and "Deine Karte ist gesperrt" in page.text
    assert "data-digits" not in page.text
    assert anna.get("/card/code.svg").status_code == 404
