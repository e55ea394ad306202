"""Plot: how far the milestones of an engagement slipped: first planned, planned now, reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt

from console.plots.plot import BLUE, GREEN, GREY, INK, WIDTH, Plot
from domain.part import History
from domain.work import milestones as standing
from faces import dates
from faces.page import Cell, Table
from faces.words import plain


@dataclass(frozen=True)
class Slip:
    """A milestone's dates, and by how many days it is later than it was planned first: as reached, or else as planned now.

    A date that is not known to the day counts as its last day. `dropped` where no plan has it any more.
    """

    id: str
    title: str
    first: date
    now: date
    reached: date | None
    dropped: bool

    @property
    def days(self) -> int:
        """How many days later; less than nothing where it is earlier."""
        return ((self.reached or self.now) - self.first).days


def slips(history: History, titles: Mapping[str, str]) -> tuple[Slip, ...]:
    """Every milestone of the current phase, in order of when it was planned first."""
    found = (
        Slip(
            each.id,
            titles.get(each.title or "") or plain(each.id).capitalize(),
            each.first.latest,
            each.now.latest,
            each.reached.latest if each.reached else None,
            each.dropped,
        )
        for each in standing(history)
    )
    return tuple(sorted(found, key=lambda each: (each.first, each.id)))


def milestones(id: str, history: History, titles: Mapping[str, str]) -> Plot | None:
    """The plot of an engagement; None where no milestone was planned in this phase."""
    found = slips(history, titles)
    if not found:
        return None
    kept = [each for each in found if not each.dropped]
    later = [each for each in kept if each.days > 0]
    summary = f"{dates.plural(len(kept), 'milestone')}, of which {sum(e.reached is not None for e in kept)} reached."
    if later:
        worst = max(later, key=lambda each: each.days)
        summary += (
            f" {len(later)} later than first planned, most of all {worst.title}: {dates.plural(worst.days, 'day')}."
        )
    else:
        summary += " None is later than first planned."
    if len(kept) < len(found):
        summary += f" {len(found) - len(kept)} more dropped from the plan."
    return Plot(
        name="milestones",
        title=f"Milestones of {id}: planned and reached",
        summary=summary,
        table=Table(
            ("Milestone", "First planned", "Planned now", "Reached", "Days later"),
            tuple(
                (
                    Cell(each.title + (" (dropped)" if each.dropped else ""), each.id),
                    Cell(dates.day(each.first), each.first.isoformat()),
                    Cell(dates.day(each.now), each.now.isoformat()),
                    Cell(dates.day(each.reached), each.reached.isoformat()) if each.reached else Cell("not yet", ""),
                    Cell(str(each.days)),
                )
                for each in found
            ),
        ),
        data=found,
        draw=draw,
    )


def draw(data: tuple[Any, ...]) -> Any:
    """A line for each from its first date to its last, with a shape for each kind of date."""
    found: tuple[Slip, ...] = data
    kinds = ["First planned", "Planned now", "Reached"]
    titles = [_title(each) for each in found]
    marks = [
        {"what": _title(each), "on": on.isoformat(), "kind": kind}
        for each in found
        for kind, on in zip(kinds, (each.first, each.now, each.reached), strict=True)
        if on is not None
    ]
    spans = [
        {"what": _title(e), "from": e.first.isoformat(), "to": (e.reached or e.now).isoformat(), "said": _said(e.days)}
        for e in found
    ]
    y = alt.Y("what:N", title=None, sort=titles)
    span = alt.Chart(alt.InlineData(values=spans))
    x = alt.X("from:T", title=None, scale=alt.Scale(type="utc"), axis=alt.Axis(format="%b %Y", tickCount=5))
    line = span.mark_rule(color=GREY, strokeWidth=3).encode(x=x, x2="to:T", y=y)
    said = span.mark_text(align="left", dx=18).encode(x="to:T", y=y, text="said:N")
    points = (
        alt.Chart(alt.InlineData(values=marks))
        .mark_point(filled=False, strokeWidth=2, opacity=1)
        .encode(
            x="on:T",
            y=y,
            shape=alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["circle", "square", "diamond"])),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[INK, BLUE, GREEN])),
            size=alt.Size("kind:N", scale=alt.Scale(domain=kinds, range=[320, 140, 40])),  # so that none hides another
        )
    )
    return (line + points + said).properties(width=WIDTH - 240, height=alt.Step(34))


def _title(each: Slip) -> str:
    """Told apart by their ids where two have one title."""
    return f"{each.title} (dropped)" if each.dropped else each.title


def _said(days: int) -> str:
    if days == 0:
        return "as first planned"
    return f"{dates.plural(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"
