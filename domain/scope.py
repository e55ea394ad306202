"""The scope: what the team is to do, drafted by the lead inspector with the council ([PAT] ch.2, 3).

A draft says where the failure lies and, for each area of concern, the action required, its priority and the outcome
wanted. Inspectorate and council agree the last one, and a disagreement is recorded, never lost. In practice scopes were
rushed. Diagnosis and the comments on a draft have modules of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import came_after, named_twice, silent, too_early
from domain.course import EventWithdrawn
from domain.dates import When
from domain.diagnosis import DiagnosisDecided, diagnosis
from domain.exit import FurtherPhaseStarted
from domain.gates import standing
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed
from domain.vocabulary import Concern

FailureLocation = Literal["services", "department", "council"]


class Area(BaseModel):
    """An area of concern: the action required, its priority (1 comes first) and the outcome wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    concern: Concern
    action: Sealed | None = None
    priority: int | None = Field(default=None, ge=1, le=100)
    outcome: Sealed | None = None


class ScopeDrafted(Event):
    """A version of the scope was drafted."""

    type: ClassVar[str] = "scope-drafted"
    draft: int
    failure_location: FailureLocation | None = None
    concerns: tuple[Concern, ...] = ()
    actions: Sealed | None = None
    outcomes: Sealed | None = None
    services: tuple[Slug, ...] = ()
    areas: tuple[Area, ...] = ()


class ScopeAgreed(Event):
    """A party agreed to the draft."""

    type: ClassVar[str] = "scope-agreed"
    draft: int


class ScopeDisputed(Event):
    """A party does not agree with the draft, and this stays visible whatever comes of it."""

    type: ClassVar[str] = "scope-disputed"
    draft: int
    reason: Sealed


class DraftScope(Command):
    """Draft the scope, or a new version of it; earlier agreement does not carry over."""

    type: ClassVar[str] = "draft-scope"
    gives: ClassVar[Kinds] = (ScopeDrafted,)
    failure_location: FailureLocation | None = None
    concerns: tuple[Concern, ...] = ()
    actions: Sealed | None = None
    outcomes: Sealed | None = None
    services: tuple[Slug, ...] = ()
    areas: tuple[Area, ...] = ()


class AgreeScope(Command):
    """Agree to the draft for one's party."""

    type: ClassVar[str] = "agree-scope"
    gives: ClassVar[Kinds] = (ScopeAgreed,)
    needs: ClassVar[Kinds] = (ScopeDrafted,)


class DisputeScope(Command):
    """Record that one's party does not agree, and why; what it agreed to before no longer counts."""

    type: ClassVar[str] = "dispute-scope"
    gives: ClassVar[Kinds] = (ScopeDisputed,)
    needs: ClassVar[Kinds] = (ScopeDrafted,)
    reason: Sealed


Word = TypeVar("Word", ScopeAgreed, ScopeDisputed)

COMMANDS = (DraftScope, AgreeScope, DisputeScope)
EVENTS = (ScopeDrafted, ScopeAgreed, ScopeDisputed)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the scope."""
    match command:
        case DraftScope():
            return _draft(command, history, asked)
        case AgreeScope():
            draft, party = history.in_phase(ScopeDrafted)[-1], asked.decided_by.party
            if party in _agreed(history):
                return Refusal("agreed-already", {"party": party, "draft": draft.event.draft})
            return too_early(asked.occurred, draft) or [ScopeAgreed(draft=draft.event.draft)]
        case DisputeScope(reason=reason):
            return [ScopeDisputed(draft=draft_on(asked.occurred, history), reason=reason)]
    raise TypeError(command)


def _draft(command: DraftScope, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    refusal = named_twice("areas", [area.concern for area in command.areas])
    refusal = refusal or named_twice("services", command.services)
    if refusal is not None:
        return refusal
    missing = list(_left_out(command))
    if missing and not silent(asked):
        return Refusal("scope-incomplete", {"missing": missing})
    last = history.last(ScopeDrafted)
    return [ScopeDrafted(draft=last.event.draft + 1 if last else 1, **dict(command))]


def _left_out(draft: DraftScope) -> Iterator[str]:
    """What the department's template asks for and the draft does not say."""
    if draft.failure_location is None:
        yield "failure_location"
    if draft.failure_location == "services" and not draft.services:
        yield "services"
    if not draft.areas:
        yield "areas"
    for area in draft.areas:
        yield from (f"{area.concern}.{name}" for name in ("action", "priority", "outcome") if not getattr(area, name))


def draft_on(occurred: When, history: History) -> int:
    """The draft that stood on a day: a word on an earlier one may be recorded after the next was drafted."""
    drafts = history.in_phase(ScopeDrafted)
    return [entry.event.draft for entry in drafts if not occurred.certainly_before(entry.occurred)][-1]


# What stands


@dataclass(frozen=True)
class ScopeStanding:
    """The latest draft of the phase, which parties agree to it, and which dispute it as it stands."""

    drafted: Entry[ScopeDrafted]
    rounds: int
    agreed: tuple[str, ...]
    disputed: tuple[str, ...]
    diagnosis: DiagnosisDecided | None


@dataclass(frozen=True)
class Disagreement:
    """A disagreement with a draft. `agreed_to` is the draft that the party agreed to afterwards in the same phase, if any."""

    phase: int
    draft: int
    version: int
    occurred: When
    party: str
    role: str
    reason: Sealed
    agreed_to: int | None


def scope_standing(history: History) -> ScopeStanding | None:
    """The scope of the phase as it stands; None while nothing is drafted."""
    drafts = history.in_phase(ScopeDrafted)
    if not drafts:
        return None
    agreed = _agreed(history)
    disputed = dict.fromkeys(entry.decided_by.party for entry in _about(drafts[-1], ScopeDisputed, history))
    return ScopeStanding(
        drafted=drafts[-1],
        rounds=len(drafts),
        agreed=tuple(sorted(agreed)),
        disputed=tuple(party for party in disputed if party not in agreed),
        diagnosis=diagnosis(history),
    )


def _agreed(history: History) -> Mapping[str, Entry[ScopeAgreed]]:
    """By party, its agreement to the latest draft of the phase, where it still holds."""
    drafts = history.in_phase(ScopeDrafted)
    if not drafts:
        return {}
    return standing(_about(drafts[-1], ScopeAgreed, history), _about(drafts[-1], ScopeDisputed, history))


def _about(draft: Entry[ScopeDrafted], kind: type[Word], history: History) -> list[Entry[Word]]:
    """What was said of a draft. After the last one is withdrawn, what was said of it is not of the one before."""
    return [entry for entry in history.all(kind, draft.version) if entry.event.draft == draft.event.draft]


def disagreements(history: History) -> tuple[Disagreement, ...]:
    """Every disagreement of the engagement, in all its phases. Agreement later takes none away."""
    starts = [entry.version for entry in history.all(FurtherPhaseStarted)]

    def phase_of(entry: Entry[ScopeAgreed] | Entry[ScopeDisputed]) -> int:
        return 1 + sum(start < entry.version for start in starts)

    found = []
    for entry in history.all(ScopeDisputed):
        by, phase = entry.decided_by, phase_of(entry)
        later = [
            agreed.event.draft
            for agreed in history.all(ScopeAgreed)
            if agreed.decided_by.party == by.party and phase_of(agreed) == phase and came_after(agreed, entry)
        ]
        found.append(
            Disagreement(
                phase=phase,
                draft=entry.event.draft,
                version=entry.version,
                occurred=entry.occurred,
                party=by.party,
                role=str(by),
                reason=entry.event.reason,
                agreed_to=later[-1] if later else None,
            )
        )
    return tuple(found)


def cautions(history: History) -> Iterator[Caution]:
    """A scope agreed before anybody decided on diagnosis, and a disagreement taken off the record."""
    stands = scope_standing(history)
    if stands is not None and stands.agreed and stands.diagnosis is None:
        yield Caution("diagnosis-not-decided", {"draft": stands.drafted.event.draft})
    for entry in history.all(EventWithdrawn):
        if entry.event.withdraws == ScopeDisputed.type:
            yield Caution("disagreement-withdrawn", {"version": entry.event.version, "role": str(entry.decided_by)})
