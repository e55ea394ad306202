"""The reports as answers: the programme, Table 1, Annexe 4, a council's profile and indicators, interventions, directions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from sqlalchemy import Connection

from domain.dates import FORMS, When
from domain.programme import programme as rows_of_programme
from domain.tables import annexe_four, table_one
from faces import (
    report_directions,
    report_indicators,
    report_interventions,
    report_profile,
    report_tables,
    report_years,
)
from faces.desk import Desk
from faces.listing import tell_kind
from faces.page import Answer
from faces.problems import usage
from faces.report_material import Material, drawn, gather, unsealed


@dataclass(frozen=True)
class Report:
    """A report of the programme by what had happened by a day: its rows, each still sealed, and how some of them are told."""

    on: str
    until: date
    rows: Sequence[Any]
    told: Callable[[Any], None]
    arranged: Callable[[Sequence[Any]], dict[str, Any]] = lambda rows: {"rows": rows}

    def answer(self, desk: Desk, conn: Connection, first: int = 0, last: int | None = None) -> Answer:
        """The rows between two numbers, or all of them."""
        data = {"on": self.on, "until": self.until} | self.arranged(self.rows[first:last])
        return _answer(desk, conn, data, self.told)


def programme(desk: Desk, conn: Connection, on: str | None = None) -> Report:
    """Every engagement with its team, its dates, its work and what came of it. Raises Problem."""

    def draw(material: Material, day: date) -> list[Any]:
        return [report_tables.row_data(conn, material, row) for row in rows_of_programme(material.subjects, day)]

    return _drawn(desk, conn, on, "programme", draw, report_tables.print_programme)


def ratings(desk: Desk, conn: Connection, on: str | None = None) -> Report:
    """The newest ratings of the councils in which zero stars opened an engagement. Raises Problem."""

    def draw(material: Material, day: date) -> list[Any]:
        return [report_tables.rating_row_data(conn, material, row) for row in table_one(material.subjects, day)]

    return _drawn(desk, conn, on, "ratings", draw, report_tables.print_ratings)


def summary(desk: Desk, conn: Connection, on: str | None = None) -> Report:
    """What happened to each council that had an engagement, year by year. Its rows are the councils. Raises Problem."""

    def draw(material: Material, day: date) -> list[Any]:
        return [report_years.years_data(conn, material, years) for years in annexe_four(material.subjects, day)]

    found = _drawn(desk, conn, on, "summary", draw, report_years.print_summary)
    return replace(found, arranged=report_years.summary_data)


def interventions(desk: Desk, conn: Connection, on: str | None = None) -> Report:
    """Each council under a Best Value Notice or directions, and what was in force on the day. Raises Problem."""
    draw = partial(report_interventions.interventions_data, conn)
    told = partial(report_interventions.print_interventions, words=desk.words(conn))
    return _drawn(desk, conn, on, "interventions", draw, told, by_name=False)


def directions(desk: Desk, conn: Connection, on: str | None = None) -> Report:
    """Each statutory direction: its functions, contracts, posts and assessments. Raises Problem."""
    draw = partial(report_directions.directions_data, conn)
    told = partial(report_directions.print_directions, words=desk.words(conn))
    return _drawn(desk, conn, on, "directions", draw, told, by_name=False)


def _drawn(
    desk: Desk,
    conn: Connection,
    on: str | None,
    name: str,
    draw: Callable[[Material, date], Iterable[Any]],
    told: Callable[[Any], None],
    *,
    by_name: bool = True,
) -> Report:
    """The report of a name, its rows drawn of each council by the day; in the order of the councils' names, if so wanted."""
    asked, day = as_of(on, desk)
    found = drawn(desk, conn, (name, day), lambda material: list(draw(material, day)))
    order = sorted(found, key=lambda gss: (desk.facts(gss).short, gss)) if by_name else found
    return Report(asked, day, [row for gss in order for row in found[gss]], told)


def council(desk: Desk, conn: Connection, name: str, on: str | None = None) -> Answer:
    """A council's profile, by its name or code. Raises Problem."""
    asked, day = as_of(on, desk)
    target = desk.resolve(conn, f"council/{name.strip().removeprefix('council/')}")
    material = gather(desk, conn, target.name, desk.words(conn))
    data = {"on": asked, "until": day} | report_profile.profile_data(desk, conn, material, day)
    return _answer(desk, conn, data, report_profile.print_profile)


def indicators(desk: Desk, conn: Connection, id: str, on: str | None = None) -> Answer:
    """An engagement's indicators by period. Raises Problem."""
    asked, day = as_of(on, desk)
    target = desk.resolve(conn, id)
    if target.family == "council":
        raise usage("indicators are of an engagement, not of a council.", f"see `turnaround show {target.name}`")
    state, _ = desk.engagement(conn, target.name)
    data = {"on": asked, "until": day, "engagement": target.name}
    data |= report_indicators.indicators_data(state.history, day)
    return _answer(desk, conn, data, report_indicators.print_indicators)


def as_of(on: str | None, desk: Desk) -> tuple[str, date]:
    """The date as asked for, and its last day; today where none is. Raises Problem."""
    if on is None:
        return desk.today.isoformat(), desk.today
    try:
        return on.strip(), When.parse(on).latest
    except ValueError:
        raise usage(f"--on: '{on[:40]}' is not a date.", f"write {FORMS}") from None


def _answer(desk: Desk, conn: Connection, data: Any, printed: Callable[[Any], None]) -> Answer:
    data = unsealed(conn, data)

    def tell() -> None:
        printed(data)
        tell_kind(desk)

    return Answer(data, tell)
