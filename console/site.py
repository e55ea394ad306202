"""What every page and every endpoint stands on: the ledger, what is published, and the way to the engine."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from temporalio.client import Client

from activities.library import Library
from console.who import Who
from faces.desk import Desk
from ledger.store import Ledger
from workers.composition import make_face
from workers.face import Clock, Face
from workers.reach import reach
from workers.settings import Settings


@dataclass
class Site:
    """One process's view of a ledger. It reads without Temporal; `face` looks for the server when something is to be done."""

    settings: Settings
    ledger: Ledger
    client: Client | None = None
    library: Library = field(default_factory=Library)
    _face: Face | None = None
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    @contextmanager
    def desk(self, who: Who) -> Iterator[tuple[Desk, Connection]]:
        """The ledger as somebody who is signed in reads it, in one state throughout."""
        desk = Desk(self.settings, self.ledger, self.library, reader=who.role)
        with self.ledger.reading() as conn:
            desk.refresh(conn)
            yield desk, conn

    def now(self) -> datetime:
        """The ledger's time."""
        return Clock(self.ledger).now()

    async def face(self) -> Face:
        """The face that gives commands. Raises NotRunning when there is no server to be reached."""
        async with self._looking:
            if self._face is None:
                client = self.client or await reach(self.settings)
                self._face = make_face(self.settings, self.ledger, client)
            return self._face
