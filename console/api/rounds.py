"""Rating rounds over HTTP: a CSV file checked row by row, published, and how far that has come."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from console.access import may
from console.api.answers import answered, sent
from console.api.describing import GIVING, responses
from console.api.outcomes import AWAITING
from console.api.problems import Unfit
from console.api.reading import json_of, plain_texts, text_of
from console.publishing import ROUND, WITHDRAWN, hand_in, putting_out, taking_back
from console.rounds import Uploads
from console.site import Site
from console.who import Who
from domain.dates import london_day
from domain.ratings import Service
from faces.outlook import foresee, print_check, sheet_data
from faces.page import Answer
from faces.problems import not_found
from faces.publishing import Given, as_before, councils_in, given_in, hour_of, not_too_early, result_of
from faces.rounds import LARGEST, Sheet, read_rows
from ledger import commands

PublishedOn = Annotated[date | None, Query(alias="on", description="The day of publication; today if left out.")]
AtHour = Annotated[
    str | None,
    Query(max_length=60, description="The hour at which it is published; London's, where no zone is said."),
]
FileName = Annotated[str, Query(max_length=120, description="What the file is called, for messages.")]
OfService = Annotated[Service | None, Query(description="The service that the file must be of.")]

RESULT = {
    "command": "social-services-2002-05-29/E09000014",
    "council": "E09000014",
    "name": "London Borough of Haringey",
    "accepted": True,
    "what": "no stars, opened haringey-1",
    "opened": "haringey-1",
}
CHECKED = {"round": "social-services-2002-05-29", "rows": [], "wrong": [], "left_out": []}
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "council,service,stars\nE09000014,social-services,0\n",
            }
        },
    }
}

BACK = {"round": "social-services-2002-05-29-withdrawn", "rows": 3}
REASON = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "object", "required": ["reason"], "properties": {"reason": {"type": "string"}}},
                "example": {"reason": "Two columns were swapped."},
            }
        },
    }
}


def rounds_router(site: Site) -> APIRouter:
    """Rounds of ratings."""
    router = APIRouter(prefix="/rating-rounds", default_response_class=Response, tags=["rounds"])

    @router.post("/check", responses=responses(CHECKED, GIVING), openapi_extra=BODY, name="round-check")
    async def check(
        request: Request,
        reader: Annotated[Who, Depends(may("rounds"))],
        on: PublishedOn = None,
        service: OfService = None,
        file: FileName = "the file",
        at: AtHour = None,
    ) -> Response:
        """What a round would open, who would be told, and what is wrong, row by row. Nothing is stored."""
        text = await text_of(request, "text/csv", LARGEST)
        return answered(request, (await run_in_threadpool(read, reader, (file, text), on, service, hour_of(at))).answer)

    @router.post(
        "",
        responses=responses(CHECKED, GIVING)
        | {202: {"description": "It is being published, or waits for its hour or a second person: ask at Location."}},
        openapi_extra=BODY,
        name="round-publish",
    )
    async def publish(
        request: Request,
        who: Annotated[Who, Depends(may("publish-round"))],
        on: PublishedOn = None,
        service: OfService = None,
        file: FileName = "the file",
        at: AtHour = None,
    ) -> Response:
        """Publish a round: every row that can be, now or at an hour. Each row is a command whose id is made of the round and the
        council, so a round that is sent twice doubles nothing. One that opens engagements waits for a second person, on its page.
        """
        text = await text_of(request, "text/csv", LARGEST)
        hour = hour_of(at)
        found = await run_in_threadpool(read, who, (file, text), on, service, hour)
        sheet = found.sheet
        if not sheet.rows:
            raise Unfit("refused", "the file has no row that can be published.", "mend the rows and send it again")
        headers = {"Location": str(request.url_for("round", id=sheet.round_id).path)}
        data = {**found.answer.data, "waiting_until": hour}
        if found.opening:
            upload = await run_in_threadpool(Uploads(site).kept_waiting, who, file, text, sheet.day, hour)
            return sent({**data, "state": AWAITING, "page": f"/rounds/check/{upload}"}, headers, 202)
        if found.given:  # what was published before is not given again
            await hand_in(site, sheet.round_id, found.given, sheet, hour)
        return sent(data, headers, 202)

    @router.post(
        "/{id}/withdrawal",
        responses=responses(BACK, GIVING) | {202: {"description": "It is being taken back: ask at Location."}},
        openapi_extra=REASON,
        name="round-withdraw",
    )
    async def withdraw(id: str, request: Request, who: Annotated[Who, Depends(may("publish-round"))]) -> Response:
        """Take back every rating that was published in a round: each by a command whose id is made of the round and the
        council, so a withdrawal that is sent twice doubles nothing.
        """
        reason = (await json_of(request)).get("reason")
        if not isinstance(reason, str) or not reason.strip():
            raise Unfit("unfit", "a round is taken back for a reason.", 'send {"reason": "..."}')
        plain_texts(reason, "reason")
        given, sheet = await run_in_threadpool(taking_back, site, who, id, reason)
        await hand_in(site, f"{id}{WITHDRAWN}", given, sheet)
        location = str(request.url_for("round", id=f"{id}{WITHDRAWN}").path)
        return sent({"round": f"{id}{WITHDRAWN}", "rows": len(given)}, {"Location": location}, 202)

    def read(who: Who, file: tuple[str, str], on: date | None, service: str | None, hour: datetime | None) -> Read:
        with site.desk(who) as (desk, conn):
            day = on or (london_day(hour) if hour else desk.today)
            sheet = read_rows(*file, day, service, desk.register)
            not_too_early(sheet, hour, desk)
            words = desk.words(conn)
            lines = foresee(desk, conn, sheet, words)
            # What was handed in has had its second person, though nothing may have come of it yet.
            handed_in = councils_in(conn, sheet.round_id).values()
            given = [as_before(conn, one) for one in putting_out(sheet, lines, who, who)]
        opening = any(line.opens is not None and line.row.council.gss not in handed_in for line in lines)
        answer = Answer(sheet_data(sheet, lines), lambda: print_check(sheet, lines, words, desk.today))
        return Read(sheet, given, opening, answer)

    @router.get(
        "/{id}", responses=responses({"round": "social-services-2002-05-29", "rows": 3, "done": 3}), name="round"
    )
    def progress(id: str, reader: Annotated[Who, Depends(may("rounds"))]) -> Response:
        """How far a round has come, and what became of each row."""
        if not ROUND.match(id):
            raise not_found("there is no such round.")
        with site.desk(reader) as (_, conn):
            rows = councils_in(conn, id)
            outcomes = commands.outcomes_under(conn, id)
        if not rows:
            return sent(_waiting(reader, id), status=202)
        told = [
            {
                "command": command,
                "council": council,
                "accepted": outcomes[command].accepted if command in outcomes else None,
                "rule": outcomes[command].outcome.get("rule") if command in outcomes else None,
            }
            for command, council in rows.items()
        ]
        done = sum(row["accepted"] is not None for row in told)
        return sent({"round": id, "rows": len(told), "done": done, "ratings": told})

    def _waiting(reader: Who, id: str) -> dict[str, Any]:
        with site.desk(reader) as (desk, _):
            for upload in (each for each in Uploads(site).all() if each.sent and id.endswith(each.day.isoformat())):
                sheet = read_rows(upload.file, upload.text, upload.day, None, desk.register)
                if sheet.round_id == id:
                    page = f"/rounds/check/{upload.id}"
                    return {"round": id, "rows": len(sheet.rows), "done": 0, "state": AWAITING, "page": page}
        raise not_found("there is no such round.")

    @router.get("/{id}/results", responses=responses([RESULT]), name="round-results")
    def results(id: str, reader: Annotated[Who, Depends(may("rounds"))]) -> Response:
        """What came of each row of a round, in words: what it opened, and who was told."""
        if not ROUND.match(id):
            raise not_found("there is no such round.")
        with site.desk(reader) as (desk, conn):
            words = desk.words(conn)
            found = [result_of(conn, desk, one, words, done_before=False) for one in given_in(desk, conn, id)]
        if not found:
            raise not_found("there is no such round.")
        return sent(
            [{name: said for name, said in one.items() if name not in ("line", "done_before")} for one in found]
        )

    return router


@dataclass(frozen=True)
class Read:
    """A round as it was sent: its rows, the commands that publish them, whether any opens an engagement, and the check of it."""

    sheet: Sheet
    given: list[Given]
    opening: bool
    answer: Answer
