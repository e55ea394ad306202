"""The account of a phase: days contracted, used, kept for the council, signed off and paid, and when they run out.

Days are counted in quarters, in one account for each phase:

    contracted = days of the award + days that approved changes added
    left       = days passed to the council - those it used - those it gave back
    remaining  = contracted - used - left - given back

`used` are the team's days and the council's together. The events that move the account stand here, and the commands that
lead to them in `days` and, for the council's part, in `handover`. The team accounts for its days by claim, the lead
inspector signs them off, the department pays ([PAT] ch.3, 4). Fixed charges are told from variable ones ([OPM]).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any, ClassVar, Literal

from domain.change import days_added
from domain.contract import Allocation, ContractAwarded
from domain.course import EventWithdrawn
from domain.part import Entry, Event, History
from domain.quantities import Days, Payment, Slug

Charge = Literal["fixed", "variable"]
"""A fixed charge, or one for days worked ([OPM])."""


class DaysUsed(Event):
    """The team accounted for days of work. Claims are numbered within a phase."""

    type: ClassVar[str] = "days-used"
    days: Days
    workstream: Slug | None = None
    consultant: Slug | None = None
    claim: int | None = None


class LeadPassed(Event):
    """The lead passed to the council for so many days."""

    type: ClassVar[str] = "lead-passed"
    days: Days


class FinalDaysUsed(Event):
    """Some of the council's days were used: on which piece of work and by whom, where that is known. A claim as any other."""

    type: ClassVar[str] = "final-days-used"
    days: Days
    piece: Slug | None = None
    consultant: Slug | None = None
    claim: int | None = None


class FinalDaysReleased(Event):
    """Some of the council's days were given back."""

    type: ClassVar[str] = "final-days-released"
    days: Days


class DaysSignedOff(Event):
    """The lead inspector signed days off for payment: those of the claims named, or so many of all that were used."""

    type: ClassVar[str] = "days-signed-off"
    days: Days
    claims: tuple[int, ...] = ()


class PaymentRecorded(Event):
    """The department paid an invoice: a fixed charge, or days that were signed off. Public money, so it is not sealed."""

    type: ClassVar[str] = "payment-recorded"
    amount: Payment
    kind: Charge
    invoice: Slug
    days: Days | None = None


# The account


@dataclass(frozen=True)
class Claim:
    """Days accounted for, by the team or by the council for its own days, and the sign-off that names them."""

    number: int
    entry: Entry[DaysUsed] | Entry[FinalDaysUsed]
    signed_off: Entry[DaysSignedOff] | None = None

    @property
    def days(self) -> Decimal:
        """How many days it is for."""
        return self.entry.event.days

    @property
    def consultant(self) -> str | None:
        """Whose days they are, where it says."""
        return self.entry.event.consultant


@dataclass(frozen=True)
class Account:
    """The days and the money of a phase, as they stand.

    `contracted` and `remaining` are None where the award names no days. Under None stands what names no consultant or no
    workstream. `passed`, `used_by_council`, `released` and `left` are of the council's final days. `worth` is what the
    signed-off days come to at their consultants' rates, where every sign-off says whose days they were.
    """

    contracted: Decimal | None
    added: Decimal
    used: Decimal
    by_consultant: Mapping[str | None, Decimal]
    by_workstream: Mapping[str | None, Decimal]
    passed: Decimal
    used_by_council: Decimal
    released: Decimal
    left: Decimal
    signed_off: Decimal
    worth: Decimal | None
    paid_days: Decimal
    paid: Decimal
    paid_by_kind: Mapping[Charge, Decimal]

    @property
    def remaining(self) -> Decimal | None:
        """What the team may still use; less than nothing where a correction took days away that were used."""
        return None if self.contracted is None else self.contracted - self.used - self.left - self.released


def account(history: History) -> Account:
    """The account of this phase."""
    by_consultant, by_workstream = defaultdict[str | None, Decimal](Decimal), defaultdict[str | None, Decimal](Decimal)
    for entry in _uses(history):
        by_consultant[entry.event.consultant] += entry.event.days
        by_workstream[getattr(entry.event, "workstream", None)] += entry.event.days
    paid = defaultdict[Charge, Decimal](Decimal)
    for payment in history.in_phase(PaymentRecorded):
        paid[payment.event.kind] += payment.event.amount
    return Account(
        contracted=contracted(history),
        added=days_added(history),
        used=used(history),
        by_consultant=dict(by_consultant),
        by_workstream=dict(by_workstream),
        passed=_sum(history.in_phase(LeadPassed)),
        used_by_council=_sum(history.in_phase(FinalDaysUsed)),
        released=_sum(history.in_phase(FinalDaysReleased)),
        left=left(history),
        signed_off=signed_off(history),
        worth=_worth(history),
        paid_days=_sum(history.in_phase(PaymentRecorded)),
        paid=sum(paid.values(), Decimal()),
        paid_by_kind=dict(paid),
    )


# What it is made of


def claims(history: History) -> tuple[Claim, ...]:
    """Every claim of this phase in order. One that was stored without a number takes the next after the one before it."""
    signed = {number: entry for entry in history.in_phase(DaysSignedOff) for number in entry.event.claims}
    found: list[Claim] = []
    for entry in _uses(history):
        number = entry.event.claim or (found[-1].number if found else 0) + 1
        found.append(Claim(number, entry, signed.get(number)))
    return tuple(found)


def next_claim(history: History) -> int:
    """The number of the next claim: one that was withdrawn is not given to another."""
    found, kinds = claims(history), (DaysUsed.type, FinalDaysUsed.type)
    withdrawn = [entry for entry in history.in_phase(EventWithdrawn) if entry.event.withdraws in kinds]
    return max([len(found) + len(withdrawn), *(claim.number for claim in found)]) + 1


def used(history: History) -> Decimal:
    """Days used in this phase, by the team and in the council's final days."""
    return _sum(_uses(history))


def left(history: History) -> Decimal:
    """How many of the council's days are neither used nor given back."""
    passed = history.in_phase(LeadPassed)
    if not passed:
        return Decimal()
    since = passed[-1].version
    spent = _sum([*history.all(FinalDaysUsed, since), *history.all(FinalDaysReleased, since)])
    return max(passed[-1].event.days - spent, Decimal())


def signed_off(history: History) -> Decimal:
    """Days signed off in this phase."""
    return _sum(history.in_phase(DaysSignedOff))


def contracted(history: History) -> Decimal | None:
    """Days contracted in this phase with those that approved changes added; None when the award names none."""
    award = award_of(history)
    return None if award is None or award.days is None else award.days + days_added(history)


def award_of(history: History) -> ContractAwarded | None:
    """The award of this phase, if there is one."""
    awards = history.in_phase(ContractAwarded)
    return awards[-1].event if awards else None


def allocations(history: History) -> Mapping[str, Allocation]:
    """By consultant, the days and the rate that the award gives each."""
    award = award_of(history)
    return {each.person: each for each in award.consultants} if award else {}


def _worth(history: History) -> Decimal | None:
    sign_offs, found = history.in_phase(DaysSignedOff), {claim.number: claim for claim in claims(history)}
    named = {number for entry in sign_offs for number in entry.event.claims}
    if not named or not named <= set(found) or not all(entry.event.claims for entry in sign_offs):
        return None
    total, allocated = Decimal(), allocations(history)
    for claim in (found[number] for number in named):
        if claim.consultant is None or claim.consultant not in allocated:
            return None
        total += claim.days * allocated[claim.consultant].rate
    return total


def _uses(history: History) -> list[Entry[Any]]:
    both: tuple[Entry[Any], ...] = (*history.in_phase(DaysUsed), *history.in_phase(FinalDaysUsed))
    return sorted(both, key=lambda entry: entry.version)


def _sum(entries: Sequence[Entry[Any]]) -> Decimal:
    return sum((entry.event.days for entry in entries if entry.event.days is not None), Decimal())


# When the days run out


def forecast(history: History, today: date) -> date | None:
    """The day on which the contract's days run out at the pace so far: an estimate, as pace is never even.

    The pace counts from the contract's start, or from the first use where that was earlier or the start is not known.
    Days given back are nobody's to use. Once none are left, it is the day of the last use. None where nothing was used, no
    total is known, or that day lies beyond any calendar.
    """
    now, uses, award = account(history), _uses(history), award_of(history)
    if award is None or now.contracted is None or not uses:
        return None
    usable = now.contracted - now.released
    if now.used >= usable:
        return max(entry.occurred.latest for entry in uses)
    starts = [entry.occurred.earliest or entry.occurred.latest for entry in uses]
    starts += [award.starts.earliest or award.starts.latest] if award.starts else []
    start = min(starts)
    elapsed = (today - start).days + 1
    if elapsed < 1:
        return None
    lasts = (usable * elapsed / now.used).to_integral_value(ROUND_CEILING)
    ends = start.toordinal() - 1 + int(lasts)
    return date.fromordinal(ends) if ends <= date.max.toordinal() else None
