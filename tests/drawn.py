"""Commands drawn at random for engagements and councils: sensible and senseless, by those who may and by others.

The body of a command is drawn from its model, so that a command that is new is drawn too. Ids, numbers and days come from
small pools: what one command names, another is likely to name again. `Walk` gives them to a council and its engagement,
most of them along the shortest way through the stages, so that a walk of some length sees all of them. Each step is drawn
from a seed of its own: a test that fails is made shorter by leaving steps out.
"""

import types
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from domain import council as a_council
from domain.account import account, claims, left, signed_off, used
from domain.actors import ENGINE
from domain.authority import authorities
from domain.board import boards
from domain.change import changes
from domain.clock import ClockPaused
from domain.dates import When
from domain.disputes import disputes
from domain.engagement import COMMANDS
from domain.handover import pieces, tapering
from domain.members import members
from domain.minutes import actions
from domain.obligations import ObligationOpened
from domain.part import Entry, Event, History
from domain.participation import askings
from domain.plan import plan_standing
from domain.project import DeliverableAccepted, PidSubmitted
from domain.ratings import RatingPublished
from domain.records import Draft
from domain.respond import draft
from tests.given import MONITOR_ONLY, WAY, Do, Scene, World, seal, shipped
from tests.given import given as scene_in

NAMES: Mapping[str, Sequence[Any]] = {
    "person": ["p1", "p2", "p3", "p4", "nobody"],
    "consultant": ["p3", "p4", "p3", "p4", "nobody"],
    "document": ["DH/1"],
    "framework": ["OJEC 00/S 143-94371/EN"],
    "invoice": [f"inv-{n}" for n in range(1, 10)],
    "piece": ["piece-1", "piece-2", "finance"],
    "round": ["social-services-2002-05-29", "social-services-2003-11-13"],
    "kind": ["joint-review", "inspection", "cpa"],
    "by": ["SSI"],
    "result": ["weak", "fair", "good"],
    "uncapped": ["fair", "good"],
    "event": ["pip-received", "scope-drafted", "contract-awarded", "days-used", "note-added", "rating-published"],
    "linked": ["E06000030", "E09000014"],
    "obligation": ["submit-pip", "submit-pid", "decide"],
    "to": ["tender", "board-cycles", "exit", "follow-up", "nowhere"],
}
"""What a field of text may say, by its name; other ids are of what a team works on."""
IDS = ("thresholds", "practice", "thresholds-in-use", "seen-in-time", "training", "nowhere")
FIRMS = ("KPMG", "KPMG", "PwC")
MEMBERS = (
    "department.official",
    "inspectorate.lead-inspector",
    "council.director",
    "team.lead-consultant",
    "council.member",
    "nobody",
)
SERVICES = ("social-services", "social-services", "social-services", "education")

Draw = Callable[[Random], Any]
"""Something drawn at random."""


def _quarters(random: Random) -> str:
    return str(Decimal(random.randint(1, random.choice([12, 500]))) / 4)


def _pence(random: Random) -> str:
    return str(Decimal(random.randint(1, random.choice([100_000, 30_000_000]))) / 100)


@dataclass(frozen=True)
class Ago:
    """A day so long before or after the one on which it is given, and how much of it is said."""

    days: int
    form: str

    def on(self, today: date) -> str:
        """As it is written on a day."""
        day = (today + timedelta(days=self.days)).isoformat()
        return {"day": day, "month": day[:7], "year": day[:4], "by": f"by {day}"}[self.form]


def _days(random: Random) -> Ago:
    return Ago(random.choice([0, 0, 30, 90, 90, 365, -30]), random.choice(["day", "day", "month", "by"]))


def _one_of(pool: Sequence[Any]) -> Draw:
    return lambda random: random.choice(pool)


def value(annotation: Any, name: str) -> Draw:
    """What a field of a model may hold."""
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return value(args[0], name)
    if origin in (Union, types.UnionType):
        return value(next(arg for arg in args if arg is not types.NoneType), name)
    if origin is Literal:
        return _one_of(SERVICES if name == "service" else args)
    if origin is tuple:
        each = value(args[0], name)
        return lambda random: [each(random) for _ in range(random.choice([1, 1, 2, 3]))]
    if isinstance(annotation, NewType):
        return lambda random: seal("So be it.")
    if annotation is When:
        return _days
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return body(annotation)
    return {
        dict: lambda random: {},
        bool: _one_of([True, False]),
        int: _one_of([0, 0, 0, 1, 2] if name == "stars" else [1, 1, 2, 3]),
        Decimal: _quarters if name == "days" else _pence,
        str: _one_of(_texts(name)),
    }[origin or annotation]


def _texts(name: str) -> Sequence[Any]:
    if name in NAMES:
        return NAMES[name]
    if name in ("bidder", "bidders", "preferred", "team", "firm", "invited"):
        return FIRMS
    roles = ("member", "members", "aside", "attended", "post", "role", "between", "owner", "present")
    return MEMBERS if name in roles else IDS


@cache
def body(model: type[BaseModel]) -> Draw:
    """The fields of a model: those it needs, and of the others mostly all, or some, or none."""
    fields = {name: value(info.annotation, name) for name, info in model.model_fields.items()}
    needed = {name: info.is_required() for name, info in model.model_fields.items()}

    def drawn(random: Random) -> dict[str, Any]:
        wanted = random.choice([0, 0.5, 1, 1, 1])
        return {name: each(random) for name, each in fields.items() if needed[name] or random.random() < wanted}

    return drawn


def written(drawn: Any, today: date) -> Any:
    """A drawn body with its days as they are written today."""
    if isinstance(drawn, Ago):
        return drawn.on(today)
    if isinstance(drawn, Mapping):
        return {name: written(each, today) for name, each in drawn.items()}
    return [written(each, today) for each in drawn] if isinstance(drawn, list | tuple) else drawn


def moved(given: Any, by: timedelta) -> Any:
    """A body of the shortest way with its days moved to where a walk is."""
    if isinstance(given, Mapping):
        return {name: moved(each, by) for name, each in given.items()}
    if isinstance(given, list | tuple):
        return [moved(each, by) for each in given]
    try:
        return (date.fromisoformat(given) + by).isoformat()
    except (TypeError, ValueError):
        return given


# What makes sense where an engagement stands, over what is drawn. The rest comes out of the pools.
SENSE: Mapping[str, Callable[[History], Mapping[str, Any]]] = {
    "receive-pip": lambda h: {"plan": (plan_standing(h).plan or 0) + 1},
    "review-pip": lambda h: {"plan": plan_standing(h).plan or 1},
    "invite-tenders": lambda h: {"criteria": [{"id": "quality"}]},
    "receive-bid": lambda h: {"people": [{"person": "p1"}]},
    "take-off-individual": lambda h: {"bidder": "KPMG", "person": "p1"},
    "score-bid": lambda h: {
        "bidder": "KPMG",
        "member": "council.director",
        "scores": [{"criterion": "quality", "score": 7}],
    },
    "ask-questions": lambda h: {"questions": "workforce", "of": ["workforce"], "by": "2009-12"},
    "answer-question": lambda h: {"question": "workforce.support", "group": "workforce", "asking": None},
    "tell-back": lambda h: {"asking": len(askings(h)) or 1, "to": []},
    "end-membership": lambda h: _seat(h),
    "schedule-board": lambda h: {
        "board": len(boards(h)) + 1,
        "date": Ago(14, "day"),
        "milestone": None,
        "time": ("09:00", None)[len(h.entries) % 2],
        "duration": None,
    },
    "cancel-board": lambda h: {"board": len(boards(h)) or 1},
    "send-report": lambda h: {"board": len(boards(h)) or 1},
    "hold-board": lambda h: {"board": len(boards(h)) or 1, "attended": list(MEMBERS[1:4]), "present": None},
    "circulate-minutes": lambda h: {"board": len(boards(h)) or 1, "actions": [_action(h)]},
    "close-action": lambda h: {"action": next((each.id for each in actions(h) if each.closed is None), "nothing")},
    "request-change": lambda h: {"workstreams": [], "milestones": [], "days": "2.5"},
    "decide-change": lambda h: {"change": next((each.number for each in changes(h) if each.decided is None), 1)},
    "record-days": lambda h: _to_claim(h),
    "sign-off-days": lambda h: _to_sign_off(h),
    "record-payment": lambda h: _to_pay(h),
    "submit-deliverable": lambda h: {"deliverable": _promised(h)},
    "accept-deliverable": lambda h: {"deliverable": _promised(h)},
    "pass-lead": lambda h: {"days": str(_fits(h))},
    "commission-piece": lambda h: {"days": None},
    "finish-piece": lambda h: {"piece": next((each.id for each in pieces(h) if each.finished is None), "nothing")},
    "use-final-days": lambda h: {"days": str(_to_use(h)), "consultant": None, "piece": None},
    "release-final-days": lambda h: {"days": str(left(h) or 1)},
    "end-task": lambda h: {"task": next(iter(now.open), "nothing") if (now := tapering(h)) else "nothing"},
    "pause-clock": lambda h: {"obligation": _running(h), "number": None},
    "resume-clock": lambda h: {"obligation": _standing_still(h), "number": None},
    "end-authority": lambda h: {"authority": len(authorities(h)) or 1},
}


def _to_claim(history: History) -> Mapping[str, Any]:
    """Few days, or nearly all that a consultant has in the shortest way."""
    days, consultant = (("0.75", "p3"), ("0.75", "p4"), ("39.25", "p3"), ("59.25", "p4"))[len(history.entries) % 4]
    return {"days": days, "consultant": consultant, "workstream": None}


def _to_use(history: History) -> Decimal:
    """Nearly all that the council has left, or more than that."""
    return max(left(history) + (-1, -1, Decimal("0.25"))[len(history.entries) % 3], Decimal("0.25"))


def _to_sign_off(history: History) -> Mapping[str, Any]:
    """The last claim that nobody has signed off, or in turn all that is left, whoever claimed it."""
    open_claims = [claim for claim in claims(history) if claim.signed_off is None]
    if open_claims and len(history.entries) % 3:
        return {"days": str(open_claims[-1].days), "claims": [open_claims[-1].number]}
    return {"days": str(used(history) - signed_off(history) or 1), "claims": []}


def _to_pay(history: History) -> Mapping[str, Any]:
    """What is signed off and not paid, at the rate of a consultant or beyond it; or else something else."""
    now = account(history)
    if now.signed_off <= now.paid_days:
        return {"kind": "fixed", "days": None, "amount": "90000.01"}
    amount = (now.signed_off - now.paid_days) * 3000 + len(history.entries) % 2
    return {"kind": "variable", "days": str(now.signed_off - now.paid_days), "amount": str(amount)}


def _standing_still(history: History) -> str:
    """What was paused last."""
    paused = history.last(ClockPaused)
    return paused.event.obligation if paused else "nothing"


def _running(history: History) -> str:
    """The last thing owed whose clock can be paused."""
    owed = [entry.event.obligation for entry in history.all(ObligationOpened)]
    return next((name for name in reversed(owed) if name in NAMES["obligation"]), "decide")


def _action(history: History) -> Mapping[str, Any]:
    """Something that the board wants done next."""
    name = f"action-{len(actions(history)) + 1}"
    return {"id": name, "text": "See to it.", "owner": "council.director", "by": Ago(30, "day")}


def _seat(history: History) -> Mapping[str, Any]:
    """A member of the board."""
    seated = [member for of_party in members(history).values() for member in of_party]
    return {"role": seated[0].role, "person": seated[0].person} if seated else {}


def _promised(history: History) -> str:
    """A deliverable of the last PID that is not accepted yet."""
    pids = history.in_phase(PidSubmitted)
    accepted = {entry.event.deliverable for entry in history.in_phase(DeliverableAccepted)}
    return next(
        (each.id for pid in pids[-1:] for each in pid.event.deliverables if each.id not in accepted), "thresholds"
    )


def _fits(history: History) -> Decimal:
    remaining = account(history).remaining
    return Decimal(30) if remaining is None else max(min(remaining, Decimal(30)), Decimal("0.25"))


ENDING = ("stop-engagement", "close-as-opened-in-error", "assume-stage", "record-decision")
"""Commands after which a walk may be over, or far on: drawn among senseless ones alone, which are fewer."""
REWRITING = ("correct-event", "withdraw-event", "dispute-fact", "choose-fact")
"""Commands that say that what was recorded was wrong."""
FURTHER = Do("start-further-phase", "department.official", None, {"reason": "More to do."})
WAIVE = Do("waive-review", "department.programme-office", None, {"reason": "Inspected anyway."})
ENGAGE = WAY["decision"][-1]
SPENDING = ("record-days", "record-days", "sign-off-days", "record-payment", "use-final-days", "request-change")
"""Commands about days and money: drawn more often, as it takes many to go over what was agreed."""
THEN: Mapping[str, str] = {
    "draft-scope": "comment-on-scope",
    "comment-on-scope": "answer-comment",
    "receive-bid": "score-bid",
    "appoint-member": "end-membership",
    "schedule-board": "hold-board",
    "send-report": "cancel-board",
    "hold-board": "circulate-minutes",
    "circulate-minutes": "close-action",
    "request-change": "decide-change",
    "record-stall": "record-resumption",
    "record-days": "sign-off-days",
    "sign-off-days": "record-payment",
    "commission-piece": "finish-piece",
    "end-main-work": "end-task",
    "set-target": "follow-up-target",
    "pause-clock": "resume-clock",
    "ask-questions": "answer-question",
    "answer-question": "tell-back",
}
"""What is likely to come after a command."""
_OF_OTHERS = ("model", "version", "trigger")
DWELL = ("board-cycles", "council-led-final-days", "exit", "follow-up")
"""Stages in which there is much to do: the way out of them is drawn less often."""


@dataclass
class Whole(World):
    """A council with its engagements, and everything drafted for the council."""

    log: list[tuple[datetime, Draft]] = field(default_factory=list)

    def _fold(self, event: Event, occurred: When) -> None:
        self.log.append((self.at, draft(event, occurred, ENGINE, ENGINE)))
        super()._fold(event, occurred)


def commissioned() -> Whole:
    """A council that was never rated, with a small engagement that the office opened."""
    office, why = "department.programme-office", "A small commission."
    return Whole().rate("open-engagement", office, service="social-services", kind="direct-commission", reason=why)


def beginning(stage: str | None = None) -> Whole:
    """A council on special measures, its engagement just opened or brought to a stage."""
    world = Whole().rate("publish-rating", service="social-services", stars=0)
    if stage is not None:
        world.engagements["haringey-1"] = scene_in(stage)
    return world


@dataclass(frozen=True)
class Given:
    """A command that was given, and what it met."""

    to: Literal["engagement", "council"]
    command: str
    as_: str
    before: Any
    after: Any


@dataclass
class Walk:
    """A council and its newest engagement under commands drawn one after another."""

    world: Whole
    rewriting: bool = True
    """Whether what was recorded may be said to be wrong."""
    rated: float = 0.02
    """How often the command is one to the council."""
    done: Counter[str] = field(default_factory=Counter)
    """How often each command was carried out; those of the council with `council:` before them."""
    refused: Counter[str] = field(default_factory=Counter)
    """How often each rule refused."""
    way: Counter[str] = field(default_factory=Counter)
    last: str = ""
    """The last command that was carried out."""
    random: Random = field(default_factory=Random)

    @property
    def name(self) -> str:
        """The engagement that the commands go to."""
        return list(self.world.engagements)[-1]

    @property
    def scene(self) -> Scene:
        """The engagement that the commands go to."""
        return self.world.engagements[self.name]

    def wait(self, seed: int) -> Scene:
        """Begin a step: let some time pass, in which the clock may strike."""
        self.random = Random(seed)
        hours = self.random.choice([0, 1, 30, 30, 30, 200, 1500])
        return self.scene.until(max(self.scene.at, self.world.at) + timedelta(hours=hours))

    def give(self) -> Given | None:
        """Draw the next command and give it; None where what was drawn fits no command."""
        kind, state = self.random.random(), self.scene.state
        if state.closed is not None and kind < 0.4:
            return self._to_council()
        if state.closed is None and kind < (0.2 if state.stage in DWELL else 0.35):
            return self._to_engagement(*self._onward())
        if kind < 0.78:
            return self._to_engagement(*self._sensible())
        if kind < 0.85:
            return self._to_engagement(*self._senseless())
        if kind < 1 - self.rated and self.rewriting:
            return self._to_engagement(*self._rewriting())
        return self._to_council()

    def _onward(self) -> tuple[str, str, dict[str, Any]]:
        """The next command of the shortest way through the stage, or of a longer one."""
        state, chance = self.scene.state, self.random.random()
        stage = state.stage or ""
        turn = self.way[stage]
        self.way[stage] += 1
        if stage == "monitoring":
            do = ENGAGE
        elif stage == "decision" and chance < 0.1:
            do = MONITOR_ONLY
        elif stage in ("exit", "follow-up") and chance < 0.3:
            do = FURTHER
        elif stage == "follow-up" and chance < 0.5:
            do = WAIVE
        elif chance > 0.97:
            do = Do("assume-stage", "department.programme-office", None, {"to": "board-cycles", "because": "So be it."})
        else:
            do = WAY[stage][turn % len(WAY[stage])]
        by = self.scene.at.date() - date.fromisoformat(do.on) if do.on else timedelta()
        sense = SENSE[do.type](state.history) if do.type in SENSE else {}
        return do.type, do.as_, {**moved(do.body, by), **sense}

    def _sensible(self) -> tuple[str, str, dict[str, Any]]:
        """A command that the stage allows, by a role that may give it."""
        lifecycle, state = shipped().lifecycle, self.scene.state
        allows = lifecycle.after_close if state.closed else lifecycle.stage(state.stage or "").allows
        allowed = lifecycle.always if not state.closed and self.random.random() < 0.25 else allows
        command = self.random.choice([name for name in allowed if name not in (*ENDING, *REWRITING)])
        spends = [name for name in SPENDING if name in allows]
        if spends and self.random.random() < 0.3:
            command = self.random.choice(spends)
        if self.last in THEN and THEN[self.last] in (*allows, *lifecycle.always) and self.random.random() < 0.8:
            command = THEN[self.last]
        drawn = body(COMMANDS[command])(self.random)
        if command in SENSE and self.random.random() < 0.85:
            drawn |= SENSE[command](state.history)
        else:
            drawn |= self._again(drawn, state.history)
        return command, self.random.choice(lifecycle.who_may(command)), drawn

    def _again(self, drawn: Mapping[str, Any], history: History) -> Mapping[str, Any]:
        """The ids and numbers that are named again, as the last that were recorded under that name."""
        said: dict[str, Any] = {}
        for entry in history.entries[-60:]:
            for name, found in entry.event:
                if isinstance(found, tuple):
                    said |= {name[:-1]: each.id for each in found if hasattr(each, "id")}
                elif isinstance(found, str | int):
                    said[name] = found
        plain = [name for name, each in drawn.items() if name in said and type(each) is type(said[name])]
        return {name: said[name] for name in plain if self.random.random() < 0.6}

    def _senseless(self) -> tuple[str, str, dict[str, Any]]:
        """Any command, mostly by a role that may give it."""
        lifecycle = shipped().lifecycle
        every = [name for name in COMMANDS if name not in REWRITING and lifecycle.who_may(name)]
        command = self.random.choice(self.random.choice([every] * 9 + [ENDING]))
        may, anybody = lifecycle.who_may(command), (*lifecycle.roles, "council.gardener")
        return (
            command,
            self.random.choice(self.random.choice([may, may, anybody])),
            body(COMMANDS[command])(self.random),
        )

    def _rewriting(self) -> tuple[str, str, dict[str, Any]]:
        """Say that something recorded was otherwise: a correction, a withdrawal, a dispute or a choice."""
        command, history = self.random.choice(REWRITING), self.scene.state.history
        role = self.random.choice(shipped().lifecycle.who_may(command))
        if command == "choose-fact":
            drawn = body(COMMANDS[command])(self.random)
            return command, role, {**drawn, "dispute": self.random.randint(1, len(disputes(history)) + 1)}
        entry = self._some(history)
        version = entry.version if entry else self.scene.state.version + 1
        if command == "withdraw-event":
            return command, role, {"version": version, "reason": "So be it."}
        why = "source" if command == "dispute-fact" else "reason"
        return command, role, {"version": version, why: "So be it.", **self._otherwise(entry)}

    def _some(self, history: History) -> Entry[Any] | None:
        """Mostly something that people recorded; now and then anything, or nothing."""
        by_hand = [entry for entry in history.entries if not entry.event.beyond_correction]
        return self.random.choice(self.random.choice([by_hand, by_hand, by_hand, history.entries, [None]]) or [None])

    def _otherwise(self, entry: Entry[Any] | None) -> dict[str, Any]:
        """Another value of a field, or another date."""
        fields = type(entry.event).model_fields if entry is not None and not entry.event.beyond_correction else {}
        if not fields or self.random.random() < 0.2:
            return {"occurred": _days(self.random)}
        name = self.random.choice(list(fields))
        fitting = value(fields[name].annotation, name)(self.random)
        return {"changes": {name: self.random.choice([fitting] * 9 + ["?"])}}

    def _to_engagement(self, command: str, as_: str, drawn: Mapping[str, Any]) -> Given | None:
        scene, via = self.scene, self.random.choice(["page", "page", "page", "case-file"])
        before, today = scene.state, scene.at.date()
        self.world.at = max(self.world.at, scene.at)
        try:
            by = self.random.choice([*[None] * 49, "council.director"])
            scene.when(command, as_, self._on(today), at=scene.at, via=via, recorded_by=by, **written(drawn, today))
        except ValidationError:
            return None
        if scene.refusal is None:
            self.done[command] += 1
            self.last = command
            self.world.close_closed(self.name)
        else:
            self.refused[scene.refusal.rule] += 1
        return Given("engagement", command, as_, before, scene.state)

    def _to_council(self) -> Given | None:
        command = self.random.choice(list(a_council.COMMANDS))
        before, at = self.world.council, max(self.world.at, self.scene.at)
        drawn = body(a_council.COMMANDS[command])(self.random)
        if command in ("withdraw-rating", "answer-rating"):
            published = [entry.version for entry in before.history.all(RatingPublished)]
            drawn = {**drawn, "rating": self.random.choice([*published, before.version + 1]), "round": None}
        if command == "open-engagement":  # of the team model, which no trigger opens
            drawn = {
                **drawn,
                "kind": self.random.choice(["preventive", "direct-commission"]),
                **dict.fromkeys(_OF_OTHERS),
            }
        if command == "dispute-fact":
            entry = self.random.choice(before.history.entries)
            drawn = {"version": entry.version, "source": "So be it.", **self._otherwise(entry)}
        as_ = self.random.choice(a_council.MAY[command])
        try:
            self.world.rate(command, as_, str(at.date()), at=at, via="page", **written(drawn, at.date()))
        except ValidationError:
            return None
        if self.world.refusal is None:
            self.done.update([f"council:{command}", *(told.type for told in self.world.told)])
        else:
            self.refused[self.world.refusal.rule] += 1
        return Given("council", command, as_, before, self.world.council)

    def _on(self, today: date) -> str:
        """The day that a command gives: mostly its own, or one before, or imprecise, or still to come."""
        return Ago(*self.random.choice(_DAYS)).on(today)


_DAYS = [
    *[(0, "day")] * 20,
    *[(0, "month"), (-3, "day"), (0, "by")] * 2,
    (-40, "day"),
    (0, "year"),
    (40, "day"),
    (-1500, "day"),
]
