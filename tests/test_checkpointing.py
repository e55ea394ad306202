"""Checkpoints are made, kept and published; and the signer refuses a ledger that does not extend what it signed."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from activities.checkpointing import Checkpointing, NothingToSucceed
from activities.publishing import PublishedOtherwise
from activities.signer import SignerOfAnother, SignerRefuses
from domain.checkpoints import HEADS, SIGNER
from ledger import checkpoints, heads
from ledger.canonical import canonical
from ledger.checkpoints import SignedCheckpoint
from ledger.events import last_position, read_stream
from ledger.heads import Heads
from ledger.notes import VerifierKey, signers
from ledger.signers import origins
from ledger.store import Ledger
from ledger.tree import StoredTree
from ledger.verify import verify
from tests.databases import AT
from tests.signing import Signing
from tests.test_ledger_verify import forge, leaf_of, tamper


@pytest.fixture
def signing(ledger: Ledger, tmp_path: Path) -> Signing:
    """A ledger with some events, and a signer that has signed nothing yet."""
    signing = Signing(ledger, tmp_path)
    signing.grow(5)
    return signing


def types(ledger: Ledger) -> list[str]:
    with ledger.reading() as conn:
        return list(conn.scalars(text("SELECT type FROM event ORDER BY position")))


# Making


def test_the_first_checkpoint_names_its_signer_and_ends_with_the_heads(signing: Signing) -> None:
    made = signing.making().make()
    held = made.signed.checkpoint
    assert types(signing.ledger)[5:] == ["signer-started", "heads-recorded"]
    assert (held.size, made.new) == (7, True)
    assert held.origin.startswith("turnaround/production/")
    assert signers(made.signed.note, [made.key]) == [made.key]
    with signing.ledger.reading() as conn:
        (heads_event,) = read_stream(conn, HEADS)
        assert held.root == StoredTree(conn).root(7)
        assert checkpoints.last(conn, held.origin) == made.signed
        expected = Heads(heads.until(conn, 6))
        assert origins(conn)[-1].key == made.key
    assert heads_event.body == {"size": 6, "streams": 2, "root": expected.root.hex()}


def test_nothing_is_signed_where_nothing_but_heads_is_new(signing: Signing) -> None:
    first = signing.making().make()
    again = signing.making().make()
    assert (again.signed, again.new) == (first.signed, False)
    assert len(types(signing.ledger)) == 7


def test_each_checkpoint_extends_the_one_before_and_verifies_with_its_heads(signing: Signing) -> None:
    for number in range(12):
        signing.grow(number, 60, stream=f"engagement/e-{number % 3}")
        signing.checkpoint()
    report = verify(signing.ledger)
    assert report.ok, report.first_bad
    assert (report.retained, report.heads, report.covered) == (12, 12, report.events)
    for stream in ("engagement/e-1", HEADS, SIGNER):
        alone = verify(signing.ledger, stream)
        assert alone.ok and alone.covered == report.covered, alone.first_bad


def test_checkpoints_are_published_once_each(signing: Signing) -> None:
    first = signing.making().make()
    signing.grow()
    second = signing.making().make()
    assert signing.published() == {
        "7.checkpoint": first.signed.note.encode(),
        "9.checkpoint": second.signed.note.encode(),
        "latest": second.signed.note.encode(),
    }
    signing.publication.path(first.signed).chmod(0o400)
    signing.making().make()
    assert signing.publication.latest() == second.signed
    assert list(signing.publication.all(first.key.name)) == [second.signed, first.signed]


def test_what_was_published_is_never_written_over(signing: Signing) -> None:
    first = signing.making().make()
    path = signing.publication.path(first.signed)
    other = b"\n".join([b"other", *first.signed.note.encode().split(b"\n")[1:]])
    path.write_bytes(other)
    (signing.publication.folder / "latest").unlink()
    with pytest.raises(PublishedOtherwise):
        signing.making().make()
    assert path.read_bytes() == other


def test_many_at_once_make_one(signing: Signing) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: signing.making().make(), range(8)))
    assert len({each.signed for each in made}) == 1
    assert sum(each.new for each in made) == 1
    assert types(signing.ledger)[5:] == ["signer-started", "heads-recorded"]


def test_checkpoints_are_made_while_others_write(signing: Signing) -> None:
    with ThreadPoolExecutor(4) as pool:
        writing = pool.submit(signing.grow, 60, 2)
        sizes = [signing.checkpoint().size for _ in range(10)]
        writing.result()
    assert sizes == sorted(sizes)
    signing.checkpoint()
    assert verify(signing.ledger).ok


# Refusing


def refused(signing: Signing, why: str) -> SignerRefuses:
    """Assert that the signer refuses, and that nothing was signed, recorded, forgotten or published by it."""
    before = signing.published(), signing.signer.memory(), types(signing.ledger)
    with pytest.raises(SignerRefuses) as caught:
        signing.making().make()
    assert caught.value.why == why
    assert (signing.published(), signing.signer.memory(), types(signing.ledger)) == before
    return caught.value


def test_the_signer_refuses_a_ledger_that_was_cut_off(signing: Signing) -> None:
    signing.checkpoint()
    signing.grow(2)
    size = signing.checkpoint().size
    tamper(signing.ledger, f"DELETE FROM event WHERE position > {size - 2}", "DELETE FROM checkpoint WHERE size > 7")
    error = refused(signing, "shrunk")
    assert (error.signed, error.there) == (size, size - 2)


def test_the_signer_refuses_a_ledger_that_was_cut_off_and_grew_again(signing: Signing) -> None:
    signing.checkpoint()
    signing.grow(2)
    size = signing.checkpoint().size
    tamper(signing.ledger, f"DELETE FROM event WHERE position > {size - 2}", "DELETE FROM checkpoint WHERE size > 7")
    signing.grow(3, stream="engagement/other-1")
    assert refused(signing, "forked").signed == size


@pytest.mark.parametrize("position", [1, 3, 5])
def test_the_signer_refuses_a_ledger_with_an_event_forged_hash_and_all(signing: Signing, position: int) -> None:
    signing.checkpoint()
    signing.grow()
    tamper(signing.ledger, forge(position, canonical({**leaf_of(signing.ledger, position), "release": "9"})))
    refused(signing, "forked")


def test_the_signer_refuses_a_ledger_whose_events_changed_places(signing: Signing) -> None:
    signing.checkpoint()
    first, second = (canonical(leaf_of(signing.ledger, position)) for position in (2, 4))
    tamper(signing.ledger, forge(2, second), forge(4, first))
    signing.grow()
    refused(signing, "forked")


def test_the_signer_refuses_nodes_of_the_tree_that_are_not_over_what_it_signed(signing: Signing) -> None:
    signing.grow(1, 290)
    signing.checkpoint()
    signing.grow(1, 300)  # completes the block in which the checkpoint ends
    tamper(signing.ledger, ("UPDATE tree_node SET hash = :h WHERE number = 1", {"h": bytes(32)}))
    # The root of the size that was signed is still made of leaves: only the proof between the two shows it.
    with pytest.raises(SignerRefuses) as caught:
        signing.making().make()
    assert caught.value.why == "forked"


def test_the_signer_refuses_another_ledger_and_another_signer_this_one(
    signing: Signing, new_database: Any, tmp_path: Path
) -> None:
    signing.checkpoint()
    other = Ledger.create(new_database(), "test", "production", "unauthenticated", AT, synchronous="OFF")
    strange = Signing(other, tmp_path)
    refused(strange, "shrunk")
    strange.grow(20)
    refused(strange, "forked")
    other.close()
    stranger = Signing(signing.ledger, tmp_path / "elsewhere")
    refused(stranger, "no-state")
    Signing(signing.ledger, tmp_path / "elsewhere").signer.remember(signing.signer.memory())  # type: ignore[arg-type]
    signing.grow()
    with pytest.raises(SignerRefuses) as caught:
        stranger.making().make()
    assert caught.value.why == "key-missing"


def test_a_signer_put_back_from_a_backup_still_knows_what_it_published(signing: Signing) -> None:
    signing.checkpoint()
    backup = signing.signer.memory()
    signing.grow(3)
    signing.checkpoint()
    assert backup is not None
    signing.signer.remember(backup)
    tamper(signing.ledger, "DELETE FROM event WHERE position > 7", "DELETE FROM checkpoint WHERE size > 7")
    assert refused(signing, "shrunk").signed == 11


def test_a_key_that_the_ledger_was_told_of_behind_the_signers_back_is_refused(signing: Signing, tmp_path: Path) -> None:
    signing.checkpoint()
    thief = Signing(signing.ledger, tmp_path / "thief")
    with thief.signer.alone():
        thief.signer.remember(signing.signer.memory())  # type: ignore[arg-type]
    assert thief.making().rotate("scheduled").new
    with pytest.raises(SignerRefuses) as caught:
        signing.making().make()
    assert caught.value.why == "other-signer"


# Crashes


STEPS = ["remember", "keep", "publish"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("first", [True, False])
def test_a_crash_at_any_step_is_taken_up_without_a_second_truth(
    signing: Signing, step: str, first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not first:
        signing.checkpoint()
        signing.grow()
    where = {
        "remember": "activities.signer.Signer.remember",
        "keep": "activities.checkpointing.checkpoints.keep",
        "publish": "activities.publishing._write",
    }[step]

    class Killed(BaseException):
        pass

    def die(*arguments: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(where, die)
        with pytest.raises(Killed):
            signing.making().make()
    memory, events = signing.signer.memory(), types(signing.ledger)
    made = signing.making().make()
    assert made.signed.checkpoint.size == len(types(signing.ledger))
    assert types(signing.ledger)[: len(events)] == events
    assert types(signing.ledger).count("heads-recorded") == (1 if first else 2)
    if step == "keep":  # the state was saved before the signature was kept: the same was signed again
        assert memory is not None
        assert (memory.size, memory.root) == (made.signed.checkpoint.size, made.signed.checkpoint.root.hex())
    assert signing.publication.latest() == made.signed
    assert verify(signing.ledger).ok


def test_what_the_signer_remembers_is_written_whole_before_it_signs(
    signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    sync, replace = os.fsync, Path.replace

    def fsync(descriptor: int) -> None:
        order.append("fsync")
        sync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        order.append("replace")
        return replace(self, target)

    def sign(self: VerifierKey, text: str, by: Any) -> Any:
        order.append("sign")
        return original(self, text, by)

    original = VerifierKey.sign
    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", renamed)
    monkeypatch.setattr(VerifierKey, "sign", sign)
    signing.checkpoint()
    signed = order.index("sign")
    assert order[signed - 3 : signed] == ["fsync", "replace", "fsync"]


# Keys and origins


def test_a_new_key_is_recorded_with_what_the_old_one_vouches_for(signing: Signing) -> None:
    first = signing.making().make()
    signing.grow()
    second = signing.making().rotate("compromised")
    assert second.new and second.key != first.key and second.key.name == first.key.name
    with signing.ledger.reading() as conn:
        rotated = list(read_stream(conn, SIGNER))[-1]
        (origin,) = origins(conn)
    held = first.signed.checkpoint
    assert rotated.body == {
        "origin": held.origin,
        "key": str(second.key),
        "old_key": str(first.key),
        "size": held.size,
        "root": held.root.hex(),
        "because": "compromised",
    }
    assert origin.keys_at(held.size) == [first.key, second.key]
    assert origin.keys_at(held.size + 1) == [second.key]
    signing.grow()
    assert signers(signing.making().make().signed.note, [second.key])
    report = verify(signing.ledger)
    assert report.ok and report.retained == 3, report.first_bad


def test_a_checkpoint_by_a_key_after_its_time_is_found(signing: Signing) -> None:
    first = signing.making().make()
    key = signing.signer._key(first.key)
    signing.making().rotate("compromised")
    signing.grow(2)
    with signing.ledger.writing() as tx:
        size = last_position(tx.connection)
        held = type(first.signed.checkpoint)(first.key.name, size, StoredTree(tx.connection).root(size))
        checkpoints.keep(tx.connection, SignedCheckpoint(held, first.key.sign(held.text, key.sign)), AT)
    assert verify(signing.ledger).first_bad == (
        None,
        f"the retained checkpoint of size {size} is signed by no key that the ledger names",
    )


def test_a_lost_key_is_replaced(signing: Signing) -> None:
    signing.checkpoint()
    for path in (signing.folder / "signer").glob("*.key"):
        path.unlink()
    signing.grow()
    with pytest.raises(SignerRefuses) as caught:
        signing.making().make()
    assert caught.value.why == "key-missing"
    assert signing.making().rotate("lost").new
    assert verify(signing.ledger).ok


def test_a_successor_names_the_old_origins_last_checkpoint_and_what_is_lost(signing: Signing) -> None:
    kept = signing.making().make()
    signing.grow(4)
    lost = signing.making().make().signed
    tamper(signing.ledger, "DELETE FROM event WHERE position > 9", "DELETE FROM checkpoint WHERE size > 7")
    refused(signing, "shrunk")
    made = signing.making().succeed("restored")
    with signing.ledger.reading() as conn:
        succeeded = list(read_stream(conn, SIGNER))[-1]
        old, new = origins(conn)
    assert succeeded.body == {
        "origin": made.key.name,
        "key": str(made.key),
        "old_origin": kept.key.name,
        "old_size": lost.checkpoint.size,
        "old_root": lost.checkpoint.root.hex(),
        "extends": kept.signed.checkpoint.size,
        "because": "restored",
    }
    assert made.key.name != kept.key.name and made.key.public != kept.key.public
    assert (old.extends, old.signed, new.name) == (7, lost.checkpoint.size, made.key.name)
    signing.grow()
    assert signing.making().make().new

    # The reader of the lost checkpoint is told so; who holds one of before or since finds nothing wrong.
    assert verify(signing.ledger).ok
    assert verify(signing.ledger, given=[kept.signed.checkpoint, made.signed.checkpoint]).given == 2
    report = verify(signing.ledger, given=[lost.checkpoint])
    assert (
        report.first_bad is not None and report.first_bad[0] == 8 and "says itself that it lost" in report.first_bad[1]
    )
    assert verify(signing.ledger, "engagement/haringey-1", given=[lost.checkpoint]).first_bad == report.first_bad


def test_a_signer_that_lost_its_memory_begins_a_new_origin(signing: Signing) -> None:
    first = signing.making().make()
    (signing.folder / "signer" / "signed.json").unlink()
    signing.grow()
    refused(signing, "no-state")
    made = signing.making().succeed("state-lost")
    with signing.ledger.reading() as conn:
        succeeded = list(read_stream(conn, SIGNER))[-1]
    assert (succeeded.body["old_size"], succeeded.body["extends"]) == (7, 7)
    assert made.key.name != first.key.name
    assert verify(signing.ledger, given=[first.signed.checkpoint]).ok


def test_there_is_nothing_to_succeed_while_all_is_well(signing: Signing) -> None:
    signing.checkpoint()
    before = types(signing.ledger)
    with pytest.raises(NothingToSucceed):
        signing.making().succeed("forked")
    assert types(signing.ledger) == before


def test_a_rehearsal_says_so_in_its_origin(new_database: Any, tmp_path: Path) -> None:
    ledger = Ledger.create(new_database(), "test", "rehearsal", "unauthenticated", AT, synchronous="OFF")
    assert Signing(ledger, tmp_path).checkpoint().origin.startswith("turnaround/rehearsal/")
    ledger.close()


def test_the_activity_says_only_what_kind_of_thing_is_wrong(signing: Signing, monkeypatch: pytest.MonkeyPatch) -> None:
    assert signing.making().checkpoint() == 7

    def not_ours(self: Checkpointing) -> Any:
        raise SignerOfAnother(signing.folder)

    with monkeypatch.context() as patched:
        patched.setattr(Checkpointing, "make", not_ours)
        assert signing.making().checkpoint() is None
    tamper(signing.ledger, "DELETE FROM event WHERE position > 3")
    with pytest.raises(Exception, match="the signer refuses") as caught:
        signing.making().checkpoint()
    assert caught.value.type == "shrunk" and caught.value.non_retryable  # type: ignore[attr-defined]


def test_the_signers_files_are_its_owners_alone(signing: Signing) -> None:
    signing.checkpoint()
    folder = signing.folder / "signer"
    assert folder.stat().st_mode & 0o077 == 0
    for path in folder.glob("*.key"):
        assert path.stat().st_mode & 0o077 == 0
    memory = json.loads((folder / "signed.json").read_text())
    assert set(memory) == {"origin", "key", "size", "root"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_folder_of_another_user_is_told_from_one_that_cannot_be_published_into(
    signing: Signing, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open

    def closed(path: Any, *rest: Any, **more: Any) -> int:
        if Path(path).parent == signing.folder / "signer":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", closed)
        with pytest.raises(SignerOfAnother):
            signing.making().make()
    signing.publication.folder.write_text("a file is in the way")
    with pytest.raises(OSError):
        signing.making().make()
    signing.publication.folder.unlink()
    made = signing.making().make()
    assert not made.new, "it was signed and kept, and only not published"
    assert signing.publication.latest() == made.signed
