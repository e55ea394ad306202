"""Of an engagement: the documents that the record names, the sources it was recorded from, and the case notes."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from console.access import may
from console.controls import PAPERS
from console.exports import download
from console.made import Made
from console.pages.engagements import auditor, engagement_page, heading
from console.pages.timeline import Line, as_table, reading
from console.paging import ENTRIES, Slice
from console.render import Captioned
from console.site import Site
from console.who import Who
from domain.course import NoteAdded
from domain.engagement import Engagement
from domain.part import Entry
from domain.sealed import is_commitment
from faces import dates, telling
from faces.acts import may_give
from faces.dossier_disputes import sources
from faces.page import Cell
from faces.readers import note_read
from faces.words import Words
from ledger.events import reader as office_of

HEADERS = ("Entry", "On", "What was recorded", "Document")


def documents_router(site: Site) -> APIRouter:
    """The pages of documents and of case notes."""
    router, made = APIRouter(), Made()
    Reader = Annotated[Who, Depends(may("dossier"))]

    @router.get("/engagements/{id}/documents", response_class=HTMLResponse)
    def documents(id: str, request: Request, reader: Reader) -> Response:
        """Every document that the record names, the newest first, and the sources."""
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            state, rules = desk.engagement(conn, of.id)
            note_read(desk, of.id, "dossier", auditor(reader))
            tables = made.once(desk, conn, of.id, lambda: _tables(conn, state, desk.words(conn, rules)))
        return download(request, f"{of.id}-documents", tables) or engagement_page(
            request, "documents.html", of, "/documents", tables=[table for table in tables if table.rows]
        )

    @router.get("/engagements/{id}/notes", response_class=HTMLResponse)
    def notes(id: str, request: Request, reader: Reader) -> Response:
        """The case notes, the newest first."""
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            note_read(desk, of.id, "dossier", auditor(reader))
            history = reading(desk, conn, of, reader)
            total = history.kinds().get(NoteAdded.type, 0)
            slice = Slice.asked(request, total, ENTRIES)
            everything = "as" in request.query_params
            lines: list[Line] = history.page(
                [NoteAdded.type], total if everything else slice.size, 0 if everything else slice.offset
            )
            lifecycle = desk.library.rules(of.row.model, office_of(conn)).lifecycle
            adds = may_give(lifecycle, reader.role, lifecycle.who_may("add-note"))
        return download(request, f"{of.id}-notes", [as_table(lines)]) or engagement_page(
            request, "notes.html", of, "/notes", lines=lines, slice=slice, adds=adds
        )

    return router


def _tables(conn: Connection, state: Engagement, words: Words) -> list[Captioned]:
    entries = state.history.entries[::-1]
    papers = [(entry, paper) for entry in entries for paper in _papers(entry.event.model_dump(mode="json"))]
    cited = sources(conn, f"engagement/{state.id}", state.history)
    named_by = [(entry, cited[entry.version]) for entry in entries if entry.version in cited]
    values = telling.values_of(conn, [[said for _, said in (*papers, *named_by)]])

    def row(entry: Entry[Any], said: str) -> list[Cell]:
        return [
            Cell(str(entry.version)),
            Cell(dates.when(entry.occurred), entry.occurred.printed),
            Cell(telling.title(entry.event.type, entry.event.model_dump(mode="json"), words)),
            Cell(str(values.get(said, telling.ERASED) if is_commitment(said) else said)),
        ]

    return [
        Captioned("Documents", HEADERS, [row(*each) for each in papers]),
        Captioned("Sources", (*HEADERS[:3], "Source"), [row(*each) for each in named_by], 2),
    ]


def _papers(body: Any) -> Iterator[str]:
    """The documents that an event names, wherever in it they stand."""
    if isinstance(body, dict):
        for name, value in body.items():
            if name in PAPERS and isinstance(value, str):
                yield value
            else:
                yield from _papers(value)
    elif isinstance(body, list):
        for each in body:
            yield from _papers(each)
