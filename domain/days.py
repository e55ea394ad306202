"""Days and money: accounted for by claim, signed off by the lead inspector, paid by the department ([PAT] ch.3, 4).

No one signs off a claim of their own. The team uses at most what remains in the `account`: what was passed to the council is
kept for it, and what the council gave back goes to the department. So never more is used than contracted. Nor is more signed
off than used, or paid than signed off. The council's part of the account is decided in `handover`.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, ClassVar

from domain.account import (
    Account,
    Charge,
    Claim,
    DaysSignedOff,
    DaysUsed,
    PaymentRecorded,
    account,
    allocations,
    award_of,
    claims,
    next_claim,
    signed_off,
    used,
)
from domain.change import changes
from domain.checks import named_twice, silent, too_early
from domain.contract import ContractAwarded
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.project import PidSubmitted
from domain.quantities import Days, Payment, Slug
from domain.work import workstreams


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
    if command.consultant is None and allocations(history) and not silent(asked):
        return Refusal("consultant-needed", {"command": command.type, "consultants": list(allocations(history))})
    return (
        _no_workstream(command.workstream, history)
        or over_contract(command.days, now, kept=now.left + now.released)
        or over_allocation(command.days, command.consultant, history)
        or _before_the_award(history, asked)
        or [DaysUsed(**dict(command), claim=next_claim(history))]
    )


def _before_the_award(history: History, asked: Asked) -> Refusal | None:
    """Work may begin on a letter before the award, and then not before the start that the award names."""
    award = next(reversed(history.in_phase(ContractAwarded)), None)
    if award is None or (award.event.starts and not asked.occurred.certainly_before(award.event.starts)):
        return None
    return too_early(asked.occurred, award)


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
    allocated = allocations(history)
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
    award = award_of(history)
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
    for person, allocation in allocations(history).items():
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
