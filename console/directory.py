"""The directory of people as the console reads it: at every request, and each time only what came since."""

from threading import Lock

from sqlalchemy import Connection

from activities import folding
from activities.library import PEOPLE
from domain.directory import Directory
from ledger import events


class People:
    """The directory of people, of which each time only what came since is read."""

    def __init__(self) -> None:
        self._directory, self._lock = Directory(), Lock()

    def read(self, conn: Connection) -> Directory:
        """The directory as it stands."""
        with self._lock:
            fresh = events.read_stream(conn, PEOPLE, self._directory.version)
            self._directory = folding.fold_directory(self._directory, fresh)
            return self._directory
