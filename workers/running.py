"""A whole engine on one machine: ledger, Temporal, worker and face, up together and down together."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.messages import Dawn
from activities.notify import NotifyChannel
from domain.dates import LONDON, london_day
from domain.digest import HOUR as HOUR_OF_DIGESTS
from ledger.store import Ledger
from workers import dev_server
from workers.composition import SEARCH_ATTRIBUTES, Process, compose, connect, make_face, make_ledger
from workers.face import Face
from workers.settings import Settings
from workflows.checkpoint import FIVE_MINUTES
from workflows.sweep import HOUR

SKIPS = 1_000_000
"""Time skips a workflow may make; the server's own limit of 200 would stop a rehearsal without a word."""


@dataclass(frozen=True)
class Engine:
    """What is up: the ledger, the process that works on it, the face, and where Temporal and its Web UI are."""

    ledger: Ledger
    process: Process
    face: Face
    address: str
    ui: str | None = None
    skipper: TimeSkipper | None = None


@asynccontextmanager
async def engine(
    settings: Settings, say: Callable[[str], None], *, ui_port: int | None = None
) -> AsyncIterator[Engine]:
    """A production engine over the settings' ledger, with a server of its own unless the settings name one.

    Raises DatabaseUnavailable, and the dev server's ServerNotFound, ServerFailed and DatabaseInUse.
    """
    async with AsyncExitStack() as stack:
        address, ui = await stack.enter_async_context(_server(settings, say, ui_port=ui_port, time_skipping=False))
        ledger = await asyncio.to_thread(make_ledger, settings, "production")
        stack.callback(ledger.close)
        client = await connect(settings, address)
        process = compose(settings, ledger, client)
        await stack.enter_async_context(process.worker())
        await start_sweeping(client, settings.task_queue)
        await start_digests(client, settings.task_queue)
        await start_checkpoints(client, settings.task_queue)
        if wrong := await fault_of_notify(settings):
            say(f"{wrong}. Letters wait.")
        where = client.service_client.config.target_host
        yield Engine(ledger, process, make_face(settings, ledger, client), where, ui)


@asynccontextmanager
async def rehearsal_engine(
    settings: Settings, say: Callable[[str], None], at: datetime, *, ui_port: int | None = None
) -> AsyncIterator[Engine]:
    """An engine over a rehearsal ledger whose clock starts at `at`, with a server of its own that skips time unless the
    settings name one that does.

    Raises what `engine` raises.
    """
    async with AsyncExitStack() as stack:
        address, ui = await stack.enter_async_context(_server(settings, say, ui_port=ui_port, time_skipping=True))
        ledger = await asyncio.to_thread(make_ledger, settings, "rehearsal", at)
        stack.callback(ledger.close)
        # Not skipping by itself: every workflow's clock moves only when the driver says so.
        config = TimeSkippingConfig(enabled=False, max_session_skip_count=SKIPS)
        skipper = TimeSkipper(await connect(settings, address), config=config)
        process = compose(settings, ledger, skipper.client)
        await stack.enter_async_context(process.worker())
        where = skipper.client.service_client.config.target_host
        yield Engine(ledger, process, make_face(settings, ledger, skipper.client), where, ui, skipper)


@asynccontextmanager
async def _server(
    settings: Settings, say: Callable[[str], None], *, ui_port: int | None, time_skipping: bool
) -> AsyncIterator[tuple[str | None, str | None]]:
    """The server's address and its Web UI's, as far as they are known: the settings' server, or one as long as this lasts."""
    if settings.temporal_address is not None or settings.temporal_profile is not None:
        yield settings.temporal_address, None
        return
    binary = await asyncio.to_thread(dev_server.find_server, say)
    async with dev_server.running(
        binary,
        database=settings.home / "temporal.db",
        log=settings.home / "logs" / "temporal.log",
        search_attributes=SEARCH_ATTRIBUTES,
        synchronous=settings.synchronous,
        namespace=settings.temporal_namespace,
        ui_port=ui_port,
        time_skipping=time_skipping,
    ) as server:
        yield server.address, server.ui


async def fault_of_notify(settings: Settings) -> str | None:
    """What is wrong with GOV.UK Notify as the settings have it, in words; None where nothing is, or mail goes otherwise."""
    if settings.notify is None:
        return None
    try:
        return await NotifyChannel(settings.notify).fault()
    except OSError:
        return f"GOV.UK Notify does not answer at {settings.notify.url}"


async def start_sweeping(client: Client, task_queue: str) -> None:
    """Sweep now, and every hour from now on."""
    await client.start_workflow(
        "SweepWorkflow",
        id="sweep/at-start",
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        execution_timeout=timedelta(minutes=15),
    )
    with suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(
            "sweep",
            Schedule(
                action=ScheduleActionStartWorkflow("SweepWorkflow", id="sweep/hourly", task_queue=task_queue),
                spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=HOUR)]),
            ),
        )


async def start_checkpoints(client: Client, task_queue: str) -> None:
    """Sign a checkpoint every five minutes from now on. One in which nothing was recorded is none."""
    with suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(
            "checkpoint",
            Schedule(
                action=ScheduleActionStartWorkflow(
                    "CheckpointWorkflow", id="checkpoint/scheduled", task_queue=task_queue
                ),
                spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=FIVE_MINUTES)]),
            ),
        )


async def start_digests(client: Client, task_queue: str) -> None:
    """Send digests at eight in the morning in London, Monday to Friday, from now on.

    Whether it is a working day is asked of the newest calendar when it runs. A morning missed while the server was down is
    caught up within the day. While one run keeps trying no other is started: it compiles the digests of whichever day it is.
    """
    with suppress(ScheduleAlreadyRunningError):
        await client.create_schedule(
            "digest",
            Schedule(
                action=ScheduleActionStartWorkflow("DigestWorkflow", Dawn(), id="digest/daily", task_queue=task_queue),
                spec=ScheduleSpec(
                    calendars=[
                        ScheduleCalendarSpec(
                            hour=[ScheduleRange(HOUR_OF_DIGESTS.hour)], day_of_week=[ScheduleRange(1, 5)]
                        )
                    ],
                    time_zone_name=LONDON.key,
                ),
                policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(days=1)),
            ),
        )


async def send_digests(client: Client, task_queue: str, at: datetime) -> None:
    """Do in a rehearsal, at a moment of its clock, what the Schedule does in production, and wait until it is done."""
    await client.execute_workflow(
        "DigestWorkflow",
        Dawn(clock_offset=at - datetime.now(UTC)),
        id=f"digest/{london_day(at)}",
        task_queue=task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
    )


@asynccontextmanager
async def told_to_others(settings: Settings, running: Engine, http: str | None = None) -> AsyncIterator[None]:
    """Write down how to reach what is up, for the commands of this machine, as long as it is. `http` is where it serves."""
    data = {
        "address": running.address,
        "ui": running.ui,
        "http": http,
        "namespace": settings.temporal_namespace,
        "pid": os.getpid(),
    }
    fresh = settings.run_file.with_suffix(".new")
    fresh.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    fresh.replace(settings.run_file)
    try:
        yield
    finally:
        settings.run_file.unlink(missing_ok=True)
