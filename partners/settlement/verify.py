"""Checks an export of the coalition's movements without trusting whoever wrote it. One file, standard library only.

    python verify.py EXPORT [--head SEQUENCE:HASH ...] [--receipts own.csv] [--earlier EXPORT]

--head: from a statement or mail; --receipts: what your tills booked with points, as receipt;day;cents; --earlier: one
you have kept. It repeats the platform's arithmetic on purpose. Exit 0: all holds, 1: not, 2: unreadable.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import sys
from collections.abc import Iterator
from hashlib import sha256
from operator import index
from typing import Any

FORMAT = "emma-export-1"
FIELDS = {
    "transfer": "id wallet_id version kind source destination partner_id contract_id other_wallet_id other_version"
    " points at cause reason",
    "receipt": "table id partner_id till_id receipt at total_cents points of",
    "lot": "id issuer_id contract_id point_value_ct points created_at cause",
    "use": "id lot_id points issuer_id contract_id point_value_ct cause",
}
EVERY = 100  # of an earlier export so many heads are kept
MOST = 1_000  # broken places that are compared with each other

TEXTS = {  # English, German
    "movement": ("Movement {sequence}{more}", "Bewegung {sequence}{more}"),
    "transfer": ("transfer {id}", "Buchung {id}"),
    "receipt": ("receipt {receipt} of {day}", "Bon {receipt} vom {day}"),
    "changed": ("{what} was changed.", "{what} wurde geändert."),
    "swapped": ("{what} was swapped with: {other}.", "{what} wurde vertauscht mit: {other}."),
    "moved": ("{what} was swapped: before it was movement {before}.",
              "{what} wurde vertauscht: Vorher war es Bewegung {before}."),
    "gone": ("{what} was left out.", "{what} wurde weggelassen."),
    "left_out": ("Movements {first} to {last} were left out.", "Die Bewegungen {first} bis {last} wurden weggelassen."),
    "new": ("{what} was invented.", "{what} wurde erfunden."),
    "torn": ("{what} and all behind it do not follow: before it one was left out or invented.",
             "{what} und alles dahinter passt nicht: Davor wurde eine weggelassen oder erfunden."),
    "end": ("The export ends with another head than its first line says.",
            "Der Export endet mit einem anderen Kettenstand, als seine erste Zeile sagt."),
    "head": ("Head {sequence} is another: from {good} to {sequence} a movement was changed, left out, swapped or"
             " invented.",
             "Kettenstand {sequence} ist ein anderer: Von {good} bis {sequence} wurde etwas geändert, weggelassen,"
             " vertauscht oder erfunden."),
    "own_missing": ("Receipt {receipt} of {day} over {there} ct is on your list and was left out here.",
                    "Bon {receipt} vom {day} über {there} ct steht auf Ihrer Liste und wurde hier weggelassen."),
    "own_new": ("Receipt {receipt} of {day} over {here} ct is not on your list: it was invented.",
                "Bon {receipt} vom {day} über {here} ct steht nicht auf Ihrer Liste: Er wurde erfunden."),
    "own_other": ("Receipt {receipt} of {day} was changed: {here} ct here, {there} ct on your list.",
                  "Bon {receipt} vom {day} wurde geändert: hier {here} ct, auf Ihrer Liste {there} ct."),
    "unreadable": ("{path}: line {line} cannot be read.", "{path}: Zeile {line} ist nicht lesbar."),
    "bad_head": ("{text}: a head is SEQUENCE:HASH with 64 hexadecimal digits.",
                 "{text}: Ein Kettenstand ist NUMMER:HASH mit 64 hexadezimalen Ziffern."),
    "bad_earlier": ("{path}: does not hold in itself, so it proves nothing.",
                    "{path}: stimmt schon in sich nicht und beweist darum nichts."),
    "red": ("{path}: {count} findings. Keep this file and ask the coalition.",
            "{path}: {count} Befunde. Heben Sie diese Datei auf und fragen Sie die Gemeinschaft."),
    "green": ("{now.path}: all movements {now.first} to {now.last} hold, {own} of them yours; {agreed} heads agree.",
              "{now.path}: Alle Bewegungen von {now.first} bis {now.last} stimmen, {own} davon sind Ihre; {agreed}"
              " Kettenstände stimmen überein."),
    "no_head": ("No head from outside: this only shows that the file is whole in itself.",
                "Kein Kettenstand von außen: Das zeigt nur, dass die Datei in sich ganz ist."),
}  # fmt: skip
LANGUAGE = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "en")
TEXT = {key: texts[LANGUAGE.startswith("de")] for key, texts in TEXTS.items()}


class Unreadable(Exception):
    """Nothing can be said about such a file."""


def encode(fields: list[str | None]) -> bytes:
    texts = (None if field is None else field.encode() for field in fields)
    return b"".join(b"\xff" * 4 if text is None else len(text).to_bytes(4, "big") + text for text in texts)


def part_hash(part: Any) -> bytes:
    if isinstance(part, str):
        return bytes.fromhex(part)
    ((name, fields),) = part.items()
    names = FIELDS[name].split()
    if len(fields) != len(names):
        raise ValueError(name)
    return sha256(encode([name, *(fields[field] for field in names)])).digest()


def leaf(parts: list[Any]) -> bytes:
    return sha256(b"emma leaf 1\n" + b"".join(map(part_hash, parts))).digest()


def head(sequence: int, previous: bytes, leaf: bytes) -> bytes:
    return sha256(b"emma head 1\n" + sequence.to_bytes(8, "big") + previous + leaf).digest()


class Reading:
    """One export, read once from its beginning to its end. `found` is what does not hold in itself."""

    def __init__(self, path: str, wanted: set[int] | None = None) -> None:
        self.path, self.wanted = path, wanted
        self.found: list[str] = []
        self.heads: dict[int, bytes] = {}  # those that are wanted, or every hundredth
        self.own: dict[str, tuple[int, bytes, str]] = {}  # transfer -> number, leaf, how it is called
        self.receipts: dict[tuple[str, str], dict[str, str]] = {}  # (receipt, day) -> purchase -> cents
        self.broken: list[tuple[int, bytes, bytes, bytes, str]] = []
        self.gaps: list[tuple[int, int]] = []
        number = 0
        try:
            with open(path, encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    self._header(json.loads(line)) if number == 1 else self._entry(json.loads(line))
            self._finish()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise Unreadable(TEXT["unreadable"].format(path=path, line=number)) from error

    def say(self, text: str, **facts: Any) -> None:
        self.found.append(TEXT[text].format(**facts))

    def _header(self, header: dict[str, Any]) -> None:
        if header["format"] != FORMAT:
            raise ValueError(FORMAT)
        self.first, self.last = index(header["first"]), index(header["last"])
        self.end = bytes.fromhex(header["head"])
        self.previous: bytes | None = bytes.fromhex(header["previous"])
        self.next = self.first
        self.heads[self.first - 1] = self.previous

    def _entry(self, entry: dict[str, Any]) -> None:
        sequence, said, parts = index(entry["sequence"]), bytes.fromhex(entry["hash"]), entry["parts"]
        here, what = leaf(parts), called(sequence, parts)
        self._note(sequence, here, what, parts)
        if sequence < self.next or sequence > self.last:
            self._misplaced(sequence, what)
            return
        if sequence > self.next:
            self.gaps.append((self.next, sequence - 1))
            self.previous = None  # what it follows is not there
        if not parts:
            self.say("gone", what=what)
        elif self.previous is not None and head(sequence, self.previous, here) != said:
            self.broken.append((sequence, self.previous, here, said, what))
        self.next, self.previous = sequence + 1, said
        if sequence in self.wanted if self.wanted is not None else sequence % EVERY == 0:
            self.heads[sequence] = said

    def _note(self, sequence: int, here: bytes, what: str, parts: list[Any]) -> None:
        """Remember what is this partner's own."""
        transfer, receipt = shown(parts, "transfer"), shown(parts, "receipt")
        if transfer:
            self.own[transfer["id"]] = (sequence, here, what)
        if receipt and receipt["table"] == "purchase":
            known = self.receipts.setdefault((str(receipt["receipt"]), str(receipt["at"])), {})
            known[receipt["id"]] = str(receipt["total_cents"])

    def _misplaced(self, sequence: int, what: str) -> None:
        for place, (first, last) in enumerate(self.gaps):
            if first <= sequence <= last:
                around = [(first, sequence - 1), (sequence + 1, last)]
                self.gaps[place : place + 1] = [(begin, end) for begin, end in around if begin <= end]
                self.say("swapped", what=what, other=self.next - 1)
                return
        self.say("new", what=what)

    def _finish(self) -> None:
        if self.next <= self.last:
            self.gaps.append((self.next, self.last))
        elif self.previous:
            self.heads[self.last] = self.previous
            if self.previous != self.end:
                self.say("end")
        for first, last in self.gaps:
            self.say("left_out", first=first, last=last)
        if len(self.broken) > 2 and self.broken[0][0] == self.last - len(self.broken) + 1:
            self.say("torn", what=self.broken[0][4])
            return
        for one in self.broken[:MOST]:
            other = next(
                (two[4] for two in self.broken[:MOST] if head(one[0], one[1], two[2]) == one[3]), None
            )
            self.say("swapped" if other else "changed", what=one[4], other=other)


def shown(parts: list[Any], name: str) -> dict[str, Any]:
    return next((part[name] for part in parts if isinstance(part, dict) and name in part), {})


def called(sequence: int, parts: list[Any]) -> str:
    """How people find a movement again: its number, its transfer, its receipt."""
    transfer, receipt, more = shown(parts, "transfer"), shown(parts, "receipt"), []
    if transfer:
        more.append(TEXT["transfer"].format(id=transfer["id"]))
    if receipt.get("receipt"):
        more.append(TEXT["receipt"].format(receipt=receipt["receipt"], day=str(receipt["at"])[:10]))
    return TEXT["movement"].format(sequence=sequence, more=f" ({', '.join(more)})" if more else "")


def against_heads(now: Reading, heads: dict[int, bytes]) -> Iterator[str]:
    good = now.first
    for sequence, given in sorted(heads.items()):
        if now.heads.get(sequence, given) != given:
            yield TEXT["head"].format(sequence=sequence, good=min(good, sequence))
        else:
            good = sequence + 1


def against_earlier(now: Reading, before: Reading) -> Iterator[str]:
    """Own movements of both exports, by their transfers. Behind the last one in common nothing can be said."""
    latest = max((now.own[one][0] for one in before.own if one in now.own), default=0)
    highest = 0
    for one, (sequence, here, what) in before.own.items():
        if one not in now.own:
            if now.first <= sequence <= now.last:
                yield TEXT["gone"].format(what=what)
            continue
        place, there, what = now.own[one]
        if there != here:
            yield TEXT["changed"].format(what=what)
        if place < highest:
            yield TEXT["moved"].format(what=what, before=sequence)
        highest = max(highest, place)
    for one, (sequence, _, what) in now.own.items():
        if one not in before.own and before.first <= sequence <= latest:
            yield TEXT["new"].format(what=what)


def own_receipts(path: str) -> dict[tuple[str, str], list[str]]:
    """receipt;day;cents of each line. A first line that is a heading is passed over."""
    found: dict[tuple[str, str], list[str]] = {}
    number = 0
    try:
        with open(path, encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.reader(lines, delimiter=";"), 1):
                if not row or (number == 1 and not row[-1].strip().isdigit()):
                    continue
                receipt, day, cents = (field.strip() for field in row)
                german = re.fullmatch(r"(\d\d)\.(\d\d)\.(\d{4})", day)
                day = f"{german[3]}-{german[2]}-{german[1]}" if german else day
                found.setdefault((receipt, day), []).append(str(int(cents)))
    except (OSError, ValueError) as error:
        raise Unreadable(TEXT["unreadable"].format(path=path, line=number)) from error
    return found


def against_receipts(now: Reading, own: dict[tuple[str, str], list[str]]) -> Iterator[str]:
    for receipt, day in sorted({*now.receipts, *own}):
        here = sorted(now.receipts.get((receipt, day), {}).values())
        there = sorted(own.get((receipt, day), []))
        if here != there:
            text = "own_new" if not there else "own_missing" if not here else "own_other"
            yield TEXT[text].format(receipt=receipt, day=day, here=", ".join(here), there=", ".join(there))


def known_head(text: str) -> tuple[int, bytes]:
    found = re.fullmatch(r"(\d{1,18}):([0-9a-fA-F]{64})", text.strip())
    if not found:
        raise Unreadable(TEXT["bad_head"].format(text=text))
    return int(found[1]), bytes.fromhex(found[2])


def check(given: argparse.Namespace, heads: dict[int, bytes]) -> tuple[list[str], list[str]]:
    """All that does not hold, as sentences, and the verdict on it. Raises Unreadable."""
    before = Reading(given.earlier) if given.earlier else None
    if before and before.found:
        raise Unreadable(TEXT["bad_earlier"].format(path=given.earlier))
    known = {**(before.heads if before else {}), **heads}
    now = Reading(given.export, set(known))
    found = [*now.found, *against_heads(now, known)]
    found += against_earlier(now, before) if before else []
    found += against_receipts(now, own_receipts(given.receipts)) if given.receipts else []
    if found:
        return found, [TEXT["red"].format(path=now.path, count=len(found))]
    agreed = len(heads.keys() & now.heads.keys())
    verdict = TEXT["green"].format(now=now, own=len(now.own), agreed=agreed)
    return [], [verdict] if agreed else [verdict, TEXT["no_head"]]


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("export", metavar="EXPORT")
    parser.add_argument("--head", action="append", default=[], metavar="SEQUENCE:HASH")
    parser.add_argument("--receipts", metavar="CSV")
    parser.add_argument("--earlier", metavar="EXPORT")
    given = parser.parse_args(words)
    try:
        found, verdict = check(given, dict(map(known_head, given.head)))
    except Unreadable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write("\n".join([*found, *verdict]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
