"""The programme: a row for every phase of every engagement, with its team, its dates, its work and what came of it.

The profiles of [PAT] have these facts of each council, and count its months by the numbers of the months.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.contract import ContractAwarded, award_terms
from domain.council import CouncilFacts, InterventionOpened
from domain.course import EngagementClosed, EngagementOpened, StageAssumed, StageEntered
from domain.dates import When
from domain.exit import FurtherPhaseStarted, NextStepRecorded
from domain.handover import tapering
from domain.part import Entry, History
from domain.population import PopulationRecorded, population
from domain.rating_notes import in_special_measures, were_in_special_measures
from domain.ratings import RatingPublished, newest_rating
from domain.reporting import Fact, Rated, otherwise, phases, rated, true_on
from domain.work import Strand, workstreams


@dataclass(frozen=True)
class Subject:
    """A council and its engagements, as folded."""

    facts: CouncilFacts
    council: History
    engagements: Mapping[str, History]


@dataclass(frozen=True)
class Months:
    """Whole months from the start of the work, by the numbers of the months: to its end, and, where that is another, to the
    end of the main work or of the single tasks. None where a date is not known to the month.
    """

    count: int | None
    main_work: int | None = None
    with_tasks: int | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a phase by the day: whether a rating came after the opening's, the steps that followed, and the end."""

    rated_again: bool
    in_special_measures: bool
    off_special_measures: bool
    steps: tuple[Entry[NextStepRecorded], ...]
    end: str | None


@dataclass(frozen=True)
class Row:
    """A phase of an engagement on a day. `history` is that of the engagement at its end, `council` the council's.

    `finished` is when the engagement came to its exit; the main work may have ended before it, single tasks after it.
    """

    facts: CouncilFacts
    engagement: str
    service: str
    model: str
    phase: int
    opened: When
    population: Entry[PopulationRecorded] | None
    team: Fact | None
    started: Fact | None
    finished: Fact | None
    main_work: Fact | None
    tasks_until: Fact | None
    months: Months
    workstreams: tuple[Strand, ...]
    then: Rated | None
    now: Rated | None
    outcome: Outcome
    history: History
    council: History

    @property
    def contract(self) -> ContractAwarded | None:
        """What was awarded in the phase."""
        terms = award_terms(self.history)
        return terms.contract if terms else None


def programme(subjects: Sequence[Subject], day: date) -> tuple[Row, ...]:
    """A row for every phase of every engagement that had been opened by a day, in the order of the councils' names."""
    by_name = sorted(subjects, key=lambda subject: (subject.facts.short, subject.facts.gss))
    return tuple(row for subject in by_name for row in _rows(subject, day))


def _rows(subject: Subject, day: date) -> Iterator[Row]:
    council = true_on(subject.council, day)
    known = population(subject.council, When.day(day))
    for opened in council.all(InterventionOpened):
        whole = subject.engagements.get(opened.event.engagement)
        history = true_on(whole, day) if whole else History()
        if not history.has(EngagementOpened):
            continue
        began: Entry[Any] = opened
        parts = phases(history)
        for number, part in enumerate(parts, start=1):
            after = history.all(FurtherPhaseStarted)[number - 1] if number < len(parts) else None
            yield _row(subject.facts, council, opened, part, number, began, after, day, known)
            began = after or began


def _row(
    facts: CouncilFacts,
    council: History,
    opened: Entry[InterventionOpened],
    history: History,
    phase: int,
    began: Entry[Any],
    after: Entry[FurtherPhaseStarted] | None,
    day: date,
    known: Entry[PopulationRecorded] | None,
) -> Row:
    service = opened.event.service
    until = min(day, after.occurred.latest) if after else day
    then = _rating_then(council, opened, began)
    now = newest_rating(true_on(council, until), service)
    terms = award_terms(history)
    started, main, tasks = _started(history, day), _main_work(history), _tasks_until(history, day)
    finished = _finished(history, day, main)
    return Row(
        facts=facts,
        engagement=opened.event.engagement,
        service=service,
        model=opened.event.model,
        phase=phase,
        opened=began.occurred,
        population=known,
        team=_fact(history, terms.version, "team", terms.awarded) if terms else None,
        started=started,
        finished=finished,
        main_work=main,
        tasks_until=tasks,
        months=_months(started, finished, main, tasks),
        workstreams=workstreams(history),
        then=rated(council, then) if then else None,
        now=rated(council, now) if now else None,
        outcome=_outcome(history, then, now),
        history=history,
        council=council,
    )


def _rating_then(
    council: History, opened: Entry[InterventionOpened], began: Entry[Any]
) -> Entry[RatingPublished] | None:
    """The rating that opened the engagement; where none did, and for a further phase, the newest there was."""
    if began is opened and opened.event.rating is not None:
        return council.at(opened.event.rating)
    return newest_rating(council, opened.event.service, began.occurred)


# Its dates


def _fact(history: History, version: int, field: str, on: When, *, assumed: bool = False) -> Fact:
    return Fact(on, version, assumed, otherwise(history, version, field))


def _started(history: History, day: date) -> Fact | None:
    terms = award_terms(history)
    starts = terms.contract.starts if terms else None
    if terms is None or starts is None or starts.latest > day:
        return None
    return _fact(history, terms.version, "starts", starts)


def _main_work(history: History) -> Fact | None:
    now = tapering(history)
    return _fact(history, now.ended.version, "occurred", now.ended.occurred) if now else None


def _tasks_until(history: History, day: date) -> Fact | None:
    """When the last single task ended or, where nothing says that, was expected to; None while they may go on."""
    now = tapering(history)
    if now is None or not now.tasks:
        return None
    ends = [task.ended for task in now.tasks if task.ended is not None]
    if len(ends) == len(now.tasks):
        last = max(ends, key=lambda entry: entry.occurred.latest)
        return _fact(history, last.version, "occurred", last.occurred)
    until = now.ended.event.until
    if until is None or until.latest > day:
        return None
    return _fact(history, now.ended.version, "until", until)


def _finished(history: History, day: date, main: Fact | None) -> Fact | None:
    """When the team's work was over: its exit, or what says the same without an assumption; at last, the contract's end."""
    terms, now = award_terms(history), tapering(history)
    if terms is None:
        return None
    if main is not None and now is not None and not now.tasks:
        return main
    exit_ = _exited(history)
    if exit_ is not None:
        return main if main is not None and str(main.on) == str(exit_.on) else exit_
    closed, ends = history.last(EngagementClosed, history.phase - 1), terms.contract.ends
    if closed is not None:
        return Fact(closed.occurred, closed.version)
    return _fact(history, terms.version, "ends", ends) if ends is not None and ends.latest <= day else None


def _exited(history: History) -> Fact | None:
    entered = [entry for entry in history.in_phase(StageEntered) if entry.event.stage == "exit"]
    if not entered:
        return None
    if not entered[-1].event.assumed:
        return Fact(entered[-1].occurred, entered[-1].version)
    assumed = [entry for entry in history.in_phase(StageAssumed) if entry.event.to == "exit"]
    return Fact(entered[-1].occurred, assumed[-1].version if assumed else entered[-1].version, assumed=True)


def _months(started: Fact | None, finished: Fact | None, main: Fact | None, tasks: Fact | None) -> Months:
    count, to_main, to_tasks = (months_between(started, fact) for fact in (finished, main, tasks))
    return Months(
        count,
        to_main if to_main != count else None,
        to_tasks if to_tasks is not None and count is not None and to_tasks > count else None,
    )


def months_between(first: Fact | None, last: Fact | None) -> int | None:
    """Whole months by the numbers of the months, as the sources count them; None unless both are known to the month."""
    one, other = (_month(fact.on) if fact else None for fact in (first, last))
    return other - one if one is not None and other is not None else None


def _month(on: When) -> int | None:
    if on.earliest is None or (on.earliest.year, on.earliest.month) != (on.latest.year, on.latest.month):
        return None
    return on.latest.year * 12 + on.latest.month


def _outcome(history: History, then: Entry[RatingPublished] | None, now: Entry[RatingPublished] | None) -> Outcome:
    held = in_special_measures(history)
    closed = history.last(EngagementClosed, history.phase - 1)
    return Outcome(
        rated_again=now is not None and (then is None or now.version != then.version),
        in_special_measures=held,
        off_special_measures=were_in_special_measures(history) and not held,
        steps=history.in_phase(NextStepRecorded),
        end=closed.event.end if closed else None,
    )
