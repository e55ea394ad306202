"""Notices in plain words: what happened, what is to be done, and by when. One template a notice, in workers/templates.

A template is given the fields that are declared for it here and no other; one that uses another is found when a worker
starts. Fields come from the structure of events and from titles of the lifecycle an engagement is pinned to: never a sealed
value, and no name of a person.
"""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, meta
from jinja2.nodes import Include, Name

from activities import folding
from activities.addresses import can_be_address
from activities.delivery import Invitation, Recipient, Text, host_of
from activities.library import Library, facts_of, read_register
from domain import notices, spoken
from domain.course import EngagementClosed, StageEntered
from domain.dates import When, london_day
from domain.decision import DecisionRecorded
from domain.engagement import EVENTS, Engagement
from domain.items import ItemRecorded
from domain.lifecycle import Lifecycle
from domain.meetings import Meeting, meetings
from domain.notices import DIGEST_UNDELIVERED, UNDELIVERED, NoticeAsked, Standing
from domain.obligations import (
    ObligationEscalated,
    ObligationOpened,
    ObligationReminded,
    ObligationRescheduled,
    moved_to,
)
from domain.part import Event
from domain.people import PostHolderLeft, PostHolderRecorded
from domain.project import LeadNamed
from domain.rating_notes import SpecialMeasuresEnded
from domain.records import Recorded
from ledger import events, sealing
from ledger.store import Ledger
from workers.agenda import board_item
from workers.calendars import Party, invitation

SUFFIX = ".txt.j2"

MOST = 80
"""How long a subject may be."""

ANYTHING = "something-happened"
"""The template for events that have none of their own: a lifecycle may name any event."""

NOT_INVITED = "board-left"
"""The template for those who were invited to a board and no longer hold a role that is."""


@dataclass(frozen=True)
class Owed:
    """Something that the role told owes now."""

    title: str
    due: str
    late: bool


@dataclass(frozen=True)
class Line:
    """Something in a digest that is owed: what, where, by whom and by when, and what there is to say of it."""

    title: str
    council: str
    engagement: str
    owner: str
    due: str
    said: str


EVERY: Mapping[str, Any] = {
    "notice": "haringey-1.3.1",
    "engagement": "haringey-1",
    "council": "Haringey London Borough Council",
    "model": "Performance action team",
    "service": "social services",
    "stage": "Special measures",
    "happened": "on 4 July 2002",
    "why": "You get this as the Chief Inspector.",
    "late": "9:00am on 4 July 2002",
    "owed": (Owed("Submit the plan", "26 July 2002", False), Owed("Meet the council", "14 June 2002", True)),
}
"""The fields of every template, with what they may hold."""

_TIMED = {"obligation": "Submit the plan", "owner": "Director", "due": "26 July 2002", "passed": True}

_BOARD = {"board": "extraordinary board 2"}

OWN: Mapping[str, Mapping[str, Any]] = {
    "engagement-opened": {},
    "decision-recorded": {"decision": "a team is to be engaged"},
    "stage-entered": {"entered": "Decision", "leads": "Chief Inspector"},
    "special-measures-placed": {},
    "special-measures-lifted": {},
    "special-measures-ended": {"stars": "1 star"},
    "lead-named": {"party": "the council"},
    "core-team-named": {},
    "post-holder-recorded": {"post": "Director"},
    "post-holder-left": {"post": "Director"},
    "engagement-closed": {"end": "Closed"},
    "obligation-reminded": _TIMED,
    "obligation-escalated": _TIMED,
    "engagement-stuck": {},
    "board-scheduled": {
        **_BOARD,
        "when": "on 12 November 2002",
        "time": "10:00am",
        "moved": True,
        "undated": True,
        "invited": True,
    },
    "board-cancelled": _BOARD,
    NOT_INVITED: _BOARD,
    UNDELIVERED: {
        "told": "Chief Inspector",
        "subject": "stage entered",
        "missed": ("jo-bloggs: there is no address",),
        "reached": "1 person",
    },
    ANYTHING: {"what": "board held"},
}
"""The further fields of each template."""

_LINE = Line(
    "Submit the plan", "Haringey London Borough Council", "haringey-1", "Director", "26 July 2002", "2 days late"
)
_LISTS = {"overdue": (_LINE,), "soon": (_LINE,), "escalated": (_LINE,), "left": ("Haringey: ministers have decided",)}
_DIGEST = {"notice": "digest.2002-07-29.1", "day": "Monday 29 July 2002", "why": "You get this as asked.", **_LISTS}

OF_DIGESTS: Mapping[str, Mapping[str, Any]] = {
    "_digest": _LISTS,
    "digest": {**_DIGEST, "summary": "1 late, 1 due within a week"},
    DIGEST_UNDELIVERED: {**_DIGEST, "person": "jo-bloggs", "missed": ("there is no address",)},
}
"""All fields of the templates that tell of no one engagement: digests."""

_EMPTY: Mapping[str, Any] = {
    "owed": (),
    "reached": "",
    "passed": False,
    "late": "",
    "time": "",
    "moved": False,
    "undated": False,
    "invited": False,
    **dict.fromkeys(_LISTS, ()),
}
"""Fields that may hold nothing: each template is tried both ways."""


class TemplateWrong(Exception):
    """A notice's template that can't be used. Its text says which, where and why."""


class Templates:
    """The templates, read and tried out: whatever is wrong with one is found here. Raises TemplateWrong."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._environment = Environment(
            loader=DictLoader(dict(sources)),
            undefined=StrictUndefined,
            autoescape=False,  # plain text
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for name in (*OWN, *OF_DIGESTS):
            if name + SUFFIX not in sources:
                raise TemplateWrong(f"there is no notice template {name}{SUFFIX}")
        for name, source in sources.items():
            template = name.removesuffix(SUFFIX)
            fields = OF_DIGESTS.get(template) or {**EVERY, **OWN.get(template, {})}
            self._check(name, source, fields)
            if not name.startswith("_"):
                self._try(name, fields)
                self._try(name, {key: _EMPTY.get(key, value) for key, value in fields.items()})

    @classmethod
    @cache
    def shipped(cls) -> "Templates":
        """Those that come with this release, read once a process."""
        folder = files("workers") / "templates"
        return cls({f.name: f.read_text(encoding="utf-8") for f in folder.iterdir() if f.name.endswith(SUFFIX)})

    def _check(self, name: str, source: str, fields: Mapping[str, Any]) -> None:
        try:
            tree = self._environment.parse(source, name)
        except TemplateSyntaxError as error:
            raise TemplateWrong(
                f"the notice template {name} can't be read on line {error.lineno}: {error.message}"
            ) from None
        unknown = meta.find_undeclared_variables(tree) - set(fields)
        used = sorted((node.lineno, node.name) for node in tree.find_all(Name) if node.name in unknown)
        if used:
            line, field = used[0]
            raise TemplateWrong(
                f"the notice template {name} uses '{field}' on line {line}, and there is no such field; "
                f"its fields are {', '.join(sorted(fields))}"
            )
        for node in tree.find_all(Include):
            try:
                self._environment.get_template(node.template.value)  # type: ignore[attr-defined]
            except (TemplateNotFound, TemplateSyntaxError, AttributeError):
                raise TemplateWrong(
                    f"the notice template {name} includes on line {node.lineno} what is not there"
                ) from None

    def _try(self, name: str, fields: Mapping[str, Any]) -> None:
        try:
            self._environment.get_template(name).render(fields)
        except TemplateError as error:
            # Jinja puts the template's own lines where those of the compiled code were.
            lines = [
                frame.lineno for frame in traceback.extract_tb(error.__traceback__) if "template" in frame.filename
            ]
            where = f" on line {lines[-1]}" if lines else ""
            raise TemplateWrong(f"the notice template {name} can't be rendered{where}: {error.message}") from None
        if not self._environment.get_template(name).render(fields).startswith("Subject: "):
            raise TemplateWrong(f"the notice template {name} does not begin with 'Subject: ' on line 1")

    def render(self, template: str, fields: Mapping[str, Any]) -> tuple[str, str]:
        """A notice's subject, cut where it is too long, and its body."""
        head, _, body = self._environment.get_template(template + SUFFIX).render(fields).partition("\n")
        subject = " ".join(head.removeprefix("Subject: ").split())
        if len(subject) > MOST:
            subject = subject[: MOST - 1].rstrip() + "…"
        return subject, body.strip("\n") + "\n"


DECISIONS = {
    "engage": "a performance action team is to be engaged",
    "monitor-only": "progress is to be monitored, without a team",
    "statutory-intervention": "there is to be statutory intervention",
}

_WHY_NOT = {
    "refused": "the mail server refused the address",
    "bad-address": "what is given as the address can't be one",
    "no-address": "there is no address",
    "private-address": "its webhook leads into a private network that is not allowed by name",
    "gone": "its webhook answered that it is gone, and is off until its address is given again",
    "permanent-failure": "mail to the address comes back for good",
}


@dataclass(frozen=True)
class Matter:
    """What a notice is about: the engagement as it stood with the event told of, and the rules it is pinned to.

    `other` is the notice that was not delivered, where that is what this one tells. `late` is when it was to be sent, where
    it was asked for later than that, or goes out on a later day than it was asked for. `meeting` is the board that this one
    invites to, moves or calls off, and `invitation` what goes with it for a calendar.
    """

    state: Engagement
    event: Event
    lifecycle: Lifecycle
    happened: When
    today: date
    other: Standing | None = None
    late: datetime | None = None
    meeting: Meeting | None = None
    invitation: Invitation | None = None


class Letters:
    """Puts notices in words: reads what they are about from the ledger, and fills in the templates."""

    def __init__(
        self, ledger: Ledger, templates: Templates, now: Callable[[], datetime], organiser: str | None = None
    ) -> None:
        """`organiser` is the address that invitations come from; without one there are none."""
        self._ledger, self._templates, self._now = ledger, templates, now
        self._organiser, self._host = organiser, host_of(ledger.about)
        self._library, self._register = Library(), read_register()

    def write(self, id: str, asked: NoticeAsked, recipient: Recipient) -> Text:
        """A notice for a recipient."""
        with self._ledger.reading() as conn:
            first = next(iter(events.read_stream(conn, f"notice/{id}")))
            recorded = list(events.read_stream(conn, asked.about))
            other = folding.fold_notice(events.read_stream(conn, f"notice/{asked.notice}")) if asked.notice else None
            about = recorded[asked.version - 1]
            state = folding.fold_engagement(Engagement(recorded[0].stream.partition("/")[2]), _so_far(recorded, about))
            assert state.opening is not None
            rules = self._library.rules(state.model, events.reader(conn))
            meeting = _meeting(state.id, recorded[: asked.version], asked.meeting) if asked.meeting else None
            place = sealing.unseal(conn, [meeting.place]).get(meeting.place) if meeting and meeting.place else None
        told = folding.read_event(about, EVENTS).event
        late = _late(asked, first.recorded_at, self._now())
        matter = Matter(state, told, rules.lifecycle, first.occurred, london_day(first.recorded_at), other, late)
        facts = facts_of(self._register, asked.council)
        council = facts.name if facts else asked.council
        if meeting is not None:
            sent = self._invitation(meeting, council, place, recipient, first.recorded_at)
            matter = replace(matter, meeting=meeting, invitation=sent)
        return in_words(self._templates, id, asked, council, recipient, matter)

    def _invitation(
        self, meeting: Meeting, council: str, place: str | None, recipient: Recipient, stamp: datetime
    ) -> Invitation | None:
        """What goes into a recipient's calendar or out of it; None for what never was in one. Who is invited sees where."""
        address = recipient.address if recipient.channel == "email" else None
        if self._organiser is None or not address or not can_be_address(address) or meeting.slot is None:
            return None
        return invitation(
            board_item(meeting, council, self._host, None if recipient.left else place),
            Party(self._organiser),
            Party(address, recipient.name),
            stamp=stamp,
            kind="called-off" if meeting.calls_off else "no-longer-invited" if recipient.left else "invited",
        )


def _meeting(id: str, recorded: Sequence[Recorded], key: str) -> Meeting | None:
    """A board as it stood with the last of these events."""
    found = meetings(id, folding.entries_of(recorded))
    return next((meeting for meeting in found if meeting.key == key), None)


def _late(asked: NoticeAsked, asked_at: datetime, now: datetime) -> datetime | None:
    """When a notice was to be sent, where it comes late."""
    if asked.late:
        return asked.due
    return asked_at if london_day(now) > london_day(asked_at) else None


def in_words(
    templates: Templates, id: str, asked: NoticeAsked, council: str, recipient: Recipient, matter: Matter
) -> Text:
    """A notice in words."""
    role = matter.lifecycle.title_of_role(asked.to)
    fields = {
        "notice": id,
        "council": council,
        "happened": spoken.then(matter.happened.printed),
        "late": spoken.moment(matter.late) if matter.late else "",
        "why": _why(recipient, role),
        **_fields(asked.to, matter),
    }
    template = NOT_INVITED if recipient.left else asked.template
    subject, body = templates.render(template if template in OWN else ANYTHING, fields)
    return Text(subject, body, role, _due(matter), matter.invitation)


def _why(recipient: Recipient, role: str) -> str:
    if recipient.left:
        return f"You get this as you were told of the date as the {role}, or in their place."
    return f"You get this {'as' if recipient.in_place_of is None else 'in place of'} the {role}."


def _so_far(recorded: Sequence[Recorded], about: Recorded) -> Sequence[Recorded]:
    """The events up to the one told of, with all that came with it: they are one moment to whoever reads of it."""
    last = max(event.version for event in recorded if event.command == about.command)
    return recorded[: max(last, about.version)]


def _fields(role: str, matter: Matter) -> Mapping[str, Any]:
    """What is said of an engagement at an event, to a role."""
    state, event, lifecycle = matter.state, matter.event, matter.lifecycle
    assert state.opening is not None and state.stage is not None
    titles = {rule.id: rule.title for stage in lifecycle.stages for rule in lifecycle.owed_in(stage.id)}
    mine = sorted(
        (held.opened for held in state.obligations.values() if held.opened.owner == role), key=lambda o: o.due_at
    )
    fields: dict[str, Any] = {
        "engagement": state.id,
        "model": lifecycle.title,
        "service": state.opening.service.replace("-", " "),
        "stage": lifecycle.title_of(state.stage),
        "owed": tuple(
            Owed(titles.get(o.obligation, _plain(o.obligation)), spoken.day(o.due_on), o.due_on < matter.today)
            for o in mine
        ),
        "what": _what(event, lifecycle),
    }
    if matter.other is not None:
        fields |= _missed(matter.other, lifecycle)
    if matter.meeting is not None:
        fields |= _of_board(matter.meeting, matter.invitation)
    match event:
        case DecisionRecorded():
            fields["decision"] = DECISIONS[event.outcome]
        case StageEntered():
            fields["entered"] = lifecycle.title_of(event.stage)
            fields["leads"] = lifecycle.title_of_role(lifecycle.stage(event.stage).owner)
        case SpecialMeasuresEnded():
            fields["stars"] = f"{event.stars} star{'' if event.stars == 1 else 's'}"
        case LeadNamed():
            title = lifecycle.parties.get(event.party, event.party)
            fields["party"] = "the " + title[4:] if title.startswith("The ") else f"the {title}"
        case PostHolderRecorded() | PostHolderLeft():
            fields["post"] = lifecycle.title_of_role(event.post)
        case EngagementClosed():
            fields["end"] = lifecycle.title_of(event.end)
        case ObligationReminded() | ObligationEscalated():
            opened = _as_it_stood(state, event)
            fields["obligation"] = titles.get(event.obligation, _plain(event.obligation))
            fields["owner"] = lifecycle.title_of_role(opened.owner)
            fields["due"] = spoken.day(opened.due_on)
            fields["passed"] = opened.due_on < matter.today
    return fields


def _of_board(meeting: Meeting, sent: Invitation | None) -> Mapping[str, Any]:
    """What is said of a board."""
    timed = meeting.slot.starts if meeting.shown and meeting.slot else None
    return {
        "board": f"{'extraordinary board' if meeting.extraordinary else 'board'} {meeting.board}",
        "when": spoken.then(meeting.date.printed),
        "time": spoken.hour(timed) if timed is not None else "",
        "moved": meeting.sequence > 0,
        "undated": meeting.calls_off,
        "invited": sent is not None,
    }


def _due(matter: Matter) -> date | None:
    """The day by which what a reminder or an escalation is about was owed."""
    match matter.event:
        case ObligationReminded() | ObligationEscalated() as struck:
            return _as_it_stood(matter.state, struck).due_on
    return None


def _as_it_stood(state: Engagement, struck: ObligationReminded | ObligationEscalated) -> ObligationOpened:
    """What was owed as it read when it was struck: its date may have moved since it was opened."""
    key = (struck.obligation, struck.number)
    opened = next(e.event for e in state.history.all(ObligationOpened) if (e.event.obligation, e.event.number) == key)
    for moved in state.history.all(ObligationRescheduled):
        if (moved.event.obligation, moved.event.number) == key:
            opened = moved_to(opened, moved.event)
    return opened


def _missed(other: Standing, lifecycle: Lifecycle) -> Mapping[str, Any]:
    """What is said of a notice that did not reach everybody."""
    role = lifecycle.title_of_role(other.asked.to)
    missed = [
        f"{one.to.person or role}: {why_not(one)}" for one in other.deliveries if one.outcome in ("bounced", "given-up")
    ]
    reached = sum(one.outcome in ("sent", "delivered") for one in other.deliveries)
    return {
        "told": role,
        "subject": _plain(other.asked.template),
        "missed": tuple(missed) or (f"nobody held the post of {role} that day",),
        "reached": f"{reached} {'person' if reached == 1 else 'people'}" if reached else "",
    }


def why_not(one: notices.Delivery) -> str:
    """Why a recipient was not reached."""
    if one.outcome == "given-up":
        said = f"it was not accepted, and was given up after {one.attempts} attempt{'' if one.attempts == 1 else 's'}"
        if one.returned:
            return f"{len(one.returned)} letter{'' if len(one.returned) == 1 else 's'} came back, and it was given up"
        return said + (", the last of which may have gone through" if one.hanging else "")
    return _WHY_NOT[one.why or "refused"] + (f" (its answer was {one.code})" if one.code else "")


def _what(event: Event, lifecycle: Lifecycle) -> str:
    """`board held`: what happened, a record of the lifecycle's own by its title."""
    rule = lifecycle.record(event.record) if isinstance(event, ItemRecorded) else None
    return rule.title if rule else _plain(event.type)


def _plain(name: str) -> str:
    return name.replace("-", " ")
