"""`turnaround portfolio`: every engagement, where it stands, since when, what is due next, who owes it, late or not."""

from typing import Annotated

import typer

from cli.completing import complete_model, complete_region, complete_stage
from cli.output import AsJson, put_out
from cli.readers import ReadAs
from faces.listing import Which, engagements
from faces.problems import usage
from faces.readers import desk_of


def portfolio(
    stage: Annotated[str | None, typer.Option(help="Only those in this stage.", autocompletion=complete_stage)] = None,
    region: Annotated[
        str | None, typer.Option(help="Only those in this region.", autocompletion=complete_region)
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Only those of this model, with or without its version.", autocompletion=complete_model),
    ] = None,
    service: Annotated[str | None, typer.Option(help="Only those in this service.")] = None,
    late: Annotated[bool, typer.Option("--late", help="Only those with something past its date.")] = False,
    closed: Annotated[
        bool, typer.Option("--closed", help="Those that are over instead of those that are open.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over or history too.")] = False,
    reader: ReadAs = None,
    as_json: AsJson = False,
) -> None:
    """List the engagements: who is where, since when, what is due next, who must act, late or not.

    Examples: turnaround portfolio --late; turnaround portfolio --region London --json
    """
    if closed and everything:
        raise usage("--closed and --all ask for different lists.", "give one of them")
    which: Which = "all" if everything else "closed" if closed else "open"
    with desk_of(reader) as (desk, conn):
        put_out(engagements(desk, conn, stage, region, model, service, late=late, which=which), as_json=as_json)
