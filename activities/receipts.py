"""Making receipts of outcomes, signed with the worker's key, which the ledger names and its checkpoints cover.

None is stored: one is made from the outcome whenever it is asked for, and is the same each time.
"""

from activities.signatures import SigningKey, id_of
from ledger.notes import Note, VerifierKey
from ledger.receipts import receipt_of
from ledger.store import Kind, Ledger


def receipt_key(kind: Kind, public: bytes) -> VerifierKey:
    """The key that receipts of a ledger are checked with, by the public half of the worker's."""
    return VerifierKey(f"turnaround/{kind}/receipts/{id_of(public)}", public)


class Receipts:
    """Makes the receipts of a ledger."""

    def __init__(self, ledger: Ledger, key: SigningKey) -> None:
        self._ledger, self._key = ledger, key
        self.verifier = receipt_key(ledger.about.kind, key.public)

    def of(self, command_id: str) -> Note | None:
        """The receipt of a command's outcome; None while it has none. Raises DatabaseUnavailable, Tampered."""
        with self._ledger.reading() as conn:
            receipt = receipt_of(conn, command_id)
        return self.verifier.sign(receipt.text(self.verifier.name), self._key.sign) if receipt is not None else None
