"""XML from outside: bombs, foreign files and other encodings are refused, quickly and in little memory."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from loyalty.errors import Invalid
from partners.settlement import bank_xml
from tests.partners.settlement.camt_samples import entry, notification

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
BOMB = f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l11;</a>'
IN_ATTRIBUTE = f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}<!ATTLIST a b CDATA "&l11;">]><a/>'
READS = """
import resource, sys
from loyalty.errors import Invalid
from partners.settlement.camt import read
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    read(sys.stdin.buffer.read())
except Invalid as refusal:
    print(refusal.code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def code_of(content: bytes) -> str:
    """How it is refused; fails when that takes long."""
    begun = time.monotonic()
    with pytest.raises(Invalid) as refusal:
        bank_xml.open_document(content)
    assert time.monotonic() - begun < 5
    assert refusal.value.field == "file"
    return refusal.value.code


@pytest.mark.parametrize("bomb", [BOMB, IN_ATTRIBUTE])
def test_it_refuses_a_bomb_of_entities(bomb: str) -> None:
    assert code_of(bomb.encode()) == "bank_file_entities"


def test_it_refuses_a_blown_up_entity() -> None:
    blown = f'<!DOCTYPE a [<!ENTITY x "{"x" * 100_000}">]><a>{"&x;" * 100_000}</a>'
    assert code_of(blown.encode()) == "bank_file_entities"


@pytest.mark.parametrize("where", ["file://{path}", "http://127.0.0.1:9/secret"])
def test_it_never_opens_what_a_file_points_to(where: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    place = where.format(path=secret)
    assert code_of(f'<!DOCTYPE a [<!ENTITY x SYSTEM "{place}">]><a>&x;</a>'.encode()) == "bank_file_entities"
    assert code_of(f'<!DOCTYPE a SYSTEM "{place}"><a/>'.encode()) == "bank_file_entities"
    assert code_of(f'<!DOCTYPE a [<!ENTITY % x SYSTEM "{place}"> %x;]><a/>'.encode()) == "bank_file_entities"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32", "utf-7"])
def test_it_refuses_a_bomb_in_other_letters(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>'
    if encoding == "utf-7":
        hidden = text.encode() + BOMB.replace("<!", "+ADwAIQ-").encode()
    else:
        hidden = (text + BOMB).encode(encoding)
    assert b"<!DOCTYPE" not in hidden
    assert code_of(hidden) in ("bank_file_entities", "bank_file_unreadable")


def test_it_finds_a_doctype_in_other_letters() -> None:
    hidden = b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE a><a/>'
    assert code_of(hidden) == "bank_file_entities"


@pytest.mark.parametrize("bomb", [BOMB, IN_ATTRIBUTE, "+ADwAIQ-".join(BOMB.split("<!"))])
def test_a_bomb_costs_little_memory(bomb: str) -> None:
    head = b'<?xml version="1.0" encoding="utf-7"?>' if bomb.startswith("+") else b""
    child = subprocess.run(
        [sys.executable, "-c", READS], input=head + bomb.encode(), capture_output=True, timeout=60
    )
    assert child.returncode == 0, child.stderr.decode()
    code, kilobytes = child.stdout.split()
    assert code in (b"bank_file_entities", b"bank_file_unreadable")
    assert int(kilobytes) < 50_000


@pytest.mark.parametrize(
    "content",
    [b"", b" ", b"no xml", b"<a>", b"<a>&x;</a>", b"<a/><b/>", b"\xff\xfe\x00", b"PK\x03\x04zip", b"<a>\xe4</a>"],
)  # fmt: skip
def test_it_refuses_what_is_no_xml(content: bytes) -> None:
    assert code_of(content) == "bank_file_unreadable"


def test_it_refuses_what_is_nested_without_end() -> None:
    assert code_of(b"<a>" * 100_000) == "bank_file_unreadable"


def test_it_refuses_a_file_beyond_the_limit_unread() -> None:
    assert code_of(b" " * (bank_xml.LIMIT_BYTES + 1)) == "bank_file_size"


def test_it_reads_the_letters_of_older_banks() -> None:
    content = '<?xml version="1.0" encoding="ISO-8859-1"?><a>Bäcker</a>'.encode("latin-1")
    assert bank_xml.open_document(content).text == "Bäcker"
    assert bank_xml.open_document("\ufeff<a>Bäcker</a>".encode()).text == "Bäcker"


def test_it_reads_a_whole_file_of_a_bank() -> None:
    assert bank_xml.open_document(notification(entry(100))).tag.endswith("Document")
