"""Rating rounds over HTTP: a CSV file checked row by row, published, and how far that has come."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from console.access import may
from console.api.answers import sent
from console.api.describing import GIVING, responses
from console.api.problems import Unfit
from console.api.reading import body_of, json_of, media_type_of, plain_texts
from console.publishing import ROUND, WITHDRAWN, hand_in, putting_out, taking_back
from console.site import Site
from console.who import Who
from domain.ratings import Service
from faces.outlook import foresee, sheet_data
from faces.problems import not_found
from faces.publishing import Given
from faces.rounds import LARGEST, Sheet, read_rows
from ledger import commands

PublishedOn = Annotated[date | None, Query(alias="on", description="The day of publication; today if left out.")]
OfService = Annotated[Service | None, Query(description="The service that the file must be of.")]

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
    ) -> Response:
        """What a round would open, who would be told, and what is wrong, row by row. Nothing is stored."""
        text = await _text(request)
        return sent((await run_in_threadpool(read, reader, text, on, service))[2])

    @router.post(
        "",
        responses=responses(CHECKED, GIVING) | {202: {"description": "It is being published: ask at Location."}},
        openapi_extra=BODY,
        name="round-publish",
    )
    async def publish(
        request: Request,
        who: Annotated[Who, Depends(may("publish-round"))],
        on: PublishedOn = None,
        service: OfService = None,
    ) -> Response:
        """Publish a round: every row that can be. Each row is a command whose id is made of the round and the council, so a
        round that is sent twice doubles nothing.
        """
        text = await _text(request)
        sheet, given, data = await run_in_threadpool(read, who, text, on, service)
        if not sheet.rows:
            raise Unfit("refused", "the file has no row that can be published.", "mend the rows and send it again")
        if given:  # what was published before is not given again
            await hand_in(site, sheet.round_id, given, sheet)
        location = str(request.url_for("round", id=sheet.round_id).path)
        return sent(data, {"Location": location}, 202)

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

    def read(who: Who, text: str, on: date | None, service: str | None) -> tuple[Sheet, list[Given], object]:
        with site.desk(who) as (desk, conn):
            day = on or desk.today
            if day > desk.today:
                raise Unfit("unfit", f"{day.isoformat()} is in the future.", "publish the round on its day")
            sheet = read_rows("the file", text, day, service, desk.register)
            lines = foresee(desk, conn, sheet, desk.words(conn))
        return sheet, putting_out(sheet, lines, who, who), sheet_data(sheet, lines)

    @router.get(
        "/{id}", responses=responses({"round": "social-services-2002-05-29", "rows": 3, "done": 3}), name="round"
    )
    def progress(id: str, reader: Annotated[Who, Depends(may("rounds"))]) -> Response:
        """How far a round has come, and what became of each row."""
        if not ROUND.match(id):
            raise not_found("there is no such round.")
        with site.desk(reader) as (_, conn):
            rows = [row for row in commands.commands_under(conn, id) if row[1].startswith("council/")]
            outcomes = commands.outcomes_under(conn, id)
        if not rows:
            raise not_found("there is no such round.")
        told = [
            {
                "command": command,
                "council": target.partition("/")[2],
                "accepted": outcomes[command].accepted if command in outcomes else None,
                "rule": outcomes[command].outcome.get("rule") if command in outcomes else None,
            }
            for command, target, _ in rows
        ]
        done = sum(row["accepted"] is not None for row in told)
        return sent({"round": id, "rows": len(told), "done": done, "ratings": told})

    return router


async def _text(request: Request) -> str:
    if media_type_of(request) != "text/csv":
        raise Unfit("media-type", "the body is not said to be CSV.", "send it with Content-Type: text/csv")
    raw = await body_of(request, LARGEST)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Unfit("malformed", f"line {line}: this is not UTF-8 text.", "save the file as UTF-8") from None
