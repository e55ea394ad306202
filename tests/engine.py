"""A whole engine to test with: a real dev server that skips time, and on it ledgers, workers and faces, each test's own.

Tests share a server: each takes councils that no other test has (`new_council`) and a task queue, so that ids never meet.
Ledgers are rehearsals unless a test wants otherwise, so that it is 29 May 2002 whenever a test runs.
"""

import asyncio
import itertools
import json
import multiprocessing
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from pydantic import TypeAdapter
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from activities.delivery import Delivery, Letter, Recipients
from domain.actors import Actor
from domain.checkpoints import HEADS, SIGNER
from domain.dates import When, london_day
from domain.records import Recorded
from ledger import events, read_models, verify
from ledger.commands import StoredOutcome
from ledger.read_models import EngagementRow, NoticeRow
from ledger.store import Kind, Ledger
from tests import worker_process
from workers import dev_server
from workers.composition import SEARCH_ATTRIBUTES, Process, compose, connect, make_face, make_ledger
from workers.dev_server import DevServer
from workers.face import Face, Unsealed
from workers.settings import Settings

RATED = datetime(2002, 5, 29, 9, tzinfo=UTC)
"""The morning on which the first star ratings were published."""

PATIENCE = 150.0
"""Seconds. No test measures time: this only ends a wait that would never end. A task that Temporal gave to a worker in the
moment in which it was stopped is lost until its time is over, which for a try of a notice is a minute; then comes the next.
"""

CHIEF = "inspectorate.chief-inspector"
LEAD = "inspectorate.lead-inspector"
DIRECTOR = "council.director"
OFFICE = "department.programme-office"

_councils = itertools.count(1)
_commands = itertools.count(1)
_queues = itertools.count(1)
_namespaces = itertools.count(1)


def new_council() -> str:
    """The code of a council that no other test of this process has."""
    return f"X{next(_councils):07}"


def engagement_of(council: str, number: int = 1) -> str:
    """The id of a council's engagement."""
    return f"council-{council.lower()}-{number}"


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition, which may be a coroutine, is true."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = condition()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def a_server(
    binary: Path, log: Path, *, database: Path | None = None, **dynamic_config: str
) -> AsyncIterator[DevServer]:
    """A dev server that skips time when told to; `dynamic_config` with `__` for the dots."""
    async with dev_server.running(
        binary,
        database=database,
        log=log,
        search_attributes=SEARCH_ATTRIBUTES,
        time_skipping=True,
        dynamic_config={key.replace("__", "."): value for key, value in dynamic_config.items()},
    ) as server:
        yield server


@pytest.fixture(scope="session")
async def temporal(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    """A server for all tests of a process that need nothing of it but a namespace: see `new_namespace`."""
    async with a_server(dev_server_binary, tmp_path_factory.mktemp("temporal") / "log") as server:
        yield server


async def new_namespace(server: DevServer) -> str:
    """A namespace in which nothing is yet, for tests that have workflows of the same ids as others."""
    client, name = await Client.connect(server.address), f"test-{next(_namespaces)}"
    retention = Duration()
    retention.FromTimedelta(dev_server.RETENTION)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(namespace=name, workflow_execution_retention_period=retention)
    )
    kinds = {
        key: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}") for key, kind in SEARCH_ATTRIBUTES.items()
    }
    await client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(namespace=name, search_attributes=kinds)
    )
    return name


@dataclass
class Rig:
    """An engine over one ledger. The worker is this process's own, and may be stopped and started."""

    settings: Settings
    ledger: Ledger
    skipper: TimeSkipper
    process: Process
    face: Face
    options: Mapping[str, Any] = field(default_factory=dict)
    _worker: AsyncExitStack | None = None

    @property
    def client(self) -> Client:
        """A client whose workflows can be moved in time."""
        return self.skipper.client

    # The worker

    async def start_worker(self) -> None:
        """Start this process's worker."""
        stack = AsyncExitStack()
        await stack.enter_async_context(self.process.worker(**self.options))
        self._worker = stack

    async def stop_worker(self) -> None:
        """Stop this process's worker, if it runs."""
        worker, self._worker = self._worker, None
        if worker is not None:
            # One that does not end fails a test, and does not hold up all of them.
            async with asyncio.timeout(PATIENCE):
                await worker.aclose()

    def recompose(self) -> None:
        """Put the process together anew, as after a restart: nothing that was folded before is remembered."""
        self.process = compose(self.settings, self.ledger, self.client)

    @asynccontextmanager
    async def worker_process(self, **environment: str) -> AsyncIterator[ForkServerProcess]:
        """A worker in a process of its own (see tests.worker_process), killed at the end if it still runs."""
        settings = {
            "TURNAROUND_HOME": str(self.settings.home),
            "TURNAROUND_SYNCHRONOUS": self.settings.synchronous,
            "TURNAROUND_TASK_QUEUE": self.settings.task_queue,
            "TURNAROUND_TEMPORAL_ADDRESS": self.client.service_client.config.target_host,
        }
        # Forked from a process that does nothing else and has all modules already: reading them takes two seconds.
        forking = multiprocessing.get_context("forkserver")
        forking.set_forkserver_preload([worker_process.__name__])
        process = forking.Process(target=worker_process.work, args=({**os.environ, **settings, **environment},))
        await asyncio.to_thread(process.start)
        try:
            yield process
        finally:
            process.kill()
            await asyncio.to_thread(process.join)

    # Commands

    def command(
        self, target: str, type: str, role: str, /, *, id: str | None = None, expect: int | None = None, **body: Any
    ) -> Unsealed:
        """A command as somebody gives it today."""
        return Unsealed(
            id=id or f"test/{next(_commands)}",
            target=target,
            type=type,
            decided_by=Actor.parse(role),
            recorded_by=Actor.parse(role),
            occurred=When.day(london_day(self.face.clock.now())),
            body=body,
            via="command-line",
            expected_version=expect,
        )

    async def give(self, target: str, type: str, role: str, /, **rest: Any) -> StoredOutcome:
        """Give a command through the face: see `command`."""
        return await self.face.give(self.command(target, type, role, **rest))

    async def rate(self, council: str, stars: int = 0, **rest: Any) -> StoredOutcome:
        """Publish a rating."""
        target = f"council/{council}"
        return await self.give(target, "publish-rating", CHIEF, service="social-services", stars=stars, **rest)

    async def open(self, council: str | None = None) -> str:
        """Open an engagement by a rating, in a council of its own, wait for its workflow; its stream."""
        council = council or new_council()
        assert (await self.rate(council)).accepted
        target = f"engagement/{engagement_of(council)}"
        await until(lambda: self.runs(target), f"{target} runs")
        return target

    async def note(self, target: str, text: str = "A note.", **rest: Any) -> StoredOutcome:
        """Add a note: the command that changes nothing else."""
        return await self.give(target, "add-note", DIRECTOR, text=text, **rest)

    # What became of it

    def events(self, stream: str) -> list[Recorded]:
        """A stream's events."""
        with self.ledger.reading() as conn:
            return list(events.read_stream(conn, stream))

    def all_events(self) -> list[Recorded]:
        """Every event of the ledger, but for those that come with checkpoints, which are made beside all else."""
        with self.ledger.reading() as conn:
            return [event for event in events.read_all(conn) if event.stream not in (HEADS, SIGNER)]

    def open_engagements(self) -> list[str]:
        """The ids of the open engagements."""
        with self.ledger.reading() as conn:
            return [row.id for row in read_models.open_engagements(conn)]

    def types(self, stream: str) -> list[str]:
        """The types of a stream's events."""
        return [event.type for event in self.events(stream)]

    def of_type(self, stream: str, type: str) -> list[Recorded]:
        """A stream's events of one type."""
        return [event for event in self.events(stream) if event.type == type]

    def by_command(self, stream: str, id: str) -> list[Recorded]:
        """What a command brought."""
        return [event for event in self.events(stream) if event.command.id == id]

    def row(self, target: str) -> EngagementRow:
        """An engagement's row."""
        with self.ledger.reading() as conn:
            row = read_models.engagement(conn, target.removeprefix("engagement/"))
        assert row is not None
        return row

    def notices(self, target: str) -> list[NoticeRow]:
        """An engagement's notices."""
        with self.ledger.reading() as conn:
            return read_models.notices(conn, target.removeprefix("engagement/"))

    def unsettled(self) -> list[NoticeRow]:
        """The notices of all engagements that are still on their way."""
        with self.ledger.reading() as conn:
            return read_models.unsettled_notices(conn)

    async def all_settled(self, target: str) -> None:
        """Wait until every notice of an engagement is sent or given up."""
        await until(lambda: all(row.settled for row in self.notices(target)), f"the notices of {target} are settled")

    def files(self) -> list[str]:
        """The names of what the file channel wrote."""
        return sorted(path.name for path in self.settings.outbox.glob("*"))

    def verify(self) -> None:
        """Check that the ledger is whole."""
        assert verify.verify(self.ledger).first_bad is None

    # Temporal

    def handle(self, target: str) -> WorkflowHandle[Any, Any]:
        """The workflow of a stream."""
        return self.client.get_workflow_handle(target)

    async def status(self, target: str) -> str | None:
        """The name of a workflow's status; None when there is none of that id."""
        try:
            status = (await self.handle(target).describe()).status
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return None
            raise
        return status.name if status is not None else None

    async def runs(self, target: str) -> bool:
        """Whether a workflow runs."""
        return await self.status(target) == "RUNNING"

    async def until_status(self, target: str, status: str) -> None:
        """Wait until a workflow has a status."""

        async def reached() -> bool:
            return await self.status(target) == status

        await until(reached, f"{target} is {status}")

    async def run_id(self, target: str) -> str:
        """The id of a workflow's latest run."""
        return (await self.handle(target).describe()).run_id

    async def details(self, target: str) -> str:
        """A workflow's current details, as the Web UI shows them."""
        metadata: WorkflowMetadata = await self.handle(target).query(
            "__temporal_workflow_metadata", result_type=WorkflowMetadata
        )
        return metadata.current_details

    async def histories(self) -> list[WorkflowHistory]:
        """The histories of all runs of all workflows of this rig that are listed by now."""
        query = f"TaskQueue = '{self.settings.task_queue}'"
        return [history async for history in self.client.list_workflows(query).map_histories()]

    # Time

    @property
    def clock(self) -> datetime:
        """The rehearsal's clock."""
        return self.face.clock.now()

    async def now_of(self, target: str) -> datetime:
        """What time a workflow has: its own clock, which runs and is skipped, and the offset that it was started with."""
        handle = self.handle(target)
        async for event in handle.fetch_history_events(page_size=1):
            started = event.workflow_execution_started_event_attributes
            offset = json.loads(started.input.payloads[0].data)["clock_offset"]
            return await self.skipper.get_current_time(handle) + TypeAdapter(timedelta).validate_python(offset)
        raise AssertionError("a history begins with its start")

    async def move_to(self, moment: datetime, *others: str) -> None:
        """Move the rehearsal's clock to a moment, and with it every open engagement, every council and whatever else is
        named, as far as they run; all that falls due on the way happens at its instant.
        """

        def set_clock() -> list[str]:
            with self.ledger.writing() as tx:
                assert tx.clock is not None and tx.clock <= moment
                tx.set_clock(moment)
                return events.streams(tx.connection, "council/")

        async def move(target: str) -> None:
            left = moment - await self.now_of(target) if await self.runs(target) else timedelta()
            if left > timedelta():
                try:
                    await self.skipper.fast_forward(self.handle(target), left)
                except RPCError as error:
                    if error.status != RPCStatusCode.NOT_FOUND:  # it has ended meanwhile
                        raise

        councils = await asyncio.to_thread(set_clock)
        engagements = [f"engagement/{id}" for id in self.open_engagements()]
        await asyncio.gather(*(move(target) for target in (*engagements, *councils, *others)))


@asynccontextmanager
async def a_rig(
    address: str,
    home: Path,
    *,
    kind: Kind = "rehearsal",
    at: datetime | None = RATED,
    worker: bool = True,
    recipients: Recipients | None = None,
    mail: Mapping[str, Any] | None = None,
    namespace: str = "default",
    **options: Any,
) -> AsyncIterator[Rig]:
    """An engine over a ledger of its own. `options` are the SDK's for its worker, `mail` the settings of mail."""
    settings = Settings(
        home=home,
        synchronous="OFF",
        temporal_address=address,
        temporal_namespace=namespace,
        task_queue=f"test-{os.getpid()}-{next(_queues)}",
        **(mail or {}),
    )
    ledger = await asyncio.to_thread(make_ledger, settings, kind, at if kind == "rehearsal" else None)
    try:
        config = TimeSkippingConfig(enabled=False, max_session_skip_count=1_000_000)
        skipper = TimeSkipper(await connect(settings, address), config=config)
        process = compose(settings, ledger, skipper.client, recipients)
        rig = Rig(settings, ledger, skipper, process, make_face(settings, ledger, skipper.client), options)
        try:
            if worker:
                await rig.start_worker()
            yield rig
        finally:
            await rig.stop_worker()
    finally:
        ledger.close()


def deliveries(rig: Rig) -> Delivery:
    """The delivery of a rig's worker."""
    owners = {getattr(activity, "__self__", None) for activity in rig.process.activities}
    (found,) = [owner for owner in owners if isinstance(owner, Delivery)]
    return found


class DeadChannel:
    """A channel that accepts nothing, until it is mended."""

    name = "dead"
    knows_repeats = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.mended = False

    async def send(self, letter: Letter) -> None:
        self.asked.append(letter.notice)
        if not self.mended:
            raise OSError("nobody is there: Jane Doe")
