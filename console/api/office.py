"""What the programme office keeps: notices, digests, people, lifecycles, the register of councils; and what auditors read."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from console.access import may
from console.api.answers import answered, paged, wants_told
from console.api.describing import responses
from console.api.paging import Asked, no_cursor
from console.api.targets import Page, auditor, by_notice, by_number, stretch_of
from console.site import Site
from console.who import Who
from faces.digests import digest_of
from faces.feeds import feeds_listed
from faces.lifecycle_list import between, in_full, lifecycles
from faces.lifecycles import named
from faces.notices import who_was_told
from faces.page import Answer, table
from faces.people import Office, listed, who_holds
from faces.reads import what_auditors_read
from faces.webhooks import webhook_of

NOTICE = {"id": "haringey-1.1.1", "to": "council.director", "state": "sent", "attempts": 1}
PERSON = {"person": "jo-b", "name": "Jo Berry", "roles": [], "channel": "email"}
COUNCIL = {"gss": "E09000014", "name": "London Borough of Haringey", "short": "Haringey", "region": "London"}
WEBHOOK = {"person": "haringey-cases", "address": "https://cases.example.org/turnaround", "state": "on"}
FEED = {"person": "jo-b", "feed": 1, "opened": "2026-11-02", "revoked": None}
LIFECYCLE = {"lifecycle": "performance-action-team@2", "title": "Performance action team", "state": "published"}


def office_router(site: Site) -> APIRouter:
    """The lists of the programme office."""
    router = APIRouter(default_response_class=Response, tags=["office"])

    @router.get("/notices", responses=responses(NOTICE, pages=True), name="notices")
    def notices(
        request: Request,
        reader: Annotated[Who, Depends(may("timeline"))],
        wanted: Page,
        undelivered: Annotated[bool, Query(description="Only those that did not reach everybody.")] = False,
    ) -> Response:
        """Who was told of what, and whether it reached them, in all engagements."""
        with site.desk(reader) as (desk, conn):
            answer = who_was_told(desk, conn, None, undelivered=undelivered, stretch=stretch_of(request, wanted))
            return paged(request, answer, by_notice, wanted)

    @router.get("/people", responses=responses(PERSON, pages=True), name="people")
    def people(
        request: Request,
        reader: Annotated[Who, Depends(may("people"))],
        wanted: Page,
        role: Annotated[str | None, Query(description="Only who holds it.")] = None,
        council: Annotated[str | None, Query(description="Only who holds a role in it or its engagements.")] = None,
        everything: Annotated[bool, Query(description="With roles and absences that are over.")] = False,
    ) -> Response:
        """The people, their roles with where and when, who is away, and how each is told."""
        with site.desk(reader) as (desk, conn):
            after, most = _cut(request, wanted)
            answer = listed(Office.at(desk, conn), role, council, everything=everything, after=after, most=most)
            return paged(request, answer, lambda _, row: (row["person"],), wanted)

    @router.get("/people/{id}/digest", responses=responses({"person": "jo-b", "late": []}), name="digest")
    def digest(id: str, request: Request, reader: Annotated[Who, Depends(may("people"))]) -> Response:
        """What somebody's digest would say now. Nothing is sent."""
        with site.desk(reader) as (desk, conn):
            return answered(request, digest_of(desk, conn, id))

    @router.get("/people/{id}/webhook", responses=responses(WEBHOOK), name="webhook")
    def webhook(id: str, request: Request, reader: Annotated[Who, Depends(may("administer"))]) -> Response:
        """Where a system is told, and the secret to give to whoever runs the receiver: whoever has it signs as this ledger."""
        with site.desk(reader) as (desk, conn):
            return answered(request, webhook_of(Office.at(desk, conn), id))

    @router.get("/feeds", responses=responses(FEED, pages=True), name="feeds")
    def feeds(request: Request, reader: Annotated[Who, Depends(may("administer"))], wanted: Page) -> Response:
        """The private calendars that were opened for people. Their addresses are kept nowhere."""
        with site.desk(reader) as (desk, conn):
            answer = feeds_listed(Office.at(desk, conn))
            return paged(request, answer, lambda _, row: (row["person"], row["feed"]), wanted)

    @router.get("/roles/{id}/holders", responses=responses({"role": "council.director", "holders": []}), name="holders")
    def holders(
        id: str,
        request: Request,
        reader: Annotated[Who, Depends(may("people"))],
        council: Annotated[str | None, Query(description="In this council.")] = None,
        engagement: Annotated[str | None, Query(description="In this engagement.")] = None,
        on: Annotated[str | None, Query(description="The day; today if left out.")] = None,
    ) -> Response:
        """Who holds a role, so who is told, on a day and why: the narrowest scope that anybody holds it at counts."""
        with site.desk(reader) as (desk, conn):
            return answered(request, who_holds(Office.at(desk, conn), id, council, engagement, on))

    @router.get("/councils", responses=responses(COUNCIL, pages=True), name="councils")
    def councils(
        request: Request,
        reader: Annotated[Who, Depends(may("lifecycles"))],
        wanted: Page,
        name: Annotated[str | None, Query(description="Only those with this in their name or code.")] = None,
        region: Annotated[str | None, Query(description="Only those in this region.")] = None,
    ) -> Response:
        """The register of councils."""
        with site.desk(reader) as (desk, _):
            found = [_council(facts) for facts in desk.register.values()]
        if name is not None:
            found = [row for row in found if name.lower() in f"{row['gss']} {row['name']} {row['short']}".lower()]
        if region is not None:
            found = [row for row in found if (row["region"] or "").lower() == region.lower()]
        headers = ("Code", "Name", "Kind", "Region")
        rows = [(row["gss"], row["name"], row["kind"], row["region"]) for row in found]
        answer = Answer(found, lambda: table(headers, rows))
        return paged(request, answer, lambda _, row: (row["gss"],), wanted)

    @router.get("/lifecycles", responses=responses(LIFECYCLE, pages=True), name="lifecycles")
    def every_lifecycle(request: Request, reader: Annotated[Who, Depends(may("lifecycles"))], wanted: Page) -> Response:
        """The lifecycles that are published, and those of this release that are not yet."""
        with site.desk(reader) as (desk, conn):
            return paged(request, lifecycles(desk, conn), by_number, wanted)

    @router.get("/lifecycles/{id}", responses=responses({"id": "peer-support", "version": 1}), name="lifecycle")
    def lifecycle(id: str, request: Request, reader: Annotated[Who, Depends(may("lifecycles"))]) -> Response:
        """A lifecycle document, by ID@VERSION or, for the newest, by ID."""
        with site.desk(reader) as (_, conn):
            return answered(request, in_full(named(id, conn)))

    @router.get(
        "/lifecycles/{id}/differences", responses=responses({"a": "x@1", "b": "x@2", "changes": []}), name="differences"
    )
    def differences(
        id: str,
        request: Request,
        reader: Annotated[Who, Depends(may("lifecycles"))],
        to: Annotated[str, Query(description="The other lifecycle.", examples=["performance-action-team@2"])],
    ) -> Response:
        """What another lifecycle has that this one has not, no longer has, or says otherwise."""
        with site.desk(reader) as (desk, conn):
            return answered(request, between(desk, conn, named(id, conn), named(to, conn)))

    @router.get("/reads", responses=responses({"what": "haringey-1", "command": "show"}, pages=True), name="reads")
    def reads(request: Request, reader: Annotated[Who, Depends(may("reads"))], wanted: Page) -> Response:
        """What auditors have read: for the head of their office alone."""
        with site.desk(reader) as (desk, conn):
            return paged(request, what_auditors_read(desk, conn, auditor(reader)), by_number, wanted)

    return router


def _cut(request: Request, wanted: Asked) -> tuple[str, int | None]:
    """The people that a page needs: after whom, and one more than it shows, which says whether there is another page.

    What is told is told whole. Raises Unfit.
    """
    match wanted.after:
        case _ if wants_told(request):
            return "", None
        case None:
            return "", wanted.limit + 1
        case (str(person),):
            return person, wanted.limit + 1
    raise no_cursor()


def _council(facts: Any) -> dict[str, Any]:
    return {
        "gss": facts.gss,
        "name": facts.name,
        "short": facts.short,
        "kind": facts.kind,
        "region": facts.region,
        "from": facts.start,
        "to": facts.end,
    }
