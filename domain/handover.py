"""Council-led final days: the lead passes to the council for the last contract days, or not, with a reason.

In most councils the last 30 or 40 days passed to the council, which commissioned specific pieces; it was valued as the
strongest part of the exit ([PAT] ch.3, 5). The main work may be over while single tasks go on, as in Coventry and Swindon.
The days themselves stand in the `account`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from domain.account import FinalDaysReleased, FinalDaysUsed, LeadPassed, account, left, next_claim
from domain.checks import named_twice, too_early
from domain.dates import When, london_day
from domain.days import over_allocation, over_contract
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Days, Slug
from domain.sealed import Sealed


class Task(BaseModel):
    """A single task that goes on when the main work is over: an id, and its title."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    title: Sealed | None = None


class LeadKept(Event):
    """The lead did not pass to the council, for a reason."""

    type: ClassVar[str] = "lead-kept"
    reason: Sealed


class PieceCommissioned(Event):
    """The council commissioned a specific piece of work."""

    type: ClassVar[str] = "piece-commissioned"
    title: Sealed
    days: Days | None = None
    piece: Slug | None = None


class PieceFinished(Event):
    """A piece of work that the council commissioned is finished."""

    type: ClassVar[str] = "piece-finished"
    piece: Slug
    note: Sealed | None = None


class MainWorkEnded(Event):
    """The main work is over. `tasks` are what goes on, `until` when they are expected to end."""

    type: ClassVar[str] = "main-work-ended"
    tasks: tuple[Task, ...] = ()
    until: When | None = None
    note: Sealed | None = None


class TaskEnded(Event):
    """A task that had gone on after the main work is over too."""

    type: ClassVar[str] = "task-ended"
    task: Slug
    note: Sealed | None = None


class PassLead(Command):
    """Pass the lead to the council for so many of the last days."""

    type: ClassVar[str] = "pass-lead"
    gives: ClassVar[Kinds] = (LeadPassed,)
    days: Days


class KeepLead(Command):
    """Decide that the lead does not pass to the council, with the reason."""

    type: ClassVar[str] = "keep-lead"
    gives: ClassVar[Kinds] = (LeadKept,)
    reason: Sealed


class CommissionPiece(Command):
    """Commission a specific piece of work from the council's days. Without an id it is given one, such as piece-1."""

    type: ClassVar[str] = "commission-piece"
    gives: ClassVar[Kinds] = (PieceCommissioned,)
    needs: ClassVar[Kinds] = (LeadPassed,)
    title: Sealed
    days: Days | None = None
    piece: Slug | None = None


class FinishPiece(Command):
    """Record that a commissioned piece of work is finished."""

    type: ClassVar[str] = "finish-piece"
    gives: ClassVar[Kinds] = (PieceFinished,)
    needs: ClassVar[Kinds] = (PieceCommissioned,)
    piece: Slug
    note: Sealed | None = None


class UseFinalDays(Command):
    """Record that some of the council's days were used, on which piece and by which consultant where that is known."""

    type: ClassVar[str] = "use-final-days"
    gives: ClassVar[Kinds] = (FinalDaysUsed,)
    needs: ClassVar[Kinds] = (LeadPassed,)
    days: Days
    piece: Slug | None = None
    consultant: Slug | None = None


class ReleaseFinalDays(Command):
    """Give back some of the council's days."""

    type: ClassVar[str] = "release-final-days"
    gives: ClassVar[Kinds] = (FinalDaysReleased,)
    needs: ClassVar[Kinds] = (LeadPassed,)
    days: Days


class EndMainWork(Command):
    """Record that the main work is over, and which single tasks go on, until when."""

    type: ClassVar[str] = "end-main-work"
    gives: ClassVar[Kinds] = (MainWorkEnded,)
    tasks: tuple[Task, ...] = ()
    until: When | None = None
    note: Sealed | None = None


class EndTask(Command):
    """Record that a task which went on is over too."""

    type: ClassVar[str] = "end-task"
    gives: ClassVar[Kinds] = (TaskEnded,)
    needs: ClassVar[Kinds] = (MainWorkEnded,)
    task: Slug
    note: Sealed | None = None


COMMANDS = (
    PassLead,
    KeepLead,
    CommissionPiece,
    FinishPiece,
    UseFinalDays,
    ReleaseFinalDays,
    EndMainWork,
    EndTask,
)
EVENTS = (
    LeadPassed,
    LeadKept,
    PieceCommissioned,
    PieceFinished,
    FinalDaysUsed,
    FinalDaysReleased,
    MainWorkEnded,
    TaskEnded,
)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the final days and the end of the work."""
    match command:
        case PassLead(days=days):
            return _pass(days, history)
        case KeepLead(reason=reason):
            if history.in_phase(LeadPassed):
                return Refusal("lead-passed-already")
            return [LeadKept(reason=reason)]
        case CommissionPiece():
            return _commission(command, history)
        case FinishPiece(piece=name):
            return _not_open(name, history, asked) or [PieceFinished(**dict(command))]
        case UseFinalDays():
            return _use(command, history, asked)
        case ReleaseFinalDays(days=days):
            return _within(days, history) or [FinalDaysReleased(days=days)]
        case EndMainWork():
            return _end_main_work(command, history, asked)
        case EndTask():
            return _end_task(command, history, asked)
    raise TypeError(command)


# The council's days


def _pass(days: Decimal, history: History) -> Sequence[Event] | Refusal:
    if history.in_phase(LeadPassed):
        return Refusal("lead-passed-already")
    now = account(history)
    return over_contract(days, now, kept=now.released) or [LeadPassed(days=days)]


def _within(days: Decimal, history: History) -> Refusal | None:
    """Within what the council has left, and within the contract, where a correction took days away."""
    now = account(history)
    if days > now.left:
        return Refusal("more-days-than-left", {"days": str(days), "left": str(now.left)})
    return over_contract(days, now, kept=now.released)


def _use(command: UseFinalDays, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    return (
        (_not_open(command.piece, history, asked) if command.piece is not None else None)
        or _within(command.days, history)
        or over_allocation(command.days, command.consultant, history)
        or [FinalDaysUsed(**dict(command), claim=next_claim(history))]
    )


# Pieces of work


@dataclass(frozen=True)
class Piece:
    """A piece of work that the council commissioned: its id, the days used on it by that id, and its end if it has come."""

    id: str
    commissioned: Entry[PieceCommissioned]
    used: Decimal
    finished: Entry[PieceFinished] | None = None

    @property
    def needs(self) -> Decimal:
        """The days that it is still to have: none when it is finished, or was commissioned without a number of days."""
        planned = self.commissioned.event.days
        return max(planned - self.used, Decimal()) if planned is not None and self.finished is None else Decimal()


def pieces(history: History) -> tuple[Piece, ...]:
    """Every piece of this phase, in order. One that was stored without an id is given the next that is free."""
    found: list[Piece] = []
    for entry in history.in_phase(PieceCommissioned):
        name = entry.event.piece or _free_id(history, found)
        ends = [end for end in history.in_phase(PieceFinished) if end.event.piece == name]
        spent = (use.event.days for use in history.in_phase(FinalDaysUsed) if use.event.piece == name)
        found.append(Piece(name, entry, sum(spent, Decimal()), ends[-1] if ends else None))
    return tuple(found)


def _free_id(history: History, found: Sequence[Piece]) -> str:
    taken = {piece.id for piece in found} | {entry.event.piece for entry in history.in_phase(PieceCommissioned)}
    return next(name for n in range(1, len(taken) + 2) if (name := f"piece-{n}") not in taken)


def _commission(command: CommissionPiece, history: History) -> Sequence[Event] | Refusal:
    found = pieces(history)
    name = command.piece or _free_id(history, found)
    twice = named_twice("pieces", [*(piece.id for piece in found), name])
    if twice is not None:
        return twice
    remaining, held = left(history), sum((piece.needs for piece in found), Decimal())
    if command.days is not None and held + command.days > remaining:
        return Refusal("piece-does-not-fit", {"days": str(command.days), "left": str(remaining), "held": str(held)})
    return [PieceCommissioned(title=command.title, days=command.days, piece=name)]


def _not_open(name: str, history: History, asked: Asked) -> Refusal | None:
    found = {piece.id: piece for piece in pieces(history)}
    if name not in found:
        return Refusal("no-such-piece", {"piece": name, "pieces": list(found)})
    finished = found[name].finished
    if finished is not None:
        return Refusal("piece-finished-already", {"piece": name, "on": str(finished.occurred)})
    return too_early(asked.occurred, found[name].commissioned)


# The end of the main work


@dataclass(frozen=True)
class GoesOn:
    """A task that went on after the main work, and its end if it has come."""

    task: Task
    ended: Entry[TaskEnded] | None = None


@dataclass(frozen=True)
class Tapering:
    """How the work runs out: when the main work ended, and the single tasks that went on after it."""

    ended: Entry[MainWorkEnded]
    tasks: tuple[GoesOn, ...]

    @property
    def open(self) -> tuple[str, ...]:
        """The tasks that still go on."""
        return tuple(each.task.id for each in self.tasks if each.ended is None)


def tapering(history: History) -> Tapering | None:
    """How the work of this phase runs out; None while the main work goes on."""
    ends = history.in_phase(MainWorkEnded)
    if not ends:
        return None
    ended = {entry.event.task: entry for entry in history.all(TaskEnded, ends[-1].version)}
    return Tapering(ends[-1], tuple(GoesOn(task, ended.get(task.id)) for task in ends[-1].event.tasks))


def _end_main_work(command: EndMainWork, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    before = tapering(history)
    if before is not None:
        return Refusal("main-work-ended-already", {"on": str(before.ended.occurred)})
    if command.until is not None and command.until.certainly_before(asked.occurred):
        return Refusal("until-before-it-ends", {"until": str(command.until), "occurred": str(asked.occurred)})
    return named_twice("tasks", [task.id for task in command.tasks]) or [MainWorkEnded(**dict(command))]


def _end_task(command: EndTask, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    now = tapering(history)
    assert now is not None
    found = {each.task.id: each for each in now.tasks}
    if command.task not in found:
        return Refusal("no-such-task", {"task": command.task, "tasks": list(found)})
    ended = found[command.task].ended
    if ended is not None:
        return Refusal("task-ended-already", {"task": command.task, "on": str(ended.occurred)})
    return too_early(asked.occurred, now.ended) or [TaskEnded(**dict(command))]


def cautions(history: History) -> Iterator[Caution]:
    """Pieces that need more days than the council has left, and tasks that go on beyond the date set for them."""
    held, remaining = sum((piece.needs for piece in pieces(history)), Decimal()), left(history)
    if held > remaining:
        yield Caution("pieces-need-more-days", {"held": str(held), "left": str(remaining)})
    now = tapering(history)
    # There is no clock here: the day that is known to have come is the one on which something was last recorded.
    known = london_day(history.entries[-1].recorded_at) if history.entries else None
    if now is not None and now.open and now.ended.event.until is not None and known is not None:
        until: Any = now.ended.event.until
        if until.latest < known:
            yield Caution("tasks-beyond-their-date", {"tasks": list(now.open), "until": str(until)})
