"""What somebody tells us when signing up, checked and brought into one form. Pure: no database."""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date

from loyalty.errors import Invalid

LONGEST_NAME = 80
LONGEST_EMAIL = 254  # RFC 5321
COUNTRY = "49"  # a number written without a country is dialled from Germany
LANGUAGES = ("de", "en")
EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}"
)
OLDEST = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person as they introduce themselves. Only the first name must be given."""

    first_name: str
    last_name: str = ""
    email: str | None = None
    phone: str | None = None
    born_on: date | None = None
    language: str = "de"


def checked(person: Newcomer, today: date, minimum_age: int) -> Newcomer:
    """The same person with names trimmed, e-mail in lower case, phone as +491701234567.

    Raises Invalid naming the field. `today` is the coalition's local day.
    """
    if person.language not in LANGUAGES:
        raise Invalid("language_unknown", "language")
    if person.born_on is not None:
        check_age(person.born_on, today, minimum_age)
    return replace(
        person,
        first_name=clean_name(person.first_name, "first_name", shortest=1),
        last_name=clean_name(person.last_name, "last_name"),
        email=clean_email(person.email) if person.email else None,
        phone=clean_phone(person.phone) if person.phone else None,
    )


def clean_name(name: str, field: str, shortest: int = 0) -> str:
    """One line of printable characters, composed (NFC), single spaces. Raises Invalid `name_invalid`."""
    clean = re.sub(" +", " ", unicodedata.normalize("NFC", name)).strip(" ")
    if not shortest <= len(clean) <= LONGEST_NAME or not _printable(clean):
        raise Invalid("name_invalid", field)
    return clean


def clean_email(email: str) -> str:
    """In lower case. Raises Invalid `email_invalid` when no address looks like this."""
    clean = email.strip().lower()
    if len(clean) > LONGEST_EMAIL or not EMAIL.fullmatch(clean) or ".." in clean or clean.startswith("."):
        raise Invalid("email_invalid", "email")
    return clean


def clean_phone(phone: str) -> str:
    """As E.164, "+491701234567"; without a country it is German. Raises Invalid `phone_invalid`."""
    number = dialled(phone)
    if number is None or not 8 <= len(number) <= 16:
        raise Invalid("phone_invalid", "phone")
    return number


def dialled(phone: str) -> str | None:
    """A number, or how it begins: country in front, without spaces and brackets. None if it is none."""
    signs = re.sub(r"[\s()/.\-–]", "", phone.replace("(0)", ""))
    if signs.startswith("00"):
        signs = "+" + signs[2:]
    elif signs.startswith("0"):
        signs = f"+{COUNTRY}{signs[1:]}"
    elif not signs.startswith("+"):
        signs = f"+{COUNTRY}{signs}"
    return signs if re.fullmatch(r"\+[1-9][0-9]*", signs) else None


def check_age(born_on: date, today: date, minimum_age: int) -> None:
    """Raises Invalid: `born_on_invalid` for a day that cannot be, `too_young` below the age in years."""
    if not OLDEST <= born_on <= today:
        raise Invalid("born_on_invalid", "born_on")
    had_birthday = (today.month, today.day) >= (born_on.month, born_on.day)
    if today.year - born_on.year - (not had_birthday) < minimum_age:
        raise Invalid("too_young", "born_on", minimum_age=minimum_age)


def _printable(text: str) -> bool:
    """No control, format, surrogate, private or unassigned characters, no line or paragraph breaks."""
    return not any(unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029" for sign in text)
