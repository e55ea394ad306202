"""Inspections, joint reviews and other assessments: part of a council's history beside its ratings.

The Comprehensive Performance Assessment is the wider one, of the whole council. It caps a council with a zero-star service
at weak ([PAT] ch.1): what the result would have been is recorded beside the one that was published.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import Field

from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.ratings import RatingPublished, Service, standing_ratings
from domain.sealed import Sealed

WIDER = "comprehensive-performance-assessment"
RESULTS = ("poor", "weak", "fair", "good", "excellent")
"""The results of the Comprehensive Performance Assessment, the worst first."""
CAP = "weak"


class AssessmentRecorded(Event):
    """An inspection, joint review or other assessment of the council, or of one service of it.

    `uncapped` is what the result would have been if no service had had zero stars.
    """

    type: ClassVar[str] = "assessment-recorded"
    kind: str
    by: str | None = None
    note: Sealed | None = None
    service: Service | None = None
    result: str | None = None
    uncapped: str | None = None


class RecordAssessment(Command):
    """Put an inspection, joint review or other assessment on the council's record."""

    type: ClassVar[str] = "record-assessment"
    gives: ClassVar[Kinds] = (AssessmentRecorded,)
    kind: str = Field(pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=60)
    by: str | None = Field(default=None, max_length=80)
    note: Sealed | None = None
    service: Service | None = None
    result: Slug | None = None
    uncapped: Slug | None = None


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from an assessment."""
    match command:
        case RecordAssessment():
            refusal = _wrong_result(command, history, asked.occurred)
            if refusal is not None:
                return refusal
            return [AssessmentRecorded(**dict(command))]
    raise TypeError(command)


def _wrong_result(command: RecordAssessment, history: History, on: When) -> Refusal | None:
    result, uncapped = command.result, command.uncapped
    if command.kind != WIDER:
        return Refusal("only-wider-is-capped", {"kind": command.kind, "wider": WIDER}) if uncapped else None
    for given in (result, uncapped):
        if given is not None and given not in RESULTS:
            return Refusal("no-such-result", {"result": given, "results": list(RESULTS)})
    if uncapped is not None and (result != CAP or not _above_the_cap(uncapped)):
        return Refusal("uncapped-not-better", {"result": result or "no result", "uncapped": uncapped, "cap": CAP})
    service = zero_star_service(history, on)
    if result is not None and _above_the_cap(result) and service is not None:
        return Refusal("capped-at-weak", {"result": result, "service": service, "cap": CAP})
    return None


def _above_the_cap(result: str) -> bool:
    return result in RESULTS and RESULTS.index(result) > RESULTS.index(CAP)


def zero_star_service(history: History, on: When) -> str | None:
    """A service whose newest standing rating on a day was zero stars, however the dates are read; None if there is none."""
    standing = standing_ratings(history)
    for service in dict.fromkeys(entry.event.service for entry in standing):
        published = [e for e in standing if e.event.service == service and not on.certainly_before(e.occurred)]
        sure = [e for e in published if on.earliest is not None and e.occurred.latest <= on.earliest]
        if not sure:
            continue
        newest = max(sure, key=lambda entry: (entry.occurred.latest, entry.version))
        # Any of these can have been the newest on the day: all of them must agree.
        if all(entry.event.stars == 0 for entry in published if not _older(entry, newest)):
            return service
    return None


def _older(one: Entry[RatingPublished], other: Entry[RatingPublished]) -> bool:
    """Whether a rating is older than another; of those of one date, the one recorded last counts."""
    if one.occurred == other.occurred:
        return one.version < other.version
    return one.occurred.certainly_before(other.occurred)


def cautions(history: History) -> Iterator[Caution]:
    """A wider assessment above the cap, where the rating that caps it was recorded after it."""
    for entry in history.all(AssessmentRecorded):
        result, service = entry.event.result, zero_star_service(history, entry.occurred)
        if entry.event.kind == WIDER and result is not None and _above_the_cap(result) and service is not None:
            on = str(entry.occurred)
            yield Caution("above-the-cap", {"result": result, "service": service, "on": on, "cap": CAP})
