"""Refusals in words, for people at a desk: one sentence for each code, in the reader's language."""

from datetime import date

from flask_babel import format_date, gettext

from loyalty.errors import LoyaltyError
from partners.api.marking import _

GENERAL = _("That was refused: %(code)s.")
WORDS: dict[str, str] = {
    "period_invalid": _("A period is a month like 2026-10 or a week like 2026-W41."),
    "period_open": _("This period is not over yet. It can be settled from the day after its last one."),
    "sealing_behind": _("Bookings are still being finished. Please try again in a moment."),
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
    "paper_not_due": _(
        "Under today's contract no paper of this kind would be issued, so none can take its place."
    ),
    "papers_missing": _(
        "Papers cannot be drawn on this machine. It needs the extra “documents” and the Debian packages "
        "libpango-1.0-0, libpangoft2-1.0-0 and libharfbuzz-subset0."
    ),
    "funding_fixed": _("The coalition's own funding model stays once there are points."),
    "objection_late": _("The time to object ended on %(until)s."),
    "objection_open": _("An earlier objection to this statement still waits for its answer."),
    "words_invalid": _(
        "Please write between 1 and %(longest)s characters, and only such that can be printed."
    ),
    "papers_not_issued": _("The papers of this run are not issued yet. Please come back a little later."),
    "datev_missing": _(
        "For DATEV we need the numbers of your tax adviser. The owner enters them under “Company”."
    ),
    "range_not_sealed": _("There is no movement in this period that could be exported."),
    "no_bookings": _("There is nothing to book in this period."),
    "vat_rate_unknown": _(
        "Your chart of accounts knows no account for one of the VAT rates. Please ask your tax adviser."
    ),
    "line_invalid": _("Please enter one line of 1 to %(longest)s characters."),
    "post_code_invalid": _("A German post code has five digits."),
    "country_unknown": _("Please choose a country."),
    "vat_id_invalid": _("This VAT ID has a slip of the pen: please compare it once more."),
    "tax_number_invalid": _("A German tax number has 10, 11 or 13 digits."),
    "email_invalid": _("This is no e-mail address."),
    "iban_invalid": _("This IBAN has a slip of the pen: please compare it once more."),
    "iban_outside_sepa": _("This account lies outside the SEPA area."),
    "bic_invalid": _("This BIC has a slip of the pen: please compare it once more."),
    "valid_from_past": _("A new version starts tomorrow at the earliest."),
    "whole_out_of_range": _("Please enter a number from %(lowest)s to %(highest)s."),
    "code_invalid": _(
        "A short name has 1 to 40 small letters, digits and hyphens, and begins with a letter or digit."
    ),
    "partner_code_taken": _("Another partner has this short name already."),
    "name_invalid": _("Please enter a name of one line."),
    "date_past": _("This day is over already."),
    "dates_reversed": _("The cut-off cannot be before the last day."),
    "exit_noted": _("This exit is noted already."),
    "exit_running": _("The exit can be closed from the day after %(cut_off_on)s."),
    "exit_open": _("Something of this partner is still open."),
    "reference_invalid": _(
        "A reference has 1 to 35 letters, digits and signs that banks know, without doubled slashes."
    ),
    "mandate_reference_taken": _("Another mandate has this reference already."),
    "creditor_id_invalid": _("This creditor identifier has a slip of the pen: please compare it once more."),
    "company_incomplete": _(
        "The papers cannot be issued yet: %(company)s lacks something an invoice must have (%(missing)s). Please check "
        "its address and its tax number or VAT ID."
    ),
    "operator_account_missing": _(
        "The coalition has no account yet. Please enter its company with an IBAN first."
    ),
    "cash_open": _("The bank files are not made yet. First the payments have to be on their way."),
    "mandate_signed_later": _("A mandate is dated after the day on which it would be collected."),
    "bank_file_schema": _(
        "The bank would not take this file: a name, an address or an account in it has a sign that banks do not know."
    ),
    "bank_file_size": _("This file is too large."),
    "bank_file_entities": _("This file contains declarations that no bank sends. It was not read."),
    "bank_file_unreadable": _("This is no XML file that can be read."),
    "bank_file_kind": _("This is neither a camt.053 nor a camt.054. Your bank offers them for download."),
    "bank_file_incomplete": _("In this file of the bank “%(element)s” is missing."),
    "bank_file_amount": _("“%(figure)s” in this file is no amount."),
    "bank_file_currency": _("Only accounts in euros can be read, this one is in %(currency)s."),
    "bank_file_accounts": _("This file tells of %(count)s accounts. Please download one for each account."),
    "bank_file_sum": _("The sums in this file contradict each other. Nothing of it was booked."),
    "bank_file_account": _("This file tells of the account %(iban)s, which is not the coalition's."),
    "reason_unknown": _("Please choose one of the reasons offered."),
    "approved_by_maker": _("Who made a correction may not approve it. Ask a second person."),
    "correction_approved": _("This correction is approved already."),
    "objection_answered": _("This objection is answered already."),
    "decided_by_asker": _("Who asked for points may not decide about them. Ask a second person."),
    "adjustment_decided": _("This request is decided already."),
    "points_invalid": _("This number of points is out of range."),
    "insufficient_points": _("The wallet has only %(available)s points that could be taken."),
    "card_unknown": _("There is no card with this number."),
    "card_blocked": _("This card is blocked."),
}


def words(refusal: LoyaltyError) -> str:
    """What to tell who asked; a code nobody wrote a sentence for is named."""
    sentence = WORDS.get(refusal.code, GENERAL)
    facts = {"code": refusal.code, **{name: _shown(fact) for name, fact in refusal.facts.items()}}
    return str(gettext(sentence, **facts)) if "%(" in sentence else str(gettext(sentence))


def _shown(fact: object) -> str:
    """Days as the reader writes them."""
    return str(format_date(fact, "long")) if isinstance(fact, date) else str(fact)
