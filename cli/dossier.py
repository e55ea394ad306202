"""`turnaround dossier`: everything on record about an engagement, part by part."""

from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import AsJson, put_out
from cli.readers import ReadAs, ReadBy
from faces.dossier import PARTS, complete_part, on_record
from faces.readers import desk_of


def dossier(
    id: Annotated[str, typer.Argument(metavar="ID", help="An engagement's id.", autocompletion=complete_id)],
    part: Annotated[
        str | None,
        typer.Argument(metavar="PART", help=f"Only this part: {', '.join(PARTS)}.", autocompletion=complete_part),
    ] = None,
    reader: ReadAs = None,
    auditor: ReadBy = None,
    as_json: AsJson = False,
) -> None:
    """Tell everything on record about an engagement, part by part, from special measures to the follow-up.

    What bids say and ask for is left out: only that it is there. What is owed and what is next is in `turnaround show`.

    Examples: turnaround dossier haringey-1; turnaround dossier haringey-1 conditions
    """
    with desk_of(reader) as (desk, conn):
        put_out(on_record(desk, conn, id, part, auditor), as_json=as_json)
