"""Every English sentence of the source has a German one, and the compiled file is that of the written one."""

import io
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent
GERMAN = ROOT / "config" / "translations" / "de" / "LC_MESSAGES"


def written() -> set[str]:
    """All sentences that `pybabel extract` finds with babel.cfg."""
    found = set()
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    for folder in ("config", "member_portal", "partners"):
        inside = [
            (pattern.removeprefix(f"{folder}/"), method)
            for pattern, method in methods
            if pattern.startswith(folder)
        ]
        for _file, _line, message, _comments, _context in extract_from_dir(ROOT / folder, inside, options):
            found.add(message[0] if isinstance(message, tuple) else message)
    return found - {""}


def test_no_sentence_lacks_its_german():
    catalog = read_po((GERMAN / "messages.po").open("rb"))
    missing = []
    for sentence in sorted(written()):
        message = catalog.get(sentence)
        strings = (message.string,) if message is None or isinstance(message.string, str) else message.string
        if message is None or not all(strings):
            missing.append(sentence)
    assert missing == []


def test_placeholders_are_the_same_in_both_languages():
    for message in read_po((GERMAN / "messages.po").open("rb")):
        assert not list(message.check(None)) if message.id else True, message.id


def test_what_is_installed_is_what_is_written():
    fresh = io.BytesIO()
    write_mo(fresh, read_po((GERMAN / "messages.po").open("rb")))
    assert fresh.getvalue() == (GERMAN / "messages.mo").read_bytes(), "run `make translations`"
