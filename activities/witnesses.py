"""Asking witnesses for their cosignatures of the ledger's last checkpoint, as C2SP tlog-witness says.

A witness that is down, or answers anything that is not understood, is asked again with the next checkpoint and holds nothing
up. One that cosigned something else of this ledger before objects: that is recorded in the ledger, told, and not asked again
under this origin as if nothing had happened.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Self
from urllib.parse import urlsplit

import httpx
import structlog
from httpx import codes
from temporalio import activity

from activities.publishing import Publication
from domain.checkpoints import SIGNER, Objection, WitnessObjected
from domain.part import Event
from ledger import checkpoints
from ledger.checkpoints import Checkpoint, SignedCheckpoint
from ledger.cosignatures import COSIGNATURE, seen_by
from ledger.errors import DatabaseUnavailable
from ledger.notes import Note, NoteWrong, VerifierKey
from ledger.signers import objections, origins
from ledger.store import Ledger
from ledger.tree import StoredTree
from ledger.witnessed import SLACK
from ledger.witnessing import SIZE_TYPE, AddCheckpoint

PATIENCE = 10.0
"""Seconds that a witness has for all it answers."""

TRIES = 3
"""How often it is asked at once, from the size that it names each time."""

LONGEST = 1 << 16
"""Bytes of an answer that are read."""

_HINTS: dict[int, str] = {
    codes.NOT_FOUND: ": it does not know this ledger's origin; hand its operator the key",
    codes.FORBIDDEN: ": it knows another key of this origin; hand its operator the new one",
}

_LOG = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class WitnessAt:
    """Where a witness is asked, and its key."""

    url: str
    key: VerifierKey

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `URL KEY`. Raises ValueError."""
        try:
            url, key = text.split()
            parts = urlsplit(url)
            fine = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0)
        except ValueError:
            raise ValueError("write the witness's URL, a space, and its key NAME+ID+KEY") from None
        if not fine or parts.query or parts.fragment or parts.username is not None:
            raise ValueError(f"'{url[:80]}' is not where a witness can be; write https://HOST/PATH")
        try:
            verifier = VerifierKey.parse(key)
        except ValueError as error:
            raise ValueError(f"'{key[:80]}' is not a key: {error}") from None
        if verifier.kind != COSIGNATURE:
            raise ValueError(f"{verifier.name} is not a witness's key; `turnaround witness key` prints one")
        return cls(url.rstrip("/"), verifier)


Came = Literal["cosigned", "silent", "objects"]


@dataclass(frozen=True)
class Asked:
    """What came of asking a witness about a checkpoint: it cosigned it (`at`); it objects; or neither yet, for what is `said`."""

    witness: VerifierKey
    came: Came
    at: datetime | None = None
    said: str = ""


class Witnesses:
    """Asks the witnesses of the settings. `record` appends an event to a stream."""

    def __init__(
        self,
        ledger: Ledger,
        witnesses: Sequence[WitnessAt],
        publication: Publication,
        record: Callable[[str, Event], int],
        now: Callable[[], datetime],
    ) -> None:
        self._ledger, self._witnesses, self._publication = ledger, tuple(witnesses), publication
        self._record, self._now = record, now

    @activity.defn(name="ask_witnesses", no_thread_cancel_exception=True)
    def ask_witnesses(self) -> int:
        """Ask all witnesses; how many have cosigned the last checkpoint. What goes wrong is logged and fails nothing."""
        try:
            return sum(asked.came == "cosigned" for asked in self.ask())
        except DatabaseUnavailable:
            _LOG.warning("witnesses were not asked: the database is unavailable")
        except Exception:
            _LOG.exception("witnesses were not asked")
        return 0

    def ask(self) -> list[Asked]:
        """Ask all witnesses about the last checkpoint, all at the same time. Raises DatabaseUnavailable, Tampered."""
        signed = self._last()
        if signed is None or not self._witnesses:
            return []
        found = asyncio.run(self._ask_all(signed))
        if any(asked.came == "cosigned" for asked in found):
            self._publish(signed)
        for asked in found:
            name, size = asked.witness.name, signed.checkpoint.size
            if asked.came == "objects":
                _LOG.error("a witness objects", witness=name, size=size, why=asked.said)
            elif asked.came == "silent":
                _LOG.warning("a witness did not cosign", witness=name, size=size, why=asked.said)
        return found

    def _last(self) -> SignedCheckpoint | None:
        with self._ledger.reading() as conn:
            named = origins(conn)
            return checkpoints.last(conn, named[-1].name) if named else None

    async def _ask_all(self, signed: SignedCheckpoint) -> list[Asked]:
        async with httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False, trust_env=False) as client:
            return await asyncio.gather(*(self._ask(client, witness, signed) for witness in self._witnesses))

    async def _ask(self, client: httpx.AsyncClient, witness: WitnessAt, signed: SignedCheckpoint) -> Asked:
        held, key = signed.checkpoint, witness.key
        with self._ledger.reading() as conn:
            objection = objections(conn, held.origin).get(str(key))
            old = checkpoints.last_cosigned(conn, held.origin, key)
            cosigned = checkpoints.cosigned(conn, signed)
        if objection is not None:
            return Asked(key, "objects", said=objection.why)
        if old == held.size:
            return _cosigned(key, cosigned)
        for _ in range(TRIES):
            try:
                async with asyncio.timeout(PATIENCE):
                    status, media_type, body = await _post(client, witness.url, self._request(old, signed))
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
                return Asked(key, "silent", said=f"it does not answer ({type(error).__name__})")
            if status == codes.OK:
                return self._keep(key, signed, body)
            named = _size_in(body) if status == codes.CONFLICT and media_type == SIZE_TYPE else None
            # Of the same size with another root v1.0.0 of the specification says 409, and later 422. It is never stale then.
            other_root = status == codes.CONFLICT and old == held.size and named in (None, old)
            if status == codes.UNPROCESSABLE_ENTITY or other_root:
                return self._object(key, held, "forked", old)
            if named is None:
                return Asked(key, "silent", said=f"it answers {status}{_HINTS.get(status, '')}")
            last = self._last()
            if last is not None and named > last.checkpoint.size:
                return self._object(key, held, "ahead", named)
            if named > held.size:
                return Asked(key, "silent", said="it has cosigned a later checkpoint already")
            old = named
        return Asked(key, "silent", said="it names another size each time")

    def _request(self, old: int, signed: SignedCheckpoint) -> bytes:
        with self._ledger.reading() as conn:
            proof = StoredTree(conn).consistency(old, signed.checkpoint.size)
        return AddCheckpoint(old, tuple(proof), signed.checkpoint, signed.note).encode()

    def _keep(self, key: VerifierKey, signed: SignedCheckpoint, body: bytes) -> Asked:
        """Keep the cosignature in an answer, if it is this witness's and of now. Lines of other keys are passed over."""
        try:
            note = Note.parse(signed.note.encode() + body)
        except NoteWrong:
            return Asked(key, "silent", said="its answer can't be read")
        asked = _cosigned(key, note)
        if asked.at is None:
            return asked
        if abs(asked.at - self._now()) > SLACK:  # kept, it would put honest events outside its window
            return Asked(key, "silent", said=f"its clock is not ours: it says {asked.at:%Y-%m-%dT%H:%M:%SZ}")
        line = next(one for one in note.signatures if (one.name, one.key_id) == (key.name, key.id))
        with self._ledger.writing() as tx:
            if checkpoints.last_cosigned(tx.connection, signed.checkpoint.origin, key) < signed.checkpoint.size:
                checkpoints.keep_cosignature(tx.connection, signed.checkpoint, line, asked.at)
        return asked

    def _object(self, key: VerifierKey, held: Checkpoint, why: Objection, size: int) -> Asked:
        event = WitnessObjected(
            origin=held.origin, witness=str(key), size=held.size, root=held.root.hex(), why=why, held=size
        )
        self._record(SIGNER, event)
        return Asked(key, "objects", said=why)

    def _publish(self, signed: SignedCheckpoint) -> None:
        with self._ledger.reading() as conn:
            cosigned = checkpoints.cosigned(conn, signed)
        try:
            self._publication.publish_cosigned(signed, cosigned)
        except PermissionError:
            _LOG.info("checkpoints are published by another user of this machine")


def _cosigned(key: VerifierKey, note: Note) -> Asked:
    try:
        at = seen_by(note, key)
    except NoteWrong as error:
        return Asked(key, "silent", said=error.why)
    return Asked(key, "cosigned", at) if at is not None else Asked(key, "silent", said="it signed with another key")


async def _post(client: httpx.AsyncClient, url: str, body: bytes) -> tuple[int, str, bytes]:
    """The status, media type and body of an answer, of which no more is read than a witness can have to say."""
    headers = {"content-type": "text/plain; charset=utf-8", "user-agent": "turnaround"}
    async with client.stream("POST", f"{url}/add-checkpoint", content=body, headers=headers) as answer:
        read = bytearray()
        async for chunk in answer.aiter_raw():
            read += chunk
            if len(read) > LONGEST:
                break
    return answer.status_code, answer.headers.get("content-type", "").partition(";")[0].strip(), bytes(read)


def _size_in(body: bytes) -> int | None:
    text = body.removesuffix(b"\n")
    return int(text) if text.isdigit() and len(text) < 19 else None
