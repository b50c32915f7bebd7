"""One statement: what is paid and why, line by line and down to the receipt; who finds it wrong says so here.

Only the own partner's account, matrix cells, receipts and cases are shown; other partners appear by name alone.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask import Response, abort, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select

from loyalty.errors import LoyaltyError
from loyalty.models.coalition import Coalition
from partners import refusals, signed_in
from partners.office import office, own
from partners.office.phrases import payment, vocabulary
from partners.settlement import closing, legs, objections, paper, papers, reasons, receipts, runs, words
from partners.settlement.content import Statement
from partners.settlement.legs import OpenItem
from partners.settlement.models import SettlementLine, SettlementRun
from partners.settlement.reasons import Reason
from partners.signed_in import STATUS, act, session, staff_only

SEAL_GROUP = 8  # characters of a seal that are compared at a glance
SEQUENCE = re.compile("[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A line as it is shown; VAT on a fee is one of its own. `base_cents`: the rounded fee that VAT is taken of."""

    kind: str
    points: int
    exact_ct: Decimal
    cents: int
    reasons: tuple[Reason, ...] = ()
    vat_bp: int | None = None
    base_cents: int = 0


@office.get("/statements/<uuid:run_id>")
@staff_only("owner", "accountant")
def statement(run_id: UUID) -> str:
    """The statement; asked for by htmx, only the next part of its movements."""
    run = own.run(session(), run_id)
    if request.headers.get("HX-Request") == "true":
        return render_template("office/movement.html", **_movements(run), **vocabulary())
    return page(run_id)


@office.post("/statements/<uuid:run_id>/objection")
@staff_only("owner")
def object_to(run_id: UUID) -> Response:
    """Open a case about this statement."""
    said, who, whose = request.form.get("words", ""), current_user.id, own.partner_id()
    return act(
        lambda session, at, new_id: objections.object_to(session, run_id, whose, said, who, at, new_id),
        _("Your objection is with the coalition. The answer will stand here."),
        url_for("office.statement", run_id=run_id, _anchor="objection"),
        lambda: page(run_id),
    )


def refused(run_id: UUID, refusal: LoyaltyError) -> Response:
    """The statement again with what was refused, and the status that fits."""
    g.refusal = refusal
    status = next(status for kind, status in STATUS.items() if isinstance(refusal, kind))
    return make_response(page(run_id), status)


def page(run_id: UUID) -> str:
    """The whole page. A refusal is told where it belongs: beside the objection, or at the head."""
    at, refusal = signed_in.now(), g.pop("refusal", None)
    run = own.run(session(), run_id)
    today = closing.today(session(), at)
    content = own.statement(session(), run, today)
    account = runs.lines(session(), run_id)[own.partner_id()]
    item = next(iter(legs.items(session(), run_id, own.partner_id())), None)
    return render_template(
        "office/statement.html",
        content=content,
        lines=_account(account, reasons.of_lines(session(), run, own.partner_id())),
        cents=runs.sum_of(account),
        cash=_cash(item, content),
        mark=payment(item, today),
        papers=papers.of_run(session(), run_id, own.partner_id()),
        seal=[run.head[start : start + SEAL_GROUP] for start in range(0, len(run.head), SEAL_GROUP)],
        refused=refusals.words(refusal) if refusal else None,
        objecting=request.method == "POST",
        **_case(run, today),
        **_movements(run),
        **vocabulary(),
    )


def _account(rows: list[SettlementLine], why: dict[reasons.Key, list[Reason]]) -> list[AccountLine]:
    shown = []
    for row in rows:
        found = tuple(why.get((row.kind, row.vat_bp), ()))
        shown.append(AccountLine(row.kind, row.points, row.exact_ct, row.cents, found, row.vat_bp))
        if row.vat_bp is not None and row.vat_cents is not None:
            exact_ct = Decimal(row.cents * row.vat_bp) / 10_000
            shown.append(
                AccountLine("fee_vat", 0, exact_ct, row.vat_cents, vat_bp=row.vat_bp, base_cents=row.cents)
            )
    return shown


def _cash(item: OpenItem | None, content: Statement) -> str:
    """How the money moves, and when."""
    if item is None:
        return _("What you gave and what you got came to the same.")
    day = paper.day(item.leg.due_on)
    iban = content.partner.iban
    account = _(", account ending in %(digits)s", digits=iban[-4:]) if iban else ""
    if item.state == "settled":
        return _("It was due on %(day)s%(account)s.", day=day, account=account)
    if item.leg.cents > 0:
        return _("We transfer it on %(day)s%(account)s.", day=day, account=account)
    if content.collected:
        return _("By direct debit on %(day)s%(account)s.", day=day, account=account)
    return _("Please transfer it by %(day)s to %(iban)s.", day=day, iban=content.operator.iban or "–")


def _case(run: SettlementRun, today: date) -> dict[str, object]:
    """What was objected, and whether more may be."""
    cases = [one for one in objections.of_partner(session(), own.partner_id()) if one.run_id == run.id]
    until = objections.until(session(), run, own.partner_id())
    waiting = any(one.state == "open" for one in cases)
    return {
        "cases": cases,
        "until": until,
        "may_object": current_user.role == "owner" and today <= until and not waiting,
        "said": request.form.get("words", ""),
        "longest": objections.LONGEST,
    }


def _movements(run: SettlementRun) -> dict[str, object]:
    """The page of movements that is asked for, with the names it speaks of."""
    after = request.args.get("after", "0")
    if not SEQUENCE.fullmatch(after):
        abort(404)
    moved, more = receipts.page(session(), run, own.partner_id(), int(after))
    coalition = session().scalars(select(Coalition.name)).one()
    return {
        "run": run,
        "moved": moved,
        "more": more,
        "later": int(after) > 0,
        "kinds": words.movement_names(),
        "names": dict(run.names.values()),
        "owners": {UUID(key): name for key, (_code, name) in run.names.items()} | {None: coalition},
        "own_id": own.partner_id(),
    }
