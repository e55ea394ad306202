"""Whatever anybody asks in whatever order, from the rating to the follow-up: what must always hold of an engagement.

Commands are drawn at random, sensible and senseless, by the roles that may give them and by others, with days going by
between them. A failure is printed with the `@reproduce_failure` line that brings it back.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from inspect import getmembers, isfunction, signature
from random import Random
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, currently_in_test_context, given, note, settings
from hypothesis import strategies as st

from domain import account as days_account
from domain import assessments, disputes, population, ratings
from domain import council as a_council
from domain import engagement as an_engagement
from domain.account import account, forecast
from domain.change import changes
from domain.contact import rhythm
from domain.council import Council
from domain.course import EngagementClosed, StageEntered
from domain.engagement import COMMANDS, EVENTS, OBLIGATION_EVENTS, PARTS, Engagement, evolve
from domain.exit import FurtherPhaseStarted
from domain.gates import View
from domain.obligations import (
    ObligationClosed,
    ObligationEscalated,
    ObligationMet,
    ObligationOpened,
    ObligationPassed,
    ObligationReminded,
)
from domain.part import Caution, Entry, Event, History
from domain.project import DeliverableAccepted
from faces.prose import CAUTIONS, TEMPLATES
from faces.telling import title
from faces.words import Words
from tests.drawn import Given, Walk, Whole, beginning, commissioned
from tests.given import STAGES, Scene, shipped
from tests.given import given as scene_in

SETTINGS = settings(
    max_examples=100,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)

# The ways that the shipped lifecycle has, written out.
ONWARD: Mapping[str, set[str]] = {
    "special-measures": {"decision"},
    "decision": {"scoping", "monitoring"},
    "monitoring": {"scoping"},
    "scoping": {"tender"},
    "tender": {"mobilisation"},
    "mobilisation": {"board-cycles"},
    "board-cycles": {"council-led-final-days"},
    "council-led-final-days": {"exit"},
    "exit": {"follow-up", "scoping"},
    "follow-up": {"scoping"},
}
ENDS = {"reviewed", "other-model", "statutory-intervention", "star-regained", "stopped", "opened-in-error"}
WORDS = Words([shipped().lifecycle])
REWRITES = ("correct-event", "withdraw-event", "choose-fact")
"""Commands after which a history reads otherwise than it was recorded."""


# What the parts read of a history


def _reads(*modules: ModuleType) -> list[Callable[[History], Any]]:
    """The functions of modules that read a history and nothing else."""
    return [
        found
        for module in modules
        for name, found in getmembers(module, isfunction)
        if not name.startswith("_")
        and found.__module__ == module.__name__
        and [each.annotation for each in signature(found).parameters.values()] == [History]
    ]


READS = _reads(*PARTS, days_account)
READS_OF_A_COUNCIL = _reads(ratings, assessments, population, disputes)


def read_everything(scene: Scene) -> dict[str, Caution]:
    """Read all there is to read of an engagement and say every caution; the cautions by their rules."""
    history = scene.state.history
    for read in READS:
        found = read(history)
        list(found) if isinstance(found, Iterator) else None
    forecast(history, scene.at.date())
    rhythm(history, history.entries[-1].occurred)
    cautions = an_engagement.cautions(scene.state)
    for caution in cautions:
        CAUTIONS[caution.rule](caution.details, WORDS)
    scene.state.next_deadline(), scene.state.late()
    return {caution.rule: caution for caution in cautions}


def read_council(council: Council) -> None:
    """Read all there is to read of a council, in whose services one engagement each is open at most."""
    services = [held.service for held in council.open.values()]
    assert len(services) == len(set(services))
    for read in READS_OF_A_COUNCIL:
        read(council.history)
    for caution in a_council.cautions(council):
        CAUTIONS[caution.rule](caution.details, WORDS)


# What is stored, folded again


def stored(body: Mapping[str, Any], kind: type[Event]) -> Event:
    """An event as it is read again from its JSON."""
    read = kind.read(json.loads(json.dumps(body)))
    assert read.model_dump(mode="json") == body
    return read


def refolded(scene: Scene) -> Engagement:
    """The engagement folded again from what would have been stored."""
    state = Engagement(scene.state.id)
    for version, (at, drafted) in enumerate(scene.log, start=1):
        state = evolve(
            state, Entry(version, drafted.occurred, at, drafted.decided_by, stored(drafted.body, EVENTS[drafted.type]))
        )
    return state


def council_refolded(world: Whole) -> Council:
    state = Council.new(world.council.gss)
    for version, (at, drafted) in enumerate(world.log, start=1):
        read = stored(drafted.body, a_council.EVENTS[drafted.type])
        state = a_council.evolve(state, Entry(version, drafted.occurred, at, drafted.decided_by, read))
    return state


@dataclass
class Reader:
    """Whoever reads the ledger, one event after another, and holds each to what came before it."""

    state: Engagement
    phases: int = 1
    entered: Counter[str] = field(default_factory=Counter)

    def read(self, scene: Scene) -> None:
        """Read what was drafted since the last time."""
        for version in range(self.state.version + 1, len(scene.log) + 1):
            at, drafted = scene.log[version - 1]
            read = stored(drafted.body, EVENTS[drafted.type])
            self._hold(read)
            assert title(drafted.type, drafted.body, WORDS)
            self.state = evolve(self.state, Entry(version, drafted.occurred, at, drafted.decided_by, read))

    def _hold(self, read: Event) -> None:
        if self.state.closed is not None:
            assert not isinstance(read, (StageEntered, EngagementClosed, *OBLIGATION_EVENTS))
        match read:
            case StageEntered():
                self._hold_stage(read)
                self.entered[read.stage] += 1
            case EngagementClosed():
                assert read.end in ENDS and read.left == self.state.stage
                self._hold_gate(read.end, read.gate)
                assert not self.state.obligations
            case FurtherPhaseStarted():
                self.phases += 1
            case ObligationOpened():
                assert (read.obligation, read.number) not in self.state.obligations
                assert read.number == self.state.numbered.get(read.obligation, 0) + 1
            case ObligationClosed():
                assert (read.obligation, read.number) in self.state.obligations
            case ObligationMet():
                self._hold_met(read)
            case ObligationReminded() | ObligationPassed() | ObligationEscalated():
                due = self.state.next_strike()
                assert due is not None and due[0] == read.due
                assert (read.obligation, read.number) in self.state.obligations
                earliest = {
                    held.key for held in self.state.obligations.values() if (s := held.next_strike()) and s[0] == due[0]
                }
                assert (read.obligation, read.number) in earliest

    def _hold_stage(self, read: StageEntered) -> None:
        lifecycle, order = shipped().lifecycle, list(STAGES)
        if self.state.stage is None:
            assert read.left is None and self.state.opening is not None
            assert read.stage == lifecycle.entered_first(self.state.opening.kind)
            return
        assert read.left == self.state.stage
        if read.assumed:
            assert read.gate is None and order.index(read.stage) > order.index(read.left)
            return
        assert read.stage in ONWARD[read.left]
        self._hold_gate(read.stage, read.gate)

    def _hold_gate(self, to: str, gate: Any) -> None:
        """The gate is that of the first way that was open, and its result is the same when it is evaluated again."""
        lifecycle, view = shipped().lifecycle, self._view()
        assert self.state.stage is not None
        ways = (*lifecycle.exits, *lifecycle.stage(self.state.stage).leave)
        results = [(way.to, way.when.evaluate(view)) for way in ways]
        assert (to, gate) == next((way, result) for way, result in results if result.met)
        assert all(self.state.history.at(version) for version in gate.evidence)

    def _hold_met(self, read: ObligationMet) -> None:
        held = self.state.obligations[read.obligation, read.number]
        base = held.opened.derivation.base_version
        assert self.state.stage is not None
        (rule,) = (each for each in shipped().lifecycle.owed_in(self.state.stage) if each.id == read.obligation)
        opener = self.state.history.at(base)
        assert opener is not None
        same = {rule.same: getattr(opener.event, rule.same)} if rule.same else {}
        result = rule.met_by.evaluate(replace(self._view(), same=same), after=base)
        assert result.met and result.evidence == read.evidence
        assert read.evidence and all(self.state.history.at(version) for version in read.evidence)

    def _view(self) -> View:
        return View(self.state.history, EVENTS, self.state.history.phase, self.state.stage_version)


# What must hold after every step


def hold_amounts(history: History, cautions: Mapping[str, Caution], rewritten: bool) -> None:
    """Days and money never go over what was agreed. Where something was recorded wrongly, a caution says so instead."""

    def holds(fits: bool, caution: str) -> None:
        assert fits is not (caution in cautions), (caution, now)
        assert fits or rewritten, (caution, now)

    now = account(history)
    if now.contracted is not None:
        kept = now.used + now.left + now.released
        assert now.remaining == now.contracted - kept
        holds(kept <= now.contracted, "days-over-contract")
    holds(now.signed_off <= now.used, "signed-off-over-used")
    holds(now.paid_days <= now.signed_off, "paid-over-signed-off")
    if now.worth is not None:
        holds(now.paid_by_kind.get("variable", Decimal()) <= now.worth, "paid-over-worth")
    if not any(change.state == "approved" for change in changes(history)):
        assert "paid-over-price" not in cautions or rewritten
    assert now.left >= 0
    assert now.used == sum(now.by_consultant.values()) == sum(now.by_workstream.values())
    for amount in (
        now.contracted,
        now.added,
        now.used,
        now.passed,
        now.released,
        now.left,
        now.signed_off,
        now.paid_days,
    ):
        assert amount is None or amount % Decimal("0.25") == 0
    for amount in (now.worth, now.paid, *now.paid_by_kind.values()):
        assert amount is None or amount == amount.quantize(Decimal("0.01"))


def hold_clock(scene: Scene) -> None:
    """What the clock struck, it struck in due order and not before it was due."""
    due = [struck.due for struck in scene.events if hasattr(struck, "due")]
    assert due == sorted(due)
    assert all(moment <= scene.at for moment in due)


def tell(walk: Walk, done: Given) -> None:
    """Say a step, for whoever reads why a test failed."""
    over: Any = walk.scene if done.to == "engagement" else walk.world
    said = over.refusal or [found.type for found in over.events]
    line = f"{done.command} by {done.as_} on {over.at}: {said}"
    note(line) if currently_in_test_context() else print(line)


def hold_given(walk: Walk, done: Given, kinds: Mapping[str, Any]) -> None:
    """A refusal leaves nothing behind and can be said; what is carried out begins with what the command gives."""
    over: Any = walk.scene if done.to == "engagement" else walk.world
    if over.refusal is not None:
        assert done.after is done.before
        assert over.events == []
        assert TEMPLATES[over.refusal.rule](over.refusal.details, WORDS)
        return
    given_by = kinds[done.command].gives
    assert over.events and type(over.events[0]) in given_by
    if done.to == "engagement":
        lifecycle, before = shipped().lifecycle, done.before
        assert done.as_ in lifecycle.who_may(done.command)
        assert done.command in (lifecycle.after_close if before.closed else lifecycle.allowed_in(before.stage))


def walk_on(walk: Walk, steps: Sequence[int]) -> Reader:
    """Take a step from each seed, and hold what must hold after each."""
    reader, name, rewritten = Reader(Engagement(walk.name)), walk.name, False
    reader.read(walk.scene)
    over = 0
    for seed in filter(None, steps):
        hold_clock(walk.wait(seed))
        reader.read(walk.scene)
        done = walk.give()
        if walk.name != name:  # the council's next engagement
            assert reader.state.closed is not None
            reader, name, rewritten, over = Reader(Engagement(walk.name)), walk.name, False, 0
        reader.read(walk.scene)
        if done is not None:
            tell(walk, done)
            hold_given(walk, done, COMMANDS if done.to == "engagement" else a_council.COMMANDS)
            rewritten = rewritten or (done.command in REWRITES and done.after is not done.before)
            if done.to == "council":
                read_council(walk.world.council)
        history = walk.scene.state.history
        hold_amounts(history, read_everything(walk.scene), rewritten)
        if not rewritten:
            accepted = [entry.event.deliverable for entry in history.in_phase(DeliverableAccepted)]
            assert len(accepted) == len(set(accepted))
        assert walk.scene.state.closed is None or not walk.scene.state.obligations
        over += walk.scene.state.closed is not None
        if over > 5:
            break
    assert reader.state == walk.scene.state == refolded(walk.scene)
    assert council_refolded(walk.world) == walk.world.council
    return reader


steps = st.lists(st.integers(0, 2**32 - 1), min_size=40, max_size=40)
"""A seed for each step; a test that fails is made shorter with zeros, which stand for no step."""


@SETTINGS
@given(st.sampled_from(STAGES), steps)
def test_days_money_stages_and_gates_hold_whatever_is_asked(stage: str, drawn: list[int]) -> None:
    walk_on(Walk(beginning(stage), rewriting=False), drawn)


@SETTINGS
@given(st.sampled_from(STAGES), steps)
def test_they_hold_whatever_is_corrected_withdrawn_disputed_and_chosen(stage: str, drawn: list[int]) -> None:
    walk_on(Walk(beginning(stage)), drawn)


def test_such_walks_see_every_stage_and_carry_out_every_command() -> None:
    """From the rating to the follow-up and into a further phase; then walks from each stage, for what is done there."""
    done, entered, phases = Counter[str](), Counter[str](), Counter[int]()
    for n in range(30):
        walk = Walk(beginning()) if n % 5 else Walk(commissioned(), rated=0.15)
        reader = walk_on(walk, seeds(n, 120))
        done.update(walk.done)
        entered.update(reader.entered)
        phases[reader.phases] += 1
    assert set(STAGES) - set(entered) == set()
    assert max(phases) > 1
    of_the_team = {name for name, kind in COMMANDS.items() if kind.derived or shipped().lifecycle.who_may(name)}
    of_the_team.discard("move-engagement")  # it leads out of the document: see tests/test_moving.py
    every, n = of_the_team | {f"council:{name}" for name in a_council.COMMANDS}, 30
    while every - set(done) and n < 150:
        walk = Walk(beginning(STAGES[n % len(STAGES)]))
        walk_on(walk, seeds(n, 80))
        done.update(walk.done)
        n += 1
    assert every - set(done) == set()


def seeds(n: int, count: int) -> list[int]:
    """The seeds of a walk, the same every time."""
    random = Random(n)
    return [random.randrange(1, 2**32) for _ in range(count)]


@SETTINGS
@given(st.sampled_from(STAGES), st.lists(st.integers(0, 5000), min_size=1, max_size=8))
def test_however_the_clock_is_looked_at_it_strikes_the_same_things_in_due_order(stage: str, hours: list[int]) -> None:
    piecemeal, at_once = scene_in(stage), scene_in(stage)
    struck = []
    for gap in hours:
        piecemeal.until(piecemeal.at + timedelta(hours=gap))
        struck.extend(piecemeal.events)
    hold_clock(at_once.until(piecemeal.at))
    assert [type(event) for event in struck] == [type(event) for event in at_once.events]
    assert [event.model_dump(exclude={"late", "overtaken"}) for event in struck] == [
        event.model_dump(exclude={"late", "overtaken"}) for event in at_once.events
    ]
