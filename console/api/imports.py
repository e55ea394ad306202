"""Case files over HTTP: taken over as history, all of it or nothing."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from console.access import may
from console.api.answers import answered, outcome_answered
from console.api.describing import GIVING, responses
from console.api.outcomes import not_known, pending
from console.api.problems import Unfit
from console.api.reading import text_of
from console.site import Site
from console.who import Who
from domain.documents import DocumentError
from faces.giving import OutcomeUnknown
from faces.importing import IMPORTS, LARGEST, Takeover, announced, plan, report, take_over
from ledger.commands import StoredOutcome

YAML = "application/yaml"

DONE = {
    "command": "case/3f2a/import",
    "council": "E09000014",
    "steps": 42,
    "live": False,
    "accepted": True,
    "repeated": False,
    "engagements": [{"id": "haringey-1", "stage": "exit"}],
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {YAML: {"schema": {"type": "string"}, "example": "title: Haringey\ncouncil: E09000014\n"}},
    }
}


def imports_router(site: Site) -> APIRouter:
    """Taking cases over."""
    router = APIRouter(default_response_class=Response, tags=["imports"])

    @router.post(
        "/imports", responses=responses(DONE, GIVING) | {202: pending()}, openapi_extra=BODY, name="import-case"
    )
    async def take(
        request: Request,
        who: Annotated[Who, Depends(may("administer"))],
        live: Annotated[bool, Query(description="Let the engagements go on from where they stand.")] = False,
        dry_run: Annotated[bool, Query(description="Say what the file holds, and store nothing.")] = False,
        file: Annotated[str, Query(max_length=120, description="What the file is called, for messages.")] = "the file",
    ) -> Response:
        """Take a case over as history: all of it or nothing, and nobody is told. Its id is made of the file, so a case that
        is sent twice doubles nothing.
        """
        text = await text_of(request, YAML, LARGEST)
        takeover, today = await run_in_threadpool(_planned, site, who, file, text, live)
        if dry_run:
            return answered(request, announced(takeover))
        outcome = takeover.before
        if outcome is None:
            by = IMPORTS.model_copy(update={"person": who.person})
            try:
                outcome = await take_over(await site.face(), takeover, today, by, who.signed_in)
            except OutcomeUnknown:
                return not_known(request, takeover.id)
        return await run_in_threadpool(_reported, site, request, takeover, outcome)

    return router


def _planned(site: Site, who: Who, file: str, text: str, live: bool) -> tuple[Takeover, date]:
    with site.desk(who) as (desk, conn):
        try:
            return plan(desk, conn, file, text, live=live), desk.today
        except DocumentError as error:
            raise Unfit("refused", f"{error}.", "nothing was stored; mend that line and try again") from None


def _reported(site: Site, request: Request, takeover: Takeover, outcome: StoredOutcome) -> Response:
    with site.ledger.reading() as conn:
        return outcome_answered(request, report(conn, takeover, outcome), {})
