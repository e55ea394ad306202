"""Witnesses and logs to test with: a witness on a real socket, and a log of a few leaves with a key of its own."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.types import ASGIApp

from console.serving import serving
from console.witness import Identity, Witness, make_witness_app
from ledger.checkpoints import Checkpoint
from ledger.merkle import consistency_proof, root, span_of
from ledger.notes import Note, VerifierKey
from ledger.witnessing import AddCheckpoint


def now() -> datetime:
    """The time now."""
    return datetime.now(UTC)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """An application on a free port, in a thread with a loop of its own; its address."""
    ready, loop, stop, address = threading.Event(), asyncio.new_event_loop(), asyncio.Event(), list[str]()

    async def serve() -> None:
        async with serving(app, 0) as http:
            address.append(http)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(30)
    try:
        yield address[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


@contextmanager
def a_witness(
    folder: Path, *known: VerifierKey, name: str = "witness.example.org/1", clock: Callable[[], datetime] = now
) -> Iterator[tuple[str, VerifierKey]]:
    """A witness of some logs; its URL and its key."""
    identity = Identity.kept_in(folder, name)
    with served(make_witness_app(Witness(identity, known, clock))) as url:
        yield url, identity.verifier


@dataclass
class Log:
    """A log of its own, honest unless its leaves are changed."""

    origin: str = "log.example.org/1"
    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    leaves: list[bytes] = field(default_factory=list)

    @property
    def key(self) -> VerifierKey:
        """Its key."""
        return VerifierKey(self.origin, self.private.public_key().public_bytes_raw())

    def grow(self, count: int) -> None:
        """Add leaves."""
        self.leaves += [sha256(f"{self.origin} {len(self.leaves) + n}".encode()).digest() for n in range(count)]

    def note(self, size: int, more: str = "") -> Note:
        """A signed checkpoint of a size, with lines of the log's own."""
        held = Checkpoint(self.origin, size, root(self.leaves[:size]))
        return self.key.sign(held.text + more, self.private.sign)

    def request(self, old: int, size: int, more: str = "") -> bytes:
        """What it asks a witness."""
        proof = consistency_proof(old, size, span_of(self.leaves)) if old <= size else []
        note = self.note(size, more)
        return AddCheckpoint(old, tuple(proof), Checkpoint(self.origin, size, root(self.leaves[:size])), note).encode()
