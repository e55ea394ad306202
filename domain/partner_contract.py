"""The contract with a strategic partner: years with their fees, work told by its charge, reviews, amendments, extension, end.

Contracts of three to seven years, front-loaded and then reduced in phases. They can be adapted, extended and are reviewed;
disputes over invoices came of contracts that did not tell fixed-charge from variable-charge work, so each piece of work says
which it is, and an invoice is held to that; lawyers belong at the drafting ([OPM] 1, 5.3). Contracts count from 1: further
functions may be given by one beside the first (Walsall). Contract years count from 1 without a gap.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.numbering import next_number
from domain.panel import last_panel
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Firm, Money, Payment, Slug
from domain.sealed import Sealed
from domain.tender import invitation, received

Charge = Literal["fixed", "variable"]
Ground = Literal["not-working", "blockage", "resources", "objectives", "stakeholder"]
"""Why a plan is changed ([OPM] App B): the approach does not work, a blockage, short resources, new objectives, a stakeholder."""
Standing = Literal["on-course", "behind", "failing"]
SHORTEST, LONGEST = 3, 7
"""The years of the contracts in the source."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Work(_Value):
    """A piece of work, and whether it is within the fixed charge or paid for as it is asked for."""

    id: Slug
    charge: Charge
    title: Sealed | None = None


class YearFee(_Value):
    """What a contract year costs: its fixed charge, and the most that variable charges may come to, where that is agreed."""

    year: int = Field(ge=1, le=30)
    fixed: Money
    variable: Money | None = None


class Line(_Value):
    """A line of an invoice: which work, charged how, and the amount."""

    work: Slug
    charge: Charge
    amount: Payment


class PartnerContractSigned(Event):
    """A contract with the partner was signed. Agreed money is public, so it is not sealed."""

    type: ClassVar[str] = "partner-contract-signed"
    contract: int
    partner: Firm
    starts: When | None = None
    ends: When | None = None
    years: int | None = None
    work: tuple[Work, ...] = ()
    fees: tuple[YearFee, ...] = ()
    price: Money | None = None
    lawyers: bool | None = None
    next_review: When | None = None
    scope: Sealed | None = None
    reason: Sealed | None = None
    document: Sealed | None = None


class PartnerContractAmended(Event):
    """A contract was amended: on which ground, and what work was added or taken out."""

    type: ClassVar[str] = "partner-contract-amended"
    contract: int
    ground: Ground | None = None
    adds: tuple[Work, ...] = ()
    drops: tuple[Slug, ...] = ()
    text: Sealed | None = None


class PartnerContractExtended(Event):
    """A contract was extended to another day, with the fees of the further years."""

    type: ClassVar[str] = "partner-contract-extended"
    contract: int
    ends: When
    fees: tuple[YearFee, ...] = ()
    reason: Sealed | None = None


class PartnerContractReviewed(Event):
    """A contract was reviewed: how it goes, and when the next review is."""

    type: ClassVar[str] = "partner-contract-reviewed"
    contract: int
    finding: Standing
    indicators_relevant: bool | None = None
    next: When | None = None
    text: Sealed | None = None


class PartnerInvoiceReceived(Event):
    """The partner sent an invoice for a contract year. `fixed` and `variable` are what its lines come to, each apart."""

    type: ClassVar[str] = "partner-invoice-received"
    contract: int
    invoice: Slug
    year: int
    lines: tuple[Line, ...]
    fixed: Money
    variable: Money


class PartnerInvoiceDisputed(Event):
    """The council disputed an invoice, or the lines for some work on it."""

    type: ClassVar[str] = "partner-invoice-disputed"
    invoice: Slug
    work: tuple[Slug, ...] = ()
    reason: Sealed


class PartnerInvoiceSettled(Event):
    """A disputed invoice was settled: it stands, or counts no longer."""

    type: ClassVar[str] = "partner-invoice-settled"
    invoice: Slug
    stands: bool
    reason: Sealed | None = None


class PartnerContractEnded(Event):
    """A contract ended: it expired, its terms were satisfied, its work had tapered off, or it was terminated."""

    type: ClassVar[str] = "partner-contract-ended"
    contract: int
    how: Literal["expired", "terms-satisfied", "tapered", "terminated"]
    text: Sealed | None = None


class SignPartnerContract(Command):
    """Sign a contract with the strategic partner. A partner that the panel did not prefer needs a reason."""

    type: ClassVar[str] = "sign-partner-contract"
    gives: ClassVar[Kinds] = (PartnerContractSigned,)
    wanted: ClassVar[tuple[str, ...]] = ("starts", "ends", "years", "work", "fees", "next_review", "document")
    partner: Firm
    starts: When | None = None
    ends: When | None = None
    years: int | None = Field(default=None, ge=1, le=30)
    work: tuple[Work, ...] = ()
    fees: tuple[YearFee, ...] = ()
    price: Money | None = None
    lawyers: bool | None = None
    next_review: When | None = None
    scope: Sealed | None = None
    reason: Sealed | None = None
    document: Sealed | None = None


class AmendPartnerContract(Command):
    """Amend a contract: say the ground, and what work is added or taken out."""

    type: ClassVar[str] = "amend-partner-contract"
    gives: ClassVar[Kinds] = (PartnerContractAmended,)
    needs: ClassVar[Kinds] = (PartnerContractSigned,)
    contract: int = Field(ge=1)
    ground: Ground | None = None
    adds: tuple[Work, ...] = ()
    drops: tuple[Slug, ...] = ()
    text: Sealed | None = None


class ExtendPartnerContract(Command):
    """Extend a contract to a later day, with the fees of the further years."""

    type: ClassVar[str] = "extend-partner-contract"
    gives: ClassVar[Kinds] = (PartnerContractExtended,)
    needs: ClassVar[Kinds] = (PartnerContractSigned,)
    contract: int = Field(ge=1)
    ends: When
    fees: tuple[YearFee, ...] = ()
    reason: Sealed | None = None


class ReviewPartnerContract(Command):
    """Record a review of a contract, and whether its indicators still say what matters."""

    type: ClassVar[str] = "review-partner-contract"
    gives: ClassVar[Kinds] = (PartnerContractReviewed,)
    needs: ClassVar[Kinds] = (PartnerContractSigned,)
    contract: int = Field(ge=1)
    finding: Standing
    indicators_relevant: bool | None = None
    next: When | None = None
    text: Sealed | None = None


class ReceivePartnerInvoice(Command):
    """Record an invoice of the partner for a contract year, each line with its work and charge."""

    type: ClassVar[str] = "receive-partner-invoice"
    gives: ClassVar[Kinds] = (PartnerInvoiceReceived,)
    needs: ClassVar[Kinds] = (PartnerContractSigned,)
    contract: int = Field(ge=1)
    invoice: Slug
    year: int = Field(ge=1, le=30)
    lines: tuple[Line, ...] = Field(min_length=1)


class DisputePartnerInvoice(Command):
    """Dispute an invoice, or its lines for some work, and say why."""

    type: ClassVar[str] = "dispute-partner-invoice"
    gives: ClassVar[Kinds] = (PartnerInvoiceDisputed,)
    needs: ClassVar[Kinds] = (PartnerInvoiceReceived,)
    invoice: Slug
    work: tuple[Slug, ...] = ()
    reason: Sealed


class SettlePartnerInvoice(Command):
    """Settle a dispute over an invoice: it stands, or it counts no longer and another may be sent."""

    type: ClassVar[str] = "settle-partner-invoice"
    gives: ClassVar[Kinds] = (PartnerInvoiceSettled,)
    needs: ClassVar[Kinds] = (PartnerInvoiceDisputed,)
    invoice: Slug
    stands: bool
    reason: Sealed | None = None


class EndPartnerContract(Command):
    """Record that a contract ended, and how."""

    type: ClassVar[str] = "end-partner-contract"
    gives: ClassVar[Kinds] = (PartnerContractEnded,)
    needs: ClassVar[Kinds] = (PartnerContractSigned,)
    contract: int = Field(ge=1)
    how: Literal["expired", "terms-satisfied", "tapered", "terminated"]
    text: Sealed | None = None


COMMANDS = (
    SignPartnerContract,
    AmendPartnerContract,
    ExtendPartnerContract,
    ReviewPartnerContract,
    ReceivePartnerInvoice,
    DisputePartnerInvoice,
    SettlePartnerInvoice,
    EndPartnerContract,
)
EVENTS = (
    PartnerContractSigned,
    PartnerContractAmended,
    PartnerContractExtended,
    PartnerContractReviewed,
    PartnerInvoiceReceived,
    PartnerInvoiceDisputed,
    PartnerInvoiceSettled,
    PartnerContractEnded,
)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about a contract with the partner."""
    match command:
        case SignPartnerContract():
            return (
                _incomplete(command, asked)
                or _contradicts_itself(command)
                or _against_the_tender(command, history, asked)
                or [PartnerContractSigned(contract=next_number(history, PartnerContractSigned), **dict(command))]
            )
        case DisputePartnerInvoice() | SettlePartnerInvoice():
            return _about_an_invoice(command, history, asked)
        case (
            AmendPartnerContract()
            | ExtendPartnerContract()
            | ReviewPartnerContract()
            | ReceivePartnerInvoice()
            | EndPartnerContract()
        ):
            return _about_a_contract(command, history, asked)
    raise TypeError(command)


# Signing


def _incomplete(command: SignPartnerContract, asked: Asked) -> Refusal | None:
    missing = [name for name in command.wanted if getattr(command, name) in (None, ())]
    return Refusal("partner-contract-incomplete", {"missing": missing}) if missing and not silent(asked) else None


def _contradicts_itself(command: SignPartnerContract) -> Refusal | None:
    if command.starts and command.ends and command.ends.certainly_before(command.starts):
        return Refusal("ends-before-it-starts", {"starts": str(command.starts), "ends": str(command.ends)})
    total = sum((each.fixed + (each.variable or 0) for each in command.fees), Decimal())
    if command.price is not None and command.fees and total != command.price:
        return Refusal("price-does-not-add-up", {"price": str(command.price), "charges": str(total)})
    years = range(1, command.years + 1) if command.years else None
    return named_twice("work", [each.id for each in command.work]) or _gap([], command.fees, years)


def _gap(before: Sequence[int], fees: Sequence[YearFee], years: range | None = None) -> Refusal | None:
    """Refuse fees that leave out a contract year, or that go beyond the years of the contract."""
    given = [each.year for each in fees]
    first = max(before, default=0) + 1
    wanted = years or range(first, first + len(given))
    if not given or given == list(wanted):
        return None
    return Refusal("contract-years-with-a-gap", {"given": given, "wanted": list(wanted)})


def _against_the_tender(command: SignPartnerContract, history: History, asked: Asked) -> Refusal | None:
    if silent(asked):
        return None
    bids, invited, panel = received(history), invitation(history), last_panel(history)
    single = invited is not None and invited.event.route == "single"
    if command.partner not in bids and not single:
        return Refusal("no-such-bid", {"bidder": command.partner, "bidders": list(bids)})
    if panel and panel.event.preferred != command.partner and command.reason is None:
        return Refusal("reason-needed", {"command": command.type})
    return too_early(asked.occurred, bids.get(command.partner), panel)


# A contract that is running


Running = (
    AmendPartnerContract | ExtendPartnerContract | ReviewPartnerContract | ReceivePartnerInvoice | EndPartnerContract
)


def _about_a_contract(command: Running, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    found = {each.number: each for each in contracts(history)}
    contract = found.get(command.contract)
    if contract is None:
        return Refusal("no-such-partner-contract", {"contract": command.contract, "contracts": list(found)})
    if contract.ended is not None and not isinstance(command, ReceivePartnerInvoice):
        details = {"contract": contract.number, "on": str(contract.ended.occurred)}
        return Refusal("partner-contract-over", details)
    early = too_early(asked.occurred, contract.signed)
    if early is not None:
        return early
    match command:
        case AmendPartnerContract():
            return _amend(command, contract, asked)
        case ExtendPartnerContract():
            return _extend(command, contract)
        case ReviewPartnerContract(next=next_):
            if next_ is not None and next_.certainly_before(asked.occurred):
                return Refusal("next-review-before", {"next": str(next_), "occurred": str(asked.occurred)})
            return [PartnerContractReviewed(**dict(command))]
        case ReceivePartnerInvoice():
            return _receive(command, contract, history)
        case EndPartnerContract(how=how):
            if how == "expired" and contract.ends is not None and asked.occurred.certainly_before(contract.ends):
                return Refusal("contract-not-expired", {"ends": str(contract.ends), "occurred": str(asked.occurred)})
            return [PartnerContractEnded(**dict(command))]


def _amend(command: AmendPartnerContract, contract: "PartnerContract", asked: Asked) -> Sequence[Event] | Refusal:
    if command.ground is None and not silent(asked):
        return Refusal("ground-needed", {"contract": contract.number})
    there = [each.id for each in command.adds if each.id in contract.work]
    if there:
        return Refusal("work-already", {"work": there[0], "contract": contract.number})
    return (
        named_twice("adds", [each.id for each in command.adds])
        or named_twice("drops", command.drops)
        or _not_in(command.drops, contract)
        or [PartnerContractAmended(**dict(command))]
    )


def _extend(command: ExtendPartnerContract, contract: "PartnerContract") -> Sequence[Event] | Refusal:
    if contract.ends is not None and not contract.ends.latest < command.ends.latest:
        details = {"contract": contract.number, "ends": str(contract.ends), "given": str(command.ends)}
        return Refusal("contract-not-extended", details)
    return _gap(list(contract.fees), command.fees) or [PartnerContractExtended(**dict(command))]


def _not_in(work: Iterable[str], contract: "PartnerContract") -> Refusal | None:
    unknown = next((name for name in work if name not in contract.work), None)
    if unknown is None:
        return None
    return Refusal("work-not-in-contract", {"work": unknown, "contract": contract.number, "known": list(contract.work)})


# Invoices


def _receive(
    command: ReceivePartnerInvoice, contract: "PartnerContract", history: History
) -> Sequence[Event] | Refusal:
    if command.invoice in invoices(history):
        return Refusal("invoice-already", {"invoice": command.invoice})
    refusal = _not_in([line.work for line in command.lines], contract)
    if refusal is not None:
        return refusal
    for line in command.lines:
        agreed = contract.work[line.work].charge
        if line.charge != agreed:
            details = {"work": line.work, "charge": line.charge, "agreed": agreed, "invoice": command.invoice}
            return Refusal("charged-otherwise", details)
    charged = {charge: _sum(command.lines, charge) for charge in ("fixed", "variable")}
    refusal = _beyond(command, contract, charged)
    return refusal or [PartnerInvoiceReceived(**dict(command), fixed=charged["fixed"], variable=charged["variable"])]


def _sum(lines: Iterable[Line], charge: str) -> Decimal:
    return sum((line.amount for line in lines if line.charge == charge), Decimal())


def _beyond(
    command: ReceivePartnerInvoice, contract: "PartnerContract", charged: Mapping[str, Decimal]
) -> Refusal | None:
    """Refuse what goes beyond the charge that was agreed for the year, where one was."""
    if not contract.fees:
        return None
    fee = contract.fees.get(command.year)
    if fee is None:
        details = {"contract": contract.number, "year": command.year, "years": list(contract.fees)}
        return Refusal("no-such-contract-year", details)
    for charge, amount in charged.items():
        agreed: Decimal | None = getattr(fee, charge)
        invoiced = contract.invoiced.get((command.year, charge), Decimal())
        if agreed is not None and invoiced + amount > agreed:
            return Refusal(
                "beyond-the-charge",
                {
                    "charge": charge,
                    "year": command.year,
                    "amount": str(amount),
                    "invoiced": str(invoiced),
                    "agreed": str(agreed),
                },
            )
    return None


def _about_an_invoice(
    command: DisputePartnerInvoice | SettlePartnerInvoice, history: History, asked: Asked
) -> Sequence[Event] | Refusal:
    found = invoices(history)
    invoice = found.get(command.invoice)
    if invoice is None:
        return Refusal("no-such-invoice", {"invoice": command.invoice, "invoices": list(found)})
    match command:
        case DisputePartnerInvoice():
            lines = [line.work for line in invoice.received.event.lines]
            if invoice.standing != "received":
                return Refusal("invoice-standing", {"invoice": command.invoice, "standing": invoice.standing})
            unknown = next((name for name in command.work if name not in lines), None)
            if unknown is not None:
                return Refusal("not-on-the-invoice", {"work": unknown, "invoice": command.invoice, "lines": lines})
            return too_early(asked.occurred, invoice.received) or [PartnerInvoiceDisputed(**dict(command))]
        case SettlePartnerInvoice():
            if invoice.standing != "disputed":
                return Refusal("invoice-standing", {"invoice": command.invoice, "standing": invoice.standing})
            return too_early(asked.occurred, invoice.disputed) or [PartnerInvoiceSettled(**dict(command))]


# How they stand


@dataclass(frozen=True)
class Invoice:
    """An invoice as it stands: received, disputed, or settled so that it stands or counts no longer."""

    received: Entry[PartnerInvoiceReceived]
    disputed: Entry[PartnerInvoiceDisputed] | None
    settled: Entry[PartnerInvoiceSettled] | None

    @property
    def standing(self) -> Literal["received", "disputed", "stands", "withdrawn"]:
        """How it stands."""
        if self.settled is not None:
            return "stands" if self.settled.event.stands else "withdrawn"
        return "disputed" if self.disputed is not None else "received"


def invoices(history: History) -> Mapping[str, Invoice]:
    """Every invoice by its id."""
    disputed = {entry.event.invoice: entry for entry in history.all(PartnerInvoiceDisputed)}
    settled = {entry.event.invoice: entry for entry in history.all(PartnerInvoiceSettled)}
    return {
        (id := entry.event.invoice): Invoice(entry, disputed.get(id), settled.get(id))
        for entry in history.all(PartnerInvoiceReceived)
    }


@dataclass(frozen=True)
class PartnerContract:
    """A contract as it stands: its end as last extended, its work as amended, its fees by year, and what was invoiced.

    `invoiced` counts by year and charge; an invoice that was settled not to stand is not in it.
    """

    number: int
    signed: Entry[PartnerContractSigned]
    ends: When | None
    work: Mapping[str, Work]
    fees: Mapping[int, YearFee]
    invoiced: Mapping[tuple[int, str], Decimal]
    amendments: tuple[Entry[PartnerContractAmended], ...]
    extensions: tuple[Entry[PartnerContractExtended], ...]
    reviews: tuple[Entry[PartnerContractReviewed], ...]
    ended: Entry[PartnerContractEnded] | None


def contracts(history: History) -> tuple[PartnerContract, ...]:
    """Every contract of the engagement, in order."""
    return tuple(_contract(entry, history) for entry in history.all(PartnerContractSigned))


def _contract(signed: Entry[PartnerContractSigned], history: History) -> PartnerContract:
    number = signed.event.contract

    def own(entries: Iterable[Entry[Any]]) -> tuple[Entry[Any], ...]:
        return tuple(entry for entry in entries if entry.event.contract == number)

    amendments = own(history.all(PartnerContractAmended))
    extensions = own(history.all(PartnerContractExtended))
    work = {each.id: each for each in signed.event.work}
    for amendment in amendments:
        work = {name: each for name, each in work.items() if name not in amendment.event.drops}
        work |= {each.id: each for each in amendment.event.adds}
    fees = {fee.year: fee for entry in (signed, *extensions) for fee in entry.event.fees}
    ended = own(history.all(PartnerContractEnded))
    return PartnerContract(
        number=number,
        signed=signed,
        ends=extensions[-1].event.ends if extensions else signed.event.ends,
        work=work,
        fees=fees,
        invoiced=_invoiced(number, history),
        amendments=amendments,
        extensions=extensions,
        reviews=own(history.all(PartnerContractReviewed)),
        ended=ended[-1] if ended else None,
    )


def _invoiced(contract: int, history: History) -> Mapping[tuple[int, str], Decimal]:
    total: dict[tuple[int, str], Decimal] = {}
    for invoice in invoices(history).values():
        event = invoice.received.event
        if event.contract == contract and invoice.standing != "withdrawn":
            for charge, amount in (("fixed", event.fixed), ("variable", event.variable)):
                total[event.year, charge] = total.get((event.year, charge), Decimal()) + amount
    return total


def cautions(history: History) -> Iterator[Caution]:
    """Contracts of unusual length, fees that do not fall, work without lawyers at the drafting, invoices in dispute."""
    for each in contracts(history):
        signed = each.signed.event
        if signed.years is not None and not SHORTEST <= signed.years <= LONGEST:
            yield Caution("contract-of-unusual-length", {"contract": each.number, "years": signed.years})
        risen = next((y for y in sorted(each.fees) if y > 1 and _fee(each, y) > _fee(each, y - 1)), None)
        if risen is not None:
            yield Caution("fees-do-not-fall", {"contract": each.number, "year": risen})
        if signed.lawyers is False:
            yield Caution("no-lawyers-at-the-drafting", {"contract": each.number})
        if each.reviews and each.reviews[-1].event.indicators_relevant is False:
            yield Caution("indicators-not-relevant", {"contract": each.number, "on": str(each.reviews[-1].occurred)})
    for name, invoice in invoices(history).items():
        if invoice.standing == "disputed":
            yield Caution("invoice-in-dispute", {"invoice": name})


def _fee(contract: PartnerContract, year: int) -> Decimal:
    fee = contract.fees.get(year)
    return fee.fixed + (fee.variable or Decimal()) if fee else Decimal()
