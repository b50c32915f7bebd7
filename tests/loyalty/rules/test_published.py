"""Heads kept outside: lines of text as people write them, exports as they are given, and all that is neither."""

import json

import pytest

from loyalty.errors import Malformed
from loyalty.rules import chain, published
from loyalty.rules.chain import FIELDS, START, Head, Link, Part

HASH = "ab" * 32
TRANSFER = Part("transfer", tuple(f"{field} x" for field in FIELDS["transfer"]))


def export(count=3):
    """Lines of a small export: own movements and hidden ones by turns."""
    lines, previous = [], START
    for sequence in range(1, count + 1):
        shown = {"transfer": dict(zip(FIELDS["transfer"], TRANSFER.fields, strict=True))}
        parts = [shown if sequence % 2 else HASH, HASH]
        hashes = [chain.part_hash(TRANSFER) if sequence % 2 else bytes.fromhex(HASH), bytes.fromhex(HASH)]
        previous = chain.head(sequence, previous, chain.leaf(hashes))
        lines.append(json.dumps({"sequence": sequence, "hash": previous.hex(), "parts": parts}))
    header = {
        "format": published.FORMAT, "partner": {}, "first": 1, "last": count,
        "previous": START.hex(), "head": previous.hex(),
    }  # fmt: skip
    return [json.dumps(header), *lines]


def test_it_reads_lines_with_comments():
    lines = ["# heads of November", "", f"12 {HASH}", f"  13:{HASH.upper()}  # by mail", f"12 {HASH}"]
    assert published.read(lines) == ((Head(12, bytes.fromhex(HASH)), Head(13, bytes.fromhex(HASH))), None)


def test_it_reads_an_export_with_its_leaves():
    lines = export()
    found = published.read(lines)
    assert found.first == 1
    assert [head.sequence for head in found.heads] == [0, 3]
    assert found.heads[1].hash.hex() == json.loads(lines[0])["head"]
    links = list(published.links(lines))
    assert [(link.sequence, link.transfer_id) for link in links] == [(1, "id x"), (2, None), (3, "id x")]
    assert links[1] == Link(2, chain.leaf([bytes.fromhex(HASH)] * 2), None)


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        ([], 0),
        (["# nothing but words"], 1),
        ([f"12 {HASH}", "thirteen"], 2),
        (["12"], 1),
        ([f"-1 {HASH}"], 1),
        (["12 abcd"], 1),
        ([f"12 {HASH} {HASH}"], 1),
        (["{"], 1),
        (["{}"], 1),
        (['{"format": "another"}'], 1),
        ([export()[0], "[]"], 2),
        ([export()[0], '{"sequence": 1, "parts": [7]}'], 2),
        ([export()[0], '{"sequence": 1, "parts": [{"transfer": {}}]}'], 2),
        ([export()[0], *export()[2:]], 2),
    ],
)
def test_it_refuses_what_it_cannot_read_with_the_line(lines, line):
    with pytest.raises(Malformed) as refused:
        published.read(lines)
    assert (refused.value.code, refused.value.facts) == ("heads_unreadable", {"line": line})


def test_it_refuses_an_export_that_does_not_hold_in_itself():
    lines = export()
    for broken in (lines[:-1], [*lines[:2], lines[2].replace(HASH, "cd" * 32), lines[3]]):
        with pytest.raises(Malformed) as refused:
            published.read(broken)
        assert refused.value.code == "export_broken"
