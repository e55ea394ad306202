"""Clocks paused and set going again, and calendars that change: what is left is kept, and nothing strikes twice or early."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from activities.library import Library
from activities.starting import outdated_engagements
from domain import clock
from domain import engagement as an_engagement
from domain.actors import ENGINE, Actor
from domain.calendar import Calendar
from domain.clock import ClockPaused, ClockResumed, PauseClock, ResumeClock
from domain.course import EngagementOpened
from domain.dates import When, end_of, london_day
from domain.engagement import Rules
from domain.obligations import (
    Derivation,
    Obligation,
    ObligationClosed,
    ObligationEscalated,
    ObligationMet,
    ObligationOpened,
    ObligationPassed,
    ObligationReminded,
    ObligationRescheduled,
    ObligationRule,
    open_obligation,
    recounted,
    resumed,
)
from domain.part import Asked, Entry, Event, History, Refusal
from faces import dates, prose
from faces.telling import title
from faces.words import Words
from ledger import events, read_models
from ledger.read_models import EngagementRow, ObligationRow
from ledger.store import Ledger
from tests.given import Scene, given, noon, opened, seal, shipped
from tests.transactions import Office, publish
from workers.rebuild import rebuild_read_models

OFFICE, LEAD, CHIEF = "department.programme-office", "inspectorate.lead-inspector", "inspectorate.chief-inspector"
REGIONAL, DIRECTOR = "inspectorate.regional-director", "council.director"
CALENDAR = shipped().calendar
WORDS = Words([shipped().lifecycle])
BASE = date(2002, 7, 26)
"""When the plan of `opened()` is due: 40 working days after 29 May 2002."""


def newer(*more: str, without: str | None = None, version: int = 2) -> Calendar:
    """The shipped calendar in a later version, with more holidays, or without one."""
    days = (CALENDAR.holidays | {date.fromisoformat(day) for day in more}) - {
        date.fromisoformat(without or "1900-01-01")
    }
    return CALENDAR.model_copy(update={"version": version, "holidays": days})


def under(scene: Scene, calendar: Calendar) -> Scene:
    """The same scene after another version of the calendar was published."""
    scene.rules = Rules(scene.rules.lifecycle, calendar)
    return scene


def pause(scene: Scene, on: str, **body: Any) -> Scene:
    return scene.when("pause-clock", OFFICE, on, **{"obligation": "submit-pip", "reason": "An election.", **body})


def resume(scene: Scene, on: str, **body: Any) -> Scene:
    return scene.when("resume-clock", OFFICE, on, **{"obligation": "submit-pip", **body})


def struck(scene: Scene, obligation: str = "submit-pip") -> list[tuple[str, str]]:
    """What the clock did about one thing owed, and the moment it was due."""
    return [
        (type(event).__name__.removeprefix("Obligation"), event.due.strftime("%Y-%m-%d %H:%M"))
        for event in scene.events
        if isinstance(event, ObligationReminded | ObligationPassed | ObligationEscalated)
        and event.obligation == obligation
    ]


def held(scene: Scene, obligation: str = "submit-pip") -> Obligation:
    (found,) = (held for (name, _), held in scene.state.obligations.items() if name == obligation)
    return found


# How far a date moves: pure, over any calendar days


def after_pauses(due: Mapping[str, Any], base: str, *pauses: tuple[str, str]) -> tuple[str, int, list[int]]:
    """The date of something owed after its clock stood from one day to another; the days it stood, and what was left."""
    rule = ObligationRule.model_validate(
        {
            "id": "x",
            "title": "X",
            "owner": LEAD,
            "met_by": {"recorded": {"event": "pip-judged"}},
            "due": due,
            "pausable": True,
        }
    )
    start = date.fromisoformat(base)
    owed = Obligation(open_obligation(rule, 1, 1, start, start, CALENDAR), 2)
    opening = EngagementOpened(council="E09000014", service="x", model="x@1", lifecycle_sha256="0" * 64)
    history = History().plus(Entry(1, When.day(start), noon(base), ENGINE, opening))
    left, stood = [], 0
    for version, (stopped, went_on) in enumerate(pauses):
        body: dict[str, Any] = {"obligation": "x", "reason": seal("?")}
        given_on = ((PauseClock.model_validate(body), stopped), (ResumeClock.model_validate(body), went_on))
        for number, (command, day) in enumerate(given_on):
            asked = Asked(command, When.parse(day), Actor.parse(OFFICE), Actor.parse(OFFICE), noon(day), "page")
            decided = clock.decide(command, history, asked, [(owed, rule)], CALENDAR)
            assert not isinstance(decided, Refusal), decided
            (event,) = decided
            history = history.plus(Entry(3 + 2 * version + number, When.parse(day), noon(day), ENGINE, event))
            if isinstance(event, ClockPaused):
                owed = clock.stopped(owed, event)
                left.append(event.left)
            if isinstance(event, ClockResumed):
                stood += event.paused
                owed = clock.set_going(owed, event)
                owed = owed.after(resumed(owed, rule, CALENDAR))
    assert owed.opened.derivation.paused == stood
    assert owed.opened.due_at == end_of(owed.opened.due_on)
    return str(owed.opened.due_on), stood, left


TEN = {"working_days": 10, "after": "pip-received"}


@pytest.mark.parametrize(
    ("due", "base", "pauses", "expected"),
    [
        (TEN, "2002-09-02", [("2002-09-04", "2002-09-09")], ("2002-09-19", 3, [8])),
        (TEN, "2002-09-02", [("2002-09-06", "2002-09-09")], ("2002-09-17", 1, [6])),
        (TEN, "2002-09-02", [("2002-09-07", "2002-09-08")], ("2002-09-16", 0, [6])),
        (TEN, "2002-05-27", [("2002-05-31", "2002-06-05")], ("2002-06-13", 1, [6])),
        (TEN, "2002-05-27", [("2002-05-30", "2002-06-04")], ("2002-06-13", 1, [7])),
        (TEN, "2002-10-21", [("2002-10-25", "2002-10-28")], ("2002-11-05", 1, [6])),
        (TEN, "2003-03-24", [("2003-03-28", "2003-03-31")], ("2003-04-08", 1, [6])),
        (TEN, "2004-02-23", [("2004-02-27", "2004-03-01")], ("2004-03-09", 1, [6])),
        (TEN, "2008-02-22", [("2008-02-28", "2008-03-03")], ("2008-03-11", 2, [6])),
        (
            TEN,
            "2002-09-02",
            [("2002-09-04", "2002-09-06"), ("2002-09-11", "2002-09-16")],
            ("2002-09-23", 5, [8, 7 - 2]),
        ),
        (TEN, "2002-09-02", [("2002-09-04", "2002-09-04")], ("2002-09-16", 0, [8])),
        (TEN, "2002-09-02", [("2002-09-16", "2002-10-01")], ("2002-10-01", 11, [0])),
        (TEN, "2002-09-02", [("2002-09-16", "2002-10-05")], ("2002-10-05", 14, [0])),
        (TEN, "2002-12-16", [("2002-12-20", "2003-01-02")], ("2003-01-10", 6, [6])),
        ({"days": 6, "after": "pip-received"}, "2002-09-02", [("2002-09-05", "2002-09-05")], ("2002-09-08", 0, [1])),
        ({"days": 6, "after": "pip-received"}, "2002-09-02", [("2002-09-05", "2002-09-10")], ("2002-09-11", 3, [1])),
        ({"months": 1, "after": "pip-received"}, "2004-01-31", [("2004-02-20", "2004-02-24")], ("2004-03-02", 2, [5])),
    ],
    ids=[
        "over a weekend",
        "from Friday to Monday",
        "a weekend alone moves nothing",
        "over a bank holiday",
        "from before two bank holidays to the second of them",
        "over the end of summer time",
        "over its beginning",
        "over a leap day that is a Sunday",
        "over a leap day that is a Friday",
        "twice",
        "paused and set going on one day",
        "on its last day: it is due on the day on which it goes on",
        "on its last day, going on at a weekend",
        "over Christmas",
        "a date on a Sunday never comes forward",
        "plain days: what is left is working days",
        "months, over a leap year's February",
    ],
)
def test_a_pause_moves_a_date_by_the_working_days_it_lasted(
    due: dict[str, Any], base: str, pauses: Sequence[tuple[str, str]], expected: tuple[str, int, list[int]]
) -> None:
    assert after_pauses(due, base, *pauses) == expected


# In an engagement


def test_a_pause_and_a_resumption_are_recorded_and_the_engine_sets_the_new_date() -> None:
    scene = pause(opened(), "2002-06-17", ground="election")
    assert scene.then("clock-paused").events == [
        ClockPaused(
            obligation="submit-pip",
            number=1,
            ground="election",
            reason=seal("An election."),
            on=date(2002, 6, 17),
            left=29,
        )
    ]
    resume(scene, "2002-06-24", reason="It is over.").then("clock-resumed", "obligation-rescheduled")
    went_on, moved = scene.events
    assert went_on == ClockResumed(
        obligation="submit-pip", number=1, reason=seal("It is over."), on=date(2002, 6, 24), paused=5
    )
    assert isinstance(moved, ObligationRescheduled)
    assert (moved.because, moved.due_on, moved.due_at) == ("resumed", date(2002, 8, 2), end_of(date(2002, 8, 2)))
    assert (moved.derivation.base_day, moved.derivation.amount, moved.derivation.paused) == (date(2002, 5, 29), 40, 5)
    assert [str(step.at)[:16] for step in moved.reminders] == ["2002-07-19 08:00", "2002-07-30 08:00"]
    assert [(str(step.at)[:16], step.to) for step in moved.escalations] == [
        ("2002-08-02 23:00", "council.chief-executive"),
        ("2002-08-09 08:00", REGIONAL),
        ("2002-09-02 08:00", OFFICE),
    ]
    assert str(scene.log[-2][1].decided_by) == OFFICE
    assert str(scene.log[-1][1].decided_by) == str(ENGINE)
    assert scene.owed()["submit-pip-1"] == "2002-08-02"


def test_how_a_date_was_reached_says_the_days_it_stood() -> None:
    scene = resume(pause(opened(), "2002-06-17"), "2002-06-24")
    said = dates.reached(held(scene).opened.derivation.model_dump(mode="json"), "stage entered")
    assert said == "40 working days after 29 May 2002 (stage entered), less 5 paused, assumed"
    days = {**held(scene).opened.derivation.model_dump(), "unit": "days", "paused": 1}
    assert "40 days after 29 May 2002 (x), less 1 working day paused" in dates.reached(days, "x")


def test_nothing_strikes_while_a_clock_stands() -> None:
    scene = pause(opened(), "2002-06-17")
    assert struck(scene.until("2003-03-01")) == []
    assert scene.state.late()  # the meeting with the council, whose clock runs on
    assert held(scene).passed is False
    scene.when("meet-council", CHIEF, "2003-03-01").accepted()
    assert not scene.state.late()
    assert an_engagement.next_due(scene.state) is None
    assert scene.state.next_deadline() is None


def test_after_a_resumption_every_step_comes_once_at_its_new_instant() -> None:
    scene = resume(pause(opened(), "2002-06-17"), "2002-06-24")
    assert struck(scene.punctually("2002-12-31")) == [
        ("Reminded", "2002-07-19 08:00"),
        ("Reminded", "2002-07-30 08:00"),
        ("Passed", "2002-08-02 23:00"),
        ("Escalated", "2002-08-02 23:00"),
        ("Escalated", "2002-08-09 08:00"),
        ("Escalated", "2002-09-02 08:00"),
    ]
    late = scene.only(ObligationReminded) + scene.only(ObligationPassed) + scene.only(ObligationEscalated)
    assert not any(event.late for event in late if event.obligation == "submit-pip")
    assert [event.step for event in scene.only(ObligationReminded) if event.obligation == "submit-pip"] == [0, 1]


def test_a_reminder_that_was_sent_is_not_sent_again() -> None:
    scene = opened().until("2002-07-15")
    assert held(scene).reminded == 1
    resume(pause(scene, "2002-07-15"), "2002-08-15")
    assert scene.owed()["submit-pip-1"] == "2002-08-29"
    moved = scene.only(ObligationRescheduled)[0]
    assert [str(step.at)[:16] for step in moved.reminders] == ["2002-07-12 08:00", "2002-08-23 08:00"]
    assert struck(scene.punctually("2002-08-29")) == [("Reminded", "2002-08-23 08:00")]
    assert [event.step for event in scene.only(ObligationReminded) if event.obligation == "submit-pip"] == [1]


@pytest.mark.parametrize(("hour", "late"), [(7, False), (12, True)], ids=["before nine", "after nine, at once"])
def test_a_reminder_due_on_the_day_of_resumption_is_not_lost(hour: int, late: bool) -> None:
    early = datetime(2002, 7, 23, 7, tzinfo=UTC)
    scene = opened().until(early)
    scene.when("pause-clock", OFFICE, "2002-07-23", at=early, obligation="submit-pip", reason="?").accepted()
    scene.when("resume-clock", OFFICE, "2002-08-15", at=noon("2002-08-15").replace(hour=hour), obligation="submit-pip")
    assert scene.owed()["submit-pip-1"] == "2002-08-20"
    assert struck(scene.punctually("2002-08-20")) == [("Reminded", "2002-08-15 08:00")]
    assert [event.late for event in scene.only(ObligationReminded) if event.obligation == "submit-pip"] == [late]


def test_a_resumption_recorded_late_counts_from_its_day_and_can_be_late_at_once() -> None:
    scene = pause(opened(), "2002-07-22")
    resume(scene, "2002-08-01", reason="?")
    scene.accepted()
    other = pause(opened(), "2002-07-22")
    other.when("resume-clock", OFFICE, "2002-08-01", at=noon("2002-10-01"), obligation="submit-pip").accepted()
    assert other.owed()["submit-pip-1"] == scene.owed()["submit-pip-1"] == "2002-08-07"
    assert [name for name, _ in struck(other.until("2002-10-01"))] == [
        "Reminded",
        "Passed",
        "Escalated",
        "Escalated",
        "Escalated",
    ]


def test_what_is_done_while_its_clock_stands_is_done_in_time() -> None:
    scene = pause(opened(), "2002-07-22").when("receive-pip", DIRECTOR, "2002-12-01", plan=1).accepted()
    (met,) = [event for event in scene.only(ObligationMet) if event.obligation == "submit-pip"]
    assert met.late is False
    assert "submit-pip-1" not in scene.owed()
    resume(scene, "2002-12-02").refused("obligation-not-open", obligation="submit-pip")


def test_what_is_done_after_its_new_date_is_late() -> None:
    scene = resume(pause(opened(), "2002-07-22"), "2002-08-01")
    scene.when("receive-pip", DIRECTOR, "2002-08-08", plan=1)
    assert [event.late for event in scene.only(ObligationMet)] == [True]


def test_leaving_the_stage_lets_go_of_what_is_paused() -> None:
    scene = pause(opened(), "2002-06-17").when("ask-team-for-pip", CHIEF, "2002-06-20", reason="No managers.")
    assert ("submit-pip", "stage-left") in [(e.obligation, e.because) for e in scene.only(ObligationClosed)]
    assert "submit-pip-1" not in scene.owed()


def test_stopping_the_engagement_lets_go_of_what_is_paused() -> None:
    scene = pause(opened(), "2002-06-17").when("stop-engagement", OFFICE, "2002-06-20", reason="No.")
    assert "submit-pip" in [event.obligation for event in scene.only(ObligationClosed)]
    pause(scene, "2002-06-21").refused("closed")


@pytest.mark.parametrize("role", [OFFICE, REGIONAL])
def test_the_office_and_the_regional_director_may(role: str) -> None:
    scene = opened().when("pause-clock", role, "2002-06-17", obligation="submit-pip", reason="?").accepted()
    scene.when("resume-clock", role, "2002-06-18", obligation="submit-pip").accepted()


@pytest.mark.parametrize("role", [DIRECTOR, LEAD, "department.official"])
def test_nobody_else_may(role: str) -> None:
    opened().when("pause-clock", role, "2002-06-17", obligation="submit-pip", reason="?").refused("role", role=role)


REFUSED: Sequence[tuple[str, Callable[[], Scene], str, dict[str, Any]]] = [
    (
        "what is not owed",
        lambda: pause(opened(), "2002-06-17", obligation="hold-board"),
        "obligation-not-open",
        {"obligation": "hold-board", "open": ["meet-council 1", "submit-pip 1"]},
    ),
    (
        "a number that is not owed",
        lambda: pause(opened(), "2002-06-17", number=2),
        "obligation-not-open",
        {"obligation": "submit-pip", "number": 2},
    ),
    (
        "what can't be paused",
        lambda: pause(opened(), "2002-06-10", obligation="meet-council"),
        "clock-not-pausable",
        {"obligation": "meet-council", "pausable": ["submit-pip"]},
    ),
    (
        "what is paused",
        lambda: pause(pause(opened(), "2002-06-17"), "2002-06-18"),
        "clock-paused-already",
        {"obligation": "submit-pip", "on": "2002-06-17"},
    ),
    (
        "what is not paused",
        lambda: resume(opened(), "2002-06-18"),
        "clock-not-paused",
        {"obligation": "submit-pip", "paused": []},
    ),
    (
        "another than what is paused",
        lambda: resume(pause(opened(), "2002-06-10"), "2002-06-11", obligation="meet-council"),
        "clock-not-paused",
        {"obligation": "meet-council", "paused": ["submit-pip"]},
    ),
    (
        "what has gone on",
        lambda: resume(resume(pause(opened(), "2002-06-17"), "2002-06-18"), "2002-06-19"),
        "clock-not-paused",
        {"obligation": "submit-pip"},
    ),
    (
        "what is late",
        lambda: pause(opened(), "2002-07-27"),
        "clock-run-out",
        {"obligation": "submit-pip", "on": "2002-07-26"},
    ),
    (
        "what is late, from a day on which it was not",
        lambda: opened().when(
            "pause-clock", OFFICE, "2002-07-01", at=noon("2002-07-27"), obligation="submit-pip", reason="?"
        ),
        "clock-run-out",
        {"obligation": "submit-pip"},
    ),
    (
        "from before it was owed",
        lambda: given("mobilisation").when("pause-clock", OFFICE, "2002-06-01", obligation="submit-pid", reason="?"),
        "clock-out-of-order",
        {"obligation": "submit-pid", "occurred": "2002-06-01"},
    ),
    (
        "going on before it was paused",
        lambda: resume(pause(opened(), "2002-06-17"), "2002-06-16"),
        "clock-out-of-order",
        {"obligation": "submit-pip", "occurred": "2002-06-16", "on": "2002-06-17"},
    ),
    (
        "paused again before it went on",
        lambda: pause(resume(pause(opened(), "2002-06-10"), "2002-06-17"), "2002-06-14"),
        "clock-out-of-order",
        {"obligation": "submit-pip", "occurred": "2002-06-14", "on": "2002-06-17"},
    ),
]


@pytest.mark.parametrize(
    ("scene", "rule", "details"), [(f, rule, details) for _, f, rule, details in REFUSED], ids=[r[0] for r in REFUSED]
)
def test_refused_and_told_why(scene: Callable[[], Scene], rule: str, details: dict[str, Any]) -> None:
    found = scene().refused(rule, **details).refusal
    assert found is not None
    said = prose.refused(found.rule, found.details, WORDS)
    assert said.sentence.endswith(".") and not said.sentence.startswith("The rule '")
    assert said.hint


def several(*numbers: int) -> Refusal:
    """What is said where so many of one kind are owed."""
    rule = next(r for r in shipped().lifecycle.stages[0].obligations if r.id == "submit-pip")
    start = date(2002, 5, 29)
    owed = [(Obligation(open_obligation(rule, n, n, start, start, CALENDAR), 5), rule) for n in numbers]
    command = PauseClock.model_validate({"obligation": "submit-pip", "reason": seal("?")})
    asked = Asked(command, When.day(start), Actor.parse(OFFICE), Actor.parse(OFFICE), noon("2002-06-01"), "page")
    found = clock.decide(command, History(), asked, owed, CALENDAR)
    assert isinstance(found, Refusal)
    return found


def test_of_several_one_is_named_by_its_number() -> None:
    found = several(1, 2)
    assert found == Refusal("obligation-several-open", {"obligation": "submit-pip", "numbers": [1, 2]})
    said = prose.refused(found.rule, found.details, WORDS)
    assert said.sentence == "Several of 'submit-pip' are owed: 1, 2."
    scene = pause(opened(), "2002-06-17", number=1).accepted()
    resume(scene, "2002-06-18", number=1).accepted()


def test_a_clock_is_named_by_an_id_alone() -> None:
    with pytest.raises(ValueError):
        PauseClock.model_validate({"obligation": "Jane Doe's plan", "reason": seal("?")})


def test_a_pause_is_not_corrected_or_withdrawn_by_hand_but_set_going_on_its_day() -> None:
    scene = pause(opened(), "2002-06-17")
    scene.when("withdraw-event", OFFICE, version=scene.state.version, reason="?").refused("nothing-to-correct")
    resume(scene, "2002-06-17").accepted()
    assert scene.owed()["submit-pip-1"] == str(BASE)


def test_an_imprecise_day_counts_from_its_last_but_never_from_one_to_come() -> None:
    scene = opened().when("pause-clock", OFFICE, "2002-06", at=noon("2002-06-20"), obligation="submit-pip", reason="?")
    assert [event.on for event in scene.only(ClockPaused)] == [date(2002, 6, 20)]


def test_every_event_of_a_clock_is_told() -> None:
    scene = resume(pause(opened(), "2002-06-17", ground="dispute"), "2002-06-24")
    assert [title(d.type, d.body, WORDS) for _, d in scene.log[-3:]] == [
        "Clock paused from 17 June 2002 (a dispute), 29 working days left: Hand in the performance improvement plan",
        "Clock goes on from 24 June 2002, after standing for 5 working days: Hand in the performance improvement plan",
        "Owed by 11:59pm on Friday 2 August 2002, as its clock goes on: Hand in the performance improvement plan",
    ]


# Corrections and withdrawals: a clock of which the day it counts from is corrected still stands, and stood

PAUSABLE = shipped().lifecycle.model_copy(
    update={
        "stages": tuple(
            stage.model_copy(
                update={"obligations": tuple(rule.model_copy(update={"pausable": True}) for rule in stage.obligations)}
            )
            for stage in shipped().lifecycle.stages
        )
    }
)
"""The shipped lifecycle with every clock pausable."""


def judging() -> Scene:
    """A plan received on 20 June, to be judged by 11 July, with a clock that can be paused."""
    scene = opened(Rules(PAUSABLE, CALENDAR)).when("receive-pip", DIRECTOR, "2002-06-20").accepted()
    assert scene.owed()["judge-pip-1"] == "2002-07-11"
    return scene


def correct(scene: Scene, to: str, on: str) -> Scene:
    version = [entry.version for entry in scene.state.history.entries if entry.event.type == "pip-received"][-1]
    body: dict[str, Any] = {"version": version, "changes": {}, "occurred": to, "reason": "Typed wrongly."}
    return scene.when("correct-event", LEAD, on, **body).accepted()


def test_days_that_a_clock_stood_are_not_lost_with_a_correction() -> None:
    scene = resume(pause(judging(), "2002-06-24", obligation="judge-pip"), "2002-07-01", obligation="judge-pip")
    assert scene.owed()["judge-pip-1"] == "2002-07-18"
    correct(scene, "2002-06-18", "2002-07-02").then("event-corrected", "obligation-closed", "obligation-opened")
    assert scene.owed()["judge-pip-2"] == "2002-07-16"
    assert held(scene, "judge-pip").opened.derivation.paused == 5


def test_a_correction_sets_no_clock_going() -> None:
    scene = pause(judging(), "2002-06-24", obligation="judge-pip", ground="dispute")
    correct(scene, "2002-06-18", "2002-08-20").then(
        "event-corrected", "obligation-closed", "obligation-opened", "clock-paused"
    )
    again = scene.events[-1]
    assert isinstance(again, ClockPaused)
    assert (again.number, again.on, again.left, again.ground) == (2, date(2002, 6, 24), 11, "dispute")
    assert again.reason == seal("An election.")
    assert str(scene.log[-1][1].decided_by) == str(ENGINE)
    assert struck(scene.until("2002-12-01"), "judge-pip") == []
    resume(scene, "2002-12-02", obligation="judge-pip").accepted()
    assert scene.owed()["judge-pip-2"] == str(CALENDAR.add_working_days(date(2002, 12, 2), 11))


def test_corrected_to_after_it_was_paused_a_clock_stands_from_its_first_day() -> None:
    scene = opened(Rules(PAUSABLE, CALENDAR)).when("receive-pip", DIRECTOR, "2002-06-10", at=noon("2002-06-25"))
    scene.when(
        "pause-clock", OFFICE, "2002-06-20", at=noon("2002-06-26"), obligation="judge-pip", reason="?"
    ).accepted()
    correct(scene, "2002-06-24", "2002-06-26")
    again = scene.events[-1]
    assert isinstance(again, ClockPaused)
    assert (again.on, again.left) == (date(2002, 6, 24), 15)


def test_what_rested_on_a_withdrawn_event_is_let_go_though_its_clock_stands() -> None:
    scene = pause(judging(), "2002-06-24", obligation="judge-pip")
    version = scene.state.history.last(an_engagement.EVENTS["pip-received"]).version  # type: ignore[union-attr]
    scene.when("withdraw-event", OFFICE, version=version, reason="Another council's.")
    assert ("judge-pip", "withdrawn") in [(e.obligation, e.because) for e in scene.only(ObligationClosed)]
    scene.when("receive-pip", DIRECTOR, "2002-07-01").accepted()
    assert held(scene, "judge-pip").pause is None
    assert held(scene, "judge-pip").opened.derivation.paused == 0


def test_what_had_been_met_while_its_clock_stood_and_is_owed_again_still_stands() -> None:
    scene = pause(opened(), "2002-06-17").when("receive-pip", DIRECTOR, "2002-06-20").accepted()
    version = scene.state.history.last(an_engagement.EVENTS["pip-received"]).version  # type: ignore[union-attr]
    scene.when("withdraw-event", OFFICE, version=version, reason="Another council's.")
    assert (held(scene).opened.number, held(scene).pause is not None) == (2, True)


# Calendars


def test_a_bank_holiday_announced_late_moves_the_dates_that_it_touches_and_no_other() -> None:
    scene = under(opened(), newer("2002-07-01")).until("2002-06-05")
    (moved,) = scene.then("obligation-rescheduled").events
    assert isinstance(moved, ObligationRescheduled)
    assert (moved.obligation, moved.because, moved.due_on) == ("submit-pip", "calendar", date(2002, 7, 29))
    assert (moved.derivation.calendar, moved.derivation.calendar_before) == ("england@2", "england@1")
    assert [str(step.at)[:10] for step in moved.reminders] == ["2002-07-15", "2002-07-24"]
    assert held(scene, "meet-council").opened.derivation.calendar == "england@1"
    assert scene.owed() == {"meet-council-1": "2002-06-14", "submit-pip-1": "2002-07-29"}
    assert scene.until("2002-06-06").events == []
    said = dates.reached(moved.derivation.model_dump(mode="json"), "stage entered")
    assert "29 May 2002 (stage entered), by the calendar england@2 in place of england@1" in said
    assert title(moved.type, moved.model_dump(mode="json"), WORDS).startswith(
        "Owed by 11:59pm on Monday 29 July 2002, as the calendar has changed"
    )


def test_the_clock_never_strikes_by_an_older_calendar() -> None:
    scene = under(opened(), newer("2002-06-10")).until("2002-06-15")
    assert struck(scene, "meet-council") == [("Reminded", "2002-06-12 08:00")]
    assert struck(scene.until("2002-06-18"), "meet-council") == [
        ("Passed", "2002-06-17 23:00"),
        ("Escalated", "2002-06-18 08:00"),
    ]


def test_a_reminder_that_was_sent_is_not_sent_again_for_a_new_calendar() -> None:
    scene = opened().until("2002-06-11")
    assert held(scene, "meet-council").reminded == 1
    under(scene, newer("2002-06-13")).until("2002-06-12")
    assert scene.owed()["meet-council-1"] == "2002-06-17"
    assert struck(scene.punctually("2002-06-17"), "meet-council") == []


def test_a_command_finds_the_date_moved_already() -> None:
    scene = under(opened(), newer("2002-06-13")).when("meet-council", CHIEF, "2002-06-17")
    scene.then("council-met", "obligation-met")
    assert [event.late for event in scene.only(ObligationMet)] == [False]


def test_what_is_late_stays_late_whatever_a_later_calendar_says() -> None:
    scene = opened().until("2002-06-16")
    assert held(scene, "meet-council").passed
    under(scene, newer("2002-06-13")).until("2002-06-16")
    assert scene.owed()["meet-council-1"] == "2002-06-14"


def test_a_holiday_called_off_brings_a_date_forward_but_makes_nobody_late() -> None:
    fewer = newer(without="2002-06-03")
    scene = under(opened(), fewer).until("2002-06-05")
    assert scene.owed() == {"meet-council-1": "2002-06-13", "submit-pip-1": "2002-07-25"}
    scene = under(opened().until("2002-06-14"), fewer).until("2002-06-14")
    assert scene.owed()["meet-council-1"] == "2002-06-14"
    assert not held(scene, "meet-council").passed


def test_an_older_calendar_moves_nothing() -> None:
    scene = under(opened(), newer("2002-07-01", version=3)).until("2002-06-05")
    before = scene.owed()
    assert under(scene, newer("2002-07-02", version=2)).until("2002-06-06").events == []
    assert scene.owed() == before


def test_while_a_clock_stands_no_calendar_moves_it_and_what_was_left_is_kept() -> None:
    scene = pause(opened(), "2002-06-17")
    under(scene, newer("2002-06-19", "2002-07-01")).until("2002-06-20")
    assert "obligation-rescheduled" not in [event.type for event in scene.events]
    resume(scene, "2002-06-24")
    (went_on, moved) = scene.events
    assert isinstance(went_on, ClockResumed) and isinstance(moved, ObligationRescheduled)
    assert went_on.paused == 4
    assert moved.due_on == scene.rules.calendar.add_working_days(date(2002, 6, 24), 29) == date(2002, 8, 5)
    assert (moved.derivation.calendar, moved.derivation.calendar_before) == ("england@2", "england@1")


def test_a_date_that_stood_and_is_recounted_keeps_the_days_it_stood() -> None:
    scene = resume(pause(opened(), "2002-06-17"), "2002-06-24")
    under(scene, newer("2002-07-01")).until("2002-06-25")
    assert scene.owed()["submit-pip-1"] == "2002-08-05"
    assert held(scene).opened.derivation.paused == 5


def test_history_is_not_recounted() -> None:
    scene = opened(live=False)
    assert under(scene, newer("2002-06-10")).until("2002-06-05").events == []


def test_a_derivation_of_an_older_release_still_reads() -> None:
    old = opened().state.history.all(ObligationOpened)[0].event.derivation.model_dump(mode="json")
    del old["paused"], old["calendar_before"]
    read = Derivation.model_validate(old)
    assert (read.paused, read.calendar_before) == (0, None)
    assert recounted(read, date(2002, 6, 14), date(2002, 6, 1), newer("2002-06-10")) == date(2002, 6, 17)
    assert recounted(read, date(2002, 6, 14), date(2002, 6, 1), newer("2002-08-01")) is None
    assert recounted(read, date(2002, 6, 14), date(2002, 6, 1), CALENDAR) is None


# Whatever happens in whatever order


MOVES = st.lists(
    st.tuples(st.sampled_from(["pause", "resume", "wait", "wait"]), st.integers(0, 30), st.integers(0, 23)), max_size=25
)


@settings(max_examples=200, deadline=None, database=None, print_blob=True)
@drawn(MOVES)
def test_a_date_moves_by_exactly_what_it_stood_and_no_step_comes_twice_or_early(
    moves: list[tuple[str, int, int]],
) -> None:
    scene, seen, stood, paused = opened(), list[Event](), 0, None

    def take(events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, ObligationReminded | ObligationPassed | ObligationEscalated):
                if event.obligation != "submit-pip":
                    continue
                assert paused is None and event.due <= scene.at
                seen.append(event)

    for what, days, hours in moves:
        at = scene.at + timedelta(days=days, hours=hours)
        take(scene.until(at).events)
        if what == "wait":
            continue
        today, late = london_day(at), held(scene).passed
        scene.when(f"{what}-clock", OFFICE, str(today), at=at, obligation="submit-pip", reason="?")
        if what == "pause":
            if late or paused is not None:
                scene.refused("clock-paused-already" if paused is not None else "clock-run-out")
                continue
            scene.accepted()
            paused = today
        elif paused is None:
            scene.refused("clock-not-paused")
        else:
            scene.accepted()
            between = (paused + timedelta(days=n) for n in range(1, (today - paused).days + 1))
            stood += sum(day.weekday() < 5 and day not in CALENDAR.holidays for day in between)
            paused = None
            pushed = CALENDAR.add_working_days(BASE, stood)
            # What was paused on its last day is due on the day on which it goes on, a day of rest though it be.
            assert held(scene).opened.due_on == (pushed if pushed >= today else today)
            assert held(scene).opened.derivation.paused == stood
    if paused is not None:
        scene.when("resume-clock", OFFICE, str(london_day(scene.at)), at=scene.at, obligation="submit-pip").accepted()
        paused = None
    take(scene.until(scene.at + timedelta(days=400)).events)
    owed = held(scene).opened
    counted = Counter((type(event), getattr(event, "step", None)) for event in seen)
    assert set(counted.values()) <= {1}
    assert [event.due for event in seen if isinstance(event, ObligationPassed)] == [owed.due_at]
    assert [event.due for event in seen if isinstance(event, ObligationEscalated)] == [s.at for s in owed.escalations]
    assert [event.due for event in seen if isinstance(event, ObligationReminded)] == [s.at for s in owed.reminders]
    assert all(step.at < owed.due_at for step in owed.reminders)


@settings(max_examples=60, deadline=None, database=None, print_blob=True)
@drawn(MOVES, st.dates(date(2002, 5, 30), date(2002, 9, 30)))
def test_with_a_calendar_that_changes_on_the_way_still_no_step_comes_twice_or_early(
    moves: list[tuple[str, int, int]], holiday: date
) -> None:
    scene, seen = opened(), list[Any]()
    for number, (what, days, hours) in enumerate([*moves, ("resume", 0, 0), ("wait", 400, 0)]):
        if number == len(moves) // 2:
            under(scene, newer(str(holiday)))
        at = scene.at + timedelta(days=days, hours=hours)
        for event in scene.until(at).events:
            if isinstance(event, ObligationReminded | ObligationPassed | ObligationEscalated):
                assert event.due <= scene.at
                seen.append(event)
        if what != "wait":
            scene.when(f"{what}-clock", OFFICE, str(london_day(at)), at=at, obligation="submit-pip", reason="?")
    counted = Counter((type(e), e.obligation, e.number, getattr(e, "step", None)) for e in seen)
    assert set(counted.values()) <= {1}
    assert {("submit-pip", ObligationPassed), ("meet-council", ObligationPassed)} <= {
        (e.obligation, type(e)) for e in seen
    }


# In the ledger


ENGAGEMENT = "engagement/haringey-1"


@pytest.fixture
def desk(ledger: Ledger, tmp_path: Path) -> Office:
    office = Office(ledger, tmp_path / "home")
    office.rate()
    return office


def row(desk: Office, obligation: str = "submit-pip") -> ObligationRow:
    with desk.ledger.reading() as conn:
        (found,) = (r for r in read_models.obligations(conn, "haringey-1") if r.obligation == obligation)
    return found


def of_engagement(desk: Office) -> EngagementRow:
    with desk.ledger.reading() as conn:
        found = read_models.engagement(conn, "haringey-1")
    assert found is not None
    return found


def rows(desk: Office) -> list[object]:
    with desk.ledger.reading() as conn:
        return [*read_models.portfolio(conn), *read_models.obligations(conn, "haringey-1"), *read_models.owed(conn)]


def give(desk: Office, command: str, **body: Any) -> None:
    outcome = desk.give(ENGAGEMENT, command, OFFICE, {"obligation": "submit-pip", **body})
    assert outcome.accepted, outcome


def test_the_read_models_follow_a_clock_and_a_rebuild_gives_the_same_rows(desk: Office) -> None:
    def same_when_rebuilt() -> None:
        before = rows(desk)
        rebuild_read_models(desk.ledger, lambda done, total: None)
        assert rows(desk) == before

    assert (row(desk).state, row(desk).due_on) == ("open", BASE)
    desk.at = datetime(2002, 6, 17, 12, tzinfo=UTC)
    desk.clock(ENGAGEMENT)
    give(desk, "pause-clock", reason="An election.")
    assert (row(desk).state, row(desk).due, row(desk).due_on) == ("paused", None, None)
    assert (row(desk).derivation["paused_on"], row(desk).derivation["left"]) == ("2002-06-17", 29)
    with desk.ledger.reading() as conn:
        assert read_models.paused(conn) == {"haringey-1"}
        assert [owed.obligation for _, owed in read_models.owed(conn)] == ["meet-council", "submit-pip"]
    same_when_rebuilt()
    desk.give(ENGAGEMENT, "meet-council", CHIEF, {})
    assert of_engagement(desk).next_due is None
    desk.at = datetime(2002, 6, 24, 12, tzinfo=UTC)
    done = desk.clock(ENGAGEMENT)
    assert (done.standing.next_due, done.standing.deadline) == (None, None)
    give(desk, "resume-clock")
    assert (row(desk).state, row(desk).due_on, row(desk).derivation["paused"]) == ("open", date(2002, 8, 2), 5)
    assert of_engagement(desk).next_due == end_of(date(2002, 8, 2))
    assert desk.clock(ENGAGEMENT).standing.next_due == datetime(2002, 7, 19, 8, tzinfo=UTC)
    with desk.ledger.reading() as conn:
        assert read_models.paused(conn) == frozenset()
    same_when_rebuilt()
    desk.at = datetime(2002, 8, 3, 12, tzinfo=UTC)
    desk.clock(ENGAGEMENT)
    assert row(desk).state == "late"
    same_when_rebuilt()


def test_what_is_met_while_its_clock_stands_has_its_date_back(desk: Office) -> None:
    give(desk, "pause-clock", reason="An election.")
    desk.give(ENGAGEMENT, "receive-pip", DIRECTOR, {})
    assert (row(desk).state, row(desk).due_on) == ("met", BASE)
    before = rows(desk)
    rebuild_read_models(desk.ledger, lambda done, total: None)
    assert rows(desk) == before


def outdated(desk: Office) -> frozenset[str]:
    with desk.ledger.reading() as conn:
        return outdated_engagements(conn, Library(), london_day(desk.at))


def test_a_calendar_published_later_wakes_whom_it_touches_and_moves_their_dates_by_events(desk: Office) -> None:
    assert outdated(desk) == frozenset()
    publish(desk.ledger, CALENDAR, desk.at, "2002-12-24")
    assert outdated(desk) == frozenset()
    publish(desk.ledger, CALENDAR, desk.at, "2002-06-10", version=3)
    assert outdated(desk) == {"haringey-1"}
    before = len(desk.types(ENGAGEMENT))
    desk.at = datetime(2002, 6, 15, 12, tzinfo=UTC)  # after the old date, before the new
    desk.clock(ENGAGEMENT)
    assert desk.types(ENGAGEMENT)[before:] == [
        "obligation-rescheduled",
        "obligation-rescheduled",
        "obligation-reminded",
    ]
    assert (row(desk).due_on, row(desk, "meet-council").due_on) == (date(2002, 7, 29), date(2002, 6, 17))
    with desk.ledger.reading() as conn:
        moved = next(e for e in events.read_stream(conn, ENGAGEMENT) if e.type == "obligation-rescheduled")
    assert str(moved.decided_by) == str(ENGINE)
    assert moved.command.id == f"calendar/haringey-1/{before}/england@3"
    assert outdated(desk) == frozenset()
    desk.clock(ENGAGEMENT)
    assert desk.types(ENGAGEMENT)[before + 3 :] == []
    stored = rows(desk)
    rebuild_read_models(desk.ledger, lambda done, total: None)
    assert rows(desk) == stored


def test_what_stands_or_is_late_wakes_nobody(desk: Office) -> None:
    give(desk, "pause-clock", reason="An election.")
    desk.at = datetime(2002, 6, 20, 12, tzinfo=UTC)
    desk.clock(ENGAGEMENT)
    assert row(desk, "meet-council").state == "late"
    publish(desk.ledger, CALENDAR, desk.at, "2002-06-10")
    assert outdated(desk) == frozenset()


def test_the_pause_of_a_council_is_no_pause_of_another(desk: Office) -> None:
    desk.rate("council/E06000030")
    give(desk, "pause-clock", reason="An election.")
    with desk.ledger.reading() as conn:
        assert read_models.paused(conn) == {"haringey-1"}


def test_evolve_only_copies() -> None:
    scene = resume(pause(opened(), "2002-06-17"), "2002-06-24")
    moved = scene.only(ObligationRescheduled)[0]
    strange = moved.model_copy(update={"due_on": date(2040, 1, 1)})
    entry = Entry(scene.state.version + 1, When.day(scene.at.date()), scene.at, ENGINE, strange)
    assert held(replace(scene, state=an_engagement.evolve(scene.state, entry))).opened.due_on == date(2040, 1, 1)
