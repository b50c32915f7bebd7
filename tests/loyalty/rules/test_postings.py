"""The allow-list: every transfer that the books may hold, and nothing else."""

from itertools import product
from uuid import UUID

import pytest

from loyalty.errors import Invalid
from loyalty.rules.postings import ALLOWED, COALITION_ONLY, KINDS, PARTNER_ONLY, ROLES, check

BAKER = UUID(int=1)

# Written out once more by hand, so that a slip in the module does not confirm itself.
BOOK = """
earn issued wallet partner | bonus issued wallet both | gift issued wallet both | goodwill issued wallet both
welcome issued wallet both | referral issued wallet both | redeem wallet redeemed partner
redemption_reversal redeemed wallet partner | expire wallet expired coalition | return wallet issued both
debt debt issued both | debt_repaid wallet debt both | debt_written_off issued debt both
reserve wallet reserved both | release reserved wallet both | merge wallet wallet both | merge debt debt both
pass_on wallet wallet both | adjust issued wallet coalition | adjust wallet issued coalition
forfeit wallet expired coalition
"""
ENTRIES = [tuple(entry.split()) for line in BOOK.strip().splitlines() for entry in line.split("|")]


def allowed(kind, source, destination, partner_id):
    try:
        check(kind, source, destination, partner_id)
    except Invalid as refusal:
        assert refusal.code == "posting_not_allowed"
        return False
    return True


def test_the_allow_list_is_the_one_of_the_book():
    assert {entry[:3] for entry in ENTRIES} == ALLOWED
    assert len(ENTRIES) == len(ALLOWED)


def test_of_all_conceivable_transfers_only_the_listed_pass():
    whose = {entry[:3]: entry[3] for entry in ENTRIES}
    for transfer in product([*KINDS, "steal"], ROLES, ROLES):
        sides = whose.get(transfer, "nobody")
        assert allowed(*transfer, BAKER) == (sides in ("both", "partner")), transfer
        assert allowed(*transfer, None) == (sides in ("both", "coalition")), transfer


def test_restrictions_name_existing_kinds_and_do_not_overlap():
    assert PARTNER_ONLY | COALITION_ONLY <= KINDS
    assert not PARTNER_ONLY & COALITION_ONLY


def test_a_refusal_names_the_culprit():
    with pytest.raises(Invalid, match="posting_not_allowed") as refusal:
        check("earn", "issued", "wallet", None)
    assert refusal.value.field == "partner_id"
