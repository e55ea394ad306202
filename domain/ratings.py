"""Ratings of a council: published, withdrawn, and accepted or refused by the council.

Each year a council is rated from two judgements each for adults and for children, giving zero to three stars ([PAT] ch.1).
The first ratings were refreshed half a year later. A council may be surprised by its rating, or refuse to accept it
([PAT] ch.2); its answer stays on the record. Judgements that no source prints but that follow from a later rating are
worked out when they are shown, never stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

from domain.checks import silent, too_early
from domain.dates import When
from domain.judgements import DerivedJudgement, Judgement, beyond_the_scale, derive
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Service = Literal["social-services", "education", "children", "adults", "housing", "whole-council"]

GROUPS = ("adults", "children")
"""The groups that are judged apart."""


class RatingPublished(Event):
    """A rating was published. `inferred` when no source prints it but it follows from what one says.

    `refresh` when it brings the year's rating up to date. `moved_since` is what the marks of its judgements compare with.
    """

    type: ClassVar[str] = "rating-published"
    undisputed: ClassVar[frozenset[str]] = frozenset({"service", "stars", "round"})
    service: Service
    stars: int
    round: str | None = None
    adults: Judgement | None = None
    children: Judgement | None = None
    label: str | None = None
    inferred: bool = False
    note: Sealed | None = None
    refresh: bool = False
    moved_since: When | None = None


class RatingWithdrawn(Event):
    """A published rating was withdrawn. `rating` is the version of the event that published it."""

    type: ClassVar[str] = "rating-withdrawn"
    beyond_correction: ClassVar[bool] = True
    rating: int
    reason: Sealed


class RatingAnswered(Event):
    """The council accepted a rating or refused to. `rating` is the version of the event that published it."""

    type: ClassVar[str] = "rating-answered"
    undisputed: ClassVar[frozenset[str]] = frozenset({"rating"})
    rating: int
    accepted: bool
    reason: Sealed | None = None


class WithdrawRating(Command):
    """Withdraw the council's rating of a round, or the one published at a version of its stream."""

    type: ClassVar[str] = "withdraw-rating"
    gives: ClassVar[Kinds] = (RatingWithdrawn,)
    round: str | None = None
    rating: int | None = None
    reason: Sealed


class AnswerRating(Command):
    """Record whether the council accepts its rating of a round, or the one published at a version of its stream."""

    type: ClassVar[str] = "answer-rating"
    gives: ClassVar[Kinds] = (RatingAnswered,)
    round: str | None = None
    rating: int | None = None
    accepted: bool
    reason: Sealed | None = None


def in_force(history: History) -> History:
    """The history without the ratings that were withdrawn."""
    for entry in history.all(RatingWithdrawn):
        history = history.without(entry.event.rating)
    return history


def standing_ratings(history: History) -> tuple[Entry[RatingPublished], ...]:
    """The ratings that were not withdrawn, in order."""
    return in_force(history).all(RatingPublished)


def newest_rating(history: History, service: str, on: When | None = None) -> Entry[RatingPublished] | None:
    """The newest rating of a service that stands; with `on`, of those that can have been published by that day."""
    standing = [
        entry
        for entry in standing_ratings(history)
        if entry.event.service == service and not (on and on.certainly_before(entry.occurred))
    ]
    return max(standing, key=lambda entry: (entry.occurred.latest, entry.version), default=None)


def answers_to(history: History, rating: int) -> tuple[Entry[RatingAnswered], ...]:
    """The council's answers to a rating, the latest last."""
    found = [entry for entry in history.all(RatingAnswered) if entry.event.rating == rating]
    return tuple(sorted(found, key=lambda entry: (entry.occurred.latest, entry.version)))


def derived_judgements(history: History) -> Mapping[int, Mapping[str, DerivedJudgement]]:
    """For ratings without printed judgements, those that a later rating tells: by version, then by group.

    A later rating tells of the time that its marks compare with. Where several do, the first of them is read.
    """
    standing = standing_ratings(history)
    in_order = sorted(standing, key=lambda entry: (entry.occurred.latest, entry.version))
    found: dict[int, dict[str, DerivedJudgement]] = {}
    for entry in standing:
        for group in GROUPS:
            tells = next((later for later in in_order if _tells(later, entry, group)), None)
            if tells is not None:
                judgement = getattr(tells.event, group)
                found.setdefault(entry.version, {})[group] = derive(judgement, tells.version)
    return found


def _tells(later: Entry[RatingPublished], earlier: Entry[RatingPublished], group: str) -> bool:
    """Whether the marks of a rating compare with an earlier one, which has no printed judgement of the group itself."""
    since, on = later.event.moved_since, earlier.occurred
    return (
        since is not None
        and later.event.service == earlier.event.service
        and getattr(later.event, group) is not None
        and getattr(earlier.event, group) is None
        and on.certainly_before(later.occurred)
        and on.latest <= since.latest
        and (since.earliest is None or (on.earliest is not None and since.earliest <= on.earliest))
    )


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about a rating that was published."""
    match command:
        case WithdrawRating():
            rating = _named(history, command)
            if isinstance(rating, Refusal):
                return rating
            return [RatingWithdrawn(rating=rating.version, reason=command.reason)]
        case AnswerRating():
            return _answer(command, history, asked)
    raise TypeError(command)


def _named(history: History, command: WithdrawRating | AnswerRating) -> Entry[RatingPublished] | Refusal:
    """The rating that a command means, if it stands: by its round or by its version."""
    details = {"command": command.type, "round": command.round, "rating": command.rating}
    if (command.round is None) == (command.rating is None):
        return Refusal("which-rating", details)
    found = [
        entry
        for entry in standing_ratings(history)
        if (entry.event.round == command.round if command.round is not None else entry.version == command.rating)
    ]
    return found[-1] if found else Refusal("no-such-rating", details)


def _answer(command: AnswerRating, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    rating = _named(history, command)
    if isinstance(rating, Refusal):
        return rating
    refusal = too_early(asked.occurred, rating)
    if refusal is not None:
        return refusal
    if not command.accepted and command.reason is None and not silent(asked):
        return Refusal("reason-needed", {"command": command.type})
    return [RatingAnswered(rating=rating.version, accepted=command.accepted, reason=command.reason)]


def cautions(history: History) -> Iterator[Caution]:
    """A printed "no" beside stars, marks that lead beyond the scale, and a newest rating that the council refuses.

    A "no" for serving people well always went with zero stars ([PAT] Table 1); not the other way round, so that nothing
    is said of zero stars without one. What is only derived is not held against anybody.
    """
    for entry in standing_ratings(history):
        yield from _doubts(entry)
    for service in dict.fromkeys(entry.event.service for entry in standing_ratings(history)):
        newest = newest_rating(history, service)
        answers = answers_to(history, newest.version) if newest else ()
        if newest and answers and not answers[-1].event.accepted:
            yield Caution(
                "rating-refused",
                {
                    "rating": newest.version,
                    "service": service,
                    "stars": newest.event.stars,
                    "on": str(answers[-1].occurred),
                },
            )


def _doubts(entry: Entry[RatingPublished]) -> Iterator[Caution]:
    """What can hardly be right in a rating as printed."""
    rating, on = entry.event, str(entry.occurred)
    for group, judgement in (("adults", rating.adults), ("children", rating.children)):
        if judgement is None:
            continue
        if warns(judgement.serving, rating.stars):
            yield Caution(
                "no-beside-stars",
                {
                    "rating": entry.version,
                    "service": rating.service,
                    "on": on,
                    "group": group,
                    "stars": rating.stars,
                },
            )
        for aspect, value, moved in beyond_the_scale(judgement):
            yield Caution(
                "moved-beyond-the-scale",
                {
                    "rating": entry.version,
                    "service": rating.service,
                    "on": on,
                    "group": group,
                    "aspect": aspect,
                    "value": value,
                    "moved": moved,
                },
            )


def warns(serving: str, stars: int) -> bool:
    """Whether a judgement and the stars beside it were never printed together: "no" always went with zero stars."""
    return serving == "no" and stars > 0
