import pytest
from sqlalchemy import select

from loyalty.errors import Conflict, Invalid, Missing
from partners import contracts, shops
from partners.models import EarnRule, Partner, Shop
from partners.shops import Rates


def test_a_new_partner_can_post_at_once(session, baker, at) -> None:
    terms = contracts.terms_for(session, baker.partner_id, at)
    assert [rule.code for rule in terms.rules] == ["base"]
    assert terms.contract_at(at).valid_from == at
    assert session.get(Shop, baker.shop_id).time_zone == "Europe/Berlin"
    assert shops.tills_of(session, "baker") == [baker.till_id]


def test_the_second_partner_brings_no_second_base_rule(session, baker, at, new_id) -> None:
    shops.open_partner(session, "drinks", "Getränke Sommer", "Hauptstraße", at, new_id, "Europe/Vienna")
    assert len(session.scalars(select(EarnRule)).all()) == 1


def test_a_code_belongs_to_one_partner(session, baker, at, new_id) -> None:
    with pytest.raises(Conflict, match="partner_code_taken"):
        shops.add_partner(session, "baker", "Another", at, new_id)


@pytest.mark.parametrize("code", ["", "Baker", "-baker", "ba ker", "b" * 41, "baker\n"])
def test_it_refuses_codes_that_do_not_fit_an_address(session, at, new_id, code: str) -> None:
    with pytest.raises(Invalid, match="code_invalid"):
        shops.add_partner(session, code, "Baker", at, new_id)


def test_rates_stay_within_bounds(session, baker) -> None:
    shops.change_rates(session, baker.partner_id, Rates(margin_bp=4000, vat_bp=700))
    assert session.get(Partner, baker.partner_id).margin_bp == 4000
    with pytest.raises(Invalid, match="rate_invalid"):
        shops.change_rates(session, baker.partner_id, Rates(vat_bp=10_001))


def test_unknown_zones_and_partners_are_refused(session, baker, new_id) -> None:
    with pytest.raises(Invalid, match="time_zone_unknown"):
        shops.add_shop(session, baker.partner_id, "Bahnhof", new_id, "Europe/Nowhere")
    with pytest.raises(Missing):
        shops.tills_of(session, "florist")
