"""Council-led final days: the lead passes to the council for the last contract days, or not, with a reason.

In most councils the last 30 or 40 days passed to the council, which commissioned specific pieces; it was valued as the
strongest part of the exit ([PAT] ch.3, 5).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from domain.days import contracted, used
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.quantities import Days
from domain.sealed import Sealed


class LeadPassed(Event):
    """The lead passed to the council for so many days."""

    type: ClassVar[str] = "lead-passed"
    days: Days


class LeadKept(Event):
    """The lead did not pass to the council, for a reason."""

    type: ClassVar[str] = "lead-kept"
    reason: Sealed


class PieceCommissioned(Event):
    """The council commissioned a specific piece of work."""

    type: ClassVar[str] = "piece-commissioned"
    title: Sealed
    days: Days | None = None


class FinalDaysUsed(Event):
    """Some of the council's days were used."""

    type: ClassVar[str] = "final-days-used"
    days: Days


class FinalDaysReleased(Event):
    """Some of the council's days were given back."""

    type: ClassVar[str] = "final-days-released"
    days: Days


class PassLead(Command):
    """Pass the lead to the council for so many of the last days."""

    type: ClassVar[str] = "pass-lead"
    gives: ClassVar[Kinds] = (LeadPassed,)
    days: Days


class KeepLead(Command):
    """Decide that the lead does not pass to the council, with the reason."""

    type: ClassVar[str] = "keep-lead"
    gives: ClassVar[Kinds] = (LeadKept,)
    reason: Sealed


class CommissionPiece(Command):
    """Commission a specific piece of work from the council's days."""

    type: ClassVar[str] = "commission-piece"
    gives: ClassVar[Kinds] = (PieceCommissioned,)
    needs: ClassVar[Kinds] = (LeadPassed,)
    title: Sealed
    days: Days | None = None


class UseFinalDays(Command):
    """Record that some of the council's days were used."""

    type: ClassVar[str] = "use-final-days"
    gives: ClassVar[Kinds] = (FinalDaysUsed,)
    needs: ClassVar[Kinds] = (LeadPassed,)
    days: Days


class ReleaseFinalDays(Command):
    """Give back some of the council's days."""

    type: ClassVar[str] = "release-final-days"
    gives: ClassVar[Kinds] = (FinalDaysReleased,)
    needs: ClassVar[Kinds] = (LeadPassed,)
    days: Days


COMMANDS = (PassLead, KeepLead, CommissionPiece, UseFinalDays, ReleaseFinalDays)
EVENTS = (LeadPassed, LeadKept, PieceCommissioned, FinalDaysUsed, FinalDaysReleased)


def left(history: History) -> Decimal:
    """How many of the council's days are neither used nor given back."""
    granted = sum((entry.event.days for entry in history.in_phase(LeadPassed)), Decimal())
    spent = [e.event.days for e in history.in_phase(FinalDaysUsed)]
    spent += [e.event.days for e in history.in_phase(FinalDaysReleased)]
    return granted - sum(spent, Decimal())


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the final days."""
    match command:
        case PassLead(days=days):
            if history.in_phase(LeadPassed):
                return Refusal("lead-passed-already")
            limit, so_far = contracted(history), used(history)
            if limit is not None and so_far + days > limit:
                details = {"days": str(days), "used": str(so_far), "contracted": str(limit)}
                return Refusal("more-days-than-contracted", details)
            return [LeadPassed(days=days)]
        case KeepLead(reason=reason):
            if history.in_phase(LeadPassed):
                return Refusal("lead-passed-already")
            return [LeadKept(reason=reason)]
        case CommissionPiece(title=title, days=days):
            return [PieceCommissioned(title=title, days=days)]
        case UseFinalDays(days=days):
            return _within(days, history) or [FinalDaysUsed(days=days)]
        case ReleaseFinalDays(days=days):
            return _within(days, history) or [FinalDaysReleased(days=days)]
    raise TypeError(command)


def _within(days: Decimal, history: History) -> Refusal | None:
    remaining = left(history)
    return Refusal("more-days-than-left", {"days": str(days), "left": str(remaining)}) if days > remaining else None
