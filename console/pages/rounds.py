"""Rating rounds: a file is uploaded, checked row by row, published with a page that shows how far it is, and taken back."""

import asyncio
import re
from collections.abc import Sequence
from datetime import date, datetime
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, get_args
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import Connection
from starlette.datastructures import UploadFile

from console import notice
from console.access import may
from console.controls import Control, Option
from console.date_fields import Fields, today_in
from console.forms import Wrong, take
from console.labels import option_of
from console.publishing import ROUND, WITHDRAWN, carry_out, published, putting_out, taking_back
from console.render import page
from console.rounds import Upload, Uploads
from console.shown import shown, summary_of
from console.site import Site
from console.typed import typed
from console.who import Who
from domain.ratings import Service
from faces import dates
from faces.desk import Desk
from faces.fields import check_string, decoded
from faces.outlook import Line, foresee, print_check
from faces.page import clean, collected
from faces.problems import Exit, Problem, not_found
from faces.prose import refused
from faces.publishing import Given, councils_in
from faces.rounds import LARGEST, Sheet, read_rows
from faces.words import Words
from ledger import commands

_DAY = Control("day", "date", "Day of publication", "The day on which the ratings are published.", True)
_SERVICE = Control(
    "service",
    "one",
    "Service",
    "A file is of one service.",
    False,
    options=tuple(
        Option(name, option_of("publish-rating", ("service",), get_args(Service), name)) for name in get_args(Service)
    ),
)


def rounds_router(site: Site) -> APIRouter:
    """The pages of rating rounds."""
    router = APIRouter()
    uploads = Uploads(site)
    reading, publishing = Depends(may("rounds")), Depends(may("publish-round"))

    @router.get("/rounds", response_class=HTMLResponse)
    def rounds(request: Request, by: Annotated[Who, reading]) -> Response:
        """Upload a round, and what was uploaded and waits."""
        return _form(site, request, today_in("day", site.now().date()), [])

    @router.post("/rounds", response_class=HTMLResponse)
    async def upload(request: Request, by: Annotated[Who, publishing]) -> Response:
        """Take a file and go on to its check."""
        fields, form = await typed(request), await request.form()
        file = form.get("file")
        taken = take([_DAY, _SERVICE], fields)
        wrong = list(taken.wrong)
        day = taken.body.get("day", "")
        if not wrong and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            wrong.append(Wrong("day", "Day of publication: enter the day, the month and the year"))
        name, text = "", ""
        if not isinstance(file, UploadFile) or not file.filename:
            wrong.append(Wrong("file", "Select the round's file"))
        else:
            name = clean(PurePath(file.filename).name)[:120]
            data = await file.read(LARGEST + 1)
            try:
                if len(data) > LARGEST:
                    raise Problem(
                        Exit.USAGE, f"{name} is too large: at most {LARGEST // 2**20} MB are read.", "split it up"
                    )
                text = decoded(name, data)
                if not wrong:
                    await asyncio.to_thread(_read, site, by, name, text, day, taken.body.get("service"))
            except Problem as problem:
                hint = f"; {problem.hint}" if problem.hint else ""
                wrong.append(Wrong("file", f"{problem.message.removesuffix('.')}{hint}"))
        if wrong:
            return await asyncio.to_thread(_form, site, request, fields, wrong, HTTPStatus.UNPROCESSABLE_ENTITY)
        id = await asyncio.to_thread(uploads.keep, by, name, text, date.fromisoformat(day))
        return RedirectResponse(f"/rounds/check/{id}", HTTPStatus.SEE_OTHER)

    @router.get("/rounds/check/{id}", response_class=HTMLResponse)
    def checked(id: str, request: Request, by: Annotated[Who, reading]) -> Response:
        """A file, row by row: what would open and who would be told, and what is wrong."""
        return _checked(site, request, by, _found(uploads, id), [])

    @router.post("/rounds/check/{id}", response_class=HTMLResponse)
    async def publish(id: str, request: Request, by: Annotated[Who, publishing]) -> Response:
        """Publish it, send it to a second person, or drop it."""
        step = (await typed(request)).get("_step", [""])[-1]
        upload = await asyncio.to_thread(_found, uploads, id)
        if step == "drop":
            await asyncio.to_thread(uploads.drop, id)
            return RedirectResponse("/rounds", HTTPStatus.SEE_OTHER)
        if step == "send" and upload.is_of(by):
            await asyncio.to_thread(uploads.send, id)
            return RedirectResponse(f"/rounds/check/{id}", HTTPStatus.SEE_OTHER)
        return await _publish(site, request, by, upload)

    @router.get("/rounds/{round}", response_class=HTMLResponse)
    def progress(round: str, request: Request, by: Annotated[Who, reading]) -> Response:
        """How far a round is, and what came of each row. It looks again by itself until it is done."""
        return _progress(site, request, by, round)

    @router.get("/rounds/{round}/withdraw", response_class=HTMLResponse)
    def ask_back(round: str, request: Request, by: Annotated[Who, publishing]) -> Response:
        """Why a round is taken back."""
        return _withdrawal(site, request, by, round, "", None)

    @router.post("/rounds/{round}/withdraw", response_class=HTMLResponse)
    async def take_back(round: str, request: Request, by: Annotated[Who, publishing]) -> Response:
        """Take a round back."""
        reason = (await typed(request)).get("reason", [""])[-1].strip()
        return await _withdraw(site, request, by, round, reason)

    return router


def _found(uploads: Uploads, id: str) -> Upload:
    found = uploads.find(id)
    if found is None:
        raise not_found("there is no such file: it was published or dropped, or it never was.")
    return found


def _form(
    site: Site, request: Request, fields: Fields, wrong: Sequence[Wrong], status: int = HTTPStatus.OK
) -> Response:
    found = shown([_DAY, _SERVICE], fields, wrong)
    errors = [
        {"text": each.sentence, "href": "#file"} if each.name == "file" else summary_of(found, [each])[0]
        for each in wrong
    ]
    file_wrong = next((each.sentence for each in wrong if each.name == "file"), None)
    uploads = Uploads(site).all()
    return page(request, "rounds.html", status, shown=found, errors=errors, file_wrong=file_wrong, uploads=uploads)


# Checking


def _read(site: Site, by: Who, name: str, text: str, day: str, service: str | None) -> Sheet:
    with site.desk(by) as (desk, _):
        return read_rows(name, text, date.fromisoformat(day), service, desk.register)


def _foreseen(desk: Desk, conn: Connection, upload: Upload) -> tuple[Sheet, list[Line], Words]:
    words = desk.words(conn)
    sheet = read_rows(upload.file, upload.text, upload.day, None, desk.register)
    return sheet, foresee(desk, conn, sheet, words), words


def _checked(
    site: Site, request: Request, by: Who, upload: Upload, errors: list[dict[str, str]], status: int = HTTPStatus.OK
) -> Response:
    with site.desk(by) as (desk, conn), collected() as blocks:
        sheet, lines, words = _foreseen(desk, conn, upload)
        print_check(sheet, lines, words, desk.today)
        early = upload.hour is None and sheet.day > desk.today
    opening = sum(line.opens is not None for line in lines)
    return page(
        request,
        "round-check.html",
        status,
        upload=upload,
        round=sheet.round_id,
        blocks=blocks,
        opening=opening,
        ready=sum(line.refusal is None and line.before is None for line in lines),
        wrong=len({each.line for each in sheet.wrong}),
        early=early,
        mine=upload.is_of(by),
        errors=errors,
    )


# Publishing


async def _publish(site: Site, request: Request, by: Who, upload: Upload) -> Response:
    def prepared() -> tuple[Sheet, list[Given], int, datetime | None, bool]:
        with site.desk(by) as (desk, conn):
            sheet, lines, _ = _foreseen(desk, conn, upload)
            given = putting_out(sheet, lines, upload.by, by if not upload.is_of(by) else upload.by)
            hour = upload.hour if upload.hour is not None and upload.hour > desk.now else None
            early = hour is None and sheet.day > desk.today
            return sheet, given, sum(line.opens is not None for line in lines), hour, early

    def refuse(sentence: str, status: int = HTTPStatus.CONFLICT) -> Response:
        return _checked(site, request, by, upload, [{"text": sentence, "href": "#publish"}], status)

    sheet, given, opening, hour, early = await asyncio.to_thread(prepared)
    if early:
        return await asyncio.to_thread(refuse, "The day of publication has not come yet")
    if opening and (upload.is_of(by) or not upload.sent):
        sentence = "It opens engagements, so another person publishes it: choose “Send to a second person”"
        return await asyncio.to_thread(refuse, sentence, HTTPStatus.FORBIDDEN)
    if not given:
        return RedirectResponse(f"/rounds/{quote(sheet.round_id)}", HTTPStatus.SEE_OTHER)
    away = await carry_out(site, sheet.round_id, given, sheet, hour)
    if away is not None:
        return await asyncio.to_thread(refuse, away, HTTPStatus.SERVICE_UNAVAILABLE)
    await asyncio.to_thread(Uploads(site).drop, upload.id)
    answer = RedirectResponse(f"/rounds/{quote(sheet.round_id)}", HTTPStatus.SEE_OTHER)
    notice.leave(
        request,
        answer,
        f"The round {sheet.round_id} {f'is published at {dates.moment(hour)}' if hour else 'is being published'}",
    )
    return answer


def _progress(site: Site, request: Request, by: Who, round: str) -> Response:
    if not ROUND.match(round):
        raise not_found("there is no such round.")
    with site.desk(by) as (desk, conn):
        rows = councils_in(conn, round)
        if not rows:
            raise not_found("there is no such round.")
        outcomes = {id: one for id, one in commands.outcomes_under(conn, round).items() if id in rows}
        service = round.removesuffix(WITHDRAWN)[:-11]
        opened = {row.council: row.id for row in desk.portfolio(conn) if row.service == service}
        words = desk.words(conn)
    why = {
        id: refused(one.outcome["rule"], one.outcome["details"], words).sentence
        for id, one in outcomes.items()
        if not one.accepted
    }
    done = [
        {
            "council": council,
            "name": _name(desk, council),
            "outcome": outcomes.get(id),
            "why": why.get(id),
            "engagement": opened.get(council),
        }
        for id, council in rows.items()
    ]
    return page(
        request,
        "round.html",
        round=round,
        rows=done,
        total=len(rows),
        finished=len(outcomes),
        accepted=sum(each.accepted for each in outcomes.values()),
        withdrawal=round.endswith(WITHDRAWN),
    )


def _name(desk: Desk, gss: str) -> str:
    found = desk.register.get(gss)
    return found.short if found else gss


# Taking back


def _withdrawal(
    site: Site, request: Request, by: Who, round: str, reason: str, wrong: str | None, status: int = HTTPStatus.OK
) -> Response:
    councils = published(site, by, round)
    errors = [{"text": wrong, "href": "#reason"}] if wrong else []
    return page(
        request,
        "round-withdraw.html",
        status,
        round=round,
        count=len(councils),
        reason=reason,
        wrong=wrong,
        errors=errors,
    )


async def _withdraw(site: Site, request: Request, by: Who, round: str, reason: str) -> Response:
    wrong = None if reason else "Enter why the round is taken back"
    try:
        check_string("Why", reason, lines=True)
    except Problem as problem:
        wrong = problem.message
    if wrong:
        refused = HTTPStatus.UNPROCESSABLE_ENTITY
        return await asyncio.to_thread(_withdrawal, site, request, by, round, reason, wrong, refused)

    given, sheet = await asyncio.to_thread(taking_back, site, by, round, reason)
    sentence = await carry_out(site, f"{round}{WITHDRAWN}", given, sheet)
    if sentence is not None:
        unavailable = HTTPStatus.SERVICE_UNAVAILABLE
        return await asyncio.to_thread(_withdrawal, site, request, by, round, reason, sentence, unavailable)
    return RedirectResponse(f"/rounds/{quote(round)}{WITHDRAWN}", HTTPStatus.SEE_OTHER)
