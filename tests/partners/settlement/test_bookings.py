"""Bookings of a run: the clearing account comes out at zero, what is left is the position, in every case."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from flask import Flask

from loyalty.errors import Invalid
from partners.settlement import datev
from partners.settlement.bookings import bookings_for_operator, bookings_for_partner
from partners.settlement.charts import CHARTS, chart
from partners.settlement.content import Statement
from partners.settlement.datev import Booking, Header
from tests.partners.settlement.papers import BAKER, BOOKS, invoice, line
from tests.partners.settlement.statements import (
    BAKER_RUN,
    BOOKS_RUN,
    FEES,
    FIGURES,
    ISSUED,
    PAID_OUT,
    RUN,
    entry,
    fee,
    statement,
)

SKR03 = chart("SKR03")
PARTNER_FEES = dict(zip((one.number for one in RUN), FEES, strict=True))


@pytest.fixture(autouse=True)
def spoken(application: Flask) -> Iterator[None]:
    """Texts need an application."""
    with application.app_context():
        yield


def balances(bookings: Iterable[Booking]) -> dict[str, int]:
    """Debit less credit by account, without those at zero."""
    sums: Counter[str] = Counter()
    for booking in bookings:
        assert booking.cents > 0
        sums[booking.debit_account] += booking.cents
        sums[booking.credit_account] -= booking.cents
    assert sum(sums.values()) == 0
    return {account: cents for account, cents in sums.items() if cents}


@pytest.mark.parametrize("code", CHARTS)
@pytest.mark.parametrize("one", RUN, ids=lambda one: one.partner.code)
def test_it_leaves_a_partner_with_exactly_its_position(one: Statement, code: str) -> None:
    accounts = chart(code)
    left = balances(bookings_for_partner(one, [PARTNER_FEES[one.number]], accounts))
    assert left.get(accounts.clearing, 0) == 0
    assert left.get(accounts.receivable, 0) + left.get(accounts.payable, 0) == one.position_cents


def test_it_books_the_baker_s_november() -> None:
    assert balances(bookings_for_partner(BAKER_RUN, FEES[:1], SKR03)) == {
        "4600": 900,
        "4900": 179,
        "1700": -1079,
    }


def test_it_takes_input_vat_out_of_the_fee_but_not_for_a_small_business() -> None:
    keys = {
        one.partner.code: {booking.tax_key for booking in bookings_for_partner(one, [FEES[place]], SKR03)}
        for place, one in enumerate(RUN)
    }
    assert keys == {"baker": {None, "9"}, "winery": {None, "9"}, "books": {None}}


def test_it_books_a_payout_with_every_line() -> None:
    left = balances(bookings_for_partner(PAID_OUT, [fee(PAID_OUT.partner, "R-1", 600)], SKR03))
    assert left == {"4600": 570, "0970": 40, "1501": -1900, "8603": -51, "4900": 107, "1500": 1234}


def test_it_books_a_correction_against_a_partner_as_expense() -> None:
    one = statement(BAKER, "A-1", entry("correction", 0, -51))
    assert balances(bookings_for_partner(one, [], SKR03)) == {"4900": 51, "1700": -51}


def test_it_books_a_taken_back_statement_the_other_way_round() -> None:
    there = balances(bookings_for_partner(BAKER_RUN, FEES[:1], SKR03))
    cancelled = replace(BAKER_RUN, number="A-2", cancels=BAKER_RUN.number)
    back = balances(bookings_for_partner(cancelled, [replace(FEES[0], cancels="R-2026-0101")], SKR03))
    assert back == {"4600": -900, "4900": -179, "1500": 1079}
    assert there["1700"] == -back["1500"]


def test_it_books_a_credit_note_for_fees() -> None:
    one = statement(BAKER, "A-1", entry("returned", 100, 100), entry("fee", -100, 15), entry("fee_vat", 0, 3))
    note = invoice(line("Servicegebühr", 100, "0.150", 1900), kind="fee_credit")
    bookings = bookings_for_partner(one, [note], SKR03)
    assert balances(bookings) == {"4600": -100, "4900": -18, "1500": 118}
    assert [(one.tax_key, one.taxed) for one in bookings if one.tax_key] == [("9", "credit")]


def test_it_turns_expired_points_on_the_invoice_from_marketing_into_a_fee() -> None:
    both = invoice(
        line("Servicegebühr", 1000, "0.150", 1900),
        line("Verfallene Punkte", 1, "84", 1900),
        prepaid_cents=100,
    )
    assert both.gross_cents == 150 + 84 + 44
    one = statement(
        BAKER, "A-1", entry("funded", 1000, -1000), entry("fee", 1000, -150), entry("fee_vat", 0, -29)
    )
    assert balances(bookings_for_partner(one, [both], SKR03)) == {"4600": 901, "4900": 278, "1700": -1179}


def test_it_books_rewards_sold_by_self_billed_invoice_as_revenue() -> None:
    bought = invoice(line("Punkte", 1, "210", 1900), kind="self_billed", seller=BAKER)
    one = statement(BAKER, "A-1", entry("reimbursed", 250, 250))
    assert balances(bookings_for_partner(one, [bought], SKR03)) == {"8400": -250, "1500": 250}


@pytest.mark.parametrize(
    "one, invoices, code",
    [
        (BAKER_RUN, [], "invoices_differ"),
        (BAKER_RUN, FEES[1:2], "invoices_differ"),
        (replace(BAKER_RUN, position_cents=-1), FEES[:1], "unbalanced"),
        (BAKER_RUN, [invoice(line("x", 1000, "0.150", 2000))], "vat_rate_unknown"),
        (statement(BAKER, "A-1", entry("gift", 1, 1)), [], "kind_unknown"),
    ],
)
def test_it_refuses_papers_that_do_not_fit(one: Statement, invoices: list, code: str) -> None:
    with pytest.raises(Invalid, match=code):
        bookings_for_partner(one, invoices, SKR03)


@pytest.mark.parametrize("code", CHARTS)
def test_it_leaves_the_operator_with_all_positions_turned_round(code: str) -> None:
    accounts = chart(code)
    left = balances(bookings_for_operator(FIGURES, RUN, FEES, accounts, ISSUED))
    revenue = accounts.revenue_at(1900)
    assert left == {accounts.receivable: 1447, revenue: -357, accounts.pool: -1090}


def test_it_uses_the_debtors_of_the_partners_where_there_are_any() -> None:
    left = balances(
        bookings_for_operator(FIGURES, RUN, FEES, SKR03, ISSUED, {"baker": "10001", "books": "10003"})
    )
    assert (left["10001"], left["10003"], left["1500"]) == (1079, 221, 147)


def test_it_books_expired_points_as_fee_where_invoiced_and_as_income_else() -> None:
    figures = {"pool": -119, "breakage": 100, "rewards": 19, "spread": 5, "correction": -5, "programme": -40,
               "fee_net": 0, "fee_vat": 0}  # fmt: skip
    expired = invoice(line("Verfallene Punkte", 1, "50", 1900), prepaid_cents=60)
    one = statement(BAKER, "A-1", entry("correction", 0, 40))
    left = balances(bookings_for_operator(figures, [one], [expired], SKR03, ISSUED))
    assert left == {"1701": 119, "8400": -60, "8603": -64, "4900": 5, "4600": 40, "1700": -40}


def test_it_books_rewards_bought_of_a_partner() -> None:
    bought = invoice(line("Punkte", 250, "0.84", 1900), kind="self_billed")
    bookings = bookings_for_operator({}, [], [bought], SKR03, ISSUED)
    assert balances(bookings) == {"3100": 250, "8603": -250}
    assert bookings[0].tax_key == "9"
    small = invoice(line("Punkte", 250, "1", 0), kind="self_billed", seller=BOOKS)
    assert bookings_for_operator({}, [], [small], SKR03, ISSUED)[0].tax_key is None


def test_it_refuses_figures_that_do_not_add_up_with_the_positions() -> None:
    with pytest.raises(Invalid, match="unbalanced"):
        bookings_for_operator(FIGURES | {"pool": 1091}, RUN, FEES, SKR03, ISSUED)
    with pytest.raises(Invalid, match="invoices_differ"):
        bookings_for_operator(FIGURES, RUN, FEES[1:], SKR03, ISSUED)


def test_it_makes_a_file_datev_can_read_with_german_texts() -> None:
    header = Header(1001, 1, date(2026, 1, 1), date(2026, 12, 1), date(2026, 12, 31), "SKR04", "November",
                    datetime(2026, 12, 3, tzinfo=UTC))  # fmt: skip
    english = [replace(one, language="en") for one in RUN]
    content = datev.export(
        bookings_for_operator(FIGURES, english, FEES, chart("SKR04"), ISSUED), header
    ).decode("cp1252")
    assert len(content.split("\r\n")) == 2 + 3 + 1 + 3 + 1
    assert '"Servicegebühr Bäckerei Grüße & Söhne GmbH"' in content and '"Veränderung des Topfes"' in content
    assert "Abrechnung 2026-11 Bücherstube Inh. Jörg Weiß" in content and BOOKS_RUN.number in content
