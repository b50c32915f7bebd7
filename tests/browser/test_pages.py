"""Every page: no fault that axe can find, light and dark, on a phone and a desk; fits 320 pixels; fingers hit it."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
ROOMS = {
    None: ("/login", "/api/docs"),
    "anna": ("/", "/history", "/card/print", "/nowhere", "/admin"),
    "ben": ("/", "/history"),
    "owner@baker.example": ("/office",),
    "admin@street.example": ("/admin",),
}
TARGET_PX = 48
# A link inside a sentence is as high as its line (WCAG 2.5.8 leaves it out); the skip link waits above the page.
TOUCHED = "button, summary, nav a, .brand, [role=button], a.plain, a.plain-link, input:not([type=hidden])"

TOO_SMALL = """([selector, target]) => [...document.querySelectorAll(selector)]
  .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < target - 0.5)
  .map((element) => element.outerHTML.slice(0, 120))"""
LONG = "/api/docs"


def faults(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]})
    return [
        f"{fault['id']}: {node['html'][:100]}"
        for fault in found.response["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1280, False), (1280, True)])
def test_axe_finds_nothing_and_the_policy_refuses_nothing(visit, width, dark):
    for who, paths in ROOMS.items():
        page = visit(who, width, dark)
        for path in paths:
            if path == LONG and (width == 390) == dark:
                continue  # it has the same parts as the rest, a hundred times
            page.goto(path)
            if page.locator("summary").count():
                page.locator("summary").first.click()
            assert faults(page) == [], (who, path)
        refused = [said for said in page.complaints if "status of 40" not in said]  # asked for on purpose
        assert refused == [], who


def test_axe_finds_nothing_after_a_wrong_password(visit):
    page = visit(None)
    page.goto("/login")
    page.fill("#email", "anna@street.example")
    page.fill("#password", "wrong")
    page.press("#password", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("stimmt nicht")
    assert faults(page) == []


@pytest.mark.parametrize("width", [320, 768, 1440])
def test_no_page_is_wider_than_its_window_and_every_finger_hits(visit, width):
    for who, paths in ROOMS.items():
        page = visit(who, width)
        for path in paths:
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (who, path)
            assert page.evaluate(TOO_SMALL, [TOUCHED, TARGET_PX]) == [], (who, path)


def test_a_tap_tells_why_and_more_comes_by_itself(visit):
    page = visit("anna")
    page.goto("/history")
    first = page.locator("[data-entry=purchase]").first
    first.locator("summary").click()
    expect(first).to_contain_text("30 volle Euro × 1 = 30")
    expect(page.locator(".entry")).to_have_count(20)
    page.click("text=Früheres")
    expect(page.locator(".entry")).to_have_count(26)
    expect(page.get_by_text("Früheres")).to_have_count(0)
    assert page.complaints == []


def test_the_language_is_one_tap_away_and_stays(visit):
    page = visit("anna")
    page.get_by_role("button", name="English").click()
    expect(page.locator("h2").first).to_have_text("Your points")
    page.goto("/history")
    expect(page.locator("h1")).to_have_text("History")
    assert page.locator("html").get_attribute("lang") == "en"


def test_the_keyboard_reaches_everything(visit):
    page = visit("anna", 1280)
    page.goto("/history")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    seen = set()
    for _ in range(9):
        page.keyboard.press("Tab")
        seen.add(
            page.evaluate(
                "document.activeElement.tagName + ' ' + document.activeElement.textContent.trim().slice(0, 8)"
            )
        )
    assert any(one.startswith("SUMMARY") for one in seen)
    assert {"A Karte", "A Verlauf", "BUTTON Abmelden"} <= seen
