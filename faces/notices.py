"""`turnaround notices`: who was told of what, whether it reached them, and who may have got it twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from activities import folding
from domain.dates import london_day
from domain.digest import STREAM as DIGEST
from domain.notices import Delivery, NoticeSent, Standing
from domain.records import Recorded
from faces import dates
from faces.desk import Desk
from faces.page import Answer, Cell, note, table
from faces.problems import usage
from faces.telling.notices import BOUNCED, carrier
from faces.words import Words, plain
from ledger import events, read_models
from ledger.read_models import NoticeRow

HEADERS = ("Notice", "Asked", "To", "About", "State", "Attempts", "Remarks")

MOST = 500
"""So many are read at once, where it is not known how many are looked through."""

STATES = {
    "asked": "on its way",
    "sent": "sent",
    "delivered": "delivered",
    "digest": "left to a digest",
    "partly": "sent to some",
    "bounced": "can't be delivered",
    "given-up": "given up",
    "nobody": "nobody held the role",
}


@dataclass(frozen=True)
class Told:
    """A notice as its row lists it, what its stream says of it, and when it was last sent to anybody."""

    row: NoticeRow
    standing: Standing
    sent_at: datetime | None

    def data(self) -> dict[str, Any]:
        """All of it as plain data."""
        found, asked = self.standing, self.standing.asked
        return {
            "id": self.row.id,
            "engagement": self.row.engagement if self.row.engagement != DIGEST else None,
            "asked_at": self.row.asked_at,
            "to": asked.to or None,
            "person": asked.person,
            "digest": asked.digest.model_dump(mode="json") if asked.digest else None,
            "template": asked.template,
            "obligation": asked.obligation,
            "meeting": asked.meeting,
            "due": asked.due,
            "late": asked.late,
            "sent_at": self.sent_at,
            "about": {"stream": asked.about, "version": asked.version, "notice": asked.notice},
            "state": found.state,
            "settled": found.settled,
            "undelivered": found.undelivered,
            "attempts": found.attempts,
            "possible_repeat": found.repeat,
            "recipients": [_recipient(one) for one in found.deliveries] if found.addressed else [],
        }


def _recipient(one: Delivery) -> dict[str, Any]:
    return {
        "person": one.to.person,
        "in_place_of": one.to.in_place_of,
        "channel": one.to.channel,
        "state": one.outcome,
        "attempts": one.attempts,
        "possible_repeat": one.repeat,
        "message_id": one.message_id,
        "why": one.why,
        "code": one.code,
        "receipt": one.receipt,
        "came_back": len(one.returned),
        "delivered_at": one.delivered_at,
        "said_by": one.said_by,
    }


@dataclass(frozen=True)
class Stretch:
    """Of notices in the order in which they were asked for: those after a moment and an id, and no more than so many."""

    after: tuple[datetime, str] | None
    most: int


def who_was_told(
    desk: Desk, conn: Connection, id: str | None, *, undelivered: bool = False, stretch: Stretch | None = None
) -> Answer:
    """The notices of an engagement, of a council's engagements, or all of them; `undelivered` those alone that did not reach
    everybody they were for. Raises Problem.
    """
    at_once = stretch.most if stretch is not None and not undelivered else MOST
    found = (row for row in _rows_of(desk, conn, id, stretch, at_once) if not undelivered or _undelivered(row))
    told = told_of(conn, list(islice(found, stretch.most) if stretch is not None else found))

    def tell() -> None:
        words = desk.words(conn)
        table(HEADERS, (cells(one, words) for one in told))
        if not told:
            note("Every notice reached those it was for." if undelivered else "Nobody was to be told of anything yet.")

    return Answer([one.data() for one in told], tell)


def _undelivered(row: NoticeRow) -> bool:
    return row.settled and row.state not in ("sent", "delivered", "digest")


def _rows_of(
    desk: Desk, conn: Connection, id: str | None, stretch: Stretch | None, at_once: int
) -> Iterator[NoticeRow]:
    after = stretch.after if stretch is not None else None
    if id is None:
        absent = desk.hidden(conn)
        yield from (row for row in read_models.every_notice(conn, after, at_once) if row.engagement not in absent)
        return
    rows = _rows_about(desk, conn, id)
    if stretch is None:
        yield from rows
        return
    yield from (row for row in sorted(rows, key=_place) if after is None or _place(row) > after)


def _place(row: NoticeRow) -> tuple[datetime, str]:
    return row.asked_at, row.id


def _rows_about(desk: Desk, conn: Connection, id: str) -> list[NoticeRow]:
    absent = desk.hidden(conn)
    target = desk.resolve(conn, id)
    if target.family == "council":
        ids = [id for id in read_models.engagement_ids(conn, target.name) if id not in absent]
        if not ids:
            raise usage(f"'{id}' is a council without an engagement.", "`turnaround portfolio --all` lists engagements")
        return [row for each in ids for row in read_models.notices(conn, each)]
    return read_models.notices(conn, target.name)


def told_of(conn: Connection, rows: Sequence[NoticeRow]) -> list[Told]:
    """What became of notices, read from their streams at once."""
    streams = events.by_stream(conn, [f"notice/{row.id}" for row in rows])
    return [_told(row, streams[f"notice/{row.id}"]) for row in rows]


def _told(row: NoticeRow, stream: Sequence[Recorded]) -> Told:
    sent = (event.recorded_at for event in stream if event.type == NoticeSent.type)
    return Told(row, folding.fold_notice(stream), max(sent, default=None))


def cells(told: Told, words: Words) -> list[Cell | str | None]:
    row, found = told.row, told.standing
    people = [one.to.person for one in found.deliveries if one.to.person]
    to = words.title_of_role(row.to_role) + (f" ({', '.join(people)})" if people else "")
    if found.asked.person is not None:
        people, to = [found.asked.person], found.asked.person
    rule = words.obligation(found.asked.obligation) if found.asked.obligation else None
    about = plain(row.template) + (
        f": {rule.title if rule else found.asked.obligation}" if found.asked.obligation else ""
    )
    about += f" ({found.asked.notice})" if found.asked.notice else ""
    return [
        row.id,
        Cell(dates.moment(row.asked_at), f"{row.asked_at:%Y-%m-%dT%H:%M:%SZ}"),
        Cell(to, f"{row.to_role} {' '.join(people)}".strip()),
        Cell(about, f"{row.template} {found.asked.obligation or found.asked.notice or ''}".strip()),
        Cell(STATES[found.state], found.state, "red" if found.undelivered else ""),
        str(found.attempts),
        "; ".join([*_lateness(told), *_remarks(found)]),
    ]


def _lateness(told: Told) -> Iterator[str]:
    """What a notice says of its own time: that it was asked for after it was due, or sent on a later day than that."""
    asked = told.standing.asked
    if asked.late and asked.due is not None:
        yield f"late: it was due at {dates.moment(asked.due)}"
    if told.sent_at is not None and london_day(told.sent_at) > london_day(told.row.asked_at):
        yield f"late: it was sent at {dates.moment(told.sent_at)}"


def _remarks(found: Standing) -> list[str]:
    remarks = []
    for one in found.deliveries:
        who = one.to.person or "the role"
        who += f" in place of {one.to.in_place_of}" if one.to.in_place_of else ""
        if one.outcome == "bounced":
            remarks.append(f"{who}: {BOUNCED[one.why or 'refused']}" + (f" ({one.code})" if one.code else ""))
        elif one.outcome == "delivered" and one.delivered_at is not None:
            remarks.append(f"{who}: delivered at {dates.moment(one.delivered_at)}, says {carrier(one.said_by)}")
        elif one.followed:
            remarks.append(f"{who}: whether it was delivered is not known")
        elif one.outcome == "digest":
            remarks.append(f"{who}: left to their digest")
        elif one.outcome == "given-up":
            remarks.append(f"{who}: given up" + (", but may have got it" if one.hanging else ""))
        if one.returned:
            remarks.append(f"{who}: {dates.plural(len(one.returned), 'letter')} came back")
        if one.repeat:
            remarks.append(f"{who}: may have got it twice")
    return remarks
