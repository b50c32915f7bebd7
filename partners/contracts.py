"""What partners grant and pay: dated versions of a contract, and the Terms that `points` is given for one partner."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from loyalty.errors import Conflict, Invalid, Missing
from loyalty.models.coalition import Coalition, TermsRevision
from loyalty.models.purchases import Reward
from loyalty.rules.netting import BREAKAGES, FUNDINGS, Breakage, Funding
from loyalty.rules.terms import CategoryTerms, Contract, ProductTerms, Programme, RewardOffer, Rule, Terms
from partners import catalogue, rulebook
from partners.models import Category, ContractVersion, Partner, Product
from partners.settlement.models import Exposure

HIGHEST_CENTS = 1_000_000_000
SUPPLIERS = ("partner", "operator")
HIGHEST_CT = Decimal(1000)
THOUSANDTH = Decimal("0.001")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a new version says. None: as the coalition has it (reimbursement: the point value)."""

    point_value_ct: Decimal | None = None
    service_fee_ct: Decimal | None = None
    reimbursement_ct: Decimal | None = None
    funding: Funding | None = None
    breakage: Breakage | None = None
    fee_vat_bp: int | None = None
    credit_limit_cents: int | None = None
    deposit_cents: int = 0
    redeemer_supplies: str = "partner"


def add_version(
    session: Session, partner_id: UUID, valid_from: datetime, offer: Offer, new_id: Callable[[], UUID]
) -> UUID:
    """A version that holds from `valid_from` on, after the latest there is; its id. Prices in ct per point, net.

    Raises Invalid naming the field, Conflict `contract_overlap` (fact `latest`), Missing `partner_unknown`.
    """
    values = _agreed(session, offer)
    # Under the partner's lock: of two versions at once, the second sees the first.
    if (
        session.scalar(select(Partner.id).where(Partner.id == partner_id).with_for_update(key_share=True))
        is None
    ):
        raise Missing("partner_unknown", "partner")
    latest = session.scalar(
        select(ContractVersion.valid_from)
        .where(ContractVersion.partner_id == partner_id)
        .order_by(ContractVersion.valid_from.desc())
        .limit(1)
    )
    if latest is not None and valid_from <= latest:
        raise Conflict("contract_overlap", "valid_from", latest=latest)
    row = insert(ContractVersion).values(id=new_id(), partner_id=partner_id, valid_from=valid_from, **values)
    return session.scalars(row.returning(ContractVersion.id)).one()


def _agreed(session: Session, offer: Offer) -> dict[str, object]:
    """All columns of the version, checked, with what the coalition has where the offer says nothing."""
    coalition = session.scalars(select(Coalition).execution_options(populate_existing=True)).one()
    value_ct = coalition.point_value_ct if offer.point_value_ct is None else offer.point_value_ct
    fee_ct = coalition.service_fee_ct if offer.service_fee_ct is None else offer.service_fee_ct
    paid_ct = value_ct if offer.reimbursement_ct is None else offer.reimbursement_ct
    check_price(value_ct, "point_value_ct")
    check_price(fee_ct, "service_fee_ct")
    check_price(paid_ct, "reimbursement_ct")
    if value_ct == 0:
        raise Invalid("price_invalid", "point_value_ct")
    if paid_ct > value_ct:
        raise Invalid("reimbursement_too_high", "reimbursement_ct")
    vat_bp = coalition.fee_vat_bp if offer.fee_vat_bp is None else offer.fee_vat_bp
    catalogue.check_rate(vat_bp, "fee_vat_bp")
    check_amount(offer.credit_limit_cents or 0, "credit_limit_cents")
    check_amount(offer.deposit_cents, "deposit_cents")
    return {
        "point_value_ct": value_ct, "service_fee_ct": fee_ct, "reimbursement_ct": paid_ct,
        "funding": _word(offer.funding or coalition.funding, FUNDINGS, "funding"),
        "breakage": _word(offer.breakage or coalition.breakage, BREAKAGES, "breakage"), "fee_vat_bp": vat_bp,
        "credit_limit_cents": offer.credit_limit_cents, "deposit_cents": offer.deposit_cents,
        "redeemer_supplies": _word(offer.redeemer_supplies, SUPPLIERS, "redeemer_supplies"),
    }  # fmt: skip


def _word(word: str, words: tuple[str, ...], field: str) -> str:
    if word not in words:
        raise Invalid("word_unknown", field)
    return word


def versions(session: Session, partner_id: UUID) -> list[ContractVersion]:
    """All versions of a partner's contract, newest first."""
    return list(
        session.scalars(
            select(ContractVersion)
            .where(ContractVersion.partner_id == partner_id)
            .order_by(ContractVersion.valid_from.desc())
        )
    )


def in_force(session: Session, at: datetime) -> dict[UUID, ContractVersion]:
    """Each partner's contract version at `at`; before the first one, the first."""
    found: dict[UUID, ContractVersion] = {}
    for version in session.scalars(select(ContractVersion).order_by(ContractVersion.valid_from)):
        if version.valid_from <= at or version.partner_id not in found:
            found[version.partner_id] = version
    return found


def check_amount(cents: int, field: str) -> None:
    """0 to 10 million euros. Raises Invalid `amount_invalid`."""
    if not 0 <= cents <= HIGHEST_CENTS:
        raise Invalid("amount_invalid", field)


def check_price(price_ct: Decimal, field: str) -> None:
    """0 to 1,000 ct in whole thousandths. Raises Invalid `price_invalid`."""
    if not price_ct.is_finite() or not 0 <= price_ct <= HIGHEST_CT or price_ct % THOUSANDTH:
        raise Invalid("price_invalid", field)


def revision(session: Session) -> int:
    """The number that every change of terms raises. Read it before the terms that are to be kept with it."""
    return session.scalars(select(TermsRevision.revision)).one()


def terms_for(session: Session, partner_id: UUID, at: datetime) -> Terms:
    """All that a purchase, return or redemption at this partner must know. Keeps the rules as a snapshot.

    True until `revision` changes. Raises Missing `partner_unknown`, Conflict `contract_missing`.
    """
    partner = session.execute(
        select(Partner.margin_bp, Partner.vat_bp, Partner.cost_to_serve_cents).where(Partner.id == partner_id)
    ).first()
    if partner is None:
        raise Missing("partner_unknown", "partner")
    contracts = _contracts(session, partner_id)
    if not contracts:
        raise Conflict("contract_missing", "partner")
    rules = rulebook.rules_for(session, partner_id)
    return Terms(
        partner_id=partner_id,
        programme=programme(session),
        contracts=contracts,
        rules=rules,
        rulebook_id=rulebook.keep(session, rules),
        categories=_categories(session, partner_id),
        products=_products(session, partner_id),
        margin_bp=partner.margin_bp,
        vat_bp=partner.vat_bp,
        cost_to_serve_cents=partner.cost_to_serve_cents,
        rewards=_rewards(session, at),
        funders=_funders(session, rules, partner_id),
        held=session.scalar(select(Exposure.held).where(Exposure.partner_id == partner_id)) or False,
    )


def programme(session: Session) -> Programme:
    """What holds for every partner."""
    coalition = session.scalars(select(Coalition).execution_options(populate_existing=True)).one()
    return Programme(
        time_zone=coalition.time_zone,
        point_value_ct=coalition.point_value_ct,
        expiry_rule=coalition.expiry_rule,
        expiry_months=coalition.expiry_months,
        pending_days=coalition.pending_days,
        margin_bp=coalition.margin_bp,
        vat_bp=coalition.vat_bp,
        cost_to_serve_cents=coalition.cost_to_serve_cents,
        grace_days=coalition.grace_days,
    )


def _contracts(session: Session, partner_id: UUID) -> tuple[Contract, ...]:
    rows = session.execute(
        select(
            ContractVersion.id,
            ContractVersion.valid_from,
            ContractVersion.point_value_ct,
            ContractVersion.service_fee_ct,
            ContractVersion.reimbursement_ct,
        )
        .where(ContractVersion.partner_id == partner_id)
        .order_by(ContractVersion.valid_from.desc())
    )
    return tuple(Contract(*row) for row in rows)


def _funders(
    session: Session, rules: Sequence[Rule], partner_id: UUID
) -> MappingProxyType[UUID, tuple[Contract, ...]]:
    """Contracts of other partners that pay for points given here."""
    named = {UUID(rule.funder) for rule in rules if rule.funder not in ("partner", "coalition")} - {
        partner_id
    }
    found = {funder: _contracts(session, funder) for funder in sorted(named)}
    return MappingProxyType({funder: theirs for funder, theirs in found.items() if theirs})


def _categories(session: Session, partner_id: UUID) -> MappingProxyType[str, CategoryTerms]:
    rows = session.execute(
        select(
            Category.code, Category.margin_bp, Category.vat_bp, Category.earns, Category.perks
        ).where(Category.partner_id == partner_id)
    )  # fmt: skip
    return MappingProxyType({code: CategoryTerms(*rates) for code, *rates in rows})


def _products(session: Session, partner_id: UUID) -> MappingProxyType[str, ProductTerms]:
    rows = session.execute(
        select(
            Product.sku, Product.category, Product.margin_bp, Product.vat_bp, Product.earns
        ).where(Product.partner_id == partner_id)
    )  # fmt: skip
    return MappingProxyType({sku: ProductTerms(*rates) for sku, *rates in rows})


def _rewards(session: Session, at: datetime) -> tuple[RewardOffer, ...]:
    """What can be had now anywhere in the coalition, cheapest first."""
    rows = session.execute(
        select(Reward.name, Reward.points)
        .join(Partner, Partner.id == Reward.partner_id)
        .where(
            Partner.left_at.is_(None),
            Reward.retired_at.is_(None),
            or_(Reward.stock.is_(None), Reward.stock > 0),
            or_(Reward.valid_from.is_(None), Reward.valid_from <= at),
            or_(Reward.valid_until.is_(None), Reward.valid_until > at),
        )
        .order_by(Reward.points, Reward.name)
    )
    return tuple(RewardOffer(*row) for row in rows)
