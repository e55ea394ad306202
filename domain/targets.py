"""Targets of special measures: what improvement is expected by when, and what came of it ([PAT] ch.1, 5, Annexe 2).

Improvement, or the capacity for it, is expected by a date and followed up: in practice it was not, rigorously, and
"appetite for improvement" was what got reported. Targets hold across phases of the engagement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from domain.checks import too_early
from domain.dates import When, london_day
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.sealed import Sealed
from domain.special_measures import unproven

Expected = Literal["improvement", "capacity"]
"""What may be asked of a council by a date: improvement, or the capacity for it ([PAT] Annexe 2)."""
Shown = Literal["improvement", "capacity", "appetite"]
"""What a council showed; appetite for improvement is neither ([PAT] ch.5)."""
Verdict = Literal["met", "partly", "not-met"]


class TargetSet(Event):
    """Improvement is expected by a date. `expects` lists what would show it, any of which will do."""

    type: ClassVar[str] = "target-set"
    by: When
    text: Sealed
    target: int | None = None
    expects: tuple[Expected, ...] = ()


class TargetFollowedUp(Event):
    """What came of a target. `interim` when it was said before the target's date and the target was not met yet."""

    type: ClassVar[str] = "target-followed-up"
    target: int
    verdict: Verdict
    shown: tuple[Shown, ...] = ()
    evidence: Sealed | None = None
    interim: bool = False


class SetTarget(Command):
    """Record what improvement is expected by when."""

    type: ClassVar[str] = "set-target"
    gives: ClassVar[Kinds] = (TargetSet,)
    by: When
    text: Sealed
    expects: tuple[Expected, ...] = ()


class FollowUpTarget(Command):
    """Say what came of a target, with the evidence. The latest word on a target counts."""

    type: ClassVar[str] = "follow-up-target"
    gives: ClassVar[Kinds] = (TargetFollowedUp,)
    target: int = Field(ge=1)
    verdict: Verdict
    shown: tuple[Shown, ...] = ()
    evidence: Sealed | None = None


COMMANDS = (SetTarget, FollowUpTarget)
EVENTS = (TargetSet, TargetFollowedUp)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about a target."""
    match command:
        case SetTarget():
            if command.by.certainly_before(asked.occurred):
                return Refusal("target-in-the-past", {"by": str(command.by), "occurred": str(asked.occurred)})
            numbers = [target.number for target in targets(history)]
            return [TargetSet(target=max(numbers, default=0) + 1, **dict(command))]
        case FollowUpTarget():
            return _follow_up(command, history, asked)
    raise TypeError(command)


def _follow_up(command: FollowUpTarget, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    found = {target.number: target for target in targets(history)}
    target = found.get(command.target)
    if target is None:
        return Refusal("no-such-target", {"target": command.target, "targets": list(found)})
    expected = target.set.event.expects
    if command.verdict == "met" and expected and command.shown and not set(expected) & set(command.shown):
        details = {"target": command.target, "expected": list(expected), "shown": list(command.shown)}
        return Refusal("not-what-was-expected", details)
    interim = command.verdict != "met" and asked.occurred.certainly_before(target.by)
    return (
        too_early(asked.occurred, target.set)
        or unproven(command, command.evidence, asked)
        or [TargetFollowedUp(**dict(command), interim=interim)]
    )


# How they stand


@dataclass(frozen=True)
class Target:
    """A target as it stands: its number, when it was set, and the latest word on it, if there is one.

    Whoever shows it compares `by` with today.
    """

    number: int
    set: Entry[TargetSet]
    followed_up: Entry[TargetFollowedUp] | None = None

    @property
    def by(self) -> When:
        """The date by which improvement is expected."""
        return self.set.event.by

    @property
    def answered(self) -> bool:
        """Whether it was followed up for good: it was met, or its date had come."""
        return self.followed_up is not None and not self.followed_up.event.interim


def targets(history: History) -> tuple[Target, ...]:
    """Every target in order. One that was stored without a number takes the next after the one before it."""
    found: list[Target] = []
    for entry in history.all(TargetSet):
        number = entry.event.target or (found[-1].number if found else 0) + 1
        words = [each for each in history.all(TargetFollowedUp, entry.version) if each.event.target == number]
        found.append(Target(number, entry, words[-1] if words else None))
    return tuple(found)


def cautions(history: History) -> Iterator[Caution]:
    """Targets that nobody answered, that were not met, or that only appetite was shown for."""
    # There is no clock here: the day that is known to have come is the one on which something was last recorded.
    known = london_day(history.entries[-1].recorded_at) if history.entries else None
    for target in targets(history):
        if not target.answered and known is not None and target.by.latest < known:
            yield Caution("target-not-followed-up", {"target": target.number, "by": str(target.by)})
        said = target.followed_up
        if said is not None and said.event.verdict == "not-met" and target.answered:
            yield Caution("target-not-met", {"target": target.number, "by": str(target.by)})
        if said is not None and said.event.shown == ("appetite",):
            yield Caution("appetite-only", {"target": target.number})
