"""Annexe 4 of [PAT] in `turnaround report`: the councils are the columns, the years the rows."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain.dates import When
from domain.ratings import RatingPublished
from domain.tables import Happening, Years
from faces import telling
from faces.page import Cell, table
from faces.report_material import Doubts, Material, others_of, rating_data
from faces.report_tables import ASSUMED, DISPUTED, STARS, either, feet, row_data, say_if_empty
from faces.words import capital


def years_data(conn: Connection, material: Material, years: Years) -> dict[str, Any]:
    """A council's column of Annexe 4 as data: its star rating, and what happened by year."""
    history = next(subject.council for subject in material.subjects if subject.facts == years.facts)
    doubts = Doubts.of(conn, material, f"council/{years.facts.gss}", history)
    by_year: dict[str, list[dict[str, Any]]] = {}
    for found in years.happenings:
        by_year.setdefault(str(found.year), []).append(_happening(doubts, found))
    return {
        "gss": years.facts.gss,
        "council": years.facts.short,
        "star_rating": {service: rating_data(rating) for service, rating in years.ratings.items()},
        "years": by_year,
    } | doubts.data()


def _happening(doubts: Doubts, found: Happening) -> dict[str, Any]:
    on, others = str(found.on), list(others_of(found.others))
    if found.row is not None:
        row = row_data(doubts.conn, doubts.material, found.row)
        doubts.take(row, ("team", "started", "finished", "single tasks until"))
        return {"kind": "team", "on": on, "text": _team_text(row), "disputed": others}
    assert found.entry is not None
    event = found.entry.event
    if isinstance(event, RatingPublished):
        what, kind = " ".join(word.capitalize() for word in STARS[event.stars].split()), "rating"
        text, contested = f"{what} {short(on)}" + (" (inferred)" if event.inferred else ""), False
    else:
        what, kind = telling.title(event.type, event.model_dump(mode="json"), doubts.material.words), "assessment"
        text, contested = f"{what} {short(on)}", doubts.assessment(what, found.entry)
    text = either(text, [short(other) for other in others]) + (f" {DISPUTED}" if contested and not others else "")
    return {"kind": kind, "on": on, "text": text, "disputed": others}


def _team_text(row: dict[str, Any]) -> str:
    """`PAT from KPMG Aug 02 to Mar 04`."""
    initials = "".join(part[0] for part in row["model"].partition("@")[0].split("-")).upper()
    started, finished, tasks = row["started"], row["finished"], row["tasks_until"]
    said = f"{initials} from {row['team']['name']} {shorter(started['on'])}"
    said += f" to {shorter(finished['on'])}" if finished else " to date"
    if tasks and row["months"]["with_tasks"] is not None:
        said += f", single tasks to {shorter(tasks['on'])}"
    others = [f"from {shorter(other)}" for other in started["disputed"]]
    others += [f"to {shorter(other)}" for other in (finished["disputed"] if finished else ())]
    said = either(said, others) + (f" {ASSUMED}" if finished and finished["assumed"] else "")
    contested = any(fact and fact["contested"] for fact in (started, finished))
    return said + (f" {DISPUTED}" if contested and not others else "")


def short(text: str) -> str:
    """A date as Annexe 4 prints it: `May 2002`, `Nov to Dec 1999`, `by Aug 2002`, `2000`."""
    first, _, last = text.removeprefix("by ").partition("/")
    said = _month_of(first, "%b %Y")
    if last:
        same = first[:4] == last[:4] and len(first) > 4
        said = f"{_month_of(first, '%b') if same else said} to {_month_of(last, '%b %Y')}"
    return f"by {said}" if text.startswith("by ") else said


def shorter(text: str) -> str:
    """`Aug 02`, where the month is known."""
    return _month_of(text, "%b %y") if not text.startswith("by ") and "/" not in text else short(text)


def _month_of(text: str, form: str) -> str:
    on = When.parse(text)
    return text if len(text) == 4 else f"{date(on.latest.year, on.latest.month, 1):{form}}"


def summary_data(columns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Annexe 4 of some councils as data."""
    return {"rows": _rows(columns), "councils": columns}


def _rows(columns: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of Annexe 4: the star rating, then the years, the latest first and none left out between."""
    if not columns:
        return []
    years = sorted(int(year) for column in columns for year in column["years"])
    stars = {column["council"]: list(_star_texts(column)) for column in columns}
    rows = [{"row": "star rating", "cells": stars}]
    for year in range(years[-1], years[0] - 1, -1):
        cells = {c["council"]: [each["text"] for each in c["years"].get(str(year), [])] for c in columns}
        rows.append({"row": str(year), "cells": cells})
    return rows


def _star_texts(column: dict[str, Any]) -> Iterator[str]:
    for service, rating in column["star_rating"].items():
        said = capital(telling.stars(rating["stars"]))
        yield f"{said} ({telling.service(service)})" if len(column["star_rating"]) > 1 else said


def print_summary(data: dict[str, Any]) -> None:
    """Annexe 4 as a table."""
    names = [column["council"] for column in data["councils"]]
    if names:
        table(("Year", *names), (_summary_row(row, names) for row in data["rows"]))
    feet(data["councils"])
    say_if_empty(data, "No engagement had been opened")


def _summary_row(row: dict[str, Any], names: Sequence[str]) -> tuple[Cell, ...]:
    cells = (row["cells"][name] for name in names)
    return (
        Cell(capital(row["row"]), row["row"], style="bold"),
        *(Cell("\n".join(found), "; ".join(found)) for found in cells),
    )
