"""Of `turnaround replay`: steps put out one by one, as blocks for a person, as rows or JSON for a program."""

import shutil
import textwrap
from collections.abc import Iterator

from cli.output import emit_json_line, paged, terminal
from faces.page import table
from faces.replay_steps import Step
from faces.words import Words


def print_steps(found: Iterator[Step], words: Words) -> None:
    """The steps, a block each for a person and a row a line for a program."""
    if terminal():
        paged(text for step in found for text in _block(step, words))
        return
    for step in found:
        table((), [(step.number, label, text) for label, text in (("what", step.told.title), *step.lines(words))])


def _block(step: Step, words: Words) -> Iterator[str]:
    width = max(shutil.get_terminal_size().columns, 40)
    yield ""
    yield from textwrap.wrap(f"{step.number:>4}  {step.told.title}", width, subsequent_indent=" " * 6)
    for label, text in step.lines(words):
        indent = " " * 6 + f"{label:<9} "
        yield from textwrap.wrap(text, width, initial_indent=indent, subsequent_indent=" " * len(indent)) or [indent]


def emit_steps(found: Iterator[Step], words: Words) -> None:
    """The steps as JSON, one object a line."""
    for step in found:
        emit_json_line(step.data(words))
