"""People: who holds which post in every party, and how often that changed ([PAT] ch.2 to 4).

Turnover of leads in any party did engagements much harm, while interim or permanent mattered less than being committed,
competent and with authority. A link inspector should have one zero-star council at a time (ch.4).

A post has one holder at a time: two assistant directors are two posts (`council.assistant-director-children`). Lead
inspector and lead consultant are the project leads of their parties; the council's may be anybody, and is a post of its own.
Posts hold across phases of the engagement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from domain.checks import named_twice, silent, too_early
from domain.course import EngagementOpened
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed
from domain.special_measures import Role

Standing = Literal["substantive", "interim", "acting"]
Gss = Annotated[str, Field(pattern=r"^[A-Z][0-9]{8}$")]
"""A council, by its GSS code."""

LEADS: Mapping[str, str] = {
    "inspectorate": "inspectorate.lead-inspector",
    "team": "team.lead-consultant",
    "council": "council.project-lead",
}
"""The post that the project lead of each party holds."""

KEY = frozenset((*LEADS.values(), "council.director", "council.chief-executive", "team.senior-partner"))
"""The posts whose change is told as it happens: the three project leads, and those they answer to."""


@dataclass(frozen=True)
class Filled:
    """Who holds a post from a day on. `took_over` when somebody held it before of whom nothing is recorded here."""

    post: str
    person: str
    standing: Standing | None = None
    took_over: bool = False
    linked: tuple[str, ...] | None = None


class Filling(Event):
    """An event that says who holds posts from its day on."""

    def filled(self) -> Iterator[Filled]:
        """The posts and their holders."""
        raise NotImplementedError


class PostHolderRecorded(Filling):
    """Somebody holds a post from this day on.

    `linked` lists the other zero-star councils that an inspector is linked to, where that is known. `change` when somebody
    else held the post before in this engagement, `key` when it is one of those whose change is told.
    """

    type: ClassVar[str] = "post-holder-recorded"
    post: Role
    person: Slug
    name: Sealed | None = None
    standing: Standing | None = None
    took_over: bool = False
    linked: tuple[Gss, ...] | None = None
    change: bool = False
    key: bool = False

    def filled(self) -> Iterator[Filled]:
        """The one post."""
        yield Filled(self.post, self.person, self.standing, self.took_over, self.linked)


class PostHolderLeft(Event):
    """Whoever held a post left it."""

    type: ClassVar[str] = "post-holder-left"
    post: Role
    person: Slug | None = None
    reason: Sealed | None = None
    key: bool = False


class RecordPostHolder(Command):
    """Record who holds a post from a day on. `took_over` says that somebody did before, though nothing is recorded of them."""

    type: ClassVar[str] = "record-post-holder"
    gives: ClassVar[Kinds] = (PostHolderRecorded,)
    post: Role
    person: Slug
    name: Sealed | None = None
    standing: Standing | None = None
    took_over: bool = False
    linked: tuple[Gss, ...] | None = None


class RecordDeparture(Command):
    """Record that the holder of a post left it. Without `person` it is whoever held it that day."""

    type: ClassVar[str] = "record-departure"
    gives: ClassVar[Kinds] = (PostHolderLeft,)
    post: Role
    person: Slug | None = None
    reason: Sealed | None = None


COMMANDS = (RecordPostHolder, RecordDeparture)
EVENTS = (PostHolderRecorded, PostHolderLeft)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about people."""
    match command:
        case RecordPostHolder():
            return _record(command, history, asked)
        case RecordDeparture():
            given = dict(command)
            left = PostHolderLeft(**given, key=command.post in KEY)
            return _not_there_to_leave(command, history, asked) or [left]
    raise TypeError(command)


def _record(command: RecordPostHolder, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    refusal = _not_linked(command, history)
    if refusal is not None:
        return refusal
    given = dict(command)
    (filled,) = PostHolderRecorded(**given).filled()
    held = _holder_on(history, command.post, asked.occurred)
    if held is not None and not held.left and held.person == filled.person and not held.told_more_by(filled):
        return Refusal("held-already", {"post": command.post, "person": command.person})
    change = changes(history, filled, asked.occurred)
    return [PostHolderRecorded(**given, change=change, key=command.post in KEY)]


def _not_linked(command: RecordPostHolder, history: History) -> Refusal | None:
    if command.linked is None:
        return None
    if not command.post.startswith("inspectorate."):
        return Refusal("not-an-inspector", {"post": command.post})
    opening = history.last(EngagementOpened)
    if opening is not None and opening.event.council in command.linked:
        return Refusal("own-council", {"council": opening.event.council})
    return named_twice("linked", command.linked)


def _not_there_to_leave(command: RecordDeparture, history: History, asked: Asked) -> Refusal | None:
    held = turnover(history).get(command.post)
    if held is None:
        return None
    if command.person is None:
        leaving = held.on(asked.occurred)
    else:
        leaving = next((each for each in reversed(held.holders) if each.person == command.person), None)
        if leaving is None and not silent(asked):
            known = list(dict.fromkeys(each.person or "somebody" for each in held.holders))
            return Refusal("not-the-holder", {"post": command.post, "person": command.person, "holders": known})
    if leaving is None:
        return None
    if leaving.left:
        return Refusal("left-already", {"post": command.post, "on": str(leaving.until)})
    return too_early(asked.occurred, leaving.entry) if leaving.entry else None


# Who held a post, and when


@dataclass(frozen=True)
class Holder:
    """Somebody's time in a post with one standing. `person` is None, and so is `entry`, where only the leaving is known.

    `until` is the day they left or the next came; `left` when they are recorded to have left.
    """

    person: str | None
    standing: Standing | None = None
    took_over: bool = False
    linked: tuple[str, ...] = ()
    entry: Entry[Any] | None = None
    until: When | None = None
    left: bool = False

    @property
    def since(self) -> When | None:
        """When it began, where that is recorded."""
        return self.entry.occurred if self.entry else None

    def told_more_by(self, filled: Filled) -> bool:
        """Whether it says something of the same person that was not said before."""
        standing = filled.standing not in (None, self.standing)
        return standing or (filled.linked is not None and set(filled.linked) != set(self.linked))


@dataclass(frozen=True)
class Post:
    """A post and its holders in the order of their days, and where those do not tell, of the record."""

    post: str
    holders: tuple[Holder, ...]

    @property
    def key(self) -> bool:
        """Whether a change in it is told as it happens."""
        return self.post in KEY

    @property
    def holder(self) -> Holder | None:
        """Who holds it now, as far as is recorded."""
        return None if self.holders[-1].left else self.holders[-1]

    @property
    def vacant_since(self) -> When | None:
        """The day since which nobody is recorded to hold it."""
        return self.holders[-1].until if self.holders[-1].left else None

    @property
    def newcomers(self) -> tuple[Holder, ...]:
        """Those who came after somebody else, one for each change."""
        after = zip(self.holders, self.holders[1:], strict=False)
        first = self.holders[:1] if self.holders[0].took_over else ()
        return (*first, *(one for before, one in after if before.person != one.person))

    @property
    def changes(self) -> int:
        """How often the post passed to somebody else."""
        return len(self.newcomers)

    def on(self, day: When) -> Holder | None:
        """The last who can have come by a day."""
        came = [one for one in self.holders if one.since is None or not day.certainly_before(one.since)]
        return came[-1] if came else None


def turnover(history: History) -> Mapping[str, Post]:
    """Every post of which something is recorded in the engagement, with its holders."""
    found: dict[str, list[Holder]] = {}
    for entry in _by_day(history):
        if isinstance(entry.event, PostHolderLeft):
            _leave(found.setdefault(entry.event.post, []), entry)
            continue
        for filled in entry.event.filled():
            _come(found.setdefault(filled.post, []), filled, entry)
    return {post: Post(post, tuple(holders)) for post, holders in found.items()}


def _by_day(history: History) -> list[Entry[Any]]:
    """What tells of posts in the order of the days; what was recorded late stands where it belongs."""
    placed: list[Entry[Any]] = []
    for entry in history.entries:
        if isinstance(entry.event, Filling | PostHolderLeft):
            place = len(placed)
            while place and entry.occurred.certainly_before(placed[place - 1].occurred):
                place -= 1
            placed.insert(place, entry)
    return placed


def _come(holders: list[Holder], filled: Filled, entry: Entry[Any]) -> None:
    standing, linked = filled.standing, filled.linked
    if holders and not (last := holders[-1]).left:
        if last.person == filled.person:
            if not last.told_more_by(filled):
                return
            standing = standing or last.standing
            linked = last.linked if linked is None else linked
        holders[-1] = replace(last, until=entry.occurred)
    holders.append(Holder(filled.person, standing, filled.took_over, linked or (), entry))


def _leave(holders: list[Holder], entry: Entry[PostHolderLeft]) -> None:
    person = entry.event.person
    there = (n for n in reversed(range(len(holders))) if person is None or holders[n].person == person)
    place = next(there, None)
    if place is None:
        holders.insert(0, Holder(person, until=entry.occurred, left=True))
    elif not holders[place].left:
        holders[place] = replace(holders[place], until=entry.occurred, left=True)


def _holder_on(history: History, post: str, day: When) -> Holder | None:
    held = turnover(history).get(post)
    return held.on(day) if held else None


def changes(history: History, filled: Filled, day: When) -> bool:
    """Whether somebody takes a post over from another on that day."""
    before = _holder_on(history, filled.post, day)
    return before.person != filled.person if before else filled.took_over


def cautions(history: History) -> Iterator[Caution]:
    """Key leads that changed in this phase, posts left vacant, an inspector who is shared."""
    for post in turnover(history).values():
        came = [one for one in post.newcomers if one.entry and one.entry.version >= history.phase]
        if post.key and came:
            yield Caution("key-lead-changed", {"post": post.post, "times": len(came), "on": str(came[-1].since)})
        if post.vacant_since is not None:
            yield Caution("post-vacant", {"post": post.post, "on": str(post.vacant_since)})
        if post.holder is not None and post.holder.linked:
            councils = list(post.holder.linked)
            yield Caution("inspector-shared", {"post": post.post, "person": post.holder.person, "councils": councils})
