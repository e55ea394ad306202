"""What a report may say: what had happened by a day, what is said against a value, and ratings as they are told.

A report says no more than the facts do: a date keeps the precision of its source, a value that another source contradicts is
said with the other one, what rests on an assumption is marked, and a judgement that no source prints is told as derived.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from domain.course import EventCorrected
from domain.dates import When
from domain.disputes import Dispute, FactChosen, FactDisputed, disputes
from domain.exit import FurtherPhaseStarted
from domain.judgements import Derived, Judgement, Moved
from domain.part import Entry, History
from domain.ratings import GROUPS, RatingPublished, derived_judgements

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
    return (*(_only(history, _before(entry.version)) for entry in history.all(FurtherPhaseStarted)), history)


def _before(version: int) -> Callable[[Entry[Any]], bool]:
    return lambda entry: entry.version < version


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
