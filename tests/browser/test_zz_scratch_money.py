"""scratch: screenshots"""

import sys, pytest
from datetime import UTC, datetime, timedelta
from config.sequence import in_order
from partners.settlement import runs, papers, cash, closing, corrections, objections, legs
from loyalty.points import adjustments
from partners import contracts
from tests.partners.admin.money import *
from tests.browser.test_pages import faults, TOO_SMALL, TOUCHED, TARGET_PX

pytestmark = pytest.mark.browser


@pytest.fixture
def street(session):
    return street_(session)


street_ = globals()["street"]
import builtins
from tests.partners.admin import money


@pytest.fixture
def street(session):
    return money.street(session)


def shots(page, name, width):
    page.screenshot(path=f"/tmp/emma/adm_{name}_{width}.png", full_page=True)
    print(
        name,
        width,
        faults(page),
        page.evaluate("document.documentElement.scrollWidth"),
        page.evaluate(TOO_SMALL, [TOUCHED, TARGET_PX]),
        page.complaints,
    )


@pytest.mark.parametrize("width", [390, 1280, 320])
def test_shots(visit, session, street, width):
    c = street
    now = datetime.now(UTC)
    closing.catch_up(session, now)
    session.commit()
    page = visit("second@street.example", width)
    page.goto("/admin/settlement")
    shots(page, "list0", width)
    page.goto("/admin/settlement/preview?period=2026-02")
    shots(page, "preview", width)
    run_id = prepared(session, c)
    page.goto("/admin/settlement")
    shots(page, "list1", width)
    page.goto(f"/admin/settlement/runs/{run_id}")
    shots(page, "run1", width)
    runs.release(session, run_id, c.admins[1], now, in_order(now))
    session.commit()
    page.goto("/admin/payments")
    shots(page, "pay1", width)
    papers.issue(session, run_id, c.admins[1], now, in_order(now))
    session.commit()
    cash.make_files(session, run_id, c.admins[1], now, in_order(now))
    session.commit()
    i = legs.items(session, run_id)[0]
    legs.settle_by_hand(session, i.leg.id, -100, "cash", c.admins[0], now, in_order(now))
    session.commit()
    page.goto(f"/admin/settlement/runs/{run_id}")
    page.locator("details.line summary").first.click()
    shots(page, "run2", width)
    page.goto("/admin/payments")
    page.locator("details.aside summary").first.click()
    page.locator("details.direct summary").first.click()
    shots(page, "pay2", width)
    objections.object_to(
        session,
        run_id,
        c.partner("baker"),
        "Im Februar wurden uns 100 Punkte zu viel berechnet.\nBitte prüfen.",
        c.owners["baker"],
        now,
        in_order(now),
    )
    corrections.make(session, c.partner("drinks"), -1250, "wrong_points", c.admins[0], now, in_order(now))
    corrections.make(session, c.partner("books"), 300, "goodwill", c.admins[1], now, in_order(now))
    k = corrections.make(session, c.partner("books"), 1300, "agreed", c.admins[1], now, in_order(now))
    corrections.approve(session, k, c.admins[0], now, in_order(now))
    session.commit()
    from loyalty.people import cards

    w = cards.who(session, c.cards["anna"]).wallet_id
    adjustments.ask(
        session, w, 700, "goodwill", c.admins[0], 500, contracts.programme(session), now, in_order(now)
    )
    adjustments.ask(
        session, w, 900, "missing_points", c.admins[1], 500, contracts.programme(session), now, in_order(now)
    )
    session.commit()
    page.goto("/admin/cases")
    shots(page, "cases", width)
    for s in page.locator("details.aside summary").all():
        s.click()
    shots(page, "cases2", width)
