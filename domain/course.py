"""The course of an engagement: opened, from stage to stage, closed; and what may be said of it at any time.

Stages change by themselves when a gate is met ([PAT] section 3 of the sources gives the stages). What people may do at
any time is stop an engagement with a reason, close one that was opened in error, add a note, and correct or withdraw
what was recorded wrongly: the wrong event stays in the ledger for ever, the history reads as corrected.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationError

from domain.checks import silent
from domain.dates import When
from domain.documents import plain_problem
from domain.gates import GateResult
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Kind = Literal["special-measures", "preventive", "direct-commission", "triggered"]
"""Why an engagement was opened: zero stars, a struggling one-star council, or a small commission of its own ([PAT] ch.1);
or something that its lifecycle document says opens it, such as a direction or a request.
"""


class EngagementOpened(Event):
    """An intervention in one service of one council began. `rating` is the version of the council's event that opened it.

    `kind` is None in events of before there was more than one: those were opened by zero stars.
    """

    type: ClassVar[str] = "engagement-opened"
    beyond_correction: ClassVar[bool] = True
    council: str
    service: str
    model: str
    lifecycle_sha256: str
    rating: int | None = None
    stars: int | None = None
    imported: bool = False
    kind: Kind | None = None
    trigger: str | None = None
    """What it was opened for, of what the lifecycle document lists."""


class StageEntered(Event):
    """The engagement passed into a stage. `gate` is the result that let it; `assumed` when no source says it was met."""

    type: ClassVar[str] = "stage-entered"
    beyond_correction: ClassVar[bool] = True
    stage: str
    left: str | None = None
    gate: GateResult | None = None
    assumed: bool = False


class EngagementClosed(Event):
    """The engagement is over, in one of the ways the lifecycle lists."""

    type: ClassVar[str] = "engagement-closed"
    beyond_correction: ClassVar[bool] = True
    end: str
    left: str
    gate: GateResult


class StageAssumed(Event):
    """No source says that the gates up to this stage were met; it is assumed, for the reason given."""

    type: ClassVar[str] = "stage-assumed"
    beyond_correction: ClassVar[bool] = True
    to: str
    because: Sealed


class EngagementStopped(Event):
    """The engagement was ended before its time."""

    type: ClassVar[str] = "engagement-stopped"
    reason: Sealed


class OpenedInError(Event):
    """The engagement should not have been opened."""

    type: ClassVar[str] = "opened-in-error"
    reason: Sealed
    rating: int | None = None


class NoteAdded(Event):
    """A case note."""

    type: ClassVar[str] = "note-added"
    text: Sealed


class EventCorrected(Event):
    """Fields of an earlier event were wrong, or its date; from now on the history reads with these."""

    type: ClassVar[str] = "event-corrected"
    beyond_correction: ClassVar[bool] = True
    version: int
    corrects: str
    changes: dict[str, Any]
    occurred: When | None = None
    reason: Sealed


class EventWithdrawn(Event):
    """An earlier event did not happen; from now on the history reads without it."""

    type: ClassVar[str] = "event-withdrawn"
    beyond_correction: ClassVar[bool] = True
    version: int
    withdraws: str
    reason: Sealed


class HistoryImported(Event):
    """What stands before was brought in as history from a case file. `live` when the engagement goes on from here."""

    type: ClassVar[str] = "history-imported"
    beyond_correction: ClassVar[bool] = True
    live: bool
    source: Sealed
    steps: int


class AssumeStage(Command):
    """Carry an engagement on to a later stage because the source is silent. Only case files may."""

    type: ClassVar[str] = "assume-stage"
    gives: ClassVar[Kinds] = (StageAssumed,)
    to: str
    because: Sealed


class StopEngagement(Command):
    """End an engagement before its time, with a reason."""

    type: ClassVar[str] = "stop-engagement"
    gives: ClassVar[Kinds] = (EngagementStopped,)
    reason: Sealed


class CloseAsOpenedInError(Command):
    """Close an engagement that should never have been opened."""

    type: ClassVar[str] = "close-as-opened-in-error"
    gives: ClassVar[Kinds] = (OpenedInError,)
    reason: Sealed


class NoteRatingWithdrawn(Command):
    """The rating that opened this engagement was withdrawn."""

    type: ClassVar[str] = "note-rating-withdrawn"
    gives: ClassVar[Kinds] = (OpenedInError,)
    derived: ClassVar[bool] = True
    rating: int
    reason: Sealed


class AddNote(Command):
    """Put a case note on the record."""

    type: ClassVar[str] = "add-note"
    gives: ClassVar[Kinds] = (NoteAdded,)
    text: Sealed


class CorrectEvent(Command):
    """Correct fields of an event recorded wrongly, or its date. `version` is the event's version in this engagement."""

    type: ClassVar[str] = "correct-event"
    gives: ClassVar[Kinds] = (EventCorrected,)
    version: int = Field(ge=1)
    changes: dict[str, Any] = Field(default_factory=dict)
    occurred: When | None = None
    reason: Sealed


class WithdrawEvent(Command):
    """Withdraw an event that should not have been recorded."""

    type: ClassVar[str] = "withdraw-event"
    gives: ClassVar[Kinds] = (EventWithdrawn,)
    version: int = Field(ge=1)
    reason: Sealed


COMMANDS = (
    AssumeStage,
    StopEngagement,
    CloseAsOpenedInError,
    NoteRatingWithdrawn,
    AddNote,
    CorrectEvent,
    WithdrawEvent,
)
EVENTS = (
    EngagementOpened,
    StageEntered,
    EngagementClosed,
    StageAssumed,
    EngagementStopped,
    OpenedInError,
    NoteAdded,
    EventCorrected,
    EventWithdrawn,
    HistoryImported,
)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command of this part."""
    match command:
        case AssumeStage():
            if not silent(asked):
                return Refusal("assumption-outside-case-file")
            return [StageAssumed(to=command.to, because=command.because)]
        case StopEngagement():
            return [EngagementStopped(reason=command.reason)]
        case CloseAsOpenedInError():
            return [OpenedInError(reason=command.reason)]
        case NoteRatingWithdrawn():
            return [OpenedInError(reason=command.reason, rating=command.rating)]
        case AddNote():
            return [NoteAdded(text=command.text)]
        case CorrectEvent():
            return _correct(command, history)
        case WithdrawEvent():
            entry = history.at(command.version)
            if entry is None or entry.event.beyond_correction:
                return Refusal("nothing-to-correct", {"version": command.version})
            return [EventWithdrawn(version=command.version, withdraws=entry.event.type, reason=command.reason)]
    raise TypeError(command)


def _correct(command: CorrectEvent, history: History) -> Sequence[Event] | Refusal:
    entry = history.at(command.version)
    if entry is None or entry.event.beyond_correction:
        return Refusal("nothing-to-correct", {"version": command.version})
    changes = dict(entry.event.widened(command.changes))
    wrong = misfit(entry.event, changes)
    if wrong is not None:
        return Refusal("correction-does-not-fit", wrong)
    changed = corrected(entry.event, changes)
    if changed == entry.event and str(command.occurred or entry.occurred) == str(entry.occurred):
        return Refusal("correction-changes-nothing", {"version": command.version})
    return [
        EventCorrected(
            version=command.version,
            corrects=entry.event.type,
            changes=changes,
            occurred=command.occurred,
            reason=command.reason,
        )
    ]


def corrected(event: Event, changes: Mapping[str, Any]) -> Event:
    """An event with some fields changed. Raises ValidationError when they do not fit it."""
    return type(event).model_validate({**event.model_dump(mode="json"), **changes})


def misfit(event: Event, changes: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Which field would not fit an event if it were changed so, and why; None where all do."""
    try:
        corrected(event, changes)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return {"event": event.type, "field": ".".join(map(str, first["loc"])), "problem": plain_problem(first)}
    return None


def reread(history: History, version: int, changes: Mapping[str, Any], occurred: When | None) -> History:
    """A history in which the event of that version reads with other values and, where one is given, another date."""
    entry = history.at(version)
    assert entry is not None
    return history.with_entry(
        entry._replace(event=corrected(entry.event, changes), occurred=occurred or entry.occurred)
    )
