"""Bodies that a council on special measures set up itself in order to improve, as Birmingham did ([PAT]).

They hold across phases of the engagement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from domain.checks import too_early
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed


class OwnBodyRecorded(Event):
    """The council set up a body of its own to improve."""

    type: ClassVar[str] = "own-body-recorded"
    body: Slug
    title: Sealed
    purpose: Sealed | None = None


class OwnBodyEnded(Event):
    """A body of the council's own is no more."""

    type: ClassVar[str] = "own-body-ended"
    body: Slug
    reason: Sealed | None = None


class RecordOwnBody(Command):
    """Record a body that the council set up itself."""

    type: ClassVar[str] = "record-own-body"
    gives: ClassVar[Kinds] = (OwnBodyRecorded,)
    body: Slug
    title: Sealed
    purpose: Sealed | None = None


class EndOwnBody(Command):
    """Record that a body of the council's own is no more."""

    type: ClassVar[str] = "end-own-body"
    gives: ClassVar[Kinds] = (OwnBodyEnded,)
    body: Slug
    reason: Sealed | None = None


COMMANDS = (RecordOwnBody, EndOwnBody)
EVENTS = (OwnBodyRecorded, OwnBodyEnded)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about a body of the council's own."""
    match command:
        case RecordOwnBody():
            found = [each.body for each in bodies(history)]
            if command.body in found:
                return Refusal("body-recorded-already", {"body": command.body, "bodies": found})
            return [OwnBodyRecorded(**dict(command))]
        case EndOwnBody():
            return _end(command, history, asked)
    raise TypeError(command)


def _end(command: EndOwnBody, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    found = {each.body: each for each in bodies(history)}
    body = found.get(command.body)
    if body is None:
        return Refusal("no-such-body", {"body": command.body, "bodies": list(found)})
    if body.ended is not None:
        return Refusal("body-ended-already", {"body": command.body, "on": str(body.ended.occurred)})
    return too_early(asked.occurred, body.recorded) or [OwnBodyEnded(**dict(command))]


@dataclass(frozen=True)
class Body:
    """A body of the council's own, and when it ended, if it did."""

    recorded: Entry[OwnBodyRecorded]
    ended: Entry[OwnBodyEnded] | None = None

    @property
    def body(self) -> str:
        """Its id."""
        return self.recorded.event.body


def bodies(history: History) -> tuple[Body, ...]:
    """Every body of the council's own, in the order in which they were recorded."""
    found = []
    for entry in history.all(OwnBodyRecorded):
        ends = [end for end in history.all(OwnBodyEnded, entry.version) if end.event.body == entry.event.body]
        found.append(Body(entry, ends[-1] if ends else None))
    return tuple(found)
