"""Reads by auditors, appended by the face itself: recording one never waits for Temporal."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection

from domain.actors import ENGINE
from domain.dates import When, london_day
from domain.reads import ACCESS, RecordRead
from domain.records import CommandRef, Recorded
from domain.respond import draft
from ledger import events
from ledger.store import Ledger


def record_read(ledger: Ledger, read: RecordRead, at: datetime, release: str) -> None:
    """Put a read on record. Raises DatabaseUnavailable: what can't be recorded is not to be shown."""
    # Whoever reads decides nothing and gives no command, so that the event is the engine's, and its body says who read.
    noted = draft(read, When.day(london_day(at)), ENGINE, ENGINE)
    with ledger.writing() as tx:
        version = tx.head(ACCESS).version
        tx.append(ACCESS, version, [noted], CommandRef(id=f"read/{version + 1}", digest=""), at, release)


def reads(conn: Connection) -> Iterator[tuple[Recorded, RecordRead]]:
    """Every read on record, in order. Other things stand on the stream as well: see `domain.admission`."""
    found = (event for event in events.read_stream(conn, ACCESS) if event.type == RecordRead.type)
    return ((event, RecordRead.read(event.body)) for event in found)
