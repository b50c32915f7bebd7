"""What the operator charges a partner for, as the positions of an invoice: points issued by contract version, and
expired points that it keeps as a gross fee."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from loyalty.rules.money import apportion, half_up, quotient
from loyalty.rules.netting import Prices
from partners.settlement.content import InvoiceLine, VatSum
from partners.settlement.flows import Row
from partners.settlement.models import SettlementLine

WORDS = {
    "de": ("Servicegebühr für ausgegebene Punkte", "Verfallene Punkte (bereits bezahlt)"),
    "en": ("Service fee for points issued", "Expired points (paid already)"),
}


@dataclass(frozen=True, slots=True)
class Charge:
    """Positions with their tax; `prepaid_cents` of the gross came out of the pool."""

    lines: tuple[InvoiceLine, ...]
    vat: tuple[VatSum, ...]
    prepaid_cents: int

    @property
    def net_cents(self) -> int:
        return sum(rate.net_cents for rate in self.vat)

    @property
    def vat_cents(self) -> int:
        return sum(rate.vat_cents for rate in self.vat)

    def signed(self, sign: int) -> tuple[InvoiceLine, ...]:
        """The positions, or what they are on a credit note: the other way round."""
        return tuple(
            replace(line, quantity=sign * line.quantity, net_cents=sign * line.net_cents)
            for line in self.lines
        )


def lines(
    rows: Sequence[Row],
    prices: dict[UUID, Prices],
    partner_id: UUID,
    charged: Sequence[SettlementLine],
    language: str,
) -> Charge:
    """The fee of a run (`charged`: its fee lines, one a rate) split by contract version, and breakage that was kept."""
    points = _points(rows, partner_id)
    found: list[InvoiceLine] = []
    tax: dict[int, tuple[int, int]] = {}
    for fee in charged:
        assert fee.vat_bp is not None and fee.vat_cents is not None
        exact = {
            contract: amount * Fraction(prices[contract].service_fee_ct)
            for contract, amount in points.items()
            if prices[contract].fee_vat_bp == fee.vat_bp and amount and prices[contract].service_fee_ct
        }
        for contract, cents in apportion(exact, -fee.cents).items():
            price = prices[contract].service_fee_ct
            found.append(InvoiceLine(WORDS[language][0], Decimal(points[contract]), price, cents, fee.vat_bp))
        if exact:
            tax[fee.vat_bp] = -fee.cents, -fee.vat_cents
    prepaid = 0
    for vat_bp, gross, count in _kept(rows, prices, partner_id):
        net = quotient(gross * 10_000, 10_000 + vat_bp)
        each = (Decimal(net) / count).quantize(Decimal("0.00000001"))
        found.append(InvoiceLine(WORDS[language][1], Decimal(count), each, net, vat_bp))
        before = tax.get(vat_bp, (0, 0))
        tax[vat_bp] = before[0] + net, before[1] + gross - net
        prepaid += gross
    return Charge(tuple(found), tuple(VatSum(rate, *sums) for rate, sums in sorted(tax.items())), prepaid)


def _points(rows: Sequence[Row], partner_id: UUID) -> dict[UUID, int]:
    """Points charged by contract version: issued, less those taken back."""
    points: dict[UUID, int] = {}
    for kind, issuer, lot_contract, _, partner, contract, _, _, amount in rows:
        if kind == "issue" and issuer == partner_id and lot_contract:
            points[lot_contract] = points.get(lot_contract, 0) + amount
        if kind == "take_back" and partner == partner_id and contract:
            points[contract] = points.get(contract, 0) - amount
    return points


def _kept(rows: Sequence[Row], prices: dict[UUID, Prices], partner_id: UUID) -> list[tuple[int, int, int]]:
    """Rate, gross cents and points of this partner's expired points whose value the operator keeps."""
    exact: dict[int, Fraction] = {}
    points: dict[int, int] = {}
    for kind, issuer, lot_contract, value_ct, *_, amount in rows:
        lot = prices.get(lot_contract) if lot_contract else None
        if (
            kind == "expire"
            and issuer == partner_id
            and lot
            and lot.funding == "prefunded"
            and lot.breakage != "mutual"
        ):
            exact[lot.fee_vat_bp] = exact.get(lot.fee_vat_bp, Fraction()) + amount * Fraction(value_ct)
            points[lot.fee_vat_bp] = points.get(lot.fee_vat_bp, 0) + amount
    return [
        (rate, half_up(amount), points[rate]) for rate, amount in sorted(exact.items()) if half_up(amount)
    ]
