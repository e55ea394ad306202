"""A difference between two lifecycles in words: what came, went or reads otherwise, and where."""

from collections.abc import Mapping
from typing import Any

import yaml

from domain.gates import Gate
from domain.lifecycle import Lifecycle
from domain.lifecycle_diff import LISTS, Change
from faces.words import all_of, thing
from workers.lifecycle_graph import in_words

_GATES = frozenset(("when", "met_by"))


def told(change: Change, before: Lifecycle, after: Lifecycle) -> str:
    """A change on one line: `stage exit, obligation sign-off: due is 20 working days after a stage entered, was 30 …`."""
    where = f"{'record' if change.kind == 'field' else 'stage'} {change.of}, " if change.of else ""
    what = {"way": "way to", "exit": "exit to", "notice": "notice of"}.get(change.kind, change.kind)
    subject = f"{where}{what} {change.name}"
    if change.how != "changed":
        return f"{subject}: {change.how}"
    name = (change.field or "").replace("_", " ")
    if change.field in LISTS:
        said = [f"now also {all_of(map(str, change.after))}"] if change.after else []
        said += [f"no longer {all_of(map(str, change.before))}"] if change.before else []
        return f"{subject}: {name}: {'; '.join(said)}"
    new, old = _value(change.field, change.after, after), _value(change.field, change.before, before)
    if new == old:  # what differs is in no word of it, such as where a gate looks
        new, old = _flow(change.after), _flow(change.before)
    return f"{subject}: {name} is {new}; was {old}"


def _value(field: str | None, value: Any, life: Lifecycle) -> str:
    if value is None:
        return "nothing"
    if field in _GATES:
        return in_words(Gate.model_validate(value), lambda event: thing(event, life))
    if field == "due":
        return _due(value, life)
    if field in ("remind", "escalate"):
        return all_of(_span(each) + (f" to {each['to']}" if "to" in each else "") for each in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _flow(value) if isinstance(value, dict | list) else str(value)


def _flow(value: Any) -> str:
    """Plain data on one line, as a document has it."""
    dumped: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
    return dumped.strip()


def _due(value: Mapping[str, Any], life: Lifecycle) -> str:
    direction = "before" if value.get("before") else "after"
    field = f"the {value['field'].replace('_', ' ')} of " if value.get("field") else ""
    return f"{_span(value)} {direction} {field}{thing(value[direction], life)}"


def _span(value: Mapping[str, Any]) -> str:
    unit = next(unit for unit in ("working_days", "days", "months") if value.get(unit) is not None)
    count, name = value[unit], unit.replace("_", " ").removesuffix("s")
    return f"{count} {name}{'' if count == 1 else 's'}"
