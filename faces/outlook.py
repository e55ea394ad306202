"""The outlook of a round before it is published: what each row would open, who would be told, what is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from domain.actors import OFFICE_ROLE, Actor
from domain.council import PublishRating
from domain.dates import When, end_of
from faces import dates, telling
from faces.desk import Desk, Target
from faces.fields import with_placeholders
from faces.page import Cell, note, table
from faces.prose import refused
from faces.rounds import Row, Sheet
from faces.words import Words
from ledger import commands
from ledger.commands import StoredOutcome

DECIDES = Actor.parse("inspectorate.chief-inspector")
RECORDS = Actor.parse(OFFICE_ROLE)

LONG_AGO = timedelta(days=60)


@dataclass
class Line:
    """A row with what would come of it, or what came of it before."""

    row: Row
    opens: str | None = None
    model: str | None = None
    told: list[str] = field(default_factory=list)
    informs: list[str] = field(default_factory=list)
    refusal: str | None = None
    before: StoredOutcome | None = None

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


def foresee(desk: Desk, conn: Connection, sheet: Sheet, words: Words) -> list[Line]:
    """What each good row would bring, by the same code that will decide it."""
    from faces.trying import Trial

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


def print_check(sheet: Sheet, lines: Sequence[Line], words: Words, today: date, *, rows: bool = True) -> None:
    """Print a check: what each row would bring, what is wrong, and how much of everything there is."""
    note(f"Round {sheet.round_id}: {telling.service(sheet.service)}, published {dates.day(sheet.day)}.")
    if rows:
        _print_rows(lines, words)
    for line in lines:
        for warning in line.row.warnings:
            note(f"warning: line {line.row.line}, {line.row.council.short}: {warning}")
    say_wrong(sheet)
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


def say_wrong(sheet: Sheet) -> None:
    """Say what is wrong, row by row."""
    for wrong in sheet.wrong:
        note(f"wrong: {wrong.sentence}")


def _say_left_out(sheet: Sheet) -> None:
    if len(sheet.left_out) > 5:
        first, last = sheet.left_out[0][0], sheet.left_out[-1][0]
        note(f"left out: {len(sheet.left_out)} rows between lines {first} and {last}, as their stars are not known")
        return
    for line, council, why in sheet.left_out:
        note(f"left out: line {line}, {council.short}: its stars are not known" + (f" ({why})" if why else ""))


def sheet_data(sheet: Sheet, lines: Sequence[Line]) -> dict[str, Any]:
    """A check as plain data."""
    return {
        "round": sheet.round_id,
        "service": sheet.service,
        "published": sheet.day,
        "rows": [line.data() for line in lines],
        "wrong": [wrong.data() for wrong in sheet.wrong],
        "left_out": [{"line": line, "council": council.gss, "why": why} for line, council, why in sheet.left_out],
    }
