"""How a paper is drawn: its words, numbers and sheets; and what is said when the drawing parts are missing."""

import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from flask_babel import force_locale

from loyalty.errors import Conflict
from partners.settlement import paper
from tests.partners.settlement.papers import BAKER, COALITION


@pytest.mark.parametrize(
    ("value", "german", "english"),
    [
        (Decimal("0.150"), "0,15", "0.15"),
        (Decimal("0.840336134453"), "0,840336134453", "0.840336134453"),
        (-18_432, "−18.432", "−18,432"),
        (Decimal("25"), "25", "25"),
    ],
)
def test_it_writes_numbers_in_the_papers_language(application, value, german, english):
    with application.app_context():
        with force_locale("de"):
            assert paper.number(value) == german
        with force_locale("en"):
            assert paper.number(value) == english


def test_it_writes_days_spans_rates_and_countries(application):
    with application.app_context(), force_locale("de"):
        assert paper.day(date(2026, 12, 1)) == "1. Dezember 2026"
        assert paper.span(date(2026, 11, 1), date(2026, 11, 30)).startswith("1.–30. Nov")
        assert paper.percent(550) == "5,5 %"
        assert paper.country(replace(BAKER, country="AT")) == "Österreich"
        assert paper.country(replace(BAKER, country="ZZZ")) == "ZZZ"


def test_it_shows_a_companys_name_as_text_whatever_it_is(application):
    name = '<img src="https://elsewhere.example/pixel.png">'
    with application.app_context():
        page = paper.markup(
            "letter.html", "de", operator=COALITION, recipient=replace(BAKER, legal_name=name)
        )
    assert "<img" not in page
    assert "&lt;img" in page


def test_it_names_the_country_abroad_and_takes_the_coalitions_colour(application):
    abroad = replace(BAKER, country="DK")
    with application.app_context():
        page = paper.markup("letter.html", "en", operator=COALITION, recipient=abroad, accent="#0b6e63")
    assert "Denmark" in page
    assert "--accent: #0b6e63" in page
    assert 'fill="#0b6e63"' in page


def test_it_says_when_weasyprint_is_missing(application, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with application.app_context(), pytest.raises(Conflict) as refused:
        paper.draw("letter.html", "de", operator=COALITION, recipient=BAKER)
    assert (refused.value.code, refused.value.facts["needs"]) == ("papers_missing", "weasyprint")


def test_it_says_when_pango_is_missing(monkeypatch, tmp_path):
    (tmp_path / "weasyprint.py").write_text("raise OSError('cannot load library libpango-1.0-0')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    with pytest.raises(Conflict) as refused:
        paper.renderer()
    assert refused.value.code == "papers_missing"
