"""A witness: another organisation's key that vouches that a log only ever grew, as C2SP tlog-witness says.

It needs no ledger. It remembers the last checkpoint that it cosigned of each log it knows, in a folder of its own, and cosigns
nothing that does not extend it. What it remembers is on disk before its answer goes out. A checkpoint that its log signed and
that does not extend the one before is kept with that one: two notes that between them show who rewrote what.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Self

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from activities import durable
from activities.signatures import SigningKey
from console.app import SecurityHeaders
from ledger.cosignatures import COSIGNATURE, cosign, seen_by
from ledger.merkle import EMPTY_ROOT, verify_consistency
from ledger.notes import Note, NoteWrong, VerifierKey, signers
from ledger.witnessing import SIZE_TYPE, AddCheckpoint, checkpoint_in

LARGEST = 1 << 17
"""No request is longer, in bytes: a proof is less than 3 kB, and a note a few hundred bytes a signature."""

PATIENCE = 10.0
"""Seconds that the body of a request may take."""

AT_ONCE = 64
"""Connections beyond so many are told to come back later."""

_LOG = structlog.stdlib.get_logger(__name__)


class WitnessUnusable(Exception):
    """The folder can't serve a witness. `why`: it has a key and has lost what that cosigned (`forgot`); a file of what it
    cosigned can't be read or is not its own (`unreadable`); or it is a witness of another name (`name`). `what` says which.
    """

    def __init__(self, why: str, what: str) -> None:
        super().__init__(why, what)
        self.why, self.what = why, what


@dataclass(frozen=True)
class Identity:
    """A witness's folder, its key, and the name that it signs by."""

    folder: Path
    key: SigningKey
    verifier: VerifierKey

    @classmethod
    def kept_in(cls, folder: Path, name: str | None = None) -> Self:
        """The witness of a folder; made there, with a new key, when there is none. Raises WitnessUnusable, ValueError for a
        name that can't be one.
        """
        held, names = folder / "held", folder / "name"
        with durable.alone(folder):
            if (folder / "witness.key").exists() and not held.is_dir():
                raise WitnessUnusable("forgot", str(held))
            held.mkdir(exist_ok=True)
            key = SigningKey.kept_in(folder, "witness")
            known = names.read_text(encoding="utf-8") if names.exists() else None
            if known is not None and name not in (None, known):
                raise WitnessUnusable("name", known)
            chosen = known or name or f"turnaround-witness/{key.id}"
            verifier = VerifierKey.parse(str(VerifierKey(chosen, key.public, COSIGNATURE)))
            if known is None:
                durable.write(names, chosen.encode())
        return cls(folder, key, verifier)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered."""

    status: HTTPStatus
    body: str
    media_type: str = "text/plain"


class Witness:
    """Answers requests, from any number of threads and processes at once. `known` are the keys of the logs that it knows."""

    def __init__(self, identity: Identity, known: Iterable[VerifierKey], now: Callable[[], datetime]) -> None:
        self._identity, self._known, self._now = identity, tuple(known), now
        for key in self._known:
            self.held(key.name)  # what can't be read is found now, and not when somebody asks

    def _path(self, origin: str) -> Path:
        return self._identity.folder / "held" / f"{sha256(origin.encode()).hexdigest()}.checkpoint"

    def held(self, origin: str) -> Note | None:
        """The last note of a log that it cosigned, or None. Raises WitnessUnusable."""
        path = self._path(origin)
        try:
            note = Note.parse(path.read_bytes())
            if checkpoint_in(note).origin == origin and seen_by(note, self._identity.verifier) is not None:
                return note
        except FileNotFoundError:
            return None
        except NoteWrong:
            pass
        raise WitnessUnusable("unreadable", str(path))

    def by_hash(self, hashed: str) -> Note | None:
        """The last note that it cosigned of the log that it knows by the SHA-256 of its origin."""
        origins = {key.name for key in self._known}
        return next((self.held(name) for name in origins if sha256(name.encode()).hexdigest() == hashed), None)

    def add(self, request: AddCheckpoint) -> Answer:
        """Cosign a checkpoint that extends the last one, or say why not."""
        given = request.checkpoint
        keys = [key for key in self._known if key.name == given.origin]
        if not keys:
            return Answer(HTTPStatus.NOT_FOUND, "the log is not known here\n")
        try:
            trusted = signers(request.note, keys)
        except NoteWrong:
            trusted = []
        if not trusted:
            return Answer(HTTPStatus.FORBIDDEN, "no key known of this log signed it\n")
        if request.old > given.size:
            return Answer(HTTPStatus.BAD_REQUEST, "the old size is larger than the checkpoint's\n")
        ids = {(key.name, key.id) for key in trusted}
        note = Note(request.note.text, tuple(s for s in request.note.signatures if (s.name, s.key_id) in ids))
        with durable.alone(self._identity.folder):
            return self._add(request, note)

    def _add(self, request: AddCheckpoint, note: Note) -> Answer:
        given, before = request.checkpoint, self.held(request.checkpoint.origin)
        size, root = 0, EMPTY_ROOT
        if before is not None:
            last = checkpoint_in(before)
            size, root = last.size, last.root
        if request.old != size:
            return Answer(HTTPStatus.CONFLICT, f"{size}\n", SIZE_TYPE)
        if not verify_consistency(size, root, given.size, given.root, request.proof):
            # Of the same size with another root v1.0.0 says 409. What clients take for stale they send again: so 422, as
            # the specification has had it since July 2026.
            if before is not None and (given.size, given.root) != (size, root):
                self._alarm(before, note)
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY, "it is not shown to extend what was cosigned before\n")
        verifier, key = self._identity.verifier, self._identity.key
        cosignature = cosign(note.text, verifier, self._now(), key.sign)
        if before is None or given.size > size:  # the same again costs no writing
            durable.write(self._path(given.origin), note.with_signatures([cosignature]).encode())
        return Answer(HTTPStatus.OK, f"{cosignature.line}\n")

    def _alarm(self, before: Note, note: Note) -> None:
        """Keep two notes of which the later was not shown to extend the earlier. The same two are kept once."""
        held, given = checkpoint_in(before), checkpoint_in(note)
        same = held.size == given.size
        said = (
            "ALARM: a log signed two trees of one size" if same else "ALARM: a checkpoint without proof that it extends"
        )
        _LOG.error(said, origin=given.origin, held=held.size, given=given.size, root=given.root.hex())
        folder = self._identity.folder / "alarms" / sha256(given.origin.encode()).hexdigest()
        pair = folder / f"{held.size}-{held.root.hex()[:16]}-{given.size}-{given.root.hex()[:16]}"
        if not pair.with_name(f"{pair.name}.given").exists():
            folder.mkdir(parents=True, exist_ok=True)
            durable.write(pair.with_name(f"{pair.name}.held"), before.encode())
            durable.write(pair.with_name(f"{pair.name}.given"), note.encode())


def make_witness_app(witness: Witness) -> Starlette:
    """The witness over HTTP: `POST /add-checkpoint`, and `GET /HASH/checkpoint` for what it holds of a log."""

    async def add_checkpoint(request: Request) -> Response:
        try:
            body = await _body(request)
        except TimeoutError:
            return PlainTextResponse("the request took too long\n", HTTPStatus.REQUEST_TIMEOUT)
        if body is None:
            return PlainTextResponse("the request is too long\n", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            asked = AddCheckpoint.parse(body)
        except NoteWrong as error:
            return PlainTextResponse(f"{error.why}\n", HTTPStatus.BAD_REQUEST)
        try:
            answer = await run_in_threadpool(witness.add, asked)
        except (OSError, WitnessUnusable) as error:
            _LOG.error("nothing was cosigned", kind=type(error).__name__, why=str(error))
            return _later()
        return Response(answer.body, answer.status, media_type=answer.media_type)

    async def checkpoint(request: Request) -> Response:
        try:
            note = await run_in_threadpool(witness.by_hash, request.path_params["hash"])
        except (OSError, WitnessUnusable):
            return _later()
        if note is None:
            return PlainTextResponse("nothing of such a log was cosigned here\n", HTTPStatus.NOT_FOUND)
        return Response(note.encode(), media_type="text/plain; charset=utf-8")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{hash}/checkpoint", checkpoint, methods=["GET"]),
        ],
        middleware=[Middleware(SecurityHeaders)],
    )


def _later() -> Response:
    retry = {"Retry-After": "60"}
    return PlainTextResponse("what was cosigned can't be kept now\n", HTTPStatus.SERVICE_UNAVAILABLE, headers=retry)


async def _body(request: Request) -> bytes | None:
    """The body, or None where it is too long. Raises TimeoutError."""
    body = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST:
                    return None
    except ClientDisconnect:
        return b""
    return bytes(body)
