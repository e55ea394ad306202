"""Publishing checkpoints into a directory: a file for each, never written over, and `latest`.

The directory is worth something where nobody who can change the ledger can change it: a share of the auditor's, a
versioned store, a page that others archive.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from activities import durable
from ledger import checkpoints
from ledger.checkpoints import SignedCheckpoint
from ledger.notes import Note, NoteWrong


class PublishedOtherwise(Exception):
    """A file that was published says something else than the checkpoint of its size. `path` is the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


@dataclass(frozen=True)
class Publication:
    """The directory: `<origin>/<size>.checkpoint`, with the slashes of the origin as underscores. What witnesses add comes in
    files of its own.
    """

    folder: Path

    def _of(self, origin: str) -> Path:
        return self.folder / origin.replace("/", "_")

    def path(self, signed: SignedCheckpoint) -> Path:
        """Where a checkpoint stands."""
        return self._of(signed.checkpoint.origin) / f"{signed.checkpoint.size}.checkpoint"

    def latest(self) -> SignedCheckpoint | None:
        """The checkpoint that was published last; None where there is none that can be read."""
        return _read(self.folder / "latest")

    def all(self, origin: str) -> Iterator[SignedCheckpoint]:
        """What is published of an origin, the largest first; files that can't be read are passed over."""
        paths = [path for path in self._of(origin).glob("*.checkpoint") if path.stem.isdecimal()]
        for path in sorted(paths, key=lambda path: int(path.stem), reverse=True):
            found = _read(path)
            if found is not None and self.path(found) == path:
                yield found

    def publish(self, conn: Connection, origin: str) -> None:
        """Publish what is retained of an origin and was not published yet. Raises PublishedOtherwise."""
        latest = self.latest()
        done = latest.checkpoint.size if latest is not None and latest.checkpoint.origin == origin else 0
        for signed in checkpoints.retained(conn, origin, done):
            path = self.path(signed)
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path.with_suffix(".new"), signed)
            try:
                os.link(path.with_suffix(".new"), path)
            except FileExistsError:
                there = _read(path)
                if there is None or there.checkpoint != signed.checkpoint:
                    raise PublishedOtherwise(path) from None
            finally:
                path.with_suffix(".new").unlink()
            _write(self.folder / "latest.new", signed)
            (self.folder / "latest.new").replace(self.folder / "latest")

    def publish_cosigned(self, signed: SignedCheckpoint, cosigned: Note) -> None:
        """Publish a checkpoint with the cosignatures there are of it: `<size>.<key id>.cosigned` for each witness, never
        written over, and `latest.cosigned` with all of them.
        """
        own = len(signed.note.signatures)
        path = self.path(signed)
        path.parent.mkdir(parents=True, exist_ok=True)
        for signature in cosigned.signatures[own:]:
            one = path.with_suffix(f".{signature.key_id.hex()}.cosigned")
            if not one.exists():
                durable.write(one, signed.note.with_signatures([signature]).encode())
        durable.write(self.folder / "latest.cosigned", cosigned.encode())


def _read(path: Path) -> SignedCheckpoint | None:
    try:
        return SignedCheckpoint.parse(path.read_bytes())
    except (FileNotFoundError, NoteWrong):
        return None


def _write(path: Path, signed: SignedCheckpoint) -> None:
    with path.open("wb") as file:
        file.write(signed.note.encode())
        file.flush()
        os.fsync(file.fileno())
