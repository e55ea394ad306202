"""The project board: meetings on scheduled dates, reports, minutes, and change control ([PAT] ch.3, 4).

Only the board changes the work plan or moves resources, and a refused request is remembered. The team reports before the
meeting; minutes go round after it.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from domain.dates import When
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.project import Workstream
from domain.quantities import Days
from domain.sealed import Sealed


class BoardScheduled(Event):
    """A board was set for a date. Boards count up from 1; the same number again moves its date."""

    type: ClassVar[str] = "board-scheduled"
    board: int
    date: When


class ReportSent(Event):
    """The team's report for a board went to its members."""

    type: ClassVar[str] = "report-sent"
    board: int


class BoardHeld(Event):
    """A board met."""

    type: ClassVar[str] = "board-held"
    board: int
    attended: tuple[str, ...] = ()


class MinutesCirculated(Event):
    """The minutes and actions of a board were circulated."""

    type: ClassVar[str] = "minutes-circulated"
    board: int


class ChangeRequested(Event):
    """Somebody asked the board to change the work: workstreams or days to add, and why."""

    type: ClassVar[str] = "change-requested"
    change: int
    workstreams: tuple[Workstream, ...] = ()
    days: Days | None = None
    grounds: Sealed


class ChangeDecided(Event):
    """The board decided on a change; what it refused stays on the record."""

    type: ClassVar[str] = "change-decided"
    change: int
    approved: bool
    days: Days | None = None
    reason: Sealed | None = None


class CouncilReadinessAgreed(Event):
    """The board agreed that the council is ready to lead."""

    type: ClassVar[str] = "council-readiness-agreed"
    reason: Sealed | None = None


class ScheduleBoard(Command):
    """Set a board for a date, or move one that has not met. Boards count up from 1."""

    type: ClassVar[str] = "schedule-board"
    gives: ClassVar[Kinds] = (BoardScheduled,)
    board: int = Field(ge=1)
    date: When


class SendReport(Command):
    """Record that the team's report for a board went out."""

    type: ClassVar[str] = "send-report"
    gives: ClassVar[Kinds] = (ReportSent,)
    needs: ClassVar[Kinds] = (BoardScheduled,)
    board: int = Field(ge=1)


class HoldBoard(Command):
    """Record that a board met, and who attended, by role."""

    type: ClassVar[str] = "hold-board"
    gives: ClassVar[Kinds] = (BoardHeld,)
    needs: ClassVar[Kinds] = (BoardScheduled,)
    board: int = Field(ge=1)
    attended: tuple[str, ...] = ()


class CirculateMinutes(Command):
    """Record that the minutes of a board went round."""

    type: ClassVar[str] = "circulate-minutes"
    gives: ClassVar[Kinds] = (MinutesCirculated,)
    needs: ClassVar[Kinds] = (BoardHeld,)
    board: int = Field(ge=1)


class RequestChange(Command):
    """Ask the board for a change, with the grounds."""

    type: ClassVar[str] = "request-change"
    gives: ClassVar[Kinds] = (ChangeRequested,)
    workstreams: tuple[Workstream, ...] = ()
    days: Days | None = None
    grounds: Sealed


class DecideChange(Command):
    """Record the board's decision on a requested change. A refusal needs a reason."""

    type: ClassVar[str] = "decide-change"
    gives: ClassVar[Kinds] = (ChangeDecided,)
    needs: ClassVar[Kinds] = (ChangeRequested,)
    change: int = Field(ge=1)
    approved: bool
    reason: Sealed | None = None


class AgreeCouncilReadiness(Command):
    """Record that the board finds the council ready to lead."""

    type: ClassVar[str] = "agree-council-readiness"
    gives: ClassVar[Kinds] = (CouncilReadinessAgreed,)
    reason: Sealed | None = None


COMMANDS = (
    ScheduleBoard,
    SendReport,
    HoldBoard,
    CirculateMinutes,
    RequestChange,
    DecideChange,
    AgreeCouncilReadiness,
)
EVENTS = (
    BoardScheduled,
    ReportSent,
    BoardHeld,
    MinutesCirculated,
    ChangeRequested,
    ChangeDecided,
    CouncilReadinessAgreed,
)


def days_added(history: History) -> Decimal:
    """The days that approved changes added in this phase."""
    decided = history.in_phase(ChangeDecided)
    return sum((e.event.days for e in decided if e.event.approved and e.event.days), Decimal())


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the board."""
    scheduled = {entry.event.board: entry for entry in history.in_phase(BoardScheduled)}
    held = {entry.event.board for entry in history.in_phase(BoardHeld)}
    match command:
        case ScheduleBoard():
            if command.board in held:
                return Refusal("board-held-already", {"board": command.board})
            if command.board > len(scheduled) + 1:
                return Refusal("version-out-of-order", {"given": command.board, "expected": len(scheduled) + 1})
            return [BoardScheduled(board=command.board, date=command.date)]
        case SendReport(board=board):
            return _of_board(board, scheduled) or [ReportSent(board=board)]
        case HoldBoard(board=board):
            if board in held:
                return Refusal("board-held-already", {"board": board})
            return _of_board(board, scheduled) or [BoardHeld(board=board, attended=command.attended)]
        case CirculateMinutes(board=board):
            if board not in held:
                return Refusal("board-not-held", {"board": board})
            return [MinutesCirculated(board=board)]
        case RequestChange():
            number = len(history.in_phase(ChangeRequested)) + 1
            return [
                ChangeRequested(
                    change=number, workstreams=command.workstreams, days=command.days, grounds=command.grounds
                )
            ]
        case DecideChange():
            return _decide_change(command, history)
        case AgreeCouncilReadiness(reason=reason):
            return [CouncilReadinessAgreed(reason=reason)]
    raise TypeError(command)


def _of_board(board: int, scheduled: dict[int, Entry[BoardScheduled]]) -> Refusal | None:
    return None if board in scheduled else Refusal("no-such-board", {"board": board, "boards": sorted(scheduled)})


def _decide_change(command: DecideChange, history: History) -> Sequence[Event] | Refusal:
    requested = {entry.event.change: entry.event for entry in history.in_phase(ChangeRequested)}
    if command.change not in requested:
        return Refusal("no-such-change", {"change": command.change, "changes": sorted(requested)})
    if command.change in {entry.event.change for entry in history.in_phase(ChangeDecided)}:
        return Refusal("decided-already", {"change": command.change})
    if not command.approved and command.reason is None:
        return Refusal("reason-needed", {"command": command.type})
    return [
        ChangeDecided(
            change=command.change,
            approved=command.approved,
            days=requested[command.change].days if command.approved else None,
            reason=command.reason,
        )
    ]
