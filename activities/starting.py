"""Starting workflows: `submit` with start, notices, rounds, and the sweep that starts what is missing."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from sqlalchemy import Connection
from temporalio import activity
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
    WorkflowUpdateStage,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError

from activities.library import Library
from activities.messages import (
    Begin,
    NoticeStart,
    Outcome,
    Round,
    RoundRow,
    RoundRows,
    RoundSubmit,
    Submission,
    WakeAll,
)
from domain.dates import london_day
from domain.obligations import Derivation, recounted
from ledger import commands, events, read_models
from ledger.read_models import ObligationRow
from ledger.store import Ledger

WORKFLOWS = {"engagement": "EngagementWorkflow", "council": "CouncilWorkflow", "office": "OfficeWorkflow"}

TASK_TIMEOUT = timedelta(seconds=2)
"""A worker killed in the middle of a command holds its caller up no longer than this (ten seconds by default)."""


class Starter:
    """Starts and wakes the workflows that own streams."""

    def __init__(self, client: Client, task_queue: str) -> None:
        self.client, self.task_queue = client, task_queue

    async def submit(self, target: str, submission: Submission, epoch: int, clock_offset: timedelta) -> Outcome:
        """Give a stream's workflow a command, starting it when it does not run. Raises what Temporal raises."""
        operation = self._operation(target, epoch, clock_offset)
        try:
            return await self._update(submission.command_id, submission, operation)
        except WorkflowUpdateFailedError:
            # For as long as the run lasts Temporal answers the same update id with the same failure, and asks nobody
            # whether its cause is gone. The ledger knows the command by its own id, so it may come under another.
            operation = self._operation(target, epoch, clock_offset)
            return await self._update(f"{submission.command_id}/{uuid4()}", submission, operation)

    async def _update(self, id: str, submission: Submission, operation: WithStartWorkflowOperation) -> Outcome:  # type: ignore[type-arg]
        try:
            handle = await self.client.start_update_with_start_workflow(
                "submit",
                submission,
                id=id,
                wait_for_stage=WorkflowUpdateStage.COMPLETED,
                result_type=Outcome,
                start_workflow_operation=operation,
            )
        except (RPCError, WorkflowUpdateRPCTimeoutOrCancelledError):
            # The SDK leaves the failure in the operation as well, and asyncio complains when nobody fetches it there.
            with suppress(RPCError, WorkflowUpdateRPCTimeoutOrCancelledError, asyncio.CancelledError):
                await operation.workflow_handle()
            raise
        outcome: Outcome = await handle.result()
        return outcome

    def _operation(self, target: str, epoch: int, clock_offset: timedelta) -> WithStartWorkflowOperation:  # type: ignore[type-arg]
        family, _, name = target.partition("/")
        return WithStartWorkflowOperation(
            WORKFLOWS[family],
            Begin(id=name, epoch=epoch, clock_offset=clock_offset),
            id=target,
            task_queue=self.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            task_timeout=TASK_TIMEOUT,
        )

    async def start(
        self, target: str, epoch: int, clock_offset: timedelta, *, replace: bool = False, look: bool = False
    ) -> None:
        """See that a stream's workflow runs. With `replace` one that runs is ended: it belongs to an older epoch.

        With `look` an engagement's, whether it ran or not, sees what its clock owes now.
        """
        family, _, name = target.partition("/")
        conflict = WorkflowIDConflictPolicy.TERMINATE_EXISTING if replace else WorkflowIDConflictPolicy.USE_EXISTING
        await self.client.start_workflow(
            WORKFLOWS[family],
            Begin(id=name, epoch=epoch, clock_offset=clock_offset),
            id=target,
            task_queue=self.task_queue,
            id_conflict_policy=conflict,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            task_timeout=TASK_TIMEOUT,
            start_signal="look" if look else None,
        )

    async def start_notice(
        self, id: str, epoch: int, clock_offset: timedelta, *, again: bool = False, replace: bool = False
    ) -> bool:
        """See that a notice is on its way; whether it was not. A notice whose workflow ended is done, unless `again`.

        With `replace` one that runs is ended: it belongs to an older epoch, in which nothing is delivered any more.
        """
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE if again or replace else WorkflowIDReusePolicy.REJECT_DUPLICATE
        conflict = WorkflowIDConflictPolicy.TERMINATE_EXISTING if replace else WorkflowIDConflictPolicy.FAIL
        try:
            await self.client.start_workflow(
                "NotificationWorkflow",
                Begin(id=id, epoch=epoch, clock_offset=clock_offset),
                id=f"notice/{id}",
                task_queue=self.task_queue,
                id_conflict_policy=conflict,
                id_reuse_policy=reuse,
            )
        except WorkflowAlreadyStartedError:
            return False
        return True


def outdated_engagements(conn: Connection, library: Library, today: date) -> frozenset[str]:
    """The ids of the live engagements with an open date that a newer version of the calendar moves."""

    def moves(model: str, owed: ObligationRow) -> bool:
        calendar = library.rules(model, events.reader(conn)).calendar
        if owed.state != "open" or owed.due_on is None or not calendar.newer_than(owed.derivation["calendar"]):
            return False
        return recounted(Derivation.model_validate(owed.derivation), owed.due_on, today, calendar) is not None

    library.refresh(events.reader(conn))
    return frozenset(row.id for row, owed in read_models.owed(conn) if moves(row.model, owed))


class Starting:
    """The activities that start workflows. A new run's clock is Temporal's, so its offset is taken anew each time."""

    def __init__(
        self, ledger: Ledger, starter: Starter, clock_offset: Callable[[], timedelta], renew: Callable[[], object]
    ) -> None:
        """`renew` asks for what the sweep is to find on its way: invitations of others than before."""
        self._ledger, self._starter, self._clock_offset, self._renew = ledger, starter, clock_offset, renew
        self._library = Library()

    async def _offset(self) -> timedelta:
        return await asyncio.to_thread(self._clock_offset)  # it asks the database

    @activity.defn(name="start_notices")
    async def start_notices(self, start: NoticeStart) -> None:
        """Start the workflows of some notices; those that were started before are left alone."""
        offset = await self._offset()
        for id in start.ids:
            await self._starter.start_notice(id, start.epoch, offset)

    @activity.defn(name="wake")
    async def wake(self, everyone: WakeAll) -> None:
        """See that some streams' workflows run, and give each its command, if it has one. Fails when one of them fails."""
        offset, failure = await self._offset(), None
        for wake in everyone.wakes:
            try:
                if wake.submission is None:
                    await self._starter.start(wake.target, everyone.epoch, offset)
                else:
                    await self._starter.submit(wake.target, wake.submission, everyone.epoch, offset)
            except WorkflowUpdateFailedError as error:  # the others must not wait for it
                failure = error
        if failure is not None:
            raise failure

    @activity.defn(name="ask_for_checkpoint")
    async def ask_for_checkpoint(self) -> None:
        """See that a checkpoint is made of what was recorded by now, after the one that is under way, if there is one."""
        await self._starter.client.start_workflow(
            "CheckpointWorkflow",
            id=f"checkpoint/{self._starter.task_queue}",
            task_queue=self._starter.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            start_signal="again",
        )

    @activity.defn(name="round_rows", no_thread_cancel_exception=True)
    def round_rows(self, round: Round) -> RoundRows:
        """The stored commands of a round, by their ids."""
        with self._ledger.reading() as conn:
            rows = commands.commands_under(conn, round.id)
        return RoundRows(
            rows=tuple(
                RoundRow(target=target, submission=Submission(command_id=id, digest=digest))
                for id, target, digest in rows
            )
        )

    @activity.defn(name="submit_row")
    async def submit_row(self, given: RoundSubmit) -> Outcome:
        """Submit one row of a round to its council."""
        return await self._starter.submit(given.row.target, given.row.submission, given.epoch, await self._offset())

    @activity.defn(name="sweep")
    async def sweep(self) -> int:
        """Start every workflow that should be running and is not, and submit derived commands that were never decided.

        An engagement with a date that a newer version of the calendar moves looks at its clock.
        """
        epoch, offset, started = self._ledger.about.epoch, await self._offset(), 0
        await asyncio.to_thread(self._renew)
        with self._ledger.reading() as conn:
            outdated = outdated_engagements(conn, self._library, london_day(datetime.now(UTC) + offset))
            wanted = [row.id for row in read_models.open_engagements(conn)]
            unsettled = [row.id for row in read_models.unsettled_notices(conn)]
            waiting = commands.undecided(conn, "derived")
        running = set()
        async for found in self._starter.client.list_workflows(
            "WorkflowType = 'EngagementWorkflow' AND ExecutionStatus = 'Running'"
        ):
            running.add(found.id)
        for number, id in enumerate(wanted):
            if number % 100 == 0:
                activity.heartbeat()
            if f"engagement/{id}" not in running or id in outdated:
                await self._starter.start(f"engagement/{id}", epoch, offset, look=id in outdated)
                started += 1
        for id in unsettled:
            activity.heartbeat()
            started += await self._starter.start_notice(id, epoch, offset, again=True)
        for id, target, digest in waiting:
            activity.heartbeat()
            try:
                await self._starter.submit(target, Submission(command_id=id, digest=digest), epoch, offset)
            except WorkflowUpdateFailedError:
                activity.logger.warning("a derived command is still undecided", extra={"command": id})
            else:
                started += 1
        return started
