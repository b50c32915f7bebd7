"""What pages of statements call papers, payments and corrections, in the reader's language. It reads no database."""

from datetime import date, timedelta

from flask_babel import format_date
from flask_babel import gettext as _

from partners.settlement import drawing, paper, statement_paper, words
from partners.settlement.legs import OpenItem


def vocabulary() -> dict[str, object]:
    """Words and formats for a template of statements."""
    return {
        "line_name": words.line_name, "line_note": words.line_note, "paper_name": paper_name,
        "correction_name": correction_name, "payment": payment, "formats": drawing.FORMATS,
        "span": paper.span, "money": statement_paper.money, "number": paper.number, "percent": paper.percent,
        "last_day": lambda run: run.ends - timedelta(days=1),
    }  # fmt: skip


def payment(item: OpenItem | None, today: date) -> tuple[str, str]:
    """How far the payment of a run is: the colour of its mark, and words."""
    if item is None:
        return "", _("Nothing to pay")
    gets, day = item.leg.cents > 0, format_date(item.leg.due_on, "medium")
    if item.state == "settled":
        return "good", _("Paid out") if gets else _("Collected")
    if item.state == "returned":
        return "bad", _("Came back from the bank")
    if item.leg.due_on < today:
        return "warn", _("Open since %(day)s", day=day)
    if item.state == "partial":
        return "warn", _("Paid in part")
    return "", _("Will be paid out on %(day)s", day=day) if gets else _(
        "Will be collected on %(day)s", day=day
    )


def paper_name(kind: str) -> str:
    """What a paper is called."""
    return {
        "statement": _("Statement"),
        "fee_invoice": _("Invoice for the service fee"),
        "fee_credit": _("Credit note for the service fee"),
        "advice": _("Redemption advice"),
        "self_billed": _("Self-billed invoice for rewards"),
    }[kind]


def correction_name(reason: str) -> str:
    """Why something was put right, by the code of `corrections.REASONS`."""
    return {
        "wrong_points": _("Points counted wrongly"),
        "wrong_price": _("Wrong price"),
        "wrong_fee": _("Wrong fee"),
        "wrong_vat": _("Wrong VAT"),
        "objection": _("After your objection"),
        "agreed": _("As agreed with you"),
        "goodwill": _("Goodwill"),
    }[reason]
