"""What happened, in words: a title for every event, with its sealed values where they are still there.

An event is told from its stored body alone, so that one of an older release is told as well as one of this one.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from rich.text import Text
from sqlalchemy import Connection

from activities.library import Library
from cli import dates
from cli.desk import reader
from cli.output import clean
from cli.words import Words, all_of, plain
from domain.records import Recorded
from domain.sealed import is_commitment
from ledger import events, sealing
from ledger.store import Ledger

OUTCOMES = {
    "engage": "a team is engaged",
    "monitor-only": "monitoring only",
    "statutory-intervention": "statutory intervention",
}
CLOSED = {
    "stage-left": "the stage was left",
    "engagement-closed": "the engagement is over",
    "withdrawn": "what it followed from was withdrawn",
    "replaced": "another date replaced it",
    "corrected": "its date was corrected",
}
SERVICES = {"whole-council": "the whole council"}

Body = Mapping[str, Any]


def service(name: str) -> str:
    """`social services`."""
    return SERVICES.get(name, name.replace("-", " "))


def stars(count: Any) -> str:
    """`no stars`, `1 star`, `2 stars`."""
    return "no stars" if count == 0 else dates.plural(count, "star")


def title(event: str, body: Body, words: Words) -> str:
    """What an event says, in a few words. Sealed values are told apart: see `sealed_in`."""
    for tell in (_course, _early, _agreeing, _working, _ending, _owing, _council, _others):
        said = tell(event, body, words)
        if said is not None:
            return said
    return plain(event).capitalize()


def _course(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "engagement-opened":
            return f"Engagement opened in {service(b['service'])}, model {b['model']}"
        case "stage-entered":
            return f"Stage entered: {words.stage(b['stage'])}" + (" (assumed)" if b.get("assumed") else "")
        case "engagement-closed":
            return f"Engagement over: {words.stage(b['end'])}"
        case "stage-assumed":
            return f"Assumed to have come to {words.stage(b['to'])}"
        case "engagement-stopped":
            return "Engagement stopped"
        case "opened-in-error":
            return "Opened in error" + (": the rating was withdrawn" if b.get("rating") else "")
        case "note-added":
            return "Note"
        case "event-corrected":
            fields = [*b["changes"], *(["its date"] if b.get("occurred") else [])]
            return f"Correction of {b['version']} ({plain(b['corrects'])}): {all_of(fields)}"
        case "event-withdrawn":
            return f"Withdrawal of {b['version']} ({plain(b['withdraws'])})"
        case "history-imported":
            goes_on = "; the engagement goes on from here" if b["live"] else ""
            return f"History of {dates.plural(b['steps'], 'step')} brought in{goes_on}"
        case "rating-noted":
            return f"The council was rated again: {stars(b['stars'])}"
        case "special-measures-ended":
            return f"Special measures ended: {stars(b['stars'])}"
        case "special-measures-resumed":
            return "Special measures resumed"
    return None


def _early(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "council-met":
            return "The Chief Inspector met the council"
        case "monitoring-visited":
            return "Monitoring visit"
        case "strategy-meeting-held":
            return "Strategy meeting"
        case "target-set":
            return f"Target set for {dates.when_in(b['by'])}"
        case "pip-received":
            return f"Improvement plan {b['plan']} received"
        case "pip-judged":
            faults = f" ({', '.join(b['faults'])})" if b.get("faults") else ""
            return f"Improvement plan {b['plan']} judged {b['verdict'].replace('-', ' ')}{faults}"
        case "pip-help-asked":
            return "A team asked to help write the plan"
        case "team-requested":
            return "The council asked for a team"
        case "recommendation-made":
            return f"Recommended: {OUTCOMES.get(b['outcome'], b['outcome'])}"
        case "decision-recorded":
            return f"Decided: {OUTCOMES.get(b['outcome'], b['outcome'])}"
    return None


def _agreeing(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "scope-drafted":
            return f"Scope drafted, version {b['draft']}"
        case "scope-commented":
            return f"Comment on version {b['draft']} of the scope"
        case "scope-agreed":
            return f"Version {b['draft']} of the scope agreed"
        case "scope-disputed":
            return f"Version {b['draft']} of the scope disputed"
        case "tenders-invited":
            closes = f", closing {dates.when_in(b['closes'])}" if b.get("closes") else ""
            return f"Tenders invited ({b['route']}){closes}"
        case "clarification-held":
            return "Clarification meeting with bidders"
        case "bid-received":
            return f"Bid received from {b['bidder']}"
        case "presentations-held":
            return "Presentations" + (f" by {all_of(b['bidders'])}" if b.get("bidders") else "")
        case "panel-sat":
            return f"Panel sat and prefers {b['preferred']}" + ("" if b["quorate"] else " (not quorate)")
        case "contract-awarded":
            return _award(b)
    return None


def _award(b: Body) -> str:
    said = f"Contract awarded to {b['team']}"
    if b.get("days"):
        said += f" for {b['days']} days"
    if b.get("price"):
        said += f" at £{b['price']}"
    if b.get("starts"):
        said += f", from {dates.when_in(b['starts'])}"
    if b.get("ends"):
        said += f", to {dates.when_in(b['ends'])}"
    return said


def _working(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "mobilisation-meeting-held":
            return "Mobilisation meeting"
        case "lead-named":
            return f"Project lead of the {b['party']} named ({b['person']})"
        case "pid-submitted":
            parts = [
                dates.plural(len(b.get(f"{name}s", ())), name) for name in ("workstream", "deliverable", "milestone")
            ]
            return f"Project initiation document {b['pid']} submitted: {', '.join(parts)}"
        case "pid-agreed":
            return f"Project initiation document {b['pid']} agreed"
        case "deliverable-submitted":
            return f"Deliverable handed in: {b['deliverable']}"
        case "deliverable-accepted":
            return f"Deliverable accepted: {b['deliverable']}"
        case "board-scheduled":
            return f"Board {b['board']} set for {dates.when_in(b['date'])}"
        case "report-sent":
            return f"Report sent to board {b['board']}"
        case "board-held":
            return f"Board {b['board']} held"
        case "minutes-circulated":
            return f"Minutes of board {b['board']} circulated"
        case "change-requested":
            return f"Change {b['change']} requested" + (f": {b['days']} more days" if b.get("days") else "")
        case "change-decided":
            return f"Change {b['change']} {'approved' if b['approved'] else 'turned down'}"
        case "council-readiness-agreed":
            return "The board agreed that the council is ready to lead"
        case "days-used":
            return f"{b['days']} days used" + (f" on {b['workstream']}" if b.get("workstream") else "")
        case "days-signed-off":
            return f"{b['days']} days signed off for payment"
    return None


def _ending(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "lead-passed":
            return f"Lead passed to the council for {b['days']} days"
        case "lead-kept":
            return "The lead does not pass to the council"
        case "piece-commissioned":
            return "Piece of work commissioned" + (f" ({b['days']} days)" if b.get("days") else "")
        case "final-days-used":
            return f"{b['days']} of the council's days used"
        case "final-days-released":
            return f"{b['days']} of the council's days given back"
        case "deliverables-evaluated":
            return "Deliverables evaluated"
        case "contribution-evaluated":
            return "The team's contribution evaluated"
        case "impact-evaluated":
            return "What changed in the council evaluated" + (f": {', '.join(b['impact'])}" if b.get("impact") else "")
        case "exit-signed-off":
            return "Exit signed off" + (", tied to an inspection" if b.get("inspection") else "")
        case "next-step-recorded":
            return f"Next step: {b['next'].replace('-', ' ')}"
        case "further-phase-started":
            return "A further phase started"
        case "review-recorded":
            return "Follow-up review done"
        case "review-waived":
            return "Follow-up review waived"
    return None


def _owing(event: str, b: Body, words: Words) -> str | None:
    if not event.startswith("obligation-"):
        return None
    owed = words.owed(b["obligation"])
    late = " (done late: the clock was held up)" if b.get("late") else ""
    match event:
        case "obligation-opened":
            due = dates.deadline(date.fromisoformat(b["due_on"]))
            return f"Owed by {due}: {owed} ({words.title_of_role(b['owner'])})"
        case "obligation-met":
            return f"Done {'late' if b['late'] else 'in time'}: {owed}"
        case "obligation-closed":
            return f"No longer owed, as {CLOSED.get(b['because'], b['because'])}: {owed}"
        case "obligation-reminded":
            return f"{words.title_of_role(b['to'])} reminded: {owed}{late}"
        case "obligation-passed":
            return f"Late: {owed}{late}"
        case "obligation-escalated":
            return f"{words.title_of_role(b['to'])} told that it is late: {owed}{late}"
    return None


def _council(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "rating-published":
            inferred = " (inferred)" if b.get("inferred") else ""
            return f"{service(b['service']).capitalize()} rated: {stars(b['stars'])}{inferred}"
        case "rating-withdrawn":
            return f"Rating of version {b['rating']} withdrawn"
        case "assessment-recorded":
            return str(b["kind"]).replace("-", " ").capitalize() + (f" by {b['by']}" if b.get("by") else "")
        case "intervention-opened":
            return f"Engagement {b['engagement']} opened in {service(b['service'])}"
        case "intervention-closed":
            return f"Engagement {b['engagement']} over: {words.stage(b['end'])}"
    return None


def _others(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "notice-asked":
            return f"{words.title_of_role(b['to'])} to be told: {plain(b['template'])}"
        case "notice-sent":
            return "Notice sent"
        case "notice-given-up":
            return f"Notice given up after {dates.plural(b['attempts'], 'attempt')}"
        case "command-refused":
            from cli.prose import refused

            return f"Refused: {b['command']}. {refused(b['rule'], b['details'], words).sentence}"
        case "lifecycle-published":
            return f"Lifecycle published: {b['id']}@{b['version']}"
        case "calendar-published":
            return f"Calendar published: {b['id']}@{b['version']}"
        case "engagement-stuck":
            return f"The clock of {b['engagement']} keeps failing ({b['failure']})"
    return None


# Sealed values


def sealed_in(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The commitments in a body, each with its place: `deliverables 1 title`."""
    if is_commitment(value):
        yield " ".join(path), value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from sealed_in(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            yield from sealed_in(inner, (*path, str(number)))


ERASED = "(erased)"


def values_of(conn: Connection, bodies: Iterable[Any]) -> dict[str, Any]:
    """The values behind the commitments of some bodies, those that are still there."""
    wanted = [commitment for body in bodies for _, commitment in sealed_in(body)]
    return sealing.unseal(conn, wanted)


# One event as it happens


@lru_cache(maxsize=4)
def _library(ledger: Ledger) -> Library:
    return Library()


@lru_cache(maxsize=10_000)
def _model_of(ledger: Ledger, stream: str) -> str | None:
    with ledger.reading() as conn:
        first = next(iter(events.read_stream(conn, stream)), None)
    return first.body.get("model") if first else None


def words_for(ledger: Ledger, stream: str) -> Words:
    """The titles of the lifecycle that a stream is held to, then those of the others."""
    library, family = _library(ledger), stream.partition("/")[0]
    model = _model_of(ledger, stream) if family == "engagement" else None
    with ledger.reading() as conn:
        library.refresh(reader(conn))
        newest = library.newest()
        return Words((library.rules(model, reader(conn)).lifecycle, *newest) if model else newest)


def one_line(ledger: Ledger, event: Recorded) -> Text:
    """An event on one line, for whoever watches: when it happened, where, and what."""
    said = title(event.type, event.body, words_for(ledger, event.stream))
    name = event.stream.partition("/")[2]
    return Text(clean(f"{dates.when(event.occurred):<27} {name:<25} {said}"))
