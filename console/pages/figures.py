"""Figures: plots with their text and their table, of an engagement, a council and the programme."""

from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from console.access import may
from console.exports import download
from console.made import Made
from console.pages.engagements import auditor, engagement_page, heading
from console.plots.courses import Courses
from console.plots.gathered import Figure, of_council, of_engagement, of_programme
from console.plots.plot import Plot, svg
from console.render import Captioned, page
from console.site import Site
from console.who import Who
from domain.reads import AUDITORS
from faces.desk import Desk
from faces.problems import not_found
from faces.readers import note_read


@dataclass(frozen=True)
class Shown:
    """A figure as its page has it: the address of its picture, None where there is no plot, and its table."""

    name: str
    heading: str
    nothing: str
    plot: Plot | None = None
    source: str | None = None
    table: Captioned | None = None


def figures_router(site: Site) -> APIRouter:
    """The pages of figures, and each picture at an address of its own."""
    router = APIRouter()
    courses, made = Courses(), Made()

    def engagement(desk: Desk, conn: Connection, id: str, reader: Who) -> Callable[[], list[Figure]]:
        state, rules = desk.engagement(conn, desk.resolve(conn, f"engagement/{id}").name)
        note_read(desk, id, "show", auditor(reader))
        return lambda: of_engagement(desk, conn, courses, state, rules)

    def shown(
        desk: Desk, conn: Connection, reader: Who, address: str, figures: Callable[[], Sequence[Figure]]
    ) -> list[Shown]:
        return made.once(desk, conn, address, lambda: _shown(figures(), address, reader))

    def picture(
        desk: Desk, conn: Connection, address: str, name: str, figures: Callable[[], Sequence[Figure]]
    ) -> Response:
        return made.sent(desk, conn, (address, name), lambda: _picture(figures(), name))

    @router.get("/engagements/{id}/figures")
    def of_one(id: str, request: Request, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """The figures of an engagement."""
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            figures = engagement(desk, conn, of.id, reader)
            found = shown(desk, conn, reader, f"/engagements/{of.id}/figures", figures)
            return download(request, f"{of.id}-figures", _tables(found)) or engagement_page(
                request, "figures-engagement.html", of, "/figures", figures=found
            )

    @router.get("/engagements/{id}/figures/{name}.svg")
    def picture_of_one(id: str, name: str, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """One picture of an engagement."""
        with site.desk(reader) as (desk, conn):
            return picture(desk, conn, f"/engagements/{id}/figures", name, engagement(desk, conn, id, reader))

    @router.get("/councils/{gss}/figures")
    def of_a_council(gss: str, request: Request, reader: Annotated[Who, Depends(may("council"))]) -> Response:
        """The figures of a council."""
        with site.desk(reader) as (desk, conn):
            code = desk.resolve(conn, f"council/{gss}").name
            address = f"/councils/{code}/figures"
            found = shown(desk, conn, reader, address, lambda: of_council(desk, conn, code))
            title = f"Figures of {desk.facts(code).name}"
        return download(request, f"{code}-figures", _tables(found)) or page(
            request, "figures.html", heading=title, figures=found
        )

    @router.get("/councils/{gss}/figures/{name}.svg")
    def picture_of_a_council(gss: str, name: str, reader: Annotated[Who, Depends(may("council"))]) -> Response:
        """One picture of a council."""
        with site.desk(reader) as (desk, conn):
            code = desk.resolve(conn, f"council/{gss}").name
            return picture(desk, conn, f"/councils/{code}/figures", name, lambda: of_council(desk, conn, code))

    @router.get("/reports/figures")
    def of_all(request: Request, reader: Annotated[Who, Depends(may("reports"))]) -> Response:
        """The figures of the programme."""
        with site.desk(reader) as (desk, conn):
            found = shown(desk, conn, reader, "/reports/figures", lambda: of_programme(desk, conn, courses))
        return download(request, "programme-figures", _tables(found)) or page(
            request, "figures.html", heading="The portfolio through time", figures=found
        )

    @router.get("/reports/figures/{name}.svg")
    def picture_of_all(name: str, reader: Annotated[Who, Depends(may("reports"))]) -> Response:
        """One picture of the programme."""
        with site.desk(reader) as (desk, conn):
            return picture(desk, conn, "/reports/figures", name, lambda: of_programme(desk, conn, courses))

    return router


def _shown(figures: Sequence[Figure], address: str, reader: Who) -> list[Shown]:
    found: list[Shown] = []
    for figure in figures:
        plot = figure.make()
        if plot is None:
            found.append(Shown(figure.name, figure.heading, figure.nothing))
            continue
        number = sum(shown.plot is not None for shown in found) + 1
        table = Captioned(plot.title, plot.table.headers, plot.table.rows, number)
        found.append(Shown(figure.name, figure.heading, figure.nothing, plot, _source(plot, address, reader), table))
    return found


def _source(plot: Plot, address: str, reader: Who) -> str:
    """Where a page takes a picture from. An auditor's page holds it, so that one look is recorded as one."""
    if reader.role in AUDITORS:
        return f"data:image/svg+xml;base64,{b64encode(svg(plot)).decode()}"
    return f"{address}/{plot.name}.svg"


def _tables(found: Sequence[Shown]) -> list[Captioned]:
    return [shown.table for shown in found if shown.table is not None]


def _picture(figures: Sequence[Figure], name: str) -> Response:
    plot = next((figure.make() for figure in figures if figure.name == name), None)
    if plot is None:
        raise not_found("there is no such picture.", "the page of figures says which there are")
    return Response(svg(plot), media_type="image/svg+xml")
