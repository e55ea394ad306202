"""What can happen in a lifecycle: which stages lead where, and which events can happen in which of them.

It is asked generously: an event can happen in a stage when a role may give a command there that leads to it, and whatever
that needs can have happened before. So what can't happen certainly can't; not everything that can't is known.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from domain.lifecycle import Named

BY_HAND = frozenset(("engagement-stopped", "opened-in-error"))
"""Ends that somebody calls: a stage that only these lead out of is a dead end all the same."""

RESET = "further-phase-started"
"""What begins a phase: gates look at the events since then."""


class Possible:
    """What can happen in one lifecycle. Names that do not exist are passed over."""

    def __init__(self, names: Named) -> None:
        self.names, self.life = names, names.life

    # Where it goes

    @cached_property
    def beginnings(self) -> set[str]:
        """The stages at which an engagement can begin."""
        life = self.life
        first = life.stages[0].id
        found = set(life.enters.values()) if life.starts else set()
        if life.starts is not None and "special-measures" not in life.enters:
            found.add(first)
        if life.opens is not None:
            found |= {trigger.enters or first for trigger in life.opens.triggers} or {first}
        return found or {first}

    @cached_property
    def onward(self) -> Mapping[str, set[str]]:
        """The stages to which each stage leads."""
        stages = {stage.id for stage in self.life.stages}
        out = {way.to for way in self.life.exits}
        return {stage.id: (out | {way.to for way in stage.leave}) & stages for stage in self.life.stages}

    @cached_property
    def reached(self) -> set[str]:
        """The stages that an engagement can come to."""
        return _from(self.beginnings, self.onward)

    @cached_property
    def before(self) -> Mapping[str, set[str]]:
        """For each stage, those that can have come before it, and itself."""
        after = {stage: _from([stage], self.onward) for stage in self.reached}
        return {stage: {other for other in self.reached if stage in after[other]} | {stage} for stage in self.onward}

    @cached_property
    def ending(self) -> set[str]:
        """The stages from which an end can be reached otherwise than by a hand that stops everything."""
        ends = {end.id for end in self.life.ends}
        out = {way.to for way in self.life.exits if not set(way.when.events()) <= BY_HAND}
        found: set[str] = set()
        while True:
            more = {
                stage.id
                for stage in self.life.stages
                if stage.id not in found and (out | {way.to for way in stage.leave}) & (ends | found)
            }
            if not more:
                return found
            found |= more

    def again(self, start: str, end: str) -> bool:
        """Whether a way leads from one stage back to another without beginning a phase on it."""
        kept = {
            stage.id: {way.to for way in stage.leave if RESET not in way.when.events()} for stage in self.life.stages
        }
        return start in kept and end in _from([start], kept)

    # What happens

    def can(
        self,
        event: str,
        stages: Collection[str],
        where: Mapping[str, Any] | None = None,
        asked: frozenset[str] = frozenset(),
    ) -> bool:
        """Whether an event can happen in one of some stages."""
        givers = self.names.givers(event)
        if not givers:
            return self._by_the_engine(event, stages, where or {})
        return event not in asked and any(self._given(name, stages, asked | {event}) for name in givers)

    def _given(self, command: str, stages: Collection[str], asked: frozenset[str]) -> bool:
        """Whether a command can be given in one of some stages, by somebody, with what it needs before it."""
        kind = self.names.commands[command]
        if kind.derived:
            return True
        if not self.life.who_may(command):
            return False
        rule = next((rule for rule in self.life.records if rule.command == command), None)
        needs = rule.needs if rule else tuple(event.type for event in kind.needs)
        return any(
            command in self.life.allowed_in(stage)
            and all(self.can(need, self.before[stage], None, asked) for need in needs if need in self.names.events)
            for stage in stages
        )

    def _by_the_engine(self, event: str, stages: Collection[str], where: Mapping[str, Any]) -> bool:
        """Whether the engine itself can bring an event about: what it concludes of what is owed needs something owed."""
        if not event.startswith(("obligation-", "clock-")):
            return event != "engagement-closed"
        owed = {rule.id for stage in stages for rule in self.life.owed_in(stage)}
        named = where.get("obligation")
        return bool(owed if named is None else owed & set(named if isinstance(named, list) else [named]))

    def roles(self, event: str) -> list[str]:
        """The roles that may give a command that leads to an event."""
        return [role for name in self.names.givers(event) for role in self.life.who_may(name)]


def _from(start: Iterable[str], onward: Mapping[str, set[str]]) -> set[str]:
    """What can be come to from some stages, those included."""
    reached, waiting = set[str](), list(start)
    while waiting:
        stage = waiting.pop()
        if stage not in reached and stage in onward:
            reached.add(stage)
            waiting.extend(onward[stage])
    return reached
