"""`turnaround can`: what may be done now and by whom, and for the rest what is missing."""

from typing import Annotated

import typer

from cli.completing import complete_id, complete_role
from cli.output import AsJson, put_out
from faces.able import what_can
from faces.desk import open_desk


def can(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="An engagement's id, or a council's code or name.", autocompletion=complete_id
        ),
    ],
    role: Annotated[
        str | None,
        typer.Option("--as", metavar="ROLE", help="Only what this role may do.", autocompletion=complete_role),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="With what is done in other stages.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what may be done now and by whom, and what is missing for the rest of the stage.

    Examples: turnaround can haringey-1; turnaround can haringey-1 --as inspectorate.lead-inspector
    """
    with open_desk(reader=role) as desk, desk.ledger.reading() as conn:
        put_out(what_can(desk, conn, id, role, everything=everything), as_json=as_json)
