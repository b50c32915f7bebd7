"""What Emma must be told: frozen settings from the environment (EMMA_*) and `.env`.

In production a missing or misspelt name is refused. For everything else `local` lends a database and secrets.
"""

import contextlib
import difflib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config import embedded, mail

PREFIX = "EMMA_"
SHORTEST_SECRET = 32
SCHEMES = ("postgresql+psycopg://", "postgresql://", "postgres://")
TRUTH = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
LEVELS = ("debug", "info", "warning", "error")


class SettingsError(Exception):
    """A setting is missing, unknown or unreadable; the text names it and never shows a secret."""


@dataclass(frozen=True)
class Settings:
    """What the parts are made from. `migration_url` is the owner's, `database_url` the application's."""

    database_url: str
    database_role: str
    migration_url: str
    secret_key: str
    card_key: bytes
    instance: Path
    rate_limit: int = 1000  # calls a second and till key; 0: none
    log_level: str = "info"
    https: bool = True  # cookies for https only, and browsers told to stay there
    proxies: int = 0  # how many trusted proxies stand before us and say who is asking
    smtp_url: str | None = None  # None: mails wait in the outbox
    mail_from: str = ""
    server: embedded.Server | None = None


KNOWN = {
    "EMMA_DATABASE_URL",
    "EMMA_DATABASE_ROLE",
    "EMMA_MIGRATION_URL",
    "EMMA_SECRET_KEY",
    "EMMA_CARD_KEY",
    "EMMA_RATE_LIMIT",
    "EMMA_LOG_LEVEL",
    "EMMA_HTTPS",
    "EMMA_PROXIES",
    "EMMA_SMTP_URL",
    "EMMA_MAIL_FROM",
}
OWN_DATABASE = ("EMMA_DATABASE_URL", "EMMA_MIGRATION_URL", "EMMA_DATABASE_ROLE")
REQUIRED = ("EMMA_DATABASE_URL", "EMMA_SECRET_KEY", "EMMA_CARD_KEY")


def load(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Settings of a real installation. SettingsError when a required one is missing."""
    folder = folder or Path.cwd()
    given = _given(os.environ if environ is None else environ, folder)
    missing = [name for name in REQUIRED if not given.get(name)]
    if missing:
        raise SettingsError(
            f"Not set: {', '.join(missing)}. Set them in the environment or in {folder / '.env'}."
        )
    return _settings(given, folder / "instance")


def local(
    environ: Mapping[str, str] | None = None, folder: Path | None = None, lent_database: bool = False
) -> Settings:
    """As `load`, but what is missing is lent: the database and the secrets under `folder`/instance.

    With a database of your own no secret is made up: it would differ on the next machine. `lent_database`: take
    the one under instance/ whatever is set.
    """
    folder = folder or Path.cwd()
    given = _given(os.environ if environ is None else environ, folder)
    if lent_database:
        given = {name: value for name, value in given.items() if name not in OWN_DATABASE}
    elif given.get("EMMA_DATABASE_URL"):
        return load(environ, folder)
    instance = folder / "instance"
    server = embedded.start(instance)
    embedded.ensure_database(server.url())
    lent = {
        "EMMA_HTTPS": "false",
        "EMMA_SMTP_URL": (instance / "mail").absolute().as_uri(),
        "EMMA_MAIL_FROM": "Emma <emma@localhost>",
    }
    given = {**lent, **_kept_secrets(instance / "secrets.json"), **given}
    given["EMMA_DATABASE_URL"] = server.url()
    return _settings(given, instance, server)


def environment(settings: Settings) -> dict[str, str]:
    """The settings as a child process finds them in its environment."""
    return {
        "EMMA_DATABASE_URL": settings.database_url,
        "EMMA_DATABASE_ROLE": settings.database_role,
        "EMMA_MIGRATION_URL": settings.migration_url,
        "EMMA_SECRET_KEY": settings.secret_key,
        "EMMA_CARD_KEY": settings.card_key.decode(),
        "EMMA_RATE_LIMIT": str(settings.rate_limit),
        "EMMA_LOG_LEVEL": settings.log_level,
        "EMMA_HTTPS": str(settings.https).lower(),
        "EMMA_PROXIES": str(settings.proxies),
        "EMMA_SMTP_URL": settings.smtp_url or "",
        "EMMA_MAIL_FROM": settings.mail_from,
    }


def _settings(given: Mapping[str, str], instance: Path, server: embedded.Server | None = None) -> Settings:
    level = given.get("EMMA_LOG_LEVEL", "info").lower()
    if level not in LEVELS:
        raise SettingsError(f"EMMA_LOG_LEVEL is one of {', '.join(LEVELS)}.")
    return Settings(
        database_url=_address("EMMA_DATABASE_URL", given["EMMA_DATABASE_URL"]),
        database_role=given.get("EMMA_DATABASE_ROLE", "emma_app"),
        migration_url=_address(
            "EMMA_MIGRATION_URL", given.get("EMMA_MIGRATION_URL") or given["EMMA_DATABASE_URL"]
        ),
        secret_key=_secret("EMMA_SECRET_KEY", given),
        card_key=_secret("EMMA_CARD_KEY", given).encode(),
        instance=instance,
        rate_limit=_number("EMMA_RATE_LIMIT", given, 1000),
        log_level=level,
        https=_truth("EMMA_HTTPS", given, True),
        proxies=_number("EMMA_PROXIES", given, 0),
        **_mail(given),
        server=server,
    )


def _given(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Every EMMA_ name of the environment and, behind it, of `.env`; an unknown one is refused."""
    given = {**_dotenv(folder / ".env"), **environ}
    given = {name: value for name, value in given.items() if name.startswith(PREFIX)}
    for name in sorted(given.keys() - KNOWN):
        near = difflib.get_close_matches(name, KNOWN, 1, 0.75)
        raise SettingsError(f"Unknown setting {name}." + (f" Did you mean {near[0]}?" if near else ""))
    return given


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip().removeprefix("export ")
        if not line or line.startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise SettingsError(f"{path}, line {number}: NAME=value expected.")
        value = value.strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[name.strip()] = value
    return found


def _kept_secrets(path: Path) -> dict[str, str]:
    """The secrets of this folder, made at the first look; readable by its owner only."""
    names = ("EMMA_SECRET_KEY", "EMMA_CARD_KEY")
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        with open(fresh, "w", opener=_private) as file:
            json.dump({name: secrets.token_urlsafe(48) for name in names}, file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its secrets count
            os.link(fresh, path)
        fresh.unlink()
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _address(name: str, value: str) -> str:
    for scheme in SCHEMES:
        if value.startswith(scheme):
            return SCHEMES[0] + value.removeprefix(scheme)
    raise SettingsError(f"{name} starts with postgresql:// (PostgreSQL 15 or newer).")


def _mail(given: Mapping[str, str]) -> dict[str, Any]:
    """Where mails go and from whom: both or neither."""
    url, sender = given.get("EMMA_SMTP_URL"), given.get("EMMA_MAIL_FROM", "")
    try:
        if url:
            mail.route(url)
    except ValueError:
        raise SettingsError(
            "EMMA_SMTP_URL is smtp://user:password@host:587?starttls=true or smtps://user:password@host."
        ) from None
    try:
        if url or sender:
            mail.sender(sender)
    except ValueError:
        raise SettingsError("EMMA_MAIL_FROM is who mails come from: Emma <emma@example.org>.") from None
    return {"smtp_url": url or None, "mail_from": sender}


def _secret(name: str, given: Mapping[str, str]) -> str:
    if len(given[name]) < SHORTEST_SECRET:
        raise SettingsError(
            f"{name} has at least {SHORTEST_SECRET} characters, e.g. from `openssl rand -hex 32`."
        )
    return given[name]


def _number(name: str, given: Mapping[str, str], default: int) -> int:
    value = given.get(name, str(default))
    if not value.isascii() or not value.isdigit() or len(value) > 9:
        raise SettingsError(f"{name} is a whole number.")
    return int(value)


def _truth(name: str, given: Mapping[str, str], default: bool) -> bool:
    value = given.get(name, str(default)).lower()
    if value not in TRUTH:
        raise SettingsError(f"{name} is true or false.")
    return TRUTH[value]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
