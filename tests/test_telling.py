"""What happened, in words: every event that the domain has is told in its own."""

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

import domain
from domain.part import Event
from faces.telling import title
from faces.words import Words

for module in pkgutil.iter_modules(domain.__path__):
    importlib.import_module(f"domain.{module.name}")

BY_THEIR_NAMES = {"engagement-stopped", "special-measures-resumed"}
"""Events whose names say all that there is to tell."""


def kinds(of: type[Event] = Event) -> Iterator[type[Event]]:
    """Every kind of event that a module of the domain defines. Shapes of models' own records are made as they are read."""
    for kind in of.__subclasses__():
        defined = (
            kind.__module__.startswith("domain.") and vars(sys.modules[kind.__module__]).get(kind.__name__) is kind
        )
        if defined and "type" in vars(kind):
            yield kind
        yield from kinds(kind)


def by_type(kind: Any) -> str:
    """The type of a kind of event."""
    return str(kind.type)


def a_value(schema: Mapping[str, Any], within: Mapping[str, Any]) -> Any:
    """A value of a JSON schema, with everything that is optional; what holds more of itself is empty the second time."""
    match schema:
        case {"$ref": str(ref)}:
            name = ref.rpartition("/")[2]
            inner = {other: held for other, held in within.items() if other != name}
            return a_value(within[name], inner) if name in within else {}
        case {"anyOf": [first, *_]}:
            return a_value(first, within)
        case {"const": value} | {"enum": [value, *_]}:
            return value
        case {"type": "object"}:
            return {name: a_value(each, within) for name, each in schema.get("properties", {}).items()}
        case {"type": "array"}:
            return [a_value(each, within) for each in [*schema.get("prefixItems", ()), schema.get("items")] if each]
        case {"type": "integer"}:
            return 1
        case {"type": "boolean"}:
            return True
        case {"format": "date"}:
            return "2002-06-01"
        case {"format": "date-time"}:
            return "2002-06-01T10:00:00Z"
    return "1"


@pytest.mark.parametrize("kind", sorted(kinds(), key=by_type), ids=by_type)
def test_every_event_is_told_in_words_of_its_own(kind: type[Event]) -> None:
    schema = kind.model_json_schema()
    told = title(kind.type, a_value(schema, schema.get("$defs", {})), Words())
    assert (told == kind.type.replace("-", " ").capitalize()) == (kind.type in BY_THEIR_NAMES), told
