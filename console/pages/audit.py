"""The auditor's page: the last checkpoint, whether the ledger verifies, and the way to everything that an audit asks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from console.access import matrix, may
from console.exports import download
from console.made import Made
from console.pages.audit_days import Typed, in_the_form, programme_on_days, sentences
from console.pages.audit_one import one_router
from console.pages.audit_pack import pack_router
from console.pages.audit_reads import reads_router
from console.pages.audit_verify import Verifications, told
from console.pages.engagements import auditor
from console.paging import Slice, page_of
from console.render import page
from console.site import Site
from console.who import Who
from faces.checkpoints import last_signed
from faces.problems import Exit, Problem, not_found, usage
from faces.receipts import receipt_of, whether_it_is_held
from faces.verifying import Against, keys_in, trusted_checkpoint, witnesses_among
from ledger import commands, read_models

LARGEST = 64 * 1024
"""Bytes of a checkpoint or a receipt that is given: those that there are have some hundred."""


def audit_router(site: Site) -> APIRouter:
    """The pages of an audit."""
    router = APIRouter()
    verifications, made = Verifications(site), Made()
    Reader = Annotated[Who, Depends(may("audit"))]

    def start_page(request: Request, reader: Who, status: int = 200, **context: object) -> HTMLResponse:
        with site.desk(reader) as (desk, conn):
            signed, seen = last_signed(conn).data, desk.seen(conn)
            slice = Slice.asked(request, read_models.counted(conn, seen)[0])
            rows = read_models.listed(conn, seen, "council", slice.size, slice.offset)
        return page(
            request,
            "audit.html",
            status,
            **{"typed": {}, "errors": [], **context},
            signed=signed,
            verifications=verifications.last(),
            rows=rows,
            slice=slice,
            reads=matrix().reach("reads", reader.role) != "none",
            denials=matrix().reach("denials", reader.role) != "none",
        )

    @router.get("/audit", response_class=HTMLResponse)
    def start(request: Request, reader: Reader) -> Response:
        """The last checkpoint, verifying, and where to look."""
        return start_page(request, reader)

    @router.get("/audit/checkpoint")
    def note(reader: Reader) -> Response:
        """The last checkpoint as it was published, for whoever keeps it elsewhere."""
        with site.desk(reader) as (_, conn):
            found = last_signed(conn).data["checkpoints"]
        if not found:
            raise not_found("no checkpoint has been signed yet.", "`turnaround up` signs one every five minutes")
        return PlainTextResponse(found[-1]["note"])

    @router.post("/audit/verifications")
    async def begin(
        request: Request,
        reader: Reader,
        checkpoint: Annotated[str, Form()] = "",
        file: Annotated[UploadFile | None, File()] = None,
        keys: Annotated[str, Form()] = "",
        witnesses: Annotated[str, Form()] = "",
        need: Annotated[str, Form()] = "",
        tree: Annotated[str, Form()] = "",
    ) -> Response:
        """Begin to verify the whole ledger."""
        given = await _given(file, checkpoint)
        typed = {"checkpoint": checkpoint, "keys": keys, "witnesses": witnesses, "need": need, "tree": tree}

        def work() -> Response:
            try:
                against = _against(site, reader, given, keys, witnesses, need)
            except Wrong as wrong:
                errors = [{"text": sentences(wrong.problem), "href": f"#{wrong.field}"}]
                return start_page(request, reader, 400, errors=errors, typed=typed)
            id = verifications.start(reader.role, against, contents=tree != "yes")
            return RedirectResponse(f"/audit/verifications/{id}", 303)

        return await run_in_threadpool(work)

    @router.get("/audit/verifications/{id}", response_class=HTMLResponse)
    def verification(id: str, request: Request, reader: Reader) -> Response:
        """How far a verification is, and what it found."""
        found = verifications.find(id)
        if found is None:
            raise not_found("there is no such verification.", "/audit lists the last ones")
        return page(request, "audit-verification.html", found=found)

    @router.post("/audit/receipts")
    async def check_receipt(
        request: Request,
        reader: Reader,
        receipt: Annotated[str, Form()] = "",
        receipt_file: Annotated[UploadFile | None, File()] = None,
        receipt_keys: Annotated[str, Form()] = "",
    ) -> Response:
        """Whether the ledger still holds what a receipt says."""
        given = await _given(receipt_file, receipt)

        def work() -> Response:
            problem: Problem | None = None
            lines: Sequence[str] = ()
            with site.desk(reader) as (_, conn):
                try:
                    if given is None:
                        raise usage("There is no receipt.", "paste one, or choose its file")
                    lines = told(whether_it_is_held(conn, *given, keys_in(receipt_keys.split())).tell)
                except Problem as found:
                    problem = found
            status = 400 if problem is not None and problem.code == Exit.USAGE else 200
            return page(request, "audit-receipt.html", status, problem=problem, lines=lines)

        return await run_in_threadpool(work)

    @router.get("/audit/receipts/{command:path}")
    def receipt(command: str, reader: Reader) -> Response:
        """The receipt of a command to something that is there for the reader."""
        with site.desk(reader) as (desk, conn):
            stored = commands.stored_command(conn, command)
            if stored is not None and not stored.record.target.startswith("office/"):
                desk.resolve(conn, stored.record.target)
            text = receipt_of(desk, command).data["receipt"]
        return PlainTextResponse(text, headers={"Content-Disposition": 'attachment; filename="receipt.txt"'})

    @router.get("/audit/programme", response_class=HTMLResponse)
    def programme(request: Request, reader: Reader) -> Response:
        """Every engagement on a day."""
        typed = Typed.of(request)
        with site.desk(reader) as (desk, conn):
            try:
                days = programme_on_days(desk, conn, made, typed, auditor(reader))
            except Problem as problem:
                return page(request, "audit-programme.html", 400, typed=typed, errors=[in_the_form(problem)])
        tables = days.tables("The programme")
        slice = Slice.asked(request, sum(len(table.rows) for table in tables))
        shown = replace(days, then=page_of(days.then, slice))
        return download(request, "programme-then", tables) or page(
            request, "audit-programme.html", typed=typed, days=shown, tables=len(tables), slice=slice
        )

    for family in ("engagement", "council"):
        router.include_router(one_router(site, made, family))
        router.include_router(pack_router(site, family))
    router.include_router(reads_router(site))
    return router


async def _given(file: UploadFile | None, text: str) -> tuple[str, bytes] | None:
    """What was uploaded or else pasted, with what it is called; None where there is neither."""
    if file is not None and file.filename:
        return file.filename[:80], await file.read(LARGEST)
    pasted = text.replace("\r\n", "\n").strip("\n")
    return ("what you pasted", f"{pasted}\n".encode()) if pasted.strip() else None


class Wrong(Exception):
    """What is wrong with a field of the form."""

    def __init__(self, field: str, problem: Problem) -> None:
        super().__init__(field)
        self.field, self.problem = field, problem


@contextmanager
def _said_of(field: str) -> Iterator[None]:
    try:
        yield
    except Problem as problem:
        raise Wrong(field, problem) from None


def _against(site: Site, reader: Who, given: tuple[str, bytes] | None, keys: str, witnesses: str, need: str) -> Against:
    """What the ledger is to be held against. Raises Wrong."""
    with _said_of("keys"):
        own = keys_in(keys.split())
        if own and given is None:
            raise usage("A key says whose checkpoints to trust, and there is none.", "give the checkpoint too")
    with _said_of("witnesses"):
        named = keys_in(witnesses.split())
        whom = witnesses_among(named, None)
    with _said_of("need"):
        if need and not (need.isascii() and need.isdigit() and len(need) < 4 and 0 < int(need) <= len(whom)):
            raise usage("That is not a number of the witnesses that you named.", "leave it empty for all of them")
    with _said_of("checkpoint"), site.desk(reader) as (_, conn):
        held = [trusted_checkpoint(conn, *given, own)] if given is not None else []
    return Against(held, own_keys=bool(own), witnesses=whom, need=int(need) if need else len(whom))
