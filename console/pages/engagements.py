"""An engagement: where it stands, what may be done and what is missing, what is owed, and everything on record."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from console.access import may, reach
from console.exports import download
from console.hints import parts_of
from console.labels import act_of
from console.made import Made
from console.render import page, tables_of
from console.site import Site
from console.who import Who
from domain.reads import AUDITORS
from faces import dates, telling
from faces.acts import acts, may_give, settling
from faces.desk import Desk, Target
from faces.dossier import PARTS, let_in
from faces.page import Answer, Cell, Table
from faces.passage import steps
from faces.problems import not_found
from faces.readers import note_read
from faces.reading import by, engagement_data, facts_of, standing_of
from faces.words import Words, plain
from ledger import read_models
from ledger.read_models import EngagementRow, ObligationRow

NAVIGATION = (
    ("", "Where it stands"),
    ("/timeline", "Timeline"),
    ("/obligations", "What is owed"),
    ("/record/board", "Board cycle"),
    ("/record/days", "Days and money"),
    ("/record/people", "People"),
    ("/documents", "Documents"),
    ("/notes", "Case notes"),
    ("/notices", "Notices"),
    ("/figures", "Figures"),
    ("/record", "Everything on record"),
)
"""The pages of an engagement: where they are under it, and what they are called."""

SETTLED = {"met": "met in time", "met late": "met late", "released": "let go"}


def auditor(reader: Who) -> str | None:
    """Who reads, where that is to be put on record: an auditor's reads are."""
    return reader.person if reader.role in AUDITORS else None


@dataclass(frozen=True)
class Heading:
    """What stands over every page of an engagement."""

    row: EngagementRow
    short: str
    stage: str

    @property
    def id(self) -> str:
        """Its id."""
        return self.row.id

    @property
    def caption(self) -> str:
        """Its council and its service."""
        return f"{self.row.council_name}, {telling.service(self.row.service)}"


def heading(desk: Desk, conn: Connection, id: str) -> Heading:
    """What stands over the pages of an engagement. Raises Problem when there is none of that id."""
    name = desk.resolve(conn, f"engagement/{id}").name
    row = read_models.engagement(conn, name)
    assert row is not None, "it was found"
    stage = desk.words(conn).of(row.model).stage(row.closed or row.stage)
    return Heading(row, desk.facts(row.council).short, stage)


def engagement_page(request: Request, template: str, of: Heading, here: str, **context: Any) -> HTMLResponse:
    """A page of an engagement; `here` is where it is under it."""
    return page(request, template, of=of, here=here, navigation=NAVIGATION, **context)


def engagements_router(site: Site) -> APIRouter:
    """The pages of an engagement that are read from its state."""
    router, made = APIRouter(), Made()

    @router.get("/engagements/{id}", response_class=HTMLResponse)
    def show(id: str, request: Request, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """Where it stands, and what may be done."""
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            state, rules = desk.engagement(conn, of.id)
            note_read(desk, of.id, "show", auditor(reader))
            words = desk.words(conn, rules)
            data = engagement_data(desk, conn, state, rules, words)
            found = acts(state, rules, words, reader.role, desk.now)
            return engagement_page(
                request,
                "engagement.html",
                of,
                "",
                data=data,
                facts=[
                    (name, value if isinstance(value, Cell) else Cell(value or "")) for name, value in facts_of(data)
                ],
                steps=steps(state, rules.lifecycle),
                words=words,
                acts=found,
                ready={able.command for able in (*found.mine, *found.anytime)},
                act_of=act_of,
                parts_of=parts_of,
                gives=reach("give", reader.role) != "none",
                target=Target("engagement", of.id),
                watch_for=rules.lifecycle.stage(data["stage"]["id"]).watch_for if not state.closed else (),
                cards=cards(desk, words, data["obligations"], reader.role),
            )

    @router.get("/engagements/{id}/obligations", response_class=HTMLResponse)
    def owed(id: str, request: Request, reader: Annotated[Who, Depends(may("engagement"))]) -> Response:
        """Everything that is and was owed, and how each date was reached."""
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            state, rules = desk.engagement(conn, of.id)
            note_read(desk, of.id, "show", auditor(reader))
            words = desk.words(conn, rules)
            data = engagement_data(desk, conn, state, rules, words)
            settled = Table(
                ("What", "Who", "By", "How it ended", "How the date was reached"),
                [_settled(row, words) for row in read_models.obligations(conn, of.id) if row.state in SETTLED],
            )
            open_now = Table(
                ("What", "Who", "By", "Standing", "How the date was reached"),
                [
                    [
                        Cell(each["title"], f"{each['title']} ({each['number']})"),
                        Cell(each["owner_title"], each["owner"]),
                        by(each["due_on"]),
                        Cell(standing_of(each, desk.today)),
                        Cell(each["reached"]),
                    ]
                    for each in data["obligations"]
                ],
            )
            found = [
                *tables_of([open_now], "Owed now"),
                *tables_of([settled], "Owed before"),
            ]
            return download(request, f"{of.id}-obligations", found) or engagement_page(
                request,
                "obligations.html",
                of,
                "/obligations",
                cards=cards(desk, words, data["obligations"], reader.role),
                settled=found[1],
            )

    @router.get("/engagements/{id}/record", response_class=HTMLResponse)
    def record(id: str, request: Request, reader: Annotated[Who, Depends(may("dossier"))]) -> Response:
        """The parts of everything on record, and which of them have anything."""
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            there = let_in(desk, conn, f"engagement/{of.id}", None, auditor(reader)).parts()
        parts = [(name, part.title, name in there) for name, part in PARTS.items()]
        return engagement_page(request, "record.html", of, "/record", parts=parts)

    @router.get("/engagements/{id}/record/{part}", response_class=HTMLResponse)
    def one_part(id: str, part: str, request: Request, reader: Annotated[Who, Depends(may("dossier"))]) -> Response:
        """One part of everything on record."""
        if part not in PARTS:
            raise not_found("there is no such part of the record.")
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            dossier = let_in(desk, conn, f"engagement/{of.id}", part, auditor(reader))
            blocks = made.told(desk, conn, (of.id, part), lambda: _told(dossier.answer(), part))
        title = PARTS[part].title
        here = f"/record/{part}"
        return download(request, f"{of.id}-{part}", tables_of(blocks, title)) or engagement_page(
            request,
            "record-part.html",
            of,
            here if any(here == place for place, _ in NAVIGATION) else "/record",
            title=title,
            blocks=blocks,
            tables=len(tables_of(blocks, title)),
        )

    return router


def cards(desk: Desk, words: Words, obligations: list[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    """What is owed, a card each: its rows, whether it is late, and the command that settles it where this role gives it."""
    lifecycle = words.lifecycle
    assert lifecycle is not None
    found = []
    for held in obligations:
        rule = words.obligation(held["id"])
        names = settling(rule, lifecycle) if rule else ()
        found.append(
            {
                **held,
                "standing": standing_of(held, desk.today),
                "deadline": dates.deadline(held["due_on"]) if held["due_on"] else None,
                "settle": next((name for name in names if may_give(lifecycle, role, lifecycle.who_may(name))), None),
                "settled_by": names,
            }
        )
    return found


def _told(answer: Answer, part: str) -> Answer:
    """A part of the record as it is told on its page: not at all where it is empty."""
    return answer if answer.data[part] is not None else Answer(answer.data, lambda: None)


def _settled(row: ObligationRow, words: Words) -> list[Cell]:
    return [
        Cell(words.owed(row.obligation), f"{words.owed(row.obligation)} ({row.number})"),
        Cell(words.title_of_role(row.owner), row.owner),
        Cell(dates.day(row.due_on), row.due_on.isoformat()) if row.due_on else Cell(""),
        Cell(SETTLED[row.state]),
        Cell(dates.reached(row.derivation, plain(row.derivation["base_event"]))),
    ]
