"""The council's final days, the pieces of work it commissions, and the main work's end while single tasks go on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.account import FinalDaysUsed, LeadPassed, left
from domain.dates import When
from domain.engagement import COMMANDS
from domain.handover import (
    MainWorkEnded,
    PieceCommissioned,
    PieceFinished,
    Task,
    TaskEnded,
    cautions,
    pieces,
    tapering,
)
from domain.part import Event
from tests.given import WAY, Do, Scene, given, noon, seal, sealed_body

OFFICE, LEAD, OFFICIAL = "department.programme-office", "inspectorate.lead-inspector", "department.official"
CONSULTANT, DIRECTOR, BOARD = "team.lead-consultant", "council.director", "board.board"
LAST, TITLE = "council-led-final-days", seal("Finance system.")

PASS = Do("pass-lead", BOARD, None, {"days": "30"})


def piece(name: str | None = None, amount: str | None = None, on: str | None = None) -> Do:
    body = {"title": "Finance system."} | ({"piece": name} if name else {}) | ({"days": amount} if amount else {})
    return Do("commission-piece", DIRECTOR, on, body)


def finish(name: str, on: str | None = None) -> Do:
    return Do("finish-piece", DIRECTOR, on, {"piece": name})


def final(amount: str, **more: str) -> Do:
    return Do("use-final-days", DIRECTOR, None, {"days": amount, **more})


def main_work(*tasks: str, on: str | None = None, **more: str) -> Do:
    return Do("end-main-work", LEAD, on, {"tasks": [{"id": task} for task in tasks], **more})


def end(task: str, on: str | None = None) -> Do:
    return Do("end-task", LEAD, on, {"task": task})


@dataclass(frozen=True)
class Accepted:
    """A case: in a stage, after these commands, this command brings this event."""

    case: str
    given: Sequence[Do]
    when: Do
    then: Event
    stage: str = LAST


ACCEPTED = (
    Accepted(
        "a piece has the id it is given",
        [PASS],
        piece("finance", "12.5"),
        PieceCommissioned(title=TITLE, days=Decimal("12.5"), piece="finance"),
    ),
    Accepted("or the next that is free", [PASS], piece(), PieceCommissioned(title=TITLE, piece="piece-1")),
    Accepted(
        "which nobody has taken",
        [PASS, piece(), piece("piece-2")],
        piece(),
        PieceCommissioned(title=TITLE, piece="piece-3"),
    ),
    Accepted(
        "a piece that is finished holds no days",
        [PASS, piece("finance", "30"), finish("finance")],
        piece("records", "30"),
        PieceCommissioned(title=TITLE, days=Decimal(30), piece="records"),
    ),
    Accepted(
        "a piece holds only the days that were not used on it",
        [PASS, piece("finance", "20"), final("15", piece="finance")],
        piece("records", "10"),
        PieceCommissioned(title=TITLE, days=Decimal(10), piece="records"),
    ),
    Accepted(
        "days are used on a piece, by a consultant",
        [PASS, piece("finance")],
        final("2.5", piece="finance", consultant="p4"),
        FinalDaysUsed(days=Decimal("2.5"), piece="finance", consultant="p4", claim=1),
    ),
    Accepted("a piece is finished", [PASS, piece("finance")], finish("finance"), PieceFinished(piece="finance")),
    Accepted(
        "the main work ends while tasks go on",
        [],
        main_work("partnerships", "finance", until="2004-03"),
        MainWorkEnded(tasks=(Task(id="partnerships"), Task(id="finance")), until=When.parse("2004-03")),
        "board-cycles",
    ),
    Accepted("or with nothing more to do", [], main_work(), MainWorkEnded(), "exit"),
    Accepted(
        "a task ends after the council's days, even in follow-up",
        [main_work("finance")],
        end("finance"),
        TaskEnded(task="finance"),
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
    stage: str = LAST


REFUSED = (
    Refused("nothing is commissioned before the lead has passed", [], piece(), "needs", {"event": "lead-passed"}),
    Refused(
        "an id is used once",
        [PASS, piece("finance")],
        piece("finance"),
        "named-twice",
        {"field": "pieces", "id": "finance"},
    ),
    Refused(
        "pieces fit in what is left",
        [PASS, piece("finance", "20")],
        piece("records", "10.25"),
        "piece-does-not-fit",
        {"days": "10.25", "left": "30", "held": "20"},
    ),
    Refused(
        "and what was used or given back is not left",
        [PASS, final("5"), Do("release-final-days", DIRECTOR, None, {"days": "5"})],
        piece("finance", "20.25"),
        "piece-does-not-fit",
        {"days": "20.25", "left": "20", "held": "0"},
    ),
    Refused(
        "no days are used on a piece that nobody commissioned",
        [PASS, piece("finance")],
        final("1", piece="records"),
        "no-such-piece",
        {"piece": "records", "pieces": ["finance"]},
    ),
    Refused(
        "nor on one that is finished",
        [PASS, piece("finance"), finish("finance")],
        final("1", piece="finance"),
        "piece-finished-already",
        {"piece": "finance"},
    ),
    Refused("no piece, nothing to finish", [PASS], finish("finance"), "needs", {"event": "piece-commissioned"}),
    Refused("a piece that is none is not finished", [PASS, piece()], finish("finance"), "no-such-piece"),
    Refused(
        "a piece is finished once",
        [PASS, piece("finance"), finish("finance")],
        finish("finance"),
        "piece-finished-already",
    ),
    Refused(
        "a piece is not finished before it was commissioned",
        [PASS, piece("a", on="2003-02-03"), piece("b", on="2003-02-10")],
        finish("b", on="2003-02-09"),
        "too-early",
        {"event": "piece-commissioned", "on": "2003-02-10"},
    ),
    Refused(
        "the main work ends once",
        [main_work(on="2003-02-03")],
        main_work("finance"),
        "main-work-ended-already",
        {"on": "2003-02-03"},
    ),
    Refused("a task is named once", [], main_work("a", "a"), "named-twice", {"field": "tasks", "id": "a"}),
    Refused(
        "tasks do not end before they go on",
        [],
        main_work("finance", on="2003-02-03", until="2003-01"),
        "until-before-it-ends",
        {"until": "2003-01", "occurred": "2003-02-03"},
    ),
    Refused("no task ends while the main work goes on", [], end("finance"), "needs", {"event": "main-work-ended"}),
    Refused(
        "a task that did not go on does not end",
        [main_work("finance")],
        end("records"),
        "no-such-task",
        {"task": "records", "tasks": ["finance"]},
    ),
    Refused(
        "a task ends once",
        [main_work("finance", on="2003-02-03"), end("finance", on="2003-02-10")],
        end("finance"),
        "task-ended-already",
        {"task": "finance", "on": "2003-02-10"},
    ),
    Refused(
        "a task does not end before the main work",
        [main_work("finance", on="2003-02-03")],
        end("finance", on="2003-02-02"),
        "too-early",
        {"event": "main-work-ended", "on": "2003-02-03"},
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Refused) -> None:
    given(case.stage, *case.given).when(case.when).refused(case.rule, **case.details)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("pass-lead", {"days": "30.1"}),
        ("commission-piece", {"title": "?", "days": "-1"}),
        ("commission-piece", {"title": "?", "piece": "Finance System"}),
        ("release-final-days", {"days": "0"}),
        ("end-main-work", {"tasks": [{"title": "?"}]}),
        ("end-main-work", {"until": "2004-13"}),
    ],
    ids=str,
)
def test_a_body_that_does_not_fit_is_never_a_command(command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


def version_of(scene: Scene, kind: type[Event]) -> int:
    last = scene.state.history.last(kind)
    assert last is not None
    return last.version


def test_pieces_tell_what_was_used_on_them_and_what_they_are_still_to_have() -> None:
    scene = given(LAST, PASS, piece("finance", "20"), piece("records"), final("12", piece="finance"), final("3"))
    found = {each.id: each for each in pieces(scene.state.history)}
    assert [[each.used, each.needs] for each in found.values()] == [[Decimal(12), Decimal(8)], [Decimal(0), Decimal(0)]]
    scene.when(finish("finance")).accepted()
    assert pieces(scene.state.history)[0].needs == 0
    assert pieces(scene.state.history)[0].finished is not None
    scene.when("withdraw-event", LEAD, version=version_of(scene, PieceFinished), reason="Not yet.").accepted()
    assert pieces(scene.state.history)[0].needs == 8


def test_a_piece_stored_without_an_id_is_given_one_and_can_be_finished() -> None:
    scene = given(LAST, PASS, piece("finance", "5"))
    version = version_of(scene, PieceCommissioned)
    scene.when("correct-event", LEAD, version=version, changes={"piece": None}, reason="As of old.").accepted()
    assert [each.id for each in pieces(scene.state.history)] == ["piece-1"]
    scene.when(finish("piece-1")).accepted()
    assert PieceCommissioned.read({"title": TITLE}).piece is None


def test_a_piece_is_finished_after_the_last_of_the_councils_days() -> None:
    scene = given(LAST, PASS, piece("finance", "30"), final("30", piece="finance"))
    assert scene.state.stage == "exit" and left(scene.state.history) == 0
    scene.when(finish("finance")).accepted()


def test_pieces_that_need_more_than_is_left_are_shown() -> None:
    scene = given(LAST, PASS, piece("finance", "20"), final("10"))
    assert list(cautions(scene.state.history)) == []
    scene.when(final("0.25")).accepted()
    (caution,) = cautions(scene.state.history)
    assert (caution.rule, caution.details) == ("pieces-need-more-days", {"held": "20", "left": "19.75"})


def test_a_lead_that_was_withdrawn_may_pass_again() -> None:
    scene = given(LAST, PASS)
    scene.when("withdraw-event", LEAD, version=version_of(scene, LeadPassed), reason="Not minuted.").accepted()
    scene.when("pass-lead", BOARD, days="40").accepted()
    assert left(scene.state.history) == 40


# The main work, and what goes on after it


def test_while_the_main_work_goes_on_nothing_tapers() -> None:
    assert tapering(given("board-cycles").state.history) is None


def test_as_in_coventry_the_main_work_ends_and_tasks_go_on_for_a_year() -> None:
    scene = given("board-cycles").when(main_work("partnerships", "finance", on="2003-02", until="2004-03")).accepted()
    now = tapering(scene.state.history)
    assert now is not None and now.open == ("partnerships", "finance")
    scene.when("record-days", CONSULTANT, "2003-06-02", days="2", consultant="p4").accepted()
    scene.when(end("partnerships", on="2003-11")).accepted()
    now = tapering(scene.state.history)
    assert now is not None and now.open == ("finance",)
    assert [str(each.ended.occurred) if each.ended else None for each in now.tasks] == ["2003-11", None]
    assert list(cautions(scene.state.history)) == []


def test_tasks_that_go_on_beyond_their_date_are_shown_until_they_end() -> None:
    scene = given("board-cycles", main_work("finance", "records", on="2003-02-03", until="2003-04"))
    scene.when("add-note", OFFICE, at=noon("2003-04-30"), text="Still at it.")
    assert list(cautions(scene.state.history)) == []
    scene.when("add-note", OFFICE, at=noon("2003-05-01"), text="Still at it.")
    (caution,) = cautions(scene.state.history)
    assert (caution.rule, caution.details) == (
        "tasks-beyond-their-date",
        {"tasks": ["finance", "records"], "until": "2003-04"},
    )
    scene.when(end("finance")).when(end("records")).accepted()
    assert list(cautions(scene.state.history)) == []


def test_an_end_of_the_main_work_that_was_withdrawn_never_came() -> None:
    scene = given("board-cycles", main_work("finance"), end("finance"))
    scene.when("withdraw-event", LEAD, version=version_of(scene, MainWorkEnded), reason="Another month.").accepted()
    assert tapering(scene.state.history) is None
    scene.when(main_work("finance")).accepted()
    now = tapering(scene.state.history)
    assert now is not None and now.open == ("finance",)


def test_a_further_phase_has_a_main_work_of_its_own() -> None:
    scene = given("exit", main_work("finance")).when("start-further-phase", OFFICIAL, reason="More to do.").accepted()
    assert tapering(scene.state.history) is None
    assert pieces(scene.state.history) == ()


def test_the_stages_go_on_though_the_main_work_is_over() -> None:
    scene = given("board-cycles", main_work("finance"), *WAY["board-cycles"])
    assert scene.state.stage == LAST
