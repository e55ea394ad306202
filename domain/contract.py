"""The award: which team, for how many days, at what price, for which deliverables, with which exit strategy ([PAT] ch.2).

Outside imported history an award names all of them; a source that is silent leaves them out.
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from domain.dates import When
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.quantities import Days, Firm, Money, Slug
from domain.sealed import Sealed


class Deliverable(BaseModel):
    """Something the team promises: an id, and its title."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    title: Sealed | None = None


class ContractAwarded(Event):
    """The contract was awarded. Awarded money is public, so it is not sealed."""

    type: ClassVar[str] = "contract-awarded"
    team: Firm
    days: Days | None = None
    price: Money | None = None
    starts: When | None = None
    ends: When | None = None
    deliverables: tuple[Deliverable, ...] = ()
    exit_strategy: Sealed | None = None


class AwardContract(Command):
    """Award the contract to a team."""

    type: ClassVar[str] = "award-contract"
    gives: ClassVar[Kinds] = (ContractAwarded,)
    team: Firm
    days: Days | None = None
    price: Money | None = None
    starts: When | None = None
    ends: When | None = None
    deliverables: tuple[Deliverable, ...] = ()
    exit_strategy: Sealed | None = None


COMMANDS = (AwardContract,)
EVENTS = (ContractAwarded,)

_WANTED = ("days", "price", "starts", "ends", "deliverables", "exit_strategy")


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from an award."""
    match command:
        case AwardContract():
            if history.in_phase(ContractAwarded):
                return Refusal("awarded-already", {"outcome": command.type})
            missing = [name for name in _WANTED if not getattr(command, name)]
            if missing and asked.via not in ("case-file", "import"):
                return Refusal("award-incomplete", {"missing": missing})
            if command.starts and command.ends and command.ends.certainly_before(command.starts):
                return Refusal("ends-before-it-starts", {"starts": str(command.starts), "ends": str(command.ends)})
            return [ContractAwarded(**{name: getattr(command, name) for name in type(command).model_fields})]
    raise TypeError(command)
