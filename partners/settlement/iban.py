"""Account numbers as banks read them: IBAN, BIC and the creditor identifier of SEPA, checked before they are kept."""

import re

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException

from loyalty.errors import Invalid

CREDITOR = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{3}[A-Z0-9]{1,28}")


def check_iban(text: str) -> str:
    """The IBAN without spaces, in capitals. Raises Invalid `iban_invalid`."""
    try:
        return str(IBAN(text.strip(), validate_bban=False).compact)
    except (SchwiftyException, ValueError):
        raise Invalid("iban_invalid", "iban") from None


def check_bic(text: str) -> str:
    """The BIC in capitals. Raises Invalid `bic_invalid`."""
    try:
        return str(BIC(text.strip()).compact)
    except (SchwiftyException, ValueError):
        raise Invalid("bic_invalid", "bic") from None


def check_creditor_id(text: str) -> str:
    """A creditor identifier without spaces, in capitals. Raises Invalid `creditor_id_invalid`.

    Its check digits are those of ISO 7064 over country and national part; the business code between is left out (EPC
    AT-02).
    """
    clean = re.sub(r"\s", "", text).upper()
    if not CREDITOR.fullmatch(clean):
        raise Invalid("creditor_id_invalid", "creditor_id")
    digits = "".join(str(int(sign, 36)) for sign in clean[7:] + clean[:4])
    if int(digits) % 97 != 1:
        raise Invalid("creditor_id_invalid", "creditor_id")
    return clean
