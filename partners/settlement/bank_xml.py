"""XML from a bank, opened with care: no entities, no network, bounded size; amounts exact to the cent, or refused.
Knows elements and figures, no kind of file.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from lxml import etree

from loyalty.errors import Invalid

LIMIT_BYTES = 10 * 1024 * 1024
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,2})?")


def open_document(content: bytes) -> etree._Element:
    """The root. Raises Invalid `bank_file_size`, `bank_file_entities` (a DOCTYPE), `bank_file_unreadable`."""
    if len(content) > LIMIT_BYTES:
        raise Invalid("bank_file_size", "file", limit_bytes=LIMIT_BYTES)
    if b"<!DOCTYPE" in content:  # before the parser sees one definition
        raise Invalid("bank_file_entities", "file")
    if b"\0" in content:  # UTF-16 would hide a DOCTYPE from the line above; banks write UTF-8 or Latin-1
        raise Invalid("bank_file_unreadable", "file")
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as broken:
        raise Invalid("bank_file_unreadable", "file", line=broken.lineno) from broken
    if root.getroottree().docinfo.doctype:  # written in an encoding that spells "<" otherwise
        raise Invalid("bank_file_entities", "file")
    return root


def _parser() -> etree.XMLParser:
    # Without comments and instructions "12<!-- -->3.00" is one text and cannot be read as 12.
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
                           remove_comments=True, remove_pis=True)  # fmt: skip


@lru_cache(maxsize=256)
def _any_namespace(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))


def all_at(node: etree._Element, path: str) -> list[etree._Element]:
    """The elements at `path` ("Refs/EndToEndId"), in whatever version's namespace."""
    return node.findall(_any_namespace(path))


def texts_at(node: etree._Element, *paths: str) -> Iterator[str]:
    """What stands at these paths, untrimmed, without what is empty."""
    return (found.text for path in paths for found in all_at(node, path) if found.text and found.text.strip())


def text_at(node: etree._Element, *paths: str) -> str | None:
    """The first text at one of `paths`, trimmed."""
    found = next(texts_at(node, *paths), None)
    return found.strip() if found else None


def needed_text(node: etree._Element, *paths: str) -> str:
    """`text_at`. Raises Invalid `bank_file_incomplete` (element)."""
    found = text_at(node, *paths)
    if found is None:
        raise Invalid("bank_file_incomplete", "file", element=paths[0])
    return found


def cents(figure: str) -> int:
    """Cents of a decimal figure without sign. Raises Invalid `bank_file_amount` (figure)."""
    if not _AMOUNT.fullmatch(figure):
        raise Invalid("bank_file_amount", "file", figure=figure[:40])
    return int(Decimal(figure) * 100)


def euros_at(node: etree._Element, *paths: str) -> int | None:
    """Cents of the first amount at one of `paths` that is in euros; None: there is none."""
    for path in paths:
        for found in all_at(node, path):
            if found.get("Ccy") == "EUR":
                return cents((found.text or "").strip())
    return None


def needed_euros(node: etree._Element, path: str) -> int:
    """Cents of the amount at `path`. Raises Invalid `bank_file_currency` (currency), `bank_file_incomplete`."""
    found = euros_at(node, path)
    if found is None:
        needed_text(node, path)
        raise Invalid("bank_file_currency", "file", currency=all_at(node, path)[0].get("Ccy"))
    return found


def sign_at(node: etree._Element, path: str = "CdtDbtInd") -> int:
    """1 for a credit, −1 for a debit. Raises Invalid `bank_file_incomplete`."""
    sign = {"CRDT": 1, "DBIT": -1}.get(text_at(node, path) or "")
    if sign is None:
        raise Invalid("bank_file_incomplete", "file", element=path)
    return sign


def day_at(node: etree._Element, *paths: str) -> date:
    """The first day at one of `paths`, as the bank wrote it. Raises Invalid `bank_file_incomplete`."""
    try:
        return date.fromisoformat(needed_text(node, *paths)[:10])
    except ValueError as wrong:
        raise Invalid("bank_file_incomplete", "file", element=paths[0]) from wrong


def moment_at(node: etree._Element, path: str, zone: str) -> datetime:
    """The aware moment at `path`; `zone` where the bank names none. Raises Invalid `bank_file_incomplete`."""
    try:
        moment = datetime.fromisoformat(needed_text(node, path))
    except ValueError as wrong:
        raise Invalid("bank_file_incomplete", "file", element=path) from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))
