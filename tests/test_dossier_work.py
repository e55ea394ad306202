"""The dossier of an engagement from mobilisation to the follow-up, part by part."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli import output
from faces import dossier, telling
from faces.dossier_record import OnRecord, phases
from faces.words import Words
from tests.command_line import Run
from tests.dossiers import CONSULTANT, DIRECTOR, LEAD, OFFICE, lines, part
from tests.given import Do, Scene, given

LATER_PARTS = ("project", "people", "board", "change", "days", "work", "final-days", "exit")


def drawn(scene: Scene, name: str, today: date | None = None) -> Any:
    """A part of a scene as data."""
    return dossier.PARTS[name].data(OnRecord(scene.state.history, today or scene.at.date()))


@pytest.mark.parametrize("name", LATER_PARTS)
def test_a_part_of_an_engagement_without_a_team_says_that_there_is_nothing(run: Run, full: Path, name: str) -> None:
    title = dossier.PARTS[name].title
    assert lines(run, full, name, "swindon-1") == [f"{title}: nothing is on record."]
    assert run(full, "dossier", "swindon-1", name, "--json").json == {name: None}


def test_the_project_tells_leads_core_team_and_each_pid(run: Run, full: Path) -> None:
    (found,) = part(run, full, "project")
    assert [(lead["party"], lead["person"], lead["change"], lead["holds"]) for lead in found["leads"]] == [
        ("inspectorate", "ann-i", False, True),
        ("council", "dan-c", False, True),
        ("team", "p3", False, False),
        ("team", "p4", True, True),
    ]
    assert ([m["person"] for m in found["core_team"]["members"]], found["core_team"]["joined"]) == (
        ["sam-s", "p3", "p4"],
        ["sam-s"],
    )
    assert [(pid["pid"], pid["agreed"]["on"], pid["in_force"]) for pid in found["pids"]] == [
        (1, "2003-11-22", False),
        (2, "2003-12-30", True),
    ]
    assert [(w["workstream"], w["added"]) for w in found["workstreams"]][-1] == ("fostering", True)
    said = lines(run, full, "project")
    assert f"2003-11-22\t{LEAD} {DIRECTOR}\tAll of them came." in said
    assert "inspectorate\tann-i\tAnn Ibbs\tsubstantive\t2003-11-22\tno\tyes" in said
    assert "1\t2003-11-22\t2003-11-22\tno\tno\tFiles stay in the building." in said
    assert "PID 1\tpractice\tPractice" in said and "a change\tfostering\tFostering" in said
    assert f"1\t{CONSULTANT}/p3\tManages the project." in said


def test_deliverables_and_milestones_tell_what_became_of_them(run: Run, full: Path) -> None:
    (found,) = part(run, full, "project")
    assert [(d["deliverable"], d["title"], d["submitted"], d["dropped"]) for d in found["deliverables"]] == [
        ("thresholds", "Agreed thresholds", ["2004-02-08"], False),
        ("rota", None, [], True),
    ]
    assert [(m["milestone"], m["first"], m["now"], m["reached"], m["standing"]) for m in found["milestones"]] == [
        ("thresholds-in-use", "2199-01-31", "2199-03-31", None, "open"),
        ("ledgers-open", "2004-01-31", "2004-02-28", "2003-12-30", "reached"),
        ("rota-kept", "2004-03", "2004-03", None, "dropped"),
        ("books-closed", "2004-04-30", "2004-04-30", None, "passed"),
    ]
    said = lines(run, full, "project")
    assert "thresholds\tAgreed thresholds\tpractice\t2004-02-08\t2004-02-08\tno" in said
    assert "rota\t\tpractice\tno\tno\tyes" in said
    assert "ledgers-open\t\t\t2004-01-31\t2004-02-28\tchange 1\t2003-12-30\treached\tA week early." in said
    assert "thresholds-in-use\tIn use\tpractice\t2199-01-31\t2199-03-31\tPID 2\t\topen\t" in said


def test_a_date_that_the_board_has_not_agreed_is_said_to_be_not_agreed() -> None:
    body = {"workstreams": [{"id": "practice"}], "milestones": [{"id": "thresholds-in-use", "by": "2003-03"}]}
    found = drawn(given("board-cycles", Do("submit-pid", CONSULTANT, "2002-10-01", body)), "project")
    assert [(p["agreed"] is not None, p["in_force"]) for p in found["pids"]] == [(True, True), (False, False)]
    assert [(d["by"], d["agreed"]) for d in found["milestones"][0]["dates"]] == [
        ("2003-01-31", True),
        ("2003-03", False),
    ]


def test_people_tell_turnover_by_post_and_a_name_that_was_erased(run: Run, full: Path) -> None:
    posts = {post["post"]: post for post in part(run, full, "people")["posts"]}
    assert [(post["holder"], post["changes"], post["vacant_since"]) for post in posts.values()] == [
        ("ann-i", 0, None),
        ("dan-c", 0, None),
        ("p4", 1, None),
        ("sam-s", 0, None),
        (None, 1, "2003-12-30"),
    ]
    (director,) = posts[DIRECTOR]["holders"]
    assert (director["name"], director["standing"], director["reason"]) == (telling.ERASED, "interim", "Ill.")
    assert [(h["name"], h["since"], h["until"]) for h in posts[CONSULTANT]["holders"]] == [
        ("Pat Three", "2003-11-22", "2003-12-30"),
        ("Kim Four", "2003-12-30", None),
    ]
    said = lines(run, full, "people")
    assert f"{DIRECTOR}\tnobody\t1\t2003-12-30\tyes" in said
    assert f"{DIRECTOR}\tdee-d\t(erased)\tinterim\tyes\t2003-11-22\t2003-12-30\tyes\tIll.\t" in said


def test_the_board_tells_members_meetings_and_what_is_late_of_its_actions(run: Run, full: Path) -> None:
    (found,) = part(run, full, "board")
    assert [(m["party"], m["person"], m["standing"], m["chair"], m["observer"]) for m in found["members"]] == [
        ("inspectorate", "ann-i", "substantive", True, False),
        ("council", "dee-d", "interim", False, False),
        ("council", "mel-m", "substantive", False, True),
        ("team", "p3", "substantive", False, False),
    ]
    assert [(b["board"], b["extraordinary"], b["reported"], b["quorate"], b["minutes"]) for b in found["boards"]] == [
        (1, False, "2003-12-09", True, "2003-12-10"),
        (2, True, None, False, None),
        (3, False, None, True, None),
    ]
    assert [(a["action"], a["closed"], a["late"]) for a in found["actions"]] == [
        ("write-rota", None, True),
        ("find-rooms", None, False),
        ("hire-two", "2003-12-10", False),
    ]
    said = lines(run, full, "board")
    assert "council\tcouncil.member\tmel-m\tMel Moss\tsubstantive\tobserver\t2003-11-22" in said
    assert "2003-12-10\tcouncil.chief-executive/cee-e" in said
    assert "1\t2003-12-10\tledgers-open\t2003-12-09 (late)\tno\t2003-12-10\t9\tyes\t2003-12-10" in said
    assert "2 (extraordinary)\t2003-12-30\t\tnot sent\t\t2003-12-30\t2\tno, missing: council\tnot sent round" in said
    assert f"write-rota\t1\tWrite a rota.\t{DIRECTOR}\t2003-12-20\tlate\t" in said
    assert said.index("Open actions") < said.index("Closed actions")
    assert f"hire-two\t1\tHire two managers.\t{DIRECTOR}\t2003-12-31\tclosed 2003-12-10\tThey start in May." in said
    assert f"2003-11-22\t{LEAD}\tweekly\t2003-11-29" in said
    assert f"2003-12-10\t{LEAD} {DIRECTOR}\tweekly\t2003-12-17\tBy telephone." in said


def test_nobody_says_whether_a_board_was_quorate_whose_attendance_is_not_known() -> None:
    scene = given("board-cycles", Do("schedule-board", LEAD, "2002-09-01", {"board": 1, "date": "2002-10-01"}))
    scene.when("hold-board", LEAD, "2002-10-01", via="case-file", board=1).accepted()
    (found,) = drawn(scene, "board")["boards"]
    assert (found["held"], found["quorate"], found["missing"]) == ("2002-10-01", None, [])


def test_change_control_tells_what_was_added_what_was_refused_and_what_stood_still(run: Run, full: Path) -> None:
    (found,) = part(run, full, "change")
    first, second = found["requests"]
    assert (first["state"], first["added"]["days"], second["state"], second["added"]) == (
        "approved",
        "10",
        "refused",
        None,
    )
    assert (found["refused"], found["days_added"], found["workstreams_added"]) == ([2], "10", ["fostering"])
    assert [(s["change"], s["resumed"] is not None, s["goes_on"], s["refused"]) for s in found["stalls"]] == [
        (2, True, False, []),
        (None, False, True, [2]),
    ]
    said = lines(run, full, "change")
    added = "10 days; workstream fostering (Fostering); ledgers-open by 2004-02-28"
    assert f"1\t2003-12-10\t{DIRECTOR}\tnew-facts\tMore is wrong.\t{added}\tapproved" in said
    assert f"1\t2003-12-10\tboard.board\tapproved\t\t{added}" in said
    assert "2\t2003-12-10\tboard.board\trefused\tNo money.\t" in said
    assert f"2003-12-10\t{LEAD}\tNobody comes any more.\t2\t\t2003-12-30\tThey come again." in said
    assert f"2003-12-30\t{LEAD}\tIt stands still again.\t\t2\tnot yet\t" in said


def test_a_resumption_that_was_withdrawn_ends_no_standstill() -> None:
    stall = Do("record-stall", LEAD, "2002-10-01", {"text": "It stands still."})
    resume = Do("record-resumption", LEAD, "2002-10-02")
    scene = given("board-cycles", stall, resume)
    wrong = scene.state.version
    scene.when(stall, on="2002-10-03").when(resume, on="2002-10-04")
    scene.when("withdraw-event", OFFICE, "2002-10-05", version=wrong, reason="It never went on.").accepted()
    first, second = drawn(scene, "change")["stalls"]
    assert (first["resumed"], second["resumed"]["on"]) == (None, "2002-10-04")


def test_the_account_adds_up_claim_by_claim(run: Run, full: Path) -> None:
    (found,) = part(run, full, "days")
    days = ("awarded", "added", "contracted", "used", "remaining", "passed", "used_by_council", "released", "left")
    assert [found[name] for name in days] == ["100", "10", "110", "27.5", "67.5", "20", "5", "15", "0"]
    money = ("signed_off", "worth", "paid_days", "paid", "paid_fixed", "paid_variable")
    assert [found[name] for name in money] == ["12.5", "37500.00", "10", "80000.00", "50000.00", "30000.00"]
    assert [(c["consultant"], c["used"], c["days"]) for c in found["by_consultant"]] == [
        ("p3", "12.5", "40"),
        ("p4", "15", "60"),
    ]
    assert [(w["workstream"], w["used"]) for w in found["by_workstream"]] == [
        ("practice", "12.5"),
        ("fostering", "10"),
        (None, "5"),
    ]
    assert [(c["claim"], c["of_council"], c["signed_off"] is not None) for c in found["claims"]] == [
        (1, False, True),
        (2, False, False),
        (3, True, False),
    ]
    assert found["forecast"] is None, "it is signed off, and no pace goes on"
    said = lines(run, full, "days")
    assert "Days contracted\t110" in said and "Worth at their rates\t37500.00" in said and "Paid\t80000.00" in said
    assert f"1\t2003-12-30\t{CONSULTANT}\t12.5\tp3\tpractice\t2003-12-30\t{LEAD}" in said
    assert f"3\t2004-02-08\t{DIRECTOR}\t5\tp4\tthe council's piece piece-1\tno sign-off names it\t" in said
    assert "2003-12-30\tinv-1\tvariable\t10\t30000.00" in said


@pytest.mark.parametrize(
    ("used", "runs_out", "compared"),
    [("10", "2004-06-30", "after"), ("40", "2003-01-22", "before")],
    ids=("slowly", "fast"),
)
def test_a_forecast_by_the_pace_of_today_stands_beside_the_end_of_the_contract(
    used: str, runs_out: str, compared: str
) -> None:
    scene = given("board-cycles", Do("record-days", CONSULTANT, "2002-10-01", {"days": used, "consultant": "p3"}))
    assert drawn(scene, "days", date(2002, 10, 9))["forecast"] == {
        "runs_out": runs_out,
        "used_up": False,
        "contract_ends": "2003-07-31",
        "compared": compared,
    }


def test_the_forecast_is_printed_as_an_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    scene = given("board-cycles", Do("record-days", CONSULTANT, "2002-10-01", {"days": "40", "consultant": "p3"}))
    dossier.PARTS["days"].show(drawn(scene, "days", date(2002, 10, 9)), Words())
    said = capsys.readouterr().out.splitlines()
    assert "The days run out\t2003-01-22 (an estimate by the pace so far), before the contract ends" in said


def test_the_work_tells_styles_products_results_and_what_was_bought_elsewhere(run: Run, full: Path) -> None:
    (found,) = part(run, full, "work")
    assert [(a["activity"], a["style"]) for a in found["activities"]] == [("practice.training", "detective")]
    assert [(r["workstream"], r["activities"], r["products"], r["success"]) for r in found["results"]] == [
        ("practice", ["practice.training"], ["handbook"], "more"),
        ("finance", [], [], None),
        ("fostering", [], [], "less"),
    ]
    said = lines(run, full, "work")
    assert "2003-12-30\tpractice.training\tpractice\tdetective\tBlame fell." in said
    assert "2003-12-30\thandbook\tA handbook\tpractice" in said
    assert f"fostering\tFostering\t0\t\tless\t2003-12-30\t{LEAD}\tIt came too late." in said
    assert "finance\t\t0\t\tnot judged\t\t\t" in said
    assert "2003-12-30\tOthers Ltd\tpractice\tThe same audit." in said


def test_the_final_days_tell_pieces_days_and_single_tasks(run: Run, full: Path) -> None:
    (found,) = part(run, full, "final-days")
    assert (found["passed"]["days"], found["kept"]) == ("20", None)
    assert found["days"] == {"passed": "20", "used": "5", "released": "15", "left": "0"}
    assert [(p["piece"], p["used"], p["needs"], p["finished"] is not None) for p in found["pieces"]] == [
        ("piece-1", "5", "0", True),
        ("audit", "0", "4", False),
    ]
    assert found["main_work"]["open"] == ["notes"]
    said = lines(run, full, "final-days")
    assert "Days passed\t20" in said and "Given back\t15" in said
    assert f"piece-1\tA foster carers' guide\t2004-02-08\t{DIRECTOR}\t8\t5\t0\t2004-02-08\tPrinted." in said
    assert "notes\tHandover notes\tgoes on\t" in said and "training\t\t2004-02-08\t" in said


def test_a_lead_that_was_kept_is_told_with_its_reason() -> None:
    kept = Do("keep-lead", "board.board", "2003-01-21", {"reason": "Nobody to lead."})
    found = drawn(given("council-led-final-days", kept), "final-days")
    assert (found["passed"], found["kept"]["on"], found["kept"]["said_by"]) == (None, "2003-01-21", "board.board")
    assert found["kept"]["reason"].startswith("sealed:")


def test_exit_keeps_the_evaluations_apart_and_names_what_was_not_met(run: Run, full: Path) -> None:
    (found,) = part(run, full, "exit")
    assert (found["not_evaluated"], found["improvement"], found["unmet"]) == (["improvement"], None, ["seen-in-time"])
    assert [(p["promise"], p["title"], p["standing"]) for p in found["promises"]] == [
        ("thresholds", "Agreed thresholds", "met"),
        ("seen-in-time", "Children in need are seen in time.", "unmet"),
    ]
    assert (found["signed_off"]["inspection"], found["next_step"]["next"]) == (True, "monitoring")
    assert (found["review"]["finding"], found["waived"], found["further_phase"]) == ("better", None, None)
    said = lines(run, full, "exit")
    assert "Signed off\t2004-02-08" in said and "Inspection\t2004-01" in said and "Not met\tseen-in-time" in said
    assert "Next step\tmonitoring" in said and "Why\tTo be sure." in said and "It found\tbetter" in said
    assert f"contribution\t2004-02-08\t{LEAD}\tcrisis ideas\tThey calmed it." in said
    assert "improvement\tnot evaluated\t\t\t" in said
    assert "people.morale\tyes\tyes" in said and "systems.story\tyes\tno" in said


def test_a_review_that_was_waived_is_told_with_its_reason() -> None:
    waived = Do("waive-review", OFFICE, "2003-06-01", {"reason": "Nobody to ask."})
    found = drawn(given("follow-up", waived), "exit")
    assert (found["review"], found["waived"]["on"]) == (None, "2003-06-01")
    assert [each["standing"] for each in found["promises"]] == ["not-evaluated", "not-evaluated"]


def test_on_a_terminal_what_lists_have_is_said_in_words(run: Run, full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "250")
    said = run(full, "dossier", "haringey-1").out
    for text in (
        "Training in practice",
        "detective (looks for who is responsible)",
        "brought a crisis under control; brought ideas from outside",
        "Morale is higher",
        "something else comes first",
        "no, missing: The council",
        "not reached, and its date is past",
        "the council fares better",
    ):
        assert text in said


def test_each_phase_tells_its_own_work_and_what_followed_it() -> None:
    further = Do("start-further-phase", "department.official", None, {"reason": "More to do.", "abridged": True})
    scene = given("exit", further)
    first, second = (record for _, record in phases(OnRecord(scene.state.history, scene.at.date())))
    for name in ("project", "days", "final-days", "exit"):
        assert dossier.PARTS[name].data(first) is not None
        assert dossier.PARTS[name].data(second) is None
    assert dossier.PARTS["exit"].data(first)["further_phase"]["abridged"] is True
    assert dossier.PARTS["days"].data(first)["forecast"] is None, "the days of a phase that is over run out no more"
    assert len(drawn(scene, "people")["posts"]) == 3


# A council


def test_a_council_shows_its_disputes_with_both_values_and_who_chose(run: Run, full: Path) -> None:
    chosen, open_ = run(full, "show", "Haringey", "--json").json["disputes"]
    assert chosen["fields"] == [{"field": "label", "recorded": None, "other": "serving-some"}]
    assert (chosen["recorded_source"], chosen["other_source"], chosen["used"]) == (
        "The web",
        "The printed list",
        "other",
    )
    assert (chosen["choice"]["said_by"], chosen["choice"]["reason"]) == (OFFICE, "It is the older print.")
    assert (open_["fields"][0]["other"], open_["used"], open_["choice"]) == ("No.", "recorded", None)
    said = run(full, "show", "Haringey").out.splitlines()
    assert "1\trating-published 1\tlabel\tnothing\tserving-some" in said
    on = chosen["on"]
    assert (
        f"1\t{on}\t{OFFICE}\tThe web\tThe printed list (Page 2)\tother\t{on}\t{OFFICE}\tIt is the older print." in said
    )
    assert said.index("Disputed facts") < said.index("What is said")


def test_nothing_is_used_of_a_dispute_over_a_rating_that_was_withdrawn(run: Run, full: Path) -> None:
    (found,) = run(full, "show", "Coventry", "--json").json["disputes"]
    assert (found["used"], found["settled"]) == (None, True)
    assert "nothing: it was withdrawn" in run(full, "show", "Coventry").out


def test_a_council_without_disputes_shows_none(run: Run, full: Path) -> None:
    assert run(full, "show", "Swindon", "--json").json["disputes"] == []
    assert "Disputed facts" not in run(full, "show", "Swindon").out
