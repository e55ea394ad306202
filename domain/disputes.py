"""Disputed facts: a second source says otherwise; both values are kept, one is used, and it is known who chose and why.

The sources contradict each other: [PAT] prints two months for the start of one team, and two sets of judgements of one
council. Until somebody chooses, what was recorded is used. After a choice the history reads with the value chosen, as
after a correction, and a later choice may put the first one back. A correction says what should have been recorded: it
is what the history reads with from then on, and whoever chose before has to choose again. Engagements and councils
share all of this.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, create_model, model_validator

from domain.course import EventCorrected, corrected, misfit
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.sealed import Sealed

Use = Literal["recorded", "other"]


class FactDisputed(Event):
    """Another source has other values for fields of an event, or another date. What was recorded stands beside them."""

    type: ClassVar[str] = "fact-disputed"
    beyond_correction: ClassVar[bool] = True  # a dispute is settled by a choice
    dispute: int
    version: int
    disputes: str
    changes: dict[str, Any]
    recorded: dict[str, Any]
    occurred: When | None = None
    recorded_occurred: When | None = None
    source: Sealed
    note: Sealed | None = None


class FactChosen(Event):
    """Which side of a dispute is used; from now on the history reads with these values."""

    type: ClassVar[str] = "fact-chosen"
    beyond_correction: ClassVar[bool] = True  # another choice takes its place
    dispute: int
    version: int
    use: Use
    changes: dict[str, Any]
    occurred: When | None = None
    reason: Sealed


class DisputeFact(Command):
    """Say what another source has for an event: the latest one of a type, or the one at a version of the stream.

    `where` narrows the type by values of fields that are not sealed, such as the kind of an assessment.
    """

    type: ClassVar[str] = "dispute-fact"
    gives: ClassVar[Kinds] = (FactDisputed,)
    event: str | None = Field(default=None, pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=60)
    version: int | None = Field(default=None, ge=1)
    where: dict[str, Any] = Field(default_factory=dict)
    changes: dict[str, Any] = Field(default_factory=dict)
    occurred: When | None = None
    source: Sealed
    note: Sealed | None = None

    @model_validator(mode="after")
    def _one_event(self) -> Self:
        if (self.event is None) == (self.version is None):
            raise ValueError("a dispute names either the type of an event or its version")
        if self.where and self.event is None:
            raise ValueError("where goes with the type of an event: a version needs no more")
        return self


class ChooseFact(Command):
    """Choose which side of a dispute is used, and say why."""

    type: ClassVar[str] = "choose-fact"
    gives: ClassVar[Kinds] = (FactChosen,)
    dispute: int = Field(ge=1)
    use: Use
    reason: Sealed


COMMANDS = (DisputeFact, ChooseFact)
EVENTS = (FactDisputed, FactChosen)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command of this part."""
    match command:
        case DisputeFact():
            return _dispute(command, history)
        case ChooseFact():
            return _choose(command, history)
    raise TypeError(command)


def _dispute(command: DisputeFact, history: History) -> Sequence[Event] | Refusal:
    entry = _meant(command, history)
    if entry is None or entry.event.beyond_correction:
        return Refusal("nothing-to-dispute", {"event": command.event, "version": command.version})
    kept = sorted(entry.event.undisputed & set(command.changes))
    if kept:
        return Refusal("not-disputable", {"event": entry.event.type, "fields": kept})
    recorded = _as_recorded(entry, history)
    changes = recorded.event.widened(command.changes)
    wrong = misfit(recorded.event, changes)
    if wrong is not None:
        return Refusal("dispute-does-not-fit", wrong)
    other = corrected(recorded.event, changes)
    if other == recorded.event and str(command.occurred or recorded.occurred) == str(recorded.occurred):
        return Refusal("dispute-changes-nothing", {"event": entry.event.type, "version": entry.version})
    return [
        FactDisputed(
            dispute=len(history.all(FactDisputed)) + 1,
            version=entry.version,
            disputes=entry.event.type,
            changes=_values(other, changes),
            recorded=_values(recorded.event, changes),
            occurred=command.occurred,
            recorded_occurred=recorded.occurred if command.occurred else None,
            source=command.source,
            note=command.note,
        )
    ]


def _choose(command: ChooseFact, history: History) -> Sequence[Event] | Refusal:
    found = {dispute.number: dispute for dispute in disputes(history)}
    dispute = found.get(command.dispute)
    if dispute is None:
        return Refusal("no-such-dispute", {"dispute": command.dispute, "disputes": list(found)})
    entry = history.at(dispute.version)
    if entry is None:
        return Refusal("disputed-event-withdrawn", {"dispute": dispute.number, "event": dispute.event})
    if dispute.chosen == command.use:
        return Refusal("chosen-already", {"dispute": dispute.number, "use": command.use})
    changes, occurred = dispute.side(command.use)
    wrong = misfit(entry.event, changes)
    if wrong is not None:
        return Refusal("dispute-does-not-fit", wrong)
    return [
        FactChosen(
            dispute=dispute.number,
            version=dispute.version,
            use=command.use,
            changes=dict(changes),
            occurred=occurred,
            reason=command.reason,
        )
    ]


def _meant(command: DisputeFact, history: History) -> Entry[Any] | None:
    if command.version is not None:
        return history.at(command.version)
    found = (entry for entry in reversed(history.entries) if entry.event.type == command.event)
    return next((entry for entry in found if _fits(entry.event, command.where)), None)


def _fits(event: Event, where: Mapping[str, Any]) -> bool:
    return set(where) <= set(type(event).model_fields) and _values(event, where) == dict(where)


def _as_recorded(entry: Entry[Any], history: History) -> Entry[Any]:
    """An event as it was recorded and corrected, whatever was chosen about it."""
    changes: dict[str, Any] = {}
    occurred = entry.occurred
    for said in history.entries:
        match said.event:
            case EventCorrected(version=entry.version) as event:
                changes, occurred = changes | event.changes, event.occurred or occurred
            case FactDisputed(version=entry.version) as event:
                changes, occurred = changes | event.recorded, event.recorded_occurred or occurred
    return entry._replace(event=corrected(entry.event, changes), occurred=occurred)


def _values(event: Event, names: Mapping[str, Any]) -> dict[str, Any]:
    return event.model_dump(mode="json", include=set(names))


# Reading


@dataclass(frozen=True)
class Dispute:
    """A dispute as it stands: both sides, which of them the history reads with, and the choice that says so.

    `used` is None where the disputed event is withdrawn, and "neither" where a choice in another dispute about the same
    field, or part of it, stands. `chosen` is None while nobody has chosen since it was raised, or since what was
    recorded was corrected. `choice` is the choice that stands, in whichever dispute about the field it was made.
    """

    number: int
    event: str
    version: int
    recorded: Mapping[str, Any]
    recorded_occurred: When | None
    other: Mapping[str, Any]
    other_occurred: When | None
    source: Sealed
    note: Sealed | None
    raised: Entry[FactDisputed]
    used: Use | Literal["neither"] | None
    choice: Entry[FactChosen] | None

    @property
    def chosen(self) -> Use | Literal["neither"] | None:
        """The side that was chosen, if anybody has."""
        if self.choice is None:
            return None
        return self.choice.event.use if self.choice.event.dispute == self.number else self.used

    @property
    def settled(self) -> bool:
        """Whether nothing is left to choose: somebody did, the event is withdrawn, or it was corrected to what both say."""
        agree = self.recorded == self.other and str(self.recorded_occurred) == str(self.other_occurred)
        return self.chosen is not None or self.used is None or agree

    @property
    def fields(self) -> list[str]:
        """The disputed fields, with `occurred` for the event's date."""
        return [*self.other, *(["occurred"] if self.other_occurred else [])]

    def side(self, use: Use) -> tuple[Mapping[str, Any], When | None]:
        """The values and the date of one side."""
        if use == "recorded":
            return self.recorded, self.recorded_occurred
        return self.other, self.other_occurred


def disputes(history: History) -> list[Dispute]:
    """Every dispute of a stream, in order."""
    return [_standing(raised, history) for raised in history.all(FactDisputed)]


def _standing(raised: Entry[FactDisputed], history: History) -> Dispute:
    said, entry = raised.event, history.at(raised.event.version)
    recorded, occurred, other = said.recorded, said.recorded_occurred, said.changes
    if entry is not None:
        now = _as_recorded(entry, history)
        recorded, occurred = _values(now.event, said.changes), now.occurred if said.occurred else None
        if misfit(now.event, other) is None:  # both as an event of this release says it, so that they compare
            other = _values(corrected(now.event, other), other)
    dispute = Dispute(
        number=said.dispute,
        event=said.disputes,
        version=said.version,
        recorded=recorded,
        recorded_occurred=occurred,
        other=other,
        other_occurred=said.occurred,
        source=said.source,
        note=said.note,
        raised=raised,
        used=None,
        choice=_last_choice(raised, history),
    )
    return replace(dispute, used=_used(dispute, entry) if entry is not None else None)


def _used(dispute: Dispute, entry: Entry[Any]) -> Use | Literal["neither"]:
    values = _values(entry.event, dispute.other)
    for use in ("recorded", "other"):
        wanted, occurred = dispute.side(use)
        if values == wanted and str(occurred or entry.occurred) == str(entry.occurred):
            return use
    return "neither"


def _last_choice(raised: Entry[FactDisputed], history: History) -> Entry[FactChosen] | None:
    """The choice that has the last word on a disputed field; none where a correction has it, or nobody."""
    last: Entry[Any] | None = None
    for entry in history.entries:
        event = entry.event
        if (
            entry.version > raised.version
            and isinstance(event, EventCorrected | FactChosen)
            and _on(event, raised.event)
        ):
            last = entry
    return last if last is not None and isinstance(last.event, FactChosen) else None


def _on(event: EventCorrected | FactChosen, raised: FactDisputed) -> bool:
    """Whether a correction or a choice speaks of what is disputed."""
    same_field = not raised.changes.keys().isdisjoint(event.changes)
    same_date = raised.occurred is not None and event.occurred is not None
    return event.version == raised.version and (same_field or same_date)


def cautions(history: History) -> Iterator[Caution]:
    """Disputes that nobody has decided."""
    for dispute in disputes(history):
        if not dispute.settled:
            yield Caution(
                "fact-not-chosen", {"dispute": dispute.number, "event": dispute.event, "fields": dispute.fields}
            )


def partly(kind: type[Event], names: Mapping[str, Any]) -> type[BaseModel]:
    """A model of some fields of a type of event, which takes no others: what a dispute about one may say of it.

    Whoever takes a dispute in may not know the event yet, as it can stand in the same batch.
    """
    fields: dict[str, Any] = {
        name: (info.annotation, info) for name, info in kind.model_fields.items() if name in names
    }
    return create_model(kind.__name__, __config__=ConfigDict(extra="forbid"), **fields)
