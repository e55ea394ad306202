"""Disputed facts, of engagements and of councils: both values stay, one is used, and it is known who chose and why."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain import council as a_council
from domain import engagement as an_engagement
from domain.contract import ContractAwarded
from domain.course import NoteAdded
from domain.disputes import Dispute, DisputeFact, FactChosen, FactDisputed, disputes
from domain.engagement import EVENTS, Engagement, evolve
from domain.part import Caution, Entry, Event
from domain.ratings import in_force, newest_rating
from tests.given import WAY, Do, Scene, World, given, seal, sealed_body

OFFICE, LEAD = "department.programme-office", "inspectorate.lead-inspector"
CHIEF = "inspectorate.chief-inspector"
ANNEXE: dict[str, Any] = {"event": "contract-awarded", "changes": {"starts": "2002-08"}, "source": "Annexe 4"}


def awarded(*more: Do) -> Scene:
    """An engagement whose contract starts on 1 August 2002, as it was recorded."""
    return given("mobilisation", *more)


def disputed(**body: Any) -> Scene:
    """The same, when another source has another start."""
    return awarded().when("dispute-fact", LEAD, **(ANNEXE | body)).accepted()


def chosen(use: str = "other", number: int = 1) -> Do:
    return Do("choose-fact", OFFICE, body={"dispute": number, "use": use, "reason": "The annexe was checked."})


def standing(scene: Scene, number: int = 1) -> Dispute:
    return disputes(scene.state.history)[number - 1]


def version_of(scene: Scene, kind: type[Event]) -> int:
    entry = scene.state.history.last(kind)
    assert entry is not None
    return entry.version


def starts(scene: Scene) -> str:
    entry = scene.state.history.last(ContractAwarded)
    assert entry is not None
    return str(entry.event.starts)


def printed(values: Any) -> dict[str, Any]:
    """Values with their dates as printed."""
    return {name: v["printed"] if isinstance(v, dict) and "printed" in v else v for name, v in values.items()}


# What is accepted


def test_a_dispute_carries_both_values_and_the_source_and_the_recorded_one_stays_in_use() -> None:
    scene = disputed(note="The profile has another month again.")
    (event,) = scene.then("fact-disputed").only(FactDisputed)
    version = version_of(scene, ContractAwarded)
    assert (event.dispute, event.version, event.disputes) == (1, version, "contract-awarded")
    assert (printed(event.recorded), printed(event.changes)) == ({"starts": "2002-08-01"}, {"starts": "2002-08"})
    assert (event.source, event.note) == (seal("Annexe 4"), seal("The profile has another month again."))
    assert (event.occurred, event.recorded_occurred) == (None, None)
    assert starts(scene) == "2002-08-01"


def test_a_date_is_disputed_without_any_field() -> None:
    scene = disputed(changes={}, occurred="2002-07")
    (event,) = scene.then("fact-disputed").only(FactDisputed)
    assert (str(event.occurred), str(event.recorded_occurred)) == ("2002-07", "2002-07-25")
    scene.when(chosen()).accepted()
    entry = scene.state.history.last(ContractAwarded)
    assert entry is not None and str(entry.occurred) == "2002-07" and str(entry.event.starts) == "2002-08-01"


def test_a_type_is_narrowed_by_values_of_its_fields() -> None:
    people = [
        Do("name-lead", LEAD, body={"party": party, "person": f"{party}-1"}) for party in ("inspectorate", "team")
    ]
    scene = awarded(*people)
    about: dict[str, Any] = {"event": "lead-named", "changes": {"person": "p9"}, "source": "A letter"}
    scene.when("dispute-fact", LEAD, **about, where={"party": "inspectorate"}).accepted()
    assert [event.recorded for event in scene.only(FactDisputed)] == [{"person": "inspectorate-1"}]
    for where in ({"party": "council"}, {"nothing": "team"}):
        scene.when("dispute-fact", LEAD, **about, where=where).refused("nothing-to-dispute", event="lead-named")
    with pytest.raises(ValidationError, match="a version needs no more"):
        DisputeFact.model_validate({"version": 3, "where": {"party": "team"}, "source": seal("A letter")})


def test_an_event_is_named_by_its_version_too_and_by_its_type_it_is_the_latest() -> None:
    notes = [Do("add-note", OFFICE, body={"text": text}) for text in ("First.", "Second.")]
    scene = awarded(*notes)
    first, second = (entry.version for entry in scene.state.history.all(NoteAdded))
    scene.when("dispute-fact", OFFICE, event="note-added", changes={"text": "Another."}, source="A letter.")
    assert scene.only(FactDisputed)[0].version == second
    scene.when("dispute-fact", OFFICE, version=first, changes={"text": seal("A third.")}, source="A letter.")
    assert scene.only(FactDisputed)[0].version == first
    assert [dispute.number for dispute in disputes(scene.state.history)] == [1, 2]


def test_after_a_choice_the_history_reads_with_the_other_value_and_a_later_one_puts_the_first_back() -> None:
    scene = disputed().when(chosen())
    (event,) = scene.then("fact-chosen").only(FactChosen)
    assert (event.dispute, event.use, printed(event.changes)) == (1, "other", {"starts": "2002-08"})
    assert event.version == version_of(scene, ContractAwarded)
    assert starts(scene) == "2002-08"
    (event,) = scene.when(chosen("recorded")).then("fact-chosen").only(FactChosen)
    assert printed(event.changes) == {"starts": "2002-08-01"}
    assert starts(scene) == "2002-08-01"
    assert starts(scene.when(chosen())) == "2002-08"


def test_the_recorded_value_can_be_chosen_and_then_it_is_known_who_did() -> None:
    scene = disputed().when(chosen("recorded")).then("fact-chosen")
    assert (standing(scene).chosen, standing(scene).used, starts(scene)) == ("recorded", "recorded", "2002-08-01")


def test_what_was_disputed_is_folded_again_from_what_was_stored() -> None:
    scene = disputed().when(chosen()).when(chosen("recorded")).when(chosen())
    state = Engagement(scene.state.id)
    for version, (at, drafted) in enumerate(scene.log, start=1):
        event = EVENTS[drafted.type].model_validate(drafted.body)
        state = evolve(state, Entry(version, drafted.occurred, at, drafted.decided_by, event))
    assert state.history.entries == scene.state.history.entries
    assert disputes(state.history) == disputes(scene.state.history)


def test_a_choice_moves_what_was_owed_from_the_disputed_day_and_opens_gates() -> None:
    scene = given().when("receive-pip", "council.director", "2002-06-20", plan=1).accepted()
    assert scene.owed()["judge-pip-1"] == "2002-07-11"
    scene.when("dispute-fact", LEAD, event="pip-received", occurred="2002-06-13", source="A letter.").accepted()
    assert scene.owed()["judge-pip-1"] == "2002-07-11"
    scene.when(chosen()).then("fact-chosen", "obligation-closed", "obligation-opened")
    assert scene.owed()["judge-pip-2"] == "2002-07-04"

    scene = given().when("receive-pip", "council.director", "2002-06-20", plan=1)
    scene.when("judge-pip", LEAD, "2002-06-25", verdict="not-acceptable", reason="Too long.").accepted()
    scene.when("dispute-fact", LEAD, event="pip-judged", changes={"verdict": "acceptable"}, source="The minutes.")
    assert scene.accepted().state.stage == "special-measures"
    assert scene.when(chosen()).accepted().state.stage == "decision"


def test_after_the_end_facts_are_still_disputed_and_chosen() -> None:
    scene = given("follow-up", *WAY["follow-up"]).when("dispute-fact", OFFICE, **ANNEXE).then("fact-disputed")
    scene.when(chosen()).then("fact-chosen")
    assert (starts(scene), scene.state.closed) == ("2002-08", "reviewed")


def test_a_fact_of_an_earlier_phase_is_disputed_as_well() -> None:
    further = Do("start-further-phase", "department.official", body={"reason": "More to do."})
    scene = given("exit", further)
    scene.when("dispute-fact", OFFICE, **ANNEXE).then("fact-disputed").when(chosen()).then("fact-chosen")
    assert starts(scene) == "2002-08"


# What is refused


@pytest.mark.parametrize(
    ("body", "rule", "details"),
    [
        ({"event": "contract-lost"}, "nothing-to-dispute", {"event": "contract-lost", "version": None}),
        ({"event": "review-recorded"}, "nothing-to-dispute", {"event": "review-recorded"}),
        ({"event": "stage-entered", "changes": {"stage": "exit"}}, "nothing-to-dispute", {"event": "stage-entered"}),
        ({"event": "engagement-opened", "changes": {"stars": 1}}, "nothing-to-dispute", {}),
        ({"event": "obligation-opened", "changes": {"number": 9}}, "nothing-to-dispute", {}),
        ({"event": None, "version": 999}, "nothing-to-dispute", {"event": None, "version": 999}),
        ({"changes": {"begins": "2002-08"}}, "dispute-does-not-fit", {"event": "contract-awarded", "field": "begins"}),
        ({"changes": {"starts": "soon"}}, "dispute-does-not-fit", {"field": "starts"}),
        ({"changes": {"days": "ten"}}, "dispute-does-not-fit", {"field": "days"}),
        ({"changes": {"starts": "2002-08-01"}}, "dispute-changes-nothing", {"event": "contract-awarded"}),
        ({"changes": {}}, "dispute-changes-nothing", {}),
        ({"changes": {}, "occurred": "2002-07-25"}, "dispute-changes-nothing", {}),
        ({"changes": {}, "occurred": "2030-01"}, "in-the-future", {"occurred": "2030-01"}),
        ({"changes": {}, "occurred": "2001"}, "before-the-opening", {"occurred": "2001"}),
    ],
    ids=[
        "an event that does not exist",
        "an event that has not happened",
        "a stage entered",
        "the opening",
        "an obligation",
        "a version that is not there",
        "a field it does not have",
        "a date that is none",
        "a value it cannot have",
        "what it says already",
        "nothing at all",
        "the day it says already",
        "a day to come",
        "a day before the engagement",
    ],
)
def test_what_is_refused_as_a_dispute(body: dict[str, Any], rule: str, details: dict[str, Any]) -> None:
    given("mobilisation").when("dispute-fact", LEAD, **(ANNEXE | body)).refused(rule, **details)


def test_plain_text_for_a_sealed_field_does_not_fit() -> None:
    scene = awarded(Do("add-note", OFFICE, body={"text": "Hello."}))
    body: dict[str, Any] = {
        "version": version_of(scene, NoteAdded),
        "changes": {"text": "Plain."},
        "source": "A letter.",
    }
    scene.when("dispute-fact", LEAD, **body).refused("dispute-does-not-fit", event="note-added", field="text")


@pytest.mark.parametrize("body", [{}, {"event": "note-added", "version": 3}], ids=["neither", "both"])
def test_a_dispute_names_one_event(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="either the type of an event or its version"):
        DisputeFact.model_validate(sealed_body(DisputeFact, {"source": "A letter.", "changes": {"a": 1}} | body))


def test_a_dispute_names_its_source() -> None:
    with pytest.raises(ValidationError, match="source"):
        DisputeFact.model_validate({"event": "note-added", "changes": {"a": 1}})


def test_only_a_dispute_that_was_raised_is_decided() -> None:
    awarded().when(chosen()).refused("no-such-dispute", dispute=1, disputes=[])
    disputed().when(chosen(number=2)).refused("no-such-dispute", dispute=2, disputes=[1])


@pytest.mark.parametrize("use", ["recorded", "other"])
def test_what_was_chosen_already_is_not_chosen_again(use: str) -> None:
    disputed().when(chosen(use)).when(chosen(use)).refused("chosen-already", dispute=1, use=use)


@pytest.mark.parametrize("kind", [FactDisputed, FactChosen], ids=["the dispute", "the choice"])
def test_neither_a_dispute_nor_a_choice_is_corrected_withdrawn_or_disputed(kind: type[Event]) -> None:
    scene = disputed().when(chosen())
    version = version_of(scene, kind)
    scene.when("withdraw-event", OFFICE, version=version, reason="?").refused("nothing-to-correct")
    scene.when("correct-event", OFFICE, version=version, changes={"dispute": 2}, reason="?").refused(
        "nothing-to-correct"
    )
    scene.when("dispute-fact", OFFICE, version=version, changes={"dispute": 2}, source="?").refused(
        "nothing-to-dispute"
    )


# Corrections and withdrawals


def correct(scene: Scene, **changes: Any) -> Scene:
    version = version_of(scene, ContractAwarded)
    return scene.when("correct-event", OFFICE, version=version, changes=changes, reason="Typed wrongly.").accepted()


def test_a_choice_leaves_what_was_corrected_in_other_fields_as_it_stands() -> None:
    scene = correct(disputed(), team="Deloitte").when(chosen()).accepted()
    entry = scene.state.history.last(ContractAwarded)
    assert entry is not None and (entry.event.team, starts(scene)) == ("Deloitte", "2002-08")
    scene = correct(scene, team="KPMG").when(chosen("recorded")).accepted()
    entry = scene.state.history.last(ContractAwarded)
    assert entry is not None and (entry.event.team, starts(scene)) == ("KPMG", "2002-08-01")


def test_choosing_what_was_recorded_means_as_it_was_corrected() -> None:
    scene = correct(disputed(), starts="2002-09").when(chosen()).accepted()
    assert printed(standing(scene).recorded) == {"starts": "2002-09"}
    assert starts(scene) == "2002-08"
    assert starts(scene.when(chosen("recorded")).accepted()) == "2002-09"


def test_a_correction_of_the_disputed_field_is_used_and_asks_for_a_new_choice() -> None:
    scene = correct(disputed().when(chosen()), starts="2002-09")
    assert (starts(scene), standing(scene).used, standing(scene).chosen) == ("2002-09", "recorded", None)
    assert [caution.rule for caution in an_engagement.cautions(scene.state)].count("fact-not-chosen") == 1
    assert starts(scene.when(chosen()).accepted()) == "2002-08"
    # One that says nothing of the field does not.
    assert standing(correct(scene, team="Deloitte")).chosen == "other"


def test_corrected_to_what_the_other_source_says_nothing_is_left_to_choose() -> None:
    scene = correct(disputed(), starts="2002-08")
    assert standing(scene).chosen is None and standing(scene).settled


def test_a_dispute_raised_after_a_correction_is_with_what_was_corrected() -> None:
    scene = correct(awarded(), starts="2002-09").when("dispute-fact", LEAD, **ANNEXE).accepted()
    assert printed(standing(scene).recorded) == {"starts": "2002-09"}


def test_about_a_withdrawn_event_nothing_is_chosen_nor_disputed() -> None:
    scene = awarded(Do("add-note", OFFICE, body={"text": "Hello."}))
    version = version_of(scene, NoteAdded)
    scene.when("dispute-fact", OFFICE, event="note-added", changes={"text": "Goodbye."}, source="A letter.")
    scene.when(chosen()).accepted()
    scene.when("withdraw-event", OFFICE, version=version, reason="Never said.").accepted()
    scene.when(chosen("recorded")).refused("disputed-event-withdrawn", dispute=1, event="note-added")
    scene.when("dispute-fact", OFFICE, version=version, changes={"text": seal("?")}, source="?").refused(
        "nothing-to-dispute"
    )
    found = standing(scene)
    assert (found.used, found.chosen, found.recorded, found.other) == (
        None,
        "other",
        {"text": seal("Hello.")},
        {"text": seal("Goodbye.")},
    )
    assert found.settled


# Two disputes about one event


def twice() -> Scene:
    """An award of which two other sources each have another start."""
    scene = disputed().when("dispute-fact", LEAD, **(ANNEXE | {"changes": {"starts": "2002-10"}, "source": "Profile"}))
    return scene.accepted()


def test_of_two_disputes_about_one_field_the_last_choice_says_what_is_used() -> None:
    scene = twice().when(chosen(number=1)).when(chosen(number=2)).accepted()
    first, second = disputes(scene.state.history)
    assert (starts(scene), first.used, second.used) == ("2002-10", "neither", "other")
    assert (first.chosen, second.chosen) == ("neither", "other")
    assert first.choice is not None and first.choice.event.dispute == 2
    assert starts(scene.when(chosen(number=1)).accepted()) == "2002-08"
    # What was recorded is never the other value of another dispute.
    assert starts(scene.when(chosen("recorded", 2)).accepted()) == "2002-08-01"
    assert [dispute.chosen for dispute in disputes(scene.state.history)] == ["recorded", "recorded"]


def test_a_choice_decides_every_dispute_about_the_same_field() -> None:
    scene = twice()
    assert len(list(open_disputes(scene))) == 2
    assert list(open_disputes(scene.when(chosen(number=2)))) == []


def test_a_dispute_raised_while_another_value_is_used_is_with_what_was_recorded() -> None:
    scene = disputed().when(chosen()).when("dispute-fact", LEAD, **(ANNEXE | {"changes": {"starts": "2002-10"}}))
    assert printed(standing(scene.accepted(), 2).recorded) == {"starts": "2002-08-01"}
    assert (standing(scene, 2).used, standing(scene, 2).chosen) == ("neither", None)


def test_two_disputes_about_different_fields_are_decided_apart() -> None:
    scene = disputed().when("dispute-fact", LEAD, **(ANNEXE | {"changes": {"team": "Deloitte"}})).accepted()
    scene.when(chosen(number=2)).accepted()
    assert [dispute.chosen for dispute in disputes(scene.state.history)] == [None, "other"]
    assert starts(scene) == "2002-08-01"
    scene.when(chosen(number=1)).accepted()
    entry = scene.state.history.last(ContractAwarded)
    assert entry is not None and (entry.event.team, starts(scene)) == ("Deloitte", "2002-08")
    assert [dispute.chosen for dispute in disputes(scene.state.history)] == ["other", "other"]


def test_a_choice_of_part_of_what_is_disputed_elsewhere_leaves_neither_side() -> None:
    scene = disputed(changes={"starts": "2002-08", "team": "Deloitte"})
    scene.when("dispute-fact", LEAD, **(ANNEXE | {"changes": {"team": "PwC"}})).accepted()
    scene.when(chosen(number=1)).when(chosen(number=2)).accepted()
    assert (standing(scene).used, starts(scene)) == ("neither", "2002-08")


# Reading


def open_disputes(scene: Scene) -> list[Caution]:
    return [found for found in an_engagement.cautions(scene.state) if found.rule == "fact-not-chosen"]


def test_both_values_stay_to_be_seen_with_who_chose_when_and_why() -> None:
    scene = disputed(occurred="2002-07")
    found = standing(scene)
    assert (found.number, found.event, found.version) == (1, "contract-awarded", version_of(scene, ContractAwarded))
    assert (found.used, found.chosen, found.choice, found.fields) == ("recorded", None, None, ["starts", "occurred"])
    assert (str(found.raised.decided_by), found.source) == (LEAD, seal("Annexe 4"))
    found = standing(scene.when(chosen(), as_=OFFICE, on="2002-08-20").accepted())
    assert found.choice is not None
    assert (str(found.choice.decided_by), str(found.choice.occurred)) == (OFFICE, str(scene.at.date()))
    assert (found.choice.event.reason, found.chosen, found.used) == (seal("The annexe was checked."), "other", "other")
    assert (printed(found.recorded), str(found.recorded_occurred)) == ({"starts": "2002-08-01"}, "2002-07-25")
    assert (printed(found.other), str(found.other_occurred)) == ({"starts": "2002-08"}, "2002-07")


def test_a_dispute_that_nobody_has_decided_is_worth_a_look() -> None:
    scene = disputed(occurred="2002-07")
    details = {"dispute": 1, "event": "contract-awarded", "fields": ["starts", "occurred"]}
    assert open_disputes(scene) == [Caution("fact-not-chosen", details)]
    assert open_disputes(scene.when(chosen("recorded"))) == []
    assert open_disputes(awarded()) == []


# Councils

LABEL: dict[str, Any] = {"event": "rating-published", "changes": {"label": "still-no-stars"}, "source": "Table 1"}


def rated(**body: Any) -> World:
    judged = {"adults": {"serving": "some", "capacity": "uncertain"}, "label": "no-stars-yet"}
    return World().rate("publish-rating", service="social-services", stars=0, **(judged | body))


def rating(world: World) -> Any:
    entry = newest_rating(world.council.history, "social-services")
    assert entry is not None
    return entry


def choose(world: World, use: str = "other", number: int = 1) -> World:
    return world.rate("choose-fact", CHIEF, "2002-06-06", dispute=number, use=use, reason="The table is printed.")


def test_a_judgement_of_a_council_is_disputed_and_the_ratings_read_as_chosen() -> None:
    promising = {"serving": "some", "capacity": "promising"}
    world = rated().rate("dispute-fact", OFFICE, "2002-06-05", **(LABEL | {"changes": {"adults": promising}}))
    world.then("fact-disputed")
    assert rating(world).event.adults.capacity == "uncertain"
    choose(world).then("fact-chosen")
    assert rating(world).event.adults.capacity == "promising"
    found = disputes(world.council.history)[0]
    assert (found.recorded["adults"]["capacity"], found.other["adults"]["capacity"]) == ("uncertain", "promising")
    assert rating(choose(world, "recorded")).event.adults.capacity == "uncertain"
    assert world.told == [] and list(world.council.open) == ["haringey-1"]


def test_the_day_of_a_rating_is_disputed() -> None:
    world = rated().rate("dispute-fact", OFFICE, "2002-06-05", **(LABEL | {"changes": {}, "occurred": "2002-05"}))
    assert str(rating(choose(world)).occurred) == "2002-05"


@pytest.mark.parametrize(
    "changes", [{"stars": 1}, {"service": "adults"}, {"round": "adults-2002-05-29"}, {"label": "one-star", "stars": 1}]
)
def test_what_engagements_rest_on_is_not_disputed(changes: dict[str, Any]) -> None:
    fields = sorted(set(changes) - {"label"})
    world = rated().rate("dispute-fact", OFFICE, "2002-06-05", **(LABEL | {"changes": changes}))
    world.refused("not-disputable", event="rating-published", fields=fields)


@pytest.mark.parametrize("event", ["intervention-opened", "intervention-closed", "rating-withdrawn"])
def test_what_the_engine_concluded_of_a_council_is_not_disputed(event: str) -> None:
    world = rated().rate("withdraw-rating", OFFICE, "2002-06-05", rating=1, reason="Misprint.")
    world.then("rating-withdrawn", "intervention-closed")
    world.rate("dispute-fact", OFFICE, "2002-06-05", event=event, changes={"engagement": "x-1"}, source="?")
    world.refused("nothing-to-dispute", event=event)


@pytest.mark.parametrize(
    ("occurred", "rule"), [("2003-01", "in-the-future"), ("2002-05-29", "dispute-changes-nothing")]
)
def test_the_other_day_of_a_rating_is_one_that_is_possible(occurred: str, rule: str) -> None:
    world = rated().rate("dispute-fact", OFFICE, "2002-06-05", **(LABEL | {"changes": {}, "occurred": occurred}))
    world.refused(rule)


def test_a_withdrawn_rating_is_neither_disputed_nor_decided() -> None:
    world = rated().rate("dispute-fact", OFFICE, "2002-06-05", **LABEL)
    assert "fact-not-chosen" in [found.rule for found in a_council.cautions(world.council)]
    world.rate("withdraw-rating", OFFICE, "2002-06-05", rating=1, reason="Misprint.")
    choose(world).refused("disputed-event-withdrawn", dispute=1, event="rating-published")
    world.rate("dispute-fact", OFFICE, "2002-06-06", **LABEL).refused("nothing-to-dispute")
    assert "fact-not-chosen" not in [found.rule for found in a_council.cautions(world.council)]
    assert disputes(in_force(world.council.history))[0].used is None


def test_the_latest_of_a_type_is_the_latest_that_stands() -> None:
    world = rated().rate("publish-rating", on="2002-11", service="social-services", stars=0, label="still-no-stars")
    second = world.council.version
    world.rate("withdraw-rating", OFFICE, "2002-12", rating=second, reason="Misprint.")
    world.rate("dispute-fact", OFFICE, "2002-12", **LABEL).then("fact-disputed")
    assert world.events[0].model_dump()["version"] == 1


def test_an_assessment_of_a_council_is_disputed() -> None:
    world = World().rate("record-assessment", OFFICE, "2002-02", kind="inspection", by="SSI")
    world.rate("dispute-fact", OFFICE, "2002-06", event="assessment-recorded", changes={"by": "Audit"}, source="?")
    choose(world.rate("record-assessment", OFFICE, "2002-03", kind="visit")).then("fact-chosen")
    assert [e.event.by for e in world.council.history.entries if e.event.type == "assessment-recorded"] == [
        "Audit",
        None,
    ]
