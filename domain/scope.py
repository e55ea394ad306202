"""The scope: what the team is to do, drafted by the lead inspector with the council ([PAT] ch.2, 3).

A draft says where the failure lies and, for each area of concern, the action required, its priority and the outcome
wanted; whether more diagnosis is needed is decided from the quality and the age of what is known. Each draft is a round
of comment. Inspectorate and council agree the last one, and a disagreement is recorded, never lost. In practice scopes
were rushed, and councils felt "done to".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import came_after, named_twice, silent, too_early
from domain.course import EventWithdrawn
from domain.dates import When
from domain.exit import FurtherPhaseStarted
from domain.gates import standing
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed
from domain.vocabulary import Concern

FailureLocation = Literal["services", "department", "council"]
Quality = Literal["good", "partial", "poor"]
Method = Literal["groups", "documents", "interviews"]


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


class DiagnosisDecided(Event):
    """Whether further diagnosis is needed, given how good and how old the knowledge is. `newest` dates its latest part."""

    type: ClassVar[str] = "diagnosis-decided"
    needed: bool
    quality: Quality | None = None
    newest: When | None = None
    method: Method | None = None
    reason: Sealed | None = None


class ScopeCommented(Event):
    """A party commented on the draft. Comments of a phase are numbered from 1."""

    type: ClassVar[str] = "scope-commented"
    draft: int
    text: Sealed
    comment: int | None = None


class CommentAnswered(Event):
    """A comment on the scope was answered: taken up or not, and why."""

    type: ClassVar[str] = "comment-answered"
    comment: int
    taken: bool
    answer: Sealed


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


class DecideDiagnosis(Command):
    """Decide whether further diagnosis is needed before the work, and how it is to be made."""

    type: ClassVar[str] = "decide-diagnosis"
    gives: ClassVar[Kinds] = (DiagnosisDecided,)
    needed: bool
    quality: Quality | None = None
    newest: When | None = None
    method: Method | None = None
    reason: Sealed | None = None


class CommentOnScope(Command):
    """Comment on the draft."""

    type: ClassVar[str] = "comment-on-scope"
    gives: ClassVar[Kinds] = (ScopeCommented,)
    needs: ClassVar[Kinds] = (ScopeDrafted,)
    text: Sealed


class AnswerComment(Command):
    """Answer a comment on the scope, by its number."""

    type: ClassVar[str] = "answer-comment"
    gives: ClassVar[Kinds] = (CommentAnswered,)
    needs: ClassVar[Kinds] = (ScopeCommented,)
    comment: int = Field(ge=1)
    taken: bool
    answer: Sealed


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

COMMANDS = (DraftScope, DecideDiagnosis, CommentOnScope, AnswerComment, AgreeScope, DisputeScope)
EVENTS = (ScopeDrafted, DiagnosisDecided, ScopeCommented, CommentAnswered, ScopeAgreed, ScopeDisputed)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the scope."""
    match command:
        case DraftScope():
            return _draft(command, history, asked)
        case DecideDiagnosis():
            return _diagnose(command, asked)
        case CommentOnScope(text=text):
            number = max(_numbered(history), default=0) + 1
            return [ScopeCommented(draft=_draft_on(asked.occurred, history), text=text, comment=number)]
        case AnswerComment():
            return _answer(command, history, asked)
        case AgreeScope():
            draft, party = history.in_phase(ScopeDrafted)[-1], asked.decided_by.party
            if party in _agreed(history):
                return Refusal("agreed-already", {"party": party, "draft": draft.event.draft})
            return too_early(asked.occurred, draft) or [ScopeAgreed(draft=draft.event.draft)]
        case DisputeScope(reason=reason):
            return [ScopeDisputed(draft=_draft_on(asked.occurred, history), reason=reason)]
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


def _diagnose(command: DecideDiagnosis, asked: Asked) -> Sequence[Event] | Refusal:
    if command.method is not None and not command.needed:
        return Refusal("method-without-diagnosis", {"method": command.method})
    if command.newest is not None and asked.occurred.certainly_before(command.newest):
        return Refusal("newer-than-the-decision", {"newest": str(command.newest), "occurred": str(asked.occurred)})
    wanted = ("quality", "newest", "reason", *(["method"] if command.needed else []))
    missing = [name for name in wanted if getattr(command, name) is None]
    if missing and not silent(asked):
        return Refusal("diagnosis-incomplete", {"missing": missing})
    return [DiagnosisDecided(**dict(command))]


def _draft_on(occurred: When, history: History) -> int:
    """The draft that stood on a day: a word on an earlier one may be recorded after the next was drafted."""
    drafts = history.in_phase(ScopeDrafted)
    return [entry.event.draft for entry in drafts if not occurred.certainly_before(entry.occurred)][-1]


def _answer(command: AnswerComment, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    numbered = _numbered(history)
    if command.comment not in numbered:
        return Refusal("no-such-comment", {"comment": command.comment, "comments": sorted(numbered)})
    comment = numbered[command.comment]
    if _answer_to(command.comment, comment, history) is not None:
        return Refusal("comment-answered-already", {"comment": command.comment})
    answered = CommentAnswered(comment=command.comment, taken=command.taken, answer=command.answer)
    return too_early(asked.occurred, comment) or [answered]


def _numbered(history: History) -> Mapping[int, Entry[ScopeCommented]]:
    """The comments of the phase by their numbers. Those recorded before there were numbers count as they came."""
    return {entry.event.comment or n: entry for n, entry in enumerate(history.in_phase(ScopeCommented), start=1)}


def _answer_to(number: int, comment: Entry[ScopeCommented], history: History) -> Entry[CommentAnswered] | None:
    """The answer to a comment. One before it was to a comment that bore the number once and was withdrawn."""
    answers = history.all(CommentAnswered, comment.version)
    return next((entry for entry in answers if entry.event.comment == number), None)


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


@dataclass(frozen=True)
class Comment:
    """A comment on a draft, and what was answered. `taken` is None while it waits for an answer."""

    number: int
    draft: int
    version: int
    occurred: When
    party: str
    role: str
    text: Sealed
    taken: bool | None
    answer: Sealed | None


def scope_standing(history: History) -> ScopeStanding | None:
    """The scope of the phase as it stands; None while nothing is drafted."""
    drafts = history.in_phase(ScopeDrafted)
    if not drafts:
        return None
    agreed = _agreed(history)
    disputed = dict.fromkeys(entry.decided_by.party for entry in _about(drafts[-1], ScopeDisputed, history))
    diagnosis = history.in_phase(DiagnosisDecided)
    return ScopeStanding(
        drafted=drafts[-1],
        rounds=len(drafts),
        agreed=tuple(sorted(agreed)),
        disputed=tuple(party for party in disputed if party not in agreed),
        diagnosis=diagnosis[-1].event if diagnosis else None,
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


def comments(history: History) -> tuple[Comment, ...]:
    """The comments of the phase with their answers, in order."""
    found = []
    for number, entry in _numbered(history).items():
        answer = _answer_to(number, entry, history)
        found.append(
            Comment(
                number=number,
                draft=entry.event.draft,
                version=entry.version,
                occurred=entry.occurred,
                party=entry.decided_by.party,
                role=str(entry.decided_by),
                text=entry.event.text,
                taken=answer.event.taken if answer else None,
                answer=answer.event.answer if answer else None,
            )
        )
    return tuple(found)


def cautions(history: History) -> Iterator[Caution]:
    """Diagnosis repeated or left out, a council that was not heard, and a disagreement taken off the record."""
    stands = scope_standing(history)
    diagnosis = history.in_phase(DiagnosisDecided)
    if diagnosis:
        yield from _of_diagnosis(diagnosis[-1].event)
    elif stands is not None and stands.agreed:
        yield Caution("diagnosis-not-decided", {"draft": stands.drafted.event.draft})
    if stands is not None:
        first = history.in_phase(ScopeDrafted)[0].event.draft
        if (stands.rounds > 1 or "council" in stands.agreed) and not _council_heard(first, history):
            yield Caution("council-not-heard", {"draft": first})
    for entry in history.all(EventWithdrawn):
        if entry.event.withdraws == ScopeDisputed.type:
            yield Caution("disagreement-withdrawn", {"version": entry.event.version, "role": str(entry.decided_by)})


def _of_diagnosis(decided: DiagnosisDecided) -> Iterator[Caution]:
    if decided.needed and decided.method == "interviews" and decided.quality == "good":
        yield Caution("interviews-again", {"quality": decided.quality})
    if not decided.needed and decided.quality == "poor":
        yield Caution("diagnosis-left-out", {"quality": decided.quality})


def _council_heard(draft: int, history: History) -> bool:
    kinds: tuple[type[ScopeCommented] | type[ScopeDisputed], ...] = (ScopeCommented, ScopeDisputed)
    spoken = [entry for kind in kinds for entry in history.in_phase(kind)]
    return any(entry.decided_by.party == "council" and entry.event.draft == draft for entry in spoken)
