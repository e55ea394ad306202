"""Read models: what lists and pages show. They follow from the events and can be dropped and rebuilt.

They are written in the transaction that appends the events they follow from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, cast

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Delete,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    false,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from ledger.tables import METADATA, InstantText, Key

_ONE_OPEN = text("closed IS NULL AND status = 'live'")
_UNSETTLED = text("NOT settled")

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
class Filters:
    """What to list of the portfolio; None leaves a field out of account. `open` False lists the closed."""

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


# Statements are made once for each table and set of columns: making one anew costs more than running it.
@lru_cache
def _upsert(dialect: str, table: Table, key: tuple[str, ...], values: tuple[str, ...]) -> Insert:
    insert: Callable[[Table], Any] = postgresql.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table).values({name: bindparam(name) for name in key + values})
    if not values:
        return cast(Insert, statement.on_conflict_do_nothing(index_elements=key))
    changed = {name: statement.excluded[name] for name in values}
    return cast(Insert, statement.on_conflict_do_update(index_elements=key, set_=changed))


@lru_cache
def _delete(table: Table, key: tuple[str, ...]) -> Delete:
    return delete(table).where(*(table.c[name] == bindparam(f"key_{name}") for name in key))


def upsert(conn: Connection, table: Table, key: Mapping[str, object], values: Mapping[str, object]) -> None:
    """Insert a row, or change the named values of the row with this key. `key` is the table's primary key."""
    conn.execute(_upsert(conn.dialect.name, table, tuple(key), tuple(values)), {**key, **values})


def delete_for(conn: Connection, table: Table, key: Mapping[str, object]) -> int:
    """Delete the rows whose columns equal `key`, and say how many there were. An empty key is refused."""
    if not key:
        raise ValueError("delete_for needs a key; to clear the read models use empty")
    return conn.execute(_delete(table, tuple(key)), {f"key_{name}": key[name] for name in key}).rowcount


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
_OWED = (
    select(engagement_row, obligation_row)
    .join_from(engagement_row, obligation_row, obligation_row.c.engagement == engagement_row.c.id)
    .where(
        engagement_row.c.closed.is_(None),
        engagement_row.c.status == "live",
        obligation_row.c.state.in_(("open", "late", "paused")),
    )
    .order_by(
        obligation_row.c.due.is_(None),
        obligation_row.c.due,
        obligation_row.c.engagement,
        obligation_row.c.obligation,
        obligation_row.c.number,
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
_ALL_NOTICES = select(notice_row).order_by(notice_row.c.asked_at, notice_row.c.id)
_IDS = select(engagement_row.c.id).where(engagement_row.c.council == bindparam("council")).order_by(engagement_row.c.id)
_COUNCILS = select(engagement_row.c.council).distinct().order_by(engagement_row.c.council)


def _filtered(filters: Filters) -> Sequence[ColumnElement[bool]]:
    wheres = [
        engagement_row.c[field.name] == getattr(filters, field.name)
        for field in fields(filters)
        if field.name != "open" and getattr(filters, field.name) is not None
    ]
    if filters.open is not None:
        closed = engagement_row.c.closed
        wheres.append(closed.is_(None) if filters.open else closed.is_not(None))
    return wheres


def portfolio(conn: Connection, filters: Filters | None = None) -> list[EngagementRow]:
    """The engagements that match, by council name, service and id."""
    columns = engagement_row.c
    query = select(engagement_row).where(*_filtered(filters or Filters()))
    rows = conn.execute(query.order_by(columns.council_name, columns.service, columns.id))
    return [EngagementRow(*row) for row in rows]


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


def owed(conn: Connection) -> list[tuple[EngagementRow, ObligationRow]]:
    """What is owed in the live engagements that are not closed, the earliest due first, what is paused last."""
    return [(EngagementRow(*row[:_WIDTH]), ObligationRow(*row[_WIDTH:])) for row in conn.execute(_OWED)]


def paused(conn: Connection) -> frozenset[str]:
    """The ids of the engagements in which the clock of something owed stands still."""
    return frozenset(conn.scalars(_PAUSED))


def notices(conn: Connection, engagement: str) -> list[NoticeRow]:
    """An engagement's notices, the oldest first."""
    return [NoticeRow(*row) for row in conn.execute(_NOTICES, {"engagement": engagement})]


def all_notices(conn: Connection) -> list[NoticeRow]:
    """The notices of all engagements, the oldest first."""
    return [NoticeRow(*row) for row in conn.execute(_ALL_NOTICES)]


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
