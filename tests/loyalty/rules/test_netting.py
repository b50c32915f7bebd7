from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loyalty.rules.netting import (
    BREAKAGES,
    FUNDINGS,
    Cell,
    Flow,
    Netting,
    Prices,
    net,
)

ONE = Decimal("1.000")
BAKER, DRINKS, BOOKS = PARTNERS = [UUID(int=number) for number in (1, 2, 3)]
USUAL = Prices(ONE, Decimal("0.150"), ONE)


def flow(kind, points, issuer, partner=None, lot=USUAL, terms=None) -> Flow:
    """Points of `issuer`; the partner's version is the lot's unless `terms` says otherwise."""
    return Flow(
        kind,
        points,
        issuer,
        lot.point_value_ct if lot else ONE,
        lot.funding == "prefunded" if lot else True,
        lot if issuer else None,
        partner,
        (terms or lot or USUAL) if partner else None,
    )


def example(prices: Prices) -> list[Flow]:
    """One month of three shops."""
    return [
        flow("issue", 1000, BAKER, lot=prices),
        flow("issue", 600, DRINKS, lot=prices),
        flow("issue", 400, BOOKS, lot=prices),
        flow("redeem", 300, BAKER, DRINKS, prices),
        flow("redeem", 200, DRINKS, DRINKS, prices),
        flow("redeem", 250, BAKER, BOOKS, prices),
        flow("expire", 100, BAKER, lot=prices),
        flow("expire", 60, DRINKS, lot=prices),
    ]


def cents(found: Netting) -> list[int]:
    return [position.cents for position in found.positions]


def figures(found: Netting) -> dict[str, int]:
    return {name: amount for name, amount in found.figures.items() if amount}


def zero(found: Netting) -> bool:
    return sum(cents(found)) + sum(found.figures.values()) == 0


def test_the_example_prefunded() -> None:
    found = net(example(USUAL), PARTNERS)
    assert cents(found) == [-1079, -147, -221]
    assert figures(found) == {"pool": 1090, "fee_net": 300, "fee_vat": 57}
    assert found.matrix == (
        Cell(BAKER, DRINKS, 300, 300),
        Cell(DRINKS, DRINKS, 200, 200),
        Cell(BAKER, BOOKS, 250, 250),
    )
    assert (found.pool_ct, found.points_out) == (1090, 1090)
    baker = {line.kind: line.cents for line in found.positions[0].lines}
    assert baker == {"funded": -1000, "breakage": 100}
    assert (found.positions[0].fees[0].net_cents, found.positions[0].fees[0].vat_cents) == (150, 29)


def test_the_example_paid_at_redemption() -> None:
    found = net(example(replace(USUAL, funding="at_redemption")), PARTNERS)
    assert cents(found) == [-729, 193, 179]
    assert figures(found) == {"fee_net": 300, "fee_vat": 57}
    assert found.points_out == 1090


@pytest.mark.parametrize(("rule", "figure"), [("operator", "breakage"), ("rewards", "rewards")])
def test_the_example_when_expired_points_are_kept(rule, figure) -> None:
    found = net(example(replace(USUAL, breakage=rule)), PARTNERS)
    assert cents(found) == [-1179, -207, -221]
    assert figures(found) == {"pool": 1090, figure: 160, "fee_net": 300, "fee_vat": 57}


def test_a_return_is_credited_at_the_price_it_was_issued_under() -> None:
    old = Prices(Decimal("0.800"), Decimal("0.100"), Decimal("0.800"))
    found = net([flow("take_back", 100, BAKER, BAKER, USUAL, old)], PARTNERS, (), Fraction(500), 500)
    assert cents(found) == [80 + 10 + 2, 0, 0]
    assert figures(found) == {"pool": -100, "correction": 20, "fee_net": -10, "fee_vat": -2}
    assert (found.pool_ct, found.points_out) == (400, 400)


def test_a_return_that_takes_another_issuers_points_leaves_that_issuer_alone() -> None:
    found = net([flow("take_back", 100, DRINKS, BAKER)], PARTNERS)
    assert cents(found) == [100 + 15 + 3, 0, 0]


def test_paid_at_redemption_a_return_gives_back_the_fee_only() -> None:
    late = replace(USUAL, funding="at_redemption")
    found = net([flow("take_back", 100, BAKER, BAKER, late)], PARTNERS)
    assert cents(found) == [18, 0, 0]
    assert figures(found) == {"fee_net": -15, "fee_vat": -3}


def test_both_funding_models_meet_in_one_street() -> None:
    late = replace(USUAL, funding="at_redemption")
    found = net(
        [
            flow("take_back", 10, BAKER, DRINKS, USUAL, late),
            flow("take_back", 10, BAKER, DRINKS, late, USUAL),
        ],
        PARTNERS,
    )
    assert cents(found) == [0, 10 + 3 + 1, 0]
    assert figures(found) == {"pool": -10, "fee_net": -3, "fee_vat": -1}
    assert zero(found)


def test_a_reversal_takes_the_redeemers_credit_back() -> None:
    found = net([flow("redeem", 300, BAKER, DRINKS), flow("redeem", -300, BAKER, DRINKS)], PARTNERS)
    assert cents(found) == [0, 0, 0]
    assert found.matrix == (Cell(BAKER, DRINKS, 0, 0),)


def test_what_is_not_reimbursed_is_the_operators() -> None:
    cheap = replace(USUAL, reimbursement_ct=Decimal("0.900"))
    found = net([flow("redeem", 100, BAKER, DRINKS, USUAL, cheap)], PARTNERS)
    assert cents(found) == [0, 90, 0]
    assert figures(found) == {"pool": -100, "spread": 10}


def test_the_coalitions_own_points_are_its_own_cost() -> None:
    found = net(
        [flow("issue", 100, None), flow("redeem", 60, None, BOOKS), flow("expire", 40, None)], PARTNERS
    )
    assert cents(found) == [0, 0, 60]
    assert figures(found) == {"programme": -60}


def test_what_is_taken_by_hand_is_the_coalitions() -> None:
    assert figures(net([flow("adjust", 50, BAKER)], PARTNERS)) == {"pool": -50, "programme": 50}


def test_corrections_are_carried_by_the_operator() -> None:
    found = net([], PARTNERS, [(BAKER, 250), (DRINKS, -100)])
    assert cents(found) == [250, -100, 0]
    assert figures(found) == {"correction": -150}


def test_fees_are_rounded_once_a_rate_and_vat_from_the_rounded_fee() -> None:
    other = replace(USUAL, service_fee_ct=Decimal("0.333"), fee_vat_bp=1600)
    found = net([flow("issue", 10, BAKER), flow("issue", 10, BAKER, lot=other)], PARTNERS)
    fees = [(fee.vat_bp, fee.net_cents, fee.vat_cents) for fee in found.positions[0].fees]
    assert fees == [(1600, 3, 0), (1900, 2, 0)]
    assert zero(found)


def test_the_pool_never_gathers_odd_parts_of_cents() -> None:
    third = replace(USUAL, point_value_ct=Decimal("0.333"), service_fee_ct=Decimal(0))
    pool, before, out = 0, Fraction(), 0
    for _ in range(100):
        found = net([flow("issue", 1, BAKER, lot=third)], PARTNERS, (), before, out)
        pool, before, out = pool + found.figures["pool"], found.pool_ct, found.points_out
        assert zero(found)
    assert (pool, before, out) == (33, Fraction("33.3"), 100)


# --- random coalitions -----------------------------------------------------------------------------------------------
price = st.decimals(0, 3, places=3)
versions = st.builds(
    lambda value, fee, share, funding, breakage, vat: Prices(
        value, fee, (value * share).quantize(Decimal("0.001")), funding, breakage, vat
    ),
    st.decimals("0.001", 3, places=3),
    price,
    st.sampled_from([Decimal(1), Decimal("0.9"), Decimal("0.333")]),
    st.sampled_from(FUNDINGS),
    st.sampled_from(BREAKAGES),
    st.sampled_from([1900, 1600, 0]),
)


@st.composite
def coalitions(draw, most: int) -> tuple[list[UUID], list[Flow]]:
    parties = [UUID(int=number + 1) for number in range(draw(st.integers(1, most)))]
    known = draw(st.lists(versions, min_size=1, max_size=4))
    anybody = st.sampled_from(parties)
    kinds = st.sampled_from(["issue", "redeem", "take_back", "expire", "adjust"])

    def one(kind, points, issuer, partner, lot, terms, funded) -> Flow:
        other = partner if kind in ("redeem", "take_back") else None
        theirs = lot if issuer else None
        held = theirs.funding == "prefunded" if theirs else funded
        return Flow(kind, points, issuer, lot.point_value_ct, held, theirs, other, terms if other else None)

    flows = st.builds(
        one, kinds, st.integers(-50, 10**6), anybody | st.none(), anybody, st.sampled_from(known),
        st.sampled_from(known), st.booleans(),
    )  # fmt: skip
    return parties, draw(st.lists(flows, max_size=60))


def held(flows: list[Flow]) -> Fraction:
    return sum(
        (
            one.points * (1 if one.kind == "issue" else -1) * Fraction(one.value_ct)
            for one in flows
            if one.funded
        ),
        Fraction(),
    )


@settings(deadline=None, max_examples=150)
@given(coalitions(500), st.lists(st.integers(-(10**6), 10**6), max_size=3), st.integers(0, 10**6))
def test_promise_17_everything_sums_to_zero(coalition, corrections, pool_before) -> None:
    parties, flows = coalition
    found = net(flows, parties, [(parties[0], amount) for amount in corrections], Fraction(pool_before), 0)
    assert zero(found)
    assert found.pool_ct == pool_before + held(flows)
    for one in found.positions:
        fees = sum(fee.net_cents + fee.vat_cents for fee in one.fees)
        assert sum(line.cents for line in one.lines) - fees == one.cents
        for line in one.lines:
            assert abs(line.cents - line.exact_ct) < 3
    columns: Counter[UUID] = Counter()
    for cell in found.matrix:
        columns[cell.redeemer] += cell.cents
    for one in found.positions:
        shown = sum(line.cents for line in one.lines if line.kind == "reimbursed")
        assert columns[one.partner] == shown


@settings(deadline=None, max_examples=60)
@given(coalitions(30))
def test_the_order_of_facts_makes_no_difference(coalition) -> None:
    parties, flows = coalition
    assert net(flows, parties) == net(list(reversed(flows)), parties)


def test_odd_cents_of_the_matrix_go_in_the_order_of_partners() -> None:
    dear = replace(USUAL, reimbursement_ct=Decimal("0.500"))
    spent = [flow("redeem", 1, issuer, BOOKS, terms=dear) for issuer in (DRINKS, BAKER)]
    assert net(spent, PARTNERS).matrix == (Cell(BAKER, BOOKS, 1, 1), Cell(DRINKS, BOOKS, 1, 0))
