"""Reports: the shipped cases, imported, say what the sources' tables say, cell by cell, and no more than was known by a day."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from cli import output
from domain.actors import ENGINE
from domain.contract import ContractAwarded
from domain.council import CouncilFacts, InterventionOpened
from domain.dates import When
from domain.disputes import disputes
from domain.part import Entry, History
from domain.population import PopulationRecorded, RecordPopulation, population
from domain.programme import Subject, months_between, programme
from domain.reporting import Fact, phases, true_on
from domain.tables import annexe_four, table_one
from tests.command_line import Run
from tests.given import HARINGEY, Do, World, given, shipped_case
from tests.ledgers import Filled

NAMES = ("birmingham", "coventry", "haringey", "north-east-lincolnshire", "swindon")
OFFICE = "department.programme-office"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with the five shipped cases, imported as history."""
    folder = tmp_path_factory.mktemp("reports")
    filled = Filled.make(folder, datetime(2026, 11, 1, 12, tzinfo=UTC))
    for name in reversed(NAMES):
        filled.take_over(shipped_case(name), name)
    filled.ledger.close()
    return folder


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A ledger of which nothing has been recorded."""
    Filled.make(tmp_path).ledger.close()
    return tmp_path


# The programme

PROGRAMME = {
    "Birmingham": [
        "over 1,000,000",
        "Deloitte & Touche",
        "1",
        "2002-07",
        "2004-02 †",
        "19",
        "3",
        "zero stars; adults: some, below promising (derived); children: no, uncertain (derived)",
        "zero stars; adults: some, promising (H); "
        "children: no (disputed: some (H)) †, uncertain (disputed: promising (H)) †",
        "still zero stars",
    ],
    "Coventry": [
        "",
        "KPMG",
        "1",
        "2002-08",
        "2004-03 *",
        "19 (main work 6)",
        "3",
        "zero stars; adults: some, promising (derived); children: no, uncertain (derived)",
        "one star; adults: some, promising; children: some (H), uncertain",
        "one star, off special measures",
    ],
    "Haringey": [
        "223,000",
        "KPMG",
        "1",
        "2002-10 (disputed: 2002-08) †",
        "2004-03",
        "17",
        "7 (2 added)",
        "zero stars; adults: some, below promising (derived); children: no, uncertain (derived)",
        "one star; adults: some, promising (H); children: some (H), uncertain",
        "one star, off special measures",
    ],
    "North East Lincolnshire": [
        "160,000",
        "PricewaterhouseCoopers",
        "1",
        "2002-08",
        "2003-06 †",
        "10",
        "3",
        "zero stars; adults: some, below promising (derived); children: no, below promising (derived)",
        "one star; adults: some, promising (H); children: some (H), promising (H)",
        "one star, off special measures",
    ],
    "Swindon": [
        "180,000",
        "PricewaterhouseCoopers",
        "1",
        "2003-01",
        "2003-10 (disputed: 2004-04) †",
        "9 (15 with single tasks)",
        "3",
        "zero stars; adults: above no, poor (derived); children: some, uncertain (derived)",
        "zero stars; adults: no (L), uncertain (H); children: some, uncertain",
        "still zero stars",
    ],
}
COLUMNS = (
    "population",
    "team",
    "phase",
    "started",
    "finished",
    "months",
    "workstreams",
    "then",
    "now",
    "outcome",
)


def by_council(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["council"]: row for row in rows}


def test_the_programme_has_a_row_for_each_council_in_the_order_of_their_names(run: Run, home: Path) -> None:
    result = run(home, "report", "programme", "--on", "2004-04")
    assert result.code == 0, result.err
    assert [row[0] for row in result.rows] == list(PROGRAMME)


@pytest.mark.parametrize("council", PROGRAMME)
@pytest.mark.parametrize("column", COLUMNS)
def test_a_cell_of_the_programme_says_what_the_sources_say(run: Run, home: Path, council: str, column: str) -> None:
    rows = {row[0]: row[1:] for row in run(home, "report", "programme", "--on", "2004-04").rows}
    place = COLUMNS.index(column)
    assert rows[council][place] == PROGRAMME[council][place]


WORKSTREAMS = {
    "Birmingham": [
        "Review of assessment and care management processes",
        "The commissioning strategy",
        "The strategic direction",
    ],
    "Coventry": ["Quality assurance of the PIP", "Children in need / child protection", "Children looked after"],
    "Haringey": [
        "Retention and staff development",
        "Increasing family placement capacity",
        "Raising the quality of social work",
        "Working in partnership",
        "Managing change",
        "Raising educational attainment of looked-after children (added)",
        "Improving the commissioning of placements (added)",
    ],
    "North East Lincolnshire": [
        "Implementing the PIP",
        "Developing the strategic direction of children's services",
        "Raising the quality of social work",
    ],
    "Swindon": ["Adult services", "Children's services", "Performance management system for social services"],
}


def test_the_programme_as_json_has_the_same_cells_as_data(run: Run, home: Path) -> None:
    data = run(home, "report", "programme", "--on", "2004-04", "--json").json
    assert (data["on"], data["until"]) == ("2004-04", "2004-04-30")
    rows = by_council(data["rows"])
    assert {
        name: [each["title"] + (" (added)" if each["added"] else "") for each in row["workstreams"]["list"]]
        for name, row in rows.items()
    } == WORKSTREAMS
    assert {name: row["population"] for name, row in rows.items()} == {
        "Birmingham": {"count": 1_000_000, "approximate": True},
        "Coventry": None,
        "Haringey": {"count": 223_000, "approximate": False},
        "North East Lincolnshire": {"count": 160_000, "approximate": False},
        "Swindon": {"count": 180_000, "approximate": False},
    }
    assert {name: tuple(row["months"].values()) for name, row in rows.items()} == {
        "Birmingham": (19, None, None),
        "Coventry": (19, 6, None),
        "Haringey": (17, None, None),
        "North East Lincolnshire": (10, None, None),
        "Swindon": (9, None, 15),
    }
    assert {name: row["team"]["name"] for name, row in rows.items()} == {
        name: cells[1] for name, cells in PROGRAMME.items()
    }
    swindon = rows["Swindon"]
    assert swindon["then"]["adults"]["serving"] == {
        "value": "above no",
        "moved": None,
        "derived": True,
        "said": "above no",
        "disputed": [],
    }
    assert (swindon["now"]["adults"]["serving"]["moved"], swindon["now"]["label"]) == ("lower", "still-no-stars")


def test_what_is_disputed_is_said_with_both_values_and_the_reason_for_the_choice(run: Run, home: Path) -> None:
    row = by_council(run(home, "report", "programme", "--json").json["rows"])["Haringey"]
    assert row["started"] == {"on": "2002-10", "assumed": False, "contested": True, "disputed": ["2002-08"]}
    (noted,) = row["disputed"]
    assert (noted["what"], noted["used"], noted["other"]) == ("started", "2002-10", "2002-08")
    assert noted["source"] == "[PAT] Annexe 4"
    assert noted["chosen_because"]
    foot = run(home, "report", "programme").err
    assert "† Haringey, started: disputed. October 2002 is used; [PAT] Annexe 4 has August 2002." in foot


def test_a_claim_that_nobody_made_a_dispute_of_is_told_too(run: Run, home: Path) -> None:
    rows = by_council(run(home, "report", "programme", "--json").json["rows"])
    for council, said in (("Birmingham", "8 months"), ("North East Lincolnshire", "11 months")):
        claims = [noted["claim"] for noted in rows[council]["disputed"] if noted["what"] == "finished"]
        assert len(claims) == 1 and said in claims[0], claims
        assert rows[council]["finished"]["contested"] is True


def test_what_is_assumed_is_marked_and_says_why(run: Run, home: Path) -> None:
    rows = by_council(run(home, "report", "programme", "--json").json["rows"])
    assert [name for name, row in rows.items() if row["finished"]["assumed"]] == ["Coventry"]
    (noted,) = rows["Coventry"]["assumed"]
    assert noted["what"] == "finished" and "no source tells" in noted["because"]
    assert rows["Haringey"]["assumed"] == []
    assert "* Coventry, finished: assumed. The team finished" in run(home, "report", "programme").err


def test_on_an_earlier_date_the_programme_has_fewer_facts(run: Run, home: Path) -> None:
    rows = {row[0]: row[1:] for row in run(home, "report", "programme", "--on", "2002-12").rows}
    none = ["", "", "zero stars", "zero stars", ""]
    assert rows == {
        "Birmingham": ["over 1,000,000", "Deloitte & Touche", "1", "2002-07", *_work("3", none)],
        "Coventry": ["", "KPMG", "1", "2002-08", *_work("3", none)],
        "Haringey": ["223,000", "KPMG", "1", "2002-10 (disputed: 2002-08) †", *_work("5", none)],
        "North East Lincolnshire": ["160,000", "PricewaterhouseCoopers", "1", "2002-08", *_work("3", none)],
        "Swindon": ["180,000", "", "1", "", "", "", "", "zero stars", "zero stars (inferred)", "still zero stars"],
    }
    assert run(home, "report", "programme", "--on", "2002-05-28").rows == []


def _work(workstreams: str, none: list[str]) -> list[str]:
    return [*none[:2], workstreams, *none[2:]]


@pytest.mark.parametrize(
    ("on", "coventry", "swindon"),
    [
        ("2003-02-27", ("", ""), ("", "")),
        ("2003-02", ("", "main work 6"), ("", "")),
        ("2003-10", ("", "main work 6"), ("2003-10 (disputed: 2004-04) †", "9")),
        ("2004-03", ("2004-03 *", "19 (main work 6)"), ("2003-10 (disputed: 2004-04) †", "9")),
        ("2004", ("2004-03 *", "19 (main work 6)"), ("2003-10 (disputed: 2004-04) †", "9 (15 with single tasks)")),
    ],
)
def test_work_is_finished_from_the_last_day_it_can_have_been(
    run: Run, home: Path, on: str, coventry: tuple[str, str], swindon: tuple[str, str]
) -> None:
    rows = {row[0]: row[1:] for row in run(home, "report", "programme", "--on", on).rows}
    assert tuple(rows["Coventry"][4:6]) == coventry
    assert tuple(rows["Swindon"][4:6]) == swindon


def test_what_came_later_is_in_the_outcome_from_its_date(run: Run, home: Path) -> None:
    rows = {row[0]: row[-1] for row in run(home, "report", "programme", "--on", "2004-12").rows}
    assert rows == {
        "Birmingham": "still zero stars, a further phase",
        "Coventry": "one star, off special measures",
        "Haringey": "one star, off special measures",
        "North East Lincolnshire": "one star, off special measures, statutory intervention",
        "Swindon": "still zero stars, another model",
    }


# Table 1

TABLE_ONE = [
    [
        "Birmingham",
        "Some",
        "Promising (H)",
        "No (disputed: Some (H)) †",
        "Uncertain (disputed: Promising (H)) †",
        "Improved still no stars",
    ],
    ["Coventry", "Some", "Promising", "Some (H)", "Uncertain", ""],
    ["Haringey", "Some", "Promising (H)", "Some (H)", "Uncertain", ""],
    ["North East Lincolnshire", "Some", "Promising (H)", "Some (H)", "Promising (H)", ""],
    ["Swindon", "No (L)", "Uncertain (H)", "Some", "Uncertain", "Still no stars"],
]


def test_the_ratings_of_november_2003_are_table_1(run: Run, home: Path) -> None:
    result = run(home, "report", "ratings", "--on", "2003-11")
    assert result.rows == TABLE_ONE
    assert "(H), (L): higher or lower than in 2002." in result.err


def test_the_ratings_as_json_tell_value_and_movement_apart(run: Run, home: Path) -> None:
    rows = by_council(run(home, "report", "ratings", "--on", "2003-11", "--json").json["rows"])
    told = {
        name: [
            (row[group][aspect]["value"], row[group][aspect]["moved"])
            for group in ("adults", "children")
            for aspect in ("serving", "capacity")
        ]
        for name, row in rows.items()
    }
    assert told == {
        "Birmingham": [("some", None), ("promising", "higher"), ("no", None), ("uncertain", None)],
        "Coventry": [("some", None), ("promising", None), ("some", "higher"), ("uncertain", None)],
        "Haringey": [("some", None), ("promising", "higher"), ("some", "higher"), ("uncertain", None)],
        "North East Lincolnshire": [
            ("some", None),
            ("promising", "higher"),
            ("some", "higher"),
            ("promising", "higher"),
        ],
        "Swindon": [("no", "lower"), ("uncertain", "higher"), ("some", None), ("uncertain", None)],
    }
    assert {name: (row["stars"], row["on"], row["moved_since"]) for name, row in rows.items()} == {
        "Birmingham": (0, "2003-11", "2002"),
        "Coventry": (1, "2003-11", "2002"),
        "Haringey": (1, "2003-11", "2002"),
        "North East Lincolnshire": (1, "2003-11", "2002"),
        "Swindon": (0, "2003-11", "2002"),
    }
    assert rows["Birmingham"]["children"]["serving"]["disputed"] == ["some (H)"]


def test_before_judgements_were_printed_their_cells_are_blank(run: Run, home: Path) -> None:
    rows = run(home, "report", "ratings", "--on", "2002-12").rows
    assert rows == [[council, "", "", "", "", ""] for council in PROGRAMME]


# Annexe 4

SUMMARY = {
    "star rating": ["No stars", "1 star", "1 star", "1 star", "No stars"],
    "2004": [
        "",
        "",
        "Ranking by Audit Commission: weak Jan 2004",
        "Comprehensive performance assessment: weak Jan 2004",
        "",
    ],
    "2003": [
        "Inspection Jul 2003; Inspection of children Sep to Nov 2003; Zero Stars Nov 2003; "
        "Comprehensive performance assessment: weak (capped; fair without the cap) Dec 2003",
        "One Star Nov 2003",
        "One Star Nov 2003",
        "One Star Nov 2003",
        "PAT from PricewaterhouseCoopers Jan 03 to Oct 03, single tasks to Apr 04 (disputed: to Apr 04) †; "
        "Zero Stars Nov 2003",
    ],
    "2002": [
        "Zero Stars May 2002; PAT from Deloitte & Touche Jul 02 to Feb 04 †",
        "Zero Stars May 2002; "
        "Inspections by Social Services Inspectorate Jan to Jun 2002 (disputed: 2001) †; "
        "PAT from KPMG Aug 02 to Mar 04 *",
        "Follow up inspection Feb 2002; Zero Stars May 2002; PAT from KPMG Oct 02 to Mar 04 (disputed: from Aug 02) †",
        "Joint review presented Jan 2002; Zero Stars May 2002; PAT from PricewaterhouseCoopers Aug 02 to Jun 03 †; "
        "Comprehensive performance assessment: poor Dec 2002",
        "Zero Stars May 2002; Joint review presented Jun 2002; Zero Stars Nov 2002 (inferred)",
    ],
    "2001": [
        "Follow up inspection by Social Services Inspectorate 2001",
        "",
        "Published case 2001",
        "Joint review Feb to Apr 2001",
        "Joint review Jun to Sep 2001",
    ],
    "2000": [
        "Joint review presented Jul 2000; Enhanced regional monitoring 2000",
        "",
        "Inspection of children Jun 2000",
        "",
        "",
    ],
    "1999": ["Joint review Nov to Dec 1999", "", "Joint review Mar to Apr 1999", "Special measures Nov 1999 †", ""],
    "1998": ["", "Joint review Feb to Mar 1998 (disputed: 1999) †; Special measures 1998", "", "", ""],
}


def test_the_summary_has_the_rows_of_annexe_4(run: Run, home: Path) -> None:
    rows = run(home, "report", "summary", "--on", "2004-04").rows
    assert [row[0] for row in rows] == list(SUMMARY)


@pytest.mark.parametrize("row", SUMMARY)
@pytest.mark.parametrize("column", range(5), ids=PROGRAMME)
def test_a_cell_of_the_summary_says_what_fell_in_the_year(run: Run, home: Path, row: str, column: int) -> None:
    rows = {row[0]: row[1:] for row in run(home, "report", "summary", "--on", "2004-04").rows}
    assert rows[row][column] == SUMMARY[row][column]


def test_the_summary_as_json_has_the_councils_as_columns(run: Run, home: Path) -> None:
    data = run(home, "report", "summary", "--on", "2004-04", "--json").json
    cells = {row["row"]: {name: "; ".join(found) for name, found in row["cells"].items()} for row in data["rows"]}
    assert cells == {row: dict(zip(PROGRAMME, texts, strict=True)) for row, texts in SUMMARY.items()}
    coventry = data["councils"][1]
    assert [(each["kind"], each["on"], each["disputed"]) for each in coventry["years"]["1998"]] == [
        ("assessment", "1998-02/1998-03", ["1999"]),
        ("assessment", "1998", []),
    ]


def test_the_summary_ends_with_the_year_that_is_asked_for(run: Run, home: Path) -> None:
    rows = run(home, "report", "summary", "--on", "2001").rows
    assert rows == [], "there was no engagement yet"
    rows = run(home, "report", "summary", "--on", "2002").rows
    assert [row[0] for row in rows] == ["star rating", "2002", "2001", "2000", "1999", "1998"]
    assert rows[1][1] == "Zero Stars May 2002; PAT from Deloitte & Touche Jul 02 to date"


# A council


def profile(run: Run, home: Path, council: str) -> dict[str, Any]:
    data: dict[str, Any] = run(home, "report", "council", council, "--json").json
    return data


def test_a_profile_is_on_a_page(run: Run, home: Path) -> None:
    result = run(home, "report", "council", "Haringey")
    assert result.code == 0, result.err
    for line in (
        "Council\tLondon Borough of Haringey (E09000014), London",
        "Population\t223,000",
        "2003-11\tone star; adults: some, promising (H); children: some (H), uncertain\t",
        "1999-03/1999-04\tJoint review\t",
        "Team\tKPMG",
        "Started\t2002-10 (disputed: 2002-08) †",
        "Finished\t2004-03",
        "Months\t17",
        "Products\tA workload management scheme",
        "Retention and staff development\t",
        "Raising educational attainment of looked-after children\tadded",
        "Improving the commissioning of placements\tadded; less successful",
        "Managing change\tless successful",
        "2003-11\toff special measures\tOne star in November 2003.",
    ):
        assert line in result.out.splitlines(), result.out


@pytest.mark.parametrize(
    ("council", "assessed"),
    [
        (
            "Birmingham",
            [
                ("1999-11/1999-12", "joint-review"),
                ("2000-07", "joint-review-presented"),
                ("2000", "enhanced-regional-monitoring"),
                ("2001", "follow-up-inspection"),
                ("2003-07", "inspection"),
                ("2003-09/2003-11", "inspection"),
                ("2003-12", "comprehensive-performance-assessment"),
            ],
        ),
        (
            "Coventry",
            [("1998-02/1998-03", "joint-review"), ("1998", "special-measures"), ("2002-01/2002-06", "inspections")],
        ),
        (
            "Haringey",
            [
                ("1999-03/1999-04", "joint-review"),
                ("2000-06", "inspection"),
                ("2001", "published-case"),
                ("2002-02", "follow-up-inspection"),
                ("2004-01", "ranking"),
            ],
        ),
        (
            "North East Lincolnshire",
            [
                ("1999-11", "special-measures"),
                ("2001-02/2001-04", "joint-review"),
                ("2002-01", "joint-review-presented"),
                ("2002-12", "comprehensive-performance-assessment"),
                ("2004-01", "comprehensive-performance-assessment"),
            ],
        ),
        ("Swindon", [("2001-06/2001-09", "joint-review"), ("2002-06", "joint-review-presented")]),
    ],
)
def test_a_profile_has_the_assessments_by_date_and_none_more_precise_than_known(
    run: Run, home: Path, council: str, assessed: list[tuple[str, str]]
) -> None:
    data = profile(run, home, council)
    assert [(found["date"]["on"], found["kind"]) for found in data["assessments"]] == assessed


@pytest.mark.parametrize(
    ("council", "label", "products", "less", "bodies", "after"),
    [
        (
            "Birmingham",
            "Improved still no stars",
            ["A culture print", "A project methodology", "A commissioning plan for children's placements"],
            [],
            ["Performance Improvement Board", "Performance action team"],
            [("further-phase", "by 2004")],
        ),
        ("Coventry", None, [], [], [], [("off-special-measures", "2003-11")]),
        (
            "Haringey",
            None,
            ["A workload management scheme"],
            ["Managing change", "Improving the commissioning of placements"],
            [],
            [("off-special-measures", "2003-11")],
        ),
        (
            "North East Lincolnshire",
            None,
            [],
            [],
            [],
            [("off-special-measures", "2003-11"), ("statutory-intervention", "2004-12")],
        ),
        ("Swindon", "Still no stars", [], [], [], [("other-model", "by 2004-10")]),
    ],
)
def test_a_profile_has_what_the_work_left_and_what_came_after(
    run: Run,
    home: Path,
    council: str,
    label: str | None,
    products: list[str],
    less: list[str],
    bodies: list[str],
    after: list[tuple[str, str]],
) -> None:
    data = profile(run, home, council)
    (engagement,) = data["engagements"]
    assert data["label"] == label
    assert [product["title"] for product in engagement["products"]] == products
    assert [found["title"] for found in engagement["less_successful"]] == less
    assert [body["title"] for body in engagement["own_bodies"]] == bodies
    assert [(step["next"], step["on"]) for step in engagement["outcome"]["next"]] == after


def test_a_profile_tells_people_without_names_as_ids_and_disputes_with_both_sides(run: Run, home: Path) -> None:
    coventry, lincolnshire = profile(run, home, "Coventry"), profile(run, home, "North East Lincolnshire")
    (director,) = coventry["engagements"][0]["people"]
    assert [(each["standing"], each["since"], each["until"]) for each in director["holders"]] == [
        (None, None, "by 2002-08"),
        ("acting", "by 2002-08", "2002-11"),
        (None, "2002-11", None),
    ]
    (dispute,) = lincolnshire["disputes"]
    assert (dispute["recorded"], dispute["used"]) == ({"kind": "special-measures"}, "recorded")
    assert [found["contested"] for found in lincolnshire["assessments"]] == [True, False, False, False, False]
    assert "1999-11\tSpecial measures †\t" in run(home, "report", "council", "North East Lincolnshire").out
    (dispute,) = profile(run, home, "Haringey")["engagements"][0]["disputes"]
    assert (dispute["recorded"], dispute["other"]) == ({"starts": "2002-10"}, {"starts": "2002-08"})


def test_a_profile_lists_the_stages_that_are_assumed(run: Run, home: Path) -> None:
    stages = [each["stage"] for each in profile(run, home, "Swindon")["engagements"][0]["assumed_stages"]]
    assert stages == ["tender", "mobilisation", "board-cycles", "exit", "follow-up"]


def test_a_profile_on_an_earlier_day_knows_nothing_of_later(run: Run, home: Path) -> None:
    data = run(home, "report", "council", "E09000014", "--on", "2002-12", "--json").json
    assert [rating["on"] for rating in data["ratings"]] == ["2002-05-29"]
    (engagement,) = data["engagements"]
    assert (engagement["finished"], engagement["products"], engagement["outcome"]["next"]) == (None, [], [])
    assert engagement["workstreams"]["added"] == 0


def test_a_council_without_an_engagement_has_a_profile_too(run: Run, home: Path) -> None:
    data = profile(run, home, "Leeds")
    assert (data["council"], data["ratings"], data["engagements"]) == ("Leeds", [], [])


# On a terminal


@pytest.mark.parametrize("report", ["programme", "ratings", "summary"])
def test_on_a_narrow_terminal_cells_are_folded_and_nothing_is_cut(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch, report: str
) -> None:
    wide = run(home, "report", report, "--on", "2004-04").rows
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(output, "terminal", lambda: True)
    shown = run(home, "report", report, "--on", "2004-04").out
    assert max(len(line) for line in shown.splitlines()) <= 100
    letters = Counter(re.sub(r"[^A-Za-z†*]", "", shown))
    for cell in (text for row in wide for text in row):
        assert not Counter(re.sub(r"[^A-Za-z†*]", "", cell)) - letters
    assert "† Birmingham, " in shown or "† Coventry, " in shown


# Nothing, and nonsense


@pytest.mark.parametrize("report", ["programme", "ratings", "summary"])
def test_of_an_empty_ledger_nothing_is_reported(run: Run, empty: Path, report: str) -> None:
    result = run(empty, "report", report, "--on", "2004-04")
    assert (result.code, result.out) == (0, "")
    assert "by 30 April 2004" in result.err
    assert run(empty, "report", report, "--on", "2004-04", "--json").json["rows"] == []


def test_a_date_that_is_none_and_a_council_that_is_none_are_told(run: Run, home: Path) -> None:
    wrong = run(home, "report", "programme", "--on", "spring")
    assert (wrong.code, "'spring' is not a date" in wrong.err) == (2, True)
    unknown = run(home, "report", "council", "Atlantis")
    assert (unknown.code, "no council 'Atlantis'" in unknown.err) == (3, True)


# What had happened by a day


def entry(version: int, on: str, event: Any) -> Entry[Any]:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return Entry(version, When.parse(on), at, ENGINE, event)


@pytest.mark.parametrize(
    ("on", "day", "happened"),
    [
        ("2003-11", "2003-11-29", False),
        ("2003-11", "2003-11-30", True),
        ("by 2003-11", "2003-11-29", False),
        ("by 2003-11", "2003-11-30", True),
        ("2002/2004-03", "2004-03-30", False),
        ("2002/2004-03", "2004-03-31", True),
        ("2003-11-05", "2003-11-05", True),
    ],
)
def test_what_is_dated_less_precisely_had_happened_from_its_last_day(on: str, day: str, happened: bool) -> None:
    history = History().plus(entry(1, on, PopulationRecorded(population=1)))
    assert bool(true_on(history, date.fromisoformat(day)).entries) is happened


def test_a_dispute_is_known_of_its_fact_whenever_it_was_recorded() -> None:
    world = World().rate("record-population", OFFICE, "2002", population=223000)
    world.rate(
        "dispute-fact",
        OFFICE,
        "2004",
        event="population-recorded",
        changes={"population": 216507},
        source="The census",
    )
    world.rate("choose-fact", OFFICE, "2004", dispute=1, use="other", reason="It was counted.")
    then = true_on(world.council.history, date(2002, 12, 31))
    (dispute,) = disputes(then)
    found = population(then)
    assert found is not None
    assert (found.event.population, dispute.used) == (216507, "other")
    assert true_on(world.council.history, date(2002, 12, 30)).entries == ()


def test_what_was_withdrawn_by_a_day_stands_before_it() -> None:
    world = World().rate("publish-rating", service="social-services", stars=0)
    world.rate("withdraw-rating", OFFICE, "2002-06-05", rating=1, reason="Misprint.")
    subject = Subject(HARINGEY, world.council.history, {})
    assert [e.event.type for e in true_on(subject.council, date(2002, 6, 4)).entries] == [
        "rating-published",
        "intervention-opened",
    ]


@pytest.mark.parametrize(
    ("first", "last", "months"),
    [
        ("2002-07", "2004-02", 19),
        ("2002-07-31", "2002-08-01", 1),
        ("2002-07-01/2002-07-20", "2002-07", 0),
        ("2002", "2004-02", None),
        ("by 2002-07", "2004-02", None),
        ("2002-07", "2004-01/2004-02", None),
    ],
)
def test_months_are_counted_by_their_numbers_and_only_where_both_are_known(
    first: str, last: str, months: int | None
) -> None:
    assert months_between(Fact(When.parse(first), 1), Fact(When.parse(last), 2)) == months
    assert months_between(None, Fact(When.parse(last), 2)) is None


def test_a_further_phase_has_a_row_of_its_own() -> None:
    scene = given(
        "exit",
        Do("record-next-step", "department.official", None, {"next": "further-phase", "reason": "?"}),
        Do("start-further-phase", "department.official", None, {"reason": "More to do."}),
    )
    history = scene.state.history
    council = World().rate("publish-rating", service="social-services", stars=0).council.history
    subject = Subject(HARINGEY, council, {"haringey-1": history})
    first, second = programme([subject], scene.at.date())
    award = history.last(ContractAwarded)
    assert award is not None and first.team is not None
    assert (first.phase, second.phase) == (1, 2)
    assert (first.team.version, second.team, second.workstreams) == (award.version, None, ())
    assert [step.event.next for step in first.outcome.steps] == ["further-phase"]
    assert second.outcome.steps == ()
    assert [part.phase > 1 for part in phases(history)] == [False, True]


def test_councils_without_a_zero_star_rating_are_not_in_table_1_and_those_without_engagements_in_none() -> None:
    world = World().rate("publish-rating", service="social-services", stars=1)
    world.rate("open-engagement", OFFICE, service="social-services", kind="preventive")
    opened = world.council.history.last(InterventionOpened)
    assert opened is not None and opened.event.kind == "preventive", world.refusal
    scene = world.engagements["haringey-1"]
    leeds = CouncilFacts(gss="E08000035", short="Leeds", name="Leeds", kind="?", region="?")
    subjects = [
        Subject(leeds, History(), {}),
        Subject(HARINGEY, world.council.history, {"haringey-1": scene.state.history}),
    ]
    day = date(2002, 12, 31)
    assert table_one(subjects, day) == ()
    assert [years.facts.short for years in annexe_four(subjects, day)] == ["Haringey"]
    (row,) = programme(subjects, day)
    assert row.then is not None and row.then.stars == 1
    assert row.team is row.started is row.finished is None


# The population


def test_a_population_is_recorded_and_the_latest_that_can_be_known_is_read() -> None:
    world = World().rate("record-population", OFFICE, "2001", population=216507).then("population-recorded")
    world.rate("record-population", OFFICE, "by 2004", population=223000, approximate=True)
    (event,) = world.events
    assert event == PopulationRecorded(population=223000, approximate=True)
    history = world.council.history

    def known(on: str | None) -> int | None:
        found = population(history, When.parse(on) if on else None)
        return found.event.population if found else None

    assert (known(None), known("2004-12-31"), known("2002-05-29")) == (223000, 223000, 223000)
    assert population(History()) is None
    world.rate("record-population", OFFICE, "2005", population=224000)
    history = world.council.history
    assert (known(None), known("2004-12-31")) == (224000, 223000)


@pytest.mark.parametrize("number", [0, -1, 1.5, "many"])
def test_a_population_is_a_number_of_people(number: Any) -> None:
    with pytest.raises(ValidationError):
        RecordPopulation(population=number)


def test_a_population_is_told(run: Run, home: Path) -> None:
    assert "Population: over 1,000,000" in run(home, "timeline", "Birmingham").out
    assert "Population: 223,000" in run(home, "timeline", "Haringey").out
