"""How much a browser may send at once: more is refused before it is read, or as soon as it is clear that it is more."""

from http import HTTPStatus

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.render import page

LARGEST = 16 * 1024 * 1024
"""Bytes of one request: of a form with the papers whose fingerprints are taken."""

API = "/api/"
"""Under which less is taken, and what is more is told in another way: see console/api/reading.py."""


class TooLarge(Exception):
    """What was sent is more than is taken."""


class Sized:
    """Refuses what is too large with a page that says so, without reading all of it."""

    def __init__(self, app: ASGIApp, largest: int = LARGEST) -> None:
        self._app, self._largest = app, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve what is not too large."""
        if scope["type"] != "http" or scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        said = Request(scope).headers.get("Content-Length", "")
        if said.isascii() and said.isdecimal() and int(said) > self._largest:
            await self._refuse(scope, receive, send)
            return
        seen, begun = 0, False

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._largest:
                raise TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except TooLarge:
            if begun:
                raise
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        sentence = f"At most {self._largest // 2**20} MB are taken at once, and nothing of it was kept."
        answer = page(
            Request(scope),
            "problem.html",
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            heading="This is too large",
            sentence=sentence,
            hint="Go back and choose a smaller file.",
        )
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)
