"""Each part of an engagement by itself: given what happened, when a command comes, then an event or a refusal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from domain.account import contracted, left, signed_off, used
from domain.change import ChangeDecided, ChangeRequested, days_added
from domain.engagement import COMMANDS
from domain.panel import PanelSat
from domain.part import History
from domain.project import PidSubmitted
from domain.rating_notes import in_special_measures
from domain.scope import ScopeDisputed, ScopeDrafted
from tests.given import WAY, Do, given, sealed_body

OFFICE, LEAD, CHIEF = "department.programme-office", "inspectorate.lead-inspector", "inspectorate.chief-inspector"
OFFICIAL, MINISTER, BOARD = "department.official", "department.minister", "board.board"
DIRECTOR, CONSULTANT = "council.director", "team.lead-consultant"

PIP_1 = Do("receive-pip", DIRECTOR, "2002-06-20")
DRAFT = WAY["scoping"][0]
INVITE, BID, PANEL, AWARD = WAY["tender"]
PID = WAY["mobilisation"][4]
BOARD_1 = Do("schedule-board", LEAD, None, {"board": 1, "date": "2002-10-10"})
MEET_1 = Do("hold-board", LEAD, None, {"board": 1, "attended": [LEAD, DIRECTOR, CONSULTANT]})
ASK = Do("request-change", DIRECTOR, None, {"days": "10", "grounds": "New facts."})
SUBMIT = WAY["board-cycles"][0]
LEAD_PASSED = WAY["council-led-final-days"][0]


def days(amount: str, whose: str = "p4") -> Do:
    """The contract has 40 days of p3 and 60 of p4."""
    return Do("record-days", CONSULTANT, None, {"days": amount, "consultant": whose})


def signed(amount: str) -> Do:
    return Do("sign-off-days", LEAD, None, {"days": amount})


@dataclass(frozen=True)
class Refused:
    """A case: in this stage, after these commands, this command is refused by this rule with these details."""

    case: str
    stage: str
    given: Sequence[Do]
    when: Do
    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)


REFUSED = (
    Refused(
        "the first plan is version 1",
        "special-measures",
        [],
        Do("receive-pip", DIRECTOR, None, {"plan": 2}),
        "version-out-of-order",
        {"given": 2, "expected": 1},
    ),
    Refused(
        "a plan is not received twice",
        "special-measures",
        [PIP_1],
        PIP_1,
        "version-out-of-order",
        {"given": 1, "expected": 2},
    ),
    Refused(
        "no plan, no judgement",
        "special-measures",
        [],
        Do("judge-pip", LEAD, None, {"verdict": "acceptable"}),
        "needs",
        {"command": "judge-pip", "event": "pip-received"},
    ),
    Refused(
        "whoever turns a plan down says why",
        "special-measures",
        [PIP_1],
        Do("judge-pip", LEAD, None, {"verdict": "not-acceptable"}),
        "reason-needed",
        {"command": "judge-pip"},
    ),
    Refused(
        "a version of the plan is judged once",
        "special-measures",
        [PIP_1, Do("judge-pip", LEAD, None, {"verdict": "not-acceptable", "faults": ["too-long"]})],
        Do("judge-pip", LEAD, None, {"verdict": "acceptable"}),
        "judged-already",
        {"plan": 1, "verdict": "not-acceptable"},
    ),
    Refused(
        "a minister's decision comes with its paper",
        "decision",
        [],
        Do("record-decision", MINISTER, None, {"outcome": "engage", "reasons": "Needed."}),
        "document-needed",
    ),
    Refused(
        "a decision to engage comes too late after the award",
        "board-cycles",
        [],
        WAY["decision"][1],
        "awarded-already",
        {"outcome": "engage"},
    ),
    Refused("nothing drafted, nothing to agree", "scoping", [], WAY["scoping"][1], "needs", {"event": "scope-drafted"}),
    Refused(
        "a party agrees to a draft once",
        "scoping",
        [DRAFT, WAY["scoping"][1]],
        Do("agree-scope", "inspectorate.regional-director"),
        "agreed-already",
        {"party": "inspectorate", "draft": 1},
    ),
    Refused(
        "a single tender needs a reason",
        "tender",
        [],
        Do("invite-tenders", OFFICIAL, None, {"route": "single"}),
        "reason-needed",
        {"command": "invite-tenders"},
    ),
    Refused("a firm bids once", "tender", [INVITE, BID], BID, "bid-already", {"bidder": "KPMG"}),
    Refused(
        "bids come before the invitation only by mistake",
        "tender",
        [INVITE],
        Do("receive-bid", OFFICIAL, "2002-07-08", {"bidder": "KPMG"}),
        "too-early",
        {"event": "tenders-invited", "on": "2002-07-09"},
    ),
    Refused(
        "the panel prefers one of those who bid",
        "tender",
        [INVITE, BID],
        Do("sit-panel", OFFICIAL, None, {"members": [OFFICIAL], "preferred": "Deloitte"}),
        "no-such-bid",
        {"bidder": "Deloitte", "bidders": ["KPMG"]},
    ),
    Refused(
        "panel members are roles",
        "tender",
        [INVITE, BID],
        Do("sit-panel", OFFICIAL, None, {"members": ["the director"], "preferred": "KPMG"}),
        "not-a-role",
        {"given": ["the director"]},
    ),
    Refused(
        "an award today names everything that a contract has",
        "tender",
        [],
        Do("award-contract", OFFICIAL, None, {"team": "KPMG", "days": "100"}),
        "award-incomplete",
        {
            "missing": [
                "price",
                "starts",
                "ends",
                "consultants",
                "fixed_charges",
                "variable_charges",
                "deliverables",
                "outcomes",
                "exit_strategy",
            ]
        },
    ),
    Refused(
        "a contract does not end before it starts",
        "tender",
        [],
        Do("award-contract", OFFICIAL, None, {**AWARD.body, "starts": "2003-02", "ends": "2003-01-31"}),
        "ends-before-it-starts",
        {"starts": "2003-02", "ends": "2003-01-31"},
    ),
    Refused("a contract is awarded once", "tender", [INVITE, BID, AWARD], AWARD, "awarded-already"),
    Refused(
        "the board agrees a PID that was put to it",
        "mobilisation",
        [],
        Do("agree-pid", BOARD),
        "needs",
        {"event": "pid-submitted"},
    ),
    Refused(
        "the board agrees a PID once",
        "mobilisation",
        [PID, Do("agree-pid", BOARD)],
        Do("agree-pid", BOARD),
        "agreed-already",
        {"party": "board", "draft": 1},
    ),
    *(
        Refused(
            f"ids of {what} are not used twice",
            "mobilisation",
            [],
            Do("submit-pid", CONSULTANT, None, {"workstreams": [{"id": "a"}], what: [item, item]}),
            "named-twice",
            {"field": what, "id": "b"},
        )
        for what, item in (
            ("workstreams", {"id": "b"}),
            ("deliverables", {"id": "b"}),
            ("milestones", {"id": "b", "by": "2003-01"}),
        )
    ),
    Refused(
        "what the PID does not promise is not handed in",
        "board-cycles",
        [],
        Do("submit-deliverable", CONSULTANT, None, {"deliverable": "training"}),
        "not-promised",
        {"deliverable": "training", "promised": ["thresholds"]},
    ),
    Refused(
        "what was not handed in is not accepted",
        "board-cycles",
        [
            Do(
                "submit-pid",
                CONSULTANT,
                None,
                {"workstreams": [{"id": "a"}], "deliverables": [{"id": "thresholds"}, {"id": "training"}]},
            ),
            SUBMIT,
        ],
        Do("accept-deliverable", BOARD, None, {"deliverable": "training"}),
        "not-submitted",
        {"deliverable": "training"},
    ),
    Refused(
        "a deliverable is accepted once",
        "board-cycles",
        [
            Do(
                "submit-pid",
                CONSULTANT,
                None,
                {"workstreams": [{"id": "a"}], "deliverables": [{"id": "thresholds"}, {"id": "training"}]},
            ),
            SUBMIT,
            WAY["board-cycles"][1],
        ],
        WAY["board-cycles"][1],
        "accepted-already",
        {"deliverable": "thresholds"},
    ),
    Refused(
        "boards count up from 1",
        "board-cycles",
        [BOARD_1],
        Do("schedule-board", LEAD, None, {"board": 3, "date": "2002-12-10"}),
        "version-out-of-order",
        {"given": 3, "expected": 2},
    ),
    Refused(
        "a board that met is not moved", "board-cycles", [BOARD_1, MEET_1], BOARD_1, "board-held-already", {"board": 1}
    ),
    Refused("a board meets once", "board-cycles", [BOARD_1, MEET_1], MEET_1, "board-held-already", {"board": 1}),
    Refused(
        "a board that nobody set does not meet",
        "board-cycles",
        [BOARD_1],
        Do("hold-board", LEAD, None, {"board": 2}),
        "no-such-board",
        {"board": 2, "boards": [1]},
    ),
    Refused(
        "nor is a report sent for it",
        "board-cycles",
        [BOARD_1],
        Do("send-report", CONSULTANT, None, {"board": 2}),
        "no-such-board",
    ),
    Refused(
        "minutes are of a board that met",
        "board-cycles",
        [BOARD_1, MEET_1],
        Do("circulate-minutes", DIRECTOR, None, {"board": 2}),
        "board-not-held",
        {"board": 2},
    ),
    Refused(
        "the board decides on what was asked",
        "board-cycles",
        [ASK],
        Do("decide-change", BOARD, None, {"change": 2, "approved": True}),
        "no-such-change",
        {"change": 2, "changes": [1]},
    ),
    Refused(
        "a board that refuses says why",
        "board-cycles",
        [ASK],
        Do("decide-change", BOARD, None, {"change": 1, "approved": False}),
        "reason-needed",
    ),
    Refused(
        "a change is decided once",
        "board-cycles",
        [ASK, Do("decide-change", BOARD, None, {"change": 1, "approved": False, "reason": "No."})],
        Do("decide-change", BOARD, None, {"change": 1, "approved": True}),
        "decided-already",
        {"change": 1},
    ),
    Refused(
        "no more days than the contract has",
        "board-cycles",
        [days("40", "p3"), days("59.75")],
        days("0.5"),
        "more-days-than-contracted",
        {"days": "0.5", "used": "99.75", "contracted": "100"},
    ),
    Refused(
        "no more days signed off than were used",
        "board-cycles",
        [days("2.5"), signed("1.25")],
        signed("1.5"),
        "more-days-than-used",
        {"days": "1.5", "signed_off": "1.25", "used": "2.5"},
    ),
    Refused(
        "the council's days are among those that are left",
        "council-led-final-days",
        [days("40", "p3"), days("40")],
        Do("pass-lead", BOARD, None, {"days": "20.25"}),
        "more-days-than-contracted",
        {"days": "20.25", "used": "80", "contracted": "100"},
    ),
    Refused("the lead passes once", "council-led-final-days", [LEAD_PASSED], LEAD_PASSED, "lead-passed-already"),
    Refused(
        "a lead that has passed is not kept",
        "council-led-final-days",
        [LEAD_PASSED],
        Do("keep-lead", BOARD, None, {"reason": "Second thoughts."}),
        "lead-passed-already",
    ),
    Refused(
        "the council uses no more days than it was given",
        "council-led-final-days",
        [LEAD_PASSED, Do("use-final-days", DIRECTOR, None, {"days": "12"})],
        Do("use-final-days", DIRECTOR, None, {"days": "18.25"}),
        "more-days-than-left",
        {"days": "18.25", "left": "18"},
    ),
    Refused(
        "nor gives back more than are left",
        "council-led-final-days",
        [LEAD_PASSED],
        Do("release-final-days", DIRECTOR, None, {"days": "30.25"}),
        "more-days-than-left",
        {"days": "30.25", "left": "30"},
    ),
    Refused("an exit is signed off once", "exit", [WAY["exit"][2]], WAY["exit"][2], "signed-off-already"),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Refused) -> None:
    given(case.stage, *case.given).when(case.when).refused(case.rule, **case.details)


FITS_NOT: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("days come in quarters", "record-days", {"days": "0.3"}),
    ("days are more than none", "record-days", {"days": "0"}),
    ("days are not negative", "record-days", {"days": "-1"}),
    ("signed-off days come in quarters", "sign-off-days", {"days": "1.1"}),
    ("the council's days are not negative", "pass-lead", {"days": "-30"}),
    ("a change adds days, never takes them", "request-change", {"days": "-5", "grounds": "Less."}),
    ("a price has pence and no less", "award-contract", {"team": "KPMG", "price": "1.005"}),
    ("a price is not negative", "award-contract", {"team": "KPMG", "price": "-1"}),
    ("a firm has a name", "award-contract", {"team": ""}),
    ("a verdict is one of two", "judge-pip", {"verdict": "excellent"}),
    ("a fault is one of the list", "judge-pip", {"verdict": "not-acceptable", "faults": ["boring"]}),
    ("a concern is one of the list", "draft-scope", {"concerns": ["practice.weather"]}),
    ("an impact is one of the list", "evaluate-impact", {"impact": ["people.luck"]}),
    ("an outcome is one of three", "recommend", {"outcome": "wait", "grounds": "?"}),
    ("a decision has reasons", "record-decision", {"outcome": "engage"}),
    ("a PID has a workstream", "submit-pid", {"workstreams": []}),
    ("an id is a slug", "submit-pid", {"workstreams": [{"id": "Family Placement"}]}),
    ("the panel has a member", "sit-panel", {"members": [], "preferred": "KPMG"}),
    ("boards start at 1", "schedule-board", {"board": 0, "date": "2002-10-10"}),
    ("a target has a date that exists", "set-target", {"by": "2002-13", "text": "?"}),
    ("a note says something", "add-note", {}),
    ("a lead is of one of three parties", "name-lead", {"party": "department", "person": "p1"}),
    ("a field that the command does not have", "add-note", {"text": "?", "colour": "red"}),
)


@pytest.mark.parametrize(("command", "body"), [case[1:] for case in FITS_NOT], ids=[case[0] for case in FITS_NOT])
def test_a_body_that_does_not_fit_is_never_a_command(command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


def test_a_sealed_field_takes_no_plain_text() -> None:
    with pytest.raises(ValidationError, match="holds a commitment, never the value itself"):
        COMMANDS["add-note"].model_validate({"text": "The director was rude."})


def test_a_plan_version_follows_the_last() -> None:
    scene = given("special-measures", PIP_1).when("receive-pip", DIRECTOR, plan=2).accepted()
    assert scene.events[0].model_dump(include={"plan", "note"}) == {"plan": 2, "note": None}


def test_a_case_file_records_a_decision_without_its_paper() -> None:
    given("decision").when("record-decision", MINISTER, via="case-file", outcome="engage", reasons="Needed.").accepted()


def test_a_case_file_awards_what_the_source_names_and_no_more() -> None:
    given("tender").when("award-contract", OFFICIAL, via="import", team="KPMG").accepted()


def test_a_disagreement_stays_on_the_record_when_the_scope_is_agreed() -> None:
    scene = given("scoping", DRAFT).when("dispute-scope", DIRECTOR, reason="Too narrow.").accepted()
    for command in WAY["scoping"][1:]:
        scene.when(command).accepted()
    assert scene.state.stage == "tender"
    assert [entry.event.draft for entry in scene.state.history.all(ScopeDisputed)] == [1]


def test_drafts_of_the_scope_are_numbered() -> None:
    scene = given("scoping", DRAFT, DRAFT, DRAFT)
    assert [entry.event.draft for entry in scene.state.history.all(ScopeDrafted)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("members", "quorate"),
    [
        ([OFFICIAL, LEAD, DIRECTOR], True),
        (["department.programme-office", "inspectorate.regional-director", "council.chief-executive"], True),
        ([OFFICIAL, LEAD], False),
        ([DIRECTOR, "council.chief-executive", OFFICIAL], False),
    ],
    ids=["all three parties", "other roles of all three", "the council is missing", "the inspectorate is missing"],
)
def test_a_panel_is_quorate_with_department_inspectorate_and_council(members: list[str], quorate: bool) -> None:
    scene = given("tender", INVITE, BID).when("sit-panel", OFFICIAL, members=members, preferred="KPMG").accepted()
    assert [sat.quorate for sat in scene.only(PanelSat)] == [quorate]


def test_pids_are_numbered_and_a_new_one_is_agreed_anew() -> None:
    scene = given("mobilisation", PID, Do("agree-pid", BOARD), PID).when("agree-pid", BOARD).accepted()
    assert [entry.event.pid for entry in scene.state.history.all(PidSubmitted)] == [1, 2]


def test_a_refused_change_is_remembered_and_adds_no_days() -> None:
    scene = given("board-cycles", ASK)
    scene.when("decide-change", BOARD, change=1, approved=False, reason="Not now.").then("change-decided")
    (decided,) = scene.only(ChangeDecided)
    assert (decided.approved, decided.days) == (False, None)
    assert scene.state.history.has(ChangeRequested)
    assert days_added(scene.state.history) == 0
    assert contracted(scene.state.history) == 100


def test_an_approved_change_adds_its_days_to_the_contract() -> None:
    scene = (
        given("board-cycles", ASK, days("40", "p3"), days("60")).when(days("0.25")).refused("more-days-than-contracted")
    )
    scene.when("decide-change", BOARD, change=1, approved=True).accepted()
    scene.when(days("10")).accepted().when(days("0.25")).refused("more-days-than-contracted", contracted="110")
    assert used(scene.state.history) == 110


def test_changes_are_numbered_and_each_is_decided_for_itself() -> None:
    scene = given("board-cycles", ASK, ASK).when("decide-change", BOARD, change=2, approved=True).accepted()
    scene.when("decide-change", BOARD, change=1, approved=False, reason="One is enough.").accepted()
    assert contracted(scene.state.history) == 110


def test_an_award_that_names_no_days_sets_no_limit() -> None:
    scene = given("tender").when("award-contract", OFFICIAL, via="import", team="KPMG").accepted()
    scene.when("assume-stage", OFFICE, via="import", to="board-cycles", because="?").accepted()
    scene.when(days("1000")).accepted()
    assert contracted(scene.state.history) is None


def test_days_are_counted_in_quarters_without_rounding() -> None:
    scene = given("board-cycles", *[days("0.25")] * 7, signed("0.75"))
    assert (used(scene.state.history), signed_off(scene.state.history)) == (Decimal("1.75"), Decimal("0.75"))


def test_the_last_day_of_the_contract_is_usable() -> None:
    scene = given("board-cycles", days("40", "p3"), days("30")).when("agree-council-readiness", BOARD).accepted()
    scene.when("pass-lead", BOARD, days="30").accepted()
    assert left(scene.state.history) == 30
    scene.when("commission-piece", DIRECTOR, title="Finance system.", days="5").then("piece-commissioned")
    assert left(scene.state.history) == 30


def test_a_board_may_be_moved_until_it_meets() -> None:
    given("board-cycles", BOARD_1).when("schedule-board", LEAD, board=1, date="2002-10-17").accepted()


def test_nothing_rated_since_means_special_measures() -> None:
    assert in_special_measures(History())
