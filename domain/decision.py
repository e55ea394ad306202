"""The decision: the Chief Inspector recommends, ministers alone decide ([PAT] ch.2).

They engage a team, keep to monitoring, or intervene by statute. An official records the decision with its reasons and,
outside imported history, the authority's document. Ministers do not sign in; who decides in a minister's place does so
under a dated cover or delegation (`authority`). The conditions for engagement inform recommendation and decision; they
hold nothing up, and neither does a decision that departs from the advice: it is shown as one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

from domain.authority import not_covered
from domain.checks import silent
from domain.conditions import ConditionsAssessed, known, told_to_wait
from domain.contract import ContractAwarded
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Outcome = Literal["engage", "monitor-only", "statutory-intervention"]


class TeamRequested(Event):
    """The council itself asked for a team, as Haringey did."""

    type: ClassVar[str] = "team-requested"
    note: Sealed | None = None


class RecommendationMade(Event):
    """The Chief Inspector recommended what ministers should decide.

    `conditions` is the version of the latest assessment of conditions that was known then.
    """

    type: ClassVar[str] = "recommendation-made"
    outcome: Outcome
    grounds: Sealed
    conditions: int | None = None


class DecisionRecorded(Event):
    """A minister decided. `document` is the reference of the paper that says so.

    `authority` is the number of the cover or delegation under which another decided in the minister's place, and
    `conditions` the version of the latest assessment of conditions that was known then.
    """

    type: ClassVar[str] = "decision-recorded"
    outcome: Outcome
    reasons: Sealed
    document: Sealed | None = None
    authority: int | None = None
    conditions: int | None = None


class RequestTeam(Command):
    """Record that the council asks for a team."""

    type: ClassVar[str] = "request-team"
    gives: ClassVar[Kinds] = (TeamRequested,)
    note: Sealed | None = None


class Recommend(Command):
    """Make the Chief Inspector's recommendation, from the council's capacity for change."""

    type: ClassVar[str] = "recommend"
    gives: ClassVar[Kinds] = (RecommendationMade,)
    outcome: Outcome
    grounds: Sealed


class RecordDecision(Command):
    """Record a minister's decision with its reasons and the authority's document.

    `authority` names the cover or delegation, where another than the minister in office took it.
    """

    type: ClassVar[str] = "record-decision"
    gives: ClassVar[Kinds] = (DecisionRecorded,)
    outcome: Outcome
    reasons: Sealed
    document: Sealed | None = None
    authority: int | None = None


COMMANDS = (RequestTeam, Recommend, RecordDecision)
EVENTS = (TeamRequested, RecommendationMade, DecisionRecorded)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the decision."""
    match command:
        case RequestTeam(note=note):
            return [TeamRequested(note=note)]
        case Recommend(outcome=outcome, grounds=grounds):
            return [RecommendationMade(outcome=outcome, grounds=grounds, conditions=_conditions(history, asked))]
        case RecordDecision():
            return _record(command, history, asked)
    raise TypeError(command)


def _record(command: RecordDecision, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.document is None and not silent(asked):
        return Refusal("document-needed", {"command": command.type})
    if command.outcome != "statutory-intervention" and history.in_phase(ContractAwarded):
        return Refusal("awarded-already", {"outcome": command.outcome})
    refusal = not_covered(history, command.authority, asked.occurred) if command.authority is not None else None
    if refusal is None and command.outcome == "engage":
        refusal = told_to_wait(history, asked)
    if refusal is not None:
        return refusal
    return [
        DecisionRecorded(
            outcome=command.outcome,
            reasons=command.reasons,
            document=command.document,
            authority=command.authority,
            conditions=_conditions(history, asked),
        )
    ]


def _conditions(history: History, asked: Asked) -> int | None:
    assessed = known(history, asked.occurred)
    return assessed.version if assessed else None


@dataclass(frozen=True)
class Standing:
    """What this phase comes to: the latest decision, with what was recommended and assessed before it.

    Without a decision yet, the latest recommendation and assessment. `requested` is the council's own latest request.
    """

    requested: Entry[TeamRequested] | None
    conditions: Entry[ConditionsAssessed] | None
    recommended: Entry[RecommendationMade] | None
    decided: Entry[DecisionRecorded] | None

    @property
    def departs(self) -> bool:
        """Whether the decision is another than the one that was recommended."""
        if self.decided is None or self.recommended is None:
            return False
        return self.decided.event.outcome != self.recommended.event.outcome


def standing(history: History) -> Standing:
    """Who asked, what was recommended and what was decided in this phase, as it reads now."""
    decisions = history.in_phase(DecisionRecorded)
    decided = decisions[-1] if decisions else None
    return Standing(
        requested=_latest(history.in_phase(TeamRequested), None),
        conditions=_latest(history.in_phase(ConditionsAssessed), decided),
        recommended=_latest(history.in_phase(RecommendationMade), decided),
        decided=decided,
    )


E = TypeVar("E", bound=Event)


def _latest(entries: Sequence[Entry[E]], decided: Entry[Any] | None) -> Entry[E] | None:
    found = [entry for entry in entries if decided is None or _before(entry, decided)]
    return found[-1] if found else None


def _before(entry: Entry[Any], decided: Entry[Any]) -> bool:
    """Whether something preceded the decision: recorded before it, or recorded late but certainly of an earlier day."""
    if decided.occurred.certainly_before(entry.occurred):
        return False
    return entry.version < decided.version or entry.occurred.certainly_before(decided.occurred)


def cautions(history: History) -> Iterator[Caution]:
    """A decision that nobody recommended, that departs from the advice, or that lacks what it should rest on."""
    now = standing(history)
    if now.decided is None:
        return
    decision = now.decided.event
    if now.recommended is None:
        yield Caution("no-recommendation", {"outcome": decision.outcome})
    elif now.departs:
        recommended = now.recommended.event.outcome
        yield Caution("decision-departs", {"outcome": decision.outcome, "recommended": recommended})
    if decision.outcome == "engage" and now.conditions is None:
        yield Caution("conditions-not-assessed", {"on": str(now.decided.occurred)})
    if decision.authority is not None and not_covered(history, decision.authority, now.decided.occurred):
        yield Caution("decision-not-covered", {"authority": decision.authority, "on": str(now.decided.occurred)})
