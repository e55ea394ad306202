"""A council's profile on a page, as [PAT] has one of each: what is known of it, its ratings, its team and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from domain.assessments import AssessmentRecorded
from domain.course import NoteAdded, StageAssumed
from domain.dates import When
from domain.decision import TeamRequested
from domain.disputes import Dispute, disputes
from domain.own_bodies import bodies
from domain.part import Entry, Event, History
from domain.people import turnover
from domain.population import population
from domain.programme import Row, programme
from domain.ratings import answers_to, standing_ratings
from domain.reporting import otherwise, rated, true_on
from domain.targets import targets
from domain.work import milestones, products, results
from faces import dates, telling
from faces.desk import Desk
from faces.page import Cell, pairs, say, table
from faces.report_material import Doubts, Material, others_of, rating_data, rating_doubts
from faces.report_tables import DISPUTED, NEXT, date_cell, feet, months_text, population_text, rating_text, row_data
from faces.telling.deciding import VERDICTS


def profile_data(desk: Desk, conn: Connection, material: Material, day: date) -> dict[str, Any]:
    """What is known of a council by a day, as data."""
    (subject,) = material.subjects
    council = true_on(subject.council, day)
    known = population(subject.council, When.day(day))
    doubts = Doubts.of(conn, material, f"council/{subject.facts.gss}", council)
    ratings = [_rating(council, doubts, entry) for entry in standing_ratings(council)]
    return {
        "gss": subject.facts.gss,
        "council": subject.facts.short,
        "council_name": subject.facts.name,
        "region": subject.facts.region,
        "population": (
            {
                "count": known.event.population,
                "approximate": known.event.approximate,
            }
            if known
            else None
        ),
        "ratings": ratings,
        "label": next((rating["label_text"] for rating in reversed(ratings) if rating["label_text"]), None),
        "assessments": [
            _assessment(council, doubts, entry, material) for entry in _by_day(council, AssessmentRecorded)
        ],
        "engagements": [_engagement(conn, material, row) for row in programme(material.subjects, day)],
        "disputes": [_dispute(found) for found in disputes(council)],
        **doubts.data(),
    }


def _by_day(history: History, kind: type[Event]) -> list[Entry[Any]]:
    return sorted(history.all(kind), key=lambda entry: (entry.occurred.latest, entry.version))


def _rating(council: History, doubts: Doubts, entry: Entry[Any]) -> dict[str, Any]:
    rating = rated(council, entry)
    rating_doubts(doubts, f"rating of {dates.when(entry.occurred)}", rating)
    answers = [
        {"accepted": answer.event.accepted, "on": str(answer.occurred), "reason": answer.event.reason}
        for answer in answers_to(council, entry.version)
    ]
    return {"service": entry.event.service, "note": entry.event.note, "answers": answers} | (rating_data(rating) or {})


def _assessment(council: History, doubts: Doubts, entry: Entry[Any], material: Material) -> dict[str, Any]:
    body = entry.event.model_dump(mode="json")
    others = list(others_of(otherwise(council, entry.version, "occurred")))
    title = telling.title(entry.event.type, body, material.words)
    contested = doubts.assessment(title, entry)
    return {
        "title": title,
        **body,
        "contested": contested,
        "date": {"on": str(entry.occurred), "assumed": False, "contested": bool(others), "disputed": others},
    }


def _dispute(found: Dispute) -> dict[str, Any]:
    return {
        "dispute": found.number,
        "event": found.event,
        "recorded": _side(found.recorded, found.recorded_occurred),
        "other": _side(found.other, found.other_occurred),
        "used": found.used,
        "source": found.source,
        "note": found.note,
        "chosen_because": found.choice.event.reason if found.choice else None,
    }


def _side(values: Mapping[str, Any], occurred: When | None) -> dict[str, Any]:
    """What one side says, its dates as printed."""
    said = {name: v["printed"] if isinstance(v, Mapping) and "printed" in v else v for name, v in values.items()}
    return said | ({"occurred": str(occurred)} if occurred else {})


def _engagement(conn: Connection, material: Material, row: Row) -> dict[str, Any]:
    history = row.history
    return row_data(conn, material, row) | {
        "requested_by_council": [_noted(entry, entry.event.note) for entry in history.all(TeamRequested)],
        "people": list(_people(history, material)),
        "milestones": [
            {
                "id": each.id,
                "title": each.title,
                "by": str(each.now),
                "first": str(each.first),
                "reached": str(each.reached) if each.reached else None,
            }
            for each in milestones(history)
            if not each.dropped
        ],
        "notes": [_noted(entry, entry.event.text) for entry in _by_day(history, NoteAdded)],
        "products": [{"id": e.event.product, "title": e.event.title, "on": str(e.occurred)} for e in products(history)],
        "less_successful": [
            {
                "id": result.workstream.id,
                "title": result.workstream.title,
                "reason": result.judged.event.reason if result.judged else None,
            }
            for result in results(history)
            if result.success == "less"
        ],
        "own_bodies": [
            {
                "id": body.body,
                "title": body.recorded.event.title,
                "purpose": body.recorded.event.purpose,
                "on": str(body.recorded.occurred),
                "ended": str(body.ended.occurred) if body.ended else None,
            }
            for body in bodies(history)
        ],
        "targets": [
            {
                "number": target.number,
                "by": str(target.by),
                "text": target.set.event.text,
                "verdict": target.followed_up.event.verdict if target.followed_up else None,
            }
            for target in targets(history)
        ],
        "assumed_stages": [
            {
                "stage": entry.event.to,
                "title": material.words.stage(entry.event.to),
                "on": str(entry.occurred),
                "because": entry.event.because,
            }
            for entry in history.in_phase(StageAssumed)
        ],
        "disputes": [_dispute(found) for found in disputes(history)],
    }


def _noted(entry: Entry[Any], text: Any) -> dict[str, Any]:
    return {"on": str(entry.occurred), "text": text}


def _people(history: History, material: Material) -> Iterator[dict[str, Any]]:
    for post in turnover(history).values():
        yield {
            "post": post.post,
            "title": material.words.title_of_role(post.post),
            "changes": post.changes,
            "holders": [
                {
                    "person": holder.person,
                    "name": getattr(holder.entry.event, "name", None) if holder.entry else None,
                    "standing": holder.standing,
                    "since": str(holder.since) if holder.since else None,
                    "until": str(holder.until) if holder.until else None,
                    "left": holder.left,
                }
                for holder in post.holders
            ],
        }


# On a page


def print_profile(data: dict[str, Any]) -> None:
    """The profile, heading by heading; what nothing is known of is left out."""
    pairs(_facts(data))
    ratings = ((Cell(dates.printed(r["on"]), r["on"]), rating_text(r), r["label_text"]) for r in data["ratings"])
    _section("Ratings", ("On", "Rating", "Label"), ratings)
    assessed = ((date_cell(found["date"]), _assessed(found), found["note"]) for found in data["assessments"])
    _section("Inspections and other assessments", ("On", "What", "Note"), assessed)
    for engagement in data["engagements"]:
        _print_engagement(engagement)
    feet([data, *data["engagements"]])


def _assessed(found: dict[str, Any]) -> str:
    marked = found["contested"] and not found["date"]["disputed"]
    return f"{found['title']} {DISPUTED}" if marked else str(found["title"])


def _facts(data: dict[str, Any]) -> Iterator[tuple[str, Cell | str | None]]:
    yield "Council", f"{data['council_name']} ({data['gss']}), {data['region']}"
    if data["population"]:
        yield "Population", population_text(data["population"])
    if data["label"]:
        yield "Printed as", data["label"]


def _section(heading: str, headers: Sequence[str], rows: Any) -> None:
    found = list(rows)
    if found:
        say()
        say(heading, style="bold")
        table(headers, found)


def _print_engagement(found: dict[str, Any]) -> None:
    say()
    said = f"{found['engagement']}, phase {found['phase']}" if found["phase"] > 1 else found["engagement"]
    say(f"Engagement {said}", style="bold")
    pairs(_work(found))
    strands = ((each["title"] or each["id"], _strand(each, found)) for each in found["workstreams"]["list"])
    _section("Workstreams", ("What", "Standing"), strands)
    _section("People", ("Post", "Holder", "Since", "Until"), _holders(found["people"]))
    _section(
        "Milestones",
        ("What", "By", "Reached"),
        (
            (m["title"] or m["id"], _date(m["by"]), _date(m["reached"]) if m["reached"] else "")
            for m in found["milestones"]
        ),
    )
    _section("Notes", ("On", "Note"), ((_date(each["on"]), each["text"]) for each in found["notes"]))
    _section(
        "Targets",
        ("By", "What", "Came to"),
        ((_date(t["by"]), t["text"], VERDICTS.get(t["verdict"] or "", "")) for t in found["targets"]),
    )
    _section(
        "The council's own bodies",
        ("What", "For"),
        ((body["title"], body["purpose"]) for body in found["own_bodies"]),
    )
    _section(
        "What came after",
        ("On", "Next", "Why"),
        ((_date(n["on"]), NEXT[n["next"]], n["reason"]) for n in found["outcome"]["next"]),
    )
    _section(
        "Assumed, as no source says it",
        ("Stage", "On", "Why"),
        ((each["title"], _date(each["on"]), each["because"]) for each in found["assumed_stages"]),
    )


def _date(text: str) -> Cell:
    return Cell(dates.printed(text), text)


def _work(found: dict[str, Any]) -> Iterator[tuple[str, Cell | str | None]]:
    team = found["team"]
    yield "Opened", _date(found["opened"])
    for asked in found["requested_by_council"]:
        yield "Asked for", asked["text"] or "by the council"
    if team:
        yield "Team", team["name"]
    for name, key in (("Started", "started"), ("Main work ended", "main_work_ended"), ("Finished", "finished")):
        if found[key]:
            yield name, date_cell(found[key])
    if found["tasks_until"]:
        yield "Single tasks until", date_cell(found["tasks_until"])
    if found["months"]["count"] is not None:
        yield "Months", months_text(found["months"])
    if found["products"]:
        yield "Products", "; ".join(product["title"] or product["id"] for product in found["products"])
    if found["outcome"]["text"]:
        yield "Outcome", found["outcome"]["text"]


def _strand(each: dict[str, Any], found: dict[str, Any]) -> str:
    less = next((one for one in found["less_successful"] if one["id"] == each["id"]), None)
    said = ["added"] if each["added"] else []
    if less:
        said.append("less successful" + (f": {less['reason']}" if less["reason"] else ""))
    return "; ".join(said)


def _holders(posts: Sequence[dict[str, Any]]) -> Iterator[tuple[Cell | str | None, ...]]:
    for post in posts:
        for holder in post["holders"]:
            who = holder["name"] or holder["person"] or "not named"
            said = f"{who}, {holder['standing']}" if holder["standing"] else who
            until = f"{'left ' if holder['left'] else ''}{dates.printed(holder['until'])}" if holder["until"] else ""
            since = _date(holder["since"]) if holder["since"] else ""
            yield post["title"], said, since, Cell(until, holder["until"] or "")
