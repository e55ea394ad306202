"""The end: final days, evaluation, exit and follow-up."""

from faces import dates
from faces.said import Body
from faces.words import Words, all_of

IMPROVED = {"yes": "it improved", "partly": "it improved in part", "no": "it did not improve"}

FINDINGS = {
    "better": "the council fares better",
    "same": "the council fares the same",
    "worse": "the council fares worse",
}


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
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
