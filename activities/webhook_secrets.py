"""The secrets that webhooks are signed with: each derived from one key, so that none has to be kept or sent.

A secret belongs to somebody's id and a number, which the directory counts; HKDF (RFC 5869) makes it of the key that stands
in the folder of keys. Whoever has that folder signs and can show the same secrets; the ledger holds none.
"""

import base64
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SIZE = 32
"""Bytes of the key and of each secret. Standard Webhooks asks for 24 to 64."""

NAME = "webhooks.key"


class KeyUnusable(Exception):
    """The file of the key does not hold a key. A new one would change every secret, so none is made in its place."""


@dataclass(frozen=True)
class Secrets:
    """The secrets of all webhooks."""

    key: bytes = field(repr=False)

    @classmethod
    def kept_in(cls, folder: Path) -> Self:
        """The secrets of a folder's key, made when it is not there: readable by its owner only. Raises KeyUnusable."""
        path = folder / NAME
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = folder / f".{NAME}.{os.urandom(8).hex()}"
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(SIZE))
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(fresh, path)  # the first of two processes wins, and both go on with its key
            fresh.unlink()
        key = path.read_bytes()
        if len(key) != SIZE:
            raise KeyUnusable(str(path))
        return cls(key)

    def of(self, person: str, number: int) -> str:
        """A secret as a receiver is given it: `whsec_` and base64."""
        info = f"turnaround webhook {person} {number}".encode()
        secret = HKDF(algorithm=SHA256(), length=SIZE, salt=None, info=info).derive(self.key)
        return f"whsec_{base64.b64encode(secret).decode()}"
