"""Who asks, found out before any route: by the cookie of a session, or by a machine's bearer token."""

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from console import cookies
from console.sessions import COOKIE, Sessions
from console.tokens import Tokens


class SignedIn:
    """Puts on every request who is signed in, `request.state.who`, and what their forms carry, `request.state.csrf`.

    Whoever was signed in until their session ran out is `request.state.was`.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, tokens: Tokens) -> None:
        self._app, self._sessions, self._tokens = app, sessions, tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, knowing who asks."""
        if scope["type"] == "http" and not scope["path"].startswith("/static/"):
            request = Request(scope)
            kind, _, bearer = request.headers.get("Authorization", "").partition(" ")
            if kind.lower() == "bearer":  # then no cookie counts
                request.state.who = await run_in_threadpool(self._tokens.find, bearer.strip())
            elif token := cookies.read(request, COOKIE):
                session = await run_in_threadpool(self._sessions.find, token)
                if session is not None and session.over:
                    request.state.was = session.who
                elif session is not None:
                    request.state.who, request.state.csrf = session.who, session.csrf
        await self._app(scope, receive, send)
