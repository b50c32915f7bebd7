"""The head of a scenario: what is left out has its default, what cannot be is refused with its place."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from config.scenario.content import CoalitionPlan, PartnerPlan, Tier, Version
from config.scenario.nodes import Unreadable
from tests.config.scenario.papers import EXAMPLES, example, paper, read

DEFAULTS = CoalitionPlan(
    "Europe/Berlin", "prefunded", "mutual", Decimal(1), Decimal("0.15"), None, 1900, 1, 36, 0, 3000, 150, 1900, ()
)  # fmt: skip
LOW = {"name": "a", "credits": 5, "factor": "1"}


def test_what_is_left_out_of_the_coalition_has_its_default():
    assert read(paper()).coalition == read(paper(coalition={})).coalition == DEFAULTS
    assert read(paper()).partners[0] == PartnerPlan("baker", (Version(),), None)
    assert read({"partners": [], "members": [], "events": []}).events == ()


def test_it_reads_contracts_from_local_midnights_on():
    contract = [
        {"from": "2026-01-01", "service_fee_ct": "0.100", "funding": "at_redemption", "points_per_euro": 2},
        {"from": "2026-07-01", "point_value_ct": "2", "reimbursement_ct": "1.900", "margin_rate": 25.5,
         "cost_to_serve_cents": 90},
    ]  # fmt: skip
    told = read(paper(partners=[{"id": "Bäcker Müller", "contract": contract, "credit_limit_cents": 50000}]))
    zone = ZoneInfo("Europe/Berlin")
    assert told.partners == (
        PartnerPlan(
            "Bäcker Müller",
            (
                Version(datetime(2026, 1, 1, tzinfo=zone), "at_redemption", service_fee_ct=Decimal("0.100"),
                        points_per_euro=2),
                Version(datetime(2026, 7, 1, tzinfo=zone), None, Decimal(2), None, Decimal("1.9"), None, 2550, 90),
            ),
            50000,
        ),
    )  # fmt: skip


def test_it_reads_tiers_from_the_lowest_to_the_highest():
    tiers = [
        {"name": "silver", "credits": 50, "factor": "1.5"},
        {"name": "gold", "credits": 100, "factor": "2"},
    ]
    assert read(paper(coalition={"tiers": tiers})).coalition.tiers == (
        Tier("silver", 50, Decimal("1.5")), Tier("gold", 100, Decimal(2)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"coalition": []}, "coalition: "),
        ({"coalition": None}, "coalition: "),
        ({"coalition": {"fund": "prefunded"}}, "coalition.fund: unknown; did you mean funding?"),
        ({"coalition": {"time_zone": "Europe/Berlim"}}, "coalition.time_zone: "),
        ({"coalition": {"time_zone": "../etc/passwd"}}, "coalition.time_zone: "),
        ({"coalition": {"time_zone": "Europe"}}, "coalition.time_zone: "),
        ({"coalition": {"funding": "mutual"}}, "coalition.funding: "),
        ({"coalition": {"breakage": None}}, "coalition.breakage: "),
        ({"coalition": {"point_value_ct": 1}}, "coalition.point_value_ct: "),
        ({"coalition": {"point_value_ct": "0.000"}}, "coalition.point_value_ct: "),
        ({"coalition": {"point_value_ct": "0.0005"}}, "coalition.point_value_ct: "),
        ({"coalition": {"service_fee_ct": "-0.150"}}, "coalition.service_fee_ct: "),
        ({"coalition": {"reimbursement_ct": "1.001"}}, "coalition.reimbursement_ct: "),
        ({"coalition": {"fee_vat": "19"}}, "coalition.fee_vat: "),
        ({"coalition": {"points_per_euro": True}}, "coalition.points_per_euro: "),
        ({"coalition": {"points_per_euro": 1.0}}, "coalition.points_per_euro: "),
        ({"coalition": {"expiry_months": 0}}, "coalition.expiry_months: "),
        ({"coalition": {"pending_days": -1}}, "coalition.pending_days: "),
        ({"coalition": {"margin_rate": 101}}, "coalition.margin_rate: "),
        ({"coalition": {"cost_to_serve_cents": 1.5}}, "coalition.cost_to_serve_cents: "),
        ({"coalition": {"sales_vat": -7}}, "coalition.sales_vat: "),
        ({"coalition": {"tiers": [{"name": "silver", "credits": 50}]}}, "coalition.tiers[0].factor: missing"),
        ({"coalition": {"tiers": [{"name": "a", "credits": 5, "factor": "0.9"}]}}, "coalition.tiers[0].factor: "),
        ({"coalition": {"tiers": [{"name": "a", "credits": 5, "factor": "11"}]}}, "coalition.tiers[0].factor: "),
        ({"coalition": {"tiers": [LOW, {"name": "b", "credits": 5, "factor": "2"}]}}, "coalition.tiers[1].credits: "),
        ({"coalition": {"tiers": [LOW, {"name": "a", "credits": 6, "factor": "2"}]}}, "coalition.tiers[1].name: "),
        ({"partners": {}}, "partners: "),
        ({"partners": [{"id": "baker"}, {"id": "baker"}]}, "partners[1].id: baker stands at partners[0].id already"),
        ({"partners": [{"id": ""}]}, "partners[0].id: "),
        ({"partners": [{"name": "baker"}]}, "partners[0].name: unknown"),
        ({"partners": [{"id": "baker", "credit_limit_cents": -1}]}, "partners[0].credit_limit_cents: "),
        ({"partners": [{"id": "b", "contract": [{}]}]}, "partners[0].contract[0].from: missing"),
        ({"partners": [{"id": "b", "contract": [{"from": "2026-02-30"}]}]}, "partners[0].contract[0].from: "),
        ({"partners": [{"id": "b", "contract": [{"from": "2026-01-01", "breakage": "mutual"}]}]},
         "partners[0].contract[0].breakage: unknown"),
        ({"partners": [{"id": "b", "contract": [{"from": "2026-02-01"}, {"from": "2026-01-01"}]}]},
         "partners[0].contract[1].from: "),
        ({"partners": [{"id": "b", "contract": [{"from": "2026-02-01"}, {"from": "2026-02-01"}]}]},
         "partners[0].contract[1].from: "),
        ({"partners": [{"id": "b", "contract": [{"from": "2026-02-01", "reimbursement_ct": "1.1"}]}]},
         "partners[0].contract[0].reimbursement_ct: 1.1 ct are paid for a point worth 1.000 ct"),
        ({"partners": [{"id": "b", "contract": [{"from": "2026-02-01", "point_value_ct": "0.5"}]}],
          "coalition": {"reimbursement_ct": "0.9"}}, "partners[0].contract[0].point_value_ct: "),
        ({"members": [{"id": "anna"}, {"id": "anna"}]}, "members[1].id: "),
        ({"members": ["anna"]}, "members[0]: must be an object"),
        ({"members": [{"id": "anna", "tier": "gold"}]}, "members[0].tier: unknown"),
        ({"event": []}, "event: unknown; did you mean events?"),
        ({"events": None}, "events: must be a list"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(change, place):
    with pytest.raises(Unreadable) as refused:
        read({**paper(), **change})
    assert str(refused.value).startswith(place)


@pytest.mark.parametrize("name", ["partners", "members", "events"])
def test_the_parts_of_the_file_must_be_there(name):
    data = paper()
    del data[name]
    with pytest.raises(Unreadable, match=f"^{name}: missing$"):
        read(data)


def test_all_examples_can_be_read():
    assert len([example(path.stem) for path in EXAMPLES.glob("*.json")]) == 4
