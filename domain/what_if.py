"""What if: the recorded commands of an engagement decided again, in memory, by its own lifecycle document or by another.

`decided_again` takes what was recorded as `Moment`s, in order and with their times, and lets the same code decide that
decides for the ledger: the clock first, then the command, then what follows by itself. Under the documents it lived by, and
with the clock served at the recorded moments, an engagement comes out event for event as it was recorded. Under another one
the clock is served punctually, as by a workflow that runs. Nothing is written; sealed values pass through as commitments.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain import engagement as an_engagement
from domain.actors import ENGINE
from domain.calendar import Calendar
from domain.course import CorrectEvent, EngagementClosed, EngagementOpened, StageEntered, WithdrawEvent
from domain.dates import When
from domain.disputes import DisputeFact
from domain.engagement import Engagement, Rules
from domain.lifecycle import Lifecycle
from domain.moving import MoveEngagement
from domain.obligations import ObligationOpened, ObligationPassed, ObligationRescheduled, moved_to
from domain.part import Asked, Event, Refusal
from domain.records import Draft
from domain.respond import Answer
from domain.switching import Destination

STALE = "stale-version"
"""Refused because somebody had looked at an older version: no document has a say in that."""


@dataclass(frozen=True)
class Given:
    """A command of the engagement as it was given, and the rule by which it was refused, if it was."""

    id: str
    asked: Asked
    refused: Refusal | None = None


@dataclass(frozen=True)
class Happened:
    """What no command of the engagement brought: it was opened, or its history had been taken over."""

    event: Event
    occurred: When


@dataclass(frozen=True)
class Moment:
    """A moment at which something was recorded or refused, with the calendars of then; without `what` it was the clock.

    `recorded` is the version and the type of each event that the command itself brought, with what followed from it.
    """

    at: datetime
    calendars: Mapping[str, Calendar]
    what: Given | Happened | None = None
    recorded: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Published:
    """A lifecycle document with its SHA-256."""

    lifecycle: Lifecycle
    sha256: str


Documents = Callable[[str], Published | None]
"""A lifecycle document by its name, such as `franchise@1`; None where there is none."""


@dataclass
class Retold:
    """An engagement decided again: how it stands, every event with the moment it is recorded, and who was refused."""

    state: Engagement
    log: list[tuple[datetime, Draft]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    refused: list[tuple[Given, Refusal]] = field(default_factory=list)
    versions: dict[int, int] = field(default_factory=dict)
    """Where an event stands now, by the version at which it was recorded."""


def decided_again(
    id: str,
    moments: Iterable[Moment],
    documents: Documents,
    *,
    instead: str | None = None,
    until: datetime | None = None,
) -> Retold:
    """Decide everything again, from the opening on.

    `instead` names the document to which it is held from its opening, and then the clock is served punctually, up to
    `until`. Without it the documents are those that were recorded, and so are the moments at which the clock was served.
    Raises DoesNotSettle for a document whose gates chase each other.
    """
    retelling = _Retelling(documents, instead, Retold(Engagement(id)))
    for moment in moments:
        if instead is not None:
            retelling.serve(moment.at)
        retelling.calendars = moment.calendars
        retelling.take(moment)
    if instead is not None and until is not None:
        retelling.serve(until)
    return retelling.told


@dataclass
class _Retelling:
    documents: Documents
    instead: str | None
    told: Retold
    calendars: Mapping[str, Calendar] = field(default_factory=dict)

    def serve(self, at: datetime) -> None:
        """Let the clock strike at each instant at which something is due, up to a moment."""
        while (due := an_engagement.next_due(self.told.state)) is not None and due <= at:
            answer = self._answer(due)
            self._strike(answer)
            self._keep(answer)

    def take(self, moment: Moment) -> None:
        """Do what was done at a moment."""
        answer, refusal = self._answer(moment.at), None
        before = answer.state.version
        match moment.what:
            case Happened(event=event, occurred=occurred):
                answer.add(self._opened(event), occurred, ENGINE, ENGINE)
                answer.settle(self._rules(answer.state), occurred)
            case Given() as given if answer.state.opening is not None:
                self._strike(answer)
                before = answer.state.version
                refusal = self._respond(answer, given)
                if refusal is not None:
                    self.told.refused.append((given, refusal))
            case None if answer.state.opening is not None:
                self._strike(answer)
        if moment.what is not None:
            self._place(moment, answer, before)
        self._keep(answer)

    def _respond(self, answer: Answer, given: Given) -> Refusal | None:
        if given.refused is not None and given.refused.rule == STALE:
            return given.refused
        asked = self._renumbered(given.asked)
        if isinstance(asked, Refusal):
            return asked
        rules = self._rules(answer.state)
        if isinstance(asked.command, MoveEngagement):
            return answer.move(rules, asked, self._destination(asked.command.ref))
        return answer.respond(rules, asked)

    def _renumbered(self, asked: Asked) -> Asked | Refusal:
        """A command about an event names it by where that stands now; what did not happen here can't be corrected."""
        command = asked.command
        if not isinstance(command, CorrectEvent | WithdrawEvent | DisputeFact) or command.version is None:
            return asked
        if command.version not in self.told.versions:
            missing = self.instead is not None
            return Refusal("nothing-to-correct", {"version": command.version}) if missing else asked
        renumbered = command.model_copy(update={"version": self.told.versions[command.version]})
        return replace(asked, command=renumbered)

    def _place(self, moment: Moment, answer: Answer, before: int) -> None:
        """Note where the events of a moment stand now: of each type the first is the first."""
        start = before - self.told.state.version
        fresh = [(before + n, event.type) for n, event in enumerate(answer.events[start:], start=1)]
        for version, type in moment.recorded:
            found = next((pair for pair in fresh if pair[1] == type), None)
            if found is not None:
                fresh.remove(found)
                self.told.versions[version] = found[0]

    def _opened(self, event: Event) -> Event:
        if not isinstance(event, EngagementOpened) or self.instead is None:
            return event
        document = self.documents(self.instead)
        assert document is not None, "whoever asks names a document that there is"
        return event.model_copy(update={"model": self.instead, "lifecycle_sha256": document.sha256})

    def _answer(self, at: datetime) -> Answer:
        state = self.told.state
        return Answer(state, at if state.recorded_at is None else max(state.recorded_at, at))

    def _strike(self, answer: Answer) -> None:
        rules = self._rules(answer.state)
        answer.recalculate(rules)
        while answer.strike_one(rules) is not None:
            pass

    def _keep(self, answer: Answer) -> None:
        self.told.state = answer.state
        self.told.log += [(answer.at, draft) for draft in answer.drafts]
        self.told.events += answer.events

    def _rules(self, state: Engagement) -> Rules:
        destination = self._destination(state.model)
        assert destination is not None, "an engagement is held to a document that there is"
        return destination.rules

    def _destination(self, ref: str) -> Destination | None:
        found = self.documents(ref)
        if found is None:
            return None
        return Destination(Rules(found.lifecycle, self.calendars[found.lifecycle.calendar]), found.sha256)


# Side by side


@dataclass(frozen=True)
class Stay:
    """A stage that was entered, when, and whether that is assumed."""

    stage: str
    since: When
    assumed: bool


@dataclass(frozen=True)
class Due:
    """Something that was owed: by when, by whom, and whether that day passed without it."""

    obligation: str
    number: int
    owner: str
    due_on: str
    missed: bool


@dataclass(frozen=True)
class Side:
    """What became of an engagement under a document: stages, end, what was owed and missed, and what was refused."""

    model: str
    stages: tuple[Stay, ...]
    end: str | None
    ended: When | None
    owed: tuple[Due, ...]
    refused: Mapping[str, Refusal]
    """By the id of the command."""

    @property
    def missed(self) -> tuple[Due, ...]:
        """What was owed and not done by its day."""
        return tuple(due for due in self.owed if due.missed)


def side(model: str, told: Iterable[tuple[Event, When]], refused: Mapping[str, Refusal]) -> Side:
    """What events come to, in order and as they were recorded, with what was refused."""
    stages: list[Stay] = []
    end, ended = None, None
    owed: dict[tuple[str, int], ObligationOpened] = {}
    missed: set[tuple[str, int]] = set()
    for event, occurred in told:
        match event:
            case StageEntered():
                stages.append(Stay(event.stage, occurred, event.assumed))
            case EngagementClosed():
                end, ended = event.end, occurred
            case ObligationOpened():
                owed[event.obligation, event.number] = event
            case ObligationRescheduled():
                key = event.obligation, event.number
                owed[key] = moved_to(owed[key], event)
            case ObligationPassed():
                missed.add((event.obligation, event.number))
    dues = tuple(
        Due(name, number, opened.owner, opened.due_on.isoformat(), (name, number) in missed)
        for (name, number), opened in owed.items()
    )
    return Side(model, tuple(stages), end, ended, dues, dict(refused))


def retold_side(told: Retold) -> Side:
    """What an engagement that was decided again comes to."""
    events = ((event, draft.occurred) for event, (_, draft) in zip(told.events, told.log, strict=True))
    return side(told.state.model, events, {given.id: refusal for given, refusal in told.refused})


def refusals_recorded(moments: Sequence[Moment]) -> Iterator[tuple[str, Refusal]]:
    """The commands that were refused when they were given."""
    for moment in moments:
        if isinstance(moment.what, Given) and moment.what.refused is not None:
            yield moment.what.id, moment.what.refused
