"""An evidence pack: one stream and what belongs to it, with proofs that a signed checkpoint of the whole ledger holds it.

A pack is a ZIP file that needs no engine to read and nothing but `auditor/verify.py` to verify. It holds stored bytes, never
anything made again from them: a line of `events.ndjson` is an event's leaf, a line of `commands.ndjson` a command as it was
signed. What each file is for stands in docs/evidence-packs.md; the format is named in `pack.json` and is never changed under
the same name.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Text, bindparam, func, select, type_coerce

from domain.checkpoints import HEADS
from domain.sealed import is_commitment
from ledger import checkpoints, heads
from ledger.checkpoints import SignedCheckpoint
from ledger.tables import checkpoint, command, event, sealed
from ledger.tree import StoredTree

FORMAT = "turnaround-pack/1"

EVENTS, PROOFS, ENDS = "events.ndjson", "proofs.ndjson", "heads.json"
COMMANDS, SEALED, EARLIER, CHECKPOINT = "commands.ndjson", "sealed.ndjson", "earlier.ndjson", "checkpoint"

_OF_STREAMS = select(event.c.position, event.c.leaf).where(
    event.c.stream.in_(bindparam("streams", expanding=True)), event.c.position <= bindparam("until")
)
_AT = select(event.c.position, event.c.leaf).where(event.c.position.in_(bindparam("positions", expanding=True)))
_LAST_HEADS = (
    select(event.c.position, event.c.leaf)
    .where(event.c.stream == HEADS, event.c.position <= bindparam("until"))
    .order_by(event.c.position.desc())
    .limit(1)
)
_COMMANDS = select(command.c.id, command.c.record).where(command.c.id.in_(bindparam("ids", expanding=True)))
_KEPT = select(sealed.c.commitment, sealed.c.salt, sealed.c.value, sealed.c["class"]).where(
    sealed.c.commitment.in_(bindparam("commitments", expanding=True)), sealed.c.value.is_not(None)
)
_MONTHLY = (
    select(func.max(checkpoint.c.size))
    .where(checkpoint.c.origin == bindparam("origin"), checkpoint.c.size < bindparam("below"))
    .group_by(func.substr(type_coerce(checkpoint.c.at, Text), 1, 7))
)


class NoCheckpoint(Exception):
    """No checkpoint has been signed yet that a pack could lead to."""


class NotRetained(Exception):
    """The ledger keeps no checkpoint of a size that was asked for."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


@dataclass(frozen=True)
class Contents:
    """What goes into a pack: whole streams, the first of which it is about; single events of others; and further files.

    Sealed values of the classes in `leave_out` stay out. `since` are sizes of earlier checkpoints that the pack is to prove
    it extends, besides the last of each month.
    """

    streams: Sequence[str]
    positions: Sequence[int] = ()
    leave_out: frozenset[str] = frozenset()
    since: frozenset[int] = frozenset()
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """What a pack holds: its checkpoint, and how many events, commands and sealed values."""

    checkpoint: SignedCheckpoint
    events: int
    commands: int
    sealed: int


def write_pack(
    conn: Connection, origin: str, contents: Contents, release: str, known: heads.KnownHeads, file: IO[bytes]
) -> Written:
    """Write a pack that leads to the last checkpoint of an origin.

    It holds what the ledger held when the heads of that checkpoint were taken, and nothing later. Of all that goes into it
    only the heads of all streams may be `known` from before. Raises NoCheckpoint, NotRetained, Tampered.
    """
    last = checkpoints.last(conn, origin)
    if last is None:
        raise NoCheckpoint
    size, tree = last.checkpoint.size, StoredTree(conn)
    at, recorded = conn.execute(_LAST_HEADS, {"until": size}).one()
    ends = known.at(conn, at - 1, json.loads(recorded)["body"]["root"])
    streams = [stream for stream in contents.streams if stream in ends.lasts]

    rows = [*conn.execute(_AT, {"positions": [*contents.positions, at]})]
    for some in _some(streams):
        rows += conn.execute(_OF_STREAMS, {"streams": some, "until": at})
    ordered = sorted({row.position: row.leaf for row in rows}.items())
    bodies = [json.loads(leaf) for _, leaf in ordered]
    records = list(_commands(conn, bodies))
    values = list(_values(conn, [*bodies, *map(json.loads, records)], contents.leave_out))

    files = {
        **contents.files,
        CHECKPOINT: checkpoints.cosigned(conn, last).encode(),
        EVENTS: _lines(leaf for _, leaf in ordered),
        PROOFS: _lines(_json([step.hex() for step in tree.inclusion(position, size)]) for position, _ in ordered),
        ENDS: _json({"position": at, "streams": _ends(ends, streams)}),
        COMMANDS: _lines(records),
        SEALED: _lines(values),
        EARLIER: _lines(_earlier(conn, tree, last, contents.since)),
    }
    about = {
        "format": FORMAT,
        "origin": origin,
        "stream": contents.streams[0],
        "left_out": sorted(contents.leave_out),
        "release": release,
        "files": {name: sha256(data).hexdigest() for name, data in sorted(files.items())},
    }
    _zip(file, {"pack.json": _json(about), **files})
    return Written(last, len(ordered), len(records), len(values))


def _some(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """As many at a time as a query takes."""
    yield from (names[start : start + 500] for start in range(0, len(names), 500))


def _commands(conn: Connection, events: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """The commands from which events came, each once, in the order of their events."""
    ids = list(dict.fromkeys(one["command"]["id"] for one in events if one["command"]["digest"]))
    for some in _some(ids):
        found = {row.id: row.record for row in conn.execute(_COMMANDS, {"ids": some})}
        yield from (found[id] for id in some)


def _values(conn: Connection, holders: Sequence[Any], leave_out: frozenset[str]) -> Iterator[bytes]:
    """The sealed values that events and commands name, but for those of some classes and those that were erased."""
    wanted = sorted({commitment for holder in holders for commitment in _commitments(holder)})
    for some in _some(wanted):
        for row in conn.execute(_KEPT, {"commitments": some}):
            class_ = row._mapping["class"]
            if class_ not in leave_out:
                kept = {
                    "commitment": row.commitment,
                    "class": class_,
                    "salt": row.salt.hex(),
                    "value": row.value.decode(),
                }
                yield _json(kept)


def _commitments(value: Any) -> Iterator[str]:
    if is_commitment(value):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _commitments(inner)


def _ends(ends: heads.Heads, streams: Iterable[str]) -> dict[str, Any]:
    proofs = ((stream, ends.proof(stream)) for stream in streams)
    return {stream: {"index": one.index, "path": [step.hex() for step in one.proof]} for stream, one in proofs}


def _earlier(conn: Connection, tree: StoredTree, last: SignedCheckpoint, since: frozenset[int]) -> Iterator[bytes]:
    """Earlier checkpoints, each with the proof that the pack's extends it: those asked for, and the last of each month."""
    size = last.checkpoint.size
    chosen = set(conn.scalars(_MONTHLY, {"origin": last.checkpoint.origin, "below": size})) | since - {size}
    for held in sorted(chosen):
        kept = checkpoints.covering(conn, last.checkpoint.origin, held)
        if kept is None or kept.checkpoint.size != held:
            raise NotRetained(held)
        note = checkpoints.cosigned(conn, kept).encode().decode()
        yield _json({"note": note, "path": [step.hex() for step in tree.consistency(held, size)]})


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _lines(lines: Iterable[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _zip(file: IO[bytes], files: Mapping[str, bytes]) -> None:
    """The same contents make the same bytes: no time of making, and the names in order."""
    with ZipFile(file, "w") as archive:
        for name in sorted(files):
            archive.writestr(ZipInfo(name), files[name], ZIP_DEFLATED)
