"""Who is signed in, from request to request: a random token in a cookie, everything else on this side."""

import secrets
from dataclasses import dataclass, field

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from console.who import Holding, Who
from domain.notices import OFFICE_ROLE

COOKIE = "turnaround-session"


@dataclass
class Session:
    """Somebody's session, and the token that forms carry."""

    who: Who
    csrf: str


@dataclass
class Sessions:
    """The sessions of a process, and the links that open one each."""

    _open: dict[str, Session] = field(default_factory=dict)
    _links: set[str] = field(default_factory=set)

    def link(self) -> str:
        """The token of a link that signs the local user in, once."""
        token = secrets.token_urlsafe(32)
        self._links.add(token)
        return token

    def spend(self, token: str) -> str | None:
        """Spend a link: the token of the session that it opens, or None where it is spent or never was."""
        if token not in self._links:
            return None
        self._links.remove(token)
        opened = secrets.token_urlsafe(32)
        local = Who(None, "Local user", OFFICE_ROLE, (Holding(OFFICE_ROLE),), "local", opened)
        self._open[opened] = Session(local, secrets.token_urlsafe(32))
        return opened

    def find(self, token: str | None) -> Session | None:
        """The session of a token."""
        return self._open.get(token) if token else None


class SignedIn:
    """Puts who is signed in on every request: `request.state.who`, and the token of their forms, `request.state.csrf`."""

    def __init__(self, app: ASGIApp, sessions: Sessions) -> None:
        self._app, self._sessions = app, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, knowing who asks."""
        if scope["type"] == "http":
            session = self._sessions.find(Request(scope).cookies.get(COOKIE))
            if session is not None:
                scope.setdefault("state", {}).update(who=session.who, csrf=session.csrf)
        await self._app(scope, receive, send)
