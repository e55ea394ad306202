"""`turnaround reads`: what auditors have read. It is there for the head of the auditor's office alone."""

from typing import Annotated

import typer

from activities.reads import reads as recorded_reads
from cli.output import emit_json
from cli.readers import ReadAs, ReadBy
from domain.reads import HEAD
from faces import dates
from faces.page import Cell, note, table
from faces.problems import Exit, Problem
from faces.readers import desk_of, note_read


def reads(
    reader: ReadAs = None,
    auditor: ReadBy = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List what auditors have read, when and by which command. For anybody but the head of their office there is no list.

    Example: turnaround reads --as auditor.head
    """
    if reader != HEAD:
        raise Problem(
            Exit.REFUSED,
            "there is no such list for you: what an audit reads is for the auditor's office alone.",
            f"the head of that office reads it with --as {HEAD}",
        )
    with desk_of(reader) as (desk, conn):
        found = list(recorded_reads(conn))
        note_read(desk, "reads", "reads", auditor)
    if as_json:
        emit_json([{"at": event.recorded_at, **read.model_dump(mode="json")} for event, read in found])
        return
    table(
        ("When", "What", "With", "As", "Who"),
        (
            (
                Cell(dates.moment(event.recorded_at), event.recorded_at.isoformat()),
                read.what,
                read.command.replace("-", " "),
                read.role,
                read.person,
            )
            for event, read in found
        ),
    )
    if not found:
        note("No auditor has read anything yet.")
