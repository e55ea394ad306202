"""`turnaround import`: a case file taken over as history, all of it or nothing; with --live it then goes on."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, confirm, put_out_outcome
from faces.desk import Desk, open_desk
from faces.fields import read_text
from faces.importing import LARGEST, Takeover, announced, plan, question, report, take_over
from ledger.commands import StoredOutcome


def import_case(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A case file.")],
    live: Annotated[bool, typer.Option("--live", help="Let the engagement go on from where it stands.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take a case over as history: all of it or nothing, and nobody is told. Asks first.

    Run twice, nothing doubles.

    Example: turnaround import haringey.yaml --live --yes
    """
    text = read_text(file, LARGEST)
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            takeover = plan(desk, conn, file.name, text, live=live)
        outcome = takeover.before
        if outcome is None:
            announcement = announced(takeover)
            if not as_json:
                announcement.tell()
            confirm(question(announcement.data), yes=yes, as_json=as_json)
            outcome = asyncio.run(_carry_out(desk, takeover))
        with desk.ledger.reading() as conn:
            put_out_outcome(report(conn, takeover, outcome), as_json=as_json)


async def _carry_out(desk: Desk, takeover: Takeover) -> StoredOutcome:
    from workers.composition import make_face
    from workers.reach import reach

    face = make_face(desk.settings, desk.ledger, await reach(desk.settings))
    return await take_over(face, takeover, desk.today)
