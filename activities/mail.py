"""Mail: a channel that hands notices to an SMTP server.

An answer of 4xx, and a server that can't be reached, are tried again; 5xx for a recipient or for what is sent is final. When
the server does not answer after it was given the whole letter, nobody knows whether it took it: see activities.delivery.
"""

import asyncio
import socket
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from hashlib import sha256

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientRefused, SMTPResponseException

from activities.addresses import MailServer
from activities.delivery import Bounced, Deferred, Invitation, Letter, address_of

LIMIT = 20.0
"""Seconds that handing over one letter may take."""

AT_ONCE = 8
"""How many connections to the server are held at a time."""


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """A letter as a message. Raises Bounced when its recipient has no address that can be."""
    to, address = letter.recipient, address_of(letter)
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = sender
    # A name is written by people: whatever breaks a line in it becomes a space.
    message["To"] = Address(display_name=" ".join((to.name or "").split()), addr_spec=address)
    message["Subject"] = letter.text.subject
    message["Date"] = format_datetime(letter.at)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text.body, charset="utf-8", cte="quoted-printable")
    if letter.text.invitation is not None:
        _enclose(message, letter.text.invitation, letter.message_id)
    return message


def _enclose(message: EmailMessage, invitation: Invitation, message_id: str) -> None:
    """Put an invitation in as calendar programs look for it: beside the words, with its method, and as a file as well.

    Each try is the same message to the byte, boundaries included.
    """
    calendar = invitation.content.decode()
    message.add_alternative(calendar, subtype="calendar", cte="base64", params={"method": invitation.method})
    name = "invite.ics" if invitation.method == "REQUEST" else "cancel.ics"
    message.add_attachment(invitation.content, maintype="application", subtype="ics", filename=name)
    whole, beside = (part for part in message.walk() if part.is_multipart())
    mark = sha256(message_id.encode()).hexdigest()[:32]
    whole.set_boundary(f"={mark}=1")
    beside.set_boundary(f"={mark}=2")


class EmailChannel:
    """Hands each letter to an SMTP server, in a connection of its own."""

    name = "email"
    knows_repeats = False

    def __init__(self, server: MailServer, limit: float = LIMIT) -> None:
        self._server, self._limit = server, limit
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def send(self, letter: Letter) -> None:
        """Hand a letter over. Raises Bounced, Deferred, or OSError when it is not known whether it was taken."""
        message = message_of(letter, self._server.sender).as_bytes()
        server, handed_over = self._server, False
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.tls,
            start_tls=True if server.user and not server.tls else None if not server.tls else False,
            username=server.user,
            password=server.password,
            cert_bundle=str(server.ca) if server.ca else None,
            local_hostname=socket.gethostname(),  # its own default may ask a name server and wait for it
            timeout=self._limit,
        )
        try:
            async with asyncio.timeout(self._limit), self._turns:
                await smtp.connect()
                await smtp.mail(server.sender)
                await smtp.rcpt(letter.recipient.address or "")
                handed_over = True
                await smtp.data(message)
        except SMTPResponseException as error:
            if error.code >= 500 and isinstance(error, SMTPRecipientRefused | SMTPDataError):
                raise Bounced("refused", error.code) from None
            raise Deferred(error.code) from None
        except (SMTPException, OSError, ValueError) as error:
            if handed_over:
                raise OSError(type(error).__name__) from None
            raise Deferred from None
        else:
            with suppress(SMTPException, OSError):  # it is accepted: how we part changes nothing
                await asyncio.wait_for(smtp.quit(), 2)
        finally:
            smtp.close()
