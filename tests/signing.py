"""A signer with its ledger, to have checkpoints made by."""

import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from activities.checkpointing import Checkpointing
from activities.publishing import Publication
from activities.signer import Signer
from ledger.checkpoints import Checkpoint
from ledger.store import Ledger
from tests.databases import AT, RELEASE, carry_out


@dataclass
class Signing:
    """A ledger, and the folders of its signer and of what that publishes."""

    ledger: Ledger
    folder: Path
    carried_out: int = 0
    moments: int = 0

    @property
    def signer(self) -> Signer:
        """The signer's folder."""
        return Signer(self.folder / "signer")

    @property
    def publication(self) -> Publication:
        """Where it publishes."""
        return Publication(self.folder / "checkpoints")

    def making(self) -> Checkpointing:
        """What makes checkpoints, as a process that has just begun."""

        def now() -> object:
            self.moments += 1
            return AT + timedelta(seconds=self.moments)

        return Checkpointing(self.ledger, self.signer, self.publication, now, RELEASE)  # type: ignore[arg-type]

    def checkpoint(self) -> Checkpoint:
        """Make a checkpoint."""
        return self.making().make().signed.checkpoint

    def grow(self, commands: int = 1, events: int = 1, stream: str = "engagement/haringey-1") -> None:
        """Carry out some commands."""
        for _ in range(commands):
            self.carried_out += 1
            carry_out(self.ledger, f"c-{self.carried_out}", events, stream=stream)

    def published(self) -> dict[str, bytes]:
        """The published files, by their names."""
        return {path.name: path.read_bytes() for path in self.publication.folder.rglob("*") if path.is_file()}


def copy_of(url: str, path: Path) -> str:
    """A copy of an SQLite ledger that nobody writes to now, as a backup is."""
    source = Path(url.removeprefix("sqlite:///"))
    for suffix in ("", "-wal"):
        if Path(f"{source}{suffix}").exists():
            shutil.copy(f"{source}{suffix}", f"{path}{suffix}")
    return f"sqlite:///{path}"
