"""Of `turnaround replay`: the whole programme on a day: every engagement that had been opened, and where it stood."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from activities import folding
from domain import asof
from domain.engagement import Engagement
from domain.records import Recorded
from faces import dates, telling
from faces.desk import Desk
from faces.due import WordsOf
from faces.listing import tell_kind
from faces.page import Answer, Cell, note, say, table
from faces.replay_days import Asked, reported
from ledger import events

Rows = Sequence[Mapping[str, Any]]

TOGETHER = 20
"""Engagements whose streams are read at once: each is let go when it is folded."""


@dataclass(frozen=True)
class Stood:
    """Where an engagement stood; `dues` is when whatever is owed falls due, of what has not passed and does not stand still."""

    council: str
    service: str
    model: str
    opened: str
    stage: str
    since: str
    closed: str | None
    assumed: bool
    live: bool
    owed: int
    passed: int
    dues: tuple[datetime, ...]

    @classmethod
    def of(cls, state: Engagement) -> "Stood | None":
        """Of a state; None where it had not been opened."""
        if state.opening is None or state.stage is None:
            return None
        owed = [] if state.closed else list(state.obligations.values())
        running = [held for held in owed if held.pause is None]
        return cls(
            state.opening.council,
            state.opening.service,
            state.model,
            str(state.opened),
            state.stage,
            str(state.stage_since),
            state.closed,
            state.assumed,
            state.live,
            len(owed),
            sum(held.passed for held in running),
            tuple(held.opened.due_at for held in running if not held.passed),
        )


def programme(desk: Desk, conn: Connection, asked: Asked) -> Answer:
    """The programme on a day, or as it stands."""
    portfolio, words = desk.portfolio(conn), WordsOf(desk, conn)

    def draw(ids: Sequence[str]) -> Iterator[tuple[str, tuple[Stood | None, bool]]]:
        for first in range(0, len(ids), TOGETHER):
            some = ids[first : first + TOGETHER]
            streams = events.by_stream(conn, [f"engagement/{id}" for id in some])
            yield from ((id, _stood(conn, asked, id, streams[f"engagement/{id}"])) for id in some)

    found = desk.kept.each(("programme", asked), {row.id: row.version for row in portfolio}, draw)
    now = asked.desk(desk).now
    rows = [_row(desk, words, id, stood, now) for id, (stood, _) in found.items() if stood is not None]
    possibly = [id for id, (_, possibly) in found.items() if possibly]

    def tell() -> None:
        say(asked.meaning(desk.today) if asked.on_a_day else "As it stands now.")
        table(("Engagement", "Council", "Service", "Stage", "Since", "Opened", "Standing"), _shown(desk, rows))
        if possibly:
            say(f"Possibly opened by then: {', '.join(possibly)}.")
        note(f"{dates.plural(len(rows), 'engagement')}, {sum(bool(row['late']) for row in rows)} late.")
        tell_kind(desk)

    return Answer(asked.data(desk.today) | {"engagements": rows, "possibly": possibly}, tell)


def _stood(conn: Connection, asked: Asked, id: str, recorded: Sequence[Recorded]) -> tuple[Stood | None, bool]:
    """Where an engagement stood, and whether it may have been opened by then."""
    known = asked.known(list(folding.entries_of(recorded)), reported(conn, recorded, asked))
    counted = asked.count(known)
    stood = Stood.of(asof.engagement_of(id, counted.so))
    return stood, stood is None and any(entry.version == 1 for entry in counted.possibly)


def _row(desk: Desk, words_of: WordsOf, id: str, stood: Stood, now: datetime) -> dict[str, Any]:
    words = words_of[stood.model]
    return {
        "id": id,
        "council": {"gss": stood.council, "name": desk.facts(stood.council).name},
        "service": stood.service,
        "model": stood.model,
        "opened": stood.opened,
        "stage": {"id": stood.stage, "title": words.stage(stood.stage), "since": stood.since},
        "closed": {"end": stood.closed, "title": words.stage(stood.closed)} if stood.closed else None,
        "assumed": stood.assumed,
        "live": stood.live,
        "owed": stood.owed,
        "late": stood.passed + sum(due <= now for due in stood.dues),
    }


def _shown(desk: Desk, rows: Rows) -> Iterator[tuple[Cell | str, ...]]:
    for row in rows:
        stage, over = row["stage"], row["closed"]
        standing = f"{row['owed']} owed, {row['late']} late" if row["live"] else "history"
        yield (
            Cell(row["id"], style="bold"),
            Cell(desk.facts(row["council"]["gss"]).short, row["council"]["name"]),
            telling.service(row["service"]),
            Cell(stage["title"] + (" (assumed)" if row["assumed"] else ""), stage["id"]),
            Cell(dates.printed(stage["since"]), stage["since"]),
            Cell(dates.printed(row["opened"]), row["opened"]),
            Cell(f"over: {over['title']}", f"closed:{over['end']}") if over else standing,
        )
