"""Obligations and their clocks."""

from datetime import date

from faces import dates
from faces.said import Body
from faces.words import Words

CLOSED = {
    "stage-left": "the stage was left",
    "engagement-closed": "the engagement is over",
    "withdrawn": "what it followed from was withdrawn",
    "replaced": "another date replaced it",
    "corrected": "its date was corrected",
    "lapsed": "it lapsed by itself",
    "carried": "it is carried over to the new lifecycle",
    "let-go": "it was let go with the move",
}

MOVED = {"resumed": "as its clock goes on", "calendar": "as the calendar has changed"}

GROUNDS = {
    "election": " (an election)",
    "dispute": " (a dispute)",
    "other-body": " (waiting for another body)",
    "other": "",
}


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
    if not event.startswith(("obligation-", "clock-")):
        return None
    owed = words.owed(b["obligation"])
    late = " (done late: the clock was held up)" if b.get("late") else ""
    if b.get("overtaken"):
        late = " (late, and left to a later one that was due as well)"
    match event:
        case "obligation-opened":
            due = dates.deadline(date.fromisoformat(b["due_on"]))
            carried = f", carried over from {words.owed(was['obligation'])}" if (was := b.get("carried")) else ""
            return f"Owed by {due}{carried}: {owed} ({words.title_of_role(b['owner'])})"
        case "obligation-met":
            return f"Done {'late' if b['late'] else 'in time'}: {owed}"
        case "obligation-closed":
            return f"No longer owed, as {CLOSED.get(b['because'], b['because'])}: {owed}"
        case "obligation-rescheduled":
            due = dates.deadline(date.fromisoformat(b["due_on"]))
            return f"Owed by {due}, {MOVED.get(b['because'], b['because'])}: {owed}"
        case "clock-paused":
            since = dates.day(date.fromisoformat(b["on"]))
            why = GROUNDS.get(b["ground"], b["ground"])
            return f"Clock paused from {since}{why}, {dates.working_days(b['left'])} left: {owed}"
        case "clock-resumed":
            since = dates.day(date.fromisoformat(b["on"]))
            return f"Clock goes on from {since}, after standing for {dates.working_days(b['paused'])}: {owed}"
        case "obligation-reminded":
            return f"{words.title_of_role(b['to'])} reminded: {owed}{late}"
        case "obligation-passed":
            rule = words.obligation(b["obligation"])
            return f"{'Lapsed' if rule and rule.lapses else 'Late'}: {owed}{late}"
        case "obligation-escalated":
            return f"{words.title_of_role(b['to'])} told that it is late: {owed}{late}"
    return None
