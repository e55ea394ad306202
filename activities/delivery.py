"""Notices on their way: asked by an event, sent by a channel, bounced, or given up after many attempts; each a fact.

A notice goes to the people who hold its role, each a delivery of its own: when one fails and is tried again, the others get
nothing a second time. A notice has one id from decision to provider. A crash between a provider's acceptance and our record
is the only way to a second delivery, and it carries the same message id: the file channel then finds its own file and
writes nothing, and for mail the attempt that was recorded before shows that what follows may be a repeat.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Literal, Protocol

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import folding
from activities.messages import NoticeTask
from activities.projection import project_notice
from domain import notices
from domain.actors import ENGINE
from domain.dates import When, london_day
from domain.notices import (
    EVENTS,
    Addressee,
    NoticeAddressed,
    NoticeAsked,
    NoticeAttempted,
    NoticeBounced,
    NoticeDeferred,
    NoticeGivenUp,
    NoticeSent,
    Standing,
)
from domain.part import Event
from domain.records import CommandRef, Recorded
from domain.respond import draft
from ledger import events, read_models
from ledger.store import Ledger, Transaction

_LOG = structlog.stdlib.get_logger(__name__)

BUDGET = 30.0
"""Seconds after which no further recipient is begun with: the workflow allows a minute, a channel some twenty seconds."""


@dataclass(frozen=True)
class Recipient:
    """One of those who hold a role on a day: a person by id, or None for the role itself, and how to reach them."""

    person: str | None
    name: str | None
    address: str | None
    channel: Literal["email", "file"]
    in_place_of: str | None = None


Recipients = Callable[[NoticeAsked, date], Sequence[Recipient]]
"""Who a notice goes to on a day. Nobody, when nobody holds the role."""

THE_ROLE = (Recipient(person=None, name=None, address=None, channel="file"),)
"""Where nobody is known by name: one file for whoever holds the role."""


@dataclass(frozen=True)
class Text:
    """A notice in words. `to` is the title of the role that is told."""

    subject: str
    body: str
    to: str


Write = Callable[[str, NoticeAsked, Recipient], Text]
"""How a notice is put in words, from its id and for a recipient."""


@dataclass(frozen=True)
class Letter:
    """What a channel gets: a notice for one recipient, with the id that every attempt carries."""

    notice: str
    number: int
    recipient: Recipient
    message_id: str
    at: datetime
    text: Text


class Deferred(OSError):
    """A channel certainly did not accept, and may later. `code` is its answer; without one nobody was reached at all."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__("not accepted")
        self.code = code


class Bounced(Exception):
    """A channel can't reach this recipient, whenever it is tried."""

    def __init__(self, why: Literal["refused", "bad-address", "no-address"], code: int | None = None) -> None:
        super().__init__(why)
        self.why, self.code = why, code


class Channel(Protocol):
    """A way to tell somebody.

    `send` returns when the channel has accepted. It raises Deferred or Bounced when it certainly has not, and any other
    OSError when that is not known. One that `knows_repeats` does nothing for a letter that it has accepted before.
    """

    name: str
    knows_repeats: bool

    async def send(self, letter: Letter) -> None:
        """Hand a letter over."""


class FileChannel:
    """Writes each notice to a file of its own: the embedded default, for a machine without mail."""

    name = "file"
    knows_repeats = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, letter: Letter) -> None:
        """Write `<id>.txt`, or `<id>.<number>.txt` for a person, whole or not at all."""
        await asyncio.to_thread(self._write, letter)

    def _write(self, letter: Letter) -> None:
        to, text = letter.recipient, letter.text
        name = letter.notice if to.person is None else f"{letter.notice}.{letter.number}"
        path = self._folder / f"{name}.txt"
        if path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        fresh = self._folder / f".{name}.{os.getpid()}"
        with fresh.open("w", encoding="utf-8") as file:
            file.write(f"Subject: {text.subject}\nTo: {to.person or text.to}\nNotice: {letter.notice}\n\n{text.body}")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


@dataclass(frozen=True)
class _Held:
    """A notice as its stream holds it: its standing, when it was asked for, and the day on which it was addressed."""

    standing: Standing
    asked_at: datetime
    day: date | None
    version: int


class Delivery:
    """Delivers notices through the channels there are and records what became of them."""

    def __init__(
        self,
        ledger: Ledger,
        channels: Mapping[str, Channel],
        write: Write,
        release: str,
        now: Callable[[], datetime],
        recipients: Recipients,
    ) -> None:
        self._ledger, self._write, self._release, self._now = ledger, write, release, now
        self._channels, self._recipients = dict(channels), recipients
        about = ledger.about
        mark = sha256(f"{about.origin} {about.created_at.isoformat()}".encode()).hexdigest()[:12]
        self._origin = f"{about.origin.replace('/', '-')}-{mark}"

    @activity.defn(name="deliver")
    async def deliver(self, task: NoticeTask) -> str | None:
        """Try every recipient who is still to be told, and record it; the notice to the office where one was not reached.

        Fails when somebody is to be tried again. What is settled is left alone.
        """
        try:
            return await self._deliver(task)
        except ApplicationError:
            raise
        except Exception as error:
            raise _failed(error) from None

    @activity.defn(name="give_up")
    def give_up(self, task: NoticeTask) -> str | None:
        """Record that recipients were never reached; the notice that tells the office."""
        try:
            held = self._held(task)
            for one in held.standing.waiting if held else ():
                channel = self._channels.get(one.to.channel)
                event = NoticeGivenUp(
                    channel=channel.name if channel else one.to.channel,
                    attempts=one.attempts or task.attempts,
                    recipient=one.to.person,
                )
                held = self._record(task, event)
            return self._follow_up(task, held)
        except Exception as error:
            raise _failed(error) from None

    # Trying

    async def _deliver(self, task: NoticeTask) -> str | None:
        held, people = await asyncio.to_thread(self._take_up, task)
        if held is None:
            return None
        began, down = monotonic(), set[str]()
        failure: Exception | None = None
        for one in held.standing.waiting:
            if one.to.channel in down or monotonic() - began > BUDGET:
                continue
            to = people.get(one.to.person) or Recipient(one.to.person, None, None, "file", one.to.in_place_of)
            try:
                await self._try(task, held, one, to)
            except ApplicationError:
                raise
            except Exception as error:  # the others are tried all the same
                failure = error
                if isinstance(error, OSError) and getattr(error, "code", None) is None:
                    down.add(one.to.channel)  # it does not answer: the others need not wait for it as well
        held = await asyncio.to_thread(self._held, task)
        if held and not held.standing.settled:
            raise _failed(failure or TimeoutError())
        return await asyncio.to_thread(self._follow_up, task, held)

    def _take_up(self, task: NoticeTask) -> tuple[_Held | None, Mapping[str | None, Recipient]]:
        """A notice to deliver, with those it goes to as they can be reached now. On the first try it is addressed."""
        held = self._held(task)
        if held is None or held.standing.settled:
            return held, {}
        day = held.day or london_day(self._at(task))
        found = self._recipients(held.standing.asked, day)
        if not held.standing.addressed and tuple(found) != THE_ROLE:
            to = [Addressee(person=r.person, channel=self._channel(r), in_place_of=r.in_place_of) for r in found]
            unique = {(one.person, one.channel): one for one in to}
            held = self._record(task, NoticeAddressed(recipients=tuple(unique.values())))
        return held, {recipient.person: recipient for recipient in found}

    def _channel(self, recipient: Recipient) -> str:
        """The channel for somebody. Without mail, whoever wants mail gets a file."""
        return recipient.channel if recipient.channel in self._channels else "file"

    async def _try(self, task: NoticeTask, held: _Held, one: notices.Delivery, to: Recipient) -> None:
        """Try one recipient, and record what came of it. Raises OSError when they are to be tried again."""
        number = one.number
        channel = self._channels.get(one.to.channel)
        if channel is None:
            raise Deferred  # whoever was to have mail is tried again until there is mail again
        asked, person, name = held.standing.asked, one.to.person, channel.name
        message_id = one.message_id or f"<{task.id}.{number}@{self._origin}>"
        text = await asyncio.to_thread(self._write, task.id, asked, to)
        attempt, repeat = activity.info().attempt, False
        if not channel.knows_repeats:
            attempt = one.attempts + 1
            begun = NoticeAttempted(channel=name, recipient=person, attempt=attempt, message_id=message_id)
            noted = await asyncio.to_thread(self._record, task, begun)
            if noted is None:
                return
            repeat = noted.standing.deliveries[number - 1].repeat
        event: Event
        try:
            await channel.send(Letter(task.id, number, to, message_id, held.asked_at, text))
        except Bounced as error:
            event = NoticeBounced(channel=name, recipient=person, why=error.why, attempt=attempt, code=error.code)
        except Deferred as error:
            if not channel.knows_repeats:
                event = NoticeDeferred(channel=name, recipient=person, attempt=attempt, code=error.code)
                await asyncio.to_thread(self._record, task, event)
            raise
        else:
            kept = None if channel.knows_repeats else message_id
            event = NoticeSent(channel=name, attempt=attempt, recipient=person, message_id=kept, repeat=repeat)
        await asyncio.to_thread(self._record, task, event)

    # The stream

    def _held(self, task: NoticeTask) -> _Held | None:
        if self._ledger.about.epoch != task.epoch:
            return None
        with self._ledger.reading() as conn:
            return _read(events.read_stream(conn, f"notice/{task.id}"))

    def _record(self, task: NoticeTask, event: Event) -> _Held | None:
        """Append an event, unless the epoch is over or what it says is settled; the notice after it.

        With the event that settles it, the office is told where somebody was not reached.
        """
        at = self._at(task)
        with self._ledger.writing() as tx:
            stream = f"notice/{task.id}"
            held = _read(tx.events(stream))
            if tx.epoch != task.epoch or not self._still_open(held.standing, event):
                return None
            self._append(tx, task.id, held.version, event, at)
            held = _read(tx.events(stream))
            now = held.standing
            read_models.follow_notice(tx.connection, task.id, now.state, now.settled, now.attempts)
            told = notices.undelivered(task.id, now.asked) if now.undelivered else None
            if told is not None:
                id, asked = told
                recorded = self._append(tx, id, 0, asked, at)
                project_notice(tx.connection, id, asked, recorded)
        _LOG.info(event.type.replace("-", " "), notice=task.id, channel=getattr(event, "channel", None))
        return held

    def _still_open(self, standing: Standing, event: Event) -> bool:
        if isinstance(event, NoticeAddressed):
            return not standing.addressed and standing.state == "asked"
        to = (getattr(event, "recipient", None), getattr(event, "channel", None))
        return any(not standing.addressed or (d.to.person, d.to.channel) == to for d in standing.waiting)

    def _append(self, tx: Transaction, id: str, version: int, event: Event, at: datetime) -> Recorded:
        wanted = draft(event, When.day(london_day(at)), ENGINE, ENGINE)
        ref = CommandRef(id=f"delivery/{id}", digest="")
        (recorded,) = tx.append(f"notice/{id}", version, [wanted], ref, at, self._release)
        return recorded

    def _follow_up(self, task: NoticeTask, held: _Held | None) -> str | None:
        """The notice that tells the office of this one, where it was asked for."""
        if held is None or not held.standing.undelivered:
            return None
        told = notices.undelivered(task.id, held.standing.asked)
        return told[0] if told else None

    def _at(self, task: NoticeTask) -> datetime:
        """The time. The task's is that of its workflow's start, and an attempt may be hours later."""
        return max(task.at, self._now())


def _read(stream: Iterable[Recorded]) -> _Held:
    """A notice as it stands."""
    recorded = list(stream)
    typed = [folding.read_event(event, EVENTS).event for event in recorded]
    day = next((event.occurred.latest for event in recorded if event.type == NoticeAddressed.type), None)
    return _Held(notices.standing(typed), recorded[0].recorded_at, day, recorded[-1].version)


def _failed(error: BaseException) -> ApplicationError:
    # Failures travel through Temporal, where no stored value may stand: only the kind of error goes on.
    return ApplicationError("the notice could not be delivered", type=type(error).__name__)
