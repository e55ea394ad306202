"""The command line where the ledger is on another machine: the same output and the same exit codes, over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from console.who import Holding
from tests.api import OFFICE, api_of
from tests.command_line import Engine, Result, Run
from tests.test_api import LISTS, SAME
from tests.web import Web, console_over

TOLD = [
    ["portfolio"],
    ["show", "haringey-1"],
    ["show", "Haringey"],
    ["due"],
    ["timeline", "haringey-1", "--limit", "5", "--as", OFFICE],
    ["dossier", "haringey-1"],
    ["can", "haringey-1"],
    ["can", "haringey-1", "--all"],
    ["duties", "haringey-1"],
    ["notices", "haringey-1"],
    ["people"],
    ["report", "programme"],
    ["report", "ratings"],
    ["replay", "haringey-1", "--true-on", "2003-10"],
    ["lifecycle", "list"],
    ["lifecycle", "show", "franchise@1"],
    ["what-if", "haringey-1", "--lifecycle", "performance-action-team@1"],
    ["verify", "haringey-1"],
    ["do", "judge-pip", "--fields"],
]
FAILS = [
    ["show", "nothing-9"],
    ["dossier", "haringey-1", "nothing"],
    ["portfolio", "--stage", "nowhere"],
    ["portfolio", "--closed", "--all"],
    ["reads"],
    ["digest", "--for", "nobody"],
    ["receipt", "nothing"],
]


def token_of(web: Web) -> str:
    """A token of the programme office."""
    return str(api_of(web).headers["Authorization"]).removeprefix("Bearer ")


@pytest.fixture(scope="module")
def token(web: Web) -> str:
    """The one that most tests take."""
    return token_of(web)


@pytest.fixture(scope="module")
async def address(web: Web) -> AsyncIterator[str]:
    """Where the API is served."""
    async with web.served() as found:
        yield found


async def elsewhere(
    run: Run, monkeypatch: pytest.MonkeyPatch, address: str, token: str, home: Path, *typed: str
) -> Result:
    """A command line on a machine without a ledger."""
    with monkeypatch.context() as patched:
        patched.setenv("TURNAROUND_SERVER", address)
        patched.setenv("TURNAROUND_TOKEN", token)
        return await asyncio.to_thread(run, home, *typed)


@pytest.mark.parametrize(
    "typed", [*TOLD, *([*one, "--json"] for one, _ in (*SAME, *LISTS)), *FAILS], ids=lambda typed: " ".join(typed)
)
async def test_the_output_and_the_code_are_those_of_the_ledgers_own_machine(
    run: Run, monkeypatch: pytest.MonkeyPatch, address: str, token: str, full: Path, tmp_path: Path, typed: list[str]
) -> None:
    here = run(full, *typed)
    there = await elsewhere(run, monkeypatch, address, token, tmp_path, *typed)
    assert (there.code, there.out) == (here.code, here.out), there.err
    assert not list(tmp_path.iterdir())  # no ledger was made or looked for


@pytest.mark.parametrize("typed", [["rebuild", "--yes"], ["checkpoint"], ["reconcile"]], ids=lambda typed: typed[0])
async def test_what_can_t_be_asked_there_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, address: str, token: str, tmp_path: Path, typed: list[str]
) -> None:
    there = await elsewhere(run, monkeypatch, address, token, tmp_path, *typed)
    assert there.code == 2 and "TURNAROUND_SERVER names another machine" in there.err
    assert not list(tmp_path.iterdir())


def test_a_server_needs_a_token_tls_and_to_be_there(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TURNAROUND_SERVER", "https://127.0.0.1:9")
    assert "needs TURNAROUND_TOKEN as well" in run(tmp_path, "portfolio").err
    monkeypatch.setenv("TURNAROUND_TOKEN", "x")
    assert run(tmp_path, "portfolio").code == 4
    monkeypatch.setenv("TURNAROUND_SERVER", "http://turnaround.example.org")
    refused = run(tmp_path, "portfolio")
    assert (refused.code, "a token is not sent without TLS" in refused.err) == (2, True)


async def test_a_command_is_given_there(
    run: Run, monkeypatch: pytest.MonkeyPatch, engine_home: Engine, tmp_path: Path
) -> None:
    with console_over(engine_home.home, temporal_address=engine_home.address) as web:
        token = token_of(web)
        async with web.served() as address:

            async def there(*typed: str) -> Result:
                return await elsewhere(run, monkeypatch, address, token, tmp_path, *typed)

            rate = ["do", "Haringey", "publish-rating", "service=social-services", "stars=0", "--as", OFFICE]
            sent = await there(*rate, "--id", "rated-1")
            assert sent.code == 4 and f"a second person confirms it at {address}/second-person/rated-1" in sent.err
            async with web.person("al-c", Holding(OFFICE)) as other:
                page = await other.get("/second-person/rated-1")
                assert "a machine checked this" in page.text
                assert (await other.submit("/second-person/rated-1", _step="confirm")).status_code == 303
            rated = await there(*rate, "--id", "rated-1")
            assert rated.code == 0 and rated.out.startswith("Done before, and not again: publish-rating, E0"), rated.err
            file = tmp_path / "receipt.txt"
            typed = ["do", "haringey-1", "add-note", "text=A note.", "--as", OFFICE, "--id", "note-1"]
            noted = await there(*typed, "--receipt", str(file))
            assert noted.code == 0 and file.read_text().startswith("turnaround/"), noted.err
            assert "Done before, and not again" in (await there(*typed)).out
            refused = await there(
                "do", "haringey-1", "add-note", "text=x", "--as", OFFICE, "--on", "2999-01-01", "--json"
            )
            assert (refused.code, refused.json["rule"]) == (1, "in-the-future")
            stale = await there("do", "haringey-1", "add-note", "text=x", "--as", OFFICE, "--expect", "1")
            assert (stale.code, "is at version" in stale.err) == (1, True)
            tried = await there("do", "haringey-1", "add-note", "text=x", "--as", OFFICE, "--dry-run")
            assert tried.code == 0 and "Nothing has been stored" in tried.out
            assert (await there("do", "haringey-1", "add-note", "tekst=x")).code == 2
            typed = ["move", "haringey-1", "--to", "performance-action-team@2", "--stage", "special-measures"]
            moving = [*typed, "--reason", "Back.", "--dry-run"]
            moved, here = await there(*moving), await asyncio.to_thread(run, engine_home.home, *moving)
            assert (moved.code, moved.out, moved.err) == (here.code, here.out, here.err)
