"""The command line: what each command puts out, and that whatever is wrong is one sentence, an exit code and no more."""

import ast
import csv
import json
import logging
import re
import sqlite3
import stat
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from activities.library import read_register
from cli import output
from domain import council, directory, engagement
from domain.dates import When
from faces import giving, prose, reading, rounds, telling, words
from faces.problems import EXIT_CODES
from ledger.store import Ledger
from tests.command_line import Engine, Result, Run
from tests.given import WAY, shipped
from tests.ledgers import Filled
from workers import logs
from workers.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
ROUND = ROOT / "domain" / "rounds" / "social-services-2002-05-29.csv"
NOON = datetime(2026, 9, 1, 11, tzinfo=UTC)


def event_count(home: Path) -> tuple[int, int]:
    """How many commands a ledger holds, and how many events but for what comes by itself: notices and checkpoints."""
    with closing(sqlite3.connect(home / "ledger.db")) as connection:
        by_itself = "stream LIKE 'notice/%' OR stream IN ('heads', 'signer')"
        (events,) = connection.execute(f"SELECT count(*) FROM event WHERE NOT ({by_itself})").fetchone()
        (commands,) = connection.execute("SELECT count(*) FROM command").fetchone()
    return events, commands


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of two engagements, one in scoping with corrections, refusals and late work, one just opened."""
    folder = tmp_path_factory.mktemp("filled")
    filled = Filled.make(folder, NOON)
    haringey, swindon = "council/E09000014", "council/E06000030"
    filled.give(
        haringey,
        "publish-rating",
        "inspectorate.chief-inspector",
        service="social-services",
        stars=0,
        adults={"serving": "some", "capacity": "uncertain"},
        note="The judgements are made up.",
        claim={"source": "A test"},
    )
    filled.give(swindon, "publish-rating", "inspectorate.chief-inspector", service="social-services", stars=0)
    filled.later(days=5)
    one = "engagement/haringey-1"
    filled.give(
        one,
        "receive-pip",
        "council.director",
        note="The first plan.",
        claim={"source": "Annexe 4", "disputed": "The profile says May", "reported_on": "2026-10"},
    )
    filled.give(one, "agree-scope", "council.director")  # refused
    filled.give(one, "judge-pip", "inspectorate.lead-inspector", person="jo-b", verdict="acceptable")
    filled.give(one, "recommend", "inspectorate.chief-inspector", outcome="engage", grounds="No capacity.")
    filled.give(
        one,
        "record-decision",
        "department.minister",
        "department.official",
        outcome="engage",
        reasons="As recommended.",
        document="SSI/1",
    )
    filled.give(one, "draft-scope", "inspectorate.lead-inspector", **WAY["scoping"][0].body)
    filled.give(one, "agree-scope", "council.director")
    version = next(e["version"] for e in _events(filled.ledger, one) if e["type"] == "pip-received")
    filled.give(
        one,
        "correct-event",
        "department.programme-office",
        version=version,
        changes={"note": "The second plan."},
        reason="Mixed up.",
    )
    filled.later(days=40)
    filled.strike(one)
    filled.ledger.close()
    return folder


def _events(ledger: Ledger, stream: str) -> list[dict[str, Any]]:
    from ledger import events

    with ledger.reading() as conn:
        return [event._asdict() for event in events.read_stream(conn, stream)]


def test_a_dispute_is_foretold(run: Run, home: Path) -> None:
    by = ["source=Annexe 4", "--as", "department.programme-office", "--dry-run"]
    note = 'changes={"note": "Another plan."}'
    for arguments in (
        ["haringey-1", "dispute-fact", "event=pip-received", note, *by],
        ["haringey-1", "dispute-fact", "version=5", note, *by],
        ["E09000014", "dispute-fact", "event=rating-published", note, "occurred=2026-01", *by],
        ["E09000014", "dispute-fact", "version=1", note, *by],
    ):
        told = run(home, "do", *arguments)
        assert (told.code, "Dispute 1 over" in told.out) == (0, True), told.err
    for arguments, problem in (
        (["haringey-1", "dispute-fact", "event=pip-received", *by], "already"),
        (["haringey-1", "dispute-fact", "event=pip-lost", note, *by], "no event 'pip-lost'"),
        (["haringey-1", "dispute-fact", "event=pip-received", 'changes={"nte": "x"}', *by], "field nte"),
        (["E09000014", "dispute-fact", "version=99", note, *by], "Version 99"),
        (["E09000014", "dispute-fact", "event=rating-published", 'changes={"stars": 1}', *by], "can't be disputed"),
    ):
        told = run(home, "do", *arguments)
        assert (told.code, problem in told.err) == (1, True), told.err
    neither = run(home, "do", "haringey-1", "dispute-fact", note, *by)
    assert (neither.code, "either the type of an event or its version" in neither.err) == (2, True)


# Every word has its place


def named_in_the_sources(kind: str) -> Iterator[tuple[str, list[str]]]:
    """Every rule of a refusal or a caution that a source names, with the details it gives."""
    for path in [*(ROOT / "domain").rglob("*.py"), *(ROOT / "activities").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == kind:
                rule = node.args[0]
                assert isinstance(rule, ast.Constant) and isinstance(rule.value, str), f"{path}: a rule is written out"
                details = node.args[1] if len(node.args) > 1 else None
                keys = details.keys if isinstance(details, ast.Dict) else []
                yield rule.value, [str(key.value) for key in keys if isinstance(key, ast.Constant)]


DATED = (
    *("occurred", "opened", "on", "today", "starts", "ends", "by", "next"),
    *("since", "until", "closes", "newest", "sent", "date", "inspection"),
)
"""The details that are dates."""


def sample(name: str) -> Any:
    """A made-up detail of a refusal."""
    lists = ["may", "roles", "allowed_in", "missing", "bidders", "boards", "changes", "promised", "given", "stages"]
    lists += ["unknown", "faults", "persons"]
    if name in DATED:
        return "2002-10"
    if name == "details":
        return {"bidder": "A"}
    return "bid-already" if name == "rule" else [] if name in lists else f"the-{name}"


def test_every_rule_has_its_sentence() -> None:
    found = list(named_in_the_sources("Refusal"))
    assert len(found) > 40
    assert {rule for rule, _ in found} - set(prose.TEMPLATES) == set()
    assert set(prose.TEMPLATES) - {rule for rule, _ in found} == set(), "a template for a rule that is no more"
    for rule, names in found:
        if not names and rule not in ("lead-passed-already", "signed-off-already", "assumption-outside-case-file"):
            continue  # its details are made elsewhere
        said = prose.refused(rule, {name: sample(name) for name in names}, words.Words())
        assert said.sentence.endswith("."), said
        assert not said.sentence.startswith("The rule '"), rule
        assert "{" not in said.sentence + (said.hint or "")


def test_every_caution_has_its_sentence() -> None:
    found = list(named_in_the_sources("Caution"))
    assert {rule for rule, _ in found} == set(prose.CAUTIONS)
    for rule, names in found:
        said = prose.warned(rule, {name: sample(name) for name in names}, words.Words())
        assert said.sentence.endswith("."), said
        assert not said.sentence.startswith("Worth a look"), rule
        assert "{" not in said.sentence + (said.hint or "")
    assert prose.warned("new-caution", {}, words.Words()).sentence == "Worth a look: new-caution."


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("2002-06-01", "1 June 2002"),
        ("2002-06", "June 2002"),
        ("by 2002-07", "by July 2002"),
        ("2002-06-01/2002-07-31", "1 June 2002 to 31 July 2002"),
    ],
)
def test_every_date_in_a_sentence_is_written_out(stored: str, said: str) -> None:
    told = [
        (found, tell(found, {name: stored if name in DATED else sample(name) for name in names}, words.Words()))
        for kind, tell in (("Refusal", prose.refused), ("Caution", prose.warned))
        for found, names in named_in_the_sources(kind)
        if set(names) & set(DATED)
    ]
    assert len(told) > 60
    for rule, sentence in told:
        whole = f"{sentence.sentence} {sentence.hint}"
        assert not re.search(r"\d{4}-\d{2}", whole), rule
        assert not re.search(r"\b(by|on|in) (by|on|in) ", whole.replace("gone on ", "gone ")), (rule, whole)
    assert sum(said in sentence.sentence for _, sentence in told) > 50


def test_what_looks_like_a_date_is_none_where_it_is_somebodys_own_word() -> None:
    said = prose.refused("no-such-bid", {"bidder": "2002-10", "bidders": ["1999-05-01 Ltd"]}, words.Words())
    assert (said.sentence, said.hint) == ("There is no bid by 2002-10.", "bids are in from: 1999-05-01 Ltd")


@pytest.mark.parametrize(
    ("rule", "details", "sentence"),
    [
        (
            "more-days-than-used",
            {"days": "1", "used": "1", "signed_off": "1"},
            "1 day is too many: 1 was used and 1 of those is signed off.",
        ),
        (
            "more-days-than-used",
            {"days": "2.5", "used": "2", "signed_off": "0"},
            "2.5 days are too many: 2 were used and 0 of those are signed off.",
        ),
        (
            "more-days-than-contracted",
            {"days": "1", "used": "1", "contracted": "2", "kept": "1"},
            "1 day is too many: 1 of the 2 contracted is used, and 1 is the council's or given back.",
        ),
        (
            "more-than-days-are-worth",
            {"amount": "1", "paid": "0", "worth": "2750.0000"},
            "£1.00 is too much: the days signed off come to £2750.00 at their rates, and £0.00 of that is paid.",
        ),
        (
            "more-than-the-price",
            {"amount": "1.5", "paid": "0", "agreed": "1", "part": "fixed"},
            "£1.50 is too much: £0.00 of the fixed charges of £1.00 is paid.",
        ),
        (
            "price-does-not-add-up",
            {"price": "3", "charges": "2"},
            "The price is £3.00, and fixed and variable charges come to £2.00.",
        ),
        (
            "only-wider-is-capped",
            {"kind": "inspection", "wider": "comprehensive-performance-assessment"},
            "No cap holds for an inspection, so that it has no uncapped result.",
        ),
        (
            "scores-do-not-match",
            {"missing": ["method"], "unknown": []},
            "Each stated criterion is scored once: method is left out.",
        ),
        (
            "scores-do-not-match",
            {"missing": ["method", "price"], "unknown": ["charm"]},
            "Each stated criterion is scored once: method and price are left out; charm is not stated.",
        ),
        (
            "open-already",
            {"engagement": "haringey-1", "service": "social-services"},
            "The engagement haringey-1 is open in social services.",
        ),
        (
            "capped-at-weak",
            {"result": "fair", "service": "whole-council", "cap": "weak"},
            "The result can't be fair: the whole council has no stars, which caps it at weak.",
        ),
        (
            "which-rating",
            {"command": "answer-rating", "round": None, "rating": None},
            "answer-rating needs to know which rating is meant.",
        ),
        (
            "which-rating",
            {"command": "answer-rating", "round": "a", "rating": 1},
            "The rating is named twice, by round a and by version 1.",
        ),
        (
            "fewer-than-listed",
            {"what": "targets", "counted": 1, "listed": 2},
            "The plan is said to have 1 target, but 2 are listed.",
        ),
        (
            "until-before-it-ends",
            {"until": "by 2004-03", "occurred": "2004-04"},
            "The tasks are to end by March 2004, before the main work in April 2004.",
        ),
    ],
)
def test_a_refusal_reads_well(rule: str, details: dict[str, Any], sentence: str) -> None:
    assert prose.refused(rule, details, words.Words()).sentence == sentence


@pytest.mark.parametrize(
    ("rule", "details", "sentence"),
    [
        (
            "rating-refused",
            {"service": "social-services", "rating": 1, "stars": 0, "on": "2002-06-05"},
            "The council refuses its newest rating of social services (version 1, stars: 0).",
        ),
        (
            "report-late",
            {"board": 1, "sent": "2002-10-09", "on": "2002-10-10", "after": False},
            "The report to board 1 (10 October 2002) went out at the last moment: 9 October 2002.",
        ),
        (
            "report-late",
            {"board": 1, "sent": "2002-10-15", "on": "2002-10-10", "after": True},
            "The report to board 1 went out after the meeting (10 October 2002): 15 October 2002.",
        ),
        (
            "rates-and-charges-differ",
            {"rates": "99999.5975", "charges": "50000"},
            "The consultants' days come to £99999.5975 at their rates, and the variable charges are £50000.00.",
        ),
        ("paid-over-signed-off", {"paid": "1", "signed_off": "0.5"}, "1 day is paid, but only 0.5 signed off."),
        ("no-real-choice", {"bidders": []}, "The panel had no real choice of firm: no bid stands."),
        (
            "plan-not-acceptable",
            {"plan": 1, "faults": []},
            "Plan 1 was judged not acceptable and no newer one has been received.",
        ),
    ],
)
def test_a_caution_reads_well(rule: str, details: dict[str, Any], sentence: str) -> None:
    assert prose.warned(rule, details, words.Words()).sentence == sentence


def test_who_scores_with_an_interest_is_told_otherwise_than_who_sits_with_one() -> None:
    details = {"member": "council.director", "bidder": "KPMG"}
    hints = [
        prose.refused("interest-declared", {**details, **command}, words.Words()).hint
        for command in ({"command": "score-bid"}, {"command": "sit-panel"}, {})
    ]
    assert ["another member" in str(hint) for hint in hints] == [True, False, False]
    assert ["aside=" in str(hint) for hint in hints] == [False, True, True]


def test_no_caution_and_no_hint_has_brackets_in_brackets() -> None:
    nested = re.compile(r"\([^()]*\(")
    model = words.Words((shipped().lifecycle,))
    for kind, tell in (("Refusal", prose.refused), ("Caution", prose.warned)):
        for rule, names in named_in_the_sources(kind):
            said = tell(rule, {name: sample(name) for name in names}, model)
            line = reading.caution_line({"sentence": said.sentence, "hint": said.hint})
            assert not nested.search(line), line


@pytest.mark.parametrize(
    ("event", "body", "said"),
    [
        ("days-used", {"days": "1"}, "1 day used"),
        ("days-used", {"days": "1.5", "consultant": "p1"}, "1.5 days used by p1"),
        ("days-signed-off", {"days": "1"}, "1 day signed off for payment"),
        ("lead-passed", {"days": "1"}, "Lead passed to the council for 1 day"),
        ("piece-commissioned", {"piece": "a", "days": "1"}, "Piece of work commissioned: a (1 day)"),
        ("change-requested", {"change": 1, "days": "1"}, "Change 1 requested: 1 more day"),
        (
            "payment-recorded",
            {"amount": "1", "kind": "variable", "invoice": "k", "days": "1"},
            "£1.00 paid for 1 day (variable charge, invoice k)",
        ),
        ("contract-awarded", {"team": "A", "days": "1", "price": "2.5"}, "Contract awarded to A for 1 day at £2.50"),
        (
            "conditions-assessed",
            {"round": 1, "assessments": [{"holds": "no"}, {"holds": "yes"}, {"holds": "no"}]},
            "Conditions assessed, round 1: 1 holds, 2 do not hold",
        ),
    ],
)
def test_one_is_told_as_one_and_money_in_pounds_and_pence(event: str, body: dict[str, Any], said: str) -> None:
    assert telling.title(event, body, words.Words()) == said


def test_a_rule_of_another_release_is_still_told() -> None:
    assert prose.refused("new-rule", {}, words.Words()).sentence == "The rule 'new-rule' does not allow it."
    assert "stage" in prose.refused("stage", {"command": "x"}, words.Words()).sentence


def test_every_event_that_a_command_can_need_is_a_thing() -> None:
    assert set({**engagement.EVENTS, **council.EVENTS, **directory.EVENTS}) - set(words.THINGS) == set()


@pytest.mark.parametrize("command", [[], *([name] for name in ("rating",))], ids=str)
def test_without_a_command_the_help_is_shown(run: Run, tmp_path: Path, command: list[str]) -> None:
    result = run(tmp_path, *command)
    assert result.code == 2
    assert "Commands:" in result.err


COMMANDS = [
    "up",
    "demo",
    "rehearse",
    "portfolio",
    "show",
    "timeline",
    "dossier",
    "digest",
    "can",
    "do",
    "import",
    "verify",
    "rebuild",
    "doctor",
]


@pytest.mark.parametrize("command", [*COMMANDS, "rating check", "rating publish", "rating withdraw"])
def test_every_help_has_an_example_and_the_exit_codes(run: Run, tmp_path: Path, command: str) -> None:
    result = run(tmp_path, *command.split(), "--help")
    assert result.code == 0
    assert re.search(r"Examples?:\s+turnaround " + command.split()[0], result.out)
    assert " ".join(EXIT_CODES.split()) in " ".join(result.out.split())


# Reading


def test_the_portfolio_says_who_is_where_and_what_is_late(run: Run, home: Path) -> None:
    result = run(home, "portfolio")
    assert result.code == 0
    (haringey, swindon) = result.rows
    assert haringey[:5] == ["haringey-1", "London Borough of Haringey", "social services", "scoping", "2026-09-06"]
    assert haringey[6:] == ["Agree the scope", "council.director", "late"]
    assert swindon[3] == "special-measures"
    assert result.err == "2 engagements, 1 late.\n"


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (["--late"], ["haringey-1"]),
        (["--stage", "special-measures"], ["swindon-1"]),
        (["--region", "london"], ["haringey-1"]),
        (["--model", "performance-action-team"], ["haringey-1", "swindon-1"]),
        (["--service", "social-services", "--all"], ["haringey-1", "swindon-1"]),
        (["--closed"], []),
    ],
    ids=str,
)
def test_the_portfolio_is_filtered(run: Run, home: Path, filters: list[str], ids: list[str]) -> None:
    assert [row["id"] for row in run(home, "portfolio", *filters, "--json").json] == ids


def test_show_says_how_each_date_was_reached_and_what_is_missing(run: Run, home: Path) -> None:
    shown = run(home, "show", "haringey-1", "--json").json
    assert shown["stage"] | {"since": None} == {
        "id": "scoping",
        "title": "Scoping",
        "since": None,
        "owner": "inspectorate.lead-inspector",
        "owner_title": "Lead inspector",
    }
    (owed,) = shown["obligations"]
    assert owed["late"] and owed["due_on"] == "2026-09-18" and owed["due_at"] == "2026-09-18T23:00:00.000000Z"
    assert owed["reached"] == "10 working days after 6 September 2026 (scope drafted), assumed"
    (way,) = shown["next"]
    assert way["to"] == "tender"
    assert way["missing"]["missing"] == "agreement to the scope by Social Services Inspectorate"
    assert list(way["missing"]["commands"]) == ["agree-scope"]
    plain = run(home, "show", "engagement/haringey-1").out
    assert "10 working days after 6 September 2026 (scope drafted), assumed" in plain


@pytest.mark.parametrize("name", ["Haringey", "london borough of haringey", "e09000014", "council/E09000014"])
def test_a_council_is_shown_by_name_and_code(run: Run, home: Path, name: str) -> None:
    shown = run(home, "show", name, "--json").json
    assert shown["gss"] == "E09000014"
    (rating,) = shown["ratings"]
    assert (rating["stars"], rating["opened"], rating["adults"]["serving"]) == (0, "haringey-1", "some")
    assert rating["note"] == "The judgements are made up."
    assert "opened haringey-1" in run(home, "show", name).out
    assert run(home, "timeline", name, "--json").json[0]["source"] == "A test"


def test_the_timeline_says_what_when_who_and_on_what_source(run: Run, home: Path) -> None:
    told = run(home, "timeline", "haringey-1", "--json").json
    by_type = {event["type"]: event for event in told}
    received = by_type["pip-received"]
    assert received["title"] == "Improvement plan 1 received"
    assert (received["source"], received["disputed"], received["reported_on"]) == (
        "Annexe 4",
        "The profile says May",
        "2026-10",
    )
    (later,) = received["later"]
    assert later["changes"] == {"note": "The second plan."}
    assert later["reason"] == "Mixed up."
    assert by_type["pip-judged"]["decided_by"]["person"] == "jo-b"
    decided = by_type["decision-recorded"]
    assert (decided["decided_by"]["role"], decided["recorded_by"]["role"]) == ("minister", "official")
    assert decided["values"] == {"document": "SSI/1", "reasons": "As recommended."}
    assert by_type["stage-entered"]["source"] is None, "what follows by itself is not what a source says"
    assert [event["version"] for event in told] == list(range(1, len(told) + 1))


def test_the_timeline_is_cut_to_what_is_new_or_last(run: Run, home: Path) -> None:
    told = run(home, "timeline", "haringey-1", "--json").json
    assert run(home, "timeline", "haringey-1", "--since", "5", "--json").json == told[5:]
    assert run(home, "timeline", "haringey-1", "--limit", "2", "--json").json == told[-2:]


def test_refusals_are_told_among_the_rest(run: Run, home: Path) -> None:
    rows = run(home, "timeline", "haringey-1", "--refusals").rows
    (refused,) = [row for row in rows if row[3] == "command-refused"]
    assert refused[0] == "-"
    assert refused[5].startswith("Refused: agree-scope. agree-scope is not done in the stage Special measures.")


def test_can_says_what_may_be_done_by_whom_and_what_is_missing(run: Run, home: Path) -> None:
    able = run(home, "can", "haringey-1", "--json").json
    now = {one["command"]: one for one in able["now"]}
    assert now["agree-scope"]["roles"] == ["inspectorate.lead-inspector", "inspectorate.regional-director"]
    assert (
        now["draft-scope"]["about"] == "Draft the scope, or a new version of it; earlier agreement does not carry over"
    )
    assert not {"note-rating", "assume-stage", "import-case"} & {
        name["command"] for part in able.values() if isinstance(part, list) for name in part if "command" in name
    }
    assert {"command": "award-contract", "stages": ["tender"]}.items() <= next(
        one for one in able["in_other_stages"] if one["command"] == "award-contract"
    ).items()
    assert able["to_go_on"][0]["to"] == "Tender"
    swindon = run(home, "can", "swindon-1", "--json").json
    (judge,) = [one for one in swindon["not_yet"] if one["command"] == "judge-pip"]
    assert judge["missing"].startswith("judge-pip needs a performance improvement plan received first")
    assert "one of these:" in run(home, "can", "swindon-1").out


def test_can_is_narrowed_to_a_role(run: Run, home: Path) -> None:
    able = run(home, "can", "haringey-1", "--as", "team.senior-partner", "--json").json
    assert [one["command"] for one in able["now"]] == ["add-note", "record-post-holder", "record-departure"]
    assert [row[0] for row in run(home, "can", "E09000014").rows[1:]] == list(council.MAY)


@pytest.mark.parametrize(
    "command",
    ["portfolio", "show haringey-1", "show Haringey", "timeline haringey-1 --refusals", "can swindon-1 --all"],
)
def test_on_a_terminal_tables_have_headings_and_dates_are_written_out(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.setattr(output, "terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "160")
    result = run(home, *command.split())
    assert result.code == 0
    assert "\t" not in result.out
    assert max(map(len, result.out.splitlines())) <= 160
    assert "\x1b[" not in result.out, "no colour where nobody sees it"


def test_stored_control_characters_do_not_reach_a_terminal(run: Run, tmp_path: Path) -> None:
    filled = Filled.make(tmp_path, NOON)
    filled.give(
        "council/E09000014", "publish-rating", "inspectorate.chief-inspector", service="social-services", stars=0
    )
    filled.give("engagement/haringey-1", "add-note", "council.director", text="a\x1b[2Jb\u202ec\td")
    filled.ledger.close()
    out = run(tmp_path, "timeline", "haringey-1", "--limit", "1").out
    assert "text: a\ufffd[2Jb\ufffdc d" in out


# What is wrong is said in one sentence

CHIEF = "inspectorate.chief-inspector"
WRONG: list[tuple[str, list[str], int, str]] = [
    ("an unknown command of ours", ["shw"], 2, "did you mean 'show'"),
    ("an unknown option", ["show", "haringey-1", "--jsn"], 2, "--jsn"),
    ("a missing argument", ["show"], 2, "missing argument 'ID'"),
    ("an unknown id", ["show", "harringey-1"], 3, "did you mean haringey-1"),
    ("an unknown council", ["timeline", "council/E99999999"], 3, "no council 'E99999999'"),
    ("a version that is no number", ["timeline", "haringey-1", "--since", "x"], 2, "'--since'"),
    ("an unknown stage", ["portfolio", "--stage", "scopin"], 2, "did you mean scoping"),
    ("an unknown region", ["portfolio", "--region", "Lundon"], 2, "did you mean London"),
    ("an unknown service", ["portfolio", "--service", "police"], 2, "no service 'police'"),
    ("two lists at once", ["portfolio", "--closed", "--all"], 2, "--closed and --all"),
    ("an unknown role to ask for", ["can", "haringey-1", "--as", "council.directr"], 2, "council.director"),
    ("no command", ["do", "haringey-1"], 2, "an ID and a COMMAND are wanted"),
    ("an unknown command", ["do", "haringey-1", "jugde-pip"], 2, "did you mean judge-pip"),
    ("a derived command", ["do", "haringey-1", "note-rating"], 2, "follows by itself"),
    ("a council's command to an engagement", ["do", "haringey-1", "publish-rating"], 2, "a command to the council"),
    ("an import as a command", ["do", "Haringey", "import-case"], 2, "turnaround import"),
    ("no role where several may", ["do", "haringey-1", "judge-pip", "verdict=acceptable"], 2, "--as"),
    (
        "an unknown role",
        ["do", "haringey-1", "add-note", "text=x", "--as", "council.boss"],
        2,
        "no role 'council.boss'",
    ),
    ("a role of no form", ["do", "haringey-1", "add-note", "text=x", "--as", "boss"], 2, "no role 'boss'"),
    ("an unknown recorder", ["do", "haringey-1", "agree-pid", "--recorded-by", "x.y"], 2, "no role 'x.y'"),
    ("a person by name", ["do", "haringey-1", "agree-pid", "--by", "Jo Brown"], 2, "is not a person's id"),
    ("an unknown field", ["do", "haringey-1", "agree-pid", "plan=1"], 2, "agree-pid has no fields"),
    ("a misspelt field", ["do", "haringey-1", "draft-scope", "concrns=x"], 2, "did you mean concerns"),
    ("a missing field", ["do", "haringey-1", "record-decision", "outcome=engage"], 2, "needs 'reasons'"),
    ("no name=value", ["do", "haringey-1", "draft-scope", "concerns"], 2, "not of the form name=value"),
    ("a field twice", ["do", "haringey-1", "draft-scope", "actions=a", "actions=b"], 2, "given twice"),
    ("a word not in the list", ["do", "haringey-1", "draft-scope", "concerns=practice.qualty"], 2, "practice.quality"),
    (
        "no whole number",
        ["do", "haringey-1", "schedule-board", "board=one", "date=2027"],
        2,
        "a whole number, 1 or more",
    ),
    ("a number too small", ["do", "haringey-1", "schedule-board", "board=0", "date=2027"], 2, "1 or more"),
    ("no date", ["do", "haringey-1", "schedule-board", "board=1", "date=tomorrow"], 2, "a day (2002-05-29)"),
    (
        "a date that is not there",
        ["do", "haringey-1", "sign-off-exit", "--on", "2002-02-30"],
        2,
        "no date '2002-02-30'",
    ),
    ("NaN", ["do", "haringey-1", "record-days", "days=NaN"], 2, "in quarters"),
    ("infinity", ["do", "haringey-1", "record-days", "days=Infinity"], 2, "in quarters"),
    ("no quarter", ["do", "haringey-1", "record-days", "days=1.1"], 2, "in quarters"),
    ("a number that is too long", ["do", "haringey-1", "record-days", "days=" + "9" * 5000], 2, "in quarters"),
    ("no truth", ["do", "haringey-1", "sign-off-exit", "inspection=maybe"], 2, "true or false"),
    ("no JSON", ["do", "haringey-1", "submit-pid", "workstreams=[{", "--as", "team.lead-consultant"], 2, "JSON"),
    (
        "NaN in JSON",
        ["do", "haringey-1", "correct-event", 'changes={"a": NaN}', "--as", "department.programme-office"],
        2,
        "holds NaN",
    ),
    (
        "deep JSON",
        ["do", "haringey-1", "correct-event", "changes=" + "[" * 9000, "--as", "department.programme-office"],
        2,
        "JSON",
    ),
    (
        "deep but well-formed JSON",
        [
            "do",
            "haringey-1",
            "correct-event",
            "version=1",
            "reason=x",
            'changes={"a":' + "[" * 99 + "]" * 99 + "}",
            "--as",
            "department.programme-office",
        ],
        2,
        "nested deeper than",
    ),
    (
        "a key twice in JSON",
        ["do", "haringey-1", "correct-event", 'changes={"a": 1, "a": 2}', "--as", "department.programme-office"],
        2,
        "twice",
    ),
    (
        "a part that is not there",
        ["do", "haringey-1", "submit-pid", 'workstreams=[{"id": "a", "x": 1}]', "--as", "team.lead-consultant"],
        2,
        "'workstreams 1 x' is not a field",
    ),
    (
        "an item of a list that is none, counted from 1",
        ["do", "haringey-1", "set-target", "by=2002-10", "text=x", "expects=improvement,luck", "--as", CHIEF],
        2,
        "'expects 2' can't be 'luck'",
    ),
    (
        "a text too long in a list",
        [
            "do",
            "haringey-1",
            "submit-pid",
            'workstreams=[{"id": "a"}, {"id": "a\\tb"}]',
            "--as",
            "team.lead-consultant",
        ],
        2,
        "'workstreams 2 id' holds a tab",
    ),
    (
        "a round of another form",
        ["do", "Haringey", "publish-rating", "service=social-services", "stars=1", "round=x", "--as", CHIEF],
        2,
        "a service and a day, such as social-services-2002-05-29",
    ),
    (
        "a role of another form",
        ["do", "haringey-1", "appoint-member", "role=x", "--as", "council.director"],
        2,
        "a role, such as council.director",
    ),
    (
        "a number beyond 2^53",
        [
            "do",
            "haringey-1",
            "correct-event",
            'changes={"a": 99999999999999999999}',
            "version=1",
            "reason=x",
            "--as",
            "department.programme-office",
        ],
        2,
        "large numbers as text",
    ),
    (
        "bytes that are not UTF-8",
        ["do", "haringey-1", "add-note", "text=a\udcff", "--as", "council.director"],
        2,
        "UTF-8",
    ),
    ("a control character", ["do", "haringey-1", "add-note", "text=a\x1bb", "--as", "council.director"], 2, "control"),
    ("a NUL", ["do", "haringey-1", "add-note", "text=a\0b", "--as", "council.director"], 2, "control"),
    (
        "a line break where none may be",
        ["do", "haringey-1", "record-days", "days=1", "workstream=a\nb"],
        2,
        "line break",
    ),
    (
        "too long a text",
        ["do", "haringey-1", "add-note", "text=" + "x" * 100_001, "--as", "council.director"],
        2,
        "100,000",
    ),
    (
        "no file of fields",
        ["do", "haringey-1", "draft-scope", "--file", "/nowhere/x.yaml"],
        3,
        "no file /nowhere/x.yaml",
    ),
    ("an id with a slash", ["do", "haringey-1", "agree-pid", "--id", "a/b"], 2, "can't be a command's id"),
    ("an unknown command's fields", ["do", "judge-pi", "--fields"], 2, "did you mean judge-pip"),
    ("no round", ["rating", "check", "/nowhere/x.csv"], 3, "no file /nowhere/x.csv"),
    ("a round's day that is none", ["rating", "check", str(ROUND), "--on", "May"], 2, "is not a day"),
    ("a round's hour that is none", ["rating", "publish", str(ROUND), "--at", "noon"], 2, "is not a time"),
    ("a round's hour that has passed", ["rating", "publish", str(ROUND), "--at", "2002-05-29T09:30"], 2, "has passed"),
    ("a round of the future", ["rating", "publish", str(ROUND), "--on", "2199-01-01"], 2, "is in the future"),
    ("a service that is none", ["rating", "check", str(ROUND), "--service", "police"], 2, "no service 'police'"),
    ("a withdrawal of nothing", ["rating", "withdraw", str(ROUND), "--reason", "x", "--yes"], 3, "was published"),
    ("a withdrawal without a reason", ["rating", "withdraw", str(ROUND), "--reason", " "], 2, "--reason is empty"),
    ("no yes and nobody to ask", ["rating", "publish", str(ROUND), "--on", "2002-05-29"], 2, "--yes"),
    ("no case", ["import", "/nowhere/x.yaml"], 3, "no file /nowhere/x.yaml"),
    ("an id to verify that is none", ["verify", "nothing-9"], 3, "no engagement"),
    ("a rebuild nobody agreed to", ["rebuild"], 2, "--yes"),
]


@pytest.mark.parametrize(("arguments", "code", "says"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_bad_input_is_refused_in_a_sentence_and_nothing_is_stored(
    run: Run, home: Path, arguments: list[str], code: int, says: str
) -> None:
    before = event_count(home)
    result = run(home, *arguments)
    assert result.code == code, result.err
    lines = [line for line in result.err.splitlines() if line.startswith(("error: ", "hint: "))]
    assert lines and lines[0].startswith("error: ") and len(lines) <= 2
    assert says in " ".join(lines), lines
    assert result.out == ""
    assert event_count(home) == before


def test_a_dry_run_says_what_would_follow_and_stores_nothing(run: Run, home: Path) -> None:
    before = event_count(home)
    told = run(home, "do", "haringey-1", "agree-scope", "--as", "inspectorate.lead-inspector", "--dry-run", "--json")
    assert told.code == 0
    titles = [event["title"] for event in told.json["events"]]
    assert titles[:3] == ["Version 1 of the scope agreed", "Done late: Agree the scope", "Stage entered: Tender"]
    assert told.json["told"] == ["inspectorate.lead-inspector", "council.director"]
    refused = run(home, "do", "haringey-1", "agree-scope", "--as", "council.director", "--dry-run")
    assert refused.code == 1
    assert "it would be refused. The council agreed to version 1 already." in refused.err
    assert (
        run(home, "do", "swindon-1", "add-note", "text=x", "--as", "council.member", "--expect", "1", "--dry-run").code
        == 1
    )
    opens = run(
        home,
        "do",
        "Coventry",
        "publish-rating",
        "service=social-services",
        "stars=0",
        "--dry-run",
        "--as",
        "inspectorate.chief-inspector",
        "--json",
    )
    assert opens.json["events"][2]["stream"] == "engagement/coventry-1"
    assert "council.chief-executive" in opens.json["told"]
    assert event_count(home) == before


def test_a_rating_that_an_engagement_under_way_is_told_says_which(run: Run, home: Path) -> None:
    rate = ["publish-rating", "service=social-services", "stars=0", "--as", CHIEF, "--dry-run"]
    told = run(home, "do", "Swindon", *rate)
    assert "swindon-1 would be told." in told.out
    assert run(home, "do", "Swindon", *rate, "--json").json["woken"] == ["swindon-1"]
    opened = run(home, "do", "Coventry", *rate)
    assert "would be told.\n" not in opened.out
    assert run(home, "do", "Coventry", *rate, "--json").json["woken"] == []


def test_fields_and_commands_are_listed(run: Run, tmp_path: Path) -> None:
    fields = {field["field"]: field for field in run(tmp_path, "do", "judge-pip", "--fields", "--json").json["fields"]}
    assert fields["verdict"] == {
        "field": "verdict",
        "kind": "acceptable or not-acceptable",
        "required": True,
        "sealed": False,
    }
    assert fields["reason"]["sealed"] and not fields["reason"]["required"]
    listed = {row[1] for row in run(tmp_path, "do", "--commands").rows}
    assert {"judge-pip", "publish-rating"} <= listed and "note-rating" not in listed
    for name in listed:
        assert run(tmp_path, "do", name, "--fields").code == 0


def test_fields_come_from_a_file_too(run: Run, home: Path, tmp_path: Path) -> None:
    good = tmp_path / "scope.yaml"
    area = "{concern: practice.quality, action: Supervise., priority: 1, outcome: Safe children.}"
    good.write_text(f"failure_location: council\nareas:\n  - {area}\nactions: Look at it.\n", encoding="utf-8")
    assert run(home, "do", "haringey-1", "draft-scope", "--file", str(good), "--dry-run").code == 0
    for text, says in (
        ("concerns: [", "line"),
        ("- a\n", "holds no fields"),
        ("concrns: x\n", "did you mean concerns"),
        ("actions: [1]\n", "it is text"),
    ):
        good.write_text(text, encoding="utf-8")
        result = run(home, "do", "haringey-1", "draft-scope", "--file", str(good), "--dry-run")
        assert (result.code, says in result.err) == (2, True), result.err
    good.write_bytes(b"actions: \xff\n")
    assert "line 1: this is not UTF-8" in run(home, "do", "haringey-1", "draft-scope", "--file", str(good)).err


# What can't be reached


def test_without_a_ledger_it_is_said_what_to_start(run: Run, tmp_path: Path) -> None:
    result = run(tmp_path / "none", "portfolio")
    assert (result.code, "turnaround up" in result.err) == (4, True)
    assert not (tmp_path / "none").exists()


def test_without_a_server_nothing_is_stored(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = event_count(home)
    note = ["do", "haringey-1", "add-note", "text=x", "--as", "council.director"]
    assert run(home, *note).code == 4
    monkeypatch.setenv("TURNAROUND_TEMPORAL_ADDRESS", "127.0.0.1:1")
    result = run(home, *note)
    assert (result.code, "127.0.0.1:1 does not answer" in result.err) == (4, True)
    monkeypatch.delenv("TURNAROUND_TEMPORAL_ADDRESS")
    monkeypatch.setenv("TURNAROUND_TEMPORAL_PROFILE", "nobody")
    assert "no profile 'nobody'" in run(home, *note).err
    assert event_count(home) == before


@pytest.mark.parametrize(
    ("name", "value", "code", "says"),
    [
        ("TURNAROUND_SYNCHRONOUS", "maybe", 2, "TURNAROUND_SYNCHRONOUS"),
        ("TURNAROUND_DATABASE_URL", "mysql://x/y", 2, "postgresql://HOST/NAME"),
        ("TURNAROUND_DATABASE_URL", "nonsense", 2, "TURNAROUND_DATABASE_URL"),
        ("TURNAROUND_DATABASE_URL", "postgresql://127.0.0.1:1/x", 4, "can't be reached"),
    ],
)
def test_settings_that_can_not_be_used_are_named(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: int, says: str
) -> None:
    monkeypatch.setenv(name, value)
    result = run(home, "portfolio")
    assert (result.code, says in result.err) == (code, True), result.err


def test_a_settings_file_that_is_no_toml_is_named(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.toml"
    monkeypatch.setenv("TURNAROUND_CONFIG", str(file))
    file.write_text("log_level = [", encoding="utf-8")
    assert "not well-formed TOML" in run(home, "portfolio").err
    file.write_text("colour = 'red'\n", encoding="utf-8")
    result = run(home, "portfolio")
    assert (result.code, "'colour' that does not exist" in result.err) == (2, True)


# Nobody foresaw it


def test_what_nobody_foresaw_is_logged_without_values_and_told_without_a_traceback(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret name")

    monkeypatch.setattr("faces.reading.engagement_data", fail)
    result = run(home, "show", "haringey-1")
    assert result.code == 1
    log = home / "logs" / "command-line.log"
    assert str(log) in result.err and "secret" not in result.err
    line = json.loads(log.read_text(encoding="utf-8").splitlines()[-1])
    assert (line["failure"], line["command"]) == ("RuntimeError", "show")
    assert any("reading.py" in place for place in line["at"])
    assert "secret" not in log.read_text(encoding="utf-8")


# Logs


@pytest.fixture
def quiet_logging() -> Iterator[None]:
    root, level = logging.getLogger(), logging.getLogger().level
    before = root.handlers[:]
    yield
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.usefixtures("quiet_logging")
def test_logs_are_json_with_ids_and_without_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(Settings(home=tmp_path))
    structlog.stdlib.get_logger("test").bind(engagement="haringey-1").info("advanced", stage="tender")
    try:
        raise ValueError("a secret name")
    except ValueError:
        logging.getLogger("temporalio.x").exception(
            "failed ({'activity_id': '1'})",
            extra={"temporal_activity": {"activity_type": "transact", "input": "secret"}},
        )
    logging.getLogger("temporalio.x").debug("not said")
    one, two = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (one["event"], one["engagement"], one["stage"], one["level"]) == ("advanced", "haringey-1", "tender", "info")
    assert (two["event"], two["activity_type"], two["failure"]) == ("failed", "transact", "ValueError")
    assert "secret" not in json.dumps(two)


# Verifying


def test_verify_says_what_is_proved(run: Run, home: Path) -> None:
    whole = run(home, "verify", "--json").json
    assert whole["ok"] and re.fullmatch("[0-9a-f]{64}", whole["root"])
    assert whole["events"] > event_count(home)[0] > 0
    assert "agrees with itself" in run(home, "verify").out
    assert "events of engagement/haringey-1" in run(home, "verify", "haringey-1").out


def test_a_changed_ledger_exits_with_5_and_the_position(run: Run, tmp_path: Path) -> None:
    filled = Filled.make(tmp_path, NOON)
    filled.give(
        "council/E09000014", "publish-rating", "inspectorate.chief-inspector", service="social-services", stars=0
    )
    filled.ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        (changed,) = connection.execute("SELECT position FROM event WHERE type = 'engagement-opened'").fetchone()
        connection.execute(
            "UPDATE event SET leaf = CAST(replace(leaf, 'social-services', 'social-servicee') AS BLOB)"
            f" WHERE position = {changed}"
        )
        connection.commit()
    for command in (["verify"], ["verify", "--json"], ["timeline", "haringey-1"]):
        result = run(tmp_path, *command)
        assert (result.code, f"position {changed} does not verify" in result.err) == (5, True), result


def test_read_models_are_rebuilt(run: Run, home: Path) -> None:
    before = run(home, "portfolio", "--json").json
    assert run(home, "rebuild", "--read-models", "--json").json["rebuilt"] == "read models"
    assert run(home, "portfolio", "--json").json == before


# The doctor


def test_the_doctor_names_each_problem_and_how_to_mend_it(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {one["what"]: one for one in run(home, "doctor", "--json").json}
    assert found["Temporal server"]["ok"] is False and "turnaround up" in found["Temporal server"]["mend"]
    assert found["database"]["ok"] and found["keys"]["ok"]
    assert run(home, "doctor").code == 4
    monkeypatch.setenv("TURNAROUND_HOMES", "x")
    key = home / "keys" / "command-line.key"
    key.chmod(0o644)
    try:
        result = run(home, "doctor")
    finally:
        key.chmod(stat.S_IRUSR | stat.S_IWUSR)
    assert result.code == 1
    assert "did you mean TURNAROUND_HOME" in result.out and "chmod 600" in result.out
    monkeypatch.setenv("TURNAROUND_LOG_LEVEL", "loud")
    assert run(home, "doctor").code == 1


# Rounds


def write_round(path: Path, *rows: str, header: str = ",".join(rounds.HEADER)) -> Path:
    """A round's file."""
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


NO_SOCIAL_SERVICES = "non-metropolitan district"


def test_the_shipped_round_has_every_council_of_that_day_and_no_invented_star() -> None:
    day = When.parse("2002-05-29")
    with ROUND.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    there = {facts.gss for facts in read_register().values() if facts.existed(day) and facts.kind != NO_SOCIAL_SERVICES}
    assert len(rows) == 150 and {row["council"] for row in rows} == there
    known = {row["council"] for row in rows if row["stars"]}
    assert known == {"E09000014", "E08000025", "E08000026", "E06000030", "E06000012"}
    assert all("[PAT]" in row["note"] for row in rows)


def test_check_says_row_by_row_what_would_open_and_who_would_be_told(run: Run, home: Path) -> None:
    before = event_count(home)
    checked = run(home, "rating", "check", str(ROUND), "--on", "2002-05-29", "--json")
    assert checked.code == 0
    assert checked.json["round"] == "social-services-2002-05-29"
    by_council = {row["council"]: row for row in checked.json["rows"]}
    assert by_council["E08000026"]["opens"] == "coventry-1"
    assert by_council["E08000026"]["told"][:2] == ["council.chief-executive", "council.director"]
    assert by_council["E09000014"]["opens"] is None, "it has one open already, by a later rating"
    assert len(checked.json["left_out"]) == 145
    assert (
        "opens coventry-1 (performance-action-team@3)"
        in run(home, "rating", "check", str(ROUND), "--on", "2002-05-29").out
    )
    assert event_count(home) == before


BAD_ROWS = [
    ("Atlantis,social-services,0,,,,,", "council", "there is no such council"),
    ("Harringey,social-services,0,,,,,", "council", "did you mean Haringey"),
    (",social-services,0,,,,,", "council", "E09000014 is wanted"),
    ("E06000066,social-services,0,,,,,", "council", "did not exist on 29 May 2002"),
    ("coventry city council,social-services,0,,,,,", "council", "it stands on line 2 already"),
    ("Swindon,social-services,4,,,,,", "stars", "it is 0, 1, 2 or 3"),
    ("Swindon,social-services,nil,,,,,", "stars", "it is 0, 1, 2 or 3"),
    ("Swindon,education,0,,,,,", "service", "this round is of social-services"),
    ("Swindon,police,0,,,,,", "service", "it is social-services, education"),
    ("Swindon,social-services,0,bad,poor,,,", "adults_serving", "it is no, some, most or yes"),
    ("Swindon,social-services,0,no,great,,,", "adults_capacity", "it is poor, uncertain"),
    ("Swindon,social-services,0,,,no,,", "children_capacity", "both judgements"),
    ("Swindon,social-services,0", "row", "the row has 3 columns"),
    ("Swindon,social-services,0,,,,,a,b", "row", "the row has 9 columns"),
    ("Swindon,social-services,0,,,,,a\x07b", "note", "control characters"),
]


@pytest.mark.parametrize(("row", "column", "says"), BAD_ROWS, ids=[says for _, _, says in BAD_ROWS])
def test_a_bad_row_is_reported_by_line_and_column_and_the_good_ones_are_read(
    run: Run, home: Path, tmp_path: Path, row: str, column: str, says: str
) -> None:
    file = write_round(tmp_path / "round.csv", "Coventry,social-services,0,,,,,", row)
    checked = run(home, "rating", "check", str(file), "--on", "2002-05-29", "--json")
    assert checked.code == 1
    assert [good["council"] for good in checked.json["rows"]] == ["E08000026"]
    (wrong,) = checked.json["wrong"]
    assert (wrong["line"], wrong["column"]) == (3, column)
    assert says in wrong["right"]
    assert f"wrong: line 3, {column}: " in run(home, "rating", "check", str(file), "--on", "2002-05-29").err


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"council,service\n", "the header has no column 'stars'"),
        (b"council;service;stars\n", "parted by ';'"),
        (",".join((*rounds.HEADER, "more")).encode() + b"\nx\n", "'more' that does not belong"),
        (",".join(reversed(rounds.HEADER)).encode() + b"\nx\n", "not in order"),
        (",".join(rounds.HEADER).encode() + b"\n", "no row"),
        (",".join(rounds.HEADER).encode() + b"\nSwindon,x,0,,,,,\n", "no row names a service"),
        (",".join(rounds.HEADER).encode() + b'\nSwindon,social-services,0,,,,,"a\n', "not well-formed CSV"),
        (",".join(rounds.HEADER).encode() + b"\nSwindon\0,social-services,0,,,,,\n", "line 2: the file holds a NUL"),
        (",".join(rounds.HEADER).encode() + b"\nSwindon,social-services,0,,,,,\xe9\n", "line 2: this is not UTF-8"),
        (b"x" * (5 * 1024 * 1024 + 1), "too large"),
    ],
    ids=[
        "empty",
        "blank",
        "a column missing",
        "semicolons",
        "a column too many",
        "order",
        "no rows",
        "no service",
        "quotes",
        "NUL",
        "not UTF-8",
        "too large",
    ],
)
def test_a_file_that_is_no_round_is_refused_whole(run: Run, home: Path, tmp_path: Path, data: bytes, says: str) -> None:
    file = tmp_path / "round.csv"
    file.write_bytes(data)
    before = event_count(home)
    result = run(home, "rating", "publish", str(file), "--on", "2002-05-29", "--yes")
    assert result.code in (1, 2)
    assert says in result.err and "round.csv" in result.err
    assert event_count(home) == before


def test_a_byte_order_mark_and_a_no_with_stars_are_taken(run: Run, home: Path, tmp_path: Path) -> None:
    file = write_round(tmp_path / "round.csv", "Coventry,social-services,1,no,poor,,,")
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    checked = run(home, "rating", "check", str(file), "--on", "2002-05-29")
    assert checked.code == 0
    assert "warning: line 2, Coventry: adults are served 'no'" in checked.err
    zero = write_round(tmp_path / "zero.csv", "Coventry,social-services,0,some,poor,some,uncertain,")
    assert "served" not in run(home, "rating", "check", str(zero), "--on", "2002-05-29").err


# With an engine


def test_with_an_engine_the_doctor_finds_all_in_order(run: Run, engine_home: Engine) -> None:
    result = run(engine_home.home, "doctor")
    assert (result.code, result.err) == (0, "All is in order.\n"), result.out
    found = {row[1] for row in result.rows}
    assert {"namespace", "search attributes", "worker, workflows", "worker, activities", "database", "keys"} <= found


def give(run: Run, engine_home: Engine, *arguments: str) -> Result:
    """One command of the command line."""
    return run(engine_home.home, "do", *arguments)


def test_a_command_is_done_and_what_followed_is_told(run: Run, engine_home: Engine) -> None:
    opened = give(
        run,
        engine_home,
        "Haringey",
        "publish-rating",
        "service=social-services",
        "stars=0",
        "--as",
        "inspectorate.chief-inspector",
        'adults={"serving": "some", "capacity": "poor"}',
    )
    assert opened.code == 0, opened.err
    assert "Engagement haringey-1 opened in social services" in opened.out
    assert "Told: Chief executive, Director of social services" in opened.out
    refresh = ["Haringey", "publish-rating", "service=social-services", "stars=0", "refresh=true", "--as", CHIEF]
    assert give(run, engine_home, *refresh, "--id", "again", "--json").json["woken"] == ["haringey-1"]
    assert "\nharingey-1 is told.\n" in give(run, engine_home, *refresh, "--id", "again").out
    receive = [
        "haringey-1",
        "receive-pip",
        "note=A plan, line one\nline two",
        "--as",
        "council.director",
        "--id",
        "mine-1",
    ]
    first = give(run, engine_home, *receive, "--json")
    assert first.code == 0 and first.json["accepted"] and not first.json["repeated"]
    assert first.json["events"][0]["title"] == "Improvement plan 1 received"
    again = give(run, engine_home, *receive, "--json")
    assert again.json == first.json | {"repeated": True}
    other = give(run, engine_home, *receive[:2], "note=Another", *receive[3:])
    assert (other.code, "used before for other content" in other.err) == (1, True)
    values = run(engine_home.home, "timeline", "haringey-1", "--json").json
    assert [e["values"] for e in values if e["type"] == "pip-received"] == [{"note": "A plan, line one\nline two"}]


def test_a_refusal_says_who_may_and_is_kept(run: Run, engine_home: Engine) -> None:
    give(
        run,
        engine_home,
        "Coventry",
        "publish-rating",
        "service=social-services",
        "stars=0",
        "--as",
        "inspectorate.chief-inspector",
    )
    role = give(run, engine_home, "coventry-1", "receive-pip", "--as", "team.senior-partner")
    assert role.code == 1
    assert role.err.startswith("error: Senior partner (team.senior-partner) may not give the command receive-pip.")
    assert "hint: it is for" in role.err and "council.director" in role.err
    stage = give(run, engine_home, "coventry-1", "award-contract", "team=KPMG", "--as", "department.official", "--json")
    assert stage.code == 1
    assert (stage.json["rule"], stage.json["accepted"]) == ("stage", False)
    assert stage.json["hint"] == "it is done in Tender"
    stale = give(run, engine_home, "coventry-1", "receive-pip", "--as", "council.director", "--expect", "1")
    assert (stale.code, "It is at version" in stale.err) == (1, True)
    future = give(run, engine_home, "coventry-1", "receive-pip", "--as", "council.director", "--on", "2199")
    assert (future.code, "is in the future" in future.err) == (1, True)
    rules = [
        e["body"]["rule"]
        for e in run(engine_home.home, "timeline", "coventry-1", "--refusals", "--json").json
        if e["type"] == "command-refused"
    ]
    assert rules == ["role", "stage", "stale-version", "in-the-future"]


def test_a_role_that_does_not_sign_in_is_recorded_by_the_first_that_may(run: Run, engine_home: Engine) -> None:
    give(
        run,
        engine_home,
        "Birmingham",
        "publish-rating",
        "service=social-services",
        "stars=0",
        "--as",
        "inspectorate.chief-inspector",
    )
    decided = give(
        run,
        engine_home,
        "birmingham-1",
        "record-decision",
        "outcome=monitor-only",
        "reasons=x",
        "document=SSI/2",
        "--json",
    )
    assert decided.code == 0
    (event,) = [
        e for e in run(engine_home.home, "timeline", "birmingham-1", "--json").json if e["type"] == "decision-recorded"
    ]
    assert (event["decided_by"]["role"], event["recorded_by"]["role"]) == ("minister", "official")


def test_a_correction_is_tried_and_done_with_its_values_sealed(run: Run, engine_home: Engine) -> None:
    publish = ["X0000011", "publish-rating", "service=social-services", "--as", "inspectorate.chief-inspector"]
    assert give(run, engine_home, *publish, "stars=0").code == 0
    target = "council-x0000011-1"
    received = give(run, engine_home, target, "receive-pip", "note=Wrong.", "--as", "council.director", "--json").json
    version = received["events"][0]["version"]
    correct = [target, "correct-event", f"version={version}", "reason=A slip.", "--as", "department.programme-office"]
    changes = 'changes={"note": "A secret name."}'
    assert give(run, engine_home, *correct, changes, "--dry-run").code == 0
    assert give(run, engine_home, *correct, 'changes={"nte": "A secret name."}').code == 2
    assert give(run, engine_home, *correct, changes).code == 0
    told = run(engine_home.home, "timeline", target, "--json").json
    (later, *_) = next(event for event in told if event["version"] == version)["later"]
    assert later["changes"] == {"note": "A secret name."} and later["words"].endswith(
        "note is A secret name. (A slip.)"
    )
    with closing(sqlite3.connect(engine_home.home / "ledger.db")) as connection:
        leaves = connection.execute("SELECT count(*) FROM event WHERE instr(leaf, 'A secret name') > 0").fetchone()
        records = connection.execute("SELECT count(*) FROM command WHERE instr(record, 'A secret name') > 0").fetchone()
    assert (leaves, records) == ((0,), (0,))


def test_a_dispute_is_tried_and_done_with_its_values_sealed(run: Run, engine_home: Engine) -> None:
    publish = ["X0000012", "publish-rating", "service=social-services", "--as", "inspectorate.chief-inspector"]
    assert give(run, engine_home, *publish, "stars=0", "note=Printed.").code == 0
    target = "council-x0000012-1"
    assert give(run, engine_home, target, "receive-pip", "note=One.", "--as", "council.director").code == 0
    for id, event in ((target, "pip-received"), ("X0000012", "rating-published")):
        dispute = [
            id,
            "dispute-fact",
            f"event={event}",
            "source=A hidden letter",
            "--as",
            "department.programme-office",
        ]
        changes = 'changes={"note": "A hidden name."}'
        assert give(run, engine_home, *dispute, changes, "--dry-run").code == 0
        unknown = give(run, engine_home, *dispute, 'changes={"nte": "A hidden name."}')
        assert unknown.code == 2 and f"the event {event} has no field 'nte'" in unknown.err
        done = give(run, engine_home, *dispute, changes, "--json")
        assert done.code == 0, done.err
        assert "A hidden" not in done.json["events"][0]["title"]
        choose = [id, "choose-fact", "dispute=1", "use=other", "reason=Heard.", "--as", "department.programme-office"]
        assert give(run, engine_home, *choose).code == 0
        assert give(run, engine_home, *choose).code == 1
    with closing(sqlite3.connect(engine_home.home / "ledger.db")) as connection:
        leaves = connection.execute("SELECT count(*) FROM event WHERE instr(leaf, 'A hidden') > 0").fetchone()
        records = connection.execute("SELECT count(*) FROM command WHERE instr(record, 'A hidden') > 0").fetchone()
    assert (leaves, records) == ((0,), (0,))


def test_when_no_worker_answers_it_is_said_how_to_ask_again(
    run: Run, engine_home: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(giving, "PATIENCE", 1.0)
    monkeypatch.setenv("TURNAROUND_TASK_QUEUE", "nobody")
    asked = give(
        run, engine_home, "X0000009", "record-assessment", "kind=inspection", "--as", "inspectorate.chief-inspector"
    )
    assert asked.code == 4
    (again,) = re.findall(r"--id (cli-[0-9a-f]{32})", asked.err)
    assert "not known yet" in asked.err and "--on " in asked.err and "turnaround do X0000009" in asked.err
    doctor = run(engine_home.home, "doctor")
    assert (doctor.code, "none asks the task queue nobody" in doctor.out) == (4, True)
    waits = give(
        run,
        engine_home,
        "X0000009",
        "record-assessment",
        "kind=inspection",
        "--as",
        "inspectorate.chief-inspector",
        "--id",
        again,
    )
    assert waits.code == 4


def test_workflows_are_started_again_from_the_ledger(run: Run, engine_home: Engine) -> None:
    give(
        run,
        engine_home,
        "Rochdale",
        "publish-rating",
        "service=social-services",
        "stars=0",
        "--as",
        "inspectorate.chief-inspector",
    )
    before = run(engine_home.home, "show", "rochdale-1", "--json").json["version"]
    rebuilt = run(engine_home.home, "rebuild", "--yes", "--json")
    assert rebuilt.code == 0 and rebuilt.json["count"] > 0
    after = give(run, engine_home, "rochdale-1", "add-note", "text=x", "--as", "council.director")
    assert after.code == 0, after.err
    assert run(engine_home.home, "show", "rochdale-1", "--json").json["version"] == before + 1
    assert run(engine_home.home, "verify").code == 0


def test_a_round_of_150_councils_is_published_once_and_withdrawn(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    home, day = engine_home.home, When.parse("2002-05-29")
    with_them = [facts for facts in read_register().values() if facts.kind != "non-metropolitan district"]
    councils = [facts.gss for facts in with_them if facts.existed(day)]
    zero = ["E08000010", "E10000030", "E06000045"]
    stars = {gss: 0 if gss in zero else 1 + number % 3 for number, gss in enumerate(councils)}
    rows = [f"{gss},social-services,{count},,,,,made up" for gss, count in stars.items()]
    file = write_round(tmp_path / "round.csv", *rows, "Atlantis,social-services,0,,,,,")
    publish = ["rating", "publish", str(file), "--on", "2002-05-29", "--yes"]

    told = run(home, *publish, "--json")
    assert told.code == 1, "one row is wrong"
    assert [wrong["value"] for wrong in told.json["wrong"]] == ["Atlantis"]
    assert len(told.json["rows"]) == 150 and all(row["accepted"] for row in told.json["rows"])
    assert {row["council"] for row in told.json["rows"] if row["opened"]} == set(zero)

    again = run(home, *publish)
    assert "150 had been done before, and nothing was done twice" in again.out
    opened = [row["id"] for row in run(home, "portfolio", "--json").json if row["council"] in zero]
    assert sorted(opened) == ["southampton-1", "surrey-1", "wigan-1"]

    changed = write_round(tmp_path / "changed.csv", f"{zero[1]},social-services,3,,,,,")
    result = run(home, "rating", "publish", str(changed), "--on", "2002-05-29", "--yes")
    assert (result.code, "line 2, row" in result.err) == (1, True)

    few = write_round(tmp_path / "few.csv", *(f"{gss},social-services,0,,,,,made up" for gss in zero[:2]))
    withdraw = ["rating", "withdraw", str(few), "--on", "2002-05-29", "--reason", "A mistake.", "--yes"]
    gone = run(home, *withdraw, "--json")
    assert gone.code == 0, gone.err
    assert [row["what"] for row in gone.json["rows"]] == [
        "withdrawn; wigan-1 closed",
        "withdrawn; surrey-1 closed",
    ]
    assert "2 had been done before" in run(home, *withdraw).out
    (row, _) = run(home, "rating", "publish", str(few), "--on", "2002-05-29", "--yes", "--json").json["rows"]
    assert row["withdrawn"] and "another day" in row["what"]


def test_a_round_can_wait_for_its_hour(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    file = write_round(tmp_path / "round.csv", "X0000005,education,2,,,,,")
    hour = (datetime.now(UTC) + timedelta(days=3)).replace(hour=9, minute=30, second=0, microsecond=0)
    publish = ["rating", "publish", str(file), "--at", hour.isoformat(), "--yes"]
    waiting = run(engine_home.home, *publish, "--json")
    assert waiting.code == 0, waiting.err
    assert waiting.json["rows"] == 1 and waiting.json["waiting_until"].startswith(hour.date().isoformat())
    again = run(engine_home.home, *publish)
    assert (again.code, "waits already" in again.err) == (1, True)
    assert "No rating has been recorded." in run(engine_home.home, "show", "X0000005").out


CASE = """\
council: X0000001
title: A made-up case
model: performance-action-team
source: A test
steps:
  - {on: 2002-05-29, do: publish-rating, as: inspectorate.chief-inspector, with: {service: social-services, stars: 0}}
  - {on: 2002-07, do: receive-pip, as: council.director, with: {note: A plan}, disputed: "Another says June"}
  - {assume: {to: tender}, because: Nobody says.}
"""


def test_a_case_is_taken_over_once_as_history(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    home, file = engine_home.home, tmp_path / "case.yaml"
    file.write_text(CASE, encoding="utf-8")
    assert run(home, "import", str(file)).code == 2, "there is nobody to ask"
    taken = run(home, "import", str(file), "--yes", "--json")
    assert taken.code == 0, taken.err
    (row,) = taken.json["engagements"]
    assert (row["id"], row["stage"], row["status"], row["assumed"]) == ("council-x0000001-1", "tender", "history", True)
    before = event_count(home)
    again = run(home, "import", str(file), "--yes", "--json")
    assert again.json == taken.json | {"repeated": True}
    assert event_count(home) == before
    told = run(home, "timeline", "council-x0000001-1", "--json").json
    (received,) = [event for event in told if event["type"] == "pip-received"]
    assert (received["source"], received["disputed"], received["via"]) == ("A test", "Another says June", "import")
    assert [event["assumed"] for event in told if event["type"] == "stage-entered"] == [False, True]


def test_a_live_case_goes_on(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(CASE.replace("X0000001", "X0000002"), encoding="utf-8")
    taken = run(engine_home.home, "import", str(file), "--live", "--yes")
    assert taken.code == 0, taken.err
    assert "council-x0000002-1: in Tender" in taken.out
    assert run(engine_home.home, "show", "council-x0000002-1", "--json").json["live"]


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("stars: 0", "stars: 9", 1, "line 6"),
        ("receive-pip", "recieve-pip", 1, "line 7"),
        ("council.director", "council.boss", 1, "line 7"),
        ("2002-07,", "2002-13,", 1, "line 7"),
        ("model: performance", "model: performence", 1, "line 3"),
        ("council: X0000001", "council: Bolton", 1, "line 1"),
        ("steps:", "steps: [", 1, "well-formed"),
        ("steps:", "a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]\nsteps:", 1, "line 6: not well-formed YAML: references"),
        ("steps:", "a: " + "[" * 5000, 1, "nested too deeply"),
        ("on: 2002-07,", "on: 2001-07,", 1, "Line 7 (step 2)"),
        ("stars: 0", "stars: 2", 1, "Line 7 (step 2)"),
        ("X0000001", "E08009999", 3, "no council E08009999"),
        ("2002-05-29,", "2199-05-29,", 1, "Line 6 (step 1)"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_case_with_something_wrong_is_refused_by_its_line_and_leaves_no_event(
    run: Run, engine_home: Engine, tmp_path: Path, old: str, new: str, code: int, says: str
) -> None:
    home, file = engine_home.home, tmp_path / "case.yaml"
    file.write_text(
        CASE.replace("X0000001", "X0000003").replace(old.replace("X0000001", "X0000003"), new), encoding="utf-8"
    )
    streams = run(home, "show", "X0000003", "--json").json["version"]
    result = run(home, "import", str(file), "--yes")
    assert (result.code, says in result.err) == (code, True), result.err
    assert run(home, "show", "X0000003", "--json").json["version"] == streams == 0


def test_a_case_that_was_refused_can_be_tried_again(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    file = tmp_path / "case.yaml"
    file.write_text(CASE.replace("X0000001", "X0000004"), encoding="utf-8")
    publish = ["X0000004", "publish-rating", "service=social-services", "--as", "inspectorate.chief-inspector"]
    assert give(run, engine_home, *publish, "stars=0").code == 0
    refused = run(engine_home.home, "import", str(file), "--yes")
    assert (refused.code, "is one open already?" in refused.err) == (1, True), refused.err
    stop = give(
        run, engine_home, "council-x0000004-1", "stop-engagement", "reason=x", "--as", "department.programme-office"
    )
    assert stop.code == 0, stop.err
    assert run(engine_home.home, "import", str(file), "--yes").code == 1, "an older rating opens nothing now"
    with closing(sqlite3.connect(engine_home.home / "ledger.db")) as connection:
        ids = [
            id for (id,) in connection.execute("SELECT command_id FROM outcome WHERE command_id LIKE 'case/%import'")
        ]
    assert any(id.endswith(".2/import") for id in ids)


def test_the_body_of_a_command_is_kept_within_bounds(run: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "long.json"
    workstreams = [{"id": f"w{number}", "title": "x" * 90_000} for number in range(7)]
    file.write_text(json.dumps({"workstreams": workstreams}), encoding="utf-8")
    result = run(home, "do", "haringey-1", "submit-pid", "--file", str(file), "--as", "team.lead-consultant")
    assert (result.code, "524288 at most" in result.err) == (2, True)


def test_completion_offers_ids_and_says_nothing_without_a_ledger(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli import completing

    monkeypatch.setenv("TURNAROUND_HOME", str(home))
    assert completing.complete_id("har") == ["haringey-1"]
    assert completing.complete_command("judge-p") == ["judge-pip"]
    assert completing.complete_role("council.d") == ["council.director"]
    assert completing.complete_stage("") == ["scoping", "special-measures"]
    monkeypatch.setenv("TURNAROUND_HOME", str(tmp_path / "none"))
    assert completing.complete_id("") == []
    assert not (tmp_path / "none").exists()


def test_amounts_and_times_are_text_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    from decimal import Decimal

    values: Mapping[str, Any] = {"days": Decimal("12.50"), "at": datetime(2002, 5, 29, 10, tzinfo=UTC)}
    output.emit_json(values)
    assert json.loads(capsys.readouterr().out) == {"days": "12.50", "at": "2002-05-29T10:00:00.000000Z"}


def test_titles_of_events_of_another_release_are_their_names() -> None:
    assert telling.title("new-thing-happened", {}, words.Words()) == "New thing happened"
