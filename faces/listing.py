"""`turnaround portfolio`: every engagement, where it stands, since when, what is due next, who owes it, late or not."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import Connection

from domain.dates import london_day
from faces import dates, telling
from faces.desk import Desk, close
from faces.page import Answer, Cell, note, say, table
from faces.problems import usage
from faces.words import Words
from ledger import read_models
from ledger.read_models import EngagementRow, Filters
from ledger.store import Ledger
from workers.settings import Settings

HEADERS = ("Engagement", "Council", "Service", "Stage", "Since", "Next due", "What", "Owner", "Standing")


def as_written(wanted: str | None, known: Any) -> str | None:
    return next((name for name in known if wanted and name.lower() == wanted.lower()), wanted)


def known_of(
    desk: Desk, conn: Connection, words: Words, stage: str | None, region: str | None, service: str | None
) -> None:
    """Refuse a filter that can match nothing, as it is mistyped."""
    stages = {s.id for life in words.lifecycles for s in life.stages}
    regions = {facts.region for facts in desk.register.values()} | {"not named"}
    services = {name for life in words.lifecycles if life.starts for name in life.starts.services}
    services |= set(read_models.services(conn))
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


def cells_of(desk: Desk, row: EngagementRow, words: Words, paused: Collection[str]) -> tuple[Cell | str | None, ...]:
    """An engagement as a row of a list, under HEADERS."""
    due_on = _due_on(row)
    own = replace(words, lifecycles=_first(words, row.model))
    return (
        Cell(row.id, style="bold"),
        Cell(desk.facts(row.council).short, row.council_name),
        telling.service(row.service),
        Cell(own.stage(row.stage) + (" (assumed)" if row.assumed else ""), row.stage),
        Cell(dates.printed(row.stage_since), row.stage_since),
        Cell(
            f"{dates.day(due_on)}, {dates.distance(due_on, desk.today)}" if due_on else "",
            due_on.isoformat() if due_on else "",
        ),
        row.next_due_what,
        Cell(own.title_of_role(row.owner), row.owner) if row.owner else "",
        _standing(row, paused),
    )


def show_listing(desk: Desk, rows: list[EngagementRow], words: Words, paused: Collection[str]) -> None:
    if rows:
        table(HEADERS, [cells_of(desk, row, words, paused) for row in rows])
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
        show_listing(desk, rows, desk.words(conn), read_models.paused(conn))


Which = Literal["open", "closed", "all"]


def filters_of(
    desk: Desk,
    conn: Connection,
    words: Words,
    stage: str | None = None,
    region: str | None = None,
    model: str | None = None,
    service: str | None = None,
    *,
    late: bool = False,
    which: Which = "open",
) -> Filters:
    """What is asked for of the portfolio. `which` leaves out what is over, or what is not. Raises Problem for what can
    match nothing, as it is mistyped.
    """
    known_of(desk, conn, words, stage, region, service)
    return Filters(
        stage=stage,
        region=as_written(region, (facts.region for facts in desk.register.values())),
        service=service,
        models=tuple(life.ref for life in desk.library.every() if model in (life.id, life.ref)) if model else None,
        late=True if late else None,
        open=None if which == "all" else which == "open",
        status="live" if which == "open" else None,
    )


def engagements(
    desk: Desk,
    conn: Connection,
    stage: str | None = None,
    region: str | None = None,
    model: str | None = None,
    service: str | None = None,
    *,
    late: bool = False,
    which: Which = "open",
    after: tuple[str, str, str] | None = None,
    most: int | None = None,
) -> Answer:
    """The engagements: who is where; see `filters_of`. They are in the order of council, service and id: those after such a
    place, and no more than so many. Raises Problem.
    """
    words = desk.words(conn)
    filters = filters_of(desk, conn, words, stage, region, model, service, late=late, which=which)
    rows = read_models.portfolio(conn, desk.seen(conn, filters), after, most)
    paused = read_models.paused(conn, [row.id for row in rows])
    data = [{**row_data(row), "paused": row.id in paused} for row in rows]
    return Answer(data, lambda: show_listing(desk, rows, words, paused))
