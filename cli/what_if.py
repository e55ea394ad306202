"""`turnaround what-if`: what an engagement would have been under another lifecycle, beside what it was. It writes nothing."""

from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import AsJson, put_out
from faces.desk import open_desk
from faces.lifecycles import source_of
from faces.what_if import what_would_have_been


def what_if(
    id: Annotated[str, typer.Argument(metavar="ID", help="An engagement's id.", autocompletion=complete_id)],
    lifecycle: Annotated[
        str, typer.Option("--lifecycle", metavar="L@V|FILE", help="The other lifecycle: published, shipped, or a file.")
    ],
    as_json: AsJson = False,
) -> None:
    """Decide the recorded commands again under another lifecycle, and show both side by side. Nothing is written.

    \b
    Examples:
      turnaround what-if haringey-1 --lifecycle performance-action-team@2
      turnaround what-if haringey-1 --lifecycle peer-support-1.yaml --json
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        put_out(what_would_have_been(desk, conn, id, source_of(lifecycle, conn)), as_json=as_json)
