"""The way of an engagement through its stages: where it has been and for how long, and what is done, now and later."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

from domain.course import EngagementClosed, StageEntered
from domain.dates import When
from domain.engagement import Engagement
from domain.lifecycle import Lifecycle
from domain.moving import EngagementMoved
from domain.part import Entry

READS = (StageEntered, EngagementMoved, EngagementClosed)
"""The events that say where an engagement is."""


@dataclass(frozen=True)
class Stay:
    """A time in a stage: `until` is when it was left, None while it has not been. `assumed` where no source says it."""

    stage: str
    version: int
    since: When
    until: When | None = None
    assumed: bool = False


def stays(entries: Iterable[Entry[Any]]) -> tuple[Stay, ...]:
    """The stages of an engagement in the order in which it was in them."""
    found: list[Stay] = []
    for entry in entries:
        event = entry.event
        if isinstance(event, READS) and found and found[-1].until is None:
            found[-1] = replace(found[-1], until=entry.occurred)
        if isinstance(event, StageEntered | EngagementMoved):
            assumed = bool(event.assumed)
            found.append(Stay(event.stage, entry.version, entry.occurred, assumed=assumed))
    return tuple(found)


@dataclass(frozen=True)
class Step:
    """A stage of a lifecycle as an engagement passes through it. `stay` is the last time that it was there, in this phase."""

    id: str
    title: str
    owner: str
    standing: Literal["done", "now", "later", "left out", "last"]
    stay: Stay | None = None


def steps(state: Engagement, lifecycle: Lifecycle) -> tuple[Step, ...]:
    """Every stage of a lifecycle, in its order, with what it is to an engagement in its present phase.

    `last` is the stage in which an engagement that is over came to its end, `left out` one that it passed by.
    """
    been = {stay.stage: stay for stay in stays(state.history.entries) if stay.version >= state.history.phase - 1}
    ids = [stage.id for stage in lifecycle.stages]
    here = ids.index(state.stage) if state.stage in ids else -1

    def standing(number: int, id: str) -> Literal["done", "now", "later", "left out", "last"]:
        if number == here:
            return "last" if state.closed else "now"
        if id in been and number < here:
            return "done"
        return "later" if number > here and not state.closed else "left out"

    return tuple(
        Step(stage.id, stage.title, stage.owner, how, been.get(stage.id) if how in ("done", "now", "last") else None)
        for number, stage in enumerate(lifecycle.stages)
        for how in [standing(number, stage.id)]
    )
