"""Duties kept apart: honest histories have no findings, and each rule that is broken by a forged event is found."""

import shutil
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from domain.actors import ENGINE, Actor
from domain.dates import PrintedWhen, When, london_day
from domain.records import CommandRecord, CommandRef, Draft
from ledger import events
from ledger.commands import SignedCommand
from tests.command_line import Run
from tests.given import WAY, Do, noon, shipped_case
from tests.ledgers import Filled

ONE, COUNCIL, ID = "engagement/haringey-1", "council/E09000014", "haringey-1"
CHIEF, LEAD, DIRECTOR = "inspectorate.chief-inspector", "inspectorate.lead-inspector", "council.director"
CONSULTANT, OFFICE, OFFICIAL = "team.lead-consultant", "department.programme-office", "department.official"
BOARD = "board.board"
PATHS = ("special-measures", "decision", "scoping", "tender", "mobilisation", "board-cycles")


def do(filled: Filled, *steps: Do) -> None:
    for step in steps:
        assert step.on is not None
        filled.at = max(filled.at + timedelta(seconds=1), noon(step.on))
        recorder = {"department.minister": OFFICIAL, BOARD: LEAD}.get(step.as_)
        done = filled.give(ONE, step.type, step.as_, recorder, fields=dict(step.body))
        assert done.outcome is not None and done.outcome.accepted, (step, done.outcome)


def through(home: Path, *stages: str) -> Filled:
    """A real engagement in a ledger of its own, along the shortest honest way through some stages."""
    filled = Filled.make(home, noon("2002-05-29"))
    filled.give(COUNCIL, "publish-rating", CHIEF, service="social-services", stars=0)
    for stage in stages:
        do(filled, *WAY[stage])
    return filled


def forge(
    filled: Filled,
    type: str,
    body: dict[str, Any],
    decided: str | Actor,
    recorded: str | Actor | None = None,
    *,
    command: str | None = None,
    given: dict[str, Any] | None = None,
    meant: str | None = None,
    person: str | None = None,
) -> None:
    """Append an event that nobody decided, past `transact`, with a stored command behind it where one is named."""
    who = Actor.parse(decided) if isinstance(decided, str) else decided
    who = who.model_copy(update={"person": person or who.person})
    by = who if recorded is None else Actor.parse(str(recorded))
    on = When.day(london_day(filled.at))
    filled.number += 1
    ref = CommandRef(id=f"forged-{filled.number}", digest="")
    with filled.ledger.writing() as tx:
        if command is not None:
            record = CommandRecord(
                id=ref.id,
                target=ONE,
                type=command,
                decided_by=Actor.parse(meant) if meant else who,
                recorded_by=by,
                signed_in="local",
                via="command-line",
                occurred=PrintedWhen.parse(str(on)),
                body=given or {},
            )
            signed = SignedCommand.make(record, filled.face.key.id, filled.face.key.sign)
            tx.store(signed, filled.at)
            ref = signed.ref
        draft = Draft(type=type, occurred=on, decided_by=who, recorded_by=by, body=body)
        tx.append(ONE, tx.head(ONE).version, [draft], ref, filled.at, "forged")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with an engagement that was just opened, to be copied."""
    home = tmp_path_factory.mktemp("opened")
    through(home).ledger.close()
    return home


@pytest.fixture
def young(opened: Path, tmp_path: Path) -> Filled:
    """An engagement that was just opened, in a ledger of the test's own."""
    home = shutil.copytree(opened, tmp_path / "home")
    filled = Filled.make(home, noon("2002-06-01"))
    filled.number = 1000
    return filled


def rules(found: Any) -> list[str]:
    return [finding["rule"] for finding in found["findings"]]


NOTE = {"text": "sealed:" + "0" * 64}


def test_an_honest_history_has_no_findings_and_lists_who_did_what(tmp_path: Path, run: Run) -> None:
    through(tmp_path, *PATHS)
    result = run(tmp_path, "duties", ID, "--json")
    assert result.code == 0, result.out
    assert result.json["findings"] == []
    acts = {(act["command"], act["decided_by"]["role"], act["recorded_by"]["role"]) for act in result.json["acts"]}
    assert ("agree-pid", "board", "lead-inspector") in acts
    assert {act["via"] for act in result.json["acts"]} == {"command-line"}
    told = run(tmp_path, "duties", ID)
    assert told.code == 0 and "Nobody did what they must not" in told.out


def note(decided: str | Actor, **more: Any) -> dict[str, Any]:
    """A forged case note."""
    return {"type": "note-added", "body": NOTE, "decided": decided, **more}


BY_COMMAND = {"command": "add-note", "given": NOTE}
SUBMITTED = {"deliverable": "x"}
RATING = {"rating": 9, "stars": 1}


@pytest.mark.parametrize(
    ("rule", "forged"),
    [
        ("role", note("team.intruder", **BY_COMMAND)),
        ("recorder", note(LEAD, recorded=DIRECTOR, **BY_COMMAND)),
        (
            "stage",
            {
                "type": "deliverable-submitted",
                "body": SUBMITTED,
                "decided": CONSULTANT,
                "command": "submit-deliverable",
                "given": SUBMITTED,
            },
        ),
        ("no-command", note(LEAD)),
        ("not-its-event", {**note(LEAD, **BY_COMMAND), "type": "mobilisation-meeting-held", "body": {}}),
        ("another-actor", note(LEAD, meant=DIRECTOR, **BY_COMMAND)),
        ("not-the-engines", note(ENGINE)),
        (
            "not-derived",
            {"type": "rating-noted", "body": RATING, "decided": LEAD, "command": "note-rating", "given": RATING},
        ),
    ],
)
def test_what_must_not_be_is_found(young: Filled, run: Run, rule: str, forged: dict[str, Any]) -> None:
    forge(young, **forged)
    result = run(young.settings.home, "duties", ID, "--json")
    assert (result.code, rules(result.json)) == (1, [rule])
    assert run(young.settings.home, "duties", ID).out.startswith("Findings")


DAYS: dict[str, Any] = {"days": "2", "consultant": "p3", "claim": 1}
INVOICE = {"contract": 1, "invoice": "i1", "year": 1, "lines": [], "fixed": "1.00", "variable": "1.00"}


@pytest.mark.parametrize(
    ("case", "claim", "judged"),
    [
        (
            "the same role, nobody named",
            (("days-used", DAYS, LEAD), None),
            (("days-signed-off", {"days": "2", "claims": [1]}, LEAD), None),
        ),
        (
            "the same role, no claim named",
            (("days-used", DAYS, LEAD), None),
            (("days-signed-off", {"days": "2"}, LEAD), None),
        ),
        (
            "the same person in two roles",
            (("days-used", DAYS, CONSULTANT), "jo"),
            (("days-signed-off", {"days": "2", "claims": [1]}, LEAD), "jo"),
        ),
        (
            "whose days they are",
            (("days-used", DAYS, CONSULTANT), None),
            (("days-signed-off", {"days": "2", "claims": [1]}, LEAD), "p3"),
        ),
        (
            "a deliverable",
            (("deliverable-submitted", SUBMITTED, CONSULTANT), None),
            (("deliverable-accepted", SUBMITTED, CONSULTANT), None),
        ),
        (
            "a change",
            (("change-requested", {"change": 1, "grounds": NOTE["text"]}, LEAD), "jo"),
            (("change-decided", {"change": 1, "approved": True}, BOARD), "jo"),
        ),
        (
            "an invoice",
            (("partner-invoice-received", INVOICE, OFFICE), None),
            (("partner-invoice-settled", {"invoice": "i1", "stands": True}, OFFICE), None),
        ),
        (
            "a record of a document's own",
            (("item-recorded", {"record": "diagnosis", "amounts": {"diagnosis": "1"}}, OFFICE), None),
            (("item-recorded", {"record": "diagnosis-acceptance", "amounts": {"diagnosis": "1"}}, OFFICE), None),
        ),
    ],
)
def test_whoever_signs_off_a_claim_of_their_own_is_found(
    young: Filled, run: Run, case: str, claim: Any, judged: Any
) -> None:
    for what, person in (claim, judged):
        forge(young, *what, person=person)
    found = run(young.settings.home, "duties", ID, "--json")
    own = [each for each in found.json["findings"] if each["rule"] == "own-claim"]
    assert found.code == 1 and len(own) == 1, (case, found.json["findings"])
    assert own[0]["details"]["claim"] == own[0]["version"] - 1


def test_another_person_of_the_same_role_and_a_claim_that_was_withdrawn_are_no_findings(
    young: Filled, run: Run
) -> None:
    forge(young, "deliverable-submitted", SUBMITTED, CONSULTANT, person="jo")
    forge(young, "deliverable-accepted", SUBMITTED, CONSULTANT, person="kim")
    forge(young, "days-used", DAYS, LEAD)
    with young.ledger.reading() as conn:
        version = events.head(conn, ONE).version
    withdrawn = {"version": version, "withdraws": "days-used", "reason": NOTE["text"]}
    forge(young, "event-withdrawn", withdrawn, OFFICE)
    forge(young, "days-signed-off", {"days": "2", "claims": [1]}, LEAD)
    assert "own-claim" not in rules(run(young.settings.home, "duties", ID, "--json").json)


def test_a_scope_that_only_its_drafter_agreed_is_found_once_the_stage_is_left(young: Filled, run: Run) -> None:
    forge(young, "scope-drafted", {"draft": 1}, LEAD)
    forge(young, "scope-agreed", {"draft": 1}, LEAD)
    assert "own-claim-alone" not in rules(run(young.settings.home, "duties", ID, "--json").json)
    forge(young, "stage-entered", {"stage": "tender", "left": "scoping"}, ENGINE)
    assert "own-claim-alone" in rules(run(young.settings.home, "duties", ID, "--json").json)


def test_a_bid_scored_in_spite_of_an_interest_is_found(young: Filled, run: Run) -> None:
    forge(young, "bid-scored", {"bidder": "KPMG", "member": DIRECTOR, "scores": []}, DIRECTOR)
    forge(young, "interest-declared", {"bidder": "KPMG", "member": DIRECTOR, "nature": NOTE["text"]}, DIRECTOR)
    assert "interest" not in rules(run(young.settings.home, "duties", ID, "--json").json), "scored before"
    forge(young, "bid-scored", {"bidder": "Other", "member": DIRECTOR, "scores": []}, DIRECTOR)
    assert "interest" not in rules(run(young.settings.home, "duties", ID, "--json").json), "another bidder"
    forge(young, "bid-scored", {"bidder": "KPMG", "member": f"{DIRECTOR}/jo", "scores": []}, DIRECTOR)
    assert "interest" in rules(run(young.settings.home, "duties", ID, "--json").json)


def test_with_another_phase_a_new_tender_begins(young: Filled, run: Run) -> None:
    """What was declared and claimed before is not what is scored, or signed off without naming a claim, after it."""
    forge(young, "interest-declared", {"bidder": "KPMG", "member": DIRECTOR, "nature": NOTE["text"]}, DIRECTOR)
    forge(young, "days-used", DAYS, LEAD)
    forge(young, "further-phase-started", {"reason": NOTE["text"]}, OFFICE)
    forge(young, "bid-scored", {"bidder": "KPMG", "member": DIRECTOR, "scores": []}, DIRECTOR)
    forge(young, "days-signed-off", {"days": "2"}, LEAD)
    found = rules(run(young.settings.home, "duties", ID, "--json").json)
    assert "interest" not in found and "own-claim" not in found


def test_after_a_move_acts_are_held_to_the_other_document(young: Filled, run: Run) -> None:
    """What the old document lets a role do is a finding once the engagement is held to one that does not know the role."""
    forge(young, **note(DIRECTOR, **BY_COMMAND))
    home = young.settings.home
    assert rules(run(home, "duties", ID, "--json").json) == []
    with young.ledger.reading() as conn:
        sha = next(event for event in events.read_stream(conn, ONE)).body["lifecycle_sha256"]
    moved = {
        "from_model": "performance-action-team@3",
        "model": "best-value-intervention@1",
        "lifecycle_sha256": sha,
        "left": "special-measures",
        "stage": "support",
        "reason": NOTE["text"],
    }
    given = {"model": "best-value-intervention", "version": 1, "stage": "support", "reason": NOTE["text"]}
    forge(young, "engagement-moved", moved, OFFICE, command="move-engagement", given=given)
    forge(young, **note(DIRECTOR, **BY_COMMAND))
    found = run(home, "duties", ID, "--json").json
    assert [(each["rule"], each["details"]["model"]) for each in found["findings"]] == [
        ("role", "best-value-intervention@1")
    ]
    assert [each["type"] for each in found["exceptions"]] == ["engagement-moved"]


def test_what_was_out_of_the_ordinary_is_listed_with_its_reason(young: Filled, run: Run) -> None:
    young.at = noon("2002-06-03")
    young.give(ONE, "pause-clock", OFFICE, obligation="submit-pip", ground="election", reason="Polling day.")
    young.give(ONE, "stop-engagement", OFFICE, reason="It was merged.")
    found = run(young.settings.home, "duties", ID, "--json")
    assert found.code == 0
    listed = {each["type"]: each["reason"] for each in found.json["exceptions"]}
    assert listed.get("engagement-stopped") == "It was merged."
    assert listed.get("clock-paused", "Polling day.") == "Polling day."
    assert "It was merged." in run(young.settings.home, "duties", ID).out


def test_whoever_stood_in_for_another_is_listed(young: Filled, run: Run) -> None:
    people = "office/people"
    for person in ("jo", "kim"):
        young.give(people, "register-person", OFFICE, fields={"person": person, "name": person.title()})
    young.give(people, "give-role", OFFICE, fields={"person": "jo", "role": LEAD, "starts": "2002-01-01"})
    young.give(people, "record-absence", OFFICE, fields={"person": "jo", "starts": "2002-05-01", "cover": "kim"})
    young.give(ONE, "add-note", LEAD, person="kim", text="A note.")
    (stood,) = run(young.settings.home, "duties", ID, "--json").json["exceptions"]
    assert (stood["type"], stood["title"]) == ("stood-in", "kim stood in for jo")


def test_a_council_has_no_duties(young: Filled, run: Run) -> None:
    assert run(young.settings.home, "duties", "Haringey").code == 2


CASES = sorted(path.name.removesuffix(".yaml") for path in files("domain").joinpath("cases").iterdir())


@pytest.mark.parametrize("name", CASES)
def test_no_shipped_case_has_a_finding(name: str, tmp_path: Path, run: Run) -> None:
    """Fourteen histories of five models: nobody in them did what the check says they must not."""
    filled = Filled.make(tmp_path)
    filled.take_over(shipped_case(name), name)
    with filled.ledger.reading() as conn:
        engagements = events.streams(conn, "engagement/")
    assert engagements
    for stream in engagements:
        found = run(tmp_path, "duties", stream, "--json")
        assert found.json["findings"] == [], found.json["findings"]
        assert any(each["type"] == "history-imported" for each in found.json["exceptions"])
