"""Many writers at once, threads and processes: no position is skipped or given twice, no command is doubled."""

import multiprocessing
import random
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

import pytest

from ledger import events
from ledger.errors import VersionConflict
from ledger.store import Ledger
from ledger.verify import verify
from tests.databases import AT, NO_COMMAND, RELEASE, carry_out, draft


def _write(ledger: Ledger, writer: int, seed: int, count: int) -> int:
    """Carry out commands on a shared stream and an own one, each sent twice; return how many events were made."""
    rng = random.Random(seed + writer)
    made = 0
    for number in range(count):
        stream = rng.choice(["engagement/shared-1", f"engagement/own-{writer}"])
        size = rng.randint(0, 3)
        carry_out(ledger, f"{writer}-{number}", size, stream=stream, at=AT)
        made += size
    return made


def _write_in_process(url: str, writer: int, seed: int, count: int) -> int:
    ledger = Ledger.create(url, "test", "production", "unauthenticated", AT, synchronous="OFF")
    try:
        return _write(ledger, writer, seed, count)
    finally:
        ledger.close()


def _check(ledger: Ledger, made: int, commands: int) -> None:
    report = verify(ledger)
    assert report.first_bad is None
    assert (report.events, report.commands, report.outcomes) == (made, commands, commands)
    with ledger.reading() as conn:
        assert [event.position for event in events.read_all(conn)] == list(range(1, made + 1))


def _seed() -> int:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    return seed


def test_threads_that_share_a_ledger(ledger: Ledger) -> None:
    seed = _seed()
    with ThreadPoolExecutor(8) as threads:
        made = sum(threads.map(lambda writer: _write(ledger, writer, seed, 20), range(8)))
    _check(ledger, made, 160)


def test_threads_with_a_ledger_each(ledger: Ledger, ledger_url: str) -> None:
    seed = _seed()
    with ThreadPoolExecutor(4) as threads:
        made = sum(threads.map(lambda writer: _write_in_process(ledger_url, writer, seed, 15), range(4)))
    _check(ledger, made, 60)


def test_processes_that_also_create_the_ledger(new_database: Callable[[], str]) -> None:
    seed, url = _seed(), new_database()
    processes: Executor
    with ProcessPoolExecutor(3, mp_context=multiprocessing.get_context("spawn")) as processes:
        futures = [processes.submit(_write_in_process, url, writer, seed, 25) for writer in range(3)]
        made = sum(future.result() for future in futures)
    ledger = Ledger.open(url)
    _check(ledger, made, 75)
    ledger.close()


def test_of_writers_that_read_the_same_version_one_appends(ledger: Ledger) -> None:
    def append(_: int) -> bool:
        try:
            with ledger.writing() as tx:
                tx.append("office", 0, [draft()], NO_COMMAND, AT, RELEASE)
        except VersionConflict:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sorted(threads.map(append, range(6))) == [False] * 5 + [True]


def test_readers_do_not_wait_for_a_writer(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.append("office", 0, [draft()], NO_COMMAND, AT, RELEASE)
        with ThreadPoolExecutor(1) as threads:
            assert threads.submit(lambda: ledger.about.epoch).result(timeout=5) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_turn_is_given_back_when_a_writer_fails(ledger: Ledger) -> None:
    for _ in range(40):  # more than the pool has connections
        with pytest.raises(RuntimeError), ledger.writing() as tx:
            tx.append("office", 0, [draft()], NO_COMMAND, AT, RELEASE)
            raise RuntimeError
    carry_out(ledger, "one")
    _check(ledger, 1, 1)
