"""Records that a lifecycle document declares: given with their fields, refused where they do not fit, seen by gates."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from domain import engagement
from domain.council import Council, newest_of
from domain.course import EngagementOpened
from domain.dates import When
from domain.documents import parse
from domain.gates import Gate, View, fits
from domain.items import FieldRule, ItemRecorded, RecordRule, as_stored, form_of, shape_of
from domain.lifecycle import read_lifecycle
from domain.notices import notices_for
from domain.sealed import sealed_paths
from faces import prose, telling
from faces.fields import fields_of
from faces.words import Words, thing
from tests.given import Do, Refused, Scene, World, opened, rules_from, seal

TEXT = (Path(__file__).parent / "models" / "peer-support-1.yaml").read_text(encoding="utf-8")
RULES = rules_from(TEXT)
OFFICE = "department.programme-office"
LIBRARIAN, PEER, MINISTER = "council.chief-librarian", "peers.lead-peer", "department.minister"

OFFER = Do("record-help", OFFICE, "2009-03-06", {"kind": "peer-review", "until": "2009-06-30"})
VISIT = Do("record-visit", PEER, "2009-03-09", {"visit": "1", "themes": ["stock", "staff"]})
FINDING = Do("record-finding", PEER, "2009-03-10", {"visit": "1", "summary": "Too few novels."})


def begun(*done: Do, trigger: str = "request") -> Scene:
    """An engagement of the model, with some commands given in it."""
    scene = opened(RULES, date(2009, 3, 2), kind="triggered", rating=None, stars=None, trigger=trigger)
    for each in done:
        scene.when(each).accepted()
    return scene


def last_item(scene: Scene) -> Any:
    entry = scene.state.history.last(ItemRecorded)
    assert entry is not None
    return entry


# What may stand in a field

RULE = RecordRule(
    id="everything",
    title="Everything",
    fields=(
        FieldRule(id="day", type="date"),
        FieldRule(id="why", type="text"),
        FieldRule(id="paper", type="document"),
        FieldRule(id="grant", type="money"),
        FieldRule(id="score", type="number"),
        FieldRule(id="how", type="choice", of=("well", "badly")),
        FieldRule(id="open", type="yes-no"),
        FieldRule(id="strand", type="id", many=True),
        FieldRule(id="told", type="role"),
        FieldRule(id="who", type="person"),
        FieldRule(id="partner", type="council", many=True),
    ),
)

FITS: Mapping[str, tuple[Any, str]] = {
    "day": ("2009-10", "dates"),
    "why": (seal("x"), "texts"),
    "paper": (seal("DH/1"), "texts"),
    "grant": ("820000.00", "amounts"),
    "score": ("3.5", "amounts"),
    "how": ("well", "values"),
    "open": (True, "values"),
    "strand": (["adults", "human-resources"], "values"),
    "told": ("council.director", "values"),
    "who": ("jo-b", "values"),
    "partner": (["E10000016"], "values"),
}

DOES_NOT_FIT = [
    ("day", "soon"),
    ("why", "Plain text."),
    ("paper", "DH/1"),
    ("grant", "-1"),
    ("grant", "1.001"),
    ("score", "many"),
    ("how", "middling"),
    ("open", "perhaps"),
    ("strand", ["Adult care"]),
    ("told", "director"),
    ("who", "Jo Berry"),
    ("partner", ["Kent"]),
    ("colour", "red"),
]


@pytest.mark.parametrize("field", FITS)
def test_what_stands_in_a_field_is_kept_by_what_it_is(field: str) -> None:
    value, group = FITS[field]
    form_of(RULE).model_validate({field: value})
    kind, stored = as_stored(form_of(RULE), {field: value})
    assert (kind.type, stored) == ("record-item", {"record": "everything", group: {field: value}})
    event = ItemRecorded.model_validate(stored)
    assert ItemRecorded.read(event.model_dump(mode="json")) == event
    assert set(shape_of(RULE).model_fields) == set(FITS)


@pytest.mark.parametrize(("field", "value"), DOES_NOT_FIT)
def test_what_does_not_fit_a_field_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        form_of(RULE).model_validate({field: value})


def test_text_and_documents_are_sealed_and_nothing_else() -> None:
    body = {name: value for name, (value, _) in FITS.items()}
    assert {path[0] for path in sealed_paths(form_of(RULE), body)} == {"why", "paper"}
    kind, stored = as_stored(form_of(RULE), body)
    assert set(sealed_paths(kind, stored)) == {("texts", "why"), ("texts", "paper")}
    assert {field.name for field in fields_of(form_of(RULE)) if field.sealed} == {"why", "paper"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "a", "type": "choice"},
        {"id": "a", "type": "date", "of": ["x"]},
        {"id": "a", "type": "date", "many": True},
        {"id": "a", "type": "choice", "of": ["x", "x"]},
        {"id": "A", "type": "date"},
        {"id": "a-b", "type": "date"},
        {"id": "model_config", "type": "date"},
        {"id": "type", "type": "date"},
        {"id": "copy", "type": "date"},
        {"id": "a", "type": "colour"},
    ],
)
def test_a_field_that_can_be_none_is_refused(wrong: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RecordRule.model_validate({"id": "x", "title": "X", "fields": [wrong]})


def test_no_field_stands_twice() -> None:
    with pytest.raises(ValidationError, match="there are two fields 'a'"):
        RecordRule.model_validate({"id": "x", "title": "X", "fields": [{"id": "a", "type": "date"}] * 2})


# Given


def test_a_record_is_given_like_any_other_command() -> None:
    scene = begun(OFFER)
    assert last_item(scene).event == ItemRecorded(
        record="help", dates={"until": When.parse("2009-06-30")}, values={"kind": "peer-review"}
    )
    assert scene.state.stage == "visits"


REFUSED = [
    Refused(
        "by another role",
        (),
        Do("record-help", PEER, None, OFFER.body),
        "role",
        {"command": "record-help", "may": [OFFICE]},
    ),
    Refused("in another stage", (), VISIT, "stage", {"command": "record-visit", "allowed_in": ["visits"]}),
    Refused(
        "before what it needs", (OFFER,), FINDING, "needs", {"command": "record-finding", "event": "visit-recorded"}
    ),
    Refused(
        "on a day before what it needs",
        (OFFER, VISIT),
        Do("record-finding", PEER, "2009-03-05", FINDING.body),
        "too-early",
        {"event": "visit-recorded", "on": "2009-03-09"},
    ),
    Refused(
        "for a role that is not there",
        (OFFER,),
        Do("record-action", LIBRARIAN, "2009-03-09", {"action": "buy", "by": "council.director"}),
        "record-does-not-fit",
        {"event": "action-recorded", "field": "by", "problem": "there is no role 'council.director'"},
    ),
    Refused(
        "of a kind that the document does not declare",
        (),
        Do("record-item", OFFICE, None, {"record": "party"}),
        "role",
        {"command": "record-party"},
    ),
    Refused(
        "with a field among the wrong ones",
        (),
        Do("record-item", OFFICE, None, {"record": "help", "values": {"until": "2009", "kind": "mentoring"}}),
        "record-does-not-fit",
        {"field": "until", "problem": "it is not among the values of this record"},
    ),
    Refused(
        "without a field that must be given",
        (),
        Do("record-item", OFFICE, None, {"record": "help", "values": {"kind": "mentoring"}}),
        "record-does-not-fit",
        {"field": "until", "problem": "'until' is missing"},
    ),
]


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.case)
def test_a_record_is_refused(row: Refused) -> None:
    scene = begun(*row.given).when(row.when).refused(row.rule, **row.details)
    assert scene.refusal is not None
    said = prose.refused(row.rule, scene.refusal.details, Words([RULES.lifecycle]))
    assert "does not allow it" not in said.sentence
    if row.rule == "needs":
        assert said.sentence == "record-finding needs a Visit first, and there is none."


def test_what_a_minister_says_is_recorded_by_the_office() -> None:
    scene = begun(OFFER, VISIT)
    verdict = Do("record-verdict", MINISTER, "2009-03-20", {"outcome": "enough"})
    scene.when(verdict, recorded_by=PEER).refused("recorder")
    scene.when(verdict).accepted()


# Corrected, disputed, withdrawn


def test_a_correction_of_one_field_leaves_the_others() -> None:
    scene = begun(
        OFFER, Do("record-visit", PEER, "2009-03-09", {"visit": "1", "next": "2009-04-01", "themes": ["stock"]})
    )
    version = last_item(scene).version
    scene.when("correct-event", OFFICE, version=version, changes={"dates": {"next": "2009-05-01"}}, reason="A slip.")
    event = last_item(scene.accepted()).event
    assert (str(event.dates["next"]), event.amounts, event.values) == (
        "2009-05-01",
        {"visit": Decimal(1)},
        {"themes": ("stock",)},
    )
    assert scene.owed()["next-visit-2"] == "2009-05-01"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"values": {"themes": ["cats"]}}, "themes.0"),
        ({"values": {"colour": "red"}}, "colour"),
        ({"dates": {"next": "soon"}}, "dates.next"),
        ({"record": "help"}, "record"),
        ({"amounts": {"next": "1"}}, "next"),
        ({"other": 1}, "other"),
    ],
)
def test_a_correction_that_does_not_fit_the_document_is_refused(changes: Mapping[str, Any], field: str) -> None:
    scene = begun(OFFER, VISIT)
    version = last_item(scene).version
    scene.when("correct-event", OFFICE, version=version, changes=changes, reason="A slip.")
    scene.refused("correction-does-not-fit", field=field)


def test_two_corrections_of_two_fields_both_stand() -> None:
    scene = begun(OFFER)
    version = last_item(scene).version
    for changes in (
        {"dates": {"until": "2009-07-31"}},
        {"values": {"kind": "mentoring"}},
        {"amounts": {"budget": "5.00"}},
    ):
        scene.when("correct-event", OFFICE, version=version, changes=changes, reason="A slip.").accepted()
    event = last_item(scene).event
    assert (str(event.dates["until"]), event.values["kind"], event.amounts["budget"]) == (
        "2009-07-31",
        "mentoring",
        Decimal("5.00"),
    )


def test_a_record_that_is_withdrawn_meets_nothing() -> None:
    scene = begun(OFFER, VISIT, FINDING)
    assert "report-visit-1" not in scene.owed()
    scene.when("withdraw-event", OFFICE, version=last_item(scene).version, reason="Of another visit.").accepted()
    assert "report-visit-2" in scene.owed() or "report-visit-1" in scene.owed()


# What a gate sees


def view(*events: ItemRecorded) -> View:
    scene = begun()
    history = scene.state.history
    for event in events:
        from domain.part import Entry

        history = history.plus(
            Entry(
                len(history.entries) + 1,
                When.parse("2009-03-09"),
                scene.at,
                scene.state.history.entries[0].decided_by,
                event,
            )
        )
    return View(history, engagement.events_of(RULES.lifecycle), 1, 1)


def visit(number: int, *themes: str) -> ItemRecorded:
    return ItemRecorded(record="visit", amounts={"visit": Decimal(number)}, values={"themes": themes})


@pytest.mark.parametrize(
    ("gate", "met"),
    [
        ("{recorded: {event: visit-recorded}}", True),
        ("{recorded: {event: finding-recorded}}", False),
        ("{recorded: {event: visit-recorded, where: {visit: 2}}}", True),
        ("{recorded: {event: visit-recorded, where: {visit: 3}}}", False),
        ("{recorded: {event: visit-recorded, where: {themes: stock}}}", True),
        ("{recorded: {event: visit-recorded, where: {themes: [buildings, staff]}}}", True),
        ("{recorded: {event: visit-recorded, where: {themes: buildings}}}", False),
        ("{latest: {event: visit-recorded, where: {themes: staff}}}", True),
        ("{latest: {event: visit-recorded, where: {themes: stock}}}", False),
        ("{count: {event: visit-recorded, at_least: 3}}", True),
        ("{count: {event: visit-recorded, distinct: visit, at_least: 3}}", False),
        ("{agreed: {event: visit-recorded, by: [turnaround], since: visit-recorded}}", False),
        ("{not: {recorded: {event: help-recorded}}}", True),
    ],
)
def test_gates_see_records_by_their_fields(gate: str, met: bool) -> None:
    seen = view(visit(1, "stock"), visit(2, "stock"), visit(2, "staff"))
    assert Gate.model_validate(parse("g", gate).value).evaluate(seen).met is met


def test_a_field_that_was_left_out_has_no_value() -> None:
    assert not fits(visit(1), {"next": "2009-04-01"})


def test_notices_tell_of_records_by_their_fields() -> None:
    event = ItemRecorded(record="help", values={"kind": "peer-review"})
    (asked,) = [to for _, to in notices_for(RULES.lifecycle, "x-1", "E09000014", 3, event)]
    assert (asked.to, asked.template) == (LIBRARIAN, "item-recorded")
    other = ItemRecorded(record="help", values={"kind": "mentoring"})
    assert list(notices_for(RULES.lifecycle, "x-1", "E09000014", 3, other)) == []


def test_a_record_goes_on_meaning_what_its_document_says_when_a_release_takes_its_name() -> None:
    text = TEXT.replace("visit-recorded", "decision-recorded").replace("record-visit", "record-decision")
    life = rules_from(text.replace("  - id: visit\n", "  - id: decision\n"))
    assert engagement.commands_of(life.lifecycle)["record-decision"].gives == (ItemRecorded,)
    assert engagement.events_of(life.lifecycle)["decision-recorded"] is ItemRecorded


def test_the_name_under_which_records_are_stored_is_named_by_no_document() -> None:
    from domain.documents import DocumentError

    for old, new in (
        ("recorded: {event: finding-recorded}", "recorded: {event: item-recorded}"),
        ("record-help, record-visit]", "record-help, record-visit, record-item]"),
    ):
        with pytest.raises(DocumentError, match="there is no"):
            read_lifecycle(parse("m.yaml", TEXT.replace(old, new)), engagement.COMMANDS, engagement.EVENTS)


# In words


def test_a_record_is_told_by_its_title() -> None:
    words = Words([RULES.lifecycle])
    body = visit(1, "stock", "staff").model_dump(mode="json")
    assert telling.title("item-recorded", body, words) == "Visit: visit 1; themes stock and staff"
    assert telling.title("item-recorded", body, Words()) == "Visit: visit 1; themes stock and staff"
    assert thing("help-recorded", RULES.lifecycle) == "an Offer of help"


# What opens an engagement

OPEN: Mapping[str, Any] = {
    "service": "whole-council",
    "model": "peer-support",
    "trigger": "request",
    "reason": "Asked.",
}


@pytest.mark.parametrize(("trigger", "stage"), [("request", "help"), ("concern", "talk")])
def test_the_office_opens_an_engagement_for_what_the_document_lists(trigger: str, stage: str) -> None:
    world = World(rules=RULES).rate("open-engagement", OFFICE, "2009-03-02", **{**OPEN, "trigger": trigger})
    world.then("intervention-opened")
    state = world.engagements["haringey-1"].state
    assert state.stage == stage
    assert isinstance(state.opening, EngagementOpened)
    assert (state.opening.kind, state.opening.trigger) == ("triggered", trigger)
    said = telling.title("engagement-opened", state.opening.model_dump(mode="json"), Words())
    assert said.endswith(f"model peer-support@1, for {trigger}")


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"model": "peer-help"}, "unknown-model"),
        ({"version": 2}, "unknown-model"),
        ({"service": "housing"}, "model-not-for-service"),
        ({"trigger": "whim"}, "unknown-trigger"),
        ({"trigger": None}, "unknown-trigger"),
        ({"reason": None}, "reason-needed"),
        ({"kind": "preventive"}, "kind-or-model"),
        ({"model": None}, "kind-or-model"),
    ],
)
def test_an_opening_that_the_document_does_not_list_is_refused(changed: Mapping[str, Any], rule: str) -> None:
    world = World(rules=RULES).rate("open-engagement", OFFICE, "2009-03-02", **{**OPEN, **changed})
    world.refused(rule)
    assert world.refusal is not None
    assert "does not allow it" not in prose.refused(rule, world.refusal.details, Words()).sentence


def test_at_most_one_engagement_is_open_in_a_service() -> None:
    world = World(rules=RULES).rate("open-engagement", OFFICE, "2009-03-02", **OPEN)
    world.rate("open-engagement", OFFICE, "2009-03-03", **OPEN).refused("open-already")


def test_a_model_that_ratings_start_is_not_opened_by_name() -> None:
    World().rate(
        "open-engagement",
        OFFICE,
        "2002-06-01",
        service="social-services",
        model="performance-action-team",
        reason="Asked.",
    ).refused("model-not-opened")


def test_the_newest_of_each_model_stands_where_its_first_does() -> None:
    first, other = RULES.lifecycle, RULES.lifecycle.model_copy(update={"id": "other"})
    second = first.model_copy(update={"version": 2})
    assert [life.ref for life in newest_of([first, other, second])] == ["peer-support@2", "other@1"]
    assert Council.new("E09000014").open == {}
