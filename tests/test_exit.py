"""Exit and follow-up: evaluated apart, signed off with what was not met, and where the case goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from domain.dates import When
from domain.engagement import COMMANDS
from domain.exit import (
    ContributionEvaluated,
    DeliverablesEvaluated,
    ExitSignedOff,
    FurtherPhaseStarted,
    ImprovementEvaluated,
    ReviewRecorded,
    cautions,
    promised,
    standing,
)
from domain.part import Event
from domain.vocabulary import Contribution
from tests.given import WAY, Do, Scene, given, seal, sealed_body

OFFICE, LEAD, CHIEF = "department.programme-office", "inspectorate.lead-inspector", "inspectorate.chief-inspector"
OFFICIAL, BOARD = "department.official", "board.board"

STAR = Do("note-rating", CHIEF, None, {"rating": 2, "stars": 1})


def evaluate(met: Sequence[str] = (), unmet: Sequence[str] = ()) -> Do:
    """The way's contract promises the deliverable thresholds and the outcome seen-in-time."""
    return Do("evaluate-deliverables", LEAD, None, {"met": list(met), "unmet": list(unmet)})


def sign_off(on: str | None = None, **body: Any) -> Do:
    return Do("sign-off-exit", BOARD, on, body)


def next_step(step: str, **body: str) -> Do:
    return Do("record-next-step", OFFICIAL, None, {"next": step, **body})


UNMET = evaluate(["thresholds"], ["seen-in-time"])
IMPACT = Do("evaluate-impact", LEAD, None, {"impact": ["people.morale"]})
REST = (
    Do("evaluate-contribution", LEAD, None, {"credited": ["crisis"]}),
    Do("evaluate-improvement", LEAD, None, {"improved": "no"}),
    IMPACT,
)


@dataclass(frozen=True)
class Accepted:
    """A case: in a stage, after these commands, this command brings this event."""

    case: str
    given: Sequence[Do]
    when: Do
    then: Event
    stage: str = "exit"


ACCEPTED = (
    Accepted(
        "promises of contract and PID are evaluated one by one",
        [],
        UNMET,
        DeliverablesEvaluated(met=("thresholds",), unmet=("seen-in-time",)),
    ),
    Accepted(
        "the team is credited with what the list has",
        [],
        Do("evaluate-contribution", LEAD, None, {"credited": ["crisis", "ideas"]}),
        ContributionEvaluated(credited=("crisis", "ideas")),
    ),
    Accepted(
        "the council's improvement is evaluated apart",
        [],
        Do("evaluate-improvement", LEAD, None, {"improved": "partly"}),
        ImprovementEvaluated(improved="partly"),
    ),
    Accepted(
        "and again a year later",
        [],
        Do("evaluate-improvement", LEAD, None, {"improved": "yes"}),
        ImprovementEvaluated(improved="yes"),
        "follow-up",
    ),
    Accepted(
        "a sign-off names what was not met",
        [UNMET],
        sign_off(unmet_outcomes=["seen-in-time"]),
        ExitSignedOff(unmet_outcomes=("seen-in-time",)),
    ),
    Accepted(
        "and may name more than was evaluated",
        [],
        sign_off(unmet_outcomes=["thresholds"]),
        ExitSignedOff(unmet_outcomes=("thresholds",)),
    ),
    Accepted(
        "only the latest evaluation counts",
        [UNMET, evaluate(["thresholds", "seen-in-time"])],
        sign_off(inspection=True),
        ExitSignedOff(inspection=True),
    ),
    Accepted(
        "an inspection with a date is an inspection",
        [],
        sign_off("2003-03-07", inspection_on="2003-03"),
        ExitSignedOff(inspection=True, inspection_on=When.parse("2003-03")),
    ),
    Accepted(
        "a further phase may be abridged",
        [],
        Do("start-further-phase", OFFICIAL, None, {"reason": "?", "abridged": True}),
        FurtherPhaseStarted(reason=seal("?"), abridged=True),
    ),
    Accepted(
        "a review finds how the council fares, and what has lasted",
        [],
        Do("record-review", LEAD, None, {"finding": "same", "impact": ["systems.indicators"]}),
        ReviewRecorded(finding="same", impact=("systems.indicators",)),
        "follow-up",
    ),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_accepted(case: Accepted) -> None:
    assert given(case.stage, *case.given).when(case.when).accepted().events[0] == case.then


@dataclass(frozen=True)
class Refused:
    """A case: in a stage, after these commands, this command is refused by this rule with these details."""

    case: str
    given: Sequence[Do]
    when: Do
    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)
    stage: str = "exit"


REFUSED = (
    Refused(
        "nothing is both met and not",
        [],
        evaluate(["thresholds", "seen-in-time"], ["seen-in-time"]),
        "met-and-unmet",
        {"given": ["seen-in-time"]},
    ),
    Refused(
        "nothing is evaluated that nobody promised",
        [],
        evaluate(["thresholds"], ["training", "seen-in-time"]),
        "never-promised",
        {"given": ["training"], "promised": ["thresholds", "seen-in-time"]},
    ),
    Refused("a promise is evaluated once", [], evaluate(["thresholds"] * 2), "named-twice", {"field": "met"}),
    Refused("a promise is not met once", [], evaluate([], ["thresholds"] * 2), "named-twice", {"field": "unmet"}),
    Refused(
        "a credit is given once",
        [],
        Do("evaluate-contribution", LEAD, None, {"credited": ["crisis", "crisis"]}),
        "named-twice",
        {"field": "credited", "id": "crisis"},
    ),
    Refused(
        "what was not met does not go unsaid",
        [UNMET],
        sign_off(inspection=True),
        "unmet-not-named",
        {"missing": ["seen-in-time"]},
    ),
    Refused(
        "all of it is said",
        [evaluate([], ["thresholds", "seen-in-time"])],
        sign_off(unmet_outcomes=["seen-in-time"]),
        "unmet-not-named",
        {"missing": ["thresholds"]},
    ),
    Refused(
        "nothing is unmet that nobody promised",
        [],
        sign_off(unmet_outcomes=["training"]),
        "never-promised",
        {"given": ["training"]},
    ),
    Refused(
        "an exit is not tied to an inspection yet to come",
        [],
        sign_off("2003-03-07", inspection_on="2003-03-08"),
        "inspection-comes-first",
        {"inspection": "2003-03-08", "occurred": "2003-03-07"},
    ),
    Refused("an exit is signed off once", [sign_off()], sign_off(), "signed-off-already"),
    Refused(
        "nobody is off special measures without a star",
        [],
        next_step("off-special-measures"),
        "still-in-special-measures",
    ),
    Refused(
        "nor when the star was lost again",
        [STAR, Do("note-rating", CHIEF, None, {"rating": 3, "stars": 0})],
        next_step("off-special-measures"),
        "still-in-special-measures",
        {},
        "follow-up",
    ),
    Refused(
        "another model needs a reason", [], next_step("other-model"), "reason-needed", {"command": "record-next-step"}
    ),
    Refused("and so does the last sanction", [], next_step("statutory-intervention"), "reason-needed"),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Refused) -> None:
    given(case.stage, *case.given).when(case.when).refused(case.rule, **case.details)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("evaluate-improvement", {}),
        ("evaluate-improvement", {"improved": "perhaps"}),
        ("evaluate-contribution", {"credited": ["luck"]}),
        ("record-review", {"finding": "fine"}),
        ("record-review", {"impact": ["people.luck"]}),
        ("evaluate-deliverables", {"met": ["The Thresholds"]}),
        ("sign-off-exit", {"inspection_on": "soon"}),
    ],
    ids=str,
)
def test_a_body_that_does_not_fit_is_never_a_command(command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


def test_old_bodies_without_the_newer_fields_still_read() -> None:
    for kind in (DeliverablesEvaluated, ContributionEvaluated, ReviewRecorded):
        assert kind.read({"text": None}) == kind()
    assert ExitSignedOff.read({"inspection": True, "unmet": None}) == ExitSignedOff(inspection=True)


def test_the_list_of_contributions_has_the_ten_of_the_source() -> None:
    assert len(get_args(Contribution)) == 10


def test_history_from_a_file_may_leave_reasons_and_unmet_promises_out() -> None:
    scene = given("exit", UNMET).when(sign_off(), via="import").accepted()
    for step in ("off-special-measures", "statutory-intervention", "other-model"):
        scene.when("record-next-step", OFFICIAL, via="case-file", next=step).accepted()


def test_with_a_star_regained_the_council_is_off_special_measures() -> None:
    given("follow-up", STAR).when(next_step("off-special-measures")).then("next-step-recorded")


def test_a_further_phase_or_monitoring_needs_no_reason_of_its_own() -> None:
    given("exit", next_step("further-phase"), next_step("monitoring"))


# What was promised, and how the exit stands


def test_promised_is_what_contract_and_latest_pid_promise() -> None:
    scene = given("board-cycles")
    assert promised(scene.state.history) == ("thresholds", "seen-in-time")
    pid = {"workstreams": [{"id": "practice"}], "deliverables": [{"id": "handbook"}, {"id": "thresholds"}]}
    body = {**WAY["mobilisation"][4].body, "deliverables": pid["deliverables"]}
    scene.when("submit-pid", "team.lead-consultant", **body).accepted()
    assert promised(scene.state.history) == ("thresholds", "seen-in-time", "handbook")


def test_where_nobody_knows_what_was_promised_anything_may_be_evaluated() -> None:
    scene = given("decision").when("assume-stage", OFFICE, via="import", to="exit", because="?")
    assert promised(scene.state.history) == ()
    scene.when(evaluate(["thresholds"], ["training"])).accepted()


def test_the_standing_keeps_the_evaluations_apart() -> None:
    scene = given("exit", UNMET, REST[0])
    now = standing(scene.state.history)
    assert (now.missing, now.unmet, now.signed_off) == (("improvement", "impact"), ("seen-in-time",), None)
    scene.when(REST[1]).when(sign_off(unmet_outcomes=["thresholds", "seen-in-time"])).when(IMPACT).accepted()
    assert scene.state.stage == "follow-up"
    now = standing(scene.state.history)
    assert (now.missing, now.unmet) == ((), ("seen-in-time", "thresholds"))
    assert now.improvement is not None and now.improvement.event.improved == "no"
    scene.when("record-review", LEAD, finding="better").accepted()
    assert (review := standing(scene.state.history).review) is not None and review.event.finding == "better"


def version_of(scene: Scene, kind: type[Event]) -> int:
    last = scene.state.history.last(kind)
    assert last is not None
    return last.version


def test_an_evaluation_that_was_withdrawn_was_never_made() -> None:
    scene = given("exit", evaluate(["thresholds", "seen-in-time"]), UNMET)
    scene.when("withdraw-event", LEAD, version=version_of(scene, DeliverablesEvaluated), reason="A draft.").accepted()
    assert standing(scene.state.history).unmet == ()
    scene.when(sign_off()).accepted()


def test_a_corrected_evaluation_counts_as_corrected() -> None:
    scene = given("exit", evaluate(["thresholds", "seen-in-time"]))
    changes = {"met": ["thresholds"], "unmet": ["seen-in-time"]}
    version = version_of(scene, DeliverablesEvaluated)
    scene.when("correct-event", LEAD, version=version, changes=changes, reason="Misread.").accepted()
    scene.when(sign_off()).refused("unmet-not-named", missing=["seen-in-time"])


def test_a_further_phase_starts_with_nothing_evaluated() -> None:
    scene = given("exit", UNMET, *REST).when("start-further-phase", OFFICIAL, reason="More to do.").accepted()
    now = standing(scene.state.history)
    assert (now.missing, now.unmet, now.next_step) == (
        ("deliverables", "contribution", "improvement", "impact"),
        (),
        None,
    )


def test_improvement_is_owed_with_the_other_evaluations_and_holds_no_exit_up() -> None:
    scene = given("exit", evaluate(), REST[0], IMPACT)
    assert "evaluate-1" in scene.owed()
    owed = scene.copy().when(REST[1]).accepted()
    assert "evaluate-1" not in owed.owed()
    assert scene.when(sign_off()).accepted().state.stage == "follow-up"


# What is worth a person's eye


def found(scene: Scene) -> dict[str, Any]:
    return {caution.rule: dict(caution.details) for caution in cautions(scene.state.history)}


def test_before_the_sign_off_nothing_is_held_against_anybody() -> None:
    assert found(given("exit", UNMET)) == {}


def test_a_sign_off_with_everything_in_its_place_raises_nothing() -> None:
    assert found(given("exit", evaluate(["thresholds"]), *REST, sign_off(inspection=True))) == {}


def test_a_sign_off_says_what_it_lacks() -> None:
    scene = given("exit", UNMET, REST[0]).when(sign_off("2003-03-07", unmet_outcomes=["seen-in-time"])).accepted()
    assert found(scene) == {
        "signed-off-without-inspection": {"on": "2003-03-07"},
        "not-evaluated": {"missing": ["improvement", "impact"]},
        "signed-off-unmet": {"unmet": ["seen-in-time"]},
    }
    scene.when("evaluate-improvement", LEAD, improved="partly").when(IMPACT).accepted()
    assert "not-evaluated" not in found(scene)


@pytest.mark.parametrize(("finding", "worse"), [("worse", True), ("same", False), ("better", False)])
def test_a_review_that_finds_the_council_worse_is_shown(finding: str, worse: bool) -> None:
    scene = given("follow-up").when("record-review", LEAD, finding=finding).accepted()
    assert ("review-found-worse" in found(scene)) == worse
