"""Councils: found by name, code or region, and each with its ratings, assessments, disputed facts and engagements."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from console.access import may, reach
from console.exports import download
from console.labels import act_of
from console.pages.engagements import auditor
from console.paging import Slice
from console.render import Captioned, page, tables_of
from console.site import Site
from console.who import Who
from domain.council import MAY, CouncilFacts
from domain.dates import When
from faces.page import Cell, collected
from faces.problems import not_found
from faces.reading import where_stands
from ledger.read_models import Filters

HEADERS = ("Council", "Code", "Kind", "Region", "Engagements")


def councils_router(site: Site) -> APIRouter:
    """The list of councils, and the page of each."""
    router = APIRouter()
    Reader = Annotated[Who, Depends(may("council"))]

    @router.get("/councils", response_class=HTMLResponse)
    def listed(request: Request, reader: Reader, q: str = "") -> Response:
        """The councils that there are, those with some words in their name, code or region."""
        with site.desk(reader) as (desk, conn):
            engaged, today = frozenset(desk.councils(conn)), When.day(desk.today)
            there = [facts for facts in desk.register.values() if facts.existed(today) or facts.gss in engaged]
            there = [facts for facts in there if desk.scope.has(facts.gss) or facts.gss in engaged]
            sought = q.casefold().split()
            found = sorted(
                (facts for facts in there if _has(facts, sought)), key=lambda facts: (facts.short, facts.gss)
            )
            slice = Slice.asked(request, len(found))
            shown = found if "as" in request.query_params else found[slice.offset : slice.offset + slice.size]
            ids: dict[str, list[str]] = {facts.gss: [] for facts in shown}
            for row in desk.portfolio(conn, Filters(councils=frozenset(ids))):
                ids[row.council].append(row.id)
        table = Captioned("Councils", HEADERS, [_cells(facts, ids[facts.gss]) for facts in shown])
        return download(request, "councils", [table]) or page(
            request, "councils.html", councils=[(f, ids[f.gss]) for f in shown], slice=slice, sought=q.strip()
        )

    @router.get("/councils/{gss}", response_class=HTMLResponse)
    def one(gss: str, request: Request, reader: Reader) -> Response:
        """A council: ratings by year, assessments, disputed facts, engagements, and what can be done."""
        with site.desk(reader) as (desk, conn), collected() as blocks:
            target = desk.resolve(conn, f"council/{gss}")
            if target.name != gss:
                raise not_found(f"there is no council '{gss[:60]}'.")
            facts = desk.facts(gss)
            where_stands(desk, conn, target.stream, auditor(reader)).tell()
            open_now = desk.portfolio(conn, Filters(council=gss, open=True))
        gives = reach("give-council", reader.role) != "none"
        acts = [(name, act_of(name)) for name, roles in MAY.items() if gives and reader.role in roles]
        return download(request, f"council-{gss}", tables_of(blocks, facts.name)) or page(
            request, "council.html", facts=facts, blocks=blocks, acts=acts, open_now=open_now
        )

    return router


def _has(facts: CouncilFacts, sought: list[str]) -> bool:
    said = " ".join((facts.short, facts.name, facts.gss, facts.region)).casefold()
    return all(word in said for word in sought)


def _cells(facts: CouncilFacts, engagements: list[str]) -> list[Cell]:
    return [Cell(facts.name), Cell(facts.gss), Cell(facts.kind), Cell(facts.region), Cell(" ".join(engagements))]
