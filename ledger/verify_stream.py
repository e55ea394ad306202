"""Checking one stream, without reading the others, against the largest checkpoint that there is or that is given.

All that is stored of it is read and hashed each time. What follows from those hashes alone may be known from an earlier time:
that what has them is an event that follows from the one before, that a tree of some root holds it, and of which heads a root
is made. That stays so whatever happens to the ledger, so that knowing it hides nothing that was done since.
"""

from binascii import hexlify
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select

from domain.checkpoints import HEADS
from ledger.canonical import leaf_hash
from ledger.errors import Tampered
from ledger.heads import Heads, KnownHeads, Last
from ledger.merkle import verify_consistency, verify_inclusion
from ledger.newest import Newest
from ledger.statements import Statement
from ledger.tables import event
from ledger.tree import StoredTree
from ledger.verify_event import CONTENTS, Row, canonical_object
from ledger.verify_tree import NO_HEAD, PAGE, Bad, Head, Mark, next_head

_ROWS = Statement(
    f"SELECT {CONTENTS} WHERE event.stream = ? AND event.position > ? ORDER BY event.position LIMIT {PAGE}"
)
_AT = select(event.c.leaf_hash).where(event.c.position == bindparam("position"))
_HEADS_AT = select(event.c.leaf, event.c.leaf_hash).where(
    event.c.position == bindparam("position"), event.c.stream == HEADS
)


@dataclass(frozen=True)
class Sound:
    """Events of a stream that follow from each other, each by its hash and its columns, and how many of them a tree holds."""

    rows: Sequence[Row] = ()
    held: int = 0
    tree: Mark | None = None


@dataclass
class Known:
    """What follows from the hashes of the streams that were checked last, and the heads of all streams."""

    streams: Newest[str, Sound] = field(default_factory=lambda: Newest(64))
    heads: KnownHeads = field(default_factory=KnownHeads)


def check_stream(conn: Connection, stream: str, against: Mark | None, known: Known) -> Iterator[int]:
    """Check the events of a stream, one after another: how many so far. Raises Bad, Tampered."""
    tree, sound = StoredTree(conn), known.streams.get(stream, Sound())
    held = sound.held if _extends(tree, sound.tree, against) else 0
    rows, covered, size = list[Row](), 0, against.size if against is not None else 0
    last: Row | None = None
    end: Row | None = None
    for row in _rows(conn, stream):
        at, said = len(rows), _hashed(row)
        if at >= len(sound.rows) or said != sound.rows[at]:
            sound, held = Sound(), min(held, at)
            next_head(row, row[2], _head(last))
        if against is not None and row[0] <= size:
            if at >= held:
                _in_its_place(tree, row, against)
            covered = at + 1
            end = row if row[0] < size else end
        rows.append(said)
        last = row
        yield len(rows)
    if against is not None:
        _all_of_it(conn, tree, stream, (end[4], end[2].hex()) if end else None, against, known.heads)
    known.streams.put(stream, Sound(rows, covered, against))


def heads_at(conn: Connection, position: int, known: KnownHeads) -> Heads:
    """The heads of all streams that the event at a position records. Raises Bad where it says otherwise."""
    row = conn.execute(_HEADS_AT, {"position": position}).one_or_none()
    if row is None or leaf_hash(row.leaf) != row.leaf_hash:
        raise Bad(position, "the heads of all streams should be recorded here")
    body = (canonical_object(row.leaf) or {}).get("body")
    said = str(body.get("root")) if isinstance(body, dict) else ""
    found = known.at(conn, position - 1, said)
    if body != {"size": position - 1, "streams": len(found.streams), "root": found.root.hex()}:
        raise Bad(position, "the heads that it records are not those of the streams")
    return found


def _rows(conn: Connection, stream: str) -> Iterator[Row]:
    after = 0
    while True:
        rows = _ROWS.on(conn, stream, after).fetchall()
        yield from rows
        if len(rows) < PAGE:
            return
        after = rows[-1][0]


def _head(last: Row | None) -> Head:
    """A stream's head after an event that follows from the one before."""
    return NO_HEAD if last is None else (last[4], hexlify(last[2]), last[5])


def _hashed(row: Row) -> Row:
    """What a row says but for its bytes, for which their hash stands. Raises Bad where that is not theirs."""
    if not (isinstance(row[1], bytes) and isinstance(row[2], bytes)):
        raise Bad(row[0], "what is stored are not bytes")
    if leaf_hash(row[1]) != row[2]:
        raise Bad(row[0], "the stored bytes do not match their hash")
    return (row[0], *row[2:])


def _extends(tree: StoredTree, before: Mark | None, now: Mark | None) -> bool:
    """Whether the tree of one root is known to begin with that of another."""
    if before is None or now is None or before.size > now.size:
        return False
    try:
        proof = tree.consistency(before.size, now.size)
    except Tampered:
        return False  # then each event is to be looked for
    return verify_consistency(before.size, before.root, now.size, now.root, proof)


def _in_its_place(tree: StoredTree, row: Row, against: Mark) -> None:
    """Check that the tree of the checkpoint holds an event."""
    proof = tree.inclusion(row[0], against.size)
    if not verify_inclusion(row[2], row[0] - 1, against.size, proof, against.root):
        raise Bad(row[0], f"it is not in the tree that {against.whose} was signed over")


def _all_of_it(
    conn: Connection, tree: StoredTree, stream: str, ends: Last | None, against: Mark, known: KnownHeads
) -> None:
    """The heads that the checkpoint covers end the stream where it ends here: nothing of it is withheld."""
    proof = tree.inclusion(against.size, against.size)
    hashed = conn.execute(_AT, {"position": against.size}).scalar_one_or_none()
    if hashed is None or not verify_inclusion(hashed, against.size - 1, against.size, proof, against.root):
        raise Bad(against.size, f"the heads recorded here are not those that {against.whose} was signed over")
    if heads_at(conn, against.size, known).lasts.get(stream) != ends:
        raise Bad(against.size, f"the heads that it records do not end {stream} where it ends")
