"""The course of an engagement: how it opened, its stages and its end, notes, records of a model's own, corrections and disputes."""

from collections.abc import Mapping
from typing import Any

from domain.sealed import is_commitment
from faces import dates
from faces.said import Body, service, stars
from faces.words import Words, all_of, plain, pounds

_SIDES = {"recorded": "was recorded", "other": "the other source has"}

KINDS = {"preventive": "Preventive engagement", "direct-commission": "Direct commission", "triggered": "Engagement"}


def tell(event: str, b: Body, words: Words) -> str | None:
    """What an event of this family says; None for any other."""
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
        said[name] = field_text(held.type if held else "id", value, words)
    order = [each.id for each in rule.fields] if rule else list(said)
    named = [f"{rule.title_of(name) if rule else plain(name)} {said[name]}" for name in order if name in said]
    title = rule.title if rule else plain(b["record"]).capitalize()
    return title + (f": {'; '.join(one[:1].lower() + one[1:] for one in named)}" if named else "")


def field_text(kind: str, value: Any, words: Words) -> str:
    """What stands in a field of a record of the model's own, by the kind of field."""
    if isinstance(value, list | tuple):
        return all_of(field_text(kind, each, words) for each in value)
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


def _opening(b: Body) -> str:
    """Zero stars place a council on special measures by themselves: the opening says so."""
    said = f"{KINDS.get(b.get('kind') or '', 'Engagement')} opened in {service(b['service'])}, model {b['model']}"
    placed = b.get("stars") == 0 and b.get("kind") not in KINDS
    if b.get("trigger"):
        said += f", for {plain(b['trigger'])}"
    return said + ("; placed on special measures" if placed else "")
