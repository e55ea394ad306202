"""The award: which team, whose days at which rates, at what price, for which deliverables and outcomes ([PAT] ch.2).

Specifications of inputs and outputs without outcomes were a fault of the first tenders, and a contract has to tell fixed
from variable charges ([OPM]). Outside imported history an award names all of it and an exit strategy too; a source that is
silent leaves them out. Whatever is named adds up exactly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.panel import last_panel
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Days, Firm, Money, Slug
from domain.sealed import Sealed
from domain.tender import IndividualTakenOff, invitation, received


class Deliverable(BaseModel):
    """Something the team promises: an id, and its title."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    title: Sealed | None = None


class Outcome(BaseModel):
    """What is to be different for the council and the people it serves, apart from what is delivered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    text: Sealed | None = None


class Allocation(BaseModel):
    """A consultant's days, and the rate a day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: Slug
    days: Days
    rate: Money


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
    consultants: tuple[Allocation, ...] = ()
    fixed_charges: Money | None = None
    variable_charges: Money | None = None
    outcomes: tuple[Outcome, ...] = ()
    reason: Sealed | None = None


class AwardContract(Command):
    """Award the contract to a team. A team that the panel did not prefer needs a reason."""

    type: ClassVar[str] = "award-contract"
    gives: ClassVar[Kinds] = (ContractAwarded,)
    wanted: ClassVar[tuple[str, ...]] = (
        "days",
        "price",
        "starts",
        "ends",
        "consultants",
        "fixed_charges",
        "variable_charges",
        "deliverables",
        "outcomes",
        "exit_strategy",
    )
    team: Firm
    days: Days | None = None
    price: Money | None = None
    starts: When | None = None
    ends: When | None = None
    deliverables: tuple[Deliverable, ...] = ()
    exit_strategy: Sealed | None = None
    consultants: tuple[Allocation, ...] = ()
    fixed_charges: Money | None = None
    variable_charges: Money | None = None
    outcomes: tuple[Outcome, ...] = ()
    reason: Sealed | None = None


COMMANDS = (AwardContract,)
EVENTS = (ContractAwarded,)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from an award."""
    match command:
        case AwardContract():
            if history.in_phase(ContractAwarded):
                return Refusal("awarded-already", {"outcome": command.type})
            return (
                _incomplete(command, asked)
                or _contradicts_itself(command)
                or _over_by_then(command, asked)
                or _against_the_tender(command, history, asked)
                or [ContractAwarded(**dict(command))]
            )
    raise TypeError(command)


def _incomplete(award: AwardContract, asked: Asked) -> Refusal | None:
    missing = [name for name in award.wanted if getattr(award, name) in (None, ())]
    return Refusal("award-incomplete", {"missing": missing}) if missing and not silent(asked) else None


def _contradicts_itself(award: AwardContract) -> Refusal | None:
    if award.starts and award.ends and award.ends.certainly_before(award.starts):
        return Refusal("ends-before-it-starts", {"starts": str(award.starts), "ends": str(award.ends)})
    if (allocated := _allocated(award)) is not None and allocated != award.days:
        return Refusal("days-do-not-add-up", {"days": str(award.days), "allocated": str(allocated)})
    if (charged := _charged(award)) is not None and charged != award.price:
        return Refusal("price-does-not-add-up", {"price": str(award.price), "charges": str(charged)})
    return (
        named_twice("consultants", [each.person for each in award.consultants])
        or named_twice("deliverables", [each.id for each in award.deliverables])
        or named_twice("outcomes", [each.id for each in award.outcomes])
    )


def _over_by_then(award: AwardContract, asked: Asked) -> Refusal | None:
    """Work may begin on a letter before the award, but a contract is not awarded when it is over."""
    if award.ends is None or not award.ends.certainly_before(asked.occurred):
        return None
    return Refusal("ends-before-the-award", {"ends": str(award.ends), "occurred": str(asked.occurred)})


def _allocated(award: AwardContract | ContractAwarded) -> Decimal | None:
    """The days of all consultants, where the award has both these and its own."""
    if award.days is None or not award.consultants:
        return None
    return sum((each.days for each in award.consultants), Decimal())


def _charged(award: AwardContract | ContractAwarded) -> Decimal | None:
    """Fixed and variable charges together, where the award has both and a price."""
    if award.price is None or award.fixed_charges is None or award.variable_charges is None:
        return None
    return award.fixed_charges + award.variable_charges


def _against_the_tender(award: AwardContract, history: History, asked: Asked) -> Refusal | None:
    bids, invited, panel = received(history), invitation(history), last_panel(history)
    single = invited is not None and invited.event.route == "single"
    if award.team not in bids and not single and not silent(asked):
        return Refusal("no-such-bid", {"bidder": award.team, "bidders": list(bids)})
    if panel and panel.event.preferred != award.team and award.reason is None and not silent(asked):
        return Refusal("reason-needed", {"command": award.type})
    off = {entry.event.person: entry.event.bidder for entry in history.in_phase(IndividualTakenOff)}
    for each in award.consultants:
        if each.person in off:
            return Refusal("individual-taken-off", {"person": each.person, "bidder": off[each.person]})
    return too_early(asked.occurred, bids.get(award.team), panel)


# What was awarded


@dataclass(frozen=True)
class Fee:
    """What a consultant's days come to at their rate."""

    person: str
    days: Decimal
    rate: Decimal
    amount: Decimal


@dataclass(frozen=True)
class AwardTerms:
    """The award of the phase, when it was made, what each consultant's days come to, and whom the panel preferred."""

    contract: ContractAwarded
    version: int
    awarded: When
    fees: tuple[Fee, ...]
    preferred: str | None


def award_terms(history: History) -> AwardTerms | None:
    """The terms of the award of this phase, if there is one."""
    award, panel = _award(history), last_panel(history)
    if award is None:
        return None
    return AwardTerms(
        contract=award.event,
        version=award.version,
        awarded=award.occurred,
        fees=_fees(award.event),
        preferred=panel.event.preferred if panel else None,
    )


def _award(history: History) -> Entry[ContractAwarded] | None:
    return next(reversed(history.in_phase(ContractAwarded)), None)


def _fees(award: ContractAwarded) -> tuple[Fee, ...]:
    return tuple(Fee(each.person, each.days, each.rate, each.days * each.rate) for each in award.consultants)


def cautions(history: History) -> Iterator[Caution]:
    """An award that a correction has left not adding up, and fees that are not what the variable charges are."""
    award = _award(history)
    if award is None:
        return
    allocated, charged = _allocated(award.event), _charged(award.event)
    if allocated is not None and allocated != award.event.days:
        yield Caution("days-do-not-add-up", {"days": str(award.event.days), "allocated": str(allocated)})
    if charged is not None and charged != award.event.price:
        yield Caution("price-does-not-add-up", {"price": str(award.event.price), "charges": str(charged)})
    fees, variable = _fees(award.event), award.event.variable_charges
    if fees and variable is not None and (come_to := sum((fee.amount for fee in fees), Decimal())) != variable:
        yield Caution("rates-and-charges-differ", {"rates": str(come_to), "charges": str(variable)})
