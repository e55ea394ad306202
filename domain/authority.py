"""Cover and delegation: under what dated authority somebody other than the minister in office takes a decision.

Ministers alone decide ([PAT] ch.2). The source is silent on absence; that another holds the office for a time, by cover or
delegation that begins and ends on a day and stands on paper, is `assumed`. Authorities count from 1 in an engagement,
across its phases, and a number is never given twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from domain.checks import silent
from domain.course import EventWithdrawn
from domain.dates import When
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed

Kind = Literal["cover", "delegation"]


class AuthorityRecorded(Event):
    """Somebody may decide in the minister's place for a time. `holder` is an office or a person by id."""

    type: ClassVar[str] = "authority-recorded"
    authority: int
    kind: Kind
    holder: Slug
    name: Sealed | None = None
    starts: When
    ends: When | None = None
    document: Sealed | None = None


class AuthorityEnded(Event):
    """A cover or delegation was ended."""

    type: ClassVar[str] = "authority-ended"
    authority: int
    reason: Sealed


class RecordAuthority(Command):
    """Record a cover or delegation with its document: who holds it, from when and until when."""

    type: ClassVar[str] = "record-authority"
    gives: ClassVar[Kinds] = (AuthorityRecorded,)
    kind: Kind
    holder: Slug
    name: Sealed | None = None
    starts: When
    ends: When | None = None
    document: Sealed | None = None


class EndAuthority(Command):
    """Record that a cover or delegation ended."""

    type: ClassVar[str] = "end-authority"
    gives: ClassVar[Kinds] = (AuthorityEnded,)
    authority: int
    reason: Sealed


COMMANDS = (RecordAuthority, EndAuthority)
EVENTS = (AuthorityRecorded, AuthorityEnded)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about cover and delegation."""
    match command:
        case RecordAuthority():
            if command.document is None and not silent(asked):
                return Refusal("document-needed", {"command": command.type})
            if command.ends is not None and command.ends.certainly_before(command.starts):
                return Refusal("ends-before-it-starts", {"starts": str(command.starts), "ends": str(command.ends)})
            given = dict(command)
            return [AuthorityRecorded(authority=_next(history), **given)]
        case EndAuthority(authority=number, reason=reason):
            return _end(history, number, asked.occurred) or [AuthorityEnded(authority=number, reason=reason)]
    raise TypeError(command)


def _next(history: History) -> int:
    withdrawn = [e for e in history.all(EventWithdrawn) if e.event.withdraws == AuthorityRecorded.type]
    return len(history.all(AuthorityRecorded)) + len(withdrawn) + 1


def _end(history: History, number: int, on: When) -> Refusal | None:
    held = authority(history, number)
    if held is None:
        return _unknown(history, number)
    if held.ended is not None:
        return Refusal("authority-ended", {"authority": number, "on": str(held.ended)})
    if on.certainly_before(held.recorded):
        return Refusal("too-early", {"occurred": str(on), "event": AuthorityRecorded.type, "on": str(held.recorded)})
    return None


@dataclass(frozen=True)
class Authority:
    """A cover or delegation as it stands. `ends` is its last day as given, `ended` the day somebody ended it."""

    number: int
    version: int
    kind: Kind
    holder: str
    recorded: When
    starts: When
    ends: When | None
    ended: When | None


def authorities(history: History) -> tuple[Authority, ...]:
    """Every cover and delegation of the engagement, in order."""
    ended = {entry.event.authority: entry.occurred for entry in history.all(AuthorityEnded)}
    return tuple(
        Authority(
            number=entry.event.authority,
            version=entry.version,
            kind=entry.event.kind,
            holder=entry.event.holder,
            recorded=entry.occurred,
            starts=entry.event.starts,
            ends=entry.event.ends,
            ended=ended.get(entry.event.authority),
        )
        for entry in history.all(AuthorityRecorded)
    )


def authority(history: History, number: int) -> Authority | None:
    """A cover or delegation by its number."""
    return next((held for held in authorities(history) if held.number == number), None)


def not_covered(history: History, number: int, on: When) -> Refusal | None:
    """Why nobody can have decided under that authority on a day; None where they can have."""
    held = authority(history, number)
    if held is None:
        return _unknown(history, number)
    if held.ended is not None and on.earliest is not None and held.ended.latest <= on.earliest:
        return Refusal("authority-ended", {"authority": number, "on": str(held.ended)})
    if on.certainly_before(held.starts) or (held.ends is not None and held.ends.certainly_before(on)):
        ends = str(held.ends) if held.ends else None
        return Refusal(
            "outside-authority",
            {"authority": number, "occurred": str(on), "starts": str(held.starts), "ends": ends},
        )
    return None


def _unknown(history: History, number: int) -> Refusal:
    known = [held.number for held in authorities(history)]
    return Refusal("no-such-authority", {"authority": number, "authorities": known})
