"""The evidence pack of an engagement or a council, as a file to take away."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from console.access import matrix, may
from console.pages.audit_days import sentences
from console.pages.audit_one import PLACES, Family, audit_page, subject
from console.pages.engagements import auditor
from console.site import Site
from console.who import Who
from faces.checkpoints import last_signed
from faces.packing import packed
from faces.problems import Exit, Problem

EDITIONS = ("full", "public")


def pack_router(site: Site, family: Family) -> APIRouter:
    """The page of packs, and each pack."""
    router = APIRouter()
    base = PLACES[family]
    Reader = Annotated[Who, Depends(may("audit"))]

    @router.get(f"{base}/{{name}}/pack", response_class=HTMLResponse)
    def choose(name: str, request: Request, reader: Reader, edition: str = "", since: str = "") -> Response:
        """Which edition, and the checkpoint that somebody holds."""
        with site.desk(reader) as (desk, conn):
            of = subject(desk, conn, family, name)
            signed = last_signed(conn).data["checkpoints"]
        errors = list[dict[str, str]]()
        if edition:
            try:
                return _pack(site, reader, family, name, edition, since)
            except Problem as problem:
                if problem.code == Exit.NOT_FOUND:
                    raise
                field = "#edition" if "edition" in problem.message else "#since"
                errors.append({"text": sentences(problem), "href": field})
        return audit_page(
            request,
            "audit-pack.html",
            of,
            "/pack",
            400 if errors else 200,
            signed=signed[-1] if signed else None,
            full=_may_have_all(reader),
            since=since,
            edition=edition,
            errors=errors,
        )

    return router


def _may_have_all(reader: Who) -> bool:
    """Whether the full edition is for them: it holds what was bid."""
    return matrix().reach("bids", reader.role) != "none"


def _pack(site: Site, reader: Who, family: Family, name: str, edition: str, since: str) -> Response:
    if edition not in EDITIONS or (edition == "full" and not _may_have_all(reader)):
        raise Problem(Exit.USAGE, "There is no such edition for you.", "choose one from the list")
    held = since.replace("\r\n", "\n").strip("\n")
    with site.desk(reader) as (desk, conn):
        of = subject(desk, conn, family, name)
        called = f"{of.target.name}{'-public' if edition == 'public' else ''}.zip"
        data, _ = packed(
            desk,
            conn,
            of.full_id,
            called,
            public=edition == "public",
            since=[("The checkpoint that you gave", f"{held}\n".encode())] if held.strip() else (),
            auditor=auditor(reader),
        )
    headers = {"Content-Disposition": f'attachment; filename="{called}"'}
    return Response(data, media_type="application/zip", headers=headers)
