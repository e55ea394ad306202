"""The tree as it is kept: the root over every complete block of 256 leaves, over every 256 of those, and so on.

`event.leaf_hash` is its lowest level. A block's root is written by the transaction that completes it, so that an append
costs nothing more than itself, and the root or a proof of any earlier size is made from a few hundred hashes a level.
"""

from collections.abc import Sequence
from itertools import count

from sqlalchemy import Connection, bindparam, insert, select

from ledger import merkle
from ledger.errors import Tampered
from ledger.merkle import BLOCK, Tree
from ledger.tables import event, tree_node

_LEAVES = (
    select(event.c.position, event.c.leaf_hash)
    .where(event.c.position > bindparam("first"), event.c.position <= bindparam("last"))
    .order_by(event.c.position)
)
_NODES = (
    select(tree_node.c.number, tree_node.c.hash)
    .where(tree_node.c.level == bindparam("level"))
    .where(tree_node.c.number >= bindparam("first"), tree_node.c.number < bindparam("last"))
    .order_by(tree_node.c.number)
)
_ADD_NODES = insert(tree_node)


def _block(conn: Connection, level: int, number: int) -> Sequence[bytes]:
    """The hashes of a level that stand under one node of the next: 256, or fewer at the end. Raises Tampered at a gap."""
    first = number * BLOCK
    if level == 0:
        rows = conn.execute(_LEAVES, {"first": first, "last": first + BLOCK}).all()
        first += 1  # positions count from 1
    else:
        rows = conn.execute(_NODES, {"level": level, "first": first, "last": first + BLOCK}).all()
    for expected, (found, _) in enumerate(rows, start=first):
        if found != expected:
            raise Tampered(expected if level == 0 else None, "an event or a node of the tree is missing")
    return [hashed for _, hashed in rows]


def complete(conn: Connection, before: int, after: int) -> None:
    """Write the roots of the blocks that were completed when the ledger grew from one size to another."""
    for level in count(1):
        done, full = before // BLOCK**level, after // BLOCK**level
        if done == full:
            return
        roots = (merkle.complete_root(_block(conn, level - 1, number)) for number in range(done, full))
        conn.execute(
            _ADD_NODES,
            [{"level": level, "number": number, "hash": hashed} for number, hashed in enumerate(roots, start=done)],
        )


class StoredTree:
    """The tree of a ledger, at any size up to its own. It sees what its connection sees, and reads each block once."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._blocks: dict[tuple[int, int], Sequence[bytes]] = {}
        self._spans: dict[tuple[int, int], bytes] = {}

    def root(self, size: int) -> bytes:
        """The root over the first `size` events. Raises Tampered where one is missing, as the others here do."""
        return self._span(0, size)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """The proof that the event at a position is in the tree of a size: see `merkle.inclusion_proof`."""
        return merkle.inclusion_proof(position - 1, size, self._span)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The proof that the tree of one size begins with that of another: see `merkle.consistency_proof`."""
        return merkle.consistency_proof(old, new, self._span)

    def _span(self, first: int, last: int) -> bytes:
        # The proofs of events that stand near each other share nearly all of their hashes.
        found = self._spans.get((first, last))
        if found is None:
            found = self._spans[first, last] = self._root_of(first, last)
        return found

    def _root_of(self, first: int, last: int) -> bytes:
        level = 0
        while BLOCK ** (level + 1) <= last - first:
            level += 1
        tree, at = Tree(), first
        while at < last:
            while at + BLOCK**level > last:
                level -= 1
            tree.add(self._hash(level, at // BLOCK**level), BLOCK**level)
            at += BLOCK**level
        return tree.root()

    def _hash(self, level: int, number: int) -> bytes:
        key = level, number // BLOCK
        if key not in self._blocks:
            self._blocks[key] = _block(self._conn, *key)
        hashes = self._blocks[key]
        if number % BLOCK >= len(hashes):
            raise Tampered(number + 1 if level == 0 else None, "an event or a node of the tree is missing")
        return hashes[number % BLOCK]
