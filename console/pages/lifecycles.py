"""Lifecycle documents: those that are published, one of them in full, and another uploaded, checked, compared and published."""

import asyncio
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from activities.library import DOCUMENTS, submitted
from console import notice
from console.access import may
from console.asked import new_id
from console.date_fields import said
from console.giving import give_as
from console.render import page
from console.site import Site
from console.typed import typed
from console.who import Who
from domain.dates import When
from domain.documents import Document, DocumentError, parse
from domain.lifecycle import Lifecycle
from domain.publishing import MAY, PublishLifecycle
from domain.soundness import Finding
from faces.desk import Target
from faces.fields import check_body, decoded
from faces.giving import OutcomeUnknown
from faces.lifecycle_list import between, in_full, lifecycles
from faces.lifecycles import LARGEST, Source, calendars, named
from faces.outcome import Given
from faces.page import Block, clean, collected
from faces.problems import Exit, Problem, explain
from faces.prose import refused
from faces.words import Words


def lifecycles_router(site: Site) -> APIRouter:
    """The pages of lifecycle documents."""
    router = APIRouter()
    reading, publishing = Depends(may("lifecycles")), Depends(may("administer"))

    @router.get("/lifecycles", response_class=HTMLResponse)
    def listed(request: Request, by: Annotated[Who, reading]) -> Response:
        """The published lifecycles, and a form that takes another."""
        return _listed(site, request, by, None)

    @router.get("/lifecycles/{ref}", response_class=HTMLResponse)
    def show(ref: str, request: Request, by: Annotated[Who, reading]) -> Response:
        """A lifecycle in full: its stages, gates, roles and what is owed."""
        with site.desk(by) as (_, conn), collected() as blocks:
            in_full(named(ref, conn)).tell()
        return page(request, "lifecycle.html", title=ref, blocks=blocks)

    @router.post("/lifecycles", response_class=HTMLResponse)
    async def check(request: Request, by: Annotated[Who, publishing]) -> Response:
        """Check a document, and say what it changes."""
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return await asyncio.to_thread(_listed, site, request, by, "Select a lifecycle document")
        name = clean(PurePath(file.filename).name)[:120]
        data = await file.read(LARGEST + 1)
        try:
            if len(data) > LARGEST:
                raise Problem(Exit.USAGE, f"{name} is too large: at most {LARGEST // 1024} kB are read.")
            text = decoded(name, data)
        except Problem as problem:
            hint = f"; {problem.hint}" if problem.hint else ""
            return await asyncio.to_thread(_listed, site, request, by, f"{problem.message.removesuffix('.')}{hint}")
        return await asyncio.to_thread(_checked, site, request, by, name, text, "", new_id(), None)

    @router.post("/lifecycles/publish", response_class=HTMLResponse)
    async def publish(request: Request, by: Annotated[Who, publishing]) -> Response:
        """Publish it for good."""
        fields = await typed(request)
        name, text, id = clean(said(fields, "name"))[:120], (fields.get("text") or [""])[-1], said(fields, "_id")
        reason = said(fields, "reason")
        if not reason:
            again = (site, request, by, name, text, reason, id, "Enter why it is published")
            return await asyncio.to_thread(_checked, *again)
        return await _publish(site, request, by, name, text.replace("\r\n", "\n"), reason, id)

    return router


def _listed(site: Site, request: Request, by: Who, wrong: str | None) -> Response:
    with site.desk(by) as (desk, conn), collected() as blocks:
        lifecycles(desk, conn).tell()
        refs = [life.ref for life in desk.library.every()]
    errors = [{"text": wrong, "href": "#file"}] if wrong else []
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    publishes = by.role in MAY[PublishLifecycle.type]
    return page(
        request, "lifecycles.html", status, blocks=blocks, refs=refs, publishes=publishes, wrong=wrong, errors=errors
    )


def _checked(
    site: Site, request: Request, by: Who, name: str, text: str, reason: str, id: str, wrong: str | None
) -> Response:
    """What is wrong in a document; of one in which nothing is, what it changes, and the button that publishes it."""
    changes: list[Block] = []
    life: Lifecycle | None = None
    with site.desk(by) as (desk, conn):
        try:
            document = parse(name, text)
            held = submitted(document, calendars(desk))
            found, life = list(held.found), held.lifecycle
        except DocumentError as error:
            found = [Finding(error.name, error.line, error.place, error.problem)]
        before = None
        if life is not None:
            published = [each for each in desk.library.every() if each.id == life.id]
            before = max(published, key=lambda each: each.version, default=None)
            with collected() as changes:
                if before is not None:
                    between(desk, conn, named(before.ref, conn), Source(document, "uploaded", text)).tell()
    errors = [{"text": wrong, "href": "#reason"}] if wrong else []
    broken = life is None or any(each.error for each in found)
    return page(
        request,
        "lifecycle-check.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if broken or wrong else HTTPStatus.OK,
        name=name,
        text=text,
        life=life,
        found=[str(each) for each in found],
        before=before,
        changes=changes,
        reason=reason,
        id=id,
        wrong=wrong,
        errors=errors,
    )


async def _publish(site: Site, request: Request, by: Who, name: str, text: str, reason: str, id: str) -> Response:
    def again(sentence: str, fresh: str) -> Response:
        return _checked(site, request, by, name, text, reason, fresh, sentence)

    try:
        document: Document = parse(name, text)
        body = {"document": document.value, "reason": reason}
        check_body(PublishLifecycle, body)
        with site.desk(by) as (desk, _):
            today = When.day(desk.today)
        target = Target("office", DOCUMENTS.partition("/")[2])
        command = id if id.startswith("page-") and id.isascii() and len(id) < 60 else new_id()
        given = Given(command, target, PublishLifecycle, by.actor, by.actor, today, body, None)
        outcome = await give_as(site, by, given, "page")
    except OutcomeUnknown:
        return RedirectResponse(f"/outcomes/{id}", HTTPStatus.SEE_OTHER)
    except Exception as error:
        problem = explain(error)
        if problem is None:
            raise
        return await asyncio.to_thread(again, problem.message, id)
    if not outcome.accepted:
        said_of = refused(outcome.outcome["rule"], outcome.outcome["details"], Words())
        return await asyncio.to_thread(again, said_of.sentence, new_id())
    ref = f"{document.value['id']}@{document.value['version']}"
    answer = RedirectResponse(f"/lifecycles/{quote(ref)}", HTTPStatus.SEE_OTHER)
    notice.leave(request, answer, f"{ref} is published")
    return answer
