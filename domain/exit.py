"""Exit and follow-up: evaluation, sign-off, where the case goes, and the review about a year later ([PAT] ch.3, 5).

The deliverables, the team's contribution and the council's improvement are evaluated apart. Follow-up is only suggested by
the source, and nothing says that it was done: here it is recorded or waived with a reason.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.sealed import Sealed
from domain.vocabulary import Impact

Next = Literal["off-special-measures", "further-phase", "other-model", "statutory-intervention", "monitoring"]


class DeliverablesEvaluated(Event):
    """What the project promised was evaluated against what it delivered."""

    type: ClassVar[str] = "deliverables-evaluated"
    text: Sealed | None = None


class ContributionEvaluated(Event):
    """What the team contributed was evaluated."""

    type: ClassVar[str] = "contribution-evaluated"
    text: Sealed | None = None


class ImpactEvaluated(Event):
    """What changed in the council was evaluated, apart from the deliverables."""

    type: ClassVar[str] = "impact-evaluated"
    impact: tuple[Impact, ...] = ()
    text: Sealed | None = None


class ExitSignedOff(Event):
    """The board signed the engagement off, best tied to an inspection."""

    type: ClassVar[str] = "exit-signed-off"
    inspection: bool = False
    unmet: Sealed | None = None


class NextStepRecorded(Event):
    """Where the case goes from exit."""

    type: ClassVar[str] = "next-step-recorded"
    next: Next
    reason: Sealed | None = None


class FurtherPhaseStarted(Event):
    """A further phase began: a new scope, tender and PID; what was agreed before stays with the phase before."""

    type: ClassVar[str] = "further-phase-started"
    reason: Sealed


class ReviewRecorded(Event):
    """The follow-up review was done."""

    type: ClassVar[str] = "review-recorded"
    text: Sealed | None = None


class ReviewWaived(Event):
    """There will be no follow-up review, for a reason."""

    type: ClassVar[str] = "review-waived"
    reason: Sealed


class EvaluateDeliverables(Command):
    """Record the evaluation of the deliverables."""

    type: ClassVar[str] = "evaluate-deliverables"
    gives: ClassVar[Kinds] = (DeliverablesEvaluated,)
    text: Sealed | None = None


class EvaluateContribution(Command):
    """Record the evaluation of the team's contribution."""

    type: ClassVar[str] = "evaluate-contribution"
    gives: ClassVar[Kinds] = (ContributionEvaluated,)
    text: Sealed | None = None


class EvaluateImpact(Command):
    """Record the evaluation of what changed in the council."""

    type: ClassVar[str] = "evaluate-impact"
    gives: ClassVar[Kinds] = (ImpactEvaluated,)
    impact: tuple[Impact, ...] = ()
    text: Sealed | None = None


class SignOffExit(Command):
    """Record the board's formal sign-off."""

    type: ClassVar[str] = "sign-off-exit"
    gives: ClassVar[Kinds] = (ExitSignedOff,)
    inspection: bool = False
    unmet: Sealed | None = None


class RecordNextStep(Command):
    """Record where the case goes from here."""

    type: ClassVar[str] = "record-next-step"
    gives: ClassVar[Kinds] = (NextStepRecorded,)
    next: Next
    reason: Sealed | None = None


class StartFurtherPhase(Command):
    """Start a further phase, with a reason."""

    type: ClassVar[str] = "start-further-phase"
    gives: ClassVar[Kinds] = (FurtherPhaseStarted,)
    reason: Sealed


class RecordReview(Command):
    """Record the follow-up review."""

    type: ClassVar[str] = "record-review"
    gives: ClassVar[Kinds] = (ReviewRecorded,)
    text: Sealed | None = None


class WaiveReview(Command):
    """Waive the follow-up review, with the reason."""

    type: ClassVar[str] = "waive-review"
    gives: ClassVar[Kinds] = (ReviewWaived,)
    reason: Sealed


COMMANDS = (
    EvaluateDeliverables,
    EvaluateContribution,
    EvaluateImpact,
    SignOffExit,
    RecordNextStep,
    StartFurtherPhase,
    RecordReview,
    WaiveReview,
)
EVENTS = (
    DeliverablesEvaluated,
    ContributionEvaluated,
    ImpactEvaluated,
    ExitSignedOff,
    NextStepRecorded,
    FurtherPhaseStarted,
    ReviewRecorded,
    ReviewWaived,
)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about exit and follow-up."""
    match command:
        case EvaluateDeliverables(text=text):
            return [DeliverablesEvaluated(text=text)]
        case EvaluateContribution(text=text):
            return [ContributionEvaluated(text=text)]
        case EvaluateImpact(impact=impact, text=text):
            return [ImpactEvaluated(impact=impact, text=text)]
        case SignOffExit(inspection=inspection, unmet=unmet):
            if history.in_phase(ExitSignedOff):
                return Refusal("signed-off-already")
            return [ExitSignedOff(inspection=inspection, unmet=unmet)]
        case RecordNextStep(next=next_, reason=reason):
            return [NextStepRecorded(next=next_, reason=reason)]
        case StartFurtherPhase(reason=reason):
            return [FurtherPhaseStarted(reason=reason)]
        case RecordReview(text=text):
            return [ReviewRecorded(text=text)]
        case WaiveReview(reason=reason):
            return [ReviewWaived(reason=reason)]
    raise TypeError(command)
