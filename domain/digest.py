"""Digests: what is late, due soon and newly escalated, and what was left to be told of, for each who wants it so, each
working morning.

Whoever chose a digest is told at once of an escalation all the same, and of anything in an engagement in which their role
has something to do before the next digest. Every other notice is left to it. A notice that was left is told of in one
digest: of the person it was left to, or of whoever stands in for them on that morning, and also when they hold the role no
longer or have chosen to be told at once since. Whoever is told at once of everything gets no digest otherwise.

[PAT] says nothing of digests: that they come at eight in the morning and look a week ahead is `assumed`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from domain.calendar import Calendar
from domain.dates import LONDON, london_day
from domain.directory import Directory, Holding, holders, there_for
from domain.part import Event
from domain.permissions import Scope

STREAM = "digest"
"""The stream of what was compiled, a morning an event."""

CALENDAR = "england"
"""The calendar that says which mornings are working ones."""

HOUR = time(8)
"""When digests go out, in London: before the reminders of the day, which go out at nine."""

AHEAD = timedelta(days=7)
"""How far a digest looks ahead."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Item(_Part):
    """Something that is owed: which, where, by which role and by when."""

    engagement: str
    obligation: str
    number: int
    owner: str
    due_on: date


class Escalated(_Part):
    """Something late of which the role `to` was told on a day."""

    item: Item
    to: str
    on: date


class Digest(_Part):
    """What somebody is told on a morning. `left` are the ids of the notices that were left to this digest."""

    day: date
    late: tuple[Item, ...] = ()
    soon: tuple[Item, ...] = ()
    escalated: tuple[Escalated, ...] = ()
    left: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.late or self.soon or self.escalated or self.left)


class DigestsCompiled(Event):
    """The digests of a morning were put together, for these people, from all that the ledger held up to a position."""

    type: ClassVar[str] = "digests-compiled"
    day: date
    through: int
    people: tuple[str, ...]


class NoticeLeftToDigest(Event):
    """On a notice's own stream: this recipient is told of it in their next digest, and is settled with that."""

    type: ClassVar[str] = "notice-left-to-digest"
    channel: str
    recipient: str | None


EVENTS: Mapping[str, type[Event]] = {DigestsCompiled.type: DigestsCompiled}
"""The events of the stream `digest`."""


def digest_id(day: date, number: int) -> str:
    """The id of a morning's notice to one of its people, who count from 1. It says of nobody who they are."""
    return f"{STREAM}.{day.isoformat()}.{number}"


@dataclass(frozen=True)
class Compiled:
    """What was compiled so far: the last morning, its people, and up to which position; and of each person's last digest."""

    version: int = 0
    day: date | None = None
    people: tuple[str, ...] = ()
    through: int = 0
    last: Mapping[str, int] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        """The notices of the last morning."""
        return tuple(digest_id(self.day, number) for number, _ in enumerate(self.people, start=1)) if self.day else ()


def evolve(state: Compiled, event: DigestsCompiled) -> Compiled:
    """What was compiled, after one more morning."""
    last = {**state.last, **dict.fromkeys(event.people, event.through)}
    return Compiled(state.version + 1, event.day, event.people, event.through, last)


# Mornings


def morning(day: date) -> datetime:
    """When the digests of a day go out."""
    return datetime.combine(day, HOUR, LONDON)


def is_morning(calendar: Calendar, at: datetime) -> bool:
    """Whether it is a working day on which the digests' hour has come."""
    day = london_day(at)
    return calendar.is_working(day) and morning(day) <= at


def next_morning(calendar: Calendar, after: datetime) -> datetime:
    """The first moment after another at which digests go out."""
    day = london_day(after)
    while morning(day) <= after or not calendar.is_working(day):
        day += timedelta(days=1)
    return morning(day)


# What is told


@dataclass(frozen=True)
class Strike:
    """An escalation: the position of its event in the ledger, whom it told and on which day."""

    position: int
    to: str
    on: date


@dataclass(frozen=True)
class Owed:
    """Something that is owed in an engagement of a council, with its escalations so far."""

    item: Item
    council: str
    due_at: datetime
    escalations: tuple[Strike, ...] = ()


@dataclass(frozen=True)
class Left:
    """A notice that was left to somebody's digest, and was in none yet."""

    notice: str
    person: str


@dataclass(frozen=True)
class Morning:
    """All that the digests of a morning are made of."""

    at: datetime
    directory: Directory
    owed: Sequence[Owed] = ()
    left: Sequence[Left] = ()
    before: Compiled = field(default_factory=Compiled)

    @property
    def day(self) -> date:
        """The day in London."""
        return london_day(self.at)

    def left_to(self) -> Mapping[str, tuple[str, ...]]:
        """The notices left, by who is there to be told of them. Whoever is away without cover is told all the same."""
        found = defaultdict[str, list[str]](list)
        for one in self.left:
            found[there_for(self.directory, one.person, self.day) or one.person].append(one.notice)
        return {person: tuple(notices) for person, notices in found.items()}


def digests(morning: Morning) -> Mapping[str, Digest]:
    """The digests of a morning by the person they are for: of whoever wants them, and whoever notices were left to."""
    wanting = {person.id for person in morning.directory.people.values() if person.pace == "digest"}
    compiled = compile_for(morning, sorted(wanting | set(morning.left_to())))
    return {person: digest for person, digest in compiled.items() if not digest.empty}


def compile_for(morning: Morning, people: Iterable[str]) -> Mapping[str, Digest]:
    """What some people would be told, whatever pace they chose: what their roles of the day owe, and what was left."""
    who, left = _holders(morning.directory, morning.day), morning.left_to()
    owing, struck = defaultdict[str, list[Owed]](list), defaultdict[str, list[tuple[int, Escalated]]](list)
    for owed in morning.owed:
        place = (owed.council, owed.item.engagement)
        owners = who(owed.item.owner, *place)
        for person in owners:
            owing[person].append(owed)
        for strike in owed.escalations:
            escalated = Escalated(item=owed.item, to=strike.to, on=strike.on)
            for person in owners | who(strike.to, *place):
                struck[person].append((strike.position, escalated))

    def digest(person: str) -> Digest:
        late = [owed for owed in owing[person] if owed.due_at <= morning.at]
        soon = [owed for owed in owing[person] if owed.due_at > morning.at and owed.item.due_on <= morning.day + AHEAD]
        last = morning.before.last.get(person, 0)
        return Digest(
            day=morning.day,
            late=tuple(owed.item for owed in late),
            soon=tuple(owed.item for owed in soon),
            escalated=tuple(escalated for position, escalated in struck[person] if position > last),
            left=left.get(person, ()),
        )

    return {person: digest(person) for person in people}


def reach_of(directory: Directory, person: str, day: date) -> Scope:
    """Where somebody can be told for a role on a day, be it their own or that of whoever they stand in for."""
    away = {each.person for each in directory.absences if each.span.can_hold(day)}
    for_whom = {person, *(other for other in away if there_for(directory, other, day) == person)}
    held = [each for each in directory.holdings if each.person in for_whom and each.span.can_hold(day)]
    if any(each.council is None and each.engagement is None for each in held):
        return Scope()
    councils = frozenset(each.council for each in held if each.council is not None)
    return Scope(False, councils, frozenset(each.engagement for each in held if each.engagement is not None))


def _holders(directory: Directory, day: date) -> Callable[[str, str, str], frozenset[str]]:
    """Who holds a role in a council and engagement on a day, whoever stands in included; each looked up once."""
    by_role = defaultdict[str, list[Holding]](list)
    for held in directory.holdings:
        by_role[held.role].append(held)

    @cache
    def who(role: str, council: str, engagement: str) -> frozenset[str]:
        of_role = replace(directory, holdings=tuple(by_role[role]))
        return frozenset(holder.person for holder in holders(of_role, role, council, engagement, day))

    return who
