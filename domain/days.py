"""Contract days and money: used, accounted for by claim, signed off by the lead inspector, paid by the department.

The team accounts for the days it used, the lead inspector signs them off ([PAT] ch.3, 4), and no one signs off a claim of
their own; the department contracts and pays. Fixed charges are told from variable ones ([OPM]). Days are counted in quarters,
in one account for each phase:

    contracted = days of the award + days that approved changes added
    left       = days passed to the council - those it used - those it gave back
    remaining  = contracted - used - left - given back

`used` are the team's days and the council's together. The team uses at most `remaining`: what was passed to the council is
kept for it, and what the council gave back goes to the department. So never more is used than contracted. Nor is more signed
off than used, or paid than signed off. The council's part of the account is decided in `handover`.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any, ClassVar, Literal

from domain.change import changes, days_added
from domain.checks import named_twice, silent, too_early
from domain.contract import Allocation, ContractAwarded
from domain.course import EventWithdrawn
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.project import PidSubmitted
from domain.quantities import Days, Payment, Slug
from domain.work import workstreams

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


class RecordDays(Command):
    """Account for days used. Where the contract names consultants, one of them."""

    type: ClassVar[str] = "record-days"
    gives: ClassVar[Kinds] = (DaysUsed,)
    days: Days
    workstream: Slug | None = None
    consultant: Slug | None = None


class SignOffDays(Command):
    """Sign days off for payment: those of the claims named, or so many of what was used."""

    type: ClassVar[str] = "sign-off-days"
    gives: ClassVar[Kinds] = (DaysSignedOff,)
    days: Days
    claims: tuple[int, ...] = ()


class RecordPayment(Command):
    """Record that an invoice was paid. Variable charges are for days that were signed off."""

    type: ClassVar[str] = "record-payment"
    gives: ClassVar[Kinds] = (PaymentRecorded,)
    needs: ClassVar[Kinds] = (ContractAwarded,)
    amount: Payment
    kind: Charge
    invoice: Slug
    days: Days | None = None


COMMANDS = (RecordDays, SignOffDays, RecordPayment)
EVENTS = (DaysUsed, DaysSignedOff, PaymentRecorded)


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


def _uses(history: History) -> list[Entry[Any]]:
    both: tuple[Entry[Any], ...] = (*history.in_phase(DaysUsed), *history.in_phase(FinalDaysUsed))
    return sorted(both, key=lambda entry: entry.version)


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
    award = _award(history)
    return None if award is None or award.days is None else award.days + days_added(history)


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


def _sum(entries: Sequence[Entry[Any]]) -> Decimal:
    return sum((entry.event.days for entry in entries if entry.event.days is not None), Decimal())


def _award(history: History) -> ContractAwarded | None:
    awards = history.in_phase(ContractAwarded)
    return awards[-1].event if awards else None


def _allocations(history: History) -> Mapping[str, Allocation]:
    award = _award(history)
    return {each.person: each for each in award.consultants} if award else {}


def _worth(history: History) -> Decimal | None:
    sign_offs, found = history.in_phase(DaysSignedOff), {claim.number: claim for claim in claims(history)}
    named = {number for entry in sign_offs for number in entry.event.claims}
    if not named or not named <= set(found) or not all(entry.event.claims for entry in sign_offs):
        return None
    total, allocated = Decimal(), _allocations(history)
    for claim in (found[number] for number in named):
        if claim.consultant is None or claim.consultant not in allocated:
            return None
        total += claim.days * allocated[claim.consultant].rate
    return total


def forecast(history: History, today: date) -> date | None:
    """The day on which the contract's days run out at the pace so far: an estimate, as pace is never even.

    The pace counts from the contract's start, or from the first use where that was earlier or the start is not known.
    Days given back are nobody's to use. Once none are left, it is the day of the last use. None where nothing was used, no
    total is known, or that day lies beyond any calendar.
    """
    now, uses, award = account(history), _uses(history), _award(history)
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


# What may be done


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about days and money."""
    match command:
        case RecordDays():
            return _record(command, history, asked)
        case SignOffDays():
            return _sign_off(command, history, asked)
        case RecordPayment():
            return _pay(command, history, asked)
    raise TypeError(command)


def _record(command: RecordDays, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    now = account(history)
    if command.consultant is None and _allocations(history) and not silent(asked):
        return Refusal("consultant-needed", {"command": command.type, "consultants": list(_allocations(history))})
    return (
        _no_workstream(command.workstream, history)
        or over_contract(command.days, now, kept=now.left + now.released)
        or over_allocation(command.days, command.consultant, history)
        or [DaysUsed(**dict(command), claim=next_claim(history))]
    )


def _no_workstream(name: str | None, history: History) -> Refusal | None:
    if name is None or not history.in_phase(PidSubmitted):
        return None
    known = [each.id for each in workstreams(history)]
    return None if name in known else Refusal("no-such-workstream", {"workstream": name, "workstreams": known})


def over_contract(days: Decimal, now: Account, *, kept: Decimal) -> Refusal | None:
    """Refuse to use days beyond the contract; `kept` are those of it that somebody else has."""
    if now.contracted is None or now.used + kept + days <= now.contracted:
        return None
    details = {"days": str(days), "used": str(now.used), "kept": str(kept), "contracted": str(now.contracted)}
    return Refusal("more-days-than-contracted", details)


def over_allocation(days: Decimal, consultant: str | None, history: History) -> Refusal | None:
    """Refuse days of a consultant whom the contract does not name, or beyond the consultant's own and those added."""
    allocated = _allocations(history)
    if consultant is None or not allocated:
        return None
    if consultant not in allocated:
        return Refusal("no-such-consultant", {"consultant": consultant, "consultants": list(allocated)})
    now = account(history)
    so_far, own = now.by_consultant.get(consultant, Decimal()), allocated[consultant].days
    if so_far + days <= own + now.added:
        return None
    return Refusal(
        "more-days-than-allocated",
        {
            "days": str(days),
            "consultant": consultant,
            "used": str(so_far),
            "allocated": str(own),
            "added": str(now.added),
        },
    )


# Sign-off


def _sign_off(command: SignOffDays, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    so_far, total = signed_off(history), used(history)
    if not total:
        return Refusal("needs", {"command": command.type, "event": DaysUsed.type})
    refusal = _of_claims(command, history, asked) if command.claims else _of_any(history, asked)
    if refusal is not None:
        return refusal
    if so_far + command.days > total:
        details = {"days": str(command.days), "signed_off": str(so_far), "used": str(total)}
        return Refusal("more-days-than-used", details)
    return [DaysSignedOff(**dict(command))]


def _of_claims(command: SignOffDays, history: History, asked: Asked) -> Refusal | None:
    found = {claim.number: claim for claim in claims(history)}
    for number in command.claims:
        if number not in found:
            return Refusal("no-such-claim", {"claim": number, "claims": list(found)})
        if found[number].signed_off is not None:
            return Refusal("claim-signed-off-already", {"claim": number})
    named = [found[number] for number in command.claims]
    claimed = sum((claim.days for claim in named), Decimal())
    return (
        named_twice("claims", map(str, command.claims))
        or _own(named, asked)
        or too_early(asked.occurred, *(claim.entry for claim in named))
        or _does_not_add_up(command.days, claimed)
    )


def _does_not_add_up(days: Decimal, claimed: Decimal) -> Refusal | None:
    return None if days == claimed else Refusal("claims-do-not-add-up", {"days": str(days), "claimed": str(claimed)})


def _of_any(history: History, asked: Asked) -> Refusal | None:
    """A sign-off that names no claims may be of any that none names."""
    found = [claim for claim in claims(history) if claim.signed_off is None]
    return _own(found, asked) or _before_all(asked, [claim.entry for claim in found])


def _own(found: Sequence[Claim], asked: Asked) -> Refusal | None:
    own = [claim.number for claim in found if _is_own(claim, asked)]
    return Refusal("own-claim", {"claims": own}) if own else None


def _is_own(claim: Claim, asked: Asked) -> bool:
    claimant, signer = claim.entry.decided_by, asked.decided_by
    if str(claimant) == str(signer):
        return True
    return signer.person is not None and signer.person in (claimant.person, claim.consultant)


def _before_all(asked: Asked, entries: Sequence[Entry[Any]]) -> Refusal | None:
    refusals = [too_early(asked.occurred, entry) for entry in entries]
    return refusals[0] if refusals and all(refusals) else None


# Payment


def _pay(command: RecordPayment, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    return (
        _paid_already(command, history)
        or _without_days(command, asked)
        or _not_signed_off(command, history, asked)
        or _beyond_the_price(command, history)
        or [PaymentRecorded(**dict(command))]
    )


def _paid_already(command: RecordPayment, history: History) -> Refusal | None:
    """An invoice is paid once, in whichever phase."""
    paid = {entry.event.invoice: entry.occurred for entry in history.all(PaymentRecorded)}
    if command.invoice not in paid:
        return None
    return Refusal("invoice-paid-already", {"invoice": command.invoice, "on": str(paid[command.invoice])})


def _without_days(command: RecordPayment, asked: Asked) -> Refusal | None:
    if command.kind == "fixed" and command.days is not None:
        return Refusal("fixed-charge-with-days", {"days": str(command.days)})
    if command.kind == "variable" and command.days is None and not silent(asked):
        return Refusal("days-needed", {"command": command.type})
    return None


def _not_signed_off(command: RecordPayment, history: History, asked: Asked) -> Refusal | None:
    if command.kind == "fixed":
        return None
    now, days = account(history), command.days or Decimal()
    if now.paid_days + days > now.signed_off:
        details = {"days": str(days), "paid": str(now.paid_days), "signed_off": str(now.signed_off)}
        return Refusal("more-days-than-signed-off", details)
    paid = now.paid_by_kind.get("variable", Decimal())
    if now.worth is not None and paid + command.amount > now.worth:
        return Refusal(
            "more-than-days-are-worth", {"amount": str(command.amount), "paid": str(paid), "worth": str(now.worth)}
        )
    return _before_all(asked, history.in_phase(DaysSignedOff))


def _beyond_the_price(command: RecordPayment, history: History) -> Refusal | None:
    """What approved changes cost is not known: beyond the price of the award they make it a caution, no refusal."""
    if any(change.state == "approved" for change in changes(history)):
        return None
    for part, paid, agreed in _agreed(history, account(history)):
        if part in (command.kind, "whole") and paid + command.amount > agreed:
            details = {"amount": str(command.amount), "paid": str(paid), "agreed": str(agreed), "part": part}
            return Refusal("more-than-the-price", details)
    return None


def _agreed(history: History, now: Account) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Each part of the price that the award names: which, what was paid of it, and what was agreed."""
    award = _award(history)
    if award is None:
        return
    for part, paid, agreed in (
        ("fixed", now.paid_by_kind.get("fixed"), award.fixed_charges),
        ("variable", now.paid_by_kind.get("variable"), award.variable_charges),
        ("whole", now.paid, award.price),
    ):
        if agreed is not None:
            yield part, paid or Decimal(), agreed


def cautions(history: History) -> Iterator[Caution]:
    """An account that no longer adds up, as a correction, a withdrawal or an approved change may leave it."""
    now = account(history)
    if now.remaining is not None and now.remaining < 0:
        kept = str(now.left + now.released)
        yield Caution("days-over-contract", {"used": str(now.used), "kept": kept, "contracted": str(now.contracted)})
    for person, allocation in _allocations(history).items():
        so_far = now.by_consultant.get(person, Decimal())
        if so_far > allocation.days + now.added:
            limit = str(allocation.days + now.added)
            yield Caution("days-over-allocation", {"consultant": person, "used": str(so_far), "allocated": limit})
    if now.signed_off > now.used:
        yield Caution("signed-off-over-used", {"signed_off": str(now.signed_off), "used": str(now.used)})
    if now.paid_days > now.signed_off:
        yield Caution("paid-over-signed-off", {"paid": str(now.paid_days), "signed_off": str(now.signed_off)})
    if now.worth is not None and (variable := now.paid_by_kind.get("variable", Decimal())) > now.worth:
        yield Caution("paid-over-worth", {"paid": str(variable), "worth": str(now.worth)})
    for part, paid, agreed in _agreed(history, now):
        if paid > agreed:
            yield Caution("paid-over-price", {"part": part, "paid": str(paid), "agreed": str(agreed)})
