"""What every page and every endpoint stands on: the ledger, what is published, and the way to the engine."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection
from temporalio.client import Client

from activities.insiders import Insiders
from activities.library import Library
from activities.work import Folded
from console.access import scope_of
from console.break_glass import Emergencies
from console.denials import note_denial
from console.directory import People
from console.store import Store
from console.who import Holding, Who
from domain.dates import london_day
from faces.desk import Desk
from faces.kept import Kept
from ledger.store import Ledger
from ledger.verify_stream import Known
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
    folded: Folded = field(default_factory=lambda: Folded(128))
    insiders: Insiders = field(default_factory=Insiders)
    kept: Kept = field(default_factory=Kept)
    checked: Known = field(default_factory=Known)
    store: Store = field(init=False)
    people: People = field(default_factory=People)
    emergencies: Emergencies = field(default_factory=Emergencies)
    _face: Face | None = None
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.store = Store(self.settings.console_database, self.settings.synchronous)

    @contextmanager
    def desk(self, who: Who) -> Iterator[tuple[Desk, Connection]]:
        """The ledger as somebody who is signed in reads it, in one state throughout."""
        kept_from: list[str] = []
        try:
            with self.ledger.reading() as conn:
                desk = Desk(
                    self.settings,
                    self.ledger,
                    self.library,
                    reader=who.role,
                    scope=scope_of(who),
                    opened=self.emergencies.read(conn).opened_for(who.person, self.now()),
                    kept_from=kept_from.append,
                    folded=self.folded,
                    insiders=self.insiders,
                    kept=self.kept,
                    checked=self.checked,
                )
                desk.refresh(conn)
                yield desk, conn
        finally:
            for what in dict.fromkeys(kept_from):
                note_denial(self.ledger, self.store, who, "engagement", "not-a-member", what)

    def held(self, person: str) -> tuple[Holding, ...]:
        """The roles that somebody holds today, by the office's own list; whether they are away does not matter."""
        with self.ledger.reading() as conn:
            directory = self.people.read(conn)
        today = london_day(self.now())
        return tuple(
            Holding(one.role, one.council, one.engagement)
            for one in directory.holdings
            if one.person == person and one.span.can_hold(today)
        )

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
