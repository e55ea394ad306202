"""The HTTP application over a ledger: whether it lives, pages, endpoints, and what goes wrong told to whoever asked."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.requests import Request
from fastapi.responses import PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access import Denied, all_guarded, public
from console.api.app import mount_api
from console.asking import SignedIn
from console.csrf import Forged, OurHost, genuine
from console.drafts import Drafts
from console.limits import TooMany
from console.oidc import provider_of
from console.pages.account import account_router, denied, sent_to_choose
from console.pages.audit import audit_router
from console.pages.break_glass import break_glass_router
from console.pages.calendars import calendars_router
from console.pages.commands import commands_router
from console.pages.figures import figures_router
from console.pages.lifecycles import lifecycles_router
from console.pages.reports import reports_router
from console.pages.rounds import rounds_router
from console.pages.second_person import second_person_router
from console.pages.sign_in import sent_to_sign_in, sign_in_router, too_many
from console.problems import tell_problems
from console.reading import reading_pages
from console.render import page
from console.sessions import Sessions
from console.site import Site
from console.size import Sized
from console.tokens import Tokens
from console.who import NoRole, NotSignedIn
from ledger.errors import DatabaseUnavailable, NeedsMigration
from ledger.store import Ledger

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # an address may hold a token; without any referrer a form would come without its origin
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
"""What every response carries, unless it says otherwise itself."""

OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}
"""And where it goes over TLS."""


class SecurityHeaders:
    """Puts the headers that keep browsers careful on every response, refusals and failures included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, with the headers."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                wanted = {**SECURITY, **(OVER_TLS if scope.get("state", {}).get("secure") else {})}
                missing = ((name.lower().encode(), value.encode()) for name, value in wanted.items())
                message["headers"] = [*message["headers"], *(each for each in missing if each[0] not in present)]
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


def make_console(site: Site, sessions: Sessions, routers: Iterable[APIRouter] = ()) -> FastAPI:
    """The console over a ledger: its pages, besides other routers."""
    provider = provider_of(site.settings, site.store)
    pages = (
        sign_in_router(site, sessions, provider),
        account_router(site, sessions),
        break_glass_router(site),
        *reading_pages(site),
    )
    acts = (
        calendars_router(site),
        commands_router(site),
        second_person_router(site),
        rounds_router(site),
        lifecycles_router(site),
    )
    audits = (audit_router(site), figures_router(site), reports_router(site))
    app = make_app(site.ledger, (*routers, *pages, *acts, *audits), [Depends(genuine)])
    app.add_middleware(Sized)
    app.state.site = site
    app.add_middleware(SignedIn, sessions=sessions, tokens=Tokens(site.store))
    app.add_middleware(OurHost, origin=site.settings.console_origin)
    app.add_middleware(SecurityHeaders)  # outermost, so that nothing goes out without them
    app.add_exception_handler(NotSignedIn, sent_to_sign_in(Drafts(site.store)))
    app.add_exception_handler(NoRole, sent_to_choose)
    app.add_exception_handler(TooMany, too_many)
    app.add_exception_handler(Forged, _forged)
    app.add_exception_handler(Denied, denied(site))
    tell_problems(app)
    mount_api(app, site)
    app.mount("/static", StaticFiles(packages=[("console", "static")]))
    all_guarded(app)
    return app


def make_app(ledger: Ledger, routers: Iterable[APIRouter] = (), dependencies: Sequence[Any] = ()) -> FastAPI:
    """An application over a ledger, with these routers, and with what every route of it depends on."""
    app = FastAPI(title="turnaround", docs_url=None, redoc_url=None, openapi_url=None, dependencies=dependencies)
    app.add_middleware(SecurityHeaders)
    app.add_exception_handler(DatabaseUnavailable, _unavailable)
    app.add_exception_handler(HTTPException, _refused)
    app.include_router(_health(ledger))
    for router in routers:
        app.include_router(router)
    return app


def _health(ledger: Ledger) -> APIRouter:
    router = APIRouter(dependencies=[public])

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


async def _forged(request: Request, _: Exception) -> Response:
    return page(
        request,
        "problem.html",
        HTTPStatus.FORBIDDEN,
        heading="This form is from another session",
        sentence="Nothing was done. You signed in again since the form was opened, or another site sent it.",
        hint="Go back, load the page again and send it once more.",
    )


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = HTTPStatus(error.status_code).phrase.lower()
    return PlainTextResponse(f"{said}\n", error.status_code, headers=dict(error.headers or {}))
