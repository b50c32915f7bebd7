import pytest

from loyalty.errors import Invalid
from partners import catalogue, contracts


def test_what_the_law_forbids_to_discount_earns_nothing(session, baker, at) -> None:
    categories = contracts.terms_for(session, baker.partner_id, at).categories
    assert {code for code, terms in categories.items() if not terms.earns and not terms.perks} == {
        "deposit", "gift-card", "tobacco", "lottery", "prescription", "books-fixed-price",
    }  # fmt: skip


def test_it_adds_and_replaces(session, baker, at) -> None:
    catalogue.put_category(session, baker.partner_id, "bread", "Brot", margin_bp=6500, vat_bp=700)
    catalogue.put_category(session, baker.partner_id, "bread", "Brot", margin_bp=6000, vat_bp=700)
    catalogue.put_product(session, baker.partner_id, "4001", "Roggenbrot", "bread", margin_bp=6200)
    terms = contracts.terms_for(session, baker.partner_id, at)
    assert (terms.categories["bread"].margin_bp, terms.products["4001"].margin_bp) == (6000, 6200)
    assert terms.products["4001"].category == "bread"
    assert [product.sku for product in catalogue.products(session, baker.partner_id)] == ["4001"]


def test_it_refuses_what_cannot_be(session, baker) -> None:
    with pytest.raises(Invalid, match="category_unknown"):
        catalogue.put_product(session, baker.partner_id, "4001", "Roggenbrot", "bread")
    with pytest.raises(Invalid, match="rate_invalid"):
        catalogue.put_category(session, baker.partner_id, "bread", "Brot", vat_bp=-1)
    with pytest.raises(Invalid, match="age_invalid"):
        catalogue.put_product(session, baker.partner_id, "9", "Wein", min_age=-1)
    with pytest.raises(Invalid, match="code_invalid"):
        catalogue.put_category(session, baker.partner_id, "br\x00ead", "Brot")
