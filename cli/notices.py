"""`turnaround notices`: who was told of what, whether it reached them, and who may have got it twice."""

from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import AsJson, put_out
from cli.readers import ReadAs
from faces.notices import who_was_told
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
    as_json: AsJson = False,
) -> None:
    """List the notices: who was told of what and when, whether it reached them, and what may have come twice.

    Examples: turnaround notices haringey-1; turnaround notices --undelivered --json
    """
    with desk_of(reader) as (desk, conn):
        put_out(who_was_told(desk, conn, id, undelivered=undelivered), as_json=as_json)
