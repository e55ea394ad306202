"""A worker in a process of its own, for tests that kill it: `work` is all that the process does, settings by TURNAROUND_*.

KILL_AT names a command and KILL_POINT where in carrying it out the process kills itself with SIGKILL: `before-commit`,
when everything is written and not yet committed, or `after-commit`, before anybody is told.

A mine is a file that is named after a point: the process kills itself where it next comes to it. Points are those two, in
any transaction, and `before-mail` and `after-mail`, when the attempt to send a letter is on record and its result is not.

TRY_SECONDS is how long one try to deliver a notice may take: so long after a kill in the middle of one, and a little, there
is another.

With a mail server in the settings it mails, although the ledger is a rehearsal, which otherwise mails nobody.
"""

import asyncio
import os
import signal
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from activities.addresses import MailServer
from activities.delivery import Channel, FileChannel, Letter
from activities.mail import EmailChannel
from activities.messages import Done, Task
from ledger.store import Ledger, Transaction
from workers.composition import Process, compose, connect, make_ledger
from workers.settings import Settings
from workflows import notification


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


def mine(home: Path, point: str, number: int) -> Path:
    """The file that is a mine."""
    return home / f"{point}.{number}.mine"


@dataclass(frozen=True)
class Mines:
    """Kill the process where it next comes to a point that one of them is named after."""

    home: Path

    def step_on(self, point: str) -> None:
        """Be killed here, if there is a mine. The next process does not find it any more."""
        for file in self.home.glob(f"{point}.*.mine"):
            file.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


class Mined:
    """Stands between `transact` and the ledger, with mines at both sides of a commit."""

    def __init__(self, process: Process, mines: Mines) -> None:
        self._ledger, self._mines = process.ledger, mines
        process.transact._ledger = self  # type: ignore[assignment]

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction of the ledger."""
        with self._ledger.writing() as tx:
            yield tx
            self._mines.step_on("before-commit")
        self._mines.step_on("after-commit")


class MinedMail(EmailChannel):
    """Mail, with mines at both sides of handing a letter over."""

    def __init__(self, server: MailServer, mines: Mines) -> None:
        super().__init__(server)
        self._mines = mines

    async def send(self, letter: Letter) -> None:
        self._mines.step_on("before-mail")
        await super().send(letter)
        self._mines.step_on("after-mail")


def work(environment: Mapping[str, str]) -> None:
    """Work until killed."""
    os.environ.clear()
    os.environ.update(environment)
    warnings.simplefilter("error")
    asyncio.run(_work())


async def _work() -> None:
    settings = Settings()
    assert settings.temporal_address is not None
    if "TRY_SECONDS" in os.environ:
        notification.ONE_TRY = timedelta(seconds=float(os.environ["TRY_SECONDS"]))
        notification.NEXT_TRY = timedelta(milliseconds=100)
    ledger: Ledger = make_ledger(settings, "rehearsal")
    mines = Mines(settings.home)
    channels: dict[str, Channel] = {"file": FileChannel(settings.outbox)}
    if settings.mail_server is not None:
        channels["email"] = MinedMail(settings.mail_server, mines)
    client = await connect(settings, settings.temporal_address)
    process = compose(settings, ledger, client, channels=channels)
    if "KILL_AT" in os.environ:
        Killing(process, os.environ["KILL_AT"], os.environ["KILL_POINT"])
    else:
        Mined(process, mines)
    await process.worker().run()
