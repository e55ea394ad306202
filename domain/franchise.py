"""The franchise: which council lends its people to which end, what it may cost, who pays, and in which phases ([KENT] 3).

The contract names a value that charges come up to, and the grants towards it; the rest is the council's own. What is named
adds up exactly, and nothing is charged beyond the value unless a change of the contract raises it. The phases lie within the
contract's term and leave no gap: each begins the day, or the month, after the one before. A phase begins when the contract
says; one that slips is a change of the contract. Charges are claimed by the partner and answered by somebody else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.checks import named_twice, silent, too_early
from domain.course import EngagementOpened
from domain.dates import When
from domain.numbering import next_number
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.people import Gss
from domain.quantities import Firm, Money, Payment
from domain.sealed import Sealed

PhaseKind = Literal["introduction", "interim-management", "partner-lead", "council-lead"]
"""Introductions and first workstreams; interim management by the partner; the partner leads; the council leads, and the
partner withdraws as planned ([KENT] 3)."""

ORDER: tuple[str, ...] = get_args(PhaseKind)


def _day_or_month(when: When) -> When:
    if when.earliest is None or "/" in when.printed or when.latest - when.earliest > timedelta(days=30):
        raise ValueError("a phase begins and ends on a day (2005-04-01) or in a month (2005-04)")
    return when


Bound = Annotated[When, AfterValidator(_day_or_month)]
"""When a phase begins or ends: a day or a month."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Grant(_Value):
    """Money that somebody else gives towards the franchise, such as a department."""

    giver: Firm
    amount: Payment


class Phase(_Value):
    """A phase of the franchise: who leads in it follows from its kind."""

    kind: PhaseKind
    begins: Bound
    ends: Bound
    title: Sealed | None = None


class FranchiseAgreed(Event):
    """Two councils agreed on a franchise. Agreed money is public, so it is not sealed."""

    type: ClassVar[str] = "franchise-agreed"
    partner: Gss
    starts: When | None = None
    ends: When | None = None
    value: Money | None = None
    grants: tuple[Grant, ...] = ()
    own_share: Money | None = None
    phases: tuple[Phase, ...] = ()
    stars_then: int | None = None
    stars_wanted: int | None = None
    aim: Sealed | None = None
    document: Sealed | None = None


class FranchiseChanged(Event):
    """The contract was changed. It says the terms as they stand from now on; `phase_ends` is the end of the running phase."""

    type: ClassVar[str] = "franchise-changed"
    ends: When | None = None
    value: Money | None = None
    grants: tuple[Grant, ...] = ()
    own_share: Money | None = None
    phases: tuple[Phase, ...] = ()
    phase_ends: When | None = None
    reason: Sealed | None = None
    document: Sealed | None = None


class FranchisePhaseBegun(Event):
    """A phase began. `ends` is when it was to end by the contract of that day."""

    type: ClassVar[str] = "franchise-phase-begun"
    undisputed: ClassVar[frozenset[str]] = frozenset(("kind",))
    kind: PhaseKind
    ends: When


class FranchiseChargeClaimed(Event):
    """The partner claimed a charge under the contract. Claims count from 1."""

    type: ClassVar[str] = "franchise-charge-claimed"
    undisputed: ClassVar[frozenset[str]] = frozenset(("claim",))
    claim: int
    amount: Payment
    text: Sealed | None = None
    document: Sealed | None = None


class FranchiseChargeAnswered(Event):
    """A charge was accepted or refused. What is refused counts no longer."""

    type: ClassVar[str] = "franchise-charge-answered"
    undisputed: ClassVar[frozenset[str]] = frozenset(("claim",))
    claim: int
    accepted: bool
    reason: Sealed | None = None


class AgreeFranchise(Command):
    """Record the contract of two councils: the partner, the aim, what it may cost and who pays, and its phases."""

    type: ClassVar[str] = "agree-franchise"
    gives: ClassVar[Kinds] = (FranchiseAgreed,)
    partner: Gss
    starts: When | None = None
    ends: When | None = None
    value: Money | None = None
    grants: tuple[Grant, ...] = ()
    own_share: Money | None = None
    phases: tuple[Phase, ...] = ()
    stars_then: int | None = Field(default=None, ge=0, le=3)
    stars_wanted: int | None = Field(default=None, ge=0, le=3)
    aim: Sealed | None = None
    document: Sealed | None = None


class ChangeFranchise(Command):
    """Change the contract. What is left out stays as it is; lists are given whole."""

    type: ClassVar[str] = "change-franchise"
    gives: ClassVar[Kinds] = (FranchiseChanged,)
    needs: ClassVar[Kinds] = (FranchiseAgreed,)
    ends: When | None = None
    value: Money | None = None
    grants: tuple[Grant, ...] | None = None
    own_share: Money | None = None
    phases: tuple[Phase, ...] | None = None
    reason: Sealed | None = None
    document: Sealed | None = None


class BeginFranchisePhase(Command):
    """Record that the next phase began."""

    type: ClassVar[str] = "begin-franchise-phase"
    gives: ClassVar[Kinds] = (FranchisePhaseBegun,)
    needs: ClassVar[Kinds] = (FranchiseAgreed,)
    kind: PhaseKind


class ClaimFranchiseCharge(Command):
    """Claim a charge under the contract."""

    type: ClassVar[str] = "claim-franchise-charge"
    gives: ClassVar[Kinds] = (FranchiseChargeClaimed,)
    needs: ClassVar[Kinds] = (FranchiseAgreed,)
    amount: Payment
    text: Sealed | None = None
    document: Sealed | None = None


class AnswerFranchiseCharge(Command):
    """Accept or refuse a charge that was claimed. A refusal needs a reason."""

    type: ClassVar[str] = "answer-franchise-charge"
    gives: ClassVar[Kinds] = (FranchiseChargeAnswered,)
    needs: ClassVar[Kinds] = (FranchiseChargeClaimed,)
    claim: int = Field(ge=1)
    accepted: bool
    reason: Sealed | None = None


COMMANDS = (AgreeFranchise, ChangeFranchise, BeginFranchisePhase, ClaimFranchiseCharge, AnswerFranchiseCharge)
EVENTS = (
    FranchiseAgreed,
    FranchiseChanged,
    FranchisePhaseBegun,
    FranchiseChargeClaimed,
    FranchiseChargeAnswered,
)

_WANTED = ("starts", "ends", "value", "own_share", "phases", "aim", "document")


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the franchise."""
    match command:
        case AgreeFranchise():
            return _agree(command, history, asked)
        case ChangeFranchise():
            return _change(command, history, asked)
        case BeginFranchisePhase():
            return _begin(command.kind, history, asked)
        case ClaimFranchiseCharge():
            return _claim(command, history, asked)
        case AnswerFranchiseCharge():
            return _answer(command, history, asked)
    raise TypeError(command)


def _agree(command: AgreeFranchise, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if history.has(FranchiseAgreed):
        return Refusal("franchise-agreed-already", {})
    opening = history.last(EngagementOpened)
    if opening is not None and opening.event.council == command.partner:
        return Refusal("own-partner", {"council": command.partner})
    missing = [name for name in _WANTED if getattr(command, name) in (None, ())]
    if missing and not silent(asked):
        return Refusal("franchise-incomplete", {"missing": missing})
    agreed = FranchiseAgreed(**dict(command))
    return contradiction(_first_terms(agreed)) or [agreed]


def _change(command: ChangeFranchise, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    before = _standing_terms(history)
    if not silent(asked):
        if command.reason is None:
            return Refusal("reason-needed", {"command": command.type})
        if command.document is None:
            return Refusal("document-needed", {"command": command.type})
    names = ("ends", "value", "grants", "own_share", "phases")
    given = {name: value for name in names if (value := getattr(command, name)) is not None}
    if all(getattr(before, name) == value for name, value in given.items()):
        return Refusal("franchise-change-empty", {})
    after = replace(before, **given)
    refusal = contradiction(after) or _against_what_was(after, history)
    if refusal is not None:
        return refusal
    running = _begun(history)
    return too_early(asked.occurred, last_word(history)) or [
        FranchiseChanged(
            ends=after.ends,
            value=after.value,
            grants=after.grants,
            own_share=after.own_share,
            phases=after.phases,
            phase_ends=next(
                (each.ends for each in after.phases if running and each.kind == running[-1].event.kind), None
            ),
            reason=command.reason,
            document=command.document,
        )
    ]


def _against_what_was(after: "Terms", history: History) -> Refusal | None:
    """What has begun stays where it began, and what is charged stays covered."""
    planned = {phase.kind: phase for phase in after.phases}
    before = {phase.kind: phase for phase in _standing_terms(history).phases}
    for entry in _begun(history):
        kind = entry.event.kind
        if kind not in planned or planned[kind].begins != before[kind].begins:
            return Refusal("phase-begun-otherwise", {"phase": kind, "on": str(entry.occurred)})
    charged = _charged(history)
    if after.value is not None and charged > after.value:
        return Refusal("value-below-charges", {"value": str(after.value), "charged": str(charged)})
    return None


def _begin(kind: PhaseKind, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    terms, begun = _standing_terms(history), _begun(history)
    planned = {phase.kind: phase for phase in terms.phases}
    to_come = [name for name in planned if name not in {entry.event.kind for entry in begun}]
    if kind not in to_come[:1]:
        return Refusal("phase-not-next", {"phase": kind, "following": to_come[0] if to_come else None})
    phase = planned[kind]
    if asked.occurred.certainly_before(phase.begins) or phase.begins.certainly_before(asked.occurred):
        details = {"phase": kind, "begins": str(phase.begins), "occurred": str(asked.occurred)}
        return Refusal("phase-begins-otherwise", details)
    return [FranchisePhaseBegun(kind=kind, ends=phase.ends)]


def _claim(command: ClaimFranchiseCharge, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.document is None and not silent(asked):
        return Refusal("document-needed", {"command": command.type})
    value, charged = _standing_terms(history).value, _charged(history)
    if value is not None and charged + command.amount > value:
        details = {"amount": str(command.amount), "left": str(value - charged), "value": str(value)}
        return Refusal("charge-beyond-value", details)
    return [FranchiseChargeClaimed(claim=next_number(history, FranchiseChargeClaimed), **dict(command))]


def _answer(command: AnswerFranchiseCharge, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    found = {charge.number: charge for charge in charges(history)}
    charge = found.get(command.claim)
    if charge is None:
        return Refusal("no-such-charge", {"claim": command.claim, "claims": list(found)})
    if charge.answered is not None:
        return Refusal("charge-answered-already", {"claim": charge.number, "on": str(charge.answered.occurred)})
    claimant, by = charge.claimed.decided_by, asked.decided_by
    if str(claimant) == str(by) or (by.person is not None and by.person == claimant.person):
        return Refusal("own-charge", {"claim": charge.number})
    if not command.accepted and command.reason is None and not silent(asked):
        return Refusal("reason-needed", {"command": command.type})
    return too_early(asked.occurred, charge.claimed) or [FranchiseChargeAnswered(**dict(command))]


# The terms


@dataclass(frozen=True)
class Terms:
    """The contract as it stands: who lends, from when to when, up to which value, paid by whom, in which phases."""

    partner: str
    starts: When | None
    ends: When | None
    value: Decimal | None
    grants: tuple[Grant, ...]
    own_share: Decimal | None
    phases: tuple[Phase, ...]


def _first_terms(agreed: FranchiseAgreed) -> Terms:
    return Terms(
        partner=agreed.partner,
        starts=agreed.starts,
        ends=agreed.ends,
        value=agreed.value,
        grants=agreed.grants,
        own_share=agreed.own_share,
        phases=agreed.phases,
    )


def terms(history: History) -> Terms | None:
    """The terms that stand: as agreed, or as last changed; None before there is a contract."""
    agreed, changed = history.last(FranchiseAgreed), history.last(FranchiseChanged)
    if agreed is None:
        return None
    first = _first_terms(agreed.event)
    if changed is None:
        return first
    given = {name: getattr(changed.event, name) for name in ("ends", "value", "grants", "own_share", "phases")}
    return replace(first, **given)


def _standing_terms(history: History) -> Terms:
    found = terms(history)
    assert found is not None  # the command needs a contract
    return found


def last_word(history: History) -> Entry[FranchiseAgreed] | Entry[FranchiseChanged] | None:
    """The contract, or its last change."""
    return history.last(FranchiseChanged) or history.last(FranchiseAgreed)


def contradiction(terms: Terms) -> Refusal | None:
    """Why terms can't all hold; None where they do. What is not named contradicts nothing."""
    if terms.starts and terms.ends and terms.ends.certainly_before(terms.starts):
        return Refusal("ends-before-it-starts", {"starts": str(terms.starts), "ends": str(terms.ends)})
    return _does_not_add_up(terms) or _gap(terms.phases) or _not_the_term(terms)


def _does_not_add_up(terms: Terms) -> Refusal | None:
    granted = sum((grant.amount for grant in terms.grants), Decimal())
    if terms.value is None:
        return None
    if granted > terms.value:
        return Refusal("grants-beyond-value", {"grants": str(granted), "value": str(terms.value)})
    if terms.own_share is not None and granted + terms.own_share != terms.value:
        details = {"grants": str(granted), "own_share": str(terms.own_share), "value": str(terms.value)}
        return Refusal("funding-does-not-add-up", details)
    return None


def _gap(phases: Sequence[Phase]) -> Refusal | None:
    kinds = [phase.kind for phase in phases]
    if (twice := named_twice("phases", kinds)) is not None:
        return twice
    if kinds != sorted(kinds, key=ORDER.index):
        return Refusal("phases-out-of-order", {"phases": kinds, "order": sorted(kinds, key=ORDER.index)})
    for phase in phases:
        if phase.ends.certainly_before(phase.begins):
            return Refusal("ends-before-it-starts", {"starts": str(phase.begins), "ends": str(phase.ends)})
    for before, phase in pairwise(phases):
        after = before.ends.latest + timedelta(days=1)
        if phase.begins.earliest != after:
            return Refusal(
                "phase-does-not-follow",
                {
                    "phase": phase.kind,
                    "begins": str(phase.begins),
                    "before": before.kind,
                    "ends": str(before.ends),
                    "wanted": str(after),
                },
            )
    return None


def _not_the_term(terms: Terms) -> Refusal | None:
    if not terms.phases:
        return None
    first, last = terms.phases[0].begins, terms.phases[-1].ends
    sides = (("starts", terms.starts, first), ("ends", terms.ends, last))
    for what, term, phases in sides:
        if term is None:
            continue
        edges = (term.earliest, phases.earliest) if what == "starts" else (term.latest, phases.latest)
        if edges[0] != edges[1]:
            return Refusal("phases-not-the-term", {"what": what, "term": str(term), "phases": str(phases)})
    return None


# Phases and charges


def _begun(history: History) -> tuple[Entry[FranchisePhaseBegun], ...]:
    return history.all(FranchisePhaseBegun)


@dataclass(frozen=True)
class PhaseStanding:
    """A phase of the contract, and its beginning where it has begun."""

    phase: Phase
    begun: Entry[FranchisePhaseBegun] | None


def phases(history: History) -> tuple[PhaseStanding, ...]:
    """The phases of the contract as it stands, in order."""
    found, begun = terms(history), {entry.event.kind: entry for entry in _begun(history)}
    return tuple(PhaseStanding(phase, begun.get(phase.kind)) for phase in found.phases) if found else ()


@dataclass(frozen=True)
class FranchiseCharge:
    """A charge that the partner claimed, and the answer to it."""

    claimed: Entry[FranchiseChargeClaimed]
    answered: Entry[FranchiseChargeAnswered] | None

    @property
    def number(self) -> int:
        """Which claim it is, counted from 1."""
        return self.claimed.event.claim

    @property
    def amount(self) -> Decimal:
        """What it comes to."""
        return self.claimed.event.amount

    @property
    def refused(self) -> bool:
        """Whether it counts no longer."""
        return self.answered is not None and not self.answered.event.accepted


def charges(history: History) -> tuple[FranchiseCharge, ...]:
    """Every charge that was claimed, in order."""
    answers = {entry.event.claim: entry for entry in history.all(FranchiseChargeAnswered)}
    return tuple(
        FranchiseCharge(entry, answers.get(entry.event.claim)) for entry in history.all(FranchiseChargeClaimed)
    )


def _charged(history: History) -> Decimal:
    return sum((charge.amount for charge in charges(history) if not charge.refused), Decimal())


@dataclass(frozen=True)
class Balance:
    """The money of a franchise: its value, what is granted, claimed (refusals aside) and accepted, and what is left."""

    value: Decimal | None
    granted: Decimal
    claimed: Decimal
    accepted: Decimal

    @property
    def left(self) -> Decimal | None:
        """What may still be claimed; None where no value is known."""
        return None if self.value is None else self.value - self.claimed


def money(history: History) -> Balance | None:
    """How the money stands; None before there is a contract."""
    found = terms(history)
    if found is None:
        return None
    accepted = (charge.amount for charge in charges(history) if charge.answered and charge.answered.event.accepted)
    return Balance(
        value=found.value,
        granted=sum((grant.amount for grant in found.grants), Decimal()),
        claimed=_charged(history),
        accepted=sum(accepted, Decimal()),
    )


def cautions(history: History) -> Iterator[Caution]:
    """Terms that a correction has left contradicting themselves, and charges beyond the value."""
    found = terms(history)
    if found is None:
        return
    wrong = contradiction(found)
    if wrong is not None:
        yield Caution("franchise-contradicts-itself", {"rule": wrong.rule})
    charged = _charged(history)
    if found.value is not None and charged > found.value:
        yield Caution("charged-beyond-value", {"charged": str(charged), "value": str(found.value)})
