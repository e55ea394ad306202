"""A real SMTP server to test mail with: aiosmtpd in a thread of its own, on a free port, that answers as it is told.

It speaks TLS, from the start or when asked to, where it is given a context for it (see tests.certificates).
"""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class Mailbox:
    """What the server was given. `rcpt` and `data` answer for an address and a message; None accepts.

    `logins` are the users and passwords that it was told, `password` the one that it takes, and `in_tls` says of each message
    whether it came so.
    """

    rcpt: Callable[[str], str | None] = lambda address: None
    data: Callable[[EmailMessage], str | None] = lambda message: None
    accepted: list[EmailMessage] = field(default_factory=list)
    seen: list[EmailMessage] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    senders: list[str | None] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    in_tls: list[bool] = field(default_factory=list)
    password: str = ""
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
        transport = server.transport
        self.in_tls.append(transport is not None and transport.get_extra_info("ssl_object") is not None)
        answer = self.data(message)
        if answer is None:
            self.accepted.append(message)
        return answer or "250 OK"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, told: Any) -> AuthResult:
        """Whether a user may send: aiosmtpd's authenticator."""
        assert isinstance(told, LoginPassword)
        self.logins.append((told.login.decode(), told.password.decode()))
        return AuthResult(success=told.password.decode() == self.password, handled=False)

    def to(self) -> list[str]:
        """The addresses of the accepted messages."""
        return [str(message["To"]) for message in self.accepted]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


@contextmanager
def a_mail_server(
    port: int | None = None, *, tls: ssl.SSLContext | None = None, from_the_start: bool = False, password: str = ""
) -> Iterator[Mailbox]:
    """A mail server while the context lasts. With `tls` it offers STARTTLS, or speaks TLS `from_the_start`.

    With a password it can be signed in to, in the clear as well: it is for the client not to send it there.
    """
    mailbox = Mailbox(password=password)
    wanted: dict[str, Any] = {}
    if password:
        wanted = {"auth_require_tls": False, "authenticator": mailbox.authenticate}
    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=port or free_port(),
        ssl_context=tls if from_the_start else None,
        tls_context=None if from_the_start else tls,
        **wanted,
    )
    controller.start()
    mailbox.url = f"{'smtps' if from_the_start else 'smtp'}://127.0.0.1:{controller.port}"
    try:
        yield mailbox
    finally:
        controller.stop()
