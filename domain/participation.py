"""Participation: what people are asked about the change, what they answer, and what they are told came of it.

The questions are [SCIE] "Changing social care: an inclusive approach" (2009): for leadership (2.3), the workforce (3.3),
stakeholders (4.3), people who use services (5.3) and the dimensions of participation (5.4). They are open and have no
scale, so none is made up: answers stand side by side, and no score is drawn from them. Whoever answers is a group, never a
person. Resistance is heard with its cause (3.4), not hidden. The words of the questions are in `questions.yaml`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from pydantic import Field

from domain.checks import named_twice, silent, too_early
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed

QuestionSet = Literal["leadership", "workforce", "stakeholders", "users", "dimensions"]

Question = Literal[
    "leadership.direction",
    "leadership.purpose",
    "leadership.actions",
    "leadership.message",
    "leadership.resistance",
    "leadership.consistency",
    "leadership.stakeholders",
    "workforce.involvement",
    "workforce.methods",
    "workforce.sharing",
    "workforce.structure",
    "workforce.resistance",
    "workforce.support",
    "stakeholders.benefits",
    "stakeholders.identified",
    "stakeholders.relevance",
    "stakeholders.terms",
    "stakeholders.influence",
    "stakeholders.feedback",
    "stakeholders.staff",
    "stakeholders.support",
    "users.partnership.listening",
    "users.partnership.heard",
    "users.partnership.managers",
    "users.partnership.whole-system",
    "users.partnership.steps",
    "users.practicalities.arrangements",
    "users.practicalities.review",
    "users.genuine.embedded",
    "users.genuine.agreed",
    "users.genuine.measured",
    "users.reward.payment",
    "users.representation.missing",
    "users.representation.groups",
    "users.representation.time",
    "users.training.staff",
    "users.training.organisations",
    "users.training.experience",
    "users.training.expertise",
    "dimensions.purpose",
    "dimensions.change",
    "dimensions.support",
    "dimensions.skills",
    "dimensions.training",
    "dimensions.resources",
    "dimensions.culture",
    "dimensions.practice",
    "dimensions.structure",
    "dimensions.power",
    "dimensions.tokenism",
    "dimensions.feedback",
    "dimensions.implementation",
]
"""Every question: its set, for people who use services its group, and its name."""

Group = Literal[
    "leadership",
    "workforce",
    "stakeholders",
    "people-who-use-services",
    "carers",
    "user-led-organisations",
    "faith-groups",
    "providers",
    "other",
]
"""Who is asked and answers: a group and never a name."""

ResistanceCause = Literal["disposition", "unknown", "status", "routines", "timing", "rewards"]
"""Causes of resistance ([SCIE] 3.4): personal disposition, fear of the unknown, fear for status or job, disrupted
routines, poor timing, rewards that do not reinforce."""

ResistanceAnswer = Literal["responsibilities", "targets", "allocation", "power", "indirect-power", "agents"]
"""Ways to lower resistance ([SCIE] 3.4)."""


class QuestionsAsked(Event):
    """Groups were asked a set of questions at a point of the engagement. Askings count from 1; `by` is when answers are due.

    `payment` says how costs and time are paid and what that does to benefits; `arrangements` what makes it possible.
    """

    type: ClassVar[str] = "questions-asked"
    asking: int
    questions: QuestionSet
    point: Slug
    of: tuple[Group, ...]
    by: When
    arrangements: Sealed | None = None
    payment: Sealed | None = None


class QuestionAnswered(Event):
    """A group answered a question. `complete` once every group that was asked has answered every question of the set."""

    type: ClassVar[str] = "question-answered"
    undisputed: ClassVar[frozenset[str]] = frozenset(("asking", "complete"))
    asking: int
    question: Question
    group: Group
    answer: Sealed
    complete: bool = False


class ToldBack(Event):
    """Groups were told what came of what they said. `complete` once every group that was asked has been told."""

    type: ClassVar[str] = "told-back"
    undisputed: ClassVar[frozenset[str]] = frozenset(("asking", "complete"))
    asking: int
    to: tuple[Group, ...]
    told: Sealed
    complete: bool = False


class ResistanceHeard(Event):
    """Resistance to the change was heard, with its causes. They count from 1."""

    type: ClassVar[str] = "resistance-heard"
    resistance: int
    causes: tuple[ResistanceCause, ...]
    group: Group
    text: Sealed | None = None


class ResistanceAnswered(Event):
    """Something was done about resistance that was heard."""

    type: ClassVar[str] = "resistance-answered"
    resistance: int
    ways: tuple[ResistanceAnswer, ...]
    text: Sealed | None = None


class AskQuestions(Command):
    """Ask groups a set of questions at a point of the engagement, such as `baseline` or `exit`."""

    type: ClassVar[str] = "ask-questions"
    gives: ClassVar[Kinds] = (QuestionsAsked,)
    questions: QuestionSet
    point: Slug
    of: tuple[Group, ...] = Field(min_length=1)
    by: When
    arrangements: Sealed | None = None
    payment: Sealed | None = None


class AnswerQuestion(Command):
    """Record what a group answers to a question; of the latest asking of its set, where none is named."""

    type: ClassVar[str] = "answer-question"
    gives: ClassVar[Kinds] = (QuestionAnswered,)
    question: Question
    group: Group
    answer: Sealed
    asking: int | None = Field(default=None, ge=1)


class TellBack(Command):
    """Record that groups were told what came of an asking: all that were asked, where none are named."""

    type: ClassVar[str] = "tell-back"
    gives: ClassVar[Kinds] = (ToldBack,)
    asking: int = Field(ge=1)
    told: Sealed
    to: tuple[Group, ...] = ()


class HearResistance(Command):
    """Record resistance to the change, with its causes and whose it is."""

    type: ClassVar[str] = "hear-resistance"
    gives: ClassVar[Kinds] = (ResistanceHeard,)
    causes: tuple[ResistanceCause, ...] = Field(min_length=1)
    group: Group
    text: Sealed | None = None


class AnswerResistance(Command):
    """Record what was done about resistance that was heard."""

    type: ClassVar[str] = "answer-resistance"
    gives: ClassVar[Kinds] = (ResistanceAnswered,)
    resistance: int = Field(ge=1)
    ways: tuple[ResistanceAnswer, ...] = Field(min_length=1)
    text: Sealed | None = None


COMMANDS = (AskQuestions, AnswerQuestion, TellBack, HearResistance, AnswerResistance)
EVENTS = (QuestionsAsked, QuestionAnswered, ToldBack, ResistanceHeard, ResistanceAnswered)
# What needs an asking does not say so in `needs`, which counts by phase: people are told back in a later one too.


def questions_of(name: str) -> tuple[str, ...]:
    """The questions of a set, in order."""
    return tuple(question for question in get_args(Question) if question.partition(".")[0] == name)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about participation."""
    match command:
        case AskQuestions():
            return _ask(command, history, asked)
        case AnswerQuestion():
            return _answer(command, history, asked)
        case TellBack():
            return _tell_back(command, history, asked)
        case HearResistance(causes=causes):
            number = max((entry.event.resistance for entry in history.all(ResistanceHeard)), default=0) + 1
            heard = ResistanceHeard(resistance=number, **dict(command))
            return named_twice("causes", causes) or [heard]
        case AnswerResistance(resistance=number, ways=ways):
            found = {entry.event.resistance: entry for entry in history.all(ResistanceHeard)}
            if number not in found:
                return Refusal("no-such-resistance", {"resistance": number, "heard": sorted(found)})
            done = ResistanceAnswered(**dict(command))
            return named_twice("ways", ways) or too_early(asked.occurred, found[number]) or [done]
    raise TypeError(command)


def _ask(command: AskQuestions, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.by is not None and command.by.certainly_before(asked.occurred):
        return Refusal("answers-before-questions", {"on": str(asked.occurred), "by": str(command.by)})
    found = askings(history)
    for each in found:
        if (each.questions, each.point) == (command.questions, command.point):
            return Refusal("asked-at-that-point", {"asking": each.number, "point": each.point, "set": each.questions})
    number = max((each.number for each in found), default=0) + 1
    return named_twice("of", command.of) or [QuestionsAsked(asking=number, **dict(command))]


def _answer(command: AnswerQuestion, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    wanted = command.question.partition(".")[0]
    of_set = [each for each in askings(history) if each.questions == wanted]
    if command.asking is None:
        asking = of_set[-1] if of_set else None
    else:
        asking = next((each for each in of_set if each.number == command.asking), None)
    if asking is None:
        return Refusal("not-asked", {"question": command.question, "askings": [each.number for each in of_set]})
    if command.group not in asking.of:
        return Refusal("group-not-asked", {"group": command.group, "asking": asking.number, "of": list(asking.of)})
    if (command.group, command.question) in asking.answers:
        return Refusal(
            "answered-already", {"group": command.group, "question": command.question, "asking": asking.number}
        )
    complete = asking.unanswered == ((command.group, command.question),)
    event = QuestionAnswered(**{**dict(command), "asking": asking.number, "complete": complete})
    return too_early(asked.occurred, asking.asked) or [event]


def _tell_back(command: TellBack, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    found = {each.number: each for each in askings(history)}
    asking = found.get(command.asking)
    if asking is None:
        return Refusal("no-such-asking", {"asking": command.asking, "askings": list(found)})
    to = command.to or asking.of
    strange = [group for group in to if group not in asking.of]
    if strange:
        return Refusal("group-not-asked", {"group": strange[0], "asking": asking.number, "of": list(asking.of)})
    if not asking.answers and not silent(asked):
        return Refusal("nothing-answered", {"asking": asking.number})
    complete = set(asking.untold) <= set(to)
    event = ToldBack(asking=asking.number, to=to, told=command.told, complete=complete)
    return named_twice("to", to) or too_early(asked.occurred, asking.asked) or [event]


# How it stands


@dataclass(frozen=True)
class Asking:
    """A set of questions that was put to groups at a point, with their answers and what they were told."""

    asked: Entry[QuestionsAsked]
    answered: tuple[Entry[QuestionAnswered], ...]
    told: tuple[Entry[ToldBack], ...]

    @property
    def number(self) -> int:
        """Which asking it is, counted from 1."""
        return self.asked.event.asking

    @property
    def questions(self) -> QuestionSet:
        """The set that was asked."""
        return self.asked.event.questions

    @property
    def point(self) -> str:
        """At which point of the engagement."""
        return self.asked.event.point

    @property
    def of(self) -> tuple[Group, ...]:
        """The groups that were asked."""
        return self.asked.event.of

    @property
    def answers(self) -> Mapping[tuple[str, str], Entry[QuestionAnswered]]:
        """The answers by group and question."""
        return {(entry.event.group, entry.event.question): entry for entry in self.answered}

    @property
    def unanswered(self) -> tuple[tuple[str, str], ...]:
        """What each group has not answered, in the order of the questions."""
        given = self.answers
        every = ((group, question) for question in questions_of(self.questions) for group in self.of)
        return tuple(each for each in every if each not in given)

    @property
    def untold(self) -> tuple[Group, ...]:
        """The groups that were not yet told what came of it."""
        told = {group for entry in self.told for group in entry.event.to}
        return tuple(group for group in self.of if group not in told)


def askings(history: History) -> tuple[Asking, ...]:
    """Every asking of the engagement, in order."""
    return tuple(
        Asking(
            asked=entry,
            answered=tuple(e for e in history.all(QuestionAnswered) if e.event.asking == entry.event.asking),
            told=tuple(e for e in history.all(ToldBack) if e.event.asking == entry.event.asking),
        )
        for entry in history.all(QuestionsAsked)
    )


@dataclass(frozen=True)
class Compared:
    """A question with what each group answered at each point at which it was asked; None where it did not answer."""

    question: str
    answers: tuple[tuple[str, Group, Entry[QuestionAnswered] | None], ...]


def compared(history: History, questions: QuestionSet) -> tuple[Compared, ...]:
    """The answers to a set side by side: of each question, by point in the order of asking, and by group."""
    found = [each for each in askings(history) if each.questions == questions]
    return tuple(
        Compared(
            question,
            tuple((each.point, group, each.answers.get((group, question))) for each in found for group in each.of),
        )
        for question in questions_of(questions)
        if found
    )


@dataclass(frozen=True)
class Resistance:
    """Resistance that was heard, and what was done about it."""

    heard: Entry[ResistanceHeard]
    answered: tuple[Entry[ResistanceAnswered], ...]


def resistances(history: History) -> tuple[Resistance, ...]:
    """All resistance that was heard, in order."""
    done = history.all(ResistanceAnswered)
    return tuple(
        Resistance(entry, tuple(each for each in done if each.event.resistance == entry.event.resistance))
        for entry in history.all(ResistanceHeard)
    )


def cautions(history: History) -> Iterator[Caution]:
    """A group asked again before it was told what came of the last time, which tires people; resistance left alone."""
    found = askings(history)
    for n, each in enumerate(found):
        for before in found[:n]:
            told = {g for t in before.told if t.version < each.asked.version for g in t.event.to}
            again = [group for group in each.of if group in before.of and group not in told]
            if again:
                yield Caution("asked-again-untold", {"groups": again, "asking": each.number, "before": before.number})
    for resistance in resistances(history):
        if not resistance.answered:
            heard = resistance.heard.event
            yield Caution(
                "resistance-not-answered",
                {"resistance": heard.resistance, "on": str(resistance.heard.occurred), "group": heard.group},
            )
