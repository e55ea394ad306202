"""Contact between leads outside the board: weekly at first, then every fortnight, then monthly ([PAT] ch.4).

Leads of different parties agree how often they are in contact, and each contact sets the day of the next. Others of the
parties keep in touch as well: senior partner and director by telephone, members with the Chief Inspector.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from domain.calendar import add_months
from domain.dates import When
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.sealed import Sealed
from domain.special_measures import Role

Rhythm = Literal["weekly", "fortnightly", "monthly"]


class ContactRhythmAgreed(Event):
    """The leads agreed how often they are in contact. `next` is the day by which they are."""

    type: ClassVar[str] = "contact-rhythm-agreed"
    every: Rhythm
    next: When | None = None


class LeadsContacted(Event):
    """Leads of different parties were in contact. `next` is the day by which they are again, where a rhythm is agreed."""

    type: ClassVar[str] = "leads-contacted"
    between: tuple[Role, ...]
    note: Sealed | None = None
    next: When | None = None


class AgreeContactRhythm(Command):
    """Agree how often the leads are in contact. A new rhythm takes the place of the one before."""

    type: ClassVar[str] = "agree-contact-rhythm"
    gives: ClassVar[Kinds] = (ContactRhythmAgreed,)
    every: Rhythm


class RecordContact(Command):
    """Record contact between leads of different parties, by role."""

    type: ClassVar[str] = "record-contact"
    gives: ClassVar[Kinds] = (LeadsContacted,)
    between: tuple[Role, ...] = Field(min_length=2)
    note: Sealed | None = None


COMMANDS = (AgreeContactRhythm, RecordContact)
EVENTS = (ContactRhythmAgreed, LeadsContacted)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about contact between leads."""
    match command:
        case AgreeContactRhythm(every=every):
            return [ContactRhythmAgreed(every=every, next=_next(every, asked.occurred))]
        case RecordContact(between=between, note=note):
            parties = {role.partition(".")[0] for role in between}
            if len(parties) < 2:
                return Refusal("one-party-only", {"parties": sorted(parties)})
            agreed = rhythm(history, asked.occurred)
            following = _next(agreed.event.every, asked.occurred) if agreed else None
            return [LeadsContacted(between=between, note=note, next=following)]
    raise TypeError(command)


def _next(every: Rhythm, since: When) -> When:
    match every:
        case "weekly":
            return When.day(since.latest + timedelta(weeks=1))
        case "fortnightly":
            return When.day(since.latest + timedelta(weeks=2))
        case "monthly":
            return When.day(add_months(since.latest, 1))


def rhythm(history: History, on: When) -> Entry[ContactRhythmAgreed] | None:
    """The rhythm of contact that was in force on a day of this phase."""
    agreed = [entry for entry in history.in_phase(ContactRhythmAgreed) if not on.certainly_before(entry.occurred)]
    return max(agreed, key=lambda entry: (entry.occurred.latest, entry.version), default=None)


@dataclass(frozen=True)
class Contact:
    """A contact between leads: when, whose, the rhythm then in force, and the day by which the next was to be."""

    occurred: When
    between: tuple[str, ...]
    every: Rhythm | None
    next: When | None


def contacts(history: History) -> tuple[Contact, ...]:
    """The contacts between leads of this phase, in the order they were recorded, as their dates read now."""
    found = []
    for entry in history.in_phase(LeadsContacted):
        agreed = rhythm(history, entry.occurred)
        every = agreed.event.every if agreed else None
        found.append(
            Contact(entry.occurred, entry.event.between, every, _next(every, entry.occurred) if every else None)
        )
    return tuple(found)
