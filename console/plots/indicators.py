"""Plot: an engagement's indicators by period, each with its target. What stands across a gap is not joined."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from textwrap import wrap
from typing import Any

import altair as alt

from console.plots.plot import BLUE, INK, WIDTH, Plot
from domain.indicators import Figure, change, table
from domain.part import History
from faces.page import Cell, Table
from faces.words import plain

ACROSS = 2
"""How many stand beside each other."""


@dataclass(frozen=True)
class Series:
    """An indicator by period: its values in order, with None and the printed words where there is a gap, and its target."""

    id: str
    title: str
    unit: str
    values: tuple[tuple[str, Decimal | None, str], ...]
    target: Decimal | None
    target_said: str
    change: str


def series(history: History, titles: Mapping[str, str]) -> tuple[Series, ...]:
    """The council's own values of every indicator of which there is one. `titles` has the words that the commitments stand for."""
    found = table(history)
    return tuple(
        Series(
            id=row.indicator.id,
            title=titles.get(row.indicator.title or "") or plain(row.indicator.id).capitalize(),
            unit=row.indicator.unit,
            values=tuple((p, row.values[p].value, str(row.values[p])) for p in found.periods if p in row.values),
            target=row.target.figure.value if row.target else None,
            target_said=_said(row.target.figure, row.target.period) if row.target else "",
            change=_changed(change(row)),
        )
        for row in found.rows
        if any(figure.value is not None for figure in row.values.values())
    )


def _said(figure: Figure, period: str | None) -> str:
    return f"{figure} by {period}" if period else str(figure)


def _changed(found: Any) -> str:
    if found is None:
        return ""
    sign = "+" if found.amount > 0 else ""
    return f"{sign}{found.amount} since {found.since}" + (f", {found.towards}" if found.towards else "")


def indicators(id: str, history: History, titles: Mapping[str, str]) -> Plot | None:
    """The plot of an engagement; None where no value was recorded."""
    found, periods = series(history, titles), table(history).periods
    if not found:
        return None
    judged = [each for each in found if each.change]
    better = sum(each.change.endswith("better") for each in judged)
    worse = sum(each.change.endswith("worse") for each in judged)
    summary = f"{len(found)} indicator{'' if len(found) == 1 else 's'}, {periods[0]} to {periods[-1]}."
    summary += f" Over their last unbroken run of values {better} got better and {worse} worse;"
    summary += (
        f" of {len(found) - better - worse} nobody said which way is better, or there are not two values to compare."
    )
    return Plot(
        name="indicators",
        title=f"Indicators of {id} by period",
        summary=summary,
        table=Table(
            ("Indicator", *periods, "Target", "Change"),
            tuple(
                (
                    Cell(each.title, each.id),
                    *(Cell(next((said for p, _, said in each.values if p == period), "")) for period in periods),
                    Cell(each.target_said),
                    Cell(each.change),
                )
                for each in found
            ),
        ),
        data=(periods, found),
        draw=draw,
    )


def draw(data: tuple[Any, ...]) -> Any:
    """A small chart for each indicator, with a scale of its own."""
    periods, found = data
    charts = [_one(each, list(periods)) for each in found]
    return alt.concat(*charts, columns=ACROSS)


def _one(each: Series, periods: list[str]) -> Any:
    rows = [
        {"period": period, "value": float(value) if value is not None else None} for period, value, _ in each.values
    ]
    x = alt.X("period:O", title=None, sort=periods, scale=alt.Scale(domain=periods))
    y = alt.Y("value:Q", title=plain(each.unit).capitalize(), scale=alt.Scale(zero=True), axis=alt.Axis(tickCount=4))
    own = alt.Chart(alt.InlineData(values=rows)).encode(x=x, y=y)
    layers: list[Any] = [
        own.mark_line(color=BLUE, strokeWidth=2, invalid="break-paths-show-path-domains"),
        own.mark_point(color=BLUE, filled=True, size=60, opacity=1),
    ]
    if each.target is not None:
        # The target's own words stand on its line, so that it needs neither a colour nor a key.
        target = alt.Chart(alt.InlineData(values=[{"value": float(each.target), "said": f"target {each.target_said}"}]))
        layers.append(target.mark_rule(color=INK, strokeDash=[6, 3]).encode(y="value:Q"))
        layers.append(target.mark_text(align="left", dy=-7, x=2).encode(y="value:Q", text="said:N"))
    title = alt.TitleParams(_folded(each.title), fontSize=13)
    return alt.layer(*layers).properties(width=WIDTH / ACROSS - 50, height=130, title=title)


def _folded(text: str, width: int = 38) -> list[str]:
    return wrap(text, width)[:3] or [text]
