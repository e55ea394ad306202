"""Temporal's histories as far as they are about commands: which updates a run took, with what outcome, and when."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError, RPCStatusCode

from activities.messages import Begin, Outcome, Submission

T = TypeVar("T")


@dataclass(frozen=True)
class Update:
    """A `submit` that a run took. `outcome` is None where it failed or is not over; `over` tells the two apart."""

    submission: Submission
    outcome: Outcome | None
    over: bool


@dataclass(frozen=True)
class Run:
    """One run of a stream's workflow. Of what was decided from `start` to `served` it holds every update.

    Both are moments of Temporal's clock; `offset` is how far the ledger's is from it. `first` is whether no run came before.
    """

    history: WorkflowHistory
    updates: tuple[Update, ...]
    start: datetime
    served: datetime
    newest: datetime
    offset: timedelta
    first: bool

    def covers(self, at: datetime) -> bool:
        """Whether a command that was decided at a moment of the ledger's clock must be among the updates."""
        return self.start <= at - self.offset <= self.served


def read_run(history: WorkflowHistory) -> Run:
    """A run from its history. Raises ValueError when it is not one of a stream's workflow."""
    first = history.events[0] if history.events else None
    if first is None or not first.HasField("workflow_execution_started_event_attributes"):
        raise ValueError("it does not begin with the start of a workflow")
    started = first.workflow_execution_started_event_attributes
    begin = _read(started.input.payloads[0], Begin) if started.input.payloads else None
    if begin is None:
        raise ValueError("it is not of a workflow that owns a stream")
    served = _at(first)
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            served = _at(event)  # what a task decides is in the history from its completion on
    return Run(
        history,
        tuple(_updates(history)),
        _at(first),
        served,
        _at(history.events[-1]),
        begin.clock_offset,
        not started.continued_execution_run_id,
    )


def _updates(history: WorkflowHistory) -> Iterator[Update]:
    accepted: dict[str, Submission] = {}
    for event in history.events:
        if event.HasField("workflow_execution_update_accepted_event_attributes"):
            request = event.workflow_execution_update_accepted_event_attributes.accepted_request
            submission = _read(request.input.args.payloads[0], Submission)
            if submission is None:
                raise ValueError("it has an update that names no command")
            accepted[request.meta.update_id] = submission
        elif event.HasField("workflow_execution_update_completed_event_attributes"):
            completed = event.workflow_execution_update_completed_event_attributes
            submission = accepted.pop(completed.meta.update_id)
            payloads = completed.outcome.success.payloads
            yield Update(submission, _read(payloads[0], Outcome) if payloads else None, over=True)
    for submission in accepted.values():
        yield Update(submission, None, over=False)


def _read(payload: Payload, kind: type[T]) -> T | None:
    try:
        return pydantic_data_converter.payload_converter.from_payload(payload, kind)
    except ValueError:
        return None


def _at(event: HistoryEvent) -> datetime:
    return event.event_time.ToDatetime(tzinfo=UTC)


async def held_runs(client: Client, target: str) -> AsyncIterator[Run]:
    """The runs of a stream's workflow that Temporal still holds, the latest among them though it is not listed yet.

    Raises RPCError when Temporal can't be reached.
    """
    runs = {run.run_id async for run in client.list_workflows(f"WorkflowId = '{target}'")}
    try:
        runs.add((await client.get_workflow_handle(target).describe()).run_id)
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise
    for run_id in sorted(runs):
        try:
            yield read_run(await client.get_workflow_handle(target, run_id=run_id).fetch_history())
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:  # it went by retention meanwhile
                raise


def target_of(history: WorkflowHistory) -> str | None:
    """The stream that an exported history is of, where it says so: those of older servers do not."""
    first = history.events[0] if history.events else None
    return (first.workflow_execution_started_event_attributes.workflow_id or None) if first is not None else None
