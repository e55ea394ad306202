"""`turnaround do`: one command to an engagement or a council."""

import asyncio
import shlex
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from cli.completing import complete_command, complete_id, complete_role
from cli.output import AsJson, put_out, put_out_outcome
from cli.receipt import writable
from faces.command_types import every_command, fields_of_command
from faces.desk import READER, Desk, Target, open_desk
from faces.fields import read_body
from faces.giving import OutcomeUnknown, actors_of, command_id, command_named, give, occurred
from faces.legal import not_alone
from faces.outcome import Given, foretell, report
from faces.problems import Exit, Problem, usage
from faces.words import Words
from ledger import commands
from ledger.commands import StoredOutcome


def do(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="ID", help="An engagement's id, or a council's code or name.", autocompletion=complete_id
        ),
    ] = None,
    command: Annotated[
        str | None,
        typer.Argument(metavar="COMMAND", help="What is done: see --commands.", autocompletion=complete_command),
    ] = None,
    values: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="Its fields: see --fields.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option("--as", metavar="ROLE", help="The role that decides it.", autocompletion=complete_role),
    ] = None,
    person: Annotated[str | None, typer.Option("--by", metavar="PERSON-ID", help="Who held that role.")] = None,
    recorder: Annotated[
        str | None,
        typer.Option("--recorded-by", metavar="ROLE", help="The role that records it.", autocompletion=complete_role),
    ] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="When it happened; today if left out.")] = None,
    expect: Annotated[int | None, typer.Option(min=0, help="Refuse it unless the version is this one.")] = None,
    file: Annotated[Path | None, typer.Option(metavar="FILE", help="Fields from a YAML or JSON file.")] = None,
    id: Annotated[str | None, typer.Option("--id", metavar="COMMAND-ID", help="An id, to ask again safely.")] = None,
    receipt: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the receipt of what became of it to a file.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would follow, and store nothing.")] = False,
    show_fields: Annotated[bool, typer.Option("--fields", help="List the command's fields.")] = False,
    show_commands: Annotated[bool, typer.Option("--commands", help="List all commands.")] = False,
    as_json: AsJson = False,
) -> None:
    """Give one command to an engagement or a council.

    \b
    Examples:
      turnaround do haringey-1 receive-pip --as council.director note="first version"
      turnaround do haringey-1 judge-pip verdict=acceptable --as inspectorate.lead-inspector --dry-run
      turnaround do haringey-1 record-decision --fields
      turnaround do Haringey publish-rating service=social-services stars=0 --as inspectorate.chief-inspector
    """
    if show_commands:
        put_out(every_command(), as_json=as_json)
        return
    if show_fields:
        put_out(fields_of_command(command or target), as_json=as_json)
        return
    if target is None or command is None:
        raise usage("an ID and a COMMAND are wanted.", "`turnaround do --commands` lists the commands")
    if receipt is not None:
        writable(receipt)
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            desk, found = _found(desk, conn, target, role, recorder)
            rules = desk.engagement(conn, found.name)[1] if found.family == "engagement" else None
            words = desk.words(conn, rules)
            kind = command_named(command, found, rules)
            decided_by, recorded_by = actors_of(kind, rules, words, role, person, recorder)
            given = Given(
                command_id(id),
                found,
                kind,
                decided_by,
                recorded_by,
                occurred(on, desk),
                read_body(kind, values or [], file),
                expect,
            )
            if dry_run:
                put_out_outcome(foretell(desk, conn, given, words), as_json=as_json)
                return
        carry_out(desk, given, words, again=id is not None, as_json=as_json, receipt=receipt)


# What was typed


def _found(desk: Desk, conn: Connection, target: str, role: str | None, recorder: str | None) -> tuple[Desk, Target]:
    """What a command is for, as whoever records it finds it: the role itself, or who does it for one that does not sign in.

    Raises Problem where it is not there for them.
    """
    desk.refresh(conn)
    held = [life.roles[role] for life in desk.library.every() if role in life.roles] if recorder is None else []
    others = [name for each in held if not each.signs_in for name in each.recorded_by]
    for name in dict.fromkeys(others):
        theirs = replace(desk, reader=name)
        with suppress(Problem):
            return theirs, theirs.resolve(conn, target)
    theirs = replace(desk, reader=recorder or role or READER)
    return theirs, theirs.resolve(conn, target)


# Doing it


def carry_out(
    desk: Desk, given: Given, words: Words, *, again: bool, as_json: bool, receipt: Path | None = None
) -> None:
    """Give a command and say what came of it. `again` when its id was chosen by hand, and may have been given before.

    The receipt is part of what is said as JSON, and goes into a file where one is named.
    """
    from workers.composition import make_receipts

    with desk.ledger.reading() as conn:
        before = commands.outcome_of(conn, given.id) if again else None
        if before is None:
            not_alone(desk, conn, given, words)
    outcome = asyncio.run(submit(desk, given))
    made = make_receipts(desk.settings, desk.ledger).of(given.id) if as_json or receipt is not None else None
    if made is not None and receipt is not None:
        receipt.write_bytes(made.encode())
    text = made.encode().decode() if made is not None else None
    with desk.ledger.reading() as conn:
        put_out_outcome(report(conn, given, outcome, words, repeated=before is not None, receipt=text), as_json=as_json)


async def submit(desk: Desk, given: Given) -> StoredOutcome:
    """Give a command, and its outcome. Raises Problem when it can't be given, or its outcome is not known yet."""
    from workers.composition import make_face
    from workers.reach import reach

    client = await reach(desk.settings)
    outcome = await give(make_face(desk.settings, desk.ledger, client), given, "command-line", "local")
    if outcome is None:
        raise _ask_again(given)
    return outcome


def _ask_again(given: Given) -> OutcomeUnknown:
    typed = [argument for argument in sys.argv[1:] if argument]
    again = ["turnaround", *typed]
    again += ["--id", given.id] if "--id" not in typed else []
    again += ["--on", str(given.occurred)] if "--on" not in typed else []
    return OutcomeUnknown(
        Exit.UNREACHABLE,
        f"whether {given.kind.type} was carried out is not known yet: no worker has answered.",
        f"see `turnaround doctor`; then ask again with the same id: {shlex.join(again)}",
    )
