"""The decision: the Chief Inspector recommends, ministers alone decide ([PAT] ch.2).

They engage a team, keep to monitoring, or intervene by statute. An official records the decision with its reasons and,
outside imported history, the authority's document. Ministers do not sign in.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from domain.contract import ContractAwarded
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Outcome = Literal["engage", "monitor-only", "statutory-intervention"]


class TeamRequested(Event):
    """The council itself asked for a team, as Haringey did."""

    type: ClassVar[str] = "team-requested"
    note: Sealed | None = None


class RecommendationMade(Event):
    """The Chief Inspector recommended what ministers should decide."""

    type: ClassVar[str] = "recommendation-made"
    outcome: Outcome
    grounds: Sealed


class DecisionRecorded(Event):
    """A minister decided. `document` is the reference of the paper that says so."""

    type: ClassVar[str] = "decision-recorded"
    outcome: Outcome
    reasons: Sealed
    document: Sealed | None = None


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
    """Record a minister's decision with its reasons and the authority's document."""

    type: ClassVar[str] = "record-decision"
    gives: ClassVar[Kinds] = (DecisionRecorded,)
    outcome: Outcome
    reasons: Sealed
    document: Sealed | None = None


COMMANDS = (RequestTeam, Recommend, RecordDecision)
EVENTS = (TeamRequested, RecommendationMade, DecisionRecorded)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the decision."""
    match command:
        case RequestTeam(note=note):
            return [TeamRequested(note=note)]
        case Recommend():
            return [RecommendationMade(outcome=command.outcome, grounds=command.grounds)]
        case RecordDecision():
            if command.document is None and asked.via not in ("case-file", "import"):
                return Refusal("document-needed", {"command": command.type})
            if command.outcome != "statutory-intervention" and history.in_phase(ContractAwarded):
                return Refusal("awarded-already", {"outcome": command.outcome})
            return [DecisionRecorded(outcome=command.outcome, reasons=command.reasons, document=command.document)]
    raise TypeError(command)
