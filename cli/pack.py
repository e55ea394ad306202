"""`turnaround pack`: the evidence of one engagement in a file that needs no engine to read."""

from pathlib import Path
from typing import Annotated

import typer

from cli.completing import complete_id
from cli.output import AsJson, put_out
from cli.readers import ReadAs, ReadBy
from faces.packing import packed
from faces.problems import not_found, usage
from faces.readers import desk_of


def pack(
    id: Annotated[str, typer.Argument(metavar="ID", help="An engagement or a council.", autocompletion=complete_id)],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the pack, a ZIP file.")
    ],
    public: Annotated[
        bool,
        typer.Option("--public", help="Without names, contacts, CVs, bids and free text. It verifies all the same."),
    ] = False,
    since: Annotated[
        list[Path] | None,
        typer.Option(
            "--since", metavar="CHECKPOINT", help="A checkpoint somebody holds, to prove that the ledger extends it."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    role: ReadAs = None,
    auditor: ReadBy = None,
    as_json: AsJson = False,
) -> None:
    """Write all there is of an engagement or a council into one file, with the proofs that nothing was changed or left out.

    It leads to the last checkpoint: `turnaround checkpoint` signs a new one. See docs/evidence-packs.md.

    Examples: turnaround pack haringey-1 -o haringey-1.zip; turnaround pack haringey-1 --public -o haringey-1-public.zip
    """
    if output.exists() and not force:
        raise usage(f"{output} is there already.", "choose another name, or write over it with --force")
    if not output.parent.is_dir():
        raise not_found(f"there is no folder {output.parent}.", "make it first")
    held = [(str(path), _read(path)) for path in since or ()]
    with desk_of(role) as (desk, conn):
        made, answer = packed(desk, conn, id, output.name, public=public, since=held, auditor=auditor)
    output.write_bytes(made)
    answer.data["file"] = str(output)
    put_out(answer, as_json=as_json)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise not_found(f"there is no file {path}.", "name a file with a checkpoint") from None
