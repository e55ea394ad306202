"""Notices on their way: asked by an event, sent by a channel, bounced, or given up after many attempts; each a fact.

A notice goes to the people who hold its role, each a delivery of its own: when one fails and is tried again, the others get
nothing a second time. A notice has one id from decision to provider. A crash between a provider's acceptance and our record
is the only way to a second delivery, and it carries the same message id: the file channel then finds its own file and
writes nothing, a carrier that keeps what it took is asked before it is given a letter again, and for other mail the attempt
that was recorded before shows that what follows may be a repeat.

Such a carrier also says later what became of a letter. It is asked for three days; nothing waits for its answer.
"""

import asyncio
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from time import monotonic
from typing import Literal, Protocol, runtime_checkable

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities import digests, folding
from activities.addresses import can_be_address
from activities.library import PEOPLE, Library
from activities.messages import NoticeLeft, NoticeTask
from activities.projection import project_notice
from domain import directory, notices
from domain.actors import ENGINE
from domain.dates import When, london_day
from domain.digest import NoticeLeftToDigest
from domain.notices import (
    EVENTS,
    Addressee,
    NoticeAddressed,
    NoticeAsked,
    NoticeAttempted,
    NoticeBounced,
    NoticeDeferred,
    NoticeDelivered,
    NoticeGivenUp,
    NoticeSent,
    Standing,
)
from domain.part import Event
from domain.records import CommandRef, Recorded
from domain.respond import draft
from ledger import events, read_models
from ledger.store import About, Ledger, Transaction

_LOG = structlog.stdlib.get_logger(__name__)

BUDGET = 30.0
"""Seconds after which no further recipient is begun with: the workflow allows a minute, a channel some twenty seconds."""

FOLLOWED = timedelta(days=3)
"""How long a carrier is asked what became of a letter. Who is still trying then seldom succeeds."""

LETTERS = 3
"""How many letters to somebody may come back, each for now, before they are given up."""


@dataclass(frozen=True)
class Webhook:
    """Somebody's webhook as the directory has it, and the address itself: None where that was erased."""

    endpoint: directory.Endpoint
    url: str | None


@dataclass(frozen=True)
class Recipient:
    """One of those who hold a role on a day: a person by id, or None for the role itself, and how to reach them."""

    person: str | None
    name: str | None
    address: str | None
    channel: directory.Channel
    in_place_of: str | None = None
    webhook: Webhook | None = None
    pace: directory.Pace = "at-once"
    left: bool = False
    """They were invited to a board and no longer are: they are told of that, and not as a holder of the role."""


Recipients = Callable[[NoticeAsked, date], Sequence[Recipient]]
"""Who a notice goes to on a day. Nobody, when nobody holds the role."""

THE_ROLE = (Recipient(person=None, name=None, address=None, channel="file"),)
"""Where nobody is known by name: one file for whoever holds the role."""


@dataclass(frozen=True)
class Invitation:
    """What a calendar is told of a meeting: an iCalendar object, and its method, which the type of the mail's part repeats."""

    method: Literal["REQUEST", "CANCEL"]
    content: bytes


@dataclass(frozen=True)
class Text:
    """A notice in words. `to` is the title of the role that is told, `due` the day that a reminder is about.

    `invitation` is what goes with it to whoever is told by mail.
    """

    subject: str
    body: str
    to: str
    due: date | None = None
    invitation: Invitation | None = None


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
    asked: NoticeAsked


class Deferred(OSError):
    """A channel certainly did not accept, and may later. `code` is its answer; without one nobody was reached at all.

    `wait` is for how long it asks not to be tried again.
    """

    def __init__(self, code: int | None = None, wait: timedelta | None = None) -> None:
        super().__init__("not accepted")
        self.code, self.wait = code, wait


class Bounced(Exception):
    """A channel can't reach this recipient, whenever it is tried."""

    def __init__(self, why: notices.WhyNot, code: int | None = None) -> None:
        super().__init__(why)
        self.why, self.code = why, code


def address_of(letter: Letter) -> str:
    """The address that a letter goes to. Raises Bounced when there is none, or one that can't be."""
    address = letter.recipient.address
    if not address:
        raise Bounced("no-address")
    if not can_be_address(address):
        raise Bounced("bad-address")
    return address


class Channel(Protocol):
    """A way to tell somebody.

    `send` returns when the channel has accepted, and gives its receipt if it is a Carrier. It raises Deferred or Bounced when
    it certainly has not, and any other OSError when that is not known. One that `knows_repeats` does nothing for a letter
    that it has accepted before.
    """

    name: str
    knows_repeats: bool

    async def send(self, letter: Letter) -> str | None:
        """Hand a letter over."""


Status = Literal["pending", "delivered", "permanent-failure", "temporary-failure", "technical-failure"]


@dataclass(frozen=True)
class Word:
    """What a carrier says became of a letter, in GOV.UK Notify's words, and when that was."""

    status: Status
    at: datetime | None = None


@runtime_checkable
class Carrier(Channel, Protocol):
    """A channel that keeps the letters it took for some days, each under a receipt. `said_by` is what it is called on record.

    What it is asked raises OSError when it does not answer.
    """

    said_by: str

    async def find(self, message_id: str) -> Sequence[str]:
        """The receipts of the letters that it took with this id, the newest first."""

    async def word(self, receipt: str) -> Word:
        """What became of a letter."""


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
    """A notice as its stream holds it: its standing, when it was asked for, and the day on which it was addressed.

    `sent_at` is when a channel accepted the last letter.
    """

    standing: Standing
    asked_at: datetime
    day: date | None
    sent_at: datetime | None
    version: int


def host_of(about: About) -> str:
    """What stands after the @ of ids by which others know what is of this ledger: of messages and calendar entries."""
    mark = sha256(f"{about.origin} {about.created_at.isoformat()}".encode()).hexdigest()[:12]
    return f"{about.origin.replace('/', '-')}-{mark}"


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
        self._library = Library()
        self._origin = host_of(ledger.about)

    @activity.defn(name="deliver")
    async def deliver(self, task: NoticeTask) -> NoticeLeft:
        """Try every recipient who is still to be told, and record it.

        Fails when somebody is to be tried again. What is settled is left alone.
        """
        try:
            return await self._deliver(task)
        except ApplicationError:
            raise
        except Exception as error:
            raise _failed(error) from None

    @activity.defn(name="give_up", no_thread_cancel_exception=True)
    def give_up(self, task: NoticeTask) -> NoticeLeft:
        """Record that recipients were never reached."""
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
            return self._left(task, held)
        except Exception as error:
            raise _failed(error) from None

    @activity.defn(name="follow")
    async def follow(self, task: NoticeTask) -> NoticeLeft:
        """Ask the carriers what became of the letters they took, and record what they say."""
        try:
            held = await asyncio.to_thread(self._held, task)
            if held is not None and (said := await self._said(held)):
                held = await asyncio.to_thread(self._record, task, *said) or held
            return self._left(task, held)
        except Exception as error:
            raise _failed(error) from None

    # Trying

    async def _deliver(self, task: NoticeTask) -> NoticeLeft:
        held, people = await asyncio.to_thread(self._take_up, task)
        if held is None:
            return NoticeLeft()
        began, down = monotonic(), set[tuple[str, str | None]]()
        failure: Exception | None = None
        wait = timedelta()
        for one in held.standing.waiting:
            # There is one server for all mail, and a webhook is somebody's own.
            door = (one.to.channel, one.to.person if one.to.channel == "webhook" else None)
            if door in down or monotonic() - began > BUDGET:
                continue
            to = people.get(one.to.person) or Recipient(one.to.person, None, None, "file", one.to.in_place_of)
            to = replace(to, left=one.to.left)  # as it was addressed, whoever holds the role by now
            if await asyncio.to_thread(self._left_to_digest, task, held, one, to):
                continue
            try:
                await self._try(task, held, one, to)
            except ApplicationError:
                raise
            except Exception as error:  # the others are tried all the same
                failure = error
                asked = getattr(error, "wait", None)
                wait = max(wait, asked or timedelta())
                if isinstance(error, OSError) and (getattr(error, "code", None) is None or asked):
                    down.add(door)  # it does not answer, or not for long: the others need not wait for it as well
        held = await asyncio.to_thread(self._held, task)
        if held and not held.standing.settled:
            raise _failed(failure or TimeoutError(), wait)
        return self._left(task, held)

    def _take_up(self, task: NoticeTask) -> tuple[_Held | None, Mapping[str | None, Recipient]]:
        """A notice to deliver, with those it goes to as they can be reached now. On the first try it is addressed."""
        held = self._held(task)
        if held is None or held.standing.settled:
            return held, {}
        day = held.day or london_day(self._at(task))
        found = self._recipients(held.standing.asked, day)
        if not held.standing.addressed and tuple(found) != THE_ROLE:
            to = [
                Addressee(person=r.person, channel=self._channel(r), in_place_of=r.in_place_of, left=r.left)
                for r in found
            ]
            unique = {(one.person, one.channel): one for one in to}
            held = self._record(task, NoticeAddressed(recipients=tuple(unique.values())))
        return held, {recipient.person: recipient for recipient in found}

    def _left_to_digest(self, task: NoticeTask, held: _Held, one: notices.Delivery, to: Recipient) -> bool:
        """Leave it to the digest of a recipient who wants one, where it can wait; whether it was left. What was tried
        already goes on.
        """
        if to.pace != "digest" or one.attempts:
            return False
        with self._ledger.reading() as conn:
            if not digests.waits(conn, self._library, held.standing.asked, self._at(task)):
                return False
        self._record(task, NoticeLeftToDigest(channel=one.to.channel, recipient=one.to.person))
        return True

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
        if one.attempts and isinstance(channel, Carrier):
            taken = [receipt for receipt in await channel.find(message_id) if receipt not in one.returned]
            if taken:  # it took an earlier try after all
                found = NoticeSent(
                    channel=name,
                    attempt=one.attempts,
                    recipient=person,
                    message_id=message_id,
                    repeat=len(taken) > 1,
                    receipt=taken[0],
                )
                await asyncio.to_thread(self._record, task, found)
                return
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
            receipt = await channel.send(Letter(task.id, number, to, message_id, held.asked_at, text, asked))
        except Bounced as error:
            event = NoticeBounced(channel=name, recipient=person, why=error.why, attempt=attempt, code=error.code)
        except Deferred as error:
            if not channel.knows_repeats:
                event = NoticeDeferred(channel=name, recipient=person, attempt=attempt, code=error.code)
                await asyncio.to_thread(self._record, task, event)
            raise
        else:
            kept = None if channel.knows_repeats else message_id
            event = NoticeSent(
                channel=name, attempt=attempt, recipient=person, message_id=kept, repeat=repeat, receipt=receipt
            )
        await asyncio.to_thread(self._record, task, event, to=to)

    # Following

    async def _said(self, held: _Held) -> list[Event]:
        """What carriers say of the letters they took. One that does not answer is asked again another time."""
        began, said = monotonic(), list[Event]()
        for one in held.standing.followed:
            channel = self._channels.get(one.to.channel)
            if not isinstance(channel, Carrier) or monotonic() - began > BUDGET:
                continue
            try:
                word = await channel.word(one.receipt or "")
            except OSError:
                break
            said += _facts(one, word, channel.said_by)
        return said

    def _left(self, task: NoticeTask, held: _Held | None) -> NoticeLeft:
        """What is left to do about a notice."""
        if held is None:
            return NoticeLeft()
        now = held.standing
        told = notices.undelivered(task.id, now.asked, now.tellings) if now.tellings else None
        in_time = held.sent_at is not None and self._at(task) - held.sent_at < FOLLOWED
        return NoticeLeft(
            office=told[0] if told else None, again=not now.settled, follow=bool(now.followed) and in_time
        )

    # The stream

    def _held(self, task: NoticeTask) -> _Held | None:
        if self._ledger.about.epoch != task.epoch:
            return None
        with self._ledger.reading() as conn:
            return _read(events.read_stream(conn, f"notice/{task.id}"))

    def _record(self, task: NoticeTask, *wanted: Event, to: Recipient | None = None) -> _Held | None:
        """Append events, unless the epoch is over or what they say is settled; the notice after them, if one was.

        With what settles it, the office is told where somebody was not reached. With a webhook's word that it is gone, the
        webhook of the recipient is off.
        """
        at, recorded = self._at(task), list[Event]()
        with self._ledger.writing() as tx:
            stream = f"notice/{task.id}"
            held = _read(tx.events(stream))
            if tx.epoch != task.epoch:
                return None
            known = held.standing.tellings
            for event in wanted:
                if not self._still_open(held.standing, event):
                    continue
                self._append(tx, task.id, held.version, event, at)
                if isinstance(event, NoticeBounced) and event.why == "gone" and to is not None:
                    self._disable(tx, task.id, to, at)
                held = _read(tx.events(stream))
                recorded.append(event)
            if not recorded:
                return None
            now = held.standing
            read_models.follow_notice(tx.connection, task.id, now.state, now.settled, now.attempts)
            told = notices.undelivered(task.id, now.asked, now.tellings) if now.tellings > known else None
            if told is not None:
                id, asked = told
                project_notice(tx.connection, id, asked, self._append(tx, id, 0, asked, at))
        for event in recorded:
            _LOG.info(event.type.replace("-", " "), notice=task.id, channel=getattr(event, "channel", None))
        return held

    def _disable(self, tx: Transaction, id: str, to: Recipient, at: datetime) -> None:
        """Record in the directory that somebody's webhook is gone, unless it has another address by now."""
        people = folding.fold_directory(directory.Directory(), tx.events(PEOPLE))
        assert to.person is not None and to.webhook is not None, "only a webhook says that it is gone"
        event = directory.disabled(people, to.person, to.webhook.endpoint.address, id)
        if event is not None:
            wanted = draft(event, When.day(london_day(at)), ENGINE, ENGINE)
            tx.append(PEOPLE, people.version, [wanted], CommandRef(id=f"delivery/{id}", digest=""), at, self._release)

    def _still_open(self, standing: Standing, event: Event) -> bool:
        if isinstance(event, NoticeAddressed):
            return not standing.addressed and standing.state == "asked"
        if isinstance(event, NoticeDelivered | NoticeBounced | NoticeDeferred) and event.receipt is not None:
            return any(one.receipt == event.receipt for one in standing.followed)
        to = (getattr(event, "recipient", None), getattr(event, "channel", None))
        return any(not standing.addressed or (d.to.person, d.to.channel) == to for d in standing.waiting)

    def _append(self, tx: Transaction, id: str, version: int, event: Event, at: datetime) -> Recorded:
        happened = event.delivered_at if isinstance(event, NoticeDelivered) else None
        wanted = draft(event, When.day(london_day(min(happened or at, at))), ENGINE, ENGINE)
        ref = CommandRef(id=f"delivery/{id}", digest="")
        (recorded,) = tx.append(f"notice/{id}", version, [wanted], ref, at, self._release)
        return recorded

    def _at(self, task: NoticeTask) -> datetime:
        """The time. The task's is that of its workflow's start, and an attempt may be hours later."""
        return max(task.at, self._now())


def _read(stream: Iterable[Recorded]) -> _Held:
    """A notice as it stands."""
    recorded = list(stream)
    typed = [folding.read_event(event, EVENTS).event for event in recorded]
    day = next((event.occurred.latest for event in recorded if event.type == NoticeAddressed.type), None)
    sent = next((event.recorded_at for event in reversed(recorded) if event.type == NoticeSent.type), None)
    return _Held(notices.standing(typed), recorded[0].recorded_at, day, sent, recorded[-1].version)


def _facts(one: notices.Delivery, word: Word, said_by: str) -> Sequence[Event]:
    """What a carrier's word on a letter means for its recipient."""
    person, channel, receipt = one.to.person, one.to.channel, one.receipt or ""
    match word.status:
        case "delivered":
            return [
                NoticeDelivered(
                    channel=channel, recipient=person, receipt=receipt, said_by=said_by, delivered_at=word.at
                )
            ]
        case "permanent-failure" as why:
            return [NoticeBounced(channel=channel, recipient=person, why=why, attempt=one.attempts, receipt=receipt)]
        case "temporary-failure" | "technical-failure" as failure:
            back = NoticeDeferred(
                channel=channel, recipient=person, attempt=one.attempts, receipt=receipt, failure=failure
            )
            last = len(one.returned) + 1 >= LETTERS
            return [back, NoticeGivenUp(channel=channel, attempts=one.attempts, recipient=person)] if last else [back]
        case "pending":
            return []


def _failed(error: BaseException, wait: timedelta = timedelta()) -> ApplicationError:
    # Failures travel through Temporal, where no stored value may stand: only the kind of error goes on.
    later = wait if wait > _usual_wait() else None
    return ApplicationError("the notice could not be delivered", type=type(error).__name__, next_retry_delay=later)


def _usual_wait() -> timedelta:
    """How long the workflow waits after this attempt by itself."""
    policy = activity.info().retry_policy if activity.in_activity() else None
    if policy is None:
        return timedelta()
    grown = policy.initial_interval * policy.backoff_coefficient ** (activity.info().attempt - 1)
    return min(grown, policy.maximum_interval or grown)
