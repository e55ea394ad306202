"""Today's model: notices and directions that lapse by themselves, what must come before them, and who uses which power."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from domain import engagement
from domain.actors import Actor
from domain.best_value_notice import BestValueNoticeConcluded, BestValueNoticeIssued, notices
from domain.case import Case
from domain.commissioners import CommissionerAppointed, appointments
from domain.course import EventWithdrawn, StageEntered
from domain.dates import When
from domain.directions import DirectionsIssued, held, in_force
from domain.items import named
from domain.obligations import ObligationClosed, ObligationPassed
from domain.part import Asked, Caution, Refusal
from domain.progress_reports import reports
from ledger.verify import verify
from tests.command_line import Engine, Run
from tests.engine import Rig, a_rig, a_server, until
from tests.given import Accepted, Do, Refused, Scene, World, noon, opened, play, seal, shipped, shipped_case
from tests.pages import hold_page
from workers.dev_server import DevServer

MODEL = "best-value-intervention"
OFFICE, OFFICIAL = "department.programme-office", "department.official"
MINISTER, SECRETARY = "department.minister", "department.secretary-of-state"
CHIEF, LEADER, FINANCE = "council.chief-executive", "council.leader", "council.finance-officer"
LEAD, REVIEWER, INSPECTOR = "commissioners.lead-commissioner", "reviewers.lead-reviewer", "inspector.inspector"


def begun(*done: Do, trigger: str = "concern") -> Scene:
    """An engagement that the office opened on 3 March 2025, with some commands given in it."""
    rules = shipped(MODEL)
    scene = opened(rules, date(2025, 3, 3), kind="triggered", rating=None, stars=None, trigger=trigger)
    for each in done:
        scene.when(each).accepted()
    return scene


def notice(on: str, until: str, **more: Any) -> Do:
    return Do("issue-best-value-notice", OFFICIAL, on, {"until": until, "document": "BV/1", **more})


NOTICE = notice("2025-03-10", "2026-03-09", expectations=[{"id": "plan"}, {"id": "debt"}])
MINDED = Do(
    "announce-minded-to",
    MINISTER,
    "2025-04-01",
    {"about": "intervention", "representations_by": "2025-04-14", "document": "BV/2"},
)
HEARD = Do("consider-representations", MINISTER, "2025-04-15", {"count": 2})
FIRST_BODY: dict[str, Any] = {
    "kind": "first",
    "model": "commissioners",
    "until": "2028-04-30",
    "functions": ["finance", "governance"],
    "plan_by": "2025-11-01",
    "first_report": "2025-11-03",
    "published": ["directions"],
    "document": "BV/3",
}
FIRST = Do("issue-directions", SECRETARY, "2025-05-01", FIRST_BODY)
URGENT = Do(
    "issue-directions", SECRETARY, "2025-05-01", {**FIRST_BODY, "urgent": True, "reason": "Money runs out in June."}
)
LETTER: dict[str, Any] = {
    "post": "lead-commissioner",
    "person": "jo-b",
    "powers": True,
    "day_rate": "1200.00",
    "days_a_year": "150",
    "starts": "2025-05-01",
    "ends": "2027-04-30",
    "letter": "BV/4",
}
APPOINTED = Do("appoint-commissioner", SECRETARY, "2025-05-01", LETTER)
ENVOY = Do(
    "appoint-commissioner", SECRETARY, "2025-05-01", {**LETTER, "post": "envoy", "person": "al", "powers": False}
)
INTERVENED = (MINDED, HEARD, FIRST)
USED = Do("use-reserved-power", LEAD, "2025-06-02", {"function": "finance", "appointment": 1, "decision": "No sale."})
PLAN = Do("record-recovery-plan", CHIEF, "2025-10-01", {"plan": "1", "adopted_by": "full-council"})
VERDICT = Do("record-plan-verdict", LEAD, "2025-10-10", {"plan": "1", "accepted": True})
CYCLE = (*INTERVENED, APPOINTED, PLAN, VERDICT)
REPORT = Do("receive-progress-report", LEAD, "2025-11-03", {"document": "BV/5", "next": "2026-05-01"})
REPLY = Do("reply-to-progress-report", MINISTER, "2025-12-08", {"report": 1, "document": "BV/6"})
PUBLISHED = Do("publish-progress-report", OFFICIAL, "2025-12-08", {"report": 1, "papers": ["report", "reply"]})


def decided(outcome: str, on: str = "2025-12-08", report: int = 1) -> Do:
    return Do("decide-on-progress-report", MINISTER, on, {"report": report, "outcome": outcome})


def change(about: str = "change") -> tuple[Do, Do]:
    minded = {"about": about, "representations_by": "2026-01-16", "document": "BV/7"}
    return (
        Do("announce-minded-to", MINISTER, "2026-01-05", minded),
        Do("consider-representations", MINISTER, "2026-01-19", {"count": 0}),
    )


def directions(kind: str, on: str = "2026-01-20", **more: Any) -> Do:
    body = {**FIRST_BODY, "kind": kind, "plan_by": None, "first_report": None, **more}
    return Do("issue-directions", SECRETARY, on, body)


EXTENSION = directions("extension", until="2030-04-30")

# What is accepted

DONE = [
    Accepted("a notice", (), NOTICE, "best-value-notice-issued", {"notice": 1, "renews": False}),
    Accepted(
        "a reissue on the last day keeps the notice alive",
        (NOTICE,),
        notice("2026-03-09", "2026-09-08"),
        "best-value-notice-issued",
        {"notice": 1, "renews": True},
    ),
    Accepted(
        "a reissue on the day after is a new notice",
        (NOTICE,),
        notice("2026-03-10", "2026-09-08"),
        "best-value-notice-issued",
        {"notice": 2, "renews": False},
    ),
    Accepted(
        "a letter after the lapse says so",
        (NOTICE,),
        Do("conclude-best-value-notice", OFFICIAL, "2026-04-16", {"outcome": "not-reissued"}),
        "best-value-notice-concluded",
        {"notice": 1, "lapsed": True},
    ),
    Accepted(
        "a letter on the last day comes in time",
        (NOTICE,),
        Do("conclude-best-value-notice", OFFICIAL, "2026-03-09", {"outcome": "not-reissued"}),
        "best-value-notice-concluded",
        {"notice": 1, "lapsed": False},
    ),
    Accepted(
        "directions after representations",
        (MINDED, HEARD),
        FIRST,
        "directions-issued",
        {"directions": 1, "spell": 1, "proposal": 1, "revokes": ()},
    ),
    Accepted(
        "urgent directions without a letter before them",
        (),
        URGENT,
        "directions-issued",
        {"urgent": True, "proposal": None},
    ),
    Accepted(
        "urgent directions while representations may still be made",
        (MINDED,),
        Do("issue-directions", SECRETARY, "2025-04-02", URGENT.body),
        "directions-issued",
        {"urgent": True, "proposal": None},
    ),
    Accepted(
        "an extension, which revokes what is in force",
        (*CYCLE, *change()),
        EXTENSION,
        "directions-issued",
        {"directions": 2, "spell": 1, "revokes": (1,), "lapses": When.parse("2030-04-30")},
    ),
    Accepted(
        "an expansion that stands beside what is in force, which lasts longer",
        (*CYCLE, *change()),
        directions("expansion", functions=["appointments"], until="2027-01-31", revokes=[]),
        "directions-issued",
        {"directions": 2, "revokes": (), "lapses": When.parse("2028-04-30")},
    ),
    Accepted("a power under directions", (*INTERVENED, APPOINTED), USED, "reserved-power-used", {"directions": 1}),
    Accepted(
        "a power on the last day of the term",
        (*INTERVENED, APPOINTED),
        Do("use-reserved-power", LEAD, "2027-04-30", USED.body),
        "reserved-power-used",
    ),
    Accepted(
        "one function given back",
        (*CYCLE, *change("return")),
        Do("return-functions", MINISTER, "2026-01-20", {"functions": ["finance"], "document": "BV/8"}),
        "functions-returned",
        {"left": 1, "proposal": 2},
    ),
    Accepted(
        "a decision on a report", (*CYCLE, REPORT, REPLY), decided("go-on"), "progress-report-decided", {"report": 1}
    ),
]


@pytest.mark.parametrize("row", DONE, ids=lambda row: row.case)
def test_it_is_accepted(row: Accepted) -> None:
    scene = begun(*row.given).when(row.when).accepted()
    event = next(event for event in scene.events if named(event) == row.event)
    assert {name: getattr(event, name) for name in row.fields} == row.fields


# What is refused


def without(do: Do, *names: str) -> Do:
    return Do(do.type, do.as_, do.on, {name: value for name, value in do.body.items() if name not in names})


def later(do: Do, on: str, **more: Any) -> Do:
    return Do(do.type, do.as_, on, {**do.body, **more})


WRONG = [
    Refused("a notice without its letter", (), without(NOTICE, "document"), "document-needed"),
    Refused(
        "a notice that ends before it is issued",
        (),
        notice("2025-03-10", "2025-03-09"),
        "ends-before-it-starts",
        {"starts": "2025-03-10", "ends": "2025-03-09"},
    ),
    Refused(
        "a reissue that carries the notice no further",
        (NOTICE,),
        notice("2025-12-01", "2026-03-09"),
        "reissue-not-longer",
        {"notice": 1, "until": "2026-03-09"},
    ),
    Refused(
        "evidence on what was never asked",
        (NOTICE,),
        Do("evidence-expectation", CHIEF, "2025-06-02", {"expectation": "roads", "evidence": "x"}),
        "no-such-expectation",
        {"expectations": ["plan", "debt"]},
    ),
    Refused(
        "an early end of a notice that has lapsed",
        (NOTICE,),
        Do("conclude-best-value-notice", OFFICIAL, "2026-03-10", {"outcome": "ended-early"}),
        "notice-lapsed",
        {"notice": 1, "until": "2026-03-09"},
    ),
    Refused(
        "a second word on a notice",
        (NOTICE, Do("conclude-best-value-notice", OFFICIAL, "2025-09-01", {"outcome": "escalated"})),
        Do("conclude-best-value-notice", OFFICIAL, "2025-09-02", {"outcome": "escalated"}),
        "notice-concluded-already",
        {"notice": 1, "on": "2025-09-01"},
    ),
    Refused("a notice by a minister", (), Do(NOTICE.type, MINISTER, NOTICE.on, NOTICE.body), "role"),
    Refused(
        "a letter that names no time for representations",
        (),
        without(MINDED, "representations_by", "document"),
        "minded-to-incomplete",
        {"missing": ["representations_by", "document"]},
    ),
    Refused(
        "representations due before the letter",
        (),
        later(MINDED, "2025-04-01", representations_by="2025-03-31"),
        "representations-before-the-letter",
    ),
    Refused(
        "representations considered on the last day for them",
        (MINDED,),
        later(HEARD, "2025-04-14"),
        "representations-open",
        {"proposal": 1, "by": "2025-04-14"},
    ),
    Refused("representations without a count", (MINDED,), without(HEARD, "count"), "count-needed"),
    Refused(
        "fewer considered than came",
        (MINDED, Do("receive-representation", OFFICIAL, "2025-04-08", {"by": "council"})),
        later(HEARD, "2025-04-15", count=0),
        "representations-left-out",
        {"count": 0, "received": 1},
    ),
    Refused(
        "more against than there were",
        (MINDED,),
        later(HEARD, "2025-04-15", against=3),
        "more-against-than-made",
        {"against": 3, "count": 2},
    ),
    Refused("representations considered twice", (MINDED, HEARD), HEARD, "representations-considered-already"),
    Refused(
        "representations on a proposal that is not there",
        (MINDED,),
        later(HEARD, "2025-04-15", proposal=7),
        "no-such-proposal",
        {"proposals": [1]},
    ),
    Refused("directions out of nothing", (), FIRST, "minded-to-needed"),
    Refused(
        "directions before the time for representations has ended",
        (MINDED,),
        later(FIRST, "2025-04-14"),
        "representations-open",
        {"by": "2025-04-14", "occurred": "2025-04-14"},
    ),
    Refused(
        "directions on representations that nobody considered",
        (MINDED,),
        later(FIRST, "2025-04-15"),
        "representations-not-considered",
        {"proposal": 1},
    ),
    Refused(
        "directions before representations were considered",
        (MINDED, later(HEARD, "2025-04-22")),
        later(FIRST, "2025-04-21"),
        "too-early",
        {"event": "representations-considered", "on": "2025-04-22"},
    ),
    Refused("urgent directions without the reason", (), without(URGENT, "reason"), "reason-needed"),
    Refused(
        "directions that say little",
        (MINDED, HEARD),
        without(FIRST, "until", "functions", "published", "document"),
        "directions-incomplete",
        {"missing": ["until", "published", "document", "functions"]},
    ),
    Refused(
        "directions that end before they begin",
        (MINDED, HEARD),
        later(FIRST, "2025-05-01", until="2025-04-30"),
        "ends-before-it-starts",
    ),
    Refused("an extension of nothing", (MINDED, HEARD), EXTENSION, "no-directions-in-force", {"lapses": None}),
    Refused(
        "an extension on the day after the last",
        CYCLE,
        directions("extension", "2028-05-01", until="2030-04-30", urgent=True, reason="Forgotten."),
        "no-directions-in-force",
        {"lapses": "2028-04-30"},
    ),
    Refused(
        "first directions beside others",
        CYCLE,
        directions("first", urgent=True, reason="x"),
        "directions-in-force",
        {"directions": [1]},
    ),
    Refused(
        "an extension that goes no further",
        (*CYCLE, *change()),
        directions("extension", until="2028-04-30"),
        "extension-not-longer",
        {"until": "2028-04-30"},
    ),
    Refused(
        "a revocation of what is not in force",
        (*CYCLE, *change()),
        directions("expansion", revokes=[4]),
        "directions-not-in-force",
        {"directions": 4, "in_force": [1]},
    ),
    Refused(
        "directions on a proposal that was used",
        CYCLE,
        directions("expansion", proposal=1),
        "proposal-used",
        {"proposal": 1},
    ),
    Refused(
        "a second change on one letter",
        (*CYCLE, *change(), EXTENSION),
        directions("expansion", "2026-01-21"),
        "minded-to-needed",
    ),
    Refused(
        "a letter of appointment that leaves things out",
        INTERVENED,
        without(APPOINTED, "day_rate", "days_a_year", "ends", "letter"),
        "appointment-incomplete",
        {"missing": ["day_rate", "days_a_year", "ends", "letter"]},
    ),
    Refused(
        "a term that ends before it begins",
        INTERVENED,
        later(APPOINTED, "2025-05-01", ends="2025-04-30"),
        "ends-before-it-starts",
    ),
    Refused(
        "an appointment ended that was never made",
        INTERVENED,
        Do("end-appointment", SECRETARY, "2025-06-02", {"appointment": 1}),
        "no-such-appointment",
    ),
    Refused(
        "a power over what stays with the council",
        (*INTERVENED, APPOINTED),
        later(USED, "2025-06-02", function="parks"),
        "function-not-held",
        {"function": "parks", "functions": ["finance", "governance"]},
    ),
    Refused(
        "a power of somebody not yet in post",
        (*INTERVENED, later(APPOINTED, "2025-05-01", starts="2025-07-01")),
        USED,
        "not-in-post",
        {"appointment": 1, "starts": "2025-07-01"},
    ),
    Refused(
        "a power of somebody whose term is over",
        (*INTERVENED, APPOINTED),
        later(USED, "2027-05-01"),
        "not-in-post",
        {"ends": "2027-04-30"},
    ),
    Refused(
        "a power of somebody who left that day",
        (*INTERVENED, APPOINTED, Do("end-appointment", SECRETARY, "2025-06-02", {"appointment": 1})),
        USED,
        "not-in-post",
        {"ends": "2025-06-02"},
    ),
    Refused(
        "a power of an envoy without any",
        (*INTERVENED, ENVOY),
        USED,
        "no-powers-in-letter",
        {"appointment": 1, "post": "envoy"},
    ),
    Refused(
        "a power over a function given back that day",
        (
            *CYCLE,
            *change("return"),
            Do("return-functions", MINISTER, "2026-01-20", {"functions": ["finance"], "document": "D"}),
        ),
        later(USED, "2026-01-20"),
        "function-not-held",
        {"functions": ["governance"]},
    ),
    Refused(
        "a function given back twice",
        (
            *CYCLE,
            *change("return"),
            Do("return-functions", MINISTER, "2026-01-20", {"functions": ["finance"], "document": "D"}),
        ),
        Do("return-functions", MINISTER, "2026-01-21", {"functions": ["finance"], "document": "D"}),
        "function-not-held",
    ),
    Refused(
        "a function given back unheard",
        (*CYCLE, REPORT, REPLY, decided("return")),
        Do("return-functions", MINISTER, "2026-01-20", {"functions": ["finance"], "document": "D"}),
        "minded-to-needed",
    ),
    Refused("a report without its paper", CYCLE, without(REPORT, "document"), "document-needed"),
    Refused("a next report in the past", CYCLE, later(REPORT, "2025-11-03", next="2025-11-02"), "next-report-before"),
    Refused("a reply to no report", CYCLE, REPLY, "no-such-report", {"report": 1, "reports": []}),
    Refused("a reply before the report", (*CYCLE, REPORT), later(REPLY, "2025-11-02"), "too-early"),
    Refused("a second reply", (*CYCLE, REPORT, REPLY), REPLY, "report-replied-to-already"),
    Refused("a reply published that was never given", (*CYCLE, REPORT), PUBLISHED, "report-not-replied-to"),
    Refused("a decision without a reply", (*CYCLE, REPORT), decided("go-on"), "report-not-replied-to"),
    Refused(
        "a second decision on one report",
        (*CYCLE, REPORT, REPLY, decided("go-on")),
        decided("exit"),
        "report-decided-already",
    ),
    Refused(
        "a report judged by whoever wrote it",
        (*CYCLE, REPORT, REPLY),
        Do("decide-on-progress-report", LEAD, "2025-12-08", {"report": 1, "outcome": "go-on"}),
        "role",
    ),
    Refused(
        "a plan accepted by the council that wrote it",
        (*INTERVENED, APPOINTED, PLAN),
        Do("record-plan-verdict", CHIEF, "2025-10-10", {"plan": "1", "accepted": True}),
        "role",
    ),
]


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row.case)
def test_it_is_refused(row: Refused) -> None:
    begun(*row.given).when(row.when).refused(row.rule, **row.details)


def test_a_power_is_used_by_whoever_holds_the_appointment() -> None:
    scene = begun(*INTERVENED, APPOINTED)
    command = engagement.COMMANDS["use-reserved-power"].model_validate({**USED.body, "decision": seal("No sale.")})

    def answer(person: str) -> Any:
        by = Actor(party="commissioners", role="lead-commissioner", person=person)
        asked = Asked(command, When.parse("2025-06-02"), by, by, noon("2025-06-02"), "command-line")
        return engagement.decide(scene.state, scene.rules, asked)

    assert answer("al") == Refusal("power-of-another", {"appointment": 1, "person": "al"})
    assert [event.type for event in answer("jo-b")] == ["reserved-power-used"]


# What lapses by itself


def test_a_notice_lapses_at_the_end_of_its_last_day_and_nobody_is_late_for_ever() -> None:
    scene = begun(NOTICE)
    assert scene.owed() == {"notice-runs-out-1": "2026-03-09"}
    scene.until(datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC))
    assert (scene.state.stage, scene.only(ObligationPassed)) == ("notice", [])
    scene.until(datetime(2026, 3, 10, 0, 0, tzinfo=UTC))
    assert [event.because for event in scene.only(ObligationClosed)] == ["lapsed"]
    assert (scene.state.stage, scene.state.late()) == ("notice-lapsed", False)
    assert scene.owed() == {"say-what-follows-1": "2026-03-17"}


def test_in_summer_the_last_day_ends_an_hour_earlier_by_greenwich() -> None:
    scene = begun(notice("2025-03-10", "2025-08-02")).until(datetime(2025, 8, 2, 22, 59, 59, tzinfo=UTC))
    assert scene.state.stage == "notice"
    assert scene.until(datetime(2025, 8, 2, 23, 0, tzinfo=UTC)).state.stage == "notice-lapsed"


def test_a_reissue_in_the_last_minute_keeps_the_notice_alive() -> None:
    scene = begun(NOTICE)
    at = datetime(2026, 3, 9, 23, 59, 30, tzinfo=UTC)
    scene.when(notice("2026-03-09", "2026-09-08"), at=at).accepted()
    assert (scene.state.stage, scene.owed()) == ("notice", {"notice-runs-out-2": "2026-09-08"})
    assert [(each.number, len(each.issued), str(each.until)) for each in notices(scene.state.history)] == [
        (1, 2, "2026-09-08")
    ]


def test_a_reissue_after_the_lapse_is_a_new_notice() -> None:
    scene = begun(NOTICE).until("2026-03-12")
    scene.when(notice("2026-03-12", "2026-09-11")).accepted()
    assert (scene.state.stage, scene.owed()) == ("notice", {"notice-runs-out-2": "2026-09-11"})
    assert [(each.number, len(each.issued)) for each in notices(scene.state.history)] == [(1, 1), (2, 1)]
    assert scene.until("2026-09-12").state.stage == "notice-lapsed"


def test_a_notice_that_is_withdrawn_no_longer_runs_out() -> None:
    scene = begun(NOTICE)
    version = scene.state.history.all(BestValueNoticeIssued)[0].version
    scene.when("withdraw-event", OFFICE, version=version, reason="Never sent.").accepted()
    assert (scene.only(EventWithdrawn)[0].version, scene.owed()) == (version, {})


def test_directions_lapse_at_the_end_of_their_last_day() -> None:
    scene = begun(*CYCLE).until(datetime(2028, 4, 30, 22, 59, 59, tzinfo=UTC))
    assert scene.state.stage == "report-cycle"
    assert set(held(scene.state.history, When.parse("2028-04-30"))) == {"finance", "governance"}
    scene.until(datetime(2028, 4, 30, 23, 0, tzinfo=UTC))
    assert scene.state.stage == "directions-over"
    assert held(scene.state.history, When.parse("2028-05-01")) == {}
    assert "directions-run-out" not in {name for name, _ in scene.state.obligations}


def test_an_extension_moves_the_last_day_and_the_reminders_with_it() -> None:
    scene = begun(*CYCLE, *change())
    assert scene.state.stage == "change"
    scene.when(EXTENSION).accepted()
    assert (scene.state.stage, scene.owed()["directions-run-out-2"]) == ("report-cycle", "2030-04-30")
    assert scene.until("2028-05-01").state.stage == "report-cycle"
    assert scene.until("2030-05-01").state.stage == "directions-over"


def test_after_a_lapse_new_directions_begin_a_new_spell() -> None:
    scene = begun(*CYCLE).until("2028-05-08")
    minded = {**MINDED.body, "representations_by": "2028-05-22"}
    scene.when("announce-minded-to", MINISTER, "2028-05-08", **minded).accepted()
    assert scene.state.stage == "minded-to"
    scene.when("consider-representations", MINISTER, "2028-05-23", count=1).accepted()
    scene.when(later(FIRST, "2028-05-24", until="2030-05-23")).accepted()
    (issued,) = scene.only(DirectionsIssued)
    assert (issued.directions, issued.spell, scene.state.stage) == (2, 2, "recovery")


def test_directions_beside_others_end_each_on_its_own_day() -> None:
    beside = directions("expansion", functions=["appointments"], until="2027-01-31", revokes=[])
    history = begun(*CYCLE, *change(), beside).state.history

    def on(day: str) -> tuple[list[int], set[str]]:
        when = When.parse(day)
        return [each.number for each in in_force(history, when)], set(held(history, when))

    assert on("2026-01-19") == ([1], {"finance", "governance"})
    assert on("2027-01-31") == ([1, 2], {"finance", "governance", "appointments"})
    assert on("2027-02-01") == ([1], {"finance", "governance"})


# Ways through the model

REVIEW = (
    Do("record-external-review", MINISTER, "2025-03-10", {"report_by": "2025-07-10"}),
    Do("record-external-review-report", REVIEWER, "2025-07-01", {"published": True}),
)
INSPECTED = (
    Do("record-inspection", SECRETARY, "2025-03-10", {"inspection": "first", "report_by": "2025-06-30"}),
    Do("record-inspection", SECRETARY, "2025-06-02", {"inspection": "first", "report_by": "2025-08-29"}),
    Do("record-inspection-report", INSPECTOR, "2025-08-20", {"inspection": "first", "recommends_directions": True}),
)
OUT = Do("record-exit-letter", MINISTER, "2026-01-20", {"assurance_until": "2027-06-30", "review_by": "2026-12-31"})
REVOKED = Do("revoke-directions", SECRETARY, "2026-02-02", {"reason": "No failing any more.", "document": "BV/9"})
LEAVING = (*CYCLE, REPORT, REPLY, PUBLISHED, decided("exit"))


def outcome(what: str, on: str = "2025-09-01") -> Do:
    return Do("record-engagement-outcome", OFFICIAL, on, {"outcome": what})


def assured(what: str) -> Do:
    return Do("record-assurance-review", OFFICIAL, "2027-05-04", {"outcome": what})


WAYS: list[tuple[str, tuple[Do, ...], str, str | None]] = [
    ("no intervention", (outcome("no-intervention"),), "engagement", "no-intervention"),
    ("back to the sector", (outcome("sector-support"),), "sector-support", None),
    ("from the sector back", (outcome("sector-support"), outcome("engagement", "2025-10-01")), "engagement", None),
    ("a review", REVIEW[:1], "review", None),
    ("a review, then a notice", (*REVIEW, notice("2025-07-10", "2026-07-09")), "notice", None),
    (
        "an inspection, then a letter",
        (*INSPECTED, later(MINDED, "2025-09-01", representations_by="2025-09-12")),
        "minded-to",
        None,
    ),
    ("an inspection alone changes nothing", INSPECTED, "inspection", None),
    ("nothing found", (*INSPECTED, outcome("no-intervention")), "inspection", "no-intervention"),
    (
        "a notice ended early",
        (NOTICE, Do("conclude-best-value-notice", OFFICIAL, "2025-09-01", {"outcome": "ended-early"})),
        "engagement",
        None,
    ),
    ("a notice escalated early", (NOTICE, MINDED), "minded-to", None),
    (
        "a proposal dropped",
        (MINDED, Do("drop-proposal", MINISTER, "2025-04-22", {"reason": "The council convinced us."})),
        "engagement",
        None,
    ),
    ("urgent directions", (URGENT,), "recovery", None),
    ("a plan that satisfies", CYCLE, "report-cycle", None),
    ("go on", (*CYCLE, REPORT, REPLY, decided("go-on")), "report-cycle", None),
    ("a decision to give functions back", (*CYCLE, REPORT, REPLY, decided("return")), "phased-return", None),
    (
        "the last function given back",
        (
            *CYCLE,
            *change("return"),
            Do("return-functions", MINISTER, "2026-01-20", {"functions": ["finance", "governance"], "document": "D"}),
        ),
        "exit",
        None,
    ),
    ("a change of plan before there is one", (*INTERVENED, *change(), directions("expansion")), "recovery", None),
    (
        "a change dropped",
        (*CYCLE, *change(), Do("drop-proposal", MINISTER, "2026-01-20", {"reason": "Not needed."})),
        "report-cycle",
        None,
    ),
    ("exit", LEAVING, "exit", None),
    ("exit with its letter", (*LEAVING, OUT, REVOKED), "assurance", None),
    ("revoked and nothing said", (*LEAVING, REVOKED), "directions-over", None),
    ("the letter comes after the end", (*LEAVING, REVOKED, later(OUT, "2026-02-09")), "assurance", None),
    ("improvement lasts", (*LEAVING, OUT, REVOKED, assured("sustained")), "assurance", "assured"),
    ("it does not last", (*LEAVING, OUT, REVOKED, assured("concern")), "engagement", None),
    (
        "reorganisation dissolves the council",
        (*CYCLE, Do("record-dissolution", OFFICE, "2027-04-01", {"text": "A new council takes over."})),
        "report-cycle",
        "dissolved",
    ),
    ("stopped", (NOTICE, Do("stop-engagement", OFFICE, "2025-06-02", {"reason": "x"})), "notice", "stopped"),
    (
        "opened in error",
        (Do("close-as-opened-in-error", OFFICE, "2025-03-10", {"reason": "Another council."}),),
        "engagement",
        "opened-in-error",
    ),
]


@pytest.mark.parametrize(("case", "done", "stage", "end"), WAYS, ids=[way[0] for way in WAYS])
def test_a_way_leads_there(case: str, done: tuple[Do, ...], stage: str, end: str | None) -> None:
    state = begun(*done).state
    assert (state.stage, state.closed) == (stage, end)


def test_every_stage_and_end_is_come_to() -> None:
    lifecycle = shipped(MODEL).lifecycle
    come_to = {stage for _, _, stage, _ in WAYS} | {"change", "notice-lapsed"}
    assert come_to == {stage.id for stage in lifecycle.stages}
    assert {end for _, _, _, end in WAYS if end} == {end.id for end in lifecycle.ends}


def test_an_exit_that_was_announced_ends_with_the_last_day_of_the_directions() -> None:
    scene = begun(*LEAVING, OUT)
    assert scene.until("2028-05-01").state.stage == "assurance"


def test_an_inspection_that_is_extended_is_owed_by_the_new_day() -> None:
    assert begun(INSPECTED[0]).owed() == {"inspection-report-1": "2025-06-30"}
    assert begun(*INSPECTED[:2]).owed() == {"inspection-report-2": "2025-08-29"}


def test_what_the_letters_name_is_owed_by_their_days() -> None:
    assert begun(*INTERVENED).owed() == {
        "directions-run-out-1": "2028-04-30",
        "adopt-plan-1": "2025-11-01",
        "first-report-1": "2025-11-03",
    }
    assert begun(*CYCLE, REPORT).owed() == {
        "directions-run-out-1": "2028-04-30",
        "next-report-1": "2026-05-01",
        "reply-to-report-1": "2026-02-03",
    }
    dated = later(REPORT, "2026-02-02", next="2026-08-03")
    assert begun(*CYCLE, without(REPORT, "next"), dated).owed()["next-report-1"] == "2026-08-03", "the first names none"
    assert begun(*CYCLE, REPORT, REPLY, PUBLISHED).owed().keys() == {"directions-run-out-1", "next-report-1"}


def test_an_appointment_beyond_the_directions_and_a_notice_let_go_unproven_are_worth_a_look() -> None:
    scene = begun(*INTERVENED, later(APPOINTED, "2025-05-01", ends="2028-05-31"))
    details = {"appointment": 1, "ends": "2028-05-31", "lapses": "2028-04-30"}
    assert Caution("term-beyond-directions", details) in engagement.cautions(scene.state)
    let_go = Do("conclude-best-value-notice", OFFICIAL, "2026-03-09", {"outcome": "not-reissued"})
    given = Do("evidence-expectation", CHIEF, "2025-06-02", {"expectation": "plan", "evidence": "The plan."})
    found = engagement.cautions(begun(NOTICE, given, let_go).state)
    assert Caution("expectations-without-evidence", {"notice": 1, "expectations": ["debt"]}) in found


# Two interventions in one council


def test_a_council_is_in_two_interventions_at_once_in_two_services_and_never_in_one() -> None:
    world = World(rules=shipped(MODEL))
    body: dict[str, Any] = {"service": "whole-council", "model": MODEL, "trigger": "concern", "reason": "Debt."}
    world.rate("open-engagement", OFFICE, "2025-03-03", **body).then("intervention-opened")
    world.rate("open-engagement", OFFICE, "2025-03-04", **body).refused("open-already", engagement="haringey-1")
    world.rules = shipped()
    commission: dict[str, Any] = {"service": "social-services", "kind": "direct-commission", "reason": "A small piece."}
    world.rate("open-engagement", OFFICE, "2025-03-05", **commission).then("intervention-opened")
    assert {held.engagement: (held.service, held.model) for held in world.council.open.values()} == {
        "haringey-1": ("whole-council", f"{MODEL}@1"),
        "haringey-2": ("social-services", shipped().lifecycle.ref),
    }


# The cases

Fact = tuple[str, str, dict[str, Any]]


def fact(on: str, command: str, /, **fields: Any) -> Fact:
    return on, command, fields


def report(number: int, received: str, published: str, replied: str | None = None, **more: Any) -> tuple[Fact, ...]:
    """A report that was published with its reply: when the reply was written is not printed."""
    return (
        fact(received, "receive-progress-report", **more),
        fact(replied or f"by {published}", "reply-to-progress-report", report=number),
        fact(published, "publish-progress-report", report=number, papers=["report", "reply"]),
    )


def commissioner(on: str, post: str, person: str, **more: Any) -> Fact:
    return fact(on, "appoint-commissioner", post=post, person=person, starts=on, **more)


def birminghams(post: str, person: str, rate: str) -> Fact:
    return commissioner("2023-10-05", post, f"birmingham-{person}", day_rate=rate, days_a_year="150")


OPENED = {"service": "whole-council", "model": MODEL}

FACTS: dict[str, tuple[Fact, ...]] = {
    "today-runnymede": (
        fact("2023-07", "open-engagement", **OPENED, trigger="capital-assurance-review"),
        fact(
            "2023-07",
            "record-concern",
            kind="capital-assurance-review",
            recommendations="6",
            debt_to_core_spending_power="71",
        ),
        fact("2023-07", "record-concern", kind="debt"),
        fact("2023-12-19", "issue-best-value-notice", until="2024-12-19", months=12, published=True),
        fact("2024-05", "record-leadership-change", kind="leader"),
        fact("2024-05-08", "add-note"),
        fact("2024-07", "record-self-assessment"),
        fact("2024-08-01", "record-self-assessment", themes="7", characteristics="73"),
        fact("2024-10", "record-peer-challenge", kind="peer-challenge"),
        fact("by 2024-12-19", "evidence-expectation", expectation="recommendations"),
        fact("by 2024-12-19", "evidence-expectation", expectation="governance-review"),
        fact("2024-12-19", "conclude-best-value-notice", outcome="not-reissued", following="sector-support"),
        fact("2025-09-24/2025-09-25", "record-peer-challenge", kind="progress-review"),
        fact("2025", "record-self-assessment", themes="7", characteristics="69"),
        fact("2025", "record-talk"),
    ),
    "today-bournemouth-christchurch-poole": (
        fact("2022-07", "open-engagement", **OPENED, trigger="exceptional-financial-support"),
        fact("2022-07", "record-concern", kind="exceptional-financial-support"),
        fact("2022-07", "record-other-intervention", kind="childrens-services", since="2022-04"),
        fact("2023-03", "record-external-review"),
        fact("2023-05", "record-leadership-change", kind="administration"),
        fact("2023-06", "record-council-step", kind="own-review"),
        fact("2023-08-03", "record-concern", kind="governance"),
        fact("2023-08-03", "record-external-review-report", completed="2023-06", published=True),
        fact("2023-08-03", "issue-best-value-notice", until="2024-08-02", months=12, published=True),
        fact("2023-09-06", "record-action-plan", actions="42", agreed_by="cabinet"),
        fact("2023-10", "record-action-progress", not_started="1"),
        fact("2024-01/2024-03", "record-other-intervention", kind="send"),
        fact("2024-09-04", "record-action-progress", complete=True, not_started="0"),
        fact("2024-09-09", "conclude-best-value-notice", outcome="not-reissued", following="engagement"),
    ),
    "today-slough": (
        fact("2021-06-30", "open-engagement", **OPENED, trigger="exceptional-financial-support"),
        fact("2021-06-30", "record-external-review", condition_of_support=True),
        fact("2021-07-02", "record-finance-officer-report", meeting_by="2021-07-22"),
        fact("2021-10-25", "record-external-review-report", parts="2", published=True),
        fact("2021-10-25", "announce-minded-to", about="intervention", representations_by="2021-11-05"),
        fact("2021-12-01", "issue-directions", kind="first", until="2024-11-30"),
        commissioner("2021-12-01", "lead-commissioner", "slough-lead-commissioner"),
        commissioner("2021-12-01", "finance-commissioner", "slough-finance-commissioner"),
        commissioner("2022-01-11", "assistant-commissioner", "slough-assistant-commissioner"),
        fact("by 2022-06-09", "assume-stage", to="report-cycle"),
        *report(1, "2022-06-09", "2022-07-28"),
        fact("2022-07-28", "decide-on-progress-report", report=1, outcome="change"),
        fact(
            "2022-07-28", "announce-minded-to", about="change", functions=["structure-and-recruitment-of-senior-tiers"]
        ),
        fact("by 2022-09-01", "consider-representations", against=0),
        fact("2022-09-01", "issue-directions", kind="expansion", revokes=[]),
        fact("2022-11-25", "record-council-step", kind="reporting"),
        *report(2, "2022-12", "2023-03-16"),
        fact("2023-03-16", "add-note"),
        fact("2023-05", "record-leadership-change", kind="administration"),
        fact("2023-05-22", "issue-directions", kind="update", revokes=[]),
        *report(3, "2023-07/2023-09-14", "2023-09-14", covers_to="2023-07"),
        fact("2023-10-06", "record-council-step", kind="reporting"),
        *report(4, "2024-01-17", "2024-02-22"),
        fact("2024-02-22", "record-advice-request", about="extension"),
        fact("2024-04", "receive-progress-report", advises="change"),
        fact("2024-09", "record-update-letter"),
        *report(5, "", "2024-10-22")[1:],
        fact("2024-10-22", "decide-on-progress-report", report=5, outcome="change"),
        fact("2024-10-22", "announce-minded-to", about="change", proposes=["extension"], until="2026-11-30"),
        fact("by 2024-11-20", "consider-representations", count=2),
        fact(
            "2024-11-20",
            "issue-directions",
            kind="extension",
            until="2026-11-30",
            functions=["governance", "finance", "appointments"],
            revokes=[1, 2, 3],
        ),
        *(commissioner("2024-11-20", "commissioner", f"slough-commissioner-{each}") for each in "abc"),
        commissioner("2024-11-20", "managing-director-commissioner", "slough-chief-executive", ends="2026-05"),
        *report(6, "2025-04", "2025-07-09"),
        fact("2025-09-25", "record-council-step", kind="report-noted"),
    ),
    "today-birmingham": (
        fact("2023-09-05", "open-engagement", **OPENED, trigger="finance-officer-report"),
        fact("2023-09-05", "record-finance-officer-report"),
        fact("2023-09-05", "record-concern", kind="section-114-report", liability="760000000", gap="87000000"),
        fact("2023-09-05", "record-council-step", kind="spending-controls"),
        fact(
            "2023-09-19",
            "announce-minded-to",
            about="intervention",
            proposes=["commissioners", "improvement-plan", "local-inquiry"],
            representations_by="2023-09-26",
        ),
        fact("2023-09-19", "record-local-inquiry", status="proposed"),
        fact("2023-09-21", "record-finance-officer-report"),
        fact("2023-09-25", "record-finance-officer-meeting", accepted=True),
        fact(
            "2023-10-05",
            "issue-directions",
            kind="first",
            until="2028-10-04",
            plan_by="2024-04",
            published=["directions", "explanatory-memorandum", "appointment-letters"],
            functions=[
                "governance-and-scrutiny-of-strategic-decisions",
                "financial-governance-and-its-scrutiny",
                "senior-appointments-and-officer-structure",
                "operating-model-and-service-design",
                "performance-management-of-senior-officers",
            ],
        ),
        fact("2023-10-05", "record-local-inquiry", status="not-commissioned"),
        birminghams("lead-commissioner", "lead-commissioner-a", "1200"),
        *(birminghams("commissioner", f"commissioner-{each}", "1100") for each in "abcde"),
        *(birminghams("political-adviser", f"political-adviser-{each}", "1100") for each in "ab"),
        fact("2023-10", "record-other-intervention", kind="send"),
        fact("2023-11", "record-council-step", kind="governance-review"),
        fact("2024-01", "record-update-letter"),
        fact("2024-04", "record-recovery-plan", plan="1"),
        fact("2024-04", "assume-stage", to="report-cycle"),
        *report(1, "2024-04", "2024-10-22"),
        *report(2, "by 2025-03-31", "2025-03-31"),
        fact("2025-07-22", "end-appointment", appointment=1),
        commissioner("2025-07-23", "lead-commissioner", "birmingham-lead-commissioner-b", ends="2028-10-31"),
        fact("2025-07", "record-population", population=1100000),
        *report(3, "by 2025-12-01", "2025-12-01"),
        fact("2025", "record-support", full_time_posts="2"),
        fact("2026-01", "record-exit-plan", kind="assurance"),
        fact("2026-02-02", "record-exit-plan", kind="assurance", by="2028-10"),
        fact("2026-02-03", "add-note"),
    ),
}
"""What the public pages say of the four, and no more: dates as precise as they print them."""

DISPUTED = {
    "today-runnymede": 1,
    "today-bournemouth-christchurch-poole": 2,
    "today-slough": 3,
    "today-birmingham": 3,
}
"""How many facts the pages contradict each other over."""


def told(case: Case) -> Iterator[Fact]:
    for step in case.steps:
        body = dict(step.body)
        name = f"record-{body.pop('record')}" if step.command_type == "record-item" else step.command_type
        for group in ("dates", "amounts", "values", "texts") if name.startswith("record-") else ():
            body |= body.pop(group, {}) or {}
        yield str(step.occurred), name, {key: _plain(value) for key, value in body.items()}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, When) or hasattr(value, "isoformat") else value


@pytest.mark.parametrize("name", FACTS)
def test_a_case_says_what_its_pages_say_and_no_more(name: str) -> None:
    case = shipped_case(name)
    found = list(told(case))
    assert [each[:2] for each in found] == [each[:2] for each in FACTS[name]]
    for (_, _, body), (on, command, fields) in zip(found, FACTS[name], strict=True):
        assert {key: body.get(key) for key in fields} == fields, (on, command)
    assert sum(step.disputed is not None for step in case.steps) == DISPUTED[name]
    assert all(step.source or step.command_type == "assume-stage" for step in case.steps)
    days = [day for day, _ in case.played()]
    assert days == sorted(days)


@pytest.mark.parametrize("live", [True, False], ids=["rehearsed", "imported"])
def test_slough_is_changed_twice_and_renewed_ten_days_before_its_directions_would_have_lapsed(live: bool) -> None:
    (scene,) = play(shipped_case("today-slough"), live).engagements.values()
    history = scene.state.history
    assert [each.number for each in in_force(history, When.parse("2024-11-19"))] == [1, 2, 3]
    assert [each.number for each in in_force(history, When.parse("2024-11-20"))] == [4]
    old, new = history.all(DirectionsIssued)[0], history.all(DirectionsIssued)[-1]
    assert old.event.until is not None and (old.event.until.latest - new.occurred.latest).days == 10
    assert [each.event.spell for each in history.all(DirectionsIssued)] == [1, 1, 1, 1]
    assert [each.number for each in reports(history)] == [1, 2, 3, 4, 5, 6]
    assert scene.owed().get("directions-run-out-4") == ("2026-11-30" if live else None)


def test_birmingham_has_six_commissioners_and_two_advisers_at_what_the_letters_say() -> None:
    history = play(shipped_case("today-birmingham"), live=True).engagements["birmingham-1"].state.history
    first = [entry.event for entry in history.all(CommissionerAppointed)][:8]
    assert [each.post for each in first].count("political-adviser") == 2
    assert {(str(each.day_rate), str(each.days_a_year)) for each in first} == {("1200", "150"), ("1100", "150")}
    (minded,) = [entry for entry in history.entries if entry.event.type == "minded-to-announced"]
    assert (history.all(DirectionsIssued)[0].occurred.latest - minded.occurred.latest).days == 16
    assert [each.number for each in appointments(history) if each.in_post(When.parse("2025-07-22"))] == list(
        range(2, 9)
    )
    assert 9 in [each.number for each in appointments(history) if each.in_post(When.parse("2025-07-23"))]


@pytest.mark.parametrize("live", [True, False], ids=["rehearsed", "imported"])
def test_bcp_heard_38_days_after_its_notice_had_lapsed(live: bool) -> None:
    (scene,) = play(shipped_case("today-bournemouth-christchurch-poole"), live).engagements.values()
    (letter,) = scene.state.history.all(BestValueNoticeConcluded)
    (one,) = notices(scene.state.history)
    assert (letter.event.lapsed, (letter.occurred.latest - one.until.latest).days) == (True, 38)
    stages = [entry.event.stage for entry in scene.state.history.all(StageEntered)]
    limbo = ["notice-lapsed"] if live else []
    assert stages == ["engagement", "review", "notice", *limbo, "engagement"]


# Taken over, and going on: a real server, time skipped


@pytest.fixture(scope="module")
async def server(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    async with a_server(dev_server_binary, tmp_path_factory.mktemp("server") / "server.log") as server:
        yield server


async def taken_over(rig: Rig, name: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a shipped case over by the command line, live."""
    monkeypatch.setenv("TURNAROUND_TEMPORAL_ADDRESS", rig.client.service_client.config.target_host)
    monkeypatch.setenv("TURNAROUND_TASK_QUEUE", rig.settings.task_queue)
    with as_file(files("domain") / "cases" / f"{name}.yaml") as file:
        taken = await asyncio.to_thread(run, rig.settings.home, "import", str(file), "--live", "--yes")
    assert taken.code == 0, taken.err


async def test_slough_is_taken_over_in_february_2026_is_reminded_and_lapses_by_itself(
    server: DevServer, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = "engagement/slough-1"
    async with a_rig(server.address, tmp_path / "home", at=datetime(2026, 2, 10, 9, tzinfo=UTC)) as rig:
        await taken_over(rig, "today-slough", run, monkeypatch)
        await until(lambda: rig.runs(target), "the engagement runs")
        imported = len(rig.events(target))
        assert rig.row(target).stage == "report-cycle"

        async def struck(moment: datetime, count: int) -> list[tuple[str, str]]:
            await rig.move_to(moment)

            def lately() -> list[tuple[str, str]]:
                return [
                    (event.type, f"{event.recorded_at:%Y-%m-%dT%H:%M}")
                    for event in rig.events(target)[imported:]
                    if event.decided_by.role == "clock" and event.body["obligation"] == "directions-run-out"
                ]

            await until(lambda: len(lately()) == count, f"{count} strikes by {moment}")
            return lately()

        nine_months = ("obligation-reminded", "2026-02-28T09:00")
        assert await struck(datetime(2026, 2, 28, 9, 1, tzinfo=UTC), 1) == [nine_months]
        reminded = [
            nine_months,
            ("obligation-reminded", "2026-08-30T08:00"),
            ("obligation-reminded", "2026-11-09T09:00"),
        ]
        assert await struck(datetime(2026, 8, 30, 8, 1, tzinfo=UTC), 2) == reminded[:2]
        assert await struck(datetime(2026, 11, 9, 9, 1, tzinfo=UTC), 3) == reminded
        assert await struck(datetime(2026, 11, 30, 23, 59, tzinfo=UTC), 3) == reminded
        assert rig.row(target).stage == "report-cycle"
        lapsed = ("obligation-passed", "2026-12-01T00:00")
        assert await struck(datetime(2026, 12, 1, 0, 1, tzinfo=UTC), 4) == [*reminded, lapsed]
        assert rig.row(target).stage == "directions-over"
        late = [e for e in rig.events(target)[imported:] if e.decided_by.role == "clock" and e.body.get("late")]
        assert [event.body["obligation"] for event in late if event.body["obligation"] == "directions-run-out"] == []
        await rig.all_settled(target)
        assert verify(rig.ledger).ok


async def test_birmingham_is_taken_over_and_goes_on_with_a_power_a_report_and_its_reply(
    server: DevServer, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = "engagement/birmingham-1"
    async with a_rig(server.address, tmp_path / "home", at=datetime(2026, 2, 10, 9, tzinfo=UTC)) as rig:
        await taken_over(rig, "today-birmingham", run, monkeypatch)
        await until(lambda: rig.runs(target), "the engagement runs")
        power = {"function": "financial-governance-and-its-scrutiny", "decision": "No sale of the depot."}
        assert (await rig.give(target, "use-reserved-power", LEAD, appointment=9, **power)).accepted
        gone = await rig.give(target, "use-reserved-power", LEAD, appointment=1, **power)
        assert (gone.accepted, gone.outcome["rule"]) == (False, "not-in-post")
        came = await rig.give(target, "receive-progress-report", LEAD, document="BCC/4", next="2026-08-03")
        assert came.accepted
        assert rig.row(target).stage == "report-cycle"
        await rig.move_to(datetime(2026, 7, 3, 8, 1, tzinfo=UTC))
        await until(
            lambda: any(e.body["obligation"] == "next-report" for e in rig.of_type(target, "obligation-reminded")),
            "the next report is thought of",
        )
        passed = [event.body["obligation"] for event in rig.of_type(target, "obligation-passed")]
        assert passed == ["reply-to-report"], "three months went by without a reply"
        await rig.all_settled(target)
        assert verify(rig.ledger).ok


# The page, and what people see


def test_every_example_of_the_page_does_what_it_says(run: Run, engine_home: Engine) -> None:
    hold_page(run, engine_home, "best-value-intervention.md", more_than=15)


def test_the_report_prints_what_the_pages_say_of_the_four(run: Run, engine_home: Engine) -> None:
    for name in FACTS:
        with as_file(files("domain") / "cases" / f"{name}.yaml") as file:
            taken = run(engine_home.home, "import", str(file), "--yes")
            assert taken.code == 0, taken.err
    told = run(engine_home.home, "report", "interventions", "--on", "2026-02-28", "--json").json
    rows = {row["engagement"]: row for row in told["rows"]}
    bcp, slough = rows["bournemouth-christchurch-and-poole-1"], rows["slough-1"]
    birmingham, runnymede = rows["birmingham-1"], rows["runnymede-1"]
    assert [(notice["until"], notice["days_after_the_last"]) for notice in bcp["notices"]] == [("2024-08-02", 38)]
    assert [notice["days_after_the_last"] for notice in runnymede["notices"]] == [0]
    assert [each["days_after_the_letter"] for each in slough["directions"]] == [37, 35, None, 29]
    assert [each["days_after_the_letter"] for each in birmingham["directions"]] == [16]
    assert [[one["on"] for one in each["published"]] for each in slough["reports"]] == [
        ["2022-07-28"],
        ["2023-03-16"],
        ["2023-09-14"],
        ["2024-02-22"],
        ["2024-10-22"],
        ["2025-07-09"],
    ]
    assert slough["in_force"]["functions"] == ["appointments", "finance", "governance"]
    assert {(each["day_rate"], each["days_a_year"]) for each in birmingham["appointments"][:8]} == {
        ("1200", "150"),
        ("1100", "150"),
    }
    claims = [one["claim"] for row in told["rows"] for one in row["disputed"]]
    assert any("limbo" in claim for claim in claims) and any("top three tiers" in claim for claim in claims)
    earlier = run(engine_home.home, "report", "interventions", "--on", "2022-01", "--json").json["rows"]
    assert [(row["engagement"], row["in_force"]["directions"]) for row in earlier] == [("slough-1", [1])]
    page = run(engine_home.home, "report", "interventions", "--on", "2024-08-20").out
    assert "Bournemouth, Christchurch and Poole Council" in page and "Birmingham City Council (birmingham-1)" in page
    for name in ("show", "timeline", "dossier", "can"):
        assert run(engine_home.home, name, "slough-1").code == 0
    told_of = run(engine_home.home, "timeline", "slough-1").out
    assert "Directions 4 (extension) issued, until 30 November 2026" in told_of
    assert run(engine_home.home, "report", "programme").code == 0
    assert run(engine_home.home, "replay", "slough-1", "--true-on", "2022-09-01").code == 0
