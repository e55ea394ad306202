"""A lifecycle: the document that says what an engagement of one model passes through.

It lists the roles and the commands each may give, the records of its own, the stages in order with their obligations and
gates, and where an engagement goes from each end. It is validated when loaded, published into the ledger whole with its
SHA-256, and an engagement is pinned to one version. A published version is never edited. What is worth finding before it
is published, `domain.soundness` looks for.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from domain.actors import OFFICE_ROLE
from domain.course import Kind
from domain.dates import When
from domain.documents import Document, Place
from domain.gates import Agreed, Gate
from domain.items import ItemRecorded, RecordRule, form_of, shape_of
from domain.moving import EVERYWHERE
from domain.obligations import ObligationRule
from domain.part import Command, Event
from domain.ratings import Service


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Starts(_Document):
    """Which published ratings open an engagement of this model."""

    services: tuple[str, ...] = Field(min_length=1)
    """The services that are rated."""
    stars: tuple[int, ...] = Field(min_length=1)
    """The stars on which one is opened."""


class Trigger(_Document):
    """Something that an engagement may be opened for, and the stage at which it then begins: the first if not said."""

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z0-9]+)*$", max_length=80)
    """Its name, which no other trigger has."""
    title: str
    """What it is called."""
    enters: str | None = None
    """The stage at which an engagement opened for it begins."""


class Opens(_Document):
    """For which services the programme office may open an engagement of this model, and for what."""

    services: tuple[Service, ...] = Field(min_length=1)
    """The services in which it may be opened."""
    triggers: tuple[Trigger, ...] = ()
    """What it may be opened for; where there are any, one must be named."""

    def trigger(self, name: str | None) -> Trigger | None:
        """A trigger by its name."""
        return next((trigger for trigger in self.triggers if trigger.id == name), None)


class Role(_Document):
    """A role and the commands it may decide. One that does not sign in is recorded by others."""

    title: str
    """What it is called."""
    may: tuple[str, ...] = ()
    """The commands that it may decide."""
    signs_in: bool = True
    """Whether whoever holds it gives commands in person."""
    recorded_by: tuple[str, ...] = ()
    """The roles that may record what it decides."""
    joins: tuple[str, ...] = ()
    """Where the model is confidential: the events of which the first brings it in; from the opening where none are named."""

    @model_validator(mode="after")
    def _somebody_records(self) -> Self:
        if not self.signs_in and not self.recorded_by:
            raise ValueError("a role that does not sign in needs recorded_by: who records what it decides")
        return self


class Way(_Document):
    """Where an engagement goes, and the gate that lets it."""

    to: str
    """A stage, or an end."""
    when: Gate
    """What must be there."""


class Notice(_Document):
    """Who is told of an event, and with which template."""

    event: str
    """The event that is told."""
    to: tuple[str, ...] = Field(min_length=1)
    """The roles that are told."""
    where: dict[str, Any] = Field(default_factory=dict)
    """Field values that the event must have."""


class Stage(_Document):
    """A stage: the commands it allows, what is owed in it, and the ways out, of which the first that is open is taken."""

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$")
    """Its name, which no other stage or end has."""
    title: str
    """What it is called."""
    owner: str
    """The role that answers for it."""
    source: str | None = None
    """Where it is described."""
    watch_for: tuple[str, ...] = ()
    """Warnings from practice."""
    allows: tuple[str, ...] = Field(min_length=1)
    """The commands that may be given in it, beside those that always may."""
    obligations: tuple[ObligationRule, ...] = ()
    """What is owed in it."""
    leave: tuple[Way, ...] = Field(min_length=1)
    """The ways out, of which the first that is open is taken."""


class End(_Document):
    """A way in which an engagement is over."""

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$")
    """Its name, which no other end and no stage has."""
    title: str
    """What it is called."""


class Lifecycle(_Document):
    """A model of intervention in one version."""

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$")
    """The name of the model."""
    version: int = Field(ge=1)
    """Its version, from 1 on. A published one is never changed."""
    title: str
    """What it is called."""
    source: str
    """What it follows."""
    calendar: str
    """The calendar by which working days are counted."""
    starts: Starts | None = None
    """Which published ratings open an engagement of this model."""
    opens: Opens | None = None
    """For what the programme office may open one."""
    confidential: bool = False
    """Whether an engagement of this model is there only for those who are in it, by their roles."""
    parties: dict[str, str]
    """The parties by name, with their titles."""
    roles: dict[str, Role]
    """The roles, as PARTY.ROLE."""
    records: tuple[RecordRule, ...] = ()
    """What may be recorded beside what the parts of the engine know."""
    enters: dict[Kind, str] = Field(default_factory=dict)
    """The stage at which an engagement of a kind begins; the first where nothing is said."""
    stages: tuple[Stage, ...] = Field(min_length=1)
    """The stages, in order."""
    obligations: tuple[ObligationRule, ...] = ()
    """What is owed whatever the stage: these are let go only with the engagement, not with a stage."""
    exits: tuple[Way, ...] = ()
    """Ways out of every stage, tried before the stage's own."""
    ends: tuple[End, ...] = Field(min_length=1)
    """The ways of being over."""
    always: tuple[str, ...] = ()
    """Commands that every stage allows."""
    after_close: tuple[str, ...] = ()
    """Commands that may be given once it is over."""
    notices: tuple[Notice, ...] = ()
    """Which events are told to whom."""

    @property
    def ref(self) -> str:
        """`performance-action-team@1`."""
        return f"{self.id}@{self.version}"

    def stage(self, name: str) -> Stage:
        """A stage by its id. Raises KeyError when there is none."""
        for stage in self.stages:
            if stage.id == name:
                return stage
        raise KeyError(name)

    def owed_in(self, stage: str) -> tuple[ObligationRule, ...]:
        """The rules of what is owed in a stage: its own, and those of every stage."""
        return (*self.stage(stage).obligations, *self.obligations)

    def owed_throughout(self, obligation: str) -> bool:
        """Whether an obligation outlives the stage in which it was opened."""
        return obligation in [rule.id for rule in self.obligations]

    def entered_first(self, kind: Kind | None, trigger: str | None = None) -> str:
        """The stage at which an engagement of a kind begins, or one opened for something that the document lists."""
        listed = self.opens.trigger(trigger) if self.opens else None
        return (listed and listed.enters) or self.enters.get(kind or "special-measures", self.stages[0].id)

    def record(self, name: str) -> RecordRule | None:
        """A record of the document's own by its id."""
        return next((rule for rule in self.records if rule.id == name), None)

    def is_end(self, name: str) -> bool:
        """Whether a name is one of the ends."""
        return any(end.id == name for end in self.ends)

    def title_of(self, name: str) -> str:
        """The title of a stage or an end."""
        titles = {stage.id: stage.title for stage in self.stages} | {end.id: end.title for end in self.ends}
        return titles.get(name, name)

    def title_of_role(self, name: str) -> str:
        """The title of a role, or its own name in words."""
        role = self.roles.get(name)
        return role.title if role else (name.partition(".")[2] or name).replace("-", " ").capitalize()

    def title_of_obligation(self, id: str) -> str:
        """The title of what is owed, or its own name in words."""
        rules = (rule for stage in self.stages for rule in self.owed_in(stage.id))
        return next((rule.title for rule in rules if rule.id == id), id.replace("-", " "))

    def who_may(self, command: str) -> tuple[str, ...]:
        """The roles that may decide a command, in the order of the document."""
        if command in EVERYWHERE:
            return (OFFICE_ROLE,)
        return tuple(name for name, role in self.roles.items() if command in role.may)

    def allowed_in(self, stage: str) -> frozenset[str]:
        """The commands a stage allows, with those that are always allowed while the engagement is open."""
        return frozenset((*self.stage(stage).allows, *self.always, *EVERYWHERE))

    def stages_allowing(self, command: str) -> tuple[str, ...]:
        """The stages that allow a command, in order."""
        return tuple(stage.id for stage in self.stages if command in self.allowed_in(stage.id))


def read_lifecycle(
    document: Document, commands: Mapping[str, type[Command]], events: Mapping[str, type[Event]]
) -> Lifecycle:
    """Read and check a lifecycle document. Raises DocumentError with the line of the first thing that is wrong."""
    lifecycle = document.read_as(Lifecycle)
    for place, problem in problems(lifecycle, commands, events):
        raise document.error(place, problem)
    return lifecycle


def problems(
    life: Lifecycle, commands: Mapping[str, type[Command]], events: Mapping[str, type[Event]]
) -> Iterator[tuple[Place, str]]:
    """Everything in a lifecycle that names something which does not exist, or that nobody can ever do."""
    yield from Named.by(life, commands, events).problems()


@dataclass(frozen=True)
class Named:
    """What the document may name: commands and events, with those of its own records, by their fields."""

    life: Lifecycle
    commands: Mapping[str, type[Command]]
    events: Mapping[str, type[Event]]

    @classmethod
    def by(cls, life: Lifecycle, commands: Mapping[str, type[Command]], events: Mapping[str, type[Event]]) -> Self:
        """What a lifecycle may name. The event as which records are stored is named by no document."""
        return cls(
            life,
            {**commands, **{rule.command: form_of(rule) for rule in life.records}},
            {name: kind for name, kind in events.items() if kind is not ItemRecorded}
            | {rule.event: shape_of(rule) for rule in life.records},
        )

    def givers(self, event: str) -> list[str]:
        """The commands that lead to an event."""
        rule = next((rule for rule in self.life.records if rule.event == event), None)
        if rule is not None:
            return [rule.command]
        return self._givers.get(event, [])

    @cached_property
    def _givers(self) -> Mapping[str, list[str]]:
        found = defaultdict[str, list[str]](list)
        for name, kind in self.commands.items():
            for event in {given.type for given in kind.gives}:
                found[event].append(name)
        return found

    def problems(self) -> Iterator[tuple[Place, str]]:
        """Everything that names what does not exist, or that nobody can ever do, in the order of the kinds of mistake."""
        yield from self._roles()
        yield from self._records()
        for key in ("always", "after_close"):
            for index, command in enumerate(getattr(self.life, key)):
                yield from self._command((key, index), command)
        yield from self._beginnings()
        for n, stage in enumerate(self.life.stages):
            yield from self._stage(("stages", n), n, stage)
        throughout = [rule.id for rule in self.life.obligations]
        in_stages = {rule.id for stage in self.life.stages for rule in stage.obligations}
        for index, rule in enumerate(self.life.obligations):
            if throughout.index(rule.id) != index or rule.id in in_stages:
                yield ("obligations", index, "id"), f"there are two obligations '{rule.id}'"
            yield from self._obligation(("obligations", index), rule)
        for index, way in enumerate(self.life.exits):
            yield from self._way(("exits", index), way)
        yield from self._not_reached()
        yield from self._notices()

    def _roles(self) -> Iterator[tuple[Place, str]]:
        life = self.life
        for name, role in life.roles.items():
            if name.partition(".")[0] not in life.parties:
                yield ("roles", name), f"there is no party '{name.partition('.')[0]}'"
            for index, command in enumerate(role.may):
                if command not in self.commands:
                    yield ("roles", name, "may", index), f"there is no command '{command}'"
            for index, recorder in enumerate(role.recorded_by):
                if recorder not in life.roles or not life.roles[recorder].signs_in:
                    yield ("roles", name, "recorded_by", index), f"'{recorder}' is not a role that signs in"
            for index, event in enumerate(role.joins):
                if event not in self.events:
                    yield ("roles", name, "joins", index), f"there is no event '{event}'"
            if role.joins and not life.confidential:
                yield ("roles", name, "joins"), "only in a confidential model does a role join"

    def _records(self) -> Iterator[tuple[Place, str]]:
        ids = [rule.id for rule in self.life.records]
        for index, rule in enumerate(self.life.records):
            if ids.index(rule.id) != index:
                yield ("records", index, "id"), f"there are two records '{rule.id}'"
            for n, event in enumerate(rule.needs):
                if event not in self.events:
                    yield ("records", index, "needs", n), f"there is no event '{event}'"

    def _beginnings(self) -> Iterator[tuple[Place, str]]:
        stages = {stage.id for stage in self.life.stages}
        for kind, name in self.life.enters.items():
            if name not in stages:
                yield ("enters", kind), f"there is no stage '{name}'"
        triggers = self.life.opens.triggers if self.life.opens else ()
        names = [trigger.id for trigger in triggers]
        for index, trigger in enumerate(triggers):
            if names.index(trigger.id) != index:
                yield ("opens", "triggers", index, "id"), f"there are two triggers '{trigger.id}'"
            if trigger.enters is not None and trigger.enters not in stages:
                yield ("opens", "triggers", index, "enters"), f"there is no stage '{trigger.enters}'"

    def _stage(self, at: Place, n: int, stage: Stage) -> Iterator[tuple[Place, str]]:
        if [each.id for each in self.life.stages].index(stage.id) != n:
            yield (*at, "id"), f"there are two stages '{stage.id}'"
        if stage.owner not in self.life.roles:
            yield (*at, "owner"), f"there is no role '{stage.owner}'"
        for index, command in enumerate(stage.allows):
            yield from self._command((*at, "allows", index), command)
        owed = [rule.id for rule in stage.obligations]
        for index, rule in enumerate(stage.obligations):
            if owed.index(rule.id) != index:
                yield (*at, "obligations", index, "id"), f"there are two obligations '{rule.id}' in this stage"
            yield from self._obligation((*at, "obligations", index), rule)
        for index, way in enumerate(stage.leave):
            yield from self._way((*at, "leave", index), way)

    def _command(self, place: Place, command: str) -> Iterator[tuple[Place, str]]:
        if command not in self.commands:
            yield place, f"there is no command '{command}'"
        elif not self.life.who_may(command):
            yield place, f"no role may give the command '{command}'"

    def _obligation(self, place: Place, rule: ObligationRule) -> Iterator[tuple[Place, str]]:
        base = self.events.get(rule.due.base)
        if rule.owner not in self.life.roles:
            yield (*place, "owner"), f"there is no role '{rule.owner}'"
        if base is None:
            yield (*place, "due"), f"there is no event '{rule.due.base}'"
        else:
            for where, name in ((("due", "field"), rule.due.field), (("same",), rule.same)):
                if name is not None and name not in base.model_fields:
                    yield (*place, *where), f"the event '{rule.due.base}' has no field '{name}'"
            field = base.model_fields.get(rule.due.field or "")
            if field is not None and When not in (field.annotation, *get_args(field.annotation)):
                yield (*place, "due", "field"), f"'{rule.due.field}' of the event '{rule.due.base}' is not a date"
            yield from self._values((*place, "due", "where"), rule.due.where, base)
        if rule.source is None and not rule.assumed:
            yield place, "an obligation names its source, or says assumed: true"
        for index, step in enumerate(rule.escalate):
            if step.to not in self.life.roles:
                yield (*place, "escalate", index, "to"), f"there is no role '{step.to}'"
        yield from self._gate((*place, "met_by"), rule.met_by)

    def _way(self, place: Place, way: Way) -> Iterator[tuple[Place, str]]:
        if way.to not in {*(stage.id for stage in self.life.stages), *(end.id for end in self.life.ends)}:
            yield (*place, "to"), f"there is no stage or end '{way.to}'"
        yield from self._gate((*place, "when"), way.when)
        for at, leaf in way.when.leaves((*place, "when")):
            for name in leaf.events():
                givers = self.givers(name)
                if givers and not any(self.commands[giver].derived or self.life.who_may(giver) for giver in givers):
                    yield at, f"nobody may give a command that leads to '{name}'"

    def _gate(self, place: Place, gate: Gate) -> Iterator[tuple[Place, str]]:
        for at, part in gate.leaves(place):
            unknown = [name for name in part.events() if name not in self.events]
            if unknown:
                yield from ((at, f"there is no event '{name}'") for name in unknown)
                continue
            for event, name in part.fields():
                if name not in self.events[event].model_fields:
                    yield at, f"the event '{event}' has no field '{name}'"
            for event, where in part.wheres():
                yield from self._values(at, where, self.events[event])
            for party in part.params.by if isinstance(part.params, Agreed) else ():
                if party not in self.life.parties:
                    yield at, f"there is no party '{party}'"

    def _values(self, place: Place, where: Mapping[str, Any], kind: type[Event]) -> Iterator[tuple[Place, str]]:
        """Field values that an event must have. A list of a record's own is asked for a value that is in it."""
        for name, wanted in where.items():
            if name not in kind.model_fields:
                yield place, f"the event '{kind.type}' has no field '{name}'"
                continue
            rule = next((rule for rule in self.life.records if shape_of(rule) is kind), None)
            held = rule.field(name) if rule else None
            annotation: Any = kind.model_fields[name].annotation
            field = TypeAdapter(annotation)
            for value in wanted if isinstance(wanted, list) else [wanted]:
                try:
                    field.validate_python([value] if held and held.many else value)
                except ValidationError:
                    yield place, f"'{name}' of the event '{kind.type}' is never '{value}'"

    def _not_reached(self) -> Iterator[tuple[Place, str]]:
        life = self.life
        reached = {life.stages[0].id, *life.enters.values(), *(way.to for way in life.exits)}
        reached |= {way.to for stage in life.stages for way in stage.leave}
        reached |= {t.enters for t in life.opens.triggers if t.enters} if life.opens else set()
        for n, stage in enumerate(life.stages):
            if stage.id not in reached:
                yield ("stages", n), f"no way leads to the stage '{stage.id}'"

    def _notices(self) -> Iterator[tuple[Place, str]]:
        for index, notice in enumerate(self.life.notices):
            if notice.event not in self.events:
                yield ("notices", index, "event"), f"there is no event '{notice.event}'"
            else:
                yield from self._values(("notices", index, "where"), notice.where, self.events[notice.event])
            for k, told in enumerate(notice.to):
                if told not in self.life.roles:
                    yield ("notices", index, "to", k), f"there is no role '{told}'"
