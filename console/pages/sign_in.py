"""Signing in on this machine, by a link that works once. GET shows a button and POST spends: whatever opens links unasked
does not use them up.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console.render import page
from console.sessions import COOKIE, Sessions


def sign_in_router(sessions: Sessions) -> APIRouter:
    """The page that signs in, and what it sends."""
    router = APIRouter()

    @router.get("/sign-in", response_class=HTMLResponse)
    def how(request: Request) -> HTMLResponse:
        """How to sign in."""
        return page(request, "sign-in.html")

    @router.get("/sign-in/{token}", response_class=HTMLResponse)
    def ask(token: str, request: Request) -> HTMLResponse:
        """A button that spends the link."""
        return page(request, "sign-in.html", token=token)

    @router.post("/sign-in/{token}")
    def spend(token: str, request: Request) -> Response:
        """Sign in."""
        opened = sessions.spend(token)
        if opened is None:
            return page(request, "sign-in.html", HTTPStatus.FORBIDDEN)
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        answer.set_cookie(COOKIE, opened, httponly=True, samesite="lax")
        return answer

    return router
