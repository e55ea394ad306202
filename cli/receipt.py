"""`turnaround receipt`: what became of a command, signed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.output import AsJson, emit_json
from faces.desk import open_desk
from faces.page import note, say
from faces.problems import not_found, usage
from faces.receipts import receipt_of

KEEP_IT = "Keep it: turnaround verify --receipt FILE says whether the ledger still holds it."


def receipt(
    id: Annotated[str, typer.Argument(metavar="COMMAND-ID", help="The id of a command, as `do --json` says it.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write it; printed if left out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print or write the receipt of a command: what became of it, accepted or refused, signed.

    It is made from the stored outcome, and the same each time.

    Example: turnaround receipt cli-5f0c... -o receipt.txt
    """
    if output is not None:
        writable(output)
    with open_desk() as desk:
        answer = receipt_of(desk, id)
    put_out(answer.data, output, as_json=as_json)


def put_out(held: Mapping[str, Any], output: Path | None, *, as_json: bool) -> None:
    """Put out a receipt, or write it into a file where one is named."""
    if output is not None:
        output.write_bytes(held["receipt"].encode())
    if as_json:
        emit_json({**held, "file": str(output) if output else None})
    elif output is not None:
        say(f"Wrote {output}.")
        say(f"Key:  {held['key']}")
        note(KEEP_IT)
    else:
        say(held["receipt"].removesuffix("\n"))


def writable(file: Path) -> None:
    """See that a receipt can be written to a file, before anything is done. Raises Problem."""
    if file.exists():
        raise usage(f"{file} is there already.", "choose another name: a receipt is not written over")
    if not file.parent.is_dir():
        raise not_found(f"there is no folder {file.parent}.", "make it first")
