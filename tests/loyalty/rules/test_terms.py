"""Terms: which version of a contract is in force."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from loyalty.rules.terms import Contract, Programme, Terms

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
SUMMER = datetime(2026, 7, 1, tzinfo=UTC)
FIRST, SECOND = Contract(UUID(int=1), NEW_YEAR), Contract(UUID(int=2), SUMMER)
TERMS = Terms(UUID(int=9), Programme(), (SECOND, FIRST), (), UUID(int=8))


def test_the_latest_version_that_has_begun_is_in_force():
    instant = timedelta(microseconds=1)
    assert TERMS.contract_at(SUMMER) is SECOND
    assert TERMS.contract_at(SUMMER - instant) is FIRST
    assert TERMS.contract_at(NEW_YEAR) is FIRST


def test_before_the_first_version_the_first_holds():
    assert TERMS.contract_at(NEW_YEAR - timedelta(days=400)) is FIRST
