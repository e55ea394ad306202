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
from cli.words import Words, all_of, plain, pounds
from domain.records import Recorded
from domain.sealed import is_commitment
from ledger import events, sealing
from ledger.store import Ledger

OUTCOMES = {
    "engage": "a team is engaged",
    "monitor-only": "monitoring only",
    "statutory-intervention": "statutory intervention",
}
VERDICTS = {"met": "met", "partly": "met in part", "not-met": "not met"}
LEAVING = {"safe": "Services", "sustainable": "Improvement"}
MANAGEMENT = {
    "wait": "wait",
    "narrow-scope": "narrow the scope",
    "interim-managers": "the team gives interim managers",
    "go-ahead": "go ahead",
}
INTERVENTION = {"denial": "Overcoming denial", "action": "Taking action", "exit": "Exit of intervention"}
IMPROVED = {"yes": "it improved", "partly": "it improved in part", "no": "it did not improve"}
FINDINGS = {
    "better": "the council fares better",
    "same": "the council fares the same",
    "worse": "the council fares worse",
}
BOUNCED = {
    "refused": "the mail server refused the address",
    "bad-address": "what is given as the address can't be one",
    "no-address": "there is no address",
}
CLOSED = {
    "stage-left": "the stage was left",
    "engagement-closed": "the engagement is over",
    "withdrawn": "what it followed from was withdrawn",
    "replaced": "another date replaced it",
    "corrected": "its date was corrected",
}
MOVED = {"resumed": "as its clock goes on", "calendar": "as the calendar has changed"}
GROUNDS = {
    "election": " (an election)",
    "dispute": " (a dispute)",
    "other-body": " (waiting for another body)",
    "other": "",
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
    tellers = (_course, _early, _agreeing, _people, _working, _work, _boards, _ending, _owing, _council, _directory)
    for tell in (*tellers, _others):
        said = tell(event, body, words)
        if said is not None:
            return said
    return plain(event).capitalize()


def _course(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "engagement-opened":
            return _opening(b)
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
        case "fact-disputed":
            return f"Dispute {b['dispute']} over {b['version']} ({plain(b['disputes'])}): {_two_sides(b)}"
        case "fact-chosen":
            return f"Dispute {b['dispute']}: what {_SIDES.get(b['use'], b['use'])} is used"
        case "history-imported":
            goes_on = "; the engagement goes on from here" if b["live"] else ""
            return f"History of {dates.plural(b['steps'], 'step')} brought in{goes_on}"
        case "rating-noted":
            return f"The council was rated again: {stars(b['stars'])}"
        case "special-measures-ended":
            return f"Special measures ended: {stars(b['stars'])}"
        case "special-measures-resumed":
            return "Special measures resumed"
        case "special-measures-placed":
            return "Placed on special measures: no stars"
        case "special-measures-lifted":
            return "Special measures lifted: the rating that placed them was withdrawn"
        case "rating-lapsed":
            return "A later rating was withdrawn, and none stands"
    return None


_SIDES = {"recorded": "was recorded", "other": "the other source has"}


def _two_sides(b: Body) -> str:
    """`starts October 2002 or August 2002`; a value that is sealed, or that has parts, is only named."""
    dates_of = [("its date", b["recorded_occurred"], b["occurred"])] if b.get("occurred") else []
    sides = [*((name, b["recorded"].get(name), other) for name, other in b["changes"].items()), *dates_of]
    return all_of(_either(*side) for side in sides)


def _either(name: str, recorded: Any, other: Any) -> str:
    said = [dates.when_in(v) if isinstance(v, Mapping) and "printed" in v else v for v in (recorded, other)]
    if any(is_commitment(v) or isinstance(v, Mapping | list) for v in said):
        return name
    return f"{name} {' or '.join('nothing' if v is None else str(v) for v in said)}"


KINDS = {"preventive": "Preventive engagement", "direct-commission": "Direct commission"}


def _opening(b: Body) -> str:
    """Zero stars place a council on special measures by themselves: the opening says so."""
    said = f"{KINDS.get(b.get('kind') or '', 'Engagement')} opened in {service(b['service'])}, model {b['model']}"
    placed = b.get("stars") == 0 and b.get("kind") not in KINDS
    return said + ("; placed on special measures" if placed else "")


def _early(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "council-met":
            return "The Chief Inspector met the council"
        case "monitoring-visited":
            return "Monitoring visit" + (f": things are {b['progress']}" if b.get("progress") else "")
        case "strategy-meeting-held":
            following = f"; the next {dates.when_in(b['next'])}" if b.get("next") else ""
            return "Strategy meeting" + following
        case "target-set":
            number = f" {b['target']}" if b.get("target") else ""
            expects = f": {' or '.join(b['expects'])}" if b.get("expects") else ""
            return f"Target{number} set for {dates.when_in(b['by'])}{expects}"
        case "target-followed-up":
            shown = f" ({', '.join(b['shown'])} shown)" if b.get("shown") else ""
            return f"Target {b['target']} {'so far ' if b.get('interim') else ''}{VERDICTS.get(b['verdict'], b['verdict'])}{shown}"
        case "own-body-recorded":
            return f"The council's own body recorded: {b['body']}"
        case "own-body-ended":
            return f"The council's own body ended: {b['body']}"
        case "leaving-judged":
            return f"{LEAVING.get(b['side'], b['side'])} judged {'' if b['met'] else 'not '}{b['side']}"
        case "pip-received":
            pages = f", {dates.plural(b['pages'], 'page')}" if b.get("pages") else ""
            others = f", beside {dates.plural(b['other_plans'], 'other plan')}" if b.get("other_plans") else ""
            return f"Improvement plan {b['plan']} received{pages}{others}"
        case "pip-judged":
            faults = f" ({', '.join(b['faults'])})" if b.get("faults") else ""
            return f"Improvement plan {b['plan']} judged {b['verdict'].replace('-', ' ')}{faults}"
        case "pip-help-asked":
            return "A team asked to help write the plan"
        case "pip-reviewed":
            return f"Improvement plan {b['plan']} reviewed: {b['progress'].replace('-', ' ')}"
        case "team-requested":
            return "The council asked for a team"
        case "conditions-assessed":
            return f"Conditions assessed, round {b['round']}: {_conditions(b)}"
        case "ingredients-assessed":
            return _ingredients(b)
        case "intervention-activity-recorded":
            return f"{INTERVENTION.get(b['phase'], b['phase'])}: {plain(b['activity'])}"
        case "missing-management-answered":
            return f"No stable management: {MANAGEMENT.get(b['answer'], b['answer'])}"
        case "authority-recorded":
            until = f" to {dates.when_in(b['ends'])}" if b.get("ends") else ""
            held = f"{b['kind'].capitalize()} {b['authority']} held by {b['holder']}"
            return f"{held}, from {dates.when_in(b['starts'])}{until}"
        case "authority-ended":
            return f"Authority {b['authority']} ended"
        case "recommendation-made":
            return f"Recommended: {OUTCOMES.get(b['outcome'], b['outcome'])}"
        case "decision-recorded":
            under = f" (under authority {b['authority']})" if b.get("authority") else ""
            return f"Decided: {OUTCOMES.get(b['outcome'], b['outcome'])}{under}"
    return None


def _conditions(b: Body) -> str:
    held = [each["holds"] for each in b["assessments"]]
    counts = (
        ("yes", "holds", "hold"),
        ("partly", "holds in part", "hold in part"),
        ("no", "does not hold", "do not hold"),
    )
    return ", ".join(
        f"{held.count(value)} {one if held.count(value) == 1 else more}" for value, one, more in counts if value in held
    )


def _ingredients(b: Body) -> str:
    missing = f"missing {all_of(b['missing'])}" if b.get("missing") else "all present"
    predicted = f", which predicts {b['predicted'].partition('-')[0]}" if b.get("predicted") else ""
    return f"Ingredients of change: {missing}{predicted}" + (" (assumed)" if b.get("assumed") else "")


def _agreeing(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "scope-drafted":
            return f"Scope drafted, version {b['draft']}"
        case "diagnosis-decided":
            how = f", by {b['method']}" if b.get("method") else ""
            known = f" (what is known is {b['quality']})" if b.get("quality") else ""
            return ("Further diagnosis is needed" if b["needed"] else "No further diagnosis is needed") + how + known
        case "scope-commented":
            number = f" {b['comment']}" if b.get("comment") else ""
            return f"Comment{number} on version {b['draft']} of the scope"
        case "comment-answered":
            return f"Comment {b['comment']} on the scope answered: {'taken up' if b['taken'] else 'not taken up'}"
        case "scope-agreed":
            return f"Version {b['draft']} of the scope agreed"
        case "scope-disputed":
            return f"Version {b['draft']} of the scope disputed"
        case "tenders-invited":
            closes = f", closing {dates.when_in(b['closes'])}" if b.get("closes") else ""
            framework = f", {b['framework']}" if b.get("framework") else ""
            return f"Tenders invited ({b['route']}{framework}){closes}"
        case "clarification-held":
            return "Clarification meeting with " + (all_of(b["bidders"]) if b.get("bidders") else "bidders")
        case "bid-received":
            return f"Bid received from {b['bidder']}"
        case "individual-taken-off":
            return f"{b['person']} taken off the bid of {b['bidder']} at the council's request"
        case "presentations-held":
            return "Presentations" + (f" by {all_of(b['bidders'])}" if b.get("bidders") else "")
        case "interest-declared":
            return f"{b['member']} declared an interest in {b['bidder']}"
        case "bid-scored":
            return f"Bid of {b['bidder']} scored by {b['member']}"
        case "panel-sat":
            aside = f", {all_of(b['aside'])} aside" if b.get("aside") else ""
            return f"Panel sat{aside} and prefers {b['preferred']}" + ("" if b["quorate"] else " (not quorate)")
        case "contract-awarded":
            return _award(b)
    return None


def _award(b: Body) -> str:
    said = f"Contract awarded to {b['team']}"
    if b.get("days"):
        said += f" for {dates.plural(b['days'], 'day')}"
    if b.get("price"):
        said += f" at {pounds(b['price'])}"
    if b.get("fixed_charges") and b.get("variable_charges"):
        said += f" ({pounds(b['fixed_charges'])} fixed, {pounds(b['variable_charges'])} variable)"
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
            return f"Project lead of the {b['party']} named ({b['person']}{_standing(b)})" + _instead(b)
        case "pid-submitted":
            parts = [
                dates.plural(len(b.get(f"{name}s", ())), name) for name in ("workstream", "deliverable", "milestone")
            ]
            abridged = " (abridged)" if b.get("abridged") else ""
            return f"Project initiation document {b['pid']}{abridged} submitted: {', '.join(parts)}"
        case "pid-agreed":
            return f"Project initiation document {b['pid']} agreed"
        case "deliverable-submitted":
            return f"Deliverable handed in: {b['deliverable']}"
        case "deliverable-accepted":
            return f"Deliverable accepted: {b['deliverable']}"
        case "board-scheduled":
            kind = "Extraordinary board" if b.get("extraordinary") else "Board"
            tied = f", for milestone {b['milestone']}" if b.get("milestone") else ""
            return f"{kind} {b['board']} set for {dates.when_in(b['date'])}{tied}"
        case "report-sent":
            agreed = b.get("agreed_with_council")
            said = "" if agreed is None else ", agreed with the council" if agreed else ", not agreed with the council"
            return f"Report sent to board {b['board']}{said}"
        case "board-held":
            present = f", {b['present']} present" if b.get("present") else ""
            return f"Board {b['board']} held{present}" + (" (not quorate)" if b.get("quorate") is False else "")
        case "minutes-circulated":
            listed = f", with {dates.plural(len(b['actions']), 'action')}" if b.get("actions") else ""
            return f"Minutes of board {b['board']} circulated{listed}"
        case "change-requested":
            return _change(b)
        case "change-decided":
            return f"Change {b['change']} {'approved' if b['approved'] else 'turned down'}"
        case "council-readiness-agreed":
            return "The board agreed that the council is ready to lead"
        case "days-used":
            whose = f" by {b['consultant']}" if b.get("consultant") else ""
            claim = f" (claim {b['claim']})" if b.get("claim") else ""
            return (
                f"{dates.plural(b['days'], 'day')} used{whose}"
                + (f" on {b['workstream']}" if b.get("workstream") else "")
                + claim
            )
        case "days-signed-off":
            return f"{dates.plural(b['days'], 'day')} signed off for payment" + _claims(b)
        case "payment-recorded":
            days = f" for {dates.plural(b['days'], 'day')}" if b.get("days") else ""
            return f"{pounds(b['amount'])} paid{days} ({b['kind']} charge, invoice {b['invoice']})"
    return None


def _people(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "core-team-named":
            members = all_of(f"{member['person']} ({plain(member['part'])})" for member in b["members"])
            return f"Core team named: {members}" + _instead(b)
        case "post-holder-recorded":
            also = f", linked to {dates.plural(len(b['linked']), 'other council')} too" if b.get("linked") else ""
            holder = f"{words.title_of_role(b['post'])}: {b['person']}{_standing(b)}"
            return holder + also + _instead(b)
        case "post-holder-left":
            return f"{words.title_of_role(b['post'])} left" + (f" ({b['person']})" if b.get("person") else "")
    return None


def _standing(b: Body) -> str:
    return f", {b['standing']}" if b.get("standing") else ""


def _instead(b: Body) -> str:
    return ", in place of somebody else" if b.get("change") else ""


def _work(event: str, b: Body, words: Words) -> str | None:
    on = f" (workstream {b['workstream']})" if b.get("workstream") else ""
    match event:
        case "milestone-reached":
            return f"Milestone reached: {b['milestone']}"
        case "activity-recorded":
            style = f", in the style of {plain(b['style'])}" if b.get("style") else ""
            return f"The team's work: {b['activity'].replace('.', ', ').replace('-', ' ')}{style}{on}"
        case "product-recorded":
            return f"Product of the team: {b['product']}{on}"
        case "workstream-judged":
            return f"Workstream {b['workstream']} succeeded {b['success']}"
        case "parallel-work-recorded":
            return f"The council bought the same work from {b['firm']}{on}"
    return None


def _change(b: Body) -> str:
    wanted = [dates.plural(b["days"], "more day")] if b.get("days") else []
    wanted.extend(f"workstream {item['id']}" for item in b.get("workstreams", ()))
    wanted.extend(f"{item['id']} by {dates.when_in(item['by'])}" for item in b.get("milestones", ()))
    said = f"Change {b['change']} requested"
    if b.get("occasion"):
        said += f" ({b['occasion'].replace('-', ' ')})"
    return f"{said}: {', '.join(wanted)}" if wanted else said


def _boards(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "member-appointed":
            return _member(b, words)
        case "membership-ended":
            return f"{_seat(b, words)} left the board"
        case "action-closed":
            return f"Action closed: {b['action']}"
        case "work-stalled":
            return "The work stalled" + (f", over change {b['change']}" if b.get("change") else "")
        case "work-resumed":
            return "The work goes on"
        case "contact-rhythm-agreed":
            return f"Contact between leads agreed: {b['every']}"
        case "leads-contacted":
            return f"Leads in contact: {all_of(words.title_of_role(role) for role in b['between'])}"
    return None


def _member(b: Body, words: Words) -> str:
    if b.get("observer"):
        said = f"{_seat(b, words)} observes the board"
    else:
        said = f"{_seat(b, words)} {'takes the chair of' if b.get('chair') else 'joins'} the board"
    return said + (f" ({b['standing']})" if b.get("standing") else "")


def _seat(b: Body, words: Words) -> str:
    return words.title_of_role(b["role"]) + (f" {b['person']}" if b.get("person") else "")


def _claims(b: Body) -> str:
    numbers = [str(number) for number in b.get("claims") or ()]
    return f" ({'claim' if len(numbers) == 1 else 'claims'} {all_of(numbers)})" if numbers else ""


def _ending(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "lead-passed":
            return f"Lead passed to the council for {dates.plural(b['days'], 'day')}"
        case "lead-kept":
            return "The lead does not pass to the council"
        case "piece-commissioned":
            name = f": {b['piece']}" if b.get("piece") else ""
            return f"Piece of work commissioned{name}" + (
                f" ({dates.plural(b['days'], 'day')})" if b.get("days") else ""
            )
        case "piece-finished":
            return f"Piece of work finished: {b['piece']}"
        case "main-work-ended":
            tasks = [task["id"] for task in b.get("tasks") or ()]
            until = f" until {dates.when_in(b['until'])}" if b.get("until") else ""
            return "Main work ended" + (f"; {all_of(tasks)} still to do{until}" if tasks else "")
        case "task-ended":
            return f"Task ended: {b['task']}"
        case "final-days-used":
            whose = f" by {b['consultant']}" if b.get("consultant") else ""
            claim = f" (claim {b['claim']})" if b.get("claim") else ""
            return (
                f"{b['days']} of the council's days used{whose}{' on ' + b['piece'] if b.get('piece') else ''}{claim}"
            )
        case "final-days-released":
            return f"{b['days']} of the council's days given back"
        case "deliverables-evaluated":
            kinds = (("met", "met"), ("unmet", "not met"))
            found = [f"{all_of(b[name])} {said}" for name, said in kinds if b.get(name)]
            return "Deliverables evaluated" + (f": {'; '.join(found)}" if found else "")
        case "contribution-evaluated":
            return "The team's contribution evaluated" + (f": {', '.join(b['credited'])}" if b.get("credited") else "")
        case "improvement-evaluated":
            return f"The council's improvement evaluated: {IMPROVED.get(b['improved'], b['improved'])}"
        case "impact-evaluated":
            return "What changed in the council evaluated" + (f": {', '.join(b['impact'])}" if b.get("impact") else "")
        case "exit-signed-off":
            tied = ", tied to an inspection" if b.get("inspection") else ""
            on = f" ({dates.when_in(b['inspection_on'])})" if b.get("inspection_on") else ""
            unmet = f"; not met: {all_of(b['unmet_outcomes'])}" if b.get("unmet_outcomes") else ""
            return f"Exit signed off{tied}{on}{unmet}"
        case "next-step-recorded":
            return f"Next step: {b['next'].replace('-', ' ')}"
        case "further-phase-started":
            return "A further phase started" + (", abridged" if b.get("abridged") else "")
        case "review-recorded":
            return "Follow-up review done" + (
                f": {FINDINGS.get(b['finding'], b['finding'])}" if b.get("finding") else ""
            )
        case "review-waived":
            return "Follow-up review waived"
    return None


def _owing(event: str, b: Body, words: Words) -> str | None:
    if not event.startswith(("obligation-", "clock-")):
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
            return f"Late: {owed}{late}"
        case "obligation-escalated":
            return f"{words.title_of_role(b['to'])} told that it is late: {owed}{late}"
    return None


def _council(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "rating-published":
            refresh, inferred = " (refresh)" if b.get("refresh") else "", " (inferred)" if b.get("inferred") else ""
            return f"{service(b['service']).capitalize()} rated: {stars(b['stars'])}{refresh}{inferred}"
        case "rating-answered":
            return f"The council {'accepts' if b['accepted'] else 'refuses'} its rating of version {b['rating']}"
        case "rating-withdrawn":
            return f"Rating of version {b['rating']} withdrawn"
        case "assessment-recorded":
            return _assessment(b)
        case "population-recorded":
            return f"Population: {'over ' if b.get('approximate') else ''}{b['population']:,}"
        case "intervention-opened":
            kind = KINDS.get(b.get("kind") or "", "Engagement")
            return f"{kind} {b['engagement']} opened in {service(b['service'])}"
        case "intervention-closed":
            return f"Engagement {b['engagement']} over: {words.stage(b['end'])}"
    return None


def _assessment(b: Body) -> str:
    said = str(b["kind"]).replace("-", " ").capitalize()
    said += f" of {service(b['service'])}" if b.get("service") else ""
    said += f" by {b['by']}" if b.get("by") else ""
    said += f": {plain(b['result'])}" if b.get("result") else ""
    return said + (f" (capped; {b['uncapped']} without the cap)" if b.get("uncapped") else "")


CHANNELS = {"email": "by email", "file": "in a file"}


def _directory(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "person-registered":
            return f"{b['person']} registered" + (f", of {b['organisation']}" if b.get("organisation") else "")
        case "contact-changed":
            return f"Contact of {b['person']} changed: {_contact(b)}"
        case "role-given":
            role, until = words.title_of_role(b["role"]), f" to {dates.when_in(b['ends'])}" if b.get("ends") else ""
            held = f"{b['person']} holds {role} {scope(b.get('council'), b.get('engagement'))}"
            return f"{held}, from {dates.when_in(b['starts'])}{until} (holding {b['holding']})"
        case "role-ended":
            last = f" after {dates.when_in(b['last_day'])}" if b.get("last_day") else ""
            return f"{b['person']} no longer holds {words.title_of_role(b['role'])}{last} (holding {b['holding']})"
        case "absence-recorded":
            until = f" to {dates.when_in(b['ends'])}" if b.get("ends") else ""
            cover = f"; {b['cover']} stands in" if b.get("cover") else "; nobody stands in"
            return f"{b['person']} away from {dates.when_in(b['starts'])}{until}{cover}"
        case "absence-ended":
            return f"{b['person']} is back"
        case "preference-set":
            return f"{b['person']} is told {CHANNELS.get(b['channel'], b['channel'])}"
    return None


def _contact(b: Body) -> str:
    new = [name for name in ("name", "email", "organisation") if b.get(name)]
    return "; ".join(f"{what} {all_of(names)}" for what, names in (("new", new), ("no", b.get("removed"))) if names)


def scope(council: str | None, engagement: str | None) -> str:
    """Where a role is held: `everywhere`, `in E09000014`, `in haringey-1`."""
    return f"in {engagement or council}" if engagement or council else "everywhere"


def _to(b: Body) -> str:
    return f" to {b['recipient']}" if b.get("recipient") else ""


def _code(b: Body) -> str:
    return f" (the server's answer was {b['code']})" if b.get("code") else ""


def _others(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "notice-asked":
            return f"{words.title_of_role(b['to'])} to be told: {plain(b['template'])}"
        case "notice-addressed":
            people = [one["person"] or "the role" for one in b["recipients"]]
            return f"Notice for {all_of(people)}" if people else "Notice for nobody: nobody held the role"
        case "notice-attempted":
            return f"Notice{_to(b)} tried, attempt {b['attempt']}"
        case "notice-deferred":
            return f"Notice{_to(b)} not accepted at attempt {b['attempt']}" + _code(b)
        case "notice-sent":
            return f"Notice{_to(b)} sent" + (", possibly a second time" if b.get("repeat") else "")
        case "notice-bounced":
            return f"Notice{_to(b)} can't be delivered: {BOUNCED[b['why']]}" + _code(b)
        case "notice-given-up":
            return f"Notice{_to(b)} given up after {dates.plural(b['attempts'], 'attempt')}"
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


FOR_THE_PANEL = "(for the bidder and the panel)"


def values_of(conn: Connection, bodies: Iterable[Any], *, bids: bool = False) -> dict[str, Any]:
    """The values behind the commitments of some bodies, those that are still there.

    What a bid holds, its price and the CVs in it, are told only where `bids` says that whoever reads is of the panel.
    """
    wanted = [commitment for body in bodies for _, commitment in sealed_in(body)]
    kept = (value for value in sealing.sealed_values(conn, wanted).values() if value.erased_at is None)
    hidden = () if bids else ("bid", "cv")
    return {each.commitment: FOR_THE_PANEL if each.class_ in hidden else each.value for each in kept}


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
