"""Numbers by which banks know accounts, banks and creditors: checked digit by digit and written in their plain form.
Never asks a bank whether the account exists.
"""

import re

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from loyalty.errors import Invalid

_CREDITOR_ID = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{3}[A-Z0-9]{1,28}")
_GERMAN_ID = re.compile(r"DE[0-9]{2}[A-Z0-9]{3}[0-9]{11}")


def check_iban(text: str) -> str:
    """The IBAN in capitals without blanks. Raises Invalid `iban_invalid`, `iban_outside_sepa`."""
    try:
        iban = IBAN(text)
    except SchwiftyException as wrong:
        raise Invalid("iban_invalid", "iban") from wrong
    if not iban.in_sepa_zone:
        raise Invalid("iban_outside_sepa", "iban", country=iban.country_code)
    return str(iban)


def check_bic(text: str) -> str:
    """The BIC, 8 or 11 capitals. Raises Invalid `bic_invalid`."""
    try:
        return str(BIC(text))
    except SchwiftyException as wrong:
        raise Invalid("bic_invalid", "bic") from wrong


def check_creditor_id(text: str) -> str:
    """The SEPA creditor identifier in capitals without blanks. Raises Invalid `creditor_id_invalid`."""
    plain = "".join(text.split()).upper()
    shape = _GERMAN_ID if plain.startswith("DE") else _CREDITOR_ID
    # Characters 5 to 7 are the creditor's own business code: the check digits do not cover them.
    if not shape.fullmatch(plain) or _remainder(plain[7:] + plain[:4]) != 1:
        raise Invalid("creditor_id_invalid", "creditor_id")
    return plain


def _remainder(text: str) -> int:
    """ISO 7064 mod 97: letters count as 10 to 35."""
    return int("".join(str(int(letter, 36)) for letter in text)) % 97
