"""The project board: its meetings, the team's report for each, and what it may decide ([PAT] ch.3, 4).

The team reports in time, having agreed the report with the council. Sixteen people at one meeting were too many, and
consultants at a high daily rate attend only what they must. The sources name no quorum: that inspectorate, council and
team have to be there is `assumed`, and so is the size of the team at a meeting. Who sits on the board is in `members`,
what it leaves to be done in `minutes`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from domain.actors import Actor
from domain.change import not_a_milestone
from domain.checks import silent
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import ClockTime, Slug
from domain.sealed import Sealed
from domain.work import MilestoneStanding, milestones

BOARD = "board"
"""The party that decides what the board decides."""
QUORUM = ("inspectorate", "council", "team")
"""The parties without which a board decides nothing (`assumed`); the department is in attendance."""
OVERWHELMING = 16
"""So many people at one meeting were too many ([PAT] ch.4)."""
CORE_TEAM = 2
"""Senior partner and lead consultant: the core members of the team (`assumed` to be all that a meeting needs)."""


class BoardScheduled(Event):
    """A board was set for a date. Boards count up from 1; the same number again moves its date.

    `milestone` is the one of the PID that the meeting is tied to. `time` is when it begins, in London, and `duration` how
    many minutes it takes, where that is known.
    """

    type: ClassVar[str] = "board-scheduled"
    board: int
    date: When
    milestone: Slug | None = None
    extraordinary: bool = False
    time: ClockTime | None = None
    duration: int | None = None
    place: Sealed | None = None


class BoardCancelled(Event):
    """A board that was set for a date will not meet. Its number is not given again."""

    type: ClassVar[str] = "board-cancelled"
    board: int
    reason: Sealed | None = None


class ReportSent(Event):
    """The team's report for a board went to its members, agreed with the council or not."""

    type: ClassVar[str] = "report-sent"
    board: int
    agreed_with_council: bool | None = None


class BoardHeld(Event):
    """A board met. `present` counts everybody there, also those whose role is not named.

    `quorate` is what followed from who attended as it was recorded; where that is corrected, the correction counts. It is
    not known of boards that older releases recorded.
    """

    type: ClassVar[str] = "board-held"
    board: int
    attended: tuple[str, ...] = ()
    present: int | None = None
    quorate: bool | None = None


class CouncilReadinessAgreed(Event):
    """The board agreed that the council is ready to lead."""

    type: ClassVar[str] = "council-readiness-agreed"
    reason: Sealed | None = None


class ScheduleBoard(Command):
    """Set a board for a date, or move one that has not met. Boards count up from 1.

    A board that is moved stays tied to its milestone, and keeps its time and place, unless others are given.
    """

    type: ClassVar[str] = "schedule-board"
    gives: ClassVar[Kinds] = (BoardScheduled,)
    board: int = Field(ge=1)
    date: When
    milestone: Slug | None = None
    extraordinary: bool = False
    time: ClockTime | None = None
    duration: int | None = Field(default=None, ge=5, le=1440)
    place: Sealed | None = None


class CancelBoard(Command):
    """Call off a board that has not met."""

    type: ClassVar[str] = "cancel-board"
    gives: ClassVar[Kinds] = (BoardCancelled,)
    needs: ClassVar[Kinds] = (BoardScheduled,)
    board: int = Field(ge=1)
    reason: Sealed | None = None


class SendReport(Command):
    """Record that the team's report for a board went out, and whether the council had agreed it."""

    type: ClassVar[str] = "send-report"
    gives: ClassVar[Kinds] = (ReportSent,)
    needs: ClassVar[Kinds] = (BoardScheduled,)
    board: int = Field(ge=1)
    agreed_with_council: bool | None = None


class HoldBoard(Command):
    """Record that a board met, and who attended, by role. A role that several people hold stands once for each."""

    type: ClassVar[str] = "hold-board"
    gives: ClassVar[Kinds] = (BoardHeld,)
    needs: ClassVar[Kinds] = (BoardScheduled,)
    board: int = Field(ge=1)
    attended: tuple[str, ...] = ()
    present: int | None = Field(default=None, ge=1)


class AgreeCouncilReadiness(Command):
    """Record that the board finds the council ready to lead."""

    type: ClassVar[str] = "agree-council-readiness"
    gives: ClassVar[Kinds] = (CouncilReadinessAgreed,)
    reason: Sealed | None = None


COMMANDS = (ScheduleBoard, CancelBoard, SendReport, HoldBoard, AgreeCouncilReadiness)
EVENTS = (BoardScheduled, BoardCancelled, ReportSent, BoardHeld, CouncilReadinessAgreed)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the board's meetings."""
    match command:
        case ScheduleBoard():
            return _schedule(command, history, asked)
        case CancelBoard(board=board, reason=reason):
            return _to_come(board, history) or [BoardCancelled(board=board, reason=reason)]
        case SendReport():
            return _report(command, history, asked)
        case HoldBoard():
            return _hold(command, history, asked)
        case AgreeCouncilReadiness(reason=reason):
            return [CouncilReadinessAgreed(reason=reason)]
    raise TypeError(command)


def _scheduled(history: History) -> dict[int, Entry[BoardScheduled]]:
    return {entry.event.board: entry for entry in history.in_phase(BoardScheduled)}


def held(history: History) -> Mapping[int, Entry[BoardHeld]]:
    """The boards of this phase that met, by number."""
    return {entry.event.board: entry for entry in history.in_phase(BoardHeld)}


def cancelled(history: History) -> Mapping[int, Entry[BoardCancelled]]:
    """The boards of this phase that were called off, by number."""
    return {entry.event.board: entry for entry in history.in_phase(BoardCancelled)}


def _over(board: int, history: History) -> Refusal | None:
    """Why nothing more is arranged for a board: it has met, or was called off."""
    return Refusal("board-held-already", {"board": board}) if board in held(history) else _called_off(board, history)


def _called_off(board: int, history: History) -> Refusal | None:
    off = cancelled(history).get(board)
    return Refusal("board-cancelled-already", {"board": board, "on": str(off.occurred)}) if off else None


def _to_come(board: int, history: History) -> Refusal | None:
    return _over(board, history) or _of_board(board, history)


def _schedule(command: ScheduleBoard, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    scheduled, board = _scheduled(history), command.board
    over = _over(board, history)
    if over is not None:
        return over
    following = max(scheduled, default=0) + 1
    if board > following:
        return Refusal("version-out-of-order", {"given": board, "expected": following})
    if command.date.certainly_before(asked.occurred):
        return Refusal(
            "board-in-the-past", {"board": board, "date": str(command.date), "occurred": str(asked.occurred)}
        )
    before = scheduled[board].event if board in scheduled else BoardScheduled(board=board, date=command.date)
    time = command.time or before.time
    if command.date.earliest != command.date.latest:
        if command.time is not None:
            return Refusal("time-without-a-day", {"board": board, "date": str(command.date)})
        time = None  # who moves it to some day of a month does not know the time either
    if command.duration is not None and time is None:
        return Refusal("duration-without-a-time", {"board": board})
    set_for = BoardScheduled(
        board=board,
        date=command.date,
        milestone=command.milestone or before.milestone,
        extraordinary=command.extraordinary or before.extraordinary,
        time=time,
        duration=command.duration or before.duration if time is not None else None,
        place=command.place or before.place,
    )
    return not_a_milestone([command.milestone] if command.milestone else [], history) or [set_for]


def _of_board(board: int, history: History) -> Refusal | None:
    scheduled = _scheduled(history)
    return None if board in scheduled else Refusal("no-such-board", {"board": board, "boards": sorted(scheduled)})


def _report(command: SendReport, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    refusal = _called_off(command.board, history) or _of_board(command.board, history)
    if refusal is None and command.agreed_with_council is None and not silent(asked):
        refusal = Refusal("agreement-unsaid", {"command": command.type})
    return refusal or [ReportSent(board=command.board, agreed_with_council=command.agreed_with_council)]


def _hold(command: HoldBoard, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    board, attended, present = command.board, command.attended, command.present
    refusal = _to_come(board, history) or _not_roles(attended)
    if refusal is not None:
        return refusal
    if not attended and not silent(asked):
        return Refusal("attendance-needed", {"command": command.type})
    if present is not None and present < len(attended):
        return Refusal("fewer-than-named", {"present": present, "named": len(attended)})
    quorate = not absent(attended) if attended else None
    return [BoardHeld(board=board, attended=attended, present=present, quorate=quorate)]


def _not_roles(given: Sequence[str]) -> Refusal | None:
    wrong = [text for text in given if not _is_role(text)]
    return Refusal("not-a-role", {"given": wrong}) if wrong else None


def _is_role(text: str) -> bool:
    try:
        Actor.parse(text)
    except ValueError:
        return False
    return True


# The quorum


def party(role: str) -> str:
    """The party of a role, as `council` of `council.director`."""
    return role.partition(".")[0]


def absent(attended: Sequence[str]) -> tuple[str, ...]:
    """The parties of the quorum of which nobody attended."""
    there = {party(role) for role in attended}
    return tuple(party for party in QUORUM if party not in there)


def lacking(held: BoardHeld) -> tuple[str, ...]:
    """The parties that a board wanted for its quorum, as its attendance reads now; none where nobody knows."""
    return absent(held.attended) if held.attended and held.quorate is not None else ()


def quorum_lacking(history: History, asked: Asked) -> Refusal | None:
    """Why the board cannot have decided what it is said to have: its last meeting until then wanted a quorum.

    Before the first meeting of a phase the board decides by the leads' agreement, and what a source tells as decided is.
    """
    if asked.decided_by.party != BOARD or silent(asked):
        return None
    met = _without_quorum(history, asked.occurred)
    if met is None:
        return None
    return Refusal(
        "no-quorum",
        {
            "command": asked.command.type,
            "board": met.event.board,
            "on": str(met.occurred),
            "missing": list(lacking(met.event)),
        },
    )


def _without_quorum(history: History, on: When) -> Entry[BoardHeld] | None:
    """The last board by a day, if it wanted a quorum whichever it was: imprecise dates may leave several."""
    by_then = [entry for entry in history.in_phase(BoardHeld) if not on.certainly_before(entry.occurred)]
    surely = [entry for entry in by_then if on.earliest is not None and entry.occurred.latest <= on.earliest]
    if not surely:
        return None
    last = max(surely, key=lambda entry: (entry.occurred.latest, entry.version))
    can_be_last = [entry for entry in by_then if not entry.occurred.certainly_before(last.occurred)]
    return last if all(lacking(entry.event) for entry in can_be_last) else None


# How the boards stand


@dataclass(frozen=True)
class Meeting:
    """A board: its date and milestone, its report, who was there, and which parties its quorum wanted.

    `reach_by` is the date its milestone has now. `late` when the report went out on the day before the meeting or later,
    however the dates are read.
    """

    board: int
    date: When
    milestone: str | None
    reach_by: When | None
    extraordinary: bool
    reported: When | None
    agreed_with_council: bool | None
    late: bool
    held: When | None
    attended: tuple[str, ...]
    present: int | None
    missing: tuple[str, ...]
    time: str | None = None
    duration: int | None = None
    place: Sealed | None = None
    cancelled: When | None = None


def boards(history: History) -> tuple[Meeting, ...]:
    """The boards of this phase by number, those that have not met included."""
    met, off, scheduled = held(history), cancelled(history), _scheduled(history)
    reports = {entry.event.board: entry for entry in history.in_phase(ReportSent)}
    plan = {milestone.id: milestone for milestone in milestones(history)}
    return tuple(
        _meeting(
            scheduled[number],
            plan.get(scheduled[number].event.milestone or ""),
            reports.get(number),
            met.get(number),
            off.get(number),
        )
        for number in sorted(scheduled)
    )


def _meeting(
    scheduled: Entry[BoardScheduled],
    tied_to: MilestoneStanding | None,
    report: Entry[ReportSent] | None,
    met: Entry[BoardHeld] | None,
    off: Entry[BoardCancelled] | None,
) -> Meeting:
    there = met.event if met else None
    meets = met.occurred if met else scheduled.event.date
    return Meeting(
        board=scheduled.event.board,
        date=scheduled.event.date,
        milestone=scheduled.event.milestone,
        reach_by=tied_to.now if tied_to else None,
        extraordinary=scheduled.event.extraordinary,
        reported=report.occurred if report else None,
        agreed_with_council=report.event.agreed_with_council if report else None,
        late=report is not None and _at_the_last_moment(report.occurred, meets),
        held=met.occurred if met else None,
        attended=there.attended if there else (),
        present=(there.present or len(there.attended) or None) if there else None,
        missing=lacking(there) if there else (),
        time=scheduled.event.time,
        duration=scheduled.event.duration,
        place=scheduled.event.place,
        cancelled=off.occurred if off else None,
    )


def _at_the_last_moment(sent: When, meets: When) -> bool:
    return sent.earliest is not None and sent.earliest.toordinal() >= meets.latest.toordinal() - 1


def cautions(history: History) -> Iterator[Caution]:
    """What the last report and the last meeting leave to be mended, and decisions without a quorum."""
    yield from _about_reports(history)
    yield from _about_meetings(history)
    for entry in history.entries:
        met = _without_quorum(history, entry.occurred) if entry.decided_by.party == BOARD else None
        if met is not None and entry.version >= history.phase:
            missing = list(lacking(met.event))
            yield Caution(
                "decided-without-quorum", {"event": entry.event.type, "board": met.event.board, "missing": missing}
            )


def _about_reports(history: History) -> Iterator[Caution]:
    reported = [meeting for meeting in boards(history) if meeting.reported is not None and meeting.cancelled is None]
    if not reported:
        return
    last = reported[-1]
    if last.agreed_with_council is False:
        yield Caution("report-not-agreed", {"board": last.board})
    if last.reported is not None and last.late:
        meets = last.held or last.date
        yield Caution(
            "report-late",
            {
                "board": last.board,
                "sent": str(last.reported),
                "on": str(meets),
                "after": meets.certainly_before(last.reported),
            },
        )


def _about_meetings(history: History) -> Iterator[Caution]:
    reached = {milestone.id for milestone in milestones(history) if milestone.reached}
    for meeting in boards(history):
        waits = meeting.held is None and meeting.cancelled is None and meeting.milestone not in reached
        if waits and meeting.reach_by and meeting.date.certainly_before(meeting.reach_by):
            yield Caution(
                "board-before-milestone",
                {
                    "board": meeting.board,
                    "on": str(meeting.date),
                    "milestone": meeting.milestone,
                    "by": str(meeting.reach_by),
                },
            )
    met = [meeting for meeting in boards(history) if meeting.held is not None]
    if not met:
        return
    last = met[-1]
    of_the_team = [role for role in last.attended if party(role) == "team"]
    if last.missing:
        yield Caution("board-not-quorate", {"board": last.board, "missing": list(last.missing)})
    if last.present is not None and last.present >= OVERWHELMING:
        yield Caution("overwhelming", {"board": last.board, "present": last.present})
    if len(of_the_team) > CORE_TEAM:
        yield Caution("consultants-attending", {"board": last.board, "team": len(of_the_team)})
