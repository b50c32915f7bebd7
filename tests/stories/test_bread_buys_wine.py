"""The story the coalition is for: collect at the baker, take home a bottle of red wine, bring the bread back."""

from uuid import uuid4

from sqlalchemy.orm import Session

from loyalty.models.points import Wallet
from loyalty.points import rewards
from tests.street import NOON, open_street


def test_bread_buys_wine(session: Session) -> None:
    street = open_street(session)
    wine = rewards.create(session, uuid4(), street.places["drinks"].partner_id, "Rotwein", 40, 899)
    bread = street.buy(session, "anna", "baker", 5000, NOON, "r1", category="bread")
    session.commit()
    assert (bread.points, bread.available) == (50, 50)

    bottle = street.redeem(session, "anna", "drinks", reward_id=wine.id)
    session.commit()
    assert (bottle.points, bottle.value_cents, bottle.available) == (40, 899, 10)

    back = street.bring_back(session, "baker", bread.id)
    session.commit()
    assert (back.taken_back, back.debt, back.available) == (50, 40, 0)

    again = street.buy(session, "anna", "baker", 6000, NOON, "r2")
    session.commit()
    assert again.available == 20  # 60 earned, 40 of them repaid what was owed

    undone = street.undo(session, "drinks", bottle.id)
    session.commit()
    assert undone.available == 60
    wallet = session.get(Wallet, street.wallets["anna"])
    assert wallet is not None
    assert (wallet.balance, wallet.available, wallet.debt, wallet.version) == (60, 60, 0, 7)
