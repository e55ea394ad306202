"""Special measures up to the decision: visits, targets, plans, conditions, authority."""

from faces import dates
from faces.said import Body
from faces.words import Words, all_of, plain

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


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
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
