"""What was typed into a form whose session had run out, until the same person signs in again.

`keep` puts it on this side, sealed with a key that only the browser's cookie holds; `take` opens it once, for whoever's
session it was. Nothing is kept for a request that never had a session.
"""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from cryptography.fernet import Fernet
from fastapi import Request
from sqlalchemy import Column, LargeBinary, Table, Text, delete, insert, select

from console import cookies
from console.store import METADATA, Store, hashed, new_token
from console.who import Who
from faces.fields import LARGEST_BODY
from ledger.tables import InstantText

COOKIE = "turnaround-draft"

LASTS = timedelta(minutes=30)
"""How long typed text is kept (assumed)."""

PLACE = "/account/typed"
"""The page that shows what was typed where the form itself does not."""

REFILLED = re.compile(r"/.*/do/(?!open-feed\Z)")
"""Forms that are filled again: those of commands."""

Fields = Mapping[str, Sequence[str]]
"""What was typed, by the name of the field: one that stands in a form several times has several."""

DRAFT = Table(
    "draft",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("ends", InstantText, nullable=False),
)


@dataclass(frozen=True)
class Draft:
    """What was typed, and into the form of which page."""

    path: str
    fields: Fields

    @property
    def place(self) -> str:
        """The page on which it comes back."""
        return self.path if REFILLED.match(self.path) else PLACE


@dataclass(frozen=True)
class Drafts:
    """The drafts in the console's database."""

    store: Store

    def keep(self, request: Request, fields: Fields) -> str | None:
        """Keep what was typed; the token for the cookie. None where there is nothing to keep, or nobody to keep it for."""
        was: Who | None = getattr(request.state, "was", None)
        typed = json.dumps({name: list(values) for name, values in fields.items() if name != "csrf"}).encode()
        if was is None or not fields or len(typed) > LARGEST_BODY:
            return None
        token, now = new_token(), self.store.now()
        with self.store.writing() as conn:
            conn.execute(delete(DRAFT).where((DRAFT.c.ends < now) | (DRAFT.c.subject == was.subject)))
            conn.execute(
                insert(DRAFT).values(
                    id=hashed(token),
                    subject=was.subject,
                    path=request.url.path,
                    fields=_key(token).encrypt(typed),
                    ends=now + LASTS,
                )
            )
        return token

    def find(self, token: str | None, person: Who) -> Draft | None:
        """A draft of this person, which stays."""
        if not token:
            return None
        with self.store.reading() as conn:
            row = conn.execute(select(DRAFT).where(DRAFT.c.id == hashed(token))).one_or_none()
        if row is None or row.subject != person.subject or row.ends < self.store.now():
            return None
        return Draft(row.path, json.loads(_key(token).decrypt(row.fields)))

    def take(self, token: str | None, person: Who) -> Draft | None:
        """A draft of this person, once; None where there is none, it is over, or it is somebody else's."""
        found = self.find(token, person)
        if found is not None and token is not None:
            with self.store.writing() as conn:
                conn.execute(delete(DRAFT).where(DRAFT.c.id == hashed(token)))
        return found

    def refill(self, request: Request, person: Who) -> Fields | None:
        """What this person had typed into the form of this page: for the page to put back, once."""
        token = cookies.read(request, COOKIE)
        found = self.find(token, person)
        if found is None or found.path != request.url.path:
            return None
        self.take(token, person)
        return found.fields


def _key(token: str) -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(b"draft " + token.encode()).digest()))
