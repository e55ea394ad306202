"""The command line, `turnaround`. Every error a user can meet is one sentence with a hint and an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any, cast

import typer

from cli import able, doing, listing, reading, running, timeline
from cli.output import print_problem
from cli.problems import EXIT_CODES, Exit, Problem, explain, usage

ClickUsageError = cast(type[Any], typer.BadParameter.__mro__[1])
"""What Typer raises for a command line that it can't read. It has no public name."""


class App(typer.Typer):
    """A Typer whose every command says the exit codes in its help."""

    def command(self, *args: Any, **options: Any) -> Any:
        """Register a command."""
        options.setdefault("epilog", EXIT_CODES)
        return super().command(*args, **options)


def make_app() -> App:
    """The whole command line."""
    app = App(
        name="turnaround",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=EXIT_CODES,
    )
    app.callback()(_root)
    running.register(app)
    app.command("portfolio")(listing.portfolio)
    app.command("show")(reading.show)
    app.command("timeline")(timeline.timeline)
    app.command("can")(able.can)
    app.command("do")(doing.do)
    return app


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
        code = make_app()(list(arguments), prog_name="turnaround", standalone_mode=False)
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


def _misused(error: Any) -> int:
    message = error.format_message() if hasattr(error, "format_message") else str(error)
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(message, err=True)
        return Exit.USAGE
    sentence, _, suggestion = message.partition(" Did you mean ")
    path = error.ctx.command_path if error.ctx is not None else "turnaround"
    hint = f"did you mean {suggestion}" if suggestion else f"see `{path} --help`"
    print_problem(usage(sentence[:1].lower() + sentence[1:], hint))
    return Exit.USAGE


def _debugging() -> bool:
    return os.environ.get("TURNAROUND_LOG_LEVEL") == "debug"


def _unforeseen(error: Exception, arguments: Sequence[str]) -> Problem:
    """An error that nobody foresaw: kept in the log, without values, and told in a sentence."""
    from workers import logs

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
    sys.exit(main(sys.argv[1:]))


if __name__ == "__main__":
    run()
