"""Mail addresses, and where mail goes: an SMTP server or GOV.UK Notify. Apart from the channels, so that settings are read
without them.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){_LOCAL}@{_LABEL}(?:\.{_LABEL})*\Z")


def can_be_address(text: str) -> bool:
    """Whether something can be an address: plain ASCII, `local@domain`, no names, comments or quotes."""
    return _ADDRESS.match(text) is not None


@dataclass(frozen=True)
class MailServer:
    """An SMTP server and who we are to it. With `tls` it is spoken to in TLS from the start (smtps).

    Otherwise TLS is begun when the server offers it, and must be when there is a password: none goes in the clear. `ca` is a
    file of certificates that are trusted besides those of the machine.
    """

    host: str
    port: int
    tls: bool
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: Path | None = None


@dataclass(frozen=True)
class NotifyService:
    """A service of GOV.UK Notify, by its API key, and the template of its letters, by its id."""

    url: str
    key: str = field(repr=False)
    template: str
    reply_to: str | None = None
