"""The plain loop and marshmallow's own loading accept and refuse the same."""

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.errors import Malformed
from loyalty.rules.basket import Basket, Line
from partners.api.bodies import LineIn, ListQuery, PurchaseIn, RedemptionIn, ReturnIn
from partners.api.reading import Body, Faults, from_query

CARD = "2700417003829152"
GOOD = {
    "card": CARD, "receipt": "A-1", "purchased_at": "2026-11-22T09:15:00+01:00", "total_cents": 450,
    "lines": [{"gross_cents": 450, "vat_rate": 7.5}],
}  # fmt: skip
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}),
    st.just([{"gross_cents": 1}]), st.just([{"line": 0, "quantity": 1}]), st.just(CARD),
    st.just("2026-11-22T09:15:00Z"),
)  # fmt: skip


def test_it_makes_frozen_baskets():
    card, basket = PurchaseIn().read(GOOD)
    assert card.number == CARD
    assert isinstance(basket, Basket) and basket.channel == "counter"
    assert basket.lines == (Line(450, vat_bp=750),)


@pytest.mark.parametrize("schema", [PurchaseIn, LineIn, ReturnIn, RedemptionIn])
@given(data=st.data())
def test_both_ways_of_reading_refuse_the_same_members(schema, data):
    names = list(schema().fields)
    sent = {**GOOD, **data.draw(st.dictionaries(st.sampled_from(names), JUNK, max_size=4))}
    assert refused_by_loop(schema(), sent) == refused_by_marshmallow(schema(), sent)


def refused_by_loop(schema: Body, sent: dict) -> set[str]:
    try:
        schema.read(sent)
    except Faults as faults:
        return {field.split(".")[0] for field, _message, _facts in faults.faults}
    except Malformed as malformed:
        return {malformed.field}
    return set()


def refused_by_marshmallow(schema: Body, sent: dict) -> set[str]:
    try:
        schema.load(sent)
    except ma.ValidationError as error:
        # A card that is none ends the loop at once, with a code of its own.
        wrong = set(error.messages_dict)
        no_card = isinstance(sent.get("card"), str) and "card" in wrong
        return {"card"} if no_card else wrong
    return set()


def test_a_query_is_read_by_the_same_fields():
    assert from_query(ListQuery(), {}) == {"limit": 50, "cursor": None}
    assert from_query(ListQuery(), {"limit": "7"})["limit"] == 7
    for limit in ("0", "201", "-1", "1.0", "١", "9" * 30, ""):
        with pytest.raises(Faults):
            from_query(ListQuery(), {"limit": limit})
