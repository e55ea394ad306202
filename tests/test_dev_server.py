"""The dev server: it is found or the error helps, it answers as set up, and it never outlives whoever started it."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from temporalio.api.common.v1 import TimeSkippingConfig, WorkflowType
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, StartWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError

from workers.dev_server import DatabaseInUse, ServerFailed, ServerNotFound, find_server, running

ATTRIBUTES = {"TurnaroundStage": "Keyword", "TurnaroundDue": "Datetime"}

STARTER = """
import asyncio, json, signal, sys
from pathlib import Path
from workers.dev_server import running

# Who starts the tests in the background has them ignore Ctrl-C, and so every process that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

async def main():
    binary, folder = map(Path, sys.argv[1:])
    async with running(binary, database=folder / "temporal.db", log=folder / "log", search_attributes={}) as server:
        print(json.dumps([server.address, server.pid]), flush=True)
        await asyncio.sleep(600)

asyncio.run(main())
"""


async def retention(client: Client) -> timedelta:
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    return described.config.workflow_execution_retention_ttl.ToTimedelta()


async def test_it_answers_with_a_retention_of_30_days_and_the_search_attributes(
    dev_server_binary: Path, tmp_path: Path
) -> None:
    async with running(
        dev_server_binary,
        database=None,
        namespace="council",
        log=tmp_path / "log",
        search_attributes=ATTRIBUTES,
    ) as server:
        assert server.ui is None
        client = await Client.connect(server.address, namespace="council")
        assert await retention(client) == timedelta(days=30)
        listed = await client.operator_service.list_search_attributes(ListSearchAttributesRequest(namespace="council"))
        assert dict(listed.custom_attributes) == {
            "TurnaroundStage": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
            "TurnaroundDue": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
        }
    await gone(server.address, server.pid)


async def test_the_web_ui_is_where_it_says(dev_server_binary: Path, tmp_path: Path) -> None:
    async with running(
        dev_server_binary, database=None, log=tmp_path / "log", search_attributes={}, ui_port=0
    ) as server:
        assert server.ui is not None
        _, writer = await asyncio.open_connection("127.0.0.1", int(server.ui.rsplit(":", 1)[1]))
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("allowed", [True, False])
async def test_time_is_skipped_only_where_it_was_asked_for(
    dev_server_binary: Path, tmp_path: Path, allowed: bool
) -> None:
    request = StartWorkflowExecutionRequest(
        namespace="default",
        workflow_id="skipping",
        workflow_type=WorkflowType(name="nothing"),
        task_queue=TaskQueue(name="nobody"),
        time_skipping_config=TimeSkippingConfig(enabled=True),
    )
    async with running(
        dev_server_binary, database=None, log=tmp_path / "log", search_attributes={}, time_skipping=allowed
    ) as server:
        client = await Client.connect(server.address)
        if allowed:
            await client.workflow_service.start_workflow_execution(request)
        else:
            with pytest.raises(RPCError, match=r"(?i)time.?skipping"):
                await client.workflow_service.start_workflow_execution(request)


async def test_a_kept_database_is_started_again(dev_server_binary: Path, tmp_path: Path) -> None:
    for _ in range(2):
        async with running(
            dev_server_binary, database=tmp_path / "t.db", log=tmp_path / "log", search_attributes=ATTRIBUTES
        ) as server:
            assert await retention(await Client.connect(server.address)) == timedelta(days=30)
        with closing(sqlite3.connect(tmp_path / "t.db")) as database:
            assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


async def test_a_second_server_on_the_same_database_is_refused(dev_server_binary: Path, tmp_path: Path) -> None:
    database = tmp_path / "t.db"
    alias = tmp_path / "alias.db"
    async with running(dev_server_binary, database=database, log=tmp_path / "log", search_attributes={}) as first:
        alias.symlink_to(database)
        with pytest.raises(DatabaseInUse) as refused:
            async with running(
                dev_server_binary, database=alias, log=tmp_path / "log2", search_attributes={}, lock_wait=0.3
            ):
                pass
        assert refused.value.database == database
        assert str(database) in str(refused.value)
        await Client.connect(first.address)  # the first still answers


async def test_the_server_stops_when_the_block_raises(dev_server_binary: Path, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with running(dev_server_binary, database=None, log=tmp_path / "log", search_attributes={}) as server:
            raise ZeroDivisionError
    await gone(server.address, server.pid)


ENDS = {
    "SIGKILL of the parent": (signal.SIGKILL, "parent"),
    "SIGTERM of the parent": (signal.SIGTERM, "parent"),
    "SIGTERM of its process group": (signal.SIGTERM, "group"),
    "Ctrl-C": (signal.SIGINT, "group"),
}
if sys.platform == "linux":  # nobody else has a parent-death signal
    ENDS["SIGKILL of the guard"] = (signal.SIGKILL, "guard")


@pytest.mark.parametrize(("number", "whom"), ENDS.values(), ids=ENDS)
async def test_no_server_is_left_and_its_database_is_free_after(
    dev_server_binary: Path, tmp_path: Path, number: signal.Signals, whom: str
) -> None:
    with started(dev_server_binary, tmp_path) as (parent, address, pid):
        match whom:
            case "parent":
                os.kill(parent.pid, number)
            case "group":
                os.killpg(parent.pid, number)
            case "guard":
                psutil.Process(pid).parent().send_signal(number)
        await gone(address, pid)
    async with running(
        dev_server_binary, database=tmp_path / "temporal.db", log=tmp_path / "log", search_attributes={}
    ) as again:
        await Client.connect(again.address)


async def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    binary = tmp_path / "temporal"
    binary.write_text("#!/bin/sh\necho no room on the disk\nexit 7\n")
    binary.chmod(0o755)
    with pytest.raises(ServerFailed, match="status 7") as failed:
        async with running(binary, database=None, log=tmp_path / "log", search_attributes={}):
            pass
    assert failed.value.tail == "no room on the disk"
    assert str(tmp_path / "log") in str(failed.value)


async def test_a_binary_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="No such file"):
        async with running(tmp_path / "temporal", database=None, log=tmp_path / "log", search_attributes={}):
            pass


@contextmanager
def nothing_works(patch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """An empty PATH and cache, and a proxy that refuses everything. Yields the folder that PATH names."""
    path = tmp_path / "bin"
    path.mkdir()
    patch.setenv("PATH", str(path))
    patch.setenv("TURNAROUND_CACHE", str(tmp_path / "cache"))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        patch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        patch.delenv(name, raising=False)
    yield path


def test_when_no_way_works_the_error_names_them_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with nothing_works(monkeypatch, tmp_path), pytest.raises(ServerNotFound) as missing:
        find_server(print)
    said = str(missing.value)
    for way in (
        "`temporal` on PATH",
        "the cache",
        "the SDK's download",
        "a build with Go",
        "TURNAROUND_TEMPORAL_ADDRESS",
    ):
        assert way in said


def test_a_build_that_fails_is_a_reason_with_its_last_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with nothing_works(monkeypatch, tmp_path) as path:
        script(path / "go", "echo the proxy is shut >&2; exit 1")
        with pytest.raises(ServerNotFound, match="the proxy is shut"):
            find_server(print)


def test_a_temporal_with_another_server_on_the_path_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with nothing_works(monkeypatch, tmp_path) as path:
        script(path / "temporal", "echo 'temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)'")
        with pytest.raises(ServerNotFound, match="has another server"):
            find_server(print)
        script(path / "temporal", "echo 'temporal version 1.9.1 (Server 1.32.0, UI 2.51.0)'")
        assert find_server(print) == path / "temporal"


def test_what_go_builds_is_kept_in_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`go` is a script here, which writes a script as the binary to where -o says."""
    with nothing_works(monkeypatch, tmp_path) as path:
        script(
            path / "go",
            'while [ "$1" != -o ]; do shift; done\n'
            'echo "#!/bin/sh" > "$2"; echo "echo \'temporal version 1.8.2 (Server 1.32.0)\'" >> "$2"\n'
            '/bin/chmod +x "$2"',
        )
        said: list[str] = []
        built = find_server(said.append)
        assert any("Built the Temporal server" in line for line in said)
        (path / "go").unlink()
        assert find_server(said.append) == built
        assert sorted(entry.name for entry in built.parent.iterdir()) == ["lock", "temporal"]


def script(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


@contextmanager
def started(binary: Path, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str, int]]:
    """A process of its own, in a group of its own, that runs a server. Yields it, the address and the server's pid."""
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTER, str(binary), str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).parent.parent,
        start_new_session=True,
    )
    with parent:
        try:
            assert parent.stdout is not None
            address, pid = json.loads(parent.stdout.readline())
            yield parent, address, pid
        finally:
            parent.kill()


async def gone(address: str, pid: int, within: float = 8.0) -> None:
    """Waits until a server neither listens nor runs; fails after `within` seconds."""
    give_up = time.monotonic() + within
    while listens(address) or runs(pid):
        assert time.monotonic() < give_up, f"the server {pid} at {address} is still there"
        await asyncio.sleep(0.05)


def listens(address: str) -> bool:
    host, port = address.rsplit(":", 1)
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
