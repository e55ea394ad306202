"""Carrying a round out: its rows stored in one transaction, the workflow started and watched, what came of each row."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer
from sqlalchemy import Connection

from activities.messages import RoundProgress
from cli.output import emit_json, progress
from faces import dates, giving
from faces.desk import Desk
from faces.outlook import say_wrong
from faces.page import Cell, note, say, table
from faces.problems import Exit, Problem
from faces.publishing import Given, not_waiting, result_of, start, stood_before, store
from faces.rounds import Sheet, Wrong
from faces.words import Words
from ledger import commands

if TYPE_CHECKING:
    from temporalio.client import WorkflowHandle


AFTERMATH = 15.0
"""Seconds to wait for the engagements that are told of a rating."""


async def carry_out(
    desk: Desk,
    round_id: str,
    given: list[Given],
    sheet: Sheet,
    words: Words,
    hour: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Carry a round out and say what came of it; with an hour, store it to be carried out then. Raises Problem."""
    from workers.composition import make_face
    from workers.reach import reach

    client = await reach(desk.settings)
    face = make_face(desk.settings, desk.ledger, client)
    await not_waiting(client, round_id)
    with desk.ledger.reading() as conn:
        before = {one.id for one in given if commands.outcome_of(conn, one.id) is not None}
    stored, given = await asyncio.to_thread(store, face, given, sheet)
    if not stored:
        say_wrong(sheet)
        raise Problem(Exit.REFUSED, "no row is left to be done.", "see what is said of each row")
    handle = await start(face, desk.ledger, round_id, hour)
    if hour is not None:
        say_waiting(round_id, hour, len(stored), as_json=as_json)
        if sheet.wrong:
            raise typer.Exit(Exit.REFUSED)
        return
    with progress(round_id) as show:
        await _watch(handle, show)
    await _settle(desk, [one.id for one in given])
    with desk.ledger.reading() as conn:
        _summary(conn, desk, round_id, given, sheet, words, before, as_json=as_json)


async def _watch(handle: "WorkflowHandle[Any, RoundProgress]", show: Callable[[int, int], None]) -> RoundProgress:
    """Wait for the round, showing how far it is. Raises Problem when no worker does anything for long."""
    from temporalio.service import RPCError

    result = asyncio.ensure_future(handle.result())
    loop = asyncio.get_running_loop()
    seen, moved = -1, loop.time()
    while not result.done():
        await asyncio.wait([result], timeout=0.5)
        try:
            async with asyncio.timeout(2):
                now: RoundProgress = await handle.query("progress", result_type=RoundProgress)
        except (RPCError, TimeoutError):
            now = RoundProgress(done=seen)
        if now.done > seen and now.total:
            seen, moved = now.done, loop.time()
            show(now.done, now.total)
        if not result.done() and loop.time() - moved > giving.PATIENCE:
            result.cancel()
            raise Problem(
                Exit.UNREACHABLE,
                f"how the round ends is not known yet: no worker has done anything for {giving.PATIENCE:.0f} seconds.",
                "see `turnaround doctor`; the round goes on by itself, and the same command tells of it again",
            )
    return await result


async def _settle(desk: Desk, ids: Sequence[str]) -> None:
    """Wait a while for the engagements that the rows' outcomes tell of something."""

    def waiting() -> bool:
        with desk.ledger.reading() as conn:
            for id in ids:
                outcome = commands.outcome_of(conn, id)
                for wake in outcome.outcome.get("wakes", ()) if outcome else ():
                    derived = wake["submission"]
                    if derived and commands.outcome_of(conn, derived["command_id"]) is None:
                        return True
        return False

    for _ in range(int(AFTERMATH / 0.1)):
        if not await asyncio.to_thread(waiting):
            return
        await asyncio.sleep(0.1)


def say_waiting(round_id: str, hour: datetime, rows: int, *, as_json: bool) -> None:
    """Say that a round is stored and when it is published."""
    if as_json:
        emit_json({"round": round_id, "waiting_until": hour, "rows": rows})
        return
    say(f"The round {round_id} is stored, {dates.plural(rows, 'row')}, and is published at {dates.moment(hour)}.")


# What came of it


def _summary(
    conn: Connection,
    desk: Desk,
    round_id: str,
    given: Sequence[Given],
    sheet: Sheet,
    words: Words,
    before: set[str],
    *,
    as_json: bool,
) -> None:
    results = [result_of(conn, desk, one, words, done_before=one.id in before) for one in given]
    left_out = [{"line": line, "council": council.gss} for line, council, _ in sheet.left_out]
    put_out_summary(round_id, results, sheet.wrong, left_out, as_json=as_json)


def put_out_summary(
    round_id: str,
    results: Sequence[dict[str, Any]],
    wrong: Sequence[Wrong],
    left_out: Sequence[dict[str, Any]],
    *,
    as_json: bool,
) -> None:
    """Put out what came of each row of a round. Raises Problem, or typer.Exit where something was refused."""
    failed = [one for one in results if not one["accepted"] and not stood_before(one)]
    if as_json:
        emit_json({"round": round_id, "rows": results, "wrong": [one.data() for one in wrong], "left_out": left_out})
    else:
        _print_summary(round_id, results, wrong)
    if any(one["accepted"] is None for one in results):
        raise Problem(
            Exit.UNREACHABLE, "the outcome of some rows is not known yet.", "give the same command again to ask"
        )
    if failed or wrong:
        raise typer.Exit(Exit.REFUSED)


def _print_summary(round_id: str, results: Sequence[dict[str, Any]], wrong: Sequence[Wrong]) -> None:
    telling_rows = [r for r in results if r.get("opened") or r.get("informed") or not r["accepted"] or r["withdrawn"]]
    table(
        ("Line", "Council", "What came of it"),
        (
            (
                str(r["line"]),
                Cell(r["name"], r["council"]),
                Cell(
                    r["what"] + (" (done before)" if r["done_before"] else ""),
                    style="" if r["accepted"] else "bold red",
                ),
            )
            for r in telling_rows
        ),
    )
    for one in wrong:
        note(f"wrong: {one.sentence}")
    before = sum(bool(r["done_before"]) for r in results)
    done = sum(bool(r["accepted"]) and not r["done_before"] for r in results)
    refusals = sum(r["accepted"] is False for r in results)
    opened = sum(bool(r.get("opened")) and not r["done_before"] for r in results)
    if round_id.endswith("-withdrawn"):
        said = f"{dates.plural(done, 'rating')} withdrawn, {refusals} refused"
    else:
        said = f"{dates.plural(done, 'rating')} done, {dates.plural(opened, 'engagement')} opened, {refusals} refused"
    if before:
        said += f"; {before} had been done before, and nothing was done twice"
    say(f"{said}.")
