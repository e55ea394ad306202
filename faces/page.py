"""What is said to a person, by whichever face: lines, tables and pairs, put out on a terminal or collected for a web page.

Whoever tells something says it here and does not know where it goes. Control characters of stored text never get through.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

from domain.records import instant_text

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile(r"[\t\n]+")


def clean(text: str) -> str:
    """Text that does nothing but stand there: control characters, and those that turn the direction of writing, are replaced."""
    return _CONTROL.sub("\ufffd", text)


@dataclass(frozen=True)
class Cell:
    """A value as people read it, and as programs do, where that differs. `style` never says what the words do not."""

    shown: str
    plain: str | None = None
    style: str = ""

    @property
    def bare(self) -> str:
        """What other programs get, on one line."""
        return _BREAKS.sub(" ", clean(self.shown if self.plain is None else self.plain))


Value = Cell | str | None


def cell(value: Value) -> Cell:
    """Anything as a cell."""
    return value if isinstance(value, Cell) else Cell(value or "")


@dataclass(frozen=True)
class Line:
    """A line of text; `style` is `bold` where it is the heading of what follows."""

    text: str
    style: str = ""


@dataclass(frozen=True)
class Note:
    """A line beside the data."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows under headings."""

    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Pairs:
    """What is said of one thing: a name and a value a row."""

    rows: Sequence[tuple[str, Cell]]


Block = Line | Note | Table | Pairs


class Place(Protocol):
    """Where blocks are put out. `person` says whether a person reads them there, or a program."""

    @property
    def person(self) -> bool:
        """Whether a person reads."""
        ...

    def put(self, block: Block) -> None:
        """Put out a block."""
        ...


@dataclass
class Collected:
    """Blocks that are kept, for whoever makes a page of them."""

    blocks: list[Block] = field(default_factory=list)
    person: bool = True

    def put(self, block: Block) -> None:
        """Keep a block."""
        self.blocks.append(block)


_PLACE: ContextVar[Place | None] = ContextVar("place", default=None)
_otherwise: list[Place] = []


def otherwise(place: Place) -> None:
    """Where blocks go while nobody collects them: a process has one such place."""
    _otherwise[:] = [place]


@contextmanager
def collected(*, person: bool = True) -> Iterator[list[Block]]:
    """Collect the blocks that are put out while the context lasts, as for a person or for a program."""
    place = Collected(person=person)
    token = _PLACE.set(place)
    try:
        yield place.blocks
    finally:
        _PLACE.reset(token)


def _place() -> Place:
    return _PLACE.get() or _otherwise[0]


def for_a_person() -> bool:
    """Whether a person reads what is put out."""
    return _place().person


def say(text: str = "", style: str = "") -> None:
    """A line of a result."""
    _place().put(Line(clean(text), style))


def note(text: str) -> None:
    """A line beside the data."""
    _place().put(Note(clean(text)))


def table(headers: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
    """A table."""
    _place().put(Table(headers, [[cell(value) for value in row] for row in rows]))


def pairs(rows: Iterable[tuple[str, Value]]) -> None:
    """What is said of one thing: a name and a value a line."""
    _place().put(Pairs([(name, cell(value)) for name, value in rows]))


def as_json(value: Any) -> Any:
    """A value that JSON has no form for: times in RFC 3339, amounts as text. Raises TypeError."""
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)


@dataclass(frozen=True)
class Answer:
    """What a question to the ledger is answered with: plain data for programs, and how it is told to a person."""

    data: Any
    tell: Callable[[], None]
