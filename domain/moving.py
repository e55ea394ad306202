"""Moving an engagement to another model, or to a newer version of its own: the command, its mapping, and what is recorded.

The past stays under the rules it lived by; from the move on the engagement is held to the new document. What is owed at
that moment is carried over or let go with a reason, each thing by name, so that nothing is lost by moving. It is the
office's command in every model, whatever the document says: documents that were published before there was such a command
permit it too. What it leads to, `domain.switching` decides. No source speaks of it: the design's.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.gates import GateResult
from domain.part import Asked, Command, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed
from domain.special_measures import Role

Named = Annotated[str, Field(pattern=r"^[a-z]+(?:-[a-z0-9]+)*$", max_length=80)]
"""The id of an obligation in a lifecycle document."""
Model = Annotated[str, Field(pattern=r"^[a-z]+(?:-[a-z]+)*$", max_length=80)]


class _Mapping(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _CarriedOrLetGo(_Mapping):
    to: str | None = None
    reason: Sealed | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.to is None) == (self.reason is None):
            raise ValueError("it is carried over (to) or let go (reason): exactly one of them")
        return self


class ObligationMapped(_CarriedOrLetGo):
    """What becomes of something owed: carried over `to` an obligation of the new document, or let go for a `reason`.

    Without `number` it is every open one of that name.
    """

    obligation: Named
    number: int | None = Field(default=None, ge=1)
    to: Named | None = None
    reason: Sealed | None = None


class PostMapped(_CarriedOrLetGo):
    """What becomes of whoever holds a post: they hold the post `to` in the new model, or none, for a `reason`."""

    post: Role
    to: Role | None = None
    reason: Sealed | None = None


class DeliverableMapped(_CarriedOrLetGo):
    """What becomes of a deliverable that is not accepted: worked on under the name `to`, or let go for a `reason`."""

    deliverable: Slug
    to: Slug | None = None
    reason: Sealed | None = None


class EngagementMoved(Event):
    """From here on the engagement is held to another lifecycle document. What stands before is held to `from_model`.

    `stage` is where it stands in the new document. `gates` are the results of the gates that lie before that stage;
    `assumed` says why those that are not met are taken as met. `obligations` lists everything that was owed.
    """

    type: ClassVar[str] = "engagement-moved"
    beyond_correction: ClassVar[bool] = True
    from_model: str
    model: str
    lifecycle_sha256: str
    left: str
    stage: str
    reason: Sealed
    obligations: tuple[ObligationMapped, ...] = ()
    people: tuple[PostMapped, ...] = ()
    deliverables: tuple[DeliverableMapped, ...] = ()
    gates: tuple[GateResult, ...] = ()
    assumed: Sealed | None = None

    @property
    def another_model(self) -> bool:
        """Whether it is another model, and not a newer version of the same: then a new phase begins."""
        return self.from_model.partition("@")[0] != self.model.partition("@")[0]


class MoveEngagement(Command):
    """Move an engagement to another model or a newer version of its own, and say what of all that is open carries over."""

    type: ClassVar[str] = "move-engagement"
    gives: ClassVar[Kinds] = (EngagementMoved,)
    model: Model
    version: int = Field(ge=1)
    stage: Model
    obligations: tuple[ObligationMapped, ...] = ()
    people: tuple[PostMapped, ...] = ()
    deliverables: tuple[DeliverableMapped, ...] = ()
    assume: Sealed | None = None
    reason: Sealed

    @property
    def ref(self) -> str:
        """The document it is moved to: `franchise@1`."""
        return f"{self.model}@{self.version}"


COMMANDS = (MoveEngagement,)
EVENTS = (EngagementMoved,)

EVERYWHERE = frozenset(each.type for each in COMMANDS)
"""The commands that every model has, in every stage, and gives to the office alone."""


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """Without the document that it is to be moved to, an engagement stays where it is."""
    assert isinstance(command, MoveEngagement)
    return Refusal("model-not-published", {"model": command.ref})
