"""What stands on the papers of a run: frozen, complete, and kept as JSON with the document, so that a paper drawn years
later says the same. Money is integer cents, prices are ct per point, rates are basis points. No behaviour.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

InvoiceKind = Literal["fee_invoice", "fee_credit", "self_billed"]
TYPE_CODES = {"fee_invoice": "380", "fee_credit": "381", "self_billed": "389"}  # UNTDID 1001


@dataclass(frozen=True, slots=True)
class Company:
    """Who stands on a paper, as of the day it was issued. `country` is ISO 3166 alpha-2."""

    code: str
    legal_name: str
    street: str
    post_code: str
    city: str
    country: str = "DE"
    vat_id: str | None = None
    tax_number: str | None = None
    small_business: bool = False  # § 19 UStG: no VAT on what this company sells
    email: str | None = None
    iban: str | None = None
    bic: str | None = None
    language: Literal["de", "en"] = "de"


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One position. `quantity` points at `price_ct` each, net; `net_cents` is what counts, `vat_bp` its rate."""

    text: str
    quantity: Decimal
    price_ct: Decimal
    net_cents: int
    vat_bp: int


@dataclass(frozen=True, slots=True)
class VatSum:
    """The tax of all positions of one rate."""

    vat_bp: int
    net_cents: int
    vat_cents: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """An EN 16931 invoice: the operator's fee, its credit note, or (self-billed) what the operator buys of a redeemer.

    Amounts are positive in every kind. `prepaid_cents` of the gross were settled already (breakage); the rest is due
    through the clearing on `due_on`. `cancels` is the number of the document that this one takes back: then every
    amount is that document's, and what was claimed is given back (type code 384).
    """

    number: str
    kind: InvoiceKind
    issued_on: date
    begins: date
    ends: date  # last day of the period, inclusive
    seller: Company
    buyer: Company
    lines: tuple[InvoiceLine, ...]
    vat: tuple[VatSum, ...]
    net_cents: int
    vat_cents: int
    gross_cents: int
    prepaid_cents: int
    due_on: date
    language: Literal["de", "en"] = "de"
    cancels: str | None = None
    cancels_on: date | None = None


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A line of the account. `kind` is one of loyalty.rules.netting.LINES; `exact_ct` is what was rounded."""

    kind: str
    points: int
    exact_ct: Decimal
    cents: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A cell of the matrix: points of `issuer`'s lots redeemed at `redeemer` and what was paid for them."""

    issuer: str
    redeemer: str
    points: int
    cents: int


@dataclass(frozen=True, slots=True)
class Movement:
    """One movement behind the statement. `receipt` is the receipt it came from at `at_partner`, `origin` the receipt
    whose points moved (of this partner's lots); both None where there is none. `points` carry the sign of what happened
    to the partner's points; `exact_ct` is its effect on the account."""

    sequence: int
    transfer_id: str
    at: datetime
    kind: str
    at_partner: str
    receipt: str | None
    origin: str | None
    points: int
    exact_ct: Decimal


@dataclass(frozen=True, slots=True)
class RateSum:
    """Points and cents by VAT rate; `vat_bp` None: no sale stands behind it. `estimated`: from the default rate."""

    vat_bp: int | None
    points: int
    cents: int
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of the sealed chain in this run, as hexadecimal: the proof that later changes would show."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Statement:
    """What a run says to one partner. `position_cents`: above zero it is paid out, below it is collected.

    `given`: cells of this partner's points redeemed anywhere (matrix row); `taken`: what was redeemed here (column).
    `vat_notice`: this partner's points redeemed, by the VAT rate of the original sale, for its VAT correction.
    `supplies`: what was redeemed here by the VAT rate of the reward.
    """

    number: str
    issued_on: date
    period: str
    begins: date
    ends: date  # last day of the period, inclusive
    run_number: int
    partner: Company
    operator: Company
    lines: tuple[StatementLine, ...]
    position_cents: int
    given: tuple[Pair, ...]
    taken: tuple[Pair, ...]
    vat_notice: tuple[RateSum, ...]
    supplies: tuple[RateSum, ...]
    names: dict[str, str]  # partner code -> name, for the matrix
    head: Head
    due_on: date
    objections_until: date
    language: Literal["de", "en"] = "de"
    cancels: str | None = None
    time_zone: str = "Europe/Berlin"  # in which the hours of movements are shown
    collected: bool = (
        True  # what the partner owes is drawn from its account; False: it transfers the money itself
    )


@dataclass(frozen=True, slots=True)
class Advice:
    """The redemption advice: what the coalition pays a redeemer for rewards handed to members. Not an invoice, no VAT
    shown; `supplies` lists the value by the reward's rate for the partner's own return."""

    number: str
    issued_on: date
    begins: date
    ends: date
    partner: Company
    operator: Company
    supplies: tuple[RateSum, ...]
    points: int
    cents: int
    language: Literal["de", "en"] = "de"
    cancels: str | None = None
