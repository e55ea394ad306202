"""Who signs the ledger's checkpoints, as the ledger itself says: origins one after another, each with its keys.

A reader who trusts nobody takes the keys from elsewhere. These serve to see whether the ledger agrees with itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from domain.checkpoints import (
    EVENTS,
    SIGNER,
    ReceiptKeyNamed,
    ReceiptKeyRevoked,
    RotatedBecause,
    SignerKeyRotated,
    SignerOriginSucceeded,
    SignerStarted,
    WitnessObjected,
)
from ledger.errors import Tampered
from ledger.events import read_stream
from ledger.notes import VerifierKey


@dataclass(frozen=True, slots=True)
class Period:
    """A key, and the size of the last checkpoint that it vouches for; None while it is in use."""

    key: VerifierKey
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """A name under which checkpoints were signed. One that was succeeded says up to which size the ledger still is what
    was signed of it (`extends`), and the size that was signed last, where that is known.
    """

    name: str
    periods: tuple[Period, ...]
    extends: int | None = None
    signed: int | None = None

    @property
    def key(self) -> VerifierKey:
        """The key in use."""
        return self.periods[-1].key

    def keys_at(self, size: int) -> list[VerifierKey]:
        """The keys that vouch for a checkpoint of a size."""
        return [period.key for period in self.periods if period.until is None or size <= period.until]

    def lost(self, size: int) -> bool:
        """Whether the ledger says itself that it lost what a checkpoint of this size was signed over."""
        return self.extends is not None and size > self.extends


def origins(conn: Connection) -> list[Origin]:
    """The origins, the present one last; none before the first checkpoint. Raises Tampered."""
    found: list[Origin] = []
    for recorded in read_stream(conn, SIGNER):
        try:
            event = EVENTS[recorded.type].read(recorded.body)
            if isinstance(event, SignerStarted | SignerKeyRotated | SignerOriginSucceeded):
                found = _with(found, event, VerifierKey.parse(event.key))
        except (LookupError, ValueError):
            raise Tampered(recorded.position, "it is not what a signer records") from None
    return found


@dataclass(frozen=True, slots=True)
class Revoked:
    """When the ledger recorded that a key of receipts is good no longer, why, and the size of the last checkpoint until then."""

    at: datetime
    because: RotatedBecause
    size: int


def receipt_keys(conn: Connection) -> dict[VerifierKey, Revoked | None]:
    """The keys that receipts are or were signed with, as the ledger names them, the oldest first. Raises Tampered."""
    found: dict[VerifierKey, Revoked | None] = {}
    for recorded in read_stream(conn, SIGNER):
        try:
            event = EVENTS[recorded.type].read(recorded.body)
            if isinstance(event, ReceiptKeyNamed):
                found.setdefault(VerifierKey.parse(event.key))
            elif isinstance(event, ReceiptKeyRevoked):
                found[VerifierKey.parse(event.key)] = Revoked(recorded.recorded_at, event.because, event.size)
        except (LookupError, ValueError):
            raise Tampered(recorded.position, "it is not what a signer records") from None
    return found


def objections(conn: Connection, origin: str) -> dict[str, WitnessObjected]:
    """What witnesses objected to under an origin, by the key of the witness. Raises Tampered."""
    recorded = [event for event in read_stream(conn, SIGNER) if event.type == WitnessObjected.type]
    found = [WitnessObjected.read(event.body) for event in recorded]
    return {one.witness: one for one in found if one.origin == origin}


def _with(
    found: list[Origin], event: SignerStarted | SignerKeyRotated | SignerOriginSucceeded, key: VerifierKey
) -> list[Origin]:
    if isinstance(event, SignerStarted):
        return [*found, Origin(event.origin, (Period(key),))]
    *before, last = found
    if isinstance(event, SignerKeyRotated):
        *older, current = last.periods
        return [*before, replace(last, periods=(*older, replace(current, until=event.size), Period(key)))]
    ended = replace(last, extends=event.extends, signed=event.old_size)
    return [*before, ended, Origin(event.origin, (Period(key),))]
