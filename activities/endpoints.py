"""Addresses of webhooks: which can be one, and which lead to where nothing is sent. Apart from the channel itself, so that
settings and faces read them without it.

Whoever gives an address says where this machine sends something, so it must not reach what only this machine can reach. An
address in a private or otherwise special network (IANA's registries of special-purpose addresses) is refused unless its host
is allowed by name: here where the host is itself an address, and by the channel each time a name has been resolved.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Literal
from urllib.parse import urlsplit

MOST = 2000
"""How many characters an address may have."""

PORTS = {"https": 443, "http": 80}

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)*(?P<last>{_LABEL})\Z")
_NUMBER = re.compile(r"[0-9]+\Z|0x[0-9a-f]*\Z")

_UNICAST = ip_network("2000::/3")
"""What of IPv6 is given out to the Internet."""

_SPECIAL = (
    ip_network("192.0.0.0/24"),  # assigned to protocols; older Pythons take the whole of it for public
    ip_network("192.88.99.0/24"),  # relays of 6to4, withdrawn
    ip_network("168.63.129.16/32"),  # metadata of a cloud, at an address that looks public
)
_TRANSLATED = (ip_network("64:ff9b::/96"), ip_network("::ffff:0:0:0/96"))
"""IPv6 in whose last four bytes an IPv4 address stands."""

Why = Literal["not-an-address", "not-https", "user-info", "fragment", "host", "private"]


class AddressRefused(ValueError):
    """Something that can't be the address of a webhook, or must not. Says why, and nothing of the address."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Address:
    """A webhook's address, taken apart. `host` is a name or an IP address, without brackets; `path` has the query with it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> str:
        """The host as the receiver is told it: `example.org`, `[2001:db8::1]:8443`."""
        return _at(self.host) if self.port == PORTS[self.scheme] else f"{_at(self.host)}:{self.port}"

    def at(self, ip: str) -> str:
        """The URL of the same thing at an IP address."""
        return f"{self.scheme}://{_at(ip)}:{self.port}{self.path}"


def _at(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def read(url: str, allowed: Collection[str] = ()) -> Address:
    """An address from its text. Only hosts in `allowed` may be spoken to without TLS, or be in a private network.

    Raises AddressRefused.
    """
    if not 0 < len(url) <= MOST or not all("!" <= char <= "~" for char in url) or "\\" in url:
        raise AddressRefused("not-an-address")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("host") from None
    if parts.scheme not in PORTS or not parts.netloc:
        raise AddressRefused("not-https")
    if "@" in parts.netloc:
        raise AddressRefused("user-info")
    if "#" in url:
        raise AddressRefused("fragment")
    if not can_be_host(host) or port == 0 or parts.netloc.endswith(":"):
        raise AddressRefused("host")
    if host not in allowed:
        if parts.scheme != "https":
            raise AddressRefused("not-https")
        if _literal(host) is None and "." not in host:
            raise AddressRefused("private")  # a name of this network alone
        if _literal(host) is not None and not is_public(host):
            raise AddressRefused("private")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Address(parts.scheme, host, port or PORTS[parts.scheme], path)


def can_be_host(host: str) -> bool:
    """Whether something can be a host: a name in small letters as DNS has it, or an IP address in its usual form."""
    if _literal(host) is not None:
        return True
    name = _NAME.match(host)
    # `127.1` and `0x7f000001` are no names: a resolver takes them for addresses.
    return name is not None and not _NUMBER.match(name["last"])


def is_public(ip: str) -> bool:
    """Whether an IP address is anybody's to reach on the Internet: not private, local, shared, multicast or reserved."""
    address = ip_address(ip)
    if isinstance(address, IPv6Address) and (within := _within(address)) is not None:
        return is_public(str(within))
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast and not any(address in net for net in _SPECIAL)


def _within(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to, where it does."""
    if any(address in net for net in _TRANSLATED):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host) if "%" not in host else None
    except ValueError:
        return None
