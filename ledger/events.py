"""Reading events. Stored bytes are checked against their hash before they are parsed."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Text, bindparam, func, select, type_coerce

from domain.records import Recorded
from ledger.canonical import leaf_hash
from ledger.errors import Tampered
from ledger.leaves import read_leaf
from ledger.statements import Statement
from ledger.tables import event

PAGE = 1000
"""How many events are read at once."""


@dataclass(frozen=True, slots=True)
class Head:
    """A stream's last event: its version, its leaf hash in hexadecimal, and when it was recorded."""

    version: int
    leaf_hash: str
    recorded_at: datetime | None


NO_EVENTS = Head(0, "", None)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event stands, in the ledger and in its stream."""

    position: int
    stream: str
    version: int


_COLUMNS = "position, stream, version, type, recorded_at, command_id, leaf, leaf_hash"
_STREAM = Statement(f"SELECT {_COLUMNS} FROM event WHERE stream = ? AND version > ? ORDER BY version LIMIT {PAGE}")
_ALL = Statement(f"SELECT {_COLUMNS} FROM event WHERE position > ? ORDER BY position LIMIT {PAGE}")
_HEAD = Statement("SELECT version, leaf_hash, recorded_at FROM event WHERE stream = ? ORDER BY version DESC LIMIT 1")
_LAST = Statement("SELECT max(position) FROM event")
_c = event.c
_OF_TYPES = (
    # The time is read as text, to be compared with what the leaf says.
    select(
        _c.position,
        _c.stream,
        _c.version,
        _c.type,
        type_coerce(_c.recorded_at, Text),
        _c.command_id,
        _c.leaf,
        _c.leaf_hash,
    )
    .where(_c.position > bindparam("after"), _c.type.in_(bindparam("types", expanding=True)))
    .order_by(_c.position)
)
_STREAMS = (
    select(event.c.stream)
    .where(event.c.version == 1, event.c.stream.startswith(bindparam("prefix"), autoescape=False))
    .order_by(event.c.stream)
)


def columns_disagree(columns: Sequence[Any], leaf: Mapping[str, Any]) -> str | None:
    """The first column of an event's row that does not say what its leaf says, or None. `columns` are in the table's order:
    position, stream, version, type, recorded_at, command_id.
    """
    try:
        said = {
            "position": leaf["position"],
            "stream": leaf["stream"],
            "version": leaf["version"],
            "type": leaf["type"],
            "recorded_at": leaf["recorded_at"],
            "command_id": leaf["command"]["id"],
        }
    except (KeyError, TypeError):
        return "leaf"
    return next((name for (name, value), column in zip(said.items(), columns, strict=True) if column != value), None)


def _recorded(row: Sequence[Any]) -> Recorded:
    position, stream, version, type_, at, command_id, leaf, hashed = row
    if leaf_hash(leaf) != hashed:
        raise Tampered(position, "the stored bytes do not match their hash")
    try:
        result, at_said = read_leaf(leaf)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Tampered(position, "the stored bytes are not an event") from None
    if (
        result.position != position
        or result.version != version
        or result.stream != stream
        or at_said != at
        or result.type != type_
        or result.command.id != command_id
    ):
        raise Tampered(position, f"column {columns_disagree(row[:6], json.loads(leaf))} differs from the leaf")
    return result


def reader(conn: Connection) -> Callable[[str, int], Iterator[Recorded]]:
    """How whoever reads streams after a version reads them here: the library of what is published does."""
    return partial(read_stream, conn)


def read_stream(conn: Connection, stream: str, after: int = 0) -> Iterator[Recorded]:
    """A stream's events with versions above `after`, in order.

    Raises Tampered where a leaf does not match its hash, its columns or the event before it, or one is missing.
    """
    version, previous = after, None if after else ""
    while True:
        rows = _STREAM.on(conn, stream, version).fetchall()
        for row in rows:
            recorded = _recorded(row)
            if recorded.version != version + 1:
                raise Tampered(recorded.position, f"version {version + 1} is missing")
            if previous is not None and recorded.previous != previous:
                raise Tampered(recorded.position, "it does not follow from the event before it")
            version, previous = recorded.version, row[7].hex()
            yield recorded
        if len(rows) < PAGE:
            return


def read_all(conn: Connection, after: int = 0) -> Iterator[Recorded]:
    """Every event with a position above `after`, in order. Raises Tampered as `read_stream` does, but for the chain."""
    position = after
    while True:
        rows = _ALL.on(conn, position).fetchall()
        for row in rows:
            recorded = _recorded(row)
            if recorded.position != position + 1:
                raise Tampered(position + 1, "the event is missing")
            position = recorded.position
            yield recorded
        if len(rows) < PAGE:
            return


def read_types(conn: Connection, types: Sequence[str], after: int = 0) -> Iterator[Recorded]:
    """The events of some types with positions above `after`, in order. Raises Tampered where a leaf does not match its hash."""
    return (_recorded(row) for row in conn.execute(_OF_TYPES, {"types": list(types), "after": after}))


def head(conn: Connection, stream: str) -> Head:
    """The stream's last event, or `NO_EVENTS`."""
    row = _HEAD.on(conn, stream).fetchone()
    return Head(row[0], row[1].hex(), datetime.fromisoformat(row[2])) if row is not None else NO_EVENTS


def last_position(conn: Connection) -> int:
    """The position of the ledger's last event, 0 when it is empty."""
    return _LAST.on(conn).fetchone()[0] or 0


def versions(conn: Connection, family: str) -> dict[str, int]:
    """The versions of the streams of a family, such as `council`, by their names in it."""
    query = select(_c.stream, func.max(_c.version)).where(_c.stream >= f"{family}/", _c.stream < f"{family}0")
    return {stream.partition("/")[2]: version for stream, version in conn.execute(query.group_by(_c.stream))}


def streams(conn: Connection, prefix: str = "") -> list[str]:
    """The streams that begin with `prefix`, such as `council/`. `%` and `_` in it match anything."""
    return list(conn.scalars(_STREAMS, {"prefix": prefix}))


def _chosen(streams: Sequence[str], types: Sequence[str]) -> list[Any]:
    return [_c.stream.in_(streams), *([_c.type.in_(types)] if types else [])]


def count_types(conn: Connection, streams: Sequence[str]) -> dict[str, int]:
    """How many events of each type some streams have, without reading them."""
    query = select(_c.type, func.count()).where(_c.stream.in_(streams)).group_by(_c.type).order_by(_c.type)
    return {type: count for type, count in conn.execute(query)}


def read_newest(
    conn: Connection, streams: Sequence[str], types: Sequence[str] = (), limit: int = PAGE, offset: int = 0
) -> list[Recorded]:
    """Some of the events of streams, of some types or of any, the newest first. Raises Tampered as `read_types` does."""
    # Chosen first and read then, so that nothing is read of those that are passed over.
    chosen = (
        select(_c.position).where(*_chosen(streams, types)).order_by(_c.position.desc()).limit(limit).offset(offset)
    )
    query = select(*_OF_TYPES.selected_columns).where(_c.position.in_(chosen.scalar_subquery()))
    return [_recorded(row) for row in conn.execute(query.order_by(_c.position.desc()))]


def read_versions(conn: Connection, stream: str, versions: Collection[int]) -> Iterator[Recorded]:
    """Some of a stream's events, by their versions, in order. Raises Tampered as `read_types` does."""
    query = select(*_OF_TYPES.selected_columns).where(_c.stream == stream, _c.version.in_(versions))
    return (_recorded(row) for row in conn.execute(query.order_by(_c.version)))


def places(conn: Connection, streams: Sequence[str]) -> list[Place]:
    """Where the events of some streams stand, in the order of the ledger; an index says it, and nothing is read of them."""
    query = select(_c.position, _c.stream, _c.version).where(_c.stream.in_(streams))
    return sorted((Place(*row) for row in conn.execute(query)), key=lambda place: place.position)


def read_at(conn: Connection, positions: Sequence[int]) -> Iterator[Recorded]:
    """The events at some positions, in order. Raises Tampered as `read_types` does."""
    for start in range(0, len(positions), PAGE):
        query = select(*_OF_TYPES.selected_columns).where(_c.position.in_(positions[start : start + PAGE]))
        yield from (_recorded(row) for row in conn.execute(query.order_by(_c.position)))


def read_streams(conn: Connection, streams: Sequence[str], types: Sequence[str] = ()) -> Iterator[Recorded]:
    """The events of several streams, of some types or of any, in the order of the ledger; a few queries for all of them.

    Raises Tampered as `read_types` does.
    """
    for start in range(0, len(streams), PAGE):
        query = select(*_OF_TYPES.selected_columns).where(*_chosen(streams[start : start + PAGE], types))
        yield from (_recorded(row) for row in conn.execute(query.order_by(_c.position)))


def by_stream(conn: Connection, streams: Sequence[str]) -> dict[str, list[Recorded]]:
    """The events of several streams, each stream's apart and in order, read as `read_streams` does; of some there may be none."""
    found = {stream: list[Recorded]() for stream in streams}
    for recorded in read_streams(conn, streams):
        found[recorded.stream].append(recorded)
    return found
