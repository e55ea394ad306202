"""`turnaround replay`: a history step by step, and how things stood on a day: what was so, and what was known."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from activities import folding
from domain import asof, council
from domain.engagement import Rules
from domain.panel import ScoreBid
from domain.part import Entry
from domain.reads import AUDITORS
from faces import dates, telling
from faces.desk import Desk, Target
from faces.listing import tell_kind
from faces.page import Answer, Cell, note, say, table
from faces.problems import usage
from faces.readers import every_role, known_role, note_read
from faces.reading import council_data, engagement_data, print_council, print_engagement
from faces.replay_days import Asked, reported
from faces.replay_programme import programme
from faces.replay_steps import Step, steps, with_refusals
from faces.timeline import EVERY, Cut
from faces.words import Words

PROGRAMME = "programme"

Once = Callable[[Hashable, Callable[[], Answer]], Answer]
"""What a question comes to, given how to make it: anew, or from before where nothing was recorded since."""


def anew(question: Hashable, make: Callable[[], Answer]) -> Answer:
    """What a question comes to, whatever was asked before."""
    return make()


@dataclass(frozen=True)
class Steps:
    """A history step by step. Each step is made when it is asked for, and what remains to be said comes last."""

    name: str
    found: Iterator[Step]
    words: Words
    empty: bool
    desk: Desk

    def remark(self) -> None:
        """Say that nothing is recorded, or that this is a rehearsal, where it is so."""
        if self.empty:
            note(f"Nothing of {self.name} is recorded.")
        tell_kind(self.desk)


def replayed(
    desk: Desk,
    conn: Connection,
    id: str,
    asked: Asked,
    role: str | None = None,
    auditor: str | None = None,
    cut: Cut = EVERY,
    once: Once = anew,
) -> Answer | Steps:
    """How things stood on a day that is asked for, or a history step by step, or some of its steps; `id` may be the whole
    programme.

    `role` is the one that reads where it was named: what bids say is for the panel. `once` makes what stood on a day, or has
    it from before. Raises Problem.
    """
    if id.strip().lower() == PROGRAMME:
        if asked.until is not None:
            raise usage(f"--until is not for '{PROGRAMME}'.", "give the id of an engagement or a council")
        desk.refresh(conn)
        known_role(role, every_role(desk))
        note_read(desk, PROGRAMME, "replay", auditor)
        return programme(desk, conn, asked)
    target = desk.resolve(conn, id)
    rules = desk.engagement(conn, target.name)[1] if target.family == "engagement" else None
    words = desk.words(conn, rules)
    known_role(role, [*rules.lifecycle.roles, *AUDITORS] if rules else every_role(desk))
    places = with_refusals(desk, conn, target, asked.until)
    note_read(desk, target.name, "replay", auditor)
    if asked.on_a_day:
        return once((target, asked), lambda: on_a_day(desk, conn, target, asked, rules, words))
    recorded = desk.stream(conn, target.stream) if asked.as_reported else []
    bids = rules is not None and role in rules.lifecycle.who_may(ScoreBid.type)
    found = steps(desk, conn, target, places, reported(conn, recorded, asked), bids=bids, cut=cut)
    empty = not any(place.stream == target.stream for place in places)
    return Steps(target.name, found, words, empty, desk)


# One engagement or council on a day


def on_a_day(
    desk: Desk,
    conn: Connection,
    target: Target,
    asked: Asked,
    rules: Rules | None,
    words: Words,
) -> Answer:
    """How an engagement or a council stood on a day."""
    recorded = desk.stream(conn, target.stream)
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
    data = {
        "id": target.name,
        **asked.data(desk.today),
        "state": None if state is None else {name: said for name, said in state.items() if name != "stuck"},
        "events": [_told(entry, words) for entry in history.entries],
        "possibly": possibly,
    }

    def tell() -> None:
        say(asked.meaning(desk.today))
        if state is None:
            say(f"{target.name} had not been opened." if known else f"Nothing of {target.name} was known.")
        else:
            print_council(state, words) if rules is None else print_engagement(then, state)
        _print_possible(possibly)

    return Answer(data, tell)


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
