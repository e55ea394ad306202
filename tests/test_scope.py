"""The scope: what a draft says, diagnosis, rounds of comment, and disagreement that is visible for ever."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from domain import comments as a_comment
from domain import diagnosis, scope
from domain.comments import comments
from domain.course import StageEntered
from domain.documents import DocumentError
from domain.engagement import COMMANDS
from domain.gates import Gate
from domain.part import Caution
from domain.scope import ScopeDrafted, ScopeStanding, disagreements, scope_standing
from faces.lacking import lack, view_of, ways_out
from tests.given import WAY, Do, Scene, given, rules_from, seal, sealed_body, text_of

OFFICE, LEAD, REGION = "department.programme-office", "inspectorate.lead-inspector", "inspectorate.regional-director"
DIRECTOR, CHIEF_EXECUTIVE, OFFICIAL = "council.director", "council.chief-executive", "department.official"

DRAFT, AGREED_BY_LEAD, AGREED_BY_DIRECTOR = WAY["scoping"]
DRAFT_AGAIN = Do("draft-scope", LEAD, "2002-07-10", DRAFT.body)
AREA = DRAFT.body["areas"][0]
COMMENT = Do("comment-on-scope", DIRECTOR, "2002-07-03", {"text": "Too wide."})
DISPUTE = Do("dispute-scope", DIRECTOR, "2002-07-09", {"reason": "Too narrow."})
ANSWER = Do("answer-comment", LEAD, "2002-07-05", {"comment": 1, "taken": False, "answer": "It has to be."})
DIAGNOSIS = {
    "needed": True,
    "quality": "partial",
    "newest": "2001-10",
    "method": "groups",
    "reason": "Staff were not asked.",
}


def drafted(**changes: Any) -> Do:
    return Do("draft-scope", LEAD, "2002-07-02", {**DRAFT.body, **changes})


def diagnosed(**changes: Any) -> Do:
    return Do("decide-diagnosis", LEAD, "2002-07-03", {**DIAGNOSIS, **changes})


def standing(scene: Scene) -> ScopeStanding:
    found = scope_standing(scene.state.history)
    assert found is not None
    return found


def version_of(scene: Scene, event: str) -> int:
    return [entry.version for entry in scene.state.history.entries if entry.event.type == event][-1]


def warned(scene: Scene) -> list[Caution]:
    history = scene.state.history
    return [found for part in (diagnosis, scope, a_comment) for found in part.cautions(history)]


@dataclass(frozen=True)
class Case:
    """After these commands in scoping, this command gives this event, or is refused by this rule with these details."""

    case: str
    given: Sequence[Do]
    when: Do
    then: str
    details: Mapping[str, Any] = field(default_factory=dict)


ACCEPTED = (
    Case(
        "a draft names where the failure lies and every area of concern",
        [],
        drafted(failure_location="services", services=["children", "adults"]),
        "scope-drafted",
        {"draft": 1, "failure_location": "services", "services": ("children", "adults")},
    ),
    Case("a further draft is a further round", [DRAFT], DRAFT_AGAIN, "scope-drafted", {"draft": 2}),
    Case(
        "more diagnosis is decided with its method",
        [],
        diagnosed(),
        "diagnosis-decided",
        {"needed": True, "quality": "partial", "method": "groups"},
    ),
    Case(
        "no more diagnosis needs no method",
        [DRAFT],
        diagnosed(needed=False, method=None),
        "diagnosis-decided",
        {"needed": False, "method": None},
    ),
    Case("diagnosis is decided again", [diagnosed()], diagnosed(method="documents"), "diagnosis-decided"),
    Case("what is known may be as new as the day", [], diagnosed(newest="by 2002-07"), "diagnosis-decided"),
    Case("comments are numbered", [DRAFT, COMMENT], COMMENT, "scope-commented", {"draft": 1, "comment": 2}),
    Case(
        "a comment on the first draft recorded after the second is of the first",
        [DRAFT, DRAFT_AGAIN],
        COMMENT,
        "scope-commented",
        {"draft": 1, "comment": 1},
    ),
    Case(
        "a comment is answered",
        [DRAFT, COMMENT],
        ANSWER,
        "comment-answered",
        {"comment": 1, "taken": False},
    ),
    Case("a party agrees again after it disputed", [DRAFT, DISPUTE], Do("agree-scope", DIRECTOR), "scope-agreed"),
    Case(
        "a dispute of the first draft recorded after the second is of the first",
        [DRAFT, DRAFT_AGAIN],
        Do("dispute-scope", DIRECTOR, "2002-07-04", {"reason": "Too narrow."}),
        "scope-disputed",
        {"draft": 1},
    ),
)

REFUSED = (
    Case(
        "a draft on the template leaves nothing of it out",
        [],
        Do("draft-scope", LEAD, None, {"concerns": ["practice.quality"], "actions": "Look."}),
        "scope-incomplete",
        {"missing": ["failure_location", "areas"]},
    ),
    Case(
        "where services fail it says which",
        [],
        drafted(failure_location="services"),
        "scope-incomplete",
        {"missing": ["services"]},
    ),
    Case(
        "an area of concern has its action, priority and outcome",
        [],
        drafted(areas=[AREA, {"concern": "systems.finance", "action": "Mend it."}]),
        "scope-incomplete",
        {"missing": ["systems.finance.priority", "systems.finance.outcome"]},
    ),
    Case(
        "a concern is one area",
        [],
        drafted(areas=[AREA, AREA]),
        "named-twice",
        {"field": "areas", "id": "practice.thresholds"},
    ),
    Case(
        "a service is named once",
        [],
        drafted(services=["adults", "adults"]),
        "named-twice",
        {"field": "services", "id": "adults"},
    ),
    Case("more diagnosis says how", [], diagnosed(method=None), "diagnosis-incomplete", {"missing": ["method"]}),
    Case(
        "a decision on diagnosis says what is known and why",
        [],
        Do("decide-diagnosis", LEAD, None, {"needed": False}),
        "diagnosis-incomplete",
        {"missing": ["quality", "newest", "reason"]},
    ),
    Case(
        "no diagnosis has no method",
        [],
        diagnosed(needed=False),
        "method-without-diagnosis",
        {"method": "groups"},
    ),
    Case(
        "what is known is not newer than the decision",
        [],
        diagnosed(newest="2002-07-04"),
        "newer-than-the-decision",
        {"newest": "2002-07-04", "occurred": "2002-07-03"},
    ),
    Case(
        "only a comment that was made is answered",
        [DRAFT, COMMENT],
        Do("answer-comment", LEAD, None, {**ANSWER.body, "comment": 2}),
        "no-such-comment",
        {"comment": 2, "comments": [1]},
    ),
    Case("a comment is answered once", [DRAFT, COMMENT, ANSWER], ANSWER, "comment-answered-already", {"comment": 1}),
    Case(
        "an answer comes after its comment",
        [DRAFT, COMMENT, Do("comment-on-scope", DIRECTOR, "2002-07-08", {"text": "And vague."})],
        Do("answer-comment", LEAD, "2002-07-05", {**ANSWER.body, "comment": 2}),
        "too-early",
        {"event": "scope-commented", "on": "2002-07-08"},
    ),
    Case(
        "a party agrees to a draft once",
        [DRAFT, AGREED_BY_LEAD],
        Do("agree-scope", REGION),
        "agreed-already",
        {"party": "inspectorate", "draft": 1},
    ),
    Case(
        "nobody agreed to the second draft before it was there",
        [DRAFT, DRAFT_AGAIN],
        AGREED_BY_DIRECTOR,
        "too-early",
        {"event": "scope-drafted", "on": "2002-07-10"},
    ),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_accepted(case: Case) -> None:
    scene = given("scoping", *case.given).when(case.when).accepted()
    event = scene.events[0]
    assert event.type == case.then
    assert {name: getattr(event, name) for name in case.details} == case.details


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Case) -> None:
    given("scoping", *case.given).when(case.when).refused(case.then, **case.details)


FITS_NOT: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("a concern is one of the list", "draft-scope", {"areas": [{"concern": "practice.weather"}]}),
    ("priorities start at 1", "draft-scope", {"areas": [{"concern": "practice.quality", "priority": 0}]}),
    ("a service is a slug", "draft-scope", {"services": ["Children's services"]}),
    ("what is known is good, partial or poor", "decide-diagnosis", {"needed": True, "quality": "fair"}),
    ("whether more is needed is said", "decide-diagnosis", {"quality": "good"}),
    ("there are three methods", "decide-diagnosis", {"needed": True, "method": "surveys"}),
    ("an answer says whether it is taken up", "answer-comment", {"comment": 1, "answer": "Yes."}),
)


@pytest.mark.parametrize(("command", "body"), [case[1:] for case in FITS_NOT], ids=[case[0] for case in FITS_NOT])
def test_a_body_that_does_not_fit_is_never_a_command(command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


@pytest.mark.parametrize("via", ["case-file", "import"])
def test_history_leaves_out_what_its_source_does(via: str) -> None:
    scene = given("scoping").when("draft-scope", LEAD, via=via, concerns=["practice.quality"]).accepted()
    scene.when("decide-diagnosis", LEAD, via=via, needed=True).accepted()
    scene.when("draft-scope", LEAD, via=via, areas=[AREA, AREA]).refused("named-twice")


def test_an_event_of_before_reads_as_it_did() -> None:
    old = {"draft": 1, "failure_location": None, "concerns": ["practice.quality"], "actions": None, "outcomes": None}
    event = ScopeDrafted.read(old)
    assert (event.concerns, event.areas, event.services) == (("practice.quality",), (), ())


# Agreement


def test_a_party_that_disputes_what_it_agreed_to_no_longer_agrees_and_may_agree_again() -> None:
    scene = given("scoping", DRAFT, AGREED_BY_DIRECTOR, DISPUTE)
    assert (standing(scene).agreed, standing(scene).disputed) == ((), ("council",))
    scene.when("agree-scope", LEAD, "2002-07-10").accepted()
    assert (scene.state.stage, standing(scene).agreed) == ("scoping", ("inspectorate",))
    scene.when("agree-scope", CHIEF_EXECUTIVE, "2002-07-11").accepted()
    assert scene.state.stage == "tender"
    assert (standing(scene).agreed, standing(scene).disputed) == (("council", "inspectorate"), ())
    (entered,) = scene.only(StageEntered)
    assert entered.gate is not None and entered.gate.predicate == "agreed@2"
    history = scene.state.history
    found = [entry for version in entered.gate.evidence if (entry := history.at(version)) is not None]
    assert {str(entry.occurred) for entry in found} == {"2002-07-10", "2002-07-11"}


def test_what_the_gate_lacks_names_the_party_that_went_back_on_its_word() -> None:
    scene = given("scoping", DRAFT, AGREED_BY_DIRECTOR, DISPUTE, Do("agree-scope", LEAD, "2002-07-10"))
    ((way, result),) = ways_out(scene.state, scene.rules)
    missing = lack(way.when, result, scene.state, scene.rules)
    assert missing.text == "agreement to the scope by The council"
    assert dict(missing.commands) == {"agree-scope": (CHIEF_EXECUTIVE, DIRECTOR)}


def test_a_dispute_of_the_other_party_takes_nothing_back() -> None:
    scene = given("scoping", DRAFT, AGREED_BY_DIRECTOR).when("dispute-scope", LEAD, reason="Too soft.").accepted()
    assert (standing(scene).agreed, standing(scene).disputed) == (("council",), ("inspectorate",))


def test_a_dispute_recorded_late_does_not_undo_the_agreement_that_came_after_it() -> None:
    scene = given("scoping", DRAFT, AGREED_BY_DIRECTOR)
    scene.when("dispute-scope", DIRECTOR, "2002-07-04", reason="Too narrow.").accepted()
    scene.when("agree-scope", DIRECTOR).refused("agreed-already")
    scene.when("agree-scope", LEAD).accepted()
    assert scene.state.stage == "tender"


def test_an_agreement_recorded_late_does_not_undo_the_dispute_that_came_after_it() -> None:
    scene = given("scoping", DRAFT, DISPUTE, AGREED_BY_DIRECTOR)
    assert (standing(scene).agreed, standing(scene).disputed) == ((), ("council",))


def test_where_the_days_do_not_tell_the_record_does() -> None:
    scene = (
        given("scoping", DRAFT, AGREED_BY_DIRECTOR).when("dispute-scope", DIRECTOR, "2002-07", reason="No.").accepted()
    )
    assert standing(scene).agreed == ()


def test_a_withdrawn_dispute_took_nothing_back() -> None:
    scene = given("scoping", DRAFT, AGREED_BY_DIRECTOR, AGREED_BY_LEAD)
    assert scene.state.stage == "tender"
    scene = given("scoping", DRAFT, AGREED_BY_DIRECTOR, DISPUTE).when("agree-scope", LEAD).accepted()
    assert scene.state.stage == "scoping"
    scene.when("withdraw-event", OFFICE, version=version_of(scene, "scope-disputed"), reason="Never said.").accepted()
    assert scene.state.stage == "tender"


def test_agreement_to_a_withdrawn_draft_is_not_to_the_one_before_it() -> None:
    scene = given("scoping", DRAFT, AGREED_BY_LEAD, DRAFT_AGAIN, Do("agree-scope", DIRECTOR, "2002-07-11"))
    scene.when("withdraw-event", LEAD, version=version_of(scene, "scope-drafted"), reason="Sent by mistake.").accepted()
    assert scene.state.stage == "scoping"
    assert (standing(scene).drafted.event.draft, standing(scene).agreed) == (1, ("inspectorate",))
    scene.when("agree-scope", DIRECTOR).accepted()
    assert scene.state.stage == "tender"


def test_version_1_of_the_predicate_holds_an_agreement_for_good() -> None:
    rest = {"event": "scope-agreed", "by": ["council"], "since": "scope-drafted"}
    first = Gate.model_validate({"agreed": rest})
    second = Gate.model_validate({"agreed@2": rest | {"undone_by": "scope-disputed"}})
    scene = given("scoping", DRAFT, AGREED_BY_DIRECTOR, DISPUTE)
    assert first.evaluate(view_of(scene.state, scene.rules.lifecycle)).met
    assert not second.evaluate(view_of(scene.state, scene.rules.lifecycle)).met
    assert list(second.events()) == ["scope-agreed", "scope-drafted", "scope-disputed"]
    assert second.model_dump() == {"agreed@2": rest | {"undone_by": "scope-disputed"}}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("undone_by: scope-disputed", "undone_by: scope-lost", "there is no event 'scope-lost'"),
        ("same: draft", "same: version", "the event 'scope-agreed' has no field 'version'"),
        ("same: draft", "sames: draft", "agreed@2: 'sames' is not a field here"),
        ("by: [inspectorate, council], since", "by: [nobody], since", "there is no party 'nobody'"),
        (", undone_by: scope-disputed", "", "agreed@2: 'undone_by' is missing"),
    ],
)
def test_a_lifecycle_that_names_what_does_not_exist_is_refused(old: str, new: str, problem: str) -> None:
    text = text_of("lifecycles", "performance-action-team-2.yaml")
    with pytest.raises(DocumentError, match=re.escape(problem)):
        rules_from(text.replace(old, new))


# Disagreement


def test_every_disagreement_stays_and_says_what_the_party_agreed_to_later() -> None:
    scene = given("scoping", DRAFT, DISPUTE, DRAFT_AGAIN)
    scene.when("agree-scope", DIRECTOR, "2002-07-11").when("dispute-scope", REGION, "2002-07-12", reason="Too soft.")
    found = disagreements(scene.accepted().state.history)
    assert [(each.phase, each.draft, each.party, each.role, str(each.occurred), each.agreed_to) for each in found] == [
        (1, 1, "council", DIRECTOR, "2002-07-09", 2),
        (1, 2, "inspectorate", REGION, "2002-07-12", None),
    ]
    assert found[0].reason == seal("Too narrow.")
    assert [each.version for each in found] == [
        entry.version for entry in scene.state.history.entries if entry.event.type == "scope-disputed"
    ]
    scene.when("agree-scope", LEAD, "2002-07-15").accepted()
    assert scene.state.stage == "tender"
    assert [each.agreed_to for each in disagreements(scene.state.history)] == [2, 2]


def test_an_agreement_before_the_disagreement_is_no_word_on_it() -> None:
    scene = given("scoping", DRAFT, AGREED_BY_DIRECTOR, DISPUTE)
    assert [each.agreed_to for each in disagreements(scene.state.history)] == [None]


def further_phase() -> Scene:
    scene = given("scoping", DRAFT, DISPUTE, Do("agree-scope", LEAD, "2002-07-10"))
    scene.when("assume-stage", OFFICE, via="case-file", to="exit", because="A test.").accepted()
    return scene.when("start-further-phase", OFFICIAL, reason="A second team.").accepted()


def test_a_further_phase_keeps_the_disagreements_of_the_one_before() -> None:
    scene = further_phase()
    assert scope_standing(scene.state.history) is None
    assert comments(scene.state.history) == ()
    scene.when(DRAFT, on=str(scene.at.date())).when("agree-scope", DIRECTOR).accepted()
    scene.when("dispute-scope", LEAD, reason="No.").accepted()
    found = disagreements(scene.state.history)
    assert [(each.phase, each.draft, each.party, each.agreed_to) for each in found] == [
        (1, 1, "council", None),
        (2, 2, "inspectorate", None),
    ]


# Comment and diagnosis


def test_comments_are_read_with_their_answers() -> None:
    scene = (
        given("scoping", DRAFT, COMMENT, ANSWER, DRAFT_AGAIN).when("comment-on-scope", REGION, text="Good.").accepted()
    )
    one, two = comments(scene.state.history)
    assert (one.number, one.draft, one.party, one.taken, one.answer) == (1, 1, "council", False, seal("It has to be."))
    assert (two.number, two.draft, two.role, two.text, two.taken, two.answer) == (
        2,
        2,
        REGION,
        seal("Good."),
        None,
        None,
    )


def test_a_withdrawn_answer_leaves_the_comment_waiting() -> None:
    scene = given("scoping", DRAFT, COMMENT, ANSWER)
    scene.when("withdraw-event", LEAD, version=version_of(scene, "comment-answered"), reason="Not sent.").accepted()
    assert [each.taken for each in comments(scene.state.history)] == [None]
    scene.when(ANSWER).accepted()


def test_an_answer_to_a_withdrawn_comment_is_not_one_to_the_next() -> None:
    scene = given("scoping", DRAFT, COMMENT, ANSWER)
    scene.when("withdraw-event", LEAD, version=version_of(scene, "scope-commented"), reason="Not said.").accepted()
    scene.when(COMMENT).accepted()
    assert [(each.number, each.taken) for each in comments(scene.state.history)] == [(1, None)]


def test_a_corrected_answer_reads_as_corrected() -> None:
    scene = given("scoping", DRAFT, COMMENT, ANSWER)
    scene.when(
        "correct-event", LEAD, version=version_of(scene, "comment-answered"), changes={"taken": True}, reason="Slip."
    )
    assert [each.taken for each in comments(scene.accepted().state.history)] == [True]


def test_the_standing_tells_rounds_and_diagnosis() -> None:
    scene = given("scoping", DRAFT, diagnosed(), diagnosed(method="documents"), DRAFT_AGAIN)
    found = standing(scene)
    assert (found.rounds, found.drafted.event.draft, found.agreed, found.disputed) == (2, 2, (), ())
    assert found.diagnosis is not None and found.diagnosis.method == "documents"
    assert scope_standing(given("scoping").state.history) is None


# Cautions


DECIDED = diagnosed()
CAUTIONS: tuple[tuple[str, Sequence[Do], list[Caution]], ...] = (
    ("a first draft that is out for comment", [DRAFT], []),
    (
        "a scope agreed with no word on diagnosis",
        [DRAFT, COMMENT, AGREED_BY_LEAD],
        [Caution("diagnosis-not-decided", {"draft": 1})],
    ),
    ("a scope agreed after diagnosis was decided", [DECIDED, DRAFT, COMMENT, AGREED_BY_DIRECTOR], []),
    (
        "interviews again although what is known is good",
        [diagnosed(method="interviews", quality="good")],
        [Caution("interviews-again", {"quality": "good"})],
    ),
    ("interviews where little is known", [diagnosed(method="interviews", quality="poor")], []),
    ("groups although what is known is good", [diagnosed(quality="good")], []),
    (
        "no diagnosis although what is known is poor",
        [diagnosed(needed=False, method=None, quality="poor")],
        [Caution("diagnosis-left-out", {"quality": "poor"})],
    ),
    (
        "a later decision takes the place of the first",
        [diagnosed(needed=False, method=None, quality="poor"), DECIDED],
        [],
    ),
    (
        "a second draft before the council was heard",
        [DECIDED, DRAFT, DRAFT_AGAIN],
        [Caution("council-not-heard", {"draft": 1})],
    ),
    (
        "a council that agrees without a word",
        [DECIDED, DRAFT, AGREED_BY_DIRECTOR],
        [Caution("council-not-heard", {"draft": 1})],
    ),
    (
        "only the inspectorate commented on the first draft",
        [DECIDED, DRAFT, Do("comment-on-scope", REGION, "2002-07-03", {"text": "Good."}), DRAFT_AGAIN],
        [Caution("council-not-heard", {"draft": 1})],
    ),
    ("a council that commented", [DECIDED, DRAFT, COMMENT, DRAFT_AGAIN], []),
    ("a council that disputed was heard", [DECIDED, DRAFT, DISPUTE, DRAFT_AGAIN], []),
)


@pytest.mark.parametrize(("commands", "expected"), [case[1:] for case in CAUTIONS], ids=[case[0] for case in CAUTIONS])
def test_cautions(commands: Sequence[Do], expected: list[Caution]) -> None:
    assert warned(given("scoping", *commands)) == expected


def test_a_disagreement_withdrawn_from_the_record_is_pointed_out() -> None:
    scene = given("scoping", DECIDED, DRAFT, COMMENT, DISPUTE)
    version = version_of(scene, "scope-disputed")
    scene.when("withdraw-event", LEAD, version=version, reason="Not meant.").accepted()
    assert warned(scene) == [Caution("disagreement-withdrawn", {"version": version, "role": LEAD})]
    assert disagreements(scene.state.history) == ()


def test_a_further_phase_starts_with_nothing_decided_on_diagnosis() -> None:
    scene = further_phase()
    scene.when(DRAFT, on=str(scene.at.date())).when("agree-scope", LEAD).accepted()
    assert warned(scene) == [Caution("diagnosis-not-decided", {"draft": 2})]
