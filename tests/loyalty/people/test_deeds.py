"""Deeds: written once, read page by page, and never changed."""

from datetime import timedelta
from uuid import uuid4

import pytest

from loyalty.people import deeds
from tests.street import NOON, ids

STAFF, BAKER, DRINKS, RUN = uuid4(), uuid4(), uuid4(), uuid4()


@pytest.fixture
def noted(session):
    """Three deeds in one minute, then one of a job that concerns nobody. Commits."""
    for place, partner_id in enumerate((BAKER, DRINKS, BAKER)):
        at = NOON + timedelta(minutes=place // 2)
        deeds.note(
            session,
            f"deed_{place}",
            STAFF,
            at,
            ids(at),
            RUN if place < 2 else None,
            partner_id,
            {"cents": place},
        )
    later = NOON + timedelta(hours=1)
    deeds.note(session, "by_itself", None, later, ids(later))
    session.commit()


def actions(rows):
    return {row.action for row in rows}


def test_they_are_read_newest_first(session, noted) -> None:
    rows = deeds.listed(session)
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    newest = rows[0]
    assert (newest.action, newest.staff_id, newest.partner_id, newest.object_id, newest.facts) == (
        "by_itself", None, None, None, {},
    )  # fmt: skip
    assert {(row.action, row.facts.get("cents")) for row in rows[1:]} == {
        ("deed_0", 0),
        ("deed_1", 1),
        ("deed_2", 2),
    }


def test_they_are_read_of_one_partner_or_thing(session, noted) -> None:
    assert actions(deeds.listed(session, BAKER)) == {"deed_0", "deed_2"}
    assert actions(deeds.listed(session, object_id=RUN)) == {"deed_0", "deed_1"}
    assert actions(deeds.listed(session, DRINKS, RUN)) == {"deed_1"}
    assert deeds.listed(session, uuid4()) == []


def test_pages_follow_each_other_without_gap(session, noted) -> None:
    seen, before = [], None
    while page := deeds.listed(session, before=before, limit=1):
        seen += page
        before = page[-1].at, page[-1].id
    assert seen == deeds.listed(session) and len(seen) == 4


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"]
)
def test_the_log_is_only_ever_added_to(session, noted, owner, statement) -> None:
    with pytest.raises(Exception, match="append-only"):
        owner.execute(statement)
    assert len(deeds.listed(session)) == 4
