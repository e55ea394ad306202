"""Conditions for engagement: what has to hold for a team to be of use, and what follows where it does not.

[PAT] ch.6 lists conditions of council, inspectorate, team and all together, and Kanter's ingredients of change; Annexe 3
the phases of intervention. They are assessed with evidence before the decision and again later, never all hold at the
start, and inform: no assessment stops anybody. Where no stable management is there to engage with, a person says what
follows (ch.4, 6): wait, narrow the scope, use the team as interim managers, or go ahead. Only that word can hold a
decision up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import named_twice, silent
from domain.contract import ContractAwarded
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.scope import ScopeDrafted
from domain.sealed import Sealed
from domain.vocabulary import (
    ACTIVITIES_OF,
    ChangeResult,
    Condition,
    Ingredient,
    InterventionActivity,
    InterventionPhase,
)

Holds = Literal["yes", "partly", "no"]
Change = Literal["better", "worse", "same"]
Answer = Literal["wait", "narrow-scope", "interim-managers", "go-ahead"]

CONDITIONS: tuple[Condition, ...] = get_args(Condition)
INGREDIENTS: tuple[Ingredient, ...] = get_args(Ingredient)
RESULTS: tuple[ChangeResult, ...] = get_args(ChangeResult)
MANAGEMENT: tuple[Condition, ...] = ("council.leadership", "council.workforce")
"""The conditions that speak of somebody to engage with."""

_RANK: Mapping[Holds, int] = {"no": 0, "partly": 1, "yes": 2}


class Assessment(BaseModel):
    """Whether one condition holds, and what shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    condition: Condition
    holds: Holds
    evidence: Sealed | None = None


class ConditionsAssessed(Event):
    """A party assessed conditions for engagement: some or all of them. Rounds count as they were recorded, from 1."""

    type: ClassVar[str] = "conditions-assessed"
    round: int
    assessments: tuple[Assessment, ...] = Field(min_length=1)
    note: Sealed | None = None


class IngredientsAssessed(Event):
    """The ingredients of change were assessed; the rest is missing. `assumed` when the prediction is not a printed one.

    Our copy of the source does not show which row lacks what: rows are taken in the order of the ingredients.
    """

    type: ClassVar[str] = "ingredients-assessed"
    present: tuple[Ingredient, ...]
    missing: tuple[Ingredient, ...]
    predicted: ChangeResult | None
    assumed: bool
    evidence: Sealed | None = None


class InterventionActivityRecorded(Event):
    """Something was done that belongs to a phase of intervention, such as persuading a council that is in denial."""

    type: ClassVar[str] = "intervention-activity-recorded"
    phase: InterventionPhase
    activity: InterventionActivity
    note: Sealed | None = None


class MissingManagementAnswered(Event):
    """Somebody said what follows where no stable management is there. `go-ahead` takes back what was said before."""

    type: ClassVar[str] = "missing-management-answered"
    answer: Answer
    reason: Sealed


class AssessConditions(Command):
    """Assess conditions for engagement, each with its evidence, for one's own party."""

    type: ClassVar[str] = "assess-conditions"
    gives: ClassVar[Kinds] = (ConditionsAssessed,)
    assessments: tuple[Assessment, ...] = Field(min_length=1)
    note: Sealed | None = None


class AssessIngredients(Command):
    """Assess which of Kanter's ingredients of change are present."""

    type: ClassVar[str] = "assess-ingredients"
    gives: ClassVar[Kinds] = (IngredientsAssessed,)
    present: tuple[Ingredient, ...]
    evidence: Sealed | None = None


class RecordInterventionActivity(Command):
    """Record an activity of a phase of intervention."""

    type: ClassVar[str] = "record-intervention-activity"
    gives: ClassVar[Kinds] = (InterventionActivityRecorded,)
    phase: InterventionPhase
    activity: InterventionActivity
    note: Sealed | None = None


class AnswerMissingManagement(Command):
    """Say what follows where no stable management is there, or that the work may go ahead."""

    type: ClassVar[str] = "answer-missing-management"
    gives: ClassVar[Kinds] = (MissingManagementAnswered,)
    answer: Answer
    reason: Sealed


COMMANDS = (AssessConditions, AssessIngredients, RecordInterventionActivity, AnswerMissingManagement)
EVENTS = (ConditionsAssessed, IngredientsAssessed, InterventionActivityRecorded, MissingManagementAnswered)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the conditions."""
    match command:
        case AssessConditions():
            return _assess(command, history, asked)
        case AssessIngredients():
            return _weigh(command, asked)
        case RecordInterventionActivity(phase=phase, activity=activity):
            if activity not in ACTIVITIES_OF[phase]:
                wanted = list(ACTIVITIES_OF[phase])
                return Refusal("not-of-phase", {"phase": phase, "activity": activity, "activities": wanted})
            return [InterventionActivityRecorded(phase=phase, activity=activity, note=command.note)]
        case AnswerMissingManagement(answer=answer, reason=reason):
            return [MissingManagementAnswered(answer=answer, reason=reason)]
    raise TypeError(command)


def _assess(command: AssessConditions, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    twice = named_twice("assessments", [each.condition for each in command.assessments])
    if twice is not None:
        return twice
    bare = [each.condition for each in command.assessments if each.evidence is None]
    if bare and not silent(asked):
        return Refusal("evidence-missing", {"missing": bare})
    last = history.last(ConditionsAssessed)
    number = last.event.round + 1 if last else 1
    return [ConditionsAssessed(round=number, assessments=command.assessments, note=command.note)]


def _weigh(command: AssessIngredients, asked: Asked) -> Sequence[Event] | Refusal:
    twice = named_twice("present", command.present)
    if twice is not None:
        return twice
    if command.evidence is None and not silent(asked):
        return Refusal("evidence-needed", {"command": command.type})
    found = outlook(command.present)
    return [
        IngredientsAssessed(
            present=command.present,
            missing=found.missing,
            predicted=found.predicted,
            assumed=found.assumed,
            evidence=command.evidence,
        )
    ]


@dataclass(frozen=True)
class Reading:
    """What one round says of one condition. `change` is against the same party's reading before, where it has one."""

    condition: Condition
    round: int
    version: int
    day: When
    party: str
    holds: Holds
    change: Change | None


@dataclass(frozen=True)
class Comparison:
    """The conditions over time: for each, in the order of the list, its readings in the order of the rounds."""

    readings: Mapping[Condition, tuple[Reading, ...]]

    @property
    def not_assessed(self) -> tuple[Condition, ...]:
        """The conditions that nobody has assessed."""
        return tuple(condition for condition, readings in self.readings.items() if not readings)

    def by(self, party: str) -> "Comparison":
        """The same as one party sees it."""
        return Comparison({c: tuple(r for r in found if r.party == party) for c, found in self.readings.items()})

    def latest(self) -> Mapping[Condition, Reading]:
        """The last reading of each condition that was assessed."""
        return {condition: found[-1] for condition, found in self.readings.items() if found}


def compare(history: History) -> Comparison:
    """The conditions compared over all rounds of the engagement. A round is the view of the party that made it."""
    return _compared(history.all(ConditionsAssessed))


def _compared(rounds: Sequence[Entry[ConditionsAssessed]]) -> Comparison:
    readings: dict[Condition, tuple[Reading, ...]] = {condition: () for condition in CONDITIONS}
    for entry in rounds:
        party = entry.decided_by.party
        for each in entry.event.assessments:
            before = next((r.holds for r in reversed(readings[each.condition]) if r.party == party), None)
            change = _change(before, each.holds) if before else None
            reading = Reading(
                each.condition, entry.event.round, entry.version, entry.occurred, party, each.holds, change
            )
            readings[each.condition] = (*readings[each.condition], reading)
    return Comparison(readings)


def _change(before: Holds, after: Holds) -> Change:
    if _RANK[before] == _RANK[after]:
        return "same"
    return "better" if _RANK[after] > _RANK[before] else "worse"


@dataclass(frozen=True)
class Outlook:
    """What some ingredients of change lead to. More than one missing: no row of the source speaks of it."""

    present: tuple[Ingredient, ...]
    missing: tuple[Ingredient, ...]
    predicted: ChangeResult | None
    assumed: bool


def outlook(present: Sequence[Ingredient]) -> Outlook:
    """What the ingredients that are present predict. That all five bring success is printed; the other rows are assumed."""
    missing = tuple(name for name in INGREDIENTS if name not in present)
    there = tuple(name for name in INGREDIENTS if name in present)
    if not missing:
        return Outlook(there, missing, "success", assumed=False)
    if len(missing) > 1:
        return Outlook(there, missing, None, assumed=False)
    return Outlook(there, missing, RESULTS[1 + INGREDIENTS.index(missing[0])], assumed=True)


def ingredients(history: History) -> Outlook | None:
    """What the latest assessment of the ingredients predicts, as it reads now."""
    last = history.last(IngredientsAssessed)
    return outlook(last.event.present) if last else None


@dataclass(frozen=True)
class Intervention:
    """The phase of intervention a council is in, and what was done in it so far. `open` is what was not."""

    phase: InterventionPhase
    done: tuple[Entry[InterventionActivityRecorded], ...]
    open: tuple[InterventionActivity, ...]


def intervention(history: History) -> Intervention | None:
    """The phase of the latest activity, with its activities. None where nothing was recorded."""
    last = history.last(InterventionActivityRecorded)
    if last is None:
        return None
    phase = last.event.phase
    done = tuple(entry for entry in history.all(InterventionActivityRecorded) if entry.event.phase == phase)
    seen = {entry.event.activity for entry in done}
    return Intervention(phase, done, tuple(name for name in ACTIVITIES_OF[phase] if name not in seen))


def known(history: History, on: When) -> Entry[ConditionsAssessed] | None:
    """The latest assessment of this phase that can have been known on a day."""
    found = [entry for entry in history.in_phase(ConditionsAssessed) if not on.certainly_before(entry.occurred)]
    return found[-1] if found else None


def missing_management(history: History) -> tuple[Reading, ...]:
    """What the inspectorate, at its latest in this phase, finds not to hold of the council's management."""
    seen = _compared(history.in_phase(ConditionsAssessed)).by("inspectorate").latest()
    return tuple(seen[name] for name in MANAGEMENT if name in seen and seen[name].holds == "no")


def answers(history: History) -> tuple[Entry[MissingManagementAnswered], ...]:
    """What was said in this phase about missing management since the last word to go ahead, that word first."""
    found = history.in_phase(MissingManagementAnswered)
    start = next((n for n in reversed(range(len(found))) if found[n].event.answer == "go-ahead"), 0)
    return found[start:]


def waiting(history: History) -> Entry[MissingManagementAnswered] | None:
    """The word to wait, while nothing later was said."""
    said = answers(history)
    return said[-1] if said and said[-1].event.answer == "wait" else None


def told_to_wait(history: History, asked: Asked) -> Refusal | None:
    """Why a decision to engage is held up, if somebody has said to wait. What a source tells as done is done."""
    wait = waiting(history)
    if wait is None or silent(asked) or asked.occurred.certainly_before(wait.occurred):
        return None
    return Refusal("told-to-wait", {"role": str(wait.decided_by), "on": str(wait.occurred)})


def cautions(history: History) -> Iterator[Caution]:
    """Management that is missing without a word about it, and what somebody's word about it still asks for."""
    missing = missing_management(history)
    said = answers(history)
    if missing and not _answered(missing, said):
        yield Caution("no-stable-management", {"conditions": [reading.condition for reading in missing]})
    wait = waiting(history)
    if wait is not None:
        yield Caution("waiting-for-management", {"role": str(wait.decided_by), "on": str(wait.occurred)})
    last = {entry.event.answer: entry for entry in said}
    narrow, interim = last.get("narrow-scope"), last.get("interim-managers")
    if narrow is not None and not history.has(ScopeDrafted, narrow.version):
        yield Caution("scope-to-be-narrowed", {"role": str(narrow.decided_by), "on": str(narrow.occurred)})
    if interim is not None and not history.has(ContractAwarded, interim.version):
        yield Caution("interim-managers-wanted", {"role": str(interim.decided_by), "on": str(interim.occurred)})


def _answered(missing: Sequence[Reading], said: Sequence[Entry[MissingManagementAnswered]]) -> bool:
    """Whether a word was said. One to go ahead speaks of what was known then: a later finding needs another."""
    if not said:
        return False
    last = said[-1]
    return last.event.answer != "go-ahead" or last.version > max(reading.version for reading in missing)
