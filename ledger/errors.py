"""What can go wrong with the ledger, named for what the caller can do about it. Errors carry data, not prose."""


class LedgerError(Exception):
    """Any failure of the ledger itself."""


class DatabaseUnavailable(LedgerError):
    """The database cannot be reached, is busy for too long, or cannot write (a full disk). Trying again may help.

    `reason` is the database's own message; it holds no stored values. When it is raised by a commit, whether the commit
    happened is not known: ask again with the same command id.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NeedsMigration(LedgerError):
    """The database is not at `head`, the revision this release knows, but at `current`; None if it holds no ledger."""

    def __init__(self, current: str | None, head: str) -> None:
        super().__init__(current, head)
        self.current = current
        self.head = head


class VersionConflict(LedgerError):
    """The stream is at version `actual`, and the writer expected `expected`. Read again and decide again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(stream, expected, actual)
        self.stream = stream
        self.expected = expected
        self.actual = actual


class CommandIdReused(LedgerError):
    """The command id was used before with other content."""

    def __init__(self, command_id: str) -> None:
        super().__init__(command_id)
        self.command_id = command_id


class Tampered(LedgerError):
    """Stored bytes are not what was stored. `position` is the event's, or None when it is not an event."""

    def __init__(self, position: int | None, why: str) -> None:
        super().__init__(position, why)
        self.position = position
        self.why = why


class NotStorable(LedgerError, ValueError):
    """A value that canonical JSON cannot hold. `where` is a JSON pointer to it; the value itself is not repeated."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(where, why)
        self.where = where
        self.why = why

    def __str__(self) -> str:
        return f"{self.where or 'the value'}: {self.why}"
