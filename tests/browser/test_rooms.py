"""The rooms about partners, liability and the audit log in a real browser: no fault, any width, and one deed done."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.test_pages import TARGET_PX, TOO_SMALL, TOUCHED, faults
from tests.coalition import Coalition
from tests.partners.admin.rooms import ADMIN, lived_in

pytestmark = pytest.mark.browser
UNFOLD = "document.querySelectorAll('details').forEach((one) => { one.open = true })"


@pytest.fixture
def street(session) -> Coalition:
    return lived_in(session, datetime.now(UTC))


@pytest.fixture
def paths(street) -> list[str]:
    partners = [f"/admin/partners/{street.partner(code)}" for code in ("baker", "drinks")]
    return ["/admin/partners", *partners, "/admin/coalition", "/admin/liability", "/admin/log"]


@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)])
def test_axe_finds_nothing_and_the_policy_refuses_nothing(visit, paths, width, dark) -> None:
    page = visit(ADMIN, width, dark)
    for path in paths:
        page.goto(path)
        page.evaluate(UNFOLD)
        assert faults(page) == [], path
    assert page.complaints == []


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_no_page_is_wider_than_its_window_and_every_finger_hits(visit, paths, width) -> None:
    page = visit(ADMIN, width)
    for path in paths:
        page.goto(path)
        page.evaluate(UNFOLD)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(TOO_SMALL, [TOUCHED, TARGET_PX]) == [], path


def test_a_contract_is_agreed_on_and_noted(visit, street) -> None:
    page = visit(ADMIN, 1280)
    page.goto("/admin/partners")
    page.get_by_role("link", name="Books").click()
    page.get_by_text("Neue Fassung vereinbaren").click()
    day = datetime.now(UTC).date() + timedelta(days=40)
    page.get_by_label("Gilt ab").fill(day.isoformat())
    page.get_by_label("Servicegebühr je Punkt, netto").fill("zwei")
    page.get_by_role("button", name="Vereinbaren").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Bitte eine Zahl")
    assert faults(page) == []
    alert.get_by_role("link").click()
    page.get_by_label("Servicegebühr je Punkt, netto").fill("0,1")
    page.get_by_role("button", name="Vereinbaren").click()
    expect(page.get_by_role("status")).to_contain_text("Die neue Fassung ist vereinbart.")
    expect(page.locator(".versions thead th")).to_have_count(3)
    page.get_by_role("link", name="Protokoll zu diesem Partner").click()
    expect(page.locator(".deeds li").first).to_contain_text("Vertragsfassung vereinbart")
    expect(page.locator(".deeds li").first).to_contain_text("0,1 ct")
    assert [said for said in page.complaints if "422" not in said] == []
