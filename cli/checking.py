"""`turnaround verify` and `rebuild`: whether the ledger is what was written, and what can be made again from it."""

import asyncio
from typing import Annotated, Any

import typer

from activities.signatures import Keyring
from cli import dates
from cli.completing import complete_id
from cli.desk import open_desk
from cli.output import confirm, emit_json, note, progress, say
from cli.problems import Exit, Problem
from ledger.store import Ledger
from ledger.verify import Report
from ledger.verify import verify as verify_ledger

ROOT = "It does not show that the end was not cut off: for that compare the root with one that others hold."


def verify(
    id: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="An engagement or a council; the whole ledger if left out.",
            autocompletion=complete_id,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Check that what the ledger holds is what was written: every hash, chain, command and sealed value.

    Examples: turnaround verify; turnaround verify haringey-1
    """
    with open_desk() as desk:
        stream = None
        if id is not None:
            with desk.ledger.reading() as conn:
                stream = desk.resolve(conn, id).stream
        with progress("verifying") as show:
            report = verify_ledger(desk.ledger, stream, show, Keyring.of_folder(desk.settings.keys).checks)
        if as_json:
            emit_json(_data(report, stream))
        elif report.ok:
            _print(report, stream)
        if not report.ok:
            raise _problem(report)


def _data(report: Report, stream: str | None) -> dict[str, Any]:
    bad = report.first_bad
    return {
        "stream": stream,
        "ok": report.ok,
        "events": report.events,
        "streams": report.streams,
        "commands": report.commands if stream is None else None,
        "outcomes": report.outcomes if stream is None else None,
        "root": report.root_hex,
        "first_bad": {"position": bad[0], "why": bad[1]} if bad else None,
    }


def _problem(report: Report) -> Problem:
    assert report.first_bad is not None
    position, why = report.first_bad
    where = f"position {position}" if position is not None else "the ledger"
    return Problem(
        Exit.NOT_VERIFIED,
        f"{where} does not verify: {why}.",
        "keep this copy as it is, and compare it with a backup or a pack taken earlier",
    )


def _print(report: Report, stream: str | None) -> None:
    events = dates.plural(f"{report.events:,}", "event")
    if stream is not None:
        say(f"Verified: {events} of {stream}, each as it was hashed and following from the one before.")
        note("Its commands and the ledger's root are checked with the whole: turnaround verify.")
        return
    say(f"Verified: {events} in {dates.plural(f'{report.streams:,}', 'stream')}, without a gap.")
    say("  Each event is as it was hashed and follows from the one before it.")
    say(
        "  What people decided came from commands that are kept and that a face on this machine signed; the rest is the clock's."
    )
    say(
        f"  {report.commands:,} commands and {report.outcomes:,} outcomes are as they were stored and answer each other."
    )
    say("  Every sealed value that is still there is the one that was sealed.")
    say(f"Root: {report.root_hex}")
    say(f"This shows that the ledger agrees with itself. {ROOT}")


def print_verified(ledger: Ledger, keys: Keyring) -> None:
    """Verify an open ledger and say so, for commands that end with it. Raises Problem when it does not verify."""
    with progress("verifying") as show:
        report = verify_ledger(ledger, None, show, keys.checks)
    if not report.ok:
        raise _problem(report)
    _print(report, None)


def rebuild(
    read_models: Annotated[
        bool, typer.Option("--read-models", help="Only the lists and pages, from the ledger's events.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Make again from the ledger what was lost: the read models, or all workflows of a new or emptied Temporal.

    Nothing is sent twice, and an old cluster that comes back is refused.

    Examples: turnaround rebuild --read-models; turnaround rebuild --yes
    """
    from workers.rebuild import rebuild_read_models, rebuild_workflows

    with open_desk() as desk:
        if read_models:
            with progress("read models") as show:
                count = rebuild_read_models(desk.ledger, show)
            _rebuilt("read models", count, "stream", as_json=as_json)
            return
        confirm("Start all workflows again in a new epoch?", yes=yes, as_json=as_json)

        async def workflows() -> int:
            from activities.starting import Starter
            from workers.reach import reach

            starter = Starter(await reach(desk.settings), desk.settings.task_queue)
            with progress("workflows") as show:
                return await rebuild_workflows(desk.ledger, starter, show)

        _rebuilt("workflows", asyncio.run(workflows()), "workflow", as_json=as_json)


def _rebuilt(what: str, count: int, one: str, *, as_json: bool) -> None:
    if as_json:
        emit_json({"rebuilt": what, "count": count})
        return
    say(f"Rebuilt the {what}: {dates.plural(count, one)}.")
