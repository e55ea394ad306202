"""Contract days: used and accounted for by the team, signed off for payment by the lead inspector ([PAT] ch.4).

Days are counted in quarters. Never more are used than the contract and the board's approved changes allow, and never
more signed off than were used.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from domain.board import days_added
from domain.contract import ContractAwarded
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.quantities import Days, Slug


class DaysUsed(Event):
    """The team accounted for days of work."""

    type: ClassVar[str] = "days-used"
    days: Days
    workstream: Slug | None = None
    consultant: Slug | None = None


class DaysSignedOff(Event):
    """The lead inspector signed days off for payment."""

    type: ClassVar[str] = "days-signed-off"
    days: Days


class RecordDays(Command):
    """Account for days used."""

    type: ClassVar[str] = "record-days"
    gives: ClassVar[Kinds] = (DaysUsed,)
    days: Days
    workstream: Slug | None = None
    consultant: Slug | None = None


class SignOffDays(Command):
    """Sign days off for payment."""

    type: ClassVar[str] = "sign-off-days"
    gives: ClassVar[Kinds] = (DaysSignedOff,)
    needs: ClassVar[Kinds] = (DaysUsed,)
    days: Days


COMMANDS = (RecordDays, SignOffDays)
EVENTS = (DaysUsed, DaysSignedOff)


def used(history: History) -> Decimal:
    """Days used in this phase."""
    return sum((entry.event.days for entry in history.in_phase(DaysUsed)), Decimal())


def signed_off(history: History) -> Decimal:
    """Days signed off in this phase."""
    return sum((entry.event.days for entry in history.in_phase(DaysSignedOff)), Decimal())


def contracted(history: History) -> Decimal | None:
    """Days contracted in this phase with those that approved changes added; None when the award names none."""
    awards = history.in_phase(ContractAwarded)
    if not awards or awards[-1].event.days is None:
        return None
    return awards[-1].event.days + days_added(history)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about days."""
    match command:
        case RecordDays():
            limit, so_far = contracted(history), used(history)
            if limit is not None and so_far + command.days > limit:
                return Refusal(
                    "more-days-than-contracted",
                    {"days": str(command.days), "used": str(so_far), "contracted": str(limit)},
                )
            return [DaysUsed(days=command.days, workstream=command.workstream, consultant=command.consultant)]
        case SignOffDays(days=amount):
            so_far, total = signed_off(history), used(history)
            if so_far + amount > total:
                return Refusal(
                    "more-days-than-used", {"days": str(amount), "signed_off": str(so_far), "used": str(total)}
                )
            return [DaysSignedOff(days=amount)]
    raise TypeError(command)
