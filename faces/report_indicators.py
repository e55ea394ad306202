"""The indicators of an engagement in `turnaround report`, cell by cell as their source prints them ([KENT] App 5)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from domain.part import History
from domain.reporting import true_on
from faces import dates
from faces.dossier_indicators import indicators
from faces.dossier_record import OnRecord
from faces.page import Cell, note, table
from faces.telling.indicators import OF
from faces.words import plain

GROUPS = {"nhs-interface": "NHS interface"}
"""Groups that are called otherwise than their id in words."""


def indicators_data(history: History, until: date) -> dict[str, Any]:
    """The periods and a row for each indicator: a value or a gap in each period, None where nothing was recorded."""
    found = indicators(OnRecord(true_on(history, until), until)) or {"periods": [], "indicators": []}
    return {"periods": found["periods"], "rows": [_row(each, found["periods"]) for each in found["indicators"]]}


def _row(each: dict[str, Any], periods: list[str]) -> dict[str, Any]:
    group = each["group"]
    return each | {
        "group_title": (GROUPS.get(group) or plain(group).capitalize()) if group else None,
        "values": {period: each["values"].get(period) for period in periods},
        "compared": {of: {period: found.get(period) for period in periods} for of, found in each["compared"].items()},
    }


def print_indicators(data: dict[str, Any]) -> None:
    """The table. Baselines and targets have a column where anybody set one, others a row below the council's own."""
    periods, rows = data["periods"], data["rows"]
    marks = [name for name in ("baseline", "target") if any(row[name] for row in rows)]
    headers = ("Group", "Reference", "Indicator", *periods, *(name.capitalize() for name in marks))
    if rows:
        table(headers, (cells for row in rows for cells in _cells(row, periods, marks)))
    else:
        note(f"No indicators of {data['engagement']} had been defined by {dates.day(data['until'])}.")


def _cells(row: dict[str, Any], periods: list[str], marks: list[str]) -> Iterator[tuple[Cell | str | None, ...]]:
    dropped = " (no longer measured)" if row["dropped"] else ""
    own = (row["group_title"], row["reference"] or row["id"], f"{row['title'] or plain(row['id'])}{dropped}")
    yield (*own, *(row["values"][period] for period in periods), *(_mark(row[name]) for name in marks))
    for of, values in row["compared"].items():
        beside = (row["group_title"], row["reference"] or row["id"], f"beside it: {OF.get(of, of)}")
        yield (*beside, *(values[period] for period in periods), *(None for _ in marks))


def _mark(mark: dict[str, Any] | None) -> str | None:
    if mark is None:
        return None
    return f"{mark['value']} ({mark['period']})" if mark["period"] else str(mark["value"])
