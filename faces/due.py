"""`turnaround due`: everything owed anywhere, by whom and by when, late or not, and how each date was reached."""

from datetime import date, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from domain.dates import When
from domain.documents import plain_problem
from faces import dates
from faces.desk import Desk
from faces.fields import check_string
from faces.listing import tell_kind
from faces.page import Answer, Cell, note, table
from faces.problems import usage
from faces.readers import known_role
from faces.reading import by, paused
from faces.words import Words, plain
from ledger import read_models
from ledger.events import reader as office_of
from ledger.read_models import EngagementRow, ObligationRow, Owing

HEADERS = ("Engagement", "What", "Who", "By", "Standing", "How the date was reached")


def day(text: str) -> date:
    check_string("--by", text, lines=False)
    try:
        return When.parse(text).latest
    except ValidationError as error:
        raise usage(f"--by: {plain_problem(error.errors(include_url=False)[0])}.") from None


class WordsOf:
    """The titles of each model, read once."""

    def __init__(self, desk: Desk, conn: Connection) -> None:
        self._desk, self._conn, self._known = desk, conn, dict[str, Words]()
        self._newest = desk.words(conn)

    def __getitem__(self, model: str) -> Words:
        if model not in self._known:
            rules = self._desk.library.rules(model, office_of(self._conn))
            self._known[model] = self._desk.words(self._conn, rules)
        return self._known[model]

    def roles(self) -> list[str]:
        """Every role of the published models."""
        return sorted({role for lifecycle in self._newest.lifecycles for role in lifecycle.roles})


def row_of(desk: Desk, words: Words, engagement: EngagementRow, owed: ObligationRow) -> dict[str, Any]:
    """Something that is owed, as plain data."""
    state, stands = _state(owed.state, owed.due, desk.now), owed.state == "paused"
    return {
        "engagement": engagement.id,
        "council": engagement.council_name,
        "obligation": owed.obligation,
        "number": owed.number,
        "title": words.owed(owed.obligation),
        "owner": owed.owner,
        "owner_title": words.title_of_role(owed.owner),
        "due_on": owed.due_on,
        "due_at": owed.due,
        "state": state,
        "late": state == "late",
        "days_left": (owed.due_on - desk.today).days if owed.due_on else None,
        "working_days_left": owed.derivation["left"] if stands else None,
        "reached": dates.reached(owed.derivation, plain(owed.derivation["base_event"])),
        "derivation": owed.derivation,
    }


def _state(stored: str, due_at: datetime | None, now: datetime) -> str:
    """A date that has gone by is late, though its clock may not have struck yet."""
    return "late" if stored == "open" and due_at is not None and due_at <= now else stored


def show_due(rows: list[dict[str, Any]], today: date) -> None:
    if not rows:
        note("Nothing of the kind is owed.")
        return
    table(
        HEADERS,
        (
            (
                Cell(row["engagement"], style="bold"),
                Cell(f"{row['title']} ({row['obligation']})", row["obligation"]),
                Cell(row["owner_title"], row["owner"]),
                by(row["due_on"]),
                Cell(_standing(row, today), style="bold red" if row["late"] else ""),
                row["reached"],
            )
            for row in rows
        ),
    )
    late = sum(row["late"] for row in rows)
    note(f"{dates.plural(len(rows), 'thing')} owed, {late} late.")


def _standing(row: dict[str, Any], today: date) -> str:
    if row["state"] == "paused":
        return paused(row["working_days_left"])
    said = dates.distance(row["due_on"], today)
    return said if not row["late"] or said.endswith("late") else f"late, {said}"


def what_is_owed(
    desk: Desk,
    conn: Connection,
    role: str | None,
    until: str | None,
    *,
    late: bool,
    after: tuple[datetime | None, str, str, int] | None = None,
    most: int | None = None,
) -> Answer:
    """What is owed anywhere: by a role, until a day, or late already; what comes after a place in that list, by when it is
    due, engagement, obligation and number, and no more than so many. Raises Problem.
    """
    last = day(until) if until is not None else None
    words = WordsOf(desk, conn)
    known_role(role, words.roles())
    wanted = Owing(desk.seen(conn), role, last, desk.now if late else None, after, most)
    found = [row_of(desk, words[one.model], one, owed) for one, owed in read_models.owed(conn, wanted)]

    def tell() -> None:
        show_due(found, desk.today)
        tell_kind(desk)

    return Answer(found, tell)
