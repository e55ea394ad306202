"""Plot: how long an engagement was in each stage, against the other engagements of its model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Any

import altair as alt

from console.plots.courses import Course
from console.plots.plot import BLUE, GREY, INK, WIDTH, Plot
from faces import dates
from faces.page import Cell, Table

IN_ERROR = "opened-in-error"
"""The end of what should never have been opened: it says nothing of how long anything takes."""


@dataclass(frozen=True)
class Sojourn:
    """The days in a stage: of this engagement, `still` in it or not, and of as many others as left it, on dates that a source
    gives. `assumed` where this one's dates are not.
    """

    stage: str
    days: int | None
    still: bool
    assumed: bool
    others: int
    median: Fraction | None
    least: int | None
    most: int | None


def sojourns(this: Course, others: Iterable[Course], stages: Sequence[str], today: date) -> tuple[Sojourn, ...]:
    """The days in each stage that this engagement was in, or that others have left, in the order of the stages."""
    known = [_days(other) for other in others if other.end != IN_ERROR]
    found = []
    for stage in stages:
        visits = [number for number, visit in enumerate(this.visits) if visit.stage == stage]
        theirs = [days[stage] for days in known if stage in days]
        if not visits and not theirs:
            continue
        found.append(
            Sojourn(
                stage,
                sum(max(((this.until(n) or today) - this.visits[n].since).days, 0) for n in visits) if visits else None,
                still=any(this.until(n) is None for n in visits),
                assumed=not all(_sure(this, n) for n in visits),
                others=len(theirs),
                median=Fraction(median(Fraction(days) for days in theirs)) if theirs else None,
                least=min(theirs, default=None),
                most=max(theirs, default=None),
            )
        )
    return tuple(found)


def _days(course: Course) -> dict[str, int]:
    """The days in each stage that a course has left for good, without those whose dates were assumed."""
    found: dict[str, int] = {}
    unsure = {visit.stage for number, visit in enumerate(course.visits) if not _sure(course, number)}
    for number, visit in enumerate(course.visits):
        until = course.until(number)
        if until is None:
            unsure.add(visit.stage)
        else:
            found[visit.stage] = found.get(visit.stage, 0) + (until - visit.since).days
    return {stage: days for stage, days in found.items() if stage not in unsure}


def _sure(course: Course, number: int) -> bool:
    """Whether neither the beginning nor the end of a visit was assumed."""
    return not any(visit.assumed for visit in course.visits[number : number + 2])


def stages(
    id: str, this: Course, others: Iterable[Course], titles: Sequence[tuple[str, str]], model: str, today: date
) -> Plot | None:
    """The plot of an engagement; `titles` has the stages of its model in order. None where it entered no stage."""
    found = sojourns(this, others, [stage for stage, _ in titles], today)
    if not this.visits:
        return None
    names = dict(titles)
    return Plot(
        name="stages",
        title=f"Time of {id} in each stage",
        summary=" ".join(_summary(each, names) for each in found if each.days is not None) + _compared(found, model),
        table=Table(
            ("Stage", "Days here", "Others", "Median of others", "Least", "Most"),
            tuple(
                (
                    Cell(names[each.stage], each.stage),
                    Cell(_own(each), "" if each.days is None else str(each.days)),
                    Cell(str(each.others)),
                    Cell("" if each.median is None else f"{float(each.median):g}"),
                    Cell("" if each.least is None else str(each.least)),
                    Cell("" if each.most is None else str(each.most)),
                )
                for each in found
            ),
        ),
        data=tuple((names[each.stage], each) for each in found),
        draw=draw,
    )


def _own(each: Sojourn) -> str:
    if each.days is None:
        return "not entered"
    return str(each.days) + (" so far" if each.still else "") + (", assumed" if each.assumed else "")


def _summary(each: Sojourn, names: dict[str, str]) -> str:
    text = f"{names[each.stage]}: {dates.plural(each.days, 'day')}"
    text += (" so far" if each.still else "") + (", on assumed dates" if each.assumed else "")
    if each.median is None:
        return f"{text}."
    return f"{text}; median of {dates.plural(each.others, 'other')} {float(each.median):g}."


def _compared(found: Sequence[Sojourn], model: str) -> str:
    if not any(each.others for each in found):
        return f" No other engagement of the model {model} has left a stage on dates that a source gives."
    return f" The others are engagements of the model {model} that have left a stage, where no date was assumed."


def draw(data: tuple[Any, ...]) -> Any:
    """A bar from the least to the most of the others, with the median, and this engagement beside it."""
    found: tuple[tuple[str, Sojourn], ...] = data
    own, so_far, middle = "This engagement", "This engagement, so far", "Median of the others"
    ranges = [{"stage": t, "least": e.least, "most": e.most} for t, e in found if e.median is not None]
    marks = [
        {"stage": title, "days": each.days, "kind": so_far if each.still else own}
        for title, each in found
        if each.days is not None
    ]
    marks += [{"stage": t, "days": float(e.median), "kind": middle} for t, e in found if e.median is not None]
    y = alt.Y("stage:N", title=None, sort=[title for title, _ in found])
    bars = (
        alt.Chart(alt.InlineData(values=ranges))
        .mark_rule(color=GREY, strokeWidth=4)
        .encode(
            x=alt.X("least:Q", title="Days; the line is from the least to the most of the others"), x2="most:Q", y=y
        )
    )
    kinds = [own, so_far, middle]
    points = (
        alt.Chart(alt.InlineData(values=marks))
        .mark_point(filled=True, size=150, opacity=1)
        .encode(
            x=alt.X("days:Q", scale=alt.Scale(zero=True)),
            y=y,
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["diamond", "triangle-right", "cross"])),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[BLUE, BLUE, INK])),
        )
    )
    return (bars + points).properties(width=WIDTH - 180, height=alt.Step(34))
