"""Heads: what a checkpoint says of every stream at once, so that nobody can withhold the end of one.

Before each checkpoint one event commits to the last event of every stream: the root of a tree over the heads, sorted by the
bytes of the stream's name. A head's leaf is `stream LF version LF leaf hash of its last event LF`; the tree is RFC 6962's.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, text

from ledger.canonical import leaf_hash
from ledger.merkle import inclusion_proof, root, span_of

Last = tuple[int, str]
"""A stream's version and the leaf hash of its last event, in hexadecimal."""

# The index leads from each stream to the next, so that the cost goes with the streams and not with their events.
_HEADS = text(
    """
    WITH RECURSIVE named(stream) AS (
        SELECT min(stream) FROM event
        UNION ALL
        SELECT (SELECT min(stream) FROM event WHERE stream > named.stream) FROM named WHERE named.stream IS NOT NULL
    )
    SELECT event.stream, event.version, event.leaf_hash FROM named
    JOIN event ON event.stream = named.stream
        AND event.version = (SELECT max(version) FROM event WHERE event.stream = named.stream)
    """
)
_SINCE = text(
    "SELECT stream, version, leaf_hash FROM event WHERE position > :after AND position <= :until ORDER BY position"
)
_UNTIL = text(
    """
    SELECT event.stream, event.version, event.leaf_hash
    FROM (SELECT stream, max(version) AS version FROM event WHERE position <= :until GROUP BY stream) AS ends
    JOIN event ON event.stream = ends.stream AND event.version = ends.version
    """
)


def head_leaf(stream: str, last: Last) -> bytes:
    """The leaf hash of a stream's head."""
    return leaf_hash(f"{stream}\n{last[0]}\n{last[1]}\n".encode())


@dataclass(frozen=True, slots=True)
class HeadProof:
    """That a stream's head is the `index`th of `streams`: `proof` leads from its leaf hash to their root."""

    last: Last
    index: int
    streams: int
    proof: tuple[bytes, ...]


class Heads:
    """The heads of all streams."""

    def __init__(self, lasts: Mapping[str, Last]) -> None:
        self.lasts = lasts
        self.streams = sorted(lasts, key=str.encode)
        self._leaves = [head_leaf(stream, lasts[stream]) for stream in self.streams]
        self._span = span_of(self._leaves)

    @cached_property
    def root(self) -> bytes:
        """The root over them."""
        return root(self._leaves)

    def proof(self, stream: str) -> HeadProof:
        """The proof of one stream's head. Raises KeyError where there is no such stream."""
        last = self.lasts[stream]
        index, count = bisect_left(self.streams, stream.encode(), key=str.encode), len(self.streams)
        return HeadProof(last, index, count, tuple(inclusion_proof(index, count, self._span)))


def _lasts(rows: Iterable[Any]) -> dict[str, Last]:
    return {stream: (version, bytes(hashed).hex()) for stream, version, hashed in rows}


def current(conn: Connection) -> dict[str, Last]:
    """The last event of every stream."""
    return _lasts(conn.execute(_HEADS))


def since(conn: Connection, after: int, until: int) -> dict[str, Last]:
    """The last events, up to a position, of the streams that got one after another."""
    return _lasts(conn.execute(_SINCE, {"after": after, "until": until}))


def until(conn: Connection, position: int) -> dict[str, Last]:
    """The last event of every stream among those up to a position. It reads an index of all events."""
    return _lasts(conn.execute(_UNTIL, {"until": position}))


class KnownHeads:
    """The heads up to a position, kept for whoever asks again and led on to later positions by the events since.

    They are known by their root, which whoever asks has from an event that was signed for: so they are those of then,
    whatever has become of the ledger.
    """

    def __init__(self) -> None:
        self._known = 0, Heads({})

    def at(self, conn: Connection, position: int, root: str) -> Heads:
        """The heads up to a position, of which the root is said to be this; where it is not, those that are stored."""
        known, found = self._known
        if known < position and found.streams:
            known, found = position, Heads({**found.lasts, **since(conn, known, position)})
        if known != position or found.root.hex() != root:
            found = Heads(until(conn, position))
        if found.root.hex() == root and position >= self._known[0]:
            self._known = position, found
        return found
