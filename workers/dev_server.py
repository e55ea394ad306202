"""Temporal's dev server on this machine: finding the binary, and running it for as long as its caller lives.

The binary is the Temporal command line with the server inside. What is pinned is the server: its SQLite schema is made
with a new file and never migrated, so every way of finding it must come to the same server version.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import importlib.resources
import os
import platform
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

SERVER_VERSION = "1.32.0"
DOWNLOAD_VERSION = "v1.9.1"  # the published command line that carries that server
RETENTION = timedelta(days=30)  # the dev server's own 24 hours would lose every run that continued as new

_PACKAGE = "github.com/temporalio/cli/cmd/temporal"
_BUILT_VERSION = "1.8.2"  # the command line that deploy/dev-server builds around that server
_DOWNLOAD_STALL = 15.0  # seconds without a byte, then the download counts as refused
_BUILD_REPORT = 10.0  # seconds between two lines of progress
_START_WAIT = 30.0  # seconds; it takes 0.2 on a quiet machine
_TIME_SKIPPING = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    # Without these two every timer that fires under time skipping costs a second.
    "history.timerProcessorMaxTimeShift": '"10ms"',
    "history.timerProcessorMaxPollRPS": "2000",
}

Progress = Callable[[str], None]


class ServerNotFound(Exception):
    """No way of getting the server works on this machine. `reasons` says of each way what was in its way."""

    def __init__(self, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        tried = "\n".join(f"  - {way}: {reason}" for way, reason in self.reasons.items())
        super().__init__(
            f"No Temporal server was found. turnaround needs server {SERVER_VERSION} and tried:\n{tried}\n"
            "Any one of these ways is enough. Or set TURNAROUND_TEMPORAL_ADDRESS to the address (host:port) of a "
            "Temporal server that runs already."
        )


class DatabaseInUse(Exception):
    """Another server runs on the database file `database`: stop it first, or choose another file."""

    def __init__(self, database: Path) -> None:
        self.database = database
        super().__init__(f"another Temporal server runs on {database}")


class ServerFailed(Exception):
    """The server ended, or did not answer in time. `tail` is the end of its log, `log` the file."""

    def __init__(self, what: str, log: Path) -> None:
        self.log = log
        self.tail = _tail(log)
        super().__init__(f"the Temporal server {what}; the end of its log ({log}):\n{self.tail}")


@dataclass(frozen=True)
class DevServer:
    """A running dev server: the host:port to connect to, the URL of its Web UI if it has one, its process id."""

    address: str
    ui: str | None
    namespace: str
    pid: int


# Finding the binary


def find_server(progress: Progress) -> Path:
    """The path of a dev server binary of the pinned version; the first time this may take minutes.

    Looks on PATH, then in the cache, then downloads it as the Temporal SDK does, then builds it with Go. Blocks: call
    it in a thread. `progress` is called with a line for whoever waits. Raises ServerNotFound when no way works.
    """
    reasons: dict[str, str] = {}
    on_path = shutil.which("temporal")
    if on_path and _is_pinned(Path(on_path)):
        return Path(on_path)
    reasons["`temporal` on PATH"] = f"{on_path} has another server" if on_path else "there is none"

    module = importlib.resources.files("deploy") / "dev-server"
    sources = {name: (module / name).read_bytes() for name in ("go.mod", "go.sum")}
    key = hashlib.sha256(b"".join(sources.values())).hexdigest()[:16]
    folder = _cache() / "dev-server" / f"{key}-{sys.platform}-{platform.machine()}"
    binary = folder / "temporal"
    if binary.exists():
        return binary
    reasons["the cache"] = f"{binary} does not exist"

    folder.mkdir(parents=True, exist_ok=True)
    with _only_one(folder / "lock", progress) as lock, tempfile.TemporaryDirectory(dir=folder) as scratch:
        if binary.exists():  # made by another process while this one waited
            return binary
        for way, make in (("the SDK's download", _download), ("a build with Go", _build)):
            try:
                made = make(Path(scratch), sources, lock, progress)
            except _NoWay as why:
                reasons[way] = str(why)
                continue
            if _is_pinned(made):
                made.rename(binary)
                return binary
            reasons[way] = f"what came out is not server {SERVER_VERSION} or does not run here"
    raise ServerNotFound(reasons)


class _NoWay(Exception):
    """One way of getting the binary does not work; says why."""


def _cache() -> Path:
    """The folder for what can be made again: TURNAROUND_CACHE, or `turnaround` in the user's cache folder."""
    if ours := os.environ.get("TURNAROUND_CACHE"):
        return Path(ours).absolute()
    if user := os.environ.get("XDG_CACHE_HOME"):
        return Path(user).absolute() / "turnaround"
    return Path.home() / ".cache" / "turnaround"


def _is_pinned(binary: Path) -> bool:
    """Whether a binary runs here and carries the pinned server, whatever the version of the command line around it."""
    try:
        said = subprocess.run([binary, "--version"], capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    return re.search(rf"\(Server {re.escape(SERVER_VERSION)}\b", said) is not None


@contextlib.contextmanager
def _only_one(path: Path, progress: Progress) -> Iterator[int]:
    """Lets one process at a time make the binary. Yields the lock's descriptor."""
    with open(path, "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Waiting for another process that is getting the Temporal server")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def _download(scratch: Path, _sources: Mapping[str, bytes], _lock: int, progress: Progress) -> Path:
    """The binary as the Temporal SDK downloads it. Raises _NoWay when it is refused or stalls."""
    progress("Downloading the Temporal server")
    folder = scratch / "download"
    folder.mkdir()
    failure: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_start_once(folder))
        except Exception as error:
            failure.append(error)

    # A loop of its own in a thread of its own: the caller may be inside a running loop.
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    # Whether that server started is not the question: the caller looks at what was fetched.
    fetched = [path for path in folder.iterdir() if path.suffix != ".downloading"]
    if not fetched:
        raise _NoWay(str(failure[0]) if failure else "nothing came")
    return fetched[0]


async def _start_once(folder: Path) -> None:
    """Starts and stops the SDK's own dev server: the SDK offers no way only to fetch it."""

    async def start_and_stop() -> None:
        server = await WorkflowEnvironment.start_local(
            download_dest_dir=str(folder), dev_server_download_version=DOWNLOAD_VERSION
        )
        await server.shutdown()

    starting = asyncio.create_task(start_and_stop())
    size, grown_at = -1, time.monotonic()
    while not (await asyncio.wait([starting], timeout=0.5))[0]:
        now = sum(path.stat().st_size for path in folder.iterdir())
        if now > size:
            size, grown_at = now, time.monotonic()
        elif time.monotonic() - grown_at > _DOWNLOAD_STALL:
            starting.cancel()
            await asyncio.wait([starting], timeout=1)
            raise _NoWay(f"nothing came for {_DOWNLOAD_STALL:.0f} seconds")
    await starting


def _build(scratch: Path, sources: Mapping[str, bytes], lock: int, progress: Progress) -> Path:
    """The binary as Go builds it from deploy/dev-server. Raises _NoWay without Go or when the build fails."""
    go = shutil.which("go")
    if go is None:
        raise _NoWay("there is no `go` on PATH")
    module = scratch / "module"  # a copy: an installed package may be read-only
    module.mkdir()
    for name, content in sources.items():
        (module / name).write_bytes(content)
    binary = scratch / "temporal"
    stamp = f"-X github.com/temporalio/cli/internal/temporalcli.Version={_BUILT_VERSION}"
    flags = ["-mod=readonly", "-buildvcs=false", "-trimpath", "-ldflags", f"-s -w {stamp}"]
    started = time.monotonic()
    progress("Building the Temporal server with Go, once (3 to 5 minutes on two cores)")
    log = scratch / "build.log"
    with open(log, "wb") as output:
        build = subprocess.Popen(
            [go, "build", *flags, "-o", binary, _PACKAGE],
            cwd=module,
            env={**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(lock,),  # if this process is killed, the lock lasts until Go is done too
        )
    try:
        while build.poll() is None:
            try:
                build.wait(_BUILD_REPORT)
            except subprocess.TimeoutExpired:
                progress(f"Building the Temporal server with Go: {time.monotonic() - started:.0f} s")
    except BaseException:
        build.terminate()
        build.wait()
        raise
    if build.returncode:
        raise _NoWay(f"`go build` failed: {_tail(log, 5)}")
    progress(f"Built the Temporal server in {time.monotonic() - started:.0f} s")
    return binary


# Running it


@contextlib.asynccontextmanager
async def running(
    binary: Path,
    *,
    database: Path | None,
    log: Path,
    search_attributes: Mapping[str, str],
    synchronous: Literal["FULL", "NORMAL", "OFF"] = "FULL",
    namespace: str = "default",
    port: int = 0,
    ui_port: int | None = None,
    time_skipping: bool = False,
    dynamic_config: Mapping[str, str] | None = None,
    lock_wait: float = 10.0,
) -> AsyncIterator[DevServer]:
    """A dev server that answers, on loopback, stopped at the end of the block or of this process, whatever ends it.

    `database` None keeps everything in memory; `synchronous` is how far one in a file waits for the disk. `port` 0 takes
    a free one, and `ui_port` 0 too; `ui_port` None leaves the Web UI out. `search_attributes` maps names to Temporal's
    types, `dynamic_config` keys to JSON. The server's output is appended to `log`. Raises DatabaseInUse when another
    server keeps the database for `lock_wait` seconds (one that is stopping needs one or two), and ServerFailed when this
    one does not come to answer; a server that ends later is noticed by its clients.
    """
    port = port or _free_port()
    if ui_port == 0:
        ui_port = _free_port()
    address = f"127.0.0.1:{port}"
    command = [
        str(binary),
        "server",
        "start-dev",
        "--ip",
        "127.0.0.1",
        "--port",
        str(port),
        "--namespace",
        namespace,
    ]
    command += ["--log-level", "warn"]
    command += ["--headless"] if ui_port is None else ["--ui-port", str(ui_port)]
    if database is not None:
        database = database.resolve()  # one file, one lock, whatever it is called
        database.parent.mkdir(parents=True, exist_ok=True)
        command += ["--db-filename", str(database)]
        # Just as safe as the server's own rollback journal, and each change waits for the disk once instead of four times.
        for pragma in ("journal_mode=wal", f"synchronous={synchronous.lower()}"):
            command += ["--sqlite-pragma", pragma]
    for name, kind in search_attributes.items():
        command += ["--search-attribute", f"{name}={kind}"]
    for key, value in {**(_TIME_SKIPPING if time_skipping else {}), **(dynamic_config or {})}.items():
        command += ["--dynamic-config-value", f"{key}={value}"]
    log.parent.mkdir(parents=True, exist_ok=True)

    lock = "" if database is None else f"{database}.lock"
    async with _guarded([lock, str(lock_wait), str(log), *command]) as guard:
        said = (await _line(guard)).split()
        if said == ["in-use"]:
            assert database is not None
            raise DatabaseInUse(database)
        if said[:1] != ["started"]:
            raise ServerFailed("could not be started", log)
        ending = asyncio.create_task(_line(guard))
        answering = asyncio.create_task(_ready(address, namespace))
        try:
            await asyncio.wait([ending, answering], timeout=_START_WAIT, return_when=asyncio.FIRST_COMPLETED)
            if ending.done():
                raise ServerFailed(f"ended with status {ending.result().removeprefix('ended ')}", log)
            if not answering.done():
                raise ServerFailed(f"did not answer within {_START_WAIT:.0f} seconds", log)
            answering.result()
            ui = None if ui_port is None else f"http://127.0.0.1:{ui_port}"
            yield DevServer(address=address, ui=ui, namespace=namespace, pid=int(said[1]))
        finally:
            ending.cancel()
            answering.cancel()
            await asyncio.wait([ending, answering])


@contextlib.asynccontextmanager
async def _guarded(arguments: list[str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """The guard process around the server; at the end it is told to stop the server, and waited for."""
    here = str(Path(__file__).resolve().parent.parent)
    guard = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # not from the current folder, which may hold a package of that name
        "-m",
        "workers.dev_server_guard",
        *arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": here},
        start_new_session=True,  # Ctrl-C in the terminal is for the parent alone
    )
    try:
        yield guard
    finally:
        # Even if this wait is cancelled the pipe is closed, and the guard does the rest by itself.
        assert guard.stdin is not None
        guard.stdin.close()
        await guard.wait()


async def _line(guard: asyncio.subprocess.Process) -> str:
    assert guard.stdout is not None
    return (await guard.stdout.readline()).decode().strip()


async def _ready(address: str, namespace: str) -> None:
    """Returns when the server answers for the namespace, its retention set."""
    host, port = address.rsplit(":", 1)
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            await writer.wait_closed()
            client = await Client.connect(address, namespace=namespace)
            retention = Duration()
            retention.FromTimedelta(RETENTION)
            await client.workflow_service.update_namespace(
                UpdateNamespaceRequest(
                    namespace=namespace, config=NamespaceConfig(workflow_execution_retention_ttl=retention)
                )
            )
            return
        except (OSError, RuntimeError, RPCError):
            # Not listening yet; the client says so with RuntimeError, a service that is still starting with RPCError.
            await asyncio.sleep(0.05)


def _free_port() -> int:
    """A loopback port that nobody else is given for a while.

    On Linux a port with a connection in TIME_WAIT is not handed out again, yet the server may listen on it.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        if sys.platform.startswith("linux"):
            with socket.create_connection(("127.0.0.1", port)):
                listener.accept()[0].close()
        return port


def _tail(path: Path, lines: int = 20) -> str:
    """The last lines of a text file, empty when there is none."""
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    return ""
