"""One's own session: the role that one acts in, and what answers whoever acts in none or may not do something."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from activities.library import facts_of, read_register
from console import cookies, drafts
from console.access import ACCOUNT, Denied, may
from console.denials import note_denial
from console.drafts import Drafts
from console.render import page
from console.sessions import Sessions
from console.site import Site
from console.who import Holding, Who
from faces.readers import every_role


def account_router(site: Site, sessions: Sessions) -> APIRouter:
    """The page of whoever is signed in."""
    router = APIRouter()

    @router.get("/account", response_class=HTMLResponse)
    def account(request: Request, person: Annotated[Who, Depends(may(ACCOUNT))]) -> HTMLResponse:
        """Who is signed in, and the roles they may act in."""
        return _page(site, request, person)

    @router.post("/account/role")
    def choose(
        request: Request,
        person: Annotated[Who, Depends(may(ACCOUNT))],
        role: Annotated[str, Form()] = "",
        council: Annotated[str, Form()] = "",
        engagement: Annotated[str, Form()] = "",
    ) -> Response:
        """Act in another role from now on."""
        council, engagement = council.strip().upper(), engagement.strip()
        errors = []
        if role not in _roles(site, person):
            errors.append({"text": "Choose a role from the list.", "href": "#role"})
        if person.local and council and facts_of(read_register(), council) is None:
            errors.append({"text": "Write a council's GSS code, such as E09000014.", "href": "#council"})
        if person.local and council and engagement:
            errors.append({"text": "Write a council or an engagement, not both.", "href": "#engagement"})
        if errors:
            typed = {"role": role, "council": council, "engagement": engagement}
            return _page(site, request, person, HTTPStatus.BAD_REQUEST, errors=errors, typed=typed)
        sessions.act_as(person, Holding(role, council or None, engagement or None))
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)

    @router.get(drafts.PLACE, response_class=HTMLResponse)
    def typed(request: Request, person: Annotated[Who, Depends(may(ACCOUNT))]) -> Response:
        """What was typed into a form whose session had run out, to be sent now: shown once."""
        if not person.role:
            return RedirectResponse("/account", HTTPStatus.SEE_OTHER)
        found = Drafts(site.store).take(cookies.read(request, drafts.COOKIE), person)
        if found is None:
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
        return page(request, "typed.html", to=found.path, fields=found.fields)

    return router


def _page(site: Site, request: Request, person: Who, status: int = 200, **context: object) -> HTMLResponse:
    at = next((held for held in person.holdings if held.role == person.role), None)
    typed = {"role": person.role, "council": (at and at.council) or "", "engagement": (at and at.engagement) or ""}
    return page(
        request,
        "account.html",
        status,
        **{"roles": _roles(site, person), "typed": typed, "holdings": person.holdings, **context},
    )


def _roles(site: Site, person: Who) -> list[str]:
    """The roles that somebody may act in: those they hold; for the local user, any that there is."""
    if not person.local:
        return list(person.roles)
    with site.desk(person) as (desk, _):
        return every_role(desk)


async def sent_to_choose(request: Request, _: Exception) -> Response:
    """What answers whoever is signed in and acts in no role."""
    return RedirectResponse("/account", HTTPStatus.SEE_OTHER)


def denied(site: Site) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What answers whoever may not do what they asked for, and puts that on record."""

    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, Denied)
        await run_in_threadpool(note_denial, site.ledger, site.store, error.by, error.group, error.rule, error.what)
        sentence = f"The role {error.by.role} may not do this: {SAID[error.rule]}."
        return page(
            request,
            "problem.html",
            HTTPStatus.FORBIDDEN,
            heading="You may not do this",
            sentence=sentence,
            hint="It is on record that you asked. Choose another role on your account page, or ask the programme office.",
        )

    return answer


SAID = {
    "role": "it is not for that role",
    "not-a-member": "you are not in it",
    "another-role": "somebody else would have to decide it",
    "another-recorder": "only whoever signs in records what they give",
}
"""The rules of denials in words."""
