"""A statement: the result, the arithmetic of every line, own receipts and nobody else's, and the objection to it."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from config.sequence import in_order
from loyalty.models.oversight import AuditLog
from loyalty.people import passwords
from partners import staff
from partners.settlement import objections, papers
from partners.settlement.models import Objection
from tests.coalition import day, open_coalition
from tests.partners.office.settled import PASSWORD, settled

MONEY = " €"  # `plain` makes every blank a plain one


def plain(page: str) -> str:
    """The words of a page, tags and doubled blanks left out."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def counts(session) -> tuple[int, int]:
    session.rollback()
    return (
        session.scalar(select(func.count()).select_from(Objection)),
        session.scalar(select(func.count()).select_from(AuditLog)),
    )


def test_it_says_what_is_due_and_why(february, sit_down, address) -> None:
    page = plain(sit_down("owner@baker.example").get(address(february)).text)
    assert f"Sie zahlen 0,52{MONEY}" in page
    assert "Per Lastschrift am 15. März 2026, Konto mit den Endziffern 2051." in page
    assert "381 Punkte × 1 ct Ihr Vertrag seit 1. Januar 2026 −381 ct" in page
    assert "333 Punkte × 0,875 ct Ihr Vertrag seit 10. Februar 2026 −291,375 ct" in page
    assert "Zusammen −672,375 ct" in page
    assert f"19 % der gerundeten Gebühr von −0,57{MONEY} −10,83 ct" in page
    assert "Punkte falsch gezählt 250 ct" in page


def test_it_shows_the_own_row_and_column_and_what_is_for_the_tax_return(february, sit_down, address) -> None:
    page = plain(sit_down("owner@baker.example").get(address(february)).text)
    assert f"Books 201 1,81{MONEY} Drinks 120 1,20{MONEY} Summe 321 3,01{MONEY}" in page
    assert "sinkt Ihr Umsatz je Steuersatz" in page
    drinks = plain(sit_down("owner@drinks.example").get(address(february)).text)
    assert (
        f"Baker 120 1,20{MONEY}" in drinks
        and "Books" not in drinks.split("Zwischen Ihnen")[1].split("Für Ihre")[0]
    )
    books = plain(sit_down("owner@books.example").get(address(february)).text)
    assert "geschätzt" in books and "Die Kasse hat den Satz nicht genannt" in books


@pytest.mark.parametrize(
    ("code", "own", "others"),
    [
        ("baker", ["B-0001", "B-0815", "B-4711", "B-5000"], ["D-0007", "D-0100", "K-0001", "Rotwein"]),
        ("drinks", ["D-0007", "D-0100", "Flasche Rotwein"], ["B-0815", "B-5000", "K-0001"]),
        ("books", ["K-0001"], ["B-4711", "D-0007"]),
    ],
)
def test_it_leads_to_own_receipts_and_never_to_others(february, sit_down, address, code, own, others) -> None:
    page = sit_down(f"owner@{code}.example").get(address(february)).text
    assert [receipt for receipt in own if receipt not in page] == []
    assert [receipt for receipt in others if receipt in page] == []


def test_a_movement_tells_receipt_price_and_effect(february, sit_down, address) -> None:
    page = plain(sit_down("owner@baker.example").get(address(february)).text)
    assert f"+301 vom Bon B-0815 am 3. Februar 2026 über 301,00{MONEY} Baker" in page
    assert "Punkte ausgegeben 301 Punkte × 1 ct −301 ct" in page
    assert "Servicegebühr, netto 301 Punkte × 0,15 ct −45,15 ct" in page
    assert "Diese Punkte haben Sie schon bezahlt" in page


def test_the_seal_and_how_to_check_it(session, february, sit_down, address) -> None:
    page = sit_down("owner@baker.example").get(address(february)).text
    statement = papers.content_of(papers.of_run(session, february.run_id)[0])
    assert f"--head {statement.head.sequence}:{statement.head.hash}" in page


def test_before_its_papers_are_issued_it_says_the_same(session, sit_down, address) -> None:
    opened = settled(session, issue=False)
    page = plain(sit_down("owner@baker.example").get(address(opened)).text)
    assert "Die Dokumente werden gerade erstellt." in page and f"Sie zahlen 0,52{MONEY}" in page
    assert f"Summe 321 3,01{MONEY}" in page


def test_a_paper_taken_back_is_marked(session, february, sit_down, address) -> None:
    wrong = papers.of_run(session, february.run_id, february.coalition.partner("baker"))[0]
    papers.cancel(session, wrong.id, february.coalition.admins[0], day(3, 2), in_order(day(3, 2)))
    session.commit()
    page = plain(sit_down("owner@baker.example").get(address(february)).text)
    assert "AB-2026-00001 · zurückgenommen" in page and "AB-2026-00004 · nimmt ein anderes zurück" in page


def test_what_is_not_the_own_partners_is_not_there(session, app, sit_down) -> None:
    coalition = open_coalition(session)
    coalition.buy(session, "anna", "baker", 10_000, day(1, 10))
    session.commit()
    run_id = coalition.settle(session, "2026-01", day(2, 1))
    for code in ("baker", "books"):
        staff.set_password(session, coalition.owners[code], passwords.hashed(PASSWORD))
    session.commit()
    books = sit_down("owner@books.example")
    for rest in ("", "/movements.csv", "/movements.xlsx", "/export.json", "/verify.py", "/datev.csv"):
        assert books.get(f"/office/statements/{run_id}{rest}").status_code == 404
        assert app.test_client().get(f"/office/statements/{run_id}{rest}").status_code == 302
    assert books.post(f"/office/statements/{run_id}/objection", data={"words": "Nein."}).status_code == 404
    assert session.scalar(select(func.count()).select_from(Objection)) == 0
    assert str(run_id) not in books.get("/office/statements").text
    assert sit_down("owner@baker.example").get(f"/office/statements/{run_id}").status_code == 200


def test_movements_come_page_by_page(session, sit_down) -> None:
    coalition = open_coalition(session)
    for number in range(1, 61):
        coalition.buy(session, "anna", "baker", 1_000 + number, day(2, 1 + number % 28))
        session.commit()
    run_id = coalition.settle(session, "2026-02", day(3, 1))
    staff.set_password(session, coalition.owners["baker"], passwords.hashed(PASSWORD))
    session.commit()
    client, seen = sit_down("owner@baker.example"), []
    first = client.get(f"/office/statements/{run_id}").text
    (following,) = re.findall(r'hx-get="([^"#]+)', first)
    part = client.get(following, headers={"HX-Request": "true"}).text
    assert "<html" not in part and "hx-get" not in part
    for page in (first, part):
        seen += re.findall(r'data-sequence="(\d+)"', page)
    assert len(seen) == len(set(seen)) == 60
    whole = client.get(following).text  # without scripts
    assert "<html" in whole and "Von Anfang an" in whole
    assert re.findall(r'data-sequence="(\d+)"', whole) == seen[50:]


@pytest.mark.parametrize("after", ["x", "-1", "", "9" * 19, "٣"])
def test_a_place_that_is_none_is_not_found(february, sit_down, address, after) -> None:
    client = sit_down("owner@baker.example")
    assert client.get(address(february), query_string={"after": after}).status_code == 404


def test_an_owner_objects_and_reads_the_answer(session, fresh, sit_down, address) -> None:
    client = sit_down("owner@baker.example")
    answer = client.post(address(fresh, "/objection"), data={"words": "Die Rückgabe fehlt."})
    assert (answer.status_code, answer.location) == (303, f"{address(fresh)}#objection")
    page = client.get(address(fresh)).text
    assert "Die Rückgabe fehlt." in page and "wartet auf Antwort" in page and "<textarea" not in page
    (case,) = objections.of_partner(session, fresh.coalition.partner("baker"))
    now = datetime.now(UTC)
    objections.answer(
        session, case.id, False, "Sie steht im März.", None, fresh.coalition.admins[0], now, in_order(now)
    )
    session.commit()
    page = client.get(address(fresh)).text
    assert "abgelehnt" in page and "Sie steht im März." in page and "<textarea" in page
    assert "Die Rückgabe fehlt." not in sit_down("owner@drinks.example").get(address(fresh)).text


def test_a_second_objection_waits_for_the_first(session, fresh, sit_down, address) -> None:
    client = sit_down("owner@baker.example")
    assert client.post(address(fresh, "/objection"), data={"words": "Eins."}).status_code == 303
    before = counts(session)
    answer = client.post(address(fresh, "/objection"), data={"words": "Zwei."})
    assert answer.status_code == 409 and "wartet noch auf seine Antwort" in answer.text
    assert counts(session) == before


@pytest.mark.parametrize("words", ["", " \n", "x" * 2001, "Null\0"])
def test_an_objection_needs_words(session, fresh, sit_down, address, words) -> None:
    before = counts(session)
    answer = sit_down("owner@baker.example").post(address(fresh, "/objection"), data={"words": words})
    assert answer.status_code == 422 and "1 bis 2000 Zeichen" in answer.text
    assert counts(session) == before


def test_after_the_deadline_it_is_too_late(session, february, sit_down, address) -> None:
    client, before = sit_down("owner@baker.example"), counts(session)
    assert "Die Einspruchsfrist endete am 31. März 2026." in client.get(address(february)).text
    answer = client.post(address(february, "/objection"), data={"words": "Doch."})
    assert answer.status_code == 409 and "Die Einspruchsfrist endete am 31. März 2026." in answer.text
    assert counts(session) == before


@pytest.mark.parametrize("who", ["accountant", "staff"])
def test_only_an_owner_objects(session, fresh, sit_down, address, who) -> None:
    client, before = sit_down(f"{who}@baker.example"), counts(session)
    assert client.post(address(fresh, "/objection"), data={"words": "Nein."}).status_code == 403
    assert counts(session) == before
    if who == "accountant":
        assert "<textarea" not in client.get(address(fresh)).text
