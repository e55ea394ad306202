"""Requests that a page elsewhere made a browser send: refused before any route sees them.

Whatever changes something carries the token of its session, in the field `csrf` of a form or the header `X-CSRF-Token`. A
bearer token needs none, as no browser sends one by itself. Host and Origin are checked besides: a name that somebody has
resolve to this machine (DNS rebinding) is not ours.
"""

from collections.abc import AsyncIterator
from hmac import compare_digest
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from workers.origins import LOOPBACK

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
"""Methods that change nothing."""

HEADER = "X-CSRF-Token"


class Forged(Exception):
    """A request that changes something came without the token of its session."""


async def genuine(request: Request) -> AsyncIterator[None]:
    """That a request which changes something is meant by whoever is signed in. Raises Forged.

    What came with a form is closed once it was answered: not every route that reads a form does so itself.
    """
    try:
        await _meant(request)
        yield
    finally:
        await request.close()


async def _meant(request: Request) -> None:
    expected: str | None = getattr(request.state, "csrf", None)
    if request.method in SAFE or expected is None:
        return  # without a session there is nothing that somebody else could make use of
    given = request.headers.get(HEADER)
    if given is None and request.headers.get("Content-Type", "").startswith(
        ("application/x-www-form-urlencoded", "multipart/form-data")
    ):
        field = (await request.form()).get("csrf")
        given = field if isinstance(field, str) else None
    if given is None or not compare_digest(given.encode(), expected.encode()):
        raise Forged


class OurHost:
    """Refuses requests for another host, and those that change something and come from a page of another origin."""

    def __init__(self, app: ASGIApp, origin: str | None) -> None:
        self._app = app
        self._origin = urlsplit(origin).netloc if origin else None
        self._tls = origin is not None and origin.startswith("https:")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is meant for us."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        scope.setdefault("state", {})["secure"] = self._tls or request.url.scheme == "https"
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        if not self._ours(host):
            refused = PlainTextResponse("this host is not served here\n", HTTPStatus.MISDIRECTED_REQUEST)
            await refused(scope, receive, send)
        elif request.method not in SAFE and origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            refused = PlainTextResponse("the request comes from a page of another site\n", HTTPStatus.FORBIDDEN)
            await refused(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _ours(self, host: str) -> bool:
        if self._origin is not None and host.lower() == self._origin.lower():
            return True
        try:
            return urlsplit(f"//{host}").hostname in LOOPBACK
        except ValueError:
            return False
