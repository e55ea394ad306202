"""`turnaround report directions`: each statutory direction with its contracts, its posts and what was recorded under it."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain.course import EngagementOpened, NoteAdded
from domain.part import Event
from domain.reporting import true_on
from domain.statutory_direction import StatutoryDirectionGiven
from faces.dossier_disputes import disputes, show_disputes
from faces.dossier_items import items, show_items
from faces.dossier_partner import (
    directions,
    final_report,
    partner_contracts,
    show_directions,
    show_final_report,
    show_partner_contracts,
)
from faces.dossier_people import people, show_people
from faces.dossier_record import OnRecord, Part, day, heading, listed
from faces.page import say, table
from faces.report_interventions import claims
from faces.report_material import Material
from faces.telling import service
from faces.words import Words

PARTS = {
    "directions": Part("Directions", directions, show_directions),
    "contracts": Part("Contracts", partner_contracts, show_partner_contracts),
    "posts": Part("Posts", people, show_people),
    "records": Part("On record", items, show_items),
    "chair_report": Part("The independent chair's final report", final_report, show_final_report),
    "disputes": Part("Disputed facts", disputes, show_disputes),
}


def directions_data(conn: Connection, material: Material, until: date) -> Iterator[dict[str, Any]]:
    """Every engagement in which a statutory direction had been given by a day, as data."""
    for subject in material.subjects:
        for name, history in subject.engagements.items():
            by_then = true_on(history, until)
            opening = by_then.last(EngagementOpened)
            if opening is None or not by_then.has(StatutoryDirectionGiven):
                continue
            record = OnRecord(by_then, until)
            yield {
                "engagement": name,
                "gss": subject.facts.gss,
                "council": subject.facts.name,
                "service": opening.event.service,
                "model": opening.event.model,
                "opened": str(opening.occurred),
                **{key: part.data(record) for key, part in PARTS.items()},
                "notes": [{"on": str(e.occurred), "text": e.event.text} for e in by_then.all(NoteAdded)],
                "claims": list(claims(conn, material, f"engagement/{name}", by_then, (Event,))),
            }


def print_directions(data: dict[str, Any], words: Words) -> None:
    """The directions on the page, one engagement after the other."""
    if not data["rows"]:
        say("No statutory direction had been given by then.")
    for row in data["rows"]:
        heading(f"{row['council']}, {service(row['service'])} ({row['engagement']})")
        own = Words(sorted(words.lifecycles, key=lambda lifecycle: lifecycle.id != row["model"].partition("@")[0]))
        for key, part in PARTS.items():
            if row[key] is not None:
                part.show(row[key], own)
        listed("Notes", ("On", "Note"), ((day(note["on"]), note["text"]) for note in row["notes"]))
        if row["claims"]:
            say()
            table(("Disputed", "What is said against it"), [(one["what"], one["claim"]) for one in row["claims"]])
