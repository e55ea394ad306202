"""What is wrong with one event whose bytes match their hash: their form, its columns, and the command it names."""

import json
from typing import Any

from ledger.canonical import DEPTH, canonical
from ledger.events import columns_disagree

OWN_PARTY = "turnaround"
"""The party of the clock and the engine, whose events alone may follow from no stored command."""

Row = tuple[Any, ...]
"""An event as it is read: see `COLUMNS` and `CONTENTS`."""

COLUMNS = "event.position, event.leaf, event.leaf_hash FROM event"
CONTENTS = (
    "event.position, event.leaf, event.leaf_hash, event.stream, event.version, event.recorded_at,"
    " event.type, event.command_id, command.digest FROM event LEFT JOIN command ON command.id = event.command_id"
)
"""What is read of an event to check its contents: what its leaf says, and its command's digest."""


class _Unusual(ValueError):
    """A number that Python's JSON might write as it was and RFC 8785 would not."""


def _whole(text: str) -> int:
    if len(text) > 15:
        raise _Unusual
    return int(text)


def _unusual(text: str) -> Any:
    raise _Unusual


_decode = json.JSONDecoder(parse_int=_whole, parse_float=_unusual, parse_constant=_unusual).decode
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def canonical_object(data: bytes) -> dict[str, Any] | None:
    """The object that canonical bytes hold; None when they are not canonical or hold something else."""
    try:
        # Nearly every leaf is ASCII with small whole numbers. Of those Python's own JSON, sorted and without spaces, is
        # what RFC 8785 says, and it is several times as fast.
        if data.isascii() and data.count(b"{") + data.count(b"[") <= DEPTH:
            text = data.decode()
            value = _decode(text)
            return value if isinstance(value, dict) and _encode(value) == text else None
    except _Unusual:
        pass
    except ValueError:
        return None
    try:
        value = json.loads(data)
        return value if isinstance(value, dict) and canonical(value) == data else None
    except (ValueError, RecursionError):
        return None


def read_row(row: Row) -> dict[str, Any] | str:
    """An event as its leaf says, or what is wrong with it."""
    leaf = canonical_object(row[1])
    if leaf is None:
        return "the stored bytes are not canonical"
    column = columns_disagree((row[0], row[3], row[4], row[6], row[5], row[7]), leaf)
    if column is not None:
        return f"column {column} differs from the leaf"
    try:
        named, party, digest = leaf["command"]["digest"], leaf["decided_by"]["party"], row[8]
    except (KeyError, TypeError):
        return "the stored bytes are not an event"
    if not named and party != OWN_PARTY:
        return "somebody decided it, and it names no command"
    if named != (digest or ""):
        return "its command is not the stored one" if digest else "its command is missing"
    return leaf
