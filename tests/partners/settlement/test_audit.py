"""The settlement's audit: silent while all holds, and it names what somebody with the owner's password changed."""

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from config.sequence import in_order
from loyalty.db import driver
from loyalty.points import audit as books
from partners.settlement import audit, corrections, papers
from partners.settlement.models import Paper
from tests.coalition import day, open_coalition, worked
from tests.partners.settlement.registered import register_all

MARCH = day(3, 1)
RUN = "(SELECT id FROM settlement_run WHERE period = '2026-02')"
TAMPERINGS = [
    ("add_up", "UPDATE settlement_line SET cents = cents + 1 WHERE kind = 'breakage'"),
    ("add_up", "UPDATE settlement_run SET figures = figures || '{\"pool\": 0}'"),
    ("follow", f"UPDATE settlement_run SET first_sequence = first_sequence + 1 WHERE id = {RUN}"),
    ("follow", f"UPDATE settlement_run SET begins = begins - 1 WHERE id = {RUN}"),
    ("summed", "UPDATE flow SET points = points + 1 WHERE kind = 'issue'"),
    ("summed", "DELETE FROM flow WHERE kind = 'supply'"),
    ("settled", "UPDATE settlement_run SET points_out = points_out + 1"),
    ("settled", "UPDATE contract SET service_fee_ct = 0.9"),
    ("settled", "UPDATE correction SET cents = cents + 1"),
    ("settled", "UPDATE flow SET points = points + 1 WHERE kind = 'redeem'"),
    ("pooled", "UPDATE lot SET remaining = remaining - 1 WHERE remaining > 0"),
    ("numbered", "DELETE FROM paper WHERE series LIKE 'EA%' AND number = 1"),
    ("numbered", "UPDATE paper_series SET last = last + 1"),
    ("owed", "UPDATE leg SET cents = cents - 1"),
    ("owed", "DELETE FROM leg"),
    ("paid", "UPDATE leg_entry SET cents = 2 * cents"),
]


@pytest.fixture
def settled(session):
    """An empty January and the worked February with a correction, a cancelled paper and payments."""
    coalition = open_coalition(session, expiry_months=1)
    register_all(session, coalition)
    coalition.settle(session, "2025-12", day(1, 1))
    worked(session, coalition)
    first, second = coalition.admins
    number = corrections.make(
        session, coalition.partner("books"), 250, "agreed", first, MARCH, in_order(MARCH)
    )
    corrections.approve(session, number, second, MARCH, in_order(MARCH))
    session.commit()
    coalition.settle(session, "2026-02", MARCH, issue=True)
    wrong = session.query(Paper).filter_by(kind="fee_invoice").first()
    papers.cancel(session, wrong.id, first, MARCH, in_order(MARCH))
    session.commit()
    return coalition


def test_it_is_silent_while_all_holds(act, settled, session) -> None:
    assert act(lambda opened: list(books.run(opened, MARCH, (*books.CHECKS, *audit.CHECKS)))) == []
    settled.buy(session, "anna", "drinks", 3_000, day(3, 2))  # not sealed, not settled yet
    session.commit()
    assert act(lambda opened: list(books.run(opened, MARCH, audit.CHECKS))) == []


def test_promise_17_it_names_what_was_changed(settled, database) -> None:
    checks = {check.__name__: check for check in audit.CHECKS}
    assert {name for name, _ in TAMPERINGS} == set(checks)
    missed = []
    engine = create_engine(database)
    for name, statement in TAMPERINGS:
        with Session(engine) as as_owner:
            driver(as_owner).execute("SET LOCAL session_replication_role = replica")
            assert driver(as_owner).execute(statement.encode()).rowcount, statement
            if not list(books.look(as_owner, checks[name], MARCH)):
                missed.append((name, statement))
            as_owner.rollback()
    engine.dispose()
    assert missed == []
