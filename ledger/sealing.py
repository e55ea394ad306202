"""Sealed values: kept apart from the record, which holds only their commitments.

A value is kept with a salt of its own under the command and the place in its body where it stood. The command must be
stored in the same transaction: the database refuses to commit a sealed value without one, so nothing is kept by halves.
"""

import copy
import json
import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, bindparam, insert, select, update

from domain.sealed import sealed_paths
from ledger.canonical import canonical, commitment
from ledger.errors import CommandIdReused, Tampered
from ledger.store import Transaction
from ledger.tables import command, sealed

SALT_BYTES = 16

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class SealedValue:
    """A sealed value as kept. `value` is None once erased; `path` is a JSON pointer into the command's body."""

    commitment: str
    command_id: str
    path: str
    class_: str
    subject: str | None
    value: Any
    erased_at: datetime | None


_c = sealed.c
_INSERT = insert(sealed)
_OF_COMMAND = select(_c.path, _c.commitment, _c.salt, _c.value).where(_c.command_id == bindparam("command_id"))
_BY_COMMITMENT = select(sealed).where(_c.commitment.in_(bindparam("commitments", expanding=True)))
_ERASED = {"salt": None, "value": None}


def _seal_all(
    tx: Transaction, command_id: str, values: Mapping[str, Any], classes: Mapping[str, tuple[str, str | None]]
) -> dict[str, str]:
    kept = {row.path: row for row in tx.connection.execute(_OF_COMMAND, {"command_id": command_id})}
    result: dict[str, str] = {}
    rows: list[dict[str, object]] = []
    for path, value in values.items():
        data = canonical(value)
        before = kept.get(path)
        if before is not None:
            # What was erased cannot be compared. Its commitment stands for whatever is sent: the command it was
            # part of has its outcome already, and this one will get that.
            if before.value is not None and before.value != data:
                raise CommandIdReused(command_id)
            result[path] = before.commitment
            continue
        salt = secrets.token_bytes(SALT_BYTES)
        result[path] = commitment(salt, data)
        class_, subject = classes[path]
        rows.append(
            {
                "command_id": command_id,
                "path": path,
                "commitment": result[path],
                "salt": salt,
                "value": data,
                "class": class_,
                "subject": subject,
            }
        )
    if rows:
        tx.connection.execute(_INSERT, rows)
    return result


def seal(tx: Transaction, command_id: str, path: str, value: Any, class_: str, subject: str | None) -> str:
    """Keep a value and return its commitment. The same value at the same place of the same command has the same one.

    Raises CommandIdReused when another value stands there: the id was used before with other content.
    """
    return _seal_all(tx, command_id, {path: value}, {path: (class_, subject)})[path]


def _pointer(path: Path) -> str:
    return "".join(f"/{step}" for step in path)


def seal_body(
    tx: Transaction,
    command_id: str,
    model: type[BaseModel],
    body: Mapping[str, Any],
    class_of: Callable[[Path], tuple[str, str | None]],
    within: Path = (),
) -> dict[str, Any]:
    """A copy of a command's body, or of the part of it at `within`, with a commitment for each value that `model` declares
    sealed.

    `class_of` gives the class and the subject of the value at a path. Text that looks like a commitment is sealed like
    any other: taken for one, it would let its sender claim a value that is another's. Raises CommandIdReused as `seal`
    does, and NotStorable.
    """
    result = copy.deepcopy(dict(body))
    paths = list(sealed_paths(model, result))
    values: dict[str, Any] = {}
    for path in paths:
        holder: Any = result
        for step in path[:-1]:
            holder = holder[step]
        values[_pointer((*within, *path))] = holder[path[-1]]
    classes = {_pointer((*within, *path)): class_of(path) for path in paths}
    commitments = _seal_all(tx, command_id, values, classes)
    for path in paths:
        holder = result
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = commitments[_pointer((*within, *path))]
    return result


def sealed_values(conn: Connection, commitments: Collection[str]) -> dict[str, SealedValue]:
    """What is kept for these commitments; one that is not there was left out. Raises Tampered when a value does not
    match its commitment.
    """
    result: dict[str, SealedValue] = {}
    wanted = sorted(set(commitments))
    for start in range(0, len(wanted), 500):
        for row in conn.execute(_BY_COMMITMENT, {"commitments": wanted[start : start + 500]}):
            if row.value is not None and commitment(row.salt, row.value) != row.commitment:
                raise Tampered(None, f"sealed value {row.path} of command {row.command_id} was changed")
            value = None if row.value is None else json.loads(row.value)
            result[row.commitment] = SealedValue(
                row.commitment,
                row.command_id,
                row.path,
                row._mapping["class"],
                row.subject,
                value,
                row.erased_at,
            )
    return result


def unseal(conn: Connection, commitments: Collection[str]) -> dict[str, Any]:
    """The values of these commitments, without those that are erased or left out. Raises Tampered.

    It asks for no permission: who may see which class is the faces' to decide, by `sealed_values`.
    """
    return {key: kept.value for key, kept in sealed_values(conn, commitments).items() if kept.erased_at is None}


@dataclass(frozen=True, slots=True)
class StillKept:
    """Where a sealed value that is still there stands: under which command, which was for which target, and at what place."""

    commitment: str
    command_id: str
    target: str
    path: str
    class_: str
    subject: str | None


def still_kept(
    conn: Connection,
    *,
    subject: str | None = None,
    target: str | None = None,
    classes: Collection[str] = (),
    commitments: Collection[str] = (),
) -> list[StillKept]:
    """The values that are still there: of a subject, of the commands for a target by class, or by commitment."""
    query = (
        select(_c.commitment, _c.command_id, command.c.target, _c.path, _c["class"], _c.subject)
        .join(command, command.c.id == _c.command_id)
        .where(_c.value.is_not(None))
        .order_by(_c.command_id, _c.path)
    )
    if subject is not None:
        query = query.where(_c.subject == subject)
    if target is not None:
        query = query.where(command.c.target == target, _c["class"].in_(classes))
    if commitments:
        query = query.where(_c.commitment.in_(commitments))
    return [StillKept(*row) for row in conn.execute(query)]


def erase(tx: Transaction, at: datetime, *, commitments: Collection[str] = (), subject: str | None = None) -> int:
    """Erase salts and values, by commitment or all of a subject, and say how many. What they were can then not be
    found, nor guessed at. See `Ledger.scrub` for the files.
    """
    erased = 0
    change = update(sealed).where(_c.erased_at.is_(None)).values(**_ERASED, erased_at=at)
    wanted = sorted(set(commitments))
    for start in range(0, len(wanted), 500):
        erased += tx.connection.execute(change.where(_c.commitment.in_(wanted[start : start + 500]))).rowcount
    if subject is not None:
        erased += tx.connection.execute(change.where(_c.subject == subject)).rowcount
    return erased
