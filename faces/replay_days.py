"""Of `turnaround replay`: the days that are asked for, what they mean in a sentence, and the events that count then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from domain import asof
from domain.asof import Entries, OnDay
from domain.dates import FORMS, When, end_of
from domain.records import Recorded
from faces import dates
from faces.desk import Desk
from faces.problems import usage
from ledger import commands


@dataclass(frozen=True)
class Asked:
    """As of when things are told: the days, the version beyond which nothing counts, and whether as it was reported."""

    true_on: date | None
    known_on: date | None
    until: int | None
    as_reported: bool

    @property
    def on_a_day(self) -> bool:
        """Whether a day was asked for."""
        return self.true_on is not None or self.known_on is not None

    def meaning(self, today: date) -> str:
        """What is told, in a sentence."""
        known = [self._recorded_by()] if self.known_on is not None else []
        known += [f"what had been recorded up to version {self.until}"] if self.until is not None else []
        if self.true_on is None:
            return f"As it was then known: {' and '.join(known)}, right or wrong."
        day = dates.day(self.true_on)
        later = " That day is still to come: what is recorded so far is all there is." if self.true_on > today else ""
        if known:
            return f"What was so on {day}, by {' and '.join(known)}, with the corrections made by then.{later}"
        return f"What was so on {day}, as is known now, with every correction made since.{later}"

    def _recorded_by(self) -> str:
        assert self.known_on is not None
        day = dates.day(self.known_on)
        if self.as_reported:
            return f"what sources had reported by the end of {day}"
        return f"what had been recorded by the end of {day}"

    def data(self, today: date) -> dict[str, Any]:
        """This as plain data."""
        return {
            "true_on": self.true_on,
            "known_on": self.known_on,
            "until": self.until,
            "as_reported": self.as_reported,
            "meaning": self.meaning(today) if self.on_a_day else None,
        }

    def known(self, entries: Entries, reported: Mapping[int, date]) -> Entries:
        """The events that were known."""
        found = entries[: self.until]
        return found if self.known_on is None else asof.known(found, end_of(self.known_on), reported)

    def count(self, known: Entries) -> OnDay:
        """The events that count, of those that were known."""
        return OnDay(tuple(known), ()) if self.true_on is None else asof.so_on(known, self.true_on)

    def desk(self, desk: Desk) -> Desk:
        """The desk as of the end of the day: what is late is late then."""
        day = self.true_on or self.known_on
        return desk if day is None else replace(desk, at=end_of(day) - timedelta(microseconds=1))


def asked(desk: Desk, true_on: str | None, known_on: str | None, until: int | None, *, as_reported: bool) -> Asked:
    """What is asked for, as it was typed. Raises Problem for a date that can't be, or that nobody can know of yet."""
    known = _day("--known-on", known_on)
    if known is not None and known > desk.today:
        raise usage(
            f"--known-on: {dates.day(known)} is still to come, so nobody can say what will be known then.",
            f"today is {dates.day(desk.today)}; without --known-on it is told as known now",
        )
    if as_reported and known is None and true_on is not None:
        raise usage("--as-reported says when something became known, and no --known-on asks for that.", "add it")
    return Asked(_day("--true-on", true_on), known, until, as_reported)


def _day(option: str, text: str | None) -> date | None:
    """A day as it was typed; of a month or a year, its last."""
    if text is None:
        return None
    try:
        return When.parse(text).latest
    except ValueError:
        raise usage(f"{option}: '{text[:40]}' is not a date.", f"write {FORMS}") from None


def reported(conn: Connection, recorded: Sequence[Recorded], wanted: Asked) -> dict[int, date]:
    """By version, the day on which a source says that something was told; nothing unless it is asked for.

    Of what was imported and does not say, the last day on which it can have happened.
    """
    if not wanted.as_reported:
        return {}
    by_command = {event.command.id: _told_on(conn, event.command.id) for event in recorded if event.command.digest}
    days = ((event.version, by_command.get(event.command.id)) for event in recorded)
    return {version: day for version, day in days if day is not None}


def _told_on(conn: Connection, command: str) -> date | None:
    stored = commands.stored_command(conn, command)
    if stored is None:
        return None
    record = stored.record
    if record.claim is not None and record.claim.reported_on is not None:
        return record.claim.reported_on.latest
    if record.via == "derived" and record.cause is not None:
        return _told_on(conn, record.cause)
    return record.occurred.latest if record.via == "import" else None
