"""What the workflows of a stream have in common: `submit`, one command at a time, and the standing they act on."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.messages import Begin, Done, Outcome, Standing, Submission, Task
    from activities.transact import STALE_EPOCH

UNAVAILABLE_RETRY = RetryPolicy(initial_interval=timedelta(milliseconds=100), maximum_interval=timedelta(seconds=30))
"""Only an unavailable database is tried again: `transact` marks every other failure as final."""

LONGEST_LOCAL_WAIT = timedelta(seconds=2)
"""Longer waits between two tries are timers. Waited for within a workflow task, an outage of some hours would fill the
history with the task's heartbeats until the server ends the workflow.
"""


FAILED = (ActivityError, ApplicationError)
"""How an activity fails: of a local one the SDK raises the cause itself, without an ActivityError around it."""


def cause_of(error: ActivityError | ApplicationError) -> str:
    """The kind of failure of an activity, without its text."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return cause.type or "unknown" if isinstance(cause, ApplicationError) else type(cause).__name__


LAST_LOOKS = 20
"""How often a run that is to continue as new looks whether a command has come meanwhile."""


class Submitting:
    """The owner of one stream. It serves submits in the order in which they come and holds the newest standing."""

    family: str

    def __init__(self, begin: Begin) -> None:
        self.begin = begin
        self.standing: Standing | None = None
        self.superseded = False
        """The ledger is in a later epoch than this run knows: it must end and let a new one begin."""
        self._turn = asyncio.Lock()

    @property
    def target(self) -> str:
        """The stream: `engagement/haringey-1`."""
        return f"{self.family}/{self.begin.id}"

    def now(self) -> datetime:
        """The time: in a rehearsal that of the ledger's clock, which Temporal's is offset from."""
        return workflow.now() + self.begin.clock_offset

    async def transact(self, submission: Submission | None = None) -> Done:
        """Have a command carried out, or what the clock owes, in one transaction of the ledger."""
        async with self._turn:
            task = Task(target=self.target, at=self.now(), epoch=self.begin.epoch, submission=submission)
            done: Done = await workflow.execute_local_activity(
                "transact",
                task,
                result_type=Done,
                start_to_close_timeout=timedelta(seconds=10),
                retry_policy=UNAVAILABLE_RETRY,
                local_retry_threshold=LONGEST_LOCAL_WAIT,
            )
            # A transaction run again (a repeated id, a crash after the commit) may answer with an older standing.
            if self.standing is None or done.standing.version >= self.standing.version:
                self.standing = done.standing
                self.noted(done.standing)
        # Histories of before there were checkpoints have no such step.
        if done.statutory:
            await self._ask_for_checkpoint()
        return done

    async def _ask_for_checkpoint(self) -> None:
        """Have what was recorded signed at once. What can't be asked for now, the Schedule brings within five minutes."""
        with suppress(*FAILED):
            await workflow.execute_local_activity(
                "ask_for_checkpoint",
                start_to_close_timeout=timedelta(seconds=5),
                schedule_to_close_timeout=timedelta(seconds=5),
            )

    def noted(self, standing: Standing) -> None:
        """Act on a new standing."""

    @workflow.update(name="submit", unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def submit(self, submission: Submission) -> Outcome:
        """Carry out a stored command; the outcome is the first one it had."""
        try:
            done = await self.transact(submission)
        except FAILED as error:
            # The update fails, the workflow goes on: the next command must find it in order.
            self.superseded = self.superseded or cause_of(error) == STALE_EPOCH
            raise ApplicationError("the command was not carried out", type=cause_of(error)) from None
        assert done.outcome is not None
        return done.outcome

    async def follow_up(self) -> None:
        """Do what follows from the standings noted so far."""

    def followed_up(self) -> bool:
        """Whether nothing is left that follows."""
        return True

    async def wind_down(self) -> None:
        """Finish what is under way, before continuing as new. Commands may come all the while, but not for ever: one that
        is not finished then was carried out or not, and its face gives it again to the new run.
        """
        for _ in range(LAST_LOOKS):
            await workflow.wait_condition(workflow.all_handlers_finished)
            if self.followed_up():
                return
            await self.follow_up()

    def renewed(self) -> Begin:
        """What the next run starts with."""
        version = self.standing.version if self.standing else self.begin.version
        return self.begin.model_copy(update={"version": version})
