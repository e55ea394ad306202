"""The ledger's speed: against `eventsourcing` with its SQLite recorder, and against reading the same rows and hashing each.

Parts of `python -m tests.bench` that need no Temporal server. Where both sides write, they write to SQLite files in one
folder, in WAL mode with `synchronous = FULL`, which is looked up and not assumed. They take turns, block by block, and a
ratio is one block's speed to that of the block beside it: 2 means that ours takes half the time. Nothing is asserted.

The other side does what it is for and no more: JSON events of one aggregate, with a time. Ours does all that ours always
does: who, when, by which command and release, canonical bytes, the hash of each event, the chain and the tree.
"""

import gc
import json
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from statistics import median
from typing import Any, Self, cast
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.sqlite import SQLiteApplicationRecorder

from activities.checkpointing import Checkpointing
from activities.folding import fold_engagement
from activities.messages import Submission, Task
from activities.publishing import Publication
from activities.receipts import Receipts
from activities.signatures import Keyring
from activities.signer import Signer
from activities.transact import Transact
from domain.actors import ENGINE, Actor
from domain.course import NoteAdded
from domain.dates import When
from domain.engagement import Engagement
from domain.records import CommandRef, Draft, instant_text
from domain.respond import draft
from domain.sealed import Sealed
from ledger import read_models, tree
from ledger.canonical import commitment, leaf_hash
from ledger.commands import SignedCommand
from ledger.events import last_position, read_stream
from ledger.leaves import maker
from ledger.store import Ledger
from ledger.verify import verify
from ledger.verify_apart import others
from ledger.verify_tree import driver_cursor
from workers.composition import RELEASE, make_face, make_ledger, make_shelf
from workers.face import Unsealed
from workers.settings import Settings

OFFICE = Actor.parse("department.programme-office")
TEXT = "The council's new director has been told of the engagement."
INSPECTORATE = Actor.parse("inspectorate.chief-inspector")
BLOCK = 20
"""Commands in a block, each to a stream or an aggregate of its own."""

HISTORY = 500
"""Events of the engagement, and of the aggregate, that is loaded and folded."""

PER_STREAM, PER_CHECKPOINT = 100, 20_000
"""Events of a stream, and between two checkpoints, of the ledger that is verified."""

Found = dict[str, Any]
Block = Callable[[], object]
"""What is timed."""

Side = Callable[[], Block]
"""Makes ready for a block, which is not timed."""


@dataclass(frozen=True)
class Sizes:
    """How much to do: `events` are those of the ledger that is verified, `addresses` texts of those that are asked for."""

    rounds: int
    events: int
    addresses: Sequence[str] = ()


def say(line: str) -> None:
    """Progress, for whoever waits."""
    print(line, file=sys.stderr, flush=True)


# Taking turns


def compare(ours: Side, theirs: Side, rounds: int) -> tuple[list[float], list[float]]:
    """How long each takes, block by block; each goes first in every second round. The first round is left out."""
    found: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    gc.freeze()  # what was there before is no part of either side's rubbish
    for number in range(rounds + 1):
        for side in (0, 1) if number % 2 else (1, 0):
            block = (ours, theirs)[side]()
            gc.collect()
            start = time.perf_counter()
            block()
            if number:
                found[side].append(time.perf_counter() - start)
    return found


def speed(what: str, target: float, times: tuple[list[float], list[float]], each: int = 1) -> Found:
    """What two sides took, as it is reported; `each` is how many of what was asked for stand in a block."""
    ours, theirs = times
    ratios = sorted(their / our for our, their in zip(ours, theirs, strict=True))
    return {
        "ratio": round(median(ratios), 3),
        "min": round(ratios[0], 3),
        "max": round(ratios[-1], 3),
        "rounds": len(ratios),
        "target": f"at least {target}",
        "met": median(ratios) >= target,
        "what": what,
        "ours_ms": round(median(ours) / each * 1000, 3),
        "theirs_ms": round(median(theirs) / each * 1000, 3),
    }


# The other side


class Case(Aggregate):
    """An aggregate that takes notes."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    @event("NoteAdded")
    def add_note(self, text: str) -> None:
        """Add a note."""
        self.notes.append(text)


@dataclass(frozen=True)
class Theirs:
    """An application of `eventsourcing`, and some aggregates of it that are in memory."""

    application: Application[UUID]
    cases: Sequence[Case]

    def saving(self, events: int) -> Side:
        """Saving so many new events of each aggregate; they are made beforehand."""

        def prepare() -> Block:
            for case in self.cases:
                for _ in range(events):
                    case.add_note(TEXT)
            return lambda: [self.application.save(case) for case in self.cases]

        return prepare


@contextmanager
def peer(folder: Path) -> Iterator[Theirs]:
    """The other side, as durable as ours."""
    application = Application[UUID](
        {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "eventsourcing.db")}
    )
    with cast(SQLiteApplicationRecorder, application.recorder).datastore.transaction(commit=False) as cursor:
        pragmas = []
        for name in ("journal_mode", "synchronous"):
            cursor.execute(f"PRAGMA {name}")
            pragmas.append(cursor.fetchone()[0])
    if pragmas != ["wal", 2]:
        raise RuntimeError(f"the other side is not as durable as ours: {pragmas}")
    cases = [Case() for _ in range(BLOCK)]
    application.save(*cases)
    yield Theirs(application, cases)
    application.close()


# Our side


class Ours:
    """A ledger with some open engagements, and commands carried out in process."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(home=folder, database_url=None, synchronous="FULL")
        self.ledger = make_ledger(settings, "production")
        # Commands are stored, but there is no server to submit them to.
        self.face = make_face(settings, self.ledger, None)  # type: ignore[arg-type]
        shelf = make_shelf(settings)
        self.receipts = Receipts(self.ledger, shelf.key)
        self._transact = Transact(self.ledger, shelf, lambda: Keyring.of_folder(settings.keys))
        self._epoch = self.ledger.about.epoch
        self._number = 0
        self.run(self.stored(self.ratings()))
        with self.ledger.reading() as conn:
            self.engagements = [row.id for row in read_models.open_engagements(conn)]

    def _command(self, target: str, type: str, by: Actor, body: dict[str, Any]) -> Unsealed:
        self._number += 1
        today = When.day(datetime.now(UTC).date())
        return Unsealed(f"bench/{self._number}", target, type, by, by, today, body, "command-line")

    def notes(self) -> list[Unsealed]:
        """A note for each engagement: the smallest command, of one event."""
        return [self._command(f"engagement/{id}", "add-note", OFFICE, {"text": TEXT}) for id in self.engagements]

    def ratings(self) -> list[Unsealed]:
        """The lowest rating for councils that have none: an engagement opens, with its obligations and notices."""
        body = {"service": "social-services", "stars": 0}
        councils = [f"council/X{self._number + each:07}" for each in range(BLOCK)]  # numbers that no block before had
        return [self._command(council, "publish-rating", INSPECTORATE, body) for council in councils]

    def stored(self, commands: Iterable[Unsealed]) -> list[SignedCommand]:
        """Seal, sign and store commands."""
        return self.face.store(commands)

    def run(self, commands: Iterable[SignedCommand]) -> None:
        """Carry out stored commands, each in a transaction of its own."""
        for signed in commands:
            submission = Submission(command_id=signed.record.id, digest=signed.digest)
            task = Task(target=signed.record.target, at=datetime.now(UTC), epoch=self._epoch, submission=submission)
            outcome = self._transact.run(task).outcome
            assert outcome is not None and outcome.accepted, outcome

    def running(self, commands: Callable[[], list[Unsealed]]) -> Side:
        """Carrying out commands that were stored beforehand."""

        def prepare() -> Block:
            stored = self.stored(commands())
            return lambda: self.run(stored)

        return prepare

    def appending(self, events: int) -> Side:
        """Adding so many events to the end of each of some streams, each in a transaction of its own."""
        ref = CommandRef(id="bench/0", digest="0" * 64)

        def write() -> None:
            for number in range(BLOCK):
                with self.ledger.writing() as tx:
                    stream = f"bench/{number}"
                    tx.append(stream, tx.head(stream).version, drafts, ref, datetime.now(UTC), RELEASE)

        drafts = note_drafts(events)
        return lambda: write

    def size(self) -> int:
        """How many events there are."""
        with self.ledger.reading() as conn:
            return last_position(conn)


def note_drafts(number: int) -> list[Draft]:
    """Notes as a command drafts them, their text sealed."""
    sealed = cast(Sealed, commitment(b"salt", TEXT.encode()))
    return [draft(NoteAdded(text=sealed), When.day(datetime.now(UTC).date()), ENGINE, ENGINE) for _ in range(number)]


@contextmanager
def both() -> Iterator[tuple[Ours, Theirs]]:
    """The two sides, their files in one folder."""
    with tempfile.TemporaryDirectory(prefix="turnaround-bench-") as name:
        our = Ours(Path(name) / "home")
        with closing(our.ledger), peer(Path(name)) as their:
            yield our, their


# The benches


def append(sizes: Sizes) -> dict[str, Found]:
    """Events and leaves alone."""
    result = {}
    for events, target in ((1, 1.2), (10, 1.6)):
        with both() as (our, their):
            times = compare(our.appending(events), their.saving(events), sizes.rounds)
        what = f"a transaction that appends {events} event(s) to a stream / Application.save of as many of an aggregate"
        result[f"append_{events}_ratio"] = speed(what, target, times, BLOCK)
    return result


def transact(sizes: Sizes) -> dict[str, Found]:
    """The whole transaction of a command, and what its receipt costs."""
    with both() as (our, their):
        times = compare(our.running(our.notes), their.saving(1), sizes.rounds)
        what = "the transaction of a stored command of 1 event / Application.save of 1 event of an aggregate"
        one = speed(what, 0.8, times, BLOCK) | {"receipt": receipt_cost(our)}
    say(f"  a receipt: {one['receipt']['ms']} ms, {one['receipt']['bytes']} bytes")
    with both() as (our, their):
        before = our.size()
        our.run(our.stored(our.ratings()))
        events = (our.size() - before) // BLOCK
        times = compare(our.running(our.ratings), their.saving(events), sizes.rounds)
        ours = f"the transaction of a stored rating that opens an engagement, {events} events in all"
        what = f"{ours} / Application.save of {events} events of an aggregate"
    return {"transact_1_ratio": one, "transact_many_ratio": speed(what, 1.0, times, BLOCK)}


def receipt_cost(our: Ours) -> Found:
    """What it costs to make the receipt of a command from the ledger, signature included. None is stored."""
    stored = our.stored(our.notes())
    our.run(stored)
    times, sizes = [], []
    for signed in stored * 5:
        start = time.perf_counter()
        note = our.receipts.of(signed.record.id)
        times.append(time.perf_counter() - start)
        assert note is not None
        sizes.append(len(note.encode()))
    return {"ms": round(median(times) * 1000, 3), "bytes": max(sizes)}


def load(sizes: Sizes) -> dict[str, Found]:
    """An engagement and an aggregate of 500 events each, loaded and folded from the first: no snapshot, nothing cached."""
    with both() as (our, their):
        id, case = our.engagements[0], their.cases[0]
        with our.ledger.writing() as tx:
            stream = f"engagement/{id}"
            version = tx.head(stream).version
            ref = CommandRef(id="bench/0", digest="0" * 64)
            tx.append(stream, version, note_drafts(HISTORY - version), ref, datetime.now(UTC), RELEASE)
        for _ in range(HISTORY - case.version):
            case.add_note(TEXT)
        their.application.save(case)

        def ours() -> None:
            with our.ledger.reading() as conn:
                assert fold_engagement(Engagement(id), read_stream(conn, f"engagement/{id}")).version == HISTORY

        def theirs() -> None:
            found: Case = their.application.repository.get(case.id)
            assert found.version == HISTORY

        times = compare(lambda: ours, lambda: theirs, sizes.rounds)
    what = f"an engagement of {HISTORY} events read, checked and folded / repository.get of an aggregate of as many"
    return {"load_ratio": speed(what, 3.0, times)}


def check(sizes: Sizes) -> dict[str, Found]:
    """A whole ledger in one pass, and reading the same rows and hashing each once; the memory that a pass takes."""
    with tempfile.TemporaryDirectory(prefix="turnaround-bench-") as name:
        memory = {}
        for events in (sizes.events // 10, sizes.events):
            path = Path(name) / f"{events}.db"
            began = time.perf_counter()
            build(path, events)
            say(f"  {events:,} events: built in {time.perf_counter() - began:.0f} s")
            memory[f"{events}"] = memory_of(path)
        with closing(Ledger.open(f"sqlite:///{path}")) as ledger, closing(sqlite3.connect(path)) as raw:

            def ours() -> None:
                report = verify(ledger, contents=False)
                assert report.ok and report.retained and report.heads, report

            def theirs() -> None:
                rows = raw.execute("SELECT position, leaf, leaf_hash FROM event ORDER BY position")
                for _ in (sha256(b"\x00" + leaf).digest() for _, leaf, _ in rows):
                    pass

            times = compare(lambda: ours, lambda: theirs, 5)
    what = f"verify --tree of {sizes.events:,} events / reading the same rows and hashing each once"
    most = max(each["peak_bytes"] for each in memory.values())
    found = speed(what, 0.7, times) | {"memory": memory, "memory_target": "below 300 MB", "memory_met": most < 300e6}
    say("  peak memory: " + ", ".join(f"{int(n):,} events {m['peak_bytes'] / 1e6:.0f} MB" for n, m in memory.items()))
    return {"verify_ratio": found}


def build(path: Path, events: int) -> None:
    """A ledger of notes on many streams in turn, with its tree and signed checkpoints.

    A note's leaf differs from the one before in four values. They are put into the canonical bytes of one that was made by
    the ledger's own models: making a million anew takes many minutes. The last is read back as the ledger reads it.
    """
    at, streams = datetime.now(UTC), max(events // PER_STREAM, 1)
    ledger = Ledger.create(f"sqlite:///{path}", "bench", "production", "unauthenticated", at, synchronous="OFF")
    checkpointing = Checkpointing(
        ledger, Signer(path.with_suffix(".signer")), Publication(path.with_suffix(".out")), lambda: at, RELEASE
    )
    heads = [(0, b"")] * streams
    position, row = 0, Row.of(at)
    with closing(ledger):
        while position < events:
            with ledger.writing() as tx:
                before = last_position(tx.connection)
                rows = []
                for position in range(before + 1, min(before + PER_CHECKPOINT, events) + 1):
                    version, previous = heads[position % streams]
                    made = row.make(position, f"bench/{position % streams:06}", version + 1, previous)
                    heads[position % streams] = version + 1, made[-1]
                    rows.append(made)
                driver_cursor(tx.connection).executemany("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
                tree.complete(tx.connection, before, position)
            checkpointing.make()
        with ledger.reading() as conn:
            assert sum(1 for _ in read_stream(conn, "bench/000000")) == heads[0][0]


@dataclass(frozen=True)
class Row:
    """An event's row, but for what differs from one to the next: `parts` are the stretches of its leaf between those."""

    parts: Sequence[bytes]
    at: str

    @classmethod
    def of(cls, at: datetime) -> Self:
        """The row of a note recorded at a time."""
        (note,) = note_drafts(1)
        make = maker("THE-STREAM", CommandRef(id="bench/0", digest=""), at, RELEASE)
        leaf = make(1234567, 7654321, "THE-PREVIOUS", note)
        return cls(re.split(rb"1234567|THE-PREVIOUS|THE-STREAM|7654321", leaf), instant_text(at))

    def make(self, position: int, stream: str, version: int, previous: bytes) -> tuple[Any, ...]:
        """The row of an event, its columns in the table's order."""
        one, two, three, four, five = self.parts
        # In the order of the fields' names, which is that of canonical bytes.
        leaf = b"%b%d%b%b%b%b%b%d%b" % (
            one,
            position,
            two,
            previous.hex().encode(),
            three,
            stream.encode(),
            four,
            version,
            five,
        )
        return position, stream, version, NoteAdded.type, self.at, "bench/0", leaf, leaf_hash(leaf)


def memory_of(path: Path) -> Found:
    """The most memory that verifying a ledger takes, and how much of that its process takes before it begins."""
    command = [sys.executable, "-m", "tests.bench_ledger", str(path)]
    folder = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True, text=True)
    found: Found = json.loads(done.stdout)
    return found


def peak() -> int:
    """The most memory that this process has held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # what the system's call says there begins with the parent's
        return int(re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(path: str) -> None:
    """Verify a ledger, and say how much memory that took, in this process and in those that it starts."""
    before = peak()
    with closing(Ledger.open(f"sqlite:///{path}")) as ledger:
        report = verify(ledger, contents=False)
    assert report.ok
    # Of the children the largest, which is no less than what this one had when it started them.
    children = others(report.events) * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({"peak_bytes": peak() + children, "of_children": children, "before_bytes": before}))


LEDGER_BENCHES: dict[str, Callable[[Sizes], dict[str, Found]]] = {
    "append": append,
    "transact": transact,
    "load": load,
    "verify": check,
}

if __name__ == "__main__":
    main(sys.argv[1])
