"""What witnesses saw of a ledger: which of its checkpoints they cosigned, and whether events fit the times at which they did.

A cosignature binds whoever runs the ledger: what was cosigned can't be made anew. It also dates it: an event among those that a
witness saw was not recorded later, and one that is not among them was not recorded before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from sqlalchemy import Connection, Text, bindparam, or_, select, type_coerce

from domain.records import instant_text
from ledger import checkpoints
from ledger.checkpoints import Checkpoint, SignedCheckpoint
from ledger.cosignatures import seen_by
from ledger.notes import NoteWrong, VerifierKey
from ledger.signers import origins
from ledger.tables import event
from ledger.verify_tree import Bad

SLACK = timedelta(minutes=5)
"""By how much the clocks of the engine and of a witness may differ."""

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)

# Read as text: what was tampered with need not be a time.
_at = type_coerce(event.c.recorded_at, Text)
_OUTSIDE = (
    select(event.c.position, _at.label("recorded_at"))
    .where(event.c.position > bindparam("after"), event.c.position <= bindparam("until"))
    .where(or_(_at < bindparam("earliest"), _at > bindparam("latest")))
    .order_by(event.c.position)
    .limit(1)
)


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint, and when which of the witnesses that a reader named cosigned it."""

    checkpoint: Checkpoint
    seen: Mapping[VerifierKey, datetime]


def cosigned(conn: Connection, given: Sequence[SignedCheckpoint], witnesses: Sequence[VerifierKey]) -> list[Cosigned]:
    """The checkpoints, kept or given, that any of these witnesses cosigned, the smallest first. Those of which the ledger says
    itself that it lost what they were signed over are not among them. Raises Bad, Tampered.
    """
    lost = {origin.name: origin for origin in origins(conn)}
    found: dict[Checkpoint, dict[VerifierKey, datetime]] = {}
    for witness in witnesses:
        for signed in (*given, *checkpoints.cosigned_by(conn, witness)):
            held = signed.checkpoint
            try:
                at = seen_by(signed.note, witness)
            except NoteWrong as error:
                raise Bad(None, f"of the checkpoint of size {held.size} {error.why}") from None
            if at is not None and held.origin in lost and not lost[held.origin].lost(held.size):
                found.setdefault(held, {})[witness] = at
    return [Cosigned(held, found[held]) for held in sorted(found, key=lambda held: held.size)]


def best(found: Sequence[Cosigned], need: int) -> Cosigned | None:
    """The largest that enough witnesses cosigned."""
    return next((each for each in reversed(found) if len(each.seen) >= need), None)


def check_times(conn: Connection, found: Sequence[Cosigned]) -> None:
    """That no event is recorded later than a witness saw it, or earlier than one saw the ledger without it, by more than
    `SLACK`. Raises Bad.
    """
    for after, until, earliest, latest in _windows(found):
        first, last = instant_text(earliest - SLACK), instant_text(latest + SLACK)
        bounds = {"after": after, "until": until, "earliest": first, "latest": last}
        row = conn.execute(_OUTSIDE, bounds).first()
        if row is not None:
            late = row.recorded_at > last
            which = "a witness had seen it already" if late else "a witness had not seen it yet"
            seen = instant_text(latest if late else earliest)
            raise Bad(row.position, f"it says that it was recorded at {row.recorded_at}, and {which} at {seen}")


def _windows(found: Sequence[Cosigned]) -> Iterator[tuple[int, int, datetime, datetime]]:
    """Stretches of positions, each with the time at which its events were not there yet, and that at which they were."""
    sizes = [0, *(each.checkpoint.size for each in found), 2**62]
    absent = [*accumulate((max(each.seen.values()) for each in found), max, initial=_FIRST + SLACK)]
    present = [*accumulate((min(each.seen.values()) for each in reversed(found)), min, initial=_LAST - SLACK)][::-1]
    for number in range(len(found) + 1):
        if sizes[number] < sizes[number + 1]:
            yield sizes[number], sizes[number + 1], absent[number], present[number]
