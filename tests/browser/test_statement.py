"""The statement on a phone and at a desk: opened down to the receipt, objected to, and faultless in light and dark."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_pages import TARGET_PX, TOO_SMALL, TOUCHED, faults
from tests.partners.office.settled import Settled, settled

pytestmark = pytest.mark.browser
OWNER = "owner@baker.example"


@pytest.fixture
def street(session) -> Settled:
    """February, settled today, so that it may still be objected to."""
    return settled(session, datetime.now(UTC), more=50)


def rooms(street: Settled) -> tuple[str, ...]:
    return "/office/statements", f"/office/statements/{street.run_id}", "/office/company"


def open_all(page: Page) -> None:
    """Every line and movement, so that nothing is hidden from what looks at the page."""
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, False), (1280, True)])
def test_axe_finds_nothing(visit, street, width, dark) -> None:
    page = visit(OWNER, width, dark)
    for path in rooms(street):
        page.goto(path)
        open_all(page)
        assert faults(page) == [], path
    assert page.complaints == []


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_nothing_is_wider_than_its_window_and_every_finger_hits(visit, street, width) -> None:
    page = visit(OWNER, width)
    for path in rooms(street):
        page.goto(path)
        open_all(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(TOO_SMALL, [TOUCHED, TARGET_PX]) == [], path


def test_from_the_list_down_to_the_receipt(visit, street) -> None:
    page = visit(OWNER, 1280)
    page.get_by_role("link", name="Abrechnungen").click()
    page.locator(".run h3 a").click()
    expect(page.locator("h1")).to_have_text("Sie zahlen 0,52\N{NO-BREAK SPACE}€")
    issued = page.locator("[data-line=funded]")
    expect(issued.get_by_text("333 Punkte × 0,875 ct")).not_to_be_visible()
    issued.locator("summary").click()
    expect(issued.get_by_text("333 Punkte × 0,875 ct")).to_be_visible()
    spent = page.locator(".movement", has_text="−120").first
    spent.locator("summary").click()
    expect(spent).to_contain_text("vom Bon B-0815 am 3. Februar 2026")
    assert page.complaints == []


def test_more_movements_come_by_themselves_and_without_scripts_too(visit, street) -> None:
    page = visit("owner@drinks.example")
    page.goto(rooms(street)[1])
    expect(page.locator(".movement")).to_have_count(50)
    page.click("text=Weitere Bewegungen")
    expect(page.locator(".movement")).to_have_count(55)
    expect(page.get_by_text("Weitere Bewegungen")).to_have_count(0)
    assert page.complaints == []
    plain = visit("owner@drinks.example", java_script_enabled=False)
    plain.goto(rooms(street)[1])
    plain.click("text=Weitere Bewegungen")
    expect(plain.locator(".movement")).to_have_count(5)
    plain.click("text=Von Anfang an")
    expect(plain.locator(".movement")).to_have_count(50)


def test_an_owner_objects(visit, street) -> None:
    page = visit(OWNER)
    page.goto(rooms(street)[1])
    page.fill("#words", "Die Rückgabe vom 18. fehlt.")
    page.get_by_role("button", name="Einspruch einlegen").click()
    expect(page.get_by_role("status")).to_contain_text("bei der Gemeinschaft")
    expect(page.locator(".case")).to_contain_text("Die Rückgabe vom 18. fehlt.")
    expect(page.locator(".case .mark")).to_have_text("wartet auf Antwort")
    assert faults(page) == []


def test_a_wrong_account_is_told_at_its_field(visit, street) -> None:
    page = visit(OWNER)
    page.goto("/office/company")
    page.fill("#iban", "DE03120300000000202051")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("alert")).to_contain_text("In dieser IBAN steckt ein Tippfehler")
    expect(page.locator("#iban")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#iban")).to_have_value("DE03120300000000202051")
    assert faults(page) == []
    page.fill("#iban", "DE02 1203 0000 0000 2020 51")
    page.fill("#city", "Potsdam")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("status")).to_contain_text("gespeichert")
    expect(page.locator("#city")).to_have_value("Potsdam")


def test_in_english_too(visit, street) -> None:
    page = visit(OWNER, 1280)
    page.goto(rooms(street)[1])
    page.get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("You pay €0.52")
    expect(page.locator("[data-line=funded] summary")).to_contain_text("Why this amount?")
    assert page.complaints == []
