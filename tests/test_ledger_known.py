"""A stream that was verified before is verified again with what follows from its hashes: nothing done since is hidden by that."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ledger import checkpoints, heads, verify_stream
from ledger.canonical import canonical
from ledger.checkpoints import Checkpoint, SignedCheckpoint
from ledger.newest import Newest
from ledger.store import Ledger
from ledger.tree import StoredTree
from ledger.verify import Report, verify
from ledger.verify_stream import Known
from tests.databases import AT, STREAM
from tests.signing import Signing
from tests.test_ledger_verify import SQL, forge, leaf_of, tamper

OTHER = "engagement/other-1"


@pytest.fixture
def signing(ledger: Ledger, tmp_path: Path) -> Iterator[Signing]:
    """A ledger with two streams, a checkpoint over some events of both, and some events since."""
    signing = Signing(ledger, tmp_path)
    for _ in range(3):
        signing.grow(2, 2)
        signing.grow(1, stream=OTHER)
    signing.checkpoint()
    signing.grow(2)
    yield signing


def known_of(ledger: Ledger, *streams: str) -> Known:
    """What is known after streams were verified."""
    known = Known()
    for stream in streams or (STREAM, OTHER):
        assert verify(ledger, stream, known=known).ok
    return known


def again(ledger: Ledger, known: Known, stream: str = STREAM) -> Report:
    """What is found with what is known: as much as without, and of what is wrong no less exactly where."""
    found, anew = verify(ledger, stream, known=known), verify(ledger, stream)
    assert found.ok == anew.ok
    assert found == anew or (found.first_bad or (0,))[0] >= (anew.first_bad or (0,))[0]  # type: ignore[operator]
    return found


DONE: list[SQL] = [
    "UPDATE event SET type = 'plan-refused' WHERE position = 4",
    f"UPDATE event SET stream = '{OTHER}' WHERE position = 4",
    "UPDATE event SET command_id = 'c-1' WHERE position = 4",
    "UPDATE event SET recorded_at = '2001-01-01T00:00:00.000000Z' WHERE position = 4",
    "UPDATE event SET version = 99 WHERE position = 4",
    "UPDATE event SET position = 99 WHERE position = 4",
    "UPDATE event SET leaf_hash = (SELECT leaf_hash FROM event WHERE position = 3) WHERE position = 4",
    ("UPDATE event SET leaf = :leaf WHERE position = 4", {"leaf": b"{}"}),
    "DELETE FROM event WHERE position = 1",
    "DELETE FROM event WHERE position = 4",
    f"DELETE FROM event WHERE stream = '{STREAM}'",
    "UPDATE command SET digest = '00' WHERE id = 'c-2'",
    ("UPDATE checkpoint SET note = :note", {"note": b"another"}),
    "DELETE FROM event WHERE stream = 'heads'",
    ("UPDATE event SET leaf = :leaf WHERE stream = 'heads'", {"leaf": b"{}"}),
]


@pytest.mark.parametrize("done", DONE, ids=str)
def test_what_was_done_since_is_found(signing: Signing, done: SQL) -> None:
    known = known_of(signing.ledger)
    tamper(signing.ledger, done)
    assert not again(signing.ledger, known).ok
    assert not again(signing.ledger, known).ok, "and is found again"


@pytest.mark.parametrize("position", [1, 4, 8])
def test_an_event_forged_hash_and_all_is_found(signing: Signing, position: int) -> None:
    known = known_of(signing.ledger)
    leaf = leaf_of(signing.ledger, position)
    assert leaf["stream"] == STREAM
    tamper(signing.ledger, forge(position, canonical({**leaf, "release": "9"})))
    assert again(signing.ledger, known).first_bad == (
        position,
        "it is not in the tree that the ledger's own checkpoint was signed over",
    )


def test_what_is_put_back_is_well_again(signing: Signing) -> None:
    known = known_of(signing.ledger)
    tamper(signing.ledger, "UPDATE event SET type = 'other' WHERE position = 4")
    assert not again(signing.ledger, known).ok
    tamper(
        signing.ledger,
        ("UPDATE event SET type = :type WHERE position = 4", {"type": leaf_of(signing.ledger, 4)["type"]}),
    )
    assert again(signing.ledger, known).ok


def noted(patch: pytest.MonkeyPatch, module: ModuleType, name: str, what: Callable[..., Any]) -> list[Any]:
    """What a function is called with from now on, of each call so much as `what` takes of its arguments."""
    found: list[Any] = []
    original = getattr(module, name)

    def called(*given: Any) -> Any:
        found.append(what(*given))
        return original(*given)

    patch.setattr(module, name, called)
    return found


def test_only_what_is_new_is_worked_out(signing: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = noted(monkeypatch, verify_stream, "next_head", lambda row, *_: row[4])
    looked_for = noted(monkeypatch, verify_stream, "_in_its_place", lambda tree, row, mark: row[4])
    made = noted(monkeypatch, heads, "until", lambda conn, position: position)
    known = Known()
    whole = verify(signing.ledger, STREAM, known=known)
    assert seen == list(range(1, 15)) and looked_for == list(range(1, 13)) and len(made) == 1
    assert verify(signing.ledger, STREAM, known=known) == whole
    assert len(seen) == 14 and len(looked_for) == 12 and len(made) == 1, "nothing is new"
    signing.grow(1, 3)
    signing.grow(1, stream=OTHER)
    signing.checkpoint()
    signing.grow()
    later = verify(signing.ledger, STREAM, known=known)
    assert later.ok and later.events == 18 and later.covered > whole.covered
    assert seen[14:] == [15, 16, 17, 18]
    assert looked_for[12:] == [13, 14, 15, 16, 17], "those of before are in a tree that the new one extends"
    assert len(made) == 1, "the heads were led on"


def test_another_ledgers_events_are_not_those_that_are_known(
    signing: Signing, new_database: Any, tmp_path: Path
) -> None:
    known = known_of(signing.ledger)
    other = Ledger.create(new_database(), "test", "production", "unauthenticated", AT, synchronous="OFF")
    strange = Signing(other, tmp_path / "strange")
    strange.grow(20)
    strange.checkpoint()
    assert verify(other, STREAM, known=known) == verify(other, STREAM)
    tamper(other, forge(4, canonical({**leaf_of(other, 4), "release": "9"})))
    assert not again(other, known).ok
    other.close()


def test_a_tree_that_does_not_extend_the_one_that_is_known_is_found(signing: Signing) -> None:
    signing.grow(1, 260)
    signing.checkpoint()
    known = known_of(signing.ledger, STREAM)
    signing.grow()
    made = signing.making().make()
    size = made.signed.checkpoint.size
    # Whoever has the key signs a tree in which another block of events stands, and stores its root.
    tamper(
        signing.ledger,
        ("UPDATE tree_node SET hash = :hash WHERE number = 0", {"hash": b"x" * 32}),
        f"DELETE FROM checkpoint WHERE size = {size}",
    )
    with signing.ledger.writing() as tx:
        held = Checkpoint(made.key.name, size, StoredTree(tx.connection).root(size))
        note = made.key.sign(held.text, signing.signer._key(made.key).sign)
        checkpoints.keep(tx.connection, SignedCheckpoint(held, note), AT)
    assert again(signing.ledger, known).first_bad == (
        1,
        "it is not in the tree that the ledger's own checkpoint was signed over",
    )


def test_no_more_streams_are_known_than_so_many(signing: Signing) -> None:
    known = Known(Newest(1))
    for stream in (STREAM, OTHER, STREAM):
        assert verify(signing.ledger, stream, known=known).ok
    assert known.streams[STREAM].rows and OTHER not in known.streams


def test_heads_are_those_whose_root_is_said(signing: Signing) -> None:
    known = heads.KnownHeads()
    with signing.ledger.reading() as conn:
        now = heads.Heads(heads.until(conn, 10))
        assert known.at(conn, 10, now.root.hex()).lasts == now.lasts
        later = heads.Heads(heads.until(conn, 17))
        assert known.at(conn, 17, later.root.hex()).lasts == later.lasts
        assert known.at(conn, 10, now.root.hex()).lasts == now.lasts, "earlier ones too"
        assert known.at(conn, 17, "00").lasts == later.lasts, "and where the root is wrong, what is there"
    known = heads.KnownHeads()
    with signing.ledger.reading() as conn:
        known.at(conn, 10, now.root.hex())
    tamper(signing.ledger, "UPDATE event SET version = 98 WHERE position = 16")
    with signing.ledger.reading() as conn:
        assert known.at(conn, 10, now.root.hex()).lasts == now.lasts
        assert known.at(conn, 17, later.root.hex()).root != later.root
