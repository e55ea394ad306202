"""Gates: what must be there before an engagement leaves a stage, as a tree of predicates in the lifecycle document.

A predicate has a name, a version and parameters, and reads only the engagement's history, so that the office can write
gates without Python and a gate of 2026 is evaluated in 2036 as it was then. The result, with the versions of the events
that met it, is stored in the event that the gate led to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_serializer, model_validator

from domain.checks import came_after
from domain.documents import plain_problem
from domain.part import Entry, Event, History


class GateResult(BaseModel):
    """Whether a gate or a part of it is met, by which events (their versions), and the results it is made of."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    predicate: str
    params: dict[str, Any] = Field(default_factory=dict)
    met: bool
    evidence: tuple[int, ...] = ()
    parts: tuple["GateResult", ...] = ()

    def missing(self) -> Iterator["GateResult"]:
        """The leaves that keep this gate shut."""
        if self.met:
            return
        if self.parts and not self.predicate.startswith("not@"):
            for part in self.parts:
                yield from part.missing()
        else:
            yield self


@dataclass(frozen=True)
class View:
    """What a gate may look at: the history, the types of event that exist, and where the phase and the stage began.

    `same` narrows it to events with these field values: the minutes of one board are not those of another.
    """

    history: History
    events: Mapping[str, type[Event]]
    phase_start: int
    stage_start: int
    same: Mapping[str, Any] = field(default_factory=dict)

    def matching(self, params: "OfEvents", after: int | None = None) -> tuple[Entry[Any], ...]:
        """The events that the parameters mean, in order. Those up to `after` count only where `within` asks for them."""
        if params.within is None and after is not None:
            start = after
        else:
            starts = {"engagement": 0, "phase": self.phase_start, "stage": self.stage_start}
            start = max(starts[params.within or "phase"] - 1, 0)
        found = self.history.all(self.events[params.event], start)
        return tuple(e for e in found if fits(e.event, params.where) and fits(e.event, self._narrowed(e.event)))

    def _narrowed(self, event: Event) -> Mapping[str, Any]:
        return {name: value for name, value in self.same.items() if name in type(event).model_fields}


def fits(event: Event, where: Mapping[str, Any]) -> bool:
    """Whether the event's fields have the wanted values; a list of values means any of them."""
    for name, wanted in where.items():
        value = getattr(event, name)
        if value not in wanted if isinstance(wanted, list) else value != wanted:
            return False
    return True


class _Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OfEvents(_Params):
    """Which events are meant: a type, field values, and whether those of the engagement, this phase or this stage.

    Without `within`, a gate looks at the phase, and an obligation at what came after the event that opened it.
    """

    event: str
    where: dict[str, Any] = Field(default_factory=dict)
    within: Literal["engagement", "phase", "stage"] | None = None


class Count(OfEvents):
    """At least so many, counted by different values of `distinct` where that is given."""

    at_least: int = Field(ge=1)
    distinct: str | None = None


class Agreed(OfEvents):
    """Each party in `by` has agreed since the last `since` event."""

    by: list[str] = Field(min_length=1)
    since: str


class StillAgreed(Agreed):
    """Each party in `by` has agreed since the last `since` event, and has not gone back on it by `undone_by`.

    `same` is a field that both share with the `since` event: the draft they are about.
    """

    undone_by: str
    same: str | None = None


class Covered(_Params):
    """Every item that the last `of` event promised in `items`, by its id, is named in `name` of some `by` event."""

    of: str
    items: str
    by: str
    name: str
    where: dict[str, Any] = Field(default_factory=dict)


class Spent(_Params):
    """The amounts of the `spending` events add up to at least that of the last `of` event, or nothing is left."""

    of: str
    amount: str
    spending: list[str] = Field(min_length=1)


def _recorded(params: OfEvents, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    found = view.matching(params, after)
    return bool(found), tuple(entry.version for entry in found[:1])


def _latest(params: OfEvents, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    found = view.matching(params.model_copy(update={"where": {}}), after)
    met = bool(found) and fits(found[-1].event, params.where)
    return met, (found[-1].version,) if met else ()


def _count(params: Count, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    found = view.matching(params, after)
    if params.distinct is not None:
        found = tuple({getattr(entry.event, params.distinct): entry for entry in found}.values())
    return len(found) >= params.at_least, tuple(entry.version for entry in found)


def _agreed(params: Agreed, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    draft = view.history.last(view.events[params.since], max(view.phase_start - 1, 0))
    if draft is None:
        return False, ()
    by_party = {
        entry.decided_by.party: entry.version for entry in view.matching(params, after) if entry.version > draft.version
    }
    return set(params.by) <= set(by_party), tuple(by_party[party] for party in params.by if party in by_party)


def standing(agreed: Iterable[Entry[Any]], undone: Iterable[Entry[Any]]) -> dict[str, Entry[Any]]:
    """The last agreement of each party that has not gone back on it since."""
    last = {entry.decided_by.party: entry for entry in agreed}
    for entry in undone:
        party = entry.decided_by.party
        if party in last and came_after(entry, last[party]):
            del last[party]
    return last


def _still_agreed(params: StillAgreed, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    draft = view.history.last(view.events[params.since], max(view.phase_start - 1, 0))
    if draft is None:
        return False, ()
    same = {} if params.same is None else {params.same: getattr(draft.event, params.same)}

    def about_it(entries: Iterable[Entry[Any]]) -> list[Entry[Any]]:
        return [entry for entry in entries if entry.version > draft.version and fits(entry.event, same)]

    undone = view.history.all(view.events[params.undone_by])
    found = standing(about_it(view.matching(params, after)), about_it(undone))
    return set(params.by) <= set(found), tuple(found[party].version for party in params.by if party in found)


def _accepted(params: Covered, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    start = max(view.phase_start - 1, 0)
    promise = view.history.last(view.events[params.of], start)
    if promise is None:
        return False, ()
    wanted = {getattr(item, "id", item) for item in getattr(promise.event, params.items)}
    done = {
        getattr(entry.event, params.name): entry.version
        for entry in view.history.all(view.events[params.by], start)
        if fits(entry.event, params.where)
    }
    return bool(wanted) and wanted <= set(done), tuple(sorted(done[name] for name in wanted if name in done))


def _days_spent(params: Spent, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    start = max(view.phase_start - 1, 0)
    granted = view.history.last(view.events[params.of], start)
    if granted is None:
        return False, ()
    spent = [entry for name in params.spending for entry in view.history.all(view.events[name], granted.version)]
    total = sum(getattr(entry.event, params.amount) or 0 for entry in spent)
    promised = getattr(granted.event, params.amount)
    return promised is not None and total >= promised, tuple(entry.version for entry in spent)


Evaluate = Callable[[Any, View, int | None], tuple[bool, tuple[int, ...]]]

PREDICATES: Mapping[str, tuple[type[BaseModel], Evaluate]] = {
    "recorded@1": (OfEvents, _recorded),
    "latest@1": (OfEvents, _latest),
    "judged@1": (OfEvents, _latest),
    "count@1": (Count, _count),
    "agreed@1": (Agreed, _agreed),
    "agreed@2": (StillAgreed, _still_agreed),
    "accepted@1": (Covered, _accepted),
    "days_spent@1": (Spent, _days_spent),
}
"""Every predicate that a lifecycle document may name, with its parameters. A published version is never changed."""

_TREES = ("all@1", "any@1", "not@1")


class Gate(BaseModel):
    """A predicate with its parameters, or `all`, `any` or `not` of others.

    In a document it is a mapping with one key: `{recorded: {event: pip-received}}`, `{all: [...]}`. A bare name means
    version 1; `recorded@2` would name another.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    predicate: str
    params: Any = None
    parts: tuple["Gate", ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _from_document(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "predicate" in value:
            return value
        if len(value) != 1:
            raise ValueError("a gate has one predicate; join several with all or any")
        ((name, rest),) = value.items()
        predicate = name if "@" in str(name) else f"{name}@1"
        if predicate == "not@1":
            return {"predicate": predicate, "parts": [rest]}
        if predicate in _TREES:
            if not isinstance(rest, list) or not rest:
                raise ValueError(f"{name} takes a list of gates")
            return {"predicate": predicate, "parts": rest}
        if predicate not in PREDICATES:
            known = ", ".join(sorted(key.removesuffix("@1") for key in (*PREDICATES, *_TREES)))
            raise ValueError(f"there is no predicate '{name}'; known are {known}")
        try:
            return {"predicate": predicate, "params": PREDICATES[predicate][0].model_validate(rest)}
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            raise ValueError(f"{name}: {plain_problem(first)}") from None

    @model_serializer
    def _as_document(self) -> dict[str, Any]:
        name = self.predicate.removesuffix("@1")
        if self.predicate == "not@1":
            return {name: self.parts[0].model_dump()}
        if self.parts:
            return {name: [part.model_dump() for part in self.parts]}
        return {name: self.params.model_dump(exclude_defaults=True)}

    def events(self) -> Iterator[str]:
        """The types of event that the gate looks at."""
        for part in self.parts:
            yield from part.events()
        for name in ("event", "since", "undone_by", "of", "by", "spending"):
            value = getattr(self.params, name, None)
            if isinstance(value, str):
                yield value
            elif isinstance(value, list) and name == "spending":
                yield from value

    def fields(self) -> Iterator[tuple[str, str]]:
        """The fields of events that this predicate reads, each with its event, beside those in `where`."""
        match self.params:
            case Count(event=event, distinct=str(name)):
                yield event, name
            case StillAgreed(event=event, since=since, undone_by=undone, same=str(name)):
                yield from ((each, name) for each in (event, since, undone))
            case Covered():
                yield self.params.of, self.params.items
                yield self.params.by, self.params.name
            case Spent():
                yield from ((event, self.params.amount) for event in (self.params.of, *self.params.spending))

    def wheres(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The field values that this predicate asks for, with their event."""
        match self.params:
            case OfEvents():
                yield self.params.event, self.params.where
            case Covered():
                yield self.params.by, self.params.where

    def evaluate(self, view: View, after: int | None = None) -> GateResult:
        """Whether the gate is met. With `after`, which obligations use, only events beyond that version count."""
        if self.parts:
            parts = tuple(part.evaluate(view, after) for part in self.parts)
            if self.predicate == "not@1":
                met = not parts[0].met
            else:
                met = (all if self.predicate == "all@1" else any)(part.met for part in parts)
            evidence = tuple(sorted({v for part in parts if part.met for v in part.evidence}))
            return GateResult(predicate=self.predicate, met=met, evidence=evidence if met else (), parts=parts)
        met, evidence = PREDICATES[self.predicate][1](self.params, view, after)
        return GateResult(
            predicate=self.predicate, params=self.params.model_dump(exclude_defaults=True), met=met, evidence=evidence
        )
