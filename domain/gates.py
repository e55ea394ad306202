"""Gates: what must be there before an engagement leaves a stage, as a tree of predicates in the lifecycle document.

A predicate has a name, a version and parameters, and reads only the engagement's history, so that the office can write
gates without Python and a gate of 2026 is evaluated in 2036 as it was then. The result, with the versions of the events
that met it, is stored in the event that the gate led to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_serializer, model_validator

from domain.checks import came_after
from domain.documents import Place, plain_problem
from domain.items import happened, has_field, is_value, last, value_in
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
        found = self.of_type(params, after)
        return tuple(e for e in found if fits(e.event, params.where)) if found and params.where else found

    def of_type(self, params: "OfEvents", after: int | None = None) -> tuple[Entry[Any], ...]:
        """The same, whatever values their fields have that the parameters name."""
        if params.within is None and after is not None:
            start = after
        elif params.within == "engagement":
            start = 0
        else:
            start = max((self.stage_start if params.within == "stage" else self.phase_start) - 1, 0)
        found = happened(self.history, self.events, params.event, start)
        return tuple(e for e in found if fits(e.event, self._narrowed(e.event))) if found and self.same else found

    def last(self, name: str) -> Entry[Any] | None:
        """The latest event of a name in the phase."""
        return last(self.history, self.events, name, max(self.phase_start - 1, 0))

    def _narrowed(self, event: Event) -> Mapping[str, Any]:
        return {name: value for name, value in self.same.items() if has_field(event, name)}


def fits(event: Event, where: Mapping[str, Any]) -> bool:
    """Whether the event's fields have the wanted values; a list of values means any of them."""
    for name, wanted in where.items():
        if not any(is_value(event, name, each) for each in (wanted if isinstance(wanted, list) else [wanted])):
            return False
    return True


class _Params(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class OfEvents(_Params):
    """Which events are meant: a type, field values, and whether those of the engagement, this phase or this stage.

    Without `within`, a gate looks at the phase, and an obligation at what came after the event that opened it.
    """

    event: str
    """The event that is asked for."""
    where: dict[str, Any] = Field(default_factory=dict)
    """Field values that the event must have; a list means any of them."""
    within: Literal["engagement", "phase", "stage"] | None = None
    """Where it is looked for: in the engagement, in this phase, or since the stage was entered."""


class Count(OfEvents):
    """At least so many, counted by different values of `distinct` where that is given."""

    at_least: int = Field(ge=1)
    """How many there must be."""
    distinct: str | None = None
    """A field by whose different values they are counted."""


class Agreed(OfEvents):
    """Each party in `by` has agreed since the last `since` event."""

    by: list[str] = Field(min_length=1)
    """The parties that must have agreed."""
    since: str
    """The event since which: what is agreed to."""


class StillAgreed(Agreed):
    """Each party in `by` has agreed since the last `since` event, and has not gone back on it by `undone_by`.

    `same` is a field that both share with the `since` event: the draft they are about.
    """

    undone_by: str
    """The event by which a party goes back on it."""
    same: str | None = None
    """A field that must have the same value in all of these events."""


class Covered(_Params):
    """Every item that the last `of` event promised in `items`, by its id, is named in `name` of some `by` event."""

    of: str
    """The event that promises things; the last one counts."""
    items: str
    """Its field that lists them."""
    by: str
    """The event that accepts one."""
    name: str
    """Its field that names the one."""
    where: dict[str, Any] = Field(default_factory=dict)
    """Field values that the accepting event must have."""


class Spent(_Params):
    """The amounts of the `spending` events add up to at least that of the last `of` event, or nothing is left."""

    of: str
    """The event that grants an amount; the last one counts."""
    amount: str
    """The field that holds the amount, in all of these events."""
    spending: list[str] = Field(min_length=1)
    """The events that spend some of it."""


def _recorded(params: OfEvents, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    found = view.matching(params, after)
    return bool(found), tuple(entry.version for entry in found[:1])


def _latest(params: OfEvents, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    found = view.of_type(params, after)
    met = bool(found) and fits(found[-1].event, params.where)
    return met, (found[-1].version,) if met else ()


def _count(params: Count, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    found = view.matching(params, after)
    if params.distinct is not None:
        found = tuple({value_in(entry.event, params.distinct): entry for entry in found}.values())
    return len(found) >= params.at_least, tuple(entry.version for entry in found)


def _agreed(params: Agreed, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    draft = view.last(params.since)
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
    draft = view.last(params.since)
    if draft is None:
        return False, ()
    same = {} if params.same is None else {params.same: value_in(draft.event, params.same)}

    def about_it(entries: Iterable[Entry[Any]]) -> list[Entry[Any]]:
        return [entry for entry in entries if entry.version > draft.version and fits(entry.event, same)]

    undone = happened(view.history, view.events, params.undone_by)
    found = standing(about_it(view.matching(params, after)), about_it(undone))
    return set(params.by) <= set(found), tuple(found[party].version for party in params.by if party in found)


def _accepted(params: Covered, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    return _covered(params, view.last(params.of), view)


def _covered(params: Covered, promise: Entry[Any] | None, view: View) -> tuple[bool, tuple[int, ...]]:
    """Whether everything that was promised is done by what the view shows of the phase."""
    if promise is None:
        return False, ()
    wanted = {getattr(item, "id", item) for item in value_in(promise.event, params.items) or ()}
    done = {
        value_in(entry.event, params.name): entry.version
        for entry in happened(view.history, view.events, params.by, max(view.phase_start - 1, 0))
        if fits(entry.event, params.where)
    }
    return bool(wanted) and wanted <= set(done), tuple(sorted(done[name] for name in wanted if name in done))


def _accepted_since(params: Covered, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    promise = view.last(params.of)
    later = replace(view, phase_start=promise.version + 1) if promise else view
    return _covered(params, promise, later)


def _days_spent(params: Spent, view: View, after: int | None) -> tuple[bool, tuple[int, ...]]:
    granted = view.last(params.of)
    if granted is None:
        return False, ()
    spent = [e for name in params.spending for e in happened(view.history, view.events, name, granted.version)]
    total = sum(value_in(entry.event, params.amount) or 0 for entry in spent)
    promised = value_in(granted.event, params.amount)
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
    "accepted@2": (Covered, _accepted_since),
    "days_spent@1": (Spent, _days_spent),
}
"""Every predicate that a lifecycle document may name, with its parameters. A published version is never changed."""

TREES = ("all@1", "any@1", "not@1")
"""What joins gates to one."""


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
        if predicate in TREES:
            if not isinstance(rest, list) or not rest:
                raise ValueError(f"{name} takes a list of gates")
            return {"predicate": predicate, "parts": rest}
        if predicate not in PREDICATES:
            known = ", ".join(sorted(key.removesuffix("@1") for key in (*PREDICATES, *TREES)))
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

    def leaves(self, place: Place = ()) -> Iterator[tuple[Place, "Gate"]]:
        """The predicates that the gate is made of, each with its place in the document, the gate's own being `place`."""
        name = self.predicate.removesuffix("@1")
        if not self.parts:
            yield (*place, name), self
        for index, part in enumerate(self.parts):
            yield from part.leaves((*place, name) if self.predicate == "not@1" else (*place, name, index))

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
            met = self._follows(part.met for part in parts)
            evidence = tuple(sorted({v for part in parts if part.met for v in part.evidence}))
            return GateResult(predicate=self.predicate, met=met, evidence=evidence if met else (), parts=parts)
        met, evidence = PREDICATES[self.predicate][1](self.params, view, after)
        return GateResult(
            predicate=self.predicate, params=self.params.model_dump(exclude_defaults=True), met=met, evidence=evidence
        )

    def met(self, view: View, after: int | None = None) -> bool:
        """What `evaluate` says, without what it rests on: after every event each gate is tried, and most stay shut."""
        if self.parts:
            return self._follows(part.met(view, after) for part in self.parts)
        return PREDICATES[self.predicate][1](self.params, view, after)[0]

    def _follows(self, parts: Iterable[bool]) -> bool:
        if self.predicate == "not@1":
            return not next(iter(parts))
        return (all if self.predicate == "all@1" else any)(parts)
