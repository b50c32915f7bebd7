from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_bytes

import pytest
from sqlalchemy import insert, update

from loyalty.errors import Conflict, Invalid, LoyaltyError, Malformed, Missing
from partners import contracts, keys
from partners.models import Partner
from partners.settlement.models import PartnerExit


@pytest.fixture
def text(session, baker, at, entropy) -> str:
    return keys.issue(session, baker.till_id, ["post", "redeem"], at, entropy)


def test_a_key_opens_its_till(session, baker, text: str) -> None:
    key_id, secret = keys.parse(text)
    assert text.startswith("emma_till_") and len(text.split("_")) == 5
    ring = keys.look_up(session, key_id)
    assert ring.opens(secret) and not ring.opens(secret[:-1] + "x")
    assert (ring.till_id, ring.shop_id, ring.partner_id) == (baker.till_id, baker.shop_id, baker.partner_id)
    assert (ring.partner_code, ring.shop_name, ring.time_zone) == ("baker", "Marktplatz", "Europe/Berlin")
    assert ring.scopes == {"post", "redeem"}
    assert ring.terms_revision == contracts.revision(session)


def test_the_secret_stands_nowhere(session, owner, text: str) -> None:
    session.commit()
    row = owner.execute("SELECT k::text FROM api_key k").fetchone()[0]
    _, secret = keys.parse(text)
    assert secret not in row and secret.encode().hex() not in row


def test_every_typo_is_known_without_the_database(text: str) -> None:
    for place in range(len(text)):
        for sign in "a7_":
            typo = text[:place] + sign + text[place + 1 :]
            if typo != text:
                with pytest.raises(Malformed, match="key_invalid"):
                    keys.parse(typo)


@pytest.mark.parametrize("text", ["", "emma_till", "emma_till___", "_" * 150, "é" * 90, "x" * 10_000])
def test_nonsense_is_no_key(text: str) -> None:
    with pytest.raises(Malformed):
        keys.parse(text)


def test_a_till_has_two_live_keys_at_most(session, baker, at, entropy, text: str) -> None:
    keys.issue(session, baker.till_id, ["post"], at, entropy)
    with pytest.raises(Conflict, match="too_many_keys"):
        keys.issue(session, baker.till_id, ["post"], at, entropy)
    keys.revoke(session, keys.parse(text)[0], at)
    keys.issue(session, baker.till_id, ["post"], at, entropy)
    assert [key.revoked_at is None for key in keys.of_till(session, baker.till_id)].count(True) == 2


def test_two_stay_two_when_asked_for_at_once(session, baker, at, act) -> None:
    session.commit()

    def issue(_: int) -> str:
        try:
            return act(lambda s: keys.issue(s, baker.till_id, ["post"], at, token_bytes))
        except LoyaltyError as refused:
            return refused.code

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(issue, range(6))).count("too_many_keys") == 4


def test_a_partner_who_left_winds_up_until_its_cut_off(session, baker, at, text: str) -> None:
    key_id, secret = keys.parse(text)
    assert not keys.look_up(session, key_id).winds_up(at.date())
    session.execute(update(Partner).values(left_at=at))
    assert keys.look_up(session, key_id).opens(secret)
    assert not keys.look_up(session, key_id).winds_up(at.date())  # nobody has agreed on a cut-off
    session.execute(
        insert(PartnerExit).values(
            partner_id=baker.partner_id, leaves_on=at.date(), cut_off_on=at.date(), carrier="partner",
            guarantee_cents=0, noted_by=baker.partner_id, noted_at=at,
        )
    )  # fmt: skip
    assert keys.look_up(session, key_id).winds_up(at.date())
    assert not keys.look_up(session, key_id).winds_up(at.date() + timedelta(days=1))


def test_revoked_keys_open_nothing(session, baker, at, text: str) -> None:
    key_id, secret = keys.parse(text)
    keys.revoke(session, key_id, at)
    assert not keys.look_up(session, key_id).opens(secret)
    with pytest.raises(Missing):
        keys.revoke(session, "nobody", at)
    assert keys.look_up(session, "nobody") is None


@pytest.mark.parametrize("scopes", [[], ["everything"], ["post", "admin"]])
def test_unknown_scopes_are_refused(session, baker, at, entropy, scopes: list[str]) -> None:
    with pytest.raises(Invalid, match="scope_unknown"):
        keys.issue(session, baker.till_id, scopes, at, entropy)
