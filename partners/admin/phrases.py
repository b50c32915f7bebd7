"""What pages of the coalition's money call things, in the reader's language. It reads no database."""

from datetime import date, timedelta

from flask_babel import format_date
from flask_babel import gettext as _

from partners.admin import checklist
from partners.settlement import drawing, paper, words
from partners.settlement.legs import OpenItem


def vocabulary() -> dict[str, object]:
    """Words and formats for a template of runs, payments and cases."""
    return {
        "line_name": line_name, "figure_name": words.figure_name,
        "step_names": checklist.titles(), "run_states": run_states(), "paper_names": paper_names(),
        "leg_state": leg_state, "formats": drawing.FORMATS, "span": paper.span, "percent": paper.percent,
        "last_day": lambda run: run.ends - timedelta(days=1),
    }  # fmt: skip


def line_name(kind: str) -> str:
    """A line of a partner's account, as somebody else reads it."""
    return _("Points redeemed there") if kind == "reimbursed" else words.line_name(kind)


def run_states() -> dict[str, tuple[str, str]]:
    """How far a run is: the colour of its mark, and a word."""
    return {
        "prepared": ("warn", _("waits for release")),
        "released": ("good", _("released")),
        "withdrawn": ("", _("withdrawn")),
    }


def paper_names() -> dict[str, str]:
    """What a paper is called."""
    return {
        "statement": _("Statement"),
        "fee_invoice": _("Invoice for the service fee"),
        "fee_credit": _("Credit note for the service fee"),
        "advice": _("Redemption advice"),
        "self_billed": _("Self-billed invoice for rewards"),
    }


def leg_state(item: OpenItem, today: date) -> tuple[str, str]:
    """How far a payment is: the colour of its mark, and words."""
    if item.state == "settled":
        return "good", _("settled")
    if item.state == "returned":
        return "bad", _("came back")
    if item.leg.due_on < today:
        return "bad", _("late since %(day)s", day=format_date(item.leg.due_on, "medium"))
    if item.state == "partial":
        return "warn", _("paid in part")
    return ("", _("with the bank")) if item.leg.file_id else ("warn", _("open"))


def hand_reasons() -> dict[str, str]:
    """How a payment was settled that no file of the bank tells of."""
    return {
        "cash": _("in cash"),
        "set_off": _("set off against another claim"),
        "transfer": _("paid otherwise"),
    }


def correction_names() -> dict[str, str]:
    """Why something is put right, by the codes of `corrections.REASONS`."""
    return {
        "wrong_points": _("Points counted wrongly"),
        "wrong_price": _("Wrong price"),
        "wrong_fee": _("Wrong fee"),
        "wrong_vat": _("Wrong VAT"),
        "objection": _("After an objection"),
        "agreed": _("As agreed"),
        "goodwill": _("Goodwill"),
    }


def adjustment_names() -> dict[str, str]:
    """Why points are given or taken by hand, by the codes of `adjustments.REASONS`."""
    return {
        "goodwill": _("Goodwill"),
        "missing_points": _("Missing points"),
        "mistake": _("A mistake put right"),
        "fraud": _("Fraud"),
        "technical": _("Technical fault"),
    }
