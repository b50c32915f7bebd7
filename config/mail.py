"""Where mails go: an SMTP server, or a folder of .eml files for a demo. Knows no messages and no database."""

import contextlib
import os
import smtplib
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from urllib.request import url2pathname

TIMEOUT_SECONDS = 60  # of one step of the conversation; the five of a message stay within outbox.LEASE
PORTS = {"plain": 25, "starttls": 587, "tls": 465}
HERE = ("localhost", "127.0.0.1", "::1")
STARTTLS = {"true": True, "false": False}

Send = Callable[[EmailMessage], object]  # raises OSError or smtplib.SMTPException, which is one


@dataclass(frozen=True, slots=True)
class Relay:
    """An SMTP server. `encryption` is "plain", "starttls" or "tls" from the first byte; certificates are checked."""

    host: str
    port: int
    encryption: str
    user: str = ""
    password: str = field(default="", repr=False)

    @contextlib.contextmanager
    def open(self, sender: Address) -> Iterator[Send]:
        """A signed-in connection, for many messages. OSError when there is none to be had."""
        smtp = self._reach(sender.domain)
        try:
            if self.encryption == "starttls":
                smtp.starttls(context=ssl.create_default_context())
            if self.user:
                smtp.login(self.user, self.password)
            yield lambda mail: smtp.send_message(mail, from_addr=sender.addr_spec)
        finally:
            with contextlib.suppress(OSError):
                smtp.quit()
            smtp.close()

    def _reach(self, name: str) -> smtplib.SMTP:
        """`name` is how we present ourselves: to look our own host up may take a slow name server's time."""
        if self.encryption == "tls":
            tls = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, name, timeout=TIMEOUT_SECONDS, context=tls)
        return smtplib.SMTP(self.host, self.port, name, timeout=TIMEOUT_SECONDS)


@dataclass(frozen=True, slots=True)
class Folder:
    """Instead of a server: one file per message, named by its Message-ID, so that a repetition replaces it."""

    path: Path

    @contextlib.contextmanager
    def open(self, _sender: Address) -> Iterator[Send]:
        """The folder, made when it is missing; only its owner reads other people's mail."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield self._write

    def _write(self, mail: EmailMessage) -> None:
        name = str(mail["Message-ID"]).strip("<>").partition("@")[0]
        fresh = self.path / f"{name}.{os.getpid()}"
        fresh.write_bytes(bytes(mail))
        fresh.rename(self.path / f"{name}.eml")


Route = Relay | Folder


def route(url: str) -> Route:
    """What an EMMA_SMTP_URL names. ValueError, whose text never goes further, when nothing."""
    parts = urlsplit(url)
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return Folder(Path(url2pathname(parts.path)))
    if not parts.hostname or parts.path not in ("", "/") or parts.fragment:
        raise ValueError("no server")
    encryption = _encryption(parts)
    port, user, password = parts.port, unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():
        raise ValueError("the protocol has no such signs")
    return Relay(parts.hostname, port or PORTS[encryption], encryption, user, password)


def sender(text: str) -> Address:
    """What an EMMA_MAIL_FROM names: an address, with or without a name before it. ValueError when none."""
    name, address = parseaddr(text)
    if "@" not in address or not address.isascii():
        raise ValueError("no address")
    try:
        return Address(name, addr_spec=address)
    except Exception as error:  # the library's parser raises of many kinds, IndexError among them
        raise ValueError("no address") from error


def _encryption(parts: SplitResult) -> str:
    """A password in the clear goes to this machine only, unless somebody says starttls=false on purpose."""
    said = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    asked = said.pop("starttls", [""])[0]
    if said or (asked and asked not in STARTTLS) or parts.scheme not in ("smtp", "smtps"):
        raise ValueError("unknown scheme or option")
    if parts.scheme == "smtps":
        return "tls"
    if not asked and parts.password and parts.hostname not in HERE:
        raise ValueError("password in the clear")
    return "starttls" if STARTTLS.get(asked) else "plain"
