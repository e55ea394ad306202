"""The scope: what the team is to do, drafted by the lead inspector with the council ([PAT] ch.2, 3).

It is drafted in versions and agreed by inspectorate and council; a disagreement is recorded, never lost.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.sealed import Sealed
from domain.vocabulary import Concern

FailureLocation = Literal["services", "department", "council"]


class ScopeDrafted(Event):
    """A version of the scope was drafted."""

    type: ClassVar[str] = "scope-drafted"
    draft: int
    failure_location: FailureLocation | None = None
    concerns: tuple[Concern, ...] = ()
    actions: Sealed | None = None
    outcomes: Sealed | None = None


class ScopeCommented(Event):
    """A party commented on the draft."""

    type: ClassVar[str] = "scope-commented"
    draft: int
    text: Sealed


class ScopeAgreed(Event):
    """A party agreed to the draft."""

    type: ClassVar[str] = "scope-agreed"
    draft: int


class ScopeDisputed(Event):
    """A party does not agree with the draft, and this stays visible whatever comes of it."""

    type: ClassVar[str] = "scope-disputed"
    draft: int
    reason: Sealed


class DraftScope(Command):
    """Draft the scope, or a new version of it; earlier agreement does not carry over."""

    type: ClassVar[str] = "draft-scope"
    gives: ClassVar[Kinds] = (ScopeDrafted,)
    failure_location: FailureLocation | None = None
    concerns: tuple[Concern, ...] = ()
    actions: Sealed | None = None
    outcomes: Sealed | None = None


class CommentOnScope(Command):
    """Comment on the draft."""

    type: ClassVar[str] = "comment-on-scope"
    gives: ClassVar[Kinds] = (ScopeCommented,)
    needs: ClassVar[Kinds] = (ScopeDrafted,)
    text: Sealed


class AgreeScope(Command):
    """Agree to the draft for one's party."""

    type: ClassVar[str] = "agree-scope"
    gives: ClassVar[Kinds] = (ScopeAgreed,)
    needs: ClassVar[Kinds] = (ScopeDrafted,)


class DisputeScope(Command):
    """Record that one's party does not agree, and why."""

    type: ClassVar[str] = "dispute-scope"
    gives: ClassVar[Kinds] = (ScopeDisputed,)
    needs: ClassVar[Kinds] = (ScopeDrafted,)
    reason: Sealed


COMMANDS = (DraftScope, CommentOnScope, AgreeScope, DisputeScope)
EVENTS = (ScopeDrafted, ScopeCommented, ScopeAgreed, ScopeDisputed)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a command about the scope."""
    draft = history.last(ScopeDrafted)
    number = draft.event.draft if draft else 0
    match command:
        case DraftScope():
            return [
                ScopeDrafted(
                    draft=number + 1,
                    failure_location=command.failure_location,
                    concerns=command.concerns,
                    actions=command.actions,
                    outcomes=command.outcomes,
                )
            ]
        case CommentOnScope(text=text):
            return [ScopeCommented(draft=number, text=text)]
        case AgreeScope():
            assert draft is not None
            party = asked.decided_by.party
            if any(e.decided_by.party == party for e in history.all(ScopeAgreed, draft.version)):
                return Refusal("agreed-already", {"party": party, "draft": number})
            return [ScopeAgreed(draft=number)]
        case DisputeScope(reason=reason):
            return [ScopeDisputed(draft=number, reason=reason)]
    raise TypeError(command)
