"""What tills get, as marshmallow schemas for the OpenAPI document. Answers are made as bytes elsewhere; tests hold
them against these."""

import marshmallow as ma
from marshmallow import fields


class Out(ma.Schema):
    """An answer may grow by members: tills ignore what they do not know."""

    class Meta:
        unknown = ma.EXCLUDE


class FaultOut(Out):
    """One field that cannot be accepted."""

    field = fields.String(required=True, metadata={"example": "lines.0.gross_cents"})
    message = fields.String(required=True)


class ProblemOut(Out):
    """A refusal (RFC 9457). `code` is stable; words follow Accept-Language."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.List(fields.Nested(FaultOut))


class ExpiringOut(Out):
    """The points that expire next."""

    points = fields.Integer(required=True)
    on = fields.Date(required=True, metadata={"description": "The last day on which they can be spent."})


class MemberOut(Out):
    """As much of a member as a till may show."""

    id = fields.UUID(required=True)
    display_name = fields.String(required=True, metadata={"example": "Anna K."})
    tier = fields.String(required=True, allow_none=True)
    club = fields.Boolean(required=True)
    birthday_today = fields.Boolean(required=True)


class WalletOut(Out):
    """Points of the wallet."""

    available = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    debt = fields.Integer(required=True)
    value_cents = fields.Integer(required=True)
    expiring = fields.Nested(ExpiringOut, required=True, allow_none=True)


class PerkOut(Out):
    """What comes with the member's status."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class GiftOut(Out):
    """What is to be handed over."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class VoucherOut(Out):
    """What the member may pay with."""

    code = fields.String(required=True)
    name = fields.String(required=True)


class ScanOut(Out):
    """Who stands here."""

    card = fields.String(required=True)
    spendable = fields.Boolean(required=True, metadata={"description": "The code was a fresh rotating one."})
    member = fields.Nested(MemberOut, required=True)
    points = fields.Nested(WalletOut, required=True)
    perks = fields.List(fields.Nested(PerkOut), required=True)
    gifts = fields.List(fields.Nested(GiftOut), required=True)
    vouchers = fields.List(fields.Nested(VoucherOut), required=True)
    hints = fields.List(fields.String(), required=True)


class FoundOut(Out):
    """A member found by name or phone, masked."""

    id = fields.UUID(required=True)
    display_name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True, metadata={"example": "••• 67"})
    email = fields.String(required=True, allow_none=True, metadata={"example": "a•••@s•••.example"})
    card = fields.String(required=True, allow_none=True)


class MembersOut(Out):
    """At most ten, so there is never a next page."""

    items = fields.List(fields.Nested(FoundOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SignedUpOut(Out):
    """A new member: the card, and the code (printed separately) with which they take it over in the portal."""

    id = fields.UUID(required=True)
    card = fields.String(required=True, allow_none=True)
    claim_code = fields.String(required=True, allow_none=True, metadata={
        "example": "K7QH-3MXA",
        "description": "Told once; null in an answer that had to be rebuilt."})  # fmt: skip
    display_name = fields.String(required=True)


class PurchasePointsOut(Out):
    """`pending` is this purchase's; `available` and `value_cents` are the wallet's."""

    earned = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    available = fields.Integer(required=True, allow_none=True)
    value_cents = fields.Integer(required=True, allow_none=True)


class AwardOut(Out):
    """Points by one rule."""

    rule = fields.String(required=True)
    name = fields.String(required=True)
    points = fields.Integer(required=True)
    why = fields.String(metadata={"description": "The arithmetic."})


class PreviewOut(Out):
    """What a basket would earn."""

    receipt = fields.String(required=True)
    card = fields.String(required=True, allow_none=True)
    outcome = fields.String(required=True, validate=ma.validate.OneOf(("earned", "no_points")))
    points = fields.Nested(PurchasePointsOut, required=True)
    awards = fields.List(fields.Nested(AwardOut), required=True)
    perks = fields.List(fields.Nested(PerkOut), required=True)
    gifts = fields.List(fields.Nested(GiftOut), required=True)
    messages = fields.List(fields.String(), required=True)


class PurchaseOut(PreviewOut):
    """A purchase as it was answered when it was posted."""

    id = fields.UUID(required=True)


class BookedLineOut(Out):
    """A line as it was booked, with what has come back of it."""

    line = fields.Integer(required=True)
    kind = fields.String(required=True)
    sku = fields.String(required=True, allow_none=True)
    category = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    measure = fields.String(required=True, allow_none=True)
    quantity = fields.Integer(required=True)
    returned = fields.Integer(required=True)
    gross_cents = fields.Integer(required=True)


class BookedReturnOut(Out):
    """A return of this purchase."""

    id = fields.UUID(required=True)
    receipt = fields.String(required=True, allow_none=True)
    returned_at = fields.AwareDateTime(required=True)
    taken_back = fields.Integer(required=True)


class BookedOut(PurchaseOut):
    """A purchase looked up. `points.available` is the wallet's when it was booked."""

    purchased_at = fields.AwareDateTime(required=True)
    booked_at = fields.AwareDateTime(required=True)
    total_cents = fields.Integer(required=True)
    till = fields.UUID(required=True)
    lines = fields.List(fields.Nested(BookedLineOut), required=True)
    returns = fields.List(fields.Nested(BookedReturnOut), required=True)


class BriefOut(Out):
    """A purchase in a list."""

    id = fields.UUID(required=True)
    receipt = fields.String(required=True)
    purchased_at = fields.AwareDateTime(required=True)
    booked_at = fields.AwareDateTime(required=True)
    total_cents = fields.Integer(required=True)
    points = fields.Integer(required=True)
    till = fields.UUID(required=True)
    shop = fields.UUID(required=True)


class PurchasesOut(Out):
    """A part of the list; `next_cursor` asks for the next one."""

    items = fields.List(fields.Nested(BriefOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class ReturnPointsOut(Out):
    """`debt` is what was spent already."""

    taken_back = fields.Integer(required=True)
    debt = fields.Integer(required=True)
    available = fields.Integer(required=True)


class ReturnOut(Out):
    """A return as booked."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    points = fields.Nested(ReturnPointsOut, required=True)


class RewardOut(Out):
    """What can be had for points."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    points = fields.Integer(required=True)
    value_cents = fields.Integer(required=True)
    vat_rate = fields.Float(required=True)
    min_age = fields.Integer(
        required=True, metadata={"description": "Above 0 the till asks for identification."}
    )


class OfferOut(RewardOut):
    """A reward on offer. `affordable` and `points_to_go` are null when no card was named."""

    stock = fields.Integer(required=True, allow_none=True)
    valid_until = fields.AwareDateTime(required=True, allow_none=True)
    affordable = fields.Boolean(required=True, allow_none=True)
    points_to_go = fields.Integer(required=True, allow_none=True)


class RewardsOut(Out):
    """Cheapest first."""

    items = fields.List(fields.Nested(OfferOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class RedemptionOut(Out):
    """Points spent. `reward` is null for money off."""

    id = fields.UUID(required=True)
    points = fields.Integer(required=True)
    value_cents = fields.Integer(required=True)
    available = fields.Integer(required=True)
    reward = fields.Nested(RewardOut, required=True, allow_none=True)


class ReversalOut(Out):
    """A redemption undone."""

    id = fields.UUID(required=True)
    redemption_id = fields.UUID(required=True)
    points = fields.Integer(required=True)
    available = fields.Integer(required=True)


class ResultOut(Out):
    """What became of one entry: `body` when it was accepted, else `problem`."""

    idempotency_key = fields.String(required=True, allow_none=True)
    status = fields.Integer(required=True)
    replayed = fields.Boolean()
    body = fields.Dict()
    problem = fields.Nested(ProblemOut)


class BatchOut(Out):
    """Results in the order of the entries."""

    results = fields.List(fields.Nested(ResultOut), required=True)


class NamedOut(Out):
    """A thing with a name."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class ShopOut(NamedOut):
    """A shop."""

    time_zone = fields.String(required=True, metadata={"example": "Europe/Berlin"})


class PartnerOut(NamedOut):
    """A partner."""

    code = fields.String(required=True, metadata={"example": "baker"})


class LimitsOut(Out):
    """What one call and one second may hold."""

    requests_per_second = fields.Integer(required=True, metadata={"description": "0: no limit."})
    batch_items = fields.Integer(required=True)
    lines = fields.Integer(required=True)
    body_bytes = fields.Integer(required=True)
    batch_bytes = fields.Integer(required=True)


class MeOut(Out):
    """Whose key this is."""

    till = fields.Nested(NamedOut, required=True)
    shop = fields.Nested(ShopOut, required=True)
    partner = fields.Nested(PartnerOut, required=True)
    scopes = fields.List(fields.String(), required=True)
    server_time = fields.AwareDateTime(required=True)
    limits = fields.Nested(LimitsOut, required=True)
    api_version = fields.String(required=True)
    terms_version = fields.String(required=True, metadata={"description": "For signing somebody up."})
