"""Names of lines and figures: one for each that the netting makes, in both languages."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask_babel import force_locale

from loyalty.errors import Invalid
from loyalty.rules.netting import FIGURES, LINES
from partners.settlement.words import figure_name, line_name, line_note, movement_names, position_name


@pytest.fixture(autouse=True)
def spoken(application: Flask) -> Iterator[None]:
    with application.app_context():
        yield


def test_it_has_a_german_name_for_every_line_and_figure() -> None:
    for kinds, name in (
        ((*LINES, "fee", "fee_vat"), line_name),
        ((*FIGURES, "fee_net", "fee_vat"), figure_name),
    ):
        for kind in kinds:
            with force_locale("en"):
                english = name(kind)
            with force_locale("de"):
                assert name(kind) != english


def test_it_tells_the_partner_s_lines_from_the_operator_s_figures() -> None:
    with force_locale("en"):
        assert (line_name("breakage"), figure_name("breakage")) == (
            "Expired points refunded",
            "Expired points kept",
        )
        assert line_name("pool") == figure_name("pool") == "Change of the pool"
        assert line_note("correction") == "" and line_note("funded").endswith(".")


@pytest.mark.parametrize("name", [line_name, figure_name])
def test_it_refuses_a_kind_without_a_name(name: Callable[[str], str]) -> None:
    with force_locale("en"), pytest.raises(Invalid, match="kind_unknown"):
        name("surprise")


def test_it_has_german_names_for_movements_and_positions() -> None:
    with force_locale("de"):
        assert movement_names()["earn"] == "Punkte ausgegeben"
        assert [position_name(cents) for cents in (1, -1, 0)] == [
            "Sie erhalten",
            "Sie zahlen",
            "Nichts ist fällig",
        ]
