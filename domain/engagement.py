"""An engagement: one intervention in one service of one council, folded from its stream.

It composes the parts and holds no rule of theirs. What it does itself is hold every command to the lifecycle (role,
stage, dates) and strike what its obligations owe the clock; what follows by itself is in `following`. `decide` and
`strike` return events and change nothing; `evolve` copies what events say.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

from domain import (
    authority,
    benefits,
    best_value_notice,
    board,
    chair_report,
    change,
    clock,
    comments,
    commissioners,
    conditions,
    contact,
    contract,
    core_team,
    course,
    days,
    decision,
    diagnosis,
    directions,
    disputes,
    franchise,
    handover,
    indicators,
    items,
    members,
    minded_to,
    minutes,
    mirrors,
    moving,
    own_bodies,
    panel,
    participation,
    partner_contract,
    people,
    plan,
    progress_reports,
    project,
    rating_notes,
    scope,
    sector_help,
    special_measures,
    statutory_direction,
    targets,
    tender,
    work,
)
from domain import exit as exit_
from domain.actors import OFFICE_ROLE
from domain.calendar import Calendar
from domain.checks import ahead
from domain.course import (
    EngagementClosed,
    EngagementOpened,
    EventCorrected,
    EventWithdrawn,
    HistoryImported,
    StageEntered,
    reread,
)
from domain.dates import When
from domain.disputes import DisputeFact, FactChosen, FactDisputed
from domain.lifecycle import Lifecycle
from domain.obligations import (
    Obligation,
    ObligationClosed,
    ObligationEscalated,
    ObligationMet,
    ObligationOpened,
    ObligationPassed,
    ObligationReminded,
    ObligationRescheduled,
    ObligationRule,
)
from domain.part import Asked, Caution, Command, Entry, Event, History, Refusal

PARTS: tuple[ModuleType, ...] = (
    course,
    disputes,
    rating_notes,
    special_measures,
    targets,
    own_bodies,
    plan,
    conditions,
    authority,
    decision,
    scope,
    diagnosis,
    comments,
    tender,
    panel,
    contract,
    people,
    core_team,
    project,
    members,
    board,
    minutes,
    change,
    contact,
    days,
    work,
    handover,
    exit_,
    indicators,
    statutory_direction,
    partner_contract,
    chair_report,
    participation,
    best_value_notice,
    minded_to,
    directions,
    commissioners,
    progress_reports,
    sector_help,
    franchise,
    mirrors,
    benefits,
    clock,
    moving,
)
"""The parts an engagement is made of, one module each: its COMMANDS, its EVENTS and its `decide`."""

OBLIGATION_EVENTS: tuple[type[Event], ...] = (
    ObligationOpened,
    ObligationMet,
    ObligationClosed,
    ObligationReminded,
    ObligationPassed,
    ObligationEscalated,
    ObligationRescheduled,
)

COMMANDS: Mapping[str, type[Command]] = {c.type: c for part in PARTS for c in part.COMMANDS}
STORED: Mapping[str, type[Command]] = {**COMMANDS, **{c.type: c for c in items.COMMANDS}}
"""The commands as they are stored: those of the parts, and that under which a record of a lifecycle's own is kept."""
EVENTS: Mapping[str, type[Event]] = {
    e.type: e for e in (*OBLIGATION_EVENTS, *(e for p in PARTS for e in p.EVENTS), *items.EVENTS)
}
_PART_OF: Mapping[type[Command], ModuleType] = {c: part for part in PARTS for c in part.COMMANDS}


def commands_of(lifecycle: Lifecycle) -> Mapping[str, type[Command]]:
    """The commands of an engagement on a lifecycle, by the names that it knows them by: every part's, and its own records'."""
    return {**COMMANDS, **{rule.command: items.form_of(rule) for rule in lifecycle.records}}


def events_of(lifecycle: Lifecycle) -> Mapping[str, type[Event]]:
    """The events that a lifecycle's gates may name: every part's, and its own records'.

    A record that is called like an event of a later release goes on meaning the record.
    """
    return {**EVENTS, **{rule.event: items.ItemRecorded for rule in lifecycle.records}} if lifecycle.records else EVENTS


LATE = timedelta(minutes=1)
"""A strike done more than this after it was due says that it was late."""


@dataclass(frozen=True)
class Rules:
    """What an engagement is held to: the lifecycle it is pinned to and the calendar that counts its working days."""

    lifecycle: Lifecycle
    calendar: Calendar


@dataclass(frozen=True)
class Engagement:
    """An engagement as it stands after `version` events. `stage` is None only before the first is entered."""

    id: str
    version: int = 0
    recorded_at: datetime | None = None
    history: History = field(default_factory=History)
    opening: EngagementOpened | None = None
    opened: When | None = None
    model: str = ""
    """The lifecycle document that it is held to now, such as `performance-action-team@1`."""
    lifecycle_sha256: str = ""
    moved_version: int = 0
    """The version at which it was moved to that document; 0 where it was opened on it."""
    moved_on: When | None = None
    stage: str | None = None
    stage_version: int = 0
    stage_since: When | None = None
    assumed: bool = False
    closed: str | None = None
    live: bool = True
    obligations: Mapping[tuple[str, int], Obligation] = field(default_factory=dict)
    numbered: Mapping[str, int] = field(default_factory=dict)
    """For each obligation of the document: how many were opened."""
    answered: Mapping[tuple[str, int], tuple[int, ...]] = field(default_factory=dict)
    """By obligation and the version of the event that opened it: what met it, or nothing while it is open or released."""

    def next_strike(self) -> tuple[datetime, Event] | None:
        """The earliest instant at which the clock has something to do, and the event it brings."""
        first = min(self.strikes(), key=lambda strike: strike[0], default=None)
        return first[1].next_strike() if first is not None else None

    def strikes(self) -> Iterator[tuple[datetime, Obligation]]:
        """When the clock has something to do about each open obligation about which it has."""
        return ((at, held) for held in self.obligations.values() if (at := held.strikes_at()) is not None)

    def next_deadline(self) -> Obligation | None:
        """The open obligation that falls due first, late ones included. One whose clock stands has no date."""
        running = (held for held in self.obligations.values() if held.pause is None)
        return min(running, key=lambda held: held.opened.due_at, default=None)

    def late(self) -> bool:
        """Whether anything that is owed is past its date."""
        return any(held.passed for held in self.obligations.values())


def follow(state: Engagement, entries: Iterable[Entry[Any]]) -> Engagement:
    """The engagement after more of its events. Copies what they say and decides nothing.

    Facts between two events that change more than the history are taken together: each copy of a history is as long as it.
    """
    facts: list[Entry[Any]] = []
    for entry in entries:
        facts.append(entry)
        if type(entry.event) in _CHANGES_MORE:
            state, facts = _changed(_noted(state, facts), entry), []
    return _noted(state, facts) if facts else state


def evolve(state: Engagement, entry: Entry[Any]) -> Engagement:
    """The engagement after one more event."""
    return follow(state, (entry,))


def _noted(state: Engagement, facts: Sequence[Entry[Any]]) -> Engagement:
    last = facts[-1]
    return replace(state, version=last.version, recorded_at=last.recorded_at, history=state.history.plus(*facts))


_CHANGES_MORE = frozenset(
    (
        EngagementOpened,
        moving.EngagementMoved,
        StageEntered,
        EngagementClosed,
        HistoryImported,
        *OBLIGATION_EVENTS,
        clock.ClockPaused,
        clock.ClockResumed,
        EventCorrected,
        FactChosen,
        EventWithdrawn,
        exit_.FurtherPhaseStarted,
    )
)
"""The events that change more of an engagement than its history."""


def _changed(state: Engagement, entry: Entry[Any]) -> Engagement:
    event = entry.event
    match event:
        case EngagementOpened():
            return replace(
                state,
                opening=event,
                opened=entry.occurred,
                model=event.model,
                lifecycle_sha256=event.lifecycle_sha256,
                live=not event.imported,
            )
        case moving.EngagementMoved():
            return _moved(state, event, entry)
        case StageEntered():
            return replace(
                state,
                stage=event.stage,
                stage_version=entry.version,
                stage_since=entry.occurred,
                assumed=state.assumed or event.assumed,
            )
        case EngagementClosed():
            return replace(state, closed=event.end)
        case HistoryImported():
            return replace(state, live=event.live)
        case ObligationOpened():
            held = Obligation(event, entry.version, passed=event.carried is not None and event.carried.passed)
            return replace(
                state,
                obligations={**state.obligations, held.key: held},
                numbered={**state.numbered, event.obligation: event.number},
                answered={**state.answered, _opener(held): ()},
            )
        case ObligationMet() | ObligationClosed():
            return _settled(state, event)
        case ObligationReminded() | ObligationPassed() | ObligationEscalated() | ObligationRescheduled():
            return _with(state, state.obligations[event.obligation, event.number].after(event))
        case clock.ClockPaused():
            return _with(state, clock.stopped(state.obligations[event.obligation, event.number], event))
        case clock.ClockResumed():
            return _with(state, clock.set_going(state.obligations[event.obligation, event.number], event))
        case EventCorrected() | FactChosen():
            return replace(state, history=reread(state.history, event.version, event.changes, event.occurred))
        case EventWithdrawn():
            # What the withdrawn event had met is owed again.
            answered = {key: met for key, met in state.answered.items() if event.version not in met}
            return replace(state, history=state.history.without(event.version), answered=answered)
        case exit_.FurtherPhaseStarted():
            return replace(state, history=replace(state.history, phase=entry.version))
    raise AssertionError(event.type)


def _moved(state: Engagement, event: moving.EngagementMoved, entry: Entry[Any]) -> Engagement:
    history = replace(state.history, phase=entry.version) if event.another_model else state.history
    return replace(
        state,
        model=event.model,
        lifecycle_sha256=event.lifecycle_sha256,
        moved_version=entry.version,
        moved_on=entry.occurred,
        history=history,
    )


def _with(state: Engagement, held: Obligation) -> Engagement:
    return replace(state, obligations={**state.obligations, held.key: held})


def _opener(held: Obligation) -> tuple[str, int]:
    return held.opened.obligation, held.opened.derivation.base_version


def _settled(state: Engagement, event: ObligationMet | ObligationClosed) -> Engagement:
    key = (event.obligation, event.number)
    held = state.obligations[key]
    answered = dict(state.answered)
    if isinstance(event, ObligationMet):
        answered[_opener(held)] = event.evidence
    elif event.because in ("corrected", "replaced"):
        del answered[_opener(held)]  # it opens again, from the corrected day or when what replaced it is withdrawn
    obligations = {k: v for k, v in state.obligations.items() if k != key}
    return replace(state, obligations=obligations, answered=answered)


def decide(state: Engagement, rules: Rules, asked: Asked) -> Sequence[Event] | Refusal:
    """What a command leads to: events, or the first rule that refuses it."""
    command = asked.command
    refusal = ruled_out(state, rules, asked)
    if refusal is not None:
        return refusal
    if isinstance(command, course.AssumeStage):
        refusal = _not_ahead(state, rules.lifecycle, command.to)
        if refusal is not None:
            return refusal
    if isinstance(command, clock.COMMANDS):
        # The only part about what the engine itself opened: it needs what is owed, and by which rules.
        return clock.decide(command, state.history, asked, owed(state, rules.lifecycle), rules.calendar)
    if isinstance(command, items.RecordItem):
        return items.decide(command, rules.lifecycle.records, rules.lifecycle.roles)
    decided: Sequence[Event] | Refusal = _PART_OF[type(command)].decide(command, state.history, asked)
    return decided if isinstance(decided, Refusal) else _unfit(state, rules.lifecycle, decided) or decided


def ruled_out(state: Engagement, rules: Rules, asked: Asked) -> Refusal | None:
    """Why a command can't be given here and now, whatever its part says: its role, the stage, a date, the board's quorum."""
    return (
        _not_allowed(state, rules.lifecycle, asked)
        or _impossible_date(state, rules.lifecycle, asked)
        # One rule for whatever the board decides, in any part.
        or board.quorum_lacking(state.history, asked)
    )


def _unfit(state: Engagement, lifecycle: Lifecycle, decided: Sequence[Event]) -> Refusal | None:
    """Why a record would no longer be one that the document declares, if it read as these events say."""
    for event in decided:
        if not isinstance(event, EventCorrected | FactDisputed):
            continue
        entry = state.history.at(event.version)
        if entry is None or not isinstance(entry.event, items.ItemRecorded):
            continue
        wrong = items.misread(entry.event, event.changes, lifecycle.records, lifecycle.roles)
        if wrong is not None and isinstance(event, EventCorrected):
            return Refusal("correction-does-not-fit", wrong)
        if wrong is not None:
            return Refusal("dispute-does-not-fit", wrong)
    return None


def owed(state: Engagement, lifecycle: Lifecycle) -> tuple[tuple[Obligation, ObligationRule], ...]:
    """The open obligations, each with its rule."""
    assert state.stage is not None
    rules = {rule.id: rule for rule in lifecycle.owed_in(state.stage)}
    return tuple((held, rules[name]) for (name, _), held in state.obligations.items() if name in rules)


def _not_allowed(state: Engagement, lifecycle: Lifecycle, asked: Asked) -> Refusal | None:
    name, role = items.given_as(asked.command), str(asked.decided_by)
    if asked.command.derived:
        return None if asked.via == "derived" else Refusal("only-derived", {"command": name})
    if name in moving.EVERYWHERE and role == str(asked.recorded_by) == OFFICE_ROLE:
        return None if state.closed is None else Refusal("closed", {"command": name, "end": state.closed})
    if role not in lifecycle.roles:
        return Refusal("unknown-role", {"role": role, "roles": list(lifecycle.roles)})
    if role not in (may := lifecycle.who_may(name)):
        return Refusal("role", {"command": name, "role": role, "may": list(may)})
    recorders = {role} if lifecycle.roles[role].signs_in else set()
    recorders.update(lifecycle.roles[role].recorded_by)
    if str(asked.recorded_by) not in recorders:
        return Refusal("recorder", {"role": role, "recorder": str(asked.recorded_by), "may": sorted(recorders)})
    if state.closed is not None:
        if name in lifecycle.after_close:
            return None
        return Refusal("closed", {"command": name, "end": state.closed})
    assert state.stage is not None
    if name not in lifecycle.allowed_in(state.stage):
        allowed = list(lifecycle.stages_allowing(name))
        return Refusal("stage", {"command": name, "stage": state.stage, "allowed_in": allowed})
    return None


def _impossible_date(state: Engagement, lifecycle: Lifecycle, asked: Asked) -> Refusal | None:
    """Refuse only what is impossible however the dates are read."""
    claimed = [asked.occurred]
    if isinstance(asked.command, course.CorrectEvent | DisputeFact) and asked.command.occurred is not None:
        claimed.append(asked.command.occurred)
    for occurred in claimed:
        if (refusal := ahead(asked, occurred)) is not None:
            return refusal
        if state.opened is not None and occurred.certainly_before(state.opened):
            return Refusal("before-the-opening", {"occurred": str(occurred), "opened": str(state.opened)})
    for name in needed(asked.command, lifecycle):
        before = items.happened(state.history, events_of(lifecycle), name, state.history.phase - 1)
        if not before:
            return Refusal("needs", {"command": items.given_as(asked.command), "event": name})
        if all(asked.occurred.certainly_before(entry.occurred) for entry in before):
            first = before[0].occurred
            return Refusal("too-early", {"occurred": str(asked.occurred), "event": name, "on": str(first)})
    return None


def needed(command: Command | type[Command], lifecycle: Lifecycle) -> tuple[str, ...]:
    """The events that must have happened before a command, by the names that the lifecycle knows them by."""
    kind = command if isinstance(command, type) else type(command)
    if isinstance(command, items.RecordItem):
        return next((rule.needs for rule in lifecycle.records if rule.id == command.record), ())
    if issubclass(kind, items.RecordForm):
        return kind.rule.needs
    return tuple(event.type for event in kind.needs)


def _not_ahead(state: Engagement, lifecycle: Lifecycle, to: str) -> Refusal | None:
    order = [stage.id for stage in lifecycle.stages]
    if to not in order:
        return Refusal("unknown-stage", {"stage": to, "stages": order})
    assert state.stage is not None
    if order.index(to) <= order.index(state.stage):
        return Refusal("stage-not-ahead", {"to": to, "stage": state.stage})
    return None


def strike(state: Engagement, at: datetime) -> tuple[datetime, Event] | None:
    """The earliest thing the clock owes at `at`: when it was due and the event; None when nothing is due yet."""
    due_at = next_due(state)
    due = state.next_strike() if due_at is not None and due_at <= at else None
    if due is None:
        return None
    when, event = due
    late: dict[str, bool] = {"late": at - when > LATE}
    if isinstance(event, ObligationReminded | ObligationEscalated):
        # After a long silence nobody gets every reminder there was, but the last.
        late["overtaken"] = late["late"] and state.obligations[event.obligation, event.number].overtakes(event, at)
    return when, event.model_copy(update=late)


def cautions(state: Engagement) -> tuple[Caution, ...]:
    """What is worth a person's eye in an engagement as it stands. It informs, and never stands in the way."""
    return tuple(found for part in PARTS if hasattr(part, "cautions") for found in part.cautions(state.history))


def next_due(state: Engagement) -> datetime | None:
    """When the clock next has something to do; None where it is over, or nothing is left."""
    if state.closed is not None or not state.live:
        return None
    return min((at for at, _ in state.strikes()), default=None)
