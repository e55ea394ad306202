"""A command as a form asks for it, and as it was answered: the questions, what was typed, what is wrong, what would follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

from sqlalchemy import Connection

from console.choices import choices_of
from console.controls import Choices, Control, Option, controls_of
from console.date_fields import Fields, said, today_in
from console.deciding import deciders, recorders
from console.forms import Taken, Wrong, complaints, put, take
from console.past import Past, past_event, past_events
from console.shown import Told, told
from console.who import Who
from domain import council, engagement
from domain.actors import OFFICE_ROLE
from domain.council import Council
from domain.course import CorrectEvent, WithdrawEvent
from domain.dates import When
from domain.directory import COMMANDS as PEOPLE
from domain.directory import SetPreference
from domain.disputes import DisputeFact
from domain.engagement import Engagement, Rules
from domain.moving import MoveEngagement
from domain.part import Command
from domain.quantities import is_slug
from domain.switching import open_deliverables
from faces.desk import Desk, Target
from faces.fields import check_body
from faces.giving import actor, command_named
from faces.legal import tried
from faces.outcome import Given
from faces.page import Answer
from faces.problems import Exit, Problem, not_found
from faces.webhooks import address_taken
from faces.words import Words

ID, VERSION, ON, AS, BY = "_id", "_version", "_on", "_as", "_by"
"""Fields that every command's form has besides its own: its id, the version it was filled in at, and who decided when."""

ABOUT_EVENTS: tuple[type[Command], ...] = (CorrectEvent, WithdrawEvent, DisputeFact)
"""Commands about an event of the stream, by its version there."""

NOT_BY_FORM = frozenset(("open-feed",))
"""Commands to the directory that bring a secret, which is shown once: they have pages of their own."""


@dataclass(frozen=True)
class Asking:
    """A form for one command of one target, for whoever fills it in."""

    desk: Desk
    conn: Connection
    who: Who
    target: Target
    kind: type[Command]
    words: Words
    rules: Rules | None
    state: Engagement | Council | None
    version: int
    choices: Choices

    @classmethod
    def about(cls, desk: Desk, conn: Connection, who: Who, target: Target, name: str) -> "Asking":
        """What is asked for a command by its name. Raises Problem where there is no such target or command."""
        if target.family == "office":
            kind = PEOPLE.get(name)
            if kind is None or name in NOT_BY_FORM:
                raise not_found(f"there is no command '{name[:60]}' for the directory of people.")
            words = desk.words(conn)
            choices = choices_of(desk, conn, who.role, words, None, None)
            return cls(desk, conn, who, target, kind, words, None, None, desk.directory(conn).version, choices)
        rules: Rules | None = None
        state: Engagement | Council
        if target.family == "engagement":
            state, rules = desk.engagement(conn, target.name)
        else:
            desk.facts(target.name)
            state = desk.council(conn, target.name)
        words = desk.words(conn, rules)
        kind = _kind(name, target, rules)
        choices = choices_of(desk, conn, who.role, words, state, rules)
        return cls(desk, conn, who, target, kind, words, rules, state, state.version, choices)

    @cached_property
    def deciders(self) -> tuple[str, ...]:
        """The roles in whose name it may be given by whoever fills in the form."""
        return deciders(self.kind, self.rules, self.target.family, self.who.role)

    @property
    def may(self) -> tuple[str, ...]:
        """The roles that may decide it at all."""
        if self.rules is not None:
            return self.rules.lifecycle.who_may(self.kind.type)
        return council.MAY.get(self.kind.type, ())

    def recorders_of(self, role: str) -> tuple[str, ...]:
        """The roles that may record what a role decides by this command."""
        if self.rules is not None:
            return recorders(self.rules, role)
        return council.recorders_of(self.kind, role) if self.target.family == "council" else (role,)

    @property
    def own(self) -> bool:
        """Whether it is how somebody wants to be told, said by themselves."""
        return self.kind is SetPreference and self.who.role != OFFICE_ROLE

    # The questions

    @cached_property
    def frame(self) -> tuple[Control, ...]:
        """What is asked of every command: when it happened, and who decided it."""
        found = [Control(ON, "date", "When did this happen?", None, True, right="a date, such as 27 3 2027")]
        titles = tuple(Option(name, self.words.title_of_role(name)) for name in self.deciders)
        if len(titles) > 1:
            found.append(Control(AS, "one", "Who decided it?", None, True, options=titles))
        if any(name != self.who.role for name in self.deciders):
            hint = "The id of the person who held that role, such as jo-b. Leave it blank where it is not known."
            people = tuple(Option(id, name) for id, name in self.choices.people().items())
            found.append(Control(BY, "line", "Who held the role that decided?", hint, False, suggestions=people))
        return tuple(found)

    def controls(self, fields: Fields) -> tuple[Control, ...]:
        """The command's own questions. Of one about an event, also what the event's fields are to say."""
        name = self.kind.type
        if self.kind not in ABOUT_EVENTS:
            return controls_of(
                self.kind, name, self.choices, leave_out=("person",) if self.own and self.who.person else ()
            )
        own = controls_of(self.kind, name, self.choices, leave_out=("version", "changes", "where", "event"))
        past = self.past(fields)
        if past is None:
            options = tuple(Option(str(each.version), each.title) for each in past_events(self))
            return (Control("version", "one", "What is it about?", None, True, options=options), *own)
        if self.kind is WithdrawEvent:
            return own
        return (past.changes(self.choices), *own)

    def past(self, fields: Fields) -> Past | None:
        """The event that it is about, once it is chosen."""
        text = said(fields, "version")
        if self.kind not in ABOUT_EVENTS or not (text.isascii() and text.isdecimal()):
            return None
        return past_event(self.conn, self, int(text[:9]))

    def begun(self, query: Mapping[str, str]) -> Fields:
        """The fields of a form that nobody has filled in yet: today, what the address says, what the event says now."""
        fields: Fields = today_in(ON, self.desk.today)
        fields |= {ID: [new_id()], VERSION: [str(self.version)]}
        if self.kind is MoveEngagement and isinstance(self.state, Engagement):
            fields |= put(self.controls(fields), _open_in(self.state))
        fields |= {name: [value] for name, value in query.items() if name.partition(".")[0] in self.kind.model_fields}
        return self.prefilled(fields)

    def prefilled(self, fields: Fields) -> Fields:
        """Fields with what the event they are about says now, where that is not among them yet."""
        past = self.past(fields)
        if past is None or self.kind is WithdrawEvent or any(name.startswith("changes.") for name in fields):
            return fields
        return fields | past.fields(self.choices)

    # The answers

    def taken(self, fields: Fields) -> Taken:
        """What the fields say and what is wrong with them."""
        controls = self.controls(fields)
        asked, own = take(self.frame, fields), take(controls, fields)
        wrong = [*own.wrong]
        for control in self.frame:
            if (
                control.required
                and control.name not in asked.body
                and not any(w.name == control.name for w in asked.wrong)
            ):
                verb = "select" if control.kind == "one" else "enter"
                asked.wrong.append(Wrong(control.name, f"{control.label}: {verb} an answer"))
        if BY in asked.body and not is_slug(asked.body[BY]):
            asked.wrong.append(Wrong(BY, "An id is small letters, digits and hyphens, such as jo-b"))
        body = {**own.body, "person": self.who.person} if self.own and self.who.person else own.body
        past = self.past(fields)
        if self.kind in ABOUT_EVENTS and past is not None:
            body = {**body, "version": past.version}
            if self.kind is not WithdrawEvent:
                changes, more = past.changed(self.choices, fields)
                body, wrong = {**body, "changes": changes}, [*wrong, *more]
        known = {each.name for each in wrong}
        wrong += [each for each in complaints(self.kind, controls, body) if not _within(each.name, known)]
        return Taken({**body, **asked.body}, [*wrong, *asked.wrong])

    def given(self, fields: Fields, taken: Taken) -> Given:
        """The command that the fields say. Raises Problem."""
        body = {name: value for name, value in taken.body.items() if not name.startswith("_")}
        check_body(self.kind, body)
        address_taken(body.get("webhook"), self.desk.settings.webhook_allow)
        role = str(taken.body.get(AS) or self.deciders[0])
        if role not in self.deciders:
            raise Problem(Exit.REFUSED, f"{self.who.role} does not record for {role}.")
        decided = self.who.actor if role == self.who.role else actor(role, taken.body.get(BY))
        if self.own and self.who.local:
            decided = actor(role, body["person"])  # whoever uses this machine says who they are
        version = said(fields, VERSION)
        expected = int(version) if version.isascii() and version.isdecimal() and len(version) < 10 else self.version
        id = said(fields, ID)
        return Given(
            id if id.startswith("page-") and len(id) < 60 and id.isascii() and id.isprintable() else new_id(),
            self.target,
            self.kind,
            decided,
            self.who.actor,
            When.parse(taken.body[ON]),
            body,
            expected,
        )

    def foretold(self, given: Given) -> Answer | None:
        """What would follow; None of the directory of people, of which nothing follows."""
        return None if self.target.family == "office" else tried(self.desk, self.conn, given, self.words)

    def answers(self, fields: Fields, taken: Taken) -> list[Told]:
        """What was typed, in words."""
        return [*told(self.frame, taken.body), *self._own(fields, taken)]

    def _own(self, fields: Fields, taken: Taken) -> list[Told]:
        past = self.past(fields)
        controls = [each for each in self.controls(fields) if each.name != "changes"]
        body = {name: value for name, value in taken.body.items() if not name.startswith("_")}
        changed = past.told(self.choices, body.get("changes", {})) if past is not None else []
        return [*changed, *told(controls, body)]


def _open_in(state: Engagement) -> dict[str, list[dict[str, object]]]:
    """What is open and needs a word when an engagement moves: each goes on under its name, until somebody says otherwise."""
    owed = [{"obligation": name, "number": number, "to": name} for name, number in state.obligations]
    return {"obligations": owed, "deliverables": [{"deliverable": id, "to": id} for id in open_deliverables(state)]}


def new_id() -> str:
    """The id of a command that a form asks for: one for each form that is opened."""
    return f"page-{uuid4().hex}"


def _kind(name: str, target: Target, rules: Rules | None) -> type[Command]:
    try:
        kind = command_named(name, target, rules)
    except Problem:
        raise not_found(f"there is no command '{name[:60]}' here.") from None
    if rules is not None and not rules.lifecycle.who_may(name) and name not in engagement.COMMANDS:
        raise not_found(f"there is no command '{name[:60]}' here.")
    return kind


def _within(name: str, places: set[str]) -> bool:
    return any(name == place or place.startswith(f"{name}.") or name.startswith(f"{place}.") for place in places)
