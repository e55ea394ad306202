"""Workstreams with mirror leads: one in the council and one in the partner, of equal standing ([KENT] App 1).

Both are named before the workstream starts. Who leads is a post as any other, so that who came and went is told with the
people of the engagement: the lead of `adults` in the partner holds the post `partner.adults-lead`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from domain.checks import silent, too_early
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.people import Filled, Filling, Post, Standing, changes, turnover
from domain.quantities import Slug
from domain.sealed import Sealed

Side = Literal["council", "partner"]
SIDES: tuple[Side, ...] = ("council", "partner")
WorkstreamId = Annotated[str, Field(pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=60)]
"""What a workstream is called in the names of its leads' posts: small letters and hyphens."""

NAMES_BOTH = "department"
"""The party that may name the lead of either council: the office that keeps the record."""


def post_of(side: Side, workstream: str) -> str:
    """The post that leads a workstream in a council."""
    return f"{side}.{workstream}-lead"


class MirrorLeadNamed(Filling):
    """A council named its lead of a workstream: a person by id, their name sealed. `change` when somebody else was it before."""

    type: ClassVar[str] = "mirror-lead-named"
    workstream: WorkstreamId
    side: Side
    person: Slug
    name: Sealed | None = None
    standing: Standing | None = None
    change: bool = False

    def filled(self) -> Iterator[Filled]:
        """The post that leads the workstream in that council."""
        yield Filled(post_of(self.side, self.workstream), self.person, self.standing)


class WorkstreamStarted(Event):
    """A workstream started. `without` lists the councils whose lead no source names."""

    type: ClassVar[str] = "workstream-started"
    workstream: WorkstreamId
    title: Sealed | None = None
    without: tuple[Side, ...] = ()


class WorkstreamEnded(Event):
    """A workstream ended."""

    type: ClassVar[str] = "workstream-ended"
    workstream: WorkstreamId
    text: Sealed | None = None


class NameMirrorLead(Command):
    """Name who leads a workstream in the council or in the partner."""

    type: ClassVar[str] = "name-mirror-lead"
    gives: ClassVar[Kinds] = (MirrorLeadNamed,)
    workstream: WorkstreamId
    side: Side
    person: Slug
    name: Sealed | None = None
    standing: Standing | None = None


class StartWorkstream(Command):
    """Start a workstream that has a lead in both councils."""

    type: ClassVar[str] = "start-workstream"
    gives: ClassVar[Kinds] = (WorkstreamStarted,)
    needs: ClassVar[Kinds] = (MirrorLeadNamed,)
    workstream: WorkstreamId
    title: Sealed | None = None


class EndWorkstream(Command):
    """End a workstream."""

    type: ClassVar[str] = "end-workstream"
    gives: ClassVar[Kinds] = (WorkstreamEnded,)
    needs: ClassVar[Kinds] = (WorkstreamStarted,)
    workstream: WorkstreamId
    text: Sealed | None = None


COMMANDS = (NameMirrorLead, StartWorkstream, EndWorkstream)
EVENTS = (MirrorLeadNamed, WorkstreamStarted, WorkstreamEnded)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about workstreams and their leads."""
    match command:
        case NameMirrorLead():
            return _name(command, history, asked)
        case StartWorkstream(workstream=name):
            stream = mirrored(history, asked.occurred).get(name)
            if stream is not None and stream.running:
                return Refusal("workstream-runs-already", {"workstream": name, "on": str(stream.started.occurred)})
            missing = without_lead(history, name, asked.occurred)
            if missing and not silent(asked):
                return Refusal("mirror-leads-missing", {"workstream": name, "missing": list(missing)})
            started = WorkstreamStarted(without=missing, **dict(command))
            return too_early(asked.occurred, stream.ended if stream else None) or [started]
        case EndWorkstream(workstream=name):
            found = mirrored(history, asked.occurred)
            running = [each for each, stream in found.items() if stream.running]
            if name not in running:
                return Refusal("workstream-not-running", {"workstream": name, "running": running})
            return too_early(asked.occurred, found[name].started) or [WorkstreamEnded(**dict(command))]
    raise TypeError(command)


def _name(command: NameMirrorLead, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    side, name, person = command.side, command.workstream, command.person
    may = (side, NAMES_BOTH)
    if asked.decided_by.party not in may:
        details = {"command": command.type, "party": side, "role": str(asked.decided_by), "may": list(may)}
        return Refusal("names-another-partys-lead", details)
    posts = turnover(history)
    own, other = (posts.get(post_of(each, name)) for each in (side, *(s for s in SIDES if s != side)))
    if _leads(other, asked.occurred) == person:
        return Refusal("mirror-of-oneself", {"workstream": name, "person": person})
    named = MirrorLeadNamed(**dict(command))
    (filled,) = named.filled()
    holder = own.on(asked.occurred) if own else None
    if holder is not None and not holder.left and holder.person == person and not holder.told_more_by(filled):
        return Refusal("held-already", {"post": filled.post, "person": person})
    return [named.model_copy(update={"change": changes(history, filled, asked.occurred)})]


# How they stand


@dataclass(frozen=True)
class Workstream:
    """A workstream as it last started and ended, and who leads it in each council on a day; None where nobody does."""

    started: Entry[WorkstreamStarted]
    ended: Entry[WorkstreamEnded] | None
    leads: tuple[tuple[Side, str | None], ...]

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.ended is None


def _leads(post: Post | None, day: When) -> str | None:
    holder = post.on(day) if post else None
    return None if holder is None or holder.left else holder.person


def without_lead(history: History, workstream: str, day: When) -> tuple[Side, ...]:
    """The councils that have no lead of a workstream on a day."""
    posts = turnover(history)
    return tuple(side for side in SIDES if _leads(posts.get(post_of(side, workstream)), day) is None)


def mirrored(history: History, day: When) -> dict[str, Workstream]:
    """Every workstream that started, by its id, with its leads on a day."""
    posts, found = turnover(history), dict[str, Workstream]()
    for started in history.all(WorkstreamStarted):
        name = started.event.workstream
        ends = [each for each in history.all(WorkstreamEnded, started.version) if each.event.workstream == name]
        leads = tuple((side, _leads(posts.get(post_of(side, name)), day)) for side in SIDES)
        found[name] = Workstream(started, ends[0] if ends else None, leads)
    return found


def cautions(history: History) -> Iterator[Caution]:
    """A workstream that runs without a lead in one of the councils. (That a post was left vacant is told with the people.)"""
    posts = turnover(history)
    latest = history.entries[-1].occurred if history.entries else None
    for name, stream in mirrored(history, latest).items() if latest else ():
        never = [side for side in SIDES if post_of(side, name) not in posts]
        if stream.running and never:
            yield Caution("mirror-lead-missing", {"workstream": name, "missing": never})
