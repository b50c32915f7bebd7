"""Words and references as SEPA allows them: the Latin letters, digits and few signs every bank takes. Texts are mapped,
references are refused when they do not fit, because the bank's answer is found by them again.
"""

import re
import unicodedata

from loyalty.errors import Invalid

NAME_LENGTH = 70
TEXT_LENGTH = 140
REFERENCE_LENGTH = 35
_FOREIGN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]+")
_REFERENCE = re.compile(r"[A-Za-z0-9?:().,'+-](?:[A-Za-z0-9/?:().,'+ -]*[A-Za-z0-9?:().,'+-])?")
_SPELLED = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ẞ": "SS",
    "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ø": "oe", "Ø": "Oe", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i",
    "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "&": "+", "€": "EUR", "_": "-", "–": "-", "—": "-", "’": "'", "‘": "'",
})  # fmt: skip


def sepa_text(text: str, limit: int) -> str:
    """`text` in SEPA's letters, at most `limit` of them: ä as ae, é as e, what has no likeness as a blank."""
    spelled = unicodedata.normalize("NFC", text).translate(_SPELLED)
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(sign)
    )
    return " ".join(_FOREIGN.sub(" ", plain).split())[:limit].rstrip()


def check_words(text: str, limit: int, field: str) -> str:
    """`sepa_text`, which has to leave something. Raises Invalid `text_empty`."""
    words = sepa_text(text, limit)
    if not words:
        raise Invalid("text_empty", field)
    return words


def check_reference(text: str, field: str, limit: int = REFERENCE_LENGTH) -> str:
    """`text` unchanged. Raises Invalid `reference_invalid`: too long, foreign signs, slashes at an end or in a row."""
    if len(text) > limit or not _REFERENCE.fullmatch(text) or "//" in text:
        raise Invalid("reference_invalid", field, limit=limit)
    return text
