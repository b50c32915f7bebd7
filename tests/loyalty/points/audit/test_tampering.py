"""Each promise broken by the owner of the database, past triggers and constraints: the audit names that row."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from loyalty.db import driver
from loyalty.points import audit
from tests.loyalty.points.audit.year import live_through
from tests.street import NOON

AT = NOON + timedelta(days=43)

ONE = {  # one row of a kind
    "earn": "(SELECT id FROM transfer WHERE kind = 'earn' ORDER BY wallet_id, version LIMIT 1)",
    "redeem": "(SELECT id FROM transfer WHERE kind = 'redeem' ORDER BY wallet_id, version LIMIT 1)",
    "open lot": "(SELECT id FROM lot WHERE remaining > 1 ORDER BY id LIMIT 1)",
    "use": "(SELECT u.id FROM lot_use u JOIN transfer t ON t.id = transfer_id WHERE t.kind = 'redeem' LIMIT 1)",
    "given back": "(SELECT id FROM lot_use WHERE points < 0 LIMIT 1)",
    "full wallet": "(SELECT id FROM wallet WHERE balance > 1 ORDER BY id LIMIT 1)",
    "purchase": "(SELECT id FROM purchase WHERE points > 0 ORDER BY id LIMIT 1)",
    "return": "(SELECT id FROM purchase_return ORDER BY points DESC LIMIT 1)",
    "redemption": "(SELECT id FROM redemption ORDER BY id LIMIT 1)",
    "reversal": "(SELECT id FROM redemption_reversal ORDER BY id LIMIT 1)",
    "adjustment": "(SELECT id FROM adjustment WHERE four_eyes AND state = 'done' LIMIT 1)",
}
EARN, REDEEM, OPEN_LOT, USE, GIVEN_BACK, FULL_WALLET, PURCHASE, RETURN, REDEMPTION, REVERSAL, ADJUSTMENT = (
    ONE.values()
)
COPY = "INSERT INTO {0} SELECT (jsonb_populate_record(x, '{1}')).* FROM {0} x WHERE id = {2} RETURNING id"
OTHER = "00000000-0000-7000-8000-000000000001"

# (check, the statement that breaks it and returns the id to be named, what must be unlocked first)
TAMPERINGS = [
    ("wallets.numbers", f"UPDATE wallet SET balance = balance + 1 WHERE id = {FULL_WALLET} RETURNING id", ""),
    ("wallets.numbers", f"UPDATE wallet SET debt = debt + 1 WHERE id = {FULL_WALLET} RETURNING id", ""),
    ("wallets.numbers", f"UPDATE wallet SET reserved = 5 WHERE id = {FULL_WALLET} RETURNING id", ""),
    ("wallets.numbers", f"UPDATE transfer SET points = points + 1 WHERE id = {EARN} RETURNING wallet_id", ""),
    ("wallets.numbers", f"UPDATE transfer SET wallet_id = '{OTHER}' WHERE id = {EARN} RETURNING wallet_id", ""),
    ("wallets.versions", f"UPDATE wallet SET version = version + 1 WHERE id = {FULL_WALLET} RETURNING id", ""),
    ("wallets.versions", f"DELETE FROM transfer WHERE id = {EARN} RETURNING wallet_id", ""),
    ("wallets.versions", f"UPDATE transfer SET version = version + 90 WHERE id = {EARN} RETURNING wallet_id", ""),
    ("wallets.available", f"UPDATE wallet SET available = available - 1 WHERE id = {FULL_WALLET} RETURNING id", ""),
    ("wallets.available", f"UPDATE wallet SET turns_at = '9999-01-01Z' WHERE id = {FULL_WALLET} RETURNING id", ""),
    ("wallets.closed",
     """UPDATE member SET wallet_id = (SELECT id FROM wallet WHERE merged_into IS NOT NULL)
        WHERE id = (SELECT id FROM member LIMIT 1) RETURNING wallet_id""", ""),
    ("lots.origins", f"UPDATE transfer SET points = points + 1 WHERE id = {EARN} RETURNING id", ""),
    ("lots.origins", f"DELETE FROM transfer WHERE id = {EARN} RETURNING id", ""),
    ("lots.origins", COPY.format("lot", json.dumps({"id": OTHER}), OPEN_LOT), ""),
    ("lots.origins", f"DELETE FROM lot WHERE id = {OPEN_LOT} RETURNING id", ""),
    ("lots.origins", f"UPDATE lot SET issuer_id = NULL WHERE id = {EARN} RETURNING id", ""),
    ("lots.rests", f"UPDATE lot SET remaining = remaining - 1 WHERE id = {OPEN_LOT} RETURNING id", ""),
    ("lots.rests", f"UPDATE lot SET remaining = -1 WHERE id = {OPEN_LOT} RETURNING id",
     "ALTER TABLE lot DROP CONSTRAINT lot_remaining_check"),
    ("lots.sums", f"UPDATE lot SET remaining = remaining - 1 WHERE id = {OPEN_LOT} RETURNING wallet_id", ""),
    ("lots.merged",
     """UPDATE lot SET point_value_ct = 2 WHERE id = (SELECT id FROM transfer WHERE kind = 'merge'
        AND source = 'wallet' LIMIT 1) AND wallet_id = (SELECT merged_into FROM wallet WHERE merged_into IS NOT NULL)
        RETURNING id""", ""),
    ("uses.complete", f"UPDATE transfer SET points = points + 1 WHERE id = {REDEEM} RETURNING id", ""),
    ("uses.complete", f"DELETE FROM transfer WHERE id = {REDEEM} RETURNING id", ""),
    ("uses.complete", f"UPDATE lot_use SET points = points + 1 WHERE id = {USE} RETURNING transfer_id", ""),
    ("uses.complete", f"DELETE FROM lot_use WHERE id = {USE} RETURNING transfer_id", ""),
    ("uses.of_known_lots", f"UPDATE lot_use SET lot_id = '{OTHER}' WHERE id = {USE} RETURNING id", ""),
    ("uses.in_time",
     f"""UPDATE lot SET available_from = '2030-01-01Z' FROM lot_use u WHERE lot.id = u.lot_id AND u.id = {USE}
         RETURNING u.id""", ""),
    ("uses.in_time",
     """UPDATE lot SET expires_at = '2030-01-01Z' FROM lot_use u JOIN transfer t ON t.id = u.transfer_id
        WHERE lot.id = u.lot_id AND t.kind = 'expire' AND NOT EXISTS (
            SELECT FROM lot_use back WHERE back.lot_id = lot.id AND back.points < 0) RETURNING u.id""", ""),
    ("uses.in_time",
     """UPDATE lot SET available_from = '2030-01-01Z' FROM lot_use u JOIN transfer t ON t.id = u.transfer_id
        WHERE lot.id = u.lot_id AND t.kind = 'adjust' RETURNING u.id""", ""),
    ("uses.in_order",
     """UPDATE lot_use u SET lot_id = other.id FROM lot l, lot other, transfer t
        WHERE t.id = u.transfer_id AND t.kind = 'redeem' AND l.id = u.lot_id AND other.wallet_id = l.wallet_id
        AND other.expires_at = l.expires_at AND (other.created_at, other.id) > (l.created_at, l.id)
        AND l.wallet_id = (SELECT id FROM wallet WHERE merged_into IS NOT NULL) RETURNING u.id""", ""),
    ("uses.given_back",
     f"""UPDATE lot_use u SET lot_id = {OPEN_LOT} FROM transfer t
         WHERE u.id = {GIVEN_BACK} AND t.id = u.transfer_id RETURNING t.cause""", ""),
    ("operations.purchases", f"UPDATE purchase SET points = points + 1 WHERE id = {PURCHASE} RETURNING id", ""),
    ("operations.awards", f"DELETE FROM transfer WHERE id = {EARN} RETURNING cause", ""),
    ("operations.awards", f"UPDATE transfer SET points = points + 1 WHERE id = {EARN} RETURNING cause", ""),
    ("operations.awards",
     f"""UPDATE transfer SET partner_id = (SELECT id FROM partner WHERE id <> transfer.partner_id)
         WHERE id = {EARN} RETURNING cause""", ""),
    ("operations.awards",
     f"UPDATE purchase SET awards = jsonb_set(awards, '{{0,points}}', '99') WHERE id = {PURCHASE} RETURNING id", ""),
    ("operations.paid", f"UPDATE purchase SET paid_cents = 7 WHERE id = {PURCHASE} RETURNING id", ""),
    ("operations.returns", f"UPDATE purchase_return SET points = points + 1 WHERE id = {RETURN} RETURNING id", ""),
    ("operations.returns", f"UPDATE purchase_return SET debt = debt + 1 WHERE id = {RETURN} RETURNING id", ""),
    ("operations.returns", "DELETE FROM transfer WHERE kind = 'debt' RETURNING cause", ""),
    ("operations.redemptions", f"UPDATE redemption SET points = points + 1 WHERE id = {REDEMPTION} RETURNING id", ""),
    ("operations.redemptions", f"DELETE FROM transfer WHERE id = {REDEEM} RETURNING cause", ""),
    ("operations.redemptions", f"DELETE FROM redemption WHERE id = {REDEMPTION} RETURNING id", ""),
    ("operations.reversals",
     f"UPDATE redemption_reversal SET points = points - 1 WHERE id = {REVERSAL} RETURNING id", ""),
    ("operations.reversals",
     COPY.format("redemption_reversal", json.dumps({"id": OTHER, "key": "x"}), REVERSAL),
     "ALTER TABLE redemption_reversal DROP CONSTRAINT redemption_reversal_redemption_id_key"),
    ("operations.adjustments", f"UPDATE adjustment SET points = points + 1 WHERE id = {ADJUSTMENT} RETURNING id", ""),
    ("operations.adjustments", f"UPDATE adjustment SET points = -points WHERE id = {ADJUSTMENT} RETURNING id", ""),
    ("operations.adjustments", f"UPDATE adjustment SET reason = 'fraud' WHERE id = {ADJUSTMENT} RETURNING id", ""),
    ("operations.adjustments", f"UPDATE adjustment SET state = 'refused' WHERE id = {ADJUSTMENT} RETURNING id", ""),
    ("operations.adjustments", f"UPDATE adjustment SET wallet_id = '{OTHER}' WHERE id = {ADJUSTMENT} RETURNING id", ""),
    ("operations.adjustments", f"UPDATE adjustment SET decided_by = NULL WHERE id = {ADJUSTMENT} RETURNING id", ""),
    ("operations.adjustments", f"UPDATE adjustment SET decided_by = asked_by WHERE id = {ADJUSTMENT} RETURNING id",
     "ALTER TABLE adjustment DROP CONSTRAINT adjustment_four_eyes_check"),
    ("operations.adjustments", f"DELETE FROM adjustment WHERE id = {ADJUSTMENT} RETURNING id", ""),
    ("operations.adjustments", "DELETE FROM transfer WHERE kind = 'adjust' AND source = 'wallet' RETURNING cause", ""),
    *(("operations.causes", f"""UPDATE transfer SET cause = '{OTHER}'
        WHERE id = (SELECT id FROM transfer WHERE kind = '{kind}' LIMIT 1) RETURNING id""", "")
      for kind in ("earn", "welcome", "return", "debt", "debt_repaid", "redeem", "redemption_reversal", "expire",
                   "merge", "adjust")),
    ("operations.causes", f"DELETE FROM purchase WHERE id = (SELECT cause FROM transfer WHERE id = {EARN}) "
     f"RETURNING {EARN}", ""),
    ("recomputed.purchases",
     f"UPDATE purchase SET awards = jsonb_set(awards, '{{0,points}}', '99') WHERE id = {PURCHASE} RETURNING id", ""),
    ("recomputed.purchases",
     f"UPDATE purchase SET lines = jsonb_set(lines, '{{0,gross_cents}}', '999900') WHERE id = {PURCHASE} RETURNING id",
     ""),
    ("recomputed.purchases",
     f"UPDATE purchase SET business_day = business_day - 1 WHERE id = {PURCHASE} RETURNING id", ""),
    ("recomputed.purchases", f"UPDATE purchase SET rulebook_id = '{OTHER}' WHERE id = {PURCHASE} RETURNING id", ""),
    ("recomputed.purchases", f"UPDATE purchase SET lines = '[7]' WHERE id = {PURCHASE} RETURNING id", ""),
    ("recomputed.purchases", f"UPDATE purchase SET state = '[]' WHERE id = {PURCHASE} RETURNING id", ""),
    ("recomputed.returns",
     f"UPDATE purchase_return SET lines = '[{{\"line\": 0, \"quantity\": 2}}]' WHERE id = {RETURN} RETURNING id", ""),
    ("recomputed.returns",
     f"UPDATE purchase_return SET lines = '[{{\"line\": 9, \"quantity\": 1}}]' WHERE id = {RETURN} RETURNING id", ""),
    ("doubles.receipts", COPY.format("purchase", json.dumps({"id": OTHER, "key": "x"}), PURCHASE),
     "ALTER TABLE purchase DROP CONSTRAINT purchase_till_id_business_day_receipt_key"),
    ("doubles.keys", COPY.format("purchase", json.dumps({"id": OTHER, "receipt": "x"}), PURCHASE),
     "ALTER TABLE purchase DROP CONSTRAINT purchase_till_id_key_key"),
    ("doubles.keys",
     """UPDATE redemption r SET key = p.key FROM purchase p WHERE p.till_id = r.till_id
        AND r.id = (SELECT r.id FROM redemption r JOIN purchase p USING (till_id) LIMIT 1) RETURNING r.id""", ""),
    ("guards.allowed", f"UPDATE transfer SET destination = 'expired' WHERE id = {REDEEM} RETURNING id",
     "ALTER TABLE transfer DROP CONSTRAINT transfer_allowed_check"),
    ("guards.allowed", f"UPDATE transfer SET points = -5 WHERE id = {REDEEM} RETURNING id",
     "ALTER TABLE transfer DROP CONSTRAINT transfer_points_check"),
    ("guards.allowed", f"UPDATE transfer SET partner_id = NULL WHERE id = {EARN} RETURNING id", ""),
    ("guards.append_only", "SELECT 'transfer'", "ALTER TABLE transfer DISABLE TRIGGER append_only"),
    ("guards.append_only", "SELECT 'seal'", "DROP TRIGGER append_only ON seal"),
    ("guards.stock", "UPDATE reward SET stock = -1 RETURNING id",
     "ALTER TABLE reward DROP CONSTRAINT reward_stock_check"),
    ("seals.gapless", "DELETE FROM seal WHERE sequence = 2 RETURNING 3", ""),
    ("seals.in_order", "DELETE FROM transfer WHERE id = (SELECT transfer_id FROM seal WHERE sequence = 2) RETURNING 2",
     ""),
    ("seals.in_order",
     """UPDATE transfer SET xact = 3 WHERE id = (SELECT transfer_id FROM seal WHERE sequence = 5) RETURNING 5""", ""),
    ("seals.none_missed", "DELETE FROM seal WHERE sequence = 1 RETURNING transfer_id", ""),
    ("seals.none_missed", f"UPDATE transfer SET xact = 1::bigint << 60 WHERE id = {EARN} RETURNING id", ""),
    ("seals.unchanged", f"UPDATE transfer SET at = at + interval '1 microsecond' WHERE id = {EARN} RETURNING id", ""),
    ("seals.unchanged", f"UPDATE lot SET point_value_ct = 1.001 WHERE id = {EARN} RETURNING id", ""),
    ("seals.unchanged",
     f"""UPDATE purchase SET receipt = 'x' WHERE id = (SELECT cause FROM transfer WHERE id = {EARN})
         RETURNING {EARN}""", ""),
    ("seals.unchanged", f"UPDATE lot_use SET points = points + 1 WHERE id = {USE} RETURNING transfer_id", ""),
    ("seals.unchanged", f"""INSERT INTO lot_use SELECT wallet_id, '{OTHER}', id, id, 1 FROM transfer WHERE id = {EARN}
        RETURNING transfer_id""", ""),
    ("seals.unchanged", f"DELETE FROM transfer WHERE id = {EARN} RETURNING id", ""),
    ("seals.unchanged", "UPDATE seal SET hash = sha256('') WHERE sequence = 3 RETURNING sequence", ""),
    ("seals.unchanged", "UPDATE seal SET leaf = sha256('') WHERE sequence = 3 RETURNING transfer_id", ""),
    ("seals.unchanged",
     """UPDATE seal s SET (wallet_id, transfer_id) = (SELECT o.wallet_id, o.transfer_id FROM seal o
        WHERE o.sequence = 7 - s.sequence) WHERE s.sequence IN (3, 4) RETURNING transfer_id""",
     "ALTER TABLE seal DROP CONSTRAINT seal_wallet_id_transfer_id_key"),
    ("seals.days", "UPDATE seal SET day = day - 99 WHERE sequence = 3 RETURNING sequence", ""),
    ("seals.days", "UPDATE sealed_day SET last_sequence = last_sequence + 1 RETURNING day", ""),
    ("seals.days", "DELETE FROM sealed_day RETURNING day", ""),
    ("seals.published",
     """INSERT INTO published_head SELECT sequence, 'mail', sha256(''), day, sealed_at FROM seal WHERE sequence = 3
        RETURNING sequence""", ""),
    ("seals.published",
     """INSERT INTO published_head SELECT 1000000, 'mail', hash, day, sealed_at FROM seal WHERE sequence = 3
        RETURNING sequence""", ""),
]  # fmt: skip


def tamper(owner, statement, unlock=""):
    """As the owner, past every trigger. The id of the row that must be named."""
    owner.execute("SET LOCAL session_replication_role = replica")
    if unlock:
        owner.execute(unlock)
    row = owner.execute(statement).fetchone()
    assert row, f"nothing was broken by {statement}"
    return str(row[0])


@pytest.fixture
def as_owner(database):
    """A session as the owner of the database, which may rewrite the books."""
    engine = create_engine(database)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def test_it_names_every_row_that_was_broken(act, session, as_owner):
    live_through(act, session)
    checks = {audit.name(check): check for check in audit.CHECKS}
    missed = []
    for name, statement, unlock in TAMPERINGS:
        culprit = tamper(driver(as_owner), statement, unlock)
        findings = list(audit.look(as_owner, checks[name], AT))
        if culprit not in {one.id for one in findings}:
            missed.append((name, statement, culprit, findings))
        as_owner.rollback()
    assert missed == []


def test_every_check_is_broken_above():
    assert {check for check, _, _ in TAMPERINGS} == {audit.name(check) for check in audit.CHECKS}


def test_it_survives_what_cannot_be_read(act, session, owner):
    _, done = live_through(act, session)
    with owner.transaction():
        tamper(owner, f"UPDATE purchase SET awards = '\"x\"' WHERE id = '{done['bread']}' RETURNING id")
    findings = act(lambda session: list(audit.run(session, AT)))
    assert ("recomputed.purchases", str(done["bread"])) in {(one.check, one.id) for one in findings}
    assert ("operations.awards", "-") in {(one.check, one.id) for one in findings}
