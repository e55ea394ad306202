"""Of `turnaround replay`: the whole programme on a day: every engagement that had been opened, and where it stood."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from activities import folding
from domain import asof
from domain.engagement import Engagement
from domain.obligations import Obligation
from domain.records import Recorded
from faces import dates, telling
from faces.desk import Desk
from faces.due import WordsOf
from faces.listing import tell_kind
from faces.page import Answer, Cell, note, say, table
from faces.replay_days import Asked, reported
from ledger import events

Rows = Sequence[Mapping[str, Any]]


def programme(desk: Desk, conn: Connection, asked: Asked) -> Answer:
    """The programme on a day, or as it stands."""
    rows, possibly = [], []
    portfolio, words = desk.portfolio(conn), WordsOf(desk, conn)
    streams = {f"engagement/{row.id}": list[Recorded]() for row in portfolio}
    for event in events.read_streams(conn, list(streams)):
        streams[event.stream].append(event)
    for row in portfolio:
        recorded = streams[f"engagement/{row.id}"]
        known = asked.known(list(folding.entries_of(recorded)), reported(conn, recorded, asked))
        found = asked.count(known)
        state = asof.engagement_of(row.id, found.so)
        if state.stage is not None:
            rows.append(_row(desk, words, asked, state))
        elif any(entry.version == 1 for entry in found.possibly):
            possibly.append(row.id)

    def tell() -> None:
        say(asked.meaning(desk.today) if asked.on_a_day else "As it stands now.")
        table(("Engagement", "Council", "Service", "Stage", "Since", "Opened", "Standing"), _shown(desk, rows))
        if possibly:
            say(f"Possibly opened by then: {', '.join(possibly)}.")
        note(f"{dates.plural(len(rows), 'engagement')}, {sum(bool(row['late']) for row in rows)} late.")
        tell_kind(desk)

    return Answer(asked.data(desk.today) | {"engagements": rows, "possibly": possibly}, tell)


def _row(desk: Desk, words_of: WordsOf, asked: Asked, state: Engagement) -> dict[str, Any]:
    assert state.opening is not None and state.stage is not None
    opening, then, words = state.opening, asked.desk(desk), words_of[state.model]
    owed = [] if state.closed else list(state.obligations.values())
    return {
        "id": state.id,
        "council": {"gss": opening.council, "name": desk.facts(opening.council).name},
        "service": opening.service,
        "model": state.model,
        "opened": str(state.opened),
        "stage": {"id": state.stage, "title": words.stage(state.stage), "since": str(state.stage_since)},
        "closed": {"end": state.closed, "title": words.stage(state.closed)} if state.closed else None,
        "assumed": state.assumed,
        "live": state.live,
        "owed": len(owed),
        "late": sum(_late(held, then) for held in owed),
    }


def _late(held: Obligation, then: Desk) -> bool:
    return held.pause is None and (held.passed or held.opened.due_at <= then.now)


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
