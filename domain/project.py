"""The project: mobilisation, the three leads, and the project initiation document (PID) with what it promises.

[PAT] ch.2 to 4. The three project leads (inspectorate, team, council) are named and meet before the first board; the PID
lists workstreams, deliverables and milestones, and the board agrees it. A deliverable is accepted once.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.contract import Deliverable
from domain.dates import When
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed


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


class MobilisationMeetingHeld(Event):
    """The parties met to start the work."""

    type: ClassVar[str] = "mobilisation-meeting-held"


class LeadNamed(Event):
    """A party named its project lead: a person by id, their name sealed."""

    type: ClassVar[str] = "lead-named"
    party: Literal["inspectorate", "team", "council"]
    person: Slug
    name: Sealed | None = None


class PidSubmitted(Event):
    """A version of the project initiation document was put to the board."""

    type: ClassVar[str] = "pid-submitted"
    pid: int
    workstreams: tuple[Workstream, ...]
    deliverables: tuple[Deliverable, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    information: Sealed | None = None


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


class NameLead(Command):
    """Name the project lead of inspectorate, team or council."""

    type: ClassVar[str] = "name-lead"
    gives: ClassVar[Kinds] = (LeadNamed,)
    party: Literal["inspectorate", "team", "council"]
    person: Slug
    name: Sealed | None = None


class SubmitPid(Command):
    """Put the PID, or a new version of it, to the board."""

    type: ClassVar[str] = "submit-pid"
    gives: ClassVar[Kinds] = (PidSubmitted,)
    workstreams: tuple[Workstream, ...] = Field(min_length=1)
    deliverables: tuple[Deliverable, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    information: Sealed | None = None


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
            return [MobilisationMeetingHeld()]
        case NameLead():
            return [LeadNamed(party=command.party, person=command.person, name=command.name)]
        case SubmitPid():
            return _submit(command, pid.event.pid + 1 if pid else 1)
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


def _submit(command: SubmitPid, number: int) -> Sequence[Event] | Refusal:
    for what in ("workstreams", "deliverables", "milestones"):
        ids = [item.id for item in getattr(command, what)]
        twice = next((name for name in ids if ids.count(name) > 1), None)
        if twice is not None:
            return Refusal("named-twice", {"field": what, "id": twice})
    return [
        PidSubmitted(
            pid=number,
            workstreams=command.workstreams,
            deliverables=command.deliverables,
            milestones=command.milestones,
            information=command.information,
        )
    ]
