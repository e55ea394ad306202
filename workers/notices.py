"""Notices in plain words: what happened, what is to be done, and by when. One template a notice, in workers/templates.

A template is given the fields that are declared for it here and no other; one that uses another is found when a worker
starts. Fields come from the structure of events and from titles of the lifecycle an engagement is pinned to: never a sealed
value, and no name of a person.
"""

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError, meta
from jinja2.nodes import Include, Name
from sqlalchemy import Connection

from activities import folding
from activities.delivery import Recipient, Text
from activities.library import Library, facts_of, read_register
from domain import notices, spoken
from domain.course import EngagementClosed, StageEntered
from domain.dates import When, london_day
from domain.decision import DecisionRecorded
from domain.engagement import EVENTS, Engagement
from domain.lifecycle import Lifecycle
from domain.notices import UNDELIVERED, NoticeAsked, Standing
from domain.obligations import ObligationEscalated, ObligationOpened, ObligationReminded
from domain.part import Event
from domain.people import PostHolderLeft, PostHolderRecorded
from domain.project import LeadNamed
from domain.rating_notes import SpecialMeasuresEnded
from domain.records import Recorded
from ledger import events
from ledger.store import Ledger

SUFFIX = ".txt.j2"

MOST = 80
"""How long a subject may be."""

ANYTHING = "something-happened"
"""The template for events that have none of their own: a lifecycle may name any event."""


@dataclass(frozen=True)
class Owed:
    """Something that the role told owes now."""

    title: str
    due: str
    late: bool


EVERY: Mapping[str, Any] = {
    "notice": "haringey-1.3.1",
    "engagement": "haringey-1",
    "council": "Haringey London Borough Council",
    "model": "Performance action team",
    "service": "social services",
    "stage": "Special measures",
    "happened": "on 4 July 2002",
    "why": "You get this as the Chief Inspector.",
    "owed": (Owed("Submit the plan", "26 July 2002", False), Owed("Meet the council", "14 June 2002", True)),
}
"""The fields of every template, with what they may hold."""

_TIMED = {"obligation": "Submit the plan", "owner": "Director", "due": "26 July 2002"}

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
    UNDELIVERED: {
        "told": "Chief Inspector",
        "subject": "stage entered",
        "missed": ("jo-bloggs: there is no address",),
        "reached": "1 person",
    },
    ANYTHING: {"what": "board held"},
}
"""The further fields of each template."""

_EMPTY: Mapping[str, Any] = {"owed": (), "reached": ""}
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
        for name in OWN:
            if name + SUFFIX not in sources:
                raise TemplateWrong(f"there is no notice template {name}{SUFFIX}")
        for name, source in sources.items():
            fields = {**EVERY, **OWN.get(name.removesuffix(SUFFIX), {})}
            self._check(name, source, fields)
            if not name.startswith("_"):
                self._try(name, fields)
                self._try(name, {key: _EMPTY.get(key, value) for key, value in fields.items()})

    @classmethod
    def shipped(cls) -> "Templates":
        """Those that come with this release."""
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
}


@dataclass(frozen=True)
class Matter:
    """What a notice is about: the engagement as it stood with the event told of, and the rules it is pinned to.

    `other` is the notice that was not delivered, where that is what this one tells.
    """

    state: Engagement
    event: Event
    lifecycle: Lifecycle
    happened: When
    today: date
    other: Standing | None = None


class Letters:
    """Puts notices in words: reads what they are about from the ledger, and fills in the templates."""

    def __init__(self, ledger: Ledger, templates: Templates) -> None:
        self._ledger, self._templates = ledger, templates
        self._library, self._register = Library(), read_register()

    def write(self, id: str, asked: NoticeAsked, recipient: Recipient) -> Text:
        """A notice for a recipient."""
        with self._ledger.reading() as conn:
            first = next(iter(events.read_stream(conn, f"notice/{id}")))
            recorded = list(events.read_stream(conn, asked.about))
            other = self._standing(conn, asked.notice) if asked.notice else None
            about = recorded[asked.version - 1]
            state = folding.fold_engagement(Engagement(recorded[0].stream.partition("/")[2]), _so_far(recorded, about))
            assert state.opening is not None
            rules = self._library.rules(state.opening.model, lambda s, after: events.read_stream(conn, s, after))
        told = folding.read_event(about, EVENTS).event
        matter = Matter(state, told, rules.lifecycle, first.occurred, london_day(first.recorded_at), other)
        facts = facts_of(self._register, asked.council)
        return in_words(self._templates, id, asked, facts.name if facts else asked.council, recipient, matter)

    def _standing(self, conn: Connection, id: str) -> Standing:
        stream = events.read_stream(conn, f"notice/{id}")
        return notices.standing(folding.read_event(event, notices.EVENTS).event for event in stream)


def in_words(
    templates: Templates, id: str, asked: NoticeAsked, council: str, recipient: Recipient, matter: Matter
) -> Text:
    """A notice in words."""
    role = _role(matter.lifecycle, asked.to)
    fields = {
        "notice": id,
        "council": council,
        "happened": spoken.then(matter.happened.printed),
        "why": f"You get this {'as' if recipient.in_place_of is None else 'in place of'} the {role}.",
        **_fields(asked.to, matter),
    }
    subject, body = templates.render(asked.template if asked.template in OWN else ANYTHING, fields)
    return Text(subject, body, role)


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
        "what": _plain(event.type),
    }
    if matter.other is not None:
        fields |= _missed(matter.other, lifecycle)
    match event:
        case DecisionRecorded():
            fields["decision"] = DECISIONS[event.outcome]
        case StageEntered():
            fields["entered"] = lifecycle.title_of(event.stage)
            fields["leads"] = _role(lifecycle, lifecycle.stage(event.stage).owner)
        case SpecialMeasuresEnded():
            fields["stars"] = f"{event.stars} star{'' if event.stars == 1 else 's'}"
        case LeadNamed():
            title = lifecycle.parties.get(event.party, event.party)
            fields["party"] = "the " + title[4:] if title.startswith("The ") else f"the {title}"
        case PostHolderRecorded() | PostHolderLeft():
            fields["post"] = _role(lifecycle, event.post)
        case EngagementClosed():
            fields["end"] = lifecycle.title_of(event.end)
        case ObligationReminded() | ObligationEscalated():
            opened = next(
                entry.event
                for entry in state.history.all(ObligationOpened)
                if (entry.event.obligation, entry.event.number) == (event.obligation, event.number)
            )
            fields["obligation"] = titles.get(event.obligation, _plain(event.obligation))
            fields["owner"] = _role(lifecycle, opened.owner)
            fields["due"] = spoken.day(opened.due_on)
    return fields


def _missed(other: Standing, lifecycle: Lifecycle) -> Mapping[str, Any]:
    """What is said of a notice that did not reach everybody."""
    role = _role(lifecycle, other.asked.to)
    missed = [
        f"{one.to.person or role}: {_why_not(one)}"
        for one in other.deliveries
        if one.outcome in ("bounced", "given-up")
    ]
    reached = sum(one.outcome == "sent" for one in other.deliveries)
    return {
        "told": role,
        "subject": _plain(other.asked.template),
        "missed": tuple(missed) or (f"nobody held the post of {role} that day",),
        "reached": f"{reached} {'person' if reached == 1 else 'people'}" if reached else "",
    }


def _why_not(one: notices.Delivery) -> str:
    if one.outcome == "given-up":
        said = f"it was not accepted, and was given up after {one.attempts} attempt{'' if one.attempts == 1 else 's'}"
        return said + (", the last of which may have gone through" if one.hanging else "")
    return _WHY_NOT[one.why or "refused"] + (f" (its answer was {one.code})" if one.code else "")


def _role(lifecycle: Lifecycle, name: str) -> str:
    """`Lead inspector`: the title of a role, or its own name in words."""
    held = lifecycle.roles.get(name)
    return held.title if held else _plain(name.partition(".")[2] or name).capitalize()


def _plain(name: str) -> str:
    return name.replace("-", " ")
