"""Checks that several parts make: that things come in their order, and that a list names each thing once."""

from collections.abc import Iterable, Sequence
from typing import Any

from domain.dates import When, london_day
from domain.part import Asked, Entry, Refusal


def silent(asked: Asked) -> bool:
    """Whether a command comes from a source that may leave things out, as imported history does."""
    return asked.via in ("case-file", "import")


def came_after(one: Entry[Any], other: Entry[Any]) -> bool:
    """Whether one thing came after another: by their days, and where those do not tell, by the record."""
    if other.occurred.certainly_before(one.occurred):
        return True
    return one.version > other.version and not one.occurred.certainly_before(other.occurred)


def ahead(asked: Asked, day: When) -> Refusal | None:
    """Refuse a day on which something is said to have happened, and which is certainly still to come."""
    today = When.day(london_day(asked.at))
    if today.certainly_before(day):
        return Refusal("in-the-future", {"occurred": str(day), "today": str(today)})
    return None


def not_theirs(asked: Asked, may: Sequence[str]) -> Refusal | None:
    """Refuse a command that is decided or recorded by anybody but those who may give it."""
    role = str(asked.decided_by)
    if role not in may or str(asked.recorded_by) not in may:
        return Refusal("role", {"command": asked.command.type, "role": role, "may": list(may)})
    return None


def too_early(occurred: When, *before: Entry[Any] | None) -> Refusal | None:
    """Refuse a day that is certainly before that of a thing it depends on, where there is one."""
    for entry in before:
        if entry is not None and occurred.certainly_before(entry.occurred):
            return Refusal(
                "too-early", {"occurred": str(occurred), "event": entry.event.type, "on": str(entry.occurred)}
            )
    return None


def named_twice(field: str, ids: Iterable[str]) -> Refusal | None:
    """Refuse a list that names the same thing twice."""
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            return Refusal("named-twice", {"field": field, "id": name})
        seen.add(name)
    return None
