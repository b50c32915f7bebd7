"""Heads and leaves that were kept outside the database, held against the chain: what a rewritten chain cannot hide.

Together with `seals.unchanged`, which holds the chain against the books. It only reads.
"""

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points.audit.finding import Finding
from loyalty.rules.chain import START, Head, Link
from loyalty.rules.differences import Difference, differences

AT_ONCE = 5_000
HEADS = "SELECT sequence, hash FROM seal WHERE sequence = ANY(%s)"
LINKS = "SELECT sequence, leaf, transfer_id::text FROM seal WHERE sequence >= %s ORDER BY sequence LIMIT %s"

CHANGED = {
    "changed": "sealed as {sequence}, is not the one that went out",
    "moved": "was sealed as {sequence}, now stands at {now}",
    "left_out": "sealed as {sequence}, was left out of the chain since",
    "invented": "stands at {now}, where there was none when the export went out",
}


def against(session: Session, heads: Sequence[Head]) -> Iterator[Finding]:
    """A finding for each head that is not the chain's, and between which two of them the books were changed."""
    rows = driver(session).execute(HEADS, [[head.sequence for head in heads]])
    ours = {0: START, **{row[0]: row[1] for row in rows}}
    good = 0
    for sequence, kept in sorted(set(heads)):
        if ours.get(sequence) == kept:
            good = sequence
            continue
        said = "the chain ends before it" if sequence not in ours else f"the chain has {ours[sequence].hex()}"
        where = f"changed, left out or invented was something from {good + 1} to {sequence}"
        yield Finding("heads.against", "seal", str(sequence), f"head {kept.hex()} went out, {said}: {where}")


def against_links(session: Session, first: int, links: Iterable[Link]) -> Iterator[Finding]:
    """Which movement of an export, whose numbers begin with `first`, was changed, moved, left out or invented since."""
    for one in differences(links, _links(session, first)):
        yield Finding("heads.against_links", "transfer", one.transfer_id or "-", _said(one))


def _said(one: Difference) -> str:
    return CHANGED[one.kind].format(sequence=one.sequence, now=one.now)


def _links(session: Session, first: int) -> Iterator[Link]:
    connection = driver(session)
    while rows := connection.execute(LINKS, [first, AT_ONCE]).fetchall():
        yield from (Link(*row) for row in rows)
        first = rows[-1][0] + 1
