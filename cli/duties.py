"""`turnaround duties`: who decided and recorded what in an engagement, whether they might, and every exception."""

from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import AsJson, put_out
from cli.readers import ReadAs, ReadBy
from faces.duties import who_did_what
from faces.readers import desk_of


def duties(
    id: Annotated[str, typer.Argument(metavar="ID", help="An engagement's id.", autocompletion=complete_id)],
    reader: ReadAs = None,
    auditor: ReadBy = None,
    as_json: AsJson = False,
) -> None:
    """Show from the record who decided and recorded what, and check that nobody did what they must not.

    No role beyond those that its lifecycle lets, nobody who signed off a claim of their own; what was out of the ordinary is
    listed with its reason. Exit 1 when something is found.

    Example: turnaround duties haringey-1
    """
    with desk_of(reader) as (desk, conn):
        answer = who_did_what(desk, conn, id, auditor)
        put_out(answer, as_json=as_json)
    if answer.data["findings"]:
        raise typer.Exit(1)
