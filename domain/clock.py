"""Clocks that are stopped and set going again: an election, a dispute, waiting for another body.

Only what the lifecycle calls pausable can be paused, and only before its date: pausing does not undo lateness. What is
left is kept in working days. While a clock stands, nobody is reminded, nothing passes and nothing is escalated; what is
done meanwhile is done in time. From the day on which it goes on, the engine sets the new date. No source speaks of pauses.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field

from domain.calendar import Calendar
from domain.dates import london_day
from domain.obligations import Obligation, ObligationOpened, ObligationRule, Pause
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Ground = Literal["election", "dispute", "other-body", "other"]
"""Why a clock stands: an election period, a dispute, waiting for another body, or something else that the reason says."""


class ClockPaused(Event):
    """The clock of an obligation stands still from a day on, with so many working days left."""

    type: ClassVar[str] = "clock-paused"
    beyond_correction: ClassVar[bool] = True
    obligation: str
    number: int
    ground: Ground
    reason: Sealed
    on: date
    left: int


class ClockResumed(Event):
    """The clock of an obligation goes on from a day, after standing for so many working days."""

    type: ClassVar[str] = "clock-resumed"
    beyond_correction: ClassVar[bool] = True
    obligation: str
    number: int
    reason: Sealed | None = None
    on: date
    paused: int


_Id = Field(pattern=r"^[a-z]+(?:-[a-z0-9]+)*$", max_length=80)


class PauseClock(Command):
    """Pause the clock of something owed, with a reason. `number` says which, where several of one kind are owed."""

    type: ClassVar[str] = "pause-clock"
    gives: ClassVar[Kinds] = (ClockPaused,)
    obligation: str = _Id
    number: int | None = Field(default=None, ge=1)
    ground: Ground = "other"
    reason: Sealed


class ResumeClock(Command):
    """Let the clock of something owed go on, with what was left."""

    type: ClassVar[str] = "resume-clock"
    gives: ClassVar[Kinds] = (ClockResumed,)
    obligation: str = _Id
    number: int | None = Field(default=None, ge=1)
    reason: Sealed | None = None


COMMANDS = (PauseClock, ResumeClock)
EVENTS = (ClockPaused, ClockResumed)

Owed = Sequence[tuple[Obligation, ObligationRule]]
"""What is owed in an engagement as it stands, each with its rule."""


def decide(
    command: Command, history: History, asked: Asked, owed: Owed, calendar: Calendar
) -> Sequence[Event] | Refusal:
    """What follows from a command about a clock: its rules are those of what is owed."""
    assert isinstance(command, PauseClock | ResumeClock)
    found = _meant(command, owed)
    if isinstance(found, Refusal):
        return found
    held, rule = found
    on = min(asked.occurred.latest, london_day(asked.at))
    wrong = _not_stopped(held, rule, owed) if isinstance(command, PauseClock) else _not_set_going(held, owed)
    if wrong is not None:
        return wrong
    since = _since(history, held)
    if since is not None and on < since:
        return Refusal("clock-out-of-order", {"obligation": rule.id, "occurred": str(on), "on": str(since)})
    if isinstance(command, ResumeClock):
        assert held.pause is not None
        stood = calendar.working_days_between(held.pause.on, on)
        return [ClockResumed(obligation=rule.id, number=held.opened.number, reason=command.reason, on=on, paused=stood)]
    return [
        ClockPaused(
            obligation=rule.id,
            number=held.opened.number,
            ground=command.ground,
            reason=command.reason,
            on=on,
            left=calendar.working_days_between(on, held.opened.due_on),
        )
    ]


def _meant(command: PauseClock | ResumeClock, owed: Owed) -> tuple[Obligation, ObligationRule] | Refusal:
    """The one open obligation that a command names."""
    found = [
        (held, rule)
        for held, rule in owed
        if rule.id == command.obligation and command.number in (None, held.opened.number)
    ]
    if not found:
        number = {"number": command.number} if command.number is not None else {}
        owing = [f"{rule.id} {held.opened.number}" for held, rule in owed]
        return Refusal("obligation-not-open", {"obligation": command.obligation, **number, "open": owing})
    if len(found) > 1:
        numbers = [held.opened.number for held, _ in found]
        return Refusal("obligation-several-open", {"obligation": command.obligation, "numbers": numbers})
    return found[0]


def _not_stopped(held: Obligation, rule: ObligationRule, owed: Owed) -> Refusal | None:
    """Why a clock can't be paused."""
    if not rule.pausable:
        pausable = [other.id for _, other in owed if other.pausable]
        return Refusal("clock-not-pausable", {"obligation": rule.id, "pausable": pausable})
    if held.pause is not None:
        return Refusal("clock-paused-already", {"obligation": rule.id, "on": str(held.pause.on)})
    if held.passed:
        return Refusal("clock-run-out", {"obligation": rule.id, "on": str(held.opened.due_on)})
    return None


def _not_set_going(held: Obligation, owed: Owed) -> Refusal | None:
    """Why a clock can't go on."""
    if held.pause is None:
        paused = [other.opened.obligation for other, _ in owed if other.pause is not None]
        return Refusal("clock-not-paused", {"obligation": held.opened.obligation, "paused": paused})
    return None


def _since(history: History, held: Obligation) -> date | None:
    """The day before which nothing can be said of a clock: it was paused or went on then, or what it counts from came."""
    clocks = [entry for entry in _clock_events(history) if _key(entry.event) == held.key]
    if clocks:
        return clocks[-1].event.on
    return _begins(history, held)


def _begins(history: History, held: Obligation) -> date | None:
    """The first day of a clock: that from which it counts on, or that of the event that says to when it counts back."""
    derivation = held.opened.derivation
    if derivation.direction == "after":
        return derivation.base_day
    base = history.at(derivation.base_version)
    return base.occurred.earliest if base is not None else None


def _key(event: ClockPaused | ClockResumed) -> tuple[str, int]:
    return event.obligation, event.number


def _clock_events(history: History) -> list[Entry[ClockPaused | ClockResumed]]:
    found: list[Entry[Any]] = [*history.all(ClockPaused), *history.all(ClockResumed)]
    return sorted(found, key=lambda entry: entry.version)


def stopped(held: Obligation, event: ClockPaused) -> Obligation:
    """An obligation whose clock stands."""
    return replace(held, pause=Pause(on=event.on, ground=event.ground, left=event.left))


def set_going(held: Obligation, event: ClockResumed) -> Obligation:
    """An obligation whose clock goes on; its new date is not set yet."""
    assert held.pause is not None
    return replace(held, pause=replace(held.pause, until=event.on, stood=event.paused))


# What was owed before and is owed again, as after a correction of the day from which it counts


def _owed_before(history: History, obligation: str, base_version: int) -> set[tuple[str, int]]:
    return {
        (entry.event.obligation, entry.event.number)
        for entry in history.all(ObligationOpened)
        if entry.event.obligation == obligation and entry.event.derivation.base_version == base_version
    }


def stood_before(history: History, obligation: str, base_version: int) -> int:
    """For how many working days the clock of what counts from an event stood already, under its earlier numbers."""
    resumed = history.all(ClockResumed)
    before = _owed_before(history, obligation, base_version) if resumed else set()
    return sum(entry.event.paused for entry in resumed if _key(entry.event) in before)


def carried(history: History, held: Obligation, obligation: str, number: int) -> ClockPaused:
    """The pause of something owed, as it goes on where that is carried over to another obligation."""
    last = next(entry.event for entry in reversed(_clock_events(history)) if _key(entry.event) == held.key)
    assert isinstance(last, ClockPaused)
    return last.model_copy(update={"obligation": obligation, "number": number})


def standing_before(history: History, held: Obligation, calendar: Calendar) -> ClockPaused | None:
    """The pause that goes on for an obligation opened anew: a correction sets no clock going."""
    if not history.has(ClockPaused):
        return None
    opened = held.opened
    same = _owed_before(history, opened.obligation, opened.derivation.base_version)
    last = next((entry.event for entry in reversed(_clock_events(history)) if _key(entry.event) in same), None)
    if not isinstance(last, ClockPaused) or last.number == opened.number:
        return None
    on = max(last.on, _begins(history, held) or last.on)
    left = calendar.working_days_between(on, opened.due_on)
    return last.model_copy(update={"number": opened.number, "on": on, "left": left})
