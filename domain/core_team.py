"""The core of the team: senior partner, project manager, three or four main consultants, experts as needed ([PAT] ch.2).

Naming it fills the posts of the senior partner and the project manager. A core team is named for one phase.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import named_twice
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.people import LEADS, Filled, Filling, changes
from domain.quantities import Slug
from domain.sealed import Sealed

Part = Literal["senior-partner", "project-manager", "consultant", "expert"]

_POSTS_OF_PARTS: Mapping[Part, str] = {"senior-partner": "team.senior-partner", "project-manager": LEADS["team"]}


class Member(BaseModel):
    """Somebody in the core team, and as what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: Slug
    name: Sealed | None = None
    part: Part


class CoreTeamNamed(Filling):
    """The team named its core, whole. `change` when its senior partner or project manager is somebody new."""

    type: ClassVar[str] = "core-team-named"
    members: tuple[Member, ...]
    change: bool = False

    def filled(self) -> Iterator[Filled]:
        """The posts of the senior partner and the project manager."""
        return _posts_of(self.members)


class NameCoreTeam(Command):
    """Name the core team, or name it anew: the list is whole each time."""

    type: ClassVar[str] = "name-core-team"
    gives: ClassVar[Kinds] = (CoreTeamNamed,)
    members: tuple[Member, ...] = Field(min_length=1)


COMMANDS = (NameCoreTeam,)
EVENTS = (CoreTeamNamed,)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the core team."""
    match command:
        case NameCoreTeam(members=members):
            change = any(changes(history, each, asked.occurred) for each in _posts_of(members))
            return _part_twice(members) or [CoreTeamNamed(members=members, change=change)]
    raise TypeError(command)


def _posts_of(members: Sequence[Member]) -> Iterator[Filled]:
    for member in members:
        if member.part in _POSTS_OF_PARTS:
            yield Filled(_POSTS_OF_PARTS[member.part], member.person)


def _part_twice(members: Sequence[Member]) -> Refusal | None:
    """A person is in the core team once, and it has one senior partner and one project manager."""
    single = [member.part for member in members if member.part in _POSTS_OF_PARTS]
    twice = next((part for part in single if single.count(part) > 1), None)
    if twice is not None:
        return Refusal("part-held-twice", {"part": twice})
    return named_twice("members", [member.person for member in members])


@dataclass(frozen=True)
class CoreTeam:
    """The core team of the phase as last named, and the ids of those who joined and left since the naming before."""

    named: Entry[CoreTeamNamed]
    joined: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def members(self) -> tuple[Member, ...]:
        """Its members."""
        return self.named.event.members


def core_team(history: History) -> CoreTeam | None:
    """The core team of this phase, if one was named."""
    named = history.in_phase(CoreTeamNamed)
    if not named:
        return None
    now = [member.person for member in named[-1].event.members]
    before = [member.person for member in named[-2].event.members] if len(named) > 1 else now
    return CoreTeam(
        named=named[-1],
        joined=tuple(person for person in now if person not in before),
        left=tuple(person for person in before if person not in now),
    )


def cautions(history: History) -> Iterator[Caution]:
    """A team without a manager."""
    team = core_team(history)
    if team is not None and "project-manager" not in {member.part for member in team.members}:
        yield Caution("no-project-manager", {"on": str(team.named.occurred)})
