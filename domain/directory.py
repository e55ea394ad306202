"""The directory of people, kept by the programme office: who holds which role, who is away, how each wants to be told.

Notices go to roles; `holders` says who holds a role on a day, with whoever stands in. [PAT] names roles and says nothing of
who keeps a list of the people in them, so that the programme office does is `assumed`, and so are cover and preferences.

A person is an id that is given once and never again. Names and addresses are sealed with that id as their subject, so that
erasing a person finds them; why somebody is away is not asked. Holdings and absences count from 1. Nothing here is
corrected in place: what was wrong is ended and given again.

A system, such as a council's own, may stand in the directory as a person does, and be told by webhook. What it is sent is
signed with a secret that is derived elsewhere from its id and a number; the number alone stands here. As Standard Webhooks
has it, an address that answers that it is gone is off from then on, and after a rotation the old secret signs as well for a
time; for how long is `assumed`.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Literal, TypeVar

from pydantic import Field

from domain import feeds
from domain.actors import OFFICE_ROLE
from domain.checks import ahead
from domain.dates import When
from domain.feeds import Feeds
from domain.part import Asked, Command, Entry, Event, Kinds, Refusal
from domain.quantities import Firm, Slug
from domain.sealed import Sealed

Channel = Literal["email", "file", "webhook"]
Address = Literal["email", "webhook"]
Pace = Literal["at-once", "digest"]

OVERLAP = timedelta(hours=24)
"""How long the secret before the newest goes on signing as well, so that a receiver can change over."""


# Events


class PersonRegistered(Event):
    """Somebody was put into the directory, under an id of their own. `secret` is the number of their webhook's."""

    type: ClassVar[str] = "person-registered"
    person: Slug
    name: Sealed
    email: Sealed | None = None
    organisation: Firm | None = None
    webhook: Sealed | None = None
    secret: int | None = None


class ContactChanged(Event):
    """What is given is new; `removed` is an address that no longer holds; the rest stays. A new webhook has a new secret."""

    type: ClassVar[str] = "contact-changed"
    person: Slug
    name: Sealed | None = None
    email: Sealed | None = None
    organisation: Firm | None = None
    removed: tuple[Address, ...] = ()
    webhook: Sealed | None = None
    secret: int | None = None


class RoleGiven(Event):
    """Somebody holds a role: in one engagement, in one council, or, with neither, everywhere. `ends` is its last day."""

    type: ClassVar[str] = "role-given"
    holding: int
    person: Slug
    role: str
    council: str | None = None
    engagement: str | None = None
    starts: When
    ends: When | None = None


class RoleEnded(Event):
    """A holding ends: after its `last_day`, or, without one, from the day on which this happened."""

    type: ClassVar[str] = "role-ended"
    holding: int
    person: Slug
    role: str
    last_day: When | None = None
    reason: Sealed | None = None


class AbsenceRecorded(Event):
    """Somebody is away, until the day `ends` or until it is ended, and `cover` stands in for them."""

    type: ClassVar[str] = "absence-recorded"
    absence: int
    person: Slug
    starts: When
    ends: When | None = None
    cover: Slug | None = None


class AbsenceEnded(Event):
    """Somebody is back, from the day on which this happened."""

    type: ClassVar[str] = "absence-ended"
    absence: int
    person: Slug


class PreferenceSet(Event):
    """How somebody wants to be told: by which channel, at which pace. What is left out stays as it was."""

    type: ClassVar[str] = "preference-set"
    person: Slug
    channel: Channel | None = None
    pace: Pace | None = None


class WebhookSecretRotated(Event):
    """A webhook has a new secret, of this number. Until `old_until` what is sent is signed with the one before it as well."""

    type: ClassVar[str] = "webhook-secret-rotated"
    person: Slug
    secret: int
    old_until: datetime


class WebhookDisabled(Event):
    """A webhook answered that it is gone, when it was sent this notice. It is off until an address is given again."""

    type: ClassVar[str] = "webhook-disabled"
    person: Slug
    notice: str


# Commands


class RegisterPerson(Command):
    """Put somebody into the directory."""

    type: ClassVar[str] = "register-person"
    gives: ClassVar[Kinds] = (PersonRegistered,)
    person: Slug
    name: Sealed
    email: Sealed | None = None
    organisation: Firm | None = None
    webhook: Sealed | None = None


class ChangeContact(Command):
    """Give somebody another name, address or organisation, or take an address away."""

    type: ClassVar[str] = "change-contact"
    gives: ClassVar[Kinds] = (ContactChanged,)
    person: Slug
    name: Sealed | None = None
    email: Sealed | None = None
    organisation: Firm | None = None
    removed: tuple[Address, ...] = ()
    webhook: Sealed | None = None


class GiveRole(Command):
    """Give somebody a role, from today if `starts` is left out, and for good if `ends`, its last day, is."""

    type: ClassVar[str] = "give-role"
    gives: ClassVar[Kinds] = (RoleGiven,)
    person: Slug
    role: str = Field(max_length=120)
    council: str | None = Field(default=None, max_length=20)
    engagement: str | None = Field(default=None, max_length=120)
    starts: When | None = None
    ends: When | None = None


class EndRole(Command):
    """End a holding of a role: at once, or after its last day."""

    type: ClassVar[str] = "end-role"
    gives: ClassVar[Kinds] = (RoleEnded,)
    holding: int = Field(ge=1)
    last_day: When | None = None
    reason: Sealed | None = None


class RecordAbsence(Command):
    """Record that somebody is away, from today if `starts` is left out, and who stands in for them."""

    type: ClassVar[str] = "record-absence"
    gives: ClassVar[Kinds] = (AbsenceRecorded,)
    person: Slug
    starts: When | None = None
    ends: When | None = None
    cover: Slug | None = None


class EndAbsence(Command):
    """Record that somebody is back."""

    type: ClassVar[str] = "end-absence"
    gives: ClassVar[Kinds] = (AbsenceEnded,)
    absence: int = Field(ge=1)


class SetPreference(Command):
    """Say how somebody wants to be told: by which channel, at which pace, or both. Until it is said it is at once, by email
    where there is an address, otherwise by webhook where there is one, and otherwise in a file.
    """

    type: ClassVar[str] = "set-preference"
    gives: ClassVar[Kinds] = (PreferenceSet,)
    person: Slug
    channel: Channel | None = None
    pace: Pace | None = None


class RotateWebhookSecret(Command):
    """Give a webhook a new secret. The old one goes on signing as well for a day; one before that ends at once."""

    type: ClassVar[str] = "rotate-webhook-secret"
    gives: ClassVar[Kinds] = (WebhookSecretRotated,)
    person: Slug


COMMANDS: Mapping[str, type[Command]] = {
    c.type: c
    for c in (
        RegisterPerson,
        ChangeContact,
        GiveRole,
        EndRole,
        RecordAbsence,
        EndAbsence,
        SetPreference,
        RotateWebhookSecret,
        *feeds.COMMANDS,
    )
}
EVENTS: Mapping[str, type[Event]] = {
    e.type: e
    for e in (
        PersonRegistered,
        ContactChanged,
        RoleGiven,
        RoleEnded,
        AbsenceRecorded,
        AbsenceEnded,
        PreferenceSet,
        WebhookSecretRotated,
        WebhookDisabled,
        *feeds.EVENTS,
    )
}

MAY: Mapping[str, tuple[str, ...]] = {name: (OFFICE_ROLE,) for name in COMMANDS}
"""Who may give each command. Whatever their role, people may also set their own preference."""


# State


@dataclass(frozen=True)
class Span:
    """From one day to another, both of them in it. `over` is the day from which it no longer is, where it was ended."""

    starts: When
    ends: When | None = None
    over: When | None = None

    def can_hold(self, day: date) -> bool:
        """Whether a day can be in it, as its dates may be read."""
        begun = self.starts.earliest is None or self.starts.earliest <= day
        return begun and not self.done_by(day)

    def done_by(self, day: date) -> bool:
        """Whether neither that day nor a later one can be in it."""
        ended = self.ends is not None and self.ends.latest < day
        return ended or (self.over is not None and self.over.latest <= day)

    def meets(self, other: "Span") -> bool:
        """Whether some day is in both however their dates are read."""
        firsts, lasts = (self._first, other._first), (self._last, other._last)
        return self._first <= self._last and other._first <= other._last and max(firsts) <= min(lasts)

    @property
    def _first(self) -> date:
        """The first day that is certainly in it."""
        return self.starts.latest

    @property
    def _last(self) -> date:
        """The last day that is certainly in it, were it to begin before."""
        last = date.max if self.ends is None else self.ends.earliest or date.min
        if self.over is None:
            return last
        return min(last, self.over.earliest - timedelta(days=1) if self.over.earliest else date.min)


@dataclass(frozen=True)
class Endpoint:
    """A webhook: its address, and the number of its secret. It is `gone` when it answered so."""

    address: Sealed
    secret: int
    old_until: datetime | None = None
    gone: bool = False

    def secrets(self, at: datetime) -> tuple[int, ...]:
        """The numbers of the secrets that sign at a time, the newest first."""
        rotated = self.old_until is not None and at < self.old_until
        return (self.secret, self.secret - 1) if rotated else (self.secret,)


@dataclass(frozen=True)
class Person:
    """Somebody in the directory. `secrets` counts the secrets of all their webhooks, so that none is given twice."""

    id: str
    name: Sealed
    email: Sealed | None = None
    organisation: str | None = None
    wants: Channel | None = None
    pace: Pace = "at-once"
    webhook: Endpoint | None = None
    secrets: int = 0

    @property
    def sealed(self) -> tuple[Sealed, ...]:
        """What is sealed of them."""
        found = (self.name, self.email, self.webhook.address if self.webhook else None)
        return tuple(value for value in found if value is not None)

    def has(self, channel: Channel) -> bool:
        """Whether there is an address for a channel. A file needs none, and a webhook that is gone is none."""
        match channel:
            case "email":
                return self.email is not None
            case "webhook":
                return self.webhook is not None and not self.webhook.gone
        return True

    @property
    def channel(self) -> Channel:
        """Where they are told: as they want as long as there is an address, otherwise by email, then webhook, then in a file."""
        order: tuple[Channel, ...] = ("email", "webhook", "file")
        return next(channel for channel in (self.wants, *order) if channel is not None and self.has(channel))


@dataclass(frozen=True)
class Holding:
    """A role that somebody holds for a time: in one engagement, in one council, or, with neither, everywhere."""

    number: int
    person: str
    role: str
    council: str | None
    engagement: str | None
    span: Span

    def is_of(self, role: str, council: str | None, engagement: str | None) -> bool:
        """Whether it is of this role at exactly this scope."""
        return (self.role, self.council, self.engagement) == (role, council, engagement)


@dataclass(frozen=True)
class Absence:
    """A time for which somebody is away, and who stands in."""

    number: int
    person: str
    cover: str | None
    span: Span


Spanned = TypeVar("Spanned", Holding, Absence)


@dataclass(frozen=True)
class Directory:
    """The directory as it stands after `version` events of its stream."""

    version: int = 0
    recorded_at: datetime | None = None
    people: Mapping[str, Person] = field(default_factory=dict)
    holdings: tuple[Holding, ...] = ()
    absences: tuple[Absence, ...] = ()
    feeds: Feeds = ()

    def holding(self, number: int) -> Holding | None:
        """A holding by its number."""
        return self.holdings[number - 1] if 0 < number <= len(self.holdings) else None

    def absence(self, number: int) -> Absence | None:
        """An absence by its number."""
        return self.absences[number - 1] if 0 < number <= len(self.absences) else None

    def away(self, person: str, day: date) -> Absence | None:
        """The absence that somebody can be away for on a day: the last recorded, where dates leave room for several."""
        found = (each for each in self.absences if each.person == person and each.span.can_hold(day))
        return max(found, key=lambda each: each.number, default=None)


def evolve(state: Directory, entry: Entry[Any]) -> Directory:
    """The directory after one more event."""
    event = entry.event
    state = replace(state, version=entry.version, recorded_at=entry.recorded_at)
    match event:
        case PersonRegistered():
            person = Person(event.person, event.name, event.email, organisation=event.organisation)
            return _with(state, replace(person, **_endpoint(event)))
        case ContactChanged():
            given = {name: getattr(event, name) for name in ("name", "email", "organisation")}
            changes = {name: value for name, value in given.items() if value is not None}
            changes.update(dict.fromkeys(event.removed))
            return _with(state, replace(state.people[event.person], **changes, **_endpoint(event)))
        case RoleGiven():
            span = Span(event.starts, event.ends)
            given_role = Holding(event.holding, event.person, event.role, event.council, event.engagement, span)
            return replace(state, holdings=(*state.holdings, given_role))
        case RoleEnded():
            held = _ended(state.holdings, event.holding, event.last_day, entry.occurred)
            return replace(state, holdings=held)
        case AbsenceRecorded():
            absence = Absence(event.absence, event.person, event.cover, Span(event.starts, event.ends))
            return replace(state, absences=(*state.absences, absence))
        case AbsenceEnded():
            return replace(state, absences=_ended(state.absences, event.absence, None, entry.occurred))
        case PreferenceSet():
            before = state.people[event.person]
            return _with(state, replace(before, wants=event.channel or before.wants, pace=event.pace or before.pace))
        case WebhookSecretRotated(person=id, secret=secret, old_until=old_until):
            return _with_endpoint(state, state.people[id], secret=secret, old_until=old_until)
        case WebhookDisabled(person=id):
            return _with_endpoint(state, state.people[id], gone=True)
        case feeds.FeedOpened() | feeds.FeedRevoked():
            return replace(state, feeds=feeds.after(state.feeds, entry))
    return state


def _endpoint(event: PersonRegistered | ContactChanged) -> dict[str, Any]:
    """What changes of somebody with a webhook that is given."""
    if event.webhook is None or event.secret is None:
        return {}
    return {"webhook": Endpoint(event.webhook, event.secret), "secrets": event.secret}


def _with_endpoint(state: Directory, person: Person, **changes: Any) -> Directory:
    assert person.webhook is not None, "it has changed, so there is one"
    webhook = replace(person.webhook, **changes)
    return _with(state, replace(person, webhook=webhook, secrets=webhook.secret))


def _with(state: Directory, person: Person) -> Directory:
    return replace(state, people={**state.people, person.id: person})


def _ended(each_of: tuple[Spanned, ...], number: int, last_day: When | None, occurred: When) -> tuple[Spanned, ...]:
    def end(span: Span) -> Span:
        return replace(span, over=occurred) if last_day is None else replace(span, ends=last_day)

    return tuple(replace(each, span=end(each.span)) if each.number == number else each for each in each_of)


# Deciding


@dataclass(frozen=True)
class Known:
    """What a command may name: the roles of every published lifecycle, and councils and engagements that there are."""

    roles: Sequence[str]
    councils: Container[str] = ()
    engagements: Container[str] = ()


def decide(state: Directory, known: Known, asked: Asked) -> Sequence[Event] | Refusal:
    """What a command to the directory leads to."""
    command = asked.command
    refusal = _not_theirs(known, asked) or next(_unregistered(state, command), None)
    if refusal is not None:
        return refusal
    match command:
        case RegisterPerson():
            if command.person in state.people:
                return Refusal("registered-already", {"person": command.person})
            return [PersonRegistered(**dict(command), secret=1 if command.webhook is not None else None)]
        case ChangeContact():
            return _change(state, command)
        case GiveRole():
            return _give(state, known, asked, command)
        case EndRole():
            return _end_role(state, asked, command)
        case RecordAbsence():
            return _record_absence(state, asked, command)
        case EndAbsence():
            return _end_absence(state, asked, command)
        case SetPreference():
            return _prefer(state.people[command.person], command)
        case feeds.OpenFeed() | feeds.RevokeFeed():
            return feeds.decide(state.feeds, command)
    assert isinstance(command, RotateWebhookSecret)
    return _rotate(state.people[command.person], asked)


def _not_theirs(known: Known, asked: Asked) -> Refusal | None:
    """Why whoever gives the command, or the day it is given for, will not do."""
    command, role, may = asked.command, str(asked.decided_by), MAY[asked.command.type]
    if isinstance(command, SetPreference) and role not in may:
        if role not in known.roles:
            return Refusal("role-not-published", {"role": role, "roles": list(known.roles)})
        if asked.decided_by.person != command.person:
            return Refusal("preference-of-another", {"person": command.person})
    elif role not in may:
        return Refusal("role", {"command": command.type, "role": role, "may": list(may)})
    recorders = tuple(dict.fromkeys((role, OFFICE_ROLE)))
    if str(asked.recorded_by) not in recorders:
        return Refusal("recorder", {"role": role, "recorder": str(asked.recorded_by), "may": list(recorders)})
    return ahead(asked, asked.occurred)


def _unregistered(state: Directory, command: Command) -> Iterator[Refusal]:
    """The people whom a command names and who are not in the directory."""
    named = () if isinstance(command, RegisterPerson) else ("person", "cover")
    for person in (getattr(command, name, None) for name in named):
        if person is not None and person not in state.people:
            yield Refusal("not-registered", {"person": person})


def _change(state: Directory, command: ChangeContact) -> Sequence[Event] | Refusal:
    person = state.people[command.person]
    given = {name: value for name, value in dict(command).items() if name != "person" and value}
    if not given:
        return Refusal("contact-unchanged", {"person": command.person})
    for name in command.removed:
        if name in given or getattr(person, name) is None:
            return Refusal("nothing-to-remove", {"person": command.person, "address": name})
    return [ContactChanged(**dict(command), secret=person.secrets + 1 if command.webhook is not None else None)]


def _give(state: Directory, known: Known, asked: Asked, command: GiveRole) -> Sequence[Event] | Refusal:
    if command.role not in known.roles:
        return Refusal("role-not-published", {"role": command.role, "roles": list(known.roles)})
    if command.council is not None and command.engagement is not None:
        return Refusal("two-scopes", {"council": command.council, "engagement": command.engagement})
    if command.council is not None and command.council not in known.councils:
        return Refusal("unknown-council", {"council": command.council})
    if command.engagement is not None and command.engagement not in known.engagements:
        return Refusal("no-such-engagement", {"engagement": command.engagement})
    span = Span(command.starts or asked.occurred, command.ends)
    if span.ends is not None and span.ends.certainly_before(span.starts):
        return Refusal("ends-before-it-starts", {"starts": str(span.starts), "ends": str(span.ends)})
    for held in state.holdings:
        same = held.person == command.person and held.is_of(command.role, command.council, command.engagement)
        if same and held.span.meets(span):
            return Refusal(
                "role-held-already",
                {"person": command.person, "role": command.role, "holding": held.number},
            )
    number = len(state.holdings) + 1
    return [RoleGiven(**{**dict(command), "holding": number, "starts": span.starts})]


def _end_role(state: Directory, asked: Asked, command: EndRole) -> Sequence[Event] | Refusal:
    held = state.holding(command.holding)
    if held is None:
        return Refusal("no-such-holding", {"holding": command.holding})
    last = command.last_day
    if last is not None and last.certainly_before(held.span.starts):
        return Refusal("ends-before-it-starts", {"starts": str(held.span.starts), "ends": str(last)})
    if held.span.done_by((last or asked.occurred).earliest or date.min):
        return Refusal("role-ended-already", {"holding": held.number, "person": held.person, "role": held.role})
    return [RoleEnded(person=held.person, role=held.role, **dict(command))]


def _record_absence(state: Directory, asked: Asked, command: RecordAbsence) -> Sequence[Event] | Refusal:
    if command.cover == command.person:
        return Refusal("own-cover", {"person": command.person})
    span = Span(command.starts or asked.occurred, command.ends)
    if span.ends is not None and span.ends.certainly_before(span.starts):
        return Refusal("ends-before-it-starts", {"starts": str(span.starts), "ends": str(span.ends)})
    for away in state.absences:
        if away.person == command.person and away.span.meets(span):
            return Refusal("away-already", {"person": command.person, "absence": away.number})
    number = len(state.absences) + 1
    return [AbsenceRecorded(**{**dict(command), "absence": number, "starts": span.starts})]


def _end_absence(state: Directory, asked: Asked, command: EndAbsence) -> Sequence[Event] | Refusal:
    away = state.absence(command.absence)
    if away is None:
        return Refusal("no-such-absence", {"absence": command.absence})
    if away.span.done_by(asked.occurred.earliest or date.min):
        return Refusal("back-already", {"person": away.person, "absence": away.number})
    return [AbsenceEnded(absence=away.number, person=away.person)]


def _prefer(person: Person, command: SetPreference) -> Sequence[Event] | Refusal:
    if command.channel is None and command.pace is None:
        return Refusal("nothing-preferred", {"person": person.id})
    if command.channel is not None and not person.has(command.channel):
        if command.channel == "webhook" and person.webhook is not None:
            return Refusal("webhook-gone", {"person": person.id})
        return Refusal("no-address", {"person": person.id, "channel": command.channel})
    return [PreferenceSet(**dict(command))]


def _rotate(person: Person, asked: Asked) -> Sequence[Event] | Refusal:
    if person.webhook is None:
        return Refusal("no-address", {"person": person.id, "channel": "webhook"})
    if person.webhook.gone:
        return Refusal("webhook-gone", {"person": person.id})
    return [WebhookSecretRotated(person=person.id, secret=person.secrets + 1, old_until=asked.at + OVERLAP)]


def disabled(state: Directory, person: str, address: str, notice: str) -> WebhookDisabled | None:
    """What follows when an address answered to a notice that it is gone: nothing where it is another's by now, or off."""
    webhook = state.people[person].webhook if person in state.people else None
    if webhook is None or webhook.gone or webhook.address != address:
        return None
    return WebhookDisabled(person=person, notice=notice)


# Who is told


@dataclass(frozen=True)
class Holder:
    """Somebody to tell on a day, and why: by which holding, and in whose place where they stand in for another.

    `absent` when the holder is away and nobody stands in: they are told all the same, and somebody should know.
    """

    person: str
    holding: int
    in_place_of: str | None
    absent: bool
    channel: Channel


def holders(
    directory: Directory, role: str, council: str | None, engagement: str | None, day: date
) -> tuple[Holder, ...]:
    """The people to tell who hold a role on a day, in the order in which they were given it, each of them once.

    The narrowest scope that anybody holds it at counts alone: the engagement, then the council, then everywhere. Whoever is
    away is replaced by their cover, and that by theirs; further it is not followed. A date that is imprecise counts on
    every day that it can mean. Empty when nobody holds the role.
    """
    found = _at_narrowest(directory, role, council, engagement, day)
    own = {held.person for held in found}
    told: dict[str, Holder] = {}
    for held in found:
        there = there_for(directory, held.person, day)
        if there != held.person and there in own:
            continue  # told as a holder already
        person = directory.people[there or held.person]
        stands_in = None if person.id == held.person else held.person
        holder = Holder(person.id, held.number, stands_in, there is None, person.channel)
        told.setdefault(person.id, holder)
    return tuple(told.values())


def _at_narrowest(
    directory: Directory, role: str, council: str | None, engagement: str | None, day: date
) -> list[Holding]:
    narrow = [scope for scope in ((None, engagement), (council, None)) if any(scope)]
    for scope in (*narrow, (None, None)):
        found = [held for held in directory.holdings if held.is_of(role, *scope) and held.span.can_hold(day)]
        if found:
            return found
    return []


def there_for(directory: Directory, person: str, day: date) -> str | None:
    """Who is there for somebody on a day: they themselves, their cover, or their cover's cover. None when nobody is."""
    for _ in range(3):
        away = directory.away(person, day)
        if away is None:
            return person
        if away.cover is None:
            return None
        person = away.cover
    return None
