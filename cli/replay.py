"""`turnaround replay`: a history step by step, and how things stood on a day: what was so, and what was known."""

from typing import Annotated

import typer

from cli.completing import complete_id, complete_role
from cli.output import put_out
from cli.readers import ReadBy
from cli.replay_steps import emit_steps, print_steps
from faces.desk import open_desk
from faces.replay import PROGRAMME, Steps, replayed
from faces.replay_days import asked as read_days


def replay(
    id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help=f"An engagement's id, a council's code or name, or '{PROGRAMME}' for all engagements.",
            autocompletion=complete_id,
        ),
    ],
    true_on: Annotated[
        str | None, typer.Option("--true-on", metavar="DATE", help="What was so on this day, with every correction.")
    ] = None,
    known_on: Annotated[
        str | None,
        typer.Option("--known-on", metavar="DATE", help="Only what had been recorded by the end of this day."),
    ] = None,
    as_reported: Annotated[
        bool,
        typer.Option(
            "--as-reported",
            help="Of what was imported: known when its source says that it was reported, not on the day of the import.",
        ),
    ] = False,
    until: Annotated[
        int | None, typer.Option("--until", metavar="VERSION", min=1, help="Nothing beyond this version.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option("--as", metavar="ROLE", help="Who reads: bids are for the panel.", autocompletion=complete_role),
    ] = None,
    auditor: ReadBy = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON: of steps, one object a line.")] = False,
) -> None:
    """Replay a history: each step with what it changed and what decided it, and what was refused; or the state on a day.

    Without a day it goes step by step. --known-on tells what was known by the end of a day, --true-on what was so on a
    day by all that is known, and both together what was then known of that day.

    Examples: turnaround replay haringey-1 --until 20; turnaround replay Haringey --true-on 2003-06 --known-on 2003-11
    """
    with open_desk(reader=role) as desk, desk.ledger.reading() as conn:
        asked = read_days(desk, true_on, known_on, until, as_reported=as_reported)
        match replayed(desk, conn, id, asked, role, auditor):
            case Steps() as found:
                emit_steps(found.found, found.words) if as_json else print_steps(found.found, found.words)
                found.remark()
            case answer:
                put_out(answer, as_json=as_json)
