"""Exit and follow-up: evaluation, sign-off, where the case goes, and the review about a year later ([PAT] ch.3, 5).

The deliverables, the team's contribution and the council's improvement are evaluated apart, and so is the impact on people,
systems, management and organisation. Exits tied to the contract and not to outcomes were a fault: a sign-off is best tied to
an inspection, and names what was not met. Follow-up is only suggested by the source, and nothing says that it was done: here
it is recorded or waived with a reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from domain.checks import named_twice, silent
from domain.contract import ContractAwarded
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.project import PidSubmitted
from domain.quantities import Slug
from domain.rating_notes import in_special_measures
from domain.sealed import Sealed
from domain.vocabulary import Contribution, Impact

Next = Literal["off-special-measures", "further-phase", "other-model", "statutory-intervention", "monitoring"]
Improved = Literal["yes", "partly", "no"]
Finding = Literal["better", "same", "worse"]
"""How the council fares at the review, beside how it was at exit."""


class DeliverablesEvaluated(Event):
    """What the project promised was evaluated against what it delivered: which promises were met and which were not."""

    type: ClassVar[str] = "deliverables-evaluated"
    text: Sealed | None = None
    met: tuple[Slug, ...] = ()
    unmet: tuple[Slug, ...] = ()


class ContributionEvaluated(Event):
    """What the team contributed was evaluated, and what it is credited with."""

    type: ClassVar[str] = "contribution-evaluated"
    text: Sealed | None = None
    credited: tuple[Contribution, ...] = ()


class ImprovementEvaluated(Event):
    """Whether the council improved was evaluated, apart from what was delivered and from what the team contributed."""

    type: ClassVar[str] = "improvement-evaluated"
    improved: Improved
    text: Sealed | None = None


class ImpactEvaluated(Event):
    """What changed in the council was evaluated, apart from the deliverables."""

    type: ClassVar[str] = "impact-evaluated"
    impact: tuple[Impact, ...] = ()
    text: Sealed | None = None


class ExitSignedOff(Event):
    """The board signed the engagement off, best tied to an inspection, with the promises that were not met by their ids."""

    type: ClassVar[str] = "exit-signed-off"
    inspection: bool = False
    unmet: Sealed | None = None
    inspection_on: When | None = None
    unmet_outcomes: tuple[Slug, ...] = ()


class NextStepRecorded(Event):
    """Where the case goes from exit."""

    type: ClassVar[str] = "next-step-recorded"
    next: Next
    reason: Sealed | None = None


class FurtherPhaseStarted(Event):
    """A further phase began: a new scope, tender and PID; what was agreed before stays with the phase before.

    `abridged` when its scope and PID are to be shorter than those of the phase before.
    """

    type: ClassVar[str] = "further-phase-started"
    beyond_correction: ClassVar[bool] = True  # what was done since counts from it
    reason: Sealed
    abridged: bool = False


class ReviewRecorded(Event):
    """The follow-up review was done: how the council fares since exit, and what impact has lasted."""

    type: ClassVar[str] = "review-recorded"
    text: Sealed | None = None
    finding: Finding | None = None
    impact: tuple[Impact, ...] = ()


class ReviewWaived(Event):
    """There will be no follow-up review, for a reason."""

    type: ClassVar[str] = "review-waived"
    reason: Sealed


class EvaluateDeliverables(Command):
    """Record the evaluation of the deliverables, with the ids of the promises that were met and of those that were not."""

    type: ClassVar[str] = "evaluate-deliverables"
    gives: ClassVar[Kinds] = (DeliverablesEvaluated,)
    text: Sealed | None = None
    met: tuple[Slug, ...] = ()
    unmet: tuple[Slug, ...] = ()


class EvaluateContribution(Command):
    """Record the evaluation of the team's contribution, and what it is credited with."""

    type: ClassVar[str] = "evaluate-contribution"
    gives: ClassVar[Kinds] = (ContributionEvaluated,)
    text: Sealed | None = None
    credited: tuple[Contribution, ...] = ()


class EvaluateImprovement(Command):
    """Record whether the council improved, apart from what was delivered and what the team contributed."""

    type: ClassVar[str] = "evaluate-improvement"
    gives: ClassVar[Kinds] = (ImprovementEvaluated,)
    improved: Improved
    text: Sealed | None = None


class EvaluateImpact(Command):
    """Record the evaluation of what changed in the council."""

    type: ClassVar[str] = "evaluate-impact"
    gives: ClassVar[Kinds] = (ImpactEvaluated,)
    impact: tuple[Impact, ...] = ()
    text: Sealed | None = None


class SignOffExit(Command):
    """Record the board's formal sign-off, the inspection it is tied to, and the ids of the promises that were not met."""

    type: ClassVar[str] = "sign-off-exit"
    gives: ClassVar[Kinds] = (ExitSignedOff,)
    inspection: bool = False
    unmet: Sealed | None = None
    inspection_on: When | None = None
    unmet_outcomes: tuple[Slug, ...] = ()


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
    abridged: bool = False


class RecordReview(Command):
    """Record the follow-up review: how the council fares since exit, and what impact has lasted."""

    type: ClassVar[str] = "record-review"
    gives: ClassVar[Kinds] = (ReviewRecorded,)
    text: Sealed | None = None
    finding: Finding | None = None
    impact: tuple[Impact, ...] = ()


class WaiveReview(Command):
    """Waive the follow-up review, with the reason."""

    type: ClassVar[str] = "waive-review"
    gives: ClassVar[Kinds] = (ReviewWaived,)
    reason: Sealed


COMMANDS = (
    EvaluateDeliverables,
    EvaluateContribution,
    EvaluateImprovement,
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
    ImprovementEvaluated,
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
        case EvaluateDeliverables():
            return _evaluate(command, history)
        case EvaluateContribution():
            return named_twice("credited", command.credited) or [ContributionEvaluated(**dict(command))]
        case EvaluateImprovement():
            return [ImprovementEvaluated(**dict(command))]
        case EvaluateImpact():
            return [ImpactEvaluated(**dict(command))]
        case SignOffExit():
            return _sign_off(command, history, asked)
        case RecordNextStep():
            return _unfounded(command, history, asked) or [NextStepRecorded(**dict(command))]
        case StartFurtherPhase():
            return [FurtherPhaseStarted(**dict(command))]
        case RecordReview():
            return [ReviewRecorded(**dict(command))]
        case WaiveReview():
            return [ReviewWaived(**dict(command))]
    raise TypeError(command)


# What was promised, and what became of it


def promised(history: History) -> tuple[str, ...]:
    """The ids of what this phase promised: deliverables and outcomes of the award, deliverables of the latest PID."""
    awards, pids = history.in_phase(ContractAwarded), history.in_phase(PidSubmitted)
    ids = [each.id for award in awards[-1:] for each in award.event.deliverables]
    ids += [each.id for award in awards[-1:] for each in award.event.outcomes]
    ids += [each.id for pid in pids[-1:] for each in pid.event.deliverables]
    return tuple(dict.fromkeys(ids))


def _never_promised(names: Sequence[str], history: History) -> Refusal | None:
    """Where nobody knows what was promised, anything may be named."""
    known = promised(history)
    strange = [name for name in names if known and name not in known]
    return Refusal("never-promised", {"given": strange, "promised": list(known)}) if strange else None


def _evaluate(command: EvaluateDeliverables, history: History) -> Sequence[Event] | Refusal:
    both = [name for name in command.met if name in command.unmet]
    if both:
        return Refusal("met-and-unmet", {"given": both})
    return (
        named_twice("met", command.met)
        or named_twice("unmet", command.unmet)
        or _never_promised([*command.met, *command.unmet], history)
        or [DeliverablesEvaluated(**dict(command))]
    )


def _sign_off(command: SignOffExit, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if history.in_phase(ExitSignedOff):
        return Refusal("signed-off-already")
    on, unnamed = command.inspection_on, [name for name in _unmet(history) if name not in command.unmet_outcomes]
    if on is not None and asked.occurred.certainly_before(on):
        return Refusal("inspection-comes-first", {"inspection": str(on), "occurred": str(asked.occurred)})
    if unnamed and not silent(asked):
        return Refusal("unmet-not-named", {"missing": unnamed})
    fields = dict(command) | {"inspection": command.inspection or on is not None}
    return (
        named_twice("unmet_outcomes", command.unmet_outcomes)
        or _never_promised(command.unmet_outcomes, history)
        or [ExitSignedOff(**fields)]
    )


def _unmet(history: History) -> tuple[str, ...]:
    evaluated = _last(history, DeliverablesEvaluated)
    return evaluated.event.unmet if evaluated else ()


# Where the case goes


def _unfounded(command: RecordNextStep, history: History, asked: Asked) -> Refusal | None:
    if silent(asked):
        return None
    if command.next == "off-special-measures" and in_special_measures(history):
        return Refusal("still-in-special-measures", {"command": command.type})
    if command.next in ("other-model", "statutory-intervention") and command.reason is None:
        return Refusal("reason-needed", {"command": command.type})
    return None


# How the exit stands

E = TypeVar("E", bound=Event)


def _last(history: History, kind: type[E]) -> Entry[E] | None:
    return history.last(kind, history.phase - 1)


@dataclass(frozen=True)
class Standing:
    """The exit and follow-up of a phase: each evaluation as it was last made, the sign-off and what came after it."""

    deliverables: Entry[DeliverablesEvaluated] | None
    contribution: Entry[ContributionEvaluated] | None
    improvement: Entry[ImprovementEvaluated] | None
    impact: Entry[ImpactEvaluated] | None
    signed_off: Entry[ExitSignedOff] | None
    next_step: Entry[NextStepRecorded] | None
    review: Entry[ReviewRecorded] | None
    waived: Entry[ReviewWaived] | None

    @property
    def missing(self) -> tuple[str, ...]:
        """The evaluations that nobody has made: they are made apart, and none stands for another."""
        kinds = {
            "deliverables": self.deliverables,
            "contribution": self.contribution,
            "improvement": self.improvement,
            "impact": self.impact,
        }
        return tuple(name for name, entry in kinds.items() if entry is None)

    @property
    def unmet(self) -> tuple[str, ...]:
        """What was promised and not met, as last evaluated or as signed off."""
        evaluated = self.deliverables.event.unmet if self.deliverables else ()
        named = self.signed_off.event.unmet_outcomes if self.signed_off else ()
        return tuple(dict.fromkeys((*evaluated, *named)))


def standing(history: History) -> Standing:
    """How the exit of this phase stands."""
    return Standing(
        deliverables=_last(history, DeliverablesEvaluated),
        contribution=_last(history, ContributionEvaluated),
        improvement=_last(history, ImprovementEvaluated),
        impact=_last(history, ImpactEvaluated),
        signed_off=_last(history, ExitSignedOff),
        next_step=_last(history, NextStepRecorded),
        review=_last(history, ReviewRecorded),
        waived=_last(history, ReviewWaived),
    )


def cautions(history: History) -> Iterator[Caution]:
    """A sign-off that is tied to no inspection, lacks an evaluation or leaves promises unmet; a review that found worse."""
    now = standing(history)
    if now.signed_off is not None:
        on = str(now.signed_off.occurred)
        if not now.signed_off.event.inspection:
            yield Caution("signed-off-without-inspection", {"on": on})
        if now.missing:
            yield Caution("not-evaluated", {"missing": list(now.missing)})
        if now.unmet:
            yield Caution("signed-off-unmet", {"unmet": list(now.unmet)})
    if now.review is not None and now.review.event.finding == "worse":
        yield Caution("review-found-worse", {"on": str(now.review.occurred)})
