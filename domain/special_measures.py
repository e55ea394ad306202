"""Special measures: rigorous and frequent monitoring, strategy meetings with officials, targets ([PAT] ch.1, Annexe 3).

A zero-star rating places a council on them automatically; the performance improvement plan has a module of its own.
"""

from collections.abc import Sequence
from typing import ClassVar

from domain.dates import When
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.sealed import Sealed


class CouncilMet(Event):
    """The Chief Inspector met the council about its rating."""

    type: ClassVar[str] = "council-met"
    note: Sealed | None = None


class MonitoringVisited(Event):
    """The inspectorate made a monitoring visit."""

    type: ClassVar[str] = "monitoring-visited"
    note: Sealed | None = None


class StrategyMeetingHeld(Event):
    """Officials and the council held a strategy meeting."""

    type: ClassVar[str] = "strategy-meeting-held"
    note: Sealed | None = None


class TargetSet(Event):
    """Improvement is expected by a date."""

    type: ClassVar[str] = "target-set"
    by: When
    text: Sealed


class MeetCouncil(Command):
    """Record that the Chief Inspector met the council."""

    type: ClassVar[str] = "meet-council"
    gives: ClassVar[Kinds] = (CouncilMet,)
    note: Sealed | None = None


class RecordMonitoringVisit(Command):
    """Record a monitoring visit."""

    type: ClassVar[str] = "record-monitoring-visit"
    gives: ClassVar[Kinds] = (MonitoringVisited,)
    note: Sealed | None = None


class HoldStrategyMeeting(Command):
    """Record a strategy meeting."""

    type: ClassVar[str] = "hold-strategy-meeting"
    gives: ClassVar[Kinds] = (StrategyMeetingHeld,)
    note: Sealed | None = None


class SetTarget(Command):
    """Record what improvement is expected by when."""

    type: ClassVar[str] = "set-target"
    gives: ClassVar[Kinds] = (TargetSet,)
    by: When
    text: Sealed


COMMANDS = (MeetCouncil, RecordMonitoringVisit, HoldStrategyMeeting, SetTarget)
EVENTS = (CouncilMet, MonitoringVisited, StrategyMeetingHeld, TargetSet)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about special measures."""
    match command:
        case MeetCouncil(note=note):
            return [CouncilMet(note=note)]
        case RecordMonitoringVisit(note=note):
            return [MonitoringVisited(note=note)]
        case HoldStrategyMeeting(note=note):
            return [StrategyMeetingHeld(note=note)]
        case SetTarget(by=by, text=text):
            return [TargetSet(by=by, text=text)]
    raise TypeError(command)
