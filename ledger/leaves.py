"""Leaves: the canonical bytes of events, made of what is recorded and read back into it.

Made and read field by field, as both stand on the path of every command: a model that checks each value again takes ten
times as long. What is made here is what `canonical` makes of the same fields, and tests hold the two together.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import overload

import orjson

from domain.actors import Actor
from domain.dates import When
from domain.records import CommandRef, Draft, Recorded, instant_text
from ledger.canonical import canonical_text, encoded

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
    folded when they are read again. `position` and `version` are those of the last.
    """

    def __init__(self, leaves: Sequence[bytes], position: int, version: int) -> None:
        self._leaves, self.position, self.version = leaves, position, version

    def __len__(self) -> int:
        return len(self._leaves)

    @overload
    def __getitem__(self, index: int) -> Recorded: ...
    @overload
    def __getitem__(self, index: slice) -> list[Recorded]: ...
    def __getitem__(self, index: int | slice) -> Recorded | list[Recorded]:
        if isinstance(index, slice):
            return [read_leaf(leaf)[0] for leaf in self._leaves[index]]
        return read_leaf(self._leaves[index])[0]


def read_leaf(leaf: bytes) -> tuple[Recorded, str]:
    """The event of a leaf, and when it was recorded as it stands there. Raises ValueError, KeyError, TypeError or
    RecursionError for bytes that are none.
    """
    said = orjson.loads(leaf)
    at, day, command, by, recorder = (
        said["recorded_at"],
        said["occurred"],
        said["command"],
        said["decided_by"],
        said["recorded_by"],
    )
    # Each of them is read below: where there are as many, there is no other.
    if (len(said), len(day), len(command), len(by), len(recorder)) != (13, 3, 2, 3, 3):
        raise ValueError("not the fields of an event")
    if len(at) != 27 or at[26] != "Z":
        raise ValueError("not a time as the ledger writes it")
    if type(said["body"]) is not dict:
        raise TypeError("a body is an object")
    read = (
        said["position"],
        said["stream"],
        said["version"],
        said["previous"],
        said["type"],
        said["schema"],
        _when(day["earliest"], day["latest"], day["printed"]),
        datetime.fromisoformat(at),
        _ref(command["id"], command["digest"]),
        _actor(by["party"], by["role"], by["person"]),
        _actor(recorder["party"], recorder["role"], recorder["person"]),
        said["release"],
        said["body"],
    )
    return tuple.__new__(Recorded, read), at


# A history names the same days, people and commands again and again, and none of the three can be changed.


@lru_cache(4096)
def _when(earliest: str | None, latest: str, printed: str) -> When:
    first = date.fromisoformat(earliest) if earliest is not None else None
    return When(earliest=first, latest=date.fromisoformat(latest), printed=printed)


@lru_cache(4096)
def _actor(party: str, role: str, person: str | None) -> Actor:
    return Actor(party=party, role=role, person=person)


@lru_cache(256)
def _ref(id: str, digest: str) -> CommandRef:
    return CommandRef(id=id, digest=digest)
