"""What the lines, figures and movements of a run are called, in the reader's language. No numbers, no layout."""

from flask_babel import gettext as _

from loyalty.errors import Invalid


def line_name(kind: str) -> str:
    """A line of a partner's account, or where there is none of that name a figure of the operator's.

    Raises Invalid `kind_unknown`.
    """
    name = _lines().get(kind) or _figures().get(kind)
    if name is None:
        raise Invalid("kind_unknown", "kind", kind=kind)
    return name


def line_note(kind: str) -> str:
    """One sentence that says what the line of a partner's account stands for; empty where the name says it all."""
    return _notes().get(kind, "")


def figure_name(kind: str) -> str:
    """A figure of the operator's. Raises Invalid `kind_unknown`."""
    if kind not in (names := _figures()):
        raise Invalid("kind_unknown", "kind", kind=kind)
    return names[kind]


def position_name(cents: int) -> str:
    """What happens with the sum of an account."""
    return _("You receive") if cents > 0 else _("You pay") if cents < 0 else _("Nothing is due")


def movement_names() -> dict[str, str]:
    """What a movement is called, by the kind of the transfer or of the flow behind it."""
    return {
        "earn": _("Points issued"),
        "issue": _("Points issued"),
        "bonus": _("Bonus points"),
        "gift": _("Points as a gift"),
        "goodwill": _("Points as a goodwill"),
        "welcome": _("Welcome points"),
        "referral": _("Points for a recommendation"),
        "redeem": _("Points redeemed"),
        "redemption_reversal": _("Redemption reversed"),
        "expire": _("Points expired"),
        "forfeit": _("Points expired at a farewell"),
        "return": _("Points taken back"),
        "take_back": _("Points taken back"),
        "debt": _("Points owed by the member"),
        "debt_repaid": _("Points owed, now repaid"),
        "debt_written_off": _("Points owed, written off"),
        "adjust": _("Adjusted by hand"),
        "merge": _("Moved to another card"),
        "pass_on": _("Passed on to a member"),
    }


def _lines() -> dict[str, str]:
    return {
        "funded": _("Points issued"),
        "owed": _("Own points redeemed"),
        "reimbursed": _("Points redeemed with you"),
        "returned": _("Points taken back from returns"),
        "breakage": _("Expired points refunded"),
        "correction": _("Correction"),
        "fee": _("Service fee, net"),
        "fee_vat": _("VAT on the service fee"),
    }


def _notes() -> dict[str, str]:
    return {
        "funded": _("Their value, paid into the common pool."),
        "owed": _("Their value, paid now that they were redeemed."),
        "reimbursed": _("What you get for rewards you handed out; reversals are taken off."),
        "returned": _("Their value, which you get back."),
        "breakage": _("What you had paid for points that nobody redeemed in time."),
        "fee": _("For every point issued, less those taken back. You get an invoice for it."),
    }


def _figures() -> dict[str, str]:
    return {
        "fee_net": _("Service fees, net"),
        "fee_vat": _("VAT on the service fees"),
        "pool": _("Change of the pool"),
        "breakage": _("Expired points kept"),
        "rewards": _("Expired points for the gift budget"),
        "spread": _("Difference between value and reimbursement"),
        "correction": _("Corrections"),
        "programme": _("Points the coalition ordered"),
    }
