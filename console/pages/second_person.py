"""What waits for a second person: a list of it, and the page on which somebody confirms a step or sends it back."""

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console import notice
from console.access import may
from console.asked import ID, VERSION, new_id
from console.checking import Checked, Form
from console.confirming import as_it_stands, confirm
from console.date_fields import said
from console.forms import Wrong
from console.labels import act_of
from console.pages.commands import AWAY
from console.render import home_of, page
from console.second_person import Proposal, Proposals
from console.site import Site
from console.typed import typed
from console.who import Who
from faces.fields import check_string
from faces.giving import OutcomeUnknown
from faces.problems import Exit, Problem, explain, not_found
from faces.prose import refused


def second_person_router(site: Site) -> APIRouter:
    """The pages of steps that wait."""
    router = APIRouter()
    proposals = Proposals(site)

    @router.get("/second-person", response_class=HTMLResponse)
    def waiting(request: Request, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """What waits for whoever is signed in, and what they proposed."""
        with site.desk(by) as (desk, conn):
            hidden = desk.hidden(conn)
        found = [each for each in proposals.all() if each.target.name not in hidden]
        return page(
            request,
            "second-person-list.html",
            mine=[each for each in found if each.is_of(by)],
            others=[each for each in found if each.may_confirm(by)],
            act_of=act_of,
        )

    @router.get("/second-person/{id}", response_class=HTMLResponse)
    def show(id: str, request: Request, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """One step that waits."""
        return _shown(site, request, by, _proposal(proposals, id, by), [])

    @router.post("/second-person/{id}", response_class=HTMLResponse)
    async def act(id: str, request: Request, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """Confirm it, send it back, or take it back."""
        fields = await typed(request)
        proposal = await asyncio.to_thread(_proposal, proposals, id, by)
        match said(fields, "_step"):
            case "confirm" if proposal.may_confirm(by):
                return await _confirm(site, request, by, proposal, said(fields, VERSION))
            case "back" if proposal.may_confirm(by):
                return await asyncio.to_thread(_back, site, request, by, proposal, said(fields, "reason"))
            case "drop" if proposal.is_of(by):
                await asyncio.to_thread(proposals.drop, id)
                return RedirectResponse(home_of(proposal.target), HTTPStatus.SEE_OTHER)
        sentence = "This takes another person, in a role that may confirm it"
        return await asyncio.to_thread(_shown, site, request, by, proposal, [Wrong("", sentence)], HTTPStatus.FORBIDDEN)

    return router


def _proposal(proposals: Proposals, id: str, by: Who) -> Proposal:
    found = proposals.find(id)
    if found is None or not found.is_there_for(by):
        raise not_found("nothing waits here: it was confirmed or taken back, or it never was.")
    return found


def _shown(
    site: Site, request: Request, by: Who, proposal: Proposal, wrong: list[Wrong], status: int = HTTPStatus.OK
) -> Response:
    found = as_it_stands(site, by, proposal)
    with site.desk(by) as (desk, conn):
        title_of = desk.words(conn).title_of_role
    form = found.form if isinstance(found, Checked) else found
    errors = [{"text": each.sentence, "href": "#reason" if each.name else "#main-content"} for each in wrong]
    errors += form.errors if isinstance(found, Form) else []
    return page(
        request,
        "second-person.html",
        status,
        proposal=proposal,
        title_of=title_of,
        confirmers=[title_of(role) for role in proposal.confirmers],
        form=form,
        checked=found if isinstance(found, Checked) else None,
        errors=errors,
        reason_wrong=next((each.sentence for each in wrong if each.name), None),
        act=act_of(proposal.command),
        again={**proposal.fields, ID: [new_id()]},
        to=f"{home_of(proposal.target)}/do/{proposal.command}",
    )


def _back(site: Site, request: Request, by: Who, proposal: Proposal, reason: str) -> Response:
    try:
        check_string("Why", reason, lines=True)
        problem = None if reason else "Enter why you send it back"
    except Problem as found:
        problem = found.message
    if problem is not None:
        return _shown(site, request, by, proposal, [Wrong("reason", problem)], HTTPStatus.UNPROCESSABLE_ENTITY)
    Proposals(site).send_back(proposal.id, by, reason)
    answer = RedirectResponse("/second-person", HTTPStatus.SEE_OTHER)
    notice.leave(request, answer, f"{act_of(proposal.command)}: sent back to {proposal.by.name}")
    return answer


async def _confirm(site: Site, request: Request, by: Who, proposal: Proposal, version: str) -> Response:
    found = await asyncio.to_thread(as_it_stands, site, by, proposal, version)
    if isinstance(found, Form):
        status = HTTPStatus.CONFLICT
        return await asyncio.to_thread(_shown, site, request, by, proposal, [], status)
    try:
        outcome = await confirm(site, by, proposal, found)
    except OutcomeUnknown:
        return RedirectResponse(f"/outcomes/{said(proposal.fields, ID)}", HTTPStatus.SEE_OTHER)
    except Exception as error:
        problem = explain(error)
        if problem is None:
            raise
        unreachable = problem.code == Exit.UNREACHABLE
        sentence = AWAY if unreachable else problem.message
        status = HTTPStatus.SERVICE_UNAVAILABLE if unreachable else HTTPStatus.CONFLICT
        return await asyncio.to_thread(_shown, site, request, by, proposal, [Wrong("", sentence)], status)
    if not outcome.accepted:
        with site.desk(by) as (desk, conn):
            said_of = refused(outcome.outcome["rule"], outcome.outcome["details"], desk.words(conn))
        wrong = [Wrong("", said_of.sentence)]
        return await asyncio.to_thread(_shown, site, request, by, proposal, wrong, HTTPStatus.CONFLICT)
    await asyncio.to_thread(Proposals(site).drop, proposal.id)
    answer = RedirectResponse(home_of(proposal.target), HTTPStatus.SEE_OTHER)
    notice.leave(request, answer, f"{act_of(proposal.command)}: confirmed and done")
    return answer
