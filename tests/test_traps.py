"""What goes wrong between a caller, Temporal, a worker and the ledger, each met by experiment, each with its answer.

The server suggests to continue as new after some hundred events, so that whatever is tested here lives through that too.
"""

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from temporalio import activity
from temporalio.client import WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode

from activities import folding
from activities.checkpointing import Made
from activities.messages import Done, Outcome, Submission, Task
from activities.starting import Starter
from domain import engagement as an_engagement
from domain.engagement import Engagement
from ledger import checkpoints, commands, events
from ledger.commands import StoredOutcome
from ledger.errors import CommandIdReused, DatabaseUnavailable
from tests.engine import (
    CHIEF,
    DIRECTOR,
    LEAD,
    OFFICE,
    PATIENCE,
    RATED,
    DeadChannel,
    Rig,
    a_rig,
    a_server,
    deliveries,
    new_council,
    until,
)
from workers import face as a_face
from workers.composition import make_face
from workers.dev_server import DevServer
from workers.face import Face, NotDecided, NotKnownYet, NotTaken
from workers.rebuild import rebuild_workflows
from workflows.engagement import STUCK_AFTER

EVENTS_A_RUN = 120


@pytest.fixture(scope="module")
async def server(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    log = tmp_path_factory.mktemp("server") / "log"
    async with a_server(dev_server_binary, log, limit__historyCount__suggestContinueAsNew=str(EVENTS_A_RUN)) as server:
        yield server


@pytest.fixture
async def rig(server: DevServer, tmp_path: Path) -> AsyncIterator[Rig]:
    async with a_rig(server.address, tmp_path / "home") as rig:
        yield rig


def check_told(rig: Rig, target: str, told: Sequence[StoredOutcome]) -> None:
    """What callers were told is what the ledger says: each command once, and its events where it was told that they are."""
    assert len({outcome.command_id for outcome in told}) == len(told)
    for outcome in told:
        with rig.ledger.reading() as conn:
            assert commands.outcome_of(conn, outcome.command_id) == outcome
        brought = rig.by_command(target, outcome.command_id)
        assert bool(brought) == outcome.accepted
        if brought:
            assert (brought[-1].position, brought[-1].version) == (outcome.position, outcome.outcome["version"])
    rig.verify()


def when(rig: Rig, predicate: Callable[[Task], bool], then: Callable[[Task], object]) -> None:
    """Before the worker carries out tasks of some kind, do something: raise, or wait."""
    run = rig.process.transact.run

    def wrapped(task: Task) -> Done:
        if predicate(task):
            then(task)
        return run(task)

    rig.process.transact.run = wrapped  # type: ignore[method-assign]


def of(*ids: str) -> Callable[[Task], bool]:
    return lambda task: task.submission is not None and task.submission.command_id in ids


# Many at once


async def test_of_60_commands_at_once_from_one_face_every_caller_is_told_the_truth(rig: Rig) -> None:
    target = await rig.open()
    run = await rig.run_id(target)
    asked = [
        rig.command(target, "add-note", DIRECTOR, text=f"Note {number}.")
        if number % 5
        else rig.command(target, "judge-pip", LEAD, verdict="acceptable")
        for number in range(60)
    ]

    told = await asyncio.gather(*(rig.face.give(command) for command in asked))

    assert sum(outcome.accepted for outcome in told) == 48
    assert {outcome.outcome.get("rule") for outcome in told if not outcome.accepted} == {"needs"}
    check_told(rig, target, told)
    assert await rig.run_id(target) != run, "it continued as new on the way"


async def test_of_60_commands_at_once_from_three_faces_every_caller_is_told_the_truth(rig: Rig) -> None:
    # Twelve in flight: Temporal aborts what goes beyond ten, also when it is carried out, and the client tries again.
    target = await rig.open()
    slow = threading.Event()
    when(rig, lambda task: task.submission is not None, lambda _: slow.wait(0.02))
    faces = [make_face(rig.settings, rig.ledger, rig.client) for _ in range(3)]
    asked = [rig.command(target, "add-note", DIRECTOR, text="At once.") for _ in range(60)]

    told = await asyncio.gather(*(faces[number % 3].give(command) for number, command in enumerate(asked)))

    assert all(outcome.accepted for outcome in told)
    check_told(rig, target, told)


@pytest.mark.parametrize("carried_out", [True, False])
async def test_an_error_of_the_network_is_not_a_failure_of_the_command(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, carried_out: bool
) -> None:
    target = await rig.open()
    submit, submits = rig.face.starter.submit, 0

    async def aborted(*args: Any) -> Outcome:
        nonlocal submits
        submits += 1
        if submits > 1:
            return await submit(*args)
        if carried_out:
            await submit(*args)
        raise RPCError("workflow update was aborted", RPCStatusCode.ABORTED, b"")

    monkeypatch.setattr(Starter, "submit", staticmethod(aborted))

    told = await rig.note(target)

    assert told.accepted
    assert submits == (1 if carried_out else 2), "what the ledger knows is not submitted again"
    check_told(rig, target, [told])


async def test_one_command_given_many_times_at_once_is_carried_out_once(rig: Rig) -> None:
    target = await rig.open()
    command = rig.command(target, "add-note", DIRECTOR, text="Once.")
    others = [make_face(rig.settings, rig.ledger, rig.client) for _ in range(3)]

    told = await asyncio.gather(*(face.give(command) for face in (rig.face, *others) for _ in range(4)))

    assert len({outcome.position for outcome in told}) == 1
    assert len(rig.by_command(target, command.id)) == 1


# Time and commands


async def test_a_deadline_that_passed_while_the_worker_was_down_is_struck_before_a_later_command(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(an_engagement, "LATE", timedelta(seconds=0.2))
    target = await rig.open()
    due = rig.row(target).next_due
    assert due is not None
    await rig.move_to(due - timedelta(seconds=2))
    assert await rig.now_of(target) < due
    await rig.stop_worker()

    async def passed() -> bool:
        return await rig.now_of(target) > due + timedelta(seconds=0.5)

    await until(passed, "the deadline has passed")
    await asyncio.to_thread(set_clock, rig, due + timedelta(seconds=1))
    giving = asyncio.create_task(rig.give(target, "meet-council", CHIEF))
    await until(lambda: waits(rig, giving), "the command waits for a worker")
    await rig.start_worker()

    assert (await giving).accepted
    types = rig.types(target)
    assert types.index("obligation-passed") < types.index("council-met")
    (struck,) = rig.of_type(target, "obligation-passed")
    assert struck.body["late"] is True, "the strike says that it was late itself"
    met = next(event for event in rig.of_type(target, "obligation-met") if event.body["obligation"] == "meet-council")
    assert met.body["late"] is True
    assert [event.command.id.split("/")[0] for event in rig.events(target)][types.index("obligation-passed")] == "clock"


def set_clock(rig: Rig, moment: datetime) -> None:
    with rig.ledger.writing() as tx:
        tx.set_clock(moment)


def raw(history: WorkflowHistory) -> bytes:
    """All that a history holds, payloads included, which are JSON."""
    return b"".join(event.SerializeToString() for event in history.events)


def waits(rig: Rig, giving: asyncio.Task[StoredOutcome]) -> bool:
    """Whether a command is stored, so that it is on its way, and not answered."""
    with rig.ledger.reading() as conn:
        return not giving.done() and bool(commands.undecided(conn, "command-line"))


async def test_a_workflow_that_was_lost_over_a_deadline_strikes_it_first_when_it_is_started_by_a_command(
    rig: Rig,
) -> None:
    target = await rig.open()
    await rig.handle(target).terminate()
    await rig.move_to(RATED + timedelta(days=30))

    assert (await rig.give(target, "receive-pip", DIRECTOR)).accepted

    types = rig.types(target)
    struck = [event for event in rig.events(target) if event.body.get("due")]
    assert struck and all(event.body["late"] for event in struck)
    assert types.index("pip-received") > max(event.version - 1 for event in struck)


# Continuing as new


async def test_a_command_given_again_after_continue_as_new_has_its_first_outcome_and_nothing_runs_twice(
    rig: Rig,
) -> None:
    target = await rig.open()
    run = await rig.run_id(target)
    accepted = rig.command(target, "receive-pip", DIRECTOR, note="The first version.")
    refused = rig.command(target, "receive-pip", DIRECTOR, plan=7)
    first = [await rig.face.give(accepted), await rig.face.give(refused)]

    async def continued() -> bool:
        await rig.note(target)
        return await rig.run_id(target) != run

    await until(continued, "the workflow has continued as new")
    before = rig.types(target)

    assert [await rig.face.give(accepted), await rig.face.give(refused)] == first
    assert rig.types(target) == before
    assert first[0].accepted and not first[1].accepted


async def test_the_timer_is_there_after_continue_as_new(rig: Rig) -> None:
    target = await rig.open()
    run = await rig.run_id(target)

    async def continued() -> bool:
        await rig.note(target)
        return await rig.run_id(target) != run

    await until(continued, "the workflow has continued as new")
    await rig.move_to(RATED + timedelta(days=30))

    await until(lambda: rig.of_type(target, "obligation-escalated"), "the clock has struck")
    assert not any(event.body.get("late") for event in rig.events(target) if "due" in event.body)


async def test_a_council_continues_as_new_and_every_rating_reaches_its_engagement(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)
    run = await rig.run_id(f"council/{council}")

    told = await asyncio.gather(*(rig.rate(council) for _ in range(40)))

    assert all(outcome.accepted for outcome in told)
    await until(lambda: len(rig.of_type(target, "rating-noted")) == 40, "the engagement was told of every rating")

    async def continued() -> bool:
        return await rig.run_id(f"council/{council}") != run

    await until(continued, "the council's workflow has continued as new")


# Ids


async def test_a_command_id_given_again_with_other_content_is_refused(rig: Rig) -> None:
    target = await rig.open()
    first = await rig.note(target, "First.", id="mine/1")
    before = rig.types(target)

    with pytest.raises(CommandIdReused):
        await rig.note(target, "Second.", id="mine/1")
    # And by whoever goes round the face, whether the id has an outcome or not.
    starter, offset = rig.face.starter, rig.face.clock.offset()
    told = await starter.submit(target, Submission(command_id="mine/1", digest="0" * 64), 1, offset)
    assert (told.accepted, told.rule) == (True, None) or told.rule == "command-id-reused"
    told = await starter.submit(target, Submission(command_id="mine/2", digest="0" * 64), 1, offset)
    assert told.rule == "command-not-stored"

    assert rig.types(target) == before
    assert rig.face.outcome_of("mine/1") == first


async def test_a_stale_expected_version_is_a_conflict(rig: Rig) -> None:
    target = await rig.open()
    version = rig.row(target).version
    assert (await rig.note(target, expect=version)).accepted

    stale = await rig.note(target, expect=version)

    assert stale.outcome["rule"] == "stale-version"
    assert stale.outcome["details"] == {"expected": version, "actual": version + 1}
    assert rig.row(target).version == version + 1


async def test_a_command_of_a_face_that_is_not_trusted_is_not_taken(rig: Rig, tmp_path: Path) -> None:
    target = await rig.open()
    elsewhere = rig.settings.model_copy(update={"home": tmp_path / "elsewhere"})
    stranger = make_face(elsewhere, rig.ledger, rig.client)

    with pytest.raises(NotTaken, match="face-not-trusted"):
        await stranger.give(rig.command(target, "add-note", DIRECTOR, text="From a stranger."))

    assert "note-added" not in rig.types(target)


# Workers that are stopped, and workers that die


async def test_a_worker_that_is_stopped_breaks_no_checkpoint_off(
    server: DevServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_rig(server.address, tmp_path / "home", graceful_shutdown_timeout=timedelta(milliseconds=1)) as rig:
        begun, make = threading.Event(), rig.process.checkpointing.make

        def make_once_cancelled() -> Made:
            begun.set()
            activity.wait_for_cancelled_sync(PATIENCE)
            return make()

        monkeypatch.setattr(rig.process.checkpointing, "make", make_once_cancelled)
        queue = rig.settings.task_queue
        await rig.client.start_workflow("CheckpointWorkflow", id=f"checkpoint/{queue}/now", task_queue=queue)
        assert await asyncio.to_thread(begun.wait, PATIENCE)
        await rig.stop_worker()

        with rig.ledger.reading() as conn:
            assert len(list(checkpoints.retained_of_all(conn))) == 1


async def test_a_worker_killed_between_two_commands(rig: Rig) -> None:
    await rig.stop_worker()
    async with rig.worker_process() as worker:
        target = await rig.open()
        first = await rig.note(target)
        await rig.all_settled(target)  # one that was on its way would be tried again only when its time is over
        worker.kill()
    giving = asyncio.create_task(rig.note(target))
    await until(lambda: waits(rig, giving), "the command waits for a worker")
    await rig.start_worker()

    check_told(rig, target, [first, await giving])
    await rig.all_settled(target)
    assert rig.files() == sorted(f"{row.id}.txt" for row in rig.notices(target))


@pytest.mark.parametrize("point", ["before-commit", "after-commit"])
async def test_a_worker_killed_inside_a_command(rig: Rig, point: str) -> None:
    target = await rig.open()
    await rig.give(target, "receive-pip", DIRECTOR)
    await rig.all_settled(target)
    await rig.stop_worker()
    # The command enters a stage, and so asks for notices, which a second run must not forget.
    command = rig.command(target, "judge-pip", LEAD, verdict="acceptable")

    async with rig.worker_process(KILL_AT=command.id, KILL_POINT=point) as worker:
        giving = asyncio.create_task(rig.face.give(command))
        await asyncio.to_thread(worker.join)
        assert worker.exitcode == -9
        assert not giving.done()
        assert (rig.face.outcome_of(command.id) is None) == (point == "before-commit")
        await rig.start_worker()
        told = await giving

    assert told.accepted
    check_told(rig, target, [told])
    assert rig.types(target).count("pip-judged") == 1
    await until(lambda: len(rig.notices(target)) == 8, "the notices are asked for")
    await rig.all_settled(target)
    assert rig.files() == sorted(f"{row.id}.txt" for row in rig.notices(target))


async def test_a_caller_is_not_told_that_a_command_failed_when_that_is_not_known(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = await rig.open()
    await rig.stop_worker()
    command = rig.command(target, "add-note", DIRECTOR, text="Is anybody there?")
    monkeypatch.setattr(a_face, "TRIES", 1)
    impatient = Face(rig.ledger, rig.face.starter, rig.face.key, timeout=timedelta(seconds=0.3))
    with pytest.raises(NotKnownYet) as unknown:
        await impatient.give(command)
    assert unknown.value.command_id == command.id

    await rig.start_worker()

    assert (await rig.face.give(command)).accepted
    assert len(rig.by_command(target, command.id)) == 1


# Starting and ending


async def test_commands_that_come_before_the_workflow_has_run(rig: Rig) -> None:
    target = await rig.open()
    await rig.handle(target).terminate()
    await rig.stop_worker()
    asked = [rig.command(target, "add-note", DIRECTOR, text="Early.") for _ in range(4)]
    giving = [asyncio.create_task(rig.face.give(command)) for command in asked]
    await until(lambda: rig.runs(target), "the workflow is started, with nobody to run it")

    await rig.start_worker()

    check_told(rig, target, await asyncio.gather(*giving))
    assert "Stage: special-measures" in await rig.details(target)


async def test_commands_that_come_in_the_moment_in_which_the_workflow_closes(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)
    asked = [
        rig.command(target, "add-note", DIRECTOR, text=f"Note {number}.")
        if number % 2
        else rig.command(target, "meet-council", CHIEF)
        for number in range(24)
    ]

    told, rated = await asyncio.gather(
        asyncio.gather(*(rig.face.give(command) for command in asked)), rig.rate(council, stars=2)
    )

    assert rated.accepted
    await rig.until_status(target, "COMPLETED")
    check_told(rig, target, told)
    for command, outcome in zip(asked, told, strict=True):
        closed = next(event.position for event in rig.of_type(target, "engagement-closed"))
        if command.type == "add-note":
            assert outcome.accepted, "a note may be added before and after the end"
        elif outcome.accepted:
            assert outcome.position is not None and outcome.position < closed
        else:
            assert outcome.outcome["rule"] == "closed"
            assert outcome.position is not None and outcome.position > closed


async def test_commands_at_once_on_a_closed_engagement(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)
    await rig.rate(council, stars=1)
    await rig.until_status(target, "COMPLETED")

    told = await asyncio.gather(*(rig.note(target, f"Note {number}.") for number in range(20)))

    assert all(outcome.accepted for outcome in told)
    check_told(rig, target, told)
    await rig.until_status(target, "COMPLETED")


# Epochs


async def test_a_workflow_of_an_older_epoch_makes_way_and_the_same_command_is_served(rig: Rig) -> None:
    target = await rig.open()
    await rig.all_settled(target)
    run = await rig.run_id(target)
    with rig.ledger.writing() as tx:
        tx.raise_epoch()

    told = await rig.note(target)

    assert told.accepted
    assert await rig.run_id(target) != run
    check_told(rig, target, [told])
    status = (await rig.client.get_workflow_handle(target, run_id=run).describe()).status
    assert status is not None and status.name == "COMPLETED"


async def test_the_clock_of_an_older_epoch_does_nothing(rig: Rig) -> None:
    target = await rig.open()
    await rig.all_settled(target)
    with rig.ledger.writing() as tx:
        tx.raise_epoch()
    before = rig.types(target)

    await rig.move_to(RATED + timedelta(days=60))

    await rig.until_status(target, "COMPLETED")
    assert rig.types(target) == before


# Failures


async def test_a_command_waits_while_the_database_is_locked(rig: Rig) -> None:
    target = await rig.open()
    await rig.all_settled(target)
    (signed,) = await asyncio.to_thread(rig.face.store, [rig.command(target, "add-note", DIRECTOR, text="Patience.")])

    with closing(sqlite3.connect(rig.settings.home / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        giving = asyncio.create_task(rig.face.submit(signed))
        done, _ = await asyncio.wait([giving], timeout=3)
        assert not done
        other.execute("ROLLBACK")

    told = await giving
    assert told.accepted
    check_told(rig, target, [told])


async def test_a_command_is_tried_again_while_the_database_is_unavailable(rig: Rig) -> None:
    target = await rig.open()
    command = rig.command(target, "add-note", DIRECTOR, text="Patience.")
    tried: list[Task] = []

    def unavailable(task: Task) -> None:
        tried.append(task)
        if len(tried) < 6:
            raise DatabaseUnavailable("unable to open database file")

    when(rig, of(command.id), unavailable)

    told = await rig.face.give(command)

    assert told.accepted and len(tried) == 6
    check_told(rig, target, [told])


async def test_a_long_outage_of_the_database_does_not_fill_the_history(rig: Rig) -> None:
    target = await rig.open()
    await rig.all_settled(target)
    command = rig.command(target, "add-note", DIRECTOR, text="Patience.")
    before = len((await rig.handle(target).fetch_history()).events)
    tried: list[Task] = []

    def unavailable(task: Task) -> None:
        tried.append(task)
        if len(tried) < 16:
            raise DatabaseUnavailable("unable to open database file")

    when(rig, of(command.id), unavailable)
    giving = asyncio.create_task(rig.face.give(command))
    await until(lambda: len(tried) > 5, "the waits have become longer")

    await rig.skipper.fast_forward(rig.handle(target), timedelta(minutes=10))

    assert (await giving).accepted
    events = (await rig.handle(target).fetch_history()).events
    assert len(events) - before < 8 * len(tried)


async def test_a_bug_fails_the_one_command_and_the_next_is_served(rig: Rig) -> None:
    target = await rig.open()
    bad, broken = rig.command(target, "add-note", DIRECTOR, text="Bad."), True

    def bug(_: Task) -> None:
        if broken:
            raise ValueError("Jane Doe, 1 High Street")

    when(rig, of(bad.id), bug)

    with pytest.raises(NotDecided) as failed:
        await rig.face.give(bad)
    assert failed.value.failure == "ValueError"
    assert (await rig.note(target)).accepted
    assert rig.by_command(target, bad.id) == []
    # Once the bug is mended the same command is carried out, in the same run of the workflow.
    run, broken = await rig.run_id(target), False
    assert (await rig.face.give(bad)).accepted
    assert await rig.run_id(target) == run
    history = raw(await rig.handle(target).fetch_history())
    assert b"ValueError" in history and b"Jane" not in history and b"High Street" not in history


async def test_a_command_that_was_carried_out_is_not_called_undecided(rig: Rig) -> None:
    target = await rig.open()
    command = rig.command(target, "add-note", DIRECTOR, text="Done, and then a bug.")
    run = rig.process.transact.run

    def done_and_broken(task: Task) -> Done:
        done = run(task)
        if of(command.id)(task):
            raise RuntimeError("after the commit")
        return done

    rig.process.transact.run = done_and_broken  # type: ignore[method-assign]

    told = await rig.face.give(command)

    assert told.accepted
    check_told(rig, target, [told])


async def test_a_clock_that_keeps_failing_is_marked_stuck_and_frees_itself(rig: Rig) -> None:
    target = await rig.open()
    await rig.all_settled(target)
    name, broken = target.removeprefix("engagement/"), True

    def bug(_: Task) -> None:
        if broken:
            raise ValueError("Jane Doe, 1 High Street")

    when(rig, lambda task: task.submission is None, bug)

    due = rig.row(target).next_due
    assert due is not None
    await rig.move_to(due - timedelta(days=2))
    await rig.skipper.fast_forward(rig.handle(target), timedelta(hours=1))
    await until(lambda: rig.row(target).stuck, "the engagement is marked as stuck")
    (stuck,) = [event for event in rig.events("office") if event.type == "engagement-stuck"]
    assert stuck.body == {"engagement": name, "failure": "ValueError"}

    broken = False
    await rig.skipper.fast_forward(rig.handle(target), timedelta(hours=2))

    await until(lambda: not rig.row(target).stuck, "the clock has freed itself")
    reminded = rig.of_type(target, "obligation-reminded")
    assert reminded and reminded[0].body["late"] is True
    assert len([event for event in rig.events("office") if event.type == "engagement-stuck"]) == 1


async def test_an_engagement_that_was_stuck_with_nothing_due_is_freed_too(rig: Rig) -> None:
    target = await rig.open()
    await rig.handle(target).terminate()
    broken = True

    def bug(_: Task) -> None:
        if broken:
            raise ValueError("Jane Doe, 1 High Street")

    when(rig, lambda task: task.submission is None, bug)
    await rig.face.starter.start(target, 1, rig.face.clock.offset())
    await until(lambda: rig.runs(target), "the workflow runs")
    await rig.skipper.fast_forward(rig.handle(target), timedelta(hours=1))
    await until(lambda: rig.row(target).stuck, "the engagement is marked as stuck")

    broken = False
    await rig.skipper.fast_forward(rig.handle(target), timedelta(hours=2))

    await until(lambda: not rig.row(target).stuck, "the clock has freed itself")


async def test_a_command_that_goes_through_frees_a_stuck_clock_at_once(rig: Rig) -> None:
    target = await rig.open()
    await rig.all_settled(target)
    failed: list[Task] = []

    def bug(task: Task) -> None:
        failed.append(task)
        if len(failed) < 8:
            raise ValueError("Jane Doe, 1 High Street")

    when(rig, lambda task: task.submission is None, bug)
    (opened, _) = rig.of_type(target, "obligation-opened")
    reminder = datetime.fromisoformat(opened.body["reminders"][0]["at"])
    await rig.move_to(reminder + timedelta(minutes=3))
    await until(lambda: len(failed) >= STUCK_AFTER and rig.row(target).stuck, "the clock is stuck")

    assert (await rig.give(target, "receive-pip", DIRECTOR)).accepted

    # The command struck what was due before it; nobody waits for the clock's next try to tell of it.
    assert not rig.row(target).stuck
    await rig.all_settled(target)
    assert {row.template for row in rig.notices(target)} >= {"obligation-reminded", "engagement-stuck"}


async def test_a_rating_that_cannot_be_noted_does_not_keep_the_next_from_its_engagement(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)
    bad = rig.command(f"council/{council}", "publish-rating", CHIEF, service="social-services", stars=0)
    noted = f"{bad.id}/{target.removeprefix('engagement/')}"

    def bug(_: Task) -> None:
        raise ValueError("Jane Doe, 1 High Street")

    when(rig, of(noted), bug)
    assert (await rig.face.give(bad)).accepted
    assert (await rig.rate(council, stars=1)).accepted
    await rig.skipper.fast_forward(rig.handle(f"council/{council}"), timedelta(hours=1))

    await rig.until_status(target, "COMPLETED")
    assert rig.row(target).closed == "star-regained"
    with rig.ledger.reading() as conn:
        assert [found[0] for found in commands.undecided(conn, "derived")] == [noted], "it is left to the sweep"


async def test_a_caller_is_told_the_outcome_although_the_database_could_not_be_asked_for_it_at_first(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = await rig.open()
    (signed,) = rig.face.store([rig.command(target, "add-note", DIRECTOR, text="Is anybody there?")])
    outcome_of, asked = Face.outcome_of, 0

    def unavailable(self: Face, command_id: str) -> StoredOutcome | None:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise DatabaseUnavailable("unable to open database file")
        return outcome_of(self, command_id)

    monkeypatch.setattr(Face, "outcome_of", unavailable)

    told = await rig.face.submit(signed)

    assert told.accepted and asked >= 3
    check_told(rig, target, [told])


# The whole of Temporal lost


async def test_a_rebuild_without_need_loses_no_notice_that_is_on_its_way(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel = DeadChannel()
    monkeypatch.setitem(deliveries(rig)._channels, "file", channel)
    target = await rig.open()
    ids = [row.id for row in rig.notices(target)]
    await until(lambda: set(channel.asked) == set(ids), "their delivery was tried")
    channel.mended = True
    channel.asked.clear()

    await rebuild_workflows(rig.ledger, rig.process.starter, lambda done, total: None)

    await rig.all_settled(target)
    assert sorted(channel.asked) == sorted(ids)


async def test_temporal_with_all_its_data_is_lost_and_rebuilt_from_the_ledger(
    dev_server_binary: Path, tmp_path: Path
) -> None:
    home, temporal = tmp_path / "home", tmp_path / "temporal"
    log = tmp_path / "log"
    councils = [new_council() for _ in range(3)]
    async with (
        a_server(dev_server_binary, log, database=temporal / "temporal.db") as server,
        a_rig(server.address, home) as rig,
    ):
        targets = [await rig.open(council) for council in councils]
        await rig.give(targets[0], "receive-pip", DIRECTOR)
        await rig.give(targets[0], "judge-pip", LEAD, verdict="acceptable")
        await rig.rate(councils[1], stars=1)
        await rig.until_status(targets[1], "COMPLETED")
        await rig.move_to(RATED + timedelta(days=20))
        for target in targets:
            await until(partial(struck, rig, target), "the clock has struck")
            await rig.all_settled(target)
        last = await rig.note(targets[0], id="last/1")
        rows, files = [rig.row(target) for target in targets], rig.files()
        whole = rig.all_events()

    shutil.rmtree(temporal)

    async with (
        a_server(dev_server_binary, log, database=temporal / "temporal.db") as server,
        a_rig(server.address, home, worker=False) as rig,
    ):
        assert await rebuild_workflows(rig.ledger, rig.process.starter, lambda done, total: None) == 2 + len(councils)
        await rig.start_worker()
        for target in (targets[0], targets[2]):
            await until(partial(shows, rig, target), "the workflow shows where it stands")
        assert [rig.row(target) for target in targets] == rows
        assert rig.all_events() == whole
        assert rig.files() == files
        assert await rig.note(targets[0], id="last/1") == last
        # And it all goes on: a date that is still to come, a command, a rating.
        await rig.move_to(RATED + timedelta(days=60))
        await until(lambda: len(rig.of_type(targets[2], "obligation-passed")) == 2, "the clock strikes on")
        assert not any(event.body.get("late") for event in rig.events(targets[2]) if "due" in event.body)
        assert (await rig.rate(councils[2], stars=3)).accepted
        await rig.until_status(targets[2], "COMPLETED")
        rig.verify()


def struck(rig: Rig, target: str) -> bool:
    """Whether the clock owes an engagement nothing."""
    with rig.ledger.reading() as conn:
        state = folding.fold_engagement(Engagement(target), events.read_stream(conn, target))
    due = an_engagement.next_due(state)
    return due is None or due > rig.clock


async def shows(rig: Rig, target: str) -> bool:
    return rig.row(target).stage in await rig.details(target)


# What Temporal is told


async def test_no_personal_value_and_no_free_text_is_anywhere_in_temporal(rig: Rig) -> None:
    council = new_council()
    target = await rig.open(council)
    mark = "Zebedee Quux"
    text = f"Of {mark}."
    await rig.note(target, text)
    await rig.give(target, "meet-council", CHIEF, note=text)
    await rig.give(target, "receive-pip", DIRECTOR, note=text)
    await rig.give(target, "judge-pip", LEAD, verdict="not-acceptable", reason=text)
    await rig.give(target, "set-target", LEAD, by="2002-12", text=text)
    refused = await rig.give(target, "judge-pip", LEAD, verdict="acceptable", reason=text)
    assert not refused.accepted
    version = rig.of_type(target, "note-added")[0].version
    await rig.give(
        target, "correct-event", OFFICE, version=version, changes={"text": f"{text} Corrected."}, reason=text
    )
    bad = rig.command(target, "add-note", DIRECTOR, text=text)

    def bug(_: Task) -> None:
        raise ValueError(text)

    when(rig, of(bad.id), bug)
    with pytest.raises(NotDecided):
        await rig.face.give(bad)
    await rig.move_to(RATED + timedelta(days=30))
    await rig.rate(council, stars=1, note=text)
    await rig.until_status(target, "COMPLETED")
    await rig.all_settled(target)
    assert rig.row(target).closed == "star-regained"

    async def all_closed() -> bool:
        flows = [flow async for flow in rig.client.list_workflows(f"TaskQueue = '{rig.settings.task_queue}'")]
        return sum(flow.status is not None and flow.status.name == "RUNNING" for flow in flows) == 1

    await until(all_closed, "all but the council's workflow are listed as closed")
    histories = await rig.histories()
    families = {history.workflow_id.split("/")[0] for history in histories}
    assert families == {"engagement", "council", "notice", "checkpoint"}
    for history in histories:
        for word in (*mark.split(), "Corrected"):
            assert word.encode() not in raw(history), f"{word} stands in the history of {history.workflow_id}"
    assert any(bad.id.encode() in raw(history) for history in histories), "ids do stand there, and are found"
