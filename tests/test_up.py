"""`turnaround up` as a person runs it: a process of its own, killed without warning, started again."""

import asyncio
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import httpx
import psutil
import pytest

from activities.messages import Begin
from console.feeds import feed_path
from domain.actors import Actor
from domain.dates import When
from ledger import read_models
from ledger.commands import StoredOutcome
from ledger.read_models import EngagementRow
from ledger.store import Ledger
from ledger.verify import verify
from workers.composition import connect, make_face
from workers.face import Unsealed
from workers.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")

LONG = 60
"""Seconds that a start may take on a busy machine before the test gives up."""


class Up:
    """`turnaround up` in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.settings = home, Settings(home=home)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting for it."""
        environment = {**os.environ, "TURNAROUND_HOME": str(self.home)}
        command = [sys.executable, "-m", "cli.main", "up", "--ui-port", "0"]
        with (self.home / "up.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def wait_until_ready(self) -> str:
        """Wait until it says how to reach it; its server's address."""
        assert self.process is not None

        def ready() -> str | None:
            assert self.process is not None
            assert self.process.poll() is None, (self.home / "up.log").read_text()
            if not self.settings.run_file.exists():
                return None
            told = json.loads(self.settings.run_file.read_text())
            return str(told["address"]) if told["pid"] == self.process.pid else None

        return until(ready)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=LONG)

    def servers(self) -> list[int]:
        """The process ids of dev servers on this home's database."""
        wanted = str(self.home / "temporal.db")
        found = []
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if "start-dev" in line and wanted in line and "workers.dev_server_guard" not in line:
                found.append(process.pid)
        return found


def until(look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + LONG
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


@pytest.fixture
def up(tmp_path: Path, dev_server_binary: Path) -> Iterator[Up]:
    running = Up(tmp_path)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.kill()
    until(lambda: True if not running.servers() else None)


async def give(up: Up, address: str, id: str, target: str, type: str, role: str, **body: object) -> StoredOutcome:
    ledger = Ledger.open(up.settings.url)
    try:
        face = make_face(up.settings, ledger, await connect(up.settings, address))
        actor, today = Actor.parse(role), When.day(datetime.now(UTC).date())
        return await face.give(Unsealed(id, target, type, actor, actor, today, body, "command-line"))
    finally:
        ledger.close()


def standing(up: Up) -> EngagementRow:
    ledger = Ledger.open(up.settings.url)
    with ledger.reading() as conn:
        row = read_models.engagement(conn, "haringey-1")
    ledger.close()
    assert row is not None
    return row


def test_killed_at_any_point_and_started_again_it_goes_on_where_it_was(up: Up) -> None:
    for pause in (0.0, 0.4, 0.9):  # in the middle of making the ledger, of starting the server, of starting the worker
        up.start()
        time.sleep(pause)
        up.kill()
    up.start()
    address = up.wait_until_ready()
    opened = asyncio.run(
        give(
            up,
            address,
            "rating",
            "council/E09000014",
            "publish-rating",
            "inspectorate.chief-inspector",
            service="social-services",
            stars=0,
        )
    )
    assert opened.accepted
    up.kill()
    before = standing(up)

    up.start()
    address = up.wait_until_ready()
    assert standing(up) == before
    target = "engagement/haringey-1"
    again = asyncio.run(
        give(
            up,
            address,
            "rating",
            "council/E09000014",
            "publish-rating",
            "inspectorate.chief-inspector",
            service="social-services",
            stars=0,
        )
    )
    assert again == opened, "the same command returns its first outcome"
    received = asyncio.run(give(up, address, "pip", target, "receive-pip", "council.director"))
    assert received.accepted

    async def is_running() -> str:
        client = await connect(up.settings, address)
        description = await client.get_workflow_handle(target).describe()
        assert description.status is not None
        return description.status.name

    assert asyncio.run(is_running()) == "RUNNING"

    def sent() -> bool | None:
        ledger = Ledger.open(up.settings.url)
        with ledger.reading() as conn:
            left = read_models.unsettled_notices(conn)
        ledger.close()
        return True if not left else None

    until(sent)
    assert len(list(up.settings.outbox.glob("*.txt"))) == 6
    ledger = Ledger.open(up.settings.url)
    assert verify(ledger).ok
    ledger.close()


def test_a_second_one_on_the_same_data_says_so(up: Up) -> None:
    up.start()
    up.wait_until_ready()
    environment = {**os.environ, "TURNAROUND_HOME": str(up.home)}
    second = subprocess.run(
        [sys.executable, "-m", "cli.main", "up", "--ui-port", "0"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONG,
    )
    assert second.returncode == 4
    assert "temporal.db" in second.stderr
    assert "Traceback" not in second.stderr
    assert up.servers(), "the first one goes on"


def test_sigterm_stops_it_with_its_server(up: Up) -> None:
    up.start()
    up.wait_until_ready()
    assert up.stop() == 0
    until(lambda: True if not up.servers() else None)
    assert not up.settings.run_file.exists()


def http_of(up: Up) -> str:
    """Where it says that it serves HTTP."""
    return str(json.loads(up.settings.run_file.read_text())["http"])


def test_it_serves_calendars_as_long_as_it_is_up(up: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TURNAROUND_HTTP_PORT", "0")  # one that nobody else takes in a moment
    up.start()
    address = up.wait_until_ready()
    http, office, token = http_of(up), "department.programme-office", secrets.token_urlsafe(32)
    assert httpx.get(f"{http}/health", trust_env=False).json() == {"status": "live"}
    assert httpx.get(f"{http}/ready", trust_env=False).status_code == 200
    for id, type, body in (
        ("add", "register-person", {"person": "jo-b", "name": "Jo Berry"}),
        ("open", "open-feed", {"person": "jo-b", "token_sha256": sha256(token.encode()).hexdigest()}),
    ):
        assert asyncio.run(give(up, address, id, "office/people", type, office, **body)).accepted
    feed = f"{http}{feed_path(token)}"
    assert httpx.get(feed, trust_env=False).content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert asyncio.run(give(up, address, "end", "office/people", "revoke-feed", office, person="jo-b", feed=1)).accepted
    assert httpx.get(feed, trust_env=False).status_code == 404
    assert up.stop() == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(feed, trust_env=False)
    log = (up.home / "up.log").read_text()
    assert http in log and token not in log
    assert "uvicorn" not in "".join(line for line in log.splitlines() if not line.startswith("{")), "it logs as we do"


def test_a_port_that_was_asked_for_and_is_taken_is_an_error(up: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("TURNAROUND_HTTP_PORT", str(port))
        up.start()
        assert up.process is not None and up.process.wait(timeout=LONG) == 4, (up.home / "up.log").read_text()
    log = (up.home / "up.log").read_text()
    assert f"port {port} on this machine is taken" in log and "Traceback" not in log
    assert not up.settings.run_file.exists()


def test_begin_carries_nothing_but_id_version_epoch_and_offset() -> None:
    assert set(Begin.model_fields) == {"id", "version", "epoch", "clock_offset"}
