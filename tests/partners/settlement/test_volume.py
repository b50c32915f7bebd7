"""The meter of § 2 ZAG: what was paid with points within a year, reversals taken off, and when it warns."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert

from partners.contracts import Offer
from partners.models import ContractVersion
from partners.settlement import closing, volume
from partners.settlement.models import FlowRow
from tests.coalition import day, open_coalition

TODAY = date(2026, 3, 1)


def test_it_counts_what_redeemers_were_reimbursed(session) -> None:
    coalition = open_coalition(session, offers={"drinks": Offer(reimbursement_ct=Decimal("0.900"))})
    coalition.buy(session, "anna", "baker", 100_000, day(1, 10))
    coalition.redeem(session, "anna", "drinks", 300, day(1, 20))
    coalition.redeem(session, "anna", "baker", 100, day(2, 20))
    undone = coalition.redeem(session, "anna", "books", 200, day(2, 20))
    coalition.undo(session, "books", undone.id, day(2, 21))
    session.commit()
    closing.catch_up(session, day(3, 1))
    found = volume.meter(session, TODAY)
    assert (found.cents, found.state) == (270 + 100, "low")
    assert found.months[-3:] == ((date(2026, 1, 1), 270), (date(2026, 2, 1), 100), (date(2026, 3, 1), 0))
    assert len(found.months) == 13 and found.months[0][0] == date(2025, 3, 1)


@pytest.mark.parametrize(
    ("ago", "cents", "state"),
    [
        (0, 89_999_999, "low"), (0, 90_000_000, "near"), (0, 100_000_000, "near"), (0, 100_000_001, "due"),
        (364, 100_000_001, "due"), (365, 100_000_001, "low"),
    ],
)  # fmt: skip
def test_it_warns_from_nine_tenths_of_a_million_within_a_year(session, ago, cents, state) -> None:
    coalition = open_coalition(session)
    contract = session.query(ContractVersion).filter_by(partner_id=coalition.partner("drinks")).one()
    row = insert(FlowRow).values(
        day=TODAY - timedelta(days=ago), kind="redeem", issuer_id=coalition.partner("baker"), points=cents,
        partner_id=coalition.partner("drinks"), contract_id=contract.id, lot_contract_id=contract.id, value_ct=1,
    )  # fmt: skip
    session.execute(row)
    assert volume.meter(session, TODAY).state == state
