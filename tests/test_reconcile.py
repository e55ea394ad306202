"""Reconciling a ledger with a real server: an honest run is the same on both sides, and each difference is named."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from ledger.store import Ledger
from tests.command_line import Engine, Result, Run
from tests.engine import RATED as OPENED
from tests.engine import Rig, a_rig, a_server
from tests.transactions import Office
from workers.reconcile import Difference, Reconciled, compare_read_models, compare_runs, of_temporal

ROOT = Path(__file__).resolve().parent.parent
ONE = "engagement/haringey-1"
CHIEF, DIRECTOR, OFFICE = "inspectorate.chief-inspector", "council.director", "department.programme-office"
RATED = ("Haringey", "publish-rating", "service=social-services", "stars=0", "--as", CHIEF)


@pytest.fixture(scope="module")
def worked(engine_home: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a ledger with commands accepted, refused, derived, given twice and imported."""
    patch = pytest.MonkeyPatch()
    try:
        for name, value in (("HOME", str(engine_home.home)), ("SYNCHRONOUS", "OFF")):
            patch.setenv(f"TURNAROUND_{name}", value)
        from cli import main

        def done(code: int, *arguments: str) -> None:
            assert main.main(arguments) == code, arguments

        done(0, "do", *RATED)
        done(0, "do", *RATED, "refresh=true")
        done(0, "do", "haringey-1", "receive-pip", "--as", DIRECTOR, "--id", "mine-1")
        done(0, "do", "haringey-1", "receive-pip", "--as", DIRECTOR, "--id", "mine-1")
        done(1, "do", "haringey-1", "receive-pip", "--as", "team.senior-partner", "--id", "mine-2")
        done(0, "do", "haringey-1", "add-note", "text=A note.", "--as", DIRECTOR, "--id", "mine-3")
        done(0, "people", "add", "jo-b", "--name", "Jo Bloggs")
        done(0, "import", str(ROOT / "domain" / "cases" / "swindon.yaml"), "--yes")
    finally:
        patch.undo()
    return engine_home


def test_an_honest_run_is_the_same_on_both_sides(run: Run, worked: Engine) -> None:
    result = run(worked.home, "reconcile", "--redecide", "--json")
    assert result.code == 0, result.out + result.err
    told = result.json
    assert told["differences"] == [] and told["same"]
    assert told["updates"] >= 7 and told["commands"] >= 6 and told["rows"] > 5 and told["redecided"] >= 4
    assert told["commands_beyond"] == 0 and told["gone"] == []
    assert told["held"]["from"] < told["held"]["to"]
    one = run(worked.home, "reconcile", "haringey-1")
    assert one.code == 0 and "The same on both sides." in one.out
    assert "Temporal still held" in one.out
    assert "It is no evidence" in one.out + one.err
    assert run(worked.home, "reconcile", "Swindon").code == 0
    assert run(worked.home, "reconcile", "office/people", "--json").json["updates"] == 1
    assert run(worked.home, "reconcile", "swindon-1", "--redecide").code == 0


@dataclass
class Copy:
    """A ledger's copy that may be tampered with, reconciled with the server of the original."""

    home: Path
    reconcile: Callable[..., Result]

    def change(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.home / "ledger.db")) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            for statement in statements:
                assert connection.execute(statement).rowcount > 0, statement
            connection.commit()


@pytest.fixture
def copy(run: Run, worked: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Copy:
    """A copy of the worked ledger."""
    home = tmp_path / "copy"
    home.mkdir()
    with (
        closing(sqlite3.connect(worked.home / "ledger.db")) as source,
        closing(sqlite3.connect(home / "ledger.db")) as to,
    ):
        source.backup(to)
    monkeypatch.setenv("TURNAROUND_TEMPORAL_ADDRESS", worked.address)

    def reconcile(*arguments: str) -> Result:
        return run(home, "reconcile", *arguments, "--json")

    return Copy(home, reconcile)


def kinds(result: Result) -> list[tuple[str, str]]:
    assert result.code == 1, result.out + result.err
    return [(each["kind"], each["what"]) for each in result.json["differences"]]


def test_a_command_that_was_removed_is_named(copy: Copy) -> None:
    copy.change(
        "DELETE FROM outcome WHERE command_id = 'mine-3'",
        "DELETE FROM sealed WHERE command_id = 'mine-3'",
        "DELETE FROM command WHERE id = 'mine-3'",
    )
    found = copy.reconcile("haringey-1")
    assert ("not-in-ledger", "mine-3") in kinds(found)
    assert ("not-in-ledger", "mine-3") in kinds(copy.reconcile()), "and among all"


def test_an_outcome_that_was_changed_is_named_with_both_sides(copy: Copy) -> None:
    copy.change("UPDATE outcome SET accepted = 1, outcome = '{\"version\":7,\"wakes\":[]}' WHERE command_id = 'mine-2'")
    found = copy.reconcile("haringey-1")
    assert kinds(found) == [("outcome", "mine-2")]
    assert found.json["differences"][0]["ledger"].startswith("accepted")
    assert found.json["differences"][0]["other"].startswith("refused (role)")


def test_a_read_model_that_was_changed_is_named_by_its_column(copy: Copy) -> None:
    copy.change(
        "UPDATE engagement_row SET stage = 'exit' WHERE id = 'haringey-1'",
        "DELETE FROM obligation_row WHERE engagement = 'haringey-1' AND obligation = 'meet-council'",
        "UPDATE notice_row SET attempts = 99 WHERE id = (SELECT min(id) FROM notice_row WHERE engagement = 'haringey-1')",
    )
    found = copy.reconcile("haringey-1")
    assert [kind for kind, _ in kinds(found)] == ["row", "row", "row"]
    engagement, obligation, notice = found.json["differences"]
    assert (engagement["what"], engagement["ledger"]) == ("haringey-1 stage", "exit")
    assert (obligation["what"], obligation["ledger"]) == ("haringey-1/meet-council/1", "the row is missing")
    assert notice["what"].endswith(" attempts") and notice["ledger"] == "99"


async def _history(address: str) -> str:
    client = await Client.connect(address)
    return (await client.get_workflow_handle(ONE).fetch_history()).to_json()


@pytest.fixture
def exported(worked: Engine, tmp_path: Path) -> Path:
    """The history of the engagement's workflow as a file."""
    file = tmp_path / "history.json"
    file.write_text(asyncio.run(_history(worked.address)), encoding="utf-8")
    return file


def test_an_exported_history_is_compared_without_a_server(
    copy: Copy, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TURNAROUND_TEMPORAL_ADDRESS", "127.0.0.1:1")
    found = copy.reconcile("--history", str(exported))
    assert found.code == 0, found.out + found.err
    assert (found.json["stream"], found.json["runs"]) == (ONE, 1)
    assert copy.reconcile("haringey-1", "--history", str(exported)).code == 0
    assert copy.reconcile("Haringey", "--history", str(exported)).code == 2, "of another stream"
    for wrong in ("{}", "no history", '{"events": [{"eventType": 7, "nothing": 1}]}'):
        exported.write_text(wrong, encoding="utf-8")
        refused = copy.reconcile("haringey-1", "--history", str(exported))
        assert refused.code == 1 and "is not the history of a stream's workflow" in refused.err, refused.err
    assert copy.reconcile().code == 4, "the server can't be reached"


def test_a_history_that_todays_code_does_not_replay_is_named(copy: Copy, exported: Path) -> None:
    history: dict[str, Any] = json.loads(exported.read_text(encoding="utf-8"))
    for event in history["events"]:
        if "markerRecordedEventAttributes" in event:
            event["eventType"] = "EVENT_TYPE_TIMER_STARTED"
            event["timerStartedEventAttributes"] = {
                "timerId": "1",
                "startToFireTimeout": "5s",
                "workflowTaskCompletedEventId": event["markerRecordedEventAttributes"]["workflowTaskCompletedEventId"],
            }
            del event["markerRecordedEventAttributes"]
            break
    exported.write_text(json.dumps(history), encoding="utf-8")
    found = copy.reconcile("haringey-1", "--history", str(exported))
    assert [kind for kind, _ in kinds(found)] == ["replay"]


def test_what_is_decided_otherwise_again_is_named(copy: Copy) -> None:
    """The outcome of the refused command says another rule than deciding it again does."""
    copy.change(
        'UPDATE outcome SET outcome = \'{"details":{},"rule":"stage","version":1}\' WHERE command_id = \'mine-2\''
    )
    assert ("redecided", "command mine-2") in kinds(copy.reconcile("haringey-1", "--redecide"))


# Beneath the command line


def nothing(done: int, total: int) -> None:
    """No progress bar."""


def test_read_models_are_compared_on_both_databases(ledger: Ledger, tmp_path: Path) -> None:
    Office(ledger, tmp_path).rate()

    def compared() -> Reconciled:
        found = Reconciled()
        with ledger.reading() as conn:
            compare_read_models(conn, None, (), found, nothing)
        return found

    assert compared().differences == [] and compared().rows > 3
    with ledger.writing() as tx:
        tx.connection.exec_driver_sql("UPDATE obligation_row SET owner = 'nobody' WHERE obligation = 'meet-council'")
        tx.connection.exec_driver_sql("DELETE FROM notice_row WHERE to_role = 'council.director'")
    rows = [(each.where, each.ledger, each.other) for each in compared().differences]
    assert ("obligation_row", "nobody", "inspectorate.chief-inspector") in rows
    assert ("notice_row", "the row is missing", None) in rows


async def compared_with(rig: Rig, target: str) -> Reconciled:
    found = Reconciled()
    await compare_runs(rig.ledger.reading, [target], of_temporal(rig.client), found, nothing)
    return found


async def test_a_rehearsals_clock_and_runs_that_continued_are_taken_into_account(
    dev_server_binary: Path, tmp_path: Path
) -> None:
    """Its ledger is in 2002 while Temporal is not, and a closed workflow is started again by the next command."""
    async with a_server(dev_server_binary, tmp_path / "log") as server, a_rig(server.address, tmp_path / "home") as rig:
        target = await rig.open()
        await rig.move_to(OPENED + timedelta(days=20))
        await rig.note(target)
        await rig.give(target, "stop-engagement", OFFICE, reason="Over.")
        await rig.until_status(target, "COMPLETED")
        received = rig.of_type(target, "note-added")[0].version
        await rig.give(target, "withdraw-event", OFFICE, version=received, reason="Wrong.")
        await rig.until_status(target, "COMPLETED")
        found = await compared_with(rig, target)
        assert found.differences == []
        assert (found.runs, found.updates, found.commands, found.beyond) == (2, 3, 3, 0)

        # A command that was decided past Temporal, at a moment of the ledger's clock that its runs cover.
        forged = rig.face.store([rig.command(target, "add-note", DIRECTOR, text="Forged.", id="forged")])[0]
        with rig.ledger.writing() as tx:
            first = tx.outcome_of(rig.of_type(target, "note-added")[0].command.id)
            assert first is not None
            tx.record_outcome(forged.ref, True, {"version": 9, "wakes": []}, None, first.recorded_at)
        (difference,) = (await compared_with(rig, target)).differences
        assert difference == Difference(target, "not-in-temporal", "forged", "accepted", None)
