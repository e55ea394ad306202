"""Calendars as ordinary programs read them (RFC 5545, RFC 5546): feeds and files to look at, and invitations by mail.

An entry has one UID for ever, made of what it is and of the ledger. SEQUENCE and DTSTAMP come from the events behind it, so
that what is made again is the same to the byte. Whatever an entry says is plain text on one line where people write lines.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, Timezone, vCalAddress, vDuration, vText

from activities.delivery import Invitation

PRODUCT = "-//turnaround//turnaround//EN"

REFRESH = timedelta(hours=6)
"""How often a feed asks to be read again. Programs read it every 3 to 24 hours, whatever it asks."""

# From 1997 on. The library makes one of the transitions of given years, of which the spring's is an hour late.
_LONDON = """\
BEGIN:VTIMEZONE
TZID:Europe/London
BEGIN:DAYLIGHT
DTSTART:19970330T010000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
TZNAME:BST
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19971026T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZNAME:GMT
TZOFFSETFROM:+0100
TZOFFSETTO:+0000
END:STANDARD
END:VTIMEZONE
"""

_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, which no calendar may hold, and those that turn the direction of what follows them."""


@dataclass(frozen=True)
class Item:
    """One entry: a whole day, where `ends` is None, or from one moment to another in London.

    `stamp` is when the events behind it last changed it, `busy` whether it takes up the time of whoever has it.
    """

    uid: str
    sequence: int
    stamp: datetime
    starts: date | datetime
    ends: datetime | None
    summary: str
    description: str
    place: str | None = None
    busy: bool = False


@dataclass(frozen=True)
class Party:
    """The organiser of a meeting, or somebody invited: an address, and a name where one is known."""

    address: str
    name: str | None = None


def published(name: str, items: Iterable[Item], *, refresh: timedelta | None = None) -> bytes:
    """A calendar to look at, with a name. It names nobody. `refresh` is how often it asks to be read again."""
    calendar = _calendar("PUBLISH")
    calendar.add("NAME", line(name))
    calendar.add("X-WR-CALNAME", line(name))  # what programs older than RFC 7986 look for
    if refresh is not None:
        calendar.add("REFRESH-INTERVAL", refresh, parameters={"VALUE": "DURATION"})
        calendar.add("X-PUBLISHED-TTL", vDuration(refresh))
    return _whole(calendar, [_entry(item, "CONFIRMED") for item in items])


def invitation(
    item: Item,
    organiser: Party,
    attendee: Party,
    *,
    stamp: datetime,
    kind: Literal["invited", "called-off", "no-longer-invited"] = "invited",
) -> Invitation:
    """What puts an entry into somebody's calendar, moves it there or takes it out. Nobody else who is invited is named.

    `stamp` is when it was asked for, so that a second try is the same. Who alone is invited no longer gets a CANCEL that
    does not say that the meeting is off.
    """
    method: Literal["REQUEST", "CANCEL"] = "REQUEST" if kind == "invited" else "CANCEL"
    status = {"invited": "CONFIRMED", "called-off": "CANCELLED"}.get(kind)
    event = _entry(item, status, stamp=stamp)
    event.add("ORGANIZER", _address(organiser))
    invited = _address(attendee)
    invited.params["CUTYPE"] = "INDIVIDUAL"
    invited.params["ROLE"] = "REQ-PARTICIPANT"
    invited.params["PARTSTAT"] = "NEEDS-ACTION"
    invited.params["RSVP"] = "FALSE"  # nobody reads answers
    event.add("ATTENDEE", invited)
    return Invitation(method, _whole(_calendar(method), [event]))


def line(text: str) -> str:
    """Text on one line, without what a calendar may not hold."""
    return " ".join(_NO_TEXT.sub(" ", text).split())


def _lines(text: str) -> str:
    return "\n".join(line(part) for part in text.splitlines())


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    return calendar


def _whole(calendar: Calendar, events: Iterable[Event]) -> bytes:
    found = list(events)
    if any(isinstance(event.decoded("DTSTART"), datetime) for event in found):
        calendar.add_component(Timezone.from_ical(_LONDON))
    for event in found:
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _entry(item: Item, status: str | None, *, stamp: datetime | None = None) -> Event:
    event = Event()
    for name, value in _properties(item, stamp or item.stamp):
        event.add(name, value)
    if status is not None:
        event.add("STATUS", status)
    return event


def _properties(item: Item, stamp: datetime) -> Iterator[tuple[str, object]]:
    yield "UID", item.uid
    yield "DTSTAMP", stamp.replace(microsecond=0)
    yield "LAST-MODIFIED", item.stamp.replace(microsecond=0)
    yield "SEQUENCE", item.sequence
    yield "DTSTART", item.starts
    yield "DTEND", item.ends if item.ends is not None else item.starts + timedelta(days=1)
    yield "SUMMARY", vText(line(item.summary))
    yield "DESCRIPTION", vText(_lines(item.description))
    if item.place:
        yield "LOCATION", vText(line(item.place))
    yield "TRANSP", "OPAQUE" if item.busy else "TRANSPARENT"


def _address(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.address}")
    if party.name:
        # Outlook does not read the escapes of RFC 6868.
        address.params["CN"] = line(party.name).replace('"', "'").replace("^", " ")
    return address
