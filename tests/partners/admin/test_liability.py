"""The page of what points are worth: the same figures as the lots, told in words, and as a table."""

import csv
import io

import pytest
from sqlalchemy import func, select

from loyalty.models.points import Lot
from partners.settlement.models import FlowRow
from tests.partners.admin.rooms import admin_desk, furnished

EURO = "\N{NO-BREAK SPACE}€"


@pytest.fixture
def coalition(session):
    return furnished(session)


@pytest.fixture
def desk(app, coalition):
    return admin_desk(app)


def table(desk) -> list[dict[str, str]]:
    answer = desk.get("/admin/liability.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert "attachment; filename=emma-liability-" in answer.headers["Content-Disposition"]
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))


def test_it_tells_what_the_lots_hold(desk, session) -> None:
    page = desk.get("/admin/liability").text
    worth = session.scalar(select(func.sum(Lot.remaining * Lot.point_value_ct)))
    assert worth == 1090 and "1.090" in page and f"10,90{EURO} wert" in page
    assert f"6,90{EURO}" in page and f"4,00{EURO}" in page  # in the pool, and still to be paid
    assert "Der Topf stimmt, auf den Tausendstel Cent." in page and page.count("690 ct") == 2
    assert "nichts zu tun" in page and f"7,50{EURO}" in page


def test_it_is_the_same_as_a_table(desk) -> None:
    rows = table(desk)
    assert [row["Kürzel"] for row in rows] == ["baker", "books", "drinks"]
    assert sum(int(row["Offene Punkte"]) for row in rows) == 1090
    assert {row["Kürzel"]: row["Rückstellung (HGB), in Euro"] for row in rows} == {
        "baker": "0,00", "books": "4,00", "drinks": "0,00",
    }  # fmt: skip
    bands = [name for name in rows[0] if name.startswith("Punkte: ")]
    assert len(bands) == 10
    assert sum(int(row[name]) for row in rows for name in bands) == 2 * 1090


def test_it_says_so_when_the_pool_is_off(desk, owner) -> None:
    owner.execute("UPDATE lot SET remaining = remaining - 1 WHERE remaining = 340")
    page = desk.get("/admin/liability").text
    assert "Der Topf weicht um 1 ct ab." in page and "emma audit" in page and "Der Topf stimmt" not in page


@pytest.mark.parametrize(
    ("points", "words"), [(90_000_000, "nahe der Grenze"), (200_000_000, "der BaFin anzuzeigen")]
)
def test_it_warns_of_the_notice(desk, session, points, words) -> None:
    row = session.scalars(select(FlowRow).where(FlowRow.kind == "redeem").limit(1)).one()
    row.points, row.day = points, func.current_date()
    session.commit()
    assert words in desk.get("/admin/liability").text


def test_it_is_calm_before_the_first_point(desk, owner) -> None:
    owner.execute("UPDATE lot SET remaining = 0; DELETE FROM flow")
    page = desk.get("/admin/liability").text
    assert "Es sind keine Punkte offen." in page and "Der Topf stimmt" in page
    assert table(desk) == []


def test_it_speaks_english(desk) -> None:
    desk.get("/admin/liability")
    desk.post("/language", language="en", next="/admin/liability")
    page = desk.get("/admin/liability").text
    assert "The pool is right, to the thousandth of a cent." in page and "worth €10.90" in page
    assert table(desk)[0]["Value in euros"] == "3.50"
