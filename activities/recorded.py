"""What was recorded of an engagement, as moments that can be decided again: see `domain.what_if`.

Events are grouped by the command that brought them. Commands that brought none, most of them refused, stand where their
outcome was written.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from sqlalchemy import Connection

from activities import folding
from activities.library import OFFICE
from domain import engagement
from domain.calendar import Calendar
from domain.course import EngagementOpened, HistoryImported
from domain.office import CalendarPublished
from domain.part import Asked, Refusal
from domain.records import Recorded
from domain.what_if import Given, Happened, Moment
from ledger import commands, events
from ledger.commands import StoredCommand, StoredOutcome

_Placed = tuple[int, Moment]


def moments(conn: Connection, id: str) -> Sequence[Moment]:
    """Everything that was recorded of an engagement, and every command that was refused, in order."""
    stream = f"engagement/{id}"
    own = {stored.record.id: stored for stored in commands.commands_of(conn, stream)}
    recorded = list(events.read_stream(conn, stream))
    calendars = _Calendars(conn)
    found: list[_Placed] = []
    for _, group in groupby(recorded, key=lambda event: event.command.id):
        together = list(group)
        found.append((together[0].position, _moment(together, own, calendars)))
    brought = {event.command.id for event in recorded}
    for command_id, stored in own.items():
        outcome = commands.outcome_of(conn, command_id) if command_id not in brought else None
        if outcome is not None and stored.record.type in engagement.STORED:
            found.append(_without_events(stored, outcome, recorded, calendars))
    return [moment for _, moment in sorted(found, key=lambda placed: placed[0])]


def _moment(together: Sequence[Recorded], own: Mapping[str, StoredCommand], calendars: "_Calendars") -> Moment:
    first = together[0]
    brought = tuple((event.version, event.type) for event in together)
    held = calendars.at(first.position, together)
    typed = folding.read_event(first, engagement.EVENTS).event
    if isinstance(typed, EngagementOpened | HistoryImported):
        return Moment(first.recorded_at, held, Happened(typed, first.occurred), brought)
    stored = own.get(first.command.id)
    given = _given(stored, first) if stored is not None else None
    return Moment(first.recorded_at, held, given, brought)


def _given(stored: StoredCommand, first: Recorded) -> Given:
    record = stored.record
    command = engagement.STORED[record.type].model_validate(record.body)
    asked = Asked(command, record.occurred, record.decided_by, record.recorded_by, first.recorded_at, record.via)
    return Given(record.id, asked)


def _without_events(
    stored: StoredCommand, outcome: StoredOutcome, recorded: Sequence[Recorded], calendars: "_Calendars"
) -> _Placed:
    record, at = stored.record, outcome.recorded_at
    position = outcome.position
    if position is None:
        before = bisect_right([event.recorded_at for event in recorded], at)
        position = recorded[before - 1].position if before else 0
    refusal = Refusal.read(outcome.outcome)
    command = engagement.STORED[record.type].model_validate(record.body)
    asked = Asked(command, record.occurred, record.decided_by, record.recorded_by, at, record.via)
    return position, Moment(at, calendars.at(position), Given(record.id, asked, refusal))


class _Calendars:
    """The calendars of a ledger as they were published one after the other."""

    def __init__(self, conn: Connection) -> None:
        self._published = [
            (event.position, Calendar.model_validate(event.body["document"]))
            for event in events.read_stream(conn, OFFICE)
            if event.type == CalendarPublished.type
        ]

    def at(self, position: int, together: Sequence[Recorded] = ()) -> Mapping[str, Calendar]:
        """The newest of each by a position; where the events themselves name an older one, which was known then, that."""
        by_then = [calendar for place, calendar in self._published if place < position]
        newest: dict[str, Calendar] = {}
        for calendar in by_then:
            known = newest.get(calendar.id)
            if known is None or calendar.newer_than(known.ref):
                newest[calendar.id] = calendar
        named = set(_named(together))
        newest.update({calendar.id: calendar for calendar in by_then if calendar.ref in named})
        return newest


def _named(together: Sequence[Recorded]) -> Iterator[str]:
    for event in together:
        if event.type == "obligation-opened" and event.body.get("carried") is None:
            yield event.body["derivation"]["calendar"]
