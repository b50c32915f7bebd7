"""The report in words and figures, on a narrow page and without colours."""

from io import StringIO

from rich.console import Console

from config.scenario import report
from config.scenario.outcome import Outcome, Points, Refused, Settlement, Worth
from tests.config.scenario.papers import example, paper, read

SETTLED = Settlement(
    "2026-01", {"baker": -123456, "drinks": 20}, 100, 19, 123317, 0, {"baker": {"drinks": 20}}, 1090
)


def _drawn(scenario, outcome) -> str:
    said = StringIO()
    report.draw(Console(file=said, width=100, color_system=None), scenario, outcome)
    return " ".join(said.getvalue().split())


def test_it_says_who_gets_and_who_pays_and_that_nothing_is_left_over():
    said = _drawn(read(paper()), Outcome((SETTLED,), {}, {}, ()))
    for words in (
        "2 partners, 2 members, 0 events; prefunded, breakage mutual",
        "Settlement 2026-01",
        "baker −1,234.56 € pays",
        "drinks +0.20 € is paid out",
        "operator: pool +1,233.17 € movement in the period",
        "sum 0.00 € adds to zero",
        "baker +0.20 € +0.20 €",
        "Points out after the period: 1,090",
    ):
        assert words in said
    assert "No event was refused" not in said


def test_it_draws_the_members_and_what_was_refused():
    scenario = example("late-return")
    refused = tuple(Refused(number, "code") for number in range(len(scenario.events)))
    outcome = Outcome((), {"anna": Points(1234, 5, 6)}, {"anna": Worth(4550, -150)}, refused)
    said = _drawn(scenario, outcome)
    for words in (
        "anna 1,234 5 6 45.50 € −1.50 €",
        "0 anna buys for 60.00 € at baker code",
        "2 anna redeems 30 points at drinks code",
        "4 what a night does code",
        "5 2026-01 is settled code",
        "6 redemption x1 is undone code",
        "8 goods of receipt d1 come back to drinks code",
    ):
        assert words in said


def test_names_are_no_markup():
    data = paper(partners=[{"id": "[red]baker[/]"}])
    outcome = Outcome((Settlement("2026-01", {"[red]baker[/]": 1}, 0, 0, -1, 0, {}, 0),), {}, {}, ())
    assert "[red]baker[/]" in _drawn(read(data), outcome)
