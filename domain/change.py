"""Change control: what is asked of the board, what it decides, and what comes of a refusal ([PAT] ch.3, 4).

Only the board changes the work plan or moves resources. It is asked when new facts emerge, when something else must come
first, and when a new director arrives. Refusing to renegotiate brought work to a standstill in places, so a refused
request is remembered, and shown when the work then stalls.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import named_twice, too_early
from domain.course import EventWithdrawn
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.project import Workstream, pids_standing
from domain.quantities import Days, Slug
from domain.sealed import Sealed

Occasion = Literal["new-facts", "other-priority", "new-director", "other"]
"""What led to a request. The first three are what did in practice ([PAT] ch.4)."""


class NewDate(BaseModel):
    """Another date for a milestone of the PID."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    by: When


class ChangeRequested(Event):
    """Somebody asked the board to change the work: workstreams or days to add, milestones to move, and why."""

    type: ClassVar[str] = "change-requested"
    change: int
    workstreams: tuple[Workstream, ...] = ()
    days: Days | None = None
    grounds: Sealed
    occasion: Occasion | None = None
    milestones: tuple[NewDate, ...] = ()


class ChangeDecided(Event):
    """The board decided on a change; what it refused stays on the record."""

    type: ClassVar[str] = "change-decided"
    change: int
    approved: bool
    days: Days | None = None
    reason: Sealed | None = None


class WorkStalled(Event):
    """The work came to a standstill. `change` is the request on which it hangs, where somebody says so."""

    type: ClassVar[str] = "work-stalled"
    text: Sealed
    change: int | None = None


class WorkResumed(Event):
    """The work that had stalled goes on."""

    type: ClassVar[str] = "work-resumed"
    note: Sealed | None = None


class RequestChange(Command):
    """Ask the board for a change, with the grounds."""

    type: ClassVar[str] = "request-change"
    gives: ClassVar[Kinds] = (ChangeRequested,)
    workstreams: tuple[Workstream, ...] = ()
    days: Days | None = None
    grounds: Sealed
    occasion: Occasion | None = None
    milestones: tuple[NewDate, ...] = ()


class DecideChange(Command):
    """Record the board's decision on a requested change. A refusal needs a reason."""

    type: ClassVar[str] = "decide-change"
    gives: ClassVar[Kinds] = (ChangeDecided,)
    needs: ClassVar[Kinds] = (ChangeRequested,)
    change: int = Field(ge=1)
    approved: bool
    reason: Sealed | None = None


class RecordStall(Command):
    """Record that the work has come to a standstill, and on which request for change it hangs."""

    type: ClassVar[str] = "record-stall"
    gives: ClassVar[Kinds] = (WorkStalled,)
    text: Sealed
    change: int | None = Field(default=None, ge=1)


class RecordResumption(Command):
    """Record that the work that had stalled goes on."""

    type: ClassVar[str] = "record-resumption"
    gives: ClassVar[Kinds] = (WorkResumed,)
    needs: ClassVar[Kinds] = (WorkStalled,)
    note: Sealed | None = None


COMMANDS = (RequestChange, DecideChange, RecordStall, RecordResumption)
EVENTS = (ChangeRequested, ChangeDecided, WorkStalled, WorkResumed)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about a change."""
    match command:
        case RequestChange():
            return _request(command, history)
        case DecideChange():
            return _decide_change(command, history, asked)
        case RecordStall(text=text, change=number):
            return _stall(number, history, asked) or [WorkStalled(text=text, change=number)]
        case RecordResumption(note=note):
            stall = stalled(history)
            if stall is None:
                return Refusal("not-stalled", {"command": command.type})
            return too_early(asked.occurred, stall.entry) or [WorkResumed(note=note)]
    raise TypeError(command)


def _request(command: RequestChange, history: History) -> Sequence[Event] | Refusal:
    workstreams = [item.id for item in command.workstreams]
    milestones = [item.id for item in command.milestones]
    planned = [item.id for pid in pids_standing(history) for item in pid.event.workstreams]
    return (
        named_twice("workstreams", workstreams)
        or named_twice("milestones", milestones)
        or _not_new(workstreams, list(dict.fromkeys([*planned, *_added(history)])))
        or not_a_milestone(milestones, history)
        or [ChangeRequested(change=_next(history), **dict(command))]
    )


def not_a_milestone(ids: Sequence[str], history: History) -> Refusal | None:
    """Refuse what is no milestone of this phase's PID. Before there is one, nobody can tell."""
    pids = pids_standing(history)
    known = list(dict.fromkeys(milestone.id for pid in pids for milestone in pid.event.milestones))
    unknown = next((name for name in ids if name not in known), None)
    if unknown is None or not pids:
        return None
    return Refusal("not-a-milestone", {"milestone": unknown, "milestones": known})


def _next(history: History) -> int:
    """The number of the next request: one that was withdrawn is not given to another."""
    withdrawn = [e for e in history.in_phase(EventWithdrawn) if e.event.withdraws == ChangeRequested.type]
    return len(history.in_phase(ChangeRequested)) + len(withdrawn) + 1


def _not_new(workstreams: Sequence[str], known: Sequence[str]) -> Refusal | None:
    there = next((name for name in workstreams if name in known), None)
    return Refusal("workstream-known", {"workstream": there, "known": list(known)}) if there is not None else None


def _decide_change(command: DecideChange, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    change = _change(command.change, history)
    if change is None:
        return _unknown(command.change, history)
    if change.decided is not None:
        return Refusal("decided-already", {"change": command.change})
    if not command.approved and command.reason is None:
        return Refusal("reason-needed", {"command": command.type})
    wanted = change.requested.event
    refusal = too_early(asked.occurred, change.requested)
    if refusal is None and command.approved:
        # A PID submitted since may already plan what is approved here; another approved change may not.
        refusal = _not_new([item.id for item in wanted.workstreams], _added(history))
    decided = ChangeDecided(
        change=command.change,
        approved=command.approved,
        days=wanted.days if command.approved else None,
        reason=command.reason,
    )
    return refusal or [decided]


def _stall(number: int | None, history: History, asked: Asked) -> Refusal | None:
    now = stalled(history)
    if now is not None:
        return Refusal("stalled-already", {"on": str(now.entry.occurred)})
    change = _change(number, history) if number is not None else None
    if number is not None and change is None:
        return _unknown(number, history)
    return too_early(asked.occurred, change.requested) if change else None


def _unknown(number: int, history: History) -> Refusal:
    return Refusal("no-such-change", {"change": number, "changes": [change.number for change in changes(history)]})


# What was asked, and what came of it


@dataclass(frozen=True)
class Change:
    """A request for change, and the board's decision, if it has taken one."""

    number: int
    requested: Entry[ChangeRequested]
    decided: Entry[ChangeDecided] | None

    @property
    def state(self) -> Literal["open", "approved", "refused"]:
        """What came of it."""
        if self.decided is None:
            return "open"
        return "approved" if self.decided.event.approved else "refused"


def changes(history: History) -> tuple[Change, ...]:
    """The requests of this phase, in order."""
    decided = {entry.event.change: entry for entry in history.in_phase(ChangeDecided)}
    return tuple(
        Change(entry.event.change, entry, decided.get(entry.event.change))
        for entry in history.in_phase(ChangeRequested)
    )


def refused_changes(history: History) -> tuple[Change, ...]:
    """The requests of this phase that the board turned down."""
    return tuple(change for change in changes(history) if change.state == "refused")


def days_added(history: History) -> Decimal:
    """The days that approved changes added in this phase."""
    decided = history.in_phase(ChangeDecided)
    return sum((e.event.days for e in decided if e.event.approved and e.event.days), Decimal())


def added_workstreams(history: History) -> tuple[Workstream, ...]:
    """The workstreams that approved changes added in this phase."""
    return tuple(item for event in _approved(history) for item in event.workstreams)


def _approved(history: History) -> Iterator[ChangeRequested]:
    return (change.requested.event for change in changes(history) if change.state == "approved")


def _added(history: History) -> list[str]:
    return [item.id for item in added_workstreams(history)]


def _change(number: int, history: History) -> Change | None:
    return next((change for change in changes(history) if change.number == number), None)


# Work at a standstill


@dataclass(frozen=True)
class Stall:
    """Work at a standstill, and the requests refused before it: the one it hangs on, or all where nobody says."""

    entry: Entry[WorkStalled]
    refused: tuple[Change, ...]


def stalled(history: History) -> Stall | None:
    """The standstill of this phase that nothing has ended yet."""
    turns: list[Entry[Any]] = [*history.in_phase(WorkStalled), *history.in_phase(WorkResumed)]
    last = max(turns, key=lambda entry: entry.version, default=None)
    if last is None or isinstance(last.event, WorkResumed):
        return None
    named = last.event.change
    refused = tuple(
        change
        for change in refused_changes(history)
        if change.decided is not None
        and named in (None, change.number)
        and not last.occurred.certainly_before(change.decided.occurred)
    )
    return Stall(last, refused)


def cautions(history: History) -> Iterator[Caution]:
    """Work at a standstill, with the requests that the board had refused."""
    stall = stalled(history)
    if stall is None:
        return
    on = str(stall.entry.occurred)
    if stall.refused:
        yield Caution("refused-change-stalls", {"on": on, "changes": [change.number for change in stall.refused]})
    else:
        yield Caution("work-at-a-standstill", {"on": on})
