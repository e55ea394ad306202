"""Time through the real engine: summer time, leap days, clocks that are wrong, restarts, and 400 days asleep.

Whatever happens to clocks and processes, each thing that is due is done once, never before its time, and says when it was
late. The ledger's time is that of the workflow, which is the server's: an hour by which a worker's or a face's own clock is
wrong is stood in for where they read it. A server whose own clock is wrong is not tried: its time is then the ledger's.

The server suggests to continue as new after some hundred events, so that whatever is tested here lives through that too.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from activities import folding
from domain import engagement as an_engagement
from domain.documents import parse
from domain.engagement import COMMANDS, EVENTS, Engagement, Rules
from domain.lifecycle import read_lifecycle
from domain.notices import notices_for
from domain.obligations import ObligationEscalated, ObligationReminded
from ledger import events
from ledger.read_models import NoticeRow
from tests.command_line import Run
from tests.engine import (
    CHIEF,
    DIRECTOR,
    OFFICE,
    RATED,
    DeadChannel,
    Rig,
    a_rig,
    a_server,
    deliveries,
    until,
)
from tests.given import opened, shipped, text_of
from workers import face as a_face
from workers.dev_server import DevServer
from workers.rebuild import rebuild_workflows

OFFICIAL = "department.official"

EVENTS_A_RUN = 120

STRIKES = ("obligation-reminded", "obligation-passed", "obligation-escalated")


@pytest.fixture(scope="module")
async def server(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    log = tmp_path_factory.mktemp("server") / "log"
    async with a_server(dev_server_binary, log, limit__historyCount__suggestContinueAsNew=str(EVENTS_A_RUN)) as server:
        yield server


@pytest.fixture
async def rig(server: DevServer, tmp_path: Path) -> AsyncIterator[Rig]:
    async with a_rig(server.address, tmp_path / "home") as rig:
        yield rig


def struck(rig: Rig, target: str, obligation: str | None = None) -> list[tuple[str, str]]:
    """What the clock did, and when that was due, in the order in which it was done."""
    return [
        (event.type.removeprefix("obligation-"), event.body["due"].removesuffix(":00.000000Z"))
        for event in rig.events(target)
        if event.type in STRIKES and obligation in (None, event.body["obligation"])
    ]


def check_punctual(rig: Rig, target: str) -> None:
    """Nothing was done before it was due, nor late, nor twice."""
    found = [event for event in rig.events(target) if event.type in STRIKES]
    keys = [(event.type, *(event.body.get(name) for name in ("obligation", "number", "step"))) for event in found]
    assert len(set(keys)) == len(keys)
    for event in found:
        assert event.recorded_at >= datetime.fromisoformat(event.body["due"]), event.type
        assert event.body["late"] is False


async def move_on(rig: Rig, moment: datetime, *targets: str) -> None:
    """Move to a moment, with all that is due by then done and told."""
    await rig.move_to(moment)
    for target in targets:
        await until(lambda target=target: _next(rig, target) > moment, f"{target} owes nothing")  # type: ignore[misc]
        await rig.all_settled(target)


def _next(rig: Rig, target: str) -> datetime:
    """When the clock of an engagement next has something to do; the end of time where it has nothing."""
    return next_due(rig, target) or datetime.max.replace(tzinfo=UTC)


def next_due(rig: Rig, target: str) -> datetime | None:
    """When the clock of an engagement next has something to do, from its events."""
    with rig.ledger.reading() as conn:
        state = folding.fold_engagement(Engagement(target), events.read_stream(conn, target))
    return an_engagement.next_due(state)


# Summer time and leap days


async def test_a_day_ends_at_midnight_in_london_and_a_morning_is_at_nine_when_summer_time_comes_and_goes(
    rig: Rig,
) -> None:
    # By hand, in UTC: five working days before, at nine in London; the midnight that ends the day in London; the morning of
    # the next working day. Summer time of 2002 ends on Sunday 27 October, that of 2003 begins on Sunday 30 March.
    expected = {
        "2002-10-26": ["2002-10-21T08:00", "2002-10-26T23:00", "2002-10-28T09:00"],
        "2002-10-27": ["2002-10-21T08:00", "2002-10-28T00:00", "2002-10-28T09:00"],
        "2003-03-29": ["2003-03-24T09:00", "2003-03-30T00:00", "2003-03-31T08:00"],
        "2003-03-30": ["2003-03-24T09:00", "2003-03-30T23:00", "2003-03-31T08:00"],
    }
    targets = {}
    for day in expected:
        targets[day] = await rig.open()
        await rig.give(targets[day], "hold-strategy-meeting", OFFICIAL, next=day)

    await move_on(rig, datetime(2003, 4, 2, tzinfo=UTC), *targets.values())

    for day, times in expected.items():
        kinds = ("reminded", "passed", "escalated")
        assert struck(rig, targets[day], "hold-next-meeting") == list(zip(kinds, times, strict=True)), day
        check_punctual(rig, targets[day])


async def test_months_from_a_day_that_not_every_month_has_end_on_the_last_that_it_has(
    server: DevServer, tmp_path: Path
) -> None:
    async with a_rig(server.address, tmp_path / "home", at=datetime(2003, 11, 30, 10, tzinfo=UTC)) as rig:
        # Three months after 30 November 2003: there is no 30 February, and 2004 is a leap year: Sunday 29 February.
        # Ten working days before: 27 to 23, 20 to 16 February. Five after: 1 to 5 March.
        november = await assumed(rig, "monitoring")
        # Three after 31 January: 30 April. Ten before, with 9 and 12 April holidays: 29 to 26, 23 to 19, 16 April; five
        # after, with 3 May a holiday: 4 to 7, 10 May. By then it is summer time.
        await move_on(rig, datetime(2004, 1, 31, 10, tzinfo=UTC), november)
        january = await assumed(rig, "monitoring")
        # Twelve months after 29 February 2004: 28 February 2005. A month before: 28 January; five working days before: 25 to
        # 21 February; five after: 1 to 4, 7 March.
        await move_on(rig, datetime(2004, 2, 29, 10, tzinfo=UTC), november, january)
        february = await assumed(rig, "follow-up")

        await move_on(rig, datetime(2005, 4, 1, tzinfo=UTC), november, january, february)

        assert struck(rig, november, "visit") == [
            ("reminded", "2004-02-16T09:00"),
            ("passed", "2004-03-01T00:00"),
            ("escalated", "2004-03-05T09:00"),
        ]
        assert struck(rig, january, "visit") == [
            ("reminded", "2004-04-16T08:00"),
            ("passed", "2004-04-30T23:00"),
            ("escalated", "2004-05-10T08:00"),
        ]
        assert struck(rig, february, "review") == [
            ("reminded", "2005-01-28T09:00"),
            ("reminded", "2005-02-21T09:00"),
            ("passed", "2005-03-01T00:00"),
            ("escalated", "2005-03-07T09:00"),
        ]
        for target in (november, january, february):
            check_punctual(rig, target)


async def assumed(rig: Rig, stage: str) -> str:
    """An engagement that is opened and carried on to a stage."""
    target = await rig.open()
    step = rig.command(target, "assume-stage", OFFICE, to=stage, because="No source says how it came there.")
    assert (await rig.face.give(replace(step, via="case-file"))).accepted
    return target


# Restarts and continuing as new


async def test_with_a_worker_started_anew_before_every_instant_each_thing_is_done_once(rig: Rig) -> None:
    target = await rig.open()
    runs = [await rig.run_id(target)]
    instants: list[datetime] = []
    while (due := next_due(rig, target)) is not None:
        await rig.all_settled(target)
        await rig.stop_worker()
        rig.recompose()
        await rig.start_worker()
        before = struck(rig, target)
        await rig.move_to(due - timedelta(seconds=5))
        assert struck(rig, target) == before, "nothing comes early"
        if len(instants) in (1, 4):  # between a reminder and its deadline
            runs.append(await continued(rig, target, runs[-1]))
        for _ in range(2):  # whoever asks the workflow to look at its clock hastens nothing
            await rig.process.starter.start(target, 1, rig.face.clock.offset(), look=True)
        await move_on(rig, due, target)
        instants.append(due)

    # 10 and 40 working days after 29 May 2002: 14 June and 26 July; the escalation at once shares its instant.
    assert struck(rig, target) == [
        ("reminded", "2002-06-11T08:00"),
        ("passed", "2002-06-14T23:00"),
        ("escalated", "2002-06-17T08:00"),
        ("reminded", "2002-07-12T08:00"),
        ("reminded", "2002-07-23T08:00"),
        ("passed", "2002-07-26T23:00"),
        ("escalated", "2002-07-26T23:00"),
        ("escalated", "2002-08-02T08:00"),
        ("escalated", "2002-08-23T08:00"),
    ]
    check_punctual(rig, target)
    assert len(set(runs)) == 3
    told = [row for row in rig.notices(target) if row.template in STRIKES]
    assert len(told) == 7, "one for each reminder and each escalation"
    assert {f"{row.id}.txt" for row in rig.notices(target)} == set(rig.files())


async def continued(rig: Rig, target: str, run: str) -> str:
    """The run that follows, after as many commands as it takes."""

    async def another() -> bool:
        await rig.note(target)
        return await rig.run_id(target) != run

    await until(another, "it has continued as new")
    return await rig.run_id(target)


# Clocks that are wrong


class Wrong(datetime):
    """The clock of the machine that faces and workers run on, as wrong as it is told to be."""

    at = datetime(2000, 1, 1, tzinfo=UTC)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Wrong":
        return cls.fromtimestamp(cls.at.timestamp(), tz)


@pytest.mark.parametrize("hours", [1, -1])
async def test_a_machine_whose_clock_is_an_hour_wrong_makes_nothing_early_late_or_double(
    server: DevServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    # A production ledger: in it faces and workers go by the clock of their machine, and workflows by the server's.
    monkeypatch.setattr(a_face, "datetime", Wrong)

    async with a_rig(server.address, tmp_path / "home", kind="production") as rig:

        async def show(moment: datetime) -> None:
            monkeypatch.setattr(Wrong, "at", moment + timedelta(hours=hours))

        # It is right yet: within an hour of midnight a fast one would date the rating tomorrow, which is refused.
        monkeypatch.setattr(Wrong, "at", datetime.now(UTC))
        target = await rig.open()
        await rig.all_settled(target)
        for _ in range(4):
            due = next_due(rig, target)
            assert due is not None
            before = struck(rig, target)
            for moment, done in ((due - timedelta(minutes=30), False), (due + timedelta(minutes=30), True)):
                await rig.skipper.fast_forward(rig.handle(target), moment - await rig.now_of(target))
                await show(moment)
                # By a clock that is an hour fast it is past the instant, by one that is slow it is before it. What a fast
                # one dates tomorrow is refused.
                noted = await rig.note(target)
                assert noted.accepted or (hours, noted.outcome["rule"]) == (1, "in-the-future")
                await rig.all_settled(target)
                assert (struck(rig, target) != before) is done
        check_punctual(rig, target)
        assert {f"{row.id}.txt" for row in rig.notices(target)} == set(rig.files())
        for row in rig.notices(target):
            asked, *later = rig.events(f"notice/{row.id}")
            assert [event.type for event in later] == ["notice-sent"]
            assert later[0].recorded_at >= asked.recorded_at


# Asleep


SLEPT = RATED + timedelta(days=400)
"""9 in the morning, UTC, of 3 July 2003."""

ASLEEP = [
    ("reminded", "meet-council", CHIEF, "2002-06-11T08:00"),
    ("passed", "meet-council", None, "2002-06-14T23:00"),
    ("escalated", "meet-council", OFFICE, "2002-06-17T08:00"),
    ("reminded", "submit-pip", DIRECTOR, "2002-07-12T08:00"),
    ("reminded", "submit-pip", DIRECTOR, "2002-07-23T08:00"),
    ("passed", "submit-pip", None, "2002-07-26T23:00"),
    ("escalated", "submit-pip", "council.chief-executive", "2002-07-26T23:00"),
    ("escalated", "submit-pip", "inspectorate.regional-director", "2002-08-02T08:00"),
    ("escalated", "submit-pip", OFFICE, "2002-08-23T08:00"),
]
"""What was due in 400 days, to be done in this order."""


async def test_after_400_days_asleep_each_thing_is_done_once_in_due_order_and_says_that_it_was_late(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    channel = DeadChannel()
    monkeypatch.setitem(deliveries(rig)._channels, "file", channel)
    target = await rig.open()
    first = {row.id for row in rig.notices(target)}
    await until(lambda: set(channel.asked) == first, "they were all tried")
    await sleep_on(rig, target, SLEPT)

    await until(lambda: len(struck(rig, target)) == len(ASLEEP), "the clock has struck")
    await rig.all_settled(target)
    # Started once more, and looked at, it owes nothing.
    await rig.stop_worker()
    rig.recompose()
    await rig.start_worker()
    await rig.process.starter.start(target, 2, rig.face.clock.offset(), look=True)
    assert (await rig.note(target)).accepted

    found = [event for event in rig.events(target) if event.type in STRIKES]
    assert [
        (e.type.removeprefix("obligation-"), e.body["obligation"], e.body.get("to"), e.body["due"][:16]) for e in found
    ] == ASLEEP
    assert all(event.body["late"] is True for event in found)
    assert all(event.recorded_at >= SLEPT for event in found)
    assert [str(event.occurred)[:10] for event in found][:2] == ["2002-06-11", "2002-06-15"], "the day it was due"
    # Of two reminders to the same role the last alone is told.
    assert [event.body.get("overtaken") for event in found].count(True) == 1
    told = [row for row in rig.notices(target) if row.template in STRIKES]
    assert sorted(row.to_role for row in told) == sorted(
        to for kind, _, to, due in ASLEEP if to is not None and due != "2002-07-12T08:00"
    )
    check_letters(rig, told, first)
    await asyncio.to_thread(check_faces, rig, run, target.removeprefix("engagement/"))


async def sleep_on(rig: Rig, target: str, moment: datetime) -> None:
    """Everything goes down, Temporal's data with it, until a moment at which all is started anew."""
    await rig.stop_worker()
    for flow in (target, *(f"notice/{row.id}" for row in rig.notices(target))):
        await rig.handle(flow).terminate()
    with rig.ledger.writing() as tx:
        tx.set_clock(moment)
    rig.recompose()
    await rebuild_workflows(rig.ledger, rig.process.starter, lambda done, total: None)
    await rig.start_worker()


def check_letters(rig: Rig, told: list[NoticeRow], first: set[str]) -> None:
    """Each letter says that it is late, and of when it should have been."""
    letters = {path.stem: path.read_text(encoding="utf-8") for path in rig.settings.outbox.glob("*.txt")}
    assert set(letters) == {row.id for row in rig.notices(f"engagement/{told[0].engagement}")}
    asked = {row.id: rig.events(f"notice/{row.id}")[0].body for row in told}
    by_role = {row.to_role: letters[row.id] for row in told if asked[row.id]["obligation"] == "submit-pip"}
    assert "This comes late: it was to be sent at 9:00am on 23 July 2002." in by_role[DIRECTOR]
    assert by_role[DIRECTOR].startswith("Subject: Overdue, ") and ": was due by 26 July 2002\n" in by_role[DIRECTOR]
    assert "This comes late: it was to be sent at 12:00am on 27 July 2002." in by_role["council.chief-executive"]
    assert "This comes late: it was to be sent at 9:00am on 23 August 2002." in by_role[OFFICE]
    # What was asked for in time, on the day on which everything went down, and could not be sent since.
    assert len(first) == 6
    for id in first:
        assert "This comes late: it was to be sent at 10:00am on 29 May 2002." in letters[id]


def check_faces(rig: Rig, run: Run, engagement: str) -> None:
    """The command line says so as well."""
    home = rig.settings.home
    listed = {row["id"]: row for row in run(home, "notices", engagement, "--json").json}
    late = [row for row in listed.values() if row["late"]]
    assert len(late) == 6 and all(row["due"] for row in late)
    remarks = run(home, "notices", engagement).out
    assert remarks.count("late: it was due at ") == 6
    assert remarks.count("late: it was sent at 10:00am on 3 July 2003") == 6
    timeline = run(home, "timeline", engagement).out
    assert timeline.count("(done late: the clock was held up)") == 8
    assert timeline.count("(late, and left to a later one that was due as well)") == 1
    owed = run(home, "due", "--late", "--json").json
    assert [(row["obligation"], row["days_left"]) for row in owed] == [("meet-council", -384), ("submit-pip", -342)]


def test_of_thirteen_monthly_reminders_missed_the_last_alone_is_told() -> None:
    text = text_of("lifecycles", "performance-action-team-2.yaml")
    pip = "remind: [{working_days: 10}, {working_days: 3}]\n        escalate:\n          - {working_days: 0, to: council.ch"
    assert pip in text
    monthly = ", ".join(f"{{months: {number}}}" for number in range(1, 14))
    weekly = "\n          ".join(f"- {{days: {7 * n}, to: department.programme-office}}" for n in range(1, 14))
    text = text.replace("due: {working_days: 40, after: stage-entered}", "due: {months: 14, after: stage-entered}")
    text = text.replace(
        pip, f"remind: [{monthly}]\n        escalate:\n          {weekly}\n          {pip[-40:].lstrip()}"
    )
    lifecycle = read_lifecycle(parse("monthly.yaml", text), COMMANDS, EVENTS)
    rules = Rules(lifecycle, shipped().calendar)

    punctual, asleep = opened(rules).punctually("2004-01-01"), opened(rules).until("2004-01-01")

    def told(events: list[Any], obligation: str) -> list[tuple[str, str]]:
        return [
            (asked.template, asked.to)
            for version, event in enumerate(events)
            if isinstance(event, ObligationReminded | ObligationEscalated) and event.obligation == obligation
            for _, asked in notices_for(lifecycle, "haringey-1", "E09000014", version, event)
        ]

    assert [event.type for event in punctual.events] == [event.type for event in asleep.events]
    assert told(punctual.events, "submit-pip").count(("obligation-reminded", DIRECTOR)) == 13
    assert told(punctual.events, "submit-pip").count(("obligation-escalated", OFFICE)) == 14
    assert told(asleep.events, "submit-pip") == [
        ("obligation-reminded", DIRECTOR),
        ("obligation-escalated", "council.chief-executive"),
        ("obligation-escalated", "inspectorate.regional-director"),
        ("obligation-escalated", OFFICE),
    ]
    assert all(event.late for event in asleep.events if isinstance(event, ObligationReminded))
