"""When checkpoints are made: at every step with legal force, every five minutes, and on demand."""

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from activities.checkpointing import Made
from activities.witnesses import WitnessAt
from console.witness import Identity, Witness
from domain import council, engagement
from domain.checkpoints import HEADS, STATUTORY
from ledger import checkpoints, verify
from ledger.events import last_position
from ledger.notes import VerifierKey
from ledger.signers import origins
from ledger.witnessing import AddCheckpoint
from tests.engine import DIRECTOR, Rig, a_rig, a_server, new_council, until
from tests.witness_server import now, served
from workers import running
from workers.dev_server import DevServer
from workflows.checkpoint import FIVE_MINUTES


@pytest.fixture(scope="module")
async def server(dev_server_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DevServer]:
    async with a_server(dev_server_binary, tmp_path_factory.mktemp("server") / "log") as server:
        yield server


@pytest.fixture
async def rig(server: DevServer, tmp_path: Path) -> AsyncIterator[Rig]:
    async with a_rig(server.address, tmp_path / "home") as rig:
        yield rig


def covered(rig: Rig) -> int:
    """The size of the ledger's last checkpoint, 0 before the first."""
    with rig.ledger.reading() as conn:
        named = origins(conn)
        last = checkpoints.last(conn, named[-1].name) if named else None
    return last.checkpoint.size if last is not None else 0


def test_every_statutory_step_is_an_event_that_there_is() -> None:
    assert STATUTORY - {*engagement.EVENTS, *council.EVENTS} == set()


async def test_a_step_with_legal_force_is_signed_at_once(rig: Rig) -> None:
    target = await rig.open()
    opened = rig.events(target)[0].position
    await until(lambda: covered(rig) >= opened, "the opening is signed")
    await rig.until_status(f"checkpoint/{rig.settings.task_queue}", "COMPLETED")
    await rig.all_settled(target)
    before = covered(rig)
    await rig.note(target)
    assert covered(rig) == before, "a note has no such force"
    await rig.give(target, "receive-pip", DIRECTOR)
    await rig.rate(target.removeprefix("engagement/council-").rpartition("-")[0].upper(), stars=1)
    await until(lambda: rig.row(target).closed is not None, "it is over")
    closed = rig.of_type(target, "engagement-closed")[0].position
    await until(lambda: covered(rig) >= closed, "the end is signed")
    report = verify.verify(rig.ledger)
    assert report.ok and report.retained >= 2, report


async def test_a_step_recorded_while_a_checkpoint_is_made_gets_the_next(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, go_on = threading.Event(), threading.Event()
    making = rig.process.checkpointing
    original = making.make

    def slow() -> Made:
        result = original()
        if not made.is_set():
            made.set()
            assert go_on.wait(30)
        return result

    monkeypatch.setattr(making, "make", slow)
    await rig.open()
    await until(made.is_set, "the first checkpoint is made")
    second = await rig.open(new_council())
    opened = rig.events(second)[0].position
    assert covered(rig) < opened
    go_on.set()
    await until(lambda: covered(rig) >= opened, "the second opening is signed")


async def test_the_schedule_has_one_made_where_anything_was_recorded(rig: Rig) -> None:
    await running.start_checkpoints(rig.client, rig.settings.task_queue)
    await running.start_checkpoints(rig.client, rig.settings.task_queue)  # as at every start
    handle = rig.client.get_schedule_handle("checkpoint")
    described = await handle.describe()
    assert [interval.every for interval in described.schedule.spec.intervals] == [FIVE_MINUTES]

    async def run() -> int:
        ran = (await handle.describe()).info.num_actions
        await handle.trigger()

        async def done() -> bool:
            info = (await handle.describe()).info
            return info.num_actions > ran and not info.running_actions

        await until(done, "the scheduled run is over")
        return covered(rig)

    first = await run()
    with rig.ledger.reading() as conn:
        assert first == last_position(conn) > 0
    assert await run() == first, "nothing was recorded since"
    assert rig.types(HEADS) == ["heads-recorded"]
    await handle.delete()


async def test_a_signer_that_refuses_stops_nobodys_work(rig: Rig) -> None:
    target = await rig.open()
    await until(lambda: covered(rig) > 0, "the opening is signed")
    asked = f"checkpoint/{rig.settings.task_queue}"
    await rig.until_status(asked, "COMPLETED")
    signer = rig.settings.signer / "signed.json"
    signer.unlink()
    await rig.open(new_council())
    await rig.until_status(asked, "FAILED")
    assert (await rig.note(target)).accepted


async def test_a_witness_that_does_not_answer_holds_up_no_checkpoint_and_cosigns_when_it_does(
    server: DevServer, tmp_path: Path
) -> None:
    identity, asked, go_on = Identity.kept_in(tmp_path / "witness"), threading.Event(), threading.Event()
    known: list[VerifierKey] = []

    async def add_checkpoint(request: Request) -> Response:
        body = await request.body()
        asked.set()
        await asyncio.to_thread(go_on.wait, 60)
        answer = Witness(identity, known, now).add(AddCheckpoint.parse(body))
        return Response(answer.body, answer.status, media_type=answer.media_type)

    with served(Starlette(routes=[Route("/add-checkpoint", add_checkpoint, methods=["POST"])])) as url:
        witnesses = {"witnesses": (WitnessAt(url, identity.verifier),)}
        async with a_rig(server.address, tmp_path / "home", kind="production", mail=witnesses) as rig:
            await rig.open()
            await until(asked.is_set, "the witness is asked")
            second = await rig.open(new_council())
            opened = rig.events(second)[0].position
            await until(lambda: covered(rig) >= opened, "the second opening is signed while the witness is silent")
            with rig.ledger.reading() as conn:
                known.append(origins(conn)[-1].key)
            go_on.set()

            def cosigned() -> bool:
                with rig.ledger.reading() as conn:
                    return checkpoints.last_cosigned(conn, known[0].name, identity.verifier) >= opened

            await until(cosigned, "the witness cosigned the last checkpoint")
            await rig.until_status(f"checkpoint/{rig.settings.task_queue}", "COMPLETED")
            assert list(rig.settings.checkpoints.glob("*/*.cosigned"))
