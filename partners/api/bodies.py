"""What tills send, as marshmallow schemas: their fields decide what is accepted and what the OpenAPI document says."""

from typing import Any

import marshmallow as ma

from loyalty.rules.basket import KINDS, Basket, Line
from partners.api.fields import CardText, Day, Identity, Moment, OneOf, Percent, Truth, Whole, Words
from partners.api.reading import Body, Rows

MOST_CENTS = 100_000_000  # a million euros on one line; 500 of them are never added up in 32 bits
MOST_TOTAL_CENTS = 1_000_000_000
MOST_POINTS = 10_000_000
MOST_PIECES = 100_000
MOST_LINES = 500


class LineIn(Body):
    """One line of the receipt, for the whole line."""

    made = staticmethod(Line)

    gross_cents = Whole(-MOST_CENTS, MOST_CENTS, required=True, metadata={
        "description": "What the line costs the customer, VAT inside, discounts off; below 0 for a deposit that came "
                       "back or a line of discount.", "example": 450})  # fmt: skip
    quantity = Whole(1, MOST_PIECES, allow_none=True, load_default=1, metadata={
        "description": "Pieces that can be returned; weighed goods are 1 with a `measure`."})  # fmt: skip
    kind = OneOf(KINDS, allow_none=True, load_default="goods")
    sku = Words(64, allow_none=True, load_default=None)
    category = Words(64, allow_none=True, load_default=None)
    discount_cents = Whole(0, MOST_CENTS, allow_none=True, load_default=0, metadata={
        "description": "Already taken off `gross_cents`."})  # fmt: skip
    vat_rate = Percent(allow_none=True, load_default=None, attribute="vat_bp", metadata={"example": 7})
    cost_cents = Whole(-MOST_CENTS, MOST_CENTS, allow_none=True, load_default=None, metadata={
        "description": "Net cost price of the whole line. Never shown to members."})  # fmt: skip
    name = Words(200, allow_none=True, load_default=None)
    measure = Words(64, allow_none=True, load_default=None, metadata={"example": "1.000 kg"})


class BasketIn(Body):
    """A receipt without the card: the part that is valued."""

    receipt = Words(64, required=True, metadata={"example": "A-10023"})
    purchased_at = Moment(
        required=True, metadata={"description": "At most 5 minutes ahead and 45 days back."}
    )
    lines = Rows(LineIn, 1, MOST_LINES, required=True)
    total_cents = Whole(-MOST_TOTAL_CENTS, MOST_TOTAL_CENTS, required=True, metadata={
        "description": "The sum of all `gross_cents`. Below 0 it is a return and refused here.",
        "example": 450})  # fmt: skip
    vouchers = Rows(Words(64), 0, 20, allow_none=True, load_default=())
    redemptions = Rows(Identity(), 0, 20, allow_none=True, load_default=(), metadata={
        "description": "Ids of points spent on this receipt; nothing is earned on the part so paid."})  # fmt: skip
    channel = Words(32, allow_none=True, load_default="counter")
    staff = Words(64, allow_none=True, load_default=None)


def sold(card: Any = None, **values: Any) -> tuple[Any, Basket]:
    """Card and basket out of what was read."""
    values["redemptions"] = tuple(str(number) for number in values["redemptions"])
    return card, Basket(**values)


class PurchaseIn(BasketIn):
    """A purchase of a member."""

    made = staticmethod(sold)

    card = CardText(required=True)


class PreviewIn(BasketIn):
    """A basket to be valued; with a card as this member's, without as anybody's."""

    made = staticmethod(sold)

    card = CardText(allow_none=True, load_default=None)


class ReturnedLineIn(Body):
    """So many pieces of one line of the purchase."""

    line = Whole(0, MOST_LINES - 1, required=True, metadata={"description": "Counted from 0."})
    quantity = Whole(1, MOST_PIECES, required=True)


class ReturnIn(Body):
    """What of a purchase came back: either `lines` or `all`."""

    lines = Rows(ReturnedLineIn, 1, MOST_LINES, allow_none=True, load_default=None)
    all = Truth(allow_none=True, load_default=False)
    receipt = Words(64, allow_none=True, load_default=None)
    returned_at = Moment(allow_none=True, load_default=None)


class VatIn(Body):
    """Cents of the value that fall on goods of one rate."""

    rate = Percent(required=True, attribute="vat_bp")
    cents = Whole(0, MOST_TOTAL_CENTS, required=True)


class RedemptionIn(Body):
    """Points to be spent: for `reward_id`, or `points` as money off. With 22 digits, or 16 and `pin`."""

    card = CardText(required=True)
    pin = Words(12, allow_none=True, load_default=None, metadata={"example": "4711"})
    reward_id = Identity(allow_none=True, load_default=None)
    points = Whole(1, MOST_POINTS, allow_none=True, load_default=None)
    receipt = Words(64, allow_none=True, load_default=None)
    vat = Rows(VatIn, 1, 20, allow_none=True, load_default=None)


class ReversalIn(Body):
    """Nothing is needed to undo a redemption."""


class MemberIn(Body):
    """Somebody who joins at the counter."""

    first_name = Words(80, required=True, metadata={"example": "Anna"})
    last_name = Words(80, low=0, allow_none=True, load_default="")
    email = Words(254, allow_none=True, load_default=None, metadata={"example": "anna@street.example"})
    phone = Words(40, allow_none=True, load_default=None, metadata={"example": "+491701234567"})
    born_on = Day(allow_none=True, load_default=None)
    language = OneOf(("de", "en"), allow_none=True, load_default="de")
    terms_version = Words(40, required=True, metadata={
        "description": "Version of the programme's terms that the person accepted.", "example": "1"})  # fmt: skip


ENTRY = """`{"idempotency_key": "…", "kind": "purchase", …}` with the members of PurchaseIn (`kind` may be absent);
`{"idempotency_key": "…", "kind": "return", "purchase_key": "…", …}` with those of ReturnIn, or `purchase_id` in place
of the key; `{"idempotency_key": "…", "kind": "reversal", "redemption_key": "…"}`, or `redemption_id`. What is wrong
with an entry is told in its own result, so here anything goes."""


class BatchIn(ma.Schema):
    """A till's offline queue. Each entry is read for itself, so one that is wrong hurts no other."""

    class Meta:
        unknown = ma.EXCLUDE

    items = ma.fields.List(
        ma.fields.Raw(metadata={"description": ENTRY}), required=True, validate=ma.validate.Length(0, 500)
    )


class ListQuery(Body):
    """A part of a list."""

    limit = Whole(1, 200, load_default=50)
    cursor = Words(200)


class PurchasesQuery(ListQuery):
    """Which purchases: booked by any till of this partner, newest first."""

    since = Moment(data_key="from", metadata={"description": "Purchased at or after."})
    until = Moment(data_key="to", metadata={"description": "Purchased before."})
    receipt = Words(64)


class MembersQuery(Body):
    """The beginning of a name or of a phone number."""

    q = Words(100, required=True)


class RewardsQuery(ListQuery):
    """For whom."""

    card = CardText()
