"""Comments on the scope: each draft is a round of comment, and each comment is answered ([PAT] ch.2, 3).

Councils whose view was never heard felt "done to".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pydantic import Field

from domain.checks import too_early
from domain.dates import When
from domain.part import Asked, Caution, Command, Entry, Event, History, Kinds, Refusal
from domain.scope import ScopeDisputed, ScopeDrafted, draft_on, scope_standing
from domain.sealed import Sealed


class ScopeCommented(Event):
    """A party commented on the draft. Comments of a phase are numbered from 1."""

    type: ClassVar[str] = "scope-commented"
    draft: int
    text: Sealed
    comment: int | None = None


class CommentAnswered(Event):
    """A comment on the scope was answered: taken up or not, and why."""

    type: ClassVar[str] = "comment-answered"
    comment: int
    taken: bool
    answer: Sealed


class CommentOnScope(Command):
    """Comment on the draft."""

    type: ClassVar[str] = "comment-on-scope"
    gives: ClassVar[Kinds] = (ScopeCommented,)
    needs: ClassVar[Kinds] = (ScopeDrafted,)
    text: Sealed


class AnswerComment(Command):
    """Answer a comment on the scope, by its number."""

    type: ClassVar[str] = "answer-comment"
    gives: ClassVar[Kinds] = (CommentAnswered,)
    needs: ClassVar[Kinds] = (ScopeCommented,)
    comment: int = Field(ge=1)
    taken: bool
    answer: Sealed


COMMANDS = (CommentOnScope, AnswerComment)
EVENTS = (ScopeCommented, CommentAnswered)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about a comment on the scope."""
    match command:
        case CommentOnScope(text=text):
            number = max(_numbered(history), default=0) + 1
            return [ScopeCommented(draft=draft_on(asked.occurred, history), text=text, comment=number)]
        case AnswerComment():
            return _answer(command, history, asked)
    raise TypeError(command)


def _answer(command: AnswerComment, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    numbered = _numbered(history)
    if command.comment not in numbered:
        return Refusal("no-such-comment", {"comment": command.comment, "comments": sorted(numbered)})
    comment = numbered[command.comment]
    if _answer_to(command.comment, comment, history) is not None:
        return Refusal("comment-answered-already", {"comment": command.comment})
    answered = CommentAnswered(comment=command.comment, taken=command.taken, answer=command.answer)
    return too_early(asked.occurred, comment) or [answered]


def _numbered(history: History) -> Mapping[int, Entry[ScopeCommented]]:
    """The comments of the phase by their numbers. Those recorded before there were numbers count as they came."""
    return {entry.event.comment or n: entry for n, entry in enumerate(history.in_phase(ScopeCommented), start=1)}


def _answer_to(number: int, comment: Entry[ScopeCommented], history: History) -> Entry[CommentAnswered] | None:
    """The answer to a comment. One before it was to a comment that bore the number once and was withdrawn."""
    answers = history.all(CommentAnswered, comment.version)
    return next((entry for entry in answers if entry.event.comment == number), None)


@dataclass(frozen=True)
class Comment:
    """A comment on a draft, and what was answered. `taken` is None while it waits for an answer."""

    number: int
    draft: int
    version: int
    occurred: When
    party: str
    role: str
    text: Sealed
    taken: bool | None
    answer: Sealed | None


def comments(history: History) -> tuple[Comment, ...]:
    """The comments of the phase with their answers, in order."""
    found = []
    for number, entry in _numbered(history).items():
        answer = _answer_to(number, entry, history)
        found.append(
            Comment(
                number=number,
                draft=entry.event.draft,
                version=entry.version,
                occurred=entry.occurred,
                party=entry.decided_by.party,
                role=str(entry.decided_by),
                text=entry.event.text,
                taken=answer.event.taken if answer else None,
                answer=answer.event.answer if answer else None,
            )
        )
    return tuple(found)


def cautions(history: History) -> Iterator[Caution]:
    """A council that was not heard on the first draft."""
    stands = scope_standing(history)
    if stands is None:
        return
    first = history.in_phase(ScopeDrafted)[0].event.draft
    if (stands.rounds > 1 or "council" in stands.agreed) and not _council_heard(first, history):
        yield Caution("council-not-heard", {"draft": first})


def _council_heard(draft: int, history: History) -> bool:
    kinds: tuple[type[ScopeCommented] | type[ScopeDisputed], ...] = (ScopeCommented, ScopeDisputed)
    spoken = [entry for kind in kinds for entry in history.in_phase(kind)]
    return any(entry.decided_by.party == "council" and entry.event.draft == draft for entry in spoken)
