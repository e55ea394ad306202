"""Rows of reports: what is true of councils and their engagements on a day, from their folded histories.

[PAT] prints such tables: Table 1 with the ratings of November 2003, Annexe 4 with each council's years, and a profile of each
council. A report says no more than the facts do: a date keeps the precision of its source, a value that another source
contradicts is said with the other one, what rests on an assumption is marked, and a judgement that no source prints is told
as derived.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from domain.assessments import AssessmentRecorded
from domain.contract import ContractAwarded, award_terms
from domain.council import CouncilFacts, InterventionOpened
from domain.course import EngagementClosed, EngagementOpened, EventCorrected, StageAssumed, StageEntered
from domain.dates import When
from domain.disputes import Dispute, FactChosen, FactDisputed, disputes
from domain.exit import FurtherPhaseStarted, NextStepRecorded
from domain.handover import tapering
from domain.judgements import Derived, Judgement, Moved
from domain.part import Entry, History
from domain.population import PopulationRecorded, population
from domain.rating_notes import in_special_measures, were_in_special_measures
from domain.ratings import GROUPS, RatingPublished, derived_judgements, newest_rating, standing_ratings
from domain.work import Strand, workstreams

# What had happened by a day


def true_on(history: History, day: date) -> History:
    """The history as far as it had certainly happened by a day: what a source dates less precisely counts from its last day.

    What is known today of that time stays: corrections and disputes go with what they are about, whenever they were recorded.
    """
    return _only(history, lambda entry: entry.occurred.latest <= day)


def _only(history: History, wanted: Callable[[Entry[Any]], bool]) -> History:
    kept = History()
    for entry in history.entries:
        about = entry
        if isinstance(entry.event, EventCorrected | FactDisputed | FactChosen):
            about = history.at(entry.event.version) or entry
        if not wanted(about):
            continue
        kept = kept.plus(entry)
        if isinstance(entry.event, FurtherPhaseStarted):
            kept = replace(kept, phase=entry.version)
    return kept


def phases(history: History) -> tuple[History, ...]:
    """The history of an engagement at the end of each of its phases, the last as it stands."""
    ends = [entry.version for entry in history.all(FurtherPhaseStarted)]
    return (*(_only(history, lambda entry, end=end: entry.version < end) for end in ends), history)  # type: ignore[misc]


# A value, and what is said against it


@dataclass(frozen=True)
class Otherwise:
    """What another source says of a value, or what was recorded where the other is used."""

    said: Any
    dispute: Dispute


def otherwise(history: History, version: int, field: str) -> tuple[Otherwise, ...]:
    """What is said of a field of an event (`occurred` for its date) beside the value that is used."""
    entry = history.at(version)
    if entry is None:
        return ()
    now = entry.occurred if field == "occurred" else entry.event.model_dump(mode="json", include={field})[field]
    found: dict[str, Otherwise] = {}
    for dispute in disputes(history):
        if dispute.version != version or field not in dispute.fields:
            continue
        for use in ("recorded", "other"):
            values, occurred = dispute.side(use)
            said = occurred if field == "occurred" else values[field]
            if str(said) != str(now):
                found.setdefault(str(said), Otherwise(said, dispute))
    return tuple(found.values())


@dataclass(frozen=True)
class Fact:
    """A date as the history reads it: the event that gives it, whether it is assumed, and what else is said of it."""

    on: When
    version: int
    assumed: bool = False
    others: tuple[Otherwise, ...] = ()


# Ratings


@dataclass(frozen=True)
class Aspect:
    """A judgement as told: `promising`, or `below promising` where it is derived; and what other sources print."""

    value: str
    moved: Moved | None = None
    derived: bool = False
    others: tuple[str, ...] = ()

    @property
    def said(self) -> str:
        """`promising (H)`, as Table 1 prints it."""
        return self.value + _mark(self.moved)


def _mark(moved: Moved | None) -> str:
    return {"higher": " (H)", "lower": " (L)"}[moved] if moved else ""


ASPECTS: tuple[Literal["serving", "capacity"], ...] = ("serving", "capacity")
"""Serving people well? and capacity for improvement."""


@dataclass(frozen=True)
class Rated:
    """A rating with its judgements, by group and aspect, printed or derived."""

    entry: Entry[RatingPublished]
    judgements: Mapping[str, Mapping[str, Aspect | None]]
    disputes: tuple[Dispute, ...] = ()

    @property
    def stars(self) -> int:
        """Its stars."""
        return self.entry.event.stars


def rated(history: History, entry: Entry[RatingPublished]) -> Rated:
    """A rating of a council's history as it is told."""
    told = derived_judgements(history).get(entry.version, {})
    judgements: dict[str, dict[str, Aspect | None]] = {}
    for group in GROUPS:
        printed: Judgement | None = getattr(entry.event, group)
        if printed is not None:
            others = [Judgement.model_validate(o.said) for o in otherwise(history, entry.version, group) if o.said]
            judgements[group] = {name: _printed(printed, others, name) for name in ASPECTS}
        else:
            derived = told.get(group)
            judgements[group] = {name: _derived(getattr(derived, name)) if derived else None for name in ASPECTS}
    about = tuple(found for found in disputes(history) if found.version == entry.version)
    return Rated(entry, judgements, about)


def _printed(judgement: Judgement, others: Sequence[Judgement], name: str) -> Aspect:
    value, moved = getattr(judgement, name), getattr(judgement, f"{name}_moved")
    said = [getattr(other, name) + _mark(getattr(other, f"{name}_moved")) for other in others]
    return Aspect(value, moved, others=tuple(other for other in said if other != value + _mark(moved)))


def _derived(found: Derived | None) -> Aspect | None:
    return Aspect(found.said, derived=True) if found else None


# The programme


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
