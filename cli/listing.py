"""`turnaround portfolio`: every engagement, where it stands, since when, what is due next, who owes it, late or not."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from cli import dates, telling
from cli.completing import complete_model, complete_region, complete_stage
from cli.desk import Desk, close
from cli.output import Cell, emit_json, note, say, table
from cli.problems import usage
from cli.readers import ReadAs, desk_of
from cli.words import Words
from domain.dates import london_day
from ledger import read_models
from ledger.read_models import EngagementRow, Filters
from ledger.store import Ledger
from workers.settings import Settings

HEADERS = ("Engagement", "Council", "Service", "Stage", "Since", "Next due", "What", "Owner", "Standing")


def portfolio(
    stage: Annotated[str | None, typer.Option(help="Only those in this stage.", autocompletion=complete_stage)] = None,
    region: Annotated[
        str | None, typer.Option(help="Only those in this region.", autocompletion=complete_region)
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(help="Only those of this model, with or without its version.", autocompletion=complete_model),
    ] = None,
    service: Annotated[str | None, typer.Option(help="Only those in this service.")] = None,
    late: Annotated[bool, typer.Option("--late", help="Only those with something past its date.")] = False,
    closed: Annotated[
        bool, typer.Option("--closed", help="Those that are over instead of those that are open.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Those that are over or history too.")] = False,
    reader: ReadAs = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the engagements: who is where, since when, what is due next, who must act, late or not.

    Examples: turnaround portfolio --late; turnaround portfolio --region London --json
    """
    if closed and everything:
        raise usage("--closed and --all ask for different lists.", "give one of them")
    with desk_of(reader) as (desk, conn):
        words = desk.words(conn)
        _known(desk, conn, words, stage, region, service)
        filters = Filters(
            stage=stage,
            region=_as_written(region, (facts.region for facts in desk.register.values())),
            service=service,
            late=True if late else None,
            open=None if everything else not closed,
            status=None if everything or closed else "live",
        )
        rows = [row for row in desk.portfolio(conn, filters) if _of_model(row, model)]
        paused = read_models.paused(conn)
        if as_json:
            emit_json([{**row_data(row), "paused": row.id in paused} for row in rows])
            return
        _print(desk, rows, words, paused)


def _of_model(row: EngagementRow, model: str | None) -> bool:
    return model is None or model in (row.model, row.model.partition("@")[0])


def _as_written(wanted: str | None, known: Any) -> str | None:
    return next((name for name in known if wanted and name.lower() == wanted.lower()), wanted)


def _known(
    desk: Desk, conn: Connection, words: Words, stage: str | None, region: str | None, service: str | None
) -> None:
    """Refuse a filter that can match nothing, as it is mistyped."""
    stages = {s.id for life in words.lifecycles for s in life.stages}
    regions = {facts.region for facts in desk.register.values()} | {"not named"}
    services = {name for life in words.lifecycles if life.starts for name in life.starts.services}
    services |= {row.service for row in desk.portfolio(conn)}
    for what, given, known in (("stage", stage, stages), ("region", region, regions), ("service", service, services)):
        if given is not None and given.lower() not in {name.lower() for name in known}:
            raise usage(
                f"there is no {what} '{given}'.", close(given, known) or f"known are {', '.join(sorted(known))}"
            )


def row_data(row: EngagementRow) -> dict[str, Any]:
    """A row as plain data. `due_on` is the last day in time; `next_due` the midnight that ends it."""
    data = asdict(row)
    data["due_on"] = _due_on(row)
    return data


def _due_on(row: EngagementRow) -> Any:
    return london_day(row.next_due - timedelta(seconds=1)) if row.next_due else None


def _standing(row: EngagementRow, paused: Collection[str]) -> Cell:
    if row.closed is not None:
        return Cell(f"over: {row.closed}", f"closed:{row.closed}")
    said = ["late"] if row.late else []
    said += ["clock paused"] if row.id in paused else []
    said += ["clock stuck"] if row.stuck else []
    said += ["history"] if row.status == "history" else []
    return Cell(", ".join(said) or "in time", style="bold red" if row.late or row.stuck else "")


def _print(desk: Desk, rows: list[EngagementRow], words: Words, paused: Collection[str]) -> None:
    shown = []
    for row in rows:
        due_on = _due_on(row)
        own = replace(words, lifecycles=_first(words, row.model))
        due = Cell(
            f"{dates.day(due_on)}, {dates.distance(due_on, desk.today)}" if due_on else "",
            due_on.isoformat() if due_on else "",
        )
        shown.append(
            (
                Cell(row.id, style="bold"),
                Cell(desk.facts(row.council).short, row.council_name),
                telling.service(row.service),
                Cell(own.stage(row.stage) + (" (assumed)" if row.assumed else ""), row.stage),
                Cell(dates.printed(row.stage_since), row.stage_since),
                due,
                row.next_due_what,
                Cell(own.title_of_role(row.owner), row.owner) if row.owner else "",
                _standing(row, paused),
            )
        )
    if shown:
        table(HEADERS, shown)
    late = sum(row.late for row in rows)
    note(f"{dates.plural(len(rows), 'engagement')}, {late} late." if rows else "There is no such engagement.")
    tell_kind(desk)


def _first(words: Words, model: str) -> list[Any]:
    return sorted(words.lifecycles, key=lambda life: life.ref != model)


def tell_kind(desk: Desk) -> None:
    """Say that this is a rehearsal, where it is one."""
    if desk.about.kind == "rehearsal":
        note(f"This is a rehearsal ledger: its clock stands at {dates.moment(desk.about.clock or desk.now)}.")


def print_portfolio(ledger: Ledger) -> None:
    """The whole portfolio of an open ledger, for commands that end with it."""
    desk = Desk(Settings(), ledger)
    with ledger.reading() as conn:
        rows = desk.portfolio(conn)
        if not rows:
            say("There is no engagement.")
            return
        _print(desk, rows, desk.words(conn), read_models.paused(conn))
