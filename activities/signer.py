"""The signer of checkpoints: its keys and its memory, in a folder of its own that nobody else need be able to write.

It remembers outside the ledger what it signed last and signs nothing that does not extend it. What it remembers is on disk
before the signature leaves it, so a crash can only make it sign the same again.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from activities import durable
from activities.signatures import SigningKey
from ledger.checkpoints import Checkpoint
from ledger.merkle import EMPTY_ROOT, verify_consistency
from ledger.notes import Note, VerifierKey

Why = Literal["shrunk", "forked", "no-state", "other-signer", "key-missing"]


class SignerRefuses(Exception):
    """The signer signs nothing, because the ledger is not what it signed before, or it is not this ledger's signer.

    `why`: the ledger is shorter than what was signed (`shrunk`); it is another from some position on (`forked`); the
    ledger names a signer and there is nothing of it here (`no-state`), or names another than is here (`other-signer`);
    the key is not in the folder (`key-missing`). `signed` and `there` are sizes: of what was signed last, and of the ledger.
    """

    def __init__(self, why: Why, origin: str, signed: int = 0, there: int = 0) -> None:
        super().__init__(why, origin, signed, there)
        self.why, self.origin, self.signed, self.there = why, origin, signed, there


class SignerOfAnother(Exception):
    """The signer's folder belongs to another user of this machine, who makes the checkpoints. `folder` is its path."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder


@dataclass(frozen=True, slots=True)
class Memory:
    """What the signer remembers: its origin, its key, and the size and root (in hexadecimal) that it signed last."""

    origin: str
    key: str
    size: int = 0
    root: str = EMPTY_ROOT.hex()

    def extended_by(self, held: Checkpoint, proof: Sequence[bytes]) -> bool:
        """Whether a checkpoint extends what is remembered, as a consistency proof shows."""
        return verify_consistency(self.size, bytes.fromhex(self.root), held.size, held.root, proof)


class Signer:
    """The keys and the memory of a folder. Whoever uses it does so `alone`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "signed.json"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait to be the folder's only user, in this process and others. Raises SignerOfAnother."""
        with ExitStack() as stack:
            try:
                stack.enter_context(durable.alone(self._folder))
            except PermissionError:
                raise SignerOfAnother(self._folder) from None
            yield

    def memory(self) -> Memory | None:
        """What it remembers; None before it began, or when that was lost."""
        try:
            return Memory(**json.loads(self._file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None

    def remember(self, memory: Memory) -> None:
        """Put a new memory in the place of the old one. When this returns it outlasts a power cut."""
        durable.write(self._file, json.dumps(asdict(memory)).encode())

    def new_key(self) -> SigningKey:
        """Another key, beside those there are."""
        number = 1
        while (self._folder / f"signer-{number}.key").exists():
            number += 1
        return SigningKey.kept_in(self._folder, f"signer-{number}")

    def _key(self, wanted: VerifierKey) -> SigningKey:
        for path in sorted(self._folder.glob("signer-*.key")):
            key = SigningKey.kept_in(self._folder, path.stem)
            if key.public == wanted.public:
                return key
        raise SignerRefuses("key-missing", wanted.name)

    def sign(self, held: Checkpoint, proof: Sequence[bytes]) -> Note:
        """Sign a checkpoint that extends the last one, as the consistency proof from that one shows.

        Raises SignerRefuses when it does not, and signs nothing.
        """
        memory = self.memory()
        if memory is None:
            raise SignerRefuses("no-state", held.origin, 0, held.size)
        if held.origin != memory.origin:
            raise SignerRefuses("other-signer", held.origin, memory.size, held.size)
        if held.size < memory.size:
            raise SignerRefuses("shrunk", held.origin, memory.size, held.size)
        if not memory.extended_by(held, proof):
            raise SignerRefuses("forked", held.origin, memory.size, held.size)
        verifier = VerifierKey.parse(memory.key)
        key = self._key(verifier)
        self.remember(replace(memory, size=held.size, root=held.root.hex()))
        return verifier.sign(held.text, key.sign)
