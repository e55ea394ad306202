"""A case file: a real or invented engagement as dated steps, each a command with the role that gave it and its source.

The form is YAML. `council` is a GSS code, or X0000001 and up for councils that sources do not name. A step is `do`, a
command of the council or of an engagement, or `assume`, which carries a stage on where the sources are silent and says
why. Values stay plain here: whoever plays the file seals them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain import council, engagement
from domain.actors import OFFICE_ROLE, Actor
from domain.course import AssumeStage
from domain.dates import PrintedWhen, When
from domain.disputes import DisputeFact, partly
from domain.documents import Document, Place
from domain.items import as_stored
from domain.lifecycle import Lifecycle
from domain.part import Command, Event
from domain.sealed import sealed_paths

ASSUMES = Actor.parse(OFFICE_ROLE)
"""Who assumes a stage in a case file: the office that brings the history in."""

_CODE = re.compile(r"(?:E\d{8}|X(?!0{7})\d{7})\Z", re.ASCII)
_NOT_SEALED_YET = "sealed:" + "0" * 64

Text = Annotated[str, Field(min_length=1)]
Target = Literal["council", "engagement"]


@dataclass(frozen=True)
class Step:
    """A step of a case file. `body` holds plain values; `engagement` counts, from 1, those that the file opened.

    `source` is the step's own or the file's; an assumption has none but its own.
    """

    number: int
    line: int
    occurred: When
    target: Target
    engagement: int
    command_type: str
    decided_by: Actor
    recorded_by: Actor
    body: dict[str, Any]
    source: str | None = None
    disputed: str | None = None
    reported_on: When | None = None


@dataclass(frozen=True)
class Case:
    """A case file that was read and checked: whose it is, the model it is held to, and its steps in order."""

    council: str
    title: str
    model: str
    source: str
    steps: tuple[Step, ...]

    def played(self) -> Iterator[tuple[date, Step]]:
        """Each step with the day on which a rehearsal plays it."""
        day: date | None = None
        for step in self.steps:
            day = played_on(step, day)
            yield day, step


def played_on(step: Step, previous: date | None) -> date:
    """The day on which a rehearsal records a step: when it was reported or had happened, not before the step before."""
    known = (step.reported_on or step.occurred).latest
    return known if previous is None else max(previous, known)


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Head(_Form):
    council: str
    title: Text
    model: Text
    source: Text
    steps: list[Any] = Field(min_length=1)


class _Dated(_Form):
    recorded_by: Actor | None = None
    engagement: int = Field(default=1, ge=1)
    source: Text | None = None
    disputed: Text | None = None
    reported_on: PrintedWhen | None = None


class _Do(_Dated):
    on: PrintedWhen
    do: str
    of: Target | None = None
    by: Actor = Field(alias="as")
    body: dict[str, Any] = Field(default_factory=dict, alias="with")


class _To(_Form):
    to: str


class _Assume(_Dated):
    on: PrintedWhen | None = None
    assume: _To
    because: Text


def model_named(document: Document) -> str:
    """The model a case file names, such as `performance-action-team`. Raises DocumentError for an unusable head."""
    return _head(document).model


def read_case(document: Document, lifecycle: Lifecycle) -> Case:
    """Read and check a case file. Raises DocumentError with the line of the first thing that is wrong."""
    head = _head(document)
    steps: list[Step] = []
    for index, value in enumerate(head.steps):
        steps.append(_step(document, lifecycle, head, index, value, steps[-1].occurred if steps else None))
    return Case(council=head.council, title=head.title, model=head.model, source=head.source, steps=tuple(steps))


def _head(document: Document) -> _Head:
    if not isinstance(document.value, dict):
        raise document.error((), "a case file is a mapping with council, title, model, source and steps")
    head = document.read_as(_Head)
    if not _CODE.match(head.council):
        raise document.error(("council",), f"'{head.council}' is not a GSS code such as E09000014, nor X0000001 and up")
    return head


def _step(document: Document, lifecycle: Lifecycle, head: _Head, index: int, value: Any, previous: When | None) -> Step:
    place: Place = ("steps", index)
    if not isinstance(value, dict) or ("do" in value) == ("assume" in value):
        raise document.error(place, "a step is a mapping with either 'do' or 'assume'")
    form: _Do | _Assume
    occurred: When
    of: Target | None = None
    if "do" in value:
        form = document.read_as(_Do, place, value)
        name, by, body, at, occurred, of = form.do, form.by, form.body, (*place, "with"), form.on, form.of
    else:
        form = document.read_as(_Assume, place, value)
        name, by, body, at = AssumeStage.type, ASSUMES, {"to": form.assume.to, "because": form.because}, place
        occurred = _assumed_on(document, place, lifecycle, form, previous)
    target, command = _command(document, place, lifecycle, name, of)
    may = council.MAY[name] if target == "council" else lifecycle.who_may(name)
    _check_role(document, place, lifecycle, name, by, may)
    _check_body(document, at, command, body)
    if command is DisputeFact:
        _check_disputed(document, at, target, body)
    stored, body = as_stored(command, body)
    return Step(
        number=index + 1,
        line=document.line_of(place),
        occurred=occurred,
        target=target,
        engagement=form.engagement,
        command_type=stored.type,
        decided_by=by,
        recorded_by=_recorder(document, place, lifecycle, by, form.recorded_by),
        body=body,
        source=form.source or (head.source if isinstance(form, _Do) else None),
        disputed=form.disputed,
        reported_on=form.reported_on,
    )


def _assumed_on(document: Document, place: Place, lifecycle: Lifecycle, form: _Assume, previous: When | None) -> When:
    stages = [stage.id for stage in lifecycle.stages]
    if form.assume.to not in stages:
        problem = f"there is no stage '{form.assume.to}'; known are {', '.join(stages)}"
        raise document.error((*place, "assume", "to"), problem)
    occurred = form.on or previous
    if occurred is None:
        raise document.error(place, "'on' is missing: there is no step before whose date it could take")
    return occurred


def _command(
    document: Document, place: Place, lifecycle: Lifecycle, name: str, of: Target | None
) -> tuple[Target, type[Command]]:
    """What a command is given to, and the command: where both know the name, the engagement unless `of` says otherwise."""
    known: Mapping[Target, Mapping[str, type[Command]]] = {
        "engagement": engagement.commands_of(lifecycle),
        "council": council.COMMANDS,
    }
    target = of or next((target for target, commands in known.items() if name in commands), None)
    if target is None or name not in known[target]:
        whose = f" of the {of}" if of else ""
        raise document.error((*place, "do"), f"there is no command '{name}'{whose}")
    command = known[target][name]
    if command.derived:
        raise document.error((*place, "do"), f"'{name}' follows by itself; no case file gives it")
    return target, command


def _check_role(
    document: Document, place: Place, lifecycle: Lifecycle, name: str, by: Actor, may: Sequence[str]
) -> None:
    place, role = (*place, "as"), str(by)
    if role in may:
        return
    if role not in lifecycle.roles:
        raise document.error(place, f"there is no role '{role}' in {lifecycle.ref}")
    who = f"it is for {', '.join(may)}" if may else "nobody may"
    raise document.error(place, f"{role} may not give the command '{name}'; {who}")


def _recorder(document: Document, place: Place, lifecycle: Lifecycle, by: Actor, named: Actor | None) -> Actor:
    role = lifecycle.roles.get(str(by))  # None for a role that only councils know: it signs in itself
    may = [str(by)] if role is None or role.signs_in else []
    may.extend(role.recorded_by if role else ())
    if named is None:
        return by if str(by) in may else Actor.parse(may[0])
    if str(named) not in may:
        problem = f"{named} may not record what {by} decides; it is for {', '.join(may)}"
        raise document.error((*place, "recorded_by"), problem)
    return named


def _check_body(document: Document, place: Place, command: type[Command], body: dict[str, Any]) -> None:
    """Whether the command will take these values once those that are to be sealed have been."""
    document.read_as(command, place, _with_seals(body, list(sealed_paths(command, body))))


def _check_disputed(document: Document, place: Place, target: Target, body: dict[str, Any]) -> None:
    """Whether the event that is disputed has these fields. It is named by its type: no file knows versions."""
    if "version" in body:
        raise document.error((*place, "version"), "name the event by its type, with 'event': no file knows versions")
    events = council.EVENTS if target == "council" else engagement.EVENTS
    kind: type[Event] | None = events.get(body["event"])
    if kind is None:
        raise document.error((*place, "event"), f"there is no event '{body['event']}' of the {target}")
    where = body.get("where") or {}
    hidden = {str(path[0]) for path in sealed_paths(kind, where)}
    for name in where:
        if name not in kind.model_fields or name in hidden:
            raise document.error((*place, "where", name), f"events '{kind.type}' are not told apart by '{name}'")
    changes = body.get("changes") or {}
    sealed = _with_seals(changes, list(sealed_paths(kind, changes)))
    document.read_as(partly(kind, changes), (*place, "changes"), sealed)


def _with_seals(value: Any, paths: list[tuple[str | int, ...]]) -> Any:
    if () in paths:
        return _NOT_SEALED_YET
    if not paths:
        return value
    inner = {path[0]: [rest[1:] for rest in paths if rest[0] == path[0]] for path in paths}
    if isinstance(value, dict):
        return {key: _with_seals(item, inner.get(key, [])) for key, item in value.items()}
    return [_with_seals(item, inner.get(index, [])) for index, item in enumerate(value)]
