"""What is kept in memory of what was made from the ledger: the newest, and no more than so much of it."""

from threading import Lock
from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Newest(dict[K, V]):
    """What was put last, in that order: at most `most` values.

    It may be used from many threads: to one that reads, what another puts again may be gone for a moment.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most
        self._lock = Lock()

    def put(self, key: K, value: V) -> None:
        """Keep a value as the newest, and let go of the oldest where there are too many."""
        with self._lock:
            self.pop(key, None)
            self[key] = value
            while len(self) > self.most:
                del self[next(iter(self))]
