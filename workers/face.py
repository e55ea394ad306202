"""A face's way of giving a command: seal, sign, store, submit, and never say "failed" when it is not known.

Used by the command line and by whatever else speaks for a person. On an error of the network it looks the command up in
the ledger, submits the same id again, and at worst says that the outcome is not known yet.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal

from pydantic import ValidationError
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import Submission
from activities.signatures import SigningKey
from activities.starting import Starter
from activities.transact import STALE_EPOCH
from activities.work import COMMANDS
from domain import council, engagement
from domain.actors import Actor
from domain.course import CorrectEvent
from domain.dates import PrintedWhen, When
from domain.disputes import DisputeFact, partly
from domain.documents import plain_problem
from domain.records import Claim, CommandRecord, CommandRef, Recorded
from domain.sealed import sealed_paths
from ledger import commands, sealing
from ledger.commands import SignedCommand, StoredOutcome
from ledger.errors import DatabaseUnavailable
from ledger.store import About, Ledger, Transaction

IN_FLIGHT = 4
"""Submits at once on one stream: Temporal aborts what goes beyond ten."""

TRIES = 6

Via = Literal["command-line", "http", "page", "rating-round", "case-file", "import"]


class NotKnownYet(Exception):
    """The command was stored, and whether it was carried out is not known. Ask again with the same id."""

    def __init__(self, command_id: str) -> None:
        super().__init__(command_id)
        self.command_id = command_id


class NotDecided(Exception):
    """The worker could not decide the command, for a reason that is not a rule. `failure` is the kind of error."""

    def __init__(self, command_id: str, failure: str) -> None:
        super().__init__(command_id, failure)
        self.command_id, self.failure = command_id, failure


class NotTaken(Exception):
    """The engine does not take the command as stored: `rule` says why. It is nobody's decision and leaves no record."""

    def __init__(self, command_id: str, rule: str) -> None:
        super().__init__(command_id, rule)
        self.command_id, self.rule = command_id, rule


class NotAField(Exception):
    """A correction or a dispute names something that its event has no field for, or that does not fit the field."""

    def __init__(self, event: str, field: str, known: tuple[str, ...], problem: str | None = None) -> None:
        super().__init__(event, field)
        self.event, self.field, self.known, self.problem = event, field, known, problem


def _offset(about: About) -> timedelta:
    return about.clock - datetime.now(UTC) if about.clock is not None else timedelta()


@dataclass(frozen=True)
class Clock:
    """The ledger's time: the machine's, or that of a rehearsal."""

    ledger: Ledger

    def now(self) -> datetime:
        """The time now, UTC."""
        about = self.ledger.about
        return about.clock if about.clock is not None else datetime.now(UTC)

    def offset(self) -> timedelta:
        """How far the ledger's clock is from the machine's; nothing in production."""
        return _offset(self.ledger.about)


@dataclass(frozen=True)
class Unsealed:
    """A command as a person gave it, with its sealed fields still readable. It is never stored like this."""

    id: str
    target: str
    type: str
    decided_by: Actor
    recorded_by: Actor
    occurred: When
    body: Mapping[str, Any]
    via: Via
    signed_in: str = "local"
    expected_version: int | None = None
    claim: Mapping[str, str] | None = None
    proposed_by: Actor | None = None
    confirmed_by: Actor | None = None

    def seal(self, tx: Transaction) -> CommandRecord:
        """The record to sign, its sealed values put into their table. Raises CommandIdReused, NotStorable."""
        body = sealing.seal_body(tx, self.id, COMMANDS[self.type], self.body, partial(_class_of, of=self.body))
        if self.type in (CorrectEvent.type, DisputeFact.type):
            body["changes"] = self._seal_changes(tx, body)
        claim = dict(self.claim) if self.claim else None
        for name in ("source", "disputed"):
            if claim and claim.get(name) is not None:
                claim[name] = sealing.seal(tx, self.id, f"/claim/{name}", claim[name], "source", None)
        return CommandRecord(
            id=self.id,
            target=self.target,
            type=self.type,
            decided_by=self.decided_by,
            recorded_by=self.recorded_by,
            signed_in=self.signed_in,
            via=self.via,
            occurred=PrintedWhen.parse(str(self.occurred)),
            expected_version=self.expected_version,
            proposed_by=self.proposed_by,
            confirmed_by=self.confirmed_by,
            claim=Claim.model_validate(claim) if claim else None,
            body=body,
        )

    def _seal_changes(self, tx: Transaction, body: Mapping[str, Any]) -> dict[str, Any]:
        """The values that a correction or a dispute gives, sealed where the event that it is about declares them so.

        What the event has no field for is refused here: in the ledger it would stay readable for ever. Raises NotAField.
        """
        found = self._event_meant(tx, body)
        events = council.EVENTS if self.target.startswith("council/") else engagement.EVENTS
        # An event that is named by its type may come in the same batch, and is then not stored yet.
        model = events.get(found.type if found is not None else body.get("event", ""))
        changes = body.get("changes") or {}
        if model is None or model.beyond_correction:
            return {}  # refused for its event, so what was typed need not be kept
        where = body.get("where") or {}
        for name in (*changes, *where):
            if name not in model.model_fields:
                raise NotAField(model.type, name, tuple(model.model_fields))
        for path in sealed_paths(model, where):
            raise NotAField(model.type, str(path[0]), tuple(model.model_fields), "a sealed value is not looked for")
        about = {**(found.body if found is not None else {}), **changes}
        sealed = sealing.seal_body(tx, self.id, model, changes, partial(_class_of, of=about), within=("changes",))
        try:
            partly(model, sealed).model_validate(sealed)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise NotAField(model.type, place, tuple(model.model_fields), plain_problem(first)) from None
        return sealed

    def _event_meant(self, tx: Transaction, body: Mapping[str, Any]) -> Recorded | None:
        """The stored event that a correction or a dispute is about: the one at a version, or the latest of a type."""
        version, name = body.get("version"), body.get("event")
        if isinstance(version, int):
            found = next(iter(tx.events(self.target, version - 1)), None)
            return found if found is not None and found.version == version else None
        return max((e for e in tx.events(self.target) if e.type == name), key=lambda e: e.version, default=None)


def _class_of(path: tuple[str | int, ...], of: Mapping[str, Any]) -> tuple[str, str | None]:
    """The class under which a value is sealed, and whose it is: a person's name, CV or address, a bidder's bid, or free text."""
    if path[0] == "texts":  # a field of a record that a lifecycle declares means what that calls it, and nothing more
        person = of.get("values", {}).get("person")
        return "name" if path[-1] == "name" and person else "free-text", person
    match path[-1]:
        case "name" | "cv":
            return "name" if path[-1] == "name" else "cv", _whose(path, of, "person") or _whose(path, of, "holder")
        case "email" | "webhook":
            return "contact", _whose(path, of, "person")
        case "content" | "price":
            return "bid", _whose(path, of, "bidder")
    return "free-text", None


def _whose(path: tuple[str | int, ...], of: Any, key: str) -> str | None:
    """What the innermost of the things around a value says under a key: each consultant in a list has an id of their own."""
    found: str | None = None
    for step in path:
        if isinstance(of, Mapping):
            found = of.get(key, found)
        of = of[step]
    return found


class Face:
    """Gives commands over one ledger and one Temporal server."""

    def __init__(
        self, ledger: Ledger, starter: Starter, key: SigningKey, timeout: timedelta = timedelta(seconds=30)
    ) -> None:
        self.ledger, self.starter, self.key, self.clock = ledger, starter, key, Clock(ledger)
        self._timeout = timeout
        self._about: About | None = None
        self._room: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(IN_FLIGHT))

    def store(self, drafts: Iterable[Unsealed]) -> list[SignedCommand]:
        """Seal, sign and store commands in one transaction, so that all of them are there or none.

        Raises CommandIdReused when an id stands for other content, NotStorable for what JSON cannot hold.
        """
        with self.ledger.writing() as tx:
            return [self._store(tx, unsealed) for unsealed in drafts]

    def store_batch(
        self, parts: Iterable[Unsealed], whole: Callable[[Sequence[CommandRef]], Unsealed]
    ) -> SignedCommand:
        """Store commands, and one that names them, in one transaction; returns that one. Raises what `store` raises."""
        with self.ledger.writing() as tx:
            refs = [self._store(tx, unsealed).ref for unsealed in parts]
            return self._store(tx, whole(refs))

    def _store(self, tx: Transaction, unsealed: Unsealed) -> SignedCommand:
        signed = SignedCommand.make(unsealed.seal(tx), self.key.id, self.key.sign)
        tx.store(signed, tx.clock or datetime.now(UTC))
        return signed

    async def give(self, unsealed: Unsealed) -> StoredOutcome:
        """Give one command and return its outcome. Raises NotKnownYet, NotDecided, NotTaken, CommandIdReused."""
        (signed,) = await asyncio.to_thread(self.store, [unsealed])
        return await self.submit(signed)

    async def submit(self, signed: SignedCommand) -> StoredOutcome:
        """Submit a stored command and return its outcome from the ledger."""
        submission = Submission(command_id=signed.record.id, digest=signed.digest)
        async with self._room[signed.record.target]:
            for attempt in range(TRIES):
                if attempt:
                    self._about = None  # it may be the epoch that was wrong
                    found = await self._look_up(signed.record.id)
                    if found is not None:
                        return found
                    await asyncio.sleep(min(0.1 * 2**attempt, 3))
                try:
                    return await self._submit_once(signed, submission)
                except WorkflowUpdateFailedError as error:
                    failure = error.cause.type if isinstance(error.cause, ApplicationError) else None
                    # The workflow that answered was of an older epoch, or was just closing: it makes way for a new run.
                    if failure not in (STALE_EPOCH, "AcceptedUpdateCompletedWorkflow"):
                        try:
                            found = await asyncio.to_thread(self.outcome_of, signed.record.id)
                        except DatabaseUnavailable:
                            raise NotKnownYet(signed.record.id) from None
                        if found is not None:  # it was carried out, and only the way back failed
                            return found
                        raise NotDecided(signed.record.id, failure or type(error.cause).__name__) from None
                except (RPCError, TimeoutError, DatabaseUnavailable) as error:
                    if isinstance(error, RPCError) and error.status in (
                        RPCStatusCode.INVALID_ARGUMENT,
                        RPCStatusCode.PERMISSION_DENIED,
                        RPCStatusCode.UNAUTHENTICATED,
                    ):
                        raise NotDecided(signed.record.id, error.status.name) from None
        found = await self._look_up(signed.record.id)
        if found is not None:
            return found
        raise NotKnownYet(signed.record.id)

    async def _look_up(self, command_id: str) -> StoredOutcome | None:
        """What the ledger says became of a command, or None when it says nothing now."""
        try:
            return await asyncio.to_thread(self.outcome_of, command_id)
        except DatabaseUnavailable:
            return None

    async def _epoch_and_offset(self) -> tuple[int, timedelta]:
        """The ledger's epoch and how far its clock is from the machine's, read anew only where it can have changed."""
        if self._about is None or self._about.kind == "rehearsal":
            self._about = await asyncio.to_thread(lambda: self.ledger.about)
        return self._about.epoch, _offset(self._about)

    async def _submit_once(self, signed: SignedCommand, submission: Submission) -> StoredOutcome:
        epoch, offset = await self._epoch_and_offset()
        try:
            async with asyncio.timeout(self._timeout.total_seconds()):
                outcome = await self.starter.submit(signed.record.target, submission, epoch, offset)
        except WorkflowUpdateRPCTimeoutOrCancelledError:
            # The SDK makes this of every cancellation: that of our own timeout and that of whoever cancels us.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError from None
            raise TimeoutError from None
        if outcome.rule in ("command-id-reused", "command-not-stored", "face-not-trusted"):
            raise NotTaken(signed.record.id, outcome.rule)
        found = await asyncio.to_thread(self.outcome_of, signed.record.id)
        assert found is not None, "an outcome is recorded before it is told"
        return found

    def outcome_of(self, command_id: str) -> StoredOutcome | None:
        """What the ledger says became of a command."""
        with self.ledger.reading() as conn:
            return commands.outcome_of(conn, command_id)
