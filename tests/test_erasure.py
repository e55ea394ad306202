"""What is erased is nowhere any more, and the ledger verifies as before; what is under a legal hold stays."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from domain.erasure import due_classes
from ledger.store import Ledger
from ledger.verify import verify
from tests.command_line import Engine, Run
from tests.command_line import engine_home as engine_home
from tests.command_line import run as run
from tests.transactions import HARINGEY, Office

OFFICE = "department.programme-office"
RECORD = "office/erasures"
PEOPLE = "office/people"
ENGAGEMENT = "engagement/haringey-1"
NAME, ADDRESS, NOTE = "Josephine Quillfeather", "jo@quillfeather.example", "Ms Quillfeather was away that week"


@pytest.fixture
def office(ledger: Ledger, tmp_path: Path) -> Office:
    """A ledger with a person in the directory, an engagement, and a note that names the person."""
    office = Office(ledger, tmp_path)
    office.rate(HARINGEY)
    office.give(PEOPLE, "register-person", OFFICE, {"person": "jo-q", "name": NAME, "email": ADDRESS})
    office.give(ENGAGEMENT, "add-note", OFFICE, {"text": NOTE})
    return office


def erase(office: Office, **body: object) -> object:
    outcome = office.give(RECORD, "erase-values", OFFICE, {"because": "request", **body})
    return outcome.outcome.get("rule") if not outcome.accepted else office.bodies(RECORD, "values-erased")[-1]


def held(office: Office) -> str:
    """Every value that the ledger still holds, as text."""
    from sqlalchemy import select

    from ledger.tables import sealed

    with office.ledger.reading() as conn:
        return "\n".join(bytes(value).decode() for value in conn.scalars(select(sealed.c.value)) if value)


def test_all_values_of_a_person_go_and_the_ledger_still_verifies(office: Office) -> None:
    before = verify(office.ledger).root_hex
    assert before is not None and NAME in held(office)
    erased = erase(office, subject="jo-q", asked_on="2002-05-28")
    assert isinstance(erased, dict) and (erased["values"], erased["asked_on"]["printed"]) == (2, "2002-05-28")
    assert NAME not in held(office) and ADDRESS not in held(office)
    report = verify(office.ledger)
    assert report.ok and report.root_hex != before, "nothing was changed, and one event came to it"


def test_a_single_value_goes_by_its_commitment(office: Office) -> None:
    (note,) = office.bodies(ENGAGEMENT, "note-added")
    erased = erase(office, commitments=[note["text"]], because="error")
    assert isinstance(erased, dict) and erased["values"] == 1
    assert NOTE not in held(office) and NAME in held(office)
    assert erase(office, commitments=[note["text"]]) == "nothing-to-erase"


def test_a_batch_of_which_a_later_step_is_refused_erases_nothing(office: Office) -> None:
    steps = [
        office.command(RECORD, "erase-values", OFFICE, {"because": "request", "subject": "jo-q"}, via="import"),
        office.command(ENGAGEMENT, "judge-pip", "inspectorate.lead-inspector", {"verdict": "acceptable"}, via="import"),
    ]
    refs = [signed.ref.model_dump() for signed in office.face.store(steps)]
    body = {"live": False, "source": "x", "steps": [{"command": ref, "line": 1} for ref in refs]}
    outcome = office.give(HARINGEY, "import-case", OFFICE, body, via="import")
    assert outcome.outcome["details"]["step"] == 2
    assert office.types(RECORD) == []
    assert NAME in held(office) and ADDRESS in held(office)


def test_what_is_under_a_legal_hold_stays_until_it_is_lifted(office: Office) -> None:
    office.give(RECORD, "place-hold", OFFICE, {"engagement": "haringey-1", "reason": "A public inquiry"})
    (note,) = office.bodies(ENGAGEMENT, "note-added")
    assert erase(office, commitments=[note["text"]]) == "under-hold"
    office.give(RECORD, "lift-hold", OFFICE, {"hold": 1, "reason": "It reported"})
    assert isinstance(erase(office, commitments=[note["text"]]), dict)
    office.give(RECORD, "place-hold", OFFICE, {"subject": "jo-q", "reason": "A claim"})
    assert erase(office, subject="jo-q") == "under-hold"
    assert NAME in held(office)


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({}, "name-one"),
        ({"subject": "jo-q", "commitments": ["sealed:" + "0" * 64]}, "name-one"),
        ({"subject": "nobody-x"}, "nobody-of-that-id"),
        ({"engagement": "atlantis-1", "classes": ["contact"]}, "no-such-engagement"),
        ({"engagement": "haringey-1"}, "classes-of-an-engagement"),
        ({"subject": "jo-q", "classes": ["name"]}, "classes-of-an-engagement"),
        ({"subject": "jo-q", "because": "retention"}, "retention-of-an-engagement"),
        ({"engagement": "haringey-1", "classes": ["free-text"], "because": "retention"}, "engagement-still-open"),
    ],
)
def test_an_erasure_says_exactly_what_it_is_of(office: Office, body: dict[str, object], rule: str) -> None:
    assert erase(office, **body) == rule
    assert NAME in held(office) and office.types(RECORD) == []


def test_only_the_programme_office_erases(office: Office) -> None:
    lead = "inspectorate.lead-inspector"
    outcome = office.give(RECORD, "erase-values", lead, {"subject": "jo-q", "because": "request"})
    assert outcome.outcome["rule"] == "role"


def test_of_a_closed_engagement_what_its_time_is_over_for_is_erased_and_no_more(office: Office) -> None:
    office.give(ENGAGEMENT, "stop-engagement", OFFICE, {"reason": "The council was abolished"})
    office.at = datetime(2005, 6, 1, 12, tzinfo=UTC)
    body = {"engagement": "haringey-1", "because": "retention"}
    assert erase(office, **body, classes=["free-text"]) == "kept-still"
    assert erase(office, **body, classes=["contact"]) == "nothing-to-erase"
    office.at = datetime(2022, 5, 30, 12, tzinfo=UTC)
    assert isinstance(erase(office, **body, classes=["free-text"]), dict)
    assert NOTE not in held(office)


def test_the_schedule_counts_from_the_day_an_engagement_closed() -> None:
    closed = date(2004, 2, 29)
    assert due_classes(closed, date(2006, 2, 27)) == ()
    assert due_classes(closed, date(2006, 2, 28)) == ("contact", "cv")
    assert due_classes(closed, date(2010, 3, 1)) == ("contact", "cv", "name")


# At the command line


def test_at_the_command_line_a_person_is_exported_found_held_and_erased(
    run: Run, engine_home: Engine, tmp_path: Path
) -> None:
    home = engine_home.home
    assert run(home, "people", "add", "jo-q", "--name", NAME, "--email", ADDRESS).code == 0
    assert run(home, "people", "role", "jo-q", "inspectorate.lead-inspector").code == 0
    exported = tmp_path / "jo-q.json"
    assert run(home, "privacy", "export", "jo-q", "-o", str(exported)).code == 0
    data = json.loads(exported.read_text(encoding="utf-8"))
    assert {value["value"] for value in data["values"]} == {NAME, ADDRESS}
    assert [role["role"] for role in data["roles"]] == ["inspectorate.lead-inspector"]
    found = run(home, "privacy", "find", "quillfeather", "--json").json
    assert {(value["value"], value["of"]) for value in found} == {(NAME, "jo-q"), (ADDRESS, "jo-q")}

    assert run(home, "privacy", "hold", "jo-q", "--reason", "A claim").code == 0
    refused = run(home, "privacy", "erase", "jo-q", "--yes")
    assert refused.code == 1 and "legal hold 1" in refused.err
    assert run(home, "privacy", "holds", "--json").json == [{"hold": 1, "on": "jo-q", "reason": "A claim"}]
    assert run(home, "privacy", "lift", "1", "--reason", "Settled").code == 0

    run(home, "checkpoint")
    assert run(home, "privacy", "erase", "jo-q").code == 2, "there is nobody to ask"
    done = run(home, "privacy", "erase", "jo-q", "--yes", "--json")
    assert done.code == 0 and done.json["events"][0]["type"] == "values-erased", done.err
    assert run(home, "privacy", "find", "quillfeather", "--json").json == []
    assert run(home, "verify").code == 0
    for path in _files_of(home):
        content = path.read_bytes()
        assert NAME.encode() not in content and ADDRESS.encode() not in content, path
    again = run(home, "privacy", "erase", "nobody-at-all", "--yes")
    assert again.code == 1 and "nobody-at-all" in again.err
    assert run(home, "privacy", "export", "nobody-at-all").code == 3


def test_a_pack_made_afterwards_holds_nothing_of_it(run: Run, engine_home: Engine, tmp_path: Path) -> None:
    home = engine_home.home
    who, note = "inspectorate.chief-inspector", "Ms Thistlewhistle complained"
    assert run(home, "do", "X0000009", "publish-rating", "--as", who, "service=social-services", "stars=0").code == 0
    id = "council-x0000009-1"
    assert run(home, "do", id, "add-note", "--as", OFFICE, f"text={note}").code == 0
    (found,) = run(home, "privacy", "find", "thistlewhistle", "--json").json
    assert run(home, "privacy", "erase", "--value", found["commitment"], "--because", "error", "--yes").code == 0
    assert run(home, "checkpoint").code == 0
    pack = tmp_path / "pack.zip"
    written = run(home, "pack", id, "-o", str(pack))
    assert written.code == 0, written.err
    with ZipFile(pack) as archive:
        for name in archive.namelist():
            assert b"Thistlewhistle" not in archive.read(name), name
        assert b"(erased)" in archive.read("timeline.html")


def _files_of(home: Path) -> Iterator[Path]:
    """Every file under the home folder: the ledger with its log, Temporal's database, logs and notices."""
    return (path for path in home.rglob("*") if path.is_file())
