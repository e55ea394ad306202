"""The workflow of the office's directory on a real server: one command at a time, each done once, whatever comes between."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.actors import Actor
from domain.dates import When, london_day
from ledger import events
from tests.engine import OFFICE, RATED, Rig, a_rig, a_server, until
from workers.face import Unsealed
from workers.rebuild import rebuild_workflows
from workers.rehearsal import Rehearsal
from workers.running import rehearsal_engine
from workers.settings import Settings

PEOPLE = "office/people"
LEAD = "inspectorate.lead-inspector"


@pytest.fixture
async def rig(dev_server_binary: Path, tmp_path: Path) -> AsyncIterator[Rig]:
    # A server for each test: the directory's workflow has one id, whatever the ledger.
    async with (
        a_server(dev_server_binary, tmp_path / "log", limit__historyCount__suggestContinueAsNew="40") as server,
        a_rig(server.address, tmp_path / "home") as rig,
    ):
        yield rig


async def register(rig: Rig, person: str, **rest: object) -> bool:
    given = await rig.give(PEOPLE, "register-person", OFFICE, person=person, name=person.title(), **rest)
    return given.accepted


async def test_the_same_command_twice_and_at_once_has_one_outcome(rig: Rig) -> None:
    jo = rig.command(PEOPLE, "register-person", OFFICE, id="once", person="jo-b", name="Jo Berry")
    outcomes = [await rig.face.give(jo), *await asyncio.gather(rig.face.give(jo), rig.face.give(jo))]
    assert len({outcome.position for outcome in outcomes}) == 1 and all(outcome.accepted for outcome in outcomes)
    assert rig.types(PEOPLE) == ["person-registered"]
    assert await rig.runs(PEOPLE)


async def test_two_commands_at_once_are_decided_one_after_the_other(rig: Rig) -> None:
    await register(rig, "jo-b")
    both = await asyncio.gather(
        *(rig.give(PEOPLE, "give-role", OFFICE, person="jo-b", role=LEAD, id=id) for id in ("first", "second"))
    )
    assert sorted(outcome.accepted for outcome in both) == [False, True]
    (refused,) = [outcome for outcome in both if not outcome.accepted]
    assert refused.outcome["rule"] == "role-held-already"
    assert rig.types(PEOPLE) == ["person-registered", "role-given"]
    others = await asyncio.gather(*(register(rig, f"p{number}") for number in range(6)))
    assert others == [True] * 6
    rig.verify()


async def test_no_name_and_no_address_travels_through_temporal(rig: Rig) -> None:
    await rig.give(PEOPLE, "register-person", OFFICE, person="jo-b", name="Quenby", email="quenby@example.org")
    history = await rig.handle(PEOPLE).fetch_history()
    assert "quenby" not in history.to_json().lower() and "register-person" not in history.to_json()


async def test_it_goes_on_after_a_restart_of_the_worker_and_after_continuing_as_new(rig: Rig) -> None:
    await register(rig, "jo-b")
    first = await rig.run_id(PEOPLE)
    await rig.stop_worker()
    rig.recompose()
    await rig.start_worker()
    numbers = iter(range(100))

    async def continued() -> bool:
        assert await register(rig, f"p{next(numbers)}")
        return await rig.run_id(PEOPLE) != first

    await until(continued, "it has continued as new")
    assert await register(rig, "last")
    assert [event.version for event in rig.events(PEOPLE)] == list(range(1, next(numbers) + 3))


async def test_rebuilding_gives_it_a_run_of_the_new_epoch(rig: Rig) -> None:
    await register(rig, "jo-b")
    old = await rig.run_id(PEOPLE)
    assert await rebuild_workflows(rig.ledger, rig.process.starter, lambda done, total: None) == 1
    new = await rig.run_id(PEOPLE)
    assert new != old and await rig.runs(PEOPLE)
    assert await register(rig, "sam-k")
    assert await rig.run_id(PEOPLE) == new
    rig.verify()


async def test_one_of_an_older_epoch_makes_way(rig: Rig) -> None:
    await register(rig, "jo-b")
    old = await rig.run_id(PEOPLE)
    with rig.ledger.writing() as tx:
        tx.raise_epoch()
    assert await register(rig, "sam-k")
    assert await rig.run_id(PEOPLE) != old
    assert rig.types(PEOPLE) == ["person-registered"] * 2


async def test_in_a_rehearsal_the_directory_moves_with_the_clock(tmp_path: Path, dev_server_binary: Path) -> None:
    later = RATED + timedelta(days=400)
    async with rehearsal_engine(Settings(home=tmp_path), lambda line: None, RATED) as engine:
        for number, moment in enumerate((RATED, later)):
            await Rehearsal(engine, lambda event: None).move_to(moment)
            office, today = Actor.parse(OFFICE), When.day(london_day(moment))
            body = {"person": f"p{number}", "name": "Somebody"}
            given = await engine.face.give(
                Unsealed(f"r{number}", PEOPLE, "register-person", office, office, today, body, "command-line")
            )
            assert given.accepted, given.outcome
        with engine.ledger.reading() as conn:
            first, second = [event.recorded_at for event in events.read_stream(conn, PEOPLE)]
    assert first < RATED + timedelta(hours=1) and later <= second < later + timedelta(hours=1)
