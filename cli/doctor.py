"""`turnaround doctor`: settings, ledger, Temporal, worker and keys, each with how to mend it."""

import asyncio
import os
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import typer
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError

from activities.receipts import receipt_key
from activities.signatures import public_half
from cli.checkpointing import OBJECTS
from cli.output import AsJson, emit_json
from faces import dates
from faces.desk import close
from faces.page import Cell, note, table
from faces.problems import Exit, explain, one_line
from ledger import checkpoints
from ledger.errors import LedgerError
from ledger.signers import objections, origins, receipt_keys
from ledger.store import Ledger
from workers.settings import Settings

RETENTION = timedelta(days=30)
BESIDE_SETTINGS = {"TURNAROUND_CONFIG"}
"""Variables that say where settings are, and are none themselves."""

TIMEOUT = 5.0


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is in order, and how to mend it. `service` when something can't be reached."""

    what: str
    ok: bool
    said: str
    mend: str = ""
    service: bool = False


def doctor(as_json: AsJson = False) -> None:
    """Check settings, ledger, Temporal server, worker and keys, and say how to mend each.

    Example: turnaround doctor
    """
    found = list(_settings_found())
    settings = None
    try:
        settings = Settings()
    except (ValidationError, tomllib.TOMLDecodeError, OSError) as error:
        problem = explain(error)
        said = problem.message.removesuffix(".") if problem else type(error).__name__
        found.append(Finding("settings", False, said, "correct it, or take it out"))
    if settings is not None:
        found.append(Finding("settings", True, f"read; data under {settings.home}"))
        found += _home(settings)
        found += _keys(settings)
        found += _ledger(settings)
        found += _notify(settings)
        found += asyncio.run(_collected(settings))
    if as_json:
        emit_json(
            [{"what": f.what, "ok": f.ok, "said": f.said, "mend": None if f.ok else f.mend or None} for f in found]
        )
    else:
        _print(found)
    bad = [finding for finding in found if not finding.ok]
    if bad:
        raise typer.Exit(Exit.UNREACHABLE if all(finding.service for finding in bad) else Exit.REFUSED)


def _print(found: list[Finding]) -> None:
    table(
        ("", "What", "Found", "How to mend it"),
        (
            (
                Cell("ok" if finding.ok else "problem", style="" if finding.ok else "bold red"),
                finding.what,
                finding.said,
                "" if finding.ok else finding.mend,
            )
            for finding in found
        ),
    )
    bad = sum(not finding.ok for finding in found)
    note("All is in order." if not bad else f"{dates.plural(bad, 'problem')}.")


# On this machine


def _settings_found() -> Iterator[Finding]:
    known = {f"TURNAROUND_{name.upper()}" for name in Settings.model_fields} | BESIDE_SETTINGS
    for name in sorted(os.environ):
        if name.upper().startswith("TURNAROUND_") and name.upper() not in known:
            near = close(name, known)
            mend = f"take it out{f', or {near}' if near else ''}"
            yield Finding("environment", False, f"{name} is no setting, so it does nothing", mend)
    named = os.environ.get("TURNAROUND_CONFIG")
    if named and not Path(named).is_file():
        yield Finding(
            "settings file", False, f"TURNAROUND_CONFIG names {named}, which is not there", "make it, or unset it"
        )


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    there = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK) or not there.is_dir():
        yield Finding("home", False, f"{there} can't be written", "change its permissions, or set TURNAROUND_HOME")
    elif home.exists():
        yield Finding("home", True, f"{home} can be written")
    else:
        yield Finding("home", True, f"{home} is not there yet; `turnaround up` makes it")


def _keys(settings: Settings) -> Iterator[Finding]:
    keys = sorted(settings.keys.glob("*.key"))
    if not keys:
        yield Finding("keys", False, f"there are none in {settings.keys}", "`turnaround up` makes them", service=True)
        return
    for key in keys:
        if key.stat().st_mode & 0o077:
            yield Finding("keys", False, f"{key} can be read by other accounts", f"chmod 600 {key}")
    if all(not key.stat().st_mode & 0o077 for key in keys):
        yield Finding("keys", True, f"{', '.join(key.stem for key in keys)}, private to this account")


def _ledger(settings: Settings) -> Iterator[Finding]:
    try:
        ledger = Ledger.open(settings.url)
    except (ValueError, ArgumentError) as error:
        said = one_line(str(error).partition("\n")[0])
        yield Finding(
            "database", False, said, "set TURNAROUND_DATABASE_URL to sqlite:///FILE or postgresql://HOST/NAME"
        )
        return
    except LedgerError as error:
        problem = explain(error)
        said = problem.message.removesuffix(".") if problem else type(error).__name__
        yield Finding("database", False, said, problem.hint or "" if problem else "see TURNAROUND_DATABASE_URL", True)
        return
    try:
        about = ledger.about
        yield Finding("database", True, f"reachable, at revision {about.revision}")
        yield Finding("ledger", True, f"{about.kind}, {about.authentication}, epoch {about.epoch}")
        yield from _witnesses(settings, ledger)
        yield from _receipts(settings, ledger)
    finally:
        ledger.close()


def _witnesses(settings: Settings, ledger: Ledger) -> Iterator[Finding]:
    """Whether the witnesses of the settings have cosigned the last checkpoint, as the ledger knows it."""
    with ledger.reading() as conn:
        named = origins(conn)
        last = checkpoints.last(conn, named[-1].name) if named else None
        if last is None:
            return
        for one in settings.witnesses:
            held, what = last.checkpoint, f"witness {one.key.name}"
            size = checkpoints.last_cosigned(conn, held.origin, one.key)
            objection = objections(conn, held.origin).get(str(one.key))
            if objection is not None:
                said = f"it objects: {OBJECTS[objection.why]}"
                mend = "keep this copy as it is, and ask the witness for the two notes it keeps"
                yield Finding(what, False, said, mend)
            elif size == held.size:
                yield Finding(what, True, f"cosigned the last checkpoint, of {dates.plural(f'{size:,}', 'event')}")
            else:
                said = f"cosigned {size:,} of the {held.size:,} events of the last checkpoint"
                yield Finding(what, False, said, "`turnaround checkpoint` asks it and says what it answers", True)


def _receipts(settings: Settings, ledger: Ledger) -> Iterator[Finding]:
    """That the key which the worker signs receipts with is one that was revoked, such as when it is back from a backup."""
    public = public_half(settings.keys, "worker")
    if public is None:
        return
    with ledger.reading() as conn:
        revoked = receipt_keys(conn).get(receipt_key(ledger.about.kind, public))
    if revoked is not None:
        said = f"the worker signs them with a key that was revoked on {dates.moment(revoked.at)} ({revoked.because})"
        mend = f"take worker.key and worker.pub out of {settings.keys} and start the worker again"
        yield Finding("receipts", False, said, mend)


# Who carries mail


def _notify(settings: Settings) -> Iterator[Finding]:
    if settings.notify is None:
        return
    from activities.notify import NotifyChannel

    try:
        wrong = asyncio.run(NotifyChannel(settings.notify).fault())
    except OSError:
        said = f"it does not answer at {settings.notify.url}"
        yield Finding("GOV.UK Notify", False, said, "see whether this machine may reach it", True)
    else:
        mend = "correct it, and start turnaround again; letters wait until then"
        yield Finding("GOV.UK Notify", wrong is None, wrong or "it takes the key and has the template", mend)


# The server


async def _collected(settings: Settings) -> list[Finding]:
    found: list[Finding] = []
    try:
        async with asyncio.timeout(6 * TIMEOUT):
            async for finding in _server(settings):
                found.append(finding)
    except TimeoutError:
        found.append(Finding("Temporal", False, "the server does not answer in time", "see its log", True))
    return found


async def _server(settings: Settings) -> AsyncIterator[Finding]:
    from temporalio.service import RPCError

    from workers.reach import NotRunning, address_of, reach

    try:
        address = address_of(settings)
        client = await reach(settings)
    except NotRunning as error:
        mend = "start `turnaround up`, or set TURNAROUND_TEMPORAL_ADDRESS to the server you have"
        yield Finding("Temporal server", False, str(error), mend, True)
        return
    yield Finding("Temporal server", True, f"reachable at {address}")
    for look in (_namespace, _attributes, _worker):
        try:
            async for finding in look(settings, client):
                yield finding
        except RPCError as error:
            what = {_namespace: "namespace", _attributes: "search attributes", _worker: "worker"}[look]
            mend = f"temporal operator namespace create {settings.temporal_namespace}" if look is _namespace else ""
            yield Finding(what, False, one_line(error.message), mend or "see the server's log", True)


async def _namespace(settings: Settings, client: "object") -> AsyncIterator[Finding]:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

    request = DescribeNamespaceRequest(namespace=settings.temporal_namespace)
    service = client.workflow_service  # type: ignore[attr-defined]
    described = await service.describe_namespace(request, timeout=timedelta(seconds=TIMEOUT))
    kept = timedelta(seconds=described.config.workflow_execution_retention_ttl.seconds)
    name = settings.temporal_namespace
    if kept < RETENTION:
        mend = f"temporal operator namespace update --retention 30d {name}"
        yield Finding(
            "namespace", False, f"{name} keeps what is over for {dates.plural(kept.days, 'day')}, not 30", mend
        )
    else:
        yield Finding("namespace", True, f"{name} keeps what is over for {dates.plural(kept.days, 'day')}")


async def _attributes(settings: Settings, client: "object") -> AsyncIterator[Finding]:
    from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest

    from workers.composition import SEARCH_ATTRIBUTES

    service = client.operator_service  # type: ignore[attr-defined]
    request = ListSearchAttributesRequest(namespace=settings.temporal_namespace)
    there = await service.list_search_attributes(request, timeout=timedelta(seconds=TIMEOUT))
    missing = [name for name in SEARCH_ATTRIBUTES if name not in there.custom_attributes]
    if missing:
        flags = " ".join(f"--name {name} --type {SEARCH_ATTRIBUTES[name]}" for name in missing)
        mend = f"temporal operator search-attribute create --namespace {settings.temporal_namespace} {flags}"
        yield Finding("search attributes", False, f"{', '.join(missing)} missing", mend)
    else:
        yield Finding("search attributes", True, f"{', '.join(SEARCH_ATTRIBUTES)} are there")


async def _worker(settings: Settings, client: "object") -> AsyncIterator[Finding]:
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

    service = client.workflow_service  # type: ignore[attr-defined]
    for kind, name in (
        (TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW, "workflows"),
        (TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY, "activities"),
    ):
        request = DescribeTaskQueueRequest(
            namespace=settings.temporal_namespace, task_queue=TaskQueue(name=settings.task_queue), task_queue_type=kind
        )
        described = await service.describe_task_queue(request, timeout=timedelta(seconds=TIMEOUT))
        if described.pollers:
            yield Finding(f"worker, {name}", True, f"one is there for the task queue {settings.task_queue}")
        else:
            said = f"none asks the task queue {settings.task_queue} for work"
            yield Finding(
                f"worker, {name}", False, said, "start `turnaround up`, or a worker with the same settings", True
            )
