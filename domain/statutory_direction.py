"""A statutory direction: which power, to whom, for which functions, on which terms, and how it ended ([OPM] App C).

The Secretary of State directs under a named power, such as s.497A(4) of the Education Act 1996. A direction ends when
performance, the capacity to sustain it and succession planning allow; terms for its ending are set, and its end is confirmed
ahead, subject to an assessment. One that takes another's place is given on the same day, so that no day is without:
both are one command. Directions count from 1, and one at most is in force.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.numbering import next_number
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Firm
from domain.sealed import Sealed

Power = Annotated[
    str, Field(pattern=r"^s\.\d{1,4}[A-Z]{0,2}(?:\([0-9A-Za-z]{1,3}\))* [A-Z][A-Za-z ]* \d{4}$", max_length=80)
]
"""The section of an Act, as it is cited: `s.497A(4) Education Act 1996`."""
Function = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.()-]*$", max_length=60)]
"""A function, by its section or by name: `s.13A`, `school-support`."""
Test = Literal["performance", "sustain", "succession"]
"""What is tested before a direction ends: performance overall, the capacity to sustain it, succession planning."""
Condition = Literal["joint-area-review", "annual-performance-assessment", "other"]
"""What a confirmed end is still subject to."""

TESTS: tuple[Test, ...] = ("performance", "sustain", "succession")


class StatutoryDirectionGiven(Event):
    """The Secretary of State gave a direction. `partner` is whom it names to exercise the functions."""

    type: ClassVar[str] = "statutory-direction-given"
    direction: int
    power: Power | None = None
    addressed_to: tuple[Firm, ...] = ()
    functions: tuple[Function, ...] = ()
    partner: Firm | None = None
    until: When | None = None
    replaces: int | None = None
    terms: Sealed | None = None
    document: Sealed | None = None


class TermsForEndingSet(Event):
    """It was said on which terms a direction would end."""

    type: ClassVar[str] = "terms-for-ending-set"
    direction: int
    tests: tuple[Test, ...] = ()
    by: When | None = None
    text: Sealed | None = None


class EndOfDirectionConfirmed(Event):
    """It was confirmed that a direction would end, subject to what is named."""

    type: ClassVar[str] = "end-of-direction-confirmed"
    direction: int
    subject_to: tuple[Condition, ...] = ()
    ends: When | None = None
    text: Sealed | None = None


class StatutoryDirectionEnded(Event):
    """A direction ended: revoked, replaced here, or replaced by one of another engagement on the same day."""

    type: ClassVar[str] = "statutory-direction-ended"
    direction: int
    how: Literal["revoked", "replaced", "replaced-elsewhere"]
    because: tuple[Test, ...] = ()
    replaced_by: int | None = None
    reason: Sealed | None = None
    document: Sealed | None = None


class _Directing(Command):
    """What a direction says."""

    wanted: ClassVar[tuple[str, ...]] = ("power", "addressed_to", "functions", "document")

    power: Power | None = None
    addressed_to: tuple[Firm, ...] = ()
    functions: tuple[Function, ...] = ()
    partner: Firm | None = None
    until: When | None = None
    terms: Sealed | None = None
    document: Sealed | None = None


class GiveStatutoryDirection(_Directing):
    """Give a direction: the legal power, to whom it is addressed, and for which functions."""

    type: ClassVar[str] = "give-statutory-direction"
    gives: ClassVar[Kinds] = (StatutoryDirectionGiven,)


class ReplaceStatutoryDirection(_Directing):
    """Revoke the direction in force and give another the same day. The engagement goes on under the new one."""

    type: ClassVar[str] = "replace-statutory-direction"
    gives: ClassVar[Kinds] = (StatutoryDirectionEnded, StatutoryDirectionGiven)
    needs: ClassVar[Kinds] = (StatutoryDirectionGiven,)
    reason: Sealed | None = None


class SetTermsForEnding(Command):
    """Say on which terms the direction in force will end."""

    type: ClassVar[str] = "set-terms-for-ending"
    gives: ClassVar[Kinds] = (TermsForEndingSet,)
    needs: ClassVar[Kinds] = (StatutoryDirectionGiven,)
    tests: tuple[Test, ...] = ()
    by: When | None = None
    text: Sealed | None = None


class ConfirmEndOfDirection(Command):
    """Confirm that the direction in force will end, and what that is subject to."""

    type: ClassVar[str] = "confirm-end-of-direction"
    gives: ClassVar[Kinds] = (EndOfDirectionConfirmed,)
    needs: ClassVar[Kinds] = (StatutoryDirectionGiven,)
    subject_to: tuple[Condition, ...] = ()
    ends: When | None = None
    text: Sealed | None = None


class RevokeStatutoryDirection(Command):
    """Revoke the direction in force. `elsewhere` where one of another engagement takes its place that day.

    A revocation that does not rest on all three tests needs a reason.
    """

    type: ClassVar[str] = "revoke-statutory-direction"
    gives: ClassVar[Kinds] = (StatutoryDirectionEnded,)
    needs: ClassVar[Kinds] = (StatutoryDirectionGiven,)
    because: tuple[Test, ...] = ()
    elsewhere: bool = False
    reason: Sealed | None = None
    document: Sealed | None = None


COMMANDS = (
    GiveStatutoryDirection,
    ReplaceStatutoryDirection,
    SetTermsForEnding,
    ConfirmEndOfDirection,
    RevokeStatutoryDirection,
)
EVENTS = (StatutoryDirectionGiven, TermsForEndingSet, EndOfDirectionConfirmed, StatutoryDirectionEnded)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about a direction."""
    now = in_force(history)
    if isinstance(command, GiveStatutoryDirection):
        if now is not None:
            return Refusal("statutory-direction-in-force", {"direction": now.number})
        return _ill_formed(command, asked) or _not_after_the_last(history, asked) or [_given(command, history)]
    if now is None:
        return _none_in_force(history, asked)
    early = too_early(asked.occurred, now.given)
    if early is not None:
        return early
    match command:
        case ReplaceStatutoryDirection():
            return _replace(command, now, history, asked)
        case SetTermsForEnding(by=by):
            return (
                _before_today(by, asked)
                or named_twice("tests", command.tests)
                or [TermsForEndingSet(direction=now.number, **dict(command))]
            )
        case ConfirmEndOfDirection(ends=ends):
            return (
                _before_today(ends, asked)
                or named_twice("subject_to", command.subject_to)
                or [EndOfDirectionConfirmed(direction=now.number, **dict(command))]
            )
        case RevokeStatutoryDirection():
            return _revoke(command, now, asked)
    raise TypeError(command)


def _ill_formed(command: _Directing, asked: Asked) -> Refusal | None:
    missing = [name for name in command.wanted if not getattr(command, name)]
    if missing and not silent(asked):
        return Refusal("statutory-direction-incomplete", {"missing": missing})
    return (
        _before_today(command.until, asked)
        or named_twice("addressed_to", command.addressed_to)
        or named_twice("functions", command.functions)
    )


def _before_today(end: When | None, asked: Asked) -> Refusal | None:
    if end is None or not end.certainly_before(asked.occurred):
        return None
    return Refusal("ends-before-it-starts", {"starts": str(asked.occurred), "ends": str(end)})


def _not_after_the_last(history: History, asked: Asked) -> Refusal | None:
    return too_early(asked.occurred, history.last(StatutoryDirectionEnded))


def _given(command: _Directing, history: History, replaces: int | None = None) -> StatutoryDirectionGiven:
    said = {name: getattr(command, name) for name in _Directing.model_fields}
    return StatutoryDirectionGiven(direction=next_number(history, StatutoryDirectionGiven), replaces=replaces, **said)


def _replace(
    command: ReplaceStatutoryDirection, now: "StatutoryDirection", history: History, asked: Asked
) -> Sequence[Event] | Refusal:
    refusal = _ill_formed(command, asked)
    if refusal is not None:
        return refusal
    given = _given(command, history, replaces=now.number)
    ended = StatutoryDirectionEnded(
        direction=now.number, how="replaced", replaced_by=given.direction, reason=command.reason
    )
    return [ended, given]


def _revoke(command: RevokeStatutoryDirection, now: "StatutoryDirection", asked: Asked) -> Sequence[Event] | Refusal:
    untested = [test for test in TESTS if test not in command.because]
    if untested and command.reason is None and not silent(asked):
        return Refusal("reason-needed", {"command": command.type})
    if command.document is None and not silent(asked):
        return Refusal("document-needed", {"command": command.type})
    ended = StatutoryDirectionEnded(
        direction=now.number,
        how="replaced-elsewhere" if command.elsewhere else "revoked",
        because=command.because,
        reason=command.reason,
        document=command.document,
    )
    return named_twice("because", command.because) or [ended]


def _none_in_force(history: History, asked: Asked) -> Refusal:
    last = history.last(StatutoryDirectionEnded)
    details = {"command": asked.command.type, "ended": str(last.occurred) if last else None}
    return Refusal("no-statutory-direction-in-force", details)


# How they stand


@dataclass(frozen=True)
class StatutoryDirection:
    """A direction as it stands: when it was given, the terms last set for its ending, what was confirmed, and its end."""

    number: int
    given: Entry[StatutoryDirectionGiven]
    terms: Entry[TermsForEndingSet] | None
    confirmed: Entry[EndOfDirectionConfirmed] | None
    ended: Entry[StatutoryDirectionEnded] | None


def statutory_directions(history: History) -> tuple[StatutoryDirection, ...]:
    """Every direction of the engagement, in order."""
    terms = {entry.event.direction: entry for entry in history.all(TermsForEndingSet)}
    confirmed = {entry.event.direction: entry for entry in history.all(EndOfDirectionConfirmed)}
    ended = {entry.event.direction: entry for entry in history.all(StatutoryDirectionEnded)}
    return tuple(
        StatutoryDirection(
            number=(number := entry.event.direction),
            given=entry,
            terms=terms.get(number),
            confirmed=confirmed.get(number),
            ended=ended.get(number),
        )
        for entry in history.all(StatutoryDirectionGiven)
    )


def in_force(history: History) -> StatutoryDirection | None:
    """The direction that has not ended, if there is one."""
    return next((each for each in reversed(statutory_directions(history)) if each.ended is None), None)


def cautions(history: History) -> Iterator[Caution]:
    """A direction that ended without all three tests."""
    for each in statutory_directions(history):
        if each.ended is not None and each.ended.event.how == "revoked":
            missing = [test for test in TESTS if test not in each.ended.event.because]
            if missing:
                yield Caution("direction-ended-untested", {"direction": each.number, "missing": missing})
