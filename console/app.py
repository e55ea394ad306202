"""The HTTP application over a ledger: whether it lives, pages, endpoints, and what goes wrong told to whoever asked."""

from collections.abc import Iterable
from http import HTTPStatus

from fastapi import APIRouter, FastAPI
from fastapi.requests import Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.pages.engagements import engagements_router
from console.pages.home import home_router
from console.pages.sign_in import sign_in_router
from console.render import page
from console.sessions import Sessions, SignedIn
from console.site import Site
from console.who import NotSignedIn
from faces.problems import Exit, Problem
from ledger.errors import DatabaseUnavailable, NeedsMigration
from ledger.store import Ledger

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # an address may hold a token
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
"""What every response carries, unless it says otherwise itself."""


class SecurityHeaders:
    """Puts the headers that keep browsers careful on every response, refusals and failures included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the headers."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                missing = ((name.lower().encode(), value.encode()) for name, value in SECURITY.items())
                message["headers"] = [*message["headers"], *(each for each in missing if each[0] not in present)]
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def make_console(site: Site, sessions: Sessions, routers: Iterable[APIRouter] = ()) -> FastAPI:
    """The console over a ledger: its pages, besides other routers."""
    pages = (sign_in_router(sessions), home_router(site), engagements_router(site))
    app = make_app(site.ledger, (*routers, *pages))
    app.add_middleware(SignedIn, sessions=sessions)
    app.add_middleware(SecurityHeaders)  # outermost, so that nothing goes out without them
    app.add_exception_handler(NotSignedIn, _not_signed_in)
    app.add_exception_handler(Problem, _told)
    app.mount("/static", StaticFiles(packages=[("console", "static")]))
    return app


def make_app(ledger: Ledger, routers: Iterable[APIRouter] = ()) -> FastAPI:
    """An application over a ledger, with these routers."""
    app = FastAPI(title="turnaround", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(DatabaseUnavailable, _unavailable)
    app.add_exception_handler(HTTPException, _refused)
    app.include_router(_health(ledger))
    for router in routers:
        app.include_router(router)
    return app


def _health(ledger: Ledger) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    async def health() -> dict[str, str]:
        """Whether this process answers."""
        return {"status": "live"}

    @router.get("/ready")
    def ready() -> Response:
        """Whether it can do its work: whether the ledger can be read."""
        try:
            _ = ledger.about
        except (DatabaseUnavailable, NeedsMigration):
            return PlainTextResponse("the ledger can't be read\n", HTTPStatus.SERVICE_UNAVAILABLE)
        return PlainTextResponse("ready\n")

    return router


async def _unavailable(_: Request, __: Exception) -> Response:
    retry = {"Retry-After": "30"}
    return PlainTextResponse("the ledger can't be read now\n", HTTPStatus.SERVICE_UNAVAILABLE, headers=retry)


async def _not_signed_in(request: Request, _: Exception) -> Response:
    return RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)


STATUS = {
    Exit.REFUSED: HTTPStatus.CONFLICT,
    Exit.USAGE: HTTPStatus.BAD_REQUEST,
    Exit.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Exit.UNREACHABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Exit.NOT_VERIFIED: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""What a problem's exit code is over HTTP."""


async def _told(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Problem)
    status = STATUS[problem.code]
    return page(
        request, "problem.html", status, heading=status.phrase.capitalize(), sentence=problem.message, hint=problem.hint
    )


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = HTTPStatus(error.status_code).phrase.lower()
    return PlainTextResponse(f"{said}\n", error.status_code, headers=dict(error.headers or {}))
