"""An engagement as a whole: every command in every stage and by every role, the gates, and the ways out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain import engagement as an_engagement
from domain import following
from domain.actors import ENGINE, Actor
from domain.course import EngagementClosed, EventCorrected, HistoryImported, StageEntered
from domain.dates import When
from domain.decision import DecisionRecorded, RecommendationMade
from domain.engagement import COMMANDS, EVENTS, Engagement
from domain.part import Asked, Entry, Refusal
from domain.plan import PipReceived
from domain.respond import Answer
from tests.given import MONITOR_ONLY, STAGES, WAY, Do, Scene, given, noon, opened, seal, sealed_body, shipped

ALL = " ".join(STAGES)


@dataclass(frozen=True)
class Row:
    """What a command does: who gives it here, its fields, its first event, the stages that allow it, and what refuses it there."""

    as_: str
    gives: str
    stages: str
    body: Mapping[str, Any] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


def everywhere(rule: str, *stages: str) -> dict[str, str]:
    return dict.fromkeys(stages, rule)


OFFICE, LEAD, CHIEF = "department.programme-office", "inspectorate.lead-inspector", "inspectorate.chief-inspector"
OFFICIAL, MINISTER, BOARD = "department.official", "department.minister", "board.board"
DIRECTOR, PARTNER, CONSULTANT = "council.director", "team.senior-partner", "team.lead-consultant"

_PLANNING = "special-measures decision monitoring scoping board-cycles"
_EARLY = "special-measures decision monitoring"
_BOARDS = "mobilisation board-cycles council-led-final-days exit"
_REPORTS = "mobilisation board-cycles council-led-final-days"
_LAST = "council-led-final-days"
_WORK = "mobilisation board-cycles council-led-final-days exit follow-up"
_TAPER = "board-cycles council-led-final-days exit follow-up"

# Written out, not read from the lifecycle: what must hold of the shipped one.
TABLE: Mapping[str, Row] = {
    "assume-stage": Row(
        OFFICE, "stage-assumed", ALL, {"to": "follow-up", "because": "?"}, {"follow-up": "stage-not-ahead"}
    ),
    "stop-engagement": Row(OFFICE, "engagement-stopped", ALL, {"reason": "The programme ends."}),
    "close-as-opened-in-error": Row(OFFICE, "opened-in-error", ALL, {"reason": "Wrong council."}),
    "note-rating": Row(CHIEF, "rating-noted", ALL, {"rating": 2, "stars": 0}),
    "note-rating-lapsed": Row(CHIEF, "rating-lapsed", ALL, {"rating": 2}),
    "note-rating-withdrawn": Row(CHIEF, "opened-in-error", ALL, {"rating": 1, "reason": "Misprint."}),
    "add-note": Row(OFFICE, "note-added", ALL, {"text": "A note."}),
    "move-engagement": Row(
        OFFICE,
        "engagement-moved",
        ALL,
        {"model": "nowhere", "version": 1, "stage": "nowhere", "reason": "Elsewhere."},
        refused=dict.fromkeys(STAGES, "model-not-published"),  # where it is: tests/test_moving.py
    ),
    "correct-event": Row(
        OFFICE,
        "event-corrected",
        ALL,
        {"changes": {"note": seal("third draft")}, "reason": "Typed wrongly."},
        {"special-measures": "nothing-to-correct"},
    ),
    "withdraw-event": Row(
        OFFICE, "event-withdrawn", ALL, {"reason": "Never sent."}, {"special-measures": "nothing-to-correct"}
    ),
    "dispute-fact": Row(
        CONSULTANT,
        "fact-disputed",
        ALL,
        {"event": "pip-received", "changes": {"note": seal("fourth draft")}, "source": "A letter."},
        {"special-measures": "nothing-to-dispute"},
    ),
    "choose-fact": Row(
        OFFICE,
        "fact-chosen",
        ALL,
        {"dispute": 1, "use": "other", "reason": "It was signed."},
        everywhere("no-such-dispute", *STAGES),
    ),
    "pause-clock": Row(
        OFFICE,
        "clock-paused",
        ALL,
        {"obligation": "submit-pip", "reason": "An election."},
        everywhere("obligation-not-open", *(set(STAGES) - {"special-measures"})),
    ),
    "resume-clock": Row(
        OFFICE,
        "clock-resumed",
        ALL,
        {"obligation": "submit-pip"},
        {"special-measures": "clock-not-paused"}
        | everywhere("obligation-not-open", *(set(STAGES) - {"special-measures"})),
    ),
    "request-team": Row("council.member", "team-requested", ALL),
    "record-decision": Row(
        MINISTER,
        "decision-recorded",
        ALL,
        {"outcome": "statutory-intervention", "reasons": "The last sanction.", "document": "DH/9"},
    ),
    "assess-conditions": Row(
        LEAD,
        "conditions-assessed",
        ALL,
        {"assessments": [{"condition": "council.leadership", "holds": "partly", "evidence": "A new director."}]},
    ),
    "assess-ingredients": Row(LEAD, "ingredients-assessed", ALL, {"present": ["pressure"], "evidence": "The rating."}),
    "record-intervention-activity": Row(
        LEAD, "intervention-activity-recorded", ALL, {"phase": "denial", "activity": "persuasion"}
    ),
    "answer-missing-management": Row(
        CHIEF, "missing-management-answered", ALL, {"answer": "narrow-scope", "reason": "No head of children's."}
    ),
    "record-authority": Row(
        OFFICIAL,
        "authority-recorded",
        ALL,
        {"kind": "cover", "holder": "minister-for-community", "starts": "2002-06-01", "document": "DH/C1"},
    ),
    "end-authority": Row(
        OFFICIAL, "authority-ended", ALL, {"authority": 1, "reason": "Back."}, everywhere("no-such-authority", *STAGES)
    ),
    "ask-questions": Row(
        OFFICE,
        "questions-asked",
        ALL,
        {"questions": "workforce", "point": "baseline", "of": ["workforce"], "by": "2005-12"},
    ),
    "answer-question": Row(
        OFFICE,
        "question-answered",
        ALL,
        {"question": "workforce.support", "group": "workforce", "answer": "No."},
        everywhere("not-asked", *STAGES),
    ),
    "tell-back": Row(
        OFFICE, "told-back", ALL, {"asking": 1, "told": "A plan is made."}, everywhere("no-such-asking", *STAGES)
    ),
    "hear-resistance": Row(OFFICE, "resistance-heard", ALL, {"causes": ["status"], "group": "workforce"}),
    "answer-resistance": Row(
        OFFICE,
        "resistance-answered",
        ALL,
        {"resistance": 1, "ways": ["responsibilities"]},
        everywhere("no-such-resistance", *STAGES),
    ),
    "recommend": Row(CHIEF, "recommendation-made", _EARLY, {"outcome": "engage", "grounds": "Ready."}),
    "meet-council": Row(CHIEF, "council-met", _EARLY),
    "record-monitoring-visit": Row(LEAD, "monitoring-visited", ALL),
    "hold-strategy-meeting": Row(OFFICIAL, "strategy-meeting-held", ALL),
    "set-target": Row(CHIEF, "target-set", ALL, {"by": "2005-10", "text": "Improvement."}),
    "follow-up-target": Row(
        LEAD, "target-followed-up", ALL, {"target": 1, "verdict": "met"}, everywhere("no-such-target", *STAGES)
    ),
    "record-own-body": Row(DIRECTOR, "own-body-recorded", ALL, {"body": "improvement-board", "title": "The Board."}),
    "end-own-body": Row(
        DIRECTOR, "own-body-ended", ALL, {"body": "improvement-board"}, everywhere("no-such-body", *STAGES)
    ),
    "judge-leaving": Row(LEAD, "leaving-judged", ALL, {"side": "safe", "met": True, "evidence": "An inspection."}),
    "receive-pip": Row(DIRECTOR, "pip-received", _PLANNING, {"plan": 2}, {"special-measures": "version-out-of-order"}),
    "judge-pip": Row(
        LEAD,
        "pip-judged",
        _PLANNING,
        {"verdict": "acceptable"},
        {"special-measures": "needs"}
        | everywhere("judged-already", "decision", "monitoring", "scoping", "board-cycles"),
    ),
    "ask-team-for-pip": Row(
        CHIEF, "pip-help-asked", "special-measures monitoring", {}, {"monitoring": "plan-acceptable"}
    ),
    "review-pip": Row(
        LEAD,
        "pip-reviewed",
        "special-measures decision monitoring scoping tender mobilisation board-cycles",
        {"plan": 1, "progress": "on-course"},
        {"special-measures": "no-such-plan"},
    ),
    "draft-scope": Row(LEAD, "scope-drafted", "scoping", WAY["scoping"][0].body),
    "decide-diagnosis": Row(LEAD, "diagnosis-decided", "scoping", {"needed": False, "quality": "good"}),
    "comment-on-scope": Row(DIRECTOR, "scope-commented", "scoping", {"text": "Too wide."}, {"scoping": "needs"}),
    "answer-comment": Row(
        LEAD, "comment-answered", "scoping", {"comment": 1, "taken": True, "answer": "Yes."}, {"scoping": "needs"}
    ),
    "agree-scope": Row(DIRECTOR, "scope-agreed", "scoping", {}, {"scoping": "needs"}),
    "dispute-scope": Row(DIRECTOR, "scope-disputed", "scoping", {"reason": "Too wide."}, {"scoping": "needs"}),
    "invite-tenders": Row(OFFICIAL, "tenders-invited", "tender", WAY["tender"][0].body),
    "hold-clarification": Row(OFFICIAL, "clarification-held", "tender", {}, {"tender": "needs"}),
    "receive-bid": Row(OFFICIAL, "bid-received", "tender", {"bidder": "KPMG"}, {"tender": "needs"}),
    "take-off-individual": Row(
        DIRECTOR, "individual-taken-off", "tender", {"bidder": "KPMG", "person": "jo-b"}, {"tender": "needs"}
    ),
    "hold-presentations": Row(OFFICIAL, "presentations-held", "tender", {"bidders": ["KPMG"]}),
    "declare-interest": Row(
        OFFICIAL, "interest-declared", "tender", {"member": DIRECTOR, "bidder": "KPMG", "nature": "Shares."}
    ),
    "score-bid": Row(
        OFFICIAL,
        "bid-scored",
        "tender",
        {"bidder": "KPMG", "member": LEAD, "scores": [{"criterion": "quality", "score": 7}]},
        {"tender": "needs"},
    ),
    "sit-panel": Row(
        OFFICIAL, "panel-sat", "tender", {"members": [OFFICIAL], "preferred": "KPMG"}, {"tender": "needs"}
    ),
    "award-contract": Row(OFFICIAL, "contract-awarded", "tender", WAY["tender"][-1].body),
    "hold-mobilisation-meeting": Row(OFFICIAL, "mobilisation-meeting-held", "mobilisation"),
    "name-lead": Row(PARTNER, "lead-named", _REPORTS, {"party": "team", "person": "p9"}),
    "submit-pid": Row(CONSULTANT, "pid-submitted", "mobilisation board-cycles", WAY["mobilisation"][4].body),
    "agree-pid": Row(
        BOARD,
        "pid-agreed",
        "mobilisation board-cycles",
        {},
        {"mobilisation": "needs", "board-cycles": "agreed-already"},
    ),
    "schedule-board": Row(LEAD, "board-scheduled", _BOARDS, {"board": 1, "date": "2003-06-20"}),
    "cancel-board": Row(LEAD, "board-cancelled", _BOARDS, {"board": 1}, everywhere("needs", *_BOARDS.split())),
    "send-report": Row(CONSULTANT, "report-sent", _REPORTS, {"board": 1}, everywhere("needs", *_REPORTS.split())),
    "hold-board": Row(LEAD, "board-held", _BOARDS, {"board": 1}, everywhere("needs", *_BOARDS.split())),
    "circulate-minutes": Row(
        DIRECTOR, "minutes-circulated", _BOARDS, {"board": 1}, everywhere("needs", *_BOARDS.split())
    ),
    "request-change": Row(DIRECTOR, "change-requested", "board-cycles", {"days": "10", "grounds": "New facts."}),
    "decide-change": Row(
        BOARD, "change-decided", "board-cycles", {"change": 1, "approved": True}, {"board-cycles": "needs"}
    ),
    "appoint-member": Row(LEAD, "member-appointed", _BOARDS, {"role": DIRECTOR, "person": "p2", "standing": "interim"}),
    "end-membership": Row(LEAD, "membership-ended", _BOARDS, {"role": DIRECTOR}, everywhere("needs", *_BOARDS.split())),
    "close-action": Row(DIRECTOR, "action-closed", _BOARDS, {"action": "rota"}, everywhere("needs", *_BOARDS.split())),
    "agree-contact-rhythm": Row(LEAD, "contact-rhythm-agreed", _BOARDS, {"every": "weekly"}),
    "record-contact": Row(LEAD, "leads-contacted", _BOARDS, {"between": [LEAD, DIRECTOR]}),
    "record-stall": Row(LEAD, "work-stalled", f"board-cycles {_LAST}", {"text": "Nobody moves."}),
    "record-resumption": Row(
        LEAD, "work-resumed", f"board-cycles {_LAST}", {}, everywhere("needs", "board-cycles", _LAST)
    ),
    "record-days": Row(CONSULTANT, "days-used", _WORK, {"days": "1.5", "consultant": "p3"}),
    "sign-off-days": Row(
        LEAD,
        "days-signed-off",
        "board-cycles council-led-final-days exit follow-up",
        {"days": "1"},
        everywhere("needs", "board-cycles", _LAST),  # later there are the days that the council used
    ),
    "record-payment": Row(
        OFFICIAL, "payment-recorded", _WORK, {"amount": "1000.00", "kind": "fixed", "invoice": "inv-1"}
    ),
    "name-core-team": Row(
        PARTNER, "core-team-named", _REPORTS, {"members": [{"person": "p3", "part": "project-manager"}]}
    ),
    "record-post-holder": Row(LEAD, "post-holder-recorded", ALL, {"post": DIRECTOR, "person": "p6"}),
    "record-departure": Row(DIRECTOR, "post-holder-left", ALL, {"post": DIRECTOR}),
    "reach-milestone": Row(
        CONSULTANT, "milestone-reached", _BOARDS, {"milestone": "thresholds-in-use"}, {"mobilisation": "needs"}
    ),
    "record-activity": Row(
        CONSULTANT, "activity-recorded", f"{_BOARDS} follow-up", {"activity": "practice.skills", "style": "doctor"}
    ),
    "record-product": Row(
        CONSULTANT, "product-recorded", f"{_BOARDS} follow-up", {"product": "handbook", "title": "A handbook."}
    ),
    "judge-workstream": Row(
        LEAD,
        "workstream-judged",
        f"board-cycles {_LAST} exit follow-up",
        {"workstream": "practice", "success": "more"},
    ),
    "record-parallel-work": Row(DIRECTOR, "parallel-work-recorded", _BOARDS, {"firm": "Deloitte", "text": "Training."}),
    "submit-deliverable": Row(CONSULTANT, "deliverable-submitted", "board-cycles", {"deliverable": "thresholds"}),
    "accept-deliverable": Row(
        BOARD, "deliverable-accepted", "board-cycles", {"deliverable": "thresholds"}, {"board-cycles": "needs"}
    ),
    "agree-council-readiness": Row(BOARD, "council-readiness-agreed", "board-cycles"),
    "keep-lead": Row(BOARD, "lead-kept", "board-cycles council-led-final-days", {"reason": "Not yet."}),
    "pass-lead": Row(BOARD, "lead-passed", _LAST, {"days": "30"}),
    "commission-piece": Row(DIRECTOR, "piece-commissioned", _LAST, {"title": "Finance."}, {_LAST: "needs"}),
    "finish-piece": Row(
        DIRECTOR,
        "piece-finished",
        "council-led-final-days exit follow-up",
        {"piece": "piece-1"},
        everywhere("needs", _LAST, "exit", "follow-up"),
    ),
    "end-main-work": Row(LEAD, "main-work-ended", _TAPER, {"tasks": [{"id": "finance"}]}),
    "end-task": Row(LEAD, "task-ended", _TAPER, {"task": "finance"}, everywhere("needs", *_TAPER.split())),
    "use-final-days": Row(DIRECTOR, "final-days-used", _LAST, {"days": "1"}, {_LAST: "needs"}),
    "release-final-days": Row(DIRECTOR, "final-days-released", _LAST, {"days": "1"}, {_LAST: "needs"}),
    "evaluate-deliverables": Row(LEAD, "deliverables-evaluated", "exit"),
    "evaluate-contribution": Row(LEAD, "contribution-evaluated", "exit follow-up"),
    "evaluate-improvement": Row(LEAD, "improvement-evaluated", "exit follow-up", {"improved": "partly"}),
    "evaluate-impact": Row(LEAD, "impact-evaluated", "exit", {"impact": ["people.morale"]}),
    "sign-off-exit": Row(BOARD, "exit-signed-off", "exit"),
    "record-next-step": Row(OFFICIAL, "next-step-recorded", "exit follow-up", {"next": "monitoring"}),
    "start-further-phase": Row(OFFICIAL, "further-phase-started", "exit follow-up", {"reason": "More to do."}),
    "record-review": Row(LEAD, "review-recorded", "follow-up"),
    "waive-review": Row(OFFICE, "review-waived", "follow-up", {"reason": "Inspected anyway."}),
}

ROLES: Mapping[str, str] = {
    "M": "department.minister",
    "O": "department.official",
    "P": "department.programme-office",
    "C": "inspectorate.chief-inspector",
    "R": "inspectorate.regional-director",
    "L": "inspectorate.lead-inspector",
    "E": "council.chief-executive",
    "D": "council.director",
    "A": "council.assistant-director",
    "X": "council.member",
    "S": "team.senior-partner",
    "T": "team.lead-consultant",
    "B": "board.board",
}

MAY: Mapping[str, str] = {
    "assume-stage": "P",
    "stop-engagement": "P",
    "close-as-opened-in-error": "P",
    "note-rating": "",
    "note-rating-lapsed": "",
    "note-rating-withdrawn": "",
    "add-note": "OPCRLEDAXST",
    "move-engagement": "P",
    "correct-event": "PL",
    "withdraw-event": "PL",
    "dispute-fact": "OPRLEDT",
    "choose-fact": "PR",
    "request-team": "PEX",
    "record-decision": "M",
    "assess-conditions": "CRLED",
    "assess-ingredients": "CRL",
    "record-intervention-activity": "OPCRL",
    "answer-missing-management": "OCR",
    "record-authority": "OP",
    "end-authority": "OP",
    "ask-questions": "PLEDT",
    "answer-question": "PLEDT",
    "tell-back": "PLED",
    "hear-resistance": "PLEDT",
    "answer-resistance": "PLED",
    "recommend": "C",
    "meet-council": "PC",
    "record-monitoring-visit": "PRL",
    "hold-strategy-meeting": "OPRL",
    "set-target": "OPCL",
    "follow-up-target": "PCRL",
    "record-own-body": "PLEDA",
    "end-own-body": "PLEDA",
    "judge-leaving": "RL",
    "receive-pip": "PLEDA",
    "judge-pip": "CRL",
    "ask-team-for-pip": "CRL",
    "review-pip": "PRLDA",
    "draft-scope": "L",
    "decide-diagnosis": "L",
    "answer-comment": "L",
    "comment-on-scope": "RLEDX",
    "agree-scope": "RLED",
    "dispute-scope": "RLED",
    "invite-tenders": "OP",
    "hold-clarification": "OPL",
    "receive-bid": "OP",
    "hold-presentations": "OPL",
    "take-off-individual": "ED",
    "declare-interest": "OPRLED",
    "score-bid": "OPRLED",
    "sit-panel": "OPRLED",
    "award-contract": "OP",
    "hold-mobilisation-meeting": "OPL",
    "name-lead": "LEDS",
    "submit-pid": "ST",
    "agree-pid": "B",
    "schedule-board": "L",
    "cancel-board": "L",
    "send-report": "T",
    "hold-board": "L",
    "circulate-minutes": "LDA",
    "request-change": "LEDAST",
    "decide-change": "B",
    "appoint-member": "OPRLEDS",
    "end-membership": "OPRLEDS",
    "close-action": "OPRLEDAST",
    "agree-contact-rhythm": "LDAST",
    "record-contact": "CRLEDAST",
    "record-stall": "OPRLEDAST",
    "record-resumption": "OPRLEDAST",
    "record-days": "T",
    "sign-off-days": "L",
    "record-payment": "OP",
    "name-core-team": "PST",
    "record-post-holder": "PRLEDST",
    "record-departure": "PRLEDST",
    "reach-milestone": "PLST",
    "record-activity": "PLST",
    "record-product": "PLST",
    "judge-workstream": "PLST",
    "record-parallel-work": "PLEDST",
    "submit-deliverable": "T",
    "accept-deliverable": "B",
    "agree-council-readiness": "B",
    "keep-lead": "B",
    "pass-lead": "B",
    "commission-piece": "EDA",
    "finish-piece": "EDA",
    "end-main-work": "PLB",
    "end-task": "PL",
    "use-final-days": "EDA",
    "release-final-days": "EDA",
    "evaluate-deliverables": "L",
    "evaluate-contribution": "L",
    "evaluate-improvement": "L",
    "evaluate-impact": "L",
    "sign-off-exit": "B",
    "record-next-step": "OP",
    "start-further-phase": "OP",
    "record-review": "PL",
    "waive-review": "P",
    "pause-clock": "PR",
    "resume-clock": "PR",
}


def body_of(command: str, scene: Scene) -> dict[str, Any]:
    body = dict(TABLE[command].body)
    if command in ("correct-event", "withdraw-event"):
        plan = scene.state.history.last(PipReceived)
        body["version"] = plan.version if plan else 2  # version 2 is the stage entered, which nobody corrects by hand
    return body


def test_the_tables_know_every_command_stage_and_role() -> None:
    lifecycle = shipped().lifecycle
    of_the_team = {name for name, kind in COMMANDS.items() if kind.derived or lifecycle.who_may(name)}
    assert set(TABLE) == set(MAY) == of_the_team  # other models allow what this one does not
    assert [stage.id for stage in lifecycle.stages] == list(STAGES)
    assert set(ROLES.values()) == set(lifecycle.roles)


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("command", TABLE)
def test_every_command_in_every_stage(command: str, stage: str) -> None:
    row, scene = TABLE[command], given(stage)
    scene.when(command, row.as_, via="case-file", **body_of(command, scene))
    if stage not in row.stages.split():
        scene.refused("stage", command=command, stage=stage, allowed_in=row.stages.split())
    elif stage in row.refused:
        scene.refused(row.refused[stage])
    else:
        assert scene.accepted().events[0].type == row.gives


@pytest.mark.parametrize("command", [name for name in TABLE if not COMMANDS[name].derived])
def test_every_command_by_every_role(command: str) -> None:
    for letter, role in ROLES.items():
        scene = given("board-cycles")
        scene.when(command, role, **body_of(command, scene))
        if letter in MAY[command]:
            assert scene.refusal is None or scene.refusal.rule not in ("role", "recorder"), scene.refusal
        else:
            scene.refused("role", command=command, role=role, may=[ROLES[may] for may in ROLES if may in MAY[command]])


@pytest.mark.parametrize("command", ["note-rating", "note-rating-lapsed", "note-rating-withdrawn"])
def test_what_follows_by_itself_is_nobodys_to_ask(command: str) -> None:
    scene, office = given("tender"), Actor.parse(OFFICE)
    asked = Asked(
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], TABLE[command].body)),
        When.parse("2002-08-01"),
        office,
        office,
        noon("2002-08-01"),
        "http",
    )
    assert an_engagement.decide(scene.state, scene.rules, asked) == Refusal("only-derived", {"command": command})


@pytest.mark.parametrize(
    ("role", "command", "may"),
    [(MINISTER, "record-decision", "OP"), (BOARD, "agree-council-readiness", "RLOPDA"), (DIRECTOR, "add-note", "D")],
    ids=["what ministers decide is recorded by the department", "what the board decides, by its members", "own acts"],
)
def test_who_records_what_a_role_decides(role: str, command: str, may: str) -> None:
    for letter, recorder in ROLES.items():
        scene = given("board-cycles")
        scene.when(command, role, recorded_by=recorder, **body_of(command, scene))
        if letter in may:
            scene.accepted()
        else:
            scene.refused("recorder", role=role, recorder=recorder, may=sorted(ROLES[each] for each in may))


def test_a_role_that_the_lifecycle_does_not_know_is_refused() -> None:
    given().when("add-note", "council.gardener", text="Hello.").refused("unknown-role", role="council.gardener")


# Gates

NEXT = {
    "special-measures": "decision",
    "decision": "scoping",
    "scoping": "tender",
    "tender": "mobilisation",
    "mobilisation": "board-cycles",
    "board-cycles": "council-led-final-days",
    "council-led-final-days": "exit",
    "exit": "follow-up",
}
NOT_NEEDED = {("decision", "recommend")}


@pytest.mark.parametrize(("stage", "left_out"), [(stage, n) for stage in NEXT for n in range(len(WAY[stage]))])
def test_a_gate_stays_shut_while_one_thing_is_missing(stage: str, left_out: int) -> None:
    scene = given(stage)
    for number, command in enumerate(WAY[stage]):
        if number != left_out:
            scene.when(command)
    needed = (stage, WAY[stage][left_out].type) not in NOT_NEEDED
    assert scene.state.stage == (stage if needed else NEXT[stage])


@pytest.mark.parametrize("stage", NEXT)
def test_a_gate_opens_when_all_is_there_and_the_stage_entered_says_by_what(stage: str) -> None:
    scene = given(stage, *WAY[stage][:-1])
    assert scene.state.stage == stage
    scene.when(WAY[stage][-1]).accepted()
    (entered,) = scene.only(StageEntered)
    assert (entered.left, entered.stage, entered.assumed) == (stage, NEXT[stage], False)
    assert entered.gate is not None and entered.gate.met
    assert set(entered.gate.evidence) <= {entry.version for entry in scene.state.history.entries}
    assert entered.gate.evidence


def leaving(stage: str, *commands: Do) -> str | None:
    scene = given(stage)
    for command in commands:
        scene.when(command).accepted()
    return scene.state.closed or scene.state.stage


def test_a_team_asked_to_help_with_the_plan_opens_the_gate_without_one() -> None:
    assert leaving("special-measures", Do("ask-team-for-pip", CHIEF, None, {"reason": "No plan comes."})) == "decision"


def test_a_plan_judged_not_acceptable_keeps_the_council_where_it_is_until_a_better_one() -> None:
    scene = given().when("receive-pip", DIRECTOR, "2002-06-20")
    scene.when("judge-pip", LEAD, "2002-06-25", verdict="not-acceptable", faults=["no-targets"]).accepted()
    assert scene.state.stage == "special-measures"
    scene.when("receive-pip", DIRECTOR, "2002-07-10", plan=2).when(
        "judge-pip", LEAD, "2002-07-15", verdict="acceptable"
    )
    assert scene.state.stage == "decision"


def test_ministers_may_decide_before_the_plan_and_the_decision_waits_for_its_stage() -> None:
    scene = given().when(WAY["decision"][1], on="2002-06-10").accepted()
    assert scene.state.stage == "special-measures"
    scene.when("ask-team-for-pip", CHIEF, "2002-06-20", reason="No plan comes.").accepted()
    assert [entered.stage for entered in scene.only(StageEntered)] == ["decision", "scoping"]
    assert scene.state.stage == "scoping"


def test_the_agreement_of_one_party_is_not_enough_and_a_new_draft_needs_it_again() -> None:
    scene = given("scoping", *WAY["scoping"][:2])
    assert scene.state.stage == "scoping"
    scene.when(WAY["scoping"][0], on=str(scene.at.date())).when("agree-scope", DIRECTOR).accepted()
    assert scene.state.stage == "scoping"
    scene.when("agree-scope", LEAD).accepted()
    assert scene.state.stage == "tender"


def test_a_single_tender_needs_no_panel() -> None:
    invite = Do("invite-tenders", OFFICIAL, "2002-07-09", {"route": "single", "reason": "One firm is left."})
    assert leaving("tender", invite, WAY["tender"][-1]) == "mobilisation"


def test_a_panel_without_the_council_is_not_quorate_and_sits_again() -> None:
    scene = given("tender", *WAY["tender"][:2])
    scene.when("sit-panel", OFFICIAL, members=[OFFICIAL, LEAD], preferred="KPMG").when(WAY["tender"][3]).accepted()
    assert scene.state.stage == "tender"
    scene.when(WAY["tender"][2]).accepted()
    assert scene.state.stage == "mobilisation"


def test_three_leads_of_one_party_are_not_three_leads() -> None:
    scene = given("mobilisation", WAY["mobilisation"][0], *WAY["mobilisation"][4:])
    for person in ("p1", "p2", "p3"):
        scene.when("name-lead", LEAD, party="inspectorate", person=person).accepted()
    assert scene.state.stage == "mobilisation"


def test_the_board_may_meet_during_mobilisation_to_agree_the_pid() -> None:
    board = (
        Do("schedule-board", LEAD, "2002-08-12", {"board": 1, "date": "2002-08-15"}),
        Do("hold-board", LEAD, "2002-08-15", {"board": 1, "attended": [LEAD, DIRECTOR, CONSULTANT]}),
        Do("circulate-minutes", DIRECTOR, "2002-08-16", {"board": 1}),
    )
    assert leaving("mobilisation", *WAY["mobilisation"][:5], *board, WAY["mobilisation"][5]) == "board-cycles"


def test_a_council_found_ready_leads_before_every_deliverable_is_accepted() -> None:
    assert leaving("board-cycles", Do("agree-council-readiness", BOARD)) == "council-led-final-days"


def test_a_pid_that_the_board_did_not_agree_cannot_promise_less_and_open_the_gate() -> None:
    pid: dict[str, Any] = {
        "workstreams": [{"id": "practice"}],
        "deliverables": [{"id": "thresholds"}, {"id": "training"}],
    }
    scene = given("board-cycles").when("submit-pid", CONSULTANT, **pid).when("agree-pid", BOARD)
    for command in WAY["board-cycles"]:
        scene.when(command).accepted()
    assert scene.state.stage == "board-cycles"
    scene.when("submit-pid", CONSULTANT, **(pid | {"deliverables": [{"id": "thresholds"}]})).accepted()
    assert scene.state.stage == "board-cycles"
    scene.when("agree-pid", BOARD).accepted()
    assert scene.state.stage == "council-led-final-days"


def test_a_pid_without_deliverables_is_left_only_by_readiness() -> None:
    scene = given("board-cycles").when("submit-pid", CONSULTANT, workstreams=[{"id": "practice"}])
    scene.when("agree-pid", BOARD).accepted()
    assert scene.state.stage == "board-cycles"


def test_where_the_lead_is_kept_the_final_days_are_passed_over() -> None:
    assert leaving("council-led-final-days", Do("keep-lead", BOARD, None, {"reason": "Not yet."})) == "exit"


def test_the_last_of_the_final_days_opens_the_way_to_exit() -> None:
    scene = given("council-led-final-days").when("pass-lead", BOARD, days="30")
    scene.when("use-final-days", DIRECTOR, days="29.75").accepted()
    assert scene.state.stage == "council-led-final-days"
    scene.when("use-final-days", DIRECTOR, days="0.25").accepted()
    assert scene.state.stage == "exit"


# Ways out


def test_monitoring_only_goes_on_to_a_team_when_ministers_decide_so_later() -> None:
    scene = given("monitoring")
    assert scene.owed() == {"visit-1": "2002-09-28"}
    scene.when("recommend", CHIEF, "2002-09-02", outcome="engage", grounds="Managers are in place.").accepted()
    assert scene.state.stage == "monitoring"
    scene.when(WAY["decision"][1], on="2002-09-20").accepted()
    scene.when("add-note", OFFICE, "2002-09-20", text="Engaged after all.")
    assert scene.state.stage == "scoping"


@pytest.mark.parametrize("stage", STAGES)
def test_ministers_may_turn_to_statute_from_any_stage_and_all_that_was_owed_is_let_go(stage: str) -> None:
    scene = given(stage)
    assert scene.owed()
    scene.when("record-decision", MINISTER, outcome="statutory-intervention", reasons="Last resort.", document="DH/9")
    (closed,) = scene.accepted().only(EngagementClosed)
    assert (closed.end, closed.left, scene.state.closed) == ("statutory-intervention", stage, "statutory-intervention")
    assert scene.owed() == {} and an_engagement.next_due(scene.state) is None


@pytest.mark.parametrize("stage", [*STAGES[:5]])
def test_a_star_regained_before_an_award_ends_the_engagement(stage: str) -> None:
    scene = given(stage).when("note-rating", CHIEF, rating=2, stars=1).accepted()
    assert scene.state.closed == "star-regained"


@pytest.mark.parametrize("stage", [*STAGES[5:]])
def test_a_star_regained_after_the_award_ends_special_measures_and_the_team_works_on(stage: str) -> None:
    scene = given(stage).when("note-rating", CHIEF, rating=2, stars=1).then("rating-noted", "special-measures-ended")
    assert (scene.state.closed, scene.state.stage) == (None, stage)
    scene.when("note-rating", CHIEF, rating=3, stars=2).then("rating-noted")
    scene.when("note-rating", CHIEF, rating=4, stars=0).then("rating-noted", "special-measures-resumed")
    scene.when("note-rating", CHIEF, rating=5, stars=0).then("rating-noted")
    scene.when("note-rating", CHIEF, rating=6, stars=1).then("rating-noted", "special-measures-ended")


def test_a_star_regained_in_a_further_phase_does_not_end_it_for_there_was_an_award_once() -> None:
    scene = given("exit").when("start-further-phase", OFFICIAL, reason="A second team.")
    scene.when("note-rating", CHIEF, rating=2, stars=1).then("rating-noted", "special-measures-ended")
    assert (scene.state.stage, scene.state.closed) == ("scoping", None)


def test_an_engagement_is_stopped_for_a_reason_and_says_from_where() -> None:
    scene = given("mobilisation").when("stop-engagement", OFFICE, reason="The programme ends.")
    scene.then("engagement-stopped", *["obligation-closed"] * 3, "engagement-closed")
    assert scene.state.closed == "stopped"


def test_a_withdrawn_opening_rating_closes_the_engagement_as_opened_in_error() -> None:
    scene = given("decision").when("note-rating-withdrawn", CHIEF, rating=1, reason="Misprint.").accepted()
    assert scene.state.closed == "opened-in-error"


@pytest.mark.parametrize("stage", ["exit", "follow-up"])
def test_a_further_phase_starts_over_from_scoping_with_nothing_agreed(stage: str) -> None:
    scene = given(stage).when("start-further-phase", OFFICIAL, "2004-01-12", reason="A second team.").accepted()
    assert scene.state.stage == "scoping"
    assert scene.owed() == {"draft-scope-2": "2004-01-26"}
    for name in ("scoping", "tender", "mobilisation", "board-cycles", "council-led-final-days", "exit"):
        assert scene.state.stage == name
        for command in WAY[name]:
            body = dict(command.body) | (
                {"starts": "2004-03-01", "ends": "2005-02-28"} if "price" in command.body else {}
            )
            scene.when(command.type, command.as_, at=scene.at, **body).accepted()
    assert scene.state.stage == "follow-up"
    scene.when("start-further-phase", OFFICIAL, reason="A third.").accepted()
    assert scene.state.stage == "scoping"


def test_a_phase_cannot_be_withdrawn_from_under_what_was_done_in_it() -> None:
    scene = given("exit").when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    scene.when("withdraw-event", OFFICE, version=scene.state.history.phase, reason="No.").refused("nothing-to-correct")


@pytest.mark.parametrize("recorded_in", ["exit", "follow-up"])
def test_a_case_that_goes_to_another_model_leaves_from_follow_up(recorded_in: str) -> None:
    scene = given(recorded_in).when("record-next-step", OFFICIAL, next="other-model", reason="A franchise.").accepted()
    if recorded_in == "exit":
        assert scene.state.closed is None
        for command in WAY["exit"]:
            scene.when(command).accepted()
    assert scene.state.closed == "other-model"


@pytest.mark.parametrize("next_", ["off-special-measures", "further-phase", "statutory-intervention", "monitoring"])
def test_any_other_next_step_is_recorded_and_the_follow_up_goes_on(next_: str) -> None:
    scene = given("follow-up").when("note-rating", CHIEF, rating=2, stars=1)
    scene.when("record-next-step", OFFICIAL, next=next_, reason="As things stand.").then("next-step-recorded")
    assert (scene.state.stage, scene.state.closed) == ("follow-up", None)


@pytest.mark.parametrize(
    "review", [Do("record-review", LEAD), Do("waive-review", OFFICE, None, {"reason": "Inspected anyway."})], ids=str
)
def test_the_review_recorded_or_waived_closes_the_case(review: Do) -> None:
    scene = given("follow-up").when(review).accepted()
    assert scene.state.closed == "reviewed"


# After the end


@pytest.mark.parametrize("command", TABLE)
def test_a_closed_engagement_takes_what_can_still_come_up_and_no_more(command: str) -> None:
    scene = given("follow-up", *WAY["follow-up"])
    assert scene.state.closed == "reviewed"
    if COMMANDS[command].derived:
        return
    scene.when(command, TABLE[command].as_, **body_of(command, scene))
    late = ("add-note", "correct-event", "withdraw-event", "dispute-fact", "judge-leaving", "record-payment")
    if command in late:
        scene.accepted()
    elif command in (
        nothing := {
            "choose-fact": "no-such-dispute",
            "follow-up-target": "no-such-target",
            "tell-back": "no-such-asking",
        }
    ):
        scene.refused(nothing[command])
    else:
        scene.refused("closed", command=command, end="reviewed")
    assert scene.state.closed == "reviewed"


def test_nothing_strikes_after_the_end() -> None:
    scene = given("tender").when("stop-engagement", OFFICE, reason="Enough.")
    scene.until("2010-01-01").then()
    assert an_engagement.next_due(scene.state) is None


# Assumed stages


def test_a_case_file_carries_a_stage_on_and_the_history_says_assumed() -> None:
    scene = given().when("assume-stage", OFFICE, via="case-file", to="tender", because="No source says.")
    (entered,) = scene.accepted().only(StageEntered)
    assert (entered.stage, entered.left, entered.assumed, entered.gate) == ("tender", "special-measures", True, None)
    assert scene.state.assumed


@pytest.mark.parametrize("to", ["special-measures", "decision", "tender"])
def test_a_case_file_never_carries_a_stage_back_or_nowhere(to: str) -> None:
    scene = given("tender").when("assume-stage", OFFICE, via="case-file", to=to, because="?")
    scene.refused("stage-not-ahead", to=to, stage="tender")


def test_an_assumed_stage_must_exist() -> None:
    scene = given().when("assume-stage", OFFICE, via="import", to="elsewhere", because="?")
    scene.refused("unknown-stage", stage="elsewhere", stages=list(STAGES))


@pytest.mark.parametrize("via", ["command-line", "http", "page"])
def test_nobody_assumes_a_stage_outside_a_case_file(via: str) -> None:
    given().when("assume-stage", OFFICE, via=via, to="exit", because="?").refused("assumption-outside-case-file")


# Dates


def test_what_has_not_happened_yet_is_refused() -> None:
    scene = given().when("meet-council", CHIEF, "2002-06-11", at=noon("2002-06-10"))
    scene.refused("in-the-future", occurred="2002-06-11", today="2002-06-10")


@pytest.mark.parametrize("on", ["2002-06-10", "2002-06", "2002", "by 2002-12", "2002-06-01/2002-07-31"])
def test_what_can_have_happened_by_today_is_taken(on: str) -> None:
    given().when("meet-council", CHIEF, on, at=noon("2002-06-10")).accepted()


def test_just_after_midnight_in_london_the_new_day_has_begun_though_utc_is_behind() -> None:
    at = noon("2002-06-10").replace(hour=23, minute=30)
    given().when("meet-council", CHIEF, "2002-06-11", at=at).accepted()


def test_what_came_before_the_engagement_is_refused() -> None:
    given().when("meet-council", CHIEF, "2002-05-28").refused("before-the-opening", opened="2002-05-29")


@pytest.mark.parametrize("on", ["2002-05", "2002", "by 2002-05-30", "2001/2002-05-29"])
def test_what_can_have_come_after_the_opening_is_taken(on: str) -> None:
    given().when("meet-council", CHIEF, on, at=noon("2002-06-10")).accepted()


def test_a_thing_that_needs_another_is_refused_when_it_was_certainly_earlier() -> None:
    scene = given().when("receive-pip", DIRECTOR, "2002-06-20")
    scene.when("judge-pip", LEAD, "2002-06-19", verdict="acceptable").refused(
        "too-early", occurred="2002-06-19", event="pip-received", on="2002-06-20"
    )
    scene.when("judge-pip", LEAD, "2002-06", verdict="acceptable").accepted()


def test_a_thing_that_needs_another_is_taken_when_any_of_them_can_have_come_before() -> None:
    scene = given().when("receive-pip", DIRECTOR, "2002-06-10").when("receive-pip", DIRECTOR, "2002-06-20", plan=2)
    scene.when("judge-pip", LEAD, "2002-06-15", verdict="acceptable").accepted()


# What folds


def test_every_event_names_its_type_once_and_reads_back_from_its_body() -> None:
    assert len(EVENTS) == len({kind.type for kind in EVENTS.values()})
    scene = given("follow-up")
    for entry in scene.state.history.entries:
        kind = EVENTS[entry.event.type]
        assert kind.read(entry.event.model_dump(mode="json")) == entry.event


def test_before_the_opening_nothing_follows() -> None:
    assert following.consequence(Engagement("x-1"), shipped(), noon("2002-05-29")) is None


def test_imported_history_owes_nothing_until_it_goes_live() -> None:
    scene = opened(live=False)
    for command in (*WAY["special-measures"], WAY["decision"][0]):
        scene.when(command, via="import").accepted()
    assert (scene.state.stage, scene.owed(), an_engagement.next_due(scene.state)) == ("decision", {}, None)
    answer = Answer(scene.state, noon("2002-07-01"))
    today = When.day(answer.at.date())
    source = seal("A file.")
    answer.add(HistoryImported(live=True, source=source, steps=3), today, ENGINE, ENGINE)
    answer.settle(scene.rules, today)
    live = Scene(answer.state, scene.rules, answer.at)
    assert live.owed() == {"assess-conditions-1": "2002-07-01", "decide-1": "2002-07-17"}


def test_a_correction_is_a_new_event_and_the_history_reads_as_corrected() -> None:
    scene = given("decision", WAY["decision"][0])
    wrong = scene.state.history.last(RecommendationMade)
    assert wrong is not None
    scene.when("correct-event", LEAD, version=wrong.version, changes={"outcome": "monitor-only"}, reason="Misheard.")
    (corrected,) = scene.then("event-corrected").only(EventCorrected)
    assert (corrected.version, corrected.corrects) == (wrong.version, "recommendation-made")
    right = scene.state.history.at(wrong.version)
    assert right is not None and right.event.outcome == "monitor-only"
    assert isinstance(right, Entry) and right.occurred == wrong.occurred
    assert scene.state.history.last(RecommendationMade) == right


def test_a_correction_may_open_the_gate_that_a_slip_kept_shut() -> None:
    scene = given().when("receive-pip", DIRECTOR, "2002-06-20")
    scene.when("judge-pip", LEAD, "2002-06-25", verdict="not-acceptable", reason="Too long.").accepted()
    version = scene.state.version - len(scene.events) + 1
    scene.when("correct-event", LEAD, version=version, changes={"verdict": "acceptable"}, reason="The wrong box.")
    assert scene.accepted().state.stage == "decision"


def test_a_withdrawn_decision_was_never_made() -> None:
    scene = given().when(WAY["decision"][1], on="2002-06-03").accepted()
    version = scene.state.version
    scene.when("withdraw-event", OFFICE, version=version, reason="Not signed.").then("event-withdrawn")
    assert not scene.state.history.has(DecisionRecorded)
    for command in WAY["special-measures"]:
        scene.when(command).accepted()
    assert scene.state.stage == "decision"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"outcome": "perhaps"}, "correction-does-not-fit"),
        ({"nonsense": 1}, "correction-does-not-fit"),
        ({"grounds": "plain text"}, "correction-does-not-fit"),
        ({"outcome": "engage"}, "correction-changes-nothing"),
        ({}, "correction-changes-nothing"),
    ],
    ids=["a value it cannot have", "a field it does not have", "an unsealed value", "what it says already", "nothing"],
)
def test_a_correction_must_fit_the_event(changes: dict[str, Any], rule: str) -> None:
    scene = given("decision", WAY["decision"][0])
    version = next(e.version for e in scene.state.history.entries if e.event.type == "recommendation-made")
    scene.when("correct-event", LEAD, version=version, changes=changes, reason="?").refused(rule)


@pytest.mark.parametrize("command", ["correct-event", "withdraw-event"])
def test_what_the_engine_concluded_is_not_corrected_by_hand(command: str) -> None:
    scene = given("tender")
    body: dict[str, Any] = {"reason": "?"} | ({"changes": {"stage": "exit"}} if command == "correct-event" else {})
    fixed = [e.version for e in scene.state.history.entries if e.decided_by.party == "turnaround"]
    assert len(fixed) > 10
    for version in (*fixed, scene.state.version + 1):
        scene.when(command, OFFICE, version=version, **body).refused("nothing-to-correct", version=version)


def test_monitor_only_is_refused_once_a_team_is_under_contract() -> None:
    given("mobilisation").when(MONITOR_ONLY).refused("awarded-already", outcome="monitor-only")
