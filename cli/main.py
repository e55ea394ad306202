"""The command line, `turnaround`. Every error a user can meet is one sentence with a hint and an exit code."""

import logging
import os
import sys
import tomllib
import traceback
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from typing import Annotated, Any, cast

import typer
from pydantic import ValidationError

from cli import (
    able,
    calendar,
    case,
    checking,
    checkpointing,
    clock,
    digest,
    doctor,
    doing,
    dossier,
    due,
    duties,
    feeds,
    lifecycle,
    listing,
    moving,
    notices,
    pack,
    people,
    privacy,
    rating,
    reading,
    reads,
    receipt,
    reconcile,
    replay,
    report,
    running,
    timeline,
    tokens,
    webhooks,
    what_if,
    witness,
)
from cli.output import print_problem
from cli.remote_commands import remotely
from faces.problems import EXIT_CODES, Exit, Problem, explain, usage
from workers import logs
from workers.settings import Settings

ClickUsageError = cast(type[Any], typer.BadParameter.__mro__[1])
"""What Typer raises for a command line that it can't read. It has no public name."""


class App(typer.Typer):
    """A Typer whose every command says the exit codes in its help, and asks another machine where the settings say so."""

    def __init__(self, **options: Any) -> None:
        plain = {"rich_markup_mode": None, "pretty_exceptions_enable": False, "pretty_exceptions_show_locals": False}
        super().__init__(no_args_is_help=True, epilog=EXIT_CODES, **{**plain, **options})

    def command(self, *args: Any, **options: Any) -> Any:
        """Register a command."""
        options.setdefault("epilog", EXIT_CODES)
        register = super().command(*args, **options)
        return lambda function: register(remotely(function))

    def callback(self, *args: Any, **options: Any) -> Any:
        """Register what is done where no command of a group is named."""
        register = super().callback(*args, **options)
        return lambda function: register(remotely(function) if options.get("invoke_without_command") else function)


@cache
def make_command() -> Any:
    """The whole command line, as what reads it."""
    app = App(name="turnaround", context_settings={"help_option_names": ["-h", "--help"]})
    app.callback()(_root)
    running.register(app)
    app.command("portfolio")(listing.portfolio)
    app.command("due")(due.due)
    app.command("calendar")(calendar.calendar)
    app.command("show")(reading.show)
    app.command("dossier")(dossier.dossier)
    app.command("timeline")(timeline.timeline)
    app.command("replay")(replay.replay)
    app.command("duties")(duties.duties)
    app.command("reads")(reads.reads)
    app.command("notices")(notices.notices)
    app.command("digest")(digest.digest)
    app.command("can")(able.can)
    app.command("do")(doing.do)
    app.command("move")(moving.move)
    app.command("what-if")(what_if.what_if)
    app.add_typer(clock.make(App()), name="clock")
    app.add_typer(rating.make(App()), name="rating")
    app.add_typer(report.make(App()), name="report")
    app.add_typer(feeds.add_to(webhooks.add_to(people.make(App()))), name="people")
    app.add_typer(lifecycle.make(App()), name="lifecycle")
    app.add_typer(privacy.make(App()), name="privacy")
    app.command("import")(case.import_case)
    app.command("verify")(checking.verify)
    app.command("checkpoint")(checkpointing.checkpoint)
    app.command("pack")(pack.pack)
    app.command("receipt")(receipt.receipt)
    app.add_typer(witness.make(App()), name="witness")
    app.add_typer(tokens.make_app(App()), name="tokens")
    app.command("link")(tokens.link)
    app.command("rebuild")(checking.rebuild)
    app.command("reconcile")(reconcile.reconcile)
    app.command("doctor")(doctor.doctor)
    return typer.main.get_command(app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"turnaround {version('turnaround')}")
        raise typer.Exit


def _root(
    shown: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Run interventions in failing public services: every step at the right time, on a record that anyone can check.

    Example: turnaround demo rehearses a real council from its zero-star rating to its exit.
    """


def main(arguments: Sequence[str]) -> int:
    """Carry out a command line and return its exit code. Whatever goes wrong is told in a sentence."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        _log(arguments)
        code = make_command()(list(arguments), prog_name="turnaround", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else Exit.DONE
    except typer.Abort:
        print_problem(Problem(Exit.REFUSED, "stopped: nothing more was done."))
        return Exit.REFUSED
    except ClickUsageError as error:
        return _misused(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone, as `head` does. Nothing more may be written, at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except Exception as error:
        problem = explain(error)
        if problem is None:
            problem = _unforeseen(error, arguments)
        elif _debugging():
            traceback.print_exc()
        print_problem(problem)
        return problem.code


def _log(arguments: Sequence[str]) -> None:
    """Logs go to standard error. A command that is soon over logs only what is wrong, unless a level is set."""
    chosen = "TURNAROUND_LOG_LEVEL" in os.environ or list(arguments[:1]) == ["up"]
    with suppress(ValidationError, tomllib.TOMLDecodeError, OSError):  # which the command itself will tell
        logs.configure(Settings(), least=None if chosen else "error")


def _misused(error: Any) -> int:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(message, err=True)
        return Exit.USAGE
    message = message.replace(": Input should be", ": it should be").partition(", unable to parse")[0]
    sentence, _, suggestion = message.partition(" Did you mean ")
    path = error.ctx.command_path if error.ctx is not None else "turnaround"
    hint = f"did you mean {suggestion}" if suggestion else f"see `{path} --help`"
    print_problem(usage(sentence[:1].lower() + sentence[1:], hint))
    return Exit.USAGE


def _debugging() -> bool:
    return os.environ.get("TURNAROUND_LOG_LEVEL") == "debug"


def _unforeseen(error: Exception, arguments: Sequence[str]) -> Problem:
    """An error that nobody foresaw: kept in the log, without values, and told in a sentence."""
    where = logs.keep_failure(error, arguments[0] if arguments else "")
    if _debugging():
        traceback.print_exc()
    return Problem(
        Exit.REFUSED,
        f"turnaround failed unexpectedly ({type(error).__name__}); that is a fault of ours, not of yours.",
        f"the log is {where}; TURNAROUND_LOG_LEVEL=debug shows more"
        if where
        else "TURNAROUND_LOG_LEVEL=debug shows more",
    )


def run() -> None:
    """The entry point `turnaround`."""
    code = main(sys.argv[1:])
    if "temporalio.bridge.temporal_sdk_bridge" not in sys.modules:
        sys.exit(code)
    # The SDK's own threads may still let go of Python objects while the interpreter ends, which aborts the process
    # with a dump and exit code 134 (seen on Python 3.11). By now everything of ours is closed and written.
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
