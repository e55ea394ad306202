"""Reconciling: does what Temporal still holds, and what can be made again from the ledger, say the same as the ledger?

It is a check of consistency and no evidence: whoever operates one operates the other, and Temporal lets histories go. Three
things are compared: the updates of each stream's workflow with the commands of the ledger, both ways; today's workflow code
with the histories, by replaying them; and the read models with those that the events give when they are folded again. A
fourth, if it is asked for, decides every command again under the lifecycle recorded for it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, create_engine, select
from sqlalchemy.pool import StaticPool
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from activities import recorded
from activities.library import DOCUMENTS, ERASURES, PEOPLE, Library, read_register
from domain.part import Refusal
from domain.respond import DoesNotSettle
from domain.what_if import Documents, Given, Published, decided_again, refusals_recorded
from ledger import commands, events, read_models
from ledger.commands import StoredCommand, StoredOutcome
from ledger.tables import METADATA
from workers.composition import RESTRICTIONS, WORKFLOWS
from workers.histories import Run, Update, held_runs
from workers.rebuild import refold_engagement, refold_notice

Progress = Callable[[int, int], None]

NOT_TAKEN = frozenset(("command-id-reused", "command-not-stored", "face-not-trusted"))
"""Outcomes that are nobody's decision: the ledger keeps none of them."""

NOT_DERIVED_ROWS = frozenset(("stuck",))
"""What of a read model does not follow from its stream: whether a clock keeps failing is known of now alone."""


@dataclass(frozen=True)
class Difference:
    """Something that is not the same on both sides: `where` it is, `what` of it, and what either side says."""

    where: str
    kind: str
    what: str
    ledger: str | None = None
    other: str | None = None


@dataclass
class Reconciled:
    """What was compared, and how it differs.

    `beyond` counts commands of the ledger that were decided at no moment for which Temporal holds a run; `gone` names the
    streams of which runs are gone by retention, or never were; `oldest` and `newest` are by Temporal's clock.
    """

    streams: int = 0
    runs: int = 0
    updates: int = 0
    failed: int = 0
    commands: int = 0
    beyond: int = 0
    rows: int = 0
    redecided: int | None = None
    oldest: datetime | None = None
    newest: datetime | None = None
    gone: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)


Runs = Callable[[str], AsyncIterator[Run]]
"""The runs of a stream's workflow that there are to compare with."""


def of_temporal(client: Client) -> Runs:
    """The runs that a server still holds."""
    return lambda target: held_runs(client, target)


def of_file(target: str, run: Run) -> Runs:
    """The one run of an exported history."""

    async def runs(wanted: str) -> AsyncIterator[Run]:
        if wanted == target:
            yield run

    return runs


OFFICE_TARGETS = (PEOPLE, DOCUMENTS, ERASURES)


def all_targets(conn: Connection, hidden: Iterable[str] = ()) -> list[str]:
    """The open engagements, the councils, and the office streams that were ever given a command."""
    absent = set(hidden)
    engagements = [f"engagement/{row.id}" for row in read_models.open_engagements(conn) if row.id not in absent]
    office = [target for target in OFFICE_TARGETS if commands.commands_of(conn, target)]
    return [*engagements, *events.streams(conn, "council/"), *office]


# Temporal and the ledger


async def compare_runs(
    reading: Callable[[], Any], targets: Sequence[str], runs: Runs, found: Reconciled, progress: Progress
) -> None:
    """Compare streams with the runs of their workflows, both ways, and replay each run under today's code.

    `reading` opens the ledger for reading, each time as it is by then. Raises RPCError, DatabaseUnavailable, Tampered.
    """
    replayer = Replayer(
        workflows=list(WORKFLOWS),
        data_converter=pydantic_data_converter,
        workflow_runner=SandboxedWorkflowRunner(restrictions=RESTRICTIONS),
    )
    for done, target in enumerate(targets, start=1):
        held = [run async for run in runs(target)]
        for run in held:
            result = await replayer.replay_workflow(run.history, raise_on_replay_failure=False)
            if result.replay_failure is not None:
                failure = type(result.replay_failure).__name__
                found.differences.append(Difference(target, "replay", run.history.run_id, None, failure))
        _note_period(target, held, found)
        # The ledger is read after Temporal: what is in a history was in the ledger before.
        await asyncio.to_thread(_compare, reading, target, held, found)
        progress(done, len(targets))


def _note_period(target: str, held: Sequence[Run], found: Reconciled) -> None:
    found.streams += 1
    found.runs += len(held)
    if not any(run.first for run in held):
        found.gone.append(target)
    if held:
        found.oldest = min([run.start for run in held] + ([found.oldest] if found.oldest else []))
        found.newest = max([run.newest for run in held] + ([found.newest] if found.newest else []))


def _compare(reading: Callable[[], Any], target: str, held: Sequence[Run], found: Reconciled) -> None:
    with reading() as conn:
        seen = set[str]()
        for run in held:
            for update in run.updates:
                found.updates += 1
                seen.add(update.submission.command_id)
                found.failed += update.over and update.outcome is None
                found.differences += _update(conn, target, update)
        for stored in commands.commands_of(conn, target):
            outcome = commands.outcome_of(conn, stored.record.id)
            if outcome is None or _in_a_batch(conn, stored):
                continue
            found.commands += 1
            if stored.record.id in seen:
                continue
            if any(run.covers(outcome.recorded_at) for run in held):
                decided = "accepted" if outcome.accepted else "refused"
                found.differences.append(Difference(target, "not-in-temporal", stored.record.id, decided, None))
            else:
                found.beyond += 1


def _in_a_batch(conn: Connection, stored: StoredCommand) -> bool:
    """Whether a command was decided as part of an import, which travels as one update of its own."""
    record = stored.record
    if record.via == "derived" and record.cause is not None:
        cause = commands.stored_command(conn, record.cause)
        return cause is not None and _in_a_batch(conn, cause)
    return record.via == "import" and record.type != "import-case"


def _update(conn: Connection, target: str, update: Update) -> Iterator[Difference]:
    given, told = update.submission, update.outcome
    stored, outcome = commands.stored_command(conn, given.command_id), commands.outcome_of(conn, given.command_id)
    if told is not None and told.rule in NOT_TAKEN:
        return
    if stored is None:
        yield Difference(target, "not-in-ledger", given.command_id, None, _said(told))
        return
    if stored.digest != given.digest:
        yield Difference(target, "digest", given.command_id, stored.digest, given.digest)
    if stored.record.target != target:
        yield Difference(target, "target", given.command_id, stored.record.target, target)
    if told is None:  # it failed, or is under way: whatever the ledger says of it by now is its first outcome
        return
    if outcome is None:
        yield Difference(target, "no-outcome", given.command_id, None, _said(told))
    elif _kept(outcome) != _said(told):
        yield Difference(target, "outcome", given.command_id, _kept(outcome), _said(told))


def _said(told: Any) -> str:
    if told is None:
        return "under way or failed"
    return f"{'accepted' if told.accepted else f'refused ({told.rule})'} at version {told.version}"


def _kept(outcome: StoredOutcome) -> str:
    rule = outcome.outcome.get("rule")
    return f"{'accepted' if outcome.accepted else f'refused ({rule})'} at version {outcome.outcome['version']}"


# Read models


def compare_read_models(
    conn: Connection, ids: Sequence[str] | None, hidden: Iterable[str], found: Reconciled, progress: Progress
) -> None:
    """Fold streams again into an empty database in memory, and compare the rows. `ids` None is every engagement.

    Raises Tampered.
    """
    library, register, absent = Library(), read_register(), set(hidden)
    engagements = events.streams(conn, "engagement/") if ids is None else [f"engagement/{id}" for id in ids]
    engagements = [stream for stream in engagements if stream.removeprefix("engagement/") not in absent]
    names = {stream.removeprefix("engagement/") for stream in engagements}
    notices = [stream for name in names for stream in events.streams(conn, f"notice/{name}.")]
    if ids is None:
        notices = [s for s in events.streams(conn, "notice/") if not absent or _engagement_of(conn, s) not in absent]
    memory = create_engine("sqlite://", poolclass=StaticPool)
    total = len(engagements) + len(notices)
    try:
        with memory.begin() as again:
            METADATA.create_all(again, tables=list(read_models.READ_MODELS))
            for done, stream in enumerate(engagements, start=1):
                refold_engagement(conn, again, stream, library, register)
                progress(done, total)
            for done, stream in enumerate(notices, start=len(engagements) + 1):
                refold_notice(conn, again, stream)
                progress(done, total)
            for table in read_models.READ_MODELS:
                _compare_rows(
                    table, _rows(conn, table), _rows(again, table), names if ids is not None else None, absent, found
                )
    finally:
        memory.dispose()


def _engagement_of(conn: Connection, notice: str) -> str:
    first = next(iter(events.read_stream(conn, notice)))
    return str(first.body["about"]).removeprefix("engagement/")


def _rows(conn: Connection, table: Table) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    key = [column.name for column in table.primary_key]
    rows = conn.execute(select(table)).mappings()
    return {tuple(row[name] for name in key): dict(row) for row in rows}


def _compare_rows(
    table: Table,
    kept: Mapping[tuple[Any, ...], Mapping[str, Any]],
    folded: Mapping[tuple[Any, ...], Mapping[str, Any]],
    names: set[str] | None,
    absent: set[str],
    found: Reconciled,
) -> None:
    def meant(row: Mapping[str, Any]) -> bool:
        name = row["engagement"] if "engagement" in row else row["id"]
        return name not in absent and (names is None or name in names)

    for key in sorted({*kept, *folded}, key=str):
        row, again = kept.get(key), folded.get(key)
        if not meant(row or again or {}):
            continue
        found.rows += 1
        what = "/".join(map(str, key))
        if row is None or again is None:
            lacking = "the row is missing" if row is None else None
            extra = None if row is None else "no event stands behind it"
            found.differences.append(Difference(table.name, "row", what, lacking, extra))
            continue
        for name in row:
            if name not in NOT_DERIVED_ROWS and row[name] != again[name]:
                found.differences.append(
                    Difference(table.name, "row", f"{what} {name}", str(row[name]), str(again[name]))
                )


# Deciding again


def redecide(conn: Connection, id: str, library: Library, found: Reconciled) -> None:
    """Decide every command of an engagement again under the documents it lived by, and note the first thing that differs.

    What comes after that follows from it. Raises Tampered.
    """
    where = f"engagement/{id}"
    moments = recorded.moments(conn, id)
    stored = list(events.read_stream(conn, where))
    found.redecided = (found.redecided or 0) + sum(isinstance(moment.what, Given) for moment in moments)
    try:
        told = decided_again(id, moments, _documents(conn, library))
    except DoesNotSettle:
        found.differences.append(
            Difference(where, "redecided", "its gates", None, "they follow from each other without end")
        )
        return
    for index in range(max(len(stored), len(told.log))):
        kept = stored[index] if index < len(stored) else None
        at, draft = told.log[index] if index < len(told.log) else (None, None)
        same = kept is not None and draft is not None and kept.recorded_at == at and _same(kept, draft)
        if not same:
            said = (kept.type if kept else None, draft.type if draft else None)
            found.differences.append(Difference(where, "redecided", f"event {index + 1}", *said))
            break
    refusals = {given.id: refusal for given, refusal in told.refused}
    before: dict[str, Refusal] = dict(refusals_recorded(moments))
    for command in dict.fromkeys((*before, *refusals)):
        then, now = before.get(command), refusals.get(command)
        if (then.rule if then else None) != (now.rule if now else None):
            said = (f"refused ({then.rule})" if then else "accepted", f"refused ({now.rule})" if now else "accepted")
            found.differences.append(Difference(where, "redecided", f"command {command}", *said))


def _same(kept: Any, draft: Any) -> bool:
    names = ("type", "occurred", "decided_by", "recorded_by", "body")
    return all(getattr(kept, name) == getattr(draft, name) for name in names)


def _documents(conn: Connection, library: Library) -> Documents:
    library.refresh(events.reader(conn))
    every = {each.ref: each for each in library.every()}

    def find(ref: str) -> Published | None:
        return Published(every[ref], library.sha256(ref)) if ref in every else None

    return find
