"""Statements on the path of every command and of every reader, given to the database's driver as they stand.

What SQLAlchemy does beyond that (compiling, processing, wrapping rows) takes several times as long as the statement itself.
Everything else goes through SQLAlchemy, and so do connections and transactions.
"""

from typing import Any

from sqlalchemy import Connection


class Statement:
    """SQL that both databases read alike, with `?` for each value. Values are given, and come back, as they are stored."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._texts = {"sqlite": text, "postgresql": text.replace("?", "%s")}

    def on(self, conn: Connection, *values: Any) -> Any:
        """Run it in a connection's transaction, which must have begun; the driver's cursor."""
        return conn.connection.driver_connection.execute(self._texts[conn.dialect.name], values)  # type: ignore[union-attr]

    def many(self, conn: Connection, rows: list[tuple[Any, ...]]) -> None:
        """Run it once for each row of values."""
        conn.connection.cursor().executemany(self._texts[conn.dialect.name], rows)
