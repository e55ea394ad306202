"""Conditions for engagement: assessed, compared over time, and what follows where nobody is there to engage with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from domain import engagement as an_engagement
from domain.conditions import (
    CONDITIONS,
    ConditionsAssessed,
    IngredientsAssessed,
    answers,
    compare,
    ingredients,
    intervention,
    known,
    missing_management,
    outlook,
    waiting,
)
from domain.dates import When
from domain.engagement import COMMANDS
from domain.vocabulary import ACTIVITIES_OF
from tests.given import WAY, Do, Scene, given, sealed_body

OFFICE, LEAD, CHIEF = "department.programme-office", "inspectorate.lead-inspector", "inspectorate.chief-inspector"
OFFICIAL, DIRECTOR = "department.official", "council.director"
DECIDE = WAY["decision"][1]


def assess(as_: str = LEAD, on: str | None = None, **holds: str) -> Do:
    """An assessment with evidence: `leadership="no"` speaks of the council, `joint_momentum="yes"` of all."""
    found = [
        {"condition": name.replace("_", ".") if "_" in name else f"council.{name}", "holds": value, "evidence": "Seen."}
        for name, value in holds.items()
    ]
    return Do("assess-conditions", as_, on, {"assessments": found})


def answer(what: str, as_: str = CHIEF, on: str | None = None) -> Do:
    return Do("answer-missing-management", as_, on, {"answer": what, "reason": "No director."})


def did(phase: str, activity: str) -> Do:
    return Do("record-intervention-activity", LEAD, None, {"phase": phase, "activity": activity})


def cautions(scene: Scene) -> dict[str, Mapping[str, Any]]:
    return {found.rule: found.details for found in an_engagement.cautions(scene.state)}


# The lists


def test_there_are_twenty_five_conditions_of_three_parties_and_all_together() -> None:
    counts = Counter(name.partition(".")[0] for name in CONDITIONS)
    assert counts == {"council": 6, "inspectorate": 7, "team": 6, "joint": 6}
    assert len(set(CONDITIONS)) == 25


def test_phases_of_intervention_have_ten_activities_none_of_them_twice() -> None:
    every = [name for names in ACTIVITIES_OF.values() for name in names]
    assert {phase: len(names) for phase, names in ACTIVITIES_OF.items()} == {"denial": 4, "action": 4, "exit": 2}
    assert len(set(every)) == 10


# Commands


@dataclass(frozen=True)
class Case:
    """After these commands, this one: the fields of its event, or the rule that refuses it, with its details."""

    case: str
    when: Do
    given: Sequence[Do] = ()
    event: Mapping[str, Any] = field(default_factory=dict)
    rule: str = ""
    via: str = "command-line"


ACCEPTED = (
    Case("the first round", assess(leadership="no"), event={"round": 1}),
    Case("rounds count up", assess(leadership="no"), [assess(leadership="yes")], event={"round": 2}),
    Case("whoever assesses", assess(leadership="no"), [assess(DIRECTOR, leadership="yes")], event={"round": 2}),
    Case(
        "a source may name no evidence",
        Do("assess-conditions", LEAD, None, {"assessments": [{"condition": "team.basics", "holds": "no"}]}),
        event={"round": 1},
        via="case-file",
    ),
    Case(
        "all ingredients bring success, as printed",
        Do(
            "assess-ingredients",
            LEAD,
            None,
            {"present": ["rewards", "pressure", "vision", "people", "first-steps"], "evidence": "Seen."},
        ),
        event={"missing": (), "predicted": "success", "assumed": False},
    ),
    Case(
        "one is missing, and what comes of it is assumed",
        Do(
            "assess-ingredients",
            LEAD,
            None,
            {"present": ["pressure", "vision", "first-steps", "rewards"], "evidence": "Seen."},
        ),
        event={"missing": ("people",), "predicted": "disengagement-1", "assumed": True},
    ),
    Case(
        "several are missing, and no row speaks of that",
        Do("assess-ingredients", LEAD, None, {"present": ["pressure"]}),
        event={"missing": ("vision", "people", "first-steps", "rewards"), "predicted": None, "assumed": False},
        via="import",
    ),
    Case("an activity of its phase", did("denial", "threat"), event={"phase": "denial", "activity": "threat"}),
    Case("a word about management", answer("wait"), event={"answer": "wait"}),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_accepted(case: Case) -> None:
    scene = given("decision", *case.given).when(case.when, via=case.via).accepted()
    said = scene.events[0].model_dump()
    assert {name: said[name] for name in case.event} == case.event


REFUSED = (
    Case(
        "a condition stands once in a round",
        Do(
            "assess-conditions",
            LEAD,
            None,
            {"assessments": [{"condition": "joint.momentum", "holds": h, "evidence": "?"} for h in ("yes", "no")]},
        ),
        rule="named-twice",
        event={"field": "assessments", "id": "joint.momentum"},
    ),
    Case(
        "so it is in a case file",
        Do(
            "assess-conditions",
            LEAD,
            None,
            {"assessments": [{"condition": "joint.momentum", "holds": h} for h in ("yes", "no")]},
        ),
        rule="named-twice",
        via="case-file",
    ),
    Case(
        "each condition has its evidence",
        Do(
            "assess-conditions",
            LEAD,
            None,
            {
                "assessments": [
                    {"condition": "joint.momentum", "holds": "yes", "evidence": "Boards met."},
                    {"condition": "team.basics", "holds": "no"},
                ]
            },
        ),
        rule="evidence-missing",
        event={"missing": ["team.basics"]},
    ),
    Case(
        "an ingredient stands once",
        Do("assess-ingredients", LEAD, None, {"present": ["vision", "vision"], "evidence": "?"}),
        rule="named-twice",
        event={"field": "present", "id": "vision"},
    ),
    Case(
        "ingredients have evidence",
        Do("assess-ingredients", LEAD, None, {"present": ["vision"]}),
        rule="evidence-needed",
        event={"command": "assess-ingredients"},
    ),
    Case(
        "an activity belongs to its phase",
        did("action", "threat"),
        rule="not-of-phase",
        event={
            "phase": "action",
            "activity": "threat",
            "activities": ["impetus", "external-solutions", "targets", "capacity"],
        },
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Case) -> None:
    given("decision", *case.given).when(case.when, via=case.via).refused(case.rule, **case.event)


FITS_NOT: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("a round assesses something", "assess-conditions", {"assessments": []}),
    (
        "a condition is one of the list",
        "assess-conditions",
        {"assessments": [{"condition": "council.luck", "holds": "yes"}]},
    ),
    (
        "it holds, in part or not",
        "assess-conditions",
        {"assessments": [{"condition": "team.basics", "holds": "perhaps"}]},
    ),
    ("an ingredient is one of five", "assess-ingredients", {"present": ["money"]}),
    ("an answer is one of four", "answer-missing-management", {"answer": "hope", "reason": "?"}),
    ("an answer has a reason", "answer-missing-management", {"answer": "wait"}),
)


@pytest.mark.parametrize(("command", "body"), [case[1:] for case in FITS_NOT], ids=[case[0] for case in FITS_NOT])
def test_a_body_that_does_not_fit_is_never_a_command(command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


# Compared over time


def test_nothing_assessed_is_shown_as_twenty_five_conditions_not_assessed() -> None:
    assert compare(given().state.history).not_assessed == CONDITIONS


def test_readings_are_compared_with_the_same_partys_reading_before() -> None:
    scene = given(
        "decision",
        assess(LEAD, "2002-06-25", leadership="no", workforce="partly"),
        assess(DIRECTOR, "2002-06-25", leadership="yes"),
        assess(CHIEF, "2002-06-26", leadership="partly", workforce="partly"),
        assess(DIRECTOR, "2002-06-27", leadership="no"),
    )
    found = compare(scene.state.history)
    assert [(r.round, r.party, r.holds, r.change) for r in found.readings["council.leadership"]] == [
        (1, "inspectorate", "no", None),
        (2, "council", "yes", None),
        (3, "inspectorate", "partly", "better"),
        (4, "council", "no", "worse"),
    ]
    assert [r.change for r in found.readings["council.workforce"]] == [None, "same"]
    assert [str(r.day) for r in found.readings["council.workforce"]] == ["2002-06-25", "2002-06-26"]
    versions = [entry.version for entry in scene.state.history.all(ConditionsAssessed)]
    assert [r.version for r in found.readings["council.leadership"]] == versions
    assert len(found.not_assessed) == 23 and "council.workforce" not in found.not_assessed


def test_each_partys_view_is_kept_apart() -> None:
    scene = given("decision", assess(LEAD, leadership="no", workforce="no"), assess(DIRECTOR, leadership="yes"))
    found = compare(scene.state.history)
    assert {name: reading.holds for name, reading in found.by("council").latest().items()} == {
        "council.leadership": "yes"
    }
    assert found.by("inspectorate").latest()["council.leadership"].holds == "no"
    assert "council.workforce" in found.by("council").not_assessed
    assert found.by("team").not_assessed == CONDITIONS


def test_a_corrected_assessment_reads_as_corrected_and_so_does_what_came_after() -> None:
    scene = given("decision", assess(workforce="yes"), assess(workforce="partly"))
    first = scene.state.history.all(ConditionsAssessed)[0]
    right = [{"condition": "council.workforce", "holds": "no"}]
    scene.when(
        "correct-event", LEAD, version=first.version, changes={"assessments": right}, reason="Misread."
    ).accepted()
    readings = compare(scene.state.history).readings["council.workforce"]
    assert [(r.holds, r.change) for r in readings] == [("no", None), ("partly", "better")]


def test_a_withdrawn_round_is_compared_with_no_more() -> None:
    scene = given("decision", assess(workforce="yes"), assess(workforce="no"), assess(workforce="yes"))
    second = scene.state.history.all(ConditionsAssessed)[1]
    scene.when("withdraw-event", LEAD, version=second.version, reason="Another council.").accepted()
    readings = compare(scene.state.history).readings["council.workforce"]
    assert [(r.round, r.change) for r in readings] == [(1, None), (3, "same")]
    scene.when(assess(workforce="yes")).accepted()
    assert [r.round for r in compare(scene.state.history).readings["council.workforce"]] == [1, 3, 4]


def test_the_comparison_goes_on_through_a_further_phase_and_what_is_known_starts_afresh() -> None:
    scene = given("exit", assess(leadership="no"))
    assert known(scene.state.history, When.parse("2003-03-07")) is not None
    scene.when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    assert known(scene.state.history, When.parse("2003-03-07")) is None
    assert missing_management(scene.state.history) == ()
    scene.when(assess(leadership="yes")).accepted()
    assert [r.change for r in compare(scene.state.history).readings["council.leadership"]] == [None, "better"]


def test_an_assessment_made_later_was_not_known_before() -> None:
    scene = given("decision", assess(LEAD, "2002-06-25", leadership="no"), assess(LEAD, "2002-06-28", leadership="yes"))
    first, second = scene.state.history.all(ConditionsAssessed)
    on = [known(scene.state.history, When.parse(day)) for day in ("2002-06-24", "2002-06-27", "2002-06-28", "2002-06")]
    assert on == [None, first, second, second]


# Ingredients and phases of intervention


@pytest.mark.parametrize(
    ("missing", "predicted"),
    [
        ("pressure", "evaporation"),
        ("vision", "frustration"),
        ("people", "disengagement-1"),
        ("first-steps", "disengagement-2"),
        ("rewards", "disinterest"),
    ],
)
def test_each_missing_ingredient_has_its_row_in_printed_order(missing: str, predicted: str) -> None:
    found = outlook([name for name in outlook(()).missing if name != missing])
    assert (found.missing, found.predicted, found.assumed) == ((missing,), predicted, True)


def test_a_corrected_list_of_ingredients_predicts_anew() -> None:
    body = {"present": ["pressure", "vision", "people", "first-steps"], "evidence": "Seen."}
    scene = given("decision", Do("assess-ingredients", LEAD, None, body))
    last = scene.state.history.last(IngredientsAssessed)
    now = ingredients(scene.state.history)
    assert last is not None and now is not None and now.predicted == "disinterest"
    right = {"present": [*body["present"], "rewards"]}
    scene.when("correct-event", LEAD, version=last.version, changes=right, reason="Overlooked.").accepted()
    now = ingredients(scene.state.history)
    assert now is not None and (now.missing, now.predicted, now.assumed) == ((), "success", False)


def test_without_an_assessment_nothing_is_predicted_and_no_phase_is_known() -> None:
    history = given("decision").state.history
    assert ingredients(history) is None and intervention(history) is None


def test_the_phase_of_intervention_is_that_of_the_latest_activity() -> None:
    scene = given("decision", did("denial", "challenge"), did("action", "targets"), did("denial", "persuasion"))
    now = intervention(scene.state.history)
    assert now is not None and now.phase == "denial"
    assert [entry.event.activity for entry in now.done] == ["challenge", "persuasion"]
    assert now.open == ("compulsion", "threat")
    scene.when("withdraw-event", LEAD, version=now.done[-1].version, reason="It never took place.").accepted()
    now = intervention(scene.state.history)
    assert now is not None and (now.phase, now.open) == ("action", ("impetus", "external-solutions", "capacity"))


# No stable management


@pytest.mark.parametrize("condition", ["leadership", "workforce"])
def test_conditions_alone_stop_nobody(condition: str) -> None:
    scene = given("decision", assess(**{condition: "no"}))
    assert cautions(scene)["no-stable-management"] == {"conditions": [f"council.{condition}"]}
    scene.when(DECIDE).accepted()
    assert scene.state.stage == "scoping"
    assert "no-stable-management" in cautions(scene)


@pytest.mark.parametrize(
    "assessed",
    [
        [assess(leadership="partly", workforce="partly")],
        [assess(resources="no", willingness="no")],
        [assess(DIRECTOR, leadership="no")],
        [assess(leadership="no"), assess(CHIEF, leadership="yes")],
        [],
    ],
    ids=["in part", "other conditions", "the council's own view", "better since", "not assessed"],
)
def test_management_is_missing_where_the_inspectorate_lately_says_so(assessed: Sequence[Do]) -> None:
    assert "no-stable-management" not in cautions(given("decision", *assessed))


def test_a_later_round_that_leaves_management_out_does_not_bring_it_back() -> None:
    scene = given("decision", assess(leadership="no", workforce="no"), assess(workforce="yes", joint_momentum="no"))
    assert [reading.condition for reading in missing_management(scene.state.history)] == ["council.leadership"]


@pytest.mark.parametrize("said", ["wait", "narrow-scope", "interim-managers", "go-ahead"])
def test_any_word_answers_what_was_found_missing(said: str) -> None:
    assert "no-stable-management" not in cautions(given("decision", assess(leadership="no"), answer(said)))


def test_a_word_to_go_ahead_does_not_answer_what_is_found_later() -> None:
    scene = given("decision", answer("wait"), answer("go-ahead"), assess(leadership="no"))
    assert "no-stable-management" in cautions(scene)
    assert "no-stable-management" not in cautions(scene.when(answer("go-ahead")))


@pytest.mark.parametrize("said", ["go-ahead", "narrow-scope", "interim-managers"])
def test_a_word_to_wait_holds_up_a_decision_to_engage_until_another_word(said: str) -> None:
    scene = given("decision", answer("wait", CHIEF, "2002-06-25"))
    assert cautions(scene)["waiting-for-management"] == {"role": CHIEF, "on": "2002-06-25"}
    scene.when(DECIDE).refused("told-to-wait", role=CHIEF, on="2002-06-25")
    scene.when(answer(said, OFFICIAL)).accepted()
    assert waiting(scene.state.history) is None and "waiting-for-management" not in cautions(scene)
    assert scene.when(DECIDE).accepted().state.stage == "scoping"


@pytest.mark.parametrize("outcome", ["monitor-only", "statutory-intervention"])
def test_a_word_to_wait_holds_up_no_other_decision(outcome: str) -> None:
    given("decision", answer("wait")).when(DECIDE, outcome=outcome).accepted()


def test_a_withdrawn_word_to_wait_holds_up_nothing() -> None:
    scene = given("decision", answer("wait"))
    said = waiting(scene.state.history)
    assert said is not None
    scene.when("withdraw-event", OFFICE, version=said.version, reason="Misheard.").accepted()
    scene.when(DECIDE).accepted()


def test_what_was_decided_before_the_word_to_wait_is_recorded_late() -> None:
    scene = given("decision", answer("wait", CHIEF, "2002-06-27"))
    scene.copy().when(DECIDE, on="2002-06-27").refused("told-to-wait")
    scene.copy().when(DECIDE, on="2002-06").refused("told-to-wait")
    scene.when(DECIDE, on="2002-06-26").accepted()


@pytest.mark.parametrize("via", ["case-file", "import"])
def test_what_a_source_tells_as_decided_was_decided_and_the_wait_stays_visible(via: str) -> None:
    scene = given("decision", answer("wait")).when(DECIDE, via=via).accepted()
    assert "waiting-for-management" in cautions(scene)


def test_the_scope_is_to_be_narrowed_until_one_was_drafted_since() -> None:
    scene = given("scoping", WAY["scoping"][0], answer("narrow-scope", OFFICIAL, "2002-07-03"))
    assert cautions(scene)["scope-to-be-narrowed"] == {"role": OFFICIAL, "on": "2002-07-03"}
    assert "scope-to-be-narrowed" not in cautions(scene.when(WAY["scoping"][0], on="2002-07-04").accepted())


def test_interim_managers_are_wanted_until_the_award_whatever_else_is_said() -> None:
    scene = given("tender", answer("interim-managers", CHIEF, "2002-07-09"), answer("narrow-scope"))
    assert cautions(scene)["interim-managers-wanted"] == {"role": CHIEF, "on": "2002-07-09"}
    assert "scope-to-be-narrowed" in cautions(scene)
    for command in WAY["tender"]:
        scene.when(command).accepted()
    assert "interim-managers-wanted" not in cautions(scene)


def test_a_word_to_go_ahead_takes_back_what_was_asked_for() -> None:
    scene = given("decision", answer("interim-managers"), answer("narrow-scope"), answer("go-ahead"))
    assert [entry.event.answer for entry in answers(scene.state.history)] == ["go-ahead"]
    assert {"scope-to-be-narrowed", "interim-managers-wanted"} & set(cautions(scene)) == set()


def test_a_word_of_an_earlier_phase_does_not_count_in_the_next() -> None:
    scene = given("exit", answer("wait")).when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    assert answers(scene.state.history) == () and "waiting-for-management" not in cautions(scene)
    scene.when(DECIDE, on=None, at=scene.at).accepted()


# What is owed


def test_the_lead_inspector_owes_an_assessment_before_the_decision_and_it_gates_nothing() -> None:
    scene = given("decision")
    assert "assess-conditions-1" in scene.owed()
    assert scene.when(DECIDE).accepted().state.stage == "scoping"


def test_the_councils_own_view_does_not_stand_for_it() -> None:
    scene = given("decision", assess(DIRECTOR, leadership="yes"))
    assert "assess-conditions-1" in scene.owed()
    scene.when(assess(LEAD, leadership="yes")).accepted()
    assert "assess-conditions-1" not in scene.owed()


def test_an_assessment_during_special_measures_is_owed_no_more() -> None:
    scene = given("special-measures", assess(LEAD, "2002-06-10", leadership="yes"))
    for command in WAY["special-measures"]:
        scene.when(command).accepted()
    assert scene.state.stage == "decision" and "assess-conditions-1" not in scene.owed()
