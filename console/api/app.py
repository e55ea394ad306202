"""The HTTP API under /api/v1: an application of its own, so that whatever goes wrong in it is a problem and never a page."""

import re
from typing import Any

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.access import Denied
from console.api.about import about_router
from console.api.acting import acting
from console.api.commands import commands_router
from console.api.describing import PAGE, PROBLEM
from console.api.engagements import engagements_router, reports_router
from console.api.evidence import evidence_router
from console.api.imports import imports_router
from console.api.office import office_router
from console.api.outcomes import outcomes_router
from console.api.paging import PageBody
from console.api.privacy import privacy_router
from console.api.problems import ProblemBody, Unfit, of_problem
from console.api.proposals import proposals_router
from console.api.reading import plain_parameters
from console.api.rounds import rounds_router
from console.api.targets import targets_router
from console.csrf import Forged, genuine
from console.denials import note_denial
from console.site import Site
from console.who import NoRole, NotSignedIn
from domain.documents import DocumentError, plain_problem
from faces.problems import explain
from ledger.errors import CommandIdReused
from workers.composition import RELEASE

PATH = "/api/v1"

_LOG = structlog.get_logger(__name__)

DESCRIPTION = """
Everything that the command line of turnaround can do: the same data, the same commands, the same refusals.

**Signing in.** A machine sends `Authorization: Bearer TOKEN`. A browser that is signed in sends its session, and with whatever
changes something the header `X-CSRF-Token`. Whoever holds several roles says with `as` in which they read.

**Giving a command.** `POST` it with an `Idempotency-Key`, which is the command's id for ever: the same key again brings the
first outcome. `If-Match` with the ETag that you read refuses the command when something happened meanwhile. `dry_run` says what
would follow.

**What goes wrong** is `application/problem+json` (RFC 9457). `type` is `urn:turnaround:rule:RULE` where a rule of the domain
refused and `urn:turnaround:problem:KIND` otherwise; both are stable.

**Lists** come in pages: `next` is the address of the next one.
"""


def make_api(site: Site) -> FastAPI:
    """The API over a ledger."""
    app = FastAPI(
        title="turnaround",
        version=RELEASE,
        description=DESCRIPTION,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(plain_parameters), Depends(acting), Depends(genuine)],
    )
    for router in (
        about_router(site),
        engagements_router(site),
        targets_router(site, "engagement"),
        office_router(site),
        targets_router(site, "council"),
        reports_router(site),
        evidence_router(site),
        commands_router(site),
        proposals_router(site),
        outcomes_router(site),
        rounds_router(site),
        imports_router(site),
        privacy_router(site),
    ):
        app.include_router(router)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_middleware(Told, site=site)
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]
    return app


def mount_api(app: FastAPI, site: Site) -> None:
    """Put the API into an application, for every address that begins with its path: one with a line break too."""
    mounted = Mount(PATH, make_api(site))
    mounted.path_regex = re.compile(mounted.path_regex.pattern, re.DOTALL)
    app.router.routes.append(mounted)


def _document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, made once."""
    if app.openapi_schema is None:
        found = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            servers=[{"url": PATH}],
        )
        parts = found.setdefault("components", {})
        schemas = parts.setdefault("schemas", {})
        schemas |= {PROBLEM: ProblemBody.model_json_schema(), PAGE: PageBody.model_json_schema()}
        parts["securitySchemes"] = {
            "token": {"type": "http", "scheme": "bearer", "description": "A service token."},
            "session": {"type": "apiKey", "in": "cookie", "name": "turnaround-session"},
        }
        found["security"] = [{"token": []}, {"session": []}]
        app.openapi_schema = found
    return app.openapi_schema


class Told:
    """Says what went wrong as a problem: errors of every layer, known or not."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; what was begun to be sent is not told twice."""
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            if isinstance(error, Denied):
                await run_in_threadpool(
                    note_denial, self._site.ledger, self._site.store, error.by, error.group, error.rule, error.what
                )
            await problem_of(error).response()(scope, receive, send)


def problem_of(error: Exception) -> Unfit:
    """What went wrong, for whoever sent the request."""
    match error:
        case Unfit():
            return error
        case NotSignedIn():
            return Unfit(
                "not-signed-in",
                "nobody is signed in.",
                "send Authorization: Bearer TOKEN",
                headers={"WWW-Authenticate": 'Bearer realm="turnaround"'},
            )
        case NoRole():
            return Unfit("not-allowed", "it is not said in which role this is asked.", "say it with ?as=ROLE")
        case Denied():
            return Unfit("not-allowed", f"this is not for {error.by.role}.", "ask as a role that it is for")
        case Forged():
            return Unfit("forged", "the token of the session is missing or another's.", "send it as X-CSRF-Token")
        case CommandIdReused():
            return reused()
        case ValidationError() if error.title != "Settings":
            first = error.errors(include_url=False, include_input=False)[0]
            where = " ".join(str(part) for part in first["loc"])
            return Unfit("unfit", f"'{where}' does not fit: {plain_problem(first)}.", "see the OpenAPI document")
        case DocumentError():
            return Unfit("unfit", f"{error}.")
    found = explain(error)
    if found is not None:
        if getattr(error, "rule", None) == "command-id-reused":
            return reused()
        return of_problem(found)
    _LOG.error("a request failed unexpectedly", kind=type(error).__name__, exc_info=error)
    return Unfit(
        "failed", f"turnaround failed unexpectedly ({type(error).__name__}).", "it is a fault of ours; the log has it"
    )


def reused() -> Unfit:
    """That a key was used before for other content."""
    return Unfit(
        "key-reused",
        "this Idempotency-Key stands for another command, or for this one with other content.",
        "a key stands for one command for ever: repeat it as it was, or take another key",
    )


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind, detail, hint = {
        404: ("not-found", "there is nothing at this address.", f"GET {PATH}/openapi.json lists what there is"),
        405: ("method-not-allowed", f"{request.method[:20]} can't be done there.", "Allow says what can"),
    }.get(error.status_code, ("malformed", "the request can't be read.", "see the OpenAPI document"))
    return Unfit(kind, detail, hint, headers=dict(error.headers or {})).response()


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = str(first["loc"][-1])
    said = plain_problem(first) if first["type"] != "missing" else "it is missing"
    return Unfit("unfit", f"'{where}' does not fit: {said}.", "see the OpenAPI document").response()
