"""Given, when, then for engagements and councils: pure, in memory, held to the shipped lifecycle and calendar.

`given(...)` starts a scene: from the rating that opens an engagement, along the stages to one of them, or with more
commands. `when` gives one command at a time, `until` lets the clock strike; `then` says what must have come of it.
Plain text in sealed fields is sealed on the way in.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Self

import yaml

from domain import council as a_council
from domain import engagement as an_engagement
from domain import following
from domain.actors import ENGINE, Actor
from domain.calendar import Calendar
from domain.case import Case, model_named, read_case
from domain.council import Council, CouncilFacts, InterventionClosed, InterventionOpened
from domain.course import EngagementOpened, Kind
from domain.dates import When
from domain.documents import Document, parse
from domain.engagement import Engagement, Rules
from domain.items import as_stored
from domain.lifecycle import Lifecycle, read_lifecycle
from domain.moving import MoveEngagement
from domain.part import Asked, Command, Entry, Event, Refusal
from domain.records import Draft
from domain.respond import Answer
from domain.sealed import Sealed, sealed_paths
from domain.switching import Destination
from domain.what_if import Given as Known
from domain.what_if import Happened, Moment

RATED = date(2002, 5, 29)


def text_of(*path: str) -> str:
    """A document shipped with the package."""
    return files("domain").joinpath(*path).read_text(encoding="utf-8")


TEAM = "performance-action-team"


@cache
def shipped(model: str = TEAM) -> Rules:
    """The newest shipped lifecycle of a model, the team model where none is named, and the shipped calendar."""
    return Rules(
        lifecycle=read_lifecycle(shipped_document(model), an_engagement.COMMANDS, an_engagement.EVENTS),
        calendar=Calendar.model_validate(yaml.safe_load(text_of("calendars", "england-1.yaml"))),
    )


def shipped_document(model: str = TEAM) -> Document:
    """The newest shipped lifecycle of a model as parsed YAML."""
    names = (path.name for path in files("domain").joinpath("lifecycles").iterdir())
    versions = sorted(int(found[1]) for name in names if (found := re.fullmatch(rf"{model}-(\d+)\.yaml", name)))
    return parse(f"{model}-{versions[-1]}.yaml", text_of("lifecycles", f"{model}-{versions[-1]}.yaml"))


def shipped_case(name: str) -> Case:
    """A shipped case file, read and checked by the newest version of its model."""
    document = parse(f"{name}.yaml", text_of("cases", f"{name}.yaml"))
    return read_case(document, shipped(model_named(document)).lifecycle)


def rules_from(text: str) -> Rules:
    """A lifecycle written in a test, with the shipped calendar."""
    lifecycle = read_lifecycle(parse("test.yaml", text), an_engagement.COMMANDS, an_engagement.EVENTS)
    return Rules(lifecycle, shipped().calendar)


def seal(value: object) -> Sealed:
    """A commitment that stands for a value."""
    return f"sealed:{sha256(str(value).encode()).hexdigest()}"  # type: ignore[return-value]


def sealed_body(model: type[Command], body: Mapping[str, Any]) -> dict[str, Any]:
    """A body with its plain text sealed."""

    def sealing(value: Any, paths: list[tuple[str | int, ...]]) -> Any:
        if () in paths:
            return value if str(value).startswith("sealed:") else seal(value)
        if isinstance(value, dict):
            return {k: sealing(v, [p[1:] for p in paths if p[0] == k]) for k, v in value.items()}
        if isinstance(value, list):
            return [sealing(v, [p[1:] for p in paths if p[0] == i]) for i, v in enumerate(value)]
        return value

    sealed: dict[str, Any] = sealing(dict(body), list(sealed_paths(model, dict(body))))
    disputed = {**an_engagement.EVENTS, **a_council.EVENTS}.get(body.get("event") or "")
    if disputed is not None and "changes" in body:
        sealed["changes"] = sealing(body["changes"], list(sealed_paths(disputed, body["changes"])))
    return sealed


def noon(day: date | str) -> datetime:
    """Noon of a day, in UTC."""
    return datetime.combine(day if isinstance(day, date) else date.fromisoformat(day), time(12), UTC)


def recorder_for(lifecycle: Lifecycle, role: str) -> str:
    """Who records what a role decides, where nothing else is said."""
    held = lifecycle.roles.get(role)
    return role if held is None or held.signs_in else held.recorded_by[0]


@dataclass(frozen=True)
class Do:
    """A command somebody gives: its type, the role, the day it happened, and its fields."""

    type: str
    as_: str
    on: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """A row of a table: after these commands, this one brings an event of this type with at least these fields."""

    case: str
    given: Sequence[Do]
    when: Do
    event: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """A row of a table: after these commands, this one is refused by this rule with at least these details."""

    case: str
    given: Sequence[Do]
    when: Do
    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)


# The shortest real way out of each stage, a command a line, in the order of the stages.
WAY: Mapping[str, Sequence[Do]] = {
    "special-measures": (
        Do("receive-pip", "council.director", "2002-06-20", {"plan": 1}),
        Do("judge-pip", "inspectorate.lead-inspector", "2002-06-24", {"verdict": "acceptable"}),
    ),
    "decision": (
        Do("recommend", "inspectorate.chief-inspector", "2002-06-26", {"outcome": "engage", "grounds": "Capacity."}),
        Do(
            "record-decision",
            "department.minister",
            "2002-06-28",
            {"outcome": "engage", "reasons": "Needed.", "document": "DH/1"},
        ),
    ),
    "scoping": (
        Do(
            "draft-scope",
            "inspectorate.lead-inspector",
            "2002-07-02",
            {
                "failure_location": "department",
                "areas": [
                    {
                        "concern": "practice.thresholds",
                        "action": "Agree thresholds with the health service and the schools.",
                        "priority": 1,
                        "outcome": "Children in need are seen in time.",
                    }
                ],
            },
        ),
        Do("agree-scope", "inspectorate.lead-inspector", "2002-07-05"),
        Do("agree-scope", "council.director", "2002-07-08"),
    ),
    "tender": (
        Do(
            "invite-tenders",
            "department.official",
            "2002-07-09",
            {"route": "framework", "framework": "OJEC 00/S 143-94371/EN"},
        ),
        Do("receive-bid", "department.official", "2002-07-18", {"bidder": "KPMG"}),
        Do(
            "sit-panel",
            "department.official",
            "2002-07-22",
            {
                "members": ["department.official", "inspectorate.lead-inspector", "council.director"],
                "preferred": "KPMG",
            },
        ),
        Do(
            "award-contract",
            "department.official",
            "2002-07-25",
            {
                "team": "KPMG",
                "days": "100",
                "price": "250000.00",
                "starts": "2002-08-01",
                "ends": "2003-07-31",
                "deliverables": [{"id": "thresholds", "title": "Thresholds"}],
                "exit_strategy": "Hand over.",
                "consultants": [
                    {"person": "p3", "days": "40", "rate": "3000.00"},
                    {"person": "p4", "days": "60", "rate": "2000.00"},
                ],
                "fixed_charges": "200000.00",
                "variable_charges": "50000.00",
                "outcomes": [{"id": "seen-in-time", "text": "Children in need are seen in time."}],
            },
        ),
    ),
    "mobilisation": (
        Do("hold-mobilisation-meeting", "inspectorate.lead-inspector", "2002-08-01"),
        Do("name-lead", "inspectorate.lead-inspector", "2002-08-02", {"party": "inspectorate", "person": "p1"}),
        Do("name-lead", "council.director", "2002-08-02", {"party": "council", "person": "p2"}),
        Do("name-lead", "team.senior-partner", "2002-08-02", {"party": "team", "person": "p3"}),
        Do(
            "submit-pid",
            "team.lead-consultant",
            "2002-08-12",
            {
                "workstreams": [{"id": "practice", "title": "Practice"}],
                "deliverables": [{"id": "thresholds", "title": "Thresholds", "workstream": "practice"}],
                "milestones": [{"id": "thresholds-in-use", "by": "2003-01-31", "workstream": "practice"}],
                "roles": [{"role": "team.lead-consultant", "person": "p3", "does": "Manages the project."}],
                "information": "Case files stay in the council's buildings.",
            },
        ),
        Do("agree-pid", "board.board", "2002-08-15"),
    ),
    "board-cycles": (
        Do("submit-deliverable", "team.lead-consultant", "2003-01-10", {"deliverable": "thresholds"}),
        Do("accept-deliverable", "board.board", "2003-01-20", {"deliverable": "thresholds"}),
    ),
    "council-led-final-days": (
        Do("pass-lead", "board.board", "2003-01-21", {"days": "30"}),
        Do("use-final-days", "council.director", "2003-02-20", {"days": "29.75"}),
        Do("release-final-days", "council.director", "2003-02-21", {"days": "0.25"}),
    ),
    "exit": (
        Do("evaluate-deliverables", "inspectorate.lead-inspector", "2003-03-03"),
        Do("evaluate-impact", "inspectorate.lead-inspector", "2003-03-04"),
        Do("sign-off-exit", "board.board", "2003-03-07"),
    ),
    "follow-up": (Do("record-review", "inspectorate.lead-inspector", "2004-03-01"),),
}

MONITOR_ONLY = Do(
    "record-decision",
    "department.minister",
    "2002-06-28",
    {"outcome": "monitor-only", "reasons": "No managers to work with.", "document": "DH/2"},
)

STAGES = (
    "special-measures",
    "decision",
    "monitoring",
    "scoping",
    "tender",
    "mobilisation",
    "board-cycles",
    "council-led-final-days",
    "exit",
    "follow-up",
)


def way_to(stage: str) -> Iterator[Do]:
    """The commands that lead from the opening into a stage."""
    if stage == "monitoring":
        yield from (*WAY["special-measures"], MONITOR_ONLY)
        return
    for name, commands in WAY.items():
        if name == stage:
            return
        yield from commands


@dataclass
class Scene:
    """An engagement under test: where it stands, and what the last command or the clock brought."""

    state: Engagement
    rules: Rules
    at: datetime
    events: list[Event] = field(default_factory=list)
    refusal: Refusal | None = None
    log: tuple[tuple[datetime, Draft], ...] = ()
    """Everything drafted since the opening, with the moment it was recorded."""
    published: Mapping[str, Destination] = field(default_factory=dict)
    """The documents to which it may be moved, by their names."""
    moments: tuple[Moment, ...] = ()
    """Everything that happened since the opening, as it can be decided again."""

    def when(
        self,
        command: str | Do,
        as_: str = "department.programme-office",
        on: str | None = None,
        *,
        at: datetime | None = None,
        via: str = "command-line",
        recorded_by: str | None = None,
        **body: Any,
    ) -> Self:
        """Give a command; the clock first strikes what is due. Without `at` it is recorded at noon of its latest day."""
        if isinstance(command, Do):
            done = command
            command, as_, on, body = done.type, done.as_, on or done.on, {**done.body, **body}
        occurred = When.parse(on) if on else When.day(self.at.date())
        self.until(at or max(self.at, noon(occurred.latest)))
        model = {**an_engagement.STORED, **an_engagement.commands_of(self.rules.lifecycle)}[command]
        stored, kept = as_stored(model, sealed_body(model, body))
        asked = Asked(
            command=stored.model_validate(kept),
            occurred=occurred,
            decided_by=Actor.parse(as_),
            recorded_by=Actor.parse(recorded_by or recorder_for(self.rules.lifecycle, as_)),
            at=self.at,
            via="derived" if model.derived else via,
        )
        answer = Answer(self.state, self.at)
        if isinstance(asked.command, MoveEngagement):
            to = self.published.get(asked.command.ref)
            self.refusal = answer.move(self.rules, asked, to)
            self.rules = to.rules if to is not None and self.refusal is None else self.rules
        else:
            self.refusal = answer.respond(self.rules, asked)
        self._take(answer, Known(f"given-{len(self.moments)}", asked, self.refusal))
        return self

    def until(self, at: datetime | str) -> Self:
        """Let the clock strike everything due by then, in order."""
        self.at = noon(at) if isinstance(at, str) else at
        answer = Answer(self.state, self.at)
        answer.recalculate(self.rules)
        while answer.strike_one(self.rules) is not None:
            pass
        self.refusal = None
        self._take(answer)
        return self

    def _take(self, answer: Answer, what: Known | None = None) -> None:
        if answer.drafts or what is not None:
            self.moments = (*self.moments, moment_of(answer, self.rules, what, len(self.log)))
        self.state, self.events = answer.state, answer.events
        self.log = (*self.log, *((self.at, drafted) for drafted in answer.drafts))
        # Decide again and get nothing: whatever a test reaches, nothing more follows from it by itself.
        assert following.consequence(self.state, self.rules, self.at) is None

    def punctually(self, at: datetime | str) -> Self:
        """Let the clock strike at each instant at which something is due, up to then, as a running workflow does."""
        at = noon(at) if isinstance(at, str) else at
        struck: list[Event] = []
        while (due := an_engagement.next_due(self.state)) is not None and due <= at:
            struck.extend(self.until(max(due, self.at)).events)
        self.at, self.events = at, struck
        return self

    def then(self, *expected: str | Event | Refusal) -> Self:
        """Events by type or whole, all of them and in order; or one refusal, whose details hold at least those given."""
        if len(expected) == 1 and isinstance(expected[0], Refusal):
            wanted = expected[0]
            assert self.refusal is not None, f"not refused: {[event.type for event in self.events]}"
            assert self.refusal.rule == wanted.rule, self.refusal
            assert {**self.refusal.details, **wanted.details} == self.refusal.details, self.refusal
            assert not self.events
            return self
        assert self.refusal is None, self.refusal
        found = [
            event.type if isinstance(wanted, str) else event
            for event, wanted in zip(self.events, expected, strict=False)
        ]
        found.extend(event.type for event in self.events[len(expected) :])
        assert found == list(expected)
        return self

    def refused(self, rule: str, **details: Any) -> Self:
        """The last command was refused by this rule, with at least these details."""
        return self.then(Refusal(rule, details))

    def accepted(self) -> Self:
        """The last command was carried out."""
        assert self.refusal is None, self.refusal
        return self

    def only(self, kind: type[Event]) -> list[Any]:
        """The events of one type that the last command or the clock brought."""
        return [event for event in self.events if isinstance(event, kind)]

    def owed(self) -> dict[str, str]:
        """What is owed now: the obligation and the day it falls due."""
        return {f"{name}-{number}": str(held.opened.due_on) for (name, number), held in self.state.obligations.items()}

    def entries(self) -> list[Entry[Any]]:
        """Everything since the opening as it was recorded: no correction is applied to it."""
        return [
            Entry(number, told.occurred, at, told.decided_by, an_engagement.EVENTS[told.type].read(told.body))
            for number, (at, told) in enumerate(self.log, start=1)
        ]

    def copy(self) -> "Scene":
        """The same standing, to go on from twice: states are never changed in place."""
        return Scene(self.state, self.rules, self.at, log=self.log, published=self.published, moments=self.moments)


def moment_of(answer: Answer, rules: Rules, what: Known | Happened | None, before: int) -> Moment:
    """What was done at a moment, with where its events stand after so many that were drafted before."""
    recorded = tuple((n, event.type) for n, event in enumerate(answer.events, start=before + 1))
    return Moment(answer.at, {rules.calendar.id: rules.calendar}, what, recorded)


def opened(
    rules: Rules | None = None,
    on: date = RATED,
    name: str = "haringey-1",
    live: bool = True,
    *,
    kind: Kind | None = "special-measures",
    rating: int | None = 1,
    stars: int | None = 0,
    trigger: str | None = None,
    occurred: When | None = None,
) -> Scene:
    """A scene at the opening of an engagement, settled."""
    rules = rules or shipped()
    answer = Answer(Engagement(name), noon(on))
    event = EngagementOpened(
        council="E09000014",
        service="social-services",
        model=rules.lifecycle.ref,
        lifecycle_sha256="0" * 64,
        rating=rating,
        stars=stars,
        imported=not live,
        kind=kind,
        trigger=trigger,
    )
    answer.add(event, occurred or When.day(on), ENGINE, ENGINE)
    answer.settle(rules, occurred or When.day(on))
    log = tuple((answer.at, drafted) for drafted in answer.drafts)
    moment = moment_of(answer, rules, Happened(event, When.day(on)), 0)
    return Scene(answer.state, rules, answer.at, answer.events, log=log, moments=(moment,))


@cache
def _in_stage(stage: str) -> Scene:
    scene = opened()
    for command in way_to(stage):
        scene.when(command).accepted()
    assert scene.state.stage == stage
    return scene


def given(*what: str | Do) -> Scene:
    """A scene in the stage that is named, or at the opening, with the commands that follow."""
    stage, *rest = what if what and isinstance(what[0], str) else ("special-measures", *what)
    scene = _in_stage(str(stage)).copy()
    for command in rest:
        assert isinstance(command, Do)
        scene.when(command).accepted()
    return scene


HARINGEY = CouncilFacts(
    gss="E09000014", short="Haringey", name="London Borough of Haringey", kind="London borough", region="London"
)


@dataclass
class World:
    """A council and its engagements together, as one transaction after another would leave them."""

    rules: Rules = field(default_factory=shipped)
    facts: CouncilFacts = HARINGEY
    council: Council = field(default_factory=lambda: Council.new("E09000014"))
    engagements: dict[str, Scene] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: noon("1998-01-01"))
    events: list[Event] = field(default_factory=list)
    told: list[Command] = field(default_factory=list)
    refusal: Refusal | None = None
    live: bool = True

    def rate(
        self,
        command: str,
        as_: str = "inspectorate.chief-inspector",
        on: str = "2002-05-29",
        *,
        at: datetime | None = None,
        via: str = "command-line",
        recorded_by: str | None = None,
        **body: Any,
    ) -> Self:
        """Give the council a command, open what it opens and tell the engagements that were open what follows."""
        occurred = When.parse(on)
        self.at = at or max(self.at, noon(occurred.latest))
        model = a_council.COMMANDS[command]
        asked = Asked(
            command=model.model_validate(sealed_body(model, body)),
            occurred=occurred,
            decided_by=Actor.parse(as_),
            recorded_by=Actor.parse(recorded_by or as_),
            at=self.at,
            via=via,
        )
        before = self.council
        decided = a_council.decide(before, self.facts, [self.rules.lifecycle], asked)
        self.events, self.told, self.refusal = [], [], None
        if isinstance(decided, Refusal):
            self.refusal = decided
            return self
        for event in decided:
            self._fold(event, occurred)
            if isinstance(event, InterventionOpened):
                self.engagements[event.engagement] = opened(
                    self.rules,
                    occurred.latest,
                    event.engagement,
                    self.live,
                    kind=event.kind or "special-measures",
                    rating=event.rating,
                    stars=a_council.stars_behind(self.council.history, event),
                    trigger=event.trigger,
                    occurred=occurred,
                )
        for telling in a_council.tellings(before, self.council):
            self.told.append(telling.command)
            scene = self.engagements[telling.engagement]
            scene.when(
                telling.command.type, as_, on, at=max(self.at, scene.at), **telling.command.model_dump(mode="json")
            ).accepted()
            self.close_closed(telling.engagement)
        return self

    def close_closed(self, name: str) -> None:
        """Tell the council of an engagement that is over."""
        state = self.engagements[name].state
        if state.closed is not None and name in self.council.open:
            self._fold(InterventionClosed(engagement=name, end=state.closed), When.day(self.at.date()))

    def _fold(self, event: Event, occurred: When) -> None:
        self.events.append(event)
        entry = Entry(self.council.version + 1, occurred, self.at, ENGINE, event)
        self.council = a_council.evolve(self.council, entry)

    def refused(self, rule: str, **details: Any) -> Self:
        """The last command was refused by this rule, with at least these details."""
        assert self.refusal is not None, self.events
        assert self.refusal.rule == rule
        assert {**self.refusal.details, **details} == self.refusal.details, self.refusal
        return self

    def then(self, *types: str) -> Self:
        """The last command brought events of these types to the council, in order."""
        assert self.refusal is None, self.refusal
        assert [event.type for event in self.events] == list(types)
        return self


def play(case: Case, live: bool) -> World:
    """A case file played step by step on the days a rehearsal would, every step accepted."""
    world = World(rules=shipped(case.model), live=live, facts=facts_of(case.council), council=Council.new(case.council))
    names: list[str] = []
    for day, step in case.played():
        at = max(world.at, noon(day))
        if step.target == "council":
            world.at = at
            world.rate(
                step.command_type,
                str(step.decided_by),
                str(step.occurred),
                via="case-file",
                recorded_by=str(step.recorded_by),
                **step.body,
            )
            assert world.refusal is None, (case.title, step, world.refusal)
            names.extend(name for name in world.engagements if name not in names)
        else:
            scene = world.engagements[names[step.engagement - 1]]
            scene.when(
                step.command_type,
                str(step.decided_by),
                str(step.occurred),
                at=max(at, scene.at),
                via="case-file",
                recorded_by=str(step.recorded_by),
                **step.body,
            )
            assert scene.refusal is None, (case.title, step, scene.refusal)
            world.close_closed(names[step.engagement - 1])
    return world


def facts_of(gss: str) -> CouncilFacts:
    """What the shipped register knows of a council."""
    for row in csv.DictReader(text_of("registers", "councils.csv").splitlines()):
        if row["gss"] == gss:
            return CouncilFacts(
                gss=gss,
                short=row["short"],
                name=row["name"],
                kind=row["kind"],
                region=row["region"],
                start=row["from"] or None,
                end=row["to"] or None,
            )
    raise KeyError(gss)
