"""Lots with points left: read from the books, and as they are once some of them are used. It writes nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from psycopg.rows import tuple_row
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.rules.lots import Lot, Use

LOT = "id, issuer_id, points, remaining, available_from, expires_at, created_at, cause"


def open_lots(session: Session, wallet_ids: Sequence[UUID]) -> dict[UUID, list[Lot]]:
    """All lots with points left, oldest expiry first, by wallet. Call it under the wallets' locks."""
    cursor = driver(session).cursor(row_factory=tuple_row)
    rows = cursor.execute(
        f"""SELECT wallet_id, {LOT} FROM lot WHERE wallet_id = ANY(%s) AND remaining > 0
            ORDER BY wallet_id, expires_at, created_at, id""",
        [list(wallet_ids)],
        prepare=True,
    )
    found: dict[UUID, list[Lot]] = {wallet_id: [] for wallet_id in wallet_ids}
    for wallet_id, *values in rows:
        found[wallet_id].append(Lot(*values))
    return found


def after(lots: Sequence[Lot], uses: Iterable[Use]) -> list[Lot]:
    """The open lots once `uses` are taken out of them."""
    sums: dict[UUID, int] = {}
    for use in uses:
        sums[use.lot_id] = sums.get(use.lot_id, 0) + use.points
    return [replace(lot, remaining=lot.remaining - sums.get(lot.id, 0)) for lot in lots]
