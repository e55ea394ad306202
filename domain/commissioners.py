"""Commissioners, envoys and panels: appointed by letter, and each use of a reserved power.

Most decisions stay with the council; powers are in reserve, so each use is an event ([GOV], the collections on Tower Hamlets,
Warrington, Slough and Croydon). A letter says the post, the fee a day, the days a year at most, and the term: the council
pays. A power is used only for a function that is held under directions in force on that day, and by one who is in post and
whose letter gives powers. Appointments count from 1.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from domain.checks import silent, too_early
from domain.dates import When
from domain.directions import DirectionsIssued, held, not_held, over_by
from domain.numbering import next_number
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Days, Money, Slug
from domain.sealed import Sealed

Post = Literal[
    "lead-commissioner",
    "commissioner",
    "finance-commissioner",
    "managing-director-commissioner",
    "political-commissioner",
    "political-adviser",
    "assistant-commissioner",
    "lead-envoy",
    "envoy",
    "panel-chair",
    "panel-member",
]


class CommissionerAppointed(Event):
    """Somebody was appointed by letter. What the council pays a day is public, so it is not sealed."""

    type: ClassVar[str] = "commissioner-appointed"
    appointment: int
    post: Post
    person: Slug
    name: Sealed | None = None
    powers: bool = False
    day_rate: Money | None = None
    days_a_year: Days | None = None
    starts: When
    ends: When | None = None
    letter: Sealed | None = None


class AppointmentEnded(Event):
    """An appointment ended before its term."""

    type: ClassVar[str] = "appointment-ended"
    appointment: int
    reason: Sealed | None = None


class ReservedPowerUsed(Event):
    """A power that directions reserve was used: the function, whose power, and under which directions."""

    type: ClassVar[str] = "reserved-power-used"
    function: Slug
    appointment: int
    directions: int
    decision: Sealed
    reason: Sealed | None = None


class AppointCommissioner(Command):
    """Record an appointment by letter: commissioner, envoy, adviser or member of a panel."""

    type: ClassVar[str] = "appoint-commissioner"
    gives: ClassVar[Kinds] = (CommissionerAppointed,)
    wanted: ClassVar[tuple[str, ...]] = ("day_rate", "days_a_year", "ends", "letter")
    needs: ClassVar[Kinds] = (DirectionsIssued,)
    post: Post
    person: Slug
    name: Sealed | None = None
    powers: bool = False
    day_rate: Money | None = None
    days_a_year: Days | None = None
    starts: When
    ends: When | None = None
    letter: Sealed | None = None


class EndAppointment(Command):
    """Record that an appointment ended before its term."""

    type: ClassVar[str] = "end-appointment"
    gives: ClassVar[Kinds] = (AppointmentEnded,)
    appointment: int = Field(ge=1)
    reason: Sealed | None = None


class UseReservedPower(Command):
    """Record a decision taken in the council's place, for one function, by one appointment."""

    type: ClassVar[str] = "use-reserved-power"
    gives: ClassVar[Kinds] = (ReservedPowerUsed,)
    function: Slug
    appointment: int = Field(ge=1)
    decision: Sealed
    reason: Sealed | None = None


COMMANDS = (AppointCommissioner, EndAppointment, UseReservedPower)
EVENTS = (CommissionerAppointed, AppointmentEnded, ReservedPowerUsed)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about appointments and powers."""
    match command:
        case AppointCommissioner():
            return _appoint(command, history, asked)
        case EndAppointment(appointment=number):
            found = _known(history, number)
            if isinstance(found, Refusal):
                return found
            if found.ended is not None:
                return Refusal("appointment-ended-already", {"appointment": number, "on": str(found.ended)})
            return too_early(asked.occurred, found.appointed) or [AppointmentEnded(**dict(command))]
        case UseReservedPower():
            return _use(command, history, asked)
    raise TypeError(command)


def _appoint(command: AppointCommissioner, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    missing = [name for name in command.wanted if getattr(command, name) is None]
    if missing and not silent(asked):
        return Refusal("appointment-incomplete", {"missing": missing})
    if command.ends is not None and command.ends.certainly_before(command.starts):
        return Refusal("ends-before-it-starts", {"starts": str(command.starts), "ends": str(command.ends)})
    return [CommissionerAppointed(appointment=next_number(history, CommissionerAppointed), **dict(command))]


def _use(command: UseReservedPower, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    on = asked.occurred
    under = held(history, on)
    if command.function not in under:
        return not_held(history, command.function, on)
    found = _known(history, command.appointment)
    if isinstance(found, Refusal):
        return found
    if not found.in_post(on):
        details = {"appointment": found.number, "starts": str(found.appointed.event.starts), "occurred": str(on)}
        ends = found.ended or found.appointed.event.ends
        return Refusal("not-in-post", details | {"ends": str(ends) if ends else None})
    if not found.appointed.event.powers:
        return Refusal("no-powers-in-letter", {"appointment": found.number, "post": found.appointed.event.post})
    by = asked.decided_by.person
    if by is not None and by != found.appointed.event.person:
        return Refusal("power-of-another", {"appointment": found.number, "person": by})
    return [ReservedPowerUsed(directions=under[command.function], **dict(command))]


# Who is in post


@dataclass(frozen=True)
class Appointment:
    """An appointment as it stands: the letter, and the day on which it ended before its term, if it did."""

    number: int
    appointed: Entry[CommissionerAppointed]
    ended: When | None

    def in_post(self, on: When) -> bool:
        """Whether whoever was appointed can be in post on a day."""
        letter = self.appointed.event
        if on.certainly_before(letter.starts) or (letter.ends is not None and letter.ends.certainly_before(on)):
            return False
        return self.ended is None or not over_by(self.ended, on)


def appointments(history: History) -> tuple[Appointment, ...]:
    """Every appointment of the engagement, in order."""
    ended = {entry.event.appointment: entry.occurred for entry in history.all(AppointmentEnded)}
    return tuple(
        Appointment(entry.event.appointment, entry, ended.get(entry.event.appointment))
        for entry in history.all(CommissionerAppointed)
    )


def _known(history: History, number: int) -> Appointment | Refusal:
    found = appointments(history)
    known = [each.number for each in found]
    one = next((each for each in found if each.number == number), None)
    return one or Refusal("no-such-appointment", {"appointment": number, "appointments": known})


def cautions(history: History) -> Iterator[Caution]:
    """A term that goes on after the last day of the directions it serves."""
    last = history.last(DirectionsIssued)
    lapses = last.event.lapses if last else None
    for each in appointments(history):
        ends = each.appointed.event.ends
        if lapses is not None and ends is not None and each.ended is None and lapses.certainly_before(ends):
            yield Caution(
                "term-beyond-directions", {"appointment": each.number, "ends": str(ends), "lapses": str(lapses)}
            )
