"""The board: its members, meetings, quorum, reports, minutes and actions, and the contact between leads beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from domain import board as a_board
from domain import members as a_member
from domain.board import Meeting, boards
from domain.contact import contacts, rhythm
from domain.dates import When
from domain.members import Member, members
from domain.minutes import actions, circulated
from domain.part import Caution, History
from tests.given import Accepted, Do, Refused, Scene, given, opened, seal

LEAD, REGIONAL, CHIEF = "inspectorate.lead-inspector", "inspectorate.regional-director", "inspectorate.chief-inspector"
OFFICIAL, OFFICE, BOARD = "department.official", "department.programme-office", "board.board"
DIRECTOR, ELECTED = "council.director", "council.member"
PARTNER, CONSULTANT = "team.senior-partner", "team.lead-consultant"

ALL_THREE = [LEAD, DIRECTOR, CONSULTANT]


def appoint(role: str, person: str, standing: str = "substantive", **more: Any) -> Do:
    return Do("appoint-member", LEAD, None, {"role": role, "person": person, "standing": standing, **more})


def leave(role: str, person: str) -> Do:
    return Do("end-membership", LEAD, None, {"role": role, "person": person})


def schedule(board: int, date: str, **more: Any) -> Do:
    return Do("schedule-board", LEAD, None, {"board": board, "date": date, **more})


def report(board: int, on: str, agreed: bool = True) -> Do:
    return Do("send-report", CONSULTANT, on, {"board": board, "agreed_with_council": agreed})


def hold(board: int, on: str, attended: Sequence[str] = ALL_THREE, **more: Any) -> Do:
    return Do("hold-board", LEAD, on, {"board": board, "attended": list(attended), **more})


def minutes(board: int, on: str, *listed: Mapping[str, Any]) -> Do:
    return Do("circulate-minutes", DIRECTOR, on, {"board": board, "actions": list(listed)})


def action(name: str, by: str | None = "2002-11-30") -> dict[str, Any]:
    return {"id": name, "text": f"Do {name}.", "owner": DIRECTOR, **({"by": by} if by else {})}


def close(name: str, on: str | None = None) -> Do:
    return Do("close-action", DIRECTOR, on, {"action": name})


def agree_rhythm(every: str, on: str) -> Do:
    return Do("agree-contact-rhythm", LEAD, on, {"every": every})


def contact(on: str, *between: str) -> Do:
    return Do("record-contact", LEAD, on, {"between": list(between) or [LEAD, CONSULTANT, DIRECTOR]})


READY = Do("agree-council-readiness", BOARD)
SET_1, SET_2 = schedule(1, "2002-10-10"), schedule(2, "2002-11-14")
MET_1, MET_2 = hold(1, "2002-10-10"), hold(2, "2002-11-14")
WITHOUT_COUNCIL = hold(1, "2002-10-10", [LEAD, CONSULTANT, OFFICIAL])


ACCEPTED = (
    Accepted(
        "a director joins the board, with their standing",
        [],
        Do(
            "appoint-member",
            OFFICE,
            None,
            {"role": DIRECTOR, "person": "p2", "name": "Jo Brown", "standing": "interim"},
        ),
        "member-appointed",
        {"role": DIRECTOR, "person": "p2", "name": seal("Jo Brown"), "standing": "interim", "observer": False},
    ),
    Accepted(
        "two people of one role join it",
        [appoint("council.assistant-director", "p4")],
        appoint("council.assistant-director", "p5"),
        "member-appointed",
        {"person": "p5"},
    ),
    Accepted("a member leaves", [appoint(DIRECTOR, "p2")], leave(DIRECTOR, "p2"), "membership-ended", {"person": "p2"}),
    Accepted(
        "who left may join again, for good this time",
        [appoint(DIRECTOR, "p2", "interim"), leave(DIRECTOR, "p2")],
        appoint(DIRECTOR, "p2"),
        "member-appointed",
        {"standing": "substantive"},
    ),
    Accepted(
        "a board is tied to a milestone of the PID",
        [],
        schedule(1, "2003-02-06", milestone="thresholds-in-use"),
        "board-scheduled",
        {"milestone": "thresholds-in-use", "extraordinary": False},
    ),
    Accepted(
        "a board that is moved stays what it was",
        [schedule(1, "2003-02-06", milestone="thresholds-in-use", extraordinary=True)],
        schedule(1, "2003-02-13"),
        "board-scheduled",
        {"milestone": "thresholds-in-use", "extraordinary": True},
    ),
    Accepted(
        "a report goes out that the council does not agree with",
        [SET_1],
        report(1, "2002-10-01", agreed=False),
        "report-sent",
        {"agreed_with_council": False},
    ),
    Accepted(
        "a board with inspectorate, council and team is quorate",
        [SET_1],
        MET_1,
        "board-held",
        {"attended": tuple(ALL_THREE), "present": None, "quorate": True},
    ),
    Accepted("one without the council is not", [SET_1], WITHOUT_COUNCIL, "board-held", {"quorate": False}),
    Accepted(
        "others may be present beside those whose role is named",
        [SET_1],
        hold(1, "2002-10-10", present=9),
        "board-held",
        {"present": 9},
    ),
    Accepted(
        "minutes list actions with owners and dates",
        [SET_1, MET_1],
        minutes(1, "2002-10-14", action("rota")),
        "minutes-circulated",
        {"actions": ({"id": "rota", "text": seal("Do rota."), "owner": DIRECTOR, "by": When.parse("2002-11-30")},)},
    ),
    Accepted("minutes may list none", [SET_1, MET_1], minutes(1, "2002-10-14"), "minutes-circulated", {"actions": ()}),
    Accepted(
        "an action may be done before the minutes go round",
        [SET_1, MET_1, minutes(1, "2002-10-14", action("rota"))],
        close("rota", "2002-10-11"),
        "action-closed",
        {"action": "rota"},
    ),
    Accepted(
        "leads agree to be in contact weekly, from that day",
        [],
        agree_rhythm("weekly", "2002-08-19"),
        "contact-rhythm-agreed",
        {"every": "weekly", "next": When.parse("2002-08-26")},
    ),
    Accepted(
        "a contact sets the day of the next",
        [agree_rhythm("fortnightly", "2002-08-19")],
        contact("2002-08-21", PARTNER, DIRECTOR),
        "leads-contacted",
        {"between": (PARTNER, DIRECTOR), "next": When.parse("2002-09-04")},
    ),
    Accepted(
        "monthly is to the day of the month, or its last",
        [agree_rhythm("monthly", "2002-08-19")],
        contact("2002-08-31"),
        "leads-contacted",
        {"next": When.parse("2002-09-30")},
    ),
    Accepted("without a rhythm no next is set", [], contact("2002-08-21"), "leads-contacted", {"next": None}),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_accepted(case: Accepted) -> None:
    scene = given("board-cycles", *case.given).when(case.when).accepted()
    event = scene.events[0]
    said = {name: getattr(event, name) for name in case.fields}
    if "actions" in said:
        said["actions"] = tuple(dict(each) for each in said["actions"])
    assert (event.type, said) == (case.event, case.fields)


REFUSED = (
    Refused(
        "a member of today has a person and a standing",
        [],
        Do("appoint-member", LEAD, None, {"role": DIRECTOR}),
        "member-incomplete",
        {"missing": ["person", "standing"]},
    ),
    Refused(
        "nobody joins twice",
        [appoint(DIRECTOR, "p2")],
        appoint(DIRECTOR, "p2", "interim"),
        "appointed-already",
        {"member": "council.director/p2", "on": "2002-08-15"},
    ),
    Refused(
        "who observes does not chair",
        [],
        appoint(REGIONAL, "p1", chair=True, observer=True),
        "observer-in-the-chair",
        {"role": REGIONAL},
    ),
    Refused(
        "who never joined does not leave",
        [appoint(DIRECTOR, "p2")],
        leave(DIRECTOR, "p9"),
        "no-such-member",
        {"member": "council.director/p9", "members": ["council.director/p2"]},
    ),
    Refused(
        "of several members of a role it is said who leaves",
        [appoint(ELECTED, "m1"), appoint(DIRECTOR, "p2"), appoint(ELECTED, "m2")],
        Do("end-membership", LEAD, None, {"role": ELECTED}),
        "which-member",
        {"role": ELECTED, "persons": ["m1", "m2"]},
    ),
    Refused(
        "nobody leaves before they came",
        [appoint(PARTNER, "p3"), Do(**{**vars(appoint(DIRECTOR, "p2")), "on": "2002-10-01"})],
        Do("end-membership", LEAD, "2002-09-30", {"role": DIRECTOR, "person": "p2"}),
        "too-early",
        {"event": "member-appointed", "on": "2002-10-01"},
    ),
    Refused(
        "a board is tied to nothing that the PID does not have",
        [],
        schedule(1, "2002-10-10", milestone="training"),
        "not-a-milestone",
        {"milestone": "training", "milestones": ["thresholds-in-use"]},
    ),
    Refused(
        "a board is not set for a day that was before",
        [],
        Do("schedule-board", LEAD, "2002-09-10", {"board": 1, "date": "2002-09-09"}),
        "board-in-the-past",
        {"board": 1, "date": "2002-09-09", "occurred": "2002-09-10"},
    ),
    Refused(
        "nor moved to one",
        [SET_1],
        Do("schedule-board", LEAD, "2002-10-01", {"board": 1, "date": "2002-09"}),
        "board-in-the-past",
        {"date": "2002-09", "occurred": "2002-10-01"},
    ),
    Refused(
        "a report says whether the council agreed it",
        [SET_1],
        Do("send-report", CONSULTANT, None, {"board": 1}),
        "agreement-unsaid",
        {"command": "send-report"},
    ),
    Refused(
        "a board says who attended",
        [SET_1],
        Do("hold-board", LEAD, None, {"board": 1}),
        "attendance-needed",
        {"command": "hold-board"},
    ),
    Refused(
        "who attended is given by role",
        [SET_1],
        hold(1, "2002-10-10", [LEAD, "Jo Brown", "the team"]),
        "not-a-role",
        {"given": ["Jo Brown", "the team"]},
    ),
    Refused(
        "no fewer are present than are named",
        [SET_1],
        hold(1, "2002-10-10", present=2),
        "fewer-than-named",
        {"present": 2, "named": 3},
    ),
    Refused(
        "minutes do not go round before the board has met",
        [SET_1, SET_2, MET_1, MET_2],
        minutes(2, "2002-11-13"),
        "too-early",
        {"event": "board-held", "on": "2002-11-14"},
    ),
    Refused(
        "minutes name an action once",
        [SET_1, MET_1],
        minutes(1, "2002-10-14", action("rota"), action("rota")),
        "named-twice",
        {"field": "actions", "id": "rota"},
    ),
    Refused(
        "an id is of one action of the phase",
        [SET_1, MET_1, minutes(1, "2002-10-14", action("rota")), SET_2, MET_2],
        minutes(2, "2002-11-18", action("rota")),
        "action-known",
        {"action": "rota", "board": 1},
    ),
    Refused(
        "an action of today has a date",
        [SET_1, MET_1],
        minutes(1, "2002-10-14", action("rota"), action("induction", by=None)),
        "action-without-date",
        {"actions": ["induction"]},
    ),
    Refused(
        "no action is due before the board that wants it",
        [SET_1, MET_1],
        minutes(1, "2002-10-14", action("rota", by="2002-09")),
        "action-due-before-board",
        {"action": "rota", "by": "2002-09", "on": "2002-10-10"},
    ),
    Refused(
        "only what a board wants is closed",
        [SET_1, MET_1, minutes(1, "2002-10-14", action("rota"))],
        close("induction"),
        "no-such-action",
        {"action": "induction", "actions": ["rota"]},
    ),
    Refused(
        "an action is closed once",
        [SET_1, MET_1, minutes(1, "2002-10-14", action("rota")), close("rota", "2002-10-30")],
        close("rota"),
        "action-closed-already",
        {"action": "rota", "on": "2002-10-30"},
    ),
    Refused(
        "an action is not done before its own board",
        [SET_1, SET_2, MET_1, MET_2, minutes(2, "2002-11-18", action("rota"))],
        close("rota", "2002-11-01"),
        "too-early",
        {"event": "board-held", "on": "2002-11-14"},
    ),
    Refused(
        "contact between leads is between parties",
        [],
        contact("2002-08-21", LEAD, REGIONAL),
        "one-party-only",
        {"parties": ["inspectorate"]},
    ),
)


@pytest.mark.parametrize("date", ["2002-09-10", "2002-09", "by 2002-09-30"])
def test_a_board_is_set_for_a_date_that_can_be_to_come(date: str) -> None:
    given("board-cycles").when("schedule-board", LEAD, "2002-09-10", board=1, date=date).accepted()


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Refused) -> None:
    given("board-cycles", *case.given).when(case.when).refused(case.rule, **case.details)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("appoint-member", {"role": DIRECTOR}),
        ("send-report", {"board": 1}),
        ("hold-board", {"board": 1}),
        ("circulate-minutes", {"board": 1, "actions": [{"id": "induction", "text": "Do it.", "owner": DIRECTOR}]}),
    ],
)
def test_a_case_file_says_what_its_source_says_and_no_more(command: str, body: dict[str, Any]) -> None:
    scene = given("board-cycles", SET_1)
    if command == "circulate-minutes":
        scene.when(MET_1).accepted()
    as_ = CONSULTANT if command == "send-report" else LEAD
    scene.when(command, as_, via="case-file", **body).accepted()


def test_a_board_of_which_nobody_knows_who_attended_is_neither_quorate_nor_not() -> None:
    scene = given("board-cycles", SET_1).when("hold-board", LEAD, "2002-10-10", via="import", board=1)
    assert scene.accepted().events[0].model_dump() == {"board": 1, "attended": (), "present": None, "quorate": None}
    scene.when(READY).accepted()


def test_a_board_before_the_pid_is_tied_to_what_it_will_have() -> None:
    given("mobilisation", schedule(1, "2002-10-10", milestone="training"))


# Members


def seated(scene: Scene) -> dict[str, list[str]]:
    return {party: [member.label for member in found] for party, found in members(scene.state.history).items()}


def test_members_are_listed_by_party_with_their_standing() -> None:
    scene = given("board-cycles", appoint(REGIONAL, "p1", chair=True), appoint(DIRECTOR, "p2", "interim"))
    scene.when(appoint(PARTNER, "p3")).when(appoint(LEAD, "p4", "acting")).accepted()
    assert seated(scene) == {
        "inspectorate": ["inspectorate.regional-director/p1", "inspectorate.lead-inspector/p4"],
        "council": ["council.director/p2"],
        "team": ["team.senior-partner/p3"],
    }
    (director,) = members(scene.state.history)["council"]
    assert director == Member(
        role=DIRECTOR,
        person="p2",
        name=None,
        standing="interim",
        chair=False,
        observer=False,
        since=When.parse("2002-08-15"),
        version=director.version,
    )


def test_the_chair_passes_to_whoever_is_appointed_to_it_last_and_back_when_they_leave() -> None:
    scene = given("board-cycles", appoint(REGIONAL, "p1", chair=True), appoint(OFFICIAL, "p5", chair=True))

    def chairs() -> list[str]:
        return [m.label for found in members(scene.state.history).values() for m in found if m.chair]

    assert chairs() == ["department.official/p5"]
    scene.when(leave(OFFICIAL, "p5")).accepted()
    assert chairs() == ["inspectorate.regional-director/p1"]


def test_an_appointment_that_is_withdrawn_was_never_made_and_a_corrected_one_reads_otherwise() -> None:
    scene = given("board-cycles", appoint(DIRECTOR, "p2"), appoint(PARTNER, "p3"))
    partner, director = scene.state.version, scene.state.version - 1
    scene.when("withdraw-event", LEAD, version=partner, reason="Never came.").accepted()
    scene.when("correct-event", LEAD, version=director, changes={"standing": "interim"}, reason="Typed.").accepted()
    assert seated(scene) == {"council": ["council.director/p2"]}
    assert members(scene.state.history)["council"][0].standing == "interim"


def test_a_further_phase_has_a_board_of_its_own() -> None:
    scene = given("exit", appoint(DIRECTOR, "p2"))
    assert seated(scene) == {"council": ["council.director/p2"]}
    scene.when("start-further-phase", OFFICE, reason="More to do.").accepted()
    assert (seated(scene), boards(scene.state.history), actions(scene.state.history)) == ({}, (), ())


# The quorum


DECISIONS = (
    READY,
    Do("agree-pid", BOARD),
    Do("decide-change", BOARD, None, {"change": 1, "approved": True}),
    Do("accept-deliverable", BOARD, None, {"deliverable": "thresholds"}),
    Do("keep-lead", BOARD, None, {"reason": "Not yet."}),
)
TO_DECIDE = (
    Do("submit-pid", CONSULTANT, None, {"workstreams": [{"id": "practice"}], "deliverables": [{"id": "thresholds"}]}),
    Do("submit-deliverable", CONSULTANT, None, {"deliverable": "thresholds"}),
    Do("request-change", DIRECTOR, None, {"days": "10", "grounds": "New facts."}),
)


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda done: done.type)
def test_a_board_without_a_quorum_decides_nothing(decision: Do) -> None:
    scene = given("board-cycles", *TO_DECIDE, SET_1, WITHOUT_COUNCIL)
    scene.when(decision).refused("no-quorum", command=decision.type, board=1, on="2002-10-10", missing=["council"])
    scene.when(schedule(2, "2002-10-17", extraordinary=True)).when(hold(2, "2002-10-17")).accepted()
    scene.when(decision).accepted()


@pytest.mark.parametrize(
    ("stage", "decision"),
    [
        ("council-led-final-days", Do("pass-lead", BOARD, None, {"days": "30"})),
        ("exit", Do("sign-off-exit", BOARD)),
    ],
    ids=["the lead passes", "the exit is signed off"],
)
def test_nor_does_it_in_later_stages(stage: str, decision: Do) -> None:
    scene = given(stage, schedule(1, "2003-03-06"), hold(1, "2003-03-06", [DIRECTOR, "council.chief-executive"]))
    scene.when(decision).refused("no-quorum", missing=["inspectorate", "team"])


def test_others_go_on_whatever_the_board_lacked() -> None:
    scene = given("board-cycles", SET_1, WITHOUT_COUNCIL)
    scene.when(Do("request-change", DIRECTOR, None, {"days": "10", "grounds": "New facts."})).accepted()
    scene.when(schedule(2, "2002-11-14")).accepted()


def test_before_the_first_board_the_leads_have_agreed_and_the_board_decides() -> None:
    given("board-cycles").when(READY).accepted()


def test_what_an_earlier_board_decided_may_be_recorded_late() -> None:
    scene = given("board-cycles", SET_1, MET_1, SET_2, hold(2, "2002-11-14", [LEAD, OFFICIAL]))
    scene.when(READY).refused("no-quorum", board=2, missing=["council", "team"])
    scene.when(READY, on="2002-11-14").refused("no-quorum", board=2)
    scene.when(READY, on="2002-10-10").accepted()


def test_a_later_board_does_not_lend_its_quorum_to_an_earlier_decision() -> None:
    scene = given("board-cycles", SET_1, SET_2, WITHOUT_COUNCIL, MET_2)
    scene.when(READY, on="2002-10-17").refused("no-quorum", board=1, missing=["council"])
    scene.when(READY, on="2002-11-14").accepted()


@pytest.mark.parametrize(
    ("on", "taken"),
    [("2002-11", True), ("2002-11-13/2002-11-20", True), ("by 2002-11-20", True), ("2002-11-14/2002-11-20", False)],
)
def test_an_imprecise_date_is_refused_only_where_no_quorate_board_can_have_decided(on: str, taken: bool) -> None:
    scene = given("board-cycles", SET_1, MET_1, SET_2, hold(2, "2002-11-14", [LEAD, OFFICIAL]))
    scene.until("2002-12-02").when(READY, on=on)
    assert (scene.refusal is None) is taken


def test_of_two_boards_that_may_be_the_last_one_with_a_quorum_is_enough() -> None:
    scene = given("board-cycles", SET_1, SET_2, hold(1, "2002-10"), hold(2, "2002-10-14", [LEAD]))
    scene.until("2002-11-04").when(READY).accepted()


def test_what_a_source_tells_as_decided_is_decided_and_shown() -> None:
    scene = given("board-cycles", SET_1, WITHOUT_COUNCIL).when(READY, via="case-file").accepted()
    expected = {"event": "council-readiness-agreed", "board": 1, "missing": ["council"]}
    assert Caution("decided-without-quorum", expected) in cautions(scene.state.history)


def test_attendance_that_is_corrected_counts_as_corrected() -> None:
    scene = given("board-cycles", SET_1, WITHOUT_COUNCIL)
    version = next(e.version for e in scene.state.history.entries if e.event.type == "board-held")
    scene.when(READY).refused("no-quorum")
    scene.when("correct-event", LEAD, version=version, changes={"attended": ALL_THREE}, reason="One was left out.")
    scene.accepted().when(READY).accepted()


def test_attendance_that_turns_out_to_be_unknown_holds_nothing_up() -> None:
    scene = given("board-cycles", SET_1, WITHOUT_COUNCIL)
    version = next(e.version for e in scene.state.history.entries if e.event.type == "board-held")
    scene.when("correct-event", LEAD, version=version, changes={"attended": []}, reason="Another board's list.")
    scene.accepted().when(READY).accepted()


def test_a_board_that_is_withdrawn_never_met() -> None:
    scene = given("board-cycles", SET_1, WITHOUT_COUNCIL)
    version = next(e.version for e in scene.state.history.entries if e.event.type == "board-held")
    scene.when("withdraw-event", LEAD, version=version, reason="Put off.").accepted()
    scene.when(READY).accepted()


def test_a_board_of_an_older_release_holds_nothing_up() -> None:
    scene = given("board-cycles", SET_1, WITHOUT_COUNCIL)
    version = next(e.version for e in scene.state.history.entries if e.event.type == "board-held")
    scene.when("correct-event", LEAD, version=version, changes={"quorate": None}, reason="As it was stored then.")
    scene.accepted().when(READY).accepted()


def test_a_board_of_an_earlier_phase_does_not_count() -> None:
    scene = given("board-cycles", SET_1, WITHOUT_COUNCIL)
    scene.when(READY, via="case-file").when(Do("keep-lead", BOARD, None, {"reason": "No."}), via="case-file").accepted()
    scene.when("start-further-phase", OFFICE, reason="More.").accepted()
    scene.when("assume-stage", OFFICE, via="case-file", to="board-cycles", because="?").accepted()
    scene.when(READY).accepted()
    assert cautions(scene.state.history) == []


def test_a_decision_of_an_earlier_phase_is_not_held_against_a_board_of_this_one() -> None:
    scene = given("board-cycles").when(READY).when(Do("keep-lead", BOARD, None, {"reason": "No."})).accepted()
    scene.when("start-further-phase", OFFICE, reason="More.").accepted()
    scene.when("assume-stage", OFFICE, via="case-file", to="board-cycles", because="?").accepted()
    day = str(scene.at.date())
    scene.when(schedule(1, day)).when(hold(1, day, [LEAD, CONSULTANT])).accepted()
    assert list(told(scene)) == ["board-not-quorate"]


# What a face shows


def test_a_board_is_shown_from_its_date_to_its_minutes() -> None:
    scene = given(
        "board-cycles",
        schedule(1, "2003-02-06", milestone="thresholds-in-use"),
        report(1, "2003-01-20"),
        hold(1, "2003-02-06", [LEAD, DIRECTOR], present=7),
        minutes(1, "2003-02-10"),
        schedule(2, "2003-03-06", extraordinary=True),
    )
    first, second = boards(scene.state.history)
    assert first == Meeting(
        board=1,
        date=When.parse("2003-02-06"),
        milestone="thresholds-in-use",
        reach_by=When.parse("2003-01-31"),
        extraordinary=False,
        reported=When.parse("2003-01-20"),
        agreed_with_council=True,
        late=False,
        held=When.parse("2003-02-06"),
        attended=(LEAD, DIRECTOR),
        present=7,
        missing=("team",),
    )
    assert circulated(scene.state.history) == {1: When.parse("2003-02-10")}
    assert (second.board, second.extraordinary, second.held, second.present, second.late) == (
        2,
        True,
        None,
        None,
        False,
    )


def test_a_milestone_that_an_approved_change_moves_leaves_its_board_too_early() -> None:
    moved = {"grounds": "New facts.", "milestones": [{"id": "thresholds-in-use", "by": "2003-03-31"}]}
    scene = given("board-cycles", schedule(1, "2003-02-06", milestone="thresholds-in-use"))
    scene.when(Do("request-change", DIRECTOR, None, moved)).accepted()
    assert told(scene) == {}
    scene.when(Do("decide-change", BOARD, None, {"change": 1, "approved": True})).accepted()
    assert [str(board.reach_by) for board in boards(scene.state.history)] == ["2003-03-31"]
    assert list(told(scene)) == ["board-before-milestone"]


def test_a_milestone_that_is_reached_early_waits_for_no_board() -> None:
    scene = given("board-cycles", schedule(1, "2002-12-05", milestone="thresholds-in-use"))
    scene.when("reach-milestone", CONSULTANT, milestone="thresholds-in-use").accepted()
    assert told(scene) == {}


def test_who_is_named_is_present() -> None:
    assert boards(given("board-cycles", SET_1, MET_1).state.history)[0].present == 3


def test_actions_stay_open_until_they_are_closed() -> None:
    scene = given("board-cycles", SET_1, MET_1, minutes(1, "2002-10-14", action("rota"), action("induction")))
    scene.when(close("induction", "2002-10-20")).accepted()
    found = [(each.id, each.board, each.owner, str(each.by), each.closed) for each in actions(scene.state.history)]
    assert found == [
        ("rota", 1, DIRECTOR, "2002-11-30", None),
        ("induction", 1, DIRECTOR, "2002-11-30", When.parse("2002-10-20")),
    ]
    closing = next(e.version for e in scene.state.history.entries if e.event.type == "action-closed")
    scene.when("withdraw-event", LEAD, version=closing, reason="It was not.").accepted()
    assert [each.closed for each in actions(scene.state.history)] == [None, None]
    scene.when(close("induction")).accepted()


def cautions(history: History) -> list[Caution]:
    return [found for part in (a_member, a_board) for found in part.cautions(history)]


def told(scene: Scene) -> dict[str, Any]:
    return {found.rule: dict(found.details) for found in cautions(scene.state.history)}


ELECTED_MEMBER = appoint(ELECTED, "m1")
LATE = {"board": 1, "sent": "2002-10-09", "on": "2002-10-10", "after": False}


@pytest.mark.parametrize(
    ("done", "rule", "details"),
    [
        ([SET_1, report(1, "2002-10-01", agreed=False)], "report-not-agreed", {"board": 1}),
        ([SET_1, report(1, "2002-10-09")], "report-late", LATE),
        (
            [SET_1, MET_1, report(1, "2002-10-15")],
            "report-late",
            {**LATE, "sent": "2002-10-15", "after": True},
        ),
        ([SET_1, hold(1, "2002-10-10", present=16)], "overwhelming", {"board": 1, "present": 16}),
        ([SET_1, hold(1, "2002-10-10", [*ALL_THREE, *[DIRECTOR] * 13])], "overwhelming", {"board": 1, "present": 16}),
        (
            [SET_1, hold(1, "2002-10-10", [*ALL_THREE, PARTNER, "team.consultant"])],
            "consultants-attending",
            {"board": 1, "team": 3},
        ),
        ([SET_1, WITHOUT_COUNCIL], "board-not-quorate", {"board": 1, "missing": ["council"]}),
        (
            [schedule(1, "2002-12-05", milestone="thresholds-in-use")],
            "board-before-milestone",
            {"board": 1, "on": "2002-12-05", "milestone": "thresholds-in-use", "by": "2003-01-31"},
        ),
        (
            [appoint(ELECTED, "m1", observer=True)],
            "elected-only-observe",
            {"members": ["council.member/m1"]},
        ),
        ([appoint(DIRECTOR, "p2"), SET_1, MET_1], "no-elected-member", {"members": 1}),
    ],
    ids=[
        "a report that the council did not agree",
        "a report on the day before",
        "a report after the meeting",
        "sixteen people present",
        "sixteen people named",
        "three of the team",
        "no quorum",
        "a board before its milestone is due",
        "an elected member as a mere observer",
        "no elected member",
    ],
)
def test_worth_an_eye(done: Sequence[Do], rule: str, details: dict[str, Any]) -> None:
    assert told(given("board-cycles", *done)) == {rule: details}


@pytest.mark.parametrize(
    "done",
    [
        [SET_1, report(1, "2002-10-08")],
        [SET_1, report(1, "2002-10")],
        [SET_1, report(1, "2002-10-09", agreed=False), report(1, "2002-10-08")],
        [SET_1, hold(1, "2002-10-10", [*ALL_THREE, PARTNER], present=15)],
        [SET_1, WITHOUT_COUNCIL, SET_2, MET_2],
        [SET_1, hold(1, "2002-10-10", present=16), SET_2, MET_2],
        [ELECTED_MEMBER, appoint(DIRECTOR, "p2"), SET_1, MET_1],
        [appoint(DIRECTOR, "p2")],
        [schedule(1, "2003-01", milestone="thresholds-in-use")],
        [schedule(1, "2002-12-05", milestone="thresholds-in-use"), hold(1, "2002-12-05")],
    ],
    ids=[
        "a report two days before",
        "a report that may have been in time",
        "a report sent again, agreed and in time",
        "fifteen people, two of the team",
        "a board with a quorum since",
        "a smaller board since",
        "an elected member among the members",
        "members before the first board",
        "a board that may be on the day",
        "a board that has met",
    ],
)
def test_nothing_to_see(done: Sequence[Do]) -> None:
    assert told(given("board-cycles", *done)) == {}


# Contact between leads


def test_contacts_are_shown_with_the_rhythm_then_in_force() -> None:
    scene = given(
        "board-cycles",
        contact("2002-08-16"),
        agree_rhythm("weekly", "2002-08-19"),
        contact("2002-08-26"),
        agree_rhythm("fortnightly", "2002-09-02"),
        contact("2002-09-16", PARTNER, DIRECTOR),
        agree_rhythm("monthly", "2002-11-04"),
        contact("2002-11-05", ELECTED, CHIEF),
    )
    found = [(str(each.occurred), each.every, each.next and str(each.next)) for each in contacts(scene.state.history)]
    assert found == [
        ("2002-08-16", None, None),
        ("2002-08-26", "weekly", "2002-09-02"),
        ("2002-09-16", "fortnightly", "2002-09-30"),
        ("2002-11-05", "monthly", "2002-12-05"),
    ]
    assert contacts(scene.state.history)[2].between == (PARTNER, DIRECTOR)


def test_a_rhythm_that_is_corrected_reads_otherwise() -> None:
    scene = given("board-cycles", agree_rhythm("weekly", "2002-08-19"), contact("2002-08-26"))
    version = next(e.version for e in scene.state.history.entries if e.event.type == "contact-rhythm-agreed")
    scene.when("correct-event", LEAD, version=version, changes={"every": "monthly"}, reason="Misheard.").accepted()
    in_force = rhythm(scene.state.history, When.parse("2002-08-26"))
    assert in_force is not None and in_force.event.every == "monthly"
    assert [(each.every, str(each.next)) for each in contacts(scene.state.history)] == [("monthly", "2002-09-26")]


def test_the_next_contact_is_owed_in_time() -> None:
    scene = given("board-cycles", agree_rhythm("weekly", "2002-08-19"))
    assert scene.owed()["contact-leads-first-1"] == "2002-08-26"
    scene.when(contact("2002-08-23")).accepted()
    assert "contact-leads-first-1" not in scene.owed()
    assert scene.owed()["contact-leads-1"] == "2002-08-30"
    scene.until("2002-08-31").when(contact("2002-08-31")).accepted()
    assert scene.owed()["contact-leads-2"] == "2002-09-07"


def test_without_a_rhythm_no_contact_is_owed() -> None:
    assert not [name for name in given("board-cycles", contact("2002-08-23")).owed() if name.startswith("contact")]


def test_a_further_phase_agrees_its_contact_anew() -> None:
    scene = given("exit", agree_rhythm("weekly", "2003-02-24"), contact("2003-02-25"))
    scene.when("start-further-phase", OFFICE, "2003-03-10", reason="More to do.").accepted()
    assert contacts(scene.state.history) == ()
    assert rhythm(scene.state.history, When.parse("2003-03-11")) is None


def test_before_anything_was_recorded_there_is_nothing_to_show() -> None:
    history = opened().state.history
    assert (dict(members(history)), boards(history), actions(history), contacts(history)) == ({}, (), (), ())
    assert cautions(history) == []
