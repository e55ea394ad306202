"""`turnaround witness`: a witness for other organisations' ledgers. It needs no ledger of its own."""

import asyncio
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import AsJson, emit_json
from faces.page import note, say
from faces.problems import Exit, Problem, usage
from workers import logs
from workers.settings import Settings

if TYPE_CHECKING:
    from console.witness import Identity, Witness

PORT = 8235

Folder = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Its key and what it cosigned; by default `witness` in the home folder."),
]
Name = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What it signs as, such as witness.example.org/1. Given once, kept for ever."),
]


def make(app: typer.Typer) -> typer.Typer:
    """These commands as an app of their own."""
    app.command("key")(key)
    app.command("run")(run)
    app.info.help = "Be a witness: cosign the checkpoints of other organisations' ledgers, and never a rewritten one."
    return app


def key(
    name: Name = None,
    folder: Folder = None,
    as_json: AsJson = False,
) -> None:
    """Print the key by which readers know this witness. It is made where there is none.

    Example: turnaround witness key --name witness.example.org/1
    """
    identity = _identity(folder, name)
    if as_json:
        emit_json({"key": str(identity.verifier), "folder": str(identity.folder)})
        return
    say(str(identity.verifier))
    note("Hand it to readers yourself, and not through the ledger's operator, who needs it as well.")


def run(
    origin_key: Annotated[
        list[str],
        typer.Option(
            "--origin-key",
            metavar="KEY",
            help="The key, or a file of keys, of a ledger to cosign for, as `turnaround checkpoint` prints it; may be repeated.",
        ),
    ],
    host: Annotated[str, typer.Option(help="The address of this machine to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = PORT,
    name: Name = None,
    folder: Folder = None,
) -> None:
    """Cosign checkpoints of the ledgers whose keys are given, each only if it extends the one before. Stop it with Ctrl-C.

    Before it stands a web server that speaks TLS. See docs/witnesses.md.

    Example: turnaround witness run --origin-key programme.key --host 0.0.0.0
    """
    from cli.checking import keys_of
    from console.witness import Witness
    from ledger.notes import ED25519

    logs.configure(Settings())
    origins = keys_of(origin_key)
    for one in origins:
        if one.kind != ED25519:
            raise usage(f"{one.name} is not a ledger's key.", "`turnaround checkpoint` prints it; this is a witness's")
    identity = _identity(folder, name)
    witness = Witness(identity, origins, lambda: datetime.now(UTC))
    asyncio.run(_run(witness, str(identity.verifier), sorted({one.name for one in origins}), host, port))


def _identity(folder: Path | None, name: str | None) -> "Identity":
    from console.witness import Identity

    try:
        return Identity.kept_in(folder or Settings().home / "witness", name)
    except ValueError:
        raise usage(f"'{(name or '')[:80]}' can't be a witness's name.", "write it without spaces and '+'") from None


async def _run(witness: "Witness", verifier: str, origins: list[str], host: str, port: int) -> None:
    from console.serving import PortTaken, serving
    from console.witness import AT_ONCE, make_witness_app

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    try:
        async with serving(make_witness_app(witness), port, host, at_once=AT_ONCE) as http:
            say(f"The witness is up: {http}")
            say(f"Key: {verifier}")
            for origin in origins:
                say(f"Cosigns for {origin}")
            await stopped.wait()
    except PortTaken:
        raise Problem(
            Exit.UNREACHABLE, f"{host}:{port} can't be listened on.", "end what listens there, or choose another --port"
        ) from None
