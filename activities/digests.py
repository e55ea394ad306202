"""Digests put together: once each working morning, from what is owed and what was left, for everybody in one transaction.

What a digest tells is kept with its notice, so that every try says the same and an auditor can see what somebody was told.
The notice then goes its way like any other.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

import structlog
from sqlalchemy import Connection
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import folding
from activities.insiders import Insiders
from activities.library import PEOPLE, Library
from activities.messages import DigestTask, NoticeStart
from activities.projection import project_notice
from domain import digest
from domain.actors import ENGINE
from domain.calendar import Calendar
from domain.dates import When, london_day
from domain.digest import Compiled, Digest, DigestsCompiled, Item, Left, Morning, NoticeLeftToDigest, Owed, Strike
from domain.directory import Directory, PreferenceSet
from domain.notices import NoticeAsked, may_wait, of_digest
from domain.obligations import ObligationEscalated
from domain.part import Event
from domain.records import CommandRef, Recorded
from domain.respond import draft
from ledger import events, read_models
from ledger.read_models import Filters, ObligationRow, Owing
from ledger.store import Ledger, Transaction

_LOG = structlog.stdlib.get_logger(__name__)


def compiled_so_far(conn: Connection) -> Compiled:
    """What was compiled so far. Before the first morning nothing was left to a digest until somebody chose one."""
    state = Compiled()
    for recorded in events.read_stream(conn, digest.STREAM):
        state = digest.evolve(state, DigestsCompiled.read(recorded.body))
    if state.version:
        return state
    chosen = (
        recorded.position
        for recorded in events.read_streams(conn, [PEOPLE], [PreferenceSet.type])
        if recorded.body.get("pace") == "digest"
    )
    return replace(state, through=next(chosen, None) or events.last_position(conn))


def gather(conn: Connection, library: Library, before: Compiled, at: datetime) -> Morning:
    """All that the digests of a moment are made of: read once, however many people there are."""
    directory = folding.fold_directory(Directory(), events.read_stream(conn, PEOPLE))
    return gathered(conn, library, before, at, directory, Insiders(), Filters())


def gathered(
    conn: Connection,
    library: Library,
    before: Compiled,
    at: datetime,
    directory: Directory,
    insiders: Insiders,
    where: Filters,
) -> Morning:
    """What they are made of in the engagements that match, for whoever has a role in those alone."""
    owed = tuple(_owed(conn, library, at, insiders, where))
    return Morning(at, directory, owed, tuple(_left(conn, before.through)), before)


def _owed(conn: Connection, library: Library, at: datetime, insiders: Insiders, where: Filters) -> list[Owed]:
    found = list(read_models.owed(conn, Owing(where)))
    # Of a confidential engagement only those who are in it are told.
    within = {row.id: insiders.of(conn, library, row) for row in {row.id: row for row, _ in found}.values()}
    rows = [
        (row.council, owed, owed.due, owed.due_on)
        for row, owed in found
        if (roles := within[row.id]) is None or owed.owner in roles
    ]
    late = {owed.engagement for _, owed, due, _ in rows if due is not None and due <= at}
    struck = defaultdict[tuple[str, str, int], list[Strike]](list)
    streams = [f"engagement/{id}" for id in sorted(late)]
    for recorded in events.read_streams(conn, streams, [ObligationEscalated.type]):
        event, id = ObligationEscalated.read(recorded.body), recorded.stream.removeprefix("engagement/")
        strike = Strike(recorded.position, event.to, london_day(recorded.recorded_at))
        roles = within[id]
        if not event.overtaken and (roles is None or event.to in roles):
            struck[id, event.obligation, event.number].append(strike)
    # What is paused has no date: nothing is late or due of it.
    return [
        Owed(_item(owed, due_on), council, due, tuple(struck[owed.engagement, owed.obligation, owed.number]))
        for council, owed, due, due_on in rows
        if due is not None and due_on is not None
    ]


def _item(owed: ObligationRow, due_on: date) -> Item:
    return Item(
        engagement=owed.engagement, obligation=owed.obligation, number=owed.number, owner=owed.owner, due_on=due_on
    )


def _left(conn: Connection, after: int) -> list[Left]:
    return [
        Left(recorded.stream.removeprefix("notice/"), recorded.body["recipient"])
        for recorded in events.read_types(conn, [NoticeLeftToDigest.type], after)
    ]


def waits(conn: Connection, library: Library, asked: NoticeAsked, at: datetime) -> bool:
    """Whether a notice is left to the digest of whoever wants one.

    It is not where the role told has something to do in the engagement before the next digest: no digest makes anybody
    late.
    """
    if not may_wait(asked):
        return False
    owed = read_models.obligations(conn, asked.about.removeprefix("engagement/"))
    until = digest.next_morning(_calendar(conn, library), at)
    return not any(
        one.owner == asked.to and one.state == "open" and one.due is not None and at < one.due <= until for one in owed
    )


def next_digests(conn: Connection, library: Library, now: datetime) -> datetime | None:
    """When digests are next due: now, where those of this morning were not compiled; None where nobody ever wanted any.

    In production a Schedule knows; a rehearsal's driver asks.
    """
    directory, before = folding.fold_directory(Directory(), events.read_stream(conn, PEOPLE)), compiled_so_far(conn)
    if not _wanted(directory, before):
        return None
    calendar, today = _calendar(conn, library), london_day(now)
    # On the first of all mornings somebody may have come to want them only after the hour.
    missed = before.day not in (None, today) or now == digest.morning(today)
    if missed and before.day != today and digest.is_morning(calendar, now):
        return now
    return digest.next_morning(calendar, now)


def _wanted(directory: Directory, before: Compiled) -> bool:
    return before.version > 0 or any(person.pace == "digest" for person in directory.people.values())


def _calendar(conn: Connection, library: Library) -> Calendar:
    return library.calendar(digest.CALENDAR, events.reader(conn))


class Digesting:
    """The activity that compiles the digests of a morning."""

    def __init__(self, ledger: Ledger, release: str, now: Callable[[], datetime]) -> None:
        self._ledger, self._release, self._now = ledger, release, now
        self._library = Library()

    @activity.defn(name="compile_digests", no_thread_cancel_exception=True)
    def compile_digests(self, task: DigestTask) -> NoticeStart:
        """Ask for the digests of today, if it is a working morning and they were not yet; the notices that they are.

        Asked again on the same day it names the same ones. A morning that was missed is caught up on the same day; after
        that the next morning's digests hold what it would have told.
        """
        try:
            return self._compile(max(task.at, self._now()))
        except Exception as error:
            # Failures travel through Temporal, where no stored value may stand: only the kind of error goes on.
            raise ApplicationError("the digests could not be compiled", type=type(error).__name__) from None

    def _compile(self, at: datetime) -> NoticeStart:
        nothing = NoticeStart(ids=(), epoch=self._ledger.about.epoch)
        with self._ledger.reading() as conn:
            before = compiled_so_far(conn)
            if before.day == london_day(at):
                return nothing.model_copy(update={"ids": before.ids})
            if not digest.is_morning(_calendar(conn, self._library), at):
                return nothing
            morning, through = gather(conn, self._library, before, at), events.last_position(conn)
        if not _wanted(morning.directory, before):
            return nothing
        ids = self._ask(digest.digests(morning), morning, through)
        return nothing.model_copy(update={"ids": ids})

    def _ask(self, found: Mapping[str, Digest], morning: Morning, through: int) -> tuple[str, ...]:
        """Ask for the notices that are the digests, all of them or none. Raises VersionConflict where another process just
        did: then they are asked for, and the next try finds them.
        """
        compiled = DigestsCompiled(day=morning.day, through=through, people=tuple(found))
        version = morning.before.version + 1
        asked = [of_digest(version, number, person, one) for number, (person, one) in enumerate(found.items(), start=1)]
        with self._ledger.writing() as tx:
            self._append(tx, digest.STREAM, version - 1, compiled, morning.at)
            for id, notice in asked:
                recorded = self._append(tx, f"notice/{id}", 0, notice, morning.at)
                project_notice(tx.connection, id, notice, recorded)
        _LOG.info("digests compiled", digests=len(asked))
        return tuple(id for id, _ in asked)

    def _append(self, tx: Transaction, stream: str, version: int, event: Event, at: datetime) -> Recorded:
        day = london_day(at)
        wanted, ref = draft(event, When.day(day), ENGINE, ENGINE), CommandRef(id=f"{digest.STREAM}/{day}", digest="")
        (recorded,) = tx.append(stream, version, [wanted], ref, at, self._release)
        return recorded
