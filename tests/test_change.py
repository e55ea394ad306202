"""Change control: what is asked of the board, what it alone decides, and what comes of a refusal."""

from typing import Any

import pytest

from domain.change import added_workstreams, cautions, changes, days_added, refused_changes, stalled
from domain.part import Caution
from tests.given import Accepted, Do, Refused, Scene, given, opened, seal, shipped

LEAD, OFFICE, BOARD = "inspectorate.lead-inspector", "department.programme-office", "board.board"
DIRECTOR, PARTNER, CONSULTANT = "council.director", "team.senior-partner", "team.lead-consultant"


def ask(as_: str = DIRECTOR, on: str | None = None, **body: Any) -> Do:
    return Do("request-change", as_, on, {"grounds": "New facts.", **body})


def decide(change: int, approved: bool, on: str | None = None) -> Do:
    reason = {} if approved else {"reason": "Not now."}
    return Do("decide-change", BOARD, on, {"change": change, "approved": approved, **reason})


def stall(on: str | None = None, **body: Any) -> Do:
    return Do("record-stall", LEAD, on, {"text": "Nobody moves.", **body})


def resume(on: str | None = None) -> Do:
    return Do("record-resumption", LEAD, on)


TRAINING = {"id": "training", "title": "Training"}
MOVED = {"id": "thresholds-in-use", "by": "2003-03-31"}


ACCEPTED = (
    Accepted(
        "a change is asked for with its grounds, and what led to it",
        [],
        ask(occasion="new-director", days="10"),
        "change-requested",
        {"change": 1, "grounds": seal("New facts."), "occasion": "new-director", "days": "10", "milestones": []},
    ),
    Accepted(
        "grounds are enough, where resources are to be moved",
        [],
        ask(),
        "change-requested",
        {"days": None, "workstreams": [], "occasion": None},
    ),
    Accepted(
        "a workstream that the PID does not have is asked for",
        [],
        ask(workstreams=[TRAINING]),
        "change-requested",
        {"workstreams": [{"id": "training", "title": seal("Training")}]},
    ),
    Accepted(
        "one that was refused may be asked for again",
        [ask(workstreams=[TRAINING]), decide(1, False)],
        ask(workstreams=[TRAINING]),
        "change-requested",
        {"change": 2},
    ),
    Accepted(
        "a milestone of the PID is to be moved",
        [],
        ask(milestones=[MOVED]),
        "change-requested",
        {
            "milestones": [
                {
                    "id": "thresholds-in-use",
                    "by": {"earliest": "2003-03-31", "latest": "2003-03-31", "printed": "2003-03-31"},
                }
            ]
        },
    ),
    Accepted(
        "the board approves, with the days that were asked for",
        [ask(days="10")],
        decide(1, True),
        "change-decided",
        {"change": 1, "approved": True, "days": "10"},
    ),
    Accepted(
        "the board refuses, and says why",
        [ask(days="10")],
        decide(1, False),
        "change-decided",
        {"approved": False, "days": None, "reason": seal("Not now.")},
    ),
    Accepted(
        "what a PID plans since may still be approved",
        [ask(workstreams=[TRAINING]), Do("submit-pid", CONSULTANT, None, {"workstreams": [{"id": "training"}]})],
        decide(1, True),
        "change-decided",
        {"approved": True},
    ),
    Accepted("the work stalls", [], stall(), "work-stalled", {"text": seal("Nobody moves."), "change": None}),
    Accepted("it hangs on a request", [ask()], stall(change=1), "work-stalled", {"change": 1}),
    Accepted("and goes on", [stall()], resume(), "work-resumed", {"note": None}),
    Accepted("and stalls again", [stall(), resume()], stall(), "work-stalled"),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_accepted(case: Accepted) -> None:
    scene = given("board-cycles", *case.given).when(case.when).accepted()
    body = scene.events[0].model_dump(mode="json")
    assert (scene.events[0].type, {name: body[name] for name in case.fields}) == (case.event, case.fields)


REFUSED = (
    Refused(
        "a workstream of the PID is not added",
        [],
        ask(workstreams=[{"id": "practice"}]),
        "workstream-known",
        {"workstream": "practice", "known": ["practice"]},
    ),
    Refused(
        "nor one that was added",
        [ask(workstreams=[TRAINING]), decide(1, True)],
        ask(workstreams=[TRAINING]),
        "workstream-known",
        {"workstream": "training", "known": ["practice", "training"]},
    ),
    Refused(
        "of two requests for the same workstream one is approved",
        [ask(workstreams=[TRAINING]), ask(workstreams=[TRAINING]), decide(2, True)],
        decide(1, True),
        "workstream-known",
        {"workstream": "training"},
    ),
    Refused(
        "a request names a workstream once",
        [],
        ask(workstreams=[TRAINING, TRAINING]),
        "named-twice",
        {"field": "workstreams", "id": "training"},
    ),
    Refused(
        "and a milestone once",
        [],
        ask(milestones=[MOVED, MOVED]),
        "named-twice",
        {"field": "milestones", "id": "thresholds-in-use"},
    ),
    Refused(
        "what is no milestone is not moved",
        [],
        ask(milestones=[{"id": "induction", "by": "2003-03"}]),
        "not-a-milestone",
        {"milestone": "induction", "milestones": ["thresholds-in-use"]},
    ),
    Refused(
        "a change is not decided before it was asked for",
        [ask(on="2002-09-02"), ask(on="2002-10-07")],
        decide(2, True, on="2002-10-01"),
        "too-early",
        {"event": "change-requested", "on": "2002-10-07"},
    ),
    Refused(
        "nobody decides what nobody asked", [ask()], decide(2, True), "no-such-change", {"change": 2, "changes": [1]}
    ),
    Refused("nor twice", [ask(), decide(1, True)], decide(1, False), "decided-already", {"change": 1}),
    Refused("the work hangs on a request that there is", [ask()], stall(change=2), "no-such-change", {"changes": [1]}),
    Refused(
        "and not before that was made",
        [ask(on="2002-10-07")],
        stall(on="2002-10-01", change=1),
        "too-early",
        {"event": "change-requested"},
    ),
    Refused(
        "what has stalled does not stall again",
        [stall(on="2002-10-07")],
        stall(),
        "stalled-already",
        {"on": "2002-10-07"},
    ),
    Refused("nothing goes on that did not stall", [], resume(), "needs", {"event": "work-stalled"}),
    Refused("nor twice", [stall(), resume()], resume(), "not-stalled", {"command": "record-resumption"}),
    Refused(
        "the work does not go on before it stalled",
        [stall(on="2002-09-02"), resume(on="2002-09-09"), stall(on="2002-10-07")],
        resume(on="2002-10-01"),
        "too-early",
        {"event": "work-stalled", "on": "2002-10-07"},
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Refused) -> None:
    given("board-cycles", *case.given).when(case.when).refused(case.rule, **case.details)


@pytest.mark.parametrize("role", [role for role in shipped().lifecycle.roles if role != BOARD])
def test_only_the_board_decides(role: str) -> None:
    scene = given("board-cycles", ask())
    scene.when("decide-change", role, change=1, approved=True)
    scene.refused("role", command="decide-change", role=role, may=[BOARD])
    assert [change.state for change in changes(scene.state.history)] == ["open"]


def test_before_there_is_a_pid_a_source_may_ask_to_move_what_it_will_have() -> None:
    scene = given("tender").when("award-contract", "department.official", via="import", team="KPMG").accepted()
    scene.when("assume-stage", OFFICE, via="import", to="board-cycles", because="?").accepted()
    scene.when(ask(milestones=[MOVED]), via="import").accepted()


# What stays on the record


def test_every_request_is_shown_with_what_came_of_it() -> None:
    scene = given("board-cycles", ask(days="10"), ask(PARTNER), ask(LEAD, days="5"), decide(3, True), decide(1, False))
    assert [(change.number, change.state) for change in changes(scene.state.history)] == [
        (1, "refused"),
        (2, "open"),
        (3, "approved"),
    ]
    assert [str(change.requested.decided_by) for change in changes(scene.state.history)] == [DIRECTOR, PARTNER, LEAD]
    (refused,) = refused_changes(scene.state.history)
    assert refused.decided is not None
    assert (refused.number, refused.decided.event.reason) == (1, seal("Not now."))
    assert days_added(scene.state.history) == 5


def test_approved_workstreams_are_added_and_refused_ones_are_not() -> None:
    scene = given("board-cycles", ask(workstreams=[TRAINING]), ask(workstreams=[{"id": "rota"}, {"id": "fees"}]))
    assert added_workstreams(scene.state.history) == ()
    scene.when(decide(1, False)).when(decide(2, True)).accepted()
    assert [added.id for added in added_workstreams(scene.state.history)] == ["rota", "fees"]


def test_a_decision_that_is_withdrawn_was_never_taken() -> None:
    scene = given("board-cycles", ask(days="10", workstreams=[TRAINING]), decide(1, True))
    scene.when("withdraw-event", LEAD, version=scene.state.version, reason="Not minuted.").accepted()
    assert (int(days_added(scene.state.history)), len(added_workstreams(scene.state.history))) == (0, 0)
    scene.when(decide(1, False)).accepted()


def test_a_decision_that_is_corrected_reads_otherwise() -> None:
    scene = given("board-cycles", ask(), decide(1, True))
    scene.when("correct-event", LEAD, version=scene.state.version, changes={"approved": False}, reason="Misheard.")
    assert [change.number for change in refused_changes(scene.accepted().state.history)] == [1]


def test_the_number_of_a_request_that_was_withdrawn_is_not_given_to_another() -> None:
    scene = given("board-cycles", ask(), ask())
    scene.when("withdraw-event", LEAD, version=scene.state.version, reason="Typed twice.").accepted()
    scene.when(ask()).accepted()
    assert [change.number for change in changes(scene.state.history)] == [1, 3]


def test_a_further_phase_begins_without_the_requests_and_stalls_of_the_one_before() -> None:
    scene = given("board-cycles", ask(workstreams=[TRAINING]), decide(1, True), ask(), decide(2, False), stall())
    scene.when("agree-council-readiness", BOARD).when("keep-lead", BOARD, reason="No.").accepted()
    scene.when("start-further-phase", OFFICE, reason="More.").accepted()
    history = scene.state.history
    assert (changes(history), added_workstreams(history), stalled(history), list(cautions(history))) == (
        (),
        (),
        None,
        [],
    )


# Work at a standstill


def told(scene: Scene) -> list[Caution]:
    return list(cautions(scene.state.history))


def test_a_refusal_is_shown_when_the_work_then_stalls_until_it_goes_on() -> None:
    scene = given("board-cycles", ask(on="2002-09-02"), decide(1, False, on="2002-10-10"))
    assert told(scene) == []
    scene.when(stall(on="2002-11-04")).accepted()
    assert told(scene) == [Caution("refused-change-stalls", {"on": "2002-11-04", "changes": [1]})]
    now = stalled(scene.state.history)
    assert now is not None
    assert [change.number for change in now.refused] == [1]
    scene.when(resume(on="2002-12-02")).accepted()
    assert (told(scene), stalled(scene.state.history)) == ([], None)


def test_of_several_refusals_the_one_that_is_named_is_shown() -> None:
    scene = given("board-cycles", ask(), ask(), ask(), decide(1, False), decide(2, False), decide(3, True))
    named, unnamed = scene.copy().when(stall(change=2)).accepted(), scene.when(stall()).accepted()
    assert [found.details["changes"] for found in (*told(named), *told(unnamed))] == [[2], [1, 2]]


def test_a_standstill_that_no_refusal_preceded_is_shown_as_one() -> None:
    scene = given("board-cycles", ask(on="2002-09-02"), stall(on="2002-10-01"), decide(1, False, on="2002-10-10"))
    assert told(scene) == [Caution("work-at-a-standstill", {"on": "2002-10-01"})]


def test_work_that_hangs_on_an_open_request_blames_no_refusal() -> None:
    scene = given("board-cycles", ask(), ask(), decide(1, False), stall(change=2))
    assert [found.rule for found in told(scene)] == ["work-at-a-standstill"]


def test_a_refusal_that_may_have_come_first_is_shown() -> None:
    scene = given("board-cycles", ask(on="2002-09"), decide(1, False, on="2002-10"), stall(on="2002-10-07"))
    assert [found.rule for found in told(scene)] == ["refused-change-stalls"]


def test_a_stall_that_is_withdrawn_was_none() -> None:
    scene = given("board-cycles", stall())
    scene.when("withdraw-event", LEAD, version=scene.state.version, reason="They were on leave.").accepted()
    assert told(scene) == []


def test_before_anything_was_asked_there_is_nothing_to_show() -> None:
    history = opened().state.history
    assert not (*changes(history), *refused_changes(history), *added_workstreams(history))
    assert days_added(history) == 0
    assert (stalled(history), list(cautions(history))) == (None, [])
