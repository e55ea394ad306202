"""Streams folded into what they stand for: recorded events back to typed ones, and those into state."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from domain import council, directory, engagement, erasure, notices
from domain.council import Council
from domain.directory import Directory
from domain.engagement import Engagement
from domain.erasure import Erasures
from domain.notices import Standing, standing
from domain.part import Entry, Event
from domain.records import Recorded


def read_event(recorded: Recorded, kinds: Mapping[str, type[Event]]) -> Entry[Any]:
    """An event as the domain reads it. Older schema versions would be brought up to date here."""
    event = kinds[recorded.type].read(recorded.body)
    return Entry(recorded.version, recorded.occurred, recorded.recorded_at, recorded.decided_by, event)


def entries_of(events: Iterable[Recorded]) -> Iterator[Entry[Any]]:
    """The events of an engagement as the domain reads them, one by one."""
    return (read_event(recorded, engagement.EVENTS) for recorded in events)


def fold_engagement(state: Engagement, events: Iterable[Recorded]) -> Engagement:
    """An engagement after more of its events."""
    return engagement.follow(state, entries_of(events))


def fold_notice(events: Iterable[Recorded]) -> Standing:
    """How a notice stands after its events."""
    return standing(read_event(recorded, notices.EVENTS).event for recorded in events)


def fold_council(state: Council, events: Iterable[Recorded]) -> Council:
    """A council after more of its events."""
    for recorded in events:
        state = council.evolve(state, read_event(recorded, council.EVENTS))
    return state


def fold_directory(state: Directory, events: Iterable[Recorded]) -> Directory:
    """The directory of people after more of its events."""
    for recorded in events:
        state = directory.evolve(state, read_event(recorded, directory.EVENTS))
    return state


def fold_erasures(state: Erasures, events: Iterable[Recorded]) -> Erasures:
    """Holds and erasures after more of their events."""
    for recorded in events:
        state = erasure.evolve(state, read_event(recorded, erasure.EVENTS))
    return state
