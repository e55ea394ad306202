"""The project board: who sits on it, its meetings and reports, its minutes and actions ([PAT] ch.3, 4).

The inspectorate chairs it; the department is in attendance, at times in the chair; the council and the team make it up.
Elected members were left out at first, which did harm, as mere observers did worse, and as members well. The team reports
in time, having agreed the report with the council; minutes and actions go round promptly. Sixteen people at one meeting
were too many, and consultants at a high daily rate attend only what they must. The sources name no quorum: that
inspectorate, council and team have to be there is `assumed`, and so is the size of the team at a meeting.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from domain.actors import Actor
from domain.change import not_a_milestone
from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.people import Standing
from domain.quantities import Slug
from domain.sealed import Sealed
from domain.special_measures import Role
from domain.work import MilestoneStanding, milestones

BOARD = "board"
"""The party that decides what the board decides."""
QUORUM = ("inspectorate", "council", "team")
"""The parties without which a board decides nothing (`assumed`); the department is in attendance."""
ELECTED = "council.member"
OVERWHELMING = 16
"""So many people at one meeting were too many ([PAT] ch.4)."""
CORE_TEAM = 2
"""Senior partner and lead consultant: the core members of the team (`assumed` to be all that a meeting needs)."""


class Action(BaseModel):
    """What a board wants done: an id, what, by whom and by when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    text: Sealed
    owner: Role
    by: When | None = None


class MemberAppointed(Event):
    """Somebody became a member of the board, or an observer. Who is appointed to the chair takes it over."""

    type: ClassVar[str] = "member-appointed"
    role: Role
    person: Slug | None = None
    name: Sealed | None = None
    standing: Standing | None = None
    chair: bool = False
    observer: bool = False


class MembershipEnded(Event):
    """Somebody left the board."""

    type: ClassVar[str] = "membership-ended"
    role: Role
    person: Slug | None = None


class BoardScheduled(Event):
    """A board was set for a date. Boards count up from 1; the same number again moves its date.

    `milestone` is the one of the PID that the meeting is tied to.
    """

    type: ClassVar[str] = "board-scheduled"
    board: int
    date: When
    milestone: Slug | None = None
    extraordinary: bool = False


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


class MinutesCirculated(Event):
    """The minutes and actions of a board were circulated."""

    type: ClassVar[str] = "minutes-circulated"
    board: int
    actions: tuple[Action, ...] = ()


class ActionClosed(Event):
    """What a board wanted done is done, or wanted no longer."""

    type: ClassVar[str] = "action-closed"
    action: Slug
    note: Sealed | None = None


class CouncilReadinessAgreed(Event):
    """The board agreed that the council is ready to lead."""

    type: ClassVar[str] = "council-readiness-agreed"
    reason: Sealed | None = None


class AppointMember(Command):
    """Put somebody on the board, by role and person, with their standing in that role."""

    type: ClassVar[str] = "appoint-member"
    gives: ClassVar[Kinds] = (MemberAppointed,)
    role: Role
    person: Slug | None = None
    name: Sealed | None = None
    standing: Standing | None = None
    chair: bool = False
    observer: bool = False


class EndMembership(Command):
    """Record that somebody left the board."""

    type: ClassVar[str] = "end-membership"
    gives: ClassVar[Kinds] = (MembershipEnded,)
    needs: ClassVar[Kinds] = (MemberAppointed,)
    role: Role
    person: Slug | None = None


class ScheduleBoard(Command):
    """Set a board for a date, or move one that has not met. Boards count up from 1.

    A board that is moved stays tied to its milestone unless another is given.
    """

    type: ClassVar[str] = "schedule-board"
    gives: ClassVar[Kinds] = (BoardScheduled,)
    board: int = Field(ge=1)
    date: When
    milestone: Slug | None = None
    extraordinary: bool = False


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


class CirculateMinutes(Command):
    """Record that the minutes of a board went round, with the actions it wants done."""

    type: ClassVar[str] = "circulate-minutes"
    gives: ClassVar[Kinds] = (MinutesCirculated,)
    needs: ClassVar[Kinds] = (BoardHeld,)
    board: int = Field(ge=1)
    actions: tuple[Action, ...] = ()


class CloseAction(Command):
    """Close an action of the board."""

    type: ClassVar[str] = "close-action"
    gives: ClassVar[Kinds] = (ActionClosed,)
    needs: ClassVar[Kinds] = (BoardHeld,)  # an action may be done before the minutes that list it go round
    action: Slug
    note: Sealed | None = None


class AgreeCouncilReadiness(Command):
    """Record that the board finds the council ready to lead."""

    type: ClassVar[str] = "agree-council-readiness"
    gives: ClassVar[Kinds] = (CouncilReadinessAgreed,)
    reason: Sealed | None = None


COMMANDS = (
    AppointMember,
    EndMembership,
    ScheduleBoard,
    SendReport,
    HoldBoard,
    CirculateMinutes,
    CloseAction,
    AgreeCouncilReadiness,
)
EVENTS = (
    MemberAppointed,
    MembershipEnded,
    BoardScheduled,
    ReportSent,
    BoardHeld,
    MinutesCirculated,
    ActionClosed,
    CouncilReadinessAgreed,
)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the board."""
    match command:
        case AppointMember():
            return _appoint(command, history, asked)
        case EndMembership():
            return _end(command, history, asked)
        case ScheduleBoard():
            return _schedule(command, history)
        case SendReport():
            return _report(command, history, asked)
        case HoldBoard():
            return _hold(command, history, asked)
        case CirculateMinutes():
            return _circulate(command, history, asked)
        case CloseAction():
            return _close(command, history, asked)
        case AgreeCouncilReadiness(reason=reason):
            return [CouncilReadinessAgreed(reason=reason)]
    raise TypeError(command)


# Members


@dataclass(frozen=True)
class Member:
    """A member of the board as it stands, since the day of the appointment. One at most is in the chair."""

    role: str
    person: str | None
    name: Sealed | None
    standing: Standing | None
    chair: bool
    observer: bool
    since: When
    version: int

    @property
    def label(self) -> str:
        """`council.director/jo-b`, or the role alone where no person is known."""
        return _label(self.role, self.person)


def members(history: History) -> Mapping[str, tuple[Member, ...]]:
    """The members of this phase's board, by party and in the order they came."""
    seated = _seated(history)
    in_the_chair = max((entry.version for entry in seated.values() if entry.event.chair), default=0)
    found: dict[str, tuple[Member, ...]] = {}
    for entry in seated.values():
        event = entry.event
        member = Member(
            role=event.role,
            person=event.person,
            name=event.name,
            standing=event.standing,
            chair=entry.version == in_the_chair,
            observer=event.observer,
            since=entry.occurred,
            version=entry.version,
        )
        party = _party(event.role)
        found[party] = (*found.get(party, ()), member)
    return found


def _seated(history: History) -> dict[tuple[str, str | None], Entry[MemberAppointed]]:
    seated: dict[tuple[str, str | None], Entry[MemberAppointed]] = {}
    came_and_went: list[Entry[Any]] = [*history.in_phase(MemberAppointed), *history.in_phase(MembershipEnded)]
    for entry in sorted(came_and_went, key=lambda entry: entry.version):
        seat = (entry.event.role, entry.event.person)
        seated.pop(seat, None)
        if isinstance(entry.event, MemberAppointed):
            seated[seat] = entry
    return seated


def _label(role: str, person: str | None) -> str:
    return f"{role}/{person}" if person else role


def _party(role: str) -> str:
    return role.partition(".")[0]


def _appoint(command: AppointMember, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.chair and command.observer:
        return Refusal("observer-in-the-chair", {"role": command.role})
    there = _seated(history).get((command.role, command.person))
    if there is not None:
        label = _label(command.role, command.person)
        return Refusal("appointed-already", {"member": label, "on": str(there.occurred)})
    missing = [name for name in ("person", "standing") if getattr(command, name) is None]
    if missing and not silent(asked):
        return Refusal("member-incomplete", {"missing": missing})
    return [MemberAppointed(**dict(command))]


def _end(command: EndMembership, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    seated = _seated(history)
    there = seated.get((command.role, command.person))
    if there is None:
        label = _label(command.role, command.person)
        return Refusal("no-such-member", {"member": label, "members": [_label(*seat) for seat in seated]})
    return too_early(asked.occurred, there) or [MembershipEnded(role=command.role, person=command.person)]


# Meetings and reports


def _scheduled(history: History) -> dict[int, Entry[BoardScheduled]]:
    return {entry.event.board: entry for entry in history.in_phase(BoardScheduled)}


def _held(history: History) -> dict[int, Entry[BoardHeld]]:
    return {entry.event.board: entry for entry in history.in_phase(BoardHeld)}


def _schedule(command: ScheduleBoard, history: History) -> Sequence[Event] | Refusal:
    scheduled, board = _scheduled(history), command.board
    if board in _held(history):
        return Refusal("board-held-already", {"board": board})
    following = max(scheduled, default=0) + 1
    if board > following:
        return Refusal("version-out-of-order", {"given": board, "expected": following})
    before = scheduled[board].event if board in scheduled else None
    set_for = BoardScheduled(
        board=board,
        date=command.date,
        milestone=command.milestone or (before.milestone if before else None),
        extraordinary=command.extraordinary or (before is not None and before.extraordinary),
    )
    return not_a_milestone([command.milestone] if command.milestone else [], history) or [set_for]


def _of_board(board: int, history: History) -> Refusal | None:
    scheduled = _scheduled(history)
    return None if board in scheduled else Refusal("no-such-board", {"board": board, "boards": sorted(scheduled)})


def _report(command: SendReport, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    refusal = _of_board(command.board, history)
    if refusal is None and command.agreed_with_council is None and not silent(asked):
        refusal = Refusal("agreement-unsaid", {"command": command.type})
    return refusal or [ReportSent(board=command.board, agreed_with_council=command.agreed_with_council)]


def _hold(command: HoldBoard, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    board, attended, present = command.board, command.attended, command.present
    if board in _held(history):
        return Refusal("board-held-already", {"board": board})
    refusal = _of_board(board, history) or _not_roles(attended)
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


def absent(attended: Sequence[str]) -> tuple[str, ...]:
    """The parties of the quorum of which nobody attended."""
    there = {_party(role) for role in attended}
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


# Minutes and actions


def _circulate(command: CirculateMinutes, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    held = _held(history).get(command.board)
    if held is None:
        return Refusal("board-not-held", {"board": command.board})
    refusal = too_early(asked.occurred, held) or named_twice("actions", (action.id for action in command.actions))
    refusal = refusal or _wrong_actions(command.actions, held, history, asked)
    return refusal or [MinutesCirculated(board=command.board, actions=command.actions)]


def _wrong_actions(new: Sequence[Action], held: Entry[BoardHeld], history: History, asked: Asked) -> Refusal | None:
    boards = {found.id: found.board for found in actions(history)}
    for action in new:
        if action.id in boards:
            return Refusal("action-known", {"action": action.id, "board": boards[action.id]})
        if action.by is not None and action.by.certainly_before(held.occurred):
            return Refusal(
                "action-due-before-board", {"action": action.id, "by": str(action.by), "on": str(held.occurred)}
            )
    undated = [action.id for action in new if action.by is None]
    return Refusal("action-without-date", {"actions": undated}) if undated and not silent(asked) else None


def _close(command: CloseAction, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    known = {found.id: found for found in actions(history)}
    action = known.get(command.action)
    if action is None:
        return Refusal("no-such-action", {"action": command.action, "actions": list(known)})
    if action.closed is not None:
        return Refusal("action-closed-already", {"action": action.id, "on": str(action.closed)})
    held = _held(history).get(action.board)
    refusal = too_early(asked.occurred, held) if held else None
    return refusal or [ActionClosed(action=action.id, note=command.note)]


@dataclass(frozen=True)
class ActionStanding:
    """An action of a board: what, who owes it by when, and the day it was closed, if it was."""

    id: str
    board: int
    text: Sealed
    owner: str
    by: When | None
    closed: When | None


def actions(history: History) -> tuple[ActionStanding, ...]:
    """The actions of this phase's boards, in order, open and closed."""
    closed = {entry.event.action: entry.occurred for entry in history.in_phase(ActionClosed)}
    return tuple(
        ActionStanding(
            id=action.id,
            board=entry.event.board,
            text=action.text,
            owner=action.owner,
            by=action.by,
            closed=closed.get(action.id),
        )
        for entry in history.in_phase(MinutesCirculated)
        for action in entry.event.actions
    )


# How the boards stand


@dataclass(frozen=True)
class Meeting:
    """A board: its date and milestone, its report, who was there, which parties its quorum wanted, and its minutes.

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
    minutes: When | None


def boards(history: History) -> tuple[Meeting, ...]:
    """The boards of this phase by number, those that have not met included."""
    held, scheduled = _held(history), _scheduled(history)
    reports = {entry.event.board: entry for entry in history.in_phase(ReportSent)}
    minutes = {entry.event.board: entry.occurred for entry in history.in_phase(MinutesCirculated)}
    plan = {milestone.id: milestone for milestone in milestones(history)}
    return tuple(
        _meeting(
            scheduled[number],
            plan.get(scheduled[number].event.milestone or ""),
            reports.get(number),
            held.get(number),
            minutes.get(number),
        )
        for number in sorted(scheduled)
    )


def _meeting(
    scheduled: Entry[BoardScheduled],
    tied_to: MilestoneStanding | None,
    report: Entry[ReportSent] | None,
    held: Entry[BoardHeld] | None,
    minutes: When | None,
) -> Meeting:
    met = held.event if held else None
    meets = held.occurred if held else scheduled.event.date
    return Meeting(
        board=scheduled.event.board,
        date=scheduled.event.date,
        milestone=scheduled.event.milestone,
        reach_by=tied_to.now if tied_to else None,
        extraordinary=scheduled.event.extraordinary,
        reported=report.occurred if report else None,
        agreed_with_council=report.event.agreed_with_council if report else None,
        late=report is not None and _at_the_last_moment(report.occurred, meets),
        held=held.occurred if held else None,
        attended=met.attended if met else (),
        present=(met.present or len(met.attended) or None) if met else None,
        missing=lacking(met) if met else (),
        minutes=minutes,
    )


def _at_the_last_moment(sent: When, meets: When) -> bool:
    return sent.earliest is not None and sent.earliest.toordinal() >= meets.latest.toordinal() - 1


def cautions(history: History) -> Iterator[Caution]:
    """What the last report and the last meeting leave to be mended, decisions without a quorum, elected members."""
    yield from _about_reports(history)
    yield from _about_meetings(history)
    yield from _about_members(history)
    for entry in history.entries:
        met = _without_quorum(history, entry.occurred) if entry.decided_by.party == BOARD else None
        if met is not None and entry.version >= history.phase:
            missing = list(lacking(met.event))
            yield Caution(
                "decided-without-quorum", {"event": entry.event.type, "board": met.event.board, "missing": missing}
            )


def _about_reports(history: History) -> Iterator[Caution]:
    reported = [meeting for meeting in boards(history) if meeting.reported is not None]
    if not reported:
        return
    last = reported[-1]
    if last.agreed_with_council is False:
        yield Caution("report-not-agreed", {"board": last.board})
    if last.late:
        yield Caution(
            "report-late", {"board": last.board, "sent": str(last.reported), "on": str(last.held or last.date)}
        )


def _about_meetings(history: History) -> Iterator[Caution]:
    reached = {milestone.id for milestone in milestones(history) if milestone.reached}
    for meeting in boards(history):
        waits = meeting.held is None and meeting.milestone not in reached
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
    of_the_team = [role for role in last.attended if _party(role) == "team"]
    if last.missing:
        yield Caution("board-not-quorate", {"board": last.board, "missing": list(last.missing)})
    if last.present is not None and last.present >= OVERWHELMING:
        yield Caution("overwhelming", {"board": last.board, "present": last.present})
    if len(of_the_team) > CORE_TEAM:
        yield Caution("consultants-attending", {"board": last.board, "team": len(of_the_team)})


def _about_members(history: History) -> Iterator[Caution]:
    seated = [member for of_party in members(history).values() for member in of_party]
    elected = [member for member in seated if member.role == ELECTED]
    watching = [member.label for member in elected if member.observer]
    if watching:
        yield Caution("elected-only-observe", {"members": watching})
    if seated and not elected and history.in_phase(BoardHeld):
        yield Caution("no-elected-member", {"members": len(seated)})
