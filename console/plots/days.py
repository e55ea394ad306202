"""Plot: the days of a contract used, against those contracted, through time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import altair as alt

from console.plots.plot import BLUE, INK, WIDTH, Plot
from domain.account import DaysUsed, FinalDaysUsed
from domain.change import ChangeDecided
from domain.contract import ContractAwarded
from domain.part import Entry, History
from faces import dates
from faces.page import Cell, Table

What = Literal["used", "contracted"]


@dataclass(frozen=True)
class Moved:
    """A day on which days were used or contracted, by how many, and what they came to with it."""

    on: date
    what: What
    by: Decimal
    total: Decimal


def moved(history: History) -> tuple[Moved, ...]:
    """Every such day of the current phase, in order of time: the award, changes that added days, and days used.

    A date that is not known to the day counts as its last day.
    """
    awards = history.in_phase(ContractAwarded)[-1:]
    added = [entry for entry in history.in_phase(ChangeDecided) if entry.event.approved]
    used: tuple[Entry[Any], ...] = (*history.in_phase(DaysUsed), *history.in_phase(FinalDaysUsed))
    found = [*_running("contracted", (*awards, *added)), *_running("used", used)]
    return tuple(sorted(found, key=lambda each: (each.on, each.what)))


def _running(what: What, entries: Iterable[Entry[Any]]) -> Iterable[Moved]:
    total = Decimal()
    for entry in sorted(entries, key=lambda entry: (entry.occurred.latest, entry.version)):
        if entry.event.days:
            total += entry.event.days
            yield Moved(entry.occurred.latest, what, entry.event.days, total)


def days(id: str, history: History, until: date) -> Plot | None:
    """The plot of an engagement up to a day; None where no days were contracted or used in this phase."""
    found = moved(history)
    if not found:
        return None
    totals = {what: next((m.total for m in reversed(found) if m.what == what), None) for what in ("used", "contracted")}
    used, contracted = totals["used"] or Decimal(), totals["contracted"]
    last = max(until, found[-1].on)
    summary = f"By {dates.day(last)} {dates.plural(used, 'day')} had been used"
    summary += f" of {contracted} contracted." if contracted is not None else "; how many were contracted is not said."
    if contracted and used > contracted:
        summary += f" That is {dates.plural(used - contracted, 'day')} more than were contracted."
    return Plot(
        name="days",
        title=f"Days used and contracted, {id}",
        summary=summary,
        table=Table(
            ("On", "What", "Days", "Total"),
            tuple(
                (
                    Cell(dates.day(m.on), m.on.isoformat()),
                    Cell(m.what.capitalize()),
                    Cell(str(m.by)),
                    Cell(str(m.total)),
                )
                for m in found
            ),
        ),
        data=(last, found),
        draw=draw,
    )


def draw(data: tuple[Any, ...]) -> Any:
    """Two steps, told apart by their dashes and their marks."""
    last: date = data[0]
    found: tuple[Moved, ...] = data[1]
    rows = [_row(each.on, each.what, each.total) for each in found]
    for what in ("contracted", "used"):
        ends = [each for each in found if each.what == what]
        rows += [_row(last, what, ends[-1].total)] if ends and ends[-1].on < last else []
    kinds = ["Contracted", "Used"]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("on:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%b %Y", tickCount=6)),
        y=alt.Y("days:Q", title="Days", scale=alt.Scale(zero=True)),
        color=alt.Color("what:N", scale=alt.Scale(domain=kinds, range=[INK, BLUE])),
    )
    line = base.mark_line(interpolate="step-after", strokeWidth=2).encode(
        strokeDash=alt.StrokeDash("what:N", scale=alt.Scale(domain=kinds, range=[[6, 3], [1, 0]]))
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        shape=alt.Shape("what:N", scale=alt.Scale(domain=kinds, range=["square", "circle"]))
    )
    return (line + points).properties(width=WIDTH, height=260)


def _row(on: date, what: str, total: Decimal) -> dict[str, Any]:
    return {"on": on.isoformat(), "what": what.capitalize(), "days": float(total)}
