"""What every part of the domain is made of: commands, events, refusals, and the history they read.

A part is one module: its commands (imperative), its events (past tense) and a `decide` that reads what happened so far.
The state of an engagement is its typed history, so that a correction or a withdrawal of any fact is one rule for all
parts instead of one in each: the folded history simply reads otherwise.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from domain.actors import Actor
from domain.dates import When


class Event(BaseModel):
    """Something that happened. `type` and the fields are a storage format: never renamed, never reused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    beyond_correction: ClassVar[bool] = False
    """Never corrected, withdrawn or disputed by hand: the engine concluded it, or it is itself about another event."""
    undisputed: ClassVar[frozenset[str]] = frozenset()
    """Fields from which other streams took what they did: they go with the event as a whole, and are never disputed."""

    @classmethod
    def read(cls, body: dict[str, Any]) -> Self:
        """The event from a stored body, which was checked when it was written."""
        # As `model_validate`, whose options take as long again.
        event: Self = cls.__pydantic_validator__.validate_python(body)
        return event

    def widened(self, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        """Changes to this event as they are kept: whole fields."""
        return changes


Kinds = tuple[type[Event], ...]
"""Types of event. (A class with an attribute `type` cannot name the builtin in its own annotations.)"""


class Command(BaseModel):
    """Something that somebody asks for.

    `gives` lists the events it can lead to. `needs` lists the events that must have happened before, on a day that can
    have been earlier than or the same as the command's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ClassVar[str]
    gives: ClassVar[Kinds]
    needs: ClassVar[Kinds] = ()
    wanted: ClassVar[tuple[str, ...]] = ()
    """Fields that are left out of imported history alone: sources do not say everything, and whoever gives it today does."""
    derived: ClassVar[bool] = False
    """Given by the engine alone, as the consequence of a command elsewhere; no role may give it."""


@dataclass(frozen=True)
class Refusal:
    """Why a command was not carried out: the rule, and what the face needs to say it in a sentence. No prose here."""

    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, outcome: Mapping[str, Any]) -> Self | None:
        """The refusal of which a stored outcome tells; None where the command was carried out."""
        rule = outcome.get("rule")
        return cls(rule, outcome.get("details", {})) if rule is not None else None


@dataclass(frozen=True)
class Caution:
    """Something worth a person's eye that stops nobody: the rule, and what a face needs to say it. No prose here."""

    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)


E = TypeVar("E", bound=Event)


class Entry(NamedTuple, Generic[E]):
    """One event in a history: where it stands in its stream, when it happened and who decided it."""

    version: int
    occurred: When
    recorded_at: datetime
    decided_by: Actor
    event: E


_version = attrgetter("version")


@dataclass(frozen=True)
class History:
    """What has happened in one stream, by type of event and in order. Corrections are already applied."""

    entries: tuple[Entry[Any], ...] = ()
    by_type: Mapping[type[Event], tuple[Entry[Any], ...]] = field(default_factory=dict)
    phase: int = 1
    """The version at which the current phase began: what earlier phases agreed or awarded does not count in this one."""

    def all(self, kind: type[E], after: int = 0) -> tuple[Entry[E], ...]:
        """Every event of a type, in order, whose version is greater than `after`."""
        found = self.by_type.get(kind, ())
        return found if after == 0 else tuple(entry for entry in found if entry.version > after)

    def last(self, kind: type[E], after: int = 0) -> Entry[E] | None:
        """The latest event of a type whose version is greater than `after`, if there is one."""
        found = self.by_type.get(kind, ())
        return found[-1] if found and found[-1].version > after else None

    def in_phase(self, kind: type[E]) -> tuple[Entry[E], ...]:
        """Every event of a type in the current phase, in order."""
        return self.all(kind, self.phase - 1)

    def has(self, kind: type[Event], after: int = 0) -> bool:
        """Whether an event of a type has happened."""
        return self.last(kind, after) is not None

    def at(self, version: int) -> Entry[Any] | None:
        """The event at a version of the stream, if it is held here."""
        place = bisect_left(self.entries, version, key=_version)
        return self.entries[place] if place < len(self.entries) and self.entries[place].version == version else None

    def plus(self, *more: Entry[Any]) -> "History":
        """This history with further events, in their order."""
        of_kind: dict[type[Event], list[Entry[Any]]] = {}
        for entry in more:
            of_kind.setdefault(type(entry.event), []).append(entry)
        by_type = dict(self.by_type)
        for kind, entries in of_kind.items():
            by_type[kind] = (*by_type.get(kind, ()), *entries)
        return History((*self.entries, *more), by_type, self.phase)

    def with_entry(self, changed: Entry[Any]) -> "History":
        """This history with the event of that version read otherwise, as a correction says."""
        kind = type(changed.event)
        by_type = dict(self.by_type)
        by_type[kind] = tuple(changed if e.version == changed.version else e for e in by_type[kind])
        return replace(
            self,
            entries=tuple(changed if e.version == changed.version else e for e in self.entries),
            by_type=by_type,
        )

    def without(self, version: int) -> "History":
        """This history without the event of that version, as a withdrawal says."""
        gone = self.at(version)
        if gone is None:
            return self
        kind = type(gone.event)
        by_type = dict(self.by_type)
        by_type[kind] = tuple(e for e in by_type[kind] if e.version != version)
        return replace(self, entries=tuple(e for e in self.entries if e.version != version), by_type=by_type)


@dataclass(frozen=True)
class Asked:
    """A command as the domain sees it: what is asked, when it happened, who decided and who recorded it."""

    command: Command
    occurred: When
    decided_by: Actor
    recorded_by: Actor
    at: datetime
    via: str
