"""What was known on a day, and what was so on a day: which recorded events count, and the state that they fold into.

*Known by* a moment is what had been recorded by then, as it was recorded. *So on* a day is what, by all that is known,
had happened by then: corrections, withdrawals and choices in a dispute go with what they are about, whenever they were
made. Asked together, it is what was known by a moment of what had happened by a day.

A date that is not known to the day counts from its last day; from its first day on it is *possibly* so. What the engine
concluded counts from the day it was concluded for, with these bounds, so that no state is made that never was:

- nothing of an engagement counts before its opening, and no stage, end or obligation before the stage it came in;
- an obligation counts from the event that it counts from, and is met with the events that met it, as they read now, or
  at the latest when the stage was left in which it was met;
- what was let go because its ground was withdrawn or corrected was never owed, and what was opened anew for the same
  event takes the place of the first;
- a stage that was entered stays entered: no correction moves it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from domain import council as a_council
from domain import engagement as an_engagement
from domain.council import Council, InterventionClosed, InterventionOpened
from domain.course import (
    EngagementClosed,
    EngagementOpened,
    EventCorrected,
    EventWithdrawn,
    StageEntered,
    misfit,
)
from domain.dates import When, end_of
from domain.disputes import FactChosen, FactDisputed
from domain.engagement import Engagement
from domain.obligations import ObligationClosed, ObligationMet, ObligationOpened
from domain.part import Entry, Event, History
from domain.ratings import RatingWithdrawn

Entries = Sequence[Entry[Any]]
"""Events of one stream in order, as they were recorded: nothing is corrected in them yet."""

NOT_REPORTED: Mapping[int, date] = {}


# Known


def known(entries: Entries, before: datetime, reported: Mapping[int, date] = NOT_REPORTED) -> tuple[Entry[Any], ...]:
    """The events that had been recorded before a moment.

    For versions in `reported` the end of that day stands in place of the moment of recording: the day on which a source
    says that it was told. Nothing is then known of an engagement before its opening, and what the engine concluded no
    earlier than what it had concluded before.
    """
    found = []
    opened = concluded = datetime.min.replace(tzinfo=UTC)
    for entry in entries:
        day = reported.get(entry.version)
        from_then = end_of(day) if day is not None else entry.recorded_at + datetime.resolution
        from_then = max(from_then, opened)
        if isinstance(entry.event, EngagementOpened):
            opened = from_then
        if _is_conclusion(entry.event):
            from_then = concluded = max(from_then, concluded)
        if from_then <= before:
            found.append(entry)
    return tuple(found)


def _is_conclusion(event: Event) -> bool:
    return isinstance(event, EngagementOpened | StageEntered | EngagementClosed) or _owed(event) is not None


# So


@dataclass(frozen=True)
class Span:
    """From when something counts: certainly from `latest`, possibly from `earliest`; None where that has no bound."""

    earliest: date | None
    latest: date

    @classmethod
    def of(cls, when: When) -> "Span":
        """The span of a date."""
        return cls(when.earliest, when.latest)

    def not_before(self, *others: "Span") -> "Span":
        """This, and not before any of the others."""
        spans = (self, *others)
        bounds = [span.earliest for span in spans if span.earliest is not None]
        return Span(max(bounds, default=None), max(span.latest for span in spans))


@dataclass(frozen=True)
class OnDay:
    """What counts on a day: what was so, and what was possibly so, as no date says it better."""

    so: tuple[Entry[Any], ...]
    possibly: tuple[Entry[Any], ...]


def so_on(entries: Entries, day: date) -> OnDay:
    """The events that count on a day."""
    counts = counting(entries)
    so = tuple(entry for entry in entries if counts[entry.version].latest <= day)
    possibly = tuple(
        entry
        for entry in entries
        if counts[entry.version].latest > day and (counts[entry.version].earliest or date.min) <= day
    )
    return OnDay(so, possibly)


def counting(entries: Entries) -> Mapping[int, Span]:
    """From when each event counts, by its version, as all of them together tell."""
    counts = _Counts(dates=_dates(entries))
    for entry in entries:
        counts.add(entry)
    return counts.spans


def _dates(entries: Entries) -> dict[int, When]:
    """When each event happened, as corrected and chosen."""
    dates = {entry.version: entry.occurred for entry in entries}
    for entry in entries:
        if isinstance(entry.event, EventCorrected | FactChosen) and entry.event.occurred is not None:
            dates[entry.event.version] = entry.event.occurred
    return dates


@dataclass
class _Turn:
    """An obligation while it is counted: the event that it counts from, its opening, what settled it, and where it began."""

    base: int
    opened: int
    stage: Span
    settled: int | None = None


@dataclass
class _Counts:
    """The spans so far. `stage` is that of the stage entered last, or of the opening; `met` what was met in it."""

    dates: Mapping[int, When]
    spans: dict[int, Span] = field(default_factory=dict)
    opening: Span | None = None
    stage: Span | None = None
    turns: dict[tuple[str, int], _Turn] = field(default_factory=dict)
    met: list[int] = field(default_factory=list)
    interventions: dict[str, Span] = field(default_factory=dict)

    def add(self, entry: Entry[Any]) -> None:
        """Count one more event."""
        own = Span.of(self.dates[entry.version])
        if self.opening is not None:
            own = own.not_before(self.opening)
        self.spans[entry.version] = self._span(entry, own)

    def _span(self, entry: Entry[Any], own: Span) -> Span:
        event = entry.event
        match event:
            case EventCorrected() | EventWithdrawn() | FactDisputed() | FactChosen():
                return self.spans.get(event.version, own)
            case RatingWithdrawn():
                return self.spans.get(event.rating, own)
            case EngagementOpened():
                self.opening = self.stage = own
            case StageEntered() | EngagementClosed():
                self.stage = self._in_stage(own)
                for met in self.met:  # with a stage goes whatever was owed in it, met or not
                    self.spans[met] = min(self.spans[met], self.stage, key=lambda span: span.latest)
                self.met.clear()
                return self.stage
            case InterventionOpened():
                self.interventions[event.engagement] = own
            case InterventionClosed() if event.engagement in self.interventions:
                return own.not_before(self.interventions[event.engagement])
            case ObligationOpened():
                return self._opened(entry, event, own)
        turn = self.turns.get(_owed(event) or ("", 0))
        return own if turn is None else self._of_turn(turn, entry, own)

    def _in_stage(self, own: Span) -> Span:
        return own if self.stage is None else own.not_before(self.stage)

    def _opened(self, entry: Entry[Any], event: ObligationOpened, own: Span) -> Span:
        base = event.derivation.base_version
        ground = (self.spans[base],) if base in self.spans else ()
        before = [turn for (name, _), turn in self.turns.items() if (name, turn.base) == (event.obligation, base)]
        stage = before[0].stage if before else self.stage or own
        self.turns[event.obligation, event.number] = _Turn(base, entry.version, stage)
        for turn in before:
            if turn.settled is not None:
                self.spans[turn.settled] = self.spans[turn.opened]
        # A date may be set for what was dated before or after the stage; what is opened anew is owed from the first on.
        return stage.not_before(*ground) if before else self._in_stage(own).not_before(*ground)

    def _of_turn(self, turn: _Turn, entry: Entry[Any], own: Span) -> Span:
        opened = self.spans[turn.opened]
        match entry.event:
            case ObligationMet(evidence=evidence):
                turn.settled = entry.version
                self.met.append(entry.version)
                met_by = [self.spans[version] for version in evidence if version in self.spans]
                return opened.not_before(*(met_by or [own]))
            case ObligationClosed(because=because):
                turn.settled = entry.version
                if because in ("withdrawn", "corrected"):
                    return opened
                return self._in_stage(own).not_before(opened)
        return own.not_before(opened)


def _owed(event: Event) -> tuple[str, int] | None:
    """The obligation that an event of its course is about."""
    if hasattr(event, "obligation") and hasattr(event, "number"):
        return event.obligation, event.number
    return None


# The state


def engagement_of(id: str, entries: Iterable[Entry[Any]]) -> Engagement:
    """The engagement that some of its events fold into. What speaks of what is not among them is left out."""
    state = Engagement(id)
    for entry in entries:
        if _fits(state, entry.event):
            state = an_engagement.evolve(state, entry)
    return state


def council_of(gss: str, entries: Iterable[Entry[Any]]) -> Council:
    """The council that some of its events fold into. What speaks of what is not among them is left out."""
    state = Council.new(gss)
    for entry in entries:
        if _speaks_of_something(state.history, entry.event):
            state = a_council.evolve(state, entry)
    return state


def _fits(state: Engagement, event: Event) -> bool:
    if not _speaks_of_something(state.history, event):
        return False
    owed = _owed(event)
    return owed is None or isinstance(event, ObligationOpened) or owed in state.obligations


def _speaks_of_something(history: History, event: Event) -> bool:
    if not isinstance(event, EventCorrected | FactChosen):
        return True
    entry = history.at(event.version)
    return entry is not None and misfit(entry.event, event.changes) is None
