"""The reports as answers: the programme, Table 1, Annexe 4, a council's profile and indicators, interventions, directions."""

from collections.abc import Callable
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
from faces.report_material import gather, unsealed


def programme(desk: Desk, conn: Connection, on: str | None = None) -> Answer:
    """Every engagement with its team, its dates, its work and what came of it. Raises Problem."""
    asked, day = as_of(on, desk)
    material = gather(desk, conn)
    rows = [report_tables.row_data(conn, material, row) for row in rows_of_programme(material.subjects, day)]
    return _answer(desk, conn, {"on": asked, "until": day, "rows": rows}, report_tables.print_programme)


def ratings(desk: Desk, conn: Connection, on: str | None = None) -> Answer:
    """The newest ratings of the councils in which zero stars opened an engagement. Raises Problem."""
    asked, day = as_of(on, desk)
    material = gather(desk, conn)
    rows = [report_tables.rating_row_data(conn, material, row) for row in table_one(material.subjects, day)]
    return _answer(desk, conn, {"on": asked, "until": day, "rows": rows}, report_tables.print_ratings)


def summary(desk: Desk, conn: Connection, on: str | None = None) -> Answer:
    """What happened to each council that had an engagement, year by year. Raises Problem."""
    asked, day = as_of(on, desk)
    material = gather(desk, conn)
    columns = [report_years.years_data(conn, material, years) for years in annexe_four(material.subjects, day)]
    data = {"on": asked, "until": day, "rows": report_years.summary_rows(columns), "councils": columns}
    return _answer(desk, conn, data, report_years.print_summary)


def council(desk: Desk, conn: Connection, name: str, on: str | None = None) -> Answer:
    """A council's profile, by its name or code. Raises Problem."""
    asked, day = as_of(on, desk)
    target = desk.resolve(conn, f"council/{name.strip().removeprefix('council/')}")
    material = gather(desk, conn, target.name)
    data = {"on": asked, "until": day} | report_profile.profile_data(desk, conn, material, day)
    return _answer(desk, conn, data, report_profile.print_profile)


def interventions(desk: Desk, conn: Connection, on: str | None = None) -> Answer:
    """Each council under a Best Value Notice or directions, and what was in force on the day. Raises Problem."""
    asked, day = as_of(on, desk)
    material = gather(desk, conn)
    data = {"on": asked, "until": day, "rows": list(report_interventions.interventions_data(conn, material, day))}
    return _answer(desk, conn, data, partial(report_interventions.print_interventions, words=material.words))


def directions(desk: Desk, conn: Connection, on: str | None = None) -> Answer:
    """Each statutory direction: its functions, contracts, posts and assessments. Raises Problem."""
    asked, day = as_of(on, desk)
    material = gather(desk, conn)
    data = {"on": asked, "until": day, "rows": list(report_directions.directions_data(conn, material, day))}
    return _answer(desk, conn, data, partial(report_directions.print_directions, words=material.words))


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
