"""Leaves: the canonical bytes of events, made of what is recorded and read back into it.

Made and read field by field, as both stand on the path of every command: a model that checks each value again takes ten
times as long. What is made here is what `canonical` makes of the same fields, and tests hold the two together.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, overload

import orjson

from domain.actors import Actor
from domain.dates import When
from domain.records import CommandRef, Draft, Recorded, instant_text
from ledger.canonical import canonical_text, encoded

FIELDS = frozenset(
    (
        "body",
        "command",
        "decided_by",
        "occurred",
        "position",
        "previous",
        "recorded_at",
        "recorded_by",
        "release",
        "schema",
        "stream",
        "type",
        "version",
    )
)

Make = Callable[[int, int, str, Draft], bytes]
"""Makes the leaf of an event of its position, its version, the leaf hash before it in hexadecimal, and what was drafted."""


def maker(stream: str, command: CommandRef, recorded_at: datetime, release: str) -> Make:
    """Makes the leaves of events that are appended to a stream together. The leaf raises NotStorable for what is not JSON."""
    ref = f'{{"digest":{quoted(command.digest)},"id":{quoted(command.id)}}}'
    at, by, where = quoted(instant_text(recorded_at)), quoted(release), quoted(stream)

    def make(position: int, version: int, previous: str, draft: Draft) -> bytes:
        return encoded(
            f'{{"body":{canonical_text(draft.body, "/body")},"command":{ref},"decided_by":{_actor_text(draft.decided_by)},'
            f'"occurred":{_when_text(draft.occurred)},"position":{position},"previous":"{previous}","recorded_at":{at},'
            f'"recorded_by":{_actor_text(draft.recorded_by)},"release":{by},"schema":{draft.schema_version},'
            f'"stream":{where},"type":{quoted(draft.type)},"version":{version}}}'
        )

    return make


def _actor_text(actor: Actor) -> str:
    person = "null" if actor.person is None else quoted(actor.person)
    return f'{{"party":{quoted(actor.party)},"person":{person},"role":{quoted(actor.role)}}}'


def _when_text(when: When) -> str:
    earliest = "null" if when.earliest is None else f'"{when.earliest.isoformat()}"'
    return f'{{"earliest":{earliest},"latest":"{when.latest.isoformat()}","printed":{quoted(when.printed)}}}'


class Appended(Sequence[Recorded]):
    """Events that were just appended, read back from their bytes when they are asked for: what is folded now is what is
    folded when they are read again.
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self._leaves = leaves

    def __len__(self) -> int:
        return len(self._leaves)

    @overload
    def __getitem__(self, index: int) -> Recorded: ...
    @overload
    def __getitem__(self, index: slice) -> "Appended": ...
    def __getitem__(self, index: int | slice) -> "Recorded | Appended":
        if isinstance(index, slice):
            return Appended(self._leaves[index])
        return read_leaf(self._leaves[index])[0]


def read_leaf(leaf: bytes) -> tuple[Recorded, str]:
    """The event of a leaf, and when it was recorded as it stands there. Raises ValueError, KeyError, TypeError or
    RecursionError for bytes that are none.
    """
    said = orjson.loads(leaf)
    if said.keys() != FIELDS:
        raise ValueError("not the fields of an event")
    at = said["recorded_at"]
    if len(at) != 27 or at[26] != "Z":
        raise ValueError("not a time as the ledger writes it")
    read = Recorded(
        said["position"],
        said["stream"],
        said["version"],
        said["previous"],
        said["type"],
        said["schema"],
        _when(**said["occurred"]),
        datetime.fromisoformat(at),
        _ref(**said["command"]),
        _actor(**said["decided_by"]),
        _actor(**said["recorded_by"]),
        said["release"],
        _object(said["body"]),
    )
    return read, at


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("a body is an object")
    return value


# A history names the same days, people and commands again and again, and none of the three can be changed.


@lru_cache(4096)
def _when(*, earliest: str | None, latest: str, printed: str) -> When:
    first = date.fromisoformat(earliest) if earliest is not None else None
    return When(earliest=first, latest=date.fromisoformat(latest), printed=printed)


@lru_cache(4096)
def _actor(*, party: str, role: str, person: str | None) -> Actor:
    return Actor(party=party, role=role, person=person)


@lru_cache(256)
def _ref(*, id: str, digest: str) -> CommandRef:
    return CommandRef(id=id, digest=digest)
