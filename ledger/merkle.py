"""The tree over the ledger's leaves, as RFC 6962 lays it out: roots, and proofs that one tree holds a leaf or extends another.

Everything here is pure, over hashes. A proof is made from the roots of stretches of leaves, wherever those come from; it
is checked with nothing but the hashes that it names (RFC 9162, 2.1.3.2 and 2.1.4.2). Indexes count leaves from 0.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Self

from ledger.canonical import node_hash

EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves: the hash of nothing."""

Span = Callable[[int, int], bytes]
"""The root over the leaves from one index up to another, which is not included."""

BLOCK = 256
"""Leaves are hashed level by level, at most so many at a time."""


class Tree:
    """The tree over leaf hashes that are added at its end. It keeps one hash for each complete subtree: log2(size)."""

    def __init__(self) -> None:
        self.size = 0
        self._subtrees: list[tuple[int, bytes]] = []

    def add(self, hashed: bytes, size: int = 1) -> None:
        """Add a leaf hash, or the root of a complete subtree of `size` leaves, a power of two that divides what is there."""
        self.size += size
        while self._subtrees and self._subtrees[-1][0] == size:
            hashed = node_hash(self._subtrees.pop()[1], hashed)
            size *= 2
        self._subtrees.append((size, hashed))

    def extend(self, leaves: Sequence[bytes]) -> None:
        """Add many leaf hashes."""
        done = 0
        while done < len(leaves):
            size = BLOCK
            while self.size % size or size > len(leaves) - done:
                size //= 2
            self.add(complete_root(leaves[done : done + size]), size)
            done += size

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._subtrees:
            return EMPTY_ROOT
        result = self._subtrees[-1][1]
        for _, left in reversed(self._subtrees[:-1]):
            result = node_hash(left, result)
        return result

    @classmethod
    def over(cls, leaves: Iterable[bytes]) -> Self:
        """The tree over some leaf hashes."""
        tree = cls()
        tree.extend(list(leaves))
        return tree


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    return Tree.over(leaves).root()


def complete_root(level: Sequence[bytes]) -> bytes:
    """The root over as many hashes as a power of two."""
    sha256 = hashlib.sha256
    while len(level) > 1:
        pairs = iter(level)
        # `node_hash`, written out: here it is called once an event.
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return level[0]


def span_of(leaves: Sequence[bytes]) -> Span:
    """The stretches of leaf hashes that are all in memory. Each root is made once: proofs share nearly all of theirs."""
    known: dict[tuple[int, int], bytes] = {}

    def span(first: int, last: int) -> bytes:
        if last - first < 2:
            return leaves[first] if last > first else EMPTY_ROOT
        found = known.get((first, last))
        if found is None:
            middle = first + _split(last - first)
            found = known[first, last] = node_hash(span(first, middle), span(middle, last))
        return found

    return span


def _split(size: int) -> int:
    """The largest power of two below a size: where a tree of that size divides."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, span: Span) -> list[bytes]:
    """The hashes that lead from a leaf to the root of the tree of a size, the leaf's sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    first, last, proof = 0, size, list[bytes]()
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            proof.append(span(middle, last))
            last = middle
        else:
            proof.append(span(first, middle))
            first = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, span: Span) -> list[bytes]:
    """The hashes that show that the tree of the new size begins with that of the old. Of no leaves, nothing is shown."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not extend one of {old}")
    if old == 0:
        return []
    first, last, whole, proof = 0, new, True, list[bytes]()
    while old != last:
        middle = first + _split(last - first)
        if old <= middle:
            proof.append(span(middle, last))
            last = middle
        else:
            proof.append(span(first, middle))
            first, whole = middle, False
    if not whole:
        proof.append(span(first, last))
    return proof[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether a proof leads from a leaf hash at an index to the root of a tree of a size."""
    if not 0 <= index < size:
        return False
    at, last, hashed = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            hashed = node_hash(step, hashed)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            hashed = node_hash(hashed, step)
        at, last = at >> 1, last >> 1
    return last == 0 and hashed == root


def verify_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of the new size and root begins with that of the old."""
    if not 0 <= old <= new:
        return False
    if old == 0:
        return old_root == EMPTY_ROOT and not proof
    if old == new:
        return old_root == new_root and not proof
    # Where the old tree is a complete one, its root is itself the first step.
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_hashed = new_hashed = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_hashed, new_hashed = node_hash(step, old_hashed), node_hash(step, new_hashed)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new_hashed = node_hash(new_hashed, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old_hashed == old_root and new_hashed == new_root
