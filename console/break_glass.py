"""Access in an emergency over the ledger: asked for, granted or declined by commands that the face itself puts on record.

They are signed and stored as any other command, so that the ledger has who asked, who granted and how both signed in.
"""

from threading import Lock
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from activities.signatures import SigningKey
from console.who import Who
from domain.admission import COMMANDS, EVENTS, Admissions, decide, evolve
from domain.dates import PrintedWhen, When, london_day
from domain.part import Refusal
from domain.reads import ACCESS
from domain.records import CommandRecord
from domain.respond import draft
from ledger import events, sealing
from ledger.commands import SignedCommand
from ledger.store import Ledger
from workers.composition import RELEASE
from workers.face import Clock


class Emergencies:
    """What was asked for and granted, of which each time only what came since is read."""

    def __init__(self) -> None:
        self._state, self._lock = Admissions(), Lock()

    def read(self, conn: Connection) -> Admissions:
        """It as it stands."""
        with self._lock:
            for event in events.read_stream(conn, ACCESS, self._state.version):
                kind = EVENTS.get(event.type)
                happened = kind.read(event.body) if kind is not None else None
                self._state = evolve(self._state, event.version, event.recorded_at, happened)
            return self._state


class NotDone(Exception):
    """What was asked for was refused: nothing of it is kept."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.rule)
        self.refusal = refusal


def record(ledger: Ledger, emergencies: Emergencies, key: SigningKey, who: Who, name: str, body: Any) -> None:
    """Put on record that somebody asks, grants or declines. Raises NotDone, DatabaseUnavailable."""
    assert who.person is not None, "the face lets nobody without an id come this far"
    at, id = Clock(ledger).now(), f"access-{uuid4().hex}"
    with ledger.writing() as tx:
        kind = COMMANDS[name]
        state = emergencies.read(tx.connection)
        sealed = sealing.seal_body(tx, id, kind, body, lambda _: ("free-text", None))
        decided = decide(state, kind.model_validate(sealed), who.person, who.role, at)
        if isinstance(decided, Refusal):
            raise NotDone(decided)
        occurred = When.day(london_day(at))
        command = CommandRecord(
            id=id,
            target=ACCESS,
            type=name,
            decided_by=who.actor,
            recorded_by=who.actor,
            signed_in=who.signed_in,
            via="page",
            occurred=PrintedWhen.parse(str(occurred)),
            body=sealed,
        )
        signed = SignedCommand.make(command, key.id, key.sign)
        tx.store(signed, at)
        drafts = [draft(event, occurred, who.actor, who.actor) for event in decided]
        added = tx.append(ACCESS, state.version, drafts, signed.ref, at, RELEASE)
        tx.record_outcome(signed.ref, True, {}, added[-1].position, at)
