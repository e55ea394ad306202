"""Files of rating rounds that were uploaded and are not published yet: kept sealed, as their notes are."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Column, LargeBinary, Row, Table, Text, delete, insert, select, update

from console.sealing import Box
from console.site import Site
from console.store import METADATA
from console.who import Who
from ledger.tables import InstantText

UPLOAD = Table(
    "round_upload",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("file", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("subject", Text, nullable=False),
    Column("person", Text),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("signed_in", Text, nullable=False),
    Column("at", InstantText, nullable=False),
    Column("sent", Boolean, nullable=False),
)


@dataclass(frozen=True)
class Upload:
    """A file of a round, the day it is of, and who uploaded it. `sent` once it was sent to a second person; `hour` when it is
    to be published, where that is not at once.
    """

    id: str
    file: str
    day: date
    text: str
    by: Who
    at: datetime
    sent: bool
    hour: datetime | None = None

    def is_of(self, who: Who) -> bool:
        """Whether somebody uploaded it: the person, or, as the local user is nobody in particular, the role."""
        return self.by.role == who.role if who.local else self.by.subject == who.subject


@dataclass(frozen=True)
class Uploads:
    """The files in the console's database."""

    site: Site

    def keep(self, by: Who, file: str, text: str, day: date, hour: datetime | None = None) -> str:
        """Keep a file; its id."""
        id = secrets.token_hex(8)
        with self.site.store.writing() as conn:
            conn.execute(
                insert(UPLOAD).values(
                    id=id,
                    file=file,
                    day=day.isoformat(),
                    text=self._box.shut({"text": text, "hour": hour.isoformat() if hour else None}),
                    subject=by.subject,
                    person=by.person,
                    name=by.name,
                    role=by.role,
                    signed_in=by.signed_in,
                    at=self.site.store.now(),
                    sent=False,
                )
            )
        return id

    def kept_waiting(self, by: Who, file: str, text: str, day: date, hour: datetime | None) -> str:
        """Keep a file and have it wait for a second person, once however often it is handed in; its id."""
        for each in self.all():
            if each.sent and each.is_of(by) and (each.text, each.day, each.hour) == (text, day, hour):
                return each.id
        id = self.keep(by, file, text, day, hour)
        self.send(id)
        return id

    def find(self, id: str) -> Upload | None:
        """A file by its id."""
        return next((each for each in self._read(id)), None)

    def all(self) -> list[Upload]:
        """Every file, the latest first."""
        return self._read(None)

    def send(self, id: str) -> None:
        """It waits for a second person from now on."""
        with self.site.store.writing() as conn:
            conn.execute(update(UPLOAD).where(UPLOAD.c.id == id).values(sent=True))

    def drop(self, id: str) -> None:
        """It is published, or no longer wanted."""
        with self.site.store.writing() as conn:
            conn.execute(delete(UPLOAD).where(UPLOAD.c.id == id))

    def _read(self, id: str | None) -> list[Upload]:
        wanted = select(UPLOAD).order_by(UPLOAD.c.at.desc())
        with self.site.store.reading() as conn:
            rows = conn.execute(wanted if id is None else wanted.where(UPLOAD.c.id == id)).all()
        return [self._upload(row) for row in rows]

    def _upload(self, row: Row[Any]) -> Upload:
        kept = self._box.opened(row.text)
        return Upload(
            row.id,
            row.file,
            date.fromisoformat(row.day),
            kept["text"],
            Who(row.person, row.name, row.role, (), row.signed_in),
            row.at,
            row.sent,
            datetime.fromisoformat(kept["hour"]) if kept["hour"] else None,
        )

    @property
    def _box(self) -> Box:
        return Box(self.site.settings.keys)
