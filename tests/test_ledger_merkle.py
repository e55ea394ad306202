"""Proofs of the tree: those that RFC 6962 gives as examples, and all that can be made and unmade of random trees."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.canonical import leaf_hash, node_hash
from ledger.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    inclusion_proof,
    root,
    span_of,
    verify_consistency,
    verify_inclusion,
)
from tests.test_ledger_canonical import LEAVES, ROOTS

A, B, C, D, E, F, J = (leaf_hash(bytes([n])) for n in range(7))
G, H, I = node_hash(A, B), node_hash(C, D), node_hash(E, F)  # noqa: E741, as the figure of RFC 6962, 2.1.3, names them
K, L = node_hash(G, H), node_hash(I, J)
SEVEN = [A, B, C, D, E, F, J]


@pytest.mark.parametrize(("index", "proof"), [(0, [B, H, L]), (3, [C, G, L]), (4, [F, J, K]), (6, [I, K])])
def test_the_inclusion_proofs_of_rfc_6962(index: int, proof: list[bytes]) -> None:
    assert inclusion_proof(index, 7, span_of(SEVEN)) == proof
    assert verify_inclusion(SEVEN[index], index, 7, proof, node_hash(K, L))


@pytest.mark.parametrize(("old", "proof"), [(3, [C, D, G, L]), (4, [L]), (6, [I, J, K]), (7, []), (0, [])])
def test_the_consistency_proofs_of_rfc_6962(old: int, proof: list[bytes]) -> None:
    assert consistency_proof(old, 7, span_of(SEVEN)) == proof
    assert verify_consistency(old, root(SEVEN[:old]), 7, node_hash(K, L), proof)


def test_roots_and_all_proofs_of_the_published_tree() -> None:
    leaves = [leaf_hash(leaf) for leaf in LEAVES]
    roots = [EMPTY_ROOT, *(bytes.fromhex(text) for text in ROOTS)]
    for new in range(1, 9):
        for index in range(new):
            proof = inclusion_proof(index, new, span_of(leaves))
            assert verify_inclusion(leaves[index], index, new, proof, roots[new])
        for old in range(new + 1):
            proof = consistency_proof(old, new, span_of(leaves))
            assert verify_consistency(old, roots[old], new, roots[new], proof)


NEAR_BLOCKS = st.sampled_from([1, 2, 3, 255, 256, 257, 511, 512, 513, 767, 768, 1023, 1025])
SIZES = NEAR_BLOCKS | st.integers(1, 1100)
FOREST = [leaf_hash(n.to_bytes(2)) for n in range(1101)]


@settings(deadline=None)
@given(st.data(), SIZES)
def test_a_leaf_is_where_its_proof_says_and_nowhere_else(data: st.DataObject, size: int) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, top = inclusion_proof(index, size, span_of(FOREST)), root(FOREST[:size])
    assert verify_inclusion(FOREST[index], index, size, proof, top)
    assert not verify_inclusion(FOREST[index], size, size, proof, top)
    assert not verify_inclusion(FOREST[index], -1, size, proof, top)
    other = data.draw(st.integers(0, size - 1))
    assert verify_inclusion(FOREST[index], other, size, proof, top) == (other == index)
    assert verify_inclusion(FOREST[other], index, size, proof, top) == (other == index)
    assert not verify_inclusion(FOREST[index], index, size, [*proof, top], top)
    if proof:
        assert not verify_inclusion(FOREST[index], index, size, proof[:-1], top)
        bad = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_inclusion(FOREST[index], index, size, [*proof[:bad], top, *proof[bad + 1 :]], top)


@settings(deadline=None)
@given(st.data(), SIZES)
def test_a_tree_extends_what_it_grew_from_and_nothing_else(data: st.DataObject, new: int) -> None:
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, span_of(FOREST))
    before, after = root(FOREST[:old]), root(FOREST[:new])
    assert verify_consistency(old, before, new, after, proof)
    changed = data.draw(st.integers(0, old - 1))
    fork = [*FOREST[:changed], FOREST[-1], *FOREST[changed + 1 : new]]
    forked = consistency_proof(old, new, span_of(fork))
    assert not verify_consistency(old, before, new, root(fork), forked)
    assert not verify_consistency(old, before, new, root(fork), proof)
    assert not verify_consistency(old, before, new, after, [*proof, after])
    assert not verify_consistency(new, after, old, before, proof) or old == new
    if proof:
        assert not verify_consistency(old, before, new, after, proof[:-1])
        bad = data.draw(st.integers(0, len(proof) - 1))
        assert not verify_consistency(old, before, new, after, [*proof[:bad], after, *proof[bad + 1 :]])


def test_the_empty_tree_is_extended_by_any_but_passes_for_none() -> None:
    assert verify_consistency(0, EMPTY_ROOT, 3, root(SEVEN[:3]), [])
    assert not verify_consistency(0, A, 3, root(SEVEN[:3]), [])
    assert not verify_consistency(0, EMPTY_ROOT, 3, root(SEVEN[:3]), [A])
    assert not verify_consistency(-1, EMPTY_ROOT, 3, root(SEVEN[:3]), [])
    assert not verify_consistency(3, root(SEVEN[:3]), 7, root(SEVEN), [])


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        inclusion_proof(index, size, span_of(SEVEN))
    with pytest.raises(ValueError, match="does not extend"):
        consistency_proof(4, 3, span_of(SEVEN))


def test_it_does_not_matter_in_which_portions_leaves_are_added() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(50):
        tree, left = Tree(), list(FOREST)
        while left:
            portion = rng.choice([1, 2, 255, 256, 257, rng.randint(1, 600)])
            tree.extend(left[:portion])
            del left[:portion]
        assert tree.root() == root(FOREST)
