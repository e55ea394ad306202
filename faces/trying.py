"""Trying commands without doing them: the same code that decides, over a reading connection, with nothing stored."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from activities import folding
from activities.signatures import SigningKey
from activities.work import STREAMS, Folded, Shelf, Work
from domain.access import insiders
from domain.actors import Actor
from domain.council import Council, InterventionOpened
from domain.dates import PrintedWhen, When
from domain.engagement import Engagement
from domain.meetings import stirred
from domain.notices import notices_for
from domain.part import Event, Refusal
from domain.records import CommandRecord, CommandRef
from faces.desk import Desk, Target
from ledger.store import Transaction


class Trial:
    """What would follow from some commands, one after the other."""

    def __init__(self, desk: Desk, conn: Connection, at: datetime) -> None:
        # What the engine itself would sign is signed with a key that nobody keeps, and thrown away.
        shelf = Shelf(desk.library, desk.register, SigningKey("trial", Ed25519PrivateKey.generate()), "trial")
        self._tx = Transaction(conn)
        self._work = Work(self._tx, at, shelf, Folded(STREAMS))
        self._drafted: list[tuple[str, int, Event]] = []

    def command(
        self,
        target: Target,
        type: str,
        decided_by: Actor,
        recorded_by: Actor,
        occurred: When,
        body: Mapping[str, Any],
        expected: int | None = None,
        via: Any = "command-line",
    ) -> Refusal | None:
        """Try one command on top of those before; why it would be refused, or None."""
        actual = self._tx.head(target.stream).version
        if target.family == "engagement":
            self._work.strike(target.name)
        if expected is not None and expected != actual:
            return Refusal("stale-version", {"expected": expected, "actual": actual})
        record = CommandRecord(
            id="trial",
            target=target.stream,
            type=type,
            decided_by=decided_by,
            recorded_by=recorded_by,
            signed_in="local",
            via=via,
            occurred=PrintedWhen.parse(str(occurred)),
            body=dict(body),
        )
        before = self.state(target).version
        refusal = self._work.command(record, CommandRef(id="trial", digest=""))
        if refusal is None:
            self._note(target, before)
        return refusal

    def state(self, target: Target) -> Engagement | Council:
        """A target as it would stand after what was tried so far."""
        if target.family == "council":
            return self._work.council(target.name).state
        answer = self._work.engagement(target.name)
        return answer.state if answer else Engagement(target.name)

    def _note(self, target: Target, before: int) -> None:
        fresh = [entry for entry in self.state(target).history.entries if entry.version > before]
        self._drafted += [(target.stream, entry.version, entry.event) for entry in fresh]
        for entry in fresh:
            if isinstance(entry.event, InterventionOpened):
                self._note(Target("engagement", entry.event.engagement), 0)

    def drafted(self) -> list[tuple[str, int, Event]]:
        """The events that would follow, with their streams and versions."""
        return list(self._drafted)

    def woken(self) -> list[str]:
        """The engagements under way that would be told, by a command of their own."""
        return [wake.target.partition("/")[2] for wake in self._work.wakes if wake.submission is not None]

    def told(self) -> list[str]:
        """The roles that would be told, by the notices that these events ask for."""
        roles: list[str] = []
        for stream, version, event in self._drafted:
            if not stream.startswith("engagement/"):
                continue
            name = stream.partition("/")[2]
            answer = self._work.engagement(name)
            if answer is None or answer.state.opening is None or not answer.state.live:
                continue
            lifecycle = self._work.rules_of(answer.state).lifecycle
            recorded = [*folding.entries_of(self._tx.events(stream))]
            fresh = (entry for entry in answer.state.history.entries if entry.version > len(recorded))
            boards = stirred(name, (*recorded, *fresh)).get(version, ())
            inside = insiders(lifecycle, answer.state.history)
            asked = notices_for(lifecycle, name, answer.state.opening.council, version, event, boards, inside)
            roles += [notice.to for _, notice in asked]
        return list(dict.fromkeys(roles))
