"""What the tree of a ledger must have been at some sizes: its own checkpoints, and those that somebody has from elsewhere."""

import heapq
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection

from ledger import checkpoints
from ledger.checkpoints import Checkpoint, SignedCheckpoint
from ledger.events import last_position
from ledger.notes import NoteWrong, signers
from ledger.signers import Origin, origins
from ledger.verify_tree import Bad, Mark


def marks(conn: Connection, named: Sequence[Origin], given: Sequence[Checkpoint]) -> Iterator[Mark]:
    """The roots that the tree must have, by size. Raises Tampered for a checkpoint that can't be read."""
    by_name = {origin.name: origin for origin in named}
    retained = (_retained(by_name, signed) for signed in checkpoints.retained_of_all(conn))
    kept = (mark for mark in retained if mark is not None)
    elsewhere = sorted((_given(by_name, held) for held in given), key=_size)
    return heapq.merge(kept, elsewhere, key=_size)


def largest(conn: Connection, given: Sequence[Checkpoint]) -> Mark | None:
    """The root of the largest checkpoint that is given, or else of the ledger's last; None where there is none.

    Raises Bad where that is no good or the ledger is smaller, and Tampered.
    """
    named = origins(conn)
    by_name = {origin.name: origin for origin in named}
    if given:
        mark: Mark | None = _given(by_name, max(given, key=lambda held: held.size))
    else:
        last = checkpoints.last(conn, named[-1].name) if named else None
        mark = _retained(by_name, last) if last is not None else None
    if mark is not None and mark.wrong is not None:
        raise Bad(*mark.wrong)
    there = last_position(conn)
    if mark is not None and mark.size > there:
        raise Bad(there + 1, f"the ledger ends before it, and {mark.whose} was signed over {mark.size:,} events")
    return mark


def _size(mark: Mark) -> int:
    return mark.size


def _retained(named: Mapping[str, Origin], signed: SignedCheckpoint) -> Mark | None:
    """The mark of a retained checkpoint; None where the ledger says itself that it lost what that was signed over."""
    held, whose = signed.checkpoint, "the ledger's own checkpoint"
    origin = named.get(held.origin)
    try:
        vouched = origin is not None and signers(signed.note, origin.keys_at(held.size))
    except NoteWrong:
        vouched = False
    if origin is None or not vouched:
        wrong = None, f"the retained checkpoint of size {held.size} is signed by no key that the ledger names"
        return Mark(held.size, held.root, whose, wrong)
    return None if origin.lost(held.size) else Mark(held.size, held.root, whose)


def _given(named: Mapping[str, Origin], held: Checkpoint) -> Mark:
    origin = named.get(held.origin)
    wrong: tuple[int | None, str] | None = None
    if origin is None:
        wrong = None, f"the checkpoint given is of {held.origin}, and this ledger does not say that it ever was that"
    elif origin.extends is not None and origin.lost(held.size):
        said = f"the ledger says itself that it lost what {held.origin} was signed over from here to {held.size:,}"
        wrong = origin.extends + 1, said
    return Mark(held.size, held.root, "the checkpoint given", wrong)
