"""Purchases from a file, on the real database: all of them in the books or rejected, and never twice."""

import csv
import random
from datetime import UTC, datetime

import pytest
from rich.progress import Progress

from config.importing import run
from loyalty.points import audit
from partners.importing.rows import COLUMNS

GOOD = ("7", "baker", "A-1", "2026-01-05T09:00:00", "4001", "bread", "Roggenbrot", "1", "450", "0")


def row(**changes):
    return [str(changes.get(name, value)) for name, value in zip(COLUMNS, GOOD, strict=True)]


@pytest.fixture
def bring(app, tmp_path):
    """`bring(rows)`: import a file of these rows; its counts, and the reject file as dicts."""

    def imported(rows, dry_run=False):
        file, rejects = tmp_path / "year.csv", tmp_path / "year.rejects.csv"
        with file.open("w", newline="", errors="surrogateescape") as text:
            csv.writer(text).writerows([COLUMNS, *rows])
        with app.app_context(), Progress(disable=True) as progress:
            counts = run(file, rejects, dry_run, progress).counts()
        rejected = list(csv.DictReader(rejects.open(newline=""))) if rejects.exists() else []
        assert counts["rejected"] == len(rejected)
        return counts, rejected

    return imported


def test_it_makes_members_partners_and_catalogue(bring, owner):
    counts, _ = bring(
        [row(), row(household=8, shop="Weinhaus Müller", receipt="W-1", category="", product="")]
    )
    assert counts == {"purchases": 2, "members": 2, "partners": 2, "added": 2, "rejected": 0}
    assert owner.execute("SELECT code, name FROM partner ORDER BY code").fetchall() == [
        ("baker", "baker"), ("weinhaus-mueller", "Weinhaus Müller"),
    ]  # fmt: skip
    assert owner.execute("SELECT count(*) FROM card").fetchone() == (2,)
    assert owner.execute("SELECT sku, name, category FROM product ORDER BY name DESC").fetchall() == [
        ("4001", "Roggenbrot", "bread"), ("4001", "4001", None),
    ]  # fmt: skip
    assert owner.execute("SELECT name FROM category WHERE code = 'bread'").fetchone() == ("bread",)


def test_a_second_run_adds_nothing_and_a_longer_file_only_what_is_new(bring, owner):
    first = [row(receipt=f"A-{number}") for number in range(5)]
    more = [*first, row(household=9, receipt="A-9")]
    assert bring(first)[0] == {"purchases": 5, "members": 1, "partners": 1, "added": 5, "rejected": 0}
    assert bring(more, dry_run=True)[0] == {
        "purchases": 6,
        "members": 2,
        "partners": 1,
        "added": 1,
        "rejected": 0,
    }
    assert bring(first)[0]["added"] == 0
    assert bring(more)[0] == {"purchases": 6, "members": 2, "partners": 1, "added": 1, "rejected": 0}
    assert owner.execute("SELECT count(*), sum(points) FROM purchase").fetchone() == (6, 24)


def test_a_dry_run_writes_nothing(bring, owner):
    counts, rejected = bring([row(), row(receipt="A-2", quantity=0)], dry_run=True)
    assert (counts["added"], len(rejected)) == (1, 1)
    for table in ("partner", "member", "purchase", "transfer", "category", "rulebook"):
        assert owner.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_rows_of_a_receipt_are_one_purchase_wherever_they_lie(bring, owner):
    rows = [row(receipt=f"A-{number % 20}", gross_cents=55, sku=number) for number in range(60)]
    random.Random(4).shuffle(rows)
    assert bring(rows)[0]["purchases"] == 20
    assert owner.execute(
        "SELECT DISTINCT total_cents, points, jsonb_array_length(lines) FROM purchase"
    ).fetchall() == [(165, 1, 3)]


def test_a_bad_row_takes_its_whole_receipt_along_and_no_other(bring):
    counts, rejected = bring(
        [row(), row(gross_cents="-5"), row(receipt="A-2"), row(shop="drinks"), row(shop="", receipt="A-3")]
    )
    assert (counts["purchases"], counts["rejected"]) == (2, 3)
    assert [(bad["line"], bad["reason"]) for bad in rejected] == [
        ("2", "receipt: line 3 of it is bad"),
        ("3", "gross_cents: not from 0 to 100000000"),
        ("6", "shop: empty"),
    ]
    corrected = [{**bad, "gross_cents": "5", "shop": "baker"} for bad in rejected]
    assert bring([[bad[name] for name in COLUMNS] for bad in corrected])[0]["added"] == 2


def test_it_refuses_what_contradicts_itself_or_the_books(bring, owner):
    _, rejected = bring(
        [row(), row(household=8), row(receipt="A-2", quantity="²"), *[row(receipt="A-3")] * 501]
    )
    assert {bad["reason"] for bad in rejected} == {
        "receipt: belongs to more than one household", "quantity: not a whole number", "receipt: more than 500 rows",
    }  # fmt: skip
    bring([row()])
    assert bring([row(gross_cents=460)])[1][0]["reason"] == "receipt: stands in the books with other content"
    assert bring([row(household=8)])[0]["members"] == 0
    owner.execute("UPDATE member SET erased_at = now()")
    assert bring([row(receipt="A-4")])[1][0]["reason"] == "household: its member has been erased"


def test_receipt_numbers_may_begin_anew_every_day(bring):
    counts, _ = bring([row(), row(purchased_at="2026-01-06T09:00:00")])
    assert counts["purchases"] == 2


def test_what_a_spreadsheet_would_compute_is_text_in_the_reject_file(bring, tmp_path):
    _, rejected = bring([row(product="=HYPERLINK(1)", quantity="-1"), row(receipt="A-2", product="\udcff")])
    assert (rejected[0]["product"], rejected[0]["quantity"]) == ("'=HYPERLINK(1)", "-1")
    assert rejected[1]["reason"] == "product: not UTF-8"
    assert len(bring([row()])[1]) == 0  # an old reject file tells nothing of a new run


def test_members_purchases_are_booked_in_order_of_time_also_between_shops(bring, act, owner):
    days = random.Random(5).sample(range(1, 29), 28)
    rows = [
        row(household=day % 3, shop=("baker", "drinks", "books")[day % 2], receipt=day,
            purchased_at=f"2026-01-{day:02}T10:00:00")
        for day in days
    ]  # fmt: skip
    assert bring(rows)[0]["added"] == 28
    booked = owner.execute("SELECT member_id, purchased_at FROM purchase ORDER BY id").fetchall()
    for member in {member for member, _ in booked}:
        moments = [at for who, at in booked if who == member]
        assert moments == sorted(moments)
    assert act(lambda session: list(audit.run(session, max(at for _, at in booked)))) == []


def test_the_shops_zone_decides_about_day_and_time(bring, owner):
    bring([row()])
    owner.execute("UPDATE shop SET time_zone = 'America/New_York'")
    bring([row(receipt="A-2", purchased_at="2026-01-05T23:30:00")])
    found = owner.execute("SELECT business_day::text, purchased_at::text FROM purchase WHERE receipt = 'A-2'")
    assert found.fetchone() == ("2026-01-05", "2026-01-06 04:30:00+00")
    assert bring([row(receipt="A-2", purchased_at="2026-01-05T23:30:00")])[0]["added"] == 0


@pytest.mark.parametrize("name", ["Bäckerei", "bäckerei", "???"])
def test_every_shop_has_a_partner_of_its_own(bring, owner, name):
    bring([row(shop="Baeckerei"), row(shop=name)])
    assert bring([row(shop="Baeckerei"), row(shop=name)])[0]["added"] == 0
    assert owner.execute("SELECT count(*) FROM partner").fetchone() == (2,)


def test_every_row_of_a_wild_file_is_in_the_books_or_rejected_with_a_reason(bring, owner, act):
    rng = random.Random(6)
    wild = [
        "", " ", "0", "-1", "4" * 400, "1e3", "NaN", "²", "\0", "\udcff", "\u2028", "ä" * 300, "=1+1",
        "'; DROP TABLE member; --", "2026-02-30T10:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00",
    ]  # fmt: skip
    rows = [row(receipt=f"A-{number // 2}", household=number // 2 % 7) for number in range(400)]
    for spoilt in rng.sample(rows, 120):
        spoilt[rng.randrange(10)] = rng.choice(wild)
    counts, rejected = bring(rows)
    assert all(bad["reason"] for bad in rejected) and 0 < counts["purchases"] < 200
    booked = owner.execute("SELECT sum(jsonb_array_length(lines)) FROM purchase").fetchone()[0]
    assert booked + len(rejected) == len(rows)
    assert counts["purchases"] == owner.execute("SELECT count(*) FROM purchase").fetchone()[0]
    assert act(lambda session: list(audit.run(session, datetime.now(UTC)))) == []
