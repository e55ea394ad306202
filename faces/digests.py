"""`turnaround digest`: what somebody's digest would say now, without sending it."""

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Connection

from activities.digests import compiled_so_far, gathered
from domain.digest import Digest, Item, compile_for, reach_of
from domain.directory import Pace
from faces import dates
from faces.desk import Desk, close
from faces.listing import tell_kind
from faces.page import Answer, Cell, note, table
from faces.problems import not_found
from ledger import read_models
from ledger.read_models import Filters, Within
from workers.digests import DigestLetters, Lists
from workers.notices import Letters, Line, Templates

HEADERS = ("List", "Engagement", "What", "Who", "By", "Remarks")


def digest_of(desk: Desk, conn: Connection, person: str) -> Answer:
    """What somebody's digest would say now: nothing is sent, and the next digest says it all the same. Raises Problem."""
    directory = desk.directory(conn)
    people = directory.people
    if person not in people:
        hint = close(person, people) or "`turnaround people` lists them"
        raise not_found(f"there is nobody '{person[:60]}' in the directory.", hint)
    reach = reach_of(directory, person, desk.today)
    where = Filters() if reach.everywhere else Filters(within=Within(reach.councils, reach.engagements))
    morning = gathered(conn, desk.library, compiled_so_far(conn), desk.now, directory, desk.insiders, where)
    compiled = _there(conn, compile_for(morning, [person])[person], desk.hidden(conn))
    templates = Templates.shipped()
    letters = Letters(desk.ledger, templates, lambda: desk.now)
    lists = DigestLetters(desk.ledger, templates, letters).lists(compiled)

    def tell() -> None:
        if not compiled.empty:
            table(HEADERS, _rows(compiled, lists))
        note(_said(person, people[person].pace, lists.summary))
        tell_kind(desk)

    return Answer({"person": person, "pace": people[person].pace, **_data(compiled, lists)}, tell)


def _there(conn: Connection, compiled: Digest, absent: Collection[str]) -> Digest:
    """A digest without what is about engagements that are not there for the reader."""
    about = read_models.engagements_of(conn, compiled.left) if absent else {}
    return compiled.model_copy(
        update={
            "late": tuple(item for item in compiled.late if item.engagement not in absent),
            "soon": tuple(item for item in compiled.soon if item.engagement not in absent),
            "escalated": tuple(one for one in compiled.escalated if one.item.engagement not in absent),
            "left": tuple(id for id in compiled.left if about.get(id) not in absent),
        }
    )


def _said(person: str, pace: Pace, summary: str) -> str:
    said = f"{person}: {summary}." if summary else f"There is nothing to tell {person}."
    return said if pace == "digest" else f"{said} {person} is told at once of everything, and gets no digest."


def _of_items(compiled: Digest, lists: Lists) -> Iterator[tuple[str, Item, Line]]:
    escalated = tuple(one.item for one in compiled.escalated)
    for name, items, lines in (
        ("late", compiled.late, lists.overdue),
        ("soon", compiled.soon, lists.soon),
        ("escalated", escalated, lists.escalated),
    ):
        yield from ((name, item, line) for item, line in zip(items, lines, strict=True))


def _rows(compiled: Digest, lists: Lists) -> Iterator[tuple[Cell | str | None, ...]]:
    shown = {"late": "late", "soon": "due within a week", "escalated": "newly escalated"}
    for name, item, line in _of_items(compiled, lists):
        yield (
            Cell(shown[name], name, "bold red" if name == "late" else ""),
            Cell(item.engagement, style="bold"),
            Cell(f"{line.title} ({item.obligation})", item.obligation),
            Cell(line.owner, item.owner),
            Cell(dates.day(item.due_on), item.due_on.isoformat()),
            line.said,
        )
    for id, subject in zip(compiled.left, lists.left, strict=True):
        yield Cell("told of", "left"), "", subject, "", "", id


def _data(compiled: Digest, lists: Lists) -> dict[str, Any]:
    found: dict[str, Any] = {"day": compiled.day, "late": [], "soon": [], "escalated": []}
    for name, item, line in _of_items(compiled, lists):
        found[name].append({**item.model_dump(), "title": line.title, "council": line.council, "said": line.said})
    for row, one in zip(found["escalated"], compiled.escalated, strict=True):
        row.update(to=one.to, on=one.on)
    left = [{"notice": id, "subject": subject} for id, subject in zip(compiled.left, lists.left, strict=True)]
    return {**found, "left": left}
