"""Cash: files the bank takes."""

import pytest
from lxml import etree

from config.sequence import in_order
from loyalty.errors import Conflict, Invalid
from partners.settlement import cash, companies, legs, runs, sepa
from tests.coalition import open_coalition, worked
from tests.partners.settlement.bank import MARCH, make, unpaid
from tests.partners.settlement.registered import OPERATOR


@pytest.fixture
def settled(session):
    return unpaid(session)


def test_payouts_and_collections_go_into_valid_files(session, settled) -> None:
    coalition, run_id = settled
    files = make(session, coalition, run_id)
    assert [(file.kind, file.message_id) for file in files] == [
        ("pain.001", "EMMA-1-1-OUT"), ("pain.008", "EMMA-1-2-CORE-FRST"),
    ]  # fmt: skip
    sepa.check_schema(files[0].content, sepa.PAYOUTS)
    sepa.check_schema(files[1].content, sepa.COLLECTIONS)
    paid = etree.fromstring(files[0].content)
    assert paid.findtext(".//{*}CtrlSum") == "3.72"
    names = {node.text for node in paid.iterfind(".//{*}Cdtr/{*}Nm")}
    assert names == {"Drinks Mueller + Soehne", "Books Mueller + Soehne"}
    collected = etree.fromstring(files[1].content)
    assert collected.findtext(".//{*}InstdAmt") == "7.29"
    assert collected.findtext(".//{*}MndtId") == "EMMA-BAKER"
    assert collected.findtext(".//{*}ReqdColltnDt") == "2026-03-15"


def test_asked_again_it_makes_no_second_payment(session, settled) -> None:
    coalition, run_id = settled
    assert [file.id for file in make(session, coalition, run_id)] == [
        file.id for file in make(session, coalition, run_id)
    ]


def test_who_cannot_be_paid_by_file_stays_open(session) -> None:
    coalition = open_coalition(session, expiry_months=1, funding="at_redemption")
    companies.put(session, None, OPERATOR, None, MARCH, in_order(MARCH))
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH, pay=False)
    assert make(session, coalition, run_id) == []
    assert len(legs.items(session, run_id, only_open=True)) == 3


def test_without_the_operators_account_nothing_is_made(session) -> None:
    coalition = open_coalition(session, expiry_months=1)
    worked(session, coalition)
    run_id = coalition.settle(session, "2026-02", MARCH, pay=False)
    with pytest.raises(Invalid, match="operator_account_missing"):
        make(session, coalition, run_id)
    assert "cash" not in runs.steps(session, run_id)


def test_booked_comes_last(session, settled) -> None:
    coalition, run_id = settled
    with pytest.raises(Conflict, match="cash_open"):
        cash.booked(session, run_id, coalition.admins[0], MARCH, in_order(MARCH))
    make(session, coalition, run_id)
    for _ in range(2):
        cash.booked(session, run_id, coalition.admins[0], MARCH, in_order(MARCH))
    assert "booked" in runs.steps(session, run_id)
