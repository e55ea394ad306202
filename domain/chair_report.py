"""The independent chair's final report: it answers the questions that the Secretary of State sets ([OPM] App C).

The questions themselves are not printed; what the report covered is: progress in key areas, succession arrangements, targets
met and when, services improved, partners working together, and what must speed up. They are set before they are answered, and a
report that leaves one out is not taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.part import Asked, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed

COVERED = ("progress", "succession", "targets", "services", "partners", "acceleration")
"""What the report of the source covered, each a question of its own. A question of another name says what it asks."""


class Question(BaseModel):
    """A question to the chair: its id, and what it asks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Slug
    text: Sealed | None = None


class Answer(BaseModel):
    """The chair's answer to a question."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: Slug
    text: Sealed


class ChairQuestionsSet(Event):
    """The Secretary of State set the questions that the chair's final report answers."""

    type: ClassVar[str] = "chair-questions-set"
    questions: tuple[Question, ...]
    by: When | None = None
    document: Sealed | None = None


class ChairReportSubmitted(Event):
    """The independent chair handed in the final report: an answer to each question."""

    type: ClassVar[str] = "chair-report-submitted"
    answers: tuple[Answer, ...]
    document: Sealed | None = None


class SetChairQuestions(Command):
    """Set the questions for the chair's final report. They may be set again until it is handed in."""

    type: ClassVar[str] = "set-chair-questions"
    gives: ClassVar[Kinds] = (ChairQuestionsSet,)
    questions: tuple[Question, ...] = Field(min_length=1)
    by: When | None = None
    document: Sealed | None = None


class SubmitChairReport(Command):
    """Hand in the chair's final report: one answer to each question that was set."""

    type: ClassVar[str] = "submit-chair-report"
    gives: ClassVar[Kinds] = (ChairReportSubmitted,)
    needs: ClassVar[Kinds] = (ChairQuestionsSet,)
    answers: tuple[Answer, ...] = Field(min_length=1)
    document: Sealed | None = None


COMMANDS = (SetChairQuestions, SubmitChairReport)
EVENTS = (ChairQuestionsSet, ChairReportSubmitted)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the chair's report."""
    match command:
        case SetChairQuestions():
            return _set(command, asked)
        case SubmitChairReport():
            return _submit(command, history, asked)
    raise TypeError(command)


def _set(command: SetChairQuestions, asked: Asked) -> Sequence[Event] | Refusal:
    unclear = [each.id for each in command.questions if each.text is None and each.id not in COVERED]
    if unclear and not silent(asked):
        return Refusal("question-without-words", {"questions": unclear, "known": list(COVERED)})
    if command.by is not None and command.by.certainly_before(asked.occurred):
        return Refusal("target-in-the-past", {"by": str(command.by), "occurred": str(asked.occurred)})
    twice = named_twice("questions", [each.id for each in command.questions])
    return twice or [ChairQuestionsSet(**dict(command))]


def _submit(command: SubmitChairReport, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    standing = questions(history)
    assert standing is not None  # the command needs it
    wanted = [each.id for each in standing.event.questions]
    given = [each.question for each in command.answers]
    strange = [name for name in given if name not in wanted]
    if strange:
        return Refusal("never-asked", {"given": strange, "questions": wanted})
    missing = [name for name in wanted if name not in given]
    if missing and not silent(asked):
        return Refusal("questions-unanswered", {"missing": missing})
    return (
        too_early(asked.occurred, standing) or named_twice("answers", given) or [ChairReportSubmitted(**dict(command))]
    )


def questions(history: History) -> Entry[ChairQuestionsSet] | None:
    """The questions that stand: those set last."""
    return history.last(ChairQuestionsSet)


@dataclass(frozen=True)
class ChairReport:
    """The questions that stand and the report on them, where it is in."""

    questions: Entry[ChairQuestionsSet]
    report: Entry[ChairReportSubmitted] | None


def chair_report(history: History) -> ChairReport | None:
    """How the chair's report stands: one handed in before the questions were set anew does not answer them."""
    standing = questions(history)
    if standing is None:
        return None
    return ChairReport(standing, history.last(ChairReportSubmitted, standing.version))
