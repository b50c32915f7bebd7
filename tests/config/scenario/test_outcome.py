"""The data that machines read, key by key."""

import json

from config.scenario.outcome import Outcome, Points, Refused, Settlement, Worth


def test_it_has_the_documented_shape_in_the_documented_order():
    settled = Settlement("2026-01", {"baker": -6, "drinks": 1}, 1, 2, 3, -1, {"baker": {"drinks": 1}}, 7)
    outcome = Outcome(
        (settled,), {"anna": Points(1, 2, 3)}, {"anna": Worth(4, 5)}, (Refused(2, "period_open"),)
    )
    assert settled.sum_cents == 0
    assert json.dumps(outcome.as_data()) == (
        '{"settlements": [{"period": "2026-01", "positions_cents": {"baker": -6, "drinks": 1}, "operator_cents": '
        '{"fee_net": 1, "fee_vat": 2, "pool": 3, "breakage": -1}, "matrix_cents": {"baker": {"drinks": 1}}, '
        '"points_out": 7}], "wallets": {"anna": {"available": 1, "pending": 2, "debt": 3}}, "members": {"anna": '
        '{"turnover_cents": 4, "margin_cents": 5, "tier": null}}, "refused": [{"event": 2, "code": "period_open"}]}'
    )
