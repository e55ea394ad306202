"""`turnaround show`: where an engagement or a council stands, what is owed and how each date was reached, what is next."""

from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import AsJson, put_out
from cli.readers import ReadAs, ReadBy
from faces.readers import desk_of
from faces.reading import where_stands


def show(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="An engagement's id, or a council's code or name.", autocompletion=complete_id
        ),
    ],
    reader: ReadAs = None,
    auditor: ReadBy = None,
    as_json: AsJson = False,
) -> None:
    """Show where an engagement stands: its stage, what is owed by when, how each date was reached, and what is next.

    Of a council it shows the ratings with its answers to them, other assessments, disputed facts and the engagements.

    Examples: turnaround show haringey-1; turnaround show Haringey
    """
    with desk_of(reader) as (desk, conn):
        put_out(where_stands(desk, conn, id, auditor), as_json=as_json)
