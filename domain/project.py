"""The project: mobilisation, the three leads, and the project initiation document (PID) with what it promises.

[PAT] ch.2 to 4. The three project leads (inspectorate, team, council) are named and meet before the first board; the PID
lists workstreams, deliverables, milestones, roles and how information is handled, and the board agrees it. Outside imported
history the first PID of a phase has them all; that of a further phase may be abridged where the board agrees to it.
A later version of the same phase says what is planned anew. A deliverable is accepted once.
"""

from collections.abc import Iterator, Sequence
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.checks import named_twice, silent
from domain.contract import Deliverable
from domain.dates import When
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.people import LEADS, Filled, Filling, Standing, changes
from domain.quantities import Slug
from domain.sealed import Sealed
from domain.special_measures import Role

Party = Literal["inspectorate", "team", "council"]
CHAIR: Party = "inspectorate"
"""The party that chairs the board, and so may name the lead of another."""


class Workstream(BaseModel):
    """A strand of work: an id, and its title."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    title: Sealed | None = None


class Milestone(BaseModel):
    """A point the work is to reach by a date."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    by: When
    title: Sealed | None = None
    workstream: Slug | None = None


class Promised(Deliverable):
    """A deliverable of the PID, and the workstream it belongs to."""

    workstream: Slug | None = None


class PidRole(BaseModel):
    """What somebody does in the project: a role, a person by id, or both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role | None = None
    person: Slug | None = None
    does: Sealed

    @model_validator(mode="after")
    def _somebody(self) -> Self:
        if self.role is None and self.person is None:
            raise ValueError("say whose role it is: role, person or both")
        return self


class MobilisationMeetingHeld(Event):
    """The parties met to start the work: the roles that were present."""

    type: ClassVar[str] = "mobilisation-meeting-held"
    present: tuple[Role, ...] = ()
    note: Sealed | None = None


class LeadNamed(Filling):
    """A party named its project lead: a person by id, their name sealed. `change` when somebody else was its lead before."""

    type: ClassVar[str] = "lead-named"
    party: Party
    person: Slug
    name: Sealed | None = None
    standing: Standing | None = None
    change: bool = False

    def filled(self) -> Iterator[Filled]:
        """The post that the project lead of the party holds."""
        yield Filled(LEADS[self.party], self.person, self.standing)


class PidSubmitted(Event):
    """A version of the project initiation document was put to the board. An `abridged` one is not whole."""

    type: ClassVar[str] = "pid-submitted"
    pid: int
    workstreams: tuple[Workstream, ...]
    deliverables: tuple[Promised, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    information: Sealed | None = None
    roles: tuple[PidRole, ...] = ()
    abridged: bool = False


class PidAgreed(Event):
    """The board agreed the PID."""

    type: ClassVar[str] = "pid-agreed"
    pid: int


class DeliverableSubmitted(Event):
    """The team handed in a deliverable."""

    type: ClassVar[str] = "deliverable-submitted"
    deliverable: Slug


class DeliverableAccepted(Event):
    """The board accepted a deliverable."""

    type: ClassVar[str] = "deliverable-accepted"
    deliverable: Slug


class HoldMobilisationMeeting(Command):
    """Record the mobilisation meeting."""

    type: ClassVar[str] = "hold-mobilisation-meeting"
    gives: ClassVar[Kinds] = (MobilisationMeetingHeld,)
    present: tuple[Role, ...] = ()
    note: Sealed | None = None


class NameLead(Command):
    """Name the project lead of inspectorate, team or council."""

    type: ClassVar[str] = "name-lead"
    gives: ClassVar[Kinds] = (LeadNamed,)
    party: Party
    person: Slug
    name: Sealed | None = None
    standing: Standing | None = None


class SubmitPid(Command):
    """Put the PID, or a new version of it, to the board. That of a further phase may be abridged."""

    type: ClassVar[str] = "submit-pid"
    gives: ClassVar[Kinds] = (PidSubmitted,)
    wanted: ClassVar[tuple[str, ...]] = ("deliverables", "milestones", "roles", "information")
    workstreams: tuple[Workstream, ...] = Field(min_length=1)
    deliverables: tuple[Promised, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    information: Sealed | None = None
    roles: tuple[PidRole, ...] = ()
    abridged: bool = False


class AgreePid(Command):
    """Record that the board agreed the latest PID."""

    type: ClassVar[str] = "agree-pid"
    gives: ClassVar[Kinds] = (PidAgreed,)
    needs: ClassVar[Kinds] = (PidSubmitted,)


class SubmitDeliverable(Command):
    """Hand in a deliverable."""

    type: ClassVar[str] = "submit-deliverable"
    gives: ClassVar[Kinds] = (DeliverableSubmitted,)
    needs: ClassVar[Kinds] = (PidSubmitted,)
    deliverable: Slug


class AcceptDeliverable(Command):
    """Record that the board accepted a deliverable."""

    type: ClassVar[str] = "accept-deliverable"
    gives: ClassVar[Kinds] = (DeliverableAccepted,)
    needs: ClassVar[Kinds] = (DeliverableSubmitted,)
    deliverable: Slug


COMMANDS = (HoldMobilisationMeeting, NameLead, SubmitPid, AgreePid, SubmitDeliverable, AcceptDeliverable)
EVENTS = (MobilisationMeetingHeld, LeadNamed, PidSubmitted, PidAgreed, DeliverableSubmitted, DeliverableAccepted)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the project."""
    pids = history.in_phase(PidSubmitted)
    pid = pids[-1] if pids else None
    match command:
        case HoldMobilisationMeeting():
            return [MobilisationMeetingHeld(**dict(command))]
        case NameLead():
            filled = Filled(LEADS[command.party], command.person)
            named = LeadNamed(**dict(command), change=changes(history, filled, asked.occurred))
            return _not_theirs_to_name(command, asked) or [named]
        case SubmitPid():
            number = pid.event.pid + 1 if pid else 1
            return _not_a_plan(command, history, asked) or [PidSubmitted(pid=number, **dict(command))]
        case AgreePid():
            assert pid is not None
            if history.has(PidAgreed, pid.version):
                return Refusal("agreed-already", {"party": "board", "draft": pid.event.pid})
            return [PidAgreed(pid=pid.event.pid)]
        case SubmitDeliverable(deliverable=name):
            assert pid is not None
            promised = [item.id for item in pid.event.deliverables]
            if name not in promised:
                return Refusal("not-promised", {"deliverable": name, "promised": promised})
            return [DeliverableSubmitted(deliverable=name)]
        case AcceptDeliverable(deliverable=name):
            if name not in {entry.event.deliverable for entry in history.in_phase(DeliverableSubmitted)}:
                return Refusal("not-submitted", {"deliverable": name})
            if name in {entry.event.deliverable for entry in history.in_phase(DeliverableAccepted)}:
                return Refusal("accepted-already", {"deliverable": name})
            return [DeliverableAccepted(deliverable=name)]
    raise TypeError(command)


def _not_theirs_to_name(command: NameLead, asked: Asked) -> Refusal | None:
    """A party names its own lead (`assumed`); the inspectorate, which chairs the board, may name any."""
    may = tuple(dict.fromkeys((command.party, CHAIR)))
    if asked.decided_by.party in may:
        return None
    details = {"command": command.type, "party": command.party, "role": str(asked.decided_by), "may": list(may)}
    return Refusal("names-another-partys-lead", details)


def _not_a_plan(command: SubmitPid, history: History, asked: Asked) -> Refusal | None:
    for what in ("workstreams", "deliverables", "milestones"):
        twice = named_twice(what, [item.id for item in getattr(command, what)])
        if twice is not None:
            return twice
    planned = [item.id for item in command.workstreams]
    belonging = [item.workstream for item in command.deliverables] + [item.workstream for item in command.milestones]
    unknown = next((name for name in belonging if name is not None and name not in planned), None)
    if unknown is not None:
        return Refusal("no-such-workstream", {"workstream": unknown, "workstreams": planned})
    if command.abridged:
        return Refusal("abridged-too-soon") if history.phase == 1 else None
    missing = [name for name in command.wanted if not getattr(command, name)]
    # A later version changes a plan that is there: what it leaves out, the board has to agree to.
    if missing and not history.in_phase(PidSubmitted) and not silent(asked):
        return Refusal("pid-incomplete", {"missing": missing})
    return None


# The PID in force


def agreed(history: History, pid: Entry[PidSubmitted]) -> bool:
    """Whether the board agreed that version of the PID."""
    return any(entry.event.pid == pid.event.pid for entry in history.all(PidAgreed, pid.version))


def pids_standing(history: History) -> tuple[Entry[PidSubmitted], ...]:
    """The PID of this phase that the board agreed last, then the latest if it has not agreed that yet."""
    pids = history.in_phase(PidSubmitted)
    in_force = [pid for pid in pids if agreed(history, pid)][-1:]
    return (*in_force, *(pid for pid in pids[-1:] if pid not in in_force))
