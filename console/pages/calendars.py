"""A private calendar opened for somebody: its address is shown once, on the answer itself, and kept nowhere."""

import asyncio
import secrets
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from console.access import may
from console.asked import new_id
from console.date_fields import said
from console.feeds import feed_path
from console.giving import give_as
from console.render import page
from console.site import Site
from console.typed import typed
from console.who import Who
from domain.dates import When
from domain.feeds import OpenFeed
from faces.desk import Target
from faces.fields import check_body
from faces.giving import OutcomeUnknown
from faces.outcome import Given
from faces.problems import Exit, Problem, explain
from faces.prose import refused
from faces.words import Words

TOKEN_BYTES = 32
"""Of a token: 256 random bits."""

LOST = (
    "It is not known yet whether a calendar was opened, and its address is lost. "
    "Look at the person's page later: revoke it if it is there, and open another"
)


def calendars_router(site: Site) -> APIRouter:
    """The page that opens a calendar. It comes before the forms of the directory's other commands."""
    router = APIRouter()
    asks = Depends(may("administer"))

    @router.get("/people/do/open-feed", response_class=HTMLResponse)
    def ask(request: Request, by: Annotated[Who, asks], person: str = "") -> Response:
        """For whom."""
        return _form(request, person, None)

    @router.post("/people/do/open-feed", response_class=HTMLResponse)
    async def open_feed(request: Request, by: Annotated[Who, asks]) -> Response:
        """Open it, and show its address."""
        person = said(await typed(request), "person")
        token = secrets.token_urlsafe(TOKEN_BYTES)
        body = {"person": person, "token_sha256": sha256(token.encode()).hexdigest()}

        def given() -> Given:
            check_body(OpenFeed, body)
            with site.desk(by) as (desk, _):
                today = When.day(desk.today)
            return Given(new_id(), Target("office", "people"), OpenFeed, by.actor, by.actor, today, body, None)

        try:
            outcome = await give_as(site, by, await asyncio.to_thread(given), "page")
        except OutcomeUnknown:
            return _form(request, person, LOST, HTTPStatus.SERVICE_UNAVAILABLE)
        except Problem as problem:
            sentence = "Enter the id of a person, such as jo-b" if problem.code == Exit.USAGE else problem.message
            return _form(request, person, sentence)
        except Exception as error:
            known = explain(error)
            if known is None:
                raise
            away = "The engine can't be reached now, so nothing was done: try again in a moment"
            return _form(request, person, away, HTTPStatus.SERVICE_UNAVAILABLE)
        if not outcome.accepted:
            why = refused(outcome.outcome["rule"], outcome.outcome["details"], Words()).sentence
            return _form(request, person, why.removesuffix("."))
        origin = site.settings.console_origin or str(request.base_url).rstrip("/")
        return page(request, "calendar-opened.html", person=person, address=f"{origin}{feed_path(token)}")

    return router


def _form(
    request: Request, person: str, wrong: str | None, status: int = HTTPStatus.UNPROCESSABLE_ENTITY
) -> HTMLResponse:
    errors = [{"text": wrong, "href": "#person"}] if wrong else []
    return page(
        request, "calendar-open.html", status if wrong else HTTPStatus.OK, person=person, wrong=wrong, errors=errors
    )
