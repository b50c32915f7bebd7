"""What will stand on the papers of a run, before they have numbers: made of its lines, its flows and the companies."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from loyalty.models.coalition import Coalition
from loyalty.rules.money import apportion, half_up, quotient
from loyalty.rules.netting import Prices
from partners.models import ContractVersion
from partners.settlement import closing, companies, fees, flows, mandates, runs
from partners.settlement.content import (
    Advice,
    Company,
    Head,
    Invoice,
    InvoiceLine,
    Pair,
    RateSum,
    Statement,
    StatementLine,
    VatSum,
)
from partners.settlement.models import SettlementLine, SettlementPair, SettlementRun

OPERATOR = "operator"  # in the matrix: points the coalition itself ordered


@dataclass(frozen=True, slots=True)
class Draft:
    """A paper without number and date."""

    kind: str
    content: Statement | Invoice | Advice


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the papers of a run are made from."""

    run: SettlementRun
    day: date
    operator: Company
    names: dict[str, str]
    codes: dict[UUID, str]
    pairs: list[SettlementPair]
    rows: list[flows.Row]
    prices: dict[UUID, Prices]
    supplies: dict[UUID, str]  # partner -> who supplies its rewards, by the newest version in force
    zone: str
    mandated: frozenset[UUID]  # from whom the operator may collect


def of_run(session: Session, run: SettlementRun, day: date) -> Iterator[tuple[UUID, list[Draft]]]:
    """The papers of each partner that has anything in the run, by code. `day` is that of their issue."""
    codes = {UUID(key): code for key, (code, _) in run.names.items()}
    coalition = session.execute(select(Coalition.name, Coalition.time_zone)).one()
    names = dict(run.names.values()) | {OPERATOR: coalition.name}
    desk = Desk(
        run, day, companies.operator(session), names, codes, runs.pairs(session, run.id),
        flows.of_days(session, run.begins, run.ends), closing.prices(session), _suppliers(session, run.ends),
        coalition.time_zone, frozenset(partner for partner in codes if mandates.live(session, partner)),
    )  # fmt: skip
    accounts = runs.lines(session, run.id)
    for partner_id in sorted(accounts, key=lambda partner: codes[partner]):
        yield partner_id, list(_papers(session, desk, partner_id, accounts[partner_id]))


def _papers(session: Session, desk: Desk, partner_id: UUID, lines: list[SettlementLine]) -> Iterator[Draft]:
    company = companies.of(session, partner_id)
    yield Draft("statement", _statement(desk, partner_id, company, lines))
    if invoice := _fee_invoice(desk, partner_id, company, lines):
        yield Draft(invoice.kind, invoice)
    taken = next((line for line in lines if line.kind == "reimbursed" and line.points), None)
    if taken is not None:
        supplies = _supplies(desk, partner_id, taken.cents)
        if desk.supplies.get(partner_id) == OPERATOR:
            yield Draft("self_billed", _self_billed(desk, company, supplies))
        else:
            yield Draft("advice", _advice(desk, company, supplies, taken))


def _statement(desk: Desk, partner_id: UUID, company: Company, lines: list[SettlementLine]) -> Statement:
    run = desk.run
    return Statement(
        number="", issued_on=desk.day, period=run.period, begins=run.begins, ends=_last(run), run_number=run.number,
        partner=company, operator=desk.operator, lines=tuple(_shown(lines)), position_cents=runs.sum_of(lines),
        given=_cells(desk, lambda pair: pair.issuer_id == partner_id),
        taken=_cells(desk, lambda pair: pair.redeemer_id == partner_id),
        vat_notice=_notice(desk, partner_id),
        supplies=_supplies(desk, partner_id, sum(line.cents for line in lines if line.kind == "reimbursed")),
        names=desk.names, head=Head(run.last_sequence, run.head), due_on=_due(desk),
        objections_until=desk.day + timedelta(days=run.objection_days), language=company.language,
        time_zone=desk.zone, collected=partner_id in desk.mandated,
    )  # fmt: skip


def _shown(lines: list[SettlementLine]) -> Iterator[StatementLine]:
    """A fee is two lines to the reader: net, and the VAT on it."""
    for line in lines:
        yield StatementLine(line.kind, line.points, line.exact_ct, line.cents)
        if line.vat_cents is not None:
            yield StatementLine("fee_vat", 0, Decimal(line.vat_cents), line.vat_cents)


def _cells(desk: Desk, chosen: Any) -> tuple[Pair, ...]:
    found = [
        Pair(desk.codes.get(pair.issuer_id, OPERATOR) if pair.issuer_id else OPERATOR, desk.codes[pair.redeemer_id],
             pair.points, pair.cents)
        for pair in desk.pairs if chosen(pair)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda pair: (pair.issuer, pair.redeemer)))


def _notice(desk: Desk, partner_id: UUID) -> tuple[RateSum, ...]:
    """Own points redeemed by the rate of the sale that earned them, and what they were worth."""
    points: dict[int | None, int] = {}
    exact: dict[int | None, Fraction] = {}
    for kind, issuer, _, value_ct, _, _, vat_bp, _, amount in desk.rows:
        if kind == "redeem" and issuer == partner_id:
            points[vat_bp] = points.get(vat_bp, 0) + amount
            exact[vat_bp] = exact.get(vat_bp, Fraction()) + amount * Fraction(value_ct)
    cents = apportion(exact, half_up(sum(exact.values(), Fraction())))
    order = sorted(points, key=lambda rate: -1 if rate is None else rate)
    return tuple(RateSum(rate, points[rate], cents[rate]) for rate in order)


def _supplies(desk: Desk, partner_id: UUID, total_cents: int) -> tuple[RateSum, ...]:
    """What was redeemed here by the rate of the rewards; adds up to what is paid for it."""
    points: dict[tuple[int | None, bool], int] = {}
    exact: dict[tuple[int | None, bool], Fraction] = {}
    for kind, _, _, _, partner, contract, vat_bp, estimated, amount in desk.rows:
        if kind == "supply" and partner == partner_id:
            key = vat_bp, estimated
            points[key] = points.get(key, 0) + amount
            paid = amount * Fraction(desk.prices[contract].reimbursement_ct)
            exact[key] = exact.get(key, Fraction()) + paid
    cents = apportion(exact, total_cents)
    order = sorted(points, key=lambda key: (-1 if key[0] is None else key[0], key[1]))
    return tuple(RateSum(rate, points[rate, guess], cents[rate, guess], guess) for rate, guess in order)


def _advice(desk: Desk, company: Company, supplies: tuple[RateSum, ...], taken: SettlementLine) -> Advice:
    return Advice(
        "", desk.day, desk.run.begins, _last(desk.run), company, desk.operator, supplies, taken.points, taken.cents,
        company.language,
    )  # fmt: skip


def _fee_invoice(
    desk: Desk, partner_id: UUID, company: Company, lines: list[SettlementLine]
) -> Invoice | None:
    charged = [line for line in lines if line.kind == "fee" and line.vat_cents is not None]
    found = fees.lines(desk.rows, desk.prices, partner_id, charged, company.language)
    if not found.net_cents:
        return None
    sign = 1 if found.net_cents >= 0 else -1
    return Invoice(
        number="", kind="fee_invoice" if sign > 0 else "fee_credit", issued_on=desk.day, begins=desk.run.begins,
        ends=_last(desk.run), seller=desk.operator, buyer=company, lines=found.signed(sign),
        vat=tuple(VatSum(rate.vat_bp, sign * rate.net_cents, sign * rate.vat_cents) for rate in found.vat),
        net_cents=sign * found.net_cents, vat_cents=sign * found.vat_cents,
        gross_cents=sign * (found.net_cents + found.vat_cents), prepaid_cents=found.prepaid_cents if sign > 0 else 0,
        due_on=_due(desk), language=company.language,
    )  # fmt: skip


def _self_billed(desk: Desk, company: Company, supplies: tuple[RateSum, ...]) -> Invoice:
    """What the operator buys of a redeemer, gross as it was paid. A small business sells without VAT."""
    text = {"de": "Prämien an Mitglieder", "en": "Rewards to members"}[company.language]
    by_rate: dict[int, int] = {}
    for supply in supplies:
        rate = 0 if company.small_business else supply.vat_bp or 0
        by_rate[rate] = by_rate.get(rate, 0) + supply.cents
    nets = {rate: quotient(cents * 10_000, 10_000 + rate) for rate, cents in by_rate.items()}
    vat = tuple(VatSum(rate, nets[rate], cents - nets[rate]) for rate, cents in sorted(by_rate.items()))
    lines = tuple(
        InvoiceLine(text, Decimal(1), Decimal(rate.net_cents), rate.net_cents, rate.vat_bp) for rate in vat
    )
    net_cents, vat_cents = sum(rate.net_cents for rate in vat), sum(rate.vat_cents for rate in vat)
    return Invoice(
        number="", kind="self_billed", issued_on=desk.day, begins=desk.run.begins, ends=_last(desk.run),
        seller=company, buyer=desk.operator, lines=lines, vat=vat, net_cents=net_cents, vat_cents=vat_cents,
        gross_cents=net_cents + vat_cents, prepaid_cents=0, due_on=_due(desk), language=company.language,
    )  # fmt: skip


def _suppliers(session: Session, ends: date) -> dict[UUID, str]:
    rows = session.execute(
        select(ContractVersion.partner_id, ContractVersion.redeemer_supplies)
        .where(ContractVersion.valid_from < ends)
        .order_by(ContractVersion.valid_from)
    )
    return {row.partner_id: row.redeemer_supplies for row in rows}


def _last(run: SettlementRun) -> date:
    return run.ends - timedelta(days=1)


def _due(desk: Desk) -> date:
    return desk.day + timedelta(days=desk.run.due_days)
