"""Steps with legal force over HTTP: what one sends waits for a second person, who confirms it or sends it back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from console.access import may
from console.api.answers import outcome_answered, sent
from console.api.describing import GIVING, body_schema, responses
from console.api.outcomes import AWAITING, DONE, not_known, pending, proposal_data
from console.api.problems import Unfit
from console.api.reading import json_of, plain_texts
from console.asked import VERSION, Asking
from console.checking import Form
from console.confirming import answers_of, as_it_stands, confirm, fields_of, propose
from console.date_fields import Fields
from console.second_person import Proposal, Proposals
from console.site import Site
from console.who import Who
from faces.giving import OutcomeUnknown
from faces.outcome import Given, report
from faces.problems import not_found
from ledger.commands import StoredOutcome

WAITS = {
    "command": "f3a0c2b8",
    "target": "engagement/haringey-1",
    "type": "record-decision",
    "state": AWAITING,
    "proposed_by": "department.official",
    "confirmers": ["department.official", "department.programme-office"],
    "page": "/second-person/f3a0c2b8",
}


class Reason(BaseModel):
    """Why a step is sent back."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reason: str = Field(min_length=1, max_length=10_000)


def proposed(site: Site, asking: Asking, given: Given, *, dated: bool) -> Proposal:
    """A step put up for a second person. Sent twice it waits once. `dated` says that whoever sent it named the day.

    Raises Unfit, Problem.
    """
    proposals = Proposals(site)
    found = proposals.find(given.id)
    if found is None:
        found = proposals.find(propose(site, asking.who, answers_of(asking, given), given.id))
    if found is None or not _is_again(found, asking, given, dated=dated):
        raise Unfit(
            "key-reused",
            "this Idempotency-Key stands for another step, which waits for a second person.",
            "a key stands for one command for ever: repeat it as it was, or take another key",
        )
    return found


def _is_again(before: Proposal, asking: Asking, given: Given, *, dated: bool) -> bool:
    """Whether it is the same step, by the same: what was read meanwhile and, where none was named, the day aside."""
    aside = (VERSION,) if dated else (VERSION, "_on.year", "_on.month", "_on.day")

    def rest(fields: Fields) -> Fields:
        return {name: said for name, said in fields.items() if name not in aside}

    same = (before.target, before.command) == (asking.target, asking.kind.type) and before.is_of(asking.who)
    return same and rest(before.fields) == rest(fields_of(asking, given))


def proposals_router(site: Site) -> APIRouter:
    """What waits for a second person."""
    router = APIRouter(prefix="/proposals", default_response_class=Response, tags=["proposals"])
    proposals = Proposals(site)

    @router.get("", responses=responses([WAITS]), name="proposals")
    def every(reader: Annotated[Who, Depends(may("give"))]) -> Response:
        """What waits for a second person and is there for you: what you proposed, and what your role confirms."""
        with site.desk(reader) as (desk, conn):
            hidden = desk.hidden(conn)
        found = [one for one in proposals.all() if one.is_there_for(reader) and one.target.name not in hidden]
        return sent([proposal_data(one) for one in found])

    @router.post(
        "/{id}/confirmation",
        responses=responses(DONE, GIVING) | {202: pending()},
        name="proposal-confirm",
    )
    async def confirmed(id: str, request: Request, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """Confirm a step, as its second person: it is given now. A machine confirms nothing."""
        proposal = await run_in_threadpool(_confirmable, id, by)
        found = await run_in_threadpool(as_it_stands, site, by, proposal)
        if isinstance(found, Form):
            said = found.errors[0]["text"] if found.errors else "it no longer fits"
            raise Unfit("refused", f"it can't be confirmed as things stand: {said}.", "send it back, with why")
        try:
            outcome = await confirm(site, by, proposal, found)
        except OutcomeUnknown:
            return not_known(request, id)
        return await run_in_threadpool(_done, request, by, proposal, found.given, outcome)

    def _done(request: Request, by: Who, proposal: Proposal, given: Given, outcome: StoredOutcome) -> Response:
        if outcome.accepted:
            proposals.drop(proposal.id)
        with site.desk(by) as (desk, conn):
            return outcome_answered(request, report(conn, given, outcome, desk.words(conn), repeated=False), {})

    @router.post(
        "/{id}/return",
        responses=responses(WAITS, GIVING),
        openapi_extra=body_schema(Reason, {"reason": "Name the file."}),
        name="proposal-return",
    )
    async def returned(id: str, request: Request, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """Send a step back to who proposed it, with the reason."""
        raw = await json_of(request)
        plain_texts(raw)
        reason = Reason.model_validate(raw).reason
        return sent(proposal_data(await run_in_threadpool(_sent_back, id, by, reason)))

    def _sent_back(id: str, by: Who, reason: str) -> Proposal:
        _confirmable(id, by)
        proposals.send_back(id, by, reason)
        return _found(id, by)

    @router.delete("/{id}", responses=responses(WAITS), name="proposal-withdraw")
    def withdrawn(id: str, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """Take back a step that you proposed."""
        proposal = _found(id, by)
        if not proposal.is_of(by):
            raise Unfit("not-allowed", "somebody else proposed it.", "send it back, with why")
        proposals.drop(id)
        return sent(proposal_data(proposal))

    def _found(id: str, by: Who) -> Proposal:
        found = proposals.find(id)
        if found is None or not found.is_there_for(by):
            raise not_found("nothing waits here: it was confirmed or taken back, or it never was.")
        if found.target.family == "engagement":
            with site.desk(by) as (desk, conn):
                desk.engagement(conn, found.target.name)
        return found

    def _confirmable(id: str, by: Who) -> Proposal:
        found = _found(id, by)
        if not found.may_confirm(by):
            why = (
                "a machine confirms nothing"
                if by.machine
                else "this takes another person, in a role that may confirm it"
            )
            raise Unfit("not-allowed", f"{why}.", f"it is for {', '.join(found.confirmers)}, on the page or here")
        return found

    return router
