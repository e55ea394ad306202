"""The directory of people: who holds which role and where, who is away, and how each is told."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response

from console.access import may, reach
from console.exports import download
from console.labels import act_of
from console.paging import Slice
from console.render import Captioned, page
from console.site import Site
from console.who import Who
from domain.directory import COMMANDS
from faces.page import Cell
from faces.people import Office, chosen, in_full, rows_of, spoken
from faces.problems import not_found
from ledger import read_models

HEADERS = ("Person", "Name", "Organisation", "Roles", "Away", "Told")
ROLES = ("Number", "Role", "Where", "When", "Now")
ABSENCES = ("Number", "When", "Who stands in", "Now")


def people_router(site: Site) -> APIRouter:
    """The list of people, and the page of each."""
    router = APIRouter()
    Reader = Annotated[Who, Depends(may("people"))]

    @router.get("/people", response_class=HTMLResponse)
    def everybody(request: Request, reader: Reader, role: str = "", q: str = "") -> Response:
        """The people, those who hold a role or have some words in their names."""
        with site.desk(reader) as (desk, conn):
            office = Office.at(desk, conn)
            roles = sorted((office.words.title_of_role(name), name) for name in desk.library.roles())
            with_role = role if role in desk.library.roles() else ""
            found, sought = chosen(office, with_role or None), q.casefold().split()
            if sought:  # nothing is found by a name that stays sealed
                said = {row["person"]: _said(row) for row in rows_of(office, found)}
                found = [person for person in found if all(word in said[person.id] for word in sought)]
            slice = Slice.asked(request, len(found))
            shown = found if "as" in request.query_params else found[slice.offset : slice.last]
            rows = [spoken(office, row) for row in rows_of(office, shown)]
        table = Captioned("People", HEADERS, [_cells(each) for each in rows])
        return download(request, "people", [table]) or page(
            request,
            "people.html",
            people=rows,
            roles=roles,
            role=with_role,
            sought=q.strip(),
            slice=slice,
            administers=reach("administer", reader.role) != "none",
        )

    @router.get("/people/{id}", response_class=HTMLResponse)
    def one(id: str, request: Request, reader: Reader) -> Response:
        """Somebody, with every role and absence they have or had."""
        with site.desk(reader) as (desk, conn):
            office = Office.at(desk, conn)
            if id not in office.directory.people:
                raise not_found(f"there is nobody '{id[:60]}' in the directory.")
            row = in_full(office, office.directory.people[id])
            there = frozenset(read_models.versions(conn, desk.seen(conn)))
        said = spoken(office, row)
        tables = [
            Captioned("Roles", ROLES, [_role(each) for each in said["roles"]]),
            Captioned("Absences", ABSENCES, [_absence(each) for each in said["absences"]], 2),
        ]
        acts = [(name, act_of(name)) for name in COMMANDS] if reach("administer", reader.role) != "none" else []
        return download(request, f"person-{id}", tables) or page(
            request,
            "person.html",
            person=said,
            tables=[table for table in tables if table.rows],
            there=there,
            acts=acts,
        )

    return router


def _said(row: Mapping[str, Any]) -> str:
    return " ".join(str(row[name] or "") for name in ("person", "name", "organisation")).casefold()


def _cells(row: Mapping[str, Any]) -> list[Cell]:
    roles = "; ".join(f"{each['title']} {each['where']}, {each['when']}" for each in row["roles"])
    away = "; ".join(each["when"] for each in row["absences"])
    return [
        Cell(str(said or "")) for said in (row["person"], row["name"], row["organisation"], roles, away, row["told"])
    ]


def _role(each: Mapping[str, Any]) -> list[Cell]:
    return [Cell(str(said)) for said in (each["holding"], each["title"], each["where"], each["when"], _now(each))]


def _absence(each: Mapping[str, Any]) -> list[Cell]:
    return [Cell(str(said)) for said in (each["absence"], each["when"], each["cover"] or "nobody", _now(each))]


def _now(each: Mapping[str, Any]) -> str:
    return "yes" if each["now"] else "no"
