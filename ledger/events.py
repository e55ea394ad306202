"""Reading events. Stored bytes are checked against their hash before they are parsed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Text, bindparam, func, select, type_coerce

from domain.records import Recorded, instant_text
from ledger.canonical import leaf_hash
from ledger.errors import Tampered
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

_c = event.c
# The time is read as text, to be compared with what the leaf says: a changed one need not be a time at all.
ROW = (
    _c.position,
    _c.stream,
    _c.version,
    _c.type,
    type_coerce(_c.recorded_at, Text).label("recorded_at"),
    _c.command_id,
    _c.leaf,
    _c.leaf_hash,
)
"""What is read of an event."""

_STREAM = (
    select(*ROW)
    .where(_c.stream == bindparam("stream"), _c.version > bindparam("after"))
    .order_by(_c.version)
    .limit(PAGE)
)
_ALL = select(*ROW).where(_c.position > bindparam("after")).order_by(_c.position).limit(PAGE)
_HEAD = (
    select(_c.version, _c.leaf_hash, _c.recorded_at)
    .where(_c.stream == bindparam("stream"))
    .order_by(_c.version.desc())
    .limit(1)
)
_LAST = select(func.max(_c.position))
_STREAMS = (
    select(_c.stream)
    .where(_c.version == 1, _c.stream.startswith(bindparam("prefix"), autoescape=False))
    .order_by(_c.stream)
)


def columns_disagree(row: Any, leaf: Mapping[str, Any]) -> str | None:
    """The first column of an event's row that does not say what its leaf says, or None."""
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
    return next((name for name, value in said.items() if getattr(row, name) != value), None)


def _recorded(row: Any) -> Recorded:
    if leaf_hash(row.leaf) != row.leaf_hash:
        raise Tampered(row.position, "the stored bytes do not match their hash")
    try:
        result = Recorded.model_validate_json(row.leaf)
    except ValidationError:
        raise Tampered(row.position, "the stored bytes are not an event") from None
    if (
        result.position != row.position
        or result.version != row.version
        or result.stream != row.stream
        or instant_text(result.recorded_at) != row.recorded_at
        or result.type != row.type
        or result.command.id != row.command_id
    ):
        raise Tampered(row.position, f"column {columns_disagree(row, json.loads(row.leaf))} differs from the leaf")
    return result


def read_stream(conn: Connection, stream: str, after: int = 0) -> Iterator[Recorded]:
    """A stream's events with versions above `after`, in order.

    Raises Tampered where a leaf does not match its hash, its columns or the event before it, or one is missing.
    """
    version, previous = after, None if after else ""
    while True:
        rows = conn.execute(_STREAM, {"stream": stream, "after": version}).all()
        for row in rows:
            recorded = _recorded(row)
            if recorded.version != version + 1:
                raise Tampered(row.position, f"version {version + 1} is missing")
            if previous is not None and recorded.previous != previous:
                raise Tampered(row.position, "it does not follow from the event before it")
            version, previous = recorded.version, row.leaf_hash.hex()
            yield recorded
        if len(rows) < PAGE:
            return


def read_all(conn: Connection, after: int = 0) -> Iterator[Recorded]:
    """Every event with a position above `after`, in order. Raises Tampered as `read_stream` does, but for the chain."""
    position = after
    while True:
        rows = conn.execute(_ALL, {"after": position}).all()
        for row in rows:
            recorded = _recorded(row)
            if recorded.position != position + 1:
                raise Tampered(position + 1, "the event is missing")
            position = recorded.position
            yield recorded
        if len(rows) < PAGE:
            return


def head(conn: Connection, stream: str) -> Head:
    """The stream's last event, or `NO_EVENTS`."""
    row = conn.execute(_HEAD, {"stream": stream}).one_or_none()
    return Head(row.version, row.leaf_hash.hex(), row.recorded_at) if row is not None else NO_EVENTS


def last_position(conn: Connection) -> int:
    """The position of the ledger's last event, 0 when it is empty."""
    return conn.execute(_LAST).scalar() or 0


def streams(conn: Connection, prefix: str = "") -> list[str]:
    """The streams that begin with `prefix`, such as `council/`. `%` and `_` in it match anything."""
    return list(conn.scalars(_STREAMS, {"prefix": prefix}))
