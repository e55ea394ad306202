"""What is owed by when: due dates and how they are reached, reminders, escalations, late or in time, and let go."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain import engagement as an_engagement
from domain.calendar import add_months
from domain.dates import end_of, london_day, morning_of
from domain.obligations import (
    DueRule,
    ObligationClosed,
    ObligationEscalated,
    ObligationMet,
    ObligationOpened,
    ObligationPassed,
    ObligationReminded,
    ObligationRule,
    Span,
    open_obligation,
)
from domain.part import Event
from tests.given import WAY, Do, Scene, given, noon, opened, shipped

OFFICE, LEAD, CHIEF = "department.programme-office", "inspectorate.lead-inspector", "inspectorate.chief-inspector"
DIRECTOR, CONSULTANT, BOARD = "council.director", "team.lead-consultant", "board.board"
CALENDAR = shipped().calendar


def due(rule: dict[str, Any], base: str, today: str | None = None) -> ObligationOpened:
    """An obligation of a rule that counts from a day."""
    whole = {"id": "x", "title": "X", "owner": LEAD, "met_by": {"recorded": {"event": "pip-judged"}}, **rule}
    return open_obligation(
        ObligationRule.model_validate(whole),
        1,
        7,
        date.fromisoformat(base),
        date.fromisoformat(today or base),
        CALENDAR,
    )


def told(scene: Scene) -> list[tuple[str, str, str]]:
    """What the clock did: the kind of strike, the obligation, and the moment it was due."""
    return [
        (type(event).__name__.removeprefix("Obligation"), event.obligation, event.due.strftime("%Y-%m-%d %H:%M"))
        for event in scene.events
        if isinstance(event, ObligationReminded | ObligationPassed | ObligationEscalated)
    ]


# Due dates


@pytest.mark.parametrize(
    ("span", "base", "expected"),
    [
        ({"working_days": 1}, "2002-05-31", "2002-06-05"),
        ({"working_days": 10}, "2002-05-29", "2002-06-14"),
        ({"working_days": 1}, "2002-12-24", "2002-12-27"),
        ({"working_days": 2}, "2003-04-17", "2003-04-23"),
        ({"working_days": 0}, "2002-06-01", "2002-06-01"),
        ({"days": 28}, "2004-02-01", "2004-02-29"),
        ({"days": 5}, "2002-05-31", "2002-06-05"),
        ({"months": 1}, "2003-01-31", "2003-02-28"),
        ({"months": 1}, "2004-01-31", "2004-02-29"),
        ({"months": 12}, "2004-02-29", "2005-02-28"),
        ({"months": 48}, "2004-02-29", "2008-02-29"),
        ({"months": 4}, "2002-10-31", "2003-02-28"),
    ],
    ids=[
        "the jubilee's two holidays of June 2002 are not worked",
        "nor are they within two weeks",
        "Christmas and Boxing Day",
        "Easter",
        "no days at all",
        "a leap day is a day",
        "plain days take no notice of holidays",
        "a month from the 31st ends with the shorter month",
        "or on its leap day",
        "a year from a leap day",
        "four years from a leap day",
        "over the new year",
    ],
)
def test_a_due_date_after_a_day(span: dict[str, int], base: str, expected: str) -> None:
    assert str(due({"due": {**span, "after": "pip-received"}}, base).due_on) == expected


@pytest.mark.parametrize(
    ("span", "base", "expected"),
    [
        ({"working_days": 5}, "2002-06-07", "2002-05-29"),
        ({"days": 0}, "2002-06-08", "2002-06-08"),
        ({"months": 1}, "2004-03-31", "2004-02-29"),
    ],
    ids=["five working days before, over the jubilee", "on the day itself", "a month before"],
)
def test_a_due_date_before_a_day(span: dict[str, int], base: str, expected: str) -> None:
    rule = {"due": {**span, "before": "board-scheduled", "field": "date"}}
    assert str(due(rule, base, "2002-05-01").due_on) == expected


def test_how_a_date_was_reached_is_data() -> None:
    found = due(
        {"due": {"working_days": 5, "before": "board-scheduled", "field": "date"}, "assumed": True}, "2002-06-07"
    )
    assert found.derivation.model_dump() == {
        "direction": "before",
        "amount": 5,
        "unit": "working_days",
        "base_event": "board-scheduled",
        "base_version": 7,
        "base_day": date(2002, 6, 7),
        "calendar": "england@1",
        "beyond_calendar": False,
        "assumed": True,
        "paused": 0,
        "calendar_before": None,
    }


@pytest.mark.parametrize(("base", "beyond"), [("2030-12-02", False), ("2030-12-20", True), ("1997-12-01", True)])
def test_a_date_beyond_the_calendar_says_so(base: str, beyond: bool) -> None:
    assert due({"due": {"working_days": 10, "after": "pip-received"}}, base).derivation.beyond_calendar is beyond


@pytest.mark.parametrize(
    ("day", "end", "morning"),
    [
        ("2002-06-14", "2002-06-14T23:00:00+00:00", "2002-06-14T08:00:00+00:00"),
        ("2002-12-13", "2002-12-14T00:00:00+00:00", "2002-12-13T09:00:00+00:00"),
        ("2002-10-26", "2002-10-26T23:00:00+00:00", "2002-10-26T08:00:00+00:00"),
        ("2002-10-27", "2002-10-28T00:00:00+00:00", "2002-10-27T09:00:00+00:00"),
        ("2003-03-30", "2003-03-30T23:00:00+00:00", "2003-03-30T08:00:00+00:00"),
    ],
    ids=["summer time", "winter time", "the last day of summer time", "the day it ends", "the day it begins"],
)
def test_a_day_ends_at_midnight_in_london_whatever_the_clocks_do(day: str, end: str, morning: str) -> None:
    found = due({"due": {"days": 0, "after": "pip-received"}}, day)
    assert found.due_at == datetime.fromisoformat(end) == end_of(date.fromisoformat(day))
    assert morning_of(date.fromisoformat(day)) == datetime.fromisoformat(morning)
    assert london_day(found.due_at - timedelta(microseconds=1)) == date.fromisoformat(day)


def test_reminders_come_at_nine_before_it_is_due_and_none_for_a_moment_gone_by() -> None:
    rule = {"due": {"working_days": 10, "after": "pip-received"}, "remind": [{"working_days": 2}, {"working_days": 9}]}
    assert [step.at for step in due(rule, "2002-05-29").reminders] == [
        datetime(2002, 5, 30, 8, tzinfo=UTC),
        datetime(2002, 6, 12, 8, tzinfo=UTC),
    ]
    assert [step.at for step in due(rule, "2002-05-29", "2002-05-30").reminders] == [
        datetime(2002, 6, 12, 8, tzinfo=UTC)
    ]
    assert due(rule, "2002-05-29", "2002-06-12").reminders == ()


def test_escalations_come_in_order_and_never_before_it_has_passed() -> None:
    steps = [{"working_days": 5, "to": OFFICE}, {"working_days": 0, "to": DIRECTOR}, {"days": 1, "to": CHIEF}]
    found = due({"due": {"days": 0, "after": "pip-received"}, "escalate": steps}, "2002-05-31")
    assert [(str(step.at)[:16], step.to) for step in found.escalations] == [
        ("2002-05-31 23:00", DIRECTOR),
        ("2002-06-01 08:00", CHIEF),
        ("2002-06-11 08:00", OFFICE),
    ]


@pytest.mark.parametrize(
    "span",
    [{}, {"days": 1, "months": 1}, {"days": -1}, {"weeks": 2}],
    ids=["none", "two units", "negative", "no such unit"],
)
def test_a_length_of_time_is_in_one_unit(span: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Span.model_validate(span)


@pytest.mark.parametrize(
    "rule",
    [
        {"days": 1},
        {"days": 1, "after": "pip-received", "before": "board-scheduled", "field": "date"},
        {"days": 1, "before": "board-scheduled"},
    ],
    ids=["no direction", "two directions", "before what day?"],
)
def test_a_due_rule_goes_one_way(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DueRule.model_validate(rule)


def test_months_are_counted_back_over_the_new_year() -> None:
    assert add_months(date(2003, 3, 31), -13) == date(2002, 2, 28)


# What an engagement owes, as the clock strikes


def test_a_council_that_does_nothing_is_reminded_then_late_then_told_further_up() -> None:
    scene = opened().punctually("2002-08-31")
    assert told(scene) == [
        ("Reminded", "meet-council", "2002-06-11 08:00"),
        ("Passed", "meet-council", "2002-06-14 23:00"),
        ("Escalated", "meet-council", "2002-06-17 08:00"),
        ("Reminded", "submit-pip", "2002-07-12 08:00"),
        ("Reminded", "submit-pip", "2002-07-23 08:00"),
        ("Passed", "submit-pip", "2002-07-26 23:00"),
        ("Escalated", "submit-pip", "2002-07-26 23:00"),
        ("Escalated", "submit-pip", "2002-08-02 08:00"),
        ("Escalated", "submit-pip", "2002-08-23 08:00"),
    ]
    assert [event.to for event in scene.only(ObligationEscalated)] == [
        OFFICE,
        "council.chief-executive",
        "inspectorate.regional-director",
        OFFICE,
    ]
    assert [event.to for event in scene.only(ObligationReminded)] == [CHIEF, DIRECTOR, DIRECTOR]
    assert not any(event.late for event in scene.events if isinstance(event, ObligationPassed))
    assert an_engagement.next_due(scene.state) is None
    assert scene.state.late()


def test_a_clock_that_was_stopped_strikes_in_due_order_and_says_that_it_was_late() -> None:
    on_time, late = opened().punctually("2002-08-31"), opened().until("2002-08-31")
    assert told(late) == told(on_time)
    assert all(event.late for event in late.events if hasattr(event, "late"))


@pytest.mark.parametrize(("seconds", "late"), [(0, False), (60, False), (61, True)])
def test_a_strike_is_late_after_a_minute(seconds: int, late: bool) -> None:
    scene = opened()
    at = an_engagement.next_due(scene.state)
    assert at == datetime(2002, 6, 11, 8, tzinfo=UTC)
    (event,) = scene.until(at + timedelta(seconds=seconds)).only(ObligationReminded)
    assert event.late is late


def test_the_clock_strikes_at_the_instant_and_not_before() -> None:
    scene = opened().until(datetime(2002, 6, 11, 7, 59, 59, tzinfo=UTC))
    assert scene.events == []
    scene.until(datetime(2002, 6, 14, 22, 59, 59, 999999, tzinfo=UTC)).then("obligation-reminded")
    scene.until(datetime(2002, 6, 14, 23, tzinfo=UTC)).then("obligation-passed")


def test_what_is_recorded_in_the_last_minute_is_in_time() -> None:
    scene = opened().when("meet-council", CHIEF, "2002-06-14", at=datetime(2002, 6, 14, 22, 59, 59, tzinfo=UTC))
    scene.then("council-met", "obligation-met")
    assert [event.late for event in scene.only(ObligationMet)] == [False]
    assert "meet-council-1" not in scene.owed()


def test_what_is_done_a_day_later_is_met_late() -> None:
    scene = opened().when("meet-council", CHIEF, "2002-06-15").then("council-met", "obligation-met")
    assert [event.late for event in scene.only(ObligationMet)] == [True]


def test_what_was_done_in_time_and_recorded_later_had_passed_and_is_met_in_time() -> None:
    scene = opened().until("2002-06-20")
    assert scene.state.late()
    scene.when("meet-council", CHIEF, "2002-06-13").then("council-met", "obligation-met")
    (met,) = scene.only(ObligationMet)
    assert met.late is False
    assert [scene.state.history.at(version).event.type for version in met.evidence] == ["council-met"]  # type: ignore[union-attr]


def test_a_deadline_met_strikes_no_more() -> None:
    scene = opened().when("meet-council", CHIEF, "2002-06-05").until("2002-07-01")
    assert scene.events == []


def test_a_deadline_counts_from_the_latest_day_that_is_not_in_the_future() -> None:
    for on, at, expected in (
        ("2002-06", "2002-07-10", "2002-07-19"),
        ("2002-06", "2002-06-20", "2002-07-11"),
        ("2002-06-10", "2002-06-20", "2002-07-01"),
        ("by 2002-06-12", "2002-06-20", "2002-07-03"),
    ):
        scene = opened().when("receive-pip", DIRECTOR, on, at=noon(at)).accepted()
        assert scene.owed()["judge-pip-1"] == expected


def test_each_plan_received_is_to_be_judged() -> None:
    scene = opened().when("receive-pip", DIRECTOR, "2002-06-10")
    scene.when("judge-pip", LEAD, "2002-06-12", verdict="not-acceptable", faults=["too-long"])
    assert [(event.obligation, event.number) for event in scene.only(ObligationMet)] == [("judge-pip", 1)]
    scene.when("receive-pip", DIRECTOR, "2002-06-17", plan=2).accepted()
    assert scene.owed()["judge-pip-2"] == "2002-07-08"


def test_leaving_a_stage_lets_go_of_what_is_owed_in_it() -> None:
    scene = opened().when("ask-team-for-pip", CHIEF, "2002-06-03", reason="No managers to write it.")
    assert [(event.obligation, event.because) for event in scene.only(ObligationClosed)] == [
        ("meet-council", "stage-left"),
        ("submit-pip", "stage-left"),
    ]
    assert scene.owed() == {"assess-conditions-1": "2002-06-11", "recommend-1": "2002-06-18"}


def test_what_opens_the_gate_has_first_met_what_was_owed() -> None:
    scene = (
        opened().when("receive-pip", DIRECTOR, "2002-06-10").when("judge-pip", LEAD, "2002-06-12", verdict="acceptable")
    )
    assert [(event.obligation, event.late) for event in scene.only(ObligationMet)] == [("judge-pip", False)]
    assert [event.obligation for event in scene.only(ObligationClosed)] == ["meet-council"]


def test_the_end_lets_go_of_everything() -> None:
    scene = opened().when("stop-engagement", OFFICE, "2002-06-05", reason="No.")
    assert {event.because for event in scene.only(ObligationClosed)} == {"engagement-closed"}
    assert scene.owed() == {}


def test_a_recommendation_made_early_is_not_owed_again() -> None:
    scene = opened().when("recommend", CHIEF, "2002-06-10", outcome="engage", grounds="Ready.")
    scene.when("ask-team-for-pip", CHIEF, "2002-07-01", reason="No managers to write it.").accepted()
    assert scene.owed() == {"assess-conditions-1": "2002-07-08", "decide-1": "2002-07-22"}


def test_nobody_is_late_on_a_stages_work_before_the_stage() -> None:
    scene = opened().when("recommend", CHIEF, "2002-05-30", outcome="engage", grounds="Ready.")
    scene.when("ask-team-for-pip", CHIEF, "2002-11-01", reason="No managers to write it.").accepted()
    (owed,) = [event for event in scene.only(ObligationOpened) if event.obligation == "decide"]
    assert (owed.derivation.base_event, str(owed.derivation.base_day)) == ("recommendation-made", "2002-11-01")
    assert str(owed.due_on) == "2002-11-22"


# Boards


def set_board(number: int, day: str, on: str = "2002-08-16") -> Do:
    return Do("schedule-board", LEAD, on, {"board": number, "date": day})


def report(number: int, on: str) -> Do:
    return Do("send-report", CONSULTANT, on, {"board": number, "agreed_with_council": True})


def meet(number: int, on: str) -> Do:
    return Do("hold-board", LEAD, on, {"board": number, "attended": [LEAD, DIRECTOR, CONSULTANT]})


def test_a_report_is_due_before_the_board_and_its_reminder_comes() -> None:
    scene = given("board-cycles", set_board(1, "2002-10-10"))
    assert scene.owed() == {"send-report-1": "2002-10-03", "hold-board-1": "2002-10-10"}
    assert told(scene.punctually("2002-10-11")) == [
        ("Reminded", "send-report", "2002-09-30 08:00"),
        ("Passed", "send-report", "2002-10-03 23:00"),
        ("Escalated", "send-report", "2002-10-04 08:00"),
        ("Reminded", "hold-board", "2002-10-08 08:00"),
        ("Passed", "hold-board", "2002-10-10 23:00"),
        ("Escalated", "hold-board", "2002-10-11 08:00"),
    ]


def test_one_board_that_meets_does_not_stand_for_the_others() -> None:
    scene = given("board-cycles", set_board(1, "2002-10-10"), set_board(2, "2002-11-14"), set_board(3, "2002-12-12"))
    scene.when(report(1, "2002-10-01")).when(meet(1, "2002-10-10"))
    assert scene.owed() == {
        "send-report-2": "2002-11-07",
        "hold-board-2": "2002-11-14",
        "send-report-3": "2002-12-05",
        "hold-board-3": "2002-12-12",
        "circulate-minutes-1": "2002-10-17",
    }


def test_minutes_of_one_board_are_not_those_of_another() -> None:
    scene = given("board-cycles", set_board(1, "2002-10-10"), set_board(2, "2002-10-14"))
    for number, day in ((1, "2002-10-10"), (2, "2002-10-14")):
        scene.when(meet(number, day)).accepted()
    scene.when("circulate-minutes", DIRECTOR, "2002-10-15", board=2).accepted()
    assert scene.owed()["circulate-minutes-1"] == "2002-10-17"
    assert "circulate-minutes-2" not in scene.owed()


def test_a_board_that_is_moved_is_owed_on_its_new_day_only() -> None:
    scene = given("board-cycles", set_board(1, "2002-10-10")).when(set_board(1, "2002-10-24", "2002-09-02"))
    assert [(event.obligation, event.because) for event in scene.only(ObligationClosed)] == [
        ("send-report", "replaced"),
        ("hold-board", "replaced"),
    ]
    assert scene.owed() == {"send-report-2": "2002-10-17", "hold-board-2": "2002-10-24"}


def test_a_move_that_is_withdrawn_leaves_the_first_day_standing() -> None:
    scene = given("board-cycles", set_board(1, "2002-10-10"), set_board(1, "2002-10-24"))
    version = next(e.version for e in reversed(scene.state.history.entries) if e.event.type == "board-scheduled")
    scene.when("withdraw-event", OFFICE, version=version, reason="Not agreed.").accepted()
    assert scene.owed() == {"send-report-3": "2002-10-03", "hold-board-3": "2002-10-10"}


def test_a_report_sent_before_the_board_was_moved_is_sent() -> None:
    scene = given("board-cycles", set_board(1, "2002-10-10")).when(report(1, "2002-09-30"))
    scene.when(set_board(1, "2002-10-24", "2002-10-01")).accepted()
    assert scene.owed() == {"hold-board-2": "2002-10-24"}


def test_boards_set_during_mobilisation_are_each_owed_and_no_first_date_is_asked_for() -> None:
    scene = given("mobilisation", set_board(1, "2002-10-10", "2002-08-05"), set_board(2, "2002-11-14", "2002-08-05"))
    for command in WAY["mobilisation"]:
        scene.when(command).accepted()
    assert scene.owed() == {
        "send-report-1": "2002-10-03",
        "hold-board-1": "2002-10-10",
        "send-report-2": "2002-11-07",
        "hold-board-2": "2002-11-14",
    }


def test_a_board_known_to_the_month_is_due_by_its_last_day() -> None:
    assert given("board-cycles", set_board(1, "2002-10")).owed()["hold-board-1"] == "2002-10-31"


def test_a_further_phase_counts_its_boards_anew() -> None:
    scene = given("board-cycles", set_board(1, "2002-10-10")).when(meet(1, "2002-10-10"))
    scene.when("agree-council-readiness", BOARD, "2003-01-06").when("keep-lead", BOARD, reason="No.")
    scene.when("start-further-phase", OFFICE, "2003-02-03", reason="More.").accepted()
    for name in ("scoping", "tender", "mobilisation"):
        for command in WAY[name]:
            scene.when(command.type, command.as_, at=scene.at, **command.body).accepted()
    assert scene.owed() == {"schedule-board-2": "2003-02-17"}
    scene.when("schedule-board", LEAD, board=1, date="2003-04-10").accepted()
    assert scene.owed()["hold-board-2"] == "2003-04-10"


# Corrections and withdrawals


def version_of(scene: Scene, kind: str) -> int:
    return [entry.version for entry in scene.state.history.entries if entry.event.type == kind][-1]


def corrected(scene: Scene, kind: str, on: str | None = None, **changes: Any) -> Scene:
    body: dict[str, Any] = {"version": version_of(scene, kind), "changes": changes, "reason": "Typed wrongly."}
    return scene.when("correct-event", LEAD, **(body | ({"occurred": on} if on else {}))).accepted()


def test_a_corrected_board_date_moves_what_is_owed() -> None:
    scene = corrected(given("board-cycles", set_board(1, "2002-10-10")), "board-scheduled", date="2002-11-10")
    assert {event.because for event in scene.only(ObligationClosed)} == {"corrected"}
    assert scene.owed() == {"send-report-2": "2002-11-04", "hold-board-2": "2002-11-10"}


def test_a_corrected_day_of_receipt_moves_the_deadline_that_counts_from_it() -> None:
    scene = opened().when("receive-pip", DIRECTOR, "2002-06-20").accepted()
    assert scene.owed()["judge-pip-1"] == "2002-07-11"
    corrected(scene, "pip-received", "2002-06-10")
    assert scene.owed()["judge-pip-2"] == "2002-07-01"
    assert "judge-pip-1" not in scene.owed()


def test_a_correction_of_something_else_moves_nothing() -> None:
    scene = opened().when("receive-pip", DIRECTOR, "2002-06-10").accepted()
    before = scene.owed()
    corrected(scene, "pip-received", note="sealed:" + "a" * 64)
    assert scene.owed() == before


def test_what_rested_on_a_withdrawn_event_is_owed_no_longer_and_what_it_had_met_is_owed_again() -> None:
    scene = opened().when("receive-pip", DIRECTOR, "2002-06-10").accepted()
    assert set(scene.owed()) == {"meet-council-1", "judge-pip-1"}
    scene.when("withdraw-event", OFFICE, version=version_of(scene, "pip-received"), reason="Another council's.")
    (closed,) = scene.only(ObligationClosed)
    assert (closed.obligation, closed.because) == ("judge-pip", "withdrawn")
    assert scene.owed() == {"meet-council-1": "2002-06-14", "submit-pip-2": "2002-07-26"}
    scene.when("receive-pip", DIRECTOR, "2002-06-12").accepted()
    assert scene.owed()["judge-pip-2"] == "2002-07-03"


def test_what_is_owed_again_after_its_day_is_late_at_once() -> None:
    scene = opened().when("meet-council", CHIEF, "2002-06-05").until("2002-07-01")
    scene.when("withdraw-event", OFFICE, version=version_of(scene, "council-met"), reason="It was another council.")
    assert scene.owed()["meet-council-2"] == "2002-06-14"
    assert told(scene.until("2002-07-01")) == [
        ("Passed", "meet-council", "2002-06-14 23:00"),
        ("Escalated", "meet-council", "2002-06-17 08:00"),
    ]


@pytest.mark.parametrize(
    ("on", "rule"), [("2002-12-01", "in-the-future"), ("2002-05-01", "before-the-opening")], ids=["tomorrow", "before"]
)
def test_a_date_is_not_corrected_to_what_is_impossible(on: str, rule: str) -> None:
    scene = opened().when("receive-pip", DIRECTOR, "2002-06-10")
    scene.when(
        "correct-event", LEAD, version=version_of(scene, "pip-received"), changes={}, occurred=on, reason="?"
    ).refused(rule)


# The rest


def test_monitoring_goes_on_from_visit_to_visit() -> None:
    scene = given("monitoring").when("record-monitoring-visit", LEAD, "2002-09-10").accepted()
    assert scene.owed() == {"visit-again-1": "2002-12-10"}
    scene.when("record-monitoring-visit", LEAD, "2002-12-02").accepted()
    assert scene.owed() == {"visit-again-2": "2003-03-02"}


def test_evaluation_is_owed_whole() -> None:
    scene = given("exit")
    for command in ("evaluate-deliverables", "evaluate-contribution"):
        scene.when(command, LEAD).accepted()
    scene.when("evaluate-improvement", LEAD, improved="partly").accepted()
    assert "evaluate-1" in scene.owed()
    scene.when("evaluate-impact", LEAD).accepted()
    assert "evaluate-1" not in scene.owed()


def test_the_councils_days_are_owed_for_four_months() -> None:
    scene = given("council-led-final-days", WAY["council-led-final-days"][0])
    assert scene.owed() == {"spend-final-days-1": "2003-05-21"}


def test_the_next_deadline_is_the_one_that_falls_due_first() -> None:
    held = given("tender").state.next_deadline()
    assert held is not None and held.opened.obligation == "invite"


def test_strikes_of_one_obligation_are_told_apart() -> None:
    def key(event: Event) -> str:
        return event.model_dump_json(include={"obligation", "number", "step", "due"})

    events = opened().punctually("2002-08-31").events
    assert len({key(event) for event in events}) == len(events) == 9
