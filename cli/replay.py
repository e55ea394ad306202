"""`turnaround replay`: a history step by step, and how things stood on a day: what was so, and what was known."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from activities import folding
from cli import dates, telling
from cli.completing import complete_id, complete_role
from cli.desk import Desk, Target, open_desk
from cli.listing import tell_kind
from cli.output import Cell, emit_json, note, say, table
from cli.problems import usage
from cli.readers import ReadBy, every_role, known_role, note_read
from cli.reading import council_data, engagement_data, print_council, print_engagement
from cli.replay_days import Asked, reported
from cli.replay_days import asked as read_days
from cli.replay_programme import programme
from cli.replay_steps import emit_steps, print_steps, steps
from cli.words import Words
from domain import asof, council
from domain.engagement import Rules
from domain.panel import ScoreBid
from domain.part import Entry
from domain.reads import AUDITORS
from domain.records import Recorded

PROGRAMME = "programme"


def replay(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help=f"An engagement's id, a council's code or name, or '{PROGRAMME}' for all engagements.",
            autocompletion=complete_id,
        ),
    ],
    true_on: Annotated[
        str | None, typer.Option("--true-on", metavar="DATE", help="What was so on this day, with every correction.")
    ] = None,
    known_on: Annotated[
        str | None,
        typer.Option("--known-on", metavar="DATE", help="Only what had been recorded by the end of this day."),
    ] = None,
    as_reported: Annotated[
        bool,
        typer.Option(
            "--as-reported",
            help="Of what was imported: known when its source says that it was reported, not on the day of the import.",
        ),
    ] = False,
    until: Annotated[
        int | None, typer.Option("--until", metavar="VERSION", min=1, help="Nothing beyond this version.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option("--as", metavar="ROLE", help="Who reads: bids are for the panel.", autocompletion=complete_role),
    ] = None,
    auditor: ReadBy = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON: of steps, one object a line.")] = False,
) -> None:
    """Replay a history: each step with what it changed and what decided it, and what was refused; or the state on a day.

    Without a day it goes step by step. --known-on tells what was known by the end of a day, --true-on what was so on a
    day by all that is known, and both together what was then known of that day.

    Examples: turnaround replay haringey-1 --until 20; turnaround replay Haringey --true-on 2003-06 --known-on 2003-11
    """
    with open_desk(reader=role) as desk, desk.ledger.reading() as conn:
        asked = read_days(desk, true_on, known_on, until, as_reported=as_reported)
        if id.strip().lower() == PROGRAMME:
            if until is not None:
                raise usage(f"--until is not for '{PROGRAMME}'.", "give the id of an engagement or a council")
            desk.refresh(conn)
            known_role(role, every_role(desk))
            note_read(desk, PROGRAMME, "replay", auditor)
            programme(desk, conn, asked, as_json=as_json)
            return
        target = desk.resolve(conn, id)
        rules = desk.engagement(conn, target.name)[1] if target.family == "engagement" else None
        words = desk.words(conn, rules)
        known_role(role, [*rules.lifecycle.roles, *AUDITORS] if rules else every_role(desk))
        recorded = _recorded(desk, conn, target, until)
        note_read(desk, target.name, "replay", auditor)
        if asked.on_a_day:
            _on_a_day(desk, conn, target, asked, recorded, rules, words, as_json=as_json)
            return
        bids = rules is not None and role in rules.lifecycle.who_may(ScoreBid.type)
        found = steps(desk, conn, target, until, reported(conn, recorded, asked), bids=bids)
        emit_steps(found, words) if as_json else print_steps(found, words)
        if not recorded:
            note(f"Nothing of {target.name} is recorded.")
        tell_kind(desk)


def _recorded(desk: Desk, conn: Connection, target: Target, until: int | None) -> list[Recorded]:
    found = desk.stream(conn, target.stream)
    if until is not None and until > len(found):
        raise usage(
            f"--until: {target.name} has no version {until}.",
            f"its last is {len(found)}" if found else "nothing of it is recorded",
        )
    return found


# One engagement or council on a day


def _on_a_day(
    desk: Desk,
    conn: Connection,
    target: Target,
    asked: Asked,
    recorded: Sequence[Recorded],
    rules: Rules | None,
    words: Words,
    *,
    as_json: bool,
) -> None:
    entries = (
        [folding.read_event(event, council.EVENTS) for event in recorded]
        if rules is None
        else list(folding.entries_of(recorded))
    )
    known = asked.known(entries, reported(conn, recorded, asked))
    found, then = asked.count(known), asked.desk(desk)
    state: dict[str, Any] | None = None
    if rules is None:
        stood = asof.council_of(target.name, found.so)
        state, history = council_data(then, conn, stood, words), stood.history
    else:
        engagement = asof.engagement_of(target.name, found.so)
        history = engagement.history
        if engagement.stage is not None:
            state = engagement_data(then, conn, engagement, rules, words)
            # What the clock does next follows from what is known; whether it is stuck is known of now alone.
            state |= {"stuck": False, "next_strike": state["next_strike"] if asked.true_on is None else None}
    possibly = [_told(entry, words) for entry in found.possibly]
    if as_json:
        emit_json(
            {
                "id": target.name,
                **asked.data(desk.today),
                "state": None if state is None else {name: said for name, said in state.items() if name != "stuck"},
                "events": [_told(entry, words) for entry in history.entries],
                "possibly": possibly,
            }
        )
        return
    say(asked.meaning(desk.today))
    if state is None:
        say(f"{target.name} had not been opened." if known else f"Nothing of {target.name} was known.")
    else:
        print_council(state, words) if rules is None else print_engagement(then, state)
    _print_possible(possibly)


def _told(entry: Entry[Any], words: Words) -> dict[str, Any]:
    """An event as it reads then."""
    title = telling.title(entry.event.type, entry.event.model_dump(mode="json"), words)
    return {"version": entry.version, "type": entry.event.type, "on": str(entry.occurred), "title": title}


def _print_possible(possibly: Sequence[Mapping[str, Any]]) -> None:
    if possibly:
        say()
        say("Possibly so by then: no date says it better", style="bold")
        rows = ((str(p["version"]), Cell(dates.printed(p["on"]), p["on"]), p["title"]) for p in possibly)
        table(("#", "On", "What"), rows)
