"""The chain against vectors printed here, once for the platform and once for the file that stands alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.rules import chain
from loyalty.rules.chain import FIELDS, START, Part
from partners.settlement import verify

TRANSFER = Part("transfer", (
    "0193a0c0-0000-7000-8000-000000000001", "0193a0c0-0000-7000-8000-0000000000aa", "1", "earn", "issued", "wallet",
    "0193a0c0-0000-7000-8000-0000000000bb", None, None, None, "12", "2026-11-20T11:00:00.000000Z",
    "0193a0c0-0000-7000-8000-0000000000cc", None,
))  # fmt: skip
RECEIPT = Part("receipt", (
    "purchase", "0193a0c0-0000-7000-8000-0000000000cc", "0193a0c0-0000-7000-8000-0000000000bb",
    "0193a0c0-0000-7000-8000-0000000000dd", "Bon ä 17", "2026-11-20", "1299", "12", None,
))  # fmt: skip

TRANSFER_HASH = "7f8fafce2600731726045398b5807b0d019b7a53d6614286733dd4c01ddb4ce3"
RECEIPT_HASH = "1a9022d7e6ff24ffa759f7c84a38c8a5b4be4cd76ac227ef61bdb385551e614c"
LEAF = "83123ab8d8cf722b8b91b4df1d74ff31f26b612473db0e4d7eafeb32f655e96c"
HEAD_1 = "39b85e031a40d9c66595aea2fd84d1b99b3f066259a21d6d45b0ab7ee53ef8e2"
HEAD_2 = "ac74d1172bf7affed4294db6d08caa9dce0d787f1dfdc32c3d2bee8e590e7d35"

text = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)


def alone(part):
    """A part as it stands in an export."""
    return {part.name: dict(zip(FIELDS[part.name], part.fields, strict=True))}


def test_it_encodes_length_and_text_of_each_field():
    assert chain.encode(["ä", "", None, "bc"]) == (
        b"\x00\x00\x00\x02\xc3\xa4\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x02bc"
    )


def test_it_gives_the_printed_hashes():
    hashes = [chain.part_hash(TRANSFER), chain.part_hash(RECEIPT)]
    assert [one.hex() for one in hashes] == [TRANSFER_HASH, RECEIPT_HASH]
    leaf = chain.leaf(hashes)
    assert leaf.hex() == LEAF
    assert chain.head(1, START, leaf).hex() == HEAD_1
    assert chain.head(2, bytes.fromhex(HEAD_1), leaf).hex() == HEAD_2


def test_the_file_that_stands_alone_gives_the_same():
    assert verify.part_hash(alone(TRANSFER)).hex() == TRANSFER_HASH
    assert verify.leaf([alone(TRANSFER), alone(RECEIPT)]).hex() == LEAF
    assert verify.leaf([TRANSFER_HASH, alone(RECEIPT)]).hex() == LEAF
    assert verify.head(1, START, bytes.fromhex(LEAF)).hex() == HEAD_1
    assert {name: tuple(fields.split()) for name, fields in verify.FIELDS.items()} == FIELDS


@given(st.lists(text, max_size=5), st.lists(text, max_size=5))
def test_two_lists_of_fields_never_read_the_same(one, other):
    assert (chain.encode(one) == chain.encode(other)) == (one == other)


@given(st.data())
def test_promise_18_any_single_changed_field_of_any_part_changes_the_head(data):
    parts = [
        Part(name, tuple(data.draw(st.lists(text, min_size=len(FIELDS[name]), max_size=len(FIELDS[name])))))
        for name in ["transfer", *data.draw(st.lists(st.sampled_from(["receipt", "lot", "use"]), max_size=4))]
    ]
    place = data.draw(st.integers(0, len(parts) - 1))
    field = data.draw(st.integers(0, len(parts[place].fields) - 1))
    value = data.draw(text.filter(lambda value: value != parts[place].fields[field]))
    fields = list(parts[place].fields)
    fields[field] = value
    changed = [*parts[:place], Part(parts[place].name, fields), *parts[place + 1 :]]
    assert head_of(changed) != head_of(parts)
    assert head_of(parts) == verify.head(7, START, verify.leaf([alone(part) for part in parts]))


def head_of(parts):
    return chain.head(7, START, chain.leaf(map(chain.part_hash, parts)))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_promise_18_a_part_left_out_added_or_swapped_changes_the_leaf(place):
    hashes = [chain.part_hash(TRANSFER), chain.part_hash(RECEIPT), bytes(32)]
    fewer = hashes[:place] + hashes[place + 1 :]
    turned = [*hashes[1:], hashes[0]]
    assert len({chain.leaf(one) for one in (hashes, fewer, turned, [*hashes, hashes[place]])}) == 4
