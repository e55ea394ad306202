"""The boards of an engagement as entries of calendars: each with a UID for ever and a SEQUENCE that counts its changes.

Everything follows from the events alone: what was set, moved or called off, and as well what was corrected, withdrawn or
chosen in a dispute. A board that has not met by the end of its phase or of the engagement is called off with it, unless
its day had come. An entry stands on a day, at a time where one is known. While a board has no one day it is in no calendar.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from domain.board import BoardCancelled, BoardHeld, BoardScheduled, boards
from domain.board import Meeting as Board
from domain.course import EngagementClosed, EventCorrected, EventWithdrawn
from domain.dates import LONDON, When
from domain.disputes import FactChosen
from domain.engagement import Engagement, evolve
from domain.exit import FurtherPhaseStarted
from domain.part import Entry, Event
from domain.sealed import Sealed

USUAL = 120
"""Minutes that a board takes where only its beginning is known (`assumed`)."""

CHANGES: tuple[type[Event], ...] = (
    BoardScheduled,
    BoardCancelled,
    BoardHeld,
    EventCorrected,
    EventWithdrawn,
    FactChosen,
    FurtherPhaseStarted,
    EngagementClosed,
)
"""The events after which a board may stand otherwise than before."""


@dataclass(frozen=True)
class Slot:
    """Where an entry stands in a calendar: on a whole day, or from a moment to another in London."""

    day: date
    time: str | None = None
    duration: int | None = None

    @property
    def starts(self) -> datetime | None:
        """When it begins; None where only the day is known."""
        return datetime.combine(self.day, time.fromisoformat(self.time), LONDON) if self.time is not None else None

    @property
    def ends(self) -> datetime | None:
        """When it is over: so much later by the clock on the wall, summer time or not."""
        return self.starts + timedelta(minutes=self.duration or USUAL) if self.starts is not None else None


@dataclass(frozen=True)
class Meeting:
    """A board in a calendar. `phase` is the version at which its phase began: in a further phase boards count from 1 again.

    `sequence` counts its real changes, and `changed` is the version of the event that made the last one. `slot` is where
    it stands, or last stood: it stands nowhere unless it is `shown`.
    """

    engagement: str
    phase: int
    board: int
    date: When
    slot: Slot | None
    place: Sealed | None
    extraordinary: bool
    status: Literal["set", "held", "cancelled"]
    sequence: int
    changed: int
    changed_at: datetime

    @property
    def key(self) -> str:
        """`haringey-1.board.1.2`: what tells it from every other, for ever."""
        return f"{self.engagement}.board.{self.phase}.{self.board}"

    @property
    def shown(self) -> bool:
        """Whether calendars show it: it is not called off, and on one day."""
        return self.status != "cancelled" and self.slot is not None and self.date.earliest == self.date.latest

    @property
    def calls_off(self) -> bool:
        """Whether those who were invited are to take it out of their calendars."""
        return not self.shown and self.slot is not None

    def event(self) -> BoardScheduled | BoardCancelled:
        """What is told of it, as the event that would say so."""
        if self.status == "cancelled":
            return BoardCancelled(board=self.board)
        return BoardScheduled(board=self.board, date=self.date, extraordinary=self.extraordinary)


def changes(id: str, entries: Iterable[Entry[Any]]) -> Iterator[Meeting]:
    """Every board of an engagement each time that it stands otherwise than before, `changed` by the event that did it.

    It takes the whole stream as recorded, to which no correction was applied.
    """
    state, found = Engagement(id), dict[tuple[int, int], Meeting]()
    for entry in entries:
        phase, over, state = state.history.phase, state.closed is not None, evolve(state, entry)
        if not isinstance(entry.event, CHANGES) or over:
            continue
        for meeting in _stand_now(state, phase, found, entry):
            before = found.get((phase, meeting.board))
            if before is None or _content(before) == _content(meeting):
                now = meeting
            else:
                now = replace(meeting, sequence=before.sequence + 1)
            if before is None or now.sequence != before.sequence:
                now = replace(now, changed=entry.version, changed_at=entry.recorded_at)
            if now != before:
                found[phase, meeting.board] = now
                yield now


def meetings(id: str, entries: Iterable[Entry[Any]]) -> tuple[Meeting, ...]:
    """The boards of an engagement by phase and number, as they stand after all that was recorded."""
    found = {(meeting.phase, meeting.board): meeting for meeting in changes(id, entries)}
    return tuple(found[key] for key in sorted(found))


def _stand_now(
    state: Engagement, phase: int, found: Mapping[tuple[int, int], Meeting], entry: Entry[Any]
) -> Iterator[Meeting]:
    """The boards of a phase as they stand with an event, which may be the one that ended it."""
    before = {number: meeting for (of, number), meeting in found.items() if of == phase}
    if isinstance(entry.event, FurtherPhaseStarted | EngagementClosed):
        for meeting in before.values():
            never = meeting.status == "set" and entry.occurred.certainly_before(meeting.date)
            yield replace(meeting, status="cancelled") if never else meeting
        return
    standing = {board.board: board for board in boards(state.history)}
    for number, board in standing.items():
        yield _of(state.id, phase, board, before.get(number), entry)
    for number in before.keys() - standing.keys():  # what set it was withdrawn
        yield replace(before[number], status="cancelled")


def _of(id: str, phase: int, board: Board, before: Meeting | None, entry: Entry[Any]) -> Meeting:
    met = board.held
    day = met if met is not None and met.earliest == met.latest else board.date
    slot = before.slot if before else None
    if day.earliest == day.latest:
        at_its_time = day.latest == board.date.latest
        slot = Slot(day.latest, board.time if at_its_time else None, board.duration if at_its_time else None)
    return Meeting(
        engagement=id,
        phase=phase,
        board=board.board,
        date=day,
        slot=slot,
        place=board.place,
        extraordinary=board.extraordinary,
        status="cancelled" if board.cancelled else "held" if met else "set",
        sequence=before.sequence if before else 0,
        changed=before.changed if before else entry.version,
        changed_at=before.changed_at if before else entry.recorded_at,
    )


def _content(meeting: Meeting) -> tuple[Any, ...]:
    """What whoever is told of it cares for."""
    if meeting.status == "cancelled":
        return (meeting.status,)
    return meeting.date.earliest, meeting.date.latest, meeting.slot, meeting.place, meeting.extraordinary


def stirred(id: str, entries: Iterable[Entry[Any]]) -> Mapping[int, Sequence[Meeting]]:
    """The boards that are to be told of, by the version of the event that set, moved or called them off.

    Of what a board that has met turns out to have been, nobody is told.
    """
    found: dict[int, dict[str, Meeting]] = {}
    for meeting in changes(id, entries):
        if meeting.status != "held":
            found.setdefault(meeting.changed, {}).setdefault(meeting.key, meeting)
    return {version: tuple(boards.values()) for version, boards in found.items()}
