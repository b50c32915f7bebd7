"""What the docs name is there: every door and every test in the tables of features and promises; and what they reckon
comes out: every figure in the tables of the settlement."""

import ast
import re
from pathlib import Path

import pytest
from click import Context, Group
from flask import Flask

from config.cli import emma
from config.scenario import playing
from loyalty.db import transact
from tests import shown
from tests.config.scenario.papers import EXAMPLES, example

ROOT = Path(__file__).parent.parent
ROW = re.compile(r"^\| *(?P<number>[A-Z]?\d+) *\|(?P<rest>.*)\|$", re.MULTILINE)
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
DOOR = re.compile(r"`((?:GET|POST|PUT) /[^` ]*|emma [a-z ]+|/[a-z0-9./_-]*)`")
PAPERS = ("features.md", "promises.md")


def rows(paper: str) -> list[tuple[str, str]]:
    return [(match["number"], match["rest"]) for match in ROW.finditer((ROOT / "docs" / paper).read_text())]


@pytest.mark.parametrize("paper", PAPERS)
def test_every_row_names_a_test_that_exists(paper: str) -> None:
    found = rows(paper)
    assert found
    for number, rest in found:
        tests = TEST.findall(rest)
        assert tests, f"{paper} {number} names no test"
        for path, name in tests:
            assert name in functions(ROOT / path), f"{paper} {number}: {path}::{name}"


def test_every_feature_names_a_door_that_exists(app: Flask) -> None:
    doors = pages(app) | commands()
    for number, rest in rows("features.md"):
        named = DOOR.findall(TEST.sub("", rest))
        assert named, f"feature {number} names no door"
        for door in named:
            assert door in doors, f"feature {number}: {door}"


def test_links_between_papers_lead_somewhere() -> None:
    for paper in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)\)", paper.read_text()):
            assert (paper.parent / target).exists(), f"{paper.name}: {target}"


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.json")))
def test_the_figures_of_the_settlement_are_what_its_examples_give(app: Flask, name: str) -> None:
    scenario = example(name)
    with app.app_context():
        out = f"{playing.play(scenario).settlements[-1].points_out:,}"
        for paper in shown.DIGITS:
            found = [one for one in shown.tables(ROOT / "docs", paper) if one[0].example == name]
            assert found, f"{paper} shows nothing of {name}"
            for asked, rows in found:
                assert rows == transact(lambda session: shown.expected(session, scenario, asked)), asked  # noqa: B023
                if asked.kind == "points":  # how many are left of them is told below
                    assert f"\n{out} " in (ROOT / "docs" / paper).read_text().replace(".", ",")


def test_both_languages_reckon_the_same() -> None:
    english, german = (shown.tables(ROOT / "docs", paper) for paper in shown.DIGITS)
    assert english == german


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def pages(app: Flask) -> set[str]:
    """Routes as docs write them: `GET /api/v1/cards/{card}`, and pages without a method."""
    found = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        found.update(f"{method} {path}" for method in rule.methods or ())
        found.add(path)
    return found


def commands() -> set[str]:
    """Commands as one types them: `emma key create`."""

    def below(group: Group, words: str) -> set[str]:
        found = set()
        with Context(group) as context:
            for name in group.list_commands(context):
                command = group.get_command(context, name)
                found.add(f"{words} {name}")
                if isinstance(command, Group):
                    found |= below(command, f"{words} {name}")
        return found

    return below(emma, "emma")
