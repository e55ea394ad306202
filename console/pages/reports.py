"""The reports as pages, as of any day: what `turnaround report` prints, with its tables as files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from console.access import may
from console.exports import download
from console.made import Made
from console.pages.audit_days import sentences
from console.paging import SIZE, Slice
from console.render import page, tables_of
from console.site import Site
from console.who import Who
from faces import reports
from faces.desk import Desk
from faces.page import Answer, Block
from faces.problems import Exit, Problem, not_found
from ledger import read_models

Asked = Callable[[Desk, Connection, str | None], Answer]


@dataclass(frozen=True)
class Report:
    """A report of the programme: what it is called, what it tells, and the question that it answers."""

    name: str
    title: str
    about: str
    ask: Callable[[Desk, Connection, str | None], reports.Report]
    most: int = SIZE
    """Rows on a page."""


REPORTS = (
    Report(
        "programme", "The programme", "Every engagement with its team, its dates and what came of it", reports.programme
    ),
    Report(
        "ratings", "Ratings", "The newest ratings of councils in which zero stars opened an engagement", reports.ratings
    ),
    Report("summary", "Year by year", "What happened to each council that had an engagement", reports.summary, 15),
    Report(
        "interventions", "Interventions", "Councils under a Best Value Notice or directions", reports.interventions, 3
    ),
    Report(
        "directions",
        "Statutory directions",
        "Each statutory direction with its contracts and posts",
        reports.directions,
        5,
    ),
)
"""The reports of the whole programme."""


def reports_router(site: Site) -> APIRouter:
    """The pages of the reports."""
    router = APIRouter()
    made = Made()

    def answered(
        request: Request,
        reader: Who,
        name: str,
        title: str,
        tell: Callable[[Desk, Connection, str | None], tuple[Sequence[Block], Slice | None]],
    ) -> Response:
        """What is told of the day of `?on=`, and which page of it; where that is no date, the page says so and has nothing."""
        on, errors = request.query_params.get("on", "").strip(), list[dict[str, str]]()
        blocks: Sequence[Block] = ()
        slice = None
        with site.desk(reader) as (desk, conn):
            try:
                blocks, slice = tell(desk, conn, on or None)
            except Problem as problem:
                if problem.code != Exit.USAGE or not on:
                    raise
                errors.append({"text": sentences(problem).removeprefix("--on: "), "href": "#on"})
        tables = tables_of(blocks, title)
        if not errors and (file := download(request, name, tables)):
            return file
        return page(
            request,
            "report.html",
            400 if errors else 200,
            heading=title,
            blocks=blocks,
            on=on,
            errors=errors,
            tables=len(tables),
            slice=slice,
        )

    def told(request: Request, reader: Who, name: str, title: str, ask: Asked) -> Response:
        """A report that is told whole."""

        def tell(desk: Desk, conn: Connection, on: str | None) -> tuple[Sequence[Block], None]:
            return made.told(desk, conn, (name, on), lambda: ask(desk, conn, on)), None

        return answered(request, reader, name, title, tell)

    @router.get("/reports", response_class=HTMLResponse)
    def all_of_them(request: Request, reader: Annotated[Who, Depends(may("reports"))]) -> Response:
        """What reports there are."""
        with site.desk(reader) as (desk, conn):
            seen = desk.seen(conn)
            slice = Slice.asked(request, read_models.counted(conn, seen)[0])
            rows = read_models.listed(conn, seen, "council", slice.size, slice.offset)
        return page(request, "reports.html", reports=REPORTS, rows=rows, slice=slice)

    @router.get("/reports/councils/{gss}", response_class=HTMLResponse)
    def council(gss: str, request: Request, reader: Annotated[Who, Depends(may("reports"))]) -> Response:
        """A council's profile."""
        with site.desk(reader) as (desk, conn):
            code = desk.resolve(conn, f"council/{gss}").name
            title = f"Profile of {desk.facts(code).name}"
        return told(
            request, reader, f"{code}-profile", title, lambda desk, conn, on: reports.council(desk, conn, code, on)
        )

    @router.get("/reports/indicators/{id}", response_class=HTMLResponse)
    def indicators(id: str, request: Request, reader: Annotated[Who, Depends(may("reports"))]) -> Response:
        """An engagement's indicators."""
        title = f"Indicators of {id}"
        return told(
            request,
            reader,
            f"{id}-indicators",
            title,
            lambda desk, conn, on: reports.indicators(desk, conn, f"engagement/{id}", on),
        )

    @router.get("/reports/{name}", response_class=HTMLResponse)
    def one(name: str, request: Request, reader: Annotated[Who, Depends(may("reports"))]) -> Response:
        """A report of the programme."""
        found = next((report for report in REPORTS if report.name == name), None)
        if found is None:
            raise not_found("there is no such report.", "/reports lists those there are")

        def tell(desk: Desk, conn: Connection, on: str | None) -> tuple[Sequence[Block], Slice]:
            report = made.once(desk, conn, (name, on), lambda: found.ask(desk, conn, on))
            slice = Slice.asked(request, len(report.rows), found.most)
            stretch = slice.told(request)
            return made.told(desk, conn, (name, on, stretch), lambda: report.answer(desk, conn, *stretch)), slice

        return answered(request, reader, found.name, found.title, tell)

    return router
