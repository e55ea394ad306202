"""An event of the past as a form shows it, for whoever corrects it, withdraws it or disputes it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from console.controls import Choices, Control, controls_of
from console.date_fields import Fields
from console.deciding import deciders
from console.forms import Wrong, complaints, put, take
from console.shown import Told, told
from domain import council, engagement
from domain.course import CorrectEvent, WithdrawEvent
from domain.disputes import DisputeFact
from domain.engagement import Rules
from domain.items import ItemRecorded, RecordRule, shape_of
from domain.part import Command, Entry, Event
from domain.sealed import sealed_paths
from faces import dates, telling
from faces.problems import not_found
from ledger import sealing

if TYPE_CHECKING:
    from console.asked import Asking

BID = frozenset(("content", "cv", "price"))
"""What is sealed for the bidder and the panel: it is not put into a form again."""


@dataclass(frozen=True)
class Past:
    """An event at a version of its stream: its title, what its fields say, and the model of those."""

    version: int
    title: str
    model: type[Event]
    recorded: Mapping[str, Any]
    rule: RecordRule | None = None

    def changes(self, choices: Choices) -> Control:
        """The questions what the event's fields are to say."""
        return Control("changes", "group", "What it should say", None, False, parts=self._parts(choices))

    def fields(self, choices: Choices) -> Fields:
        """The fields of those questions, as the event says now."""
        return put(self._parts(choices), self.recorded, "changes.")

    def changed(self, choices: Choices, fields: Fields) -> tuple[dict[str, Any], list[Wrong]]:
        """What is to be different, and what is wrong with that."""
        parts = self._parts(choices)
        before = take(parts, put(parts, self.recorded)).body
        after = take(parts, fields, "changes.").body
        found = {name: value for name, value in after.items() if value != before.get(name)}
        found |= {name: None for name in before if name not in after}
        merged = {name: value for name, value in {**self.recorded, **found}.items() if name not in BID}
        wrong = [
            Wrong(f"changes.{each.name}", each.sentence)
            for each in complaints(self.model, parts, merged)
            if each.name.partition(".")[0] in found
        ]
        return self._grouped(found), wrong

    def told(self, choices: Choices, changes: Mapping[str, Any]) -> list[Told]:
        """What is to be different, in words."""
        flat = {name: value for group in changes.values() for name, value in group.items()} if self.rule else changes
        parts = self._parts(choices)
        now = {each.name: each.text for each in told(parts, self.recorded)}
        then = {each.name: each.text for each in told(parts, {k: v for k, v in flat.items() if v is not None})}
        labels = {part.name: part.label for part in parts}
        return [
            Told(labels[name], f"{then.get(name, '(left out)')}\nuntil now: {now.get(name, '(left out)')}", "changes")
            for name in flat
            if name in labels
        ]

    def _parts(self, choices: Choices) -> tuple[Control, ...]:
        return controls_of(self.model, self.model.type, choices)

    def _grouped(self, found: Mapping[str, Any]) -> dict[str, Any]:
        if self.rule is None:
            return dict(found)
        groups: dict[str, Any] = {}
        for name, value in found.items():
            field = self.rule.field(name)
            assert field is not None
            groups.setdefault(field.group, {})[name] = value
        return groups


def acts_on(rules: Rules, event_type: str, role: str) -> list[str]:
    """The commands by which somebody who acts in a role may correct, withdraw or dispute an event of a type."""
    event = engagement.EVENTS.get(event_type)
    if event is None or event.beyond_correction:
        return []
    kinds: tuple[type[Command], ...] = (CorrectEvent, WithdrawEvent, DisputeFact)
    return [kind.type for kind in kinds if deciders(kind, rules, "engagement", role)]


def past_event(conn: Connection, asking: "Asking", version: int) -> Past:
    """The event at a version, which may be corrected. Raises Problem where there is none."""
    entry = next((each for each in _entries(asking) if each.version == version), None)
    if entry is None:
        raise not_found(f"there is nothing to correct, withdraw or dispute with the number {version}.")
    rule, recorded = None, entry.event.model_dump(mode="json")
    model: type[Event] = type(entry.event)
    if isinstance(entry.event, ItemRecorded) and asking.rules is not None:
        rule = asking.rules.lifecycle.record(entry.event.record)
        if rule is not None:
            held = entry.event.model_dump(mode="json")
            recorded = {**held["dates"], **held["texts"], **held["amounts"], **held["values"]}
            model = shape_of(rule)
    return Past(version, _title(asking, entry), model, _opened(conn, model, recorded), rule)


def past_events(asking: "Asking") -> Iterator[Past]:
    """The events that may be corrected, the latest first, without what their fields say."""
    for entry in reversed(_entries(asking)):
        yield Past(entry.version, _title(asking, entry), type(entry.event), {})


def _entries(asking: "Asking") -> list[Entry[Event]]:
    assert asking.state is not None
    kinds = engagement.EVENTS if asking.target.family == "engagement" else council.EVENTS
    return [e for e in asking.state.history.entries if not e.event.beyond_correction and e.event.type in kinds]


def _title(asking: "Asking", entry: Entry[Event]) -> str:
    said = telling.title(entry.event.type, entry.event.model_dump(mode="json"), asking.words)
    return f"{dates.when(entry.occurred)}: {said} ({entry.version})"


def _opened(conn: Connection, model: type[Event], recorded: Mapping[str, Any]) -> dict[str, Any]:
    """An event's fields with their sealed values, where those are still there."""
    opened: dict[str, Any] = dict(recorded)
    paths = list(sealed_paths(model, opened))
    values = {path: _at(opened, path) for path in paths}
    shown = sealing.unseal(conn, list(values.values()))
    for path, commitment in values.items():
        inner = _at(opened, path[:-1])
        if path[-1] in BID or commitment not in shown:
            inner[path[-1]] = None
        else:
            inner[path[-1]] = shown[commitment]
    return opened


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value
