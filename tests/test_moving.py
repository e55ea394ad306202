"""Moving an engagement to another model, or to a newer version of its own: what carries over, and what is refused."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.engagement import Rules
from domain.moving import EngagementMoved
from domain.obligations import ObligationMet, ObligationOpened, ObligationPassed
from domain.people import turnover
from domain.switching import Destination
from domain.what_if import Published, decided_again
from tests.given import Do, Scene, opened, rules_from, shipped, text_of, way_to
from tests.given import given as scene_in

PARTNERSHIP = (Path(__file__).parent / "models" / "partnership-1.yaml").read_text(encoding="utf-8")
NOBODY_ELSE: Mapping[str, Any] = {"model": "partnership", "version": 1, "stage": "agreeing", "reason": "A partner."}
CARRIED: Mapping[str, Any] = {
    **NOBODY_ELSE,
    "obligations": [
        {"obligation": "submit-pip", "to": "sign-agreement"},
        {"obligation": "meet-council", "reason": "The partner meets them."},
    ],
}


@cache
def team(version: int) -> Rules:
    """A version of the team model as it was shipped."""
    return rules_from(text_of("lifecycles", f"performance-action-team-{version}.yaml"))


@cache
def shelf() -> Mapping[str, Destination]:
    """What is published."""
    models = (shipped("best-value-intervention"), shipped("sector-led-help"))
    every = (team(1), team(2), team(3), rules_from(PARTNERSHIP), *models)
    return {rules.lifecycle.ref: Destination(rules, f"{n}" * 64) for n, rules in enumerate(every, start=1)}


def on_two() -> Scene:
    """An engagement of the second version of the team model, just opened; two things are owed."""
    scene = opened(team(2))
    scene.published = shelf()
    return scene


def newest(scene: Scene) -> Scene:
    """A scene to which everything is published."""
    scene.published = shelf()
    return scene


# To a newer version


def test_a_newer_version_takes_over_what_is_owed_under_its_own_name_with_its_date() -> None:
    scene = on_two()
    before = {name.rpartition("-")[0]: due for name, due in scene.owed().items()}
    scene.when(
        "move-engagement",
        on="2002-06-03",
        model="performance-action-team",
        version=3,
        stage="special-measures",
        reason="-",
    )
    scene.then("engagement-moved", "obligation-closed", "obligation-closed", "obligation-opened", "obligation-opened")
    assert {name.rpartition("-")[0]: due for name, due in scene.owed().items()} == before
    assert (scene.state.model, scene.state.stage, str(scene.state.stage_since)) == (
        "performance-action-team@3",
        "special-measures",
        "2002-05-29",
    )
    first, _ = scene.only(ObligationOpened)
    assert (first.carried.obligation, first.carried.number, first.derivation.base_day.isoformat()) == (
        "meet-council",
        1,
        "2002-05-29",
    )
    assert scene.state.opening is not None and scene.state.opening.model == "performance-action-team@2"
    scene.when("meet-council", "inspectorate.chief-inspector", "2002-06-10", note="We met.").accepted()
    assert "meet-council-2" not in scene.owed()


def test_the_clock_of_the_new_document_runs_on_what_was_carried_over() -> None:
    scene = on_two()
    scene.when(
        "move-engagement",
        on="2002-06-03",
        model="performance-action-team",
        version=3,
        stage="special-measures",
        reason="-",
    )
    scene.punctually("2002-07-30")
    assert [e.obligation for e in scene.only(ObligationPassed)] == ["meet-council", "submit-pip"]


def test_what_was_late_before_stays_late_and_passes_no_second_time() -> None:
    scene = on_two().until("2002-06-20")
    assert scene.only(ObligationPassed)
    scene.when(
        "move-engagement",
        on="2002-06-20",
        model="performance-action-team",
        version=3,
        stage="special-measures",
        reason="-",
    ).accepted()
    assert scene.state.late()
    assert not scene.until("2002-06-25").only(ObligationPassed)
    scene.when("meet-council", "inspectorate.chief-inspector", "2002-06-24", note="We met.").accepted()
    assert [met.late for met in scene.only(ObligationMet)] == [True]


def test_a_clock_that_stands_goes_on_standing_with_what_was_left() -> None:
    scene = on_two()
    scene.when("pause-clock", "inspectorate.regional-director", "2002-06-03", obligation="submit-pip", reason="Vote.")
    left = scene.accepted().state.obligations["submit-pip", 1].pause
    scene.when("move-engagement", on="2002-06-05", **CARRIED).accepted()
    held = scene.state.obligations["sign-agreement", 1]
    assert held.pause == left and held.opened.due_on.isoformat() == "2002-07-26"
    assert not scene.until("2002-09-01").events
    scene.when("resume-clock", on="2002-09-02", obligation="sign-agreement").accepted()
    assert scene.state.obligations["sign-agreement", 1].pause is None


# To another model


def test_another_model_begins_a_phase_of_its_own_and_its_gates_look_at_that_alone() -> None:
    scene = newest(scene_in("board-cycles"))
    owed = sorted({name for name, _ in scene.state.obligations})
    scene.when(
        "move-engagement",
        on="2002-09-02",
        **NOBODY_ELSE,
        obligations=[{"obligation": name, "reason": "The board is gone."} for name in owed],
        deliverables=[{"deliverable": "thresholds", "to": "thresholds"}],
        people=[{"post": "team.lead-consultant", "to": "partner.lead"}],
    ).accepted()
    assert (scene.state.model, scene.state.stage) == ("partnership@1", "agreeing")
    assert scene.owed() == {"sign-agreement-1": "2002-10-02"}
    (moved,) = scene.only(EngagementMoved)
    assert {each.obligation for each in moved.obligations} == set(owed) and moved.assumed is None
    posts = turnover(scene.state.history)
    assert posts["partner.lead"].holder is not None and posts["partner.lead"].holder.person == "p3"
    assert posts["team.lead-consultant"].holder is None
    scene.when("submit-deliverable", "team.lead-consultant", "2002-09-03", deliverable="thresholds")
    scene.refused("unknown-role", role="team.lead-consultant")
    scene.when("record-agreement", "council.director", "2002-09-20", until="2004-09-01").accepted()
    assert scene.state.stage == "working"
    scene.when("record-result", "council.director", "2003-09-20", outcome="better").accepted()
    assert scene.state.closed == "over"


def test_what_is_carried_to_another_name_keeps_its_date_and_is_met_by_the_new_rule() -> None:
    scene = on_two().when("move-engagement", on="2002-06-03", **CARRIED).accepted()
    assert scene.owed() == {"sign-agreement-1": "2002-07-26"}, "and no second one for the stage just entered"
    scene.when("record-agreement", "council.director", "2002-07-01", until="2004-09-01").accepted()
    assert scene.state.stage == "working" and list(scene.owed()) == ["first-progress-1"]


def test_an_assumption_carries_it_beyond_a_gate_and_is_said_for_ever() -> None:
    scene = on_two()
    scene.when("move-engagement", on="2002-06-03", **{**CARRIED, "stage": "working"}, assume="It was signed in May.")
    scene.refused("move-to-nothing-owed", to="sign-agreement", owed=["first-progress"])
    let_go = [{"obligation": name, "reason": "No."} for name in ("submit-pip", "meet-council")]
    working = {**NOBODY_ELSE, "stage": "working", "obligations": let_go}
    scene.when("move-engagement", on="2002-06-03", **working)
    scene.refused("move-skips-gate", stage="working", missing=["agreement-recorded"])
    scene.when("move-engagement", on="2002-06-03", **working, assume="It was signed in May.").accepted()
    assert (scene.state.stage, scene.state.assumed) == ("working", True)


# What is refused


REFUSED: Mapping[str, tuple[Mapping[str, Any], str, Mapping[str, Any]]] = {
    "an obligation is lost": (
        {**CARRIED, "obligations": [{"obligation": "submit-pip", "to": "sign-agreement"}]},
        "move-loses-obligation",
        {"lost": ["meet-council 1"]},
    ),
    "an obligation that is not open is mapped": (
        {**CARRIED, "obligations": [*CARRIED["obligations"], {"obligation": "decide", "to": "sign-agreement"}]},
        "obligation-not-open",
        {"obligation": "decide"},
    ),
    "the stage owes nothing of that name": (
        {**CARRIED, "obligations": [{"obligation": "submit-pip", "to": "first-progress"}, CARRIED["obligations"][1]]},
        "move-to-nothing-owed",
        {"to": "first-progress", "stage": "agreeing", "owed": ["sign-agreement"]},
    ),
    "a model is not published": ({**CARRIED, "model": "friendship"}, "model-not-published", {"model": "friendship@1"}),
    "a version is not published": ({**CARRIED, "version": 2}, "model-not-published", {"model": "partnership@2"}),
    "an older version of the same model": (
        {"model": "performance-action-team", "version": 1, "stage": "special-measures", "reason": "-"},
        "move-not-ahead",
        {"now": "performance-action-team@2"},
    ),
    "the very same version": (
        {"model": "performance-action-team", "version": 2, "stage": "special-measures", "reason": "-"},
        "move-not-ahead",
        {"model": "performance-action-team@2"},
    ),
    "a stage that is not there": (
        {**CARRIED, "stage": "dancing"},
        "unknown-stage",
        {"stages": ["agreeing", "working"]},
    ),
    "a model for another service": (
        {**CARRIED, "model": "best-value-intervention"},
        "model-not-for-service",
        {"service": "social-services"},
    ),
    "a newer version, into a stage behind gates that are shut": (
        {
            "model": "performance-action-team",
            "version": 3,
            "stage": "scoping",
            "reason": "-",
            "obligations": [{"obligation": name, "reason": "No."} for name in ("submit-pip", "meet-council")],
        },
        "move-skips-gate",
        {"stage": "scoping", "model": "performance-action-team@3"},
    ),
    "a post that nobody holds": (
        {**CARRIED, "people": [{"post": "council.director", "to": "council.director"}]},
        "move-post-not-held",
        {"post": "council.director"},
    ),
    "a deliverable that nobody promised": (
        {**CARRIED, "deliverables": [{"deliverable": "thresholds", "to": "thresholds"}]},
        "move-deliverable-not-open",
        {"deliverable": "thresholds"},
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    body, rule, details = REFUSED[case]
    scene = on_two().when("move-engagement", on="2002-06-03", **body).refused(rule, **details)
    assert scene.state.model == "performance-action-team@2"


def test_only_the_office_moves_whatever_the_document_says() -> None:
    scene = on_two().when("move-engagement", "department.minister", "2002-06-03", **CARRIED)
    scene.refused("role", command="move-engagement", may=["department.programme-office"])


def test_nothing_is_moved_that_is_over() -> None:
    scene = (
        on_two()
        .when(Do("stop-engagement", "department.programme-office", "2002-06-02", {"reason": "Enough."}))
        .accepted()
    )
    scene.when("move-engagement", on="2002-06-03", **CARRIED).refused("closed", end="stopped")


def test_nothing_is_moved_on_a_day_before_the_stage_it_is_in() -> None:
    scene = newest(scene_in("decision")).when("move-engagement", on="2002-06-01", **NOBODY_ELSE)
    scene.refused("too-early", event="stage-entered")


def test_a_standing_clock_is_not_carried_to_one_that_cannot_be_paused() -> None:
    scene = on_two()
    scene.when("pause-clock", "inspectorate.regional-director", "2002-06-03", obligation="submit-pip", reason="Vote.")
    body = {**CARRIED, "stage": "working", "assume": "It was signed."}
    body["obligations"] = [{"obligation": "submit-pip", "to": "first-progress"}, CARRIED["obligations"][1]]
    scene.accepted().when("move-engagement", on="2002-06-05", **body)
    scene.refused("move-clock-stands", to="first-progress")


def test_an_open_deliverable_is_not_lost_between_models() -> None:
    scene = newest(scene_in("board-cycles"))
    owed = sorted({name for name, _ in scene.state.obligations})
    gone = [{"obligation": name, "reason": "The board is gone."} for name in owed]
    scene.when("move-engagement", on="2002-09-02", **NOBODY_ELSE, obligations=gone)
    scene.refused("move-loses-deliverable", lost=["thresholds"])


def test_a_confidential_model_is_neither_entered_nor_left() -> None:
    scene = on_two()
    scene.when("move-engagement", on="2002-06-03", model="sector-led-help", version=1, stage="challenge", reason="-")
    scene.refused("move-confidential", model="sector-led-help@1")


def test_from_version_to_version_in_every_stage_of_the_team_nothing_owed_is_lost() -> None:
    for stage in ("special-measures", "decision", "scoping", "tender", "mobilisation", "board-cycles", "exit"):
        scene = opened(team(2))
        scene.published = shelf()
        for command in way_to(stage):
            scene.when(command).accepted()
        before = {name.rpartition("-")[0]: due for name, due in scene.owed().items()}
        scene.when("move-engagement", model="performance-action-team", version=3, stage=stage, reason="-").accepted()
        after = {name.rpartition("-")[0]: due for name, due in scene.owed().items()}
        assert {name: after.get(name) for name in before} == before, stage


def test_a_history_with_a_move_is_decided_again_as_it_was() -> None:
    scene = on_two().when("move-engagement", on="2002-06-03", **CARRIED).accepted()
    scene.when("record-agreement", "council.director", "2002-07-01", until="2004-09-01").accepted()
    scene.until("2003-01-01")
    documents = {ref: Published(to.rules.lifecycle, to.sha256) for ref, to in shelf().items()}
    told = decided_again(scene.state.id, scene.moments, documents.get)
    assert [(at, draft) for at, draft in told.log] == list(scene.log)
