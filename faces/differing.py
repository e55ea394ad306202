"""What differs between two states, in words: a line a value, with what it was before."""

from typing import Any

from domain.summary import Difference
from faces import dates, telling
from faces.dossier_disputes import USED
from faces.telling.deciding import OUTCOMES, VERDICTS
from faces.words import Words, all_of, plain, pounds

NAMES = {
    "stage": "Stage",
    "stage-since": "In this stage since",
    "closed": "Over",
    "model": "Model",
    "phase": "Phase",
    "special-measures": "On special measures",
    "assumed": "Stages assumed",
    "history": "History only",
    "owed": "Owed",
    "late": "Late",
    "paused": "Clock paused since",
    "reminders": "Reminders sent",
    "escalations": "Escalations sent",
    "plan": "Improvement plan",
    "plan-judged": "Improvement plan judged",
    "target": "Target",
    "recommended": "Recommended",
    "decided": "Decided",
    "authority": "Authority",
    "scope": "Draft of the scope",
    "scope-agreed": "Scope agreed by",
    "team": "Team",
    "price": "Price",
    "starts": "Contract starts",
    "ends": "Contract ends",
    "days-contracted": "Days contracted",
    "days-used": "Days used",
    "days-signed-off": "Days signed off",
    "days-with-the-council": "Days left to the council",
    "paid": "Paid",
    "post": "Post",
    "member": "On the board",
    "board": "Board set for",
    "board-held": "Board held",
    "board-cancelled": "Board called off",
    "action": "Action",
    "change": "Change",
    "milestone": "Milestone due",
    "milestone-reached": "Milestone reached",
    "deliverable": "Deliverable",
    "stalled-since": "Work stands still since",
    "main-work-ended": "Main work ended",
    "task": "Task",
    "signed-off": "Exit signed off",
    "next-step": "Next step",
    "reviewed": "Follow-up review",
    "review-waived": "Follow-up review waived",
    "notice": "Best Value Notice",
    "proposal": "Proposal",
    "directions": "Directions",
    "function": "Function",
    "appointment": "Appointment",
    "powers-used": "Reserved powers used",
    "report": "Report",
    "direction": "Direction",
    "contract-with": "Contract with the partner",
    "contract-ends": "Contract with the partner ends",
    "invoice": "Invoice",
    "indicator": "Indicator",
    "chair-report": "The chair's final report",
    "records": "Records",
    "dispute": "What is used in dispute",
    "stars": "Newest rating",
    "rated-on": "Newest rating published",
    "answer": "Answer to rating",
    "withdrawn": "Rating withdrawn",
    "engagement": "Engagement",
    "assessments": "Assessments",
    "population": "Population",
}
"""What each value of a summary is called."""

_DAYS = frozenset(
    [
        "stage-since",
        "paused",
        "starts",
        "contract-ends",
        "ends",
        "board",
        "board-held",
        "board-cancelled",
        "milestone",
        "milestone-reached",
        "stalled-since",
        "main-work-ended",
        "signed-off",
        "reviewed",
        "review-waived",
        "rated-on",
    ]
)


def line(found: Difference, words: Words) -> str:
    """`Stage: Decision (before: Special measures)`."""
    before, after = (said(found.what, value, words) for value in (found.before, found.after))
    return f"{name_of(found.what, found.of, words)}: {after} (before: {before})"


def name_of(what: str, of: str, words: Words) -> str:
    """What a value is called, and of which thing it is."""
    name = NAMES.get(what, plain(what).capitalize())
    if not of:
        return name
    match what:
        case "owed" | "late" | "paused" | "reminders" | "escalations":
            obligation, _, number = of.rpartition(" ")
            return f"{name}: {words.owed(obligation)} ({number})"
        case "post":
            return words.title_of_role(of)
        case "member":
            role, _, person = of.partition("/")
            return f"{name}: {words.title_of_role(role)}" + (f" ({person})" if person else "")
        case "stars" | "rated-on":
            return f"{name}, {telling.service(of)}"
    return f"{name} {of}"


def said(what: str, value: Any, words: Words) -> str:
    """A value as people read it."""
    if value is None:
        return "nothing"
    if value is True:
        return "yes"
    if what in _DAYS:
        return dates.printed(value)
    match what:
        case "stage" | "closed":
            return words.stage(value)
        case "engagement":
            return "open" if value == "open" else f"over, {words.stage(value)}"
        case "owed":
            return f"by {dates.printed(value)}"
        case "price" | "paid":
            return pounds(value)
        case "recommended" | "decided":
            return OUTCOMES.get(value) or str(value)
        case "target":
            return VERDICTS.get(value) or str(value)
        case "scope-agreed":
            return all_of(words.party(party) for party in value)
        case "stars":
            return telling.stars(int(value))
        case "dispute":
            return USED.get(value) or str(value)
        case "plan-judged" | "next-step" | "deliverable":
            return plain(value)
    return str(value)
