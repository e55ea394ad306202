"""Reads by auditors, appended by the face itself: recording one never waits for Temporal."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from domain.actors import ENGINE
from domain.dates import When, london_day
from domain.part import Event
from domain.reads import ACCESS, RecordRead
from domain.records import CommandRef, Recorded
from domain.respond import draft
from ledger import events
from ledger.store import Ledger


def record_read(ledger: Ledger, read: RecordRead, at: datetime, release: str) -> None:
    """Put a read on record. Raises DatabaseUnavailable: what can't be recorded is not to be shown."""
    note(ledger, read, "read", at, release)


def note(ledger: Ledger, event: Event, what: str, at: datetime, release: str) -> None:
    """Put what somebody did that decides nothing on the stream `access`; `what` begins its id. Raises DatabaseUnavailable."""
    # No command stands behind it, so that the event is the engine's, and its body says who it was.
    noted = draft(event, When.day(london_day(at)), ENGINE, ENGINE)
    with ledger.writing() as tx:
        version = tx.head(ACCESS).version
        tx.append(ACCESS, version, [noted], CommandRef(id=f"{what}/{version + 1}", digest=""), at, release)


def reads(conn: Connection) -> Iterator[tuple[Recorded, RecordRead]]:
    """Every read on record, in order. Other things stand on the stream as well: see `domain.admission`."""
    found = (event for event in events.read_stream(conn, ACCESS) if event.type == RecordRead.type)
    return ((event, RecordRead.read(event.body)) for event in found)
