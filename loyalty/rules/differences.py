"""Where two lists of leaves part: what was changed, left out, invented or moved. Holds a window of both, never all."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

from loyalty.rules.chain import Link

AHEAD = 1_000  # how far two lists may have slipped against each other
MOST = 1_000  # differences: whoever has changed more has changed everything


class Difference(NamedTuple):
    """What became of the trusted movement `sequence`; `now` is where it, or what was invented, stands today."""

    kind: Literal["changed", "left_out", "invented", "moved"]
    sequence: int
    transfer_id: str | None
    now: int | None = None


def differences(trusted: Iterable[Link], actual: Iterable[Link]) -> list[Difference]:
    """What became of the links of `trusted` (complete, in order) in `actual`, which may go on behind their end."""
    missing: list[_Odd] = []
    extra: list[_Odd] = []
    left, right = iter(trusted), iter(actual)
    ours, theirs = deque[Link](), deque[Link]()
    block = 0
    while _fill(ours, left) and len(missing) + len(extra) < MOST:
        _fill(theirs, right)
        if theirs and ours[0].leaf == theirs[0].leaf:
            ours.popleft()
            theirs.popleft()
            continue
        block += 1
        known, found = _meet(ours, theirs)
        # Behind the last trusted link nothing is known: what stands there need not be an invention.
        certain = known < len(ours) or len(ours) == AHEAD
        missing += [_Odd(ours.popleft(), (block, number), True) for number in range(known)]
        extra += [_Odd(theirs.popleft(), (block, number), certain) for number in range(found)]
    return _named(missing, extra)


class _Odd(NamedTuple):
    """A link without its equal on the other side; `place`: which stretch of such links, and where in it."""

    link: Link
    place: tuple[int, int]
    certain: bool


def _fill(links: deque[Link], more: Iterator[Link]) -> bool:
    links.extend(islice(more, AHEAD - len(links)))
    return bool(links)


def _meet(ours: deque[Link], theirs: deque[Link]) -> tuple[int, int]:
    """How many links of each to pass until both show the same leaf again."""
    places = {link.leaf: place for place, link in enumerate(theirs)}
    meetings = ((n + places[link.leaf], n) for n, link in enumerate(ours) if link.leaf in places)
    nowhere = (len(ours) + min(len(ours), len(theirs)), len(ours))
    both, known = min(meetings, default=nowhere)
    return known, both - known


def _named(missing: list[_Odd], extra: list[_Odd]) -> list[Difference]:
    """Pair what is missing here with what is too much there: by leaf, by transfer, by place."""
    by_leaf = {odd.link.leaf: odd for odd in extra}
    by_transfer = {odd.link.transfer_id: odd for odd in extra if odd.link.transfer_id}
    by_place = {odd.place: odd for odd in extra}
    done: list[Difference] = []
    paired: set[tuple[int, int]] = set()
    for link, place, _ in missing:
        moved = by_leaf.get(link.leaf)
        other = moved or (by_transfer.get(link.transfer_id) if link.transfer_id else by_place.get(place))
        if other is None:
            done.append(Difference("left_out", link.sequence, link.transfer_id))
            continue
        paired.add(other.place)
        kind: Literal["moved", "changed"] = "moved" if moved else "changed"
        done.append(Difference(kind, link.sequence, other.link.transfer_id, other.link.sequence))
    for link, place, certain in extra:
        if certain and place not in paired:
            done.append(Difference("invented", link.sequence, link.transfer_id, link.sequence))
    return sorted(done, key=lambda one: one.sequence)
