"""`turnaround verify` and `rebuild`: whether the ledger is what was written, and what can be made again from it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Connection

from activities.signatures import Keyring
from cli.completing import complete_id
from cli.output import AsJson, confirm, emit_json, progress, put_out
from faces import dates
from faces.desk import open_desk
from faces.page import say
from faces.problems import usage
from faces.receipts import whether_it_is_held
from faces.verifying import (
    Against,
    keys_in,
    problem_of,
    tell_report,
    trusted_checkpoint,
    whether_it_verifies,
    witnesses_among,
)
from ledger.checkpoints import SignedCheckpoint
from ledger.notes import VerifierKey
from ledger.store import Ledger
from ledger.verify import verify as verify_ledger


def verify(
    id: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="An engagement or a council; the whole ledger if left out.",
            autocompletion=complete_id,
        ),
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A checkpoint that you have from elsewhere, which the ledger must extend; may be repeated.",
        ),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="A key, or a file of keys, whose checkpoints you trust, as `turnaround checkpoint` prints it; may be repeated.",
        ),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY",
            help="The key, or a file of keys, of a witness that must have cosigned a checkpoint; may be repeated.",
        ),
    ] = None,
    need: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many of them are enough; all, if left out.")
    ] = None,
    receipt: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="A receipt: check alone whether the ledger still holds what it says.",
        ),
    ] = None,
    tree: Annotated[
        bool, typer.Option("--tree", help="Only hashes, order, tree and checkpoints: fast on a large ledger.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check that what the ledger holds is what was written: every hash, chain, command, sealed value and checkpoint.

    It says what it proves: that the ledger agrees with itself, that it extends a checkpoint that you have, or that witnesses
    that you name saw it.

    \b
    Examples:
      turnaround verify
      turnaround verify haringey-1
      turnaround verify --checkpoint latest --key trusted.keys
      turnaround verify --witness witness-a.key --witness witness-b.key --need 1
      turnaround verify --receipt receipt.txt --key trusted.keys
    """
    if receipt is not None:
        if id is not None or checkpoint or tree or need:
            raise usage(
                "a receipt is checked alone.",
                "give --receipt with --key and --witness only, and verify the rest by itself",
            )
        keys = [*keys_of(key or []), *witnesses_among(keys_of(witness or []), None)]
        with open_desk() as desk, desk.ledger.reading() as conn:
            answer = whether_it_is_held(conn, str(receipt), receipt.read_bytes(), keys)
        put_out(answer, as_json=as_json)
        return
    if key and not checkpoint:
        raise usage("--key says whose checkpoints to trust, and there is none.", "give one with --checkpoint FILE")
    if tree and id is not None:
        raise usage("--tree is for the whole ledger.", "leave out --tree, or the id")
    witnesses = witnesses_among(keys_of(witness or []), need)
    with open_desk() as desk:
        stream = None
        with desk.ledger.reading() as conn:
            if id is not None:
                stream = desk.resolve(conn, id).stream
            given = given_checkpoints(conn, checkpoint or [], keys_of(key or []))
        against = Against(given, bool(key), witnesses, need or len(witnesses))
        with progress("verifying") as show:
            found = whether_it_verifies(desk, stream, against, contents=not tree, show=show)
        if as_json or found.problem is None:
            put_out(found.answer, as_json=as_json)
        if found.problem is not None:
            raise found.problem


def keys_of(texts: Sequence[str]) -> list[VerifierKey]:
    """The keys that a user names: each as text, or in a file with one on a line. Raises Problem."""
    return keys_in(lines_of(texts))


def lines_of(texts: Sequence[str]) -> list[str]:
    """What a user names as text, or in a file with one on a line."""
    return [
        line
        for text in texts
        for line in (Path(text).read_text(encoding="utf-8").split() if Path(text).is_file() else [text])
    ]


def given_checkpoints(conn: Connection, files: Sequence[Path], keys: Sequence[VerifierKey]) -> list[SignedCheckpoint]:
    """Checkpoints from files, each signed by a trusted key; without any, by one that the ledger names. Raises Problem."""
    return [trusted_checkpoint(conn, str(file), file.read_bytes(), keys) for file in files]


def print_verified(ledger: Ledger, keys: Keyring) -> None:
    """Verify an open ledger and say so, for commands that end with it. Raises Problem when it does not verify."""
    with progress("verifying") as show:
        report = verify_ledger(ledger, None, show, keys.checks)
    if not report.ok:
        raise problem_of(report)
    tell_report(report, contents=True, own_keys=False)


def rebuild(
    read_models: Annotated[
        bool, typer.Option("--read-models", help="Only the lists and pages, from the ledger's events.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
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
