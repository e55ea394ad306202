"""The ledger: opened or created by URL, read and written in transactions.

It knows streams, events, commands and sealed values, and nothing of engagements.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Self

from sqlalchemy import Connection, Engine, insert, select, update

from domain.records import CommandRef, Draft, Recorded, instant_text
from ledger import commands, schema, tables, tree
from ledger.canonical import leaf_hash
from ledger.connect import (
    WAIT_SECONDS,
    Synchronous,
    begin,
    by_hand,
    commit,
    for_reading,
    make_engine,
    parse_url,
    unavailable_named,
)
from ledger.errors import DatabaseUnavailable, NeedsMigration, VersionConflict
from ledger.events import Head, head, last_position, read_stream
from ledger.leaves import Appended, maker
from ledger.statements import Statement

Kind = Literal["production", "rehearsal"]

_ABOUT = select(tables.ledger, tables.ledger_state.c.epoch, tables.ledger_state.c.clock).join_from(
    tables.ledger, tables.ledger_state, tables.ledger.c.id == tables.ledger_state.c.id
)
_EPOCH = Statement("SELECT epoch, (SELECT max(position) FROM event) FROM ledger_state")
_CLOCK = select(tables.ledger_state.c.clock)
_RAISE_EPOCH = update(tables.ledger_state).values(epoch=tables.ledger_state.c.epoch + 1)
_INSERT_EVENT = Statement(
    "INSERT INTO event (position, stream, version, type, recorded_at, command_id, leaf, leaf_hash)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class About:
    """What the ledger is, for good (origin, kind, authentication, created_at), and where it stands now.

    `epoch` rises when a lost cluster is rebuilt; `clock` is a rehearsal's own time; `revision` is the schema's.
    """

    origin: str
    kind: Kind
    authentication: str
    created_at: datetime
    epoch: int
    clock: datetime | None
    revision: str


def _about(conn: Connection) -> About | None:
    row = conn.execute(_ABOUT).one_or_none()
    if row is None:
        return None
    revision = schema.head_revision()
    return About(row.origin, row.kind, row.authentication, row.created_at, row.epoch, row.clock, revision)


class Transaction:
    """All that is written at once. It is the ledger's only writer from its first statement to its last.

    `connection` is for the read models and sealed values that are written along.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._heads: dict[str, Head] = {}
        self._position: int | None = None

    def events(self, stream: str, after: int = 0) -> Iterator[Recorded]:
        """A stream's events with versions above `after`. Raises Tampered."""
        return read_stream(self.connection, stream, after)

    def head(self, stream: str) -> Head:
        """The stream's last event, with version 0 when it has none."""
        known = self._heads.get(stream)
        if known is None:
            known = self._heads[stream] = head(self.connection, stream)
        return known

    def append(
        self,
        stream: str,
        expected_version: int,
        drafts: Sequence[Draft],
        command: CommandRef,
        at: datetime,
        release: str,
    ) -> Appended:
        """Add events to the end of a stream, recorded at `at` or the time of the stream's last, whichever is later.

        A command ref with an empty digest says that no stored command stands behind the events. Raises VersionConflict
        when the stream is not at `expected_version`, NotStorable when a body is not JSON.
        """
        last = self.head(stream)
        if last.version != expected_version:
            raise VersionConflict(stream, expected_version, last.version)
        if self._position is None:
            self._position = last_position(self.connection)
        if not drafts:
            return Appended((), self._position, last.version)
        position, version, previous = self._position, last.version, last.leaf_hash
        recorded_at = at if last.recorded_at is None else max(last.recorded_at, at)
        make, at_text = maker(stream, command, recorded_at, release), instant_text(recorded_at)
        rows: list[tuple[Any, ...]] = []
        for draft in drafts:
            position += 1
            version += 1
            leaf = make(position, version, previous, draft)
            hashed = leaf_hash(leaf)
            previous = hashed.hex()
            rows.append((position, stream, version, draft.type, at_text, command.id, leaf, hashed))
        _INSERT_EVENT.many(self.connection, rows)
        tree.complete(self.connection, self._position, position)
        self._position = position
        self._heads[stream] = Head(version, previous, recorded_at)
        return Appended([row[6] for row in rows], position, version)

    def store(self, signed: commands.SignedCommand, at: datetime) -> bool:
        """Keep a command: see `commands.store`."""
        return commands.store(self.connection, signed, at)

    def stored_command(self, id: str) -> commands.StoredCommand | None:
        """The command with this id, or None."""
        return commands.stored_command(self.connection, id)

    def outcome_of(self, command_id: str) -> commands.StoredOutcome | None:
        """The outcome of a command, or None when it has none yet."""
        return commands.outcome_of(self.connection, command_id)

    def record_outcome(
        self,
        command: CommandRef,
        accepted: bool,
        outcome: Mapping[str, Any],
        position: int | None,
        at: datetime,
    ) -> commands.StoredOutcome:
        """Keep a command's outcome: see `commands.record_outcome`."""
        return commands.record_outcome(self.connection, command, accepted, outcome, position, at)

    @property
    def epoch(self) -> int:
        """The ledger's epoch now."""
        epoch: int
        # Nearly every transaction that asks for the epoch appends: the position it goes on from comes in the same statement.
        epoch, position = _EPOCH.on(self.connection).fetchone()
        if self._position is None:
            self._position = position or 0
        return epoch

    def raise_epoch(self) -> int:
        """Begin the next epoch, and return it. Whoever holds an older one must write nothing more."""
        self.connection.execute(_RAISE_EPOCH)
        return self.epoch

    @cached_property
    def clock(self) -> datetime | None:
        """A rehearsal's own time. None in a production ledger, and before it is first set."""
        clock: datetime | None = self.connection.execute(_CLOCK).scalar_one()
        return clock

    def set_clock(self, at: datetime) -> None:
        """Set a rehearsal's time. Raises ValueError in a production ledger, which has none."""
        if self.connection.execute(select(tables.ledger.c.kind)).scalar_one() != "rehearsal":
            raise ValueError("only a rehearsal has a clock of its own")
        self.connection.execute(update(tables.ledger_state).values(clock=at))
        self.clock = at


class Ledger:
    """A ledger in a database. It may be used from many threads; every process opens its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reader = for_reading(engine)
        self._writer = by_hand(engine)
        # Writers of this process queue here, in turn, rather than by polling the database.
        self._turn = threading.Lock()
        self._kept: Connection | None = None

    @classmethod
    def open(cls, url: str, *, synchronous: Synchronous = "FULL") -> Self:
        """Open a ledger that exists. Raises DatabaseUnavailable, and NeedsMigration when the schema is not this
        release's or there is no ledger.
        """
        _refuse_missing_file(url)
        engine = make_engine(url, synchronous)
        result = cls(engine)
        try:
            with result.reading() as conn:
                revision, head = schema.current_revision(conn), schema.head_revision()
                if revision != head:
                    raise NeedsMigration(revision, head)
                if _about(conn) is None:
                    raise NeedsMigration(None, head)
        except BaseException:
            engine.dispose()
            raise
        return result

    @classmethod
    def create(
        cls,
        url: str,
        origin: str,
        kind: Kind,
        authentication: str,
        at: datetime,
        *,
        synchronous: Synchronous = "FULL",
    ) -> Self:
        """Make a ledger, or bring the one there up to this release. One that exists keeps its origin and kind: see
        `about`. Raises DatabaseUnavailable.
        """
        engine = make_engine(url, synchronous)
        result = cls(engine)
        try:
            with unavailable_named():
                schema.migrate(engine)
            with result.writing() as tx:
                if _about(tx.connection) is None:
                    values = {
                        "origin": origin,
                        "kind": kind,
                        "authentication": authentication,
                        "created_at": at,
                    }
                    tx.connection.execute(insert(tables.ledger).values(id=1, **values))
                    tx.connection.execute(insert(tables.ledger_state).values(id=1, epoch=1))
        except BaseException:
            engine.dispose()
            raise
        return result

    @property
    def about(self) -> About:
        """What the ledger is, and its epoch and clock now."""
        with self.reading() as conn:
            about = _about(conn)
        assert about is not None, "open and create see to it"
        return about

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the ledger throughout. What it writes is not kept."""
        with unavailable_named(), self._reader.connect() as conn, conn.begin() as within:
            yield conn
            within.rollback()

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction, committed at the end and rolled back when anything is raised.

        Raises DatabaseUnavailable; when the commit raised it, whether it happened is not known. Not to be nested.
        """
        if not self._turn.acquire(timeout=WAIT_SECONDS):
            raise DatabaseUnavailable("another writer of this process does not end")
        try:
            with unavailable_named():
                conn = self._begun()
                try:
                    yield Transaction(conn)
                    commit(conn)
                except BaseException:
                    self._let_go()
                    raise
        finally:
            self._turn.release()

    def _begun(self) -> Connection:
        """The writer's connection, which is kept from one transaction to the next, with one begun. Where the server has
        closed it meanwhile, nothing is lost yet, and another is opened.
        """
        if self._kept is not None:
            try:
                begin(self._kept)
                return self._kept
            except Exception:
                self._let_go()
        self._kept = self._writer.connect()
        try:
            begin(self._kept)
        except BaseException:
            self._let_go()
            raise
        return self._kept

    def _let_go(self) -> None:
        """Close the writer's connection, whatever it was in the middle of."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            kept.invalidate()  # not given back: a failed commit may have left its transaction open
            kept.close()

    def scrub(self) -> None:
        """Remove what was erased from the database's own files, where a deleted value would linger until overwritten.

        On PostgreSQL only the tables' owner may. Backups and archived logs are beyond its reach. Raises
        DatabaseUnavailable.
        """
        with unavailable_named():
            if self._engine.dialect.name == "sqlite":
                with self._engine.connect() as conn:
                    conn.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            else:
                with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                    conn.exec_driver_sql("VACUUM FULL sealed")
                    conn.exec_driver_sql("CHECKPOINT")

    def close(self) -> None:
        """Close its connections."""
        self._let_go()
        self._engine.dispose()


def _refuse_missing_file(url: str) -> None:
    # SQLite would make an empty database of any name that is mistyped.
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database and not Path(parsed.database).exists():
        raise NeedsMigration(None, schema.head_revision())
