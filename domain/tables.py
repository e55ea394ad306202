"""The published tables of [PAT] as at any day: Table 1 with the ratings, and Annexe 4 with the years of each council."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.assessments import AssessmentRecorded
from domain.council import CouncilFacts, InterventionOpened
from domain.dates import When
from domain.part import Entry, History
from domain.programme import Row, Subject, programme
from domain.ratings import newest_rating, standing_ratings
from domain.reporting import Otherwise, Rated, otherwise, rated, true_on

# Table 1


@dataclass(frozen=True)
class TableOneRow:
    """A council's newest rating in a service, of those in which zero stars opened an engagement."""

    facts: CouncilFacts
    service: str
    rating: Rated


def table_one(subjects: Sequence[Subject], day: date) -> tuple[TableOneRow, ...]:
    """[PAT] Table 1 as at a day: the councils in which zero stars had opened an engagement, by name."""
    found = []
    for subject in sorted(subjects, key=lambda subject: (subject.facts.short, subject.facts.gss)):
        council = true_on(subject.council, day)
        for service in dict.fromkeys(e.event.service for e in council.all(InterventionOpened) if _by_zero(council, e)):
            newest = newest_rating(council, service)
            if newest is not None:
                found.append(TableOneRow(subject.facts, service, rated(council, newest)))
    return tuple(found)


def _by_zero(council: History, opened: Entry[InterventionOpened]) -> bool:
    rating = council.at(opened.event.rating) if opened.event.rating is not None else None
    return rating is not None and rating.event.stars == 0


# Annexe 4


@dataclass(frozen=True)
class Happening:
    """Something in a council's years. `others` are the dates that other sources print; `row` is set for a team."""

    on: When
    entry: Entry[Any] | None
    others: tuple[Otherwise, ...] = ()
    row: Row | None = None

    @property
    def year(self) -> int:
        """The year it falls in; of a span of several, or a bound, the last."""
        return self.on.latest.year


@dataclass(frozen=True)
class Years:
    """A council's column of Annexe 4: its newest rating by service, and what happened by year."""

    facts: CouncilFacts
    ratings: Mapping[str, Rated]
    happenings: tuple[Happening, ...]


def annexe_four(subjects: Sequence[Subject], day: date) -> tuple[Years, ...]:
    """[PAT] Annexe 4 as at a day: the councils that had an engagement, by name, each with what happened in its years."""
    rows = programme(subjects, day)
    found = []
    for subject in sorted(subjects, key=lambda subject: (subject.facts.short, subject.facts.gss)):
        own = [row for row in rows if row.facts == subject.facts]
        if own:
            council = own[0].council
            newest = {row.service: row.now for row in own if row.now is not None}
            found.append(Years(subject.facts, newest, tuple(_happenings(council, own))))
    return tuple(found)


def _happenings(council: History, rows: Sequence[Row]) -> list[Happening]:
    dated: list[Entry[Any]] = [*standing_ratings(council), *council.all(AssessmentRecorded)]
    found = [Happening(e.occurred, e, otherwise(council, e.version, "occurred")) for e in dated]
    found += [Happening(row.started.on, None, row.started.others, row) for row in rows if row.started and row.team]
    return sorted(found, key=lambda each: (each.on.latest, each.entry.version if each.entry else 0))
