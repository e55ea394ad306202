"""Of a dossier: what was asked of the board, what it decided, and where the work came to a standstill."""

from collections.abc import Iterator

from domain import change
from domain.part import History
from faces import dates
from faces.dossier_record import Data, OnRecord, day, in_phase_any, listed, named, role, told, told_if
from faces.page import Cell
from faces.words import Words

OCCASIONS = {
    "new-facts": "new facts",
    "other-priority": "something else comes first",
    "new-director": "a new director",
    "other": "another reason",
}
"""What led to a request."""


def change_control(record: OnRecord) -> Data | None:
    """The requests for change of a phase with the board's decisions, what they added, and every standstill."""
    history = record.history
    if not in_phase_any(history, change.EVENTS):
        return None
    return {
        "requests": [_request(each) for each in change.changes(history)],
        "refused": [each.number for each in change.refused_changes(history)],
        "days_added": change.days_added(history),
        "workstreams_added": [each.id for each in change.added_workstreams(history)],
        "stalls": list(_stalls(history)),
    }


def _request(found: change.Change) -> Data:
    said = told(found.requested)
    decided = told_if(found.decided)
    wanted = {name: said[name] for name in ("days", "workstreams", "milestones")}
    return {
        **said,
        "state": found.state,
        "decided": decided,
        "added": {**wanted, "days": decided["days"]} if decided and found.state == "approved" else None,
    }


def _stalls(history: History) -> Iterator[Data]:
    """Each standstill with its end, if it has come; of one that goes on, the refused requests that it followed."""
    stalls, now = history.in_phase(change.WorkStalled), change.stalled(history)
    resumed = history.in_phase(change.WorkResumed)
    for entry, following in zip(stalls, [*stalls[1:], None], strict=False):
        ends = [
            each
            for each in resumed
            if entry.version < each.version and (following is None or each.version < following.version)
        ]
        goes_on = now is not None and now.entry.version == entry.version
        yield {
            **told(entry),
            "resumed": told_if(ends[0] if ends else None),
            "goes_on": goes_on,
            "refused": [each.number for each in now.refused] if now is not None and goes_on else [],
        }


def show_change_control(data: Data, words: Words) -> None:
    """Change control on the page."""
    requests = data["requests"]
    listed(
        "Requests",
        ("#", "On", "Who", "Occasion", "Grounds", "Asked for", "Came to"),
        (
            (
                str(each["change"]),
                day(each["on"]),
                role(each["said_by"], words),
                named(each["occasion"], OCCASIONS) if each["occasion"] else None,
                each["grounds"],
                _contents(each),
                Cell(each["state"], style="bold red" if each["state"] == "refused" else ""),
            )
            for each in requests
        ),
    )
    listed(
        "Decisions",
        ("#", "On", "Who", "How", "Why", "Added"),
        (
            (
                str(each["change"]),
                day(decided["on"]),
                role(decided["said_by"], words),
                each["state"],
                decided["reason"],
                _contents(each["added"]) if each["added"] else None,
            )
            for each in requests
            if (decided := each["decided"])
        ),
    )
    listed(
        "Standstills",
        ("On", "Who", "What", "Over the change", "After the refusal of", "Went on", "Note"),
        (
            (
                day(stall["on"]),
                role(stall["said_by"], words),
                stall["text"],
                str(stall["change"]) if stall["change"] else None,
                ", ".join(map(str, stall["refused"])),
                day(end["on"]) if (end := stall["resumed"]) else "not yet" if stall["goes_on"] else None,
                end["note"] if end else None,
            )
            for stall in data["stalls"]
        ),
    )


def _contents(asked: Data) -> Cell:
    """`10 days; workstream fostering (Fostering); handbook by 31 March 2004`."""
    parts = [(said, said) for said in ([f"{asked['days']} days"] if asked["days"] else [])]
    for each in asked["workstreams"]:
        said = f"workstream {each['id']}" + (f" ({each['title']})" if each["title"] else "")
        parts.append((said, said))
    parts.extend((f"{m['id']} by {dates.printed(m['by'])}", f"{m['id']} by {m['by']}") for m in asked["milestones"])
    return Cell("; ".join(shown for shown, _ in parts), "; ".join(bare for _, bare in parts))
