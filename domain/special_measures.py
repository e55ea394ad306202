"""Special measures: rigorous and frequent monitoring, strategy meetings with officials, targets ([PAT] ch.1, Annexe 3).

A zero-star rating places a council on them automatically; the performance improvement plan has a module of its own.
Improvement is expected by a date and followed up: in practice it was not, rigorously, and "appetite for improvement" was
what got reported ([PAT] ch.5). A council may set up bodies of its own, as Birmingham did. Leaving has two sides: services
are made safe first, sustainable improvement comes later (Annexe 3). All this holds across phases of the engagement.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from domain.dates import When, london_day
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.rating_notes import SpecialMeasuresEnded, SpecialMeasuresResumed, in_special_measures
from domain.sealed import Sealed
from domain.vocabulary import Concern

Role = Annotated[str, Field(pattern=r"^[a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*$")]
"""A role of a party, as lifecycles name it: `council.director`."""

Expected = Literal["improvement", "capacity"]
"""What may be asked of a council by a date: improvement, or the capacity for it ([PAT] Annexe 2)."""
Shown = Literal["improvement", "capacity", "appetite"]
"""What a council showed; appetite for improvement is neither ([PAT] ch.5)."""
Verdict = Literal["met", "partly", "not-met"]
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


class OwnBodyRecorded(Event):
    """The council set up a body of its own to improve."""

    type: ClassVar[str] = "own-body-recorded"
    body: Slug
    title: Sealed
    purpose: Sealed | None = None


class OwnBodyEnded(Event):
    """A body of the council's own is no more."""

    type: ClassVar[str] = "own-body-ended"
    body: Slug
    reason: Sealed | None = None


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


class RecordOwnBody(Command):
    """Record a body that the council set up itself."""

    type: ClassVar[str] = "record-own-body"
    gives: ClassVar[Kinds] = (OwnBodyRecorded,)
    body: Slug
    title: Sealed
    purpose: Sealed | None = None


class EndOwnBody(Command):
    """Record that a body of the council's own is no more."""

    type: ClassVar[str] = "end-own-body"
    gives: ClassVar[Kinds] = (OwnBodyEnded,)
    body: Slug
    reason: Sealed | None = None


class JudgeLeaving(Command):
    """Judge one side of leaving special measures: services safe, improvement sustainable."""

    type: ClassVar[str] = "judge-leaving"
    gives: ClassVar[Kinds] = (LeavingJudged,)
    side: Side
    met: bool
    evidence: Sealed | None = None


COMMANDS = (
    MeetCouncil,
    RecordMonitoringVisit,
    HoldStrategyMeeting,
    SetTarget,
    FollowUpTarget,
    RecordOwnBody,
    EndOwnBody,
    JudgeLeaving,
)
EVENTS = (
    CouncilMet,
    MonitoringVisited,
    StrategyMeetingHeld,
    TargetSet,
    TargetFollowedUp,
    OwnBodyRecorded,
    OwnBodyEnded,
    LeavingJudged,
)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about special measures."""
    match command:
        case MeetCouncil(note=note):
            return [CouncilMet(note=note)]
        case RecordMonitoringVisit():
            return [MonitoringVisited(**_fields(command))]
        case HoldStrategyMeeting():
            if command.next is not None and command.next.certainly_before(asked.occurred):
                return Refusal("next-meeting-before", {"next": str(command.next), "occurred": str(asked.occurred)})
            return [StrategyMeetingHeld(**_fields(command))]
        case SetTarget():
            numbers = [target.number for target in targets(history)]
            return [TargetSet(target=max(numbers, default=0) + 1, **_fields(command))]
        case FollowUpTarget():
            return _follow_up(command, history, asked)
        case RecordOwnBody():
            found = [each.body for each in bodies(history)]
            if command.body in found:
                return Refusal("body-recorded-already", {"body": command.body, "bodies": found})
            return [OwnBodyRecorded(**_fields(command))]
        case EndOwnBody():
            return _end_body(command, history, asked)
        case JudgeLeaving():
            return _judge_leaving(command, history, asked)
    raise TypeError(command)


def too_early(asked: Asked, first: Entry[Any]) -> Refusal | None:
    """Whatever follows something is refused where it was certainly earlier."""
    if not asked.occurred.certainly_before(first.occurred):
        return None
    details = {"occurred": str(asked.occurred), "event": first.event.type, "on": str(first.occurred)}
    return Refusal("too-early", details)


def _fields(command: Command) -> dict[str, Any]:
    return {name: getattr(command, name) for name in type(command).model_fields}


def _unproven(command: FollowUpTarget | JudgeLeaving, asked: Asked) -> Refusal | None:
    """Outside imported history, a judgement comes with its evidence."""
    if command.evidence is not None or asked.via in ("case-file", "import"):
        return None
    return Refusal("evidence-needed", {"command": command.type})


# Targets


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
        too_early(asked, target.set)
        or _unproven(command, asked)
        or [TargetFollowedUp(**_fields(command), interim=interim)]
    )


# Own bodies of the council


@dataclass(frozen=True)
class Body:
    """A body of the council's own, and when it ended, if it did."""

    recorded: Entry[OwnBodyRecorded]
    ended: Entry[OwnBodyEnded] | None = None

    @property
    def body(self) -> str:
        """Its id."""
        return self.recorded.event.body


def bodies(history: History) -> tuple[Body, ...]:
    """Every body of the council's own, in the order in which they were recorded."""
    found = []
    for entry in history.all(OwnBodyRecorded):
        ends = [end for end in history.all(OwnBodyEnded, entry.version) if end.event.body == entry.event.body]
        found.append(Body(entry, ends[-1] if ends else None))
    return tuple(found)


def _end_body(command: EndOwnBody, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    found = {each.body: each for each in bodies(history)}
    body = found.get(command.body)
    if body is None:
        return Refusal("no-such-body", {"body": command.body, "bodies": list(found)})
    if body.ended is not None:
        return Refusal("body-ended-already", {"body": command.body, "on": str(body.ended.occurred)})
    return too_early(asked, body.recorded) or [OwnBodyEnded(**_fields(command))]


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
        refusal = too_early(asked, stands.safe)
        if refusal is not None:
            return refusal
    return _unproven(command, asked) or [LeavingJudged(**_fields(command))]


def cautions(history: History) -> Iterator[Caution]:
    """Targets that nobody answered, monitoring that finds things worse, and a side of leaving that was passed over."""
    yield from _target_cautions(history)
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


def _target_cautions(history: History) -> Iterator[Caution]:
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
