"""Directions: which functions pass from the council, what it must do, and until when. They lapse by themselves.

Section 15 of the Local Government Act 1999: (5) any action, (6) functions to a nominee, (9) representations first, (11), (12)
not where it is urgent, with the reason then given. The Act sets no term: each letter does. An extension, expansion or
escalation revokes what was in force and replaces it, unless it says that it stands beside it. What is issued after the last
day begins anew. Functions return one by one ([WMS 2017-03-21]: Rotherham). Directions count from 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.minded_to import heard
from domain.numbering import next_number
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed

Kind = Literal["first", "expansion", "extension", "escalation", "update"]
Model = Literal["envoys", "panel", "commissioners"]
Paper = Literal["directions", "explanatory-memorandum", "appointment-letters"]


class Action(BaseModel):
    """Something that the council is directed to do."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    by: When | None = None
    text: Sealed | None = None


class DirectionsIssued(Event):
    """Directions came into force. `lapses` is the last day on which any that are in force now still will be.

    `spell` counts the unbroken times in which directions are in force: what is issued after a lapse begins another.
    """

    type: ClassVar[str] = "directions-issued"
    directions: int
    kind: Kind
    spell: int
    model: Model | None = None
    until: When | None = None
    lapses: When | None = None
    functions: tuple[Slug, ...] = ()
    actions: tuple[Action, ...] = ()
    plan_by: When | None = None
    first_report: When | None = None
    published: tuple[Paper, ...] = ()
    revokes: tuple[int, ...] = ()
    proposal: int | None = None
    urgent: bool = False
    reason: Sealed | None = None
    document: Sealed | None = None


class DirectionsRevoked(Event):
    """All directions in force were revoked before their last day, and nothing replaced them."""

    type: ClassVar[str] = "directions-revoked"
    directions: tuple[int, ...]
    reason: Sealed
    document: Sealed | None = None


class FunctionsReturned(Event):
    """Functions went back to the council. `left` is how many are still held after that."""

    type: ClassVar[str] = "functions-returned"
    functions: tuple[Slug, ...]
    left: int
    at_request: bool = False
    proposal: int | None = None
    document: Sealed | None = None


class IssueDirections(Command):
    """Issue directions: first ones, or ones that change what is in force.

    `revokes` names the directions that they replace: all in force where it is left out, none where it is empty.
    """

    type: ClassVar[str] = "issue-directions"
    gives: ClassVar[Kinds] = (DirectionsIssued,)
    kind: Kind
    model: Model | None = None
    until: When | None = None
    functions: tuple[Slug, ...] = ()
    actions: tuple[Action, ...] = ()
    plan_by: When | None = None
    first_report: When | None = None
    published: tuple[Paper, ...] = ()
    revokes: tuple[int, ...] | None = None
    proposal: int | None = Field(default=None, ge=1)
    urgent: bool = False
    reason: Sealed | None = None
    document: Sealed | None = None


class RevokeDirections(Command):
    """Revoke all directions in force before their last day, without others in their place."""

    type: ClassVar[str] = "revoke-directions"
    gives: ClassVar[Kinds] = (DirectionsRevoked,)
    needs: ClassVar[Kinds] = (DirectionsIssued,)
    reason: Sealed
    document: Sealed | None = None


class ReturnFunctions(Command):
    """Give functions back to the council: amended directions, after representations on that."""

    type: ClassVar[str] = "return-functions"
    gives: ClassVar[Kinds] = (FunctionsReturned,)
    needs: ClassVar[Kinds] = (DirectionsIssued,)
    functions: tuple[Slug, ...] = Field(min_length=1)
    at_request: bool = False
    proposal: int | None = Field(default=None, ge=1)
    document: Sealed | None = None


COMMANDS = (IssueDirections, RevokeDirections, ReturnFunctions)
EVENTS = (DirectionsIssued, DirectionsRevoked, FunctionsReturned)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about directions."""
    match command:
        case IssueDirections():
            return _issue(command, history, asked)
        case RevokeDirections():
            return _revoke(command, history, asked)
        case ReturnFunctions():
            return _return(command, history, asked)
    raise TypeError(command)


def _issue(command: IssueDirections, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    standing = in_force(history, asked.occurred)
    refusal = _ill_formed(command, asked) or _out_of_place(command, history, standing, asked)
    if refusal is not None:
        return refusal
    proposal: int | Refusal | None = None
    if not command.urgent:
        proposal = heard(history, command.proposal, acted_on(history), asked)
    if isinstance(proposal, Refusal):
        return proposal
    numbers = tuple(each.number for each in standing)
    revokes = (() if command.kind == "first" else numbers) if command.revokes is None else command.revokes
    beside = [each.until for each in standing if each.number not in revokes]
    ends = [end for end in (*beside, command.until) if end is not None]
    last = history.last(DirectionsIssued)
    spell = standing[-1].issued.event.spell if standing else last.event.spell + 1 if last else 1
    given = {name: value for name, value in dict(command).items() if name not in ("revokes", "proposal")}
    return [
        DirectionsIssued(
            directions=next_number(history, DirectionsIssued),
            spell=spell,
            lapses=max(ends, key=lambda end: end.latest, default=None),
            revokes=revokes,
            proposal=proposal,
            **given,
        )
    ]


def _ill_formed(command: IssueDirections, asked: Asked) -> Refusal | None:
    if command.urgent and command.reason is None:
        return Refusal("reason-needed", {"command": command.type})
    missing = [name for name in ("until", "published", "document") if not getattr(command, name)]
    if not command.functions and not command.actions:
        missing.append("functions")
    if missing and not silent(asked):
        return Refusal("directions-incomplete", {"missing": missing})
    if command.until is not None and command.until.certainly_before(asked.occurred):
        return Refusal("ends-before-it-starts", {"starts": str(asked.occurred), "ends": str(command.until)})
    return named_twice("functions", command.functions) or named_twice("actions", [each.id for each in command.actions])


def _out_of_place(
    command: IssueDirections, history: History, standing: Sequence["Directions"], asked: Asked
) -> Refusal | None:
    numbers = [each.number for each in standing]
    if command.kind == "first" and standing:
        return Refusal("directions-in-force", {"directions": numbers})
    if command.kind != "first" and not standing:
        return _none_in_force(history, asked)
    for number in command.revokes or ():
        if number not in numbers:
            return Refusal("directions-not-in-force", {"directions": number, "in_force": numbers})
    refusal = too_early(asked.occurred, *(each.issued for each in standing))
    if refusal is not None or command.kind != "extension" or command.until is None:
        return refusal
    ends = [each.until for each in standing if each.until is not None]
    before = max(ends, key=lambda end: end.latest, default=None)
    if before is not None and not before.latest < command.until.latest:
        return Refusal("extension-not-longer", {"until": str(before), "given": str(command.until)})
    return None


def _none_in_force(history: History, asked: Asked) -> Refusal:
    last = history.last(DirectionsIssued)
    lapses = last.event.lapses if last else None
    details = {
        "command": asked.command.type,
        "occurred": str(asked.occurred),
        "lapses": str(lapses) if lapses else None,
    }
    return Refusal("no-directions-in-force", details)


def _revoke(command: RevokeDirections, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    standing = in_force(history, asked.occurred)
    if not standing:
        return _none_in_force(history, asked)
    if command.document is None and not silent(asked):
        return Refusal("document-needed", {"command": command.type})
    return too_early(asked.occurred, *(each.issued for each in standing)) or [
        DirectionsRevoked(directions=tuple(each.number for each in standing), **dict(command))
    ]


def _return(command: ReturnFunctions, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    now = held(history, asked.occurred)
    for name in command.functions:
        if name not in now:
            return not_held(history, name, asked.occurred)
    if command.document is None and not silent(asked):
        return Refusal("document-needed", {"command": command.type})
    proposal = heard(history, command.proposal, acted_on(history), asked)
    if isinstance(proposal, Refusal):
        return proposal
    given = {name: value for name, value in dict(command).items() if name != "proposal"}
    left = len(now.keys() - set(command.functions))
    return named_twice("functions", command.functions) or [FunctionsReturned(left=left, proposal=proposal, **given)]


def acted_on(history: History) -> tuple[int, ...]:
    """The proposals on which directions were given, or functions returned."""
    done: Iterable[Entry[DirectionsIssued] | Entry[FunctionsReturned]] = (
        *history.all(DirectionsIssued),
        *history.all(FunctionsReturned),
    )
    return tuple(entry.event.proposal for entry in done if entry.event.proposal is not None)


# What is in force


@dataclass(frozen=True)
class Directions:
    """Directions as they stand: when they were issued, their last day, and when they were revoked or replaced, if they were."""

    number: int
    issued: Entry[DirectionsIssued]
    until: When | None
    revoked: When | None
    replaced_by: int | None

    def runs_on(self, on: When) -> bool:
        """Whether they can be in force on a day. On the day on which they were revoked they no longer are."""
        if on.certainly_before(self.issued.occurred) or (self.until is not None and self.until.certainly_before(on)):
            return False
        return self.revoked is None or not over_by(self.revoked, on)


def over_by(ended: When, on: When) -> bool:
    """Whether what ended on a day is certainly over on another: on the same day it is, as it was recorded before."""
    return on.earliest is not None and ended.latest <= on.earliest


def all_directions(history: History) -> tuple[Directions, ...]:
    """All directions of the engagement, in order."""
    ended: dict[int, tuple[When, int | None]] = {}
    for entry in history.all(DirectionsIssued):
        ended |= {number: (entry.occurred, entry.event.directions) for number in entry.event.revokes}
    for gone in history.all(DirectionsRevoked):
        ended |= {number: (gone.occurred, None) for number in gone.event.directions}
    return tuple(
        Directions(
            number=(number := entry.event.directions),
            issued=entry,
            until=entry.event.until,
            revoked=ended[number][0] if number in ended else None,
            replaced_by=ended[number][1] if number in ended else None,
        )
        for entry in history.all(DirectionsIssued)
    )


def in_force(history: History, on: When) -> tuple[Directions, ...]:
    """The directions that can be in force on a day, in order."""
    return tuple(each for each in all_directions(history) if each.runs_on(on))


def held(history: History, on: When) -> Mapping[str, int]:
    """The functions that the council does not hold on a day, each with the latest directions under which it passed."""
    returned = [entry for entry in history.all(FunctionsReturned) if over_by(entry.occurred, on)]
    return {
        name: each.number
        for each in in_force(history, on)
        for name in each.issued.event.functions
        if not any(name in entry.event.functions and entry.version > each.issued.version for entry in returned)
    }


def not_held(history: History, function: str, on: When) -> Refusal:
    """The refusal for a function that is not held under directions on a day."""
    now = [f"{each.number}" for each in in_force(history, on)]
    details = {"function": function, "occurred": str(on), "functions": sorted(held(history, on)), "directions": now}
    return Refusal("function-not-held", details)
