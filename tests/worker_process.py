"""A worker in a process of its own, for tests that kill it: `python -m tests.worker_process`, settings by TURNAROUND_*.

KILL_AT names a command and KILL_POINT where in carrying it out the process kills itself with SIGKILL: `before-commit`,
when everything is written and not yet committed, or `after-commit`, before anybody is told.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from activities.messages import Done, Task
from ledger.store import Ledger, Transaction
from workers.composition import Process, compose, connect, make_ledger
from workers.settings import Settings


class Killing:
    """Stands between `transact` and the ledger, and kills the process at the point that was asked for."""

    def __init__(self, process: Process, command_id: str, point: str) -> None:
        self._run, self._ledger = process.transact.run, process.ledger
        self._command_id, self._point, self._armed = command_id, point, False
        process.transact.run = self.run  # type: ignore[method-assign]
        process.transact._ledger = self  # type: ignore[assignment]

    def run(self, task: Task) -> Done:
        """Carry a task out, or be killed in it."""
        self._armed = task.submission is not None and task.submission.command_id == self._command_id
        done = self._run(task)
        if self._armed and self._point == "after-commit":
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction of the ledger."""
        with self._ledger.writing() as tx:
            yield tx
            if self._armed and self._point == "before-commit":
                os.kill(os.getpid(), signal.SIGKILL)


async def main() -> None:
    """Work until killed."""
    settings = Settings()
    assert settings.temporal_address is not None
    ledger: Ledger = make_ledger(settings, "rehearsal")
    process = compose(settings, ledger, await connect(settings, settings.temporal_address))
    if "KILL_AT" in os.environ:
        Killing(process, os.environ["KILL_AT"], os.environ["KILL_POINT"])
    await process.worker().run()


if __name__ == "__main__":
    asyncio.run(main())
