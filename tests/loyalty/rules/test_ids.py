"""Ids that sort by time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.ids import uuid7

moments = st.datetimes(datetime(1971, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC))


@given(moments, st.binary(min_size=10, max_size=16))
def test_it_is_a_uuid_of_version_7_that_holds_its_millisecond(at, entropy):
    made = uuid7(at, entropy)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(at.timestamp() * 1000)


@given(moments, st.binary(min_size=10, max_size=10), st.binary(min_size=10, max_size=10))
def test_later_ids_are_greater(at, first, second):
    assert uuid7(at, first) < uuid7(at + timedelta(milliseconds=2), second)
    assert (uuid7(at, first) == uuid7(at, second)) == (_bits(first) == _bits(second))


def _bits(entropy):
    tail = int.from_bytes(entropy, "big")
    return tail >> 68 & 0xFFF, tail & 0x3FFF_FFFF_FFFF_FFFF
