"""Objections answered, corrections and points by hand: two people for money, and nobody decides the own request."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from config.sequence import in_order
from loyalty.models.points import Wallet
from loyalty.people import cards
from loyalty.points import adjustments
from partners.settlement import corrections, objections
from tests.partners.admin.money import MARCH, objected, prepared, sign_in, street, written

ROOM = "/admin/cases"
EURO = "\N{NO-BREAK SPACE}€"


@pytest.fixture
def coalition(session):
    return street(session)


@pytest.fixture
def first(app, coalition):
    desk = sign_in(app, "first@street.example")
    desk.get(ROOM)
    return desk


@pytest.fixture
def second(app, coalition):
    desk = sign_in(app, "second@street.example")
    desk.get(ROOM)
    return desk


@pytest.fixture
def objection(session, coalition):
    return objected(session, coalition, "100 Punkte zu viel.")


@pytest.fixture
def correction(session, coalition):
    """3 euros for the bookshop, made by the first admin."""
    number = corrections.make(
        session, coalition.partner("books"), 300, "goodwill", coalition.admins[0], MARCH, in_order(MARCH)
    )
    session.commit()
    return number


def asked(first, coalition, session, points="700", card=None):
    card = card or coalition.cards["anna"]
    page = first.then(f"{ROOM}/adjustments", card=card, points=points, reason="goodwill")
    session.rollback()
    return page


def balance(session, coalition, who="anna"):
    session.rollback()
    wallet_id = cards.who(session, coalition.cards[who]).wallet_id
    return session.scalar(select(Wallet.balance).where(Wallet.id == wallet_id))


def test_upheld_with_money_it_waits_for_a_second_person(first, second, objection, session):
    page = first.then(f"{ROOM}/objections/{objection}", verdict="upheld", answer="Stimmt.", amount="1,50")
    assert "Der Einspruch ist beantwortet" in page and "Ihre eigene" in page and f"1,50{EURO}" in page
    (waiting,) = corrections.waiting(session)
    assert (waiting.cents, waiting.reason, waiting.objection_id) == (150, "objection", objection)
    assert objections.get(session, objection).answer == "Stimmt."
    assert "Bestätigen" in second.get(ROOM).text


def test_rejected_it_needs_words_and_nothing_else(first, objection, session):
    first.then(f"{ROOM}/objections/{objection}", verdict="rejected", answer="Alles richtig.", amount="")
    assert objections.get(session, objection).state == "rejected" and corrections.waiting(session) == []


@pytest.mark.parametrize(
    "given",
    [
        {"verdict": "", "answer": "x"}, {"verdict": "maybe", "answer": "x"}, {"verdict": "rejected", "answer": " "},
        {"verdict": "rejected", "answer": "x", "amount": "1"}, {"verdict": "upheld", "answer": "x", "amount": "viel"},
        {"verdict": "upheld", "answer": "x", "amount": "0"}, {"verdict": "upheld", "answer": "x\x00", "amount": ""},
        {"verdict": "upheld", "answer": "x", "amount": "100000,01"},
    ],
)  # fmt: skip
def test_an_answer_that_cannot_be_is_refused_and_stays_typed(first, objection, session, given):
    before = written(session)
    refused = first.post(f"{ROOM}/objections/{objection}", **given)
    assert refused.status_code == 422 and '<details class="aside" open>' in refused.text
    assert written(session) == before and objections.get(session, objection).state == "open"


def test_an_objection_is_answered_once(first, objection, session):
    path = f"{ROOM}/objections/{objection}"
    first.then(path, verdict="rejected", answer="Nein.")
    before = written(session)
    refused = first.post(path, verdict="upheld", answer="Doch.")
    assert refused.status_code == 409 and "schon beantwortet" in refused.text
    assert written(session) == before


@pytest.mark.parametrize(("side", "cents"), [("for", 1250), ("against", -1250)])
def test_a_correction_goes_one_way_or_the_other(first, coalition, session, side, cents):
    partner = coalition.partner("drinks")
    page = first.then(f"{ROOM}/corrections", partner=partner, side=side, amount="12,50", reason="wrong_fee")
    assert "Die Korrektur ist angelegt" in page and "Ihre eigene" in page
    (made,) = corrections.waiting(session)
    assert (made.partner_id, made.cents, made.reason) == (partner, cents, "wrong_fee")


@pytest.mark.parametrize(
    "wrong",
    [
        {"partner": "x"},
        {"side": ""},
        {"amount": ""},
        {"amount": "0"},
        {"amount": "-1"},
        {"reason": "because"},
    ],
)
def test_a_correction_that_cannot_be_is_refused(first, coalition, session, wrong):
    before = written(session)
    fields = {"partner": coalition.partner("drinks"), "side": "for", "amount": "12,50", "reason": "agreed"}
    assert first.post(f"{ROOM}/corrections", **(fields | wrong)).status_code == 422
    assert first.post(f"{ROOM}/corrections", **(fields | {"partner": uuid4()})).status_code == 404
    assert written(session) == before


def test_who_made_a_correction_may_not_approve_it(first, correction, session):
    page = first.get(ROOM).text
    assert "Jemand anders muss entscheiden" in page and "/approve" not in page
    before = written(session)
    refused = first.post(f"{ROOM}/corrections/{correction}/approve")
    assert refused.status_code == 403 and "zweite Person" in refused.text
    assert written(session) == before


def test_the_second_person_approves_and_the_next_run_is_told(second, correction, coalition, session):
    assert "Bestätigen" in second.get(ROOM).text
    page = second.then(f"{ROOM}/corrections/{correction}/approve")
    assert "angelegt von First, bestätigt von Second" in page
    run_id = prepared(session, coalition)
    assert coalition.positions(session, run_id)["books"] == -221 + 300
    assert "angelegt von First" not in second.get(ROOM).text


def test_a_correction_is_dropped_while_it_waits(first, second, correction, session):
    assert "verworfen" in first.then(f"{ROOM}/corrections/{correction}/drop")
    session.rollback()
    assert corrections.waiting(session) == []
    assert second.post(f"{ROOM}/corrections/{correction}/approve").status_code == 404


def test_an_approved_correction_is_not_dropped(first, second, correction, session):
    second.then(f"{ROOM}/corrections/{correction}/approve")
    before = written(session)
    refused = first.post(f"{ROOM}/corrections/{correction}/drop")
    assert refused.status_code == 409 and "schon bestätigt" in refused.text
    assert written(session) == before


def test_a_few_points_are_booked_at_once(first, coalition, session):
    had = balance(session, coalition)
    card = coalition.cards["anna"]
    page = asked(first, coalition, session, "300", f"{card[:4]} {card[4:8]} {card[8:]}")
    assert "Die Punkte sind gebucht" in page
    assert balance(session, coalition) == had + 300 and adjustments.waiting(session) == []


def test_many_points_wait_and_the_asker_may_not_decide(first, coalition, session):
    page = asked(first, coalition, session)
    (waiting,) = adjustments.waiting(session)
    card = coalition.cards["anna"]
    assert "Eine zweite Person muss zustimmen" in page and "Ihre eigene" in page and "/agree" not in page
    assert f"{card[:4]} {card[4:8]}" in page and "+700" in page
    before = written(session)
    for verdict in ("agree", "refuse"):
        refused = first.post(f"{ROOM}/adjustments/{waiting.id}/{verdict}")
        assert refused.status_code == 403 and "darf nicht darüber entscheiden" in refused.text
    assert written(session) == before


@pytest.mark.parametrize(("verdict", "points", "words"), [
    ("agree", 700, "Die Punkte sind gebucht"), ("refuse", 0, "Der Antrag ist abgelehnt"),
])  # fmt: skip
def test_the_second_person_decides_once(first, second, coalition, session, verdict, points, words):
    had = balance(session, coalition)
    asked(first, coalition, session)
    (waiting,) = adjustments.waiting(session)
    assert words in second.then(f"{ROOM}/adjustments/{waiting.id}/{verdict}")
    assert balance(session, coalition) == had + points
    before = written(session)
    again = second.post(f"{ROOM}/adjustments/{waiting.id}/agree")
    assert again.status_code == 409 and "schon entschieden" in again.text
    assert written(session) == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"card": "123"}, "keine Karte"), ({"card": ""}, "keine Karte"), ({"card": "27\x00"}, "keine Karte"),
        ({"points": "0"}, "außerhalb"), ({"points": "viele"}, "eine Zahl"), ({"points": "1000001"}, "außerhalb"),
        ({"reason": "mood"}, "angebotenen Gründe"),
    ],
)  # fmt: skip
def test_points_that_cannot_be_are_refused_and_stay_typed(first, coalition, session, wrong, words):
    before = written(session)
    fields = {"card": coalition.cards["anna"], "points": "10", "reason": "goodwill"} | wrong
    refused = first.post(f"{ROOM}/adjustments", **fields)
    assert refused.status_code == 422 and words in refused.text
    assert written(session) == before


def test_more_than_there_are_cannot_be_taken(first, coalition, session):
    before = written(session)
    refused = first.post(f"{ROOM}/adjustments", card=coalition.cards["anna"], points="-400", reason="mistake")
    assert refused.status_code == 409 and "nur" in refused.text
    assert written(session) == before


def test_a_blocked_card_gets_no_points(first, coalition, session):
    cards.block(session, coalition.cards["anna"], MARCH)
    session.commit()
    before = written(session)
    refused = first.post(f"{ROOM}/adjustments", card=coalition.cards["anna"], points="10", reason="goodwill")
    assert refused.status_code == 409 and "gesperrt" in refused.text
    assert written(session) == before


def test_what_there_is_not_is_a_404(first, session):
    before = written(session)
    for path in (f"objections/{uuid4()}", f"corrections/{uuid4()}/approve", f"adjustments/{uuid4()}/agree"):
        answer = first.post(f"{ROOM}/{path}", verdict="rejected", answer="Nein.")
        assert answer.status_code == 404
    assert first.post(f"{ROOM}/adjustments/{uuid4()}/perhaps").status_code == 404
    assert written(session) == before
