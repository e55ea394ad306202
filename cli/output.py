"""How results are put out: tables that fit a terminal, tabs for other programs, JSON for both.

Only data go to standard output. Control characters of stored text never reach a terminal.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, assert_never

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from faces import page
from faces.page import Answer, Block, Line, Note, Pairs, as_json, clean
from faces.problems import Exit, Problem, usage

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
"""The option that every command has which can put its answer out for a program."""


def terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()


def out() -> Console:
    """Standard output."""
    return Console(highlight=False, soft_wrap=not terminal())


def err() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


class Terminal:
    """Puts blocks out on standard output, and notes on standard error."""

    @property
    def person(self) -> bool:
        """Whether a person reads standard output."""
        return terminal()

    def put(self, block: Block) -> None:
        """Put out a block: for a person fitted to the width; for a program rows with tabs, uncut."""
        match block:
            case Line():
                out().print(Text(block.text, style=block.style))
            case Note():
                err().print(Text(block.text))
            case page.Table() if terminal():
                _table(block)
            case page.Table():
                for row in block.rows:
                    typer.echo("\t".join(value.bare for value in row))
            case Pairs() if terminal():
                _pairs(block)
            case Pairs():
                for name, value in block.rows:
                    typer.echo(f"{clean(name)}\t{value.bare}")
            case _:
                assert_never(block)


def _table(block: page.Table) -> None:
    shown = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for header in block.headers:
        shown.add_column(header, overflow="fold")
    for row in block.rows:
        shown.add_row(*(Text(clean(value.shown), style=value.style) for value in row))
    out().print(shown)


def _pairs(block: Pairs) -> None:
    shown = Table.grid(padding=(0, 2, 0, 0))
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column(overflow="fold")
    for name, value in block.rows:
        shown.add_row(name, Text(clean(value.shown), style=value.style))
    out().print(shown)


page.otherwise(Terminal())


def emit_json(value: Any) -> None:
    """A result as JSON: times in RFC 3339, amounts as text."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=as_json))


def emit_json_line(value: Any) -> None:
    """One of several results as JSON, on a line of its own."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=as_json))


def put_out(answer: Answer, *, as_json: bool) -> None:
    """An answer as JSON or told to a person."""
    emit_json(answer.data) if as_json else answer.tell()


def put_out_outcome(answer: Answer, *, as_json: bool) -> None:
    """What came of a command, or would. Raises Problem, or typer.Exit, where it is a refusal."""
    put_out(answer, as_json=as_json)
    if not answer.data["accepted"]:
        raise typer.Exit(Exit.REFUSED)


def paged(lines: Iterable[str]) -> None:
    """Lines for a person, a screen at a time where there are more than fit on one."""
    console, found = out(), [clean(line) for line in lines]
    if len(found) < console.height:
        console.print(Text("\n".join(found)))
        return
    with console.pager():
        console.print(Text("\n".join(found)))


def confirm(question: str, *, yes: bool, as_json: bool) -> None:
    """Ask before something that can't be taken back lightly. Without a person to ask, --yes is demanded."""
    if yes:
        return
    if as_json or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise usage("this needs a yes, and there is nobody to ask.", "look at it first, then repeat it with --yes")
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal's standard error, called with how much is done and how much there is."""
    console = err()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def print_problem(problem: Problem) -> None:
    """What went wrong and what would be right, on standard error."""
    message = problem.message if problem.message.endswith((".", "?", "!", ":")) else problem.message + "."
    console = err()
    console.print(Text.assemble(("error:", "bold red"), " ", clean(message)))
    if problem.hint:
        console.print(Text.assemble(("hint:", "bold cyan"), " ", clean(problem.hint)))
