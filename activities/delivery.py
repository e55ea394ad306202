"""Notices on their way: asked by an event, sent by a channel, given up after many attempts. Each is a fact on its stream.

A notice has one id from decision to delivery. A crash between a channel's acceptance and our record is the only way to
a second delivery, and it carries the same id: the file channel then finds its own file and writes nothing.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import folding
from activities.messages import NoticeTask
from domain.actors import ENGINE
from domain.dates import When, london_day
from domain.notices import EVENTS, NoticeAsked, NoticeGivenUp, NoticeSent
from domain.part import Event
from domain.records import CommandRef
from domain.respond import draft
from ledger import read_models
from ledger.errors import DatabaseUnavailable
from ledger.store import Ledger

_LOG = structlog.stdlib.get_logger(__name__)


class Channel(Protocol):
    """A way to tell somebody. `send` returns when the channel has accepted, and raises OSError when it has not."""

    name: str

    def send(self, id: str, asked: NoticeAsked) -> None:
        """Deliver a notice, or do nothing when this id was delivered before."""


class FileChannel:
    """Writes each notice to a file of its own: the embedded default, for a machine without mail."""

    name = "file"

    def __init__(self, folder: Path, render: Callable[[str, NoticeAsked], str]) -> None:
        self._folder, self._render = folder, render

    def send(self, id: str, asked: NoticeAsked) -> None:
        """Write `<id>.txt`, whole or not at all."""
        path = self._folder / f"{id}.txt"
        if path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f".{id}.{os.getpid()}"
        with fresh.open("w", encoding="utf-8") as file:
            file.write(self._render(id, asked))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


class Delivery:
    """Delivers notices through one channel and records what became of them."""

    def __init__(self, ledger: Ledger, channel: Channel, release: str) -> None:
        self._ledger, self._channel, self._release = ledger, channel, release

    @activity.defn(name="deliver")
    def deliver(self, task: NoticeTask) -> None:
        """Send a notice and record it. Fails when the channel or the database does not answer; a settled one is left."""
        try:
            asked = self._unsettled(task)
            if asked is not None:
                self._channel.send(task.id, asked)
                self._settle(task, NoticeSent(channel=self._channel.name, attempt=activity.info().attempt))
        except (OSError, DatabaseUnavailable) as error:
            raise ApplicationError("the notice could not be delivered", type=type(error).__name__) from None

    @activity.defn(name="give_up")
    def give_up(self, task: NoticeTask) -> None:
        """Record that a notice was never accepted."""
        try:
            if self._unsettled(task) is not None:
                self._settle(task, NoticeGivenUp(channel=self._channel.name, attempts=task.attempts))
        except DatabaseUnavailable:
            raise ApplicationError("the database is unavailable", type="DatabaseUnavailable") from None

    def _unsettled(self, task: NoticeTask) -> NoticeAsked | None:
        with self._ledger.writing() as tx:
            if tx.epoch != task.epoch:
                return None
            events = [folding.read_event(event, EVENTS).event for event in tx.events(f"notice/{task.id}")]
        if len(events) == 1 and isinstance(events[0], NoticeAsked):
            return events[0]
        return None

    def _settle(self, task: NoticeTask, event: Event) -> None:
        with self._ledger.writing() as tx:
            stream = f"notice/{task.id}"
            if tx.epoch != task.epoch or tx.head(stream).version != 1:
                return
            wanted = draft(event, When.day(london_day(task.at)), ENGINE, ENGINE)
            ref = CommandRef(id=f"delivery/{task.id}", digest="")
            tx.append(stream, 1, [wanted], ref, task.at, self._release)
            read_models.settle_notice(tx.connection, task.id, event.type.removeprefix("notice-"))
        _LOG.info(event.type.replace("-", " "), notice=task.id, channel=self._channel.name)
