"""Items as JSON values and back."""

from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules.basket import KINDS, Item, item_from_data, item_to_data

TEXT = st.none() | st.text(max_size=5)


@given(
    st.builds(
        Item, st.integers(), st.integers(1, 99), st.sampled_from(KINDS), TEXT, TEXT, st.integers(0, 99),
        st.integers(0, 9999), st.integers(), st.booleans(), st.booleans(), st.none() | st.integers(0, 9999),
    )
)  # fmt: skip
def test_an_item_comes_back_as_it_was(item: Item) -> None:
    assert item_from_data(item_to_data(item)) == item


def test_what_is_usual_is_not_written() -> None:
    item = Item(450, 1, "goods", None, None, 0, 700, 150, False, True)
    assert item_to_data(item) == {"gross_cents": 450, "vat_bp": 700, "cost_cents": 150}
