"""Who is invited to boards, as the people who hold a role change: who no longer does is told so, and who newly does is asked.

What somebody's calendar holds follows from the notices about the board and whom they were addressed to, whether or not they
arrived: nobody is asked twice. With a date that moves, those who left are told with the others. Between dates it is looked
at by the sweep, each hour; a notice is then asked for and addressed in one transaction.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy import Connection

from activities import folding
from activities.insiders import insiders
from activities.library import PEOPLE, Library
from activities.projection import project_notice
from domain.actors import ENGINE
from domain.board import BoardCancelled, BoardScheduled
from domain.dates import When, london_day
from domain.directory import Directory, holders
from domain.meetings import Meeting, meetings
from domain.notices import Addressee, NoticeAddressed, NoticeAsked, Standing, invited_by
from domain.part import Event
from domain.records import CommandRef, Recorded
from domain.respond import draft
from ledger import events, read_models
from ledger.read_models import EngagementRow
from ledger.store import Ledger, Transaction

_LOG = structlog.stdlib.get_logger(__name__)

OF_BOARDS = (BoardScheduled.type, BoardCancelled.type)

Invited = Mapping[str, Collection[str]]
"""The people whose calendars hold a board, with the roles by which they were invited."""


def told_of(conn: Connection, engagement: str) -> Mapping[str, Sequence[Standing]]:
    """The notices about each of an engagement's boards, the oldest first."""
    rows = [row for row in read_models.notices(conn, engagement) if row.template in OF_BOARDS]
    streams = events.by_stream(conn, [f"notice/{row.id}" for row in rows])
    found = defaultdict[str, list[Standing]](list)
    for row in rows:
        notice = folding.fold_notice(streams[f"notice/{row.id}"])
        if notice.asked.meeting is not None:
            found[notice.asked.meeting].append(notice)
    return found


def invited(notices: Iterable[Standing]) -> Invited:
    """Who was invited to a board by the notices about it, and not told otherwise since."""
    found: dict[str, set[str]] = {}
    for notice in notices:
        for to in (one.to for one in notice.deliveries if notice.addressed):
            if to.person is None:
                continue
            if to.left or notice.asked.template == BoardCancelled.type:
                found.pop(to.person, None)
            else:
                found.setdefault(to.person, set()).add(notice.asked.to)
    return found


def leaving(conn: Connection, directory: Directory, asked: NoticeAsked, day: date) -> tuple[str, ...]:
    """Those to tell with a notice about a board that they are no longer invited: who hold none of the roles any more."""
    assert asked.meeting is not None
    engagement = asked.about.removeprefix("engagement/")
    notices = told_of(conn, engagement)[asked.meeting]
    before = invited(notice for notice in notices if notice.asked != asked)
    roles = {notice.asked.to for notice in notices}
    now = {role: _holding(directory, role, asked.council, engagement, day) for role in roles}
    return _gone(before, now, asked.to)


def _directory(conn: Connection) -> Directory:
    return folding.fold_directory(Directory(), events.read_stream(conn, PEOPLE))


def _holding(directory: Directory, role: str, council: str, engagement: str, day: date) -> tuple[str, ...]:
    return tuple(holder.person for holder in holders(directory, role, council, engagement, day))


def _gone(before: Invited, now: Mapping[str, Collection[str]], role: str) -> tuple[str, ...]:
    """Who is told with a role that they are invited no longer: each once, with the first of the roles that they had."""
    there = {person for holding in now.values() for person in holding}
    return tuple(person for person, by in before.items() if person not in there and min(by) == role)


def _new(before: Invited, now: Mapping[str, Collection[str]], role: str) -> tuple[str, ...]:
    """Who is newly invited with a role: each once, with the first of the roles that they have."""
    first = {person: other for other in sorted(now, reverse=True) for person in now[other]}
    return tuple(person for person in now[role] if person not in before and first[person] == role)


@dataclass(frozen=True)
class _Changed:
    """A board for which others are to be asked than before, with a role: who came, and who went."""

    meeting: Meeting
    role: str
    came: tuple[str, ...]
    went: tuple[str, ...]


class Inviting:
    """Looks whether those who are invited to boards to come are those who hold the roles today."""

    def __init__(self, ledger: Ledger, release: str, now: Callable[[], datetime], channels: Collection[str]) -> None:
        """`channels` are the ways in which notices go out."""
        self._ledger, self._release, self._now = ledger, release, now
        self._channels, self._library = frozenset(channels), Library()

    def renew(self) -> int:
        """Ask for the notices that are due to people who came and went, and say how many there are."""
        at, asked = self._now(), 0
        with self._ledger.reading() as conn:
            rows = self._with_boards(conn)
            directory = _directory(conn) if rows else Directory()
            wanted = [row for row in rows if next(self._changed(conn, directory, row, at), None)]
        for row in wanted:
            with self._ledger.writing() as tx:
                # Looked at again: another worker may have asked meanwhile.
                directory = _directory(tx.connection)
                for changed in list(self._changed(tx.connection, directory, row, at)):
                    self._ask(tx, directory, row, changed, at)
                    asked += 1
        if asked:
            _LOG.info("others are invited to boards", notices=asked)
        return asked

    def _with_boards(self, conn: Connection) -> Sequence[EngagementRow]:
        """The open engagements of which anybody was ever told the date of a board."""
        told = {row.engagement for row in read_models.every_notice(conn) if row.template in OF_BOARDS}
        return [row for row in read_models.open_engagements(conn) if row.id in told]

    def _changed(self, conn: Connection, directory: Directory, row: EngagementRow, at: datetime) -> Iterator[_Changed]:
        today = london_day(at)
        lifecycle = self._library.rules(row.model, events.reader(conn)).lifecycle
        roles = insiders(conn, self._library, row)
        now = {
            role: _holding(directory, role, row.council, row.id, today)
            for role in invited_by(lifecycle)
            if roles is None or role in roles
        }
        told = told_of(conn, row.id)
        entries = folding.entries_of(events.read_stream(conn, f"engagement/{row.id}"))
        for meeting in meetings(row.id, entries):
            ahead = meeting.shown and meeting.status == "set" and meeting.date.latest >= today
            notices = told.get(meeting.key, ())
            if not ahead or not all(notice.settled for notice in notices):
                continue
            before = invited(notices)
            for role in now:
                came, went = _new(before, now, role), _gone(before, now, role)
                if came or went:
                    yield _Changed(meeting, role, came, went)

    def _ask(self, tx: Transaction, directory: Directory, row: EngagementRow, changed: _Changed, at: datetime) -> None:
        number = 1 + sum(f"{row.id}.invited." in one.id for one in read_models.notices(tx.connection, row.id))
        id = f"{row.id}.invited.{number}"
        asked = NoticeAsked(
            about=f"engagement/{row.id}",
            version=tx.head(f"engagement/{row.id}").version,
            template=BoardScheduled.type,
            council=row.council,
            to=changed.role,
            meeting=changed.meeting.key,
            change=number,
        )
        stored = self._append(tx, id, asked, at)
        project_notice(tx.connection, id, asked, stored)
        told = holders(directory, changed.role, row.council, row.id, london_day(at))
        standing_in = {holder.person: holder.in_place_of for holder in told}
        to = [
            Addressee(
                person=person,
                channel=self._channel(directory, person),
                in_place_of=standing_in.get(person),
                left=person in changed.went,
            )
            for person in (*changed.came, *changed.went)
        ]
        self._append(tx, id, NoticeAddressed(recipients=tuple(to)), at)

    def _channel(self, directory: Directory, person: str) -> str:
        wanted = directory.people[person].channel
        return wanted if wanted in self._channels else "file"

    def _append(self, tx: Transaction, id: str, event: Event, at: datetime) -> Recorded:
        wanted = draft(event, When.day(london_day(at)), ENGINE, ENGINE)
        stream, ref = f"notice/{id}", CommandRef(id=f"invitations/{id}", digest="")
        (recorded,) = tx.append(stream, tx.head(stream).version, [wanted], ref, at, self._release)
        return recorded
