from collections import Counter
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.rules.netting import Position
from loyalty.rules.payments import Payment, direct, through_operator

BAKER, DRINKS, BOOKS = (UUID(int=number) for number in (1, 2, 3))


def position(partner: UUID, amount: int) -> Position:
    return Position(partner, (), (), amount)


def test_each_partner_pays_or_is_paid_once() -> None:
    found = through_operator([position(BAKER, -5), position(DRINKS, 3), position(BOOKS, 0)])
    assert found == (Payment(BAKER, None, 5), Payment(None, DRINKS, 3))


def test_partners_may_pay_each_other() -> None:
    found = direct([position(BAKER, -1079), position(DRINKS, 193), position(BOOKS, 179)])
    assert found == (Payment(BAKER, None, 707), Payment(BAKER, DRINKS, 193), Payment(BAKER, BOOKS, 179))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-(10**9), 10**9), max_size=500))
def test_payments_settle_everybody_and_are_few(amounts) -> None:
    positions = [position(UUID(int=number + 1), amount) for number, amount in enumerate(amounts)]
    parties = sum(1 for amount in amounts if amount) + (sum(amounts) != 0)
    for payments in (direct(positions), through_operator(positions)):
        balance: Counter[UUID | None] = Counter()
        for payment in payments:
            assert payment.cents > 0 and payment.payer != payment.payee
            balance[payment.payer] -= payment.cents
            balance[payment.payee] += payment.cents
        assert all(balance[one.partner] == one.cents for one in positions)
    assert len(direct(positions)) <= max(0, parties - 1)
