"""The audit finds nothing where all is well."""

from datetime import timedelta

from loyalty.points import audit
from tests.loyalty.points.audit.year import live_through
from tests.street import NOON


def test_it_finds_nothing_where_all_is_well(act, session, owner):
    live_through(act, session)
    kinds = {row[0] for row in owner.execute("SELECT DISTINCT kind FROM transfer")}
    assert kinds == {
        "earn", "bonus", "welcome", "redeem", "redemption_reversal", "return", "debt", "debt_repaid", "expire", "merge",
        "debt_written_off", "adjust",
    }  # fmt: skip
    for days in (43, 60, 90):
        assert act(lambda s, days=days: list(audit.run(s, NOON + timedelta(days=days)))) == []


def test_it_finds_nothing_in_empty_books(act, database):
    assert act(lambda session: list(audit.run(session, NOON))) == []


def test_it_names_every_check_after_its_function(act):
    names = [audit.name(check) for check in audit.CHECKS]
    assert len(set(names)) == len(names)
