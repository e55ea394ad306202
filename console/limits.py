"""How often something may be tried: kept in the console's database, so that a restart forgives nothing."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Index, Integer, Table, Text, delete, func, insert, select

from console.store import METADATA, Store, hashed
from ledger.tables import InstantText

ATTEMPT = Table(
    "attempt",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("at", InstantText, nullable=False),
    Index("attempt_key", "key", "at"),
)

FORGOTTEN = timedelta(days=1)


class TooMany(Exception):
    """It was tried too often. `wait` says in how many seconds it may be tried again."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


@dataclass(frozen=True)
class Limit:
    """At most so many tries of one thing within a span."""

    name: str
    most: int
    within: timedelta

    def held_to(self, store: Store, of: str) -> None:
        """That somebody may try once more. Raises TooMany."""
        with store.reading() as conn:
            self._left(conn, store.now(), hashed(f"{self.name} {of}"))

    def spend(self, store: Store, of: str) -> int:
        """Count a try of somebody or something, and say how many are left. Raises TooMany, which is not counted."""
        at = store.now()
        key = hashed(f"{self.name} {of}")  # an address or a name is not kept
        with store.writing() as conn:
            conn.execute(delete(ATTEMPT).where(ATTEMPT.c.at < at - FORGOTTEN))
            left = self._left(conn, at, key)
            conn.execute(insert(ATTEMPT).values(key=key, at=at))
        return left - 1

    def _left(self, conn: Connection, at: datetime, key: str) -> int:
        recent = (ATTEMPT.c.key == key) & (ATTEMPT.c.at > at - self.within)
        count, first = conn.execute(select(func.count(), func.min(ATTEMPT.c.at)).where(recent)).one()
        if count >= self.most:
            raise TooMany(max(1, math.ceil((first + self.within - at).total_seconds())))
        return self.most - int(count)


BY_ADDRESS = Limit("failed sign-in from", 20, timedelta(minutes=10))
"""Attempts to sign in from one address of the network that came to nothing (assumed)."""

BY_ACCOUNT = Limit("sign-in of", 20, timedelta(minutes=10))
"""Sign-ins of one account of the provider (assumed)."""
