"""Who sits on the project board: members and observers, by role and person ([PAT] ch.3, 4).

The inspectorate chairs it; the department is in attendance, at times in the chair; the council and the team make it up.
Elected members were left out at first, which did harm, as mere observers did worse, and as members well.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from domain import actors
from domain.board import BoardHeld, party
from domain.checks import silent, too_early
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.people import Standing
from domain.quantities import Slug
from domain.sealed import Sealed
from domain.special_measures import Role

ELECTED = "council.member"


class MemberAppointed(Event):
    """Somebody became a member of the board, or an observer. Who is appointed to the chair takes it over."""

    type: ClassVar[str] = "member-appointed"
    role: Role
    person: Slug | None = None
    name: Sealed | None = None
    standing: Standing | None = None
    chair: bool = False
    observer: bool = False


class MembershipEnded(Event):
    """Somebody left the board."""

    type: ClassVar[str] = "membership-ended"
    role: Role
    person: Slug | None = None


class AppointMember(Command):
    """Put somebody on the board, by role and person, with their standing in that role."""

    type: ClassVar[str] = "appoint-member"
    gives: ClassVar[Kinds] = (MemberAppointed,)
    wanted: ClassVar[tuple[str, ...]] = ("person", "standing")
    role: Role
    person: Slug | None = None
    name: Sealed | None = None
    standing: Standing | None = None
    chair: bool = False
    observer: bool = False


class EndMembership(Command):
    """Record that somebody left the board."""

    type: ClassVar[str] = "end-membership"
    gives: ClassVar[Kinds] = (MembershipEnded,)
    needs: ClassVar[Kinds] = (MemberAppointed,)
    role: Role
    person: Slug | None = None


COMMANDS = (AppointMember, EndMembership)
EVENTS = (MemberAppointed, MembershipEnded)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about who sits on the board."""
    match command:
        case AppointMember():
            return _appoint(command, history, asked)
        case EndMembership():
            return _end(command, history, asked)
    raise TypeError(command)


def _appoint(command: AppointMember, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.chair and command.observer:
        return Refusal("observer-in-the-chair", {"role": command.role})
    there = _seated(history).get((command.role, command.person))
    if there is not None:
        label = actors.label(command.role, command.person)
        return Refusal("appointed-already", {"member": label, "on": str(there.occurred)})
    missing = [name for name in command.wanted if getattr(command, name) is None]
    if missing and not silent(asked):
        return Refusal("member-incomplete", {"missing": missing})
    return [MemberAppointed(**dict(command))]


def _end(command: EndMembership, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    seated = _seated(history)
    there = seated.get((command.role, command.person))
    if there is None:
        label, persons = (
            actors.label(command.role, command.person),
            [who for role, who in seated if role == command.role],
        )
        if command.person is None and persons:
            return Refusal("which-member", {"role": command.role, "persons": persons})
        return Refusal("no-such-member", {"member": label, "members": [actors.label(*seat) for seat in seated]})
    return too_early(asked.occurred, there) or [MembershipEnded(role=command.role, person=command.person)]


# Who sits on it


@dataclass(frozen=True)
class Member:
    """A member of the board as it stands, since the day of the appointment. One at most is in the chair."""

    role: str
    person: str | None
    name: Sealed | None
    standing: Standing | None
    chair: bool
    observer: bool
    since: When
    version: int

    @property
    def label(self) -> str:
        """`council.director/jo-b`, or the role alone where no person is known."""
        return actors.label(self.role, self.person)


def members(history: History) -> Mapping[str, tuple[Member, ...]]:
    """The members of this phase's board, by party and in the order they came."""
    seated = _seated(history)
    in_the_chair = max((entry.version for entry in seated.values() if entry.event.chair), default=0)
    found: dict[str, tuple[Member, ...]] = {}
    for entry in seated.values():
        event = entry.event
        member = Member(
            role=event.role,
            person=event.person,
            name=event.name,
            standing=event.standing,
            chair=entry.version == in_the_chair,
            observer=event.observer,
            since=entry.occurred,
            version=entry.version,
        )
        of_party = party(event.role)
        found[of_party] = (*found.get(of_party, ()), member)
    return found


def _seated(history: History) -> dict[tuple[str, str | None], Entry[MemberAppointed]]:
    seated: dict[tuple[str, str | None], Entry[MemberAppointed]] = {}
    came_and_went: list[Entry[Any]] = [*history.in_phase(MemberAppointed), *history.in_phase(MembershipEnded)]
    for entry in sorted(came_and_went, key=lambda entry: entry.version):
        seat = (entry.event.role, entry.event.person)
        seated.pop(seat, None)
        if isinstance(entry.event, MemberAppointed):
            seated[seat] = entry
    return seated


def cautions(history: History) -> Iterator[Caution]:
    """A board without elected members, or where they only observe."""
    seated = [member for of_party in members(history).values() for member in of_party]
    elected = [member for member in seated if member.role == ELECTED]
    watching = [member.label for member in elected if member.observer]
    if watching:
        yield Caution("elected-only-observe", {"members": watching})
    if seated and not elected and history.in_phase(BoardHeld):
        yield Caution("no-elected-member", {"members": len(seated)})
