"""What a bank's statements make of the legs: each entry once, nothing paid twice, and wrong files book nothing."""

from datetime import date

import pytest
from sqlalchemy import func, select, text

from loyalty.errors import LoyaltyError
from partners.settlement import incoming
from partners.settlement.models import BankEntry, BankFile, LegEntry
from tests.partners.settlement.bank import LATER, entry, ids, make, statement, states, take, unpaid
from tests.partners.settlement.registered import ACCOUNTS


@pytest.fixture
def settled(session):
    return unpaid(session)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&c;</Document>"""


def test_a_statement_settles_legs(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    known = ids(session, run_id)
    done = take(
        session, statement([entry(known["baker"], 729, 1), entry(known["drinks"], -193, 2)], 729 - 193)
    )
    assert (done.booked, done.known, done.unknown) == (2, 0, 0)
    assert states(session, run_id) == {
        "baker": ("settled", 0),
        "books": ("open", 179),
        "drinks": ("settled", 0),
    }


def test_the_same_entry_again_books_nothing(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    known = ids(session, run_id)
    take(session, statement([entry(known["baker"], 729, 1)], 729))
    again = take(session, statement([entry(known["baker"], 729, 1)], 729))
    more = take(session, statement([entry(known["baker"], 729, 1), entry(known["books"], -179, 2)], 550))
    assert (again.booked, again.known, more.booked, more.known) == (0, 1, 1, 1)
    assert session.scalar(select(func.count()).select_from(LegEntry)) == 2


def test_one_sum_for_a_whole_file_settles_all_its_legs(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    done = take(session, statement([entry(None, -372, 1, block="EMMA-1-1-OUT-1")], -372))
    assert done.booked == 1
    assert [state for state, _ in states(session, run_id).values()] == ["open", "settled", "settled"]
    other = take(session, statement([entry(None, -371, 2, block="EMMA-1-1-OUT-1")], -371))
    assert other.unknown == 1


def test_a_part_and_a_return_are_told_apart_and_collected_again(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    known = ids(session, run_id)
    take(session, statement([entry(known["drinks"], -100, 1), entry(known["baker"], 729, 2)], 629))
    assert states(session, run_id)["drinks"] == ("partial", 93)
    take(session, statement([entry(known["baker"], -729, 3, returned=True)], -729))
    assert states(session, run_id)["baker"] == ("returned", -729)
    files = make(session, coalition, run_id, LATER)
    assert [file.message_id for file in files[2:]] == ["EMMA-1-3-CORE-RCUR"]
    reason = session.scalar(select(LegEntry.reason).where(LegEntry.kind == "returned"))
    assert reason == "AM04"


def test_nothing_is_paid_twice_though_the_bank_tells_it_twice(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    take(session, statement([entry(None, -372, 1, block="EMMA-1-1-OUT")], -372))
    again = take(session, statement([entry(ids(session, run_id)["drinks"], -193, 7)], -193))
    assert (again.booked, again.unknown) == (0, 1)
    assert states(session, run_id)["drinks"] == ("settled", 0)
    (aside,) = incoming.unknown_entries(session)
    assert (aside.cents, aside.reference.split("/")[-2]) == (-193, "20260317000007")


def test_what_a_bank_takes_for_a_return_is_set_aside(session, settled) -> None:
    coalition, run_id = settled
    make(session, coalition, run_id)
    known = ids(session, run_id)
    take(session, statement([entry(known["baker"], 729, 1)], 729))
    back = entry(known["baker"], -1079, 2, returned=True).replace(
        "</RtrInf>",
        '</RtrInf><Chrgs><Rcrd><Amt Ccy="EUR">3.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>',
    )
    take(session, statement([back], -1079))
    assert states(session, run_id)["baker"] == ("returned", -729)
    assert [aside.cents for aside in incoming.unknown_entries(session)] == [-350]


def test_an_entry_for_nobody_is_kept_apart(session, settled) -> None:
    done = take(session, statement([entry("RENT-2026-03", -90_000, 1)], -90_000))
    assert done.unknown == 1
    (found,) = incoming.unknown_entries(session)
    assert (found.cents, found.end_to_end_id, found.booked_on) == (-90_000, "RENT-2026-03", date(2026, 3, 17))
    assert take(session, statement([entry("RENT-2026-03", -90_000, 1)], -90_000)).known == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (statement([entry("X", 100, 1)], 100, wrong=1), "bank_file_sum"),
        (BOMB, "bank_file_entities"),
        (b"not xml at all", "bank_file_unreadable"),
        (statement([], 0, iban=ACCOUNTS["baker"][1]), "bank_file_account"),
    ],
)
def test_a_file_that_is_wrong_books_nothing(session, settled, content, code) -> None:
    before = session.scalar(select(func.count()).select_from(BankFile))
    with pytest.raises(LoyaltyError, match=code):
        take(session, content)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(BankFile)) == before
    assert session.scalar(text("SELECT count(*) FROM leg_entry")) == 0
    assert session.scalar(select(func.count()).select_from(BankEntry)) == 0
