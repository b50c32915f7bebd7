"""Delivers what waits in the outbox, each message at least once. Network stands between transactions, never in one."""

import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import structlog

from config.mail import Route, Send
from loyalty import outbox
from loyalty.db import transact
from loyalty.outbox import Claimed

ROUND = 500  # messages; a worker that was told to stop ends the round first
TOO_BIG = 552
GOODBYE = 421

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message did not go. `lasting`: it never will; `ends_round`: nor would the next one now."""

    error: str
    lasting: bool
    ends_round: bool


def deliver(route: Route, sender: Address, clock: Callable[[], datetime], most: int = ROUND) -> int:
    """Send up to `most` messages that are due; how many went. Any number of senders may do so at once.

    A server that cannot be reached is no message's fault: nothing is claimed then, and no try is spent.
    Needs an application context.
    """
    if not transact(lambda session: outbox.is_due(session, clock())):
        return 0
    sent = 0
    try:
        with route.open(sender) as send:
            for _ in range(most):
                claimed = transact(lambda session: outbox.claim(session, clock()))
                failure = _deliver_one(claimed, send, sender, clock) if claimed else None
                if claimed is None or (failure and failure.ends_round):
                    break
                sent += failure is None
    except OSError as error:
        log.warning("mail_unreachable", error=failure_of(error).error)
    return sent


def compose(claimed: Claimed, sender: Address) -> EmailMessage:
    """The mail of a message. Its Message-ID and date are the row's, so a repetition can be recognised."""
    message = claimed.message
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = message.recipient
    mail["Subject"] = message.subject
    mail["Date"] = claimed.created_at
    mail["Message-ID"] = f"<{claimed.id}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers it
    # Not every server takes eight bits.
    mail.set_content(message.text, cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for one in message.attachments:
        maintype, subtype = one.type.split("/")
        mail.add_attachment(one.content, maintype=maintype, subtype=subtype, filename=one.name)
    return mail


def failure_of(error: Exception) -> Failure:
    """What an error of sending means. It keeps class and code: the server's words may hold an address."""
    code = _code(error)
    refuses_us = isinstance(error, smtplib.SMTPSenderRefused) and code != TOO_BIG  # not the message's fault
    hopeless = isinstance(error, (ValueError, smtplib.SMTPNotSupportedError))
    lost = not isinstance(error, smtplib.SMTPException) or isinstance(error, smtplib.SMTPServerDisconnected)
    return Failure(
        error=type(error).__name__ + (f" {code}" if code else ""),
        lasting=hopeless or (500 <= code < 600 and not refuses_us),
        ends_round=refuses_us or code == GOODBYE or (isinstance(error, OSError) and lost),
    )


def _deliver_one(
    claimed: Claimed, send: Send, sender: Address, clock: Callable[[], datetime]
) -> Failure | None:
    """None when it went."""
    try:
        send(compose(claimed, sender))
    except Exception as error:  # whatever it is, it must not hold up the messages behind it
        failure = failure_of(error)
        if transact(
            lambda session: outbox.put_off(session, claimed, clock(), failure.error, failure.lasting)
        ):
            log.warning("mail_given_up", id=str(claimed.id), error=failure.error)
        return failure
    transact(lambda session: outbox.confirm(session, claimed, clock()))
    return None


def _code(error: Exception) -> int:
    """SMTP's three digits, 0 when it has none."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _words in error.recipients.values())
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0
