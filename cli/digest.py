"""`turnaround digest`: what somebody's digest would say now, without sending it."""

from typing import Annotated

import typer

from cli.output import AsJson, put_out
from cli.readers import ReadAs
from faces.digests import digest_of
from faces.readers import desk_of


def digest(
    person: Annotated[str, typer.Option("--for", metavar="PERSON", help="The person's id, such as jo-b.")],
    reader: ReadAs = None,
    as_json: AsJson = False,
) -> None:
    """Show what somebody's digest would say now: what is late, due within a week, newly escalated, and was left to it.

    Nothing is sent, and the next digest says it all the same. Who gets one is set with `turnaround people prefer`.

    Examples: turnaround digest --for jo-b; turnaround digest --for jo-b --json
    """
    with desk_of(reader) as (desk, conn):
        put_out(digest_of(desk, conn, person), as_json=as_json)
