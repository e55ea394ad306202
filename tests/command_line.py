"""The command line in a test: run in this process over a home folder, with a real engine beside it where one is wanted."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli import main
from workers.running import engine, told_to_others
from workers.settings import Settings


@dataclass(frozen=True)
class Result:
    """What a command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output as JSON."""
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        """Its standard output as rows of a table."""
        return [line.split("\t") for line in self.out.splitlines()]


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command line in this process, over a home folder."""
    for name in [name for name in os.environ if name.startswith("TURNAROUND_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TURNAROUND_SYNCHRONOUS", "OFF")

    def run(home: Path, *arguments: str) -> Result:
        monkeypatch.setenv("TURNAROUND_HOME", str(home))
        monkeypatch.setattr("sys.argv", ["turnaround", *arguments])
        capsys.readouterr()
        code = main.main(arguments)
        captured = capsys.readouterr()
        assert "Traceback" not in captured.out + captured.err
        return Result(int(code), captured.out, captured.err)

    return run


@dataclass(frozen=True)
class Engine:
    """An engine that runs beside the tests."""

    home: Path
    address: str


@pytest.fixture(scope="module")
def engine_home(tmp_path_factory: pytest.TempPathFactory, dev_server_binary: Path) -> Iterator[Engine]:
    """A real dev server with a worker on an empty ledger, in a thread with a loop of its own."""
    folder = tmp_path_factory.mktemp("engine")
    settings = Settings(home=folder, synchronous="OFF")
    ready, failure = threading.Event(), list[BaseException]()
    loop, stop, address = asyncio.new_event_loop(), asyncio.Event(), list[str]()

    async def serve() -> None:
        async with engine(settings, lambda line: None) as running, told_to_others(settings, running):
            address.append(running.address)
            ready.set()
            await stop.wait()

    def work() -> None:
        try:
            loop.run_until_complete(serve())
        except BaseException as error:
            failure.append(error)
        finally:
            ready.set()
            loop.close()

    thread = threading.Thread(target=work, name="engine")
    thread.start()
    ready.wait(60)
    assert not failure, failure
    yield Engine(folder, address[0])
    loop.call_soon_threadsafe(stop.set)
    thread.join(30)
    assert not failure, failure
