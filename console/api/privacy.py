"""What is kept of people over HTTP: for whoever answers them, and for whoever erases. Erasing is a command to `erasures`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from console.access import may
from console.api.answers import answered, sent
from console.api.describing import GIVING, body_schema, responses
from console.api.reading import json_of, plain_texts
from console.made import Made
from console.site import Site
from console.who import Who
from faces.page import Answer
from faces.privacy import kept_of, retention, standing_holds, time_is_over, values_with

KEPT = {"person": "jo-b", "values": [], "roles": [], "acts": [], "notices": []}
VALUE = {"commitment": "sealed:3f2a...", "class": "name", "of": "jo-b", "where": "office/people", "value": "Jo Berry"}
OVER = {"engagement": "haringey-1", "closed": "2004-11-01", "classes": ["contact"], "values": 3}
HOLD = {"hold": 1, "on": "haringey-1", "reason": "A public inquiry"}


class Search(BaseModel):
    """What is looked for. It comes in a body: addresses are written down in more places."""

    model_config = ConfigDict(extra="forbid", strict=True)

    words: str = Field(min_length=1, max_length=1000, description="What to look for, in capitals or not.")


def privacy_router(site: Site) -> APIRouter:
    """What is kept, and what need be kept no longer."""
    router = APIRouter(prefix="/privacy", default_response_class=Response, tags=["privacy"])
    over = Made(most=1)

    @router.get("/people/{id}", responses=responses(KEPT), name="privacy-export")
    def export(id: str, reader: Annotated[Who, Depends(may("administer"))]) -> Response:
        """All that is kept of somebody: their values, where each came from, roles, acts and notices to them."""
        with site.desk(reader) as (desk, conn):
            return sent(kept_of(desk, conn, id))  # kept nowhere: what is erased is to be gone from here too

    @router.post(
        "/search",
        responses=responses([VALUE], GIVING),
        openapi_extra=body_schema(Search, {"words": "Jo Berry"}),
        name="privacy-search",
    )
    async def search(request: Request, reader: Annotated[Who, Depends(may("administer"))]) -> Response:
        """The sealed values that hold some words, such as a name in a note, to erase them one by one."""
        raw = await json_of(request)
        plain_texts(raw)
        words = Search.model_validate(raw).words
        return answered(request, await run_in_threadpool(_found, reader, words))

    def _found(reader: Who, words: str) -> Answer:
        with site.desk(reader) as (desk, conn):
            return values_with(desk, conn, words)

    @router.get("/due", responses=responses([OVER]), name="privacy-due")
    def due(request: Request, reader: Annotated[Who, Depends(may("administer"))]) -> Response:
        """The closed engagements that hold values whose time is over and that no legal hold keeps."""
        with site.desk(reader) as (desk, conn):
            return answered(request, over.once(desk, conn, desk.today, lambda: time_is_over(desk, conn)))

    @router.get(
        "/engagements/{id}",
        responses=responses({"engagement": "haringey-1", "closed": "2004-11-01", "classes": ["contact"]}),
        name="privacy-retention",
    )
    def retained(id: str, request: Request, reader: Annotated[Who, Depends(may("administer"))]) -> Response:
        """When an engagement closed, and the classes of its values whose time is over: what an erasure of it is of."""
        with site.desk(reader) as (desk, conn):
            return answered(request, retention(desk, conn, id))

    @router.get("/holds", responses=responses([HOLD]), name="privacy-holds")
    def holds(request: Request, reader: Annotated[Who, Depends(may("administer"))]) -> Response:
        """The legal holds that stand."""
        with site.desk(reader) as (_, conn):
            return answered(request, standing_holds(conn))

    return router
