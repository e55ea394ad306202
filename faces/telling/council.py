"""A council's own record: ratings, assessments, engagements opened and closed."""

from faces.said import Body, service, stars
from faces.telling.course import KINDS
from faces.words import Words, plain


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
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
