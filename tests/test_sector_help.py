"""Sector-led help: support by scenario, the confidential conversation, what is owed whatever the stage, and who sees it."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from domain import engagement
from domain.access import insiders, may_see
from domain.course import StageEntered
from domain.items import ItemRecorded, as_stored
from domain.notices import notices_for
from domain.part import Caution
from domain.sector_help import SCENARIOS, Helper, Scenario, SupportChosen
from tests.command_line import Result, Run
from tests.given import Accepted, Do, Refused, Scene, opened, play, shipped, shipped_case
from tests.ledgers import Filled

MODEL = "sector-led-help"
OFFICE, MINISTER, OFFICIAL = "department.programme-office", "department.minister", "department.official"
CHIEF, LEADER, DIRECTOR = "council.chief-executive", "council.leader", "council.director"
ASSOCIATE, PEERS, CLEARING = "sector.associate", "sector.peer-team", "sector.clearing-house"


def begun(*done: Do) -> Scene:
    """An engagement that the office opened on 2 March 2009, with some commands given in it."""
    scene = opened(shipped(MODEL), date(2009, 3, 2), kind="triggered", rating=None, stars=None, trigger="talk")
    for each in done:
        scene.when(each).accepted()
    return scene


WARNED = Do("record-early-warning", CLEARING, "2009-03-03", {"source": "talk", "signals": ["governance", "media"]})
SEEN = Do("answer-challenge", CHIEF, "2009-03-10", {"acknowledged": True})
DENIED = Do("answer-challenge", LEADER, "2009-03-10", {"acknowledged": False, "reasons": "All is well."})
TALK = Do("record-conversation", ASSOCIATE, "2009-03-20", {"with": [LEADER, CHIEF], "outcome": "help-accepted"})
VISIT = Do("record-visit", PEERS, "2009-05-11", {"number": "1", "days": "2", "methods": ["interviews"]})
ENDED = Do("record-visits-end", ASSOCIATE, "2009-09-01")
PROSPECT = Do("record-notice-prospect", CHIEF, "2009-04-20", {"text": "A letter."})


def choose(scenario: str = "groups", *helpers: str, on: str = "2009-04-01", **more: Any) -> Do:
    return Do("choose-support", ASSOCIATE, on, {"scenario": scenario, "helpers": list(helpers)} | more)


CHOSEN = choose("groups", "associate", "political-peers")
HELPED = (WARNED, SEEN, CHOSEN)


def followed(outcome: str) -> Do:
    return Do("record-follow-up", ASSOCIATE, "2010-02-01", {"outcome": outcome})


ACCEPTED = [
    Accepted("helpers that the source names", (WARNED, SEEN), CHOSEN, "support-chosen", {"unnamed": ()}),
    Accepted(
        "another helper with a reason",
        (WARNED, SEEN),
        choose("groups", "associate", "cipfa", reason="The quarrel is over money."),
        "support-chosen",
        {"unnamed": ("cipfa",)},
    ),
    Accepted(
        "a peer review where the council is in conflict with the government",
        (WARNED, SEEN),
        choose("groups", "peer-review", conflict=True),
        "support-chosen",
        {"unnamed": (), "conflict": True},
    ),
    Accepted(
        "no helper but the conversation where nothing is acknowledged",
        (WARNED, DENIED, TALK),
        choose("relations"),
        "support-chosen",
        {"helpers": ()},
    ),
]

REFUSED = [
    Refused(
        "a scenario of councils that do not acknowledge",
        (WARNED, SEEN),
        choose("relations"),
        "scenario-does-not-fit",
        {"acknowledged": True, "scenarios": [n for n in get_args(Scenario) if n not in ("relations", "partnership")]},
    ),
    Refused(
        "a scenario of councils that do",
        (WARNED, DENIED, TALK),
        CHOSEN,
        "scenario-does-not-fit",
        {"scenario": "groups", "acknowledged": False, "scenarios": ["relations", "partnership"]},
    ),
    Refused(
        "nobody to help",
        (WARNED, SEEN),
        choose("breakdown"),
        "helpers-needed",
        {"named": ["political-peers", "associate", "employers"]},
    ),
    Refused(
        "a helper that the source does not name, without a reason",
        (WARNED, SEEN),
        choose("groups", "cipfa", "associate", "peer-review"),
        "helper-not-named",
        {"helpers": ["cipfa", "peer-review"], "named": ["associate", "political-peers"]},
    ),
    Refused(
        "a helper named twice",
        (WARNED, SEEN),
        choose("groups", "associate", "associate"),
        "named-twice",
        {"field": "helpers", "id": "associate"},
    ),
    Refused("support before the challenge is answered", (WARNED,), CHOSEN, "stage", {"stage": "early-warning"}),
    Refused(
        "a conversation where all is acknowledged", (WARNED, SEEN), Do(TALK.type, DIRECTOR, TALK.on, TALK.body), "role"
    ),
    Refused("a visit before the support", (WARNED, SEEN), VISIT, "stage", {"stage": "support"}),
    Refused(
        "a meeting that nothing calls for",
        (WARNED,),
        Do("record-meeting", CHIEF, "2009-04-20", {"called_by": "council", "came": ["departments"]}),
        "needs",
        {"event": "notice-prospect-recorded"},
    ),
    Refused(
        "the peers closing their own help",
        (*HELPED, VISIT, ENDED),
        Do("record-follow-up", PEERS, "2010-02-01", {"outcome": "improved"}),
        "role",
        {"may": [OFFICE, ASSOCIATE]},
    ),
]


@pytest.mark.parametrize("row", ACCEPTED, ids=lambda row: row.case)
def test_what_is_accepted(row: Accepted) -> None:
    scene = begun(*row.given).when(row.when).accepted()
    event = next(event for event in scene.events if event.type == row.event)
    assert {name: getattr(event, name) for name in row.fields} == row.fields


@pytest.mark.parametrize("row", REFUSED, ids=lambda row: row.case)
def test_what_is_refused(row: Refused) -> None:
    begun(*row.given).when(row.when).refused(row.rule, **row.details)


def test_there_are_nine_scenarios_seven_of_them_acknowledged_and_every_helper_has_a_place() -> None:
    assert set(SCENARIOS) == set(get_args(Scenario))
    assert sum(each.acknowledged for each in SCENARIOS.values()) == 7
    assert {helper for each in SCENARIOS.values() for helper in each.helpers} == set(get_args(Helper))


@pytest.mark.parametrize(
    ("done", "stages", "closed"),
    [
        ((WARNED, SEEN), ["early-warning", "support"], None),
        ((WARNED, DENIED), ["early-warning", "conversation"], None),
        (
            (WARNED, DENIED, Do(SEEN.type, CHIEF, "2009-03-30", SEEN.body)),
            ["early-warning", "conversation", "support"],
            None,
        ),
        (
            (WARNED, DENIED, TALK, choose("partnership"), followed("improved")),
            ["early-warning", "conversation", "support", "follow-up"],
            "improved",
        ),
        (
            (*HELPED, VISIT, ENDED, followed("improved")),
            ["early-warning", "support", "visits", "follow-up"],
            "improved",
        ),
        (
            (*HELPED, VISIT, ENDED, followed("more-help"), choose("groups", "associate", on="2010-03-01")),
            ["early-warning", "support", "visits", "follow-up", "support", "visits"],
            None,
        ),
        (
            (*HELPED, VISIT, ENDED, followed("not-worked")),
            ["early-warning", "support", "visits", "follow-up", "conversation"],
            None,
        ),
        (
            (WARNED, Do("record-set-aside", CLEARING, "2009-03-04", {"reasons": "Only talk."})),
            ["early-warning"],
            "set-aside",
        ),
        (
            (
                *HELPED,
                Do(
                    "record-government-intervention",
                    MINISTER,
                    "2009-06-01",
                    {"reasons": "It fails.", "document": "D/1"},
                ),
            ),
            ["early-warning", "support", "visits"],
            "government-stepped-in",
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
def test_the_ways_through(done: tuple[Do, ...], stages: list[str], closed: str | None) -> None:
    scene = begun(*done)
    assert [entry.event.stage for entry in scene.state.history.all(StageEntered)] == stages
    assert scene.state.closed == closed


def test_what_the_council_owes_whatever_the_stage() -> None:
    scene = begun(WARNED)
    assert scene.owed()["state-mutuality-1"] == "2010-03-02"
    assert scene.owed()["first-peer-challenge-1"] == "2013-03-02"
    scene.punctually("2012-03-05")
    reminded = [event for event in scene.events if getattr(event, "obligation", None) == "first-peer-challenge"]
    assert [event.type for event in reminded] == ["obligation-reminded"], "at three years"
    scene.when("record-peer-challenge", CHIEF, "2012-06-01").accepted()
    assert "first-peer-challenge-1" not in scene.owed()
    assert scene.owed()["next-peer-challenge-1"] == "2016-06-01"


def test_a_notice_in_prospect_asks_the_council_to_call_everybody_together() -> None:
    scene = begun(*HELPED, PROSPECT)
    assert scene.owed()["call-meeting-1"] == "2009-05-05", "ten working days on, without the May bank holiday"
    came: dict[str, Any] = {"called_by": "council", "came": ["departments", "inspectorates", "support-bodies"]}
    assert "call-meeting-1" not in scene.when("record-meeting", CHIEF, "2009-04-30", **came).accepted().owed()


def test_the_second_visit_is_owed_two_months_after_the_first() -> None:
    scene = begun(*HELPED, VISIT)
    assert scene.owed()["second-visit-1"] == "2009-07-11"
    scene.when("record-visit", PEERS, "2009-07-10", number="2", days="2").accepted()
    assert "second-visit-1" not in scene.owed()


# Who is in it


def test_roles_come_in_with_what_they_join_with_and_nobody_else_is_told() -> None:
    scene = begun(WARNED)
    lifecycle = scene.rules.lifecycle
    assert insiders(lifecycle, scene.state.history) == frozenset((OFFICE, LEADER, CHIEF, CLEARING, ASSOCIATE))
    assert not may_see(lifecycle, scene.state.history, DIRECTOR)
    assert not may_see(lifecycle, scene.state.history, "housing.tenant"), "a role that the model does not have"
    scene = begun(*HELPED)
    history = scene.state.history
    assert may_see(lifecycle, history, DIRECTOR) and may_see(lifecycle, history, PEERS)
    assert not may_see(lifecycle, history, OFFICIAL)
    assert may_see(lifecycle, begun(*HELPED, PROSPECT).state.history, OFFICIAL)
    assert may_see(shipped().lifecycle, history, "housing.tenant"), "a model that is not confidential is there for all"

    def told(scene: Scene) -> set[str]:
        inside = insiders(lifecycle, scene.state.history)
        (event,) = scene.only(ItemRecorded)
        return {asked.to for _, asked in notices_for(lifecycle, "x-1", "X9000001", 9, event, (), inside)}

    assert told(begun(*HELPED).when(PROSPECT)) == {CHIEF, LEADER, OFFICIAL, "inspectorate.lead-inspector"}
    outside = lifecycle.model_copy(
        update={
            "roles": {
                **lifecycle.roles,
                OFFICIAL: lifecycle.roles[OFFICIAL].model_copy(update={"joins": ("told-back",)}),
            }
        }
    )
    scene = begun(*HELPED).when(PROSPECT)
    (event,) = scene.only(ItemRecorded)
    inside = insiders(outside, scene.state.history)
    assert OFFICIAL not in {asked.to for _, asked in notices_for(outside, "x-1", "X9000001", 9, event, (), inside)}


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a confidential engagement in Midthorpe, and one of the team model in Haringey."""
    folder = tmp_path_factory.mktemp("confidential")
    filled = Filled.make(folder, NOON)
    haringey = filled.give(
        "council/E09000014", "publish-rating", "inspectorate.chief-inspector", service="social-services", stars=0
    )
    opening = filled.give(
        "council/X9000001", "open-engagement", OFFICE, service="children", model=MODEL, trigger="talk", reason="Talk."
    )
    for done in (haringey, opening):
        assert done.outcome is not None and done.outcome.accepted, done.outcome
    for role, command, body in (
        (CLEARING, "record-early-warning", {"source": "talk"}),
        (LEADER, "answer-challenge", {"acknowledged": False}),
        (ASSOCIATE, "record-conversation", {"with": [LEADER, CHIEF], "outcome": "goes-on", "text": "They listened."}),
    ):
        kind, kept = as_stored(engagement.commands_of(shipped(MODEL).lifecycle)[command], body)
        done = filled.give("engagement/midthorpe-1", kind.type, role, fields=kept)
        assert done.outcome is not None and done.outcome.accepted, done.outcome
    filled.ledger.close()
    return folder


def both(run: Run, home: Path, *arguments: str) -> tuple[Result, Result]:
    """What one in the conversation reads, and what one who is not."""
    return run(home, *arguments, "--as", LEADER), run(home, *arguments, "--as", "council.director")


LISTED = [
    ("portfolio",),
    ("portfolio", "--all", "--json"),
    ("due",),
    ("due", "--json"),
    ("notices", "--json"),
    ("show", "X9000001"),
    ("show", "X9000001", "--json"),
    ("timeline", "Midthorpe"),
    ("timeline", "Midthorpe", "--refusals", "--json"),
    ("replay", "Midthorpe"),
    ("replay", "Midthorpe", "--true-on", "2026-03-02"),
    ("replay", "programme"),
    ("replay", "programme", "--json"),
    ("report", "programme"),
    ("report", "ratings", "--json"),
    ("report", "summary"),
    ("report", "council", "Midthorpe"),
]


@pytest.mark.parametrize("arguments", LISTED, ids=" ".join)
def test_a_listing_knows_nothing_of_it_for_whoever_is_not_in_it(
    run: Run, home: Path, arguments: tuple[str, ...]
) -> None:
    inside, outside = both(run, home, *arguments)
    assert (inside.code, outside.code) == (0, 0), inside.err + outside.err
    assert "midthorpe-1" not in outside.out + outside.err
    if arguments[0] not in ("report",):
        assert "midthorpe-1" in inside.out
    if "programme" in arguments or arguments[0] in ("portfolio", "due"):
        assert "haringey-1" in outside.out or "Haringey" in outside.out


def test_it_is_not_counted(run: Run, home: Path) -> None:
    inside, outside = both(run, home, "portfolio")
    assert "2 engagements" in inside.out + inside.err
    assert "1 engagement," in outside.out + outside.err


ONE = [
    ("show", "{}"),
    ("show", "engagement/{}", "--json"),
    ("timeline", "{}"),
    ("dossier", "{}"),
    ("can", "{}"),
    ("replay", "{}"),
    ("replay", "{}", "--known-on", "2026-03-02"),
    ("notices", "{}"),
    ("calendar", "{}"),
    ("do", "{}", "add-note", "text=Hello"),
    ("do", "{}", "no-such-command"),
]


@pytest.mark.parametrize("arguments", ONE, ids=" ".join)
def test_for_whoever_is_not_in_it_there_is_no_such_engagement_in_the_very_words(
    run: Run, home: Path, arguments: tuple[str, ...]
) -> None:
    def asked(id: str, role: str) -> Result:
        return run(home, *(each.format(id) for each in arguments), "--as", role)

    hidden, unknown = asked("midthorpe-1", "council.director"), asked("midtherpe-1", "council.director")
    assert (hidden.code, hidden.out) == (3, "")
    assert hidden.err.replace("midthorpe-1", "midtherpe-1") == unknown.err
    if arguments[0] != "do":
        assert asked("midthorpe-1", LEADER).code == 0


def test_the_command_line_of_this_machine_reads_as_the_office_that_keeps_the_record(run: Run, home: Path) -> None:
    told = run(home, "dossier", "midthorpe-1")
    assert (told.code, "They listened." in told.out) == (0, True), told.err
    assert run(home, "portfolio", "--as", "council.king").code == 2
    assert run(home, "show", "midthorpe-1", "--as", MINISTER).code == 3, "ministers are in it only once they step in"


def test_the_dossier_tells_questions_with_their_answers_side_by_side(run: Run, home: Path) -> None:
    filled = Filled.make(home, NOON)
    filled.number = 10  # ids go on after those of the fixture
    one = "engagement/midthorpe-1"
    asked = {"questions": "leadership", "point": "baseline", "of": ["leadership", "workforce"], "by": "2026-04-01"}
    for command, body in (
        ("ask-questions", asked),
        ("answer-question", {"question": "leadership.direction", "group": "workforce", "answer": "Not yet."}),
        ("hear-resistance", {"causes": ["timing"], "group": "workforce", "text": "Not in the winter."}),
    ):
        done = filled.give(one, command, CHIEF, fields=body)
        assert done.outcome is not None and done.outcome.accepted, done.outcome
    filled.ledger.close()
    told = run(home, "dossier", "midthorpe-1", "participation")
    for said in (
        "leadership.direction",
        "Not yet.",
        "timing",
        "13 still open",
    ):
        assert said in told.out, told.out
    data = run(home, "dossier", "midthorpe-1", "participation", "--json").json["participation"]
    (found,) = [each for each in data["answers"] if each["question"] == "leadership.direction"]
    assert [(each["group"], each["answer"]) for each in found["answers"]] == [
        ("leadership", None),
        ("workforce", "Not yet."),
    ]
    assert data["askings"][0]["untold"] == ["leadership", "workforce"]


# The case


def test_midthorpe_is_told_as_its_source_has_it() -> None:
    case = shipped_case("midthorpe")
    assert all(step.source for step in case.steps)
    world = play(case, live=False)
    (scene,) = world.engagements.values()
    history = scene.state.history
    assert (scene.state.id, scene.state.stage, scene.state.closed) == ("midthorpe-1", "visits", None)
    chosen = history.last(SupportChosen)
    assert chosen is not None and chosen.event.scenario == "service"
    assert Caution("helpers-not-named", {"scenario": "service", "helpers": ["member-peer", "associate"]}) in (
        engagement.cautions(scene.state)
    )
    told = [(str(e.occurred), e.event.record, e.event) for e in history.all(ItemRecorded)]
    assert [(on, what) for on, what, _ in told] == [
        ("2007-01/2007-10", "early-warning"),
        ("by 2007-10", "survey"),
        ("2007-10", "visit"),
        ("2007-12", "visit"),
        ("by 2008-05", "visit-plan"),
        ("by 2008-05", "visit-plan"),
        *[("by 2009-03-24", "result")] * 4,
    ]
    warning, survey, first, second, third, fourth, *results = (event for _, _, event in told)
    assert warning.values == {
        "source": "inspectorate",
        "report": "jar",
        "areas": ("safeguarding", "capacity", "thresholds", "quality-assurance"),
    }
    assert survey.values == {"point": "baseline", "of": ("staff",), "poor_return": True}
    assert [(int(v.amounts["number"]), int(v.amounts["days"])) for v in (first, second)] == [(1, 2), (2, 2)]
    assert first.values == {"methods": ("focus-groups", "interviews"), "waits": ("thresholds", "quality-assurance")}
    assert second.values == {"methods": ("interviews", "practice-seminars")}
    assert [(int(v.amounts["number"]), str(v.dates["begins"])) for v in (third, fourth)] == [
        (3, "2008-05"),
        (4, "2008-09/2008-11"),
    ]
    assert [event.values["area"] for event in results] == ["caseloads", "workforce", "safeguarding-board", "reporting"]
    counted = [step for step in case.steps if step.body.get("record") in ("visit", "visit-plan")]
    assert all("three planned and two more" in (step.disputed or "") for step in counted)
