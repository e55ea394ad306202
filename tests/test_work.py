"""The work: milestones with every date they had, what the team did and left behind, and what succeeded less."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

import pytest

from domain.change import ChangeDecided
from domain.engagement import cautions
from domain.part import Caution, Event
from domain.project import PidSubmitted
from domain.vocabulary import Activity, Style
from domain.work import (
    ActivityRecorded,
    MilestoneReached,
    ParallelWorkRecorded,
    ProductRecorded,
    WorkstreamJudged,
    activities,
    milestones,
    parallel_work,
    products,
    results,
    workstreams,
)
from tests.given import WAY, Do, Scene, given, opened, seal

LEAD, CONSULTANT, DIRECTOR = "inspectorate.lead-inspector", "team.lead-consultant", "council.director"
OFFICE, OFFICIAL, BOARD = "department.programme-office", "department.official", "board.board"
PID: Mapping[str, Any] = WAY["mobilisation"][4].body
AGREE = Do("agree-pid", BOARD)


def pid(milestones: Mapping[str, str], workstreams: Sequence[str] = ("practice",)) -> Do:
    """A PID with these workstreams and these milestones by their dates."""
    body = {
        **PID,
        "workstreams": [{"id": name, "title": name.capitalize()} for name in workstreams],
        "deliverables": [{"id": "thresholds"}],
        "milestones": [{"id": name, "by": by} for name, by in milestones.items()],
    }
    return Do("submit-pid", CONSULTANT, None, body)


def ask(**body: Any) -> Do:
    return Do("request-change", DIRECTOR, None, {"grounds": "New facts.", **body})


def answer(change: int, approved: bool = True) -> Do:
    return Do("decide-change", BOARD, None, {"change": change, "approved": approved, "reason": "So be it."})


def did(activity: str, **body: Any) -> Do:
    return Do("record-activity", CONSULTANT, None, {"activity": activity, **body})


def left(product: str, **body: Any) -> Do:
    return Do("record-product", CONSULTANT, None, {"product": product, "title": f"A {product}.", **body})


def judged(workstream: str, success: str, **body: Any) -> Do:
    return Do("judge-workstream", LEAD, None, {"workstream": workstream, "success": success, **body})


def bought(firm: str, **body: Any) -> Do:
    return Do("record-parallel-work", DIRECTOR, None, {"firm": firm, "text": "Training.", **body})


def reached(milestone: str) -> Do:
    return Do("reach-milestone", CONSULTANT, None, {"milestone": milestone})


@dataclass(frozen=True)
class Accepted:
    """A case: in the board cycles this command brings this event."""

    case: str
    when: Do
    event: Event


ACCEPTED = (
    Accepted("a milestone is reached", reached("thresholds-in-use"), MilestoneReached(milestone="thresholds-in-use")),
    Accepted("an activity alone", did("practice.front-line"), ActivityRecorded(activity="practice.front-line")),
    Accepted(
        "an activity on a workstream in a style",
        did("systems.finance", workstream="practice", style="travel-agent", note="They lead."),
        ActivityRecorded(
            activity="systems.finance", workstream="practice", style="travel-agent", note=seal("They lead.")
        ),
    ),
    Accepted(
        "a product",
        left("handbook", workstream="practice"),
        ProductRecorded(product="handbook", title=seal("A handbook."), workstream="practice"),
    ),
    Accepted(
        "a workstream succeeds more",
        judged("practice", "more"),
        WorkstreamJudged(workstream="practice", success="more"),
    ),
    Accepted(
        "a workstream succeeds less for a reason",
        judged("practice", "less", reason="Too late."),
        WorkstreamJudged(workstream="practice", success="less", reason=seal("Too late.")),
    ),
    Accepted(
        "the council buys the same work elsewhere",
        bought("Deloitte", workstream="practice"),
        ParallelWorkRecorded(firm="Deloitte", text=seal("Training."), workstream="practice"),
    ),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_what_is_recorded_of_the_work(case: Accepted) -> None:
    given("board-cycles").when(case.when).then(case.event)


@dataclass(frozen=True)
class Refused:
    """A case: in the board cycles, after these commands, this one is refused by this rule."""

    case: str
    given: Sequence[Do]
    when: Do
    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)


UNKNOWN = {"workstream": "finance", "workstreams": ["practice"]}

REFUSED = (
    Refused(
        "a milestone that the PID does not have",
        [],
        reached("rota"),
        "not-a-milestone",
        {"milestone": "rota", "milestones": ["thresholds-in-use"]},
    ),
    Refused(
        "a milestone that the PID in force has dropped",
        [pid({"rota": "2003-02"}), AGREE],
        reached("thresholds-in-use"),
        "not-a-milestone",
        {"milestones": ["rota"]},
    ),
    Refused(
        "a milestone is reached once",
        [Do("reach-milestone", CONSULTANT, "2002-08-20", {"milestone": "thresholds-in-use"})],
        reached("thresholds-in-use"),
        "reached-already",
        {"milestone": "thresholds-in-use", "on": "2002-08-20"},
    ),
    Refused(
        "an activity on no workstream", [], did("practice.link", workstream="finance"), "no-such-workstream", UNKNOWN
    ),
    Refused("a product of no workstream", [], left("rota", workstream="finance"), "no-such-workstream", UNKNOWN),
    Refused("a judgement of no workstream", [], judged("finance", "more"), "no-such-workstream", UNKNOWN),
    Refused("work bought for no workstream", [], bought("PwC", workstream="finance"), "no-such-workstream", UNKNOWN),
    Refused(
        "a workstream that the board refused",
        [ask(workstreams=[{"id": "finance"}]), answer(1, approved=False)],
        did("systems.finance", workstream="finance"),
        "no-such-workstream",
        UNKNOWN,
    ),
    Refused(
        "a product is recorded once",
        [left("handbook")],
        left("handbook"),
        "product-already",
        {"product": "handbook", "products": ["handbook"]},
    ),
    Refused(
        "whoever says that it succeeded less says why",
        [],
        judged("practice", "less"),
        "reason-needed",
        {"command": "judge-workstream"},
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_what_is_refused_of_the_work(case: Refused) -> None:
    given("board-cycles", *case.given).when(case.when).refused(case.rule, **case.details)


def test_before_there_is_a_pid_nothing_is_on_a_workstream_of_it() -> None:
    scene = given("mobilisation").when(did("practice.link", workstream="practice"))
    scene.refused("no-such-workstream", workstream="practice", workstreams=[])
    scene.when(did("practice.link")).accepted()


def test_a_source_without_a_pid_names_workstreams_all_the_same_and_one_with_it_keeps_to_it() -> None:
    scene = opened(live=False).when("assume-stage", OFFICE, via="import", to="board-cycles", because="?").accepted()
    judge: dict[str, Any] = {"workstream": "placements", "success": "less"}
    scene.when("judge-workstream", OFFICE, via="case-file", **judge).then("workstream-judged")
    (result,) = results(scene.state.history)
    assert (result.workstream.id, result.workstream.agreed, result.success) == ("placements", False, "less")
    scene = given("board-cycles").when("judge-workstream", OFFICE, via="import", **judge)
    scene.refused("no-such-workstream", workstream="placements")


def test_the_vocabularies_are_as_long_as_the_source_prints_them() -> None:
    groups = [item.partition(".")[0] for item in get_args(Activity)]
    counts = {group: groups.count(group) for group in dict.fromkeys(groups)}
    assert counts == {"practice": 4, "management": 8, "systems": 7, "demonstrating": 2, "other": 3}
    assert len(set(get_args(Activity))) == 24
    assert get_args(Style) == ("doctor", "detective", "sales", "travel-agent")


# Milestones


def dates(scene: Scene, name: str) -> list[tuple[str, int | None, int | None, bool]]:
    (found,) = [each for each in milestones(scene.state.history) if each.id == name]
    return [(str(each.by), each.pid, each.change, each.agreed) for each in found.dates]


def test_a_milestone_that_is_planned_anew_keeps_its_first_date() -> None:
    scene = given("board-cycles", pid({"thresholds-in-use": "2003-04", "rota": "2003-05"}))
    assert dates(scene, "thresholds-in-use") == [("2003-01-31", 1, None, True), ("2003-04", 2, None, False)]
    scene.when(AGREE).accepted()
    moved, new = milestones(scene.state.history)
    assert (str(moved.first), str(moved.now), moved.moved, moved.dates[-1].agreed) == (
        "2003-01-31",
        "2003-04",
        True,
        True,
    )
    assert (str(new.first), str(new.now), new.moved) == ("2003-05", "2003-05", False)


def test_a_date_that_the_board_approved_counts_and_one_that_it_refused_does_not() -> None:
    move = {"milestones": [{"id": "thresholds-in-use", "by": "2003-03"}]}
    scene = given("board-cycles", ask(**move), answer(1, approved=False))
    assert dates(scene, "thresholds-in-use") == [("2003-01-31", 1, None, True)]
    for command in (ask(**move), answer(2), pid({"thresholds-in-use": "2003-05"})):
        scene.when(command).accepted()
    assert dates(scene, "thresholds-in-use") == [
        ("2003-01-31", 1, None, True),
        ("2003-03", None, 2, True),
        ("2003-05", 2, None, False),
    ]


def test_a_milestone_stays_listed_when_it_is_dropped_and_it_is_dropped_when_the_board_agrees() -> None:
    scene = given("board-cycles", pid({"rota": "2003-05"}))
    assert [(each.id, each.dropped) for each in milestones(scene.state.history)] == [
        ("thresholds-in-use", False),
        ("rota", False),
    ]
    scene.when(AGREE).accepted()
    assert [(each.id, str(each.now), each.dropped) for each in milestones(scene.state.history)] == [
        ("thresholds-in-use", "2003-01-31", True),
        ("rota", "2003-05", False),
    ]


def test_a_milestone_says_when_it_was_reached_and_for_which_workstream() -> None:
    scene = given("board-cycles")
    (found,) = milestones(scene.state.history)
    assert (found.reached, found.workstream) == (None, "practice")
    scene.when("reach-milestone", CONSULTANT, "2002-08-20", milestone="thresholds-in-use").accepted()
    (found,) = milestones(scene.state.history)
    assert str(found.reached) == "2002-08-20"
    last = scene.state.history.last(MilestoneReached)
    assert last is not None
    scene.when("withdraw-event", OFFICE, version=last.version, reason="Not yet.").accepted()
    assert milestones(scene.state.history)[0].reached is None


def test_a_first_date_that_was_typed_wrongly_reads_as_corrected() -> None:
    scene = given("board-cycles")
    first = scene.state.history.last(PidSubmitted)
    assert first is not None
    right = [{"id": "thresholds-in-use", "by": "2003-02-28"}]
    scene.when("correct-event", OFFICE, version=first.version, changes={"milestones": right}, reason="Typed wrongly.")
    assert str(milestones(scene.accepted().state.history)[0].first) == "2003-02-28"


# Workstreams and what came of them


def strands(scene: Scene) -> list[tuple[str, bool, bool]]:
    return [(each.id, each.added, each.agreed) for each in workstreams(scene.state.history)]


def test_the_workstreams_are_those_of_the_pid_and_what_approved_changes_added() -> None:
    scene = given("board-cycles", ask(workstreams=[{"id": "finance", "title": "Money"}]))
    assert strands(scene) == [("practice", False, True)]
    scene.when(answer(1)).accepted()
    assert strands(scene) == [("practice", False, True), ("finance", True, True)]
    assert workstreams(scene.state.history)[1].title == seal("Money")
    scene.when(did("systems.finance", workstream="finance")).accepted()


def test_work_goes_on_by_the_pid_in_force_while_a_later_one_waits_for_the_board() -> None:
    scene = given("board-cycles", pid({"rota": "2003-05"}, ["recruitment"]))
    assert strands(scene) == [("practice", False, True), ("recruitment", False, False)]
    for name in ("practice", "recruitment"):
        scene.when(did("management.recruitment", workstream=name)).accepted()
    scene.when(AGREE).accepted()
    assert strands(scene) == [("recruitment", False, True)]
    scene.when(did("practice.link", workstream="practice")).refused("no-such-workstream")


def test_a_workstream_that_the_board_agreed_stays_agreed_while_a_later_pid_waits() -> None:
    scene = given("board-cycles", pid({"rota": "2003-05"}, ["practice", "recruitment"]))
    assert strands(scene) == [("practice", False, True), ("recruitment", False, False)]


def test_a_change_that_was_withdrawn_adds_nothing() -> None:
    scene = given("board-cycles", ask(workstreams=[{"id": "finance"}]), answer(1))
    decided = scene.state.history.last(ChangeDecided)
    assert decided is not None
    scene.when("withdraw-event", OFFICE, version=decided.version, reason="Not the board.").accepted()
    assert strands(scene) == [("practice", False, True)]


def test_the_results_tell_of_each_workstream_what_was_done_left_and_thought_of_it() -> None:
    scene = given(
        "board-cycles",
        ask(workstreams=[{"id": "finance"}]),
        answer(1),
        did("practice.training", workstream="practice", style="doctor"),
        did("practice.skills", workstream="practice"),
        did("other.general"),
        left("handbook", workstream="practice"),
        judged("practice", "more"),
        judged("finance", "less", reason="Nobody came."),
        judged("practice", "less", reason="It did not last."),
    )
    practice, finance = results(scene.state.history)
    assert [entry.event.activity for entry in practice.activities] == ["practice.training", "practice.skills"]
    assert [entry.event.product for entry in practice.products] == ["handbook"]
    assert (practice.success, finance.success) == ("less", "less"), "the latest word counts"
    assert (finance.activities, finance.products, finance.workstream.added) == ((), (), True)
    assert len(activities(scene.state.history)) == 3 and len(products(scene.state.history)) == 1


def test_what_dropped_workstreams_brought_is_not_lost() -> None:
    scene = given("board-cycles", left("handbook", workstream="practice"), pid({"rota": "2003-05"}, ["finance"]), AGREE)
    assert [(each.workstream.id, len(each.products)) for each in results(scene.state.history)] == [
        ("finance", 0),
        ("practice", 1),
    ]


def test_a_further_phase_starts_with_no_work_done() -> None:
    scene = given("exit", did("practice.skills", style="detective"), left("handbook"), bought("Deloitte"))
    scene.when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    history = scene.state.history
    nothing = (workstreams, milestones, activities, products, parallel_work, results)
    assert [read(history) for read in nothing] == [()] * len(nothing)
    assert worth_a_look(scene) == []


# Cautions


def worth_a_look(scene: Scene) -> list[Caution]:
    return [caution for caution in cautions(scene.state) if caution.rule in ("detective-style", "parallel-work")]


def test_a_detective_may_turn_to_blame_and_other_styles_do_not() -> None:
    scene = given(
        "board-cycles", *(did("practice.skills", style=style) for style in ("doctor", "sales", "travel-agent"))
    )
    assert worth_a_look(scene) == []
    scene.when("record-activity", CONSULTANT, "2002-08-20", activity="practice.link", style="detective").accepted()
    expected = {"activities": ["practice.link"], "on": "2002-08-20"}
    assert worth_a_look(scene) == [Caution("detective-style", expected)]


def test_the_same_work_bought_elsewhere_is_worth_a_look() -> None:
    scene = given("board-cycles").when(bought("Deloitte", workstream="practice"), on="2002-08-20").accepted()
    scene.when(bought("PwC"), on="2002-08").accepted()
    assert worth_a_look(scene) == [
        Caution("parallel-work", {"firm": "Deloitte", "workstream": "practice", "on": "2002-08-20"}),
        Caution("parallel-work", {"firm": "PwC", "workstream": None, "on": "2002-08"}),
    ]
