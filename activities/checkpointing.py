"""Making a checkpoint: the heads recorded, the tree signed if it extends the last, the note kept and published.

Any step may be cut off. The next run takes it up: heads that no checkpoint covers are not recorded again, the same size is
signed with the same bytes, and what is not published yet is published.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path

import structlog
from sqlalchemy import Connection, func, select
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.publishing import Publication
from activities.signatures import SigningKey
from activities.signer import Memory, Signer, SignerOfAnother, SignerRefuses
from domain.actors import ENGINE
from domain.checkpoints import (
    HEADS,
    SIGNER,
    HeadsRecorded,
    ReceiptKeyNamed,
    ReceiptKeyRevoked,
    RotatedBecause,
    SignerKeyRotated,
    SignerOriginSucceeded,
    SignerStarted,
    SucceededBecause,
)
from domain.dates import When, london_day
from domain.part import Event
from domain.records import CommandRef
from domain.respond import draft
from ledger import checkpoints, heads
from ledger.checkpoints import Checkpoint, SignedCheckpoint
from ledger.errors import DatabaseUnavailable, Tampered
from ledger.events import last_position
from ledger.heads import Heads
from ledger.notes import NoteWrong, VerifierKey, signers
from ledger.signers import origins, receipt_keys
from ledger.store import Ledger, Transaction
from ledger.tables import event as events
from ledger.tree import StoredTree

_LOG = structlog.stdlib.get_logger(__name__)

_LAST_HEADS = select(func.max(events.c.position)).where(events.c.stream == HEADS)
_LAST_OTHER = select(events.c.position).where(events.c.stream != HEADS).order_by(events.c.position.desc()).limit(1)


class NothingToSucceed(Exception):
    """The ledger extends all that was signed of it, so no new origin is called for."""


class NothingToRevoke(Exception):
    """No key of receipts is trusted but the one that the worker signs with now, or that one can't be read here."""


@dataclass(frozen=True, slots=True)
class Made:
    """A checkpoint, the key that signed it, and whether it was made now or is that of before, as nothing has changed."""

    signed: SignedCheckpoint
    key: VerifierKey
    new: bool


class Checkpointing:
    """Makes the checkpoints of a ledger, with its signer. `receipts` is the key that receipts are signed with now."""

    def __init__(
        self,
        ledger: Ledger,
        signer: Signer,
        publication: Publication,
        now: Callable[[], datetime],
        release: str,
        receipts: VerifierKey | None = None,
    ) -> None:
        self._ledger, self._signer, self._publication = ledger, signer, publication
        self._now, self._release, self._receipts = now, release, receipts

    @activity.defn(name="checkpoint", no_thread_cancel_exception=True)
    def checkpoint(self) -> int | None:
        """Make a checkpoint if anything was recorded since the last; its size, or None where the signer is another user's."""
        try:
            return self.make().signed.checkpoint.size
        except SignerOfAnother:
            _LOG.info("checkpoints are signed by another user of this machine")
            return None
        except DatabaseUnavailable:
            raise ApplicationError("the database is unavailable", type="DatabaseUnavailable") from None
        except SignerRefuses as error:
            _LOG.error("the signer refuses", why=error.why, signed=error.signed, there=error.there)
            raise ApplicationError("the signer refuses", type=error.why, non_retryable=True) from None
        except Exception as error:
            # Failures travel through Temporal, where no stored value may stand: only the kind of error goes on.
            _LOG.exception("no checkpoint was made")
            raise ApplicationError("no checkpoint was made", type=type(error).__name__, non_retryable=True) from None

    def make(self) -> Made:
        """Make a checkpoint, or find the last one again where nothing but heads was recorded since.

        Raises SignerRefuses, SignerOfAnother, PublishedOtherwise, DatabaseUnavailable and Tampered.
        """
        with self._signer.alone():
            return self._make(self._ready())

    def rotate(self, because: RotatedBecause) -> Made:
        """Sign with a new key from now on, say so in the ledger, and make a checkpoint with it."""
        with self._signer.alone():
            memory = self._ready()
            key = self._signer.new_key()
            new = str(VerifierKey(memory.origin, key.public))
            rotated = SignerKeyRotated(
                origin=memory.origin,
                key=new,
                old_key=memory.key,
                size=memory.size,
                root=memory.root,
                because=because,
            )
            self.record(SIGNER, rotated)
            memory = Memory(memory.origin, new, memory.size, memory.root)
            self._signer.remember(memory)
            return self._make(memory)

    def succeed(self, because: SucceededBecause) -> Made:
        """Begin a new origin over a ledger that does not extend what was signed of it, and say in the ledger what is lost.

        Raises NothingToSucceed when it does extend it.
        """
        with self._signer.alone():
            try:
                self._ready()
            except SignerRefuses as error:
                refused = error
            else:
                raise NothingToSucceed
            memory = self._signer.memory()
            old = memory.origin if memory is not None else refused.origin
            with self._ledger.reading() as conn:
                known = self._known(conn, old, self._publication.all(old))
                last = next(known, None)
                before = chain((last,) if last else (), known)
                extends = next((held.size for held in before if self._extends(conn, held)), 0)
            key = self._signer.new_key()
            origin = self._origin(key)
            succeeded = SignerOriginSucceeded(
                origin=origin,
                key=str(VerifierKey(origin, key.public)),
                old_origin=old,
                old_size=last.size if last else None,
                old_root=last.root.hex() if last else None,
                extends=extends,
                because=because,
            )
            self.record(SIGNER, succeeded)
            memory = Memory(origin, succeeded.key)
            self._signer.remember(memory)
            return self._make(memory)

    def revoke_receipts(self, because: RotatedBecause) -> Made:
        """Have the ledger say that the keys of receipts which the worker no longer has vouch for nothing after now.

        Raises NothingToRevoke when there are none.
        """
        with self._signer.alone():
            memory = self._ready()
            with self._ledger.reading() as conn:
                named = receipt_keys(conn)
            old = [key for key, revoked in named.items() if revoked is None and key != self._receipts]
            if self._receipts is None or not old:
                raise NothingToRevoke
            last = self._make(memory).signed.checkpoint
            for key in old:
                revoked = ReceiptKeyRevoked(key=str(key), size=last.size, root=last.root.hex(), because=because)
                self.record(SIGNER, revoked)
            return self._make(self._ready())

    def where(self, made: Made) -> Path:
        """The file in which a checkpoint is published."""
        return self._publication.path(made.signed)

    # The signer and the ledger

    def _origin(self, key: SigningKey) -> str:
        return f"turnaround/{self._ledger.about.kind}/{key.id}"

    def _ready(self) -> Memory:
        """What the signer remembers, once it is clear that this is the ledger it belongs to. Raises SignerRefuses."""
        memory = self._signer.memory()
        with self._ledger.reading() as conn:
            named, there = origins(conn), last_position(conn)
            if memory is None and named:
                raise SignerRefuses("no-state", named[-1].name, 0, there)
            if memory is not None:
                latest = self._publication.latest()
                for held in self._known(conn, memory.origin, (latest,) if latest else ()):
                    if held.size > there:
                        raise SignerRefuses("shrunk", held.origin, held.size, there)
                    if not self._extends(conn, held):
                        raise SignerRefuses("forked", held.origin, held.size, there)
        if memory is None:
            key = self._signer.new_key()
            origin = self._origin(key)
            memory = Memory(origin, str(VerifierKey(origin, key.public)))
            self._signer.remember(memory)
        if not named and memory.size == 0:
            self.record(SIGNER, SignerStarted(origin=memory.origin, key=memory.key))
        elif not named or (named[-1].name, str(named[-1].key)) != (memory.origin, memory.key):
            raise SignerRefuses("other-signer", memory.origin, memory.size, there)
        self._name_receipts_key()
        return memory

    def _name_receipts_key(self) -> None:
        """Have the ledger name the key of its receipts, which the next checkpoint then covers."""
        with self._ledger.reading() as conn:
            named = receipt_keys(conn)
        if self._receipts is not None and self._receipts not in named:
            self.record(SIGNER, ReceiptKeyNamed(key=str(self._receipts)))

    def _known(self, conn: Connection, origin: str, published: Iterable[SignedCheckpoint]) -> Iterator[Checkpoint]:
        """What is known to have been signed under an origin, the largest first: remembered, retained or published.

        The signer's folder may itself have been put back from a backup, and then the other two know better.
        """
        keys = [key for named in origins(conn) if named.name == origin for key in named.keys_at(0)]
        memory = self._signer.memory()
        if memory is not None and memory.origin == origin:
            keys.append(VerifierKey.parse(memory.key))
            remembered = [Checkpoint(origin, memory.size, bytes.fromhex(memory.root))]
        else:
            remembered = []
        retained = checkpoints.last(conn, origin)
        signed = {held.checkpoint: held for held in (*((retained,) if retained else ()), *published)}
        for held in sorted({*remembered, *signed}, key=lambda held: held.size, reverse=True):
            if held in remembered or (held.origin == origin and _signed(signed[held], keys)):
                yield held

    def _extends(self, conn: Connection, held: Checkpoint) -> bool:
        return held.size <= last_position(conn) and StoredTree(conn).root(held.size) == held.root

    # The steps

    def _make(self, memory: Memory) -> Made:
        size = self._heads_recorded()
        verifier = VerifierKey.parse(memory.key)
        with self._ledger.reading() as conn:
            signed = checkpoints.last(conn, memory.origin)
            new = signed is None or signed.checkpoint.size < size
            tree = StoredTree(conn)
            held = Checkpoint(memory.origin, size, tree.root(size))
            proof = tree.consistency(memory.size, size)
        if signed is not None and not new and signed.checkpoint != held:
            raise Tampered(None, f"the retained checkpoint of size {size} is not of this tree")
        if signed is None or new:
            signed = SignedCheckpoint(held, self._signer.sign(held, proof))
            with self._ledger.writing() as tx:
                checkpoints.keep(tx.connection, signed, self._now())
        with self._ledger.reading() as conn:
            self._publication.publish(conn, memory.origin)
        return Made(signed, verifier, new)

    def _heads_recorded(self) -> int:
        """The size of the ledger with the heads of all its streams recorded as its last event."""
        with self._ledger.reading() as conn:
            recorded = conn.execute(_LAST_HEADS).scalar() or 0
            if recorded > (conn.execute(_LAST_OTHER).scalar() or 0):
                return recorded
            before, lasts = last_position(conn), heads.current(conn)
        with self._ledger.writing() as tx:
            # All streams are read before the ledger's one writer is held up, which then reads what came since.
            size = last_position(tx.connection)
            found = Heads(lasts | heads.since(tx.connection, before, size))
            event = HeadsRecorded(size=size, streams=len(found.streams), root=found.root.hex())
            return self._append(tx, HEADS, event)

    def record(self, stream: str, event: Event) -> int:
        """Append an event of the engine's own, and return its position."""
        with self._ledger.writing() as tx:
            return self._append(tx, stream, event)

    def _append(self, tx: Transaction, stream: str, event: Event) -> int:
        at = self._now()
        head = tx.head(stream)
        wanted = draft(event, When.day(london_day(at)), ENGINE, ENGINE)
        ref = CommandRef(id=f"{event.type}/{head.version + 1}", digest="")
        (recorded,) = tx.append(stream, head.version, [wanted], ref, at, self._release)
        return recorded.position


def _signed(held: SignedCheckpoint, keys: Iterable[VerifierKey]) -> bool:
    try:
        return bool(signers(held.note, keys))
    except NoteWrong:
        return False
