"""Whatever anybody asks in whatever order: what must always hold of an engagement.

Commands are drawn at random, sensible and senseless, by the roles that may give them and by others, with days going by
between them. A failure is printed with the `@reproduce_failure` line that brings it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from domain.course import StageEntered
from domain.days import contracted, left, signed_off, used
from domain.engagement import EVENTS, Engagement, evolve
from domain.part import Entry
from domain.project import DeliverableAccepted
from tests.given import STAGES, Scene
from tests.given import given as scene_in
from tests.test_engagement import MAY, ROLES, TABLE

SETTINGS = settings(
    max_examples=150,
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

quarters = st.integers(1, 500).map(lambda n: str(Decimal(n) / 4))
small = st.integers(1, 3)
slugs = st.sampled_from(["thresholds", "training", "practice"])
items = st.lists(slugs.map(lambda name: {"id": name}), min_size=1, max_size=3)

BODIES: Mapping[str, SearchStrategy[dict[str, Any]]] = {
    "receive-pip": st.fixed_dictionaries({"plan": small}),
    "judge-pip": st.fixed_dictionaries(
        {"verdict": st.sampled_from(["acceptable", "not-acceptable"]), "faults": st.just(["too-long"])}
    ),
    "record-decision": st.fixed_dictionaries(
        {
            "outcome": st.sampled_from(["engage", "engage", "engage", "monitor-only", "statutory-intervention"]),
            "reasons": st.just("Needed."),
            "document": st.just("DH/1"),
        }
    ),
    "note-rating": st.fixed_dictionaries({"rating": st.integers(2, 9), "stars": st.integers(0, 3)}),
    "record-days": st.fixed_dictionaries({"days": quarters, "consultant": st.sampled_from(["p3", "p4"])}),
    "sign-off-days": st.fixed_dictionaries({"days": quarters}),
    "pass-lead": st.fixed_dictionaries({"days": quarters}),
    "use-final-days": st.fixed_dictionaries({"days": quarters}),
    "release-final-days": st.fixed_dictionaries({"days": quarters}),
    "request-change": st.fixed_dictionaries({"days": quarters, "grounds": st.just("New facts.")}),
    "decide-change": st.fixed_dictionaries(
        {"change": small, "approved": st.booleans(), "reason": st.just("So be it.")}
    ),
    "schedule-board": st.fixed_dictionaries(
        {"board": small, "date": st.sampled_from(["2002-10-10", "2002-12", "by 2003-03-13", "2003"])}
    ),
    "send-report": st.fixed_dictionaries({"board": small, "agreed_with_council": st.booleans()}),
    "hold-board": st.fixed_dictionaries(
        {
            "board": small,
            "attended": st.sampled_from(
                [["inspectorate.lead-inspector", "council.director", "team.senior-partner"], ["council.director"]]
            ),
        }
    ),
    "circulate-minutes": st.fixed_dictionaries({"board": small}),
    "submit-pid": st.fixed_dictionaries({"workstreams": items, "deliverables": items}),
    "submit-deliverable": st.fixed_dictionaries({"deliverable": slugs}),
    "accept-deliverable": st.fixed_dictionaries({"deliverable": slugs}),
    "name-lead": st.fixed_dictionaries({"party": st.sampled_from(["inspectorate", "team", "council"])}).map(
        lambda body: {**body, "person": "p1"}
    ),
    "record-next-step": st.fixed_dictionaries(
        {"next": st.sampled_from(["other-model", "further-phase", "monitoring"]), "reason": st.just("So be it.")}
    ),
}
# Kept apart: they say that what was recorded was wrong, so that what held of it need not hold.
REWRITING = ("correct-event", "withdraw-event")
ENDING = ("stop-engagement", "close-as-opened-in-error", "note-rating-withdrawn", "assume-stage")
WORKING = [name for name in TABLE if name not in (*REWRITING, *ENDING)]


@dataclass(frozen=True)
class Act:
    """A command drawn at random: who gives it, how long after the one before, and how precise its date is."""

    command: str
    as_: str
    after_hours: int
    precision: int
    body: Mapping[str, Any]


@st.composite
def acts(draw: DrawFn, commands: list[str]) -> Act:
    command = draw(st.sampled_from(commands))
    may = [ROLES[letter] for letter in MAY[command]] or list(ROLES.values())
    anybody = draw(st.integers(0, 19)) == 0
    if command in REWRITING:
        body: dict[str, Any] = {"version": draw(st.integers(1, 90)), "reason": "Typed wrongly."}
        if command == "correct-event":
            body["changes"] = draw(
                st.sampled_from([{"days": "1.25"}, {"board": 1}, {"date": "2003-01"}, {"verdict": "acceptable"}, {}])
            )
            body["occurred"] = draw(st.sampled_from([None, "2002-06", "2002-07-01", "by 2003"]))
    else:
        body = draw(BODIES.get(command, st.just(dict(TABLE[command].body))))
    return Act(
        command,
        draw(st.sampled_from(list(ROLES.values()) if anybody else may)),
        draw(st.sampled_from([0, 1, 30, 200, 2000])),
        draw(st.sampled_from([10, 10, 7, 4])),
        body,
    )


def do(scene: Scene, act: Act) -> None:
    via = "case-file" if act.command == "assume-stage" else "page"
    on = str(scene.at.date())[: act.precision]
    scene.when(act.command, act.as_, on, at=scene.at, via=via, **act.body)


def refolded(scene: Scene) -> Engagement:
    """The engagement folded again from what would have been stored."""
    state = Engagement(scene.state.id)
    for version, (at, drafted) in enumerate(scene.log, start=1):
        event = EVENTS[drafted.type].model_validate(drafted.body)
        state = evolve(state, Entry(version, drafted.occurred, at, drafted.decided_by, event))
    return state


@SETTINGS
@given(st.sampled_from(STAGES), st.lists(acts(WORKING), min_size=8, max_size=40))
def test_stages_come_in_their_order_and_days_never_go_over_the_contract(stage: str, drawn: list[Act]) -> None:
    scene = scene_in(stage)
    for act in drawn:
        before = scene.until(scene.at + timedelta(hours=act.after_hours)).state
        do(scene, act)
        history = scene.state.history
        for entered in scene.only(StageEntered):
            assert entered.stage in ONWARD[entered.left]
        if scene.refusal is not None:
            assert scene.state == before and scene.events == []
        limit = contracted(history)
        assert limit is None or used(history) <= limit
        assert signed_off(history) <= used(history)
        assert left(history) >= 0
        accepted = [entry.event.deliverable for entry in history.in_phase(DeliverableAccepted)]
        assert len(accepted) == len(set(accepted))
        assert scene.state.closed is None or scene.state.closed in ENDS
        assert scene.state.closed is None or not scene.state.obligations
    assert refolded(scene) == scene.state


@SETTINGS
@given(st.sampled_from(STAGES), st.lists(acts(list(TABLE)), min_size=8, max_size=40))
def test_folding_what_was_stored_gives_the_same_engagement_whatever_was_corrected(stage: str, drawn: list[Act]) -> None:
    scene = scene_in(stage)
    for act in drawn:
        scene.until(scene.at + timedelta(hours=act.after_hours))
        do(scene, act)
        owed = scene.state.obligations
        assert {(held.opened.obligation, held.opened.number) for held in owed.values()} == set(owed)
        assert [version for version in (e.version for e in scene.state.history.entries)] == sorted(
            {entry.version for entry in scene.state.history.entries}
        )
    assert refolded(scene) == scene.state
    assert scene.state.version == len(scene.log)


@SETTINGS
@given(st.sampled_from(STAGES), st.lists(st.integers(0, 5000), min_size=1, max_size=8))
def test_however_the_clock_is_looked_at_it_strikes_the_same_things_in_due_order(stage: str, hours: list[int]) -> None:
    piecemeal, at_once = scene_in(stage), scene_in(stage)
    struck = []
    for gap in hours:
        piecemeal.until(piecemeal.at + timedelta(hours=gap))
        struck.extend(piecemeal.events)
    at_once.until(piecemeal.at)
    moments = [event.due for event in at_once.events if hasattr(event, "due")]
    assert moments == sorted(moments)
    assert all(moment <= at_once.at for moment in moments)
    assert [type(event) for event in struck] == [type(event) for event in at_once.events]
    assert [event.model_dump(exclude={"late"}) for event in struck] == [
        event.model_dump(exclude={"late"}) for event in at_once.events
    ]
