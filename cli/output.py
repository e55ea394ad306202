"""How results are put out: tables that fit a terminal, tabs for other programs, JSON for both.

Only data go to standard output. Control characters of stored text never reach a terminal.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

from cli.problems import Problem, usage
from domain.records import instant_text

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile(r"[\t\n]+")


def clean(text: str) -> str:
    """Text as a terminal may have it: control characters, and those that turn the direction of writing, are replaced."""
    return _CONTROL.sub("\ufffd", text)


@dataclass(frozen=True)
class Cell:
    """A value as people read it, and as programs do, where that differs. `style` never says what the words do not."""

    shown: str
    plain: str | None = None
    style: str = ""

    @property
    def bare(self) -> str:
        """What other programs get, on one line."""
        return _BREAKS.sub(" ", clean(self.shown if self.plain is None else self.plain))


def cell(value: "Cell | str | None") -> Cell:
    """Anything as a cell."""
    return value if isinstance(value, Cell) else Cell(value or "")


def terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()


def out() -> Console:
    """Standard output."""
    return Console(highlight=False, soft_wrap=not terminal())


def err() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str = "", style: str = "") -> None:
    """A line of a result."""
    out().print(Text(clean(text), style=style))


def note(text: str) -> None:
    """A line beside the data, on standard error."""
    err().print(Text(clean(text)))


def table(headers: Sequence[str], rows: Iterable[Sequence[Cell | str | None]]) -> None:
    """A table: for a person with headings, fitted to the width; for a program rows with tabs, uncut."""
    cells = [[cell(value) for value in row] for row in rows]
    if not terminal():
        for row in cells:
            typer.echo("\t".join(value.bare for value in row))
        return
    shown = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for header in headers:
        shown.add_column(header, overflow="fold")
    for row in cells:
        shown.add_row(*(Text(clean(value.shown), style=value.style) for value in row))
    out().print(shown)


def pairs(rows: Iterable[tuple[str, Cell | str | None]]) -> None:
    """What is said of one thing: a name and a value a line."""
    if not terminal():
        table(("", ""), rows)
        return
    shown = Table.grid(padding=(0, 2, 0, 0))
    shown.add_column(style="bold", no_wrap=True)
    shown.add_column(overflow="fold")
    for name, value in rows:
        shown.add_row(name, Text(clean(cell(value).shown), style=cell(value).style))
    out().print(shown)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(type(value).__name__)


def emit_json(value: Any) -> None:
    """A result as JSON: times in RFC 3339, amounts as text."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def emit_json_line(value: Any) -> None:
    """One of several results as JSON, on a line of its own."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=_plain))


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
