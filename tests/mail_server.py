"""A real SMTP server to test mail with: aiosmtpd in a thread of its own, on a free port, that answers as it is told."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Mailbox:
    """What the server was given. `rcpt` and `data` answer for an address and a message; None accepts."""

    rcpt: Callable[[str], str | None] = lambda address: None
    data: Callable[[EmailMessage], str | None] = lambda message: None
    accepted: list[EmailMessage] = field(default_factory=list)
    seen: list[EmailMessage] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    senders: list[str | None] = field(default_factory=list)
    url: str = ""

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: Any) -> str:
        self.asked.append(address)
        answer = self.rcpt(address)
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.seen.append(message)
        self.senders.append(envelope.mail_from)
        answer = self.data(message)
        if answer is None:
            self.accepted.append(message)
        return answer or "250 OK"

    def to(self) -> list[str]:
        """The addresses of the accepted messages."""
        return [str(message["To"]) for message in self.accepted]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@contextmanager
def a_mail_server(port: int | None = None) -> Iterator[Mailbox]:
    """A mail server while the context lasts."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port or free_port())
    controller.start()
    mailbox.url = f"smtp://127.0.0.1:{controller.port}"
    try:
        yield mailbox
    finally:
        controller.stop()
