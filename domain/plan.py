"""The performance improvement plan (PIP) that a council on special measures owes ([PAT] ch.1, 2).

It is received in versions and judged acceptable or not. Where the council cannot write one, the team is asked to help,
so that the starting point of an engagement varies. Plans were too long, unrealistic, without targets or outcomes, and
stood beside too many others (ch.2). A plan is a work in progress, which a meeting of its own may review (ch.4).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed
from domain.special_measures import Role

Verdict = Literal["acceptable", "not-acceptable"]
Fault = Literal["too-long", "unrealistic", "no-targets", "no-outcomes", "too-many-plans"]
"""What was wrong with plans in practice ([PAT] ch.2)."""
Course = Literal["on-course", "slipping", "stalled"]


class PipTarget(BaseModel):
    """One target of a plan: what is to be done by when, and the outcome it is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    text: Sealed | None = None
    by: When | None = None
    outcome: Sealed | None = None


class PipReceived(Event):
    """The council handed in a version of its plan.

    `targets` lists those that are recorded one by one; `targets_counted` and `outcomes_counted` say how many the plan has
    where only that is known, and 0 that it has none. `other_plans` counts the other action plans in force beside it.
    """

    type: ClassVar[str] = "pip-received"
    plan: int
    note: Sealed | None = None
    pages: int | None = None
    owner: Role | None = None
    targets: tuple[PipTarget, ...] = ()
    targets_counted: int | None = None
    outcomes_counted: int | None = None
    other_plans: int | None = None


class PipJudged(Event):
    """The inspectorate judged a version of the plan."""

    type: ClassVar[str] = "pip-judged"
    plan: int
    verdict: Verdict
    faults: tuple[Fault, ...] = ()
    reason: Sealed | None = None


class PipHelpAsked(Event):
    """A team is asked to help write the plan."""

    type: ClassVar[str] = "pip-help-asked"
    reason: Sealed | None = None


class PipReviewed(Event):
    """How a version of the plan was being carried out."""

    type: ClassVar[str] = "pip-reviewed"
    plan: int
    progress: Course
    note: Sealed | None = None


class ReceivePip(Command):
    """Record that a version of the plan was received. Versions count up from 1."""

    type: ClassVar[str] = "receive-pip"
    gives: ClassVar[Kinds] = (PipReceived,)
    plan: int = Field(default=1, ge=1)
    note: Sealed | None = None
    pages: int | None = Field(default=None, ge=1)
    owner: Role | None = None
    targets: tuple[PipTarget, ...] = ()
    targets_counted: int | None = Field(default=None, ge=0)
    outcomes_counted: int | None = Field(default=None, ge=0)
    other_plans: int | None = Field(default=None, ge=0)


class JudgePip(Command):
    """Judge the latest version of the plan."""

    type: ClassVar[str] = "judge-pip"
    gives: ClassVar[Kinds] = (PipJudged,)
    needs: ClassVar[Kinds] = (PipReceived,)
    verdict: Verdict
    faults: tuple[Fault, ...] = ()
    reason: Sealed | None = None


class AskTeamForPip(Command):
    """Decide that a team is to help write the plan, and why."""

    type: ClassVar[str] = "ask-team-for-pip"
    gives: ClassVar[Kinds] = (PipHelpAsked,)
    reason: Sealed | None = None


class ReviewPip(Command):
    """Say how a version of the plan is being carried out."""

    type: ClassVar[str] = "review-pip"
    gives: ClassVar[Kinds] = (PipReviewed,)
    plan: int = Field(ge=1)
    progress: Course
    note: Sealed | None = None


COMMANDS = (ReceivePip, JudgePip, AskTeamForPip, ReviewPip)
EVENTS = (PipReceived, PipJudged, PipHelpAsked, PipReviewed)


@dataclass(frozen=True)
class PlanStanding:
    """How the council's plan stands: its latest version, what was said of that one, and how many there were.

    `targets` and `outcomes` are how many the version has, or None where nothing says. `help_asked` is the last request
    to a team.
    """

    received: Entry[PipReceived] | None = None
    judged: Entry[PipJudged] | None = None
    reviewed: Entry[PipReviewed] | None = None
    help_asked: Entry[PipHelpAsked] | None = None
    versions: int = 0

    @property
    def plan(self) -> int | None:
        """The number of the latest version."""
        return self.received.event.plan if self.received else None

    @property
    def verdict(self) -> Verdict | None:
        """What the latest version was judged, if it was."""
        return self.judged.event.verdict if self.judged else None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was wrong with the latest version."""
        return self.judged.event.faults if self.judged else ()

    @property
    def other_plans(self) -> int | None:
        """The other action plans in force beside the latest version, where somebody counted."""
        return self.received.event.other_plans if self.received else None

    @property
    def targets(self) -> int | None:
        """How many targets the latest version has, where that is known."""
        if self.received is None:
            return None
        said = self.received.event
        return said.targets_counted if said.targets_counted is not None else len(said.targets) or None

    @property
    def outcomes(self) -> int | None:
        """How many outcomes the latest version has, where that is known."""
        if self.received is None:
            return None
        said = self.received.event
        if said.outcomes_counted is not None:
            return said.outcomes_counted
        return _with_outcome(said.targets) if said.targets and self.targets == len(said.targets) else None


def plan_standing(history: History) -> PlanStanding:
    """How the plan stands. What was said of an earlier version is not said of the latest."""
    received, help_asked = history.last(PipReceived), history.last(PipHelpAsked)
    if received is None:
        return PlanStanding(help_asked=help_asked)
    number = received.event.plan
    judged = [entry for entry in history.all(PipJudged, received.version) if entry.event.plan == number]
    reviewed = [entry for entry in history.all(PipReviewed, received.version) if entry.event.plan == number]
    return PlanStanding(
        received=received,
        judged=judged[-1] if judged else None,
        reviewed=reviewed[-1] if reviewed else None,
        help_asked=help_asked,
        versions=len(history.all(PipReceived)),
    )


def _with_outcome(listed: Sequence[PipTarget]) -> int:
    return sum(target.outcome is not None for target in listed)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the plan."""
    stands = plan_standing(history)
    match command:
        case ReceivePip():
            return _receive(command, stands)
        case JudgePip():
            assert stands.plan is not None
            if stands.verdict is not None:
                return Refusal("judged-already", {"plan": stands.plan, "verdict": stands.verdict})
            if command.verdict == "not-acceptable" and not command.faults and command.reason is None:
                return Refusal("reason-needed", {"command": command.type})
            return [PipJudged(plan=stands.plan, **dict(command))]
        case AskTeamForPip(reason=reason):
            if stands.verdict == "acceptable":
                return Refusal("plan-acceptable", {"plan": stands.plan})
            if reason is None and not silent(asked):
                return Refusal("reason-needed", {"command": command.type})
            return [PipHelpAsked(reason=reason)]
        case ReviewPip():
            return _review(command, history, asked)
    raise TypeError(command)


def _receive(command: ReceivePip, stands: PlanStanding) -> Sequence[Event] | Refusal:
    expected = (stands.plan or 0) + 1
    if command.plan != expected:
        return Refusal("version-out-of-order", {"given": command.plan, "expected": expected})
    ids = [target.id for target in command.targets]
    twice = named_twice("targets", ids)
    if twice is not None:
        return twice
    for what, counted, listed in (
        ("targets", command.targets_counted, len(ids)),
        ("outcomes", command.outcomes_counted, _with_outcome(command.targets)),
    ):
        if counted is not None and counted < listed:
            return Refusal("fewer-than-listed", {"what": what, "counted": counted, "listed": listed})
    return [PipReceived(**dict(command))]


def _review(command: ReviewPip, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    found = {entry.event.plan: entry for entry in history.all(PipReceived)}
    if command.plan not in found:
        return Refusal("no-such-plan", {"plan": command.plan, "plans": list(found)})
    return too_early(asked.occurred, found[command.plan]) or [PipReviewed(**dict(command))]


def cautions(history: History) -> Iterator[Caution]:
    """What is wrong with the latest version of the plan and with how it is carried out. Silence is no fault."""
    stands = plan_standing(history)
    if stands.verdict == "not-acceptable":
        yield Caution("plan-not-acceptable", {"plan": stands.plan, "faults": list(stands.faults)})
    if stands.targets == 0:
        yield Caution("plan-without-targets", {"plan": stands.plan})
    if stands.outcomes == 0:
        yield Caution("plan-without-outcomes", {"plan": stands.plan})
    if stands.other_plans:
        yield Caution("other-plans-in-force", {"plan": stands.plan, "plans": stands.other_plans})
    if stands.reviewed is not None and stands.reviewed.event.progress != "on-course":
        yield Caution("plan-off-course", {"plan": stands.plan, "progress": stands.reviewed.event.progress})
