from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy import insert, update

from loyalty.errors import Conflict, Invalid, LoyaltyError, Missing
from loyalty.models.coalition import Coalition
from loyalty.models.purchases import Reward
from loyalty.rules.terms import RewardOffer
from partners import catalogue, contracts, shops
from partners.contracts import Offer
from partners.shops import Rates

ONE, FEE = Decimal("1.000"), Decimal("0.150")


def test_versions_follow_each_other(session, baker, at, new_id) -> None:
    later = at + timedelta(days=40)
    contracts.add_version(
        session, baker.partner_id, later, Offer(ONE, Decimal("0.1"), Decimal("0.8")), new_id
    )
    terms = contracts.terms_for(session, baker.partner_id, at)
    assert [contract.valid_from for contract in terms.contracts] == [later, at]
    assert terms.contract_at(later - timedelta(seconds=1)).service_fee_ct == FEE
    assert terms.contract_at(later).reimbursement_ct == Decimal("0.8")
    assert terms.contract_at(at - timedelta(days=9)).valid_from == at


@pytest.mark.parametrize("days", [0, -1])
def test_a_version_never_starts_in_one_that_stands(session, baker, at, new_id, days: int) -> None:
    with pytest.raises(Conflict) as refused:
        contracts.add_version(session, baker.partner_id, at + timedelta(days=days), Offer(), new_id)
    assert (refused.value.code, refused.value.facts) == ("contract_overlap", {"latest": at})


@pytest.mark.parametrize(
    ("prices", "field"),
    [
        (("0", "0", "0"), "point_value_ct"),
        (("-1", "0", "0"), "point_value_ct"),
        (("NaN", "0", "0"), "point_value_ct"),
        (("1.0001", "0", "0"), "point_value_ct"),
        (("1", "-0.001", "1"), "service_fee_ct"),
        (("1", "0", "1.001"), "reimbursement_ct"),
        (("Infinity", "0", "0"), "point_value_ct"),
    ],
)
def test_impossible_prices_are_refused(session, baker, at, new_id, prices, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        contracts.add_version(
            session, baker.partner_id, at + timedelta(1), Offer(*map(Decimal, prices)), new_id
        )
    assert refused.value.field == field


def test_of_the_same_version_twice_at_once_one_stands(session, baker, at, act) -> None:
    session.commit()

    def add(_: int) -> str:
        try:
            act(lambda s: contracts.add_version(s, baker.partner_id, at + timedelta(1), Offer(), uuid4))
        except LoyaltyError as refused:
            return refused.code
        return "added"

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(add, range(4))) == ["added", *["contract_overlap"] * 3]


def test_terms_hold_the_partner_s_rates_and_the_programme(session, baker, at) -> None:
    shops.change_rates(session, baker.partner_id, Rates(margin_bp=6000, cost_to_serve_cents=80))
    session.execute(update(Coalition).values(expiry_months=24, pending_days=14))
    terms = contracts.terms_for(session, baker.partner_id, at)
    assert (terms.margin_bp, terms.vat_bp, terms.cost_to_serve_cents) == (6000, None, 80)
    assert (terms.programme.expiry_months, terms.programme.pending_days) == (24, 14)


def test_rewards_are_those_to_be_had_now_cheapest_first(session, baker, at) -> None:
    day = timedelta(days=1)
    for name, points, more in (
        ("Wein", 500, {}),
        ("Brot", 300, {"stock": 1, "valid_from": at, "valid_until": at + day}),
        ("Gone", 100, {"stock": 0}),
        ("Old", 100, {"valid_until": at}),
        ("Soon", 100, {"valid_from": at + day}),
        ("Retired", 100, {"retired_at": at - day}),
    ):
        values = {
            "id": uuid4(),
            "partner_id": baker.partner_id,
            "name": name,
            "points": points,
            "value_cents": points,
        }
        session.execute(insert(Reward).values(**values, **more))
    rewards = contracts.terms_for(session, baker.partner_id, at).rewards
    assert rewards == (RewardOffer("Brot", 300), RewardOffer("Wein", 500))


def test_every_change_of_terms_raises_the_revision(session, baker, at, new_id) -> None:
    before = contracts.revision(session)
    catalogue.put_category(session, baker.partner_id, "bread", "Brot")
    assert contracts.revision(session) > before
    before = contracts.revision(session)
    contracts.terms_for(session, baker.partner_id, at)
    assert contracts.revision(session) == before


def test_without_partner_or_contract_there_are_no_terms(session, at, new_id) -> None:
    with pytest.raises(Missing):
        contracts.terms_for(session, new_id(), at)
    partner_id = shops.add_partner(session, "florist", "Blumen Ast", at, new_id)
    with pytest.raises(Conflict, match="contract_missing"):
        contracts.terms_for(session, partner_id, at)
