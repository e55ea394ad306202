"""`turnaround duties`: who decided and recorded what in an engagement, whether they might, and every exception."""

from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import emit_json
from cli.readers import ReadAs, ReadBy
from faces.duties import checked, data_of, show_duties
from faces.problems import usage
from faces.readers import desk_of, note_read
from ledger import events


def duties(
    id: Annotated[str, typer.Argument(metavar="ID", help="An engagement's id.", autocompletion=complete_id)],
    reader: ReadAs = None,
    auditor: ReadBy = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show from the record who decided and recorded what, and check that nobody did what they must not.

    No role beyond those that its lifecycle lets, nobody who signed off a claim of their own; what was out of the ordinary is
    listed with its reason. Exit 1 when something is found.

    Example: turnaround duties haringey-1
    """
    with desk_of(reader) as (desk, conn):
        target = desk.resolve(conn, id)
        if target.family != "engagement":
            raise usage(f"{id} is a council: duties are shown of an engagement.", "name one, such as haringey-1")
        state, rules = desk.engagement(conn, target.name)
        note_read(desk, target.name, "duties", auditor)
        words = desk.words(conn, rules)
        recorded = list(events.read_stream(conn, target.stream))
        found = checked(desk, conn, state, recorded)
        data = data_of(conn, state.id, recorded, found, words)
    emit_json(data) if as_json else show_duties(data, words)
    if found.findings:
        raise typer.Exit(1)
