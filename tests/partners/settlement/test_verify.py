"""`python verify.py`, run as a partner runs it, on exports that were tampered with: in the file, and in the books."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loyalty.rules import chain
from partners.settlement import verify
from tests.partners.settlement.sealed_street import BONS, exported, live, seal_all, write

FILE = Path(verify.__file__)


@pytest.fixture
def street(act, session):
    return live(act, session)


@pytest.fixture
def lines(act, street):
    return exported(act, street)


@pytest.fixture
def run(tmp_path):
    """`run(lines, "--head", …)` in an empty folder without this package: exit code and what it said."""

    def called(lines, *words, language="en_GB.UTF-8"):
        given = lines if isinstance(lines, str) else write(tmp_path / "export.jsonl", lines)
        environment = {"PATH": os.environ["PATH"], "LANG": language, "PYTHONIOENCODING": "utf-8"}
        line = [sys.executable, "-I", str(FILE), given, *map(str, words)]
        done = subprocess.run(line, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
        return done.returncode, done.stdout + done.stderr

    return called


def own(lines, number):
    """What a movement of the baker must be called."""
    transfer, receipt = lines[number]["parts"][0]["transfer"], lines[number]["parts"][1]["receipt"]
    return f"Movement {number} (transfer {transfer['id']}, receipt {receipt['receipt']} of 2026-11-20)"


def rebuilt(lines):
    """Numbers, leaves and heads anew: what somebody does who knows the arithmetic."""
    header, *entries = copy.deepcopy(lines)
    head = bytes.fromhex(header["previous"])
    for sequence, entry in enumerate(entries, header["first"]):
        entry["sequence"] = sequence
        head = chain.head(sequence, head, verify.leaf(entry["parts"]))
        entry["hash"] = head.hex()
    return [{**header, "last": header["first"] + len(entries) - 1, "head": head.hex()}, *entries]


def changed(lines):
    lines = copy.deepcopy(lines)
    lines[2]["parts"][0]["transfer"]["points"] = "31"
    return lines


def left_out(lines):
    return lines[:2] + lines[3:]


def swapped(lines):
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


def swapped_contents(lines):
    lines = copy.deepcopy(lines)
    lines[2]["parts"], lines[4]["parts"] = lines[4]["parts"], lines[2]["parts"]
    return lines


def invented(lines):
    new = copy.deepcopy(lines[2])
    new["parts"][0]["transfer"]["id"] = "00000000-0000-7000-8000-000000000001"
    new["parts"][1]["receipt"] |= {"id": "00000000-0000-7000-8000-000000000002", "receipt": "B99"}
    return [*lines[:3], new, *lines[3:]]


def test_it_is_green_when_all_holds(run, lines):
    code, said = run(lines, "--head", f"8:{lines[0]['head']}", "--head", f"3:{lines[3]['hash'].upper()}")
    assert (code, said.count("\n")) == (0, 1)
    assert "all movements 1 to 8 hold, 5 of them yours; 2 heads agree" in said
    code, said = run(lines)
    assert code == 0
    assert "No head from outside" in said
    assert run([*exported_part(lines)], "--head", f"2:{lines[2]['hash']}")[0] == 0


def exported_part(lines):
    """Movements 3 to 8 alone."""
    return [{**lines[0], "first": 3, "previous": lines[2]["hash"]}, *lines[3:]]


def test_promise_18_it_names_a_changed_amount(run, lines):
    code, said = run(changed(lines))
    assert code == 1
    assert f"{own(lines, 2)} was changed." in said
    assert said.count("\n") == 2  # nothing else is blamed


def test_promise_18_it_names_a_removed_movement(run, lines):
    code, said = run(left_out(lines))
    assert code == 1
    assert "Movements 2 to 2 were left out." in said
    assert "Movements 7 to 8 were left out." in run(lines[:7])[1]
    code, said = run([*lines[:2], {**lines[2], "parts": []}, *lines[3:]])
    assert "Movement 2 was left out." in said


def test_promise_18_it_names_swapped_movements(run, lines):
    code, said = run(swapped(lines))
    assert code == 1
    assert f"{own(lines, 2)} was swapped with: 3." in said
    code, said = run(swapped_contents(lines))
    assert code == 1
    there = swapped_contents(lines)
    assert f"{own(there, 2)} was swapped with: {own(there, 4)}." in said
    assert f"{own(there, 4)} was swapped with: {own(there, 2)}." in said


def test_promise_18_it_names_an_invented_movement(run, lines):
    code, said = run(invented(lines))
    assert code == 1
    assert (
        "Movement 2 (transfer 00000000-0000-7000-8000-000000000001, receipt B99 of 2026-11-20) was invented."
        in said
    )


def test_promise_18_it_names_where_numbers_were_made_up(run, lines):
    """Left out and numbered anew, but the heads are still those of before."""
    header, *entries = left_out(lines)
    renumbered = [{**entry, "sequence": number} for number, entry in enumerate(entries, 1)]
    code, said = run([{**header, "last": 7}, *renumbered])
    assert code == 1
    assert f"{own(lines, 3).replace('Movement 3', 'Movement 2')} and all behind it do not follow" in said


tamperings = pytest.mark.parametrize("tamper", [changed, left_out, swapped, swapped_contents, invented])


@tamperings
def test_promise_18_a_head_shows_a_rewritten_chain_and_where(run, lines, tamper):
    rewritten = rebuilt(tamper(lines))
    assert run(rewritten)[0] == 0  # in itself it is whole: that is why heads are published
    heads = ("--head", f"1:{lines[1]['hash']}", "--head", f"5:{lines[5]['hash']}")
    code, said = run(rewritten, *heads)
    assert code == 1
    assert "Head 5 is another: from 2 to 5 a movement was changed" in said
    assert "Head 1 is another" not in said


@pytest.mark.parametrize(
    ("tamper", "said_of_it"),
    [(changed, "was changed"), (left_out, "was left out"), (swapped, "was swapped: before it was movement 3"),
     (invented, "B99 of 2026-11-20) was invented")],
)  # fmt: skip
def test_promise_18_an_earlier_export_names_what_a_rewritten_chain_hides(
    run, lines, tmp_path, tamper, said_of_it
):
    earlier = write(tmp_path / "earlier.jsonl", lines)
    code, said = run(rebuilt(tamper(lines)), "--earlier", earlier)
    assert code == 1
    (sentence,) = [line for line in said.splitlines() if said_of_it in line and line.startswith("Movement ")]
    transfer = (lines[3] if tamper is swapped else lines[2])["parts"][0]["transfer"]["id"]
    assert tamper is invented or transfer in sentence
    assert run(lines, "--earlier", earlier)[0] == 0


def test_promise_18_own_receipts_name_what_a_rewritten_chain_hides(run, lines, tmp_path):
    receipts = tmp_path / "own.csv"
    receipts.write_text(
        "Bon;Tag;Cent\n" + "".join(f"{receipt};20.11.2026;{cents}\n" for receipt, cents in BONS.items()),
        encoding="utf-8",
    )
    assert run(lines, "--receipts", receipts)[0] == 0
    code, said = run(rebuilt(left_out(lines)), "--receipts", receipts)
    assert (code, "Receipt B2 of 2026-11-20 over 3000 ct is on your list and was left out here." in said) == (
        1,
        True,
    )
    code, said = run(rebuilt(invented(lines)), "--receipts", receipts)
    assert (code, "Receipt B99 of 2026-11-20 over 3000 ct is not on your list: it was invented." in said) == (
        1,
        True,
    )
    other = copy.deepcopy(lines)
    other[2]["parts"][1]["receipt"]["total_cents"] = "2900"
    code, said = run(rebuilt(other), "--receipts", receipts)
    assert (code, "Receipt B2 of 2026-11-20 was changed: 2900 ct here, 3000 ct on your list." in said) == (
        1,
        True,
    )


def test_promise_18_it_finds_any_single_changed_field(lines, tmp_path):
    path, checked = tmp_path / "export.jsonl", 0
    for number, entry in enumerate(lines[1:], 1):
        for place, part in enumerate(entry["parts"]):
            fields = next(iter(part.values())) if isinstance(part, dict) else {"": part}
            for field, value in fields.items():
                tampered = copy.deepcopy(lines)
                if isinstance(part, dict):
                    name = next(iter(part))
                    tampered[number]["parts"][place][name][field] = "x" if value is None else None
                else:
                    tampered[number]["parts"][place] = value[::-1]
                found = verify.Reading(write(path, tampered)).found
                assert len(found) == 1, (number, place, field)
                assert f" {number}" in found[0]
                checked += 1
    assert checked > 150


def test_promise_18_books_changed_in_sql_show_in_the_next_export(run, act, street, lines, owner):
    """Clumsily: the export itself no longer holds. With the chain computed anew: the head of the mail shows it."""
    mailed = ("--head", f"8:{lines[0]['head']}")
    owner.execute("SET session_replication_role = replica")
    owner.execute("UPDATE purchase SET total_cents = 2900 WHERE receipt = 'B2'")
    code, said = run(exported(act, street), *mailed)
    assert code == 1
    assert f"{own(lines, 2)} was changed." in said
    owner.execute("TRUNCATE seal, sealed_day")
    seal_all(act)
    assert run(exported(act, street))[0] == 0
    code, said = run(exported(act, street), *mailed)
    assert code == 1
    assert "Head 8 is another: from 1 to 8" in said


def test_it_speaks_german(run, lines):
    code, said = run(changed(lines), language="de_DE.UTF-8")
    assert code == 1
    assert "wurde geändert." in said
    assert "Befunde" in said


def test_both_languages_have_the_same_facts():
    for english, german in verify.TEXTS.values():
        assert sorted(part[1:].split("}")[0] for part in english.split("{")[1:]) == sorted(
            part[1:].split("}")[0] for part in german.split("{")[1:]
        )


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"format": "other"}', "\x00", '{"format": 7}\n'])
def test_it_exits_2_when_it_cannot_read(run, tmp_path, content):
    path = tmp_path / "odd.jsonl"
    path.write_text(content, encoding="utf-8")
    code, said = run(str(path))
    assert code == 2
    assert "cannot be read" in said
    assert "Traceback" not in said


def test_it_exits_2_for_entries_heads_and_lists_that_are_none(run, lines, tmp_path):
    (tmp_path / "odd.csv").write_text("B1;2026-11-20;5000\nB2;twenty\n", encoding="utf-8")
    broken = write(tmp_path / "broken.jsonl", changed(lines))
    for tampered, words in (
        ([lines[0], {"sequence": "1", "hash": "00", "parts": []}], ()),
        ([lines[0], {**lines[1], "parts": [{"transfer": {}}]}], ()),
        ([lines[0], {**lines[1], "sequence": 1.5}], ()),
        (lines, ("--head", "8:abc")),
        (lines, ("--head", "nonsense")),
        (lines, ("--receipts", tmp_path / "odd.csv")),
        (lines, ("--receipts", tmp_path / "missing.csv")),
        (lines, ("--earlier", broken)),
        (str(tmp_path / "missing.jsonl"), ()),
    ):
        code, said = run(tampered, *words)
        assert (code, "Traceback" in said) == (2, False), (words, said)
    assert json.loads(Path(broken).read_text(encoding="utf-8").splitlines()[0]) == lines[0]


def test_it_needs_nothing_but_the_standard_library():
    imported = {
        line.split()[1].split(".")[0]
        for line in FILE.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import ", "from "))
    }
    assert imported <= sys.stdlib_module_names
