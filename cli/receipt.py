"""`turnaround receipt`, and `verify --receipt`: what became of a command, signed; and whether the ledger still says so."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from cli.output import emit_json
from faces import dates
from faces.desk import Desk, open_desk
from faces.page import note, say
from faces.problems import Exit, Problem, not_found, usage
from ledger import commands
from ledger.notes import Note, NoteWrong, VerifierKey, signers
from ledger.receipts import NotHeld, Receipt, check
from ledger.signers import receipt_keys

KEEP_IT = "Keep it: turnaround verify --receipt FILE says whether the ledger still holds it."


def receipt(
    id: Annotated[str, typer.Argument(metavar="COMMAND-ID", help="The id of a command, as `do --json` says it.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; printed if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print or write the receipt of a command: what became of it, accepted or refused, signed.

    It is made from the stored outcome, and the same each time.

    Example: turnaround receipt cli-5f0c... -o receipt.txt
    """
    from workers.composition import make_receipts

    if output is not None:
        writable(output)
    with open_desk() as desk:
        made = make_receipts(desk.settings, desk.ledger)
        found = made.of(id)
        if found is None:
            with desk.ledger.reading() as conn:
                stored = commands.stored_command(conn, id) is not None
            if stored:
                raise Problem(Exit.UNREACHABLE, f"what became of {id[:200]} is not known yet.", "ask again later")
            raise not_found(f"there is no command {id[:200]}.", "a command's id stands in `turnaround do --json`")
    if output is not None:
        output.write_bytes(found.encode())
    if as_json:
        emit_json(
            {"receipt": found.encode().decode(), "key": str(made.verifier), "file": str(output) if output else None}
        )
    elif output is not None:
        say(f"Wrote {output}.")
        say(f"Key:  {made.verifier}")
        note(KEEP_IT)
    else:
        say(found.encode().decode().removesuffix("\n"))


def writable(file: Path) -> None:
    """See that a receipt can be written to a file, before anything is done. Raises Problem."""
    if file.exists():
        raise usage(f"{file} is there already.", "choose another name: a receipt is not written over")
    if not file.parent.is_dir():
        raise not_found(f"there is no folder {file.parent}.", "make it first")


def verify_receipt(desk: Desk, file: Path, keys: Sequence[VerifierKey], *, as_json: bool) -> None:
    """Say whether the ledger still holds what a receipt says. Raises Problem when it does not."""
    with desk.ledger.reading() as conn:
        try:
            text = Note.parse(file.read_bytes())
            found = Receipt.parse(text.text)
            signer = text.text.partition("\n")[0]
            if not signers(text, [key for key in keys or receipt_keys(conn) if key.name == signer]):
                raise NoteWrong(f"no key that {'you named' if keys else 'this ledger names'} signed it as {signer}")
        except NoteWrong as error:
            raise Problem(
                Exit.NOT_VERIFIED,
                f"{file}: this receipt can't be trusted: {error.why}.",
                "give with --key the key that was handed out with it; a ledger names it with its next checkpoint",
            ) from None
        try:
            covering = check(conn, found)
        except NotHeld as error:
            where = f"position {error.position}" if error.position else "the ledger"
            raise Problem(
                Exit.NOT_VERIFIED,
                f"{where} does not verify: {error.why}.",
                "keep the receipt: it is signed, and shows what the ledger once held",
            ) from None
    if as_json:
        emit_json(
            {
                "ok": True,
                "command": found.command,
                "outcome": found.outcome,
                "stream": found.stream,
                "position": found.at,
                "recorded_at": found.recorded,
                "checkpoint": covering.size if covering else None,
                "own_key": bool(keys),
            }
        )
        return
    say(f"Verified: {found.command} to {found.stream}, {found.outcome}, recorded at {found.recorded}.")
    say(f"  The ledger holds that outcome{f', and the event at position {found.at:,}' if found.at else ''}.")
    if covering is not None:
        say(f"  It is in the tree of its checkpoint of {dates.plural(f'{covering.size:,}', 'event')}.")
    elif found.at is not None:
        say("  No checkpoint covers it yet: turnaround checkpoint signs one.")
    if not keys:
        say("The key was one that the ledger itself names: give one that you have from elsewhere with --key.")
    note("Whether that checkpoint is the one that others hold, turnaround verify --checkpoint or --witness says.")
