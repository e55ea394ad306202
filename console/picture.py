"""The portfolio on one axis of time, drawn by the server: a line an engagement, a bar for each time in a stage.

What a bar stands for is written in it, or beside it in the table: colour only tells the present stage from those before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from console.render import Captioned
from domain.dates import When
from faces import dates
from faces.page import Cell
from faces.passage import Stay
from faces.words import Words
from ledger.read_models import EngagementRow

LINE = 26
"""Height of an engagement's line."""
NAMES = 190
"""Width of the column of names."""
WIDTH = 1000
"""Width of the axis."""
TOP = 28
"""Height of the axis' labels."""
LETTER = 6.4
"""Width of a letter, on average and a little more."""


@dataclass(frozen=True)
class Bar:
    """A time in a stage: where it is drawn, what fits into it, and what it says in full."""

    x: float
    width: float
    label: str
    said: str
    present: bool


@dataclass(frozen=True)
class Row:
    """An engagement's line."""

    y: int
    id: str
    late: bool
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Mark:
    """The beginning of a year on the axis."""

    x: float
    year: int
    labelled: bool


@dataclass(frozen=True)
class Picture:
    """The picture, what it shows in a sentence, and the same as a table."""

    rows: tuple[Row, ...]
    marks: tuple[Mark, ...]
    today: float | None
    width: int
    height: int
    summary: str
    table: Captioned


@dataclass(frozen=True)
class Axis:
    """Days from left to right."""

    first: date
    last: date

    def x(self, day: date) -> float:
        """Where a day is."""
        days = max((self.last - self.first).days, 1)
        return round(NAMES + WIDTH * (min(max(day, self.first), self.last) - self.first).days / days, 1)

    def marks(self) -> Iterator[Mark]:
        """The beginnings of the years, of which as many are labelled as there is room for."""
        years = range(self.first.year + 1, self.last.year + 1)
        every = max(1, -(-len(years) // 20))
        for year in years:
            yield Mark(self.x(date(year, 1, 1)), year, (year - self.first.year - 1) % every == 0)


def drawn(rows: Sequence[EngagementRow], passages: Mapping[str, Sequence[Stay]], words: Words, today: date) -> Picture:
    """The picture of some engagements, each with the stages that it was in."""
    begun = [_first(stay.since) for row in rows for stay in passages[row.id]]
    left = [stay.until.latest for row in rows for stay in passages[row.id] if stay.until is not None]
    running = any(row.closed is None for row in rows)
    first = min(begun, default=today)
    axis = Axis(first, max([*left, *begun, *([today] if running else [])], default=today))
    own = {ref: words.of(ref) for ref in {row.model for row in rows}}
    lines = tuple(
        Row(TOP + number * LINE, row.id, row.late, tuple(_bars(row, passages[row.id], axis, own[row.model], today)))
        for number, row in enumerate(rows)
    )
    late, over = sum(row.late for row in rows), sum(row.closed is not None for row in rows)
    summary = (
        f"{dates.plural(len(rows), 'engagement')}, {late} late and {over} over, "
        f"from {dates.day(axis.first)} to {dates.day(axis.last)}. Each line is an engagement, each bar a stage; "
        "the present stage has a dark bar, and a late engagement has the word late behind its name."
    )
    return Picture(
        lines,
        tuple(axis.marks()),
        axis.x(today) if running and rows else None,
        NAMES + WIDTH + 10,
        TOP + LINE * len(rows) + 6,
        summary if rows else "There is no such engagement.",
        _table(rows, passages, own),
    )


def _first(when: When) -> date:
    return when.earliest or when.latest


def _bars(row: EngagementRow, stays: Sequence[Stay], axis: Axis, words: Words, today: date) -> Iterator[Bar]:
    for stay in stays:
        begins = axis.x(_first(stay.since))
        ends = axis.x(_first(stay.until) if stay.until is not None else today)
        width, title = max(round(ends - begins, 1), 2.0), words.stage(stay.stage)
        room = int((width - 6) / LETTER)
        label = title if len(title) <= room else f"{title[: room - 1].strip()}…" if room > 3 else ""
        yield Bar(begins, width, label, _said(stay, title), stay.until is None and row.closed is None)


def _said(stay: Stay, title: str) -> str:
    until = f" to {dates.when(stay.until)}" if stay.until is not None else " on"
    return f"{title}: from {dates.when(stay.since)}{until}{' (assumed)' if stay.assumed else ''}"


def _table(
    rows: Sequence[EngagementRow], passages: Mapping[str, Sequence[Stay]], own: Mapping[str, Words]
) -> Captioned:
    found = []
    for row in rows:
        words = own[row.model]
        stages = [_said(stay, words.stage(stay.stage)) for stay in passages[row.id]]
        found.append(
            [
                Cell(row.id),
                Cell(row.council_name),
                Cell(dates.printed(row.opened_on), row.opened_on),
                Cell("\n".join(stages), "; ".join(stages)),
                Cell(f"over: {words.stage(row.closed)}" if row.closed else "late" if row.late else "open"),
            ]
        )
    return Captioned("The same as a table", ("Engagement", "Council", "Opened", "Stages", "Standing"), found)
