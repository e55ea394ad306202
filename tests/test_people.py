"""People: who held which post and when, what turned over, what is told of it, and the core team."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from pydantic import ValidationError

from domain.core_team import CoreTeamNamed, core_team
from domain.engagement import COMMANDS, cautions
from domain.notices import notices_for
from domain.part import Caution
from domain.people import KEY, PostHolderLeft, PostHolderRecorded, turnover
from tests.given import Do, Scene, given, seal, sealed_body

LEAD, PARTNER, CONSULTANT = "inspectorate.lead-inspector", "team.senior-partner", "team.lead-consultant"
DIRECTOR, CHIEF, OFFICE, OFFICIAL = (
    "council.director",
    "council.chief-executive",
    "department.programme-office",
    "department.official",
)
SWINDON, WALSALL = "E06000030", "E08000030"


def holds(post: str, person: str, on: str | None = None, **more: Any) -> Do:
    return Do("record-post-holder", OFFICE, on, {"post": post, "person": person, **more})


def leaves(post: str, person: str | None = None, on: str | None = None) -> Do:
    return Do("record-departure", OFFICE, on, {"post": post} | ({"person": person} if person else {}))


def member(person: str, part: str) -> dict[str, str]:
    return {"person": person, "part": part}


def team(*members: dict[str, str]) -> Do:
    return Do("name-core-team", PARTNER, None, {"members": list(members)})


MANAGER = member("p3", "project-manager")


@dataclass(frozen=True)
class Accepted:
    """A case: after these commands this one brings this event."""

    case: str
    given: Sequence[Do]
    when: Do
    event: CoreTeamNamed | PostHolderRecorded | PostHolderLeft


ACCEPTED = (
    Accepted(
        "the first holder of a post is no change",
        [],
        holds(DIRECTOR, "p6", name="Quenby", standing="interim"),
        PostHolderRecorded(post=DIRECTOR, person="p6", name=seal("Quenby"), standing="interim", key=True),
    ),
    Accepted(
        "another holder is a change",
        [holds(DIRECTOR, "p6")],
        holds(DIRECTOR, "p7"),
        PostHolderRecorded(post=DIRECTOR, person="p7", change=True, key=True),
    ),
    Accepted(
        "somebody who takes over from a person of whom nothing is recorded is a change",
        [],
        holds(DIRECTOR, "p7", took_over=True),
        PostHolderRecorded(post=DIRECTOR, person="p7", took_over=True, change=True, key=True),
    ),
    Accepted(
        "whoever follows a departure is a change, though nobody knows who left",
        [leaves(DIRECTOR)],
        holds(DIRECTOR, "p7"),
        PostHolderRecorded(post=DIRECTOR, person="p7", change=True, key=True),
    ),
    Accepted(
        "the same person with another standing is no change",
        [holds(DIRECTOR, "p6", standing="acting")],
        holds(DIRECTOR, "p6", standing="substantive"),
        PostHolderRecorded(post=DIRECTOR, person="p6", standing="substantive", key=True),
    ),
    Accepted(
        "whoever comes back after leaving is no change",
        [holds(DIRECTOR, "p6"), leaves(DIRECTOR)],
        holds(DIRECTOR, "p6"),
        PostHolderRecorded(post=DIRECTOR, person="p6", key=True),
    ),
    Accepted(
        "a post that is no key post changes without being told",
        [holds("council.assistant-director-children", "p6")],
        holds("council.assistant-director-children", "p7"),
        PostHolderRecorded(post="council.assistant-director-children", person="p7", change=True),
    ),
    Accepted(
        "a project lead holds the post of the lead consultant",
        [Do("name-lead", PARTNER, None, {"party": "team", "person": "p3"})],
        holds(CONSULTANT, "p8"),
        PostHolderRecorded(post=CONSULTANT, person="p8", change=True, key=True),
    ),
    Accepted(
        "an inspector is linked to other councils",
        [holds(LEAD, "p1")],
        holds(LEAD, "p1", linked=[SWINDON]),
        PostHolderRecorded(post=LEAD, person="p1", linked=(SWINDON,), key=True),
    ),
    Accepted(
        "somebody leaves",
        [holds(DIRECTOR, "p6")],
        leaves(DIRECTOR, "p6"),
        PostHolderLeft(post=DIRECTOR, person="p6", key=True),
    ),
    Accepted(
        "somebody leaves of whom nothing was recorded",
        [],
        leaves("council.member"),
        PostHolderLeft(post="council.member"),
    ),
    Accepted(
        "the predecessor's departure is recorded after the next has come",
        [holds(DIRECTOR, "p6"), holds(DIRECTOR, "p7")],
        leaves(DIRECTOR, "p6"),
        PostHolderLeft(post=DIRECTOR, person="p6", key=True),
    ),
    Accepted(
        "a core team is named",
        [],
        team(MANAGER, member("p4", "consultant")),
        CoreTeamNamed(members=(MANAGER, member("p4", "consultant"))),
    ),
    Accepted(
        "another project manager in the core team is a change",
        [team(MANAGER)],
        team(member("p8", "project-manager")),
        CoreTeamNamed(members=(member("p8", "project-manager"),), change=True),
    ),
    Accepted(
        "other consultants in the core team are none",
        [team(MANAGER, member("p4", "consultant"))],
        team(MANAGER, member("p5", "consultant")),
        CoreTeamNamed(members=(MANAGER, member("p5", "consultant"))),
    ),
)


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: case.case)
def test_what_is_recorded_of_people(case: Accepted) -> None:
    given("mobilisation", *case.given).when(case.when).then(case.event)


@dataclass(frozen=True)
class Refused:
    """A case: after these commands this one is refused by this rule."""

    case: str
    given: Sequence[Do]
    when: Do
    rule: str
    details: Mapping[str, Any] = field(default_factory=dict)


REFUSED = (
    Refused(
        "what is known already is not recorded again",
        [holds(DIRECTOR, "p6", standing="acting")],
        holds(DIRECTOR, "p6"),
        "held-already",
        {"post": DIRECTOR, "person": "p6"},
    ),
    Refused(
        "a project lead named holds the post",
        [Do("name-lead", LEAD, None, {"party": "inspectorate", "person": "p1"})],
        holds(LEAD, "p1"),
        "held-already",
        {"post": LEAD, "person": "p1"},
    ),
    Refused(
        "only inspectors are linked to councils",
        [],
        holds(DIRECTOR, "p6", linked=[SWINDON]),
        "not-an-inspector",
        {"post": DIRECTOR},
    ),
    Refused(
        "the council of the engagement is no other council",
        [],
        holds(LEAD, "p1", linked=[SWINDON, "E09000014"]),
        "own-council",
        {"council": "E09000014"},
    ),
    Refused(
        "a council is listed once",
        [],
        holds(LEAD, "p1", linked=[SWINDON, SWINDON]),
        "named-twice",
        {"field": "linked", "id": SWINDON},
    ),
    Refused(
        "who never held a post does not leave it",
        [holds(DIRECTOR, "p6")],
        leaves(DIRECTOR, "p7"),
        "not-the-holder",
        {"post": DIRECTOR, "person": "p7", "holders": ["p6"]},
    ),
    Refused(
        "a post is left once",
        [holds(DIRECTOR, "p6"), leaves(DIRECTOR, on="2002-07-26")],
        leaves(DIRECTOR),
        "left-already",
        {"post": DIRECTOR, "on": "2002-07-26"},
    ),
    Refused(
        "a person leaves once",
        [holds(DIRECTOR, "p6"), leaves(DIRECTOR, "p6", on="2002-07-26"), holds(DIRECTOR, "p7")],
        leaves(DIRECTOR, "p6"),
        "left-already",
        {"post": DIRECTOR, "on": "2002-07-26"},
    ),
    Refused(
        "nobody leaves before they came",
        [holds(DIRECTOR, "p6", on="2002-07-25")],
        leaves(DIRECTOR, "p6", on="2002-07-24"),
        "too-early",
        {"occurred": "2002-07-24", "event": "post-holder-recorded", "on": "2002-07-25"},
    ),
    Refused(
        "a person is in the core team once",
        [],
        team(MANAGER, member("p3", "consultant")),
        "named-twice",
        {"field": "members", "id": "p3"},
    ),
    Refused(
        "a core team has one project manager",
        [],
        team(MANAGER, member("p4", "project-manager")),
        "part-held-twice",
        {"part": "project-manager"},
    ),
    Refused(
        "a core team has one senior partner",
        [],
        team(member("p4", "senior-partner"), member("p5", "senior-partner")),
        "part-held-twice",
        {"part": "senior-partner"},
    ),
)


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.case)
def test_what_is_refused_of_people(case: Refused) -> None:
    given("mobilisation", *case.given).when(case.when).refused(case.rule, **case.details)


@pytest.mark.parametrize("linked", [["Swindon"], ["e06000030"], ["E0600003"]])
def test_a_council_is_given_by_its_gss_code(linked: list[str]) -> None:
    model = COMMANDS["record-post-holder"]
    with pytest.raises(ValidationError):
        model.model_validate(sealed_body(model, {"post": LEAD, "person": "p1", "linked": linked}))


def test_a_source_may_tell_of_a_departure_without_the_arrival() -> None:
    scene = given("mobilisation", holds(DIRECTOR, "p7", "2002-07-26"))
    scene.when("record-departure", OFFICE, "2002-06", via="case-file", post=DIRECTOR, person="p6").then(
        "post-holder-left"
    )
    assert told(scene, DIRECTOR) == [("p6", None, "2002-06"), ("p7", "2002-07-26", None)]
    assert turnover(scene.state.history)[DIRECTOR].changes == 1


# Turnover


def told(scene: Scene, post: str) -> list[tuple[str | None, str | None, str | None]]:
    """The holders of a post: who, since when, until when."""
    found = turnover(scene.state.history)[post].holders
    return [(h.person, str(h.since) if h.since else None, str(h.until) if h.until else None) for h in found]


def test_turnover_lists_the_holders_of_a_post_in_order_with_their_dates_and_standing() -> None:
    scene = given(
        "mobilisation",
        holds(DIRECTOR, "p6", "2002-06", standing="acting"),
        holds(DIRECTOR, "p6", "2002-07-01", standing="substantive"),
        leaves(DIRECTOR, on="2002-07-12"),
        holds(DIRECTOR, "p7", "2002-07-22", standing="interim"),
    )
    post = turnover(scene.state.history)[DIRECTOR]
    assert told(scene, DIRECTOR) == [
        ("p6", "2002-06", "2002-07-01"),
        ("p6", "2002-07-01", "2002-07-12"),
        ("p7", "2002-07-22", None),
    ]
    assert [(one.standing, one.left) for one in post.holders] == [
        ("acting", False),
        ("substantive", True),
        ("interim", False),
    ]
    assert (post.key, post.changes, post.vacant_since) == (True, 1, None)
    assert post.holder is not None and post.holder.person == "p7"


def test_what_is_recorded_late_stands_where_it_belongs() -> None:
    scene = given("mobilisation", holds(DIRECTOR, "p7", "2002-07-22"), holds(DIRECTOR, "p6", "2002-06-03"))
    assert told(scene, DIRECTOR) == [("p6", "2002-06-03", "2002-07-22"), ("p7", "2002-07-22", None)]
    scene.when(leaves(DIRECTOR, "p6", "2002-07-12")).accepted()
    assert told(scene, DIRECTOR) == [("p6", "2002-06-03", "2002-07-12"), ("p7", "2002-07-22", None)]
    assert turnover(scene.state.history)[DIRECTOR].changes == 1


def test_leads_and_the_core_team_count_with_the_posts_they_hold() -> None:
    scene = given("board-cycles", team(member("p8", "project-manager"), member("p9", "senior-partner")))
    found = turnover(scene.state.history)
    assert [one.person for one in found[CONSULTANT].holders] == ["p3", "p8"]
    assert {post: held.changes for post, held in found.items()} == {
        LEAD: 0,
        "council.project-lead": 0,
        CONSULTANT: 1,
        PARTNER: 0,
    }
    assert set(found) <= KEY


def test_a_change_from_somebody_unknown_counts_and_a_withdrawn_predecessor_does_not() -> None:
    scene = given("mobilisation", holds(DIRECTOR, "p6", took_over=True), holds(CHIEF, "p4"), holds(CHIEF, "p5"))
    assert {post: held.changes for post, held in turnover(scene.state.history).items()} == {DIRECTOR: 1, CHIEF: 1}
    wrong = next(e for e in scene.state.history.all(PostHolderRecorded) if e.event.person == "p4")
    scene.when("withdraw-event", OFFICE, version=wrong.version, reason="Another council's.").accepted()
    assert turnover(scene.state.history)[CHIEF].changes == 0


def test_a_corrected_person_reads_otherwise() -> None:
    scene = given("mobilisation", holds(DIRECTOR, "p6"), holds(DIRECTOR, "p7"))
    last = scene.state.history.last(PostHolderRecorded)
    assert last is not None
    scene.when("correct-event", OFFICE, version=last.version, changes={"person": "p6"}, reason="The same.").accepted()
    post = turnover(scene.state.history)[DIRECTOR]
    assert (len(post.holders), post.changes) == (1, 0)


def test_the_lead_inspector_is_whoever_was_named_or_recorded_last_and_has_not_left() -> None:
    def lead() -> str | None:
        post = turnover(scene.state.history).get(LEAD)
        return post.holder.person if post and post.holder else None

    scene = given("mobilisation")
    assert lead() is None
    scene.when("name-lead", LEAD, party="inspectorate", person="p1").accepted()
    assert lead() == "p1"
    scene.when(holds(LEAD, "p5")).accepted()
    assert lead() == "p5"
    scene.when(leaves(LEAD)).accepted()
    assert lead() is None


def test_the_core_team_says_who_joined_and_who_left() -> None:
    scene = given("mobilisation")
    assert core_team(scene.state.history) is None
    scene.when(team(MANAGER, member("p4", "consultant"))).accepted()
    found = core_team(scene.state.history)
    assert found is not None and (found.joined, found.left) == ((), ())
    scene.when(team(MANAGER, member("p5", "expert"))).accepted()
    found = core_team(scene.state.history)
    assert found is not None and (found.joined, found.left) == (("p5",), ("p4",))
    assert [(each.person, each.part) for each in found.members] == [("p3", "project-manager"), ("p5", "expert")]


# What is told


def told_to(scene: Scene) -> list[tuple[str, str]]:
    """Who is told of what the last command brought."""
    found = []
    for event in scene.events:
        for _, asked in notices_for(scene.rules.lifecycle, scene.state.id, "E09000014", scene.state.version, event):
            found.append((asked.template, asked.to))
    return found


@pytest.mark.parametrize(
    ("before", "command", "template"),
    [
        (holds(DIRECTOR, "p6"), holds(DIRECTOR, "p7"), "post-holder-recorded"),
        (holds(CONSULTANT, "p3"), team(member("p8", "project-manager")), "core-team-named"),
        (holds(CHIEF, "p4"), leaves(CHIEF), "post-holder-left"),
        (
            holds(CONSULTANT, "p3"),
            Do("name-lead", PARTNER, None, {"party": "team", "person": "p8"}),
            "lead-named",
        ),
    ],
    ids=["a director", "a project manager", "a departure", "a project lead"],
)
def test_a_change_of_a_key_lead_is_told(before: Do, command: Do, template: str) -> None:
    scene = given("mobilisation", before).when(command).accepted()
    assert told_to(scene) == [(template, LEAD), (template, OFFICE)]


@pytest.mark.parametrize(
    "commands",
    [
        [holds(DIRECTOR, "p6")],
        [holds("council.assistant-director", "p6"), holds("council.assistant-director", "p7")],
        [holds("council.assistant-director", "p6"), leaves("council.assistant-director")],
        [Do("name-lead", PARTNER, None, {"party": "team", "person": "p3"})],
        [team(MANAGER), team(MANAGER, member("p5", "consultant"))],
    ],
    ids=["a first holder", "another post", "a departure from another post", "a first lead", "a consultant"],
)
def test_nothing_else_is_told(commands: Sequence[Do]) -> None:
    scene = given("mobilisation", *commands[:-1]).when(commands[-1]).accepted()
    assert told_to(scene) == []


# Cautions

OURS = ("key-lead-changed", "post-vacant", "inspector-shared", "no-project-manager")


def worth_a_look(scene: Scene) -> list[Caution]:
    return [caution for caution in cautions(scene.state) if caution.rule in OURS]


def test_interim_and_acting_people_are_no_caution() -> None:
    scene = given("mobilisation", holds(DIRECTOR, "p6", standing="interim"), holds(CHIEF, "p4", standing="acting"))
    assert worth_a_look(scene) == []


def test_a_key_lead_who_changed_is_worth_a_look() -> None:
    scene = given("mobilisation", holds(DIRECTOR, "p6"), holds(DIRECTOR, "p7", "2002-07-26"))
    changed = Caution("key-lead-changed", {"post": DIRECTOR, "times": 1, "on": "2002-07-26"})
    assert worth_a_look(scene) == [changed]
    scene.when(holds("council.member", "p4")).when(holds("council.member", "p5")).accepted()
    assert worth_a_look(scene) == [changed]


def test_the_leads_that_changed_in_an_earlier_phase_are_left_to_it() -> None:
    scene = given("exit", holds(DIRECTOR, "p6"), holds(DIRECTOR, "p7"), holds(CHIEF, "p4"))
    assert [caution.rule for caution in worth_a_look(scene)] == ["key-lead-changed"]
    scene.when("start-further-phase", OFFICIAL, reason="A second team.").accepted()
    assert worth_a_look(scene) == []
    assert turnover(scene.state.history)[DIRECTOR].changes == 1
    assert scene.when(holds(DIRECTOR, "p8")).only(PostHolderRecorded)[0].change
    assert [caution.details["times"] for caution in worth_a_look(scene)] == [1]


def test_a_post_left_vacant_is_worth_a_look_until_somebody_holds_it() -> None:
    scene = given("mobilisation", holds(DIRECTOR, "p6"), leaves(DIRECTOR, on="2002-07-26"))
    assert worth_a_look(scene) == [Caution("post-vacant", {"post": DIRECTOR, "on": "2002-07-26"})]
    scene.when(holds(DIRECTOR, "p6")).accepted()
    assert worth_a_look(scene) == []


def test_an_inspector_with_another_zero_star_council_is_worth_a_look_until_it_is_no_more() -> None:
    scene = given("mobilisation", holds(LEAD, "p1", linked=[SWINDON, WALSALL]))
    shared = Caution("inspector-shared", {"post": LEAD, "person": "p1", "councils": [SWINDON, WALSALL]})
    assert worth_a_look(scene) == [shared]
    scene.when(holds(LEAD, "p1", standing="acting")).accepted()
    assert worth_a_look(scene) == [shared], "silence on the councils says nothing new of them"
    scene.when(holds(LEAD, "p1", linked=[])).accepted()
    assert worth_a_look(scene) == []


def test_what_is_said_of_councils_leaves_the_standing_as_it_was() -> None:
    scene = given("mobilisation", holds(LEAD, "p1", standing="acting"), holds(LEAD, "p1", linked=[SWINDON]))
    holder = turnover(scene.state.history)[LEAD].holder
    assert holder is not None and (holder.standing, holder.linked) == ("acting", (SWINDON,))


def test_the_next_inspector_is_not_linked_as_the_last_one_was() -> None:
    scene = given("mobilisation", holds(LEAD, "p1", linked=[SWINDON]), holds(LEAD, "p5"))
    assert [caution.rule for caution in worth_a_look(scene)] == ["key-lead-changed"]


def test_a_core_team_without_a_project_manager_is_worth_a_look() -> None:
    scene = given("mobilisation", team(member("p4", "consultant")))
    assert [caution.rule for caution in worth_a_look(scene)] == ["no-project-manager"]
    scene.when(team(MANAGER)).accepted()
    assert worth_a_look(scene) == []


def test_the_way_of_an_engagement_has_nothing_of_this_to_look_at() -> None:
    assert worth_a_look(given("follow-up")) == []
