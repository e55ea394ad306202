"""The console's own database: sessions, links, drafts, tokens. No evidence stands there, and it can be dropped.

It keeps hashes of secrets and never the secrets. Each idea has its own table on `METADATA`, in its own module.
"""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine, MetaData

from ledger.connect import Synchronous, for_writing, lock, make_engine, unavailable_named

METADATA = MetaData()
"""The tables of every module that keeps something here."""


def new_token() -> str:
    """A secret that nobody can guess: 256 bits, fit for an address and a cookie."""
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What is kept of a secret. It is random and long, so that a plain hash can't be turned back."""
    return sha256(token.encode()).hexdigest()


def machine_time() -> datetime:
    """The time now, UTC: sessions and links run out by the machine's, as a rehearsal's clock jumps."""
    return datetime.now(UTC)


@dataclass
class Store:
    """The database, by its URL. Its tables are made when it is first used. Raises DatabaseUnavailable."""

    url: str
    synchronous: Synchronous = "FULL"
    now: Callable[[], datetime] = machine_time
    _engine: Engine | None = None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read with."""
        with unavailable_named(), self._open().connect() as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, alone among writers, committed at its end."""
        with unavailable_named(), for_writing(self._open()).begin() as conn:
            lock(conn)
            yield conn

    def close(self) -> None:
        """Close its connections."""
        if self._engine is not None:
            self._engine.dispose()

    def _open(self) -> Engine:
        if self._engine is None:
            engine = make_engine(self.url, self.synchronous)
            if engine.url.get_backend_name() == "sqlite" and engine.url.database:
                Path(engine.url.database).touch(mode=0o600)  # for this account alone, before anything is in it
            with for_writing(engine).begin() as conn:
                lock(conn)
                METADATA.create_all(conn)
            self._engine = engine
        return self._engine
