"""A lifecycle as a picture: stages from top to bottom, the gates between them, ways back, and ends. Plain SVG.

The stages stand in one column, in the order of the document. A way to the next stage goes straight down, with its gate on
it. Any other way between stages leaves on the left, where its gate and its goal are said, and joins a line that leads to that
stage: one for those that lead on, one, broken, for those that lead back. Ways to ends leave on the right, each to
its end, which is drawn where it is come to. The same document gives the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import wrap
from typing import Any
from xml.sax.saxutils import escape

from domain.gates import Gate
from domain.lifecycle import Lifecycle, Stage, Way

Called = Callable[[str], str]
"""What an event is called in words: `a visit`."""

_LINE = 15
_BOX, _END, _LABEL, _LANE, _GAP, _PAD = 250, 170, 230, 16, 26, 18
_IN_BOX, _IN_END, _ON_EDGE = 34, 24, 38
"""How many characters a line of text has."""
_MOST = 9
"""Lines of a gate; the rest stands in its tooltip and in the description."""

_STYLE = """
text { font: 12px Arial, Helvetica, sans-serif; fill: #0b0c0c }
.head { font-size: 18px; font-weight: bold }
.name { font-size: 13px; font-weight: bold }
.soft { fill: #484949 }
.stage { fill: #ffffff; stroke: #0b0c0c; stroke-width: 1.5 }
.end { fill: #eeefef; stroke: #0b0c0c; stroke-width: 1.5 }
.edge { fill: none; stroke: #0b0c0c; stroke-width: 1.5 }
.back { stroke-dasharray: 6 4 }
.arrow { fill: #0b0c0c }
""".strip()


def in_words(gate: Gate, called: Called) -> str:
    """A gate in words: `a visit, with outcome enough, and a report`."""
    params: Any = gate.params
    match gate.predicate.partition("@")[0]:
        case "all" | "any" as tree:
            parts = [in_words(part, called) for part in gate.parts]
            inner = [f"({said})" if part.parts else said for part, said in zip(gate.parts, parts, strict=True)]
            return (" and " if tree == "all" else " or ").join(inner)
        case "not":
            return f"not: {in_words(gate.parts[0], called)}"
        case "recorded":
            return called(params.event) + _where(params.where)
        case "latest" | "judged":
            return called(params.event) + _where(params.where) + ", as the latest"
        case "count":
            each = f", by different {_plain(params.distinct)}" if params.distinct else ""
            return f"{called(params.event)}{_where(params.where)}, {params.at_least} times{each}"
        case "agreed":
            undone = f", and not {called(params.undone_by)}" if gate.predicate == "agreed@2" else ""
            return f"{called(params.event)} by {' and '.join(params.by)}{undone}"
        case "accepted":
            return f"{called(params.by)} for all {_plain(params.items)} of {called(params.of)}"
        case "days_spent":
            return f"all {_plain(params.amount)} of {called(params.of)} spent"
    return gate.predicate


def _where(wanted: Mapping[str, Any]) -> str:
    said = []
    for name, value in wanted.items():
        if isinstance(value, bool):
            said.append(_plain(name) if value else f"not {_plain(name)}")
        else:
            values = value if isinstance(value, list) else [value]
            said.append(f"{_plain(name)} {' or '.join(_plain(str(each)) for each in values)}")
    return f" ({', '.join(said)})" if said else ""


def _plain(name: str) -> str:
    return name.replace("-", " ").replace("_", " ")


# Where everything stands


@dataclass(frozen=True)
class _Label:
    """The words of a gate, wrapped, with the whole of them for the tooltip."""

    whole: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, gate: Gate, called: Called) -> "_Label":
        whole = in_words(gate, called)
        lines = _wrapped(whole, _ON_EDGE)
        return cls(whole, (*lines[: _MOST - 1], "…") if len(lines) > _MOST else lines)

    @property
    def height(self) -> int:
        return _LINE * len(self.lines)


@dataclass
class _Row:
    """A stage with its ways, and where it stands once all heights are known."""

    stage: Stage
    begins: tuple[str, ...]
    onward: _Label | None
    sideways: list[tuple[Way, _Label]]
    ends: list[tuple[Way, _Label]]
    top: int = 0
    into: dict[bool, int] = field(default_factory=dict)
    """Whether a line comes in here that leads on, and one that leads back: at which height."""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The text in the box, each line with its class."""
        named = [("name", line) for line in _wrapped(self.stage.title, _IN_BOX - 4)]
        soft = [self.stage.id, *(f"owed here: {rule.title}" for rule in self.stage.obligations), *self.begins]
        return named + [("soft", line) for text in soft for line in _wrapped(text, _IN_BOX)]

    @property
    def box(self) -> int:
        """The height of the box."""
        return max(_LINE * len(self.lines) + 16, self.left, self.right)

    @property
    def left(self) -> int:
        """The height of what comes in and goes out on the left."""
        return sum(12 for _ in self.into) + sum(_LINE + label.height + 12 for _, label in self.sideways) + 10

    @property
    def right(self) -> int:
        """The height of the ways to ends."""
        return sum(max(label.height + 10, 44) + 6 for _, label in self.ends) + 6


@dataclass(frozen=True)
class _Line:
    """What leads to a stage from stages that are not its neighbours, on or back: the row, and a lane, counted from the boxes.

    `ways` are rows that lead there, each with the place of the way among those on its left.
    """

    end: int
    back: bool
    ways: tuple[tuple[int, int], ...]
    lane: int = 0

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last row that it passes."""
        rows = [self.end, *(row for row, _ in self.ways)]
        return min(rows), max(rows)


def draw(life: Lifecycle, called: Called) -> str:
    """A lifecycle as an SVG document. `called` says an event in words."""
    order = {stage.id: n for n, stage in enumerate(life.stages)}
    rows = [_row(life, n, stage, order, called) for n, stage in enumerate(life.stages)]
    lines = _lines(rows, order)
    for line in lines:
        rows[line.end].into[line.back] = 0
    margin = 24 + _LANE * (max((line.lane for line in lines), default=-1) + 1)
    middle = margin + (_LABEL + _GAP if lines else 0)
    exits = [_Label.of(way.when, called) for way in life.exits]
    tops = _Placed(rows, 88)
    width = middle + _BOX + _LABEL + _GAP + _END + 24
    exits_top = tops.bottom + 34
    height = exits_top + (sum(max(label.height, 30) + 14 for label in exits) + 30 if exits else 0) + 30
    body = [
        *_text(24, 34, [f"{life.title} ({life.ref})"], "head"),
        *_start(rows[0], middle),
        *(line for row in rows for line in _stage(row, rows, middle)),
        *(drawn for line in lines for drawn in _sideways(line, rows, middle, margin)),
        *(line for row in rows for line in _ends(row, life, middle)),
        *(_exits(life, exits, middle, exits_top) if exits else ()),
        *(_text(24, height - 16, ["A broken line leads back to an earlier stage."], "soft") if lines else ()),
    ]
    name = f"{life.id}-{life.version}"
    about = " ".join(_described(life, called))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
            f'role="img" aria-labelledby="{name}-title {name}-desc" lang="en-GB">',
            f'<title id="{name}-title">{_safe(life.title)}, {_safe(life.ref)}</title>',
            f'<desc id="{name}-desc">{_safe(about)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *body,
            "</svg>",
            "",
        ]
    )


class _Placed:
    """Gives every row its place, from the top, and says where the last one ends."""

    def __init__(self, rows: Sequence[_Row], top: int) -> None:
        for row in rows:
            row.top = top
            at = top + 10
            for back in row.into:
                row.into[back] = at
                at += 12
            top += row.box + max(row.onward.height + 30 if row.onward else 0, 44)
        self.bottom = top - 20


def _row(life: Lifecycle, n: int, stage: Stage, order: Mapping[str, int], called: Called) -> _Row:
    straight = next((way for way in stage.leave if order.get(way.to) == n + 1), None)
    others = [(way, _Label.of(way.when, called)) for way in stage.leave if way is not straight]
    return _Row(
        stage,
        tuple(_begins(life, n, stage)),
        _Label.of(straight.when, called) if straight else None,
        [(way, label) for way, label in others if way.to in order],
        [(way, label) for way, label in others if way.to not in order],
    )


def _begins(life: Lifecycle, n: int, stage: Stage) -> Iterator[str]:
    """What an engagement that begins at a stage was opened by."""
    if life.starts is not None and life.entered_first("special-measures") == stage.id:
        stars = " or ".join(str(count) for count in life.starts.stars)
        yield f"begins here: a rating of {stars} star{'' if stars == '1' else 's'}"
    for kind, name in life.enters.items():
        if name == stage.id and kind != "special-measures":
            yield f"begins here: {_plain(kind)}"
    if life.opens is not None:
        for trigger in life.opens.triggers:
            if (trigger.enters or life.stages[0].id) == stage.id:
                yield f"begins here: {trigger.title}"
        if not life.opens.triggers and n == 0:
            yield "begins here: opened by the programme office"


def _lines(rows: Sequence[_Row], order: Mapping[str, int]) -> list[_Line]:
    """A line to every stage to which something leads on the left: the shortest nearest to the boxes, none over another."""
    ways: dict[tuple[int, bool], list[tuple[int, int]]] = {}
    for n, row in enumerate(rows):
        for k, (way, _) in enumerate(row.sideways):
            ways.setdefault((order[way.to], order[way.to] <= n), []).append((n, k))
    lines = [_Line(end, back, tuple(found)) for (end, back), found in ways.items()]
    taken: list[list[tuple[int, int]]] = []
    placed = []
    for line in sorted(lines, key=lambda each: (each.span[1] - each.span[0], each.end, each.back)):
        low, high = line.span
        lane = next((n for n, spans in enumerate(taken) if all(high < a or b < low for a, b in spans)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append(line.span)
        placed.append(replace(line, lane=lane))
    return placed


# Drawing


def _safe(text: str) -> str:
    return escape("".join(" " if ord(char) < 32 or 127 <= ord(char) < 160 else char for char in text))


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _wrapped(text: str, most: int) -> tuple[str, ...]:
    return tuple(wrap(text, most)) or ("",)


def _text(x: int, y: int, lines: Iterable[str], kind: str = "", anchor: str = "start") -> Iterator[str]:
    classed = f' class="{kind}"' if kind else ""
    anchored = f' text-anchor="{anchor}"' if anchor != "start" else ""
    for n, line in enumerate(lines):
        yield f'<text x="{x}" y="{y + n * _LINE}"{classed}{anchored}>{_safe(line)}</text>'


def _edge(points: Sequence[tuple[int, int]], label: _Label, *, back: bool = False, arrow: bool = True) -> Iterator[str]:
    """A way as a line with right angles, its arrow at the last point, and its gate in the tooltip."""
    path = "M" + " L".join(f"{x} {y}" for x, y in points)
    (x, y), (before, above) = points[-1], points[-2]
    across, down = (x > before) - (x < before), (y > above) - (y < above)
    tips = [
        (x, y),
        (x - 9 * across - 4 * down, y - 9 * down - 4 * across),
        (x - 9 * across + 4 * down, y - 9 * down + 4 * across),
    ]
    yield f"<g><title>{_safe(label.whole)}</title>"
    yield f'<path class="edge{" back" if back else ""}" d="{path}"/>'
    yield f'<polygon class="arrow" points="{" ".join(f"{a},{b}" for a, b in tips)}"/></g>' if arrow else "</g>"


def _start(first: _Row, x: int) -> Iterator[str]:
    middle = x + _BOX // 2
    yield f'<circle class="arrow" cx="{middle}" cy="{first.top - 20}" r="6"><title>Begins</title></circle>'
    yield from _edge([(middle, first.top - 14), (middle, first.top)], _Label("An engagement begins", ()))


def _stage(row: _Row, rows: Sequence[_Row], x: int) -> Iterator[str]:
    yield f'<rect class="stage" x="{x}" y="{row.top}" width="{_BOX}" height="{row.box}" rx="4"/>'
    for n, (kind, line) in enumerate(row.lines):
        yield from _text(x + 12, row.top + 20 + n * _LINE, [line], kind)
    if row.onward is not None:
        below = rows[rows.index(row) + 1]
        middle = x + _BOX // 2
        yield from _edge([(middle, row.top + row.box), (middle, below.top)], row.onward)
        yield from _text(middle + 10, row.top + row.box + 20, row.onward.lines)


def _sideways(line: _Line, rows: Sequence[_Row], x: int, margin: int) -> Iterator[str]:
    """The ways of a line: the one from farthest off draws all of it, the others only to where they join it."""
    end = rows[line.end]
    at, into = margin - 8 - _LANE * line.lane, end.into[line.back]
    farthest = max(line.ways) if line.back else min(line.ways)
    for n, k in line.ways:
        row = rows[n]
        before = sum(_LINE + label.height + 12 for _, label in row.sideways[:k])
        top, label = row.top + 10 + 12 * len(row.into) + before, row.sideways[k][1]
        out = top + _LINE + label.height + 3
        points = [(x, out), (at, out), (at, into), (x, into)] if (n, k) == farthest else [(x, out), (at, out)]
        yield from _edge(points, label, back=line.back, arrow=(n, k) == farthest)
        yield from _text(x - 10, top + 12, [_shortened(f"to {end.stage.title}", _ON_EDGE - 4)], "name", "end")
        yield from _text(x - 10, top + 12 + _LINE, label.lines, anchor="end")


def _ends(row: _Row, life: Lifecycle, x: int) -> Iterator[str]:
    top = row.top + 6
    for way, label in row.ends:
        height = max(label.height + 10, 44)
        middle, right = top + height // 2, x + _BOX + _LABEL + _GAP
        # The gate stands on its line: the half of it above, the other below.
        above = (len(label.lines) + 1) // 2
        yield from _edge([(x + _BOX, middle), (right, middle)], label)
        yield from _text(x + _BOX + 8, middle - 5 - (above - 1) * _LINE, label.lines[:above])
        yield from _text(x + _BOX + 8, middle + 14, label.lines[above:])
        yield from _end(right, middle, life.title_of(way.to))
        top += height + 6


def _end(x: int, middle: int, title: str) -> Iterator[str]:
    lines = _wrapped(title, _IN_END)
    height = _LINE * len(lines) + 16
    yield f'<rect class="end" x="{x}" y="{middle - height // 2}" width="{_END}" height="{height}" rx="{min(height // 2, 20)}"/>'
    yield from _text(x + _END // 2, middle - height // 2 + 20, lines, "name", "middle")


def _exits(life: Lifecycle, labels: Sequence[_Label], x: int, top: int) -> Iterator[str]:
    """Ways that are open in every stage, under a heading of their own."""
    yield from _text(x, top, ["From every stage"], "name")
    top += 16
    for way, label in zip(life.exits, labels, strict=True):
        height = max(label.height, 30)
        middle, right = top + height // 2, x + _BOX + _LABEL + _GAP
        yield from _text(x, middle - label.height // 2 + 11, label.lines)
        yield from _edge([(x + _BOX + 20, middle), (right, middle)], label)
        yield from _end(right, middle, life.title_of(way.to))
        top += height + 14


def _described(life: Lifecycle, called: Called) -> Iterator[str]:
    """The whole picture in sentences, for whoever does not see it."""
    yield f"{len(life.stages)} stages from top to bottom."
    for n, stage in enumerate(life.stages, start=1):
        yield f"{n}. {stage.title}."
        for way in stage.leave:
            yield f"To {life.title_of(way.to)} when: {in_words(way.when, called)}."
    for way in life.exits:
        yield f"From every stage to {life.title_of(way.to)} when: {in_words(way.when, called)}."
