"""A run as DATEV reads it: the operator's books and a partner's, out of the same papers."""

from dataclasses import replace

import pytest

from config.sequence import in_order
from loyalty.errors import Conflict
from partners.settlement import booked, companies, papers, runs
from tests.coalition import day, open_coalition, worked
from tests.partners.settlement.registered import OPERATOR, register_all

MARCH = day(3, 1)


@pytest.fixture
def settled(app, session):
    coalition = open_coalition(session, expiry_months=1)
    register_all(session, coalition)
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH, issue=True)
    with app.app_context():
        yield coalition, runs.get(session, run_id)


def rows(content: bytes) -> list[list[str]]:
    return [line.split(";") for line in content.decode("cp1252").split("\r\n")[2:] if line]


def test_the_operator_books_what_all_partners_owe_and_its_fees(session, settled) -> None:
    _, run = settled
    content = booked.for_operator(session, run, MARCH)
    assert content.startswith(b'"EXTF";700;21;"Buchungsstapel"')
    amounts = [int(row[0].replace(",", "")) for row in rows(content)]
    assert amounts and min(amounts) > 0


def test_a_partner_books_its_own(session, settled) -> None:
    coalition, run = settled
    for code in coalition.places:
        assert rows(booked.for_partner(session, run, coalition.partner(code), MARCH))


def test_a_paper_cancelled_is_booked_as_it_was_issued_anew(session, settled) -> None:
    coalition, run = settled
    before = booked.for_operator(session, run, MARCH)
    wrong = next(paper for paper in papers.of_run(session, run.id) if paper.kind == "fee_invoice")
    papers.cancel(session, wrong.id, coalition.admins[0], MARCH, in_order(MARCH))
    after = booked.for_operator(session, run, MARCH)
    assert sorted(row[0] for row in rows(before)) == sorted(row[0] for row in rows(after))
    assert b"RE-2026-00005" in after and wrong.name.encode() not in after


def test_without_the_advisers_numbers_it_is_refused(session, settled) -> None:
    _, run = settled
    bare = replace(OPERATOR, datev_consultant=None)
    companies.put(session, None, bare, None, MARCH, in_order(MARCH))
    with pytest.raises(Conflict, match="datev_missing"):
        booked.for_operator(session, run, MARCH)
