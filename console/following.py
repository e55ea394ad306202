"""What lists show of every engagement and no row has, kept from one request to the next until an engagement goes on.

It is drawn from a few types of event. A stream is read again only when its version has moved.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from activities import folding
from domain import engagement
from domain.part import Entry, Event
from faces.kept import Kept
from ledger import events

T = TypeVar("T")


class Following(Generic[T]):
    """Something that is drawn of each engagement, by its id, from its events of some types."""

    def __init__(self, kinds: Iterable[type[Event]], draw: Callable[[str, Sequence[Entry[Any]]], T]) -> None:
        self._types, self._draw = [kind.type for kind in kinds], draw
        self._kept = Kept(most=1)

    def of(self, conn: Connection, versions: Mapping[str, int]) -> Mapping[str, T]:
        """It of each of these engagements, which are at these versions; a few queries, however many there are."""

        def draw(stale: Sequence[str]) -> Iterable[tuple[str, T]]:
            return ((id, self._draw(id, entries)) for id, entries in self._read(conn, stale).items())

        return self._kept.each("all", versions, draw)

    def _read(self, conn: Connection, ids: Sequence[str]) -> Mapping[str, Sequence[Entry[Any]]]:
        found: dict[str, list[Entry[Any]]] = {id: [] for id in ids}
        recorded = events.read_streams(conn, [f"engagement/{id}" for id in ids], self._types)
        for stream, several in groupby(recorded, key=lambda event: event.stream):
            entries = (folding.read_event(event, engagement.EVENTS) for event in several)
            found[stream.removeprefix("engagement/")] += entries
        return found
