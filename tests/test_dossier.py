"""The dossier of an engagement, part by part, and what is newly worth a look after a command."""

from pathlib import Path
from typing import Any, get_args

import pytest

from cli import output
from domain import vocabulary
from faces import dossier, telling, words
from faces.dossier_record import OnRecord, phases
from tests.command_line import Engine, Run
from tests.dossiers import CHIEF, DIRECTOR, LEAD, OFFICE, OFFICIAL, lines, part
from tests.given import WAY, Do, given

OF_OTHER_MODELS = frozenset(
    (
        "direction",
        "partner-contract",
        "chair-report",
        "franchise",
        "indicators",
        "participation",
        "intervention",
        "records",
    )
)
"""The parts that tell of what the team model does not have."""


def test_the_dossier_has_every_part_in_order(run: Run, full: Path) -> None:
    parts = {name: part for name, part in dossier.PARTS.items() if name not in OF_OTHER_MODELS}
    assert list(run(full, "dossier", "haringey-1", "--json").json) == list(parts)
    whole = run(full, "dossier", "haringey-1")
    titles = [part.title for part in parts.values()]
    assert (whole.code, whole.err) == (0, "")
    assert [line for line in whole.out.splitlines() if line in titles] == titles
    assert "\x1b" not in whole.out
    for name, each in parts.items():
        alone = lines(run, full, name)
        assert alone[1] == each.title
        assert "\n".join(alone) in whole.out


def test_a_part_with_nothing_says_so_and_is_left_out_of_the_whole(run: Run, full: Path) -> None:
    assert lines(run, full, "tender", "swindon-1") == ["The tender: nothing is on record."]
    assert run(full, "dossier", "swindon-1", "tender", "--json").json == {"tender": None}
    assert list(run(full, "dossier", "swindon-1", "--json").json) == ["special-measures"]
    assert "tender" not in run(full, "dossier", "swindon-1").out


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["haringey-1", "tenders"], 2, f"there is no part 'tenders'.\nhint: parts are {', '.join(dossier.PARTS)}"),
        (["Haringey"], 2, "a dossier is of an engagement"),
        (["haringey-9"], 3, "haringey-9"),
    ],
    ids=str,
)
def test_what_is_no_dossier_is_said(run: Run, full: Path, arguments: list[str], code: int, said: str) -> None:
    result = run(full, "dossier", *arguments)
    assert (result.code, said in result.err) == (code, True), result.err


def test_special_measures_tell_what_came_of_each_target(run: Run, full: Path) -> None:
    found = part(run, full, "special-measures")
    assert found["in_force"]
    assert [(t["target"], t["text"], t["standing"]) for t in found["targets"]] == [
        (1, "Every child has a worker.", "partly"),
        (2, "Managers in post.", "not-followed-up"),
        (3, "Reviews in time.", "open"),
    ]
    assert found["targets"][0]["followed_up"]["evidence"] == "Half of them."
    assert [(v["on"], v["progress"]) for v in found["visits"]] == [("2003-09-03", "worse")]
    said = lines(run, full, "special-measures")
    assert "In force\tyes" in said and "Monitoring visits\t1" in said
    assert "2003-09-03\tworse\tpractice.unallocated\tCases wait.\ufffd[31m\t" in said
    assert "cabinet-panel\tPanel of the cabinet\t\t2003-09-03\t\t" in said


def test_the_plan_tells_each_version_and_what_was_said_of_it(run: Run, full: Path) -> None:
    found = part(run, full, "plan")
    assert [(v["plan"], v["judged"]["verdict"], len(v["reviews"])) for v in found["versions"]] == [
        (1, "not-acceptable", 0),
        (2, "acceptable", 1),
    ]
    assert [(v["targets_in_all"], v["outcomes_in_all"], v["other_plans"]) for v in found["versions"]] == [
        (0, None, 4),
        (12, 3, None),
    ]
    assert "2003-09-03\tinspectorate.lead-inspector\tNobody there can write it." in lines(run, full, "plan")


def test_the_conditions_are_compared_round_by_round(run: Run, full: Path) -> None:
    found = part(run, full, "conditions")
    assert [r["round"] for r in found["rounds"]] == [1, 2, 3]
    readings = {
        c["condition"]: [(r["party"], r["holds"], r["change"]) for r in c["readings"]] for c in found["conditions"]
    }
    assert readings == {
        "council.leadership": [
            ("inspectorate", "no", None),
            ("council", "yes", None),
            ("inspectorate", "partly", "better"),
        ],
        "joint.momentum": [("inspectorate", "yes", None), ("inspectorate", "no", "worse")],
    }
    assert len(found["not_assessed"]) == 23
    said = lines(run, full, "conditions")
    assert "council.leadership\tno\tyes\tpartly (better)" in said
    assert "joint.momentum\tyes\t\tno (worse)" in said
    assert said.index("Not assessed") < said.index("team.credibility") < said.index("What shows it")
    assert "council.leadership\t2\tyes\tA new director." in said
    assert "Missing\tactionable first steps" in said and "Predicted\tdisengagement (assumed)" in said
    assert "2003-09-23\tinspectorate.chief-inspector\tgo-ahead\tThere is a director." in said


def test_on_a_terminal_conditions_stand_in_words_under_their_rounds(
    run: Run, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "220")
    said = run(full, "dossier", "haringey-1", "conditions").out
    assert "Round 1: 3 September 2003, Social Services Inspectorate" in said
    assert "The council's leaders are capable and consistent" in said
    assert "in part (better)" in said


def test_the_decision_tells_that_it_departs_and_under_what_authority(run: Run, full: Path) -> None:
    (found,) = part(run, full, "decision")
    assert (found["recommended"]["outcome"], found["decided"]["outcome"], found["departs"]) == (
        "monitor-only",
        "engage",
        True,
    )
    assert [(a["authority"], a["starts"], a["ends"], a["used"]) for a in found["authorities"]] == [
        (1, "2003-09", "2003-12", True)
    ]
    said = lines(run, full, "decision")
    assert "Departs from the advice\tyes" in said and "Document\tDH/7" in said and "Under authority\t1" in said
    assert "Conditions known\tround 3, 2003-09-23" in said


def test_the_scope_keeps_a_disagreement_though_it_was_agreed_later(run: Run, full: Path) -> None:
    (found,) = part(run, full, "scope")
    assert [area["concern"] for area in found["drafted"]["areas"]] == ["practice.thresholds", "systems.finance"]
    assert found["agreed"] == ["council", "inspectorate"]
    assert [(d["reason"], d["agreed_to"]) for d in found["disagreements"]] == [("It was done to us.", 1)]
    said = lines(run, full, "scope")
    assert "1\t2003-09-23\tcouncil.director\tIt was done to us.\tagreed to version 1" in said
    assert "1\t1\t2003-09-23\tcouncil.director\tFostering is not the worst.\tno\tIt is where children are hurt." in said
    assert "Further diagnosis\tneeded, 2003-09-23" in said


def test_the_tender_ranks_bids_and_never_shows_what_they_say(run: Run, full: Path) -> None:
    (found,) = part(run, full, "tender")
    assert [(b["bidder"], b["content"], b["price"]) for b in found["bids"]] == [
        ("KPMG", "sealed", "sealed"),
        ("Deloitte", None, None),
    ]
    assert [(p["person"], p["name"], p["cv"], p["taken_off"]) for p in found["bids"][0]["people"]] == [
        ("jo-b", "Jo Bloggs", "sealed", False),
        ("al-c", "Al Cole", None, True),
    ]
    assert [(r["bidder"], r["total"], r["mean"]) for r in found["ranking"]] == [
        ("KPMG", "28", "28.00"),
        ("Deloitte", "19", "19.00"),
    ]
    assert found["panel"]["preferred"] == "KPMG"
    said = lines(run, full, "tender")
    assert "KPMG\tal-c\tAl Cole\t\ttaken off, 2003-09-23\tKnown here." in said
    assert "inspectorate.lead-inspector\tDeloitte\t2003-09-23\tA former partner." in said
    whole = run(full, "dossier", "haringey-1").out + run(full, "dossier", "haringey-1", "--json").out
    for secret in ("Our secret.", "A long CV.", "A short CV.", '"99"', '"98"', "\t99", "\t98"):
        assert secret not in whole


def test_the_award_comes_to_days_at_their_rates_and_an_erased_value_is_said_to_be(run: Run, full: Path) -> None:
    (found,) = part(run, full, "award")
    assert [(c["person"], c["amount"]) for c in found["consultants"]] == [("p3", "120000.00"), ("p4", "120000.00")]
    assert (found["fees"], found["starts"], found["exit_strategy"]) == ("240000.00", "2003-11", telling.ERASED)
    said = lines(run, full, "award")
    assert "Exit strategy\t(erased)" in said and "p3\t40\t3000.00\t120000.00" in said
    assert "seen-in-time\tChildren in need are seen in time." in said


def test_a_dispute_tells_both_values_both_sources_and_who_chose(run: Run, full: Path) -> None:
    chosen, hidden, open_ = part(run, full, "disputes")
    assert chosen["fields"] == [{"field": "starts", "recorded": "2003-12-01", "other": "2003-11"}]
    assert (chosen["recorded_source"], chosen["other_source"]) == ("The contract", "Annexe 4")
    assert (chosen["used"], chosen["choice"]["said_by"], chosen["choice"]["reason"]) == (
        "other",
        OFFICE,
        "The table is older.",
    )
    assert {side["field"]: side["other"] for side in hidden["fields"]}["price"] == "sealed"
    assert (open_["used"], open_["choice"], open_["recorded_source"]) == ("recorded", None, None)
    said = lines(run, full, "disputes")
    assert (
        f"1\t2003-09-23\t{OFFICE}\tThe contract\tAnnexe 4 (Table)\tother\t2003-09-23\t{OFFICE}\tThe table is older."
        in said
    )
    assert f"3\t2003-09-23\t{OFFICE}\tnot named\tLetters\trecorded\tnobody has chosen\t\t" in said


def test_each_phase_tells_its_own_decision_and_scope() -> None:
    further = Do("start-further-phase", "department.official", None, {"reason": "More to do."})
    scene = given("exit", *WAY["exit"][:2], further)
    record = OnRecord(scene.state.history, scene.at.date())
    first, second = phases(record)
    assert (first[0], second[0]) == (1, 2)
    for name in ("decision", "scope", "tender", "award"):
        assert dossier.PARTS[name].data(first[1]) is not None
        assert dossier.PARTS[name].data(second[1]) is None
    drawn = dossier.PARTS["scope"].data(first[1])
    assert drawn["drafted"]["draft"] == 1 and drawn["agreed"] == ["council", "inspectorate"]


def test_every_word_of_the_lists_is_said_in_full() -> None:
    for listed, said in (
        (vocabulary.Condition, words.CONDITIONS),
        (vocabulary.Ingredient, words.INGREDIENTS),
        (vocabulary.ChangeResult, words.RESULTS),
        (vocabulary.Concern, words.CONCERNS),
        (vocabulary.Activity, words.ACTIVITIES),
        (vocabulary.Style, words.STYLES),
        (vocabulary.Impact, words.IMPACTS),
        (vocabulary.Contribution, words.CONTRIBUTIONS),
    ):
        assert list(get_args(listed)) == list(said)


# Newly worth a look


RECEIVE = ["receive-pip", "other_plans=3", "--as", DIRECTOR]
WORTH = "worth a look: "


def test_a_dry_run_says_what_would_be_newly_worth_a_look(run: Run, full: Path) -> None:
    told = run(full, "do", "swindon-1", *RECEIVE, "--dry-run")
    assert told.code == 0
    assert [line.startswith(WORTH) for line in told.err.splitlines()] == [True]
    (caution,) = run(full, "do", "swindon-1", *RECEIVE, "--dry-run", "--json").json["cautions"]
    assert (caution["rule"], caution["details"]) == ("other-plans-in-force", {"plan": 1, "plans": 3})
    assert caution["sentence"] in told.err and caution["hint"] in told.err
    assert run(full, "do", "swindon-1", "receive-pip", "--as", DIRECTOR, "--dry-run", "--json").json["cautions"] == []


def test_what_was_worth_a_look_before_is_not_said_again(run: Run, full: Path) -> None:
    known = {caution["rule"] for caution in run(full, "show", "haringey-1", "--json").json["cautions"]}
    assert "decision-departs" in known
    told = run(full, "do", "haringey-1", "add-note", "text=x", "--as", OFFICE, "--dry-run", "--json").json
    assert told["accepted"] and known.isdisjoint(caution["rule"] for caution in told["cautions"])


def test_a_command_says_what_is_newly_worth_a_look(run: Run, engine_home: Engine) -> None:
    home = engine_home.home
    publish = ["Haringey", "publish-rating", "service=social-services", "stars=0", "--as", CHIEF]
    assert run(home, "do", *publish).code == 0
    first = run(home, "do", "haringey-1", *RECEIVE, "--id", "with-others")
    assert (first.code, first.err.startswith(WORTH)) == (0, True), first.err
    judged = ["haringey-1", "judge-pip", "verdict=not-acceptable", "reason=Long", "--as", LEAD, "--json"]
    assert [caution["rule"] for caution in run(home, "do", *judged).json["cautions"]] == ["plan-not-acceptable"]
    again = run(home, "do", "haringey-1", *RECEIVE, "--id", "with-others", "--json").json
    assert (again["repeated"], [caution["rule"] for caution in again["cautions"]]) == (True, ["other-plans-in-force"])
    refused = run(home, "do", "haringey-1", "award-contract", "team=KPMG", "--as", OFFICIAL, "--json")
    assert (refused.code, refused.json["cautions"]) == (1, [])


def test_the_timeline_tells_what_a_bid_holds_to_the_panel_alone(run: Run, full: Path) -> None:
    def bid(*more: str) -> dict[str, Any]:
        events = run(full, "timeline", "haringey-1", "--json", *more).json
        return next(event["values"] for event in events if event["type"] == "bid-received")

    hidden = "(for the bidder and the panel)"
    assert (bid()["content"], bid()["price"]) == (hidden, hidden)
    assert bid("--as", "team.lead-consultant")["price"] == hidden
    panel = bid("--as", "department.official")
    assert (panel["content"], panel["price"]) == ("Our secret.", "99")
    assert "Our secret." not in run(full, "timeline", "haringey-1").out
    unknown = run(full, "timeline", "haringey-1", "--as", "team.gardener")
    assert (unknown.code, "team.gardener" in unknown.err) == (2, True)
