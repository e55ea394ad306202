"""What auditors have read, for the head of their office; who was denied what, and access in an emergency, for auditors."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from console.access import may
from console.exports import download
from console.pages.audit_days import blocks_of
from console.pages.engagements import auditor
from console.render import page, tables_of
from console.site import Site
from console.who import Who
from domain.admission import EVENTS, AccessAsked, AccessDeclined, AccessDenied, AccessGranted
from domain.reads import ACCESS
from faces import dates, telling
from faces.page import Cell, Table
from faces.readers import note_read
from faces.reads import what_auditors_read
from faces.telling.access import DENIED
from ledger import events


def reads_router(site: Site) -> APIRouter:
    """Both lists."""
    router = APIRouter()

    @router.get("/audit/reads", response_class=HTMLResponse)
    def reads(request: Request, reader: Annotated[Who, Depends(may("reads"))]) -> Response:
        """What auditors have read."""
        with site.desk(reader) as (desk, conn):
            blocks = blocks_of(what_auditors_read(desk, conn, auditor(reader)))
        title = "What auditors have read"
        return download(request, "reads", tables_of(blocks, title)) or page(
            request, "audit-list.html", heading=title, blocks=blocks, tables=len(tables_of(blocks, title))
        )

    @router.get("/audit/access", response_class=HTMLResponse)
    def access(request: Request, reader: Annotated[Who, Depends(may("denials"))]) -> Response:
        """Who was denied what, and who was let in in an emergency."""
        with site.desk(reader) as (desk, conn):
            note_read(desk, "denials", "reads", auditor(reader))
            rows = list(_rows(conn, desk.hidden(conn)))
        title = "Denials and access in an emergency"
        blocks = [Table(("When", "What", "Of", "Role", "Who", "Why"), rows)] if rows else []
        return download(request, "access", tables_of(blocks, title)) or page(
            request, "audit-list.html", heading=title, blocks=blocks, tables=len(blocks)
        )

    return router


def _rows(conn: Connection, absent: frozenset[str]) -> Iterator[list[Cell]]:
    """What is on record, without the ids of engagements that are not there for whoever reads, nor why somebody wanted them."""
    found = [event for event in events.read_stream(conn, ACCESS) if event.type in EVENTS]
    values = telling.values_of(conn, [event.body for event in found])
    asked_for: dict[int, str] = {}
    for recorded in found:
        event: Any = EVENTS[recorded.type].read(recorded.body)
        match event:
            case AccessDenied():
                told = (
                    "denied",
                    event.what or event.group,
                    DENIED[event.rule] + ("; no more of the hour" if event.last else ""),
                )
            case AccessAsked():
                asked_for[event.asked] = event.engagement
                told = ("asked for access", event.engagement, str(values.get(event.reason, telling.ERASED)))
            case AccessGranted():
                told = ("granted access", asked_for[event.asked], f"until {dates.moment(event.until)}")
            case AccessDeclined():
                told = ("declined or ended access", asked_for[event.asked], "")
        if told[1] in absent:
            told = (told[0], "a confidential engagement", "")
        yield [
            Cell(dates.moment(recorded.recorded_at), recorded.recorded_at.isoformat()),
            *(Cell(text) for text in told[:2]),
            Cell(event.role),
            Cell(event.person or ""),
            Cell(told[2]),
        ]
