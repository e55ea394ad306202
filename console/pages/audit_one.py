"""The auditor's pages of one engagement or council: on a day, step by step, two moments, what was corrected and refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from console.access import may
from console.exports import download
from console.made import Made
from console.pages.audit_days import Typed, in_the_form, on_days
from console.pages.audit_step import changed_by, lines_of, state_after
from console.pages.audit_verify import told
from console.pages.engagements import auditor
from console.paging import Slice
from console.render import page, tables_of
from console.site import Site
from console.who import Who
from domain.engagement import Rules
from domain.panel import ScoreBid
from faces import dates
from faces.comparing import compared
from faces.desk import Desk, Target
from faces.duties import duties_of
from faces.lifecycles import published, shipped
from faces.page import Block, Cell, Table, collected
from faces.problems import Problem, not_found
from faces.prose import refused
from faces.readers import note_read
from faces.replay_steps import steps, with_refusals
from faces.timeline import Cut, history, who
from faces.verifying import whether_it_verifies
from faces.what_if import what_would_have_been
from faces.words import Words, capital

Family = Literal["engagement", "council"]

PLACES = {"engagement": "/audit/engagements", "council": "/audit/councils"}
"""Where the pages of each family are."""

NAVIGATION = (
    ("", "On a day"),
    ("/steps", "Step by step"),
    ("/compare", "Two moments"),
    ("/changes", "Corrections and refusals"),
    ("/duties", "Duties"),
    ("/what-if", "Another lifecycle"),
    ("/pack", "Evidence pack"),
    ("/verify", "Verify"),
)
OF_ENGAGEMENTS = ("/duties", "/what-if")
"""The pages that a council has not."""


@dataclass(frozen=True)
class Subject:
    """What the pages are about: its target, what it is called, and what an engagement is held to."""

    target: Target
    title: str
    rules: Rules | None

    @property
    def place(self) -> str:
        """Where its pages are."""
        return f"{PLACES[self.target.family]}/{self.target.name}"

    @property
    def full_id(self) -> str:
        """Its id with its family, which is nobody else's."""
        return self.target.stream

    @property
    def navigation(self) -> list[tuple[str, str]]:
        """Its pages."""
        of_council = self.target.family == "council"
        return [(place, text) for place, text in NAVIGATION if not (of_council and place in OF_ENGAGEMENTS)]


def subject(desk: Desk, conn: Connection, family: Family, name: str) -> Subject:
    """An engagement or a council by its name. Raises Problem when there is none."""
    target = desk.resolve(conn, f"{family}/{name}")
    if target.family == "council":
        desk.stream(conn, target.stream)  # where it is not within reach, it is not there
        return Subject(target, desk.facts(target.name).name, None)
    return Subject(target, target.name, desk.engagement(conn, target.name)[1])


def audit_page(
    request: Request, template: str, of: Subject, here: str, status: int = 200, **context: Any
) -> HTMLResponse:
    """An auditor's page of an engagement or a council; `here` is where it is under it."""
    return page(request, template, status, of=of, here=here, **context)


def one_router(site: Site, made: Made, family: Family) -> APIRouter:
    """The pages of engagements, or of councils."""
    router = APIRouter()
    base = PLACES[family]
    Reader = Annotated[Who, Depends(may("audit"))]

    @router.get(f"{base}/{{name}}", response_class=HTMLResponse)
    def on_a_day(name: str, request: Request, reader: Reader) -> Response:
        """How it stood on a day, and what is otherwise now."""
        typed = Typed.of(request)
        with site.desk(reader) as (desk, conn):
            of = subject(desk, conn, family, name)
            try:
                days = on_days(desk, conn, made, of.target, typed, auditor(reader))
            except Problem as problem:
                return audit_page(request, "audit-days.html", of, "", 400, typed=typed, errors=[in_the_form(problem)])
        tables = days.tables(of.title)
        return download(request, f"{of.target.name}-then", tables) or audit_page(
            request, "audit-days.html", of, "", typed=typed, days=days, tables=len(tables)
        )

    @router.get(f"{base}/{{name}}/compare", response_class=HTMLResponse)
    def two_moments(name: str, request: Request, reader: Reader) -> Response:
        """Two moments beside each other."""
        one, other = Typed.of(request, "-1"), Typed.of(request, "-2")
        with site.desk(reader) as (desk, conn):
            of, moments, errors = subject(desk, conn, family, name), [], []
            for typed in (one, other):
                try:
                    moments.append(typed.read(desk))
                except Problem as problem:
                    errors.append(in_the_form(problem, typed.suffix))
            blocks: Sequence[Block] = ()
            if not errors:
                note_read(desk, of.target.name, "replay", auditor(reader))
                blocks = made.told(
                    desk, conn, (of.target, *moments), lambda: compared(desk, conn, of.full_id, *moments)
                )
        tables = tables_of(blocks, of.title)
        return (not errors and download(request, f"{of.target.name}-compared", tables)) or audit_page(
            request,
            "audit-compare.html",
            of,
            "/compare",
            400 if errors else 200,
            moments=(one, other),
            blocks=blocks,
            errors=errors,
            tables=len(tables),
        )

    @router.get(f"{base}/{{name}}/steps", response_class=HTMLResponse)
    @router.get(f"{base}/{{name}}/steps/{{position}}", response_class=HTMLResponse)
    def one_step(name: str, request: Request, reader: Reader, position: str = "") -> Response:
        """One step of the history: what it changed, what decided it and who; the first where none is named."""
        with site.desk(reader) as (desk, conn):
            of = subject(desk, conn, family, name)
            places = with_refusals(desk, conn, of.target)
            positions = [place.position for place in places]
            note_read(desk, of.target.name, "replay", auditor(reader))
            if not positions:
                return audit_page(request, "audit-step.html", of, "/steps", step=None)
            at = int(position) if position.isascii() and position.isdigit() and len(position) < 12 else None
            at = positions[0] if not position else at
            if at not in positions:
                raise not_found(f"there is no step at position {position[:20]} of {of.target.name}.")
            number = positions.index(at)
            words = desk.words(conn, of.rules)
            bids = of.rules is not None and reader.role in of.rules.lifecycle.who_may(ScoreBid.type)
            step = made.once(
                desk,
                conn,
                (of.target, at, bids),
                lambda: next(steps(desk, conn, of.target, places, {}, bids=bids, cut=Cut(number, 1))),
            )
        return audit_page(
            request,
            "audit-step.html",
            of,
            "/steps",
            step=step,
            lines=lines_of(step, words),
            changed=changed_by(step, words),
            state=state_after(step, words),
            number=number + 1,
            total=len(positions),
            before=positions[number - 1] if number else None,
            after=positions[number + 1] if number + 1 < len(positions) else None,
            first=positions[0],
            last=positions[-1],
        )

    @router.get(f"{base}/{{name}}/changes", response_class=HTMLResponse)
    def changes(name: str, request: Request, reader: Reader) -> Response:
        """What was corrected or withdrawn later, and what was refused."""
        with site.desk(reader) as (desk, conn):
            of = subject(desk, conn, family, name)
            note_read(desk, of.target.name, "replay", auditor(reader))
            words = desk.words(conn, of.rules)
            found = made.once(
                desk, conn, (of.target, "changes"), lambda: history(desk, conn, of.target, words, refusals=True)
            )
            corrected = Table(
                ("Event", "What", "Happened", "What was said of it later"),
                [
                    [
                        Cell(str(one.event.version)),
                        Cell(one.title),
                        Cell(dates.when(one.event.occurred), one.event.occurred.printed),
                        Cell(later["words"]),
                    ]
                    for one in found
                    for later in one.later
                ],
            )
            not_done = Table(
                ("Refused", "What", "Who", "Why"),
                [
                    [
                        Cell(dates.moment(one.event.recorded_at), one.event.recorded_at.isoformat()),
                        Cell(one.title),
                        who(one.event, words),
                        Cell(_why(one.event.body, words)),
                    ]
                    for one in found
                    if one.event.stream.startswith("refusal/")
                ],
            )
        tables = [
            *tables_of([corrected], "Corrected and withdrawn"),
            *(table for table in tables_of([not_done], "Refused")),
        ]
        return download(request, f"{of.target.name}-changes", tables) or audit_page(
            request, "audit-changes.html", of, "/changes", corrected=tables[0], refused=tables[1]
        )

    @router.get(f"{base}/{{name}}/verify", response_class=HTMLResponse)
    def verify(name: str, request: Request, reader: Reader) -> Response:
        """Whether its events are what was written, checked at once."""
        with site.desk(reader) as (desk, conn):
            target = desk.resolve(conn, f"{family}/{name}")
            # Without folding it: where an event was changed, that can't be done.
            of = Subject(target, target.name if family == "engagement" else desk.facts(target.name).name, None)
            found = whether_it_verifies(desk, target.stream)
        return audit_page(
            request,
            "audit-verified.html",
            of,
            "/verify",
            problem=found.problem,
            lines=() if found.problem else told(found.answer.tell),
        )

    if family == "council":
        return router

    @router.get(f"{base}/{{name}}/duties", response_class=HTMLResponse)
    def duties(name: str, request: Request, reader: Reader) -> Response:
        """Who decided and recorded what, whether they might, and every exception."""
        with site.desk(reader) as (desk, conn):
            of = subject(desk, conn, family, name)
            draw = duties_of(desk, conn, of.full_id, auditor(reader))
            answer = made.once(desk, conn, (of.target, "duties"), draw)
        slice = Slice.asked(request, len(answer.data["acts"]))
        with collected() as blocks:
            answer.some(*slice.told(request))
        tables = tables_of(blocks, "Duties")
        return download(request, f"{of.target.name}-duties", tables) or audit_page(
            request,
            "audit-duties.html",
            of,
            "/duties",
            blocks=blocks,
            tables=len(tables),
            findings=answer.data["findings"],
            slice=slice,
        )

    @router.get(f"{base}/{{name}}/what-if", response_class=HTMLResponse)
    def what_if(name: str, request: Request, reader: Reader, lifecycle: str = "") -> Response:
        """What it would have been under another lifecycle."""
        with site.desk(reader) as (desk, conn):
            of = subject(desk, conn, family, name)
            sources = {**shipped(), **{ref: source for ref, (source, _) in published(conn).items()}}
            blocks: Sequence[Block] = ()
            errors = list[dict[str, str]]()
            if lifecycle and lifecycle not in sources:
                errors.append({"text": "Choose a lifecycle from the list.", "href": "#lifecycle"})
            elif lifecycle:
                note_read(desk, of.target.name, "what-if", auditor(reader))
                source = sources[lifecycle]
                blocks = made.told(
                    desk, conn, (of.full_id, lifecycle), lambda: what_would_have_been(desk, conn, of.full_id, source)
                )
        tables = tables_of(blocks, "What if")
        return (not errors and download(request, f"{of.target.name}-what-if", tables)) or audit_page(
            request,
            "audit-what-if.html",
            of,
            "/what-if",
            400 if errors else 200,
            lifecycles=sorted(sources),
            chosen=lifecycle,
            blocks=blocks,
            errors=errors,
            tables=len(tables),
        )

    return router


def _why(body: Any, words: Words) -> str:
    why = refused(body["rule"], body["details"], words)
    return f"{why.sentence} {capital(why.hint)}." if why.hint else why.sentence
