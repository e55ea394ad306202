"""Special measures: rigorous and frequent monitoring, strategy meetings, and the way out ([PAT] ch.1, Annexe 3).

A zero-star rating places a council on them automatically; the performance improvement plan, the targets and the council's
own bodies have modules of their own. Leaving has two sides: services are made safe first, sustainable improvement comes
later (Annexe 3). All this holds across phases of the engagement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.checks import silent, too_early
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.rating_notes import SpecialMeasuresEnded, SpecialMeasuresResumed, in_special_measures
from domain.sealed import Sealed
from domain.vocabulary import Concern

Role = Annotated[str, Field(pattern=r"^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$")]
"""A role of a party, as lifecycles name it: `council.director`."""

Progress = Literal["better", "same", "worse"]
Side = Literal["safe", "sustainable"]
"""The two sides of leaving special measures ([PAT] Annexe 3)."""


class CouncilMet(Event):
    """The Chief Inspector met the council about its rating."""

    type: ClassVar[str] = "council-met"
    note: Sealed | None = None


class MonitoringVisited(Event):
    """The inspectorate made a monitoring visit: which areas of concern it looked at, what it found, and the direction."""

    type: ClassVar[str] = "monitoring-visited"
    note: Sealed | None = None
    focus: tuple[Concern, ...] = ()
    findings: Sealed | None = None
    progress: Progress | None = None


class StrategyMeetingHeld(Event):
    """Officials and the council held a strategy meeting: the roles present, and the day of the next one."""

    type: ClassVar[str] = "strategy-meeting-held"
    note: Sealed | None = None
    present: tuple[Role, ...] = ()
    next: When | None = None


class LeavingJudged(Event):
    """One side of leaving special measures was judged."""

    type: ClassVar[str] = "leaving-judged"
    side: Side
    met: bool
    evidence: Sealed | None = None


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
    focus: tuple[Concern, ...] = ()
    findings: Sealed | None = None
    progress: Progress | None = None


class HoldStrategyMeeting(Command):
    """Record a strategy meeting."""

    type: ClassVar[str] = "hold-strategy-meeting"
    gives: ClassVar[Kinds] = (StrategyMeetingHeld,)
    note: Sealed | None = None
    present: tuple[Role, ...] = ()
    next: When | None = None


class JudgeLeaving(Command):
    """Judge one side of leaving special measures: services safe, improvement sustainable."""

    type: ClassVar[str] = "judge-leaving"
    gives: ClassVar[Kinds] = (LeavingJudged,)
    side: Side
    met: bool
    evidence: Sealed | None = None


COMMANDS = (MeetCouncil, RecordMonitoringVisit, HoldStrategyMeeting, JudgeLeaving)
EVENTS = (CouncilMet, MonitoringVisited, StrategyMeetingHeld, LeavingJudged)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about special measures."""
    match command:
        case MeetCouncil(note=note):
            return [CouncilMet(note=note)]
        case RecordMonitoringVisit():
            return [MonitoringVisited(**dict(command))]
        case HoldStrategyMeeting():
            if command.next is not None and command.next.certainly_before(asked.occurred):
                return Refusal("next-meeting-before", {"next": str(command.next), "occurred": str(asked.occurred)})
            return [StrategyMeetingHeld(**dict(command))]
        case JudgeLeaving():
            return _judge_leaving(command, history, asked)
    raise TypeError(command)


def unproven(command: Command, evidence: Sealed | None, asked: Asked) -> Refusal | None:
    """Outside imported history, a judgement comes with its evidence."""
    if evidence is not None or silent(asked):
        return None
    return Refusal("evidence-needed", {"command": command.type})


# Leaving


@dataclass(frozen=True)
class Leaving:
    """Both sides of leaving special measures, as last judged since they began or were resumed.

    `ended` is what a star regained brought; it is None while the council is on special measures.
    """

    safe: Entry[LeavingJudged] | None = None
    sustainable: Entry[LeavingJudged] | None = None
    ended: Entry[SpecialMeasuresEnded] | None = None

    @property
    def is_safe(self) -> bool:
        """Whether services were judged safe."""
        return self.safe is not None and self.safe.event.met

    @property
    def is_sustainable(self) -> bool:
        """Whether improvement was judged sustainable, whatever became of safety since."""
        return self.sustainable is not None and self.sustainable.event.met


def leaving(history: History) -> Leaving:
    """How far the council has come in leaving special measures."""
    resumed = history.last(SpecialMeasuresResumed)
    judged = {entry.event.side: entry for entry in history.all(LeavingJudged, resumed.version if resumed else 0)}
    ended = None if in_special_measures(history) else history.last(SpecialMeasuresEnded)
    return Leaving(judged.get("safe"), judged.get("sustainable"), ended)


def _judge_leaving(command: JudgeLeaving, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    stands = leaving(history)
    if command.side == "sustainable" and command.met:
        if stands.safe is None or not stands.is_safe:
            return Refusal("safe-comes-first", {"safe": "not-met" if stands.safe else "not-judged"})
        refusal = too_early(asked.occurred, stands.safe)
        if refusal is not None:
            return refusal
    return unproven(command, command.evidence, asked) or [LeavingJudged(**dict(command))]


def cautions(history: History) -> Iterator[Caution]:
    """Monitoring that finds things worse, and a side of leaving that was passed over."""
    visit = history.last(MonitoringVisited)
    if visit is not None and visit.event.progress == "worse":
        yield Caution("monitoring-found-worse", {"on": str(visit.occurred)})
    stands = leaving(history)
    if stands.is_sustainable and not stands.is_safe:
        yield Caution("sustainable-but-not-safe")
    if stands.ended is not None and not stands.is_safe:
        yield Caution("left-but-not-safe", {"on": str(stands.ended.occurred)})
    if stands.ended is not None and not stands.is_sustainable:
        yield Caution("left-but-not-sustainable", {"on": str(stands.ended.occurred)})
