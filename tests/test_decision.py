"""The decision: who takes it, under what authority, on what grounds; and what about it is worth a person's eye."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain import engagement as an_engagement
from domain.authority import AuthorityEnded, AuthorityRecorded, authorities
from domain.conditions import ConditionsAssessed
from domain.decision import DecisionRecorded, RecommendationMade, standing
from domain.part import Entry
from tests.given import MONITOR_ONLY, WAY, Do, Scene, given, seal, shipped

OFFICE, LEAD, CHIEF = "department.programme-office", "inspectorate.lead-inspector", "inspectorate.chief-inspector"
OFFICIAL, MINISTER, DIRECTOR = "department.official", "department.minister", "council.director"
RECOMMEND, DECIDE = WAY["decision"]
ASSESS = Do(
    "assess-conditions",
    LEAD,
    "2002-06-25",
    {"assessments": [{"condition": "council.leadership", "holds": "yes", "evidence": "A director is there."}]},
)
END = Do("end-authority", OFFICIAL, "2002-06-27", {"authority": 1, "reason": "The minister is back."})


def cover(starts: str = "2002-06-20", ends: str | None = None, **body: Any) -> Do:
    given_ = {"kind": "cover", "holder": "minister-for-community", "starts": starts, "document": "DH/C1", **body}
    return Do("record-authority", OFFICIAL, "2002-06-25", given_ | ({"ends": ends} if ends else {}))


def decided(scene: Scene) -> Entry[DecisionRecorded]:
    last = scene.state.history.last(DecisionRecorded)
    assert last is not None
    return last


def cautions(scene: Scene) -> dict[str, Mapping[str, Any]]:
    return {found.rule: found.details for found in an_engagement.cautions(scene.state)}


# Who decides


@pytest.mark.parametrize("role", [role for role in shipped().lifecycle.roles if role != MINISTER])
def test_nobody_but_a_minister_takes_the_decision(role: str) -> None:
    scene = given("decision", cover())
    scene.when("record-decision", role, outcome="engage", reasons="Needed.", document="DH/1", authority=1)
    scene.refused("role", command="record-decision", role=role, may=[MINISTER])


@pytest.mark.parametrize("role", list(shipped().lifecycle.roles))
def test_a_ministers_decision_is_recorded_by_the_department_alone(role: str) -> None:
    scene = given("decision").when(DECIDE, recorded_by=role)
    if role in (OFFICIAL, OFFICE):
        scene.accepted()
    else:
        scene.refused("recorder", role=MINISTER, recorder=role, may=[OFFICIAL, OFFICE])


# Cover and delegation


@dataclass(frozen=True)
class Under:
    """A decision of 28 June under authority 1: after these commands it is taken, or refused by a rule with details."""

    case: str
    given: Sequence[Do]
    rule: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    on: str | None = None
    authority: int = 1


UNDER = (
    Under("a cover that began and has no end", [cover()]),
    Under("a delegation just as well", [cover(kind="delegation")]),
    Under("on its first day", [cover("2002-06-28")]),
    Under("on its last day", [cover("2002-06-20", "2002-06-28")]),
    Under("a decision of a month it may lie in", [cover("2002-06-28", "2002-06-28")], on="2002-06"),
    Under("a decision of the day before it was ended, recorded late", [cover(), END], on="2002-06-26"),
    Under("a decision that may have come before it was ended", [cover(), END], on="2002-06"),
    Under("none", [], "no-such-authority", {"authority": 1, "authorities": []}),
    Under(
        "another than there are",
        [cover(), cover()],
        "no-such-authority",
        {"authority": 3, "authorities": [1, 2]},
        authority=3,
    ),
    Under("one that begins later", [cover("2002-06-29")], "outside-authority", {"starts": "2002-06-29", "ends": None}),
    Under(
        "one that ran out",
        [cover("2002-06-20", "2002-06-27")],
        "outside-authority",
        {"occurred": "2002-06-28", "ends": "2002-06-27"},
    ),
    Under("one that was ended", [cover(), END], "authority-ended", {"authority": 1, "on": "2002-06-27"}),
    Under("one that was ended the same day", [cover(), END], "authority-ended", {"on": "2002-06-27"}, on="2002-06-27"),
)


@pytest.mark.parametrize("case", UNDER, ids=lambda case: case.case)
def test_a_decision_under_an_authority(case: Under) -> None:
    scene = given("decision", *case.given).when(DECIDE, on=case.on, authority=case.authority)
    if case.rule:
        scene.refused(case.rule, **case.details)
        assert scene.state.stage == "decision"
    else:
        assert decided(scene.accepted()).event.authority == 1


def test_a_source_cannot_name_an_authority_that_is_not_there_either() -> None:
    given("decision").when(DECIDE, via="case-file", authority=1).refused("no-such-authority")


def test_without_an_authority_the_decision_is_the_ministers_own() -> None:
    scene = given("decision", cover("2003-01-01"), DECIDE)
    assert decided(scene).event.authority is None


@dataclass(frozen=True)
class Refused:
    """After these commands, this one is refused by the rule, with these details."""

    case: str
    given: Sequence[Do]
    when: Do
    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)


REFUSED = (
    Refused(
        "an authority stands on paper",
        [],
        cover(document=None),
        "document-needed",
        {"command": "record-authority"},
    ),
    Refused(
        "it does not end before it starts",
        [],
        cover("2002-06-20", "2002-06-19"),
        "ends-before-it-starts",
        {"starts": "2002-06-20", "ends": "2002-06-19"},
    ),
    Refused("what is not there does not end", [], END, "no-such-authority", {"authority": 1, "authorities": []}),
    Refused("it ends once", [cover(), END], END, "authority-ended", {"authority": 1, "on": "2002-06-27"}),
    Refused(
        "it does not end before it was given",
        [cover()],
        Do("end-authority", OFFICIAL, "2002-06-24", {"authority": 1, "reason": "?"}),
        "too-early",
        {"occurred": "2002-06-24", "event": "authority-recorded", "on": "2002-06-25"},
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_refused(case: Refused) -> None:
    given("decision", *case.given).when(case.when).refused(case.rule, **case.details)


def test_a_source_may_not_show_the_paper() -> None:
    given("decision").when(cover(document=None), via="import").accepted()


def test_authorities_are_numbered_dated_and_shown_with_their_end() -> None:
    scene = given("decision", cover("2002-06", "2002-08", name="Jo Bloggs"), cover(kind="delegation"), END)
    first, second = authorities(scene.state.history)
    assert (first.number, first.kind, first.holder) == (1, "cover", "minister-for-community")
    assert (str(first.starts), str(first.ends), str(first.ended)) == ("2002-06", "2002-08", "2002-06-27")
    assert (second.number, second.kind, second.ends, second.ended) == (2, "delegation", None, None)
    assert scene.state.history.all(AuthorityRecorded)[0].event.name == seal("Jo Bloggs")


def test_the_number_of_a_withdrawn_authority_is_not_given_again() -> None:
    scene = given("decision", cover(), cover())
    second = scene.state.history.all(AuthorityRecorded)[1]
    scene.when("withdraw-event", OFFICE, version=second.version, reason="Never signed.").when(cover()).accepted()
    assert [held.number for held in authorities(scene.state.history)] == [1, 3]


def test_a_withdrawn_end_never_came() -> None:
    scene = given("decision", cover(), END)
    end = scene.state.history.last(AuthorityEnded)
    assert end is not None
    scene.when("withdraw-event", OFFICE, version=end.version, reason="Wrong one.").accepted()
    scene.when(DECIDE, authority=1).accepted()


def test_an_authority_is_dated_and_not_of_one_phase() -> None:
    scene = given("exit", cover()).when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    scene.when(DECIDE, on=None, at=scene.at, authority=1).accepted()


@pytest.mark.parametrize(
    "changes", [{"starts": "2002-06-29"}, {"ends": "2002-06-27"}], ids=["it began later", "it ended sooner"]
)
def test_a_decision_is_not_covered_once_its_authority_is_corrected_away(changes: dict[str, str]) -> None:
    scene = given("decision", cover()).when(DECIDE, authority=1).accepted()
    assert "decision-not-covered" not in cautions(scene)
    held = scene.state.history.last(AuthorityRecorded)
    assert held is not None
    scene.when("correct-event", LEAD, version=held.version, changes=changes, reason="Misread.").accepted()
    assert cautions(scene)["decision-not-covered"] == {"authority": 1, "on": "2002-06-28"}


def test_a_decision_is_not_covered_once_its_authority_is_withdrawn() -> None:
    scene = given("decision", cover()).when(DECIDE, authority=1).accepted()
    held = scene.state.history.last(AuthorityRecorded)
    assert held is not None
    scene.when("withdraw-event", OFFICE, version=held.version, reason="Never signed.").accepted()
    assert "decision-not-covered" in cautions(scene)


# What was known


def test_recommendation_and_decision_name_the_assessment_that_was_known() -> None:
    scene = given("decision", ASSESS, RECOMMEND, Do(ASSESS.type, CHIEF, "2002-06-27", ASSESS.body), DECIDE)
    first, second = (entry.version for entry in scene.state.history.all(ConditionsAssessed))
    recommended = scene.state.history.last(RecommendationMade)
    assert recommended is not None and recommended.event.conditions == first
    assert decided(scene).event.conditions == second


def test_what_was_assessed_after_the_day_of_the_decision_was_not_known() -> None:
    scene = given("decision", Do(ASSESS.type, LEAD, "2002-06-29", ASSESS.body), DECIDE)
    assert decided(scene).event.conditions is None
    assert cautions(scene)["conditions-not-assessed"] == {"on": "2002-06-28"}


def test_old_bodies_without_the_later_fields_still_read() -> None:
    old = {"outcome": "engage", "reasons": seal("Needed."), "document": None}
    assert DecisionRecorded.read(old).authority is None and DecisionRecorded.read(old).conditions is None
    assert RecommendationMade.read({"outcome": "engage", "grounds": seal("Ready.")}).conditions is None


# Worth a person's eye


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([], set()),
        ([ASSESS, RECOMMEND], set()),
        ([ASSESS, RECOMMEND, DECIDE], set()),
        ([RECOMMEND, DECIDE], {"conditions-not-assessed"}),
        ([ASSESS, DECIDE], {"no-recommendation"}),
        ([RECOMMEND, MONITOR_ONLY], {"decision-departs"}),
        ([MONITOR_ONLY], {"no-recommendation"}),
        ([MONITOR_ONLY, RECOMMEND, ASSESS, DECIDE], set()),
        ([RECOMMEND, MONITOR_ONLY, DECIDE], {"conditions-not-assessed"}),
    ],
    ids=[
        "nothing yet",
        "no decision yet",
        "all as it should be",
        "nothing assessed",
        "nothing recommended",
        "another decision than recommended",
        "monitoring only needs no assessment",
        "only the latest decision counts",
        "nor does an earlier one that departed",
    ],
)
def test_what_a_decision_lacks_is_shown_and_stops_nobody(commands: Sequence[Do], expected: set[str]) -> None:
    mine = {"no-recommendation", "decision-departs", "conditions-not-assessed", "decision-not-covered"}
    assert set(cautions(given("decision", *commands))) & mine == expected


def test_a_decision_that_departs_says_from_what() -> None:
    scene = given("decision", RECOMMEND, MONITOR_ONLY)
    assert cautions(scene)["decision-departs"] == {"outcome": "monitor-only", "recommended": "engage"}
    assert standing(scene.state.history).departs


def test_what_came_before_the_decision_counts_though_it_was_recorded_late() -> None:
    scene = given("decision", DECIDE)
    assert {"no-recommendation", "conditions-not-assessed"} <= set(cautions(scene))
    scene.when(ASSESS).accepted()
    assert "no-recommendation" in cautions(scene) and "conditions-not-assessed" not in cautions(scene)
    assert decided(scene).event.conditions is None


def test_a_recommendation_that_is_withdrawn_or_corrected_reads_otherwise() -> None:
    scene = given("decision", ASSESS, RECOMMEND, DECIDE)
    recommended = standing(scene.state.history).recommended
    assert recommended is not None
    changes = {"outcome": "monitor-only"}
    corrected = scene.copy().when(
        "correct-event", LEAD, version=recommended.version, changes=changes, reason="Misread."
    )
    assert standing(corrected.accepted().state.history).departs
    scene.when("withdraw-event", LEAD, version=recommended.version, reason="Another council.").accepted()
    assert standing(scene.state.history).recommended is None and "no-recommendation" in cautions(scene)


def test_a_withdrawn_assessment_informs_no_decision_any_more() -> None:
    scene = given("decision", ASSESS, RECOMMEND, DECIDE)
    assessed = standing(scene.state.history).conditions
    assert assessed is not None and assessed.version == decided(scene).event.conditions
    scene.when("withdraw-event", LEAD, version=assessed.version, reason="Another council.").accepted()
    assert standing(scene.state.history).conditions is None and "conditions-not-assessed" in cautions(scene)


def test_the_standing_shows_who_asked_and_what_was_recommended_before_the_decision() -> None:
    request = Do("request-team", "council.member", "2002-06-25")
    scene = given("decision", request, ASSESS, RECOMMEND)
    now = standing(scene.state.history)
    assert now.requested is not None and str(now.requested.decided_by) == "council.member"
    assert now.recommended is not None and now.decided is None and not now.departs
    scene.when(DECIDE).when(RECOMMEND, on="2002-06-28").refused("stage")
    assert standing(scene.state.history).decided == decided(scene)


def test_what_an_earlier_phase_decided_does_not_stand_in_the_next() -> None:
    scene = given("exit").when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    now = standing(scene.state.history)
    assert (now.requested, now.conditions, now.recommended, now.decided) == (None, None, None, None)
    assert "conditions-not-assessed" not in cautions(scene)
