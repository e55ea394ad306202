"""Who was asked and told, and what they resist."""

from faces import dates
from faces.said import Body
from faces.words import Words, all_of, plain

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


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
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
