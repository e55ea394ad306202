"""`turnaround replay`: step by step with what was refused, and on a day, against a table made by hand."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli import output
from domain.case import read_case
from domain.documents import parse
from ledger import events
from tests.command_line import Result, Run
from tests.given import shipped, text_of
from tests.late_reports import CHIEF, DIRECTOR, HISTORY, OFFICE, TABLE, Cell
from tests.ledgers import Filled

ONE, COUNCIL = "engagement/haringey-1", "council/E09000014"
RATED: dict[str, Any] = {"service": "social-services", "stars": 0}
OFFICIAL = "department.official"


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")


def accept(filled: Filled, *command: Any, **body: Any) -> None:
    done = filled.give(*command, **body)
    assert done.outcome is not None and done.outcome.accepted, done.outcome


def refuse(filled: Filled, *command: Any, **body: Any) -> None:
    done = filled.give(*command, **body)
    assert done.outcome is not None and not done.outcome.accepted, command


def versions(filled: Filled, kind: str) -> list[int]:
    with filled.ledger.reading() as conn:
        return [event.version for event in events.read_stream(conn, ONE) if event.type == kind]


def made(home: Path) -> Filled:
    """The history of the table, with commands that were refused between, and a second council."""
    filled = Filled.make(home, noon("2002-05-29"))
    accept(filled, COUNCIL, "publish-rating", CHIEF, **RATED)
    for told in HISTORY:
        at = noon(told.recorded)
        if filled.at < noon("2002-07-27") < at:
            filled.at = noon("2002-07-27")
            filled.strike(ONE)
        filled.at = at
        about = {}
        if told.about is not None:
            (wrong,) = versions(filled, told.about)
            about = {"version": wrong, "reason": "It was put down wrongly."}
        accept(filled, ONE, told.command, told.role, on=told.happened, **told.body, **about)
        if told.command == "meet-council":
            refuse(filled, ONE, "meet-council", DIRECTOR, note="We met ourselves.")
            bid = {"bidder": "KPMG", "price": "99", "content": "Our secret."}
            refuse(filled, ONE, "receive-bid", OFFICIAL, **bid)
    return filled


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replay")
    filled = made(folder)
    filled.at = noon("2002-10-01")
    accept(filled, "council/E06000030", "publish-rating", CHIEF, **RATED)
    filled.at = noon("2003-01-10")
    accept(filled, "council/E06000030", "withdraw-rating", OFFICE, rating=1, reason="Another council's.")
    filled.ledger.close()
    return folder


def steps(run: Run, home: Path, *arguments: str) -> list[Any]:
    result = run(home, "replay", *arguments, "--json")
    assert (result.code, result.err) == (0, ""), result.err
    return [json.loads(line) for line in result.out.splitlines()]


# On a day


def cell(found: Any) -> Cell | None:
    """What is told of a day, as the table has it."""
    state = found["state"]
    if state is None:
        return None
    on = {event["type"]: event["on"] for event in found["events"]}
    owed = [each for each in state["obligations"] if each["id"] == "submit-pip"]
    return Cell(
        state["stage"]["id"],
        on.get("council-met"),
        "monitoring-visited" in on,
        on.get("pip-received"),
        ("late" if owed[0]["late"] else "open") if owed else "no",
    )


@pytest.mark.parametrize(("days", "expected"), [row for row in TABLE.items() if row[0] != (None, None)], ids=str)
def test_the_table_made_by_hand_holds_on_the_command_line(
    run: Run, home: Path, days: tuple[str | None, str | None], expected: Cell | None
) -> None:
    true_on, known_on = days
    options = [*(["--true-on", true_on] if true_on else []), *(["--known-on", known_on] if known_on else [])]
    found = run(home, "replay", "haringey-1", *options, "--json").json
    assert cell(found) == expected
    assert (found["true_on"], found["known_on"]) == days


def test_the_table_of_the_documentation_is_that_table() -> None:
    text = (Path(__file__).parents[1] / "docs" / "replay.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    told = [row for row in rows if len(row) == 7 and row[2] in ("special-measures", "decision")]
    assert len(told) >= 12
    for true_on, known_on, stage, met, visit, plan, owed in told:
        shown = Cell(stage, met or None, visit == "yes", plan or None, owed)
        assert TABLE[true_on or None, known_on or None] == shown, (true_on, known_on)


def test_known_on_today_is_what_show_shows(run: Run, home: Path) -> None:
    now = run(home, "show", "haringey-1", "--json").json
    found = run(home, "replay", "haringey-1", "--known-on", datetime.now(UTC).date().isoformat(), "--json").json
    then = found["state"]
    assert (then["stage"], then["version"]) == (now["stage"], now["version"])
    assert [(each["id"], each["late"]) for each in then["obligations"]] == [
        (each["id"], each["late"]) for each in now["obligations"]
    ]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--known-on", "2002-06-15"], "As it was then known: what had been recorded by the end of 15 June 2002"),
        (["--true-on", "2002-06-15"], "What was so on 15 June 2002, as is known now, with every correction"),
        (
            ["--true-on", "2002-06-15", "--known-on", "2002-07"],
            "What was so on 15 June 2002, by what had been recorded by the end of 31 July 2002, with the corrections",
        ),
        (["--true-on", "2002-06-15", "--until", "6"], "by what had been recorded up to version 6"),
        (["--true-on", "2199-01-01"], "That day is still to come: what is recorded so far is all there is."),
    ],
    ids=str,
)
def test_one_sentence_says_what_the_days_mean(run: Run, home: Path, options: list[str], said: str) -> None:
    result = run(home, "replay", "haringey-1", *options)
    assert (result.code, result.err) == (0, "")
    assert said in result.out.splitlines()[0]
    assert "Engagement\tharingey-1" in result.out


def test_what_was_late_then_is_late_though_it_is_done_now(run: Run, home: Path) -> None:
    result = run(home, "replay", "haringey-1", "--known-on", "2002-07-30")
    assert "Late\t1 thing" in result.out
    assert "2002-07-26\t4 days late" in result.out


def test_before_the_opening_nothing_was_known_and_nothing_was_so(run: Run, home: Path) -> None:
    unknown = run(home, "replay", "haringey-1", "--known-on", "2002-05-28")
    assert (unknown.code, "Nothing of haringey-1 was known." in unknown.out) == (0, True)
    before = run(home, "replay", "haringey-1", "--true-on", "2002-05-28")
    assert (before.code, "haringey-1 had not been opened." in before.out) == (0, True)


# Step by step


def test_each_step_tells_both_times_who_decided_and_under_which_rules(run: Run, home: Path) -> None:
    plan = next(step for step in steps(run, home, "haringey-1") if step["type"] == "pip-received")
    assert (plan["occurred"]["printed"], plan["recorded_at"]) == ("2002-07-20", "2002-08-01T12:00:00.000000Z")
    decided = plan["decided"]
    assert (decided["by"], decided["command"], decided["role"]) == ("command", "receive-pip", DIRECTOR)
    assert set(decided["may"]) == set(shipped().lifecycle.who_may("receive-pip"))
    assert plan["decided_words"][0].endswith("who may give it in the stage Special measures")
    with Filled.make(home).ledger.reading() as conn:
        opened = next(iter(events.read_stream(conn, ONE)))
    assert plan["held_to"] == {
        "model": opened.body["model"],
        "sha256": opened.body["lifecycle_sha256"],
        "as_published": True,
    }
    assert plan["release"] == opened.release
    changed = {(each["what"], each["of"]): (each["before"], each["after"]) for each in plan["changed"]}
    assert changed["plan", ""] == (None, 1)
    state = {(each["what"], each["of"]): each["value"] for each in plan["state"]}
    assert state["plan", ""] == 1 and ("owed", "submit-pip 1") in state


def test_a_stage_tells_which_predicates_held_by_which_events(run: Run, home: Path) -> None:
    found = steps(run, home, "haringey-1")
    judged = next(step["version"] for step in found if step["type"] == "pip-judged")
    entered = [step for step in found if step["type"] == "stage-entered"][-1]
    assert entered["decided"]["by"] == "gate"
    assert any("judged@1" in line and line.endswith(f"by {judged}") for line in entered["decided_words"])
    assert {"Stage: Decision (before: Special measures)"} <= {each["words"] for each in entered["changed"]}


def test_what_the_clock_struck_says_when_it_was_due(run: Run, home: Path) -> None:
    passed = next(step for step in steps(run, home, "haringey-1") if step["type"] == "obligation-passed")
    assert passed["decided"] == {"by": "clock", "due": "2002-07-26T23:00:00.000000Z"}
    (late,) = (each for each in passed["changed"] if each["what"] == "late")
    assert late["words"] == "Late: Hand in the performance improvement plan (1): yes (before: nothing)"


def test_refused_commands_stand_in_their_place_with_the_rule_in_words(run: Run, home: Path) -> None:
    found = steps(run, home, "haringey-1")
    positions = [step["position"] for step in found]
    assert positions == sorted(positions)
    place = next(n for n, step in enumerate(found) if step["type"] == "council-met")
    refused = [step for step in found if step["step"] == "refused"]
    assert [step["refused"]["rule"] for step in refused] == ["role", "stage"]
    assert all(place < found.index(step) < place + 5 for step in refused)
    assert "may not give the command meet-council" in refused[0]["refused"]["sentence"]
    assert refused[0]["refused"]["asked"] == {"note": "We met ourselves."}
    assert all(step["changed"] == [] for step in refused)


def test_what_a_refused_bid_holds_is_for_the_panel(run: Run, home: Path) -> None:
    def asked(*more: str) -> Any:
        return [step for step in steps(run, home, "haringey-1", *more) if step["step"] == "refused"][1]["refused"][
            "asked"
        ]

    assert "Our secret." not in run(home, "replay", "haringey-1").out
    assert asked()["price"] == "(for the bidder and the panel)"
    assert asked("--as", "department.official")["price"] == "99"


def test_a_correction_says_what_it_corrects_and_what_that_said_before(run: Run, home: Path) -> None:
    found = steps(run, home, "haringey-1")
    met = next(step for step in found if step["type"] == "council-met")
    correction = next(step for step in found if step["type"] == "event-corrected")
    about = correction["corrects"]
    assert (about["version"], about["occurred"], about["withdrawn"]) == (met["version"], "2002-06-03", False)
    assert about["fields"] == [{"field": "its date", "before": "2002-06-03", "after": "2002-06-05"}]
    assert correction["values"]["reason"] == "It was put down wrongly."
    assert [later["version"] for later in met["later"]] == [correction["version"]]
    said = run(home, "replay", "haringey-1").out
    assert "The Chief Inspector met the council; its date was 3 June 2002, is 5 June 2002" in said


def test_a_withdrawal_says_what_was_withdrawn(run: Run, home: Path) -> None:
    found = steps(run, home, "haringey-1")
    visit = next(step for step in found if step["type"] == "monitoring-visited")
    about = next(step for step in found if step["type"] == "event-withdrawn")["corrects"]
    assert (about["version"], about["withdrawn"], about["said"]["progress"]) == (visit["version"], True, "worse")


def test_until_a_version_nothing_beyond_it_is_told(run: Run, home: Path) -> None:
    found = steps(run, home, "haringey-1")
    met = next(step["version"] for step in found if step["type"] == "council-met")
    upto = steps(run, home, "haringey-1", "--until", str(met))
    assert upto[-1]["version"] == met and all(step["step"] == "event" for step in upto)
    more = steps(run, home, "haringey-1", "--until", str(met + 1))
    assert [step["step"] for step in more[-2:]] == ["refused", "refused"]
    assert steps(run, home, "haringey-1", "--until", str(found[-1]["version"])) == found


def test_steps_are_told_a_row_a_line_to_a_program(run: Run, home: Path) -> None:
    rows = run(home, "replay", "haringey-1").rows
    assert all(len(row) == 3 for row in rows)
    assert next(row[2] for row in rows if row[1] == "refused").startswith("rule role: ")
    assert rows[0][:2] == ["1", "what"]
    assert any(row[1] == "stands" and row[2].startswith("Decision, since 2 September 2002") for row in rows)


def test_on_a_terminal_steps_stand_in_blocks_that_fit(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "terminal", lambda: True)
    monkeypatch.setattr("cli.replay_steps.terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "5000")
    lines = run(home, "replay", "haringey-1").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "   1  Engagement opened in social services" in "\n".join(lines)


# Councils and the programme


@pytest.mark.parametrize(
    ("options", "standing"),
    [
        (["--known-on", "2002-12-31"], [None]),
        (["--known-on", "2003-01-10"], [3]),
        (["--true-on", "2002-12-31"], [3]),
        (["--true-on", "2002-12-31", "--known-on", "2003-01-09"], [None]),
        (["--true-on", "2002-09-30"], []),
        (["--known-on", "2002-09-30"], []),
    ],
    ids=str,
)
def test_a_council_is_told_with_the_ratings_that_were_withdrawn_later(
    run: Run, home: Path, options: list[str], standing: list[int | None]
) -> None:
    found = run(home, "replay", "council/E06000030", *options, "--json").json
    assert [rating["withdrawn_by"] for rating in found["state"]["ratings"]] == standing
    by_name = run(home, "replay", "Swindon", *options, "--json").json
    assert by_name == found


def test_a_council_is_replayed_step_by_step(run: Run, home: Path) -> None:
    found = steps(run, home, "Swindon")
    assert [step["type"] for step in found][:2] == ["rating-published", "intervention-opened"]
    withdrawn = next(step for step in found if step["type"] == "rating-withdrawn")
    assert (withdrawn["corrects"]["version"], withdrawn["corrects"]["withdrawn"]) == (1, True)
    assert {"Newest rating, social services: nothing (before: no stars)"} <= {d["words"] for d in withdrawn["changed"]}


PROGRAMME: list[tuple[list[str], dict[str, tuple[str, str | None]]]] = [
    (["--known-on", "2002-05-28"], {}),
    (["--known-on", "2002-08-31"], {"haringey-1": ("special-measures", None)}),
    (["--true-on", "2002-09-02"], {"haringey-1": ("decision", None)}),
    (["--true-on", "2002-09-02", "--known-on", "2002-09-01"], {"haringey-1": ("special-measures", None)}),
    (
        ["--true-on", "2002-10-01"],
        {"haringey-1": ("decision", None), "swindon-1": ("special-measures", None)},
    ),
    ([], {"haringey-1": ("decision", None), "swindon-1": ("special-measures", "opened-in-error")}),
]


@pytest.mark.parametrize(("options", "expected"), PROGRAMME, ids=str)
def test_the_programme_on_a_day(
    run: Run, home: Path, options: list[str], expected: dict[str, tuple[str, str | None]]
) -> None:
    found = run(home, "replay", "programme", *options, "--json").json
    assert {
        row["id"]: (row["stage"]["id"], row["closed"]["end"] if row["closed"] else None) for row in found["engagements"]
    } == expected
    rows = run(home, "replay", "programme", *options).rows
    assert [row[0] for row in rows[1:]] == list(expected)


# Imported history, as it was reported


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Birmingham as history, its contract reported half a year after it was awarded."""
    folder = tmp_path_factory.mktemp("imported")
    filled = Filled.make(folder, datetime(2026, 11, 1, 12, tzinfo=UTC))
    text = text_of("cases", "birmingham.yaml")
    late = text.replace("    do: award-contract\n", "    do: award-contract\n    reported_on: 2003-01\n")
    assert late != text
    case = read_case(parse("birmingham.yaml", late), shipped().lifecycle)
    filled.take_over(case, "birmingham")
    filled.ledger.close()
    return folder


@pytest.mark.parametrize(
    ("options", "stage", "awarded"),
    [
        (["--known-on", "2003-06"], None, False),
        (["--known-on", "2002-05", "--as-reported"], "special-measures", False),
        (["--known-on", "2002-07-30", "--as-reported"], "special-measures", False),
        (["--known-on", "2002-12", "--as-reported"], "board-cycles", False),
        (["--known-on", "2003-01", "--as-reported"], "board-cycles", True),
        (["--true-on", "2002-08-31"], "board-cycles", True),
        (["--true-on", "2002-08-31", "--known-on", "2002-12", "--as-reported"], "board-cycles", False),
        (["--true-on", "2002-08-31", "--known-on", "2003-01", "--as-reported"], "board-cycles", True),
    ],
    ids=str,
)
def test_imported_history_is_known_when_it_was_reported(
    run: Run, imported: Path, options: list[str], stage: str | None, awarded: bool
) -> None:
    found = run(imported, "replay", "birmingham-1", *options, "--json").json
    assert (found["state"]["stage"]["id"] if found["state"] else None) == stage
    assert ("contract-awarded" in {event["type"] for event in found["events"]}) is awarded


def test_what_has_no_better_date_is_told_as_possibly_so(run: Run, imported: Path) -> None:
    found = run(imported, "replay", "birmingham-1", "--true-on", "2002-07-15")
    assert "Possibly so by then: no date says it better" in found.out
    assert "by 2002-08\tContract awarded to Deloitte & Touche" in found.out
    council = run(imported, "replay", "Birmingham", "--true-on", "2001-06-30", "--json").json
    assert "2001" in [each["on"] for each in council["possibly"]]


def test_steps_as_reported_say_when_each_became_known(run: Run, imported: Path) -> None:
    award = next(s for s in steps(run, imported, "birmingham-1", "--as-reported") if s["type"] == "contract-awarded")
    assert (award["known_on"], award["reported_on"]) == ("2003-01-31", "2003-01")
    assert "known\tas reported, 31 January 2003" in run(imported, "replay", "birmingham-1", "--as-reported").out
    programme = run(imported, "replay", "programme", "--as-reported", "--known-on", "2002-12", "--json").json
    assert [row["stage"]["id"] for row in programme["engagements"]] == ["board-cycles"]


# What can't be


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["haringey-1", "--true-on", "2002-02-30"], 2, "--true-on: '2002-02-30' is not a date"),
        (["haringey-1", "--known-on", "yesterday"], 2, "--known-on: 'yesterday' is not a date"),
        (["haringey-1", "--known-on", "2199-01-01"], 2, "1 January 2199 is still to come"),
        (["programme", "--known-on", "2199"], 2, "31 December 2199 is still to come"),
        (["haringey-1", "--until", "999"], 2, "haringey-1 has no version 999"),
        (["haringey-1", "--until", "0"], 2, "--until"),
        (["Swindon", "--until", "99"], 2, "has no version 99"),
        (["Birmingham", "--until", "1"], 2, "nothing of it is recorded"),
        (["haringey-9"], 3, "haringey-9"),
        (["council/E00000000"], 3, "E00000000"),
        (["haringey-1", "--as", "team.gardener"], 2, "team.gardener"),
        (["haringey-1", "--true-on", "2002-06", "--as-reported"], 2, "--as-reported"),
        (["programme", "--until", "3"], 2, "--until is not for 'programme'"),
    ],
    ids=str,
)
def test_what_can_not_be_replayed_is_said(run: Run, home: Path, arguments: list[str], code: int, said: str) -> None:
    result: Result = run(home, "replay", *arguments)
    assert (result.code, said in result.err) == (code, True), result.err
    assert result.out == ""


def test_of_a_council_of_which_nothing_is_recorded_nothing_is_replayed(run: Run, home: Path) -> None:
    result = run(home, "replay", "Birmingham")
    assert (result.code, result.out) == (0, "")
    assert "Nothing of E08000025 is recorded." in result.err
