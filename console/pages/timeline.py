"""The timeline of an engagement: what happened, when, who and why, the newest first, with corrections and refusals.

It is paged in the database, so that a long history costs no more than a short one; only a search for words reads it all.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import Connection

from console.access import may, reach
from console.exports import download
from console.labels import act_of
from console.pages.engagements import Heading, auditor, engagement_page, heading
from console.paging import ENTRIES, Slice
from console.past import acts_on
from console.render import Captioned
from console.site import Site
from console.who import Who
from domain.dates import london_day
from domain.panel import ScoreBid
from domain.records import Recorded, instant_text
from faces import dates, timeline, words
from faces.desk import Desk
from faces.page import Cell
from faces.problems import not_found
from faces.readers import note_read
from faces.timeline import Told
from faces.words import Words, capital
from ledger import events
from ledger.events import reader as office_of

REFUSED = "command-refused"


@dataclass(frozen=True)
class Line:
    """An entry as a page shows it."""

    told: Told
    who: str

    @property
    def refused(self) -> bool:
        """Whether it is a command that was not carried out."""
        return self.told.event.stream.startswith("refusal/")

    @property
    def anchor(self) -> str:
        """What a link to it ends in."""
        return f"{'r' if self.refused else 'v'}{self.told.event.version}"

    @property
    def happened(self) -> str:
        """When it happened, as precisely as it is known."""
        return dates.when(self.told.event.occurred)

    @property
    def recorded(self) -> str:
        """When it was recorded: the time alone where that was the day it happened on."""
        event = self.told.event
        occurred = event.occurred
        said = dates.moment(event.recorded_at)
        same = occurred.earliest == occurred.latest == london_day(event.recorded_at)
        return f"{said.partition(' on ')[0]} that day" if same else said


@dataclass(frozen=True)
class Reading:
    """A history that is read: whose streams, in which words, and whether what bids hold is told."""

    conn: Connection
    streams: tuple[str, ...]
    words: Words
    bids: bool

    def kinds(self) -> dict[str, int]:
        """How often each type of event is in it."""
        return events.count_types(self.conn, self.streams)

    def told(self, found: Sequence[Recorded]) -> list[Line]:
        """Events in words, in the order in which they are given, each with what was corrected of it since."""
        in_words = timeline.tell_of(self.conn, self.streams[0], found, self.words, bids=self.bids)
        return [Line(one, timeline.who(one.event, self.words).shown) for one in in_words]

    def page(self, types: Sequence[str], limit: int, offset: int = 0) -> list[Line]:
        """A page of it, the newest first."""
        return self.told(events.read_newest(self.conn, self.streams, types, limit, offset))

    def one(self, version: int) -> Line | None:
        """One entry by its number."""
        found = list(events.read_versions(self.conn, self.streams[0], [version]))
        return self.told(found)[0] if found else None


def reading(desk: Desk, conn: Connection, of: Heading, reader: Who) -> Reading:
    """The history of an engagement, for whoever reads it: with refusals for those who may see them."""
    rules = desk.library.rules(of.row.model, office_of(conn))
    stream = f"engagement/{of.id}"
    streams = (stream, f"refusal/{stream}") if reach("refusals", reader.role) != "none" else (stream,)
    bids = reach("bids", reader.role) != "none" and reader.role in rules.lifecycle.who_may(ScoreBid.type)
    return Reading(conn, streams, desk.words(conn, rules), bids)


def searching(wanted: str) -> Callable[[Line], bool]:
    """Whether an entry has all of some words, in capitals or not."""
    sought = wanted.casefold().split()

    def has(line: Line) -> bool:
        said = " ".join((line.told.title, *line.told.remarks(), line.who, line.happened)).casefold()
        return all(word in said for word in sought)

    return has


def timeline_router(site: Site) -> APIRouter:
    """The timeline of an engagement, and single entries of it under addresses that last."""
    router = APIRouter()

    @router.get("/engagements/{id}/timeline", response_class=HTMLResponse)
    def show(
        id: str,
        request: Request,
        reader: Annotated[Who, Depends(may("timeline"))],
        kind: str = "",
        words: str = "",
    ) -> Response:
        """The timeline, of one kind of entry or with some words where that is asked for."""
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            note_read(desk, of.id, "timeline", auditor(reader))
            history = reading(desk, conn, of, reader)
            kinds = history.kinds()
            types = [kind] if kind in kinds else []
            total = kinds[kind] if types else sum(kinds.values())
            everything = request.query_params.get("as") is not None
            if words.strip():
                matching = [line for line in history.page(types, sum(kinds.values())) if searching(words)(line)]
                slice = Slice.asked(request, len(matching), ENTRIES)
                lines = matching if everything else matching[slice.offset : slice.offset + slice.size]
            else:
                slice = Slice.asked(request, total, ENTRIES)
                lines = history.page(types, total) if everything else history.page(types, slice.size, slice.offset)
            return download(request, f"{of.id}-timeline", [as_table(lines)]) or engagement_page(
                request,
                "timeline.html",
                of,
                "/timeline",
                lines=lines,
                slice=slice,
                kinds=[(name, called(name, history.words), count) for name, count in kinds.items()],
                kind=kind if types else "",
                sought=words.strip(),
            )

    @router.get("/engagements/{id}/timeline/{version}", response_class=HTMLResponse)
    def entry(id: str, version: str, request: Request, reader: Annotated[Who, Depends(may("timeline"))]) -> Response:
        """One entry, under an address that lasts."""
        with site.desk(reader) as (desk, conn):
            of = heading(desk, conn, id)
            note_read(desk, of.id, "timeline", auditor(reader))
            number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
            line = reading(desk, conn, of, reader).one(number)
            if line is None:
                raise not_found(f"the timeline of {of.id} has no entry {version[:20]}.")
            rules = desk.library.rules(of.row.model, office_of(conn))
            acts = acts_on(rules, line.told.event.type, reader.role) if reach("give", reader.role) != "none" else []
            return engagement_page(
                request,
                "timeline-entry.html",
                of,
                f"/timeline/{version}",
                line=line,
                acts=[(a, act_of(a)) for a in acts],
            )

    return router


def called(type: str, spoken: Words) -> str:
    """What a kind of entry is called in a list of them."""
    said = "a command refused" if type == REFUSED else words.thing(type, spoken.lifecycle)
    for article in ("a ", "an "):
        said = said.removeprefix(article)
    return capital(said)


def as_table(lines: Sequence[Line]) -> Captioned:
    """A timeline as a table, for other programs."""
    headers = ("Entry", "Happened", "Recorded", "Type", "What", "Decided by", "Recorded by", "More")
    return Captioned(
        "Timeline",
        headers,
        [
            [
                Cell("" if line.refused else str(event.version)),
                Cell(event.occurred.printed),
                Cell(instant_text(event.recorded_at)),
                Cell(event.type),
                Cell(line.told.title),
                Cell(str(event.decided_by)),
                Cell(str(event.recorded_by)),
                Cell("; ".join(line.told.remarks())),
            ]
            for line in lines
            for event in [line.told.event]
        ],
    )
