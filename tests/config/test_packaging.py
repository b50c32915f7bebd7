"""What a plain installation must find: every folder with code is a package that `pyproject.toml` names."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NAMED = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]


@pytest.mark.parametrize("top", ["loyalty", "partners", "member_portal", "config", "migrations"])
def test_every_folder_with_code_is_a_named_package(top):
    assert top in NAMED and f"{top}.*" in NAMED
    folders = {path.parent for path in (ROOT / top).rglob("*.py")}
    assert {folder for folder in folders if not (folder / "__init__.py").exists()} == set()


def test_versions_are_pinned_and_no_address_is_named():
    pins = (ROOT / "constraints.txt").read_text()
    assert "://" not in pins and "--" not in pins and "@" not in pins
    assert all("==" in line for line in pins.splitlines())
