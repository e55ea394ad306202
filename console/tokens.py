"""Service tokens: how a machine signs in. Only their hashes are kept, so each is shown once, when it is made."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Integer, Table, Text, insert, select, update

from console.store import METADATA, Store, hashed, new_token
from console.who import MACHINE, Holding, Who
from ledger.tables import InstantText

PREFIX = "turnaround-"
"""How every token begins, so that those who look for secrets in files find it."""

TOKEN = Table(
    "token",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("council", Text),
    Column("engagement", Text),
    Column("made", InstantText, nullable=False),
    Column("ends", InstantText, nullable=False),
    Column("revoked", InstantText),
)


@dataclass(frozen=True)
class Made:
    """A token as it is listed: everything but itself."""

    number: int
    name: str
    holding: Holding
    made: datetime
    ends: datetime
    revoked: datetime | None


@dataclass(frozen=True)
class Tokens:
    """The service tokens in the console's database."""

    store: Store

    def make(self, name: str, holding: Holding, ends: datetime) -> str:
        """Make a token for a machine, for a role it acts in and where; the token itself, which is not kept."""
        token = PREFIX + new_token()
        with self.store.writing() as conn:
            values = {"role": holding.role, "council": holding.council, "engagement": holding.engagement}
            conn.execute(
                insert(TOKEN).values(hash=hashed(token), name=name, made=self.store.now(), ends=ends, **values)
            )
        return token

    def revoke(self, number: int) -> bool:
        """Revoke a token from now on. Whether there was one to revoke."""
        wanted = (TOKEN.c.number == number) & TOKEN.c.revoked.is_(None)
        with self.store.writing() as conn:
            return conn.execute(update(TOKEN).where(wanted).values(revoked=self.store.now())).rowcount == 1

    def every(self) -> list[Made]:
        """All that were ever made, in order."""
        with self.store.reading() as conn:
            return [
                Made(
                    row.number,
                    row.name,
                    Holding(row.role, row.council, row.engagement),
                    row.made,
                    row.ends,
                    row.revoked,
                )
                for row in conn.execute(select(TOKEN).order_by(TOKEN.c.number))
            ]

    def find(self, token: str) -> Who | None:
        """The machine that a token is for; None where it was revoked, has run out or never was."""
        with self.store.reading() as conn:
            row = conn.execute(select(TOKEN).where(TOKEN.c.hash == hashed(token))).one_or_none()
        if row is None or row.revoked is not None or row.ends <= self.store.now():
            return None
        holding = Holding(row.role, row.council, row.engagement)
        return Who(None, row.name, row.role, (holding,), f"{MACHINE}{row.number}")
