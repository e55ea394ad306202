"""Case files: what they say is read as written, what is wrong is named with its line, and the shipped ones play."""

from datetime import date
from importlib.resources import files

import pytest

from domain.case import Case, Step, model_named, played_on, read_case
from domain.contract import ContractAwarded
from domain.course import StageEntered
from domain.dates import When
from domain.disputes import disputes
from domain.documents import DocumentError, parse
from domain.exit import NextStepRecorded
from domain.project import PidSubmitted
from domain.rating_notes import in_special_measures
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
    found = {path.name.removesuffix(".yaml") for path in files("domain").joinpath("cases").iterdir()}
    assert found == set(NAMES)


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


def test_the_demonstration_ends_with_its_exit_in_march_2004() -> None:
    days = [day for day, _ in shipped_case("haringey").played()]
    assert (days[0], days[-1]) == (date(1999, 4, 30), date(2004, 3, 31))


def test_the_contradiction_over_haringeys_start_is_carried() -> None:
    award = next(step for step in shipped_case("haringey").steps if step.command_type == "award-contract")
    assert award.disputed == "Annexe 4 prints the team's start as Aug 02"
    assert (award.occurred.printed, award.body["starts"]) == ("by 2002-10", "2002-10")


def test_a_rehearsed_council_is_late_with_its_plan_and_an_imported_one_owes_nothing() -> None:
    rehearsed, imported = (play(shipped_case("haringey"), live).engagements["haringey-1"] for live in (True, False))
    passed = [e.event.obligation for e in rehearsed.state.history.entries if e.event.type == "obligation-passed"]
    assert passed == ["meet-council", "submit-pip", "schedule-board"]
    assert not [e for e in imported.state.history.entries if e.event.type.startswith("obligation-")]
    assert rehearsed.owed() == {"review-1": "2005-03-31"}


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
        "there is no role 'council.gardener' in performance-action-team@2",
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
