"""Benefits realised: what changed for the better in each of two councils, with its evidence ([KENT] App 3 and 4).

The council that is helped benefits in eight areas, and the one that lends its people in two. A benefit without evidence is
taken from a source alone; evidence may be a paper, words, or indicators that are measured here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

from domain.checks import named_twice, silent
from domain.indicators import table
from domain.mirrors import Side
from domain.numbering import next_number
from domain.part import Asked, Caution, Command, Event, History, Kinds, Refusal
from domain.quantities import Slug
from domain.sealed import Sealed

Area = Literal[
    "leadership",
    "culture",
    "capacity",
    "finance",
    "hr-iip",
    "contracts",
    "adults",
    "children",
    "personal",
    "networking",
]
"""Leadership; culture and morale; capacity; finance; human resources and Investors in People; contracts and commissioning;
adult care; children's services; personal development; networking."""

AREAS: Mapping[Side, tuple[Area, ...]] = {
    "council": ("leadership", "culture", "capacity", "finance", "hr-iip", "contracts", "adults", "children"),
    "partner": ("personal", "networking"),
}
"""In which areas either council benefits ([KENT] App 3 and 4)."""


class BenefitRealised(Event):
    """A benefit for one of the councils was realised. They count from 1; `indicators` are those that show it."""

    type: ClassVar[str] = "benefit-realised"
    undisputed: ClassVar[frozenset[str]] = frozenset(("benefit",))
    benefit: int
    to: Side
    area: Area
    text: Sealed
    evidence: Sealed | None = None
    document: Sealed | None = None
    indicators: tuple[Slug, ...] = ()

    @property
    def evidenced(self) -> bool:
        """Whether anything shows it."""
        return bool(self.evidence or self.document or self.indicators)


class RealiseBenefit(Command):
    """Record a benefit for the council or the partner, with its evidence: words, a document or indicators."""

    type: ClassVar[str] = "realise-benefit"
    gives: ClassVar[Kinds] = (BenefitRealised,)
    to: Side
    area: Area
    text: Sealed
    evidence: Sealed | None = None
    document: Sealed | None = None
    indicators: tuple[Slug, ...] = ()


COMMANDS = (RealiseBenefit,)
EVENTS = (BenefitRealised,)


def decide(command: Command, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    """What follows from a benefit."""
    match command:
        case RealiseBenefit():
            return _realise(command, history, asked)
    raise TypeError(command)


def _realise(command: RealiseBenefit, history: History, asked: Asked) -> Sequence[Event] | Refusal:
    if command.area not in AREAS[command.to]:
        return Refusal("area-of-the-other", {"area": command.area, "to": command.to, "areas": list(AREAS[command.to])})
    rows = {row.indicator.id: row for row in table(history).rows}
    for name in command.indicators:
        if name not in rows:
            return Refusal("no-such-indicator", {"indicator": name, "indicators": list(rows)})
        if not rows[name].values:
            return Refusal("indicator-without-values", {"indicator": name})
    realised = BenefitRealised(benefit=next_number(history, BenefitRealised), **dict(command))
    if not realised.evidenced and not silent(asked):
        return Refusal("evidence-needed", {"command": command.type})
    return named_twice("indicators", command.indicators) or [realised]


def cautions(history: History) -> Iterator[Caution]:
    """Benefits that nothing shows."""
    bare = [entry.event.benefit for entry in history.all(BenefitRealised) if not entry.event.evidenced]
    if bare:
        yield Caution("benefits-without-evidence", {"benefits": bare})
