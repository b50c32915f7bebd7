"""The list of partners: what is in force now, how near the limit, what papers still lack, who leaves."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from config.sequence import in_order
from loyalty.errors import Missing
from partners import contracts
from partners.contracts import Offer
from partners.settlement import closing, exits, exposure, mandates, roster
from tests.coalition import OPENED, day, open_coalition
from tests.partners.settlement.registered import register_all


def by_code(session, at) -> dict[str, roster.Entry]:
    return {entry.partner.code: entry for entry in roster.listed(session, at)}


def test_it_finds_the_version_in_force(session) -> None:
    coalition = open_coalition(session, ("baker", "drinks"))
    later = Offer(service_fee_ct=Decimal("0.2"))
    contracts.add_version(session, coalition.partner("baker"), day(2, 1), later, in_order(OPENED))
    fees = [
        [one.service_fee_ct for one in (found[coalition.partner(code)] for code in ("baker", "drinks"))]
        for found in (
            contracts.in_force(session, at)
            for at in (OPENED - timedelta(days=9), day(1, 31), day(2, 1), day(3, 1))
        )
    ]
    usual, new = Decimal("0.150"), Decimal("0.200")
    assert fees == [[usual, usual], [usual, usual], [new, usual], [new, usual]]


@pytest.mark.parametrize(("cents", "limit"), [(7_000, "ok"), (14_000, "warned"), (18_000, "held")])
def test_it_marks_who_is_near_the_limit(session, cents, limit) -> None:
    offers = {"baker": Offer(credit_limit_cents=150, deposit_cents=50)}
    coalition = open_coalition(session, ("baker", "drinks"), offers)
    coalition.buy(session, "anna", "baker", cents, day(1, 3))
    session.commit()
    closing.catch_up(session, day(1, 3))
    exposure.refresh(session, day(1, 3))
    found = by_code(session, day(1, 3))
    assert (found["baker"].limit, found["drinks"].limit) == (limit, "none")


def test_it_names_what_papers_and_payments_lack(session) -> None:
    coalition = open_coalition(session, ("baker", "drinks"))
    bare = by_code(session, OPENED)["baker"]
    assert (
        bare.missing == ["legal_name", "street", "post_code", "city", "iban", "tax"] and bare.mandate is None
    )
    register_all(session, coalition)
    full = by_code(session, OPENED)["baker"]
    assert full.missing == [] and full.mandate.reference == "EMMA-BAKER"
    full.company.iban, full.company.vat_id = None, None
    assert full.missing == ["iban", "tax"]
    mandates.revoke(session, full.mandate.id, None, OPENED, in_order(OPENED))
    assert by_code(session, OPENED)["baker"].mandate is None


def test_those_who_left_stand_last(session) -> None:
    coalition = open_coalition(session)
    leaves = date(2026, 1, 10)
    exits.give_notice(
        session, coalition.partner("baker"), leaves, leaves, "partner", 0, coalition.admins[0], day(1, 5),
        in_order(day(1, 5)),
    )  # fmt: skip
    assert [one.partner.code for one in roster.listed(session, day(1, 6))] == ["baker", "books", "drinks"]
    exits.take_effect(session, day(1, 11))
    found = roster.listed(session, day(1, 11))
    assert [one.partner.code for one in found] == ["books", "drinks", "baker"]
    assert found[-1].exit.leaves_on == leaves and found[0].exit is None


def test_it_knows_one_or_refuses(session) -> None:
    coalition = open_coalition(session)
    assert roster.of(session, coalition.partner("books"), OPENED).partner.name == "Books"
    with pytest.raises(Missing, match="partner_unknown"):
        roster.of(session, uuid4(), OPENED)
