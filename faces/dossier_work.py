"""Of a dossier: what the team did and in which style, what it left behind, and how each workstream came out."""

from domain import work
from faces.dossier_record import Data, OnRecord, all_told, day, in_phase_any, listed, named, role, told_if
from faces.page import Cell
from faces.words import ACTIVITIES, STYLES, Words

SUCCESS = {"more": "succeeded more", "less": "succeeded less"}
"""How a workstream came out beside the others."""

_OF_THE_WORK = tuple(kind for kind in work.EVENTS if kind is not work.MilestoneReached)


def the_work(record: OnRecord) -> Data | None:
    """The work of a phase: activities, products, the results of each workstream, and what was bought elsewhere."""
    history = record.history
    if not in_phase_any(history, _OF_THE_WORK):
        return None
    return {
        "activities": all_told(work.activities(history)),
        "products": all_told(work.products(history)),
        "results": [
            {
                "workstream": result.workstream.id,
                "title": result.workstream.title,
                "added": result.workstream.added,
                "activities": [entry.event.activity for entry in result.activities],
                "products": [entry.event.product for entry in result.products],
                "success": result.success,
                "judged": told_if(result.judged),
            }
            for result in work.results(history)
        ],
        "parallel_work": all_told(work.parallel_work(history)),
    }


def show_work(data: Data, words: Words) -> None:
    """The work on the page."""
    listed(
        "What the team did",
        ("On", "Activity", "Workstream", "Style", "Note"),
        (
            (
                day(act["on"]),
                named(act["activity"], ACTIVITIES),
                act["workstream"],
                named(act["style"], STYLES) if act["style"] else None,
                act["note"],
            )
            for act in data["activities"]
        ),
    )
    listed(
        "What it left behind",
        ("On", "Product", "Title", "Workstream"),
        ((day(left["on"]), left["product"], left["title"], left["workstream"]) for left in data["products"]),
    )
    listed(
        "Results by workstream",
        ("Workstream", "Title", "Activities", "Products", "Result", "Judged", "Who", "Why"),
        (
            (
                result["workstream"],
                result["title"],
                str(len(result["activities"])),
                ", ".join(result["products"]),
                named(found, SUCCESS) if (found := result["success"]) else Cell("not judged"),
                day(judged["on"]) if (judged := result["judged"]) else None,
                role(judged["said_by"], words) if judged else None,
                judged["reason"] if judged else None,
            )
            for result in data["results"]
        ),
    )
    listed(
        "The same work bought elsewhere",
        ("On", "Firm", "Workstream", "What"),
        ((day(bought["on"]), bought["firm"], bought["workstream"], bought["text"]) for bought in data["parallel_work"]),
    )
