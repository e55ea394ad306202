"""A long ledger is checked by several processes, and what they say is what one says."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger import verify_apart
from ledger.canonical import leaf_hash
from ledger.store import Ledger
from ledger.verify import Report, verify
from ledger.verify_tree import STRETCH
from tests import bench_ledger

EVENTS = 2 * STRETCH + 500


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("long") / "ledger.db"
    with pytest.MonkeyPatch.context() as often:
        often.setattr(bench_ledger, "PER_CHECKPOINT", STRETCH + 2000)
        bench_ledger.build(path, EVENTS)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_apart, "LONG", STRETCH)
    monkeypatch.setattr(verify_apart, "_cores", lambda: 2)


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Iterator[Path]:
    yield Path(shutil.copy(whole, tmp_path / "ledger.db"))


def report(path: Path, *, contents: bool) -> Report:
    with closing(Ledger.open(f"sqlite:///{path}")) as ledger:
        return verify(ledger, contents=contents)


def both(path: Path, monkeypatch: pytest.MonkeyPatch, *, contents: bool) -> Report:
    """What is said of a ledger by several processes, which is what one says."""
    said = report(path, contents=contents)
    with monkeypatch.context() as alone:
        alone.setattr(verify_apart, "_cores", lambda: 1)
        assert said == report(path, contents=contents)
    return said


def change(path: Path, statement: str) -> None:
    """Change a ledger behind its back."""
    with closing(sqlite3.connect(path)) as raw:
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
        assert raw.execute(statement).rowcount
        raw.commit()


@pytest.mark.parametrize("contents", [False, True])
def test_a_whole_ledger_is_found_whole(
    path: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch, contents: bool
) -> None:
    said = both(path, monkeypatch, contents=contents)
    assert said.ok and said.events > EVENTS and said.retained == said.heads == 2


@pytest.mark.parametrize("at", [1, 2 * STRETCH, EVENTS])
@pytest.mark.parametrize(
    "change_to",
    [
        "UPDATE event SET leaf_hash = zeroblob(32) WHERE position = {at}",
        "UPDATE event SET leaf = 'text' WHERE position = {at}",
        "DELETE FROM event WHERE position = {at}",
    ],
)
def test_the_first_that_is_wrong_is_named(
    path: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch, at: int, change_to: str
) -> None:
    change(path, change_to.format(at=at))
    said = both(path, monkeypatch, contents=False)
    assert said.first_bad is not None and said.first_bad[0] == at


@pytest.mark.parametrize("column", ["version = 1000000", "recorded_at = '2000-01-01T00:00:00.000000Z'", "type = 'x'"])
def test_columns_are_compared_where_the_contents_are(
    path: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    change(path, f"UPDATE event SET {column} WHERE position = {STRETCH + 7}")
    said = both(path, monkeypatch, contents=True)
    assert said.first_bad is not None
    assert said.first_bad[0] == STRETCH + 7 or "a version of" in said.first_bad[1]


def test_what_was_signed_is_compared_within_a_stretch(
    path: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(path)) as raw:
        ((size,),) = raw.execute("SELECT min(size) FROM checkpoint").fetchall()
    assert STRETCH < size < 2 * STRETCH and size % 256, "it stands within a stretch, and within a block"
    leaf = b"of another history"
    change(
        path,
        f"UPDATE event SET leaf = x'{leaf.hex()}', leaf_hash = x'{leaf_hash(leaf).hex()}' WHERE position = {size - 50}",
    )
    said = both(path, monkeypatch, contents=False)
    assert said.first_bad == (
        1,
        f"something from here to {size:,} is not what the ledger's own checkpoint was signed over",
    )


@pytest.mark.parametrize(
    "child",
    [
        [sys.executable, "-c", "pass"],
        [sys.executable, "-c", "print('nothing of use', flush=True)"],
        [sys.executable, "-c", "import sys; sys.stdin.buffer.read(1)"],
        ["/nowhere/to/be/found"],
    ],
    ids=["ends", "babbles", "dies", "is not there"],
)
def test_nothing_rests_on_the_other_processes(
    path: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch, child: list[str]
) -> None:
    monkeypatch.setattr(verify_apart, "_CHILD", child)
    assert report(path, contents=False).ok


def test_what_another_process_found_is_used(path: Path, two_cores: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*arguments: object, **options: object) -> None:
        raise AssertionError("this process looked itself")

    monkeypatch.setattr(verify_apart, "look", nobody)
    monkeypatch.setattr(verify_apart._Stretches, "of", _patient)
    assert report(path, contents=True).ok


def _patient(stretches: verify_apart._Stretches, after: int) -> object:
    """Waits for the others, where the real one would look at stretches itself."""
    if after not in stretches._starts:
        return None
    with stretches._changed:
        assert stretches._changed.wait_for(lambda: after in stretches._found, timeout=60)
        found = stretches._found.pop(after)
    assert found is not None
    return found
