"""Checkpoints, as C2SP tlog-checkpoint v1.0.0 says: a log's name, the size of its tree and its root, in a signed note.

Retained checkpoints are kept beside the events they cover, and so are the cosignatures of witnesses; copies of both belong
where nobody who can change the ledger can change them.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, bindparam, func, insert, select, tuple_

from ledger.errors import Tampered
from ledger.merkle import EMPTY_ROOT
from ledger.notes import Note, NoteWrong, Signature, VerifierKey, base64_bytes
from ledger.tables import checkpoint, cosignature

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That the log `origin` had `size` leaves, and `root` over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text. Raises NoteWrong for anything but the three lines: ours have no others."""
        lines = text.split("\n")
        if len(lines) != 4 or not lines[0]:
            raise NoteWrong("it is not the three lines of a checkpoint")
        if not _SIZE.fullmatch(lines[1]) or int(lines[1]) >= 2**63:
            raise NoteWrong("its size is not a number of leaves")
        try:
            root = base64_bytes(lines[2])
        except ValueError:
            raise NoteWrong("its root is not base64") from None
        if len(root) != 32:
            raise NoteWrong("its root is not a SHA-256")
        if lines[1] == "0" and root != EMPTY_ROOT:
            raise NoteWrong("its root is not that of an empty tree")
        return cls(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the note it stands in, whose signatures are still to be checked: see `notes.signers`."""

    checkpoint: Checkpoint
    note: Note

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a note that holds a checkpoint. Raises NoteWrong."""
        note = Note.parse(data)
        return cls(Checkpoint.parse(note.text), note)


_c = checkpoint.c
_OF_ORIGIN = select(_c.origin, _c.size, _c.root, _c.note).where(_c.origin == bindparam("origin"))
_AFTER = _OF_ORIGIN.where(_c.size > bindparam("after")).order_by(_c.size).limit(1000)
_ALL = (
    select(_c.origin, _c.size, _c.root, _c.note)
    .where(tuple_(_c.size, _c.origin) > tuple_(bindparam("after"), bindparam("origin")))
    .order_by(_c.size, _c.origin)
    .limit(1000)
)
_LAST = _OF_ORIGIN.order_by(_c.size.desc()).limit(1)
_COVERING = _OF_ORIGIN.where(_c.size >= bindparam("position")).order_by(_c.size).limit(1)
_COSIGNATURES = (
    select(cosignature.c.line)
    .where(cosignature.c.origin == bindparam("origin"), cosignature.c.size == bindparam("size"))
    .order_by(cosignature.c.witness, cosignature.c.key_id)
)


_KEPT_AT = select(_c.at).where(_c.origin == bindparam("origin"), _c.size == bindparam("size"))
_BY_WITNESS = (cosignature.c.witness == bindparam("witness"), cosignature.c.key_id == bindparam("key_id"))
_LAST_COSIGNED = select(func.max(cosignature.c.size)).where(cosignature.c.origin == bindparam("origin"), *_BY_WITNESS)
_COSIGNED_BY = (
    select(_c.origin, _c.size, _c.root, _c.note, cosignature.c.line)
    .join(cosignature, (cosignature.c.origin == _c.origin) & (cosignature.c.size == _c.size))
    .where(*_BY_WITNESS)
    .order_by(_c.size, _c.origin)
)


def _read(row: Any) -> SignedCheckpoint:
    try:
        found = SignedCheckpoint.parse(row.note)
    except (NoteWrong, TypeError):
        raise Tampered(None, f"the checkpoint of size {row.size} is not a checkpoint") from None
    if found.checkpoint != Checkpoint(row.origin, row.size, row.root):
        raise Tampered(None, f"the columns of the checkpoint of size {row.size} differ from its note")
    return found


def keep(conn: Connection, signed: SignedCheckpoint, at: datetime) -> None:
    """Keep a checkpoint. There may be none of its origin and size yet."""
    held = signed.checkpoint
    values = {"origin": held.origin, "size": held.size, "root": held.root, "note": signed.note.encode(), "at": at}
    conn.execute(insert(checkpoint), values)


def retained(conn: Connection, origin: str, after: int = 0) -> Iterator[SignedCheckpoint]:
    """The checkpoints of an origin that are larger than `after`, the smallest first. Raises Tampered."""
    while True:
        rows = conn.execute(_AFTER, {"origin": origin, "after": after}).all()
        yield from map(_read, rows)
        if not rows:
            return
        after = rows[-1].size


def retained_of_all(conn: Connection) -> Iterator[SignedCheckpoint]:
    """The checkpoints of every origin, the smallest first. Raises Tampered, as the next two do."""
    after, origin = -1, ""
    while True:
        rows = conn.execute(_ALL, {"after": after, "origin": origin}).all()
        yield from map(_read, rows)
        if not rows:
            return
        after, origin = rows[-1].size, rows[-1].origin


def last(conn: Connection, origin: str) -> SignedCheckpoint | None:
    """The largest checkpoint of an origin, or None."""
    row = conn.execute(_LAST, {"origin": origin}).one_or_none()
    return _read(row) if row is not None else None


def kept_at(conn: Connection, signed: SignedCheckpoint) -> datetime:
    """When a checkpoint was kept, by the ledger's own time: no signature vouches for it."""
    held = signed.checkpoint
    found: datetime = conn.execute(_KEPT_AT, {"origin": held.origin, "size": held.size}).scalar_one()
    return found


def covering(conn: Connection, origin: str, position: int) -> SignedCheckpoint | None:
    """The smallest checkpoint of an origin whose tree holds the event at a position, or None while there is none."""
    row = conn.execute(_COVERING, {"origin": origin, "position": position}).one_or_none()
    return _read(row) if row is not None else None


def last_cosigned(conn: Connection, origin: str, witness: VerifierKey) -> int:
    """The size of the largest checkpoint of an origin that a witness's cosignature is kept of; 0 where there is none."""
    found: int | None = conn.execute(_LAST_COSIGNED, {"origin": origin, **_of(witness)}).scalar_one()
    return found or 0


def cosigned_by(conn: Connection, witness: VerifierKey) -> Iterator[SignedCheckpoint]:
    """The retained checkpoints of every origin that a witness's cosignature is kept of, each with it, the smallest first.

    Raises Tampered. The cosignature is still to be checked: see `cosignatures.seen_by`.
    """
    for row in conn.execute(_COSIGNED_BY, _of(witness)):
        held = _read(row)
        try:
            yield SignedCheckpoint(held.checkpoint, held.note.with_signatures([Signature.parse(row.line)]))
        except NoteWrong:
            raise Tampered(None, f"the cosignature of the checkpoint of size {row.size} is none") from None


def _of(witness: VerifierKey) -> dict[str, str]:
    return {"witness": witness.name, "key_id": witness.id.hex()}


def keep_cosignature(conn: Connection, held: Checkpoint, signature: Signature, at: datetime) -> None:
    """Keep what a witness signed of a retained checkpoint, at the time that the witness says."""
    values = {"origin": held.origin, "size": held.size, "witness": signature.name, "key_id": signature.key_id.hex()}
    conn.execute(insert(cosignature), {**values, "line": signature.line, "at": at})


def cosigned(conn: Connection, signed: SignedCheckpoint) -> Note:
    """A retained checkpoint's note with the cosignatures kept of it."""
    held = signed.checkpoint
    lines = conn.scalars(_COSIGNATURES, {"origin": held.origin, "size": held.size})
    return signed.note.with_signatures(Signature.parse(line) for line in lines)
