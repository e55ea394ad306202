"""What is said to a person, as plain data and back: so that one machine can say what another one told."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter

from faces.page import Block, Line, Note, Pairs, Table

_KINDS: Mapping[str, TypeAdapter[Any]] = {
    kind.__name__.lower(): TypeAdapter(kind) for kind in (Line, Note, Table, Pairs)
}


def written(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """Blocks as plain data."""
    return [{"kind": type(block).__name__.lower(), **asdict(block)} for block in blocks]


def read(data: Iterable[Mapping[str, Any]]) -> list[Block]:
    """Blocks from plain data. Raises ValidationError and KeyError for what is none."""
    return [
        _KINDS[each["kind"]].validate_python({name: value for name, value in each.items() if name != "kind"})
        for each in data
    ]
