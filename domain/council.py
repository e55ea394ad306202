"""A council: what is published of it, what it answers, and which interventions are opened in it.

A rating that a lifecycle `starts` on opens an engagement, unless one is open in that service: zero stars place a council on
special measures ([PAT] ch.1). From 2004 teams were also tried preventively, with struggling one-star councils, and as
small direct commissions ([PAT] ch.1): the programme office opens those, and those of models that no rating starts. At most
one engagement is open in a service; a council may be in two interventions in two services at once.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from domain import assessments, disputes, population, ratings
from domain.actors import OFFICE_ROLE
from domain.assessments import AssessmentRecorded, RecordAssessment
from domain.checks import ahead, silent
from domain.course import Kind, NoteRatingWithdrawn, reread
from domain.dates import When
from domain.disputes import ChooseFact, DisputeFact, FactChosen, FactDisputed
from domain.judgements import Judgement
from domain.lifecycle import Lifecycle
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.population import PopulationRecorded, RecordPopulation
from domain.rating_notes import NoteRating, NoteRatingLapsed
from domain.ratings import (
    AnswerRating,
    RatingAnswered,
    RatingPublished,
    RatingWithdrawn,
    Service,
    WithdrawRating,
    in_force,
    newest_rating,
    standing_ratings,
)
from domain.sealed import Sealed


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


class InterventionOpened(Event):
    """An engagement was opened in one service, by a rating or by the programme office.

    `rating` is the version of the rating it rests on: withdrawn, the engagement was opened in error. A direct commission
    rests on none. `kind` is None in events of before there was more than one.
    """

    type: ClassVar[str] = "intervention-opened"
    beyond_correction: ClassVar[bool] = True
    engagement: str
    service: Service
    model: str
    rating: int | None = None
    kind: Kind | None = None
    reason: Sealed | None = None
    trigger: str | None = None


class InterventionClosed(Event):
    """An engagement of the council is over; `history` when it was only brought in as history and nothing of it goes on."""

    type: ClassVar[str] = "intervention-closed"
    beyond_correction: ClassVar[bool] = True
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
    label: Literal["no-stars-yet", "still-no-stars", "improved-still-no-stars", "no-star", "one-star"] | None = None
    inferred: bool = False
    note: Sealed | None = None
    refresh: bool = False
    moved_since: When | None = None


class OpenEngagement(Command):
    """Open an engagement that no rating opens: of a kind, on the model that takes it, or of a model, for a trigger of its own.

    The kinds are preventively with a one-star council, and as a small direct commission. `version` of the model is the
    newest where it is left out.
    """

    type: ClassVar[str] = "open-engagement"
    gives: ClassVar[Kinds] = (InterventionOpened,)
    service: Service
    kind: Literal["preventive", "direct-commission"] | None = None
    reason: Sealed | None = None
    model: str | None = Field(default=None, pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=80)
    version: int | None = Field(default=None, ge=1)
    trigger: str | None = Field(default=None, pattern=r"^[a-z]+(?:-[a-z0-9]+)*$", max_length=80)


COMMANDS: Mapping[str, type[Command]] = {
    c.type: c
    for c in (
        PublishRating,
        WithdrawRating,
        AnswerRating,
        OpenEngagement,
        RecordAssessment,
        RecordPopulation,
        DisputeFact,
        ChooseFact,
    )
}
EVENTS: Mapping[str, type[Event]] = {
    e.type: e
    for e in (
        RatingPublished,
        RatingWithdrawn,
        RatingAnswered,
        AssessmentRecorded,
        PopulationRecorded,
        InterventionOpened,
        InterventionClosed,
        FactDisputed,
        FactChosen,
    )
}

MAY: Mapping[str, tuple[str, ...]] = {
    "publish-rating": ("inspectorate.chief-inspector", OFFICE_ROLE),
    "withdraw-rating": ("inspectorate.chief-inspector", OFFICE_ROLE),
    "answer-rating": ("council.chief-executive", "council.director", "council.member"),
    "open-engagement": (OFFICE_ROLE,),
    "record-assessment": (
        "inspectorate.chief-inspector",
        "inspectorate.regional-director",
        "inspectorate.lead-inspector",
        OFFICE_ROLE,
    ),
    "record-population": (OFFICE_ROLE,),
    "dispute-fact": (
        "inspectorate.chief-inspector",
        "inspectorate.regional-director",
        "inspectorate.lead-inspector",
        "council.chief-executive",
        "council.director",
        OFFICE_ROLE,
    ),
    "choose-fact": ("inspectorate.chief-inspector", OFFICE_ROLE),
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
        case FactChosen():
            return replace(state, history=reread(history, event.version, event.changes, event.occurred))
    return state


def decide(
    state: Council, facts: CouncilFacts, catalogue: Sequence[Lifecycle], asked: Asked
) -> Sequence[Event] | Refusal:
    """What a command to a council leads to. `catalogue` holds the published lifecycles."""
    command, role = asked.command, str(asked.decided_by)
    may = MAY[command.type]
    if role not in may:
        return Refusal("role", {"command": command.type, "role": role, "may": list(may)})
    recorders = recorders_of(type(command), role)
    if str(asked.recorded_by) not in recorders:
        return Refusal("recorder", {"role": role, "recorder": str(asked.recorded_by), "may": list(recorders)})
    disputed = command.occurred if isinstance(command, DisputeFact) else None
    for occurred in (asked.occurred, disputed or asked.occurred):
        if (refusal := ahead(asked, occurred)) is not None:
            return refusal
        if not facts.existed(occurred):
            return Refusal("council-did-not-exist", {"council": facts.name, "occurred": str(occurred)})
    match command:
        case PublishRating():
            return _publish(state, facts, catalogue, asked, command)
        case OpenEngagement():
            return _open(state, facts, catalogue, asked, command)
        case RecordAssessment():
            return assessments.decide(command, state.history, asked)
        case RecordPopulation():
            return population.decide(command, state.history, asked)
        case DisputeFact() | ChooseFact():
            return disputes.decide(command, in_force(state.history), asked)
    return ratings.decide(command, state.history, asked)


def recorders_of(command: type[Command], role: str) -> tuple[str, ...]:
    """Who may record a command: what a council answers, the one who answers or the office."""
    return (role, OFFICE_ROLE) if command is AnswerRating else MAY[command.type]


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
    since = command.moved_since
    if since is not None and asked.occurred.certainly_before(since):
        return Refusal("compared-with-later", {"since": str(since), "occurred": str(asked.occurred)})
    rating = RatingPublished(**dict(command))
    lifecycle = model_for(catalogue, command.service, command.stars)
    if lifecycle is None or _open_in(state, command.service) is not None:
        return [rating]
    if _overtaken(state.history, command.service, asked.occurred):
        return [rating]
    return [
        rating,
        InterventionOpened(
            engagement=_next_id(state, facts),
            service=command.service,
            model=lifecycle.ref,
            rating=state.version + 1,
            kind="special-measures" if command.stars == 0 else "preventive",
        ),
    ]


def _open_in(state: Council, service: str) -> InterventionOpened | None:
    """The engagement that is open in a service, if one is."""
    return next((held for held in state.open.values() if held.service == service), None)


def _next_id(state: Council, facts: CouncilFacts) -> str:
    return f"{facts.slug}-{state.opened + 1}"


def _open(
    state: Council, facts: CouncilFacts, catalogue: Sequence[Lifecycle], asked: Asked, command: OpenEngagement
) -> Sequence[Event] | Refusal:
    held = _open_in(state, command.service)
    if held is not None:
        return Refusal("open-already", {"service": command.service, "engagement": held.engagement})
    found = (_of_a_kind if command.model is None else _of_a_model)(state, catalogue, asked, command)
    if isinstance(found, Refusal):
        return found
    lifecycle, rating = found
    return [
        InterventionOpened(
            engagement=_next_id(state, facts),
            service=command.service,
            model=lifecycle.ref,
            rating=rating,
            kind=command.kind or "triggered",
            reason=command.reason,
            trigger=command.trigger,
        )
    ]


def _of_a_kind(
    state: Council, catalogue: Sequence[Lifecycle], asked: Asked, command: OpenEngagement
) -> tuple[Lifecycle, int | None] | Refusal:
    """The model that an engagement of such a kind enters, and the rating it rests on."""
    if command.kind is None or command.version is not None or command.trigger is not None:
        return Refusal("kind-or-model", {"command": command.type})
    lifecycle = model_entered_by(catalogue, command.service, command.kind)
    if lifecycle is None:
        return Refusal("no-model-enters", {"service": command.service, "kind": command.kind})
    newest = newest_rating(state.history, command.service, asked.occurred)
    if command.kind == "direct-commission":
        if command.reason is None and not silent(asked):
            return Refusal("reason-needed", {"command": command.type})
        return lifecycle, None
    if newest is None and not silent(asked):
        return Refusal("one-star-needed", {"service": command.service, "stars": None})
    if newest is not None and newest.event.stars != 1:
        return Refusal("one-star-needed", {"service": command.service, "stars": newest.event.stars})
    return lifecycle, newest.version if newest else None


def _of_a_model(
    state: Council, catalogue: Sequence[Lifecycle], asked: Asked, command: OpenEngagement
) -> tuple[Lifecycle, int | None] | Refusal:
    """The model that was named, which says for what the office may open it. It rests on no rating."""
    if command.kind is not None:
        return Refusal("kind-or-model", {"command": command.type})
    versions = [each for each in catalogue if each.id == command.model]
    lifecycle = max(
        (each for each in versions if command.version in (None, each.version)), key=lambda e: e.version, default=None
    )
    if lifecycle is None:
        known = sorted(each.ref for each in catalogue if each.opens is not None)
        return Refusal("unknown-model", {"model": command.model, "version": command.version, "models": known})
    opens = lifecycle.opens
    if opens is None:
        return Refusal("model-not-opened", {"model": lifecycle.ref})
    if command.service not in opens.services:
        return Refusal(
            "model-not-for-service",
            {"model": lifecycle.ref, "service": command.service, "services": list(opens.services)},
        )
    triggers = [trigger.id for trigger in opens.triggers]
    if command.trigger not in (triggers or (None,)):
        return Refusal(
            "unknown-trigger",
            {"model": lifecycle.ref, "trigger": command.trigger, "triggers": triggers},
        )
    if command.reason is None and not silent(asked):
        return Refusal("reason-needed", {"command": command.type})
    return lifecycle, None


def model_entered_by(catalogue: Sequence[Lifecycle], service: str, kind: Kind) -> Lifecycle | None:
    """The lifecycle that such an engagement enters in a service, if there is one: it says at which stage."""
    for lifecycle in newest_of(catalogue):
        if lifecycle.starts is not None and service in lifecycle.starts.services and kind in lifecycle.enters:
            return lifecycle
    return None


def stars_behind(history: History, opened: InterventionOpened) -> int | None:
    """The stars of the rating that an intervention rests on; without one, those of its service when it was opened."""
    rating = history.at(opened.rating) if opened.rating is not None else newest_rating(history, opened.service)
    return rating.event.stars if rating else None


def model_for(catalogue: Sequence[Lifecycle], service: str, stars: int) -> Lifecycle | None:
    """The lifecycle that such a rating starts, if there is one."""
    for lifecycle in newest_of(catalogue):
        starts = lifecycle.starts
        if starts is not None and service in starts.services and stars in starts.stars:
            return lifecycle
    return None


def newest_of(catalogue: Sequence[Lifecycle]) -> list[Lifecycle]:
    """The newest version of each lifecycle, in the order in which their first versions stand."""
    by_id: dict[str, Lifecycle] = {}
    for lifecycle in catalogue:
        if lifecycle.id not in by_id or by_id[lifecycle.id].version < lifecycle.version:
            by_id[lifecycle.id] = lifecycle
    return list(by_id.values())


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
    service = withdrawn.event.service if withdrawn else ""
    newest = newest_rating(after.history, service)
    for name, held in before.open.items():
        if held.service != service or held.rating == rating:
            continue
        if newest is None:
            yield Telling(name, NoteRatingLapsed(rating=rating))
        else:
            yield Telling(name, NoteRating(rating=newest.version, stars=newest.event.stars))


def cautions(state: Council) -> tuple[Caution, ...]:
    """What is worth a person's eye in a council as it stands. It informs, and never stands in the way."""
    history = in_force(state.history)
    return tuple(found for part in (ratings, assessments, disputes) for found in part.cautions(history))
