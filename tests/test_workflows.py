"""The workflows on a real server, with time skipped: what happens by itself happens once, and at its instant."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities.delivery import Delivery, Recipient
from activities.messages import NoticeTask, Round, RoundProgress, Submission, Task
from domain.part import Event
from ledger import commands
from tests.engine import (
    CHIEF,
    DIRECTOR,
    LEAD,
    OFFICE,
    RATED,
    DeadChannel,
    Rig,
    a_rig,
    a_server,
    deliveries,
    engagement_of,
    new_council,
    until,
)
from tests.given import shipped
from tests.transactions import publish
from workers import running
from workers.dev_server import DevServer

ROUND = "social-services-2002-05-29"
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
async def server(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    async with a_server(dev_server_binary, tmp_path_factory.mktemp("server") / "log") as server:
        yield server


@pytest.fixture
async def rig(server: DevServer, tmp_path: Path) -> AsyncIterator[Rig]:
    async with a_rig(server.address, tmp_path / "home") as rig:
        yield rig


# Opening and advancing


async def test_a_rating_opens_an_engagement_whose_workflow_then_runs(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)

    assert rig.types(f"council/{council}") == ["rating-published", "intervention-opened"]
    assert rig.row(target).stage == "special-measures"
    assert await rig.runs(f"council/{council}")


async def test_a_stage_is_left_as_soon_as_its_gate_is_met_with_nobody_asking(rig: Rig) -> None:
    target = await rig.open()

    await rig.give(target, "receive-pip", DIRECTOR)
    judged = await rig.give(target, "judge-pip", LEAD, verdict="acceptable")

    entered = rig.of_type(target, "stage-entered")[-1]
    assert entered.command.id == judged.command_id
    assert entered.body["stage"] == rig.row(target).stage == "decision"
    assert str(entered.decided_by) == "turnaround.engine"


async def test_reminders_deadlines_and_escalations_come_at_their_instants_once_each_and_never_early(rig: Rig) -> None:
    target = await rig.open()
    instants = sorted(
        (instant, type, opened.body["obligation"])
        for opened in rig.of_type(target, "obligation-opened")
        for type, steps in (
            ("obligation-reminded", [step["at"] for step in opened.body["reminders"]]),
            ("obligation-passed", [opened.body["due_at"]]),
            ("obligation-escalated", [step["at"] for step in opened.body["escalations"]]),
        )
        for instant in steps
    )
    assert len(instants) == 9

    before = len(rig.events(target))
    await rig.move_to(datetime.fromisoformat(instants[0][0]) - MINUTE)
    assert len(rig.events(target)) == before, "a minute before the first nothing has happened"
    await rig.move_to(datetime.fromisoformat(instants[-1][0]) + MINUTE)
    await until(lambda: len(rig.events(target)) == before + len(instants), "the clock has struck")

    struck = rig.events(target)[before:]
    assert sorted((event.body["due"], event.type, event.body["obligation"]) for event in struck) == instants
    for event in struck:
        due = datetime.fromisoformat(event.body["due"])
        assert due <= event.recorded_at < due + MINUTE
        assert event.body["late"] is False
        assert str(event.decided_by) == "turnaround.clock"
        # What falls due at one instant is one strike after the other: each has an id of its own.
        assert (
            event.command.id
            == f"clock/{target.removeprefix('engagement/')}/{event.version - 1}/{due:%Y-%m-%dT%H:%M:%SZ}"
        )
    await rig.all_settled(target)
    reminded = [row for row in rig.notices(target) if row.template in ("obligation-reminded", "obligation-escalated")]
    assert len(reminded) == len([one for one in instants if one[1] != "obligation-passed"])
    rig.verify()


async def test_what_is_done_in_time_is_not_reminded_of(rig: Rig) -> None:
    target = await rig.open()
    await rig.give(target, "meet-council", CHIEF)
    await rig.give(target, "receive-pip", DIRECTOR)

    # Past every date that the two had, and before the judgement of the plan falls due.
    await rig.move_to(RATED + timedelta(days=14))

    assert not any(rig.of_type(target, type) for type in ("obligation-reminded", "obligation-passed"))
    assert [event.body["late"] for event in rig.of_type(target, "obligation-met")] == [False, False]


async def test_an_engagement_survives_a_restart_of_the_worker_with_its_timer(rig: Rig) -> None:
    target = await rig.open()
    await rig.stop_worker()
    rig.recompose()
    await rig.start_worker()

    await rig.move_to(RATED + timedelta(days=30))

    await until(lambda: rig.of_type(target, "obligation-escalated"), "the clock has struck")
    assert rig.row(target).late


# What shows


async def test_stage_model_council_and_due_date_are_searchable_and_shown(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)
    await rig.give(target, "receive-pip", DIRECTOR)
    await rig.give(target, "judge-pip", LEAD, verdict="acceptable")

    async def found() -> bool:
        query = f"Council = '{council}' AND Stage = 'decision' AND Model = 'performance-action-team@3'"
        return [flow.id async for flow in rig.client.list_workflows(query)] == [target]

    await until(found, "the workflow is found by its attributes")
    attributes = (await rig.handle(target).describe()).typed_search_attributes
    due = attributes[SearchAttributeKey.for_datetime("Due")]
    assert due == rig.row(target).next_due
    assert await rig.details(target) == f"Stage: decision  \nNext due: {due:%d %B %Y}"


async def test_workflows_run_in_the_sandbox(rig: Rig) -> None:
    rig.recompose()
    await rig.stop_worker()
    worker = rig.process.worker()

    assert isinstance(worker.config(active_config=True)["workflow_runner"], SandboxedWorkflowRunner)
    assert worker.config(active_config=True)["debug_mode"] is False
    async with worker:
        await rig.open()


# Ending


async def test_a_star_regained_before_the_award_closes_the_engagement_and_the_council_knows(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)

    assert (await rig.rate(council, stars=1)).accepted

    await rig.until_status(target, "COMPLETED")
    assert rig.row(target).closed == "star-regained"
    closed = rig.of_type(f"council/{council}", "intervention-closed")
    assert [event.body for event in closed] == [{"engagement": engagement_of(council), "end": "star-regained"}]
    assert (await rig.handle(target).describe()).typed_search_attributes[
        SearchAttributeKey.for_keyword("Stage")
    ] == "star-regained"
    await rig.all_settled(target)
    rig.verify()


async def test_a_council_rated_zero_again_gets_a_second_engagement_whose_clock_is_right(rig: Rig) -> None:
    council = new_council()
    first = await rig.open(council)
    await rig.rate(council, stars=1)
    await rig.until_status(first, "COMPLETED")

    await rig.move_to(RATED + timedelta(days=400))
    await rig.rate(council)

    second = f"engagement/{engagement_of(council, 2)}"
    await until(lambda: rig.runs(second), "the second engagement runs")
    await rig.move_to(RATED + timedelta(days=440))
    await until(lambda: rig.of_type(second, "obligation-passed"), "its clock has struck")
    assert not any(event.body["late"] for event in rig.of_type(second, "obligation-passed"))


async def test_a_closed_engagement_takes_a_correction_and_closes_again(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)
    await rig.give(target, "receive-pip", DIRECTOR, note="Handed in.")
    await rig.rate(council, stars=1)
    await rig.until_status(target, "COMPLETED")
    run, version = await rig.run_id(target), rig.row(target).version
    received = rig.of_type(target, "pip-received")[0].version

    given = await rig.give(
        target, "correct-event", OFFICE, version=received, changes={"plan": 2}, reason="It was the second."
    )

    assert given.accepted
    await rig.until_status(target, "COMPLETED")
    assert await rig.run_id(target) != run
    assert rig.types(target)[version:] == ["event-corrected"]
    assert rig.row(target).closed == "star-regained"


async def test_a_command_for_an_engagement_that_never_was_is_refused_and_leaves_no_workflow_waiting(rig: Rig) -> None:
    target = f"engagement/{engagement_of(new_council())}"

    refused = await rig.note(target)

    assert (refused.accepted, refused.outcome["rule"]) == (False, "no-such-engagement")
    await rig.until_status(target, "COMPLETED")


# Notices


async def test_each_notice_is_one_file(rig: Rig) -> None:
    target = await rig.open()
    await rig.all_settled(target)

    notices = rig.notices(target)
    assert [row.state for row in notices] == ["sent"] * 6
    assert rig.files() == sorted(f"{row.id}.txt" for row in notices)
    for row in notices:
        assert rig.types(f"notice/{row.id}") == ["notice-asked", "notice-sent"]


async def test_a_notice_delivered_twice_is_still_one_file(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    # As if the worker died between the channel's acceptance and the record of it.
    died: list[str] = []
    record = Delivery._record

    def record_second_time(self: Delivery, task: NoticeTask, *wanted: Event, to: Recipient | None = None) -> object:
        if task.id not in died:
            died.append(task.id)
            raise ApplicationError("as if killed", next_retry_delay=timedelta(milliseconds=1))
        return record(self, task, *wanted, to=to)

    monkeypatch.setattr(Delivery, "_record", record_second_time)
    target = await rig.open()
    await rig.all_settled(target)

    ids = [row.id for row in rig.notices(target)]
    assert sorted(died) == sorted(ids)
    assert rig.files() == sorted(f"{id}.txt" for id in ids)
    assert [event.body["attempt"] for id in ids for event in rig.of_type(f"notice/{id}", "notice-sent")] == [2] * 6


async def test_a_channel_that_never_answers_is_given_up_and_holds_nothing_up(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = DeadChannel()
    monkeypatch.setitem(deliveries(rig)._channels, "file", channel)
    target = await rig.open()
    first = rig.notices(target)[0].id
    await until(lambda: first in channel.asked, "its delivery was tried")

    await rig.skipper.fast_forward(rig.handle(f"notice/{first}"), timedelta(days=1))

    await until(lambda: rig.of_type(f"notice/{first}", "notice-given-up"), "the notice is given up")
    assert channel.asked.count(first) == 12
    assert next(row.state for row in rig.notices(target) if row.id == first) == "given-up"
    # The others are still being tried; the engagement goes on.
    await rig.give(target, "receive-pip", DIRECTOR)
    assert (await rig.give(target, "judge-pip", LEAD, verdict="acceptable")).accepted
    await rig.move_to(RATED + timedelta(days=30))
    await until(lambda: rig.of_type(target, "obligation-escalated"), "the clock has struck")
    # No failure says what the channel said.
    assert all(
        b"Jane" not in event.SerializeToString() for history in await rig.histories() for event in history.events
    )


# Rounds


def store_round(rig: Rig, stars: dict[str, int], round: str = ROUND) -> str:
    """Store a round's commands; the round's id for its workflow."""
    rig.face.store(
        rig.command(
            f"council/{council}",
            "publish-rating",
            CHIEF,
            id=f"{round}/{council}",
            service="social-services",
            stars=number,
            round=round,
        )
        for council, number in stars.items()
    )
    return round


async def run_round(client: Client, rig: Rig, round: Round, id: str) -> RoundProgress:
    result: RoundProgress = await client.execute_workflow(
        "RatingRoundWorkflow", round, id=id, task_queue=rig.settings.task_queue, result_type=RoundProgress
    )
    return result


async def test_a_round_of_150_councils_opens_what_it_should_and_run_twice_nothing_doubles(rig: Rig) -> None:
    stars = {new_council(): number % 4 for number in range(150)}
    stars["E99999999"] = 0  # no such council: refused, the rest of the round is done
    round = Round(id=store_round(rig, stars), epoch=1)
    zero = [council for council, number in stars.items() if number == 0 and council.startswith("X")]

    handle = await rig.client.start_workflow(
        "RatingRoundWorkflow",
        round,
        id=f"round/{new_council()}",
        task_queue=rig.settings.task_queue,
        result_type=RoundProgress,
    )

    async def partly() -> bool:
        progress: RoundProgress = await handle.query("progress", result_type=RoundProgress)
        return progress.total == 151 and progress.done > 0

    await until(partly, "the round says how far it is")
    done = RoundProgress(total=151, done=151, accepted=150, refused=1)
    assert await handle.result() == done
    for council in zero:
        await until(partial(rig.runs, f"engagement/{engagement_of(council)}"), "all engagements run")
    await until(lambda: not rig.unsettled(), "all notices are sent")
    before = len(rig.all_events())

    assert await run_round(rig.client, rig, round, f"round/{new_council()}") == done

    await until(lambda: not rig.unsettled(), "nothing more is on its way")
    assert len(rig.all_events()) == before
    assert rig.open_engagements() == sorted(engagement_of(council) for council in zero)
    rig.verify()


async def test_a_round_waits_for_its_hour(rig: Rig) -> None:
    council = new_council()
    later = RATED + timedelta(days=7)
    round = Round(id=store_round(rig, {council: 0}), epoch=1, at=later, clock_offset=rig.face.clock.offset())
    id = f"round/{council}"
    handle = await rig.client.start_workflow(
        "RatingRoundWorkflow", round, id=id, task_queue=rig.settings.task_queue, result_type=RoundProgress
    )

    await rig.move_to(later - MINUTE, id)
    assert rig.events(f"council/{council}") == []
    await rig.move_to(later, id)

    assert (await handle.result()).accepted == 1
    (published,) = rig.of_type(f"council/{council}", "rating-published")
    assert later <= published.recorded_at < later + MINUTE


# The sweep


async def sweep(rig: Rig) -> int:
    """Run one sweep."""
    started: int = await rig.client.execute_workflow(
        "SweepWorkflow", id=f"sweep/{new_council()}", task_queue=rig.settings.task_queue, result_type=int
    )
    return started


async def test_the_sweep_starts_an_engagement_that_does_not_run(rig: Rig) -> None:
    lost, running_on = await rig.open(), await rig.open()
    await rig.all_settled(lost)
    await rig.all_settled(running_on)
    run = await rig.run_id(running_on)
    await rig.handle(lost).terminate()

    async def not_listed() -> bool:
        query = f"WorkflowId = '{lost}' AND ExecutionStatus = 'Running'"
        return not [flow async for flow in rig.client.list_workflows(query)]

    await until(not_listed, "the terminated workflow is not listed as running")

    assert await sweep(rig) == 1

    assert await rig.runs(lost)
    assert await rig.run_id(running_on) == run
    await rig.move_to(RATED + timedelta(days=30))
    await until(lambda: rig.of_type(lost, "obligation-escalated"), "its clock strikes again")
    assert len(rig.of_type(lost, "obligation-passed")) == 1


async def test_the_sweep_sends_what_was_not_sent_and_sends_nothing_twice(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = DeadChannel()
    target = await rig.open()
    await rig.all_settled(target)
    monkeypatch.setitem(deliveries(rig)._channels, "file", channel)
    await rig.give(target, "receive-pip", DIRECTOR)
    await rig.give(target, "judge-pip", LEAD, verdict="acceptable")
    unsettled = [row.id for row in rig.notices(target) if not row.settled]
    assert len(unsettled) == 2
    for id in unsettled:
        await until(partial(channel.asked.count, id), "its delivery was tried")
        await rig.handle(f"notice/{id}").terminate()
    channel.mended = True
    channel.asked.clear()

    assert await sweep(rig) == 2

    await rig.all_settled(target)
    assert sorted(channel.asked) == sorted(unsettled)
    assert await sweep(rig) == 0


async def test_the_sweep_has_an_engagement_look_at_its_clock_where_a_newer_calendar_moves_its_dates(rig: Rig) -> None:
    moved, paused = await rig.open(), await rig.open()
    await rig.all_settled(moved)
    await rig.give(paused, "pause-clock", OFFICE, obligation="submit-pip", reason="An election.")
    await rig.give(paused, "meet-council", CHIEF)
    await rig.all_settled(paused)
    run = await rig.run_id(moved)

    async def listed() -> bool:
        query = f"WorkflowId IN ('{moved}', '{paused}') AND ExecutionStatus = 'Running'"
        return len([flow async for flow in rig.client.list_workflows(query)]) == 2

    await until(listed, "both are listed as running")
    publish(rig.ledger, shipped().calendar, rig.clock, "2002-06-10")

    assert await sweep(rig) == 1
    await until(lambda: rig.of_type(moved, "obligation-rescheduled"), "its dates have moved")

    assert [event.body["because"] for event in rig.of_type(moved, "obligation-rescheduled")] == ["calendar"] * 2
    assert not rig.of_type(paused, "obligation-rescheduled")
    assert await rig.run_id(moved) == run
    assert await sweep(rig) == 0
    await rig.move_to(datetime(2002, 6, 15, 12, tzinfo=UTC))
    assert not rig.of_type(moved, "obligation-passed")
    await rig.move_to(datetime(2002, 6, 18, 12, tzinfo=UTC))
    await until(lambda: rig.of_type(moved, "obligation-escalated"), "its clock strikes by the new date")
    (passed,) = rig.of_type(moved, "obligation-passed")
    assert passed.body["due"] == "2002-06-17T23:00:00.000000Z"


async def test_the_sweep_submits_a_command_that_follows_from_another_and_was_never_decided(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)
    await rig.all_settled(target)  # the sweep is not to find anything else
    # As if everything had died after the commit, before the council's workflow could tell the engagement of the star.
    command = rig.command(f"council/{council}", "publish-rating", CHIEF, service="social-services", stars=1)
    (signed,) = rig.face.store([command])
    submission = Submission(command_id=signed.record.id, digest=signed.digest)
    rig.process.transact.run(Task(target=f"council/{council}", at=rig.clock, epoch=1, submission=submission))
    with rig.ledger.reading() as conn:
        assert [found[1] for found in commands.undecided(conn, "derived")] == [target]

    assert await sweep(rig) == 1

    await rig.until_status(target, "COMPLETED")
    assert rig.row(target).closed == "star-regained"
    await rig.all_settled(target)
    assert await sweep(rig) == 0


async def test_a_sweep_comes_at_once_and_every_hour(rig: Rig) -> None:
    lost = await rig.open()
    await rig.handle(lost).terminate()

    await running.start_sweeping(rig.client, rig.settings.task_queue)
    await running.start_sweeping(rig.client, rig.settings.task_queue)  # a second worker does the same

    schedule = rig.client.get_schedule_handle("sweep")
    try:
        await rig.handle("sweep/at-start").result()
        await until(lambda: rig.runs(lost), "the first sweep has started it again")
        (interval,) = (await schedule.describe()).schedule.spec.intervals
        assert interval.every == timedelta(hours=1)
        await rig.handle(lost).terminate()
        await schedule.trigger()
        await until(lambda: rig.runs(lost), "the scheduled sweep has started it again")
    finally:
        await schedule.delete()
