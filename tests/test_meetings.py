"""Boards as entries of calendars: what is set, moved, called off, corrected and withdrawn, with UID and SEQUENCE."""

from typing import Any

import pytest

from domain.board import BoardCancelled, BoardHeld, BoardScheduled
from domain.meetings import Meeting, Slot, meetings, stirred
from domain.notices import NoticeAsked, invited_by, notices_for
from domain.part import Event
from tests.given import WAY, Accepted, Do, Refused, Scene, given, seal, shipped

LEAD, CONSULTANT, DIRECTOR = "inspectorate.lead-inspector", "team.lead-consultant", "council.director"
OFFICE = "department.programme-office"
ALL_THREE = [LEAD, DIRECTOR, CONSULTANT]


def schedule(board: int, date: str, on: str = "2002-09-02", **more: Any) -> Do:
    return Do("schedule-board", LEAD, on, {"board": board, "date": date, **more})


def cancel(board: int, on: str = "2002-09-20", **more: Any) -> Do:
    return Do("cancel-board", LEAD, on, {"board": board, **more})


def hold(board: int, on: str) -> Do:
    return Do("hold-board", LEAD, on, {"board": board, "attended": ALL_THREE})


def boards(scene: Scene) -> tuple[Meeting, ...]:
    return meetings(scene.state.id, scene.entries())


def board(scene: Scene) -> Meeting:
    (found,) = boards(scene)
    return found


def version_of(scene: Scene, kind: type[Event]) -> int:
    entry = scene.state.history.last(kind)
    assert entry is not None
    return entry.version


ACCEPTED = (
    Accepted(
        "a board is set for a time and a place",
        [],
        schedule(1, "2002-10-10", time="14:30", duration=90, place="Civic Centre"),
        "board-scheduled",
        {"time": "14:30", "duration": 90, "place": seal("Civic Centre")},
    ),
    Accepted(
        "a board that is moved keeps its time and place",
        [schedule(1, "2002-10-10", time="14:30", duration=90, place="Civic Centre")],
        schedule(1, "2002-10-17"),
        "board-scheduled",
        {"time": "14:30", "duration": 90, "place": seal("Civic Centre")},
    ),
    Accepted(
        "a board that is moved to some day of a month has no time",
        [schedule(1, "2002-10-10", time="14:30", duration=90)],
        schedule(1, "2002-11"),
        "board-scheduled",
        {"time": None, "duration": None},
    ),
    Accepted(
        "a board is called off",
        [schedule(1, "2002-10-10")],
        cancel(1, reason="Snow."),
        "board-cancelled",
        {"board": 1, "reason": seal("Snow.")},
    ),
    Accepted(
        "after one that was called off comes the next",
        [schedule(1, "2002-10-10"), cancel(1)],
        schedule(2, "2002-10-24", on="2002-09-23"),
        "board-scheduled",
        {"board": 2},
    ),
)

REFUSED = (
    Refused("one that nobody set", [schedule(1, "2002-10-10")], cancel(2), "no-such-board", {"boards": [1]}),
    Refused(
        "one that has met",
        [schedule(1, "2002-10-10"), hold(1, "2002-10-10")],
        cancel(1, on="2002-10-11"),
        "board-held-already",
    ),
    Refused(
        "one twice",
        [schedule(1, "2002-10-10"), cancel(1)],
        cancel(1, on="2002-09-23"),
        "board-cancelled-already",
        {"board": 1, "on": "2002-09-20"},
    ),
    Refused(
        "a new date for one that was called off",
        [schedule(1, "2002-10-10"), cancel(1)],
        schedule(1, "2002-10-24", on="2002-09-23"),
        "board-cancelled-already",
    ),
    Refused(
        "a meeting of one that was called off",
        [schedule(1, "2002-10-10"), cancel(1)],
        hold(1, "2002-10-10"),
        "board-cancelled-already",
    ),
    Refused(
        "a report to one that was called off",
        [schedule(1, "2002-10-10"), cancel(1)],
        Do("send-report", CONSULTANT, "2002-10-01", {"board": 1, "agreed_with_council": True}),
        "board-cancelled-already",
    ),
    Refused(
        "a time on no one day",
        [],
        schedule(1, "2002-10", time="14:30"),
        "time-without-a-day",
        {"board": 1, "date": "2002-10"},
    ),
    Refused("a length without a beginning", [], schedule(1, "2002-10-10", duration=60), "duration-without-a-time"),
)


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row.case)
def test_boards_are_set_and_called_off(row: Accepted) -> None:
    scene = given("board-cycles", *row.given).when(row.when).accepted()
    (event,) = [event for event in scene.events if event.type == row.event]
    assert {name: getattr(event, name) for name in row.fields} == row.fields


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.case)
def test_what_can_not_be_is_refused(row: Refused) -> None:
    given("board-cycles", *row.given).when(row.when).refused(row.rule, **row.details)


def test_nothing_more_is_owed_for_a_board_that_was_called_off() -> None:
    scene = given("board-cycles", schedule(1, "2002-10-10"))
    assert {"send-report-1", "hold-board-1"} <= scene.owed().keys()
    scene.when(cancel(1))
    assert not {"send-report-1", "hold-board-1"} & scene.owed().keys()
    scene.when("withdraw-event", OFFICE, "2002-09-23", version=version_of(scene, BoardCancelled), reason="Not so.")
    assert {"send-report-2", "hold-board-2"} <= scene.owed().keys(), "it is to meet after all"


def test_a_board_keeps_its_key_and_counts_its_real_changes() -> None:
    scene = given("board-cycles", schedule(1, "2002-10-10", time="14:30"))
    first = board(scene)
    assert (first.key, first.sequence, first.shown) == ("haringey-1.board.1.1", 0, True)
    assert first.slot == Slot(first.date.latest, "14:30")
    scene.when(schedule(1, "2002-10-10", on="2002-09-03"))
    assert board(scene) == first, "it was set for the same day again"
    scene.when(schedule(1, "2002-10-17", on="2002-09-04"))
    moved = board(scene)
    assert (moved.key, moved.sequence, str(moved.date)) == (first.key, 1, "2002-10-17")
    assert moved.changed > first.changed and moved.changed_at > first.changed_at
    scene.when(cancel(1))
    off = board(scene)
    assert (off.key, off.sequence, off.status, off.shown, off.calls_off) == (first.key, 2, "cancelled", False, True)


def test_corrections_and_withdrawals_are_changes_too() -> None:
    scene = given("board-cycles", schedule(1, "2002-10-10"))
    version = version_of(scene, BoardScheduled)
    scene.when("correct-event", OFFICE, "2002-09-03", version=version, changes={"date": "2002-10-11"}, reason="Typed.")
    assert (board(scene).sequence, str(board(scene).date)) == (1, "2002-10-11")
    scene.when("withdraw-event", OFFICE, "2002-09-04", version=version, reason="Never set.")
    assert (board(scene).sequence, board(scene).status) == (2, "cancelled")
    scene.when(schedule(1, "2002-10-24", on="2002-09-05"))
    assert (board(scene).sequence, board(scene).status) == (3, "set"), "the same number again: it is on again"


def test_a_board_without_one_day_is_in_no_calendar_and_taken_out_of_those_it_was_in() -> None:
    scene = given("board-cycles", schedule(1, "2002-11"))
    assert not board(scene).shown and not board(scene).calls_off
    scene.when(schedule(1, "2002-11-14", on="2002-09-03"))
    assert board(scene).shown
    scene.when(schedule(1, "2002-12", on="2002-09-04"))
    now = board(scene)
    assert (now.sequence, now.shown, now.calls_off, str(now.slot and now.slot.day)) == (2, False, True, "2002-11-14")


def test_a_board_stands_where_it_met() -> None:
    scene = given("board-cycles", schedule(1, "2002-10-10", time="14:30"), hold(1, "2002-10-10"))
    assert (board(scene).status, board(scene).sequence) == ("held", 0)
    assert board(scene).slot == Slot(board(scene).date.latest, "14:30")
    later = given("board-cycles", schedule(1, "2002-10-10", time="14:30"), hold(1, "2002-10-17"))
    assert (str(board(later).slot and board(later).slot.day), board(later).sequence) == ("2002-10-17", 1)  # type: ignore[union-attr]
    vague = given("board-cycles", schedule(1, "2002-10-10"), hold(1, "2002-10"))
    assert board(vague).shown and str(board(vague).date) == "2002-10-10"


def test_what_has_not_met_by_the_end_is_called_off_and_stays_so() -> None:
    scene = given("board-cycles", schedule(1, "2002-09-10"), schedule(2, "2002-10-10"))
    scene.when("stop-engagement", OFFICE, "2002-09-20", reason="Merged.")
    past, to_come = boards(scene)
    assert past.status == "set", "whether it met is not known"
    assert (to_come.status, to_come.sequence) == ("cancelled", 1)
    version = scene.state.history.all(BoardScheduled)[-1].version
    scene.when("correct-event", OFFICE, "2002-09-23", version=version, changes={"date": "2002-10-11"}, reason="Typed.")
    assert boards(scene) == (past, to_come)


def test_in_a_further_phase_boards_count_from_one_again_and_are_others() -> None:
    scene = given("exit", schedule(1, "2003-05-10", on="2003-03-03"))
    scene.when("start-further-phase", "department.official", "2003-03-10", reason="More to do.").accepted()
    assert [(meeting.key, meeting.status) for meeting in boards(scene)] == [("haringey-1.board.1.1", "cancelled")]
    for do in (*WAY["scoping"], *WAY["tender"], *WAY["mobilisation"]):
        scene.when(do.type, do.as_, "2003-04-01", via="case-file", **do.body).accepted()
    scene.when(schedule(1, "2003-06-10", on="2003-04-02")).accepted()
    first, second = boards(scene)
    assert first.key != second.key and (second.sequence, second.status) == (0, "set")


def test_a_time_is_that_of_london_in_summer_and_in_winter() -> None:
    scene = given(
        "board-cycles", schedule(1, "2002-10-10", time="14:30", duration=45), schedule(2, "2002-11-14", time="14:30")
    )
    summer, winter = (meeting.slot for meeting in boards(scene))
    assert summer and summer.starts and summer.ends and winter and winter.starts and winter.ends
    assert summer.starts.isoformat() == "2002-10-10T14:30:00+01:00"
    assert (summer.ends - summer.starts).total_seconds() == 45 * 60
    assert winter.starts.isoformat() == "2002-11-14T14:30:00+00:00"
    assert (winter.ends - winter.starts).total_seconds() == 120 * 60


# Who is told


def told(scene: Scene, since: int = 0) -> list[NoticeAsked]:
    """The notices about boards that events after a version ask for."""
    told_of, life = stirred(scene.state.id, scene.entries()), scene.rules.lifecycle
    found = []
    for entry in scene.entries()[since:]:
        asked = notices_for(
            life, scene.state.id, "E09000014", entry.version, entry.event, told_of.get(entry.version, ())
        )
        found += [notice for _, notice in asked if notice.meeting is not None]
    return found


def test_those_who_make_up_the_board_are_told_of_each_change_and_of_nothing_else() -> None:
    invited = invited_by(shipped().lifecycle)
    assert {LEAD, DIRECTOR, CONSULTANT} <= set(invited)
    scene = given("board-cycles")
    steps = (
        (schedule(1, "2002-10-10"), "board-scheduled"),
        (schedule(1, "2002-10-10", on="2002-09-03"), None),
        (schedule(1, "2002-10-17", on="2002-09-04"), "board-scheduled"),
        (None, "board-scheduled"),
        (cancel(1), "board-cancelled"),
        (schedule(2, "2002-10-24", on="2002-09-23"), "board-scheduled"),
        (hold(2, "2002-10-24"), None),
    )
    for step, template in steps:
        before = scene.state.version
        if step is None:
            version, changes = version_of(scene, BoardScheduled), {"date": "2002-10-18"}
            scene.when("correct-event", OFFICE, "2002-09-05", version=version, changes=changes, reason="Typed.")
        else:
            scene.when(step)
        scene.accepted()
        asked = told(scene, before)
        assert [notice.to for notice in asked] == ([*invited] if template else []), step
        assert {notice.template for notice in asked} == ({template} if template else set())


def test_nobody_is_told_what_a_board_that_has_met_turns_out_to_have_been() -> None:
    scene = given("board-cycles", schedule(1, "2002-10-10"))
    set_at = version_of(scene, BoardScheduled)
    before = scene.state.version
    scene.when(hold(1, "2002-10-17")).accepted()
    assert board(scene).sequence == 1 and not told(scene, before)
    scene.when("withdraw-event", OFFICE, "2002-10-18", version=version_of(scene, BoardHeld), reason="It did not.")
    assert [str(found.date) for found in stirred("haringey-1", scene.entries())[set_at]] == ["2002-10-10"]
    assert {notice.template for notice in told(scene, before)} == {"board-scheduled"}, "it is to come again"


def test_the_end_tells_of_every_board_to_come() -> None:
    scene = given("board-cycles", schedule(1, "2002-10-10"), schedule(2, "2002-11-14"))
    before = scene.state.version
    scene.when("stop-engagement", OFFICE, "2002-09-20", reason="Merged.")
    asked = told(scene, before)
    assert {notice.template for notice in asked} == {"board-cancelled"}
    assert {notice.meeting for notice in asked} == {"haringey-1.board.1.1", "haringey-1.board.1.2"}
    ids = [id for id, _ in notices_for(scene.rules.lifecycle, "haringey-1", "x", 9, BoardHeld(board=1), boards(scene))]
    assert len(set(ids)) == len(ids) == 2 * len(invited_by(scene.rules.lifecycle))
