"""A month settled on the screen by two people: previewed, prepared, released, paid; every page without a fault."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from config.sequence import in_order
from loyalty.people import cards
from loyalty.points import adjustments
from partners import contracts
from partners.settlement import closing, corrections, legs, objections, papers, runs
from tests.browser.test_pages import TARGET_PX, TOO_SMALL, TOUCHED, faults
from tests.partners.admin import money
from tests.partners.settlement.bank import entry, statement

pytestmark = pytest.mark.browser
FIRST, SECOND = "first@street.example", "second@street.example"
ZERO = "0,00\N{NO-BREAK SPACE}€"


@pytest.fixture
def street(session):
    """The worked month, sealed, with two admins; in the place of the street others are tested on."""
    coalition = money.street(session, funding="at_redemption")
    closing.catch_up(session, datetime.now(UTC))
    session.commit()
    return coalition


@pytest.fixture
def busy(session, street):
    """February released with papers; an objection, corrections and points by hand of both admins wait."""
    now, (first, second) = datetime.now(UTC), street.admins
    new_id = in_order(now)
    run_id = money.prepared(session, street)
    runs.release(session, run_id, second, now, new_id)
    papers.issue(session, run_id, second, now, new_id)
    baker = street.partner("baker")
    objections.object_to(session, run_id, baker, "100 Punkte zu viel.", street.owners["baker"], now, new_id)
    wallet = cards.who(session, street.cards["anna"]).wallet_id
    for who in (first, second):
        corrections.make(session, baker, -1250, "wrong_points", who, now, new_id)
        programme = contracts.programme(session)
        adjustments.ask(session, wallet, 700, "goodwill", who, 500, programme, now, new_id)
    session.commit()
    return run_id


def rooms(run_id) -> tuple[str, ...]:
    return (
        "/admin/settlement", f"/admin/settlement/runs/{run_id}", "/admin/settlement/preview?period=2026-03",
        f"/admin/payments?run={run_id}", "/admin/cases",
    )  # fmt: skip


def open_all(page: Page) -> None:
    for summary in page.locator("main summary").all():
        if summary.locator("xpath=..").get_attribute("open") is None:
            summary.click()


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, False), (1280, True)])
def test_axe_finds_nothing_in_what_is_open(visit, busy, width, dark):
    page = visit(FIRST, width, dark)
    for path in rooms(busy):
        page.goto(path)
        open_all(page)
        assert faults(page) == [], path
    assert page.complaints == []


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_nothing_is_wider_than_its_window_and_every_finger_hits(visit, busy, width):
    page = visit(FIRST, width)
    for path in rooms(busy):
        page.goto(path)
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(TOO_SMALL, [TOUCHED, TARGET_PX]) == [], path


def test_two_people_settle_a_month(visit, session, street, tmp_path):
    first = visit(FIRST, 1280)
    first.goto("/admin/settlement/preview?period=2026-02")
    expect(first.locator("[data-zero]")).to_have_text(ZERO)
    first.get_by_role("button", name="Lauf vorbereiten").click()
    expect(first.get_by_role("status")).to_contain_text("vorbereitet")
    expect(first.locator("[data-step=released]")).to_contain_text("jemand anders")
    expect(first.locator(".step button")).to_have_count(0)

    second = visit(SECOND)
    second.goto("/admin/settlement")
    second.get_by_role("button", name="Lauf öffnen").click()
    for step, button in (
        ("released", "Freigeben"), ("documents", "Dokumente ausstellen"), ("cash", "Bankdateien erstellen"),
        ("booked", "Ist verbucht"),
    ):  # fmt: skip
        second.locator(f"[data-step={step}]").get_by_role("button", name=button).click()
        expect(second.locator(f"[data-step={step}]")).to_have_class("step done")
    expect(second.locator("[data-zero]")).to_have_text(ZERO)
    assert first.complaints == second.complaints == []
    the_bank_answers(second, session, tmp_path)


def the_bank_answers(page: Page, session, folder) -> None:
    """The baker's direct debit comes in; what is left is settled by hand."""
    session.rollback()
    baker = next(item for item in legs.items(session) if item.code == "baker")
    content = statement([entry(baker.leg.end_to_end_id, -baker.leg.cents, 1)], -baker.leg.cents)
    (folder / "camt.xml").write_bytes(content)
    page.goto("/admin/payments")
    expect(page.locator("[data-leg]")).to_have_count(3)
    page.set_input_files("#file", folder / "camt.xml")
    page.get_by_role("button", name="Einlesen").click()
    expect(page.get_by_role("status").last).to_contain_text("1 Zahlung gebucht")
    for code in ("books", "drinks"):
        page.locator(f"[data-leg={code}] summary").click()
        page.locator(f"[data-leg={code}]").get_by_role("button", name="Zahlung vermerken").click()
        expect(page.locator(f"[data-leg={code}]")).to_have_count(0)
    expect(page.get_by_text("Nichts ist offen")).to_be_visible()


def test_the_own_request_waits_for_somebody_else(visit, busy):
    page = visit(FIRST, 1280)
    page.goto("/admin/cases")
    waiting = page.locator("[data-correction]")
    expect(waiting).to_have_count(2)
    expect(waiting.filter(has_text="Jemand anders muss entscheiden")).to_have_count(1)
    page.get_by_role("button", name="Bestätigen").click()
    expect(page.locator("[data-correction]")).to_have_count(1)
    page.get_by_role("button", name="Zustimmen").click()
    expect(page.locator("[data-adjustment]")).to_have_count(1)
    expect(page.get_by_role("button", name="Zustimmen")).to_have_count(0)
