"""Commands as they came in, and the first outcome of each. Both are kept for ever."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import orjson
from sqlalchemy import Connection, Table, bindparam, select

from domain.records import CommandRecord, CommandRef, instant_text
from ledger.canonical import canonical, digest
from ledger.errors import CommandIdReused, NotStorable, Tampered
from ledger.statements import Statement
from ledger.tables import command
from ledger.tables import outcome as outcomes

Octets = bytes  # by another name, because a field of the class below has this one


@dataclass(frozen=True, slots=True)
class SignedCommand:
    """A command with its canonical bytes (`bytes`), their SHA-256 (`digest`), the id of the key of the face that checked
    it (`face`), and the face's signature of the bytes.
    """

    record: CommandRecord
    bytes: Octets
    digest: str
    face: str
    signature: Octets

    @classmethod
    def make(cls, record: CommandRecord, face: str, sign: Callable[[Octets], Octets]) -> Self:
        """Put a record into its canonical bytes and sign those. Raises NotStorable for what JSON cannot hold."""
        data = canonical(record)
        return cls(record, data, digest(data), face, sign(data))

    @property
    def ref(self) -> CommandRef:
        """What its events say of it."""
        return CommandRef(id=self.record.id, digest=self.digest)


@dataclass(frozen=True, slots=True)
class StoredCommand(SignedCommand):
    """A command as read back, and when it was stored."""

    received_at: datetime


@dataclass(frozen=True, slots=True)
class StoredOutcome:
    """What became of a command. `position` is that of its last event, None when it made none."""

    command_id: str
    digest: str
    accepted: bool
    outcome: dict[str, Any]
    position: int | None
    recorded_at: datetime


_c = command.c
_DIGEST = Statement("SELECT digest FROM command WHERE id = ?")
_COLUMNS = select(_c.id, _c.record, _c.digest, _c.face, _c.signature, _c.received_at)
_ONE = Statement("SELECT id, record, digest, face, signature, received_at FROM command WHERE id = ?")
_OF_TARGET = _COLUMNS.where(_c.target == bindparam("target")).order_by(_c.received_at, _c.id)
_OUTCOME = Statement("SELECT digest, accepted, outcome, position, recorded_at FROM outcome WHERE command_id = ?")


def _first(table: Table) -> Statement:
    """An insert that does nothing where there is a row with this key already: its `rowcount` says which it was. The key, which
    is the first column, is given once more at the end.

    Not ON CONFLICT: the triggers that refuse to replace a row come before it.
    """
    names = [column.name for column in table.columns]
    values = ", ".join("?" for _ in names)
    return Statement(
        f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {values}"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table.name} WHERE {names[0]} = ?)"
    )


_FIRST_COMMAND = _first(command)
_FIRST_OUTCOME = _first(outcomes)


def store(conn: Connection, signed: SignedCommand, at: datetime) -> bool:
    """Keep a command, and say whether it is new. The same id with the same digest changes nothing.

    Raises CommandIdReused for the same id with another digest. Sealed values of a refused command must not stay: let
    the error end the transaction.
    """
    record = signed.record
    if digest(signed.bytes) != signed.digest:
        raise ValueError("the digest is not that of the bytes")
    # PostgreSQL has no NUL in text, and SQLite must not accept what PostgreSQL does not.
    for name, value in (("target", record.target), ("type", record.type)):
        if "\0" in value:
            raise NotStorable(f"/{name}", "a NUL character")
    values = (
        record.id,
        record.target,
        record.type,
        record.via,
        signed.digest,
        signed.bytes,
        signed.face,
        signed.signature,
        instant_text(at),
    )
    new = _FIRST_COMMAND.on(conn, *values, record.id).rowcount
    if not new and _DIGEST.on(conn, record.id).fetchone()[0] != signed.digest:
        raise CommandIdReused(record.id)
    return bool(new)


def _stored(id: str, data: bytes, stored: str, face: str, signature: bytes, at: datetime) -> StoredCommand:
    if digest(data) != stored:
        raise Tampered(None, f"command {id} does not match its digest")
    return StoredCommand(CommandRecord.model_validate_json(data), data, stored, face, signature, at)


def stored_command(conn: Connection, id: str) -> StoredCommand | None:
    """The command with this id, or None. Raises Tampered when its bytes do not match its digest, as the next two do."""
    row = _ONE.on(conn, id).fetchone()
    if row is None:
        return None
    name, data, stored, face, signature, at = row
    return _stored(name, data, stored, face, signature, datetime.fromisoformat(at))


def stored_commands(conn: Connection, ids: Sequence[str]) -> Iterator[StoredCommand]:
    """The commands with these ids, those that there are, in no order; a few queries for all of them."""
    for start in range(0, len(ids), 500):
        for row in conn.execute(_COLUMNS.where(_c.id.in_(ids[start : start + 500]))):
            yield _stored(*row)


def commands_of(conn: Connection, target: str) -> list[StoredCommand]:
    """The commands for a target, accepted or refused, as they came in."""
    return [_stored(*row) for row in conn.execute(_OF_TARGET, {"target": target})]


def outcome_of(conn: Connection, command_id: str) -> StoredOutcome | None:
    """The outcome of a command, or None when it has none yet."""
    row = _OUTCOME.on(conn, command_id).fetchone()
    if row is None:
        return None
    digest_, accepted, outcome, position, at = row
    return StoredOutcome(
        command_id, digest_, bool(accepted), orjson.loads(outcome), position, datetime.fromisoformat(at)
    )


def record_outcome(
    conn: Connection,
    command: CommandRef,
    accepted: bool,
    outcome: Mapping[str, Any],
    position: int | None,
    at: datetime,
) -> StoredOutcome:
    """Keep a stored command's outcome. The first one stays: given again, that one is returned.

    Raises CommandIdReused when the first one answered other content.
    """
    data = canonical(outcome)
    values = (command.id, command.digest, accepted, data, position, instant_text(at))
    if _FIRST_OUTCOME.on(conn, *values, command.id).rowcount:
        return StoredOutcome(command.id, command.digest, accepted, orjson.loads(data), position, at)
    first = outcome_of(conn, command.id)
    assert first is not None, "it is in the way"
    if first.digest != command.digest:
        raise CommandIdReused(command.id)
    return first


_WITH_PREFIX = select(_c.id, _c.target, _c.digest).where(_c.id >= bindparam("first"), _c.id < bindparam("beyond"))
_OUTCOMES_WITH_PREFIX = select(outcomes).where(
    outcomes.c.command_id >= bindparam("first"), outcomes.c.command_id < bindparam("beyond")
)
_UNDECIDED = (
    select(_c.id, _c.target, _c.digest)
    .outerjoin(outcomes, outcomes.c.command_id == _c.id)
    .where(_c.via == bindparam("via"), outcomes.c.command_id.is_(None))
    .order_by(_c.received_at, _c.id)
)


def commands_under(conn: Connection, prefix: str) -> list[tuple[str, str, str]]:
    """Id, target and digest of the commands whose ids are `<prefix>/...`, by id."""
    found = conn.execute(_WITH_PREFIX, {"first": f"{prefix}/", "beyond": f"{prefix}0"})
    return sorted((row.id, row.target, row.digest) for row in found)


def outcomes_under(conn: Connection, prefix: str) -> dict[str, StoredOutcome]:
    """The outcomes there are of the commands whose ids are `<prefix>/...`, by id."""
    found = conn.execute(_OUTCOMES_WITH_PREFIX, {"first": f"{prefix}/", "beyond": f"{prefix}0"})
    return {
        row.command_id: StoredOutcome(
            row.command_id, row.digest, row.accepted, orjson.loads(row.outcome), row.position, row.recorded_at
        )
        for row in found
    }


def undecided(conn: Connection, via: str) -> list[tuple[str, str, str]]:
    """Id, target and digest of the commands that came in by `via` and have no outcome yet, as they came in."""
    return [(row.id, row.target, row.digest) for row in conn.execute(_UNDECIDED, {"via": via})]
