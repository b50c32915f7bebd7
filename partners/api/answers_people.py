"""What tills get about members, and about themselves, as marshmallow schemas for the OpenAPI document."""

from marshmallow import fields

from partners.api.answers import GiftOut, Out, PerkOut


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
