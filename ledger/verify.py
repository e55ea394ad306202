"""Checking a whole ledger against itself, in one pass, in memory that does not grow with it but for the streams' heads.

It shows that what is there is consistent. It cannot show that the end was not cut off, nor that all was not made anew:
for that the root is compared with a checkpoint that others hold.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, tuple_

from ledger.canonical import Tree, canonical, commitment, digest, leaf_hash
from ledger.events import PAGE, ROW, columns_disagree
from ledger.store import Ledger
from ledger.tables import command, event, outcome, sealed

OWN_PARTY = "turnaround"
"""The party of the clock and the engine, whose events alone may follow from no stored command."""

Trusted = Callable[[str, bytes, bytes], bool]
"""Whether a trusted key of this id made this signature of these bytes."""

Progress = Callable[[int, int], None]
"""Called with the rows checked so far and the rows to check."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked. `root_hex` is the RFC 6962 root over all events' leaves, None when one stream was checked.

    `first_bad` is the position of the first event that is wrong and what is wrong with it; the position is None when it
    is a command, an outcome or a sealed value.
    """

    events: int
    streams: int
    commands: int
    outcomes: int
    root_hex: str | None
    first_bad: tuple[int | None, str] | None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.first_bad is None


@dataclass(slots=True)
class _Head:
    version: int = 0
    leaf_hash: str = ""
    recorded_at: str = ""


_EVENTS = (
    select(*ROW, command.c.digest.label("command_digest"))
    .outerjoin(command, command.c.id == event.c.command_id)
    .order_by(event.c.position)
    .limit(PAGE)
)
_ALL_EVENTS = _EVENTS.where(event.c.position > bindparam("after"))
_STREAM_EVENTS = _ALL_EVENTS.where(event.c.stream == bindparam("stream"))
_COMMANDS = select(command).where(command.c.id > bindparam("after")).order_by(command.c.id).limit(PAGE)
_OUTCOMES = (
    select(outcome, command.c.digest.label("command_digest"), event.c.position.label("event_position"))
    .outerjoin(command, command.c.id == outcome.c.command_id)
    .outerjoin(event, event.c.position == outcome.c.position)
    .where(outcome.c.command_id > bindparam("after"))
    .order_by(outcome.c.command_id)
    .limit(PAGE)
)
_SEALED = (
    select(sealed)
    .where(tuple_(sealed.c.command_id, sealed.c.path) > tuple_(bindparam("after"), bindparam("path")))
    .order_by(sealed.c.command_id, sealed.c.path)
    .limit(PAGE)
)


def _object(data: bytes) -> dict[str, Any] | None:
    """The object that canonical bytes hold; None when they are not canonical or hold something else."""
    try:
        value = json.loads(data)
        return value if isinstance(value, dict) and canonical(value) == data else None
    except (ValueError, RecursionError):
        return None


def _wrong_event(row: Any, head: _Head) -> str | None:
    if leaf_hash(row.leaf) != row.leaf_hash:
        return "the stored bytes do not match their hash"
    leaf = _object(row.leaf)
    if leaf is None:
        return "the stored bytes are not canonical"
    column = columns_disagree(row, leaf)
    if column is not None:
        return f"column {column} differs from the leaf"
    if row.version != head.version + 1:
        return f"version {head.version + 1} of the stream is missing"
    if leaf.get("previous") != head.leaf_hash:
        return "it does not follow from the stream's event before it"
    if leaf["recorded_at"] < head.recorded_at:
        return "it is recorded earlier than the stream's event before it"
    if not leaf["command"].get("digest") and leaf["decided_by"].get("party") != OWN_PARTY:
        return "somebody decided it, and it names no command"
    if leaf["command"].get("digest") != (row.command_digest or ""):
        return "its command is not the stored one" if row.command_digest else "its command is missing"
    return None


def _wrong_command(row: Any, trusted: Trusted | None) -> str | None:
    if digest(row.record) != row.digest:
        return f"command {row.id} does not match its digest"
    record = _object(row.record)
    if record is None:
        return f"the bytes of command {row.id} are not canonical"
    if any(record.get(name) != getattr(row, name) for name in ("id", "target", "type", "via")):
        return f"the columns of command {row.id} differ from its bytes"
    if trusted is not None and not trusted(row.face, row.signature, row.record):
        return f"command {row.id} was signed by no trusted face"
    return None


def _wrong_outcome(row: Any) -> str | None:
    if row.digest != row.command_digest:
        return f"the outcome of command {row.command_id} answers other content"
    if _object(row.outcome) is None:
        return f"the outcome of command {row.command_id} is not canonical"
    if row.position != row.event_position:
        return f"event {row.position}, which the outcome of command {row.command_id} names, is missing"
    return None


def _pages(conn: Connection, query: Select[Any], key: str, after: object, **also: object) -> Iterator[Any]:
    while True:
        rows = conn.execute(query, {"after": after, **also}).all()
        yield from rows
        if len(rows) < PAGE:
            return
        after = getattr(rows[-1], key)
        if "path" in also:
            also["path"] = rows[-1].path


def _wrong_sealed(row: Any) -> str | None:
    if row.value is not None and (row.salt is None or commitment(row.salt, row.value) != row.commitment):
        return f"sealed value {row.path} of command {row.command_id} does not match its commitment"
    return None


def _count(conn: Connection, stream: str | None) -> int:
    if stream is not None:
        return conn.execute(select(func.count()).select_from(event).where(event.c.stream == stream)).scalar_one()
    tables = (event, command, outcome, sealed)
    return sum(conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)


def verify(
    ledger: Ledger, stream: str | None = None, progress: Progress | None = None, trusted: Trusted | None = None
) -> Report:
    """Check every event, command, outcome and sealed value, or the events of one stream.

    With `trusted` the faces' signatures of the commands are checked too. Raises DatabaseUnavailable.
    """
    with ledger.reading() as conn:
        return _verify(conn, stream, progress or (lambda done, total: None), trusted)


def _verify(conn: Connection, stream: str | None, progress: Progress, trusted: Trusted | None) -> Report:
    total, done, position = _count(conn, stream), 0, 0
    tree, heads = Tree(), dict[str, _Head]()
    first_bad: tuple[int | None, str] | None = None

    def checked() -> None:
        nonlocal done
        done += 1
        if done % PAGE == 0 or done == total:
            progress(done, total)

    query = _ALL_EVENTS if stream is None else _STREAM_EVENTS
    also = {} if stream is None else {"stream": stream}
    for row in _pages(conn, query, "position", 0, **also):
        if first_bad is None and stream is None and row.position != position + 1:
            first_bad = position + 1, "the event is missing"
        head = heads.setdefault(row.stream, _Head())
        if not (isinstance(row.leaf, bytes) and isinstance(row.leaf_hash, bytes)):
            # SQLite lets any kind of value stand in any column.
            first_bad = first_bad or (row.position, "what is stored are not bytes")
            continue
        if first_bad is None and (why := _wrong_event(row, head)) is not None:
            first_bad = row.position, why
        position = row.position
        head.version, head.leaf_hash = row.version, row.leaf_hash.hex()
        head.recorded_at = row.recorded_at
        tree.add(leaf_hash(row.leaf))
        checked()
    if stream is not None:
        return Report(tree.size, len(heads), 0, 0, None, first_bad)

    def check(query: Select[Any], wrong: Callable[[Any], str | None], key: str, **also: object) -> int:
        nonlocal first_bad
        count = 0
        for row in _pages(conn, query, key, "", **also):
            try:
                why = wrong(row)
            except TypeError:
                why = f"{getattr(row, 'command_id', None) or row.id}: what is stored are not bytes"
            if first_bad is None and why is not None:
                first_bad = None, why
            count += 1
            checked()
        return count

    commands = check(_COMMANDS, lambda row: _wrong_command(row, trusted), "id")
    outcomes = check(_OUTCOMES, _wrong_outcome, "command_id")
    check(_SEALED, _wrong_sealed, "command_id", path="")
    return Report(tree.size, len(heads), commands, outcomes, tree.root().hex(), first_bad)
