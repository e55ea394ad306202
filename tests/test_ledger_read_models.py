"""Read models: written, replaced, listed and cleared."""

import sqlite3
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from ledger.read_models import (
    READ_MODELS,
    EngagementRow,
    Filters,
    NoticeRow,
    ObligationRow,
    councils,
    empty,
    engagement,
    engagement_ids,
    engagement_row,
    notice_row,
    notices,
    obligation_row,
    obligations,
    open_engagements,
    portfolio,
    unsettled_notices,
    upsert,
)
from ledger.store import Ledger
from tests.databases import AT

HARINGEY: dict[str, Any] = {
    "council": "E09000014",
    "council_name": "Haringey",
    "region": "London",
    "service": "social-services",
    "model": "performance-action-team@1",
    "stage": "diagnosis",
    "stage_since": "2002-10",
    "opened_on": "2002-05-29",
    "next_due": AT,
    "next_due_what": "plan",
    "owner": "council.director",
    "late": False,
    "closed": None,
    "status": "live",
    "stuck": False,
    "version": 4,
    "assumed": False,
}


def put(ledger: Ledger, id: str, **changed: Any) -> None:
    with ledger.writing() as tx:
        upsert(tx.connection, engagement_row, {"id": id}, {**HARINGEY, **changed})


def ids(rows: list[EngagementRow]) -> list[str]:
    return [row.id for row in rows]


def test_a_row_is_put_and_put_again(ledger: Ledger) -> None:
    put(ledger, "haringey-1")
    put(ledger, "haringey-1", stage="tender", late=True, next_due=None)
    with ledger.reading() as conn:
        expected = EngagementRow(**{"id": "haringey-1", **HARINGEY, "stage": "tender", "late": True, "next_due": None})
        assert engagement(conn, "haringey-1") == expected
        assert portfolio(conn) == [expected]
        assert engagement(conn, "haringey-2") is None


def test_a_council_has_one_open_engagement_a_service(ledger: Ledger) -> None:
    put(ledger, "haringey-1")
    put(ledger, "haringey-2", service="education")
    put(ledger, "haringey-3", closed="exit")
    put(ledger, "haringey-4", status="history")
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        put(ledger, "haringey-5")
    put(ledger, "haringey-1", closed="exit")
    put(ledger, "haringey-5")
    with ledger.reading() as conn:
        assert ids(open_engagements(conn)) == ["haringey-2", "haringey-5"]
        assert ids(open_engagements(conn, "E09000014", "education")) == ["haringey-2"]
        assert ids(open_engagements(conn, "E09000015")) == []
        assert engagement_ids(conn, "E09000014") == [f"haringey-{number}" for number in range(1, 6)]
        assert councils(conn) == ["E09000014"]


def test_the_portfolio_is_filtered_and_in_the_same_order_on_both_databases(ledger: Ledger) -> None:
    put(ledger, "walsall-1", council="E08000030", council_name="Walsall", region="West Midlands", late=True)
    put(ledger, "haringey-2", service="education", owner=None)
    put(ledger, "haringey-1", stuck=True)
    put(ledger, "an-1", council="X0000001", council_name="an unnamed council", closed="lapsed")
    with ledger.reading() as conn:
        assert ids(portfolio(conn)) == ["haringey-2", "haringey-1", "walsall-1", "an-1"]
        for filters, expected in (
            (Filters(late=True), ["walsall-1"]),
            (Filters(stuck=False), ["haringey-2", "walsall-1", "an-1"]),
            (Filters(open=False), ["an-1"]),
            (Filters(open=True, council="E09000014"), ["haringey-2", "haringey-1"]),
            (Filters(region="London", service="education"), ["haringey-2"]),
            (Filters(owner="council.director", open=True), ["haringey-1", "walsall-1"]),
            (Filters(status="history"), []),
        ):
            assert ids(portfolio(conn, filters)) == expected, filters


def test_obligations_come_by_due_date(ledger: Ledger) -> None:
    def row(obligation: str, number: int, due: Any, state: str = "open") -> ObligationRow:
        due_on = due and due.date()
        return ObligationRow(
            "haringey-1", obligation, number, "council.director", due, due_on, state, {"rule": ["10", 1]}
        )

    rows = [row("report", 2, AT), row("plan", 1, AT + timedelta(days=1)), row("review", 1, None)]
    with ledger.writing() as tx:
        for item in reversed(rows):
            key = {"engagement": item.engagement, "obligation": item.obligation, "number": item.number}
            values = {name: getattr(item, name) for name in ("owner", "due", "due_on", "state", "derivation")}
            upsert(tx.connection, obligation_row, key, values)
    with ledger.reading() as conn:
        assert obligations(conn, "haringey-1") == rows
        assert obligations(conn, "haringey-1")[0].due_on == date(2002, 11, 20)
        assert obligations(conn, "haringey-2") == []


def test_unsettled_notices_are_found(ledger: Ledger) -> None:
    def row(id: str, settled: bool, minutes: int) -> NoticeRow:
        at = AT + timedelta(minutes=minutes)
        return NoticeRow(
            id, "haringey-1", "council.director", "reminder", at, "sent" if settled else "asked", settled, 0
        )

    rows = [row("n-1", False, 5), row("n-2", True, 1), row("n-3", False, 0)]
    with ledger.writing() as tx:
        for item in rows:
            values = {name: getattr(item, name) for name in NoticeRow.__slots__ if name != "id"}
            upsert(tx.connection, notice_row, {"id": item.id}, values)
    with ledger.reading() as conn:
        assert unsettled_notices(conn) == [rows[2], rows[0]]
        assert notices(conn, "haringey-1") == [rows[2], rows[1], rows[0]]


def test_all_can_be_cleared(ledger: Ledger) -> None:
    put(ledger, "haringey-1")
    with ledger.writing() as tx:
        empty(tx.connection)
        for table in READ_MODELS:
            assert tx.connection.execute(table.select()).all() == []
