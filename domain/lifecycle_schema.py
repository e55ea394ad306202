"""A JSON Schema of lifecycle documents, so that an editor completes and checks one while it is written.

It is made from the document's own model, with the commands and events that this release knows. What needs more than one
place of the document (that a way leads to a stage that is there, that somebody may open a gate) `domain.soundness` finds.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.gates import PREDICATES, TREES
from domain.lifecycle import Lifecycle
from domain.part import Command, Event

URL = "https://json-schema.org/draft/2020-12/schema"

_COMMANDS = {"Role": ("may",), "Stage": ("allows",), "Lifecycle": ("always", "after_close")}
"""Where lists of commands stand, by the part of the document."""

_OF_EVENTS = ("event", "since", "undone_by", "of", "by")
"""Fields of predicates that name an event. (`by` of `agreed` is a list of parties.)"""


def schema(commands: Mapping[str, type[Command]], events: Mapping[str, type[Event]]) -> dict[str, Any]:
    """The schema of lifecycle documents, in draft 2020-12."""
    made = Lifecycle.model_json_schema()
    parts: dict[str, Any] = made.pop("$defs")
    given = sorted(name for name, kind in commands.items() if not kind.derived)
    parts["Command"] = _named(
        given, "^record-[a-z0-9-]+$", "A command; `record-NAME` gives a record of the document's own."
    )
    parts["Event"] = _named(
        sorted(events), "^[a-z0-9-]+-recorded$", "An event; `NAME-recorded` is a record of its own."
    )
    parts |= _gates()
    for part, names in _COMMANDS.items():
        owner = made if part == "Lifecycle" else parts[part]
        for name in names:
            owner["properties"][name]["items"] = {"$ref": "#/$defs/Command"}
    event = {"$ref": "#/$defs/Event"}
    parts["Notice"]["properties"]["event"] |= {"$ref": "#/$defs/Event"}
    parts["Notice"]["properties"]["event"].pop("type", None)
    for name in ("after", "before"):
        parts["DueRule"]["properties"][name] = {"anyOf": [event, {"type": "null"}], "default": None}
    parts["RecordRule"]["properties"]["needs"]["items"] = event
    for part in ("Span", "DueRule", "Escalation"):
        parts[part]["oneOf"] = [{"required": [unit]} for unit in ("working_days", "days", "months")]
    return {
        "$schema": URL,
        "title": "Lifecycle",
        "description": "A model of intervention in one version: see docs/lifecycles.md.",
        **{name: _plain(value) for name, value in made.items() if name not in ("title", "description")},
        "$defs": {name: _plain(part) for name, part in sorted(parts.items())},
    }


def _named(names: Iterable[str], pattern: str, about: str) -> dict[str, Any]:
    return {"description": about, "anyOf": [{"enum": list(names)}, {"type": "string", "pattern": pattern}]}


def _gates() -> dict[str, Any]:
    """A gate as a document writes it: a mapping with one key."""
    parts: dict[str, Any] = {}
    choices: list[dict[str, Any]] = []
    for key, (params, _) in PREDICATES.items():
        made = params.model_json_schema()
        for name, field in made["properties"].items():
            if name in _OF_EVENTS and field.get("type") == "string":
                made["properties"][name] = {"$ref": "#/$defs/Event"}
        if "spending" in made["properties"]:
            made["properties"]["spending"]["items"] = {"$ref": "#/$defs/Event"}
        part = f"Predicate-{key.replace('@', '-')}"
        parts[part] = made
        names = [key.removesuffix("@1")] + ([key] if key.endswith("@1") else [])
        choices += [_one(name, {"$ref": f"#/$defs/{part}"}) for name in names]
    several = {"type": "array", "items": {"$ref": "#/$defs/Gate"}, "minItems": 1}
    for name in TREES:
        bare = name.removesuffix("@1")
        choices.append(_one(bare, {"$ref": "#/$defs/Gate"} if bare == "not" else several))
    parts["Gate"] = {
        "description": "A predicate with its parameters, or all, any or not of others: one key.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "oneOf": choices,
    }
    return parts


def _one(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"properties": {name: value}, "required": [name]}


def _plain(value: Any) -> Any:
    """A schema without titles made of field names, and with every description on one line, as editors show it."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: " ".join(each.split()) if name == "description" and isinstance(each, str) else _plain(each)
        for name, each in value.items()
        if not (name == "title" and isinstance(each, str))
    }
