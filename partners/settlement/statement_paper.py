"""The statement and the redemption advice as people read them: A4 letters, drawn by `paper`. Everything on them stands
in the content; only the movements come along, because there may be many.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice
from zoneinfo import ZoneInfo

from flask_babel import force_locale, format_currency, format_datetime, format_decimal
from flask_babel import gettext as _

from partners.settlement import paper
from partners.settlement.content import Advice, Movement, Statement
from partners.settlement.words import line_name, line_note, movement_names

SHORT_MOMENTS = {"de": "dd.MM. HH:mm", "en": "d MMM HH:mm"}
# A hundredth of a cent; every digit is in the CSV.
EFFECTS = {"de": "#,##0.0000\xa0¤", "en": "¤#,##0.0000"}
SEAL_GROUP = 8  # characters read aloud at a time


def pdf(statement: Statement, movements: Iterable[Movement], limit: int = 500) -> bytes:
    """The statement as PDF, in its own language, with the first `limit` movements; how many more there are is said.

    Needs an application context. Raises Conflict `papers_missing` where WeasyPrint or Pango is not installed.
    """
    paper.renderer()  # refuses before movements are read
    with force_locale(statement.language):
        facts = _facts(statement, iter(movements), limit)
    return paper.draw("statement.html", statement.language, **facts)


def advice_pdf(advice: Advice) -> bytes:
    """The redemption advice as PDF. Needs an application context. Raises Conflict `papers_missing` as `pdf`."""
    return paper.draw(
        "advice.html", advice.language, advice=advice, operator=advice.operator, recipient=advice.partner,
        money=money, rate=rate,
    )  # fmt: skip


def _facts(statement: Statement, movements: Iterator[Movement], limit: int) -> dict[str, object]:
    kinds = movement_names()
    shown = [_row(statement, movement, kinds) for movement in islice(movements, limit)]
    return {
        "statement": statement,
        "operator": statement.operator,
        "recipient": statement.partner,
        "position": _position(statement),
        "cash": _cash(statement),
        "direction": _direction(statement),
        "movements": shown,
        "more": sum(1 for _unshown in movements),
        "seal": [
            statement.head.hash[at : at + SEAL_GROUP] for at in range(0, len(statement.head.hash), SEAL_GROUP)
        ],
        "money": money,
        "rate": rate,
        "line_name": line_name,
        "line_note": line_note,
    }


def _position(statement: Statement) -> str:
    """The sentence a shop owner reads first."""
    amount = money(abs(statement.position_cents))
    if statement.cancels:
        return _("Statement %(number)s is taken back.", number=statement.cancels)
    if statement.position_cents > 0:
        return _("You receive %(amount)s", amount=amount)
    if statement.position_cents < 0:
        return _("You pay %(amount)s", amount=amount)
    return _("Nothing is due")


def _cash(statement: Statement) -> str:
    """How the money moves, and when."""
    if statement.cancels:
        return _("Its result of %(amount)s no longer counts.", amount=money(statement.position_cents))
    if not statement.position_cents:
        return _("What you gave and what you got came to the same.")
    when, account = paper.day(statement.due_on), _account(statement.partner.iban)
    if statement.position_cents > 0:
        return _("We transfer it on %(day)s%(account)s.", day=when, account=account)
    if statement.collected:
        return _("By direct debit on %(day)s%(account)s.", day=when, account=account)
    return _("Please transfer it by %(day)s to %(iban)s.", day=when, iban=statement.operator.iban or "–")


def _account(iban: str | None) -> str:
    """The end of the account's number is enough to know it by."""
    return _(", account ending in %(digits)s", digits=iban[-4:]) if iban else ""


def _direction(statement: Statement) -> str:
    """Of the colour: `in`, `out`, or none."""
    if statement.cancels or not statement.position_cents:
        return "even"
    return "in" if statement.position_cents > 0 else "out"


def _row(statement: Statement, movement: Movement, kinds: dict[str, str]) -> dict[str, str]:
    moment = movement.at.astimezone(ZoneInfo(statement.time_zone))
    return {
        "moment": str(format_datetime(moment, SHORT_MOMENTS[statement.language], rebase=False)),
        "kind": kinds.get(movement.kind, movement.kind),
        "at": statement.names.get(movement.at_partner, movement.at_partner),
        "receipt": movement.receipt or "",
        "origin": movement.origin or "",
        "points": _signed(format_decimal(movement.points)),
        "effect": _signed(
            format_currency(
                movement.exact_ct / 100, "EUR", EFFECTS[statement.language], currency_digits=False
            )
        ),
    }


def money(cents: int) -> str:
    """Whole cents in the paper's language, with a true minus."""
    return _signed(format_currency(Decimal(cents) / 100, "EUR"))


def rate(vat_bp: int | None) -> str:
    """A VAT rate in words, for points and rewards without a sale too."""
    return _("No sale behind it") if vat_bp is None else paper.percent(vat_bp)


def _signed(number: str) -> str:
    return number.replace("-", "−")
