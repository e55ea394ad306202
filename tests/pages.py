"""Pages of docs/ are true: every command line in one does, on a real engine, what the page says."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.command_line import Engine, Run

DOCS = Path(__file__).resolve().parent.parent / "docs"


@dataclass(frozen=True)
class Example:
    """A command line of the page, the line it stands on, and what the page says comes of it."""

    line: int
    arguments: tuple[str, ...]
    says: tuple[str, ...]
    code: int


def examples(text: str) -> Iterator[Example]:
    """The examples in the page's `console` blocks: `$ turnaround ...`, then lines of its output; `(exit 1)` at the end."""
    inside, shown, begins = False, list[str](), 0
    for number, line in enumerate([*text.splitlines(), "```"], start=1):
        fence, prompt = line.startswith("```"), line.startswith("$ ")
        if inside and shown and (fence or prompt):
            yield _example(begins, shown)
            shown = []
        if fence:
            inside = line == "```console"
        elif inside:
            begins = number if prompt else begins
            shown.append(line)


def _example(line: int, shown: list[str]) -> Example:
    command, *says = re.sub(r" \\\n +", " ", "\n".join(shown)).splitlines()
    while _open_quotes(command):
        command = f"{command}\n{says.pop(0)}"
    program, *arguments = shlex.split(command.removeprefix("$ "))
    assert program == "turnaround", f"line {line}: {command}"
    code = 0
    if says and (ends := re.fullmatch(r"\(exit (\d)\)", says[-1])):
        code, says = int(ends[1]), says[:-1]
    return Example(line, tuple(arguments), tuple(said.strip() for said in says), code)


def _open_quotes(command: str) -> bool:
    """Whether a command goes on over the line inside its quotes, as in a shell."""
    try:
        shlex.split(command)
    except ValueError:
        return True
    return False


def hold_page(run: Run, engine: Engine, name: str, more_than: int) -> None:
    """Every command line of a page, of which there are more than so many, ends and prints as the page says."""
    found = list(examples((DOCS / name).read_text(encoding="utf-8")))
    assert len(found) > more_than
    for example in found:
        result = run(engine.home, *example.arguments)
        where = f"{name}, line {example.line}"
        assert result.code == example.code, f"{where}: {result.err or result.out}"
        printed = _evenly_spaced(result.out + result.err)
        for said in example.says:
            assert _evenly_spaced(said) in printed, f"{where}: no '{said}' in\n{printed}"


def _evenly_spaced(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text)
