"""How many people live in a council's area, as far as a source says.

The profiles of [PAT] print it for most of the councils, one of them only as "over one million".
"""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from domain.dates import When
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal


class PopulationRecorded(Event):
    """The council's population. `approximate` when the source says only that there are more."""

    type: ClassVar[str] = "population-recorded"
    population: int
    approximate: bool = False


class RecordPopulation(Command):
    """Put the council's population on its record. `approximate` says "over": the source gives no more than a bound."""

    type: ClassVar[str] = "record-population"
    gives: ClassVar[Kinds] = (PopulationRecorded,)
    population: int = Field(ge=1)
    approximate: bool = False


def decide(command: RecordPopulation, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a population."""
    return [PopulationRecorded(population=command.population, approximate=command.approximate)]


def population(history: History, on: When | None = None) -> Entry[PopulationRecorded] | None:
    """The latest population that is known; with `on`, of those that can have been known by that day."""
    known = [entry for entry in history.all(PopulationRecorded) if not (on and on.certainly_before(entry.occurred))]
    return max(known, key=lambda entry: (entry.occurred.latest, entry.version), default=None)
