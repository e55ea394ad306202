"""What the console keeps for a while that may hold sealed values: encrypted with a key of its own, never readable on disk."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from activities import durable


@dataclass(frozen=True)
class Box:
    """A box for what waits in the console's database. Its key is a file in a folder of keys, made when it is first needed."""

    folder: Path

    def shut(self, value: Any) -> bytes:
        """A value as it is kept."""
        return self._key().encrypt(json.dumps(value).encode())

    def opened(self, kept: bytes) -> Any:
        """What was kept."""
        return json.loads(self._key().decrypt(kept))

    def _key(self) -> Fernet:
        file = self.folder / "waiting.key"
        if not file.exists():
            with durable.alone(self.folder):
                if not file.exists():
                    durable.write(file, Fernet.generate_key())
                    file.chmod(0o600)
        return Fernet(file.read_bytes())
