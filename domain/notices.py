"""Notices: who is told of what. A notice is a fact with a stream of its own, `notice/<id>`.

The lifecycle says which events are told to which roles; reminders and escalations go to whom their obligation names. Ids
are derived from the event, so that deciding again asks for the same notice and never for a second one.

What became of a notice is read from its stream alone: `standing`. A role is told through the people who hold it, each by a
channel of their own, so there may be several deliveries, and each is sent, bounced or given up by itself. A notice that was
never addressed to people goes to the role itself: one delivery, to nobody by name.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from domain.gates import fits
from domain.lifecycle import Lifecycle
from domain.obligations import ObligationEscalated, ObligationReminded
from domain.part import Event

OFFICE_ROLE = "department.programme-office"
"""Who is told when a notice reached nobody, or not everybody."""

UNDELIVERED = "notice-undelivered"
"""The template of the notice that says so. No notice is ever asked for about one of these."""


class NoticeAsked(Event):
    """Somebody is to be told. `about` is the stream and `version` the event that the notice tells of.

    `notice` is the id of another notice, where this one tells that it was not delivered.
    """

    type: ClassVar[str] = "notice-asked"
    about: str
    version: int
    template: str
    council: str
    to: str
    obligation: str | None = None
    notice: str | None = None


class Addressee(BaseModel):
    """One of those a notice goes to: a person by id, None for the role itself, and by which channel.

    `in_place_of` is the person who holds the role and for whom this one stands in.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: str | None
    channel: str
    in_place_of: str | None = None


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
    """An attempt certainly failed, and another may go through. `code` is the provider's, where it answered."""

    type: ClassVar[str] = "notice-deferred"
    channel: str
    recipient: str | None
    attempt: int
    code: int | None = None


class NoticeSent(Event):
    """A channel accepted the notice. `repeat` when an earlier attempt may have been accepted as well, unknown to us."""

    type: ClassVar[str] = "notice-sent"
    channel: str
    attempt: int
    recipient: str | None = None
    message_id: str | None = None
    repeat: bool = False


class NoticeBounced(Event):
    """The notice can't reach a recipient, and trying again would not help."""

    type: ClassVar[str] = "notice-bounced"
    channel: str
    recipient: str | None
    why: Literal["refused", "bad-address", "no-address"]
    attempt: int
    code: int | None = None


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
        NoticeBounced,
        NoticeGivenUp,
    )
}

Outcome = Literal["asked", "sent", "bounced", "given-up"]


@dataclass(frozen=True)
class Delivery:
    """How far a notice has come with one recipient. `hanging` when an attempt was begun of which no result is known."""

    number: int
    to: Addressee
    outcome: Outcome = "asked"
    attempts: int = 0
    hanging: bool = False
    message_id: str | None = None
    repeat: bool = False
    code: int | None = None
    why: str | None = None

    def after(self, event: Event) -> "Delivery":
        """This delivery after one of its events."""
        match event:
            case NoticeAttempted():
                held = replace(self, attempts=event.attempt, message_id=event.message_id, hanging=True)
                return replace(held, repeat=self.repeat or self.hanging)
            case NoticeDeferred():
                # The certain failure of this attempt says nothing of an earlier one: `repeat` stays.
                return replace(self, hanging=False, code=event.code)
            case NoticeSent():
                return replace(self, outcome="sent", attempts=event.attempt, hanging=False, repeat=event.repeat)
            case NoticeBounced():
                attempts = event.attempt
                return replace(
                    self, outcome="bounced", attempts=attempts, hanging=False, code=event.code, why=event.why
                )
            case NoticeGivenUp():
                return replace(self, outcome="given-up", attempts=event.attempts)
        return self


@dataclass(frozen=True)
class Standing:
    """What became of a notice so far, recipient by recipient."""

    asked: NoticeAsked
    addressed: bool
    deliveries: tuple[Delivery, ...]

    @property
    def waiting(self) -> tuple[Delivery, ...]:
        """Those that are neither sent, bounced nor given up: the least often tried first."""
        return tuple(sorted((d for d in self.deliveries if d.outcome == "asked"), key=lambda d: d.attempts))

    @property
    def settled(self) -> bool:
        """Whether nothing is left to try."""
        return not self.waiting

    @property
    def state(self) -> Literal["asked", "sent", "partly", "bounced", "given-up", "nobody"]:
        """In one word. `partly` when it reached some and not others, `nobody` when nobody held the role."""
        outcomes = {d.outcome for d in self.deliveries}
        if not outcomes:
            return "nobody"
        if "asked" in outcomes:
            return "asked"
        if "sent" in outcomes:
            return "sent" if len(outcomes) == 1 else "partly"
        return "given-up" if "given-up" in outcomes else "bounced"

    @property
    def undelivered(self) -> bool:
        """Whether nothing is left to try and somebody was not reached."""
        return self.settled and self.state != "sent"

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
    addressed = False
    held = {1: Delivery(1, Addressee(person=None, channel="file"))}
    for event in later:
        if isinstance(event, NoticeAddressed):
            addressed = True
            held = {number: Delivery(number, to) for number, to in enumerate(event.recipients, start=1)}
            continue
        recipient, channel = getattr(event, "recipient", None), getattr(event, "channel", None)
        for number, delivery in held.items():
            if not addressed or (delivery.to.person, delivery.to.channel) == (recipient, channel):
                held[number] = delivery.after(event)
    return Standing(asked, addressed, tuple(held.values()))


def undelivered(id: str, asked: NoticeAsked) -> tuple[str, NoticeAsked] | None:
    """The notice to the office about one that was not delivered, with its id; None where that one is such a notice."""
    if asked.template == UNDELIVERED:
        return None
    engagement = asked.about.removeprefix("engagement/")
    told = NoticeAsked(
        about=asked.about,
        version=asked.version,
        template=UNDELIVERED,
        council=asked.council,
        to=OFFICE_ROLE,
        notice=id,
    )
    return f"{engagement}.undelivered.{id.removeprefix(engagement + '.')}", told


def notices_for(
    lifecycle: Lifecycle, engagement: str, council: str, version: int, event: Event
) -> Iterator[tuple[str, NoticeAsked]]:
    """The notices that an event of an engagement asks for, each with its id."""
    for number, (to, obligation) in enumerate(_recipients(lifecycle, event), start=1):
        yield (
            f"{engagement}.{version}.{number}",
            NoticeAsked(
                about=f"engagement/{engagement}",
                version=version,
                template=event.type,
                council=council,
                to=to,
                obligation=obligation,
            ),
        )


def _recipients(lifecycle: Lifecycle, event: Event) -> Iterator[tuple[str, str | None]]:
    if isinstance(event, ObligationReminded | ObligationEscalated):
        yield event.to, event.obligation
    for rule in lifecycle.notices:
        if rule.event == event.type and fits(event, rule.where):
            yield from ((role, None) for role in rule.to)
