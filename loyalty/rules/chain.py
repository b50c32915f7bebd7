"""The sealed chain: how a movement becomes bytes, a leaf and a head.

`partners/settlement/verify.py` holds the same arithmetic once more, because it must run without this package.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

ABSENT = b"\xff\xff\xff\xff"  # no text is 4 GiB long
LEAF, HEAD = b"emma leaf 1\n", b"emma head 1\n"  # a leaf is never read as a head, nor one form as a later one
START = bytes(32)  # the head before the first movement

# A movement's parts, in this order; there may be no receipt, no lot, and any number of uses (by id). `at` of a receipt
# is the business day of a purchase, the moment of the others; `of` is what was returned or reversed.
FIELDS = {
    "transfer": (
        "id", "wallet_id", "version", "kind", "source", "destination", "partner_id", "contract_id", "other_wallet_id",
        "other_version", "points", "at", "cause", "reason",
    ),
    "receipt": ("table", "id", "partner_id", "till_id", "receipt", "at", "total_cents", "points", "of"),
    "lot": ("id", "issuer_id", "contract_id", "point_value_ct", "points", "created_at", "cause"),
    "use": ("id", "lot_id", "points", "issuer_id", "contract_id", "point_value_ct", "cause"),
}  # fmt: skip


class Part(NamedTuple):
    """One part of a movement: its name and its fields as text, in the order of FIELDS."""

    name: str
    fields: Sequence[str | None]


class Head(NamedTuple):
    """The chain up to and with `sequence` in 32 bytes."""

    sequence: int
    hash: bytes


class Link(NamedTuple):
    """A movement's place and leaf; `transfer_id` None where only its hash is known."""

    sequence: int
    leaf: bytes
    transfer_id: str | None


def encode(fields: Iterable[str | None]) -> bytes:
    """Each field's length (4 bytes, big endian) and its UTF-8 text: two different lists never read the same."""
    pieces = []
    for field in fields:
        if field is None:
            pieces.append(ABSENT)
        else:
            text = field.encode()
            pieces += (len(text).to_bytes(4, "big"), text)
    return b"".join(pieces)


def part_hash(part: Part) -> bytes:
    """SHA-256 of a part: what may be shown in place of it."""
    return sha256(encode((part.name, *part.fields))).digest()


def leaf(hashes: Iterable[bytes]) -> bytes:
    """SHA-256 over the hashes of a movement's parts."""
    return sha256(LEAF + b"".join(hashes)).digest()


def head(sequence: int, previous: bytes, leaf: bytes) -> bytes:
    """SHA-256 that ties a movement to all before it."""
    return sha256(HEAD + sequence.to_bytes(8, "big") + previous + leaf).digest()
