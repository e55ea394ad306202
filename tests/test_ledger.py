"""Appending, reading, commands and outcomes, the same on both databases."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from ledger import commands, connect, events
from ledger.canonical import leaf_hash
from ledger.errors import (
    CommandIdReused,
    DatabaseUnavailable,
    LedgerError,
    NeedsMigration,
    NotStorable,
    Tampered,
    VersionConflict,
)
from ledger.store import Ledger
from tests.databases import AT, NO_COMMAND, RELEASE, STREAM, bytes_of, carry_out, draft, signed

HOUR = timedelta(hours=1)


def test_events_are_read_back_as_append_returned_them(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        appended = list(tx.append(STREAM, 0, [draft(a=1), draft(a=[1.0, None, "é"])], NO_COMMAND, AT, RELEASE))
        assert list(tx.events(STREAM)) == appended
    with ledger.reading() as conn:
        assert list(events.read_stream(conn, STREAM)) == appended
        assert list(events.read_all(conn)) == appended
        assert list(events.read_stream(conn, STREAM, after=1)) == appended[1:]
        assert list(events.read_stream(conn, STREAM, after=2)) == []


def test_positions_count_over_the_ledger_and_versions_in_a_stream(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.append(STREAM, 0, [draft(), draft()], NO_COMMAND, AT, RELEASE)
        tx.append("office", 0, [draft()], NO_COMMAND, AT, RELEASE)
        tx.append(STREAM, 2, [draft()], NO_COMMAND, AT, RELEASE)
    with ledger.writing() as tx:
        tx.append("office", 1, [draft()], NO_COMMAND, AT, RELEASE)
    with ledger.reading() as conn:
        stored = [(event.position, event.stream, event.version) for event in events.read_all(conn)]
        assert events.streams(conn) == [STREAM, "office"]
        assert events.streams(conn, "eng") == [STREAM]
    assert stored == [(1, STREAM, 1), (2, STREAM, 2), (3, "office", 1), (4, STREAM, 3), (5, "office", 2)]


def test_each_event_names_the_leaf_before_it(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        first, second = tx.append(STREAM, 0, [draft(), draft()], NO_COMMAND, AT, RELEASE)
        (third,) = tx.append(STREAM, 2, [draft()], NO_COMMAND, AT, RELEASE)
        assert tx.head(STREAM).leaf_hash == leaf_hash(bytes_of(third)).hex()
    assert first.previous == ""
    assert second.previous == leaf_hash(bytes_of(first)).hex()
    assert third.previous == leaf_hash(bytes_of(second)).hex()


def test_a_stream_is_read_past_a_page(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    count = events.PAGE + 5
    with ledger.writing() as tx:
        tx.append(STREAM, 0, [draft() for _ in range(count)], NO_COMMAND, AT, RELEASE)
    with ledger.reading() as conn:
        assert [event.version for event in events.read_stream(conn, STREAM)] == list(range(1, count + 1))
        assert sum(1 for _ in events.read_all(conn)) == count


def test_a_stale_version_is_a_conflict_and_nothing_is_kept(ledger: Ledger) -> None:
    carry_out(ledger, "one")
    with pytest.raises(VersionConflict) as caught, ledger.writing() as tx:
        tx.append("office", 0, [draft()], NO_COMMAND, AT, RELEASE)
        tx.append(STREAM, 0, [draft()], NO_COMMAND, AT, RELEASE)
    assert (caught.value.stream, caught.value.expected, caught.value.actual) == (STREAM, 0, 1)
    with ledger.reading() as conn:
        assert events.last_position(conn) == 1
        assert events.head(conn, "office") == events.NO_EVENTS


def test_recorded_at_never_goes_back_in_a_stream(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.append(STREAM, 0, [draft()], NO_COMMAND, AT, RELEASE)
        (early,) = tx.append(STREAM, 1, [draft()], NO_COMMAND, AT - HOUR, RELEASE)
        (other,) = tx.append("office", 0, [draft()], NO_COMMAND, AT - HOUR, RELEASE)
        (later,) = tx.append(STREAM, 2, [draft()], NO_COMMAND, AT + HOUR, RELEASE)
    assert [event.recorded_at for event in (early, other, later)] == [AT, AT - HOUR, AT + HOUR]


def test_a_time_in_another_zone_is_kept_in_utc(ledger: Ledger) -> None:
    summer = datetime(2003, 7, 1, 0, 30, 0, 123456, tzinfo=timezone(HOUR))
    with ledger.writing() as tx:
        tx.append(STREAM, 0, [draft()], NO_COMMAND, summer, RELEASE)
    with ledger.reading() as conn:
        (event,) = events.read_stream(conn, STREAM)
        assert event.recorded_at == summer == events.head(conn, STREAM).recorded_at
        assert event.recorded_at.tzinfo == UTC


def test_the_first_outcome_stays(ledger: Ledger) -> None:
    command = signed("one", score=3)
    with ledger.writing() as tx:
        assert tx.store(command, AT)
        first = tx.record_outcome(command.ref, True, {"version": 1}, None, AT)
    with ledger.writing() as tx:
        assert not tx.store(command, AT + HOUR)
        assert tx.outcome_of("one") == first
        assert tx.record_outcome(command.ref, False, {"version": 2}, None, AT + HOUR) == first
        assert tx.outcome_of("other") is None
        stored = tx.stored_command("one")
    assert stored is not None and stored.record == command.record and stored.received_at == AT
    assert (stored.bytes, stored.signature, stored.face) == (command.bytes, command.signature, command.face)


def test_a_command_id_with_other_content_is_refused(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        tx.store(signed("one", score=3), AT)
        tx.record_outcome(signed("one", score=3).ref, True, {}, None, AT)
    with pytest.raises(CommandIdReused) as caught, ledger.writing() as tx:
        tx.store(signed("one", score=4), AT)
    assert caught.value.command_id == "one"
    with pytest.raises(CommandIdReused), ledger.writing() as tx:
        tx.record_outcome(signed("one", score=4).ref, True, {}, None, AT)


def test_commands_are_found_by_target_and_by_missing_outcome(ledger: Ledger) -> None:
    with ledger.writing() as tx:
        for id in ("b", "a", "c"):
            tx.store(signed(id, via="derived"), AT)
        tx.store(signed("typed"), AT + HOUR)
        tx.store(signed("elsewhere", target="office"), AT)
        tx.record_outcome(signed("b", via="derived").ref, True, {}, None, AT)
    with ledger.reading() as conn:
        assert [stored.record.id for stored in commands.commands_of(conn, STREAM)] == ["a", "b", "c", "typed"]
        assert [id for id, _, _ in commands.undecided(conn, "derived")] == ["a", "c"]
        assert commands.stored_command(conn, "none") is None


def test_an_outcome_needs_its_command(ledger: Ledger) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), ledger.writing() as tx:
        tx.record_outcome(signed("one").ref, True, {}, None, AT)


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (float("nan"), "/body/x/0"),
        (float("-inf"), "/body/x/0"),
        (2**53, "/body/x/0"),
        (2**53 + 1, "/body/x/0"),
        (3.779493092629614e16, "/body/x/0"),
        (-(2**53), "/body/x/0"),
        ("\ud800", "/body/x/0"),
        ({"\udfff": 1}, "/body/x/0"),
        ({1: 1}, "/body/x/0"),
    ],
    ids=repr,
)
def test_what_json_cannot_hold_is_refused_with_its_place(ledger: Ledger, value: object, where: str) -> None:
    with pytest.raises(NotStorable) as caught, ledger.writing() as tx:
        tx.append(STREAM, 0, [draft(x=[value])], NO_COMMAND, AT, RELEASE)
    assert caught.value.where == where
    with pytest.raises(NotStorable):
        signed("one", x=[value])
    with ledger.reading() as conn:
        assert events.last_position(conn) == 0


def test_deep_nesting_is_refused() -> None:
    value: Any = 1
    for _ in range(100_000):
        value = [value]
    with pytest.raises(NotStorable, match="nested deeper"):
        signed("one", x=value)
    while isinstance(value, list):  # freed one by one: all at once is a deep recursion too
        value = value.pop()


def test_a_nul_in_a_target_is_refused_on_both_databases(ledger: Ledger) -> None:
    with pytest.raises(NotStorable), ledger.writing() as tx:
        tx.store(signed("one", target="engagement/\0"), AT)


_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True)
@given(st.lists(st.dictionaries(st.text(st.characters(codec="utf-8")), _json, max_size=4), min_size=1, max_size=4))
def test_any_json_is_read_back_equal(ledger: Ledger, bodies: list[dict[str, Any]]) -> None:
    with ledger.writing() as tx:
        drafts = [draft().model_copy(update={"body": body}) for body in bodies]
        tx.append(STREAM, tx.head(STREAM).version, drafts, NO_COMMAND, AT, RELEASE)
        version = tx.head(STREAM).version
    with ledger.reading() as conn:
        stored = list(events.read_stream(conn, STREAM, after=version - len(bodies)))
    assert [event.body for event in stored] == bodies


def test_about_says_what_the_ledger_is(ledger: Ledger, ledger_url: str) -> None:
    about = ledger.about
    assert (about.origin, about.kind, about.authentication) == ("test", "production", "unauthenticated")
    assert (about.created_at, about.epoch, about.clock, about.revision) == (AT, 1, None, "0003")
    again = Ledger.create(ledger_url, "other", "rehearsal", "oidc", AT + HOUR)
    assert again.about == about
    again.close()


def test_the_epoch_rises_and_only_a_rehearsal_has_a_clock(ledger: Ledger, new_database: Any) -> None:
    with ledger.writing() as tx:
        assert (tx.epoch, tx.raise_epoch(), tx.epoch) == (1, 2, 2)
        with pytest.raises(ValueError, match="rehearsal"):
            tx.set_clock(AT)
    assert ledger.about.epoch == 2
    rehearsal = Ledger.create(new_database(), "test", "rehearsal", "unauthenticated", AT)
    with rehearsal.writing() as tx:
        tx.set_clock(AT + HOUR)
        assert tx.clock == AT + HOUR
    assert rehearsal.about.clock == AT + HOUR
    rehearsal.close()


def test_a_reader_sees_one_state_while_another_writes(ledger: Ledger) -> None:
    carry_out(ledger, "one")
    with ledger.reading() as conn:
        assert events.last_position(conn) == 1
        carry_out(ledger, "two")
        assert events.last_position(conn) == 1
        assert commands.stored_command(conn, "two") is None
    with ledger.reading() as conn:
        assert events.last_position(conn) == 2


def test_what_a_reader_writes_is_not_kept(ledger: Ledger, backend: str) -> None:
    if backend == "postgresql":
        with pytest.raises(Exception, match="read-only"), ledger.reading() as conn:
            conn.execute(text("UPDATE ledger_state SET epoch = 9"))
    else:
        with ledger.reading() as conn:
            conn.execute(text("UPDATE ledger_state SET epoch = 9"))
    assert ledger.about.epoch == 1


def test_a_changed_leaf_is_not_read(ledger: Ledger, backend: str) -> None:
    with ledger.writing() as tx:
        tx.append(STREAM, 0, [draft(stars=n) for n in range(3)], NO_COMMAND, AT, RELEASE)
    with ledger.writing() as tx:
        drop = "DROP TRIGGER event_refuses_update" if backend == "sqlite" else "DROP TRIGGER event_append_only ON event"
        tx.connection.execute(text(drop))
        tx.connection.execute(text("UPDATE event SET leaf = :leaf WHERE position = 2"), {"leaf": b"{}"})
    with pytest.raises(Tampered) as caught, ledger.reading() as conn:
        list(events.read_stream(conn, STREAM))
    assert caught.value.position == 2


def test_a_database_that_is_not_there_is_unavailable_or_needs_migration(tmp_path: Any) -> None:
    with pytest.raises(NeedsMigration) as needs:
        Ledger.open(f"sqlite:///{tmp_path}/mistyped.db")
    assert (needs.value.current, needs.value.head) == (None, "0003")
    assert not (tmp_path / "mistyped.db").exists()
    with pytest.raises(DatabaseUnavailable):
        Ledger.create(f"sqlite:///{tmp_path}/no/such/folder.db", "o", "production", "u", AT)
    with pytest.raises(DatabaseUnavailable):
        Ledger.open("postgresql://nobody@127.0.0.1:1/none")
    (tmp_path / "text.db").write_text("not a database, but long enough to be looked at as one" * 40)
    with pytest.raises(DatabaseUnavailable):
        Ledger.open(f"sqlite:///{tmp_path}/text.db")
    for url in ("sqlite://", "sqlite:///:memory:", "mysql://x/y"):
        with pytest.raises((ValueError, ModuleNotFoundError)):
            Ledger.open(url)


def test_an_empty_database_needs_migration(new_database: Any) -> None:
    url = new_database()
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("VACUUM")
    with pytest.raises(NeedsMigration):
        Ledger.open(url)


def test_a_writer_that_cannot_get_its_turn_is_told_so(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect, "WAIT_SECONDS", 1)
    first, second = Ledger.open(ledger_url), Ledger.open(ledger_url)
    with first.writing() as tx:
        tx.raise_epoch()
        with pytest.raises(DatabaseUnavailable), second.writing():
            pass
    with second.writing() as tx:
        assert tx.raise_epoch() == 3
    first.close()
    second.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_full_disk_is_unavailable_and_resumes_unaided(ledger: Ledger) -> None:
    carry_out(ledger, "one")
    with pytest.raises(DatabaseUnavailable), ledger.writing() as tx:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        tx.append(STREAM, 1, [draft(text="x" * 1_000_000)], NO_COMMAND, AT, RELEASE)
    with ledger.writing() as tx:
        tx.connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    carry_out(ledger, "two")
    with ledger.reading() as conn:
        assert events.last_position(conn) == 2


def test_full_means_that_a_commit_outlasts_a_power_cut(ledger_url: str, backend: str) -> None:
    if backend == "postgresql":
        lax = Ledger.open(ledger_url)
        with lax.writing() as tx:
            name = tx.connection.exec_driver_sql("SELECT current_database()").scalar_one()
            tx.connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
        lax.close()
    opened = Ledger.open(ledger_url)
    with opened.writing() as tx:
        if backend == "sqlite":
            asked = ("PRAGMA synchronous", "PRAGMA journal_mode", "PRAGMA foreign_keys")
            expected: list[object] = [2, "wal", 1]
        else:
            asked = ("SHOW synchronous_commit", "SHOW transaction_isolation", "SHOW lock_timeout")
            expected = ["on", "read committed", "10s"]
        assert [tx.connection.exec_driver_sql(setting).scalar_one() for setting in asked] == expected
    opened.close()


def test_errors_are_of_one_family_and_survive_pickling() -> None:
    import pickle

    for error in (
        VersionConflict("s", 1, 2),
        CommandIdReused("c"),
        Tampered(None, "w"),
        NeedsMigration(None, "1"),
        DatabaseUnavailable("r"),
        NotStorable("/x", "why"),
    ):
        assert isinstance(error, LedgerError)
        assert vars(pickle.loads(pickle.dumps(error))) == vars(error)
