"""The books' arithmetic in a reader's words, for every kind of rule; what is unknown is shown as it is."""

import pytest
from flask_babel import force_locale

from member_portal.reasons import in_words


@pytest.mark.parametrize(
    ("why", "german"),
    [
        ("⌊4.50⌋ × 1 = 4", "4 volle Euro × 1 = 4"),
        ("⌊⌊7.20⌋ × 1.5⌋ = 10", "7 volle Euro × 1,5 = 10"),
        ("⌊24 × (1.5 − 1)⌋ = 12", "24 × (1,5 − 1) = 12 mehr"),
        ("⌊24 × 1.5 × (2 − 1)⌋ = 36", "24 × 1,5 × (2 − 1) = 36 mehr"),
        ("(⌊(9 + 2) ÷ 10⌋ − 0) × 50 = 50", "bisher 11 Stück, für je 10 gibt es etwas: 50"),
        ("4 weeks running = 20", "4 Wochen hintereinander: 20"),
        ("after 2026-11-20T11:00:00+00:00 = 15", "zusammen mit dem Einkauf vom 20. November 2026: 15"),
        ("= 100", "immer 100"),
        ("= 40, cap of the day: 40", "immer 40, höchstens 40 wegen der Tagesgrenze"),
        ("by hand", "by hand"),
    ],
)
def test_it_says_why(app, why, german):
    with app.test_request_context(), force_locale("de"):
        assert in_words(why) == german
