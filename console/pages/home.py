"""Home: what needs whoever is signed in, by date, and which boards are coming."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from console.access import may
from console.exports import download
from console.following import Following
from console.labels import act_of
from console.render import Captioned, page
from console.second_person import Proposals
from console.site import Site
from console.who import Who
from domain.course import EngagementOpened, EventCorrected, EventWithdrawn
from domain.dates import end_of
from domain.disputes import FactChosen
from domain.meetings import CHANGES, Meeting, meetings
from domain.moving import EngagementMoved
from domain.part import Entry, Event
from domain.spoken import hour
from faces import dates
from faces.acts import may_give, settling
from faces.desk import Desk
from faces.due import WordsOf, row_of
from faces.page import Cell
from faces.reading import paused
from ledger import read_models
from ledger.read_models import Filters, Owed, When, Within

SHOWN = 25
"""Rows of a table before the rest is left to a page of its own."""
EVERY = 100_000
"""As many as there can be."""
WEEK = 7
TITLES: Mapping[When, str] = {"late": "Late", "soon": "This week", "later": "Later"}
SETS_BOARDS: tuple[type[Event], ...] = (EngagementOpened, EngagementMoved, *CHANGES)
"""The events by which it is known which boards are coming."""


@dataclass(frozen=True)
class Need:
    """Something that is owed: in which engagement, by when, and the act that settles it."""

    row: Mapping[str, Any]
    council: str
    standing: str
    act: str | None

    @property
    def cells(self) -> list[Cell]:
        """It as a row of a table."""
        due_on = self.row["due_on"]
        return [
            Cell(self.row["engagement"]),
            Cell(self.council),
            Cell(self.row["title"], self.row["title"]),
            Cell(dates.day(due_on), due_on.isoformat()) if due_on else Cell(""),
            Cell(self.standing),
        ]


@dataclass(frozen=True)
class Group:
    """What needs somebody, late, this week or later: how much there is, and what is shown of it."""

    name: str
    title: str
    count: int
    needs: Sequence[Need]

    @property
    def table(self) -> Captioned:
        """It as a table."""
        headers = ("Engagement", "Council", "What", "Due", "Standing")
        return Captioned(self.title, headers, [need.cells for need in self.needs])


def home_router(site: Site) -> APIRouter:
    """The home page, and each of its tables in full."""
    router, boards, proposals = APIRouter(), Following(SETS_BOARDS, _boards), Proposals(site)

    @router.get("/", response_class=HTMLResponse)
    def home(request: Request, reader: Annotated[Who, Depends(may("home"))], show: str = "") -> Response:
        """What needs whoever is signed in, and the boards to come."""
        everything = show in TITLES or "as" in request.query_params
        with site.desk(reader) as (desk, conn):
            words = WordsOf(desk, conn)
            live = desk.seen(conn, Filters(open=True, status="live"))
            groups = needs(desk, conn, words, live, reader.role, EVERY if everything else SHOWN)
            chosen = [group for group in groups if group.name == show] or groups
            mine = replace(live, owner=reader.role, due=False)
            waiting = read_models.listed(conn, mine, "since", SHOWN)
            there = read_models.versions(conn, live)
            coming = _coming(boards.of(conn, there), desk.today)[:SHOWN]
            steps = [
                step for step in proposals.all() if step.target.family != "engagement" or step.target.name in there
            ]
            confirm = [step for step in steps if step.may_confirm(reader)]
            returned = [step for step in steps if step.returned is not None and step.is_of(reader)]
            names = {
                row.id: row.council_name
                for row in read_models.portfolio(conn, _of(board.engagement for board in coming))
            }
            return download(request, "what-needs-me", [group.table for group in groups if group.needs]) or page(
                request,
                "home.html",
                role=desk.words(conn).title_of_role(reader.role),
                groups=chosen,
                whole=chosen is groups,
                waiting=[(row, desk.facts(row.council).short, words[row.model].stage(row.stage)) for row in waiting],
                waiting_count=read_models.counted(conn, mine)[0],
                confirm=confirm,
                returned=returned,
                act_of=act_of,
                coming=[(meeting, names[meeting.engagement], _at(meeting)) for meeting in coming],
                nothing=not (any(group.count for group in groups) or waiting or confirm or returned),
            )

    return router


def needs(desk: Desk, conn: Connection, words: WordsOf, live: Filters, role: str, most: int) -> list[Group]:
    """What a role owes, or records for those who owe it and do not sign in: late, within a week, and later."""
    owners = frozenset(
        owner for lifecycle in desk.library.every() for owner in lifecycle.roles if may_give(lifecycle, role, [owner])
    )
    until = end_of(desk.today + timedelta(days=WEEK))
    found: dict[When, list[Owed]] = {name: [] for name in TITLES}
    for owed in read_models.owed_by(conn, owners, desk.now, until, live, most):
        found[owed.when].append(owed)
    return [
        Group(
            name, TITLES[name], several[0].count if several else 0, [_need(desk, words, owed, role) for owed in several]
        )
        for name, several in found.items()
    ]


def _need(desk: Desk, words: WordsOf, owed: Owed, role: str) -> Need:
    spoken, of = words[owed.engagement.model], owed.engagement
    lifecycle = spoken.lifecycle
    assert lifecycle is not None, "they are the words of one"
    rule, row = spoken.obligation(owed.obligation.obligation), row_of(desk, spoken, of, owed.obligation)
    names = settling(rule, lifecycle) if rule else ()
    act = next((name for name in names if may_give(lifecycle, role, lifecycle.who_may(name))), None)
    return Need(row, desk.facts(of.council).short, _standing(row, desk.today), act)


def _standing(row: Mapping[str, Any], today: date) -> str:
    if row["due_on"] is None:
        return paused(row["working_days_left"])
    return dates.distance(row["due_on"], today)


def _boards(id: str, entries: Sequence[Entry[Any]]) -> tuple[Meeting, ...]:
    """The boards of an engagement that are set. A correction of anything else is of no account here."""
    there = {entry.version for entry in entries}
    rereads = (EventCorrected, EventWithdrawn, FactChosen)
    kept = [entry for entry in entries if not isinstance(entry.event, rereads) or entry.event.version in there]
    return tuple(meeting for meeting in meetings(id, kept) if meeting.status == "set" and meeting.shown)


def _coming(boards: Mapping[str, Sequence[Meeting]], today: date) -> list[Meeting]:
    found = [meeting for each in boards.values() for meeting in each if meeting.slot and meeting.slot.day >= today]
    return sorted(found, key=lambda meeting: (meeting.slot.day if meeting.slot else today, meeting.key))


def _of(ids: Iterable[str]) -> Filters:
    return Filters(within=Within(frozenset(), frozenset(ids)))


def _at(meeting: Meeting) -> str:
    assert meeting.slot is not None, "it is shown"
    at = meeting.slot.starts
    return dates.weekday(meeting.slot.day) + (f", {hour(at)}" if at is not None else "")
