"""Plot: the engagements of a model through time: how many were in each stage at the end of each month."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

import altair as alt

from console.plots.courses import Course
from console.plots.plot import BLUE, WIDTH, Plot
from faces import dates
from faces.page import Cell, Table


@dataclass(frozen=True)
class Month:
    """How many engagements were in each stage at the end of a month, or on the last day that is counted."""

    day: date
    counts: tuple[int, ...]


def months(courses: Iterable[Course], stages: Sequence[str], today: date) -> tuple[Month, ...]:
    """Every month from the first opening on: to today or, where all are over, to the month in which the last one was."""
    found = [course for course in courses if course.visits and course.visits[0].since <= today]
    if not found:
        return ()
    ends = [course.closed or today for course in found]
    days = list(_month_ends(min(course.visits[0].since for course in found), min(max(ends), today), today))
    changes = {stage: [0] * (len(days) + 1) for stage in stages}  # how many more are there at the end of each month
    for course in found:
        for number, visit in enumerate(course.visits):
            until = course.until(number)
            if visit.stage in changes:
                changes[visit.stage][bisect_left(days, visit.since)] += 1
                changes[visit.stage][bisect_left(days, until) if until is not None else len(days)] -= 1
    counts = zip(*(accumulate(of) for of in changes.values()), strict=True)
    return tuple(Month(day, of) for day, of in zip(days, counts, strict=False))


def _month_ends(first: date, last: date, today: date) -> Iterable[date]:
    year, month = first.year, first.month
    while (year, month) <= (last.year, last.month):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        yield min(date(year, month, 1) - timedelta(days=1), today)


def portfolio(
    model: str, title: str, courses: Sequence[Course], titles: Sequence[tuple[str, str]], left_out: int, today: date
) -> Plot | None:
    """The plot of a model; None where no engagement of it was opened. `left_out` is how many have no end that is known."""
    found = months(courses, [stage for stage, _ in titles], today)
    if not found:
        return None
    last, most = found[-1], max(found, key=lambda month: sum(month.counts))
    where = "; ".join(f"{name} {count}" for (_, name), count in zip(titles, last.counts, strict=True) if count)
    summary = f"On {dates.day(last.day)} {sum(last.counts)} open" + (f": {where}." if where else ".")
    summary += f" Most at the end of a month: {sum(most.counts)}, on {dates.day(most.day)}."
    if left_out:
        summary += (
            f" {dates.plural(left_out, 'engagement')} of which only history was brought in, without an end, left out."
        )
    changed = [m for n, m in enumerate(found) if n in (0, len(found) - 1) or m.counts != found[n - 1].counts]
    return Plot(
        name=model,
        title=f"{title}: engagements by stage through time",
        summary=summary,
        table=Table(
            ("On", *(name for _, name in titles), "All"),
            tuple(
                (
                    Cell(dates.day(m.day), m.day.isoformat()),
                    *(Cell(str(count)) for count in m.counts),
                    Cell(str(sum(m.counts))),
                )
                for m in changed
            ),
        ),
        data=(tuple(name for _, name in titles), found),
        draw=draw,
    )


def draw(data: tuple[Any, ...]) -> Any:
    """A row for each stage that anything was in, all on one scale: the rows' names tell them apart."""
    names: tuple[str, ...] = data[0]
    found: tuple[Month, ...] = data[1]
    there = [name for number, name in enumerate(names) if any(month.counts[number] for month in found)]
    most = max(max(month.counts) for month in found)
    rows = [
        {"on": month.day.isoformat(), "stage": name, "count": count}
        for month in found
        for name, count in zip(names, month.counts, strict=True)
        if name in there
    ]
    axis = alt.Axis(values=sorted({0, most}), format="d")
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_area(interpolate="step-after", color=BLUE, line={"color": BLUE}, point={"color": BLUE, "size": 12})
        .encode(
            x=alt.X("on:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%b %Y", tickCount=6)),
            y=alt.Y("count:Q", title=None, scale=alt.Scale(domain=[0, max(most, 1)]), axis=axis),
            row=alt.Row(
                "stage:N",
                title=None,
                sort=there,
                spacing=14,
                header=alt.Header(labelAngle=0, labelAlign="left", labelLimit=190),
            ),
        )
        .properties(width=WIDTH - 200, height=44)
    )
