"""A council and its ratings: what is published of it, and which interventions that opens.

Each year a council is rated from two judgements each for adults and for children, giving zero to three stars ([PAT] ch.1).
A rating that a lifecycle `starts` on opens an engagement, unless one is open in that service. At most one engagement is
open in a service; a council may be in two interventions in two services at once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from domain.course import NoteRatingWithdrawn
from domain.dates import When, london_day
from domain.lifecycle import Lifecycle
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.rating_notes import NoteRating
from domain.sealed import Sealed

Service = Literal["social-services", "education", "children", "adults", "housing", "whole-council"]
Serving = Literal["no", "some", "most", "yes"]
"""Serving people well? The sources print no and some; most and yes are `assumed`."""
Capacity = Literal["poor", "uncertain", "promising", "excellent"]
"""Capacity for improvement. The sources print uncertain and promising (poor of a joint review); excellent is `assumed`."""
Moved = Literal["higher", "lower"]


class CouncilFacts(BaseModel):
    """What is known of a council from the register: its GSS code, names, kind, region and the days it existed between."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    gss: str
    short: str
    name: str
    kind: str
    region: str
    start: date | None = None
    end: date | None = None

    @field_validator("start", "end", mode="before")
    @classmethod
    def _empty(cls, value: Any) -> Any:
        return value or None

    @property
    def slug(self) -> str:
        """The short name as it stands in engagement ids: `north-east-lincolnshire`."""
        return re.sub(r"[^a-z0-9]+", "-", self.short.lower()).strip("-")

    def existed(self, on: When) -> bool:
        """Whether the council can have existed on a day."""
        too_early = self.start is not None and on.latest < self.start
        too_late = self.end is not None and on.earliest is not None and on.earliest > self.end
        return not (too_early or too_late)


class Judgement(BaseModel):
    """How one group of services was judged, and how that moved since the year before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    serving: Serving
    capacity: Capacity
    serving_moved: Moved | None = None
    capacity_moved: Moved | None = None


class RatingPublished(Event):
    """A rating was published. `inferred` when no source prints it but it follows from what one says."""

    type: ClassVar[str] = "rating-published"
    service: Service
    stars: int
    round: str | None = None
    adults: Judgement | None = None
    children: Judgement | None = None
    label: str | None = None
    inferred: bool = False
    note: Sealed | None = None


class RatingWithdrawn(Event):
    """A published rating was withdrawn. `rating` is the version of the event that published it."""

    type: ClassVar[str] = "rating-withdrawn"
    rating: int
    reason: Sealed


class AssessmentRecorded(Event):
    """An inspection, joint review or other assessment of the council."""

    type: ClassVar[str] = "assessment-recorded"
    kind: str
    by: str | None = None
    note: Sealed | None = None


class InterventionOpened(Event):
    """A rating opened an engagement in one service."""

    type: ClassVar[str] = "intervention-opened"
    engagement: str
    service: Service
    model: str
    rating: int


class InterventionClosed(Event):
    """An engagement of the council is over; `history` when it was only brought in as history and nothing of it goes on."""

    type: ClassVar[str] = "intervention-closed"
    engagement: str
    end: str


class PublishRating(Command):
    """Publish a rating of the council."""

    type: ClassVar[str] = "publish-rating"
    gives: ClassVar[Kinds] = (RatingPublished, InterventionOpened)
    service: Service
    stars: int = Field(ge=0, le=3)
    round: str | None = Field(default=None, pattern=r"^[a-z-]+-\d{4}-\d{2}-\d{2}$")
    adults: Judgement | None = None
    children: Judgement | None = None
    label: Literal["no-stars-yet", "still-no-stars", "improved-still-no-stars"] | None = None
    inferred: bool = False
    note: Sealed | None = None


class WithdrawRating(Command):
    """Withdraw the council's rating of a round, or the one published at a version of its stream."""

    type: ClassVar[str] = "withdraw-rating"
    gives: ClassVar[Kinds] = (RatingWithdrawn,)
    round: str | None = None
    rating: int | None = None
    reason: Sealed


class RecordAssessment(Command):
    """Put an inspection, joint review or other assessment on the council's record."""

    type: ClassVar[str] = "record-assessment"
    gives: ClassVar[Kinds] = (AssessmentRecorded,)
    kind: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=60)
    by: str | None = Field(default=None, max_length=80)
    note: Sealed | None = None


COMMANDS: Mapping[str, type[Command]] = {c.type: c for c in (PublishRating, WithdrawRating, RecordAssessment)}
EVENTS: Mapping[str, type[Event]] = {
    e.type: e for e in (RatingPublished, RatingWithdrawn, AssessmentRecorded, InterventionOpened, InterventionClosed)
}

MAY: Mapping[str, tuple[str, ...]] = {
    "publish-rating": ("inspectorate.chief-inspector", "department.programme-office"),
    "withdraw-rating": ("inspectorate.chief-inspector", "department.programme-office"),
    "record-assessment": (
        "inspectorate.chief-inspector",
        "inspectorate.regional-director",
        "inspectorate.lead-inspector",
        "department.programme-office",
    ),
}
"""Who may give each command to a council: ratings belong to no lifecycle, so no lifecycle says."""


@dataclass(frozen=True)
class Council:
    """A council as it stands after `version` events of its stream."""

    gss: str
    version: int = 0
    recorded_at: datetime | None = None
    history: History = field(default_factory=History)
    opened: int = 0
    open: Mapping[str, InterventionOpened] = field(default_factory=dict)

    @classmethod
    def new(cls, gss: str) -> Self:
        """A council of which nothing has been recorded."""
        return cls(gss)


@dataclass(frozen=True)
class Telling:
    """A command for an engagement under way, which follows from what happened to its council."""

    engagement: str
    command: Command


def evolve(state: Council, entry: Entry[Any]) -> Council:
    """The council after one more event."""
    event = entry.event
    history = state.history.plus(entry)
    state = replace(state, version=entry.version, recorded_at=entry.recorded_at, history=history)
    match event:
        case InterventionOpened():
            return replace(state, opened=state.opened + 1, open={**state.open, event.engagement: event})
        case InterventionClosed():
            return replace(state, open={k: v for k, v in state.open.items() if k != event.engagement})
    return state


def decide(
    state: Council, facts: CouncilFacts, catalogue: Sequence[Lifecycle], asked: Asked
) -> Sequence[Event] | Refusal:
    """What a command to a council leads to. `catalogue` holds the newest version of each published lifecycle."""
    command, role = asked.command, str(asked.decided_by)
    may = MAY[command.type]
    if role not in may:
        return Refusal("role", {"command": command.type, "role": role, "may": list(may)})
    if str(asked.recorded_by) not in may:
        return Refusal("recorder", {"role": role, "recorder": str(asked.recorded_by), "may": list(may)})
    if When.day(london_day(asked.at)).certainly_before(asked.occurred):
        today = london_day(asked.at).isoformat()
        return Refusal("in-the-future", {"occurred": str(asked.occurred), "today": today})
    if not facts.existed(asked.occurred):
        return Refusal("council-did-not-exist", {"council": facts.name, "occurred": str(asked.occurred)})
    match command:
        case PublishRating():
            return _publish(state, facts, catalogue, asked, command)
        case WithdrawRating():
            return _withdraw(state, command)
        case RecordAssessment():
            return [AssessmentRecorded(kind=command.kind, by=command.by, note=command.note)]
    raise TypeError(command)


def standing_ratings(history: History) -> tuple[Entry[RatingPublished], ...]:
    """The ratings that were not withdrawn, in order."""
    gone = {entry.event.rating for entry in history.all(RatingWithdrawn)}
    return tuple(entry for entry in history.all(RatingPublished) if entry.version not in gone)


def _overtaken(history: History, service: str, occurred: When) -> bool:
    """Whether a rating of that day is certainly older than one that stands: history, which changes nothing now."""
    standing = standing_ratings(history)
    return any(e.event.service == service and occurred.certainly_before(e.occurred) for e in standing)


def _publish(
    state: Council, facts: CouncilFacts, catalogue: Sequence[Lifecycle], asked: Asked, command: PublishRating
) -> Sequence[Event] | Refusal:
    published = {(e.event.round, e.event.service) for e in standing_ratings(state.history)}
    if command.round is not None and (command.round, command.service) in published:
        return Refusal("rated-already", {"council": facts.name, "round": command.round})
    rating = RatingPublished(**{name: getattr(command, name) for name in type(command).model_fields})
    lifecycle = model_for(catalogue, command.service, command.stars)
    if lifecycle is None or any(held.service == command.service for held in state.open.values()):
        return [rating]
    if _overtaken(state.history, command.service, asked.occurred):
        return [rating]
    return [
        rating,
        InterventionOpened(
            engagement=f"{facts.slug}-{state.opened + 1}",
            service=command.service,
            model=lifecycle.ref,
            rating=state.version + 1,
        ),
    ]


def model_for(catalogue: Sequence[Lifecycle], service: str, stars: int) -> Lifecycle | None:
    """The lifecycle that such a rating starts, if there is one."""
    for lifecycle in catalogue:
        starts = lifecycle.starts
        if starts is not None and service in starts.services and stars in starts.stars:
            return lifecycle
    return None


def _withdraw(state: Council, command: WithdrawRating) -> Sequence[Event] | Refusal:
    standing = standing_ratings(state.history)
    found = [
        entry
        for entry in standing
        if (entry.event.round == command.round if command.round else entry.version == command.rating)
    ]
    if not found:
        return Refusal("no-such-rating", {"round": command.round, "rating": command.rating})
    return [RatingWithdrawn(rating=found[-1].version, reason=command.reason)]


def tellings(before: Council, after: Council) -> Sequence[Telling]:
    """What engagements that were open before must be told of the events since then."""
    found: list[Telling] = []
    for entry in after.history.entries[len(before.history.entries) :]:
        match entry.event:
            case RatingPublished(service=service, stars=stars) if not _overtaken(
                after.history, service, entry.occurred
            ):
                found.extend(
                    Telling(name, NoteRating(rating=entry.version, stars=stars))
                    for name, held in before.open.items()
                    if held.service == service
                )
            case RatingWithdrawn(rating=rating, reason=reason):
                found.extend(
                    Telling(name, NoteRatingWithdrawn(rating=rating, reason=reason))
                    for name, held in before.open.items()
                    if held.rating == rating
                )
                found.extend(_reverted(before, after, rating))
    return found


def _reverted(before: Council, after: Council, rating: int) -> Iterator[Telling]:
    """Where a later rating than the one that opened it is withdrawn, the newest that still stands holds again."""
    withdrawn = before.history.at(rating)
    service = withdrawn.event.service if withdrawn else None
    standing = [entry for entry in standing_ratings(after.history) if entry.event.service == service]
    newest = max(standing, key=lambda entry: (entry.occurred.latest, entry.version), default=None)
    for name, held in before.open.items():
        if newest is not None and held.service == service and held.rating != rating:
            yield Telling(name, NoteRating(rating=newest.version, stars=newest.event.stars))
