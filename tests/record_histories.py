"""Records the workflow histories that tests.test_replay replays: `python -m tests.record_histories [NAME...]`.

Run it when a workflow takes a new shape, for that shape's name alone, and commit what it writes to tests/histories. The
histories that are there are of workflows that may still run somewhere: they are added to, and replaced only before a first
release. A change under which an old one no longer replays needs `workflow.patched`.
"""

import asyncio
import itertools
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio import workflow
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.delivery import Letter, Status, Word
from activities.library import PEOPLE
from activities.messages import Begin, Round, Task
from domain.dates import london_day
from ledger.errors import DatabaseUnavailable
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
from workers.dev_server import find_server
from workers.running import send_digests
from workflows.council import CouncilWorkflow
from workflows.engagement import EngagementWorkflow
from workflows.notification import NotificationWorkflow

FOLDER = Path(__file__).resolve().parent / "histories"

Saved = dict[str, tuple[str, str | None]]
"""Names of histories, and of each the workflow and, where it is not the latest, the run."""

NOISE = {"identity", "requestId", "stackTrace", "taskId", "workerVersion"}

EVENTS_A_RUN = 60
"""After so many events the server suggests to continue as new."""


async def engagement_with_timers(rig: Rig) -> Saved:
    """Reminders, a deadline and escalations; a command accepted and one refused; a stage left; notices."""
    target = await rig.open()
    await rig.move_to(RATED + timedelta(days=20))
    await until(lambda: len(rig.of_type(target, "obligation-escalated")) == 1, "the clock has struck")
    await rig.give(target, "judge-pip", LEAD, verdict="acceptable")
    await rig.give(target, "receive-pip", DIRECTOR)
    await rig.give(target, "judge-pip", LEAD, verdict="acceptable")
    await rig.all_settled(target)
    return {"engagement-with-timers": (target, None)}


async def engagement_closed(rig: Rig) -> Saved:
    """A star regained closes it, and a correction opens it once more."""
    council = new_council()
    target = await rig.open(council)
    await rig.give(target, "receive-pip", DIRECTOR)
    await rig.rate(council, stars=1)
    await rig.until_status(target, "COMPLETED")
    run = await rig.run_id(target)
    received = rig.of_type(target, "pip-received")[0].version
    await rig.give(target, "correct-event", OFFICE, version=received, changes={"plan": 2}, reason="Wrong.")
    await rig.until_status(target, "COMPLETED")
    return {
        "engagement-closed": (target, run),
        "engagement-corrected-when-closed": (target, None),
        "council": (f"council/{council}", None),
    }


async def engagement_continued(rig: Rig) -> Saved:
    """Two runs, with the engagement's and the council's workflow both continued as new."""
    council = new_council()
    target = await rig.open(council)
    stream, saved = f"council/{council}", {}
    for name, flow, act in (
        ("engagement-continued-as-new", target, lambda: rig.note(target)),
        ("council-continued-as-new", stream, lambda: rig.rate(council)),
    ):
        first = await rig.run_id(flow)

        async def continued(flow: str = flow, first: str = first, act: Callable[[], Awaitable[Any]] = act) -> bool:
            await act()
            return await rig.run_id(flow) != first

        await until(continued, f"{flow} has continued as new")
        saved[name] = (flow, first)
    await rig.note(target)
    return {**saved, "engagement-after-continue-as-new": (target, None)}


async def engagement_stuck(rig: Rig) -> Saved:
    """A clock that fails, is marked stuck and frees itself, and a command that fails."""
    target = await rig.open()
    await rig.all_settled(target)
    run, failures = rig.process.transact.run, 0

    def broken(task: Task) -> Any:
        nonlocal failures
        failures += 1
        if failures < 6:
            raise ValueError("broken")
        return run(task)

    rig.process.transact.run = broken  # type: ignore[method-assign]
    due = rig.row(target).next_due
    assert due is not None
    await rig.move_to(due - timedelta(days=2))
    await until(lambda: failures >= 6, "the clock has freed itself")
    await rig.note(target)
    await rig.all_settled(target)
    return {"engagement-stuck": (target, None)}


async def engagement_without_database(rig: Rig) -> Saved:
    """An update that waits for the database, at first in its workflow task, then by timers."""
    target = await rig.open()
    await rig.all_settled(target)
    run, failures = rig.process.transact.run, 0

    def unavailable(task: Task) -> Any:
        nonlocal failures
        failures += 1
        if failures < 9:
            raise DatabaseUnavailable("gone")
        return run(task)

    rig.process.transact.run = unavailable  # type: ignore[method-assign]
    giving = asyncio.create_task(rig.note(target))
    await until(lambda: failures > 5, "the waits have become longer")
    await rig.skipper.fast_forward(rig.handle(target), timedelta(minutes=5))
    await giving
    return {"engagement-without-database": (target, None)}


async def engagement_of_older_epoch(rig: Rig) -> Saved:
    """A workflow that makes way for that of a later epoch."""
    target = await rig.open()
    await rig.all_settled(target)
    run = await rig.run_id(target)
    with rig.ledger.writing() as tx:
        tx.raise_epoch()
    await rig.note(target)
    return {"engagement-of-older-epoch": (target, run)}


async def office(rig: Rig) -> Saved:
    """The directory of people: commands, one of them refused, until its workflow continues as new, and the run after."""
    people, numbers = "office/people", itertools.count()
    await rig.give(people, "register-person", OFFICE, person="jo-b", name="Jo Berry")
    await rig.give(people, "give-role", OFFICE, person="jo-b", role="council.directr")
    first = await rig.run_id(people)

    async def continued() -> bool:
        await rig.give(people, "register-person", OFFICE, person=f"p{next(numbers)}", name="Somebody")
        return await rig.run_id(people) != first

    await until(continued, "the directory's workflow has continued as new")
    await rig.give(people, "give-role", OFFICE, person="jo-b", role=LEAD)
    return {"office-continued-as-new": (people, first), "office": (people, None)}


async def notifications(rig: Rig) -> Saved:
    """A notice sent at the second attempt, and one given up."""
    channel = DeadChannel()
    deliveries(rig)._channels["file"] = channel
    target = await rig.open()
    first, second, *_ = [f"notice/{row.id}" for row in rig.notices(target)]
    await until(lambda: len(channel.asked) == 6, "their delivery was tried")
    await rig.skipper.fast_forward(rig.handle(first), timedelta(days=1))
    await rig.until_status(first, "COMPLETED")
    channel.mended = True
    await rig.skipper.fast_forward(rig.handle(second), timedelta(days=1))
    await rig.until_status(second, "COMPLETED")
    return {"notification-given-up": (first, None), "notification-sent": (second, None)}


async def notification_to_office(rig: Rig) -> Saved:
    """A notice that was given up, of which the office is told."""
    deliveries(rig)._channels["file"] = channel = DeadChannel()
    target = await rig.open()
    first = f"notice/{rig.notices(target)[0].id}"
    await until(lambda: len(channel.asked) == 6, "their delivery was tried")
    await rig.skipper.fast_forward(rig.handle(first), timedelta(days=1))
    await rig.until_status(first, "COMPLETED")
    return {"notification-office-told": (first, None)}


class SlowCarrier:
    """A carrier that says one thing after another of the letters it took."""

    name = "file"
    knows_repeats = False
    said_by = "tests"

    def __init__(self, *said: Status) -> None:
        self.taken, self.said = 0, list(said)

    async def send(self, letter: Letter) -> str:
        self.taken += 1
        return f"receipt-{self.taken}"

    async def find(self, message_id: str) -> Sequence[str]:
        return []

    async def word(self, receipt: str) -> Word:
        return Word(self.said.pop(0))


async def notifications_followed(rig: Rig) -> Saved:
    """A letter that came back, was sent again and then delivered; and one that came back for good, of which the office is
    told.
    """
    carrier = SlowCarrier("pending", "temporary-failure", "pending", "delivered", "permanent-failure")
    deliveries(rig)._channels["file"] = carrier
    target = await rig.open()
    await rig.all_settled(target)
    first, second, *_ = [f"notice/{row.id}" for row in rig.notices(target)]
    await rig.skipper.fast_forward(rig.handle(first), timedelta(days=1))
    await rig.until_status(first, "COMPLETED")
    await rig.skipper.fast_forward(rig.handle(second), timedelta(hours=1))
    await rig.until_status(second, "COMPLETED")
    return {"notification-followed": (first, None), "notification-came-back": (second, None)}


async def rating_round(rig: Rig) -> Saved:
    """A round that waits for its hour, of more rows than are worked on at once, one of them refused."""
    name, later = "social-services-2002-05-30", RATED + timedelta(days=1)
    rig.face.store(
        rig.command(
            f"council/{council}",
            "publish-rating",
            CHIEF,
            id=f"{name}/{council}",
            service="social-services",
            stars=stars,
            round=name,
        )
        for council, stars in (("E99999999", 0), *((new_council(), stars) for stars in (0, 1, 2, 3) * 3))
    )
    id = f"round/{name}"
    round = Round(id=name, epoch=1, at=later, clock_offset=rig.face.clock.offset())
    handle = await rig.client.start_workflow("RatingRoundWorkflow", round, id=id, task_queue=rig.settings.task_queue)
    await rig.move_to(later, id)
    await handle.result()
    return {"rating-round": (id, None)}


async def sweep(rig: Rig) -> Saved:
    """A sweep that starts one engagement."""
    lost = await rig.open()
    await rig.all_settled(lost)
    await rig.handle(lost).terminate()
    await rig.client.execute_workflow("SweepWorkflow", id="sweep/once", task_queue=rig.settings.task_queue)
    return {"sweep": ("sweep/once", None)}


async def digests(rig: Rig) -> Saved:
    """A morning on which nobody wants a digest, and one with one."""
    flow = f"digest/{london_day(rig.clock)}"
    await send_digests(rig.client, rig.settings.task_queue, rig.clock)
    nobody = await rig.run_id(flow)
    target, day = await rig.open(), timedelta(days=1)
    await rig.give(PEOPLE, "register-person", OFFICE, person="p1", name="Jo")
    await rig.give(PEOPLE, "give-role", OFFICE, person="p1", role=CHIEF)
    await rig.give(PEOPLE, "set-preference", OFFICE, person="p1", pace="digest")
    await rig.move_to(RATED + 13 * day)
    await rig.all_settled(target)
    await send_digests(rig.client, rig.settings.task_queue, rig.clock)
    return {"digest-nobody": (flow, nobody), "digest": (f"digest/{london_day(rig.clock)}", None)}


async def checkpoints(rig: Rig) -> Saved:
    """Steps with legal force, of a council and of an engagement, each of which asks for a checkpoint."""
    council = new_council()
    target = await rig.open(council)
    asked = f"checkpoint/{rig.settings.task_queue}"
    await rig.until_status(asked, "COMPLETED")
    await rig.rate(council, stars=1)
    await rig.until_status(target, "COMPLETED")
    await rig.until_status(asked, "COMPLETED")
    return {
        "checkpoint": (asked, None),
        "council-asks-for-checkpoint": (f"council/{council}", None),
        "engagement-asks-for-checkpoint": (target, None),
    }


@workflow.defn(name="EngagementWorkflow")
class SleepyWorkflow(EngagementWorkflow):
    """As EngagementWorkflow, but asleep for a moment before all else: what it records, that one can't replay."""

    @workflow.init
    def __init__(self, begin: Begin) -> None:
        super().__init__(begin)

    @workflow.run
    async def run(self, begin: Begin) -> None:
        """Sleep, then serve."""
        await workflow.sleep(timedelta(milliseconds=10))
        await super().run(begin)


async def incompatible(rig: Rig) -> Saved:
    """The history of a workflow of the same name with another beginning, on purpose."""
    await rig.stop_worker()
    council = new_council()
    worker = Worker(
        rig.client,
        task_queue=rig.settings.task_queue,
        workflows=[SleepyWorkflow, CouncilWorkflow, NotificationWorkflow],
        activities=list(rig.process.activities),
        activity_executor=ThreadPoolExecutor(4),
        workflow_runner=UnsandboxedWorkflowRunner(),
    )
    async with worker:
        await rig.rate(council)
        target = f"engagement/{engagement_of(council)}"
        await until(lambda: rig.runs(target), "the engagement runs")
        await rig.note(target)
    return {"incompatible": (target, None)}


RECORDED = (
    engagement_with_timers,
    engagement_closed,
    engagement_continued,
    engagement_stuck,
    engagement_without_database,
    engagement_of_older_epoch,
    office,
    notifications,
    notification_to_office,
    notifications_followed,
    rating_round,
    sweep,
    digests,
    checkpoints,
    incompatible,
)


def _without_noise(value: Any) -> Any:
    """A history without what no replay reads: where and by whom it was made, and where in the code something failed."""
    if isinstance(value, dict):
        return {key: _without_noise(inner) for key, inner in value.items() if key not in NOISE}
    if isinstance(value, list):
        return [_without_noise(inner) for inner in value]
    return value


@asynccontextmanager
async def _rig(binary: Path, folder: Path, events_a_run: int) -> AsyncIterator[Rig]:
    async with (
        a_server(binary, folder / "log", limit__historyCount__suggestContinueAsNew=str(events_a_run)) as server,
        a_rig(server.address, folder / "home") as rig,
    ):
        yield rig


async def main(names: list[str]) -> None:
    """Record the histories of these names, or all."""
    binary = await asyncio.to_thread(find_server, print)
    FOLDER.mkdir(exist_ok=True)
    for record in RECORDED:
        events_a_run = EVENTS_A_RUN if record in (engagement_continued, office) else 4096
        with tempfile.TemporaryDirectory() as folder:
            async with _rig(binary, Path(folder), events_a_run) as rig:
                for name, (flow, run) in (await record(rig)).items():
                    if names and name not in names:
                        continue
                    history = await rig.client.get_workflow_handle(flow, run_id=run).fetch_history()
                    text = json.dumps(_without_noise(history.to_json_dict()), separators=(",", ":"), sort_keys=True)
                    (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
                    print(f"{name}: {len(history.events)} events, {len(text)} bytes")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
