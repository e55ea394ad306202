"""`turnaround reconcile`: does what Temporal still holds, and what follows from the ledger, say the same as the ledger?"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from cli.completing import complete_id
from cli.output import AsJson, emit_json, progress
from faces import dates
from faces.desk import Desk, open_desk
from faces.page import note, say, table
from faces.problems import Exit, Problem, usage
from ledger import read_models

KINDS = {
    "not-in-ledger": "Temporal took a command that the ledger does not hold",
    "not-in-temporal": "the ledger holds a command that Temporal did not take in a time it still holds",
    "digest": "the command is not the one that Temporal took",
    "target": "the command is for another stream",
    "no-outcome": "Temporal told an outcome that the ledger does not hold",
    "outcome": "the outcomes are not the same",
    "replay": "today's workflow code does not replay the history",
    "row": "a read model is not what the events give",
    "redecided": "decided again it comes out otherwise",
}


def reconcile(
    id: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="An engagement, a council or an office stream; all open engagements, councils and office streams if left out.",
            autocompletion=complete_id,
        ),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            readable=True,
            help="An exported history, as `temporal workflow show --output json` writes it, instead of the server.",
        ),
    ] = None,
    redecide: Annotated[
        bool, typer.Option("--redecide", help="Decide every command again, under the lifecycle recorded for it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the ledger with what Temporal still holds, with today's workflow code, and with the read models.

    It is a check of consistency, not evidence: evidence is what `turnaround verify` shows. Exit 1 when something differs.

    Examples: turnaround reconcile haringey-1 --redecide; turnaround reconcile haringey-1 --history haringey-1.json
    """
    from workers import reconcile as reconciling

    found = reconciling.Reconciled()
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            desk.refresh(conn)
            hidden = desk.hidden(conn)
            target = _target(desk, conn, id) if id is not None else None
            runs, of = _exported(history, target) if history is not None else (None, target)
            if history is not None and of is not None:
                _target(desk, conn, of)
            targets = [of] if of is not None else reconciling.all_targets(conn, hidden)
        asyncio.run(_compare(desk, targets, runs, found))
        with desk.ledger.reading() as conn:
            ids = _engagements(conn, of) if of is not None else None
            with progress("read models") as show:
                reconciling.compare_read_models(conn, ids, hidden, found, show)
            if redecide:
                _redecide(desk, conn, targets, found)
    data = _data(found, of)
    emit_json(data) if as_json else _print(data)
    if found.differences:
        raise typer.Exit(1)


def _target(desk: Desk, conn: Connection, id: str) -> str:
    """The stream that is meant: an engagement's, a council's, or one of the office's by its name. Raises Problem."""
    from workers.reconcile import OFFICE_TARGETS

    return id if id in OFFICE_TARGETS else desk.resolve(conn, id).stream


def _engagements(conn: Connection, of: str) -> list[str]:
    """The engagements that a stream is about: itself, or those of a council."""
    family, _, name = of.partition("/")
    return [name] if family == "engagement" else read_models.engagement_ids(conn, name) if family == "council" else []


def _exported(file: Path, target: str | None) -> tuple[Any, str]:
    """The run of an exported history, and the stream that it is of. Raises Problem."""
    from google.protobuf.json_format import ParseError
    from temporalio.client import WorkflowHistory

    from workers.histories import read_run, target_of
    from workers.reconcile import of_file

    try:
        history = WorkflowHistory.from_json(target or "history", file.read_text(encoding="utf-8"))
        run = read_run(history)
    except (ValueError, KeyError, TypeError, AttributeError, ParseError) as error:
        raise Problem(
            Exit.REFUSED,
            f"{file} is not the history of a stream's workflow ({type(error).__name__}).",
            "export it with `temporal workflow show --workflow-id engagement/ID --output json`",
        ) from None
    own = target_of(history)
    if own is not None and target is not None and own != target:
        raise usage(
            f"{file} is a history of {own}, not of {target}.", "name the stream that it is of, or leave the id out"
        )
    of = own or target
    if of is None:
        raise usage(f"{file} does not say of which stream it is.", "name it: turnaround reconcile ID --history FILE")
    return of_file(of, run), of


async def _compare(desk: Desk, targets: list[str], runs: Any, found: Any) -> None:
    from workers.reach import reach
    from workers.reconcile import compare_runs, of_temporal

    held = runs or of_temporal(await reach(desk.settings))
    with progress("histories") as show:
        await compare_runs(desk.ledger.reading, targets, held, found, show)


def _redecide(desk: Desk, conn: Connection, targets: list[str], found: Any) -> None:
    from workers.reconcile import redecide

    engagements = [target.removeprefix("engagement/") for target in targets if target.startswith("engagement/")]
    with progress("deciding again") as show:
        for done, name in enumerate(engagements, start=1):
            redecide(conn, name, desk.library, found)
            show(done, len(engagements))


def _data(found: Any, of: str | None) -> dict[str, Any]:
    return {
        "stream": of,
        "same": not found.differences,
        "streams": found.streams,
        "runs": found.runs,
        "updates": found.updates,
        "updates_failed": found.failed,
        "commands": found.commands,
        "commands_beyond": found.beyond,
        "rows": found.rows,
        "redecided": found.redecided,
        "held": {"from": found.oldest, "to": found.newest} if found.oldest is not None else None,
        "gone": found.gone,
        "differences": [
            {
                "where": each.where,
                "kind": each.kind,
                "what": each.what,
                "sentence": KINDS[each.kind],
                "ledger": each.ledger,
                "other": each.other,
            }
            for each in found.differences
        ],
    }


def _print(data: Mapping[str, Any]) -> None:
    if data["differences"]:
        say("Differences", style="bold red")
        table(
            ("Where", "What", "How", "Ledger", "The other side"),
            ((d["where"], d["what"], d["sentence"], d["ledger"], d["other"]) for d in data["differences"]),
        )
        say()
    else:
        say("The same on both sides.")
    held = data["held"]
    if held is None:
        say("Temporal holds no history of it: nothing but the read models was compared.")
    else:
        say(f"Temporal still held {dates.moment(held['from'])} to {dates.moment(held['to'])}, by its own clock.")
    say(
        f"  {dates.plural(data['runs'], 'run')} of {dates.plural(data['streams'], 'stream')} replayed;"
        f" {dates.plural(data['updates'], 'update')} compared with {dates.plural(data['commands'], 'command')}."
    )
    if data["updates_failed"]:
        say(f"  {dates.plural(data['updates_failed'], 'update')} failed and told no outcome.")
    if data["commands_beyond"]:
        decided = dates.plural(data["commands_beyond"], "command")
        say(f"  {decided} decided outside of what is held: Temporal has nothing to compare with.")
    if data["gone"]:
        say(f"  Of {dates.plural(len(data['gone']), 'stream')} earlier runs are gone by retention, or there were none.")
    say(f"  {dates.plural(data['rows'], 'row')} of read models folded again.")
    if data["redecided"] is not None:
        say(f"  {dates.plural(data['redecided'], 'command')} decided again under the lifecycle recorded.")
    note("This checks that things are consistent. It is no evidence: that is what turnaround verify and packs are for.")
