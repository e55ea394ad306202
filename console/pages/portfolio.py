"""The portfolio: every engagement in a table that is filtered, sorted and paged by its address alone, and as a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from sqlalchemy import Connection

from console.access import may
from console.exports import download
from console.following import Following
from console.made import Made
from console.paging import Slice
from console.picture import Picture, drawn
from console.render import Captioned, page, part, with_query
from console.site import Site
from console.who import Who
from faces import telling
from faces.desk import Desk
from faces.listing import HEADERS, Which, cells_of, filters_of
from faces.page import cell
from faces.passage import READS, stays
from faces.words import Words, capital
from ledger import read_models
from ledger.read_models import Filters, Order

SORTS: Mapping[str, Order] = {
    "Engagement": "id",
    "Council": "council",
    "Stage": "stage",
    "Since": "since",
    "Next due": "due",
    "Owner": "owner",
    "Standing": "standing",
}
"""The columns by which the table can be sorted."""


@dataclass(frozen=True)
class Asked:
    """What the address asks for. What it leaves out is not filtered by."""

    stage: str | None
    region: str | None
    model: str | None
    service: str | None
    late: bool
    which: Which
    sort: str
    down: bool

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """From the address; a value that can't be meant is as good as none."""
        query = request.query_params
        which: Which = next((each for each in get_args(Which) if each == query.get("which")), "open")
        sort = query.get("sort", "")
        return cls(
            stage=query.get("stage") or None,
            region=query.get("region") or None,
            model=query.get("model") or None,
            service=query.get("service") or None,
            late=query.get("late") == "yes",
            which=which,
            sort=sort if sort in SORTS else "Council",
            down=query.get("order") == "down",
        )

    def filters(self, desk: Desk, conn: Connection, words: Words) -> Filters:
        """What the reader lists of the portfolio. Raises Problem for a filter that can match nothing."""
        named = filters_of(
            desk, conn, words, self.stage, self.region, self.model, self.service, late=self.late, which=self.which
        )
        return desk.seen(conn, named)


@dataclass(frozen=True)
class Question:
    """A question of the filter: its name in the address, what it is called, its options and which is chosen."""

    name: str
    title: str
    options: Sequence[tuple[str, str]]
    chosen: str

    @property
    def said(self) -> str:
        """What is chosen, in words."""
        return next((text for value, text in self.options if value == self.chosen), self.chosen)


def questions(desk: Desk, words: Words, asked: Asked) -> tuple[Question, ...]:
    """The questions of the filter."""
    models = {life.id: life.title for life in words.lifecycles}
    stages = {stage.id: stage.title for life in words.lifecycles for stage in life.stages}
    regions = [*sorted({facts.region for facts in desk.register.values()}), "not named"]
    started = {name for life in words.lifecycles if life.starts for name in life.starts.services}
    opened = {name for life in words.lifecycles if life.opens for name in life.opens.services}
    services = [(name, capital(telling.service(name))) for name in sorted(started | opened)]
    return (
        Question("model", "Model", sorted(models.items(), key=lambda each: each[1]), asked.model or ""),
        Question("stage", "Stage", sorted(stages.items(), key=lambda each: each[1]), asked.stage or ""),
        Question("region", "Region", [(name, name) for name in regions], asked.region or ""),
        Question("service", "Service", services, asked.service or ""),
    )


def portfolio_router(site: Site) -> APIRouter:
    """The table and the picture."""
    router, passages = APIRouter(), Following(READS, lambda id, entries: stays(entries))
    pictures = Made(most=8)  # of a large portfolio one takes a megabyte
    Reader = Annotated[Who, Depends(may("portfolio"))]

    @router.get("/portfolio", response_class=HTMLResponse)
    def table(request: Request, reader: Reader) -> Response:
        """The table."""
        asked = Asked.of(request)
        with site.desk(reader) as (desk, conn):
            words = desk.words(conn)
            wanted = asked.filters(desk, conn, words)
            total, late = read_models.counted(conn, wanted)
            slice = Slice.asked(request, total)
            limit, offset = (total, 0) if "as" in request.query_params else (slice.size, slice.offset)
            shown = read_models.listed(conn, wanted, SORTS[asked.sort], limit, offset, down=asked.down)
            paused = read_models.paused(conn, [row.id for row in shown])
            cells = [[cell(value) for value in cells_of(desk, row, words, paused)] for row in shown]
            found = Captioned("Engagements", HEADERS, cells)
            return download(request, "portfolio", [found]) or page(
                request,
                "portfolio.html",
                asked=asked,
                filters=questions(desk, words, asked),
                found=found,
                rows=shown,
                slice=slice,
                late=late,
                sorts={name: _sorted_by(request, asked, name) for name in SORTS},
            )

    @router.get("/portfolio/picture", response_class=HTMLResponse)
    def picture(request: Request, reader: Reader) -> Response:
        """Every engagement on one axis of time."""
        asked = Asked.of(request)
        with site.desk(reader) as (desk, conn):
            words = desk.words(conn)
            wanted = asked.filters(desk, conn, words)
            total, _ = read_models.counted(conn, wanted)

            def make() -> tuple[Picture, Markup]:
                rows = read_models.listed(conn, wanted, SORTS[asked.sort], total, down=asked.down)
                found = drawn(rows, passages.of(conn, {row.id: row.version for row in rows}), words, desk.today)
                return found, part("portfolio-drawn.html", made=found)

            made, shown = pictures.once(desk, conn, asked, make)
            return download(request, "portfolio-picture", [made.table]) or page(
                request,
                "portfolio-picture.html",
                asked=asked,
                filters=questions(desk, words, asked),
                made=made,
                shown=shown,
            )

    return router


def _sorted_by(request: Request, asked: Asked, name: str) -> str:
    """The address of the table sorted by a column; the other way round where it is sorted by that."""
    again = "down" if asked.sort == name and not asked.down else None
    return with_query(request, sort=name, order=again, page=None)
