"""Two moments of an engagement or a council beside each other: every value of the state then, and which of them differ."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from activities import folding
from domain import asof, council, engagement
from domain.records import Recorded
from domain.summary import Summary, council_summary, engagement_summary
from faces import dates
from faces.desk import Desk, Target
from faces.differing import name_of, said
from faces.page import Answer, Cell, note, say, table
from faces.replay_days import Asked, reported
from faces.words import Words, capital

NOW = Asked(None, None, None, as_reported=False)
"""How things stand, by all that is known."""


def compared(desk: Desk, conn: Connection, id: str, one: Asked, other: Asked) -> Answer:
    """The values of an engagement or a council at two moments. Whoever shows it puts the read on record. Raises Problem."""
    target = desk.resolve(conn, id)
    rules = desk.engagement(conn, target.name)[1] if target.family == "engagement" else None
    words = desk.words(conn, rules)
    recorded = desk.stream(conn, target.stream)
    first, second = (_summary(conn, target, asked, recorded) for asked in (one, other))
    values = [
        _value(what, of, first.get((what, of)), second.get((what, of)), words)
        for what, of in dict.fromkeys((*first, *second))
    ]
    data = {
        "id": target.name,
        "one": {"label": label(one)} | one.data(desk.today),
        "other": {"label": label(other)} | other.data(desk.today),
        "values": values,
    }

    def tell() -> None:
        differing = sum(value["differs"] for value in values)
        say(f"{dates.plural(differing, 'value')} of {len(values)} {'differs' if differing == 1 else 'differ'}.")
        if not values:
            note("Nothing was known at either moment.")
            return
        table(
            ("What", capital(label(one)), capital(label(other)), "Differs"),
            (
                (v["name"], v["one_words"], v["other_words"], Cell("differs" if v["differs"] else "", style="bold"))
                for v in values
            ),
        )

    return Answer(data, tell)


def label(asked: Asked) -> str:
    """A moment in a few words: `so on 15 June 2002, known on 15 August 2002`; `now`."""
    parts = [f"so on {dates.day(asked.true_on)}"] if asked.true_on is not None else []
    parts += [f"known on {dates.day(asked.known_on)}"] if asked.known_on is not None else []
    parts += ["as reported"] if asked.as_reported and asked.known_on is not None else []
    return ", ".join(parts) or "now"


def _summary(conn: Connection, target: Target, asked: Asked, recorded: Sequence[Recorded]) -> Summary:
    """What it came to at a moment; nothing where it had not been opened, or nothing of it was known."""
    kinds = council.EVENTS if target.family == "council" else engagement.EVENTS
    entries = [folding.read_event(event, kinds) for event in recorded]
    found = asked.count(asked.known(entries, reported(conn, recorded, asked))).so
    if target.family == "council":
        return council_summary(asof.council_of(target.name, found))
    return engagement_summary(asof.engagement_of(target.name, found))


def _value(what: str, of: str, first: Any, second: Any, words: Words) -> dict[str, Any]:
    return {
        "what": what,
        "of": of,
        "name": name_of(what, of, words),
        "one": first,
        "other": second,
        "one_words": said(what, first, words),
        "other_words": said(what, second, words),
        "differs": first != second,
    }
