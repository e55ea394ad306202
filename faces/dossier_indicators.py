"""Of a dossier: the indicators by period as they were printed, the council's own and those it is compared with."""

from collections.abc import Iterator

from domain.indicators import Change, Mark, Row, change, table
from faces.dossier_record import Data, OnRecord, Values, listed, named
from faces.telling.indicators import OF
from faces.words import Words

_TOWARDS = {"better": "better", "worse": "worse", "same": "no change"}


def indicators(record: OnRecord) -> Data | None:
    """Every indicator with its values by period; a cell that nobody recorded is not in it."""
    found = table(record.history)
    if not found.rows:
        return None
    return {"periods": list(found.periods), "indicators": [_row(row) for row in found.rows]}


def _row(row: Row) -> Data:
    return {
        **row.indicator.model_dump(mode="json"),
        "dropped": row.dropped,
        "baseline": _mark(row.baseline),
        "target": _mark(row.target),
        "values": {period: str(figure) for period, figure in row.values.items()},
        "compared": {of: {p: str(figure) for p, figure in found.items()} for of, found in row.compared.items()},
        "change": _change(change(row)),
    }


def _mark(mark: Mark | None) -> Data | None:
    return {"value": str(mark.figure), "period": mark.period} if mark else None


def _change(found: Change | None) -> Data | None:
    if found is None:
        return None
    return {"since": found.since, "until": found.until, "amount": str(found.amount), "towards": found.towards}


def show_indicators(data: Data, words: Words) -> None:
    """The indicators on the page: a row each, and one for each of those with whom the council is compared."""
    listed(
        "By period",
        ("Indicator", "Reference", "What", "Unit", "Baseline", *data["periods"], "Target", "Change"),
        (cells for each in data["indicators"] for cells in _rows(each, data["periods"])),
    )


def _rows(each: Data, periods: list[str]) -> Iterator[tuple[Values, ...]]:
    yield (
        each["id"] + (" (dropped)" if each["dropped"] else ""),
        each["reference"],
        each["title"],
        named(each["unit"], {}),
        _of_mark(each["baseline"], "of"),
        *(each["values"].get(period) for period in periods),
        _of_mark(each["target"], "by"),
        _of_change(each["change"]),
    )
    for of, values in each["compared"].items():
        who = OF.get(of, of)
        yield (f"{each['id']}: {who}", None, None, None, None, *(values.get(p) for p in periods), None, None)


def _of_mark(mark: Data | None, joined: str) -> str | None:
    if mark is None:
        return None
    return f"{mark['value']}" + (f" {joined} {mark['period']}" if mark["period"] else "")


def _of_change(found: Data | None) -> str | None:
    if found is None:
        return None
    towards = f", {_TOWARDS[found['towards']]}" if found["towards"] else ""
    sign = "+" if not found["amount"].startswith("-") else ""
    return f"{sign}{found['amount']} since {found['since']}{towards}"
