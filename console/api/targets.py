"""An engagement or a council over HTTP: where it stands, what happened, what may be done, how it stood, and its evidence."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from console.access import Denied, may, reach
from console.api.answers import answered, paged, sent, wants_told
from console.api.describing import responses
from console.api.paging import Asked, Key, asked, no_cursor, page
from console.made import Made
from console.site import Site
from console.who import Who
from domain.reads import AUDITORS
from faces.able import what_can
from faces.desk import Desk
from faces.notices import Stretch, who_was_told
from faces.packing import packed
from faces.page import Answer
from faces.reading import where_stands
from faces.replay import Once, Steps, anew, replayed
from faces.replay_days import Asked as Days
from faces.replay_days import asked as days
from faces.timeline import EVERY, Cut, what_happened
from faces.timeline import Asked as OfHistory
from faces.verifying import whether_it_verifies
from ledger import events

Family = Literal["engagement", "council"]

Page = Annotated[Asked, Depends(asked)]
Id = Annotated[
    str, Path(description="An engagement's id; or a council's code or name.", examples=["haringey-1", "E09000014"])
]
EngagementId = Annotated[str, Path(description="An engagement's id.", examples=["haringey-1"])]
CouncilName = Annotated[str, Path(description="A council's code or its name.", examples=["E09000014"])]
TrueOn = Annotated[
    str | None, Query(description="What was so on this day, with every correction.", examples=["2003-06"])
]
KnownOn = Annotated[
    str | None, Query(description="Only what had been recorded by the end of this day.", examples=["2003-11"])
]
AsReported = Annotated[
    bool, Query(description="Of what was imported: known when its source says that it was reported.")
]
Until = Annotated[int | None, Query(ge=1, le=2**31, description="Nothing beyond this version.")]

STANDING = {"id": "haringey-1", "version": 12, "stage": {"id": "special-measures", "title": "Special measures"}}
COUNCIL = {"gss": "E09000014", "name": "London Borough of Haringey", "version": 3, "ratings": []}
TOLD_OF = {
    "stream": "engagement/haringey-1",
    "version": 1,
    "type": "engagement-opened",
    "occurred": {"printed": "2002-05-29"},
}
NOTICE = {"id": "haringey-1.1.1", "to": "council.director", "state": "sent", "attempts": 1}


def auditor(who: Who) -> str | None:
    """Which auditor reads, where one does: their reads are on record."""
    return who.person if who.role in AUDITORS else None


def by_number(number: int, _: Any) -> Key:
    """What a list is sorted by that only grows at its end."""
    return (number,)


def by_notice(_: int, row: Any) -> Key:
    """What notices are sorted by."""
    return (row["asked_at"].isoformat(), row["id"])


def cut_of(request: Request, wanted: Asked) -> Cut:
    """What a page needs of a list that only grows at its end: one more than it shows says whether there is another.

    What is told is told whole. Raises Unfit.
    """
    if wants_told(request):
        return EVERY
    match wanted.after:
        case None:
            return Cut(0, wanted.limit + 1)
        case (int(last),) if last >= 0:
            return Cut(last + 1, wanted.limit + 1)
    raise no_cursor()


def after(cut: Cut) -> Callable[[int, Any], Key]:
    """What the rows are sorted by that a cut left of such a list."""
    return lambda number, row: by_number(cut.after + number, row)


def stretch_of(request: Request, wanted: Asked) -> Stretch | None:
    """The notices that a page needs, in the same way. Raises Unfit."""
    if wants_told(request):
        return None
    if wanted.after is None:
        return Stretch(None, wanted.limit + 1)
    match wanted.after:
        case (str(at), str(id)):
            try:
                return Stretch((datetime.fromisoformat(at), id), wanted.limit + 1)
            except ValueError:
                pass
    raise no_cursor()


def _by_day(_: int, row: Any) -> Key:
    occurred = row["occurred"]
    return (str(occurred["earliest"] or occurred["latest"]), str(occurred["latest"]), row["position"])


def targets_router(site: Site, family: Family) -> APIRouter:
    """What may be asked of an engagement, or of a council by its code or its name."""
    router = APIRouter(prefix=f"/{family}s/{{id}}", default_response_class=Response, tags=[f"{family}s"])
    made = Made(most=50)
    stands = STANDING if family == "engagement" else COUNCIL
    history: str = "timeline" if family == "engagement" else "council"

    @router.get("", responses=responses(stands, tagged=True), name=f"{family}")
    def show(id: Id, request: Request, reader: Annotated[Who, Depends(may(family))]) -> Response:
        """Where it stands."""
        with site.desk(reader) as (desk, conn):
            answer = where_stands(desk, conn, f"{family}/{id}", auditor(reader))
            return answered(request, answer, answer.data["version"])

    @router.get("/timeline", responses=responses(TOLD_OF, pages=True, tagged=True), name=f"{family}-timeline")
    def timeline(
        id: Id,
        request: Request,
        reader: Annotated[Who, Depends(may(history))],
        wanted: Page,
        since: Annotated[int, Query(ge=0, le=2**31, description="Only what came after this version.")] = 0,
        last: Annotated[int | None, Query(ge=1, le=2**31, description="Only the last so many.")] = None,
        refusals: Annotated[bool, Query(description="With the commands that were refused.")] = False,
        engagements: Annotated[bool, Query(description="Of a council: with its engagements, day by day.")] = False,
    ) -> Response:
        """What happened, when, who decided and who recorded it, and what was corrected since."""
        if refusals and reach("refusals", reader.role) == "none":
            raise Denied(reader, "refusals", "role", id)
        with site.desk(reader) as (desk, conn):
            cut = cut_of(request, wanted) if not engagements else EVERY
            of = OfHistory(since, last, refusals=refusals, whole=engagements, cut=cut)
            answer = what_happened(
                desk, conn, f"{family}/{id}", of, _panel(desk, conn, family, id, reader), auditor(reader)
            )
            version = None if refusals or engagements else _version(desk, conn, family, id)
            return paged(request, answer, _by_day if engagements else after(cut), wanted, version)

    @router.get("/can", responses=responses({"id": "haringey-1", "now": []}), name=f"{family}-can")
    def can(
        id: Id,
        request: Request,
        reader: Annotated[Who, Depends(may(family))],
        role: Annotated[str | None, Query(description="Only what this role may do.")] = None,
        everything: Annotated[bool, Query(description="What is told to a person: with other stages.")] = False,
    ) -> Response:
        """What may be done now and by whom, and for the rest what is missing."""
        with site.desk(reader) as (desk, conn):
            return answered(request, what_can(desk, conn, f"{family}/{id}", role, everything=everything))

    @router.get("/replay", responses=responses({"id": "haringey-1", "state": {}}), name=f"{family}-replay")
    def replay(
        id: Id,
        request: Request,
        reader: Annotated[Who, Depends(may("audit"))],
        true_on: TrueOn = None,
        known_on: KnownOn = None,
        as_reported: AsReported = False,
        until: Until = None,
    ) -> Response:
        """How it stood on a day: what was so, and what was known. Without a day, as it stands today."""
        with site.desk(reader) as (desk, conn):
            day = true_on if true_on or known_on else desk.today.isoformat()
            wanted = days(desk, day, known_on, until, as_reported=as_reported)
            once = anew if wants_told(request) else partial(made.once, desk, conn)
            found = _replayed(desk, conn, family, id, reader, wanted, once=once)
            assert isinstance(found, Answer), "a day is asked for"
            return answered(request, found)

    @router.get("/steps", responses=responses({"step": "event", "version": 1}, pages=True), name=f"{family}-steps")
    def steps(
        id: Id, request: Request, reader: Annotated[Who, Depends(may("audit"))], wanted: Page, until: Until = None
    ) -> Response:
        """Its history step by step: what each event changed and what decided it, and what was refused between."""
        with site.desk(reader) as (desk, conn):
            cut = cut_of(request, wanted)
            every = days(desk, None, None, until, as_reported=False)
            found = _replayed(desk, conn, family, id, reader, every, cut)
            assert isinstance(found, Steps), "no day is asked for"
            body = page(request, list(found.found), after(cut), wanted)
            body.items = [step.data(found.words) for step in body.items]
            return sent(body.model_dump(), {"Link": f'<{body.next}>; rel="next"'} if body.next else {})

    @router.get("/notices", responses=responses(NOTICE, pages=True), name=f"{family}-notices")
    def notices(
        id: Id,
        request: Request,
        reader: Annotated[Who, Depends(may(history))],
        wanted: Page,
        undelivered: Annotated[bool, Query(description="Only those that did not reach everybody.")] = False,
    ) -> Response:
        """Who was told of what, and whether it reached them."""
        with site.desk(reader) as (desk, conn):
            cut = stretch_of(request, wanted)

            def make() -> Response:
                answer = who_was_told(desk, conn, f"{family}/{id}", undelivered=undelivered, stretch=cut)
                return paged(request, answer, by_notice, wanted)

            question = ("notices", str(request.url), wants_told(request) and request.headers["Accept"])
            return made.sent(desk, conn, question, make)

    @router.get("/verification", responses=responses({"ok": True, "events": 12}), name=f"{family}-verification")
    def verification(id: Id, request: Request, reader: Annotated[Who, Depends(may("audit"))]) -> Response:
        """Whether its events are as they were written: `ok` says so, and `first_bad` what is not."""
        with site.desk(reader) as (desk, conn):
            stream = desk.resolve(conn, f"{family}/{id}").stream
            found = whether_it_verifies(desk, stream)
        if found.problem is not None and wants_told(request):
            raise found.problem
        return answered(request, found.answer)

    @router.get("/pack", responses=responses("a ZIP file", media="application/zip"), name=f"{family}-pack")
    def pack(
        id: Id,
        reader: Annotated[Who, Depends(may("audit"))],
        public: Annotated[bool, Query(description="Without names, contacts, CVs, bids and free text.")] = False,
    ) -> Response:
        """All there is of it in one file, with the proofs that nothing was changed or left out."""
        with site.desk(reader) as (desk, conn):
            name = desk.resolve(conn, f"{family}/{id}").name + ("-public.zip" if public else ".zip")
            made, _ = packed(desk, conn, f"{family}/{id}", name, public=public, auditor=auditor(reader))
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(made, headers=headers, media_type="application/zip")

    return router


def _version(desk: Desk, conn: Connection, family: Family, id: str) -> int:
    return events.head(conn, desk.resolve(conn, f"{family}/{id}").stream).version


def _panel(desk: Desk, conn: Connection, family: Family, id: str, who: Who) -> str | None:
    """The role that reads, where the engagement's model has it: what bids say is for the panel."""
    if family == "council":
        return None
    rules = desk.engagement(conn, desk.resolve(conn, f"engagement/{id}").name)[1]
    return who.role if who.role in rules.lifecycle.roles else None


def _replayed(
    desk: Desk,
    conn: Connection,
    family: Family,
    id: str,
    who: Who,
    wanted: Days,
    cut: Cut = EVERY,
    once: Once = anew,
) -> Answer | Steps:
    panel = _panel(desk, conn, family, id, who)
    return replayed(desk, conn, f"{family}/{id}", wanted, panel, auditor(who), cut, once)
