import pytest

from loyalty.errors import Invalid
from loyalty.people.passwords import hashed, matches


def test_it_knows_the_password_again() -> None:
    stored = hashed("emma-demo-street")
    assert stored.startswith("$argon2id$")
    assert matches(stored, "emma-demo-street")
    assert not matches(stored, "emma-demo-strasse")
    assert not matches(None, "emma-demo-street")
    assert not matches("not a hash", "emma-demo-street")
    assert not matches(stored, "x" * 2000)


@pytest.mark.parametrize("password", ["", "too short", "x" * 1025])
def test_it_refuses_short_and_endless_ones(password: str) -> None:
    with pytest.raises(Invalid, match="password_invalid"):
        hashed(password)
