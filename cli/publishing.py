"""Carrying a round out: its rows stored in one transaction, the workflow started and watched, what came of each row."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import typer
from sqlalchemy import Connection

from activities.messages import Round, RoundProgress
from cli.output import emit_json, progress
from domain.dates import When
from domain.part import Command
from domain.ratings import RatingPublished, RatingWithdrawn, WithdrawRating
from faces import dates, giving, telling
from faces.desk import Desk, Target
from faces.outcome import events_of
from faces.outlook import DECIDES, RECORDS, say_wrong
from faces.page import Cell, say, table
from faces.problems import Exit, Problem
from faces.prose import refused
from faces.rounds import Row, Sheet, Wrong
from faces.words import Words
from ledger import commands
from ledger.commands import SignedCommand
from ledger.errors import CommandIdReused

if TYPE_CHECKING:
    from temporalio.client import WorkflowHandle

    from workers.face import Face, Unsealed

AFTERMATH = 15.0
"""Seconds to wait for the engagements that are told of a rating."""


@dataclass(frozen=True)
class Given:
    """One row's command."""

    row: Row
    id: str
    kind: type[Command]
    body: Any
    occurred: When

    def unsealed(self) -> "Unsealed":
        """This as it is handed to the engine, which seals and signs it."""
        from workers.face import Unsealed

        return Unsealed(
            id=self.id,
            target=f"council/{self.row.council.gss}",
            type=self.kind.type,
            decided_by=DECIDES,
            recorded_by=RECORDS,
            occurred=self.occurred,
            body=self.body,
            via="rating-round",
        )


def was_published(conn: Connection, command_id: str) -> bool:
    """Whether a rating was published by a command."""
    outcome = commands.outcome_of(conn, command_id)
    return outcome is not None and outcome.accepted


def as_before(conn: Connection, given: Given) -> Given:
    """A command as it was given before, if it was: withdrawn on another day it would be another command."""
    stored = commands.stored_command(conn, given.id)
    if stored is None:
        return given
    return Given(given.row, given.id, given.kind, given.body, stored.record.occurred)


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
    await _not_waiting(client, round_id)
    with desk.ledger.reading() as conn:
        before = {one.id for one in given if commands.outcome_of(conn, one.id) is not None}
    stored, given = await asyncio.to_thread(_store, face, given, sheet)
    if not stored:
        say_wrong(sheet)
        raise Problem(Exit.REFUSED, "no row is left to be done.", "see what is said of each row")
    handle = await _start(face, desk, round_id, hour)
    if hour is not None:
        _say_waiting(round_id, hour, len(stored), as_json=as_json)
        if sheet.wrong:
            raise typer.Exit(Exit.REFUSED)
        return
    with progress(round_id) as show:
        await _watch(handle, show)
    await _settle(desk, [one.id for one in given])
    with desk.ledger.reading() as conn:
        _summary(conn, desk, round_id, given, sheet, words, before, as_json=as_json)


def _store(face: "Face", given: list[Given], sheet: Sheet) -> tuple[list[SignedCommand], list[Given]]:
    """Store all rows in one transaction. A row given before with other content is put among the wrong ones."""
    while given:
        try:
            return face.store([one.unsealed() for one in given]), given
        except CommandIdReused as error:
            (other,) = (one for one in given if one.id == error.command_id)
            right = "this round had another rating of it before; withdraw that one and publish it under another day"
            if other.kind is WithdrawRating:
                right = "it was withdrawn before, for another reason"
            sheet.wrong.append(Wrong(other.row.line, "row", other.row.council.short, right))
            given = [one for one in given if one is not other]
    return [], []


async def _not_waiting(client: Any, round_id: str) -> None:
    """Refuse to start a round again that waits for its hour: it would go on waiting, and nobody would know."""
    from temporalio.client import WorkflowExecutionStatus
    from temporalio.service import RPCError, RPCStatusCode

    try:
        found = await client.get_workflow_handle(f"round/{round_id}").describe()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return
        raise
    waiting = await found.static_summary()
    if found.status == WorkflowExecutionStatus.RUNNING and waiting:
        raise Problem(
            Exit.REFUSED,
            f"the round {round_id} waits already: {waiting}.",
            "end it in Temporal's Web UI to give another",
        )


async def _start(
    face: "Face", desk: Desk, round_id: str, hour: datetime | None
) -> "WorkflowHandle[Any, RoundProgress]":
    from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

    from workers.face import Clock

    about = desk.ledger.about
    round = Round(id=round_id, epoch=about.epoch, at=hour, clock_offset=Clock(desk.ledger).offset())
    return await face.starter.client.start_workflow(
        "RatingRoundWorkflow",
        round,
        id=f"round/{round_id}",
        task_queue=face.starter.task_queue,
        result_type=RoundProgress,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"to be published at {dates.moment(hour)}" if hour else None,
    )


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


def _say_waiting(round_id: str, hour: datetime, rows: int, *, as_json: bool) -> None:
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
    results = [_result(conn, desk, one, words, done_before=one.id in before) for one in given]
    failed = [one for one in results if not one["accepted"] and not _stood_before(one)]
    if as_json:
        wrong = [one.data() for one in sheet.wrong]
        left_out = [{"line": line, "council": council.gss} for line, council, _ in sheet.left_out]
        emit_json({"round": round_id, "rows": results, "wrong": wrong, "left_out": left_out})
    else:
        _print_summary(results, sheet, before)
    if any(one["accepted"] is None for one in results):
        raise Problem(
            Exit.UNREACHABLE, "the outcome of some rows is not known yet.", "give the same command again to ask"
        )
    if failed or sheet.wrong:
        raise typer.Exit(Exit.REFUSED)


def _stood_before(result: dict[str, Any]) -> bool:
    return bool(result["done_before"]) and result.get("rule") in ("rated-already", "no-such-rating")


def _result(conn: Connection, desk: Desk, given: Given, words: Words, *, done_before: bool) -> dict[str, Any]:
    council, outcome = given.row.council, commands.outcome_of(conn, given.id)
    result: dict[str, Any] = {
        "line": given.row.line,
        "council": council.gss,
        "name": council.name,
        "command": given.id,
        "done_before": done_before,
        "accepted": outcome.accepted if outcome else None,
        "what": "not known yet",
    }
    if outcome is None:
        return result
    if not outcome.accepted:
        rule, details = outcome.outcome["rule"], outcome.outcome["details"]
        said = refused(rule, details, words)
        return result | {"rule": rule, "what": f"refused: {said.sentence}"}
    found = events_of(conn, Target("council", council.gss), given.id)
    opened = [event.body["engagement"] for event in found if event.type == "intervention-opened"]
    state = desk.council(conn, council.gss)
    informed = [wake["target"].partition("/")[2] for wake in outcome.outcome.get("wakes", ()) if wake["submission"]]
    result |= {"opened": opened[0] if opened else None, "informed": informed, "withdrawn": False}
    if given.kind is WithdrawRating:
        return result | {"what": f"withdrawn; {_over(state, informed)}" if informed else "withdrawn"}
    gone = {entry.event.rating for entry in state.history.all(RatingWithdrawn)}
    own = [event.version for event in found if event.type == RatingPublished.type]
    result["withdrawn"] = bool(own and own[0] in gone)
    stars = telling.stars(given.row.body["stars"])
    what = (
        f"{stars}, opened {opened[0]}" if opened else f"{stars}, told to {', '.join(informed)}" if informed else stars
    )
    if result["withdrawn"]:
        what += "; withdrawn since: to publish it anew give another day with --on"
    return result | {"what": what}


def _over(state: Any, informed: Sequence[str]) -> str:
    said = [f"{id} {'goes on' if id in state.open else 'closed'}" for id in informed]
    return ", ".join(said)


def _print_summary(results: Sequence[dict[str, Any]], sheet: Sheet, before: set[str]) -> None:
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
    say_wrong(sheet)
    done = sum(bool(r["accepted"]) and not r["done_before"] for r in results)
    refusals = sum(r["accepted"] is False for r in results)
    opened = sum(bool(r.get("opened")) and not r["done_before"] for r in results)
    if any(r["command"].startswith(f"{sheet.round_id}-withdrawn/") for r in results):
        said = f"{dates.plural(done, 'rating')} withdrawn, {refusals} refused"
    else:
        said = f"{dates.plural(done, 'rating')} done, {dates.plural(opened, 'engagement')} opened, {refusals} refused"
    if before:
        said += f"; {len(before)} had been done before, and nothing was done twice"
    say(f"{said}.")
