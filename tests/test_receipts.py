"""Receipts: what became of a command, signed; and a ledger that no longer says so is found by it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from activities.receipts import Receipts
from console.witness import Identity
from ledger.notes import Note, NoteWrong, VerifierKey, signers
from ledger.receipts import NotHeld, Receipt, check, receipt_of
from ledger.signers import receipt_keys
from ledger.store import Ledger
from tests.command_line import Engine, Run
from tests.command_line import engine_home as engine_home
from tests.ledgers import Filled
from tests.test_ledger_verify import tamper
from tests.witness_server import a_witness
from workers.composition import make_checkpointing, make_receipts

TARGET = "engagement/haringey-1"


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Filled]:
    """A ledger with an engagement, in which a note was added and a decision refused, and a checkpoint signed."""
    filled = Filled.make(tmp_path / "home")
    council, chief = "council/E09000014", "inspectorate.chief-inspector"
    filled.give(council, "publish-rating", chief, service="social-services", stars=0, on="2002-05-29")
    filled.give(TARGET, "add-note", "council.director", id="noted", text="It goes well.")
    filled.give(TARGET, "judge-pip", "inspectorate.lead-inspector", id="judged", verdict="acceptable")
    sign(filled)
    yield filled
    filled.ledger.close()


def sign(filled: Filled) -> None:
    """Sign a checkpoint."""
    make_checkpointing(filled.settings, filled.ledger).make()


def made(filled: Filled) -> Receipts:
    return make_receipts(filled.settings, filled.ledger)


def kept(filled: Filled, folder: Path, id: str) -> Path:
    """The receipt of a command, kept by whoever gave it."""
    note = made(filled).of(id)
    assert note is not None
    path = folder / f"{id}.receipt"
    path.write_bytes(note.encode())
    return path


def held(ledger: Ledger, id: str) -> Receipt:
    with ledger.reading() as conn:
        receipt = receipt_of(conn, id)
    assert receipt is not None
    return receipt


@pytest.mark.parametrize(
    ("id", "outcome", "stream"), [("noted", "accepted", TARGET), ("judged", "refused ", f"refusal/{TARGET}")]
)
def test_an_outcome_has_the_same_receipt_each_time(filled: Filled, id: str, outcome: str, stream: str) -> None:
    receipts = made(filled)
    note = receipts.of(id)
    assert note is not None and note.encode() == made(filled).of(id).encode()  # type: ignore[union-attr]
    receipt = Receipt.parse(Note.parse(note.encode()).text)
    assert receipt == held(filled.ledger, id)
    assert receipt.outcome.startswith(outcome) and receipt.stream == TARGET
    with filled.ledger.reading() as conn:
        assert signers(note, receipt_keys(conn)) == [receipts.verifier]
        row = conn.execute(text(f"SELECT stream, command_id FROM event WHERE position = {receipt.position}")).one()
        covering = check(conn, receipt)
    assert (row.stream, row.command_id) == (stream, id)
    assert covering is not None and receipt.at is not None and covering.size >= receipt.at


def test_what_has_no_outcome_has_no_receipt(filled: Filled) -> None:
    assert made(filled).of("nothing") is None


def test_the_key_of_receipts_is_named_once_before_the_checkpoint_that_covers_it(filled: Filled) -> None:
    filled.give(TARGET, "add-note", "council.director", text="More.")
    sign(filled)
    with filled.ledger.reading() as conn:
        assert receipt_keys(conn) == {made(filled).verifier: None}
    shutil.rmtree(filled.settings.keys)
    new = made(filled).verifier  # the worker's key was lost, and another made
    filled_again = Filled.make(filled.settings.home)
    filled_again.give(TARGET, "add-note", "council.director", id="more", text="Still more.")
    sign(filled_again)
    with filled_again.ledger.reading() as conn:
        assert list(receipt_keys(conn))[1:] == [new]
    filled_again.ledger.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("accepted", "refused role"),
        lambda text: text.replace("turnaround-receipt/1", "turnaround-receipt/2"),
        lambda text: text.replace("position ", "position 0"),
        lambda text: text + "more of it\n",
        lambda text: text.replace("\nleaf", "\nleav"),
    ],
)
def test_a_receipt_that_was_changed_is_none(change: object, filled: Filled, run: Run, tmp_path: Path) -> None:
    path = kept(filled, tmp_path, "noted")
    head, _, line = path.read_text().rpartition("\n\n")
    path.write_text(change(head + "\n") + "\n" + line)  # type: ignore[operator]
    result = run(filled.settings.home, "verify", "--receipt", str(path))
    assert (result.code, "can't be trusted" in result.err) == (5, True), result


def test_a_checkpoint_is_no_receipt_and_a_receipt_no_checkpoint(filled: Filled, run: Run, tmp_path: Path) -> None:
    path, latest = kept(filled, tmp_path, "noted"), filled.settings.checkpoints / "latest"
    with pytest.raises(NoteWrong):
        Receipt.parse(Note.parse(latest.read_bytes()).text)
    assert run(filled.settings.home, "verify", "--receipt", str(latest)).code == 5
    assert run(filled.settings.home, "verify", "--checkpoint", str(path)).code == 5


def test_receipts_verify_while_the_ledger_holds_them(filled: Filled, run: Run, tmp_path: Path) -> None:
    home, key = filled.settings.home, str(made(filled).verifier)
    for id in ("noted", "judged"):
        path = kept(filled, tmp_path, id)
        assert "the ledger itself names" in run(home, "verify", "--receipt", str(path)).out
        result = run(home, "verify", "--receipt", str(path), "--key", key)
        assert result.code == 0 and "in the tree of its checkpoint" in result.out, result
        data = run(home, "verify", "--receipt", str(path), "--json").json
        assert (data["command"], data["stream"], data["position"]) == (id, TARGET, held(filled.ledger, id).at)
    filled.give(TARGET, "add-note", "council.director", id="later", text="Later.")
    assert "No checkpoint covers it yet" in run(home, "verify", "--receipt", str(kept(filled, tmp_path, "later"))).out
    other = VerifierKey(made(filled).verifier.name, bytes(32))
    assert run(home, "verify", "--receipt", str(path), "--key", str(other)).code == 5
    assert run(home, "verify", "haringey-1", "--receipt", str(path)).code == 2


def test_a_command_dropped_by_a_restore_shows_by_its_receipt(filled: Filled, run: Run, tmp_path: Path) -> None:
    home, backup = filled.settings.home, tmp_path / "backup.db"
    with filled.ledger.writing() as tx:
        tx.connection.execute(text("SELECT 1"))
    copy(home / "ledger.db", backup)
    filled.give(TARGET, "add-note", "council.director", id="lost", text="This is lost.")
    sign(filled)
    path = kept(filled, tmp_path, "lost")
    assert run(home, "verify", "--receipt", str(path)).code == 0
    filled.ledger.close()
    restored = tmp_path / "restored"
    shutil.copytree(home / "keys", restored / "keys")
    copy(backup, restored / "ledger.db")
    assert run(restored, "verify").code == 0, "by itself nothing is missing"
    result = run(restored, "verify", "--receipt", str(path))
    assert (result.code, "it was dropped" in result.err) == (5, True), result


def retire(filled: Filled) -> None:
    """Take the worker's key away, so that it makes another."""
    for path in filled.settings.keys.glob("worker.*"):
        path.unlink()
    made(filled)


def test_a_key_of_receipts_is_revoked_once_the_worker_has_another(filled: Filled, run: Run, tmp_path: Path) -> None:
    home, old = filled.settings.home, made(filled)
    path, revoke = kept(filled, tmp_path, "noted"), ["checkpoint", "--revoke-receipts", "scheduled", "--yes", "--json"]
    refused = run(home, *revoke)
    assert (refused.code, "worker.key" in refused.err) == (1, True), refused
    before = (filled.settings.keys / "worker.key").read_bytes()
    retire(filled)
    size = run(home, *revoke).json["size"]
    assert run(home, *revoke).code == 1, "no other is left to revoke"
    data = run(home, "verify", "--receipt", str(path), "--json").json
    assert (data["key"], data["revoked"]["because"]) == (str(old.verifier), "scheduled")
    assert held(filled.ledger, "noted").at <= data["revoked"]["covers"] < size
    assert "was revoked on" in run(home, "verify", "--receipt", str(path), "--key", str(old.verifier)).out
    filled.give(TARGET, "add-note", "council.director", id="later", text="Later.")
    sign(filled)
    stolen, anew = tmp_path / "stolen", kept(filled, tmp_path, "later")
    forged = old.of("later")
    assert forged is not None
    stolen.write_bytes(forged.encode())
    for more in ([], ["--key", str(old.verifier)]):
        result = run(home, "verify", "--receipt", str(stolen), *more)
        assert (result.code, "was revoked on" in result.err) == (5, True), result
    assert run(home, "verify", "--receipt", str(anew), "--json").json["revoked"] is None
    assert run(home, "verify").code == 0
    assert "receipts" not in {one["what"] for one in run(home, "doctor", "--json").json}
    (filled.settings.keys / "worker.key").write_bytes(before)  # put back from a backup
    made(filled)
    found = {one["what"]: one for one in run(home, "doctor", "--json").json}["receipts"]
    assert (found["ok"], "was revoked on" in found["said"]) == (False, True), found


def test_of_a_compromised_key_stands_only_what_a_witness_had_seen_before(
    filled: Filled, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, origin = filled.settings.home, make_checkpointing(filled.settings, filled.ledger).make().key
    with a_witness(tmp_path / "w", origin) as (url, witness), monkeypatch.context() as patch:
        patch.setenv("TURNAROUND_WITNESSES", f"{url} {witness}")
        assert run(home, "checkpoint").code == 0
        filled.give(TARGET, "add-note", "council.director", id="later", text="Later.")
        paths = [kept(filled, tmp_path, id) for id in ("noted", "later")]
        retire(filled)
        assert run(home, "checkpoint", "--revoke-receipts", "compromised", "--yes").code == 0
    seen, unseen = paths
    alone = run(home, "verify", "--receipt", str(seen))
    assert (alone.code, "(compromised)" in alone.err, "--witness" in alone.err) == (5, True, True), alone
    data = run(home, "verify", "--receipt", str(seen), "--witness", str(witness), "--json").json
    assert (data["revoked"]["because"], data["cosigned"]["witnesses"][0]["key"]) == ("compromised", str(witness))
    told = run(home, "verify", "--receipt", str(unseen), "--witness", str(witness))
    assert (told.code, "before then" in told.err) == (5, True), told
    other = Identity.kept_in(tmp_path / "v", "v").verifier
    assert run(home, "verify", "--receipt", str(seen), "--witness", str(witness), "--witness", str(other)).code == 5
    tamper(filled.ledger, "UPDATE outcome SET position = 1 WHERE command_id = 'noted'")
    assert "anybody who had it" in run(home, "verify", "--receipt", str(seen), "--witness", str(witness)).err


def copy(source: Path, target: Path) -> None:
    for suffix in ("", "-wal"):
        if Path(f"{source}{suffix}").exists():
            shutil.copy(f"{source}{suffix}", f"{target}{suffix}")


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE outcome SET accepted = NOT accepted WHERE command_id = 'judged'", "outcome"),
        ("UPDATE outcome SET recorded_at = '2002-01-01T00:00:00.000000Z' WHERE command_id = 'judged'", "recorded"),
        ("UPDATE outcome SET position = 1 WHERE command_id = 'judged'", "position"),
    ],
)
def test_an_outcome_that_was_changed_shows(filled: Filled, statement: str, said: str) -> None:
    receipt = held(filled.ledger, "judged")
    tamper(filled.ledger, statement)
    with filled.ledger.reading() as conn, pytest.raises(NotHeld, match=f"the receipt says {said}"):
        check(conn, receipt)


def test_an_event_exchanged_with_its_hash_shows(filled: Filled) -> None:
    receipt = held(filled.ledger, "noted")
    tamper(filled.ledger, f"UPDATE event SET leaf = CAST('other' AS BLOB) WHERE position = {receipt.position}")
    with filled.ledger.reading() as conn, pytest.raises(NotHeld, match="the receipt says leaf"):
        check(conn, receipt)


def test_the_command_line_gives_a_receipt_of_what_it_did(engine_home: Engine, run: Run, tmp_path: Path) -> None:
    home, path = engine_home.home, tmp_path / "noted.receipt"
    rating = ["publish-rating", "service=social-services", "stars=0", "--as", "inspectorate.chief-inspector"]
    assert run(home, "do", "Haringey", *rating).code == 0
    note = ["do", "haringey-1", "add-note", "text=Fine", "--as", "council.director", "--id", "my-note"]
    assert run(home, *note, "--receipt", str(path)).code == 0
    assert run(home, *note, "--receipt", str(path)).code == 2, "it is not written over"
    assert run(home, *note, "--json").json["receipt"] == path.read_text()
    assert run(home, "receipt", "my-note").out == path.read_text()
    assert run(home, "receipt", "my-note", "-o", str(tmp_path / "again")).code == 0
    assert (tmp_path / "again").read_text() == path.read_text()
    assert run(home, "receipt", "nobodys").code == 3
    refused = tmp_path / "refused.receipt"
    judge = ["do", "haringey-1", "judge-pip", "verdict=acceptable", "--as", "inspectorate.lead-inspector"]
    assert run(home, *judge, "--receipt", str(refused)).code == 1
    assert "\noutcome refused " in refused.read_text()
    assert run(home, "checkpoint").code == 0
    for each in (path, refused):
        assert run(home, "verify", "--receipt", str(each)).code == 0
