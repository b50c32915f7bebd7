"""A real SMTP server for tests: it keeps what it is given and refuses the addresses it is told to refuse."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from aiosmtpd.controller import Controller


class Letterbox:
    """`mails` in the order they came. `answers`: an address -> what RCPT says to it. `on_mail` is called at each."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.senders: list[str] = []
        self.answers: dict[str, str] = {}
        self.sender_answer = ""
        self.data_answer = "250 kept"
        self.on_mail: Callable[[int], None] = lambda _count: None
        self.port = 0

    @property
    def ids(self) -> list[str]:
        """The Message-IDs of all mails."""
        return [str(mail["Message-ID"]) for mail in self.mails]

    async def handle_MAIL(
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        self.senders.append(address)
        return self.sender_answer or "250 OK"

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.data_answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=SMTP)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.on_mail(len(self.mails))
        return self.data_answer


@contextmanager
def letterbox(**options: Any) -> Iterator[Letterbox]:
    """A letterbox that listens on 127.0.0.1 while the block runs. `options` are aiosmtpd's."""
    box = Letterbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    controller = Controller(box, "127.0.0.1", box.port, decode_data=False, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
