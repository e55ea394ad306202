"""A thousand ledgers tampered with in eight ways, each found; and a thousand honest ones, with never an alarm.

The tamperer owns the database: triggers are gone, and in half of the trials everything that can be made to agree is made to
agree again: positions, versions, hashes, chains, heads, tree, outcomes. What others hold of the ledger's checkpoints they
can't change, and the end after the last one is nobody's yet. SQLite alone: one small file is put back for each trial.
"""

import copy
import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from domain.checkpoints import HEADS
from ledger.canonical import canonical, leaf_hash
from ledger.checkpoints import Checkpoint
from ledger.heads import Heads
from ledger.store import Ledger
from ledger.verify import Report, verify
from tests.databases import AT, NO_COMMAND, RELEASE, carry_out, draft
from tests.signing import Signing

Leaf = dict[str, Any]
TRIALS = 1000
STREAMS = ("engagement/haringey-1", "engagement/swindon-1", "office")


class Trials:
    """A ledger that can be put back as it was, through all of its connections."""

    def __init__(self, folder: Path) -> None:
        self._path, self._before = folder / "trial.db", sqlite3.connect(":memory:")
        self.ledger = Ledger.create(
            f"sqlite:///{self._path}", "test", "production", "unauthenticated", AT, synchronous="OFF"
        )

    def remember(self) -> None:
        """Put it back to this from now on."""
        with closing(sqlite3.connect(self._path)) as now:
            now.backup(self._before)

    def put_back(self) -> None:
        """Put it back."""
        with closing(sqlite3.connect(self._path)) as now:
            self._before.backup(now)

    def tamper(self) -> sqlite3.Connection:
        """A connection for which nothing is append-only."""
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        return connection


@pytest.fixture
def rng() -> random.Random:
    """Randomness whose seed is printed."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture
def trials(tmp_path: Path) -> Iterator[Trials]:
    """A ledger without events, for many trials."""
    trials = Trials(tmp_path)
    trials.remember()
    yield trials
    trials.ledger.close()


def grow(ledger: Ledger, rng: random.Random, prefix: str, commands: int) -> None:
    """Some commands with some events on some streams, and some events of the clock's."""
    for number in range(commands):
        stream = rng.choice(STREAMS)
        if rng.random() < 0.3:
            with ledger.writing() as tx:
                drafts = [draft(n=rng.random()) for _ in range(rng.randint(1, 3))]
                tx.append(stream, tx.head(stream).version, drafts, NO_COMMAND, AT, RELEASE)
        else:
            carry_out(ledger, f"{prefix}-{number}", rng.randint(1, 3), stream=stream)


# The tamperer


def leaves_of(db: sqlite3.Connection) -> list[Leaf]:
    return [json.loads(leaf) for (leaf,) in db.execute("SELECT leaf FROM event ORDER BY position")]


def make_agree(db: sqlite3.Connection, leaves: list[Leaf]) -> None:
    """Write a ledger of these events, in this order, in which everything follows from everything again."""
    lasts: dict[str, tuple[int, str]] = {}
    times: dict[str, str] = {}
    rows, ends = [], {}
    for position, leaf in enumerate(leaves, start=1):
        version, previous = lasts.get(leaf["stream"], (0, ""))
        leaf |= {"position": position, "version": version + 1, "previous": previous}
        leaf["recorded_at"] = times[leaf["stream"]] = max(leaf["recorded_at"], times.get(leaf["stream"], ""))
        if leaf["stream"] == HEADS:
            found = Heads(lasts)
            leaf["body"] = {"size": position - 1, "streams": len(found.streams), "root": found.root.hex()}
        data = canonical(leaf)
        hashed = leaf_hash(data)
        lasts[leaf["stream"]] = version + 1, hashed.hex()
        ends[leaf["command"]["id"]] = position
        columns = (leaf["stream"], version + 1, leaf["type"], leaf["recorded_at"], leaf["command"]["id"])
        rows.append((position, *columns, data, hashed))
    for table in ("event", "checkpoint", "cosignature", "tree_node"):  # fewer events than fill one block
        db.execute(f"DELETE FROM {table}")
    db.executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    for (id,) in db.execute("SELECT command_id FROM outcome").fetchall():
        if id in ends:
            db.execute("UPDATE outcome SET position = ? WHERE command_id = ?", (ends[id], id))
        else:
            db.execute("DELETE FROM outcome WHERE command_id = ?", (id,))
            db.execute("DELETE FROM command WHERE id = ?", (id,))


def elsewhere(stream: str, rng: random.Random) -> str:
    return rng.choice([other for other in (*STREAMS, "engagement/new-1") if other != stream])


def edit(leaves: list[Leaf], at: int, rng: random.Random) -> None:
    leaves[at]["body"] = {"n": rng.random()}


def forge(leaves: list[Leaf], at: int, rng: random.Random) -> None:
    leaves[at] |= {"type": "decision-recorded", "release": "0.9", "body": {"outcome": "engage"}}


def delete(leaves: list[Leaf], at: int, rng: random.Random) -> None:
    del leaves[at]


def insert(leaves: list[Leaf], at: int, rng: random.Random) -> None:
    command = {"id": "clock", "digest": ""}
    leaves.insert(at, copy.deepcopy(leaves[at]) | {"command": command, "decided_by": leaves[-1]["decided_by"]})


def swap(leaves: list[Leaf], at: int, rng: random.Random) -> None:
    other = rng.choice([n for n, leaf in enumerate(leaves) if canonical(leaf["body"]) != canonical(leaves[at]["body"])])
    leaves[at], leaves[other] = leaves[other], leaves[at]


def truncate(leaves: list[Leaf], at: int, rng: random.Random) -> None:
    del leaves[at:]


def move(leaves: list[Leaf], at: int, rng: random.Random) -> None:
    leaves[at]["stream"] = elsewhere(leaves[at]["stream"], rng)


def change_time(leaves: list[Leaf], at: int, rng: random.Random) -> None:
    if rng.random() < 0.5:
        leaves[at]["occurred"] = {"earliest": "2002-05-01", "latest": "2002-05-01", "printed": "1 May 2002"}
    else:
        leaves[at]["recorded_at"] = f"2002-11-20T09:30:00.{rng.randint(1, 999999):06}Z"


WAYS: list[Callable[[list[Leaf], int, random.Random], None]] = [
    edit,
    forge,
    delete,
    insert,
    swap,
    truncate,
    move,
    change_time,
]


def crudely(db: sqlite3.Connection, way: Any, at: int, rng: random.Random) -> None:
    """The same with a statement or two, and whatever does not agree then does not."""
    position, after = at + 1, "UPDATE event SET position = position"
    match way.__name__:
        case "edit":
            leaf = bytearray(db.execute("SELECT leaf FROM event WHERE position = ?", (position,)).fetchone()[0])
            leaf[rng.randrange(len(leaf))] ^= 1 << rng.randrange(8)
            db.execute("UPDATE event SET leaf = ? WHERE position = ?", (bytes(leaf), position))
        case "forge":
            leaf = json.loads(db.execute("SELECT leaf FROM event WHERE position = ?", (position,)).fetchone()[0])
            data = canonical(leaf | {"release": "0.9"})
            changed = data, leaf_hash(data), position
            db.execute("UPDATE event SET leaf = ?, leaf_hash = ? WHERE position = ?", changed)
        case "delete":
            db.execute("DELETE FROM event WHERE position = ?", (position,))
            if rng.random() < 0.5:
                db.execute(f"{after} - 1 WHERE position > ?", (position,))
        case "insert":
            db.execute(f"{after} + 1000 WHERE position >= ?", (position,))
            db.execute(f"{after} - 999 WHERE position >= 1000")
            row = list(db.execute("SELECT * FROM event WHERE position = ?", (position + 1,)).fetchone())
            db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (position, row[1], 500, *row[3:]))
        case "swap":
            other = rng.choice([n for n in range(1, len(leaves_of(db)) + 1) if n != position])
            for old, new in ((position, 1000), (other, position), (1000, other)):
                db.execute("UPDATE event SET position = ? WHERE position = ?", (new, old))
        case "truncate":
            db.execute("DELETE FROM event WHERE position >= ?", (position,))
        case "move":
            stream = db.execute("SELECT stream FROM event WHERE position = ?", (position,)).fetchone()[0]
            moved = elsewhere(stream, rng), position
            db.execute("UPDATE event SET stream = ?, version = 1000 WHERE position = ?", moved)
        case "change_time":
            db.execute("UPDATE event SET recorded_at = '2002-05-01' WHERE position = ?", (position,))


# The trials


def held_by_others(trials: Trials, signing: Signing, rng: random.Random) -> list[Checkpoint]:
    """A ledger of some sixty events; its last checkpoints, of which others have copies; and some events more."""
    held = []
    for number in range(5):
        grow(trials.ledger, rng, f"c{number}", 6)
        held.append(signing.checkpoint())
    grow(trials.ledger, rng, "after", 3)
    trials.remember()
    return held


def test_a_thousand_tamperings_in_eight_ways_are_each_found_below_the_last_checkpoint(
    trials: Trials, tmp_path: Path, rng: random.Random
) -> None:
    held = held_by_others(trials, Signing(trials.ledger, tmp_path), rng)
    assert verify(trials.ledger, given=held).ok
    missed = []
    for number in range(TRIALS):
        way, perfect = WAYS[number % len(WAYS)], number // len(WAYS) % 2 == 0
        trials.put_back()
        with closing(trials.tamper()) as db:
            leaves = leaves_of(db)
            at = rng.randrange(held[-1].size)
            while perfect and leaves[at]["stream"] in (HEADS, "signer"):
                at = rng.randrange(held[-1].size)  # these are made again anyway
            if perfect:
                way(leaves, at, rng)
                make_agree(db, leaves)
            else:
                crudely(db, way, at, rng)
            db.execute("COMMIT")
        if perfect and number % 7 == 0:
            assert verify(trials.ledger).ok, f"{way.__name__}: only what others hold can show it"
        report = verify(trials.ledger, given=held)
        if not _found(report, held[-1].size):
            missed.append((number, way.__name__, perfect, at + 1, report))
    assert missed == []


def _found(report: Report, size: int) -> bool:
    return report.first_bad is not None and (report.first_bad[0] is None or report.first_bad[0] <= size)


def test_the_fast_check_finds_what_was_made_to_agree_as_well(
    trials: Trials, tmp_path: Path, rng: random.Random
) -> None:
    held = held_by_others(trials, Signing(trials.ledger, tmp_path), rng)
    for way in WAYS * 5:
        trials.put_back()
        with closing(trials.tamper()) as db:
            leaves = leaves_of(db)
            at = rng.choice([n for n in range(held[-1].size) if leaves[n]["stream"] in STREAMS])
            way(leaves, at, rng)
            make_agree(db, leaves)
            db.execute("COMMIT")
        report = verify(trials.ledger, given=held, contents=False)
        assert _found(report, held[-1].size), (way.__name__, at + 1, report)


def test_a_thousand_honest_ledgers_raise_no_alarm(
    trials: Trials, tmp_path: Path, rng: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda descriptor: None)  # a thousand times; no power fails here
    for number in range(TRIALS):
        trials.put_back()
        signing, held = Signing(trials.ledger, tmp_path / f"{number}"), []
        for step in range(rng.randint(1, 3)):
            grow(trials.ledger, rng, f"c{step}", rng.randint(0, 2))
            made = signing.making().rotate("scheduled") if rng.random() < 0.1 else signing.making().make()
            held.append(made.signed.checkpoint)
        grow(trials.ledger, rng, "after", rng.randint(0, 1))
        report = verify(trials.ledger, given=held, contents=number % 2 == 0)
        assert report.ok, (number, report)
        assert report.covered == held[-1].size
