"""Publishing a lifecycle: the programme office puts a document into the ledger, whole and for good, with its reason.

A published version is never changed, so a change is the next version. What a document can't be published with is what
`domain.soundness` finds in it, a number that skips, and a rating that another model starts on already: no rating opens two
engagements.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field

from domain.actors import OFFICE_ROLE
from domain.checks import ahead, not_theirs
from domain.council import newest_of
from domain.lifecycle import Lifecycle
from domain.office import LifecyclePublished
from domain.part import Asked, Command, Event, Kinds, Refusal
from domain.sealed import Sealed
from domain.soundness import Finding


class PublishLifecycle(Command):
    """Publish a lifecycle document, whole, as plain data."""

    type: ClassVar[str] = "publish-lifecycle"
    gives: ClassVar[Kinds] = (LifecyclePublished,)
    document: dict[str, Any] = Field(min_length=1)
    reason: Sealed


COMMANDS: Mapping[str, type[Command]] = {PublishLifecycle.type: PublishLifecycle}

MAY: Mapping[str, tuple[str, ...]] = {PublishLifecycle.type: (OFFICE_ROLE,)}
"""Who may give each command about the office's documents."""


@dataclass(frozen=True)
class Shelved:
    """What is published so far: every version of each lifecycle, with its SHA-256 by its name."""

    lifecycles: Sequence[Lifecycle]
    hashes: Mapping[str, str]

    def newest(self, id: str) -> int:
        """The newest version of a lifecycle; 0 where none is published."""
        return max((each.version for each in self.lifecycles if each.id == id), default=0)


@dataclass(frozen=True)
class Submitted:
    """A document to be published: as it reads, its SHA-256, and what was found in it. Without a reading it has errors."""

    lifecycle: Lifecycle | None
    sha256: str
    found: Collection[Finding]


def decide(shelved: Shelved, submitted: Submitted, asked: Asked) -> Sequence[Event] | Refusal:
    """What a command about the office's documents leads to; nothing where that very document is published already."""
    command = asked.command
    assert isinstance(command, PublishLifecycle)
    refusal = not_theirs(asked, MAY[command.type]) or ahead(asked, asked.occurred)
    if refusal is not None:
        return refusal
    wrong = [finding for finding in submitted.found if finding.error]
    life = submitted.lifecycle
    if wrong or life is None:
        first = {"place": wrong[0].place, "problem": wrong[0].problem} if wrong else {}
        return Refusal("lifecycle-does-not-check", {"count": len(wrong), **first})
    if life.ref in shelved.hashes:
        if shelved.hashes[life.ref] == submitted.sha256:
            return []
        return Refusal("lifecycle-published-otherwise", {"lifecycle": life.ref, "next": shelved.newest(life.id) + 1})
    expected = shelved.newest(life.id) + 1
    if life.version != expected:
        return Refusal("lifecycle-version-skips", {"lifecycle": life.ref, "next": expected})
    taken = _taken(shelved.lifecycles, life)
    if taken is not None:
        return taken
    return [
        LifecyclePublished(
            id=life.id,
            version=life.version,
            sha256=submitted.sha256,
            document=command.document,
            reason=command.reason,
        )
    ]


def _taken(published: Sequence[Lifecycle], life: Lifecycle) -> Refusal | None:
    """Refuse a model that would start on a rating on which another one does."""
    for other in newest_of(published):
        if other.id == life.id or other.starts is None or life.starts is None:
            continue
        services = [name for name in life.starts.services if name in other.starts.services]
        stars = [count for count in life.starts.stars if count in other.starts.stars]
        if services and stars:
            return Refusal("rating-taken", {"lifecycle": other.ref, "services": services, "stars": stars})
    return None
