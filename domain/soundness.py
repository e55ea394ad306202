"""What is worth finding in a lifecycle document before it is published: everything at once, each with its line.

A document that loads may still never work: a stage that nothing leads to, a gate whose command nobody may give there, a
date owed by nobody's doing. Those are errors here. Published documents are never held to this, so that a stricter release
still reads them. What is only odd is a warning. What can happen at all, `domain.possible` says.
"""

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import get_args

from pydantic import ValidationError

from domain.actors import OFFICE_ROLE
from domain.documents import Document, Place
from domain.gates import Agreed, Covered, Gate, Spent
from domain.lifecycle import Lifecycle, Named, Stage, Way
from domain.obligations import ObligationRule
from domain.part import Command, Event
from domain.possible import Possible
from domain.ratings import Service

_ROLE = re.compile(r"[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*\Z")


@dataclass(frozen=True)
class Finding:
    """Something found in a document: where, what is wrong, what would be right, and whether it stands in the way."""

    name: str
    line: int
    place: str
    problem: str
    hint: str | None = None
    error: bool = True

    def __str__(self) -> str:
        kind = "" if self.error else "warning: "
        return f"{self.name}:{self.line}: {kind}{self.problem}" + (f"; {self.hint}" if self.hint else "")


Found = tuple[Place, str, str | None, bool]
"""A place, a problem, a hint, and whether it is an error."""


def findings(
    document: Document,
    commands: Mapping[str, type[Command]],
    events: Mapping[str, type[Event]],
    calendars: Collection[str],
) -> list[Finding]:
    """Everything found in a lifecycle document, by line. `calendars` are those that are known, by their ids."""
    if not isinstance(document.value, dict):
        return [Finding(document.name, 1, "", "a lifecycle is a mapping, `name: value` a line")]
    try:
        life = Lifecycle.model_validate(document.value)
    except ValidationError as error:
        wrong = document.errors_from(error)
        return _sorted(Finding(each.name, each.line, each.place, each.problem) for each in wrong)
    names = Named.by(life, commands, events)
    found = [_hard(place, problem, names) for place, problem in names.problems()]
    found += _Sound(names, calendars, commands, events).found()
    return _sorted(
        Finding(document.name, document.line_of(at), ".".join(map(str, at)), problem, hint, error)
        for at, problem, hint, error in dict.fromkeys(found)
    )


def _sorted(found: Iterable[Finding]) -> list[Finding]:
    return sorted(dict.fromkeys(found), key=lambda finding: (finding.line, not finding.error, finding.problem))


_KINDS: Mapping[str, Callable[[Named], Iterable[str]]] = {
    "command": lambda names: names.commands,
    "event": lambda names: names.events,
    "role": lambda names: names.life.roles,
    "stage": lambda names: [stage.id for stage in names.life.stages],
    "stage or end": lambda names: [s.id for s in names.life.stages] + [end.id for end in names.life.ends],
    "party": lambda names: names.life.parties,
}


def _hard(place: Place, problem: str, names: Named) -> Found:
    """What the loader refuses, with what may have been meant."""
    unknown = re.match(r"there is no ([a-z ]+) '([^']*)'", problem)
    known = _KINDS.get(unknown[1]) if unknown else None
    near = difflib.get_close_matches(unknown[2], list(known(names)), n=2) if unknown and known else []
    return place, problem, f"did you mean {' or '.join(near)}?" if near else None, True


class _Sound:
    """The checks over one lifecycle whose parts are all well formed. Names that do not exist are passed over."""

    def __init__(
        self,
        names: Named,
        calendars: Collection[str],
        commands: Mapping[str, type[Command]],
        events: Mapping[str, type[Event]],
    ) -> None:
        self.names, self.life, self.calendars, self.possible = names, names.life, calendars, Possible(names)
        self._built_in = {*commands, *events}

    def found(self) -> Iterator[Found]:
        """Everything found."""
        yield from self._head()
        yield from self._roles()
        yield from self._records()
        yield from self._shape()
        for n, stage in enumerate(self.life.stages):
            yield from self._stage(n, stage)
        for n, rule in enumerate(self.life.obligations):
            yield from self._obligation(("obligations", n), rule, None)
        for n, way in enumerate(self.life.exits):
            yield from self._way(("exits", n), way, None)

    # The head, roles, records

    def _head(self) -> Iterator[Found]:
        life = self.life
        if life.calendar not in self.calendars:
            known = ", ".join(sorted(self.calendars))
            yield ("calendar",), f"there is no calendar '{life.calendar}'", f"known are {known}", True
        if life.starts is None and life.opens is None:
            hint = "say which ratings open it (starts), or what the office may open it for (opens)"
            yield ("id",), "nothing opens an engagement of this model", hint, True
        for n, service in enumerate(life.starts.services if life.starts else ()):
            if service not in get_args(Service):
                yield (
                    ("starts", "services", n),
                    f"there is no service '{service}'",
                    f"known are {', '.join(get_args(Service))}",
                    True,
                )
        for n, stars in enumerate(life.starts.stars if life.starts else ()):
            if not 0 <= stars <= 3:
                yield ("starts", "stars", n), f"no council is ever rated {stars} stars", "stars are 0 to 3", True
        if OFFICE_ROLE not in life.roles:
            hint = "engagements are opened, taken over and stopped in its name"
            yield ("roles",), f"there is no role '{OFFICE_ROLE}'", hint, False
        for place, text in _texts(life):
            if not text.strip():
                yield place, f"'{place[-1]}' is empty", "write a few words", True

    def _roles(self) -> Iterator[Found]:
        life, anywhere = self.life, self._allowed_anywhere
        for name, role in life.roles.items():
            at: Place = ("roles", name)
            if not _ROLE.match(name):
                yield (
                    at,
                    f"'{name}' can't be a role",
                    "write PARTY.ROLE in small letters, such as council.director",
                    True,
                )
            if not role.may and name not in self._mentioned:
                yield (
                    at,
                    f"{name} may do nothing and is told of nothing",
                    "give it commands in may, or take it out",
                    False,
                )
            for n, command in enumerate(role.may):
                kind = self.names.commands.get(command)
                if kind is not None and kind.derived:
                    yield (*at, "may", n), f"'{command}' follows by itself: no role gives it", "take it out", True
                elif kind is not None and command not in anywhere:
                    hint = "put it among what a stage allows, or into always or after_close"
                    yield (*at, "may", n), f"{name} may give '{command}', and no stage allows it", hint, False
        for party in life.parties:
            if not any(name.partition(".")[0] == party for name in life.roles):
                yield ("parties", party), f"the party '{party}' has no role", "give it one, or take it out", False

    @cached_property
    def _allowed_anywhere(self) -> set[str]:
        life = self.life
        return {*life.always, *life.after_close, *(command for stage in life.stages for command in stage.allows)}

    @cached_property
    def _mentioned(self) -> set[str]:
        """The roles that own something or are told of something."""
        life = self.life
        rules = [*life.obligations, *(rule for stage in life.stages for rule in stage.obligations)]
        return {
            *(stage.owner for stage in life.stages),
            *(rule.owner for rule in rules),
            *(step.to for rule in rules for step in rule.escalate),
            *(role for notice in life.notices for role in notice.to),
        }

    def _records(self) -> Iterator[Found]:
        for n, rule in enumerate(self.life.records):
            for name in (rule.command, rule.event):
                if name in self._built_in:
                    what = "command" if name == rule.command else "event"
                    hint = f"'{name}' is the engine's own: choose another id, or use that one"
                    yield ("records", n, "id"), f"a record '{rule.id}' would bring {_a(what)} that exists", hint, True
            if not self.life.who_may(rule.command):
                yield ("records", n), f"no role may give '{rule.command}'", "add it to what some role may", True
            elif rule.command not in self._allowed_anywhere:
                yield ("records", n), f"no stage allows '{rule.command}'", "add it to what a stage allows", True

    # Stages and ways between them

    def _shape(self) -> Iterator[Found]:
        """Stages that nothing leads to or that lead nowhere, ends that nothing leads to, names that stand twice."""
        life = self.life
        stages, ends = [stage.id for stage in life.stages], [end.id for end in life.ends]
        for n, stage in enumerate(life.stages):
            if stage.id not in self.possible.reached:
                hint = "let a way lead to it, or take it out"
                yield (
                    ("stages", n),
                    f"no way leads to the stage '{stage.id}' from where an engagement begins",
                    hint,
                    True,
                )
            if stage.id not in self.possible.ending:
                hint = "let a way lead to an end, or to a stage from which one does"
                yield ("stages", n), f"the stage '{stage.id}' is a dead end: no end can be reached from it", hint, True
        led_to = {way.to for stage in life.stages for way in stage.leave} | {way.to for way in life.exits}
        for n, end in enumerate(life.ends):
            if ends.index(end.id) != n or end.id in stages:
                other = "stage" if end.id in stages else "end"
                yield ("ends", n, "id"), f"'{end.id}' is {_a(other)} already", "give it another id", True
            elif end.id not in led_to:
                yield ("ends", n), f"no way leads to the end '{end.id}'", "let a way lead to it, or take it out", True

    def _stage(self, n: int, stage: Stage) -> Iterator[Found]:
        at: Place = ("stages", n)
        for index, rule in enumerate(stage.obligations):
            yield from self._obligation((*at, "obligations", index), rule, stage)
        for index, way in enumerate(stage.leave):
            yield from self._way((*at, "leave", index), way, stage)
            yield from self._again((*at, "leave", index), way, stage)

    def _way(self, at: Place, way: Way, stage: Stage | None) -> Iterator[Found]:
        yield from self._known_values((*at, "when"), way.when)
        if stage is None or stage.id in self.possible.reached:
            yield from self._gate((*at, "when"), way.when, stage, alone=False)

    def _again(self, at: Place, way: Way, stage: Stage) -> Iterator[Found]:
        """A way on, in a circle of stages, that what happened the first time round opens at once the second time."""
        fresh = any(getattr(leaf.params, "within", None) == "stage" for _, leaf in way.when.leaves())
        if fresh or not self.possible.again(way.to, stage.id) or not _only_grows(way.when):
            return
        yield (
            (*at, "when"),
            f"'{stage.id}' may be entered again, and what met this gate the first time meets it at once",
            "add within: stage",
            False,
        )

    # What is owed

    def _obligation(self, at: Place, rule: ObligationRule, stage: Stage | None) -> Iterator[Found]:
        yield from self._known_values((*at, "met_by"), rule.met_by)
        if stage is not None and stage.id not in self.possible.reached:
            return
        if rule.due.base in self.names.events and not self.possible.can(
            rule.due.base, self._when_in(stage), rule.due.where
        ):
            hint = f"let a role give {self._commands_of(rule.due.base)} there or before"
            yield (*at, "due"), f"'{rule.id}' is never owed: '{rule.due.base}' can't happen", hint, True
        wrong = list(self._gate((*at, "met_by"), rule.met_by, stage, alone=True))
        yield from wrong
        if not wrong and rule.owner in self.life.roles and not self._may_meet(rule, rule.owner):
            givers = sorted({role for name in rule.met_by.events() for role in self.possible.roles(name)})
            hint = f"it is done by {', '.join(givers)}"
            yield (*at, "owner"), f"{rule.owner} owes '{rule.id}' and may do nothing that meets it", hint, False

    def _may_meet(self, rule: ObligationRule, role: str) -> bool:
        """Whether an owner may give or record something that meets what is owed, or nobody need do anything."""
        names = [name for name in rule.met_by.events() if name in self.names.events]
        givers = {giver for name in names for giver in self.possible.roles(name)}
        records = {giver for giver in givers if role in self.life.roles[giver].recorded_by}
        return not givers or role in givers or bool(records)

    # Whether something can happen

    def _gate(self, at: Place, gate: Gate, stage: Stage | None, *, alone: bool) -> Iterator[Found]:
        """The predicates of a gate that nobody can ever meet there. `alone` where it looks only at what comes after.

        One that is not the only way to meet the gate is odd, and stands in nobody's way.
        """
        name = gate.predicate.removesuffix("@1")
        if not gate.parts:
            yield from self._leaf((*at, name), gate, stage, alone=alone)
        elif name != "not":
            found = [list(self._gate((*at, name, n), part, stage, alone=alone)) for n, part in enumerate(gate.parts)]
            spared = name == "any" and any(not any(each[3] for each in part) for part in found)
            yield from ((*each[:3], each[3] and not spared) for part in found for each in part)

    def _leaf(self, place: Place, leaf: Gate, stage: Stage | None, *, alone: bool) -> Iterator[Found]:
        if any(name not in self.names.events for name in leaf.events()):
            return
        where = f"in the stage '{stage.id}'" if stage else "in any stage"
        for event in self._impossible(leaf, stage, alone=alone):
            said = f"nobody can bring about '{event}'" if self.names.givers(event) else f"'{event}' can't happen"
            yield place, f"{said} {where}", self._hint(event, stage), True
        if isinstance(leaf.params, Agreed):
            yield from self._parties(place, leaf.params, stage, alone=alone)

    def _impossible(self, leaf: Gate, stage: Stage | None, *, alone: bool) -> Iterator[str]:
        """The events without which a predicate is never met, and that can't happen where it looks."""
        params = leaf.params
        here = self._looked_at(stage, getattr(params, "within", None), alone=alone)
        match params:
            case Covered():
                here, wanted = self._when_in(stage), [params.of, params.by]
            case Spent():
                here, wanted = self._when_in(stage), [params.of]
                if not any(self.possible.can(name, here) for name in params.spending):
                    yield from params.spending
            case Agreed() if not self.possible.can(params.since, self._when_in(stage)):
                wanted = [params.since]
            case _:
                wanted = [params.event]
        where = getattr(params, "where", None)
        yield from (name for name in wanted if not self.possible.can(name, here, where))

    def _parties(self, place: Place, params: Agreed, stage: Stage | None, *, alone: bool) -> Iterator[Found]:
        here = self._looked_at(stage, params.within, alone=alone)
        if not self.possible.can(params.event, here):
            return
        for party in params.by:
            roles = [role for role in self.possible.roles(params.event) if role.partition(".")[0] == party]
            if party in self.life.parties and not roles:
                hint = f"let a role of {party} give {self._commands_of(params.event)}"
                yield place, f"no role of the party '{party}' can bring about '{params.event}'", hint, True

    def _when_in(self, stage: Stage | None) -> set[str]:
        """The stages in which what matters in one can have happened."""
        return self.possible.before[stage.id] if stage else self.possible.reached

    def _looked_at(self, stage: Stage | None, within: str | None, *, alone: bool) -> set[str]:
        """The stages whose events a predicate looks at."""
        if stage is not None and (within == "stage" or (alone and within is None)):
            return {stage.id}
        return self._when_in(stage)

    def _commands_of(self, event: str) -> str:
        return " or ".join(f"'{name}'" for name in self.names.givers(event))

    def _hint(self, event: str, stage: Stage | None) -> str | None:
        """What would let an event happen."""
        givers = self.names.givers(event)
        if not givers:
            return None
        name = givers[0]
        if not self.life.who_may(name):
            return f"no role may give '{name}'"
        if stage is not None and name not in self.life.allowed_in(stage.id):
            there = self.life.stages_allowing(name)
            said = f"is allowed in {', '.join(there)}" if there else "is allowed in no stage"
            return f"'{name}' {said}: add it to what '{stage.id}' allows"
        return f"'{name}' needs what can't have happened by then"

    # Values that name things of the document

    def _known_values(self, at: Place, gate: Gate) -> Iterator[Found]:
        """Stages and obligations that a gate asks for by name and that are not there."""
        stages = [stage.id for stage in self.life.stages]
        rules = (*self.life.obligations, *(rule for stage in self.life.stages for rule in stage.obligations))
        known = {"stage": stages, "left": stages, "obligation": [rule.id for rule in rules]}
        for place, leaf in gate.leaves(at):
            for event, where in leaf.wheres():
                if not event.startswith(("obligation-", "clock-", "stage-")):
                    continue
                for name, wanted in where.items():
                    for value in wanted if isinstance(wanted, list) else [wanted]:
                        if name in known and value not in known[name]:
                            near = difflib.get_close_matches(str(value), known[name], n=2)
                            hint = f"did you mean {' or '.join(near)}?" if near else None
                            yield place, f"there is no {'stage' if name == 'left' else name} '{value}'", hint, True


def _only_grows(gate: Gate) -> bool:
    """Whether what met a gate once goes on meeting it: what is asked of the latest event may change."""
    return all(leaf.predicate in ("recorded@1", "count@1") for _, leaf in gate.leaves()) and "not@1" not in _trees(gate)


def _trees(gate: Gate) -> set[str]:
    return {gate.predicate} | {name for part in gate.parts for name in _trees(part)}


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def _texts(life: Lifecycle) -> Iterator[tuple[Place, str]]:
    """The titles and sources that people read, each with its place."""
    yield from ((("title",), life.title), (("source",), life.source))
    yield from ((("parties", name), title) for name, title in life.parties.items())
    yield from ((("roles", name, "title"), role.title) for name, role in life.roles.items())
    yield from ((("records", n, "title"), rule.title) for n, rule in enumerate(life.records))
    for n, stage in enumerate(life.stages):
        yield ("stages", n, "title"), stage.title
        yield from ((("stages", n, "obligations", k, "title"), rule.title) for k, rule in enumerate(stage.obligations))
    yield from ((("ends", n, "title"), end.title) for n, end in enumerate(life.ends))
