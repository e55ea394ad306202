"""`turnaround report`: the programme, Table 1, Annexe 4, a council's profile and indicators, from what had happened by a day."""

from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import AsJson, put_out
from cli.readers import ReadAs
from faces import reports
from faces.readers import desk_of

On = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="DATE",
        help="What had happened by this day, or by the last day of this month or year; today if left out. "
        "Of what a source dates less precisely, the last day it can have been counts.",
    ),
]


def make(app: typer.Typer) -> typer.Typer:
    """The reports, as an app of their own."""
    app.callback()(_about)
    app.command()(programme)
    app.command()(ratings)
    app.command()(summary)
    app.command()(council)
    app.command()(indicators)
    app.command()(interventions)
    app.command()(directions)
    return app


def _about() -> None:
    """Report on the programme, the ratings, the years of each council, or one council, as of any day.

    Example: turnaround report programme --on 2004-04
    """


def programme(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """List every engagement: its team, when it started and finished, its work, the ratings then and now, what came of it.

    A further phase has a row of its own. Months are the numbers of the months subtracted.

    Example: turnaround report programme --on 2004-04 --json
    """
    with desk_of(reader) as (desk, conn):
        put_out(reports.programme(desk, conn, on).answer(desk, conn), as_json=as_json)


def ratings(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """Print the newest ratings of the councils in which zero stars opened an engagement, with (H) and (L) where they moved.

    Example: turnaround report ratings --on 2003-11
    """
    with desk_of(reader) as (desk, conn):
        put_out(reports.ratings(desk, conn, on).answer(desk, conn), as_json=as_json)


def summary(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """Print what happened to each council that had an engagement, year by year: the councils are the columns.

    Example: turnaround report summary --on 2004-04
    """
    with desk_of(reader) as (desk, conn):
        put_out(reports.summary(desk, conn, on).answer(desk, conn), as_json=as_json)


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
        put_out(reports.council(desk, conn, name, on), as_json=as_json)


def interventions(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """Print each council under a Best Value Notice or directions: letters, functions, appointments, powers and reports.

    What was in force on the day stands first. Days between a letter and what followed are counted.

    Example: turnaround report interventions --on 2024-11-20
    """
    with desk_of(reader) as (desk, conn):
        put_out(reports.interventions(desk, conn, on).answer(desk, conn), as_json=as_json)


def directions(on: On = None, reader: ReadAs = None, as_json: AsJson = False) -> None:
    """Print each statutory direction: power and functions, the partner's contracts, posts, assessments, board, and its end.

    Example: turnaround report directions --on 2008-12
    """
    with desk_of(reader) as (desk, conn):
        put_out(reports.directions(desk, conn, on).answer(desk, conn), as_json=as_json)


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
        put_out(reports.indicators(desk, conn, id, on), as_json=as_json)
