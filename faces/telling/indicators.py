"""Indicators and what they are measured by."""

from faces import dates
from faces.said import Body
from faces.words import Words, all_of

OF = {"neighbours": "statistical neighbours", "region": "the region", "country": "the country"}


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
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
