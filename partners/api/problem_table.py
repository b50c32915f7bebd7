"""The one table of what an answer can refuse: code -> status and words. Codes are stable; words are English msgids."""

from dataclasses import dataclass

from partners.api.marking import _


@dataclass(frozen=True, slots=True)
class Kind:
    """How a code is answered. `detail` may name the refusal's facts: %(available)s."""

    status: int
    title: str
    detail: str


TABLE: dict[str, Kind] = {
    # 400: the call itself cannot be read
    "bad_request": Kind(400, _("Bad request"), _("This request cannot be understood.")),
    "json_invalid": Kind(400, _("Not JSON"), _("The body is not valid JSON in UTF-8.")),
    "idempotency_key_missing": Kind(
        400, _("Idempotency-Key missing"), _("This call needs an Idempotency-Key, so that it happens once.")
    ),
    "idempotency_key_invalid": Kind(
        400, _("Idempotency-Key unusable"), _("An Idempotency-Key has 1 to 128 visible ASCII characters.")
    ),
    "card_invalid": Kind(
        400,
        _("No card number"),
        _("A card number has 16 digits, or 22 with its code, and a right check digit."),
    ),
    "cursor_invalid": Kind(400, _("Unknown cursor"), _("This cursor did not come from this list.")),
    # 401, 403: who is asking
    "unauthorized": Kind(
        401, _("Not signed in"), _("A valid till key is needed: Authorization: Bearer emma_till_…")
    ),
    "forbidden": Kind(403, _("Not allowed"), _("This is not allowed here.")),
    "scope_missing": Kind(403, _("Key not allowed"), _("This till key lacks the scope “%(scope)s”.")),
    "partner_left": Kind(
        403, _("Partner has left"), _("This partner has left the coalition: nothing new can be booked here.")
    ),
    "spending_needs_code": Kind(
        403,
        _("Code or PIN needed"),
        _("Spending needs the current code from the member's phone, or the member's PIN."),
    ),
    "pin_wrong": Kind(403, _("Wrong PIN"), _("This PIN is wrong. Tries left: %(tries_left)s.")),
    # 404: not here, or not for the one who asks
    "not_found": Kind(404, _("Not found"), _("There is nothing here.")),
    "card_unknown": Kind(404, _("Unknown card"), _("No member has this card.")),
    "purchase_unknown": Kind(404, _("Unknown purchase"), _("There is no such purchase here.")),
    "redemption_unknown": Kind(404, _("Unknown redemption"), _("There is no such redemption here.")),
    "reward_unknown": Kind(404, _("Unknown reward"), _("There is no such reward here.")),
    "member_unknown": Kind(404, _("Unknown member"), _("There is no such member.")),
    "method_not_allowed": Kind(405, _("Method not allowed"), _("This address does not take this method.")),
    "not_acceptable": Kind(406, _("Not acceptable"), _("There is no such representation.")),
    # 409, 410: it collides with what stands
    "card_blocked": Kind(409, _("Card blocked"), _("This card is blocked.")),
    "in_flight": Kind(
        409, _("Still running"), _("The same request is still being worked on. Send it again in a moment.")
    ),
    "receipt_duplicate": Kind(
        409,
        _("Receipt already booked"),
        _("This receipt of this till is already booked today under another key."),
    ),
    "insufficient_points": Kind(409, _("Not enough points"), _("Only %(available)s points can be spent.")),
    "code_already_used": Kind(
        409, _("Code already used"), _("This code has already paid once. Wait for the next one.")
    ),
    "reward_sold_out": Kind(409, _("Sold out"), _("Nothing is left of this reward.")),
    "redemption_reversed": Kind(409, _("Already undone"), _("This redemption has already been undone.")),
    "voucher_used": Kind(409, _("Voucher used"), _("This voucher has already been used.")),
    "email_taken": Kind(409, _("E-mail known"), _("Somebody is already a member with this e-mail address.")),
    "conflict": Kind(409, _("Conflict"), _("This collides with what already stands.")),
    "member_erased": Kind(410, _("Member erased"), _("This was about a member who has been erased since.")),
    # 413, 415, 422, 423: the content
    "body_too_large": Kind(413, _("Too large"), _("The body is longer than allowed here.")),
    "media_type_unsupported": Kind(
        415, _("Not JSON"), _("Send application/json in UTF-8; only a batch may be compressed, with gzip.")
    ),
    "validation_failed": Kind(422, _("Not valid"), _("Some fields cannot be accepted.")),
    "idempotency_key_reused": Kind(
        422, _("Idempotency-Key reused"), _("This Idempotency-Key has been used for another request.")
    ),
    "total_mismatch": Kind(
        422, _("Total does not match"), _("The lines add up to %(lines_cents)s cents, not to the total.")
    ),
    "use_return": Kind(
        422, _("Is a return"), _("A total below 0 is a return: post it to the purchase it belongs to.")
    ),
    "purchased_at_future": Kind(
        422, _("In the future"), _("The purchase lies more than 5 minutes ahead. Is the till's clock right?")
    ),
    "purchased_at_too_old": Kind(422, _("Too long ago"), _("The purchase lies more than 45 days back.")),
    "return_exceeds_purchase": Kind(
        422, _("More than was bought"), _("So much of this purchase cannot come back any more.")
    ),
    "vat_mismatch": Kind(
        422,
        _("VAT does not match"),
        _("The cents by rate must add up to %(value_cents)s, the value of the points."),
    ),
    "voucher_unknown": Kind(422, _("Unknown voucher"), _("There is no such voucher.")),
    "rule_invalid": Kind(422, _("Rule cannot be computed"), _("This earning rule cannot be computed.")),
    "query_invalid": Kind(422, _("Search too wide"), _("At least three letters, or six digits, are needed.")),
    "name_invalid": Kind(422, _("No name"), _("A name has 1 to 80 printable characters.")),
    "email_invalid": Kind(422, _("No e-mail address"), _("This does not look like an e-mail address.")),
    "phone_invalid": Kind(422, _("No phone number"), _("This does not look like a phone number.")),
    "born_on_invalid": Kind(422, _("No birthday"), _("Nobody was born on this day.")),
    "too_young": Kind(422, _("Too young"), _("Members are at least %(minimum_age)s years old.")),
    "language_unknown": Kind(422, _("Unknown language"), _("Languages are de and en.")),
    "terms_version_invalid": Kind(
        422, _("Terms not accepted"), _("The version of the programme's terms that was accepted is needed.")
    ),
    "pin_locked": Kind(
        423, _("PIN locked"), _("Too many wrong PINs: the member can set a new one in the portal.")
    ),
    # 429, 5xx: not now
    "rate_limited": Kind(429, _("Too many requests"), _("Too many requests. Try again in %(seconds)s s.")),
    "too_many_tries": Kind(
        429, _("Too many wrong tries"), _("Too many wrong tries. Try again in %(seconds)s s.")
    ),
    "internal_error": Kind(
        500, _("Something broke"), _("Something broke on our side. Send it again with the same key.")
    ),
    "unavailable": Kind(
        503, _("Not available"), _("Emma cannot answer right now. Send it again with the same key.")
    ),
}
