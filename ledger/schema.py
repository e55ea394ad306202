"""The database's schema and its revisions. Alembic runs from the installed package; there is no alembic.ini."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect

from ledger.connect import for_writing, lock

_MIGRATIONS = Path(__file__).parent / "migrations"
_HEAD = "0003"


def head_revision() -> str:
    """The revision this release works on. Stated, not looked up: Alembic is slow to import, and every start asks."""
    return _HEAD


def current_revision(connection: Connection) -> str | None:
    """The revision the database is at, or None when it holds no ledger."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return revision


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the database to a revision, by default `head_revision`, within the transaction that `connection` is in."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def migrate(engine: Engine) -> None:
    """Bring the database to `head_revision` in one transaction: all or nothing, and one process at a time."""
    with for_writing(engine).begin() as connection:
        lock(connection)
        if current_revision(connection) != head_revision():
            upgrade(connection)
