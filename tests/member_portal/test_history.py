"""The second room: every movement with shop, receipt and the reason for each award, newest first, page by page."""

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from loyalty.points import expiry, rewards
from loyalty.rules.lots import expires_at
from tests.street import ids


def entries(page: str) -> list[str]:
    return re.findall(r'data-entry="(\w+)"', page)


def test_a_purchase_says_where_which_receipt_and_why(phone, session, street):
    street.buy(session, "anna", "baker", 450, datetime.now(UTC), "A-10023")
    session.commit()
    page = phone("anna").get("/history").text
    assert "Baker" in page and "Bon A-10023" in page
    assert "4 volle Euro × 1 = 4" in page
    assert "Regel base, Fassung 1" in page
    assert "4 full euros × 1 = 4" in phone("anna", "en").get("/history").text


def test_every_kind_of_movement_is_there(phone, session, street):
    at = datetime.now(UTC)
    wine = rewards.create(session, uuid4(), street.places["drinks"].partner_id, "Rotwein", 40, 899)
    bread = street.buy(session, "anna", "baker", 5_000, at)
    bottle = street.redeem(session, "anna", "drinks", reward_id=wine.id, at=at + timedelta(seconds=1))
    street.bring_back(session, "baker", bread.id, at=at + timedelta(seconds=2))
    street.undo(session, "drinks", bottle.id, at=at + timedelta(seconds=3))
    session.commit()
    page = phone("anna").get("/history").text
    assert entries(page) == ["reversal", "return", "redemption", "purchase"]
    assert "Rotwein" in page and "Rückgabe: Baker" in page
    assert "−40" in page and "+50" in page
    assert "Punkte waren schon ausgegeben" in page


def test_expired_points_have_an_entry_of_their_own(phone, session, street):
    bought_at = datetime.now(UTC) - timedelta(days=40 * 31)
    street.buy(session, "anna", "baker", 3_000, bought_at)
    session.commit()
    ended = expires_at(bought_at, "months", 36, "Europe/Berlin")
    assert ended < datetime.now(UTC)
    expiry.run(session, datetime.now(UTC), ids(datetime.now(UTC)))
    session.commit()
    page = phone("anna").get("/history").text
    assert entries(page) == ["expiry", "purchase"]
    assert "Punkte verfallen" in page and "−30" in page


def test_older_pages_follow_without_gap_or_double(phone, session, street):
    start = datetime.now(UTC) - timedelta(days=40)
    for number in range(45):
        street.buy(session, "anna", "baker", 1_000, start + timedelta(hours=number), f"R-{number:03}")
    session.commit()
    anna, path, seen = phone("anna"), "/history", []
    while path:
        page = anna.get(path, headers={"HX-Request": "true"} if seen else {}).text
        seen += re.findall(r"Bon (R-\d+)", page)
        more = re.search(r'hx-get="([^"]+)"', page)
        path = more[1] if more else ""
    assert seen == [f"R-{number:03}" for number in reversed(range(45))]


def test_the_next_part_is_only_the_list(phone, session, street):
    street.buy(session, "anna", "baker", 1_000, datetime.now(UTC))
    session.commit()
    part = phone("anna").get("/history", headers={"HX-Request": "true"}).text
    assert "<html" not in part and entries(part) == ["purchase"]


def test_a_cursor_of_somebody_else_opens_nothing(phone, session, street):
    annas = street.buy(session, "anna", "baker", 1_000, datetime.now(UTC), "ANNAS-BON")
    session.commit()
    ben = phone("ben")
    assert "ANNAS-BON" not in ben.get(f"/history?before=9999999999999999_{annas.id}").text


@pytest.mark.parametrize(
    "odd", ["no-cursor", "1_2", "_", "9" * 40 + "_" + "0" * 32, "²_" + "0" * 32, "x" * 5000, "\0"]
)
def test_a_made_up_cursor_is_no_page(phone, odd):
    assert phone("anna").get("/history", query_string={"before": odd}).status_code == 404
