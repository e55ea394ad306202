"""`turnaround move` and `turnaround what-if` over a ledger, and what the rest of the command line tells of a move."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from activities import folding, recorded
from domain.course import EngagementOpened
from domain.documents import parse
from domain.engagement import Engagement
from domain.what_if import Published, decided_again
from ledger import events, read_models
from tests.command_line import Run
from tests.ledgers import Filled
from workers.rebuild import rebuild_read_models

ONE, COUNCIL = "engagement/haringey-1", "council/E09000014"
CHIEF, DIRECTOR = "inspectorate.chief-inspector", "council.director"
OFFICE = "department.programme-office"
MODEL = Path(__file__).parent / "models" / "partnership-1.yaml"
MAPPING = """
obligations:
  submit-pip: sign-agreement
  meet-council: {let-go: The partner meets them.}
"""


def noon(day: str) -> datetime:
    return datetime.fromisoformat(f"{day}T12:00:00+00:00")


def accept(filled: Filled, *command: Any, **body: Any) -> None:
    done = filled.give(*command, **body)
    assert done.outcome is not None and done.outcome.accepted, done.outcome


def begun(home: Path) -> Filled:
    """A council on special measures, and another model published beside the shipped ones."""
    filled = Filled.make(home, noon("2002-05-29"))
    accept(filled, COUNCIL, "publish-rating", CHIEF, service="social-services", stars=0)
    document = parse(MODEL.name, MODEL.read_text(encoding="utf-8")).value
    accept(filled, "office/documents", "publish-lifecycle", OFFICE, fields={"document": document, "reason": "Agreed."})
    return filled


def moved(home: Path) -> Filled:
    """The same council later: reminded, late with the meeting, moved to a partnership that then signs."""
    filled = begun(home)
    for day in ("2002-06-11", "2002-06-15"):
        filled.at = noon(day)
        filled.strike(ONE)
    filled.at = noon("2002-06-18")
    refused = filled.give(ONE, "move-engagement", OFFICE, model="partnership", version=1, stage="agreeing", reason="-")
    assert refused.outcome is not None and refused.outcome.rule == "move-loses-obligation"
    accept(
        filled,
        ONE,
        "move-engagement",
        OFFICE,
        model="partnership",
        version=1,
        stage="agreeing",
        reason="A partner was found.",
        obligations=[
            {"obligation": "submit-pip", "to": "sign-agreement"},
            {"obligation": "meet-council", "reason": "The partner meets them."},
        ],
    )
    filled.at = noon("2002-07-20")
    filled.strike(ONE)
    accept(filled, ONE, "record-item", DIRECTOR, record="agreement", dates={"until": "2004-09-01"})
    return filled


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("before")
    begun(folder).ledger.close()
    return folder


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("after")
    moved(folder).ledger.close()
    return folder


# Before it is done


def test_a_dry_run_shows_both_sides_and_stores_nothing(run: Run, before: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "carry.yaml"
    mapping.write_text(MAPPING)
    asked = ["move", "haringey-1", "--to", "partnership@1", "--stage", "agreeing", "--reason", "A partner."]
    asked += ["--mapping", str(mapping), "--on", "2002-05-30"]
    result = run(before, *asked, "--dry-run", "--json")
    assert result.code == 0, result.err
    found = result.json
    assert (found["before"]["model"], found["after"]["model"]) == ("performance-action-team@3", "partnership@1")
    assert found["after"]["stage_title"] == "Agreeing"
    assert {each["what"] for each in found["obligations"]} == {"let go", "mapped"}
    carried = next(each for each in found["obligations"] if each["what"] == "mapped")
    assert (carried["before"]["id"], carried["after"]["id"]) == ("submit-pip", "sign-agreement")
    assert carried["before"]["due_on"] == carried["after"]["due_on"]
    assert [gate["to"] for gate in found["after"]["gates"] if gate["to"] == "working"] == ["working"]
    page = run(before, *asked, "--dry-run")
    assert "Nothing has been stored" in page.out and "Sign the agreement" in page.out
    assert run(before, "show", "haringey-1", "--json").json["model"] == "performance-action-team@3"


@pytest.mark.parametrize(
    ("mapping", "said", "code"),
    [
        ("obligations: {submit-pip: sign-agreement}", "What is owed would be lost: meet-council 1.", 1),
        ("obligations: [submit-pip]", "'obligations' can't be read", 2),
        ("duties: {submit-pip: sign-agreement}", "'duties' can't be read", 2),
        ("obligations: {submit-pip: {drop: yes}}", "what becomes of 'submit-pip' can't be read", 2),
        ("obligations: {submit-pip two: x}", "'submit-pip two' names nothing", 2),
        ("- a", "is no mapping", 2),
    ],
)
def test_a_mapping_that_does_not_do_is_refused_with_its_place(
    run: Run, before: Path, tmp_path: Path, mapping: str, said: str, code: int
) -> None:
    file = tmp_path / "carry.yaml"
    file.write_text(mapping)
    asked = ("move", "haringey-1", "--to", "partnership@1", "--stage", "agreeing", "--reason", "-", "--dry-run")
    result = run(before, *asked, "--mapping", str(file))
    assert (result.code, said in result.err) == (code, True), result.err


def test_where_it_goes_must_be_a_version_that_is_published(run: Run, before: Path) -> None:
    asked = ("move", "haringey-1", "--stage", "agreeing", "--reason", "-", "--dry-run")
    assert run(before, *asked, "--to", "partnership").code == 2
    result = run(before, *asked, "--to", "friendship@1")
    assert result.code == 1 and "No lifecycle friendship@1 is published" in result.err
    assert run(before, "move", "Haringey", "--to", "a@1", "--stage", "b", "--reason", "c").code == 2


def test_the_office_may_move_in_every_stage(run: Run, before: Path) -> None:
    able = run(before, "can", "haringey-1", "--as", OFFICE, "--json").json
    assert "move-engagement" in [each["command"] for each in able["now"]]


# Afterwards


def test_it_is_held_to_the_new_document_and_its_past_to_the_old(run: Run, after: Path) -> None:
    shown = run(after, "show", "haringey-1", "--json").json
    assert (shown["model"], shown["stage"]["id"]) == ("partnership@1", "working")
    steps = [json.loads(line) for line in run(after, "replay", "haringey-1", "--json").out.splitlines()]
    held = [(step["type"], step["held_to"]["model"]) for step in steps if step["step"] == "event"]
    models = list(dict.fromkeys(model for _, model in held))
    assert models == ["performance-action-team@3", "partnership@1"]
    assert next(kind for kind, model in held if model == "partnership@1") == "engagement-moved"
    assert all(step["held_to"]["as_published"] for step in steps if step["step"] == "event")


def test_the_timeline_tells_the_move_and_the_stages_of_both_models(run: Run, after: Path) -> None:
    told = [one["title"] for one in run(after, "timeline", "haringey-1", "--json").json]
    assert "Moved from performance-action-team@3 to partnership@1: Agreeing" in told
    assert "Stage entered: Special measures" in told and "Stage entered: Working together" in told
    assert any("carried over from Hand in the performance improvement plan" in title for title in told), told


def test_lists_and_differences_go_by_the_model_in_force(run: Run, after: Path) -> None:
    assert [row["id"] for row in run(after, "portfolio", "--model", "partnership", "--json").json] == ["haringey-1"]
    assert run(after, "portfolio", "--model", "performance-action-team", "--json").json == []
    own = ("lifecycle", "diff", "partnership@1", "performance-action-team@3", "--json")
    assert "haringey-1" in run(after, *own).out


def test_a_rebuilt_read_model_is_the_one_that_was_written(after: Path) -> None:
    filled = Filled.make(after)
    with filled.ledger.reading() as conn:
        was = read_models.portfolio(conn), read_models.owed(conn)
    rebuild_read_models(filled.ledger, lambda done, total: None)
    with filled.ledger.reading() as conn:
        assert (read_models.portfolio(conn), read_models.owed(conn)) == was
    filled.ledger.close()


def test_notices_before_a_move_are_told_by_the_old_document_and_after_it_by_the_new(after: Path) -> None:
    filled = Filled.make(after)
    with filled.ledger.reading() as conn:
        told = [(row.template, row.to_role) for row in read_models.notices(conn, "haringey-1")]
    filled.ledger.close()
    assert ("obligation-escalated", OFFICE) not in told[:1]
    assert ("obligation-reminded", DIRECTOR) in told, "by the new rule, a week before the date that was carried over"


def test_what_was_struck_in_the_moment_of_the_move_is_told_by_the_document_it_was_struck_under(tmp_path: Path) -> None:
    filled = Filled.make(tmp_path, noon("2002-05-29"))
    document = parse(MODEL.name, MODEL.read_text(encoding="utf-8")).value
    for id, notices in (("partnership", []), ("friendship", [{"event": "obligation-passed", "to": [DIRECTOR]}])):
        fields = {"document": {**document, "id": id, "notices": notices}, "reason": "Agreed."}
        accept(filled, "office/documents", "publish-lifecycle", OFFICE, fields=fields)
    accept(filled, COUNCIL, "open-engagement", OFFICE, service="social-services", model="friendship", reason="-")
    filled.at = noon("2002-07-20")  # the agreement was due on 28 June, and nobody has served the clock since
    carried = [{"obligation": "sign-agreement", "to": "sign-agreement"}]
    to = {"model": "partnership", "version": 1, "stage": "agreeing"}
    accept(filled, ONE, "move-engagement", OFFICE, reason="-", obligations=carried, **to)
    with filled.ledger.reading() as conn:
        told = [(row.template, row.to_role) for row in read_models.notices(conn, "haringey-1")]
    assert ("obligation-passed", DIRECTOR) in told
    filled.ledger.close()


# What if


def test_the_recorded_commands_reproduce_the_ledger_event_for_event(after: Path) -> None:
    filled = Filled.make(after)
    with filled.ledger.reading() as conn:
        found = list(events.read_stream(conn, ONE))
        moments = recorded.moments(conn, "haringey-1")
        library = filled.transact._shelf.library
        library.refresh(lambda stream, version: events.read_stream(conn, stream, version))
        hashes = library.shelved().hashes
        documents = {life.ref: Published(life, hashes[life.ref]) for life in library.every()}
    told = decided_again("haringey-1", moments, documents.get)
    filled.ledger.close()
    assert [
        (at, draft.type, draft.occurred.model_dump(), draft.decided_by, draft.recorded_by, draft.body)
        for at, draft in told.log
    ] == [(e.recorded_at, e.type, e.occurred.model_dump(), e.decided_by, e.recorded_by, e.body) for e in found]
    assert [refusal.rule for _, refusal in told.refused] == ["move-loses-obligation"]
    assert told.state == folding.fold_engagement(Engagement("haringey-1"), found)
    assert told.state.history.has(EngagementOpened)


def test_under_its_own_document_it_comes_out_as_it_was(run: Run, after: Path) -> None:
    found = run(after, "what-if", "haringey-1", "--lifecycle", "performance-action-team@3", "--json").json
    assert found["same"] is True and found["recorded"]["stages"] == found["what_if"]["stages"]
    assert "as it was recorded" in run(after, "what-if", "haringey-1", "--lifecycle", "performance-action-team@3").err


def test_under_another_document_dates_gates_and_refusals_stand_beside_each_other(
    run: Run, after: Path, tmp_path: Path
) -> None:
    text = MODEL.read_text(encoding="utf-8").replace("id: partnership", "id: acquaintance", 1)
    file = tmp_path / "acquaintance-1.yaml"
    file.write_text(text)
    asked = ("what-if", "haringey-1", "--lifecycle", str(file))
    found = run(after, *asked, "--json").json
    assert [stay["stage"] for stay in found["what_if"]["stages"]] == ["agreeing", "working"]
    signed = next(due for due in found["what_if"]["owed"] if due["obligation"] == "sign-agreement")
    assert (signed["due_on"], signed["missed"]) == ("2002-06-28", True)
    both = [(each["recorded"] and each["recorded"]["rule"], each["what_if"]["rule"]) for each in found["commands"]]
    assert both == [("move-loses-obligation",) * 2, (None, "obligation-not-open")]
    page = run(after, *asked)
    assert page.code == 0 and "Commands refused" in page.out
    assert [one["type"] for one in run(after, "timeline", "haringey-1", "--json").json].count("engagement-moved") == 1


def test_what_if_says_what_it_cannot_do(run: Run, after: Path, tmp_path: Path) -> None:
    assert run(after, "what-if", "haringey-1", "--lifecycle", "friendship@1").code == 3
    assert run(after, "what-if", "Haringey", "--lifecycle", "partnership@1").code == 2
    file = tmp_path / "broken-1.yaml"
    file.write_text(MODEL.read_text(encoding="utf-8").replace("to: working", "to: nowhere"))
    result = run(after, "what-if", "haringey-1", "--lifecycle", str(file))
    assert result.code == 1 and "broken-1.yaml:" in result.err


def test_a_pack_holds_both_documents(run: Run, after: Path, tmp_path: Path) -> None:
    assert run(after, "checkpoint").code == 0
    result = run(after, "pack", "haringey-1", "-o", str(tmp_path / "one.zip"))
    assert result.code == 0, result.err
    with ZipFile(tmp_path / "one.zip") as file:
        names = [name for name in file.namelist() if "documents/" in name]
    assert any("lifecycle-partnership-1" in name for name in names)
    assert any("lifecycle-performance-action-team-3" in name for name in names)
