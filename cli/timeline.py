"""`turnaround timeline`: what happened, when, who decided and who recorded it, and what was corrected since."""

from typing import Annotated

import typer

from cli.completing import complete_id, complete_role
from cli.output import AsJson, put_out
from cli.readers import ReadBy
from faces.desk import open_desk
from faces.timeline import Asked, what_happened


def timeline(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="An engagement's id, or a council's code or name.", autocompletion=complete_id
        ),
    ],
    since: Annotated[int, typer.Option(min=0, help="Only what came after this version.")] = 0,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the last so many.")] = None,
    refusals: Annotated[bool, typer.Option("--refusals", help="With the commands that were refused.")] = False,
    whole: Annotated[
        bool, typer.Option("--engagements", help="Of a council: with all that happened in its engagements, day by day.")
    ] = False,
    role: Annotated[
        str | None,
        typer.Option("--as", metavar="ROLE", help="Who reads: bids are for the panel.", autocompletion=complete_role),
    ] = None,
    auditor: ReadBy = None,
    as_json: AsJson = False,
) -> None:
    """Tell the history of an engagement or a council: what, when, who, on what source, and what was corrected since.

    Examples: turnaround timeline haringey-1 --refusals; turnaround timeline Haringey --json
    """
    with open_desk(reader=role) as desk, desk.ledger.reading() as conn:
        asked = Asked(since, limit, refusals=refusals, whole=whole)
        put_out(what_happened(desk, conn, id, asked, role, auditor), as_json=as_json)
