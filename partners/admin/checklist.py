"""The way of a settlement as a list to tick off: what is done, by whom and when, and what comes next. It only reads."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from flask_babel import format_date, format_decimal
from flask_babel import gettext as _

from loyalty.rules.periods import Period
from partners.settlement.models import SettlementRun, SettlementStep

# What has to be done before; released itself needs a second person.
NEEDS: dict[str, tuple[str, ...]] = {
    "released": (), "documents": ("released",), "files": ("documents",), "cash": ("documents",),
    "booked": ("documents", "cash"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the list. `state` is done, now, next (possible, but not first) or later; `staff_id` None: a job."""

    name: str
    state: str = "later"
    at: datetime | None = None
    staff_id: UUID | None = None
    note: str = ""
    may: bool = False  # whether who looks at it can do it now


def before_run(period: Period, today: date, waits: bool) -> list[Step]:
    """The list beside a preview. `waits`: an earlier run is not released yet."""
    over = period.ends <= today
    ends, last = _day(period.ends), _day(period.last)
    open_note = _("Runs until %(day)s. What happens until then comes on top.", day=last)
    why = _("Possible from %(day)s.", day=ends)
    if over:
        why = _("First the run before has to be released or withdrawn.") if waits else ""
    return [
        Step("close", "done" if over else "now", note=_("The period is over.") if over else open_note),
        Step("preview", "done", note=_("You are looking at it.")),
        Step("prepared", "now" if over else "later", note=why, may=over and not waits),
        *(Step(name, note=_note(name)) for name in NEEDS),
    ]


def of_run(run: SettlementRun, done: Mapping[str, SettlementStep], reader: UUID) -> list[Step]:
    """The list of a run for who reads it: who prepared it may not release it."""
    steps = [
        Step("close", "done", run.prepared_at, run.prepared_by, _sealed(run)),
        Step("preview", "done", note=_("What was shown then is what stands below.")),
        Step("prepared", "done", run.prepared_at, run.prepared_by),
    ]
    first = "now"
    for name, needed in NEEDS.items():
        if name in done:
            steps.append(Step(name, "done", done[name].at, done[name].staff_id))
        elif run.state == "withdrawn" or any(one not in done for one in needed):
            steps.append(Step(name, note=_note(name)))
        else:
            steps.append(Step(name, first, note=_note(name), may=True))
            first = "next"
    return [_for_second(step) if _is_own(step, run, reader) else step for step in steps]


def titles() -> dict[str, str]:
    """What the steps are called."""
    return {
        "close": _("Close the period"),
        "preview": _("Preview"),
        "prepared": _("Prepare the run"),
        "released": _("Release by a second person"),
        "documents": _("Issue the papers"),
        "files": _("Draw the files"),
        "cash": _("Make the bank files"),
        "booked": _("Book it"),
    }


def _note(name: str) -> str:
    return {
        "released": _("Then it is sealed and never changes again."),
        "documents": _("Statements, invoices and advices get their numbers; every partner gets a mail."),
        "files": _("Every paper as PDF and in the other formats."),
        "cash": _("Payouts and direct debits for the online banking."),
        "booked": _("When papers and payments are in your bookkeeping."),
    }[name]


def _is_own(step: Step, run: SettlementRun, reader: UUID) -> bool:
    return step.name == "released" and step.may and run.prepared_by == reader


def _for_second(step: Step) -> Step:
    return replace(step, may=False, note=_("You prepared this run, so somebody else has to release it."))


def _sealed(run: SettlementRun) -> str:
    if run.last_sequence < run.first_sequence:
        return _("Nothing moved.")
    first, last = format_decimal(run.first_sequence), format_decimal(run.last_sequence)
    return _("Movements %(first)s to %(last)s of the sealed sequence.", first=first, last=last)


def _day(day: date) -> str:
    return str(format_date(day, "long"))
