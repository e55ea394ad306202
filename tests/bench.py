"""What turnaround costs above bare Temporal, and how fast its ledger is: ratios, as one JSON document on standard output.

`python -m tests.bench [submit] [throughput] [memory] [scale] [append] [transact] [load] [verify] [pages] [--quick]
[--events N] [--server file|memory] [--address TEXT]...`. Append, transact, load and verify are the ledger's, in
tests/bench_ledger.py; pages are the console's and the API's, in tests/bench_web.py, and each has a ratio of its own. A table
of targets and what was measured comes at the end, on standard error. Nothing is asserted. Each ratio comes from one run in
which the two sides take turns, so that whatever else the machine does falls on both alike.
The server keeps its data in a file, as that of `turnaround up` does; with `--server memory` the comparison is harder, as
the bare side then never waits for a disk and ours still does.
The bare side is what nobody who uses Temporal can do without: an Update that runs one local activity that does nothing,
or a workflow that only waits. Workers run in a process of their own, as the shipped ones do with the command line.
"""

import argparse
import asyncio
import faulthandler
import gc
import importlib
import inspect
import json
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NoReturn

import psutil
from temporalio import activity, workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from activities.messages import Submission, Task
from activities.signatures import Keyring
from activities.transact import Transact
from domain.actors import Actor
from domain.dates import When
from ledger import read_models
from ledger.commands import SignedCommand
from ledger.store import Ledger
from tests.bench_ledger import LEDGER_BENCHES, Sizes, say
from tests.bench_web import pages
from workers import dev_server, logs
from workers.composition import RELEASE, SEARCH_ATTRIBUTES, compose, connect, make_face, make_ledger, make_shelf
from workers.face import Face, Unsealed
from workers.settings import Settings

OFFICE = Actor.parse("department.programme-office")
AT_ONCE = 40
BATCH = 100
PATIENCE = 600  # seconds; ten thousand workflows start in one or two minutes
BARE_QUEUE = "bare"
BARE_MODULE = "bare_workflows"


# The bare side


@activity.defn(name="nothing")
def nothing(_: str) -> None:
    """The work of a bare update."""


@workflow.defn(name="BareUpdate")
class BareUpdate:
    """Serves updates that run one local activity each."""

    @workflow.run
    async def run(self, _: str) -> None:
        """Serve for ever."""
        await workflow.wait_condition(lambda: False)

    @workflow.update(name="work")
    async def work(self, given: str) -> None:
        """Run the local activity."""
        await workflow.execute_local_activity("nothing", given, start_to_close_timeout=timedelta(seconds=10))


@workflow.defn(name="Waiting")
class Waiting:
    """Waits."""

    @workflow.run
    async def run(self, _: str) -> None:
        """Wait for ever."""
        await workflow.wait_condition(lambda: False)


def write_bare_module(folder: Path) -> None:
    """The bare workflows in a module of their own. The sandbox loads a workflow's module again for every run, and this
    one would weigh more than the workflow: the bare side would look as heavy as ours.
    """
    parts = ["from datetime import timedelta\n\nfrom temporalio import workflow\n"]
    parts += [inspect.getsource(kind) for kind in (BareUpdate, Waiting)]
    (folder / f"{BARE_MODULE}.py").write_text("\n\n".join(parts), encoding="utf-8")


# The worker process


@dataclass(frozen=True)
class WorkerProcess:
    """A worker in a process of its own."""

    process: asyncio.subprocess.Process
    log: Path

    async def ask(self) -> dict[str, int]:
        """How many bytes of memory it holds, and how many workflows."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(b"?\n")
        answer: dict[str, int] = json.loads(await self.process.stdout.readline() or self._ended())
        return answer

    def _ended(self) -> NoReturn:
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])
        raise RuntimeError(f"the worker has ended; the end of its log:\n{tail}")

    async def quiet(self, workflows: int) -> dict[str, int]:
        """Wait until it holds so many workflows and has nothing more to do."""
        seen, calm, deadline = psutil.Process(self.process.pid), 0, time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            before = seen.cpu_times()
            await asyncio.sleep(0.25)
            after = seen.cpu_times()
            calm = calm + 1 if after.user + after.system - before.user - before.system < 0.02 else 0
            if calm >= 3 and (answer := await self.ask())["workflows"] >= workflows:
                return answer
        raise RuntimeError(f"the worker has been busy for {PATIENCE} seconds")


@asynccontextmanager
async def worker_process(
    address: str, folder: Path, settings: Settings | None = None, cache: int | None = None
) -> AsyncIterator[WorkerProcess]:
    """A worker of the bare workflows, and of the settings' ledger where given."""
    given = {
        "address": address,
        "folder": str(folder),
        "cache": cache,
        "settings": settings.model_dump(mode="json") if settings else None,
    }
    log = folder / f"worker-{settings.task_queue if settings else BARE_QUEUE}.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.bench", "--worker", json.dumps(given)),
            cwd=Path(__file__).resolve().parent.parent,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
        )
    assert process.stdin is not None and process.stdout is not None
    worker = WorkerProcess(process, log)
    try:
        await worker.ask()
        yield worker
    finally:
        process.stdin.close()
        await process.wait()


async def be_a_worker(given: dict[str, Any]) -> None:
    """The life of a worker process: it answers each line of standard input, and ends with it."""
    # The SDK logs to standard output, where only answers may stand.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    faulthandler.enable()
    sys.path.insert(0, given["folder"])
    bare = importlib.import_module(BARE_MODULE)
    options = {} if given["cache"] is None else {"max_cached_workflows": given["cache"]}
    async with AsyncExitStack() as stack:
        client = await Client.connect(given["address"], data_converter=pydantic_data_converter)
        if given["settings"]:
            settings = Settings(**given["settings"])
            logs.configure(settings)
            ledger = Ledger.open(settings.url, synchronous=settings.synchronous)
            stack.callback(ledger.close)
            worker = compose(settings, ledger, client).worker(**options)
        else:
            worker = Worker(
                client,
                task_queue=BARE_QUEUE,
                workflows=[bare.BareUpdate, bare.Waiting],
                activities=[nothing],
                activity_executor=ThreadPoolExecutor(16),
                **options,
            )
        await stack.enter_async_context(worker)
        # The SDK does not say how many workflows it holds in any other way but a metrics endpoint.
        served = worker._workflow_worker
        assert served is not None
        while await asyncio.to_thread(sys.stdin.readline):
            gc.collect()
            held = len(served._running_workflows)
            print(
                json.dumps({"bytes": psutil.Process().memory_info().rss, "workflows": held}), file=answers, flush=True
            )


# Our side


def fill(settings: Settings, first: int, count: int) -> None:
    """A ledger with so many open engagements, taken over as cases under way: nobody is told of them.

    Their councils have no names: X0000001 and up. The commands are signed, stored and carried out as any others, without
    Temporal, many in one transaction, and not durably.
    """
    ledger = make_ledger(settings.model_copy(update={"synchronous": "OFF"}), "production")
    transact = Transact(ledger, make_shelf(settings), lambda: Keyring.of_folder(settings.keys))
    # It only stores: there is no server yet.
    face = make_face(settings, ledger, None)  # type: ignore[arg-type]
    epoch, today = ledger.about.epoch, When.day(datetime.now(UTC).date())

    def command(id: str, number: int, type: str, body: dict[str, Any]) -> Unsealed:
        return Unsealed(id, f"council/X{number:07}", type, OFFICE, OFFICE, today, body, "import")

    numbers = iter(range(first, first + count))
    while batch := list(islice(numbers, BATCH)):
        rating = {"service": "social-services", "stars": 0}
        steps = face.store(command(f"rating/{number}", number, "publish-rating", rating) for number in batch)
        listed = [{"command": step.ref.model_dump(), "line": line} for line, step in enumerate(steps, start=1)]
        body = {"live": True, "source": "the bench", "steps": listed}
        (whole,) = face.store([command(f"import/{batch[0]}", batch[0], "import-case", body)])
        submission = Submission(command_id=whole.record.id, digest=whole.digest)
        done = transact.run(Task(target=whole.record.target, at=datetime.now(UTC), epoch=epoch, submission=submission))
        assert done.outcome is not None and done.outcome.accepted, done.outcome
    ledger.close()


@dataclass(frozen=True)
class Ours:
    """A ledger with open engagements, their workflows on a server, and a face to both."""

    face: Face
    engagements: Sequence[str]
    worker: WorkerProcess

    def note(self, id: str, engagement: str) -> Unsealed:
        """The smallest command: one event, one sealed value."""
        body = {"text": "The council's new director has been told of the engagement."}
        today = When.day(datetime.now(UTC).date())
        return Unsealed(id, f"engagement/{engagement}", "add-note", OFFICE, OFFICE, today, body, "command-line")

    def stored_notes(self, prefix: str, engagements: Iterable[str]) -> list[SignedCommand]:
        """Commands that were stored before."""
        return self.face.store([self.note(f"{prefix}/{n}", id) for n, id in enumerate(engagements)])

    async def start(self, engagements: Iterable[str]) -> None:
        """See that the workflows of some engagements run."""
        epoch, waiting = self.face.ledger.about.epoch, iter(engagements)

        async def some() -> None:
            for id in waiting:
                await self.face.starter.start(f"engagement/{id}", epoch, timedelta())

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    async def submit(self, signed: SignedCommand) -> None:
        """Submit a stored command."""
        outcome = await self.face.submit(signed)
        assert outcome.accepted, outcome

    async def give(self, unsealed: Unsealed) -> None:
        """Give a command: store it and submit it."""
        outcome = await self.face.give(unsealed)
        assert outcome.accepted, outcome


@asynccontextmanager
async def ours(
    address: str, folder: Path, engagements: int, *, first: int = 1, cache: int | None = None
) -> AsyncIterator[Ours]:
    """Our side, with nothing started yet."""
    home = folder / f"home-{first}"
    settings = Settings(home=home, database_url=None, synchronous="FULL", task_queue=f"turnaround-{first}")
    await asyncio.to_thread(fill, settings, first, engagements)
    async with worker_process(address, folder, settings, cache) as worker:
        ledger = Ledger.open(settings.url, synchronous="FULL")
        with ledger.reading() as conn:
            ids = [row.id for row in read_models.open_engagements(conn)]
        yield Ours(make_face(settings, ledger, await connect(settings, address)), ids, worker)
        ledger.close()


@dataclass(frozen=True)
class Bench:
    """What all benches share: the server's binary, where it keeps its data, and the sizes."""

    binary: Path
    file: bool
    quick: bool

    def size(self, full: int, quick: int) -> int:
        """How much to do."""
        return quick if self.quick else full

    @asynccontextmanager
    async def server(self) -> AsyncIterator[tuple[str, Path]]:
        """A dev server of its own for a bench: its address, and a folder that goes with it."""
        with tempfile.TemporaryDirectory(prefix="turnaround-bench-") as name:
            folder = Path(name)
            write_bare_module(folder)
            database = folder / "temporal.db" if self.file else None
            async with dev_server.running(
                self.binary, database=database, log=folder / "temporal.log", search_attributes=SEARCH_ATTRIBUTES
            ) as running:
                yield running.address, folder

    @asynccontextmanager
    async def bare_updates(
        self, address: str, folder: Path, count: int
    ) -> AsyncIterator[list[WorkflowHandle[Any, Any]]]:
        """So many bare workflows that serve updates."""
        async with worker_process(address, folder):
            client = await Client.connect(address, data_converter=pydantic_data_converter)
            yield await asyncio.gather(
                *(
                    client.start_workflow("BareUpdate", "", id=f"bare/{number}", task_queue=BARE_QUEUE)
                    for number in range(count)
                )
            )


async def seconds(work: Awaitable[object]) -> float:
    """How long something takes."""
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


def milliseconds(times: Sequence[float]) -> dict[str, float]:
    """Times as they are reported."""
    nine = quantiles(times, n=10)[8]
    return {"p50_ms": round(median(times) * 1000, 2), "p90_ms": round(nine * 1000, 2), "times": len(times)}


def in_turn(sides: Sequence[Callable[[], Awaitable[float]]]) -> Iterator[Sequence[int]]:
    """The order of the sides in each round: each comes first equally often."""
    yield from cycle([[*range(start, len(sides)), *range(start)] for start in range(len(sides))])


async def interleave(sides: Sequence[Callable[[], Awaitable[float]]], rounds: int, warm: int) -> list[list[float]]:
    """What each side measured in each round, the first `warm` left out."""
    found: list[list[float]] = [[] for _ in sides]
    for number, order in enumerate(islice(in_turn(sides), warm + rounds)):
        for side in order:
            value = await sides[side]()
            if number >= warm:
                found[side].append(value)
    return found


# The benches


async def submit_p50_ratio(bench: Bench) -> dict[str, Any]:
    """One command at a time against one bare update at a time."""
    rounds, warm, several = bench.size(300, 40), bench.size(40, 15), 10
    async with (
        bench.server() as (address, folder),
        ours(address, folder, several) as our,
        bench.bare_updates(address, folder, several) as handles,
    ):
        await our.start(our.engagements)
        turn = list(islice(cycle(our.engagements), warm + rounds))
        stored = iter(our.stored_notes("submit", turn))
        given = iter([our.note(f"give/{number}", id) for number, id in enumerate(turn)])
        bare = cycle(handles)
        found = await interleave(
            [
                lambda: seconds(next(bare).execute_update("work", "x")),
                lambda: seconds(our.submit(next(stored))),
                lambda: seconds(our.give(next(given))),
            ],
            rounds,
            warm,
        )
    plain, submits, gives = (milliseconds(times) for times in found)
    return {
        "ratio": round(submits["p50_ms"] / plain["p50_ms"], 3),
        "target": "at most 1.5",
        "met": submits["p50_ms"] <= 1.5 * plain["p50_ms"],
        "what": "submit of a stored command (update-with-start, transact, outcome read) / bare local-activity update",
        "bare_update": plain,
        "submit": submits,
        "give": {**gives, "ratio": round(gives["p50_ms"] / plain["p50_ms"], 3), "what": "seal, sign, store, submit"},
    }


async def throughput_ratio(bench: Bench) -> dict[str, Any]:
    """Forty workflows at once, each given one after another."""
    blocks, each = bench.size(15, 5), 3
    async with (
        bench.server() as (address, folder),
        ours(address, folder, AT_ONCE) as our,
        bench.bare_updates(address, folder, AT_ONCE) as handles,
    ):
        await our.start(our.engagements)
        stored = {id: iter(our.stored_notes(f"submit/{id}", [id] * each * (blocks + 1))) for id in our.engagements}
        given = {
            id: iter([our.note(f"give/{id}/{number}", id) for number in range(each * (blocks + 1))])
            for id in our.engagements
        }

        async def bare(handle: WorkflowHandle[Any, Any]) -> None:
            for _ in range(each):
                await handle.execute_update("work", "x")

        async def submit(id: str) -> None:
            for signed in islice(stored[id], each):
                await our.submit(signed)

        async def give(id: str) -> None:
            for unsealed in islice(given[id], each):
                await our.give(unsealed)

        found = await interleave(
            [
                lambda: seconds(asyncio.gather(*map(bare, handles))),
                lambda: seconds(asyncio.gather(*map(submit, our.engagements))),
                lambda: seconds(asyncio.gather(*map(give, our.engagements))),
            ],
            blocks,
            1,
        )
    plain, submits, gives = (round(AT_ONCE * each / median(times), 1) for times in found)
    return {
        "ratio": round(submits / plain, 3),
        "target": "at least 0.7",
        "met": submits >= 0.7 * plain,
        "what": "commands a second over 40 engagements at once / bare local-activity updates a second over 40 workflows",
        "bare_update": {"per_second": plain},
        "submit": {"per_second": submits},
        "give": {"per_second": gives, "ratio": round(gives / plain, 3), "what": "seal, sign, store, submit"},
        "updates_a_side": AT_ONCE * each * blocks,
    }


async def memory_ratio(bench: Bench) -> dict[str, Any]:
    """The worker's memory for each workflow it holds."""
    # Whatever is kept for a fixed number of engagements, such as their folded states, is full after the first few hundred.
    warm, count = 300, bench.size(1000, 200)
    total, cache = warm + count, 2 * (warm + count)
    async with (
        bench.server() as (address, folder),
        ours(address, folder, total, cache=cache) as our,
        worker_process(address, folder, cache=cache) as waits,
    ):
        client = await Client.connect(address, data_converter=pydantic_data_converter)

        async def start_waiting(numbers: Iterable[int]) -> None:
            waiting = iter(numbers)

            async def some() -> None:
                for number in waiting:
                    await client.start_workflow("Waiting", "", id=f"waiting/{number}", task_queue=BARE_QUEUE)

            await asyncio.gather(*(some() for _ in range(AT_ONCE)))

        await start_waiting(range(warm))
        bare_before = await waits.quiet(warm)
        await our.start(our.engagements[:warm])
        our_before = await our.worker.quiet(warm)
        await start_waiting(range(warm, total))
        bare_after = await waits.quiet(total)
        await our.start(our.engagements[warm:])
        our_after = await our.worker.quiet(total)
    plain, each = (
        (after["bytes"] - before["bytes"]) / count
        for before, after in ((bare_before, bare_after), (our_before, our_after))
    )
    return {
        "ratio": round(each / plain, 3),
        "target": "at most 2",
        "met": each <= 2 * plain,
        "what": "resident memory of a worker for each open engagement / for each workflow that only waits",
        "waiting": {"bytes_each": round(plain), "worker_bytes": bare_after["bytes"], "held": bare_after["workflows"]},
        "engagement": {"bytes_each": round(each), "worker_bytes": our_after["bytes"], "held": our_after["workflows"]},
        "counted": count,
    }


async def scale_ratio(bench: Bench) -> dict[str, Any]:
    """A command to any of very many open engagements against one to any of few: each with a server of its own."""
    few, many, rounds, warm = 100, bench.size(10_000, 1_000), bench.size(300, 60), bench.size(30, 10)
    chosen = random.Random(1)  # anywhere among them, the same in every run
    async with AsyncExitStack() as stack:
        pair = []
        for first, count in ((1, few), (1_000_001, many)):
            address, folder = await stack.enter_async_context(bench.server())
            began = time.perf_counter()
            our = await stack.enter_async_context(ours(address, folder, count, first=first))
            filled = time.perf_counter()
            await our.start(our.engagements)
            await our.worker.quiet(1)
            say(
                f"  {count} engagements: filled in {filled - began:.0f} s, started in {time.perf_counter() - filled:.0f} s"
            )
            pair.append(our)
        small, large = pair
        small_notes, large_notes = (
            iter(our.stored_notes("any", chosen.choices(our.engagements, k=warm + rounds))) for our in pair
        )
        small_same, large_same = (
            iter(our.stored_notes("same", [our.engagements[0]] * (warm + rounds))) for our in pair
        )
        any_small, any_large, one_small, one_large = await interleave(
            [
                lambda: seconds(small.submit(next(small_notes))),
                lambda: seconds(large.submit(next(large_notes))),
                lambda: seconds(small.submit(next(small_same))),
                lambda: seconds(large.submit(next(large_same))),
            ],
            rounds,
            warm,
        )
        held = [await our.worker.ask() for our in pair]
    low, high = milliseconds(any_small), milliseconds(any_large)
    return {
        "ratio": round(high["p50_ms"] / low["p50_ms"], 3),
        "target": "at most 1.15",
        "met": high["p50_ms"] <= 1.15 * low["p50_ms"],
        "what": f"submit to any of {many} open engagements / to any of {few}, their workflows all running",
        "few": {"engagements": few, **low, "worker": held[0]},
        "many": {"engagements": many, **high, "worker": held[1]},
        "one_of_few": milliseconds(one_small),
        "one_of_many": milliseconds(one_large),
    }


BENCHES = {
    "submit": submit_p50_ratio,
    "throughput": throughput_ratio,
    "memory": memory_ratio,
    "scale": scale_ratio,
}

IN_PROCESS = {**LEDGER_BENCHES, "pages": pages}
"""The parts that need no server."""


def machine() -> dict[str, Any]:
    """What the figures were taken on: raw ones mean nothing elsewhere."""
    with tempfile.TemporaryFile() as file:
        times = []
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    return {
        "platform": platform.platform(),
        "python": platform.python_version(),
        "cpus": os.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "load_before": round(os.getloadavg()[0], 2),
        "fsync_p50_ms": round(median(times) * 1000, 2),
    }


async def measure(names: Sequence[str], quick: bool, file: bool, sizes: Sizes) -> dict[str, Any]:
    """Run some benches; what is printed."""
    started = time.monotonic()
    logs.configure(Settings(), least="warning")
    ratios: dict[str, dict[str, Any]] = {}
    result: dict[str, Any] = {
        "release": RELEASE,
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "server": {"version": dev_server.SERVER_VERSION, "data": "file" if file else "memory"},
        "quick": quick,
    }
    for name in names:
        began = time.monotonic()
        say(f"{name}: {(BENCHES.get(name) or IN_PROCESS[name]).__doc__}")
        if name in BENCHES:
            bench = Bench(await asyncio.to_thread(dev_server.find_server, say), file, quick)
            ratios[BENCHES[name].__name__] = await BENCHES[name](bench)
        else:
            ratios.update(await asyncio.to_thread(IN_PROCESS[name], sizes))
        say(f"{name}: {time.monotonic() - began:.0f} s")
    say(table(ratios))
    return {**result, **ratios, "seconds": round(time.monotonic() - started)}


def table(ratios: Mapping[str, Mapping[str, Any]]) -> str:
    """The ratios by their names, with their targets; of the ledger's also the least and the most of all rounds."""
    width = max(20, *(len(name) + 2 for name in ratios))
    lines = [f"{'':<{width}}{'target':<16}{'measured':>9}{'min':>9}{'max':>9}"]
    for name, found in ratios.items():
        measured = "".join(f"{found.get(key, ''):>9}" for key in ("ratio", "min", "max"))
        lines.append(f"{name:<{width}}{found['target']:<16}{measured}  {'met' if found['met'] else 'missed'}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    """Read the arguments, run, print."""
    known = [*BENCHES, *IN_PROCESS]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("benches", nargs="*", metavar="BENCH", help=f"{', '.join(known)}; all by default")
    parser.add_argument("--quick", action="store_true", help="smaller, for a look: under a minute")
    parser.add_argument("--server", choices=["file", "memory"], default="file", help="where the server keeps its data")
    parser.add_argument("--events", type=int, help="of the ledger that is verified: 1,000,000, or 100,000 with --quick")
    parser.add_argument(
        "--address", action="append", default=[], help="only addresses with this text in them, for pages"
    )
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.worker:
        asyncio.run(be_a_worker(json.loads(given.worker)))
        return
    if unknown := sorted(set(given.benches) - set(known)):
        parser.error(f"unknown: {', '.join(unknown)}")
    names, few = given.benches or known, given.quick
    sizes = Sizes(5 if few else 25, given.events or (100_000 if few else 1_000_000), given.address)
    print(json.dumps(asyncio.run(measure(names, few, given.server == "file", sizes)), indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
