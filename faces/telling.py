"""What happened, in words: a title for every event, with its sealed values where they are still there.

An event is told from its stored body alone, so that one of an older release is told as well as one of this one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from rich.text import Text
from sqlalchemy import Connection

from activities.library import Library
from domain.records import Recorded
from domain.sealed import is_commitment
from faces import dates
from faces.page import clean
from faces.words import BENEFITS, FRANCHISE_PHASES, SIDES, Words, all_of, plain, pounds
from ledger import events, sealing
from ledger.events import reader
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
    "private-address": "the webhook leads into a private network that is not allowed by name",
    "gone": "the webhook is gone",
    "permanent-failure": "mail to the address comes back for good",
}
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
    tellers = (
        _course,
        _early,
        _agreeing,
        _people,
        _working,
        _work,
        _boards,
        _ending,
        _measuring,
        _franchise,
        _partnering,
        _intervening,
        _owing,
        _council,
        _directory,
        _others,
    )
    for tell in tellers:
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
        case "engagement-moved":
            return f"Moved from {b['from_model']} to {b['model']}: {words.stage(b['stage'])}"
        case "note-added":
            return "Note"
        case "item-recorded":
            return _item(b, words)
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


def _item(b: Body, words: Words) -> str:
    """A record of the model's own, by its title, with its fields: `Best Value Notice: until 30 November 2026`."""
    rule = words.record(b["record"])
    said: dict[str, str] = {name: dates.when_in(value) for name, value in b.get("dates", {}).items()}
    for name, value in {**b.get("amounts", {}), **b.get("values", {})}.items():
        held = rule.field(name) if rule else None
        said[name] = field(held.type if held else "id", value, words)
    order = [each.id for each in rule.fields] if rule else list(said)
    named = [f"{rule.title_of(name) if rule else plain(name)} {said[name]}" for name in order if name in said]
    title = rule.title if rule else plain(b["record"]).capitalize()
    return title + (f": {'; '.join(one[:1].lower() + one[1:] for one in named)}" if named else "")


def field(kind: str, value: Any, words: Words) -> str:
    """What stands in a field of a record of the model's own, by the kind of field."""
    if isinstance(value, list | tuple):
        return all_of(field(kind, each, words) for each in value)
    match kind:
        case "money":
            return pounds(value)
        case "yes-no":
            return "yes" if value else "no"
        case "role":
            return words.title_of_role(value)
        case "choice":
            return str(value).replace("-", " ")
    return str(value)


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


KINDS = {"preventive": "Preventive engagement", "direct-commission": "Direct commission", "triggered": "Engagement"}


def _opening(b: Body) -> str:
    """Zero stars place a council on special measures by themselves: the opening says so."""
    said = f"{KINDS.get(b.get('kind') or '', 'Engagement')} opened in {service(b['service'])}, model {b['model']}"
    placed = b.get("stars") == 0 and b.get("kind") not in KINDS
    if b.get("trigger"):
        said += f", for {plain(b['trigger'])}"
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
            at = f" at {b['time']}" if b.get("time") else ""
            return f"{kind} {b['board']} set for {dates.when_in(b['date'])}{at}{tied}"
        case "board-cancelled":
            return f"Board {b['board']} called off"
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


CONCLUDED = {"not-reissued": "not reissued", "ended-early": "ended early", "escalated": "escalated"}
ABOUT = {"intervention": "to intervene", "change": "to change the directions", "return": "to give functions back"}
FOLLOWS = {"go-on": "go on", "change": "change the directions", "return": "give functions back", "exit": "exit"}


def _intervening(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "best-value-notice-issued":
            how = "reissued" if b.get("renews") else "issued"
            themes = f": {all_of(map(plain, b['themes']))}" if b.get("themes") else ""
            return f"Best Value Notice {b['notice']} {how}, until {dates.when_in(b['until'])}{themes}"
        case "expectation-evidenced":
            what = f": {plain(b['expectation'])}" if b.get("expectation") else ""
            return f"Evidence given on what notice {b['notice']} asks{what}"
        case "best-value-notice-concluded":
            after = " (it had lapsed)" if b.get("lapsed") else ""
            return f"Best Value Notice {b['notice']} {CONCLUDED.get(b['outcome'], b['outcome'])}{after}"
        case "minded-to-announced":
            by = f"; representations by {dates.when_in(b['representations_by'])}" if b.get("representations_by") else ""
            return f"Minded {ABOUT.get(b['about'], b['about'])} (proposal {b['proposal']}){by}"
        case "representation-received":
            whose = "the council" if b["by"] == "council" else "somebody else"
            return f"Representation of {whose} on proposal {b['proposal']}"
        case "representations-considered":
            against = f", {b['against']} against" if b.get("against") is not None else ""
            how_many = "Representations" if b.get("count") is None else dates.plural(b["count"], "representation")
            return f"{how_many} on proposal {b['proposal']} considered{against}"
        case "proposal-dropped":
            return f"Proposal {b['proposal']} dropped"
        case "directions-issued":
            return _directions(b)
        case "directions-revoked":
            return f"Directions {all_of(map(str, b['directions']))} revoked"
        case "functions-returned":
            asked = ", as it had asked" if b.get("at_request") else ""
            return f"Returned to the council{asked}: {all_of(map(plain, b['functions']))}; {b['left']} still held"
        case "commissioner-appointed":
            return _appointment(b)
        case "appointment-ended":
            return f"Appointment {b['appointment']} ended"
        case "reserved-power-used":
            power = f"{plain(b['function'])} (appointment {b['appointment']})"
            return f"Reserved power used under directions {b['directions']}: {power}"
        case "progress-report-received":
            advises = f"; it advises to {FOLLOWS.get(b['advises'], b['advises'])}" if b.get("advises") else ""
            return f"Report {b['report']} received{advises}"
        case "progress-report-replied-to":
            return f"The minister replied to report {b['report']}"
        case "progress-report-published":
            return f"Report {b['report']} published" + (", with the reply" if "reply" in b["papers"] else "")
        case "progress-report-decided":
            return f"After report {b['report']}: {FOLLOWS.get(b['outcome'], b['outcome'])}"
    return None


def _directions(b: Body) -> str:
    kind = "" if b["kind"] == "first" else f" ({b['kind']})"
    until = f", until {dates.when_in(b['until'])}" if b.get("until") else ""
    functions = f": {all_of(map(plain, b['functions']))}" if b.get("functions") else ""
    revokes = f"; {all_of(map(str, b['revokes']))} revoked" if b.get("revokes") else ""
    urgent = ", without representations as urgent" if b.get("urgent") else ""
    return f"Directions {b['directions']}{kind} issued{until}{urgent}{functions}{revokes}"


def _appointment(b: Body) -> str:
    said = f"{b['person']} appointed {plain(b['post'])} (appointment {b['appointment']})"
    said += f", from {dates.when_in(b['starts'])}" + (f" to {dates.when_in(b['ends'])}" if b.get("ends") else "")
    if b.get("day_rate"):
        said += f", at {pounds(b['day_rate'])} a day"
    if b.get("days_a_year"):
        said += f" and at most {dates.plural(b['days_a_year'], 'day')} a year"
    return said + ("; with reserved powers" if b.get("powers") else "")


ENDED = {"revoked": "revoked", "replaced-elsewhere": "replaced by one of another engagement"}
GROUNDS_OF_AMENDMENT = {
    "not-working": "the approach did not work",
    "blockage": "there was a blockage",
    "resources": "resources were short",
    "objectives": "objectives were new",
    "stakeholder": "a stakeholder asked",
}
CONTRACT_ENDED = {
    "expired": "it expired",
    "terms-satisfied": "its terms were satisfied",
    "tapered": "its work had tapered off",
    "terminated": "it was terminated",
}
TESTED = {"performance": "performance", "sustain": "the capacity to sustain it", "succession": "succession planning"}


def _partnering(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "statutory-direction-given":
            return _statutory_direction(b)
        case "terms-for-ending-set":
            by = f", by {dates.when_in(b['by'])}" if b.get("by") else ""
            return f"Terms set for ending direction {b['direction']}{by}{_tests(b.get('tests'))}"
        case "end-of-direction-confirmed":
            subject = f", subject to {all_of(map(plain, b['subject_to']))}" if b.get("subject_to") else ""
            ends = f" for {dates.when_in(b['ends'])}" if b.get("ends") else ""
            return f"End of direction {b['direction']} confirmed{ends}{subject}"
        case "statutory-direction-ended" if b["how"] == "replaced":
            return f"Direction {b['direction']} replaced by direction {b['replaced_by']} the same day"
        case "statutory-direction-ended":
            return f"Direction {b['direction']} {ENDED.get(b['how'], b['how'])}{_tests(b.get('because'))}"
        case "partner-contract-signed":
            return _partner_contract(b)
        case "partner-contract-amended":
            ground = b.get("ground")
            why = f", as {GROUNDS_OF_AMENDMENT.get(ground, ground)}" if ground else ""
            return f"Contract {b['contract']} amended{why}"
        case "partner-contract-extended":
            return f"Contract {b['contract']} extended to {dates.when_in(b['ends'])}"
        case "partner-contract-reviewed":
            following = f"; the next review {dates.when_in(b['next'])}" if b.get("next") else ""
            return f"Contract {b['contract']} reviewed: {plain(b['finding'])}{following}"
        case "partner-invoice-received":
            parts = f"{pounds(b['fixed'])} fixed, {pounds(b['variable'])} variable"
            return f"Invoice {b['invoice']} of contract {b['contract']}, year {b['year']}: {parts}"
        case "partner-invoice-disputed":
            work = f": {all_of(map(plain, b['work']))}" if b.get("work") else ""
            return f"Invoice {b['invoice']} disputed{work}"
        case "partner-invoice-settled":
            return f"Invoice {b['invoice']} settled: it {'stands' if b['stands'] else 'counts no longer'}"
        case "partner-contract-ended":
            return f"Contract {b['contract']} ended: {CONTRACT_ENDED.get(b['how'], b['how'])}"
        case "chair-questions-set":
            by = f", to be answered by {dates.when_in(b['by'])}" if b.get("by") else ""
            return f"{dates.plural(len(b['questions']), 'question')} set for the chair's final report{by}"
        case "chair-report-submitted":
            return f"The chair's final report: {dates.plural(len(b['answers']), 'answer')}"
    return None


def _tests(tests: Iterable[str] | None) -> str:
    return f": {all_of(TESTED.get(test, test) for test in tests)}" if tests else ""


def _statutory_direction(b: Body) -> str:
    said = f"Direction {b['direction']} given" + (f" under {b['power']}" if b.get("power") else "")
    said += f" to {all_of(b['addressed_to'])}" if b.get("addressed_to") else ""
    said += f", for {all_of(b['functions'])}" if b.get("functions") else ""
    return said + (f", until {dates.when_in(b['until'])}" if b.get("until") else "")


def _partner_contract(b: Body) -> str:
    said = f"Contract {b['contract']} signed with {b['partner']}"
    said += f", from {dates.when_in(b['starts'])}" if b.get("starts") else ""
    said += f" to {dates.when_in(b['ends'])}" if b.get("ends") else ""
    return said + (f" ({dates.plural(b['years'], 'year')})" if b.get("years") else "")


def _franchise(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "franchise-agreed":
            wanted = f", from {stars(b['stars_then'])} to {stars(b['stars_wanted'])}" if _both_stars(b) else ""
            term = f", {dates.when_in(b['starts'])} to {dates.when_in(b['ends'])}" if b["starts"] and b["ends"] else ""
            return f"Franchise with {b['partner']} agreed{term}{_up_to(b)}{wanted}"
        case "franchise-changed":
            return (
                f"Franchise changed: until {dates.when_in(b['ends'])}{_up_to(b)}" if b["ends"] else "Franchise changed"
            )
        case "franchise-phase-begun":
            return f"Phase begun: {FRANCHISE_PHASES.get(b['kind'], b['kind'])} (until {dates.when_in(b['ends'])})"
        case "franchise-charge-claimed":
            return f"Charge {b['claim']} claimed: {pounds(b['amount'])}"
        case "franchise-charge-answered":
            return f"Charge {b['claim']} {'accepted' if b['accepted'] else 'refused'}"
        case "mirror-lead-named":
            anew = "new " if b.get("change") else ""
            return f"{b['person']} named {anew}lead of {plain(b['workstream'])} for {SIDES.get(b['side'], b['side'])}"
        case "workstream-started":
            without = f" (no lead known for {all_of(SIDES[side] for side in b['without'])})" if b.get("without") else ""
            return f"Workstream started: {plain(b['workstream'])}{without}"
        case "workstream-ended":
            return f"Workstream ended: {plain(b['workstream'])}"
        case "benefit-realised":
            shown = f" (shown by {all_of(b['indicators'])})" if b.get("indicators") else ""
            return (
                f"Benefit {b['benefit']} for {SIDES.get(b['to'], b['to'])}: {BENEFITS.get(b['area'], b['area'])}{shown}"
            )
    return None


def _both_stars(b: Body) -> bool:
    return b["stars_then"] is not None and b["stars_wanted"] is not None


def _up_to(b: Body) -> str:
    return f", up to {pounds(b['value'])}" if b["value"] is not None else ""


OF = {"neighbours": "statistical neighbours", "region": "the region", "country": "the country"}


def _measuring(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "indicators-defined":
            return f"{dates.plural(len(b['indicators']), 'indicator')} defined"
        case "indicator-baselines-set":
            return _marks_set("Baseline", b, "of")
        case "indicator-targets-set":
            return _marks_set("Target", b, "by")
        case "indicators-recorded":
            of = f" for {OF[b['of']]}" if b.get("of", "council") in OF else ""
            return f"Values of {dates.plural(len(b['values']), 'indicator')}{of} recorded for {b['period']}"
        case "indicators-dropped":
            return f"No longer measured: {all_of(b['indicators'])}"
    return None


def _marks_set(what: str, b: Body, joined: str) -> str:
    period = f" {joined} {b['period']}" if b.get("period") else ""
    return f"{what}{period} set for {dates.plural(len(b['values']), 'indicator')}"


QUESTIONS = {
    "leadership": "leadership",
    "workforce": "the workforce",
    "stakeholders": "stakeholders",
    "users": "people who use services",
    "dimensions": "the dimensions of participation",
}
"""What a set of questions is about."""

CAUSES = {
    "disposition": "personal disposition",
    "unknown": "fear of the unknown",
    "status": "fear for status or job",
    "routines": "disrupted routines",
    "timing": "poor timing",
    "rewards": "rewards that do not reinforce",
}
"""Why people resist."""

LOWERED = {
    "responsibilities": "said early how responsibilities change",
    "targets": "tied new targets to rewards",
    "allocation": "looked at whether resources shift",
    "power": "shared power and kept control of the consequences",
    "indirect-power": "minded those with indirect power",
    "agents": "picked agents of change who sway others",
}
"""What lowers resistance."""


def _taking_part(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "questions-asked":
            by = f", to be answered by {dates.when_in(b['by'])}" if b.get("by") else ""
            about = QUESTIONS.get(b["questions"], b["questions"])
            return (
                f"Questions on {about} asked ({b['point']}, asking {b['asking']}) of {all_of(map(plain, b['of']))}{by}"
            )
        case "question-answered":
            return f"{plain(b['group']).capitalize()} answered {b['question']} (asking {b['asking']})"
        case "told-back":
            return f"Told what came of asking {b['asking']}: {all_of(map(plain, b['to']))}"
        case "resistance-heard":
            why = all_of(CAUSES.get(cause, cause) for cause in b["causes"])
            return f"Resistance {b['resistance']} heard, of {plain(b['group'])}: {why}"
        case "resistance-answered":
            how = all_of(LOWERED.get(way, way) for way in b["ways"])
            return f"About resistance {b['resistance']}: {how}"
    return None


SCENARIOS = {
    "service": "a weak part of children's services in a strong council",
    "finance": "auditors worried by finances and culture",
    "chief-officer": "a chief officer in question",
    "groups": "dysfunctional political groups",
    "crisis": "a serious adverse incident",
    "politics": "problematic political leadership",
    "breakdown": "leader and chief executive fallen out",
    "relations": "officers, members or groups at odds",
    "partnership": "a partnership about to miss its targets",
}
"""What sector-led help is for."""

HELPERS = {
    "peer-review": "a peer review",
    "exchange": "exchange between councils",
    "riep": "the regional improvement and efficiency partnership",
    "specialists": "specialists of the sector",
    "chief-executives": "chief executives nearby",
    "associate": "the improvement agency's regional associate",
    "member-peer": "a member peer",
    "political-peers": "political peers",
    "regional-lga": "the regional association of councils",
    "mutual": "mutual support",
    "risk": "risk management",
    "board": "the association's improvement board",
    "employers": "regional employers",
    "private": "private sector specialists",
    "voluntary": "the voluntary sector",
    "district-audit": "district audit",
    "standards": "the standards board",
    "parties": "political parties",
    "cipfa": "CIPFA",
    "ethical": "the auditors' ethical governance review",
}
"""Who helps."""


def _helping(event: str, b: Body, words: Words) -> str | None:
    match event:
        case "challenge-answered":
            return (
                "The council acknowledges the challenge" if b["acknowledged"] else "The challenge is not acknowledged"
            )
        case "support-chosen":
            by = all_of(HELPERS.get(each, each) for each in b["helpers"]) if b.get("helpers") else "the conversation"
            return f"Support chosen for {SCENARIOS.get(b['scenario'], b['scenario'])}: {by}"
    return None


def _owing(event: str, b: Body, words: Words) -> str | None:
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


CHANNELS = {"email": "by email", "file": "in a file", "webhook": "by webhook"}
PACES = {"at-once": "at once", "digest": "once a day, in a digest"}


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
            said = (CHANNELS.get(b["channel"]) if b.get("channel") else None, PACES.get(b.get("pace") or ""))
            return f"{b['person']} is told {', '.join(each for each in said if each)}"
        case "feed-opened":
            return f"Feed {b['feed']} of {b['person']} opened: a calendar to subscribe to"
        case "feed-revoked":
            return f"Feed {b['feed']} of {b['person']} revoked"
        case "webhook-secret-rotated":
            until = dates.moment(datetime.fromisoformat(b["old_until"]))
            return f"The webhook of {b['person']} has a new secret; the old one signs as well until {until}"
        case "webhook-disabled":
            return f"The webhook of {b['person']} is gone, and off: it answered so to notice {b['notice']}"
    return None


def _contact(b: Body) -> str:
    new = [name for name in ("name", "email", "webhook", "organisation") if b.get(name)]
    return "; ".join(f"{what} {all_of(names)}" for what, names in (("new", new), ("no", b.get("removed"))) if names)


def scope(council: str | None, engagement: str | None) -> str:
    """Where a role is held: `everywhere`, `in E09000014`, `in haringey-1`."""
    return f"in {engagement or council}" if engagement or council else "everywhere"


def _to(b: Body) -> str:
    return f" to {b['recipient']}" if b.get("recipient") else ""


def carrier(name: str | None) -> str:
    """Who carried a letter and says what became of it."""
    return "GOV.UK Notify" if name == "notify" else plain(name or "its carrier")


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
        case "notice-deferred" if b.get("receipt"):
            return f"Notice{_to(b)} came back: {plain(b['failure'])}"
        case "notice-deferred":
            return f"Notice{_to(b)} not accepted at attempt {b['attempt']}" + _code(b)
        case "notice-sent":
            return f"Notice{_to(b)} sent" + (", possibly a second time" if b.get("repeat") else "")
        case "notice-delivered":
            return f"Notice{_to(b)} delivered, says {carrier(b['said_by'])}"
        case "notice-bounced":
            return f"Notice{_to(b)} can't be delivered: {BOUNCED[b['why']]}" + _code(b)
        case "notice-left-to-digest":
            return f"Notice{_to(b)} left to their next digest"
        case "notice-given-up":
            return f"Notice{_to(b)} given up after {dates.plural(b['attempts'], 'attempt')}"
        case "command-refused":
            from faces.prose import refused

            return f"Refused: {b['command']}. {refused(b['rule'], b['details'], words).sentence}"
        case "record-read":
            return f"Read by {b['role']}: {b['what']}, with {plain(b['command'])}"
        case "legal-hold-placed":
            return f"Legal hold {b['hold']} on {b.get('subject') or b.get('engagement')}"
        case "legal-hold-lifted":
            return f"Legal hold {b['hold']} lifted"
        case "values-erased":
            of = f" of {b.get('subject') or b.get('engagement')}" if not b.get("commitments") else ""
            return f"Erased: {dates.plural(b['values'], 'sealed value')}{of}"
        case "heads-recorded":
            return f"Heads of {dates.plural(b['streams'], 'stream')} recorded"
        case "signer-started":
            return f"Checkpoints are signed as {b['origin']}"
        case "signer-key-rotated":
            return f"Checkpoints are signed with a new key ({b['because']})"
        case "signer-origin-succeeded":
            return (
                f"Checkpoints are signed as {b['origin']}: {b['old_origin']} ended at {b['extends']} ({b['because']})"
            )
        case "receipt-key-named":
            return f"Receipts are signed as {b['key'].partition('+')[0]}"
        case "witness-objected":
            return f"The witness {b['witness'].partition('+')[0]} objects: it holds another tree ({b['why']})"
        case "lifecycle-published":
            return f"Lifecycle published: {b['id']}@{b['version']}"
        case "calendar-published":
            return f"Calendar published: {b['id']}@{b['version']}"
        case "digests-compiled":
            return f"Digests of {dates.printed(b['day'])} for {all_of(b['people']) if b['people'] else 'nobody'}"
        case "engagement-stuck":
            return f"The clock of {b['engagement']} keeps failing ({b['failure']})"
    return None


# Sealed values


def sealed_in(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The commitments in a body, each with its place: `deliverables 1 title`."""
    if is_commitment(value):
        # The texts of a record of the model's own are its fields.
        yield " ".join(path[1:] if path[:1] == ("texts",) else path), value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from sealed_in(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value, start=1):
            yield from sealed_in(inner, (*path, str(number)))


ERASED = "(erased)"


FOR_THE_PANEL = "(for the bidder and the panel)"

LEFT_OUT = "(left out)"


def values_of(
    conn: Connection, bodies: Iterable[Any], *, bids: bool = False, without: Collection[str] = ()
) -> dict[str, Any]:
    """The values behind the commitments of some bodies, those that are still there.

    What a bid holds, its price and the CVs in it, are told only where `bids` says that whoever reads is of the panel; what is
    of a class in `without` is told to nobody.
    """
    wanted = [commitment for body in bodies for _, commitment in sealed_in(body)]
    kept = (value for value in sealing.sealed_values(conn, wanted).values() if value.erased_at is None)
    hidden = () if bids else ("bid", "cv")
    said = dict.fromkeys(hidden, FOR_THE_PANEL) | dict.fromkeys(without, LEFT_OUT)
    return {each.commitment: said.get(each.class_, each.value) for each in kept}


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
