"""Plot: the stars of a council by year, each service by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt

from console.plots.plot import BLUE, BROWN, GREEN, INK, PURPLE, RED, WIDTH, Plot
from domain.part import History
from domain.ratings import standing_ratings
from faces import dates, telling
from faces.page import Cell, Table
from faces.words import all_of

SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
DASHES = ([1, 0], [6, 3], [2, 2], [10, 3], [10, 3, 2, 3], [4, 1])
COLOURS = (BLUE, RED, GREEN, PURPLE, INK, BROWN)


@dataclass(frozen=True)
class Rating:
    """A rating that stands: of which service, published when, and how many stars. `inferred` where no source prints it."""

    service: str
    printed: str
    on: date
    stars: int
    inferred: bool


def ratings(council: History) -> tuple[Rating, ...]:
    """The ratings of a council that were not withdrawn, by service and date."""
    found = (
        Rating(entry.event.service, str(entry.occurred), entry.occurred.latest, entry.event.stars, entry.event.inferred)
        for entry in standing_ratings(council)
    )
    return tuple(sorted(found, key=lambda rating: (rating.service, rating.on)))


def stars(name: str, council: History) -> Plot | None:
    """The plot of a council of this name; None where it was never rated."""
    found = ratings(council)
    if not found:
        return None
    return Plot(
        name="stars",
        title=f"Stars of {name} by year",
        summary=" ".join(_summary(service, of) for service, of in _by_service(found)),
        table=Table(
            ("Service", "Published", "Stars", "Note"),
            tuple(
                (
                    Cell(telling.service(each.service).capitalize()),
                    Cell(dates.printed(each.printed), each.printed),
                    Cell(str(each.stars)),
                    Cell("inferred: no source prints it" if each.inferred else ""),
                )
                for each in found
            ),
        ),
        data=found,
        draw=draw,
    )


def _by_service(found: Sequence[Rating]) -> list[tuple[str, list[Rating]]]:
    names = dict.fromkeys(each.service for each in found)
    return [(name, [each for each in found if each.service == name]) for name in names]


def _summary(service: str, found: Sequence[Rating]) -> str:
    said = all_of(f"{telling.stars(each.stars)} {dates.on(each.printed)}" for each in found)
    return f"{telling.service(service).capitalize()}: {said}."


def draw(data: tuple[Any, ...]) -> Any:
    """A step for each service: a rating holds until the next."""
    found: tuple[Rating, ...] = data
    names = [telling.service(service).capitalize() for service, _ in _by_service(found)]
    rows = [
        {
            "service": telling.service(each.service).capitalize(),
            "on": each.on.isoformat(),
            "stars": each.stars,
            "said": "inferred" if each.inferred else "",
        }
        for each in found
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("on:T", title="Published", scale=alt.Scale(type="utc"), axis=alt.Axis(format="%b %Y", tickCount=6)),
        y=alt.Y(
            "stars:Q", title="Stars", scale=alt.Scale(domain=[0, 3]), axis=alt.Axis(values=[0, 1, 2, 3], format="d")
        ),
    )
    colour = alt.Color("service:N", scale=alt.Scale(domain=names, range=list(COLOURS[: len(names)])))
    line = base.mark_line(interpolate="step-after", strokeWidth=2).encode(
        color=colour,
        strokeDash=alt.StrokeDash("service:N", scale=alt.Scale(domain=names, range=list(DASHES[: len(names)]))),
    )
    points = base.mark_point(filled=True, size=140, opacity=1).encode(
        color=colour, shape=alt.Shape("service:N", scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])))
    )
    said = base.mark_text(dy=-14, align="left").encode(text="said:N")
    return (line + points + said).properties(width=WIDTH, height=220)
