"""Ratings, the council's answers, other assessments, and engagements that no zero stars opened."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from domain import engagement as an_engagement
from domain.assessments import AssessmentRecorded, zero_star_service
from domain.council import COMMANDS, EVENTS, Council, InterventionOpened, cautions, stars_behind
from domain.course import EngagementOpened, Kind
from domain.dates import When
from domain.documents import DocumentError, parse
from domain.judgements import Judgement, beyond_the_scale, derive
from domain.lifecycle import read_lifecycle
from domain.notices import notices_for
from domain.part import Caution
from domain.rating_notes import (
    NoteRating,
    NoteRatingLapsed,
    RatingNoted,
    SpecialMeasuresPlaced,
    in_special_measures,
    were_in_special_measures,
)
from domain.ratings import RatingAnswered, RatingPublished, answers_to, derived_judgements, newest_rating
from faces import prose, rounds, telling, words
from tests.command_line import Run
from tests.given import WAY, World, given, noon, rules_from, sealed_body, shipped, text_of
from tests.given import opened as opening
from tests.ledgers import Filled

OFFICE, CHIEF = "department.programme-office", "inspectorate.chief-inspector"
DIRECTOR, LEADER = "council.director", "council.member"
WIDER = "comprehensive-performance-assessment"


def rated(stars: int, on: str = "2002-05-29", **body: Any) -> World:
    """A council with one rating of its social services."""
    return also(World(), stars, on, **body)


def also(world: World, stars: int, on: str, service: str = "social-services", **body: Any) -> World:
    world.rate("publish-rating", on=on, service=service, stars=stars, **body)
    assert world.refusal is None, world.refusal
    return world


def rules_of(world: World) -> list[str]:
    return [caution.rule for caution in cautions(world.council)]


# What a rating holds


def test_a_rating_keeps_that_it_is_a_refresh_and_what_its_marks_compare_with() -> None:
    world = rated(0, "2003-11", refresh=True, moved_since="2002", label="no-star")
    (rating,) = [event for event in world.events if isinstance(event, RatingPublished)]
    assert (rating.refresh, str(rating.moved_since), rating.label) == (True, "2002", "no-star")
    assert EVENTS[rating.type].read(rating.model_dump(mode="json")) == rating


def test_a_rating_stored_before_there_were_refreshes_is_none() -> None:
    rating = RatingPublished.read({"service": "social-services", "stars": 0, "round": None, "label": "still-no-stars"})
    assert (rating.refresh, rating.moved_since) == (False, None)


@pytest.mark.parametrize("label", ["no-stars-yet", "still-no-stars", "improved-still-no-stars", "no-star", "one-star"])
def test_the_star_cells_as_printed_are_all_taken(label: str) -> None:
    rated(0, label=label).then("rating-published", "intervention-opened")


@pytest.mark.parametrize("since", ["lately", "2002-13", "2002-05-32"])
def test_marks_compare_with_a_date_that_exists(since: str) -> None:
    body = {"service": "social-services", "stars": 0, "moved_since": since}
    with pytest.raises(ValidationError):
        COMMANDS["publish-rating"].model_validate(body)


@pytest.mark.parametrize(("since", "taken"), [("2002", True), ("2003-11", True), ("2003", True), ("2003-12", False)])
def test_marks_do_not_compare_with_what_is_certainly_later(since: str, taken: bool) -> None:
    world = World().rate("publish-rating", on="2003-11", service="social-services", stars=1, moved_since=since)
    if taken:
        world.then("rating-published")
    else:
        world.refused("compared-with-later", since="2003-12", occurred="2003-11")


# Derived judgements

Judged = Mapping[str, str]

OF_2003: Mapping[str, tuple[int, Judged, Judged, tuple[str, str], tuple[str, str]]] = {
    "Birmingham": (
        0,
        {"serving": "some", "capacity": "promising", "capacity_moved": "higher"},
        {"serving": "no", "capacity": "uncertain"},
        ("some", "below promising"),
        ("no", "uncertain"),
    ),
    "Coventry": (
        1,
        {"serving": "some", "capacity": "promising"},
        {"serving": "some", "serving_moved": "higher", "capacity": "uncertain"},
        ("some", "promising"),
        ("no", "uncertain"),
    ),
    "Haringey": (
        1,
        {"serving": "some", "capacity": "promising", "capacity_moved": "higher"},
        {"serving": "some", "serving_moved": "higher", "capacity": "uncertain"},
        ("some", "below promising"),
        ("no", "uncertain"),
    ),
    "North East Lincolnshire": (
        1,
        {"serving": "some", "capacity": "promising", "capacity_moved": "higher"},
        {"serving": "some", "serving_moved": "higher", "capacity": "promising", "capacity_moved": "higher"},
        ("some", "below promising"),
        ("no", "below promising"),
    ),
    "Swindon": (
        0,
        {"serving": "no", "serving_moved": "lower", "capacity": "uncertain", "capacity_moved": "higher"},
        {"serving": "some", "capacity": "uncertain"},
        ("above no", "poor"),
        ("some", "uncertain"),
    ),
}
"""Table 1 as printed, and what it tells of 2002: worked out by hand."""


@pytest.mark.parametrize("council", OF_2003)
def test_the_judgements_of_2002_follow_from_those_of_2003_and_their_marks(council: str) -> None:
    stars, adults, children, adults_before, children_before = OF_2003[council]
    world = also(rated(0), stars, "2003-11", adults=adults, children=children, moved_since="2002")
    derived = derived_judgements(world.council.history)
    assert set(derived) == {1}, "only the rating of 2002 has no printed ones"
    for group, said in (("adults", adults_before), ("children", children_before)):
        told = derived[1][group]
        assert told.serving is not None and told.capacity is not None
        assert ((told.serving.said, told.capacity.said), told.source) == (said, 3)


@pytest.mark.parametrize("council", OF_2003)
def test_what_is_derived_is_never_stored(council: str) -> None:
    stars, adults, children, *_ = OF_2003[council]
    world = also(rated(0), stars, "2003-11", adults=adults, children=children, moved_since="2002")
    first = world.council.history.all(RatingPublished)[0].event
    assert (first.adults, first.children) == (None, None)


@pytest.mark.parametrize(
    ("serving", "moved", "values", "said"),
    [
        ("some", None, ("some",), "some"),
        ("some", "higher", ("no",), "no"),
        ("some", "lower", ("most", "yes"), "above some"),
        ("most", "higher", ("no", "some"), "below most"),
        ("most", "lower", ("yes",), "yes"),
    ],
)
def test_a_mark_leads_back_along_the_scale(serving: Any, moved: Any, values: tuple[str, ...], said: str) -> None:
    told = derive(Judgement(serving=serving, serving_moved=moved, capacity="poor"), 7).serving
    assert told is not None
    assert (told.values, told.said) == (values, said)


PRINTED = {"serving": "some", "capacity": "promising"}


@pytest.mark.parametrize(
    ("earlier", "on", "since", "groups"),
    [
        ({}, "2002-05-29", "2002", {"adults"}),
        ({}, "2002", "2002", {"adults"}),
        ({"refresh": True}, "2002-11", "2002", {"adults"}),
        ({}, "2002-05-29", "2002-11", set()),
        ({}, "2001-11", "2002", set()),
        ({}, "2001/2002", "2002", set()),
        ({}, "by 2002-05", "2002", set()),
        ({}, "by 2002-05", "by 2002", {"adults"}),
        ({}, "2002-05-29", None, set()),
        ({"adults": PRINTED}, "2002-05-29", "2002", set()),
        ({"children": PRINTED}, "2002-05-29", "2002", {"adults"}),
        ({"service": "education"}, "2002-05-29", "2002", set()),
        ({}, "2003-05-29", "2002", set()),
        ({}, "2003-11", "2003", set()),
    ],
    ids=[
        "within the year",
        "known only to that year",
        "its refresh as well",
        "not in the month that is meant",
        "of the year before",
        "perhaps of the year before",
        "at some time before",
        "some time before, which is what is meant",
        "marks that compare with nothing tell nothing",
        "printed judgements need no others",
        "each group for itself",
        "another service",
        "of the year after",
        "perhaps not earlier at all",
    ],
)
def test_a_later_rating_tells_of_the_time_its_marks_compare_with(
    earlier: dict[str, Any], on: str, since: str | None, groups: set[str]
) -> None:
    world = also(rated(0, on, **earlier), 1, "2003-11")
    version = world.council.version + 1
    world = also(world, 1, "2003-11", adults=PRINTED, **({"moved_since": since} if since else {}))
    derived = derived_judgements(world.council.history)
    assert set(derived.get(1, {})) == groups
    assert all(told.source == version for told in derived.get(1, {}).values())


def test_the_first_of_several_later_ratings_is_read() -> None:
    world = also(rated(1), 1, "2004-11", adults=PRINTED | {"capacity_moved": "higher"}, moved_since="2002")
    world = also(world, 1, "2003-11", adults=PRINTED, moved_since="2002")
    told = derived_judgements(world.council.history)[1]["adults"]
    assert told.source == 3
    assert told.capacity is not None and told.capacity.said == "promising"


def test_a_withdrawn_rating_tells_nothing_and_is_told_nothing() -> None:
    world = also(rated(1), 1, "2003-11", adults=PRINTED, moved_since="2002")
    assert set(derived_judgements(world.council.history)) == {1}
    world.rate("withdraw-rating", on="2003-12", rating=2, reason="Misprint.")
    assert derived_judgements(world.council.history) == {}
    world = also(rated(1), 1, "2003-11", adults=PRINTED, moved_since="2002")
    world.rate("withdraw-rating", on="2003-12", rating=1, reason="Misprint.")
    assert derived_judgements(world.council.history) == {}


def test_a_mark_that_leads_beyond_the_scale_tells_nothing_and_is_worth_a_look() -> None:
    judged: dict[str, Any] = {"serving": "no", "serving_moved": "higher", "capacity": "poor", "capacity_moved": "lower"}
    told = derive(Judgement.model_validate(judged), 2)
    assert told.serving is None
    assert told.capacity is not None and told.capacity.said == "above poor"
    assert list(beyond_the_scale(Judgement.model_validate(judged))) == [("serving", "no", "higher")]
    assert rules_of(rated(0, children=judged)) == ["moved-beyond-the-scale"]


# The warning that runs one way


@pytest.mark.parametrize("group", ["adults", "children"])
@pytest.mark.parametrize(
    ("stars", "serving", "warned"),
    [(0, "no", False), (1, "no", True), (3, "no", True), (0, "some", False), (1, "some", False), (0, "yes", False)],
)
def test_a_printed_no_always_went_with_zero_stars_and_not_the_other_way_round(
    group: str, stars: int, serving: str, warned: bool
) -> None:
    judged: dict[str, Any] = {group: {"serving": serving, "capacity": "uncertain"}}
    world = rated(stars, **judged)
    assert rules_of(world) == (["no-beside-stars"] if warned else [])
    if warned:
        (caution,) = cautions(world.council)
        assert caution.details == {
            "rating": 1,
            "service": "social-services",
            "on": "2002-05-29",
            "group": group,
            "stars": stars,
        }
    row = dict.fromkeys(rounds.HEADER, "") | {"stars": str(stars), f"{group}_serving": serving.capitalize()}
    assert len(list(rounds._warnings(row))) == warned


def test_a_derived_no_warns_of_nothing() -> None:
    stars, adults, children, *_ = OF_2003["Haringey"]
    world = also(rated(2), stars, "2003-11", adults=adults, children=children, moved_since="2002")
    told = derived_judgements(world.council.history)[1]["children"]
    assert told.serving is not None and told.serving.said == "no"
    assert cautions(world.council) == ()


def test_a_withdrawn_rating_is_not_warned_of() -> None:
    world = rated(1, adults={"serving": "no", "capacity": "uncertain"})
    world.rate("withdraw-rating", on="2002-06-05", rating=1, reason="Misprint.")
    assert cautions(world.council) == ()


# What the council answers


@pytest.mark.parametrize("by", ["council.chief-executive", DIRECTOR, LEADER])
@pytest.mark.parametrize("recorder", ["itself", OFFICE])
def test_a_council_answers_for_itself_or_the_office_records_it(by: str, recorder: str) -> None:
    world = rated(0).rate(
        "answer-rating", by, "2002-06", recorded_by=by if recorder == "itself" else recorder, rating=1, accepted=True
    )
    world.then("rating-answered")
    assert world.events == [RatingAnswered(rating=1, accepted=True)]


@pytest.mark.parametrize("recorder", [CHIEF, LEADER])
def test_nobody_else_records_what_a_council_answers(recorder: str) -> None:
    world = rated(0).rate("answer-rating", DIRECTOR, "2002-06", recorded_by=recorder, rating=1, accepted=True)
    world.refused("recorder", role=DIRECTOR, recorder=recorder, may=[DIRECTOR, OFFICE])


def test_the_office_does_not_answer_for_the_council() -> None:
    world = rated(0).rate("answer-rating", OFFICE, "2002-06", rating=1, accepted=True)
    world.refused("role", command="answer-rating", role=OFFICE)


def refused_rating(world: World, rating: int, on: str) -> World:
    world.rate("answer-rating", LEADER, on, rating=rating, accepted=False, reason="It is unfair.")
    world.then("rating-answered")
    return world


@pytest.mark.parametrize(
    ("body", "on", "rule", "details"),
    [
        ({"rating": 1, "accepted": False}, "2002-06", "reason-needed", {"command": "answer-rating"}),
        ({"rating": 2, "accepted": True}, "2002-06", "no-such-rating", {"rating": 2}),
        ({"accepted": True}, "2002-06", "which-rating", {"command": "answer-rating", "rating": None, "round": None}),
        ({"rating": 1, "round": "a", "accepted": True}, "2002-06", "which-rating", {"rating": 1, "round": "a"}),
        ({"round": "social-services-2001-05-29", "accepted": True}, "2002-06", "no-such-rating", {}),
        (
            {"rating": 1, "accepted": True},
            "2002-05-28",
            "too-early",
            {"occurred": "2002-05-28", "event": "rating-published", "on": "2002-05-29"},
        ),
    ],
    ids=["a refusal says why", "no rating", "none named", "named twice", "another round", "before it was published"],
)
def test_an_answer_is_refused(body: dict[str, Any], on: str, rule: str, details: dict[str, Any]) -> None:
    rated(0).rate("answer-rating", DIRECTOR, on, **body).refused(rule, **details)


def test_an_answer_that_can_have_come_after_the_rating_is_taken() -> None:
    rated(0).rate("answer-rating", DIRECTOR, "2002-05", rating=1, accepted=True).then("rating-answered")


@pytest.mark.parametrize("named", [{}, {"rating": 1, "round": "social-services-2002-05-29"}])
def test_a_withdrawal_names_one_rating(named: dict[str, Any]) -> None:
    world = rated(0, round="social-services-2002-05-29").rate("withdraw-rating", on="2002-06-01", reason="?", **named)
    world.refused("which-rating", **{"command": "withdraw-rating", "rating": None, "round": None, **named})


def test_history_may_be_silent_on_why_a_council_refused() -> None:
    rated(0).rate("answer-rating", DIRECTOR, "2002-06", via="import", rating=1, accepted=False).then("rating-answered")


def test_a_rating_is_answered_by_its_round() -> None:
    world = rated(0, round="social-services-2002-05-29")
    world.rate("answer-rating", DIRECTOR, "2002-06", round="social-services-2002-05-29", accepted=True)
    assert world.events == [RatingAnswered(rating=1, accepted=True)]


def test_a_withdrawn_rating_is_not_answered() -> None:
    world = rated(1).rate("withdraw-rating", on="2002-06-01", rating=1, reason="Misprint.")
    world.rate("answer-rating", DIRECTOR, "2002-06-05", rating=1, accepted=True).refused("no-such-rating")


def test_a_refused_rating_is_worth_a_look_until_it_is_accepted_and_the_refusal_stays_on_record() -> None:
    world = refused_rating(rated(0), 1, "2002-06-01")
    assert cautions(world.council) == (
        Caution("rating-refused", {"rating": 1, "service": "social-services", "stars": 0, "on": "2002-06-01"}),
    )
    world.rate("answer-rating", DIRECTOR, "2002-09", rating=1, accepted=True).then("rating-answered")
    assert cautions(world.council) == ()
    assert [entry.event.accepted for entry in answers_to(world.council.history, 1)] == [False, True]


def test_of_two_answers_the_later_day_counts_and_not_the_later_entry() -> None:
    world = rated(0).rate("answer-rating", DIRECTOR, "2002-09", rating=1, accepted=True)
    assert rules_of(refused_rating(world, 1, "2002-06-01")) == []


def test_an_answer_to_an_older_rating_is_no_longer_worth_a_look() -> None:
    world = also(refused_rating(rated(1), 1, "2002-06-01"), 1, "2003-11")
    assert rules_of(world) == []
    world.rate("withdraw-rating", on="2003-12", rating=3, reason="Misprint.")
    assert rules_of(world) == ["rating-refused"]


def test_each_service_has_a_newest_rating_of_its_own() -> None:
    world = also(refused_rating(rated(1), 1, "2002-06-01"), 1, "2003-11", service="education")
    assert rules_of(world) == ["rating-refused"]
    newest = newest_rating(world.council.history, "education")
    assert newest is not None and newest.version == 3
    assert newest_rating(world.council.history, "housing") is None
    assert newest_rating(world.council.history, "education", When.parse("2003-10")) is None


# Inspections and other assessments, and the cap


def assess(world: World, on: str = "2003-12", **body: Any) -> World:
    return world.rate("record-assessment", OFFICE, on, **({"kind": WIDER} | body))


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "inspection", "service": "children", "result": "serious-concerns", "by": "Ofsted"},
        {"kind": "joint-review", "result": "1"},
        {"kind": "ranking"},
        {"result": "weak", "uncapped": "fair"},
        {"result": "poor"},
        {},
    ],
    ids=["inspection", "joint review", "ranking", "capped", "below the cap", "without a result"],
)
def test_an_assessment_is_part_of_the_history_of_a_council(body: dict[str, Any]) -> None:
    world = assess(rated(0), **body).then("assessment-recorded")
    (found,) = world.council.history.all(AssessmentRecorded)
    assert found.event.model_dump(exclude_none=True) == {"kind": WIDER} | body
    assert AssessmentRecorded.read(found.event.model_dump(mode="json")) == found.event


def test_an_assessment_stored_before_there_were_results_has_none() -> None:
    assert AssessmentRecorded.read({"kind": "inspection", "by": None, "note": None}).result is None


@pytest.mark.parametrize(
    ("body", "rule", "details"),
    [
        ({"result": "fair"}, "capped-at-weak", {"result": "fair", "service": "social-services", "cap": "weak"}),
        ({"result": "excellent"}, "capped-at-weak", {"result": "excellent"}),
        ({"result": "weak", "uncapped": "weak"}, "uncapped-not-better", {"result": "weak", "uncapped": "weak"}),
        ({"result": "weak", "uncapped": "poor"}, "uncapped-not-better", {}),
        ({"result": "fair", "uncapped": "good"}, "uncapped-not-better", {}),
        ({"result": "poor", "uncapped": "good"}, "uncapped-not-better", {}),
        ({"uncapped": "good"}, "uncapped-not-better", {"result": "no result", "uncapped": "good", "cap": "weak"}),
        ({"result": "splendid"}, "no-such-result", {"result": "splendid"}),
        ({"result": "weak", "uncapped": "splendid"}, "no-such-result", {}),
        ({"kind": "inspection", "uncapped": "good"}, "only-wider-is-capped", {"kind": "inspection", "wider": WIDER}),
    ],
)
def test_a_result_that_can_not_be_is_refused(body: dict[str, Any], rule: str, details: dict[str, Any]) -> None:
    assess(rated(0), **body).refused(rule, **details)


@pytest.mark.parametrize(
    ("ratings", "on", "service"),
    [
        ([], "2003-12", None),
        ([(0, "2003-11")], "2003-12", "social-services"),
        ([(0, "2003-11")], "2003-10", None),
        ([(0, "2003-11-13")], "2003-11-13", "social-services"),
        ([(0, "2003-11-13")], "2003-11", None),
        ([(0, "2003-11")], "by 2004", None),
        ([(0, "2002-11"), (1, "2003-11")], "2003-12", None),
        ([(0, "2002-11"), (1, "2003-11")], "2003-10", "social-services"),
        ([(0, "2002-11"), (1, "2003-11")], "2003", None),
        ([(0, "2002-11"), (0, "2003-11")], "2003", "social-services"),
        ([(1, "2002-11"), (0, "2003-11")], "2003", None),
        ([(1, "2002-11"), (0, "2003-11")], "2003-12", "social-services"),
        ([(1, "2003"), (0, "2003-11")], "2004", None),
        ([(0, "2003-11"), (1, "2003-11")], "2004", None),
        ([(1, "2003-11"), (0, "2003-11")], "2004", "social-services"),
    ],
    ids=[
        "not rated",
        "rated the month before",
        "not rated yet",
        "rated that day",
        "perhaps before the rating",
        "at some time before",
        "a star regained",
        "before the star was regained",
        "perhaps after the star was regained",
        "no star either way",
        "perhaps before the star was lost",
        "after the star was lost",
        "which of the two was later is not known",
        "of one month the later entry counts: a star",
        "of one month the later entry counts: none",
    ],
)
def test_the_cap_holds_where_the_newest_rating_was_zero_however_the_dates_are_read(
    ratings: list[tuple[int, str]], on: str, service: str | None
) -> None:
    world = World(at=noon("2005-01-01"))
    for stars, day in ratings:
        also(world, stars, day)
    assert zero_star_service(world.council.history, When.parse(on)) == service
    assess(world, on, result="good")
    if service is None:
        world.then("assessment-recorded")
    else:
        world.refused("capped-at-weak", service=service)


def test_any_service_without_stars_caps_the_wider_assessment_and_no_other() -> None:
    world = also(rated(2), 0, "2003-11", service="education")
    assess(world, result="good").refused("capped-at-weak", service="education")
    assess(world, kind="inspection", result="good").then("assessment-recorded")


def test_a_withdrawn_rating_caps_nothing() -> None:
    world = rated(0).rate("withdraw-rating", on="2002-06-05", rating=1, reason="Misprint.")
    assess(world, result="good").then("assessment-recorded")


def test_a_rating_recorded_after_the_assessment_that_it_caps_is_worth_a_look() -> None:
    world = assess(World(at=noon("2004-01-01")), "2003-12", result="good").then("assessment-recorded")
    assert cautions(world.council) == ()
    also(world, 0, "2003-11")
    details = {"result": "good", "service": "social-services", "on": "2003-12", "cap": "weak"}
    assert cautions(world.council) == (Caution("above-the-cap", details),)


@pytest.mark.parametrize("body", [{"result": "Very Good"}, {"service": "roads"}, {"uncapped": ""}])
def test_a_body_that_does_not_fit_is_never_an_assessment(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS["record-assessment"].model_validate({"kind": WIDER} | body)


# Engagements that no zero stars open


def opened(kind: str, world: World, on: str = "2004-02-02", **body: Any) -> World:
    body = {"service": "social-services", "kind": kind, "reason": "It struggles."} | body
    return world.rate("open-engagement", OFFICE, on, **{name: value for name, value in body.items() if value})


STAGE = {"preventive": "decision", "direct-commission": "scoping"}


@pytest.mark.parametrize(("kind", "stars"), [("preventive", 1), *(("direct-commission", n) for n in (1, 2, 3))])
def test_the_office_opens_an_engagement_without_zero_stars(kind: str, stars: int) -> None:
    world = opened(kind, rated(stars, "2003-11")).then("intervention-opened")
    held = world.council.open["haringey-1"]
    assert (held.service, held.model, held.kind) == ("social-services", "performance-action-team@3", kind)
    assert held.rating == (1 if kind == "preventive" else None)
    scene = world.engagements["haringey-1"]
    began = scene.state.opening
    assert began is not None
    assert (began.kind, began.rating, began.stars) == (kind, held.rating, stars)
    assert scene.state.stage == STAGE[kind]
    assert not in_special_measures(scene.state.history)
    assert not were_in_special_measures(scene.state.history)
    assert scene.owed(), "what its first stage owes falls due as in any other"


def test_a_zero_star_rating_still_opens_at_the_first_stage_and_says_so() -> None:
    world = rated(0)
    assert world.council.open["haringey-1"].kind == "special-measures"
    scene = world.engagements["haringey-1"]
    assert scene.state.stage == "special-measures"
    assert in_special_measures(scene.state.history)


def test_an_opening_stored_before_there_were_kinds_was_by_zero_stars() -> None:
    world, old = rated(0), {"engagement": "haringey-1", "service": "social-services", "model": "m@1", "rating": 1}
    held = InterventionOpened.read(old)
    assert (held.kind, stars_behind(world.council.history, held)) == (None, 0)
    began = EngagementOpened.read(
        {"council": "E1", "service": "social-services", "model": "m@1", "lifecycle_sha256": "0", "stars": 0}
    )
    assert began.kind is None
    assert shipped().lifecycle.entered_first(began.kind) == "special-measures"


@pytest.mark.parametrize(
    ("world", "kind", "body", "rule", "details"),
    [
        (rated(2), "preventive", {}, "one-star-needed", {"service": "social-services", "stars": 2}),
        (World(), "preventive", {}, "one-star-needed", {"stars": None}),
        (rated(1, "2004-03"), "preventive", {}, "one-star-needed", {"stars": None}),
        (also(rated(1), 2, "2003-11"), "preventive", {}, "one-star-needed", {"stars": 2}),
        (rated(1), "direct-commission", {"reason": None}, "reason-needed", {"command": "open-engagement"}),
        (rated(1), "preventive", {"service": "housing"}, "no-model-enters", {"service": "housing"}),
        (rated(0), "preventive", {}, "open-already", {"service": "social-services", "engagement": "haringey-1"}),
        (rated(0), "direct-commission", {}, "open-already", {"engagement": "haringey-1"}),
        (opened("preventive", rated(1)), "direct-commission", {}, "open-already", {"engagement": "haringey-1"}),
    ],
    ids=[
        "two stars are too many",
        "not rated",
        "not rated yet",
        "no longer one star",
        "a direct commission says why",
        "no model of that service",
        "one is open for zero stars",
        "nor beside it as a direct commission",
        "one is open already",
    ],
)
def test_an_engagement_is_not_opened(
    world: World, kind: str, body: dict[str, Any], rule: str, details: dict[str, Any]
) -> None:
    before = world.council.version
    opened(kind, world, **body).refused(rule, **details)
    assert world.council.version == before


def test_a_preventive_engagement_needs_no_reason_of_its_own() -> None:
    opened("preventive", rated(1), reason=None).then("intervention-opened")


def test_history_may_be_silent_on_the_rating_and_the_reason_but_not_contradict_itself() -> None:
    opened("preventive", World(), via="import").then("intervention-opened")
    opened("direct-commission", World(), via="case-file", reason=None).then("intervention-opened")
    opened("preventive", rated(3), via="import").refused("one-star-needed", stars=3)


def test_an_open_preventive_engagement_is_told_of_zero_stars_and_no_second_one_opens() -> None:
    world = also(opened("preventive", rated(1, "2003-11")), 0, "2004-11").then("rating-published")
    assert list(world.council.open) == ["haringey-1"]
    assert world.told == [NoteRating(rating=3, stars=0)]
    scene = world.engagements["haringey-1"]
    assert scene.events == [RatingNoted(rating=3, stars=0), SpecialMeasuresPlaced(rating=3)]
    assert in_special_measures(scene.state.history)
    assert scene.state.stage == "decision", "time does not run back"


@pytest.mark.parametrize("kind", STAGE)
@pytest.mark.parametrize("stars", [1, 2, 3])
def test_stars_do_not_end_an_engagement_that_never_was_about_their_lack(kind: str, stars: int) -> None:
    world = also(opened(kind, rated(1, "2003-11")), stars, "2004-11")
    scene = world.engagements["haringey-1"]
    assert [event.type for event in scene.events] == ["rating-noted"]
    assert (scene.state.closed, scene.state.stage) == (None, STAGE[kind])


def test_a_star_regained_ends_special_measures_that_had_begun_and_before_an_award_the_engagement() -> None:
    world = also(opened("preventive", rated(1, "2003-11")), 0, "2004-11")
    also(world, 1, "2005-11")
    scene = world.engagements["haringey-1"]
    assert [event.type for event in scene.events][:2] == ["rating-noted", "special-measures-ended"]
    assert scene.state.closed == "star-regained"
    assert world.council.open == {}


def test_a_withdrawn_zero_lifts_special_measures_and_closes_nothing() -> None:
    world = also(opened("preventive", rated(1, "2003-11")), 0, "2004-11")
    world.rate("withdraw-rating", on="2004-12", rating=3, reason="Misprint.")
    assert world.told == [NoteRating(rating=1, stars=1)]
    scene = world.engagements["haringey-1"]
    assert [event.type for event in scene.events] == ["rating-noted", "special-measures-lifted"]
    assert not in_special_measures(scene.state.history)
    assert not were_in_special_measures(scene.state.history), "they should never have begun"
    assert scene.state.closed is None
    also(world, 0, "2005-11")
    assert [event.type for event in scene.events] == ["rating-noted", "special-measures-placed"]


def test_a_withdrawn_zero_lifts_special_measures_where_no_other_rating_stands() -> None:
    world = also(opened("direct-commission", World()), 0, "2004-11")
    scene = world.engagements["haringey-1"]
    assert in_special_measures(scene.state.history)
    world.rate("withdraw-rating", on="2004-12", rating=2, reason="Misprint.")
    assert world.told == [NoteRatingLapsed(rating=2)]
    assert [event.type for event in scene.events] == ["rating-lapsed", "special-measures-lifted"]
    assert (in_special_measures(scene.state.history), scene.state.closed) == (False, None)


def test_a_rating_withdrawn_that_placed_nothing_only_lapses() -> None:
    world = also(opened("direct-commission", World()), 2, "2004-11")
    world.rate("withdraw-rating", on="2004-12", rating=2, reason="Misprint.")
    assert [event.type for event in world.engagements["haringey-1"].events] == ["rating-lapsed"]


def test_what_zero_stars_began_does_not_lapse() -> None:
    scene = given().when("note-rating-lapsed", CHIEF, rating=2).then("rating-lapsed")
    assert in_special_measures(scene.state.history)


def test_a_preventive_engagement_was_opened_in_error_where_its_one_star_is_withdrawn() -> None:
    world = opened("preventive", rated(1, "2003-11"))
    world.rate("withdraw-rating", on="2004-03", rating=1, reason="Misprint.")
    assert world.engagements["haringey-1"].state.closed == "opened-in-error"
    assert world.council.open == {}


def test_a_direct_commission_rests_on_no_rating() -> None:
    world = opened("direct-commission", rated(2, "2003-11"))
    world.rate("withdraw-rating", on="2004-03", rating=1, reason="Misprint.")
    assert world.engagements["haringey-1"].state.closed is None


def test_a_star_that_is_lost_again_resumes_what_had_begun_later() -> None:
    world = also(opened("direct-commission", rated(1, "2001-11"), on="2002-05-29"), 0, "2002-06-03")
    scene = world.engagements["haringey-1"]
    for stage in ("scoping", "tender"):
        for command in WAY[stage]:
            scene.when(command).accepted()
    also(world, 1, "2003-11")
    assert [event.type for event in scene.events] == ["rating-noted", "special-measures-ended"]
    also(world, 0, "2004-11")
    assert [event.type for event in scene.events] == ["rating-noted", "special-measures-resumed"]
    assert scene.state.closed is None, "a team under contract finishes its work"


def test_a_special_measures_engagement_is_never_placed_on_them_again() -> None:
    scene = given("board-cycles").when("note-rating", CHIEF, rating=2, stars=1).accepted()
    scene.when("note-rating", CHIEF, rating=3, stars=0)
    assert [event.type for event in scene.events] == ["rating-noted", "special-measures-resumed"]


def test_an_engagement_of_the_first_version_does_what_it_always_did() -> None:
    scene = opening(rules_from(text_of("lifecycles", "performance-action-team-1.yaml")), kind=None)
    for command in (*WAY["special-measures"], *WAY["decision"]):
        scene.when(command).accepted()
    assert in_special_measures(scene.state.history)
    scene.when("note-rating", CHIEF, rating=2, stars=0).then("rating-noted")
    scene.when("note-rating", CHIEF, rating=3, stars=1).accepted()
    assert [event.type for event in scene.events][:2] == ["rating-noted", "special-measures-ended"]
    assert scene.state.closed == "star-regained"


@pytest.mark.parametrize("kind", STAGE)
def test_such_an_engagement_is_told_of_as_others_are(kind: str) -> None:
    world = opened(kind, rated(1, "2003-11"))
    scene = world.engagements["haringey-1"]
    told = {
        to.to
        for entry in scene.state.history.entries
        for _, to in notices_for(scene.rules.lifecycle, scene.state.id, "E09000014", entry.version, entry.event)
    }
    assert {"council.chief-executive", DIRECTOR, OFFICE, "inspectorate.lead-inspector"} <= told


# The document that says where a kind enters


def lifecycle_with(enters: str) -> Any:
    text = text_of("lifecycles", "performance-action-team-2.yaml")
    text = text.replace("  preventive: decision\n", f"  {enters}\n")
    return read_lifecycle(parse("test.yaml", text), an_engagement.COMMANDS, an_engagement.EVENTS)


@pytest.mark.parametrize(
    ("enters", "problem"),
    [
        ("preventive: nowhere", "there is no stage 'nowhere'"),
        ("preventive: reviewed", "there is no stage 'reviewed'"),
        ("curative: decision", "curative"),
    ],
    ids=["no such stage", "an end is no stage", "no such kind"],
)
def test_a_document_that_enters_nowhere_is_refused_with_its_line(enters: str, problem: str) -> None:
    text = text_of("lifecycles", "performance-action-team-2.yaml")
    line = text.splitlines().index("  preventive: decision") + 1
    with pytest.raises(DocumentError) as caught:
        lifecycle_with(enters)
    assert problem in str(caught.value)
    assert caught.value.line == line


def test_a_kind_enters_where_the_document_says_and_else_at_the_first_stage() -> None:
    life = lifecycle_with("preventive: monitoring")
    entered: dict[Kind | None, str] = {
        "preventive": "monitoring",
        "direct-commission": "scoping",
        "special-measures": "special-measures",
        None: "special-measures",
    }
    assert {kind: life.entered_first(kind) for kind in entered} == entered


def test_the_first_version_of_the_model_knows_no_other_kinds() -> None:
    text = text_of("lifecycles", "performance-action-team-1.yaml")
    life = read_lifecycle(parse("first.yaml", text), an_engagement.COMMANDS, an_engagement.EVENTS)
    assert life.enters == {}
    assert life.entered_first("preventive") == "special-measures"


# In words


@pytest.mark.parametrize(
    ("event", "body", "said"),
    [
        (
            "engagement-opened",
            {"service": "social-services", "model": "m@2", "stars": 0},
            "Engagement opened in social services, model m@2; placed on special measures",
        ),
        (
            "engagement-opened",
            {"service": "social-services", "model": "m@2", "stars": 0, "kind": "special-measures"},
            "Engagement opened in social services, model m@2; placed on special measures",
        ),
        (
            "engagement-opened",
            {"service": "social-services", "model": "m@2", "stars": 1, "kind": "preventive"},
            "Preventive engagement opened in social services, model m@2",
        ),
        (
            "engagement-opened",
            {"service": "social-services", "model": "m@2", "stars": 0, "kind": "direct-commission"},
            "Direct commission opened in social services, model m@2",
        ),
        ("rating-answered", {"rating": 3, "accepted": False}, "The council refuses its rating of version 3"),
        (
            "rating-published",
            {"service": "social-services", "stars": 0, "refresh": True, "inferred": True},
            "Social services rated: no stars (refresh) (inferred)",
        ),
        (
            "assessment-recorded",
            {"kind": WIDER, "by": "Audit Commission", "result": "weak", "uncapped": "fair"},
            "Comprehensive performance assessment by Audit Commission: weak (capped; fair without the cap)",
        ),
        ("assessment-recorded", {"kind": "inspection", "by": None}, "Inspection"),
    ],
)
def test_what_happened_is_told_from_old_bodies_and_new(event: str, body: dict[str, Any], said: str) -> None:
    assert telling.title(event, body, words.Words()) == said


@pytest.mark.parametrize(("stars", "said"), [(None, "not rated"), (0, "rated 0"), (3, "rated 3")])
def test_a_preventive_engagement_that_is_refused_says_how_the_service_is_rated(stars: int | None, said: str) -> None:
    found = prose.refused("one-star-needed", {"service": "social-services", "stars": stars}, words.Words())
    assert found.sentence.endswith(f"social services is {said}.")


def test_every_body_of_a_council_command_is_sealed_where_it_should_be() -> None:
    for command, body in (
        ("answer-rating", {"accepted": False, "reason": "?"}),
        ("open-engagement", {"service": "housing", "kind": "preventive", "reason": "?"}),
    ):
        with pytest.raises(ValidationError, match="holds a commitment"):
            COMMANDS[command].model_validate(body)
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


def test_a_council_of_which_nothing_is_known_has_no_cautions() -> None:
    assert cautions(Council.new("E09000014")) == ()


# Shown


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of Haringey, rated in 2002 and 2003, which answered, and in which the office then opened an engagement."""
    folder = tmp_path_factory.mktemp("rated")
    filled, council = Filled.make(folder, datetime(2004, 2, 2, 12, tzinfo=UTC)), "council/E09000014"
    _, adults, children, *_ = OF_2003["Haringey"]
    social: dict[str, Any] = {"service": "social-services"}
    filled.give(council, "publish-rating", CHIEF, on="2002-11", **social, stars=1, refresh=True, inferred=True)
    filled.give(
        council,
        "publish-rating",
        CHIEF,
        on="2003-11",
        **social,
        stars=1,
        adults=adults,
        children=children,
        moved_since="2002",
        label="one-star",
    )
    filled.give(council, "answer-rating", LEADER, OFFICE, on="2003-11-20", rating=2, accepted=False, reason="Unfair.")
    filled.give(council, "record-assessment", OFFICE, on="2003-12", kind=WIDER, by="Audit Commission", result="fair")
    filled.give(council, "open-engagement", OFFICE, **social, kind="preventive", reason="It struggles.")
    return folder


def test_a_council_is_shown_with_what_is_printed_and_derived_told_apart(run: Run, home: Path) -> None:
    shown = run(home, "show", "Haringey", "--json").json
    before, now = shown["ratings"]
    assert (before["refresh"], before["adults"], before["children"]) == (True, None, None)
    assert before["derived"]["adults"] == {
        "serving": "some",
        "capacity": "below promising",
        "can_be": {"serving": ["some"], "capacity": ["poor", "uncertain"]},
        "from": 2,
    }
    assert (now["derived"], now["moved_since"], now["label"]) == ({}, "2002", "one-star")
    assert now["adults"]["capacity_moved"] == "higher"
    assert now["answers"] == [{"accepted": False, "by": LEADER, "on": "2003-11-20", "reason": "Unfair."}]
    assert [(found["kind"], found["result"]) for found in shown["assessments"]] == [(WIDER, "fair")]
    assert [caution["rule"] for caution in shown["cautions"]] == ["rating-refused"]
    (engagement,) = shown["engagements"]
    assert (engagement["kind"], engagement["reason"]) == ("preventive", "It struggles.")


def test_a_council_is_shown_in_words(run: Run, home: Path) -> None:
    shown = run(home, "show", "Haringey").out
    for said in (
        "1 star (refresh) (inferred)\tadults: some, below promising (derived from 2);"
        " children: no, uncertain (derived from 2)",
        "adults: some, promising (higher); children: some (higher), uncertain (marks: since 2002)",
        "refused 20 November 2003: Unfair.",
        "Comprehensive performance assessment by Audit Commission: fair",
        "haringey-1\tsocial services\tperformance-action-team@3\tpreventive",
        "The council refuses its newest rating of social services",
    ):
        assert said in shown


def test_a_preventive_engagement_is_carried_out_on_a_ledger_and_shown_without_special_measures(
    run: Run, home: Path
) -> None:
    shown = run(home, "show", "haringey-1", "--json").json
    assert (shown["kind"], shown["stage"]["id"]) == ("preventive", "decision")
    assert (shown["special_measures"], shown["special_measures_before"]) == (False, False)
    assert "Special measures\tno\n" in run(home, "show", "haringey-1").out
    assert "\tPreventive engagement opened in social services" in run(home, "timeline", "haringey-1").out
    first = run(home, "timeline", "haringey-1", "--json").json[0]["body"]
    assert {name: first[name] for name in ("kind", "rating", "stars")} == {
        "kind": "preventive",
        "rating": 2,
        "stars": 1,
    }
