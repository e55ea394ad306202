"""Judgements: how well people are served, how far a service can improve, and what a judgement must have been before.

A rating rests on both, each for adults and for children ([PAT] ch.1). Table 1 of [PAT] prints those of 2003 with marks for
what is higher or lower than in 2002. The judgements of 2002 are nowhere printed; some of them follow from the marks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

Serving = Literal["no", "some", "most", "yes"]
"""Serving people well? The sources print no and some; most and yes are `assumed`."""
Capacity = Literal["poor", "uncertain", "promising", "excellent"]
"""Capacity for improvement. The sources print uncertain and promising (poor of a joint review); excellent is `assumed`."""
Moved = Literal["higher", "lower"]


class Judgement(BaseModel):
    """How one group of services was judged, and how that moved since the year before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    serving: Serving
    capacity: Capacity
    serving_moved: Moved | None = None
    capacity_moved: Moved | None = None


@dataclass(frozen=True)
class Derived:
    """What an unprinted judgement can have been: the values of the scale, and how that is said: `some`, `below promising`."""

    values: tuple[str, ...]
    said: str


@dataclass(frozen=True)
class DerivedJudgement:
    """An earlier judgement as a later one tells it. An aspect whose mark leads beyond the scale tells nothing.

    `source` is the version of the rating that it is told from.
    """

    source: int
    serving: Derived | None
    capacity: Derived | None


def derive(later: Judgement, source: int) -> DerivedJudgement:
    """What a judgement must have been at the time that the marks of a later one compare with."""
    return DerivedJudgement(
        source=source,
        serving=_before(later.serving, later.serving_moved, get_args(Serving)),
        capacity=_before(later.capacity, later.capacity_moved, get_args(Capacity)),
    )


def _before(value: str, moved: Moved | None, scale: Sequence[str]) -> Derived | None:
    """The values from which a judgement can have moved to this one; a value that did not move was the same."""
    at = scale.index(value)
    match moved:
        case None:
            return Derived((value,), value)
        case "higher":
            values, bound = tuple(scale[:at]), f"below {value}"
        case "lower":
            values, bound = tuple(scale[at + 1 :]), f"above {value}"
    if not values:
        return None
    return Derived(values, values[0] if len(values) == 1 else bound)


def beyond_the_scale(judgement: Judgement) -> Iterator[tuple[str, str, Moved]]:
    """The aspects whose mark can't be right, as nothing lies where they are said to come from: name, value and mark."""
    told = derive(judgement, 0)
    if told.serving is None and judgement.serving_moved is not None:
        yield "serving", judgement.serving, judgement.serving_moved
    if told.capacity is None and judgement.capacity_moved is not None:
        yield "capacity", judgement.capacity, judgement.capacity_moved
