"""What a log sends to a witness, as C2SP tlog-witness says: `old`, a size and the proof from there; an empty line; a checkpoint.

The side that asks writes it and the side that answers reads it. See activities.witnesses and console.witness.
"""

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Self

from ledger.checkpoints import Checkpoint
from ledger.notes import Note, NoteWrong, base64_bytes

MOST_STEPS = 63
"""A proof has no more: it is enough for any tree there can be."""

SIZE_TYPE = "text/x.tlog.size"
"""The media type of an answer that names the size that the witness holds."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A checkpoint in its note, and the proof that its tree begins with that of the size `old`."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint
    note: Note

    def encode(self) -> bytes:
        """The body of the request."""
        steps = "".join(f"{b64encode(step).decode()}\n" for step in self.proof)
        return f"old {self.old}\n{steps}\n".encode() + self.note.encode()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the body of a request. Raises NoteWrong."""
        head, empty, rest = data.partition(b"\n\n")
        first, *lines = head.decode("ascii", errors="replace").split("\n")
        old = _OLD.fullmatch(first)
        if not empty or old is None:
            raise NoteWrong("it does not begin with the old size, the proof and an empty line")
        if len(lines) > MOST_STEPS:
            raise NoteWrong(f"the proof has more than {MOST_STEPS} lines")
        note = Note.parse(rest)
        return cls(int(old[1]), tuple(map(_hash, lines)), checkpoint_in(note), note)


def checkpoint_in(note: Note) -> Checkpoint:
    """The checkpoint in a note, which may have lines of its log's own after the three that count. Raises NoteWrong."""
    lines = note.text.split("\n")
    if "" in lines[3:-1]:
        raise NoteWrong("a line of the checkpoint is empty")
    return Checkpoint.parse("\n".join(lines[:3]) + "\n")


def _hash(line: str) -> bytes:
    try:
        data = base64_bytes(line)
    except ValueError:
        raise NoteWrong("a line of the proof is not base64") from None
    if len(data) != 32:
        raise NoteWrong("a line of the proof is not a SHA-256")
    return data
