"""Migrations, and what the database itself refuses."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from ledger import read_models, schema
from ledger.canonical import leaf_hash
from ledger.checkpoints import Checkpoint, SignedCheckpoint, keep, keep_cosignature
from ledger.connect import make_engine
from ledger.errors import NeedsMigration
from ledger.merkle import span_of
from ledger.notes import Note, Signature
from ledger.schema import current_revision, head_revision, migrate
from ledger.sealing import erase, seal
from ledger.store import Ledger
from ledger.tables import APPEND_ONLY, METADATA
from ledger.tree import StoredTree
from ledger.verify import verify
from tests.databases import AT, carry_out, signed


def test_the_stated_head_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema._MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == head_revision()


def test_migrating_twice_changes_nothing(new_database: Callable[[], str]) -> None:
    engine = make_engine(new_database())
    with engine.connect() as conn:
        assert current_revision(conn) is None
    for _ in range(2):
        migrate(engine)
        with engine.connect() as conn:
            assert current_revision(conn) == head_revision()
    engine.dispose()


def test_a_migration_that_fails_leaves_nothing(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(new_database())

    def upgrade_and_fail(connection: Connection) -> None:
        original(connection)
        raise RuntimeError("the machine stops")

    original = schema.upgrade
    monkeypatch.setattr(schema, "upgrade", upgrade_and_fail)
    with pytest.raises(RuntimeError):
        migrate(engine)
    with engine.connect() as conn:
        assert inspect(conn).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize("count", [0, 255, 256, 700])
def test_a_ledger_of_before_there_was_a_tree_gets_its_own(new_database: Callable[[], str], count: int) -> None:
    url = new_database()
    engine = make_engine(url)
    with engine.begin() as conn:
        schema.upgrade(conn, "0001")
    with engine.begin() as conn:
        rows = [{"p": n, "h": leaf_hash(b"%d" % n), "leaf": b"%d" % n} for n in range(1, count + 1)]
        insert = text(
            "INSERT INTO event (position, stream, version, type, recorded_at, command_id, leaf, leaf_hash)"
            " VALUES (:p, 's', :p, 't', '2002', 'c', :leaf, :h)"
        )
        if rows:
            conn.execute(insert, rows)
    engine.dispose()

    migrated = Ledger.create(url, "test", "production", "unauthenticated", AT, synchronous="OFF")
    with migrated.reading() as conn:
        tree, span = StoredTree(conn), span_of([leaf_hash(b"%d" % n) for n in range(1, count + 1)])
        kept = conn.exec_driver_sql("SELECT count(*) FROM tree_node").scalar_one()
        assert kept == count // 256
        assert all(tree.root(size) == span(0, size) for size in {0, count // 2, count})
    migrated.close()


def test_the_schema_of_another_release_is_not_opened(ledger_url: str) -> None:
    engine = make_engine(ledger_url)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(NeedsMigration) as caught:
        Ledger.open(ledger_url)
    assert (caught.value.current, caught.value.head) == ("9999", head_revision())


def _described(conn: Connection) -> dict[str, Any]:
    inspector = inspect(conn)

    def plain(items: Any) -> Any:
        return sorted(repr(sorted(item.items(), key=lambda pair: pair[0])) for item in items)

    return {
        table: {
            "columns": [{**column, "type": repr(column["type"])} for column in inspector.get_columns(table)],
            "primary key": inspector.get_pk_constraint(table)["constrained_columns"],
            "unique": plain(inspector.get_unique_constraints(table)),
            "checks": plain(inspector.get_check_constraints(table)),
            "foreign keys": plain(inspector.get_foreign_keys(table)),
            "indexes": [
                {**index, "dialect_options": {key: str(value) for key, value in index["dialect_options"].items()}}
                for index in sorted(inspector.get_indexes(table), key=lambda index: str(index["name"]))
            ],
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_the_migrated_schema_is_the_tables_of_the_code(new_database: Callable[[], str]) -> None:
    migrated, created = make_engine(new_database()), make_engine(new_database())
    migrate(migrated)
    METADATA.create_all(created)
    with migrated.connect() as conn, created.connect() as other:
        context = MigrationContext.configure(conn, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []
        assert _described(conn) == _described(other)
    migrated.dispose()
    created.dispose()


CHANGES = [
    *(f"DELETE FROM {table}" for table in ("outcome", "event", "command", "ledger", "tree_node")),
    *(f"DELETE FROM {table}" for table in ("cosignature", "checkpoint")),
    "UPDATE tree_node SET hash = hash",
    "UPDATE checkpoint SET note = note",
    "UPDATE cosignature SET line = line",
    "UPDATE event SET leaf = leaf",
    "UPDATE command SET face = 'x'",
    "UPDATE outcome SET accepted = NOT accepted",
    "UPDATE ledger SET origin = 'x'",
]
SQLITE_CHANGES = [
    "INSERT OR REPLACE INTO event SELECT * FROM event",
    "INSERT OR REPLACE INTO event SELECT position + 100, stream, version, type, recorded_at, command_id, leaf, leaf_hash"
    " FROM event",
    "REPLACE INTO command SELECT * FROM command",
    "REPLACE INTO outcome SELECT * FROM outcome",
    "REPLACE INTO ledger SELECT * FROM ledger",
    "REPLACE INTO tree_node SELECT * FROM tree_node",
    "REPLACE INTO checkpoint SELECT * FROM checkpoint",
    "REPLACE INTO cosignature SELECT * FROM cosignature",
]
POSTGRESQL_CHANGES = [
    *(f"TRUNCATE {table} CASCADE" for table in ("outcome", "event", "command", "ledger", "tree_node", "checkpoint")),
    "SET session_replication_role = replica; DELETE FROM event",
    "INSERT INTO event SELECT * FROM event ON CONFLICT (position) DO UPDATE SET leaf = EXCLUDED.leaf",
]


def fill(ledger: Ledger) -> None:
    """Something in every table that is append-only."""
    carry_out(ledger, "one", events=256)
    with ledger.writing() as tx:
        held = Checkpoint("test", 256, StoredTree(tx.connection).root(256))
        keep(tx.connection, SignedCheckpoint(held, Note(held.text, ())), AT)
        keep_cosignature(tx.connection, held, Signature("witness", b"1234", b"signature"), AT)


def test_what_is_append_only_cannot_be_changed(ledger: Ledger, backend: str) -> None:
    fill(ledger)
    with ledger.reading() as conn:
        before = [conn.execute(table.select()).all() for table in APPEND_ONLY]
    assert all(before)
    for change in CHANGES + (SQLITE_CHANGES if backend == "sqlite" else POSTGRESQL_CHANGES):
        with pytest.raises(DBAPIError, match="append-only"), ledger.writing() as tx:
            tx.connection.exec_driver_sql(change)
    with ledger.reading() as conn:
        assert [conn.execute(table.select()).all() for table in APPEND_ONLY] == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_stranger_cannot_change_the_file_either(ledger: Ledger, ledger_url: str) -> None:
    fill(ledger)
    with closing(sqlite3.connect(ledger_url.removeprefix("sqlite:///"))) as connection:
        for change in CHANGES + SQLITE_CHANGES:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(change)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_the_writer_role_adds_to_the_ledger_and_no_more(ledger: Ledger) -> None:
    carry_out(ledger, "one")
    be_writer = "SET LOCAL ROLE turnaround_writer"
    changes = [change for change in CHANGES + POSTGRESQL_CHANGES if "replication" not in change]
    for change in [
        *changes,
        "DROP TABLE event",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "CREATE TABLE public.mine (x int)",
    ]:
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"), ledger.writing() as tx:
            tx.connection.exec_driver_sql(be_writer)
            tx.connection.exec_driver_sql(change)
    with ledger.writing() as tx:
        tx.connection.exec_driver_sql(be_writer)
        tx.connection.exec_driver_sql(
            "INSERT INTO command SELECT 'two', target, type, via, digest, record, face,"
            " signature, received_at FROM command"
        )
        tx.raise_epoch()
        read_models.empty(tx.connection)
        tx.connection.exec_driver_sql("UPDATE sealed SET value = NULL")
        tx.connection.exec_driver_sql("SELECT * FROM alembic_version")


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_member_of_the_writer_role_can_do_all_that_a_worker_does(ledger: Ledger, ledger_url: str) -> None:
    with ledger.writing() as tx:
        tx.connection.exec_driver_sql("CREATE ROLE worker LOGIN IN ROLE turnaround_writer")
    worker = Ledger.open(ledger_url.replace("postgres:@", "worker:@"))
    try:
        carry_out(worker, "one", events=2)
        with worker.writing() as tx:
            command = signed("two")
            seal(tx, "two", "/name", "Ann", "personal", "person-1")
            tx.store(command, AT)
            assert erase(tx, AT, subject="person-1") == 1
        assert verify(worker).ok
    finally:
        worker.close()
        with ledger.writing() as tx:
            tx.connection.exec_driver_sql("DROP ROLE worker")


@pytest.mark.parametrize("backend", ["postgresql"])
def test_without_the_right_to_make_roles_the_schema_is_made_all_the_same(
    new_database: Callable[[], str], postgresql_server: str
) -> None:
    url = new_database()
    engine = make_engine(url)
    with engine.begin() as conn:
        conn.exec_driver_sql("CREATE ROLE plain LOGIN")
        conn.exec_driver_sql("GRANT CREATE ON SCHEMA public TO plain")
        conn.exec_driver_sql("UPDATE pg_authid SET rolname = 'set_aside' WHERE rolname = 'turnaround_writer'")
    try:
        Ledger.create(url.replace("postgres:@", "plain:@"), "test", "production", "unauthenticated", AT).close()
        with engine.connect() as conn:
            found = conn.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = 'turnaround_writer'").scalar()
        assert found is None
    finally:
        with engine.begin() as conn:
            conn.exec_driver_sql("UPDATE pg_authid SET rolname = 'turnaround_writer' WHERE rolname = 'set_aside'")
            conn.exec_driver_sql("DROP OWNED BY plain")
            conn.exec_driver_sql("DROP ROLE plain")
        engine.dispose()
