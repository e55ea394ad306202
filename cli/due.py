"""`turnaround due`: everything owed anywhere, by whom and by when, late or not, and how each date was reached."""

from typing import Annotated

import typer

from cli.completing import complete_role
from cli.output import AsJson, put_out
from cli.readers import ReadAs
from faces.due import what_is_owed
from faces.readers import desk_of


def due(
    role: Annotated[
        str | None,
        typer.Option(metavar="ROLE", help="Only what this role owes.", autocompletion=complete_role),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--by", metavar="DATE", help="Only what is due on this day or before.")
    ] = None,
    late: Annotated[bool, typer.Option("--late", help="Only what is past its date.")] = False,
    reader: ReadAs = None,
    as_json: AsJson = False,
) -> None:
    """List everything that is owed in the engagements under way: by whom, by when, and how each date was reached.

    What has no date, as its clock is paused, comes last, and not at all with --by or --late.

    Examples: turnaround due --late; turnaround due --role council.director --by 2026-12-24
    """
    with desk_of(reader) as (desk, conn):
        put_out(what_is_owed(desk, conn, role, until, late=late), as_json=as_json)
