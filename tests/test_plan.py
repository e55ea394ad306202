"""The performance improvement plan: its versions, what they hold, how they were judged, and how they are carried out."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.engagement import COMMANDS
from domain.part import Caution, History
from domain.plan import PipJudged, PipReceived, PlanStanding, cautions, plan_standing
from tests.given import Accepted, Do, Refused, Scene, given, seal, sealed_body

OFFICE, OFFICIAL = "department.programme-office", "department.official"
LEAD, CHIEF, REGION = "inspectorate.lead-inspector", "inspectorate.chief-inspector", "inspectorate.regional-director"
DIRECTOR = "council.director"

TARGETS = [
    {"id": "reviews", "text": "Reviews in time.", "by": "2002-12", "outcome": "Children are safer."},
    {"id": "waiting", "text": "No unallocated cases."},
]


def plan(number: int = 1, on: str = "2002-06-20", **more: Any) -> Do:
    return Do("receive-pip", DIRECTOR, on, {"plan": number, **more})


def judged(verdict: str, on: str = "2002-06-24", **more: Any) -> Do:
    return Do("judge-pip", LEAD, on, {"verdict": verdict, **more})


def reviewed(number: int, progress: str, on: str = "2002-07-01", as_: str = LEAD) -> Do:
    return Do("review-pip", as_, on, {"plan": number, "progress": progress})


TURNED_DOWN = judged("not-acceptable", faults=["too-long", "no-outcomes"])
HELP = Do("ask-team-for-pip", CHIEF, "2002-07-01", {"reason": "The council cannot write one."})


ACCEPTED = (
    Accepted(
        "a plan may be no more than received",
        [],
        plan(),
        "pip-received",
        {"plan": 1, "pages": None, "owner": None, "targets": (), "targets_counted": None, "other_plans": None},
    ),
    Accepted(
        "or recorded with its length, its owner and the plans beside it",
        [],
        plan(pages=140, owner=DIRECTOR, targets_counted=83, outcomes_counted=0, other_plans=11),
        "pip-received",
        {"pages": 140, "owner": DIRECTOR, "targets_counted": 83, "outcomes_counted": 0, "other_plans": 11},
    ),
    Accepted("some targets may be listed of more", [], plan(targets=TARGETS, targets_counted=83), "pip-received"),
    Accepted(
        "a plan is turned down for its faults",
        [plan()],
        TURNED_DOWN,
        "pip-judged",
        {"plan": 1, "verdict": "not-acceptable", "faults": ("too-long", "no-outcomes")},
    ),
    Accepted(
        "and the next one too",
        [plan(), TURNED_DOWN, plan(2, "2002-07-10")],
        judged("not-acceptable", "2002-07-15", reason="Still too long."),
        "pip-judged",
        {"plan": 2},
    ),
    Accepted(
        "a team is asked to help where no plan comes",
        [],
        HELP,
        "pip-help-asked",
        {"reason": seal("The council cannot write one.")},
    ),
    Accepted("or where one was received and not judged", [plan()], HELP, "pip-help-asked"),
    Accepted("or where it was turned down", [plan(), TURNED_DOWN], HELP, "pip-help-asked"),
    Accepted(
        "a plan is reviewed before it is judged",
        [plan()],
        reviewed(1, "on-course", as_=REGION),
        "pip-reviewed",
        {"plan": 1, "progress": "on-course", "note": None},
    ),
    Accepted(
        "and an earlier version, as it was carried out",
        [plan(), plan(2, "2002-07-10")],
        reviewed(1, "stalled"),
        "pip-reviewed",
        {"plan": 1, "progress": "stalled"},
    ),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_accepted(case: Accepted) -> None:
    scene = given("special-measures", *case.given).when(case.when).accepted()
    (event,) = (event for event in scene.events if event.type == case.event)
    said = event.model_dump()
    assert {**said, **case.fields} == said


def test_a_plan_holds_its_targets_with_their_dates_and_outcomes() -> None:
    scene = given("special-measures", plan(targets=TARGETS))
    (received,) = scene.state.history.all(PipReceived)
    first, second = received.event.targets
    assert (first.id, str(first.by), first.outcome) == ("reviews", "2002-12", seal("Children are safer."))
    assert (second.text, second.by, second.outcome) == (seal("No unallocated cases."), None, None)
    assert PipReceived.read(received.event.model_dump(mode="json")) == received.event


REFUSED = (
    Refused(
        "a target's id stands once in a plan",
        [],
        plan(targets=[TARGETS[0], TARGETS[0]]),
        "named-twice",
        {"field": "targets", "id": "reviews"},
    ),
    Refused(
        "a plan has no fewer targets than are listed",
        [],
        plan(targets=TARGETS, targets_counted=1),
        "fewer-than-listed",
        {"what": "targets", "counted": 1, "listed": 2},
    ),
    Refused(
        "nor fewer outcomes",
        [],
        plan(targets=TARGETS, outcomes_counted=0),
        "fewer-than-listed",
        {"what": "outcomes", "counted": 0, "listed": 1},
    ),
    Refused(
        "versions of a plan come in order",
        [plan()],
        plan(3),
        "version-out-of-order",
        {"given": 3, "expected": 2},
    ),
    Refused(
        "a team is asked for a reason",
        [],
        Do("ask-team-for-pip", CHIEF, "2002-07-01"),
        "reason-needed",
        {"command": "ask-team-for-pip"},
    ),
    Refused(
        "a plan that nobody received is not reviewed",
        [plan()],
        reviewed(2, "on-course"),
        "no-such-plan",
        {"plan": 2, "plans": [1]},
    ),
    Refused(
        "nor is one before it was received",
        [plan(), plan(2, "2002-07-10")],
        reviewed(2, "on-course", "2002-07-09"),
        "too-early",
        {"event": "pip-received", "on": "2002-07-10"},
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Refused) -> None:
    given("special-measures", *case.given).when(case.when).refused(case.rule, **case.details)


@pytest.mark.parametrize("via", ["command-line", "case-file"])
def test_no_team_is_asked_to_write_a_plan_that_is_acceptable(via: str) -> None:
    scene = given("monitoring").when("ask-team-for-pip", CHIEF, via=via, reason="Again.")
    scene.refused("plan-acceptable", plan=1)
    scene.when("receive-pip", DIRECTOR, plan=2).when("ask-team-for-pip", CHIEF, reason="The new one.").accepted()


def test_a_case_file_says_that_a_team_was_asked_though_not_why() -> None:
    given().when("ask-team-for-pip", CHIEF, via="case-file").accepted()


@pytest.mark.parametrize(
    "body",
    [
        {"pages": 0},
        {"owner": "the director"},
        {"other_plans": -1},
        {"targets_counted": -1},
        {"targets": [{"id": "No Slug"}]},
        {"targets": [{"text": "No id."}]},
    ],
    ids=["a page at least", "an owner is a role", "no fewer than none", "nor of targets", "a slug", "an id"],
)
def test_a_plan_that_does_not_fit_is_never_a_command(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS["receive-pip"].model_validate(sealed_body(COMMANDS["receive-pip"], body))


def test_a_plan_stored_by_an_earlier_release_still_reads() -> None:
    old = PipReceived.read({"plan": 1, "note": None})
    assert (old.targets, old.targets_counted, old.other_plans) == ((), None, None)


# How it stands


def standing(*done: Do) -> PlanStanding:
    return plan_standing(given("special-measures", *done).state.history)


def test_without_a_plan_there_is_nothing_to_say_of_it() -> None:
    assert plan_standing(History()) == PlanStanding()
    none = PlanStanding()
    assert (none.plan, none.verdict, none.faults, none.targets, none.outcomes, none.other_plans) == (
        None,
        None,
        (),
        None,
        None,
        None,
    )


def test_the_plan_stands_as_its_latest_version_and_what_was_said_of_that() -> None:
    first = standing(plan(other_plans=11), TURNED_DOWN, reviewed(1, "slipping"))
    assert (first.plan, first.verdict, first.faults, first.other_plans, first.versions) == (
        1,
        "not-acceptable",
        ("too-long", "no-outcomes"),
        11,
        1,
    )
    assert first.reviewed is not None
    second = standing(plan(other_plans=11), TURNED_DOWN, reviewed(1, "slipping"), plan(2, "2002-07-10"))
    assert (second.plan, second.verdict, second.faults, second.other_plans, second.versions) == (2, None, (), None, 2)
    assert second.reviewed is None and second.help_asked is None


def test_whoever_asked_a_team_for_help_is_remembered_with_and_without_a_plan() -> None:
    asked = standing(HELP).help_asked
    assert asked is not None and str(asked.decided_by) == CHIEF
    assert standing(plan(), TURNED_DOWN, HELP).help_asked is not None


@pytest.mark.parametrize(
    ("body", "targets", "outcomes"),
    [
        ({}, None, None),
        ({"targets_counted": 0}, 0, None),
        ({"targets_counted": 83, "outcomes_counted": 0}, 83, 0),
        ({"targets": TARGETS}, 2, 1),
        ({"targets": TARGETS[1:]}, 1, 0),
        ({"targets": TARGETS[1:], "targets_counted": 83}, 83, None),
        ({"targets": TARGETS, "targets_counted": 83, "outcomes_counted": 12}, 83, 12),
    ],
    ids=[
        "nothing is known",
        "it is known that there are none",
        "only counts are known",
        "a full list counts itself",
        "a full list without an outcome",
        "outcomes of those not listed are not known",
        "counts go before the list",
    ],
)
def test_targets_and_outcomes_are_counted_as_far_as_they_are_known(
    body: dict[str, Any], targets: int | None, outcomes: int | None
) -> None:
    stands = standing(plan(**body))
    assert (stands.targets, stands.outcomes) == (targets, outcomes)


def test_a_corrected_judgement_reads_as_corrected_and_a_withdrawn_one_was_never_made() -> None:
    scene = given("special-measures", plan(), TURNED_DOWN)
    (wrong,) = scene.state.history.all(PipJudged)
    corrected = scene.copy().when("correct-event", LEAD, version=wrong.version, changes={"faults": []}, reason="Slip.")
    assert plan_standing(corrected.state.history).faults == ()
    scene.when("withdraw-event", LEAD, version=wrong.version, reason="Not yet.").accepted()
    assert plan_standing(scene.state.history).verdict is None
    scene.when(TURNED_DOWN).accepted()


def test_when_a_version_is_withdrawn_the_one_before_stands_again_as_it_was_judged() -> None:
    scene = given("special-measures", plan(), TURNED_DOWN, plan(2, "2002-07-10"))
    scene.when(judged("not-acceptable", "2002-07-15", faults=["unrealistic"])).accepted()
    scene.when(reviewed(2, "stalled", "2002-07-15")).accepted()
    wrong = scene.state.history.last(PipReceived)
    assert wrong is not None
    scene.when("withdraw-event", LEAD, version=wrong.version, reason="A draft.").accepted()
    stands = plan_standing(scene.state.history)
    assert (stands.plan, stands.faults, stands.versions) == (1, ("too-long", "no-outcomes"), 1)
    scene.when(judged("acceptable", "2002-07-16")).refused("judged-already", plan=1, verdict="not-acceptable")
    scene.when(plan(2, "2002-07-20")).accepted()
    stands = plan_standing(scene.state.history)
    assert (stands.verdict, stands.reviewed) == (None, None)


def test_the_plan_goes_on_in_a_further_phase() -> None:
    scene = given("exit").when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    stands = plan_standing(scene.state.history)
    assert (stands.plan, stands.verdict) == (1, "acceptable")
    scene.when("review-pip", LEAD, plan=1, progress="stalled").accepted()
    scene.when("receive-pip", DIRECTOR, plan=2).when("judge-pip", LEAD, verdict="acceptable").accepted()
    assert plan_standing(scene.state.history).versions == 2


# Cautions


def rules(scene: Scene) -> list[str]:
    return [caution.rule for caution in cautions(scene.state.history)]


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ([], []),
        ([plan()], []),
        ([plan(targets=TARGETS, other_plans=0)], []),
        ([plan(targets_counted=0)], [Caution("plan-without-targets", {"plan": 1})]),
        ([plan(outcomes_counted=0)], [Caution("plan-without-outcomes", {"plan": 1})]),
        ([plan(targets=TARGETS[1:])], [Caution("plan-without-outcomes", {"plan": 1})]),
        ([plan(other_plans=11)], [Caution("other-plans-in-force", {"plan": 1, "plans": 11})]),
        (
            [plan(), TURNED_DOWN],
            [Caution("plan-not-acceptable", {"plan": 1, "faults": ["too-long", "no-outcomes"]})],
        ),
        ([plan(targets_counted=0, other_plans=3), TURNED_DOWN, plan(2, "2002-07-10")], []),
        ([plan(), reviewed(1, "on-course")], []),
        ([plan(), reviewed(1, "slipping")], [Caution("plan-off-course", {"plan": 1, "progress": "slipping"})]),
        ([plan(), reviewed(1, "stalled")], [Caution("plan-off-course", {"plan": 1, "progress": "stalled"})]),
        ([plan(), reviewed(1, "stalled"), reviewed(1, "on-course", "2002-07-08")], []),
        ([plan(), plan(2, "2002-07-10"), reviewed(1, "stalled", "2002-07-11")], []),
    ],
    ids=[
        "nothing was received",
        "silence is no fault",
        "a plan with targets and outcomes, and no other",
        "no targets",
        "no outcomes",
        "listed targets without an outcome",
        "other plans in force",
        "turned down and nothing newer",
        "a newer version starts afresh",
        "on course",
        "slipping",
        "stalled",
        "back on course",
        "an earlier version that stalled",
    ],
)
def test_what_is_wrong_with_the_latest_version_is_a_caution(done: list[Do], expected: list[Caution]) -> None:
    scene = given("special-measures", *done)
    assert list(cautions(scene.state.history)) == expected


def test_an_acceptable_plan_may_still_come_to_nothing() -> None:
    scene = given("board-cycles")
    assert rules(scene) == []
    scene.when("review-pip", DIRECTOR, plan=1, progress="stalled", note="No one to do it.").then("pip-reviewed")
    assert rules(scene) == ["plan-off-course"]
