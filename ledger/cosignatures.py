"""Cosignatures, as C2SP tlog-cosignature v1.0.0 says: a witness's word that at a time a checkpoint was the largest it had seen of
a log, and that it extends all it saw of it before.

A cosignature is one more line of the checkpoint's note. It signs a header, the time and the note's text.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from ledger.notes import Note, NoteWrong, Signature, VerifierKey

COSIGNATURE = 4
"""The kind of signature that is an Ed25519 one with a time before it."""

_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


def _signed(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def cosign(text: str, key: VerifierKey, at: datetime, sign: Callable[[bytes], bytes]) -> Signature:
    """The line that a witness adds to a note of this text, at a time, with the private half of its key."""
    seconds = int(at.timestamp())
    return Signature(key.name, key.id, seconds.to_bytes(8, "big") + sign(_signed(text, seconds)))


def seen_by(note: Note, key: VerifierKey) -> datetime | None:
    """When a witness cosigned a note; None when it did not. Raises NoteWrong when it did not make the line of its name and id."""
    for signature in note.signatures:
        if key.kind == COSIGNATURE and (signature.name, signature.key_id) == (key.name, key.id):
            seconds = int.from_bytes(signature.value[:8], "big")
            if not 0 < seconds < _LATEST or not key.checks(signature.value[8:], _signed(note.text, seconds)):
                raise NoteWrong(f"the cosignature by {key.name} is not that witness's")
            return datetime.fromtimestamp(seconds, UTC)
    return None
