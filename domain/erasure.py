"""Erasing what was sealed: on somebody's request, when its time is over, or because it should never have been written.

The programme office erases, and the ledger keeps that it did: whose values or which, how many, why, and never what they
were. What is under a legal hold stays until that is lifted. The sources are silent on both, and so is every period of the
retention schedule: all of it is `assumed`, and an organisation puts its own policy in its place.

Only sealed values are erased. Ids, roles, dates and decisions stay: the record of what public bodies decided is kept whole.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from domain.actors import OFFICE_ROLE
from domain.calendar import add_months
from domain.checks import ahead, not_theirs
from domain.dates import When, london_day
from domain.part import Asked, Command, Entry, Event, Kinds, Refusal
from domain.sealed import Sealed

Class = Literal["name", "contact", "cv", "bid", "free-text", "source"]
"""What kind of thing a sealed value is."""

Subject = Annotated[str, Field(min_length=1, max_length=120)]
"""Whose a value is: a person's id, or a bidder's."""

Because = Literal["request", "retention", "error"]

KEPT_FOR: Mapping[Class, int] = {"contact": 24, "cv": 24, "name": 72, "bid": 84, "free-text": 240}
"""For how many months after its engagement closed a value of a class is kept (assumed). Sources of facts are kept for good."""


# Events


class LegalHoldPlaced(Event):
    """Nothing of a person, or of an engagement, may be erased until the hold is lifted."""

    type: ClassVar[str] = "legal-hold-placed"
    hold: int
    subject: Subject | None = None
    engagement: str | None = None
    reason: Sealed


class LegalHoldLifted(Event):
    """A legal hold is over."""

    type: ClassVar[str] = "legal-hold-lifted"
    hold: int
    reason: Sealed


class ValuesErased(Event):
    """Sealed values were erased: those of a person, those of an engagement by class, or some that are named.

    `values` says how many; `asked_on` when it was asked for.
    """

    type: ClassVar[str] = "values-erased"
    erasure: int
    subject: Subject | None = None
    engagement: str | None = None
    classes: tuple[Class, ...] = ()
    commitments: tuple[Sealed, ...] = ()
    values: int
    because: Because
    asked_on: When | None = None
    reason: Sealed | None = None


# Commands


class PlaceHold(Command):
    """Place a legal hold on what is kept of a person, or of an engagement."""

    type: ClassVar[str] = "place-hold"
    gives: ClassVar[Kinds] = (LegalHoldPlaced,)
    subject: Subject | None = None
    engagement: str | None = Field(default=None, max_length=120)
    reason: Sealed


class LiftHold(Command):
    """Lift a legal hold."""

    type: ClassVar[str] = "lift-hold"
    gives: ClassVar[Kinds] = (LegalHoldLifted,)
    hold: int = Field(ge=1)
    reason: Sealed


class EraseValues(Command):
    """Erase the sealed values of a person, those of an engagement of some classes, or some that are named."""

    type: ClassVar[str] = "erase-values"
    gives: ClassVar[Kinds] = (ValuesErased,)
    subject: Subject | None = None
    engagement: str | None = Field(default=None, max_length=120)
    classes: tuple[Class, ...] = ()
    commitments: tuple[str, ...] = Field(default=(), max_length=1000)
    because: Because
    asked_on: When | None = None
    reason: Sealed | None = None


COMMANDS: Mapping[str, type[Command]] = {c.type: c for c in (PlaceHold, LiftHold, EraseValues)}
EVENTS: Mapping[str, type[Event]] = {e.type: e for e in (LegalHoldPlaced, LegalHoldLifted, ValuesErased)}
MAY: Mapping[str, tuple[str, ...]] = {name: (OFFICE_ROLE,) for name in COMMANDS}
"""Who may give each command."""


# State


@dataclass(frozen=True)
class Erasures:
    """Legal holds and erasures as they stand after `version` events of their stream."""

    version: int = 0
    recorded_at: datetime | None = None
    placed: tuple[LegalHoldPlaced, ...] = ()
    lifted: frozenset[int] = frozenset()
    erased: tuple[ValuesErased, ...] = ()

    @property
    def holds(self) -> tuple[LegalHoldPlaced, ...]:
        """The holds that stand."""
        return tuple(hold for hold in self.placed if hold.hold not in self.lifted)


def evolve(state: Erasures, entry: Entry[Any]) -> Erasures:
    """The state after one more event."""
    state = replace(state, version=entry.version, recorded_at=entry.recorded_at)
    match entry.event:
        case LegalHoldPlaced():
            return replace(state, placed=(*state.placed, entry.event))
        case LegalHoldLifted(hold=hold):
            return replace(state, lifted=state.lifted | {hold})
        case ValuesErased():
            return replace(state, erased=(*state.erased, entry.event))
    return state


# Deciding


@dataclass(frozen=True)
class Kept:
    """A sealed value that is still there: its commitment, its class, whose it is, and the engagement it came to."""

    commitment: str
    class_: str
    subject: str | None
    engagement: str | None


@dataclass(frozen=True)
class Found:
    """What the ledger knows of what a command names: the values, and for each engagement the day it closed, or None."""

    values: Collection[Kept] = ()
    engagements: Mapping[str, date | None] = field(default_factory=dict)
    people: Collection[str] = ()


def decide(state: Erasures, found: Found, asked: Asked) -> Sequence[Event] | Refusal:
    """What a command about erasure leads to."""
    command = asked.command
    refusal = not_theirs(asked, MAY[command.type]) or ahead(asked, asked.occurred)
    if refusal is not None:
        return refusal
    match command:
        case PlaceHold():
            return _place(state, found, command)
        case LiftHold(hold=number):
            if number not in {hold.hold for hold in state.placed}:
                return Refusal("no-such-hold", {"hold": number})
            if number in state.lifted:
                return Refusal("hold-lifted-already", {"hold": number})
            return [LegalHoldLifted(**dict(command))]
    assert isinstance(command, EraseValues)
    return _erase(state, found, command, london_day(asked.at))


def _place(state: Erasures, found: Found, command: PlaceHold) -> Sequence[Event] | Refusal:
    if (command.subject is None) == (command.engagement is None):
        return Refusal("name-one", {"of": ["subject", "engagement"]})
    unknown = _unknown(found, command.subject, command.engagement)
    return unknown or [LegalHoldPlaced(hold=len(state.placed) + 1, **dict(command))]


def _unknown(found: Found, subject: str | None, engagement: str | None) -> Refusal | None:
    if engagement is not None and engagement not in found.engagements:
        return Refusal("no-such-engagement", {"engagement": engagement})
    if subject is not None and subject not in found.people and not found.values:
        return Refusal("nobody-of-that-id", {"subject": subject})
    return None


def _erase(state: Erasures, found: Found, command: EraseValues, today: date) -> Sequence[Event] | Refusal:
    named = [command.subject, command.engagement, command.commitments or None]
    if sum(name is not None for name in named) != 1:
        return Refusal("name-one", {"of": ["subject", "engagement", "commitments"]})
    if (command.engagement is None) != (not command.classes):
        return Refusal("classes-of-an-engagement", {})
    refusal = (
        _unknown(found, command.subject, command.engagement)
        or _held(state, found, command)
        or (_too_soon(found, command, today) if command.because == "retention" else None)
    )
    if refusal is not None:
        return refusal
    if not found.values:
        return Refusal("nothing-to-erase", {})
    return [ValuesErased(erasure=len(state.erased) + 1, values=len(found.values), **dict(command))]


def _held(state: Erasures, found: Found, command: EraseValues) -> Refusal | None:
    """The first hold that any of the values is under."""
    subjects = {command.subject, *(value.subject for value in found.values)} - {None}
    engagements = {command.engagement, *(value.engagement for value in found.values)} - {None}
    for hold in state.holds:
        if hold.subject in subjects or hold.engagement in engagements:
            about = {"subject": hold.subject} if hold.subject else {"engagement": hold.engagement}
            return Refusal("under-hold", {"hold": hold.hold, **about})
    return None


def _too_soon(found: Found, command: EraseValues, today: date) -> Refusal | None:
    if command.engagement is None:
        return Refusal("retention-of-an-engagement", {})
    closed = found.engagements[command.engagement]
    if closed is None:
        return Refusal("engagement-still-open", {"engagement": command.engagement})
    for name in command.classes:
        due = due_on(name, closed)
        if due is None or due > today:
            return Refusal("kept-still", {"class": name, "until": str(due) if due else None})
    return None


def due_on(class_: str, closed: date) -> date | None:
    """The day from which a value of a class need no longer be kept, where its engagement closed on a day; None for never."""
    months = KEPT_FOR.get(class_)  # type: ignore[call-overload]
    return None if months is None else add_months(closed, months)


def due_classes(closed: date, today: date) -> tuple[str, ...]:
    """The classes whose time is over."""
    return tuple(name for name in KEPT_FOR if add_months(closed, KEPT_FOR[name]) <= today)
