"""Read models: what lists and pages show. They follow from the events and can be dropped and rebuilt.

They are written in the transaction that appends the events they follow from.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Index,
    Integer,
    Select,
    Table,
    Text,
    bindparam,
    case,
    delete,
    false,
    func,
    select,
    text,
    true,
    tuple_,
    update,
)

from domain.records import instant_text
from ledger.statements import Statement
from ledger.tables import METADATA, InstantText, Key

_ONE_OPEN = text("closed IS NULL AND status = 'live'")
_UNSETTLED = text("NOT settled")
_OWING = text("state IN ('open', 'late', 'paused')")
"""Written out, as an index is made for it, and a database does not look for that by a value it is yet to be given."""

engagement_row = Table(
    "engagement_row",
    METADATA,
    Column("id", Key, primary_key=True),
    Column("council", Key, nullable=False),
    Column("council_name", Key, nullable=False),
    Column("region", Key),
    Column("service", Key, nullable=False),
    Column("model", Key, nullable=False),
    Column("stage", Key, nullable=False),
    Column("stage_since", Text, nullable=False),
    Column("opened_on", Text, nullable=False),
    Column("next_due", InstantText),
    Column("next_due_what", Text),
    Column("owner", Key),
    Column("late", Boolean, nullable=False),
    Column("closed", Key),
    Column("status", Key, nullable=False),
    Column("stuck", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("assumed", Boolean, nullable=False),
    Index(
        "engagement_row_one_open",
        "council",
        "service",
        unique=True,
        sqlite_where=_ONE_OPEN,
        postgresql_where=_ONE_OPEN,
    ),
    Index("engagement_row_council", "council"),
)

obligation_row = Table(
    "obligation_row",
    METADATA,
    Column("engagement", Key, primary_key=True),
    Column("obligation", Key, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("owner", Key, nullable=False),
    Column("due", InstantText),
    Column("due_on", Date),
    Column("state", Key, nullable=False),
    Column("derivation", JSON, nullable=False),
    Index(
        "obligation_row_owed",
        "due",
        "engagement",
        "obligation",
        "number",
        sqlite_where=_OWING,
        postgresql_where=_OWING,
    ),
)

notice_row = Table(
    "notice_row",
    METADATA,
    Column("id", Key, primary_key=True),
    Column("engagement", Key, nullable=False),
    Column("to_role", Key, nullable=False),
    Column("template", Key, nullable=False),
    Column("asked_at", InstantText, nullable=False),
    Column("state", Key, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("notice_row_engagement", "engagement"),
    Index("notice_row_asked", "asked_at", "id"),
    Index("notice_row_unsettled", "id", sqlite_where=_UNSETTLED, postgresql_where=_UNSETTLED),
)

READ_MODELS = (engagement_row, obligation_row, notice_row)
"""The tables that `empty` clears before a rebuild."""


@dataclass(frozen=True, slots=True)
class EngagementRow:
    """Where an engagement stands. `council` is a GSS code; `closed` says how it ended, None while it is open."""

    id: str
    council: str
    council_name: str
    region: str | None
    service: str
    model: str
    stage: str
    stage_since: str
    opened_on: str
    next_due: datetime | None
    next_due_what: str | None
    owner: str | None
    late: bool
    closed: str | None
    status: Literal["live", "history"]
    stuck: bool
    version: int
    assumed: bool


@dataclass(frozen=True, slots=True)
class ObligationRow:
    """One turn of an obligation: `number` counts the turns of one that recurs."""

    engagement: str
    obligation: str
    number: int
    owner: str
    due: datetime | None
    due_on: date | None
    state: str
    derivation: Any


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A notice and how far its delivery has come."""

    id: str
    engagement: str
    to_role: str
    template: str
    asked_at: datetime
    state: Literal["asked", "sent", "delivered", "digest", "partly", "bounced", "given-up", "nobody"]
    settled: bool
    attempts: int


@dataclass(frozen=True, slots=True)
class Within:
    """Where a list looks: in the engagements of some councils, and in some engagements besides."""

    councils: frozenset[str]
    engagements: frozenset[str]


@dataclass(frozen=True, slots=True)
class Filters:
    """What to list of the portfolio; None leaves a field out of account. `open` False lists the closed.

    `models` are versions of lifecycles, any of which will do; `due` False lists those in which nothing has a date.
    """

    council: str | None = None
    region: str | None = None
    service: str | None = None
    model: str | None = None
    stage: str | None = None
    owner: str | None = None
    late: bool | None = None
    stuck: bool | None = None
    status: Literal["live", "history"] | None = None
    open: bool | None = None
    models: tuple[str, ...] | None = None
    councils: frozenset[str] | None = None
    due: bool | None = None
    within: Within | None = None
    without: frozenset[str] = frozenset()
    """Ids that are left out."""


_EQUAL = ("council", "region", "service", "model", "stage", "owner", "late", "stuck", "status")

Order = Literal["council", "id", "stage", "since", "due", "owner", "standing"]
"""By what a list can be in order."""


# Statements are made once for each table and set of columns: making one anew costs more than running it.
@lru_cache
def _upsert(table: Table, key: tuple[str, ...], values: tuple[str, ...]) -> Statement:
    names = key + values
    changed = ", ".join(f"{name} = excluded.{name}" for name in values)
    return Statement(
        f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join('?' for _ in names)})"
        f" ON CONFLICT ({', '.join(key)}) DO {f'UPDATE SET {changed}' if values else 'NOTHING'}"
    )


def _as_stored(value: object) -> object:
    """A value as both databases take it."""
    match value:
        case str() | None:
            return value
        case datetime():
            return instant_text(value)
        case date():
            return value.isoformat()
        case dict() | list():
            return json.dumps(value)
    return value


def upsert(conn: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> None:
    """Insert a row, or change the named values of the row with this key. `key` is the table's primary key."""
    statement = _upsert(table, tuple(key), tuple(values))
    statement.on(conn, *map(_as_stored, key.values()), *map(_as_stored, values.values()))


def empty(conn: Connection) -> None:
    """Clear all read models, so that they can be rebuilt in the same transaction."""
    for table in READ_MODELS:
        conn.execute(delete(table))


_ENGAGEMENT = select(engagement_row).where(engagement_row.c.id == bindparam("id"))
_OPEN = select(engagement_row).where(engagement_row.c.closed.is_(None), engagement_row.c.status == "live")
_OBLIGATIONS = (
    select(obligation_row)
    .where(obligation_row.c.engagement == bindparam("engagement"))
    .order_by(
        obligation_row.c.due.is_(None),
        obligation_row.c.due,
        obligation_row.c.obligation,
        obligation_row.c.number,
    )
)
_WIDTH = len(engagement_row.columns)
_BY_DUE = (obligation_row.c.due, obligation_row.c.engagement, obligation_row.c.obligation, obligation_row.c.number)
_OWED = (
    select(engagement_row, obligation_row)
    .join_from(engagement_row, obligation_row, obligation_row.c.engagement == engagement_row.c.id)
    .where(
        engagement_row.c.closed.is_(None),
        engagement_row.c.status == "live",
        _OWING,
    )
)
_PAUSED = select(obligation_row.c.engagement).where(obligation_row.c.state == "paused").distinct()
_UNSETTLED_NOTICES = (
    select(notice_row).where(notice_row.c.settled == false()).order_by(notice_row.c.asked_at, notice_row.c.id)
)
_NOTICES_SENT = (
    select(notice_row.c.id)
    .where(
        notice_row.c.settled == true(),
        notice_row.c.state.in_(("sent", "partly")),
        notice_row.c.asked_at >= bindparam("since", type_=InstantText),
    )
    .order_by(notice_row.c.asked_at, notice_row.c.id)
)
_NOTICES = (
    select(notice_row)
    .where(notice_row.c.engagement == bindparam("engagement"))
    .order_by(notice_row.c.asked_at, notice_row.c.id)
)
_IDS = select(engagement_row.c.id).where(engagement_row.c.council == bindparam("council")).order_by(engagement_row.c.id)
_COUNCILS = select(engagement_row.c.council).distinct().order_by(engagement_row.c.council)


def _filtered(filters: Filters) -> Sequence[ColumnElement[bool]]:
    c = engagement_row.c
    wheres = [c[name] == value for name in _EQUAL if (value := getattr(filters, name)) is not None]
    if filters.open is not None:
        wheres.append(c.closed.is_(None) if filters.open else c.closed.is_not(None))
    if filters.models is not None:
        wheres.append(c.model.in_(filters.models))
    if filters.councils is not None:
        wheres.append(c.council.in_(filters.councils))
    if filters.due is not None:
        wheres.append(c.next_due.is_not(None) if filters.due else c.next_due.is_(None))
    if filters.within is not None:
        wheres.append(c.council.in_(filters.within.councils) | c.id.in_(filters.within.engagements))
    if filters.without:
        wheres.append(c.id.not_in(filters.without))
    return wheres


def _ordered(order: Order, down: bool) -> Sequence[ColumnElement[Any]]:
    c = engagement_row.c
    by: Mapping[Order, Sequence[ColumnElement[Any]]] = {
        "council": (c.council_name, c.service),
        "id": (),
        "stage": (c.stage,),
        "since": (c.stage_since,),
        "due": (c.next_due.is_(None), c.next_due),
        "owner": (c.owner.is_(None), c.owner),
        "standing": (c.late.is_(False), c.closed.is_not(None), c.closed),
    }
    return [column.desc() if down else column for column in (*by[order], c.id)]


def listed(
    conn: Connection, filters: Filters, order: Order, limit: int, offset: int = 0, *, down: bool = False
) -> list[EngagementRow]:
    """Some of the engagements that match, in an order."""
    query = select(engagement_row).where(*_filtered(filters)).order_by(*_ordered(order, down))
    return [EngagementRow(*row) for row in conn.execute(query.limit(limit).offset(offset))]


def counted(conn: Connection, filters: Filters) -> tuple[int, int]:
    """How many engagements match, and how many of those are late."""
    late = func.sum(case((engagement_row.c.late, 1), else_=0))
    total, number = conn.execute(
        select(func.count(), late).select_from(engagement_row).where(*_filtered(filters))
    ).one()
    return total, number or 0


def versions(conn: Connection, filters: Filters) -> dict[str, int]:
    """The versions of the engagements that match, by their ids."""
    query = select(engagement_row.c.id, engagement_row.c.version).where(*_filtered(filters))
    return {id: version for id, version in conn.execute(query)}


def versions_by_council(conn: Connection, filters: Filters) -> dict[str, tuple[tuple[str, int], ...]]:
    """The ids and versions of the engagements that match, by the GSS codes of their councils, both in order."""
    c = engagement_row.c
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for council, id, version in conn.execute(
        select(c.council, c.id, c.version).where(*_filtered(filters)).order_by(c.council, c.id)
    ):
        found[council] = (*found.get(council, ()), (id, version))
    return found


def services(conn: Connection) -> list[str]:
    """The services in which there are or were engagements."""
    return list(conn.scalars(select(engagement_row.c.service).distinct().order_by(engagement_row.c.service)))


def portfolio(
    conn: Connection, filters: Filters | None = None, after: tuple[str, str, str] | None = None, most: int | None = None
) -> list[EngagementRow]:
    """The engagements that match, by council name, service and id; those after such a place, and no more than so many."""
    order = (engagement_row.c.council_name, engagement_row.c.service, engagement_row.c.id)
    query = select(engagement_row).where(*_filtered(filters or Filters())).order_by(*order).limit(most)
    if after is not None:
        query = query.where(tuple_(*order) > tuple_(*after))
    return [EngagementRow(*row) for row in conn.execute(query)]


def engagement(conn: Connection, id: str) -> EngagementRow | None:
    """One engagement, or None."""
    row = conn.execute(_ENGAGEMENT, {"id": id}).one_or_none()
    return EngagementRow(*row) if row is not None else None


def open_engagements(conn: Connection, council: str | None = None, service: str | None = None) -> list[EngagementRow]:
    """The live engagements that are not closed, of a council and service where given."""
    query = _OPEN.order_by(engagement_row.c.id)
    if council is not None:
        query = query.where(engagement_row.c.council == council)
    if service is not None:
        query = query.where(engagement_row.c.service == service)
    return [EngagementRow(*row) for row in conn.execute(query)]


def obligations(conn: Connection, engagement: str) -> list[ObligationRow]:
    """An engagement's obligations, the earliest due first, those without a date last."""
    return [ObligationRow(*row) for row in conn.execute(_OBLIGATIONS, {"engagement": engagement})]


@dataclass(frozen=True, slots=True)
class Owing:
    """What to list of what is owed: in the engagements that match; by a role; by a day, so that it has one; what is `late`, which
    is past its date at a moment, whether or not its clock has struck; after a place in the list, and no more than so many.
    """

    filters: Filters
    owner: str | None = None
    by: date | None = None
    late: datetime | None = None
    after: tuple[datetime | None, str, str, int] | None = None
    most: int | None = None

    def of(self, query: Select[Any]) -> Select[Any]:
        """A query for what is owed, for this of it alone, wherever in the list it stands."""
        c = obligation_row.c
        wheres = list(_filtered(self.filters))
        if self.owner is not None:
            wheres.append(c.owner == self.owner)
        if self.by is not None:
            wheres.append(c.due_on <= self.by)
        if self.late is not None:
            wheres.append(_late(self.late))
        return query.where(*wheres)


def _late(now: datetime) -> ColumnElement[bool]:
    c = obligation_row.c
    return (c.state == "late") | ((c.state == "open") & (c.due <= now))


_EVERY = Owing(Filters())


def owed(conn: Connection, wanted: Owing = _EVERY) -> list[tuple[EngagementRow, ObligationRow]]:
    """What is owed in the live engagements that are not closed, the earliest due first, what is paused last; or some of it."""
    query, due, after = wanted.of(_OWED), obligation_row.c.due, wanted.after
    dated = query.where(due.is_not(None)).order_by(*_BY_DUE)
    undated = query.where(due.is_(None)).order_by(*_BY_DUE[1:])
    if after is not None:
        at, *place = after
        dated = dated.where(tuple_(*_BY_DUE) > tuple_(instant_text(at), *place) if at is not None else false())
        undated = undated.where(tuple_(*_BY_DUE[1:]) > tuple_(*place)) if at is None else undated
    rows = list(conn.execute(dated.limit(wanted.most)))
    if wanted.most is None or len(rows) < wanted.most:  # an index has each in order, but not one after the other
        rows += conn.execute(undated.limit(wanted.most - len(rows) if wanted.most is not None else None))
    return [(EngagementRow(*row[:_WIDTH]), ObligationRow(*row[_WIDTH:])) for row in rows]


When = Literal["late", "soon", "later"]


@dataclass(frozen=True, slots=True)
class Owed:
    """Something that is owed: `late` is past its date, whether or not its clock has struck; `soon` falls due before a moment;
    `later` is the rest, with what has no date while its clock stands. `count` is how much is owed of that.
    """

    engagement: EngagementRow
    obligation: ObligationRow
    when: When
    count: int


def owed_by(
    conn: Connection, owners: frozenset[str], now: datetime, until: datetime, filters: Filters, most: int
) -> list[Owed]:
    """What some roles owe in the engagements that match, of `late`, `soon` and `later` the earliest so many."""
    c, of = obligation_row.c, engagement_row.c
    when = case((_late(now), "late"), ((c.state == "open") & (c.due <= until), "soon"), else_="later")
    order = (c.due.is_(None), c.due, c.engagement, c.obligation, c.number)
    found = (
        select(
            c.engagement,
            c.obligation,
            c.number,
            when.label("when"),
            func.count().over(partition_by=when).label("count"),
            func.row_number().over(partition_by=when, order_by=order).label("rank"),
        )
        .join_from(obligation_row, engagement_row, of.id == c.engagement)
        .where(c.owner.in_(owners), _OWING, of.closed.is_(None), of.status == "live")
        .where(*_filtered(filters))
        .subquery()
    )
    same = (c.engagement == found.c.engagement) & (c.obligation == found.c.obligation) & (c.number == found.c.number)
    query = (
        select(engagement_row, obligation_row, found.c.when, found.c.count)
        .join_from(found, obligation_row, same)
        .join(engagement_row, of.id == found.c.engagement)
        .where(found.c.rank <= most)
        .order_by(found.c.rank)
    )
    return [
        Owed(EngagementRow(*row[:_WIDTH]), ObligationRow(*row[_WIDTH:-2]), row[-2], row[-1])
        for row in conn.execute(query)
    ]


def paused(conn: Connection, ids: Sequence[str] | None = None) -> frozenset[str]:
    """The ids of the engagements, of all or of these, in which the clock of something owed stands still."""
    query = _PAUSED if ids is None else _PAUSED.where(obligation_row.c.engagement.in_(ids))
    return frozenset(conn.scalars(query))


def notices(conn: Connection, engagement: str) -> list[NoticeRow]:
    """An engagement's notices, the oldest first."""
    return [NoticeRow(*row) for row in conn.execute(_NOTICES, {"engagement": engagement})]


_EVERY_NOTICE = (
    select(notice_row)
    .where(tuple_(notice_row.c.asked_at, notice_row.c.id) > tuple_(bindparam("at", type_=InstantText), bindparam("id")))
    .order_by(notice_row.c.asked_at, notice_row.c.id)
    .limit(bindparam("most"))
)


def every_notice(
    conn: Connection, after: tuple[datetime, str] | None = None, at_once: int = 500
) -> Iterator[NoticeRow]:
    """The notices of all engagements, the oldest first, read so many at once as they are asked for; those after a moment and
    an id.
    """
    at, id = after or (datetime.min.replace(tzinfo=UTC), "")
    while True:
        rows = [NoticeRow(*row) for row in conn.execute(_EVERY_NOTICE, {"at": at, "id": id, "most": at_once})]
        yield from rows
        if len(rows) < at_once:
            return
        at, id = rows[-1].asked_at, rows[-1].id


def engagements_of(conn: Connection, notices: Sequence[str]) -> dict[str, str]:
    """The engagements that some notices are about, by the notices' ids."""
    found: dict[str, str] = {}
    for first in range(0, len(notices), 500):
        some = notice_row.c.id.in_(notices[first : first + 500])
        found |= {id: of for id, of in conn.execute(select(notice_row.c.id, notice_row.c.engagement).where(some))}
    return found


def unsettled_notices(conn: Connection) -> list[NoticeRow]:
    """The notices that are still on their way, the oldest first."""
    return [NoticeRow(*row) for row in conn.execute(_UNSETTLED_NOTICES)]


def notices_sent(conn: Connection, since: datetime) -> list[str]:
    """The ids of the notices that were asked for since a moment, and of which some went out, but are not known to have
    been delivered.
    """
    return list(conn.scalars(_NOTICES_SENT, {"since": since}))


def engagement_ids(conn: Connection, council: str) -> list[str]:
    """The ids of a council's engagements, open and closed."""
    return list(conn.scalars(_IDS, {"council": council}))


def councils(conn: Connection) -> list[str]:
    """The GSS codes of the councils that have or had an engagement."""
    return list(conn.scalars(_COUNCILS))


_UNSETTLED_IDS = (
    select(notice_row.c.id)
    .where(notice_row.c.engagement == bindparam("engagement"), notice_row.c.settled == false())
    .order_by(notice_row.c.id)
)
_FOLLOW = (
    update(notice_row)
    .where(notice_row.c.id == bindparam("notice"))
    .values(state=bindparam("how"), settled=bindparam("over"), attempts=bindparam("tried"))
)
_STUCK = (
    update(engagement_row)
    .where(engagement_row.c.id == bindparam("engagement"), engagement_row.c.stuck == false())
    .values(stuck=true())
)


def unsettled_notice_ids(conn: Connection, engagement: str) -> list[str]:
    """The ids of an engagement's notices that are neither sent nor given up."""
    return list(conn.scalars(_UNSETTLED_IDS, {"engagement": engagement}))


def follow_notice(conn: Connection, id: str, how: str, settled: bool, attempts: int) -> None:
    """Note how far a notice has come."""
    conn.execute(_FOLLOW, {"notice": id, "how": how, "over": settled, "tried": attempts})


def set_stuck(conn: Connection, engagement: str) -> bool:
    """Mark an engagement as stuck; whether it was not so before."""
    return conn.execute(_STUCK, {"engagement": engagement}).rowcount == 1
