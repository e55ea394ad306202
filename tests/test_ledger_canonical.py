"""Canonical bytes and the RFC 6962 tree, against the values that others publish."""

import hashlib
import random

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from domain.records import CommandRef
from ledger.canonical import canonical, commitment, digest, leaf_hash, node_hash
from ledger.errors import NotStorable
from ledger.merkle import Tree, root

# The tree of the certificate-transparency project's tests: its leaves, and its root at each size.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def _root_by_definition(hashes: list[bytes]) -> bytes:
    if len(hashes) <= 1:
        return hashes[0] if hashes else hashlib.sha256().digest()
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(_root_by_definition(hashes[:split]), _root_by_definition(hashes[split:]))


def test_roots_are_the_published_ones() -> None:
    tree = Tree()
    for leaf, expected in zip(LEAVES, ROOTS, strict=True):
        tree.add(leaf_hash(leaf))
        assert tree.root().hex() == expected


def test_roots_of_all_sizes_follow_the_definition() -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    leaves = [rng.randbytes(32) for _ in range(130)]
    for size in range(len(leaves) + 1):
        assert root(iter(leaves[:size])) == _root_by_definition(leaves[:size])


def test_the_tree_keeps_no_more_than_a_hash_for_each_level() -> None:
    tree = Tree()
    for number in range(1 << 12):
        tree.add(leaf_hash(number.to_bytes(4)))
        assert len(tree._subtrees) == tree.size.bit_count()


_TEXT = st.one_of(
    st.text(), st.text(st.characters(max_codepoint=127)), st.sampled_from([":1.5", '":1.5', ",1e9", "\x7f"])
)
_NUMBERS = st.one_of(st.integers(1 - 2**53, 2**53 - 1), st.floats(-(2.0**53) + 1, 2.0**53 - 1), st.integers(-9, 9))
_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), _NUMBERS, _TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_TEXT, inner, max_size=4)),
    max_leaves=12,
)


@given(_VALUES)
def test_whatever_is_stored_is_written_as_rfc_8785_says(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


def test_the_example_of_rfc_8785() -> None:
    value = {
        "numbers": [333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
        "literals": [None, True, False],
    }
    assert canonical(value) == (
        b'{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],'
        b'"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_names_sort_by_utf_16_units() -> None:
    assert (
        canonical({"\U0001f600": 1, "\ufb33": 2, "b": 3, "a": 4}) == '{"a":4,"b":3,"\U0001f600":1,"\ufb33":2}'.encode()
    )


def test_two_ways_to_write_an_accent_are_two_values() -> None:
    assert canonical("é") != canonical("e\u0301")


def test_a_model_is_written_as_it_is_dumped() -> None:
    assert canonical(CommandRef(id="one", digest="ff")) == b'{"digest":"ff","id":"one"}'


@pytest.mark.parametrize(
    "value",
    [{1, 2}, object(), b"bytes", [float("nan")], {"a": {"b": [2**60]}}],
    ids=["a set", "an object", "bytes", "NaN", "a large number"],
)
def test_what_is_not_json_is_refused_without_repeating_it(value: object) -> None:
    with pytest.raises(NotStorable) as caught:
        canonical(value)
    assert "1152921504606846976" not in str(caught.value)


def test_hashes_have_prefixes_of_their_own() -> None:
    assert leaf_hash(b"ab") == hashlib.sha256(b"\0ab").digest()
    assert node_hash(b"a", b"b") == hashlib.sha256(b"\1ab").digest()
    assert digest(b"ab") == hashlib.sha256(b"ab").hexdigest()
    assert commitment(b"salt", b'"v"') == "sealed:" + hashlib.sha256(b'salt"v"').hexdigest()
