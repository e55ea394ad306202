"""Mail addresses and the server mail goes to. Apart from the channel itself, so that settings are read without it."""

import re
from dataclasses import dataclass, field

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){_LOCAL}@{_LABEL}(?:\.{_LABEL})*\Z")


def can_be_address(text: str) -> bool:
    """Whether something can be an address: plain ASCII, `local@domain`, no names, comments or quotes."""
    return _ADDRESS.match(text) is not None


@dataclass(frozen=True)
class MailServer:
    """An SMTP server and who we are to it. With `tls` it is spoken to in TLS from the start (smtps).

    Otherwise TLS is begun when the server offers it, and must be when there is a password: none goes in the clear.
    """

    host: str
    port: int
    tls: bool
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
