"""Later ratings as they reach an engagement under way.

A council leaves special measures when it regains a star ([PAT] ch.1). The engagement ends with them only where nothing
has been awarded: a team under contract finishes its work. The lifecycle's exits say so.
"""

from collections.abc import Sequence
from typing import ClassVar

from domain.part import Asked, Command, Event, History, Kinds, Refusal


class RatingNoted(Event):
    """The council was rated again in the engagement's service. `rating` is the version of the council's event."""

    type: ClassVar[str] = "rating-noted"
    rating: int
    stars: int


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
    gives: ClassVar[Kinds] = (RatingNoted, SpecialMeasuresEnded, SpecialMeasuresResumed)
    derived: ClassVar[bool] = True
    rating: int
    stars: int


COMMANDS = (NoteRating,)
EVENTS = (RatingNoted, SpecialMeasuresEnded, SpecialMeasuresResumed)


def in_special_measures(history: History) -> bool:
    """Whether the council is on special measures, which every engagement opened by zero stars starts with."""
    ended, resumed = history.last(SpecialMeasuresEnded), history.last(SpecialMeasuresResumed)
    return ended is None or (resumed is not None and resumed.version > ended.version)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a later rating."""
    match command:
        case NoteRating():
            noted = RatingNoted(rating=command.rating, stars=command.stars)
            if command.stars > 0 and in_special_measures(history):
                return [noted, SpecialMeasuresEnded(stars=command.stars)]
            if command.stars == 0 and not in_special_measures(history):
                return [noted, SpecialMeasuresResumed()]
            return [noted]
    raise TypeError(command)
