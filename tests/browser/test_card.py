"""The code on the phone: read by a real decoder, renewed without a reload, honest when the network is gone."""

import os
import re
from datetime import UTC, datetime
from io import BytesIO

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from partners import keys

pytestmark = pytest.mark.browser
FRAME = "[data-code-frame]"


def read(picture: bytes) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(Image.open(BytesIO(picture)))]


@pytest.mark.parametrize(("width", "dark"), [(320, False), (390, True), (1280, False)])
def test_a_scanner_reads_number_and_code_from_the_screen(visit, street, width, dark):
    page = visit("anna", width, dark)
    page.wait_for_load_state("networkidle")
    shown = page.locator(f"{FRAME} svg").get_attribute("data-digits")
    assert shown is not None and re.fullmatch(street.cards["anna"] + r"\d{6}", shown)
    assert read(page.screenshot()) == [shown]


def test_the_code_from_the_screen_takes_home_the_wine(visit, street, session):
    till = street.places["drinks"].till_id
    key = keys.issue(session, till, ["redeem"], datetime.now(UTC), os.urandom)
    session.commit()
    page = visit("anna")
    page.wait_for_load_state("networkidle")
    (code,) = read(page.screenshot())
    till_s = {"Authorization": f"Bearer {key}", "Idempotency-Key": "wine-1"}
    (wine,) = page.request.get("/api/v1/rewards", headers=till_s).json()["items"]
    taken = page.request.post(
        "/api/v1/redemptions", headers=till_s, data={"card": code, "reward_id": wine["id"]}
    )
    assert (taken.status, taken.json()["points"]) == (201, 300)
    page.goto("/history")
    expect(page.locator("[data-entry]").first).to_contain_text("Flasche Rotwein")


def test_the_code_renews_itself_before_it_runs_out(visit):
    page = visit("anna")
    page.clock.install()
    page.reload()
    page.evaluate("document.querySelector('[data-code-frame] svg').id = 'old'")
    with page.expect_response("**/card/code.svg") as answer:
        page.clock.fast_forward(31_000)
    assert answer.value.headers["cache-control"] == "no-store"
    expect(page.locator("#old")).to_have_count(0)
    expect(page.locator(f"{FRAME} svg[data-digits]")).to_have_count(1)
    assert page.complaints == []


def test_waking_the_phone_asks_for_a_fresh_code(visit):
    page = visit("anna")
    with page.expect_response("**/card/code.svg"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_without_a_network_it_says_so_and_comes_back_by_itself(visit):
    page = visit("anna")
    page.clock.install()
    page.reload()
    page.context.set_offline(True)
    page.clock.run_for(90_000)
    expect(page.locator("[data-state]")).to_contain_text("Kein Netz")
    expect(page.locator(f"{FRAME}[data-stale]")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator("[data-state]")).to_have_text("An der Kasse zeigen.")
    expect(page.locator(f"{FRAME}[data-stale]")).to_have_count(0)


def test_who_was_signed_out_elsewhere_is_asked_to_sign_in(visit):
    page = visit("anna")
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.wait_for_url("**/login*")


def test_the_card_on_paper_is_read_from_the_page(visit, street):
    page = visit("anna", 1280)
    page.goto("/card/print")
    assert read(page.screenshot()) == [street.cards["anna"]]
    page.emulate_media(media="print")
    assert read(page.screenshot()) == [street.cards["anna"]]


def test_it_works_without_scripts_too(visit, street):
    page = visit("anna", java_script_enabled=False)
    expect(page.locator(f"{FRAME} svg")).to_have_count(1)
    page.goto("/history")
    expect(page.locator(".entry")).to_have_count(20)
    page.click("text=Früheres")
    expect(page.locator(".entry")).to_have_count(6)
