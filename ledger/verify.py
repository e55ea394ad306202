"""Checking a ledger: in one pass, in memory that does not grow with it but for the last event of each stream.

Alone it shows that what is there is consistent, and is what the ledger's own signer signed. That binds nobody: who can
change the ledger can make all of it anew. A checkpoint that a reader has from elsewhere binds whoever signed it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, text, tuple_

from domain.checkpoints import HEADS
from ledger.canonical import commitment, digest
from ledger.checkpoints import Checkpoint
from ledger.errors import Tampered
from ledger.events import last_position
from ledger.heads import KnownHeads
from ledger.signers import origins
from ledger.store import Ledger
from ledger.tables import command, event, outcome, sealed
from ledger.verify_apart import apart
from ledger.verify_event import canonical_object
from ledger.verify_marks import largest, marks
from ledger.verify_stream import Known, check_stream, heads_at
from ledger.verify_tree import PAGE, Bad, Mark, Pass

Trusted = Callable[[str, bytes, bytes], bool]
"""Whether a trusted key of this id made this signature of these bytes."""

Progress = Callable[[int, int], None]
"""Called with the rows checked so far and the rows to check."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was checked. `root_hex` is the RFC 6962 root over all events' leaves, None when one stream was checked.

    `first_bad` is the position of the first event that is wrong and what is wrong with it; the position is None when it
    is a command, an outcome, a sealed value or a checkpoint. Checking ends there, and the counts with it.

    `retained` counts the ledger's own checkpoints that the tree was compared with, `given` those from elsewhere, and
    `covered` is the size of the largest of both, or of the one that a stream was checked against. `heads` counts the
    records of all streams' heads, of which the last and those under `given` were made again.
    """

    events: int
    streams: int
    commands: int
    outcomes: int
    root_hex: str | None
    first_bad: tuple[int | None, str] | None
    retained: int = 0
    given: int = 0
    covered: int = 0
    heads: int = 0

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.first_bad is None


_STREAMS = text(
    "SELECT count(*), min(CASE WHEN events <> last THEN stream END)"
    " FROM (SELECT stream, count(*) AS events, max(version) AS last FROM event GROUP BY stream) AS counted"
)
"""How many streams there are, and the first of which a version is missing."""

_HEADS = select(event.c.position).where(event.c.stream == HEADS).order_by(event.c.version.desc())
_COMMANDS = select(command).where(command.c.id > bindparam("after")).order_by(command.c.id).limit(PAGE)
_OUTCOMES = (
    select(outcome, command.c.digest.label("command_digest"), event.c.position.label("event_position"))
    .outerjoin(command, command.c.id == outcome.c.command_id)
    .outerjoin(event, event.c.position == outcome.c.position)
    .where(outcome.c.command_id > bindparam("after"))
    .order_by(outcome.c.command_id)
    .limit(PAGE)
)
_SEALED = (
    select(sealed)
    .where(tuple_(sealed.c.command_id, sealed.c.path) > tuple_(bindparam("after"), bindparam("path")))
    .order_by(sealed.c.command_id, sealed.c.path)
    .limit(PAGE)
)


# Everything else that is stored


def _wrong_command(row: Any, trusted: Trusted | None) -> str | None:
    if digest(row.record) != row.digest:
        return f"command {row.id} does not match its digest"
    record = canonical_object(row.record)
    if record is None:
        return f"the bytes of command {row.id} are not canonical"
    if any(record.get(name) != getattr(row, name) for name in ("id", "target", "type", "via")):
        return f"the columns of command {row.id} differ from its bytes"
    if trusted is not None and not trusted(row.face, row.signature, row.record):
        return f"command {row.id} was signed by no trusted face"
    return None


def _wrong_outcome(row: Any) -> str | None:
    if row.digest != row.command_digest:
        return f"the outcome of command {row.command_id} answers other content"
    if canonical_object(row.outcome) is None:
        return f"the outcome of command {row.command_id} is not canonical"
    if row.position != row.event_position:
        return f"event {row.position}, which the outcome of command {row.command_id} names, is missing"
    return None


def _wrong_sealed(row: Any) -> str | None:
    if row.value is not None and (row.salt is None or commitment(row.salt, row.value) != row.commitment):
        return f"sealed value {row.path} of command {row.command_id} does not match its commitment"
    return None


def _pages(conn: Connection, query: Select[Any], key: str, after: object, **also: object) -> Iterator[Sequence[Any]]:
    while True:
        rows = conn.execute(query, {"after": after, **also}).all()
        yield rows
        if len(rows) < PAGE:
            return
        after = getattr(rows[-1], key)
        if "path" in also:
            also["path"] = rows[-1].path


# The whole, and one stream


def verify(
    ledger: Ledger,
    stream: str | None = None,
    progress: Progress | None = None,
    trusted: Trusted | None = None,
    *,
    given: Sequence[Checkpoint] = (),
    contents: bool = True,
    known: Known | None = None,
) -> Report:
    """Check every event, command, outcome, sealed value and checkpoint, or the events of one stream.

    `given` are checkpoints from elsewhere, their signatures checked by whoever trusts them: the ledger must extend every
    one. With `trusted` the faces' signatures of the commands are checked too. Without `contents` only hashes, positions,
    versions, tree, heads and checkpoints are, which is several times as fast. `known` is what follows from the hashes of
    streams that were checked before. Raises DatabaseUnavailable.
    """
    with ledger.reading() as conn:
        if stream is not None:
            return _verify_stream(conn, stream, progress or (lambda done, total: None), given, known or Known())
        return _Whole(conn, progress or (lambda done, total: None), trusted, given, contents).report()


class _Whole:
    """The check of a whole ledger, under way."""

    def __init__(
        self,
        conn: Connection,
        progress: Progress,
        trusted: Trusted | None,
        given: Sequence[Checkpoint],
        contents: bool,
    ) -> None:
        self._conn, self._progress, self._trusted = conn, progress, trusted
        self._given, self._contents = given, contents
        tables = (command, outcome, sealed) if contents else ()
        rows = (conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables)
        self._total = last_position(conn) + sum(rows)
        self._count = 0

    def _done(self, more: int) -> None:
        self._count += more
        if more:
            self._progress(self._count, self._total)

    def report(self) -> Report:
        """Check, and say what was found."""
        conn, commands, outcomes = self._conn, 0, 0
        first_bad: tuple[int | None, str] | None = None
        passed = Pass(conn, self._marks(), contents=self._contents)
        streams, gap = conn.execute(_STREAMS).one()
        try:
            with apart(conn, last_position(conn), contents=self._contents) as looked:
                passed.run(self._done, looked)
            if gap is not None:
                raise Bad(None, f"a version of {gap} is missing")
            origins(conn)  # a signer's record that can't be read may be well hashed
            for position in sorted({*conn.scalars(_HEADS.limit(1)), *(held.size for held in self._given)}):
                heads_at(conn, position, KnownHeads())
            if self._contents:
                commands = self._rows(_COMMANDS, lambda row: _wrong_command(row, self._trusted), "id")
                outcomes = self._rows(_OUTCOMES, _wrong_outcome, "command_id")
                self._rows(_SEALED, _wrong_sealed, "command_id", path="")
        except (Bad, Tampered) as bad:
            first_bad = bad.position, bad.why
        given = len(self._given) if first_bad is None else 0
        return Report(
            passed.tree.size,
            streams,
            commands,
            outcomes,
            passed.tree.root().hex(),
            first_bad,
            retained=passed.marks - given,
            given=given,
            covered=passed.covered,
            heads=conn.execute(select(func.count()).select_from(_HEADS.subquery())).scalar_one(),
        )

    def _marks(self) -> Iterator[Mark]:
        try:
            named = origins(self._conn)
        except Tampered:
            return iter(())  # the pass over all events comes to the event
        return marks(self._conn, named, self._given)

    def _rows(self, query: Select[Any], wrong: Callable[[Any], str | None], key: str, **also: object) -> int:
        count = 0
        for rows in _pages(self._conn, query, key, "", **also):
            for row in rows:
                try:
                    why = wrong(row)
                except (TypeError, AttributeError):
                    why = f"{getattr(row, 'command_id', None) or row.id}: what is stored are not bytes"
                if why is not None:
                    raise Bad(None, why)
            count += len(rows)
            self._done(len(rows))
        return count


def _verify_stream(
    conn: Connection, stream: str, progress: Progress, given: Sequence[Checkpoint], known: Known
) -> Report:
    """Check one stream, without reading the others, against the largest checkpoint that there is or that is given."""
    total = conn.execute(select(func.count()).select_from(event).where(event.c.stream == stream)).scalar_one()
    count, against = 0, None
    first_bad: tuple[int | None, str] | None = None
    try:
        against = largest(conn, given)
        for count in check_stream(conn, stream, against, known):
            if count % PAGE == 0:
                progress(count, total)
        progress(count, total)
    except (Bad, Tampered) as bad:
        first_bad = bad.position, bad.why
    streams, covered = min(count, 1), against.size if against is not None else 0
    return Report(count, streams, 0, 0, None, first_bad, given=len(given), covered=covered)
