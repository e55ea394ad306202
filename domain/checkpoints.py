"""What the ledger says of itself: the heads of all streams before each checkpoint, who signs checkpoints and receipts by which
key, and which witness objected.

A checkpoint is a signed statement of the ledger's size and root. Its signer is known by an origin, the name of the tree
that it never signs two versions of, and by a key. Nothing here is free text or a name.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from domain.part import Event

HEADS = "heads"
SIGNER = "signer"

RotatedBecause = Literal["scheduled", "compromised", "lost"]
SucceededBecause = Literal["restored", "forked", "state-lost"]
Objection = Literal["forked", "ahead"]

STATUTORY = frozenset(
    {
        "authority-recorded",
        "authority-ended",
        "commissioner-appointed",
        "contract-awarded",
        "decision-recorded",
        "directions-issued",
        "directions-revoked",
        "engagement-closed",
        "engagement-opened",
        "engagement-stopped",
        "exit-signed-off",
        "functions-returned",
        "reserved-power-used",
        "special-measures-ended",
        "special-measures-lifted",
        "special-measures-placed",
        "special-measures-resumed",
    }
)
"""The steps that have legal force, after each of which a checkpoint is signed at once: a rating's consequence, a decision
and the authority for it, an award, directions and the use of a power, a sign-off, an end.
"""


class HeadsRecorded(Event):
    """The heads of all streams as the first `size` events left them: how many there are, and the root over them."""

    type: ClassVar[str] = "heads-recorded"
    size: int
    streams: int
    root: str


class SignerStarted(Event):
    """The first signer of the ledger's checkpoints: its origin, and its key as C2SP signed-note writes it."""

    type: ClassVar[str] = "signer-started"
    origin: str
    key: str


class SignerKeyRotated(Event):
    """A new key signs from now on. The old one vouches for the checkpoint of `size` and `root` and none that is later."""

    type: ClassVar[str] = "signer-key-rotated"
    origin: str
    key: str
    old_key: str
    size: int
    root: str
    because: RotatedBecause


class SignerOriginSucceeded(Event):
    """The ledger does not extend what was signed of it, so a new origin begins and says so for ever.

    The old origin's last checkpoint was of `old_size` and `old_root`, both None where even that is lost. Up to
    `extends` the ledger is still what was signed; what stood in its positions from there to `old_size` is lost.
    """

    type: ClassVar[str] = "signer-origin-succeeded"
    origin: str
    key: str
    old_origin: str
    old_size: int | None
    old_root: str | None
    extends: int
    because: SucceededBecause


class ReceiptKeyNamed(Event):
    """A key that receipts of outcomes are signed with, as C2SP signed-note writes it. It is good until it is revoked."""

    type: ClassVar[str] = "receipt-key-named"
    key: str


class ReceiptKeyRevoked(Event):
    """A key of receipts, which the worker no longer has, vouches for what the checkpoint of `size` and `root` covers and for
    nothing later. One that was `compromised` does so only as far as a witness had cosigned a checkpoint before.
    """

    type: ClassVar[str] = "receipt-key-revoked"
    key: str
    size: int
    root: str
    because: RotatedBecause


class WitnessObjected(Event):
    """A witness, by its key, did not cosign the checkpoint of `size` and `root`: what it cosigned of this origin before is not
    the beginning of that (`forked`), or is longer (`ahead`), of `held` events where it said so.
    """

    type: ClassVar[str] = "witness-objected"
    origin: str
    witness: str
    size: int
    root: str
    why: Objection
    held: int | None = None


EVENTS: Mapping[str, type[Event]] = {
    e.type: e
    for e in (
        HeadsRecorded,
        SignerStarted,
        SignerKeyRotated,
        SignerOriginSucceeded,
        ReceiptKeyNamed,
        ReceiptKeyRevoked,
        WitnessObjected,
    )
}
