"""The performance improvement plan (PIP) that a council on special measures owes ([PAT] ch.1, 2).

It is received in versions and judged acceptable or not. Where the council cannot write one, the team is asked to help,
so that the starting point of an engagement varies.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Verdict = Literal["acceptable", "not-acceptable"]
Fault = Literal["too-long", "unrealistic", "no-targets", "no-outcomes", "too-many-plans"]
"""What was wrong with plans in practice ([PAT] ch.2)."""


class PipReceived(Event):
    """The council handed in a version of its plan."""

    type: ClassVar[str] = "pip-received"
    plan: int
    note: Sealed | None = None


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


class ReceivePip(Command):
    """Record that a version of the plan was received. Versions count up from 1."""

    type: ClassVar[str] = "receive-pip"
    gives: ClassVar[Kinds] = (PipReceived,)
    plan: int = Field(default=1, ge=1)
    note: Sealed | None = None


class JudgePip(Command):
    """Judge the latest version of the plan."""

    type: ClassVar[str] = "judge-pip"
    gives: ClassVar[Kinds] = (PipJudged,)
    needs: ClassVar[Kinds] = (PipReceived,)
    verdict: Verdict
    faults: tuple[Fault, ...] = ()
    reason: Sealed | None = None


class AskTeamForPip(Command):
    """Decide that a team is to help write the plan."""

    type: ClassVar[str] = "ask-team-for-pip"
    gives: ClassVar[Kinds] = (PipHelpAsked,)
    reason: Sealed | None = None


COMMANDS = (ReceivePip, JudgePip, AskTeamForPip)
EVENTS = (PipReceived, PipJudged, PipHelpAsked)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the plan."""
    received, judged = history.last(PipReceived), history.last(PipJudged)
    match command:
        case ReceivePip():
            expected = received.event.plan + 1 if received else 1
            if command.plan != expected:
                return Refusal("version-out-of-order", {"given": command.plan, "expected": expected})
            return [PipReceived(plan=command.plan, note=command.note)]
        case JudgePip():
            assert received is not None
            if judged is not None and judged.event.plan == received.event.plan:
                return Refusal("judged-already", {"plan": received.event.plan, "verdict": judged.event.verdict})
            if command.verdict == "not-acceptable" and not command.faults and command.reason is None:
                return Refusal("reason-needed", {"command": command.type})
            return [
                PipJudged(
                    plan=received.event.plan, verdict=command.verdict, faults=command.faults, reason=command.reason
                )
            ]
        case AskTeamForPip(reason=reason):
            return [PipHelpAsked(reason=reason)]
    raise TypeError(command)
