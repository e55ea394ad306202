"""Evidence packs: written by the command line, verified by `auditor/verify.py` alone, in a folder with nothing else in it."""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.canonical import leaf_hash
from ledger.checkpoints import Checkpoint
from ledger.merkle import root
from ledger.notes import VerifierKey
from tests.command_line import Run
from tests.command_line import run as run

ROOT = Path(__file__).parent.parent
VERIFIER = ROOT / "auditor" / "verify.py"


@dataclass(frozen=True)
class Packed:
    """A rehearsed ledger, a pack of its engagement, the operator's key, and a folder with an early checkpoint."""

    home: Path
    pack: Path
    key: str
    early: Path


@pytest.fixture(scope="module")
def ledger_home(tmp_path_factory: pytest.TempPathFactory, dev_server_binary: Path) -> Path:
    """A rehearsal of Haringey, checkpoints and all."""
    home = tmp_path_factory.mktemp("packed")
    case = ROOT / "domain" / "cases" / "haringey.yaml"
    environment = {"TURNAROUND_HOME": str(home), "TURNAROUND_SYNCHRONOUS": "OFF", "HOME": str(Path.home())}
    subprocess.run(
        [sys.executable, "-m", "cli.main", "rehearse", str(case)],
        cwd=ROOT,
        env=environment,
        check=True,
        capture_output=True,
    )
    return home / "rehearsals" / "haringey"


@pytest.fixture
def packed(ledger_home: Path, run: Run, tmp_path: Path) -> Packed:
    """The pack, written afresh."""
    key = run(ledger_home, "checkpoint", "--json").json["key"]
    early, *_ = sorted((ledger_home / "checkpoints").glob("*/*.checkpoint"), key=lambda path: int(path.stem))
    pack = tmp_path / "haringey-1.zip"
    written = run(ledger_home, "pack", "haringey-1", "-o", str(pack), "--since", str(early))
    assert written.code == 0, written.err
    return Packed(ledger_home, pack, key, early)


def verify(tmp_path: Path, pack: Path, key: str, *arguments: str) -> tuple[int, str]:
    """What verify.py makes of a pack, in a folder of its own and with no library but Python's."""
    alone = tmp_path / "alone"
    alone.mkdir(exist_ok=True)
    shutil.copy(VERIFIER, alone)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", str(pack), "--key", key, *arguments],
        cwd=alone,
        env={},
        capture_output=True,
        text=True,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def changed(pack: Path, files: Mapping[str, Callable[[bytes], bytes | None]], *, fitted: bool = True) -> None:
    """Change files of a pack; with `fitted`, the hashes in pack.json as well."""
    with ZipFile(pack) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    about = json.loads(held["pack.json"])
    for file, change in files.items():
        data = change(held.get(file, b""))
        if data is None:
            del held[file]
        else:
            held[file] = data
        if fitted:
            about["files"].pop(file, None)
            if data is not None:
                about["files"][file] = hashlib.sha256(data).hexdigest()
    if "pack.json" not in files:
        held["pack.json"] = json.dumps(about).encode()
    with ZipFile(pack, "w", ZIP_DEFLATED) as archive:
        for name, data in held.items():
            archive.writestr(name, data)


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    """A change of a file's lines."""
    return lambda data: b"".join(change(data.splitlines(keepends=True)))


def without_last_of(stream: str) -> tuple[Callable[[bytes], bytes], list[int]]:
    """Leaves out the last event of a stream, and says at which line it was."""
    taken: list[int] = []

    def change(data: bytes) -> bytes:
        held = data.splitlines(keepends=True)
        taken.append(max(n for n, line in enumerate(held) if json.loads(line)["stream"] == stream))
        return b"".join(line for n, line in enumerate(held) if n not in taken)

    return change, taken


# What an honest pack shows


def test_a_pack_verifies_with_nothing_but_python_and_verify_py(packed: Packed, tmp_path: Path) -> None:
    code, said = verify(tmp_path, packed.pack, packed.key)
    assert code == 0, said
    assert "none missing among the ledger's first" in said
    assert "Proved: the pack agrees with itself and with a checkpoint that the operator signed." in said
    assert "Not proved: that the operator did not rewrite everything." in said


def test_it_extends_a_checkpoint_that_the_reader_kept(packed: Packed, tmp_path: Path) -> None:
    code, said = verify(tmp_path, packed.pack, packed.key, "--checkpoint", str(packed.early))
    assert code == 0, said
    assert f"Proved: the ledger extends the checkpoint of {packed.early.stem} events that you gave." in said
    assert "Not proved" not in said


def test_the_public_edition_leaves_values_out_and_verifies(packed: Packed, run: Run, tmp_path: Path) -> None:
    public = tmp_path / "public.zip"
    written = run(packed.home, "pack", "haringey-1", "-o", str(public), "--public", "--json")
    assert written.json["left_out"] == ["bid", "contact", "cv", "free-text", "name"]
    whole = [json.loads(line) for line in _read(packed.pack, "sealed.ndjson").splitlines()]
    told = {kept["value"] for kept in whole if kept["class"] == "source"}
    hidden = {kept["value"] for kept in whole if kept["class"] != "source"} - told
    assert hidden
    for name in ZipFile(public).namelist():
        text = _read(public, name).decode()
        assert not [value for value in hidden if json.loads(value) in text], name
    code, said = verify(tmp_path, public, packed.key)
    assert code == 0, said
    left_out = sum(kept["class"] != "source" for kept in whole)
    assert (
        f"{len(whole) - left_out} sealed values are those that were sealed; {left_out} were left out or erased" in said
    )


def test_the_page_tells_the_timeline_and_loads_nothing(packed: Packed) -> None:
    page = _read(packed.pack, "timeline.html").decode()
    assert "<h1>haringey-1</h1>" in page
    assert "Special measures" in page
    assert "<script" not in page and "http://" not in page and "https://" not in page and "src=" not in page


def test_the_same_ledger_makes_the_same_pack(packed: Packed, run: Run, tmp_path: Path) -> None:
    again = tmp_path / "elsewhere" / "haringey-1.zip"
    again.parent.mkdir()
    run(packed.home, "pack", "haringey-1", "-o", str(again), "--since", str(packed.early))
    assert again.read_bytes() == packed.pack.read_bytes()


# What is found


def _read(pack: Path, name: str) -> bytes:
    with ZipFile(pack) as archive:
        return archive.read(name)


def edited(data: bytes) -> bytes:
    """Another council."""
    return data.replace(b"E09000014", b"E09000015")


def swapped(data: list[bytes]) -> list[bytes]:
    """Two neighbours changed places."""
    return [data[1], data[0], *data[2:]]


def other_value(data: list[bytes]) -> list[bytes]:
    """A sealed value is another."""
    kept = json.loads(data[0])
    return [json.dumps({**kept, "value": json.dumps("somebody else")}).encode() + b"\n", *data[1:]]


TAMPERED: Mapping[str, tuple[Mapping[str, Callable[[bytes], bytes | None]], str]] = {
    "an event edited": ({"events.ndjson": edited}, "the ledger does not hold this at position"),
    "two events swapped": ({"events.ndjson": lines(swapped)}, "the ledger does not hold this at position"),
    "an event cut off": (
        {"events.ndjson": lambda data: data[:-20]},
        "events.ndjson is cut off",
    ),
    "an event taken out": (
        {"events.ndjson": lines(lambda held: held[1:])},
        "do not have the same number of lines",
    ),
    "a proof of another event": ({"proofs.ndjson": lines(swapped)}, "the ledger does not hold this at position"),
    "a command edited": ({"commands.ndjson": edited}, "is not the one that position"),
    "a sealed value exchanged": ({"sealed.ndjson": lines(other_value)}, "the value is not the one that was sealed"),
    "the checkpoint's size changed": (
        {"checkpoint": lambda data: data.replace(b"\n1", b"\n2", 1)},
        "is not signed by a key that you gave",
    ),
    "an earlier checkpoint's root changed": (
        {"earlier.ndjson": lambda data: data.replace(b'"path":["', b'"path":["00', 1)},
        "the ledger was rewritten after the checkpoint",
    ),
    "no heads": ({"heads.json": lambda data: None}, "not built as it should be"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_tampering_is_found_even_where_pack_json_was_made_to_fit(what: str, packed: Packed, tmp_path: Path) -> None:
    files, why = TAMPERED[what]
    changed(packed.pack, files)
    code, said = verify(tmp_path, packed.pack, packed.key)
    assert code == 5 and why in said, said


def test_a_withheld_last_event_is_found(packed: Packed, tmp_path: Path) -> None:
    change, taken = without_last_of("engagement/haringey-1")
    changed(packed.pack, {"events.ndjson": change})
    changed(packed.pack, {"proofs.ndjson": lines(lambda held: [line for n, line in enumerate(held) if n not in taken])})
    code, said = verify(tmp_path, packed.pack, packed.key)
    assert code == 5 and "its end was cut off" in said, said


def test_a_file_changed_lost_or_added_is_named(packed: Packed, tmp_path: Path) -> None:
    for change, why in (
        (edited, "events.ndjson was changed"),
        (lambda data: None, "events.ndjson is missing"),
    ):
        copy = tmp_path / "copy.zip"
        shutil.copy(packed.pack, copy)
        changed(copy, {"events.ndjson": change}, fitted=False)
        code, said = verify(tmp_path, copy, packed.key)
        assert code == 5 and why in said, said
    changed(packed.pack, {"more.txt": lambda data: b"more"}, fitted=False)
    code, said = verify(tmp_path, packed.pack, packed.key)
    assert code == 5 and "more.txt was added" in said, said


def test_a_truncated_pack_is_not_whole(packed: Packed, tmp_path: Path) -> None:
    packed.pack.write_bytes(packed.pack.read_bytes()[:-3000])
    code, said = verify(tmp_path, packed.pack, packed.key)
    assert code == 5 and "is not a whole ZIP file" in said, said


def test_a_pack_of_another_format_says_which_verifier_to_take(packed: Packed, tmp_path: Path) -> None:
    older = b'{"format":"turnaround-pack/0","files":{}}'
    changed(packed.pack, {"pack.json": lambda data: older}, fitted=False)
    code, said = verify(tmp_path, packed.pack, packed.key)
    assert code == 5 and "'turnaround-pack/0'" in said and "of the release that made the pack" in said, said


def test_another_key_is_not_the_operators(packed: Packed, tmp_path: Path) -> None:
    name = packed.key.partition("+")[0]
    other = VerifierKey(name, Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    code, said = verify(tmp_path, packed.pack, str(other))
    assert code == 5 and "is not signed by a key that you gave" in said, said


def test_a_mistyped_key_is_refused_before_anything_is_read(packed: Packed, tmp_path: Path) -> None:
    code, said = verify(tmp_path, packed.pack, packed.key[:-6] + "AAAAA=")
    assert code == 2 and "can't be read" in said, said


def test_an_operator_who_signs_a_rewritten_ledger_is_caught_by_a_checkpoint_that_was_kept(
    packed: Packed, tmp_path: Path
) -> None:
    """With the operator's own key everything can be made to agree, but for what somebody else holds."""
    private = Ed25519PrivateKey.generate()
    name = packed.key.partition("+")[0]
    key = VerifierKey(name, private.public_key().public_bytes_raw())
    early = packed.early.read_bytes().decode().split("\n")
    other = Checkpoint(name, int(early[1]), root([leaf_hash(b"what it was before")]))
    kept = tmp_path / "kept"
    kept.write_bytes(key.sign(other.text, private.sign).encode())
    own = Checkpoint(name, *_size_and_root(packed.pack))
    changed(packed.pack, {"checkpoint": lambda data: key.sign(own.text, private.sign).encode()})
    changed(packed.pack, {"earlier.ndjson": lines(lambda held: [_signed_anew(line, key, private) for line in held])})
    assert verify(tmp_path, packed.pack, str(key))[0] == 0, "the pack agrees with itself"
    code, said = verify(tmp_path, packed.pack, str(key), "--checkpoint", str(kept))
    assert code == 5 and "the ledger was rewritten" in said, said


def _size_and_root(pack: Path) -> tuple[int, bytes]:
    _, size, hashed, *_ = _read(pack, "checkpoint").decode().split("\n")
    return int(size), base64.b64decode(hashed)


def _signed_anew(line: bytes, key: VerifierKey, private: Ed25519PrivateKey) -> bytes:
    kept = json.loads(line)
    text = kept["note"].partition("\n\n")[0] + "\n"
    return json.dumps({**kept, "note": key.sign(text, private.sign).encode().decode()}).encode() + b"\n"


# The command


def test_a_pack_needs_a_checkpoint_a_name_and_a_folder(packed: Packed, run: Run, tmp_path: Path) -> None:
    there = run(packed.home, "pack", "haringey-1", "-o", str(packed.pack))
    assert there.code == 2 and "is there already" in there.err
    nowhere = run(packed.home, "pack", "haringey-1", "-o", str(tmp_path / "no" / "x.zip"))
    assert nowhere.code == 3 and "no folder" in nowhere.err
    unknown = run(packed.home, "pack", "atlantis-1", "-o", str(tmp_path / "x.zip"))
    assert unknown.code == 3 and "atlantis-1" in unknown.err
    wrong = run(packed.home, "pack", "haringey-1", "-o", str(tmp_path / "x.zip"), "--since", str(packed.pack))
    assert wrong.code == 2 and "is not a checkpoint" in wrong.err
    assert not (tmp_path / "x.zip").exists()
