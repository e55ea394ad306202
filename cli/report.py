"""`turnaround report`: the programme, Table 1, Annexe 4, a council's profile and indicators, from what had happened by a day."""

from datetime import date
from functools import partial
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from cli.completing import complete_id
from cli.output import emit_json
from cli.readers import ReadAs
from domain.dates import FORMS, When
from domain.programme import programme
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
from faces.problems import usage
from faces.readers import desk_of
from faces.report_material import Material, gather, unsealed

On = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="DATE",
        help="What had happened by this day, or by the last day of this month or year; today if left out. "
        "Of what a source dates less precisely, the last day it can have been counts.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


def make(app: typer.Typer) -> typer.Typer:
    """The reports, as an app of their own."""
    app.callback()(_about)
    app.command("programme")(programme_)
    app.command("ratings")(ratings)
    app.command("summary")(summary)
    app.command("council")(council)
    app.command("indicators")(indicators)
    app.command("interventions")(interventions)
    app.command("directions")(directions)
    return app


def _about() -> None:
    """Report on the programme, the ratings, the years of each council, or one council, as of any day.

    Example: turnaround report programme --on 2004-04
    """


def programme_(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """List every engagement: its team, when it started and finished, its work, the ratings then and now, what came of it.

    A further phase has a row of its own. Months are the numbers of the months subtracted.

    Example: turnaround report programme --on 2004-04 --json
    """
    with desk_of(reader) as (desk, conn):
        asked, day = _day(on, desk)
        material = gather(desk, conn)
        rows = [report_tables.row_data(conn, material, row) for row in programme(material.subjects, day)]
        _put_out(desk, conn, {"on": asked, "until": day, "rows": rows}, report_tables.print_programme, as_json)


def ratings(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """Print the newest ratings of the councils in which zero stars opened an engagement, with (H) and (L) where they moved.

    Example: turnaround report ratings --on 2003-11
    """
    with desk_of(reader) as (desk, conn):
        asked, day = _day(on, desk)
        material = gather(desk, conn)
        rows = [report_tables.rating_row_data(conn, material, row) for row in table_one(material.subjects, day)]
        _put_out(desk, conn, {"on": asked, "until": day, "rows": rows}, report_tables.print_ratings, as_json)


def summary(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """Print what happened to each council that had an engagement, year by year: the councils are the columns.

    Example: turnaround report summary --on 2004-04
    """
    with desk_of(reader) as (desk, conn):
        asked, day = _day(on, desk)
        material = gather(desk, conn)
        columns = [report_years.years_data(conn, material, years) for years in annexe_four(material.subjects, day)]
        data = {"on": asked, "until": day, "rows": report_years.summary_rows(columns), "councils": columns}
        _put_out(desk, conn, data, report_years.print_summary, as_json)


def council(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A council's name or GSS code.")],
    on: On = None,
    reader: ReadAs = None,
    as_json: AsJson = False,
) -> None:
    """Print a council's profile: ratings, assessments, and of each engagement the team, the work and what came of it.

    Example: turnaround report council Haringey --on 2004-04
    """
    with desk_of(reader) as (desk, conn):
        asked, day = _day(on, desk)
        target = desk.resolve(conn, f"council/{name.strip().removeprefix('council/')}")
        material: Material = gather(desk, conn, target.name)
        data = {"on": asked, "until": day} | report_profile.profile_data(desk, conn, material, day)
        _put_out(desk, conn, data, report_profile.print_profile, as_json)


def interventions(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """Print each council under a Best Value Notice or directions: letters, functions, appointments, powers and reports.

    What was in force on the day stands first. Days between a letter and what followed are counted.

    Example: turnaround report interventions --on 2024-11-20
    """
    with desk_of(reader) as (desk, conn):
        asked, day = _day(on, desk)
        material = gather(desk, conn)
        data = {"on": asked, "until": day, "rows": list(report_interventions.interventions_data(conn, material, day))}
        _put_out(desk, conn, data, partial(report_interventions.print_interventions, words=material.words), as_json)


def directions(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """Print each statutory direction: power and functions, the partner's contracts, posts, assessments, board, and its end.

    Example: turnaround report directions --on 2008-12
    """
    with desk_of(reader) as (desk, conn):
        asked, day = _day(on, desk)
        material = gather(desk, conn)
        data = {"on": asked, "until": day, "rows": list(report_directions.directions_data(conn, material, day))}
        _put_out(desk, conn, data, partial(report_directions.print_directions, words=material.words), as_json)


def indicators(
    id: Annotated[str, typer.Argument(metavar="ID", help="An engagement's id.", autocompletion=complete_id)],
    on: On = None,
    reader: ReadAs = None,
    as_json: AsJson = False,
) -> None:
    """Print an engagement's indicators by period, each value or gap as it was printed, and those it is compared with.

    Example: turnaround report indicators swindon-1
    """
    with desk_of(reader) as (desk, conn):
        asked, day = _day(on, desk)
        target = desk.resolve(conn, id)
        if target.family == "council":
            raise usage("indicators are of an engagement, not of a council.", f"see `turnaround show {target.name}`")
        state, _ = desk.engagement(conn, target.name)
        data = {"on": asked, "until": day, "engagement": target.name}
        data |= report_indicators.indicators_data(state.history, day)
        _put_out(desk, conn, data, report_indicators.print_indicators, as_json)


def _day(on: str | None, desk: Desk) -> tuple[str, date]:
    """The date as asked for, and its last day."""
    if on is None:
        return desk.today.isoformat(), desk.today
    try:
        return on.strip(), When.parse(on).latest
    except ValueError:
        raise usage(f"--on: '{on[:40]}' is not a date.", f"write {FORMS}") from None


def _put_out(desk: Desk, conn: Connection, data: Any, printed: Any, as_json: bool) -> None:
    data = unsealed(conn, data)
    if as_json:
        emit_json(data)
        return
    printed(data)
    tell_kind(desk)
