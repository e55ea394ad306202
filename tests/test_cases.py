"""Case files: what they say is read as written, what is wrong is named with its line, and the shipped ones play."""

from datetime import date
from importlib.resources import files
from typing import Any, Literal

import pytest

from domain import council, engagement
from domain.assessments import AssessmentRecorded
from domain.case import Case, Step, model_named, played_on, read_case
from domain.change import stalled
from domain.contract import ContractAwarded
from domain.course import StageEntered
from domain.dates import When
from domain.decision import standing
from domain.disputes import Dispute, disputes
from domain.documents import DocumentError, parse
from domain.exit import NextStepRecorded
from domain.handover import tapering
from domain.own_bodies import bodies
from domain.people import turnover
from domain.plan import plan_standing
from domain.project import PidSubmitted
from domain.rating_notes import in_special_measures
from domain.ratings import derived_judgements
from domain.sealed import sealed_paths
from domain.targets import targets
from domain.work import results
from tests.given import play, shipped, shipped_case

NAMES = ("birmingham", "coventry", "haringey", "north-east-lincolnshire", "swindon")

HEAD = """council: E09000014
title: A test
model: performance-action-team
source: "[PAT] somewhere"
steps:
"""


def read(steps: str, head: str = HEAD) -> Case:
    return read_case(parse("case.yaml", head + steps), shipped().lifecycle)


def one(step: str) -> Step:
    return read(f"  - {step}\n").steps[0]


# Shipped cases


def test_every_shipped_case_is_tested_here() -> None:
    documents = [
        parse(path.name, path.read_text(encoding="utf-8")) for path in files("domain").joinpath("cases").iterdir()
    ]
    of_the_model = {document.name for document in documents if model_named(document) == "performance-action-team"}
    assert of_the_model == {f"{name}.yaml" for name in NAMES}


@pytest.mark.parametrize("live", [True, False], ids=["rehearsed", "imported"])
@pytest.mark.parametrize(
    ("name", "team", "closed", "workstreams", "in_measures", "next_steps"),
    [
        ("birmingham", "Deloitte & Touche", None, 3, True, ["further-phase"]),
        ("coventry", "KPMG", None, 3, False, ["off-special-measures"]),
        ("haringey", "KPMG", None, 5, False, ["off-special-measures"]),
        (
            "north-east-lincolnshire",
            "PricewaterhouseCoopers",
            None,
            3,
            False,
            ["off-special-measures", "statutory-intervention"],
        ),
        ("swindon", "PricewaterhouseCoopers", "other-model", 3, True, ["other-model"]),
    ],
    ids=NAMES,
)
def test_a_shipped_case_plays_from_its_rating_through_follow_up(
    name: str,
    team: str,
    closed: str | None,
    workstreams: int,
    in_measures: bool,
    next_steps: list[str],
    live: bool,
) -> None:
    world = play(shipped_case(name), live)
    (scene,) = world.engagements.values()
    assert (scene.state.id, scene.state.stage, scene.state.closed) == (f"{name}-1", "follow-up", closed)
    history = scene.state.history
    assert [entry.event.team for entry in history.all(ContractAwarded)] == [team]
    assert [len(entry.event.workstreams) for entry in history.all(PidSubmitted)] == [workstreams]
    assert in_special_measures(history) is in_measures
    assert [entry.event.next for entry in history.all(NextStepRecorded)] == next_steps
    entered = [entry.event for entry in history.all(StageEntered)]
    assert [stage.stage for stage in entered if not stage.assumed] == ["special-measures"]
    assert scene.state.opened == When.parse("2002-05-29")


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_case_is_told_in_order_and_each_fact_has_its_source(name: str) -> None:
    case = shipped_case(name)
    assumed = [step for step in case.steps if step.command_type == "assume-stage"]
    assert {step.body["to"] for step in assumed} >= {"tender", "mobilisation", "board-cycles", "exit", "follow-up"}
    assert all(step.source for step in case.steps if step not in assumed)
    assert [step.source for step in assumed] == [None] * len(assumed)
    assert all(step.body["because"] for step in assumed)
    days = [day for day, _ in case.played()]
    assert days == sorted(days)
    assert not [step for step in case.steps if step.command_type in ("schedule-board", "hold-board")]


def test_the_demonstration_comes_to_its_exit_in_march_2004_and_ends_with_the_year_of_its_source() -> None:
    case = shipped_case("haringey")
    days = [day for day, _ in case.played()]
    assert (days[0], days[-1]) == (date(1999, 4, 30), date(2004, 12, 31))
    exits = [day for day, step in case.played() if step.body.get("to") in ("exit", "follow-up")]
    assert exits == [date(2004, 3, 31)] * 2


def test_a_rehearsed_council_is_late_with_its_plan_and_an_imported_one_owes_nothing() -> None:
    rehearsed, imported = (play(shipped_case("haringey"), live).engagements["haringey-1"] for live in (True, False))
    passed = [e.event.obligation for e in rehearsed.state.history.entries if e.event.type == "obligation-passed"]
    assert passed == ["meet-council", "submit-pip", "schedule-board"]
    assert not [e for e in imported.state.history.entries if e.event.type.startswith("obligation-")]
    assert rehearsed.owed() == {"review-1": "2005-03-31"}


# What the sources say of the five, and no more

ANY = None
"""Where a source gives no date: the step has a range or a bound, and never a day or a month of its own."""

SPECIAL = {"service": "social-services", "stars": 0}
MAY_2002 = ("2002-05-29", "publish-rating", SPECIAL)
PRESENTED: tuple[str, str, dict[str, Any]] = ("2002-07", "hold-presentations", {})
TARGETS = (
    ("by 2002-10", "set-target", {"by": "2002-10", "expects": ["improvement"]}),
    ("by 2002-10", "set-target", {"by": "2002-11", "expects": ["improvement", "capacity"]}),
)
SOME_PROMISING = {"serving": "some", "capacity": "promising"}
SOME_UNCERTAIN = {"serving": "some", "capacity": "uncertain"}
SERVED_BETTER = {"serving_moved": "higher"}
BETTER_PROSPECTS = {"capacity_moved": "higher"}
CPA = "comprehensive-performance-assessment"
WITHIN_2004 = "2004"


def assessed(on: str | None, kind: str, **more: str) -> tuple[str | None, str, dict[str, Any]]:
    return on, "record-assessment", {"kind": kind, **more}


def rated(stars: int, adults: dict[str, str], children: dict[str, str], **more: str) -> tuple[str, str, dict[str, Any]]:
    """The rating of November 2003, as Table 1 prints it: its marks are since 2002."""
    body = {"service": "social-services", "stars": stars, "adults": adults, "children": children, "moved_since": 2002}
    return "2003-11", "publish-rating", {**body, **more}


def awarded(by: str, team: str, starts: str) -> tuple[str, str, dict[str, Any]]:
    return f"by {by}", "award-contract", {"team": team, "starts": starts, "ends": "2004-03"}


def planned(on: str, *workstreams: str) -> tuple[str, str, dict[str, Any]]:
    return on, "submit-pid", {"workstreams": [{"id": name} for name in workstreams]}


def posted(on: str | None, post: str, person: str, **more: Any) -> tuple[str | None, str, dict[str, Any]]:
    return on, "record-post-holder", {"post": f"council.{post}", "person": person, **more}


def disputed(event: str, **otherwise: Any) -> tuple[str, str, dict[str, Any]]:
    return WITHIN_2004, "dispute-fact", {"event": event, **otherwise}


def chosen(dispute: int) -> tuple[str, str, dict[str, Any]]:
    return WITHIN_2004, "choose-fact", {"dispute": dispute, "use": "recorded"}


def next_step(on: str | None, where: str) -> tuple[str | None, str, dict[str, Any]]:
    return on, "record-next-step", {"next": where}


FACTS: dict[str, tuple[tuple[str | None, str, dict[str, Any]], ...]] = {
    "birmingham": (
        assessed("1999-11/1999-12", "joint-review"),
        assessed("2000-07", "joint-review-presented"),
        assessed("2000", "enhanced-regional-monitoring"),
        assessed("2001", "follow-up-inspection", by="Social Services Inspectorate"),
        MAY_2002,
        PRESENTED,
        awarded("2002-08", "Deloitte & Touche", "2002-07"),
        planned("2002-07", "care-management", "commissioning", "direction"),
        *TARGETS,
        ("2003-04", "add-note", {}),
        assessed("2003-07", "inspection"),
        posted("by 2003-07", "director", "birmingham-new-director", took_over=True),
        ("by 2003-07", "add-note", {}),
        assessed("2003-09/2003-11", "inspection", service="children"),
        rated(
            0,
            SOME_PROMISING | BETTER_PROSPECTS,
            {"serving": "no", "capacity": "uncertain"},
            label="improved-still-no-stars",
        ),
        assessed("2003-12", CPA, result="weak", uncapped="fair"),
        (ANY, "record-product", {"product": "culture-print"}),
        (ANY, "record-product", {"product": "project-methodology"}),
        (ANY, "record-product", {"product": "placements-plan"}),
        ("2004-02", "end-main-work", {}),
        (ANY, "record-own-body", {"body": "improvement-board"}),
        (ANY, "record-own-body", {"body": "in-house-team"}),
        (ANY, "record-population", {"population": 1_000_000, "approximate": True}),
        next_step(ANY, "further-phase"),
        disputed("rating-published", changes={"children": SOME_PROMISING | SERVED_BETTER | BETTER_PROSPECTS}),
        chosen(1),
    ),
    "coventry": (
        assessed("1998-02/1998-03", "joint-review"),
        assessed("1998", "special-measures"),
        MAY_2002,
        assessed("2002-01/2002-06", "inspections", by="Social Services Inspectorate"),  # printed: early 2002
        PRESENTED,
        awarded("2002-08", "KPMG", "2002-08"),
        (ANY, "record-departure", {"post": "council.director"}),
        posted("by 2002-08", "director", "coventry-chief-executive", standing="acting"),
        planned("2002-08", "pip-quality", "child-protection", "looked-after"),
        *TARGETS,
        posted("2002-11", "director", "coventry-new-director"),
        ("2002-11", "add-note", {}),
        ("2003-02", "end-main-work", {"tasks": [{"id": "partnerships"}, {"id": "finance"}], "until": "2004-03"}),
        rated(1, SOME_PROMISING, SOME_UNCERTAIN | SERVED_BETTER),
        (ANY, "request-change", {}),
        (ANY, "decide-change", {"change": 1, "approved": False}),
        (ANY, "record-stall", {"change": 1}),
        ("by 2004-03", "end-task", {"task": "partnerships"}),
        ("by 2004-03", "end-task", {"task": "finance"}),
        next_step("2003-11", "off-special-measures"),
        disputed("assessment-recorded", where={"kind": "joint-review"}, occurred=1999),
        chosen(1),
        disputed("assessment-recorded", where={"kind": "inspections"}, occurred=2001),
        chosen(2),
    ),
    "haringey": (
        assessed("1999-03/1999-04", "joint-review"),
        assessed("2000-06", "inspection", service="children"),
        assessed("2001", "published-case"),
        assessed("2002-02", "follow-up-inspection"),
        MAY_2002,
        (ANY, "request-team", {}),
        awarded("2002-10", "KPMG", "2002-10"),
        planned("2002-10", "retention", "family-placement", "social-work", "partnership", "managing-change"),
        rated(1, SOME_PROMISING | BETTER_PROSPECTS, SOME_UNCERTAIN | SERVED_BETTER),
        assessed("2004-01", "ranking", by="Audit Commission", result="weak"),
        (ANY, "request-change", {"workstreams": [{"id": "attainment"}, {"id": "placement-commissioning"}]}),
        (ANY, "decide-change", {"change": 1, "approved": True}),
        (ANY, "record-product", {"product": "workload-management"}),
        ("2004-03", "end-main-work", {}),
        next_step("2003-11", "off-special-measures"),
        (ANY, "judge-workstream", {"workstream": "managing-change", "success": "less"}),
        (ANY, "judge-workstream", {"workstream": "placement-commissioning", "success": "less"}),
        (ANY, "record-population", {"population": 223_000}),
        disputed("contract-awarded", changes={"starts": "2002-08"}),
        chosen(1),
    ),
    "north-east-lincolnshire": (
        assessed("1999-11", "special-measures"),
        assessed("2001-02/2001-04", "joint-review"),
        assessed("2002-01", "joint-review-presented"),
        MAY_2002,
        PRESENTED,
        awarded("2002-08", "PricewaterhouseCoopers", "2002-08"),
        planned("2002-08", "pip", "direction", "social-work"),
        ("2002-09", "add-note", {}),
        *TARGETS,
        assessed("2002-12", CPA, result="poor"),
        ("2003-01/2003-02", "add-note", {}),
        ("2003-06", "end-main-work", {}),
        rated(1, SOME_PROMISING | BETTER_PROSPECTS, SOME_PROMISING | SERVED_BETTER | BETTER_PROSPECTS),
        next_step("2003-11", "off-special-measures"),
        assessed("2004-01", CPA, result="weak"),
        next_step("2004-12", "statutory-intervention"),
        (ANY, "add-note", {}),
        (ANY, "record-population", {"population": 160_000}),
        disputed(
            "assessment-recorded",
            where={"kind": "special-measures"},
            changes={"kind": "warning-of-direct-intervention"},
        ),
        chosen(1),
    ),
    "swindon": (
        assessed("2001-06/2001-09", "joint-review"),
        MAY_2002,
        assessed("2002-06", "joint-review-presented"),
        ("2002-11", "publish-rating", SPECIAL | {"refresh": True, "inferred": True}),
        ("2002-11", "recommend", {"outcome": "engage"}),
        awarded("2003-01", "PricewaterhouseCoopers", "2003-01"),
        planned("2003-01", "adults", "children", "performance"),
        (ANY, "receive-pip", {"plan": 1}),
        (ANY, "judge-pip", {"verdict": "acceptable"}),
        ("2003-10", "end-main-work", {"tasks": [{"id": "finance"}], "until": "2004-04"}),
        rated(
            0,
            {"serving": "no", "serving_moved": "lower", "capacity": "uncertain", "capacity_moved": "higher"},
            SOME_UNCERTAIN,
            label="still-no-stars",
        ),
        posted(ANY, "director", "swindon-new-director", took_over=True),
        posted(ANY, "assistant-director-first", "swindon-new-assistant-director-1"),
        posted(ANY, "assistant-director-second", "swindon-new-assistant-director-2"),
        (ANY, "add-note", {}),
        ("2004-04", "end-task", {"task": "finance"}),
        ("by 2004-09", "set-target", {"by": "2004-09"}),
        next_step("by 2004-10", "other-model"),
        (ANY, "record-population", {"population": 180_000}),
        disputed("main-work-ended", occurred="2004-04"),
        chosen(1),
    ),
}
"""For each case every fact it carries, as its sources date it: when, which command, and what of it is no prose."""


def without_prose(step: Step) -> dict[str, Any]:
    commands = council.COMMANDS if step.target == "council" else engagement.COMMANDS

    def kept(value: Any, sealed: list[tuple[str | int, ...]]) -> Any:
        inner: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
        if inner is None:
            return value
        found = [(k, kept(v, [path[1:] for path in sealed if path[0] == k])) for k, v in inner if (k,) not in sealed]
        return dict(found) if isinstance(value, dict) else [v for _, v in found]

    body: dict[str, Any] = kept(step.body, list(sealed_paths(commands[step.command_type], step.body)))
    return body


def no_more_precise(told: When, known: When) -> bool:
    return told.latest >= known.latest and (
        told.earliest is None or (known.earliest is not None and told.earliest <= known.earliest)
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_case_carries_every_fact_of_its_sources_and_none_more_precisely(name: str) -> None:
    told = [step for step in shipped_case(name).steps if step.command_type != "assume-stage"]
    assert [(step.command_type, without_prose(step)) for step in told] == [fact[1:] for fact in FACTS[name]]
    for step, (on, _, _) in zip(told, FACTS[name], strict=True):
        if on is None:
            assert "/" in step.occurred.printed or step.occurred.printed.startswith("by "), step
        else:
            assert no_more_precise(step.occurred, When.parse(on)), step


@pytest.mark.parametrize(
    ("told", "known", "fits"),
    [
        ("2002-10", "2002-10", True),
        ("by 2002-10", "2002-10", True),
        ("2002", "2002-10", True),
        ("2002-10-15", "2002-10", False),
        ("2002-10", "2002", False),
        ("2002-10", "by 2002-10", False),
        ("by 2002-09", "by 2002-10", False),
    ],
)
def test_a_date_may_say_less_than_its_source_and_never_more(told: str, known: str, fits: bool) -> None:
    assert no_more_precise(When.parse(told), When.parse(known)) is fits


ADULTS_HELD_BACK = ("some", "below promising")
NO_UNCERTAIN = ("no", "uncertain")


@pytest.mark.parametrize(
    ("name", "derived"),
    [
        ("birmingham", {"2002-05-29": {"adults": ADULTS_HELD_BACK, "children": NO_UNCERTAIN}}),
        ("coventry", {"2002-05-29": {"adults": ("some", "promising"), "children": NO_UNCERTAIN}}),
        ("haringey", {"2002-05-29": {"adults": ADULTS_HELD_BACK, "children": NO_UNCERTAIN}}),
        (
            "north-east-lincolnshire",
            {"2002-05-29": {"adults": ADULTS_HELD_BACK, "children": ("no", "below promising")}},
        ),
        (
            "swindon",  # both its ratings of 2002 lie in the time that the marks compare with
            {
                "2002-05-29": {"adults": ("above no", "poor"), "children": ("some", "uncertain")},
                "2002-11": {"adults": ("above no", "poor"), "children": ("some", "uncertain")},
            },
        ),
    ],
    ids=NAMES,
)
def test_the_judgements_of_2002_are_derived_from_those_of_2003(
    name: str, derived: dict[str, dict[str, tuple[str, str]]]
) -> None:
    history = play(shipped_case(name), live=False).council.history
    said = {
        str(history.at(version).occurred): {  # type: ignore[union-attr]
            group: (told.serving and told.serving.said, told.capacity and told.capacity.said)
            for group, told in groups.items()
        }
        for version, groups in derived_judgements(history).items()
    }
    assert said == derived


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("birmingham", ["2002-10", "2002-11"]),
        ("coventry", ["2002-10", "2002-11"]),
        ("haringey", []),
        ("north-east-lincolnshire", ["2002-10", "2002-11"]),
        ("swindon", ["2004-09"]),
    ],
    ids=NAMES,
)
def test_the_targets_of_a_shipped_case_were_never_followed_up(name: str, expected: list[str]) -> None:
    (scene,) = play(shipped_case(name), live=False).engagements.values()
    stand = targets(scene.state.history)
    assert [(str(target.by), target.followed_up) for target in stand] == [(by, None) for by in expected]
    shown = [caution for caution in engagement.cautions(scene.state) if caution.rule == "target-not-followed-up"]
    assert [caution.details["by"] for caution in shown] == expected


BOTH = {
    "birmingham": [
        (
            "rating-published",
            {"serving": "no", "capacity": "uncertain", "serving_moved": None, "capacity_moved": None},
            {"serving": "some", "capacity": "promising", "serving_moved": "higher", "capacity_moved": "higher"},
        )
    ],
    "coventry": [
        ("assessment-recorded", "1998-02/1998-03", "1999"),
        ("assessment-recorded", "2002-01/2002-06", "2001"),
    ],
    "haringey": [("contract-awarded", "2002-10", "2002-08")],
    "north-east-lincolnshire": [("assessment-recorded", "special-measures", "warning-of-direct-intervention")],
    "swindon": [("main-work-ended", "2003-10", "2004-04")],
}
"""What the sources contradict each other over: the event, the value that is used, and the other."""


@pytest.mark.parametrize("live", [True, False], ids=["rehearsed", "imported"])
@pytest.mark.parametrize("name", NAMES)
def test_a_contradiction_is_carried_with_both_its_values_and_the_choice(name: str, live: bool) -> None:
    world = play(shipped_case(name), live)
    (scene,) = world.engagements.values()
    found = [*disputes(world.council.history), *disputes(scene.state.history)]

    def value(dispute: Dispute, use: Literal["recorded", "other"]) -> Any:
        changes, occurred = dispute.side(use)
        (one,) = changes.values() if changes else (str(occurred),)
        return one["printed"] if isinstance(one, dict) and "printed" in one else one

    both = [(dispute.event, value(dispute, "recorded"), value(dispute, "other")) for dispute in found]
    assert both == BOTH[name]
    assert [(dispute.used, dispute.chosen) for dispute in found] == [("recorded", "recorded")] * len(found)
    chose = [str(step.decided_by) for step in shipped_case(name).steps if step.command_type == "choose-fact"]
    assert chose == ["department.programme-office"] * len(found)


def test_birmingham_had_bodies_of_its_own_and_was_held_at_weak() -> None:
    world = play(shipped_case("birmingham"), live=False)
    history = world.engagements["birmingham-1"].state.history
    assert [(each.body, each.ended) for each in bodies(history)] == [
        ("improvement-board", None),
        ("in-house-team", None),
    ]
    capped = [e.event for e in world.council.history.all(AssessmentRecorded) if e.event.uncapped]
    assert [(event.result, event.uncapped) for event in capped] == [("weak", "fair")]


def test_coventrys_director_left_the_plan_was_not_renegotiated_and_single_tasks_went_on() -> None:
    (scene,) = play(shipped_case("coventry"), live=False).engagements.values()
    history = scene.state.history
    director = turnover(history)["council.director"]
    assert [(holder.person, holder.standing, str(holder.since)) for holder in director.holders] == [
        (None, None, "None"),
        ("coventry-chief-executive", "acting", "by 2002-08"),
        ("coventry-new-director", None, "2002-11"),
    ]
    stall = stalled(history)
    assert stall is not None
    assert [change.state for change in stall.refused] == ["refused"]
    taper = tapering(history)
    assert taper is not None
    assert (str(taper.ended.occurred), taper.open) == ("2003-02", ())


def test_haringeys_two_added_workstreams_and_what_succeeded_less() -> None:
    (scene,) = play(shipped_case("haringey"), live=False).engagements.values()
    by_id = {result.workstream.id: result for result in results(scene.state.history)}
    assert [name for name, result in by_id.items() if result.workstream.added] == [
        "attainment",
        "placement-commissioning",
    ]
    assert [name for name, result in by_id.items() if result.success == "less"] == [
        "managing-change",
        "placement-commissioning",
    ]


def test_swindons_plan_was_agreed_and_opened_no_gate() -> None:
    (scene,) = play(shipped_case("swindon"), live=False).engagements.values()
    history = scene.state.history
    stands = plan_standing(history)
    assert (stands.plan, stands.verdict, stands.targets) == (1, "acceptable", None)
    assert [e.event.stage for e in history.all(StageEntered)][:2] == ["special-measures", "tender"]
    assert standing(history).recommended is not None
    taper = tapering(history)
    assert taper is not None
    assert (str(taper.ended.occurred), str(taper.ended.event.until), taper.open) == ("2003-10", "2004-04", ())


# Reading


def test_a_step_says_who_decided_and_who_recorded() -> None:
    minister = "{on: 2002-07, do: record-decision, as: department.minister, with: {outcome: engage, reasons: Needed}"
    step = one(minister + "}")
    assert (str(step.decided_by), str(step.recorded_by)) == ("department.minister", "department.official")
    step = one(minister + ", recorded_by: department.programme-office}")
    assert str(step.recorded_by) == "department.programme-office"
    step = one(
        "{on: 2002-07, do: recommend, as: inspectorate.chief-inspector, with: {outcome: engage, grounds: Ready}}"
    )
    assert str(step.decided_by) == str(step.recorded_by) == "inspectorate.chief-inspector"


def test_values_stay_plain_and_the_file_lends_its_source() -> None:
    step = one("{on: 2002-07, do: add-note, as: department.official, with: {text: Hello}}")
    assert (step.body, step.source, step.disputed, step.reported_on) == (
        {"text": "Hello"},
        "[PAT] somewhere",
        None,
        None,
    )
    step = one(
        "{on: by 2002-07, do: add-note, as: department.official, with: {text: Hello}, source: Annexe 4, disputed: Ch. 3,"
        " reported_on: 2004-05, engagement: 2}"
    )
    assert (step.source, step.disputed, str(step.reported_on), step.engagement) == ("Annexe 4", "Ch. 3", "2004-05", 2)
    assert (step.number, step.line, step.target) == (1, 6, "engagement")


def test_a_command_finds_its_target_by_itself() -> None:
    case = read(
        "  - {on: 2002-05-29, do: publish-rating, as: inspectorate.chief-inspector,\n"
        "     with: {service: social-services, stars: 0, adults: {serving: no, capacity: poor}}}\n"
        "  - {on: 2002-06, do: meet-council, as: inspectorate.chief-inspector}\n"
    )
    assert [(step.number, step.line, step.target) for step in case.steps] == [(1, 6, "council"), (2, 8, "engagement")]
    assert case.steps[0].body["adults"]["serving"] == "no"
    assert case.steps[1].body == {}


@pytest.mark.parametrize(
    ("of", "as_", "event", "target"),
    [
        ("", "team.lead-consultant", "note-added", "engagement"),
        (", of: engagement", "team.lead-consultant", "note-added", "engagement"),
        (", of: council", "council.director", "assessment-recorded", "council"),
    ],
    ids=["the engagement where nothing is said", "the engagement", "the council"],
)
def test_a_command_that_both_know_is_the_engagements_unless_the_step_says_otherwise(
    of: str, as_: str, event: str, target: str
) -> None:
    body = f"{{event: {event}, occurred: 2002-09, source: A letter}}"
    assert one(f"{{on: 2002-10, do: dispute-fact{of}, as: {as_}, with: {body}}}").target == target


def test_a_disputed_fact_is_played_with_both_its_values() -> None:
    steps = """
  - {on: 2002-05-29, do: publish-rating, as: inspectorate.chief-inspector,
     with: {service: social-services, stars: 0, label: no-stars-yet}}
  - on: 2002-06
    do: dispute-fact
    of: council
    as: council.director
    with: {event: rating-published, changes: {label: still-no-stars, note: Another.}, source: Table 1}
  - {on: 2002-06, do: add-note, as: department.official, with: {text: Hello}}
  - {on: 2002-07, do: dispute-fact, as: department.official, with: {event: note-added, changes: {text: Hi}, source: A diary}}
  - {on: 2002-07, do: choose-fact, as: department.programme-office, with: {dispute: 1, use: other, reason: Heard.}}
"""
    case = read(steps)
    assert case.steps[3].body["changes"] == {"text": "Hi"}, "values stay plain"
    for live in (True, False):
        world = play(case, live)
        (of_council,) = disputes(world.council.history)
        (of_engagement,) = disputes(world.engagements["haringey-1"].state.history)
        assert (of_council.recorded["label"], of_council.other["label"]) == ("no-stars-yet", "still-no-stars")
        assert (of_council.used, of_engagement.used) == ("recorded", "other")


def test_an_assumption_is_the_offices_and_takes_the_date_of_the_step_before() -> None:
    case = read(
        "  - {on: 2002-10, do: add-note, as: department.official, with: {text: Hello}}\n"
        "  - {assume: {to: mobilisation}, because: No source says.}\n"
        "  - {assume: {to: exit}, because: Nor this., on: 2003}\n"
    )
    assert [str(step.occurred) for step in case.steps] == ["2002-10", "2002-10", "2003"]
    assert [(step.command_type, str(step.decided_by)) for step in case.steps[1:]] == [
        ("assume-stage", "department.programme-office")
    ] * 2
    assert case.steps[1].body == {"to": "mobilisation", "because": "No source says."}


@pytest.mark.parametrize("code", ["E09000014", "X0000001", "X1234567"])
def test_a_council_is_a_gss_code_or_one_of_our_own(code: str) -> None:
    steps = "  - {on: 2002, do: record-assessment, as: department.programme-office, with: {kind: visit}}\n"
    assert read(steps, HEAD.replace("E09000014", code)).council == code


def test_the_model_is_known_before_the_steps_are_read() -> None:
    assert model_named(parse("case.yaml", HEAD + "  - nonsense\n")) == "performance-action-team"


@pytest.mark.parametrize(
    ("on", "reported", "previous", "expected"),
    [
        ("2002-10", None, None, "2002-10-31"),
        ("2002-10", None, "2002-10-31", "2002-10-31"),
        ("2002-10", None, "2003-01-05", "2003-01-05"),
        ("2002-10", "2004-05", "2003-01-05", "2004-05-31"),
        ("2002-10", "2002-11-02", "2003-01-05", "2003-01-05"),
        ("by 2002-10", None, "2002-01-01", "2002-10-31"),
    ],
    ids=[
        "on its latest day",
        "on the same day as the step before",
        "never before the step before",
        "when it was reported",
        "nor then before the step before",
        "a bound on its last day",
    ],
)
def test_the_day_on_which_a_rehearsal_plays_a_step(
    on: str, reported: str | None, previous: str | None, expected: str
) -> None:
    claim = f", reported_on: {reported}" if reported else ""
    step = one(f"{{on: {on}, do: add-note, as: department.official, with: {{text: Hello}}{claim}}}")
    before = date.fromisoformat(previous) if previous else None
    assert played_on(step, before) == date.fromisoformat(expected)


# What is wrong, and where

OK = "  - {on: 2002-05-29, do: publish-rating, as: inspectorate.chief-inspector, with: {service: adults, stars: 1}}\n"
NOTE = "on: 2002-10, do: add-note, as: department.official"
DISPUTE = "on: 2002-10, do: dispute-fact"

WRONG = (
    ("an unknown command", "{on: 2002, do: dance, as: department.official}", "do", "there is no command 'dance'"),
    ("no date", "{do: add-note, as: department.official, with: {text: A}}", "", "'on' is missing"),
    ("no role", "{on: 2002, do: add-note, with: {text: A}}", "", "'as' is missing"),
    ("no command", "{on: 2002, as: department.official}", "", "a step is a mapping with either 'do' or 'assume'"),
    ("nothing at all", "", "", "a step is a mapping with either 'do' or 'assume'"),
    ("a word", "hello", "", "a step is a mapping with either 'do' or 'assume'"),
    ("both", "{do: add-note, assume: {to: exit}}", "", "a step is a mapping with either 'do' or 'assume'"),
    ("a field of no step", f"{{{NOTE}, with: {{text: A}}, colour: red}}", "colour", "'colour' is not a field here"),
    (
        "a wrong date",
        "{on: 2002-13, do: meet-council, as: inspectorate.chief-inspector}",
        "on",
        "there is no date '2002-13'",
    ),
    ("no date at all", "{on: soon, do: meet-council, as: inspectorate.chief-inspector}", "on", "'soon' is not a date"),
    (
        "a range that ends first",
        "{on: 2003/2002, do: meet-council, as: inspectorate.chief-inspector}",
        "on",
        "the range '2003/2002' ends before it starts",
    ),
    (
        "a wrong day of report",
        f"{{{NOTE}, with: {{text: A}}, reported_on: May}}",
        "reported_on",
        "'May' is not a date",
    ),
    (
        "a role that is no role",
        "{on: 2002, do: add-note, as: director}",
        "as",
        "'director' is not a role; write PARTY.ROLE",
    ),
    (
        "a role that the lifecycle does not know",
        "{on: 2002, do: add-note, as: council.gardener, with: {text: A}}",
        "as",
        "there is no role 'council.gardener' in performance-action-team@3",
    ),
    (
        "a role that may not",
        "{on: 2002, do: recommend, as: council.director, with: {outcome: engage, grounds: A}}",
        "as",
        "council.director may not give the command 'recommend'; it is for inspectorate.chief-inspector",
    ),
    (
        "a role that may not rate",
        "{on: 2002, do: publish-rating, as: council.director, with: {service: adults, stars: 1}}",
        "as",
        "council.director may not give the command 'publish-rating'; it is for inspectorate.chief-inspector, "
        "department.programme-office",
    ),
    (
        "a recorder who may not",
        "{on: 2002, do: record-decision, as: department.minister, recorded_by: council.director,"
        " with: {outcome: engage, reasons: A}}",
        "recorded_by",
        "council.director may not record what department.minister decides; it is for department.official, "
        "department.programme-office",
    ),
    (
        "a minister who signs in",
        "{on: 2002, do: record-decision, as: department.minister, recorded_by: department.minister,"
        " with: {outcome: engage, reasons: A}}",
        "recorded_by",
        "department.minister may not record what department.minister decides",
    ),
    ("a missing field", f"{{{NOTE}}}", "", "'text' is missing"),
    ("a field that is not there", f"{{{NOTE}, with: {{text: A, tone: B}}}}", "with.tone", "'tone' is not a field here"),
    (
        "a value it cannot have",
        "{on: 2002, do: publish-rating, as: inspectorate.chief-inspector, with: {service: adults, stars: 4}}",
        "with.stars",
        "input should be less than or equal to 3",
    ),
    (
        "a value deep inside",
        "{on: 2002, do: submit-pid, as: team.lead-consultant, with: {workstreams: [{id: a}, {id: a, name: B}]}}",
        "with.workstreams.1.name",
        "'name' is not a field here",
    ),
    (
        "a date inside",
        "{on: 2002, do: set-target, as: department.official, with: {by: never, text: A}}",
        "with.by",
        "'never' is not a date",
    ),
    ("no mapping", f"{{{NOTE}, with: hello}}", "with", "input should be a valid dictionary"),
    (
        "what follows by itself",
        "{on: 2002, do: note-rating, as: department.official, with: {rating: 1, stars: 1}}",
        "do",
        "'note-rating' follows by itself; no case file gives it",
    ),
    (
        "a command that the council does not know",
        "{on: 2002, do: add-note, of: council, as: department.official, with: {text: A}}",
        "do",
        "there is no command 'add-note' of the council",
    ),
    (
        "a command that the engagement does not know",
        "{on: 2002, do: publish-rating, of: engagement, as: inspectorate.chief-inspector, with: {}}",
        "do",
        "there is no command 'publish-rating' of the engagement",
    ),
    ("a command of nobody", f"{{{NOTE}, of: team, with: {{text: A}}}}", "of", "input should be 'council' or 'engagem"),
    (
        "a role that disputes no fact of a council",
        f"{{{DISPUTE}, of: council, as: team.lead-consultant, with: {{event: rating-published, source: A}}}}",
        "as",
        "team.lead-consultant may not give the command 'dispute-fact'; it is for inspectorate.chief-inspector, ",
    ),
    (
        "a dispute over nothing",
        f"{{{DISPUTE}, as: department.official, with: {{changes: {{text: A}}, source: A}}}}",
        "with",
        "a dispute names either the type of an event or its version",
    ),
    (
        "a dispute by version",
        f"{{{DISPUTE}, as: department.official, with: {{version: 4, changes: {{text: A}}, source: A}}}}",
        "with.version",
        "name the event by its type",
    ),
    (
        "a dispute over an event that is none",
        f"{{{DISPUTE}, as: department.official, with: {{event: rating-published, source: A}}}}",
        "with.event",
        "there is no event 'rating-published' of the engagement",
    ),
    (
        "a disputed field that is none",
        f"{{{DISPUTE}, as: department.official, with: {{event: note-added, changes: {{txt: A}}, source: A}}}}",
        "with.changes.txt",
        "'txt' is not a field here",
    ),
    (
        "a disputed value that does not fit",
        f"{{{DISPUTE}, as: department.official,"
        " with: {event: contract-awarded, changes: {starts: soon}, source: A}}",
        "with.changes.starts",
        "'soon' is not a date",
    ),
    (
        "no such stage",
        "{assume: {to: heaven}, because: A}",
        "assume.to",
        "there is no stage 'heaven'; known are special-m",
    ),
    ("an assumption without its reason", "{assume: {to: exit}}", "", "'because' is missing"),
    ("an assumption without a stage", "{assume: {}, because: A}", "assume", "'to' is missing"),
    (
        "an assumption with a role",
        "{assume: {to: exit}, because: A, as: board.board}",
        "as",
        "'as' is not a field here",
    ),
    (
        "an engagement before the first",
        f"{{{NOTE}, with: {{text: A}}, engagement: 0}}",
        "engagement",
        "input should be gr",
    ),
)


@pytest.mark.parametrize(("step", "place", "problem"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_step_is_named_with_its_line(step: str, place: str, problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(f"{OK}  - {step}\n{OK}")
    assert (caught.value.name, caught.value.line) == ("case.yaml", 7)
    at = "steps.1" + (f".{place}" if place else "")
    assert caught.value.place == at or (place == "" and caught.value.place.startswith(at))
    assert caught.value.problem.startswith(problem)
    assert "\n" not in str(caught.value)


def test_a_place_on_a_line_of_its_own_is_named_with_that_line() -> None:
    with pytest.raises(DocumentError) as caught:
        read(
            f"{OK}  - on: 2002\n    do: set-target\n    as: department.official\n    with:\n      by: never\n      text: A\n"
        )
    assert str(caught.value).startswith("case.yaml, line 11: steps.1.with.by: 'never' is not a date; write a day")


@pytest.mark.parametrize(
    ("head", "line", "problem"),
    [
        (
            HEAD.replace("E09000014", "Haringey"),
            1,
            "'Haringey' is not a GSS code such as E09000014, nor X0000001 and up",
        ),
        (HEAD.replace("E09000014", "X0000000"), 1, "'X0000000' is not a GSS code"),
        (HEAD.replace("title: A test\n", ""), 1, "'title' is missing"),
        (HEAD.replace("title: A test", "title: ''"), 2, "string should have at least 1 character"),
        (HEAD.replace("model:", "modell:"), 1, "'model' is missing"),
        (HEAD.replace("title:", "council: E1\ntitle:"), 2, "this key is given twice"),
        ("- a\n- b\n", 1, "a case file is a mapping with council, title, model, source and steps"),
    ],
    ids=["a name", "a code of ours below the first", "no title", "an empty title", "a typo", "a key twice", "a list"],
)
def test_a_wrong_head_is_named_with_its_line(head: str, line: int, problem: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(OK if head.startswith("council") else "", head)
    assert caught.value.line == line
    assert caught.value.problem.startswith(problem)


def test_a_case_has_steps() -> None:
    with pytest.raises(DocumentError) as caught:
        read("", HEAD.replace("steps:", "steps: []"))
    assert (caught.value.line, caught.value.place) == (5, "steps")


def test_an_assumption_cannot_be_first_without_a_date() -> None:
    with pytest.raises(DocumentError, match=r"line 6: steps\.0: 'on' is missing: there is no step before"):
        read("  - {assume: {to: exit}, because: A}\n")
