"""Partners and contracts as deeds: from tomorrow on, noted with what was agreed, refused without a trace."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from config.sequence import in_order
from loyalty.errors import Conflict, Invalid, LoyaltyError
from loyalty.models.oversight import AuditLog
from partners import contracts
from partners.contracts import Offer
from partners.models import ContractVersion, Partner
from partners.settlement import admission
from tests.coalition import day, open_coalition

USUAL = Offer()
LATE = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)  # in Berlin it is February already


@pytest.fixture
def coalition(session):
    return open_coalition(session)


def agree(session, coalition, starts_on, offer=USUAL, at=LATE):
    return admission.agree(
        session, coalition.partner("baker"), starts_on, offer, coalition.admins[0], at, in_order(at)
    )


def test_a_version_begins_with_a_local_day(session, coalition) -> None:
    agree(session, coalition, date(2026, 2, 2), Offer(service_fee_ct=Decimal("0.1"), credit_limit_cents=900))
    newest, first = contracts.versions(session, coalition.partner("baker"))
    assert newest.valid_from == datetime(2026, 2, 1, 23, 0, tzinfo=UTC) > first.valid_from
    deed = session.scalars(select(AuditLog).where(AuditLog.action == "contract_added")).one()
    assert (deed.staff_id, deed.object_id, deed.partner_id) == (
        coalition.admins[0], newest.id, coalition.partner("baker"),
    )  # fmt: skip
    assert deed.facts == {
        "valid_from": "2026-02-02", "point_value_ct": "1.000", "service_fee_ct": "0.100", "reimbursement_ct": "1.000",
        "funding": "prefunded", "breakage": "mutual", "fee_vat_bp": 1900, "credit_limit_cents": 900,
        "deposit_cents": 0, "redeemer_supplies": "partner",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("starts_on", "offer", "refusal"),
    [
        (date(2026, 2, 1), Offer(), "valid_from_past"),
        (date(2025, 2, 1), Offer(), "valid_from_past"),
        (date(2026, 2, 2), Offer(point_value_ct=Decimal(-1)), "price_invalid"),
        (date(2026, 2, 2), Offer(reimbursement_ct=Decimal(2)), "reimbursement_too_high"),
        (date(2026, 2, 2), Offer(funding="never"), "word_unknown"),
    ],
)
def test_a_refused_version_leaves_no_trace(session, coalition, starts_on, offer, refusal) -> None:
    with pytest.raises(Invalid, match=refusal):
        agree(session, coalition, starts_on, offer)
    assert session.scalar(select(func.count()).select_from(ContractVersion)) == 3
    assert session.scalar(select(func.count()).select_from(AuditLog)) == 0


def test_versions_do_not_overlap(session, coalition) -> None:
    agree(session, coalition, date(2026, 3, 1))
    with pytest.raises(Conflict, match="contract_overlap"):
        agree(session, coalition, date(2026, 3, 1))
    with pytest.raises(Conflict, match="contract_overlap"):
        agree(session, coalition, date(2026, 2, 20))


def test_a_partner_comes_with_terms_shop_and_till(session, coalition) -> None:
    opened = admission.open_partner(
        session, "butcher", "Metzgerei Wolf", "Ring", coalition.admins[1], day(2, 1), in_order(day(2, 1))
    )
    assert len(contracts.versions(session, opened.partner_id)) == 1
    deed = session.scalars(select(AuditLog)).one()
    assert (deed.action, deed.staff_id, deed.facts) == (
        "partner_opened", coalition.admins[1], {"code": "butcher"}
    )  # fmt: skip


@pytest.mark.parametrize("code, name", [("baker", "B"), ("Bäcker", "B"), ("butcher", "")])
def test_a_refused_partner_leaves_no_trace(act, session, coalition, code, name) -> None:
    with pytest.raises(LoyaltyError):
        act(
            lambda s: admission.open_partner(
                s, code, name, "Ring", coalition.admins[0], day(2, 1), in_order(day(2, 1))
            )
        )
    assert session.scalar(select(func.count()).select_from(Partner)) == 3
    assert session.scalar(select(func.count()).select_from(AuditLog)) == 0
