"""What must go out is a row first: it exists exactly when the change it speaks of was committed. Nothing is sent here.

A sender claims one row by pushing its due time forward, sends outside any transaction and confirms in another: killed
in between, the message is sent again under the same id. Receivers tell a repetition by that.
"""

import base64
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from loyalty.errors import Invalid
from loyalty.models.outbox import Outbox

LEASE = timedelta(minutes=10)  # longer than the slowest server may take over one message
KEPT = timedelta(days=30)
DELAYS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 1440))  # after the nth try

LONGEST_ADDRESS = 254  # RFC 5321
LONGEST_SUBJECT = 200
LARGEST_ATTACHMENTS = 10 * 1024 * 1024  # bytes together; many servers take no more
LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = re.compile(rf"{LOCAL}(?:\.{LOCAL})*@(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.)*[a-z0-9-]{{2,63}}")
NO_TEXT = re.compile("[\0\ud800-\udfff]")  # neither PostgreSQL nor UTF-8 takes them
UNFIT = {"Cc", "Cs", "Zl", "Zp"}  # controls, halves of surrogate pairs, line and paragraph separators
MEDIA_TYPE = re.compile(r"[a-z0-9]+/[a-z0-9.+-]+")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a message: its name, its media type ("application/pdf") and its bytes."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """A mail to one address. `html` says the same as `text`, for programs that show it."""

    recipient: str
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is ours to send until its lease is over. `tries` counts this one."""

    id: UUID
    message: Message
    created_at: datetime
    tries: int


def put(session: Session, message: Message, at: datetime, new_id: Callable[[], UUID]) -> UUID:
    """Write the message down, to be sent as soon as the caller's transaction is committed; its id.

    Raises Invalid: `email_invalid` for the recipient, `text_invalid` for a line break in the subject or what no mail
    can carry, `attachment_invalid`, `too_large`.
    """
    row = {"id": new_id(), "channel": "mail", "created_at": at, "due_at": at, **_checked(message)}
    session.execute(insert(Outbox).values(row))
    return row["id"]


def is_due(session: Session, at: datetime) -> bool:
    """Whether a message waits to be sent by `at`."""
    return session.scalar(_due(at).limit(1)) is not None


def claim(session: Session, at: datetime) -> Claimed | None:
    """Take the message that is due longest, for LEASE, or None. Commit before you send.

    Of two senders each gets another one: neither waits for the other's lock.
    """
    first = (
        _due(at).order_by(Outbox.due_at, Outbox.id).limit(1).with_for_update(skip_locked=True).cte("first")
    )
    statement = (
        update(Outbox)
        .where(Outbox.id == first.c.id)
        .values(due_at=at + LEASE, tries=Outbox.tries + 1)
        .returning(Outbox)
    )
    row = session.scalar(statement, execution_options={"populate_existing": True})
    return _claimed(row) if row is not None else None


def confirm(session: Session, claimed: Claimed, at: datetime) -> None:
    """It was sent. True whatever another sender made of it meanwhile, so nothing is compared."""
    statement = update(Outbox).where(Outbox.id == claimed.id, Outbox.sent_at.is_(None))
    session.execute(statement.values(sent_at=at, failed_at=None, error=None))


def put_off(session: Session, claimed: Claimed, at: datetime, error: str, lasting: bool) -> bool:
    """It was not sent: try again after a delay that grows, or give up; true when given up.

    `error` is a code and never what a server said, which may hold an address. `lasting`: no later try can succeed.
    Does nothing when the lease ran out and another sender has the message now.
    """
    given_up = lasting or claimed.tries > len(DELAYS)
    outcome = {"failed_at": at} if given_up else {"due_at": at + DELAYS[claimed.tries - 1]}
    session.execute(
        update(Outbox)
        .where(Outbox.id == claimed.id, Outbox.tries == claimed.tries, Outbox.sent_at.is_(None))
        .values(error=error, **outcome)
    )
    return given_up


def forget(session: Session, recipient: str) -> int:
    """Erasure: delete whatever was written to this address, sent or not; how many."""
    return session.execute(delete(Outbox).where(Outbox.recipient == recipient.strip().lower())).rowcount


def sweep(session: Session, at: datetime, limit: int = 1_000) -> int:
    """Delete up to `limit` messages sent or given up more than KEPT ago; how many. The door calls again until 0."""
    old = select(Outbox.id).where(or_(Outbox.sent_at < at - KEPT, Outbox.failed_at < at - KEPT)).limit(limit)
    return session.execute(delete(Outbox).where(Outbox.id.in_(old))).rowcount


def _due(at: datetime) -> Select[tuple[UUID]]:
    return select(Outbox.id).where(Outbox.due_at <= at, Outbox.sent_at.is_(None), Outbox.failed_at.is_(None))


def _checked(message: Message) -> dict[str, Any]:
    """The columns of a message that cannot break out of its headers."""
    recipient = message.recipient.strip(" ").lower()
    if len(recipient) > LONGEST_ADDRESS or not ADDRESS.fullmatch(recipient):
        raise Invalid("email_invalid", "recipient")
    _check_line(message.subject, "subject", LONGEST_SUBJECT)
    for field, body in (("text", message.text), ("html", message.html or "")):
        if NO_TEXT.search(body):
            raise Invalid("text_invalid", field)
    if sum(len(one.content) for one in message.attachments) > LARGEST_ATTACHMENTS:
        raise Invalid("too_large", "attachments", most=LARGEST_ATTACHMENTS)
    return {
        "recipient": recipient,
        "subject": message.subject,
        "text_body": message.text,
        "html_body": message.html,
        "attachments": [_stored(one) for one in message.attachments],
    }


def _check_line(line: str, field: str, longest: int) -> None:
    """One line, whatever counts as its end: with a break in it, a name could add headers and recipients."""
    if not 1 <= len(line) <= longest or any(unicodedata.category(sign) in UNFIT for sign in line):
        raise Invalid("text_invalid", field)


def _stored(one: Attachment) -> dict[str, str]:
    if not MEDIA_TYPE.fullmatch(one.type):
        raise Invalid("attachment_invalid", "attachments")
    _check_line(one.name, "attachments", LONGEST_SUBJECT)
    return {"name": one.name, "type": one.type, "base64": base64.b64encode(one.content).decode()}


def _claimed(row: Outbox) -> Claimed:
    attachments = tuple(
        Attachment(one["name"], one["type"], base64.b64decode(one["base64"])) for one in row.attachments
    )
    message = Message(row.recipient, row.subject, row.text_body, row.html_body, attachments)
    return Claimed(row.id, message, row.created_at, row.tries)
