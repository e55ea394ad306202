"""The work and its results: milestones reached, what the team did and in which style, what it left, what succeeded less.

[PAT] ch.3 lists the activities of teams, Annexe 3 the styles of intervention, of which the detective's may turn to blame.
The profiles of the councils name workstreams, products and what succeeded less. A council that buys the same work elsewhere
at the same time undermines the engagement. A milestone that is planned anew keeps its first date. All this is told
of one phase.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from domain.change import added_workstreams, changes
from domain.checks import silent
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.project import Milestone, PidSubmitted, Workstream, agreed, pids_standing
from domain.quantities import Firm, Slug
from domain.sealed import Sealed
from domain.vocabulary import Activity, Style

Success = Literal["more", "less"]


class MilestoneReached(Event):
    """The work reached a milestone."""

    type: ClassVar[str] = "milestone-reached"
    milestone: Slug
    note: Sealed | None = None


class ActivityRecorded(Event):
    """The team did something that the list of activities has, in some style."""

    type: ClassVar[str] = "activity-recorded"
    activity: Activity
    workstream: Slug | None = None
    style: Style | None = None
    note: Sealed | None = None


class ProductRecorded(Event):
    """The team left something behind, such as a scheme or a handbook."""

    type: ClassVar[str] = "product-recorded"
    product: Slug
    title: Sealed
    workstream: Slug | None = None


class WorkstreamJudged(Event):
    """A workstream was judged to have succeeded more than others, or less."""

    type: ClassVar[str] = "workstream-judged"
    workstream: Slug
    success: Success
    reason: Sealed | None = None


class ParallelWorkRecorded(Event):
    """The council bought work elsewhere that the team was there to do."""

    type: ClassVar[str] = "parallel-work-recorded"
    firm: Firm
    text: Sealed
    workstream: Slug | None = None


class ReachMilestone(Command):
    """Record that the work reached a milestone."""

    type: ClassVar[str] = "reach-milestone"
    gives: ClassVar[Kinds] = (MilestoneReached,)
    needs: ClassVar[Kinds] = (PidSubmitted,)
    milestone: Slug
    note: Sealed | None = None


class RecordActivity(Command):
    """Record what the team did."""

    type: ClassVar[str] = "record-activity"
    gives: ClassVar[Kinds] = (ActivityRecorded,)
    activity: Activity
    workstream: Slug | None = None
    style: Style | None = None
    note: Sealed | None = None


class RecordProduct(Command):
    """Record what the team left behind."""

    type: ClassVar[str] = "record-product"
    gives: ClassVar[Kinds] = (ProductRecorded,)
    product: Slug
    title: Sealed
    workstream: Slug | None = None


class JudgeWorkstream(Command):
    """Say whether a workstream succeeded more or less. The latest word counts; less needs a reason."""

    type: ClassVar[str] = "judge-workstream"
    gives: ClassVar[Kinds] = (WorkstreamJudged,)
    workstream: Slug
    success: Success
    reason: Sealed | None = None


class RecordParallelWork(Command):
    """Record that the council buys the same work elsewhere, and from whom."""

    type: ClassVar[str] = "record-parallel-work"
    gives: ClassVar[Kinds] = (ParallelWorkRecorded,)
    firm: Firm
    text: Sealed
    workstream: Slug | None = None


COMMANDS = (ReachMilestone, RecordActivity, RecordProduct, JudgeWorkstream, RecordParallelWork)
EVENTS = (MilestoneReached, ActivityRecorded, ProductRecorded, WorkstreamJudged, ParallelWorkRecorded)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the work."""
    match command:
        case ReachMilestone():
            return _reach(command, history)
        case RecordActivity():
            return _unplanned(command, history, asked) or [ActivityRecorded(**dict(command))]
        case RecordProduct():
            known = [entry.event.product for entry in products(history)]
            if command.product in known:
                return Refusal("product-already", {"product": command.product, "products": known})
            return _unplanned(command, history, asked) or [ProductRecorded(**dict(command))]
        case JudgeWorkstream():
            if command.success == "less" and command.reason is None and not silent(asked):
                return Refusal("reason-needed", {"command": command.type})
            return _unplanned(command, history, asked) or [WorkstreamJudged(**dict(command))]
        case RecordParallelWork():
            return _unplanned(command, history, asked) or [ParallelWorkRecorded(**dict(command))]
    raise TypeError(command)


def _unplanned(
    command: RecordActivity | RecordProduct | JudgeWorkstream | RecordParallelWork, history: History, asked: Asked
) -> Refusal | None:
    """Work is on a workstream of the phase. Where a source has no PID, nothing says which there are."""
    known = [strand.id for strand in workstreams(history)]
    if command.workstream is None or command.workstream in known:
        return None
    if silent(asked) and not history.in_phase(PidSubmitted):
        return None
    return Refusal("no-such-workstream", {"workstream": command.workstream, "workstreams": known})


def _reach(command: ReachMilestone, history: History) -> Sequence[Event] | Refusal:
    planned = {each.id: each for each in milestones(history) if not each.dropped}
    milestone = planned.get(command.milestone)
    if milestone is None:
        return Refusal("not-a-milestone", {"milestone": command.milestone, "milestones": list(planned)})
    if milestone.reached is not None:
        return Refusal("reached-already", {"milestone": command.milestone, "on": str(milestone.reached)})
    return [MilestoneReached(milestone=command.milestone, note=command.note)]


# Milestones


@dataclass(frozen=True)
class Planned:
    """A date of a milestone: in a version of the PID, or from a change that the board approved."""

    by: When
    pid: int | None
    change: int | None
    agreed: bool


@dataclass(frozen=True)
class MilestoneStanding:
    """A milestone of this phase: every date it was given, in order, and when it was reached.

    `dropped` when neither the PID in force nor a later one has it any more.
    """

    id: str
    title: Sealed | None
    workstream: str | None
    dates: tuple[Planned, ...]
    reached: When | None
    dropped: bool

    @property
    def first(self) -> When:
        """The date it had at first."""
        return self.dates[0].by

    @property
    def now(self) -> When:
        """The date it has now, agreed by the board or not; if it was dropped, the last it had."""
        return self.dates[-1].by

    @property
    def moved(self) -> bool:
        """Whether its date is another than at first."""
        return str(self.first) != str(self.now)


def milestones(history: History) -> tuple[MilestoneStanding, ...]:
    """Every milestone that a PID of this phase had, in the order in which they were planned first."""
    planned: dict[str, list[Milestone]] = {}
    for pid in history.in_phase(PidSubmitted):
        for each in pid.event.milestones:
            planned.setdefault(each.id, []).append(each)
    dates = _dates(history)
    kept = {each.id for pid in pids_standing(history) for each in pid.event.milestones}
    reached = {entry.event.milestone: entry.occurred for entry in history.in_phase(MilestoneReached)}
    return tuple(
        MilestoneStanding(
            id=name,
            title=next((each.title for each in reversed(versions) if each.title), None),
            workstream=versions[-1].workstream,
            dates=tuple(dates[name]),
            reached=reached.get(name),
            dropped=name not in kept,
        )
        for name, versions in planned.items()
    )


def _dates(history: History) -> dict[str, list[Planned]]:
    """The dates of each milestone, in the order in which the board was given or gave them."""
    given: list[tuple[int, str, Planned]] = []
    for pid in history.in_phase(PidSubmitted):
        sure = agreed(history, pid)
        given.extend((pid.version, m.id, Planned(m.by, pid.event.pid, None, sure)) for m in pid.event.milestones)
    for change in changes(history):
        if change.decided is not None and change.decided.event.approved:
            version, moved = change.decided.version, change.requested.event.milestones
            given.extend((version, m.id, Planned(m.by, None, change.number, True)) for m in moved)
    dates: dict[str, list[Planned]] = {}
    for _, name, date in sorted(given, key=lambda each: each[0]):
        dates.setdefault(name, []).append(date)
    return dates


# What there is to work on, and what came of it


@dataclass(frozen=True)
class Strand:
    """A workstream of the phase. `added` by a change, `agreed` by the board in a PID or with that change."""

    id: str
    title: Sealed | None = None
    added: bool = False
    agreed: bool = False


def workstreams(history: History) -> tuple[Strand, ...]:
    """The workstreams of this phase: of the PID in force, of a later one not agreed yet, and of approved changes."""
    listed: list[tuple[Workstream, bool]] = [
        (each, agreed(history, pid)) for pid in pids_standing(history) for each in pid.event.workstreams
    ]
    added = added_workstreams(history)
    found: dict[str, Strand] = {}
    for each, sure in (*listed, *((each, True) for each in added)):
        before = found.get(each.id, Strand(each.id))
        found[each.id] = Strand(
            id=each.id,
            title=each.title or before.title,
            added=before.added or each in added,
            agreed=before.agreed or sure,
        )
    return tuple(found.values())


def activities(history: History) -> tuple[Entry[ActivityRecorded], ...]:
    """What the team did in this phase."""
    return history.in_phase(ActivityRecorded)


def products(history: History) -> tuple[Entry[ProductRecorded], ...]:
    """What the team left behind in this phase."""
    return history.in_phase(ProductRecorded)


def parallel_work(history: History) -> tuple[Entry[ParallelWorkRecorded], ...]:
    """What the council bought elsewhere in this phase."""
    return history.in_phase(ParallelWorkRecorded)


@dataclass(frozen=True)
class Result:
    """What was done in a workstream, what it left behind, and the latest word on how it succeeded."""

    workstream: Strand
    activities: tuple[Entry[ActivityRecorded], ...]
    products: tuple[Entry[ProductRecorded], ...]
    judged: Entry[WorkstreamJudged] | None

    @property
    def success(self) -> Success | None:
        """Whether it succeeded more or less, if somebody said."""
        return self.judged.event.success if self.judged else None


def results(history: History) -> tuple[Result, ...]:
    """The results of each workstream of this phase, and of those that only the work names."""
    judged = {entry.event.workstream: entry for entry in history.in_phase(WorkstreamJudged)}
    strands = {strand.id: strand for strand in workstreams(history)}
    worked: list[Entry[Any]] = [*activities(history), *products(history), *judged.values()]
    for entry in worked:
        if entry.event.workstream is not None:
            strands.setdefault(entry.event.workstream, Strand(entry.event.workstream))
    return tuple(
        Result(
            workstream=strand,
            activities=tuple(entry for entry in activities(history) if entry.event.workstream == name),
            products=tuple(entry for entry in products(history) if entry.event.workstream == name),
            judged=judged.get(name),
        )
        for name, strand in strands.items()
    )


def cautions(history: History) -> Iterator[Caution]:
    """Work in the detective's style, and the same work bought elsewhere."""
    detective = [entry for entry in activities(history) if entry.event.style == "detective"]
    if detective:
        found = list(dict.fromkeys(entry.event.activity for entry in detective))
        yield Caution("detective-style", {"activities": found, "on": str(detective[-1].occurred)})
    for entry in parallel_work(history):
        yield Caution(
            "parallel-work",
            {"firm": entry.event.firm, "workstream": entry.event.workstream, "on": str(entry.occurred)},
        )
