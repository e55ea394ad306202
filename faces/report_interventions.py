"""`turnaround report interventions`: each council under notice or directions, and what was in force on the day."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain.part import Event, History
from domain.reporting import true_on
from faces import telling
from faces.dossier_intervention import PARTS, intervention, show_intervention
from faces.dossier_record import OnRecord, heading
from faces.page import say, table
from faces.report_material import Material, claimed
from faces.words import Words

_KINDS = tuple(kind for part in PARTS for kind in part.EVENTS)


def interventions_data(conn: Connection, material: Material, day: date) -> Iterator[dict[str, Any]]:
    """Every engagement with a notice, a letter or directions by a day, as data."""
    for subject in material.subjects:
        for name, history in subject.engagements.items():
            by_then = true_on(history, day)
            data = intervention(OnRecord(by_then, day))
            if data is not None:
                head = {"engagement": name, "gss": subject.facts.gss, "council": subject.facts.name}
                yield head | data | {"disputed": list(claims(conn, material, f"engagement/{name}", by_then, _KINDS))}


def claims(
    conn: Connection, material: Material, stream: str, history: History, kinds: tuple[type[Event], ...]
) -> Iterator[dict[str, Any]]:
    """What sources are said to contradict in the events of some kinds, each with the event that it is about."""
    words = Words(material.words.lifecycles)
    for entry in history.entries:
        claim = claimed(conn, material, stream, entry.version) if isinstance(entry.event, kinds) else None
        if claim is not None:
            event = material.streams[stream][entry.version - 1]
            yield {"what": telling.title(event.type, event.body, words), "on": str(entry.occurred), "claim": claim}


def print_interventions(data: dict[str, Any], words: Words) -> None:
    """The interventions on the page, one after the other."""
    if not data["rows"]:
        say("No council was under notice or directions by then.")
    for row in data["rows"]:
        heading(f"{row['council']} ({row['engagement']})")
        show_intervention(row, words)
        if row["disputed"]:
            say()
            table(("Disputed", "What is said against it"), [(one["what"], one["claim"]) for one in row["disputed"]])
