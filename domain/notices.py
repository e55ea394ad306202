"""Notices: who is told of what. A notice is a fact with a stream of its own, `notice/<id>`.

The lifecycle says which events are told to which roles; reminders and escalations go to whom their obligation names. Ids
are derived from the event, so that deciding again asks for the same notice and never for a second one.

What became of a notice is read from its stream alone: `standing`. A role is told through the people who hold it, each by a
channel of their own, so there may be several deliveries, and each is sent, bounced or given up by itself. A notice that was
never addressed to people goes to the role itself: one delivery, to nobody by name.

Some carriers say later what became of a letter that they took: it was delivered, or it came back. Such a letter is settled
all the same, and followed; one that came back for now is no longer settled, and is sent again.
"""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from domain.actors import OFFICE_ROLE
from domain.board import BoardCancelled, BoardScheduled
from domain.digest import STREAM as DIGEST
from domain.digest import Digest, NoticeLeftToDigest, digest_id
from domain.gates import fits
from domain.items import ItemRecorded, named
from domain.lifecycle import Lifecycle
from domain.meetings import Meeting
from domain.obligations import ObligationEscalated, ObligationReminded
from domain.office import EngagementStuck
from domain.part import Event
from domain.records import Instant

UNDELIVERED = "notice-undelivered"
"""The template of the notice that says so. No notice is ever asked for about one of these."""

DIGEST_UNDELIVERED = "digest-undelivered"
"""The template of the notice that says so of a digest."""


WhyNot = Literal["refused", "bad-address", "no-address", "permanent-failure", "private-address", "gone"]
"""Why a notice can't reach a recipient. The last two are of webhooks: an address in a private network, one gone for good."""


class NoticeAsked(Event):
    """Somebody is to be told. `about` is the stream and `version` the event that the notice tells of.

    `notice` is the id of another notice, where this one tells that it was not delivered. `due` is when a reminder or an
    escalation was due, and `late` that it came over a minute after. `digest` is what a digest tells its `person`: it is for
    no role and about no council, so these are empty. `meeting` is the board, by its key for calendars, that this one invites
    to, moves or calls off. `change` counts those that no event of the engagement asks for, but that others hold the roles.
    """

    type: ClassVar[str] = "notice-asked"
    about: str
    version: int
    template: str
    council: str
    to: str
    obligation: str | None = None
    notice: str | None = None
    due: Instant | None = None
    late: bool = False
    meeting: str | None = None
    change: int | None = None
    person: str | None = None
    digest: Digest | None = None


class Addressee(BaseModel):
    """One of those a notice goes to: a person by id, None for the role itself, and by which channel.

    `in_place_of` is the person who holds the role and for whom this one stands in. Who `left` was invited to a board by an
    earlier notice, and is told that they no longer are.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: str | None
    channel: str
    in_place_of: str | None = None
    left: bool = False


class NoticeAddressed(Event):
    """The role was resolved to the people who held it on the day; none when nobody did. No address is kept here."""

    type: ClassVar[str] = "notice-addressed"
    recipients: tuple[Addressee, ...]


class NoticeAttempted(Event):
    """A channel that can't tell a repeat is about to be tried, with this id of the message."""

    type: ClassVar[str] = "notice-attempted"
    channel: str
    recipient: str | None
    attempt: int
    message_id: str


class NoticeDeferred(Event):
    """An attempt certainly failed, and another may go through. `code` is the provider's, where it answered.

    `receipt` is of a letter that was taken and came back, with `failure` for what the carrier calls that.
    """

    type: ClassVar[str] = "notice-deferred"
    channel: str
    recipient: str | None
    attempt: int
    code: int | None = None
    receipt: str | None = None
    failure: Literal["temporary-failure", "technical-failure"] | None = None


class NoticeSent(Event):
    """A channel accepted the notice. `repeat` when an earlier attempt may have been accepted as well, unknown to us.

    `receipt` is the carrier's own id of the letter, where it says later what became of it.
    """

    type: ClassVar[str] = "notice-sent"
    channel: str
    attempt: int
    recipient: str | None = None
    message_id: str | None = None
    repeat: bool = False
    receipt: str | None = None


class NoticeDelivered(Event):
    """The carrier says that the letter it took was delivered: who says so, and when it was, where they say that too."""

    type: ClassVar[str] = "notice-delivered"
    channel: str
    recipient: str | None
    receipt: str
    said_by: str
    delivered_at: Instant | None = None


class NoticeBounced(Event):
    """The notice can't reach a recipient, and trying again would not help.

    `receipt` is of a letter that was taken and came back for good.
    """

    type: ClassVar[str] = "notice-bounced"
    channel: str
    recipient: str | None
    why: WhyNot
    attempt: int
    code: int | None = None
    receipt: str | None = None


class NoticeGivenUp(Event):
    """No channel accepted the notice, after so many attempts."""

    type: ClassVar[str] = "notice-given-up"
    channel: str
    attempts: int
    recipient: str | None = None


EVENTS: Mapping[str, type[Event]] = {
    e.type: e
    for e in (
        NoticeAsked,
        NoticeAddressed,
        NoticeAttempted,
        NoticeDeferred,
        NoticeSent,
        NoticeDelivered,
        NoticeBounced,
        NoticeGivenUp,
        NoticeLeftToDigest,
    )
}

Outcome = Literal["asked", "sent", "delivered", "digest", "bounced", "given-up"]

MISSED = ("bounced", "given-up")


@dataclass(frozen=True)
class Delivery:
    """How far a notice has come with one recipient. `hanging` when an attempt was begun of which no result is known.

    `receipt` is of the letter that the carrier has, `returned` are those of letters that came back.
    """

    number: int
    to: Addressee
    outcome: Outcome = "asked"
    attempts: int = 0
    hanging: bool = False
    message_id: str | None = None
    repeat: bool = False
    code: int | None = None
    why: str | None = None
    receipt: str | None = None
    returned: tuple[str, ...] = ()
    delivered_at: Instant | None = None
    said_by: str | None = None

    @property
    def followed(self) -> bool:
        """Whether its carrier may still say what became of it."""
        return self.outcome == "sent" and self.receipt is not None

    def after(self, event: Event) -> "Delivery":
        """This delivery after one of its events."""
        match event:
            case NoticeAttempted():
                held = replace(self, attempts=event.attempt, message_id=event.message_id, hanging=True)
                return replace(held, repeat=self.repeat or self.hanging)
            case NoticeDeferred(receipt=str(receipt)):
                returned = (*self.returned, receipt)
                return replace(self, outcome="asked", receipt=None, returned=returned, code=event.code)
            case NoticeDeferred():
                # The certain failure of this attempt says nothing of an earlier one: `repeat` stays.
                return replace(self, hanging=False, code=event.code)
            case NoticeSent():
                held = replace(self, outcome="sent", attempts=event.attempt, hanging=False, receipt=event.receipt)
                return replace(held, repeat=event.repeat)
            case NoticeDelivered():
                return replace(self, outcome="delivered", delivered_at=event.delivered_at, said_by=event.said_by)
            case NoticeBounced():
                attempts = event.attempt
                return replace(
                    self, outcome="bounced", attempts=attempts, hanging=False, code=event.code, why=event.why
                )
            case NoticeGivenUp():
                return replace(self, outcome="given-up", attempts=event.attempts)
            case NoticeLeftToDigest():
                return replace(self, outcome="digest")
        return self


@dataclass(frozen=True)
class Standing:
    """What became of a notice so far, recipient by recipient.

    `tellings` counts how often it came to rest with more people missed than the office knew of.
    """

    asked: NoticeAsked
    addressed: bool
    deliveries: tuple[Delivery, ...]
    tellings: int = 0

    @property
    def waiting(self) -> tuple[Delivery, ...]:
        """Those that are neither sent, bounced nor given up: the least often tried first."""
        return tuple(sorted((d for d in self.deliveries if d.outcome == "asked"), key=lambda d: d.attempts))

    @property
    def followed(self) -> tuple[Delivery, ...]:
        """Those that a carrier has and may still say something of."""
        return tuple(d for d in self.deliveries if d.followed)

    @property
    def settled(self) -> bool:
        """Whether nothing is left to try."""
        return not self.waiting

    @property
    def state(self) -> Literal["asked", "sent", "delivered", "digest", "partly", "bounced", "given-up", "nobody"]:
        """In one word. `delivered` when a carrier says so of everybody, `partly` when it reached some and not others,
        `digest` when it was left to the digests of all, `nobody` when nobody held the role.
        """
        outcomes = {d.outcome for d in self.deliveries}
        if not outcomes:
            return "nobody"
        if "asked" in outcomes:
            return "asked"
        if outcomes & {"sent", "delivered", "digest"}:
            if outcomes & set(MISSED):
                return "partly"
            return "delivered" if outcomes == {"delivered"} else "digest" if outcomes == {"digest"} else "sent"
        return "given-up" if "given-up" in outcomes else "bounced"

    @property
    def undelivered(self) -> bool:
        """Whether nothing is left to try and somebody was not reached."""
        return self.settled and self.state not in ("sent", "delivered", "digest")

    @property
    def attempts(self) -> int:
        """How often it was tried: the most of any recipient."""
        return max((d.attempts for d in self.deliveries), default=0)

    @property
    def repeat(self) -> bool:
        """Whether somebody may have got it twice."""
        return any(d.repeat for d in self.deliveries)


def standing(events: Iterable[Event]) -> Standing:
    """What became of a notice, from its stream."""
    asked, *later = events
    assert isinstance(asked, NoticeAsked), "a notice begins with being asked for"
    now, known = Standing(asked, False, (Delivery(1, Addressee(person=None, channel="file")),)), 0
    for event in later:
        now = _after(now, event)
        missed = sum(one.outcome in MISSED for one in now.deliveries) if now.deliveries else 1
        if now.undelivered and missed > known:
            now, known = replace(now, tellings=now.tellings + 1), missed
    return now


def _after(now: Standing, event: Event) -> Standing:
    if isinstance(event, NoticeAddressed):
        to = tuple(Delivery(number, to) for number, to in enumerate(event.recipients, start=1))
        return replace(now, addressed=True, deliveries=to)
    said_of = getattr(event, "recipient", None), getattr(event, "channel", None)
    deliveries = (
        one.after(event) if not now.addressed or (one.to.person, one.to.channel) == said_of else one
        for one in now.deliveries
    )
    return replace(now, deliveries=tuple(deliveries))


def undelivered(id: str, asked: NoticeAsked, telling: int = 1) -> tuple[str, NoticeAsked] | None:
    """The notice to the office about one that was not delivered, with its id; None where that one is such a notice.

    `telling` counts them, from 1: after the first, more people may turn out to be missed.
    """
    if asked.template in (UNDELIVERED, DIGEST_UNDELIVERED):
        return None
    engagement = asked.about.removeprefix("engagement/")
    told = NoticeAsked(
        about=asked.about,
        version=asked.version,
        template=UNDELIVERED if asked.digest is None else DIGEST_UNDELIVERED,
        council=asked.council,
        to=OFFICE_ROLE,
        notice=id,
    )
    told_id = f"{engagement}.undelivered.{id.removeprefix(engagement + '.')}"
    return told_id if telling == 1 else f"{told_id}.{telling}", told


def may_wait(asked: NoticeAsked) -> bool:
    """Whether a notice may be left to a digest: not an escalation, nor a word of something that does not work, nor an
    invitation, which a calendar is to have, nor a digest itself.
    """
    at_once = (ObligationEscalated.type, EngagementStuck.type, UNDELIVERED, DIGEST_UNDELIVERED)
    return asked.template not in at_once and asked.meeting is None and asked.digest is None


def of_digest(version: int, number: int, person: str, digest: Digest) -> tuple[str, NoticeAsked]:
    """The notice that is somebody's digest, with its id; `version` is that of the stream on which it was compiled."""
    asked = NoticeAsked(about=DIGEST, version=version, template=DIGEST, council="", to="", person=person, digest=digest)
    return digest_id(digest.day, number), asked


def notices_for(
    lifecycle: Lifecycle,
    engagement: str,
    council: str,
    version: int,
    event: Event,
    stirred: Iterable[Meeting] = (),
    inside: Container[str] | None = None,
) -> Iterator[tuple[str, NoticeAsked]]:
    """The notices that an event of an engagement asks for, each with its id. `stirred` are the boards that it lets stand
    otherwise than before: who is told of a date for the board is told of those, whatever the event. Where the model is
    confidential, `inside` are the roles that are in it: nobody else is told anything.
    """
    struck = event if isinstance(event, ObligationReminded | ObligationEscalated) else None
    asked = [
        NoticeAsked(
            about=f"engagement/{engagement}",
            version=version,
            template=template,
            council=council,
            to=to,
            obligation=obligation,
            due=struck.due if struck else None,
            late=struck is not None and struck.late,
            meeting=meeting,
        )
        for template, to, obligation, meeting in (*_recipients(lifecycle, event), *_invited(lifecycle, stirred))
        if inside is None or to in inside
    ]
    yield from ((f"{engagement}.{version}.{number}", notice) for number, notice in enumerate(asked, start=1))


def told(lifecycle: Lifecycle) -> frozenset[str]:
    """The types of the events that ask for notices, whatever else must be so for them to."""
    records = [ItemRecorded.type] if lifecycle.records else []
    return frozenset(
        (ObligationReminded.type, ObligationEscalated.type, *records, *(rule.event for rule in lifecycle.notices))
    )


def _recipients(lifecycle: Lifecycle, event: Event) -> Iterator[tuple[str, str, str | None, None]]:
    if isinstance(event, ObligationReminded | ObligationEscalated) and not event.overtaken:
        yield event.type, event.to, event.obligation, None
    if isinstance(event, BoardScheduled | BoardCancelled):
        return  # told of by the board that it stirs, if it does
    for rule in lifecycle.notices:
        if rule.event == named(event) and fits(event, rule.where):
            yield from ((event.type, role, None, None) for role in rule.to)


def _invited(lifecycle: Lifecycle, stirred: Iterable[Meeting]) -> Iterator[tuple[str, str, None, str]]:
    for meeting in stirred:
        told = meeting.event()
        for rule in lifecycle.notices:
            if rule.event == told.type and fits(told, rule.where):
                yield from ((told.type, role, None, meeting.key) for role in rule.to)


def invited_by(lifecycle: Lifecycle) -> tuple[str, ...]:
    """The roles that a lifecycle has told of the dates of boards."""
    named = (role for rule in lifecycle.notices if rule.event == BoardScheduled.type for role in rule.to)
    return tuple(dict.fromkeys(named))
