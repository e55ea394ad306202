"""`transact` on SQLite and PostgreSQL: one transaction for everything that a command or the clock brings."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError

from activities.messages import Submission, Task
from activities.signatures import Keyring, SigningKey
from domain.case import read_case
from domain.documents import parse
from domain.records import CommandRef
from faces import telling
from faces.importing import Takeover, drafts
from ledger import commands, read_models
from ledger.commands import StoredOutcome
from ledger.errors import CommandIdReused
from ledger.sealing import sealed_values, unseal
from ledger.store import Ledger
from ledger.verify import verify
from tests.given import shipped
from tests.transactions import HARINGEY, OPENED, SWINDON, Office
from workers.face import NotAField
from workers.rebuild import rebuild_read_models

ENGAGEMENT = "engagement/haringey-1"


@pytest.fixture
def office(ledger: Ledger, tmp_path: Path) -> Office:
    return Office(ledger, tmp_path / "home")


def test_a_zero_star_rating_opens_an_engagement_in_the_same_transaction(office: Office) -> None:
    outcome = office.rate()
    assert outcome.accepted
    assert office.types(HARINGEY) == ["rating-published", "intervention-opened"]
    assert office.types(ENGAGEMENT) == [
        "engagement-opened",
        "stage-entered",
        "obligation-opened",
        "obligation-opened",
    ]
    assert outcome.outcome["wakes"] == [{"target": ENGAGEMENT, "submission": None}]


def test_one_star_opens_nothing(office: Office) -> None:
    assert office.rate(stars=1).accepted
    assert office.types(HARINGEY) == ["rating-published"]


def test_a_second_zero_star_rating_tells_the_engagement_and_opens_no_other(office: Office) -> None:
    office.rate()
    outcome = office.rate(id="later")
    (wake,) = outcome.outcome["wakes"]
    assert wake["target"] == ENGAGEMENT
    with office.ledger.reading() as conn:
        derived = commands.stored_command(conn, wake["submission"]["command_id"])
    assert derived is not None
    assert derived.record.cause == "later"
    done = office.run(derived)
    assert done.outcome is not None
    assert done.outcome.accepted
    assert office.types(ENGAGEMENT)[-1] == "rating-noted"
    with office.ledger.reading() as conn:
        assert [row.id for row in read_models.portfolio(conn)] == ["haringey-1"]


def test_a_star_regained_before_an_award_closes_the_engagement_and_tells_the_council(office: Office) -> None:
    office.rate()
    office.at += timedelta(days=30)
    (wake,) = office.rate(stars=1).outcome["wakes"]
    with office.ledger.reading() as conn:
        derived = commands.stored_command(conn, wake["submission"]["command_id"])
    assert derived is not None
    done = office.run(derived)
    assert done.standing.closed == "star-regained"
    assert done.standing.idle
    assert office.types(HARINGEY)[-1] == "intervention-closed"
    # The next zero-star rating may open another, under a number that was never used.
    office.rate()
    assert office.types("engagement/haringey-2")[0] == "engagement-opened"


def test_a_command_id_seen_before_returns_its_first_outcome(office: Office) -> None:
    office.rate()
    first = office.store(office.command(ENGAGEMENT, "receive-pip", "council.director", {}, id="once"))
    told = office.run(first)
    events = office.types(ENGAGEMENT)
    again = office.run(first)
    assert told.outcome is not None
    assert again.outcome is not None
    assert again.outcome.repeated
    assert (again.outcome.accepted, again.outcome.version) == (told.outcome.accepted, told.outcome.version)
    assert office.types(ENGAGEMENT) == events


def test_the_same_id_with_other_content_is_refused_at_the_door_and_by_transact(office: Office) -> None:
    office.rate()
    stored = office.store(office.command(ENGAGEMENT, "add-note", "council.director", {"text": "one"}, id="same"))
    with pytest.raises(CommandIdReused):
        office.store(office.command(ENGAGEMENT, "add-note", "council.director", {"text": "two"}, id="same"))
    office.run(stored)
    done = office.transact.run(
        Task(target=ENGAGEMENT, at=office.at, epoch=1, submission=Submission(command_id="same", digest="0" * 64))
    )
    assert done.outcome is not None
    assert done.outcome.rule == "command-id-reused"


def test_a_refusal_is_kept_beside_the_stream_and_leaves_it_as_it_was(office: Office) -> None:
    office.rate()
    before = office.types(ENGAGEMENT)
    outcome = office.give(ENGAGEMENT, "judge-pip", "inspectorate.lead-inspector", {"verdict": "acceptable"})
    assert not outcome.accepted
    assert outcome.outcome["rule"] == "needs"
    assert outcome.outcome["details"] == {"command": "judge-pip", "event": "pip-received"}
    assert office.types(ENGAGEMENT) == before
    assert office.types(f"refusal/{ENGAGEMENT}") == ["command-refused"]


def test_a_rating_is_recorded_by_who_may_give_it(office: Office) -> None:
    refused = office.rate(recorded_by="team.lead-consultant")
    assert refused.outcome["rule"] == "recorder"
    assert office.types(HARINGEY) == []
    assert office.rate(recorded_by="department.programme-office").accepted


def test_what_is_due_is_struck_before_a_late_command(office: Office) -> None:
    office.rate()
    office.at = datetime(2002, 8, 30, 12, tzinfo=UTC)
    assert office.give(ENGAGEMENT, "receive-pip", "council.director", {}).accepted
    types = office.types(ENGAGEMENT)
    assert types.index("obligation-passed") < types.index("pip-received")
    met = next(body for body in office.bodies(ENGAGEMENT, "obligation-met") if body["obligation"] == "submit-pip")
    assert met["late"]
    passed = office.bodies(ENGAGEMENT, "obligation-passed")
    assert [body["late"] for body in passed] == [True, True], "a strike done when everything was down says so"


def test_the_clock_strikes_each_instant_once(office: Office) -> None:
    office.rate()
    office.at = datetime(2002, 6, 11, 8, 0, 1, tzinfo=UTC)
    office.clock(ENGAGEMENT)
    office.clock(ENGAGEMENT)
    assert office.types(ENGAGEMENT).count("obligation-reminded") == 1
    (reminded,) = office.bodies(ENGAGEMENT, "obligation-reminded")
    assert reminded["late"] is False
    with office.ledger.writing() as tx:
        strike = next(event for event in tx.events(ENGAGEMENT) if event.type == "obligation-reminded")
    assert strike.command == CommandRef(id="clock/haringey-1/4/2002-06-11T08:00:00Z", digest="")


def test_a_stale_version_is_a_conflict(office: Office) -> None:
    office.rate()
    outcome = office.give(ENGAGEMENT, "receive-pip", "council.director", {}, expected_version=3)
    assert outcome.outcome["rule"] == "stale-version"
    assert outcome.outcome["details"] == {"expected": 3, "actual": 4}
    assert office.give(ENGAGEMENT, "receive-pip", "council.director", {}, expected_version=4).accepted


def test_a_command_that_no_trusted_face_signed_is_not_taken(office: Office, tmp_path: Path) -> None:
    office.rate()
    office.face.key = SigningKey.kept_in(tmp_path / "elsewhere", "stranger")
    done = office.run(office.store(office.command(ENGAGEMENT, "receive-pip", "council.director", {})))
    assert done.outcome is not None
    assert done.outcome.rule == "face-not-trusted"
    assert "pip-received" not in office.types(ENGAGEMENT)


def test_a_signature_holds_for_its_own_bytes_only(office: Office) -> None:
    office.rate()
    signed = office.store(office.command(ENGAGEMENT, "receive-pip", "council.director", {}))
    keys = Keyring.of_folder(office.home / "keys")
    assert keys.checks(signed.face, signed.signature, signed.bytes)
    assert not keys.checks(signed.face, signed.signature, signed.bytes + b" ")


def test_a_command_that_was_not_stored_is_not_taken(office: Office) -> None:
    office.rate()
    task = Task(target=ENGAGEMENT, at=office.at, epoch=1, submission=Submission(command_id="no", digest="0" * 64))
    done = office.transact.run(task)
    assert done.outcome is not None
    assert done.outcome.rule == "command-not-stored"


def test_a_command_for_another_target_is_not_taken(office: Office) -> None:
    office.rate()
    office.rate(SWINDON)
    stored = office.store(office.command("engagement/swindon-1", "receive-pip", "council.director", {}))
    submission = Submission(command_id=stored.record.id, digest=stored.digest)
    done = office.transact.run(Task(target=ENGAGEMENT, at=office.at, epoch=1, submission=submission))
    assert done.outcome is not None
    assert done.outcome.rule == "command-not-stored"


def test_an_older_epoch_is_refused(office: Office) -> None:
    office.rate()
    with office.ledger.writing() as tx:
        tx.raise_epoch()
    with pytest.raises(ApplicationError) as caught:
        office.clock(ENGAGEMENT)
    assert caught.value.type == "StaleEpoch"


def test_a_withdrawn_rating_closes_what_it_opened_as_opened_in_error(office: Office) -> None:
    office.rate()
    outcome = office.give(
        HARINGEY, "withdraw-rating", "inspectorate.chief-inspector", {"rating": 1, "reason": "the wrong council"}
    )
    (wake,) = outcome.outcome["wakes"]
    with office.ledger.reading() as conn:
        derived = commands.stored_command(conn, wake["submission"]["command_id"])
    assert derived is not None
    assert office.run(derived).standing.closed == "opened-in-error"


def test_sealed_values_stand_in_no_event_and_no_command(office: Office) -> None:
    office.rate()
    office.give(ENGAGEMENT, "add-note", "council.director", {"text": "Quenby Thistlethwaite is ill"})
    with office.ledger.reading() as conn:
        stored = commands.commands_of(conn, ENGAGEMENT)
    assert not any(b"Quenby" in command.bytes for command in stored)
    (note,) = office.bodies(ENGAGEMENT, "note-added")
    assert note["text"].startswith("sealed:")


def test_a_correction_of_sealed_text_is_sealed_too(office: Office) -> None:
    office.rate()
    office.give(ENGAGEMENT, "add-note", "council.director", {"text": "wrong"})
    version = len(office.types(ENGAGEMENT))
    outcome = office.give(
        ENGAGEMENT,
        "correct-event",
        "department.programme-office",
        {"version": version, "changes": {"text": "Quenby was right"}, "reason": "mistyped"},
    )
    assert outcome.accepted, outcome
    (corrected,) = office.bodies(ENGAGEMENT, "event-corrected")
    assert corrected["changes"]["text"].startswith("sealed:")
    with office.ledger.reading() as conn:
        assert not any(b"Quenby" in command.bytes for command in commands.commands_of(conn, ENGAGEMENT))


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"txt": "Quenby is ill"}, "txt"), ({"text": ["Quenby"], "note": "Quenby"}, "note")],
    ids=["a misspelt field", "a field of another event"],
)
def test_what_a_corrected_event_has_no_field_for_is_never_stored(
    office: Office, changes: dict[str, object], field: str
) -> None:
    office.rate()
    office.give(ENGAGEMENT, "add-note", "council.director", {"text": "wrong"})
    body = {"version": len(office.types(ENGAGEMENT)), "changes": changes, "reason": "mistyped"}
    with pytest.raises(NotAField) as caught:
        office.store(office.command(ENGAGEMENT, "correct-event", "department.programme-office", body))
    assert (caught.value.event, caught.value.field) == ("note-added", field)
    with office.ledger.reading() as conn:
        assert not any(b"Quenby" in command.bytes for command in commands.commands_of(conn, ENGAGEMENT))


def test_a_correction_seals_what_lies_deeper_too(office: Office) -> None:
    office.rate()
    pid = {"workstreams": [{"id": "care", "title": "Quenby's plan"}]}
    assumed = {"to": "board-cycles", "because": "silent"}
    office.give(ENGAGEMENT, "assume-stage", "department.programme-office", assumed, via="case-file")
    assert office.give(ENGAGEMENT, "submit-pid", "team.lead-consultant", pid, via="case-file").accepted
    version = office.types(ENGAGEMENT).index("pid-submitted") + 1
    body = {
        "version": version,
        "changes": {"workstreams": [{"id": "care", "title": "Quenby's other plan"}]},
        "reason": "mistyped",
    }
    assert office.give(ENGAGEMENT, "correct-event", "department.programme-office", body).accepted
    (corrected,) = office.bodies(ENGAGEMENT, "event-corrected")
    assert corrected["changes"]["workstreams"][0]["title"].startswith("sealed:")
    with office.ledger.reading() as conn:
        assert not any(b"Quenby" in command.bytes for command in commands.commands_of(conn, ENGAGEMENT))


ASSESSED = {"kind": "joint-review", "note": "Quenby wrote it"}


def assess(office: Office) -> None:
    assert office.give(HARINGEY, "record-assessment", "department.programme-office", ASSESSED).accepted


def stored_text(office: Office, *targets: str) -> bytes:
    """Everything the ledger keeps of some streams: their commands and their events."""
    with office.ledger.writing() as tx:
        streams = [name for target in targets for name in (target, f"refusal/{target}")]
        events = [repr(event).encode() for name in streams for event in tx.events(name)]
    with office.ledger.reading() as conn:
        return b"".join([*events, *(c.bytes for target in targets for c in commands.commands_of(conn, target))])


@pytest.mark.parametrize("named_by", ["event", "version"])
@pytest.mark.parametrize(
    ("target", "event", "field"),
    [(ENGAGEMENT, "note-added", "text"), (HARINGEY, "assessment-recorded", "note")],
    ids=["an engagement", "a council"],
)
def test_a_dispute_over_sealed_text_is_sealed_too(
    office: Office, target: str, event: str, field: str, named_by: str
) -> None:
    office.rate()
    assess(office)
    office.give(ENGAGEMENT, "add-note", "council.director", {"text": "Quenby was wrong"})
    about = {"event": event} if named_by == "event" else {"version": len(office.types(target))}
    body = {**about, "changes": {field: "Quenby was right"}, "source": "Quenby's letter", "note": "Quenby's hand"}
    outcome = office.give(target, "dispute-fact", "department.programme-office", body)
    assert outcome.accepted, outcome
    (disputed,) = office.bodies(target, "fact-disputed")
    assert disputed["version"] == len(office.types(target)) - 1
    sealed = [disputed["changes"][field], disputed["recorded"][field], disputed["source"], disputed["note"]]
    assert len(set(sealed)) == 4 and all(value.startswith("sealed:") for value in sealed)
    with office.ledger.reading() as conn:
        found = unseal(conn, sealed[:2])
    assert [found[side] for side in sealed[:2]] == ["Quenby was right", ASSESSED.get(field, "Quenby was wrong")]
    choice = {"dispute": 1, "use": "other", "reason": "Quenby swore it"}
    assert office.give(target, "choose-fact", "department.programme-office", choice).accepted
    assert office.bodies(target, "fact-chosen")[0]["changes"] == {field: sealed[0]}
    assert b"Quenby" not in stored_text(office, ENGAGEMENT, HARINGEY)


@pytest.mark.parametrize("named_by", ["event", "version"])
@pytest.mark.parametrize("target", [ENGAGEMENT, HARINGEY], ids=["an engagement", "a council"])
@pytest.mark.parametrize(
    ("changes", "field"),
    [({"txt": "Quenby is ill"}, "txt"), ({"by": "SSI", "stars": "Quenby"}, "stars"), ({"kind": ["Quenby"]}, "kind")],
    ids=["a misspelt field", "a field of another event", "a value that does not fit"],
)
def test_what_a_disputed_event_has_no_field_for_is_never_stored(
    office: Office, target: str, named_by: str, changes: dict[str, object], field: str
) -> None:
    office.rate()
    assess(office)
    office.give(ENGAGEMENT, "add-note", "council.director", {"text": "wrong"})
    event = "note-added" if target == ENGAGEMENT else "assessment-recorded"
    about = {"event": event} if named_by == "event" else {"version": len(office.types(target))}
    body = {**about, "changes": changes, "source": "a letter"}
    with pytest.raises(NotAField) as caught:
        office.store(office.command(target, "dispute-fact", "department.programme-office", body))
    assert caught.value.event == event
    assert caught.value.field.partition(".")[0] == (field if target == HARINGEY else next(iter(changes)))
    assert b"Quenby" not in stored_text(office, ENGAGEMENT, HARINGEY)


@pytest.mark.parametrize(
    "about",
    [{"event": "stage-entered"}, {"event": "assessment-recorded"}, {"version": 99}],
    ids=["what the engine concluded", "an event of councils", "a version that is not there"],
)
def test_a_dispute_over_nothing_is_refused_and_what_was_typed_is_not_kept(
    office: Office, about: dict[str, object]
) -> None:
    office.rate()
    body = {**about, "changes": {"stage": "Quenby"}, "source": "a letter"}
    outcome = office.give(ENGAGEMENT, "dispute-fact", "department.programme-office", body)
    assert outcome.outcome["rule"] == "nothing-to-dispute"
    assert b"Quenby" not in stored_text(office, ENGAGEMENT)


def test_an_event_is_not_looked_for_by_what_is_sealed_in_it(office: Office) -> None:
    office.rate()
    body = {
        "event": "note-added",
        "where": {"text": "Quenby"},
        "changes": {},
        "occurred": "2002-05",
        "source": "a letter",
    }
    with pytest.raises(NotAField, match="note-added"):
        office.give(ENGAGEMENT, "dispute-fact", "department.programme-office", body)
    assert b"Quenby" not in stored_text(office, ENGAGEMENT)


def test_what_another_source_has_of_a_person_goes_with_that_person(office: Office) -> None:
    office.rate()
    assumed = {"to": "mobilisation", "because": "silent"}
    office.give(ENGAGEMENT, "assume-stage", "department.programme-office", assumed, via="case-file")
    named = {"party": "council", "person": "p1", "name": "Quenby"}
    assert office.give(ENGAGEMENT, "name-lead", "council.director", named).accepted
    for about in ({"event": "lead-named"}, {"version": office.types(ENGAGEMENT).index("lead-named") + 1}):
        body = {**about, "changes": {"name": "Thistlethwaite"}, "source": "a letter"}
        assert office.give(ENGAGEMENT, "dispute-fact", "department.programme-office", body).accepted
    with office.ledger.reading() as conn:
        bodies = office.bodies(ENGAGEMENT, "fact-disputed")
        kept = sealed_values(conn, [body["changes"]["name"] for body in bodies])
    assert [(value.class_, value.subject) for value in kept.values()] == [("name", "p1")] * 2


def test_each_consultant_in_a_bid_is_sealed_apart_and_the_bid_as_the_bidders(office: Office) -> None:
    office.rate()
    assumed = {"to": "tender", "because": "silent"}
    office.give(ENGAGEMENT, "assume-stage", "department.programme-office", assumed, via="case-file")
    official = "department.official"
    invited = {"route": "open"}
    assert office.give(ENGAGEMENT, "invite-tenders", official, invited).accepted
    people = [{"person": "p1", "name": "Quenby", "cv": "Ten years"}, {"person": "p2", "name": "Thistlethwaite"}]
    bid = {"bidder": "KPMG", "price": "250000.00", "people": people}
    assert office.give(ENGAGEMENT, "receive-bid", official, bid).accepted
    with office.ledger.reading() as conn:
        sealed = [commitment for _, commitment in telling.sealed_in(office.bodies(ENGAGEMENT, "bid-received"))]
        kept = sealed_values(conn, sealed)
    assert sorted((value.class_, str(value.subject)) for value in kept.values()) == [
        ("bid", "KPMG"),
        ("cv", "p1"),
        ("name", "p1"),
        ("name", "p2"),
    ]


CASE = """council: E09000014
title: A contradiction
model: performance-action-team
source: A test
steps:
  - {on: 2002-02, do: record-assessment, as: department.programme-office, with: {kind: joint-review, note: Quenby first}}
  - {on: 2002-05-29, do: publish-rating, as: inspectorate.chief-inspector, with: {service: social-services, stars: 0}}
  - {on: 2002-06, do: add-note, as: department.programme-office, with: {text: Quenby began in June}}
  - on: 2002-07
    do: dispute-fact
    as: department.programme-office
    with: {event: note-added, changes: {text: Quenby began in May}, source: Quenby's diary, occurred: 2002-05-30}
  - {on: 2002-07, do: choose-fact, as: inspectorate.regional-director, with: {dispute: 1, use: other, reason: Quenby}}
  - on: 2002-07
    do: dispute-fact
    of: council
    as: council.director
    with: {event: assessment-recorded, changes: {note: Quenby second}, source: Quenby's diary}
  - {on: 2002-07, do: choose-fact, of: council, as: inspectorate.chief-inspector,
     with: {dispute: 1, use: other, reason: Quenby}}
"""


@pytest.mark.parametrize("imported", [True, False], ids=["imported in one batch", "played step by step"])
def test_a_case_with_disputes_is_taken_over_and_rehearsed_with_its_values_sealed(
    office: Office, imported: bool
) -> None:
    office.at = datetime(2002, 8, 1, 12, tzinfo=UTC)
    case = read_case(parse("case.yaml", CASE), shipped().lifecycle)
    takeover = Takeover(case, office.transact._shelf.register["E09000014"], "case/test", False, 0)
    if imported:
        every = list(drafts(takeover))
        stored = office.face.store(every)
        steps = [{"command": s.ref.model_dump(), "line": n} for n, s in enumerate(stored, start=1)]
        body = {"live": False, "source": "A test", "steps": steps}
        outcome = office.give(HARINGEY, "import-case", "department.programme-office", body, via="import")
        assert outcome.accepted, outcome
    else:
        for draft in drafts(takeover):
            office.run(office.store(replace(draft, via="case-file")))
            played = office.face.outcome_of(draft.id)
            assert played is not None and played.accepted, played
    for target, field, values in (
        (ENGAGEMENT, "text", ["Quenby began in May", "Quenby began in June"]),
        (HARINGEY, "note", ["Quenby second", "Quenby first"]),
    ):
        (disputed,) = office.bodies(target, "fact-disputed")
        (chosen,) = office.bodies(target, "fact-chosen")
        assert chosen["changes"] == disputed["changes"]
        with office.ledger.reading() as conn:
            sides = [disputed["changes"][field], disputed["recorded"][field]]
            found = unseal(conn, sides)
        assert [found[side] for side in sides] == values
    assert b"Quenby" not in stored_text(office, ENGAGEMENT, HARINGEY)
    assert verify(office.ledger).ok


def import_case(office: Office, *, live: bool) -> StoredOutcome:
    """Haringey rated zero and met, as history."""
    steps = [
        office.command(
            HARINGEY,
            "publish-rating",
            "inspectorate.chief-inspector",
            {"service": "social-services", "stars": 0},
            via="import",
            on="2002-05-29",
        ),
        office.command(
            ENGAGEMENT, "meet-council", "inspectorate.chief-inspector", {"note": "met"}, via="import", on="2002-06"
        ),
    ]
    refs = [signed.ref.model_dump() for signed in office.face.store(steps)]
    body = {
        "live": live,
        "source": "the profile",
        "steps": [{"command": ref, "line": line} for line, ref in enumerate(refs, start=5)],
    }
    return office.give(HARINGEY, "import-case", "department.programme-office", body, via="import")


def test_history_only_sends_nothing_owes_nothing_and_stands_in_nobody_s_way(office: Office) -> None:
    office.at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    outcome = import_case(office, live=False)
    assert outcome.accepted, outcome
    assert outcome.outcome["wakes"] == []
    assert office.types(ENGAGEMENT) == ["engagement-opened", "stage-entered", "council-met", "history-imported"]
    with office.ledger.reading() as conn:
        assert read_models.unsettled_notices(conn) == []
        assert [row.status for row in read_models.portfolio(conn)] == ["history"]
    assert office.clock(ENGAGEMENT).standing.idle
    # A rating of today opens an engagement of its own.
    assert office.rate(on="2026-11-20").accepted
    assert office.types("engagement/haringey-2")[0] == "engagement-opened"


def test_a_case_under_way_goes_on_from_where_it_stands(office: Office) -> None:
    office.at = datetime(2002, 7, 1, 12, tzinfo=UTC)
    outcome = import_case(office, live=True)
    assert outcome.outcome["wakes"] == [{"target": ENGAGEMENT, "submission": None}]
    assert [body["obligation"] for body in office.bodies(ENGAGEMENT, "obligation-opened")] == [
        "meet-council",
        "submit-pip",
    ]
    assert [body["obligation"] for body in office.bodies(ENGAGEMENT, "obligation-met")] == ["meet-council"]
    with office.ledger.reading() as conn:
        assert read_models.unsettled_notices(conn) == [], "what happened before is told to nobody"
    assert office.give(ENGAGEMENT, "receive-pip", "council.director", {}).accepted


def test_an_import_of_which_one_step_is_refused_leaves_nothing(office: Office) -> None:
    office.at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    steps = [
        office.command(
            HARINGEY,
            "publish-rating",
            "inspectorate.chief-inspector",
            {"service": "social-services", "stars": 0},
            via="import",
            on="2002-05-29",
        ),
        office.command(
            ENGAGEMENT,
            "judge-pip",
            "inspectorate.lead-inspector",
            {"verdict": "acceptable"},
            via="import",
            on="2002-06",
        ),
    ]
    refs = [signed.ref.model_dump() for signed in office.face.store(steps)]
    body = {
        "live": False,
        "source": "x",
        "steps": [{"command": ref, "line": line} for line, ref in enumerate(refs, start=5)],
    }
    outcome = office.give(HARINGEY, "import-case", "department.programme-office", body, via="import")
    assert outcome.outcome["rule"] == "step-refused"
    assert outcome.outcome["details"]["line"] == 6
    assert outcome.outcome["details"]["rule"] == "needs"
    assert office.types(HARINGEY) == []
    assert office.types(ENGAGEMENT) == []
    assert verify(office.ledger).ok
    # Nor does it leave anything in what the worker remembers.
    assert office.rate(on="2026-11-20").accepted
    (opened,) = office.bodies(HARINGEY, "intervention-opened")
    assert (opened["engagement"], opened["rating"]) == ("haringey-1", 1)


def test_notices_are_asked_once_and_in_the_same_transaction(office: Office) -> None:
    office.rate()
    with office.ledger.reading() as conn:
        rows = read_models.notices(conn, "haringey-1")
    told = sorted((row.template, row.to_role) for row in rows)
    assert told == [
        ("engagement-opened", "council.chief-executive"),
        ("engagement-opened", "council.director"),
        ("engagement-opened", "department.programme-office"),
        ("engagement-opened", "inspectorate.regional-director"),
        ("stage-entered", "council.director"),
        ("stage-entered", "inspectorate.lead-inspector"),
    ]
    assert office.clock(ENGAGEMENT).standing.notices == tuple(sorted(row.id for row in rows))


def test_read_models_rebuilt_are_what_they_were(office: Office) -> None:
    office.rate()
    office.rate(SWINDON)
    office.at += timedelta(days=70)
    office.clock(ENGAGEMENT)
    office.give(ENGAGEMENT, "receive-pip", "council.director", {})
    office.give("engagement/swindon-1", "stop-engagement", "department.programme-office", {"reason": "merged"})

    def everything() -> list[object]:
        with office.ledger.reading() as conn:
            rows: list[object] = list(read_models.portfolio(conn))
            for id in ("haringey-1", "swindon-1"):
                rows += read_models.obligations(conn, id)
                rows += read_models.notices(conn, id)
        return rows

    before = everything()
    rebuild_read_models(office.ledger, lambda done, total: None)
    assert everything() == before


def test_the_ledger_verifies_after_all_of_it(office: Office) -> None:
    office.rate()
    office.at = OPENED + timedelta(days=200)
    office.clock(ENGAGEMENT)
    office.give(ENGAGEMENT, "judge-pip", "inspectorate.lead-inspector", {"verdict": "acceptable"})
    report = verify(office.ledger)
    assert report.ok, report
    assert report.events > 20
