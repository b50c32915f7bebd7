"""What waits in the room of cases: words as they were written, the card meant, and whose request it is."""

from datetime import UTC, datetime, timedelta

import pytest

from config.sequence import in_order
from loyalty.people import cards
from loyalty.points import adjustments, households
from partners import contracts
from partners.settlement import corrections
from tests.partners.admin.money import MARCH, objected, sign_in, street

ROOM = "/admin/cases"
OWN = "Jemand anders muss entscheiden"
EURO = "\N{NO-BREAK SPACE}€"


@pytest.fixture
def coalition(session):
    return street(session)


@pytest.fixture
def rooms(app, coalition):
    """What the first and the second admin see."""
    desks = [sign_in(app, f"{who}@street.example") for who in ("first", "second")]
    return lambda: [desk.get(ROOM).text for desk in desks]


@pytest.fixture
def ask(session, coalition):
    """The first admin asks for 700 points for Anna."""
    now = datetime.now(UTC)
    wallet_id = cards.who(session, coalition.cards["anna"]).wallet_id
    programme = contracts.programme(session)
    asked = adjustments.ask(
        session, wallet_id, 700, "goodwill", coalition.admins[0], 500, programme, now, in_order(now)
    )
    session.commit()
    assert not asked.done
    return wallet_id


def test_an_empty_room_says_so(rooms):
    for page in rooms():
        assert "Kein Einspruch" in page and "Keine Korrektur" in page and "Kein Antrag" in page


def test_an_objection_is_read_as_it_was_written(rooms, session, coalition):
    objected(session, coalition, "100 Punkte zu viel.\n<script>alert(1)</script>")
    for page in rooms():
        assert "100 Punkte zu viel." in page and "&lt;script&gt;" in page and "<script>alert" not in page


def test_a_correction_says_who_may_approve_it(rooms, session, coalition):
    books = coalition.partner("books")
    corrections.make(session, books, -300, "wrong_vat", coalition.admins[0], MARCH, in_order(MARCH))
    session.commit()
    own, others = rooms()
    assert f"-3,00{EURO}" in own and OWN in own and "/approve" not in own and "/drop" in own
    assert OWN not in others and "/approve" in others and "First" in others


def test_points_by_hand_say_for_which_card(rooms, coalition, ask):
    own, others = rooms()
    card = coalition.cards["anna"]
    for page in (own, others):
        assert f"{card[:4]} {card[4:8]} {card[8:12]} {card[12:]}" in page and "+700" in page
    assert OWN in own and "/agree" not in own and OWN not in others and "/agree" in others


def test_without_a_card_they_say_so(rooms, session, coalition, ask):
    cards.block(session, coalition.cards["anna"], MARCH)
    session.commit()
    assert all("Ein Punktekonto ohne Karte" in page for page in rooms())


def test_of_a_wallet_merged_away_the_card_of_the_household_is_shown(rooms, session, coalition, ask):
    now = datetime.now(UTC) + timedelta(seconds=1)
    anna, ben = (cards.who(session, coalition.cards[who]) for who in ("anna", "ben"))
    households.join(session, anna.member_id, ben.wallet_id, now, in_order(now))
    session.commit()
    shown = {coalition.cards[who][12:] for who in ("anna", "ben")}
    assert all(any(f" {end}" in page for end in shown) and "ohne Karte" not in page for page in rooms())
