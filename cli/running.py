"""`turnaround up`, `demo` and `rehearse`: the commands that start an engine."""

import asyncio
import shutil
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from activities.library import shipped_lifecycles
from activities.signatures import Keyring
from cli import checking
from domain.case import Case, model_named, read_case
from domain.documents import parse
from domain.records import Recorded
from faces import listing
from faces.page import say
from faces.problems import Exit, Problem
from faces.telling.watching import one_line
from workers.rehearsal import Rehearsal, starts_at
from workers.running import Engine, engine, rehearsal_engine, told_to_others
from workers.settings import Settings

UI_PORT = 8233
"""Where Temporal's Web UI is looked for by habit."""

QUIET = ("obligation-closed", "notice-asked", "notice-addressed", "notice-attempted", "notice-sent", "stage-assumed")
"""Events that a reader of a timeline in passing can do without; `turnaround timeline` shows them all."""


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("up")(up)
    app.command("demo")(demo)
    app.command("rehearse")(rehearse)


def up(
    ui_port: Annotated[int, typer.Option(help="Port of Temporal's Web UI on this machine.")] = UI_PORT,
) -> None:
    """Run turnaround on this machine: server and worker, data kept. Stop it with Ctrl-C.

    Example: turnaround up
    """
    asyncio.run(_up(Settings(), ui_port))


async def _up(settings: Settings, ui_port: int) -> None:
    err = Console(stderr=True)
    if not _is_free(ui_port):
        err.print(f"Port {ui_port} is taken, so Temporal's Web UI takes another; --ui-port chooses one.")
        ui_port = 0
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stopped.set)
    async with (
        engine(settings, err.print, ui_port=ui_port) as running,
        _console(settings, running, err.print) as (http, sign_in),
        told_to_others(settings, running, http),
    ):
        say(f"turnaround is up. Data: {settings.home}")
        say(f"Temporal: {running.address}" + (f"   Web UI: {running.ui}" if running.ui else ""))
        say(f"Console: {sign_in}")
        say(f"Calendars: {http}; see turnaround people feed")
        if settings.oidc_issuer is None:
            say("Anyone who can use this account can act in any role here: the ledger says 'unauthenticated'.")
        say("Next: turnaround rating check FILE, turnaround portfolio, turnaround doctor. Stop with Ctrl-C.")
        await stopped.wait()
        err.print("Stopping.")


@asynccontextmanager
async def _console(settings: Settings, running: Engine, tell: Callable[[str], None]) -> AsyncIterator[tuple[str, str]]:
    """Serve HTTP beside an engine; its address, and where to sign in. Raises Problem when the port that the settings name is
    taken.
    """
    from console.app import make_console
    from console.feeds import feeds_router
    from console.serving import PortTaken, serving
    from console.sessions import Sessions
    from console.site import Site

    site = Site(settings, running.ledger, running.process.starter.client)
    sessions = Sessions(site.store, site.held)
    app = make_console(site, sessions, [feeds_router(running.ledger, site.now)])
    async with AsyncExitStack() as stack:
        try:
            http = await stack.enter_async_context(serving(app, settings.http_port))
        except PortTaken as taken:
            if "http_port" in settings.model_fields_set:
                raise Problem(
                    Exit.UNREACHABLE,
                    f"port {taken.port} on this machine is taken, and http_port says to serve HTTP there.",
                    "end what listens there, or choose another port: people's calendars name it",
                ) from None
            tell(f"Port {taken.port} is taken, so HTTP takes another; TURNAROUND_HTTP_PORT chooses one.")
            http = await stack.enter_async_context(serving(app, 0))
        local = settings.oidc_issuer is None
        yield (
            http,
            f"{http}/sign-in/{sessions.link()}   (this link signs in once)"
            if local
            else settings.console_origin or http,
        )


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def demo() -> None:
    """Rehearse a real council, Haringey, from its zero-star rating of 2002 to its exit of 2004, and audit the ledger.

    Everything happens on this machine, in a rehearsal ledger of its own, made anew each time.

    Example: turnaround demo
    """
    text = (files("domain") / "cases" / "haringey.yaml").read_text(encoding="utf-8")
    case = _read("haringey.yaml", text)
    settings = _rehearsal_settings("demo", afresh=True)
    asyncio.run(_rehearse(case, text, settings))
    home = settings.home
    say()
    say("Where to look next:")
    say(f"  export TURNAROUND_HOME={home}")
    say("  turnaround timeline haringey-1     what happened, when, and who decided it")
    say("  turnaround show haringey-1         where it stands, what is owed and how each date was reached")
    say("  turnaround can haringey-1          what may be done now, by whom")
    say(f"  ls {settings.outbox}     the notices that went out")
    say("  turnaround up                      start an engine of your own (without that export)")


def rehearse(
    file: Annotated[Path, typer.Argument(help="A case file.", exists=True, dir_okay=False, readable=True)],
    afresh: Annotated[bool, typer.Option("--afresh", help="Delete an earlier rehearsal of this file first.")] = False,
) -> None:
    """Play a case file through a real Temporal server, timers and notices and all, in a rehearsal ledger.

    A rehearsal that was broken off is taken up where it was.

    Example: turnaround rehearse haringey.yaml
    """
    text = _text(file)
    case = _read(file.name, text)
    settings = _rehearsal_settings(file.stem, afresh=afresh)
    asyncio.run(_rehearse(case, text, settings))
    say(f"\nTo look into it: export TURNAROUND_HOME={settings.home}")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise parse(file.name, "").error((), "the file is not UTF-8 text") from None


def _read(name: str, text: str) -> Case:
    document = parse(name, text)
    model = model_named(document)
    versions = shipped_lifecycles(model)
    if not versions:
        raise document.error(("model",), f"there is no model '{model}'")
    return read_case(document, versions[-1])


def _rehearsal_settings(name: str, *, afresh: bool) -> Settings:
    """Settings of a rehearsal: a home of its own, and nothing of the real one's database, server or signer."""
    home = Settings().home / "rehearsals" / name
    if afresh:
        shutil.rmtree(home, ignore_errors=True)
    return Settings(
        home=home,
        database_url=None,
        signer_home=None,
        checkpoint_folder=None,
        temporal_address=None,
        temporal_profile=None,
    )


async def _rehearse(case: Case, text: str, settings: Settings) -> None:
    console = Console(highlight=False, soft_wrap=True)
    err = Console(stderr=True, highlight=False)
    say(f"{case.title}. Source: {case.source}")
    async with rehearsal_engine(settings, err.print, starts_at(case)) as running:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
            task = bar.add_task("rehearsing", total=len(case.steps))
            printer = bar.console if err.is_terminal and console.is_terminal else console

            def watch(event: Recorded) -> None:
                if event.type not in QUIET and event.stream.startswith(("engagement/", "council/")):
                    printer.print(one_line(running.ledger, event))

            async for _step in Rehearsal(running, watch).play(case, text):
                bar.advance(task)
        await asyncio.to_thread(running.process.checkpointing.make)
        _summary(running, settings)


def _summary(running: Engine, settings: Settings) -> None:
    say()
    listing.print_portfolio(running.ledger)
    say()
    checking.print_verified(running.ledger, Keyring.of_folder(settings.keys))
