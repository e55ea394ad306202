"""Hints of the faces on a page: where one names a command, it leads to the command's own page."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

from console.labels import act_of
from console.render import home_of
from domain import council, engagement
from faces.desk import Target
from faces.page import Block, Note

_KNOWN = {**engagement.COMMANDS, **council.COMMANDS}
_NAMED = re.compile(r"\b([a-z]+(?:-[a-z]+)+)((?: [a-z_]+=[\w.-]+)*)(?![\w-])")
_FIELD = re.compile(r"\b([a-z_]+)=(?=\W|$)")


def parts_of(hint: str, target: Target) -> Iterator[tuple[str, str | None]]:
    """A hint in pieces: each its words, and the page that they lead to where they name a command."""
    at = 0
    for found in _NAMED.finditer(hint):
        name, fields = found.group(1), found.group(2).split()
        if name not in _KNOWN:
            continue
        yield _said(hint[at : found.start()]), None
        query = urlencode([tuple(field.partition("=")[::2]) for field in fields])
        here = name in (engagement.COMMANDS if target.family == "engagement" else council.COMMANDS)
        yield act_of(name), f"{home_of(target)}/do/{quote(name)}{f'?{query}' if query else ''}" if here else None
        at = found.end()
    yield _said(hint[at:]), None


def in_words(block: Block, target: Target) -> Block:
    """A block with what its words name as commands called as pages call it."""
    if not isinstance(block, Note):
        return block
    return Note("".join(text if to is None else f"“{text}”" for text, to in parts_of(block.text, target)))


def _said(text: str) -> str:
    return _FIELD.sub(r"\1", text)
