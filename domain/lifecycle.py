"""A lifecycle: the document that says what an engagement of one model passes through.

It lists the roles and the commands each may give, the stages in order with their obligations and gates, and where an
engagement goes from each end. It is validated when loaded, published into the ledger whole with its SHA-256, and an
engagement is pinned to one version. A published version is never edited.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from domain.course import Kind
from domain.dates import When
from domain.documents import Document, Place
from domain.gates import Agreed, Gate
from domain.obligations import ObligationRule
from domain.part import Command, Event


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Starts(_Document):
    """Which published ratings open an engagement of this model."""

    services: tuple[str, ...] = Field(min_length=1)
    stars: tuple[int, ...] = Field(min_length=1)


class Role(_Document):
    """A role and the commands it may decide. One that does not sign in is recorded by others."""

    title: str
    may: tuple[str, ...] = ()
    signs_in: bool = True
    recorded_by: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _somebody_records(self) -> Self:
        if not self.signs_in and not self.recorded_by:
            raise ValueError("a role that does not sign in needs recorded_by: who records what it decides")
        return self


class Way(_Document):
    """Where an engagement goes, and the gate that lets it."""

    to: str
    when: Gate


class Notice(_Document):
    """Who is told of an event, and with which template."""

    event: str
    to: tuple[str, ...] = Field(min_length=1)
    where: dict[str, Any] = Field(default_factory=dict)


class Stage(_Document):
    """A stage: the commands it allows, what is owed in it, and the ways out, of which the first that is open is taken."""

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$")
    title: str
    owner: str
    source: str | None = None
    watch_for: tuple[str, ...] = ()
    allows: tuple[str, ...] = Field(min_length=1)
    obligations: tuple[ObligationRule, ...] = ()
    leave: tuple[Way, ...] = Field(min_length=1)


class End(_Document):
    """A way in which an engagement is over."""

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$")
    title: str


class Lifecycle(_Document):
    """A model of intervention in one version."""

    id: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$")
    version: int = Field(ge=1)
    title: str
    source: str
    calendar: str
    starts: Starts | None = None
    parties: dict[str, str]
    roles: dict[str, Role]
    enters: dict[Kind, str] = Field(default_factory=dict)
    """The stage at which an engagement of a kind begins; the first where nothing is said."""
    stages: tuple[Stage, ...] = Field(min_length=1)
    obligations: tuple[ObligationRule, ...] = ()
    """What is owed whatever the stage: these are let go only with the engagement, not with a stage."""
    exits: tuple[Way, ...] = ()
    ends: tuple[End, ...] = Field(min_length=1)
    always: tuple[str, ...] = ()
    after_close: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()

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
        return any(rule.id == obligation for rule in self.obligations)

    def entered_first(self, kind: Kind | None) -> str:
        """The stage at which an engagement of a kind begins."""
        return self.enters.get(kind or "special-measures", self.stages[0].id)

    def is_end(self, name: str) -> bool:
        """Whether a name is one of the ends."""
        return any(end.id == name for end in self.ends)

    def title_of(self, name: str) -> str:
        """The title of a stage or an end."""
        titles = {stage.id: stage.title for stage in self.stages} | {end.id: end.title for end in self.ends}
        return titles.get(name, name)

    def who_may(self, command: str) -> tuple[str, ...]:
        """The roles that may decide a command, in the order of the document."""
        return tuple(name for name, role in self.roles.items() if command in role.may)

    def allowed_in(self, stage: str) -> frozenset[str]:
        """The commands a stage allows, with those that are always allowed while the engagement is open."""
        return frozenset((*self.stage(stage).allows, *self.always))

    def stages_allowing(self, command: str) -> tuple[str, ...]:
        """The stages that allow a command, in order."""
        return tuple(stage.id for stage in self.stages if command in self.allowed_in(stage.id))


def read_lifecycle(
    document: Document, commands: Mapping[str, type[Command]], events: Mapping[str, type[Event]]
) -> Lifecycle:
    """Read and check a lifecycle document. Raises DocumentError with the line of the first thing that is wrong."""
    lifecycle = document.read_as(Lifecycle)
    for place, problem in _problems(lifecycle, commands, events):
        raise document.error(place, problem)
    return lifecycle


def _problems(
    life: Lifecycle, commands: Mapping[str, type[Command]], events: Mapping[str, type[Event]]
) -> Iterator[tuple[Place, str]]:
    """Everything in a lifecycle that names something which does not exist, or that nobody can ever do."""
    stages = [stage.id for stage in life.stages]
    places = {*stages, *(end.id for end in life.ends)}
    for name, role in life.roles.items():
        if name.partition(".")[0] not in life.parties:
            yield ("roles", name), f"there is no party '{name.partition('.')[0]}'"
        for index, command in enumerate(role.may):
            if command not in commands:
                yield ("roles", name, "may", index), f"there is no command '{command}'"
        for index, recorder in enumerate(role.recorded_by):
            if recorder not in life.roles or not life.roles[recorder].signs_in:
                yield ("roles", name, "recorded_by", index), f"'{recorder}' is not a role that signs in"
    for key in ("always", "after_close"):
        for index, command in enumerate(getattr(life, key)):
            yield from _command_problems((key, index), command, life, commands)
    for kind, name in life.enters.items():
        if name not in stages:
            yield ("enters", kind), f"there is no stage '{name}'"
    for n, stage in enumerate(life.stages):
        at: Place = ("stages", n)
        if stages.index(stage.id) != n:
            yield (*at, "id"), f"there are two stages '{stage.id}'"
        if stage.owner not in life.roles:
            yield (*at, "owner"), f"there is no role '{stage.owner}'"
        for index, command in enumerate(stage.allows):
            yield from _command_problems((*at, "allows", index), command, life, commands)
        owed = [rule.id for rule in stage.obligations]
        for index, rule in enumerate(stage.obligations):
            if owed.index(rule.id) != index:
                yield (*at, "obligations", index, "id"), f"there are two obligations '{rule.id}' in this stage"
            yield from _obligation_problems((*at, "obligations", index), rule, life, events)
        for index, way in enumerate(stage.leave):
            yield from _way_problems((*at, "leave", index), way, life, commands, events, places)
    throughout = [rule.id for rule in life.obligations]
    for index, rule in enumerate(life.obligations):
        if throughout.index(rule.id) != index or any(rule.id == r.id for s in life.stages for r in s.obligations):
            yield ("obligations", index, "id"), f"there are two obligations '{rule.id}'"
        yield from _obligation_problems(("obligations", index), rule, life, events)
    for index, way in enumerate(life.exits):
        yield from _way_problems(("exits", index), way, life, commands, events, places)
    reached = {
        stages[0],
        *life.enters.values(),
        *(way.to for way in life.exits),
        *(way.to for s in life.stages for way in s.leave),
    }
    for n, stage in enumerate(life.stages):
        if stage.id not in reached:
            yield ("stages", n), f"no way leads to the stage '{stage.id}'"
    for index, notice in enumerate(life.notices):
        if notice.event not in events:
            yield ("notices", index, "event"), f"there is no event '{notice.event}'"
        else:
            yield from _field_problems(("notices", index, "where"), notice.where, events[notice.event])
        for k, told in enumerate(notice.to):
            if told not in life.roles:
                yield ("notices", index, "to", k), f"there is no role '{told}'"


def _command_problems(
    place: Place, command: str, life: Lifecycle, commands: Mapping[str, type[Command]]
) -> Iterator[tuple[Place, str]]:
    if command not in commands:
        yield place, f"there is no command '{command}'"
    elif not life.who_may(command):
        yield place, f"no role may give the command '{command}'"


def _obligation_problems(
    place: Place, rule: ObligationRule, life: Lifecycle, events: Mapping[str, type[Event]]
) -> Iterator[tuple[Place, str]]:
    if rule.owner not in life.roles:
        yield (*place, "owner"), f"there is no role '{rule.owner}'"
    if rule.due.base not in events:
        yield (*place, "due"), f"there is no event '{rule.due.base}'"
    else:
        for where, name in ((("due", "field"), rule.due.field), (("same",), rule.same)):
            if name is not None and name not in events[rule.due.base].model_fields:
                yield (*place, *where), f"the event '{rule.due.base}' has no field '{name}'"
        field = events[rule.due.base].model_fields.get(rule.due.field or "")
        if field is not None and When not in (field.annotation, *get_args(field.annotation)):
            yield (*place, "due", "field"), f"'{rule.due.field}' of the event '{rule.due.base}' is not a date"
    if rule.source is None and not rule.assumed:
        yield place, "an obligation names its source, or says assumed: true"
    for index, step in enumerate(rule.escalate):
        if step.to not in life.roles:
            yield (*place, "escalate", index, "to"), f"there is no role '{step.to}'"
    yield from _gate_problems((*place, "met_by"), rule.met_by, life, events)


def _way_problems(
    place: Place,
    way: Way,
    life: Lifecycle,
    commands: Mapping[str, type[Command]],
    events: Mapping[str, type[Event]],
    places: set[str],
) -> Iterator[tuple[Place, str]]:
    if way.to not in places:
        yield (*place, "to"), f"there is no stage or end '{way.to}'"
    yield from _gate_problems((*place, "when"), way.when, life, events)
    for name in way.when.events():
        givers = [command for command in commands.values() if name in {kind.type for kind in command.gives}]
        if givers and not any(giver.derived or life.who_may(giver.type) for giver in givers):
            yield (*place, "when"), f"nobody may give a command that leads to '{name}'"


def _gate_problems(
    place: Place, gate: Gate, life: Lifecycle, events: Mapping[str, type[Event]]
) -> Iterator[tuple[Place, str]]:
    for part in gate.parts:
        yield from _gate_problems(place, part, life, events)
    if gate.parts:
        return
    unknown = [name for name in gate.events() if name not in events]
    if unknown:
        yield from ((place, f"there is no event '{name}'") for name in unknown)
        return
    for event, name in gate.fields():
        if name not in events[event].model_fields:
            yield place, f"the event '{event}' has no field '{name}'"
    for event, where in gate.wheres():
        yield from _field_problems(place, where, events[event])
    for party in getattr(gate.params, "by", ()) if isinstance(gate.params, Agreed) else ():
        if party not in life.parties:
            yield place, f"there is no party '{party}'"


def _field_problems(place: Place, where: Mapping[str, Any], kind: type[Event]) -> Iterator[tuple[Place, str]]:
    for name, wanted in where.items():
        if name not in kind.model_fields:
            yield place, f"the event '{kind.type}' has no field '{name}'"
            continue
        annotation: Any = kind.model_fields[name].annotation
        field = TypeAdapter(annotation)
        for value in wanted if isinstance(wanted, list) else [wanted]:
            try:
                field.validate_python(value)
            except ValidationError:
                yield place, f"'{name}' of the event '{kind.type}' is never '{value}'"
