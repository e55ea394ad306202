"""What ministers are minded to do: announced, open to representations for a time, and these considered.

Section 15(9) of the Local Government Act 1999: the council may make representations before directions are given. The Act sets
no period: each letter does, and 5 to 18 working days were found in letters of 2021 to 2026. Proposals count from 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import Field

from domain.best_value_notice import Theme
from domain.checks import silent, too_early
from domain.dates import When
from domain.numbering import next_number
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed

About = Literal["intervention", "change", "return"]
"""A first intervention; a change of one under way; functions given back to the council."""

Proposed = Literal["envoys", "panel", "commissioners", "improvement-plan", "local-inquiry", "directions", "extension"]


class MindedToAnnounced(Event):
    """A letter said what ministers are minded to do. Representations may be made until the end of `representations_by`."""

    type: ClassVar[str] = "minded-to-announced"
    proposal: int
    about: About
    proposes: tuple[Proposed, ...] = ()
    functions: tuple[Slug, ...] = ()
    themes: tuple[Theme, ...] = ()
    until: When | None = None
    representations_by: When | None = None
    document: Sealed | None = None
    reasons: Sealed | None = None


class RepresentationReceived(Event):
    """The council, or somebody else, answered a proposal."""

    type: ClassVar[str] = "representation-received"
    proposal: int
    by: Literal["council", "other"]
    text: Sealed | None = None
    document: Sealed | None = None


class RepresentationsConsidered(Event):
    """Ministers have considered all `count` representations on a proposal; `against` of them opposed it, where that is said."""

    type: ClassVar[str] = "representations-considered"
    proposal: int
    count: int | None = None
    against: int | None = None
    published: bool = False
    document: Sealed | None = None


class ProposalDropped(Event):
    """Ministers will not do what they were minded to do."""

    type: ClassVar[str] = "proposal-dropped"
    proposal: int
    reason: Sealed


class AnnounceMindedTo(Command):
    """Record the letter that says what ministers are minded to do, and by when representations may be made."""

    type: ClassVar[str] = "announce-minded-to"
    gives: ClassVar[Kinds] = (MindedToAnnounced,)
    about: About
    proposes: tuple[Proposed, ...] = ()
    functions: tuple[Slug, ...] = ()
    themes: tuple[Theme, ...] = ()
    until: When | None = None
    representations_by: When | None = None
    document: Sealed | None = None
    reasons: Sealed | None = None


class ReceiveRepresentation(Command):
    """Record a representation on a proposal: the latest, where none is named."""

    type: ClassVar[str] = "receive-representation"
    gives: ClassVar[Kinds] = (RepresentationReceived,)
    needs: ClassVar[Kinds] = (MindedToAnnounced,)
    proposal: int | None = Field(default=None, ge=1)
    by: Literal["council", "other"]
    text: Sealed | None = None
    document: Sealed | None = None


class ConsiderRepresentations(Command):
    """Record that ministers have considered the representations, however many there were, once their time is over."""

    type: ClassVar[str] = "consider-representations"
    gives: ClassVar[Kinds] = (RepresentationsConsidered,)
    needs: ClassVar[Kinds] = (MindedToAnnounced,)
    proposal: int | None = Field(default=None, ge=1)
    count: int | None = Field(default=None, ge=0)
    against: int | None = Field(default=None, ge=0)
    published: bool = False
    document: Sealed | None = None


class DropProposal(Command):
    """Record that ministers will not do what they were minded to do, and why."""

    type: ClassVar[str] = "drop-proposal"
    gives: ClassVar[Kinds] = (ProposalDropped,)
    needs: ClassVar[Kinds] = (MindedToAnnounced,)
    proposal: int | None = Field(default=None, ge=1)
    reason: Sealed


COMMANDS = (AnnounceMindedTo, ReceiveRepresentation, ConsiderRepresentations, DropProposal)
EVENTS = (MindedToAnnounced, RepresentationReceived, RepresentationsConsidered, ProposalDropped)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about what ministers are minded to do."""
    match command:
        case AnnounceMindedTo():
            return _announce(command, history, asked)
        case ReceiveRepresentation() | ConsiderRepresentations() | DropProposal():
            found = _meant(history, command.proposal, asked.occurred)
            return found if isinstance(found, Refusal) else _on(command, found, asked)
    raise TypeError(command)


def _announce(command: AnnounceMindedTo, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    missing = [name for name in ("representations_by", "document") if getattr(command, name) is None]
    if missing and not silent(asked):
        return Refusal("minded-to-incomplete", {"missing": missing})
    by = command.representations_by
    if by is not None and by.certainly_before(asked.occurred):
        return Refusal("representations-before-the-letter", {"by": str(by), "occurred": str(asked.occurred)})
    return [MindedToAnnounced(proposal=next_number(history, MindedToAnnounced), **dict(command))]


def _on(
    command: ReceiveRepresentation | ConsiderRepresentations | DropProposal, found: "Proposal", asked: Asked
) -> Sequence[Event] | Refusal:
    given = {name: value for name, value in dict(command).items() if name != "proposal"}
    match command:
        case ReceiveRepresentation():
            return [RepresentationReceived(proposal=found.number, **given)]
        case ConsiderRepresentations():
            return _consider(command, found, asked) or [RepresentationsConsidered(proposal=found.number, **given)]
    return [ProposalDropped(proposal=found.number, **given)]


def _consider(command: ConsiderRepresentations, found: "Proposal", asked: Asked) -> Refusal | None:
    if found.considered is not None:
        details = {"proposal": found.number, "on": str(found.considered.occurred)}
        return Refusal("representations-considered-already", details)
    count = command.count
    if count is None:
        return _still_open(found, asked.occurred) if silent(asked) else Refusal("count-needed")
    if count < len(found.received):
        details = {"proposal": found.number, "count": count, "received": len(found.received)}
        return Refusal("representations-left-out", details)
    if command.against is not None and command.against > count:
        return Refusal("more-against-than-made", {"against": command.against, "count": count})
    return _still_open(found, asked.occurred)


# How they stand


@dataclass(frozen=True)
class Proposal:
    """A proposal as it stands: the letter, the representations on it, and what became of it."""

    number: int
    announced: Entry[MindedToAnnounced]
    received: tuple[Entry[RepresentationReceived], ...]
    considered: Entry[RepresentationsConsidered] | None
    dropped: Entry[ProposalDropped] | None


def proposals(history: History) -> tuple[Proposal, ...]:
    """Every proposal of the engagement, in order."""
    considered = {entry.event.proposal: entry for entry in history.all(RepresentationsConsidered)}
    dropped = {entry.event.proposal: entry for entry in history.all(ProposalDropped)}
    return tuple(
        Proposal(
            number=(number := entry.event.proposal),
            announced=entry,
            received=tuple(e for e in history.all(RepresentationReceived) if e.event.proposal == number),
            considered=considered.get(number),
            dropped=dropped.get(number),
        )
        for entry in history.all(MindedToAnnounced)
    )


def _meant(history: History, number: int | None, on: When) -> Proposal | Refusal:
    """The proposal that is meant, the latest where none is named, unless it was dropped."""
    found = proposals(history)
    meant = found[-1] if number is None else next((each for each in found if each.number == number), None)
    if meant is None:
        return Refusal("no-such-proposal", {"proposal": number, "proposals": [each.number for each in found]})
    if meant.dropped is not None:
        return Refusal("proposal-dropped", {"proposal": meant.number, "on": str(meant.dropped.occurred)})
    return too_early(on, meant.announced) or meant


def _still_open(found: Proposal, on: When) -> Refusal | None:
    """Refuse a day on which representations certainly could still be made: the whole last day is theirs."""
    by = found.announced.event.representations_by
    if by is None or by.earliest is None or on.latest > by.earliest:
        return None
    return Refusal("representations-open", {"proposal": found.number, "by": str(by), "occurred": str(on)})


def heard(history: History, number: int | None, used: Sequence[int], asked: Asked) -> int | Refusal | None:
    """The proposal on which ministers may act now; None where a source is silent on it.

    They were minded to do it, the time for representations is over, and what came was considered. `used` are the proposals on
    which they have acted; without a number the latest is meant that is none of these.
    """
    waiting = [each.number for each in proposals(history) if each.dropped is None and each.number not in used]
    if number is None and not waiting:
        return None if silent(asked) else Refusal("minded-to-needed", {"command": asked.command.type})
    found = _meant(history, number or waiting[-1], asked.occurred)
    if isinstance(found, Refusal):
        return found
    if found.number in used:
        return Refusal("proposal-used", {"proposal": found.number})
    refusal = _still_open(found, asked.occurred) or too_early(asked.occurred, found.considered)
    if refusal is not None:
        return refusal
    if found.considered is None and not silent(asked):
        return Refusal("representations-not-considered", {"proposal": found.number})
    return found.number
