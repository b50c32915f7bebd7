"""Exits: noted once, felt by the tills, carried by whom it was agreed, closed when nothing is open."""

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from config import nightly
from config.sequence import in_order
from loyalty.errors import Conflict, LoyaltyError
from loyalty.models.oversight import AuditLog
from loyalty.points import audit
from partners import contracts
from partners.api import auth
from partners.contracts import Offer
from partners.settlement import closing, exits, exposure, flows, legs, movements, runs
from partners.settlement.models import Objection, PartnerExit
from tests.coalition import day, open_coalition
from tests.partners.api.conftest import anna, id_now, join, offer, phone, receipt, rich, street, till

__all__ = ["anna", "join", "offer", "phone", "rich", "street", "till"]

JANUARY, MARCH, APRIL = day(1, 5), day(3, 1), day(4, 1)
LEAVES, CUT_OFF = date(2026, 1, 31), date(2026, 2, 15)


@pytest.fixture
def coalition(session):
    return open_coalition(session)


@pytest.fixture
def note(act, coalition):
    """`note(carrier="operator")`: the baker gives notice on 5 January."""

    def noted(**changes):
        agreed = {
            "partner_id": coalition.partner("baker"), "leaves_on": LEAVES, "cut_off_on": CUT_OFF, "carrier": "partner",
            "guarantee_cents": 5_000, "staff_id": coalition.admins[0], "at": JANUARY, "new_id": in_order(JANUARY),
        }  # fmt: skip
        return act(lambda s: exits.give_notice(s, **agreed | changes))

    return noted


def written(owner):
    return owner.execute(
        "SELECT (SELECT count(*) FROM partner_exit), (SELECT count(*) FROM audit_log)"
    ).fetchone()


def test_notice_is_given_once(act, owner, coalition, note) -> None:
    note()
    with pytest.raises(Conflict, match="exit_noted"):
        note(carrier="operator")
    assert owner.execute(
        "SELECT leaves_on, cut_off_on, carrier, guarantee_cents, closed_at FROM partner_exit"
    ).fetchall() == [(LEAVES, CUT_OFF, "partner", 5_000, None)]
    deed = act(lambda s: s.query(AuditLog).one())
    assert (deed.action, deed.staff_id, deed.object_id) == (
        "exit_noted",
        coalition.admins[0],
        coalition.partner("baker"),
    )
    assert deed.facts == {
        "leaves_on": "2026-01-31", "cut_off_on": "2026-02-15", "carrier": "partner", "guarantee_cents": 5_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"carrier": "nobody"}, "word_unknown"),
        ({"guarantee_cents": -1}, "amount_invalid"),
        ({"leaves_on": date(2026, 1, 4)}, "date_past"),
        ({"cut_off_on": date(2026, 1, 30)}, "dates_reversed"),
        ({"partner_id": id_now()}, "partner_unknown"),
    ],
)
def test_what_cannot_be_agreed_is_refused(owner, note, changes, code) -> None:
    with pytest.raises(LoyaltyError, match=code):
        note(**changes)
    assert written(owner) == (0, 0)


def test_who_has_left_gives_no_notice(owner, note) -> None:
    owner.execute("UPDATE partner SET left_at = %s WHERE code = 'baker'", [JANUARY])
    with pytest.raises(Conflict, match="exit_noted"):
        note()
    assert written(owner) == (0, 0)


def test_it_takes_effect_when_the_last_day_is_over(app, act, owner, note) -> None:
    note()
    assert act(lambda s: exits.take_effect(s, datetime(2026, 1, 31, 22, 59, tzinfo=UTC))) == 0
    with app.app_context():
        at = datetime(2026, 2, 1, 2, 30, tzinfo=UTC)
        assert (nightly.run(at)["exits"], nightly.run(at)["exits"]) == (1, 0)
    left = owner.execute("SELECT code, left_at FROM partner WHERE left_at IS NOT NULL").fetchall()
    assert left == [("baker", datetime(2026, 1, 31, 23, tzinfo=UTC))]


def test_tills_of_a_partner_that_left_book_nothing_new(act, owner, street, till, rich, phone, offer) -> None:
    drinks = street("drinks")
    for place in (till, drinks):
        offer(place, f"Reward of {place.place.shop_id}", 2_000)
    sale = receipt(rich.card, 10_000)
    bought = till.post("/purchases", sale, "yesterday").json
    spent = till.post("/redemptions", {"card": rich.card, "pin": "4711", "points": 100}).json
    _leave(act, till, cut_off=2)
    before = owner.execute("SELECT count(*) FROM transfer").fetchone()
    for path, body in (
        ("/purchases", receipt(rich.card)), ("/purchases/preview", receipt(rich.card)),
        ("/redemptions", {"card": phone(rich.card), "points": 10}), ("/members", {"first_name": "Ben"}),
    ):  # fmt: skip
        answer = till.post(path, body)
        assert (answer.status_code, answer.json["code"]) == (403, "partner_left")
    assert till.get(f"/cards/{rich.card}").json["code"] == "partner_left"
    till.language = "de"
    assert till.post("/purchases", receipt(rich.card)).json["title"] == "Partner ist ausgetreten"
    assert owner.execute("SELECT count(*) FROM transfer").fetchone() == before

    again = till.post("/purchases", sale, "yesterday")
    assert (again.status_code, again.json) == (201, bought)
    assert till.get(f"/purchases/{bought['id']}").status_code == 200
    assert till.post(f"/redemptions/{spent['id']}/reversal", {}).status_code == 201
    entries = [
        receipt(rich.card) | {"idempotency_key": "new"},
        {"idempotency_key": "back", "kind": "return", "purchase_id": bought["id"], "all": True},
    ]
    results = till.post("/purchases/batch", {"items": entries}).json["results"]
    assert [result["status"] for result in results] == [403, 201]

    terms = act(lambda s: contracts.terms_for(s, drinks.place.partner_id, datetime.now(UTC)))
    assert [reward.name for reward in terms.rewards] == [f"Reward of {drinks.place.shop_id}"]
    assert act(lambda s: list(audit.run(s, datetime.now(UTC)))) == []


def test_after_the_cut_off_nothing_is_taken_any_more(act, owner, till, rich) -> None:
    bought = till.post("/purchases", receipt(rich.card, 10_000)).json
    _leave(act, till, cut_off=-1)
    for answer in (
        till.post(f"/purchases/{bought['id']}/returns", {"all": True}), till.post("/purchases/batch", {"items": []}),
        till.get("/me"), till.get("/purchases"),
    ):  # fmt: skip
        assert (answer.status_code, answer.json["code"]) == (403, "partner_left")
    assert owner.execute("SELECT count(*) FROM purchase_return").fetchone() == (0,)


@pytest.mark.parametrize(
    ("funding", "carrier", "baker", "pool", "programme"),
    [
        ("at_redemption", "partner", -88, 0, 0),
        ("at_redemption", "operator", -48, 0, -40),
        ("prefunded", "partner", -88, 0, 0),
        ("prefunded", "operator", -118, 0, 30),
    ],
)
def test_the_carrier_stands_for_what_is_out_after_the_cut_off(
    act, session, funding, carrier, baker, pool, programme
) -> None:
    coalition = open_coalition(session, expiry_months=2, funding=funding)
    _live_through_an_exit(act, coalition, carrier)
    run_id = coalition.settle(session, "2026-03", APRIL, pay=False)
    assert coalition.positions(session, run_id) == {"baker": baker, "drinks": 70, "books": 0}
    run = runs.get(session, run_id)
    assert (run.figures["pool"], run.figures["programme"], run.points_out) == (pool, programme, 0)
    assert baker + 70 + sum(run.figures.values()) == 0
    cells = {(pair.issuer_id, pair.points, pair.cents) for pair in runs.pairs(session, run_id)}
    issuer = coalition.partner("baker")
    apart = {(issuer, 30, 30), (None, 40, 40)}
    assert cells == ({(issuer, 70, 70)} if carrier == "partner" else apart)
    moved = sum(one.exact_ct for one in movements.of_run(session, run, issuer))
    lines = runs.lines(session, run_id)[issuer]
    assert moved == sum(line.exact_ct for line in lines if line.kind != "fee")
    summed = flows.of_days(session, None, date.max)
    assert sorted(map(str, flows.raw(session, 1, run.last_sequence))) == sorted(map(str, summed))
    assert act(lambda s: list(audit.run(s, APRIL))) == []


def test_what_the_operator_carries_exposes_the_leaver_no_more(act, owner, session) -> None:
    coalition = open_coalition(
        session, offers={"baker": Offer(funding="at_redemption", credit_limit_cents=1_000)}
    )
    _notice(act, coalition, "operator")
    act(lambda s: coalition.buy(s, "anna", "baker", 10_000, JANUARY))
    act(lambda s: closing.catch_up(s, MARCH))
    owed = []
    for at in (day(2, 15), day(2, 16)):
        act(lambda s, at=at: exposure.refresh(s, at))
        owed.append(owner.execute("SELECT owed_cents FROM exposure").fetchone()[0])
    assert owed == [118, 18]


def test_it_is_closed_when_nothing_is_open(act, owner, session) -> None:
    coalition = open_coalition(session, expiry_months=2)
    partner, (first, second) = coalition.partner("baker"), coalition.admins

    def close(at):
        act(lambda s: exits.close(s, partner, first, at, in_order(at)))

    def refused(at, code):
        with pytest.raises(LoyaltyError, match=code) as refusal:
            close(at)
        assert owner.execute("SELECT count(*) FROM audit_log WHERE action = 'exit_closed'").fetchone() == (0,)
        return refusal.value.facts

    refused(JANUARY, "exit_unknown")
    act(lambda s: coalition.buy(s, "anna", "baker", 10_000, JANUARY))
    _notice(act, coalition, "partner")
    assert refused(day(2, 15), "exit_running") == {"cut_off_on": CUT_OFF}
    assert refused(MARCH, "exit_open") == {"open": ["runs", "flows", "points"]}
    act(lambda s: coalition.night(s, day(3, 8)))
    run_id = coalition.settle(session, "2026-03", APRIL, pay=False)
    number = id_now()
    act(lambda s: s.execute(insert(Objection).values(
        id=number, run_id=run_id, partner_id=partner, words="No.", raised_by=first, raised_at=APRIL)))  # fmt: skip
    assert refused(APRIL, "exit_open") == {"open": ["legs", "objections"]}
    act(lambda s: legs.pay_all(s, run_id, second, APRIL, in_order(APRIL)))
    owner.execute("UPDATE objection SET state = 'rejected'")
    close(APRIL)
    close(APRIL + timedelta(days=1))
    assert owner.execute("SELECT closed_at FROM partner_exit").fetchone() == (APRIL,)
    assert owner.execute("SELECT count(*) FROM audit_log WHERE action = 'exit_closed'").fetchone() == (1,)


def _notice(act, coalition, carrier):
    act(lambda s: exits.give_notice(
        s, coalition.partner("baker"), LEAVES, CUT_OFF, carrier, 0, coalition.admins[0], JANUARY, in_order(JANUARY)
    ))  # fmt: skip


def _live_through_an_exit(act, coalition, carrier):
    """Of the baker's 100 points 30 are spent until its cut-off, 40 behind it; 30 expire."""
    act(lambda s: coalition.buy(s, "anna", "baker", 10_000, JANUARY))
    _notice(act, coalition, carrier)
    act(lambda s: coalition.redeem(s, "anna", "drinks", 30, day(2, 15)))
    act(lambda s: coalition.redeem(s, "anna", "drinks", 40, day(2, 16)))
    act(lambda s: coalition.night(s, day(3, 8)))


def _leave(act, till, cut_off):
    """The till's partner left the day before yesterday; its cut-off is so many days from now. Waits for the news."""
    now = datetime.now(UTC)
    today = now.date()

    def work(session):
        session.execute(insert(PartnerExit).values(
            partner_id=till.place.partner_id, leaves_on=today - timedelta(days=2),
            cut_off_on=today + timedelta(days=cut_off), carrier="partner", guarantee_cents=0,
            noted_by=till.place.partner_id, noted_at=now,
        ))  # fmt: skip
        assert exits.take_effect(session, now) == 1

    act(work)
    time.sleep(auth.FRESH_S + 0.1)
