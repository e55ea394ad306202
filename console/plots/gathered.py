"""The plots of an engagement, a council and the programme, from what is there for whoever reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from console.plots.courses import Courses
from console.plots.days import days
from console.plots.indicators import indicators
from console.plots.milestones import milestones
from console.plots.plot import Plot
from console.plots.portfolio import portfolio
from console.plots.stages import stages
from console.plots.stars import stars
from domain.engagement import Engagement, Rules
from domain.indicators import defined
from domain.lifecycle import Lifecycle
from domain.work import milestones as planned
from faces import telling
from faces.desk import Desk


@dataclass(frozen=True)
class Figure:
    """A place on a page for a plot, which is there or not: then `nothing` says why. `make` makes it when it is wanted."""

    name: str
    heading: str
    nothing: str
    make: Callable[[], Plot | None]


def of_engagement(desk: Desk, conn: Connection, courses: Courses, state: Engagement, rules: Rules) -> list[Figure]:
    """The plots of an engagement."""
    return [
        Figure(
            "stages",
            "Time in each stage",
            "It has entered no stage yet.",
            lambda: _stages(desk, conn, courses, state, rules.lifecycle),
        ),
        Figure(
            "days",
            "Days used and contracted",
            "In this phase no days were contracted or used.",
            lambda: days(state.id, state.history, _until(desk, state)),
        ),
        Figure(
            "milestones",
            "Milestones planned and reached",
            "In this phase no milestone was planned.",
            lambda: milestones(state.id, state.history, _titles(conn, state)),
        ),
        Figure(
            "indicators",
            "Indicators by period",
            "No value of an indicator was recorded.",
            lambda: indicators(state.id, state.history, _titles(conn, state)),
        ),
    ]


def of_council(desk: Desk, conn: Connection, gss: str) -> list[Figure]:
    """The plot of a council."""
    name = desk.facts(gss).short
    return [
        Figure(
            "stars",
            "Stars by year",
            "It has no rating that stands.",
            lambda: stars(name, desk.council(conn, gss).history),
        )
    ]


def of_programme(desk: Desk, conn: Connection, courses: Courses) -> list[Figure]:
    """The plots of the programme: one for each model of which there is an engagement."""
    rows = desk.portfolio(conn)
    words = desk.words(conn)
    found = {lifecycle.id: lifecycle for lifecycle in words.lifecycles}
    models = sorted({model_of(row.model) for row in rows})

    def figure(model: str) -> Figure:
        of_model = [row for row in rows if model_of(row.model) == model]

        def make() -> Plot | None:
            read = courses.read(conn)
            kept = [row for row in of_model if row.status == "live" or read[row.id].closed]
            return portfolio(
                model,
                found[model].title,
                [read[row.id] for row in kept],
                _stage_titles(found[model]),
                len(of_model) - len(kept),
                desk.today,
            )

        nothing = "Only history without an end was brought in of it."
        return Figure(model, found[model].title, nothing, make)

    return [figure(model) for model in models]


def model_of(ref: str) -> str:
    """A model without its version."""
    return ref.partition("@")[0]


def _stages(desk: Desk, conn: Connection, courses: Courses, state: Engagement, lifecycle: Lifecycle) -> Plot | None:
    read, model = courses.read(conn), lifecycle.id
    others = [row.id for row in desk.portfolio(conn) if model_of(row.model) == model and row.id != state.id]
    return stages(
        state.id,
        read[state.id],
        [read[id] for id in others],
        _stage_titles(lifecycle),
        lifecycle.title,
        _until(desk, state),
    )


def _stage_titles(lifecycle: Lifecycle) -> list[tuple[str, str]]:
    return [(stage.id, stage.title) for stage in lifecycle.stages]


def _until(desk: Desk, state: Engagement) -> date:
    """Up to when something is told of an engagement: today or, where nothing goes on, the last day that anything happened."""
    if state.live and state.closed is None:
        return desk.today
    return min(desk.today, max(entry.occurred.latest for entry in state.history.entries))


def _titles(conn: Connection, state: Engagement) -> Mapping[str, str]:
    """What stands behind the titles of milestones and indicators."""
    titles = [*(m.title for m in planned(state.history)), *(i.title for i in defined(state.history).values())]
    sealed = [title for title in titles if title]
    return {name: str(value) for name, value in telling.values_of(conn, [sealed]).items()}
