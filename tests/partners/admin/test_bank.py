"""Files for the bank and from it: kept as they are, booked once, refused whole; strangers are named."""

import io
from uuid import uuid4

import pytest

from config.sequence import in_order
from partners.settlement import cash, legs, runs
from tests.partners.admin.money import MARCH, prepared, sign_in, street, written
from tests.partners.settlement.bank import entry, ids, statement

ROOM = "/admin/payments"
EURO = "\N{NO-BREAK SPACE}€"


@pytest.fixture
def run_id(session):
    """February paid at redemption: the baker owes 7.29, drinks get 1.93 and books 1.79."""
    coalition = street(session, funding="at_redemption")
    released = prepared(session, coalition)
    runs.release(session, released, coalition.admins[1], MARCH, in_order(MARCH))
    session.commit()
    return released


@pytest.fixture
def desk(app, run_id):
    desk = sign_in(app, "first@street.example")
    desk.get(ROOM)
    return desk


def leg(session, run_id, code: str):
    session.rollback()
    return next(item for item in legs.items(session, run_id) if item.code == code)


def send(desk, content: bytes | None, name: str = "camt.xml"):
    file = (io.BytesIO(content), name) if content is not None else ""
    return desk.client.post(f"{ROOM}/bank", data={"csrf_token": desk.token, "file": file})


def test_files_made_are_there_to_download(desk, session, run_id):
    made = cash.make_files(session, run_id, None, MARCH, in_order(MARCH))
    session.commit()
    page = desk.get(ROOM).text
    for file in made:
        assert file.message_id in page
        answer = desk.get(f"{ROOM}/files/{file.id}.xml")
        assert answer.data == file.content and answer.mimetype == "application/xml"
        assert f"{file.kind}-{file.message_id}.xml" in answer.headers["Content-Disposition"]


def test_a_file_of_the_bank_settles_and_names_who_is_a_stranger(desk, session, run_id):
    known = ids(session, run_id)
    content = statement([entry(known["baker"], 729, 1), entry("STRANGE-1", 5_000, 2)], 5_729)
    answer = send(desk, content)
    page = desk.get(answer.location).text
    assert "1 Zahlung gebucht, 0 schon bekannt, 0 noch vorläufig, 1 ohne Zuordnung." in page
    assert "STRANGE-1" in page and f"50,00{EURO}" in page
    assert leg(session, run_id, "baker").state == "settled"
    again = desk.get(send(desk, content).location).text
    assert "0 Zahlungen gebucht, 2 schon bekannt" in again
    assert leg(session, run_id, "baker").paid_cents == -729


def test_what_came_back_is_marked(desk, session, run_id):
    known = ids(session, run_id)
    send(desk, statement([entry(known["baker"], 729, 1), entry(known["baker"], -729, 2, returned=True)], 0))
    assert "zurückgekommen" in desk.get(ROOM).text


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "Bitte eine Datei wählen"), (b"", "Bitte eine Datei wählen"), (b"not xml", "keine lesbare XML-Datei"),
        (b"<a/>", "weder ein camt.053"), (statement([], 0, iban="DE02120300000000202051"), "DE02120300000000202051"),
        (statement([entry("X", 100, 1)], 100, wrong=1), "Summen in dieser Datei"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "Deklarationen"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_of_ours_is_refused_whole(desk, session, content, words):
    before = written(session)
    refused = send(desk, content)
    assert refused.status_code == 422 and words in refused.text
    assert written(session) == before


def test_a_file_there_is_not_is_a_404_and_none_is_for_owners(app, desk, session, run_id):
    assert desk.get(f"{ROOM}/files/{uuid4()}.xml").status_code == 404
    (made, *_more) = cash.make_files(session, run_id, None, MARCH, in_order(MARCH))
    session.commit()
    owner, before = sign_in(app, "owner@baker.example"), written(session)
    assert owner.get(f"{ROOM}/files/{made.id}.xml").status_code == 403
    assert send(owner, b"<a/>").status_code == 403 and written(session) == before
