"""A pass over a long ledger by as many processes as there are cores: Python runs on one at a time.

Each looks at stretches of events by itself (`verify_tree.look`), reading them from the database on its own, and this process
along with them. What is found sound goes into the pass, in order; a stretch that anybody finds wrong, or that nobody has
looked at because a process is gone, the pass looks at again and says what it is. So nothing rests on the others being well.
"""

import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection

from ledger.connect import for_reading, make_engine
from ledger.verify_tree import STRETCH, Sound, driver_cursor, look

LONG = 32 * STRETCH
"""Below so many events the processes would hardly have begun before it is over."""

MOST = 2
"""Processes beside this one at most, as each takes memory of its own: some 60 MB."""

_CHILD = [sys.executable, "-P", "-m", "ledger.verify_apart"]


def others(events: int) -> int:
    """How many processes a pass over so many events takes beside its own."""
    return min(_cores() - 1, MOST) if events >= LONG else 0


@contextmanager
def apart(conn: Connection, events: int, *, contents: bool) -> Iterator[Callable[[int], Sound | None]]:
    """What is found in each stretch of a ledger of so many events, asked for in their order; see `Pass.run`."""
    processes = others(events)
    if not processes:
        yield lambda after: None
        return
    url = conn.engine.url.render_as_string(hide_password=False)
    stretches = _Stretches(driver_cursor(conn), range(0, events - STRETCH + 1, STRETCH), contents)
    children, threads = list[subprocess.Popen[bytes]](), list[threading.Thread]()
    try:
        with suppress(OSError):  # where none can be started, this one does it all
            for _ in range(processes):
                children.append(_child())
        for child in children:
            threads.append(threading.Thread(target=stretches.ask, args=(child, url), daemon=True))
            threads[-1].start()
        yield stretches.of
    finally:
        for child in children:
            child.kill()  # it only reads
        for thread in threads:
            thread.join()
        for child in children:
            with suppress(OSError), child:  # what it was asked last may never have reached it
                pass


def _child() -> subprocess.Popen[bytes]:
    # What it says of its own failures helps nobody: its stretches are looked at again.
    return subprocess.Popen(_CHILD, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Stretches:
    """The stretches of a pass: those that nobody has begun, and what was found in others."""

    def __init__(self, cursor: Any, starts: range, contents: bool) -> None:
        self._cursor, self._starts, self._contents = cursor, starts, contents
        self._free = deque(starts)
        self._found: dict[int, Sound | None] = {}
        self._changed = threading.Condition()

    def of(self, after: int) -> Sound | None:
        """What is found in the stretch after a position. Until somebody says so, this process looks at others."""
        if after not in self._starts:
            return None
        while True:
            with self._changed:
                if after in self._found:
                    return self._found.pop(after)
                mine = self._next()
                if mine is None:
                    self._changed.wait()
                    continue
            self._keep(mine, look(self._cursor, mine, contents=self._contents))

    def ask(self, process: subprocess.Popen[bytes], url: str) -> None:
        """Have a process look at one stretch after another, until none is left or the process is gone."""
        assert process.stdin is not None and process.stdout is not None
        start: int | None = None
        try:
            pickle.dump((url, self._contents), process.stdin)
            while (start := self._begin()) is not None:
                pickle.dump(start, process.stdin)
                process.stdin.flush()
                self._keep(start, pickle.load(process.stdout))
        except (OSError, EOFError, pickle.UnpicklingError):
            if start is not None:
                self._keep(start, None)

    def _begin(self) -> int | None:
        with self._changed:
            return self._next()

    def _next(self) -> int | None:
        return self._free.popleft() if self._free else None

    def _keep(self, start: int, sound: Sound | None) -> None:
        with self._changed:
            self._found[start] = sound
            self._changed.notify_all()


def main() -> None:
    """Look at the stretches that are asked for on standard input, until it ends."""
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    url, contents = pickle.load(asked)
    with for_reading(make_engine(url)).connect() as conn:
        cursor = driver_cursor(conn)
        while True:
            try:
                start = pickle.load(asked)
            except EOFError:
                return
            pickle.dump(look(cursor, start, contents=contents), answers)
            answers.flush()


if __name__ == "__main__":
    main()
