"""Addresses in settings that name where something answers: `https://HOST[:PORT]`, without TLS on this machine only."""

from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def can_be_origin(value: str) -> bool:
    """Whether it is `https://HOST[:PORT]` with a path at most; without TLS it is on this machine only."""
    try:
        url = urlsplit(value)
        fine = url.scheme == "https" or (url.scheme == "http" and url.hostname in LOOPBACK)
        bare = url.username is None and url.password is None and not url.query and not url.fragment
        return fine and bare and bool(url.hostname) and (url.port is None or url.port > 0)
    except ValueError:
        return False


def is_bare_origin(value: str) -> bool:
    """Whether it is an origin, with no path."""
    return can_be_origin(value) and urlsplit(value).path in ("", "/")
