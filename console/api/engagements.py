"""What is asked of an engagement alone: its dossier, who did what, what would have been, its calendar and indicators."""

from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from activities.delivery import host_of
from activities.library import read_register
from console.access import may
from console.api.answers import answered, paged, sent, wants_told
from console.api.describing import responses
from console.api.paging import Asked, Key, no_cursor
from console.api.targets import CouncilName, EngagementId, Page, auditor
from console.made import Made
from console.site import Site
from console.who import Who
from faces import reports
from faces.desk import Desk
from faces.dossier import let_in
from faces.due import what_is_owed
from faces.duties import duties_of
from faces.lifecycles import named
from faces.listing import Which, engagements
from faces.readers import note_read
from faces.what_if import what_would_have_been
from workers.agenda import Agendas

On = Annotated[
    str | None,
    Query(description="What had happened by this day, or the last of this month or year.", examples=["2004-04"]),
]

ROW = {
    "id": "haringey-1",
    "council": "E09000014",
    "service": "social-services",
    "stage": "special-measures",
    "late": False,
}
OWED = {"engagement": "haringey-1", "obligation": "submit-pip", "owner": "council.director", "due_on": "2002-07-24"}


def by_place(_: int, row: Any) -> Key:
    """What the portfolio is sorted by."""
    return (row["council_name"], row["service"], row["id"])


def by_due(_: int, row: Any) -> Key:
    """What is owed is sorted by its date; what has none comes last."""
    due = row["due_at"]
    return (due is None, due.isoformat() if due else "", row["engagement"], row["obligation"], row["number"])


def _after_place(request: Request, wanted: Asked) -> tuple[tuple[str, str, str] | None, int | None]:
    """After which engagement a page begins, and how many it needs: one more than it shows says whether there is another.

    What is told is told whole. Raises Unfit.
    """
    if wants_told(request):
        return None, None
    match wanted.after:
        case None:
            return None, wanted.limit + 1
        case (str(council), str(service), str(id)):
            return (council, service, id), wanted.limit + 1
    raise no_cursor()


def _after_due(request: Request, wanted: Asked) -> tuple[tuple[datetime | None, str, str, int] | None, int | None]:
    """After what of that which is owed a page begins, in the same way. Raises Unfit."""
    if wants_told(request):
        return None, None
    match wanted.after:
        case None:
            return None, wanted.limit + 1
        case (bool(undated), str(due), str(id), str(obligation), int(number)) if abs(number) < 2**31:
            at = _instant(due)
            if undated or at is not None:
                return (None if undated else at, id, obligation, number), wanted.limit + 1
    raise no_cursor()


def _instant(text: str) -> datetime | None:
    """A moment as a cursor has it; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def engagements_router(site: Site) -> APIRouter:
    """The engagements, and what is asked of one alone."""
    router = APIRouter(default_response_class=Response, tags=["engagements"])
    made = Made(50)

    @cache  # the interface is described without a ledger too
    def agendas() -> Agendas:
        return Agendas(host_of(site.ledger.about), read_register())

    @router.get("/engagements", responses=responses(ROW, pages=True), name="portfolio")
    def portfolio(
        request: Request,
        reader: Annotated[Who, Depends(may("portfolio"))],
        wanted: Page,
        stage: Annotated[str | None, Query(description="Only those in this stage.")] = None,
        region: Annotated[str | None, Query(description="Only those in this region.")] = None,
        model: Annotated[str | None, Query(description="Only those of this model, with or without version.")] = None,
        service: Annotated[str | None, Query(description="Only those in this service.")] = None,
        late: Annotated[bool, Query(description="Only those with something past its date.")] = False,
        which: Annotated[Which, Query(description="Those that are open, that are over, or all.")] = "open",
    ) -> Response:
        """The engagements: who is where, since when, what is due next, who must act, late or not."""
        with site.desk(reader) as (desk, conn):
            after, most = _after_place(request, wanted)
            answer = engagements(
                desk, conn, stage, region, model, service, late=late, which=which, after=after, most=most
            )
            return paged(request, answer, by_place, wanted)

    @router.get("/names/{id}", responses=responses({"family": "engagement", "name": "haringey-1"}), name="meant")
    def meant(id: EngagementId, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """What a name means: an engagement by its id, or a council by its code or its name."""
        with site.desk(reader) as (desk, conn):
            return sent(asdict(desk.resolve(conn, id)))

    @router.get("/due", responses=responses(OWED, pages=True), name="due")
    def due(
        request: Request,
        reader: Annotated[Who, Depends(may("portfolio"))],
        wanted: Page,
        role: Annotated[str | None, Query(description="Only what this role owes.")] = None,
        by: Annotated[str | None, Query(description="Only what is due on this day or before.")] = None,
        late: Annotated[bool, Query(description="Only what is past its date.")] = False,
    ) -> Response:
        """Everything that is owed: by whom, by when, and how each date was reached. What has no date comes last."""
        with site.desk(reader) as (desk, conn):
            after, most = _after_due(request, wanted)
            return paged(request, what_is_owed(desk, conn, role, by, late=late, after=after, most=most), by_due, wanted)

    def of_dossier(request: Request, desk: Desk, conn: Connection, id: str, part: str | None, reader: Who) -> Response:
        dossier = let_in(desk, conn, f"engagement/{id}", part, auditor(reader))
        question = (dossier.target, part, wants_told(request) and request.headers["Accept"])
        return made.sent(desk, conn, question, lambda: answered(request, dossier.answer()))

    @router.get("/engagements/{id}/dossier", responses=responses({"plan": [{"on": "2002-06-20"}]}), name="dossier")
    def dossier(id: EngagementId, request: Request, reader: Annotated[Who, Depends(may("dossier"))]) -> Response:
        """Everything on record about it, part by part."""
        with site.desk(reader) as (desk, conn):
            return of_dossier(request, desk, conn, id, None, reader)

    @router.get("/engagements/{id}/dossier/{part}", responses=responses({"plan": None}), name="dossier-part")
    def dossier_part(
        id: EngagementId, part: str, request: Request, reader: Annotated[Who, Depends(may("dossier"))]
    ) -> Response:
        """One part of what is on record about it; null where there is nothing."""
        with site.desk(reader) as (desk, conn):
            return of_dossier(request, desk, conn, id, part, reader)

    @router.get("/engagements/{id}/duties", responses=responses({"id": "haringey-1", "findings": []}), name="duties")
    def duties(id: EngagementId, request: Request, reader: Annotated[Who, Depends(may("audit"))]) -> Response:
        """Who decided and recorded what, whether they might, and what was out of the ordinary."""
        with site.desk(reader) as (desk, conn):
            draw = duties_of(desk, conn, f"engagement/{id}", auditor(reader))
            question = (id, "duties", wants_told(request) and request.headers["Accept"])
            return made.sent(desk, conn, question, lambda: answered(request, draw()))

    @router.get("/engagements/{id}/what-if", responses=responses({"id": "haringey-1"}), name="what-if")
    def what_if(
        id: EngagementId,
        request: Request,
        reader: Annotated[Who, Depends(may("audit"))],
        lifecycle: Annotated[
            str,
            Query(description="The other lifecycle, as published or shipped.", examples=["performance-action-team@2"]),
        ],
    ) -> Response:
        """What it would have been under another lifecycle, beside what it was. Nothing is written."""
        with site.desk(reader) as (desk, conn):
            target = desk.resolve(conn, f"engagement/{id}")
            note_read(desk, target.name, "what-if", auditor(reader))

            def would() -> Response:
                return answered(request, what_would_have_been(desk, conn, target.stream, named(lifecycle, conn)))

            question = (target, lifecycle, wants_told(request) and request.headers["Accept"])
            return made.sent(desk, conn, question, would)

    @router.get(
        "/engagements/{id}/calendar", responses=responses("BEGIN:VCALENDAR", media="text/calendar"), name="calendar"
    )
    def calendar(id: EngagementId, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """Its boards and deadlines, for any calendar program to open."""
        with site.desk(reader) as (desk, conn):
            target = desk.resolve(conn, f"engagement/{id}")
            desk.engagement(conn, target.name)

            def drawn() -> Response:
                content = agendas().of_engagement(conn, target.name)
                return Response(content, media_type="text/calendar; charset=utf-8")

            return made.sent(desk, conn, (target, "calendar"), drawn)

    @router.get(
        "/engagements/{id}/indicators",
        responses=responses({"engagement": "swindon-1", "on": "2004-04"}),
        name="indicators",
    )
    def indicators(
        id: EngagementId, request: Request, reader: Annotated[Who, Depends(may("engagement"))], on: On = None
    ) -> Response:
        """Its indicators by period, each value or gap as it was printed."""
        with site.desk(reader) as (desk, conn):
            return answered(request, reports.indicators(desk, conn, f"engagement/{id}", on))

    return router


Report = Literal["programme", "ratings", "summary", "interventions", "directions"]


def reports_router(site: Site) -> APIRouter:
    """Figures over several engagements."""
    router = APIRouter(prefix="/reports", default_response_class=Response, tags=["reports"])
    made = Made(most=20)

    @router.get("/{report}", responses=responses({"on": "2004-04", "until": "2004-04-30", "rows": []}), name="report")
    def report(
        report: Report, request: Request, reader: Annotated[Who, Depends(may("reports"))], on: On = None
    ) -> Response:
        """The programme, Table 1 of ratings, Annexe 4, interventions or statutory directions, by what had happened by a day."""
        drawn = {
            "programme": reports.programme,
            "ratings": reports.ratings,
            "summary": reports.summary,
            "interventions": reports.interventions,
            "directions": reports.directions,
        }[report]
        with site.desk(reader) as (desk, conn):
            question = (report, on, wants_told(request) and request.headers["Accept"])
            return made.sent(desk, conn, question, lambda: answered(request, drawn(desk, conn, on).answer(desk, conn)))

    @router.get("/councils/{id}", responses=responses({"on": "2004-04", "until": "2004-04-30"}), name="council-report")
    def council(
        id: CouncilName, request: Request, reader: Annotated[Who, Depends(may("reports"))], on: On = None
    ) -> Response:
        """A council's profile: ratings, assessments, and of each engagement the team, the work and what came of it."""
        with site.desk(reader) as (desk, conn):
            code = desk.resolve(conn, f"council/{id}").name
            question = (code, on, wants_told(request) and request.headers["Accept"])
            return made.sent(desk, conn, question, lambda: answered(request, reports.council(desk, conn, code, on)))

    return router
