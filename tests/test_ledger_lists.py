"""Lists that are made in the database: pages of events and of engagements, and what is owed by whom, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest

from ledger import commands, events, read_models
from ledger.read_models import (
    EngagementRow,
    Filters,
    ObligationRow,
    Order,
    Owing,
    Within,
    engagement_row,
    obligation_row,
    upsert,
)
from ledger.store import Ledger
from tests.databases import AT, carry_out

NOW = datetime(2026, 9, 17, 11, tzinfo=UTC)


def row(ledger: Ledger, id: str, **values: object) -> None:
    """An engagement that is open and owes nothing, but for what is given."""
    known = {
        "council": f"E{id}",
        "council_name": id.title(),
        "region": "London",
        "service": "social-services",
        "model": "team@3",
        "stage": "scoping",
        "stage_since": "2026-09-01",
        "opened_on": "2026-09-01",
        "next_due": None,
        "next_due_what": None,
        "owner": None,
        "late": False,
        "closed": None,
        "status": "live",
        "stuck": False,
        "version": 3,
        "assumed": False,
    }
    with ledger.writing() as tx:
        upsert(tx.connection, engagement_row, {"id": id}, {**known, **values})


def owes(ledger: Ledger, id: str, number: int, due: datetime | None, state: str = "open", owner: str = "a.b") -> None:
    """Something that an engagement owes."""
    due_on = date(2026, 9, 17) if due else None
    values: dict[str, object] = {"owner": owner, "due": due, "due_on": due_on, "state": state, "derivation": {}}
    with ledger.writing() as tx:
        key = {"engagement": id, "obligation": "plan", "number": number}
        upsert(tx.connection, obligation_row, key, values)


def ids(rows: list[EngagementRow]) -> list[str]:
    """Their ids."""
    return [each.id for each in rows]


@pytest.fixture
def three(ledger: Ledger) -> Ledger:
    """A ledger with three engagements: one late, one over, one of another model without a date."""
    row(ledger, "amber", late=True, next_due=NOW - timedelta(days=1), owner="a.b", stage="tender")
    row(ledger, "brown", closed="finished", stage="exit", stage_since="2025-01-01")
    row(ledger, "coral", model="other@1", owner="a.c", version=9, council="Eamber", service="other")
    return ledger


@pytest.mark.parametrize(
    ("order", "up", "down"),
    [
        ("id", ["amber", "brown", "coral"], ["coral", "brown", "amber"]),
        ("due", ["amber", "brown", "coral"], ["coral", "brown", "amber"]),
        ("since", ["brown", "amber", "coral"], ["coral", "amber", "brown"]),
        ("stage", ["brown", "coral", "amber"], ["amber", "coral", "brown"]),
        ("owner", ["amber", "coral", "brown"], ["brown", "coral", "amber"]),
        ("standing", ["amber", "coral", "brown"], ["brown", "coral", "amber"]),
        ("council", ["amber", "brown", "coral"], ["coral", "brown", "amber"]),
    ],
)
def test_engagements_are_listed_in_an_order_page_by_page(
    three: Ledger, order: Order, up: list[str], down: list[str]
) -> None:
    with three.reading() as conn:
        assert ids(read_models.listed(conn, Filters(), order, 10)) == up
        assert ids(read_models.listed(conn, Filters(), order, 10, down=True)) == down
        assert ids(read_models.listed(conn, Filters(), order, 1, 1)) == up[1:2]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (Filters(), (3, 1)),
        (Filters(open=True), (2, 1)),
        (Filters(late=True), (1, 1)),
        (Filters(models=("team@3", "team@2")), (2, 1)),
        (Filters(models=()), (0, 0)),
        (Filters(due=False), (2, 0)),
        (Filters(due=True), (1, 1)),
        (Filters(councils=frozenset({"Eamber"})), (2, 1)),
        (Filters(without=frozenset({"amber"})), (2, 0)),
        (Filters(within=Within(frozenset({"Eamber"}), frozenset())), (2, 1)),
        (Filters(within=Within(frozenset(), frozenset({"brown"}))), (1, 0)),
        (Filters(within=Within(frozenset(), frozenset())), (0, 0)),
    ],
)
def test_engagements_are_counted_by_what_is_asked_for(three: Ledger, filters: Filters, found: tuple[int, int]) -> None:
    with three.reading() as conn:
        assert read_models.counted(conn, filters) == found
        assert len(read_models.versions(conn, filters)) == found[0]
        assert len(read_models.portfolio(conn, filters)) == found[0]


def test_engagements_come_after_a_place(three: Ledger) -> None:
    with three.reading() as conn:
        assert ids(read_models.portfolio(conn, None, ("Amber", "social-services", "amber"), 1)) == ["brown"]
        assert ids(read_models.portfolio(conn, None, ("Brown", "social-services", "brown"))) == ["coral"]
        assert ids(read_models.portfolio(conn, None, ("Coral", "other", "coral"))) == []


@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_what_is_owed_comes_in_pages_what_has_no_date_last(three: Ledger, most: int) -> None:
    for number, due in enumerate((NOW, None, NOW - timedelta(days=9), None, NOW)):
        owes(three, "amber", number, due, "paused" if due is None else "open")
        owes(three, "coral", number, due, "paused" if due is None else "open", owner="a.c")
    owes(three, "amber", 9, NOW, "met")
    owes(three, "brown", 9, NOW)
    order = [("amber", 2), ("coral", 2), ("amber", 0), ("amber", 4), ("coral", 0), ("coral", 4)]
    order += [("amber", 1), ("amber", 3), ("coral", 1), ("coral", 3)]
    with three.reading() as conn:
        assert _named(read_models.owed(conn)) == order
        after, found = None, list[tuple[str, int]]()
        for _ in order:
            page = read_models.owed(conn, Owing(Filters(), after=after, most=most))
            found += _named(page)
            if len(page) < most:
                break
            last = page[-1][1]
            after = (last.due, last.engagement, last.obligation, last.number)
        assert found == order
        assert _named(read_models.owed(conn, Owing(Filters(), owner="a.c", by=date(2026, 9, 17), most=2))) == [
            ("coral", 2),
            ("coral", 0),
        ]
        late = Owing(Filters(without=frozenset({"coral"})), late=NOW - timedelta(days=1))
        assert _named(read_models.owed(conn, late)) == [("amber", 2)]


def _named(owed: list[tuple[EngagementRow, ObligationRow]]) -> list[tuple[str, int]]:
    return [(engagement.id, obligation.number) for engagement, obligation in owed]


def test_what_is_owed_is_late_soon_or_later_and_each_is_one_of_them(three: Ledger) -> None:
    until = NOW + timedelta(days=7)
    for number, (due, state) in enumerate(
        (
            (NOW - timedelta(days=9), "late"),
            (NOW, "open"),  # its clock has not struck yet
            (NOW + timedelta(microseconds=1), "open"),
            (until, "open"),
            (until + timedelta(microseconds=1), "open"),
            (None, "paused"),
            (NOW, "met"),
        )
    ):
        owes(three, "amber", number, due, state)
    owes(three, "amber", 20, NOW, owner="a.z")
    owes(three, "brown", 30, NOW)
    mine = frozenset({"a.b"})
    with three.reading() as conn:
        owed = read_models.owed_by(conn, mine, NOW, until, Filters(), 10)
        found = {
            when: [each.obligation.number for each in owed if each.when == when] for when in ("late", "soon", "later")
        }
        assert found == {"late": [0, 1], "soon": [2, 3], "later": [4, 5]}
        assert {each.engagement.id for each in owed} == {"amber"}
        first = read_models.owed_by(conn, mine, NOW, until, Filters(), 1)
        assert sorted((each.when, each.obligation.number, each.count) for each in first) == [
            ("late", 0, 2),
            ("later", 4, 2),
            ("soon", 2, 2),
        ]
        assert read_models.owed_by(conn, mine, NOW, until, Filters(without=frozenset({"amber"})), 9) == []
        assert read_models.paused(conn, ["amber", "coral"]) == {"amber"}
        assert read_models.paused(conn, ["coral"]) == frozenset()


def test_events_are_read_page_by_page_the_newest_first_and_counted_by_type(ledger: Ledger) -> None:
    one, other = "engagement/one-1", "refusal/engagement/one-1"
    carry_out(ledger, "first", 3, stream=one)
    carry_out(ledger, "second", 1, stream=other)
    carry_out(ledger, "third", 2, stream=one)
    with ledger.reading() as conn:
        both = events.read_newest(conn, [one, other], limit=4)
        assert [(event.stream, event.version) for event in both] == [(one, 5), (one, 4), (other, 1), (one, 3)]
        rest = events.read_newest(conn, [one, other], limit=4, offset=4)
        assert [event.version for event in rest] == [2, 1]
        assert events.read_newest(conn, [one], ["no-such-type"]) == []
        assert events.count_types(conn, [one, other]) == {"plan-accepted": 6}
        assert [event.position for event in events.read_streams(conn, [other, one])] == [1, 2, 3, 4, 5, 6]
        assert list(events.read_streams(conn, [])) == []


def test_commands_are_read_together_those_that_there_are(ledger: Ledger) -> None:
    for number in range(3):
        carry_out(ledger, f"c-{number}", 1, at=AT + timedelta(days=number))
    with ledger.reading() as conn:
        found = {stored.record.id: stored for stored in commands.stored_commands(conn, ["c-0", "c-2", "none"])}
        assert found == {id: commands.stored_command(conn, id) for id in ("c-0", "c-2")}
