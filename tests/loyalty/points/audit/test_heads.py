"""Books tampered with in SQL by the owner of the database: clumsily, and with the whole chain computed anew.

What a rewritten chain hides, only a head or the leaves kept outside can show.
"""

import time
from datetime import timedelta

import pytest

from loyalty.db import driver
from loyalty.points import audit, entries, sealing
from loyalty.points.audit import heads, seals
from loyalty.rules import chain
from loyalty.rules.chain import Head, Link
from loyalty.rules.differences import differences
from tests.street import NOON, open_street

CHECKS = (seals.gapless, seals.in_order, seals.none_missed, seals.unchanged, seals.days, seals.published)
NEW = "00000000-0000-7000-8000-000000000001"
SECOND = "(SELECT transfer_id FROM seal WHERE sequence = 2)"
CAUSE = f"(SELECT cause FROM transfer WHERE id = {SECOND})"
COPIED = "INSERT INTO {0} SELECT (jsonb_populate_record(x, '{1}')).* FROM {0} x WHERE id = {2}"

# What is done to the books around the second of four movements, and what is then found of it in the leaves.
TAMPERINGS = {
    "changed amount": (
        [f"UPDATE lot SET points = points + 1 WHERE id = {SECOND}",
         f"UPDATE transfer SET points = points + 1 WHERE id = {SECOND}"],
        {("changed", 2)},
    ),
    "changed price": ([f"UPDATE lot SET point_value_ct = 0.5 WHERE id = {SECOND}"], {("changed", 2)}),
    "removed transfer": (
        [f"DELETE FROM lot WHERE id = {SECOND}", f"DELETE FROM transfer WHERE id = {SECOND}"],
        {("left_out", 2)},
    ),
    "swapped order": (
        ["""UPDATE transfer t SET xact = o.xact FROM seal s, seal so, transfer o WHERE t.id = s.transfer_id
            AND o.id = so.transfer_id AND s.sequence IN (2, 3) AND so.sequence = 5 - s.sequence"""],
        {("moved", 2), ("moved", 3)},
    ),
    "invented transfer": (
        [COPIED.format("transfer", f'{{"id": "{NEW}", "version": 0}}', SECOND)],
        {("invented", 2)},
    ),
    "invented receipt": (
        [COPIED.format("purchase", f'{{"id": "{NEW}", "key": "x", "receipt": "x"}}', CAUSE),
         COPIED.format("transfer", f'{{"id": "{NEW}", "version": 0, "cause": "{NEW}"}}', SECOND)],
        {("invented", 2)},
    ),
    "exchanged receipt": (
        [f"UPDATE purchase SET receipt = 'x' WHERE id = {CAUSE}"],
        {("changed", 2)},
    ),
}  # fmt: skip
tamperings = pytest.mark.parametrize("done", TAMPERINGS)


@pytest.fixture
def kept(act, session, owner):
    """Four movements, sealed; their heads and links as they are kept outside."""
    street = open_street(session)
    for who, cents in (("anna", 5000), ("ben", 3000), ("clara", 2000)):
        act(lambda s, who=who, cents=cents: street.buy(s, who, "baker", cents))
    act(lambda s: street.redeem(s, "anna", "drinks", points=20, at=NOON + timedelta(hours=1)))
    seal_all(act, owner)
    sealed = act(lambda s: entries.sealed(driver(s), 0, 9, 9))
    assert len(sealed) == 4
    return [Head(one.sequence, one.hash) for one in sealed], [
        Link(one.sequence, one.leaf, one.transfer_id) for one in sealed
    ]


def seal_all(act, owner):
    deadline = time.monotonic() + 30
    left = "SELECT (SELECT count(*) FROM transfer) - (SELECT count(*) FROM seal)"
    while act(lambda s: sealing.seal(s, NOON)) or owner.execute(left).fetchone() != (0,):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def tamper(owner, done, links):
    """As the owner, past every trigger; the transfers of which one must be named."""
    owner.execute("SET session_replication_role = replica")
    for statement in TAMPERINGS[done][0]:
        owner.execute(statement)
    if done.startswith("invented"):
        return {NEW}
    return {link.transfer_id for link in links[1:3]} if done.startswith("swapped") else {links[1].transfer_id}


def rewrite(act, owner):
    """The whole chain anew, as whoever owns the database can."""
    owner.execute("TRUNCATE seal, sealed_day")
    seal_all(act, owner)


def found(act, *checks):
    return [one for check in checks for one in act(lambda s, check=check: list(audit.look(s, check, NOON)))]


@tamperings
def test_promise_18_the_audit_names_what_was_done_clumsily(act, owner, kept, done):
    culprits = tamper(owner, done, kept[1])
    said = " ".join(f"{one.id} {one.message}" for one in found(act, *CHECKS))
    assert any(culprit in said for culprit in culprits)
    if done.startswith(("changed", "removed", "exchanged")):
        assert "sealed as 2" in said


@tamperings
def test_promise_18_a_kept_head_shows_what_a_rewritten_chain_hides(act, owner, kept, done):
    tamper(owner, done, kept[1])
    rewrite(act, owner)
    assert found(act, *CHECKS) == []
    (finding,) = act(lambda s: list(heads.against(s, [kept[0][0], kept[0][3]])))
    assert (finding.table, finding.id) == ("seal", "4")
    assert "from 2 to 4" in finding.message


@tamperings
def test_promise_18_kept_leaves_name_the_transfer(act, owner, kept, done):
    culprits = tamper(owner, done, kept[1])
    rewrite(act, owner)
    findings = act(lambda s: list(heads.against_links(s, 1, kept[1])))
    assert {one.id for one in findings} & culprits
    now = act(lambda s: differences(kept[1], links_now(s)))
    assert now and {(one.kind, one.sequence) for one in now} <= TAMPERINGS[done][1]


def links_now(session):
    return [Link(one.sequence, one.leaf, one.transfer_id) for one in entries.sealed(driver(session), 0, 9, 9)]


def test_promise_18_the_last_transfers_left_out_are_missed(act, owner, kept):
    owner.execute("SET session_replication_role = replica")
    owner.execute("DELETE FROM transfer WHERE id = (SELECT transfer_id FROM seal WHERE sequence = 4)")
    rewrite(act, owner)
    assert found(act, *CHECKS) == []
    (finding,) = act(lambda s: list(heads.against(s, kept[0])))
    assert "the chain ends before it" in finding.message
    (gone,) = act(lambda s: list(heads.against_links(s, 1, kept[1])))
    assert (gone.id, gone.message) == (kept[1][3].transfer_id, "sealed as 4, was left out of the chain since")


def test_kept_heads_and_leaves_agree_with_books_that_went_on(act, session, owner, kept):
    act(lambda s: sealing.publish(s, "mail", NOON))
    assert act(lambda s: list(heads.against(s, [Head(0, chain.START), *kept[0]]))) == []
    assert act(lambda s: list(heads.against_links(s, 2, kept[1][1:]))) == []
    assert found(act, *CHECKS) == []
