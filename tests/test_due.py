"""`turnaround due` and `turnaround clock`: what is owed, by whom and by when, and clocks paused from the command line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli import output
from faces.desk import Desk
from tests.command_line import Engine, Run
from tests.ledgers import Filled

NOON = datetime(2026, 9, 1, 11, tzinfo=UTC)
HARINGEY, SWINDON = "council/E09000014", "council/E06000030"
OFFICE, CHIEF, DIRECTOR = "department.programme-office", "inspectorate.chief-inspector", "council.director"
LEAD = "inspectorate.lead-inspector"


@pytest.fixture(scope="module")
def owed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three engagements: one whose plan is paused, one late with its meeting, and one that is over."""
    folder = tmp_path_factory.mktemp("owed")
    filled = Filled.make(folder, NOON)
    rated: dict[str, Any] = {"service": "social-services", "stars": 0}
    filled.give(HARINGEY, "publish-rating", CHIEF, **rated)
    filled.give("council/E10000016", "publish-rating", CHIEF, **rated)
    filled.give("engagement/kent-1", "stop-engagement", OFFICE, reason="Over.")
    filled.later(days=2)
    filled.give(SWINDON, "publish-rating", CHIEF, **rated)
    filled.later(days=5)
    one = "engagement/haringey-1"
    filled.give(one, "pause-clock", OFFICE, obligation="submit-pip", reason="An election.", ground="election")
    filled.later(days=7)
    filled.give(one, "resume-clock", OFFICE, obligation="submit-pip", on="2026-09-15")
    filled.give(one, "receive-pip", DIRECTOR)
    filled.give(one, "judge-pip", LEAD, verdict="not-acceptable", reason="Too long.")
    two = "engagement/swindon-1"
    filled.give(two, "pause-clock", OFFICE, obligation="submit-pip", reason="A dispute.", ground="dispute")
    filled.give(two, "meet-council", CHIEF)
    filled.later(days=2)
    filled.strike(one)
    filled.ledger.close()
    return folder


@pytest.fixture
def home(owed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same on the day of its last command."""
    monkeypatch.setattr(Desk, "now", property(lambda self: datetime(2026, 9, 17, 11, tzinfo=UTC)))
    return owed


def test_everything_owed_is_listed_by_date_and_what_is_paused_comes_last(run: Run, home: Path) -> None:
    told = run(home, "due")
    assert (told.code, "2 things owed, 1 late." in told.err) == (0, True), told.err
    assert [row[:5] for row in told.rows] == [
        ["haringey-1", "meet-council", CHIEF, "2026-09-15", "2 days late"],
        ["swindon-1", "submit-pip", DIRECTOR, "", "paused, 32 working days left"],
    ]
    assert told.rows[0][5] == "10 working days after 1 September 2026 (stage entered), assumed"
    assert told.rows[1][5] == (
        "40 working days after 3 September 2026 (stage entered), paused since 15 September 2026, assumed"
    )


def test_as_json_nothing_is_left_out(run: Run, home: Path) -> None:
    late, paused = run(home, "due", "--json").json
    assert late["derivation"]["calendar"] == "england@1"
    assert {name: late[name] for name in ("obligation", "number", "state", "late", "due_on", "days_left", "owner")} == {
        "obligation": "meet-council",
        "number": 1,
        "state": "late",
        "late": True,
        "due_on": "2026-09-15",
        "days_left": -2,
        "owner": CHIEF,
    }
    assert late["due_at"] == "2026-09-15T23:00:00.000000Z"
    assert (paused["state"], paused["due_on"], paused["days_left"], paused["working_days_left"]) == (
        "paused",
        None,
        None,
        32,
    )
    assert (late["council"], late["title"]) == ("London Borough of Haringey", "Meet the council about its rating")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--late"], ["meet-council"]),
        (["--role", DIRECTOR], ["submit-pip"]),
        (["--role", CHIEF], ["meet-council"]),
        (["--by", "2026-09-15"], ["meet-council"]),
        (["--by", "2026-09-14"], []),
        (["--by", "2026-09"], ["meet-council"]),
        (["--by", "2030-01-01"], ["meet-council"]),
        (["--late", "--role", DIRECTOR], []),
    ],
    ids=str,
)
def test_filters(run: Run, home: Path, arguments: list[str], expected: list[str]) -> None:
    assert [row["obligation"] for row in run(home, "due", *arguments, "--json").json] == expected
    told = run(home, "due", *arguments)
    assert [row[1] for row in told.rows] == expected
    assert (told.code, "Nothing of the kind is owed." in told.err) == (0, not expected)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--role", "council.directr"], "did you mean council.director"),
        (["--by", "soon"], "'soon' is not a date"),
        (["--by", "2026-02-30"], "there is no date"),
    ],
    ids=str,
)
def test_what_is_mistyped_is_said(run: Run, home: Path, arguments: list[str], problem: str) -> None:
    told = run(home, "due", *arguments)
    assert (told.code, told.out, problem in told.err) == (2, "", True), told.err


def test_on_a_terminal_it_says_it_in_words(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "400")
    told = run(home, "due").out
    assert "Meet the council about its rating (meet-council)" in told
    assert "11:59pm on Tuesday 15 September 2026" in told


def test_show_and_portfolio_say_that_a_clock_is_paused(run: Run, home: Path) -> None:
    shown = run(home, "show", "swindon-1")
    assert "paused, 32 working days left" in shown.out
    (plan,) = run(home, "show", "swindon-1", "--json").json["obligations"]
    assert plan["paused"] == {"since": "2026-09-15", "ground": "dispute", "working_days_left": 32}
    assert (plan["due_on"], plan["due_at"], plan["days_left"], plan["late"]) == (None, None, None, False)
    assert "paused since 15 September 2026" in plan["reached"]
    listed = {row[0]: row[-1] for row in run(home, "portfolio").rows}
    assert listed == {"haringey-1": "late", "swindon-1": "clock paused"}
    assert {row["id"]: row["paused"] for row in run(home, "portfolio", "--json").json} == {
        "haringey-1": False,
        "swindon-1": True,
    }


def test_the_timeline_tells_of_a_pause_with_its_reason(run: Run, home: Path) -> None:
    told = run(home, "timeline", "haringey-1").out
    assert "Clock paused from 8 September 2026 (an election), 35 working days left" in told
    assert "An election." in told
    assert "Owed by 11:59pm on Tuesday 3 November 2026, as its clock goes on" in told


def test_a_pause_is_foretold(run: Run, home: Path) -> None:
    by = ("--as", OFFICE, "--dry-run")
    told = run(home, "clock", "resume", "swindon-1", "submit-pip", *by)
    assert told.code == 0, told.err
    assert "It would be accepted: resume-clock" in told.out
    assert "less" not in told.out and "Owed by 11:59pm on Monday 2 November 2026, as its clock goes on" in told.out
    data = run(home, "clock", "resume", "swindon-1", "submit-pip", *by, "--json", "--number", "1").json
    assert [event["type"] for event in data["events"]] == ["clock-resumed", "obligation-rescheduled"]
    told = run(home, "clock", "resume", "swindon-1", "submit-pip", *by, "--on", "2026-09-16", "--reason", "a=b, c")
    assert "Friday 30 October 2026" in told.out


@pytest.mark.parametrize(
    ("arguments", "code", "problem"),
    [
        (["pause", "swindon-1", "submit-pip", "--reason", "x"], 1, "is paused already, since 15 September 2026"),
        (["pause", "haringey-1", "meet-council", "--reason", "x"], 1, "can't be paused in this model"),
        (["pause", "haringey-1", "hold-board", "--reason", "x"], 1, "Nothing called 'hold-board' is owed now"),
        (["pause", "haringey-1", "meet-council"], 2, "missing option '--reason'"),
        (["pause", "swindon-1", "submit-pip", "--reason", "x", "--ground", "electon"], 2, "did you mean election"),
        (["pause", "haringey-1", "Bad Id", "--reason", "x"], 2, "'obligation' can't be 'Bad Id'"),
        (["resume", "haringey-1", "meet-council"], 1, "is not paused"),
        (["resume", "Haringey", "meet-council"], 2, "is a command to the engagement, not to the council"),
        (["resume", "nowhere-1", "meet-council"], 3, "there is no engagement"),
    ],
    ids=lambda value: " ".join(value[:4]) if isinstance(value, list) else None,
)
def test_what_can_not_be_done_is_said(run: Run, home: Path, arguments: list[str], code: int, problem: str) -> None:
    told = run(home, "clock", *arguments, "--as", OFFICE, "--dry-run")
    assert (told.code, problem in told.err) == (code, True), (told.code, told.err)


def test_who_may_not_is_told_so(run: Run, home: Path) -> None:
    told = run(home, "clock", "pause", "haringey-1", "submit-pip", "--reason", "x", "--as", DIRECTOR, "--dry-run")
    assert (told.code, "may not give the command pause-clock" in told.err) == (1, True)


def test_an_empty_ledger_owes_nothing(run: Run, tmp_path: Path) -> None:
    Filled.make(tmp_path, NOON).ledger.close()
    told = run(tmp_path, "due")
    assert (told.code, told.out, told.err.strip()) == (0, "", "Nothing of the kind is owed.")
    assert run(tmp_path, "due", "--json").json == []


@pytest.mark.parametrize("arguments", [["due"], ["clock"], ["clock", "pause"], ["clock", "resume"]], ids=" ".join)
def test_the_help_has_an_example(run: Run, home: Path, arguments: list[str]) -> None:
    told = run(home, *arguments, "--help")
    assert told.code == 0
    assert f"turnaround {' '.join(arguments[:1])}" in told.out and "Example" in told.out


def test_a_clock_is_paused_and_set_going_through_the_engine(run: Run, engine_home: Engine) -> None:
    home = engine_home.home
    by = ("--as", OFFICE)
    rated = ["publish-rating", "service=social-services", "stars=0", "--as", CHIEF]
    assert run(home, "do", "Haringey", *rated).code == 0
    told = run(
        home, "clock", "pause", "haringey-1", "submit-pip", "--reason", "An election.", "--ground", "election", *by
    )
    assert told.code == 0, told.err
    assert "Clock paused" in told.out
    assert [row["state"] for row in run(home, "due", "--role", DIRECTOR, "--json").json] == ["paused"]
    told = run(home, "clock", "resume", "haringey-1", "submit-pip", *by, "--id", "again-1")
    assert "as its clock goes on" in told.out
    assert "Done before" in run(home, "clock", "resume", "haringey-1", "submit-pip", *by, "--id", "again-1").out
