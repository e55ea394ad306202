"""`turnaround notices`: who was told of what, whether it reached them, and who may have got it twice."""

from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import emit_json
from cli.readers import ReadAs
from faces.notices import HEADERS, cells, rows_of, told_of
from faces.page import note, table
from faces.readers import desk_of


def notices(
    id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="An engagement's id; all of them without one.", autocompletion=complete_id),
    ] = None,
    undelivered: Annotated[
        bool, typer.Option("--undelivered", help="Only those that did not reach everybody they were for.")
    ] = False,
    reader: ReadAs = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the notices: who was told of what and when, whether it reached them, and what may have come twice.

    Examples: turnaround notices haringey-1; turnaround notices --undelivered --json
    """
    with desk_of(reader) as (desk, conn):
        rows = rows_of(desk, conn, id)
        if undelivered:
            rows = [row for row in rows if row.settled and row.state not in ("sent", "delivered", "digest")]
        told = [told_of(conn, row) for row in rows]
        if as_json:
            emit_json([one.data() for one in told])
            return
        words = desk.words(conn)
        table(HEADERS, (cells(one, words) for one in told))
        if not told:
            note("Every notice reached those it was for." if undelivered else "Nobody was to be told of anything yet.")
