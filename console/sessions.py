"""Who is signed in, from request to request: a random token in a cookie, everything else on this side.

Only a token's hash is kept. A session ends when nobody used it for a while, and in any case after a working day; it is then
remembered a day more, so that what was typed into a form in the meantime finds its owner. Signing out forgets it at once.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Row, Table, Text, delete, insert, select, update

from console.store import METADATA, Store, hashed, new_token
from console.who import Holding, Who
from domain.actors import OFFICE_ROLE
from ledger.tables import InstantText

COOKIE = "turnaround-session"

IDLE = timedelta(minutes=30)
"""After how long without a request a session is over (assumed)."""

ABSOLUTE = timedelta(hours=12)
"""After how long a session is over however much it is used (assumed)."""

LINK_LASTS = timedelta(hours=12)
"""How long a link that signs the local user in may be used, once (assumed)."""

REMEMBERED = timedelta(days=1)
TOUCHED = timedelta(minutes=1)
"""How old the last sign of use may grow before it is written anew: not every request writes."""

SESSION = Table(
    "session",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("signed_in", Text, nullable=False),
    Column("person", Text),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("claimed", Text),
    Column("started", InstantText, nullable=False),
    Column("seen", InstantText, nullable=False),
)

LINK = Table(
    "link",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("ends", InstantText, nullable=False),
)


@dataclass(frozen=True)
class Session:
    """Somebody's session, and the token that their forms carry. `over` when it has run out."""

    who: Who
    csrf: str
    over: bool


def nobody_holds(_: str) -> tuple[Holding, ...]:
    """The roles of a person where nobody keeps a list."""
    return ()


@dataclass(frozen=True)
class Sessions:
    """The sessions in the console's database. `held` says which roles a person holds today in the office's own list."""

    store: Store
    held: Callable[[str], tuple[Holding, ...]] = nobody_holds

    def link(self) -> str:
        """The token of a link that signs the local user in, once."""
        token, now = new_token(), self.store.now()
        with self.store.writing() as conn:
            conn.execute(delete(LINK).where(LINK.c.ends < now))
            conn.execute(insert(LINK).values(id=hashed(token), ends=now + LINK_LASTS))
        return token

    def spend(self, token: str) -> str | None:
        """Spend a link: the token of the session that it opens, or None where it is spent, too old or never was."""
        with self.store.writing() as conn:
            found = delete(LINK).where((LINK.c.id == hashed(token)) & (LINK.c.ends > self.store.now()))
            if conn.execute(found).rowcount != 1:
                return None
        return self.open(Who(None, "Local user", OFFICE_ROLE, (Holding(OFFICE_ROLE),), "local"), claimed=True)

    def open(self, who: Who, *, claimed: bool) -> str:
        """Open a session for somebody who has just signed in, under a token of its own. Their roles are those they came
        with where those are `claimed`, and otherwise the office's, asked anew at each request.
        """
        token, now = new_token(), self.store.now()
        with self.store.writing() as conn:
            conn.execute(delete(SESSION).where(SESSION.c.seen < now - ABSOLUTE - REMEMBERED))
            conn.execute(
                insert(SESSION).values(
                    id=hashed(token),
                    signed_in=who.signed_in,
                    person=who.person,
                    name=who.name,
                    role=who.role,
                    claimed=_written(who.holdings) if claimed else None,
                    started=now,
                    seen=now,
                )
            )
        return token

    def find(self, token: str | None) -> Session | None:
        """The session of a token, which may be over; None where there is none, or it was too long ago."""
        if not token:
            return None
        with self.store.reading() as conn:
            row = conn.execute(select(SESSION).where(SESSION.c.id == hashed(token))).one_or_none()
        if row is None:
            return None
        now = self.store.now()
        over = row.seen <= now - IDLE or row.started <= now - ABSOLUTE
        if not over and row.seen <= now - TOUCHED:
            with self.store.writing() as conn:
                conn.execute(update(SESSION).where(SESSION.c.id == row.id).values(seen=now))
        return Session(self._who(row), csrf_of(token), over)

    def act_as(self, who: Who, holding: Holding) -> None:
        """Somebody chooses the role that they act in from now on; the local user, any role and where."""
        values = {"role": holding.role, **({"claimed": _written([holding])} if who.local else {})}
        with self.store.writing() as conn:
            conn.execute(update(SESSION).where(SESSION.c.id == who.session).values(**values))

    def close(self, token: str | None) -> None:
        """Sign out. Nothing typed into its forms comes back."""
        with self.store.writing() as conn:
            conn.execute(delete(SESSION).where(SESSION.c.id == hashed(token or "")))

    def _who(self, row: Row[Any]) -> Who:
        if row.claimed is not None:
            held: tuple[Holding, ...] = tuple(Holding(**one) for one in json.loads(row.claimed))
        else:
            held = self.held(row.person) if row.person else ()
        who = Who(row.person, row.name, row.role, held, row.signed_in, session=row.id)
        # Whoever lost the role they act in acts in none, from this request on.
        return who if not row.role or row.role in who.roles else replace(who, role="")


def csrf_of(token: str) -> str:
    """What the forms of a session carry. It is made from the session's token, which no page can read."""
    return sha256(b"csrf " + token.encode()).hexdigest()


def _written(held: Iterable[Holding]) -> str:
    return json.dumps([asdict(one) for one in held])
