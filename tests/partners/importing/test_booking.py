"""Receipts are booked in as few turns as possible, and never a household's later one before its earlier one."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from partners.importing.booking import AT_ONCE, turns


@dataclass(frozen=True)
class Bought:
    shop: str
    household: int
    number: int


def lists(shops="abcdefgh", households=4, most=30):
    pairs = st.tuples(st.sampled_from(shops), st.integers(1, households))
    return st.lists(pairs, max_size=most).map(
        lambda found: [Bought(shop, household, number) for number, (shop, household) in enumerate(found)]
    )


@given(lists())
def test_every_receipt_has_one_turn_and_households_stay_in_order(receipts):
    booked = []
    for shop, turn in turns(receipts):
        assert turn and {receipt.shop for receipt in turn} == {shop}
        booked += turn
    assert sorted(booked, key=lambda receipt: receipt.number) == receipts
    for household in {receipt.household for receipt in receipts}:
        numbers = [receipt.number for receipt in booked if receipt.household == household]
        assert numbers == sorted(numbers)


def test_a_turn_is_no_longer_than_a_batch():
    receipts = [Bought("a", number, number) for number in range(AT_ONCE + 1)]
    assert [len(turn) for _, turn in turns(receipts)] == [AT_ONCE, 1]


def test_people_who_stay_at_one_shop_need_one_turn_each():
    receipts = [Bought("ab"[number % 2], number % 2, number) for number in range(20)]
    assert [shop for shop, _ in turns(receipts)] == ["a", "b"]
