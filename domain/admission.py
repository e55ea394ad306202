"""Who was let in and who was not: denials, and access in an emergency ("break-glass"), on the stream `access`.

Somebody who has no access to an engagement may ask for it, with a reason; somebody else, who has, grants it for some hours.
It takes two people, and auditors see both. As with reads, the face that checks them puts them on record itself, so that an
emergency never waits for Temporal. No source speaks of it: how long things last is assumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import Field

from domain.part import Command, Event, Kinds, Refusal
from domain.quantities import Slug
from domain.records import Instant
from domain.sealed import Sealed

ANSWERED_WITHIN = timedelta(hours=24)
"""After how long a request that nobody answered counts no more (assumed)."""

LASTS = timedelta(hours=8)
"""For how long access in an emergency is granted: a working day (assumed)."""

Rule = Literal["role", "not-a-member", "another-role", "another-recorder"]
"""By which rule somebody was denied something."""


# Events


class AccessDenied(Event):
    """Somebody who was signed in was denied something. `group` is that of the matrix of access, `what` an id where it was
    about something that there is. `last` says that more of them within the hour are not put on record.
    """

    type: ClassVar[str] = "access-denied"
    beyond_correction: ClassVar[bool] = True
    group: str
    what: str | None = None
    rule: Rule
    role: str
    person: Slug | None = None
    signed_in: str
    last: bool = False


class AccessAsked(Event):
    """Somebody asked for access to an engagement in an emergency. `asked` counts from 1."""

    type: ClassVar[str] = "access-asked"
    beyond_correction: ClassVar[bool] = True
    asked: int
    engagement: str
    role: str
    person: Slug
    reason: Sealed


class AccessGranted(Event):
    """Somebody else granted what was asked for, `until` a moment."""

    type: ClassVar[str] = "access-granted"
    beyond_correction: ClassVar[bool] = True
    asked: int
    role: str
    person: Slug
    until: Instant


class AccessDeclined(Event):
    """Somebody else declined what was asked for, or ended what was granted."""

    type: ClassVar[str] = "access-declined"
    beyond_correction: ClassVar[bool] = True
    asked: int
    role: str
    person: Slug


EVENTS: Mapping[str, type[Event]] = {e.type: e for e in (AccessDenied, AccessAsked, AccessGranted, AccessDeclined)}


# Commands


class AskAccess(Command):
    """Ask for access to an engagement in an emergency."""

    type: ClassVar[str] = "ask-access"
    gives: ClassVar[Kinds] = (AccessAsked,)
    engagement: str = Field(max_length=120)
    reason: Sealed


class GrantAccess(Command):
    """Grant somebody else what they asked for."""

    type: ClassVar[str] = "grant-access"
    gives: ClassVar[Kinds] = (AccessGranted,)
    asked: int = Field(ge=1)


class DeclineAccess(Command):
    """Decline what somebody else asked for, or end it where it was granted."""

    type: ClassVar[str] = "decline-access"
    gives: ClassVar[Kinds] = (AccessDeclined,)
    asked: int = Field(ge=1)


COMMANDS: Mapping[str, type[Command]] = {c.type: c for c in (AskAccess, GrantAccess, DeclineAccess)}


# State


@dataclass(frozen=True)
class Request:
    """What somebody asked for, and what became of it. `until` is the end of what was granted."""

    number: int
    engagement: str
    person: str
    role: str
    reason: Sealed
    at: datetime
    answered_by: str | None = None
    until: datetime | None = None

    def open(self, at: datetime) -> bool:
        """Whether it still waits for an answer."""
        return self.answered_by is None and at < self.at + ANSWERED_WITHIN

    def lasts(self, at: datetime) -> bool:
        """Whether it was granted and is not over."""
        return self.until is not None and at < self.until


@dataclass(frozen=True)
class Admissions:
    """Everything asked for in an emergency, as it stands after `version` events of the stream."""

    version: int = 0
    requests: Mapping[int, Request] = field(default_factory=dict)

    def opened_for(self, person: str | None, at: datetime) -> frozenset[str]:
        """The engagements that are there for somebody for the time being."""
        return frozenset(one.engagement for one in self.requests.values() if one.person == person and one.lasts(at))


def evolve(state: Admissions, version: int, at: datetime, event: Event | None) -> Admissions:
    """What was asked for, after one more event of the stream; None for one that is about something else."""
    state = replace(state, version=version)
    match event:
        case AccessAsked(asked=number):
            fresh = Request(number, event.engagement, event.person, event.role, event.reason, at)
            return replace(state, requests={**state.requests, number: fresh})
        case AccessGranted(asked=number) | AccessDeclined(asked=number):
            until = event.until if isinstance(event, AccessGranted) else None
            answered = replace(state.requests[number], answered_by=event.person, until=until)
            return replace(state, requests={**state.requests, number: answered})
    return state


# Deciding


def decide(state: Admissions, command: Command, person: str, role: str, at: datetime) -> Sequence[Event] | Refusal:
    """What follows when somebody asks, grants or declines. Who may do so at all, and sees what, the face has checked."""
    if isinstance(command, AskAccess):
        waiting = (
            one for one in state.requests.values() if one.person == person and one.engagement == command.engagement
        )
        if any(one.open(at) or one.lasts(at) for one in waiting):
            return Refusal("access-asked-already", {"engagement": command.engagement})
        given = {"engagement": command.engagement, "reason": command.reason}
        return [AccessAsked(asked=len(state.requests) + 1, role=role, person=person, **given)]
    assert isinstance(command, GrantAccess | DeclineAccess)
    request = state.requests.get(command.asked)
    if request is None:
        return Refusal("access-never-asked", {"asked": command.asked})
    if request.person == person:
        return Refusal("access-own-request", {"asked": command.asked})
    if isinstance(command, GrantAccess):
        if not request.open(at):
            return Refusal("access-answered-already", {"asked": command.asked})
        return [AccessGranted(asked=command.asked, role=role, person=person, until=at + LASTS)]
    if not request.open(at) and not request.lasts(at):
        return Refusal("access-answered-already", {"asked": command.asked})
    return [AccessDeclined(asked=command.asked, role=role, person=person)]
