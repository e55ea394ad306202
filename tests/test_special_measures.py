"""Special measures: monitoring, meetings, targets and what came of them, bodies of the council's own, both sides of leaving."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain import special_measures
from domain import targets as a_target
from domain.engagement import COMMANDS
from domain.obligations import (
    ObligationClosed,
    ObligationEscalated,
    ObligationMet,
    ObligationPassed,
    ObligationReminded,
)
from domain.own_bodies import bodies
from domain.part import Caution, History
from domain.special_measures import leaving
from domain.targets import TargetSet, targets
from tests.given import STAGES, WAY, Accepted, Do, Refused, Scene, given, opened, seal, sealed_body

OFFICE, OFFICIAL = "department.programme-office", "department.official"
LEAD, CHIEF, REGION = "inspectorate.lead-inspector", "inspectorate.chief-inspector", "inspectorate.regional-director"
DIRECTOR = "council.director"

EVIDENCE = "The indicators of the quarter."
OCTOBER = Do("set-target", CHIEF, "2002-06-03", {"by": "2002-10", "text": "Improvement.", "expects": ["improvement"]})
REFRESH = Do(
    "set-target", CHIEF, "2002-06-03", {"by": "2002-11", "text": "Either.", "expects": ["improvement", "capacity"]}
)
BOARD = Do("record-own-body", DIRECTOR, "2002-06-10", {"body": "improvement-board", "title": "Improvement Board"})


def follow_up(target: int, verdict: str, on: str, **more: Any) -> Do:
    return Do("follow-up-target", LEAD, on, {"target": target, "verdict": verdict, "evidence": EVIDENCE, **more})


def judge(side: str, met: bool, on: str, as_: str = LEAD) -> Do:
    return Do("judge-leaving", as_, on, {"side": side, "met": met, "evidence": EVIDENCE})


SAFE, NOT_SAFE = judge("safe", True, "2002-09-02"), judge("safe", False, "2002-09-03")
SUSTAINABLE = judge("sustainable", True, "2003-01-06", REGION)


ACCEPTED = (
    Accepted(
        "a visit says what it looked at, what it found and where things are going",
        [],
        Do(
            "record-monitoring-visit",
            REGION,
            "2002-06-10",
            {"focus": ["practice.unallocated"], "findings": "Fewer.", "progress": "better"},
        ),
        "monitoring-visited",
        {"note": None, "focus": ("practice.unallocated",), "findings": seal("Fewer."), "progress": "better"},
    ),
    Accepted(
        "a visit may say no more than that it was made",
        [],
        Do("record-monitoring-visit", LEAD, "2002-06-10"),
        "monitoring-visited",
        {"note": None, "focus": (), "findings": None, "progress": None},
    ),
    Accepted(
        "a strategy meeting names the roles present",
        [],
        Do("hold-strategy-meeting", OFFICIAL, "2002-06-10", {"present": [OFFICIAL, DIRECTOR]}),
        "strategy-meeting-held",
        {"present": (OFFICIAL, DIRECTOR), "next": None},
    ),
    Accepted("targets are numbered", [OCTOBER], REFRESH, "target-set", {"target": 2}),
    Accepted(
        "a target may expect either of two things",
        [],
        REFRESH,
        "target-set",
        {"target": 1, "expects": ("improvement", "capacity")},
    ),
    Accepted(
        "a target is met before its date, for good",
        [OCTOBER],
        follow_up(1, "met", "2002-07-01", shown=["improvement"]),
        "target-followed-up",
        {"target": 1, "verdict": "met", "shown": ("improvement",), "evidence": seal(EVIDENCE), "interim": False},
    ),
    Accepted(
        "before the date, anything else is interim",
        [OCTOBER],
        follow_up(1, "partly", "2002-09-30"),
        "target-followed-up",
        {"verdict": "partly", "interim": True},
    ),
    Accepted(
        "from the first day on which the date can have come, it is for good",
        [OCTOBER],
        follow_up(1, "not-met", "2002-10-01"),
        "target-followed-up",
        {"verdict": "not-met", "interim": False},
    ),
    Accepted(
        "capacity is enough where capacity would do",
        [REFRESH],
        follow_up(1, "met", "2002-11-04", shown=["capacity", "appetite"]),
        "target-followed-up",
        {"verdict": "met"},
    ),
    Accepted(
        "appetite may be all that there is, where the target is not said to be met",
        [OCTOBER],
        follow_up(1, "not-met", "2002-11-04", shown=["appetite"]),
        "target-followed-up",
        {"shown": ("appetite",)},
    ),
    Accepted(
        "a target that was followed up is followed up again",
        [OCTOBER, follow_up(1, "not-met", "2002-11-04")],
        follow_up(1, "met", "2002-12-02"),
        "target-followed-up",
        {"verdict": "met"},
    ),
    Accepted(
        "the council sets up a body of its own",
        [],
        BOARD,
        "own-body-recorded",
        {"body": "improvement-board", "title": seal("Improvement Board"), "purpose": None},
    ),
    Accepted(
        "and ends it",
        [BOARD],
        Do("end-own-body", DIRECTOR, "2003-01-06", {"body": "improvement-board"}),
        "own-body-ended",
        {"body": "improvement-board", "reason": None},
    ),
    Accepted("services are judged safe", [], SAFE, "leaving-judged", {"side": "safe", "met": True}),
    Accepted("or not", [SAFE], NOT_SAFE, "leaving-judged", {"side": "safe", "met": False}),
    Accepted("and later improvement sustainable", [SAFE], SUSTAINABLE, "leaving-judged", {"side": "sustainable"}),
    Accepted(
        "improvement is judged not sustainable whatever was said of safety",
        [],
        judge("sustainable", False, "2002-09-02"),
        "leaving-judged",
        {"side": "sustainable", "met": False},
    ),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_accepted(case: Accepted) -> None:
    scene = given("special-measures", *case.given).when(case.when).accepted()
    (event,) = (event for event in scene.events if event.type == case.event)
    said = event.model_dump()
    assert {**said, **case.fields} == said


REFUSED = (
    Refused(
        "the next meeting does not come before this one",
        [],
        Do("hold-strategy-meeting", OFFICIAL, "2002-06-10", {"next": "2002-06-07"}),
        "next-meeting-before",
        {"next": "2002-06-07", "occurred": "2002-06-10"},
    ),
    Refused(
        "a target is not set for a day that was before",
        [],
        Do("set-target", CHIEF, "2002-06-10", {"by": "2002-06-07", "text": "?"}),
        "target-in-the-past",
        {"by": "2002-06-07", "occurred": "2002-06-10"},
    ),
    Refused(
        "nor for a month that was",
        [],
        Do("set-target", CHIEF, "2002-07", {"by": "2002-06", "text": "?"}),
        "target-in-the-past",
        {"by": "2002-06", "occurred": "2002-07"},
    ),
    Refused(
        "a target that nobody set is not followed up",
        [OCTOBER],
        follow_up(2, "met", "2002-11-04"),
        "no-such-target",
        {"target": 2, "targets": [1]},
    ),
    Refused(
        "nor is one before it was set",
        [OCTOBER],
        follow_up(1, "met", "2002-06-02"),
        "too-early",
        {"occurred": "2002-06-02", "event": "target-set", "on": "2002-06-03"},
    ),
    Refused(
        "appetite is not improvement",
        [OCTOBER],
        follow_up(1, "met", "2002-11-04", shown=["appetite"]),
        "not-what-was-expected",
        {"target": 1, "expected": ["improvement"], "shown": ["appetite"]},
    ),
    Refused(
        "nor is capacity, where only improvement would do",
        [OCTOBER],
        follow_up(1, "met", "2002-11-04", shown=["capacity"]),
        "not-what-was-expected",
    ),
    Refused(
        "what is said of a target has its evidence",
        [OCTOBER],
        Do("follow-up-target", LEAD, "2002-11-04", {"target": 1, "verdict": "met"}),
        "evidence-needed",
        {"command": "follow-up-target"},
    ),
    Refused(
        "an id is used for one body",
        [BOARD],
        BOARD,
        "body-recorded-already",
        {"body": "improvement-board", "bodies": ["improvement-board"]},
    ),
    Refused(
        "and for no other when that one has ended",
        [BOARD, Do("end-own-body", DIRECTOR, "2003-01-06", {"body": "improvement-board"})],
        BOARD,
        "body-recorded-already",
    ),
    Refused(
        "a body that nobody recorded does not end",
        [BOARD],
        Do("end-own-body", DIRECTOR, "2003-01-06", {"body": "team"}),
        "no-such-body",
        {"body": "team", "bodies": ["improvement-board"]},
    ),
    Refused(
        "a body does not end before it began",
        [BOARD],
        Do("end-own-body", DIRECTOR, "2002-06-07", {"body": "improvement-board"}),
        "too-early",
        {"event": "own-body-recorded", "on": "2002-06-10"},
    ),
    Refused(
        "a body ends once",
        [BOARD, Do("end-own-body", DIRECTOR, "2003-01-06", {"body": "improvement-board"})],
        Do("end-own-body", DIRECTOR, "2003-01-07", {"body": "improvement-board"}),
        "body-ended-already",
        {"body": "improvement-board", "on": "2003-01-06"},
    ),
    Refused(
        "sustainable comes after safe",
        [],
        SUSTAINABLE,
        "safe-comes-first",
        {"safe": "not-judged"},
    ),
    Refused("and not where services are judged unsafe since", [SAFE, NOT_SAFE], SUSTAINABLE, "safe-comes-first"),
    Refused(
        "nor was it before",
        [SAFE],
        judge("sustainable", True, "2002-09-01"),
        "too-early",
        {"event": "leaving-judged", "on": "2002-09-02"},
    ),
    Refused(
        "a judgement on leaving has its evidence",
        [],
        Do("judge-leaving", LEAD, "2002-09-02", {"side": "safe", "met": True}),
        "evidence-needed",
        {"command": "judge-leaving"},
    ),
)


@pytest.mark.parametrize(
    ("on", "by"), [("2002-06-10", "2002-06-10"), ("2002-06-10", "2002-06"), ("by 2002-06", "2002-06-01")]
)
def test_a_target_is_set_for_a_date_that_can_be_to_come(on: str, by: str) -> None:
    given("special-measures").when("set-target", CHIEF, on, by=by, text="?").then("target-set", "obligation-opened")


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Refused) -> None:
    given("special-measures", *case.given).when(case.when).refused(case.rule, **case.details)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("record-monitoring-visit", {"focus": ["practice.weather"]}),
        ("record-monitoring-visit", {"progress": "splendid"}),
        ("hold-strategy-meeting", {"present": ["the director"]}),
        ("set-target", {"by": "2002-10", "text": "?", "expects": ["appetite"]}),
        ("set-target", {"by": "2002-10", "text": "?", "target": 7}),
        ("follow-up-target", {"target": 1, "verdict": "acceptable"}),
        ("follow-up-target", {"target": 0, "verdict": "met"}),
        ("follow-up-target", {"target": 1, "verdict": "met", "interim": True}),
        ("record-own-body", {"body": "Improvement Board", "title": "?"}),
        ("judge-leaving", {"side": "both", "met": True}),
    ],
    ids=[
        "a focus is a concern of the list",
        "progress is better, same or worse",
        "those present are roles",
        "nobody is asked for appetite",
        "nobody numbers a target",
        "a target is met, partly or not",
        "targets start at 1",
        "nobody says what is interim",
        "a body's id is a slug",
        "a side is one of two",
    ],
)
def test_a_body_that_does_not_fit_is_never_a_command(command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


@pytest.mark.parametrize("via", ["case-file", "import"])
def test_imported_history_may_lack_the_evidence_but_not_contradict_itself(via: str) -> None:
    scene = given("special-measures", OCTOBER)
    scene.when("follow-up-target", LEAD, "2002-11-04", via=via, target=1, verdict="met").accepted()
    scene.when("judge-leaving", LEAD, "2002-11-05", via=via, side="sustainable", met=True).refused("safe-comes-first")
    scene.when("judge-leaving", LEAD, "2002-11-05", via=via, side="safe", met=True).accepted()


def test_events_stored_by_earlier_releases_still_read() -> None:
    by = {"earliest": "2002-10-01", "latest": "2002-10-31", "printed": "2002-10"}
    old = TargetSet.read({"by": by, "text": seal("Improvement.")})
    assert (old.target, old.expects) == (None, ())
    for name in ("monitoring-visited", "strategy-meeting-held", "council-met"):
        kind = next(kind for command in COMMANDS.values() for kind in command.gives if kind.type == name)
        assert kind.read({"note": None}).type == name


# Targets


def said(scene: Scene) -> list[tuple[int, str, str | None]]:
    """Each target: its number, its date and the latest word on it."""
    return [
        (each.number, str(each.by), each.followed_up.event.verdict if each.followed_up else None)
        for each in targets(scene.state.history)
    ]


def cautions(history: History) -> list[Caution]:
    return [found for part in (special_measures, a_target) for found in part.cautions(history)]


def rules(scene: Scene) -> list[str]:
    return [caution.rule for caution in cautions(scene.state.history)]


def test_targets_are_read_with_their_dates_and_the_latest_word_on_each() -> None:
    scene = given("special-measures", OCTOBER, REFRESH)
    assert said(scene) == [(1, "2002-10", None), (2, "2002-11", None)]
    scene.when(follow_up(1, "partly", "2002-09-02")).when(follow_up(2, "met", "2002-09-03")).accepted()
    assert said(scene) == [(1, "2002-10", "partly"), (2, "2002-11", "met")]
    assert [target.answered for target in targets(scene.state.history)] == [False, True]
    scene.when(follow_up(1, "not-met", "2002-11-04")).accepted()
    assert said(scene) == [(1, "2002-10", "not-met"), (2, "2002-11", "met")]
    assert [target.answered for target in targets(scene.state.history)] == [True, True]
    assert targets(History()) == ()


def test_a_target_that_an_earlier_release_stored_takes_the_next_number() -> None:
    scene = given("special-measures", OCTOBER, REFRESH)
    for entry in scene.state.history.all(TargetSet):
        scene.when("correct-event", LEAD, version=entry.version, changes={"target": None}, reason="As of old.")
        scene.accepted()
    assert said(scene) == [(1, "2002-10", None), (2, "2002-11", None)]
    scene.when("set-target", CHIEF, by="2003-01", text="More.").accepted()
    assert said(scene)[-1] == (3, "2003-01", None)


def test_a_target_set_anew_under_the_number_of_a_withdrawn_one_has_not_been_followed_up() -> None:
    scene = given("special-measures", OCTOBER, follow_up(1, "met", "2002-07-01"))
    (wrong,) = scene.state.history.all(TargetSet)
    scene.when("withdraw-event", LEAD, version=wrong.version, reason="Another council's.").accepted()
    assert said(scene) == []
    scene.when("follow-up-target", LEAD, target=1, verdict="met", evidence="?").refused("no-such-target", targets=[])
    scene.when(REFRESH, on="2002-07-02").accepted()
    assert said(scene) == [(1, "2002-11", None)]


def test_a_target_whose_date_passed_without_a_word_is_a_caution_from_the_next_day_that_is_known() -> None:
    scene = opened(live=False).when(OCTOBER)
    scene.when("add-note", OFFICE, "2002-10-31", text="The last day.").accepted()
    assert rules(scene) == []
    scene.when("add-note", OFFICE, "2002-11-01", text="The day after.").accepted()
    assert cautions(scene.state.history) == [Caution("target-not-followed-up", {"target": 1, "by": "2002-10"})]
    scene.when(follow_up(1, "met", "2002-11-04")).accepted()
    assert rules(scene) == []


def test_the_clock_itself_makes_it_known_that_a_date_has_passed() -> None:
    scene = given("special-measures", OCTOBER).until("2002-12-02")
    assert "target-not-followed-up" in rules(scene)


def test_a_word_before_the_date_does_not_answer_for_what_came_of_it() -> None:
    scene = opened(live=False).when(OCTOBER).when(follow_up(1, "not-met", "2002-09-02"))
    assert rules(scene) == []
    scene.when("add-note", OFFICE, "2002-11-01", text="The day after.").accepted()
    assert rules(scene) == ["target-not-followed-up"]


def test_a_target_that_was_not_met_stays_in_sight_until_a_later_word_or_a_withdrawal() -> None:
    scene = given("special-measures", OCTOBER, follow_up(1, "not-met", "2002-11-04", shown=["appetite"]))
    version = next(entry.version for entry in reversed(scene.state.history.entries) if entry.event.type[:6] == "target")
    assert cautions(scene.state.history) == [
        Caution("target-not-met", {"target": 1, "by": "2002-10"}),
        Caution("appetite-only", {"target": 1}),
    ]
    later = scene.copy().when(follow_up(1, "met", "2002-12-02", shown=["improvement", "appetite"]))
    assert rules(later) == []
    corrected = scene.copy().when("correct-event", LEAD, version=version, changes={"verdict": "partly"}, reason="Slip.")
    assert rules(corrected) == ["appetite-only"]
    withdrawn = scene.copy().when("withdraw-event", LEAD, version=version, reason="Never said.").accepted()
    assert rules(withdrawn) == ["target-not-followed-up"]


def test_a_target_outlives_the_phase_it_was_set_in() -> None:
    scene = given("exit").when("set-target", CHIEF, by="2003-06", text="More.")
    scene.when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    scene.when("set-target", CHIEF, by="2003-09", text="Yet more.").accepted()
    assert said(scene) == [(1, "2003-06", None), (2, "2003-09", None)]
    scene.when(follow_up(1, "met", "2003-07-01")).accepted()
    assert said(scene) == [(1, "2003-06", "met"), (2, "2003-09", None)]


# What is owed


def owed(scene: Scene) -> dict[str, str]:
    """What is owed of targets and meetings."""
    return {name: day for name, day in scene.owed().items() if "target" in name or "meeting" in name}


def test_every_target_is_to_be_followed_up_ten_working_days_after_its_date() -> None:
    scene = given("special-measures", OCTOBER, REFRESH)
    name = "follow-up-target"
    assert owed(scene) == {f"{name}-1": "2002-11-14", f"{name}-2": "2002-12-13"}
    scene.when(follow_up(1, "not-met", "2002-11-04")).accepted()
    assert [(met.number, met.late) for met in scene.only(ObligationMet)] == [(1, False)]
    assert owed(scene) == {f"{name}-2": "2002-12-13"}


def test_an_interim_word_leaves_it_owed_and_a_withdrawn_one_makes_it_owed_again() -> None:
    scene = given("special-measures", OCTOBER, follow_up(1, "partly", "2002-09-02"))
    assert list(owed(scene).values()) == ["2002-11-14"]
    scene.when(follow_up(1, "met", "2002-09-16")).accepted()
    assert owed(scene) == {}
    version = next(entry.version for entry in reversed(scene.state.history.entries) if entry.event.type[:6] == "target")
    scene.when("withdraw-event", LEAD, version=version, reason="Never said.").accepted()
    assert list(owed(scene).values()) == ["2002-11-14"]


def test_whoever_owes_a_word_on_a_target_is_reminded_and_then_others_are_told() -> None:
    scene = given("special-measures", OCTOBER).until("2002-12-31")
    struck = [event for event in scene.events if getattr(event, "obligation", "").startswith("follow-up-target")]
    assert [type(event) for event in struck] == [
        ObligationReminded,
        ObligationPassed,
        ObligationEscalated,
        ObligationEscalated,
    ]
    told = [event.to for event in struck if isinstance(event, ObligationReminded | ObligationEscalated)]
    assert told == [LEAD, REGION, OFFICE]


def test_a_target_whose_date_is_corrected_is_owed_by_the_new_one() -> None:
    scene = given("special-measures", OCTOBER)
    (wrong,) = scene.state.history.all(TargetSet)
    by = {"earliest": "2002-11-01", "latest": "2002-11-30", "printed": "2002-11"}
    scene.when("correct-event", LEAD, version=wrong.version, changes={"by": by}, reason="Misread.").accepted()
    assert [(e.number, e.because) for e in scene.only(ObligationClosed)] == [(1, "corrected")]
    assert owed(scene) == {"follow-up-target-2": "2002-12-13"}


@pytest.mark.parametrize("stage", STAGES)
def test_a_target_is_owed_a_word_in_every_stage(stage: str) -> None:
    scene = given(stage).when("set-target", CHIEF, by="2004-11", text="More.").accepted()
    assert owed(scene) == {"follow-up-target-1": "2004-12-14"}


def test_a_word_on_a_target_goes_on_being_owed_from_stage_to_stage_and_ends_with_the_engagement() -> None:
    scene = given("special-measures", OCTOBER, *WAY["special-measures"], *WAY["decision"], *WAY["scoping"])
    assert scene.state.stage == "tender"
    assert owed(scene) == {"follow-up-target-1": "2002-11-14"}
    scene.when(follow_up(1, "not-met", "2002-11-04")).accepted()
    assert owed(scene) == {}
    scene = given("special-measures", OCTOBER).when("stop-engagement", OFFICE, reason="The programme ends.").accepted()
    assert [e.because for e in scene.only(ObligationClosed) if e.obligation == "follow-up-target"] == [
        "engagement-closed"
    ]


def test_a_word_on_a_target_of_an_earlier_phase_is_still_owed() -> None:
    scene = given("exit").when("set-target", CHIEF, by="2004-11", text="More.").accepted()
    scene.when("start-further-phase", OFFICE, reason="Still no stars.").accepted()
    assert (scene.state.stage, owed(scene)) == ("scoping", {"follow-up-target-1": "2004-12-14"})


@pytest.mark.parametrize("stage", STAGES)
def test_the_next_strategy_meeting_is_owed_on_its_day(stage: str) -> None:
    scene = given(stage).when("hold-strategy-meeting", OFFICIAL, next="2004-11-10").accepted()
    assert list(owed(scene).values()) == ["2004-11-10"]
    scene.when("hold-strategy-meeting", OFFICIAL, "2004-11-10").accepted()
    assert [met.late for met in scene.only(ObligationMet) if "meeting" in met.obligation] == [False]
    assert owed(scene) == {}


# Monitoring


def test_a_latest_visit_that_found_things_worse_is_a_caution() -> None:
    scene = given().when("record-monitoring-visit", LEAD, "2002-06-10", progress="worse").accepted()
    assert cautions(scene.state.history) == [Caution("monitoring-found-worse", {"on": "2002-06-10"})]
    scene.when("record-monitoring-visit", LEAD, "2002-06-17", progress="same").accepted()
    assert rules(scene) == []


# Own bodies


def test_bodies_of_the_councils_own_are_read_in_order_with_their_end() -> None:
    team = Do("record-own-body", DIRECTOR, "2002-06-11", {"body": "action-team", "title": "Team", "purpose": "To act."})
    scene = given("special-measures", BOARD, team)
    scene.when("end-own-body", DIRECTOR, "2003-01-06", body="improvement-board", reason="Done.").accepted()
    found = bodies(scene.state.history)
    assert [(each.body, str(each.ended.occurred) if each.ended else None) for each in found] == [
        ("improvement-board", "2003-01-06"),
        ("action-team", None),
    ]
    ended = found[0].ended
    assert ended is not None
    scene.when("withdraw-event", OFFICE, version=ended.version, reason="It goes on.").accepted()
    assert [each.ended for each in bodies(scene.state.history)] == [None, None]
    scene.when("withdraw-event", OFFICE, version=found[0].recorded.version, reason="Mistaken.").accepted()
    assert [each.body for each in bodies(scene.state.history)] == ["action-team"]
    scene.when(BOARD).accepted()


def test_a_body_recorded_anew_has_not_ended_with_the_withdrawn_one() -> None:
    scene = given("special-measures", BOARD).when("end-own-body", DIRECTOR, "2003-01-06", body="improvement-board")
    (wrong,) = bodies(scene.state.history)
    scene.when("withdraw-event", OFFICE, version=wrong.recorded.version, reason="Mistaken.").when(BOARD).accepted()
    assert [each.ended for each in bodies(scene.state.history)] == [None]


# Leaving


def star(scene: Scene, stars: int = 1, rating: int = 2) -> Scene:
    return scene.when("note-rating", CHIEF, rating=rating, stars=stars).accepted()


def test_both_sides_of_leaving_read_as_last_judged() -> None:
    scene = given("special-measures")
    assert (leaving(scene.state.history).safe, leaving(scene.state.history).sustainable) == (None, None)
    scene.when(SAFE).when(SUSTAINABLE).accepted()
    stands = leaving(scene.state.history)
    assert (stands.is_safe, stands.is_sustainable, stands.ended) == (True, True, None)
    assert stands.sustainable is not None and str(stands.sustainable.decided_by) == REGION
    assert rules(scene) == []


def test_sustainable_improvement_stands_on_nothing_when_safety_is_judged_otherwise_or_withdrawn() -> None:
    scene = given("special-measures", SAFE, SUSTAINABLE)
    safe = leaving(scene.state.history).safe
    assert safe is not None
    judged = scene.copy().when(judge("safe", False, "2003-02-03")).accepted()
    withdrawn = scene.copy().when("withdraw-event", LEAD, version=safe.version, reason="Not so.").accepted()
    for each in (judged, withdrawn):
        assert cautions(each.state.history) == [Caution("sustainable-but-not-safe")]


def test_a_star_regained_ends_special_measures_whatever_was_judged_and_the_rest_stays_in_sight() -> None:
    scene = star(given("board-cycles"))
    on = str(scene.at.date())
    assert str(leaving(scene.state.history).ended.occurred) == on  # type: ignore[union-attr]
    assert cautions(scene.state.history) == [
        Caution("left-but-not-safe", {"on": on}),
        Caution("left-but-not-sustainable", {"on": on}),
    ]
    scene.when(judge("safe", True, str(scene.at.date()))).accepted()
    assert rules(scene) == ["left-but-not-sustainable"]
    scene.when(judge("sustainable", True, "2003-06-02", REGION)).accepted()
    assert rules(scene) == []


def test_nothing_is_said_of_leaving_while_special_measures_last() -> None:
    assert rules(given("board-cycles")) == []


def test_sustainable_improvement_is_judged_as_late_as_the_follow_up() -> None:
    scene = star(given("follow-up", judge("safe", True, "2003-03-10")))
    assert rules(scene) == ["left-but-not-sustainable"]
    scene.when(judge("sustainable", True, "2004-01-12")).accepted()
    assert rules(scene) == []


def test_a_star_lost_again_needs_both_sides_judged_anew() -> None:
    scene = star(given("board-cycles", judge("safe", True, "2002-09-02"), judge("sustainable", True, "2002-10-01")))
    assert rules(scene) == []
    star(scene, stars=0, rating=3)
    stands = leaving(scene.state.history)
    assert (stands.safe, stands.sustainable, stands.ended) == (None, None, None)
    scene.when(judge("sustainable", True, "2003-02-03")).refused("safe-comes-first", safe="not-judged")
    star(scene, stars=1, rating=4)
    assert rules(scene) == ["left-but-not-safe", "left-but-not-sustainable"]


def test_what_was_judged_outlives_the_phase() -> None:
    scene = given("exit", judge("safe", True, "2003-03-10"))
    scene.when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    assert leaving(scene.state.history).is_safe
    scene.when(judge("sustainable", True, "2003-06-02")).accepted()
