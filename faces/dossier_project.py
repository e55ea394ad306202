"""Of a dossier: the project: mobilisation, leads, core team, the PID and what it promises by when."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from domain import core_team, project
from domain.part import History
from domain.people import LEADS, turnover
from domain.work import MilestoneReached, MilestoneStanding, milestones, workstreams
from faces.dossier_record import (
    Data,
    OnRecord,
    Values,
    all_told,
    day,
    days_of,
    done,
    in_phase_any,
    listed,
    role,
    roles,
    told,
    told_if,
    yes_or_no,
)
from faces.page import Cell
from faces.words import Words, plain

STANDINGS = {
    "reached": "reached",
    "passed": "not reached, and its date is past",
    "open": "its date is still to come",
    "dropped": "dropped",
}
"""How a milestone stands."""

_OF_THE_PROJECT = (*project.EVENTS, *core_team.EVENTS, MilestoneReached)


def the_project(record: OnRecord) -> Data | None:
    """The project of a phase: mobilisation, leads, core team, PIDs, deliverables and milestones."""
    history = record.history
    if not in_phase_any(history, _OF_THE_PROJECT):
        return None
    return {
        "mobilised": all_told(history.in_phase(project.MobilisationMeetingHeld)),
        "leads": list(_leads(history)),
        "core_team": _core_team(history),
        "pids": list(_pids(history)),
        "workstreams": [
            {"workstream": each.id, "title": each.title, "added": each.added, "agreed": each.agreed}
            for each in workstreams(history)
        ],
        "deliverables": list(_deliverables(history)),
        "milestones": [_milestone(each, history, record.today) for each in milestones(history)],
    }


def _leads(history: History) -> Iterator[Data]:
    """Every naming of a lead, and whether the one who was named holds the post still."""
    posts = turnover(history)
    for entry in history.in_phase(project.LeadNamed):
        post = posts.get(LEADS[entry.event.party])
        holder = post.holder.person if post and post.holder else None
        yield {**told(entry), "holds": holder == entry.event.person}


def _core_team(history: History) -> Data | None:
    team = core_team.core_team(history)
    return {**told(team.named), "joined": list(team.joined), "left": list(team.left)} if team else None


def _pids(history: History) -> Iterator[Data]:
    pids = history.in_phase(project.PidSubmitted)
    agreed = [pid for pid in pids if project.agreed(history, pid)]
    for pid in pids:
        agreements = [each for each in history.all(project.PidAgreed, pid.version) if each.event.pid == pid.event.pid]
        yield {
            **told(pid),
            "agreed": told_if(agreements[-1] if agreements else None),
            "in_force": pid in agreed[-1:],
        }


def _deliverables(history: History) -> Iterator[Data]:
    """What the PIDs promised, and what was handed in and accepted of it."""
    planned = [each for pid in history.in_phase(project.PidSubmitted) for each in pid.event.deliverables]
    promised, titles = {each.id: each for each in planned}, {each.id: each.title for each in planned if each.title}
    standing = {each.id for pid in project.pids_standing(history) for each in pid.event.deliverables}
    submitted = history.in_phase(project.DeliverableSubmitted)
    accepted = history.in_phase(project.DeliverableAccepted)
    for name in dict.fromkeys([*promised, *(each.event.deliverable for each in submitted)]):
        found = promised.get(name)
        yield {
            "deliverable": name,
            "title": titles.get(name),
            "workstream": found.workstream if found else None,
            "submitted": [str(entry.occurred) for entry in submitted if entry.event.deliverable == name],
            "accepted": told_if(next((entry for entry in accepted if entry.event.deliverable == name), None)),
            "dropped": name not in standing,
        }


def _milestone(found: MilestoneStanding, history: History, today: date) -> Data:
    notes = [each.event.note for each in history.in_phase(MilestoneReached) if each.event.milestone == found.id]
    return {
        "milestone": found.id,
        "title": found.title,
        "workstream": found.workstream,
        "first": str(found.first),
        "now": str(found.now),
        "moved": found.moved,
        "dates": [
            {"by": str(each.by), "pid": each.pid, "change": each.change, "agreed": each.agreed} for each in found.dates
        ],
        "reached": str(found.reached) if found.reached else None,
        "note": notes[-1] if notes else None,
        "dropped": found.dropped,
        "standing": _standing(found, today),
    }


def _standing(found: MilestoneStanding, today: date) -> str:
    if found.reached:
        return "reached"
    if found.dropped:
        return "dropped"
    return "passed" if found.now.latest < today else "open"


def show_project(data: Data, words: Words) -> None:
    """The project on the page."""
    listed(
        "Mobilisation meeting",
        ("On", "Present", "Note"),
        ((day(met["on"]), roles(met["present"], words), met["note"]) for met in data["mobilised"]),
    )
    listed(
        "Project leads",
        ("Party", "Person", "Name", "Standing", "Named", "After somebody else", "Holds it still"),
        (
            (
                Cell(words.party(lead["party"]), lead["party"]),
                lead["person"],
                lead["name"],
                lead["standing"],
                day(lead["on"]),
                yes_or_no(lead["change"]),
                yes_or_no(lead["holds"]),
            )
            for lead in data["leads"]
        ),
    )
    team = data["core_team"]
    listed(
        "Core team",
        ("Person", "Name", "As", "Named"),
        (
            (each["person"], each["name"], Cell(plain(each["part"]), each["part"]), day(team["on"]))
            for each in (team or {}).get("members", ())
        ),
    )
    if team:
        listed(
            "Changed since it was last named",
            ("Person", "Change"),
            (
                *((person, "joined") for person in team["joined"]),
                *((person, "left") for person in team["left"]),
            ),
        )
    _show_pids(data, words)
    listed(
        "Deliverables",
        ("Deliverable", "Title", "Workstream", "Handed in", "Accepted", "Dropped"),
        (
            (
                each["deliverable"],
                each["title"],
                each["workstream"],
                days_of(each["submitted"]) or "no",
                done(each["accepted"]) if each["accepted"] else "no",
                yes_or_no(each["dropped"]),
            )
            for each in data["deliverables"]
        ),
    )
    listed(
        "Milestones",
        ("Milestone", "Title", "Workstream", "First date", "Date now", "Moved by", "Reached", "Standing", "Note"),
        (
            (
                each["milestone"],
                each["title"],
                each["workstream"],
                day(each["first"]),
                day(each["now"]),
                ", ".join(_moves(each["dates"])),
                day(each["reached"]),
                Cell(STANDINGS[each["standing"]], each["standing"], "bold red" if each["standing"] == "passed" else ""),
                each["note"],
            )
            for each in data["milestones"]
        ),
    )


def _moves(dates: list[Data]) -> Iterator[str]:
    """What gave a milestone another date than it had: `PID 2 (not agreed)`, `change 1`."""
    for before, after in pairwise(dates):
        if before["by"] != after["by"]:
            by = f"PID {after['pid']}" if after["pid"] else f"change {after['change']}"
            yield by if after["agreed"] else f"{by} (not agreed)"


def _show_pids(data: Data, words: Words) -> None:
    pids = data["pids"]
    listed(
        "Project initiation documents",
        ("PID", "Submitted", "Agreed", "In force", "Abridged", "Handling of information"),
        (
            (
                str(pid["pid"]),
                day(pid["on"]),
                done(pid["agreed"]) if pid["agreed"] else "not agreed",
                yes_or_no(pid["in_force"]),
                yes_or_no(pid["abridged"]),
                pid["information"],
            )
            for pid in pids
        ),
    )
    added: list[tuple[Values, ...]] = [
        ("a change", each["workstream"], each["title"]) for each in data["workstreams"] if each["added"]
    ]
    listed(
        "Workstreams",
        ("Planned in", "Workstream", "Title"),
        (*((f"PID {pid['pid']}", each["id"], each["title"]) for pid in pids for each in pid["workstreams"]), *added),
    )
    listed(
        "Roles in the project",
        ("PID", "Who", "Does"),
        ((str(pid["pid"]), role(_somebody(each), words), each["does"]) for pid in pids for each in pid["roles"]),
    )


def _somebody(each: Data) -> str:
    return "/".join(said for said in (each["role"], each["person"]) if said)
