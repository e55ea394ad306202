"""The programme and Table 1 of [PAT] in `turnaround report`, as data and as people read them, and what stands below them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

from domain.dates import When
from domain.programme import Outcome, Row
from domain.ratings import GROUPS
from domain.reporting import ASPECTS
from domain.tables import TableOneRow
from domain.work import Strand
from faces import dates, telling
from faces.page import Cell, for_a_person, note, say, table
from faces.report_material import Doubts, Material, rating_data, rating_doubts
from faces.words import all_of, capital

ASSUMED, DISPUTED = "*", "†"
STARS = ("zero stars", "one star", "two stars", "three stars")
NEXT = {
    "off-special-measures": "off special measures",
    "further-phase": "a further phase",
    "other-model": "another model",
    "statutory-intervention": "statutory intervention",
    "monitoring": "monitoring",
}


# The programme


def row_data(conn: Connection, material: Material, row: Row) -> dict[str, Any]:
    """A row of the programme as data, with what is assumed or disputed in it."""
    doubts = Doubts.of(conn, material, f"engagement/{row.engagement}", row.history)
    of_council = Doubts.of(conn, material, f"council/{row.facts.gss}", row.council)
    rating_doubts(of_council, "then", row.then)
    if row.now is not None and (row.then is None or row.now.entry.version != row.then.entry.version):
        rating_doubts(of_council, "now", row.now)
    known, contract = row.population.event if row.population else None, row.contract
    data = {
        "engagement": row.engagement,
        "gss": row.facts.gss,
        "council": row.facts.short,
        "council_name": row.facts.name,
        "service": row.service,
        "model": row.model,
        "phase": row.phase,
        "opened": str(row.opened),
        "population": {"count": known.population, "approximate": known.approximate} if known else None,
        "team": doubts.team(row.team, contract.team if contract else None),
        "started": doubts.date("started", row.started),
        "finished": doubts.date("finished", row.finished),
        "main_work_ended": doubts.date("main work ended", _apart(row)),
        "tasks_until": doubts.date("single tasks until", row.tasks_until),
        "months": {
            "count": row.months.count,
            "main_work": row.months.main_work,
            "with_tasks": row.months.with_tasks,
        },
        "workstreams": _strands(row.workstreams),
        "then": rating_data(row.then),
        "now": rating_data(row.now),
        "outcome": _outcome(material, row),
    }
    said, of_ratings = doubts.data(), of_council.data()
    return data | {name: [*said[name], *of_ratings[name]] for name in ("assumed", "disputed")}


def _apart(row: Row) -> Any:
    """The end of the main work, where it is not what the work's end is taken from."""
    same = row.main_work and row.finished and row.main_work.version == row.finished.version
    return None if same else row.main_work


def _strands(strands: Sequence[Strand]) -> dict[str, Any]:
    return {
        "count": len(strands),
        "added": sum(strand.added for strand in strands),
        "list": [{"id": strand.id, "title": strand.title, "added": strand.added} for strand in strands],
    }


def _outcome(material: Material, row: Row) -> dict[str, Any]:
    found = row.outcome
    steps = [{"next": e.event.next, "on": str(e.occurred), "reason": e.event.reason} for e in found.steps]
    return {
        "text": ", ".join(_came(material, found, row)),
        "rated_again": found.rated_again,
        "special_measures": found.in_special_measures,
        "off_special_measures": found.off_special_measures,
        "next": steps,
        "end": found.end,
    }


def _came(material: Material, found: Outcome, row: Row) -> Iterator[str]:
    """`one star, off special measures`; `still zero stars, a further phase`."""
    steps = list(dict.fromkeys(entry.event.next for entry in found.steps))
    if row.now is not None and found.rated_again:
        still = "still " if row.then is not None and row.then.stars == row.now.stars else ""
        yield still + STARS[row.now.stars]
    if found.off_special_measures:
        yield NEXT["off-special-measures"]
    yield from (NEXT[step] for step in steps if step != "off-special-measures" or not found.off_special_measures)
    if found.end is not None and found.end not in steps:
        yield f"over: {material.words.stage(found.end)}"


HEADERS = (
    "Council",
    "Population",
    "Team",
    "Phase",
    "Started",
    "Finished",
    "Months",
    "Workstreams",
    "Then",
    "Now",
    "Outcome",
)


def print_programme(data: dict[str, Any]) -> None:
    """The programme as a table, with what is assumed or disputed below it."""
    if data["rows"]:
        table(HEADERS, (_programme_row(row) for row in data["rows"]))
    feet(data["rows"])
    say_if_empty(data, "No engagement had been opened")


def _programme_row(row: dict[str, Any]) -> tuple[Cell | str | None, ...]:
    team, now = row["team"], row["now"]
    return (
        Cell(row["council"], style="bold"),
        population_text(row["population"]),
        either(team["name"], team["disputed"]) if team else "",
        str(row["phase"]),
        date_cell(row["started"]),
        date_cell(row["finished"]),
        months_text(row["months"]),
        workstreams_text(row["workstreams"]),
        rating_text(row["then"]),
        rating_text(now) if now else "",
        row["outcome"]["text"],
    )


def population_text(known: dict[str, Any] | None) -> str:
    """`223,000`, `over 1,000,000`."""
    return f"{'over ' if known['approximate'] else ''}{known['count']:,}" if known else ""


def either(text: str, others: Sequence[str]) -> str:
    """A value and what other sources print instead, marked."""
    return f"{text} (disputed: {', '.join(others)}) {DISPUTED}" if others else text


def date_cell(fact: dict[str, Any] | None) -> Cell:
    """A date with its signs: `October 2002 (disputed: August 2002) †`, `March 2004 *`."""
    if fact is None:
        return Cell("")
    return Cell(date_text(fact, dates.printed), date_text(fact, str))


def date_text(fact: dict[str, Any], said: Callable[[str], str]) -> str:
    """A date with its signs, in words or as stored."""
    text = either(said(fact["on"]), [said(other) for other in fact["disputed"]])
    text += f" {ASSUMED}" if fact["assumed"] else ""
    return text + (f" {DISPUTED}" if fact["contested"] and not fact["disputed"] else "")


def months_text(months: dict[str, Any]) -> str:
    """`19 (main work 6)`, `9 (15 with single tasks)`."""
    apart = [f"main work {months['main_work']}"] if months["main_work"] is not None else []
    apart += [f"{months['with_tasks']} with single tasks"] if months["with_tasks"] is not None else []
    if months["count"] is None:
        return ", ".join(apart)
    return f"{months['count']} ({', '.join(apart)})" if apart else str(months["count"])


def workstreams_text(found: dict[str, Any]) -> str:
    """`7 (2 added)`."""
    if not found["count"]:
        return ""
    return str(found["count"]) + (f" ({found['added']} added)" if found["added"] else "")


def rating_text(rating: dict[str, Any] | None) -> str:
    """`zero stars; adults: some, below promising (derived); children: no, uncertain (derived)`."""
    if rating is None:
        return ""
    parts = [STARS[rating["stars"]] + (" (inferred)" if rating["inferred"] else "")]
    for group in GROUPS:
        aspects = [rating[group][name] for name in ASPECTS]
        if any(aspects):
            said = ", ".join(either(found["said"], found["disputed"]) if found else "not known" for found in aspects)
            derived = " (derived)" if any(found and found["derived"] for found in aspects) else ""
            parts.append(f"{group}: {said}{derived}")
    return "; ".join(parts)


# What stands below a table


def feet(rows: Sequence[dict[str, Any]]) -> None:
    """What the signs mean, and what is assumed or disputed where. For a program it goes to standard error."""
    put = say if for_a_person() else note
    lines = [line for row in rows for line in _foot(row)]
    if for_a_person() and lines:
        say()
    for line in dict.fromkeys(lines):
        put(line)


def _foot(row: dict[str, Any]) -> Iterator[str]:
    for noted in row["assumed"]:
        yield f"{ASSUMED} {row['council']}, {noted['what']}: assumed. {noted['because'] or ''}".rstrip()
    for noted in row["disputed"]:
        yield f"{DISPUTED} {row['council']}, {noted['what']}: {doubt_text(noted)}"


def doubt_text(noted: dict[str, Any]) -> str:
    """`disputed. October 2002 is used; [PAT] Annexe 4 has August 2002. The profile is about this council.`"""
    if noted["claim"] is not None:
        return f"disputed. {noted['claim']}"
    said = f"disputed. {_in_words(noted['used'])} is used; {noted['source']} has {_in_words(noted['other'])}."
    return said + (f" {noted['chosen_because']}" if noted["chosen_because"] else "")


def _in_words(text: str) -> str:
    """A value as people read it, where it is a date."""
    try:
        return dates.when(When.parse(text))
    except ValueError:
        return text


def say_if_empty(data: dict[str, Any], what: str) -> None:
    """Say that there is nothing to report."""
    if not data["rows"]:
        note(f"{what} by {dates.day(data['until'])}.")


# Table 1


def rating_row_data(conn: Connection, material: Material, row: TableOneRow) -> dict[str, Any]:
    """A row of Table 1 as data."""
    history = next(subject.council for subject in material.subjects if subject.facts == row.facts)
    doubts = Doubts.of(conn, material, f"council/{row.facts.gss}", history)
    rating_doubts(doubts, "rating", row.rating)
    named = {"gss": row.facts.gss, "council": row.facts.short, "council_name": row.facts.name, "service": row.service}
    return named | (rating_data(row.rating) or {}) | doubts.data()


TABLE_ONE = (
    "Council",
    "Adults: serving people well?",
    "Adults: capacity for improvement",
    "Children: serving people well?",
    "Children: capacity for improvement",
    "Star rating",
)


def print_ratings(data: dict[str, Any]) -> None:
    """Table 1. Its star cells are those that were printed, and blank where none was."""
    several = len({row["service"] for row in data["rows"]}) > 1
    if data["rows"]:
        table(TABLE_ONE, (_rating_row(row, several) for row in data["rows"]))
    since = list(dict.fromkeys(row["moved_since"] for row in data["rows"] if row["moved_since"]))
    if since:
        (say if for_a_person() else note)(f"(H), (L): higher or lower than in {all_of(map(dates.printed, since))}.")
    feet(data["rows"])
    say_if_empty(data, "No council had been rated zero stars")


def _rating_row(row: dict[str, Any], several: bool) -> tuple[Cell | str | None, ...]:
    cells = [row[group][name] for group in GROUPS for name in ASPECTS]
    return (
        Cell(row["council"] + (f", {telling.service(row['service'])}" if several else ""), style="bold"),
        *(_aspect_text(found) for found in cells),
        row["label_text"],
    )


def _aspect_text(found: dict[str, Any] | None) -> str:
    if found is None:
        return ""
    said = either(capital(found["said"]), [capital(other) for other in found["disputed"]])
    return said + (" (derived)" if found["derived"] else "")
