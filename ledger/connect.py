"""How the ledger talks to its database: SQLite in WAL mode, or PostgreSQL.

A writing transaction is alone from its first statement: BEGIN IMMEDIATE on SQLite, an advisory lock on PostgreSQL. A
reading one sees one state of the ledger from its first statement to its last.
"""

import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from ledger.errors import DatabaseUnavailable

Synchronous = Literal["FULL", "NORMAL", "OFF"]
"""FULL: what was committed outlasts a power cut. The others do not promise that; they are for tests."""

WAIT_SECONDS = 10
"""How long a writer waits for the one before it, and a connection for its server."""

_WRITING, _BY_HAND = "ledger_writing", "ledger_by_hand"
_LOCK = "SELECT pg_advisory_xact_lock(8390891594236061812)"

_SQLITE_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOTADB,
}


def parse_url(url: str) -> URL:
    """Read a database URL. Raises ValueError for anything but an SQLite file or PostgreSQL."""
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise ValueError("the ledger needs sqlite:///FILE or postgresql://HOST/NAME")


def _prepare_sqlite(connection: sqlite3.Connection, synchronous: Synchronous) -> None:
    # The driver must not begin transactions of its own: `_begin` does.
    connection.isolation_level = None
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        _switch_to_wal(connection)
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    connection.execute("PRAGMA foreign_keys = ON")
    # What is erased is overwritten, not only unlinked.
    connection.execute("PRAGMA secure_delete = ON")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    # The switch does not wait for others as everything else does, and two processes may open a new ledger at once.
    give_up = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if not options.get(_BY_HAND, False):
        # By the driver, as what SQLAlchemy adds takes longer than the statement.
        _driver(connection).execute("BEGIN IMMEDIATE" if options.get(_WRITING, False) else "BEGIN")


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _prepare_postgresql(connection: Any, synchronous: Synchronous) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{WAIT_SECONDS}s'")
        if synchronous == "FULL":
            # A server may be set to answer before it has written; stricter settings than `on` are left alone.
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') = 'off'"
            )
        else:
            cursor.execute("SET synchronous_commit = off")
    connection.commit()


def make_engine(url: str, synchronous: Synchronous = "FULL") -> Engine:
    """An engine for the ledger's database. It connects only when first used."""
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(
            parsed,
            connect_args={"timeout": WAIT_SECONDS},
            pool_size=10,
            max_overflow=20,
            hide_parameters=True,
        )
        event.listen(engine, "connect", lambda connection, _: _prepare_sqlite(connection, synchronous))
        event.listen(engine, "begin", _begin)
    else:
        engine = create_engine(
            parsed,
            connect_args={"connect_timeout": WAIT_SECONDS},
            isolation_level="READ COMMITTED",
            pool_size=10,
            max_overflow=20,
            pool_pre_ping=True,
            hide_parameters=True,
        )
        event.listen(engine, "connect", lambda connection, _: _prepare_postgresql(connection, synchronous))
    return engine


def for_writing(engine: Engine) -> Engine:
    """The same pool, for transactions that write: see `lock`."""
    return engine.execution_options(**{_WRITING: True})


def for_reading(engine: Engine) -> Engine:
    """The same pool, for transactions that read one state of the ledger however many statements they take."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine


def by_hand(engine: Engine) -> Engine:
    """The same pool, for a connection whose transactions are bounded by `begin` and `commit`: what SQLAlchemy keeps of them
    takes a tenth of a command's time. It is not given back to the pool.
    """
    return engine.execution_options(isolation_level="AUTOCOMMIT", **{_BY_HAND: True})


def begin(connection: Connection) -> None:
    """Begin a transaction on a connection that is bounded by hand, as the only writer until it ends."""
    if connection.dialect.name == "postgresql":
        _driver(connection).execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        _driver(connection).execute(_LOCK)
    else:
        _driver(connection).execute("BEGIN IMMEDIATE")


def commit(connection: Connection) -> None:
    """Commit the transaction of a connection that is bounded by hand."""
    _driver(connection).execute("COMMIT")


def lock(connection: Connection) -> None:
    """Wait to be the only writer until the transaction ends. On SQLite it is already, from its BEGIN IMMEDIATE."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_LOCK)


def _is_unavailable(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        return code is not None and code & 0xFF in _SQLITE_UNAVAILABLE
    psycopg = sys.modules.get("psycopg")  # loaded where PostgreSQL is spoken to, and nowhere else
    return psycopg is not None and isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError))


@contextmanager
def unavailable_named() -> Iterator[None]:
    """Turn the driver's errors about the database itself into DatabaseUnavailable."""
    try:
        yield
    except NoConnectionFree as error:
        raise DatabaseUnavailable(str(error)) from error
    except Exception as error:
        of_the_driver = error.orig if isinstance(error, DBAPIError) else error
        if of_the_driver is not None and _is_unavailable(of_the_driver):
            raise DatabaseUnavailable(str(of_the_driver).strip()) from error
        raise
