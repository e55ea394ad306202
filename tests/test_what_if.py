"""The recorded commands of an engagement, decided again: event for event as it was, or otherwise under another document."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.lifecycle import Lifecycle
from domain.what_if import Documents, Published, decided_again, refusals_recorded, retold_side
from tests.drawn import Walk, beginning
from tests.given import STAGES, WAY, Scene, play, rules_from, shipped, shipped_case, text_of
from tests.given import given as scene_in

PLAN_DUE = "due: {working_days: 40, after: stage-entered"
CASES = ("haringey", "swindon", "coventry", "birmingham", "north-east-lincolnshire")


def shelf(*lifecycles: Lifecycle) -> Documents:
    """These documents, as if they were published."""
    held = {each.ref: Published(each, "0" * 64) for each in lifecycles}
    return held.get


def team(version: int) -> Lifecycle:
    """A version of the team model as it was shipped."""
    return rules_from(text_of("lifecycles", f"performance-action-team-{version}.yaml")).lifecycle


def check_reproduced(scene: Scene) -> None:
    """Decide everything again, and find every event, moment and refusal as it was."""
    told = decided_again(scene.state.id, scene.moments, shelf(scene.rules.lifecycle))
    assert [(at, draft.model_dump()) for at, draft in told.log] == [(at, d.model_dump()) for at, d in scene.log]
    assert told.state == scene.state
    assert [(given.id, refusal) for given, refusal in told.refused] == list(refusals_recorded(scene.moments))
    assert all(now == then for then, now in told.versions.items())


@pytest.mark.parametrize("name", CASES)
def test_a_case_decided_again_under_its_own_document_is_what_it_was(name: str) -> None:
    world = play(shipped_case(name), live=True)
    assert world.engagements
    for scene in world.engagements.values():
        check_reproduced(scene)


@settings(max_examples=30, deadline=None, database=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
@given(stage=st.sampled_from(STAGES), seeds=st.lists(st.integers(0, 2**32), max_size=25))
def test_whatever_anybody_asked_comes_out_the_same_when_decided_again(stage: str, seeds: Sequence[int]) -> None:
    walk = Walk(beginning(stage))
    for seed in seeds:
        walk.wait(seed)
        walk.give()
    for scene in walk.world.engagements.values():
        check_reproduced(scene)


def test_a_reminder_that_came_late_comes_late_again() -> None:
    scene = scene_in().until("2003-01-01")
    assert any(drafted.body.get("late") for _, drafted in scene.log)
    check_reproduced(scene)


# Under another document


def harder() -> Lifecycle:
    """The newest team model with half the time for the plan, in which the council's director may not hand it in."""
    text = text_of("lifecycles", f"performance-action-team-{shipped().lifecycle.version}.yaml")
    for old, new in ((PLAN_DUE, PLAN_DUE.replace("40", "10")), ("version: 3", "version: 4")):
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return rules_from(text).lifecycle


def test_a_shorter_time_moves_the_date_and_is_missed() -> None:
    scene = scene_in("decision")
    other = harder()
    told = decided_again(scene.state.id, scene.moments, shelf(other), instead=other.ref, until=scene.at)
    found = retold_side(told)
    plan = next(due for due in found.owed if due.obligation == "submit-pip")
    assert (plan.due_on, plan.missed) == ("2002-06-14", True)
    assert [stay.stage for stay in found.stages] == ["special-measures", "decision"]
    assert told.state.model == other.ref and scene.state.model != other.ref
    own = decided_again(scene.state.id, scene.moments, shelf(scene.rules.lifecycle), instead=scene.rules.lifecycle.ref)
    assert [due.obligation for due in retold_side(own).missed] == ["meet-council"], "the plan was in time there"


def test_what_another_model_does_not_have_is_refused_by_its_rule() -> None:
    scene = scene_in("decision")
    other = rules_from((Path(__file__).parent / "models" / "partnership-1.yaml").read_text(encoding="utf-8")).lifecycle
    told = decided_again(scene.state.id, scene.moments, shelf(other), instead=other.ref, until=scene.at)
    assert [refusal.rule for _, refusal in told.refused] == ["role", "unknown-role"]
    assert [stay.stage for stay in retold_side(told).stages] == ["agreeing"]


def test_a_correction_finds_its_event_where_that_stands_under_the_other_document() -> None:
    """The reminder that comes earlier there makes every later version another."""
    scene = scene_in()
    scene.until("2002-06-10").when(WAY["special-measures"][0]).accepted()
    (handed_in,) = [entry.version for entry in scene.entries() if entry.event.type == "pip-received"]
    scene.when(
        "correct-event", "department.programme-office", version=handed_in, occurred="2002-06-19", reason="-"
    ).accepted()
    other = harder()
    told = decided_again(scene.state.id, scene.moments, shelf(other), instead=other.ref, until=scene.at)
    assert not told.refused
    (entry,) = [e for e in told.state.history.entries if e.event.type == "pip-received"]
    assert entry.version != handed_in and str(entry.occurred) == "2002-06-19"


def test_a_correction_of_what_is_refused_there_is_refused_too() -> None:
    scene = scene_in("decision")
    (handed_in,) = [entry.version for entry in scene.entries() if entry.event.type == "pip-received"]
    scene.when(
        "correct-event", "department.programme-office", version=handed_in, occurred="2002-06-19", reason="-"
    ).accepted()
    other = rules_from((Path(__file__).parent / "models" / "partnership-1.yaml").read_text(encoding="utf-8")).lifecycle
    told = decided_again(scene.state.id, scene.moments, shelf(other), instead=other.ref, until=scene.at)
    assert [refusal.rule for _, refusal in told.refused] == ["role", "unknown-role", "nothing-to-correct"]
