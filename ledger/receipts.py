"""Receipts: what became of a command, signed, so that whoever gave it can show it when the ledger no longer says so.

A receipt is a signed note (see ledger.notes) made from the outcome that is stored, and the same bytes each time it is made. Its
first line is the name of the key that signs it; the second keeps it from being taken for anything else, a checkpoint above all.
"""

import re
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Self

from sqlalchemy import Connection, bindparam, select

from domain.records import instant_text
from ledger import checkpoints
from ledger.canonical import canonical, leaf_hash
from ledger.checkpoints import Checkpoint
from ledger.commands import outcome_of, stored_command
from ledger.merkle import verify_inclusion
from ledger.notes import NoteWrong, signers
from ledger.signers import origins
from ledger.tables import event
from ledger.tree import StoredTree

KIND = "turnaround-receipt/1"

_POSITION = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_EVENT = select(event.c.leaf, event.c.leaf_hash).where(event.c.position == bindparam("position"))


class NotHeld(Exception):
    """The ledger does not hold what a receipt says. `position` is that of the receipt's event; `why` says what is wrong."""

    def __init__(self, position: int | None, why: str) -> None:
        super().__init__(position, why)
        self.position, self.why = position, why


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a command. Every value is text as it stands in the note.

    `digest` is that of the command's bytes and `sha256` that of the outcome's; `leaf` is the leaf hash of the event at
    `position`, the last that followed: for a refused command the one that says so. Both are `none` where nothing followed.
    `outcome` is `accepted`, or `refused` and the rule; `version` that of the stream afterwards.
    """

    command: str
    digest: str
    stream: str
    outcome: str
    version: str
    position: str
    leaf: str
    recorded: str
    sha256: str

    def text(self, signer: str) -> str:
        """The text of the note, with the name of the key that signs it."""
        lines = (f"{field.name} {getattr(self, field.name)}\n" for field in fields(self))
        return f"{signer}\n{KIND}\n" + "".join(lines)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text. Raises NoteWrong."""
        signer, _, rest = text.partition("\n")
        values = dict(line.split(" ", 1) for line in rest.split("\n")[1:] if " " in line)
        names = [field.name for field in fields(cls)]
        if set(values) != set(names) or (receipt := cls(**values)).text(signer) != text:
            raise NoteWrong("it is not a receipt, or one of another release")
        if receipt.position != "none" and not _POSITION.fullmatch(receipt.position):
            raise NoteWrong("its position is not a number")
        return receipt

    @property
    def at(self) -> int | None:
        """The position of its event."""
        return None if self.position == "none" else int(self.position)


def receipt_of(conn: Connection, command_id: str) -> Receipt | None:
    """The receipt of a command, from its stored outcome; None where it has none. Raises Tampered."""
    command, outcome = stored_command(conn, command_id), outcome_of(conn, command_id)
    if command is None or outcome is None:
        return None
    row = conn.execute(_EVENT, {"position": outcome.position}).one_or_none() if outcome.position else None
    return Receipt(
        command=command_id,
        digest=outcome.digest,
        stream=command.record.target,
        outcome="accepted" if outcome.accepted else f"refused {outcome.outcome['rule']}",
        version=str(outcome.outcome["version"]),
        position=str(outcome.position or "none"),
        leaf=leaf_hash(row.leaf).hex() if row is not None else "none",
        recorded=instant_text(outcome.recorded_at),
        sha256=sha256(canonical(outcome.outcome)).hexdigest(),
    )


def included(conn: Connection, receipt: Receipt, held: Checkpoint) -> bool:
    """Whether the event of a receipt is in the tree that a checkpoint was signed over."""
    if receipt.at is None or receipt.at > held.size:
        return False
    proof = StoredTree(conn).inclusion(receipt.at, held.size)
    return verify_inclusion(bytes.fromhex(receipt.leaf), receipt.at - 1, held.size, proof, held.root)


def check(conn: Connection, receipt: Receipt) -> Checkpoint | None:
    """The ledger's first checkpoint that covers what a receipt says; None while there is none. Raises NotHeld, Tampered."""
    held = receipt_of(conn, receipt.command)
    if held is None:
        raise NotHeld(receipt.at, f"the ledger holds no outcome of {receipt.command}: it was dropped")
    for field in fields(Receipt):
        there, said = getattr(held, field.name), getattr(receipt, field.name)
        if there != said:
            raise NotHeld(receipt.at, f"the receipt says {field.name} {said}, and the ledger {field.name} {there}")
    named = origins(conn)
    if receipt.at is None or not named:
        return None
    signed = checkpoints.covering(conn, named[-1].name, receipt.at)
    if signed is None:
        return None
    covering = signed.checkpoint
    try:
        vouched = bool(signers(signed.note, named[-1].keys_at(covering.size)))
    except NoteWrong:
        vouched = False
    if not vouched or not included(conn, receipt, covering):
        raise NotHeld(
            receipt.at, f"it is not in the tree that the checkpoint of {covering.size} events was signed over"
        )
    return covering
