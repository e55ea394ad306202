"""What calendars hold: the boards and deadlines of an engagement, or those of everything that somebody has a role in.

A deadline is a whole day, that on which it ends; one whose clock stands has no date and is left out. A board is on its day,
at its time where one is known, and left out while it is called off or has no one day. Places are sealed: whoever calls says
whether they may be seen.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection

from activities import folding
from activities.library import Library, facts_of
from domain.council import CouncilFacts
from domain.directory import Directory, holders
from domain.engagement import Engagement, follow, owed
from domain.items import value_in
from domain.lifecycle import Lifecycle
from domain.meetings import Meeting, meetings
from domain.notices import invited_by
from domain.obligations import ObligationRescheduled
from domain.part import Entry
from ledger import events, read_models, sealing
from workers.calendars import REFRESH, Item, published


@dataclass(frozen=True)
class Matters:
    """An engagement as it is read for calendars: its stream, how it stands, its rules and the name of its council."""

    state: Engagement
    entries: tuple[Entry[Any], ...]
    council: str
    lifecycle: Lifecycle


class Agendas:
    """Reads what calendars hold from a ledger. `host` is what stands after the @ of every UID."""

    def __init__(self, host: str, register: Mapping[str, CouncilFacts]) -> None:
        self._host, self._register, self._library = host, register, Library()

    def of_engagement(self, conn: Connection, id: str) -> bytes:
        """The boards and deadlines of an engagement, places and all. Raises KeyError when there is none of that id."""
        found = self._read(conn, id)
        items = [*self._boards(conn, found, places=True), *self._deadlines(found, found.lifecycle.roles)]
        return published(f"{found.council}, {id}: boards and deadlines", items)

    def of_person(self, conn: Connection, directory: Directory, person: str, today: date) -> bytes:
        """What somebody has to do with today, by the roles they hold or stand in for: the boards that those are invited to,
        and the deadlines that they owe. Where a lifecycle invites nobody, whoever has a role sees the boards, but not where
        they meet. Confidential models stay out.
        """
        items: list[Item] = []
        roles = _roles_of(directory, person)
        owing = {(owed.engagement, owed.owner) for _, owed in read_models.owed(conn)} if roles else set()
        for row in read_models.open_engagements(conn) if roles else ():
            mine = {role for role in roles if _holds(directory, person, role, row.council, row.id, today)}
            lifecycle = self._library.rules(row.model, events.reader(conn)).lifecycle
            if not mine or lifecycle.confidential:
                continue  # a feed is kept by programs and firms that nobody here knows
            invited = invited_by(lifecycle)
            boards = bool(mine & set(invited)) or not invited
            if not boards and not any((row.id, role) in owing for role in mine):
                continue
            found = self._read(conn, row.id)
            if boards:
                items += self._boards(conn, found, places=bool(invited))
            items += self._deadlines(found, mine)
        return published("Boards and deadlines", items, refresh=REFRESH)

    def _read(self, conn: Connection, id: str) -> Matters:
        entries = tuple(folding.entries_of(events.read_stream(conn, f"engagement/{id}")))
        state = follow(Engagement(id), entries)
        if state.opening is None:
            raise KeyError(id)
        facts = facts_of(self._register, state.opening.council)
        rules = self._library.rules(state.model, events.reader(conn))
        return Matters(state, entries, facts.name if facts else state.opening.council, rules.lifecycle)

    def _boards(self, conn: Connection, found: Matters, *, places: bool) -> Iterator[Item]:
        shown = [meeting for meeting in meetings(found.state.id, found.entries) if meeting.shown]
        sealed = [meeting.place for meeting in shown if places and meeting.place is not None]
        values = sealing.unseal(conn, sealed) if sealed else {}
        for meeting in shown:
            yield board_item(meeting, found.council, self._host, values.get(meeting.place or ""))

    def _deadlines(self, found: Matters, roles: Collection[str]) -> Iterator[Item]:
        state = found.state
        if state.closed is not None or not state.live or state.stage is None:
            return
        by_version = {entry.version: entry for entry in found.entries}
        moved = [entry for entry in found.entries if isinstance(entry.event, ObligationRescheduled)]
        for held, rule in owed(state, found.lifecycle):
            if held.pause is not None or held.opened.owner not in roles:
                continue
            again = [entry for entry in moved if (entry.event.obligation, entry.event.number) == held.key]
            base = by_version.get(held.opened.derivation.base_version)
            which = f" ({rule.same.replace('-', ' ')} {value_in(base.event, rule.same)})" if rule.same and base else ""
            owner = found.lifecycle.roles.get(held.opened.owner)
            yield Item(
                uid=f"{state.id}.{held.opened.obligation}.{held.opened.number}@{self._host}",
                sequence=len(again),
                stamp=(again[-1] if again else by_version[held.version]).recorded_at,
                starts=held.opened.due_on,
                ends=None,
                summary=f"Due, {found.council}: {rule.title}{which}",
                description=f"Owed by the end of this day by: {owner.title if owner else held.opened.owner}.\n"
                f"How this date was reached: turnaround show {state.id}",
            )


def board_item(meeting: Meeting, council: str, host: str, place: str | None) -> Item:
    """A board as an entry: where it stands, or last stood."""
    slot = meeting.slot
    assert slot is not None, "a board that never was on one day is in no calendar"
    starts = slot.starts
    return Item(
        uid=f"{meeting.key}@{host}",
        sequence=meeting.sequence,
        stamp=meeting.changed_at,
        starts=slot.day if starts is None else starts,
        ends=slot.ends,
        summary=f"{council}: {'extraordinary board' if meeting.extraordinary else 'board'} {meeting.board}",
        description=f"Board {meeting.board} of the engagement {meeting.engagement}.\n"
        f"To see where this stands: turnaround show {meeting.engagement}",
        place=place,
        busy=starts is not None,
    )


def _roles_of(directory: Directory, person: str) -> set[str]:
    """The roles that somebody may hold or stand in for: those of their own, and of whoever was ever away."""
    away = {each.person for each in directory.absences}
    return {held.role for held in directory.holdings if held.person == person or held.person in away}


def _holds(directory: Directory, person: str, role: str, council: str, engagement: str, day: date) -> bool:
    return any(held.person == person for held in holders(directory, role, council, engagement, day))
