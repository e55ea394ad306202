"""Witnesses: the protocol over real HTTP, what one remembers through a kill, and who is caught by one."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from structlog.testing import capture_logs

from activities.signer import Memory
from activities.witnesses import Asked, WitnessAt, Witnesses
from console import witness as witnessing
from console.witness import Identity, Witness, WitnessUnusable
from domain.checkpoints import SIGNER
from ledger import checkpoints
from ledger.cosignatures import COSIGNATURE, cosign, seen_by
from ledger.events import read_stream
from ledger.notes import Note, NoteWrong, Signature, VerifierKey, signers
from ledger.signers import origins
from ledger.store import Ledger
from ledger.verify_tree import Bad
from ledger.witnessed import best, check_times, cosigned
from ledger.witnessing import AddCheckpoint
from tests.command_line import Run
from tests.databases import AT
from tests.ledgers import Filled
from tests.signing import Signing
from tests.test_ledger_verify import tamper
from tests.witness_server import Log, a_witness, now, served
from workers.composition import make_checkpointing

ROOT = Path(__file__).parent.parent


@pytest.fixture
def log() -> Log:
    """A log of a hundred leaves."""
    log = Log()
    log.grow(100)
    return log


def post(url: str, body: bytes) -> httpx.Response:
    return httpx.post(f"{url}/add-checkpoint", content=body, trust_env=False)


def seen(log: Log, size: int, answer: httpx.Response, key: VerifierKey, more: str = "") -> datetime:
    """When an answer says that a witness saw a checkpoint."""
    assert answer.status_code == 200, answer.text
    at = seen_by(Note.parse(log.note(size, more).encode() + answer.content), key)
    assert at is not None
    return at


# Cosignatures


def test_a_cosignature_is_of_its_text_its_time_and_its_key(log: Log) -> None:
    key = VerifierKey("w", log.private.public_key().public_bytes_raw(), COSIGNATURE)
    note = log.note(3)
    line = cosign(note.text, key, AT, log.private.sign)
    assert len(line.value) == 72
    whole = Note.parse(note.with_signatures([line]).encode())
    assert seen_by(whole, key) == AT
    assert signers(whole, [log.key]) == [log.key]
    assert seen_by(note, key) is None
    assert seen_by(whole, VerifierKey("other", key.public, COSIGNATURE)) is None
    for changed in (
        Note(log.note(4).text, whole.signatures),
        note.with_signatures([Signature(line.name, line.key_id, b"\0" * 7 + b"\1" + line.value[8:])]),
        note.with_signatures([Signature(line.name, line.key_id, b"\xff" * 8 + line.value[8:])]),
        note.with_signatures([Signature(line.name, line.key_id, line.value[:-1])]),
    ):
        with pytest.raises(NoteWrong):
            seen_by(changed, key)


def test_a_cosignature_that_others_made_is_read_as_they_meant_it() -> None:
    encoded = "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA=="
    line = Signature.parse(f"— witness.example.com/w1 {encoded}")  # the example of C2SP tlog-cosignature
    assert (line.key_id.hex(), len(line.value)) == ("8d66cf3f", 72)
    assert int.from_bytes(line.value[:8], "big") == 1679315147


# The protocol


def test_a_log_that_grows_is_cosigned_at_each_size(log: Log, tmp_path: Path) -> None:
    before = now() - timedelta(seconds=1)
    with a_witness(tmp_path, log.key) as (url, key):
        for old, size in ((0, 7), (7, 7), (7, 64), (64, 100)):
            assert before <= seen(log, size, post(url, log.request(old, size)), key) <= now()
        held = httpx.get(f"{url}/{sha256(log.origin.encode()).hexdigest()}/checkpoint", trust_env=False)
        note = Note.parse(held.content)
        assert note.text == log.note(100).text and seen_by(note, key) and signers(note, [log.key])
        assert httpx.get(f"{url}/{'0' * 64}/checkpoint", trust_env=False).status_code == 404


def test_lines_of_the_logs_own_and_of_unknown_keys_do_no_harm(log: Log, tmp_path: Path) -> None:
    other = Log(log.origin)
    with a_witness(tmp_path, log.key) as (url, key):
        assert seen(log, 5, post(url, log.request(0, 5, "a line\nanother\n")), key, "a line\nanother\n")
        note = log.note(9)
        extra = other.key.sign(note.text, other.private.sign).signatures[0]
        body = log.request(5, 9).replace(note.encode(), Note(note.text, (extra, *note.signatures)).encode())
        assert seen(log, 9, post(url, body), key)


def without_line(body: bytes, number: int) -> bytes:
    lines = body.split(b"\n")
    return b"\n".join(lines[:number] + lines[number + 1 :])


REFUSED: list[tuple[str, Callable[[Log], bytes], int, str]] = [
    ("another log", lambda log: other_log().request(0, 5), 404, "not known"),
    ("no signature of its key", lambda log: other_log(log.origin).request(0, 5), 403, "no key known"),
    (
        "a signature that bears its name",
        lambda log: log.request(10, 20).replace(b"\n20\n", b"\n21\n"),
        403,
        "no key known",
    ),
    ("an old size beyond the new", lambda log: log.request(30, 20), 400, "larger"),
    ("an old size that is not held", lambda log: log.request(9, 20), 409, "10\n"),
    ("an old size of nothing", lambda log: log.request(0, 20), 409, "10\n"),
    ("a proof that is cut off", lambda log: without_line(log.request(10, 20), 1), 422, "not shown"),
    (
        "a proof of a thing that needs none",
        lambda log: log.request(10, 10).replace(b"\n\n", b"\n" + b"A" * 43 + b"=\n\n", 1),
        422,
        "not shown",
    ),
    ("nothing", lambda log: b"", 400, "does not begin"),
    ("no old size", lambda log: log.note(20).encode(), 400, "does not begin"),
    (
        "an old size with a zero before",
        lambda log: log.request(10, 20).replace(b"old 10", b"old 010"),
        400,
        "not begin",
    ),
    ("an old size that is negative", lambda log: log.request(10, 20).replace(b"old 10", b"old -1"), 400, "not begin"),
    ("a step that is not base64", lambda log: log.request(10, 20).replace(b"\n", b"\n*\n", 1), 400, "base64"),
    ("a step that is short", lambda log: log.request(10, 20).replace(b"\n", b"\nAAAA\n", 1), 400, "SHA-256"),
    (
        "more steps than there can be",
        lambda log: log.request(10, 20).replace(b"\n", b"\n" + (b"A" * 43 + b"=\n") * 64, 1),
        400,
        "63",
    ),
    ("an empty line of the log's own", lambda log: log.request(10, 20, "\n"), 400, "empty"),
    ("a note cut off", lambda log: log.request(10, 20)[:-5], 400, "empty line"),
    ("bytes that are not text", lambda log: log.request(10, 20) + b"\xff\n", 400, "UTF-8"),
    ("a size that is not a number", lambda log: log.request(10, 20).replace(b"\n20\n", b"\n2O\n"), 400, "size"),
    ("more than a witness reads", lambda log: b"old 0\n" + b"A" * 200_000, 413, "too long"),
]


def other_log(origin: str = "log.example.org/2") -> Log:
    log = Log(origin)
    log.grow(30)
    return log


@pytest.mark.parametrize(("case", "body", "status", "said"), REFUSED, ids=[each[0] for each in REFUSED])
def test_what_is_refused_leaves_nothing_behind(
    case: str, body: Callable[[Log], bytes], status: int, said: str, log: Log, tmp_path: Path
) -> None:
    with a_witness(tmp_path, log.key) as (url, key):
        seen(log, 10, post(url, log.request(0, 10)), key)
        held = [path.read_bytes() for path in (tmp_path / "held").iterdir()]
        answer = post(url, body(log))
        assert (answer.status_code, said in answer.text) == (status, True), answer.text
        if status == 409:
            assert answer.headers["content-type"].partition(";")[0] == "text/x.tlog.size"
        assert [path.read_bytes() for path in (tmp_path / "held").iterdir()] == held
        assert seen(log, 20, post(url, log.request(10, 20)), key)


def test_two_trees_of_one_size_are_an_alarm_and_both_notes_are_kept(log: Log, tmp_path: Path) -> None:
    forged = Log(log.origin, log.private)
    forged.grow(100)
    forged.leaves[3] = bytes(32)
    with capture_logs() as logged, a_witness(tmp_path, log.key) as (url, key):
        seen(log, 10, post(url, log.request(0, 10)), key)
        for size in (10, 10, 12):
            assert post(url, forged.request(10, size)).status_code == 422
        seen(log, 12, post(url, log.request(10, 12)), key)
    assert any("ALARM" in entry["event"] for entry in logged)
    kept = {path.name: Note.parse(path.read_bytes()) for path in (tmp_path / "alarms").rglob("*.*")}
    assert len(kept) == 4
    for name, note in kept.items():
        expected = log if name.endswith(".held") else forged
        size = 10 if name.endswith(".held") else int(name.split("-")[2])
        assert note.text == expected.note(size).text and signers(note, [log.key]) == [log.key]


def test_a_witness_knows_each_log_by_itself_and_any_of_its_keys(log: Log, tmp_path: Path) -> None:
    rotated, other = Log(log.origin, leaves=log.leaves), other_log()
    with a_witness(tmp_path, log.key, rotated.key, other.key) as (url, key):
        seen(log, 5, post(url, log.request(0, 5)), key)
        seen(rotated, 6, post(url, rotated.request(5, 6)), key)
        seen(other, 7, post(url, other.request(0, 7)), key)


def test_of_many_that_ask_at_once_none_rolls_another_back(log: Log, tmp_path: Path) -> None:
    with a_witness(tmp_path, log.key) as (url, key), ThreadPoolExecutor(8) as pool:
        order, lock = list[int](), threading.Lock()

        def ask(size: int) -> None:
            old = 0
            while True:
                answer = post(url, log.request(old, size))
                if answer.status_code == 200:
                    seen(log, size, answer, key)
                    with lock:
                        order.append(size)
                    return
                assert answer.status_code == 409
                old = int(answer.text)
                if old > size:
                    return

        list(pool.map(ask, range(1, 41)))
        assert post(url, log.request(0, 50)).text == "40\n"
    assert 40 in order and len(order) == len(set(order))


def test_a_request_that_does_not_end_is_cut_off(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witnessing, "PATIENCE", 0.1)
    with a_witness(tmp_path, log.key) as (url, _):
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=30) as slow:
            slow.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold 0\n")
            assert slow.recv(4096).startswith(b"HTTP/1.1 408 ")
        monkeypatch.undo()
        assert post(url, log.request(0, 5)).status_code == 200


# What it remembers


@contextmanager
def a_process(folder: Path, log: Log, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`turnaround witness run`, killed at the end."""
    command = [sys.executable, "-W", "error", "-m", "cli.main", "witness", "run", "--origin-key", str(log.key)]
    process = subprocess.Popen(
        [*command, "--port", "0", "--folder", str(folder), *more],
        cwd=ROOT,
        env={**os.environ, "TURNAROUND_HOME": str(folder.parent)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert "http://" in first, first
        yield process, first.split(": ")[1].strip()
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_what_was_answered_outlives_a_kill(log: Log, tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng, answered = random.Random(seed), 0
    for _ in range(2):
        with a_process(tmp_path / "w", log) as (process, url):
            held = post(url, log.request(0 if answered else 1, 99))
            assert int(held.text) >= answered
            old, kill_at = int(held.text), rng.randint(3, 12)
            for size in range(old + 1, old + 20):
                if size == old + kill_at:
                    killer = threading.Timer(rng.random() / 100, process.send_signal, [signal.SIGKILL])
                    killer.start()
                try:
                    answer = post(url, log.request(size - 1, size))
                except httpx.HTTPError:
                    break
                assert answer.status_code == 200
                answered = size
            killer.join()
    with a_process(tmp_path / "w", log) as (_, url):
        assert int(post(url, log.request(0, 99)).text) >= answered > 0


def test_it_says_its_key_and_stops_when_told_to(run: Run, log: Log, tmp_path: Path) -> None:
    folder = str(tmp_path / "w")
    first = run(tmp_path, "witness", "key", "--name", "w.example.org/1", "--folder", folder)
    assert VerifierKey.parse(first.out.splitlines()[0]).kind == COSIGNATURE
    assert run(tmp_path, "witness", "key", "--folder", folder, "--json").json["key"] == first.out.splitlines()[0]
    assert run(tmp_path, "witness", "key", "--name", "another", "--folder", folder).code == 2
    assert run(tmp_path, "witness", "key", "--name", "no good", "--folder", str(tmp_path / "x")).code == 2
    assert run(tmp_path, "witness", "run", "--origin-key", first.out.splitlines()[0]).code == 2
    with a_process(tmp_path / "w", log) as (process, url):
        post(url, log.request(0, 5))
        process.terminate()
        assert process.wait(30) == 0


def test_a_witness_that_forgot_is_none(run: Run, log: Log, tmp_path: Path) -> None:
    with a_witness(tmp_path / "w", log.key) as (url, key):
        seen(log, 5, post(url, log.request(0, 5)), key)
    (held,) = (tmp_path / "w" / "held").iterdir()
    note = held.read_bytes()
    held.write_bytes(log.note(3).encode())  # signed by the log, and not by the witness
    with pytest.raises(WitnessUnusable, match="unreadable"):
        Witness(Identity.kept_in(tmp_path / "w"), [log.key], now)
    held.write_bytes(note[:-9])
    result = run(tmp_path, "witness", "run", "--origin-key", str(log.key), "--folder", str(tmp_path / "w"))
    assert (result.code, "is not what this witness cosigned" in result.err) == (5, True)
    shutil.rmtree(tmp_path / "w" / "held")
    result = run(tmp_path, "witness", "run", "--origin-key", str(log.key), "--folder", str(tmp_path / "w"))
    assert (result.code, "is lost" in result.err) == (5, True)


def test_what_can_t_be_kept_is_not_cosigned(log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with a_witness(tmp_path, log.key) as (url, _):
        with monkeypatch.context() as patched:
            patched.setattr("activities.durable.write", full)
            answer = post(url, log.request(0, 5))
            assert (answer.status_code, "—" in answer.text) == (503, False)
        assert post(url, log.request(0, 6)).status_code == 200


# The ledger's side


@pytest.fixture
def signing(ledger: Ledger, tmp_path: Path) -> Signing:
    """A ledger with some events, and its signer."""
    signing = Signing(ledger, tmp_path)
    signing.grow(5)
    return signing


def origin_key(ledger: Ledger) -> VerifierKey:
    with ledger.reading() as conn:
        return origins(conn)[-1].key


def ask(signing: Signing, *witnesses: tuple[str, VerifierKey], clock: Callable[[], datetime] = now) -> list[Asked]:
    """Ask witnesses, as a process that has just begun."""
    at = [WitnessAt(url, key) for url, key in witnesses]
    return Witnesses(signing.ledger, at, signing.publication, signing.making().record, clock).ask()


def objections(ledger: Ledger) -> list[dict[str, Any]]:
    with ledger.reading() as conn:
        return [event.body for event in read_stream(conn, SIGNER) if event.type == "witness-objected"]


def test_each_checkpoint_is_cosigned_kept_and_published_once(signing: Signing, tmp_path: Path) -> None:
    first = signing.making().make()
    with a_witness(tmp_path / "w", first.key) as one, a_witness(tmp_path / "v", first.key, name="v") as two:
        assert [asked.came for asked in ask(signing, one, two)] == ["cosigned", "cosigned"]
        again = ask(signing, one, two)
        assert [asked.came for asked in again] == ["cosigned", "cosigned"]
        signing.grow(300)
        second = signing.making().make()
        assert [asked.came for asked in ask(signing, two)] == ["cosigned"]
    with signing.ledger.reading() as conn:
        notes = [checkpoints.cosigned(conn, made.signed) for made in (first, second)]
    assert [len(note.signatures) for note in notes] == [3, 2]
    assert seen_by(notes[0], one[1]) == again[0].at and seen_by(notes[1], two[1])
    files = signing.published()
    assert (
        files[f"7.{one[1].id.hex()}.cosigned"]
        == Note(notes[0].text, (notes[0].signatures[0], line_of(notes[0], one[1]))).encode()
    )
    assert files["latest.cosigned"] == notes[1].encode()
    assert files["7.checkpoint"] == first.signed.note.encode()
    assert signing.publication.latest() == second.signed


def line_of(note: Note, key: VerifierKey) -> Signature:
    return next(line for line in note.signatures if line.key_id == key.id)


def test_a_witness_that_is_down_holds_nothing_up_and_is_caught_up_with(signing: Signing, tmp_path: Path) -> None:
    key = signing.making().make().key
    with a_witness(tmp_path / "w", key) as (url, witness):
        assert ask(signing, (url, witness))[0].came == "cosigned"
    for _ in range(3):
        signing.grow(40)
        assert signing.making().make().new
        (asked,) = ask(signing, (url, witness))
        assert (asked.came, "does not answer" in asked.said) == ("silent", True)
    with a_witness(tmp_path / "w", key) as (url, _):
        assert ask(signing, (url, witness))[0].came == "cosigned"


def test_it_is_asked_from_the_size_that_it_names(signing: Signing, tmp_path: Path) -> None:
    key = signing.making().make().key
    with a_witness(tmp_path / "w", key) as at:
        ask(signing, at)
        tamper(signing.ledger, "DELETE FROM cosignature")  # the answer was lost on its way, or before it was kept
        assert ask(signing, at)[0].came == "cosigned"
        signing.grow(30)
        signing.checkpoint()
        tamper(signing.ledger, "DELETE FROM cosignature")
        assert ask(signing, at)[0].came == "cosigned"
    assert objections(signing.ledger) == []


ANSWERS: list[tuple[str, Callable[[bytes, VerifierKey], Response], str]] = [
    ("another key's line", lambda body, key: Response("— other/1 " + "A" * 104 + "\n"), "another key"),
    ("a line that is not its own", lambda body, key: Response(forged_line(key)), "is not that witness's"),
    ("words", lambda body, key: Response("thank you"), "can't be read"),
    ("nothing", lambda body, key: Response(""), "another key"),
    ("an unknown log", lambda body, key: Response("", 404), "does not know this ledger's origin"),
    ("a failure", lambda body, key: Response("", 500), "answers 500"),
    ("a page elsewhere", lambda body, key: Response("", 302, {"location": "http://127.0.0.1:1/"}), "answers 302"),
    ("a size that moves", lambda body, key: size_beside(body), "another size each time"),
    ("stale, and nothing else", lambda body, key: Response("", 409), "answers 409"),
]


def forged_line(key: VerifierKey) -> str:
    return Signature(key.name, key.id, (1).to_bytes(8, "big") + bytes(64)).line + "\n"


def size_beside(body: bytes) -> Response:
    old = AddCheckpoint.parse(body).old
    return Response(f"{(old + 1) % 3}\n", 409, media_type="text/x.tlog.size")


@contextmanager
def answering(answer: Callable[[bytes, VerifierKey], Response], key: VerifierKey) -> Iterator[str]:
    async def add(request: Request) -> Response:
        return answer(await request.body(), key)

    with served(Starlette(routes=[Route("/sub/add-checkpoint", add, methods=["POST"])])) as url:
        yield f"{url}/sub"


@pytest.mark.parametrize(("case", "answer", "said"), ANSWERS, ids=[each[0] for each in ANSWERS])
def test_answers_that_are_not_understood_are_kept_nowhere(
    case: str, answer: Callable[[bytes, VerifierKey], Response], said: str, signing: Signing, tmp_path: Path
) -> None:
    signing.checkpoint()
    witness = Identity.kept_in(tmp_path / "w").verifier
    with answering(answer, witness) as url:
        (asked,) = ask(signing, (url, witness))
    assert (asked.came, said in asked.said) == ("silent", True), asked
    with signing.ledger.reading() as conn:
        assert conn.execute(text("SELECT count(*) FROM cosignature")).scalar_one() == 0
    assert objections(signing.ledger) == []


def test_a_cosignature_of_another_time_is_not_kept(signing: Signing, tmp_path: Path) -> None:
    key = signing.making().make().key
    with a_witness(tmp_path / "w", key, clock=lambda: now() - timedelta(minutes=6)) as at:
        (asked,) = ask(signing, at)
    assert (asked.came, "clock" in asked.said) == ("silent", True)


def test_a_witness_that_saw_another_tree_objects_once_and_is_not_asked_again(signing: Signing, tmp_path: Path) -> None:
    made = signing.making().make()
    with a_witness(tmp_path / "w", made.key) as at:
        ask(signing, at)
        rewrite(signing)
        for _ in range(2):
            (asked,) = ask(signing, at)
            assert (asked.came, asked.said) == ("objects", "forked")
            signing.grow()
            signing.checkpoint()
        assert len(list((tmp_path / "w" / "alarms").rglob("*.given"))) == 1
    (objection,) = objections(signing.ledger)
    assert (objection["witness"], objection["origin"]) == (str(at[1]), made.key.name)


def rewrite(signing: Signing) -> None:
    """The operator changes an event, hashes all anew and signs it with the very key, its signer's memory replaced."""
    with signing.ledger.reading() as conn:
        count = conn.execute(text("SELECT count(*) FROM event")).scalar_one()
    memory = signing.signer.memory()
    assert memory is not None
    tamper(
        signing.ledger,
        *(
            f"DELETE FROM {table}"
            for table in ("outcome", "event", "command", "cosignature", "checkpoint", "tree_node")
        ),
    )
    shutil.rmtree(signing.publication.folder)
    signing.signer.remember(Memory(memory.origin, memory.key))
    signing.grow(count, stream="engagement/other-1")
    signing.checkpoint()


def test_a_ledger_that_is_shorter_than_a_witness_saw_is_found(signing: Signing, tmp_path: Path) -> None:
    key = signing.making().make().key
    with a_witness(tmp_path / "w", key) as at:
        signing.grow(20)
        signing.checkpoint()
        ask(signing, at)
        memory = signing.signer.memory()
        assert memory is not None
        tamper(
            signing.ledger,
            "DELETE FROM cosignature",
            "DELETE FROM checkpoint WHERE size > 7",
            "DELETE FROM outcome WHERE position > 7",
            "DELETE FROM event WHERE position > 7",
        )
        (asked,) = ask(signing, at)
    assert (asked.came, asked.said) == ("objects", "ahead")
    assert objections(signing.ledger)[0]["held"] == memory.size


# Times


def test_events_outside_the_times_of_their_cosignatures_are_found(signing: Signing, tmp_path: Path) -> None:
    made = signing.making().make()
    clock = [AT + timedelta(seconds=10)]
    with a_witness(tmp_path / "w", made.key, clock=lambda: clock[0]) as at:
        ask(signing, at, clock=lambda: clock[0])
        signing.grow(3)
        signing.checkpoint()
        clock[0] = AT + timedelta(minutes=4)
        ask(signing, at, clock=lambda: clock[0])
    with signing.ledger.reading() as conn:
        found = cosigned(conn, [], [at[1]])
        assert [each.checkpoint.size for each in found] == [7, 11]
        check_times(conn, found)
        large = best(found, 1)
        assert large is not None and large.checkpoint.size == 11 and best(found, 2) is None
    for position, time, said in ((3, "09:36", "seen it already"), (9, "09:24", "not seen it yet")):
        of = f"WHERE position = {position}"
        with signing.ledger.reading() as conn:
            before = conn.execute(text(f"SELECT recorded_at FROM event {of}")).scalar_one()
        tamper(signing.ledger, f"UPDATE event SET recorded_at = '2002-11-20T{time}:00.000000Z' {of}")
        with signing.ledger.reading() as conn, pytest.raises(Bad, match=said) as caught:
            check_times(conn, cosigned(conn, [], [at[1]]))
        assert caught.value.position == position
        tamper(signing.ledger, f"UPDATE event SET recorded_at = '{before}' {of}")


# Who is caught


@contextmanager
def kept_ledger(home: Path) -> Iterator[Filled]:
    filled = Filled.make(home)
    filled.give(
        "council/E09000014",
        "publish-rating",
        "inspectorate.chief-inspector",
        service="social-services",
        stars=0,
        on="2002-05-29",
    )
    try:
        yield filled
    finally:
        filled.ledger.close()


def test_an_operator_who_signs_everything_anew_is_caught_by_one_witness(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, forged_home = tmp_path / "home", tmp_path / "forged"
    with kept_ledger(home) as filled:
        key = make_checkpointing(filled.settings, filled.ledger).make().key
    with a_witness(tmp_path / "w", key) as (url, witness):
        monkeypatch.setenv("TURNAROUND_WITNESSES", f"{url} {witness}")
        honest = run(home, "checkpoint")
        assert (honest.code, f"Cosigned by {witness.name}" in honest.out) == (0, True), honest
        verified = run(home, "verify", "--witness", str(witness), "--json")
        assert verified.code == 0 and verified.json["proved"][-1] == "cosigned-by-witnesses", verified
        assert "Witnesses that you named saw" in run(home, "verify", "--witness", str(witness)).out
        assert run(home, "verify", "haringey-1", "--witness", str(witness)).code == 0
        assert audit(run, home, key, witness) == 0
        assert {f["what"]: f["ok"] for f in run(home, "doctor", "--json").json}[f"witness {witness.name}"]

        # The same key, the signer's memory made anew, and a history of which every hash and signature is right.
        with kept_ledger(forged_home) as filled:
            filled.give("engagement/haringey-1", "add-note", "council.director", text="It went well.")
            shutil.copytree(home / "signer", forged_home / "signer")
            signer = make_checkpointing(filled.settings, filled.ledger)._signer
            signer.remember(Memory(key.name, str(key)))
        forged = run(forged_home, "checkpoint")
        assert (forged.code, "objects" in forged.err) == (5, True), forged
        assert run(forged_home, "checkpoint").code == 5
        assert not {f["what"]: f["ok"] for f in run(forged_home, "doctor", "--json").json}[f"witness {witness.name}"]
    assert run(forged_home, "verify").code == 0, "by itself nothing is wrong with it"
    caught = run(forged_home, "verify", "--witness", str(witness))
    assert (caught.code, "cosigned by enough witnesses" in caught.err) == (5, True), caught
    assert audit(run, forged_home, key, witness) == 5
    assert run(home, "verify", "--checkpoint", str(home / "checkpoints" / "latest.cosigned")).code == 0
    stolen = home / "checkpoints" / "latest.cosigned"
    caught = run(forged_home, "verify", "--checkpoint", str(stolen), "--key", str(key), "--witness", str(witness))
    assert caught.code == 5


def audit(run: Run, home: Path, key: VerifierKey, witness: VerifierKey) -> int:
    """What auditor/verify.py makes of a pack of the ledger."""
    pack = home / "pack.zip"
    assert run(home, "pack", "haringey-1", "-o", str(pack), "--force").code == 0
    command = [sys.executable, "-I", str(ROOT / "auditor" / "verify.py"), str(pack), "--key", str(key)]
    done = subprocess.run([*command, "--witness", str(witness)], capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode


def test_witnesses_are_needed_as_many_as_are_named(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with kept_ledger(tmp_path / "home") as filled:
        key = make_checkpointing(filled.settings, filled.ledger).make().key
    other = Identity.kept_in(tmp_path / "v", "v").verifier
    with a_witness(tmp_path / "w", key) as (url, witness):
        monkeypatch.setenv("TURNAROUND_WITNESSES", f"{url} {witness},http://127.0.0.1:1/ {other}")
        result = run(tmp_path / "home", "checkpoint", "--json")
    assert result.code == 0 and [one["came"] for one in result.json["witnesses"]] == ["cosigned", "silent"]
    both = ["--witness", str(witness), "--witness", str(other)]
    assert run(tmp_path / "home", "verify", *both).code == 5
    assert run(tmp_path / "home", "verify", *both, "--json").json["witnesses"] == []
    assert run(tmp_path / "home", "verify", *both, "--need", "1").code == 0
    assert run(tmp_path / "home", "verify", *both, "--need", "3").code == 2
    assert run(tmp_path / "home", "verify", "--witness", str(key)).code == 2


@pytest.mark.parametrize(
    "value",
    [
        "https://w.example.org",
        "nonsense",
        "ftp://w.example.org KEY",
        "https://w.example.org OPERATOR",
        "https://w KEY,https://v KEY",
    ],
)
def test_settings_that_name_no_witness_are_refused(
    value: str, run: Run, log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = Identity.kept_in(tmp_path / "w").verifier
    value = value.replace("KEY", str(witness)).replace("OPERATOR", str(log.key))
    monkeypatch.setenv("TURNAROUND_WITNESSES", value)
    result = run(tmp_path, "portfolio")
    assert (result.code, "TURNAROUND_WITNESSES" in result.err) == (2, True), result


def test_a_file_of_settings_names_witnesses_in_a_list(run: Run, log: Log, tmp_path: Path) -> None:
    witness = Identity.kept_in(tmp_path / "w").verifier
    with kept_ledger(tmp_path / "home") as filled:
        make_checkpointing(filled.settings, filled.ledger).make()
    named = json.dumps([f"http://127.0.0.1:1 {witness}"])
    (tmp_path / "home" / "turnaround.toml").write_text(f"witnesses = {named}\n")
    found = {f["what"]: f for f in run(tmp_path / "home", "doctor", "--json").json}[f"witness {witness.name}"]
    assert (found["ok"], "cosigned 0 of" in found["said"]) == (False, True)
