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


class PerkOut(Out):
    """What comes with the member's status."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


class GiftOut(Out):
    """What is to be handed over."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)


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
