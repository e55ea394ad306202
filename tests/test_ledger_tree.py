"""The tree that a ledger keeps of itself, at every size it ever had, and the heads of its streams."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select, text

from ledger import heads, merkle
from ledger.canonical import leaf_hash
from ledger.errors import Tampered
from ledger.heads import Heads, head_leaf
from ledger.merkle import root, span_of, verify_consistency, verify_inclusion
from ledger.store import Ledger
from ledger.tables import event as events
from ledger.tree import StoredTree
from tests.databases import AT, NO_COMMAND, RELEASE, STREAM, carry_out, draft, noted_statements
from tests.test_ledger_verify import tamper


def append(ledger: Ledger, count: int, stream: str = STREAM) -> None:
    with ledger.writing() as tx:
        version = tx.head(stream).version
        tx.append(stream, version, [draft(n=n) for n in range(count)], NO_COMMAND, AT, RELEASE)


def leaves_of(ledger: Ledger) -> list[bytes]:
    with ledger.reading() as conn:
        return list(conn.scalars(select(events.c.leaf_hash).order_by(events.c.position)))


def test_every_root_and_proof_is_that_of_the_leaves(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    # Blocks of four instead of 256: five levels of them in a small ledger.
    for module in ("ledger.tree", "ledger.merkle"):
        monkeypatch.setattr(f"{module}.BLOCK", 4)
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    while len(leaves := leaves_of(ledger)) < 300:
        append(ledger, rng.choice([1, 1, 1, 3, 4, 5, 17]))
    span = span_of(leaves)
    with ledger.reading() as conn:
        tree = StoredTree(conn)
        assert [tree.root(size) for size in range(len(leaves) + 1)] == [span(0, n) for n in range(len(leaves) + 1)]
        for _ in range(400):
            new = rng.randint(1, len(leaves))
            old, position = rng.randint(1, new), rng.randint(1, new)
            proof = tree.inclusion(position, new)
            assert verify_inclusion(leaves[position - 1], position - 1, new, proof, span(0, new))
            assert verify_consistency(old, span(0, old), new, span(0, new), tree.consistency(old, new))


def test_blocks_of_256_are_kept_as_they_are_completed(ledger: Ledger) -> None:
    for count in (255, 1, 1, 255, 600):
        append(ledger, count)
        with ledger.reading() as conn:
            nodes = conn.execute(text("SELECT level, number, hash FROM tree_node ORDER BY number")).all()
        leaves = leaves_of(ledger)
        blocks = [leaves[at : at + 256] for at in range(0, len(leaves) // 256 * 256, 256)]
        assert [tuple(node) for node in nodes] == [(1, number, root(block)) for number, block in enumerate(blocks)]


def statements(ledger: Ledger, work: Any) -> list[str]:
    """The statements that some work takes, without those that begin and end transactions."""
    with noted_statements(ledger) as seen:
        work()
    return seen


def test_an_append_costs_nothing_more_until_a_block_is_complete(ledger: Ledger) -> None:
    append(ledger, 254)
    usual = statements(ledger, lambda: append(ledger, 1))
    assert sum("tree_node" in statement for statement in usual) == 0
    assert len(usual) == 3, usual  # the stream's head, the last position, the event
    completing = statements(ledger, lambda: append(ledger, 1))
    assert len(completing) == len(usual) + 2


def test_a_root_or_a_proof_reads_a_few_blocks_however_large_the_ledger_is(ledger: Ledger) -> None:
    append(ledger, 2100)
    with ledger.reading() as conn:
        assert len(statements(ledger, lambda: StoredTree(conn).root(2099))) == 2
        assert len(statements(ledger, lambda: StoredTree(conn).inclusion(700, 2099))) <= 4
        assert len(statements(ledger, lambda: StoredTree(conn).consistency(700, 2099))) <= 4


def test_many_writers_at_once_leave_one_tree(ledger: Ledger) -> None:
    def write(writer: int) -> None:
        for number in range(60):
            carry_out(ledger, f"{writer}-{number}", 3, stream=f"engagement/{writer}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    leaves = leaves_of(ledger)
    assert len(leaves) == 8 * 60 * 3
    with ledger.reading() as conn:
        assert StoredTree(conn).root(len(leaves)) == root(leaves)
        assert conn.execute(text("SELECT count(*) FROM tree_node")).scalar() == len(leaves) // 256


def test_a_gap_is_said_and_not_hashed_over(ledger: Ledger) -> None:
    append(ledger, 300)
    tamper(ledger, "DELETE FROM event WHERE position = 270")
    with ledger.reading() as conn:
        assert StoredTree(conn).root(256)
        with pytest.raises(Tampered) as caught:
            StoredTree(conn).root(300)
        assert caught.value.position == 270
        with pytest.raises(Tampered):
            StoredTree(conn).root(400)


def test_a_transaction_that_is_undone_leaves_no_block(ledger: Ledger) -> None:
    append(ledger, 200)
    with pytest.raises(RuntimeError), ledger.writing() as tx:
        tx.append(STREAM, 200, [draft() for _ in range(100)], NO_COMMAND, AT, RELEASE)
        raise RuntimeError
    with ledger.reading() as conn:
        assert conn.execute(text("SELECT count(*) FROM tree_node")).scalar() == 0


# Heads


def test_the_heads_are_those_of_every_stream_in_the_order_of_their_bytes(ledger: Ledger) -> None:
    streams = [
        "office",
        "engagement/b-1",
        "engagement/a-10",
        "engagement/a-2",
        "refusal/engagement/é",
        "refusal/engagement/Z",
    ]
    for stream in streams:
        append(ledger, 2, stream)
    with ledger.reading() as conn:
        found = Heads(heads.current(conn))
        assert found.streams == sorted(streams, key=str.encode)
        rows = {row.stream: row for row in conn.execute(select(events).where(events.c.version == 2))}
        leaves = [leaf_hash(f"{s}\n2\n{rows[s].leaf_hash.hex()}\n".encode()) for s in found.streams]
        assert found.root == root(leaves)
        for stream in streams:
            proof = found.proof(stream)
            leaf = head_leaf(stream, proof.last)
            assert verify_inclusion(leaf, proof.index, proof.streams, proof.proof, found.root)
            assert not verify_inclusion(head_leaf(stream, (1, proof.last[1])), proof.index, 6, proof.proof, found.root)
        with pytest.raises(KeyError):
            found.proof("engagement/none-1")


def test_the_heads_of_an_earlier_size_can_be_made_again(ledger: Ledger) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    kept = {}
    for _ in range(40):
        append(ledger, rng.randint(1, 3), f"engagement/{rng.randint(1, 9)}")
        with ledger.reading() as conn:
            kept[len(leaves_of(ledger))] = heads.current(conn)
    with ledger.reading() as conn:
        for size, lasts in kept.items():
            assert heads.until(conn, size) == lasts
        assert heads.until(conn, 0) == {}
        assert Heads({}).root == merkle.EMPTY_ROOT
