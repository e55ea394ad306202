"""A franchise between councils: money that adds up, phases without a gap, mirror leads, benefits; Swindon and Kent."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from cli import output
from domain import engagement
from domain.benefits import AREAS, Area
from domain.case import Case
from domain.course import StageEntered
from domain.dates import When
from domain.disputes import disputes
from domain.franchise import FranchiseAgreed, PhaseKind, money, phases, terms
from domain.items import named
from domain.mirrors import MirrorLeadNamed, Side, mirrored
from domain.obligations import ObligationPassed
from domain.part import Caution
from domain.people import turnover
from faces import report_indicators, words
from tests.command_line import Engine, Run
from tests.given import Accepted, Do, Refused, Scene, opened, play, shipped, shipped_case
from tests.pages import hold_page

MODEL = "franchise"
OFFICE, CHIEF, DIRECTOR = "department.programme-office", "council.chief-executive", "council.director"
FINANCE, PARTNER, LEAD = "council.finance-officer", "partner.chief-executive", "partner.lead-director"
STEERING = "partnership.steering-group"
PHASES = [
    {"kind": "introduction", "begins": "2024-10", "ends": "2025-03"},
    {"kind": "interim-management", "begins": "2025-04", "ends": "2025-12"},
    {"kind": "partner-lead", "begins": "2026-01", "ends": "2027-03"},
    {"kind": "council-lead", "begins": "2027-04", "ends": "2027-09"},
]
CONTRACT: dict[str, Any] = {
    "partner": "E10000016",
    "starts": "2024-10",
    "ends": "2027-09",
    "value": "3600000",
    "grants": [{"giver": "DHSC", "amount": "820000"}, {"giver": "MHCLG", "amount": "180000"}],
    "own_share": "2600000",
    "phases": PHASES,
    "aim": "Two stars.",
    "document": "FR/1",
}


def agree(on: str = "2024-09-30", **more: Any) -> Do:
    return Do("agree-franchise", CHIEF, on, {**CONTRACT, **more})


def begin(kind: str, on: str) -> Do:
    return Do("begin-franchise-phase", LEAD, on, {"kind": kind})


def change(on: str = "2024-12-02", **more: Any) -> Do:
    return Do("change-franchise", STEERING, on, {"reason": "More people.", "document": "FR/2", **more})


def claim(amount: str, as_: str = LEAD, on: str = "2024-12-20") -> Do:
    return Do("claim-franchise-charge", as_, on, {"amount": amount, "document": "FR/3"})


def answer(number: int, accepted: bool = True, as_: str = FINANCE, **more: Any) -> Do:
    return Do("answer-franchise-charge", as_, "2025-01-06", {"claim": number, "accepted": accepted, **more})


def lead(side: str, person: str, on: str = "2024-10-07", workstream: str = "adults", as_: str | None = None) -> Do:
    role = as_ or (DIRECTOR if side == "council" else LEAD)
    return Do("name-mirror-lead", role, on, {"workstream": workstream, "side": side, "person": person})


def start(on: str = "2024-10-08", workstream: str = "adults") -> Do:
    return Do("start-workstream", LEAD, on, {"workstream": workstream})


def benefit(to: str = "council", area: str = "finance", **more: Any) -> Do:
    body = {"to": to, "area": area, "text": "Better.", "evidence": "The accounts.", **more}
    return Do("realise-benefit", DIRECTOR, "2025-02-03", body)


def record(what: str, as_: str, on: str, **fields: Any) -> Do:
    return Do(f"record-{what}", as_, on, fields)


def begun(*done: Do) -> Scene:
    """A franchise that the office opened on 2 September 2024, with some commands given in it."""
    scene = opened(shipped(MODEL), date(2024, 9, 2), kind="triggered", rating=None, stars=None, trigger="request")
    for each in done:
        scene.when(each).accepted()
    return scene


INTRODUCED = (agree(), begin("introduction", "2024-10-01"))
LED = (*INTRODUCED, lead("council", "jo-b"), lead("partner", "al"))
INTERIM = (*INTRODUCED, begin("interim-management", "2025-04-01"))
LEADING = (*INTERIM, begin("partner-lead", "2026-01-05"))
PLAN = record("sustainability-plan", DIRECTOR, "2026-07-10", text="Who stays.")
LAST = (*LEADING, PLAN, begin("council-lead", "2027-04-01"))
BOTH = (
    Do("realise-benefit", DIRECTOR, "2027-09-01", benefit().body),
    Do("realise-benefit", LEAD, "2027-09-01", benefit("partner", "networking").body),
)
REVIEW = record("benefits-review", CHIEF, "2027-09-10", document="FR/9")
GONE = record("withdrawal", STEERING, "2027-09-30", aim="met")
B11 = Do("define-indicators", DIRECTOR, "2024-10-14", {"indicators": [{"id": "b11", "unit": "percent"}]})


def moved(number: int, **more: str) -> list[dict[str, str]]:
    return [{**phase, **more} if n == number else phase for n, phase in enumerate(PHASES)]


LATER = [PHASES[0] | {"ends": "2025-05"}, PHASES[1] | {"begins": "2025-06"}, *PHASES[2:]]

DONE = [
    Accepted("a contract", (), agree(), "franchise-agreed", {"partner": "E10000016"}),
    Accepted(
        "phases by the day, over the end of a February",
        (),
        agree(
            starts="2024-10-01",
            ends="2028-12-31",
            phases=[
                {"kind": "introduction", "begins": "2024-10-01", "ends": "2028-02-29"},
                {"kind": "council-lead", "begins": "2028-03-01", "ends": "2028-12"},
            ],
        ),
        "franchise-agreed",
    ),
    Accepted("a phase on its first day", (agree(),), begin("introduction", "2024-10-01"), "franchise-phase-begun"),
    Accepted("a phase in its month", (agree(),), begin("introduction", "2024-10-31"), "franchise-phase-begun"),
    Accepted(
        "more money",
        INTRODUCED,
        change(value="3600001", own_share="2600001"),
        "franchise-changed",
        {"ends": When.parse("2027-09"), "phase_ends": When.parse("2025-03")},
    ),
    Accepted(
        "a phase that is moved",
        INTRODUCED,
        change(phases=LATER),
        "franchise-changed",
        {"phase_ends": When.parse("2025-05")},
    ),
    Accepted("the whole value", INTRODUCED, claim("3600000"), "franchise-charge-claimed", {"claim": 1}),
    Accepted(
        "what a refusal leaves free",
        (*INTRODUCED, claim("3600000"), answer(1, False, reason="Not done.")),
        claim("0.01", on="2025-01-07"),
        "franchise-charge-claimed",
        {"claim": 2},
    ),
    Accepted(
        "beyond the old value, after a change",
        (*INTRODUCED, claim("3600000"), change("2024-12-27", value="3700000", own_share="2700000")),
        claim("100000", on="2024-12-28"),
        "franchise-charge-claimed",
    ),
    Accepted("another lead", LED, lead("partner", "kim", "2024-11-04"), "mirror-lead-named", {"change": True}),
    Accepted("a workstream with both leads", LED, start(), "workstream-started", {"without": ()}),
    Accepted(
        "a benefit of the partner", INTRODUCED, benefit("partner", "personal"), "benefit-realised", {"benefit": 1}
    ),
]


@pytest.mark.parametrize("row", DONE, ids=lambda row: row.case)
def test_it_is_accepted(row: Accepted) -> None:
    scene = begun(*row.given).when(row.when).accepted()
    event = next(event for event in scene.events if named(event) == row.event)
    assert {name: getattr(event, name) for name in row.fields} == row.fields


WRONG = [
    Refused("a second contract", (agree(),), agree(), "franchise-agreed-already"),
    Refused("a franchise with oneself", (), agree(partner="E09000014"), "own-partner", {"council": "E09000014"}),
    Refused(
        "a contract that says little",
        (),
        Do("agree-franchise", CHIEF, "2024-09-30", {"partner": "E10000016"}),
        "franchise-incomplete",
        {"missing": ["starts", "ends", "value", "own_share", "phases", "aim", "document"]},
    ),
    Refused(
        "a penny missing",
        (),
        agree(own_share="2599999.99"),
        "funding-does-not-add-up",
        {"grants": "1000000", "own_share": "2599999.99", "value": "3600000"},
    ),
    Refused("grants beyond the value", (), agree(value="999999"), "grants-beyond-value", {"grants": "1000000"}),
    Refused("a term that ends before it starts", (), agree(ends="2024-09-29"), "ends-before-it-starts"),
    Refused(
        "a month between two phases",
        (),
        agree(phases=moved(1, begins="2025-05")),
        "phase-does-not-follow",
        {
            "phase": "interim-management",
            "begins": "2025-05",
            "before": "introduction",
            "ends": "2025-03",
            "wanted": "2025-04-01",
        },
    ),
    Refused("a day between two phases", (), agree(phases=moved(1, begins="2025-04-02")), "phase-does-not-follow"),
    Refused("two phases at once", (), agree(phases=moved(1, begins="2025-03")), "phase-does-not-follow"),
    Refused("a phase turned round", (), agree(phases=moved(1, ends="2025-03")), "ends-before-it-starts"),
    Refused(
        "phases out of order",
        (),
        agree(phases=[PHASES[1], PHASES[0]]),
        "phases-out-of-order",
        {"order": ["introduction", "interim-management"]},
    ),
    Refused("a phase twice", (), agree(phases=[PHASES[0], PHASES[0]]), "named-twice", {"id": "introduction"}),
    Refused(
        "phases that end before the term",
        (),
        agree(phases=PHASES[:3]),
        "phases-not-the-term",
        {"what": "ends", "term": "2027-09", "phases": "2027-03"},
    ),
    Refused(
        "phases that begin after the term", (), agree(phases=PHASES[1:]), "phases-not-the-term", {"what": "starts"}
    ),
    Refused("a phase before the contract", (), begin("introduction", "2024-10-01"), "needs"),
    Refused(
        "a phase out of turn",
        INTRODUCED,
        begin("partner-lead", "2026-01-05"),
        "phase-not-next",
        {"phase": "partner-lead", "following": "interim-management"},
    ),
    Refused("a phase twice begun", INTRODUCED, begin("introduction", "2024-10-02"), "phase-not-next"),
    Refused(
        "a phase too early",
        INTRODUCED,
        begin("interim-management", "2025-03-31"),
        "phase-begins-otherwise",
        {"phase": "interim-management", "begins": "2025-04", "occurred": "2025-03-31"},
    ),
    Refused(
        "a phase that slips without a change",
        INTRODUCED,
        begin("interim-management", "2025-05-01"),
        "phase-begins-otherwise",
    ),
    Refused("a change without a reason", INTRODUCED, change(value="1", reason=None), "reason-needed"),
    Refused("a change without its document", INTRODUCED, change(value="1", document=None), "document-needed"),
    Refused("a change of nothing", INTRODUCED, change(value="3600000"), "franchise-change-empty"),
    Refused("a change that does not add up", INTRODUCED, change(value="3700000"), "funding-does-not-add-up"),
    Refused("a later end without a phase for it", INTRODUCED, change(ends="2027-12"), "phases-not-the-term"),
    Refused(
        "a change of what has begun",
        INTRODUCED,
        change(phases=PHASES[1:]),
        "phases-not-the-term",
    ),
    Refused(
        "another beginning for what has begun",
        INTERIM,
        change("2025-04-02", phases=[PHASES[0] | {"ends": "2025-04"}, PHASES[1] | {"begins": "2025-05"}, *PHASES[2:]]),
        "phase-begun-otherwise",
        {"phase": "interim-management", "on": "2025-04-01"},
    ),
    Refused(
        "a value below what is claimed",
        (*INTRODUCED, claim("2000000")),
        change("2024-12-27", value="1999999", own_share="999999"),
        "value-below-charges",
        {"charged": "2000000"},
    ),
    Refused(
        "a penny too much",
        (*INTRODUCED, claim("3500000")),
        claim("100000.01"),
        "charge-beyond-value",
        {"amount": "100000.01", "left": "100000", "value": "3600000"},
    ),
    Refused(
        "a charge without its paper",
        INTRODUCED,
        Do("claim-franchise-charge", LEAD, "2024-12-20", {"amount": "1"}),
        "document-needed",
    ),
    Refused("an answer to no charge", (*INTRODUCED, claim("1")), answer(2), "no-such-charge", {"claims": [1]}),
    Refused("two answers", (*INTRODUCED, claim("1"), answer(1)), answer(1), "charge-answered-already"),
    Refused("a refusal without a reason", (*INTRODUCED, claim("1")), answer(1, False), "reason-needed"),
    Refused(
        "an answer before the charge",
        (*INTRODUCED, claim("1")),
        Do("answer-franchise-charge", FINANCE, "2024-12-19", answer(1).body),
        "too-early",
    ),
    Refused("a charge answered by the partner", (*INTRODUCED, claim("1")), answer(1, as_=LEAD), "role"),
    Refused(
        "a contract changed by one council",
        INTRODUCED,
        Do("change-franchise", CHIEF, "2024-12-02", {"value": "1"}),
        "role",
    ),
    Refused(
        "a workstream with one lead",
        (*INTRODUCED, lead("council", "jo-b")),
        start(),
        "mirror-leads-missing",
        {"missing": ["partner"]},
    ),
    Refused("a workstream before its leads", LED, start("2024-10-06"), "too-early"),
    Refused(
        "a workstream whose lead has left",
        (*LED, Do("record-departure", LEAD, "2024-10-10", {"post": "partner.adults-lead"})),
        start("2024-10-11"),
        "mirror-leads-missing",
        {"missing": ["partner"]},
    ),
    Refused(
        "a workstream that runs", (*LED, start()), start("2024-10-09"), "workstream-runs-already", {"on": "2024-10-08"}
    ),
    Refused(
        "an end of what does not run",
        (*LED, start()),
        Do("end-workstream", LEAD, "2024-10-09", {"workstream": "hr"}),
        "workstream-not-running",
        {"running": ["adults"]},
    ),
    Refused("one person on both sides", LED, lead("partner", "jo-b"), "mirror-of-oneself", {"person": "jo-b"}),
    Refused(
        "the lead of the other council",
        INTRODUCED,
        lead("partner", "al", as_=DIRECTOR),
        "names-another-partys-lead",
        {"party": "partner"},
    ),
    Refused("the lead who leads already", LED, lead("partner", "al", "2024-10-09"), "held-already"),
    Refused("a benefit without evidence", INTRODUCED, benefit(evidence=None), "evidence-needed"),
    Refused(
        "a benefit in the area of the other",
        INTRODUCED,
        benefit("partner", "finance"),
        "area-of-the-other",
        {"areas": ["personal", "networking"]},
    ),
    Refused("a benefit that an unknown indicator shows", INTRODUCED, benefit(indicators=["b11"]), "no-such-indicator"),
    Refused(
        "a benefit that an indicator without values shows",
        (*INTRODUCED, B11),
        benefit(indicators=["b11"]),
        "indicator-without-values",
    ),
    Refused(
        "a review by whoever recorded the benefits",
        (*LAST, *BOTH),
        record("benefits-review", DIRECTOR, "2027-09-10"),
        "role",
    ),
    Refused(
        "a benefit recorded by whoever reviews them",
        LAST,
        Do("realise-benefit", CHIEF, "2027-09-01", benefit().body),
        "role",
    ),
]


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row.case)
def test_it_is_refused(row: Refused) -> None:
    begun(*row.given).when(row.when).refused(row.rule, **row.details)


@pytest.mark.parametrize("printed", ["2025", "by 2025-03", "2025-01/2025-03", "2025-03/2025-03"])
def test_a_phase_begins_and_ends_on_a_day_or_in_a_month(printed: str) -> None:
    with pytest.raises(ValidationError, match="on a day"):
        engagement.COMMANDS["agree-franchise"].model_validate(
            {"partner": "E10000016", "phases": [{"kind": "introduction", "begins": "2024-10", "ends": printed}]}
        )


# How it stands


def test_the_money_that_is_left_is_what_nobody_claimed_or_a_refusal_gave_back() -> None:
    scene = begun(*INTRODUCED, claim("1000"), claim("200.50"), claim("30"), answer(1), answer(3, False, reason="No."))
    standing = money(scene.state.history)
    assert standing is not None
    assert [str(each) for each in (standing.granted, standing.claimed, standing.accepted, standing.left)] == [
        "1000000",
        "1200.50",
        "1000",
        "3598799.50",
    ]


def test_a_correction_that_leaves_a_gap_is_worth_a_look() -> None:
    scene = begun(agree())
    entry = scene.state.history.last(FranchiseAgreed)
    assert entry is not None
    scene.when(
        "correct-event", OFFICE, "2024-10-01", version=entry.version, reason="x", changes={"value": "1"}
    ).accepted()
    assert engagement.cautions(scene.state) == (
        Caution("franchise-contradicts-itself", {"rule": "grants-beyond-value"}),
    )


def test_phases_stand_as_they_were_last_changed() -> None:
    scene = begun(*INTRODUCED, change(phases=LATER))
    assert [(str(each.phase.begins), each.begun is not None) for each in phases(scene.state.history)] == [
        ("2024-10", True),
        ("2025-06", False),
        ("2026-01", False),
        ("2027-04", False),
    ]
    scene.when(begin("interim-management", "2025-06-02")).accepted()
    standing = terms(scene.state.history)
    assert standing is not None and str(standing.value) == "3600000"


def test_who_leads_came_and_went_is_told_with_the_people() -> None:
    left = Do("record-departure", LEAD, "2025-01-31", {"post": "partner.adults-lead"})
    scene = begun(*LED, start(), lead("partner", "kim", "2024-11-04"), left)
    post = turnover(scene.state.history)["partner.adults-lead"]
    assert [(each.person, str(each.since), str(each.until)) for each in post.holders] == [
        ("al", "2024-10-07", "2024-11-04"),
        ("kim", "2024-11-04", "2025-01-31"),
    ]
    assert post.changes == 1
    on = {
        day: dict(mirrored(scene.state.history, When.parse(day))["adults"].leads)
        for day in ("2024-10-31", "2025-02-01")
    }
    assert on == {
        "2024-10-31": {"council": "jo-b", "partner": "al"},
        "2025-02-01": {"council": "jo-b", "partner": None},
    }


def test_every_area_belongs_to_one_council_and_is_said_in_words() -> None:
    areas = [area for side in get_args(Side) for area in AREAS[side]]
    assert (areas, list(words.BENEFITS)) == (list(get_args(Area)), list(get_args(Area)))
    assert list(words.FRANCHISE_PHASES) == list(get_args(PhaseKind))


# The document

WAYS: list[tuple[str, tuple[Do, ...], str, str | None]] = [
    ("opened", (), "preparation", None),
    ("agreed", (agree(),), "preparation", None),
    ("first phase", INTRODUCED, "introduction", None),
    ("interim managers", INTERIM, "interim-management", None),
    ("the partner leads", LEADING, "partner-lead", None),
    ("the council leads without a plan to last", (*LEADING, begin("council-lead", "2027-04-01")), "partner-lead", None),
    ("and with one", LAST, "council-lead", None),
    ("withdrawn before the review", (*LAST, *BOTH, GONE), "council-lead", None),
    ("a benefit for one council alone", (*LAST, BOTH[0], REVIEW, GONE), "council-lead", None),
    ("withdrawn", (*LAST, *BOTH, REVIEW, GONE), "council-lead", "withdrawn"),
    (
        "ended early",
        (*INTERIM, record("early-end", PARTNER, "2025-06-02", reasons="Our own rating fell.")),
        "interim-management",
        "ended-early",
    ),
    ("stopped", (Do("stop-engagement", OFFICE, "2024-09-10", {"reason": "x"}),), "preparation", "stopped"),
    (
        "error",
        (Do("close-as-opened-in-error", OFFICE, "2024-09-10", {"reason": "x"}),),
        "preparation",
        "opened-in-error",
    ),
]


@pytest.mark.parametrize(("case", "done", "stage", "end"), WAYS, ids=[way[0] for way in WAYS])
def test_a_way_leads_there(case: str, done: tuple[Do, ...], stage: str, end: str | None) -> None:
    state = begun(*done).state
    assert (state.stage, state.closed) == (stage, end)


def test_every_stage_and_end_is_come_to() -> None:
    lifecycle = shipped(MODEL).lifecycle
    assert {stage for _, _, stage, _ in WAYS} == {stage.id for stage in lifecycle.stages}
    assert {end for _, _, _, end in WAYS if end} == {end.id for end in lifecycle.ends}


def test_a_franchise_without_interim_managers_goes_straight_to_the_partners_lead() -> None:
    three = [PHASES[0], PHASES[2] | {"begins": "2025-04"}, PHASES[3]]
    assert begun(agree(phases=three), INTRODUCED[1], begin("partner-lead", "2025-04-01")).state.stage == "partner-lead"


def test_the_next_phase_is_owed_within_a_month_of_the_end_as_the_contract_stands() -> None:
    assert begun(*INTRODUCED).owed()["next-phase-1"] == "2025-04-30"
    changed = begun(*INTRODUCED, change(phases=LATER)).owed()
    assert changed["next-phase-as-changed-1"] == "2025-06-30"
    assert "next-phase-1" not in changed
    late = begun(*INTRODUCED).until(datetime(2025, 4, 30, 23, 0, tzinfo=UTC))
    assert "next-phase" in [event.obligation for event in late.only(ObligationPassed)]


def test_planning_for_sustainability_is_owed_fourteen_months_before_the_end() -> None:
    assert begun(*INTRODUCED).owed()["plan-sustainability-1"] == "2026-07-31"
    longer = [*PHASES[:3], PHASES[3] | {"ends": "2027-12"}]
    changed = begun(*INTRODUCED, change(ends="2027-12", phases=longer)).owed()
    assert changed["plan-sustainability-as-changed-1"] == "2026-10-31"
    assert "plan-sustainability-1" not in changed
    planned = begun(*LEADING, PLAN).owed()
    assert not [name for name in planned if name.startswith("plan-sustainability")]


def test_each_post_that_is_left_in_the_partner_is_to_be_filled() -> None:
    def lent(post: str) -> Do:
        return record("secondment", LEAD, "2024-10-07", post=post, workstream="adults")

    filled = record("backfill", LEAD, "2024-10-21", post="head-of-adults", how="acting-up")
    scene = begun(*INTRODUCED, lent("head-of-adults"), lent("head-of-finance"), filled)
    open_now = [held.opened.derivation for (name, _), held in scene.state.obligations.items() if name == "fill-post"]
    assert len(open_now) == 1
    assert begun(*INTRODUCED, lent("a"), lent("b")).owed()["fill-post-2"] == "2024-11-04"


def test_harm_to_the_partners_own_performance_is_told_to_both_councils() -> None:
    rules = shipped(MODEL).lifecycle
    (told,) = [notice for notice in rules.notices if notice.event == "own-performance-recorded"]
    assert (told.where, told.to) == ({"harmed": True}, (PARTNER, CHIEF))
    scene = begun(*INTRODUCED, record("own-performance", PARTNER, "2025-03-03", harmed=True, text="A star lost."))
    assert scene.owed()["look-at-own-performance-again-1"] == "2025-09-03"


def test_a_meeting_names_the_next_on_its_level() -> None:
    level = record("governance-level", CHIEF, "2024-10-02", level="business-group", chair=DIRECTOR)
    met = record("governance-meeting", CHIEF, "2024-10-09", level="business-group", next="2024-11-13")
    other = record("governance-meeting", CHIEF, "2024-10-10", level="operations-meeting", next="2024-10-24")
    owed = begun(*INTRODUCED, level, met, other).owed()
    assert {name: day for name, day in owed.items() if name.startswith("meet-again")} == {
        "meet-again-1": "2024-11-13",
        "meet-again-2": "2024-10-24",
    }


# The page


def test_every_example_of_the_page_does_what_it_says(run: Run, engine_home: Engine) -> None:
    hold_page(run, engine_home, "franchise.md", more_than=15)


# The case

STREAMS = {
    "hr": ("Human resources", "2004-10/2005-09"),
    "finance": ("Finance", "2004-10/2005-09"),
    "adults": ("Adults", "2004-10/2007-09"),
    "children": ("Children's", "2004-10/2007-09"),
    "iip": ("Investors in People", "2004-10/2007-09"),
    "contracts": ("Contracts and commissioning", "2004-10/2007-09"),
}


def streams(*names: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name in names:
        title, on = STREAMS[name]
        for side, who in (("council", "swindon"), ("partner", "kent")):
            yield on, "name-mirror-lead", {"workstream": name, "side": side, "person": f"{who}-{name}-lead"}
        yield on, "start-workstream", {"workstream": name, "title": title}


def phase(on: str, kind: str) -> tuple[str, str, dict[str, Any]]:
    return on, "begin-franchise-phase", {"kind": kind}


FACTS: list[tuple[str, str, dict[str, Any]]] = [
    ("by 2004-10", "open-engagement", {"service": "social-services", "model": MODEL, "trigger": "no-stars"}),
    (
        "2004-10",
        "agree-franchise",
        {
            "partner": "E10000016",
            "starts": "2004-10",
            "ends": "2007-09",
            "value": 3600000,
            "grants": [{"giver": "DCLG", "amount": 820000}, {"giver": "DH", "amount": 180000}],
            "stars_then": 0,
            "stars_wanted": 2,
            "aim": "From no stars to two within three years.",
        },
    ),
    phase("2004-10", "introduction"),
    ("2005-01", "record-post-holder", {"post": "partner.lead-director", "person": "kent-lead"}),
    phase("2005-04", "interim-management"),
    ("2005-04", "record-post-holder", {"post": "council.director", "standing": "acting"}),
    ("2004-10/2005-09", "add-note", {"text": "In the first year human resources and finance had priority."}),
    *streams("hr", "finance"),
    ("2005-12", "publish-rating", {"service": "social-services", "stars": 1, "note": "One star for 2004/05."}),
    ("2005-04/2005-12", "record-post-holder", {"post": "council.chief-executive", "standing": "interim"}),
    ("2005-04/2005-12", "add-note", {"text": "The acting director stood outside the contract."}),
    phase("2006-01", "partner-lead"),
    ("2006-07", "record-induction", {"kind": "team-building", "text": "Joint workshop."}),
    ("2006-07", "record-sustainability-plan", {}),
    ("2006-12", "record-achievement", {"kind": "investors-in-people", "workstream": "children"}),
    ("2006-12", "publish-rating", {"stars": 1, "note": "One star for 2005/06, with promising prospects."}),
    phase("2007-04", "council-lead"),
    ("2007-07", "record-achievement", {"kind": "investors-in-people", "workstream": "adults"}),
    *(
        ("2004-10/2007-09", "record-governance-level", {"level": level, "text": text})
        for level, text in (
            ("operations-meeting", "Partnership Operations Meeting"),
            ("business-group", "Partnership Business Group"),
            ("steering-group", "Joint Partnership Steering Group"),
        )
    ),
    *streams("adults", "children", "iip", "contracts"),
    *(("2004-10/2007", "realise-benefit", {"to": to, "area": area}) for to in AREAS for area in AREAS[to]),
    ("by 2007", "define-indicators", {}),
    *(("by 2007", "record-indicators", {"period": year}) for year in ("2003/04", "2004/05", "2005/06", "2006/07")),
    ("2007", "record-benefits-review", {"document": "Swindon Borough Council Benefits Review 2007"}),
    ("by 2007", "add-note", {"text": "Two stars were undecided in 2007-08."}),
    ("2007", "dispute-fact", {"event": "franchise-agreed"}),
    ("2007", "choose-fact", {"dispute": 1, "use": "recorded"}),
]
"""What the review says of Swindon and Kent, and no more: dates as precise as it prints them."""


def told(case: Case) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for step in case.steps:
        body = dict(step.body)
        name = f"record-{body.pop('record')}" if step.command_type == "record-item" else step.command_type
        for group in ("dates", "amounts", "values", "texts") if step.command_type == "record-item" else ():
            body |= body.pop(group, {}) or {}
        yield str(step.occurred), name, body


def test_the_case_says_what_the_review_says_and_no_more() -> None:
    case = shipped_case("swindon-kent")
    found = list(told(case))
    assert [each[:2] for each in found] == [each[:2] for each in FACTS]
    for (_, _, body), (on, command, fields) in zip(found, FACTS, strict=True):
        assert {name: body.get(name) for name in fields} == fields, (on, command)
    assert all(step.source for step in case.steps)
    days = [day for day, _ in case.played()]
    assert days == sorted(days)
    (agreed,) = [step.body for step in case.steps if step.command_type == "agree-franchise"]
    assert [(each["kind"], each["begins"], each["ends"]) for each in agreed["phases"]] == [
        ("introduction", "2004-10", "2005-03"),
        ("interim-management", "2005-04", "2005-12"),
        ("partner-lead", "2006-01", "2007-03"),
        ("council-lead", "2007-04", "2007-09"),
    ]


@pytest.mark.parametrize("live", [True, False], ids=["rehearsed", "imported"])
def test_the_case_plays_and_stops_while_the_council_leads(live: bool) -> None:
    (scene,) = play(shipped_case("swindon-kent"), live).engagements.values()
    history = scene.state.history
    assert (scene.state.stage, scene.state.closed) == ("council-lead", None)
    entered = [(entry.event.stage, str(entry.occurred), entry.event.assumed) for entry in history.all(StageEntered)]
    assert entered == [
        ("preparation", "by 2004-10", False),
        ("introduction", "2004-10", False),
        ("interim-management", "2005-04", False),
        ("partner-lead", "2006-01", False),
        ("council-lead", "2007-04", False),
    ]
    spans = [(found.phase.begins, found.phase.ends) for found in phases(history)]
    months = [12 * (e.latest.year - b.latest.year) + e.latest.month - b.latest.month + 1 for b, e in spans]
    assert months == [6, 9, 15, 6], "[KENT] 3"
    assert len(history.all(MirrorLeadNamed)) == 12
    standing = money(history)
    assert standing is not None and (str(standing.value), str(standing.granted)) == ("3600000", "1000000")
    (dispute,) = disputes(history)
    assert [str(grant["amount"]) for grant in dispute.side("other")[0]["grants"]] == ["1000000", "200000"]
    assert engagement.cautions(scene.state) == (Caution("benefits-without-evidence", {"benefits": list(range(1, 11))}),)
    passed = [e.event.obligation for e in history.entries if e.event.type == "obligation-passed"]
    assert ("plan-sustainability" in passed, "next-phase" in passed) == (False, live)


# Appendix 5, cell by cell

TABLE = Path(__file__).resolve().parent / "tables" / "kent-appendix-5.csv"
YEARS = ("2003/04", "2004/05", "2005/06", "2006/07")
BY_HAND = {
    "B11": ("18.0%", "21.3%", "23.35%", "27%"),
    "C51": ("26.8", "42.2", "45.3", "69"),
    "C26 / C72": ("101.1", "94.5", "82.5", "84"),
    "C27 / C73": ("3.1", "2.9", "1.8", "2.0"),
    "D41": ("58.6", "44", "44", "44"),
    "A4": ("Definition changed", "0.47", "0.68", "0.69"),
    "A70": ("New", "New", "12", "14.0"),
    "C81": ("4.8", "3.0", "4.4", "1.1"),
    "C63": ("New", "73.7%", "84.2%", "90.7%"),
    "C69": ("New", "New", "19.7%", "15.6%"),
    "E44": ("45.7%", "42.1%", "35.6%", "36.0%"),
}


@pytest.fixture(scope="module")
def kent(engine_home: Engine) -> Engine:
    """An engine that has no engagement of Swindon yet."""
    return engine_home


def test_the_indicators_are_printed_cell_by_cell_as_appendix_5_has_them(run: Run, kent: Engine) -> None:
    with as_file(files("domain") / "cases" / "swindon-kent.yaml") as file:
        assert run(kent.home, "import", str(file), "--yes").code == 0
    with TABLE.open(encoding="utf-8", newline="") as lines:
        printed = [[r["group"], r["paf_ref"], r["indicator"], *(r[y] for y in YEARS)] for r in csv.DictReader(lines)]
    result = run(kent.home, "report", "indicators", "swindon-1")
    assert (result.code, result.err) == (0, "")
    assert (len(printed), result.rows) == (35, printed)
    assert {row[1]: tuple(row[3:]) for row in result.rows if row[1] in BY_HAND} == BY_HAND
    data = run(kent.home, "report", "indicators", "swindon-1", "--json").json
    assert tuple(data["periods"]) == YEARS
    assert [[*row["values"].values()] for row in data["rows"]] == [row[3:] for row in printed]
    assert {(row["baseline"], row["target"], json.dumps(row["compared"])) for row in data["rows"]} == {
        (None, None, "{}")
    }
    units = {row["reference"]: row["unit"] for row in data["rows"]}
    assert [units[name] for name in ("B11", "C51", "C32", "C26 / C72", "A4", "A70")] == [
        "percent",
        "per-100000",
        "per-1000",
        "per-10000",
        "ratio",
        "score",
    ]
    changes = {row["reference"]: row["change"] for row in data["rows"]}
    assert changes["B11"] == {"since": "2003/04", "until": "2006/07", "amount": "9.0", "towards": None}
    assert (changes["A4"]["since"], changes["A70"]["since"], changes["A70"]["amount"]) == ("2004/05", "2005/06", "2.0")


def test_the_dossier_tells_the_franchise(run: Run, kent: Engine) -> None:
    rows = run(kent.home, "dossier", "swindon-1", "franchise").rows
    assert ["Value up to", "3600000"] in rows
    assert ["council-lead", "Council lead and planned withdrawal", "2007-04", "2007-09", "2007-04"] in rows
    assert ["hr", "Human resources", "2004-10/2005-09", "", "swindon-hr-lead", "kent-hr-lead"] in rows
    assert run(kent.home, "dossier", "swindon-1", "franchise", "--json").json["franchise"]["money"]["left"] == "3600000"


def test_baselines_targets_and_others_have_their_place_where_somebody_gave_them(
    run: Run, kent: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def office(command: str, **fields: Any) -> None:
        given = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in fields.items()]
        done = run(kent.home, "do", "coventry-1", command, *given, "--as", OFFICE, "--on", "2006-10-02")
        assert done.code == 0, done.err

    opening = [
        "service=social-services",
        f"model={MODEL}",
        "trigger=request",
        "reason=x",
        "--as",
        OFFICE,
        "--on",
        "2006-09-01",
    ]
    assert run(kent.home, "do", "Coventry", "open-engagement", *opening).code == 0
    assert run(kent.home, "report", "indicators", "coventry-1").rows == []
    office("define-indicators", indicators=[{"id": "b11", "unit": "percent"}, {"id": "d41", "unit": "per-100000"}])
    office("record-indicators", period="2005/06", values=[{"indicator": "b11", "value": "18.0%"}])
    office("record-indicators", period="2005/06", of="neighbours", values=[{"indicator": "b11", "value": "20%"}])
    office("set-indicator-targets", period="2007/08", values=[{"indicator": "b11", "value": "25%"}])
    assert run(kent.home, "report", "indicators", "coventry-1").rows == [
        ["", "b11", "b11", "18.0%", "25% (2007/08)"],
        ["", "b11", "beside it: statistical neighbours", "20%", ""],
        ["", "d41", "d41", "", ""],
    ]
    assert run(kent.home, "report", "indicators", "coventry-1", "--on", "2006-09").rows == []
    refused = run(
        kent.home, "do", "coventry-1", "record-indicators", "period=2004/05", "--as", OFFICE,
        'values=[{"indicator": "d41", "value": "44"}, {"indicator": "b11", "value": "118%"}]',
    )  # fmt: skip
    assert refused.code == 1
    assert "Value 2, of b11 for 2004/05, does not fit" in refused.err
    monkeypatch.setattr(output, "terminal", lambda: True)
    assert "Target" in run(kent.home, "report", "indicators", "coventry-1").out


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [("Swindon", 2, "indicators are of an engagement"), ("atlantis-9", 3, "atlantis-9")],
)
def test_indicators_are_of_an_engagement_that_there_is(run: Run, kent: Engine, name: str, code: int, said: str) -> None:
    wrong = run(kent.home, "report", "indicators", name)
    assert (wrong.code, said in wrong.err) == (code, True), wrong.err


def test_a_group_is_called_as_its_source_calls_it() -> None:
    assert report_indicators.GROUPS == {"nhs-interface": "NHS interface"}
