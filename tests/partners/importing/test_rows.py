"""Whatever a file holds comes as rows, each with its line; only the file as a whole can be refused."""

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.importing import rows as reader
from partners.importing.rows import COLUMNS, Row, Unreadable, opened, rows

HEADER = ",".join(COLUMNS)
GOOD = "7,baker,A-1,2026-01-05T09:00:00,4001,bread,Roggenbrot,1,450,0"


def read(content: bytes) -> list[Row]:
    with opened(io.BytesIO(content)) as text:
        return list(rows(text))


def test_it_reads_plain_and_gzipped_files_with_and_without_a_byte_order_mark():
    plain = f"{HEADER}\n{GOOD}\n".encode()
    expected = [Row(2, GOOD.split(","))]
    for content in (plain, b"\xef\xbb\xbf" + plain, gzip.compress(plain), plain.replace(b"\n", b"\r\n")):
        assert read(content) == expected


def test_it_takes_columns_in_any_order_and_leaves_others_out():
    names = ["colour", *reversed(COLUMNS)]
    values = ["red", *reversed(GOOD.split(","))]
    assert read(f"{','.join(names)}\n\n{','.join(values)}".encode()) == [Row(3, GOOD.split(","))]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "columns missing: household"),
        (HEADER.replace("receipt,", ""), "columns missing: receipt"),
        (HEADER.replace(",", ";"), "columns missing"),
        (f"{HEADER},shop", "columns doubled: shop"),
        ('"' * 70_001, "columns missing"),
    ],
)
def test_it_refuses_a_file_without_its_columns(header, reason):
    with pytest.raises(Unreadable, match=reason):
        read(header.encode())


@pytest.mark.parametrize("spoil", [lambda data: data[:-12], lambda data: data[:-8] + b"\0" * 8])
def test_it_refuses_a_damaged_file_as_a_whole(spoil):
    with pytest.raises(Unreadable, match="damaged"):
        read(spoil(gzip.compress(f"{HEADER}\n{GOOD}\n".encode() * 50)))


def test_one_forgotten_quote_costs_one_row_only():
    found = read(f"{HEADER}\n{GOOD.replace('Roggenbrot', chr(34) + 'Rogg')}\n{GOOD}\n{GOOD}\n".encode())
    assert [(row.line, row.reason) for row in found] == [(2, "quotes do not match"), (3, None), (4, None)]
    assert found[0].fields[1:3] == ["baker", "A-1"]


def test_quoted_texts_may_hold_commas_quotes_and_line_ends():
    quoted = GOOD.replace("Roggenbrot", '"Rog,g""\nx"')
    found = read(f"{HEADER}\n{quoted}\n{GOOD}".encode())
    assert [(row.line, row.reason) for row in found] == [(2, None), (4, None)]
    assert [row.fields[6] for row in found] == ['Rog,g"\nx', "Roggenbrot"]


def test_a_field_without_end_is_one_bad_row_and_takes_no_memory():
    bomb = GOOD.replace("Roggenbrot", "x" * 5_000_000)
    found = read(f"{HEADER}\n{GOOD}\n{bomb}\n{GOOD}\n{GOOD},more\n{GOOD[:20]}\n".encode())
    assert [(row.line, row.reason) for row in found] == [
        (2, None), (3, f"line longer than {reader.LONGEST_LINE} characters"), (4, None),
        (5, "11 fields instead of 10"), (6, "4 fields instead of 10"),
    ]  # fmt: skip


@given(st.lists(st.text('a",\n\0ä=', max_size=12).map(str.encode) | st.binary(max_size=12), max_size=6))
def test_it_gives_every_line_that_is_not_empty_to_some_row(lines):
    content = HEADER.encode() + b"\n" + b"\n".join(lines)
    found = read(content)
    numbers = [row.line for row in found]
    assert numbers == sorted(set(numbers))
    text = content.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    filled = [number for number, line in enumerate(text, 1) if number > 1 and line.strip()]
    assert not filled or (found and numbers[0] == filled[0] and numbers[-1] <= filled[-1])
