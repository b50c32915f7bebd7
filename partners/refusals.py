"""Refusals in words, for people at a desk: one sentence for each code, in the reader's language."""

from flask_babel import gettext

from loyalty.errors import LoyaltyError
from partners.api.marking import _

GENERAL = _("That was refused: %(code)s.")
WORDS: dict[str, str] = {
    "period_invalid": _("A period is a month like 2026-10 or a week like 2026-W41."),
    "period_open": _("This period is not over yet. It can be settled from the day after its last one."),
    "period_settled": _("This period is settled already, or lies before one that is."),
    "run_unknown": _("There is no such settlement run."),
    "run_waiting": _("The run of %(waiting)s waits for its release. Release or withdraw it first."),
    "run_withdrawn": _("This run was withdrawn. Prepare the period again."),
    "run_released": _("This run is released: it does not change any more."),
    "run_not_released": _("This run is not released yet."),
    "release_by_preparer": _("Who prepared a run may not release it. Ask a second person."),
    "price_invalid": _("A price is 0 to 1,000 ct per point, in whole thousandths."),
    "reimbursement_too_high": _("The reimbursement cannot be higher than the value of a point."),
    "contract_overlap": _("A new version starts after the latest one, which starts at %(latest)s."),
    "amount_invalid": _("This amount is out of range."),
    "rate_invalid": _("A rate is 0 to 100 per cent."),
    "word_unknown": _("Please choose one of the values offered."),
    "number_invalid": _("Please enter a number."),
    "date_invalid": _("Please enter a date."),
    "file_missing": _("Please choose a file."),
    "leg_unknown": _("There is no such payment."),
    "paper_unknown": _("There is no such paper."),
    "paper_cancelled": _("This paper is cancelled already."),
    "paper_cancels": _("This paper itself cancels another one."),
    "papers_missing": _(
        "Papers cannot be drawn on this machine. It needs the extra “documents” and the Debian packages "
        "libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0."
    ),
    "funding_fixed": _("The coalition's own funding model stays once there are points."),
}


def words(refusal: LoyaltyError) -> str:
    """What to tell who asked; a code nobody wrote a sentence for is named."""
    sentence = WORDS.get(refusal.code, GENERAL)
    facts = {"code": refusal.code, **{name: str(fact) for name, fact in refusal.facts.items()}}
    return str(gettext(sentence, **facts)) if "%(" in sentence else str(gettext(sentence))
