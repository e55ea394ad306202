"""`turnaround rating`: a round of ratings from a CSV file, checked row by row, published, withdrawn."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer
from sqlalchemy import Connection

from activities.messages import Round, RoundProgress
from cli import dates, telling
from cli.desk import Desk, Target, open_desk
from cli.doing import events_of
from cli.fields import check_string, with_placeholders
from cli.output import Cell, confirm, emit_json, note, progress, say, table, terminal
from cli.problems import Exit, Problem, usage
from cli.prose import refused
from cli.rounds import Row, Sheet, Wrong, read_sheet
from cli.words import Words, any_of
from domain.actors import Actor
from domain.council import PublishRating, RatingPublished, RatingWithdrawn, Service, WithdrawRating
from domain.dates import LONDON, When, end_of, london_day
from domain.part import Command
from ledger import commands
from ledger.commands import SignedCommand, StoredOutcome
from ledger.errors import CommandIdReused

if TYPE_CHECKING:
    from temporalio.client import WorkflowHandle

    from workers.face import Face, Unsealed

DECIDES = Actor.parse("inspectorate.chief-inspector")
RECORDS = Actor.parse("department.programme-office")

AFTERMATH = 15.0
"""Seconds to wait for the engagements that are told of a rating."""

LONG_AGO = timedelta(days=60)

RoundFile = Annotated[Path, typer.Argument(metavar="FILE", help="The round, as CSV.")]
PublishedOn = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="The day of publication; today if left out.")
]
OfService = Annotated[str | None, typer.Option(help="The service the file must be of.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@dataclass
class Line:
    """A row with what would come of it, or what came of it."""

    row: Row
    opens: str | None = None
    model: str | None = None
    told: list[str] = field(default_factory=list)
    informs: list[str] = field(default_factory=list)
    refusal: str | None = None
    before: StoredOutcome | None = None
    state: str = ""

    def data(self) -> dict[str, Any]:
        """This as plain data."""
        row = self.row
        return {
            "line": row.line,
            "council": row.council.gss,
            "name": row.council.name,
            "stars": row.body["stars"],
            "opens": self.opens,
            "model": self.model,
            "told": self.told,
            "informs": self.informs,
            "refusal": self.refusal,
            "done_before": self.before is not None,
            "warnings": list(row.warnings),
        }


# The three commands


def make(app: typer.Typer) -> typer.Typer:
    """The commands of a round, as an app of their own."""
    app.callback()(_about)
    app.command("check")(check)
    app.command("publish")(publish)
    app.command("withdraw")(withdraw)
    return app


def _about() -> None:
    """Check, publish or withdraw a round of ratings from a CSV file.

    Example: turnaround rating check social-services-2002-05-29.csv --on 2002-05-29
    """


def check(file: RoundFile, service: OfService = None, on: PublishedOn = None, as_json: AsJson = False) -> None:
    """Say row by row what a round would open, who would be told, and what is wrong. Nothing is stored.

    Example: turnaround rating check round.csv --on 2002-05-29
    """
    with open_desk() as desk, desk.ledger.reading() as conn:
        words = desk.words(conn)
        sheet = read_sheet(file, _day(on, None, desk), _service(service), desk.register)
        lines = foresee(desk, conn, sheet, words)
        if as_json:
            emit_json(_sheet_data(sheet, lines))
        else:
            _print_check(sheet, lines, words, desk.today)
        if sheet.wrong or any(line.refusal for line in lines):
            raise typer.Exit(Exit.REFUSED)


def publish(
    file: RoundFile,
    service: OfService = None,
    on: PublishedOn = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Publish later, such as 2002-05-29T09:30 (London) or with a zone."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Publish a round: every council's rating, and an engagement for each that a model starts on. Asks first.

    Run twice, nothing doubles.

    Example: turnaround rating publish round.csv --on 2002-05-29 --yes
    """
    with open_desk() as desk:
        hour = _hour(at)
        with desk.ledger.reading() as conn:
            words = desk.words(conn)
            sheet = read_sheet(file, _day(on, hour, desk), _service(service), desk.register)
            lines = foresee(desk, conn, sheet, words)
        _not_too_early(sheet, hour, desk)
        if not as_json:
            _print_check(
                sheet, lines, words, desk.today, rows=terminal()
            )  # of two tables no other program could make sense
        if not lines:
            raise Problem(Exit.REFUSED, f"{file.name} has no row that can be published.", "mend the rows and try again")
        opening = sum(line.opens is not None for line in lines)
        confirm(
            f"Publish {dates.plural(len(lines), 'rating')}, opening {dates.plural(opening, 'engagement')}?",
            yes=yes,
            as_json=as_json,
        )
        occurred = When.day(sheet.day)
        given = [
            _Given(line.row, f"{sheet.round_id}/{line.row.council.gss}", PublishRating, line.row.body, occurred)
            for line in lines
        ]
        asyncio.run(_carry_out(desk, sheet.round_id, given, sheet, words, hour, as_json=as_json))


def withdraw(
    file: RoundFile,
    reason: Annotated[str, typer.Option(help="Why; kept sealed.")],
    service: OfService = None,
    on: PublishedOn = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Withdraw a round that was published: its ratings, and what they opened is closed as opened in error. Asks first.

    Example: turnaround rating withdraw round.csv --on 2002-05-29 --reason "published by mistake" --yes
    """
    check_string("--reason", reason, lines=True)
    if not reason.strip():
        raise usage("--reason is empty.", "say why the round is withdrawn")
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            words = desk.words(conn)
            sheet = read_sheet(file, _day(on, None, desk), _service(service), desk.register)
            published = [row for row in sheet.rows if _published(conn, f"{sheet.round_id}/{row.council.gss}")]
        if not published:
            raise Problem(
                Exit.NOT_FOUND,
                f"no rating of {file.name} was published in the round {sheet.round_id}.",
                "give the day of its publication with --on",
            )
        confirm(f"Withdraw {dates.plural(len(published), 'rating')} of {sheet.round_id}?", yes=yes, as_json=as_json)
        round_id = f"{sheet.round_id}-withdrawn"
        body = {"round": sheet.round_id, "reason": reason}
        today = When.day(desk.today)
        given = [_Given(row, f"{round_id}/{row.council.gss}", WithdrawRating, body, today) for row in published]
        with desk.ledger.reading() as conn:
            given = [_as_before(conn, one) for one in given]
        asyncio.run(_carry_out(desk, round_id, given, sheet, words, None, as_json=as_json))


# What was typed


def _service(service: str | None) -> str | None:
    if service is not None and service not in get_args(Service):
        raise usage(f"there is no service '{service}'.", f"it is {any_of(get_args(Service))}")
    return service


def _day(on: str | None, hour: datetime | None, desk: Desk) -> date:
    if on is None:
        return london_day(hour) if hour else desk.today
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise usage(f"--on: '{on[:40]}' is not a day.", "write it as 2002-05-29") from None


def _hour(at: str | None) -> datetime | None:
    if at is None:
        return None
    try:
        hour = datetime.fromisoformat(at)
    except ValueError:
        raise usage(f"--at: '{at[:40]}' is not a time.", "write it as 2002-05-29T09:30") from None
    return (hour if hour.tzinfo else hour.replace(tzinfo=LONDON)).astimezone(UTC)


def _not_too_early(sheet: Sheet, hour: datetime | None, desk: Desk) -> None:
    if hour is not None and hour <= desk.now:
        raise usage(f"--at: {dates.moment(hour)} has passed.", "leave it out to publish now")
    if hour is not None and london_day(hour) < sheet.day:
        raise usage(
            f"--at: {dates.moment(hour)} comes before the day of publication, {dates.day(sheet.day)}.",
            "mend one of them",
        )
    if hour is None and sheet.day > desk.today:
        raise usage(
            f"--on: {dates.day(sheet.day)} is in the future.",
            f"to publish it then, add --at {sheet.day.isoformat()}T09:30",
        )


# Looking ahead


def foresee(desk: Desk, conn: Connection, sheet: Sheet, words: Words) -> list[Line]:
    """What each good row would bring, by the same code that will decide it."""
    from cli.trying import Trial

    at, occurred, found = max(desk.now, end_of(sheet.day)), When.day(sheet.day), []
    for row in sheet.rows:
        line = Line(row, before=commands.outcome_of(conn, f"{sheet.round_id}/{row.council.gss}"))
        found.append(line)
        if line.before is not None:
            continue
        trial, target = Trial(desk, conn, at), Target("council", row.council.gss)
        body = with_placeholders(PublishRating, row.body)
        refusal = trial.command(target, PublishRating.type, DECIDES, RECORDS, occurred, body, via="rating-round")
        if refusal is not None:
            line.refusal = refused(refusal.rule, refusal.details, words).sentence
            continue
        for _, _, event in trial.drafted():
            if event.type == "intervention-opened":
                line.opens, line.model = event.engagement, event.model  # type: ignore[attr-defined]
        line.told, line.informs = trial.told(), trial.woken()
    return found


def _outlook(line: Line) -> str:
    if line.before is not None:
        return "done before: nothing more happens"
    if line.refusal is not None:
        return f"would be refused: {line.refusal}"
    if line.opens is not None:
        return f"opens {line.opens} ({line.model})"
    return f"told to {', '.join(line.informs)}" if line.informs else "opens nothing"


def _print_check(sheet: Sheet, lines: Sequence[Line], words: Words, today: date, *, rows: bool = True) -> None:
    note(f"Round {sheet.round_id}: {telling.service(sheet.service)}, published {dates.day(sheet.day)}.")
    if rows:
        _print_rows(lines, words)
    for line in lines:
        for warning in line.row.warnings:
            note(f"warning: line {line.row.line}, {line.row.council.short}: {warning}")
    for wrong in sheet.wrong:
        note(f"wrong: {wrong.sentence}")
    _say_left_out(sheet)
    if sheet.day < today - LONG_AGO and any(line.opens for line in lines):
        note(
            f"warning: what is owed counts from {dates.day(sheet.day)}, so most of it is late at once; "
            "to play the past through use `turnaround rehearse`, to take it over `turnaround import`"
        )
    opening = sum(line.opens is not None for line in lines)
    note(
        f"{dates.plural(len(lines), 'rating')}, opening {dates.plural(opening, 'engagement')}; "
        f"{dates.plural(len({wrong.line for wrong in sheet.wrong}), 'row')} wrong, {len(sheet.left_out)} left out."
    )


def _print_rows(lines: Sequence[Line], words: Words) -> None:
    table(
        ("Line", "Council", "Stars", "What follows", "Who would be told"),
        (
            (
                str(line.row.line),
                Cell(f"{line.row.council.short} ({line.row.council.gss})", line.row.council.gss),
                str(line.row.body["stars"]),
                Cell(_outlook(line), style="bold" if line.opens else ""),
                Cell(", ".join(words.title_of_role(role) for role in line.told), ",".join(line.told)),
            )
            for line in lines
        ),
    )


def _say_left_out(sheet: Sheet) -> None:
    if len(sheet.left_out) > 5:
        first, last = sheet.left_out[0][0], sheet.left_out[-1][0]
        note(f"left out: {len(sheet.left_out)} rows between lines {first} and {last}, as their stars are not known")
        return
    for line, council, why in sheet.left_out:
        note(f"left out: line {line}, {council.short}: its stars are not known" + (f" ({why})" if why else ""))


def _sheet_data(sheet: Sheet, lines: Sequence[Line]) -> dict[str, Any]:
    return {
        "round": sheet.round_id,
        "service": sheet.service,
        "published": sheet.day,
        "rows": [line.data() for line in lines],
        "wrong": [wrong.data() for wrong in sheet.wrong],
        "left_out": [{"line": line, "council": council.gss, "why": why} for line, council, why in sheet.left_out],
    }


# Doing it


@dataclass(frozen=True)
class _Given:
    """One row's command."""

    row: Row
    id: str
    kind: type[Command]
    body: Any
    occurred: When

    def unsealed(self) -> "Unsealed":
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


def _published(conn: Connection, command_id: str) -> bool:
    outcome = commands.outcome_of(conn, command_id)
    return outcome is not None and outcome.accepted


def _as_before(conn: Connection, given: _Given) -> _Given:
    """A command as it was given before, if it was: withdrawn on another day it would be another command."""
    stored = commands.stored_command(conn, given.id)
    if stored is None:
        return given
    return _Given(given.row, given.id, given.kind, given.body, stored.record.occurred)


async def _carry_out(
    desk: Desk,
    round_id: str,
    given: list[_Given],
    sheet: Sheet,
    words: Words,
    hour: datetime | None,
    *,
    as_json: bool,
) -> None:
    from workers.composition import make_face
    from workers.reach import reach

    client = await reach(desk.settings)
    face = make_face(desk.settings, desk.ledger, client)
    await _not_waiting(client, round_id)
    with desk.ledger.reading() as conn:
        before = {one.id for one in given if commands.outcome_of(conn, one.id) is not None}
    stored, given = await asyncio.to_thread(_store, face, given, sheet)
    if not stored:
        _say_wrong(sheet)
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


def _store(face: "Face", given: list[_Given], sheet: Sheet) -> tuple[list[SignedCommand], list[_Given]]:
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

    from cli import doing

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
        if not result.done() and loop.time() - moved > doing.PATIENCE:
            result.cancel()
            raise Problem(
                Exit.UNREACHABLE,
                f"how the round ends is not known yet: no worker has done anything for {doing.PATIENCE:.0f} seconds.",
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


def _say_wrong(sheet: Sheet) -> None:
    for wrong in sheet.wrong:
        note(f"wrong: {wrong.sentence}")


# What came of it


def _summary(
    conn: Connection,
    desk: Desk,
    round_id: str,
    given: Sequence[_Given],
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


def _result(conn: Connection, desk: Desk, given: _Given, words: Words, *, done_before: bool) -> dict[str, Any]:
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
    _say_wrong(sheet)
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
