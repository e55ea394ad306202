"""One pass over every event, a page at a time: its hash, its place, the tree over all, and what was signed of that.

The rows come from the database's driver as they are, and nothing is parsed unless the contents are checked too. What is
kept from page to page is a few hashes, and with the contents the last event of each stream.
"""

from binascii import hexlify
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, text

from ledger.canonical import leaf_hash
from ledger.merkle import BLOCK, Tree, complete_root
from ledger.verify_event import COLUMNS, CONTENTS, Row, read_row

PAGE = 4 * BLOCK
"""How many events are read at once: whole blocks of the stored tree."""

STRETCH = 4 * PAGE
"""How many events are looked at apart from those before them."""


class Bad(Exception):
    """The first thing that is wrong: the position of an event, None when it is none, and what is wrong with it."""

    def __init__(self, position: int | None, why: str) -> None:
        super().__init__(position, why)
        self.position, self.why = position, why


@dataclass(frozen=True, slots=True)
class Mark:
    """A root that the tree must have at a size, and whose word that is; or what is `wrong` with that word itself."""

    size: int
    root: bytes
    whose: str
    wrong: tuple[int | None, str] | None = None


Head = tuple[int, bytes, str]
"""A stream's version, the leaf hash of its last event in hexadecimal, and when that was recorded."""

NO_HEAD: Head = (0, b"", "")


def next_head(row: Row, hashed: bytes, head: Head) -> Head:
    """Check an event's contents, and that it follows from its stream's event before it; its stream's head now. Raises Bad."""
    position, version, recorded_at = row[0], row[4], row[5]
    before, previous, earlier = head
    leaf = read_row(row)
    if isinstance(leaf, str):
        raise Bad(position, leaf)
    if version != before + 1:
        raise Bad(position, f"version {before + 1} of the stream is missing")
    if leaf.get("previous") != previous.decode():
        raise Bad(position, "it does not follow from the stream's event before it")
    if recorded_at < earlier:
        raise Bad(position, "it is recorded earlier than the stream's event before it")
    return version, hexlify(hashed), recorded_at


Begin = tuple[int, object, str]
"""What a stream's first event in a stretch says of the one before it: its own version, that one's hash, its own time."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch whose events are sound by themselves: the roots over its blocks, and, with the contents, how each stream
    goes on in it and where it ends.
    """

    roots: Sequence[bytes]
    begins: Mapping[str, Begin]
    ends: Mapping[str, Head]


def look(cursor: Any, after: int, *, contents: bool) -> Sound | None:
    """Look at the `STRETCH` events after a position; None where any of them is not sound, whatever is wrong with it."""
    roots, begins, ends = list[bytes](), dict[str, Begin](), dict[str, Head]()
    for start in range(after, after + STRETCH, PAGE):
        rows = _rows(cursor, start, contents)
        hashes = _hashes(rows, start + 1)
        if hashes is None or len(rows) < PAGE:
            return None
        roots.extend(complete_root(hashes[at : at + BLOCK]) for at in range(0, PAGE, BLOCK))
        for row, hashed in zip(rows, hashes, strict=True) if contents else ():
            stream, version, recorded_at = row[3:6]
            if stream in ends:
                try:
                    ends[stream] = next_head(row, hashed, ends[stream])
                except Bad:
                    return None
            else:
                leaf = read_row(row)
                if isinstance(leaf, str):
                    return None
                begins[stream] = version, leaf.get("previous"), recorded_at
                ends[stream] = version, hexlify(hashed), recorded_at
    return Sound(roots, begins, ends)


class Pass:
    """The state of a pass. `marks` come by size; `contents` says whether those are checked."""

    def __init__(self, conn: Connection, marks: Iterator[Mark], *, contents: bool) -> None:
        self._conn, self._marks, self._contents = conn, marks, contents
        self._mark: Mark | None = None
        self._nodes: list[list[bytes]] = []
        self._heads: dict[str, Head] = {}
        self.tree = Tree()
        self.marks = 0
        self.covered = 0

    def run(self, progress: Callable[[int], None], looked: Callable[[int], Sound | None] = lambda after: None) -> None:
        """Check all events. `progress` is told of how many at a time; `looked` says what was found in the stretch after a
        position, None where nobody looked or something is wrong: then it is looked at here. Raises Bad.
        """
        cursor = driver_cursor(self._conn)
        self._mark = next(self._marks, None)
        self._compare()
        while True:
            if self.tree.size % STRETCH == 0:
                sound = looked(self.tree.size)
                if sound is not None and self._goes_on(sound):
                    self._take(sound)
                    progress(STRETCH)
                    continue
            rows = _rows(cursor, self.tree.size, self._contents)
            self._page(rows)
            progress(len(rows))
            if len(rows) < PAGE:
                break
        if self._mark is not None:
            size = self._mark.size
            ends = f"the ledger ends before it, and {self._mark.whose} was signed over {size:,} events"
            raise Bad(*(self._mark.wrong or (self.tree.size + 1, ends)))
        self._no_nodes_beyond()

    def _page(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        first, bad = self.tree.size + 1, None
        hashes = _hashes(rows, first)
        if hashes is None:
            rows, bad = _until_bad(rows, first)
            hashes = [row[2] for row in rows]
        if self._contents:
            try:
                self._read(rows, hashes)
            except Bad as earlier:
                assert earlier.position is not None
                bad, hashes = earlier, hashes[: earlier.position - first]
        # What was signed of the events before a bad one may show that one of those is bad already.
        roots = self._grow(hashes)
        if bad is not None:
            raise bad
        self._compare_nodes(0, (first - 1) // BLOCK, roots)

    def _read(self, rows: Sequence[Row], hashes: Sequence[bytes]) -> None:
        heads = self._heads
        for row, hashed in zip(rows, hashes, strict=True):
            stream = row[3]
            heads[stream] = next_head(row, hashed, heads.get(stream, NO_HEAD))

    def _goes_on(self, sound: Sound) -> bool:
        """Whether a stretch follows, stream by stream, from the events before it."""
        for stream, (version, previous, recorded_at) in sound.begins.items():
            before, hashed, earlier = self._heads.get(stream, NO_HEAD)
            if version != before + 1 or previous != hashed.decode() or recorded_at < earlier:
                return False
        return True

    def _take(self, sound: Sound) -> None:
        """Add a stretch to the tree and compare it with the marks on the way."""
        self._heads.update(sound.ends)
        blocks = PAGE // BLOCK
        for at in range(0, len(sound.roots), blocks):
            first, roots = self.tree.size // BLOCK, sound.roots[at : at + blocks]
            for number, root in enumerate(roots, start=first):
                if self._mark is None or self._mark.size >= (number + 1) * BLOCK:
                    self.tree.add(root, BLOCK)
                    self._compare()
                elif self._grow(self._leaf_hashes(number)) != [root]:
                    raise Bad(number * BLOCK + 1, "what is stored from here on changed while it was read")
            self._compare_nodes(0, first, roots)

    def _leaf_hashes(self, block: int) -> list[bytes]:
        cursor, first = driver_cursor(self._conn), block * BLOCK
        cursor.execute(
            f"SELECT leaf_hash FROM event WHERE position > {first} AND position <= {first + BLOCK} ORDER BY position"
        )
        return [row[0] for row in cursor.fetchall()]

    def _grow(self, hashes: Sequence[bytes]) -> list[bytes]:
        """Add leaf hashes to the tree and compare it with the marks on the way; the roots of the complete blocks."""
        roots = []
        for at in range(0, len(hashes), BLOCK):
            left = block = hashes[at : at + BLOCK]
            while self._mark is not None and self._mark.size < self.tree.size + len(left):
                cut = self._mark.size - self.tree.size
                self.tree.extend(left[:cut])
                left = left[cut:]
                self._compare()
            if len(block) == BLOCK:
                roots.append(complete_root(block))
            if len(left) == BLOCK:
                self.tree.add(roots[-1], BLOCK)
            else:
                self.tree.extend(left)
            self._compare()
        return roots

    def _compare(self) -> None:
        while self._mark is not None and self._mark.size == self.tree.size:
            mark = self._mark
            if mark.wrong is not None:
                raise Bad(*mark.wrong)
            if self.tree.root() != mark.root:
                upto = f"from here to {mark.size:,}" if mark.size > self.covered + 1 else "here"
                raise Bad(self.covered + 1, f"something {upto} is not what {mark.whose} was signed over")
            self.covered = mark.size
            self.marks += 1
            self._mark = next(self._marks, None)

    def _compare_nodes(self, level: int, first: int, roots: Sequence[bytes]) -> None:
        """The roots of complete blocks of a level are those that are stored, and so are the roots over them."""
        if not roots:
            return
        cursor = driver_cursor(self._conn)
        cursor.execute(
            f"SELECT hash FROM tree_node WHERE level = {level + 1} AND number >= {first}"
            f" AND number < {first + len(roots)} ORDER BY number"
        )
        if [row[0] for row in cursor.fetchall()] != list(roots):
            size = BLOCK ** (level + 1)
            upto = (first + len(roots)) * size
            raise Bad(first * size + 1, f"the stored tree is not that of the events from here to {upto:,}")
        if level == len(self._nodes):
            self._nodes.append([])
        waiting = self._nodes[level]
        waiting.extend(roots)
        if len(waiting) == BLOCK:
            over = complete_root(waiting)
            waiting.clear()
            self._compare_nodes(level + 1, first // BLOCK, [over])

    def _no_nodes_beyond(self) -> None:
        expected, blocks = 0, self.tree.size // BLOCK
        while blocks:
            expected, blocks = expected + blocks, blocks // BLOCK
        if self._conn.execute(text("SELECT count(*) FROM tree_node")).scalar_one() != expected:
            raise Bad(None, "the stored tree has nodes that stand over no events")


def driver_cursor(conn: Connection) -> Any:
    """A cursor of the database's driver, in the transaction of a connection."""
    conn.exec_driver_sql("SELECT 1")  # begins the transaction, if it has not begun
    raw: Any = conn.connection.driver_connection
    return raw.cursor(binary=True) if conn.dialect.name == "postgresql" else raw.cursor()


def _rows(cursor: Any, after: int, contents: bool) -> Sequence[Row]:
    """The next page of events. The driver is asked directly: a row then costs no more than reading it."""
    columns = CONTENTS if contents else COLUMNS
    cursor.execute(f"SELECT {columns} WHERE event.position > {after} ORDER BY event.position LIMIT {PAGE}")
    rows: Sequence[Row] = cursor.fetchall()
    return rows


def _hashes(rows: Sequence[Row], first: int) -> list[bytes] | None:
    """The leaf hashes of rows that are to begin at a position; None where one is missing or does not match its hash."""
    if not rows:
        return []
    _, leaves, stored, *_ = zip(*rows, strict=True)
    try:
        hashes = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    except TypeError:
        return None
    # Positions are whole numbers that rise from row to row: none is missing where the last one is right.
    return hashes if list(stored) == hashes and rows[-1][0] == first + len(rows) - 1 else None


def _until_bad(rows: Sequence[Row], first: int) -> tuple[Sequence[Row], Bad]:
    """The rows before the first one that is missing, or does not match its hash; and that one."""
    for expected, row in enumerate(rows, start=first):
        if row[0] != expected:
            return rows[: expected - first], Bad(expected, "the event is missing")
        if not (isinstance(row[1], bytes) and isinstance(row[2], bytes)):
            # SQLite lets any kind of value stand in any column.
            return rows[: expected - first], Bad(row[0], "what is stored are not bytes")
        if leaf_hash(row[1]) != row[2]:
            return rows[: expected - first], Bad(row[0], "the stored bytes do not match their hash")
    raise AssertionError("one of them is bad")
