"""A real Chromium against the real application: served by a thread, on a database of its own."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import update
from werkzeug.serving import make_server

from loyalty.models.club import MemberStanding
from loyalty.models.people import Profile
from loyalty.people import passwords
from loyalty.points import rewards
from partners.models import Staff
from tests.street import Street, open_street

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "emma-demo-street"
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's own browser."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def street(session) -> Street:
    """Anna with a year behind her, Ben with nothing; the baker's owner and an admin."""
    street = open_street(session)
    digest = passwords.hashed(PASSWORD)
    for who in ("anna", "ben"):
        change = update(Profile).where(Profile.member_id == street.members[who])
        session.execute(change.values(email=f"{who}@street.example", password=digest))
    baker, drinks = (street.places[code].partner_id for code in ("baker", "drinks"))
    session.add(
        Staff(
            id=uuid4(), partner_id=baker, email="owner@baker.example", name="O", role="owner", password=digest
        )
    )
    session.add(Staff(id=uuid4(), email="admin@street.example", name="A", role="admin", password=digest))
    now = datetime.now(UTC)
    session.add(MemberStanding(member_id=street.members["anna"], tier="silver", factor=1, since=now))
    wine = rewards.create(session, uuid4(), drinks, "Flasche Rotwein", 300, 899)
    rewards.create(session, uuid4(), baker, "Frühstück für zwei", 900, 1490)
    for days in range(25, 0, -1):
        street.buy(
            session, "anna", ("baker", "drinks")[days % 2], 3_000, now - timedelta(days=days), f"A-{days}"
        )
    street.redeem(session, "anna", "drinks", reward_id=wine.id, at=now - timedelta(hours=3))
    session.commit()
    return street


@pytest.fixture
def address(app) -> Iterator[str]:
    """Where the application answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def visit(chromium, street, address) -> Iterator[Callable[..., Page]]:
    """`visit("anna", width=390, dark=True)`: a fresh browser, signed in unless `who` is None. What its console
    complains of, and every request to another host, is collected in `page.complaints`."""
    opened: list[BrowserContext] = []

    def open_browser(who: str | None, width: int = 390, dark: bool = False, **more) -> Page:
        context = chromium.new_context(
            base_url=address,
            viewport={"width": width, "height": 844},
            color_scheme="dark" if dark else "light",
            locale="de-DE",
            **more,
        )
        opened.append(context)
        page = context.new_page()
        page.complaints = []
        page.on(
            "console", lambda said: said.type in ("error", "warning") and page.complaints.append(said.text)
        )
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda asked: asked.url.startswith(address) or page.complaints.append(asked.url))
        if who:
            page.goto("/login")
            page.fill("#email", who if "@" in who else f"{who}@street.example")
            page.fill("#password", PASSWORD)
            page.press("#password", "Enter")
            page.wait_for_url(lambda url: "/login" not in url)
        return page

    yield open_browser
    for context in opened:
        context.close()
