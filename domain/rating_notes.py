"""Later ratings as they reach an engagement under way.

Zero stars place a council on special measures, and it leaves them when it regains a star ([PAT] ch.1). An engagement that
zero stars opened starts with them; in one opened preventively or by a direct commission they begin only if its council is
rated zero later. The engagement ends with them only where nothing has been awarded: a team under contract finishes its
work. The lifecycle's exits say so.
"""

from collections.abc import Sequence
from typing import ClassVar

from domain.course import EngagementOpened
from domain.part import Asked, Command, Event, History, Kinds, Refusal


class RatingNoted(Event):
    """The council was rated again in the engagement's service. `rating` is the version of the council's event."""

    type: ClassVar[str] = "rating-noted"
    rating: int
    stars: int


class RatingLapsed(Event):
    """A later rating was withdrawn, and no other of the engagement's service stands. `rating` is its version."""

    type: ClassVar[str] = "rating-lapsed"
    rating: int


class SpecialMeasuresPlaced(Event):
    """Zero stars placed the council on special measures while the engagement was under way. `rating` is their version."""

    type: ClassVar[str] = "special-measures-placed"
    rating: int


class SpecialMeasuresLifted(Event):
    """The rating that had placed the council on special measures was withdrawn: they should never have begun."""

    type: ClassVar[str] = "special-measures-lifted"


class SpecialMeasuresEnded(Event):
    """A star was regained, so special measures ended by themselves."""

    type: ClassVar[str] = "special-measures-ended"
    stars: int


class SpecialMeasuresResumed(Event):
    """The star was lost again, so special measures are back."""

    type: ClassVar[str] = "special-measures-resumed"


class NoteRating(Command):
    """Tell the engagement of a later rating of its council."""

    type: ClassVar[str] = "note-rating"
    gives: ClassVar[Kinds] = (
        RatingNoted,
        SpecialMeasuresPlaced,
        SpecialMeasuresLifted,
        SpecialMeasuresEnded,
        SpecialMeasuresResumed,
    )
    derived: ClassVar[bool] = True
    rating: int
    stars: int


class NoteRatingLapsed(Command):
    """Tell the engagement that a later rating was withdrawn and that none of its service stands any more."""

    type: ClassVar[str] = "note-rating-lapsed"
    gives: ClassVar[Kinds] = (RatingLapsed, SpecialMeasuresLifted)
    derived: ClassVar[bool] = True
    rating: int


COMMANDS = (NoteRating, NoteRatingLapsed)
EVENTS = (
    RatingNoted,
    RatingLapsed,
    SpecialMeasuresPlaced,
    SpecialMeasuresLifted,
    SpecialMeasuresEnded,
    SpecialMeasuresResumed,
)


def opened_by_zero_stars(history: History) -> bool:
    """Whether the engagement was opened by zero stars, which place a council on special measures by themselves."""
    opened = history.last(EngagementOpened)
    return opened is None or opened.event.kind in (None, "special-measures")


def in_special_measures(history: History) -> bool:
    """Whether the council is on special measures: from the opening, or since a later rating, and not off them again."""
    began = max(_version(history, SpecialMeasuresPlaced), _version(history, SpecialMeasuresResumed))
    ended = max(_version(history, SpecialMeasuresLifted), _version(history, SpecialMeasuresEnded))
    return began > ended or (ended == 0 and opened_by_zero_stars(history))


def were_in_special_measures(history: History) -> bool:
    """Whether the council ever was on special measures in the engagement, rightly."""
    return opened_by_zero_stars(history) or history.has(SpecialMeasuresEnded) or in_special_measures(history)


def _version(history: History, kind: type[Event]) -> int:
    found = history.last(kind)
    return found.version if found else 0


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a later rating."""
    match command:
        case NoteRating():
            noted = RatingNoted(rating=command.rating, stars=command.stars)
            held = in_special_measures(history)
            if command.stars > 0 and held:
                # A rating of before the one that placed them holds again only where that one was withdrawn.
                undone = command.rating < _placed_by(history)
                return [noted, SpecialMeasuresLifted() if undone else SpecialMeasuresEnded(stars=command.stars)]
            if command.stars == 0 and not held:
                if were_in_special_measures(history):
                    return [noted, SpecialMeasuresResumed()]
                return [noted, SpecialMeasuresPlaced(rating=command.rating)]
            return [noted]
        case NoteRatingLapsed(rating=rating):
            lapsed = RatingLapsed(rating=rating)
            undone = in_special_measures(history) and _placed_by(history) > 0
            return [lapsed, SpecialMeasuresLifted()] if undone else [lapsed]
    raise TypeError(command)


def _placed_by(history: History) -> int:
    """The version of the later rating that placed the council on special measures; 0 where none did."""
    placed = history.last(SpecialMeasuresPlaced)
    return placed.event.rating if placed else 0
