"""A council and its ratings: what opens an engagement, what engagements are told, and what is refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.council import COMMANDS, EVENTS, MAY, CouncilFacts
from domain.course import NoteRatingWithdrawn
from domain.dates import When
from domain.rating_notes import NoteRating
from domain.ratings import RatingPublished, standing_ratings
from tests.given import HARINGEY, WAY, World, facts_of, given, noon, sealed_body

OFFICE, CHIEF = "department.programme-office", "inspectorate.chief-inspector"
ZERO: dict[str, Any] = {"service": "social-services", "stars": 0}


def rated(**body: Any) -> World:
    """A council on whom zero stars were published on 29 May 2002."""
    return World().rate("publish-rating", **(ZERO | body))


@pytest.mark.parametrize("stars", [0, 1, 2, 3])
def test_zero_stars_for_social_services_open_an_engagement_and_no_others_do(stars: int) -> None:
    world = World().rate("publish-rating", service="social-services", stars=stars)
    if stars:
        world.then("rating-published")
        assert world.engagements == {}
    else:
        world.then("rating-published", "intervention-opened")
        opened = world.council.open["haringey-1"]
        assert (opened.service, opened.model, opened.rating) == ("social-services", "performance-action-team@3", 1)
        assert world.engagements["haringey-1"].state.stage == "special-measures"


@pytest.mark.parametrize("service", ["education", "children", "adults", "housing", "whole-council"])
def test_a_service_that_no_lifecycle_starts_on_opens_nothing(service: str) -> None:
    World().rate("publish-rating", service=service, stars=0).then("rating-published")


def test_at_most_one_engagement_is_open_in_a_service() -> None:
    world = rated().rate("publish-rating", on="2002-11", **ZERO).then("rating-published")
    assert list(world.council.open) == ["haringey-1"]
    assert world.told == [NoteRating(rating=3, stars=0)]


def test_a_later_rating_reaches_the_engagement_that_is_open() -> None:
    world = rated().rate("publish-rating", on="2003-11", service="social-services", stars=1)
    assert world.told == [NoteRating(rating=3, stars=1)]
    assert world.engagements["haringey-1"].state.closed == "star-regained"
    assert world.council.open == {}


def test_a_rating_of_another_service_is_not_told() -> None:
    assert rated().rate("publish-rating", on="2003-11", service="education", stars=1).told == []


def test_ids_are_never_used_again() -> None:
    world = rated()
    for year in ("2003", "2004"):
        world.rate("publish-rating", on=f"{year}-05", service="social-services", stars=1)
        world.rate("publish-rating", on=f"{year}-11", **ZERO).then("rating-published", "intervention-opened")
    assert list(world.engagements) == ["haringey-1", "haringey-2", "haringey-3"]
    assert list(world.council.open) == ["haringey-3"]


def test_the_rating_that_opened_an_engagement_is_withdrawn_and_so_is_the_engagement() -> None:
    world = rated(round="social-services-2002-05-29")
    world.rate("withdraw-rating", OFFICE, "2002-06-05", round="social-services-2002-05-29", reason="Misprint.")
    (told,) = world.told
    assert isinstance(told, NoteRatingWithdrawn) and told.rating == 1
    assert world.engagements["haringey-1"].state.closed == "opened-in-error"
    assert standing_ratings(world.council.history) == ()
    world.rate("publish-rating", on="2002-06-06", round="social-services-2002-05-29", **ZERO)
    world.then("rating-published", "intervention-opened")
    assert list(world.council.open) == ["haringey-2"]


def test_a_later_rating_withdrawn_puts_things_back_as_the_last_that_stands_says() -> None:
    world = rated()
    world.engagements["haringey-1"] = given("board-cycles")
    world.rate("publish-rating", on="2003-11", service="social-services", stars=1)
    assert [event.type for event in world.engagements["haringey-1"].events] == [
        "rating-noted",
        "special-measures-ended",
    ]
    world.rate("withdraw-rating", on="2003-12", rating=3, reason="Misprint.")
    assert world.told == [NoteRating(rating=1, stars=0)]
    assert [event.type for event in world.engagements["haringey-1"].events] == [
        "rating-noted",
        "special-measures-resumed",
    ]


def test_an_old_rating_brought_in_later_changes_nothing_now() -> None:
    world = rated()
    world.rate("publish-rating", on="2001-11", service="social-services", stars=1).then("rating-published")
    assert world.told == []
    assert world.engagements["haringey-1"].state.closed is None


def test_an_old_rating_of_zero_stars_opens_nothing_where_a_newer_one_stands() -> None:
    world = World().rate("publish-rating", on="2003-11", service="social-services", stars=2)
    world.rate("publish-rating", on="2002-05-29", **ZERO).then("rating-published")
    assert world.council.open == {}


@pytest.mark.parametrize(
    "body",
    [{"round": "social-services-2001-05-29"}, {"rating": 2}, {"rating": 9}],
    ids=["another round", "a version that is no rating", "a version that is not there"],
)
def test_only_a_rating_that_stands_is_withdrawn(body: dict[str, Any]) -> None:
    rated(round="social-services-2002-05-29").rate("withdraw-rating", on="2002-06-05", reason="?", **body).refused(
        "no-such-rating"
    )


def test_a_rating_is_withdrawn_once() -> None:
    world = rated().rate("withdraw-rating", on="2002-06-05", rating=1, reason="Misprint.")
    world.then("rating-withdrawn", "intervention-closed")
    world.rate("withdraw-rating", on="2002-06-05", rating=1, reason="Misprint.").refused("no-such-rating", rating=1)


def test_a_council_is_rated_once_a_round() -> None:
    world = rated(round="social-services-2002-05-29")
    world.rate("publish-rating", round="social-services-2002-05-29", **ZERO)
    world.refused("rated-already", round="social-services-2002-05-29", council="London Borough of Haringey")


ROLES = [
    "department.minister",
    "department.official",
    "department.programme-office",
    "inspectorate.chief-inspector",
    "inspectorate.regional-director",
    "inspectorate.lead-inspector",
    "council.chief-executive",
    "council.director",
    "council.assistant-director",
    "council.member",
    "team.lead-consultant",
    "board.board",
]
GIVE: dict[str, tuple[dict[str, Any], set[str]]] = {
    "publish-rating": (ZERO, {OFFICE, CHIEF}),
    "withdraw-rating": ({"rating": 1, "reason": "?"}, {OFFICE, CHIEF}),
    "answer-rating": (
        {"rating": 1, "accepted": True},
        {"council.chief-executive", "council.director", "council.member"},
    ),
    "open-engagement": (
        {"service": "housing", "kind": "direct-commission", "reason": "?"},
        {OFFICE},
    ),
    "record-assessment": (
        {"kind": "joint-review"},
        {OFFICE, CHIEF, "inspectorate.regional-director", "inspectorate.lead-inspector"},
    ),
    "record-population": ({"population": 223000}, {OFFICE}),
    "dispute-fact": (
        {"event": "rating-published", "changes": {"label": "still-no-stars"}, "source": "?"},
        {
            OFFICE,
            CHIEF,
            "inspectorate.regional-director",
            "inspectorate.lead-inspector",
            "council.chief-executive",
            "council.director",
        },
    ),
    "choose-fact": ({"dispute": 1, "use": "other", "reason": "?"}, {OFFICE, CHIEF}),
}


@pytest.mark.parametrize("command", GIVE)
@pytest.mark.parametrize("role", ROLES)
def test_who_may_rate_and_assess(command: str, role: str) -> None:
    body, may = GIVE[command]
    world = rated().rate(command, role, "2002-06-05", **body)
    if role in may:
        assert world.refusal is None or world.refusal.rule not in ("role", "recorder"), world.refusal
    else:
        world.refused("role", command=command, role=role)


def test_the_table_knows_every_command_of_a_council() -> None:
    assert set(GIVE) == set(COMMANDS) == set(MAY)


def test_what_has_not_happened_yet_is_refused() -> None:
    world = World().rate("record-assessment", OFFICE, "2002-05-29", at=noon("2002-05-28"), kind="joint-review")
    world.refused("in-the-future", occurred="2002-05-29", today="2002-05-28")
    assert world.council.version == 0
    world.rate("record-assessment", OFFICE, "2002-05", at=noon("2002-05-28"), kind="joint-review")
    world.then("assessment-recorded")


@pytest.mark.parametrize(
    ("gss", "on", "existed"),
    [
        ("E06000059", "2019-03-31", False),
        ("E06000059", "2019-04-01", True),
        ("E06000059", "2019", True),
        ("E10000009", "2019-03-31", True),
        ("E10000009", "2019-04", False),
        ("E10000009", "by 2020", True),
        ("E09000014", "1900", True),
    ],
    ids=[
        "the day before it began",
        "the day it began",
        "the year it began",
        "the last day of the county",
        "the month after",
        "some day before 2020",
        "a council whose beginning is not in the register",
    ],
)
def test_a_council_is_rated_only_while_it_existed(gss: str, on: str, existed: bool) -> None:
    world = World(facts=facts_of(gss)).rate("record-assessment", OFFICE, on, kind="inspection")
    assert world.facts.existed(When.parse(on)) is existed
    if existed:
        world.then("assessment-recorded")
    else:
        world.refused("council-did-not-exist", occurred=on)


@pytest.mark.parametrize(
    ("short", "slug"),
    [
        ("North East Lincolnshire", "north-east-lincolnshire"),
        ("Bournemouth, Christchurch and Poole", "bournemouth-christchurch-and-poole"),
        ("King's Lynn & West", "king-s-lynn-west"),
    ],
)
def test_engagements_are_named_after_the_short_name(short: str, slug: str) -> None:
    facts = HARINGEY.model_copy(update={"short": short})
    world = World(facts=facts).rate("publish-rating", **ZERO)
    assert facts.slug == slug
    assert list(world.engagements) == [f"{slug}-1"]


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("publish-rating", {"service": "social-services", "stars": 4}),
        ("publish-rating", {"service": "social-services", "stars": -1}),
        ("publish-rating", {"service": "roads", "stars": 0}),
        ("publish-rating", {**ZERO, "round": "May"}),
        ("publish-rating", {**ZERO, "adults": {"serving": "no"}}),
        ("publish-rating", {**ZERO, "adults": {"serving": "never", "capacity": "poor"}}),
        ("publish-rating", {**ZERO, "label": "brilliant"}),
        ("record-assessment", {"kind": "Joint Review"}),
        ("withdraw-rating", {"rating": 1}),
    ],
    ids=[
        "four stars",
        "less than none",
        "no such service",
        "a round without its date",
        "half a judgement",
        "a judgement that is not on the scale",
        "no such label",
        "a kind that is no slug",
        "no reason",
    ],
)
def test_a_body_that_does_not_fit_is_never_a_command(command: str, body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        COMMANDS[command].model_validate(sealed_body(COMMANDS[command], body))


def test_a_rating_keeps_its_four_judgements_and_how_they_moved() -> None:
    judged = {"serving": "no", "serving_moved": "lower", "capacity": "uncertain", "capacity_moved": "higher"}
    world = rated(adults=judged, children={"serving": "some", "capacity": "uncertain"}, label="still-no-stars")
    (rating,) = [event for event in world.events if isinstance(event, RatingPublished)]
    assert rating.adults is not None and rating.adults.model_dump() == judged
    assert rating.label == "still-no-stars"
    assert EVENTS[rating.type].read(rating.model_dump(mode="json")) == rating


def test_a_beginning_left_empty_in_the_register_is_not_known() -> None:
    row: dict[str, Any] = {
        "gss": "E1",
        "short": "A",
        "name": "A",
        "kind": "county",
        "region": "East",
        "start": "",
        "end": "",
    }
    facts = CouncilFacts.model_validate(row)
    assert (facts.start, facts.end) == (None, None)


def test_a_star_regained_after_an_award_leaves_the_engagement_open_with_its_council() -> None:
    world = rated()
    scene = world.engagements["haringey-1"]
    for stage in ("special-measures", "decision", "scoping", "tender"):
        for command in WAY[stage]:
            scene.when(command).accepted()
    world.rate("publish-rating", on="2003-11", service="social-services", stars=1)
    assert list(world.council.open) == ["haringey-1"]
    assert world.engagements["haringey-1"].state.stage == "mobilisation"
